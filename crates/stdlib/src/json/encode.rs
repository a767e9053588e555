//! The encoder: a whole document into one string.

use text::{TextBuilder, Unit, Units};
use vm::builtins::str::mem;
use vm::builtins::type_::full_name;
use vm::native::BuiltinFunction;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::object::ErrorText;
use vm::protocol::{call, iter, mapping, object as protocol};

/// The JSON form of a string.
pub fn quoted(vm: &Vm, text: &Str, ascii: bool) -> Result<Ref<Str>> {
    let mut out = TextBuilder::new();
    mem(vm, quote_into(&mut out, text, ascii))?;
    Str::from_buf(vm, out.finish())
}

fn quote_into(out: &mut TextBuilder, text: &Str, ascii: bool) -> Result<(), text::OutOfMemory> {
    match text.units() {
        Units::Ascii(s) => quote_units(out, s, ascii, Units::Ascii),
        Units::Latin1(s) => quote_units(out, s, ascii, Units::Latin1),
        Units::Ucs2(s) => quote_units(out, s, ascii, Units::Ucs2),
        Units::Ucs4(s) => quote_units(out, s, ascii, Units::Ucs4),
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn push_escape(out: &mut TextBuilder, unit: u32) -> Result<(), text::OutOfMemory> {
    let digit = |shift: u32| HEX[(unit >> shift & 0xF) as usize];
    out.push_units(Units::Ascii(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]))
}

fn quote_units<'a, U: Unit>(
    out: &mut TextBuilder,
    units: &'a [U],
    ascii: bool,
    view: impl Fn(&'a [U]) -> Units<'a>,
) -> Result<(), text::OutOfMemory> {
    let plain = |code: u32| code >= 0x20 && code != 0x22 && code != 0x5C && (!ascii || code < 0x7F);
    out.push(u32::from(b'"'))?;
    let mut rest = units;
    while !rest.is_empty() {
        let run = rest.iter().position(|u| !plain(u.code())).unwrap_or(rest.len());
        if run > 0 {
            // All of a run is ASCII where the output must be, whatever the text's own width.
            match view(&rest[..run]) {
                Units::Latin1(bytes) if ascii => out.push_units(Units::Ascii(bytes))?,
                run @ (Units::Ucs2(_) | Units::Ucs4(_)) if ascii => run.iter().try_for_each(|code| out.push(code))?,
                run => out.push_units(run)?,
            }
        }
        rest = &rest[run..];
        let Some((first, others)) = rest.split_first() else { break };
        rest = others;
        let short = match first.code() {
            0x22 => "\\\"",
            0x5C => "\\\\",
            0x08 => "\\b",
            0x0C => "\\f",
            0x0A => "\\n",
            0x0D => "\\r",
            0x09 => "\\t",
            code if code >= 0x10000 => {
                let code = code - 0x10000;
                push_escape(out, 0xD800 | code >> 10)?;
                push_escape(out, 0xDC00 | code & 0x3FF)?;
                continue;
            }
            code => {
                push_escape(out, code)?;
                continue;
            }
        };
        out.push_units(Units::Ascii(short.as_bytes()))?;
    }
    out.push(u32::from(b'"'))
}

/// _iterencode(obj, _current_indent_level) -> iterable
#[pytype("Encoder", module = "_json", flags(HAVE_GC))]
pub struct Encoder {
    pub head: Head,
    markers: Option<Ref<Dict>>,
    default: Object,
    encoder: Object,
    indent: Option<Ref<Str>>,
    key_separator: Ref<Str>,
    item_separator: Ref<Str>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    /// Set where `encoder` is one of this module's own: whether it is the ASCII one.
    #[untraced]
    own: Option<bool>,
}

/// A document under construction.
struct Run<'a> {
    vm: &'a Vm,
    encoder: &'a Encoder,
    out: TextBuilder,
}

