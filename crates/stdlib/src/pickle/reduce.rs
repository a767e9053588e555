//! Pickling what reduces itself (PEP 307), and classes and functions, which are found again by their names.

use super::opcodes::*;
use super::save::Save;
use super::{lookup, lookup_dict, pickling_error, qualified};
use vm::exception::{self, BaseException, types};
use vm::object::{attr, type_of};
use vm::prelude::*;
use vm::protocol::call;
use vm::protocol::object::{self as protocol, ErrorText};

/// What `__reduce__` gave.
struct Reduced {
    function: Object,
    args: Ref<Tuple>,
    state: Option<Object>,
    list_items: Option<Object>,
    dict_items: Option<Object>,
    state_setter: Option<Object>,
}

impl Reduced {
    fn read(vm: &Vm, items: &[Object]) -> Result<Reduced> {
        let wrong = |which: &str, what: &str, got: &Object| {
            let got = qualified(vm, got);
            pickling_error(vm, format!("{which} item of the tuple returned by __reduce__ must be {what}, not {got}"))
        };
        let (function, args, rest) = match items {
            [function, args, rest @ ..] if rest.len() <= 4 => (function, args, rest),
            _ => {
                let message = "tuple returned by __reduce__ must contain 2 through 6 elements";
                return Err(pickling_error(vm, message.to_owned()));
            }
        };
        if !call::is_callable(function) {
            return Err(wrong("first", "callable", function));
        }
        let Some(args) = args.cast::<Tuple>() else { return Err(wrong("second", "a tuple", args)) };
        let given = |at: usize| rest.get(at).filter(|o| !o.is(&none())).cloned();
        let is_iterator = |object: &Object| type_of(object).slots.next.get().is_some();
        for (at, which) in [(1, "fourth"), (2, "fifth")] {
            if let Some(items) = given(at).filter(|items| !is_iterator(items)) {
                return Err(wrong(which, "an iterator", &items));
            }
        }
        if let Some(setter) = given(3).filter(|setter| !call::is_callable(setter)) {
            return Err(wrong("sixth", "callable", &setter));
        }
        Ok(Reduced {
            function: function.clone(),
            args: args.clone(),
            state: given(0),
            list_items: given(1),
            dict_items: given(2),
            state_setter: given(3),
        })
    }
}

/// The functions of `copyreg` that have opcodes of their own.
enum Maker {
    Call,
    New,
    NewEx,
}

