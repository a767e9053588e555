//! `functools.partial` and its `Placeholder`.

use heap::Immortal;
use std::cell::Cell;
use vm::builtins::bound::BoundMethod;
use vm::builtins::generic_alias::GenericAlias;
use vm::builtins::str::mem;
use vm::builtins::type_::full_name;
use vm::heap;
use vm::native::Args;
use vm::object::{instance, type_of};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// The type of the Placeholder singleton, which keeps a place for a positional argument of a partial call.
#[pytype("_PlaceholderType", module = "functools")]
pub struct PlaceholderType {
    pub head: Head,
}

static PLACEHOLDER: Immortal<PlaceholderType> = Immortal::new();
static KEYWORD_MARK: Immortal<PlaceholderType> = Immortal::new();

fn single(place: &'static Immortal<PlaceholderType>) -> Object {
    if !place.is_ready() {
        place.init(PlaceholderType::kind(), PlaceholderType { head: Head::new() });
    }
    place.to_object()
}

/// `functools.Placeholder`.
pub fn placeholder() -> Object {
    single(&PLACEHOLDER)
}

/// What stands between positional and keyword arguments in the key of a call: equal to nothing else.
pub fn keyword_mark() -> Object {
    single(&KEYWORD_MARK)
}

fn is_placeholder(object: &Object) -> bool {
    object.word() == PLACEHOLDER.address() as u64
}

#[pymethods]
impl PlaceholderType {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = cls;
        if !args.items.is_empty() {
            bail!(vm, TypeError, "_PlaceholderType takes no arguments");
        }
        Ok(placeholder())
    }

    #[slot]
    fn repr(&self) -> &'static str {
        "Placeholder"
    }

    #[py("__reduce__()", notext)]
    fn reduce(&self) -> &'static str {
        "Placeholder"
    }
}

/// Create a new function with partial application of the given arguments and keywords.
#[pytype(
    "partial",
    module = "functools",
    flags(SHOWS_GETATTRIBUTE, SHOWS_SETATTR, BASETYPE, HAVE_GC, HAVE_VECTORCALL, MANAGED_DICT, MANAGED_WEAKREF)
)]
pub struct Partial {
    pub head: Head,
    function: Field<Object>,
    args: Field<Ref<Tuple>>,
    keywords: Field<Ref<Dict>>,
    /// How many of `args` are Placeholder.
    open: Cell<usize>,
}

fn count_open(args: &[Object]) -> usize {
    args.iter().filter(|a| is_placeholder(a)).count()
}

fn trailing(vm: &Vm) -> Raised {
    raise!(vm, TypeError, "trailing Placeholders are not allowed")
}

impl Partial {
    fn parts(&self) -> (Object, Ref<Tuple>, Ref<Dict>) {
        (
            self.function.get().unwrap_or_else(none),
            self.args.get().unwrap_or_else(Tuple::empty),
            self.keywords.get().unwrap_or_else(Dict::empty),
        )
    }
}

/// The arguments kept, their places filled from `given`, then the rest of `given`.
fn filled(kept: &[Object], given: &[Object], mut each: impl FnMut(Object)) {
    let mut given = given.iter();
    for item in kept {
        match is_placeholder(item) {
            true => each(given.next().unwrap_or(item).clone()),
            false => each(item.clone()),
        }
    }
    given.for_each(|item| each(item.clone()));
}

/// Arguments of most calls fit in here.
const FEW: usize = 8;

