//! Trees as text, for `-X dump=ast` and tests.

use std::convert::Infallible;
use std::fmt::Write;

use crate::ast::{Constant, Node, NodeInfo, Pos, Sink};

struct Text;

impl Sink for Text {
    type Value = String;
    type Error = Infallible;

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, Infallible>) -> Result<T, Infallible> {
        stacker::maybe_grow(64 << 10, 1 << 20, || f(self))
    }

    fn node(&mut self, class: &'static NodeInfo, fields: Vec<String>, pos: Option<Pos>) -> Result<String, Infallible> {
        let mut out = String::from(class.name);
        if let Some(p) = pos {
            let _ = write!(out, "@{}:{}-{}:{}", p.lineno, p.col_offset, p.end_lineno, p.end_col_offset);
        }
        out.push('(');
        out.push_str(&fields.join(", "));
        out.push(')');
        Ok(out)
    }

    fn list(&mut self, items: Vec<String>) -> Result<String, Infallible> {
        Ok(format!("[{}]", items.join(", ")))
    }

    fn constant(&mut self, value: &Constant) -> Result<String, Infallible> {
        Ok(constant(value))
    }
}

fn constant(value: &Constant) -> String {
    let joined = |items: &[Constant]| items.iter().map(constant).collect::<Vec<_>>().join(", ");
    match value {
        Constant::None => "None".into(),
        Constant::Bool(b) => (if *b { "True" } else { "False" }).into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) => format!("float:{:016x}", f.to_bits()),
        Constant::Complex(re, im) => format!("complex:{:016x}:{:016x}", re.to_bits(), im.to_bits()),
        Constant::Str(s) => {
            let mut out = String::from("'");
            for code in s.code_points() {
                match code {
                    0x20..0x7F if code != 0x27 && code != 0x5C => out.push(code as u8 as char),
                    _ => {
                        let _ = write!(out, "\\{code:x};");
                    }
                }
            }
            out.push('\'');
            out
        }
        Constant::Bytes(b) => b.iter().fold("b:".into(), |mut out: String, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        }),
        Constant::Tuple(items) => format!("({})", joined(items)),
        Constant::FrozenSet(items) => format!("frozenset({})", joined(items)),
    }
}

/// The tree as text: `Class@line:col-line:col(fields)`, fields in the order of [`crate::ast::NODES`].
pub fn dump(node: &impl Node) -> String {
    let Ok(text) = node.give(&mut Text);
    text
}
