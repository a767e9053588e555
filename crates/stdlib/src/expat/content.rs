//! Elements and text.

use super::core::{Core, Cx, Open, Parsed, Phase, Stop, XML_URI, XMLNS_URI};
use super::parser::handler;
use super::scan::{self, Fault, Reference, StartTag, Wrong, code};
use std::borrow::Cow;
use vm::prelude::*;

/// An attribute, its value as it is reported.
struct Attr<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
    at: usize,
}

impl Core {
    /// Elements and text.
    pub fn content(&mut self, cx: &Cx<'_>, t: &str, at: usize, is_final: bool, main: bool) -> Parsed<usize> {
        let floor = if main { 0 } else { self.open.len() };
        let mut p = at;
        let bytes = t.as_bytes();
        while p < t.len() {
            if main {
                self.mark(cx, p);
            }
            match bytes[p] {
                b'<' => match self.markup(cx, t, p, main, floor) {
                    Ok(Ok(end)) => p = end,
                    Ok(Err(Fault::Partial)) if main => return Ok(p),
                    Ok(Err(Fault::Partial)) => return Err(Stop::Code(code::UNCLOSED_TOKEN, p)),
                    Ok(Err(Fault::Code(code, at))) => return Err(Stop::Code(code, at)),
                    Err(stop) => return Err(stop),
                },
                b'&' => match scan::reference(t, p) {
                    Ok((reference, end)) => {
                        self.referenced(cx, t, p, end, reference)?;
                        p = end;
                    }
                    Err(Fault::Partial) if main => return Ok(p),
                    Err(Fault::Partial) => return Err(Stop::Code(code::UNCLOSED_TOKEN, p)),
                    Err(Fault::Code(code, at)) => return Err(Stop::Code(code, at)),
                },
                _ => {
                    let next = self.characters(cx, t, p, is_final || !main)?;
                    if next == p {
                        return Ok(p);
                    }
                    p = next;
                }
            }
            if main && self.open.is_empty() && self.phase == Phase::Content {
                self.phase = Phase::Epilog;
                return Ok(p);
            }
        }
        if !main && self.open.len() != floor {
            return Err(Stop::Code(code::ASYNC_ENTITY, p));
        }
        Ok(p)
    }

    /// A run of text up to markup; gives its end.
    fn characters(&mut self, cx: &Cx<'_>, t: &str, at: usize, is_final: bool) -> Parsed<usize> {
        let rest = &t[at..];
        let bytes = rest.as_bytes();
        let (len, wrong) = scan::run(bytes);
        if len == 0 && wrong.is_none() {
            let two = bytes[0] == b'\r' && bytes.get(1) == Some(&b'\n');
            if bytes[0] == b'\r' && rest.len() == 1 && !is_final {
                return Ok(at);
            }
            let raw = &rest[..if two { 2 } else { 1 }];
            if !cx.characters("\n")? {
                cx.default(raw)?;
            }
            return Ok(at + raw.len());
        }
        let mut run = &rest[..len];
        match wrong {
            None => {}
            Some(Wrong::Close) => return Err(Stop::Code(code::INVALID_TOKEN, at + len)),
            Some(Wrong::Char) => {
                if len > 0 && !cx.characters(run)? {
                    cx.default(run)?;
                }
                return Err(Stop::Code(code::INVALID_TOKEN, at + len));
            }
        }
        if len == rest.len() && !is_final {
            // The run may go on as `]]>`.
            run = run.trim_end_matches(']');
            if run.is_empty() {
                return Ok(at);
            }
        }
        if !cx.characters(run)? {
            cx.default(run)?;
        }
        Ok(at + run.len())
    }

