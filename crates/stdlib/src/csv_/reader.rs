//! Rows out of lines.

use super::dialect::{self, Dialect};
use super::{FIELD_LIMIT, failed};
use std::cell::{Cell, RefCell};
use std::sync::atomic::Ordering;
use text::{TextBuilder, Unit, Units};
use vm::builtins::str::mem;
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::iter;

/// CSV reader
#[pytype("reader", module = "_csv", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct Reader {
    pub head: Head,
    lines: Object,
    dialect: Ref<Dialect>,
    line_num: Cell<u64>,
    /// The row so far, kept while the lines' iterator runs.
    #[untraced]
    row: RefCell<Row>,
}

#[derive(Clone, Copy, PartialEq, Default)]
enum State {
    #[default]
    StartRecord,
    StartField,
    Escaped,
    InField,
    InQuoted,
    EscapedInQuoted,
    QuoteInQuoted,
    EatLineEnd,
    AfterEscapedLineEnd,
}

#[derive(Default)]
struct Row {
    state: State,
    field: TextBuilder,
    fields: Vec<Object>,
    quoted: bool,
}

/// The end of a line that the iterator gave.
const END: u32 = u32::MAX;

struct Parse<'a> {
    vm: &'a Vm,
    dialect: &'a Dialect,
    limit: usize,
    row: Row,
}

impl Parse<'_> {
    fn save(&mut self) -> Result<()> {
        let vm = self.vm;
        let field = std::mem::take(&mut self.row.field);
        let quoting = self.dialect.quoting;
        let bare = !std::mem::replace(&mut self.row.quoted, false);
        let value = if bare && field.is_empty() && (quoting == dialect::NOTNULL || quoting == dialect::STRINGS) {
            none()
        } else {
            let text = Str::from_view(vm, field.as_units())?.into_object();
            let numeric = quoting == dialect::NONNUMERIC || quoting == dialect::STRINGS;
            if bare && numeric && !field.is_empty() {
                Float::from_f64(vm::builtins::float::float_from(vm, &text)?)
            } else {
                text
            }
        };
        vm.memory(self.row.fields.try_reserve(1).map_err(|_| vm::heap::OutOfMemory))?;
        self.row.fields.push(value);
        Ok(())
    }

    fn add(&mut self, c: u32) -> Result<()> {
        if self.row.field.len() >= self.limit {
            return Err(self.too_large());
        }
        mem(self.vm, self.row.field.push(c))
    }

    fn too_large(&self) -> Raised {
        failed(self.vm, &format!("field larger than field limit ({})", self.limit))
    }

    /// Takes one character, or the line's end.
    fn take(&mut self, c: u32) -> Result<()> {
        let d = self.dialect;
        let line_end = c == 0x0A || c == 0x0D;
        let is_quote = d.quoting != dialect::NONE && Some(c) == d.quotechar;
        let is_escape = Some(c) == d.escapechar;
        let after = if c == END { State::StartRecord } else { State::EatLineEnd };
        match self.row.state {
            State::StartRecord if c == END => {}
            State::StartRecord if line_end => self.row.state = State::EatLineEnd,
            State::StartRecord | State::StartField => {
                self.row.state = State::StartField;
                if line_end || c == END {
                    self.save()?;
                    self.row.state = after;
                } else if is_quote {
                    self.row.quoted = true;
                    self.row.state = State::InQuoted;
                } else if is_escape {
                    self.row.state = State::Escaped;
                } else if c == 0x20 && d.skipinitialspace {
                } else if c == d.delimiter {
                    self.save()?;
                } else {
                    self.add(c)?;
                    self.row.state = State::InField;
                }
            }
            State::Escaped if line_end => {
                self.add(c)?;
                self.row.state = State::AfterEscapedLineEnd;
            }
            State::Escaped => {
                self.add(if c == END { 0x0A } else { c })?;
                self.row.state = State::InField;
            }
            State::AfterEscapedLineEnd if c == END => {}
            State::AfterEscapedLineEnd | State::InField => {
                if line_end || c == END {
                    self.save()?;
                    self.row.state = after;
                } else if is_escape {
                    self.row.state = State::Escaped;
                } else if c == d.delimiter {
                    self.save()?;
                    self.row.state = State::StartField;
                } else {
                    self.add(c)?;
                    self.row.state = State::InField;
                }
            }
            State::InQuoted => {
                if c == END {
                } else if is_escape {
                    self.row.state = State::EscapedInQuoted;
                } else if is_quote {
                    self.row.state = if d.doublequote { State::QuoteInQuoted } else { State::InField };
                } else {
                    self.add(c)?;
                }
            }
            State::EscapedInQuoted => {
                self.add(if c == END { 0x0A } else { c })?;
                self.row.state = State::InQuoted;
            }
            State::QuoteInQuoted => {
                if is_quote {
                    self.add(c)?;
                    self.row.state = State::InQuoted;
                } else if c == d.delimiter {
                    self.save()?;
                    self.row.state = State::StartField;
                } else if line_end || c == END {
                    self.save()?;
                    self.row.state = after;
                } else if !d.strict {
                    self.add(c)?;
                    self.row.state = State::InField;
                } else {
                    let show = |c: u32| char::from_u32(c).unwrap_or('?');
                    let quote = show(d.quotechar.unwrap_or(0));
                    let message = format!("'{}' expected after '{quote}'", show(d.delimiter));
                    return Err(failed(self.vm, &message));
                }
            }
            State::EatLineEnd if line_end => {}
            State::EatLineEnd if c == END => self.row.state = State::StartRecord,
            State::EatLineEnd => {
                return Err(failed(
                    self.vm,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                ));
            }
        }
        Ok(())
    }

    fn line<'a, U: Unit>(&mut self, units: &'a [U], view: impl Fn(&'a [U]) -> Units<'a>) -> Result<()> {
        let d = self.dialect;
        let special =
            |c: u32| c == d.delimiter || c == 0x0A || c == 0x0D || Some(c) == d.quotechar || Some(c) == d.escapechar;
        let mut at = 0;
        while at < units.len() {
            // Plain characters inside a field go over in one piece.
            let inside = match self.row.state {
                State::InField | State::InQuoted => true,
                State::StartField | State::StartRecord => !d.skipinitialspace,
                _ => false,
            };
            if inside {
                let run = units[at..].iter().position(|u| special(u.code())).unwrap_or(units.len() - at);
                if run > 0 {
                    if self.row.field.len() + run > self.limit {
                        return Err(self.too_large());
                    }
                    mem(self.vm, self.row.field.push_units(view(&units[at..at + run])))?;
                    if self.row.state != State::InQuoted {
                        self.row.state = State::InField;
                    }
                    at += run;
                    continue;
                }
            }
            self.take(units[at].code())?;
            at += 1;
        }
        self.take(END)
    }
}

