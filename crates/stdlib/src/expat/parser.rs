//! `pyexpat.xmlparser`.

use super::core::{Core, Cx, Phase, Stop};
use super::decode::{Decoder, Encoding};
use super::place::Place;
use super::scan::code;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vm::object::{attr, instance, type_name};
use vm::prelude::*;
use vm::protocol::{call, number};

pub mod handler {
    //! Which handler is which.
    use vm::native::GetSetDef;

    macro_rules! handlers {
        ($($index:literal $name:ident $python:literal;)*) => {
            $(pub const $name: usize = $index;)*
            /// The attributes that hold them.
            pub static ATTRIBUTES: &[GetSetDef] = &[$(GetSetDef {
                name: $python,
                doc: "",
                get: Some(|_, this| Ok(super::handler_of(this, $index))),
                set: Some(|vm, this, value| super::set_handler(vm, this, $index, value)),
            }),*];
        };
    }
    handlers! {
        0 START_ELEMENT "StartElementHandler";
        1 END_ELEMENT "EndElementHandler";
        2 PROCESSING_INSTRUCTION "ProcessingInstructionHandler";
        3 CHARACTER_DATA "CharacterDataHandler";
        4 UNPARSED_ENTITY_DECL "UnparsedEntityDeclHandler";
        5 NOTATION_DECL "NotationDeclHandler";
        6 START_NAMESPACE_DECL "StartNamespaceDeclHandler";
        7 END_NAMESPACE_DECL "EndNamespaceDeclHandler";
        8 COMMENT "CommentHandler";
        9 START_CDATA_SECTION "StartCdataSectionHandler";
        10 END_CDATA_SECTION "EndCdataSectionHandler";
        11 DEFAULT "DefaultHandler";
        12 DEFAULT_EXPAND "DefaultHandlerExpand";
        13 NOT_STANDALONE "NotStandaloneHandler";
        14 EXTERNAL_ENTITY_REF "ExternalEntityRefHandler";
        15 START_DOCTYPE_DECL "StartDoctypeDeclHandler";
        16 END_DOCTYPE_DECL "EndDoctypeDeclHandler";
        17 ENTITY_DECL "EntityDeclHandler";
        18 XML_DECL "XmlDeclHandler";
        19 ELEMENT_DECL "ElementDeclHandler";
        20 ATTLIST_DECL "AttlistDeclHandler";
        21 SKIPPED_ENTITY "SkippedEntityHandler";
    }
    pub const COUNT: usize = 22;
}

/// The handlers of a parser.
#[derive(Default)]
pub struct Handlers([Field<Object>; handler::COUNT]);

impl std::ops::Deref for Handlers {
    type Target = [Field<Object>; handler::COUNT];
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Trace for Handlers {
    fn trace(&self, visit: &mut Visitor) {
        self.0.iter().for_each(|h| h.trace(visit));
    }
    fn clear_refs(&self) {
        self.0.iter().for_each(Trace::clear_refs);
    }
}

/// XML parser
#[pytype("xmlparser", module = "pyexpat", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct XmlParser {
    pub head: Head,
    pub handlers: Handlers,
    pub intern: Object,
    pub base: Field<Object>,
    #[untraced]
    pub core: RefCell<Option<Core>>,
    #[untraced]
    decoder: RefCell<Decoder>,
    #[untraced]
    pub place: Place,
    #[untraced]
    error: Cell<i32>,
    #[untraced]
    pub text: RefCell<String>,
    pub buffer_text: Cell<bool>,
    #[untraced]
    pub buffer_size: Cell<usize>,
    pub ordered_attributes: Cell<bool>,
    pub specified_attributes: Cell<bool>,
    pub namespace_prefixes: Cell<bool>,
    #[untraced]
    deferral: Cell<bool>,
    /// Bytes that waited when the last piece ended inside a token.
    #[untraced]
    waited: Cell<usize>,
    /// How large expat's buffer for such bytes would be: it is what decides whether it waits for more.
    #[untraced]
    capacity: Cell<usize>,
    #[untraced]
    started: Cell<bool>,
}