    fn referenced(&mut self, cx: &Cx<'_>, t: &str, at: usize, end: usize, reference: Reference<'_>) -> Parsed<()> {
        let raw = &t[at..end];
        let name = match reference {
            Reference::Char(c) => {
                if !cx.characters(c.encode_utf8(&mut [0; 4]))? {
                    cx.default(raw)?;
                }
                return Ok(());
            }
            Reference::Entity(name) => name,
        };
        if let Some(c) = scan::predefined(name) {
            if !cx.characters(c.encode_utf8(&mut [0; 4]))? {
                cx.default(raw)?;
            }
            return Ok(());
        }
        let entity = self.dtd.borrow().general.get(name).cloned();
        let Some(entity) = entity else {
            let (incomplete, standalone) = (self.dtd.borrow().incomplete, self.dtd.borrow().standalone);
            if !incomplete || standalone {
                return Err(Stop::Code(code::UNDEFINED_ENTITY, at));
            }
            if cx.has(handler::SKIPPED_ENTITY) {
                let args = [cx.text(name)?, false.object()];
                cx.call(handler::SKIPPED_ENTITY, &args)?;
                return Ok(());
            }
            return cx.default(raw);
        };
        if entity.notation.is_some() {
            return Err(Stop::Code(code::BINARY_ENTITY_REF, at));
        }
        if self.expanding.contains(name) {
            return Err(Stop::Code(code::RECURSIVE_ENTITY_REF, at));
        }
        let Some(text) = entity.text else {
            if !cx.has(handler::EXTERNAL_ENTITY_REF) {
                return cx.default(raw);
            }
            let base = cx.parser.base.get().unwrap_or_else(none);
            let args = [cx.text(name)?, base, cx.maybe(entity.system.as_deref())?, cx.maybe(entity.public.as_deref())?];
            return match cx.call(handler::EXTERNAL_ENTITY_REF, &args)? {
                Some(done) if !vm::protocol::object::is_true(cx.vm, &done)? => {
                    Err(Stop::Code(code::EXTERNAL_ENTITY_HANDLING, at))
                }
                _ => Ok(()),
            };
        };
        if cx.has(handler::DEFAULT) && !cx.has(handler::DEFAULT_EXPAND) {
            if cx.has(handler::SKIPPED_ENTITY) {
                let args = [cx.text(name)?, false.object()];
                cx.call(handler::SKIPPED_ENTITY, &args)?;
                return Ok(());
            }
            return cx.default(raw);
        }
        self.spend(text.len(), at)?;
        cx.vm.check_stack(" while expanding an XML entity")?;
        self.expanding.insert(name.to_owned());
        let result = self.content(cx, &text, 0, true, false);
        self.expanding.remove(name);
        match result {
            Ok(_) => Ok(()),
            // Errors stand at the reference.
            Err(Stop::Code(code, _)) => Err(Stop::Code(code, at)),
            Err(stop) => Err(stop),
        }
    }

    fn markup(&mut self, cx: &Cx<'_>, t: &str, at: usize, main: bool, floor: usize) -> Parsed<Result<usize, Fault>> {
        let rest = &t[at..];
        match rest.as_bytes() {
            [_] => return Ok(Err(Fault::Partial)),
            [_, b'/', ..] => return self.end_tag(cx, t, at, floor),
            [_, b'?', ..] => return self.aside(cx, t, at, main),
            [_, b'!', ..] if rest.starts_with("<!--") => return self.aside(cx, t, at, main),
            [_, b'!', ..] if rest.starts_with("<![CDATA[") => {
                let body = &rest[9..];
                let Some(len) = body.find("]]>") else { return Ok(Err(Fault::Partial)) };
                if cx.call(handler::START_CDATA_SECTION, &[])?.is_none() {
                    cx.default("<![CDATA[")?;
                }
                self.cdata(cx, &body[..len], at + 9)?;
                if cx.call(handler::END_CDATA_SECTION, &[])?.is_none() {
                    cx.default("]]>")?;
                }
                return Ok(Ok(at + 9 + len + 3));
            }
            [_, b'!', ..] => {
                return match "<![CDATA[".starts_with(rest) || "<!--".starts_with(rest) {
                    true => Ok(Err(Fault::Partial)),
                    false => Err(Stop::Code(code::INVALID_TOKEN, at + 2)),
                };
            }
            _ => {}
        }
        let tag = match scan::start_tag(t, at) {
            Ok(tag) => tag,
            Err(fault) => return Ok(Err(fault)),
        };
        let end = tag.end;
        self.element(cx, t, at, tag, main)?;
        Ok(Ok(end))
    }

    fn cdata(&mut self, cx: &Cx<'_>, body: &str, at: usize) -> Parsed<()> {
        if let Some(bad) = scan::bad_char(body) {
            return Err(Stop::Code(code::INVALID_TOKEN, at + bad));
        }
        let text = scan::normalised(body);
        for line in text.split_inclusive('\n') {
            let plain = line.strip_suffix('\n').unwrap_or(line);
            for part in [plain, &line[plain.len()..]] {
                if !part.is_empty() && !cx.characters(part)? {
                    cx.default(part)?;
                }
            }
        }
        Ok(())
    }

    /// The namespace of a prefix.
    fn uri(&self, prefix: &str) -> Option<&str> {
        self.bindings.iter().rev().find(|(p, _)| p == prefix).and_then(|(_, uri)| uri.as_deref())
    }

