//! `time`.

use super::date::{format_with_strftime, replace_by_name};
use super::delta::TimeDelta;
use super::{ascii, bind_fields, calendar, int, invalid_iso, iso, state_bytes, zone};
use std::cell::Cell;
use vm::builtins::str::hash_bytes;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object
///
/// All arguments are optional. tzinfo may be None, or an instance of
/// a tzinfo subclass. The remaining arguments may be ints.
#[pytype("time", module = "datetime", flags(BASETYPE))]
pub struct Time {
    pub head: Head,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    pub us: i32,
    pub fold: i32,
    hash: Cell<i64>,
    pub tzinfo: Option<Object>,
}

pub const NAMES: [&str; 6] = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];

impl Time {
    fn body([hour, minute, second, us]: [i32; 4], tzinfo: Option<Object>, fold: i32) -> Time {
        Time { head: Head::new(), hour, minute, second, us, fold, hash: Cell::new(-1), tzinfo }
    }

    /// A time of exactly this type, checked.
    pub fn exact(vm: &Vm, parts: [i32; 4], tzinfo: Option<Object>, fold: i32) -> Result<Object> {
        calendar::check_time(vm, parts[0], parts[1], parts[2], parts[3], fold)?;
        Ok(instance::alloc_static(Self::body(parts, tzinfo, fold)).into_object())
    }

    /// A time, made by the class itself where it is a subclass.
    fn make(vm: &Vm, cls: &Ref<Type>, parts: [i32; 4], tzinfo: Option<Object>, fold: i32) -> Result<Object> {
        if cls.is(Time::class()) {
            return Self::exact(vm, parts, tzinfo, fold);
        }
        let mut args: Vec<Object> = parts.into_iter().map(Object::int32).collect();
        args.push(tzinfo.unwrap_or_else(none));
        if fold == 0 {
            return call::call(vm, cls.as_object(), &args);
        }
        args.push(Object::int32(fold));
        let names = Tuple::from_slice(&[vm.names().fold().to_object()]);
        call::call_args(vm, cls.as_object(), Args { items: &args, names: Some(&names) })
    }

    pub fn parts(&self) -> [i32; 4] {
        [self.hour, self.minute, self.second, self.us]
    }

    fn bytes(&self, fold: bool) -> [u8; 6] {
        let flag = if fold && self.fold != 0 { 128 } else { 0 };
        let us = self.us.to_be_bytes();
        [self.hour as u8 | flag, self.minute as u8, self.second as u8, us[1], us[2], us[3]]
    }

    fn offset(&self, vm: &Vm) -> Result<Option<Ref<TimeDelta>>> {
        zone::ask(vm, self.tzinfo.as_ref(), "utcoffset", &none())
    }

    fn micros(&self) -> i128 {
        i128::from(((self.hour * 60 + self.minute) * 60) + self.second) * 1_000_000 + i128::from(self.us)
    }

    fn state(&self, protocol: i32) -> Ref<Tuple> {
        let bytes = Bytes::new(&self.bytes(protocol > 3)).into_object();
        match &self.tzinfo {
            Some(zone) => Tuple::from_slice(&[bytes, zone.clone()]),
            None => Tuple::from_slice(&[bytes]),
        }
    }
}

/// The time that a state of six bytes says, if it is one.
fn from_state(vm: &Vm, cls: &Ref<Type>, args: &Args<'_>) -> Result<Option<Object>> {
    let (Some(first), 1 | 2) = (args.positional().first(), args.positional().len()) else { return Ok(None) };
    if let Some(text) = first.cast::<Str>()
        && text.code_points().next().is_none_or(|hour| hour & 0x7f >= 24)
    {
        return Ok(None);
    }
    let Some(state) = state_bytes(vm, first, 6)?.filter(|s| s[0] & 0x7f < 24) else { return Ok(None) };
    let tzinfo = state_zone(vm, args.positional().get(1))?;
    let us = i32::from_be_bytes([0, state[3], state[4], state[5]]);
    let parts = [i32::from(state[0] & 0x7f), state[1].into(), state[2].into(), us];
    let body = Time::body(parts, tzinfo, i32::from(state[0] >> 7));
    Ok(Some(instance::alloc(vm, cls, body)?.into_object()))
}

/// The zone beside a state.
pub fn state_zone(vm: &Vm, zone: Option<&Object>) -> Result<Option<Object>> {
    match zone.filter(|z| !z.is(&none())) {
        Some(zone) if zone.cast::<zone::TzInfo>().is_none() => Err(raise!(vm, TypeError, "bad tzinfo state arg")),
        zone => Ok(zone.cloned()),
    }
}

