//! `zlib`.

use host::zlib as z;
use host::zlib::Stream;
use std::cell::{Cell, RefCell};
use vm::object::buffer::{get_buffer, request};
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::call;

const NO_FLUSH: i32 = 0;
const SYNC_FLUSH: i32 = 2;
const FINISH: i32 = 4;
const BUFFER: usize = 16 * 1024;

#[cold]
fn raise_error(vm: &Vm, message: &str) -> Raised {
    let make = || {
        let module = vm.import("zlib")?;
        let kind = attr::getattr(vm, &module, &vm.intern("error"))?;
        call::call(vm, &kind, &[Str::new(message).into_object()])
    };
    match make() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// `zlib.error` for a code, with what the stream has to say.
#[cold]
fn failed(vm: &Vm, stream: Option<&Stream>, code: i32, doing: &str) -> Raised {
    let known = match code {
        z::VERSION_ERROR => Some("library version mismatch".to_owned()),
        _ => stream.and_then(|s| s.message()),
    };
    let known = known.filter(|m| !m.is_empty()).or_else(|| {
        let text = match code {
            z::BUF_ERROR => "incomplete or truncated stream",
            z::STREAM_ERROR => "inconsistent stream state",
            z::DATA_ERROR => "invalid input data",
            _ => return None,
        };
        Some(text.to_owned())
    });
    match known {
        Some(text) => raise_error(vm, &format!("Error {code} {doing}: {text}")),
        None => raise_error(vm, &format!("Error {code} {doing}")),
    }
}

/// The bytes of a bytes-like object, without a copy where they cannot change.
fn with_bytes<R>(vm: &Vm, data: &Object, look: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
    if let Some(bytes) = data.cast::<Bytes>() {
        return look(bytes.as_bytes());
    }
    let buffer = get_buffer(vm, data, request::SIMPLE)?;
    let copy = buffer.to_vec();
    buffer.release(vm);
    look(&copy)
}

/// Output that grows.
struct Output {
    bytes: Vec<u8>,
    most: usize,
}

impl Output {
    fn new(most: Option<usize>) -> Output {
        Output { bytes: Vec::new(), most: most.unwrap_or(usize::MAX) }
    }

    /// Runs one step into fresh room; whether the room was filled.
    fn step(
        &mut self,
        vm: &Vm,
        stream: &mut Stream,
        input: &mut &[u8],
        flush: i32,
        first: usize,
    ) -> Result<(i32, bool)> {
        let used = self.bytes.len();
        let room = used.max(first).min(1 << 26).min(self.most - used);
        vm.memory(self.bytes.try_reserve(room).map_err(|_| vm::heap::OutOfMemory))?;
        self.bytes.resize(used + room, 0);
        let step = stream.step(input, &mut self.bytes[used..], flush);
        self.bytes.truncate(used + step.made);
        *input = &input[step.taken..];
        Ok((step.code, step.made == room))
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= self.most
    }

    fn object(self, vm: &Vm) -> Result<Object> {
        Ok(Bytes::try_new(vm, &self.bytes)?.into_object())
    }
}

/// Compresses all of `input`; the code at the end.
fn deflate_all(vm: &Vm, stream: &mut Stream, input: &mut &[u8], flush: i32, out: &mut Output) -> Result<i32> {
    loop {
        let (code, filled) = out.step(vm, stream, input, flush, BUFFER)?;
        if code == z::STREAM_ERROR || code == z::STREAM_END || !filled {
            return Ok(code);
        }
    }
}

/// An object that compresses a stream.
#[pytype("Compress", module = "zlib", doc = "", flags(DISALLOW_INSTANTIATION))]
pub struct Compress {
    pub head: Head,
    /// Gone once the stream is finished.
    #[untraced]
    stream: RefCell<Option<Stream>>,
}

#[pymethods]
impl Compress {
    /// Returns a bytes object containing compressed data.
    #[py("compress(data, /)")]
    fn compress(&self, vm: &Vm, data: &Object) -> Result<Object> {
        with_bytes(vm, data, |mut input| {
            let mut held = self.stream.borrow_mut();
            let doing = "while compressing data";
            let Some(stream) = held.as_mut() else { return Err(failed(vm, None, z::STREAM_ERROR, doing)) };
            let mut out = Output::new(None);
            let code = deflate_all(vm, stream, &mut input, NO_FLUSH, &mut out)?;
            if code == z::STREAM_ERROR {
                return Err(failed(vm, Some(stream), code, doing));
            }
            out.object(vm)
        })
    }

    /// Return a bytes object containing any remaining compressed data.
    #[py("flush(mode=zlib.Z_FINISH, /)")]
    fn flush(&self, vm: &Vm, mode: Option<i32>) -> Result<Object> {
        let mode = mode.unwrap_or(FINISH);
        if mode == NO_FLUSH {
            return Ok(Bytes::new(b"").into_object());
        }
        let mut held = self.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { return Err(failed(vm, None, z::STREAM_ERROR, "while flushing")) };
        let mut out = Output::new(None);
        let code = deflate_all(vm, stream, &mut &[][..], mode, &mut out)?;
        match code {
            z::STREAM_END if mode == FINISH => *held = None,
            z::OK | z::BUF_ERROR | z::STREAM_END => {}
            code => return Err(failed(vm, Some(stream), code, "while flushing")),
        }
        out.object(vm)
    }

    /// Return a copy of the compression object.
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        let mut held = self.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { bail!(vm, ValueError, "Inconsistent stream state") };
        let copy = stream.copy().map_err(|code| match code {
            z::STREAM_ERROR => raise!(vm, ValueError, "Inconsistent stream state"),
            z::MEM_ERROR => raise!(vm, MemoryError, "Can't allocate memory for compression object"),
            code => failed(vm, None, code, "while copying compression object"),
        })?;
        let body = Compress { head: Head::new(), stream: RefCell::new(Some(copy)) };
        Ok(instance::alloc_static(body).into_object())
    }

    #[py("__copy__()")]
    fn copy_(&self, vm: &Vm) -> Result<Object> {
        self.copy(vm)
    }

    #[py("__deepcopy__(memo, /)")]
    fn deepcopy(&self, vm: &Vm, memo: &Object) -> Result<Object> {
        let _ = memo;
        self.copy(vm)
    }
}