    /// A name with its namespace, as handlers see it.
    fn expanded_name(&mut self, cx: &Cx<'_>, name: &str, is_attribute: bool, at: usize) -> Parsed<Object> {
        let with_prefixes = cx.parser.namespace_prefixes.get();
        self.names.made(with_prefixes);
        if let Some(known) = self.names.get(name, is_attribute) {
            return Ok(known);
        }
        let shown = match self.expanded(name, is_attribute, with_prefixes) {
            Some(shown) => cx.name(&shown)?,
            None => return Err(Stop::Code(code::UNBOUND_PREFIX, at)),
        };
        self.names.put(name, is_attribute, &shown);
        Ok(shown)
    }

    /// `None` where the prefix is not bound.
    fn expanded<'a>(&self, name: &'a str, is_attribute: bool, with_prefixes: bool) -> Option<Cow<'a, str>> {
        let Some(separator) = &self.separator else { return Some(Cow::Borrowed(name)) };
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (prefix, local),
            None if is_attribute => return Some(Cow::Borrowed(name)),
            None => ("", name),
        };
        match self.uri(prefix) {
            Some(uri) if with_prefixes && !prefix.is_empty() && !separator.is_empty() => {
                Some(Cow::Owned(format!("{uri}{separator}{local}{separator}{prefix}")))
            }
            Some(uri) => Some(Cow::Owned(format!("{uri}{separator}{local}"))),
            None if prefix.is_empty() => Some(Cow::Borrowed(local)),
            None => None,
        }
    }

    fn bind(&mut self, cx: &Cx<'_>, prefix: &str, uri: &str, at: usize) -> Parsed<()> {
        match prefix {
            "xml" if uri != XML_URI => return Err(Stop::Code(code::RESERVED_PREFIX_XML, at)),
            "xmlns" => return Err(Stop::Code(code::RESERVED_PREFIX_XMLNS, at)),
            _ if prefix != "xml" && uri == XML_URI || uri == XMLNS_URI => {
                return Err(Stop::Code(code::RESERVED_NAMESPACE_URI, at));
            }
            _ if !prefix.is_empty() && uri.is_empty() => return Err(Stop::Code(code::UNDECLARING_PREFIX, at)),
            _ => {}
        }
        self.names.forget();
        self.bindings.push((prefix.to_owned(), Some(uri.to_owned()).filter(|u| !u.is_empty())));
        if cx.has(handler::START_NAMESPACE_DECL) {
            let shown = if prefix.is_empty() { none() } else { cx.name(prefix)? };
            let uri = if uri.is_empty() { none() } else { cx.name(uri)? };
            cx.call(handler::START_NAMESPACE_DECL, &[shown, uri])?;
        }
        Ok(())
    }

    fn element(&mut self, cx: &Cx<'_>, t: &str, at: usize, tag: StartTag<'_>, main: bool) -> Parsed<()> {
        let bindings = self.bindings.len();
        let attributes = match tag.attrs.is_empty() && self.dtd.borrow().attributes.is_empty() {
            true => Vec::new(),
            false => self.attributes(cx, &tag, at)?,
        };
        let shown = self.expanded_name(cx, tag.name, false, at)?;
        if cx.has(handler::START_ELEMENT) {
            cx.flush()?;
            let attributes = self.shown_attributes(cx, attributes)?;
            if cx.takes_flat(handler::START_ELEMENT) {
                match attributes.is_empty() {
                    true => cx.call(handler::START_ELEMENT, std::slice::from_ref(&shown))?,
                    false => {
                        let mut flat = attributes;
                        flat.insert(0, shown.clone());
                        cx.call(handler::START_ELEMENT, &flat)?
                    }
                };
            } else {
                let attributes = match cx.parser.ordered_attributes.get() {
                    true => List::from_vec(attributes).into_object(),
                    false => {
                        let dict = Dict::empty();
                        for pair in attributes.chunks_exact(2) {
                            dict.set(cx.vm, &pair[0], pair[1].clone())?;
                        }
                        dict.into_object()
                    }
                };
                cx.call(handler::START_ELEMENT, &[shown.clone(), attributes])?;
            }
        } else {
            self.shown_attributes(cx, attributes)?;
            cx.default(&t[at..tag.end])?;
        }
        let name_at = self.open_names.len();
        let open = Open { name_at, shown, bindings };
        if tag.is_empty {
            if main {
                self.mark(cx, tag.end);
            }
            return self.close(cx, open, None);
        }
        self.open_names.push_str(tag.name);
        self.open.push(open);
        Ok(())
    }

    /// A tag's attributes and those that it has by declaration. Bindings of prefixes among them are made, and left out.
    fn attributes<'a>(&mut self, cx: &Cx<'_>, tag: &StartTag<'a>, at: usize) -> Parsed<Vec<Attr<'a>>> {
        let declared = self.dtd.borrow().attributes.get(tag.name).cloned().unwrap_or_default();
        let mut all: Vec<Attr<'a>> = Vec::with_capacity(tag.attrs.len());
        for attr in &tag.attrs {
            let mut text = match scan::is_plain_value(attr.value) {
                true => Cow::Borrowed(attr.value),
                false => {
                    let mut text = String::with_capacity(attr.value.len());
                    self.attribute_text(attr.value, attr.value_at, &mut text, 0).map_err(|stop| match stop {
                        // What is wrong with an entity stands at the tag.
                        Stop::Code(wrong, _) if wrong != code::INVALID_TOKEN && wrong != code::BAD_CHAR_REF => {
                            Stop::Code(wrong, at)
                        }
                        other => other,
                    })?;
                    Cow::Owned(text)
                }
            };
            if declared.iter().any(|d| d.name == attr.name && !d.is_cdata) {
                text = Cow::Owned(text.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" "));
            }
            if all.iter().any(|known| known.name == attr.name) {
                return Err(Stop::Code(code::DUPLICATE_ATTRIBUTE, attr.at));
            }
            all.push(Attr { name: Cow::Borrowed(attr.name), value: text, at: attr.at });
        }
        let specified = all.len();
        for known in declared {
            if let Some(default) = known.default
                && all.iter().all(|attr| *attr.name != known.name)
            {
                all.push(Attr { name: Cow::Owned(known.name), value: Cow::Owned(default), at });
            }
        }
        if self.separator.is_some() {
            for attr in &all {
                match attr.name.strip_prefix("xmlns") {
                    Some("") => self.bind(cx, "", &attr.value, attr.at)?,
                    Some(prefix) if prefix.starts_with(':') => self.bind(cx, &prefix[1..], &attr.value, attr.at)?,
                    _ => {}
                }
            }
        }
        if cx.parser.specified_attributes.get() {
            all.truncate(specified);
        }
        if self.separator.is_some() {
            all.retain(|attr| attr.name != "xmlns" && !attr.name.starts_with("xmlns:"));
        }
        Ok(all)
    }

    /// Names and values in turn.
    fn shown_attributes(&mut self, cx: &Cx<'_>, attributes: Vec<Attr<'_>>) -> Parsed<Vec<Object>> {
        if attributes.is_empty() {
            return Ok(Vec::new());
        }
        let mut flat: Vec<Object> = Vec::with_capacity(attributes.len() * 2 + 1);
        for attr in &attributes {
            let name = self.expanded_name(cx, &attr.name, true, attr.at)?;
            // Different prefixes may stand for the same namespace.
            if self.separator.is_some() {
                for known in flat.chunks_exact(2) {
                    if vm::protocol::object::same_or_equal(cx.vm, &known[0], &name)? {
                        return Err(Stop::Code(code::DUPLICATE_ATTRIBUTE, attr.at));
                    }
                }
            }
            flat.push(name);
            flat.push(cx.text(&attr.value)?);
        }
        Ok(flat)
    }

    fn close(&mut self, cx: &Cx<'_>, open: Open, raw: Option<&str>) -> Parsed<()> {
        if cx.call(handler::END_ELEMENT, &[open.shown])?.is_none()
            && let Some(raw) = raw
        {
            cx.default(raw)?;
        }
        while self.bindings.len() > open.bindings {
            let Some((prefix, _)) = self.bindings.pop() else { break };
            self.names.forget();
            if cx.has(handler::END_NAMESPACE_DECL) {
                let shown = if prefix.is_empty() { none() } else { cx.name(&prefix)? };
                cx.call(handler::END_NAMESPACE_DECL, &[shown])?;
            }
        }
        Ok(())
    }

    fn end_tag(&mut self, cx: &Cx<'_>, t: &str, at: usize, floor: usize) -> Parsed<Result<usize, Fault>> {
        let name_end = match scan::name(t, at + 2) {
            Ok(end) => end,
            Err(fault) => return Ok(Err(fault)),
        };
        let close = scan::skip_space(t, name_end);
        match t.as_bytes().get(close) {
            None => return Ok(Err(Fault::Partial)),
            Some(b'>') => {}
            Some(_) => return Err(Stop::Code(code::INVALID_TOKEN, close)),
        }
        if self.open.len() <= floor {
            return Err(Stop::Code(code::ASYNC_ENTITY, at));
        }
        match self.open.pop() {
            Some(open) if self.open_names[open.name_at..] == t[at + 2..name_end] => {
                self.open_names.truncate(open.name_at);
                self.close(cx, open, Some(&t[at..=close]))?;
                Ok(Ok(close + 1))
            }
            _ => Err(Stop::Code(code::TAG_MISMATCH, at + 2)),
        }
    }
}
