//! Listings of code objects, for `-X dump=code` and for tests.
//!
//! A line reads: source line where it changes, `>>` where a jump or handler leads, byte offset, name, argument, and what
//! the argument means. Code objects among the constants follow, outermost first.

use crate::exceptions;
use crate::op::{self, Operand};
use crate::{Code, CodeFlags, CompareOp, Const, Op, locations};
use std::fmt::Write;
use std::rc::Rc;
use text::Wtf8Buf;

/// The listing of `code` and of the code objects in it.
pub fn listing(code: &Code) -> String {
    let mut out = String::new();
    let mut todo: Vec<Rc<Code>> = Vec::new();
    one(&mut out, code);
    inner(&code.consts, &mut todo);
    while let Some(code) = todo.pop() {
        out.push('\n');
        one(&mut out, &code);
        inner(&code.consts, &mut todo);
    }
    out
}

/// Adds the code objects in `consts` so that the first is on top.
fn inner(consts: &[Const], todo: &mut Vec<Rc<Code>>) {
    for value in consts.iter().rev() {
        if let Const::Code(code) = value {
            todo.push(code.clone());
        }
    }
}

/// One instruction as it stands: `EXTENDED_ARG` folded into the argument of the next.
struct Line {
    unit: usize,
    number: u8,
    arg: u32,
    next: usize,
}

fn lines(code: &[u8]) -> Vec<Line> {
    let (mut found, mut unit, mut arg) = (Vec::new(), 0, 0u32);
    while let Some([number, byte]) = code.get(unit * 2..unit * 2 + 2) {
        let op = Op::from_u8(*number);
        arg = arg << 8 | u32::from(*byte);
        let next = unit + 1 + op.map_or(0, Op::caches);
        if op != Some(Op::EXTENDED_ARG) {
            found.push(Line { unit, number: *number, arg, next });
            arg = 0;
        }
        unit = next;
    }
    found
}

fn target(op: Op, line: &Line) -> Option<usize> {
    match op.operand() {
        Operand::JumpFwd => line.next.checked_add(line.arg as usize),
        Operand::JumpBack => line.next.checked_sub(line.arg as usize),
        _ => None,
    }
}

fn one(out: &mut String, code: &Code) {
    head(out, code);
    let lines = lines(&code.code);
    let mut targets: Vec<usize> =
        lines.iter().filter_map(|line| Op::from_u8(line.number).and_then(|op| target(op, line))).collect();
    targets.extend(exceptions::handlers(&code.exceptiontable).map(|handler| handler.target as usize));
    let mut places = locations::entries(&code.linetable, code.firstlineno).peekable();
    let mut shown = None;
    for line in &lines {
        while places.peek().is_some_and(|entry| entry.start + entry.units <= line.unit) {
            places.next();
        }
        let source = places.peek().map(|entry| entry.location.line);
        let label = match source {
            _ if source == shown => String::new(),
            Some(number) if number >= 0 => number.to_string(),
            _ => "--".to_owned(),
        };
        shown = source;
        let mark = if targets.contains(&line.unit) { ">>" } else { "" };
        let name = Op::from_u8(line.number).map_or("?", Op::name);
        let _ = write!(out, "{label:>6} {mark:2} {:>5}  {name}", line.unit * 2);
        if let Some(op) = Op::from_u8(line.number).filter(|op| op.has_arg()) {
            let pad = 28usize.saturating_sub(name.len()).max(1);
            let _ = write!(out, "{:pad$}{}", "", line.arg);
            if let Some(meaning) = meaning(code, op, line) {
                let _ = write!(out, " ({meaning})");
            }
        }
        out.push('\n');
    }
    for handler in exceptions::handlers(&code.exceptiontable) {
        let lasti = if handler.lasti { " lasti" } else { "" };
        let (start, end, target) = (handler.start * 2, handler.end * 2, handler.target * 2);
        let _ = writeln!(out, "       handler {start} to {end} -> {target} [{}]{lasti}", handler.depth);
    }
}

