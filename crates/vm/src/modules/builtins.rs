//! `builtins`: the functions that every program sees.

use super::compile::{self, Request};
use crate::frame::code::Code;
use crate::frame::{self, call as frame_call, current_globals, current_locals};
use crate::object::{attr, class, slot_table, type_name, type_of};
use crate::prelude::*;
use crate::protocol::{call, iter, number, object as protocol};
use std::ops::ControlFlow;

/// The name argument of getattr and its like.
fn name_arg<'a>(vm: &Vm, name: &'a Object, what: &str) -> Result<&'a Ref<Str>> {
    name.cast::<Str>().ok_or_else(|| raise!(vm, TypeError, "{what}: attribute name must be string")).map_err(|raised| {
        vm.clear_raised();
        let _ = raised;
        raise!(vm, TypeError, "attribute name must be string, not '{}'", type_name(name))
    })
}

/// Takes the keyword arguments `names` of a raw function; refuses others.
fn keywords<const N: usize>(vm: &Vm, function: &str, args: &Args<'_>, names: [&str; N]) -> Result<[Option<Object>; N]> {
    let mut found = [const { None }; N];
    for (key, value) in args.keywords().iter() {
        let text = key.cast::<Str>().and_then(|key| key.as_ascii());
        match names.iter().position(|&n| Some(n) == text) {
            Some(at) => found[at] = Some(value.clone()),
            None => {
                let text = key.cast::<Str>().map(|key| key.to_string()).unwrap_or_default();
                bail!(vm, TypeError, "{function}() got an unexpected keyword argument '{text}'")
            }
        }
    }
    Ok(found)
}

