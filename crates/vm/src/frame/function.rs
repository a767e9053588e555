//! Functions.

use super::call;
use super::cell::Cell as CellObject;
use super::code::Code;
use crate::builtins::bound::BoundMethod;
use crate::object::{instance, type_name};
use crate::prelude::*;
use crate::protocol::object as protocol;
use std::cell::Cell;

/// Create a function object.
///
///   code
///     a code object
///   globals
///     the globals dictionary
///   name
///     a string that overrides the name from the code object
///   argdefs
///     a tuple that specifies the default argument values
///   closure
///     a tuple that supplies the bindings for free variables
///   kwdefaults
///     a dictionary that specifies the default keyword argument values
#[pytype("function", flags(HAVE_GC, METHOD_DESCRIPTOR, MANAGED_WEAKREF))]
pub struct Function {
    pub head: Head,
    /// Garbage may be called yet, by a weak reference's callback.
    #[kept]
    pub code: Field<Ref<Code>>,
    pub globals: Ref<Dict>,
    pub builtins: Ref<Dict>,
    pub name: Field<Ref<Str>>,
    pub qualname: Field<Ref<Str>>,
    pub defaults: Field<Ref<Tuple>>,
    pub kwdefaults: Field<Ref<Dict>>,
    pub closure: Field<Ref<Tuple>>,
    pub doc: Field<Object>,
    pub dict: Field<Ref<Dict>>,
    pub module: Field<Object>,
    pub annotations: Field<Object>,
    pub annotate: Field<Object>,
    pub type_params: Field<Object>,
    /// Stands for code, defaults and closure as they are; 0 when none was asked for since a change.
    pub version: Cell<u32>,
}

impl Function {
    /// A function of a code object in these globals.
    pub fn make(vm: &Vm, code: &Ref<Code>, globals: &Ref<Dict>) -> Ref<Function> {
        let builtins = builtins_of(vm, globals);
        let doc = if code.flags.has(bytecode::CodeFlags::HAS_DOCSTRING) { code.consts.first().cloned() } else { None };
        let module = globals.get_name(vm.names().__name__());
        instance::alloc_static(Function {
            head: Head::new(),
            code: Field::some(code.clone()),
            globals: globals.clone(),
            builtins,
            name: Field::some(code.name.clone()),
            qualname: Field::some(code.qualname.clone()),
            defaults: Field::empty(),
            kwdefaults: Field::empty(),
            closure: Field::empty(),
            doc: Field::new(doc),
            dict: Field::empty(),
            module: Field::new(module),
            annotations: Field::empty(),
            annotate: Field::empty(),
            type_params: Field::empty(),
            version: Cell::new(0),
        })
    }

    /// The code; a function always has one.
    #[inline(always)]
    pub fn code(&self) -> Ref<Code> {
        self.code.get().expect("a function has code")
    }

    /// Its `__dict__`, made if need be.
    pub fn attributes(&self) -> Ref<Dict> {
        if let Some(dict) = self.dict.get() {
            return dict;
        }
        let dict = Dict::empty();
        self.dict.set(Some(dict.clone()));
        dict
    }

    pub fn set_attributes(&self, dict: &Ref<Dict>) {
        self.dict.set(Some(dict.clone()));
    }

    /// Runs the body of a class statement in `namespace`; gives what it returns (the `__class__` cell or None).
    pub fn call_class_body(&self, vm: &Vm, namespace: &Object) -> Result<Object> {
        call::run_in_namespace(vm, &Ref::of(self), namespace)
    }

    /// The function's version, made if there is none.
    pub fn version(&self, vm: &Vm) -> u32 {
        if self.version.get() == 0 {
            self.version.set(vm.interp().next_function_version());
        }
        self.version.get()
    }
}

/// The builtins that code with these globals sees: `__builtins__`, a module or a dict.
pub fn builtins_of(vm: &Vm, globals: &Dict) -> Ref<Dict> {
    match globals.get_name(vm.names().__builtins__()) {
        Some(found) => super::namespace::from_object(&found),
        None => vm.interp().builtins.get().unwrap_or_else(Dict::empty),
    }
}

