//! `XMLParser`: what the XML parser reports becomes calls of the target.

use super::builder::{EVENTS, Event, TreeBuilder};
use super::parse_error;
use crate::xml_receiver::{Receive, Receiver};
use vm::exception::types;
use vm::object::{attr, instance, type_name};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol, sequence};

/// The attributes of the expat parser, the methods of targets, and what handles them.
const HANDLERS: [(&str, &str, Receive); 9] = [
    ("DefaultHandlerExpand", "", on_default),
    ("StartElementHandler", "start", on_start),
    ("EndElementHandler", "end", on_end),
    ("CharacterDataHandler", "data", on_data),
    ("CommentHandler", "comment", on_comment),
    ("ProcessingInstructionHandler", "pi", on_pi),
    ("StartNamespaceDeclHandler", "start_ns", on_start_ns),
    ("EndNamespaceDeclHandler", "end_ns", on_end_ns),
    ("StartDoctypeDeclHandler", "doctype", on_doctype),
];

const DEFAULT: usize = 0;
const START: usize = 1;
const END: usize = 2;
const DATA: usize = 3;
const COMMENT: usize = 4;
const PI: usize = 5;
const START_NS: usize = 6;
const END_NS: usize = 7;
const DOCTYPE: usize = 8;

#[pytype("XMLParser", module = "xml.etree.ElementTree", doc = "", flags(BASETYPE, HAVE_GC))]
pub struct XmlParser {
    pub head: Head,
    /// The expat parser; none before `__init__` has run.
    parser: Field<Object>,
    target: Field<Object>,
    /// The target, if it is a builder whose methods nobody has overridden.
    builder: Field<Ref<TreeBuilder>>,
    entity: Field<Object>,
    /// Expanded names by those that expat gives.
    names: Field<Ref<Dict>>,
    /// The target's methods, in the order of `HANDLERS`.
    methods: ObjVec,
    closer: Field<Object>,
}

impl XmlParser {
    fn expat(&self, vm: &Vm) -> Result<Object> {
        match self.parser.get() {
            Some(parser) => Ok(parser),
            None => Err(raise!(vm, ValueError, "XMLParser.__init__() wasn't called")),
        }
    }

    fn method(&self, at: usize) -> Option<Object> {
        self.methods.get(at).filter(|method| !method.is(&none()))
    }

    fn install(this: &Ref<Self>, vm: &Vm, at: usize) -> Result<()> {
        let (name, _, receive) = HANDLERS[at];
        let handler = Receiver::make(this.to_object(), receive);
        attr::setattr(vm, &this.expat(vm)?, &vm.intern(name), Some(&handler))
    }

    /// `uri}name` becomes `{uri}name`.
    fn full_name(&self, vm: &Vm, name: &Object) -> Result<Object> {
        let Some(text) = name.cast::<Str>().filter(|text| text.contains_code_point(u32::from('}'))) else {
            return Ok(name.clone());
        };
        let Some(names) = self.names.get() else { return Ok(name.clone()) };
        if let Some(known) = names.get(vm, name)? {
            return Ok(known);
        }
        let full = Str::join_two(vm, &Str::new("{"), text)?.into_object();
        names.set(vm, name, full.clone())?;
        Ok(full)
    }

    /// An event for a target's method, if it has one.
    fn pass(&self, vm: &Vm, at: usize, args: &[Object]) -> Result<Object> {
        match self.method(at) {
            Some(method) => call::call(vm, &method, args),
            None => Ok(none()),
        }
    }

    /// An entity that the document does not declare.
    fn undeclared(&self, vm: &Vm, text: &Object) -> Result<Object> {
        let Some(shown) = text.cast::<Str>() else { return Ok(none()) };
        let len = shown.len();
        if len < 2 || shown.units().get(0) != Some(u32::from('&')) {
            return Ok(none());
        }
        let name = Str::part(shown, vm, 1..len - 1)?.into_object();
        let known = match self.entity.get() {
            Some(entity) => match entity.cast::<Dict>() {
                Some(dict) => dict.get(vm, &name)?,
                None => None,
            },
            None => None,
        };
        match (known, self.builder.get()) {
            (Some(value), Some(builder)) => builder.handle_data(vm, &value).map(|()| none()),
            (Some(value), None) => self.pass(vm, DATA, &[value]),
            (None, _) => {
                let parser = self.expat(vm)?;
                let line = attr::getattr(vm, &parser, &vm.intern("ErrorLineNumber"))?;
                let column = attr::getattr(vm, &parser, &vm.intern("ErrorColumnNumber"))?;
                let place = format!("line {}, column {}", protocol::str(vm, &line)?, protocol::str(vm, &column)?);
                // XML_ERROR_UNDEFINED_ENTITY
                Err(parse_error(vm, &format!("undefined entity {shown}: {place}"), Some((11, line, column))))
            }
        }
    }

    fn parse(&self, vm: &Vm, data: &Object, last: bool) -> Result<Object> {
        let parser = self.expat(vm)?;
        let result = call::call_method(vm, &parser, &vm.intern("Parse"), &[data.clone(), last.object()]);
        result.map(|_| none()).map_err(|raised| self.as_parse_error(vm, raised))
    }

