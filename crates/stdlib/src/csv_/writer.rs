//! Rows into lines.

use super::dialect::{self, Dialect};
use super::failed;
use text::{TextBuilder, Unit, Units};
use vm::builtins::str::mem;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// CSV writer
#[pytype("writer", module = "_csv", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct Writer {
    pub head: Head,
    write: Object,
    dialect: Ref<Dialect>,
}

fn is_number(object: &Object) -> bool {
    let slots = &type_of(object).slots;
    slots.index.get().is_some()
        || slots.int.get().is_some()
        || slots.float.get().is_some()
        || object.is_instance_of::<vm::builtins::complex::Complex>()
}

struct Line<'a> {
    vm: &'a Vm,
    dialect: &'a Dialect,
    out: TextBuilder,
}

impl Line<'_> {
    fn push(&mut self, code: u32) -> Result<()> {
        mem(self.vm, self.out.push(code))
    }

    fn is_special(&self, c: u32) -> bool {
        let d = self.dialect;
        c == d.delimiter
            || c == 0x0A
            || c == 0x0D
            || Some(c) == d.quotechar
            || Some(c) == d.escapechar
            || d.lineterminator.contains_code_point(c)
    }

    /// Whether the text needs quotes; an error where it needs an escape that there is not.
    fn needs_quotes<U: Unit>(&self, units: &[U]) -> Result<bool> {
        let d = self.dialect;
        let mut quotes = false;
        for unit in units {
            let c = unit.code();
            if self.is_special(c) {
                if self.escaped(c) {
                    if d.escapechar.is_none() {
                        return Err(failed(self.vm, "need to escape, but no escapechar set"));
                    }
                } else {
                    quotes = true;
                }
            }
        }
        Ok(quotes)
    }

    /// Whether a special character gets the escape character.
    fn escaped(&self, c: u32) -> bool {
        let d = self.dialect;
        d.quoting == dialect::NONE || (Some(c) == d.quotechar && !d.doublequote) || Some(c) == d.escapechar
    }

    fn text<'a, U: Unit>(&mut self, units: &'a [U], quoted: bool, view: impl Fn(&'a [U]) -> Units<'a>) -> Result<()> {
        let d = self.dialect;
        let quoted = self.needs_quotes(units)? || quoted;
        let quote = d.quotechar.unwrap_or(0);
        if quoted {
            self.push(quote)?;
        }
        let mut rest = units;
        while !rest.is_empty() {
            let run = rest.iter().position(|u| self.is_special(u.code())).unwrap_or(rest.len());
            if run > 0 {
                mem(self.vm, self.out.push_units(view(&rest[..run])))?;
            }
            rest = &rest[run..];
            let Some((first, others)) = rest.split_first() else { break };
            rest = others;
            let c = first.code();
            if self.escaped(c) {
                self.push(d.escapechar.unwrap_or(0))?;
            } else if Some(c) == d.quotechar {
                self.push(c)?;
            }
            self.push(c)?;
        }
        if quoted {
            self.push(quote)?;
        }
        Ok(())
    }

    fn field(&mut self, text: &Str, quoted: bool) -> Result<()> {
        match text.units() {
            Units::Ascii(s) => self.text(s, quoted, Units::Ascii),
            Units::Latin1(s) => self.text(s, quoted, Units::Latin1),
            Units::Ucs2(s) => self.text(s, quoted, Units::Ucs2),
            Units::Ucs4(s) => self.text(s, quoted, Units::Ucs4),
        }
    }
}

impl Writer {
    pub fn make(vm: &Vm, file: &Object, dialect: Ref<Dialect>) -> Result<Object> {
        let write = attr::getattr_opt(vm, file, vm.names().write())?.filter(call::is_callable);
        let Some(write) = write else { bail!(vm, TypeError, "argument 1 must have a \"write\" method") };
        Ok(instance::alloc_static(Writer { head: Head::new(), write, dialect }).into_object())
    }

    fn row(&self, vm: &Vm, row: &Object) -> Result<Object> {
        let iterator = match iter::get_iter(vm, row) {
            Err(_) if vm.raised_is(&vm::exception::types::TypeError) => {
                vm.clear_raised();
                return Err(failed(vm, &format!("iterable expected, not {}", type_name(row))));
            }
            other => other?,
        };
        let d = &self.dialect;
        let mut line = Line { vm, dialect: d, out: TextBuilder::new() };
        let (mut fields, mut last_is_none) = (0usize, false);
        while let Some(value) = iter::next(vm, &iterator)? {
            let is_none = value.is(&none());
            let mut quoted = match d.quoting {
                dialect::NONNUMERIC => !is_number(&value),
                dialect::ALL => true,
                dialect::STRINGS => value.is_instance_of::<Str>(),
                dialect::NOTNULL => !is_none,
                _ => false,
            };
            last_is_none = is_none;
            if fields > 0 {
                line.push(d.delimiter)?;
            }
            fields += 1;
            let made;
            let text = match value.cast::<Str>() {
                Some(text) => text,
                None if is_none => {
                    made = Str::new("");
                    &made
                }
                None => {
                    made = protocol::str(vm, &value)?;
                    &made
                }
            };
            if text.is_empty() && d.delimiter == 0x20 && d.skipinitialspace {
                let never = is_none && (d.quoting == dialect::STRINGS || d.quoting == dialect::NOTNULL);
                if d.quoting == dialect::NONE || never {
                    return Err(failed(
                        vm,
                        "empty field must be quoted if delimiter is a space and skipinitialspace is true",
                    ));
                }
                quoted = true;
            }
            line.field(text, quoted)?;
        }
        if fields > 0 && line.out.is_empty() {
            let never = last_is_none && (d.quoting == dialect::STRINGS || d.quoting == dialect::NOTNULL);
            if d.quoting == dialect::NONE || never {
                return Err(failed(vm, "single empty field record must be quoted"));
            }
            line.field(&Str::new(""), true)?;
        }
        mem(vm, line.out.push_units(d.lineterminator.units()))?;
        let text = Str::from_buf(vm, line.out.finish())?;
        call::call(vm, &self.write, &[text.into_object()])
    }
}

#[pymethods]
impl Writer {
    /// Write the fields of a row.
    #[py("writerow(row, /)")]
    fn writerow(&self, vm: &Vm, row: &Object) -> Result<Object> {
        self.row(vm, row)
    }

    /// Write several rows.
    #[py("writerows(rows, /)")]
    fn writerows(&self, vm: &Vm, rows: &Object) -> Result<()> {
        let iterator = iter::get_iter(vm, rows)?;
        while let Some(row) = iter::next(vm, &iterator)? {
            self.row(vm, &row)?;
        }
        Ok(())
    }

    #[getter("dialect")]
    fn dialect(&self) -> Object {
        self.dialect.to_object()
    }
}
