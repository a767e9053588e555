//! Windows onto the vm itself: the native modules that the interpreter cannot run without.

pub mod ast;
pub mod builtins;
pub mod codec_registry;
pub mod codecs;
pub mod compile;
pub mod gc;
pub mod gil;
pub mod imp;
pub mod look;
pub mod marshal;
pub mod monitoring;
pub mod monitoring_state;
pub mod signals;
pub mod stderr_printer;
pub mod sum;
pub mod symtable;
pub mod sys;
pub mod sys_jit;
pub mod tokenize;
pub mod warnings;

use crate::builtins::none::none;
use crate::context::{BuiltinModule, Vm};
use heap::Object;

/// An object of `builtins`, as it was made at start.
pub fn builtins_get(vm: &Vm, name: &str) -> Object {
    vm.interp().builtins.get().and_then(|b| b.get_name(&vm.intern(name))).unwrap_or_else(none)
}

/// The modules of this crate.
pub fn all() -> Vec<BuiltinModule> {
    [
        &ast::module::MODULE,
        &builtins::module::MODULE,
        &symtable::module::MODULE,
        &sys::module::MODULE,
        &tokenize::module::MODULE,
        &gc::module::MODULE,
        &imp::module::MODULE,
        &marshal::module::MODULE,
        &warnings::module::MODULE,
        &codecs::module::module::MODULE,
    ]
    .into_iter()
    .map(|def| BuiltinModule { def })
    .collect()
}
