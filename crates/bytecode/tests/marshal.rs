//! Reading and writing marshal data: a code object that CPython 3.14 wrote, damaged data, versions, object graphs.

use bytecode::marshal::{self, *};
use bytecode::{Code, Const, dis, verify};
use std::convert::Infallible;

/// `tests/fixtures/features.py`, compiled and marshalled by CPython 3.14.
const FEATURES: &[u8] = include_bytes!("fixtures/features.marshal");

fn each(code: &Code, visit: &mut dyn FnMut(&Code)) {
    visit(code);
    for value in &code.consts {
        if let Const::Code(inner) = value {
            each(inner, visit);
        }
    }
}

#[test]
fn the_references_code_reads_verifies_and_writes() {
    let code = marshal::load(FEATURES).unwrap();
    let mut names = Vec::new();
    each(&code, &mut |code| {
        names.push(String::from_utf8_lossy(code.qualname.as_bytes()).into_owned());
        assert_eq!(verify::verify(code), Ok(()), "{:?}", code.qualname);
    });
    assert_eq!(names.len(), 25, "{names:?}");
    assert!(names.contains(&"Base.method".to_owned()));
    let written = marshal::dump(&code).unwrap();
    assert_eq!(marshal::dump(&marshal::load(&written).unwrap()).unwrap(), written);
    assert!(written.len() <= FEATURES.len(), "{} > {}", written.len(), FEATURES.len());
    let listing = dis::listing(&code);
    for line in ["LOAD_SUPER_ATTR", "CLEANUP_THROW", "MATCH_CLASS", "(to ", "handler "] {
        assert!(listing.contains(line), "{line}");
    }
}

/// Python values as text, built in two steps where the format allows it.
struct Texts;

impl Builder for Texts {
    type Value = String;
    type Error = String;

    fn atom(&mut self, atom: Atom<'_>) -> Result<String, Error<String>> {
        Ok(match atom {
            Atom::Str(Text::Latin1(bytes), _) => format!("{:?}", bytes.iter().map(|b| *b as char).collect::<String>()),
            Atom::Str(Text::Wtf8(bytes), _) => match std::str::from_utf8(bytes) {
                Ok(text) => format!("{text:?}"),
                Err(_) => return Err(Error::Other("UnicodeDecodeError".into())),
            },
            other => format!("{other:?}"),
        })
    }

    fn shell(&mut self, kind: Container, len: usize) -> Result<Option<String>, Error<String>> {
        assert!(len < 1000, "a length that the data cannot hold reached the builder");
        Ok(Some(format!("<{kind:?}>")))
    }

    fn fill(&mut self, kind: Container, _: Option<String>, parts: Vec<String>) -> Result<String, Error<String>> {
        Ok(format!("{kind:?}{parts:?}").replace(['"', '\\'], ""))
    }

    fn code(&mut self, fields: CodeFields<String>) -> Result<String, Error<String>> {
        Ok(fields.name)
    }
}

fn read(bytes: &[u8]) -> Result<String, Error<String>> {
    Reader::new(bytes, &mut Texts, false).read()
}

