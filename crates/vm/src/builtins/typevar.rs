//! Type parameters (PEP 484, 612, 646, 695, 696): `TypeVar`, `ParamSpec`, `TypeVarTuple`, and what belongs to them.
//!
//! Substitution itself is `typing`'s: these objects hold names, bounds and defaults, and evaluate them when asked.

use super::generic_alias::type_text;
use super::none::no_default;
use super::object::BaseObject;
use super::union::Union;
use crate::frame;
use crate::object::{attr, instance};
use crate::prelude::*;
use crate::protocol::{call, iter, number, object as protocol, sequence};

/// A value that is known, or that an evaluator (a function of the annotation format, PEP 649) gives when asked.
pub struct Lazy {
    value: Field<Object>,
    evaluator: Field<Object>,
}

impl Trace for Lazy {
    fn trace(&self, visit: &mut Visitor) {
        self.value.trace(visit);
        self.evaluator.trace(visit);
    }

    fn clear_refs(&self) {
        self.value.clear_refs();
        self.evaluator.clear_refs();
    }
}

impl Lazy {
    pub fn known(value: Option<Object>) -> Lazy {
        Lazy { value: Field::new(value), evaluator: Field::empty() }
    }

    pub fn later(evaluator: &Object) -> Lazy {
        Lazy { value: Field::empty(), evaluator: Field::some(evaluator.clone()) }
    }

    /// The value, evaluated now if need be; `None` if there is none.
    pub fn get(&self, vm: &Vm) -> Result<Option<Object>> {
        if let Some(value) = self.value.get() {
            return Ok(Some(value));
        }
        let Some(evaluator) = self.evaluator.get() else { return Ok(None) };
        let value = call::call(vm, &evaluator, &[Object::int32(1)])?;
        self.value.set(Some(value.clone()));
        Ok(Some(value))
    }

    /// The own evaluator.
    pub fn function(&self) -> Option<Object> {
        self.evaluator.get()
    }

    /// Takes an evaluator in place of a value.
    fn set_later(&self, evaluator: &Object) {
        self.value.set(None);
        self.evaluator.set(Some(evaluator.clone()));
    }

    /// The evaluator: the own one, or one that gives the known value; None if there is nothing to evaluate.
    pub fn evaluator(&self) -> Object {
        match (self.evaluator.get(), self.value.get()) {
            (Some(evaluator), _) => evaluator,
            (None, Some(value)) => ConstEvaluator::make(value),
            (None, None) => none(),
        }
    }
}

/// The evaluator of a value that is known already.
#[pytype("_ConstEvaluator", module = "_typing", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct ConstEvaluator {
    pub head: Head,
    value: Object,
}

impl ConstEvaluator {
    fn make(value: Object) -> Object {
        instance::alloc_static(ConstEvaluator { head: Head::new(), value }).into_object()
    }
}

#[pymethods]
impl ConstEvaluator {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        Ok(format!("<constevaluator {}>", protocol::repr(vm, &self.value)?))
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        // `annotationlib.Format.STRING`
        const STRING: isize = 4;
        if !args.keywords().is_empty() {
            bail!(vm, TypeError, "constevaluator.__call__() takes no keyword arguments");
        }
        let [format] = args.positional() else {
            let given = args.positional().len();
            bail!(vm, TypeError, "constevaluator.__call__() takes exactly 1 argument ({given} given)");
        };
        if number::as_ssize(vm, format, Some(&crate::exception::types::OverflowError))? != STRING {
            return Ok(self.value.clone());
        }
        let text = match self.value.cast::<Tuple>() {
            Some(parts) => {
                let texts = parts.items().iter().map(|part| type_text(vm, part)).collect::<Result<Vec<_>>>()?;
                format!("({})", texts.join(", "))
            }
            None => type_text(vm, &self.value)?,
        };
        Ok(Str::new(&text).into_object())
    }
}

/// Calls a function of `typing`.
fn typing(vm: &Vm, function: &str, args: &[Object]) -> Result<Object> {
    let module = vm.import("typing")?;
    call::call_method(vm, &module, &vm.intern(function), args)
}

