//! `feature_version`: what older versions of Python 3 did not have is refused (`ast.parse(..., feature_version=(3, 7))`).

use crate::ast::{Constant, Mod, Node, NodeInfo, Pos, Sink};
use crate::error::SyntaxError;
use crate::lines::Lines;

/// What the walk knows of a field.
enum Seen {
    Node(&'static str, Option<Pos>),
    List(Vec<Seen>),
    Absent,
    /// A number, and whether it is 1.
    Number(bool),
    Other,
}

struct Walk<'a> {
    source: &'a str,
    lines: &'a Lines,
    minor: i32,
}

impl Walk<'_> {
    /// Where the node's text starts.
    fn starts_with(&self, pos: Option<Pos>, c: u8) -> bool {
        let at = |pos: Pos| self.lines.start(pos.lineno.max(1) as usize) + pos.col_offset.max(0) as usize;
        pos.is_some_and(|pos| self.source.as_bytes().get(at(pos)) == Some(&c))
    }

    fn has_underscore(&self, pos: Option<Pos>) -> bool {
        pos.is_some_and(|pos| {
            let start = self.lines.start(pos.lineno.max(1) as usize) + pos.col_offset.max(0) as usize;
            let len = (pos.end_col_offset - pos.col_offset).max(0) as usize;
            self.source.get(start..start + len).is_some_and(|text| text.contains('_'))
        })
    }

    /// The feature that the node uses and the minor version that brought it.
    fn feature(&self, class: &NodeInfo, fields: &[Seen], pos: Option<Pos>) -> Option<(i32, &'static str)> {
        let field = |name: &str| class.fields.iter().position(|f| f.0 == name).and_then(|i| fields.get(i));
        let some = |name: &str| matches!(field(name), Some(Seen::List(items)) if !items.is_empty());
        let given = |name: &str| field(name).is_some_and(|value| !matches!(value, Seen::Absent));
        Some(match class.name {
            "NamedExpr" => (8, "Assignment expressions are"),
            "arguments" if some("posonlyargs") => (8, "Positional-only parameters are"),
            "TryStar" => (11, "Exception groups are"),
            "Match" => (10, "Pattern matching is"),
            "TypeAlias" => (12, "Type statement is"),
            "FunctionDef" | "AsyncFunctionDef" | "ClassDef" if some("type_params") => (12, "Type parameter lists are"),
            "TypeVar" | "ParamSpec" | "TypeVarTuple" if given("default_value") => (13, "Type parameter defaults are"),
            "TemplateStr" => (14, "t-strings are"),
            "AnnAssign" => (6, "Variable annotation syntax is"),
            "AsyncFunctionDef" => (5, "Async functions are"),
            "AsyncFor" => (5, "Async for loops are"),
            "AsyncWith" => (5, "Async with statements are"),
            "Await" => (5, "Await expressions are"),
            "MatMult" => (5, "The '@' operator is"),
            "comprehension" if matches!(field("is_async"), Some(Seen::Number(true))) => (6, "Async comprehensions are"),
            "Constant" if matches!(field("value"), Some(Seen::Number(_))) && self.has_underscore(pos) => {
                (6, "Underscores in numeric literals are")
            }
            "ExceptHandler" => match field("type") {
                Some(Seen::Node("Tuple", pos)) if !self.starts_with(*pos, b'(') => {
                    (14, "except expressions without parentheses are")
                }
                _ => return None,
            },
            _ => return None,
        })
    }
}

impl Sink for Walk<'_> {
    type Value = Seen;
    type Error = Box<SyntaxError>;

    fn node(&mut self, class: &'static NodeInfo, fields: Vec<Seen>, pos: Option<Pos>) -> Result<Seen, Self::Error> {
        match self.feature(class, &fields, pos) {
            Some((minor, what)) if self.minor < minor => {
                let message = format!("{what} only supported in Python 3.{minor} and greater");
                Err(Box::new(SyntaxError::new(message, pos.unwrap_or_default())))
            }
            _ => Ok(Seen::Node(class.name, pos)),
        }
    }

    fn list(&mut self, items: Vec<Seen>) -> Result<Seen, Self::Error> {
        Ok(Seen::List(items))
    }

    fn constant(&mut self, value: &Constant) -> Result<Seen, Self::Error> {
        Ok(match value {
            Constant::None => Seen::Absent,
            Constant::Int(n) => Seen::Number(*n == 1.into()),
            Constant::Float(_) | Constant::Complex(..) => Seen::Number(false),
            _ => Seen::Other,
        })
    }
}

/// The error for the first feature in the tree that Python 3.`minor` did not have.
pub fn too_new(module: &Mod, source: &str, minor: i32) -> Option<Box<SyntaxError>> {
    let lines = Lines::new(source);
    let error = module.give(&mut Walk { source, lines: &lines, minor }).err()?;
    Some(Box::new(error.finish(source, &lines)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        for (source, minor) in [
            ("(x := 1)", 8),
            ("def f(a, /): pass", 8),
            ("try: pass\nexcept* A: pass", 11),
            ("try: pass\nexcept A, B: pass", 14),
            ("type X = int", 12),
            ("class X[T=int]: pass", 13),
            ("t'{x}'", 14),
        ] {
            let module = crate::parse(source, crate::Mode::Exec).expect(source).module;
            assert!(too_new(&module, source, minor).is_none(), "{source}");
            let error = too_new(&module, source, minor - 1).expect(source);
            assert!(error.message.ends_with(&format!("only supported in Python 3.{minor} and greater")), "{source}");
        }
        let module = crate::parse("try: pass\nexcept (A, B): pass", crate::Mode::Exec).expect("it parses").module;
        assert!(too_new(&module, "try: pass\nexcept (A, B): pass", 4).is_none());
    }
}
