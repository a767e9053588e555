//! Observation of running code: the events of `sys.monitoring`, `sys.settrace` and `sys.setprofile`.

use crate::frame::code::Code;
use crate::prelude::*;

/// What is observed has changed.
pub fn changed(vm: &Vm) {
    let version = &vm.interp().monitoring.version;
    version.set(version.get() + 1);
}

/// What a tool asked for in one code object.
pub fn local_events(_: &Vm, _: &Code, _: usize) -> u32 {
    0
}

/// Sets what a tool asked for in one code object.
pub fn set_local_events(vm: &Vm, _: &Code, _: usize, _: u32) {
    changed(vm);
}
