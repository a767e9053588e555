//! Parameters of functions and lambdas.

use super::lex::Tok;
use super::{Explain, Memo, Node, Rule, What, need};

/// The differences between `def` and `lambda`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Flavour {
    lambda: bool,
}

const DEF: Flavour = Flavour { lambda: false };
const LAMBDA: Flavour = Flavour { lambda: true };

impl Flavour {
    fn close(self) -> &'static str {
        if self.lambda { ":" } else { ")" }
    }
}

impl Explain<'_> {
    pub(super) fn params(&mut self) -> Rule<()> {
        self.parameters(DEF)
    }

    pub(super) fn lambda_params(&mut self) -> Rule<Node> {
        self.memo(Memo::LambdaParams, |p| {
            let start = p.pos;
            need!(p.parameters(LAMBDA));
            Ok(Some(p.node(What::Lambda, start)))
        })
    }

    /// One reading for both passes: what CPython's rules say about order is checked on the way.
    fn parameters(&mut self, flavour: Flavour) -> Rule<()> {
        let start = self.pos;
        let mut count = 0;
        let mut seen_default = false;
        let mut slash = false;
        let mut star = false;
        let mut double_star = false;
        loop {
            if self.is(flavour.close())? {
                break;
            }
            let at = self.pos;
            if double_star {
                let more = self.is_any(&["*", "**", "/"])? || self.peek()?.kind == Tok::Name;
                if more && self.invalid {
                    return Err(self.error_at("arguments cannot follow var-keyword argument", at));
                }
                return Ok(None);
            }
            if self.is("/")? {
                let problem = if count == 0 && !star {
                    Some("at least one argument must precede /")
                } else if slash {
                    Some("/ may appear only once")
                } else if star {
                    Some("/ must be ahead of *")
                } else {
                    None
                };
                match problem {
                    Some(problem) if self.invalid => return Err(self.error_at(problem, at)),
                    Some(_) => return Ok(None),
                    None => {}
                }
                slash = true;
                self.pos += 1;
                if self.invalid && self.is("*")? {
                    return Err(self.error_at("expected comma between / and *", self.pos));
                }
            } else if self.is("**")? {
                double_star = true;
                self.pos += 1;
                need!(self.parameter(flavour, false));
                if self.is("=")? {
                    if self.invalid {
                        return Err(self.error_at("var-keyword argument cannot have default value", self.pos));
                    }
                    return Ok(None);
                }
            } else if self.is("*")? {
                if star {
                    if self.invalid {
                        return Err(self.error_at("* argument may appear only once", at));
                    }
                    return Ok(None);
                }
                star = true;
                self.pos += 1;
                if self.is_any(&[flavour.close()])? {
                    if self.invalid {
                        let message = "named arguments must follow bare *";
                        return Err(if flavour.lambda { self.error_last(message) } else { self.error_at(message, at) });
                    }
                    return Ok(None);
                }
                if self.is(",")? {
                    let bare = self.ahead(|p| {
                        p.pos += 1;
                        Ok((p.is(flavour.close())? || p.is("**")?).then_some(()))
                    })?;
                    if bare {
                        if self.invalid {
                            let message = "named arguments must follow bare *";
                            return Err(if flavour.lambda {
                                self.error_last(message)
                            } else {
                                self.error_at(message, at)
                            });
                        }
                        return Ok(None);
                    }
                } else {
                    need!(self.parameter(flavour, true));
                    if self.is("=")? {
                        if self.invalid {
                            let message = "var-positional argument cannot have default value";
                            return Err(self.error_at(message, self.pos));
                        }
                        return Ok(None);
                    }
                }
            } else {
                if self.is("(")? && self.invalid {
                    self.attempt(|p| p.parenthesised_parameter(flavour))?;
                }
                let Some(_) = self.attempt(|p| p.parameter(flavour, false))? else {
                    return Ok((count > 0 && self.pos > start).then_some(()).filter(|()| false));
                };
                count += 1;
                let has_default = self.is("=")?;
                if has_default {
                    let eq = self.pos;
                    self.pos += 1;
                    if self.is_any(&[")", ","])? && self.invalid && !(flavour.lambda && self.is(":")?) {
                        return Err(self.error_at("expected default value expression", eq));
                    }
                    need!(self.attempt(Self::expression));
                    if !star {
                        seen_default = true;
                    }
                } else if seen_default && !star {
                    if self.invalid {
                        let message = "parameter without a default follows parameter with a default";
                        return Err(self.error_at(message, at));
                    }
                    return Ok(None);
                }
            }
            if self.take(",")?.is_none() {
                break;
            }
        }
        Ok((self.pos > start).then_some(()))
    }

    fn parameter(&mut self, flavour: Flavour, starred: bool) -> Rule<()> {
        need!(self.name());
        if !flavour.lambda && self.take(":")?.is_some() {
            if starred {
                need!(self.attempt(Self::star_expression));
            } else {
                need!(self.attempt(Self::expression));
            }
        }
        Ok(Some(()))
    }

    fn parenthesised_parameter(&mut self, flavour: Flavour) -> Rule<()> {
        let open = need!(self.take("("));
        need!(self.gather(|p| {
            let start = p.pos;
            need!(p.name());
            Ok(Some(p.node(What::Name, start)))
        }));
        self.take(",")?;
        let close = need!(self.take(")"));
        let what = if flavour.lambda { "Lambda expression" } else { "Function" };
        Err(self.error_range(&format!("{what} parameters cannot be parenthesized"), open, close))
    }
}
