//! `unicodedata`.

use text::chars;
use text::data::{self, Form};
use text::unicode32;
use vm::builtins::module::Module;
use vm::builtins::str::mem;
use vm::object::{instance, type_name};
use vm::prelude::*;

/// The one code point of an argument; `function` and its place are for the error.
fn code(vm: &Vm, chr: &Object, function: &str) -> Result<u32> {
    match chr.cast::<Str>() {
        Some(text) if text.len() == 1 => Ok(text.units().get(0).unwrap_or(0)),
        Some(text) => Err(raise!(
            vm,
            TypeError,
            "{} must be a unicode character, not a string of length {}",
            function.replacen("()", "():", 1),
            text.len()
        )),
        None => Err(raise!(vm, TypeError, "{function} must be a unicode character, not {}", type_name(chr))),
    }
}

fn or_default(vm: &Vm, value: Option<Object>, default: Option<&Object>, message: &str) -> Result<Object> {
    match (value, default) {
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(raise!(vm, ValueError, "{message}")),
    }
}

fn by_name(vm: &Vm, name: &str) -> Result<Form> {
    Form::by_name(name).ok_or_else(|| raise!(vm, ValueError, "invalid normalization form"))
}

/// The character database as it was in Unicode 3.2: what `stringprep` and the codec `idna` are defined by.
#[pytype("UCD", module = "unicodedata", flags(SHOWS_GETATTRIBUTE, DISALLOW_INSTANTIATION))]
pub struct Database {
    pub head: Head,
}

#[pymethods]
impl Database {
    #[getter]
    fn unidata_version(&self) -> &'static str {
        "3.2.0"
    }

    /// Returns the name assigned to the character chr as a string.
    ///
    /// If no name is defined, default is returned, or, if not given, ValueError is raised.
    #[py("name(chr, default=<unrepresentable>, /)")]
    fn name(&self, vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let name = unicode32::name(code(vm, chr, "name() argument 1")?);
        or_default(vm, name.map(|name| Str::new(&name).into_object()), default, "no such name")
    }

    /// Look up character by name.
    ///
    /// If a character with the given name is found, return it. If not found, KeyError is raised.
    #[py("lookup(name, /)")]
    fn lookup(&self, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        let wanted = name.to_string_lossy();
        match unicode32::lookup(&wanted) {
            Some(code) => Str::from_code(vm, code).map(Ref::into_object),
            None => Err(raise!(vm, KeyError, "undefined character name '{wanted}'")),
        }
    }

    /// Returns the general category assigned to the character chr as string.
    #[py("category(chr, /)")]
    fn category(&self, vm: &Vm, chr: &Object) -> Result<&'static str> {
        Ok(unicode32::category(code(vm, chr, "category() argument")?))
    }

    /// Returns the bidirectional class assigned to the character chr as string.
    #[py("bidirectional(chr, /)")]
    fn bidirectional(&self, vm: &Vm, chr: &Object) -> Result<&'static str> {
        Ok(unicode32::bidirectional(code(vm, chr, "bidirectional() argument")?))
    }

    /// Returns the canonical combining class assigned to the character chr as integer.
    #[py("combining(chr, /)")]
    fn combining(&self, vm: &Vm, chr: &Object) -> Result<u8> {
        Ok(unicode32::combining(code(vm, chr, "combining() argument")?))
    }

    /// Returns the east asian width assigned to the character chr as string.
    #[py("east_asian_width(chr, /)")]
    fn east_asian_width(&self, vm: &Vm, chr: &Object) -> Result<&'static str> {
        Ok(unicode32::east_asian_width(code(vm, chr, "east_asian_width() argument")?))
    }

    /// Returns the mirrored property assigned to the character chr as integer.
    #[py("mirrored(chr, /)")]
    fn mirrored(&self, vm: &Vm, chr: &Object) -> Result<i32> {
        Ok(i32::from(unicode32::mirrored(code(vm, chr, "mirrored() argument")?)))
    }

    /// Converts a Unicode character into its equivalent decimal value.
    #[py("decimal(chr, default=<unrepresentable>, /)")]
    fn decimal(&self, vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let value = unicode32::decimal(code(vm, chr, "decimal() argument 1")?);
        or_default(vm, value.map(|d| Object::int32(i32::from(d))), default, "not a decimal")
    }

    /// Converts a Unicode character into its equivalent digit value.
    #[py("digit(chr, default=<unrepresentable>, /)")]
    fn digit(&self, vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let value = unicode32::digit(code(vm, chr, "digit() argument 1")?);
        or_default(vm, value.map(|d| Object::int32(i32::from(d))), default, "not a digit")
    }

    /// Converts a Unicode character into its equivalent numeric value.
    #[py("numeric(chr, default=<unrepresentable>, /)")]
    fn numeric(&self, vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let value = unicode32::numeric(code(vm, chr, "numeric() argument 1")?);
        or_default(vm, value.map(Float::from_f64), default, "not a numeric character")
    }

    /// Returns the character decomposition mapping assigned to the character chr as string.
    #[py("decomposition(chr, /)")]
    fn decomposition(&self, vm: &Vm, chr: &Object) -> Result<String> {
        Ok(unicode32::decomposition_text(code(vm, chr, "decomposition() argument")?).into_owned())
    }

    /// Return the normal form 'form' for the Unicode string unistr.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    #[py("normalize(form, unistr, /)")]
    fn normalize(&self, vm: &Vm, form: String, unistr: &Ref<Str>) -> Result<Ref<Str>> {
        if unistr.is_empty() {
            return Ok(unistr.to_exact());
        }
        let kind = by_name(vm, &form)?;
        Str::from_buf(vm, mem(vm, unicode32::normalize(unistr.units(), kind))?)
    }

    /// Return whether the Unicode string unistr is in the normal form 'form'.
    #[py("is_normalized(form, unistr, /)")]
    fn is_normalized(&self, vm: &Vm, form: String, unistr: &Ref<Str>) -> Result<bool> {
        if unistr.is_empty() {
            return Ok(true);
        }
        let kind = by_name(vm, &form)?;
        Ok(mem(vm, unicode32::normalize(unistr.units(), kind))?.as_units() == unistr.units())
    }
}

