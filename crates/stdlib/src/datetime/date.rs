//! `date`.

use super::calendar::{self, IsoTrouble};
use super::datetime::DateTime;
use super::delta::TimeDelta;
use super::{ascii, bind_fields, int, invalid_iso, iso, state_bytes, struct_time, zone};
use std::cell::Cell;
use vm::builtins::str::hash_bytes;
use vm::builtins::structseq::{Field as Sequence, StructSeq};
use vm::native::MethodDescr;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// date(year, month, day) --> date object
#[pytype("date", module = "datetime", flags(BASETYPE))]
pub struct Date {
    pub head: Head,
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hash: Cell<i64>,
}

/// The result of date.isocalendar() or datetime.isocalendar(): a tuple of year, week and weekday with names.
static ISO_CALENDAR_DATE: Sequence = Sequence {
    name: "IsoCalendarDate",
    module: "datetime",
    doc: "The result of date.isocalendar() or datetime.isocalendar(): year, week and weekday.",
    fields: &[("year", ""), ("week", ""), ("weekday", "")],
    visible: 3,
    constructible: true,
};

/// Carries the methods that differ from other named tuples'.
#[pytype("IsoCalendarDate", module = "datetime", doc = "")]
pub struct IsoMethods {
    pub head: Head,
}

#[pymethods]
impl IsoMethods {
    /// __reduce__() -> (cls, state)
    #[py(raw, "__reduce__()")]
    fn reduce(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(this) = args.items.first().and_then(|t| t.cast::<Tuple>()) else {
            bail!(vm, TypeError, "unbound method IsoCalendarDate.__reduce__() needs an argument");
        };
        let plain = Tuple::from_slice(this.items()).into_object();
        let state = Tuple::from_slice(&[plain]).into_object();
        Ok(Tuple::from_slice(&[Tuple::class().to_object(), state]).into_object())
    }
}

fn iso_class(vm: &Vm) -> Result<Ref<Type>> {
    let class = StructSeq::class(vm, &ISO_CALENDAR_DATE)?;
    let dict = class.own_dict();
    let ours = IsoMethods::METHODS.first();
    if let Some(method) = ours
        && dict.get_str(vm, "n_fields").is_some()
    {
        dict.set_str(vm, "__reduce__", MethodDescr::make(vm, &class, method))?;
        for name in ["n_fields", "n_sequence_fields", "n_unnamed_fields", "__match_args__", "__replace__"] {
            dict.remove(vm, Str::new(name).as_object())?;
        }
    }
    Ok(class)
}

impl Date {
    pub fn ymd(&self) -> (i32, i32, i32) {
        (self.year, self.month, self.day)
    }

    pub fn body(year: i32, month: i32, day: i32) -> Date {
        Date { head: Head::new(), year, month, day, hash: Cell::new(-1) }
    }

    /// A date, checked: made by the class itself where it is a subclass.
    pub fn make(vm: &Vm, cls: &Ref<Type>, year: i32, month: i32, day: i32) -> Result<Object> {
        if !cls.is(Date::class()) {
            let args = [Object::int32(year), Object::int32(month), Object::int32(day)];
            return call::call(vm, cls.as_object(), &args);
        }
        calendar::check_date(vm, year, month, day)?;
        Ok(instance::alloc_static(Self::body(year, month, day)).into_object())
    }

    pub fn ordinal(&self) -> i32 {
        calendar::ordinal(self.year, self.month, self.day)
    }

    fn moved(this: &Ref<Date>, vm: &Vm, days: i64) -> Result<Object> {
        let ordinal = i64::from(this.ordinal()) + days;
        if !(1..=i64::from(calendar::MAX_ORDINAL)).contains(&ordinal) {
            bail!(vm, OverflowError, "date value out of range");
        }
        let (year, month, day) = calendar::from_ordinal(ordinal as i32);
        Date::make(vm, type_of(this.as_object()), year, month, day)
    }

    fn bytes(&self) -> [u8; 4] {
        [(self.year >> 8) as u8, self.year as u8, self.month as u8, self.day as u8]
    }
}