#[pymethods]
impl Time {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if let Some(made) = from_state(vm, cls, &args)? {
            return Ok(made);
        }
        let given = bind_fields(vm, "function", &NAMES, 0, 5, &args)?;
        let mut parts = [0; 4];
        for (part, value) in parts.iter_mut().zip(given) {
            *part = int(vm, value, 0)?;
        }
        let fold = int(vm, given[5], 0)?;
        calendar::check_time(vm, parts[0], parts[1], parts[2], parts[3], fold)?;
        let tzinfo = zone::check(vm, given[4])?;
        Ok(instance::alloc(vm, cls, Self::body(parts, tzinfo, fold))?.into_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let mut out = format!("{}({}, {}", type_of(this.as_object()).tp_name(), this.hour, this.minute);
        if this.second != 0 || this.us != 0 {
            out.push_str(&format!(", {}", this.second));
        }
        if this.us != 0 {
            out.push_str(&format!(", {}", this.us));
        }
        if let Some(zone) = &this.tzinfo {
            out.push_str(&format!(", tzinfo={}", protocol::repr(vm, zone)?.to_string_lossy()));
        }
        if this.fold != 0 {
            out.push_str(", fold=1");
        }
        out.push(')');
        Ok(out)
    }

    #[slot]
    fn str(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        call::call_method(vm, this.as_object(), &vm.intern("isoformat"), &[])
    }

    #[slot]
    fn hash(this: &Ref<Self>, vm: &Vm) -> Result<i64> {
        if this.hash.get() != -1 {
            return Ok(this.hash.get());
        }
        // Both times of a fold are equal, so they hash alike.
        let offset = if this.fold != 0 {
            let first = instance::alloc_static(Self::body(this.parts(), this.tzinfo.clone(), 0));
            first.offset(vm)?
        } else {
            this.offset(vm)?
        };
        let hash = match offset {
            None => hash_bytes(&this.bytes(false)),
            Some(offset) => {
                let utc = this.micros() - offset.micros();
                protocol::hash(vm, TimeDelta::from_micros(vm, TimeDelta::class(), utc)?.as_object())?
            }
        };
        this.hash.set(hash);
        Ok(hash)
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Time>() else { return not_implemented(vm) };
        let same_zone = match (&self.tzinfo, &other.tzinfo) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        if same_zone {
            return Ok(protocol::holds(op, self.parts().cmp(&other.parts())).object());
        }
        let (mine, theirs) = (self.offset(vm)?, other.offset(vm)?);
        if zone::same(&mine, &theirs) {
            return Ok(protocol::holds(op, self.parts().cmp(&other.parts())).object());
        }
        match (mine, theirs, op) {
            (Some(mine), Some(theirs), _) => {
                let order = (self.micros() - mine.micros()).cmp(&(other.micros() - theirs.micros()));
                Ok(protocol::holds(op, order).object())
            }
            (.., CompareOp::Eq) => Ok(false.object()),
            (.., CompareOp::Ne) => Ok(true.object()),
            _ => Err(raise!(vm, TypeError, "can't compare offset-naive and offset-aware times")),
        }
    }

    #[getter("hour")]
    fn get_hour(&self) -> i32 {
        self.hour
    }

    #[getter("minute")]
    fn get_minute(&self) -> i32 {
        self.minute
    }

    #[getter("second")]
    fn get_second(&self) -> i32 {
        self.second
    }

    #[getter("microsecond")]
    fn get_microsecond(&self) -> i32 {
        self.us
    }

    #[getter("tzinfo")]
    fn get_tzinfo(&self) -> Option<Object> {
        self.tzinfo.clone()
    }

    #[getter("fold")]
    fn get_fold(&self) -> i32 {
        self.fold
    }

    /// string, format -> new time parsed from a string (like time.strptime()).
    #[py("strptime(string, format, /)", classmethod, notext, tuple)]
    fn strptime(cls: &Ref<Type>, vm: &Vm, string: &Object, format: &Object) -> Result<Object> {
        super::strptime(vm, "_strptime_datetime_time", cls, string, format)
    }

    /// Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    ///
    /// The optional argument timespec specifies the number of additional terms
    /// of the time to include. Valid options are 'auto', 'hours', 'minutes',
    /// 'seconds', 'milliseconds' and 'microseconds'.
    #[py("isoformat(timespec='auto')", notext)]
    fn isoformat(this: &Ref<Self>, vm: &Vm, timespec: String) -> Result<String> {
        let Some(spec) = iso::Spec::find(&timespec, this.us) else {
            bail!(vm, ValueError, "Unknown timespec value");
        };
        let mut out = String::with_capacity(16);
        iso::write_time(&mut out, this.hour, this.minute, this.second, this.us, spec);
        if let Some(offset) = this.offset(vm)? {
            iso::write_offset(&mut out, offset.micros(), ":");
        }
        Ok(out)
    }

