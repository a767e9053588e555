//! `_datetime`.

mod calendar;
mod date;
mod datetime;
mod delta;
mod iso;
mod time;
mod zone;

use vm::prelude::*;

/// Arguments by position or name, as C's argument parser takes them: `what` is how its messages name the callee.
fn bind_fields<'a, const N: usize>(
    vm: &Vm,
    what: &str,
    names: &[&str; N],
    required: usize,
    positional: usize,
    args: &Args<'a>,
) -> Result<[Option<&'a Object>; N]> {
    let (given, keywords) = (args.positional(), args.keywords());
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if given.len() + keywords.len() > N {
        let kind = if keywords.is_empty() && positional < N { "positional " } else { "" };
        let most = if kind.is_empty() { N } else { positional };
        let exact = if required == N { "exactly" } else { "at most" };
        let exact = if what == "function" { "at most" } else { exact };
        let n = given.len() + keywords.len();
        bail!(vm, TypeError, "{what} takes {exact} {most} {kind}argument{} ({n} given)", plural(most));
    }
    if given.len() > positional {
        let n = given.len();
        bail!(vm, TypeError, "{what} takes at most {positional} positional argument{} ({n} given)", plural(positional));
    }
    let mut fields = [None; N];
    for (field, value) in fields.iter_mut().zip(given) {
        *field = Some(value);
    }
    for (key, value) in keywords.iter() {
        let Some(text) = key.cast::<Str>() else { bail!(vm, TypeError, "keywords must be strings") };
        match names.iter().position(|n| text.as_ascii() == Some(n)) {
            Some(at) if fields[at].is_none() => fields[at] = Some(value),
            Some(at) => {
                bail!(vm, TypeError, "argument for {what} given by name ('{}') and position ({})", names[at], at + 1)
            }
            None if fields[..required].iter().all(Option::is_some) || what != "function" => {
                let what = if what == "function" { "this function" } else { what };
                bail!(vm, TypeError, "{what} got an unexpected keyword argument '{text}'")
            }
            None => {}
        }
    }
    if let Some(at) = fields[..required].iter().position(Option::is_none) {
        // The fields before it are converted first.
        for field in &fields[..at] {
            int(vm, *field, 0)?;
        }
        bail!(vm, TypeError, "{what} missing required argument '{}' (pos {})", names[at], at + 1);
    }
    Ok(fields)
}

/// C's `int`.
fn int(vm: &Vm, value: Option<&Object>, default: i32) -> Result<i32> {
    let Some(value) = value else { return Ok(default) };
    if let Some(small) = value.as_small_int().and_then(|v| i32::try_from(v).ok()) {
        return Ok(small);
    }
    let index = vm::protocol::number::index(vm, value)?;
    match Int::to_i64(&index) {
        Some(wide) => match i32::try_from(wide) {
            Ok(fits) => Ok(fits),
            Err(_) if wide < 0 => Err(raise!(vm, OverflowError, "signed integer is less than minimum")),
            Err(_) => Err(raise!(vm, OverflowError, "signed integer is greater than maximum")),
        },
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C long")),
    }
}

/// The bytes of a pickled state: bytes, or the str that Python 2 pickled.
fn state_bytes(vm: &Vm, state: &Object, len: usize) -> Result<Option<Vec<u8>>> {
    if let Some(bytes) = state.cast::<Bytes>() {
        return Ok((bytes.as_bytes().len() == len).then(|| bytes.as_bytes().to_vec()));
    }
    let Some(text) = state.cast::<Str>().filter(|t| t.len() == len) else { return Ok(None) };
    let mut bytes = Vec::with_capacity(len);
    for code in text.code_points() {
        match u8::try_from(code) {
            Ok(byte) => bytes.push(byte),
            Err(_) => {
                bail!(
                    vm,
                    ValueError,
                    "Failed to encode latin1 string when unpickling a {} object. pickle.load(data, encoding='latin1') is assumed.",
                    match len {
                        4 => "date",
                        6 => "time",
                        _ => "datetime",
                    }
                )
            }
        }
    }
    Ok(Some(bytes))
}

/// The code units of a string for the readers: what is not ASCII becomes a byte that is no digit.
fn ascii(text: &Str) -> Vec<u8> {
    text.code_points().map(|code| if code < 128 { code as u8 } else { 0xff }).collect()
}

