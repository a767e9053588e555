//! What is matched against: a string, or the bytes of any bytes-like object.

use regex::{Input, Mode, Program, State, Stop};
use std::ops::Range;
use std::rc::Rc;
use vm::builtins::bytes::common;
use vm::object::type_name;
use vm::prelude::*;

/// The text of one match or scan. Buffers that can change are copied first.
#[derive(Clone)]
pub enum Subject {
    Text(Ref<Str>),
    Bytes(Ref<Bytes>),
    Copy(Rc<[u8]>),
}

impl Subject {
    /// The subject of `object`, which must suit the pattern: `bytes` says whether that is one of bytes (`None`: either).
    pub fn new(vm: &Vm, object: &Object, bytes: Option<bool>) -> Result<Subject> {
        let this = if let Some(text) = object.cast::<Str>() {
            Subject::Text(text.clone())
        } else if let Some(data) = object.cast::<Bytes>() {
            Subject::Bytes(data.clone())
        } else if common::is_like(object) {
            Subject::Copy(common::like(vm, object)?.into_owned().into())
        } else {
            bail!(vm, TypeError, "expected string or bytes-like object, got '{}'", type_name(object));
        };
        match (bytes, &this) {
            (Some(true), Subject::Text(_)) => {
                Err(raise!(vm, TypeError, "cannot use a bytes pattern on a string-like object"))
            }
            (Some(false), Subject::Bytes(_) | Subject::Copy(_)) => {
                Err(raise!(vm, TypeError, "cannot use a string pattern on a bytes-like object"))
            }
            _ => Ok(this),
        }
    }

    /// The text as it is now: a buffer may have changed since.
    pub fn now(&self, vm: &Vm, object: &Object) -> Result<Subject> {
        match self {
            Subject::Copy(_) => Subject::new(vm, object, None),
            other => Ok(other.clone()),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Subject::Text(text) => text.units().len(),
            Subject::Bytes(data) => data.as_bytes().len(),
            Subject::Copy(data) => data.len(),
        }
    }

    fn input(&self) -> Input<'_> {
        match self {
            Subject::Text(text) => Input::Str(text.units()),
            Subject::Bytes(data) => Input::Bytes(data.as_bytes()),
            Subject::Copy(data) => Input::Bytes(data),
        }
    }

    /// A part of the text as a new object.
    pub fn part(&self, vm: &Vm, range: Range<usize>) -> Result<Object> {
        match self {
            Subject::Text(text) => Str::part(text, vm, range).map(Ref::into_object),
            Subject::Bytes(data) if range == (0..data.as_bytes().len()) && data.as_object().is_exact::<Bytes>() => {
                Ok(data.to_object())
            }
            Subject::Bytes(data) => Bytes::try_new(vm, &data.as_bytes()[range]).map(Ref::into_object),
            Subject::Copy(data) => {
                let end = range.end.min(data.len());
                Bytes::try_new(vm, &data[range.start.min(end)..end]).map(Ref::into_object)
            }
        }
    }

    /// No text, of this kind.
    pub fn empty(&self, vm: &Vm) -> Object {
        match self {
            Subject::Text(_) => vm.intern("").into_object(),
            _ => Bytes::new(b"").into_object(),
        }
    }

    /// Runs the program; KeyboardInterrupt and the like get through in between.
    pub fn run(&self, vm: &Vm, program: &Program, span: Range<usize>, mode: Mode, state: &mut State) -> Result<bool> {
        if span.start > span.end {
            return Ok(false);
        }
        let mut poll = || vm::interp::check_signals(vm).is_ok();
        match program.run(self.input(), span.start, span.end, mode, state, &mut poll) {
            Ok(found) => Ok(found),
            Err(Stop::Memory) => Err(vm.out_of_memory()),
            Err(Stop::Interrupted) => Err(Raised),
        }
    }

    /// `pos` and `endpos` clipped to the text.
    pub fn span(&self, pos: isize, endpos: isize) -> Range<usize> {
        let len = self.len();
        let clip = |at: isize| (at.max(0) as usize).min(len);
        clip(pos)..clip(endpos)
    }
}
