//! `OSError`: the errno picks the class.

use super::base::{BaseException, no_keywords};
use crate::builtins::dict::Dict;
use crate::exception_body;
use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::{number as numbers, object as protocol};
use std::cell::Cell;
use std::io::{self, ErrorKind};

#[repr(C)]
pub struct OSError {
    pub base: BaseException,
    pub errno: Field<Object>,
    pub strerror: Field<Object>,
    pub filename: Field<Object>,
    pub filename2: Field<Object>,
    /// `characters_written` of BlockingIOError; -1 where it was not given.
    pub written: Cell<isize>,
}
exception_body!(OSError, "OSError", super::types::OSError, BaseException, { base, errno, strerror, filename, filename2 });

/// The class for an error number, where it has one of its own.
pub fn class_of(errno: i32) -> Option<&'static StaticType> {
    use super::types;
    Some(match io::Error::from_raw_os_error(errno).kind() {
        ErrorKind::NotFound => &types::FileNotFoundError,
        ErrorKind::PermissionDenied => &types::PermissionError,
        ErrorKind::AlreadyExists => &types::FileExistsError,
        ErrorKind::WouldBlock => &types::BlockingIOError,
        ErrorKind::Interrupted => &types::InterruptedError,
        ErrorKind::BrokenPipe => &types::BrokenPipeError,
        ErrorKind::ConnectionAborted => &types::ConnectionAbortedError,
        ErrorKind::ConnectionRefused => &types::ConnectionRefusedError,
        ErrorKind::ConnectionReset => &types::ConnectionResetError,
        ErrorKind::IsADirectory => &types::IsADirectoryError,
        ErrorKind::NotADirectory => &types::NotADirectoryError,
        ErrorKind::TimedOut => &types::TimeoutError,
        _ => {
            let is = |name| host::constants::find(host::constants::ERRNO, name) == Some(i64::from(errno));
            match () {
                () if is("ECHILD") => &types::ChildProcessError,
                () if is("ESRCH") => &types::ProcessLookupError,
                () if is("ESHUTDOWN") => &types::BrokenPipeError,
                () if is("EALREADY") || is("EINPROGRESS") => &types::BlockingIOError,
                () => return None,
            }
        }
    })
}

