//! `_bz2`.

use crate::inflating::{self, Codec, Feed, Step};
use bzip2::{Action, Compress, Compression, Decompress, Status};
use std::cell::RefCell;
use vm::exception::types;
use vm::object::buffer::bytes_of;
use vm::object::instance;
use vm::prelude::*;

/// Create a compressor object for compressing data incrementally.
///
///   compresslevel
///     Compression level, as a number between 1 and 9.
///
/// For one-shot compression, use the compress() function instead.
#[pytype("BZ2Compressor", module = "_bz2")]
pub struct Bz2Compressor {
    pub head: Head,
    /// None once it was flushed.
    #[untraced]
    stream: RefCell<Option<Compress>>,
}

fn refused(vm: &Vm, error: &str) -> Raised {
    vm.raise_message(&types::OSError, format_args!("{error}"))
}

#[pymethods]
impl Bz2Compressor {
    #[slot("(compresslevel=9, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, compresslevel: i32) -> Result<Object> {
        if !(1..=9).contains(&compresslevel) {
            bail!(vm, ValueError, "compresslevel must be between 1 and 9");
        }
        let stream = Compress::new(Compression::new(compresslevel as u32), 0);
        let body = Bz2Compressor { head: Head::new(), stream: RefCell::new(Some(stream)) };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    /// Provide data to the compressor object.
    ///
    ///   data
    ///     The data to be compressed.
    ///
    /// Returns a chunk of compressed data if possible, or b'' otherwise.
    ///
    /// When you have finished providing data to the compressor, call the
    /// flush() method to finish the compression process.
    #[py("compress(data, /)")]
    fn compress(&self, vm: &Vm, data: &Object) -> Result<Ref<Bytes>> {
        let data = bytes_of(vm, data)?;
        let mut place = self.stream.borrow_mut();
        let Some(stream) = &mut *place else { bail!(vm, ValueError, "Compressor has been flushed") };
        let (mut out, mut at) = (Vec::new(), 0);
        while at < data.len() {
            vm.memory(out.try_reserve(16 * 1024).map_err(|_| vm::heap::OutOfMemory))?;
            let before = stream.total_in();
            if stream.compress_vec(&data[at..], &mut out, Action::Run).is_err() {
                return Err(refused(vm, "Invalid sequence of commands sent to libbzip2"));
            }
            at += (stream.total_in() - before) as usize;
        }
        Bytes::try_new(vm, &out)
    }

    /// Finish the compression process.
    ///
    /// Returns the compressed data left in internal buffers.
    ///
    /// The compressor object may not be used after this method is called.
    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<Ref<Bytes>> {
        let Some(mut stream) = self.stream.borrow_mut().take() else {
            bail!(vm, ValueError, "Repeated call to flush()");
        };
        let mut out = Vec::new();
        loop {
            vm.memory(out.try_reserve(64 * 1024).map_err(|_| vm::heap::OutOfMemory))?;
            match stream.compress_vec(&[], &mut out, Action::Finish) {
                Ok(Status::StreamEnd) => break,
                Ok(_) => {}
                Err(_) => return Err(refused(vm, "Invalid sequence of commands sent to libbzip2")),
            }
        }
        Bytes::try_new(vm, &out)
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<()> {
        Err(raise!(vm, TypeError, "cannot pickle '_bz2.BZ2Compressor' object"))
    }
}

struct Decoder(Decompress);

impl Codec for Decoder {
    const HOLDS_OUTPUT: bool = false;

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> std::result::Result<Step, String> {
        let (taken, made) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output).map_err(|_| "Invalid data stream".to_owned())?;
        Ok(Step {
            taken: (self.0.total_in() - taken) as usize,
            made: (self.0.total_out() - made) as usize,
            ended: status == Status::StreamEnd,
        })
    }
}

/// Create a decompressor object for decompressing data incrementally.
///
/// For one-shot decompression, use the decompress() function instead.
#[pytype("BZ2Decompressor", module = "_bz2")]
pub struct Bz2Decompressor {
    pub head: Head,
    #[untraced]
    state: RefCell<(Decoder, Feed)>,
}

decompressor! { Bz2Decompressor "_bz2.BZ2Decompressor"
    #[slot(raw, "()")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if !args.positional().is_empty() {
            bail!(vm, TypeError, "BZ2Decompressor() takes no positional arguments");
        }
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "BZ2Decompressor() takes no keyword arguments");
        }
        let state = RefCell::new((Decoder(Decompress::new(false)), Feed::default()));
        Ok(instance::alloc(vm, cls, Bz2Decompressor { head: Head::new(), state })?.into_object())
    }

    /// Decompress *data*, returning uncompressed data as bytes.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes of
    /// decompressed data. If this limit is reached and further output can be
    /// produced, *self.needs_input* will be set to ``False``. In this case, the next
    /// call to *decompress()* may provide *data* as b'' to obtain more of the output.
    ///
    /// If all of the input data was decompressed and returned (either because this
    /// was less than *max_length* bytes, or because *max_length* was negative),
    /// *self.needs_input* will be set to True.
    ///
    /// Attempting to decompress data after the end of stream is reached raises an
    /// EOFError.  Any data found after the end of the stream is ignored and saved in
    /// the unused_data attribute.
    #[py("decompress(data, max_length=-1)")]
    fn decompress(&self, vm: &Vm, data: &Object, max_length: isize) -> Result<Ref<Bytes>> {
        let broken = || raise!(vm, ValueError, "Decompressor is unusable after a previous error");
        inflating::decompress(vm, &self.state, data, max_length, "End of stream already reached", broken, refused)
    }
}

#[pymodule("_bz2", types(Bz2Compressor, Bz2Decompressor))]
pub mod module {
    use super::*;
}
