//! `XMLParser`: what the XML parser reports becomes calls of the target.

use super::builder::{EVENTS, Event, TreeBuilder, as_plain};
use super::parse_error;
use std::cell::Cell;
use vm::exception::types;
use vm::object::{attr, instance, type_name};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol, sequence};

/// What a handler is called for.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Default,
    Start,
    End,
    Data,
    Comment,
    Pi,
    StartNs,
    EndNs,
    Doctype,
}

/// The attributes of the expat parser, and of targets, by what they handle.
const HANDLERS: [(Kind, &str, &str); 9] = [
    (Kind::Default, "DefaultHandlerExpand", ""),
    (Kind::Start, "StartElementHandler", "start"),
    (Kind::End, "EndElementHandler", "end"),
    (Kind::Data, "CharacterDataHandler", "data"),
    (Kind::Comment, "CommentHandler", "comment"),
    (Kind::Pi, "ProcessingInstructionHandler", "pi"),
    (Kind::StartNs, "StartNamespaceDeclHandler", "start_ns"),
    (Kind::EndNs, "EndNamespaceDeclHandler", "end_ns"),
    (Kind::Doctype, "StartDoctypeDeclHandler", "doctype"),
];

#[pytype("XMLParser", module = "xml.etree.ElementTree", doc = "", flags(BASETYPE, HAVE_GC))]
pub struct XmlParser {
    pub head: Head,
    /// The expat parser; none before `__init__` has run.
    parser: Field<Object>,
    target: Field<Object>,
    entity: Field<Object>,
    /// Expanded names by those that expat gives.
    names: Field<Ref<Dict>>,
    /// The target's methods, in the order of `HANDLERS`.
    methods: ObjVec,
    closer: Field<Object>,
}

/// A function for one of the expat parser's handlers.
#[pytype("_handler", module = "_elementtree", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct Handler {
    pub head: Head,
    owner: Field<Ref<XmlParser>>,
    #[untraced]
    kind: Cell<usize>,
}

#[pymethods]
impl Handler {
    #[slot(raw)]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        match self.owner.get() {
            Some(owner) => XmlParser::handle(&owner, vm, HANDLERS[self.kind.get()].0, args.items),
            None => Ok(none()),
        }
    }
}

impl XmlParser {
    fn expat(&self, vm: &Vm) -> Result<Object> {
        match self.parser.get() {
            Some(parser) => Ok(parser),
            None => Err(raise!(vm, ValueError, "XMLParser.__init__() wasn't called")),
        }
    }

    fn method(&self, kind: Kind) -> Option<Object> {
        let at = HANDLERS.iter().position(|(known, ..)| *known == kind)?;
        self.methods.get(at).filter(|method| !method.is(&none()))
    }

    fn install(this: &Ref<Self>, vm: &Vm, kind: Kind) -> Result<()> {
        let at = HANDLERS.iter().position(|(known, ..)| *known == kind).unwrap_or(0);
        let body = Handler { head: Head::new(), owner: Field::some(this.clone()), kind: Cell::new(at) };
        let handler = instance::alloc_static(body).into_object();
        attr::setattr(vm, &this.expat(vm)?, &vm.intern(HANDLERS[at].1), Some(&handler))
    }

    /// `uri}name` becomes `{uri}name`.
    fn full_name(&self, vm: &Vm, name: &Object) -> Result<Object> {
        let Some(names) = self.names.get() else { return Ok(name.clone()) };
        if let Some(known) = names.get(vm, name)? {
            return Ok(known);
        }
        let full = match name.cast::<Str>() {
            Some(text) if text.contains_code_point(u32::from('}')) => {
                Str::join_two(vm, &Str::new("{"), text)?.into_object()
            }
            _ => name.clone(),
        };
        names.set(vm, name, full.clone())?;
        Ok(full)
    }

