//! The parser proper: text in, handlers called.

use super::dtd::{Attribute, Dtd, Entity};
use super::limits::Limits;
use super::names::KnownNames;
use super::parser::{XmlParser, handler};
use super::scan::{self, Fault, Reference, code};
use crate::xml_receiver::Receiver;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use vm::prelude::*;

/// Why parsing stops.
pub enum Stop {
    /// A handler raised.
    Raised(Raised),
    /// Expat's error, at this offset of the text at hand.
    Code(i32, usize),
}

impl From<Raised> for Stop {
    fn from(raised: Raised) -> Stop {
        Stop::Raised(raised)
    }
}

pub type Parsed<T> = Result<T, Stop>;

/// Where in the document the parser is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Phase {
    Start,
    Prolog,
    Subset,
    AfterSubset,
    Content,
    Epilog,
    /// An external entity's content, which may begin with a text declaration.
    ExternalStart,
    External,
    /// Declarations outside the document.
    ExternalSubset,
}

/// An open element.
pub struct Open {
    /// Where its name begins among the open names.
    pub name_at: usize,
    pub shown: Object,
    /// How many prefixes were bound around it.
    pub bindings: usize,
}

pub struct Core {
    pub phase: Phase,
    /// Text not yet parsed.
    pub buf: String,
    /// Whether what is parsed is a parameter entity's text, which has no place in the document.
    in_parameter: bool,
    pub dtd: Rc<RefCell<Dtd>>,
    pub open: Vec<Open>,
    /// The names of the open elements as they stand, one behind the other.
    pub open_names: String,
    /// Names that were met, as handlers see them.
    pub names: KnownNames,
    /// What stands between namespace and name; `None` without namespaces.
    pub separator: Option<String>,
    pub bindings: Vec<(String, Option<String>)>,
    /// Entities being expanded.
    pub expanding: HashSet<String>,
    /// Bytes that entities brought, and the document's own.
    expanded: usize,
    pub seen: usize,
    pub limits: Limits,
    /// Whether the handler was asked about missing declarations at the document type's name.
    asked_standalone: bool,
    /// Whether it parses a document of its own: only there can limits be set.
    pub is_root: bool,
    pub foreign_dtd: bool,
    pub param_parsing: i32,
    doctype_has_external: Option<(Option<String>, Option<String>)>,
    /// Whether the subset's text is delivered to the default handler with quotes and all.
    pub finished: bool,
}

pub const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
pub const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

pub struct Cx<'a> {
    pub vm: &'a Vm,
    pub parser: &'a Ref<XmlParser>,
}

impl Cx<'_> {
    pub fn has(&self, which: usize) -> bool {
        self.parser.handlers[which].is_some()
    }

    /// Calls a handler if it is set, after the text that waits.
    pub fn call(&self, which: usize, args: &[Object]) -> Parsed<Option<Object>> {
        let Some(function) = self.parser.handlers[which].get() else { return Ok(None) };
        self.flush()?;
        Ok(Some(self.tell(&function, args)?))
    }

    fn tell(&self, handler: &Object, args: &[Object]) -> Result<Object> {
        match handler.cast_exact::<Receiver>() {
            Some(receiver) => receiver.tell(self.vm, args),
            None => vm::protocol::call::call(self.vm, handler, args),
        }
    }

    /// Whether a handler takes attributes as further arguments.
    pub fn takes_flat(&self, which: usize) -> bool {
        self.parser.handlers[which].get().is_some_and(|handler| handler.is_exact::<Receiver>())
    }

    pub fn flush(&self) -> Parsed<()> {
        if self.parser.text.borrow().is_empty() {
            return Ok(());
        }
        let function = self.parser.handlers[handler::CHARACTER_DATA].get();
        let text = {
            let mut waiting = self.parser.text.borrow_mut();
            let text = function.is_some().then(|| self.text(&waiting));
            waiting.clear();
            text.transpose()?
        };
        if let (Some(function), Some(text)) = (function, text) {
            self.tell(&function, &[text])?;
        }
        Ok(())
    }

    pub fn text(&self, text: &str) -> Parsed<Object> {
        Ok(self.vm.memory(Str::try_new(text))?.into_object())
    }

    pub fn name(&self, name: &str) -> Parsed<Object> {
        let key = Str::new(name).into_object();
        match self.parser.intern.cast::<Dict>() {
            Some(dict) => Ok(dict.set_default(self.vm, &key, key.clone())?),
            None => Ok(key),
        }
    }

    pub fn maybe(&self, text: Option<&str>) -> Parsed<Object> {
        text.map_or(Ok(none()), |t| self.text(t))
    }

    /// Text as it stands, for the default handler.
    pub fn default(&self, raw: &str) -> Parsed<()> {
        let which = if self.has(handler::DEFAULT_EXPAND) { handler::DEFAULT_EXPAND } else { handler::DEFAULT };
        if !raw.is_empty() && self.has(which) {
            let text = self.text(raw)?;
            self.call(which, &[text])?;
        }
        Ok(())
    }

    pub fn characters(&self, text: &str) -> Parsed<bool> {
        if !self.has(handler::CHARACTER_DATA) {
            return Ok(false);
        }
        if self.parser.buffer_text.get() {
            let size = self.parser.buffer_size.get();
            if text.len() + self.parser.text.borrow().len() > size {
                self.flush()?;
                if text.len() > size {
                    let text = self.text(text)?;
                    self.call(handler::CHARACTER_DATA, &[text])?;
                    return Ok(true);
                }
            }
            self.parser.text.borrow_mut().push_str(text);
            return Ok(true);
        }
        let text = self.text(text)?;
        self.call(handler::CHARACTER_DATA, &[text])?;
        Ok(true)
    }
}

