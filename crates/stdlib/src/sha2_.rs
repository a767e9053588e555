//! `_sha2`.

use vm::prelude::*;

hash_type!(Sha224, "SHA224Type", "_sha2", sha2::Sha224, "sha224", 64);
hash_type!(Sha256, "SHA256Type", "_sha2", sha2::Sha256, "sha256", 64);
hash_type!(Sha384, "SHA384Type", "_sha2", sha2::Sha384, "sha384", 128);
hash_type!(Sha512, "SHA512Type", "_sha2", sha2::Sha512, "sha512", 128);

/// The SHA-2 hash functions.
#[pymodule("_sha2")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "SHA224Type", Sha224::init_type(vm)?.into_object())?;
        dict.set_str(vm, "SHA256Type", Sha256::init_type(vm)?.into_object())?;
        dict.set_str(vm, "SHA384Type", Sha384::init_type(vm)?.into_object())?;
        dict.set_str(vm, "SHA512Type", Sha512::init_type(vm)?.into_object())?;
        dict.set_str(vm, "_GIL_MINSIZE", Int::from_i64(2048))
    }

    /// A new SHA-224 hash object.
    #[py("sha224(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha224(vm: &Vm, data: Option<&Object>, usedforsecurity: bool, string: Option<&Object>) -> Result<Object> {
        let _ = usedforsecurity;
        Sha224::make(vm, data, string)
    }

    /// A new SHA-256 hash object.
    #[py("sha256(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha256(vm: &Vm, data: Option<&Object>, usedforsecurity: bool, string: Option<&Object>) -> Result<Object> {
        let _ = usedforsecurity;
        Sha256::make(vm, data, string)
    }

    /// A new SHA-384 hash object.
    #[py("sha384(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha384(vm: &Vm, data: Option<&Object>, usedforsecurity: bool, string: Option<&Object>) -> Result<Object> {
        let _ = usedforsecurity;
        Sha384::make(vm, data, string)
    }

    /// A new SHA-512 hash object.
    #[py("sha512(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha512(vm: &Vm, data: Option<&Object>, usedforsecurity: bool, string: Option<&Object>) -> Result<Object> {
        let _ = usedforsecurity;
        Sha512::make(vm, data, string)
    }
}
