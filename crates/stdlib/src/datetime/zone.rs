//! `tzinfo`, `timezone`, and what times ask of their zones.

use super::datetime::DateTime;
use super::delta::TimeDelta;
use super::iso;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

/// Abstract base class for time zone info objects.
#[pytype("tzinfo", module = "datetime", flags(BASETYPE))]
pub struct TzInfo {
    pub head: Head,
}

/// Fixed offset from UTC implementation of tzinfo.
#[pytype("timezone", base = TzInfo, module = "datetime")]
pub struct TimeZone {
    pub base: TzInfo,
    pub offset: Ref<TimeDelta>,
    name: Option<Ref<Str>>,
}

/// `None` or a tzinfo.
pub fn check(vm: &Vm, zone: Option<&Object>) -> Result<Option<Object>> {
    match zone.filter(|z| !z.is(&none())) {
        None => Ok(None),
        Some(zone) if zone.cast::<TzInfo>().is_some() => Ok(Some(zone.clone())),
        Some(zone) => Err(raise!(
            vm,
            TypeError,
            "tzinfo argument must be None or of a tzinfo subclass, not type '{}'",
            type_name(zone)
        )),
    }
}

fn out_of_range(vm: &Vm) -> Raised {
    raise!(vm, ValueError, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).")
}

fn in_range(delta: &TimeDelta) -> bool {
    !(delta.days == -1 && delta.seconds == 0 && delta.us < 1 || delta.days < -1 || delta.days >= 1)
}

/// `zone.utcoffset(of)` or `zone.dst(of)`, checked.
pub fn ask(vm: &Vm, zone: Option<&Object>, name: &str, of: &Object) -> Result<Option<Ref<TimeDelta>>> {
    let Some(zone) = zone else { return Ok(None) };
    if let Some(fixed) = zone.cast_exact::<TimeZone>() {
        return Ok((name == "utcoffset").then(|| fixed.offset.clone()));
    }
    let answer = call::call_method(vm, zone, &vm.intern(name), std::slice::from_ref(of))?;
    if answer.is(&none()) {
        return Ok(None);
    }
    let Some(delta) = answer.cast::<TimeDelta>() else {
        bail!(vm, TypeError, "tzinfo.{name}() must return None or a timedelta, not '{}'", type_name(&answer));
    };
    if !in_range(delta) {
        return Err(out_of_range(vm));
    }
    Ok(Some(delta.clone()))
}

/// `zone.tzname(of)`, checked.
pub fn name(vm: &Vm, zone: Option<&Object>, of: &Object) -> Result<Object> {
    let Some(zone) = zone else { return Ok(none()) };
    if let Some(fixed) = zone.cast_exact::<TimeZone>() {
        return Ok(fixed.text().into_object());
    }
    let answer = call::call_method(vm, zone, &vm.intern("tzname"), std::slice::from_ref(of))?;
    if answer.is(&none()) || answer.cast::<Str>().is_some() {
        return Ok(answer);
    }
    Err(raise!(vm, TypeError, "tzinfo.tzname() must return None or a string, not '{}'", type_name(&answer)))
}

/// `timezone.utc`.
pub fn utc(vm: &Vm) -> Result<Object> {
    attr::getattr(vm, TimeZone::class().as_object(), &vm.intern("utc"))
}

impl TimeZone {
    /// A zone without looking at whether it is UTC.
    pub fn make(offset: Ref<TimeDelta>, name: Option<Ref<Str>>) -> Ref<TimeZone> {
        instance::alloc_static(TimeZone { base: TzInfo { head: Head::new() }, offset, name })
    }

    /// A zone: UTC itself for no offset and no name.
    pub fn of(vm: &Vm, offset: Ref<TimeDelta>, name: Option<Ref<Str>>) -> Result<Object> {
        if name.is_none() && offset.is_zero() {
            return utc(vm);
        }
        if !in_range(&offset) {
            bail!(
                vm,
                ValueError,
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}",
                protocol::repr(vm, offset.as_object())?
            );
        }
        Ok(Self::make(offset, name).into_object())
    }

    fn text(&self) -> Ref<Str> {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let mut out = String::from("UTC");
        if !self.offset.is_zero() {
            iso::write_offset(&mut out, self.offset.micros(), ":");
        }
        Str::new(&out)
    }
}

