//! `member_descriptor`: members of `__slots__` and of native types. Which attributes of native types are members and
//! which are computed (`getset_descriptor`) introspection shows; the table has it as it is in CPython 3.14.

use super::function::{does_not_apply, qualified, reduce_descr};
use super::{GetSetDef, NativeGetter};
use crate::builtins::structseq;
use crate::object::{instance, type_of};
use crate::prelude::*;

/// Type names with the attributes that are members.
const MEMBERS: &[(&str, &str)] = &[
    ("type", "__basicsize__ __itemsize__ __flags__ __weakrefoffset__ __base__ __dictoffset__"),
    ("async_generator", "ag_running"),
    ("builtin_function_or_method", "__module__"),
    ("classmethod_descriptor", "__objclass__ __name__"),
    ("classmethod", "__func__ __wrapped__"),
    (
        "code",
        "co_argcount co_posonlyargcount co_kwonlyargcount co_stacksize co_flags co_nlocals co_consts co_names co_filename \
         co_name co_qualname co_firstlineno co_linetable co_exceptiontable",
    ),
    ("complex", "real imag"),
    ("ContextVar", "name"),
    ("coroutine", "cr_origin"),
    ("frame", "f_trace_lines"),
    ("function", "__closure__ __globals__ __builtins__"),
    ("getset_descriptor", "__objclass__ __name__"),
    ("member_descriptor", "__objclass__ __name__"),
    ("method_descriptor", "__objclass__ __name__"),
    ("method", "__func__ __self__"),
    ("property", "fget fset fdel"),
    ("range", "start stop step"),
    ("slice", "start stop step"),
    ("staticmethod", "__func__ __wrapped__"),
    ("super", "__thisclass__ __self__ __self_class__"),
    ("traceback", "tb_frame tb_lasti"),
    ("wrapper_descriptor", "__objclass__ __name__"),
    ("GenericAlias", "__origin__ __args__ __unpacked__"),
    ("Interpolation", "value expression conversion format_spec"),
    ("method-wrapper", "__self__"),
    ("Template", "strings interpolations"),
    ("Union", "__args__"),
    ("ReferenceType", "__callback__"),
    ("TypeAliasType", "__name__"),
    ("TypeVar", "__name__ __covariant__ __contravariant__ __infer_variance__"),
    ("TypeVarTuple", "__name__"),
    ("ParamSpec", "__name__ __bound__ __covariant__ __contravariant__ __infer_variance__"),
    ("ParamSpecArgs", "__origin__"),
    ("ParamSpecKwargs", "__origin__"),
    ("BaseException", "__suppress_context__"),
    ("BaseExceptionGroup", "message exceptions"),
    ("AttributeError", "name obj"),
    ("ImportError", "msg name path name_from"),
    ("NameError", "name"),
    ("OSError", "errno strerror filename filename2"),
    ("StopIteration", "value"),
    ("SyntaxError", "msg filename lineno offset text end_lineno end_offset print_file_and_line _metadata"),
    ("UnicodeDecodeError", "encoding object start end reason"),
    ("UnicodeEncodeError", "encoding object start end reason"),
    ("UnicodeTranslateError", "encoding object start end reason"),
    ("SystemExit", "code"),
    ("timedelta", "days seconds microseconds"),
    ("DirEntry", "name path"),
];

/// Whether an attribute of a native type is a member.
pub fn is_member(kind: &str, attribute: &str) -> bool {
    let kind = kind.rsplit('.').next().unwrap_or(kind);
    MEMBERS.iter().any(|(name, members)| *name == kind && members.split(' ').any(|member| member == attribute))
}

/// A `__slots__` member, or a member of a native type.
#[pytype("member_descriptor", doc = "", flags(HAVE_GC))]
pub struct MemberDescr {
    pub head: Head,
    pub owner: Ref<Type>,
    pub name: Ref<Str>,
    #[untraced]
    place: Place,
}

