//! Statements and blocks.

use super::lex::Tok;
use super::target::For;
use super::{Explain, Memo, Node, Rule, What, WithKind, need};
use crate::error::ErrorKind;

const AUGMENTED: [&str; 13] = ["+=", "-=", "*=", "@=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//="];

impl Explain<'_> {
    pub(super) fn file(&mut self) -> Rule<()> {
        while self.attempt(Self::statement)?.is_some() {
            // Nobody comes back to a whole statement.
            self.memo.clear();
        }
        need!(self.take_kind(Tok::End));
        Ok(Some(()))
    }

    pub(super) fn eval(&mut self) -> Rule<()> {
        need!(self.expressions());
        while self.take_kind(Tok::Newline)?.is_some() {}
        need!(self.take_kind(Tok::End));
        Ok(Some(()))
    }

    pub(super) fn interactive(&mut self) -> Rule<()> {
        if self.attempt(Self::compound_stmt)?.is_some() {
            return Ok(self.take_kind(Tok::End)?.map(|_| ()));
        }
        if self.peek()?.kind == Tok::End {
            return Ok(Some(()));
        }
        need!(self.simple_stmts());
        // What follows is not even read.
        if self.tokens[self.pos].kind != Tok::End {
            self.problem = None;
            let message = "multiple statements found while compiling a single statement";
            return Err(self.error_at(message, self.pos - 1));
        }
        Ok(Some(()))
    }

    pub(super) fn statement(&mut self) -> Rule<()> {
        if let Some(()) = self.attempt(Self::compound_stmt)? {
            return Ok(Some(()));
        }
        self.simple_stmts()
    }

    fn compound_stmt(&mut self) -> Rule<()> {
        let token = self.peek()?;
        let word = if token.kind == Tok::Op || token.kind == Tok::Keyword || token.kind == Tok::Name {
            self.text(&token)
        } else {
            return Ok(None);
        };
        match word {
            "def" => self.function_def(),
            "@" => self.decorated(),
            "async" => {
                self.pos += 1;
                match () {
                    () if self.is("def")? => self.function_def(),
                    () if self.is("with")? => self.with_stmt(),
                    () if self.is("for")? => self.for_stmt(),
                    () => Ok(None),
                }
            }
            "if" => self.if_stmt("if"),
            "class" => self.class_def(),
            "with" => self.with_stmt(),
            "for" => self.for_stmt(),
            "try" => self.try_stmt(),
            "while" => self.while_stmt(),
            "match" if token.kind == Tok::Name => self.match_stmt(),
            _ => Ok(None),
        }
    }

    fn simple_stmts(&mut self) -> Rule<()> {
        loop {
            need!(self.memo(Memo::SimpleStmt, |p| {
                let start = p.pos;
                need!(p.simple_stmt());
                Ok(Some(p.node(What::Name, start)))
            }));
            if self.take(";")?.is_none() {
                break;
            }
            if self.peek()?.kind == Tok::Newline {
                break;
            }
        }
        need!(self.take_kind(Tok::Newline));
        Ok(Some(()))
    }

    pub(super) fn simple_stmt(&mut self) -> Rule<()> {
        if self.attempt(Self::assignment)?.is_some() {
            return Ok(Some(()));
        }
        if self.attempt(Self::type_alias)?.is_some() {
            return Ok(Some(()));
        }
        if self.attempt(Self::star_expressions)?.is_some() {
            return Ok(Some(()));
        }
        let token = self.peek()?;
        if token.kind != Tok::Keyword {
            return Ok(None);
        }
        match self.text(&token) {
            "return" => {
                self.pos += 1;
                self.attempt(Self::star_expressions)?;
                Ok(Some(()))
            }
            "import" => self.import_name(),
            "from" => self.import_from(),
            "raise" => {
                self.pos += 1;
                if self.attempt(Self::expression)?.is_some() && self.is("from")? {
                    self.attempt(|p| {
                        p.pos += 1;
                        p.expression()
                    })?;
                }
                Ok(Some(()))
            }
            "pass" | "break" | "continue" => {
                self.pos += 1;
                Ok(Some(()))
            }
            "del" => self.del_stmt(),
            "yield" => Ok(self.yield_expr()?.map(|_| ())),
            "assert" => {
                self.pos += 1;
                need!(self.expression());
                self.attempt(|p| {
                    need!(p.take(","));
                    p.expression()
                })?;
                Ok(Some(()))
            }
            "global" | "nonlocal" => {
                self.pos += 1;
                need!(self.gather(|p| {
                    let start = p.pos;
                    need!(p.name());
                    Ok(Some(p.node(What::Name, start)))
                }));
                Ok(Some(()))
            }
            _ => Ok(None),
        }
    }

    // Assignments.

    fn annotated_rhs(&mut self) -> Rule<Node> {
        if let Some(node) = self.attempt(Self::yield_expr)? {
            return Ok(Some(node));
        }
        self.star_expressions()
    }

    fn assignment(&mut self) -> Rule<()> {
        let annotated = self.attempt(|p| {
            let named = p.attempt(|p| {
                need!(p.name());
                p.take(":")
            })?;
            if named.is_none() {
                need!(p.attempt(|p| {
                    let single = p.attempt(|p| {
                        need!(p.take("("));
                        need!(p.single_target());
                        need!(p.take(")"));
                        Ok(Some(()))
                    })?;
                    if single.is_none() {
                        need!(p.attribute_or_subscript());
                    }
                    p.take(":")
                }));
            }
            need!(p.expression());
            p.attempt(|p| {
                need!(p.take("="));
                p.annotated_rhs()
            })?;
            Ok(Some(()))
        })?;
        if annotated.is_some() {
            return Ok(annotated);
        }
        let plain = self.attempt(|p| {
            let mut targets = 0;
            while p
                .attempt(|p| {
                    need!(p.star_targets());
                    p.take("=")
                })?
                .is_some()
            {
                targets += 1;
            }
            if targets == 0 {
                return Ok(None);
            }
            need!(p.annotated_rhs());
            Ok((!p.is("=")?).then_some(()))
        })?;
        if plain.is_some() {
            return Ok(plain);
        }
        let augmented = self.attempt(|p| {
            need!(p.single_target());
            if !p.is_any(&AUGMENTED)? {
                return Ok(None);
            }
            p.pos += 1;
            need!(p.annotated_rhs());
            Ok(Some(()))
        })?;
        if augmented.is_some() {
            return Ok(augmented);
        }
        if self.invalid {
            self.attempt(Self::invalid_assignment)?;
        }
        Ok(None)
    }

    fn single_target(&mut self) -> Rule<Node> {
        if let Some(node) = self.attempt(Self::attribute_or_subscript)? {
            return Ok(Some(node));
        }
        let start = self.pos;
        if self.name()?.is_some() {
            return Ok(Some(self.node(What::Name, start)));
        }
        need!(self.take("("));
        let inner = need!(self.single_target());
        need!(self.take(")"));
        Ok(Some(inner))
    }

    fn invalid_assignment(&mut self) -> Rule<()> {
        let start = self.pos;
        if self.is_any(&["(", "["])?
            && let Some(target) = self.attempt(Self::atom)?
            && self.take(":")?.is_some()
            && self.expression()?.is_some()
            && matches!(target.what, What::List | What::Tuple)
        {
            let message = format!("only single target (not {}) can be annotated", target.what.name());
            return Err(self.error_node(&message, &target));
        }
        self.pos = start;
        if let Some(first) = self.attempt(Self::star_named_expression)?
            && self.take(",")?.is_some()
        {
            self.attempt(Self::star_named_expressions)?;
            if self.take(":")?.is_some() && self.attempt(Self::expression)?.is_some() {
                return Err(self.error_node("only single target (not tuple) can be annotated", &first));
            }
        }
        self.pos = start;
        if let Some(target) = self.attempt(Self::expression)?
            && self.take(":")?.is_some()
            && self.attempt(Self::expression)?.is_some()
        {
            return Err(self.error_node("illegal target for annotation", &target));
        }
        self.pos = start;
        while self
            .attempt(|p| {
                need!(p.star_targets());
                p.take("=")
            })?
            .is_some()
        {}
        let value = self.pos;
        if let Some(target) = self.attempt(Self::star_expressions)?
            && self.take("=")?.is_some()
        {
            self.raise_invalid_target::<()>(&target, For::Assignment)?;
        }
        self.pos = value;
        if let Some(target) = self.attempt(Self::yield_expr)?
            && self.take("=")?.is_some()
        {
            return Err(self.error_node("assignment to yield expression not possible", &target));
        }
        self.pos = start;
        if let Some(target) = self.attempt(Self::star_expressions)?
            && self.is_any(&AUGMENTED)?
        {
            self.pos += 1;
            if self.annotated_rhs()?.is_some() {
                let message = format!("'{}' is an illegal expression for augmented assignment", target.what.name());
                return Err(self.error_node(&message, &target));
            }
        }
        Ok(None)
    }

    fn type_alias(&mut self) -> Rule<()> {
        need!(self.soft("type"));
        need!(self.name());
        self.attempt(Self::type_params)?;
        need!(self.take("="));
        need!(self.expression());
        Ok(Some(()))
    }

    fn type_params(&mut self) -> Rule<()> {
        let open = need!(self.take("["));
        let _ = open;
        if self.is("]")? {
            if self.invalid {
                return Err(self.error_from("Type parameter list cannot be empty", self.pos));
            }
            return Ok(None);
        }
        loop {
            let stars = if self.take("*")?.is_some() {
                1
            } else if self.take("**")?.is_some() {
                2
            } else {
                0
            };
            need!(self.name());
            if let Some(colon) = self.take(":")? {
                if stars > 0 {
                    if self.invalid
                        && let Some(bound) = self.expression()?
                    {
                        let kind = if stars == 1 { "TypeVarTuple" } else { "ParamSpec" };
                        let what = if bound.what == What::Tuple { "constraints" } else { "bound" };
                        return Err(self.error_at(&format!("cannot use {what} with {kind}"), colon));
                    }
                    return Ok(None);
                }
                need!(self.expression());
            }
            if self.take("=")?.is_some() {
                if stars == 1 {
                    need!(self.star_expression());
                } else {
                    need!(self.expression());
                }
            }
            if self.take(",")?.is_none() || self.is("]")? {
                break;
            }
        }
        need!(self.take("]"));
        Ok(Some(()))
    }

    // Imports.

    fn dotted_name(&mut self) -> Rule<Node> {
        let start = self.pos;
        need!(self.name());
        while self
            .attempt(|p| {
                need!(p.take("."));
                p.name()
            })?
            .is_some()
        {}
        Ok(Some(self.node(What::Name, start)))
    }

    fn import_name(&mut self) -> Rule<()> {
        let start = self.pos;
        self.pos += 1;
        if self.invalid {
            if self.peek()?.kind == Tok::Newline {
                let mut error = self.error_at("Expected one or more names after 'import'", self.pos);
                error.end_col = error.col;
                return Err(error);
            }
            self.attempt(|p| {
                need!(p.gather(Self::dotted_name));
                need!(p.take("from"));
                need!(p.dotted_name());
                let message = "Did you mean to use 'from ... import ...' instead?";
                Err::<Option<()>, _>(p.error_from(message, start))
            })?;
        }
        need!(self.gather(|p| {
            let node = need!(p.dotted_name());
            p.as_name()?;
            Ok(Some(node))
        }));
        Ok(Some(()))
    }

    /// `as x`; anything but a name after `as` is refused.
    fn as_name(&mut self) -> Rule<()> {
        need!(self.take("as"));
        let start = self.pos;
        if self.name()?.is_some() {
            let plain = self.is_any(&[",", ")", ";"])? || self.peek()?.kind == Tok::Newline;
            if plain || !self.invalid {
                return Ok(Some(()));
            }
        }
        if self.invalid {
            self.pos = start;
            if let Some(target) = self.attempt(Self::expression)?
                && target.what != What::Name
            {
                let message = format!("cannot use {} as import target", target.what.name());
                return Err(self.error_node(&message, &target));
            }
            self.pos = start;
            if self.name()?.is_some() {
                return Ok(Some(()));
            }
        }
        self.pos = start - 1;
        Ok(None)
    }

    fn import_from(&mut self) -> Rule<()> {
        self.pos += 1;
        let mut dots = 0;
        while self.is_any(&[".", "..."])? {
            self.pos += 1;
            dots += 1;
        }
        if self.attempt(Self::dotted_name)?.is_none() && dots == 0 {
            return Ok(None);
        }
        need!(self.take("import"));
        if self.take("*")?.is_some() {
            return Ok(Some(()));
        }
        let bracket = self.take("(")?.is_some();
        if self.invalid && self.peek()?.kind == Tok::Newline && !bracket {
            let mut error = self.error_at("Expected one or more names after 'import'", self.pos);
            error.end_col = error.col;
            return Err(error);
        }
        need!(self.gather(|p| {
            let start = p.pos;
            need!(p.name());
            p.as_name()?;
            Ok(Some(p.node(What::Name, start)))
        }));
        let comma = self.take(",")?.is_some();
        if bracket {
            need!(self.take(")"));
        } else if comma {
            if self.invalid && self.peek()?.kind == Tok::Newline {
                let message = "trailing comma not allowed without surrounding parentheses";
                return Err(self.error_at(message, self.pos));
            }
            return Ok(None);
        }
        Ok(Some(()))
    }

    fn del_stmt(&mut self) -> Rule<()> {
        self.pos += 1;
        let start = self.pos;
        let targets = self.attempt(|p| {
            let targets = need!(p.star_expressions());
            let ends = p.is(";")? || p.peek()?.kind == Tok::Newline;
            Ok((ends && Self::is_deletable(&targets)).then_some(()))
        })?;
        if targets.is_some() {
            return Ok(targets);
        }
        if self.invalid {
            self.pos = start;
            if let Some(targets) = self.attempt(Self::star_expressions)? {
                self.raise_invalid_target::<()>(&targets, For::Deletion)?;
            }
        }
        Ok(None)
    }

    // Blocks.

    /// A block behind the `:` of `what`, whose keyword is the token `keyword`.
    fn block(&mut self, what: &str, keyword: usize) -> Rule<()> {
        if self.invalid && self.peek()?.kind == Tok::Newline {
            let indented = self.token(self.pos + 1)?.kind == Tok::Indent;
            if !indented {
                self.seen = self.seen.max(self.pos + 2);
                let line = self.line_of(&self.tokens[keyword]);
                let message = format!("expected an indented block after {what} on line {line}");
                return Err(self.error_last(&message).with_kind_boxed(ErrorKind::Indentation));
            }
        }
        need!(self.memo(Memo::Block, |p| {
            let start = p.pos;
            if p.take_kind(Tok::Newline)?.is_some() {
                need!(p.take_kind(Tok::Indent));
                need!(p.attempt(Self::statement));
                while p.attempt(Self::statement)?.is_some() {}
                need!(p.take_kind(Tok::Dedent));
            } else {
                need!(p.simple_stmts());
            }
            Ok(Some(p.node(What::Name, start)))
        }));
        Ok(Some(()))
    }

    fn expect_colon(&mut self) -> Rule<()> {
        if self.take(":")?.is_some() {
            return Ok(Some(()));
        }
        if self.invalid && self.peek()?.kind == Tok::Newline {
            return Err(self.error_at("expected ':'", self.pos));
        }
        Ok(None)
    }

    fn if_stmt(&mut self, word: &str) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        need!(self.named_expression());
        need!(self.expect_colon());
        need!(self.block(&format!("'{word}' statement"), keyword));
        if self.is("elif")? {
            return self.if_stmt("elif");
        }
        self.attempt(|p| p.else_block(true))?;
        Ok(Some(()))
    }

    fn else_block(&mut self, after_if: bool) -> Rule<()> {
        let keyword = need!(self.take("else"));
        need!(self.force(":"));
        need!(self.block("'else' statement", keyword));
        if self.invalid && after_if && self.is("elif")? {
            return Err(self.error_at("'elif' block follows an 'else' block", self.pos));
        }
        Ok(Some(()))
    }

    fn while_stmt(&mut self) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        need!(self.named_expression());
        need!(self.expect_colon());
        need!(self.block("'while' statement", keyword));
        self.attempt(|p| p.else_block(false))?;
        Ok(Some(()))
    }

    fn for_stmt(&mut self) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        let head = self.attempt(|p| {
            need!(p.star_targets());
            need!(p.take("in"));
            need!(p.star_expressions());
            Ok(Some(()))
        })?;
        if head.is_none() {
            if self.invalid {
                self.invalid_for_target_here()?;
            }
            return Ok(None);
        }
        need!(self.expect_colon());
        need!(self.block("'for' statement", keyword));
        self.attempt(|p| p.else_block(false))?;
        Ok(Some(()))
    }

    fn with_stmt(&mut self) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        let items = self.pos;
        let bracketed = self.attempt(|p| {
            need!(p.take("("));
            need!(p.gather(|p| p.with_item(true)));
            p.take(",")?;
            need!(p.take(")"));
            p.expect_colon()
        })?;
        if bracketed.is_none() {
            self.pos = items;
            let plain = self.attempt(|p| {
                need!(p.gather(|p| p.with_item(false)));
                Ok(Some(()))
            })?;
            if plain.is_none() {
                return Ok(None);
            }
            need!(self.expect_colon());
        }
        self.block("'with' statement", keyword)
    }

    fn with_item(&mut self, bracketed: bool) -> Rule<Node> {
        let start = self.pos;
        let item = need!(self.expression());
        if let Some(_as_at) = self.take("as")? {
            let target = self.pos;
            let taken = self.attempt(|p| {
                need!(p.star_target());
                let ends = p.is_any(&[",", ")", ":"])? || p.invalid && p.peek()?.kind == Tok::Newline;
                Ok(ends.then_some(()))
            })?;
            if taken.is_none() {
                if self.invalid {
                    self.pos = target;
                    if let Some(bad) = self.attempt(Self::expression)?
                        && self.is_any(&[",", ")", ":"])?
                    {
                        self.raise_invalid_target::<()>(&bad, For::Assignment)?;
                    }
                }
                return Ok(None);
            }
        }
        let _ = (bracketed, item);
        Ok(Some(self.node(What::Name, start)))
    }

    fn try_stmt(&mut self) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        need!(self.force(":"));
        need!(self.block("'try' statement", keyword));
        if self.is("finally")? {
            return self.finally_block();
        }
        if !self.is("except")? {
            if self.invalid {
                return Err(self.error_last("expected 'except' or 'finally' block"));
            }
            return Ok(None);
        }
        let mut star: Option<bool> = None;
        while self.is("except")? {
            let at = self.pos;
            let this = need!(self.except_block());
            match star {
                Some(star) if star != this => {
                    if self.invalid {
                        let message = "cannot have both 'except' and 'except*' on the same 'try'";
                        return Err(self.error_range(message, at, at + usize::from(this)));
                    }
                    return Ok(None);
                }
                _ => star = Some(this),
            }
        }
        self.attempt(|p| p.else_block(false))?;
        if self.is("finally")? {
            return self.finally_block();
        }
        Ok(Some(()))
    }

    fn finally_block(&mut self) -> Rule<()> {
        let keyword = need!(self.take("finally"));
        need!(self.force(":"));
        self.block("'finally' statement", keyword)
    }

    /// Whether it is an `except*`.
    fn except_block(&mut self) -> Rule<bool> {
        let keyword = self.pos;
        self.pos += 1;
        let star = self.take("*")?.is_some();
        let what = if star { "'except*' statement" } else { "'except' statement" };
        if !star && self.take(":")?.is_some() {
            need!(self.block(what, keyword));
            return Ok(Some(false));
        }
        if self.invalid && (self.peek()?.kind == Tok::Newline || star && self.is(":")?) {
            let message = if star { "expected one or more exception types" } else { "expected ':'" };
            return Err(self.error_at(message, self.pos));
        }
        let types = need!(self.expressions());
        if self.take("as")?.is_some() {
            let target = self.pos;
            if types.what == What::Tuple && !self.is_grouped(&types) {
                if self.invalid {
                    self.attempt(Self::name)?;
                    let message = "multiple exception types must be parenthesized when using 'as'";
                    return Err(self.error_range(message, types.start, self.pos - 1));
                }
                return Ok(None);
            }
            if self.name()?.is_none() || !self.is(":")? {
                if self.invalid {
                    self.pos = target;
                    if let Some(bad) = self.attempt(Self::expression)?
                        && bad.what != What::Name
                        && self.is(":")?
                    {
                        let message = format!(
                            "cannot use except{} statement with {}",
                            if star { "*" } else { "" },
                            bad.what.name()
                        );
                        return Err(self.error_node(&message, &bad));
                    }
                    self.pos = target;
                    self.name()?;
                    if self.peek()?.kind == Tok::Newline {
                        return Err(self.error_at("expected ':'", self.pos));
                    }
                }
                return Ok(None);
            }
        }
        need!(self.expect_colon());
        need!(self.block(what, keyword));
        Ok(Some(star))
    }

    fn is_grouped(&self, node: &Node) -> bool {
        let token = self.tokens[node.start];
        &self.source[token.start..token.end] == "("
    }

    fn decorated(&mut self) -> Rule<()> {
        while self.take("@")?.is_some() {
            need!(self.named_expression());
            need!(self.take_kind(Tok::Newline));
        }
        if self.is("class")? {
            return self.class_def();
        }
        self.take("async")?;
        if self.is("def")? { self.function_def() } else { Ok(None) }
    }

    fn function_def(&mut self) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        need!(self.name());
        self.attempt(Self::type_params)?;
        need!(self.force("("));
        self.attempt(Self::params)?;
        need!(self.take(")"));
        self.attempt(|p| {
            need!(p.take("->"));
            p.expression()
        })?;
        need!(self.force(":"));
        self.block("function definition", keyword)
    }

    fn class_def(&mut self) -> Rule<()> {
        let keyword = self.pos;
        self.pos += 1;
        need!(self.name());
        self.attempt(Self::type_params)?;
        if self.take("(")?.is_some() {
            self.attempt(Self::arguments)?;
            need!(self.take(")"));
        }
        need!(self.expect_colon());
        self.block("class definition", keyword)
    }

    fn match_stmt(&mut self) -> Rule<()> {
        let keyword = self.pos;
        need!(self.soft("match"));
        let subject = self.attempt(|p| {
            let first = need!(p.star_named_expression());
            if p.take(",")?.is_some() {
                p.attempt(Self::star_named_expressions)?;
            }
            Ok(Some(first))
        })?;
        if subject.is_none() {
            return Ok(None);
        }
        if self.take(":")?.is_none() {
            if self.invalid && self.peek()?.kind == Tok::Newline {
                return Err(self.error_at("expected ':'", self.pos));
            }
            return Ok(None);
        }
        need!(self.take_kind(Tok::Newline));
        if self.take_kind(Tok::Indent)?.is_none() {
            if self.invalid {
                let line = self.line_of(&self.tokens[keyword]);
                let message = format!("expected an indented block after 'match' statement on line {line}");
                return Err(self.error_last(&message).with_kind_boxed(ErrorKind::Indentation));
            }
            return Ok(None);
        }
        need!(self.attempt(Self::case_block));
        while self.attempt(Self::case_block)?.is_some() {}
        need!(self.take_kind(Tok::Dedent));
        Ok(Some(()))
    }

    fn case_block(&mut self) -> Rule<()> {
        let keyword = need!(self.soft("case"));
        need!(self.patterns());
        if self.take("if")?.is_some() {
            need!(self.named_expression());
        }
        if self.take(":")?.is_none() {
            if self.invalid && self.peek()?.kind == Tok::Newline {
                return Err(self.error_at("expected ':'", self.pos));
            }
            return Ok(None);
        }
        self.block("'case' statement", keyword)
    }
}