impl Run<'_> {
    fn push(&mut self, text: &str) -> Result<()> {
        mem(self.vm, self.out.push_units(Units::Ascii(text.as_bytes())))
    }

    fn push_str(&mut self, text: &Str) -> Result<()> {
        mem(self.vm, self.out.push_units(text.units()))
    }

    fn string(&mut self, text: &Ref<Str>) -> Result<()> {
        match self.encoder.own {
            Some(ascii) => mem(self.vm, quote_into(&mut self.out, text, ascii)),
            None => {
                let encoded = call::call(self.vm, &self.encoder.encoder, &[text.to_object()])?;
                match encoded.cast::<Str>() {
                    Some(encoded) => self.push_str(encoded),
                    None => {
                        Err(raise!(self.vm, TypeError, "encoder() must return a string, not {}", type_name(&encoded)))
                    }
                }
            }
        }
    }

    fn newline(&mut self, level: usize) -> Result<()> {
        let Some(indent) = &self.encoder.indent else { return Ok(()) };
        self.push("\n")?;
        for _ in 0..level {
            self.push_str(indent)?;
        }
        Ok(())
    }

    /// None, True, False, int and float: what can be a key too.
    fn constant(&mut self, object: &Object) -> Result<bool> {
        let vm = self.vm;
        if object.is(&none()) {
            self.push("null")?;
        } else if object.is(&true.object()) {
            self.push("true")?;
        } else if object.is(&false.object()) {
            self.push("false")?;
        } else if object.is_instance_of::<Int>() {
            match object.as_small_int() {
                Some(small) => self.push(&small.to_string())?,
                None => {
                    let text = Int::to_decimal(vm, object)?;
                    self.push(&text)?;
                }
            }
        } else if object.is_instance_of::<Float>() {
            let value = Float::value_of(object).unwrap_or(0.0);
            let text = if value.is_finite() {
                number::float::repr(value)
            } else {
                if !self.encoder.allow_nan {
                    bail!(
                        vm,
                        ValueError,
                        "Out of range float values are not JSON compliant: {}",
                        object.repr_for_error(vm)
                    );
                }
                match value {
                    v if v.is_nan() => "NaN",
                    v if v > 0.0 => "Infinity",
                    _ => "-Infinity",
                }
                .to_owned()
            };
            self.push(&text)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn value(&mut self, object: &Object, level: usize) -> Result<()> {
        if let Some(text) = object.cast::<Str>() {
            return self.string(text);
        }
        if self.constant(object)? {
            return Ok(());
        }
        let vm = self.vm;
        vm.check_stack(" while encoding a JSON object")?;
        if object.is_instance_of::<List>() || object.is_instance_of::<Tuple>() {
            return self.list(object, level);
        }
        if let Some(dict) = object.cast::<Dict>() {
            return self.dict(object, dict, level);
        }
        let marker = self.mark(object)?;
        let new = call::call(vm, &self.encoder.default, std::slice::from_ref(object))?;
        if let Err(raised) = self.value(&new, level) {
            let kind = full_name(vm, type_of(object));
            if let Ok(kind) = kind {
                vm.add_note(&format!("when serializing {kind} object"));
            }
            return Err(raised);
        }
        self.unmark(marker)
    }

    fn mark(&self, object: &Object) -> Result<Option<Object>> {
        let Some(markers) = &self.encoder.markers else { return Ok(None) };
        let id = Int::from_i128(i128::from(protocol::address(object)));
        if markers.get(self.vm, &id)?.is_some() {
            bail!(self.vm, ValueError, "Circular reference detected");
        }
        markers.set(self.vm, &id, object.clone())?;
        Ok(Some(id))
    }

    fn unmark(&self, marker: Option<Object>) -> Result<()> {
        if let (Some(markers), Some(id)) = (&self.encoder.markers, marker) {
            markers.remove(self.vm, &id)?;
        }
        Ok(())
    }

    fn note(&self, raised: Raised, owner: &Object, what: impl FnOnce() -> String) -> Raised {
        if let Ok(kind) = full_name(self.vm, type_of(owner)) {
            self.vm.add_note(&format!("when serializing {kind} item {}", what()));
        }
        raised
    }

    fn list(&mut self, object: &Object, level: usize) -> Result<()> {
        // A list may change while its items are encoded.
        let list = match object.cast::<List>() {
            Some(list) => list.clone(),
            None => List::from_vec(iter::to_vec(self.vm, object)?),
        };
        if list.items.is_empty() {
            return self.push("[]");
        }
        let marker = self.mark(object)?;
        self.push("[")?;
        let inner = level + 1;
        self.newline(inner)?;
        let mut i = 0;
        while let Some(item) = list.items.get(i) {
            if i > 0 {
                self.push_str(&self.encoder.item_separator.clone())?;
                self.newline(inner)?;
            }
            self.value(&item, inner).map_err(|raised| self.note(raised, object, || i.to_string()))?;
            i += 1;
        }
        self.newline(level)?;
        self.push("]")?;
        self.unmark(marker)
    }

    fn dict(&mut self, object: &Object, dict: &Ref<Dict>, level: usize) -> Result<()> {
        if dict.is_empty() {
            return self.push("{}");
        }
        let marker = self.mark(object)?;
        self.push("{")?;
        let mut first = true;
        if self.encoder.sort_keys || !object.is_exact::<Dict>() {
            let items = mapping::view_to_vec(self.vm, object, "items")?;
            let items = if self.encoder.sort_keys {
                let list = List::from_vec(items);
                vm::builtins::list::sort(self.vm, &list, None, false)?;
                list.items.take()
            } else {
                items
            };
            for item in items {
                match item.cast::<Tuple>().map(|t| t.items()) {
                    Some([key, value]) => self.item(object, key, value, &mut first, level + 1)?,
                    _ => bail!(self.vm, ValueError, "items must return 2-tuples"),
                }
            }
        } else {
            let changes = dict.table.changes();
            let mut at = 0;
            while let Some(i) = dict.table.next(at) {
                at = i + 1;
                let Some((key, value)) = dict.table.entry(i) else { continue };
                self.item(object, &key, &value, &mut first, level + 1)?;
                if dict.table.changes() != changes {
                    bail!(self.vm, RuntimeError, "dictionary changed size during iteration");
                }
            }
        }
        if !first {
            self.newline(level)?;
        }
        self.push("}")?;
        self.unmark(marker)
    }

    fn item(&mut self, owner: &Object, key: &Object, value: &Object, first: &mut bool, level: usize) -> Result<()> {
        let vm = self.vm;
        let made;
        let key_text = match key.cast::<Str>() {
            Some(text) => text,
            None => {
                let saved = std::mem::take(&mut self.out);
                let known = self.constant(key);
                let text = std::mem::replace(&mut self.out, saved);
                if !known? {
                    if self.encoder.skipkeys {
                        return Ok(());
                    }
                    bail!(vm, TypeError, "keys must be str, int, float, bool or None, not {}", type_name(key));
                }
                made = Str::from_buf(vm, text.finish())?;
                &made
            }
        };
        if !std::mem::replace(first, false) {
            self.push_str(&self.encoder.item_separator.clone())?;
        }
        self.newline(level)?;
        self.string(key_text)?;
        self.push_str(&self.encoder.key_separator.clone())?;
        self.value(value, level).map_err(|raised| self.note(raised, owner, || key.repr_for_error(vm)))
    }
}

#[pymethods]
impl Encoder {
    #[slot(
        "make_encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
        notext
    )]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        markers: &Object,
        default: &Object,
        encoder: &Object,
        indent: &Object,
        key_separator: &Ref<Str>,
        item_separator: &Ref<Str>,
        sort_keys: bool,
        skipkeys: bool,
        allow_nan: bool,
    ) -> Result<Object> {
        if !markers.is(&none()) && !markers.is_instance_of::<Dict>() {
            bail!(vm, TypeError, "make_encoder() argument 1 must be dict or None, not {}", type_name(markers));
        }
        let own = encoder.cast_exact::<BuiltinFunction>().and_then(|function| {
            let def = super::module::MODULE.functions.iter().find(|def| std::ptr::eq(*def, function.def))?;
            match def.name {
                "encode_basestring_ascii" => Some(true),
                "encode_basestring" => Some(false),
                _ => None,
            }
        });
        let body = Encoder {
            head: Head::new(),
            markers: markers.cast::<Dict>().cloned(),
            default: default.clone(),
            encoder: encoder.clone(),
            indent: indent.cast::<Str>().cloned(),
            key_separator: key_separator.clone(),
            item_separator: item_separator.clone(),
            sort_keys,
            skipkeys,
            allow_nan,
            own,
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(obj, _current_indent_level)", notext)]
    fn call(this: &Ref<Self>, vm: &Vm, obj: &Object, _current_indent_level: isize) -> Result<(Object,)> {
        let mut run = Run { vm, encoder: this, out: TextBuilder::new() };
        run.value(obj, _current_indent_level.max(0) as usize)?;
        Ok((Str::from_buf(vm, run.out.finish())?.into_object(),))
    }

    /// markers
    #[getter("markers")]
    fn markers(&self) -> Option<Object> {
        self.markers.as_ref().map(Ref::to_object)
    }

    /// default
    #[getter("default")]
    fn default(&self) -> Object {
        self.default.clone()
    }

    /// encoder
    #[getter("encoder")]
    fn encoder(&self) -> Object {
        self.encoder.clone()
    }

    /// indent
    #[getter("indent")]
    fn indent(&self) -> Option<Object> {
        self.indent.as_ref().map(Ref::to_object)
    }

    /// key_separator
    #[getter("key_separator")]
    fn key_separator(&self) -> Object {
        self.key_separator.to_object()
    }

    /// item_separator
    #[getter("item_separator")]
    fn item_separator(&self) -> Object {
        self.item_separator.to_object()
    }

    /// sort_keys
    #[getter("sort_keys")]
    fn sort_keys(&self) -> bool {
        self.sort_keys
    }

    /// skipkeys
    #[getter("skipkeys")]
    fn skipkeys(&self) -> bool {
        self.skipkeys
    }
}
