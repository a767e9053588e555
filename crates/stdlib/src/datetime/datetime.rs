//! `datetime`.

use super::date::{Date, ctime};
use super::delta::TimeDelta;
use super::time::{Time, read_zone, state_zone};
use super::zone::{check, name};
use super::{ascii, bind_fields, calendar, int, invalid_iso, iso, state_bytes, struct_time, zone};
use vm::builtins::str::hash_bytes;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])
///
/// The year, month and day arguments are required. tzinfo may be None, or an
/// instance of a tzinfo subclass. The remaining arguments may be ints.
#[pytype("datetime", base = Date, module = "datetime", flags(BASETYPE))]
pub struct DateTime {
    pub base: Date,
    hour: i32,
    minute: i32,
    second: i32,
    us: i32,
    fold: i32,
    pub tzinfo: Option<Object>,
}

const NAMES: [&str; 9] = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];

/// Year to microsecond.
type Parts = [i32; 7];

impl DateTime {
    fn body([year, month, day, hour, minute, second, us]: Parts, tzinfo: Option<Object>, fold: i32) -> DateTime {
        DateTime { base: Date::body(year, month, day), hour, minute, second, us, fold, tzinfo }
    }

    /// An instance without calling the class, checked.
    pub fn exact(vm: &Vm, cls: &Ref<Type>, parts: Parts, tzinfo: Option<Object>, fold: i32) -> Result<Object> {
        calendar::check_date(vm, parts[0], parts[1], parts[2])?;
        calendar::check_time(vm, parts[3], parts[4], parts[5], parts[6], fold)?;
        Ok(instance::alloc(vm, cls, Self::body(parts, tzinfo, fold))?.into_object())
    }

