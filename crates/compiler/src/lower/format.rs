//! `'…' % (…)` becomes an f-string where that cannot be told apart.

use bytecode::op::convert;
use bytecode::{Const, Op};
use syntax::ast::{Constant, Expr, ExprContext, ExprKind};
use text::Wtf8Buf;

use super::expr::str_const;
use super::{Lower, NOWHERE, Result};
use crate::flow::STACK_USE_GUIDELINE;
use crate::unit::loc;

enum Part {
    Text(Wtf8Buf),
    Value { conversion: u32, spec: Option<String> },
}

/// Width or precision, of up to this many digits.
const MAX_DIGITS: usize = 2;

/// Reads a `%` format with only `%s`, `%r`, `%a` and `%%`; `None` if there is anything else.
fn parse(format: &Wtf8Buf) -> Option<Vec<Part>> {
    let codes: Vec<u32> = format.code_points().collect();
    let mut parts = Vec::new();
    let mut text = Wtf8Buf::new();
    let mut at = 0;
    while at < codes.len() {
        if codes[at] != u32::from(b'%') {
            text.push_code_point(codes[at])?;
            at += 1;
            continue;
        }
        at += 1;
        if codes.get(at) == Some(&u32::from(b'%')) {
            text.push_str("%");
            at += 1;
            continue;
        }
        if !text.as_bytes().is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(conversion(&codes, &mut at)?);
    }
    if !text.as_bytes().is_empty() {
        parts.push(Part::Text(text));
    }
    Some(parts)
}

fn conversion(codes: &[u32], at: &mut usize) -> Option<Part> {
    let char_at = |at: usize| codes.get(at).and_then(|c| char::from_u32(*c));
    let mut left = false;
    while let Some(flag @ ('-' | '+' | ' ' | '#' | '0')) = char_at(*at) {
        if flag != '-' {
            return None;
        }
        left = true;
        *at += 1;
    }
    let digits = |at: &mut usize| -> Option<String> {
        let mut out = String::new();
        while let Some(digit) = char_at(*at).filter(char::is_ascii_digit) {
            if out.len() >= MAX_DIGITS {
                return None;
            }
            out.push(digit);
            *at += 1;
        }
        Some(out)
    };
    let width = digits(at)?;
    let mut precision = None;
    if char_at(*at) == Some('.') {
        *at += 1;
        let found = digits(at)?;
        precision = Some(if found.is_empty() { "0".to_owned() } else { found });
    }
    let conversion = match char_at(*at)? {
        's' => convert::STR,
        'r' => convert::REPR,
        'a' => convert::ASCII,
        _ => return None,
    };
    *at += 1;
    let number = |digits: &str| digits.parse::<u32>().ok().map(|n| n.to_string());
    let mut spec = String::new();
    if !width.is_empty() {
        // Text is right-aligned by %, left-aligned by format().
        if !left {
            spec.push('>');
        }
        spec.push_str(&number(&width)?);
    }
    if let Some(precision) = precision {
        spec.push('.');
        spec.push_str(&number(&precision)?);
    }
    Some(Part::Value { conversion, spec: (!spec.is_empty()).then_some(spec) })
}

impl<'a> Lower<'a> {
    /// Writes `left % right` as an f-string; whether it could.
    pub(super) fn percent_format(&mut self, node: &'a Expr, left: &'a Expr, right: &'a Expr) -> Result<bool> {
        let ExprKind::Constant { value: Constant::Str(format), .. } = &left.kind else { return Ok(false) };
        let ExprKind::Tuple { elts, ctx: ExprContext::Load } = &right.kind else { return Ok(false) };
        if elts.iter().any(|elt| matches!(elt.kind, ExprKind::Starred { .. })) {
            return Ok(false);
        }
        let Some(parts) = parse(format) else { return Ok(false) };
        let values = parts.iter().filter(|part| matches!(part, Part::Value { .. })).count();
        if values != elts.len() || parts.len() > STACK_USE_GUIDELINE {
            return Ok(false);
        }
        let whole = loc(node.pos);
        let count = parts.len() as u32;
        let mut elts = elts.iter();
        for part in parts {
            match part {
                Part::Text(text) => self.constant(NOWHERE, str_const(text)),
                Part::Value { conversion, spec } => {
                    let Some(elt) = elts.next() else { return Ok(true) };
                    let at = loc(elt.pos);
                    self.expr(elt)?;
                    self.arg(at, Op::CONVERT_VALUE, conversion);
                    match spec {
                        Some(spec) => {
                            self.constant(NOWHERE, str_const(Wtf8Buf::from(spec)));
                            self.op(at, Op::FORMAT_WITH_SPEC);
                        }
                        None => self.op(at, Op::FORMAT_SIMPLE),
                    }
                }
            }
        }
        match count {
            0 => self.constant(whole, Const::Str(Wtf8Buf::new())),
            1 => {}
            n => self.arg(whole, Op::BUILD_STRING, n),
        }
        Ok(true)
    }
}
