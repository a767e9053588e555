//! `Context`, the current one, and `localcontext`.

use super::current::{current, set_current, template};
use super::make::{convert, exact_only, parse_object};
use super::object::DecimalObject;
use super::signals::{self, SignalDict};
use number::decimal::{Context, Decimal as Number, MAX, Rounding, status};
use std::cell::Cell;
use vm::object::{attr, instance, type_of};
use vm::prelude::*;
use vm::protocol::number as numbers;

pub const ROUNDINGS: [(&str, Rounding); 8] = [
    ("ROUND_UP", Rounding::Up),
    ("ROUND_DOWN", Rounding::Down),
    ("ROUND_CEILING", Rounding::Ceiling),
    ("ROUND_FLOOR", Rounding::Floor),
    ("ROUND_HALF_UP", Rounding::HalfUp),
    ("ROUND_HALF_DOWN", Rounding::HalfDown),
    ("ROUND_HALF_EVEN", Rounding::HalfEven),
    ("ROUND_05UP", Rounding::ZeroFiveUp),
];

/// The rounding of a name.
pub fn rounding_of(vm: &Vm, name: &Object) -> Result<Rounding> {
    let text = name.cast::<Str>().and_then(|name| name.as_ascii());
    match ROUNDINGS.iter().find(|(known, _)| Some(*known) == text) {
        Some((_, rounding)) => Ok(*rounding),
        None => Err(raise!(
            vm,
            TypeError,
            "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]"
        )),
    }
}

/// The context affects almost all operations and controls rounding,
/// Over/Underflow, raising of exceptions and much more.  A new context
/// can be initialized as follows:
///
///     >>> c = Context(prec=28, Emin=-425000000, Emax=425000000,
///     ...             rounding=ROUND_HALF_EVEN, capitals=1, clamp=1,
///     ...             traps=[InvalidOperation, DivisionByZero, Overflow],
///     ...             flags=[])
///     >>>
#[pytype("Context", module = "decimal", flags(BASETYPE, HAVE_GC, MANAGED_DICT))]
pub struct ContextObject {
    pub head: Head,
    #[untraced]
    pub limits: Cell<Context>,
    pub capitals: Cell<bool>,
    pub flags: Ref<SignalDict>,
    pub traps: Ref<SignalDict>,
}

pub const DEFAULT: Context =
    Context { prec: 28, emax: 999_999, emin: -999_999, rounding: Rounding::HalfEven, clamp: false };
pub const DEFAULT_TRAPS: u32 = status::INVALID | status::DIVISION_BY_ZERO | status::OVERFLOW;

fn integer(vm: &Vm, value: &Object) -> Result<i64> {
    if !value.is_instance_of::<Int>() {
        bail!(vm, TypeError, "an integer is required");
    }
    match Int::to_i64(value) {
        Some(value) => Ok(value),
        None => Err(raise!(vm, OverflowError, "Python int too large to convert to C ssize_t")),
    }
}

impl ContextObject {
    pub fn make(vm: &Vm, limits: Context, traps: u32) -> Result<Ref<ContextObject>> {
        let class = ContextObject::class();
        Self::alloc(vm, class, limits, true, 0, traps)
    }

    fn alloc(
        vm: &Vm,
        cls: &Ref<Type>,
        limits: Context,
        capitals: bool,
        flags: u32,
        traps: u32,
    ) -> Result<Ref<ContextObject>> {
        let body = ContextObject {
            head: Head::new(),
            limits: Cell::new(limits),
            capitals: Cell::new(capitals),
            flags: SignalDict::make(vm, flags)?,
            traps: SignalDict::make(vm, traps)?,
        };
        instance::alloc(vm, cls, body)
    }

    pub fn copied(&self, vm: &Vm) -> Result<Ref<ContextObject>> {
        let (flags, traps) = (self.flags.bits.get(), self.traps.bits.get());
        Self::alloc(vm, ContextObject::class(), self.limits.get(), self.capitals.get(), flags, traps)
    }

