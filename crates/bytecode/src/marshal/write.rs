//! Writing: objects of a [`Graph`] → bytes.

use super::{CodeFields, Error, FLAG_REF, MAX_DEPTH, tag};
use number::BigInt;
use std::borrow::Cow;
use std::collections::HashMap;

/// What an object is, for writing.
pub enum View<'a, V> {
    /// `None`
    None,
    /// The class `StopIteration`.
    StopIteration,
    /// `...`
    Ellipsis,
    /// `False`, `True`
    Bool(bool),
    /// An int.
    Int(Cow<'a, BigInt>),
    /// An int of up to 64 bits.
    SmallInt(i64),
    /// A float.
    Float(f64),
    /// A complex: real and imaginary part.
    Complex(f64, f64),
    /// Bytes, or anything with a contiguous buffer.
    Bytes(Cow<'a, [u8]>),
    /// A str as UTF-8 with lone surrogates, and whether it is interned.
    Str(Cow<'a, [u8]>, bool),
    /// tuple
    Tuple(Vec<V>),
    /// list
    List(Vec<V>),
    /// set
    Set(Vec<V>),
    /// frozenset
    FrozenSet(Vec<V>),
    /// dict
    Dict(Vec<(V, V)>),
    /// slice: start, stop, step
    Slice([V; 3]),
    /// code
    Code(Box<CodeFields<V>>),
    /// Anything else.
    Unmarshallable,
}

/// Tells the writer what objects are.
pub trait Graph<'a> {
    /// An object.
    type Value: Clone;
    /// What looking at an object may raise.
    type Error;

    /// What `value` is.
    fn view(&mut self, value: &Self::Value) -> Result<View<'a, Self::Value>, Error<Self::Error>>;

    /// A key that is the same for the same object, for objects that may turn up again.
    fn identity(&mut self, value: &Self::Value) -> Option<u64>;
}

/// What is still to be written, last first.
enum Work<V> {
    Object(V, usize),
    Int(i32),
    Null,
    /// The object of this number is written.
    Done(u64),
}

/// Writes objects in one version of the format.
pub struct Writer {
    out: Vec<u8>,
    version: i32,
    allow_code: bool,
    /// Numbers by identity, and whether the object is one that is made last and not yet written: it cannot be referred
    /// to by its own parts.
    refs: HashMap<u64, (u32, bool)>,
}

const UNMARSHALLABLE: &str = "unmarshallable object";

impl Writer {
    /// A writer. Without `allow_code`, code objects are refused.
    pub fn new(version: i32, allow_code: bool) -> Writer {
        Writer { out: Vec::new(), version, allow_code, refs: HashMap::new() }
    }

    /// The bytes written.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Writes one object.
    pub fn write<'a, G: Graph<'a>>(&mut self, graph: &mut G, value: G::Value) -> Result<(), Error<G::Error>> {
        let mut todo = vec![Work::Object(value, 1)];
        while let Some(work) = todo.pop() {
            match work {
                Work::Null => self.out.push(tag::NULL),
                Work::Int(int) => self.int(int),
                Work::Done(identity) => {
                    if let Some((_, open)) = self.refs.get_mut(&identity) {
                        *open = false;
                    }
                }
                Work::Object(_, depth) if depth > MAX_DEPTH => {
                    return Err(Error::Value("object too deeply nested to marshal"));
                }
                Work::Object(value, depth) => self.object(graph, &value, depth, &mut todo)?,
            }
        }
        Ok(())
    }

    fn object<'a, G: Graph<'a>>(
        &mut self,
        graph: &mut G,
        value: &G::Value,
        depth: usize,
        todo: &mut Vec<Work<G::Value>>,
    ) -> Result<(), Error<G::Error>> {
        let view = graph.view(value)?;
        let single = matches!(view, View::None | View::StopIteration | View::Ellipsis | View::Bool(_));
        let mut flag = 0;
        if self.version >= 3
            && !single
            && let Some(identity) = graph.identity(value)
        {
            let next = self.refs.len() as u32;
            if let Some((number, open)) = self.refs.get(&identity) {
                if *open {
                    return Err(Error::Value(UNMARSHALLABLE));
                }
                self.out.push(tag::REF);
                self.out.extend(number.to_le_bytes());
                return Ok(());
            }
            let late = matches!(view, View::Code(_) | View::Slice(_) | View::FrozenSet(_));
            self.refs.insert(identity, (next, late));
            if late {
                todo.push(Work::Done(identity));
            }
            flag = FLAG_REF;
        }
        let mut parts: Vec<G::Value> = match view {
            View::None => return self.tag(tag::NONE, 0),
            View::StopIteration => return self.tag(tag::STOP_ITERATION, 0),
            View::Ellipsis => return self.tag(tag::ELLIPSIS, 0),
            View::Bool(value) => return self.tag(if value { tag::TRUE } else { tag::FALSE }, 0),
            View::Int(value) => match i64::try_from(&*value) {
                Ok(small) => return self.small(small, flag),
                Err(_) => return self.long(&value, flag),
            },
            View::SmallInt(value) => return self.small(value, flag),
            View::Float(value) => return self.floats(flag, tag::FLOAT, tag::FLOAT_TEXT, &[value]),
            View::Complex(re, im) => return self.floats(flag, tag::COMPLEX, tag::COMPLEX_TEXT, &[re, im]),
            View::Bytes(bytes) => return self.sized(tag::BYTES | flag, &bytes),
            View::Str(text, interned) => return self.text(&text, interned, flag),
            View::Tuple(parts) if self.version >= 4 && parts.len() < 256 => {
                self.out.extend([tag::SMALL_TUPLE | flag, parts.len() as u8]);
                parts
            }
            View::Tuple(parts) => self.head(tag::TUPLE | flag, parts)?,
            View::List(parts) => self.head(tag::LIST | flag, parts)?,
            View::Set(parts) => {
                let parts = self.sorted(graph, parts)?;
                self.head(tag::SET | flag, parts)?
            }
            View::FrozenSet(parts) => {
                let parts = self.sorted(graph, parts)?;
                self.head(tag::FROZENSET | flag, parts)?
            }
            View::Dict(pairs) => {
                self.out.push(tag::DICT | flag);
                todo.push(Work::Null);
                pairs.into_iter().flat_map(|(key, value)| [key, value]).collect()
            }
            View::Slice(parts) if self.version >= 5 => {
                self.out.push(tag::SLICE | flag);
                parts.into()
            }
            View::Code(_) if !self.allow_code => return Err(Error::Value("marshalling code objects is disallowed")),
            View::Code(fields) => {
                self.out.push(tag::CODE | flag);
                self.code(*fields, depth, todo);
                return Ok(());
            }
            View::Slice(_) | View::Unmarshallable => return Err(Error::Value(UNMARSHALLABLE)),
        };
        todo.try_reserve(parts.len()).map_err(|_| Error::Memory)?;
        todo.extend(parts.drain(..).rev().map(|part| Work::Object(part, depth + 1)));
        Ok(())
    }

    fn code<V>(&mut self, f: CodeFields<V>, depth: usize, todo: &mut Vec<Work<V>>) {
        for int in [f.argcount, f.posonlyargcount, f.kwonlyargcount, f.stacksize, f.flags] {
            self.int(int);
        }
        let object = |part| Work::Object(part, depth + 1);
        todo.extend([f.exceptiontable, f.linetable].map(object));
        todo.push(Work::Int(f.firstlineno));
        let first = [f.qualname, f.name, f.filename, f.localspluskinds, f.localsplusnames, f.names, f.consts, f.code];
        todo.extend(first.map(object));
    }

    /// A set's parts in the order of their bytes, so that equal sets give equal files.
    fn sorted<'a, G: Graph<'a>>(&self, graph: &mut G, parts: Vec<G::Value>) -> Result<Vec<G::Value>, Error<G::Error>> {
        let mut keyed = Vec::with_capacity(parts.len());
        for part in parts {
            let mut writer = Writer::new(self.version, self.allow_code);
            writer.write(graph, part.clone())?;
            keyed.push((writer.out, part));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(keyed.into_iter().map(|(_, part)| part).collect())
    }

    fn tag<E>(&mut self, tag: u8, flag: u8) -> Result<(), Error<E>> {
        self.out.push(tag | flag);
        Ok(())
    }

    fn int(&mut self, value: i32) {
        self.out.extend(value.to_le_bytes());
    }

    fn length<E>(&mut self, len: usize) -> Result<(), Error<E>> {
        self.int(i32::try_from(len).map_err(|_| Error::Value(UNMARSHALLABLE))?);
        Ok(())
    }

    fn head<V, E>(&mut self, tag: u8, parts: Vec<V>) -> Result<Vec<V>, Error<E>> {
        self.out.push(tag);
        self.length(parts.len())?;
        Ok(parts)
    }

    fn sized<E>(&mut self, tag: u8, bytes: &[u8]) -> Result<(), Error<E>> {
        self.out.push(tag);
        self.length(bytes.len())?;
        self.out.try_reserve(bytes.len()).map_err(|_| Error::Memory)?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn text<E>(&mut self, text: &[u8], interned: bool, flag: u8) -> Result<(), Error<E>> {
        let interned = interned && self.version >= 3;
        if self.version < 4 || !text.is_ascii() {
            return self.sized(flag | if interned { tag::INTERNED } else { tag::STR }, text);
        }
        if let Ok(len) = u8::try_from(text.len()) {
            self.out.push(flag | if interned { tag::SHORT_ASCII_INTERNED } else { tag::SHORT_ASCII });
            self.out.push(len);
            self.out.extend_from_slice(text);
            return Ok(());
        }
        self.sized(flag | if interned { tag::ASCII_INTERNED } else { tag::ASCII }, text)
    }

    fn small<E>(&mut self, value: i64, flag: u8) -> Result<(), Error<E>> {
        let Ok(small) = i32::try_from(value) else { return self.long(&BigInt::from(value), flag) };
        self.out.push(tag::INT | flag);
        self.int(small);
        Ok(())
    }

    fn long<E>(&mut self, value: &BigInt, flag: u8) -> Result<(), Error<E>> {
        let negative = *value < BigInt::from(0);
        let magnitude = if negative { -value.clone() } else { value.clone() };
        let (mut digits, mut bits, mut held) = (Vec::new(), 0u32, 0u32);
        for byte in magnitude.to_le_bytes().iter() {
            bits |= u32::from(*byte) << held;
            held += 8;
            if held >= 15 {
                digits.push((bits & 0x7FFF) as u16);
                bits >>= 15;
                held -= 15;
            }
        }
        digits.push(bits as u16);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        self.out.push(tag::LONG | flag);
        let count = i32::try_from(digits.len()).map_err(|_| Error::Value(UNMARSHALLABLE))?;
        self.int(if negative { -count } else { count });
        self.out.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
        Ok(())
    }

    fn floats<E>(&mut self, flag: u8, binary: u8, text: u8, values: &[f64]) -> Result<(), Error<E>> {
        self.out.push(flag | if self.version > 1 { binary } else { text });
        for value in values {
            if self.version > 1 {
                self.out.extend(value.to_le_bytes());
            } else {
                let text = float_text(*value);
                self.out.push(text.len() as u8);
                self.out.extend_from_slice(text.as_bytes());
            }
        }
        Ok(())
    }
}

/// `'%.17g'`, for versions 0 and 1.
fn float_text(value: f64) -> String {
    if !value.is_finite() {
        return format!("{value}").to_lowercase();
    }
    let scientific = format!("{value:.16e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let plain = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..17).contains(&exponent) {
        plain(&format!("{value:.*}", (16 - exponent) as usize))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", plain(mantissa), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_texts_as_the_reference_writes_them() {
        for (value, text) in [
            (1.5, "1.5"),
            (-0.0, "-0"),
            (0.1, "0.10000000000000001"),
            (1e100, "1e+100"),
            (1e301, "1.0000000000000001e+301"),
            (12345678901234567.0, "12345678901234568"),
            (1e16, "10000000000000000"),
            (1e-5, "1.0000000000000001e-05"),
            (1e-4, "0.0001"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(float_text(value), text);
        }
    }
}
