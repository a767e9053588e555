//! `_lsprof`: what `cProfile` counts with. It is a tool of `sys.monitoring` whose callbacks are methods of the profiler.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use vm::builtins::module::Module;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::frame::code::Code;
use vm::native::{BuiltinFunction, MethodDescr};
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::time::{Round, nanoseconds};
use vm::protocol::{call, number, object as protocol};

static ENTRY: Table = Table {
    name: "profiler_entry",
    module: "_lsprof",
    doc: "",
    fields: &[
        ("code", "the code object, or the name of a native function"),
        ("callcount", "how often it was called"),
        ("reccallcount", "how often by itself, directly or not"),
        ("totaltime", "seconds in it and in what it called"),
        ("inlinetime", "seconds in it alone"),
        ("calls", "what it called"),
    ],
    visible: 6,
    constructible: true,
};

static SUBENTRY: Table = Table {
    name: "profiler_subentry",
    module: "_lsprof",
    doc: "",
    fields: &[
        ("code", "the code object, or the name of a native function"),
        ("callcount", "how often it was called from there"),
        ("reccallcount", "how often recursively"),
        ("totaltime", "seconds in it and in what it called"),
        ("inlinetime", "seconds in it alone"),
    ],
    visible: 5,
    constructible: true,
};

/// The tool of `sys.monitoring`, its name, and which method hears of which event.
const TOOL: i32 = 2;
const TOOL_NAME: &str = "cProfile";
const CALLBACKS: [(&str, &str); 9] = [
    ("PY_START", "_pystart_callback"),
    ("PY_RESUME", "_pystart_callback"),
    ("PY_THROW", "_pythrow_callback"),
    ("PY_RETURN", "_pyreturn_callback"),
    ("PY_YIELD", "_pyreturn_callback"),
    ("PY_UNWIND", "_pyreturn_callback"),
    ("CALL", "_ccall_callback"),
    ("C_RETURN", "_creturn_callback"),
    ("C_RAISE", "_creturn_callback"),
];

/// Counts and times of a function, or of a function as called by another; times are in the timer's units.
#[derive(Default, Clone)]
struct Counts {
    total: i64,
    inline: i64,
    calls: i64,
    recursive: i64,
    /// Calls under way.
    depth: i64,
}

impl Counts {
    fn stop(&mut self, total: i64, inline: i64) {
        self.depth -= 1;
        if self.depth == 0 {
            self.total += total;
        } else {
            self.recursive += 1;
        }
        self.inline += inline;
        self.calls += 1;
    }
}

struct Entry {
    /// A code object, or text.
    what: Object,
    own: Counts,
    /// By the callee's place among the entries.
    callees: HashMap<usize, Counts>,
}

/// A call under way.
struct Running {
    entry: usize,
    started: i64,
    /// Time in what it called.
    below: i64,
}

#[derive(Default)]
struct Data {
    /// By the address of the code object or of the native function's definition.
    places: HashMap<usize, usize>,
    entries: Vec<Entry>,
    running: Vec<Running>,
}

/// Profiler(timer=None, timeunit=0.0, subcalls=True, builtins=True)
/// --
///
/// Counts calls and measures their time, with a timer of its own or the one that is given.
///
/// With a timeunit the timer's results are whole numbers of so many seconds.
#[pytype("Profiler", module = "_lsprof", flags(BASETYPE, HAVE_GC))]
pub struct Profiler {
    pub head: Head,
    timer: Field<Object>,
    #[untraced]
    unit: Cell<f64>,
    #[untraced]
    subcalls: Cell<bool>,
    #[untraced]
    builtins: Cell<bool>,
    #[untraced]
    enabled: Cell<bool>,
    #[untraced]
    in_timer: Cell<bool>,
    /// Code objects and texts: no cycle leads through them.
    #[untraced]
    data: RefCell<Data>,
}

