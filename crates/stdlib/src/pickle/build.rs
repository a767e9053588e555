//! Opcodes of the unpickler that make objects, fill and build them.

use super::load::Load;
use super::{lookup_dict, unpickling_error};
use vm::builtins::memoryview::MemoryView;
use vm::builtins::set::Set;
use vm::native::GetSetDescr;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

impl Load<'_> {
    /// Appends items to a list, or to what has `extend` or `append`.
    pub fn append(&mut self, list: &Object, items: Vec<Object>) -> Result<()> {
        let vm = self.vm;
        if let Some(list) = list.cast_exact::<List>() {
            return vm.memory(list.items.extend(items));
        }
        if items.len() == 1 {
            // A single APPEND never calls `extend`.
            return call::call_method(vm, list, vm.names().append(), &items).map(drop);
        }
        match attr::getattr_opt(vm, list, vm.names().extend())? {
            Some(extend) => call::call(vm, &extend, &[List::from_vec(items).into_object()]).map(drop),
            None => {
                let append = attr::getattr(vm, list, vm.names().append())?;
                for item in items {
                    call::call(vm, &append, &[item])?;
                }
                Ok(())
            }
        }
    }

    /// Stores keys and values, one after the other, in the mapping on top.
    pub fn set_items(&mut self, items: Vec<Object>) -> Result<()> {
        let vm = self.vm;
        let target = self.top()?.clone();
        if !items.len().is_multiple_of(2) {
            return Err(unpickling_error(vm, "odd number of items for SETITEMS"));
        }
        let dict = target.cast_exact::<Dict>();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            match dict {
                Some(dict) => set_key(vm, dict, &key, value)?,
                None => protocol::setitem(vm, &target, &key, &value)?,
            }
        }
        Ok(())
    }

    pub fn dict(&mut self) -> Result<()> {
        let vm = self.vm;
        let items = self.pop_mark()?;
        if !items.len().is_multiple_of(2) {
            return Err(unpickling_error(vm, "odd number of items for DICT"));
        }
        let dict = Dict::empty();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            set_key(vm, &dict, &key, value)?;
        }
        self.push(dict.into_object());
        Ok(())
    }

    pub fn add_items(&mut self) -> Result<()> {
        let vm = self.vm;
        let items = self.pop_mark()?;
        let target = self.top()?.clone();
        if let Some(set) = target.cast::<Set>() {
            return items.iter().try_for_each(|item| set.add(vm, item));
        }
        let add = attr::getattr(vm, &target, vm.names().add())?;
        for item in items {
            call::call(vm, &add, &[item])?;
        }
        Ok(())
    }

    // ---- calls --------------------------------------------------------------------------------------------------------------

    pub fn reduce(&mut self) -> Result<()> {
        let vm = self.vm;
        let args = self.pop()?;
        let function = self.pop()?;
        let Some(args) = args.cast::<Tuple>() else {
            bail!(vm, TypeError, "argument list must be a tuple");
        };
        let made = call::call(vm, &function, args.items())?;
        self.push(made);
        Ok(())
    }

    pub fn new_object(&mut self, with_keywords: bool) -> Result<()> {
        let vm = self.vm;
        let name = if with_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let kwargs = if with_keywords { Some(self.pop()?) } else { None };
        let args = self.pop()?;
        let class = self.pop()?;
        let wrong = |what: &str, must: &str, got: &Object| {
            let got = type_name(got);
            unpickling_error(vm, &format!("{name} {what} argument must be {must}, not {got}"))
        };
        let Some(class) = class.cast::<Type>() else { return Err(wrong("class", "a type", &class)) };
        let Some(new) = class.slots.new.get() else {
            let message = format!("{name} class argument '{}' doesn't have __new__", class.tp_name());
            return Err(unpickling_error(vm, &message));
        };
        let Some(args) = args.cast::<Tuple>() else { return Err(wrong("args", "a tuple", &args)) };
        let made = match &kwargs {
            None => new(vm, class, Args::positional_only(args.items()))?,
            Some(kwargs) => {
                let Some(dict) = kwargs.cast::<Dict>() else { return Err(wrong("kwargs", "a dict", kwargs)) };
                let new = attr::getattr(vm, class.as_object(), vm.names().__new__())?;
                let mut all = vec![class.to_object()];
                all.extend_from_slice(args.items());
                call::call_tuple_dict(vm, &new, &Tuple::from_slice(&all), Some(dict))?
            }
        };
        self.push(made);
        Ok(())
    }

    /// INST and OBJ: an instance of a class as Python 2 had them.
    fn instantiate(&mut self, class: &Object, args: &[Object]) -> Result<()> {
        let vm = self.vm;
        let plain = args.is_empty()
            && class.is_instance_of::<Type>()
            && attr::getattr_opt(vm, class, vm.names().__getinitargs__())?.is_none();
        let made = if plain {
            call::call_method(vm, class, vm.names().__new__(), std::slice::from_ref(class))?
        } else {
            call::call(vm, class, args)?
        };
        self.push(made);
        Ok(())
    }

    pub fn inst(&mut self) -> Result<()> {
        // The names come before the stack is looked at, and a mark that is missing is found first of all.
        let module = self.name_line("ascii")?;
        let name = self.name_line("ascii")?;
        let class = self.find_class(&module, &name)?;
        let args = self.pop_mark()?;
        self.instantiate(&class, &args)
    }

    pub fn obj(&mut self) -> Result<()> {
        let items = self.pop_mark()?;
        match items.split_first() {
            Some((class, args)) => self.instantiate(class, args),
            None => Err(self.underflow()),
        }
    }

    pub fn extension(&mut self, code: i32) -> Result<()> {
        let vm = self.vm;
        let key = Object::int32(code);
        let cache = lookup_dict(vm, "copyreg", "_extension_cache")?;
        if let Some(found) = cache.get(vm, &key)? {
            self.push(found);
            return Ok(());
        }
        let Some(names) = lookup_dict(vm, "copyreg", "_inverted_registry")?.get(vm, &key)? else {
            if code <= 0 {
                return Err(unpickling_error(vm, "EXT specifies code <= 0"));
            }
            bail!(vm, ValueError, "unregistered extension code {code}");
        };
        let found = match names.cast::<Tuple>().map(|t| t.items()) {
            Some([module, name]) if module.is_instance_of::<Str>() && name.is_instance_of::<Str>() => {
                self.find_class(module, name)?
            }
            _ => bail!(vm, ValueError, "_inverted_registry[{code}] isn't a 2-tuple of strings"),
        };
        cache.set(vm, &key, found.clone())?;
        self.push(found);
        Ok(())
    }

    pub fn readonly_buffer(&mut self) -> Result<()> {
        let vm = self.vm;
        let buffer = self.top()?.clone();
        let view = MemoryView::of(vm, &buffer)?;
        let writable = view.cast::<MemoryView>().map(|view| view.view(vm)).transpose()?.is_some_and(|v| !v.readonly);
        if writable {
            let readonly = call::call_method(vm, &view, &vm.intern("toreadonly"), &[])?;
            self.pop()?;
            self.push(readonly);
        }
        Ok(())
    }

    // ---- state --------------------------------------------------------------------------------------------------------------

    pub fn build(&mut self) -> Result<()> {
        let vm = self.vm;
        let state = self.pop()?;
        let object = self.top()?.clone();
        if let Some(set_state) = attr::getattr_opt(vm, &object, vm.names().__setstate__())? {
            return call::call(vm, &set_state, &[state]).map(drop);
        }
        let (state, slots) = match state.cast::<Tuple>().map(|t| t.items()) {
            Some([state, slots]) => (state.clone(), Some(slots.clone())),
            _ => (state, None),
        };
        if !state.is(&none()) {
            let Some(dict) = state.cast::<Dict>() else {
                return Err(unpickling_error(vm, "state is not a dictionary"));
            };
            set_attributes(vm, &object, dict)?;
        }
        let Some(slots) = slots.filter(|slots| !slots.is(&none())) else { return Ok(()) };
        let Some(slots) = slots.cast::<Dict>() else {
            return Err(unpickling_error(vm, "slot state is not a dictionary"));
        };
        for (name, value) in slots.to_pairs() {
            let Some(name) = name.cast::<Str>() else {
                bail!(vm, TypeError, "attribute name must be string, not '{}'", type_name(&name));
            };
            attr::setattr(vm, &object, name, Some(&value))?;
        }
        Ok(())
    }
}

