//! Patterns of `match`.

use ruff_python_ast as r;
use ruff_text_size::Ranged;

use super::{Adapter, Result};
use crate::ast::*;

impl Adapter<'_> {
    pub(super) fn pattern(&mut self, node: &r::Pattern) -> Result<Pattern> {
        self.deeper(node.start(), |this| Ok(Pattern { pos: this.pos_of(node), kind: this.pattern_kind(node)? }))
    }

    fn patterns(&mut self, nodes: &[r::Pattern]) -> Result<Vec<Pattern>> {
        nodes.iter().map(|node| self.pattern(node)).collect()
    }

    fn pattern_kind(&mut self, node: &r::Pattern) -> Result<PatternKind> {
        Ok(match node {
            r::Pattern::MatchValue(n) => PatternKind::MatchValue { value: self.expression(&n.value)? },
            r::Pattern::MatchSingleton(n) => PatternKind::MatchSingleton {
                value: match n.value {
                    r::Singleton::None => Constant::None,
                    r::Singleton::True => Constant::Bool(true),
                    r::Singleton::False => Constant::Bool(false),
                },
            },
            r::Pattern::MatchSequence(n) => PatternKind::MatchSequence { patterns: self.patterns(&n.patterns)? },
            r::Pattern::MatchMapping(n) => PatternKind::MatchMapping {
                keys: self.exprs(&n.keys)?,
                patterns: self.patterns(&n.patterns)?,
                rest: n.rest.as_ref().map(|name| self.ident(name)),
            },
            r::Pattern::MatchClass(n) => PatternKind::MatchClass {
                cls: self.expression(&n.cls)?,
                patterns: self.patterns(&n.arguments.patterns)?,
                kwd_attrs: n.arguments.keywords.iter().map(|k| self.ident(&k.attr)).collect(),
                kwd_patterns: n.arguments.keywords.iter().map(|k| self.pattern(&k.pattern)).collect::<Result<_>>()?,
            },
            r::Pattern::MatchStar(n) => PatternKind::MatchStar { name: n.name.as_ref().map(|name| self.ident(name)) },
            r::Pattern::MatchAs(n) => PatternKind::MatchAs {
                pattern: n.pattern.as_ref().map(|p| self.pattern(p)).transpose()?.map(Box::new),
                name: n.name.as_ref().map(|name| self.ident(name)),
            },
            r::Pattern::MatchOr(n) => PatternKind::MatchOr { patterns: self.patterns(&n.patterns)? },
        })
    }
}
