//! `pyexpat`: an XML parser with expat's handlers.
//!
//! The parser is our own. It works on text that has come so far: a token that is not whole waits for more.

mod content;
mod core;
mod decode;
mod dtd;
mod limits;
mod names;
mod parser;
mod place;
mod scan;

pub use parser::XmlParser;

use vm::prelude::*;

/// Expat's errors from 1 on: name and text.
const ERRORS: &[(&str, &str)] = &[
    ("NO_MEMORY", "out of memory"),
    ("SYNTAX", "syntax error"),
    ("NO_ELEMENTS", "no element found"),
    ("INVALID_TOKEN", "not well-formed (invalid token)"),
    ("UNCLOSED_TOKEN", "unclosed token"),
    ("PARTIAL_CHAR", "partial character"),
    ("TAG_MISMATCH", "mismatched tag"),
    ("DUPLICATE_ATTRIBUTE", "duplicate attribute"),
    ("JUNK_AFTER_DOC_ELEMENT", "junk after document element"),
    ("PARAM_ENTITY_REF", "illegal parameter entity reference"),
    ("UNDEFINED_ENTITY", "undefined entity"),
    ("RECURSIVE_ENTITY_REF", "recursive entity reference"),
    ("ASYNC_ENTITY", "asynchronous entity"),
    ("BAD_CHAR_REF", "reference to invalid character number"),
    ("BINARY_ENTITY_REF", "reference to binary entity"),
    ("ATTRIBUTE_EXTERNAL_ENTITY_REF", "reference to external entity in attribute"),
    ("MISPLACED_XML_PI", "XML or text declaration not at start of entity"),
    ("UNKNOWN_ENCODING", "unknown encoding"),
    ("INCORRECT_ENCODING", "encoding specified in XML declaration is incorrect"),
    ("UNCLOSED_CDATA_SECTION", "unclosed CDATA section"),
    ("EXTERNAL_ENTITY_HANDLING", "error in processing external entity reference"),
    ("NOT_STANDALONE", "document is not standalone"),
    ("UNEXPECTED_STATE", "unexpected parser state - please send a bug report"),
    ("ENTITY_DECLARED_IN_PE", "entity declared in parameter entity"),
    ("FEATURE_REQUIRES_XML_DTD", "requested feature requires XML_DTD support in Expat"),
    ("CANT_CHANGE_FEATURE_ONCE_PARSING", "cannot change setting once parsing has begun"),
    ("UNBOUND_PREFIX", "unbound prefix"),
    ("UNDECLARING_PREFIX", "must not undeclare prefix"),
    ("INCOMPLETE_PE", "incomplete markup in parameter entity"),
    ("XML_DECL", "XML declaration not well-formed"),
    ("TEXT_DECL", "text declaration not well-formed"),
    ("PUBLICID", "illegal character(s) in public id"),
    ("SUSPENDED", "parser suspended"),
    ("NOT_SUSPENDED", "parser not suspended"),
    ("ABORTED", "parsing aborted"),
    ("FINISHED", "parsing finished"),
    ("SUSPEND_PE", "cannot suspend in external parameter entity"),
    ("RESERVED_PREFIX_XML", "reserved prefix (xml) must not be undeclared or bound to another namespace name"),
    ("RESERVED_PREFIX_XMLNS", "reserved prefix (xmlns) must not be declared or undeclared"),
    ("RESERVED_NAMESPACE_URI", "prefix must not be bound to one of the reserved namespace names"),
    ("INVALID_ARGUMENT", "invalid argument"),
    ("NO_BUFFER", "a successful prior call to function XML_GetBuffer is required"),
    ("AMPLIFICATION_LIMIT_BREACH", "limit on input amplification factor (from DTD and entities) breached"),
    ("NOT_STARTED", "parser not started"),
];

/// The text of an error.
fn message(number: i32) -> &'static str {
    usize::try_from(number - 1).ok().and_then(|i| ERRORS.get(i)).map_or("unknown error", |e| e.1)
}