/// The `__module__` of the function that runs: whose type parameter this is.
pub fn caller(vm: &Vm) -> Result<Option<Object>> {
    match frame::current(vm).and_then(frame::Frame::function) {
        Some(function) => attr::getattr_opt(vm, function.as_object(), vm.names().__module__()),
        None => Ok(None),
    }
}

/// Notes the calling module as the `__module__` of a new parameter.
fn note_caller(vm: &Vm, made: &Object) -> Result<()> {
    if let Some(module) = caller(vm)? {
        instance::set(vm, made, vm.names().__module__(), Some(&module))?;
    }
    Ok(())
}

/// `bound=` as it was given: checked to be a type.
fn checked_bound(vm: &Vm, bound: Option<&Object>) -> Result<Option<Object>> {
    let Some(bound) = bound.filter(|b| !b.is(&none())) else { return Ok(None) };
    typing(vm, "_type_check", &[bound.clone(), Str::new("Bound must be a type.").into_object()]).map(Some)
}

/// How type arguments relate to subtyping.
#[derive(Clone, Copy)]
struct Variance {
    covariant: bool,
    contravariant: bool,
    infer: bool,
}

impl Variance {
    const INFERRED: Variance = Variance { covariant: false, contravariant: false, infer: true };

    fn checked(self, vm: &Vm) -> Result<Variance> {
        if self.covariant && self.contravariant {
            bail!(vm, ValueError, "Bivariant types are not supported.");
        }
        if self.infer && (self.covariant || self.contravariant) {
            bail!(vm, ValueError, "Variance cannot be specified with infer_variance.");
        }
        Ok(self)
    }

    fn sign(self) -> &'static str {
        match self {
            Variance { infer: true, .. } => "",
            Variance { covariant: true, .. } => "+",
            Variance { contravariant: true, .. } => "-",
            _ => "~",
        }
    }
}

fn cannot_subclass(vm: &Vm, kind: &str) -> Result<Object> {
    Err(raise!(vm, TypeError, "Cannot subclass an instance of {kind}"))
}

/// `__default__`: the value, or NoDefault.
fn default_of(vm: &Vm, default: &Lazy) -> Result<Object> {
    Ok(default.get(vm)?.unwrap_or_else(no_default))
}

fn has_default(default: &Lazy) -> bool {
    default.evaluator.is_some() || default.value.get().is_some_and(|d| !d.is(&no_default()))
}

/// What `default=` leaves: NoDefault if it was not given.
fn given_default(default: Option<&Object>) -> Lazy {
    Lazy::known(Some(default.cloned().unwrap_or_else(no_default)))
}

/// The methods of a kind of type parameter: those that every kind has, over `name` and `default`, and its own.
macro_rules! type_parameter {
    ($kind:ident $name:literal $($own:tt)*) => {
        #[pymethods]
        impl $kind {
            $($own)*

            #[py("__reduce__()")]
            fn reduce(&self) -> Ref<Str> {
                self.name.clone()
            }

            #[py("has_default()")]
            fn has_default(&self) -> bool {
                has_default(&self.default)
            }

            #[py("__mro_entries__(object, /)")]
            fn mro_entries(&self, vm: &Vm, object: &Object) -> Result<Object> {
                let _ = object;
                cannot_subclass(vm, $name)
            }

            #[getter("__name__")]
            fn get_name(&self) -> Ref<Str> {
                self.name.clone()
            }

            #[getter("__default__")]
            fn get_default(&self, vm: &Vm) -> Result<Object> {
                default_of(vm, &self.default)
            }

            #[getter("evaluate_default")]
            fn evaluate_default(&self) -> Object {
                self.default.evaluator()
            }
        }
    };
}

/// Type variable.
///
/// Made by `TypeVar("T")` or by the type parameter syntax (PEP 695). A type checker takes it for any type within its
/// bound, or for one of its constraints.
#[pytype("TypeVar", module = "typing", flags(HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF))]
pub struct TypeVar {
    pub head: Head,
    name: Ref<Str>,
    bound: Lazy,
    constraints: Lazy,
    default: Lazy,
    #[untraced]
    variance: Variance,
}