fn is_datetime(object: &Object) -> bool {
    object.cast::<DateTime>().is_some()
}

#[pymethods]
impl Date {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.items.len() == 1
            && args.keyword_count() == 0
            && let Some(state) = state_bytes_of_date(vm, &args.items[0])?
        {
            let year = i32::from(state[0]) << 8 | i32::from(state[1]);
            let body = Self::body(year, state[2].into(), state[3].into());
            return Ok(instance::alloc(vm, cls, body)?.into_object());
        }
        let given = bind_fields(vm, "function", &["year", "month", "day"], 3, 3, &args)?;
        let (year, month, day) = (int(vm, given[0], 0)?, int(vm, given[1], 0)?, int(vm, given[2], 0)?);
        calendar::check_date(vm, year, month, day)?;
        Ok(instance::alloc(vm, cls, Self::body(year, month, day))?.into_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        format!("{}({}, {}, {})", type_of(this.as_object()).tp_name(), this.year, this.month, this.day)
    }

    #[slot]
    fn str(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        call::call_method(vm, this.as_object(), &vm.intern("isoformat"), &[])
    }

    #[slot]
    fn hash(&self) -> i64 {
        if self.hash.get() == -1 {
            self.hash.set(hash_bytes(&self.bytes()));
        }
        self.hash.get()
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        match other.cast::<Date>().filter(|_| !is_datetime(other)) {
            Some(other) => Ok(protocol::holds(op, self.ymd().cmp(&other.ymd())).object()),
            None => not_implemented(vm),
        }
    }

    #[slot]
    fn add(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        if is_datetime(a) || is_datetime(b) {
            return not_implemented(vm);
        }
        match (a.cast::<Date>(), b.cast::<TimeDelta>(), a.cast::<TimeDelta>(), b.cast::<Date>()) {
            (Some(date), Some(delta), ..) | (.., Some(delta), Some(date)) => {
                Self::moved(date, vm, i64::from(delta.days))
            }
            _ => not_implemented(vm),
        }
    }

    #[slot]
    fn sub(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        if is_datetime(a) || is_datetime(b) {
            return not_implemented(vm);
        }
        let Some(date) = a.cast::<Date>() else { return not_implemented(vm) };
        if let Some(other) = b.cast::<Date>() {
            let days = i64::from(date.ordinal()) - i64::from(other.ordinal());
            return TimeDelta::make(vm, days, 0, 0).map(Ref::into_object);
        }
        match b.cast::<TimeDelta>() {
            Some(delta) => Self::moved(date, vm, -i64::from(delta.days)),
            None => not_implemented(vm),
        }
    }

    #[getter("year")]
    fn get_year(&self) -> i32 {
        self.year
    }

    #[getter("month")]
    fn get_month(&self) -> i32 {
        self.month
    }

    #[getter("day")]
    fn get_day(&self) -> i32 {
        self.day
    }

    /// Current date or datetime:  same as self.__class__.fromtimestamp(time.time()).
    #[py("today()", classmethod)]
    fn today(cls: &Ref<Type>, vm: &Vm) -> Result<Object> {
        let module = vm::import::import_module(vm, "time")?;
        let now = call::call_method(vm, &module, &vm.intern("time"), &[])?;
        call::call_method(vm, cls.as_object(), &vm.intern("fromtimestamp"), &[now])
    }

    /// Create a date from a POSIX timestamp.
    ///
    /// The timestamp is a number, e.g. created via time.time(), that is interpreted as local time.
    #[py("fromtimestamp(timestamp, /)", classmethod)]
    fn fromtimestamp(cls: &Ref<Type>, vm: &Vm, timestamp: &Object) -> Result<Object> {
        // The date needs whole seconds, rounded down.
        let seconds = match Float::value_of(timestamp) {
            Some(value) if value.is_nan() => bail!(vm, ValueError, "Invalid value NaN (not a number)"),
            Some(value) if !(-9.2e18..9.2e18).contains(&value) => {
                bail!(vm, OverflowError, "timestamp out of range for platform time_t")
            }
            Some(value) => value.floor() as i64,
            None => zone::timestamp(vm, timestamp)?.0,
        };
        let moment = calendar::moment(vm, seconds, true)?;
        Date::make(vm, cls, moment.date.0, moment.date.1, moment.date.2)
    }