    /// format -> strftime() style string.
    #[py("strftime(format)", notext)]
    fn strftime(this: &Ref<Self>, vm: &Vm, format: &Object) -> Result<Object> {
        let Some(format) = format.cast::<Str>() else {
            bail!(vm, TypeError, "strftime() argument 1 must be str, not {}", type_name(format));
        };
        // Python's strftime() wants a date; the year 1900 is as good as any.
        let fields = [1900, 1, 1, this.hour, this.minute, this.second, 0, 1, -1];
        let tuple = Tuple::from_iter_exact(fields.into_iter().map(Object::int32)).into_object();
        zone::strftime(vm, this.as_object(), format, tuple)
    }

    /// Formats self with strftime.
    #[py("__format__(format, /)", notext, tuple)]
    fn format(this: &Ref<Self>, vm: &Vm, format: &Object) -> Result<Object> {
        format_with_strftime(vm, this.as_object(), format)
    }

    /// Return self.tzinfo.utcoffset(self).
    #[py("utcoffset()")]
    fn utcoffset(&self, vm: &Vm) -> Result<Option<Ref<TimeDelta>>> {
        self.offset(vm)
    }

    /// Return self.tzinfo.tzname(self).
    #[py("tzname()")]
    fn tzname(&self, vm: &Vm) -> Result<Object> {
        zone::name(vm, self.tzinfo.as_ref(), &none())
    }

    /// Return self.tzinfo.dst(self).
    #[py("dst()")]
    fn dst(&self, vm: &Vm) -> Result<Option<Ref<TimeDelta>>> {
        zone::ask(vm, self.tzinfo.as_ref(), "dst", &none())
    }

    /// Return time with new specified fields.
    #[py(
        "replace(hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)"
    )]
    fn replace(
        this: &Ref<Self>,
        vm: &Vm,
        hour: Option<i32>,
        minute: Option<i32>,
        second: Option<i32>,
        microsecond: Option<i32>,
        tzinfo: Option<&Object>,
        fold: Option<i32>,
    ) -> Result<Object> {
        let parts = [
            hour.unwrap_or(this.hour),
            minute.unwrap_or(this.minute),
            second.unwrap_or(this.second),
            microsecond.unwrap_or(this.us),
        ];
        let fold = fold.unwrap_or(this.fold);
        calendar::check_time(vm, parts[0], parts[1], parts[2], parts[3], fold)?;
        let tzinfo = match tzinfo {
            None => this.tzinfo.clone(),
            given => zone::check(vm, given)?,
        };
        Self::make(vm, type_of(this.as_object()), parts, tzinfo, fold)
    }

    /// The same as replace().
    #[py(raw, "__replace__(**changes)")]
    fn replaced(vm: &Vm, args: Args<'_>) -> Result<Object> {
        replace_by_name(vm, args)
    }

    /// string -> time from a string in ISO 8601 format
    #[py("fromisoformat(object, /)", classmethod)]
    fn fromisoformat(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        let Some(text) = object.cast::<Str>() else { bail!(vm, TypeError, "fromisoformat: argument must be str") };
        let bytes = ascii(text);
        let bytes = bytes.strip_prefix(b"T").unwrap_or(&bytes);
        let Some(mut read) = iso::time(bytes) else { return Err(invalid_iso(vm, object)) };
        if read.hour == 24 {
            if (read.minute, read.second, read.us) != (0, 0, 0) {
                bail!(vm, ValueError, "minute, second, and microsecond must be 0 when hour is 24");
            }
            read.hour = 0;
        }
        let tzinfo = read_zone(vm, read.offset)?;
        Self::make(vm, cls, [read.hour, read.minute, read.second, read.us], tzinfo, 0)
    }

    /// __reduce_ex__(proto) -> (cls, state)
    #[py("__reduce_ex__(proto, /)", notext, tuple)]
    fn reduce_ex(this: &Ref<Self>, proto: i32) -> (Object, Ref<Tuple>) {
        (type_of(this.as_object()).to_object(), this.state(proto))
    }

    /// __reduce__() -> (cls, state)
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> (Object, Ref<Tuple>) {
        (type_of(this.as_object()).to_object(), this.state(2))
    }
}

/// The zone of an offset that was read.
pub fn read_zone(vm: &Vm, offset: Option<(i32, i32)>) -> Result<Option<Object>> {
    match offset {
        None => Ok(None),
        Some((0, 0)) => zone::utc(vm).map(Some),
        Some((seconds, us)) => {
            let delta = TimeDelta::make(vm, 0, seconds.into(), us.into())?;
            zone::TimeZone::of(vm, delta, None).map(Some)
        }
    }
}