fn encoding_named(vm: &Vm, name: &str) -> Result<Option<Encoding>> {
    Ok(Some(match &name.to_ascii_lowercase()[..] {
        "utf-8" | "utf8" => Encoding::Utf8,
        "iso-8859-1" | "latin-1" | "latin1" => Encoding::Latin1,
        "us-ascii" | "ascii" => Encoding::Ascii,
        "utf-16" | "utf-16be" => Encoding::Utf16 { big: true },
        "utf-16le" => Encoding::Utf16 { big: false },
        _ => {
            let all: Vec<u8> = (0..=255).collect();
            let data = Bytes::new(&all).into_object();
            let args = [Str::new(name).into_object(), Str::new("replace").into_object()];
            let text = match call::call_method(vm, &data, vm.names().decode(), &args) {
                Err(_) if vm.raised_is(&vm::exception::types::LookupError) => return Err(Raised),
                other => other?,
            };
            let Some(text) = text.cast::<Str>().filter(|t| t.len() == 256) else {
                bail!(vm, ValueError, "multi-byte encodings are not supported");
            };
            let mut table = [None; 256];
            for (place, c) in table.iter_mut().zip(text.code_points()) {
                *place = char::from_u32(c).filter(|&c| c != '\u{FFFD}');
            }
            Encoding::Table(Box::new(table))
        }
    }))
}

impl XmlParser {
    pub fn make(core: Core, intern: Object, encoding: Option<Encoding>) -> Ref<XmlParser> {
        instance::alloc_static(XmlParser {
            head: Head::new(),
            handlers: Handlers::default(),
            intern,
            base: Field::empty(),
            core: RefCell::new(Some(core)),
            decoder: RefCell::new(Decoder::new(encoding)),
            place: Place::new(),
            error: Cell::new(0),
            text: RefCell::default(),
            buffer_text: Cell::new(false),
            buffer_size: Cell::new(8192),
            ordered_attributes: Cell::new(false),
            specified_attributes: Cell::new(false),
            namespace_prefixes: Cell::new(false),
            deferral: Cell::new(true),
            capacity: Cell::new(0),
            waited: Cell::new(0),
            started: Cell::new(false),
        })
    }

    pub fn create(vm: &Vm, encoding: Option<&str>, separator: Option<String>, intern: Object) -> Result<Object> {
        let encoding = match encoding {
            Some(name) => encoding_named(vm, name)?,
            None => None,
        };
        Ok(XmlParser::make(Core::new(Phase::Start, separator), intern, encoding).into_object())
    }

    fn fail(&self, vm: &Vm, number: i32) -> Raised {
        let (line, column, _) = self.place.get();
        self.fail_with(vm, number, &format!("{}: line {line}, column {column}", super::message(number)))
    }

    pub fn fail_with(&self, vm: &Vm, number: i32, message: &str) -> Raised {
        self.error.set(number);
        let (line, column, _) = self.place.get();
        let make = || {
            let module = vm.import("pyexpat")?;
            let kind = attr::getattr(vm, &module, &vm.intern("ExpatError"))?;
            let error = call::call(vm, &kind, &[Str::new(message).into_object()])?;
            for (name, value) in [("code", number as usize), ("offset", column), ("lineno", line)] {
                attr::setattr(vm, &error, &vm.intern(name), Some(&Int::from_i64(value as i64)))?;
            }
            Ok(error)
        };
        match make() {
            Ok(error) => vm.raise(error),
            Err(raised) => raised,
        }
    }

