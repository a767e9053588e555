//! Hash objects: what `hashlib`'s native modules share.

use vm::object::buffer::{get_buffer, request};
use vm::object::type_of;
use vm::prelude::*;

/// Shows the bytes of what is to be hashed to `look`.
pub fn with_data<R>(vm: &Vm, data: &Object, look: impl FnOnce(&[u8]) -> R) -> Result<R> {
    if let Some(bytes) = data.cast_exact::<Bytes>() {
        return Ok(look(bytes.as_bytes()));
    }
    if data.is_instance_of::<Str>() {
        bail!(vm, TypeError, "Strings must be encoded before hashing");
    }
    if type_of(data).slots.buffer.get().is_none() {
        bail!(vm, TypeError, "object supporting the buffer API required");
    }
    let buffer = get_buffer(vm, data, request::SIMPLE)?;
    if buffer.shape.len() > 1 {
        buffer.release(vm);
        bail!(vm, BufferError, "Buffer must be single dimension");
    }
    let result = buffer.with_contiguous(look);
    buffer.release(vm);
    Ok(result)
}

/// The one of `data` and its old name `string` that was given.
pub fn one_of<'a>(vm: &Vm, data: Option<&'a Object>, string: Option<&'a Object>) -> Result<Option<&'a Object>> {
    match (data, string) {
        (Some(_), Some(_)) => Err(raise!(
            vm,
            TypeError,
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version."
        )),
        (data, string) => Ok(data.or(string)),
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n)]);
    bytes.iter().flat_map(|&b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// A type of hash objects that a function makes.
macro_rules! hash_type {
    ($kind:ident, $name:literal, $module:literal, $engine:ty, $shown:literal, $block:literal) => {
        #[pytype($name, module = $module, doc = "", flags(DISALLOW_INSTANTIATION))]
        pub struct $kind {
            pub head: Head,
            #[untraced]
            state: std::cell::RefCell<$engine>,
        }

        impl $kind {
            fn make(vm: &Vm, data: Option<&Object>, string: Option<&Object>) -> Result<Object> {
                use digest::Digest;
                let mut state = <$engine>::new();
                if let Some(data) = crate::hashing::one_of(vm, data, string)? {
                    crate::hashing::with_data(vm, data, |bytes| state.update(bytes))?;
                }
                let body = $kind { head: Head::new(), state: std::cell::RefCell::new(state) };
                Ok(vm::object::instance::alloc_static(body).into_object())
            }
        }

        #[pymethods]
        impl $kind {
            /// Return a copy of the hash object.
            #[py("copy()")]
            fn copy(&self) -> Object {
                let state = std::cell::RefCell::new(self.state.borrow().clone());
                vm::object::instance::alloc_static($kind { head: Head::new(), state }).into_object()
            }

            /// Return the digest value as a bytes object.
            #[py("digest()")]
            fn digest(&self) -> Object {
                use digest::Digest;
                Bytes::new(&self.state.borrow().clone().finalize()).into_object()
            }

            /// Return the digest value as a string of hexadecimal digits.
            #[py("hexdigest()")]
            fn hexdigest(&self) -> String {
                use digest::Digest;
                crate::hashing::hex(&self.state.borrow().clone().finalize())
            }

            /// Update this hash object's state with the provided string.
            #[py("update(obj, /)")]
            fn update(&self, vm: &Vm, obj: &Object) -> Result<()> {
                use digest::Digest;
                crate::hashing::with_data(vm, obj, |bytes| self.state.borrow_mut().update(bytes))
            }

            #[getter("block_size")]
            fn block_size(&self) -> i32 {
                $block
            }

            #[getter("name")]
            fn name(&self) -> &'static str {
                $shown
            }

            #[getter("digest_size")]
            fn digest_size(&self) -> usize {
                <$engine as digest::Digest>::output_size()
            }
        }
    };
}
