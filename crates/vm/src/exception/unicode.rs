//! `UnicodeDecodeError`, `UnicodeEncodeError` and `UnicodeTranslateError`.

use super::base::{BaseException, no_keywords};
use crate::exception_body;
use crate::object::{buffer, instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::number as numbers;
use std::cell::Cell;

/// What went wrong where: the part that the three errors share.
#[derive(Default)]
pub struct Place {
    pub encoding: Field<Object>,
    pub object: Field<Object>,
    pub start: Cell<isize>,
    pub end: Cell<isize>,
    pub reason: Field<Object>,
}

impl Trace for Place {
    fn trace(&self, visit: &mut Visitor) {
        self.encoding.trace(visit);
        self.object.trace(visit);
        self.reason.trace(visit);
    }
    fn clear_refs(&self) {
        self.object.set(None);
    }
}

impl Place {
    fn set(&self, encoding: Option<&Object>, object: &Object, start: isize, end: isize, reason: &Object) {
        self.encoding.set(encoding.cloned());
        self.object.set(Some(object.clone()));
        self.start.set(start);
        self.end.set(end);
        self.reason.set(Some(reason.clone()));
    }

    fn text(vm: &Vm, field: &Field<Object>) -> Result<String> {
        match field.get() {
            Some(value) => Ok(crate::protocol::object::str(vm, &value)?.to_string_lossy()),
            None => Ok(String::new()),
        }
    }

    /// The texts of encoding and reason. Their `__str__` may have changed the object: TypeError if it is not a `T` any more.
    fn texts<T: crate::object::PyType>(&self, vm: &Vm, what: &str) -> Result<(String, String)> {
        let (reason, encoding) = (Self::text(vm, &self.reason)?, Self::text(vm, &self.encoding)?);
        match self.object.get() {
            None => bail!(vm, TypeError, "UnicodeError 'object' attribute is not set"),
            Some(object) if !object.is_instance_of::<T>() => {
                bail!(vm, TypeError, "UnicodeError 'object' attribute must be a {what}")
            }
            Some(_) => Ok((encoding, reason)),
        }
    }

    /// " in position 3: reason", " in position 3-5: reason".
    fn position(&self, one: bool, reason: &str) -> String {
        let (start, end) = (self.start.get(), self.end.get());
        if one {
            format!(" in position {start}: {reason}")
        } else {
            format!(" in position {start}-{}: {reason}", end.wrapping_sub(1))
        }
    }

    /// The one code unit that is at fault, if it is one.
    fn single<T>(&self, at: impl FnOnce(usize) -> Option<T>) -> Option<T> {
        let start = self.start.get();
        if self.end.get() != start.wrapping_add(1) {
            return None;
        }
        at(usize::try_from(start).ok()?)
    }

    fn shown_code(&self) -> Option<String> {
        let object = self.object.get()?;
        let text = object.cast::<Str>()?;
        let code = self.single(|at| text.units().get(at))?;
        Some(match code {
            0..=0xFF => format!("\\x{code:02x}"),
            0x100..=0xFFFF => format!("\\u{code:04x}"),
            _ => format!("\\U{code:08x}"),
        })
    }
}

/// Checks the arguments of a constructor against a format of one letter each: U a str, O anything, n an index.
fn check(vm: &Vm, items: &[Object], format: &str) -> Result<()> {
    if items.len() != format.len() {
        bail!(vm, TypeError, "function takes exactly {} arguments ({} given)", format.len(), items.len());
    }
    for (at, (item, letter)) in items.iter().zip(format.chars()).enumerate() {
        if letter == 'U' && !item.is_instance_of::<Str>() {
            let got = if item.is(&none()) { "None".to_owned() } else { type_name(item) };
            bail!(vm, TypeError, "argument {} must be str, not {got}", at + 1);
        }
        if letter == 'n' {
            numbers::as_ssize(vm, item, Some(&super::types::OverflowError))?;
        }
    }
    Ok(())
}

fn index(vm: &Vm, value: &Object) -> Result<isize> {
    numbers::as_ssize(vm, value, Some(&super::types::OverflowError))
}

fn set_index(vm: &Vm, cell: &Cell<isize>, value: Option<&Object>) -> Result<()> {
    let Some(value) = value else { bail!(vm, TypeError, "can't delete numeric/char attribute") };
    if !value.is_instance_of::<Int>() {
        bail!(vm, TypeError, "an integer is required");
    }
    cell.set(index(vm, value)?);
    Ok(())
}

macro_rules! unicode_error {
    ($body:ident, $name:literal, $place:ident, { $($more:tt)* }) => {
        #[repr(C)]
        pub struct $body {
            pub base: BaseException,
            pub place: Place,
        }
        exception_body!($body, $name, super::types::$place, BaseException, { base, place });

        #[pymethods]
        impl $body {
            #[slot]
            fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
                let this = instance::alloc(vm, cls, $body { base: BaseException::with_args(&[]), place: Place::default() })?;
                this.base.args.set(Some(Tuple::from_slice(args.positional())));
                Ok(this.into_object())
            }

            /// exception encoding
            #[getter("encoding")]
            fn get_encoding(&self) -> Option<Object> {
                self.place.encoding.get()
            }

            #[setter("encoding")]
            fn set_encoding(&self, value: Option<&Object>) -> Result<()> {
                self.place.encoding.set(value.cloned());
                Ok(())
            }

            /// exception object
            #[getter("object")]
            fn get_object(&self) -> Option<Object> {
                self.place.object.get()
            }

            #[setter("object")]
            fn set_object(&self, value: Option<&Object>) -> Result<()> {
                self.place.object.set(value.cloned());
                Ok(())
            }

            /// exception start
            #[getter("start")]
            fn get_start(&self) -> isize {
                self.place.start.get()
            }

            #[setter("start")]
            fn set_start(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
                set_index(vm, &self.place.start, value)
            }

            /// exception end
            #[getter("end")]
            fn get_end(&self) -> isize {
                self.place.end.get()
            }

            #[setter("end")]
            fn set_end(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
                set_index(vm, &self.place.end, value)
            }

            /// exception reason
            #[getter("reason")]
            fn get_reason(&self) -> Option<Object> {
                self.place.reason.get()
            }

            #[setter("reason")]
            fn set_reason(&self, value: Option<&Object>) -> Result<()> {
                self.place.reason.set(value.cloned());
                Ok(())
            }

            $($more)*
        }
    };
}

