//! The exception tree: one list.

#![expect(non_upper_case_globals, reason = "the statics have the names of the Python types")]

use super::{
    AttributeError as AttributeErrorBody, BaseException as BaseExceptionBody, BaseExceptionGroup as GroupBody,
    ImportError as ImportErrorBody, NameError as NameErrorBody, OSError as OSErrorBody,
    StopIteration as StopIterationBody, SyntaxError as SyntaxErrorBody, SystemExit as SystemExitBody,
    UnicodeDecodeError as DecodeBody, UnicodeEncodeError as EncodeBody, UnicodeTranslateError as TranslateBody,
};
use crate::builtins::object::BaseObject;
use crate::context::Vm;
use crate::error::Result;
use crate::native::TypeMethods;
use crate::object::{PyType, StaticType, Type, flags, instance, static_type};
use heap::Ref;

macro_rules! tree {
    ($($name:ident($base:ident) $(as $body:ident)? $doc:literal;)*) => {
        $(#[doc = $doc] pub static $name: StaticType = StaticType::new();)*

        /// Every exception type: the static, its name and its base.
        pub static ALL: &[(&StaticType, &str, &StaticType)] = &[$((&$name, stringify!($name), &$base)),*];

        /// Moves all of them into their statics.
        pub fn place_all() {
            BaseExceptionBody::place_type();
            $(place(&$name, $doc, &$base, tree!(@body $($body)?));)*
        }

        /// Makes all of them ready.
        pub fn init_all(vm: &Vm) -> Result<()> {
            BaseExceptionBody::init_with_base(vm, Some(BaseObject::class()))?;
            $(tree!(@init vm, $name, $base $(, $body)?);)*
            super::groups::finish();
            Ok(())
        }
    };
    (@body) => { None };
    (@body $body:ident) => { Some($body::place_type as fn()) };
    (@init $vm:ident, $name:ident, $base:ident) => { init_plain($vm, &$name, stringify!($name), &$base)?; };
    (@init $vm:ident, $name:ident, $base:ident, $body:ident) => { init_with_body::<$body>($vm, &$name, stringify!($name), &$base)?; };
}

pub static BaseException: StaticType = StaticType::new();

tree! {
    BaseExceptionGroup(BaseException) as GroupBody "A combination of multiple unrelated exceptions.";
    GeneratorExit(BaseException) "Request that a generator exit.";
    KeyboardInterrupt(BaseException) "Program interrupted by user.";
    SystemExit(BaseException) as SystemExitBody "Request to exit from the interpreter.";
    Exception(BaseException) "Common base class for all non-exit exceptions.";
    ExceptionGroup(BaseExceptionGroup) "A group of exceptions, itself an Exception.";
    ArithmeticError(Exception) "Base class for arithmetic errors.";
    FloatingPointError(ArithmeticError) "Floating-point operation failed.";
    OverflowError(ArithmeticError) "Result too large to be represented.";
    ZeroDivisionError(ArithmeticError) "Second argument to a division or modulo operation was zero.";
    AssertionError(Exception) "Assertion failed.";
    AttributeError(Exception) as AttributeErrorBody "Attribute not found.";
    BufferError(Exception) "Buffer error.";
    EOFError(Exception) "Read beyond end of file.";
    ImportError(Exception) as ImportErrorBody "Import can't find module, or can't find name in module.";
    ModuleNotFoundError(ImportError) "Module not found.";
    LookupError(Exception) "Base class for lookup errors.";
    IndexError(LookupError) "Sequence index out of range.";
    KeyError(LookupError) "Mapping key not found.";
    MemoryError(Exception) "Out of memory.";
    NameError(Exception) as NameErrorBody "Name not found globally.";
    UnboundLocalError(NameError) "Local name referenced but not bound to a value.";
    OSError(Exception) as OSErrorBody "Base class for I/O related errors.";
    BlockingIOError(OSError) "I/O operation would block.";
    ChildProcessError(OSError) "Child process error.";
    ConnectionError(OSError) "Connection error.";
    BrokenPipeError(ConnectionError) "Broken pipe.";
    ConnectionAbortedError(ConnectionError) "Connection aborted.";
    ConnectionRefusedError(ConnectionError) "Connection refused.";
    ConnectionResetError(ConnectionError) "Connection reset.";
    FileExistsError(OSError) "File already exists.";
    FileNotFoundError(OSError) "File not found.";
    InterruptedError(OSError) "Interrupted by signal.";
    IsADirectoryError(OSError) "Operation doesn't work on directories.";
    NotADirectoryError(OSError) "Operation only works on directories.";
    PermissionError(OSError) "Not enough permissions.";
    ProcessLookupError(OSError) "Process not found.";
    TimeoutError(OSError) "Timeout expired.";
    ReferenceError(Exception) "Weak ref proxy used after referent went away.";
    RuntimeError(Exception) "Unspecified run-time error.";
    NotImplementedError(RuntimeError) "Method or function hasn't been implemented yet.";
    PythonFinalizationError(RuntimeError) "Operation blocked during Python finalization.";
    RecursionError(RuntimeError) "Recursion limit exceeded.";
    StopAsyncIteration(Exception) "Signal the end from iterator.__anext__().";
    StopIteration(Exception) as StopIterationBody "Signal the end from iterator.__next__().";
    SyntaxError(Exception) as SyntaxErrorBody "Invalid syntax.";
    IndentationError(SyntaxError) "Improper indentation.";
    TabError(IndentationError) "Improper mixture of spaces and tabs.";
    _IncompleteInputError(SyntaxError) "incomplete input.";
    SystemError(Exception) "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    TypeError(Exception) "Inappropriate argument type.";
    ValueError(Exception) "Inappropriate argument value (of correct type).";
    UnicodeError(ValueError) "Unicode related error.";
    UnicodeDecodeError(UnicodeError) as DecodeBody "Unicode decoding error.";
    UnicodeEncodeError(UnicodeError) as EncodeBody "Unicode encoding error.";
    UnicodeTranslateError(UnicodeError) as TranslateBody "Unicode translation error.";
    Warning(Exception) "Base class for warning categories.";
    BytesWarning(Warning) "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    DeprecationWarning(Warning) "Base class for warnings about deprecated features.";
    EncodingWarning(Warning) "Base class for warnings about encodings.";
    FutureWarning(Warning) "Base class for warnings about constructs that will change semantically\nin the future.";
    ImportWarning(Warning) "Base class for warnings about probable mistakes in module imports";
    PendingDeprecationWarning(Warning) "Base class for warnings about features which will be deprecated\nin the future.";
    ResourceWarning(Warning) "Base class for warnings about resource usage.";
    RuntimeWarning(Warning) "Base class for warnings about dubious runtime behavior.";
    SyntaxWarning(Warning) "Base class for warnings about dubious syntax.";
    UnicodeWarning(Warning) "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    UserWarning(Warning) "Base class for warnings generated by user code.";
}

/// A type without a body of its own shares its base's; one with a body is placed by it, or shares it as another name.
fn place(this: &'static StaticType, doc: &'static str, base: &'static StaticType, body: Option<fn()>) {
    if let Some(place_type) = body
        && !this.is_ready()
    {
        place_type();
        if this.is_ready() {
            this.get().doc.set(doc);
            return;
        }
    }
    if this.is_ready() {
        return;
    }
    let from = base;
    let (kind, from) = (Type::empty(), from.get());
    kind.base_head.trace.set(from.base_head.trace.get());
    kind.base_head.clear.set(from.base_head.clear.get());
    kind.base_head.dealloc.set(from.base_head.dealloc.get());
    kind.base_head.tracked.set(true);
    kind.base_head.basic_size.set(from.base_head.basic_size.get());
    kind.native.set(from.native.get());
    kind.native_functions.set(from.native_functions.get());
    kind.has_attrs.set(true);
    kind.weak_allowed.set(true);
    kind.doc.set(doc);
    kind.flags.set(
        flags::STATIC_BUILTIN | flags::IMMUTABLETYPE | flags::BASETYPE | flags::HAVE_GC | flags::BASE_EXC_SUBCLASS,
    );
    this.place(kind);
}

fn init_plain(vm: &Vm, this: &'static StaticType, name: &'static str, base: &'static StaticType) -> Result<Ref<Type>> {
    init_named(vm, this, name, base, |_| {}, &[], &[])
}

fn init_with_body<B: PyType + TypeMethods>(
    vm: &Vm,
    this: &'static StaticType,
    name: &'static str,
    base: &'static StaticType,
) -> Result<Ref<Type>> {
    init_named(vm, this, name, base, B::fill_slots, B::METHODS, B::GETSETS)
}

fn init_named(
    vm: &Vm,
    this: &'static StaticType,
    name: &'static str,
    base: &'static StaticType,
    fill: fn(&crate::object::Slots),
    methods: &'static [crate::native::MethodDef],
    getsets: &'static [crate::native::GetSetDef],
) -> Result<Ref<Type>> {
    let this = this.get();
    let all = |slots: &crate::object::Slots| {
        fill(slots);
        // Every exception type has `__new__` and `__init__` of its own, as in CPython.
        if slots.new.get().is_none() {
            slots.new.set(base.get().slots.new.get());
        }
        if slots.init.get().is_none() {
            slots.init.set(base.get().slots.init.get());
        }
        if std::ptr::eq(this, KeyError.get()) {
            slots.str.set(Some(super::key_error_str));
        }
    };
    static_type::ready(vm, this, name, Some(base.get()), &all, methods, getsets)?;
    instance::prepare_type(this, true);
    Ok(this.clone())
}