    /// int -> date corresponding to a proleptic Gregorian ordinal.
    #[py("fromordinal(ordinal, /)", classmethod, notext, tuple)]
    fn fromordinal(cls: &Ref<Type>, vm: &Vm, ordinal: &Object) -> Result<Object> {
        let ordinal = int(vm, Some(ordinal), 0)?;
        if ordinal < 1 {
            bail!(vm, ValueError, "ordinal must be >= 1");
        }
        let (year, month, day) = calendar::from_ordinal(ordinal);
        Date::make(vm, cls, year, month, day)
    }

    /// str -> Construct a date from a string in ISO 8601 format.
    #[py("fromisoformat(object, /)", classmethod)]
    fn fromisoformat(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        let Some(text) = object.cast::<Str>() else { bail!(vm, TypeError, "fromisoformat: argument must be str") };
        let read = if matches!(text.len(), 7 | 8 | 10) { iso::date(&ascii(text)) } else { None };
        let Some((year, month, day)) = read else { return Err(invalid_iso(vm, object)) };
        Date::make(vm, cls, year, month, day)
    }

    /// int, int, int -> Construct a date from the ISO year, week number and weekday.
    ///
    /// This is the inverse of the function date.isocalendar()
    #[py("fromisocalendar(year, week, day)", classmethod, notext)]
    fn fromisocalendar(cls: &Ref<Type>, vm: &Vm, year: &Object, week: &Object, day: &Object) -> Result<Object> {
        let mut parts = [0; 3];
        for (part, value) in parts.iter_mut().zip([year, week, day]) {
            *part = match int(vm, Some(value), 0) {
                Err(_) if vm.raised_is(&vm::exception::types::OverflowError) => {
                    vm.clear_raised();
                    bail!(vm, ValueError, "ISO calendar component out of range");
                }
                other => other?,
            };
        }
        let [year, week, day] = parts;
        match calendar::from_iso(year, week, day) {
            Ok((year, month, day)) => Date::make(vm, cls, year, month, day),
            Err(IsoTrouble::Year) => Err(raise!(
                vm,
                ValueError,
                "year must be in {}..{}, not {year}",
                calendar::MIN_YEAR,
                calendar::MAX_YEAR
            )),
            Err(IsoTrouble::Week) => Err(raise!(vm, ValueError, "Invalid week: {week}")),
            Err(IsoTrouble::Weekday) => Err(raise!(vm, ValueError, "Invalid weekday: {day} (range is [1, 7])")),
        }
    }

    /// string, format -> new date parsed from a string (like time.strptime()).
    #[py("strptime(string, format, /)", classmethod, notext, tuple)]
    fn strptime(cls: &Ref<Type>, vm: &Vm, string: &Object, format: &Object) -> Result<Object> {
        super::strptime(vm, "_strptime_datetime_date", cls, string, format)
    }

    /// Return ctime() style string.
    #[py("ctime()")]
    fn ctime(&self) -> String {
        ctime(self.ymd(), (0, 0, 0))
    }

    /// format -> strftime() style string.
    #[py("strftime(format)", notext)]
    fn strftime(this: &Ref<Self>, vm: &Vm, format: &Object) -> Result<Object> {
        let Some(format) = format.cast::<Str>() else {
            bail!(vm, TypeError, "strftime() argument 1 must be str, not {}", type_name(format));
        };
        let tuple = call::call_method(vm, this.as_object(), &vm.intern("timetuple"), &[])?;
        zone::strftime(vm, this.as_object(), format, tuple)
    }

    /// Formats self with strftime.
    #[py("__format__(format, /)", notext, tuple)]
    fn format(this: &Ref<Self>, vm: &Vm, format: &Object) -> Result<Object> {
        format_with_strftime(vm, this.as_object(), format)
    }

    /// Return string in ISO 8601 format, YYYY-MM-DD.
    #[py("isoformat()")]
    fn isoformat(&self) -> String {
        let mut out = String::with_capacity(10);
        iso::write_date(&mut out, self.ymd());
        out
    }