    pub fn rounding_name(&self) -> &'static str {
        let own = self.limits.get().rounding;
        ROUNDINGS.iter().find(|(_, known)| *known == own).map_or("", |(name, _)| *name)
    }

    /// Remembers conditions; raises those that are trapped.
    pub fn note(&self, vm: &Vm, conditions: u32) -> Result<()> {
        if conditions == 0 {
            return Ok(());
        }
        self.flags.bits.set(self.flags.bits.get() | conditions);
        let trapped = conditions & (self.traps.bits.get() | status::MEMORY);
        if trapped != 0 { Err(signals::trapped(vm, trapped)) } else { Ok(()) }
    }

    /// Runs an operation under this context.
    pub fn run<T>(&self, vm: &Vm, f: impl FnOnce(&Context, &mut u32) -> T) -> Result<T> {
        let mut conditions = 0;
        let result = f(&self.limits.get(), &mut conditions);
        self.note(vm, conditions)?;
        Ok(result)
    }

    /// Sets an attribute; `false` if there is none of the name.
    fn assign(&self, vm: &Vm, name: &str, value: &Object) -> Result<bool> {
        let mut limits = self.limits.get();
        let within = |value: i64, least: i64, most: i64, range: &str| {
            if (least..=most).contains(&value) {
                Ok(value)
            } else {
                Err(raise!(vm, ValueError, "valid range for {name} is {range}"))
            }
        };
        let bit = |value: i64| match value {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(raise!(vm, ValueError, "valid values for {name} are 0 or 1")),
        };
        match name {
            "prec" => limits.prec = within(integer(vm, value)?, 1, MAX, "[1, MAX_PREC]")?,
            "Emin" => limits.emin = within(integer(vm, value)?, -MAX, 0, "[MIN_EMIN, 0]")?,
            "Emax" => limits.emax = within(integer(vm, value)?, 0, MAX, "[0, MAX_EMAX]")?,
            "clamp" => limits.clamp = bit(integer(vm, value)?)?,
            "rounding" => limits.rounding = rounding_of(vm, value)?,
            "capitals" => {
                self.capitals.set(bit(integer(vm, value)?)?);
                return Ok(true);
            }
            "flags" => {
                self.flags.bits.set(SignalDict::bits_from(vm, value)?);
                return Ok(true);
            }
            "traps" => {
                self.traps.bits.set(SignalDict::bits_from(vm, value)?);
                return Ok(true);
            }
            _ => return Ok(false),
        }
        self.limits.set(limits);
        Ok(true)
    }
}

const NAMES: [&str; 8] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];

/// The context of an argument, the current one where there is none.
pub fn given(vm: &Vm, context: Option<&Object>) -> Result<Ref<ContextObject>> {
    match context {
        None => current(vm),
        Some(object) => match object.cast::<ContextObject>() {
            Some(context) => Ok(context.clone()),
            None => Err(raise!(vm, TypeError, "optional argument must be a context")),
        },
    }
}