/// `dict[key] = value`, with the words of an assignment for keys without a hash.
fn set_key(vm: &Vm, dict: &Ref<Dict>, key: &Object, value: Object) -> Result<()> {
    if key.is_exact::<Str>() {
        return dict.set(vm, key, value);
    }
    protocol::setitem(vm, dict.as_object(), key, &value)
}

/// Updates an object's `__dict__`. Where that is the usual one, no dict is made for it.
fn set_attributes(vm: &Vm, object: &Object, state: &Ref<Dict>) -> Result<()> {
    let kind = type_of(object);
    let usual = kind.is_heap_type()
        && kind.has_attrs.get()
        && attr::is_plain(kind)
        && attr::lookup(kind, vm.names().__dict__()).is_some_and(|found| found.is_exact::<GetSetDescr>());
    let pairs = state.to_pairs();
    if usual && pairs.iter().all(|(key, _)| key.is_exact::<Str>()) {
        for (key, value) in &pairs {
            if let Some(name) = key.cast::<Str>() {
                instance::set(vm, object, &vm.intern_ref(name), Some(value))?;
            }
        }
        return Ok(());
    }
    let dict = attr::getattr(vm, object, vm.names().__dict__())?;
    for (key, value) in pairs {
        let key = match key.cast_exact::<Str>() {
            Some(name) => vm.intern_ref(name).into_object(),
            None => key,
        };
        protocol::setitem(vm, &dict, &key, &value)?;
    }
    Ok(())
}
