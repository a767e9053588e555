//! `_io`: files, buffers, text.

mod base;
mod buffered;
mod bytes_buffer;
mod memory;
mod newlines;
mod raw;
mod text;

pub use base::{BufferedIOBase, IOBase, RawIOBase, TextIOBase};
pub use buffered::{BufferedRWPair, BufferedRandom, BufferedReader, BufferedWriter};
pub use bytes_buffer::BytesIOBuffer;
pub use memory::{BytesIO, StringIO};
pub use newlines::IncrementalNewlineDecoder;
pub use raw::FileIO;
pub use text::TextIOWrapper;

use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Bytes that a buffer asks for at once.
pub const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

/// Raises `io.UnsupportedOperation`.
pub fn unsupported(vm: &Vm, message: &str) -> Raised {
    let kind = vm
        .interp()
        .modules
        .get()
        .and_then(|m| m.get_str(vm, "_io"))
        .and_then(|m| attr::getattr(vm, &m, &vm.intern("UnsupportedOperation")).ok());
    match kind.map(|k| call::call(vm, &k, &[Str::new(message).into_object()])) {
        Some(Ok(exception)) => vm.raise(exception),
        _ => raise!(vm, OSError, "{message}"),
    }
}

pub use vm::object::buffer::bytes_of;

/// Takes a second step even if the first has failed; the exception of the second gets that of the first as its context.
pub fn both(vm: &Vm, first: Result<Object>, second: impl FnOnce() -> Result<Object>) -> Result<Object> {
    let Some(earlier) = first.is_err().then(|| vm.take_raised()).flatten() else { return second() };
    if second().is_ok() {
        return Err(vm.restore(earlier));
    }
    match vm.take_raised() {
        Some(later) => {
            if let Some(body) = later.cast::<vm::exception::BaseException>() {
                body.context.set(Some(earlier));
            }
            Err(vm.restore(later))
        }
        None => Err(vm.restore(earlier)),
    }
}

/// A size argument: None and negative numbers mean "all".
#[inline]
pub fn size_of_arg(vm: &Vm, size: Option<&Object>) -> Result<Option<usize>> {
    match size.and_then(Object::as_small_int) {
        Some(n) => Ok(usize::try_from(n).ok()),
        None => size_of_object(vm, size),
    }
}

fn size_of_object(vm: &Vm, size: Option<&Object>) -> Result<Option<usize>> {
    match size.filter(|s| !s.is(&none())) {
        None => Ok(None),
        Some(size) if vm::protocol::number::has_index(size) => {
            let n = vm::protocol::number::as_ssize(vm, size, Some(&vm::exception::types::OverflowError))?;
            Ok(usize::try_from(n).ok())
        }
        Some(size) => Err(raise!(vm, TypeError, "argument should be integer or None, not '{}'", type_name(size))),
    }
}

/// Fills a writable buffer from what `read` gives for its length; gives how many bytes that were, `None` if it would block.
pub fn fill_buffer(
    vm: &Vm,
    target: &Object,
    read: impl FnOnce(usize) -> Result<Option<Vec<u8>>>,
) -> Result<Option<usize>> {
    let buffer = vm::object::buffer::writable(vm, target, "readinto() argument")?;
    let room = buffer.byte_len();
    let result = read(room).and_then(|data| {
        let Some(data) = data else { return Ok(None) };
        let n = data.len();
        if n > room {
            bail!(vm, ValueError, "read() returned too much data: {room} bytes requested, {n} returned");
        }
        buffer.exporter.with_bytes_mut(&mut |bytes| {
            if let Some(place) = bytes.get_mut(buffer.offset..buffer.offset + n) {
                place.copy_from_slice(&data);
            }
        });
        Ok(Some(n))
    });
    buffer.release(vm);
    result
}

/// The core I/O implementation: the classes and `open` behind the module `io`.
#[pymodule(
    "_io",
    types(
        IOBase,
        RawIOBase,
        BufferedIOBase,
        TextIOBase,
        FileIO,
        BytesIO,
        BytesIOBuffer,
        StringIO,
        BufferedReader,
        BufferedWriter,
        BufferedRandom,
        BufferedRWPair,
        TextIOWrapper,
        IncrementalNewlineDecoder
    )
)]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;
    use vm::object::class;

    #[constant("DEFAULT_BUFFER_SIZE")]
    const BUFFER: i32 = super::DEFAULT_BUFFER_SIZE as i32;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let bases = Tuple::from_slice(&[
            vm::exception::types::OSError.get().to_object(),
            vm::exception::types::ValueError.get().to_object(),
        ]);
        let namespace = Dict::empty();
        namespace.set_str(vm, "__module__", Str::new("io").into_object())?;
        let no = Kwargs { names: &[], values: &[] };
        let kind = class::new_class(vm, Type::class(), &Str::new("UnsupportedOperation"), &bases, &namespace, no)?;
        module.dict().set_str(vm, "UnsupportedOperation", kind)?;
        module.dict().set_str(vm, "BlockingIOError", vm::exception::types::BlockingIOError.get().to_object())
    }

    /// A helper function to choose the text encoding.
    #[py("text_encoding(encoding, stacklevel=2, /)")]
    fn text_encoding(vm: &Vm, encoding: &Object, stacklevel: i32) -> Result<Object> {
        if !encoding.is(&none()) {
            return Ok(encoding.clone());
        }
        let (warns, utf8) = {
            let config = vm.interp().config.borrow();
            (config.warn_default_encoding, config.utf8_mode)
        };
        if warns {
            let stacklevel = stacklevel as isize;
            vm.warn(&vm::exception::types::EncodingWarning, "'encoding' argument not specified", stacklevel)?;
        }
        Ok(Str::new(if utf8 { "utf-8" } else { "locale" }).into_object())
    }

    /// Opens the provided file with the intent to import the contents.
    ///
    /// This may perform extra validation beyond open(), but is otherwise interchangeable
    /// with calling open(path, 'rb').
    #[py("open_code(path)")]
    fn open_code(vm: &Vm, path: &Ref<Str>) -> Result<Object> {
        let mode = Str::new("rb").into_object();
        super::open(vm, path.as_object(), &mode, -1, None, None, None, true, None)
    }

    /// Open file and return a stream.  Raise OSError upon failure.
    #[py("open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)")]
    fn open(
        vm: &Vm,
        file: &Object,
        mode: Option<&Object>,
        buffering: isize,
        encoding: Option<&Ref<Str>>,
        errors: Option<&Ref<Str>>,
        newline: Option<&Ref<Str>>,
        closefd: bool,
        opener: Option<&Object>,
    ) -> Result<Object> {
        let text = Str::new("r").into_object();
        let [encoding, errors, newline] = [encoding, errors, newline].map(|text| text.map(Ref::as_object));
        super::open(vm, file, mode.unwrap_or(&text), buffering, encoding, errors, newline, closefd, opener)
    }
}

