//! `Decimal`.

use super::context::{given, rounding_of};
use super::current::current;
use super::make::{convert, from_int, locale_of, operand, parse_object, power};
use number::BigInt;
use number::decimal::{Context, Decimal as Number, Kind, status};
use vm::exception::types;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, number as numbers, object as protocol};

/// Construct a new Decimal object. 'value' can be an integer, string, tuple,
/// or another Decimal object. If no value is given, return Decimal('0'). The
/// context does not affect the conversion and is only passed to determine if
/// the InvalidOperation trap is active.
#[pytype("Decimal", module = "decimal", flags(SHOWS_GETATTRIBUTE, BASETYPE))]
pub struct DecimalObject {
    pub head: Head,
    #[untraced]
    pub number: Number,
}

impl DecimalObject {
    pub fn wrap(number: Number) -> Object {
        instance::alloc_static(DecimalObject { head: Head::new(), number }).into_object()
    }

    fn of_class(vm: &Vm, cls: &Ref<Type>, number: Number) -> Result<Object> {
        Ok(instance::alloc(vm, cls, DecimalObject { head: Head::new(), number })?.into_object())
    }

    /// An int, rounded as said.
    fn to_int(&self, vm: &Vm, rounding: number::decimal::Rounding) -> Result<Object> {
        if self.number.is_nan() {
            bail!(vm, ValueError, "cannot convert NaN to integer");
        }
        if self.number.is_infinite() {
            bail!(vm, OverflowError, "cannot convert Infinity to integer");
        }
        let context = Context { rounding, ..Context::MAX };
        let whole = self.number.to_integral(false, &context, &mut 0);
        if whole.exponent > 1 << 34 {
            return Err(vm.out_of_memory());
        }
        let scale =
            number::int::pow(&BigInt::from(10), whole.exponent.max(0) as u64).map_err(|_| vm.out_of_memory())?;
        let size = BigInt::from(whole.coefficient) * scale;
        Int::from_big(vm, if whole.negative { -size } else { size })
    }

    fn ratio(&self, vm: &Vm) -> Result<(BigInt, BigInt)> {
        let number = &self.number;
        if number.is_nan() {
            bail!(vm, ValueError, "cannot convert NaN to integer ratio");
        }
        if number.is_infinite() {
            bail!(vm, OverflowError, "cannot convert Infinity to integer ratio");
        }
        let size = BigInt::from(number.coefficient.clone());
        let numerator = if number.negative { -size } else { size };
        if numerator.is_zero() {
            return Ok((numerator, BigInt::from(1)));
        }
        if number.exponent.abs() > 1 << 30 {
            return Err(vm.out_of_memory());
        }
        let scale =
            number::int::pow(&BigInt::from(10), number.exponent.unsigned_abs()).map_err(|_| vm.out_of_memory())?;
        if number.exponent >= 0 {
            return Ok((numerator * scale, BigInt::from(1)));
        }
        let common = number::int::gcd(&numerator, &scale);
        Ok((numerator / &common, scale / common))
    }