/// An object that decompresses a stream.
#[pytype("Decompress", module = "zlib", doc = "", flags(DISALLOW_INSTANTIATION))]
pub struct Decompress {
    pub head: Head,
    #[untraced]
    stream: RefCell<Option<Stream>>,
    dictionary: Option<Object>,
    unused: Field<Object>,
    unconsumed: Field<Object>,
    eof: Cell<bool>,
}

fn empty() -> Object {
    Bytes::new(b"").into_object()
}

/// Gives the stream the dictionary that it asks for.
fn give_dictionary(vm: &Vm, stream: &mut Stream, dictionary: &Object) -> Result<()> {
    let code = with_bytes(vm, dictionary, |bytes| Ok(stream.set_dictionary(bytes)))?;
    if code == z::OK { Ok(()) } else { Err(failed(vm, Some(stream), code, "while setting zdict")) }
}

fn checked_dictionary<'a>(vm: &Vm, zdict: Option<&'a Object>) -> Result<Option<&'a Object>> {
    match zdict {
        Some(d) if type_of(d).slots.buffer.get().is_none() => {
            Err(raise!(vm, TypeError, "zdict argument must support the buffer protocol"))
        }
        other => Ok(other),
    }
}

impl Decompress {
    /// Remembers what is left of the input.
    fn keep(&self, vm: &Vm, code: i32, rest: &[u8]) -> Result<()> {
        if code == z::STREAM_END {
            let mut all =
                self.unused.get().and_then(|u| u.cast::<Bytes>().map(|b| b.as_bytes().to_vec())).unwrap_or_default();
            all.extend_from_slice(rest);
            self.unused.set(Some(Bytes::try_new(vm, &all)?.into_object()));
            self.unconsumed.set(Some(empty()));
            return Ok(());
        }
        self.unconsumed.set(Some(Bytes::try_new(vm, rest)?.into_object()));
        Ok(())
    }