impl TypeVar {
    fn inferred(vm: &Vm, name: &Ref<Str>, bound: Lazy, constraints: Lazy) -> Result<Object> {
        let (default, variance) = (Lazy::known(None), Variance::INFERRED);
        let head = Head::new();
        let body = TypeVar { head, name: name.clone(), bound, constraints, default, variance };
        Ok(instance::alloc(vm, TypeVar::class(), body)?.into_object())
    }
}

type_parameter! { TypeVar "TypeVar"

    #[slot(
        "typevar(name, *constraints, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)",
        notext
    )]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        name: &Ref<Str>,
        constraints: &[Object],
        bound: Option<&Object>,
        default: Option<&Object>,
        covariant: bool,
        contravariant: bool,
        infer_variance: bool,
    ) -> Result<Object> {
        let variance = Variance { covariant, contravariant, infer: infer_variance }.checked(vm)?;
        let bound = checked_bound(vm, bound)?;
        if constraints.len() == 1 {
            bail!(vm, TypeError, "A single constraint is not allowed");
        }
        if !constraints.is_empty() && bound.is_some() {
            bail!(vm, TypeError, "Constraints cannot be combined with bound=...");
        }
        let constraints = match constraints {
            [] => None,
            many => Some(Tuple::try_from_slice(vm, many)?.into_object()),
        };
        let body = TypeVar {
            head: Head::new(),
            name: name.clone(),
            bound: Lazy::known(bound),
            constraints: Lazy::known(constraints),
            default: given_default(default),
            variance,
        };
        let made = instance::alloc(vm, cls, body)?.into_object();
        note_caller(vm, &made)?;
        Ok(made)
    }

    #[slot]
    fn repr(&self) -> String {
        format!("{}{}", self.variance.sign(), self.name.to_string_lossy())
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Union::of_arguments(vm, &[a.clone(), b.clone()])
    }

    #[py("__typing_subst__(arg, /)")]
    fn typing_subst(this: &Ref<Self>, vm: &Vm, arg: &Object) -> Result<Object> {
        typing(vm, "_typevar_subst", &[this.to_object(), arg.clone()])
    }

    #[py("__typing_prepare_subst__(alias, args, /)")]
    fn typing_prepare_subst(this: &Ref<Self>, vm: &Vm, alias: &Object, args: &Object) -> Result<Object> {
        let parameters = attr::getattr(vm, alias, vm.names().__parameters__())?;
        let given = protocol::len(vm, args)?;
        let at = sequence::index_of(vm, &parameters, this.as_object())?;
        if at < given {
            return Ok(args.clone());
        }
        let default = default_of(vm, &this.default)?;
        if at > given || default.is(&no_default()) {
            let shown = protocol::str(vm, alias)?;
            bail!(vm, TypeError, "Too few arguments for {shown}; actual {given}, expected at least {}", at + 1);
        }
        let mut args = iter::to_vec(vm, args)?;
        args.push(default);
        Ok(Tuple::from_vec(vm, args)?.into_object())
    }

    #[getter("__bound__")]
    fn get_bound(&self, vm: &Vm) -> Result<Object> {
        Ok(self.bound.get(vm)?.unwrap_or_else(none))
    }

    #[getter("__constraints__")]
    fn get_constraints(&self, vm: &Vm) -> Result<Object> {
        Ok(self.constraints.get(vm)?.unwrap_or_else(|| Tuple::empty().into_object()))
    }

    #[getter("evaluate_bound")]
    fn evaluate_bound(&self) -> Object {
        self.bound.evaluator()
    }

    #[getter("evaluate_constraints")]
    fn evaluate_constraints(&self) -> Object {
        self.constraints.evaluator()
    }

    #[getter("__covariant__")]
    fn get_covariant(&self) -> bool {
        self.variance.covariant
    }

    #[getter("__contravariant__")]
    fn get_contravariant(&self) -> bool {
        self.variance.contravariant
    }

    #[getter("__infer_variance__")]
    fn get_infer_variance(&self) -> bool {
        self.variance.infer
    }
}

/// Parameter specification (PEP 612): stands for the parameters of a callable.
///
/// >>> Parameters = ParamSpec('Parameters')
/// >>> Parameters.args, Parameters.kwargs
/// (Parameters.args, Parameters.kwargs)
#[pytype("ParamSpec", module = "typing", flags(HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF))]
pub struct ParamSpec {
    pub head: Head,
    name: Ref<Str>,
    bound: Option<Object>,
    default: Lazy,
    #[untraced]
    variance: Variance,
}

