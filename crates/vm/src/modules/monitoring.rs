//! `sys.monitoring` (PEP 669).

use super::monitoring_state::{TOOLS, USER_TOOLS, event};
use crate::builtins::module::Module;
use crate::builtins::namespace::SimpleNamespace;
use crate::frame::code::Code;
use crate::interp::observe;
use crate::prelude::*;

/// The module's object.
pub fn make(vm: &Vm) -> Result<Object> {
    let made = Module::make(vm, "sys.monitoring", None)?;
    crate::import::add_functions(vm, &made, module::MODULE.functions)?;
    let dict = made.dict();
    let mut events: Vec<(Object, Object)> = event::NAMES
        .iter()
        .enumerate()
        .map(|(i, name)| (Str::new(name).into_object(), Int::from_i64(1 << i)))
        .collect();
    events.push((Str::new("NO_EVENTS").into_object(), Int::from_i64(0)));
    dict.set_str(vm, "events", SimpleNamespace::make(vm, events)?)?;
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        dict.set_str(vm, name, Int::from_i64(id))?;
    }
    let state = &vm.interp().monitoring;
    for (name, field) in [("DISABLE", &state.disable), ("MISSING", &state.missing)] {
        let value = crate::protocol::call::call(vm, crate::builtins::object::BaseObject::class().as_object(), &[])?;
        field.set(Some(value.clone()));
        dict.set_str(vm, name, value)?;
    }
    Ok(made.into_object())
}

/// The name under which the callers of `sys.monitoring` know a tool number.
fn tool(vm: &Vm, id: i32) -> Result<usize> {
    match usize::try_from(id) {
        Ok(tool) if tool < USER_TOOLS => Ok(tool),
        _ => Err(raise!(vm, ValueError, "invalid tool {id} (must be between 0 and 5)")),
    }
}

fn tool_in_use(vm: &Vm, id: i32) -> Result<usize> {
    let tool = tool(vm, id)?;
    if !vm.interp().monitoring.names[tool].is_some() {
        bail!(vm, ValueError, "tool {id} is not in use");
    }
    Ok(tool)
}

const C_EVENTS: u32 = 1 << event::C_RETURN | 1 << event::C_RAISE;
const BRANCHES: u32 = 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT;

/// A set of events as it is kept: the C events come with CALL, BRANCH is both of its directions.
fn normalise(vm: &Vm, set: u32) -> Result<u32> {
    let mut set = set;
    if set & C_EVENTS != 0 {
        if set & 1 << event::CALL == 0 {
            bail!(vm, ValueError, "cannot set C_RETURN or C_RAISE events independently");
        }
        set &= !C_EVENTS;
    }
    if set & 1 << event::BRANCH != 0 {
        set = set & !(1 << event::BRANCH) | BRANCHES;
    }
    Ok(set)
}

fn clear_tool(vm: &Vm, tool: usize) {
    let state = &vm.interp().monitoring;
    for callback in &state.callbacks[tool] {
        drop(callback.take());
    }
    state.tool_versions[tool].set(state.tool_versions[tool].get() + 1);
    state.events[tool].set(0);
    observe::changed(vm);
}

#[pymodule("sys.monitoring")]
pub mod module {
    use super::*;

    /// Take a tool number under a name.
    #[py("use_tool_id(tool_id, name, /)")]
    fn use_tool_id(vm: &Vm, tool_id: i32, name: &Object) -> Result<()> {
        let tool = tool(vm, tool_id)?;
        if !name.is_instance_of::<Str>() {
            bail!(vm, ValueError, "tool name must be a str");
        }
        let names = &vm.interp().monitoring.names[tool];
        if names.is_some() {
            bail!(vm, ValueError, "tool {tool_id} is already in use");
        }
        names.set(Some(name.clone()));
        Ok(())
    }

    /// Forget the events and callbacks of a tool.
    #[py("clear_tool_id(tool_id, /)")]
    fn clear_tool_id(vm: &Vm, tool_id: i32) -> Result<()> {
        let tool = tool(vm, tool_id)?;
        if vm.interp().monitoring.names[tool].is_some() {
            clear_tool(vm, tool);
        }
        Ok(())
    }

    /// Give a tool number back.
    #[py("free_tool_id(tool_id, /)")]
    fn free_tool_id(vm: &Vm, tool_id: i32) -> Result<()> {
        let tool = tool(vm, tool_id)?;
        if vm.interp().monitoring.names[tool].is_some() {
            clear_tool(vm, tool);
            vm.interp().monitoring.names[tool].set(None);
        }
        Ok(())
    }

