//! `Unpickler`, and what shows its memo.

use super::input::Input;
use super::load::Load;
use super::memo::Numbered;
use super::pickler::is_own_method;
use super::reduce::{Path, unresolved};
use super::{lookup_dict, qualified, unpickling_error};
use std::cell::{Cell, RefCell};
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{iter, number};

/// This takes a binary file for reading a pickle data stream.
///
/// The protocol is found out from the data; bytes behind the pickle are ignored. *file* must have a read() method that
/// takes an integer and a readline() method without arguments; both return bytes.
///
/// If *fix_imports* is True, names of Python 2 are mapped to the new ones. *encoding* and *errors* tell how to decode 8-bit
/// strings pickled by Python 2; an *encoding* of 'bytes' reads them as bytes objects.
#[pytype("Unpickler", module = "_pickle", flags(BASETYPE, HAVE_GC))]
pub struct Unpickler {
    pub head: Head,
    /// What was assigned to `persistent_load`.
    persistent_load: Field<Object>,
    /// An iterator of out-of-band buffers.
    pub buffers: Field<Object>,
    pub memo: RefCell<Numbered>,
    /// Taken out while `load` runs.
    input: RefCell<Input>,
    pub proto: Cell<i32>,
    pub fix_imports: Cell<bool>,
    #[untraced]
    encoding: RefCell<(String, String)>,
    ready: Cell<bool>,
    busy: Cell<bool>,
}

impl Unpickler {
    fn empty() -> Unpickler {
        Unpickler {
            head: Head::new(),
            persistent_load: Field::empty(),
            buffers: Field::empty(),
            memo: RefCell::default(),
            input: RefCell::default(),
            proto: Cell::new(0),
            fix_imports: Cell::new(false),
            encoding: RefCell::default(),
            ready: Cell::new(false),
            busy: Cell::new(false),
        }
    }

    /// An unpickler for one load.
    pub fn make() -> Ref<Unpickler> {
        instance::alloc_static(Unpickler::empty())
    }

    /// Gives it its data.
    pub fn set_up(
        &self,
        vm: &Vm,
        input: Input,
        fix_imports: bool,
        encoding: String,
        errors: String,
        buffers: Option<&Object>,
    ) -> Result<()> {
        let buffers = match buffers.filter(|buffers| !buffers.is(&none())) {
            Some(buffers) => Some(iter::get_iter(vm, buffers)?),
            None => None,
        };
        drop(self.input.replace(input));
        self.encoding.replace((encoding, errors));
        self.buffers.set(buffers);
        self.fix_imports.set(fix_imports);
        self.proto.set(0);
        drop(self.memo.take());
        self.ready.set(true);
        Ok(())
    }

    /// How 8-bit strings of Python 2 are decoded: encoding and errors.
    pub fn encoding(&self) -> (String, String) {
        self.encoding.borrow().clone()
    }

    /// Reads one object. `owner` is the object with the methods that a class may override.
    pub fn run(&self, vm: &Vm, owner: Option<&Ref<Unpickler>>) -> Result<Object> {
        self.proto.set(0);
        let input = self.input.take();
        let mut load = Load::new(vm, self, owner, input);
        let result = load.run();
        let input = load.into_input();
        let input = match &result {
            Ok(_) => {
                let mut input = input;
                let done = input.skip_consumed(vm);
                drop(self.input.replace(input));
                done?;
                return result;
            }
            Err(_) => input,
        };
        drop(self.input.replace(input));
        result
    }

    /// What overrides the native `persistent_load`.
    pub fn loader(this: &Ref<Self>, vm: &Vm) -> Result<Option<Object>> {
        let found = attr::getattr_opt(vm, this.as_object(), &vm.intern("persistent_load"))?;
        let own = |method: &Object| is_own_method(method, this.as_object(), Unpickler::class(), "persistent_load");
        Ok(found.filter(|method| !own(method)))
    }

    /// The object with a name in a module.
    pub fn find(&self, vm: &Vm, module: &Object, name: &Object) -> Result<Object> {
        vm.audit("pickle.find_class", &[module.clone(), name.clone()])?;
        let (mut module, mut name) = (module.clone(), name.clone());
        if self.proto.get() < 3 && self.fix_imports.get() {
            let key = Tuple::from_slice(&[module.clone(), name.clone()]).into_object();
            if let Some(found) = lookup_dict(vm, "_compat_pickle", "NAME_MAPPING")?.get(vm, &key)? {
                if let Some([m, n]) = found.cast::<Tuple>().map(|t| t.items()) {
                    (module, name) = (m.clone(), n.clone());
                }
            } else if let Some(found) = lookup_dict(vm, "_compat_pickle", "IMPORT_MAPPING")?.get(vm, &module)? {
                module = found;
            }
        }
        let (Some(module_name), Some(text)) = (module.cast::<Str>(), name.cast::<Str>()) else {
            bail!(vm, TypeError, "attribute name must be string, not '{}'", type_name(&name));
        };
        let found = vm::import::import_whole(vm, module_name)?;
        if self.proto.get() < 4 {
            return attr::getattr(vm, &found, &vm.intern_ref(text));
        }
        let path = Path::of(vm, text)?;
        match path.follow(vm, &found) {
            Err(_) if path.steps.len() > 1 && vm.raised_is(&vm::exception::types::AttributeError) => {
                Err(unresolved(vm, &name, &module))
            }
            result => result,
        }
    }