fn extreme(vm: &Vm, function: &str, args: Args<'_>, op: CompareOp) -> Result<Object> {
    let [key, default] = keywords(vm, function, &args, ["key", "default"])?;
    let positional = args.positional();
    if positional.is_empty() {
        bail!(vm, TypeError, "{function} expected at least 1 argument, got 0");
    }
    if positional.len() > 1 && default.is_some() {
        bail!(vm, TypeError, "Cannot specify a default for {function}() with multiple positional arguments");
    }
    let key = key.filter(|k| !k.is(&none()));
    let mut best: Option<(Object, Object)> = None;
    let mut consider = |item: Object| -> Result<()> {
        let value = match &key {
            Some(key) => call::call(vm, key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((_, top)) => protocol::compare_bool(vm, &value, top, op)?,
        };
        if better {
            best = Some((item, value));
        }
        Ok(())
    };
    if let [iterable] = positional {
        iter::each(vm, iterable, consider)?;
    } else {
        for item in positional {
            consider(item.clone())?;
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(raise!(vm, ValueError, "{function}() iterable argument is empty")),
    }
}

/// Source text for `compile`, `eval` and `exec`.
pub fn source_text(vm: &Vm, source: &Object, function: &str, what: &str, filename: &Ref<Str>) -> Result<String> {
    let bytes = if let Some(text) = source.cast::<Str>() {
        let text = text.to_utf8(vm)?;
        return match syntax::source::check(text) {
            Ok(text) => Ok(text),
            Err(error) => Err(compile::raise_syntax_error(
                vm,
                &error,
                &Request { filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 },
                None,
            )),
        };
    } else if let Some(bytes) = crate::builtins::bytes::bytes_or_bytearray(source) {
        bytes
    } else if type_of(source).slots.buffer.get().is_some() {
        let buffer = crate::object::buffer::get_buffer(vm, source, crate::object::buffer::request::SIMPLE)?;
        let bytes = buffer.to_vec();
        buffer.release(vm);
        bytes
    } else {
        bail!(vm, TypeError, "{function}() arg 1 must be a {what} object");
    };
    decode_source(vm, &bytes, filename)
}

/// Decodes source bytes by their coding cookie (PEP 263).
pub fn decode_source(vm: &Vm, bytes: &[u8], filename: &Ref<Str>) -> Result<String> {
    decode_from(vm, bytes, filename, syntax::source::Origin::Bytes)
}

/// Decodes the bytes of a program's file.
pub fn decode_file(vm: &Vm, bytes: &[u8], filename: &Ref<Str>) -> Result<String> {
    decode_from(vm, bytes, filename, syntax::source::Origin::File(&filename.to_string_lossy()))
}

fn decode_from(vm: &Vm, bytes: &[u8], filename: &Ref<Str>, origin: syntax::source::Origin<'_>) -> Result<String> {
    let mut other = |encoding: &str, bytes: &[u8]| -> std::result::Result<String, String> {
        let done = (|| {
            let data = Bytes::try_new(vm, bytes)?;
            let text =
                call::call_method(vm, data.as_object(), &vm.intern("decode"), &[Str::new(encoding).into_object()])?;
            match text.cast::<Str>() {
                Some(text) => text.to_utf8(vm),
                None => Err(raise!(vm, TypeError, "decoder should return a string")),
            }
        })();
        done.map_err(|_| {
            let exception = vm.take_raised();
            let text = exception.and_then(|e| protocol::str(vm, &e).ok()).map(|t| t.to_string_lossy());
            vm.clear_raised();
            text.unwrap_or_else(|| format!("encoding problem: {encoding}"))
        })
    };
    syntax::source::decode(bytes, origin, &mut other).map_err(|error| {
        let request = Request { filename, mode: syntax::Mode::Exec, flags: 0, optimize: -1 };
        compile::raise_syntax_error(vm, &error, &request, None)
    })
}

/// Globals and locals for `eval` and `exec`.
fn namespaces(
    vm: &Vm,
    function: &str,
    globals: Option<&Object>,
    locals: Option<&Object>,
) -> Result<(Ref<Dict>, Object)> {
    let globals = match globals.filter(|g| !g.is(&none())) {
        Some(globals) => match globals.cast::<Dict>() {
            Some(dict) => dict.clone(),
            None if function == "eval" && crate::protocol::mapping::is_mapping(globals) => {
                bail!(vm, TypeError, "globals must be a real dict; try eval(code, {{}}, mapping)")
            }
            None if function == "eval" => bail!(vm, TypeError, "globals must be a dict"),
            None => bail!(vm, TypeError, "{function}() globals must be a dict, not {}", type_name(globals)),
        },
        None => {
            let dict = current_globals(vm).ok_or_else(|| {
                raise!(vm, TypeError, "{function} must be given globals and locals when called without a frame")
            })?;
            let locals = match locals.filter(|l| !l.is(&none())) {
                Some(locals) => locals.clone(),
                None => current_locals(vm)?,
            };
            return Ok((dict, locals));
        }
    };
    let locals = match locals.filter(|l| !l.is(&none())) {
        Some(locals) if crate::protocol::mapping::is_mapping(locals) => locals.clone(),
        Some(locals) if function == "eval" => {
            bail!(vm, TypeError, "locals must be a mapping, not {}", type_name(locals))
        }
        Some(locals) => {
            bail!(vm, TypeError, "{function}() locals must be a mapping or None, not {}", type_name(locals))
        }
        None => globals.to_object(),
    };
    Ok((globals, locals))
}

/// The `__future__` flags of the code that calls.
fn inherited_flags(vm: &Vm) -> u32 {
    frame::current(vm).map_or(0, |f| frame::Frame::code(f).flags.0 & bytecode::CodeFlags::FUTURE_MASK.0)
}

/// Writes to `sys.stdout`, or plainly while there is none.
fn write_text(vm: &Vm, file: &Object, text: &Ref<Str>) -> Result<()> {
    call::call_method(vm, file, vm.names().write(), &[text.to_object()]).map(drop)
}

fn number_text(vm: &Vm, value: &Object, base: u32, prefix: &str) -> Result<String> {
    let value = number::index(vm, value)?;
    let big = Int::to_big(&value).unwrap_or_default();
    let negative = ::number::int::is_negative(&big);
    let text = vm.memory(::number::int::to_text(&big, base).map_err(|_| heap::OutOfMemory))?;
    Ok(if negative { format!("-{prefix}{}", &text[1..]) } else { format!("{prefix}{text}") })
}

/// Built-in functions, types, exceptions, and other objects.
///
/// This module provides direct access to all 'built-in'
/// identifiers of Python; for example, builtins.len is
/// the full name for the built-in function len().
///
/// This module is not normally accessed explicitly by most
/// applications, but can be useful in modules that provide
/// objects with the same name as a builtin and need to specify
/// which to use.
#[pymodule("builtins")]
pub mod module {
    use super::*;
    use crate::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, value) in [
            ("None", none()),
            ("Ellipsis", crate::builtins::none::ellipsis()),
            ("NotImplemented", crate::builtins::none::not_implemented()),
            ("False", false.object()),
            ("True", true.object()),
            ("__debug__", (vm.interp().config.borrow().optimize == 0).object()),
        ] {
            dict.set_str(vm, name, value)?;
        }
        for (name, kind) in crate::builtins::public() {
            dict.set_str(vm, name, kind.into_object())?;
        }
        dict.set_str(vm, "BaseException", crate::exception::types::BaseException.get().to_object())?;
        for (kind, name, _) in crate::exception::types::ALL {
            let kind: &'static StaticType = kind;
            dict.set_str(vm, name, kind.get().to_object())?;
        }
        dict.set_str(vm, "EnvironmentError", crate::exception::types::OSError.get().to_object())?;
        dict.set_str(vm, "IOError", crate::exception::types::OSError.get().to_object())
    }

    /// __build_class__(func, name, /, *bases, [metaclass], **kwds) -> class
    ///
    /// Internal helper function used by the class statement.
    #[py(raw, "__build_class__", notext)]
    fn __build_class__(vm: &Vm, args: Args<'_>) -> Result<Object> {
        class::build_class(vm, args)
    }

    /// Import a module.
    ///
    /// Because this function is meant for use by the Python
    /// interpreter and not for general use, it is better to use
    /// importlib.import_module() to programmatically import a module.
    ///
    /// The globals argument is only used to determine the context;
    /// they are not modified.  The locals argument is unused.  The fromlist
    /// should be a list of names to emulate ``from name import ...``, or an
    /// empty list to emulate ``import name``.
    /// When importing a module from a package, note that __import__('A.B', ...)
    /// returns package A when fromlist is empty, but its submodule B when
    /// fromlist is not empty.  The level argument is used to determine whether to
    /// perform absolute or relative imports: 0 is absolute, while a positive number
    /// is the number of parent directories to search relative to the current module.
    #[py("__import__(name, globals=None, locals=None, fromlist=(), level=0)")]
    fn __import__(
        vm: &Vm,
        name: &Object,
        globals: Option<&Object>,
        locals: Option<&Object>,
        fromlist: Option<&Object>,
        level: Option<&Object>,
    ) -> Result<Object> {
        let _ = locals;
        let Some(name) = name.cast::<Str>() else { bail!(vm, TypeError, "module name must be a string") };
        let empty = Tuple::empty().into_object();
        let zero = Object::int32(0);
        crate::import::import_level(vm, name, globals, fromlist.unwrap_or(&empty), level.unwrap_or(&zero))
    }

    /// Return the absolute value of the argument.
    #[py("abs(x, /)")]
    fn abs(vm: &Vm, x: &Object) -> Result<Object> {
        number::abs(vm, x)
    }

    /// Return True if bool(x) is True for all values x in the iterable.
    ///
    /// If the iterable is empty, return True.
    #[py("all(iterable, /)")]
    fn all(vm: &Vm, iterable: &Object) -> Result<bool> {
        let broken = iter::for_each(vm, iterable, |item| {
            Ok(if protocol::is_true(vm, &item)? { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(broken.is_none())
    }

    /// Return True if bool(x) is True for any x in the iterable.
    ///
    /// If the iterable is empty, return False.
    #[py("any(iterable, /)")]
    fn any(vm: &Vm, iterable: &Object) -> Result<bool> {
        let broken = iter::for_each(vm, iterable, |item| {
            Ok(if protocol::is_true(vm, &item)? { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(broken.is_some())
    }

    /// Return an ASCII-only representation of an object.
    ///
    /// As repr(), return a string containing a printable representation of an
    /// object, but escape the non-ASCII characters in the string returned by
    /// repr() using \\x, \\u or \\U escapes. This generates a string similar
    /// to that returned by repr() in Python 2.
    #[py("ascii(obj, /)")]
    fn ascii(vm: &Vm, obj: &Object) -> Result<Ref<Str>> {
        protocol::ascii(vm, obj)
    }

    /// Return the binary representation of an integer.
    ///
    /// >>> bin(2796202)
    /// '0b1010101010101010101010'
    #[py("bin(number, /)")]
    fn bin(vm: &Vm, number: &Object) -> Result<String> {
        number_text(vm, number, 2, "0b")
    }

    /// Return the octal representation of an integer.
    ///
    /// >>> oct(342391)
    /// '0o1234567'
    #[py("oct(number, /)")]
    fn oct(vm: &Vm, number: &Object) -> Result<String> {
        number_text(vm, number, 8, "0o")
    }

    /// Return the hexadecimal representation of an integer.
    ///
    /// >>> hex(12648430)
    /// '0xc0ffee'
    #[py("hex(number, /)")]
    fn hex(vm: &Vm, number: &Object) -> Result<String> {
        number_text(vm, number, 16, "0x")
    }

    /// Call sys.breakpointhook(*args, **kws).
    ///
    /// sys.breakpointhook() must accept whatever arguments are passed.
    ///
    /// By default, this drops you into the pdb debugger.
    #[py(raw, "breakpoint(*args, **kws)")]
    fn breakpoint(vm: &Vm, args: Args<'_>) -> Result<Object> {
        match vm.sys_get(&vm.intern("breakpointhook")) {
            Some(hook) => call::call_args(vm, &hook, args),
            None => Err(raise!(vm, RuntimeError, "lost sys.breakpointhook")),
        }
    }

    /// Return whether the object is callable (i.e., some kind of function).
    ///
    /// Note that classes are callable, as are instances of classes with a
    /// __call__() method.
    #[py("callable(obj, /)")]
    fn callable(obj: &Object) -> bool {
        call::is_callable(obj)
    }

    /// Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.
    #[py("chr(i, /)")]
    fn chr(vm: &Vm, i: &Object) -> Result<Ref<Str>> {
        let code = number::index(vm, i)?.as_small_int().and_then(|c| u32::try_from(c).ok()).filter(|&c| c <= 0x10FFFF);
        match code {
            Some(code) => Str::from_code(vm, code),
            None => Err(raise!(vm, ValueError, "chr() arg not in range(0x110000)")),
        }
    }

    /// Return the ordinal value of a character.
    ///
    /// If the argument is a one-character string, return the Unicode code
    /// point of that character.
    ///
    /// If the argument is a bytes or bytearray object of length 1, return its
    /// single byte value.
    #[py("ord(character, /)")]
    fn ord(vm: &Vm, character: &Object) -> Result<i64> {
        let len = if let Some(text) = character.cast::<Str>() {
            if text.len() == 1 {
                return Ok(text.code_points().next().map_or(0, i64::from));
            }
            text.len()
        } else if let Some(bytes) = crate::builtins::bytes::bytes_or_bytearray(character) {
            if let [byte] = bytes[..] {
                return Ok(i64::from(byte));
            }
            bytes.len()
        } else {
            bail!(vm, TypeError, "ord() expected string of length 1, but {} found", type_name(character));
        };
        Err(raise!(vm, TypeError, "ord() expected a character, but string of length {len} found"))
    }

    /// Compile source into a code object that can be executed by exec() or eval().
    ///
    /// The source code may represent a Python module, statement or expression.
    /// The filename will be used for run-time error messages.
    /// The mode must be 'exec' to compile a module, 'single' to compile a
    /// single (interactive) statement, or 'eval' to compile an expression.
    /// The flags argument, if present, controls which future statements influence
    /// the compilation of the code.
    /// The dont_inherit argument, if true, stops the compilation inheriting
    /// the effects of any future statements in effect in the code calling
    /// compile; if absent or false these statements do influence the compilation,
    /// in addition to any features explicitly specified.
    #[py("compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)")]
    fn compile(
        vm: &Vm,
        source: &Object,
        filename: &Object,
        mode: String,
        flags: i32,
        dont_inherit: bool,
        optimize: i32,
        _feature_version: i32,
    ) -> Result<Object> {
        let filename = crate::modules::sys::fs_text(vm, filename)?;
        let mode = match &mode[..] {
            "exec" => syntax::Mode::Exec,
            "eval" => syntax::Mode::Eval,
            "single" => syntax::Mode::Single,
            "func_type" if flags as u32 & compile::ONLY_AST != 0 => syntax::Mode::FuncType,
            "func_type" => bail!(vm, ValueError, "compile() mode 'func_type' requires flag PyCF_ONLY_AST"),
            _ if flags as u32 & compile::ONLY_AST != 0 => {
                bail!(vm, ValueError, "compile() mode must be 'exec', 'eval', 'single' or 'func_type'")
            }
            _ => bail!(vm, ValueError, "compile() mode must be 'exec', 'eval' or 'single'"),
        };
        if !(-1..=2).contains(&optimize) {
            bail!(vm, ValueError, "compile(): invalid optimize value");
        }
        if flags as u32 & !compile::ALL_FLAGS != 0 {
            bail!(vm, ValueError, "compile(): unrecognised flags");
        }
        let flags = flags as u32 | if dont_inherit { 0 } else { inherited_flags(vm) };
        let request = Request { filename: &filename, mode, flags, optimize };
        if vm.interp().ast.get().is_some() && source.is_instance_of::<crate::modules::ast::Ast>() {
            return compile::compile_object(vm, source, &request);
        }
        let text = source_text(vm, source, "compile", "string, bytes or AST", &filename)?;
        if flags & compile::ONLY_AST != 0 {
            let module = compile::parse(vm, &text, &request)?;
            if (0..14).contains(&_feature_version)
                && let Some(error) = syntax::features::too_new(&module, &text, _feature_version)
            {
                return Err(compile::raise_syntax_error(vm, &error, &request, Some(&text)));
            }
            return compile::tree_objects(vm, &module, &request);
        }
        Ok(compile::compile(vm, &text, &request)?.into_object())
    }

    /// Deletes the named attribute from the given object.
    ///
    /// delattr(x, 'y') is equivalent to ``del x.y``
    #[py("delattr(obj, name, /)")]
    fn delattr(vm: &Vm, obj: &Object, name: &Object) -> Result<()> {
        attr::setattr(vm, obj, name_arg(vm, name, "delattr()")?, None)
    }

    /// dir([object]) -> list of strings
    ///
    /// If called without an argument, return the names in the current scope.
    /// Else, return an alphabetized list of names comprising (some of) the attributes
    /// of the given object, and of attributes reachable from it.
    /// If the object supplies a method named __dir__, it will be used; otherwise
    /// the default dir() logic is used and returns:
    ///   for a module object: the module's attributes.
    ///   for a class object:  its attributes, and recursively the attributes
    ///     of its bases.
    ///   for any other object: its attributes, its class's attributes, and
    ///     recursively the attributes of its class's base classes.
    #[py("dir(object=<unrepresentable>, /)")]
    fn dir(vm: &Vm, object: Option<&Object>) -> Result<Object> {
        match object {
            Some(object) => protocol::dir(vm, object),
            None => {
                let locals = current_locals(vm)?;
                let keys = call::call_method(vm, &locals, vm.names().keys(), &[])?;
                let list = List::from_vec(iter::to_vec(vm, &keys)?);
                crate::builtins::list::sort(vm, &list, None, false)?;
                Ok(list.into_object())
            }
        }
    }

    /// Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.
    #[py("divmod(x, y, /)")]
    fn divmod(vm: &Vm, x: &Object, y: &Object) -> Result<Object> {
        number::divmod(vm, x, y)
    }

    /// Evaluate the given source in the context of globals and locals.
    ///
    /// The source may be a string representing a Python expression
    /// or a code object as returned by compile().
    /// The globals must be a dictionary and locals can be any mapping,
    /// defaulting to the current globals and locals.
    /// If only globals is given, locals defaults to it.
    #[py("eval(source, /, globals=None, locals=None)")]
    fn eval(vm: &Vm, source: &Object, globals: Option<&Object>, locals: Option<&Object>) -> Result<Object> {
        let (globals, locals) = namespaces(vm, "eval", globals, locals)?;
        let code = match source.cast::<Code>() {
            Some(code) if code.nfree > 0 => {
                bail!(vm, TypeError, "code object passed to eval() may not contain free variables")
            }
            Some(code) => code.clone(),
            None => {
                let filename = Str::new("<string>");
                let text = source_text(vm, source, "eval", "string, bytes or code", &filename)?;
                let text = text.trim_start_matches([' ', '\t']);
                compile::compile(
                    vm,
                    text,
                    &Request {
                        filename: &filename,
                        mode: syntax::Mode::Eval,
                        flags: inherited_flags(vm),
                        optimize: -1,
                    },
                )?
            }
        };
        frame_call::run_code(vm, &code, &globals, &locals, None)
    }

    /// Execute the given source in the context of globals and locals.
    ///
    /// The source may be a string representing one or more Python statements
    /// or a code object as returned by compile().
    /// The globals must be a dictionary and locals can be any mapping,
    /// defaulting to the current globals and locals.
    /// If only globals is given, locals defaults to it.
    /// The closure must be a tuple of cellvars, and can only be used
    /// when source is a code object requiring exactly that many cellvars.
    #[py("exec(source, /, globals=None, locals=None, *, closure=None)")]
    fn exec_function(
        vm: &Vm,
        source: &Object,
        globals: Option<&Object>,
        locals: Option<&Object>,
        closure: Option<&Object>,
    ) -> Result<()> {
        let (globals, locals) = namespaces(vm, "exec", globals, locals)?;
        let code = match source.cast::<Code>() {
            Some(code) => code.clone(),
            None => {
                if closure.is_some() {
                    bail!(vm, TypeError, "closure can only be used when source is a code object");
                }
                let filename = Str::new("<string>");
                let text = source_text(vm, source, "exec", "string, bytes or code", &filename)?;
                compile::compile(
                    vm,
                    &text,
                    &Request {
                        filename: &filename,
                        mode: syntax::Mode::Exec,
                        flags: inherited_flags(vm),
                        optimize: -1,
                    },
                )?
            }
        };
        let cells = match closure {
            None if code.nfree == 0 => None,
            None => bail!(vm, TypeError, "code object requires a closure of exactly length {}", code.nfree),
            Some(_) if code.nfree == 0 => bail!(vm, TypeError, "cannot use a closure with this code object"),
            Some(closure) => match closure.cast_exact::<Tuple>() {
                Some(cells)
                    if cells.len() == code.nfree as usize
                        && cells.items().iter().all(|c| c.is_instance_of::<frame::cell::Cell>()) =>
                {
                    Some(cells.clone())
                }
                _ => bail!(vm, TypeError, "code object requires a closure of exactly length {}", code.nfree),
            },
        };
        frame_call::run_code(vm, &code, &globals, &locals, cells).map(drop)
    }

    /// Return type(value).__format__(value, format_spec)
    ///
    /// Many built-in types implement format_spec according to the
    /// Format Specification Mini-language. See help('FORMATTING')
    /// for details.
    #[py("format(value, format_spec='', /)")]
    fn format(vm: &Vm, value: &Object, format_spec: Option<&Ref<Str>>) -> Result<Ref<Str>> {
        let empty = Str::new("");
        protocol::format(vm, value, format_spec.unwrap_or(&empty))
    }

    /// getattr(object, name[, default]) -> value
    ///
    /// Get a named attribute from an object; getattr(x, 'y') is equivalent to x.y.
    /// When a default argument is given, it is returned when the attribute doesn't
    /// exist; without it, an exception is raised in that case.
    #[py("getattr(object, name, default=<unrepresentable>, /)")]
    fn getattr(vm: &Vm, object: &Object, name: &Object, default: Option<&Object>) -> Result<Object> {
        let name = name_arg(vm, name, "getattr()")?;
        match default {
            None => attr::getattr(vm, object, name),
            Some(default) => Ok(attr::getattr_opt(vm, object, name)?.unwrap_or_else(|| default.clone())),
        }
    }

    /// Return the dictionary containing the current scope's global variables.
    ///
    /// NOTE: Updates to this dictionary *will* affect name lookups in the current
    /// global scope and vice-versa.
    #[py("globals()")]
    fn globals(vm: &Vm) -> Option<Ref<Dict>> {
        current_globals(vm)
    }

    /// Return a dictionary containing the current scope's local variables.
    ///
    /// NOTE: Whether or not updates to this dictionary will affect name lookups in
    /// the local scope and vice-versa is *implementation dependent* and not
    /// covered by any backwards compatibility guarantees.
    #[py("locals()")]
    fn locals(vm: &Vm) -> Result<Object> {
        current_locals(vm)
    }

    /// Return whether the object has an attribute with the given name.
    ///
    /// This is done by calling getattr(obj, name) and catching AttributeError.
    #[py("hasattr(obj, name, /)")]
    fn hasattr(vm: &Vm, obj: &Object, name: &Object) -> Result<bool> {
        Ok(attr::getattr_opt(vm, obj, name_arg(vm, name, "hasattr()")?)?.is_some())
    }

    /// Return the hash value for the given object.
    ///
    /// Two objects that compare equal must also have the same hash value, but the
    /// reverse is not necessarily true.
    #[py("hash(obj, /)")]
    fn hash(vm: &Vm, obj: &Object) -> Result<i64> {
        protocol::hash(vm, obj)
    }

    /// Return the identity of an object.
    ///
    /// This is guaranteed to be unique among simultaneously existing objects.
    /// (CPython uses the object's memory address.)
    #[py("id(obj, /)")]
    fn id(obj: &Object) -> u64 {
        protocol::address(obj)
    }

    /// Read a string from standard input.  The trailing newline is stripped.
    ///
    /// The prompt string, if given, is printed to standard output without a
    /// trailing newline before reading input.
    ///
    /// If the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.
    /// On *nix systems, readline is used if available.
    #[py("input(prompt='', /)")]
    fn input(vm: &Vm, prompt: Option<&Object>) -> Result<Object> {
        let stream = |name: &Name, what: &str| {
            vm.sys_get(name)
                .filter(|f| !f.is(&none()))
                .ok_or_else(|| raise!(vm, RuntimeError, "input(): lost sys.{what}"))
        };
        let stdin = stream(vm.names().stdin(), "stdin")?;
        let stdout = stream(vm.names().stdout(), "stdout")?;
        if let Some(prompt) = prompt {
            write_text(vm, &stdout, &protocol::str(vm, prompt)?)?;
        }
        if call::call_method(vm, &stdout, vm.names().flush(), &[]).is_err() {
            vm.clear_raised();
        }
        let line = call::call_method(vm, &stdin, vm.names().readline(), &[])?;
        let Some(text) = line.cast::<Str>() else { bail!(vm, TypeError, "object.readline() returned non-string") };
        if text.is_empty() {
            bail!(vm, EOFError, "EOF when reading a line");
        }
        let len = text.len() - usize::from(text.units().get(text.len() - 1) == Some(10));
        Ok(Str::from_result(vm, text.units().slice(0..len).to_buf())?.into_object())
    }

    /// Return whether an object is an instance of a class or of a subclass thereof.
    ///
    /// A tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to
    /// check against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)
    /// or ...`` etc.
    #[py("isinstance(obj, class_or_tuple, /)")]
    fn isinstance(vm: &Vm, obj: &Object, class_or_tuple: &Object) -> Result<bool> {
        protocol::is_instance(vm, obj, class_or_tuple)
    }

    /// Return whether 'cls' is derived from another class or is the same class.
    ///
    /// A tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to
    /// check against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)
    /// or ...``.
    #[py("issubclass(cls, class_or_tuple, /)")]
    fn issubclass(vm: &Vm, cls_: &Object, class_or_tuple: &Object) -> Result<bool> {
        protocol::is_subclass(vm, cls_, class_or_tuple)
    }

    /// iter(iterable) -> iterator
    /// iter(callable, sentinel) -> iterator
    ///
    /// Get an iterator from an object.
    /// In the first form, the argument must supply its own iterator, or be a sequence.
    /// In the second form, the callable is called until it returns the sentinel.
    #[py("iter(object, sentinel=<unrepresentable>, /)")]
    fn iter_function(vm: &Vm, object: &Object, sentinel: Option<&Object>) -> Result<Object> {
        match sentinel {
            None => iter::get_iter(vm, object),
            Some(_) if !call::is_callable(object) => Err(raise!(vm, TypeError, "iter(v, w): v must be callable")),
            Some(sentinel) => Ok(crate::builtins::iterators::CallableIter::make(object, sentinel)),
        }
    }

    /// Return an AsyncIterator for an AsyncIterable object.
    #[py("aiter(async_iterable, /)")]
    fn aiter(vm: &Vm, async_iterable: &Object) -> Result<Object> {
        let Some(slot) = type_of(async_iterable).slots.aiter.get() else {
            bail!(vm, TypeError, "'{}' object is not an async iterable", type_name(async_iterable));
        };
        let iterator = slot(vm, async_iterable)?;
        if type_of(&iterator).slots.anext.get().is_none() {
            bail!(vm, TypeError, "aiter() returned not an async iterator of type '{}'", type_name(&iterator));
        }
        Ok(iterator)
    }

    /// Return the next item from the async iterator.
    ///
    /// If default is given and the async iterator is exhausted, it is returned instead of raising StopAsyncIteration.
    #[py("anext(async_iterator, default=<unrepresentable>, /)")]
    fn anext(vm: &Vm, async_iterator: &Object, default: Option<&Object>) -> Result<Object> {
        let Some(slot) = type_of(async_iterator).slots.anext.get() else {
            bail!(vm, TypeError, "'{}' object is not an async iterator", type_name(async_iterator));
        };
        let awaitable = slot(vm, async_iterator)?;
        Ok(match default {
            Some(default) => frame::asyncgen::AnextAwaitable::make(&awaitable, default),
            None => awaitable,
        })
    }

    /// Return the number of items in a container.
    #[py("len(obj, /)")]
    fn len(vm: &Vm, obj: &Object) -> Result<usize> {
        protocol::len(vm, obj)
    }

    /// max(iterable, *[, default=obj, key=func]) -> value
    /// max(arg1, arg2, *args, *[, key=func]) -> value
    ///
    /// With a single iterable argument, return its biggest item. The
    /// default keyword-only argument specifies an object to return if
    /// the provided iterable is empty.
    /// With two or more positional arguments, return the largest argument.
    #[py(raw, "max", notext)]
    fn max(vm: &Vm, args: Args<'_>) -> Result<Object> {
        extreme(vm, "max", args, CompareOp::Gt)
    }

    /// min(iterable, *[, default=obj, key=func]) -> value
    /// min(arg1, arg2, *args, *[, key=func]) -> value
    ///
    /// With a single iterable argument, return its smallest item. The
    /// default keyword-only argument specifies an object to return if
    /// the provided iterable is empty.
    /// With two or more positional arguments, return the smallest argument.
    #[py(raw, "min", notext)]
    fn min(vm: &Vm, args: Args<'_>) -> Result<Object> {
        extreme(vm, "min", args, CompareOp::Lt)
    }

    /// next(iterator[, default])
    ///
    /// Return the next item from the iterator. If default is given and the iterator
    /// is exhausted, it is returned instead of raising StopIteration.
    #[py("next(iterator, default=<unrepresentable>, /)")]
    fn next(vm: &Vm, iterator: &Object, default: Option<&Object>) -> Result<Object> {
        let Some(slot) = type_of(iterator).slots.next.get() else {
            bail!(vm, TypeError, "'{}' object is not an iterator", type_name(iterator));
        };
        match (slot(vm, iterator), default) {
            (Ok(Some(value)), _) => Ok(value),
            (Ok(None), Some(default)) => Ok(default.clone()),
            (Ok(None), None) => Err(vm.raise_empty(&crate::exception::types::StopIteration)),
            (Err(_), Some(default)) if vm.raised_is(&crate::exception::types::StopIteration) => {
                vm.clear_raised();
                Ok(default.clone())
            }
            (Err(raised), _) => Err(raised),
        }
    }

    /// Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.
    ///
    /// Some types, such as ints, are able to use a more efficient algorithm when
    /// invoked using the three argument form.
    #[py("pow(base, exp, mod=None)")]
    fn pow(vm: &Vm, base: &Object, exp: &Object, mod_: Option<&Object>) -> Result<Object> {
        number::pow(vm, base, exp, mod_)
    }

    /// Prints the values to a stream, or to sys.stdout by default.
    ///
    ///   sep
    ///     string inserted between values, default a space.
    ///   end
    ///     string appended after the last value, default a newline.
    ///   file
    ///     a file-like object (stream); defaults to the current sys.stdout.
    ///   flush
    ///     whether to forcibly flush the stream.
    #[py(raw, "print(*args, sep=' ', end='\\n', file=None, flush=False)")]
    fn print(vm: &Vm, args: Args<'_>) -> Result<()> {
        let [sep, end, file, flush] = keywords(vm, "print", &args, ["sep", "end", "file", "flush"])?;
        let text_or = |value: Option<Object>, name: &str, default: &str| -> Result<Ref<Str>> {
            match value.filter(|v| !v.is(&none())) {
                None => Str::of_ascii(vm, default.as_bytes()),
                Some(value) => match value.cast::<Str>() {
                    Some(text) => Ok(text.clone()),
                    None => Err(raise!(vm, TypeError, "{name} must be None or a string, not {}", type_name(&value))),
                },
            }
        };
        let file = match file.filter(|f| !f.is(&none())) {
            Some(file) => file,
            None => match vm.sys_get(vm.names().stdout()) {
                Some(file) if file.is(&none()) => return Ok(()),
                Some(file) => file,
                None if vm.interp().importlib.get().is_none() => {
                    let mut line = Vec::new();
                    for item in args.positional() {
                        line.push(protocol::str(vm, item)?.to_string_lossy());
                    }
                    let _ = host::fd::write(1, format!("{}\n", line.join(" ")).as_bytes());
                    return Ok(());
                }
                None => bail!(vm, RuntimeError, "lost sys.stdout"),
            },
        };
        let (sep, end) = (text_or(sep, "sep", " ")?, text_or(end, "end", "\n")?);
        for (i, item) in args.positional().iter().enumerate() {
            if i > 0 {
                write_text(vm, &file, &sep)?;
            }
            write_text(vm, &file, &protocol::str(vm, item)?)?;
        }
        write_text(vm, &file, &end)?;
        if let Some(flush) = flush
            && protocol::is_true(vm, &flush)?
        {
            call::call_method(vm, &file, vm.names().flush(), &[])?;
        }
        Ok(())
    }

    /// Return the canonical string representation of the object.
    ///
    /// For many object types, including most builtins, eval(repr(obj)) == obj.
    #[py("repr(obj, /)")]
    fn repr(vm: &Vm, obj: &Object) -> Result<Ref<Str>> {
        protocol::repr(vm, obj)
    }

    /// Round a number to a given precision in decimal digits.
    ///
    /// The return value is an integer if ndigits is omitted or None.  Otherwise
    /// the return value has the same type as the number.  ndigits may be negative.
    #[py("round(number, ndigits=None)")]
    fn round(vm: &Vm, number: &Object, ndigits: Option<&Object>) -> Result<Object> {
        let Some(method) = attr::lookup(type_of(number), vm.names().__round__()) else {
            bail!(vm, TypeError, "type {} doesn't define __round__ method", type_name(number));
        };
        match ndigits {
            None => slot_table::call_found(vm, number, &method, &[]),
            Some(digits) => slot_table::call_found(vm, number, &method, &[digits]),
        }
    }

    /// Sets the named attribute on the given object to the specified value.
    ///
    /// setattr(x, 'y', v) is equivalent to ``x.y = v``
    #[py("setattr(obj, name, value, /)")]
    fn setattr(vm: &Vm, obj: &Object, name: &Object, value: &Object) -> Result<()> {
        attr::setattr(vm, obj, name_arg(vm, name, "setattr()")?, Some(value))
    }

    /// Return a new list containing all items from the iterable in ascending order.
    ///
    /// A custom key function can be supplied to customize the sort order, and the
    /// reverse flag can be set to request the result in descending order.
    #[py("sorted(iterable, /, *, key=None, reverse=False)", positional)]
    fn sorted(vm: &Vm, iterable: &Object, key: Option<&Object>, reverse: bool) -> Result<Object> {
        let list = List::from_vec(iter::to_vec(vm, iterable)?);
        crate::builtins::list::sort(vm, &list, key, reverse)?;
        Ok(list.into_object())
    }

    /// Return the sum of a 'start' value (default: 0) plus an iterable of numbers
    ///
    /// When the iterable is empty, return the start value.
    /// This function is intended specifically for use with numeric values and may
    /// reject non-numeric types.
    #[py("sum(iterable, /, start=0)")]
    fn sum(vm: &Vm, iterable: &Object, start: Option<&Object>) -> Result<Object> {
        let mut total = start.cloned().unwrap_or_else(|| Object::int32(0));
        if total.is_instance_of::<Str>() {
            bail!(vm, TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
        }
        if total.is_instance_of::<Bytes>() {
            bail!(vm, TypeError, "sum() can't sum bytes [use b''.join(seq) instead]");
        }
        if total.is_instance_of::<crate::builtins::bytearray::ByteArray>() {
            bail!(vm, TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]");
        }
        let mut floats = crate::modules::sum::Floats::start(&total);
        iter::each(vm, iterable, |item| {
            if let (Some(a), Some(b)) = (total.as_small_int(), item.as_small_int())
                && floats.is_none()
            {
                total = match a.checked_add(b) {
                    Some(sum) => Int::from_i64(sum),
                    None => number::add(vm, &total, &item)?,
                };
                return Ok(());
            }
            if floats.is_none() && total.is_small_int() {
                floats = crate::modules::sum::Floats::behind_int(total.as_small_int().unwrap_or_default(), &item);
            }
            if let Some(sum) = &mut floats {
                if sum.add(&item) {
                    return Ok(());
                }
                total = sum.finish();
                floats = None;
            }
            total = number::add(vm, &total, &item)?;
            Ok(())
        })?;
        Ok(floats.map_or(total, |sum| sum.finish()))
    }

    /// vars([object]) -> dictionary
    ///
    /// Without arguments, equivalent to locals().
    /// With an argument, equivalent to object.__dict__.
    #[py("vars(object=<unrepresentable>, /)")]
    fn vars(vm: &Vm, object: Option<&Object>) -> Result<Object> {
        match object {
            None => current_locals(vm),
            Some(object) => attr::getattr_opt(vm, object, vm.names().__dict__())?
                .ok_or_else(|| raise!(vm, TypeError, "vars() argument must have __dict__ attribute")),
        }
    }
}
