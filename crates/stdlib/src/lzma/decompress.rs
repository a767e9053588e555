//! `LZMADecompressor`.

use super::filters::{self, Filter};
use super::{ALONE, AUTO, RAW, XZ, lzma_error, message};
use crate::inflating::{self, Codec, Feed, Step};
use lzma_rust2::{Action, CheckType, Lzma2Stream, LzmaStream, Status, StreamResult, XzStream};
use std::cell::RefCell;
use vm::object::instance;
use vm::prelude::*;

const XZ_MAGIC: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0];

enum Stream {
    /// The format is found out from the first byte.
    Unknown,
    Xz(Box<XzStream>),
    Lzma(Box<LzmaStream>),
    Lzma2(Box<Lzma2Stream>),
}

/// A delta filter that stands before another one.
struct Delta {
    distance: usize,
    last: Vec<u8>,
}

impl Delta {
    fn undo(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            let before = self.last.len().checked_sub(self.distance).map_or(0, |at| self.last[at]);
            *byte = byte.wrapping_add(before);
            self.last.push(*byte);
        }
        let spare = self.last.len().saturating_sub(self.distance);
        self.last.drain(..spare);
    }
}

struct Decoder {
    stream: Stream,
    deltas: Vec<Delta>,
    limit_kb: u32,
    /// How many bytes of the container's magic were seen.
    seen: usize,
}

impl Codec for Decoder {
    const HOLDS_OUTPUT: bool = true;

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, String> {
        if matches!(self.stream, Stream::Unknown) {
            let Some(&first) = input.first() else { return Ok(Step { taken: 0, made: 0, ended: false }) };
            self.stream = if first == XZ_MAGIC[0] {
                Stream::Xz(Box::new(XzStream::new_mem_limit(false, self.limit_kb)))
            } else {
                self.seen = XZ_MAGIC.len();
                Stream::Lzma(Box::new(LzmaStream::new_mem_limit(self.limit_kb, None)))
            };
        }
        if matches!(self.stream, Stream::Xz(_)) && self.seen < XZ_MAGIC.len() {
            let more = input.len().min(XZ_MAGIC.len() - self.seen);
            if input[..more] != XZ_MAGIC[self.seen..self.seen + more] {
                return Err("Input format not supported by decoder".to_owned());
            }
            self.seen += more;
        }
        let result = match &mut self.stream {
            Stream::Unknown => return Ok(Step { taken: 0, made: 0, ended: false }),
            Stream::Xz(stream) => stream.process(input, output, Action::Run),
            Stream::Lzma(stream) => stream.process(input, output, Action::Run),
            Stream::Lzma2(stream) => stream.process(input, output, Action::Run),
        };
        let StreamResult { bytes_consumed: taken, bytes_produced: made, status } =
            result.map_err(|error| message(&error))?;
        for delta in &mut self.deltas {
            delta.undo(&mut output[..made]);
        }
        Ok(Step { taken, made, ended: matches!(status, Status::StreamEnd) })
    }

    fn leftover(&self) -> &[u8] {
        match &self.stream {
            Stream::Lzma(stream) => stream.unused_input(),
            _ => &[],
        }
    }
}

/// Create a decompressor object for decompressing data incrementally.
///
///   format
///     Specifies the container format of the input stream.  If this is
///     FORMAT_AUTO (the default), the decompressor will automatically detect
///     whether the input is FORMAT_XZ or FORMAT_ALONE.  Streams created with
///     FORMAT_RAW cannot be autodetected.
///   memlimit
///     Limit the amount of memory used by the decompressor.  This will cause
///     decompression to fail if the input cannot be decompressed within this
///     limit.
///   filters
///     A custom filter chain.  This argument is required for FORMAT_RAW, and
///     not accepted with any other format.
#[pytype("LZMADecompressor", module = "_lzma")]
pub struct LzmaDecompressor {
    pub head: Head,
    #[untraced]
    state: RefCell<(Decoder, Feed)>,
    /// `CHECK_NONE` for formats without checks, none where it is not known yet.
    #[untraced]
    fixed_check: Option<i32>,
}

