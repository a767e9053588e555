//! Expressions as text, for `from __future__ import annotations`.
//!
//! The spelling is CPython's, which is normalised: `'` quotes, one blank around operators, only needed parentheses.

use bytecode::Const;
use syntax::ast::{Arguments, BoolOp, CmpOp, Comprehension, Constant, Expr, ExprKind, Operator, UnaryOp};
use text::Wtf8Buf;

/// Binding strength, from the loosest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    Expr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

use Level::{And, Arith, Atom, Await, BitAnd, BitXor, Compare, Factor, Not, Or, Power, Shift, Term, Test, Tuple};

/// The text of an expression.
pub(super) fn unparse(node: &Expr) -> Wtf8Buf {
    let mut out = String::new();
    write(&mut out, node, Test);
    Wtf8Buf::from(out)
}

/// `repr()` of a constant.
pub(crate) fn repr(value: &Const) -> String {
    match value {
        Const::None => "None".into(),
        Const::Bool(true) => "True".into(),
        Const::Bool(false) => "False".into(),
        Const::Ellipsis => "Ellipsis".into(),
        Const::Int(i) => i.to_string(),
        Const::Float(f) => float(*f),
        Const::Complex(re, im) => complex(*re, *im),
        Const::Str(s) => string(s),
        Const::Bytes(b) => bytes(b),
        Const::Tuple(items) => match &items[..] {
            [one] => format!("({},)", repr(one)),
            items => format!("({})", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        },
        Const::FrozenSet(items) => {
            format!("frozenset({{{}}})", items.iter().map(repr).collect::<Vec<_>>().join(", "))
        }
        Const::Slice(_) | Const::Code(_) => "...".into(),
    }
}

fn float(f: f64) -> String {
    if f.is_infinite() {
        return if f > 0.0 { "1e309".into() } else { "-1e309".into() };
    }
    if f.is_nan() {
        return "nan".into();
    }
    let exponent = format!("{f:e}");
    let (digits, power) = exponent.split_once('e').unwrap_or((&exponent, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    if (-4..16).contains(&power) {
        let plain = format!("{f}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

fn complex(re: f64, im: f64) -> String {
    let part = |f: f64| {
        let text = float(f);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    if re == 0.0 && re.is_sign_positive() {
        return part(im) + "j";
    }
    let sign = if im.is_sign_negative() { "" } else { "+" };
    format!("({}{sign}{}j)", part(re), part(im))
}

fn quote(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn string(s: &Wtf8Buf) -> String {
    use std::fmt::Write;
    let q = quote(s.as_bytes().contains(&b'\''), s.as_bytes().contains(&b'"'));
    let mut out = String::from(q);
    for code in s.code_points() {
        match char::from_u32(code) {
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if c == q => {
                out.push('\\');
                out.push(c);
            }
            Some(c) if !c.is_control() && (c == ' ' || !c.is_whitespace()) && c != '\u{AD}' => out.push(c),
            _ => {
                let _ = match code {
                    0..0x100 => write!(out, "\\x{code:02x}"),
                    0x100..0x1_0000 => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(q);
    out
}

fn bytes(b: &[u8]) -> String {
    use std::fmt::Write;
    let q = quote(b.contains(&b'\''), b.contains(&b'"'));
    let mut out = format!("b{q}");
    for byte in b {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..0x7F if char::from(*byte) == q => {
                out.push('\\');
                out.push(q);
            }
            0x20..0x7F => out.push(char::from(*byte)),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(q);
    out
}

fn constant(value: &Constant) -> String {
    match value {
        Constant::Ellipsis => "...".into(),
        _ => repr(&super::to_const(value)),
    }
}

fn operator(op: Operator) -> (&'static str, Level, bool) {
    match op {
        Operator::Add => (" + ", Arith, false),
        Operator::Sub => (" - ", Arith, false),
        Operator::Mult => (" * ", Term, false),
        Operator::MatMult => (" @ ", Term, false),
        Operator::Div => (" / ", Term, false),
        Operator::Mod => (" % ", Term, false),
        Operator::FloorDiv => (" // ", Term, false),
        Operator::LShift => (" << ", Shift, false),
        Operator::RShift => (" >> ", Shift, false),
        Operator::BitOr => (" | ", Level::Expr, false),
        Operator::BitXor => (" ^ ", BitXor, false),
        Operator::BitAnd => (" & ", BitAnd, false),
        Operator::Pow => (" ** ", Power, true),
    }
}

fn compare(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

fn next(level: Level) -> Level {
    match level {
        Tuple => Test,
        Test => Or,
        Or => And,
        And => Not,
        Not => Compare,
        Compare => Level::Expr,
        Level::Expr => BitXor,
        BitXor => BitAnd,
        BitAnd => Shift,
        Shift => Arith,
        Arith => Term,
        Term => Factor,
        Factor => Power,
        Power => Await,
        Await | Atom => Atom,
    }
}

fn parens(out: &mut String, needed: bool, f: impl FnOnce(&mut String)) {
    if needed {
        out.push('(');
    }
    f(out);
    if needed {
        out.push(')');
    }
}

fn list<'n>(out: &mut String, nodes: impl IntoIterator<Item = &'n Expr>, level: Level) {
    for (i, node) in nodes.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write(out, node, level);
    }
}

fn maybe(out: &mut String, node: &Option<Box<Expr>>, level: Level) {
    if let Some(node) = node {
        write(out, node, level);
    }
}

fn write(out: &mut String, node: &Expr, level: Level) {
    stacker::maybe_grow(64 << 10, 1 << 20, || write_inner(out, node, level));
}

fn write_inner(out: &mut String, node: &Expr, level: Level) {
    match &node.kind {
        ExprKind::BoolOp { op, values } => {
            let (text, own) = match op {
                BoolOp::And => (" and ", And),
                BoolOp::Or => (" or ", Or),
            };
            parens(out, level > own, |out| {
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        out.push_str(text);
                    }
                    write(out, value, next(own));
                }
            });
        }
        ExprKind::NamedExpr { target, value } => parens(out, level > Tuple, |out| {
            write(out, target, Atom);
            out.push_str(" := ");
            write(out, value, Atom);
        }),
        ExprKind::BinOp { left, op, right } => {
            let (text, own, right_assoc) = operator(*op);
            parens(out, level > own, |out| {
                write(out, left, if right_assoc { next(own) } else { own });
                out.push_str(text);
                write(out, right, if right_assoc { own } else { next(own) });
            });
        }
        ExprKind::UnaryOp { op, operand } => {
            let (text, own) = match op {
                UnaryOp::Not => ("not ", Not),
                UnaryOp::Invert => ("~", Factor),
                UnaryOp::UAdd => ("+", Factor),
                UnaryOp::USub => ("-", Factor),
            };
            parens(out, level > own, |out| {
                out.push_str(text);
                write(out, operand, own);
            });
        }
        ExprKind::Lambda { args, body } => parens(out, level > Test, |out| {
            out.push_str("lambda");
            let mut parameters = String::new();
            arguments(&mut parameters, args);
            if !parameters.is_empty() {
                out.push(' ');
                out.push_str(&parameters);
            }
            out.push_str(": ");
            write(out, body, Test);
        }),
        ExprKind::IfExp { test, body, orelse } => parens(out, level > Test, |out| {
            write(out, body, next(Test));
            out.push_str(" if ");
            write(out, test, next(Test));
            out.push_str(" else ");
            write(out, orelse, Test);
        }),
        ExprKind::Dict { keys, values } => {
            out.push('{');
            for (i, (key, value)) in keys.iter().zip(values).enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                match key {
                    Some(key) => {
                        write(out, key, Test);
                        out.push_str(": ");
                        write(out, value, Test);
                    }
                    None => {
                        out.push_str("**");
                        write(out, value, Level::Expr);
                    }
                }
            }
            out.push('}');
        }
        ExprKind::Set { elts } => {
            out.push('{');
            list(out, elts, Test);
            out.push('}');
        }
        ExprKind::ListComp { elt, generators } => comprehension(out, '[', elt, None, generators, ']'),
        ExprKind::SetComp { elt, generators } => comprehension(out, '{', elt, None, generators, '}'),
        ExprKind::DictComp { key, value, generators } => comprehension(out, '{', key, Some(value), generators, '}'),
        ExprKind::GeneratorExp { elt, generators } => comprehension(out, '(', elt, None, generators, ')'),
        ExprKind::Await { value } => parens(out, level > Await, |out| {
            out.push_str("await ");
            write(out, value, Atom);
        }),
        ExprKind::Yield { value } => {
            out.push_str("(yield");
            if value.is_some() {
                out.push(' ');
            }
            maybe(out, value, Tuple);
            out.push(')');
        }
        ExprKind::YieldFrom { value } => {
            out.push_str("(yield from ");
            write(out, value, Test);
            out.push(')');
        }
        ExprKind::Compare { left, ops, comparators } => parens(out, level > Compare, |out| {
            write(out, left, next(Compare));
            for (op, value) in ops.iter().zip(comparators) {
                out.push_str(compare(*op));
                write(out, value, next(Compare));
            }
        }),
        ExprKind::Call { func, args, keywords } => {
            write(out, func, Atom);
            if let ([argument], []) = (&args[..], &keywords[..])
                && matches!(argument.kind, ExprKind::GeneratorExp { .. })
            {
                write(out, argument, Tuple);
                return;
            }
            out.push('(');
            list(out, args, Test);
            for (i, keyword) in keywords.iter().enumerate() {
                if i > 0 || !args.is_empty() {
                    out.push_str(", ");
                }
                match &keyword.arg {
                    Some(name) => {
                        out.push_str(name);
                        out.push('=');
                    }
                    None => out.push_str("**"),
                }
                write(out, &keyword.value, Test);
            }
            out.push(')');
        }
        ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
            out.push(if matches!(node.kind, ExprKind::JoinedStr { .. }) { 'f' } else { 't' });
            let mut body = String::new();
            values.iter().for_each(|value| element(&mut body, value));
            out.push_str(&string(&Wtf8Buf::from(body)));
        }
        ExprKind::FormattedValue { .. } | ExprKind::Interpolation { .. } => {
            let mut body = String::new();
            element(&mut body, node);
            out.push('f');
            out.push_str(&string(&Wtf8Buf::from(body)));
        }
        ExprKind::Constant { value, kind } => {
            if kind.is_some() {
                out.push('u');
            }
            out.push_str(&constant(value));
        }
        ExprKind::Attribute { value, attr, .. } => {
            write(out, value, Atom);
            // 1 .real
            if matches!(&value.kind, ExprKind::Constant { value: Constant::Int(_), .. }) {
                out.push(' ');
            }
            out.push('.');
            out.push_str(attr);
        }
        ExprKind::Subscript { value, slice, .. } => {
            write(out, value, Atom);
            out.push('[');
            write(out, slice, Tuple);
            out.push(']');
        }
        ExprKind::Starred { value, .. } => {
            out.push('*');
            write(out, value, Level::Expr);
        }
        ExprKind::Name { id, .. } => out.push_str(id),
        ExprKind::List { elts, .. } => {
            out.push('[');
            list(out, elts, Test);
            out.push(']');
        }
        ExprKind::Tuple { elts, .. } => {
            if elts.is_empty() {
                out.push_str("()");
                return;
            }
            parens(out, level > Tuple, |out| {
                list(out, elts, Test);
                if elts.len() == 1 {
                    out.push(',');
                }
            });
        }
        ExprKind::Slice { lower, upper, step } => {
            maybe(out, lower, Test);
            out.push(':');
            maybe(out, upper, Test);
            if step.is_some() {
                out.push(':');
            }
            maybe(out, step, Test);
        }
    }
}

fn comprehension(
    out: &mut String,
    open: char,
    elt: &Expr,
    value: Option<&Expr>,
    generators: &[Comprehension],
    close: char,
) {
    out.push(open);
    write(out, elt, Test);
    if let Some(value) = value {
        out.push_str(": ");
        write(out, value, Test);
    }
    for generator in generators {
        out.push_str(if generator.is_async != 0 { " async for " } else { " for " });
        write(out, &generator.target, Tuple);
        out.push_str(" in ");
        write(out, &generator.iter, next(Test));
        for test in &generator.ifs {
            out.push_str(" if ");
            write(out, test, next(Test));
        }
    }
    out.push(close);
}

fn arguments(out: &mut String, args: &Arguments) {
    let mut parts: Vec<String> = Vec::new();
    let positional: Vec<_> = args.posonlyargs.iter().chain(&args.args).collect();
    let first_default = positional.len() - args.defaults.len().min(positional.len());
    let with_default = |name: &str, default: Option<&Expr>| {
        let mut part = name.to_owned();
        if let Some(default) = default {
            part.push('=');
            write(&mut part, default, Test);
        }
        part
    };
    for (i, arg) in positional.iter().enumerate() {
        let default = i.checked_sub(first_default).and_then(|i| args.defaults.get(i));
        parts.push(with_default(&arg.arg, default));
        if i + 1 == args.posonlyargs.len() {
            parts.push("/".into());
        }
    }
    if let Some(arg) = &args.vararg {
        parts.push(format!("*{}", arg.arg));
    } else if !args.kwonlyargs.is_empty() {
        parts.push("*".into());
    }
    for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
        parts.push(with_default(&arg.arg, default.as_ref()));
    }
    if let Some(arg) = &args.kwarg {
        parts.push(format!("**{}", arg.arg));
    }
    out.push_str(&parts.join(", "));
}

/// A piece of an f-string, between its quotes.
fn element(out: &mut String, node: &Expr) {
    match &node.kind {
        ExprKind::Constant { value: Constant::Str(text), .. } => {
            let text = String::from_utf8_lossy(text.as_bytes()).replace('{', "{{").replace('}', "}}");
            out.push_str(&text);
        }
        ExprKind::JoinedStr { values } => values.iter().for_each(|value| element(out, value)),
        ExprKind::FormattedValue { value, conversion, format_spec }
        | ExprKind::Interpolation { value, conversion, format_spec, .. } => {
            let mut inner = String::new();
            write(&mut inner, value, next(Test));
            out.push('{');
            if inner.starts_with('{') {
                out.push(' ');
            }
            out.push_str(&inner);
            if let Some(conversion) = u8::try_from(*conversion).ok().filter(u8::is_ascii_alphabetic) {
                out.push('!');
                out.push(char::from(conversion));
            }
            if let Some(spec) = format_spec {
                out.push(':');
                element(out, spec);
            }
            out.push('}');
        }
        _ => write(out, node, Test),
    }
}
