//! `Pickler`, and what shows its memo.

use super::memo::Memo;
use super::opcodes::HIGHEST;
use super::save::Save;
use super::{pickling_error, qualified};
use std::cell::{Cell, RefCell};
use vm::native::BuiltinFunction;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::number;
use vm::protocol::object as protocol;

/// This takes a binary file for writing a pickle data stream.
///
/// The optional *protocol* argument tells the pickler to use the given protocol, 0 to 5; the default is 5, a negative one
/// means the highest. *file* must have a write() method that accepts a single bytes argument.
///
/// If *fix_imports* is True and protocol is less than 3, names are mapped to those of Python 2.
///
/// If *buffer_callback* is not None, it is called with each buffer view; if it returns a false value the buffer is
/// out-of-band. It needs protocol 5.
#[pytype("Pickler", module = "_pickle", flags(BASETYPE, HAVE_GC))]
pub struct Pickler {
    pub head: Head,
    /// The file's `write`; none where the pickle stays in memory.
    pub write: Field<Object>,
    pub buffer_callback: Field<Object>,
    pub dispatch_table: Field<Object>,
    /// What was assigned to `persistent_id`.
    persistent_id: Field<Object>,
    pub memo: RefCell<Memo>,
    pub proto: Cell<i32>,
    pub bin: Cell<i32>,
    pub fast: Cell<i32>,
    pub fix_imports: Cell<bool>,
    /// `__init__` has run.
    ready: Cell<bool>,
    /// `dump` runs.
    busy: Cell<bool>,
}

impl Pickler {
    fn empty() -> Pickler {
        Pickler {
            head: Head::new(),
            write: Field::empty(),
            buffer_callback: Field::empty(),
            dispatch_table: Field::empty(),
            persistent_id: Field::empty(),
            memo: RefCell::default(),
            proto: Cell::new(0),
            bin: Cell::new(0),
            fast: Cell::new(0),
            fix_imports: Cell::new(false),
            ready: Cell::new(false),
            busy: Cell::new(false),
        }
    }

    /// A pickler for one dump.
    pub fn make(
        vm: &Vm,
        file: Option<&Object>,
        protocol: Option<&Object>,
        fix_imports: bool,
        buffer_callback: Option<&Object>,
    ) -> Result<Ref<Pickler>> {
        let pickler = instance::alloc_static(Pickler::empty());
        pickler.set_protocol(vm, protocol, fix_imports)?;
        if let Some(file) = file {
            pickler.set_file(vm, file)?;
        }
        pickler.set_buffer_callback(vm, buffer_callback)?;
        Ok(pickler)
    }

    fn set_protocol(&self, vm: &Vm, protocol: Option<&Object>, fix_imports: bool) -> Result<()> {
        let proto = match protocol {
            None => HIGHEST,
            Some(protocol) => match c_long(vm, protocol)? {
                n if n < 0 => HIGHEST,
                n if n > i64::from(HIGHEST) => bail!(vm, ValueError, "pickle protocol must be <= {HIGHEST}"),
                n => n as i32,
            },
        };
        self.proto.set(proto);
        self.bin.set(i32::from(proto > 0));
        self.fix_imports.set(fix_imports && proto < 3);
        Ok(())
    }

    fn set_file(&self, vm: &Vm, file: &Object) -> Result<()> {
        match attr::getattr_opt(vm, file, vm.names().write())? {
            Some(write) => self.write.set(Some(write)),
            None => bail!(vm, TypeError, "file must have a 'write' attribute"),
        }
        Ok(())
    }

    fn set_buffer_callback(&self, vm: &Vm, callback: Option<&Object>) -> Result<()> {
        if callback.is_some() && self.proto.get() < 5 {
            bail!(vm, ValueError, "buffer_callback needs protocol >= 5");
        }
        self.buffer_callback.set(callback.cloned());
        Ok(())
    }

    fn check_idle(&self, vm: &Vm) -> Result<()> {
        if self.busy.get() {
            bail!(vm, RuntimeError, "Pickler object is already used");
        }
        Ok(())
    }