type_parameter! { ParamSpec "ParamSpec"

    #[slot(
        "paramspec(name, *, bound=None, default=typing.NoDefault, covariant=False, contravariant=False, infer_variance=False)",
        notext
    )]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        name: &Ref<Str>,
        bound: Option<&Object>,
        default: Option<&Object>,
        covariant: bool,
        contravariant: bool,
        infer_variance: bool,
    ) -> Result<Object> {
        let variance = Variance { covariant, contravariant, infer: infer_variance }.checked(vm)?;
        let bound = bound.filter(|b| !b.is(&none())).cloned();
        let default = given_default(default);
        let body = ParamSpec { head: Head::new(), name: name.clone(), bound, default, variance };
        let made = instance::alloc(vm, cls, body)?.into_object();
        note_caller(vm, &made)?;
        Ok(made)
    }

    #[slot]
    fn repr(&self) -> String {
        format!("{}{}", self.variance.sign(), self.name.to_string_lossy())
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Union::of_arguments(vm, &[a.clone(), b.clone()])
    }

    #[py("__typing_subst__(arg, /)")]
    fn typing_subst(this: &Ref<Self>, vm: &Vm, arg: &Object) -> Result<Object> {
        typing(vm, "_paramspec_subst", &[this.to_object(), arg.clone()])
    }

    #[py("__typing_prepare_subst__(alias, args, /)")]
    fn typing_prepare_subst(this: &Ref<Self>, vm: &Vm, alias: &Object, args: &Object) -> Result<Object> {
        typing(vm, "_paramspec_prepare_subst", &[this.to_object(), alias.clone(), args.clone()])
    }

    #[getter("__bound__")]
    fn get_bound(&self) -> Object {
        self.bound.clone().unwrap_or_else(none)
    }

    #[getter("__covariant__")]
    fn get_covariant(&self) -> bool {
        self.variance.covariant
    }

    #[getter("__contravariant__")]
    fn get_contravariant(&self) -> bool {
        self.variance.contravariant
    }

    #[getter("__infer_variance__")]
    fn get_infer_variance(&self) -> bool {
        self.variance.infer
    }

    /// Represents positional arguments.
    #[getter("args")]
    fn get_args(this: &Ref<Self>) -> Object {
        let origin = this.to_object();
        instance::alloc_static(ParamSpecArgs { head: Head::new(), origin }).into_object()
    }

    /// Represents keyword arguments.
    #[getter("kwargs")]
    fn get_kwargs(this: &Ref<Self>) -> Object {
        let origin = this.to_object();
        instance::alloc_static(ParamSpecKwargs { head: Head::new(), origin }).into_object()
    }
}

/// `P.args` and `P.kwargs`.
macro_rules! part_of_paramspec {
    ($kind:ident $name:literal $maker:literal $part:literal $doc:literal) => {
        #[doc = $doc]
        #[pytype($name, module = "typing", flags(HAVE_GC, MANAGED_WEAKREF))]
        pub struct $kind {
            pub head: Head,
            origin: Object,
        }

        #[pymethods]
        impl $kind {
            #[slot($maker, notext)]
            fn new(cls: &Ref<Type>, vm: &Vm, origin: &Object) -> Result<Object> {
                Ok(instance::alloc(vm, cls, $kind { head: Head::new(), origin: origin.clone() })?.into_object())
            }

            #[slot]
            fn repr(&self, vm: &Vm) -> Result<String> {
                Ok(match self.origin.cast_exact::<ParamSpec>() {
                    Some(origin) => format!(concat!("{}.", $part), origin.name.to_string_lossy()),
                    None => format!(concat!("{}.", $part), protocol::repr(vm, &self.origin)?),
                })
            }

            #[slot]
            fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
                match other.cast::<$kind>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) {
                    Some(other) => protocol::compare(vm, &self.origin, &other.origin, op),
                    None => not_implemented(vm),
                }
            }

            #[py("__mro_entries__(object, /)")]
            fn mro_entries(&self, vm: &Vm, object: &Object) -> Result<Object> {
                let _ = object;
                cannot_subclass(vm, $name)
            }

            #[getter("__origin__")]
            fn get_origin(&self) -> Object {
                self.origin.clone()
            }
        }
    };
}
part_of_paramspec! { ParamSpecArgs "ParamSpecArgs" "paramspecargs(origin)" "args" "The positional arguments of a ParamSpec: `P.args`.\n\n>>> P = ParamSpec('P')\n>>> P.args.__origin__ is P\nTrue" }
part_of_paramspec! { ParamSpecKwargs "ParamSpecKwargs" "paramspeckwargs(origin)" "kwargs" "The keyword arguments of a ParamSpec: `P.kwargs`.\n\n>>> P = ParamSpec('P')\n>>> P.kwargs.__origin__ is P\nTrue" }