impl Save<'_> {
    /// Saves an object by what its reducer gave.
    pub fn save_reduced(&mut self, object: &Object, reduced: &Object) -> Result<()> {
        let vm = self.vm;
        if let Some(name) = reduced.cast::<Str>() {
            return self.save_global(object, Some(name));
        }
        let saved = match reduced.cast::<Tuple>() {
            Some(items) => Reduced::read(vm, items.items()).and_then(|reduced| self.save_reduce(object, &reduced)),
            None => {
                let got = qualified(vm, reduced);
                Err(pickling_error(vm, format!("__reduce__ must return a string or tuple, not {got}")))
            }
        };
        self.noted(saved, |vm| format!("{} object", qualified(vm, object)))
    }

    /// Saves an object as a call.
    pub fn save_call(&mut self, object: &Object, function: &Object, args: &Ref<Tuple>) -> Result<()> {
        let reduced = Reduced {
            function: function.clone(),
            args: args.clone(),
            state: None,
            list_items: None,
            dict_items: None,
            state_setter: None,
        };
        self.save_reduce(object, &reduced)
    }

    fn save_part(&mut self, object: &Object, part: &Object, what: &str) -> Result<()> {
        let saved = self.save(part);
        self.noted(saved, |vm| format!("{} {what}", qualified(vm, object)))
    }

    fn maker(&self, function: &Object) -> Result<Maker> {
        if self.proto < 2 {
            return Ok(Maker::Call);
        }
        let name = attr::getattr_opt(self.vm, function, self.vm.names().__name__())?;
        let name = name.as_ref().and_then(|name| name.cast::<Str>());
        Ok(match name.and_then(|name| name.as_ascii()) {
            Some("__newobj__") => Maker::New,
            Some("__newobj_ex__") => Maker::NewEx,
            _ => Maker::Call,
        })
    }

    fn save_reduce(&mut self, object: &Object, reduced: &Reduced) -> Result<()> {
        let vm = self.vm;
        let args = &reduced.args;
        match self.maker(&reduced.function)? {
            Maker::NewEx => self.save_new_ex(object, args)?,
            Maker::New => {
                let Some((class, rest)) = args.items().split_first() else {
                    let message = "__newobj__ expected at least 1 argument, got 0";
                    return Err(pickling_error(vm, message.to_owned()));
                };
                if !class.is_instance_of::<Type>() {
                    let got = qualified(vm, class);
                    let message = format!("first argument to __newobj__() must be a class, not {got}");
                    return Err(pickling_error(vm, message));
                }
                let own = attr::getattr(vm, object, vm.names().__class__())?;
                if !own.is(class) {
                    let (own, class) = (own.repr_for_error(vm), class.repr_for_error(vm));
                    let message = format!("first argument to __newobj__() must be {own}, not {class}");
                    return Err(pickling_error(vm, message));
                }
                self.save_part(object, class, "class")?;
                if rest.is_empty() {
                    self.put(&[EMPTY_TUPLE])?;
                } else {
                    self.save_part(object, Tuple::from_slice(rest).as_object(), "__new__ arguments")?;
                }
                self.put(&[NEWOBJ])?;
            }
            Maker::Call => {
                self.save_part(object, &reduced.function, "reconstructor")?;
                self.save_part(object, args.as_object(), "reconstructor arguments")?;
                self.put(&[REDUCE])?;
            }
        }
        // The arguments may have held the object itself, which then was saved already.
        match self.known(object) {
            Some(number) => {
                self.put(&[POP])?;
                self.put_get(number)?;
            }
            None => self.memoize(object)?,
        }
        if let Some(items) = &reduced.list_items {
            self.append_items(object, items)?;
        }
        if let Some(items) = &reduced.dict_items {
            self.set_items(object, items)?;
        }
        let Some(state) = &reduced.state else { return Ok(()) };
        match &reduced.state_setter {
            None => {
                self.save_part(object, state, "state")?;
                self.put(&[BUILD])
            }
            Some(setter) => {
                self.save_part(object, setter, "state setter")?;
                self.save(object)?;
                self.save_part(object, state, "state")?;
                self.put(&[TUPLE2, REDUCE, POP])
            }
        }
    }

    fn save_new_ex(&mut self, object: &Object, args: &Ref<Tuple>) -> Result<()> {
        let vm = self.vm;
        let [class, args, kwargs] = args.items() else {
            let message = format!("__newobj_ex__ expected 3 arguments, got {}", args.len());
            return Err(pickling_error(vm, message));
        };
        let wrong = |which: &str, what: &str, got: &Object| {
            let got = qualified(vm, got);
            pickling_error(vm, format!("{which} argument to __newobj_ex__() must be {what}, not {got}"))
        };
        if !class.is_instance_of::<Type>() {
            return Err(wrong("first", "a class", class));
        }
        let Some(positional) = args.cast::<Tuple>() else { return Err(wrong("second", "a tuple", args)) };
        let Some(keywords) = kwargs.cast::<Dict>() else { return Err(wrong("third", "a dict", kwargs)) };
        if self.proto >= 4 {
            self.save_part(object, class, "class")?;
            self.save_part(object, args, "__new__ arguments")?;
            self.save_part(object, kwargs, "__new__ arguments")?;
            return self.put(&[NEWOBJ_EX]);
        }
        let partial = lookup(vm, "functools", "partial")?;
        let mut all = vec![attr::getattr(vm, class, vm.names().__new__())?, class.clone()];
        all.extend_from_slice(positional.items());
        let function = call::call_tuple_dict(vm, &partial, &Tuple::from_slice(&all), Some(keywords))?;
        self.save_part(object, &function, "reconstructor")?;
        self.put(&[EMPTY_TUPLE, REDUCE])
    }

    // ---- classes and functions ----------------------------------------------------------------------------------------------

    /// A class whose metaclass is `type`.
    pub fn save_class(&mut self, object: &Object) -> Result<()> {
        let singles = [none(), vm::builtins::none::not_implemented(), vm::builtins::none::ellipsis()];
        match singles.iter().find(|single| type_of(single).as_object().is(object)) {
            Some(single) => {
                let args = Tuple::from_slice(std::slice::from_ref(single));
                self.save_call(object, Type::class().as_object(), &args)
            }
            None => self.save_global(object, None),
        }
    }

    /// An object that is found by the name of its module and its own.
    pub fn save_global(&mut self, object: &Object, name: Option<&Ref<Str>>) -> Result<()> {
        let vm = self.vm;
        let name = match name {
            Some(name) => name.to_object(),
            None => match attr::getattr_opt(vm, object, vm.names().__qualname__())? {
                Some(name) => name,
                None => attr::getattr(vm, object, vm.names().__name__())?,
            },
        };
        let Some(name) = name.cast::<Str>() else {
            bail!(vm, TypeError, "must be str, not {}", vm::object::type_name(&name));
        };
        let path = Path::of(vm, name)?;
        let module = module_of(vm, object, name, &path)?;
        if self.proto >= 2 && self.save_extension(object, &module, name.as_object())? {
            return Ok(());
        }
        if self.proto >= 4 {
            self.save(&module)?;
            self.save(name.as_object())?;
            self.put(&[STACK_GLOBAL])?;
        } else {
            let Some((first, rest)) = path.steps.split_first() else { return Ok(()) };
            let getattr = if rest.is_empty() { none() } else { vm::modules::builtins_get(vm, "getattr") };
            for _ in rest {
                self.save(&getattr)?;
                if self.proto < 2 {
                    self.put(&[MARK])?;
                }
            }
            self.save_by_name(&module, first.as_object())?;
            for step in rest {
                self.save(step.as_object())?;
                self.put(&[if self.proto < 2 { TUPLE } else { TUPLE2 }, REDUCE])?;
            }
        }
        self.memoize(object)
    }

    /// A name with a code in `copyreg`'s registry.
    fn save_extension(&mut self, object: &Object, module: &Object, name: &Object) -> Result<bool> {
        let vm = self.vm;
        let registry = match &self.extensions {
            Some(registry) => registry,
            None => self.extensions.insert(lookup_dict(vm, "copyreg", "_extension_registry")?),
        };
        if registry.is_empty() {
            return Ok(false);
        }
        let key = Tuple::from_slice(&[module.clone(), name.clone()]).into_object();
        let Some(code) = registry.get(vm, &key)? else { return Ok(false) };
        if !code.is_instance_of::<Int>() {
            let (object, code) = (object.repr_for_error(vm), code.repr_for_error(vm));
            let message = format!("Can't pickle {object}: extension code {code} isn't an integer");
            return Err(pickling_error(vm, message));
        }
        let Some(code) = Int::to_i64(&code) else {
            bail!(vm, OverflowError, "Python int too large to convert to C long");
        };
        let [a, b, c, d, ..] = code.to_le_bytes();
        match code {
            1..=0xFF => self.put(&[EXT1, a])?,
            0x100..=0xFFFF => self.put(&[EXT2, a, b])?,
            0x1_0000..=0x7FFF_FFFF => self.put(&[EXT4, a, b, c, d])?,
            _ => bail!(vm, RuntimeError, "extension code {code} is out of range"),
        }
        Ok(true)
    }

    /// GLOBAL: module and name as lines of text.
    fn save_by_name(&mut self, module: &Object, name: &Object) -> Result<()> {
        let vm = self.vm;
        let (mut module, mut name) = (module.clone(), name.clone());
        if self.proto < 3 && self.pickler.fix_imports.get() {
            let key = Tuple::from_slice(&[module.clone(), name.clone()]).into_object();
            let names = lookup_dict(vm, "_compat_pickle", "REVERSE_NAME_MAPPING")?;
            if let Some(found) = names.get(vm, &key)? {
                let Some([m, n]) = found.cast::<Tuple>().map(|t| t.items()) else {
                    let kind = vm::object::type_name(&found);
                    bail!(
                        vm,
                        RuntimeError,
                        "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not {kind}"
                    );
                };
                (module, name) = (m.clone(), n.clone());
            } else if let Some(found) = lookup_dict(vm, "_compat_pickle", "REVERSE_IMPORT_MAPPING")?.get(vm, &module)? {
                module = found;
            }
        }
        self.put(&[GLOBAL])?;
        self.save_line(&module, "module")?;
        self.save_line(&name, "global")
    }

    fn save_line(&mut self, name: &Object, what: &str) -> Result<()> {
        let vm = self.vm;
        let encoding = if self.proto >= 3 { "utf-8" } else { "ascii" };
        let Some(text) = name.cast::<Str>() else {
            bail!(vm, TypeError, "must be str, not {}", vm::object::type_name(name));
        };
        match vm::modules::codecs::encode(vm, text, encoding, "strict") {
            Ok(line) => {
                self.put(line.as_bytes())?;
                self.put(b"\n")
            }
            Err(raised) if vm.raised_is(&types::UnicodeEncodeError) => {
                let _ = raised;
                let cause = vm.take_raised();
                let name = name.repr_for_error(vm);
                let message = format!("can't pickle {what} identifier {name} using pickle protocol {}", self.proto);
                Err(with_context(vm, pickling_error(vm, message), cause))
            }
            Err(raised) => Err(raised),
        }
    }
}

