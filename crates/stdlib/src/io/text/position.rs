//! `tell` and `seek`: a position in text is that of a byte from which the decoder can start, and how far to go from there.

use super::super::unsupported;
use super::TextIOWrapper;
use super::read::{decode, decoder_state};
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// What the number that `tell` gives is made of.
#[derive(Clone, Copy, Default)]
struct Cookie {
    start: u64,
    flags: i32,
    bytes_to_feed: u32,
    chars_to_skip: u32,
    need_eof: bool,
}

/// The bytes of the parts, one after the other, least significant first.
const COOKIE_LEN: usize = 21;

impl Cookie {
    fn pack(self, vm: &Vm) -> Result<Object> {
        let mut bytes = Vec::with_capacity(COOKIE_LEN);
        bytes.extend(self.start.to_le_bytes());
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.bytes_to_feed.to_le_bytes());
        bytes.extend(self.chars_to_skip.to_le_bytes());
        bytes.push(self.need_eof.into());
        let value = number::int::from_bytes(&bytes, false, false).map_err(|_| vm.out_of_memory())?;
        Int::from_big(vm, value)
    }

    fn unpack(vm: &Vm, cookie: &Object) -> Result<Cookie> {
        let Some(value) = Int::to_big(cookie) else {
            bail!(vm, TypeError, "'{}' object cannot be interpreted as an integer", type_name(cookie));
        };
        let Ok(bytes) = number::int::to_bytes(&value, COOKIE_LEN, false, false) else {
            bail!(vm, OverflowError, "int too big to convert");
        };
        let part = |from: usize| bytes[from..from + 4].iter().rev().fold(0u32, |all, &b| all << 8 | u32::from(b));
        Ok(Cookie {
            start: u64::from(part(4)) << 32 | u64::from(part(0)),
            flags: part(8) as i32,
            bytes_to_feed: part(12),
            chars_to_skip: part(16),
            need_eof: bytes[20] != 0,
        })
    }
}

fn set_state(vm: &Vm, decoder: &Object, flags: i64) -> Result<()> {
    let state = Tuple::from_slice(&[Bytes::new(b"").into_object(), Int::from_i64(flags)]).into_object();
    call::call_method(vm, decoder, vm.names().setstate(), &[state]).map(drop)
}

impl TextIOWrapper {
    /// Decodes a part of what was read, from the decoder's state; gives the number of characters.
    fn count(vm: &Vm, decoder: &Object, input: &[u8], is_final: bool) -> Result<usize> {
        Ok(decode(vm, decoder, Bytes::try_new(vm, input)?.as_object(), is_final)?.len())
    }

    pub fn tell_text(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.check_closed(vm)?;
        if !this.can_seek.get() {
            return Err(unsupported(vm, "underlying stream is not seekable"));
        }
        if !this.telling.get() {
            bail!(vm, OSError, "telling position disabled by next() call");
        }
        this.write_pending(vm)?;
        call::call_method(vm, this.as_object(), vm.names().flush(), &[])?;
        let buffer = this.buffer(vm)?;
        let position = call::call_method(vm, &buffer, vm.names().tell(), &[])?;
        let (Some(decoder), Some(input)) = (this.decoder.get(), this.snapshot.get()) else {
            return Ok(position);
        };
        let position = vm::protocol::number::as_ssize(vm, &position, None)?;
        let start = (position as i64 - input.as_bytes().len() as i64).max(0) as u64;
        let flags = this.snapshot_flags.get();
        let skip = this.used.get();
        if skip == 0 {
            return Cookie { start, flags: flags as i32, ..Cookie::default() }.pack(vm);
        }
        let (waiting, state_flags) = decoder_state(vm, &decoder)?;
        let found = this.find_position(vm, &decoder, input.as_bytes(), start, flags, skip);
        let saved = vm.take_raised();
        let state = Tuple::from_slice(&[waiting.into_object(), Int::from_i64(state_flags)]).into_object();
        let back = call::call_method(vm, &decoder, vm.names().setstate(), &[state]);
        if saved.is_some() {
            vm.restore_raised(saved);
            return found?.pack(vm);
        }
        back?;
        found?.pack(vm)
    }