impl Profiler {
    /// What the timer shows, 0 when it fails: the error is told of, but a profile goes on.
    fn now(&self, vm: &Vm) -> i64 {
        let Some(timer) = self.timer.get() else { return host::time::monotonic().nanos() as i64 };
        let raised = vm.take_raised();
        self.in_timer.set(true);
        let shown = call::call(vm, &timer, &[]).and_then(|shown| match self.unit.get() > 0.0 {
            true => {
                let whole = number::index(vm, &shown)?;
                Int::to_i64(&whole)
                    .ok_or_else(|| raise!(vm, OverflowError, "Python int too large to convert to C long"))
            }
            false => nanoseconds(vm, &shown, Round::Down),
        });
        self.in_timer.set(false);
        let shown = shown.unwrap_or_else(|_| {
            vm.unraisable("Exception ignored while calling _lsprof timer", Some(&timer));
            0
        });
        vm.restore_raised(raised);
        shown
    }

    fn enter(&self, vm: &Vm, key: usize, what: impl FnOnce() -> Result<Object>) -> Result<()> {
        let known = self.data.borrow().places.get(&key).copied();
        let entry = match known {
            Some(entry) => entry,
            None => {
                let what = what()?;
                let data = &mut *self.data.borrow_mut();
                data.entries.push(Entry { what, own: Counts::default(), callees: HashMap::new() });
                data.places.insert(key, data.entries.len() - 1);
                data.entries.len() - 1
            }
        };
        let place = {
            let data = &mut *self.data.borrow_mut();
            data.entries[entry].own.depth += 1;
            if self.subcalls.get()
                && let Some(caller) = data.running.last()
            {
                data.entries[caller.entry].callees.entry(entry).or_default().depth += 1;
            }
            data.running.push(Running { entry, started: 0, below: 0 });
            data.running.len() - 1
        };
        let now = self.now(vm);
        if let Some(running) = self.data.borrow_mut().running.get_mut(place) {
            running.started = now;
        }
        Ok(())
    }

    /// Ends the innermost call, if it is one of the function with this key, or of any.
    fn leave(&self, vm: &Vm, key: Option<usize>) {
        if self.data.borrow().running.is_empty() {
            return;
        }
        let now = self.now(vm);
        let data = &mut *self.data.borrow_mut();
        let Some(running) = data.running.pop() else { return };
        let left = match key {
            Some(key) => data.places.get(&key).copied(),
            None => Some(running.entry),
        };
        let Some(entry) = left else { return };
        let total = now - running.started;
        let inline = total - running.below;
        data.entries[entry].own.stop(total, inline);
        if let Some(caller) = data.running.last_mut() {
            caller.below += total;
            if self.subcalls.get()
                && let Some(counts) = data.entries[caller.entry].callees.get_mut(&entry)
            {
                counts.stop(total, inline);
            }
        }
    }

    fn seconds(&self, units: i64) -> f64 {
        let unit = self.unit.get();
        units as f64 * if self.timer.is_some() && unit > 0.0 { unit } else { 1e-9 }
    }

    fn figures(&self, what: &Object, counts: &Counts) -> Vec<Object> {
        let seconds = |units| Float::from_f64(self.seconds(units));
        let count = Int::from_i64;
        vec![what.clone(), count(counts.calls), count(counts.recursive), seconds(counts.total), seconds(counts.inline)]
    }

    fn check_timer(&self, vm: &Vm, doing: &str) -> Result<()> {
        if self.in_timer.get() {
            bail!(vm, RuntimeError, "cannot {doing} profiler in external timer");
        }
        Ok(())
    }
}

/// The definition of the native function that a call is of, as a key, if it is one.
fn native_key(callable: &Object) -> Option<usize> {
    let def = match callable.cast::<MethodDescr>() {
        Some(descriptor) => descriptor.def,
        None => callable.cast::<BuiltinFunction>()?.def,
    };
    Some(std::ptr::from_ref(def) as usize)
}

