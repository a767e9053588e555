//! Decompressors: what the objects of `_bz2`, `_lzma` and `_zstd` share. Input that was not used yet is kept; output is
//! limited as the caller wants it.

use std::cell::RefCell;
use vm::object::buffer::bytes_of;
use vm::prelude::*;

/// What one call of a codec did.
pub struct Step {
    pub taken: usize,
    pub made: usize,
    pub ended: bool,
}

/// Decodes from one buffer into another, as far as both reach.
pub trait Codec {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> std::result::Result<Step, String>;
    /// Whether output may be left inside when all input is taken.
    const HOLDS_OUTPUT: bool;
    /// At the end: what was taken in but lies behind the stream.
    fn leftover(&self) -> &[u8] {
        &[]
    }
}

/// The state around a codec.
pub struct Feed {
    pending: Vec<u8>,
    pub unused: Vec<u8>,
    pub eof: bool,
    pub needs_input: bool,
    /// The codec has refused its input.
    pub failed: bool,
}

impl Default for Feed {
    fn default() -> Feed {
        Feed { pending: Vec::new(), unused: Vec::new(), eof: false, needs_input: true, failed: false }
    }
}

impl Feed {
    /// Decodes what is pending and `data`: at most `limit` bytes, if that is not negative. The error is the codec's.
    pub fn run<C: Codec>(&mut self, codec: &mut C, data: &[u8], limit: isize) -> std::result::Result<Vec<u8>, String> {
        let mut input = std::mem::take(&mut self.pending);
        input.extend_from_slice(data);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (mut out, mut at, mut full) = (Vec::new(), 0, false);
        let mut size = 8192;
        loop {
            let start = out.len();
            let room = size.min(limit - start);
            if room == 0 {
                full = true;
                if limit > 0 || at == input.len() {
                    break;
                }
            }
            out.try_reserve(room).map_err(|_| String::new())?;
            out.resize(start + room, 0);
            let step = match codec.step(&input[at..], &mut out[start..]) {
                Ok(step) => step,
                Err(error) => {
                    (self.failed, self.needs_input) = (true, false);
                    return Err(error);
                }
            };
            at += step.taken;
            out.truncate(start + step.made);
            if step.ended {
                self.eof = true;
                break;
            }
            full = step.made == room;
            if (!full && at == input.len()) || (step.taken == 0 && step.made == 0) {
                break;
            }
            size = (size * 2).min(1 << 24);
        }
        let rest = input.split_off(at);
        if self.eof {
            self.needs_input = false;
            self.unused = codec.leftover().to_vec();
            self.unused.extend_from_slice(&rest);
        } else {
            self.needs_input = rest.is_empty() && !(C::HOLDS_OUTPUT && full);
            self.pending = rest;
        }
        Ok(out)
    }
}

/// `decompress` of an object. `ended` is the EOFError's text, `broken` what is raised after an error, `refused` what for the
/// codec's own words.
pub fn decompress<C: Codec>(
    vm: &Vm,
    state: &RefCell<(C, Feed)>,
    data: &Object,
    max_length: isize,
    ended: &str,
    broken: impl FnOnce() -> Raised,
    refused: fn(&Vm, &str) -> Raised,
) -> Result<Ref<Bytes>> {
    let data = bytes_of(vm, data)?;
    let mut state = state.borrow_mut();
    let (decoder, feed) = &mut *state;
    if feed.eof {
        bail!(vm, EOFError, "{ended}");
    }
    if feed.failed {
        return Err(broken());
    }
    match feed.run(decoder, &data, max_length) {
        Ok(out) => Bytes::try_new(vm, &out),
        Err(error) if error.is_empty() => Err(vm.out_of_memory()),
        Err(error) => Err(refused(vm, &error)),
    }
}

/// The methods of a decompressor with a `state` of codec and [`Feed`]: those that all have, and its own.
macro_rules! decompressor {
    ($kind:ident $name:literal $($own:tt)*) => {
        #[pymethods]
        impl $kind {
            $($own)*

            #[py("__reduce__()")]
            fn reduce(&self, vm: &Vm) -> Result<()> {
                Err(raise!(vm, TypeError, concat!("cannot pickle '", $name, "' object")))
            }

            /// True if the end-of-stream marker has been reached.
            #[getter("eof")]
            fn eof(&self) -> bool {
                self.state.borrow().1.eof
            }

            /// True if more input is needed before more decompressed data can be produced.
            #[getter("needs_input")]
            fn needs_input(&self) -> bool {
                self.state.borrow().1.needs_input
            }

            /// Data found after the end of the compressed stream.
            #[getter("unused_data")]
            fn unused_data(&self, vm: &Vm) -> Result<Ref<Bytes>> {
                Bytes::try_new(vm, &self.state.borrow().1.unused)
            }
        }
    };
}
