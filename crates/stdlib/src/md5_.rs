//! `_md5`.

use vm::prelude::*;

hash_type!(Md5, "md5", "_md5", md5::Md5, "md5", 64);

/// The MD5 hash function.
#[pymodule("_md5")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "MD5Type", Md5::init_type(vm)?.into_object())?;
        dict.set_str(vm, "_GIL_MINSIZE", Int::from_i64(2048))
    }

    /// A new MD5 hash object.
    #[py("md5(data=b'', *, usedforsecurity=True, string=None)")]
    fn md5(vm: &Vm, data: Option<&Object>, usedforsecurity: bool, string: Option<&Object>) -> Result<Object> {
        let _ = usedforsecurity;
        Md5::make(vm, data, string)
    }
}
