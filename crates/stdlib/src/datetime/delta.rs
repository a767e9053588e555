//! `timedelta`.

use super::bind_fields;
use std::cell::Cell;
use vm::object::{instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number, object as protocol};

const MAX_DAYS: i64 = 999_999_999;
pub const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;

/// Difference between two datetime values.
///
/// timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)
///
/// All arguments are optional and default to 0.
/// Arguments may be integers or floats, and may be positive or negative.
#[pytype("timedelta", module = "datetime", flags(BASETYPE))]
pub struct TimeDelta {
    pub head: Head,
    pub days: i32,
    /// 0 to 86399
    pub seconds: i32,
    /// 0 to 999999
    pub us: i32,
    hash: Cell<i64>,
}

impl TimeDelta {
    /// Any seconds and microseconds; OverflowError for too many days.
    pub fn make(vm: &Vm, days: i64, seconds: i64, us: i64) -> Result<Ref<TimeDelta>> {
        Self::of_class(vm, TimeDelta::class(), days, seconds, us)
    }

    fn of_class(vm: &Vm, cls: &Ref<Type>, days: i64, seconds: i64, us: i64) -> Result<Ref<TimeDelta>> {
        let seconds = seconds + us.div_euclid(1_000_000);
        let us = us.rem_euclid(1_000_000);
        let days = days + seconds.div_euclid(86400);
        let seconds = seconds.rem_euclid(86400);
        if days.abs() > MAX_DAYS {
            if i32::try_from(days).is_err() {
                bail!(vm, OverflowError, "Python int too large to convert to C int");
            }
            bail!(vm, OverflowError, "days={days}; must have magnitude <= {MAX_DAYS}");
        }
        let (days, seconds, us) = (days as i32, seconds as i32, us as i32);
        instance::alloc(vm, cls, TimeDelta { head: Head::new(), days, seconds, us, hash: Cell::new(-1) })
    }

    pub fn from_micros(vm: &Vm, cls: &Ref<Type>, micros: i128) -> Result<Ref<TimeDelta>> {
        let days = micros.div_euclid(DAY);
        let rest = micros.rem_euclid(DAY) as i64;
        let Ok(days) = i64::try_from(days) else {
            bail!(vm, OverflowError, "Python int too large to convert to C int");
        };
        Self::of_class(vm, cls, days, rest / 1_000_000, rest % 1_000_000)
    }

    pub fn micros(&self) -> i128 {
        i128::from(self.days) * DAY + i128::from(self.seconds) * SECOND + i128::from(self.us)
    }

    pub fn is_zero(&self) -> bool {
        self.days == 0 && self.seconds == 0 && self.us == 0
    }

    pub fn parts(&self) -> (i32, i32, i32) {
        (self.days, self.seconds, self.us)
    }

    pub fn minus(&self, vm: &Vm, other: &TimeDelta) -> Result<Ref<TimeDelta>> {
        Self::make(
            vm,
            i64::from(self.days) - i64::from(other.days),
            i64::from(self.seconds) - i64::from(other.seconds),
            i64::from(self.us) - i64::from(other.us),
        )
    }

    pub fn plus(&self, vm: &Vm, other: &TimeDelta) -> Result<Ref<TimeDelta>> {
        Self::make(
            vm,
            i64::from(self.days) + i64::from(other.days),
            i64::from(self.seconds) + i64::from(other.seconds),
            i64::from(self.us) + i64::from(other.us),
        )
    }

    pub fn total(&self, vm: &Vm) -> Result<Object> {
        let micros = self.micros();
        if micros.abs() < 1 << 53 {
            return Ok(Float::from_f64(micros as f64 / 1e6));
        }
        number::truediv(vm, &Int::from_i128(micros), &Int::from_i64(1_000_000))
    }
}

/// What the arguments add up to.
struct Sum {
    whole: i128,
    /// Parts of microseconds.
    rest: f64,
}

fn too_large(vm: &Vm) -> Raised {
    raise!(vm, OverflowError, "Python int too large to convert to C int")
}

impl Sum {
    fn add(&mut self, vm: &Vm, name: &str, value: &Object, factor: i128) -> Result<()> {
        if value.is_instance_of::<Int>() {
            let more = Int::to_i128(value).and_then(|n| n.checked_mul(factor)).and_then(|n| self.whole.checked_add(n));
            self.whole = more.ok_or_else(|| too_large(vm))?;
            return Ok(());
        }
        let Some(float) = Float::value_of(value) else {
            bail!(vm, TypeError, "unsupported type for timedelta {name} component: {}", type_name(value));
        };
        if float.is_nan() {
            bail!(vm, ValueError, "cannot convert float NaN to integer");
        }
        if float.is_infinite() {
            bail!(vm, OverflowError, "cannot convert float infinity to integer");
        }
        // Far more than any timedelta holds, and well inside an i128.
        if float.abs() > 1e25 {
            return Err(too_large(vm));
        }
        self.whole += float.trunc() as i128 * factor;
        let part = float.fract();
        if part != 0.0 {
            let scaled = factor as f64 * part;
            self.whole += scaled.trunc() as i128;
            self.rest += scaled.fract();
        }
        Ok(())
    }