fn not_there(vm: &Vm, name: &str) -> Raised {
    raise!(vm, NotImplementedError, "a tzinfo subclass must implement {name}()")
}

/// The datetime that `fromutc` of this zone was given.
fn in_zone<'a>(vm: &Vm, this: &Object, object: &'a Object) -> Result<&'a Ref<DateTime>> {
    let Some(moment) = object.cast::<DateTime>() else {
        bail!(vm, TypeError, "fromutc: argument must be a datetime");
    };
    if moment.tzinfo.as_ref().is_none_or(|zone| !zone.is(this)) {
        bail!(vm, ValueError, "fromutc: dt.tzinfo is not self");
    }
    Ok(moment)
}

#[pymethods]
impl TzInfo {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, TzInfo { head: Head::new() })?.into_object())
    }

    #[slot]
    fn init(&self, args: Args<'_>) -> Result<()> {
        let _ = args;
        Ok(())
    }

    /// datetime -> string name of time zone.
    #[py("tzname(object, /)")]
    fn tzname(&self, vm: &Vm, object: &Object) -> Result<()> {
        let _ = object;
        Err(not_there(vm, "tzname"))
    }

    /// datetime -> timedelta showing offset from UTC, negative values indicating West of UTC
    #[py("utcoffset(object, /)")]
    fn utcoffset(&self, vm: &Vm, object: &Object) -> Result<()> {
        let _ = object;
        Err(not_there(vm, "utcoffset"))
    }

    /// datetime -> DST offset as timedelta positive east of UTC.
    #[py("dst(object, /)")]
    fn dst(&self, vm: &Vm, object: &Object) -> Result<()> {
        let _ = object;
        Err(not_there(vm, "dst"))
    }

    /// datetime in UTC -> datetime in local time.
    #[py("fromutc(object, /)")]
    fn fromutc(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        let moment = in_zone(vm, this.as_object(), object)?;
        let Some(offset) = ask(vm, moment.tzinfo.as_ref(), "utcoffset", object)? else {
            bail!(vm, ValueError, "fromutc: non-None utcoffset() result required");
        };
        let Some(dst) = ask(vm, moment.tzinfo.as_ref(), "dst", object)? else {
            bail!(vm, ValueError, "fromutc: non-None dst() result required");
        };
        let standard = offset.minus(vm, &dst)?;
        let result = DateTime::moved(moment, vm, &standard, 1)?;
        let zone = result.cast::<DateTime>().and_then(|r| r.tzinfo.clone());
        let Some(dst) = ask(vm, zone.as_ref(), "dst", &result)? else {
            bail!(vm, ValueError, "fromutc: tz.dst() gave inconsistent results; cannot convert");
        };
        match result.cast::<DateTime>() {
            Some(moment) if !dst.is_zero() => DateTime::moved(moment, vm, &dst, 1),
            _ => Ok(result),
        }
    }

    /// -> (cls, state)
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let object = this.as_object();
        let args = match attr::getattr_opt(vm, object, &vm.intern("__getinitargs__"))? {
            Some(method) => call::call(vm, &method, &[])?,
            None => Tuple::empty().into_object(),
        };
        let state = call::call_method(vm, object, vm.names().__getstate__(), &[])?;
        Ok(Tuple::from_slice(&[type_of(object).to_object(), args, state]).into_object())
    }
}

/// The argument of a fixed zone's methods: a datetime or None.
fn checked(vm: &Vm, what: &str, object: &Object) -> Result<()> {
    if object.is(&none()) || object.cast::<DateTime>().is_some() {
        return Ok(());
    }
    Err(raise!(vm, TypeError, "{what}(dt) argument must be a datetime instance or None, not {}", type_name(object)))
}

