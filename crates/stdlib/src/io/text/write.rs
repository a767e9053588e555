//! Writing text: it is encoded at once, and sent to the buffer when there is enough of it.

use super::super::unsupported;
use super::TextIOWrapper;
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::call;

impl TextIOWrapper {
    /// The encoder, made when first asked for.
    pub fn encoder(&self, vm: &Vm) -> Result<Object> {
        if let Some(encoder) = self.encoder.get() {
            return Ok(encoder);
        }
        let encoder = self.codec(vm, "getincrementalencoder")?;
        self.encoder.set(Some(encoder.clone()));
        Ok(encoder)
    }

    /// What is to be written: bytes, or ASCII text that stands for its own bytes; and how long it is.
    fn encode(&self, vm: &Vm, text: &Ref<Str>) -> Result<(Object, usize)> {
        if self.fast_ascii.get()
            && let Some(ascii) = text.as_ascii()
        {
            return Ok((text.to_object(), ascii.len()));
        }
        let bytes = self.encode_wide(vm, text)?;
        let len = bytes.as_bytes().len();
        Ok((bytes.into_object(), len))
    }

    fn encode_wide(&self, vm: &Vm, text: &Ref<Str>) -> Result<Ref<Bytes>> {
        if self.fast_utf8.get() {
            let errors = self.errors.get().map_or_else(|| "strict".to_owned(), |e| e.to_string_lossy());
            return vm::modules::codecs::encode(vm, text, "utf-8", &errors);
        }
        let encoder = self.encoder(vm)?;
        let bytes = call::call_method(vm, &encoder, vm.names().encode(), &[text.to_object()])?;
        match bytes.cast::<Bytes>() {
            Some(bytes) => Ok(bytes.clone()),
            None => Err(raise!(vm, TypeError, "encoder should return a bytes object, not '{}'", type_name(&bytes))),
        }
    }

    /// Sends what waits to the buffer.
    pub fn write_pending(&self, vm: &Vm) -> Result<()> {
        if self.pending.borrow().is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        self.pending_bytes.set(0);
        let data = match &pending[..] {
            [only] if only.cast::<Bytes>().is_some() => only.clone(),
            parts => {
                let mut all = Vec::new();
                for part in parts {
                    let bytes = match (part.cast::<Str>(), part.cast::<Bytes>()) {
                        (Some(text), _) => text.as_ascii().unwrap_or_default().as_bytes(),
                        (None, Some(bytes)) => bytes.as_bytes(),
                        (None, None) => continue,
                    };
                    vm.memory(all.try_reserve(bytes.len()).map_err(|_| vm::heap::OutOfMemory))?;
                    all.extend_from_slice(bytes);
                }
                Bytes::try_new(vm, &all)?.into_object()
            }
        };
        let buffer = self.buffer(vm)?;
        loop {
            match call::call_method(vm, &buffer, vm.names().write(), std::slice::from_ref(&data)) {
                Err(_) if vm.raised_is(&vm::exception::types::InterruptedError) => vm.clear_raised(),
                other => return other.map(drop),
            }
        }
    }

    /// The text with the line ends that are written.
    fn with_ends(&self, vm: &Vm, text: &Ref<Str>) -> Result<Ref<Str>> {
        let ending = match self.newline.borrow().as_deref() {
            Some("\r\n") => "\r\n",
            Some("\r") => "\r",
            _ => return Ok(text.clone()),
        };
        if !text.as_object().is_exact::<Str>() {
            let args = [Str::new("\n").into_object(), Str::new(ending).into_object()];
            let replaced = call::call_method(vm, text.as_object(), vm.names().replace(), &args)?;
            let Some(replaced) = replaced.cast::<Str>() else {
                bail!(vm, TypeError, "str.replace() should return a str object, not '{}'", type_name(&replaced));
            };
            // Python code ran.
            self.check_writable(vm)?;
            return Ok(replaced.clone());
        }
        let new = Str::new(ending);
        let replaced = text::find::replace(text.units(), text::Units::Ascii(b"\n"), new.units(), usize::MAX);
        match vm.memory(replaced.map_err(|_| vm::heap::OutOfMemory))? {
            Some(buf) => Str::from_buf(vm, buf),
            None => Ok(text.clone()),
        }
    }

    fn check_writable(&self, vm: &Vm) -> Result<()> {
        self.check_closed(vm)?;
        if self.can_write.get() { Ok(()) } else { Err(unsupported(vm, "not writable")) }
    }

    pub fn write_text(&self, vm: &Vm, text: &Ref<Str>) -> Result<usize> {
        self.check_writable(vm)?;
        let has_newline = text::find::find_code(text.units(), 10).is_some();
        let out = if has_newline { self.with_ends(vm, text)? } else { text.clone() };
        let flush = self.line_buffering.get() && (has_newline || text::find::find_code(text.units(), 13).is_some());
        let (bytes, len) = self.encode(vm, &out)?;
        if self.pending_bytes.get() + len > self.chunk_size.get() {
            self.write_pending(vm)?;
            // The buffer may have written here meanwhile.
            while len >= self.chunk_size.get() && !self.pending.borrow().is_empty() {
                self.write_pending(vm)?;
            }
        }
        self.pending.borrow_mut().push(bytes);
        self.pending_bytes.set(self.pending_bytes.get() + len);
        if self.pending_bytes.get() >= self.chunk_size.get() || self.write_through.get() || flush {
            self.write_pending(vm)?;
        }
        if flush {
            self.forward(vm, vm.names().flush())?;
        }
        if self.snapshot.get().is_some() {
            self.set_decoded(None);
            self.forget_snapshot();
        }
        if let Some(decoder) = self.decoder.get() {
            call::call_method(vm, &decoder, vm.names().reset(), &[])?;
        }
        Ok(text.len())
    }
}
