//! What a document type declares.

use std::collections::HashMap;
use std::rc::Rc;

/// An entity.
#[derive(Clone)]
pub struct Entity {
    /// Its text; `None` where it is outside.
    pub text: Option<Rc<str>>,
    pub system: Option<String>,
    pub public: Option<String>,
    pub notation: Option<String>,
}

/// An attribute that was declared.
#[derive(Clone)]
pub struct Attribute {
    pub name: String,
    pub is_cdata: bool,
    /// Its default, normalised.
    pub default: Option<String>,
}

/// All declarations.
#[derive(Default)]
pub struct Dtd {
    /// Bytes that the entities take.
    pub kept_bytes: usize,
    pub general: HashMap<String, Entity>,
    pub parameter: HashMap<String, Entity>,
    pub attributes: HashMap<String, Vec<Attribute>>,
    /// There is more that was not read: what is not declared may be declared there.
    pub incomplete: bool,
    pub standalone: bool,
}

/// A content model: type, quantifier, name, parts.
pub struct Model {
    pub kind: i32,
    pub quantifier: i32,
    pub name: Option<String>,
    pub parts: Vec<Model>,
}

pub const EMPTY: i32 = 1;
pub const ANY: i32 = 2;
pub const MIXED: i32 = 3;
pub const NAME: i32 = 4;
pub const CHOICE: i32 = 5;
pub const SEQ: i32 = 6;

/// Reads a content model; `None` if it is none.
pub fn model(text: &str) -> Option<Model> {
    let text = text.trim();
    let leaf = |kind| Some(Model { kind, quantifier: 0, name: None, parts: Vec::new() });
    match text {
        "EMPTY" => return leaf(EMPTY),
        "ANY" => return leaf(ANY),
        _ => {}
    }
    let mut reader = Reader { text, at: 0 };
    let model = reader.group(0)?;
    reader.space();
    (reader.at == text.len()).then_some(model)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        self.at = super::scan::skip_space(self.text, self.at);
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn quantifier(&mut self) -> i32 {
        let quantifier = match self.byte() {
            b'?' => 1,
            b'*' => 2,
            b'+' => 3,
            _ => return 0,
        };
        self.at += 1;
        quantifier
    }

    fn group(&mut self, depth: u32) -> Option<Model> {
        if self.byte() != b'(' || depth > 500 {
            return None;
        }
        self.at += 1;
        self.space();
        let mut parts = Vec::new();
        let mut mixed = false;
        let mut separator = 0;
        if self.text[self.at..].starts_with("#PCDATA") {
            mixed = true;
            self.at += 7;
        } else {
            parts.push(self.item(depth)?);
        }
        loop {
            self.space();
            match self.byte() {
                b')' => {
                    self.at += 1;
                    break;
                }
                c @ (b'|' | b',') if separator == 0 || separator == c => {
                    separator = c;
                    self.at += 1;
                    self.space();
                    parts.push(self.item(depth)?);
                }
                _ => return None,
            }
        }
        let quantifier = self.quantifier();
        let kind = match (mixed, separator) {
            (true, _) => MIXED,
            (_, b'|') => CHOICE,
            _ => SEQ,
        };
        Some(Model { kind, quantifier, name: None, parts })
    }

    fn item(&mut self, depth: u32) -> Option<Model> {
        if self.byte() == b'(' {
            return self.group(depth + 1);
        }
        let end = super::scan::name(self.text, self.at).ok()?;
        let name = self.text[self.at..end].to_owned();
        self.at = end;
        let quantifier = self.quantifier();
        Some(Model { kind: NAME, quantifier, name: Some(name), parts: Vec::new() })
    }
}