#[pymethods]
impl Function {
    #[slot("(code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)")]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        code: &Ref<Code>,
        globals: &Ref<Dict>,
        name: Option<&Object>,
        argdefs: Option<&Object>,
        closure: Option<&Object>,
        kwdefaults: Option<&Object>,
    ) -> Result<Object> {
        let _ = cls;
        let function = Function::make(vm, code, globals);
        match name {
            None => {}
            Some(name) => match name.cast::<Str>() {
                Some(text) => function.name.set(Some(text.clone())),
                None => bail!(vm, TypeError, "arg 3 (name) must be None or string"),
            },
        }
        match argdefs {
            None => {}
            Some(defaults) => match defaults.cast::<Tuple>() {
                Some(defaults) => function.defaults.set(Some(defaults.clone())),
                None => bail!(vm, TypeError, "arg 4 (defaults) must be None or tuple"),
            },
        }
        let wanted = code.nfree as usize;
        match closure.map(|c| (c, c.cast::<Tuple>())) {
            None if wanted > 0 => bail!(vm, TypeError, "arg 5 (closure) must be tuple"),
            None => {}
            Some((_, None)) => bail!(vm, TypeError, "arg 5 (closure) must be None or tuple"),
            Some((_, Some(cells))) => {
                if cells.len() != wanted {
                    bail!(vm, ValueError, "{} requires closure of length {wanted}, not {}", code.name, cells.len());
                }
                for cell in cells.items() {
                    if cell.cast::<CellObject>().is_none() {
                        bail!(vm, TypeError, "arg 5 (closure) expected cell, found {}", type_name(cell));
                    }
                }
                function.closure.set((wanted > 0).then(|| cells.clone()));
            }
        }
        match kwdefaults {
            None => {}
            Some(defaults) => match defaults.cast::<Dict>() {
                Some(defaults) => function.kwdefaults.set(Some(defaults.clone())),
                None => bail!(vm, TypeError, "arg 6 (kwdefaults) must be None or dict"),
            },
        }
        Ok(function.into_object())
    }

    #[slot]
    fn call(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        call::call_function(vm, this, args)
    }

    #[slot]
    fn descr_get(this: &Ref<Self>, object: Option<&Object>, _kind: Option<&Object>) -> Object {
        match object {
            None => this.to_object(),
            Some(object) => BoundMethod::make(this.as_object(), object),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let name = this.qualname.get().map(|n| n.to_string()).unwrap_or_default();
        format!("<function {name} at {:#x}>", protocol::address(this.as_object()))
    }

    #[getter("__code__")]
    fn get_code(&self) -> Ref<Code> {
        self.code()
    }

    #[setter("__code__")]
    fn set_code(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(code) = value.and_then(|v| v.cast::<Code>()) else {
            bail!(vm, TypeError, "__code__ must be set to a code object");
        };
        let cells = self.closure.get().map_or(0, |c| c.len());
        if code.nfree as usize != cells {
            let name = self.name.get().map(|n| n.to_string()).unwrap_or_default();
            bail!(vm, ValueError, "{name}() requires a code object with {cells} free vars, not {}", code.nfree);
        }
        self.version.set(0);
        self.code.set(Some(code.clone()));
        Ok(())
    }

    #[getter("__globals__")]
    fn get_globals(&self) -> Ref<Dict> {
        self.globals.clone()
    }

    #[getter("__builtins__")]
    fn get_builtins(&self) -> Object {
        super::namespace::to_object(&self.builtins)
    }

    #[getter("__closure__")]
    fn get_closure(&self) -> Option<Ref<Tuple>> {
        self.closure.get()
    }

    #[getter("__name__")]
    fn get_name(&self) -> Option<Ref<Str>> {
        self.name.get()
    }

    #[setter("__name__")]
    fn set_name(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value.and_then(|v| v.cast::<Str>()) {
            Some(name) => {
                self.name.set(Some(name.clone()));
                Ok(())
            }
            None => Err(raise!(vm, TypeError, "__name__ must be set to a string object")),
        }
    }

    #[getter("__qualname__")]
    fn get_qualname(&self) -> Option<Ref<Str>> {
        self.qualname.get()
    }

    #[setter("__qualname__")]
    fn set_qualname(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value.and_then(|v| v.cast::<Str>()) {
            Some(name) => {
                self.qualname.set(Some(name.clone()));
                Ok(())
            }
            None => Err(raise!(vm, TypeError, "__qualname__ must be set to a string object")),
        }
    }

    #[getter("__defaults__")]
    fn get_defaults(&self) -> Option<Ref<Tuple>> {
        self.defaults.get()
    }

    #[setter("__defaults__")]
    fn set_defaults(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let defaults = match value.filter(|v| !v.is(&none())) {
            None => None,
            Some(value) => match value.cast::<Tuple>() {
                Some(tuple) => Some(tuple.clone()),
                None => bail!(vm, TypeError, "__defaults__ must be set to a tuple object"),
            },
        };
        self.version.set(0);
        self.defaults.set(defaults);
        Ok(())
    }

    #[getter("__kwdefaults__")]
    fn get_kwdefaults(&self) -> Option<Ref<Dict>> {
        self.kwdefaults.get()
    }

    #[setter("__kwdefaults__")]
    fn set_kwdefaults(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let defaults = match value.filter(|v| !v.is(&none())) {
            None => None,
            Some(value) => match value.cast::<Dict>() {
                Some(dict) => Some(dict.clone()),
                None => bail!(vm, TypeError, "__kwdefaults__ must be set to a dict object"),
            },
        };
        self.version.set(0);
        self.kwdefaults.set(defaults);
        Ok(())
    }

    #[getter("__doc__")]
    fn get_doc(&self) -> Option<Object> {
        self.doc.get()
    }

    #[setter("__doc__")]
    fn set_doc(&self, value: Option<&Object>) -> Result<()> {
        self.doc.set(value.cloned());
        Ok(())
    }

    #[getter("__module__")]
    fn get_module(&self) -> Option<Object> {
        self.module.get()
    }

    #[setter("__module__")]
    fn set_module(&self, value: Option<&Object>) -> Result<()> {
        self.module.set(value.cloned());
        Ok(())
    }

    #[getter("__dict__")]
    fn get_dict(&self) -> Ref<Dict> {
        self.attributes()
    }

    #[setter("__dict__")]
    fn set_dict(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            None => Err(raise!(vm, TypeError, "cannot delete __dict__")),
            Some(value) => match value.cast::<Dict>() {
                Some(dict) => {
                    self.set_attributes(dict);
                    Ok(())
                }
                None => {
                    Err(raise!(vm, TypeError, "__dict__ must be set to a dictionary, not a '{}'", type_name(value)))
                }
            },
        }
    }

    /// Get the code object for a function.
    #[getter("__annotate__")]
    fn get_annotate(&self) -> Option<Object> {
        self.annotate.get()
    }

    #[setter("__annotate__")]
    fn set_annotate(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            None => Err(raise!(vm, TypeError, "__annotate__ cannot be deleted")),
            Some(value) if value.is(&none()) => {
                self.annotate.set(None);
                Ok(())
            }
            Some(value) if crate::protocol::call::is_callable(value) => {
                self.annotate.set(Some(value.clone()));
                self.annotations.set(None);
                Ok(())
            }
            Some(_) => Err(raise!(vm, TypeError, "__annotate__ must be callable or None")),
        }
    }

    /// Dict of annotations in a function object.
    #[getter("__annotations__")]
    fn get_annotations(&self, vm: &Vm) -> Result<Object> {
        if let Some(found) = self.annotations.get() {
            return Ok(found);
        }
        let made = match self.annotate.get() {
            None => Dict::empty().into_object(),
            Some(annotate) => {
                let result = crate::protocol::call::call(vm, &annotate, &[Object::int32(1)])?;
                if result.cast::<Dict>().is_none() {
                    bail!(vm, TypeError, "__annotate__ returned non-dict of type '{}'", type_name(&result));
                }
                result
            }
        };
        self.annotations.set(Some(made.clone()));
        Ok(made)
    }

    #[setter("__annotations__")]
    fn set_annotations(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let new = match value.filter(|v| !v.is(&none())) {
            None => None,
            Some(value) if value.cast::<Dict>().is_some() => Some(value.clone()),
            Some(_) => bail!(vm, TypeError, "__annotations__ must be set to a dict object"),
        };
        self.annotations.set(new);
        self.annotate.set(None);
        Ok(())
    }

    /// Get the declared type parameters for a function.
    #[getter("__type_params__")]
    fn get_type_params(&self) -> Object {
        self.type_params.get().unwrap_or_else(|| Tuple::empty().into_object())
    }

    #[setter("__type_params__")]
    fn set_type_params(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) if value.cast::<Tuple>().is_some() => {
                self.type_params.set(Some(value.clone()));
                Ok(())
            }
            _ => Err(raise!(vm, TypeError, "__type_params__ must be set to a tuple")),
        }
    }
}
