//! The built-in types: one file or folder each, and one line in the list below.

pub mod bool_;
pub mod bound;
pub mod bytearray;
pub mod bytes;
pub mod capsule;
pub mod complex;
pub mod descriptors;
pub mod dict;
pub mod float;
pub mod generic_alias;
pub mod int;
pub mod iterators;
pub mod list;
pub mod lockstep;
pub mod memoryview;
pub mod module;
pub mod namespace;
pub mod none;
pub mod object;
pub mod range;
pub mod set;
pub mod slice;
pub mod str;
pub mod structseq;
pub mod super_;
pub mod template;
pub mod tuple;
pub mod type_;
pub mod type_alias;
pub mod typevar;
pub mod union;
pub mod weakref;

use crate::context::Vm;
use crate::error::Result;
use crate::frame;
use crate::native;
use crate::object::{PyType, Type};
use heap::{Object, Ref};

macro_rules! types {
    ($($kind:ty $(= $name:literal)?,)*) => {
        /// Moves every built-in type into its static: instances can be allocated after it.
        pub fn place_all() {
            $(<$kind>::place_type();)*
        }

        /// Makes every built-in type ready, bases before subclasses.
        pub fn init_all(vm: &Vm) -> Result<()> {
            $(<$kind>::init_type(vm)?;)*
            frame::generator::set_dealloc();
            Ok(())
        }

        /// The types that stand in `builtins` under their names.
        pub fn public() -> Vec<(&'static str, Ref<Type>)> {
            let mut list = Vec::with_capacity(64);
            $($(list.push(($name, <$kind>::class().clone()));)?)*
            list
        }
    };
}
types! {
    object::BaseObject = "object", Type = "type", int::Int = "int", bool_::Bool = "bool", float::Float = "float",
    complex::Complex = "complex", str::Str = "str", bytes::Bytes = "bytes", tuple::Tuple = "tuple", list::List = "list",
    dict::Dict = "dict", set::Set = "set", set::FrozenSet = "frozenset", set::SetIter, range::Range = "range", range::RangeIter, range::LongRangeIter,
    slice::Slice = "slice",
    none::NoneType, none::NotImplementedType, none::Ellipsis, module::Module,
    descriptors::Property = "property", descriptors::ClassMethod = "classmethod", descriptors::StaticMethod = "staticmethod",
    super_::Super = "super", bound::BoundMethod,
    native::BuiltinFunction, native::MethodDescr, native::ClassMethodDescr, native::GetSetDescr, native::MemberDescr,
    native::WrapperDescr, native::MethodWrapper,
    dict::DictKeys, dict::DictValues, dict::DictItems, dict::DictIter, dict::DictProxy,
    list::ListIter, list::ListReverseIter, tuple::TupleIter, str::StrIter, str::StrAsciiIter, bytes::BytesIter,
    bytearray::ByteArray = "bytearray", bytearray::ByteArrayIter,
    iterators::SequenceIter, iterators::CallableIter, iterators::Enumerate = "enumerate", lockstep::Zip = "zip",
    lockstep::Map = "map", iterators::Filter = "filter", iterators::Reversed = "reversed",
    capsule::Capsule, namespace::SimpleNamespace, generic_alias::GenericAlias, generic_alias::GenericAliasIter,
    union::Union, none::NoDefaultType, typevar::ConstEvaluator, typevar::TypeVar, typevar::ParamSpec, typevar::ParamSpecArgs,
    typevar::ParamSpecKwargs, typevar::TypeVarTuple, typevar::Generic, type_alias::TypeAlias, template::Template,
    template::TemplateIter, template::Interpolation, memoryview::MemoryView = "memoryview", memoryview::MemoryIter, weakref::WeakRef, weakref::Proxy, weakref::CallableProxy,
    frame::code::Code, frame::function::Function, frame::cell::Cell, frame::object::FrameObject, frame::locals::FrameLocalsProxy, frame::namespace::BuiltinsMapping,
    frame::traceback::Traceback, frame::generator::Generator, frame::generator::Coroutine, frame::generator::AsyncGenerator,
    frame::generator::CoroutineWrapper, frame::asyncgen::WrappedValue, frame::asyncgen::ASend,
    frame::asyncgen::AThrow, frame::asyncgen::AnextAwaitable,
}

/// The object for a constant of a code object.
pub fn from_const(vm: &Vm, value: &bytecode::Const) -> Result<Object> {
    use bytecode::Const;
    let all = |items: &[Const]| items.iter().map(|c| from_const(vm, c)).collect::<Result<Vec<_>>>();
    Ok(match value {
        Const::None => none::none(),
        Const::Bool(b) => bool_::object(*b),
        Const::Ellipsis => none::ellipsis(),
        Const::Int(i) => int::Int::from_big(vm, i.clone())?,
        Const::Float(f) => float::Float::from_f64(*f),
        Const::Complex(re, im) => complex::Complex::make(*re, *im),
        Const::Str(s) => {
            let text = str::Str::from_wtf8(vm, s)?;
            // Constants that look like names are interned, as CPython does.
            if text.is_ascii()
                && text.len() <= 4096
                && text.as_ascii().is_some_and(|t| t.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()))
            {
                vm.intern_ref(&text).into_object()
            } else {
                text.into_object()
            }
        }
        Const::Bytes(b) => bytes::Bytes::new(b).into_object(),
        Const::Tuple(items) => tuple::Tuple::from_slice(&all(items)?).into_object(),
        Const::FrozenSet(items) => set::FrozenSet::from_items(vm, all(items)?)?,
        Const::Slice(parts) => {
            let parts = all(&parts[..])?;
            slice::Slice::make(&parts[0], &parts[1], &parts[2])
        }
        Const::Code(code) => frame::code::Code::from_data(vm, code)?.into_object(),
    })
}