/// How a native function is named in a profile.
fn native_name(vm: &Vm, callable: &Object) -> Result<Object> {
    let Some(function) = callable.cast::<BuiltinFunction>() else {
        return Ok(protocol::repr(vm, callable)?.into_object());
    };
    let name = function.def.name;
    let owner = function.this.get().filter(|this| !this.is_instance_of::<Module>());
    let text = match owner {
        Some(owner) => match attr::lookup(vm::object::type_of(&owner), &vm.intern(name)) {
            Some(found) => return Ok(protocol::repr(vm, &found)?.into_object()),
            None => format!("<built-in method {name}>"),
        },
        None => match function.module.get().and_then(|module| module.cast::<Str>().cloned()) {
            Some(module) => format!("<built-in method {module}.{name}>"),
            None => format!("<built-in method {name}>"),
        },
    };
    Ok(Str::new(&text).into_object())
}

/// Calls a function of `sys.monitoring`.
fn monitoring(vm: &Vm, function: &str, args: &[Object]) -> Result<Object> {
    let sys = vm.import("sys")?;
    let monitoring = attr::getattr(vm, &sys, &vm.intern("monitoring"))?;
    call::call(vm, &attr::getattr(vm, &monitoring, &vm.intern(function))?, args)
}

/// The number of an event.
fn event(vm: &Vm, name: &str) -> Result<Object> {
    let sys = vm.import("sys")?;
    let events = attr::getattr(vm, &attr::getattr(vm, &sys, &vm.intern("monitoring"))?, &vm.intern("events"))?;
    attr::getattr(vm, &events, &vm.intern(name))
}

