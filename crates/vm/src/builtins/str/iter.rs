//! The iterators over strings: one for ASCII text, one for the rest, as in CPython.

use super::Str;
use crate::object::instance;
use crate::prelude::*;
use std::cell::Cell;

macro_rules! iterator {
    ($type:ident, $name:literal) => {
        /// An iterator over a string's characters.
        #[pytype($name, flags(HAVE_GC))]
        pub struct $type {
            pub head: Head,
            pub text: Field<Ref<Str>>,
            pub at: Cell<usize>,
        }

        impl $type {
            /// The next character's code.
            #[expect(unsafe_code, reason = "nobody lets go of the string while a code is read")]
            #[inline(always)]
            pub fn step(&self) -> Option<u32> {
                // SAFETY: reading a code runs no foreign code.
                let text = unsafe { self.text.peek() }?;
                let at = self.at.get();
                let code = text.units().get(at)?;
                self.at.set(at + 1);
                Some(code)
            }
        }

        #[pymethods]
        impl $type {
            #[slot]
            fn iter(this: &Ref<Self>) -> Object {
                this.to_object()
            }

            #[slot]
            pub fn next(&self, vm: &Vm) -> Result<Option<Object>> {
                match self.step() {
                    Some(code) => Str::from_code(vm, code).map(|s| Some(s.into_object())),
                    None => {
                        self.text.set(None);
                        Ok(None)
                    }
                }
            }

            /// Private method returning an estimate of len(list(it)).
            #[py("__length_hint__()")]
            fn length_hint(&self) -> usize {
                self.text.get().map_or(0, |text| text.len().saturating_sub(self.at.get()))
            }

            /// Return state information for pickling.
            #[py("__reduce__()")]
            fn reduce(&self, vm: &Vm) -> Result<Object> {
                let iter = crate::frame::namespace::builtin(vm, "iter")?;
                Ok(match self.text.get() {
                    Some(text) => {
                        let args = Tuple::from_slice(&[text.into_object()]).into_object();
                        Tuple::from_slice(&[iter, args, Int::from_i64(self.at.get() as i64)]).into_object()
                    }
                    None => {
                        let args = Tuple::from_slice(&[vm.intern("").into_object()]).into_object();
                        Tuple::from_slice(&[iter, args]).into_object()
                    }
                })
            }

            /// Set state information for unpickling.
            #[py("__setstate__(object, /)")]
            fn setstate(&self, object: isize) {
                if let Some(text) = self.text.get() {
                    self.at.set((object.max(0) as usize).min(text.len()));
                }
            }
        }
    };
}
iterator!(StrIter, "str_iterator");
iterator!(StrAsciiIter, "str_ascii_iterator");

/// `iter(text)`.
pub fn make(text: &Ref<Str>) -> Object {
    let (field, at) = (Field::some(text.clone()), Cell::new(0));
    if text.is_ascii() {
        instance::alloc_static(StrAsciiIter { head: Head::new(), text: field, at }).into_object()
    } else {
        instance::alloc_static(StrIter { head: Head::new(), text: field, at }).into_object()
    }
}