    /// Return the day of the week represented by the date.
    /// Monday == 0 ... Sunday == 6
    #[py("weekday()")]
    fn weekday(&self) -> i32 {
        calendar::weekday(self.year, self.month, self.day)
    }

    /// Return the day of the week represented by the date.
    /// Monday == 1 ... Sunday == 7
    #[py("isoweekday()")]
    fn isoweekday(&self) -> i32 {
        calendar::weekday(self.year, self.month, self.day) + 1
    }

    /// Return a named tuple containing ISO year, week number, and weekday.
    #[py("isocalendar()")]
    fn isocalendar(&self, vm: &Vm) -> Result<Object> {
        let (year, week, day) = calendar::iso_calendar(self.year, self.month, self.day);
        let class = iso_class(vm)?;
        let items = vec![Object::int32(year), Object::int32(week), Object::int32(day)];
        Tuple::of_class(vm, &class, items).map(Ref::into_object)
    }

    /// Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1.
    #[py("toordinal()")]
    fn toordinal(&self) -> i32 {
        self.ordinal()
    }

    /// Return time tuple, compatible with time.localtime().
    #[py("timetuple()")]
    fn timetuple(&self, vm: &Vm) -> Result<Object> {
        struct_time(vm, self.ymd(), (0, 0, 0), -1)
    }

    /// Return date with new specified fields.
    #[py("replace(year=unchanged, month=unchanged, day=unchanged)")]
    fn replace(this: &Ref<Self>, vm: &Vm, year: Option<i32>, month: Option<i32>, day: Option<i32>) -> Result<Object> {
        let (year, month, day) = (year.unwrap_or(this.year), month.unwrap_or(this.month), day.unwrap_or(this.day));
        Date::make(vm, type_of(this.as_object()), year, month, day)
    }

    /// The same as replace().
    #[py(raw, "__replace__(**changes)")]
    fn replaced(vm: &Vm, args: Args<'_>) -> Result<Object> {
        replace_by_name(vm, args)
    }

    /// __reduce__() -> (cls, state)
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> (Object, (Ref<Bytes>,)) {
        (type_of(this.as_object()).to_object(), (Bytes::new(&this.bytes()),))
    }
}

fn state_bytes_of_date(vm: &Vm, state: &Object) -> Result<Option<Vec<u8>>> {
    if let Some(text) = state.cast::<Str>()
        && text.code_points().nth(2).is_none_or(|month| !(1..=12).contains(&month))
    {
        return Ok(None);
    }
    Ok(state_bytes(vm, state, 4)?.filter(|state| (1..=12).contains(&state[2])))
}

/// `object.replace(**changes)`, of the object's own class.
pub fn replace_by_name(vm: &Vm, args: Args<'_>) -> Result<Object> {
    let Some(this) = args.positional().first() else {
        bail!(vm, TypeError, "unbound method __replace__() needs an argument");
    };
    if args.positional().len() > 1 {
        let given = args.positional().len() - 1;
        bail!(vm, TypeError, "replace() takes 0 positional arguments ({given} given)");
    }
    let method = vm::object::attr::getattr(vm, this, &vm.intern("replace"))?;
    call::call_args(vm, &method, args.skip_first())
}

/// `__format__` of all three: an empty format is `str(self)`.
pub fn format_with_strftime(vm: &Vm, this: &Object, format: &Object) -> Result<Object> {
    let Some(text) = format.cast::<Str>() else {
        bail!(vm, TypeError, "__format__() argument 1 must be str, not {}", type_name(format));
    };
    if text.is_empty() {
        return protocol::str(vm, this).map(Ref::into_object);
    }
    call::call_method(vm, this, &vm.intern("strftime"), std::slice::from_ref(format))
}

/// `Wed Jun  9 04:26:40 1993`
pub fn ctime((year, month, day): (i32, i32, i32), (hour, minute, second): (i32, i32, i32)) -> String {
    let weekday = calendar::DAY_NAMES[calendar::weekday(year, month, day) as usize];
    let month = calendar::MONTH_NAMES[month as usize - 1];
    format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
}
