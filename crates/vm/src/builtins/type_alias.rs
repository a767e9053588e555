//! `typing.TypeAliasType`: what a `type` statement makes (PEP 695).

use super::generic_alias::GenericAlias;
use super::typevar::{self, Lazy};
use super::union::Union;
use crate::object::{attr, instance};
use crate::prelude::*;
use crate::protocol::object as protocol;

/// Type alias.
///
/// Made by the `type` statement; its value is evaluated when it is first asked for.
#[pytype("TypeAliasType", module = "typing", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct TypeAlias {
    pub head: Head,
    name: Ref<Str>,
    parameters: Option<Ref<Tuple>>,
    value: Lazy,
    module: Option<Object>,
}

/// Refuses parameters that are none, and those without a default after one with a default.
fn check_parameters(vm: &Vm, parameters: &Tuple) -> Result<()> {
    let mut seen = false;
    for parameter in parameters.items() {
        let has = typevar::parameter_has_default(vm, parameter)?;
        if seen && !has {
            let text = protocol::repr(vm, parameter)?;
            bail!(vm, TypeError, "non-default type parameter '{text}' follows default type parameter");
        }
        seen |= has;
    }
    Ok(())
}

/// INTRINSIC_TYPEALIAS: (name, type parameters or None, evaluator of the value).
pub fn make(vm: &Vm, parts: &Object) -> Result<Object> {
    let parts = parts.cast::<Tuple>().map(|p| p.items());
    let Some([name, parameters, value]) = parts else { bail!(vm, SystemError, "TYPEALIAS without three parts") };
    let Some(name) = name.cast::<Str>() else { bail!(vm, SystemError, "a type alias without a name") };
    let body = TypeAlias {
        head: Head::new(),
        name: name.clone(),
        parameters: parameters.cast::<Tuple>().cloned(),
        value: Lazy::later(value),
        module: None,
    };
    Ok(instance::alloc_static(body).into_object())
}

#[pymethods]
impl TypeAlias {
    #[slot("typealias(name, value, *, type_params=())", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, name: &Ref<Str>, value: &Object, type_params: Option<&Object>) -> Result<Object> {
        let parameters = match type_params.map(|p| p.cast::<Tuple>()) {
            None => None,
            Some(None) => bail!(vm, TypeError, "type_params must be a tuple"),
            Some(Some(parameters)) => {
                check_parameters(vm, parameters)?;
                Some(parameters.clone()).filter(|p| !p.is_empty())
            }
        };
        let module = typevar::caller(vm)?;
        let value = Lazy::known(Some(value.clone()));
        let body = TypeAlias { head: Head::new(), name: name.clone(), parameters, value, module };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn repr(&self) -> Ref<Str> {
        self.name.clone()
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        Union::either(vm, a, b)
    }

    #[slot]
    fn iter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        typevar::unpacked_iter(vm, this.as_object())
    }

    #[slot]
    fn subscript(this: &Ref<Self>, vm: &Vm, key: &Object) -> Result<Object> {
        if this.parameters.is_none() {
            bail!(vm, TypeError, "Only generic type aliases are subscriptable");
        }
        GenericAlias::make(vm, this.as_object(), key)
    }

    #[py("__reduce__()")]
    fn reduce(&self) -> Ref<Str> {
        self.name.clone()
    }

    #[getter("__name__")]
    fn get_name(&self) -> Ref<Str> {
        self.name.clone()
    }

    #[getter("__value__")]
    fn get_value(&self, vm: &Vm) -> Result<Object> {
        Ok(self.value.get(vm)?.unwrap_or_else(none))
    }

    #[getter("evaluate_value")]
    fn evaluate_value(&self) -> Object {
        self.value.evaluator()
    }

    #[getter("__type_params__")]
    fn get_type_params(&self) -> Ref<Tuple> {
        self.parameters.clone().unwrap_or_else(Tuple::empty)
    }

    #[getter("__parameters__")]
    fn get_parameters(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        match &self.parameters {
            Some(parameters) => typevar::unpack_tuples(vm, parameters),
            None => Ok(Tuple::empty()),
        }
    }

    /// The module where the alias was made.
    #[getter("__module__")]
    fn get_module(&self, vm: &Vm) -> Result<Object> {
        if let Some(module) = &self.module {
            return Ok(module.clone());
        }
        match self.value.function() {
            Some(function) => attr::getattr(vm, &function, vm.names().__module__()),
            None => Ok(none()),
        }
    }
}