#[pymethods]
impl TimeZone {
    #[slot("(offset, name=<unrepresentable>)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, offset: &Object, name: Option<&Object>) -> Result<Object> {
        let _ = cls;
        let Some(offset) = offset.cast::<TimeDelta>() else {
            bail!(vm, TypeError, "timezone() argument 1 must be datetime.timedelta, not {}", type_name(offset));
        };
        let name = match name {
            None => None,
            Some(name) => match name.cast::<Str>() {
                Some(text) => Some(text.clone()),
                None => bail!(vm, TypeError, "timezone() argument 2 must be str, not {}", type_name(name)),
            },
        };
        TimeZone::of(vm, offset.clone(), name)
    }

    #[slot]
    fn init(&self, args: Args<'_>) -> Result<()> {
        let _ = args;
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).tp_name();
        if this.as_object().is(&utc(vm)?) {
            return Ok(format!("{name}.utc"));
        }
        let offset = protocol::repr(vm, this.offset.as_object())?;
        Ok(match &this.name {
            Some(text) => format!("{name}({offset}, {})", protocol::repr(vm, text.as_object())?.to_string_lossy()),
            None => format!("{name}({offset})"),
        })
    }

    #[slot]
    fn str(&self) -> Ref<Str> {
        self.text()
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        protocol::hash(vm, self.offset.as_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<TimeZone>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        Ok(((self.offset.parts() == other.offset.parts()) == (op == CompareOp::Eq)).object())
    }

    /// If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'.
    #[py("tzname(object, /)")]
    fn tzname(&self, vm: &Vm, object: &Object) -> Result<Ref<Str>> {
        checked(vm, "tzname", object)?;
        Ok(self.text())
    }

    /// Return fixed offset.
    #[py("utcoffset(object, /)")]
    fn utcoffset(&self, vm: &Vm, object: &Object) -> Result<Ref<TimeDelta>> {
        checked(vm, "utcoffset", object)?;
        Ok(self.offset.clone())
    }

    /// Return None.
    #[py("dst(object, /)")]
    fn dst(&self, vm: &Vm, object: &Object) -> Result<()> {
        checked(vm, "dst", object)
    }

    /// datetime in UTC -> datetime in local time.
    #[py("fromutc(object, /)")]
    fn fromutc(this: &Ref<Self>, vm: &Vm, object: &Object) -> Result<Object> {
        DateTime::moved(in_zone(vm, this.as_object(), object)?, vm, &this.offset, 1)
    }

    /// pickle support
    #[py("__getinitargs__()")]
    fn getinitargs(&self) -> Ref<Tuple> {
        match &self.name {
            Some(name) => Tuple::from_slice(&[self.offset.to_object(), name.to_object()]),
            None => Tuple::from_slice(&[self.offset.to_object()]),
        }
    }
}

/// The machine's zone at a POSIX time.
pub fn local(vm: &Vm, timestamp: i64) -> Result<Object> {
    let broken = host::time::local(timestamp).map_err(|error| vm::exception::os_error(vm, &error, None))?;
    let name = String::from_utf8_lossy(&broken.zone).into_owned();
    let offset = TimeDelta::make(vm, 0, broken.gmtoff, 0)?;
    TimeZone::of(vm, offset, Some(Str::new(&name)))
}

/// Whether two offsets are the same.
pub fn same(a: &Option<Ref<TimeDelta>>, b: &Option<Ref<TimeDelta>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.parts() == b.parts(),
        _ => false,
    }
}

/// A POSIX time as seconds and microseconds, halves to even.
pub fn timestamp(vm: &Vm, object: &Object) -> Result<(i64, i64)> {
    let out_of_range = || raise!(vm, OverflowError, "timestamp out of range for platform time_t");
    let Some(value) = Float::value_of(object) else {
        let index = number::index(vm, object)?;
        return match Int::to_i64(&index) {
            Some(seconds) => Ok((seconds, 0)),
            None => Err(out_of_range()),
        };
    };
    if value.is_nan() {
        bail!(vm, ValueError, "Invalid value NaN (not a number)");
    }
    let mut seconds = value.trunc();
    let scaled = (value - seconds) * 1e6;
    let mut us = scaled.round_ties_even();
    if us >= 1e6 {
        us -= 1e6;
        seconds += 1.0;
    } else if us < 0.0 {
        us += 1e6;
        seconds -= 1.0;
    }
    if !(-9.223_372_036_854_775e18..9.223_372_036_854_775e18).contains(&seconds) {
        return Err(out_of_range());
    }
    Ok((seconds as i64, us as i64))
}

