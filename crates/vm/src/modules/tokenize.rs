//! `_tokenize`: what the module `tokenize` iterates over.

use crate::exception::types;
use crate::object::{attr, instance};
use crate::prelude::*;
use crate::protocol::call;
use std::cell::{Cell, RefCell};
use syntax::tokens::{Kind, Token, tokens};

/// Numbers of the module `token` from 7 on, in order.
const OPERATORS: &[&str] = &[
    "(", ")", "[", "]", ":", ",", ";", "+", "-", "*", "/", "|", "&", "<", ">", "=", ".", "%", "{", "}", "==", "!=",
    "<=", ">=", "~", "^", "<<", ">>", "**", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//",
    "//=", "@", "@=", "->", "...", ":=", "!",
];
const FIRST_OPERATOR: i32 = 7;
const OP: i32 = 55;

/// A source that was read, and its tokens.
struct Source {
    /// The lines as they were read, each with its end.
    lines: Vec<String>,
    /// Where each line starts in the text that was tokenized, and its end.
    starts: Vec<usize>,
    text: String,
    tokens: Vec<Token>,
    error: Option<Box<syntax::SyntaxError>>,
    next: usize,
}

impl Source {
    /// Line (from 1) and column (in characters) of an offset.
    fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&s| s <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let inside = offset.min(self.text.len());
        let column = self.text.get(start..inside).map_or(0, |t| t.chars().count());
        (line, column + (offset - inside))
    }

    fn line(&self, line: usize) -> &str {
        self.lines.get(line - 1).map_or("", |l| l)
    }
}

/// An iterator over the tokens of what a readline function gives.
#[pytype("TokenizerIter", module = "_tokenize", doc = "", flags(HAVE_GC))]
pub struct TokenizerIter {
    pub head: Head,
    readline: Object,
    #[untraced]
    encoding: Option<String>,
    extra: bool,
    #[untraced]
    source: RefCell<Option<Source>>,
    done: Cell<bool>,
}

impl TokenizerIter {
    fn read(&self, vm: &Vm) -> Result<Source> {
        let mut whole = String::new();
        loop {
            let line = match call::call(vm, &self.readline, &[]) {
                Err(_) if vm.raised_is(&types::StopIteration) => {
                    vm.clear_raised();
                    break;
                }
                other => other?,
            };
            let text = match &self.encoding {
                None => match line.cast::<Str>() {
                    Some(text) => text.to_utf8(vm)?,
                    None => bail!(vm, TypeError, "readline() returned a non-string object"),
                },
                Some(encoding) => {
                    let Some(data) = line.cast::<Bytes>() else {
                        bail!(vm, TypeError, "readline() returned a non-bytes object");
                    };
                    match std::str::from_utf8(data.as_bytes()) {
                        Ok(text) if matches!(&encoding[..], "utf-8" | "utf8" | "utf_8") => text.to_owned(),
                        _ => {
                            let name = Str::new(encoding).into_object();
                            let errors = Str::new("replace").into_object();
                            let text = call::call_method(vm, &line, vm.names().decode(), &[name, errors])?;
                            text.cast::<Str>().map(|t| t.to_string_lossy()).unwrap_or_default()
                        }
                    }
                }
            };
            if text.is_empty() {
                break;
            }
            vm.memory(whole.try_reserve(text.len()).map_err(|_| heap::OutOfMemory))?;
            whole.push_str(&text);
        }
        if whole.contains('\0') {
            bail!(vm, SyntaxError, "source code cannot contain null bytes");
        }
        let lines: Vec<String> = whole.split_inclusive('\n').map(str::to_owned).collect();
        let text = if whole.contains("\r\n") { whole.replace("\r\n", "\n") } else { whole };
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        let (tokens, error) = tokens(&text, self.extra);
        Ok(Source { lines, starts, text, tokens, error, next: 0 })
    }

    fn fail(&self, vm: &Vm, error: &syntax::SyntaxError) -> Raised {
        let kind = match error.kind {
            syntax::ErrorKind::Indentation => &types::IndentationError,
            syntax::ErrorKind::Tab => &types::TabError,
            _ => &types::SyntaxError,
        };
        let text = error.text.as_deref().map_or("", |t| t.trim_end_matches('\n'));
        let details = Tuple::from_slice(&[
            Str::new("<string>").into_object(),
            Object::int32(error.line),
            Object::int32(error.col),
            Str::new(text).into_object(),
            none(),
            none(),
        ]);
        vm.raise_args(kind, &[Str::new(&error.message).into_object(), details.into_object()])
    }