#[pymethods]
impl Profiler {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = Profiler {
            head: Head::new(),
            timer: Field::empty(),
            unit: Cell::new(0.0),
            subcalls: Cell::new(true),
            builtins: Cell::new(true),
            enabled: Cell::new(false),
            in_timer: Cell::new(false),
            data: RefCell::default(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(timer=None, timeunit=0.0, subcalls=True, builtins=True)")]
    fn init(&self, timer: Option<&Object>, timeunit: f64, subcalls: bool, builtins: bool) {
        self.timer.set(timer.filter(|timer| !timer.is(&none())).cloned());
        self.unit.set(timeunit);
        self.subcalls.set(subcalls);
        self.builtins.set(builtins);
    }

    /// Start to count; with subcalls each function's calls by its callers too, with builtins native functions too.
    #[py("enable(subcalls=True, builtins=True)")]
    fn enable(this: &Ref<Self>, vm: &Vm, subcalls: bool, builtins: bool) -> Result<()> {
        let tool = Object::int32(TOOL);
        monitoring(vm, "use_tool_id", &[tool.clone(), Str::new(TOOL_NAME).into_object()])?;
        let mut all = 0;
        for (name, method) in CALLBACKS {
            let event = event(vm, name)?;
            let callback = attr::getattr(vm, this.as_object(), &vm.intern(method))?;
            monitoring(vm, "register_callback", &[tool.clone(), event.clone(), callback])?;
            all |= Int::to_i64(&event).unwrap_or(0);
        }
        monitoring(vm, "set_events", &[tool, Int::from_i64(all)])?;
        this.subcalls.set(subcalls);
        this.builtins.set(builtins);
        this.enabled.set(true);
        Ok(())
    }

    /// Stop to count.
    #[py("disable()")]
    fn disable(this: &Ref<Self>, vm: &Vm) -> Result<()> {
        this.check_timer(vm, "disable")?;
        if !this.enabled.get() {
            return Ok(());
        }
        let tool = Object::int32(TOOL);
        for (name, _) in CALLBACKS {
            monitoring(vm, "register_callback", &[tool.clone(), event(vm, name)?, none()])?;
        }
        monitoring(vm, "set_events", &[tool.clone(), Object::int32(0)])?;
        monitoring(vm, "free_tool_id", &[tool])?;
        this.enabled.set(false);
        // Calls that are still under way end here; the timer may begin others, which do not count.
        let under_way = this.data.borrow().running.len();
        for _ in 0..under_way {
            this.leave(vm, None);
        }
        Ok(())
    }

    /// Forget everything that was counted.
    #[py("clear()")]
    fn clear(&self, vm: &Vm) -> Result<()> {
        self.check_timer(vm, "clear")?;
        drop(self.data.take());
        Ok(())
    }

    /// Return what was counted so far, a profiler_entry for each function.
    #[py("getstats()")]
    fn getstats(&self, vm: &Vm) -> Result<Vec<Object>> {
        let mut figures: Vec<(Vec<Object>, Vec<Vec<Object>>)> = Vec::new();
        {
            let data = self.data.borrow();
            for entry in data.entries.iter().filter(|entry| entry.own.calls > 0) {
                let mut callees: Vec<_> = entry.callees.iter().filter(|(_, counts)| counts.calls > 0).collect();
                callees.sort_unstable_by_key(|(place, _)| **place);
                let callee = |(place, counts): (&usize, &Counts)| self.figures(&data.entries[*place].what, counts);
                let callees = callees.into_iter().map(callee).collect();
                figures.push((self.figures(&entry.what, &entry.own), callees));
            }
        }
        let entry = |(mut values, callees): (Vec<Object>, Vec<Vec<Object>>)| {
            let callees = callees.into_iter().map(|values| StructSeq::make(vm, &SUBENTRY, values));
            let callees = callees.collect::<Result<Vec<_>>>()?;
            values.push(if callees.is_empty() { none() } else { List::from_vec(callees).into_object() });
            StructSeq::make(vm, &ENTRY, values)
        };
        figures.into_iter().map(entry).collect()
    }

    /// Called when a Python function starts or goes on.
    #[py("_pystart_callback(code, instruction_offset, /)")]
    fn _pystart_callback(&self, vm: &Vm, code: &Ref<Code>, instruction_offset: &Object) -> Result<()> {
        let _ = instruction_offset;
        self.enter(vm, code.as_ptr() as usize, || Ok(code.to_object()))
    }

    /// Called when an exception is thrown into a generator.
    #[py("_pythrow_callback(code, instruction_offset, exception, /)")]
    fn _pythrow_callback(
        &self,
        vm: &Vm,
        code: &Ref<Code>,
        instruction_offset: &Object,
        exception: &Object,
    ) -> Result<()> {
        let _ = (instruction_offset, exception);
        self.enter(vm, code.as_ptr() as usize, || Ok(code.to_object()))
    }

    /// Called when a Python function returns, yields or fails.
    #[py("_pyreturn_callback(code, instruction_offset, retval, /)")]
    fn _pyreturn_callback(&self, vm: &Vm, code: &Ref<Code>, instruction_offset: &Object, retval: &Object) {
        let _ = (instruction_offset, retval);
        self.leave(vm, Some(code.as_ptr() as usize));
    }

    /// Called before a native function is called.
    #[py("_ccall_callback(code, instruction_offset, callable, self_arg, /)")]
    fn _ccall_callback(
        &self,
        vm: &Vm,
        code: &Object,
        instruction_offset: &Object,
        callable: &Object,
        self_arg: &Object,
    ) -> Result<()> {
        let _ = (code, instruction_offset, self_arg);
        match native_key(callable).filter(|_| self.builtins.get()) {
            Some(key) => self.enter(vm, key, || native_name(vm, callable)),
            None => Ok(()),
        }
    }

    /// Called after a native function was called.
    #[py("_creturn_callback(code, instruction_offset, callable, self_arg, /)")]
    fn _creturn_callback(
        &self,
        vm: &Vm,
        code: &Object,
        instruction_offset: &Object,
        callable: &Object,
        self_arg: &Object,
    ) {
        let _ = (code, instruction_offset, self_arg);
        if let Some(key) = native_key(callable).filter(|_| self.builtins.get()) {
            self.leave(vm, Some(key));
        }
    }
}

/// Fast profiler
#[pymodule("_lsprof", types(Profiler))]
pub mod module {
    use super::*;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        for table in [&ENTRY, &SUBENTRY] {
            module.dict().set_str(vm, table.name, StructSeq::class(vm, table)?.into_object())?;
        }
        Ok(())
    }
}
