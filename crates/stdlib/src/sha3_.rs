//! `_sha3`.

use std::cell::RefCell;
use vm::object::instance;
use vm::prelude::*;

macro_rules! sha3 {
    ($kind:ident, $name:literal, $engine:ty, $bits:literal) => {
        /// A SHA-3 hash object.
        #[pytype($name, module = "_sha3", doc = "A new SHA-3 hash object.", flags())]
        pub struct $kind {
            pub head: Head,
            #[untraced]
            state: RefCell<$engine>,
        }

        #[pymethods]
        impl $kind {
            #[slot("sha3_224(data=b'', *, usedforsecurity=True, string=None)", notext)]
            fn new(
                cls: &Ref<Type>,
                vm: &Vm,
                data: Option<&Object>,
                usedforsecurity: bool,
                string: Option<&Object>,
            ) -> Result<Object> {
                use digest::Digest;
                let _ = usedforsecurity;
                let mut state = <$engine>::new();
                if let Some(data) = crate::hashing::one_of(vm, data, string)? {
                    crate::hashing::with_data(vm, data, |bytes| state.update(bytes))?;
                }
                Ok(instance::alloc(vm, cls, $kind { head: Head::new(), state: RefCell::new(state) })?.into_object())
            }

            /// Return a copy of the hash object.
            #[py("copy()")]
            fn copy(&self) -> Object {
                let state = RefCell::new(self.state.borrow().clone());
                instance::alloc_static($kind { head: Head::new(), state }).into_object()
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

            /// Update this hash object's state with the provided bytes-like object.
            #[py("update(data, /)")]
            fn update(&self, vm: &Vm, data: &Object) -> Result<()> {
                use digest::Digest;
                crate::hashing::with_data(vm, data, |bytes| self.state.borrow_mut().update(bytes))
            }

            #[getter("block_size")]
            fn block_size(&self) -> i32 {
                (1600 - 2 * $bits) / 8
            }

            #[getter("name")]
            fn name(&self) -> &'static str {
                $name
            }

            #[getter("digest_size")]
            fn digest_size(&self) -> i32 {
                $bits / 8
            }

            #[getter("_capacity_bits")]
            fn capacity_bits(&self) -> i32 {
                2 * $bits
            }

            #[getter("_rate_bits")]
            fn rate_bits(&self) -> i32 {
                1600 - 2 * $bits
            }

            #[getter("_suffix")]
            fn suffix(&self) -> Object {
                Bytes::new(&[6]).into_object()
            }
        }
    };
}

macro_rules! shake {
    ($kind:ident, $name:literal, $engine:ty, $bits:literal) => {
        /// A SHAKE hash object.
        #[pytype($name, module = "_sha3", doc = "A new SHAKE hash object.", flags())]
        pub struct $kind {
            pub head: Head,
            #[untraced]
            state: RefCell<$engine>,
        }

        impl $kind {
            fn output(&self, vm: &Vm, length: &Object) -> Result<Vec<u8>> {
                use digest::{ExtendableOutput, XofReader};
                let mut out = Vec::new();
                let len = output_length(vm, length)?;
                vm.memory(out.try_reserve_exact(len).map_err(|_| vm::heap::OutOfMemory))?;
                out.resize(len, 0);
                self.state.borrow().clone().finalize_xof().read(&mut out);
                Ok(out)
            }
        }

        #[pymethods]
        impl $kind {
            #[slot("sha3_224(data=b'', *, usedforsecurity=True, string=None)", notext)]
            fn new(
                cls: &Ref<Type>,
                vm: &Vm,
                data: Option<&Object>,
                usedforsecurity: bool,
                string: Option<&Object>,
            ) -> Result<Object> {
                use digest::Update;
                let _ = usedforsecurity;
                let mut state = <$engine>::default();
                if let Some(data) = crate::hashing::one_of(vm, data, string)? {
                    crate::hashing::with_data(vm, data, |bytes| state.update(bytes))?;
                }
                Ok(instance::alloc(vm, cls, $kind { head: Head::new(), state: RefCell::new(state) })?.into_object())
            }

            /// Return a copy of the hash object.
            #[py("copy()")]
            fn copy(&self) -> Object {
                let state = RefCell::new(self.state.borrow().clone());
                instance::alloc_static($kind { head: Head::new(), state }).into_object()
            }

            /// Return the digest value as a bytes object.
            #[py("digest(length)")]
            fn digest(&self, vm: &Vm, length: &Object) -> Result<Object> {
                Ok(Bytes::try_new(vm, &self.output(vm, length)?)?.into_object())
            }

            /// Return the digest value as a string of hexadecimal digits.
            #[py("hexdigest(length)")]
            fn hexdigest(&self, vm: &Vm, length: &Object) -> Result<String> {
                Ok(crate::hashing::hex(&self.output(vm, length)?))
            }

            /// Update this hash object's state with the provided bytes-like object.
            #[py("update(data, /)")]
            fn update(&self, vm: &Vm, data: &Object) -> Result<()> {
                use digest::Update;
                crate::hashing::with_data(vm, data, |bytes| self.state.borrow_mut().update(bytes))
            }

            #[getter("block_size")]
            fn block_size(&self) -> i32 {
                (1600 - 2 * $bits) / 8
            }

            #[getter("name")]
            fn name(&self) -> &'static str {
                $name
            }

            #[getter("digest_size")]
            fn digest_size(&self) -> i32 {
                0
            }

            #[getter("_capacity_bits")]
            fn capacity_bits(&self) -> i32 {
                2 * $bits
            }

            #[getter("_rate_bits")]
            fn rate_bits(&self) -> i32 {
                1600 - 2 * $bits
            }

            #[getter("_suffix")]
            fn suffix(&self) -> Object {
                Bytes::new(&[0x1F]).into_object()
            }
        }
    };
}

/// How many bytes are wanted of a function without an end.
fn output_length(vm: &Vm, length: &Object) -> Result<usize> {
    let index = vm::protocol::number::index(vm, length)?;
    if Int::is_negative(&index) {
        bail!(vm, ValueError, "Cannot convert negative int");
    }
    match Int::to_i64(&index) {
        Some(n) if n < 1 << 29 => Ok(n as usize),
        Some(_) => Err(raise!(vm, ValueError, "length is too large")),
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C unsigned long")),
    }
}

sha3!(Sha3_224, "sha3_224", sha3::Sha3_224, 224);
sha3!(Sha3_256, "sha3_256", sha3::Sha3_256, 256);
sha3!(Sha3_384, "sha3_384", sha3::Sha3_384, 384);
sha3!(Sha3_512, "sha3_512", sha3::Sha3_512, 512);
shake!(Shake128, "shake_128", sha3::Shake128, 128);
shake!(Shake256, "shake_256", sha3::Shake256, 256);

/// The SHA-3 hash functions.
#[pymodule("_sha3", types(Sha3_224, Sha3_256, Sha3_384, Sha3_512, Shake128, Shake256))]
pub mod module {
    use super::*;

    #[constant]
    const _GIL_MINSIZE: i32 = 2048;

    #[constant("implementation")]
    const IMPLEMENTATION: &str = "RustCrypto";
}
