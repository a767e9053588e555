//! `_sha1`.

use vm::prelude::*;

hash_type!(Sha1, "sha1", "_sha1", sha1::Sha1, "sha1", 64);

/// The SHA-1 hash function.
#[pymodule("_sha1")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "SHA1Type", Sha1::init_type(vm)?.into_object())?;
        dict.set_str(vm, "_GIL_MINSIZE", Int::from_i64(2048))
    }

    /// A new SHA-1 hash object.
    #[py("sha1(data=b'', *, usedforsecurity=True, string=None)")]
    fn sha1(vm: &Vm, data: Option<&Object>, usedforsecurity: bool, string: Option<&Object>) -> Result<Object> {
        let _ = usedforsecurity;
        Sha1::make(vm, data, string)
    }
}