    /// Finds the encoding out of the first bytes; `false` while there are too few.
    fn sniff(&self, vm: &Vm, core: &Core, data: &[u8], is_final: bool) -> Result<bool, Stop> {
        let mut decoder = self.decoder.borrow_mut();
        if decoder.encoding.is_some() || core.seen > data.len() {
            return Ok(true);
        }
        if data.len() < 4 && !is_final {
            return Ok(false);
        }
        let encoding = match data {
            [0xFE, 0xFF, ..] => Some(Encoding::Utf16 { big: true }),
            [0xFF, 0xFE, ..] => Some(Encoding::Utf16 { big: false }),
            [0, b'<', ..] => Some(Encoding::Utf16 { big: true }),
            [b'<', 0, ..] => Some(Encoding::Utf16 { big: false }),
            _ => None,
        };
        if encoding.is_some() {
            decoder.encoding = encoding;
            return Ok(true);
        }
        if !data.starts_with(b"<?xml") {
            decoder.encoding = Some(Encoding::Utf8);
            return Ok(true);
        }
        let Some(end) = data.windows(2).position(|w| w == b"?>") else { return Ok(is_final) };
        let head = String::from_utf8_lossy(&data[..end]).into_owned();
        let name = head.split_once("encoding").and_then(|(_, rest)| {
            let rest = rest.trim_start().strip_prefix('=')?.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest[1..].split_once(quote).map(|(name, _)| name.to_owned())
        });
        drop(decoder);
        let encoding = match name {
            None => Some(Encoding::Utf8),
            Some(name) if name.to_ascii_lowercase().starts_with("utf-16") => {
                return Err(Stop::Code(19, head.find("encoding").map_or(0, |at| at + 10)));
            }
            Some(name) => match encoding_named(vm, &name) {
                Ok(encoding) => encoding,
                Err(_) if vm.raised_is(&vm::exception::types::LookupError) => {
                    vm.clear_raised();
                    return Err(Stop::Code(code::UNKNOWN_ENCODING, head.find(&name[..]).unwrap_or(0)));
                }
                Err(raised) => return Err(Stop::Raised(raised)),
            },
        };
        self.decoder.borrow_mut().encoding = encoding;
        Ok(true)
    }

    /// Parses a piece of the document.
    pub fn feed(this: &Ref<Self>, vm: &Vm, data: &[u8], is_final: bool, method: &str) -> Result<i32> {
        let Some(mut core) = this.core.borrow_mut().take() else {
            bail!(vm, RuntimeError, "cannot call {method}() from within a handler");
        };
        if core.finished {
            *this.core.borrow_mut() = Some(core);
            return Err(this.fail(vm, code::FINISHED));
        }
        this.started.set(true);
        let cx = Cx { vm, parser: this };
        let result = this.feed_core(&cx, &mut core, data, is_final);
        let result = match result {
            Ok(()) => cx.flush(),
            Err(stop) => {
                core.finished = true;
                match cx.flush() {
                    Err(Stop::Raised(raised)) if !matches!(stop, Stop::Raised(_)) => Err(Stop::Raised(raised)),
                    _ => Err(stop),
                }
            }
        };
        if is_final {
            core.finished = true;
        }
        *this.core.borrow_mut() = Some(core);
        match result {
            Ok(()) => Ok(1),
            Err(Stop::Raised(raised)) => Err(raised),
            Err(Stop::Code(number, _)) => Err(this.fail(vm, number)),
        }
    }

    /// Whether a buffer as expat's would soon have to grow. It tries again to parse what it has before it does so.
    fn room_is_short(&self, fed: usize, waiting: usize) -> bool {
        const CONTEXT: usize = 1024;
        if self.waited.get() == 0 {
            return true;
        }
        while self.capacity.get() < waiting {
            self.capacity.set((self.capacity.get() * 2).max(2 * CONTEXT));
        }
        fed > (self.capacity.get() - waiting).saturating_sub(CONTEXT)
    }

    fn feed_core(&self, cx: &Cx<'_>, core: &mut Core, data: &[u8], is_final: bool) -> Result<(), Stop> {
        core.seen += data.len();
        let joined;
        let mut data = data;
        // Bytes that came before the encoding was known wait in the decoder as Latin-1 text.
        if self.decoder.borrow().encoding.is_none() {
            let mut all: Vec<u8> = core.buf.chars().map(|c| c as u32 as u8).collect();
            all.extend_from_slice(data);
            core.buf.clear();
            joined = all;
            data = &joined;
            match self.sniff(cx.vm, core, data, is_final) {
                Ok(true) => {}
                Ok(false) => {
                    core.buf = data.iter().map(|&b| char::from(b)).collect();
                    return Ok(());
                }
                Err(Stop::Code(code, at)) => {
                    self.place.set(1, at, at);
                    return Err(Stop::Code(code, at));
                }
                Err(stop) => return Err(stop),
            }
            data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
        }
        let good = self.decoder.borrow_mut().decode(data, &mut core.buf);
        let waiting = core.buf.len();
        let fed = data.len();
        let near_the_end = self.room_is_short(fed, waiting);
        if !is_final && good && self.deferral.get() && !near_the_end && waiting < 2 * self.waited.get() {
            return Ok(());
        }
        core.run(cx, is_final && good)?;
        // Only a piece that held no whole token is waited with.
        self.waited.set(if core.buf.len() == waiting { waiting } else { 0 });
        if !good {
            let at = core.buf.len();
            let result = core.run(cx, false);
            result?;
            return Err(Stop::Code(code::INVALID_TOKEN, at));
        }
        if is_final && self.decoder.borrow().is_waiting() {
            return Err(Stop::Code(code::PARTIAL_CHAR, 0));
        }
        Ok(())
    }
}