/// Type variable tuple (PEP 646): stands for any number of types.
#[pytype("TypeVarTuple", module = "typing", flags(HAVE_GC, MANAGED_DICT, MANAGED_WEAKREF))]
pub struct TypeVarTuple {
    pub head: Head,
    name: Ref<Str>,
    default: Lazy,
}

type_parameter! { TypeVarTuple "TypeVarTuple"

    #[slot("typevartuple(name, *, default=typing.NoDefault)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, name: &Ref<Str>, default: Option<&Object>) -> Result<Object> {
        let body = TypeVarTuple { head: Head::new(), name: name.clone(), default: given_default(default) };
        let made = instance::alloc(vm, cls, body)?.into_object();
        note_caller(vm, &made)?;
        Ok(made)
    }

    #[slot]
    fn repr(&self) -> Ref<Str> {
        self.name.clone()
    }

    #[slot]
    fn iter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        unpacked_iter(vm, this.as_object())
    }

    #[py("__typing_subst__(arg, /)")]
    fn typing_subst(&self, vm: &Vm, arg: &Object) -> Result<Object> {
        let _ = arg;
        Err(raise!(vm, TypeError, "Substitution of bare TypeVarTuple is not supported"))
    }

    #[py("__typing_prepare_subst__(alias, args, /)")]
    fn typing_prepare_subst(this: &Ref<Self>, vm: &Vm, alias: &Object, args: &Object) -> Result<Object> {
        typing(vm, "_typevartuple_prepare_subst", &[this.to_object(), alias.clone(), args.clone()])
    }
}

/// `typing.Unpack[object]`.
fn unpacked(vm: &Vm, object: &Object) -> Result<Object> {
    let unpack = attr::getattr(vm, &vm.import("typing")?, &vm.intern("Unpack"))?;
    protocol::getitem(vm, &unpack, object)
}

/// What `*object` gives in a subscript: an iterator over the one unpacked item.
pub fn unpacked_iter(vm: &Vm, object: &Object) -> Result<Object> {
    iter::get_iter(vm, Tuple::from_slice(&[unpacked(vm, object)?]).as_object())
}

/// The parameters with each TypeVarTuple among them unpacked.
pub fn unpack_tuples(vm: &Vm, parameters: &Tuple) -> Result<Ref<Tuple>> {
    let items = parameters.items().iter().map(|parameter| match parameter.is_instance_of::<TypeVarTuple>() {
        true => unpacked(vm, parameter),
        false => Ok(parameter.clone()),
    });
    Tuple::from_vec(vm, items.collect::<Result<Vec<_>>>()?)
}

/// The default of a type parameter; an error for other objects.
fn default_field<'a>(vm: &Vm, parameter: &'a Object) -> Result<&'a Lazy> {
    if let Some(p) = parameter.cast::<TypeVar>() {
        Ok(&p.default)
    } else if let Some(p) = parameter.cast::<ParamSpec>() {
        Ok(&p.default)
    } else if let Some(p) = parameter.cast::<TypeVarTuple>() {
        Ok(&p.default)
    } else {
        Err(raise!(vm, TypeError, "Expected a type param, got {}", protocol::repr(vm, parameter)?))
    }
}

/// Whether a type parameter has a default.
pub fn parameter_has_default(vm: &Vm, parameter: &Object) -> Result<bool> {
    default_field(vm, parameter).map(has_default)
}

