//! Expressions.

use number::BigInt;
use ruff_python_ast as r;
use ruff_text_size::{Ranged, TextRange, TextSize};
use text::Wtf8Buf;

use super::{Adapter, Result};
use crate::ast::*;
use crate::error::SyntaxError;

pub(super) fn operator(op: r::Operator) -> Operator {
    match op {
        r::Operator::Add => Operator::Add,
        r::Operator::Sub => Operator::Sub,
        r::Operator::Mult => Operator::Mult,
        r::Operator::MatMult => Operator::MatMult,
        r::Operator::Div => Operator::Div,
        r::Operator::Mod => Operator::Mod,
        r::Operator::Pow => Operator::Pow,
        r::Operator::LShift => Operator::LShift,
        r::Operator::RShift => Operator::RShift,
        r::Operator::BitOr => Operator::BitOr,
        r::Operator::BitXor => Operator::BitXor,
        r::Operator::BitAnd => Operator::BitAnd,
        r::Operator::FloorDiv => Operator::FloorDiv,
    }
}

fn unary_op(op: r::UnaryOp) -> UnaryOp {
    match op {
        r::UnaryOp::Invert => UnaryOp::Invert,
        r::UnaryOp::Not => UnaryOp::Not,
        r::UnaryOp::UAdd => UnaryOp::UAdd,
        r::UnaryOp::USub => UnaryOp::USub,
    }
}

fn cmp_op(op: r::CmpOp) -> CmpOp {
    match op {
        r::CmpOp::Eq => CmpOp::Eq,
        r::CmpOp::NotEq => CmpOp::NotEq,
        r::CmpOp::Lt => CmpOp::Lt,
        r::CmpOp::LtE => CmpOp::LtE,
        r::CmpOp::Gt => CmpOp::Gt,
        r::CmpOp::GtE => CmpOp::GtE,
        r::CmpOp::Is => CmpOp::Is,
        r::CmpOp::IsNot => CmpOp::IsNot,
        r::CmpOp::In => CmpOp::In,
        r::CmpOp::NotIn => CmpOp::NotIn,
    }
}

fn context(ctx: r::ExprContext) -> ExprContext {
    match ctx {
        r::ExprContext::Load | r::ExprContext::Invalid => ExprContext::Load,
        r::ExprContext::Store => ExprContext::Store,
        r::ExprContext::Del => ExprContext::Del,
    }
}