    fn dump_now(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<()> {
        let mut save = Save::new(vm, this);
        save.reducer = attr::getattr_opt(vm, this.as_object(), &vm.intern("reducer_override"))?;
        save.persistent = attr::getattr_opt(vm, this.as_object(), &vm.intern("persistent_id"))?
            .filter(|method| !is_own_method(method, this.as_object(), Pickler::class(), "persistent_id"));
        save.run(object)?;
        save.out.flush(vm)
    }

    fn set_memo_entries(&self, vm: &Vm, entries: Vec<(usize, Object)>) -> Result<()> {
        let mut memo = Memo::default();
        for (number, object) in entries {
            vm.memory(memo.set(&object, number))?;
        }
        let old = self.memo.replace(memo);
        drop(old);
        Ok(())
    }
}

/// A C `long`.
fn c_long(vm: &Vm, value: &Object) -> Result<i64> {
    match Int::to_i64(&number::index(vm, value)?) {
        Some(value) => Ok(value),
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C long")),
    }
}

/// Whether `method` is the native method `name` of `owner`, bound to `this`: then nothing was overridden.
pub fn is_own_method(method: &Object, this: &Object, owner: &Ref<Type>, name: &str) -> bool {
    method.cast_exact::<BuiltinFunction>().is_some_and(|function| {
        function.def.name == name
            && function.this.get().is_some_and(|bound| bound.is(this))
            && type_of(this).is_subtype(owner)
    })
}

fn int_attribute(vm: &Vm, place: &Cell<i32>, value: Option<&Object>) -> Result<()> {
    let Some(value) = value else { bail!(vm, TypeError, "can't delete numeric/char attribute") };
    place.set(c_long(vm, value)? as i32);
    Ok(())
}

#[pymethods]
impl Pickler {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Pickler::empty())?.into_object())
    }

    #[slot("(file, protocol=None, fix_imports=True, buffer_callback=None)")]
    fn init(
        this: &Ref<Self>,
        vm: &Vm,
        file: &Object,
        protocol: Option<&Object>,
        fix_imports: bool,
        buffer_callback: Option<&Object>,
    ) -> Result<()> {
        this.check_idle(vm)?;
        this.ready.set(false);
        this.write.set(None);
        this.set_protocol(vm, protocol, fix_imports)?;
        this.set_file(vm, file)?;
        this.set_buffer_callback(vm, buffer_callback)?;
        drop(this.memo.take());
        this.fast.set(0);
        if !this.dispatch_table.is_some() {
            let table = attr::getattr_opt(vm, this.as_object(), &vm.intern("dispatch_table"))?;
            this.dispatch_table.set(table);
        }
        this.ready.set(true);
        Ok(())
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        if name.as_ascii() == Some("persistent_id")
            && let Some(assigned) = this.persistent_id.get()
        {
            return Ok(assigned);
        }
        attr::generic_getattr(vm, this.as_object(), name)
    }

    #[slot]
    fn setattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
        if name.as_ascii() == Some("persistent_id") {
            this.persistent_id.set(value.cloned());
            return Ok(());
        }
        attr::generic_setattr(vm, this.as_object(), name, value)
    }

    /// Clears the pickler's "memo".
    ///
    /// The memo is the data structure that remembers which objects the pickler has already seen, so that shared or
    /// recursive objects are pickled by reference and not by value.
    #[py("clear_memo()")]
    fn clear_memo(&self) {
        drop(self.memo.take());
    }

    /// Write a pickled representation of the given object to the open file.
    #[py("dump(obj, /)")]
    fn dump(this: &Ref<Self>, vm: &Vm, obj: &Object) -> Result<()> {
        this.check_idle(vm)?;
        if !this.ready.get() {
            let name = type_of(this.as_object()).tp_name();
            return Err(pickling_error(vm, format!("Pickler.__init__() was not called by {name}.__init__()")));
        }
        this.busy.set(true);
        let result = Self::dump_now(this, vm, obj);
        this.busy.set(false);
        result
    }

    #[py("persistent_id(obj, /)")]
    fn no_persistent_id(&self, obj: &Object) {
        let _ = obj;
    }

    /// Returns size in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        let size = type_of(this.as_object()).base_head.basic_size.get() as usize;
        size + this.memo.borrow().len() * 3 * size_of::<usize>()
    }

    #[getter("bin")]
    fn get_bin(&self) -> i32 {
        self.bin.get()
    }

    #[setter("bin")]
    fn set_bin(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        int_attribute(vm, &self.bin, value)
    }

    #[getter("fast")]
    fn get_fast(&self) -> i32 {
        self.fast.get()
    }

    #[setter("fast")]
    fn set_fast(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        int_attribute(vm, &self.fast, value)
    }

    #[getter("dispatch_table")]
    fn get_dispatch_table(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        match this.dispatch_table.get() {
            Some(table) => Ok(table),
            None => Err(attr::no_attribute(vm, this.as_object(), &vm.intern("dispatch_table"))),
        }
    }

    #[setter("dispatch_table")]
    fn set_dispatch_table(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        if value.is_none() && !this.dispatch_table.is_some() {
            return Err(attr::no_attribute(vm, this.as_object(), &vm.intern("dispatch_table")));
        }
        this.dispatch_table.set(value.cloned());
        Ok(())
    }

    #[getter("memo")]
    fn get_memo(this: &Ref<Self>) -> Object {
        instance::alloc_static(PicklerMemoProxy { head: Head::new(), pickler: Field::some(this.clone()) }).into_object()
    }

    #[setter("memo")]
    fn set_memo(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, TypeError, "attribute deletion is not supported") };
        if let Some(pickler) = value.cast_exact::<PicklerMemoProxy>().and_then(|proxy| proxy.pickler.get()) {
            let entries = pickler.memo.borrow().entries();
            return self.set_memo_entries(vm, entries);
        }
        let Some(dict) = value.cast::<Dict>() else {
            let kind = type_name(value);
            bail!(vm, TypeError, "'memo' attribute must be a PicklerMemoProxy object or dict, not {kind}");
        };
        let mut entries = Vec::new();
        for (_, entry) in dict.to_pairs() {
            let Some([number, object]) = entry.cast::<Tuple>().map(|t| t.items()) else {
                bail!(vm, TypeError, "'memo' values must be 2-item tuples");
            };
            entries.push((number::as_ssize(vm, number, None)? as usize, object.clone()));
        }
        self.set_memo_entries(vm, entries)
    }
}

#[pytype("PicklerMemoProxy", module = "_pickle", flags(HAVE_GC))]
pub struct PicklerMemoProxy {
    pub head: Head,
    pickler: Field<Ref<Pickler>>,
}

#[pymethods]
impl PicklerMemoProxy {
    /// Remove all items from memo.
    #[py("clear()")]
    fn clear(&self) {
        if let Some(pickler) = self.pickler.get() {
            drop(pickler.memo.take());
        }
    }

    /// Copy the memo to a new object.
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        let dict = Dict::empty();
        let entries = self.pickler.get().map(|pickler| pickler.memo.borrow().entries()).unwrap_or_default();
        for (number, object) in entries {
            let key = Int::from_i128(i128::from(protocol::address(&object)));
            let entry = Tuple::from_slice(&[Int::from_i64(number as i64), object]);
            dict.set(vm, &key, entry.into_object())?;
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