    /// expat's error as a ParseError.
    fn as_parse_error(&self, vm: &Vm, raised: Raised) -> Raised {
        let Some(error) = vm.take_raised() else { return raised };
        let convert = || {
            let class = attr::getattr(vm, &vm.import("pyexpat")?, &vm.intern("ExpatError"))?;
            if !protocol::is_instance(vm, &error, &class)? {
                return Ok(None);
            }
            let get = |name: &str| attr::getattr(vm, &error, &vm.intern(name));
            let code = number::as_ssize(vm, &get("code")?, None)?;
            let message = protocol::str(vm, &error)?.to_string_lossy();
            Ok::<_, Raised>(Some(parse_error(vm, &message, Some((code as i32, get("lineno")?, get("offset")?)))))
        };
        match convert() {
            Ok(Some(raised)) | Err(raised) => raised,
            Ok(None) => vm.restore(error),
        }
    }

    fn finish(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let result = this.parse(vm, Bytes::new(b"").as_object(), true)?;
        if let Some(builder) = this.builder.get() {
            return Ok(builder.done());
        }
        match this.closer.get() {
            Some(close) => call::call(vm, &close, &[]),
            None => Ok(result),
        }
    }
}

fn on_start(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [tag, attributes @ ..]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    let tag = parser.full_name(vm, tag)?;
    let mut attrib = None;
    for pair in attributes.chunks_exact(2) {
        let dict = attrib.get_or_insert_with(Dict::empty);
        dict.set(vm, &parser.full_name(vm, &pair[0])?, pair[1].clone())?;
    }
    match parser.builder.get() {
        Some(builder) => builder.handle_start(vm, &tag, attrib).map(|()| none()),
        None => parser.pass(vm, START, &[tag, attrib.unwrap_or_else(Dict::empty).into_object()]),
    }
}

fn on_end(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [tag]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    match parser.builder.get() {
        Some(builder) => builder.handle_end(vm),
        None => parser.pass(vm, END, &[parser.full_name(vm, tag)?]),
    }
}

fn on_data(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [data]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    match parser.builder.get() {
        Some(builder) => builder.handle_data(vm, data).map(|()| none()),
        None => parser.pass(vm, DATA, args),
    }
}

fn on_comment(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [text]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    match parser.builder.get() {
        Some(builder) => builder.handle_comment(vm, text),
        None => parser.pass(vm, COMMENT, args),
    }
}

fn on_pi(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [name, text]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    match parser.builder.get() {
        Some(builder) => builder.handle_pi(vm, name, text),
        None => parser.pass(vm, PI, args),
    }
}

fn empty_if_none(object: &Object) -> Object {
    if object.is(&none()) { Str::new("").into_object() } else { object.clone() }
}

fn on_start_ns(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [prefix, uri]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    let pair = [empty_if_none(prefix), empty_if_none(uri)];
    match parser.builder.get() {
        Some(builder) => builder.tell(vm, Event::StartNs, Tuple::from_slice(&pair).as_object()).map(|()| none()),
        None => parser.pass(vm, START_NS, &pair),
    }
}

fn on_end_ns(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [prefix]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    match parser.builder.get() {
        Some(builder) => builder.tell(vm, Event::EndNs, &none()).map(|()| none()),
        None => parser.pass(vm, END_NS, &[empty_if_none(prefix)]),
    }
}

fn on_doctype(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [name, system, public, ..]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    if parser.method(DOCTYPE).is_some() {
        return parser.pass(vm, DOCTYPE, &[name.clone(), public.clone(), system.clone()]);
    }
    if attr::getattr_opt(vm, owner, &vm.intern("doctype"))?.is_some() {
        let message =
            "The doctype() method of XMLParser is ignored.  Define doctype() method on the TreeBuilder target.";
        vm.warn(&types::RuntimeWarning, message, 1)?;
    }
    Ok(none())
}

fn on_default(vm: &Vm, owner: &Object, args: &[Object]) -> Result<Object> {
    let (Some(parser), [text]) = (owner.cast::<XmlParser>(), args) else { return Ok(none()) };
    parser.undeclared(vm, text)
}

