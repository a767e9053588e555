//! `types.GenericAlias`: `list[int]`, and the substitution of type parameters that unions share.

use crate::builtins::union::Union;
use crate::object::{attr, instance, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, object as protocol};

/// Represent a PEP 585 generic type
///
/// For example, for t = list[int], t.__origin__ is list and t.__args__
/// is (int,).
#[pytype("GenericAlias", module = "types", flags(BASETYPE, HAVE_GC, MANAGED_WEAKREF))]
pub struct GenericAlias {
    pub head: Head,
    pub origin: Object,
    pub args: Ref<Tuple>,
    /// The type parameters, once somebody asked.
    pub parameters: Field<Ref<Tuple>>,
    /// `*tuple[int, ...]`.
    pub unpacked: bool,
}

/// Attributes of the alias itself; all others are the origin's.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes of the origin that the alias must not seem to have.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

impl GenericAlias {
    /// `origin[args]`, where `args` is a tuple of arguments or the only one.
    pub fn make(vm: &Vm, origin: &Object, args: &Object) -> Result<Object> {
        Self::of_class(vm, Self::class(), origin, args, false)
    }

    fn of_class(vm: &Vm, cls: &Ref<Type>, origin: &Object, args: &Object, unpacked: bool) -> Result<Object> {
        let args = args.cast::<Tuple>().cloned().unwrap_or_else(|| Tuple::from_slice(std::slice::from_ref(args)));
        let body =
            GenericAlias { head: Head::new(), origin: origin.clone(), args, parameters: Field::empty(), unpacked };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    fn parameters(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        if let Some(known) = self.parameters.get() {
            return Ok(known);
        }
        let found = parameters_of(vm, self.args.items())?;
        self.parameters.set(Some(found.clone()));
        Ok(found)
    }
}

/// The text that a type has inside of an alias or a union.
pub fn type_text(vm: &Vm, object: &Object) -> Result<String> {
    let names = vm.names();
    if object.is(&crate::builtins::none::ellipsis()) {
        return Ok("...".to_owned());
    }
    let plain = |vm: &Vm| Ok(protocol::repr(vm, object)?.to_string_lossy());
    if object.is(crate::builtins::none::NoneType::class().as_object()) {
        return Ok("None".to_owned());
    }
    if attr::getattr_opt(vm, object, names.__origin__())?.is_some()
        && attr::getattr_opt(vm, object, names.__args__())?.is_some()
    {
        return plain(vm);
    }
    let Some(qualname) = attr::getattr_opt(vm, object, names.__qualname__())? else { return plain(vm) };
    let Some(module) = attr::getattr_opt(vm, object, names.__module__())?.filter(|m| !m.is(&none())) else {
        return plain(vm);
    };
    let (qualname, module) = (protocol::str(vm, &qualname)?, protocol::str(vm, &module)?);
    Ok(if module.as_ascii() == Some("builtins") { qualname.to_string_lossy() } else { format!("{module}.{qualname}") })
}

fn argument_text(vm: &Vm, object: &Object) -> Result<String> {
    match object.cast::<List>() {
        Some(list) => {
            let items = vm.memory(list.items.to_vec())?;
            let texts = items.iter().map(|item| type_text(vm, item)).collect::<Result<Vec<_>>>()?;
            Ok(format!("[{}]", texts.join(", ")))
        }
        None => type_text(vm, object),
    }
}

fn add_once(found: &mut Vec<Object>, parameter: &Object) {
    if !found.iter().any(|f| f.is(parameter)) {
        found.push(parameter.clone());
    }
}

/// The items of a tuple or list.
fn nested(vm: &Vm, object: &Object) -> Result<Option<Vec<Object>>> {
    match (object.cast::<Tuple>(), object.cast::<List>()) {
        (Some(tuple), _) => Ok(Some(tuple.items().to_vec())),
        (None, Some(list)) => vm.memory(list.items.to_vec()).map(Some),
        (None, None) => Ok(None),
    }
}

/// The type parameters among the arguments, each once, in order.
pub fn parameters_of(vm: &Vm, args: &[Object]) -> Result<Ref<Tuple>> {
    vm.check_stack(" in type parameters")?;
    let mut found = Vec::new();
    for arg in args.iter().filter(|a| !a.is_instance_of::<Type>()) {
        if let Some(items) = nested(vm, arg)? {
            parameters_of(vm, &items)?.items().iter().for_each(|p| add_once(&mut found, p));
        } else if attr::getattr_opt(vm, arg, vm.names().__typing_subst__())?.is_some() {
            add_once(&mut found, arg);
        } else if let Some(inner) = attr::getattr_opt(vm, arg, vm.names().__parameters__())?
            && let Some(inner) = inner.cast::<Tuple>()
        {
            inner.items().iter().for_each(|p| add_once(&mut found, p));
        }
    }
    Tuple::from_vec(vm, found)
}

/// Lays unpacked tuples among the given arguments flat.
fn unpack(vm: &Vm, given: &Object) -> Result<Ref<Tuple>> {
    let given = given.cast::<Tuple>().cloned().unwrap_or_else(|| Tuple::from_slice(std::slice::from_ref(given)));
    let mut flat = Vec::new();
    for item in given.items() {
        if item.is_instance_of::<Type>() {
            flat.push(item.clone());
            continue;
        }
        let inner = attr::getattr_opt(vm, item, vm.names().__typing_unpacked_tuple_args__())?;
        match inner.as_ref().and_then(|i| i.cast::<Tuple>()) {
            Some(inner) if !inner.items().last().is_some_and(|l| l.is(&crate::builtins::none::ellipsis())) => {
                flat.extend_from_slice(inner.items());
            }
            _ => flat.push(item.clone()),
        }
    }
    Tuple::from_vec(vm, flat)
}

/// The arguments `args` of `alias` with its `parameters` replaced by what stands between the brackets of `alias[given]`.
pub fn substitute(vm: &Vm, alias: &Object, args: &[Object], parameters: &Tuple, given: &Object) -> Result<Ref<Tuple>> {
    vm.check_stack(" in type substitution")?;
    let wanted = parameters.len();
    if wanted == 0 {
        bail!(vm, TypeError, "{} is not a generic class", protocol::repr(vm, alias)?);
    }
    let mut given = unpack(vm, given)?.into_object();
    for parameter in parameters.items() {
        if let Some(prepare) =
            attr::getattr_opt(vm, parameter, vm.names().__typing_prepare_subst__())?.filter(|p| !p.is(&none()))
        {
            let packed = match given.cast::<Tuple>() {
                Some(_) => given.clone(),
                None => Tuple::from_slice(&[given.clone()]).into_object(),
            };
            given = call::call(vm, &prepare, &[alias.clone(), packed])?;
        }
    }
    let values = given.cast::<Tuple>().cloned().unwrap_or_else(|| Tuple::from_slice(&[given.clone()]));
    if values.len() != wanted {
        let word = if values.len() > wanted { "many" } else { "few" };
        let text = protocol::repr(vm, alias)?;
        bail!(vm, TypeError, "Too {word} arguments for {text}; actual {}, expected {wanted}", values.len());
    }
    let mut result = Vec::with_capacity(args.len());
    for arg in args {
        if arg.is_instance_of::<Type>() {
            result.push(arg.clone());
            continue;
        }
        if let Some(items) = nested(vm, arg)? {
            let inner = substitute(vm, alias, &items, parameters, &given)?;
            result.push(match arg.cast::<List>() {
                Some(_) => List::from_vec(inner.items().to_vec()).into_object(),
                None => inner.into_object(),
            });
            continue;
        }
        let spread = match attr::getattr_opt(vm, arg, vm.names().__typing_is_unpacked_typevartuple__())? {
            Some(answer) => protocol::is_true(vm, &answer)?,
            None => false,
        };
        let at = parameters.items().iter().position(|p| p.is(arg));
        let replaced = match (attr::getattr_opt(vm, arg, vm.names().__typing_subst__())?, at) {
            (Some(subst), Some(at)) => call::call(vm, &subst, std::slice::from_ref(&values.items()[at]))?,
            (Some(_), None) => {
                let shown = protocol::repr(vm, arg)?;
                bail!(vm, TypeError, "argument {shown} with __typing_subst__ was not found in __parameters__");
            }
            (None, _) => substitute_inside(vm, arg, parameters, values.items())?,
        };
        if !spread {
            result.push(replaced);
            continue;
        }
        match replaced.cast::<Tuple>() {
            Some(items) => result.extend_from_slice(items.items()),
            None => {
                let (of, got) = (type_name(arg), type_name(&replaced));
                bail!(vm, TypeError, "expected __typing_subst__ of {of} objects to return a tuple, not {got}");
            }
        }
    }
    Tuple::from_vec(vm, result)
}

/// An argument that is generic itself, with its parameters replaced.
fn substitute_inside(vm: &Vm, arg: &Object, parameters: &Tuple, values: &[Object]) -> Result<Object> {
    let Some(inner) = attr::getattr_opt(vm, arg, vm.names().__parameters__())? else { return Ok(arg.clone()) };
    let Some(inner) = inner.cast::<Tuple>().filter(|i| !i.is_empty()) else { return Ok(arg.clone()) };
    let mut new = Vec::with_capacity(inner.len());
    for parameter in inner.items() {
        match parameters.items().iter().position(|p| p.is(parameter)) {
            None => new.push(parameter.clone()),
            Some(at) => match values[at].cast::<Tuple>() {
                // A TypeVarTuple can be iterated; its value is a tuple.
                Some(items) if type_of(parameter).slots.iter.get().is_some() => new.extend_from_slice(items.items()),
                _ => new.push(values[at].clone()),
            },
        }
    }
    protocol::getitem(vm, arg, Tuple::from_vec(vm, new)?.as_object())
}

#[pymethods]
impl GenericAlias {
    #[slot("(origin, args, /)")]
    fn new(cls: &Ref<Type>, vm: &Vm, origin: &Object, args: &Object) -> Result<Object> {
        GenericAlias::of_class(vm, cls, origin, args, false)
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        vm.check_stack(" while getting the repr of an object")?;
        let star = if self.unpacked { "*" } else { "" };
        let origin = type_text(vm, &self.origin)?;
        let args = self.args.items().iter().map(|arg| argument_text(vm, arg)).collect::<Result<Vec<_>>>()?;
        let inner = if args.is_empty() { "()".to_owned() } else { args.join(", ") };
        Ok(format!("{star}{origin}[{inner}]"))
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        let hash = protocol::hash(vm, &self.origin)? ^ protocol::hash(vm, self.args.as_object())?;
        Ok(if hash == -1 { -2 } else { hash })
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<GenericAlias>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let equal = self.unpacked == other.unpacked
            && protocol::same_or_equal(vm, &self.origin, &other.origin)?
            && protocol::same_or_equal(vm, self.args.as_object(), other.args.as_object())?;
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn call(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let made = call::call_args(vm, &this.origin, args)?;
        match attr::setattr(vm, &made, &vm.intern("__orig_class__"), Some(this.as_object())) {
            Err(_)
                if vm.raised_is(&crate::exception::types::AttributeError)
                    || vm.raised_is(&crate::exception::types::TypeError) =>
            {
                vm.clear_raised();
            }
            other => other?,
        }
        Ok(made)
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        if name.as_ascii().is_some_and(|n| OWN.contains(&n) || BLOCKED.contains(&n)) {
            return attr::generic_getattr(vm, this.as_object(), name);
        }
        attr::getattr(vm, &this.origin, name)
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        let parameters = this.parameters(vm)?;
        let args = substitute(vm, this.as_object(), this.args.items(), &parameters, key)?;
        GenericAlias::of_class(vm, GenericAlias::class(), &this.origin, args.as_object(), this.unpacked)
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        instance::alloc_static(GenericAliasIter { head: Head::new(), alias: Field::some(this.clone()) }).into_object()
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Union::either(vm, a, b)
    }

    #[py("__mro_entries__(object, /)")]
    fn mro_entries(&self, object: &Object) -> (Object,) {
        let _ = object;
        (self.origin.clone(),)
    }

    #[py("__instancecheck__(object, /)")]
    fn instancecheck(&self, vm: &Vm, object: &Object) -> Result<Object> {
        let _ = object;
        Err(raise!(vm, TypeError, "isinstance() argument 2 cannot be a parameterized generic"))
    }

    #[py("__subclasscheck__(object, /)")]
    fn subclasscheck(&self, vm: &Vm, object: &Object) -> Result<Object> {
        let _ = object;
        Err(raise!(vm, TypeError, "issubclass() argument 2 cannot be a parameterized generic"))
    }

    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.unpacked {
            let plain = GenericAlias::make(vm, &this.origin, this.args.as_object())?;
            let args = Tuple::from_slice(&[iter::get_iter(vm, &plain)?]).into_object();
            return Ok(Tuple::from_slice(&[crate::frame::namespace::builtin(vm, "next")?, args]).into_object());
        }
        let args = Tuple::from_slice(&[this.origin.clone(), this.args.to_object()]).into_object();
        Ok(Tuple::from_slice(&[type_of(this.as_object()).to_object(), args]).into_object())
    }