/// How a member is reached.
enum Place {
    /// A slot word of the instance.
    Slot(usize),
    Native(&'static GetSetDef),
    /// A field of a struct sequence.
    Field(&'static structseq::Field, usize),
}

impl MemberDescr {
    pub fn make(owner: &Ref<Type>, name: &Ref<Str>, index: usize) -> Object {
        Self::at(owner, name.clone(), Place::Slot(index))
    }

    /// A member of a native type.
    pub fn native(vm: &Vm, owner: &Ref<Type>, def: &'static GetSetDef) -> Object {
        Self::at(owner, vm.intern(def.name), Place::Native(def))
    }

    /// A field of a struct sequence.
    pub fn field(vm: &Vm, owner: &Ref<Type>, table: &'static structseq::Field, index: usize) -> Object {
        Self::at(owner, vm.intern(table.fields[index].0), Place::Field(table, index))
    }

    fn at(owner: &Ref<Type>, name: Ref<Str>, place: Place) -> Object {
        instance::alloc_static(MemberDescr { head: Head::new(), owner: owner.clone(), name, place }).into_object()
    }

    #[cold]
    fn unset(&self, vm: &Vm, object: &Object) -> Raised {
        let raised = match crate::builtins::type_::full_name(vm, type_of(object)) {
            Ok(kind) => raise!(vm, AttributeError, "'{kind}' object has no attribute '{}'", self.name),
            Err(raised) => return raised,
        };
        vm.set_attribute_context(object, &self.name);
        raised
    }

    /// The function that reads the member of instances of this type, if a native one does.
    pub fn getter_for(&self, kind: &Type) -> Option<NativeGetter> {
        match self.place {
            Place::Native(def) if kind.is_subtype(&self.owner) => def.get,
            _ => None,
        }
    }

    /// Which slot word of the instance it is, for `__slots__` members.
    pub fn slot_index(&self) -> Option<usize> {
        match self.place {
            Place::Slot(index) => Some(index),
            _ => None,
        }
    }
}

#[pymethods]
impl MemberDescr {
    #[slot]
    fn descr_get(this: &Ref<Self>, vm: &Vm, object: Option<&Object>, _kind: Option<&Object>) -> Result<Object> {
        let Some(object) = object else { return Ok(this.to_object()) };
        if !type_of(object).is_subtype(&this.owner) {
            return Err(does_not_apply(vm, &this.name.to_string(), &this.owner, object));
        }
        match this.place {
            Place::Native(def) => def.get.map_or_else(|| Ok(none()), |get| get(vm, object)),
            Place::Field(table, index) => structseq::field(vm, object, table, index),
            Place::Slot(index) => instance::get_slot(object, index).ok_or_else(|| this.unset(vm, object)),
        }
    }

    #[slot]
    fn descr_set(&self, vm: &Vm, object: &Object, value: Option<&Object>) -> Result<()> {
        if !type_of(object).is_subtype(&self.owner) {
            return Err(does_not_apply(vm, &self.name.to_string(), &self.owner, object));
        }
        let index = match self.place {
            Place::Native(GetSetDef { set: Some(set), .. }) => return set(vm, object, value),
            Place::Slot(index) => index,
            _ => bail!(vm, AttributeError, "readonly attribute"),
        };
        let deletes = value.is_none();
        let old = instance::set_slot(object, index, value.cloned());
        if deletes && old.is_none() {
            bail!(vm, AttributeError, "{}", self.name);
        }
        Ok(())
    }

    #[slot]
    fn repr(&self) -> String {
        let owner = structseq::full_name(&self.owner).unwrap_or_else(|| self.owner.tp_name());
        format!("<member '{}' of '{owner}' objects>", self.name)
    }

    #[getter("__name__")]
    fn get_name(&self) -> Object {
        self.name.to_object()
    }

    #[getter("__qualname__")]
    fn qualname(&self, vm: &Vm) -> Result<Object> {
        qualified(vm, &self.owner, &self.name.to_string())
    }

    #[getter("__objclass__")]
    fn objclass(&self) -> Object {
        self.owner.to_object()
    }

    #[getter("__doc__")]
    fn doc(&self) -> Option<&'static str> {
        let doc = match self.place {
            Place::Slot(_) => "",
            Place::Native(def) => def.doc,
            Place::Field(table, index) => table.fields[index].1,
        };
        (!doc.is_empty()).then_some(doc)
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Object {
        reduce_descr(vm, &self.owner, &self.name.to_string())
    }
}