/// The bytes of a document's piece: text is read as UTF-8, whatever it declares.
fn piece(vm: &Vm, parser: &XmlParser, data: &Object) -> Result<Vec<u8>> {
    if let Some(text) = data.cast::<Str>() {
        if !parser.started.get() {
            parser.decoder.borrow_mut().encoding = Some(Encoding::Utf8);
        }
        return Ok(text.to_utf8(vm)?.into_bytes());
    }
    let buffer = vm::object::buffer::get_buffer(vm, data, vm::object::buffer::request::SIMPLE)?;
    let bytes = buffer.to_vec();
    buffer.release(vm);
    Ok(bytes)
}

fn flag(vm: &Vm, value: Option<&Object>) -> Result<bool> {
    match value {
        Some(value) => vm::protocol::object::is_true(vm, value),
        None => Err(raise!(vm, RuntimeError, "Cannot delete attribute")),
    }
}

fn handler_of(this: &Object, at: usize) -> Object {
    this.cast::<XmlParser>().and_then(|this| this.handlers[at].get()).unwrap_or_else(none)
}

fn set_handler(vm: &Vm, this: &Object, at: usize, value: Option<&Object>) -> Result<()> {
    let Some(this) = this.cast::<XmlParser>() else { return Ok(()) };
    let Some(value) = value else { bail!(vm, TypeError, "Cannot delete attribute") };
    if at == handler::CHARACTER_DATA {
        let cx = Cx { vm, parser: this };
        if let Err(Stop::Raised(raised)) = cx.flush() {
            return Err(raised);
        }
    }
    this.handlers[at].set(Some(value.clone()).filter(|v| !v.is(&none())));
    Ok(())
}

#[pymethods]
impl XmlParser {
    /// Parse XML data.
    ///
    /// 'isfinal' should be true at end of input.
    #[py("Parse(data, isfinal=False, /)")]
    fn parse(this: &Ref<Self>, vm: &Vm, data: &Object, isfinal: bool) -> Result<i32> {
        let bytes = piece(vm, this, data)?;
        XmlParser::feed(this, vm, &bytes, isfinal, "Parse")
    }

    /// Parse XML data from file-like object.
    #[py("ParseFile(file, /)")]
    fn parse_file(this: &Ref<Self>, vm: &Vm, file: &Object) -> Result<i32> {
        let Some(read) = attr::getattr_opt(vm, file, vm.names().read())? else {
            bail!(vm, TypeError, "argument must have 'read' attribute");
        };
        loop {
            let data = call::call(vm, &read, &[Object::int32(2048)])?;
            let bytes = match (data.cast::<Bytes>(), vm::builtins::bytes::bytes_or_bytearray(&data)) {
                (Some(bytes), _) => bytes.as_bytes().to_vec(),
                (None, Some(bytes)) => bytes,
                _ => bail!(vm, TypeError, "read() did not return a bytes object (type={})", type_name(&data)),
            };
            if bytes.len() > 2048 {
                bail!(vm, ValueError, "read() returned too much data: 2048 bytes requested, {} returned", bytes.len());
            }
            if bytes.is_empty() {
                return XmlParser::feed(this, vm, &[], true, "ParseFile");
            }
            XmlParser::feed(this, vm, &bytes, false, "ParseFile")?;
        }
    }

    /// Set the base URL for the parser.
    #[py("SetBase(base, /)")]
    fn set_base(&self, base: &Ref<Str>) {
        self.base.set(Some(base.to_object()));
    }

    /// Return base URL string for the parser.
    #[py("GetBase()")]
    fn get_base(&self) -> Option<Object> {
        self.base.get()
    }

    /// Return the untranslated text of the input that caused the current event.
    #[py("GetInputContext()")]
    fn get_input_context(&self) -> Option<Object> {
        None
    }