/// `%z`, `%:z`, `%Z`, `%f` and short years done here; the rest by `time.strftime`.
pub fn strftime(vm: &Vm, object: &Object, format: &Ref<Str>, tuple: Object) -> Result<Object> {
    let mut out = text::TextBuilder::new();
    let codes: Vec<u32> = format.code_points().collect();
    let time = vm::import::import_module(vm, "time")?;
    let strftime = attr::getattr(vm, &time, &vm.intern("strftime"))?;
    let year = protocol::getitem(vm, &tuple, &Object::int32(0))?.as_small_int().unwrap_or(1900);
    let memory = |done: Result<(), text::OutOfMemory>| vm.memory(done.map_err(|_| vm::heap::OutOfMemory));
    let push_all = |out: &mut text::TextBuilder, text: &str| -> Result<()> {
        text.chars().try_for_each(|c| memory(out.push(c as u32)))
    };
    // A date has no time zone.
    let ask_zone = |method: &str| match attr::getattr_opt(vm, object, vm.names().tzinfo())? {
        Some(_) => call::call_method(vm, object, &vm.intern(method), &[]),
        None => Ok(none()),
    };
    let offset = |between: &str| -> Result<String> {
        let mut text = String::new();
        let answer = ask_zone("utcoffset")?;
        if let Some(delta) = answer.cast::<TimeDelta>() {
            iso::write_offset(&mut text, delta.micros(), between);
        } else if !answer.is(&none()) {
            bail!(vm, TypeError, "tzinfo.utcoffset() must return None or a timedelta, not '{}'", type_name(&answer));
        }
        Ok(text)
    };
    let mut at = 0;
    while at < codes.len() {
        let code = codes[at];
        at += 1;
        if code != u32::from('%') || at >= codes.len() {
            memory(out.push(code))?;
            continue;
        }
        let next = char::from_u32(codes[at]).unwrap_or(' ');
        at += 1;
        match next {
            'z' => push_all(&mut out, &offset("")?)?,
            ':' if codes.get(at) == Some(&u32::from('z')) => {
                at += 1;
                push_all(&mut out, &offset(":")?)?;
            }
            'Z' => {
                let name = ask_zone("tzname")?;
                if let Some(name) = name.cast::<Str>() {
                    // Its percent signs mean themselves; a text of another class doubles them itself.
                    if !name.is_exact_str() {
                        let args = [Str::new("%").into_object(), Str::new("%%").into_object()];
                        let doubled = call::call_method(vm, name.as_object(), vm.names().replace(), &args)?;
                        let Some(doubled) = doubled.cast::<Str>() else {
                            bail!(vm, TypeError, "tzinfo.tzname().replace() did not return a string");
                        };
                        for code in doubled.code_points() {
                            memory(out.push(code))?;
                        }
                        continue;
                    }
                    for code in name.code_points() {
                        memory(out.push(code))?;
                        if code == u32::from('%') {
                            memory(out.push(code))?;
                        }
                    }
                } else if !name.is(&none()) {
                    bail!(vm, TypeError, "tzinfo.tzname() must return None or a string, not '{}'", type_name(&name));
                }
            }
            'f' => {
                let us = attr::getattr_opt(vm, object, &vm.intern("microsecond"))?;
                let us = us.and_then(|us| us.as_small_int()).unwrap_or(0);
                push_all(&mut out, &format!("{us:06}"))?;
            }
            'Y' | 'C' | 'F' if year < 1000 => {
                push_all(
                    &mut out,
                    &match next {
                        'Y' => format!("{year:04}"),
                        'C' => format!("{:02}", year / 100),
                        _ => format!("{year:04}-%m-%d"),
                    },
                )?;
            }
            'G' if year < 1000 => {
                let text = call::call(vm, &strftime, &[Str::new("%G").into_object(), tuple.clone()])?;
                let text = protocol::str(vm, &text)?.to_string_lossy();
                push_all(&mut out, &format!("{text:0>4}"))?;
            }
            _ => {
                memory(out.push(u32::from('%')))?;
                memory(out.push(codes[at - 1]))?;
            }
        }
    }
    let format = Str::from_buf(vm, out.finish())?.into_object();
    call::call(vm, &strftime, &[format, tuple])
}