fn head(out: &mut String, code: &Code) {
    let flags = [
        (CodeFlags::OPTIMIZED, "OPTIMIZED"),
        (CodeFlags::NEWLOCALS, "NEWLOCALS"),
        (CodeFlags::VARARGS, "VARARGS"),
        (CodeFlags::VARKEYWORDS, "VARKEYWORDS"),
        (CodeFlags::NESTED, "NESTED"),
        (CodeFlags::GENERATOR, "GENERATOR"),
        (CodeFlags::COROUTINE, "COROUTINE"),
        (CodeFlags::ITERABLE_COROUTINE, "ITERABLE_COROUTINE"),
        (CodeFlags::ASYNC_GENERATOR, "ASYNC_GENERATOR"),
        (CodeFlags::FUTURE_ANNOTATIONS, "FUTURE_ANNOTATIONS"),
        (CodeFlags::HAS_DOCSTRING, "HAS_DOCSTRING"),
        (CodeFlags::METHOD, "METHOD"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(bit, _)| code.flags.has(*bit)).map(|(_, name)| *name).collect();
    let _ = writeln!(
        out,
        "{} args {}/{}/{} stack {} flags {}",
        name(&code.qualname),
        code.posonlyargcount,
        code.argcount,
        code.kwonlyargcount,
        code.stacksize,
        if flags.is_empty() { "-".to_owned() } else { flags.join("|") },
    );
    let joined = |names: Vec<&Wtf8Buf>| names.into_iter().map(name).collect::<Vec<_>>().join(" ");
    for (label, names) in [
        ("locals", code.varnames().collect::<Vec<_>>()),
        ("cells", code.cellvars().collect()),
        ("free", code.freevars().collect()),
    ] {
        if !names.is_empty() {
            let _ = writeln!(out, "       {label}: {}", joined(names));
        }
    }
}

fn meaning(code: &Code, op: Op, line: &Line) -> Option<String> {
    let arg = line.arg as usize;
    let local = |index: usize| code.localsplusnames.get(index).map(name);
    let table = |table: &[&str]| table.get(arg).map(|entry| (*entry).to_owned());
    match op.operand() {
        Operand::Const => code.consts.get(arg).map(repr),
        Operand::Name => code.names.get(arg).map(name),
        Operand::NameAttr | Operand::NameGlobal => {
            let found = name(code.names.get(arg >> 1)?);
            let extra = if op.operand() == Operand::NameAttr { " + self" } else { " + NULL" };
            Some(if arg & 1 != 0 { found + extra } else { found })
        }
        Operand::NameSuper => {
            let found = name(code.names.get(arg >> 2)?);
            Some(if arg & 1 != 0 { found + " + self" } else { found })
        }
        Operand::Local | Operand::Free => local(arg),
        Operand::TwoLocals => Some(format!("{}, {}", local(arg >> 4)?, local(arg & 15)?)),
        Operand::JumpFwd | Operand::JumpBack => Some(format!("to {}", target(op, line)? * 2)),
        Operand::BinaryOp => op::BINARY_OPS.get(arg).map(|(_, symbol)| (*symbol).to_owned()),
        Operand::Compare => {
            let symbol = CompareOp::from_arg(line.arg)?.symbol();
            Some(if line.arg & CompareOp::TO_BOOL != 0 { format!("bool({symbol})") } else { symbol.to_owned() })
        }
        Operand::Intrinsic1 => table(&op::INTRINSICS_1),
        Operand::Intrinsic2 => table(&op::INTRINSICS_2),
        Operand::Common => table(&op::COMMON_CONSTANTS),
        Operand::Special => table(&op::SPECIAL_METHODS),
        Operand::Convert => table(&["", "str", "repr", "ascii"]),
        Operand::FuncAttr => {
            let names = [(1, "defaults"), (2, "kwdefaults"), (4, "annotations"), (8, "closure"), (16, "annotate")];
            names.iter().find(|(bit, _)| *bit == arg).map(|(_, name)| (*name).to_owned())
        }
        Operand::None | Operand::Raw | Operand::SmallInt => None,
    }
}

fn name(text: &Wtf8Buf) -> String {
    String::from_utf8_lossy(text.as_bytes()).into_owned()
}

/// Elements of a constant that a listing shows before it gives up.
const SHOWN: usize = 20;

/// A constant in one line; close to Python's `repr`, strings as Rust shows them.
pub fn repr(value: &Const) -> String {
    match value {
        Const::None => "None".to_owned(),
        Const::Bool(true) => "True".to_owned(),
        Const::Bool(false) => "False".to_owned(),
        Const::Ellipsis => "Ellipsis".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Complex(re, im) => format!("({re:?}{im:+?}j)"),
        Const::Str(text) => format!("{text:?}"),
        Const::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Const::Tuple(items) if items.len() == 1 => format!("({},)", repr(&items[0])),
        Const::Tuple(items) => format!("({})", joined(items)),
        Const::FrozenSet(items) => format!("frozenset({{{}}})", joined(items)),
        Const::Slice(parts) => format!("slice({})", joined(&parts[..])),
        Const::Code(code) => format!("<code {}>", name(&code.qualname)),
    }
}

fn joined(items: &[Const]) -> String {
    let mut shown: Vec<String> = items.iter().take(SHOWN).map(repr).collect();
    if items.len() > SHOWN {
        shown.push(format!("… {} more", items.len() - SHOWN));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;
    use crate::locations::{Location, LocationWriter};

    #[test]
    fn a_small_function() {
        let mut lines = LocationWriter::new(1);
        lines.push(Location::line_only(1), 1);
        lines.push(Location::line_only(2), 5);
        let code = Code {
            argcount: 2,
            stacksize: 2,
            flags: CodeFlags::OPTIMIZED | CodeFlags::NEWLOCALS,
            code: vec![128, 0, 87, 1, 56, 18, 0, 0, 100, 0, 0, 0, 82, 1, 35, 0],
            consts: vec![Const::None, Const::Tuple(vec![Const::Str("a\n".into())])],
            localsplusnames: vec!["x".into(), "y".into()],
            localspluskinds: vec![kind::LOCAL; 2],
            qualname: "f".into(),
            firstlineno: 1,
            linetable: lines.finish(),
            ..Code::default()
        };
        let expected = "\
f args 0/2/0 stack 2 flags OPTIMIZED|NEWLOCALS
       locals: x y
     1        0  RESUME                      0
     2        2  LOAD_FAST_BORROW_LOAD_FAST_BORROW 1 (x, y)
              4  COMPARE_OP                  18 (bool(<))
              8  POP_JUMP_IF_FALSE           0 (to 12)
    -- >>    12  LOAD_CONST                  1 ((\"a\\n\",))
             14  RETURN_VALUE
";
        assert_eq!(listing(&code), expected);
    }

    #[test]
    fn damaged_code_is_listed_too() {
        for code in [&[7u8][..], &[69, 1], &[121, 0, 82, 9], &[77, 255], &[44, 0]] {
            let code = Code { code: code.to_vec(), exceptiontable: vec![0xFF; 3], ..Code::default() };
            assert!(listing(&code).starts_with(" args 0/0/0"));
        }
    }
}