    /// The order to another number: `None` where there is none.
    fn compare_to(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Option<Option<std::cmp::Ordering>>> {
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        let number = match operand(other) {
            Some(number) => number.into_owned(),
            None if other.is_instance_of::<Float>() => {
                let context = current(vm)?;
                if equality {
                    context.flags.bits.set(context.flags.bits.get() | status::FLOAT_OPERATION);
                } else {
                    context.note(vm, status::FLOAT_OPERATION)?;
                }
                super::make::from_float(vm, other)?
            }
            None if vm::object::attr::getattr_opt(vm, other, &vm.intern("numerator"))?.is_some()
                && is_rational(vm, other)? =>
            {
                if !self.number.is_nan() {
                    return self.compare_rational(vm, other).map(Some);
                }
                Number::from_u64(0)
            }
            None => return Ok(None),
        };
        if self.number.is_nan() || number.is_nan() {
            if !equality || self.number.is_snan() || number.is_snan() {
                current(vm)?.note(vm, status::INVALID_OPERATION)?;
            }
            return Ok(Some(None));
        }
        Ok(Some(Some(self.number.order(&number))))
    }

    fn compare_rational(&self, vm: &Vm, other: &Object) -> Result<Option<std::cmp::Ordering>> {
        if self.number.is_nan() {
            return Ok(None);
        }
        let get = |name: &str| attr::getattr(vm, other, &vm.intern(name));
        let (numerator, denominator) = (get("numerator")?, get("denominator")?);
        let (Some(numerator), Some(denominator)) = (from_int(&numerator), from_int(&denominator)) else {
            return Ok(None);
        };
        let product = self.number.mul(&denominator, &Context::MAX, &mut 0);
        Ok(Some(product.order(&numerator)))
    }
}

fn is_rational(vm: &Vm, object: &Object) -> Result<bool> {
    let class = attr::getattr(vm, &vm.import("numbers")?, &vm.intern("Rational"))?;
    protocol::is_instance(vm, object, &class)
}

decimal_methods! {
    operators {
        add Number::add;
        sub Number::sub;
        mul Number::mul;
        truediv Number::div;
        floordiv Number::div_int;
        mod_ Number::rem;
    }
    unary {
        /// Return e raised to the power of self.
        exp "exp(context=None)" Number::exp;
        /// Return the natural logarithm of self.
        ln "ln(context=None)" Number::ln;
        /// Return the logarithm of self to the base 10.
        log10 "log10(context=None)" Number::log10;
        /// Return the exponent of the leading digit of self as a decimal.
        logb "logb(context=None)" Number::logb;
        /// Invert every digit of self, which is a row of zeros and ones.
        logical_invert "logical_invert(context=None)" Number::logical_invert;
        /// Return the largest number that can be represented and is smaller than self.
        next_minus "next_minus(context=None)" Number::next_minus;
        /// Return the smallest number that can be represented and is larger than self.
        next_plus "next_plus(context=None)" Number::next_plus;
        /// Return self without trailing zeros.
        normalize "normalize(context=None)" Number::reduce;
        /// Return the square root of self.
        sqrt "sqrt(context=None)" Number::sqrt;
    }
    binary {
        /// Compare self and other: -1, 0, 1, or NaN.
        compare "compare(other, context=None)" Number::compare;
        /// Compare self and other; every NaN signals.
        compare_signal "compare_signal(other, context=None)" Number::compare_signal;
        /// Compare self and other by their representation, in which all numbers have an order.
        compare_total "compare_total(other, context=None)" |x, y, _, _| x.compare_total(y);
        /// Compare self and other by their representation, without their signs.
        compare_total_mag "compare_total_mag(other, context=None)" |x, y, _, _| x.compare_total_mag(y);
        /// Return a copy of self with the sign of other.
        copy_sign "copy_sign(other, context=None)" |x, y, _, _| x.clone().with_sign(y.negative);
        /// Combine the digits of self and other by 'and'.
        logical_and "logical_and(other, context=None)" |x, y, c, s| x.logical(y, |a, b| a & b, c, s);
        /// Combine the digits of self and other by 'or'.
        logical_or "logical_or(other, context=None)" |x, y, c, s| x.logical(y, |a, b| a | b, c, s);
        /// Combine the digits of self and other by 'exclusive or'.
        logical_xor "logical_xor(other, context=None)" |x, y, c, s| x.logical(y, |a, b| a ^ b, c, s);
        /// Return the larger one of self and other; a number wins against a quiet NaN.
        max "max(other, context=None)" |x, y, c, s| x.extreme(y, true, false, c, s);
        /// Return the one of self and other with the larger absolute value.
        max_mag "max_mag(other, context=None)" |x, y, c, s| x.extreme(y, true, true, c, s);
        /// Return the smaller one of self and other; a number wins against a quiet NaN.
        min "min(other, context=None)" |x, y, c, s| x.extreme(y, false, false, c, s);
        /// Return the one of self and other with the smaller absolute value.
        min_mag "min_mag(other, context=None)" |x, y, c, s| x.extreme(y, false, true, c, s);
        /// Return the neighbour of self in the direction of other.
        next_toward "next_toward(other, context=None)" Number::next_toward;
        /// Return the remainder of self by other that is nearest to zero.
        remainder_near "remainder_near(other, context=None)" Number::rem_near;
        /// Return self with its digits rotated other places.
        rotate "rotate(other, context=None)" Number::rotate;
        /// Return self with other added to its exponent.
        scaleb "scaleb(other, context=None)" Number::scaleb;
        /// Return self with its digits shifted other places.
        shift "shift(other, context=None)" Number::shift;
    }
    {
        #[slot(raw, "(value=\"0\", context=None)")]
        fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
            let mut value = args.positional().first().cloned();
            let mut context = args.positional().get(1).cloned();
            if args.positional().len() > 2 {
                bail!(vm, TypeError, "Decimal() takes at most 2 arguments ({} given)", args.positional().len());
            }
            for (name, given) in args.keywords().iter() {
                match name.cast::<Str>().and_then(|name| name.as_ascii()) {
                    Some("value") => value = Some(given.clone()),
                    Some("context") => context = Some(given.clone()),
                    _ => bail!(vm, TypeError, "Decimal() got an unexpected keyword argument '{}'", protocol::str(vm, name)?),
                }
            }
            let context = given(vm, context.as_ref().filter(|context| !context.is(&none())))?;
            let Some(value) = value else { return Self::of_class(vm, cls, Number::from_u64(0)) };
            if cls.is(DecimalObject::class()) && value.is_exact::<DecimalObject>() {
                return Ok(value);
            }
            Self::of_class(vm, cls, parse_object(vm, &value, &context, true)?)
        }

        /// Make a number of a float or an int, exactly.
        #[py("from_float(f, /)", classmethod)]
        fn from_float(cls: &Ref<Type>, vm: &Vm, f: &Object) -> Result<Object> {
            let number = DecimalObject::wrap(super::make::from_float(vm, f)?);
            if cls.is(DecimalObject::class()) { Ok(number) } else { call::call(vm, cls.as_object(), &[number]) }
        }

        /// Make a number of an int, a float or another Decimal, exactly.
        #[py("from_number(number, /)", classmethod)]
        fn from_number(cls: &Ref<Type>, vm: &Vm, number: &Object) -> Result<Object> {
            let made = match operand(number) {
                Some(made) => made.into_owned(),
                None if number.is_instance_of::<Float>() => super::make::from_float(vm, number)?,
                None => bail!(vm, TypeError, "conversion from {} to Decimal is not supported", type_name(number)),
            };
            let made = DecimalObject::wrap(made);
            if cls.is(DecimalObject::class()) { Ok(made) } else { call::call(vm, cls.as_object(), &[made]) }
        }

        #[slot]
        fn divmod(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
            let (Some(x), Some(y)) = (operand(a), operand(b)) else { return not_implemented(vm) };
            let (quotient, rest) = current(vm)?.run(vm, |context, status| x.divmod(&y, context, status))?;
            Ok(Tuple::from_slice(&[DecimalObject::wrap(quotient), DecimalObject::wrap(rest)]).into_object())
        }

        #[slot]
        fn pow(a: &Object, b: &Object, modulus: Option<&Object>, vm: &Vm) -> Result<Object> {
            let (Some(x), Some(y)) = (operand(a), operand(b)) else { return not_implemented(vm) };
            let modulus = match modulus.filter(|m| !m.is(&none())) {
                Some(m) => match operand(m) {
                    Some(m) => Some(m),
                    None => return not_implemented(vm),
                },
                None => None,
            };
            Ok(DecimalObject::wrap(current(vm)?.run(vm, |c, s| power(&x, &y, modulus.as_deref(), c, s))?))
        }

        #[slot]
        fn neg(&self, vm: &Vm) -> Result<Object> { self.unary(vm, None, Number::minus) }
        #[slot]
        fn pos(&self, vm: &Vm) -> Result<Object> { self.unary(vm, None, Number::plus) }
        #[slot]
        fn abs(&self, vm: &Vm) -> Result<Object> { self.unary(vm, None, Number::abs) }
        #[slot]
        fn bool(&self) -> bool { !self.number.is_zero() }
        #[slot]
        fn int(&self, vm: &Vm) -> Result<Object> { self.to_int(vm, number::decimal::Rounding::Down) }

        #[slot]
        fn float(&self, vm: &Vm) -> Result<Object> {
            if self.number.is_snan() {
                bail!(vm, ValueError, "cannot convert signaling NaN to float");
            }
            if self.number.is_nan() {
                return Ok(Float::from_f64(if self.number.negative { -f64::NAN } else { f64::NAN }));
            }
            let text = Str::new(&self.number.to_sci(true)).into_object();
            Ok(Float::from_f64(vm::builtins::float::float_from(vm, &text)?))
        }

        #[slot]
        fn hash(this: &Ref<Self>, vm: &Vm) -> Result<i64> {
            let number = &this.number;
            if number.is_snan() {
                bail!(vm, TypeError, "Cannot hash a signaling NaN value");
            }
            if number.is_nan() {
                return Ok(vm::builtins::object::hash_address(this.as_object()));
            }
            if number.is_infinite() {
                return Ok(if number.negative { -314_159 } else { 314_159 });
            }
            let modulus = BigInt::from(number::int::HASH_MODULUS);
            // The inverse of 10 modulo the prime.
            let base = if number.exponent >= 0 {
                BigInt::from(10)
            } else {
                number::int::pow_mod(&BigInt::from(10), &(&modulus - BigInt::from(2)), &modulus).unwrap_or_default()
            };
            let scale = number::int::pow_mod(&base, &BigInt::from(number.exponent.unsigned_abs()), &modulus).unwrap_or_default();
            let residue = BigInt::from(number.coefficient.clone()) * scale % modulus;
            let hash = i64::try_from(&residue).unwrap_or(0);
            let hash = if number.negative { -hash } else { hash };
            Ok(if hash == -1 { -2 } else { hash })
        }

        #[slot]
        fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
            if let Some((re, im)) = other.cast::<vm::builtins::complex::Complex>().map(|c| (c.real, c.imag)) {
                if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
                    return not_implemented(vm);
                }
                let same = im == 0.0 && matches!(self.compare_to(vm, &Float::from_f64(re), op)?, Some(Some(order)) if order.is_eq());
                return Ok((same == (op == CompareOp::Eq)).object());
            }
            match self.compare_to(vm, other, op)? {
                None => not_implemented(vm),
                Some(None) => Ok((op == CompareOp::Ne).object()),
                Some(Some(order)) => Ok(protocol::holds(op, order).object()),
            }
        }

        #[slot]
        fn repr(&self, vm: &Vm) -> Result<String> {
            Ok(format!("Decimal('{}')", self.number.to_sci(current(vm)?.capitals.get())))
        }
        #[slot]
        fn str(&self, vm: &Vm) -> Result<String> { Ok(self.number.to_sci(current(vm)?.capitals.get())) }

        /// Return the number as a text in engineering notation.
        #[py("to_eng_string(context=None)", nameless)]
        fn to_eng_string(&self, vm: &Vm, context: Option<&Object>) -> Result<String> {
            Ok(self.number.to_eng(given(vm, context)?.capitals.get()))
        }

        #[py(raw, "__format__(fmtarg, override=None, /)", notext, nameless)]
        fn format(vm: &Vm, args: Args<'_>) -> Result<Object> {
            let (Some(this), Some(spec)) = (args.items.first().and_then(|this| this.cast::<DecimalObject>()), args.items.get(1)) else {
                bail!(vm, TypeError, "__format__ expected at least 1 argument, got 0");
            };
            let Some(spec) = spec.cast::<Str>() else { bail!(vm, TypeError, "format arg must be str") };
            if args.items.len() > 3 {
                bail!(vm, TypeError, "__format__ expected at most 2 arguments, got {}", args.items.len() - 1);
            }
            let mut spec = spec.clone();
            let mut upper = false;
            if let Some(plain) = spec.units().to_string().and_then(|text| text.strip_suffix('N').map(str::to_owned)) {
                let message = "Format specifier 'N' is deprecated and slated for removal in Python 3.18";
                vm.warn(&types::DeprecationWarning, message, 1)?;
                spec = Str::new(&format!("{plain}n"));
                upper = true;
            }
            // The grammar, padding and grouping are those of the library's own Decimal.
            let module = vm.import("_pydecimal")?;
            let class = attr::getattr(vm, &module, &vm.intern("Decimal"))?;
            let context_class = attr::getattr(vm, &module, &vm.intern("Context"))?;
            let current = current(vm)?;
            let text = Str::new(&this.number.to_sci(true)).into_object();
            let wide = call::call(vm, &context_class, &[Int::from_i64(number::decimal::MAX)])?;
            attr::setattr(vm, &wide, &vm.intern("rounding"), Some(&Str::new(current.rounding_name()).into_object()))?;
            attr::setattr(vm, &wide, &vm.intern("capitals"), Some(&Object::int32(i32::from(current.capitals.get()))))?;
            let same = call::call(vm, &class, &[text])?;
            let override_ = match args.items.get(2) {
                None => none(),
                Some(given) => locale_of(vm, given)?,
            };
            let method = attr::getattr(vm, &same, vm.names().__format__())?;
            match call::call(vm, &method, &[spec.to_object(), wide, override_]) {
                Err(_) if vm.raised_is(&types::ValueError) => {
                    vm.clear_raised();
                    Err(raise!(vm, ValueError, "invalid format string"))
                }
                Ok(shown) if upper => call::call_method(vm, &shown, &vm.intern("upper"), &[]),
                result => result,
            }
        }

        #[py(raw, "__round__(ndigits=None, /)", notext, nameless)]
        fn round(vm: &Vm, args: Args<'_>) -> Result<Object> {
            let Some(this) = args.items.first().and_then(|this| this.cast::<DecimalObject>()) else {
                bail!(vm, TypeError, "unbound method Decimal.__round__() needs an argument");
            };
            if args.items.len() > 2 {
                bail!(vm, TypeError, "__round__ expected at most 1 argument, got {}", args.items.len() - 1);
            }
            let Some(digits) = args.items.get(1) else {
                return this.to_int(vm, number::decimal::Rounding::HalfEven);
            };
            if !digits.is_instance_of::<Int>() {
                bail!(vm, TypeError, "optional arg must be an integer");
            }
            let digits = numbers::as_ssize(vm, digits, Some(&types::OverflowError))? as i64;
            let unit = Number::from_u64(1);
            let unit = Number::finite(false, unit.coefficient, -digits.clamp(-4 * number::decimal::MAX, 4 * number::decimal::MAX));
            Ok(DecimalObject::wrap(current(vm)?.run(vm, |c, s| {
                let even = Context { rounding: number::decimal::Rounding::HalfEven, ..*c };
                this.number.quantize(&unit, &even, s)
            })?))
        }

        #[py("__floor__()")]
        fn floor(&self, vm: &Vm) -> Result<Object> { self.to_int(vm, number::decimal::Rounding::Floor) }
        #[py("__ceil__()")]
        fn ceil(&self, vm: &Vm) -> Result<Object> { self.to_int(vm, number::decimal::Rounding::Ceiling) }
        #[py("__trunc__()")]
        fn trunc(&self, vm: &Vm) -> Result<Object> { self.to_int(vm, number::decimal::Rounding::Down) }
        #[py("__complex__()")]
        fn complex(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
            let class = vm::modules::builtins_get(vm, "complex");
            let value = Self::float(this, vm)?;
            call::call(vm, &class, &[value])
        }
        #[py("__copy__()")]
        fn copy(this: &Ref<Self>) -> Object { this.to_object() }
        #[py("__deepcopy__(object, /)")]
        fn deepcopy(this: &Ref<Self>, object: &Object) -> Object {
            let _ = object;
            this.to_object()
        }
        #[py("__reduce__()")]
        fn reduce(this: &Ref<Self>) -> Object {
            let class = type_of(this.as_object()).to_object();
            let text = Str::new(&this.number.to_sci(true)).into_object();
            Tuple::from_slice(&[class, Tuple::from_slice(&[text]).into_object()]).into_object()
        }
        #[py("__sizeof__()")]
        fn sizeof(&self) -> usize { 104 }

        /// Return the exponent of the leading digit.
        #[py("adjusted()")]
        fn adjusted(&self) -> i64 {
            if self.number.is_finite() { self.number.adjusted() } else { 0 }
        }
        /// Return two integers without a common divisor whose quotient is the number.
        #[py("as_integer_ratio()")]
        fn as_integer_ratio(&self, vm: &Vm) -> Result<Object> {
            let (numerator, denominator) = self.ratio(vm)?;
            Ok(Tuple::from_slice(&[Int::from_big(vm, numerator)?, Int::from_big(vm, denominator)?]).into_object())
        }
        /// Return sign, digits and exponent as a named tuple.
        #[py("as_tuple()")]
        fn as_tuple(&self, vm: &Vm) -> Result<Object> {
            let number = &self.number;
            let empty = number.is_nan() && number.coefficient.is_zero();
            let digits: Vec<Object> = match number.kind {
                Kind::Infinite => vec![Object::int32(0)],
                _ if empty => Vec::new(),
                _ => number.coefficient.to_string().bytes().map(|digit| Object::int32(i32::from(digit - b'0'))).collect(),
            };
            let exponent = match number.kind {
                Kind::Finite => Int::from_i64(number.exponent),
                Kind::Infinite => Str::new("F").into_object(),
                Kind::QuietNan => Str::new("n").into_object(),
                Kind::SignalingNan => Str::new("N").into_object(),
            };
            let class = super::tuple_class(vm)?;
            let args = [Object::int32(i32::from(number.negative)), Tuple::from_slice(&digits).into_object(), exponent];
            call::call(vm, &class, &args)
        }
        /// Return self itself, as every number is canonical.
        #[py("canonical()")]
        fn canonical(this: &Ref<Self>) -> Object { this.to_object() }
        /// Return the number itself.
        #[py("conjugate()")]
        fn conjugate(this: &Ref<Self>) -> Object { this.to_object() }
        /// Return a copy of self without its sign.
        #[py("copy_abs()")]
        fn copy_abs(&self) -> Object { Self::wrap(self.number.clone().with_sign(false)) }
        /// Return a copy of self with the other sign.
        #[py("copy_negate()")]
        fn copy_negate(&self) -> Object { Self::wrap(self.number.clone().with_sign(!self.number.negative)) }
        /// Return Decimal(10).
        #[py("radix()")]
        fn radix(&self) -> Object { Self::wrap(Number::from_u64(10)) }
        /// Return True.
        #[py("is_canonical()")]
        fn is_canonical(&self) -> bool { true }
        /// Return True if self is neither infinite nor NaN.
        #[py("is_finite()")]
        fn is_finite(&self) -> bool { self.number.is_finite() }
        /// Return True if self is infinite.
        #[py("is_infinite()")]
        fn is_infinite(&self) -> bool { self.number.is_infinite() }
        /// Return True if self is a quiet or signaling NaN.
        #[py("is_nan()")]
        fn is_nan(&self) -> bool { self.number.is_nan() }
        /// Return True if self is a quiet NaN.
        #[py("is_qnan()")]
        fn is_qnan(&self) -> bool { self.number.is_nan() && !self.number.is_snan() }
        /// Return True if self is a signaling NaN.
        #[py("is_snan()")]
        fn is_snan(&self) -> bool { self.number.is_snan() }
        /// Return True if self has a minus sign.
        #[py("is_signed()")]
        fn is_signed(&self) -> bool { self.number.negative }
        /// Return True if self is a zero.
        #[py("is_zero()")]
        fn is_zero(&self) -> bool { self.number.is_zero() }
        /// Return True if self is a normal number: finite, not zero, not subnormal.
        #[py("is_normal(context=None)", nameless)]
        fn is_normal(&self, vm: &Vm, context: Option<&Object>) -> Result<bool> {
            Ok(self.number.is_normal(&given(vm, context)?.limits.get()))
        }
        /// Return True if self is subnormal: not zero, and below the least exponent.
        #[py("is_subnormal(context=None)", nameless)]
        fn is_subnormal(&self, vm: &Vm, context: Option<&Object>) -> Result<bool> {
            Ok(self.number.is_subnormal(&given(vm, context)?.limits.get()))
        }
        /// Return the class of a number as a text, such as +Normal.
        #[py("number_class(context=None)", nameless)]
        fn number_class(&self, vm: &Vm, context: Option<&Object>) -> Result<&'static str> {
            Ok(self.number.class(&given(vm, context)?.limits.get()))
        }
        /// Return True if both numbers have the same exponent.
        #[py("same_quantum(other, context=None)", nameless)]
        fn same_quantum(&self, vm: &Vm, other: &Object, context: Option<&Object>) -> Result<bool> {
            let context = given(vm, context)?;
            Ok(self.number.same_quantum(convert(vm, other, &context)?.as_ref()))
        }
        /// Return the product of two numbers plus a third, rounded once.
        #[py("fma(other, third, context=None)", nameless)]
        fn fma(&self, vm: &Vm, other: &Object, third: &Object, context: Option<&Object>) -> Result<Object> {
            let context = given(vm, context)?;
            let (other, third) = (convert(vm, other, &context)?, convert(vm, third, &context)?);
            Ok(Self::wrap(context.run(vm, |c, s| self.number.fma(&other, &third, c, s))?))
        }
        /// Return self rounded to the exponent of other.
        #[py("quantize(exp, rounding=None, context=None)", nameless)]
        fn quantize(&self, vm: &Vm, exp: &Object, rounding: Option<&Object>, context: Option<&Object>) -> Result<Object> {
            let object = given(vm, context)?;
            let mut limits = object.limits.get();
            if let Some(rounding) = rounding {
                limits.rounding = rounding_of(vm, rounding)?;
            }
            let exp = convert(vm, exp, &object)?;
            let mut conditions = 0;
            let result = self.number.quantize(&exp, &limits, &mut conditions);
            object.note(vm, conditions)?;
            Ok(Self::wrap(result))
        }
        /// Return self rounded to an integer.
        #[py("to_integral(rounding=None, context=None)", nameless)]
        fn to_integral(&self, vm: &Vm, rounding: Option<&Object>, context: Option<&Object>) -> Result<Object> {
            self.integral(vm, rounding, context, false)
        }
        /// Return self rounded to an integer, without signals.
        #[py("to_integral_value(rounding=None, context=None)", nameless)]
        fn to_integral_value(&self, vm: &Vm, rounding: Option<&Object>, context: Option<&Object>) -> Result<Object> {
            self.integral(vm, rounding, context, false)
        }
        /// Return self rounded to an integer, with the signals Inexact and Rounded.
        #[py("to_integral_exact(rounding=None, context=None)", nameless)]
        fn to_integral_exact(&self, vm: &Vm, rounding: Option<&Object>, context: Option<&Object>) -> Result<Object> {
            self.integral(vm, rounding, context, true)
        }
        #[getter("real")]
        fn real(this: &Ref<Self>) -> Object { this.to_object() }
        #[getter("imag")]
        fn imag(&self) -> Object { Self::wrap(Number::from_u64(0)) }
    }
}