    /// Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler.
    #[py(raw, "ExternalEntityParserCreate", notext)]
    fn external_entity_parser_create(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (this, context, encoding) = match args.positional() {
            [this, context] => (this, context, None),
            [this, context, encoding] => (this, context, Some(encoding)),
            many => bail!(
                vm,
                TypeError,
                "ExternalEntityParserCreate() takes at most 2 arguments ({} given)",
                many.len().saturating_sub(1)
            ),
        };
        let Some(this) = this.cast::<XmlParser>() else { bail!(vm, TypeError, "a parser was expected") };
        let encoding = match encoding.and_then(|e| e.cast::<Str>()) {
            Some(name) => encoding_named(vm, &name.to_utf8(vm)?)?,
            None => None,
        };
        let phase = if context.is(&none()) { Phase::ExternalSubset } else { Phase::ExternalStart };
        let mut core = Core::new(phase, None);
        core.is_root = false;
        // While it runs, the core is with `feed`; what a child needs of it is shared beside.
        let shared = this.core.borrow();
        if let Some(parent) = shared.as_ref() {
            core.dtd = Rc::clone(&parent.dtd);
            core.separator = parent.separator.clone();
            core.bindings = parent.bindings.clone();
            core.expanding = parent.expanding.clone();
            core.param_parsing = parent.param_parsing;
            core.limits = parent.limits;
        }
        drop(shared);
        if let Some(context) = context.cast::<Str>() {
            core.expanding.insert(context.to_string_lossy());
        }
        let child = XmlParser::make(core, this.intern.clone(), encoding);
        for (to, from) in child.handlers.iter().zip(this.handlers.iter()) {
            to.set(from.get());
        }
        child.base.set(this.base.get());
        child.buffer_text.set(this.buffer_text.get());
        child.deferral.set(this.deferral.get());
        child.buffer_size.set(this.buffer_size.get());
        child.ordered_attributes.set(this.ordered_attributes.get());
        child.specified_attributes.set(this.specified_attributes.get());
        child.namespace_prefixes.set(this.namespace_prefixes.get());
        Ok(child.into_object())
    }

    /// Controls parsing of parameter entities (including the external DTD subset).
    #[py("SetParamEntityParsing(flag, /)")]
    fn set_param_entity_parsing(&self, flag: i32) -> i32 {
        let mut core = self.core.borrow_mut();
        match core.as_mut() {
            Some(core) if core.seen == 0 => {
                core.param_parsing = flag;
                1
            }
            _ => 0,
        }
    }

    /// Allows the application to provide an artificial external subset if one is not specified as part of the document instance.
    #[py("UseForeignDTD(flag=True, /)")]
    fn use_foreign_dtd(&self, vm: &Vm, flag: bool) -> Result<()> {
        if let Some(core) = self.core.borrow_mut().as_mut()
            && core.seen == 0
        {
            core.foreign_dtd = flag;
            return Ok(());
        }
        Err(self.fail(vm, code::CANT_CHANGE_FEATURE_ONCE_PARSING))
    }

    /// Enable/Disable reparse deferral; enabled by default with Expat >=2.6.0.
    #[py("SetReparseDeferralEnabled(enabled, /)")]
    fn set_reparse_deferral(&self, enabled: bool) {
        self.deferral.set(enabled);
    }

    /// Retrieve reparse deferral enabled status; always returns false with Expat <2.6.0.
    #[py("GetReparseDeferralEnabled()")]
    fn get_reparse_deferral(&self) -> bool {
        self.deferral.get()
    }

    /// Sets the number of output bytes needed to activate protection against billion laughs attacks.
    ///
    /// Counted are the document's own bytes and those that its entities bring.
    #[py("SetBillionLaughsAttackProtectionActivationThreshold(threshold, /)", keywords)]
    fn set_expansion_threshold(&self, vm: &Vm, threshold: &Object) -> Result<()> {
        self.set_threshold(vm, threshold, |limits| &mut limits.expansion)
    }

    /// Sets the maximum tolerated amplification factor for protection against billion laughs attacks.
    ///
    /// The factor is that by which entities make the document larger; 'max_factor' must be at least 1.0.
    #[py("SetBillionLaughsAttackProtectionMaximumAmplification(max_factor, /)", keywords)]
    fn set_expansion_factor(&self, vm: &Vm, max_factor: f64) -> Result<()> {
        self.set_factor(vm, max_factor, |limits| &mut limits.expansion)
    }

