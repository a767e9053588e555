//! Reading text: chunks of bytes are decoded ahead, and handed out by characters and lines.

use super::super::newlines::IncrementalNewlineDecoder;
use super::super::unsupported;
use super::TextIOWrapper;
use text::Units;
use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::{call, number};

/// The state of a decoder: the bytes that wait in it, and its flags.
pub fn decoder_state(vm: &Vm, decoder: &Object) -> Result<(Ref<Bytes>, i64)> {
    let state = call::call_method(vm, decoder, vm.names().getstate(), &[])?;
    let Some([buffer, flags]) = state.cast::<Tuple>().map(|pair| pair.items()) else {
        bail!(vm, TypeError, "illegal decoder state");
    };
    let Some(buffer) = buffer.cast::<Bytes>() else {
        bail!(
            vm,
            TypeError,
            "illegal decoder state: the first item should be a bytes object, not '{}'",
            type_name(buffer)
        );
    };
    Ok((buffer.clone(), number::as_ssize(vm, flags, Some(&vm::exception::types::OverflowError))? as i64))
}

/// Decodes with any decoder.
pub fn decode(vm: &Vm, decoder: &Object, input: &Object, is_final: bool) -> Result<Ref<Str>> {
    let text = match decoder.cast::<IncrementalNewlineDecoder>() {
        Some(known) if decoder.is_exact::<IncrementalNewlineDecoder>() => known.decode(vm, input, is_final)?,
        _ => call::call_method(vm, decoder, vm.names().decode(), &[input.clone(), is_final.object()])?,
    };
    match text.cast::<Str>() {
        Some(text) => Ok(text.clone()),
        None => Err(raise!(vm, TypeError, "decoder should return a string result, not '{}'", type_name(&text))),
    }
}

impl TextIOWrapper {
    /// The decoder, made when first asked for.
    pub fn decoder(&self, vm: &Vm) -> Result<Object> {
        if let Some(decoder) = self.decoder.get() {
            return Ok(decoder);
        }
        if !self.can_read.get() {
            return Err(unsupported(vm, "not readable"));
        }
        let mut decoder = self.codec(vm, "getincrementaldecoder")?;
        if self.is_universal() {
            let translate = self.newline.borrow().is_none();
            decoder = call::call(vm, IncrementalNewlineDecoder::class().as_object(), &[decoder, translate.object()])?;
        }
        self.decoder.set(Some(decoder.clone()));
        Ok(decoder)
    }

    pub fn set_decoded(&self, text: Option<Ref<Str>>) {
        self.decoded.set(text);
        self.used.set(0);
    }

    pub fn forget_snapshot(&self) {
        self.snapshot.set(None);
        self.snapshot_flags.set(0);
    }

    /// Reads and decodes one chunk, for which `hint` characters are wanted; `false` at the end.
    fn read_chunk(&self, vm: &Vm, hint: usize) -> Result<bool> {
        let decoder = self.decoder(vm)?;
        let before = if self.telling.get() { Some(decoder_state(vm, &decoder)?) } else { None };
        let wanted = (self.bytes_per_char.get().max(1.0) * hint as f64) as usize;
        let size = Int::from_i64(self.chunk_size.get().max(wanted) as i64);
        let name = if self.has_read1.get() { vm.intern("read1") } else { vm.names().read().clone() };
        let buffer = self.buffer(vm)?;
        let input = call::call_method(vm, &buffer, &name, &[size])?;
        let len = match vm::object::buffer::get_buffer(vm, &input, vm::object::buffer::request::SIMPLE) {
            Ok(view) => {
                view.release(vm);
                view.byte_len()
            }
            Err(_) => {
                vm.clear_raised();
                let kind = type_name(&input);
                bail!(vm, TypeError, "underlying {name}() should have returned a bytes-like object, not '{kind}'");
            }
        };
        let eof = len == 0;
        let text = decode(vm, &decoder, &input, eof)?;
        let chars = text.len();
        self.bytes_per_char.set(if chars == 0 { 0.0 } else { len as f64 / chars as f64 });
        self.set_decoded(Some(text));
        if let Some((waiting, flags)) = before {
            let next = match input.cast::<Bytes>() {
                Some(input) if waiting.as_bytes().is_empty() => input.clone(),
                _ => {
                    let input = vm::object::buffer::bytes_of(vm, &input)?;
                    Bytes::try_new(vm, &[waiting.as_bytes(), &input].concat())?
                }
            };
            self.snapshot.set(Some(next));
            self.snapshot_flags.set(flags);
        }
        Ok(!eof || chars > 0)
    }

    fn left(&self) -> usize {
        self.decoded.get().map_or(0, |d| d.len() - self.used.get().min(d.len()))
    }

    /// The next characters of what is decoded, at most `n`.
    fn take(&self, vm: &Vm, n: usize) -> Result<Ref<Str>> {
        let Some(decoded) = self.decoded.get() else { return Ok(Str::new("")) };
        let from = self.used.get().min(decoded.len());
        let n = n.min(decoded.len() - from);
        self.used.set(from + n);
        Str::part(&decoded, vm, from..from + n)
    }