    fn token(&self, source: &Source, token: Token) -> (i32, String, (usize, isize), (usize, isize), String) {
        let (start_line, start_column) = source.place(token.start);
        let (mut end_line, mut end_column) = source.place(token.end);
        let text = source.text.get(token.start..token.end.min(source.text.len())).unwrap_or("");
        let mut shown = text.to_owned();
        let number = match token.kind {
            Kind::EndMarker => 0,
            Kind::Name => 1,
            Kind::Number => 2,
            Kind::Str => 3,
            Kind::Newline => 4,
            Kind::Indent => 5,
            Kind::Dedent => 6,
            Kind::Op if self.extra => OP,
            Kind::Op => OPERATORS.iter().position(|&op| op == text).map_or(OP, |i| FIRST_OPERATOR + i as i32),
            Kind::Start('t') => 62,
            Kind::Middle('t') => 63,
            Kind::End('t') => 64,
            Kind::Start(_) => 59,
            Kind::Middle(_) => 60,
            Kind::End(_) => 61,
            Kind::Comment => 65,
            Kind::Nl => 66,
        };
        let at_end = token.start >= source.text.len();
        let mut line = source.line(start_line).to_owned();
        match token.kind {
            Kind::Newline | Kind::Nl => {
                // The line's own end, which may be two characters, or none.
                let ending = source.line(start_line);
                shown = if text.is_empty() {
                    String::new()
                } else if ending.ends_with("\r\n") {
                    "\r\n".to_owned()
                } else {
                    "\n".to_owned()
                };
                end_line = start_line;
                end_column = start_column + shown.len().max(1);
                if !self.extra && token.kind == Kind::Newline {
                    shown.truncate(0);
                    end_column = start_column;
                }
            }
            Kind::EndMarker if !self.extra => {
                let last = source.lines.len().max(1);
                let line = source.line(last).to_owned();
                let is_blank = matches!(line.trim_start().chars().next(), None | Some('#'));
                return (number, shown, (last, -1), (last, -1), if is_blank { String::new() } else { line });
            }
            Kind::Indent | Kind::Dedent if !self.extra => {
                // What is no text has no columns.
                let at = end_line.min(source.lines.len()).max(1);
                return (number, String::new(), (at, -1), (at, -1), source.line(at).to_owned());
            }
            Kind::EndMarker | Kind::Dedent if at_end => {
                let last = source.lines.len() + 1;
                return (number, shown, (last, 0), (last, 0), String::new());
            }
            Kind::Str | Kind::Start(_) | Kind::Middle(_) | Kind::End(_) => {
                for more in start_line + 1..=end_line {
                    line.push_str(source.line(more));
                }
                if source.lines.iter().any(|l| l.ends_with("\r\n")) && end_line > start_line {
                    // Lines within the token keep their own ends.
                    let ends = line.lines().count();
                    shown =
                        restore(&shown, &source.lines[start_line - 1..(start_line - 1 + ends).min(source.lines.len())]);
                }
            }
            _ => {}
        }
        (number, shown, (start_line, start_column as isize), (end_line, end_column as isize), line)
    }
}

/// Text of several lines with each line's own end.
fn restore(text: &str, lines: &[String]) -> String {
    let mut out = String::new();
    for (part, line) in text.split_inclusive('\n').zip(lines) {
        match part.strip_suffix('\n') {
            Some(body) if line.ends_with("\r\n") => {
                out.push_str(body);
                out.push_str("\r\n");
            }
            _ => out.push_str(part),
        }
    }
    out
}

#[pymethods]
impl TokenizerIter {
    #[slot("(readline, /, *, encoding=None, extra_tokens)", notext)]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        readline: &Object,
        encoding: Option<String>,
        extra_tokens: bool,
    ) -> Result<Object> {
        let body = TokenizerIter {
            head: Head::new(),
            readline: readline.clone(),
            encoding,
            extra: extra_tokens,
            source: RefCell::new(None),
            done: Cell::new(false),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        attr::generic_getattr(vm, this.as_object(), name)
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        if self.done.get() {
            return Ok(None);
        }
        if self.source.borrow().is_none() {
            let source = self.read(vm)?;
            *self.source.borrow_mut() = Some(source);
        }
        let mut held = self.source.borrow_mut();
        let Some(source) = held.as_mut() else { return Ok(None) };
        let Some(&token) = source.tokens.get(source.next) else {
            self.done.set(true);
            return match source.error.take() {
                Some(error) => {
                    drop(held);
                    Err(self.fail(vm, &error))
                }
                None => Ok(None),
            };
        };
        source.next += 1;
        let (number, text, start, end, line) = self.token(source, token);
        drop(held);
        let place = |(line, column): (usize, isize)| {
            Tuple::from_slice(&[Int::from_i64(line as i64), Int::from_i64(column as i64)]).into_object()
        };
        let items = [
            Object::int32(number),
            Str::new(&text).into_object(),
            place(start),
            place(end),
            Str::new(&line).into_object(),
        ];
        Ok(Some(Tuple::from_slice(&items).into_object()))
    }
}

/// The tokenizer.
#[pymodule("_tokenize", types(TokenizerIter))]
pub mod module {
    use super::*;
}