    /// Rounded to whole microseconds, halves to even.
    fn micros(self) -> i128 {
        if self.rest == 0.0 {
            return self.whole;
        }
        let mut whole = self.rest.round();
        if (whole - self.rest).abs() == 0.5 {
            let odd = (self.whole & 1) as f64;
            whole = 2.0 * ((self.rest + odd) * 0.5).round() - odd;
        }
        self.whole + whole as i128
    }
}

fn zero_division(vm: &Vm) -> Raised {
    raise!(vm, ZeroDivisionError, "division by zero")
}

/// The quotient of two ints, halves to even.
fn divide_near(vm: &Vm, a: &Object, b: &Object) -> Result<i128> {
    if Int::to_i64(b) == Some(0) {
        return Err(zero_division(vm));
    }
    let pair = number::divmod(vm, a, b)?;
    let Some([quotient, rest]) = pair.cast::<Tuple>().map(|t| t.items()) else { return Err(too_large(vm)) };
    let quotient = Int::to_i128(quotient).ok_or_else(|| too_large(vm))?;
    // The remainder has the divisor's sign: compare twice its size with the divisor.
    let twice = number::abs(vm, &number::mul(vm, rest, &Object::int32(2))?)?;
    let up = match Int::order(&twice, &number::abs(vm, b)?) {
        Some(std::cmp::Ordering::Greater) => true,
        Some(std::cmp::Ordering::Equal) => quotient & 1 == 1,
        _ => false,
    };
    Ok(quotient + i128::from(up))
}

/// Numerator and denominator of a float.
fn ratio(vm: &Vm, float: &Object) -> Result<(Object, Object)> {
    let pair = call::call_method(vm, float, &vm.intern("as_integer_ratio"), &[])?;
    match pair.cast::<Tuple>().map(|t| t.items()) {
        Some([n, d]) => Ok((n.clone(), d.clone())),
        Some(_) => Err(raise!(vm, ValueError, "as_integer_ratio() must return a 2-tuple")),
        None => {
            let kind = type_name(&pair);
            Err(raise!(vm, TypeError, "unexpected return type from as_integer_ratio(): expected tuple, not '{kind}'"))
        }
    }
}

/// Both as timedeltas.
fn both<'a>(a: &'a Object, b: &'a Object) -> Option<(&'a Ref<TimeDelta>, &'a Ref<TimeDelta>)> {
    Some((a.cast::<TimeDelta>()?, b.cast::<TimeDelta>()?))
}

fn plain(vm: &Vm, micros: i128) -> Result<Object> {
    TimeDelta::from_micros(vm, TimeDelta::class(), micros).map(Ref::into_object)
}

const NAMES: [&str; 7] = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"];