    pub fn read_text(&self, vm: &Vm, limit: Option<usize>) -> Result<Object> {
        let decoder = self.decoder(vm)?;
        self.write_pending(vm)?;
        let Some(n) = limit else {
            let buffer = self.buffer(vm)?;
            let rest = call::call_method(vm, &buffer, vm.names().read(), &[])?;
            if rest.is(&none()) {
                bail!(vm, BlockingIOError, "Read returned None.");
            }
            let text = decode(vm, &decoder, &rest, true)?;
            let first = self.take(vm, usize::MAX)?;
            if self.snapshot.get().is_some() {
                self.set_decoded(None);
                self.forget_snapshot();
            }
            return Ok(Str::join_two(vm, &first, &text)?.into_object());
        };
        let first = self.take(vm, n)?;
        let mut have = first.len();
        if have == n {
            return Ok(first.into_object());
        }
        let mut out = text::TextBuilder::new();
        let push = |out: &mut text::TextBuilder, part: &Str| {
            vm.memory(out.push_units(part.units()).map_err(|_| vm::heap::OutOfMemory))
        };
        push(&mut out, &first)?;
        while have < n && self.read_chunk(vm, n - have)? {
            let part = self.take(vm, n - have)?;
            have += part.len();
            push(&mut out, &part)?;
        }
        Ok(Str::from_units(vm, out.as_units())?.into_object())
    }

    /// How many characters the first line of `rest` takes; `None` if its end is not there yet.
    fn line_end(&self, rest: Units<'_>) -> Option<usize> {
        match self.newline.borrow().as_deref() {
            Some("") => rest
                .iter()
                .position(|c| c == 10 || c == 13)
                .map(|i| if rest.get(i) == Some(13) && rest.get(i + 1) == Some(10) { i + 2 } else { i + 1 }),
            Some("\r") => text::find::find_code(rest, 13).map(|i| i + 1),
            Some("\r\n") => {
                let mut from = 0;
                while let Some(i) = text::find::find_code(rest.slice(from..rest.len()), 13) {
                    if rest.get(from + i + 1) == Some(10) {
                        return Some(from + i + 2);
                    }
                    from += i + 1;
                }
                None
            }
            _ => text::find::find_code(rest, 10).map(|i| i + 1),
        }
    }

    /// The next line, or what of it `limit` characters hold.
    pub fn read_line(&self, vm: &Vm, limit: Option<usize>) -> Result<Ref<Str>> {
        self.check_closed(vm)?;
        self.write_pending(vm)?;
        let mut line: Option<Ref<Str>> = None;
        loop {
            let have = line.as_ref().map_or(0, |l| l.len());
            if limit.is_some_and(|l| have >= l) {
                break;
            }
            let mut more = true;
            while self.left() == 0 && more {
                more = self.read_chunk(vm, 0)?;
            }
            let Some(decoded) = self.decoded.get().filter(|_| self.left() > 0) else {
                self.set_decoded(None);
                self.forget_snapshot();
                break;
            };
            let rest = decoded.units().slice(self.used.get()..decoded.len());
            // A \r\n end may be split between two chunks.
            let split = self.newline.borrow().as_deref() == Some("\r\n")
                && rest.get(0) == Some(10)
                && line.as_ref().is_some_and(|l| l.units().get(l.len() - 1) == Some(13));
            let end = if split { Some(1) } else { self.line_end(rest) };
            let mut n = end.unwrap_or(rest.len());
            let mut done = end.is_some();
            if let Some(limit) = limit
                && have + n > limit
            {
                n = limit - have;
                done = true;
            }
            let part = self.take(vm, n)?;
            line = Some(match line {
                None => part,
                Some(line) => Str::join_two(vm, &line, &part)?,
            });
            if done {
                break;
            }
        }
        Ok(line.unwrap_or_else(|| Str::new("")))
    }

    /// What iterating gives: while it goes on `tell` is refused, so that reading ahead need not be undone.
    pub fn next_line(this: &Ref<Self>, vm: &Vm) -> Result<Option<Object>> {
        this.attached(vm)?;
        this.telling.set(false);
        let line = if this.as_object().is_exact::<TextIOWrapper>() {
            this.read_line(vm, None)?
        } else {
            let line = call::call_method(vm, this.as_object(), vm.names().readline(), &[])?;
            match line.cast::<Str>() {
                Some(line) => line.clone(),
                None => bail!(vm, OSError, "readline() should have returned a str object, not '{}'", type_name(&line)),
            }
        };
        if line.is_empty() {
            this.forget_snapshot();
            this.telling.set(this.can_seek.get());
            return Ok(None);
        }
        Ok(Some(line.into_object()))
    }

    /// Whether the buffer has a method.
    pub fn buffer_has(vm: &Vm, buffer: &Object, name: &str) -> Result<bool> {
        Ok(attr::getattr_opt(vm, buffer, &vm.intern(name))?.is_some())
    }
}
