//! Expressions.

use super::lex::Tok;
use super::target::{For, invalid_target};
use super::{Explain, Memo, Node, Rule, What, need};

const SOFT_KEYWORDS: [&str; 4] = ["_", "case", "match", "type"];

impl Explain<'_> {
    /// Items separated by commas, at least one; a trailing comma is left.
    pub(super) fn gather(&mut self, mut item: impl FnMut(&mut Self) -> Rule<Node>) -> Rule<Vec<Node>> {
        let mut items = vec![need!(self.attempt(&mut item))];
        loop {
            let more = self.attempt(|p| {
                need!(p.take(","));
                item(p)
            })?;
            match more {
                Some(node) => items.push(node),
                None => return Ok(Some(items)),
            }
        }
    }

    /// `a`, `a,`, `a, b`: one item as it is, more as a tuple.
    fn tuple_of(&mut self, mut item: impl FnMut(&mut Self) -> Rule<Node>) -> Rule<Node> {
        let start = self.pos;
        let mut items = need!(self.gather(&mut item));
        let comma = self.take(",")?.is_some();
        if items.len() == 1 && !comma {
            return Ok(items.pop());
        }
        Ok(Some(self.node_of(What::Tuple, start, items)))
    }

    pub(super) fn star_expressions(&mut self) -> Rule<Node> {
        self.tuple_of(Self::star_expression)
    }

    pub(super) fn expressions(&mut self) -> Rule<Node> {
        self.tuple_of(Self::expression)
    }

    pub(super) fn star_expression(&mut self) -> Rule<Node> {
        self.memo(Memo::StarExpression, |p| {
            if let Some(star) = p.starred()? {
                return Ok(Some(star));
            }
            p.expression()
        })
    }

    /// `*a`
    pub(super) fn starred(&mut self) -> Rule<Node> {
        self.attempt(|p| {
            let start = p.pos;
            need!(p.take("*"));
            let inner = need!(p.bitwise_or());
            Ok(Some(p.node_of(What::Starred, start, vec![inner])))
        })
    }

    pub(super) fn star_named_expression(&mut self) -> Rule<Node> {
        if let Some(star) = self.starred()? {
            return Ok(Some(star));
        }
        self.named_expression()
    }

    pub(super) fn star_named_expressions(&mut self) -> Rule<Vec<Node>> {
        let items = need!(self.gather(Self::star_named_expression));
        self.take(",")?;
        Ok(Some(items))
    }

    pub(super) fn named_expression(&mut self) -> Rule<Node> {
        self.memo(Memo::NamedExpression, |p| {
            if let Some(node) = p.attempt(Self::assignment_expression)? {
                return Ok(Some(node));
            }
            if p.invalid {
                p.attempt(Self::invalid_named_expression)?;
            }
            p.attempt(|p| {
                let node = need!(p.expression());
                Ok((!p.is(":=")?).then_some(node))
            })
        })
    }

    fn assignment_expression(&mut self) -> Rule<Node> {
        let start = self.pos;
        need!(self.name());
        need!(self.take(":="));
        // Nothing else starts so.
        let value = need!(self.expression());
        Ok(Some(self.node_of(What::Named, start, vec![value])))
    }

    fn invalid_named_expression(&mut self) -> Rule<Node> {
        let start = self.pos;
        if let Some(target) = self.expression()?
            && self.take(":=")?.is_some()
            && self.expression()?.is_some()
        {
            let message = format!("cannot use assignment expressions with {}", target.what.name());
            return Err(self.error_node(&message, &target));
        }
        self.pos = start;
        let not_assigned =
            |p: &mut Self| -> Result<bool, Box<crate::error::SyntaxError>> { Ok(!p.is("=")? && !p.is(":=")?) };
        if let Some(name) = self.name()?
            && self.take("=")?.is_some()
            && let Some(value) = self.bitwise_or()?
            && not_assigned(self)?
        {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Err(self.error_range(message, name, value.end - 1));
        }
        self.pos = start;
        let excluded = self.ahead(|p| {
            let Some(atom) = p.atom()? else { return Ok(None) };
            let excluded =
                [What::List, What::ListComp, What::Tuple, What::Generator, What::True, What::None, What::False];
            Ok((excluded.contains(&atom.what) && atom.what != What::ListComp).then_some(()))
        })?;
        if excluded {
            return Ok(None);
        }
        if let Some(target) = self.bitwise_or()?
            && self.take("=")?.is_some()
            && self.bitwise_or()?.is_some()
            && not_assigned(self)?
        {
            let message = format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", target.what.name());
            return Err(self.error_node(&message, &target));
        }
        Ok(None)
    }

    pub(super) fn expression(&mut self) -> Rule<Node> {
        self.memo(Memo::Expression, |p| {
            if p.invalid {
                p.attempt(Self::invalid_expression)?;
                p.attempt(Self::invalid_legacy_expression)?;
            }
            let conditional = p.attempt(|p| {
                let start = p.pos;
                need!(p.disjunction());
                need!(p.take("if"));
                need!(p.disjunction());
                need!(p.take("else"));
                need!(p.expression());
                Ok(Some(p.node(What::Conditional, start)))
            })?;
            if conditional.is_some() {
                return Ok(conditional);
            }
            if let Some(node) = p.attempt(Self::disjunction)? {
                return Ok(Some(node));
            }
            p.lambda()
        })
    }

    fn invalid_expression(&mut self) -> Rule<Node> {
        let start = self.pos;
        self.attempt(Self::inside_string)?;
        let first = self.peek()?;
        let soft = first.kind == Tok::Name && SOFT_KEYWORDS.contains(&self.text(&first));
        let name_string = first.kind == Tok::Name && self.token(start + 1)?.kind == Tok::Str;
        if !soft
            && !name_string
            && let Some(a) = self.disjunction()?
        {
            let before = std::mem::replace(&mut self.invalid, false);
            let b = self.attempt(Self::expression);
            self.invalid = before;
            if let Some(b) = b? {
                let legacy = a.what == What::Name && self.is_legacy(a.start);
                if !legacy && self.tokens[self.pos - 1].level > 0 {
                    return Err(self.error_nodes("invalid syntax. Perhaps you forgot a comma?", &a, &b));
                }
            }
        }
        self.pos = start;
        if let Some(a) = self.disjunction()?
            && self.take("if")?.is_some()
            && let Some(b) = self.disjunction()?
        {
            if !self.is("else")? && !self.is(":")? {
                return Err(self.error_nodes("expected 'else' after 'if' expression", &a, &b));
            }
            if self.take("else")?.is_some() && !self.ahead(Self::expression)? {
                let message = "expected expression after 'else', but statement is given";
                return Err(self.error_at(message, self.pos));
            }
        }
        self.pos = start;
        if self.is_any(&["pass", "break", "continue"])? {
            let statement = self.pos;
            self.pos += 1;
            if self.take("if")?.is_some()
                && self.disjunction()?.is_some()
                && self.take("else")?.is_some()
                && self.attempt(Self::simple_stmt)?.is_some()
            {
                let message = "expected expression before 'if', but statement is given";
                return Err(self.error_at(message, statement));
            }
        }
        self.pos = start;
        if let Some(lambda) = self.take("lambda")? {
            self.attempt(Self::lambda_params)?;
            if let Some(colon) = self.take(":")?
                && (self.peek()?.kind == Tok::FMiddle || self.is("}")? && self.in_field(lambda))
            {
                let letter = self.string_letter();
                let message = format!("{letter}-string: lambda expressions are not allowed without parentheses");
                return Err(self.error_range(&message, lambda, colon));
            }
        }
        Ok(None)
    }

    /// `"a" b "c"`
    fn inside_string(&mut self) -> Rule<()> {
        need!(self.take_kind(Tok::Str));
        let mut parts = Vec::new();
        let before = std::mem::replace(&mut self.invalid, false);
        let outcome = loop {
            match self.peek() {
                Ok(token) if token.kind == Tok::Str => break Ok(()),
                Ok(_) => {}
                Err(error) => break Err(error),
            }
            match self.attempt(Self::expression) {
                Ok(Some(part)) => parts.push(part),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.invalid = before;
        outcome?;
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(None) };
        need!(self.take_kind(Tok::Str));
        Err(self.error_nodes("invalid syntax. Is this intended to be part of the string?", first, last))
    }

    fn is_legacy(&self, token: usize) -> bool {
        let text = &self.source[self.tokens[token].start..self.tokens[token].end];
        text == "print" || text == "exec"
    }

    fn invalid_legacy_expression(&mut self) -> Rule<Node> {
        let name = need!(self.name());
        if self.is("(")? {
            return Ok(None);
        }
        let rest = need!(self.star_expressions());
        if !self.is_legacy(name) {
            return Ok(None);
        }
        let text = &self.source[self.tokens[name].start..self.tokens[name].end];
        let message = format!("Missing parentheses in call to '{text}'. Did you mean {text}(...)?");
        Err(self.error_range(&message, name, rest.end - 1))
    }

    pub(super) fn disjunction(&mut self) -> Rule<Node> {
        self.memo(Memo::Disjunction, |p| p.joined("or", Self::conjunction))
    }

    fn conjunction(&mut self) -> Rule<Node> {
        self.joined("and", Self::inversion)
    }

    fn joined(&mut self, word: &str, item: impl Fn(&mut Self) -> Rule<Node>) -> Rule<Node> {
        let start = self.pos;
        let first = need!(item(self));
        let mut more = false;
        while self
            .attempt(|p| {
                need!(p.take(word));
                item(p)
            })?
            .is_some()
        {
            more = true;
        }
        Ok(Some(if more { self.node(What::Expression, start) } else { first }))
    }

    fn inversion(&mut self) -> Rule<Node> {
        self.deeper(|p| {
            let start = p.pos;
            if p.take("not")?.is_some() {
                need!(p.inversion());
                return Ok(Some(p.node(What::Expression, start)));
            }
            p.comparison()
        })
    }

    fn comparison(&mut self) -> Rule<Node> {
        let start = self.pos;
        let first = need!(self.bitwise_or());
        let mut operators = 0;
        let mut is_in = false;
        loop {
            let operator = self.attempt(|p| {
                let is_in = p.is("in")?;
                need!(p.comparison_operator());
                need!(p.bitwise_or());
                Ok(Some(is_in))
            })?;
            let Some(this_in) = operator else { break };
            if operators == 0 {
                is_in = this_in;
            }
            operators += 1;
        }
        if operators == 0 {
            return Ok(Some(first));
        }
        let mut node = self.node_of(What::Comparison, start, vec![first]);
        node.is_in = is_in;
        Ok(Some(node))
    }

    fn comparison_operator(&mut self) -> Rule<()> {
        if self.is("<>")? && self.invalid {
            let message = "invalid syntax.  Maybe you meant '!=' instead of '<>'?";
            return Err(self.error_at(message, self.pos));
        }
        for op in ["==", "!=", "<=", "<", ">=", ">", "in"] {
            if self.take(op)?.is_some() {
                return Ok(Some(()));
            }
        }
        if self.take("not")?.is_some() {
            need!(self.take("in"));
            return Ok(Some(()));
        }
        need!(self.take("is"));
        self.take("not")?;
        Ok(Some(()))
    }

    pub(super) fn bitwise_or(&mut self) -> Rule<Node> {
        self.memo(Memo::BitOr, |p| {
            p.chain(&["|"], &|p| p.chain(&["^"], &|p| p.chain(&["&"], &|p| p.chain(&["<<", ">>"], &Self::sum))))
        })
    }

    fn chain(&mut self, ops: &[&str], item: &dyn Fn(&mut Self) -> Rule<Node>) -> Rule<Node> {
        let start = self.pos;
        let mut node = need!(item(self));
        loop {
            let invalid = self.invalid;
            let more = self.attempt(|p| {
                if !p.is_any(ops)? {
                    return Ok(None);
                }
                p.pos += 1;
                let operand = p.pos;
                let right = item(p)?;
                if right.is_none() && invalid {
                    p.pos = operand;
                    p.not_after_operator()?;
                }
                Ok(right)
            })?;
            if more.is_none() {
                return Ok(Some(node));
            }
            node = self.node(What::Expression, start);
        }
    }

    /// `a + not b`
    fn not_after_operator(&mut self) -> Rule<()> {
        let not = need!(self.take("not"));
        let operand = need!(self.inversion());
        let message = "'not' after an operator must be parenthesized";
        Err(self.error_range(message, not, operand.end - 1))
    }

    fn sum(&mut self) -> Rule<Node> {
        self.chain(&["+", "-"], &Self::term)
    }

    fn term(&mut self) -> Rule<Node> {
        self.chain(&["*", "/", "//", "%", "@"], &Self::factor)
    }

    fn factor(&mut self) -> Rule<Node> {
        self.deeper(|p| {
            let start = p.pos;
            if p.is_any(&["+", "-", "~"])? {
                p.pos += 1;
                let operand = p.pos;
                if p.attempt(Self::factor)?.is_none() {
                    if p.invalid {
                        p.pos = operand;
                        p.not_after_operator()?;
                    }
                    return Ok(None);
                }
                return Ok(Some(p.node(What::Expression, start)));
            }
            let base = need!(p.await_primary());
            let power = p.attempt(|p| {
                need!(p.take("**"));
                p.factor()
            })?;
            Ok(Some(if power.is_some() { p.node(What::Expression, start) } else { base }))
        })
    }

    fn await_primary(&mut self) -> Rule<Node> {
        let start = self.pos;
        if self.take("await")?.is_some() {
            need!(self.primary());
            return Ok(Some(self.node(What::Await, start)));
        }
        self.primary()
    }

    pub(super) fn primary(&mut self) -> Rule<Node> {
        self.memo(Memo::Primary, |p| {
            let start = p.pos;
            let mut node = need!(p.atom());
            loop {
                let next = p.attempt(|p| p.trailer(start))?;
                match next {
                    Some(longer) => node = longer,
                    None => return Ok(Some(node)),
                }
            }
        })
    }

    pub(super) fn trailer(&mut self, start: usize) -> Rule<Node> {
        if self.take(".")?.is_some() {
            need!(self.name());
            return Ok(Some(self.node(What::Attribute, start)));
        }
        if self.is("(")? {
            let generator = self.attempt(Self::genexp)?;
            if generator.is_some() {
                return Ok(Some(self.node(What::Call, start)));
            }
            self.pos += 1;
            self.attempt(Self::arguments)?;
            need!(self.take(")"));
            return Ok(Some(self.node(What::Call, start)));
        }
        need!(self.take("["));
        need!(self.slices());
        need!(self.take("]"));
        Ok(Some(self.node(What::Subscript, start)))
    }

    fn slices(&mut self) -> Rule<Node> {
        self.memo(Memo::Slices, |p| {
            p.tuple_of(|p| {
                if let Some(slice) = p.attempt(Self::slice)? {
                    return Ok(Some(slice));
                }
                p.starred_argument()
            })
        })
    }

    fn slice(&mut self) -> Rule<Node> {
        let start = self.pos;
        let sliced = self.attempt(|p| {
            p.attempt(Self::expression)?;
            need!(p.take(":"));
            p.attempt(Self::expression)?;
            if p.take(":")?.is_some() {
                p.attempt(Self::expression)?;
            }
            Ok(Some(p.node(What::Slice, start)))
        })?;
        if sliced.is_some() {
            return Ok(sliced);
        }
        self.named_expression()
    }

    pub(super) fn atom(&mut self) -> Rule<Node> {
        self.memo(Memo::Atom, |p| {
            let start = p.pos;
            let token = p.peek()?;
            let simple = |p: &mut Self, what| {
                p.pos += 1;
                Ok(Some(p.node(what, start)))
            };
            match token.kind {
                Tok::Name => simple(p, What::Name),
                Tok::Number => simple(p, What::Literal),
                Tok::Str | Tok::FStart => p.strings(),
                Tok::Keyword => match p.text(&token) {
                    "True" => simple(p, What::True),
                    "False" => simple(p, What::False),
                    "None" => simple(p, What::None),
                    _ => Ok(None),
                },
                Tok::Op => match p.text(&token) {
                    "(" => p.parenthesised(),
                    "[" => p.list_or_comp(),
                    "{" => p.dict_or_set(),
                    "..." => simple(p, What::Ellipsis),
                    _ => Ok(None),
                },
                _ => Ok(None),
            }
        })
    }

    fn parenthesised(&mut self) -> Rule<Node> {
        let start = self.pos;
        let tuple = self.attempt(|p| {
            p.pos += 1;
            let items = p.attempt(|p| {
                let first = need!(p.star_named_expression());
                need!(p.take(","));
                let mut items = vec![first];
                if let Some(rest) = p.attempt(Self::star_named_expressions)? {
                    items.extend(rest);
                }
                Ok(Some(items))
            })?;
            need!(p.take(")"));
            Ok(Some(p.node_of(What::Tuple, start, items.unwrap_or_default())))
        })?;
        if tuple.is_some() {
            return Ok(tuple);
        }
        let group = self.attempt(|p| {
            p.pos += 1;
            let yielded = p.attempt(Self::yield_expr)?;
            let inner = match yielded {
                Some(node) => node,
                None => need!(p.named_expression()),
            };
            need!(p.take(")"));
            Ok(Some(inner))
        })?;
        if group.is_some() {
            return Ok(group);
        }
        if self.invalid {
            self.attempt(|p| {
                p.pos += 1;
                if let Some(star) = p.starred()?
                    && p.take(")")?.is_some()
                {
                    return Err(p.error_node("cannot use starred expression here", &star));
                }
                p.pos = start + 1;
                if let Some(star) = p.take("**")?
                    && let Some(value) = p.expression()?
                    && p.take(")")?.is_some()
                {
                    let _ = value;
                    return Err(p.error_range("cannot use double starred expression here", star, star));
                }
                Ok(None::<()>)
            })?;
        }
        self.attempt(Self::genexp)
    }

    pub(super) fn genexp(&mut self) -> Rule<Node> {
        let start = self.pos;
        let generator = self.attempt(|p| {
            need!(p.take("("));
            let element = p.attempt(Self::assignment_expression)?;
            if element.is_none() {
                need!(p.attempt(|p| {
                    let node = need!(p.expression());
                    Ok((!p.is(":=")?).then_some(node))
                }));
            }
            need!(p.for_if_clauses());
            need!(p.take(")"));
            Ok(Some(p.node(What::Generator, start)))
        })?;
        if generator.is_none() && self.invalid {
            self.attempt(Self::invalid_comprehension)?;
        }
        Ok(generator)
    }

    fn list_or_comp(&mut self) -> Rule<Node> {
        let start = self.pos;
        let list = self.attempt(|p| {
            p.pos += 1;
            let items = p.attempt(Self::star_named_expressions)?.unwrap_or_default();
            need!(p.take("]"));
            Ok(Some(p.node_of(What::List, start, items)))
        })?;
        if list.is_some() {
            return Ok(list);
        }
        let comp = self.attempt(|p| {
            p.pos += 1;
            need!(p.named_expression());
            need!(p.for_if_clauses());
            need!(p.take("]"));
            Ok(Some(p.node(What::ListComp, start)))
        })?;
        if comp.is_none() && self.invalid {
            self.attempt(Self::invalid_comprehension)?;
        }
        Ok(comp)
    }

    fn invalid_comprehension(&mut self) -> Rule<Node> {
        let start = self.pos;
        if !self.is_any(&["[", "(", "{"])? {
            return Ok(None);
        }
        let round = self.is("(")?;
        self.pos += 1;
        if let Some(star) = self.starred()?
            && self.attempt(Self::for_if_clauses)?.is_some()
        {
            return Err(self.error_node("iterable unpacking cannot be used in comprehension", &star));
        }
        self.pos = start + 1;
        if round {
            return Ok(None);
        }
        let message = "did you forget parentheses around the comprehension target?";
        if let Some(first) = self.star_named_expression()?
            && let Some(comma) = self.take(",")?
        {
            if let Some(rest) = self.attempt(Self::star_named_expressions)?
                && self.attempt(Self::for_if_clauses)?.is_some()
            {
                let last = rest.last().map_or(first.end, |node| node.end);
                return Err(self.error_range(message, first.start, last - 1));
            }
            self.pos = comma + 1;
            if self.attempt(Self::for_if_clauses)?.is_some() {
                return Err(self.error_range(message, first.start, comma));
            }
        }
        Ok(None)
    }

    fn dict_or_set(&mut self) -> Rule<Node> {
        let start = self.pos;
        if self.invalid {
            self.invalid = false;
            let memo = std::mem::take(&mut self.memo);
            let bare = self.attempt(|p| {
                p.pos += 1;
                need!(p.gather(Self::double_starred_kvpair));
                need!(p.take(","));
                let key = need!(p.expression());
                Ok((!p.is(":")?).then_some(key))
            });
            self.invalid = true;
            self.memo = memo;
            if let Some(key) = bare? {
                return Err(self.key_without_value(&key));
            }
        }
        self.pos = start;
        let dict = self.attempt(|p| {
            p.pos += 1;
            p.attempt(|p| {
                need!(p.gather(Self::double_starred_kvpair));
                p.take(",")?;
                Ok(Some(()))
            })?;
            need!(p.take("}"));
            Ok(Some(p.node(What::Dict, start)))
        })?;
        if dict.is_some() {
            return Ok(dict);
        }
        if self.invalid {
            self.attempt(|p| {
                p.pos += 1;
                p.invalid_double_starred_kvpairs()
            })?;
        }
        let set = self.attempt(|p| {
            p.pos += 1;
            need!(p.star_named_expressions());
            need!(p.take("}"));
            Ok(Some(p.node(What::Set, start)))
        })?;
        if set.is_some() {
            return Ok(set);
        }
        let comp = self.attempt(|p| {
            p.pos += 1;
            need!(p.kvpair());
            need!(p.for_if_clauses());
            need!(p.take("}"));
            Ok(Some(p.node(What::DictComp, start)))
        })?;
        if comp.is_some() {
            return Ok(comp);
        }
        if self.invalid {
            self.attempt(|p| {
                p.pos += 1;
                let stars = need!(p.take("**"));
                need!(p.bitwise_or());
                need!(p.for_if_clauses());
                need!(p.take("}"));
                let message = "dict unpacking cannot be used in dict comprehension";
                Err::<Option<()>, _>(p.error_range(message, stars, stars))
            })?;
        }
        let comp = self.attempt(|p| {
            p.pos += 1;
            need!(p.named_expression());
            need!(p.for_if_clauses());
            need!(p.take("}"));
            Ok(Some(p.node(What::SetComp, start)))
        })?;
        if comp.is_none() && self.invalid {
            self.attempt(Self::invalid_comprehension)?;
        }
        Ok(comp)
    }

    fn double_starred_kvpair(&mut self) -> Rule<Node> {
        let start = self.pos;
        if self.take("**")?.is_some() {
            need!(self.bitwise_or());
            return Ok(Some(self.node(What::Dict, start)));
        }
        self.kvpair()
    }

    fn kvpair(&mut self) -> Rule<Node> {
        let start = self.pos;
        need!(self.expression());
        need!(self.take(":"));
        need!(self.expression());
        Ok(Some(self.node(What::Dict, start)))
    }

    fn invalid_double_starred_kvpairs(&mut self) -> Rule<()> {
        let start = self.pos;
        // Pairs, then one that is wrong.
        if self.attempt(|p| p.gather(Self::double_starred_kvpair))?.is_some() && self.take(",")?.is_some() {
            self.invalid_kvpair()?;
        }
        self.pos = start;
        loop {
            self.attempt(Self::wrong_value)?;
            // The next pair.
            let more = self.attempt(|p| {
                need!(p.double_starred_kvpair());
                p.take(",")
            })?;
            if more.is_none() {
                return Ok(None);
            }
        }
    }

    /// `a: *b`, `a:` and nothing.
    fn wrong_value(&mut self) -> Rule<()> {
        need!(self.expression());
        let colon = need!(self.take(":"));
        if self.is("*")? {
            let star = self.pos;
            self.pos += 1;
            if let Some(value) = self.bitwise_or()? {
                let message = "cannot use a starred expression in a dictionary value";
                return Err(self.error_range(message, star, value.end - 1));
            }
            return Ok(None);
        }
        if self.is_any(&["}", ","])? {
            return Err(self.error_at("expression expected after dictionary key and ':'", colon));
        }
        Ok(None)
    }

    fn invalid_kvpair(&mut self) -> Rule<()> {
        let start = self.pos;
        if let Some(key) = self.expression()?
            && !self.is(":")?
        {
            return Err(self.key_without_value(&key));
        }
        self.pos = start;
        self.wrong_value()
    }

    fn key_without_value(&self, key: &Node) -> Box<crate::error::SyntaxError> {
        let (line, col) = self.lines.line_col(self.tokens[key.end - 1].end);
        let pos = crate::ast::Pos { lineno: line, col_offset: col - 1, end_lineno: line, end_col_offset: -1 };
        Box::new(crate::error::SyntaxError::new("':' expected after dictionary key", pos))
    }

    pub(super) fn for_if_clauses(&mut self) -> Rule<()> {
        need!(self.attempt(Self::for_if_clause));
        while self.attempt(Self::for_if_clause)?.is_some() {}
        Ok(Some(()))
    }

    fn for_if_clause(&mut self) -> Rule<()> {
        let start = self.pos;
        self.take("async")?;
        let Some(for_at) = self.take("for")? else {
            self.pos = start;
            return Ok(None);
        };
        let target = self.attempt(Self::star_targets)?;
        if target.is_some() && self.take("in")?.is_some() {
            let Some(_) = self.attempt(Self::disjunction)? else {
                return Ok(None);
            };
            while self
                .attempt(|p| {
                    need!(p.take("if"));
                    p.disjunction()
                })?
                .is_some()
            {}
            return Ok(Some(()));
        }
        if self.invalid {
            // `for a b in c`
            self.pos = for_at + 1;
            let plain = self.attempt(|p| {
                let items = need!(p.gather(|p| p.star_target_or_bitwise()));
                p.take(",")?;
                Ok(Some(items))
            })?;
            if let Some(items) = plain
                && !self.is("in")?
                && !(items.len() == 1 && items[0].is_in)
            {
                return Err(self.error_at("'in' expected after for-loop variables", self.pos));
            }
            self.pos = for_at + 1;
            self.invalid_for_target_here()?;
        }
        Ok(None)
    }

    fn star_target_or_bitwise(&mut self) -> Rule<Node> {
        if let Some(star) = self.starred()? {
            return Ok(Some(star));
        }
        self.bitwise_or()
    }

    /// After `for`: a target that is none.
    pub(super) fn invalid_for_target_here(&mut self) -> Rule<()> {
        let target = need!(self.star_expressions());
        self.raise_invalid_target(&target, For::Loop)
    }

    pub(super) fn yield_expr(&mut self) -> Rule<Node> {
        let start = self.pos;
        need!(self.take("yield"));
        if self.take("from")?.is_some() {
            need!(self.expression());
        } else {
            self.attempt(Self::star_expressions)?;
        }
        Ok(Some(self.node(What::Yield, start)))
    }

    fn lambda(&mut self) -> Rule<Node> {
        self.attempt(|p| {
            let start = p.pos;
            need!(p.take("lambda"));
            p.attempt(Self::lambda_params)?;
            need!(p.take(":"));
            need!(p.expression());
            Ok(Some(p.node(What::Lambda, start)))
        })
    }

    // Arguments of calls and classes.

    pub(super) fn arguments(&mut self) -> Rule<()> {
        let plain = self.attempt(|p| {
            need!(p.args());
            p.take(",")?;
            Ok(p.is(")")?.then_some(()))
        })?;
        if plain.is_some() {
            return Ok(plain);
        }
        if self.invalid {
            self.attempt(Self::invalid_arguments)?;
        }
        Ok(None)
    }

    fn args(&mut self) -> Rule<()> {
        let positional = self.attempt(|p| p.gather(Self::positional))?;
        if positional.is_some() {
            self.attempt(|p| {
                need!(p.take(","));
                p.kwargs()
            })?;
            return Ok(Some(()));
        }
        self.attempt(Self::kwargs)
    }

    /// A positional argument: starred or not, and no keyword.
    fn positional(&mut self) -> Rule<Node> {
        if self.is("*")? {
            return self.starred_argument();
        }
        self.attempt(|p| {
            let walrus = p.attempt(Self::assignment_expression)?;
            let node = match walrus {
                Some(node) => node,
                None => {
                    let node = need!(p.expression());
                    if p.is(":=")? {
                        return Ok(None);
                    }
                    node
                }
            };
            Ok((!p.is("=")?).then_some(node))
        })
    }

    /// Keyword arguments: first `a=…` and `*a`, then `a=…` and `**a`.
    fn kwargs(&mut self) -> Rule<()> {
        let first = self.attempt(|p| p.gather(|p| p.kwarg("*")))?;
        if first.is_some() {
            self.attempt(|p| {
                need!(p.take(","));
                p.gather(|p| p.kwarg("**"))
            })?;
            return Ok(Some(()));
        }
        Ok(self.attempt(|p| p.gather(|p| p.kwarg("**")))?.map(|_| ()))
    }

    fn kwarg(&mut self, star: &str) -> Rule<Node> {
        let start = self.pos;
        if self.invalid {
            self.attempt(Self::invalid_kwarg)?;
        }
        let named = self.attempt(|p| {
            need!(p.name());
            need!(p.take("="));
            need!(p.expression());
            Ok(Some(p.node(What::Name, start)))
        })?;
        if named.is_some() {
            return Ok(named);
        }
        self.attempt(|p| {
            if star == "*" {
                return p.starred_argument();
            }
            need!(p.take(star));
            need!(p.expression());
            Ok(Some(p.node(What::Starred, start)))
        })
    }

    fn invalid_kwarg(&mut self) -> Rule<()> {
        let start = self.pos;
        for word in ["True", "False", "None"] {
            if let Some(at) = self.take(word)? {
                if let Some(eq) = self.take("=")? {
                    return Err(self.error_range(&format!("cannot assign to {word}"), at, eq));
                }
                self.pos = start;
            }
        }
        if let Some(name) = self.name()?
            && let Some(eq) = self.take("=")?
            && self.attempt(Self::expression)?.is_some()
            && self.attempt(Self::for_if_clauses)?.is_some()
        {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Err(self.error_range(message, name, eq));
        }
        self.pos = start;
        if let Some(name) = self.name()?
            && let Some(eq) = self.take("=")?
            && self.is_any(&[",", ")"])?
        {
            return Err(self.error_range("expected argument value expression", name, eq));
        }
        self.pos = start;
        if let Some(at) = self.take("**")?
            && self.attempt(Self::expression)?.is_some()
            && self.take("=")?.is_some()
            && let Some(value) = self.attempt(Self::expression)?
        {
            let message = "cannot assign to keyword argument unpacking";
            return Err(self.error_range(message, at, value.end - 1));
        }
        self.pos = start;
        let bare_name = self.ahead(|p| {
            need!(p.name());
            p.take("=")
        })?;
        if !bare_name
            && let Some(value) = self.attempt(Self::expression)?
            && let Some(eq) = self.take("=")?
        {
            let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
            return Err(self.error_range(message, value.start, eq));
        }
        Ok(None)
    }

    fn invalid_arguments(&mut self) -> Rule<()> {
        let start = self.pos;
        // *a after **b
        let unpacked = self.attempt(|p| {
            need!(p.attempt(|p| {
                p.attempt(|p| {
                    need!(p.gather(Self::positional));
                    p.take(",")
                })?;
                p.kwargs()
            }));
            let comma = need!(p.take(","));
            let star = need!(p.gather(Self::starred_argument));
            Ok(Some((comma, star)))
        })?;
        if let Some((comma, _)) = unpacked {
            let message = "iterable argument unpacking follows keyword argument unpacking";
            let last = self.pos;
            return Err(self.error_range(message, comma, last - 1));
        }
        self.pos = start;
        // f(a for a in b, …)
        if let Some(element) = self.attempt(Self::expression)?
            && self.attempt(Self::for_if_clauses)?.is_some()
        {
            let end = self.pos;
            let more = self.attempt(|p| {
                need!(p.take(","));
                if p.attempt(Self::args)?.is_none() {
                    p.attempt(|p| {
                        need!(p.expression());
                        p.for_if_clauses()
                    })?;
                }
                Ok(Some(()))
            })?;
            if more.is_some() {
                let message = "Generator expression must be parenthesized";
                return Err(self.error_range(message, element.start, end - 1));
            }
        }
        self.pos = start;
        // a=b for …
        if let Some(name) = self.name()?
            && let Some(eq) = self.take("=")?
            && self.attempt(Self::expression)?.is_some()
            && self.attempt(Self::for_if_clauses)?.is_some()
        {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Err(self.error_range(message, name, eq));
        }
        self.pos = start;
        // (b, a for a in c)
        let last = self.attempt(|p| {
            let items = need!(p.gather(Self::positional));
            let last = items.last().filter(|_| items.len() > 1).cloned();
            need!(p.for_if_clauses());
            Ok(last)
        })?;
        if let Some(last) = last {
            let message = "Generator expression must be parenthesized";
            return Err(self.error_range(message, last.start, self.pos - 1));
        }
        self.pos = start;
        let last = self.attempt(|p| {
            need!(p.args());
            need!(p.take(","));
            let element = need!(p.expression());
            need!(p.for_if_clauses());
            Ok(Some(element))
        })?;
        if let Some(last) = last {
            let message = "Generator expression must be parenthesized";
            return Err(self.error_range(message, last.start, self.pos - 1));
        }
        self.pos = start;
        let doubled = self.attempt(|p| {
            need!(p.args());
            let comma = need!(p.take(","));
            need!(p.args());
            Ok(Some(comma))
        })?;
        if doubled.is_some() {
            let mut unpacking = false;
            let mut depth = 0u32;
            for token in &self.tokens[start..self.pos] {
                let text = &self.source[token.start..token.end.min(self.source.len())];
                match text {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth = depth.saturating_sub(1),
                    "**" if depth == 0 => unpacking = true,
                    _ => {}
                }
            }
            let message = if unpacking {
                "positional argument follows keyword argument unpacking"
            } else {
                "positional argument follows keyword argument"
            };
            return Err(self.error_last(message));
        }
        Ok(None)
    }

    fn starred_argument(&mut self) -> Rule<Node> {
        let start = self.pos;
        need!(self.take("*"));
        if self.invalid {
            self.attempt(|p| {
                need!(p.expression());
                need!(p.take("="));
                let value = need!(p.expression());
                let message = "cannot assign to iterable argument unpacking";
                Err::<Option<()>, _>(p.error_range(message, start, value.end - 1))
            })?;
        }
        if self.attempt(Self::expression)?.is_some() {
            return Ok(Some(self.node(What::Starred, start)));
        }
        if self.invalid {
            return Err(self.error_last("Invalid star expression"));
        }
        self.pos = start;
        Ok(None)
    }

    // Targets.

    pub(super) fn star_targets(&mut self) -> Rule<Node> {
        let before = self.pos;
        let node = need!(self.tuple_of(Self::star_target));
        // A single target must not go on.
        if node.what != What::Tuple && self.is("=")? && before == self.pos {
            return Ok(None);
        }
        Ok(Some(node))
    }

    pub(super) fn star_target(&mut self) -> Rule<Node> {
        self.memo(Memo::StarTarget, |p| {
            let start = p.pos;
            if p.is("*")? {
                return p.attempt(|p| {
                    p.pos += 1;
                    if p.is("*")? {
                        return Ok(None);
                    }
                    let inner = need!(p.star_target());
                    Ok(Some(p.node_of(What::Starred, start, vec![inner])))
                });
            }
            p.target_with_star_atom()
        })
    }

    fn target_with_star_atom(&mut self) -> Rule<Node> {
        if let Some(target) = self.attempt(Self::attribute_or_subscript)? {
            return Ok(Some(target));
        }
        let start = self.pos;
        if let Some(_name) = self.name()? {
            return Ok(Some(self.node(What::Name, start)));
        }
        if self.take("(")?.is_some() {
            let grouped = self.attempt(|p| {
                let target = need!(p.target_with_star_atom());
                need!(p.take(")"));
                Ok(Some(target))
            })?;
            if grouped.is_some() {
                return Ok(grouped);
            }
            let items = self.attempt(|p| {
                let items = need!(p.gather(Self::star_target));
                let comma = p.take(",")?.is_some();
                Ok((comma || items.len() > 1).then_some(items))
            })?;
            need!(self.take(")"));
            return Ok(Some(self.node_of(What::Tuple, start, items.unwrap_or_default())));
        }
        need!(self.take("["));
        let items = self.attempt(|p| {
            let items = need!(p.gather(Self::star_target));
            p.take(",")?;
            Ok(Some(items))
        })?;
        need!(self.take("]"));
        Ok(Some(self.node_of(What::List, start, items.unwrap_or_default())))
    }

    /// `a.b`, `a[b]` and longer, with nothing behind.
    pub(super) fn attribute_or_subscript(&mut self) -> Rule<Node> {
        let node = need!(self.memo(Memo::TPrimary, Self::primary));
        Ok(matches!(node.what, What::Attribute | What::Subscript).then_some(node).filter(|_| !self.grouped_primary()))
    }

    /// Whether the primary that was just read is only a group: `(a.b)`.
    fn grouped_primary(&self) -> bool {
        self.pos > 0 && {
            let last = self.tokens[self.pos - 1];
            &self.source[last.start..last.end.min(self.source.len())] == ")"
        }
    }

    /// Whether an expression may be deleted.
    pub(super) fn is_deletable(node: &Node) -> bool {
        invalid_target(node, For::Deletion).is_none()
    }
}
