//! `_types`: the built-in types that have no name in `builtins`.

use vm::builtins::bound::BoundMethod;
use vm::builtins::capsule::Capsule;
use vm::builtins::dict::DictProxy;
use vm::builtins::generic_alias::GenericAlias;
use vm::builtins::module::Module;
use vm::builtins::namespace::SimpleNamespace;
use vm::builtins::none::{Ellipsis, NoneType, NotImplementedType};
use vm::builtins::union::Union;
use vm::frame::cell::Cell;
use vm::frame::code::Code;
use vm::frame::function::Function;
use vm::frame::generator::{AsyncGenerator, Coroutine, Generator};
use vm::frame::object::FrameObject;
use vm::frame::traceback::Traceback;
use vm::native::{
    BuiltinFunction, ClassMethodDescr, GetSetDescr, MemberDescr, MethodDescr, MethodWrapper, WrapperDescr,
};
use vm::prelude::*;

/// Define names for built-in types.
#[pymodule("_types")]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, kind) in [
            ("AsyncGeneratorType", AsyncGenerator::class()),
            ("BuiltinFunctionType", BuiltinFunction::class()),
            ("BuiltinMethodType", BuiltinFunction::class()),
            ("CapsuleType", Capsule::class()),
            ("CellType", Cell::class()),
            ("ClassMethodDescriptorType", ClassMethodDescr::class()),
            ("CodeType", Code::class()),
            ("CoroutineType", Coroutine::class()),
            ("EllipsisType", Ellipsis::class()),
            ("FrameType", FrameObject::class()),
            ("FunctionType", Function::class()),
            ("GeneratorType", Generator::class()),
            ("GenericAlias", GenericAlias::class()),
            ("GetSetDescriptorType", GetSetDescr::class()),
            ("LambdaType", Function::class()),
            ("MappingProxyType", DictProxy::class()),
            ("MemberDescriptorType", MemberDescr::class()),
            ("MethodDescriptorType", MethodDescr::class()),
            ("MethodType", BoundMethod::class()),
            ("MethodWrapperType", MethodWrapper::class()),
            ("ModuleType", Module::class()),
            ("NoneType", NoneType::class()),
            ("NotImplementedType", NotImplementedType::class()),
            ("SimpleNamespace", SimpleNamespace::class()),
            ("TracebackType", Traceback::class()),
            ("UnionType", Union::class()),
            ("WrapperDescriptorType", WrapperDescr::class()),
        ] {
            dict.set_str(vm, name, kind.to_object())?;
        }
        Ok(())
    }
}
