//! `SyntaxError` and its subclasses.

use super::base::{BaseException, no_keywords};
use crate::exception_body;
use crate::object::{instance, type_of};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};

#[repr(C)]
pub struct SyntaxError {
    pub base: BaseException,
    pub msg: Field<Object>,
    pub filename: Field<Object>,
    pub lineno: Field<Object>,
    pub offset: Field<Object>,
    pub text: Field<Object>,
    pub end_lineno: Field<Object>,
    pub end_offset: Field<Object>,
    pub print_file_and_line: Field<Object>,
    pub metadata: Field<Object>,
}
exception_body!(SyntaxError, "SyntaxError", super::types::SyntaxError, BaseException, {
    base, msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line, metadata
});

impl SyntaxError {
    fn empty() -> SyntaxError {
        SyntaxError {
            base: BaseException::with_args(&[]),
            msg: Field::empty(),
            filename: Field::empty(),
            lineno: Field::empty(),
            offset: Field::empty(),
            text: Field::empty(),
            end_lineno: Field::empty(),
            end_offset: Field::empty(),
            print_file_and_line: Field::empty(),
            metadata: Field::empty(),
        }
    }
}

/// A field as Python reads it.
fn or_none(field: &Field<Object>) -> Object {
    field.get().unwrap_or_else(none)
}

fn store(field: &Field<Object>, value: Option<&Object>) -> Result<()> {
    field.set(value.cloned());
    Ok(())
}

#[pymethods]
impl SyntaxError {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let this = instance::alloc(vm, cls, SyntaxError::empty())?;
        this.base.args.set(Some(Tuple::from_slice(args.positional())));
        Ok(this.into_object())
    }

    #[slot]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        no_keywords(vm, type_of(this.as_object()), &args)?;
        let items = args.items;
        this.base.args.set(Some(Tuple::from_slice(items)));
        if let Some(msg) = items.first() {
            this.msg.set(Some(msg.clone()));
        }
        let [_, place] = items else { return Ok(()) };
        let place = iter::to_vec(vm, place)?;
        match place.len() {
            4..=7 => {}
            few @ 0..4 => bail!(vm, TypeError, "function takes at least 4 arguments ({few} given)"),
            many => bail!(vm, TypeError, "function takes at most 7 arguments ({many} given)"),
        }
        let fields = [
            &this.filename,
            &this.lineno,
            &this.offset,
            &this.text,
            &this.end_lineno,
            &this.end_offset,
            &this.metadata,
        ];
        for (at, field) in fields.into_iter().enumerate() {
            field.set(place.get(at).cloned());
        }
        if place.len() == 5 {
            bail!(vm, TypeError, "end_offset must be provided when end_lineno is provided");
        }
        Ok(())
    }

    #[slot]
    fn str(&self, vm: &Vm) -> Result<Object> {
        let msg = protocol::str(vm, &or_none(&self.msg))?;
        let file = self.filename.get().and_then(|f| f.cast::<Str>().map(|f| f.to_string_lossy()));
        let file = file.map(|f| f.rsplit('/').next().unwrap_or_default().to_owned());
        let line = self.lineno.get().filter(|l| l.is_exact::<Int>());
        let line = line.map(|l| protocol::str(vm, &l)).transpose()?;
        Ok(match (file, line) {
            (Some(file), Some(line)) => Str::new(&format!("{msg} ({file}, line {line})")),
            (Some(file), None) => Str::new(&format!("{msg} ({file})")),
            (None, Some(line)) => Str::new(&format!("{msg} (line {line})")),
            (None, None) => msg,
        }
        .into_object())
    }

    /// exception msg
    #[getter("msg")]
    fn get_msg(&self) -> Object {
        or_none(&self.msg)
    }

    #[setter("msg")]
    fn set_msg(&self, value: Option<&Object>) -> Result<()> {
        store(&self.msg, value)
    }

    /// exception filename
    #[getter("filename")]
    fn get_filename(&self) -> Object {
        or_none(&self.filename)
    }

    #[setter("filename")]
    fn set_filename(&self, value: Option<&Object>) -> Result<()> {
        store(&self.filename, value)
    }

    /// exception lineno
    #[getter("lineno")]
    fn get_lineno(&self) -> Object {
        or_none(&self.lineno)
    }

    #[setter("lineno")]
    fn set_lineno(&self, value: Option<&Object>) -> Result<()> {
        store(&self.lineno, value)
    }

    /// exception offset
    #[getter("offset")]
    fn get_offset(&self) -> Object {
        or_none(&self.offset)
    }

    #[setter("offset")]
    fn set_offset(&self, value: Option<&Object>) -> Result<()> {
        store(&self.offset, value)
    }

    /// exception text
    #[getter("text")]
    fn get_text(&self) -> Object {
        or_none(&self.text)
    }

    #[setter("text")]
    fn set_text(&self, value: Option<&Object>) -> Result<()> {
        store(&self.text, value)
    }

    /// exception end lineno
    #[getter("end_lineno")]
    fn get_end_lineno(&self) -> Object {
        or_none(&self.end_lineno)
    }

    #[setter("end_lineno")]
    fn set_end_lineno(&self, value: Option<&Object>) -> Result<()> {
        store(&self.end_lineno, value)
    }

    /// exception end offset
    #[getter("end_offset")]
    fn get_end_offset(&self) -> Object {
        or_none(&self.end_offset)
    }

    #[setter("end_offset")]
    fn set_end_offset(&self, value: Option<&Object>) -> Result<()> {
        store(&self.end_offset, value)
    }

    /// exception print_file_and_line
    #[getter("print_file_and_line")]
    fn get_print_file_and_line(&self) -> Object {
        or_none(&self.print_file_and_line)
    }

    #[setter("print_file_and_line")]
    fn set_print_file_and_line(&self, value: Option<&Object>) -> Result<()> {
        store(&self.print_file_and_line, value)
    }

    /// exception private metadata
    #[getter("_metadata")]
    fn get_metadata(&self) -> Object {
        or_none(&self.metadata)
    }

    #[setter("_metadata")]
    fn set_metadata(&self, value: Option<&Object>) -> Result<()> {
        store(&self.metadata, value)
    }
}
