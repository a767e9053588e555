//! `_hmac`: keyed hashes (RFC 2104).

use crate::hashing::{hex, with_data};
use digest::Digest;
use std::cell::RefCell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::call;
use vm::protocol::object::{self as protocol, ErrorText};

/// A hash under way.
trait Engine {
    fn update(&mut self, data: &[u8]);
    fn finish(&self) -> Vec<u8>;
    fn boxed(&self) -> Box<dyn Engine>;
}

struct Plain<D>(D);

impl<D: Digest + Clone + 'static> Engine for Plain<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    fn finish(&self) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }
    fn boxed(&self) -> Box<dyn Engine> {
        Box::new(Plain(self.0.clone()))
    }
}

macro_rules! blake2 {
    ($state:ty) => {
        impl Engine for $state {
            fn update(&mut self, data: &[u8]) {
                <$state>::update(self, data);
            }
            fn finish(&self) -> Vec<u8> {
                self.finalize().as_bytes().to_vec()
            }
            fn boxed(&self) -> Box<dyn Engine> {
                Box::new(self.clone())
            }
        }
    };
}
blake2!(blake2b_simd::State);
blake2!(blake2s_simd::State);

/// A hash function: its name, the sizes of digest and block, and what starts it.
struct Kind {
    name: &'static str,
    digest: usize,
    block: usize,
    start: fn() -> Box<dyn Engine>,
}

macro_rules! kinds {
    ($($place:ident $name:literal $digest:literal $block:literal $start:expr;)*) => {
        $(static $place: Kind = Kind { name: $name, digest: $digest, block: $block, start: || Box::new($start) };)*
        static KINDS: &[&Kind] = &[$(&$place),*];
    };
}
kinds! {
    MD5 "md5" 16 64 Plain(md5::Md5::new());
    SHA1 "sha1" 20 64 Plain(sha1::Sha1::new());
    SHA224 "sha224" 28 64 Plain(sha2::Sha224::new());
    SHA256 "sha256" 32 64 Plain(sha2::Sha256::new());
    SHA384 "sha384" 48 128 Plain(sha2::Sha384::new());
    SHA512 "sha512" 64 128 Plain(sha2::Sha512::new());
    SHA3_224 "sha3_224" 28 144 Plain(sha3::Sha3_224::new());
    SHA3_256 "sha3_256" 32 136 Plain(sha3::Sha3_256::new());
    SHA3_384 "sha3_384" 48 104 Plain(sha3::Sha3_384::new());
    SHA3_512 "sha3_512" 64 72 Plain(sha3::Sha3_512::new());
    BLAKE2S "blake2s" 32 64 blake2s_simd::State::new();
    BLAKE2B "blake2b" 64 128 blake2b_simd::State::new();
}

/// The hash function that a name means, in lower or upper case.
fn find(vm: &Vm, wanted: &Object) -> Result<&'static Kind> {
    let name = wanted.cast::<Str>().and_then(|name| name.as_ascii()).unwrap_or("");
    let base = name.strip_suffix("_32").filter(|name| name.starts_with("blake2")).unwrap_or(name);
    let same = |kind: &&&Kind| kind.name == base || kind.name.to_ascii_uppercase() == base;
    match KINDS.iter().find(same) {
        Some(kind) => Ok(kind),
        None => {
            let module = vm.import("_hmac")?;
            let class = vm::object::attr::getattr(vm, &module, &vm.intern("UnknownHashError"))?;
            let message = format!("unsupported hash type: {}", wanted.repr_for_error(vm));
            let error = call::call(vm, &class, &[Str::new(&message).into_object()])?;
            Err(vm.raise(error))
        }
    }
}

/// The two hashes of a keyed hash: of the inner key with the message, and of the outer key.
struct Pair {
    kind: &'static Kind,
    inner: Box<dyn Engine>,
    outer: Box<dyn Engine>,
}

impl Pair {
    fn new(kind: &'static Kind, key: &[u8]) -> Pair {
        let mut block = vec![0; kind.block];
        if key.len() > kind.block {
            let mut hash = (kind.start)();
            hash.update(key);
            block[..kind.digest].copy_from_slice(&hash.finish());
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let with = |mask: u8| {
            let mut hash = (kind.start)();
            hash.update(&block.iter().map(|b| b ^ mask).collect::<Vec<u8>>());
            hash
        };
        Pair { kind, inner: with(0x36), outer: with(0x5C) }
    }

    fn digest(&self) -> Vec<u8> {
        let mut outer = self.outer.boxed();
        outer.update(&self.inner.finish());
        outer.finish()
    }
}

fn start(vm: &Vm, kind: &'static Kind, key: &Object, message: Option<&Object>) -> Result<Pair> {
    let mut pair = with_data(vm, key, |key| Pair::new(kind, key))?;
    if let Some(message) = message {
        with_data(vm, message, |bytes| pair.inner.update(bytes))?;
    }
    Ok(pair)
}

fn compute(vm: &Vm, kind: &'static Kind, key: &Object, message: &Object) -> Result<Ref<Bytes>> {
    Bytes::try_new(vm, &start(vm, kind, key, Some(message))?.digest())
}

#[pytype("HMAC", module = "_hmac", doc = "", flags(DISALLOW_INSTANTIATION))]
pub struct Hmac {
    pub head: Head,
    #[untraced]
    pair: RefCell<Pair>,
}

#[pymethods]
impl Hmac {
    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let at = protocol::address(this.as_object());
        format!("<{} HMAC object @ {at:#x}>", this.pair.borrow().kind.name)
    }