    fn run(&self, vm: &Vm, mut input: &[u8], flush: i32, first: usize, most: Option<usize>) -> Result<Object> {
        let doing = if flush == FINISH { "while flushing" } else { "while decompressing data" };
        let mut held = self.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { return Err(failed(vm, None, z::STREAM_ERROR, doing)) };
        let mut out = Output::new(most);
        let code = loop {
            let (code, filled) = out.step(vm, stream, &mut input, flush, first)?;
            match code {
                z::NEED_DICT => match &self.dictionary {
                    Some(dictionary) => {
                        give_dictionary(vm, stream, dictionary)?;
                        continue;
                    }
                    None => break code,
                },
                z::OK | z::BUF_ERROR if filled && !out.is_full() => {}
                z::OK if !input.is_empty() && !out.is_full() => {}
                code => break code,
            }
        };
        self.keep(vm, code, input)?;
        match code {
            z::STREAM_END => self.eof.set(true),
            z::OK | z::BUF_ERROR => {}
            code => return Err(failed(vm, Some(stream), code, doing)),
        }
        out.object(vm)
    }
}

#[pymethods]
impl Decompress {
    /// Return a bytes object containing the decompressed version of the data.
    #[py("decompress(data, /, max_length=0)")]
    fn decompress(&self, vm: &Vm, data: &Object, max_length: isize) -> Result<Object> {
        let Ok(most) = usize::try_from(max_length) else {
            bail!(vm, ValueError, "max_length must be non-negative");
        };
        with_bytes(vm, data, |input| self.run(vm, input, SYNC_FLUSH, BUFFER, Some(most).filter(|&n| n > 0)))
    }

    /// Return a bytes object containing any remaining decompressed data.
    #[py("flush(length=zlib.DEF_BUF_SIZE, /)")]
    fn flush(&self, vm: &Vm, length: Option<isize>) -> Result<Object> {
        let length = length.unwrap_or(BUFFER as isize);
        if length <= 0 {
            bail!(vm, ValueError, "length must be greater than zero");
        }
        if self.eof.get() && self.stream.borrow().is_none() {
            return Ok(empty());
        }
        let rest = self.unconsumed.get().unwrap_or_else(empty);
        let result = with_bytes(vm, &rest, |input| self.run(vm, input, FINISH, (length as usize).min(1 << 26), None))?;
        if self.eof.get() {
            *self.stream.borrow_mut() = None;
        }
        Ok(result)
    }

    /// Return a copy of the decompression object.
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        let mut held = self.stream.borrow_mut();
        let Some(stream) = held.as_mut() else { bail!(vm, ValueError, "Inconsistent stream state") };
        let copy = stream.copy().map_err(|code| match code {
            z::STREAM_ERROR => raise!(vm, ValueError, "Inconsistent stream state"),
            z::MEM_ERROR => raise!(vm, MemoryError, "Can't allocate memory for decompression object"),
            code => failed(vm, None, code, "while copying decompression object"),
        })?;
        let body = Decompress {
            head: Head::new(),
            stream: RefCell::new(Some(copy)),
            dictionary: self.dictionary.clone(),
            unused: Field::new(self.unused.get()),
            unconsumed: Field::new(self.unconsumed.get()),
            eof: self.eof.clone(),
        };
        Ok(instance::alloc_static(body).into_object())
    }

    #[py("__copy__()")]
    fn copy_(&self, vm: &Vm) -> Result<Object> {
        self.copy(vm)
    }

    #[py("__deepcopy__(memo, /)")]
    fn deepcopy(&self, vm: &Vm, memo: &Object) -> Result<Object> {
        let _ = memo;
        self.copy(vm)
    }

    #[getter("unused_data")]
    fn unused_data(&self) -> Option<Object> {
        self.unused.get()
    }

    #[getter("unconsumed_tail")]
    fn unconsumed_tail(&self) -> Option<Object> {
        self.unconsumed.get()
    }

    #[getter("eof")]
    fn eof(&self) -> bool {
        self.eof.get()
    }
}