    /// The name of the tool that has a number, or None.
    #[py("get_tool(tool_id, /)")]
    fn get_tool(vm: &Vm, tool_id: i32) -> Result<Option<Object>> {
        let tool = tool(vm, tool_id)?;
        Ok(vm.interp().monitoring.names[tool].get())
    }

    /// Set the function that is called for an event; the one before is returned.
    #[py("register_callback(tool_id, event, func, /)")]
    fn register_callback(vm: &Vm, tool_id: i32, event: i32, func: &Object) -> Result<Option<Object>> {
        let tool = tool(vm, tool_id)?;
        let bits = event as u32;
        if bits.count_ones() != 1 {
            bail!(vm, ValueError, "The callback can only be set for one event at a time");
        }
        let number = bits.trailing_zeros();
        if number as usize >= event::COUNT {
            bail!(vm, ValueError, "invalid event {event}");
        }
        vm.audit("sys.monitoring.register_callback", std::slice::from_ref(func))?;
        let new = (!func.is(&none())).then(|| func.clone());
        let callbacks = &vm.interp().monitoring.callbacks[tool];
        if number == event::BRANCH {
            let old = callbacks[number as usize].get();
            for one in [event::BRANCH_LEFT, event::BRANCH_RIGHT, event::BRANCH] {
                callbacks[one as usize].set(new.clone());
            }
            return Ok(old);
        }
        let old = callbacks[number as usize].take();
        callbacks[number as usize].set(new);
        Ok(old)
    }

    /// The events that a tool asked for in all code.
    #[py("get_events(tool_id, /)")]
    fn get_events(vm: &Vm, tool_id: i32) -> Result<u32> {
        let tool = tool(vm, tool_id)?;
        Ok(vm.interp().monitoring.events[tool].get())
    }

    /// Ask for events in all code.
    #[py("set_events(tool_id, event_set, /)")]
    fn set_events(vm: &Vm, tool_id: i32, event_set: i32) -> Result<()> {
        let tool = tool(vm, tool_id)?;
        let set = event_set as u32;
        if set >> event::COUNT != 0 {
            bail!(vm, ValueError, "invalid event set 0x{set:x}");
        }
        let set = normalise(vm, set)?;
        tool_in_use(vm, tool_id)?;
        let events = &vm.interp().monitoring.events[tool];
        if events.get() != set {
            events.set(set);
            observe::changed(vm);
        }
        Ok(())
    }

    /// The events that a tool asked for in one code object.
    #[py("get_local_events(tool_id, code, /)")]
    fn get_local_events(vm: &Vm, tool_id: i32, code: &Object) -> Result<u32> {
        let Some(code) = code.cast::<Code>() else { bail!(vm, TypeError, "code must be a code object") };
        let tool = tool(vm, tool_id)?;
        Ok(observe::local_events(vm, code, tool))
    }

    /// Ask for events in one code object.
    #[py("set_local_events(tool_id, code, event_set, /)")]
    fn set_local_events(vm: &Vm, tool_id: i32, code: &Object, event_set: i32) -> Result<()> {
        let Some(code) = code.cast::<Code>() else { bail!(vm, TypeError, "code must be a code object") };
        let tool = tool_in_use(vm, tool_id)?;
        let set = normalise(vm, event_set as u32)?;
        if set >> event::LOCAL != 0 {
            bail!(vm, ValueError, "invalid local event set 0x{set:x}");
        }
        observe::set_local_events(vm, code, tool, set);
        Ok(())
    }

    /// Let all disabled events happen again.
    #[py("restart_events()")]
    fn restart_events(vm: &Vm) {
        let restarts = &vm.interp().monitoring.restarts;
        restarts.set(restarts.get() + 1);
        observe::changed(vm);
    }

    /// A dict of the events that are observed, with the bits of their tools.
    #[py("_all_events()")]
    fn _all_events(vm: &Vm) -> Result<Ref<Dict>> {
        let dict = Dict::empty();
        for number in 0..event::UNGROUPED {
            let tools = vm.interp().monitoring.tools_for(number);
            if tools != 0 {
                dict.set_str(vm, event::NAMES[number as usize], Int::from_i64(tools.into()))?;
            }
        }
        Ok(dict)
    }
}

const _: () = assert!(TOOLS == 8);