/// This module provides access to the Unicode Character Database which
/// defines character properties for all Unicode characters.
#[pymodule("unicodedata")]
pub mod module {
    use super::*;

    #[constant]
    const unidata_version: &str = chars::UNIDATA_VERSION;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        Database::init_type(vm)?;
        dict.set_str(vm, "UCD", Database::class().to_object())?;
        let old = instance::alloc(vm, Database::class(), Database { head: Head::new() })?;
        dict.set_str(vm, "ucd_3_2_0", old.into_object())
    }

    /// Returns the name assigned to the character chr as a string.
    ///
    /// If no name is defined, default is returned, or, if not given, ValueError is raised.
    #[py("name(chr, default=<unrepresentable>, /)")]
    fn name(vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let name = data::name(code(vm, chr, "name() argument 1")?);
        or_default(vm, name.map(|name| Str::new(&name).into_object()), default, "no such name")
    }

    /// Look up character by name.
    ///
    /// If a character with the given name is found, return it. If not found, KeyError is raised.
    #[py("lookup(name, /)")]
    fn lookup(vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        let wanted = name.to_string_lossy();
        match data::lookup(&wanted) {
            Some(code) => Str::from_code(vm, code).map(Ref::into_object),
            None => Err(raise!(vm, KeyError, "undefined character name '{wanted}'")),
        }
    }

    /// Returns the general category assigned to the character chr as string.
    #[py("category(chr, /)")]
    fn category(vm: &Vm, chr: &Object) -> Result<&'static str> {
        Ok(chars::category(code(vm, chr, "category() argument")?))
    }

    /// Returns the bidirectional class assigned to the character chr as string.
    #[py("bidirectional(chr, /)")]
    fn bidirectional(vm: &Vm, chr: &Object) -> Result<&'static str> {
        Ok(chars::bidirectional(code(vm, chr, "bidirectional() argument")?))
    }

    /// Returns the canonical combining class assigned to the character chr as integer.
    #[py("combining(chr, /)")]
    fn combining(vm: &Vm, chr: &Object) -> Result<u8> {
        Ok(chars::combining(code(vm, chr, "combining() argument")?))
    }

    /// Returns the east asian width assigned to the character chr as string.
    #[py("east_asian_width(chr, /)")]
    fn east_asian_width(vm: &Vm, chr: &Object) -> Result<&'static str> {
        Ok(chars::east_asian_width(code(vm, chr, "east_asian_width() argument")?))
    }

    /// Returns the mirrored property assigned to the character chr as integer.
    #[py("mirrored(chr, /)")]
    fn mirrored(vm: &Vm, chr: &Object) -> Result<i32> {
        Ok(i32::from(chars::mirrored(code(vm, chr, "mirrored() argument")?)))
    }

    /// Converts a Unicode character into its equivalent decimal value.
    #[py("decimal(chr, default=<unrepresentable>, /)")]
    fn decimal(vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let value = chars::decimal(code(vm, chr, "decimal() argument 1")?);
        or_default(vm, value.map(|d| Object::int32(i32::from(d))), default, "not a decimal")
    }

    /// Converts a Unicode character into its equivalent digit value.
    #[py("digit(chr, default=<unrepresentable>, /)")]
    fn digit(vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let value = chars::digit(code(vm, chr, "digit() argument 1")?);
        or_default(vm, value.map(|d| Object::int32(i32::from(d))), default, "not a digit")
    }

    /// Converts a Unicode character into its equivalent numeric value.
    #[py("numeric(chr, default=<unrepresentable>, /)")]
    fn numeric(vm: &Vm, chr: &Object, default: Option<&Object>) -> Result<Object> {
        let value = chars::numeric(code(vm, chr, "numeric() argument 1")?);
        or_default(vm, value.map(Float::from_f64), default, "not a numeric character")
    }

    /// Returns the character decomposition mapping assigned to the character chr as string.
    #[py("decomposition(chr, /)")]
    fn decomposition(vm: &Vm, chr: &Object) -> Result<String> {
        Ok(data::decomposition_text(code(vm, chr, "decomposition() argument")?))
    }

    /// Return the normal form 'form' for the Unicode string unistr.
    ///
    /// Valid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.
    #[py("normalize(form, unistr, /)")]
    fn normalize(vm: &Vm, form: String, unistr: &Ref<Str>) -> Result<Ref<Str>> {
        if unistr.is_empty() {
            return Ok(unistr.to_exact());
        }
        match mem(vm, data::normalize(unistr.units(), by_name(vm, &form)?))? {
            Some(normal) => Str::from_buf(vm, normal),
            None => Ok(unistr.to_exact()),
        }
    }

    /// Return whether the Unicode string unistr is in the normal form 'form'.
    #[py("is_normalized(form, unistr, /)")]
    fn is_normalized(vm: &Vm, form: String, unistr: &Ref<Str>) -> Result<bool> {
        if unistr.is_empty() {
            return Ok(true);
        }
        mem(vm, data::is_normalized(unistr.units(), by_name(vm, &form)?))
    }
}