/// What `open` does.
pub fn open(
    vm: &Vm,
    file: &Object,
    mode: &Object,
    buffering: isize,
    encoding: Option<&Object>,
    errors: Option<&Object>,
    newline: Option<&Object>,
    closefd: bool,
    opener: Option<&Object>,
) -> Result<Object> {
    let path;
    let file = if vm::protocol::number::has_index(file) {
        file
    } else {
        path = vm::modules::sys::fs_path(vm, file)?;
        &path
    };
    let Some(mode) = mode.cast::<Str>() else {
        bail!(vm, TypeError, "open() argument 'mode' must be str, not {}", type_name(mode))
    };
    let text_mode = mode.to_string_lossy();
    let (mut creating, mut reading, mut writing, mut appending, mut updating, mut text, mut binary) =
        (false, false, false, false, false, false, false);
    for (i, c) in text_mode.char_indices() {
        let slot = match c {
            'x' => &mut creating,
            'r' => &mut reading,
            'w' => &mut writing,
            'a' => &mut appending,
            '+' => &mut updating,
            't' => &mut text,
            'b' => &mut binary,
            _ => bail!(vm, ValueError, "invalid mode: '{text_mode}'"),
        };
        if *slot || text_mode[..i].contains(c) {
            bail!(vm, ValueError, "invalid mode: '{text_mode}'");
        }
        *slot = true;
    }
    if text && binary {
        bail!(vm, ValueError, "can't have text and binary mode at once");
    }
    if [creating, reading, writing, appending].iter().filter(|&&m| m).count() != 1 {
        bail!(vm, ValueError, "must have exactly one of create/read/write/append mode");
    }
    let given = |o: Option<&Object>| o.is_some_and(|o| !o.is(&none()));
    if binary && given(encoding) {
        bail!(vm, ValueError, "binary mode doesn't take an encoding argument");
    }
    if binary && given(errors) {
        bail!(vm, ValueError, "binary mode doesn't take an errors argument");
    }
    if binary && given(newline) {
        bail!(vm, ValueError, "binary mode doesn't take a newline argument");
    }
    let raw_mode: String = text_mode.chars().filter(|c| !"bt".contains(*c)).collect();
    let nothing = none();
    let raw = call::call(
        vm,
        FileIO::class().as_object(),
        &[file.clone(), Str::new(&raw_mode).into_object(), closefd.object(), opener.unwrap_or(&nothing).clone()],
    )?;
    let close_on_error = |vm: &Vm, stream: &Object| {
        let saved = vm.take_raised();
        let _ = call::call_method(vm, stream, vm.names().close(), &[]);
        vm.restore_raised(saved);
    };
    let is_tty = {
        let answer = call::call_method(vm, &raw, vm.names().isatty(), &[])?;
        protocol::is_true(vm, &answer)?
    };
    let mut line_buffering = false;
    let mut buffering = buffering;
    if buffering == 1 || (buffering < 0 && is_tty) {
        buffering = -1;
        line_buffering = true;
    }
    if buffering < 0 {
        buffering = DEFAULT_BUFFER_SIZE as isize;
    }
    if buffering == 0 {
        if !binary {
            close_on_error(vm, &raw);
            bail!(vm, ValueError, "can't have unbuffered text I/O");
        }
        return Ok(raw);
    }
    let class = if updating {
        BufferedRandom::class()
    } else if reading {
        BufferedReader::class()
    } else {
        BufferedWriter::class()
    };
    let size = Int::from_i64(buffering as i64);
    let buffer = match call::call(vm, class.as_object(), &[raw.clone(), size]) {
        Ok(buffer) => buffer,
        Err(raised) => {
            close_on_error(vm, &raw);
            return Err(raised);
        }
    };
    if binary {
        return Ok(buffer);
    }
    let arg = |o: Option<&Object>| o.cloned().unwrap_or_else(none);
    let wrapped = call::call(
        vm,
        TextIOWrapper::class().as_object(),
        &[buffer.clone(), arg(encoding), arg(errors), arg(newline), line_buffering.object()],
    );
    match wrapped {
        Ok(wrapper) => {
            attr::setattr(vm, &wrapper, vm.names().mode(), Some(mode.as_object()))?;
            Ok(wrapper)
        }
        Err(raised) => {
            close_on_error(vm, &buffer);
            Err(raised)
        }
    }
}

/// Where the first line of `bytes` ends, behind its newline.
fn line_end(bytes: &[u8]) -> Option<usize> {
    ::text::find::find_code(::text::Units::Latin1(bytes), 10).map(|at| at + 1)
}