    /// Return a copy ("clone") of the HMAC object.
    #[py("copy()")]
    fn copy(&self) -> Object {
        let pair = self.pair.borrow();
        let copy = Pair { kind: pair.kind, inner: pair.inner.boxed(), outer: pair.outer.boxed() };
        instance::alloc_static(Hmac { head: Head::new(), pair: RefCell::new(copy) }).into_object()
    }

    /// Update the HMAC object with the given message.
    #[py("update(msg)")]
    fn update(&self, vm: &Vm, msg: &Object) -> Result<()> {
        with_data(vm, msg, |bytes| self.pair.borrow_mut().inner.update(bytes))
    }

    /// Return the digest of the bytes passed to the update() method so far.
    #[py("digest()")]
    fn digest(&self, vm: &Vm) -> Result<Ref<Bytes>> {
        Bytes::try_new(vm, &self.pair.borrow().digest())
    }

    /// Return hexadecimal digest of the bytes passed to the update() method so far.
    #[py("hexdigest()")]
    fn hexdigest(&self) -> String {
        hex(&self.pair.borrow().digest())
    }

    #[getter("name")]
    fn name(&self) -> String {
        format!("hmac-{}", self.pair.borrow().kind.name)
    }

    #[getter("block_size")]
    fn block_size(&self) -> usize {
        self.pair.borrow().kind.block
    }

    #[getter("digest_size")]
    fn digest_size(&self) -> usize {
        self.pair.borrow().kind.digest
    }
}

#[pymodule("_hmac", types(Hmac))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let base = vm::exception::types::ValueError.get();
        let dict = module.dict();
        dict.set_str(vm, "UnknownHashError", vm::exception::new_class(vm, "_hmac", "UnknownHashError", base)?)?;
        dict.set_str(vm, "_GIL_MINSIZE", Object::int32(2048))
    }

    /// Return a new HMAC object.
    #[py("new(key, msg=None, digestmod=None)")]
    fn new(vm: &Vm, key: &Object, msg: Option<&Object>, digestmod: Option<Object>) -> Result<Object> {
        let Some(digestmod) = digestmod else {
            bail!(vm, TypeError, "new() missing 1 required argument 'digestmod'");
        };
        let pair = start(vm, find(vm, &digestmod)?, key, msg)?;
        Ok(instance::alloc_static(Hmac { head: Head::new(), pair: RefCell::new(pair) }).into_object())
    }

    #[py("compute_digest(key, msg, digest)")]
    fn compute_digest(vm: &Vm, key: &Object, msg: &Object, digest: &Object) -> Result<Ref<Bytes>> {
        compute(vm, find(vm, digest)?, key, msg)
    }

    #[py("compute_md5(key, msg, /)")]
    fn compute_md5(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &MD5, key, msg)
    }

    #[py("compute_sha1(key, msg, /)")]
    fn compute_sha1(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA1, key, msg)
    }

    #[py("compute_sha224(key, msg, /)")]
    fn compute_sha224(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA224, key, msg)
    }

    #[py("compute_sha256(key, msg, /)")]
    fn compute_sha256(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA256, key, msg)
    }

    #[py("compute_sha384(key, msg, /)")]
    fn compute_sha384(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA384, key, msg)
    }

    #[py("compute_sha512(key, msg, /)")]
    fn compute_sha512(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA512, key, msg)
    }

    #[py("compute_sha3_224(key, msg, /)")]
    fn compute_sha3_224(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA3_224, key, msg)
    }

    #[py("compute_sha3_256(key, msg, /)")]
    fn compute_sha3_256(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA3_256, key, msg)
    }

    #[py("compute_sha3_384(key, msg, /)")]
    fn compute_sha3_384(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA3_384, key, msg)
    }

    #[py("compute_sha3_512(key, msg, /)")]
    fn compute_sha3_512(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &SHA3_512, key, msg)
    }

    #[py("compute_blake2s_32(key, msg, /)")]
    fn compute_blake2s_32(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &BLAKE2S, key, msg)
    }

    #[py("compute_blake2b_32(key, msg, /)")]
    fn compute_blake2b_32(vm: &Vm, key: &Object, msg: &Object) -> Result<Ref<Bytes>> {
        compute(vm, &BLAKE2B, key, msg)
    }
}