    fn check_idle(&self, vm: &Vm) -> Result<()> {
        if self.busy.get() {
            bail!(vm, RuntimeError, "Unpickler object is already used");
        }
        Ok(())
    }

    fn set_memo_entries(&self, entries: Vec<(usize, Object)>) {
        let mut memo = Numbered::default();
        for (number, object) in entries {
            drop(memo.set(number, object));
        }
        let old = self.memo.replace(memo);
        drop(old);
    }
}

#[pymethods]
impl Unpickler {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Unpickler::empty())?.into_object())
    }

    #[slot("(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())")]
    fn init(
        this: &Ref<Self>,
        vm: &Vm,
        file: &Object,
        fix_imports: bool,
        encoding: String,
        errors: String,
        buffers: Option<&Object>,
    ) -> Result<()> {
        this.check_idle(vm)?;
        this.ready.set(false);
        this.set_up(vm, Input::of_file(vm, file)?, fix_imports, encoding, errors, buffers)
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        if name.as_ascii() == Some("persistent_load")
            && let Some(assigned) = this.persistent_load.get()
        {
            return Ok(assigned);
        }
        attr::generic_getattr(vm, this.as_object(), name)
    }

    #[slot]
    fn setattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
        if name.as_ascii() == Some("persistent_load") {
            this.persistent_load.set(value.cloned());
            return Ok(());
        }
        attr::generic_setattr(vm, this.as_object(), name, value)
    }

    /// Load a pickle.
    ///
    /// Read a pickled object representation from the open file object given in the constructor, and return the
    /// reconstituted object hierarchy specified therein.
    #[py("load()")]
    fn load(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.check_idle(vm)?;
        if !this.ready.get() {
            let name = type_of(this.as_object()).tp_name();
            return Err(unpickling_error(vm, &format!("Unpickler.__init__() was not called by {name}.__init__()")));
        }
        this.busy.set(true);
        let result = this.run(vm, Some(this));
        this.busy.set(false);
        result
    }

    /// Return an object from a specified module.
    ///
    /// If necessary, the module will be imported. Subclasses may override this method. It is called for functions too.
    #[py("find_class(module_name, global_name, /)")]
    fn find_class(&self, vm: &Vm, module_name: &Object, global_name: &Object) -> Result<Object> {
        self.find(vm, module_name, global_name)
    }

    #[py("persistent_load(pid, /)")]
    fn no_persistent_load(&self, vm: &Vm, pid: &Object) -> Result<()> {
        let _ = pid;
        Err(no_persistent_load(vm))
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        let size = type_of(this.as_object()).base_head.basic_size.get() as usize;
        size + this.memo.borrow().len() * size_of::<usize>()
    }

    #[getter("memo")]
    fn get_memo(this: &Ref<Self>) -> Object {
        let body = UnpicklerMemoProxy { head: Head::new(), unpickler: Field::some(this.clone()) };
        instance::alloc_static(body).into_object()
    }

    #[setter("memo")]
    fn set_memo(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "attribute deletion is not supported") };
        if let Some(unpickler) = value.cast_exact::<UnpicklerMemoProxy>().and_then(|proxy| proxy.unpickler.get()) {
            let entries = unpickler.memo.borrow().entries();
            self.set_memo_entries(entries);
            return Ok(());
        }
        let Some(dict) = value.cast::<Dict>() else {
            let kind = type_name(value);
            bail!(vm, TypeError, "'memo' attribute must be an UnpicklerMemoProxy object or dict, not {kind}");
        };
        let mut entries = Vec::new();
        for (key, object) in dict.to_pairs() {
            if !key.is_instance_of::<Int>() {
                bail!(vm, TypeError, "memo key must be integers");
            }
            match number::as_ssize(vm, &key, Some(&vm::exception::types::OverflowError))? {
                n if n < 0 => bail!(vm, ValueError, "memo key must be positive integers."),
                n => entries.push((n as usize, object)),
            }
        }
        self.set_memo_entries(entries);
        Ok(())
    }
}

pub fn no_persistent_load(vm: &Vm) -> Raised {
    let message = "A load persistent id instruction was encountered, but no persistent_load function was specified.";
    unpickling_error(vm, message)
}

#[pytype("UnpicklerMemoProxy", module = "_pickle", flags(HAVE_GC))]
pub struct UnpicklerMemoProxy {
    pub head: Head,
    unpickler: Field<Ref<Unpickler>>,
}

#[pymethods]
impl UnpicklerMemoProxy {
    /// Remove all items from memo.
    #[py("clear()")]
    fn clear(&self) {
        if let Some(unpickler) = self.unpickler.get() {
            let old = unpickler.memo.take();
            drop(old);
        }
    }

    /// Copy the memo to a new object.
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        let dict = Dict::empty();
        let entries = self.unpickler.get().map(|unpickler| unpickler.memo.borrow().entries()).unwrap_or_default();
        for (number, object) in entries {
            dict.set(vm, &Int::from_i64(number as i64), object)?;
        }
        Ok(dict.into_object())
    }

    /// Implement pickle support.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let args = Tuple::from_slice(&[self.copy(vm)?]);
        Ok(Tuple::from_slice(&[Dict::class().to_object(), args.into_object()]).into_object())
    }

    #[slot]
    fn hash(this: &Ref<Self>, vm: &Vm) -> Result<i64> {
        Err(raise!(vm, TypeError, "unhashable type: '{}'", qualified(vm, this.as_object())))
    }
}