/// Abstract base class for generic types.
///
/// A class is generic when it has type parameters: `class Mapping[K, V]: ...`, or bases such as `Generic[K, V]`.
#[pytype("Generic", module = "typing", flags(SHOWN_AS_HEAP, BASETYPE))]
pub struct Generic {
    pub head: Head,
}

#[pymethods]
impl Generic {
    /// Parameterizes a generic class.
    #[py(raw, "__class_getitem__", classmethod, notext)]
    fn class_getitem(vm: &Vm, args: Args<'_>) -> Result<Object> {
        forward(vm, "_generic_class_getitem", args)
    }

    /// Function to initialize subclasses.
    #[py(raw, "__init_subclass__", classmethod, notext)]
    fn init_subclass(vm: &Vm, args: Args<'_>) -> Result<Object> {
        forward(vm, "_generic_init_subclass", args)
    }
}

/// Passes a call on to a function of `typing`.
fn forward(vm: &Vm, function: &str, args: Args<'_>) -> Result<Object> {
    let function = attr::getattr(vm, &vm.import("typing")?, &vm.intern(function))?;
    call::call_args(vm, &function, args)
}

/// Puts `__module__` into the classes: instances without one of their own answer with it.
pub fn init(vm: &Vm) -> Result<()> {
    // Instances of generic classes are made as object makes them.
    Generic::class().slots.new.set(BaseObject::class().slots.new.get());
    Generic::class().flags.set(Generic::class().flags.get() & !flags::DISALLOW_INSTANTIATION);
    let parts = [ParamSpecArgs::class(), ParamSpecKwargs::class(), Generic::class()];
    for class in [TypeVar::class(), ParamSpec::class(), TypeVarTuple::class()].into_iter().chain(parts) {
        class.own_dict().set_name(vm, vm.names().__module__(), vm.names().typing().to_object())?;
    }
    Ok(())
}

fn name_of<'a>(vm: &Vm, name: &'a Object) -> Result<&'a Ref<Str>> {
    name.cast::<Str>().ok_or_else(|| raise!(vm, SystemError, "a type parameter's name is not a str"))
}

/// INTRINSIC_TYPEVAR and its like with a bound or constraints, which are evaluators.
pub fn make_typevar(vm: &Vm, name: &Object, bound: Option<&Object>, constraints: Option<&Object>) -> Result<Object> {
    let lazy = |evaluator: Option<&Object>| evaluator.map_or_else(|| Lazy::known(None), Lazy::later);
    TypeVar::inferred(vm, name_of(vm, name)?, lazy(bound), lazy(constraints))
}

/// INTRINSIC_PARAMSPEC.
pub fn make_paramspec(vm: &Vm, name: &Object) -> Result<Object> {
    let (name, default) = (name_of(vm, name)?.clone(), Lazy::known(None));
    let body = ParamSpec { head: Head::new(), name, bound: None, default, variance: Variance::INFERRED };
    Ok(instance::alloc(vm, ParamSpec::class(), body)?.into_object())
}

/// INTRINSIC_TYPEVARTUPLE.
pub fn make_typevartuple(vm: &Vm, name: &Object) -> Result<Object> {
    let body = TypeVarTuple { head: Head::new(), name: name_of(vm, name)?.clone(), default: Lazy::known(None) };
    Ok(instance::alloc(vm, TypeVarTuple::class(), body)?.into_object())
}

/// INTRINSIC_SUBSCRIPT_GENERIC: `Generic[parameters]`, the hidden base of `class C[T]`.
pub fn subscript_generic(vm: &Vm, parameters: &Object) -> Result<Object> {
    let Some(parameters) = parameters.cast::<Tuple>() else {
        bail!(vm, SystemError, "SUBSCRIPT_GENERIC without a tuple");
    };
    let parameters = unpack_tuples(vm, parameters)?;
    typing(vm, "_GenericAlias", &[Generic::class().to_object(), parameters.into_object()])
}

/// INTRINSIC_SET_TYPEPARAM_DEFAULT.
pub fn set_default(vm: &Vm, parameter: &Object, evaluator: &Object) -> Result<Object> {
    let default = default_field(vm, parameter)?;
    default.set_later(evaluator);
    Ok(parameter.clone())
}