    fn handle(this: &Ref<Self>, vm: &Vm, kind: Kind, args: &[Object]) -> Result<Object> {
        let target = this.target.get().unwrap_or_else(none);
        let plain = as_plain(&target);
        let empty_if_none =
            |object: &Object| if object.is(&none()) { Str::new("").into_object() } else { object.clone() };
        match (kind, args) {
            (Kind::Start, [tag, list]) => {
                let tag = this.full_name(vm, tag)?;
                let items = match list.cast::<List>() {
                    Some(list) => vm.memory(list.items.to_vec())?,
                    None => Vec::new(),
                };
                let mut attrib = None;
                for pair in items.chunks_exact(2) {
                    let dict = attrib.get_or_insert_with(Dict::empty);
                    dict.set(vm, &this.full_name(vm, &pair[0])?, pair[1].clone())?;
                }
                if let Some(builder) = plain {
                    return builder.handle_start(vm, &tag, attrib);
                }
                match this.method(kind) {
                    Some(method) => call::call(vm, &method, &[tag, attrib.unwrap_or_else(Dict::empty).into_object()]),
                    None => Ok(none()),
                }
            }
            (Kind::End, [tag]) => match (plain, this.method(kind)) {
                (Some(builder), _) => builder.handle_end(vm),
                (None, Some(method)) => call::call(vm, &method, &[this.full_name(vm, tag)?]),
                (None, None) => Ok(none()),
            },
            (Kind::Data, [data]) => match (plain, this.method(kind)) {
                (Some(builder), _) => builder.handle_data(vm, data).map(|()| none()),
                (None, Some(method)) => call::call(vm, &method, args),
                (None, None) => Ok(none()),
            },
            (Kind::Comment, [text]) => match (plain, this.method(kind)) {
                (Some(builder), _) => builder.handle_comment(vm, text),
                (None, Some(method)) => call::call(vm, &method, args),
                (None, None) => Ok(none()),
            },
            (Kind::Pi, [name, text]) => match (plain, this.method(kind)) {
                (Some(builder), _) => builder.handle_pi(vm, name, text),
                (None, Some(method)) => call::call(vm, &method, args),
                (None, None) => Ok(none()),
            },
            (Kind::StartNs, [prefix, uri]) => {
                let pair = [empty_if_none(prefix), empty_if_none(uri)];
                match (plain, this.method(kind)) {
                    (Some(builder), _) => {
                        builder.tell(vm, Event::StartNs, Tuple::from_slice(&pair).as_object()).map(|()| none())
                    }
                    (None, Some(method)) => call::call(vm, &method, &pair),
                    (None, None) => Ok(none()),
                }
            }
            (Kind::EndNs, [prefix]) => match (plain, this.method(kind)) {
                (Some(builder), _) => builder.tell(vm, Event::EndNs, &none()).map(|()| none()),
                (None, Some(method)) => call::call(vm, &method, &[empty_if_none(prefix)]),
                (None, None) => Ok(none()),
            },
            (Kind::Doctype, [name, system, public, ..]) => match this.method(kind) {
                Some(method) => call::call(vm, &method, &[name.clone(), public.clone(), system.clone()]),
                None => {
                    if attr::getattr_opt(vm, this.as_object(), &vm.intern("doctype"))?.is_some() {
                        let message = "The doctype() method of XMLParser is ignored.  Define doctype() method on the TreeBuilder target.";
                        vm.warn(&types::RuntimeWarning, message, 1)?;
                    }
                    Ok(none())
                }
            },
            (Kind::Default, [text]) => this.handle_entity(vm, text, plain),
            _ => Ok(none()),
        }
    }

    /// An entity that the document does not declare.
    fn handle_entity(&self, vm: &Vm, text: &Object, plain: Option<&Ref<TreeBuilder>>) -> Result<Object> {
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
        match (known, plain, self.method(Kind::Data)) {
            (Some(value), Some(builder), _) => builder.handle_data(vm, &value).map(|()| none()),
            (Some(value), None, Some(method)) => call::call(vm, &method, &[value]),
            (Some(_), None, None) => Ok(none()),
            (None, ..) => {
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
        let target = this.target.get().unwrap_or_else(none);
        if let Some(builder) = as_plain(&target) {
            return Ok(builder.done());
        }
        match this.closer.get() {
            Some(close) => call::call(vm, &close, &[]),
            None => Ok(result),
        }
    }
}

#[pymethods]
impl XmlParser {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        let body = XmlParser {
            head: Head::new(),
            parser: Field::empty(),
            target: Field::empty(),
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
        let plain = as_plain(&target).is_some();
        attr::setattr(vm, &parser, &vm.intern("ordered_attributes"), Some(&true.object()))?;
        if plain {
            attr::setattr(vm, &parser, &vm.intern("buffer_text"), Some(&true.object()))?;
        }
        let mut methods = Vec::new();
        for (_, _, name) in HANDLERS {
            let method = if name.is_empty() { None } else { attr::getattr_opt(vm, &target, &vm.intern(name))? };
            methods.push(method.unwrap_or_else(none));
        }
        this.closer.set(attr::getattr_opt(vm, &target, vm.names().close())?);
        drop(this.methods.put(methods));
        this.parser.set(Some(parser));
        this.target.set(Some(target));
        this.entity.set(Some(Dict::empty().into_object()));
        this.names.set(Some(Dict::empty()));
        for kind in [Kind::Default, Kind::Start, Kind::End, Kind::Data, Kind::Doctype] {
            Self::install(this, vm, kind)?;
        }
        for kind in [Kind::Comment, Kind::Pi, Kind::StartNs, Kind::EndNs] {
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
        let target = this.target.get().unwrap_or_else(none);
        Ok(as_plain(&target).map_or(result, |builder| builder.done()))
    }

    #[py("_setevents(events_queue, events_to_report=None, /)")]
    fn setevents(this: &Ref<Self>, vm: &Vm, events_queue: &Object, events_to_report: Option<&Object>) -> Result<()> {
        this.expat(vm)?;
        let target = this.target.get().unwrap_or_else(none);
        let Some(builder) = as_plain(&target) else {
            bail!(vm, TypeError, "event handling only supported for ElementTree.TreeBuilder targets");
        };
        let append = attr::getattr(vm, events_queue, vm.names().append())?;
        let Some(wanted) = events_to_report else {
            builder.report(append, &[Event::End]);
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
        builder.report(append, &events);
        for (event, kind) in [
            (Event::StartNs, Kind::StartNs),
            (Event::EndNs, Kind::EndNs),
            (Event::Comment, Kind::Comment),
            (Event::Pi, Kind::Pi),
        ] {
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