/// Create a decompressor object for decompressing data incrementally.
#[pytype("_ZlibDecompressor", module = "zlib", flags())]
pub struct ZlibDecompressor {
    pub head: Head,
    #[untraced]
    stream: RefCell<Option<Stream>>,
    dictionary: Option<Object>,
    #[untraced]
    waiting: RefCell<Vec<u8>>,
    unused: Field<Object>,
    eof: Cell<bool>,
    needs_input: Cell<bool>,
}

#[pymethods]
impl ZlibDecompressor {
    #[slot("(wbits=15, zdict=b'')")]
    fn new(cls: &Ref<Type>, vm: &Vm, wbits: i32, zdict: Option<&Object>) -> Result<Object> {
        let (stream, dictionary) = decompressor(vm, wbits, zdict)?;
        let body = ZlibDecompressor {
            head: Head::new(),
            stream: RefCell::new(Some(stream)),
            dictionary,
            waiting: RefCell::default(),
            unused: Field::some(empty()),
            eof: Cell::new(false),
            needs_input: Cell::new(true),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    /// Decompress *data*, returning uncompressed data as bytes.
    #[py("decompress(data, max_length=-1)")]
    fn decompress(&self, vm: &Vm, data: &Object, max_length: isize) -> Result<Object> {
        if self.eof.get() {
            bail!(vm, EOFError, "End of stream already reached");
        }
        with_bytes(vm, data, |more| {
            let mut held = self.stream.borrow_mut();
            let doing = "while decompressing data";
            let Some(stream) = held.as_mut() else { return Err(failed(vm, None, z::STREAM_ERROR, doing)) };
            let mut all = std::mem::take(&mut *self.waiting.borrow_mut());
            let mut input = if all.is_empty() {
                more
            } else {
                all.extend_from_slice(more);
                &all[..]
            };
            let mut out = Output::new(usize::try_from(max_length).ok());
            let code = loop {
                if out.is_full() {
                    break z::OK;
                }
                let (code, filled) = out.step(vm, stream, &mut input, SYNC_FLUSH, BUFFER)?;
                match code {
                    z::NEED_DICT => match &self.dictionary {
                        Some(dictionary) => give_dictionary(vm, stream, dictionary)?,
                        None => break code,
                    },
                    z::OK | z::BUF_ERROR if filled => {}
                    z::OK if !input.is_empty() => {}
                    code => break code,
                }
            };
            match code {
                z::STREAM_END => {
                    self.eof.set(true);
                    self.needs_input.set(false);
                    self.unused.set(Some(Bytes::try_new(vm, input)?.into_object()));
                    return out.object(vm);
                }
                z::OK | z::BUF_ERROR => {}
                code => return Err(failed(vm, Some(stream), code, doing)),
            }
            self.needs_input.set(input.is_empty() && !out.is_full());
            let rest = input.to_vec();
            *self.waiting.borrow_mut() = rest;
            out.object(vm)
        })
    }

    /// Whether the end of the stream was reached.
    #[getter("eof")]
    fn eof(&self) -> bool {
        self.eof.get()
    }

    /// What came behind the end of the stream.
    #[getter("unused_data")]
    fn unused_data(&self) -> Option<Object> {
        self.unused.get()
    }

    /// Whether more input is needed for more output.
    #[getter("needs_input")]
    fn needs_input(&self) -> bool {
        self.needs_input.get()
    }
}

/// A decompressor with its dictionary, which a raw stream gets at once.
fn decompressor(vm: &Vm, wbits: i32, zdict: Option<&Object>) -> Result<(Stream, Option<Object>)> {
    let dictionary = checked_dictionary(vm, zdict)?;
    let mut stream = Stream::inflate(wbits).map_err(|code| match code {
        z::STREAM_ERROR => raise!(vm, ValueError, "Invalid initialization option"),
        z::MEM_ERROR => raise!(vm, MemoryError, "Can't allocate memory for decompression object"),
        code => failed(vm, None, code, "while creating decompression object"),
    })?;
    if wbits < 0
        && let Some(dictionary) = dictionary
    {
        give_dictionary(vm, &mut stream, dictionary)?;
    }
    Ok((stream, dictionary.cloned()))
}

/// The low 32 bits of any int.
fn low_word(vm: &Vm, value: Option<&Object>, default: u32) -> Result<u32> {
    let Some(value) = value else { return Ok(default) };
    let index = vm::protocol::number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(wide) => Ok(wide as u32),
        None => {
            let mask = Int::from_i64(0xFFFF_FFFF);
            let low = vm::protocol::number::and(vm, &index, &mask)?;
            Ok(Int::to_i64(&low).unwrap_or(0) as u32)
        }
    }
}

/// Compression and decompression in zlib's formats.
#[pymodule("zlib", types(ZlibDecompressor))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;
    use vm::object::class;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        Compress::init_type(vm)?;
        Decompress::init_type(vm)?;
        let dict = module.dict();
        for (name, value) in [
            ("MAX_WBITS", 15),
            ("DEFLATED", 8),
            ("DEF_MEM_LEVEL", 8),
            ("DEF_BUF_SIZE", BUFFER as i32),
            ("Z_BEST_SPEED", 1),
            ("Z_BEST_COMPRESSION", 9),
            ("Z_NO_COMPRESSION", 0),
            ("Z_DEFAULT_COMPRESSION", -1),
            ("Z_FILTERED", 1),
            ("Z_HUFFMAN_ONLY", 2),
            ("Z_RLE", 3),
            ("Z_FIXED", 4),
            ("Z_DEFAULT_STRATEGY", 0),
            ("Z_FINISH", FINISH),
            ("Z_NO_FLUSH", NO_FLUSH),
            ("Z_PARTIAL_FLUSH", 1),
            ("Z_SYNC_FLUSH", SYNC_FLUSH),
            ("Z_FULL_FLUSH", 3),
            ("Z_BLOCK", 5),
            ("Z_TREES", 6),
        ] {
            dict.set_str(vm, name, Object::int32(value))?;
        }
        for (name, value) in [("ZLIB_VERSION", "1.3.0"), ("ZLIB_RUNTIME_VERSION", "1.3.0"), ("__version__", "1.0")] {
            dict.set_str(vm, name, Str::new(value).into_object())?;
        }
        let namespace = Dict::empty();
        namespace.set_str(vm, "__module__", Str::new("zlib").into_object())?;
        let bases = Tuple::from_slice(&[vm::exception::types::Exception.get().to_object()]);
        let no = Kwargs { names: &[], values: &[] };
        let error = class::new_class(vm, Type::class(), &Str::new("error"), &bases, &namespace, no)?;
        dict.set_str(vm, "error", error)
    }

    /// Returns a bytes object containing compressed data.
    #[py("compress(data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)")]
    fn compress(vm: &Vm, data: &Object, level: Option<i32>, wbits: Option<i32>) -> Result<Object> {
        with_bytes(vm, data, |mut input| {
            let made = Stream::deflate(level.unwrap_or(-1), 8, wbits.unwrap_or(15), 8, 0);
            let mut stream = made.map_err(|code| match code {
                z::MEM_ERROR => raise!(vm, MemoryError, "Out of memory while compressing data"),
                z::STREAM_ERROR => raise_error(vm, "Bad compression level"),
                code => failed(vm, None, code, "while compressing data"),
            })?;
            let mut out = Output::new(None);
            match deflate_all(vm, &mut stream, &mut input, FINISH, &mut out)? {
                z::STREAM_END => out.object(vm),
                code => Err(failed(vm, Some(&stream), code, "while compressing data")),
            }
        })
    }

    /// Returns a bytes object containing the uncompressed data.
    #[py("decompress(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)")]
    fn decompress(vm: &Vm, data: &Object, wbits: Option<i32>, bufsize: Option<isize>) -> Result<Object> {
        let Ok(first) = usize::try_from(bufsize.unwrap_or(BUFFER as isize)) else {
            bail!(vm, ValueError, "bufsize must be non-negative");
        };
        with_bytes(vm, data, |mut input| {
            let doing = "while decompressing data";
            let mut stream = Stream::inflate(wbits.unwrap_or(15)).map_err(|code| match code {
                z::MEM_ERROR => raise!(vm, MemoryError, "Out of memory while decompressing data"),
                code => failed(vm, None, code, "while preparing to decompress data"),
            })?;
            let mut out = Output::new(None);
            loop {
                let (code, filled) = out.step(vm, &mut stream, &mut input, SYNC_FLUSH, first.clamp(1, 1 << 26))?;
                match code {
                    z::STREAM_END => return out.object(vm),
                    z::OK | z::BUF_ERROR if filled => {}
                    z::OK if !input.is_empty() => {}
                    z::OK => return Err(failed(vm, None, z::BUF_ERROR, doing)),
                    code => return Err(failed(vm, Some(&stream), code, doing)),
                }
            }
        })
    }

    /// Return a compressor object.
    #[py(
        "compressobj(level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)"
    )]
    fn compressobj(
        vm: &Vm,
        level: Option<i32>,
        method: Option<i32>,
        wbits: Option<i32>,
        memLevel: Option<i32>,
        strategy: Option<i32>,
        zdict: Option<&Object>,
    ) -> Result<Object> {
        let zdict = match zdict {
            Some(zdict) => Some(with_bytes(vm, zdict, |bytes| Ok(bytes.to_vec()))?),
            None => None,
        };
        let made = Stream::deflate(
            level.unwrap_or(-1),
            method.unwrap_or(8),
            wbits.unwrap_or(15),
            memLevel.unwrap_or(8),
            strategy.unwrap_or(0),
        );
        let mut stream = made.map_err(|code| match code {
            z::MEM_ERROR => raise!(vm, MemoryError, "Can't allocate memory for compression object"),
            z::STREAM_ERROR => raise!(vm, ValueError, "Invalid initialization option"),
            code => failed(vm, None, code, "while creating compression object"),
        })?;
        if let Some(zdict) = zdict
            && stream.set_dictionary(&zdict) != z::OK
        {
            bail!(vm, ValueError, "Invalid dictionary");
        }
        let body = Compress { head: Head::new(), stream: RefCell::new(Some(stream)) };
        Ok(instance::alloc_static(body).into_object())
    }

    /// Return a decompressor object.
    #[py("decompressobj(wbits=MAX_WBITS, zdict=b'')")]
    fn decompressobj(vm: &Vm, wbits: Option<i32>, zdict: Option<&Object>) -> Result<Object> {
        let (stream, dictionary) = decompressor(vm, wbits.unwrap_or(15), zdict)?;
        let body = Decompress {
            head: Head::new(),
            stream: RefCell::new(Some(stream)),
            dictionary,
            unused: Field::some(empty()),
            unconsumed: Field::some(empty()),
            eof: Cell::new(false),
        };
        Ok(instance::alloc_static(body).into_object())
    }

    /// Compute an Adler-32 checksum of data.
    #[py("adler32(data, value=1, /)")]
    fn adler32(vm: &Vm, data: &Object, value: Option<&Object>) -> Result<u32> {
        let start = low_word(vm, value, 1)?;
        with_bytes(vm, data, |bytes| Ok(z::adler32(start, bytes)))
    }

    /// Compute a CRC-32 checksum of data.
    #[py("crc32(data, value=0, /)")]
    fn crc32(vm: &Vm, data: &Object, value: Option<&Object>) -> Result<u32> {
        let start = low_word(vm, value, 0)?;
        with_bytes(vm, data, |bytes| Ok(z::crc32(start, bytes)))
    }
}