    #[py("__dir__()")]
    fn dir(&self, vm: &Vm) -> Result<Object> {
        let names = protocol::dir(vm, &self.origin)?;
        let mut names = iter::to_vec(vm, &names)?;
        for own in OWN {
            let own = vm.intern(own).to_object();
            if !names.iter().any(|n| n.cast::<Str>().zip(own.cast::<Str>()).is_some_and(|(a, b)| **a == **b)) {
                names.push(own);
            }
        }
        Ok(List::from_vec(names).into_object())
    }

    #[getter("__origin__")]
    fn get_origin(&self) -> Object {
        self.origin.clone()
    }

    #[getter("__args__")]
    fn get_args(&self) -> Ref<Tuple> {
        self.args.clone()
    }

    /// Type variables in the GenericAlias.
    #[getter("__parameters__")]
    fn get_parameters(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        self.parameters(vm)
    }

    #[getter("__unpacked__")]
    fn get_unpacked(&self) -> bool {
        self.unpacked
    }

    #[getter("__typing_unpacked_tuple_args__")]
    fn unpacked_args(&self) -> Option<Ref<Tuple>> {
        (self.unpacked && self.origin.is(Tuple::class().as_object())).then(|| self.args.clone())
    }
}

/// The iterator over an alias: it gives the unpacked alias, once (PEP 646).
#[pytype("generic_alias_iterator", doc = "", flags(HAVE_GC))]
pub struct GenericAliasIter {
    pub head: Head,
    pub alias: Field<Ref<GenericAlias>>,
}

#[pymethods]
impl GenericAliasIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let Some(alias) = self.alias.take() else { return Ok(None) };
        let cls = type_of(alias.as_object()).clone();
        GenericAlias::of_class(vm, &cls, &alias.origin, alias.args.as_object(), true).map(Some)
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        let function = crate::frame::namespace::builtin(vm, "iter")?;
        let over = self.alias.get().map_or_else(|| Tuple::empty().into_object(), Ref::into_object);
        Ok(Tuple::from_slice(&[function, Tuple::from_slice(&[over]).into_object()]).into_object())
    }
}