#[pymethods]
impl XmlParser {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        let body = XmlParser {
            head: Head::new(),
            parser: Field::empty(),
            target: Field::empty(),
            builder: Field::empty(),
            entity: Field::empty(),
            names: Field::empty(),
            methods: ObjVec::new(),
            closer: Field::empty(),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(*, target=None, encoding=None)", notext)]
    fn init(this: &Ref<Self>, vm: &Vm, target: Option<&Object>, encoding: Option<&Object>) -> Result<()> {
        if let Some(encoding) = encoding.filter(|encoding| !encoding.is_instance_of::<Str>()) {
            bail!(vm, TypeError, "XMLParser() argument 'encoding' must be str or None, not {}", type_name(encoding));
        }
        let target = match target {
            Some(target) => target.clone(),
            None => TreeBuilder::make(vm).into_object(),
        };
        let create = attr::getattr(vm, &vm.import("pyexpat")?, &vm.intern("ParserCreate"))?;
        let encoding = encoding.cloned().unwrap_or_else(none);
        let parser = call::call(vm, &create, &[encoding, Str::new("}").into_object()])?;
        let builder = target.cast_exact::<TreeBuilder>().cloned();
        attr::setattr(vm, &parser, &vm.intern("ordered_attributes"), Some(&true.object()))?;
        if builder.is_some() {
            attr::setattr(vm, &parser, &vm.intern("buffer_text"), Some(&true.object()))?;
        }
        let mut methods = Vec::new();
        for (_, name, _) in HANDLERS {
            let method = if name.is_empty() { None } else { attr::getattr_opt(vm, &target, &vm.intern(name))? };
            methods.push(method.unwrap_or_else(none));
        }
        this.closer.set(attr::getattr_opt(vm, &target, vm.names().close())?);
        drop(this.methods.put(methods));
        this.parser.set(Some(parser));
        this.target.set(Some(target));
        this.builder.set(builder);
        this.entity.set(Some(Dict::empty().into_object()));
        this.names.set(Some(Dict::empty()));
        for kind in [DEFAULT, START, END, DATA, DOCTYPE] {
            Self::install(this, vm, kind)?;
        }
        for kind in [COMMENT, PI, START_NS, END_NS] {
            if this.method(kind).is_some() {
                Self::install(this, vm, kind)?;
            }
        }
        Ok(())
    }

    #[py("feed(data, /)")]
    fn feed(&self, vm: &Vm, data: &Object) -> Result<Object> {
        self.parse(vm, data, false)
    }

    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<Object> {
        let parser = self.expat(vm)?;
        let before = call::call_method(vm, &parser, &vm.intern("GetReparseDeferralEnabled"), &[])?;
        let set = vm.intern("SetReparseDeferralEnabled");
        call::call_method(vm, &parser, &set, &[false.object()])?;
        let result = self.parse(vm, Bytes::new(b"").as_object(), false);
        let raised = vm.take_raised();
        call::call_method(vm, &parser, &set, &[before])?;
        vm.restore_raised(raised);
        result
    }

    #[py("close()")]
    fn close(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        Self::finish(this, vm)
    }

    #[py("_parse_whole(file, /)")]
    fn parse_whole(this: &Ref<Self>, vm: &Vm, file: &Object) -> Result<Object> {
        this.expat(vm)?;
        let read = attr::getattr(vm, file, vm.names().read())?;
        loop {
            let data = call::call(vm, &read, &[Object::int32(64 * 1024)])?;
            let empty = match data.cast::<Str>() {
                Some(text) => text.is_empty(),
                None => match data.cast_exact::<Bytes>() {
                    Some(bytes) => bytes.as_bytes().is_empty(),
                    None => break,
                },
            };
            if empty {
                break;
            }
            this.parse(vm, &data, false)?;
        }
        let result = this.parse(vm, Bytes::new(b"").as_object(), true)?;
        Ok(this.builder.get().map_or(result, |builder| builder.done()))
    }

    #[py("_setevents(events_queue, events_to_report=None, /)")]
    fn setevents(this: &Ref<Self>, vm: &Vm, events_queue: &Object, events_to_report: Option<&Object>) -> Result<()> {
        this.expat(vm)?;
        let Some(builder) = this.builder.get() else {
            bail!(vm, TypeError, "event handling only supported for ElementTree.TreeBuilder targets");
        };
        let append = attr::getattr(vm, events_queue, vm.names().append())?;
        let Some(wanted) = events_to_report else {
            builder.report(vm, append, &[Event::End]);
            return Ok(());
        };
        let mut events = Vec::new();
        for name in sequence::fast(vm, wanted, "events must be a sequence")? {
            let text = match (name.cast::<Str>(), name.cast::<Bytes>()) {
                (Some(text), _) => text.to_string_lossy(),
                (None, Some(bytes)) => String::from_utf8_lossy(bytes.as_bytes()).into_owned(),
                (None, None) => bail!(vm, ValueError, "invalid events sequence"),
            };
            match EVENTS.iter().find(|(known, _)| *known == text) {
                Some((_, event)) => events.push(*event),
                None => bail!(vm, ValueError, "unknown event '{text}'"),
            }
        }
        builder.report(vm, append, &events);
        for (event, kind) in
            [(Event::StartNs, START_NS), (Event::EndNs, END_NS), (Event::Comment, COMMENT), (Event::Pi, PI)]
        {
            if events.contains(&event) {
                Self::install(this, vm, kind)?;
            }
        }
        Ok(())
    }

    #[getter("entity")]
    fn get_entity(&self) -> Option<Object> {
        self.entity.get()
    }

    #[getter("target")]
    fn get_target(&self) -> Option<Object> {
        self.target.get()
    }

    #[getter("version")]
    fn get_version(&self, vm: &Vm) -> Result<String> {
        let version = attr::getattr(vm, &vm.import("pyexpat")?, &vm.intern("EXPAT_VERSION"))?;
        let text = protocol::str(vm, &version)?.to_string_lossy();
        Ok(format!("Expat {}", text.strip_prefix("expat_").unwrap_or(&text)))
    }
}