impl Adapter<'_> {
    pub(super) fn expr(&mut self, node: &r::Expr) -> Result<Expr> {
        self.deeper(node.start(), |this| {
            let pos = this.pos_of(node);
            Ok(Expr { pos, kind: this.expr_kind(node)? })
        })
    }

    pub(super) fn boxed(&mut self, node: &r::Expr) -> Result<Box<Expr>> {
        self.expr(node).map(Box::new)
    }

    pub(super) fn maybe(&mut self, node: Option<&r::Expr>) -> Result<Option<Box<Expr>>> {
        node.map(|node| self.boxed(node)).transpose()
    }

    pub(super) fn exprs(&mut self, nodes: &[r::Expr]) -> Result<Vec<Expr>> {
        nodes.iter().map(|node| self.expr(node)).collect()
    }

    fn expr_kind(&mut self, node: &r::Expr) -> Result<ExprKind> {
        Ok(match node {
            r::Expr::BoolOp(n) => {
                let op = match n.op {
                    r::BoolOp::And => BoolOp::And,
                    r::BoolOp::Or => BoolOp::Or,
                };
                ExprKind::BoolOp { op, values: self.exprs(&n.values)? }
            }
            r::Expr::Named(n) => ExprKind::NamedExpr { target: self.boxed(&n.target)?, value: self.boxed(&n.value)? },
            r::Expr::BinOp(n) => {
                ExprKind::BinOp { left: self.boxed(&n.left)?, op: operator(n.op), right: self.boxed(&n.right)? }
            }
            r::Expr::UnaryOp(n) => ExprKind::UnaryOp { op: unary_op(n.op), operand: self.boxed(&n.operand)? },
            r::Expr::Lambda(n) => {
                ExprKind::Lambda { args: self.parameters(n.parameters.as_deref())?, body: self.boxed(&n.body)? }
            }
            r::Expr::If(n) => ExprKind::IfExp {
                test: self.boxed(&n.test)?,
                body: self.boxed(&n.body)?,
                orelse: self.boxed(&n.orelse)?,
            },
            r::Expr::Dict(n) => {
                let mut keys = Vec::with_capacity(n.items.len());
                let mut values = Vec::with_capacity(n.items.len());
                for item in &n.items {
                    keys.push(item.key.as_ref().map(|key| self.expr(key)).transpose()?);
                    values.push(self.expr(&item.value)?);
                }
                ExprKind::Dict { keys, values }
            }
            r::Expr::Set(n) => ExprKind::Set { elts: self.exprs(&n.elts)? },
            r::Expr::ListComp(n) => {
                ExprKind::ListComp { elt: self.boxed(&n.elt)?, generators: self.generators(&n.generators)? }
            }
            r::Expr::SetComp(n) => {
                ExprKind::SetComp { elt: self.boxed(&n.elt)?, generators: self.generators(&n.generators)? }
            }
            r::Expr::DictComp(n) => {
                let Some(key) = &n.key else { return Err(self.refuse(n.range)) };
                ExprKind::DictComp {
                    key: self.boxed(key)?,
                    value: self.boxed(&n.value)?,
                    generators: self.generators(&n.generators)?,
                }
            }
            r::Expr::Generator(n) => {
                ExprKind::GeneratorExp { elt: self.boxed(&n.elt)?, generators: self.generators(&n.generators)? }
            }
            r::Expr::Await(n) => ExprKind::Await { value: self.boxed(&n.value)? },
            r::Expr::Yield(n) => ExprKind::Yield { value: self.maybe(n.value.as_deref())? },
            r::Expr::YieldFrom(n) => ExprKind::YieldFrom { value: self.boxed(&n.value)? },
            r::Expr::Compare(n) => ExprKind::Compare {
                left: self.boxed(&n.left)?,
                ops: n.ops.iter().map(|op| cmp_op(*op)).collect(),
                comparators: self.exprs(&n.comparators)?,
            },
            r::Expr::Call(n) => {
                let (args, keywords) = self.arguments(&n.arguments)?;
                ExprKind::Call { func: self.boxed(&n.func)?, args, keywords }
            }
            r::Expr::FString(n) => self.f_string(n)?,
            r::Expr::TString(n) => self.t_string(n)?,
            r::Expr::StringLiteral(n) => self.string_literal(n)?,
            r::Expr::BytesLiteral(n) => self.bytes_literal(n)?,
            r::Expr::NumberLiteral(n) => constant(self.number(n)?),
            r::Expr::BooleanLiteral(n) => constant(Constant::Bool(n.value)),
            r::Expr::NoneLiteral(_) => constant(Constant::None),
            r::Expr::EllipsisLiteral(_) => constant(Constant::Ellipsis),
            r::Expr::Attribute(n) => {
                ExprKind::Attribute { value: self.boxed(&n.value)?, attr: self.ident(&n.attr), ctx: context(n.ctx) }
            }
            r::Expr::Subscript(n) => {
                ExprKind::Subscript { value: self.boxed(&n.value)?, slice: self.boxed(&n.slice)?, ctx: context(n.ctx) }
            }
            r::Expr::Starred(n) => ExprKind::Starred { value: self.boxed(&n.value)?, ctx: context(n.ctx) },
            r::Expr::Name(n) => ExprKind::Name { id: self.name(n.id.as_str()), ctx: context(n.ctx) },
            r::Expr::List(n) => ExprKind::List { elts: self.exprs(&n.elts)?, ctx: context(n.ctx) },
            r::Expr::Tuple(n) => ExprKind::Tuple { elts: self.exprs(&n.elts)?, ctx: context(n.ctx) },
            r::Expr::Slice(n) => ExprKind::Slice {
                lower: self.maybe(n.lower.as_deref())?,
                upper: self.maybe(n.upper.as_deref())?,
                step: self.maybe(n.step.as_deref())?,
            },
            r::Expr::IpyEscapeCommand(n) => return Err(self.refuse(n.range)),
        })
    }

    /// The library knows more than Python 3.14 allows here.
    pub(super) fn refuse(&self, range: TextRange) -> Box<SyntaxError> {
        Box::new(SyntaxError::new("invalid syntax", self.pos(range)))
    }

    fn generators(&mut self, nodes: &[r::Comprehension]) -> Result<Vec<Comprehension>> {
        nodes
            .iter()
            .map(|n| {
                Ok(Comprehension {
                    target: self.boxed(&n.target)?,
                    iter: self.boxed(&n.iter)?,
                    ifs: self.exprs(&n.ifs)?,
                    is_async: n.is_async.into(),
                })
            })
            .collect()
    }

    pub(super) fn arguments(&mut self, node: &r::Arguments) -> Result<(Vec<Expr>, Vec<Keyword>)> {
        let mut args = Vec::with_capacity(node.args.len());
        for arg in &node.args {
            let mut expr = self.expr(arg)?;
            if let r::Expr::Generator(generator) = arg
                && !generator.parenthesized
            {
                // f(x for x in y): CPython counts the call's parentheses in.
                expr.pos = self.pos(node.range);
            }
            args.push(expr);
        }
        let keywords = node
            .keywords
            .iter()
            .map(|n| {
                let arg = n.arg.as_ref().map(|name| self.ident(name));
                Ok(Keyword { pos: self.pos(n.range), arg, value: self.boxed(&n.value)? })
            })
            .collect::<Result<_>>()?;
        Ok((args, keywords))
    }

    pub(super) fn parameters(&mut self, node: Option<&r::Parameters>) -> Result<Box<Arguments>> {
        let mut out = Arguments {
            posonlyargs: Vec::new(),
            args: Vec::new(),
            vararg: None,
            kwonlyargs: Vec::new(),
            kw_defaults: Vec::new(),
            kwarg: None,
            defaults: Vec::new(),
        };
        let Some(node) = node else { return Ok(Box::new(out)) };
        for n in &node.posonlyargs {
            out.posonlyargs.push(self.parameter(&n.parameter, n.range.end())?);
        }
        for n in &node.args {
            out.args.push(self.parameter(&n.parameter, n.range.end())?);
        }
        for n in node.posonlyargs.iter().chain(&node.args) {
            if let Some(default) = &n.default {
                out.defaults.push(self.expr(default)?);
            }
        }
        for n in &node.kwonlyargs {
            out.kwonlyargs.push(self.parameter(&n.parameter, n.range.end())?);
            out.kw_defaults.push(n.default.as_ref().map(|default| self.expr(default)).transpose()?);
        }
        out.vararg = node.vararg.as_ref().map(|n| self.parameter(n, n.range.end())).transpose()?.map(Box::new);
        out.kwarg = node.kwarg.as_ref().map(|n| self.parameter(n, n.range.end())).transpose()?.map(Box::new);
        Ok(Box::new(out))
    }

    /// `end` is where the parameter ends, with its default.
    fn parameter(&mut self, node: &r::Parameter, end: TextSize) -> Result<Arg> {
        let range = TextRange::new(node.name.range.start(), node.range.end());
        Ok(Arg {
            pos: self.pos(range),
            arg: self.ident(&node.name),
            annotation: self.maybe(node.annotation.as_deref())?,
            type_comment: self.parameter_comment(end),
        })
    }

    fn number(&mut self, node: &r::ExprNumberLiteral) -> Result<Constant> {
        self.warn_run_together(node);
        Ok(match &node.value {
            r::Number::Int(value) => Constant::Int(match value.as_u64() {
                Some(small) => small.into(),
                None => self.big_int(node.range)?,
            }),
            r::Number::Float(value) => Constant::Float(*value),
            r::Number::Complex { real, imag } => Constant::Complex(*real, *imag),
        })
    }

    /// `1if x`: a keyword right behind a number is still allowed.
    fn warn_run_together(&mut self, node: &r::ExprNumberLiteral) {
        let end = node.range.end().to_usize();
        if !self.source.as_bytes().get(end).is_some_and(u8::is_ascii_alphabetic) {
            return;
        }
        let kind = match self.text(node.range).as_bytes() {
            [b'0', b'x' | b'X', ..] => "hexadecimal",
            [b'0', b'o' | b'O', ..] => "octal",
            [b'0', b'b' | b'B', ..] => "binary",
            [.., b'j' | b'J'] => "imaginary",
            _ => "decimal",
        };
        let pos = self.pos_of(node);
        self.warnings.push(super::Warning { message: format!("invalid {kind} literal"), line: pos.lineno, pos });
    }

    fn big_int(&mut self, range: TextRange) -> Result<BigInt> {
        let text: String = self.text(range).chars().filter(|c| *c != '_').collect();
        let (radix, digits) = match text.as_bytes() {
            [b'0', b'x' | b'X', ..] => (16, &text[2..]),
            [b'0', b'o' | b'O', ..] => (8, &text[2..]),
            [b'0', b'b' | b'B', ..] => (2, &text[2..]),
            _ => (10, &text[..]),
        };
        let most = self.most_digits;
        if radix == 10 && most > 0 && digits.len() > most {
            let message = format!(
                "Exceeds the limit ({most} digits) for integer string conversion: value has {} digits; use \
                 sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals \
                 to avoid decimal conversion limits.",
                digits.len()
            );
            let line = self.pos(range).lineno;
            let pos = Pos { lineno: line, col_offset: -1, end_lineno: line, end_col_offset: -1 };
            return Err(Box::new(SyntaxError::new(message, pos)));
        }
        BigInt::from_str_radix(digits, radix).map_err(|_| self.refuse(range))
    }
}

pub(super) fn constant(value: Constant) -> ExprKind {
    ExprKind::Constant { value, kind: None }
}

pub(super) fn string(value: Wtf8Buf) -> ExprKind {
    constant(Constant::Str(value))
}