    /// The last place before the reader from which the decoder can start, and what to do from there.
    fn find_position(
        &self,
        vm: &Vm,
        decoder: &Object,
        input: &[u8],
        start: u64,
        mut flags: i64,
        mut skip: usize,
    ) -> Result<Cookie> {
        // A guess first: most of the way in one step.
        let mut from = ((self.bytes_per_char.get() * skip as f64) as usize).min(input.len());
        let mut back = 1;
        while from > 0 {
            set_state(vm, decoder, flags)?;
            let chars = Self::count(vm, decoder, &input[..from], false)?;
            if chars <= skip {
                let (waiting, reached) = decoder_state(vm, decoder)?;
                if waiting.as_bytes().is_empty() {
                    flags = reached;
                    skip -= chars;
                    break;
                }
                from = from.saturating_sub(waiting.as_bytes().len());
                back = 1;
            } else {
                from = from.saturating_sub(back);
                back *= 2;
            }
        }
        if from == 0 {
            set_state(vm, decoder, flags)?;
        }
        let mut cookie = Cookie { start: start + from as u64, flags: flags as i32, ..Cookie::default() };
        if skip == 0 {
            return Ok(cookie);
        }
        // Then byte by byte, noting where nothing waits in the decoder.
        let (mut fed, mut chars) = (0, 0);
        let mut reached_end = true;
        for byte in &input[from..] {
            fed += 1;
            chars += Self::count(vm, decoder, std::slice::from_ref(byte), false)?;
            let (waiting, reached) = decoder_state(vm, decoder)?;
            if waiting.as_bytes().is_empty() && chars <= skip {
                cookie.start += fed;
                skip -= chars;
                cookie.flags = reached as i32;
                (fed, chars) = (0, 0);
            }
            if chars >= skip {
                reached_end = false;
                break;
            }
        }
        if reached_end {
            chars += Self::count(vm, decoder, b"", true)?;
            cookie.need_eof = true;
            if chars < skip {
                bail!(vm, OSError, "can't reconstruct logical file position");
            }
        }
        cookie.bytes_to_feed = fed as u32;
        cookie.chars_to_skip = skip as u32;
        Ok(cookie)
    }

    /// Tells the encoder whether the next text is the first: whether a mark precedes it.
    pub fn reset_encoder(&self, vm: &Vm, at_start: bool) -> Result<()> {
        if self.fast_utf8.get() || !self.can_write.get() {
            return Ok(());
        }
        let encoder = self.encoder(vm)?;
        if at_start {
            call::call_method(vm, &encoder, vm.names().reset(), &[]).map(drop)
        } else {
            call::call_method(vm, &encoder, vm.names().setstate(), &[Object::int32(0)]).map(drop)
        }
    }

    pub fn seek_text(this: &Ref<Self>, vm: &Vm, cookie: &Object, whence: i32) -> Result<Object> {
        this.check_closed(vm)?;
        if !this.can_seek.get() {
            return Err(unsupported(vm, "underlying stream is not seekable"));
        }
        let flush = || call::call_method(vm, this.as_object(), vm.names().flush(), &[]);
        let is_zero = || Ok(!protocol::is_true(vm, cookie)?);
        let mut cookie = cookie.clone();
        match whence {
            0 => {}
            1 => {
                if !is_zero()? {
                    return Err(unsupported(vm, "can't do nonzero cur-relative seeks"));
                }
                cookie = call::call_method(vm, this.as_object(), vm.names().tell(), &[])?;
            }
            2 => {
                if !is_zero()? {
                    return Err(unsupported(vm, "can't do nonzero end-relative seeks"));
                }
                flush()?;
                this.set_decoded(None);
                this.forget_snapshot();
                if let Some(decoder) = this.decoder.get() {
                    call::call_method(vm, &decoder, vm.names().reset(), &[])?;
                }
                let end = [Object::int32(0), Object::int32(2)];
                let at = call::call_method(vm, &this.buffer(vm)?, vm.names().seek(), &end)?;
                this.reset_encoder(vm, !protocol::is_true(vm, &at)?)?;
                return Ok(at);
            }
            _ => bail!(vm, ValueError, "invalid whence ({whence}, should be 0, 1 or 2)"),
        }
        if Int::is_negative(&cookie) {
            bail!(vm, ValueError, "negative seek position {}", protocol::repr(vm, &cookie)?);
        }
        flush()?;
        let to = Cookie::unpack(vm, &cookie)?;
        let buffer = this.buffer(vm)?;
        call::call_method(vm, &buffer, vm.names().seek(), &[Int::from_i128(to.start.into())])?;
        this.set_decoded(None);
        this.forget_snapshot();
        let at_start = to.start == 0 && to.flags == 0;
        if this.decoder.get().is_some() || to.flags != 0 || to.chars_to_skip != 0 {
            let decoder = this.decoder(vm)?;
            if at_start {
                call::call_method(vm, &decoder, vm.names().reset(), &[])?;
            } else {
                set_state(vm, &decoder, to.flags.into())?;
            }
            this.snapshot_flags.set(to.flags.into());
            this.snapshot.set(Some(Bytes::new(b"")));
            if to.chars_to_skip != 0 {
                let input =
                    call::call_method(vm, &buffer, vm.names().read(), &[Int::from_i64(to.bytes_to_feed.into())])?;
                let Some(bytes) = input.cast::<Bytes>() else {
                    bail!(
                        vm,
                        TypeError,
                        "underlying read() should have returned a bytes object, not '{}'",
                        type_name(&input)
                    );
                };
                this.snapshot.set(Some(bytes.clone()));
                let text = decode(vm, &decoder, &input, to.need_eof)?;
                let enough = text.len() >= to.chars_to_skip as usize;
                this.set_decoded(Some(text));
                if !enough {
                    bail!(vm, OSError, "can't restore logical file position");
                }
                this.used.set(to.chars_to_skip as usize);
            }
        }
        this.reset_encoder(vm, at_start)?;
        Ok(cookie)
    }
}