macro_rules! context_methods {
    (
        unary { $($(#[$ud:meta])* $u:ident $ul:literal $uf:expr;)* }
        binary { $($(#[$bd:meta])* $b:ident $bl:literal $bf:expr;)* }
        tests { $($(#[$td:meta])* $t:ident $tl:literal $tf:expr;)* }
        { $($more:tt)* }
    ) => {
        #[pymethods]
        impl ContextObject {
            $(
                $(#[$ud])*
                #[py($ul)]
                fn $u(&self, vm: &Vm, x: &Object) -> Result<Object> {
                    let x = convert(vm, x, self)?;
                    let f: fn(&Number, &Context, &mut u32) -> Number = $uf;
                    Ok(DecimalObject::wrap(self.run(vm, |context, status| f(&x, context, status))?))
                }
            )*
            $(
                $(#[$bd])*
                #[py($bl, nameless)]
                fn $b(&self, vm: &Vm, x: &Object, y: &Object) -> Result<Object> {
                    let (x, y) = (convert(vm, x, self)?, convert(vm, y, self)?);
                    let f: fn(&Number, &Number, &Context, &mut u32) -> Number = $bf;
                    Ok(DecimalObject::wrap(self.run(vm, |context, status| f(&x, &y, context, status))?))
                }
            )*
            $(
                $(#[$td])*
                #[py($tl)]
                fn $t(&self, vm: &Vm, x: &Object) -> Result<bool> {
                    let x = convert(vm, x, self)?;
                    let f: fn(&Number, &Context) -> bool = $tf;
                    Ok(f(&x, &self.limits.get()))
                }
            )*
            $($more)*
        }
    };
}

context_methods! {
    unary {
        /// Return the absolute value of x.
        abs "abs(x, /)" Number::abs;
        /// Return e raised to the power of x.
        exp "exp(x, /)" Number::exp;
        /// Return the natural logarithm of x.
        ln "ln(x, /)" Number::ln;
        /// Return the logarithm of x to the base 10.
        log10 "log10(x, /)" Number::log10;
        /// Return the exponent of the leading digit of x as a decimal.
        logb "logb(x, /)" Number::logb;
        /// Invert every digit of x, which is a row of zeros and ones.
        logical_invert "logical_invert(x, /)" Number::logical_invert;
        /// Return -x, rounded.
        minus "minus(x, /)" Number::minus;
        /// Return the largest number that can be represented and is smaller than x.
        next_minus "next_minus(x, /)" Number::next_minus;
        /// Return the smallest number that can be represented and is larger than x.
        next_plus "next_plus(x, /)" Number::next_plus;
        /// Return x without trailing zeros.
        normalize "normalize(x, /)" Number::reduce;
        /// Return +x, rounded.
        plus "plus(x, /)" Number::plus;
        /// Return the square root of x.
        sqrt "sqrt(x, /)" Number::sqrt;
        /// Return x rounded to an integer.
        to_integral "to_integral(x, /)" |x, context, status| x.to_integral(false, context, status);
        /// Return x rounded to an integer, with the signals Inexact and Rounded.
        to_integral_exact "to_integral_exact(x, /)" |x, context, status| x.to_integral(true, context, status);
        /// Return x rounded to an integer, without signals.
        to_integral_value "to_integral_value(x, /)" |x, context, status| x.to_integral(false, context, status);
        /// Return a copy of x without its sign.
        copy_abs "copy_abs(x, /)" |x, _, _| x.clone().with_sign(false);
        /// Return a copy of x with the other sign.
        copy_negate "copy_negate(x, /)" |x, _, _| x.clone().with_sign(!x.negative);
        /// Return a copy of x.
        copy_decimal "copy_decimal(x, /)" |x, _, _| x.clone();
    }
    binary {
        /// Return the sum of x and y.
        add "add(x, y, /)" Number::add;
        /// Return the difference of x and y.
        subtract "subtract(x, y, /)" Number::sub;
        /// Return the product of x and y.
        multiply "multiply(x, y, /)" Number::mul;
        /// Return x divided by y.
        divide "divide(x, y, /)" Number::div;
        /// Return the integer part of x divided by y.
        divide_int "divide_int(x, y, /)" Number::div_int;
        /// Return the remainder of the integer division of x by y.
        remainder "remainder(x, y, /)" Number::rem;
        /// Return the remainder of x by y that is nearest to zero.
        remainder_near "remainder_near(x, y, /)" Number::rem_near;
        /// Compare x and y: -1, 0, 1, or NaN.
        compare "compare(x, y, /)" Number::compare;
        /// Compare x and y; every NaN signals.
        compare_signal "compare_signal(x, y, /)" Number::compare_signal;
        /// Compare x and y by their representation, in which all numbers have an order.
        compare_total "compare_total(x, y, /)" |x, y, _, _| x.compare_total(y);
        /// Compare x and y by their representation, without their signs.
        compare_total_mag "compare_total_mag(x, y, /)" |x, y, _, _| x.compare_total_mag(y);
        /// Return a copy of x with the sign of y.
        copy_sign "copy_sign(x, y, /)" |x, y, _, _| x.clone().with_sign(y.negative);
        /// Combine the digits of x and y by 'and'.
        logical_and "logical_and(x, y, /)" |x, y, c, s| x.logical(y, |a, b| a & b, c, s);
        /// Combine the digits of x and y by 'or'.
        logical_or "logical_or(x, y, /)" |x, y, c, s| x.logical(y, |a, b| a | b, c, s);
        /// Combine the digits of x and y by 'exclusive or'.
        logical_xor "logical_xor(x, y, /)" |x, y, c, s| x.logical(y, |a, b| a ^ b, c, s);
        /// Return the larger one of x and y; a number wins against a quiet NaN.
        max "max(x, y, /)" |x, y, c, s| x.extreme(y, true, false, c, s);
        /// Return the one of x and y with the larger absolute value.
        max_mag "max_mag(x, y, /)" |x, y, c, s| x.extreme(y, true, true, c, s);
        /// Return the smaller one of x and y; a number wins against a quiet NaN.
        min "min(x, y, /)" |x, y, c, s| x.extreme(y, false, false, c, s);
        /// Return the one of x and y with the smaller absolute value.
        min_mag "min_mag(x, y, /)" |x, y, c, s| x.extreme(y, false, true, c, s);
        /// Return the neighbour of x in the direction of y.
        next_toward "next_toward(x, y, /)" Number::next_toward;
        /// Return x rounded to the exponent of y.
        quantize "quantize(x, y, /)" Number::quantize;
        /// Return x with its digits rotated y places.
        rotate "rotate(x, y, /)" Number::rotate;
        /// Return x with y added to its exponent.
        scaleb "scaleb(x, y, /)" Number::scaleb;
        /// Return x with its digits shifted y places.
        shift "shift(x, y, /)" Number::shift;
    }
    tests {
        /// Return True if x is neither infinite nor NaN.
        is_finite "is_finite(x, /)" |x, _| x.is_finite();
        /// Return True if x is infinite.
        is_infinite "is_infinite(x, /)" |x, _| x.is_infinite();
        /// Return True if x is a quiet or signaling NaN.
        is_nan "is_nan(x, /)" |x, _| x.is_nan();
        /// Return True if x is a normal number: finite, not zero, not subnormal.
        is_normal "is_normal(x, /)" Number::is_normal;
        /// Return True if x is a quiet NaN.
        is_qnan "is_qnan(x, /)" |x, _| x.is_nan() && !x.is_snan();
        /// Return True if x has a minus sign.
        is_signed "is_signed(x, /)" |x, _| x.negative;
        /// Return True if x is a signaling NaN.
        is_snan "is_snan(x, /)" |x, _| x.is_snan();
        /// Return True if x is subnormal: not zero, and below the least exponent.
        is_subnormal "is_subnormal(x, /)" Number::is_subnormal;
        /// Return True if x is a zero.
        is_zero "is_zero(x, /)" |x, _| x.is_zero();
    }
    {
        #[slot("(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)", raw)]
        fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
            let template = template(vm, "decimal.DefaultContext")?;
            let traps = template.traps.bits.get();
            Ok(Self::alloc(vm, cls, template.limits.get(), template.capitals.get(), 0, traps)?.into_object())
        }

        #[slot("(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)")]
        fn init(
            this: &Ref<Self>, vm: &Vm, prec: Option<&Object>, rounding: Option<&Object>, Emin: Option<&Object>,
            Emax: Option<&Object>, capitals: Option<&Object>, clamp: Option<&Object>, flags: Option<&Object>, traps: Option<&Object>,
        ) -> Result<()> {
            for (name, value) in NAMES.into_iter().zip([prec, rounding, Emin, Emax, capitals, clamp, flags, traps]) {
                if let Some(value) = value {
                    this.assign(vm, name, value)?;
                }
            }
            Ok(())
        }

        #[slot]
        fn repr(&self) -> String {
            let c = self.limits.get();
            let rounding = ROUNDINGS.iter().find(|(_, known)| *known == c.rounding).map_or("", |(name, _)| name);
            format!(
                "Context(prec={}, rounding={rounding}, Emin={}, Emax={}, capitals={}, clamp={}, flags=[{}], traps=[{}])",
                c.prec, c.emin, c.emax, i32::from(self.capitals.get()), i32::from(c.clamp),
                signals::shown(self.flags.bits.get()), signals::shown(self.traps.bits.get()),
            )
        }

        #[slot]
        fn getattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>) -> Result<Object> {
            match name.as_ascii() {
                Some("flags") => Ok(this.flags.to_object()),
                Some("traps") => Ok(this.traps.to_object()),
                _ => attr::generic_getattr(vm, this.as_object(), name),
            }
        }

        #[slot]
        fn setattr(this: &Ref<Self>, vm: &Vm, name: &Ref<Str>, value: Option<&Object>) -> Result<()> {
            let text = name.as_ascii().unwrap_or("");
            match value {
                None if NAMES.contains(&text) => bail!(vm, AttributeError, "context attributes cannot be deleted"),
                Some(value) if matches!(text, "flags" | "traps") && value.is_instance_of::<List>() => {
                    bail!(vm, TypeError, "argument must be a signal dict")
                }
                Some(value) if this.assign(vm, text, value)? => Ok(()),
                _ if type_of(this.as_object()).is(ContextObject::class()) => {
                    Err(raise!(vm, AttributeError, "'decimal.Context' object has no attribute '{name}'"))
                }
                _ => attr::generic_setattr(vm, this.as_object(), name, value),
            }
        }

        #[getter("prec")]
        fn get_prec(&self) -> i64 { self.limits.get().prec }
        #[getter("Emax")]
        fn get_emax(&self) -> i64 { self.limits.get().emax }
        #[getter("Emin")]
        fn get_emin(&self) -> i64 { self.limits.get().emin }
        #[getter("capitals")]
        fn get_capitals(&self) -> i32 { i32::from(self.capitals.get()) }
        #[getter("clamp")]
        fn get_clamp(&self) -> i32 { i32::from(self.limits.get().clamp) }
        #[getter("rounding")]
        fn get_rounding(&self) -> &'static str {
            self.rounding_name()
        }

        /// Return Emin - prec + 1, the least exponent of subnormal results.
        #[py("Etiny()")]
        fn Etiny(&self) -> i64 { self.limits.get().etiny() }
        /// Return Emax - prec + 1, the largest exponent with all digits of the precision.
        #[py("Etop()")]
        fn Etop(&self) -> i64 { self.limits.get().etop() }
        /// Return Decimal(10).
        #[py("radix()")]
        fn radix(&self) -> Object { DecimalObject::wrap(Number::from_u64(10)) }
        /// Reset all flags.
        #[py("clear_flags()")]
        fn clear_flags(&self) { self.flags.bits.set(0) }
        /// Reset all traps.
        #[py("clear_traps()")]
        fn clear_traps(&self) { self.traps.bits.set(0) }
        /// Return a copy of the context.
        #[py("copy()")]
        fn copy(&self, vm: &Vm) -> Result<Ref<ContextObject>> { self.copied(vm) }
        #[py("__copy__()")]
        fn py_copy(&self, vm: &Vm) -> Result<Ref<ContextObject>> { self.copied(vm) }

        #[py("__reduce__()")]
        fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
            let c = this.limits.get();
            let args = [
                Int::from_i64(c.prec), Str::new(this.get_rounding()).into_object(), Int::from_i64(c.emin), Int::from_i64(c.emax),
                Object::int32(this.get_capitals()), Object::int32(this.get_clamp()),
                signals::list_of(vm, this.flags.bits.get())?, signals::list_of(vm, this.traps.bits.get())?,
            ];
            let class = type_of(this.as_object()).to_object();
            Ok(Tuple::from_slice(&[class, Tuple::from_slice(&args).into_object()]).into_object())
        }

        /// Return x itself, as every number is canonical.
        #[py("canonical(x, /)")]
        fn canonical(&self, vm: &Vm, x: &Object) -> Result<Object> { exact_only(vm, x) }
        /// Return True.
        #[py("is_canonical(x, /)")]
        fn is_canonical(&self, vm: &Vm, x: &Object) -> Result<bool> { exact_only(vm, x).map(|_| true) }
        /// Return the class of a number as a text, such as +Normal.
        #[py("number_class(x, /)")]
        fn number_class(&self, vm: &Vm, x: &Object) -> Result<&'static str> {
            Ok(convert(vm, x, self)?.class(&self.limits.get()))
        }
        /// Return True if both numbers have the same exponent.
        #[py("same_quantum(x, y, /)", nameless)]
        fn same_quantum(&self, vm: &Vm, x: &Object, y: &Object) -> Result<bool> {
            Ok(convert(vm, x, self)?.same_quantum(convert(vm, y, self)?.as_ref()))
        }
        /// Return the number as a text in scientific notation.
        #[py("to_sci_string(x, /)")]
        fn to_sci_string(&self, vm: &Vm, x: &Object) -> Result<String> { Ok(convert(vm, x, self)?.to_sci(self.capitals.get())) }
        /// Return the number as a text in engineering notation.
        #[py("to_eng_string(x, /)")]
        fn to_eng_string(&self, vm: &Vm, x: &Object) -> Result<String> { Ok(convert(vm, x, self)?.to_eng(self.capitals.get())) }

        /// Return the quotient and the remainder of x by y.
        #[py("divmod(x, y, /)", nameless)]
        fn divmod(&self, vm: &Vm, x: &Object, y: &Object) -> Result<Object> {
            let (x, y) = (convert(vm, x, self)?, convert(vm, y, self)?);
            let (quotient, rest) = self.run(vm, |context, status| x.divmod(&y, context, status))?;
            Ok(Tuple::from_slice(&[DecimalObject::wrap(quotient), DecimalObject::wrap(rest)]).into_object())
        }
        /// Return the product of two numbers plus a third, rounded once.
        #[py("fma(x, y, z, /)", nameless)]
        fn fma(&self, vm: &Vm, x: &Object, y: &Object, z: &Object) -> Result<Object> {
            let (x, y, z) = (convert(vm, x, self)?, convert(vm, y, self)?, convert(vm, z, self)?);
            Ok(DecimalObject::wrap(self.run(vm, |context, status| x.fma(&y, &z, context, status))?))
        }
        /// Return a to the power of b, modulo a third number if there is one.
        #[py("power(a, b, modulo=None)", nameless)]
        fn power(&self, vm: &Vm, a: &Object, b: &Object, modulo: Option<&Object>) -> Result<Object> {
            let (a, b) = (convert(vm, a, self)?, convert(vm, b, self)?);
            let modulo = match modulo {
                Some(modulo) => Some(convert(vm, modulo, self)?),
                None => None,
            };
            Ok(DecimalObject::wrap(self.run(vm, |context, status| super::make::power(&a, &b, modulo.as_deref(), context, status))?))
        }
        #[py("_apply(object, /)")]
        fn apply(&self, vm: &Vm, object: &Object) -> Result<Object> {
            let x = convert(vm, object, self)?;
            Ok(DecimalObject::wrap(self.run(vm, |context, status| x.into_owned().finalized(context, status))?))
        }
        /// Make a number that is rounded by this context.
        #[py(raw, "create_decimal(num=\"0\", /)", notext, nameless)]
        fn create_decimal(vm: &Vm, args: Args<'_>) -> Result<Object> {
            let (this, value) = match args.items {
                [this] => (this, Object::int32(0)),
                [this, value] => (this, value.clone()),
                many => bail!(vm, TypeError, "create_decimal expected at most 1 argument, got {}", many.len().saturating_sub(1)),
            };
            let Some(this) = this.cast::<ContextObject>() else { bail!(vm, TypeError, "descriptor 'create_decimal' requires a 'decimal.Context' object") };
            let number = parse_object(vm, &value, this, false)?;
            let nan_too_long = number.is_nan() && number.digits() > this.limits.get().prec - i64::from(this.limits.get().clamp) && !number.coefficient.is_zero();
            if nan_too_long {
                this.note(vm, status::CONVERSION_SYNTAX)?;
                return Ok(DecimalObject::wrap(Number::nan()));
            }
            Ok(DecimalObject::wrap(this.run(vm, |context, status| number.finalized(context, status))?))
        }
        /// Make a number of a float, rounded by this context.
        #[py("create_decimal_from_float(f, /)")]
        fn create_decimal_from_float(&self, vm: &Vm, f: &Object) -> Result<Object> {
            let number = super::make::from_float(vm, f)?;
            Ok(DecimalObject::wrap(self.run(vm, |context, status| number.finalized(context, status))?))
        }
    }
}

#[pytype("ContextManager", module = "decimal", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct ContextManager {
    pub head: Head,
    local: Ref<ContextObject>,
    global: Ref<ContextObject>,
}

impl ContextManager {
    pub fn make(vm: &Vm, ctx: Option<&Object>, options: &[(&str, &Object)]) -> Result<Object> {
        let global = current(vm)?;
        let local = given(vm, ctx)?.copied(vm)?;
        for (name, value) in options {
            if !value.is(&none()) {
                local.assign(vm, name, value)?;
            }
        }
        Ok(instance::alloc_static(ContextManager { head: Head::new(), local, global }).into_object())
    }
}

#[pymethods]
impl ContextManager {
    #[py("__enter__()")]
    fn enter(&self, vm: &Vm) -> Result<Object> {
        set_current(vm, &self.local)?;
        Ok(self.local.to_object())
    }

    #[py("__exit__(*args)")]
    fn exit(&self, vm: &Vm, args: &[Object]) -> Result<bool> {
        let _ = args;
        set_current(vm, &self.global)?;
        Ok(false)
    }
}

/// `IEEEContext(bits)`.
pub fn ieee(vm: &Vm, bits: &Object) -> Result<Object> {
    let bits = numbers::as_ssize(vm, bits, Some(&vm::exception::types::OverflowError))? as i64;
    if bits <= 0 || bits > 512 || bits % 32 != 0 {
        bail!(vm, ValueError, "argument must be a multiple of 32, with a maximum of 512");
    }
    let emax = 3 * (1i64 << (bits / 16 + 3));
    let limits = Context { prec: 9 * (bits / 32) - 2, emax, emin: 1 - emax, rounding: Rounding::HalfEven, clamp: true };
    Ok(ContextObject::make(vm, limits, 0)?.into_object())
}