#[pymethods]
impl TimeDelta {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let given = bind_fields(vm, "__new__()", &NAMES, 0, 7, &args)?;
        let mut sum = Sum { whole: 0, rest: 0.0 };
        // Small units first: what is left over of the floats rounds once.
        for (at, factor) in
            [(2, 1), (3, 1000), (1, SECOND), (4, 60 * SECOND), (5, 3600 * SECOND), (0, DAY), (6, 7 * DAY)]
        {
            if let Some(value) = given[at] {
                sum.add(vm, NAMES[at], value, factor)?;
            }
        }
        Ok(TimeDelta::from_micros(vm, cls, sum.micros())?.into_object())
    }

    #[slot]
    fn repr(this: &Ref<Self>) -> String {
        let name = type_of(this.as_object()).tp_name();
        let mut parts = Vec::new();
        for (label, value) in [("days", this.days), ("seconds", this.seconds), ("microseconds", this.us)] {
            if value != 0 {
                parts.push(format!("{label}={value}"));
            }
        }
        if parts.is_empty() { format!("{name}(0)") } else { format!("{name}({})", parts.join(", ")) }
    }

    #[slot]
    fn str(&self) -> String {
        let (minutes, seconds) = (self.seconds / 60, self.seconds % 60);
        let (hours, minutes) = (minutes / 60, minutes % 60);
        let mut out = match self.days {
            0 => String::new(),
            days => format!("{days} day{}, ", if days.abs() == 1 { "" } else { "s" }),
        };
        out.push_str(&format!("{hours}:{minutes:02}:{seconds:02}"));
        if self.us != 0 {
            out.push_str(&format!(".{:06}", self.us));
        }
        out
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        if self.hash.get() == -1 {
            let state =
                Tuple::from_slice(&[Object::int32(self.days), Object::int32(self.seconds), Object::int32(self.us)]);
            self.hash.set(protocol::hash(vm, state.as_object())?);
        }
        Ok(self.hash.get())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<TimeDelta>() else { return not_implemented(vm) };
        Ok(protocol::holds(op, self.parts().cmp(&other.parts())).object())
    }

    #[slot]
    fn bool(&self) -> bool {
        !self.is_zero()
    }

    #[slot]
    fn add(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        match both(a, b) {
            Some((a, b)) => a.plus(vm, b).map(Ref::into_object),
            None => not_implemented(vm),
        }
    }

    #[slot]
    fn sub(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        match both(a, b) {
            Some((a, b)) => a.minus(vm, b).map(Ref::into_object),
            None => not_implemented(vm),
        }
    }

    #[slot]
    fn neg(&self, vm: &Vm) -> Result<Object> {
        plain(vm, -self.micros())
    }

    #[slot]
    fn pos(&self, vm: &Vm) -> Result<Object> {
        plain(vm, self.micros())
    }

    #[slot]
    fn abs(&self, vm: &Vm) -> Result<Object> {
        plain(vm, self.micros().abs())
    }

    #[slot]
    fn mul(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let (delta, factor) = match (a.cast::<TimeDelta>(), b.cast::<TimeDelta>()) {
            (Some(delta), None) => (delta, b),
            (None, Some(delta)) => (delta, a),
            _ => return not_implemented(vm),
        };
        if factor.is_instance_of::<Int>() {
            let product = Int::to_i128(factor).and_then(|n| delta.micros().checked_mul(n));
            return plain(vm, product.ok_or_else(|| too_large(vm))?);
        }
        if !factor.is_instance_of::<Float>() {
            return not_implemented(vm);
        }
        let (n, d) = ratio(vm, factor)?;
        let product = number::mul(vm, &Int::from_i128(delta.micros()), &n)?;
        plain(vm, divide_near(vm, &product, &d)?)
    }

    #[slot]
    fn truediv(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let Some(delta) = a.cast::<TimeDelta>() else { return not_implemented(vm) };
        let micros = Int::from_i128(delta.micros());
        if let Some(other) = b.cast::<TimeDelta>() {
            if other.is_zero() {
                return Err(zero_division(vm));
            }
            return number::truediv(vm, &micros, &Int::from_i128(other.micros()));
        }
        if b.is_instance_of::<Int>() {
            return plain(vm, divide_near(vm, &micros, b)?);
        }
        if !b.is_instance_of::<Float>() {
            return not_implemented(vm);
        }
        let (n, d) = ratio(vm, b)?;
        let product = number::mul(vm, &micros, &d)?;
        plain(vm, divide_near(vm, &product, &n)?)
    }

    #[slot]
    fn floordiv(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let Some(delta) = a.cast::<TimeDelta>() else { return not_implemented(vm) };
        if let Some(other) = b.cast::<TimeDelta>() {
            if other.is_zero() {
                return Err(zero_division(vm));
            }
            return number::floordiv(vm, &Int::from_i128(delta.micros()), &Int::from_i128(other.micros()));
        }
        if !b.is_instance_of::<Int>() {
            return not_implemented(vm);
        }
        let quotient = number::floordiv(vm, &Int::from_i128(delta.micros()), b)?;
        plain(vm, Int::to_i128(&quotient).ok_or_else(|| too_large(vm))?)
    }

    #[slot]
    fn mod_(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let Some((a, b)) = both(a, b) else { return not_implemented(vm) };
        Self::divided(vm, a, b).map(|(_, rest)| rest)
    }

    #[slot]
    fn divmod(a: &Object, vm: &Vm, b: &Object) -> Result<Object> {
        let Some((a, b)) = both(a, b) else { return not_implemented(vm) };
        let (quotient, rest) = Self::divided(vm, a, b)?;
        Ok(Tuple::from_slice(&[quotient, rest]).into_object())
    }

    /// Number of days.
    #[getter("days")]
    fn get_days(&self) -> i32 {
        self.days
    }

    /// Number of seconds (>= 0 and less than 1 day).
    #[getter("seconds")]
    fn get_seconds(&self) -> i32 {
        self.seconds
    }

    /// Number of microseconds (>= 0 and less than 1 second).
    #[getter("microseconds")]
    fn get_microseconds(&self) -> i32 {
        self.us
    }

    /// Total seconds in the duration.
    #[py("total_seconds()")]
    fn total_seconds(&self, vm: &Vm) -> Result<Object> {
        self.total(vm)
    }

    /// __reduce__() -> (cls, state)
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> (Object, (i32, i32, i32)) {
        (type_of(this.as_object()).to_object(), this.parts())
    }
}

impl TimeDelta {
    fn divided(vm: &Vm, a: &TimeDelta, b: &TimeDelta) -> Result<(Object, Object)> {
        let (a, b) = (a.micros(), b.micros());
        if b == 0 {
            return Err(zero_division(vm));
        }
        let mut quotient = a / b;
        if a % b != 0 && (a < 0) != (b < 0) {
            quotient -= 1;
        }
        Ok((Int::from_i128(quotient), plain(vm, a - quotient * b)?))
    }
}