impl Reader {
    pub fn make(vm: &Vm, lines: &Object, dialect: Ref<Dialect>) -> Result<Object> {
        let body = Reader {
            head: Head::new(),
            lines: iter::get_iter(vm, lines)?,
            dialect,
            line_num: Cell::new(0),
            row: RefCell::default(),
        };
        Ok(instance::alloc_static(body).into_object())
    }
}

#[pymethods]
impl Reader {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        let limit = usize::try_from(FIELD_LIMIT.load(Ordering::Relaxed)).unwrap_or(0);
        drop(std::mem::take(&mut *self.row.borrow_mut()));
        loop {
            let line = iter::next(vm, &self.lines)?;
            let row = std::mem::take(&mut *self.row.borrow_mut());
            let mut parse = Parse { vm, dialect: &self.dialect, limit, row };
            let Some(line) = line else {
                if parse.row.field.is_empty() && parse.row.state != State::InQuoted {
                    return Ok(None);
                }
                if self.dialect.strict {
                    return Err(failed(vm, "unexpected end of data"));
                }
                parse.save()?;
                return Ok(Some(List::from_vec(parse.row.fields).into_object()));
            };
            let Some(text) = line.cast::<Str>() else {
                let message = format!(
                    "iterator should return strings, not {} (the file should be opened in text mode)",
                    type_name(&line)
                );
                return Err(failed(vm, &message));
            };
            self.line_num.set(self.line_num.get() + 1);
            match text.units() {
                Units::Ascii(s) => parse.line(s, Units::Ascii)?,
                Units::Latin1(s) => parse.line(s, Units::Latin1)?,
                Units::Ucs2(s) => parse.line(s, Units::Ucs2)?,
                Units::Ucs4(s) => parse.line(s, Units::Ucs4)?,
            }
            if parse.row.state == State::StartRecord {
                return Ok(Some(List::from_vec(parse.row.fields).into_object()));
            }
            *self.row.borrow_mut() = parse.row;
        }
    }

    #[getter("dialect")]
    fn dialect(&self) -> Object {
        self.dialect.to_object()
    }

    #[getter("line_num")]
    fn line_num(&self) -> u64 {
        self.line_num.get()
    }
}
