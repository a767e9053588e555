//! `typing.Union`: `int | str`.

use crate::builtins::generic_alias::{GenericAlias, parameters_of, substitute, type_text};
use crate::builtins::none::NoneType;
use crate::builtins::set::FrozenSet;
use crate::object::{attr, instance};
use crate::prelude::*;
use crate::protocol::{call, object as protocol};

/// Represent a union type
///
/// E.g. for int | str
#[pytype("Union", module = "typing", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct Union {
    pub head: Head,
    pub args: Ref<Tuple>,
    /// The arguments that can be hashed, as a frozenset; those that cannot.
    pub hashable: Object,
    pub unhashable: Option<Ref<Tuple>>,
    pub parameters: Field<Ref<Tuple>>,
}

/// The arguments of a union under construction: flat, each once.
struct Builder {
    args: Vec<Object>,
    hashable: Vec<Object>,
    seen: Object,
    unhashable: Vec<Object>,
}

impl Builder {
    fn new() -> Builder {
        let seen = crate::builtins::set::Set::make(heap::SetTable::new());
        Builder { args: Vec::new(), hashable: Vec::new(), seen, unhashable: Vec::new() }
    }

    fn add(&mut self, vm: &Vm, arg: &Object) -> Result<()> {
        if let Some(union) = arg.cast::<Union>() {
            return union.args.items().iter().try_for_each(|inner| self.add(vm, inner));
        }
        let arg = if arg.is(&none()) { NoneType::class().to_object() } else { arg.clone() };
        match protocol::hash(vm, &arg) {
            Ok(_) => {
                if let Some(seen) = self.seen.cast::<crate::builtins::set::Set>() {
                    if seen.contains_key(vm, &arg)? {
                        return Ok(());
                    }
                    seen.add(vm, &arg)?;
                }
                self.hashable.push(arg.clone());
            }
            Err(_) if vm.raised_is(&crate::exception::types::TypeError) => {
                vm.clear_raised();
                for other in &self.unhashable {
                    if protocol::same_or_equal(vm, other, &arg)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(arg.clone());
            }
            Err(raised) => return Err(raised),
        }
        self.args.push(arg);
        Ok(())
    }

    fn finish(self, vm: &Vm) -> Result<Object> {
        match &self.args[..] {
            [] => bail!(vm, TypeError, "Cannot take a Union of no types."),
            [one] => return Ok(one.clone()),
            _ => {}
        }
        let hashable = FrozenSet::from_items(vm, self.hashable)?;
        let unhashable = if self.unhashable.is_empty() { None } else { Some(Tuple::from_vec(vm, self.unhashable)?) };
        let args = Tuple::from_vec(vm, self.args)?;
        let body = Union { head: Head::new(), args, hashable, unhashable, parameters: Field::empty() };
        Ok(instance::alloc_static(body).into_object())
    }
}

/// Whether `|` between types takes the object without question.
fn is_unionable(object: &Object) -> bool {
    object.is(&none())
        || object.is_instance_of::<Type>()
        || object.is_instance_of::<GenericAlias>()
        || object.is_instance_of::<Union>()
        || crate::object::type_of(object).tp_name() == "typing.TypeAliasType"
}

impl Union {
    /// `a | b` between types; NotImplemented where one of them is none.
    pub fn either(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        if !is_unionable(a) || !is_unionable(b) {
            return not_implemented(vm);
        }
        let mut builder = Builder::new();
        builder.add(vm, a)?;
        builder.add(vm, b)?;
        builder.finish(vm)
    }

    /// `Union[args]`: strings become forward references, what is no type is refused.
    pub fn of_arguments(vm: &Vm, args: &[Object]) -> Result<Object> {
        let mut builder = Builder::new();
        for arg in args {
            if is_unionable(arg) {
                builder.add(vm, arg)?;
                continue;
            }
            let typing = vm.import("typing")?;
            let message = Str::new("Union[arg, ...]: each arg must be a type.").into_object();
            let checked = call::call_method(vm, &typing, &vm.intern("_type_check"), &[arg.clone(), message])?;
            builder.add(vm, &checked)?;
        }
        builder.finish(vm)
    }

    fn parameters(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        if let Some(known) = self.parameters.get() {
            return Ok(known);
        }
        let found = parameters_of(vm, self.args.items())?;
        self.parameters.set(Some(found.clone()));
        Ok(found)
    }

    fn same_unhashable(&self, vm: &Vm, other: &Union) -> Result<bool> {
        let (a, b) = match (&self.unhashable, &other.unhashable) {
            (None, None) => return Ok(true),
            (Some(a), Some(b)) if a.len() == b.len() => (a, b),
            _ => return Ok(false),
        };
        for item in a.items() {
            if !crate::protocol::sequence::contains(vm, b.as_object(), item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[pymethods]
impl Union {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        vm.check_stack(" while getting the repr of an object")?;
        let texts = self.args.items().iter().map(|arg| type_text(vm, arg)).collect::<Result<Vec<_>>>()?;
        Ok(texts.join(" | "))
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        if let Some(unhashable) = &self.unhashable {
            for item in unhashable.items() {
                protocol::hash(vm, item)?;
            }
            bail!(vm, TypeError, "union contains {} unhashable elements", unhashable.len());
        }
        protocol::hash(vm, &self.hashable)
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Union>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let equal = protocol::same_or_equal(vm, &self.hashable, &other.hashable)? && self.same_unhashable(vm, other)?;
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        match (a.cast::<Union>(), b.cast::<Union>()) {
            // Beside a union a string is a forward reference.
            (Some(_), None) if b.is_instance_of::<Str>() => Union::of_arguments(vm, &[a.clone(), b.clone()]),
            (None, Some(_)) if a.is_instance_of::<Str>() => Union::of_arguments(vm, &[a.clone(), b.clone()]),
            _ => Union::either(vm, a, b),
        }
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        let parameters = this.parameters(vm)?;
        let args = substitute(vm, this.as_object(), this.args.items(), &parameters, key)?;
        let [first, rest @ ..] = args.items() else { return Union::of_arguments(vm, &[]) };
        rest.iter().try_fold(first.clone(), |all, arg| crate::protocol::number::or(vm, &all, arg))
    }

    #[slot]
    fn getattr(this: &Object, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        attr::generic_getattr(vm, this, name)
    }

    #[py("__mro_entries__(object, /)")]
    fn mro_entries(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        let _ = object;
        Err(raise!(vm, TypeError, "Cannot subclass {}", protocol::repr(vm, this.as_object())?))
    }

    /// Create a union containing the given types
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        let _ = cls;
        match object.cast::<Tuple>() {
            Some(args) => Union::of_arguments(vm, args.items()),
            None => Union::of_arguments(vm, std::slice::from_ref(object)),
        }
    }

    #[getter("__args__")]
    fn get_args(&self) -> Ref<Tuple> {
        self.args.clone()
    }

    /// Type variables in the types.UnionType.
    #[getter("__parameters__")]
    fn get_parameters(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        self.parameters(vm)
    }

    /// Always returns the type
    #[getter("__origin__")]
    fn get_origin(&self) -> Object {
        Union::class().to_object()
    }

    /// Name of the type
    #[getter("__name__")]
    fn get_name(&self) -> &'static str {
        "Union"
    }

    #[getter("__module__")]
    fn get_module(&self) -> &'static str {
        "typing"
    }

    /// Qualified name of the type
    #[getter("__qualname__")]
    fn get_qualname(&self) -> &'static str {
        "Union"
    }
}