    /// Sets the number of allocated bytes of dynamic memory needed to activate protection against disproportionate use of RAM.
    #[py("SetAllocTrackerActivationThreshold(threshold, /)", keywords)]
    fn set_memory_threshold(&self, vm: &Vm, threshold: &Object) -> Result<()> {
        self.set_threshold(vm, threshold, |limits| &mut limits.memory)
    }

    /// Sets the maximum amplification factor between direct input and bytes of dynamic memory allocated.
    ///
    /// 'max_factor' must be at least 1.0.
    #[py("SetAllocTrackerMaximumAmplification(max_factor, /)", keywords)]
    fn set_memory_factor(&self, vm: &Vm, max_factor: f64) -> Result<()> {
        self.set_factor(vm, max_factor, |limits| &mut limits.memory)
    }

    #[getter("intern")]
    fn intern(&self) -> Object {
        self.intern.clone()
    }

    #[getter("ErrorCode")]
    fn error_code(&self) -> i32 {
        self.error.get()
    }

    #[getter("ErrorLineNumber")]
    fn error_line(&self) -> usize {
        self.place.get().0
    }

    #[getter("ErrorColumnNumber")]
    fn error_column(&self) -> usize {
        self.place.get().1
    }

    #[getter("ErrorByteIndex")]
    fn error_byte(&self) -> usize {
        self.place.get().2
    }

    #[getter("CurrentLineNumber")]
    fn current_line(&self) -> usize {
        self.place.get().0
    }

    #[getter("CurrentColumnNumber")]
    fn current_column(&self) -> usize {
        self.place.get().1
    }

    #[getter("CurrentByteIndex")]
    fn current_byte(&self) -> i64 {
        if self.started.get() { self.place.get().2 as i64 } else { -1 }
    }

    #[getter("buffer_text")]
    fn buffer_text(&self) -> bool {
        self.buffer_text.get()
    }

    #[setter("buffer_text")]
    fn set_buffer_text(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let on = flag(vm, value)?;
        if let Err(Stop::Raised(raised)) = (Cx { vm, parser: this }).flush() {
            return Err(raised);
        }
        this.buffer_text.set(on);
        Ok(())
    }

    #[getter("buffer_size")]
    fn buffer_size(&self) -> usize {
        self.buffer_size.get()
    }

    #[setter("buffer_size")]
    fn set_buffer_size(this: &Ref<Self>, vm: &Vm, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, RuntimeError, "Cannot delete attribute") };
        if !value.is_instance_of::<Int>() {
            bail!(vm, TypeError, "buffer_size must be an integer");
        }
        let size = number::as_ssize(vm, value, Some(&vm::exception::types::OverflowError))?;
        if size <= 0 {
            bail!(vm, ValueError, "buffer_size must be greater than zero");
        }
        if size > i32::MAX as isize {
            bail!(vm, ValueError, "buffer_size must not be greater than {}", i32::MAX);
        }
        if let Err(Stop::Raised(raised)) = (Cx { vm, parser: this }).flush() {
            return Err(raised);
        }
        this.buffer_size.set(size as usize);
        Ok(())
    }

    #[getter("buffer_used")]
    fn buffer_used(&self) -> usize {
        self.text.borrow().len()
    }

    #[getter("namespace_prefixes")]
    fn namespace_prefixes(&self) -> bool {
        self.namespace_prefixes.get()
    }

    #[setter("namespace_prefixes")]
    fn set_namespace_prefixes(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        self.namespace_prefixes.set(flag(vm, value)?);
        Ok(())
    }

    #[getter("ordered_attributes")]
    fn ordered_attributes(&self) -> bool {
        self.ordered_attributes.get()
    }

    #[setter("ordered_attributes")]
    fn set_ordered_attributes(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        self.ordered_attributes.set(flag(vm, value)?);
        Ok(())
    }

    #[getter("specified_attributes")]
    fn specified_attributes(&self) -> bool {
        self.specified_attributes.get()
    }

    #[setter("specified_attributes")]
    fn set_specified_attributes(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        self.specified_attributes.set(flag(vm, value)?);
        Ok(())
    }
}