/// What the system calls an error number (`os.strerror`).
pub fn strerror(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    match text.rfind(" (os error") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

/// Raises the OSError of a failed system call, of the class that its number picks.
#[cold]
pub fn os_error(vm: &Vm, error: &io::Error, filename: Option<&Object>) -> Raised {
    os_error_with(vm, error, filename, None)
}

/// As [`os_error`], for calls with two paths.
#[cold]
pub fn os_error_with(vm: &Vm, error: &io::Error, filename: Option<&Object>, filename2: Option<&Object>) -> Raised {
    let Some(errno) = error.raw_os_error() else {
        return match error.kind() {
            ErrorKind::InvalidInput => raise!(vm, ValueError, "{error}"),
            ErrorKind::OutOfMemory => vm.out_of_memory(),
            _ => raise!(vm, OSError, "{error}"),
        };
    };
    let mut args = vec![Int::from_i64(i64::from(errno)), Str::new(&strerror(errno)).into_object()];
    if let Some(filename) = filename {
        args.push(filename.clone());
    }
    if let Some(filename2) = filename2 {
        args.resize_with(4, none);
        args.push(filename2.clone());
    }
    vm.raise_args(&super::types::OSError, &args)
}

/// A class that has its own `__init__` but OSError's `__new__` reads the arguments in `__init__`.
fn reads_in_init(kind: &Type) -> bool {
    let native = &super::types::OSError.get().slots;
    let same = |a: Option<usize>, b: Option<usize>| a == b;
    !same(kind.slots.init.get().map(|f| f as usize), native.init.get().map(|f| f as usize))
        && same(kind.slots.new.get().map(|f| f as usize), native.new.get().map(|f| f as usize))
}

impl OSError {
    fn empty() -> OSError {
        OSError {
            base: BaseException::with_args(&[]),
            errno: Field::empty(),
            strerror: Field::empty(),
            filename: Field::empty(),
            filename2: Field::empty(),
            written: Cell::new(-1),
        }
    }

    fn fill(&self, vm: &Vm, kind: &Type, items: &[Object]) -> Result<()> {
        let mut kept = items;
        if let 2..=5 = items.len() {
            self.errno.set(Some(items[0].clone()));
            self.strerror.set(Some(items[1].clone()));
            if let Some(filename) = items.get(2).filter(|f| !f.is(&none())) {
                let counts = std::ptr::eq(kind, &**super::types::BlockingIOError.get())
                    && (numbers::has_index(filename) || type_of(filename).slots.float.get().is_some());
                if counts {
                    self.written.set(numbers::as_ssize(vm, filename, Some(&super::types::ValueError))?);
                } else {
                    self.filename.set(Some(filename.clone()));
                    self.filename2.set(items.get(4).filter(|f| !f.is(&none())).cloned());
                    kept = &items[..2];
                }
            }
        }
        self.base.args.set(Some(Tuple::from_slice(kept)));
        Ok(())
    }
}

fn or_none(field: &Field<Object>) -> Object {
    field.get().unwrap_or_else(none)
}

#[pymethods]
impl OSError {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let mut cls = cls.clone();
        if !reads_in_init(&cls) {
            no_keywords(vm, &cls, &args)?;
            let items = args.positional();
            if cls.is(super::types::OSError.get())
                && let 2..=5 = items.len()
                && let Some(errno) = Int::to_i64(&items[0]).and_then(|n| i32::try_from(n).ok())
                && let Some(class) = class_of(errno)
            {
                cls = class.get().clone();
            }
        }
        let this = instance::alloc(vm, &cls, OSError::empty())?;
        if reads_in_init(&cls) {
            this.base.args.set(Some(Tuple::empty()));
        } else {
            this.fill(vm, &cls, args.positional())?;
        }
        Ok(this.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        let kind = type_of(this.as_object()).clone();
        if !reads_in_init(&kind) {
            return Ok(());
        }
        no_keywords(vm, &kind, &args)?;
        this.fill(vm, &kind, args.positional())
    }

    #[slot]
    fn str(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let (errno, strerror) = (or_none(&this.errno), or_none(&this.strerror));
        let head = |vm: &Vm| Ok(format!("[Errno {}] {}", protocol::str(vm, &errno)?, protocol::str(vm, &strerror)?));
        let text = match (this.filename.get(), this.filename2.get()) {
            (Some(one), Some(two)) => {
                format!("{}: {} -> {}", head(vm)?, protocol::repr(vm, &one)?, protocol::repr(vm, &two)?)
            }
            (Some(one), None) => format!("{}: {}", head(vm)?, protocol::repr(vm, &one)?),
            (None, _) if this.errno.is_some() && this.strerror.is_some() => head(vm)?,
            (None, _) => return this.base.str(vm),
        };
        Ok(Str::new(&text).into_object())
    }

    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> Object {
        let mut args = this.base.arg_items();
        if let (2, Some(filename)) = (args.len(), this.filename.get()) {
            args.push(filename);
            if let Some(filename2) = this.filename2.get() {
                args.push(none());
                args.push(filename2);
            }
        }
        let (kind, args) = (type_of(this.as_object()).to_object(), Tuple::from_slice(&args).into_object());
        let state = instance::items(this.as_object());
        if state.is_empty() {
            return Tuple::from_slice(&[kind, args]).into_object();
        }
        Tuple::from_slice(&[kind, args, Dict::from_pairs_of_names(state).into_object()]).into_object()
    }

    /// POSIX exception code
    #[getter("errno")]
    fn get_errno(&self) -> Object {
        or_none(&self.errno)
    }

    #[setter("errno")]
    fn set_errno(&self, value: Option<&Object>) -> Result<()> {
        self.errno.set(value.cloned());
        Ok(())
    }

    /// exception strerror
    #[getter("strerror")]
    fn get_strerror(&self) -> Object {
        or_none(&self.strerror)
    }

    #[setter("strerror")]
    fn set_strerror(&self, value: Option<&Object>) -> Result<()> {
        self.strerror.set(value.cloned());
        Ok(())
    }

    /// exception filename
    #[getter("filename")]
    fn get_filename(&self) -> Object {
        or_none(&self.filename)
    }

    #[setter("filename")]
    fn set_filename(&self, value: Option<&Object>) -> Result<()> {
        self.filename.set(value.cloned());
        Ok(())
    }

    /// second exception filename
    #[getter("filename2")]
    fn get_filename2(&self) -> Object {
        or_none(&self.filename2)
    }

    #[setter("filename2")]
    fn set_filename2(&self, value: Option<&Object>) -> Result<()> {
        self.filename2.set(value.cloned());
        Ok(())
    }

    #[getter("characters_written")]
    fn get_written(&self, vm: &Vm) -> Result<isize> {
        match self.written.get() {
            -1 => Err(raise!(vm, AttributeError, "characters_written")),
            written => Ok(written),
        }
    }

    #[setter("characters_written")]
    fn set_written(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) => self.written.set(numbers::as_ssize(vm, value, Some(&super::types::ValueError))?),
            None if self.written.get() == -1 => bail!(vm, AttributeError, "characters_written"),
            None => self.written.set(-1),
        }
        Ok(())
    }
}