impl Core {
    pub fn new(phase: Phase, separator: Option<String>) -> Core {
        Core {
            phase,
            buf: String::new(),
            in_parameter: false,
            dtd: Rc::default(),
            open: Vec::new(),
            open_names: String::new(),
            names: KnownNames::default(),
            separator,
            bindings: vec![("xml".to_owned(), Some(XML_URI.to_owned()))],
            expanding: HashSet::new(),
            expanded: 0,
            seen: 0,
            limits: Limits::default(),
            asked_standalone: false,
            is_root: true,
            foreign_dtd: false,
            param_parsing: 0,
            doctype_has_external: None,
            finished: false,
        }
    }

    /// The place of what comes next, for the parser's attributes.
    pub fn mark(&self, cx: &Cx<'_>, at: usize) {
        if !self.in_parameter {
            cx.parser.place.mark(at);
        }
    }

    /// Parses what there is.
    pub fn run(&mut self, cx: &Cx<'_>, is_final: bool) -> Parsed<()> {
        let text = Rc::new(std::mem::take(&mut self.buf));
        cx.parser.place.begin(&text);
        let mut at = 0;
        let result = loop {
            let before = (at, self.phase);
            match self.step(cx, &text, at, is_final) {
                Ok(next) => at = next,
                Err(stop) => break Err(stop),
            }
            if (at, self.phase) == before {
                break Ok(());
            }
        };
        let result = match result {
            Ok(()) if is_final => self.at_end(&text, at),
            other => other,
        };
        match &result {
            Err(Stop::Code(_, wrong)) => cx.parser.place.mark((*wrong).min(text.len())),
            Ok(()) => cx.parser.place.mark(at),
            Err(Stop::Raised(_)) => {}
        }
        cx.parser.place.end(at);
        self.buf = Rc::try_unwrap(text).unwrap_or_else(|shared| String::clone(&shared));
        self.buf.drain(..at);
        result
    }

    fn at_end(&self, text: &str, at: usize) -> Parsed<()> {
        let rest = &text[at..];
        match self.phase {
            Phase::Epilog | Phase::External | Phase::ExternalStart | Phase::ExternalSubset if rest.is_empty() => {
                if self.phase == Phase::External && !self.open.is_empty() {
                    return Err(Stop::Code(code::ASYNC_ENTITY, at));
                }
                Ok(())
            }
            _ if rest.is_empty() => Err(Stop::Code(code::NO_ELEMENTS, text.len())),
            _ if rest.starts_with("<![CDATA[") => Err(Stop::Code(code::UNCLOSED_CDATA_SECTION, at)),
            _ => Err(Stop::Code(code::UNCLOSED_TOKEN, at)),
        }
    }

    fn step(&mut self, cx: &Cx<'_>, t: &str, at: usize, is_final: bool) -> Parsed<usize> {
        match self.phase {
            Phase::Start | Phase::ExternalStart => self.start(cx, t, at, is_final),
            Phase::Prolog | Phase::Epilog => self.misc(cx, t, at, is_final),
            Phase::Subset | Phase::ExternalSubset => self.subset(cx, t, at, is_final),
            Phase::AfterSubset => self.after_subset(cx, t, at),
            Phase::Content | Phase::External => self.content(cx, t, at, is_final, true),
        }
    }

    /// The XML or text declaration, if there is one.
    fn start(&mut self, cx: &Cx<'_>, t: &str, at: usize, is_final: bool) -> Parsed<usize> {
        let next = if self.phase == Phase::Start { Phase::Prolog } else { Phase::External };
        let rest = &t[at..];
        let declares = rest.starts_with("<?xml") && rest.as_bytes().get(5).is_some_and(|b| scan::is_space(*b));
        if !declares {
            if !is_final && "<?xml ".starts_with(rest) {
                return Ok(at);
            }
            self.phase = next;
            return Ok(at);
        }
        let Some(len) = rest.find("?>") else { return Ok(at) };
        self.mark(cx, at);
        self.declaration(cx, &rest[5..len], at, self.phase == Phase::Start, &rest[..len + 2])?;
        self.phase = next;
        Ok(at + len + 2)
    }

