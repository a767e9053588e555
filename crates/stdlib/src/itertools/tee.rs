//! `tee`: iterators over one source, that share what has been read in a list of blocks.

use std::cell::Cell;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::iter;

/// Items in one block.
const CELLS: usize = 57;

/// Data container common to multiple tee objects.
#[pytype("_tee_dataobject", module = "itertools", flags(SHOWS_GETATTRIBUTE, HAVE_GC))]
pub struct TeeData {
    pub head: Head,
    source: Field<Object>,
    values: ObjVec,
    following: Field<Ref<TeeData>>,
    running: Cell<bool>,
}

impl TeeData {
    fn make(source: Object) -> Ref<TeeData> {
        instance::alloc_static(TeeData {
            head: Head::new(),
            source: Field::some(source),
            values: ObjVec::new(),
            following: Field::empty(),
            running: Cell::new(false),
        })
    }

    fn item(&self, vm: &Vm, at: usize) -> Result<Option<Object>> {
        if let Some(item) = self.values.get(at) {
            return Ok(Some(item));
        }
        if self.running.get() {
            bail!(vm, RuntimeError, "cannot re-enter the tee iterator");
        }
        let Some(source) = self.source.get() else { return Ok(None) };
        self.running.set(true);
        let item = iter::next(vm, &source);
        self.running.set(false);
        let Some(item) = item? else { return Ok(None) };
        vm.memory(self.values.push(item.clone()))?;
        Ok(Some(item))
    }

    fn following(&self) -> Option<Ref<TeeData>> {
        if !self.following.is_some() {
            self.following.set(Some(TeeData::make(self.source.get()?)));
        }
        self.following.get()
    }
}

#[pymethods]
impl TeeData {
    #[slot(raw, "(iterable, values, next, /)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = cls;
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "teedataobject() takes no keyword arguments");
        }
        let [source, values, next] = args.items else {
            bail!(vm, TypeError, "teedataobject expected 3 arguments, got {}", args.items.len());
        };
        let Some(list) = values.cast::<List>() else {
            bail!(vm, TypeError, "_tee_dataobject() argument 2 must be list, not {}", vm::object::type_name(values));
        };
        let data = TeeData::make(source.clone());
        if list.items.len() > CELLS {
            bail!(vm, ValueError, "Invalid arguments");
        }
        for item in vm.memory(list.items.to_vec())? {
            vm.memory(data.values.push(item))?;
        }
        match next.cast::<TeeData>() {
            Some(next) if data.values.len() == CELLS => data.following.set(Some(next.clone())),
            None if next.is(&none()) => {}
            None => bail!(vm, ValueError, "_tee_dataobject next link is not a _tee_dataobject"),
            Some(_) => bail!(vm, ValueError, "_tee_dataobject should not have a next link"),
        }
        Ok(data.into_object())
    }
}

/// Iterator wrapped to make it copyable.
#[pytype("_tee", module = "itertools", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct Tee {
    pub head: Head,
    data: Field<Ref<TeeData>>,
    at: Cell<usize>,
}

impl Tee {
    fn make(data: Option<Ref<TeeData>>, at: usize) -> Ref<Tee> {
        instance::alloc_static(Tee { head: Head::new(), data: Field::new(data), at: Cell::new(at) })
    }

    fn over(vm: &Vm, iterable: &Object) -> Result<Ref<Tee>> {
        let source = iter::get_iter(vm, iterable)?;
        Ok(match source.cast_exact::<Tee>() {
            Some(tee) => Tee::make(tee.data.get(), tee.at.get()),
            None => Tee::make(Some(TeeData::make(source)), 0),
        })
    }
}

/// `tee(iterable, n)`.
pub fn split(vm: &Vm, iterable: &Object, n: usize) -> Result<Ref<Tuple>> {
    let mut tees = Vec::new();
    vm.memory(tees.try_reserve_exact(n).map_err(|_| vm::heap::OutOfMemory))?;
    if n > 0 {
        let first = Tee::over(vm, iterable)?;
        for _ in 1..n {
            tees.push(Tee::make(first.data.get(), first.at.get()).into_object());
        }
        tees.insert(0, first.into_object());
    }
    Tuple::from_vec(vm, tees)
}

#[pymethods]
impl Tee {
    #[slot("(iterable, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, iterable: &Object) -> Result<Object> {
        let _ = cls;
        Ok(Tee::over(vm, iterable)?.into_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(mut data) = self.data.get() else { return Ok(None) };
        if self.at.get() >= CELLS {
            let Some(following) = data.following() else { return Ok(None) };
            self.data.set(Some(following.clone()));
            self.at.set(0);
            data = following;
        }
        let at = self.at.get();
        let item = data.item(vm, at)?;
        if item.is_some() {
            self.at.set(at + 1);
        }
        Ok(item)
    }

    /// Returns an independent iterator.
    #[py("__copy__()")]
    fn copy(&self) -> Object {
        Tee::make(self.data.get(), self.at.get()).into_object()
    }
}