/// The stream of a raw chain of filters, and the delta filters before the one that it can have itself.
fn raw(vm: &Vm, specs: &Object) -> Result<(Stream, Vec<Delta>)> {
    let (filters, last) = filters::chain(vm, specs)?;
    let invalid = || lzma_error(vm, "Invalid or unsupported options");
    let (outer, nearest) = match filters.split_last() {
        Some((nearest, outer)) => (outer, nearest.config()),
        None => (&[][..], None),
    };
    let nearest: Vec<_> = nearest.into_iter().collect();
    let mut deltas = Vec::new();
    for filter in outer.iter().rev() {
        match filter {
            Filter::Delta(distance) => deltas.push(Delta { distance: *distance as usize, last: Vec::new() }),
            _ => return Err(invalid()),
        }
    }
    let stream = match last {
        Filter::Lzma1(o) => {
            let mut stream = LzmaStream::new(u64::MAX, o.lc, o.lp, o.pb, o.dict_size, None).map_err(|_| invalid())?;
            stream.set_filters(&nearest).map_err(|_| invalid())?;
            Stream::Lzma(Box::new(stream))
        }
        Filter::Lzma2(options) => {
            let mut stream = Lzma2Stream::new(options.dict_size);
            stream.set_filters(&nearest).map_err(|_| invalid())?;
            Stream::Lzma2(Box::new(stream))
        }
        Filter::Delta(_) | Filter::Branch(..) => return Err(invalid()),
    };
    Ok((stream, deltas))
}

decompressor! { LzmaDecompressor "_lzma.LZMADecompressor"
    #[slot("(format=FORMAT_AUTO, memlimit=None, filters=None)")]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        format: Option<i32>,
        memlimit: Option<&Object>,
        filters: Option<&Object>,
    ) -> Result<Object> {
        let format = format.unwrap_or(AUTO);
        let limit_kb = match memlimit {
            Some(_) if format == RAW => bail!(vm, ValueError, "Cannot specify memory limit with FORMAT_RAW"),
            Some(limit) => match Int::to_i128(&vm::protocol::number::index(vm, limit)?) {
                Some(n) if n < 0 => bail!(vm, ValueError, "Cannot convert negative int"),
                Some(n) if n <= i128::from(u64::MAX) => u32::try_from(n >> 10).unwrap_or(u32::MAX),
                _ => bail!(vm, OverflowError, "Python int too large for C uint64_t"),
            },
            None => u32::MAX,
        };
        if format == RAW && filters.is_none() {
            bail!(vm, ValueError, "Must specify filters for FORMAT_RAW");
        }
        if format != RAW && filters.is_some() {
            bail!(vm, ValueError, "Cannot specify filters except with FORMAT_RAW");
        }
        let ((stream, deltas), fixed_check) = match (format, filters) {
            (RAW, Some(specs)) => (raw(vm, specs)?, Some(0)),
            (AUTO, _) => ((Stream::Unknown, Vec::new()), None),
            (XZ, _) => ((Stream::Xz(Box::new(XzStream::new_mem_limit(false, limit_kb))), Vec::new()), None),
            (ALONE, _) => ((Stream::Lzma(Box::new(LzmaStream::new_mem_limit(limit_kb, None))), Vec::new()), Some(0)),
            _ => bail!(vm, ValueError, "Invalid container format: {format}"),
        };
        let decoder = Decoder { stream, deltas, limit_kb, seen: 0 };
        let state = RefCell::new((decoder, Feed::default()));
        Ok(instance::alloc(vm, cls, LzmaDecompressor { head: Head::new(), state, fixed_check })?.into_object())
    }

    /// Decompress *data*, returning uncompressed data as bytes.
    ///
    /// If *max_length* is nonnegative, returns at most *max_length* bytes of
    /// decompressed data. If this limit is reached and further output can be
    /// produced, *self.needs_input* will be set to ``False``. In this case, the next
    /// call to *decompress()* may provide *data* as b'' to obtain more of the output.
    ///
    /// Attempting to decompress data after the end of stream is reached raises an
    /// EOFError.  Any data found after the end of the stream is ignored and saved in
    /// the unused_data attribute.
    #[py("decompress(data, max_length=-1)")]
    fn decompress(&self, vm: &Vm, data: &Object, max_length: isize) -> Result<Ref<Bytes>> {
        let broken = || lzma_error(vm, "Internal error");
        inflating::decompress(vm, &self.state, data, max_length, "Already at end of stream", broken, lzma_error)
    }

    /// ID of the integrity check used by the input stream.
    #[getter("check")]
    fn check(&self) -> i32 {
        const UNKNOWN: i32 = 16;
        match (&self.state.borrow().0.stream, self.fixed_check) {
            (_, Some(check)) => check,
            (Stream::Xz(stream), None) => match stream.check_type() {
                None => UNKNOWN,
                Some(CheckType::None) => 0,
                Some(CheckType::Crc32) => 1,
                Some(CheckType::Crc64) => 4,
                Some(CheckType::Sha256) => 10,
            },
            (Stream::Unknown, None) => UNKNOWN,
            (Stream::Lzma(_) | Stream::Lzma2(_), None) => 0,
        }
    }
}