fn invalid_iso(vm: &Vm, text: &Object) -> Raised {
    match vm::protocol::object::repr(vm, text) {
        Ok(shown) => raise!(vm, ValueError, "Invalid isoformat string: {shown}"),
        Err(raised) => raised,
    }
}

/// `_strptime.name(cls, string, format)`.
fn strptime(vm: &Vm, name: &str, cls: &Ref<Type>, string: &Object, format: &Object) -> Result<Object> {
    for (at, value) in [string, format].into_iter().enumerate() {
        if value.cast::<Str>().is_none() {
            let got = vm::object::type_name(value);
            bail!(vm, TypeError, "strptime() argument {} must be str, not {got}", at + 1);
        }
    }
    let module = vm::import::import_module(vm, "_strptime")?;
    let function = vm::object::attr::getattr(vm, &module, &vm.intern(name))?;
    vm::protocol::call::call(vm, &function, &[cls.to_object(), string.clone(), format.clone()])
}

/// Year to second, weekday, day of the year and the DST flag as `time.struct_time`.
fn struct_time(vm: &Vm, date: (i32, i32, i32), time: (i32, i32, i32), dst: i32) -> Result<Object> {
    let module = vm::import::import_module(vm, "time")?;
    let kind = vm::object::attr::getattr(vm, &module, &vm.intern("struct_time"))?;
    let (year, month, day) = date;
    let fields = [
        year,
        month,
        day,
        time.0,
        time.1,
        time.2,
        calendar::weekday(year, month, day),
        calendar::days_before_month(year, month) + day,
        dst,
    ];
    let tuple = Tuple::from_iter_exact(fields.into_iter().map(Object::int32));
    vm::protocol::call::call(vm, &kind, &[tuple.into_object()])
}

/// Fast implementation of the datetime module.
#[pymodule(
    "_datetime",
    types(delta::TimeDelta, date::Date, time::Time, zone::TzInfo, zone::TimeZone, datetime::DateTime)
)]
pub mod module {
    use super::*;
    use super::{date::Date, datetime::DateTime, delta::TimeDelta, time::Time, zone::TimeZone};
    use vm::builtins::capsule::Capsule;
    use vm::builtins::module::Module;

    #[constant]
    const MINYEAR: i32 = calendar::MIN_YEAR;
    #[constant]
    const MAXYEAR: i32 = calendar::MAX_YEAR;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let delta = |days, seconds, us| TimeDelta::make(vm, days, seconds, us);
        let set = |kind: &Ref<Type>, name: &str, value: Object| match kind.dict.get() {
            Some(dict) => dict.set_str(vm, name, value),
            None => Ok(()),
        };
        let class = TimeDelta::class();
        set(class, "resolution", delta(0, 0, 1)?.into_object())?;
        set(class, "min", delta(-999_999_999, 0, 0)?.into_object())?;
        set(class, "max", delta(999_999_999, 86399, 999_999)?.into_object())?;
        let class = Date::class();
        set(class, "resolution", delta(1, 0, 0)?.into_object())?;
        set(class, "min", Date::make(vm, class, 1, 1, 1)?)?;
        set(class, "max", Date::make(vm, class, 9999, 12, 31)?)?;
        let class = Time::class();
        set(class, "resolution", delta(0, 0, 1)?.into_object())?;
        set(class, "min", Time::exact(vm, [0, 0, 0, 0], None, 0)?)?;
        set(class, "max", Time::exact(vm, [23, 59, 59, 999_999], None, 0)?)?;
        let class = DateTime::class();
        set(class, "resolution", delta(0, 0, 1)?.into_object())?;
        set(class, "min", DateTime::exact(vm, class, [1, 1, 1, 0, 0, 0, 0], None, 0)?)?;
        set(class, "max", DateTime::exact(vm, class, [9999, 12, 31, 23, 59, 59, 999_999], None, 0)?)?;
        let class = TimeZone::class();
        let utc = TimeZone::make(delta(0, 0, 0)?, None).into_object();
        set(class, "utc", utc.clone())?;
        set(class, "min", TimeZone::make(delta(-1, 60, 0)?, None).into_object())?;
        set(class, "max", TimeZone::make(delta(0, 86340, 0)?, None).into_object())?;
        module.dict().set_str(vm, "UTC", utc)?;
        module.dict().set_str(vm, "datetime_CAPI", Capsule::make("datetime.datetime_CAPI"))
    }
}