#[pymethods]
impl Partial {
    #[slot("(func, /, *args, **keywords)", raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some((function, given)) = args.positional().split_first() else {
            bail!(vm, TypeError, "type 'partial' takes at least one argument");
        };
        if !call::is_callable(function) {
            bail!(vm, TypeError, "the first argument must be callable");
        }
        if given.last().is_some_and(is_placeholder) {
            return Err(trailing(vm));
        }
        if args.keywords().values.iter().any(is_placeholder) {
            bail!(vm, TypeError, "Placeholder cannot be passed as a keyword argument");
        }
        let keywords = Dict::empty();
        let mut all = Vec::new();
        vm.memory(all.try_reserve(given.len()).map_err(|_| heap::OutOfMemory))?;
        let same_call = |kind: &Type| {
            kind.slots.call.get().map(|f| f as usize) == Partial::class().slots.call.get().map(|f| f as usize)
        };
        let inner = function.cast::<Partial>().filter(|p| same_call(type_of(p.as_object())));
        let plain = inner.filter(|p| instance::items(p.as_object()).is_empty());
        let function = match plain {
            None => {
                all.extend_from_slice(given);
                function.clone()
            }
            Some(inner) => {
                let (function, kept, kept_keywords) = inner.parts();
                filled(kept.items(), given, |item| all.push(item));
                keywords.update_from_dict(vm, &kept_keywords)?;
                function
            }
        };
        // Places that stay open at the end are as good as not there.
        while all.last().is_some_and(is_placeholder) && plain.is_none() {
            all.pop();
        }
        for (name, value) in args.keywords().iter() {
            keywords.set(vm, name, value.clone())?;
        }
        let open = Cell::new(count_open(&all));
        let body = Partial {
            head: Head::new(),
            function: Field::some(function),
            args: Field::some(Tuple::from_vec(vm, all)?),
            keywords: Field::some(keywords),
            open,
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (function, kept, keywords) = self.parts();
        let (given, named) = (args.positional(), args.keywords());
        let open = self.open.get();
        if given.len() < open {
            bail!(
                vm,
                TypeError,
                "missing positional arguments in 'partial' call; expected at least {open}, got {}",
                given.len()
            );
        }
        if keywords.is_empty() {
            if kept.is_empty() {
                return call::call_args(vm, &function, args);
            }
            let total = kept.len() - open + args.items.len();
            // The values of keywords stand behind the positional arguments already.
            if total <= FEW {
                let mut few: [Object; FEW] = std::array::from_fn(|_| Object::int32(0));
                let mut places = few.iter_mut();
                filled(kept.items(), args.items, |item| {
                    if let Some(place) = places.next() {
                        *place = item;
                    }
                });
                return call::call_args(vm, &function, Args { items: &few[..total], names: args.names });
            }
            let mut items = Vec::new();
            vm.memory(items.try_reserve_exact(total).map_err(|_| heap::OutOfMemory))?;
            filled(kept.items(), args.items, |item| items.push(item));
            return call::call_args(vm, &function, Args { items: &items, names: args.names });
        }
        let mut items = Vec::new();
        let total = kept.len() + args.items.len() + keywords.len();
        vm.memory(items.try_reserve_exact(total).map_err(|_| heap::OutOfMemory))?;
        filled(kept.items(), given, |item| items.push(item));
        let merged = if named.is_empty() {
            keywords
        } else {
            let merged = keywords.copy(vm)?;
            for (name, value) in named.iter() {
                merged.set(vm, name, value.clone())?;
            }
            merged
        };
        let mut names = Vec::with_capacity(merged.len());
        for (name, value) in merged.to_pairs() {
            if !name.is_instance_of::<Str>() {
                bail!(vm, TypeError, "keywords must be strings");
            }
            names.push(name);
            items.push(value);
        }
        let names = Tuple::from_vec(vm, names)?;
        call::call_args(vm, &function, Args { items: &items, names: Some(&names) })
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, object: Option<&Object>, _kind: Option<&Object>) -> Object {
        match object.filter(|o| !o.is(&none())) {
            Some(object) => BoundMethod::make(this.as_object(), object),
            None => this.to_object(),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let text = vm.guard_repr(this.as_object(), || {
            let (function, args, keywords) = this.parts();
            let mut out = text::TextBuilder::new();
            mem(vm, out.push_str(&format!("{}(", full_name(vm, type_of(this.as_object()))?)))?;
            mem(vm, out.push_units(protocol::repr(vm, &function)?.units()))?;
            for item in args.items() {
                mem(vm, out.push_str(", "))?;
                mem(vm, out.push_units(protocol::repr(vm, item)?.units()))?;
            }
            for (name, value) in keywords.to_pairs() {
                mem(vm, out.push_str(", "))?;
                mem(vm, out.push_units(protocol::str(vm, &name)?.units()))?;
                mem(vm, out.push_str("="))?;
                mem(vm, out.push_units(protocol::repr(vm, &value)?.units()))?;
            }
            mem(vm, out.push_str(")"))?;
            Str::from_buf(vm, out.finish())
        })?;
        Ok(text.unwrap_or_else(|| Str::new("...")).into_object())
    }

    // What pickle and copy need.
    #[py("__reduce__()", notext)]
    fn reduce(this: &Ref<Self>) -> Object {
        let (function, args, keywords) = this.parts();
        let has_own = !instance::items(this.as_object()).is_empty();
        let own = if has_own { instance::dict(this.as_object()) } else { None };
        let own = own.map_or_else(none, Ref::into_object);
        let state = Tuple::from_slice(&[function.clone(), args.into_object(), keywords.into_object(), own]);
        let start = Tuple::from_slice(&[function]).into_object();
        Tuple::from_slice(&[type_of(this.as_object()).to_object(), start, state.into_object()]).into_object()
    }

    // Take over what `__reduce__` gave.
    #[py("__setstate__(object, /)", notext)]
    fn setstate(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<()> {
        let invalid = || raise!(vm, TypeError, "invalid partial state");
        let state = object.cast::<Tuple>().ok_or_else(invalid)?;
        let [function, args, keywords, own] = state.items() else { return Err(invalid()) };
        let args = args.cast::<Tuple>().filter(|_| call::is_callable(function)).ok_or_else(invalid)?;
        let no_keywords = keywords.is(&none());
        if !no_keywords && !keywords.is_instance_of::<Dict>() {
            return Err(invalid());
        }
        if !own.is(&none()) && !own.is_instance_of::<Dict>() {
            return Err(invalid());
        }
        if args.items().last().is_some_and(is_placeholder) {
            return Err(trailing(vm));
        }
        let args =
            if args.as_object().is_exact::<Tuple>() { args.clone() } else { Tuple::try_from_slice(vm, args.items())? };
        let keywords = match keywords.cast::<Dict>() {
            None => Dict::empty(),
            Some(dict) if keywords.is_exact::<Dict>() => dict.clone(),
            Some(dict) => dict.copy(vm)?,
        };
        this.open.set(count_open(args.items()));
        let old = (this.function.replace(Some(function.clone())), this.args.replace(Some(args)));
        let old_keywords = this.keywords.replace(Some(keywords));
        match own.cast::<Dict>() {
            Some(own) => {
                instance::set_dict(this.as_object(), own);
            }
            None if own.is(&none()) && !instance::items(this.as_object()).is_empty() => {
                instance::set_dict(this.as_object(), &Dict::empty());
            }
            None => {}
        }
        drop((old, old_keywords));
        Ok(())
    }

    /// The function that is called.
    #[getter("func")]
    fn func(&self) -> Option<Object> {
        self.function.get()
    }

    /// Positional arguments that every call gets.
    #[getter("args")]
    fn get_args(&self) -> Object {
        self.parts().1.into_object()
    }

    /// Keyword arguments that every call gets.
    #[getter("keywords")]
    fn get_keywords(&self) -> Object {
        self.parts().2.into_object()
    }

    /// See PEP 585.
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        GenericAlias::make(vm, cls.as_object(), object)
    }
}