unicode_error!(UnicodeDecodeError, "UnicodeDecodeError", UnicodeDecodeError, {
    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        no_keywords(vm, type_of(this.as_object()), &args)?;
        this.base.args.set(Some(Tuple::from_slice(args.items)));
        check(vm, args.items, "UOnnU")?;
        let [encoding, object, start, end, reason] = args.items else { return Ok(()) };
        let bytes = if object.is_instance_of::<Bytes>() {
            object.clone()
        } else {
            let view = buffer::get_buffer(vm, object, buffer::request::SIMPLE)?;
            let copy = Bytes::try_new(vm, &view.to_vec());
            view.release(vm);
            copy?.into_object()
        };
        this.place.set(Some(encoding), &bytes, index(vm, start)?, index(vm, end)?, reason);
        Ok(())
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<String> {
        let place = &self.place;
        if !place.object.is_some() {
            return Ok(String::new());
        }
        let (encoding, reason) = place.texts::<Bytes>(vm, "bytes")?;
        let Some(object) = place.object.get() else { return Ok(String::new()) };
        let byte = object.cast::<Bytes>().and_then(|b| place.single(|at| b.as_bytes().get(at).copied()));
        Ok(match byte {
            Some(byte) => format!("'{encoding}' codec can't decode byte 0x{byte:02x}{}", place.position(true, &reason)),
            None => format!("'{encoding}' codec can't decode bytes{}", place.position(false, &reason)),
        })
    }
});

unicode_error!(UnicodeEncodeError, "UnicodeEncodeError", UnicodeEncodeError, {
    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        no_keywords(vm, type_of(this.as_object()), &args)?;
        this.base.args.set(Some(Tuple::from_slice(args.items)));
        check(vm, args.items, "UUnnU")?;
        let [encoding, object, start, end, reason] = args.items else { return Ok(()) };
        this.place.set(Some(encoding), object, index(vm, start)?, index(vm, end)?, reason);
        Ok(())
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<String> {
        let place = &self.place;
        if !place.object.is_some() {
            return Ok(String::new());
        }
        let (encoding, reason) = place.texts::<Str>(vm, "string")?;
        Ok(match place.shown_code() {
            Some(code) => {
                format!("'{encoding}' codec can't encode character '{code}'{}", place.position(true, &reason))
            }
            None => format!("'{encoding}' codec can't encode characters{}", place.position(false, &reason)),
        })
    }
});

unicode_error!(UnicodeTranslateError, "UnicodeTranslateError", UnicodeTranslateError, {
    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        no_keywords(vm, type_of(this.as_object()), &args)?;
        this.base.args.set(Some(Tuple::from_slice(args.items)));
        check(vm, args.items, "UnnU")?;
        let [object, start, end, reason] = args.items else { return Ok(()) };
        this.place.set(None, object, index(vm, start)?, index(vm, end)?, reason);
        Ok(())
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<String> {
        let place = &self.place;
        if !place.object.is_some() {
            return Ok(String::new());
        }
        let (_, reason) = place.texts::<Str>(vm, "string")?;
        Ok(match place.shown_code() {
            Some(code) => format!("can't translate character '{code}'{}", place.position(true, &reason)),
            None => format!("can't translate characters{}", place.position(false, &reason)),
        })
    }
});

/// The place that one of the three errors names.
pub fn place_of(error: &Object) -> Option<&Place> {
    None.or_else(|| error.cast::<UnicodeDecodeError>().map(|e| &e.place))
        .or_else(|| error.cast::<UnicodeEncodeError>().map(|e| &e.place))
        .or_else(|| error.cast::<UnicodeTranslateError>().map(|e| &e.place))
}

/// Makes and raises a UnicodeDecodeError.
#[cold]
pub fn decode_error(vm: &Vm, encoding: &str, bytes: &Object, start: usize, end: usize, reason: &str) -> Raised {
    let args = [
        Str::new(encoding).into_object(),
        bytes.clone(),
        Int::from_i64(start as i64),
        Int::from_i64(end as i64),
        Str::new(reason).into_object(),
    ];
    vm.raise_args(&super::types::UnicodeDecodeError, &args)
}

/// Makes and raises a UnicodeEncodeError.
#[cold]
pub fn encode_error(vm: &Vm, encoding: &str, text: &Object, start: usize, end: usize, reason: &str) -> Raised {
    let args = [
        Str::new(encoding).into_object(),
        text.clone(),
        Int::from_i64(start as i64),
        Int::from_i64(end as i64),
        Str::new(reason).into_object(),
    ];
    vm.raise_args(&super::types::UnicodeEncodeError, &args)
}

/// The UnicodeEncodeError for a string whose code point `at` is a surrogate, which UTF-8 cannot hold.
#[cold]
pub fn surrogate_error(vm: &Vm, text: &Str, at: usize) -> Raised {
    let end = text.code_points().skip(at).take_while(|c| (0xD800..0xE000).contains(c)).count() + at;
    encode_error(vm, "utf-8", Ref::of(text).as_object(), at, end.max(at + 1), "surrogates not allowed")
}