/// An XML parser with the interface of the Expat library.
#[pymodule("pyexpat")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;
    use vm::object::class;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        let namespace = Dict::empty();
        namespace.set_str(vm, "__module__", Str::new("xml.parsers.expat").into_object())?;
        let bases = Tuple::from_slice(&[vm::exception::types::Exception.get().to_object()]);
        let no = Kwargs { names: &[], values: &[] };
        let error = class::new_class(vm, Type::class(), &Str::new("ExpatError"), &bases, &namespace, no)?;
        dict.set_str(vm, "error", error.clone())?;
        dict.set_str(vm, "ExpatError", error)?;
        let parser = XmlParser::init_type(vm)?;
        vm::object::mro::modified(&parser);
        for def in crate::expat::parser::handler::ATTRIBUTES {
            parser.own_dict().set_str(vm, def.name, vm::native::GetSetDescr::make(&parser, def))?;
        }
        dict.set_str(vm, "XMLParserType", parser.into_object())?;
        dict.set_str(vm, "EXPAT_VERSION", Str::new("expat_2.7.1").into_object())?;
        dict.set_str(vm, "native_encoding", Str::new("UTF-8").into_object())?;
        let version = [2, 7, 1].map(Object::int32);
        dict.set_str(vm, "version_info", Tuple::from_slice(&version).into_object())?;
        let features =
            [("sizeof(XML_Char)", 1), ("sizeof(XML_LChar)", 1), ("XML_DTD", 0), ("XML_NS", 0), ("XML_GE", 0)].map(
                |(name, value)| Tuple::from_slice(&[Str::new(name).into_object(), Object::int32(value)]).into_object(),
            );
        dict.set_str(vm, "features", List::from_vec(features.to_vec()).into_object())?;
        for (value, name) in ["NEVER", "UNLESS_STANDALONE", "ALWAYS"].into_iter().enumerate() {
            dict.set_str(vm, &format!("XML_PARAM_ENTITY_PARSING_{name}"), Object::int32(value as i32))?;
        }
        let errors = Module::make(vm, "pyexpat.errors", Some("Constants used to describe error conditions."))?;
        let (codes, messages) = (Dict::empty(), Dict::empty());
        for (i, (name, text)) in ERRORS.iter().enumerate() {
            let (number, text) = (Object::int32(i as i32 + 1), Str::new(text).into_object());
            errors.dict().set_str(vm, &format!("XML_ERROR_{name}"), text.clone())?;
            codes.set(vm, &text, number.clone())?;
            messages.set(vm, &number, text)?;
        }
        errors.dict().set_str(vm, "codes", codes.into_object())?;
        errors.dict().set_str(vm, "messages", messages.into_object())?;
        let doc = "Constants used to interpret content model information.";
        let model = Module::make(vm, "pyexpat.model", Some(doc))?;
        for (i, name) in ["EMPTY", "ANY", "MIXED", "NAME", "CHOICE", "SEQ"].into_iter().enumerate() {
            model.dict().set_str(vm, &format!("XML_CTYPE_{name}"), Object::int32(i as i32 + 1))?;
        }
        for (i, name) in ["NONE", "OPT", "REP", "PLUS"].into_iter().enumerate() {
            model.dict().set_str(vm, &format!("XML_CQUANT_{name}"), Object::int32(i as i32))?;
        }
        for (name, inner) in [("errors", errors), ("model", model)] {
            dict.set_str(vm, name, inner.to_object())?;
            if let Some(modules) = vm.interp().modules.get() {
                modules.set_str(vm, &format!("pyexpat.{name}"), inner.into_object())?;
            }
        }
        Ok(())
    }

    /// Return a new XML parser object.
    #[py("ParserCreate(encoding=None, namespace_separator=None, intern=<unrepresentable>)")]
    fn ParserCreate(
        vm: &Vm,
        encoding: Option<String>,
        namespace_separator: Option<String>,
        intern: Option<&Object>,
    ) -> Result<Object> {
        if namespace_separator.as_ref().is_some_and(|s| s.chars().count() > 1) {
            bail!(vm, ValueError, "namespace_separator must be at most one character, omitted, or None");
        }
        let intern = match intern {
            None => Dict::empty().into_object(),
            Some(intern) if intern.is(&none()) => none(),
            Some(intern) if intern.is_instance_of::<Dict>() => intern.clone(),
            Some(_) => bail!(vm, TypeError, "intern must be a dictionary"),
        };
        XmlParser::create(vm, encoding.as_deref(), namespace_separator, intern)
    }

    /// Returns string error for given number.
    #[py("ErrorString(code, /)")]
    fn ErrorString(code: i64) -> Option<&'static str> {
        let i = usize::try_from(code.checked_sub(1)?).ok()?;
        ERRORS.get(i).map(|e| e.1)
    }
}