/// Sets the context of the exception under way.
fn with_context(vm: &Vm, raised: Raised, context: Option<Object>) -> Raised {
    if let Some(exception) = vm.raised()
        && let Some(body) = exception.cast::<BaseException>()
    {
        body.context.set(context);
    }
    raised
}

/// A dotted name in its parts.
pub struct Path {
    pub steps: Vec<Ref<Str>>,
}

impl Path {
    pub fn of(vm: &Vm, name: &Ref<Str>) -> Result<Path> {
        if !name.contains_code_point(u32::from('.')) {
            return Ok(Path { steps: vec![vm.intern_ref(name)] });
        }
        let mut steps = Vec::new();
        let mut start = 0;
        let end = name.len();
        for (at, code) in name.code_points().chain([u32::from('.')]).enumerate() {
            if code == u32::from('.') {
                steps.push(vm.intern_ref(&Str::part(name, vm, start..at.min(end))?));
                start = at + 1;
            }
        }
        Ok(Path { steps })
    }

    /// The object that the path leads to.
    pub fn follow(&self, vm: &Vm, from: &Object) -> Result<Object> {
        let mut object = from.clone();
        for step in &self.steps {
            object = attr::getattr(vm, &object, step)?;
        }
        Ok(object)
    }
}

/// The name of the module where an object is found under its name.
fn module_of(vm: &Vm, object: &Object, name: &Ref<Str>, path: &Path) -> Result<Object> {
    let own = attr::getattr_opt(vm, object, vm.names().__module__())?.filter(|module| !module.is(&none()));
    if path.steps.iter().any(|step| step.as_ascii() == Some("<locals>")) {
        let message = format!("Can't pickle local object {}", object.repr_for_error(vm));
        return Err(pickling_error(vm, message));
    }
    let module_name = match own {
        Some(name) => name,
        None => match search_modules(vm, object, path)? {
            Some(name) => return Ok(name),
            None => Str::new("__main__").into_object(),
        },
    };
    let Some(text) = module_name.cast::<Str>() else {
        bail!(vm, TypeError, "module name must be a string");
    };
    let failed = |why: String, cause: Option<Object>| {
        let raised = pickling_error(vm, format!("Can't pickle {}: {why}", object.repr_for_error(vm)));
        with_context(vm, raised, cause)
    };
    let module = match vm::import::import_whole(vm, text) {
        Ok(module) => module,
        Err(raised) => {
            let known = [&types::ImportError, &types::ValueError, &types::KeyError];
            if !known.iter().any(|kind| vm.raised_is(kind)) {
                return Err(raised);
            }
            let cause = vm.take_raised();
            let why = match &cause {
                Some(cause) => protocol::str(vm, cause)?.to_string_lossy(),
                None => String::new(),
            };
            return Err(failed(why, cause));
        }
    };
    match path.follow(vm, &module) {
        Ok(found) if found.is(object) => Ok(module_name.clone()),
        Ok(_) => Err(failed(format!("it's not the same object as {text}.{name}"), None)),
        Err(_) if vm.raised_is(&types::AttributeError) => {
            let cause = vm.take_raised();
            Err(failed(format!("it's not found as {text}.{name}"), cause))
        }
        Err(raised) => Err(raised),
    }
}

/// Looks through all modules for an object that does not say where it is from.
fn search_modules(vm: &Vm, object: &Object, path: &Path) -> Result<Option<Object>> {
    let Some(modules) = vm.interp().modules.get() else { return Ok(None) };
    for (name, module) in modules.to_pairs() {
        let text = name.cast::<Str>().and_then(|name| name.as_ascii());
        if matches!(text, Some("__main__" | "__mp_main__")) || module.is(&none()) {
            continue;
        }
        let mut at = Some(module);
        for step in &path.steps {
            at = match at {
                Some(at) => attr::getattr_opt(vm, &at, step)?,
                None => None,
            };
        }
        if at.is_some_and(|found| found.is(object)) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// The exception of a failed lookup along a dotted path.
pub fn unresolved(vm: &Vm, name: &Object, module: &Object) -> Raised {
    let cause = vm.take_raised();
    let (name, module) = (name.repr_for_error(vm), module.repr_for_error(vm));
    let text = Str::new(&format!("Can't resolve path {name} on module {module}")).into_object();
    let raised = match exception::make(vm, types::AttributeError.get(), &[text]) {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    };
    with_context(vm, raised, cause)
}