    fn declaration(&mut self, cx: &Cx<'_>, body: &str, at: usize, is_document: bool, raw: &str) -> Parsed<()> {
        let wrong = Stop::Code(code::XML_DECL, at);
        let (mut version, mut encoding, mut standalone) = (None, None, -1);
        let mut rest = body.trim_start_matches([' ', '\t', '\r', '\n']);
        while !rest.is_empty() {
            let Some((name, after)) = rest.split_once('=') else { return Err(wrong) };
            let after = after.trim_start();
            let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Err(wrong) };
            let Some((value, after)) = after[1..].split_once(quote) else { return Err(wrong) };
            match name.trim() {
                "version" if version.is_none() && encoding.is_none() => version = Some(value),
                "encoding" if encoding.is_none() && standalone == -1 => encoding = Some(value),
                "standalone" if standalone == -1 && is_document => match value {
                    "yes" => standalone = 1,
                    "no" => standalone = 0,
                    _ => return Err(wrong),
                },
                _ => return Err(wrong),
            }
            rest = after.trim_start();
        }
        if is_document && version.is_none() {
            return Err(wrong);
        }
        if standalone == 1 {
            self.dtd.borrow_mut().standalone = true;
        }
        if cx.has(handler::XML_DECL) {
            let args = [cx.maybe(version)?, cx.maybe(encoding)?, Int::from_i64(standalone)];
            cx.call(handler::XML_DECL, &args)?;
            return Ok(());
        }
        cx.default(raw)
    }

    /// A comment or processing instruction at `at`; the offset behind it, or `None` where it is neither.
    pub fn aside(&mut self, cx: &Cx<'_>, t: &str, at: usize, main: bool) -> Parsed<Result<usize, Fault>> {
        let rest = &t[at..];
        if let Some(body) = rest.strip_prefix("<!--") {
            let Some(end) = body.find("--") else { return Ok(Err(Fault::Partial)) };
            match body.as_bytes().get(end + 2) {
                None => return Ok(Err(Fault::Partial)),
                Some(b'>') => {}
                Some(_) => return Err(Stop::Code(code::INVALID_TOKEN, at + 4 + end + 2)),
            }
            if let Some(bad) = scan::bad_char(&body[..end]) {
                return Err(Stop::Code(code::INVALID_TOKEN, at + 4 + bad));
            }
            if main {
                self.mark(cx, at);
            }
            if cx.has(handler::COMMENT) {
                let text = cx.text(&scan::normalised(&body[..end]))?;
                cx.call(handler::COMMENT, &[text])?;
            } else {
                cx.default(&rest[..end + 7])?;
            }
            return Ok(Ok(at + end + 7));
        }
        if rest.starts_with("<?") {
            let name_end = match scan::name(t, at + 2) {
                Ok(end) => end,
                Err(Fault::Code(code, at)) => return Err(Stop::Code(code, at)),
                Err(partial) => return Ok(Err(partial)),
            };
            let target = &t[at + 2..name_end];
            let Some(len) = t[name_end..].find("?>") else { return Ok(Err(Fault::Partial)) };
            if target.eq_ignore_ascii_case("xml") {
                let code = if target == "xml" { code::MISPLACED_XML_PI } else { code::INVALID_TOKEN };
                return Err(Stop::Code(code, if target == "xml" { at } else { name_end }));
            }
            let data = &t[name_end..name_end + len];
            if len > 0 && !scan::is_space(data.as_bytes()[0]) {
                return Err(Stop::Code(code::INVALID_TOKEN, name_end));
            }
            if let Some(bad) = scan::bad_char(data) {
                return Err(Stop::Code(code::INVALID_TOKEN, name_end + bad));
            }
            if main {
                self.mark(cx, at);
            }
            if cx.has(handler::PROCESSING_INSTRUCTION) {
                let data = scan::normalised(data.trim_start_matches([' ', '\t', '\r', '\n']));
                let args = [cx.name(target)?, cx.text(&data)?];
                cx.call(handler::PROCESSING_INSTRUCTION, &args)?;
            } else {
                cx.default(&t[at..name_end + len + 2])?;
            }
            return Ok(Ok(name_end + len + 2));
        }
        Ok(Err(Fault::Code(0, at)))
    }

    /// What may stand before and behind the document's element.
    fn misc(&mut self, cx: &Cx<'_>, t: &str, at: usize, is_final: bool) -> Parsed<usize> {
        let end = scan::skip_space(t, at);
        if end > at {
            self.mark(cx, at);
            cx.default(&t[at..end])?;
            return Ok(end);
        }
        let rest = &t[at..];
        if rest.is_empty() || rest == "<" || "<!--".starts_with(rest) || "<!DOCTYPE".starts_with(rest) {
            return Ok(at);
        }
        match self.aside(cx, t, at, true)? {
            Ok(end) => return Ok(end),
            Err(Fault::Partial) => return Ok(at),
            Err(Fault::Code(..)) => {}
        }
        if self.phase == Phase::Epilog {
            return Err(Stop::Code(code::JUNK_AFTER_DOC_ELEMENT, at));
        }
        if rest.starts_with("<!DOCTYPE") {
            return self.doctype(cx, t, at);
        }
        let _ = is_final;
        match rest.as_bytes() {
            [b'<', b'!', ..] => Err(Stop::Code(code::INVALID_TOKEN, at + 2)),
            [b'<', ..] => {
                if self.foreign_dtd && self.doctype_has_external.is_none() && self.open.is_empty() {
                    self.dtd.borrow_mut().incomplete = true;
                    self.mark(cx, at);
                    self.load_external(cx, at, None, None)?;
                }
                self.phase = Phase::Content;
                Ok(at)
            }
            [c, ..] if *c < 0x20 => Err(Stop::Code(code::INVALID_TOKEN, at)),
            _ => Err(Stop::Code(code::SYNTAX, at)),
        }
    }

    /// The external subset, if it is wanted: a handler reads it.
    fn load_external(&mut self, cx: &Cx<'_>, at: usize, system: Option<&str>, public: Option<&str>) -> Parsed<()> {
        let wanted = self.param_parsing == 2 || self.param_parsing == 1 && !self.dtd.borrow().standalone;
        if !wanted || !cx.has(handler::EXTERNAL_ENTITY_REF) {
            return Ok(());
        }
        let base = cx.parser.base.get().unwrap_or_else(none);
        let args = [none(), base, cx.maybe(system)?, cx.maybe(public)?];
        match cx.call(handler::EXTERNAL_ENTITY_REF, &args)? {
            Some(done) if !vm::protocol::object::is_true(cx.vm, &done)? => {
                Err(Stop::Code(code::EXTERNAL_ENTITY_HANDLING, at))
            }
            _ => Ok(()),
        }
    }

    fn doctype(&mut self, cx: &Cx<'_>, t: &str, at: usize) -> Parsed<usize> {
        // All up to the subset or the end must be there.
        let mut quote = 0;
        let head_end = t.as_bytes()[at..].iter().position(|&b| {
            match b {
                b'"' | b'\'' if quote == 0 => quote = b,
                _ if b == quote => quote = 0,
                b'[' | b'>' if quote == 0 => return true,
                _ => {}
            }
            false
        });
        let Some(head_end) = head_end.map(|n| at + n) else { return Ok(at) };
        self.mark(cx, at);
        let mut tokens = Tokens { t, at: at + 9, end: head_end, cx, spaces: !cx.has(handler::START_DOCTYPE_DECL) };
        let raw = !cx.has(handler::START_DOCTYPE_DECL);
        if raw {
            cx.default("<!DOCTYPE")?;
        }
        let invalid = |at: usize| Stop::Code(code::INVALID_TOKEN, at);
        let syntax = |at: usize| Stop::Code(code::SYNTAX, at);
        tokens.space()?;
        let name_at = tokens.at;
        let name = tokens.word(raw)?.ok_or_else(|| syntax(name_at))?;
        tokens.space()?;
        let (mut system, mut public) = (None, None);
        if tokens.at < head_end {
            let keyword_at = tokens.at;
            match tokens.word(raw)? {
                Some("SYSTEM") => {
                    tokens.space()?;
                    system = Some(tokens.quoted(raw)?.ok_or_else(|| syntax(tokens.at))?);
                }
                Some("PUBLIC") => {
                    tokens.space()?;
                    public = Some(tokens.quoted(raw)?.ok_or_else(|| syntax(tokens.at))?);
                    tokens.space()?;
                    system = Some(tokens.quoted(raw)?.ok_or_else(|| syntax(tokens.at))?);
                }
                _ => return Err(syntax(keyword_at)),
            }
            tokens.space()?;
            if tokens.at < head_end {
                return Err(invalid(tokens.at));
            }
        }
        let has_subset = t.as_bytes()[head_end] == b'[';
        if system.is_some() && self.param_parsing == 0 {
            self.dtd.borrow_mut().incomplete = true;
            self.ask_standalone(cx, at)?;
        }
        let public = public.map(|p| p.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        if !raw {
            let args =
                [cx.name(name)?, cx.maybe(system)?, cx.maybe(public.as_deref())?, Object::int32(i32::from(has_subset))];
            cx.call(handler::START_DOCTYPE_DECL, &args)?;
        } else {
            cx.default(&t[head_end..=head_end])?;
        }
        if system.is_some() {
            self.dtd.borrow_mut().incomplete = true;
        }
        self.asked_standalone = system.is_some() && self.param_parsing == 0;
        self.doctype_has_external = Some((system.map(str::to_owned), public));
        if has_subset {
            self.phase = Phase::Subset;
            return Ok(head_end + 1);
        }
        self.end_doctype(cx, head_end)?;
        Ok(head_end + 1)
    }

    fn after_subset(&mut self, cx: &Cx<'_>, t: &str, at: usize) -> Parsed<usize> {
        let end = scan::skip_space(t, at);
        if end > at {
            cx.default(&t[at..end])?;
            return Ok(end);
        }
        match t.as_bytes().get(at) {
            None => Ok(at),
            Some(b'>') => {
                self.mark(cx, at);
                self.end_doctype(cx, at)?;
                if !cx.has(handler::END_DOCTYPE_DECL) {
                    cx.default(">")?;
                }
                Ok(at + 1)
            }
            Some(_) => Err(Stop::Code(code::SYNTAX, at)),
        }
    }

    fn end_doctype(&mut self, cx: &Cx<'_>, at: usize) -> Parsed<()> {
        if let Some((system, public)) = self.doctype_has_external.clone()
            && (system.is_some() || self.foreign_dtd)
        {
            self.dtd.borrow_mut().incomplete = true;
            self.load_external(cx, at, system.as_deref(), public.as_deref())?;
        }
        if !self.asked_standalone {
            self.ask_standalone(cx, at)?;
        }
        cx.call(handler::END_DOCTYPE_DECL, &[])?;
        self.phase = Phase::Prolog;
        Ok(())
    }

    /// Asks the handler whether to go on where declarations are missing.
    fn ask_standalone(&self, cx: &Cx<'_>, at: usize) -> Parsed<()> {
        let asks = self.dtd.borrow().incomplete && !self.dtd.borrow().standalone;
        if asks
            && let Some(answer) = cx.call(handler::NOT_STANDALONE, &[])?
            && !vm::protocol::object::is_true(cx.vm, &answer)?
        {
            return Err(Stop::Code(code::NOT_STANDALONE, at));
        }
        Ok(())
    }

    /// One declaration of the subset.
    fn subset(&mut self, cx: &Cx<'_>, t: &str, at: usize, is_final: bool) -> Parsed<usize> {
        let end = scan::skip_space(t, at);
        if end > at {
            self.mark(cx, at);
            cx.default(&t[at..end])?;
            return Ok(end);
        }
        let rest = &t[at..];
        let bytes = rest.as_bytes();
        match bytes {
            [] => return Ok(at),
            [b']', ..] if self.phase == Phase::Subset => {
                self.mark(cx, at);
                cx.default("]")?;
                self.phase = Phase::AfterSubset;
                return Ok(at + 1);
            }
            [b'%', ..] => return self.parameter_reference(cx, t, at),
            [b'<', ..] => {}
            _ => return Err(Stop::Code(code::SYNTAX, at)),
        }
        if rest.len() < 4 && !is_final {
            return Ok(at);
        }
        if self.phase == Phase::ExternalSubset
            && rest.starts_with("<?xml")
            && bytes.get(5).is_some_and(|b| scan::is_space(*b))
        {
            let Some(len) = rest.find("?>") else { return Ok(at) };
            self.declaration(cx, &rest[5..len], at, false, &rest[..len + 2])?;
            return Ok(at + len + 2);
        }
        match self.aside(cx, t, at, true)? {
            Ok(end) => return Ok(end),
            Err(Fault::Partial) => return Ok(at),
            Err(Fault::Code(..)) => {}
        }
        if self.phase == Phase::ExternalSubset && rest.starts_with("<![") {
            return self.conditional(t, at);
        }
        let mut quote = 0;
        let len = bytes.iter().position(|&b| {
            match b {
                b'"' | b'\'' if quote == 0 => quote = b,
                _ if b == quote => quote = 0,
                b'>' if quote == 0 => return true,
                _ => {}
            }
            false
        });
        let Some(len) = len else { return Ok(at) };
        self.mark(cx, at);
        let declaration = &rest[..=len];
        let words = |keyword: &str| {
            declaration
                .strip_prefix(keyword)
                .filter(|r| r.starts_with([' ', '\t', '\r', '\n']))
                .map(|r| &r[..r.len() - 1])
        };
        let expanded;
        let wrong = Stop::Code(code::SYNTAX, at);
        let mut handled = false;
        if let Some(body) = words("<!ENTITY") {
            handled = self.entity_declaration(cx, body, at)?;
        } else if let Some(body) = words("<!ATTLIST") {
            expanded = self.with_parameters(body);
            handled = self.attribute_declaration(cx, &expanded, at)?;
        } else if let Some(body) = words("<!ELEMENT") {
            expanded = self.with_parameters(body);
            let body = expanded.trim();
            let Ok(name_end) = scan::name(body, 0) else { return Err(wrong) };
            let Some(model) = super::dtd::model(&body[name_end..]) else { return Err(wrong) };
            if cx.has(handler::ELEMENT_DECL) {
                let args = [cx.name(&body[..name_end])?, model_object(cx, &model)?];
                cx.call(handler::ELEMENT_DECL, &args)?;
                handled = true;
            }
        } else if let Some(body) = words("<!NOTATION") {
            let body = body.trim();
            let Ok(name_end) = scan::name(body, 0) else { return Err(wrong) };
            let Some((public, system, rest)) = external_id(&body[name_end..], true) else { return Err(wrong) };
            if !rest.trim().is_empty() {
                return Err(wrong);
            }
            if cx.has(handler::NOTATION_DECL) {
                let base = cx.parser.base.get().unwrap_or_else(none);
                let args =
                    [cx.name(&body[..name_end])?, base, cx.maybe(system.as_deref())?, cx.maybe(public.as_deref())?];
                cx.call(handler::NOTATION_DECL, &args)?;
                handled = true;
            }
        } else {
            return Err(Stop::Code(if rest.starts_with("<!") { code::SYNTAX } else { code::INVALID_TOKEN }, at));
        }
        if !handled {
            cx.default(declaration)?;
        }
        Ok(at + len + 1)
    }

    /// `<![INCLUDE[ … ]]>` and `<![IGNORE[ … ]]>`.
    fn conditional(&mut self, t: &str, at: usize) -> Parsed<usize> {
        let rest = &t[at + 3..];
        let Some(open) = rest.find('[') else { return Ok(at) };
        let word = self.with_parameters(&rest[..open]);
        match word.trim() {
            // The end of an included section is skipped where it stands.
            "INCLUDE" => Err(Stop::Code(code::SYNTAX, at)),
            "IGNORE" => match rest.find("]]>") {
                Some(end) => Ok(at + 3 + end + 3),
                None => Ok(at),
            },
            _ => Err(Stop::Code(code::SYNTAX, at)),
        }
    }

    /// Parameter entities put in.
    fn with_parameters(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for _ in 0..32 {
            let Some(start) = out.find('%') else { break };
            let Ok(end) = scan::name(&out, start + 1) else { break };
            if out.as_bytes().get(end) != Some(&b';') || out.len() > 1 << 20 {
                break;
            }
            let known = self.dtd.borrow().parameter.get(&out[start + 1..end]).and_then(|e| e.text.clone());
            let Some(replacement) = known else { break };
            out.replace_range(start..=end, &format!(" {replacement} "));
        }
        out
    }

    fn parameter_reference(&mut self, cx: &Cx<'_>, t: &str, at: usize) -> Parsed<usize> {
        let end = match scan::name(t, at + 1) {
            Ok(end) => end,
            Err(Fault::Partial) => return Ok(at),
            Err(Fault::Code(code, at)) => return Err(Stop::Code(code, at)),
        };
        match t.as_bytes().get(end) {
            None => return Ok(at),
            Some(b';') => {}
            Some(_) => return Err(Stop::Code(code::INVALID_TOKEN, end)),
        }
        let name = &t[at + 1..end];
        self.mark(cx, at);
        let entity = self.dtd.borrow().parameter.get(name).cloned();
        let wanted = self.param_parsing == 2 || self.param_parsing == 1 && !self.dtd.borrow().standalone;
        self.dtd.borrow_mut().incomplete = true;
        match entity {
            Some(Entity { text: Some(text), .. }) if wanted => {
                let key = format!("%{name}");
                if !self.expanding.insert(key.clone()) {
                    return Err(Stop::Code(code::RECURSIVE_ENTITY_REF, at));
                }
                let (phase, in_parameter) = (self.phase, std::mem::replace(&mut self.in_parameter, true));
                self.phase = Phase::ExternalSubset;
                let mut p = 0;
                let mut result = Ok(());
                while p < text.len() {
                    match self.subset(cx, &text, p, true) {
                        Ok(next) if next > p => p = next,
                        Ok(_) => result = Err(Stop::Code(code::SYNTAX, at)),
                        Err(Stop::Code(code, _)) => result = Err(Stop::Code(code, at)),
                        Err(stop) => result = Err(stop),
                    }
                    if result.is_err() {
                        break;
                    }
                }
                (self.phase, self.in_parameter) = (phase, in_parameter);
                self.expanding.remove(&key);
                result?;
            }
            Some(entity) if wanted && cx.has(handler::EXTERNAL_ENTITY_REF) => {
                self.load_external(cx, at, entity.system.as_deref(), entity.public.as_deref())?;
            }
            _ => {
                if cx.has(handler::SKIPPED_ENTITY) {
                    let args = [cx.text(name)?, true.object()];
                    cx.call(handler::SKIPPED_ENTITY, &args)?;
                } else {
                    cx.default(&t[at..=end])?;
                }
            }
        }
        Ok(end + 1)
    }

    fn entity_declaration(&mut self, cx: &Cx<'_>, body: &str, at: usize) -> Parsed<bool> {
        let wrong = || Stop::Code(code::SYNTAX, at);
        let mut body = body.trim();
        let is_parameter = body.strip_prefix('%').is_some_and(|r| r.starts_with([' ', '\t', '\r', '\n']));
        if is_parameter {
            body = body[1..].trim_start();
        }
        let name_end = scan::name(body, 0).map_err(|_| wrong())?;
        let (name, rest) = (&body[..name_end], body[name_end..].trim_start());
        let mut entity = Entity { text: None, system: None, public: None, notation: None };
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let Some((value, after)) = rest[1..].split_once(quote) else { return Err(wrong()) };
            if !after.trim().is_empty() {
                return Err(wrong());
            }
            entity.text = Some(Rc::from(self.entity_value(value, at)?));
        } else {
            let (public, system, after) = external_id(rest, false).ok_or_else(wrong)?;
            (entity.public, entity.system) = (public, system);
            let after = after.trim();
            if let Some(notation) = after.strip_prefix("NDATA").filter(|_| !is_parameter) {
                entity.notation = Some(notation.trim().to_owned());
            } else if !after.is_empty() {
                return Err(wrong());
            }
        }
        let known = {
            let dtd = self.dtd.borrow();
            let table = if is_parameter { &dtd.parameter } else { &dtd.general };
            table.contains_key(name) || !is_parameter && scan::predefined(name).is_some()
        };
        if known {
            return Ok(cx.has(handler::ENTITY_DECL));
        }
        {
            let mut dtd = self.dtd.borrow_mut();
            let table = if is_parameter { &mut dtd.parameter } else { &mut dtd.general };
            table.insert(name.to_owned(), entity.clone());
            dtd.kept_bytes += size_of::<(String, Entity)>() + name.len() + entity.text.as_ref().map_or(0, |t| t.len());
        }
        self.check_memory(at)?;
        let base = cx.parser.base.get().unwrap_or_else(none);
        if entity.notation.is_some() && cx.has(handler::UNPARSED_ENTITY_DECL) {
            let args = [
                cx.name(name)?,
                base,
                cx.maybe(entity.system.as_deref())?,
                cx.maybe(entity.public.as_deref())?,
                cx.maybe(entity.notation.as_deref())?,
            ];
            cx.call(handler::UNPARSED_ENTITY_DECL, &args)?;
            return Ok(true);
        }
        if cx.has(handler::ENTITY_DECL) {
            let args = [
                cx.name(name)?,
                Object::int32(i32::from(is_parameter)),
                cx.maybe(entity.text.as_deref())?,
                base,
                cx.maybe(entity.system.as_deref())?,
                cx.maybe(entity.public.as_deref())?,
                cx.maybe(entity.notation.as_deref())?,
            ];
            cx.call(handler::ENTITY_DECL, &args)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// An entity's value: character references and parameter entities are replaced.
    fn entity_value(&self, value: &str, at: usize) -> Parsed<String> {
        let value = scan::normalised(value);
        let value = if self.phase == Phase::ExternalSubset { self.with_parameters(&value) } else { value };
        let mut out = String::with_capacity(value.len());
        let mut p = 0;
        while let Some(next) = value[p..].find('&') {
            out.push_str(&value[p..p + next]);
            p += next;
            match scan::reference(&value, p) {
                Ok((Reference::Char(c), end)) => {
                    out.push(c);
                    p = end;
                }
                Ok((Reference::Entity(_), end)) => {
                    out.push_str(&value[p..end]);
                    p = end;
                }
                Err(Fault::Code(code, _)) => return Err(Stop::Code(code, at)),
                Err(Fault::Partial) => return Err(Stop::Code(code::INVALID_TOKEN, at)),
            }
        }
        out.push_str(&value[p..]);
        Ok(out)
    }

    fn attribute_declaration(&mut self, cx: &Cx<'_>, body: &str, at: usize) -> Parsed<bool> {
        let wrong = || Stop::Code(code::SYNTAX, at);
        let body = body.trim();
        let name_end = scan::name(body, 0).map_err(|_| wrong())?;
        let (element, mut rest) = (&body[..name_end], body[name_end..].trim_start());
        while !rest.is_empty() {
            let end = scan::name(rest, 0).map_err(|_| wrong())?;
            let name = &rest[..end];
            rest = rest[end..].trim_start();
            let kind: String;
            if rest.starts_with('(') {
                let close = rest.find(')').ok_or_else(wrong)?;
                kind = rest[..=close].split_ascii_whitespace().collect();
                rest = &rest[close + 1..];
            } else {
                let end = scan::name(rest, 0).map_err(|_| wrong())?;
                let word = &rest[..end];
                rest = &rest[end..];
                if word == "NOTATION" {
                    let close = rest.find(')').ok_or_else(wrong)?;
                    kind = format!("NOTATION{}", rest[..=close].split_ascii_whitespace().collect::<String>());
                    rest = &rest[close + 1..];
                } else {
                    kind = word.to_owned();
                }
            }
            rest = rest.trim_start();
            let (mut default, mut required) = (None, false);
            if let Some(after) = rest.strip_prefix("#REQUIRED") {
                (required, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("#IMPLIED") {
                rest = after;
            } else {
                if let Some(after) = rest.strip_prefix("#FIXED") {
                    (required, rest) = (true, after.trim_start());
                }
                let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(wrong)?;
                let (value, after) = rest[1..].split_once(quote).ok_or_else(wrong)?;
                let mut text = String::new();
                self.attribute_text(value, at, &mut text, 0)?;
                if kind != "CDATA" {
                    text = text.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
                }
                default = Some(text);
                rest = after;
            }
            rest = rest.trim_start();
            {
                let mut dtd = self.dtd.borrow_mut();
                let known = dtd.attributes.entry(element.to_owned()).or_default();
                if known.iter().all(|a| a.name != name) {
                    let is_cdata = kind == "CDATA";
                    known.push(Attribute { name: name.to_owned(), is_cdata, default: default.clone() });
                }
            }
            if cx.has(handler::ATTLIST_DECL) {
                let args = [
                    cx.name(element)?,
                    cx.name(name)?,
                    cx.text(&kind)?,
                    cx.maybe(default.as_deref())?,
                    Object::int32(i32::from(required)),
                ];
                cx.call(handler::ATTLIST_DECL, &args)?;
            }
        }
        Ok(cx.has(handler::ATTLIST_DECL))
    }

    pub fn spend(&mut self, bytes: usize, at: usize) -> Parsed<()> {
        self.expanded += bytes;
        if self.limits.expansion.is_breached(self.expanded + self.seen, self.seen) {
            return Err(Stop::Code(code::AMPLIFICATION_LIMIT_BREACH, at));
        }
        self.check_memory(at)
    }

    /// Holds the memory that the parser keeps against its limit.
    fn check_memory(&self, at: usize) -> Parsed<()> {
        let kept = size_of::<XmlParser>()
            + self.buf.capacity()
            + self.open.len() * size_of::<Open>()
            + self.dtd.borrow().kept_bytes;
        match self.limits.memory.is_breached(kept, self.seen) {
            true => Err(Stop::Code(code::NO_MEMORY, at)),
            false => Ok(()),
        }
    }

    /// An attribute's value with references replaced and spaces normalised.
    pub fn attribute_text(&mut self, raw: &str, at: usize, out: &mut String, depth: u32) -> Parsed<()> {
        let bytes = raw.as_bytes();
        let mut p = 0;
        while p < raw.len() {
            let run = bytes[p..]
                .iter()
                .position(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r' | b'<'))
                .unwrap_or(raw.len() - p);
            out.push_str(&raw[p..p + run]);
            p += run;
            let Some(c) = bytes.get(p) else { break };
            match c {
                b'&' => {}
                b'<' => return Err(Stop::Code(code::INVALID_TOKEN, at)),
                _ => {
                    out.push(' ');
                    p += if *c == b'\r' && bytes.get(p + 1) == Some(&b'\n') && depth == 0 { 2 } else { 1 };
                    continue;
                }
            }
            let (reference, end) = match scan::reference(raw, p) {
                Ok(found) => found,
                Err(Fault::Code(code, bad)) => return Err(Stop::Code(code, if depth == 0 { at + bad } else { at })),
                Err(Fault::Partial) => return Err(Stop::Code(code::INVALID_TOKEN, at)),
            };
            let here = if depth == 0 { at + p } else { at };
            p = end;
            match reference {
                Reference::Char(c) => out.push(c),
                Reference::Entity(name) => {
                    if let Some(c) = scan::predefined(name) {
                        out.push(c);
                        continue;
                    }
                    let entity = self.dtd.borrow().general.get(name).cloned();
                    match entity {
                        None if !self.dtd.borrow().incomplete || self.dtd.borrow().standalone => {
                            return Err(Stop::Code(code::UNDEFINED_ENTITY, here));
                        }
                        None => {}
                        Some(Entity { notation: Some(_), .. }) => {
                            return Err(Stop::Code(code::BINARY_ENTITY_REF, here));
                        }
                        Some(Entity { text: None, .. }) => {
                            return Err(Stop::Code(code::ATTRIBUTE_EXTERNAL_ENTITY_REF, here));
                        }
                        Some(Entity { text: Some(text), .. }) => {
                            if depth > 200 || !self.expanding.insert(name.to_owned()) {
                                return Err(Stop::Code(code::RECURSIVE_ENTITY_REF, here));
                            }
                            self.spend(text.len(), here)?;
                            let result = self.attribute_text(&text, here, out, depth + 1);
                            self.expanding.remove(name);
                            result?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The words of a DOCTYPE's head.
struct Tokens<'a, 'c> {
    t: &'a str,
    at: usize,
    end: usize,
    cx: &'a Cx<'c>,
    spaces: bool,
}

impl<'a> Tokens<'a, '_> {
    fn space(&mut self) -> Parsed<()> {
        let end = scan::skip_space(self.t, self.at).min(self.end);
        if self.spaces {
            self.cx.default(&self.t[self.at..end])?;
        }
        self.at = end;
        Ok(())
    }

    fn word(&mut self, raw: bool) -> Parsed<Option<&'a str>> {
        let Ok(end) = scan::name(self.t, self.at) else { return Ok(None) };
        let word = &self.t[self.at..end.min(self.end)];
        if raw {
            self.cx.default(word)?;
        }
        self.at = end.min(self.end);
        Ok(Some(word))
    }

    fn quoted(&mut self, raw: bool) -> Parsed<Option<&'a str>> {
        let rest = &self.t[self.at..self.end];
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return Ok(None) };
        let Some(len) = rest[1..].find(quote) else { return Ok(None) };
        if raw {
            self.cx.default(&rest[..len + 2])?;
        }
        self.at += len + 2;
        Ok(Some(&rest[1..=len]))
    }
}

/// `SYSTEM "…"` or `PUBLIC "…" "…"`: public, system, and what follows.
fn external_id(text: &str, public_alone: bool) -> Option<(Option<String>, Option<String>, &str)> {
    fn quoted(text: &str) -> Option<(String, &str)> {
        let text = text.trim_start();
        let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = text[1..].split_once(quote)?;
        Some((value.to_owned(), after))
    }
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix("SYSTEM") {
        let (system, after) = quoted(rest)?;
        return Some((None, Some(system), after));
    }
    let (public, after) = quoted(text.strip_prefix("PUBLIC")?)?;
    let public = public.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    match quoted(after) {
        Some((system, after)) => Some((Some(public), Some(system), after)),
        None if public_alone => Some((Some(public), None, after)),
        None => None,
    }
}

fn model_object(cx: &Cx<'_>, model: &super::dtd::Model) -> Parsed<Object> {
    let parts = model.parts.iter().map(|p| model_object(cx, p)).collect::<Parsed<Vec<_>>>()?;
    let name = match &model.name {
        Some(name) => cx.name(name)?,
        None => none(),
    };
    let parts = Tuple::from_slice(&parts).into_object();
    Ok(Tuple::from_slice(&[Object::int32(model.kind), Object::int32(model.quantifier), name, parts]).into_object())
}