    /// A datetime, made by the class itself where it is a subclass.
    fn make(vm: &Vm, cls: &Ref<Type>, parts: Parts, tzinfo: Option<Object>, fold: i32) -> Result<Object> {
        if cls.is(DateTime::class()) {
            return Self::exact(vm, cls, parts, tzinfo, fold);
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

    fn parts(&self) -> Parts {
        let (year, month, day) = self.base.ymd();
        [year, month, day, self.hour, self.minute, self.second, self.us]
    }

    fn clock(&self) -> (i32, i32, i32) {
        (self.hour, self.minute, self.second)
    }

    fn bytes(&self, fold: bool) -> [u8; 10] {
        let (year, month, day) = self.base.ymd();
        let flag = if fold && self.fold != 0 { 128 } else { 0 };
        let us = self.us.to_be_bytes();
        [
            (year >> 8) as u8,
            year as u8,
            month as u8 | flag,
            day as u8,
            self.hour as u8,
            self.minute as u8,
            self.second as u8,
            us[1],
            us[2],
            us[3],
        ]
    }

    fn offset(this: &Ref<Self>, vm: &Vm) -> Result<Option<Ref<TimeDelta>>> {
        zone::ask(vm, this.tzinfo.as_ref(), "utcoffset", this.as_object())
    }

    /// Seconds from the day before 0001-01-01, as the clock shows them.
    fn seconds(&self) -> i64 {
        let clock = i64::from((self.hour * 60 + self.minute) * 60 + self.second);
        i64::from(self.base.ordinal()) * 86400 + clock
    }

    /// Days, seconds and microseconds between the clocks.
    fn distance(&self, other: &DateTime) -> (i64, i64) {
        (self.seconds() - other.seconds(), i64::from(self.us) - i64::from(other.us))
    }

    /// `this + sign * delta`, of the same class.
    pub fn moved(this: &Ref<DateTime>, vm: &Vm, delta: &TimeDelta, sign: i64) -> Result<Object> {
        let parts = shifted(vm, this, delta, sign)?;
        Self::make(vm, type_of(this.as_object()), parts, this.tzinfo.clone(), 0)
    }

    /// The zone of the machine when its clock shows this.
    fn local_zone(&self, vm: &Vm) -> Result<Object> {
        let here = calendar::seconds(vm, self.base.ymd(), self.clock())?;
        let utc = calendar::from_local(vm, here, self.fold != 0)?;
        zone::local(vm, utc - calendar::EPOCH)
    }

    /// Whether the offset depends on fold: then it equals nothing in another zone.
    fn is_problematic(this: &Ref<Self>, vm: &Vm, offset: &Option<Ref<TimeDelta>>) -> Result<bool> {
        let flipped = instance::alloc_static(Self::body(this.parts(), this.tzinfo.clone(), 1 - this.fold));
        Ok(!zone::same(&Self::offset(&flipped, vm)?, offset))
    }

    fn state(&self, protocol: i32) -> Ref<Tuple> {
        let bytes = Bytes::new(&self.bytes(protocol > 3)).into_object();
        match &self.tzinfo {
            Some(zone) => Tuple::from_slice(&[bytes, zone.clone()]),
            None => Tuple::from_slice(&[bytes]),
        }
    }

    /// From a POSIX time; `in_zone` for the machine's own zone.
    fn at(vm: &Vm, cls: &Ref<Type>, time: (i64, i64), in_zone: bool, tzinfo: Option<Object>) -> Result<Object> {
        let moment = calendar::moment(vm, time.0, in_zone)?;
        let ((year, month, day), (hour, minute, second)) = (moment.date, moment.time);
        let parts = [year, month, day, hour, minute, second, time.1 as i32];
        let fold = i32::from(moment.fold && tzinfo.is_none());
        Self::make(vm, cls, parts, tzinfo, fold)
    }

    /// As [`DateTime::at`] for a zone, which turns UTC into its own time.
    fn at_in(vm: &Vm, cls: &Ref<Type>, time: (i64, i64), tzinfo: Option<Object>) -> Result<Object> {
        match tzinfo {
            None => Self::at(vm, cls, time, true, None),
            Some(zone) => {
                let utc = Self::at(vm, cls, time, false, Some(zone.clone()))?;
                call::call_method(vm, &zone, &vm.intern("fromutc"), &[utc])
            }
        }
    }
}

/// The parts of `this + sign * delta`; OverflowError outside the years.
fn shifted(vm: &Vm, this: &DateTime, delta: &TimeDelta, sign: i64) -> Result<Parts> {
    let us = i64::from(this.us) + sign * i64::from(delta.us);
    let seconds = i64::from((this.hour * 60 + this.minute) * 60 + this.second)
        + sign * i64::from(delta.seconds)
        + us.div_euclid(1_000_000);
    let days = i64::from(this.base.ordinal()) + sign * i64::from(delta.days) + seconds.div_euclid(86400);
    if !(1..=i64::from(calendar::MAX_ORDINAL)).contains(&days) {
        bail!(vm, OverflowError, "date value out of range");
    }
    let (year, month, day) = calendar::from_ordinal(days as i32);
    let clock = seconds.rem_euclid(86400) as i32;
    Ok([year, month, day, clock / 3600, clock / 60 % 60, clock % 60, us.rem_euclid(1_000_000) as i32])
}

/// The datetime that a state of ten bytes says, if it is one.
fn from_state(vm: &Vm, cls: &Ref<Type>, args: &Args<'_>) -> Result<Option<Object>> {
    let (Some(first), 1 | 2) = (args.positional().first(), args.positional().len()) else { return Ok(None) };
    if let Some(text) = first.cast::<Str>()
        && text.code_points().nth(2).is_none_or(|month| !(1..=12).contains(&(month & 0x7f)))
    {
        return Ok(None);
    }
    let state = state_bytes(vm, first, 10)?.filter(|s| (1..=12).contains(&(s[2] & 0x7f)));
    let Some(s) = state else { return Ok(None) };
    let tzinfo = state_zone(vm, args.positional().get(1))?;
    let year = i32::from(s[0]) << 8 | i32::from(s[1]);
    let us = i32::from_be_bytes([0, s[7], s[8], s[9]]);
    let parts = [year, i32::from(s[2] & 0x7f), s[3].into(), s[4].into(), s[5].into(), s[6].into(), us];
    let body = DateTime::body(parts, tzinfo, i32::from(s[2] >> 7));
    Ok(Some(instance::alloc(vm, cls, body)?.into_object()))
}

/// The system's clock as seconds and microseconds, rounded down.
fn now_parts() -> (i64, i64) {
    let now = host::time::now();
    (now.sec, i64::from(now.nsec as i32) / 1000)
}

#[pymethods]
impl DateTime {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if let Some(made) = from_state(vm, cls, &args)? {
            return Ok(made);
        }
        let given = bind_fields(vm, "function", &NAMES, 3, 8, &args)?;
        let mut parts = [0; 7];
        for (part, value) in parts.iter_mut().zip(given) {
            *part = int(vm, value, 0)?;
        }
        let fold = int(vm, given[8], 0)?;
        calendar::check_date(vm, parts[0], parts[1], parts[2])?;
        calendar::check_time(vm, parts[3], parts[4], parts[5], parts[6], fold)?;
        let tzinfo = check(vm, given[7])?;
        Ok(instance::alloc(vm, cls, Self::body(parts, tzinfo, fold))?.into_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let (year, month, day) = this.base.ymd();
        let mut out =
            format!("{}({year}, {month}, {day}, {}, {}", type_of(this.as_object()).tp_name(), this.hour, this.minute);
        if this.second != 0 || this.us != 0 {
            out.push_str(&format!(", {}", this.second));
        }
        if this.us != 0 {
            out.push_str(&format!(", {}", this.us));
        }
        if this.fold != 0 {
            out.push_str(", fold=1");
        }
        if let Some(zone) = &this.tzinfo {
            out.push_str(&format!(", tzinfo={}", protocol::repr(vm, zone)?.to_string_lossy()));
        }
        out.push(')');
        Ok(out)
    }

    #[slot]
    fn str(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        call::call_method(vm, this.as_object(), &vm.intern("isoformat"), &[Str::new(" ").into_object()])
    }

    #[slot]
    fn hash(this: &Ref<Self>, vm: &Vm) -> Result<i64> {
        if this.base.hash.get() != -1 {
            return Ok(this.base.hash.get());
        }
        // Both times of a fold are equal, so they hash alike.
        let offset = if this.fold != 0 {
            let first = instance::alloc_static(Self::body(this.parts(), this.tzinfo.clone(), 0));
            Self::offset(&first, vm)?
        } else {
            Self::offset(this, vm)?
        };
        let hash = match offset {
            None => hash_bytes(&this.bytes(false)),
            Some(offset) => {
                let clock = TimeDelta::make(vm, 0, this.seconds(), this.us.into())?;
                protocol::hash(vm, clock.minus(vm, &offset)?.as_object())?
            }
        };
        this.base.hash.set(hash);
        Ok(hash)
    }

    #[slot]
    fn richcompare(this: &Ref<Self>, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<DateTime>() else { return not_implemented(vm) };
        let same_zone = match (&this.tzinfo, &other.tzinfo) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        let by_clock = || protocol::holds(op, this.parts().cmp(&other.parts())).object();
        if same_zone {
            return Ok(by_clock());
        }
        let (mine, theirs) = (Self::offset(this, vm)?, Self::offset(other, vm)?);
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        let unequal = || {
            Ok::<bool, Raised>(
                equality && (Self::is_problematic(this, vm, &mine)? || Self::is_problematic(other, vm, &theirs)?),
            )
        };
        if zone::same(&mine, &theirs) {
            if this.parts() == other.parts() && unequal()? {
                return Ok((op == CompareOp::Ne).object());
            }
            return Ok(by_clock());
        }
        match (&mine, &theirs) {
            (Some(a), Some(b)) => {
                let (seconds, us) = this.distance(other);
                let difference = i128::from(seconds) * 1_000_000 + i128::from(us) - a.micros() + b.micros();
                if difference == 0 && unequal()? {
                    return Ok((op == CompareOp::Ne).object());
                }
                Ok(protocol::holds(op, difference.cmp(&0)).object())
            }
            _ if op == CompareOp::Eq => Ok(false.object()),
            _ if op == CompareOp::Ne => Ok(true.object()),
            _ => Err(raise!(vm, TypeError, "can't compare offset-naive and offset-aware datetimes")),
        }
    }

    #[slot]
    fn add(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        match (a.cast::<DateTime>(), b.cast::<TimeDelta>(), a.cast::<TimeDelta>(), b.cast::<DateTime>()) {
            (Some(moment), Some(delta), ..) | (.., Some(delta), Some(moment)) => Self::moved(moment, vm, delta, 1),
            _ => not_implemented(vm),
        }
    }

    #[slot]
    fn sub(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let Some(moment) = a.cast::<DateTime>() else { return not_implemented(vm) };
        if let Some(delta) = b.cast::<TimeDelta>() {
            return Self::moved(moment, vm, delta, -1);
        }
        let Some(other) = b.cast::<DateTime>() else { return not_implemented(vm) };
        let same_zone = match (&moment.tzinfo, &other.tzinfo) {
            (Some(a), Some(b)) => a.is(b),
            (None, None) => true,
            _ => false,
        };
        let (mut seconds, mut us) = moment.distance(other);
        if !same_zone {
            match (Self::offset(moment, vm)?, Self::offset(other, vm)?) {
                (None, None) => {}
                (Some(mine), Some(theirs)) => {
                    seconds -= i64::from(mine.days) * 86400 + i64::from(mine.seconds);
                    seconds += i64::from(theirs.days) * 86400 + i64::from(theirs.seconds);
                    us += i64::from(theirs.us) - i64::from(mine.us);
                }
                _ => bail!(vm, TypeError, "can't subtract offset-naive and offset-aware datetimes"),
            }
        }
        TimeDelta::make(vm, 0, seconds, us).map(Ref::into_object)
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

    /// Returns new datetime object representing current time local to tz.
    ///
    /// If no tz is specified, uses local timezone.
    #[py("now(tz=None)", classmethod)]
    fn now(cls: &Ref<Type>, vm: &Vm, tz: Option<&Object>) -> Result<Object> {
        let tzinfo = check(vm, tz)?;
        Self::at_in(vm, cls, now_parts(), tzinfo)
    }

    /// Return a new datetime representing UTC day and time.
    #[py("utcnow()", classmethod)]
    fn utcnow(cls: &Ref<Type>, vm: &Vm) -> Result<Object> {
        let message = "datetime.datetime.utcnow() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.now(datetime.UTC).";
        vm.warn(&vm::exception::types::DeprecationWarning, message, 1)?;
        Self::at(vm, cls, now_parts(), false, None)
    }

    /// timestamp[, tz] -> tz's local time from POSIX timestamp.
    #[py("fromtimestamp(timestamp, tz=None)", classmethod, notext)]
    fn fromtimestamp(cls: &Ref<Type>, vm: &Vm, timestamp: &Object, tz: Option<&Object>) -> Result<Object> {
        let tzinfo = check(vm, tz)?;
        Self::at_in(vm, cls, zone::timestamp(vm, timestamp)?, tzinfo)
    }

    /// Construct a naive UTC datetime from a POSIX timestamp.
    #[py("utcfromtimestamp(timestamp, /)", classmethod, notext, tuple)]
    fn utcfromtimestamp(cls: &Ref<Type>, vm: &Vm, timestamp: &Object) -> Result<Object> {
        let message = "datetime.datetime.utcfromtimestamp() is deprecated and scheduled for removal in a future version. Use timezone-aware objects to represent datetimes in UTC: datetime.datetime.fromtimestamp(timestamp, datetime.UTC).";
        vm.warn(&vm::exception::types::DeprecationWarning, message, 1)?;
        Self::at(vm, cls, zone::timestamp(vm, timestamp)?, false, None)
    }

    /// string, format -> new datetime parsed from a string (like time.strptime()).
    #[py("strptime(string, format, /)", classmethod, notext, tuple)]
    fn strptime(cls: &Ref<Type>, vm: &Vm, string: &Object, format: &Object) -> Result<Object> {
        super::strptime(vm, "_strptime_datetime_datetime", cls, string, format)
    }

    /// date, time -> datetime with same date and time fields
    #[py("combine(date, time, tzinfo=<unrepresentable>)", classmethod)]
    fn combine(cls: &Ref<Type>, vm: &Vm, date: &Object, time: &Object, tzinfo: Option<&Object>) -> Result<Object> {
        let Some(date) = date.cast::<Date>() else {
            bail!(vm, TypeError, "combine() argument 1 must be datetime.date, not {}", type_name(date));
        };
        let Some(time) = time.cast::<Time>() else {
            bail!(vm, TypeError, "combine() argument 2 must be datetime.time, not {}", type_name(time));
        };
        let tzinfo = match tzinfo {
            None => time.tzinfo.clone(),
            given => check(vm, given)?,
        };
        let ((year, month, day), [hour, minute, second, us]) = (date.ymd(), time.parts());
        Self::make(vm, cls, [year, month, day, hour, minute, second, us], tzinfo, time.fold)
    }

    /// string -> datetime from a string in most ISO 8601 formats
    #[py("fromisoformat(object, /)", classmethod)]
    fn fromisoformat(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        let Some(text) = object.cast::<Str>() else { bail!(vm, TypeError, "fromisoformat: argument must be str") };
        let bytes = ascii(text);
        if bytes.len() < 7 {
            return Err(invalid_iso(vm, object));
        }
        let at = iso::separator(&bytes);
        let date = bytes.get(..at).or((at != usize::MAX).then_some(&bytes[..])).and_then(iso::date);
        let Some((mut year, mut month, mut day)) = date else { return Err(invalid_iso(vm, object)) };
        let mut read = iso::ReadTime::default();
        if bytes.len() > at {
            match bytes.get(at + 1..).and_then(iso::time) {
                Some(time) => read = time,
                None => return Err(invalid_iso(vm, object)),
            }
        }
        let tzinfo = read_zone(vm, read.offset)?;
        if read.hour == 24 && (1..=12).contains(&month) {
            if (read.minute, read.second, read.us) != (0, 0, 0) {
                bail!(vm, ValueError, "minute, second, and microsecond must be 0 when hour is 24");
            }
            let most = calendar::days_in_month(year, month);
            if day <= most {
                read.hour = 0;
                day += 1;
                if day > most {
                    (month, day) = (month + 1, 1);
                }
                if month > 12 {
                    (year, month) = (year + 1, 1);
                }
            }
        }
        Self::make(vm, cls, [year, month, day, read.hour, read.minute, read.second, read.us], tzinfo, 0)
    }

    /// Return date object with same year, month and day.
    #[py("date()")]
    fn date(&self, vm: &Vm) -> Result<Object> {
        let (year, month, day) = self.base.ymd();
        Date::make(vm, Date::class(), year, month, day)
    }

    /// Return time object with same time but with tzinfo=None.
    #[py("time()")]
    fn time(&self, vm: &Vm) -> Result<Object> {
        Time::exact(vm, [self.hour, self.minute, self.second, self.us], None, self.fold)
    }

    /// Return time object with same time and tzinfo.
    #[py("timetz()")]
    fn timetz(&self, vm: &Vm) -> Result<Object> {
        Time::exact(vm, [self.hour, self.minute, self.second, self.us], self.tzinfo.clone(), self.fold)
    }

    /// Return ctime() style string.
    #[py("ctime()")]
    fn ctime(&self) -> String {
        ctime(self.base.ymd(), self.clock())
    }

    /// Return time tuple, compatible with time.localtime().
    #[py("timetuple()")]
    fn timetuple(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let dst = match zone::ask(vm, this.tzinfo.as_ref(), "dst", this.as_object())? {
            None => -1,
            Some(dst) => i32::from(!dst.is_zero()),
        };
        struct_time(vm, this.base.ymd(), this.clock(), dst)
    }

    /// Return UTC time tuple, compatible with time.localtime().
    #[py("utctimetuple()")]
    fn utctimetuple(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let [year, month, day, hour, minute, second, _] = match Self::offset(this, vm)? {
            None => this.parts(),
            Some(offset) => shifted(vm, this, &offset, -1)?,
        };
        struct_time(vm, (year, month, day), (hour, minute, second), 0)
    }

    /// Return POSIX timestamp as float.
    #[py("timestamp()")]
    fn timestamp(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.tzinfo.is_some()
            && let Some(offset) = Self::offset(this, vm)?
        {
            let since = TimeDelta::make(vm, 0, this.seconds() - calendar::EPOCH, this.us.into())?;
            return since.minus(vm, &offset)?.total(vm);
        }
        let here = calendar::seconds(vm, this.base.ymd(), this.clock())?;
        let utc = calendar::from_local(vm, here, this.fold != 0)?;
        Ok(Float::from_f64((utc - calendar::EPOCH) as f64 + f64::from(this.us) / 1e6))
    }

    /// Return self.tzinfo.utcoffset(self).
    #[py("utcoffset()")]
    fn utcoffset(this: &Ref<Self>, vm: &Vm) -> Result<Option<Ref<TimeDelta>>> {
        Self::offset(this, vm)
    }

    /// Return self.tzinfo.tzname(self).
    #[py("tzname()")]
    fn tzname(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        name(vm, this.tzinfo.as_ref(), this.as_object())
    }

    /// Return self.tzinfo.dst(self).
    #[py("dst()")]
    fn dst(this: &Ref<Self>, vm: &Vm) -> Result<Option<Ref<TimeDelta>>> {
        zone::ask(vm, this.tzinfo.as_ref(), "dst", this.as_object())
    }

    /// [sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM].
    ///
    /// sep is used to separate the year from the time, and defaults to 'T'.
    /// The optional argument timespec specifies the number of additional terms
    /// of the time to include. Valid options are 'auto', 'hours', 'minutes',
    /// 'seconds', 'milliseconds' and 'microseconds'.
    #[py("isoformat(sep='T', timespec='auto')", notext)]
    fn isoformat(this: &Ref<Self>, vm: &Vm, sep: Option<&Object>, timespec: String) -> Result<Object> {
        let mut out = String::with_capacity(32);
        iso::write_date(&mut out, this.base.ymd());
        let sep = match sep {
            None => u32::from('T'),
            Some(sep) => match sep.cast::<Str>() {
                None => {
                    bail!(vm, TypeError, "isoformat() argument 1 must be a unicode character, not {}", type_name(sep))
                }
                Some(text) if text.len() != 1 => bail!(
                    vm,
                    TypeError,
                    "isoformat() argument 1 must be a unicode character, not a string of length {}",
                    text.len()
                ),
                Some(text) => text.code_points().next().unwrap_or(0),
            },
        };
        let Some(spec) = iso::Spec::find(&timespec, this.us) else {
            bail!(vm, ValueError, "Unknown timespec value");
        };
        let date_len = out.len();
        out.push(char::from_u32(sep).unwrap_or('T'));
        iso::write_time(&mut out, this.hour, this.minute, this.second, this.us, spec);
        if let Some(offset) = Self::offset(this, vm)? {
            iso::write_offset(&mut out, offset.micros(), ":");
        }
        if char::from_u32(sep).is_some() {
            return Ok(Str::new(&out).into_object());
        }
        // A surrogate between the two.
        let date = Str::new(&out[..date_len]);
        let time = Str::new(&out[date_len + 1..]);
        let front = Str::join_two(vm, &date, &*Str::from_code(vm, sep)?)?;
        Str::join_two(vm, &front, &time).map(Ref::into_object)
    }

    /// tz -> convert to local time in new timezone tz
    #[py("astimezone(tz=None)", notext)]
    fn astimezone(this: &Ref<Self>, vm: &Vm, tz: Option<&Object>) -> Result<Object> {
        let target = check(vm, tz)?;
        let own = match &this.tzinfo {
            Some(zone) => zone.clone(),
            None => this.local_zone(vm)?,
        };
        if target.as_ref().is_some_and(|target| target.is(&own)) {
            return Ok(this.to_object());
        }
        let offset = match zone::ask(vm, Some(&own), "utcoffset", this.as_object())? {
            Some(offset) => offset,
            None => {
                // A zone that knows no offset counts as none.
                let local = this.local_zone(vm)?;
                match zone::ask(vm, Some(&local), "utcoffset", this.as_object())? {
                    Some(offset) => offset,
                    None => bail!(vm, ValueError, "the local zone has no offset"),
                }
            }
        };
        let parts = shifted(vm, this, &offset, -1)?;
        let class = type_of(this.as_object());
        let target = match target {
            Some(target) => target,
            None => {
                let clock = (parts[3], parts[4], parts[5]);
                let seconds = calendar::seconds(vm, (parts[0], parts[1], parts[2]), clock)?;
                zone::local(vm, seconds - calendar::EPOCH)?
            }
        };
        let utc = Self::make(vm, class, parts, Some(target.clone()), 0)?;
        call::call_method(vm, &target, &vm.intern("fromutc"), &[utc])
    }

    /// Return datetime with new specified fields.
    #[py(
        "replace(year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)"
    )]
    fn replace(
        this: &Ref<Self>,
        vm: &Vm,
        year: Option<i32>,
        month: Option<i32>,
        day: Option<i32>,
        hour: Option<i32>,
        minute: Option<i32>,
        second: Option<i32>,
        microsecond: Option<i32>,
        tzinfo: Option<&Object>,
        fold: Option<i32>,
    ) -> Result<Object> {
        let mut parts = this.parts();
        for (part, new) in parts.iter_mut().zip([year, month, day, hour, minute, second, microsecond]) {
            *part = new.unwrap_or(*part);
        }
        let fold = fold.unwrap_or(this.fold);
        let tzinfo = match tzinfo {
            None => this.tzinfo.clone(),
            given => check(vm, given)?,
        };
        calendar::check_date(vm, parts[0], parts[1], parts[2])?;
        calendar::check_time(vm, parts[3], parts[4], parts[5], parts[6], fold)?;
        Self::make(vm, type_of(this.as_object()), parts, tzinfo, fold)
    }

    /// The same as replace().
    #[py(raw, "__replace__(**changes)")]
    fn replaced(vm: &Vm, args: Args<'_>) -> Result<Object> {
        super::date::replace_by_name(vm, args)
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