#[test]
fn reads_and_refuses_as_the_reference_does() {
    const SHORT: Error<String> = Error::Eof("marshal data too short");
    const NONE: Error<String> = Error::Eof("EOF read where object expected");
    let null = |of| Err(Error::Type(of));
    let value = |text: &str| Ok(text.to_owned());
    for (bytes, expected) in [
        (&b""[..], Err(NONE)),
        (b"i\0", Err(SHORT)),
        (b"[\x05\0\0\0N", Err(NONE)),
        (b"[\xff\xff\xff\xff", Err(Error::Value("bad marshal data (list size out of range)"))),
        (b"\xdb\xff\xff\xff\x7f", Err(NONE)),
        (b"(\xff\xff\xff\xff", Err(Error::Value("bad marshal data (tuple size out of range)"))),
        (b"<\xff\xff\xff\xff", Err(Error::Value("bad marshal data (set size out of range)"))),
        (b"s\xff\xff\xff\xff", Err(Error::Value("bad marshal data (bytes object size out of range)"))),
        (b"u\xff\xff\xff\xff", Err(Error::Value("bad marshal data (string size out of range)"))),
        (b"u\x01\0\0\0\xff", Err(Error::Other("UnicodeDecodeError".into()))),
        (b"z\x01\xe9", value("\"é\"")),
        (b"z", Err(Error::Eof("EOF read where not expected"))),
        (b"z\x05ab", Err(SHORT)),
        (b"I\x01\x01\x01\x01\x01\x01\x01\x01", value("Int(72340172838076673)")),
        (b"0", null("NULL object in marshal data for object")),
        (b"[\x01\0\0\x000", null("NULL object in marshal data for list")),
        (b")\x010", null("NULL object in marshal data for tuple")),
        (b">\x01\0\0\x000", null("NULL object in marshal data for set")),
        (b":NN0", null("NULL object in marshal data for object")),
        (b"{0", value("Dict[]")),
        (b"{N0", value("Dict[]")),
        (b"{NT0", value("Dict[None, Bool(true)]")),
        (b"{NN", Err(NONE)),
        (b")\x00", value("Tuple[]")),
        (b":NTF", value("Slice[None, Bool(true), Bool(false)]")),
        (b")\x02\xe9\x07\0\0\0r\0\0\0\0", value("Tuple[Int(7), Int(7)]")),
        (b"\xa9\x01r\0\0\0\0", value("Tuple[<Tuple>]")),
        (b"\xbe\x01\0\0\0r\0\0\0\0", Err(Error::Value("bad marshal data (invalid reference)"))),
        (b"r\0\0\0\0", Err(Error::Value("bad marshal data (invalid reference)"))),
        (b"?", Err(Error::Value("bad marshal data (unknown type code)"))),
        (b"l\x01\0\0\0\0\0", Err(Error::Value("bad marshal data (unnormalized long data)"))),
        (b"l\x01\0\0\0\xff\xff", Err(Error::Value("bad marshal data (digit out of range in long)"))),
        (b"l\0\0\0\x80", Err(Error::Value("bad marshal data (long size out of range)"))),
        (b"l\xfe\xff\xff\xff\x01\0\x01\0", value("Int(-32769)")),
        (b"l\0\0\0\0", value("Int(0)")),
        (b"x\x031.5\x012", value("Complex(1.5, 2.0)")),
        (b"g\0", Err(SHORT)),
        (b"c", Err(Error::Value("unmarshalling code objects is disallowed"))),
    ] {
        assert_eq!(read(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn nesting_is_bounded_without_native_recursion() {
    let nested = |depth: usize| [b"\x29\x01".repeat(depth), b"N".to_vec()].concat();
    assert!(read(&nested(1999)).is_ok());
    assert_eq!(read(&nested(2000)), Err(Error::Value("recursion limit exceeded")));
    assert_eq!(read(&nested(1_000_000)), Err(Error::Value("recursion limit exceeded")));
    let mut value = Const::None;
    for _ in 0..1999 {
        value = Const::Tuple(vec![value]);
    }
    let written = marshal::dump_const(&value).unwrap();
    assert_eq!(marshal::load_const(&written).unwrap(), value);
    let deeper = Const::Tuple(vec![value]);
    assert_eq!(marshal::dump_const(&deeper), Err(Error::Value("object too deeply nested to marshal")));
}

/// A graph of lists, by index; an edge may lead back.
struct Lists(Vec<Vec<usize>>);

impl Graph<'static> for Lists {
    type Value = usize;
    type Error = Infallible;

    fn view(&mut self, value: &usize) -> Result<View<'static, usize>, Error<Infallible>> {
        Ok(match self.0.get(*value) {
            Some(items) => View::List(items.clone()),
            None => View::SmallInt(*value as i64),
        })
    }

    fn identity(&mut self, value: &usize) -> Option<u64> {
        (*value < self.0.len()).then_some(*value as u64)
    }
}

#[test]
fn graphs_with_cycles_are_written() {
    let write = |version| {
        let mut writer = Writer::new(version, true);
        let mut lists = Lists(vec![vec![1, 1, 0], vec![300]]);
        writer.write(&mut lists, 0).map(|()| writer.finish())
    };
    // marshal.dumps of x with y = [300]; x = [y, y]; x.append(x), but for the flag on the int
    let expected = b"\xdb\x03\0\0\0\xdb\x01\0\0\0i\x2c\x01\0\0r\x01\0\0\0r\0\0\0\0";
    assert_eq!(write(5).unwrap(), expected);
    assert_eq!(write(2), Err(Error::Value("object too deeply nested to marshal")));
}

#[test]
fn constants_as_the_reference_writes_them() {
    let int = |n: i64| Const::Int(n.into());
    for (value, bytes) in [
        (int(1 << 40), &b"l\x03\0\0\0\0\0\0\0\0\x04"[..]),
        (int(-(1 << 31)), b"i\0\0\0\x80"),
        (int(-(1 << 31) - 1), b"l\xfd\xff\xff\xff\x01\0\0\0\x02\0"),
        (Const::Float(1.5), b"g\0\0\0\0\0\0\xf8?"),
        (Const::Str("abc".into()), b"\xda\x03abc"),
        (Const::Str("a b".into()), b"\xfa\x03a b"),
        (Const::Str("é".into()), b"\xf5\x02\0\0\0\xc3\xa9"),
        (Const::Slice(Box::new([int(1), int(2), Const::None])), b":i\x01\0\0\0i\x02\0\0\0N"),
        (Const::FrozenSet(vec![int(2), int(1)]), b"\xbe\x02\0\0\0i\x01\0\0\0i\x02\0\0\0"),
    ] {
        let written = marshal::dump_const(&value).unwrap();
        assert_eq!(written, bytes, "{value:?}");
    }
}

/// Whatever bytes come: an error or a value, never a panic, and what verifies can be listed.
#[test]
fn damaged_code_is_refused_or_safe() {
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize
    };
    let (mut loaded, mut verified) = (0, 0);
    for _ in 0..200 {
        let mut bytes = FEATURES.to_vec();
        for _ in 0..1 + random() % 4 {
            let at = random() % bytes.len();
            bytes[at] = random() as u8;
        }
        if let Ok(code) = marshal::load(&bytes) {
            loaded += 1;
            each(&code, &mut |code| {
                verified += usize::from(verify::verify(code).is_ok());
                dis::listing(code);
            });
        }
    }
    assert!(loaded > 25 && verified > 250, "{loaded} {verified}");
}
