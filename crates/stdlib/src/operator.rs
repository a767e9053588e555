//! `_operator`.

use vm::object::buffer::{get_buffer, request};
use vm::object::{attr, type_name, type_of};
use vm::prelude::*;
use vm::protocol::{call, iter, number, object as protocol, sequence};

/// The one object that a getter is called with.
fn operand<'a>(vm: &Vm, name: &str, args: &Args<'a>) -> Result<&'a Object> {
    if !args.keywords().is_empty() && name != "methodcaller" {
        bail!(vm, TypeError, "{name}() takes no keyword arguments");
    }
    match args.positional() {
        [one] => Ok(one),
        other => Err(raise!(vm, TypeError, "{name} expected 1 argument, got {}", other.len())),
    }
}

fn joined_reprs(vm: &Vm, items: &[Object]) -> Result<String> {
    let mut out = String::new();
    for item in items {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(&protocol::repr(vm, item)?.to_string_lossy());
    }
    Ok(out)
}

/// Return a callable object that fetches the given attribute(s) from its operand.
///
/// After f = attrgetter('name'), the call f(r) returns r.name; several names give a tuple; dots reach further in.
#[pytype("attrgetter", module = "operator", flags(SHOWS_GETATTRIBUTE, HAVE_GC))]
pub struct AttrGetter {
    pub head: Head,
    /// The names as they were given.
    names: Ref<Tuple>,
    /// For each, the parts between the dots.
    paths: Vec<Vec<Name>>,
}

impl AttrGetter {
    fn walk(vm: &Vm, object: &Object, path: &[Name]) -> Result<Object> {
        let [first, rest @ ..] = path else { return Ok(object.clone()) };
        let mut value = attr::getattr(vm, object, first)?;
        for name in rest {
            value = attr::getattr(vm, &value, name)?;
        }
        Ok(value)
    }
}

#[pymethods]
impl AttrGetter {
    #[slot(raw, "(attr, /, *attrs)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.items.is_empty() {
            bail!(vm, TypeError, "attrgetter expected 1 argument, got 0");
        }
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "attrgetter() takes no keyword arguments");
        }
        let mut paths = Vec::with_capacity(args.items.len());
        for name in args.items {
            let Some(text) = name.cast::<Str>() else { bail!(vm, TypeError, "attribute name must be a string") };
            if !text.contains_code_point(u32::from('.')) {
                paths.push(vec![vm.intern_ref(text)]);
                continue;
            }
            let mut path = Vec::new();
            let mut start = 0;
            let codes: Vec<u32> = text.code_points().collect();
            for at in 0..=codes.len() {
                if codes.get(at).is_none_or(|&c| c == u32::from('.')) {
                    path.push(vm.intern_ref(&Str::part(text, vm, start..at)?));
                    start = at + 1;
                }
            }
            paths.push(path);
        }
        let names = Tuple::try_from_slice(vm, args.items)?;
        Ok(vm::object::instance::alloc(vm, cls, AttrGetter { head: Head::new(), names, paths })?.into_object())
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let object = operand(vm, "attrgetter", &args)?;
        if let [path] = &self.paths[..] {
            return Self::walk(vm, object, path);
        }
        let mut values = Vec::with_capacity(self.paths.len());
        for path in &self.paths {
            values.push(Self::walk(vm, object, path)?);
        }
        Tuple::from_vec(vm, values).map(Ref::into_object)
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).tp_name();
        let text = vm.guard_repr(this.as_object(), || joined_reprs(vm, this.names.items()))?;
        Ok(format!("{name}({})", text.as_deref().unwrap_or("...")))
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> &'static str {
        "(obj, /)"
    }

    /// Return state information for pickling
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> (Object, Ref<Tuple>) {
        (type_of(this.as_object()).to_object(), this.names.clone())
    }
}

/// Return a callable object that fetches the given item(s) from its operand.
///
/// After f = itemgetter(2), the call f(r) returns r[2]; several items give a tuple.
#[pytype("itemgetter", module = "operator", flags(SHOWS_GETATTRIBUTE, HAVE_GC))]
pub struct ItemGetter {
    pub head: Head,
    keys: Ref<Tuple>,
}

#[pymethods]
impl ItemGetter {
    #[slot(raw, "(item, /, *items)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        if args.keyword_count() > 0 {
            bail!(vm, TypeError, "itemgetter() takes no keyword arguments");
        }
        if args.items.is_empty() {
            bail!(vm, TypeError, "itemgetter expected 1 argument, got 0");
        }
        let keys = Tuple::try_from_slice(vm, args.items)?;
        Ok(vm::object::instance::alloc(vm, cls, ItemGetter { head: Head::new(), keys })?.into_object())
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let object = operand(vm, "itemgetter", &args)?;
        let one = |key: &Object| {
            if let (Some(tuple), Some(i)) = (object.cast_exact::<Tuple>(), key.as_small_int())
                && let Some(item) = usize::try_from(i).ok().and_then(|i| tuple.items().get(i))
            {
                return Ok(item.clone());
            }
            protocol::getitem(vm, object, key)
        };
        if let [key] = self.keys.items() {
            return one(key);
        }
        let mut values = Vec::with_capacity(self.keys.len());
        for key in self.keys.items() {
            values.push(one(key)?);
        }
        Tuple::from_vec(vm, values).map(Ref::into_object)
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).tp_name();
        let text = vm.guard_repr(this.as_object(), || joined_reprs(vm, this.keys.items()))?;
        Ok(format!("{name}({})", text.as_deref().unwrap_or("...")))
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> &'static str {
        "(obj, /)"
    }

    /// Return state information for pickling
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>) -> (Object, Ref<Tuple>) {
        (type_of(this.as_object()).to_object(), this.keys.clone())
    }
}

/// Return a callable object that calls the given method on its operand.
///
/// After f = methodcaller('name', 'date', foo=1), the call f(r) returns r.name('date', foo=1).
#[pytype("methodcaller", module = "operator", flags(SHOWS_GETATTRIBUTE, HAVE_GC))]
pub struct MethodCaller {
    pub head: Head,
    name: Name,
    /// Positional arguments, then the values of the keyword arguments.
    values: Ref<Tuple>,
    keywords: Option<Ref<Tuple>>,
}

#[pymethods]
impl MethodCaller {
    #[slot(raw, "(name, /, *args, **kwargs)")]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(name) = args.positional().first() else {
            bail!(vm, TypeError, "methodcaller needs at least one argument, the method name");
        };
        let Some(name) = name.cast::<Str>() else { bail!(vm, TypeError, "method name must be a string") };
        let keywords = match args.names {
            Some(names) if !names.is_empty() => Some(Tuple::from_slice(names.items())),
            _ => None,
        };
        let values = Tuple::try_from_slice(vm, &args.items[1..])?;
        let body = MethodCaller { head: Head::new(), name: vm.intern_ref(name), values, keywords };
        Ok(vm::object::instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot]
    fn call(&self, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let object = operand(vm, "methodcaller", &args)?;
        if !args.keywords().is_empty() {
            bail!(vm, TypeError, "methodcaller() takes no keyword arguments");
        }
        let (function, takes_self) = attr::get_method(vm, object, &self.name)?;
        let args = Args { items: self.values.items(), names: self.keywords.as_deref() };
        if takes_self {
            return call::with_first(vm, &function, object, args);
        }
        call::call_args(vm, &function, args)
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<String> {
        let name = type_of(this.as_object()).tp_name();
        let text = vm.guard_repr(this.as_object(), || {
            let args = this.args();
            let mut out = protocol::repr(vm, this.name.as_object())?.to_string_lossy();
            for value in args.positional() {
                out.push_str(", ");
                out.push_str(&protocol::repr(vm, value)?.to_string_lossy());
            }
            for (key, value) in args.keywords().iter() {
                let key = protocol::str(vm, key)?.to_string_lossy();
                out.push_str(&format!(", {key}={}", protocol::repr(vm, value)?.to_string_lossy()));
            }
            Ok(out)
        })?;
        Ok(format!("{name}({})", text.as_deref().unwrap_or("...")))
    }

    #[getter("__text_signature__")]
    fn text_signature(&self) -> &'static str {
        "(obj, /)"
    }

    /// Return state information for pickling
    #[py("__reduce__()")]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<(Object, Ref<Tuple>)> {
        let (kind, name, args) = (type_of(this.as_object()).to_object(), this.name.to_object(), this.args());
        if args.keywords().is_empty() {
            let mut all = vec![name];
            all.extend_from_slice(args.positional());
            return Ok((kind, Tuple::from_vec(vm, all)?));
        }
        // A constructor with keyword arguments: functools.partial carries them.
        let functools = vm::import::import_module(vm, "functools")?;
        let partial = attr::getattr(vm, &functools, &vm.intern("partial"))?;
        let mut items = vec![kind, name];
        items.extend_from_slice(args.keywords().values);
        let made = call::call_args(vm, &partial, Args { items: &items, names: args.names })?;
        Ok((made, Tuple::from_slice(args.positional())))
    }
}

impl MethodCaller {
    fn args(&self) -> Args<'_> {
        Args { items: self.values.items(), names: self.keywords.as_deref() }
    }
}

/// `a + b` of sequences, in place or not.
fn joined(vm: &Vm, a: &Object, b: &Object, in_place: bool) -> Result<Object> {
    let slots = &type_of(a).slots;
    if let Some(concat) = slots.inplace_concat.get().filter(|_| in_place).or(slots.concat.get()) {
        return concat(vm, a, b);
    }
    if sequence::is_sequence(a) && sequence::is_sequence(b) {
        return if in_place { number::inplace_add(vm, a, b) } else { number::add(vm, a, b) };
    }
    Err(raise!(vm, TypeError, "'{}' object can't be concatenated", type_name(a)))
}

/// Compares without saying by its duration where the difference is.
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let mut difference = u8::from(a.len() != b.len());
    // Against itself where the lengths differ, so that the time depends on the second length only.
    let a = if a.len() == b.len() { a } else { b };
    for (x, y) in a.iter().zip(b) {
        difference |= std::hint::black_box(x ^ y);
    }
    difference == 0
}

/// The iterator over what is searched, with the words of `countOf` and `indexOf`.
fn searched(vm: &Vm, object: &Object) -> Result<Object> {
    iter::get_iter(vm, object).map_err(|raised| {
        if type_of(object).slots.iter.get().is_none() && vm.raised_is(&vm::exception::types::TypeError) {
            vm.clear_raised();
            return raise!(vm, TypeError, "argument of type '{}' is not iterable", type_name(object));
        }
        raised
    })
}

/// Operator interface.
///
/// The functions here do what Python's operators do: operator.add(x, y) is x+y.
#[pymodule("_operator", types(AttrGetter, ItemGetter, MethodCaller))]
pub mod module {
    use super::*;

    /// Return the truth value of a: True or False.
    #[py("truth(a, /)")]
    fn truth(vm: &Vm, a: &Object) -> Result<bool> {
        protocol::is_true(vm, a)
    }

    /// Same as not a.
    #[py("not_(a, /)")]
    fn not_(vm: &Vm, a: &Object) -> Result<bool> {
        Ok(!protocol::is_true(vm, a)?)
    }

    /// Same as a is b.
    #[py("is_(a, b, /)")]
    fn is_(a: &Object, b: &Object) -> bool {
        a.is(b)
    }

    /// Same as a is not b.
    #[py("is_not(a, b, /)")]
    fn is_not(a: &Object, b: &Object) -> bool {
        !a.is(b)
    }

    /// Same as a is None.
    #[py("is_none(a, /)")]
    fn is_none(a: &Object) -> bool {
        a.is(&none())
    }

    /// Same as a is not None.
    #[py("is_not_none(a, /)")]
    fn is_not_none(a: &Object) -> bool {
        !a.is(&none())
    }

    /// Same as -a.
    #[py("neg(a, /)")]
    fn neg(vm: &Vm, a: &Object) -> Result<Object> {
        number::neg(vm, a)
    }

    /// Same as +a.
    #[py("pos(a, /)")]
    fn pos(vm: &Vm, a: &Object) -> Result<Object> {
        number::pos(vm, a)
    }

    /// Same as ~a.
    #[py("inv(a, /)")]
    fn inv(vm: &Vm, a: &Object) -> Result<Object> {
        number::invert(vm, a)
    }

    /// Same as ~a.
    #[py("invert(a, /)")]
    fn invert(vm: &Vm, a: &Object) -> Result<Object> {
        number::invert(vm, a)
    }

    /// Same as abs(a).
    #[py("abs(a, /)")]
    fn abs(vm: &Vm, a: &Object) -> Result<Object> {
        number::abs(vm, a)
    }

    /// Same as a.__index__().
    #[py("index(a, /)")]
    fn index(vm: &Vm, a: &Object) -> Result<Object> {
        number::index(vm, a)
    }

    /// Same as a + b.
    #[py("add(a, b, /)")]
    fn add(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::add(vm, a, b)
    }

    /// Same as a += b.
    #[py("iadd(a, b, /)")]
    fn iadd(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_add(vm, a, b)
    }

    /// Same as a - b.
    #[py("sub(a, b, /)")]
    fn sub(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::sub(vm, a, b)
    }

    /// Same as a -= b.
    #[py("isub(a, b, /)")]
    fn isub(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_sub(vm, a, b)
    }

    /// Same as a * b.
    #[py("mul(a, b, /)")]
    fn mul(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::mul(vm, a, b)
    }

    /// Same as a *= b.
    #[py("imul(a, b, /)")]
    fn imul(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_mul(vm, a, b)
    }

    /// Same as a @ b.
    #[py("matmul(a, b, /)")]
    fn matmul(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::matmul(vm, a, b)
    }

    /// Same as a @= b.
    #[py("imatmul(a, b, /)")]
    fn imatmul(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_matmul(vm, a, b)
    }

    /// Same as a // b.
    #[py("floordiv(a, b, /)")]
    fn floordiv(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::floordiv(vm, a, b)
    }

    /// Same as a //= b.
    #[py("ifloordiv(a, b, /)")]
    fn ifloordiv(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_floordiv(vm, a, b)
    }

    /// Same as a / b.
    #[py("truediv(a, b, /)")]
    fn truediv(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::truediv(vm, a, b)
    }

    /// Same as a /= b.
    #[py("itruediv(a, b, /)")]
    fn itruediv(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_truediv(vm, a, b)
    }

    /// Same as a % b.
    #[py("mod(a, b, /)")]
    fn mod_(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::mod_(vm, a, b)
    }

    /// Same as a %= b.
    #[py("imod(a, b, /)")]
    fn imod(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_mod_(vm, a, b)
    }

    /// Same as a << b.
    #[py("lshift(a, b, /)")]
    fn lshift(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::lshift(vm, a, b)
    }

    /// Same as a <<= b.
    #[py("ilshift(a, b, /)")]
    fn ilshift(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_lshift(vm, a, b)
    }

    /// Same as a >> b.
    #[py("rshift(a, b, /)")]
    fn rshift(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::rshift(vm, a, b)
    }

    /// Same as a >>= b.
    #[py("irshift(a, b, /)")]
    fn irshift(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_rshift(vm, a, b)
    }

    /// Same as a & b.
    #[py("and_(a, b, /)")]
    fn and_(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::and(vm, a, b)
    }

    /// Same as a &= b.
    #[py("iand(a, b, /)")]
    fn iand(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_and(vm, a, b)
    }

    /// Same as a ^ b.
    #[py("xor(a, b, /)")]
    fn xor(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::xor(vm, a, b)
    }

    /// Same as a ^= b.
    #[py("ixor(a, b, /)")]
    fn ixor(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_xor(vm, a, b)
    }

    /// Same as a | b.
    #[py("or_(a, b, /)")]
    fn or_(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::or(vm, a, b)
    }

    /// Same as a |= b.
    #[py("ior(a, b, /)")]
    fn ior(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_or(vm, a, b)
    }

    /// Same as a **= b.
    #[py("ipow(a, b, /)")]
    fn ipow(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::inplace_pow(vm, a, b)
    }

    /// Same as a < b.
    #[py("lt(a, b, /)")]
    fn lt(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::compare(vm, a, b, CompareOp::Lt)
    }

    /// Same as a <= b.
    #[py("le(a, b, /)")]
    fn le(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::compare(vm, a, b, CompareOp::Le)
    }

    /// Same as a == b.
    #[py("eq(a, b, /)")]
    fn eq(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::compare(vm, a, b, CompareOp::Eq)
    }

    /// Same as a != b.
    #[py("ne(a, b, /)")]
    fn ne(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::compare(vm, a, b, CompareOp::Ne)
    }

    /// Same as a > b.
    #[py("gt(a, b, /)")]
    fn gt(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::compare(vm, a, b, CompareOp::Gt)
    }

    /// Same as a >= b.
    #[py("ge(a, b, /)")]
    fn ge(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::compare(vm, a, b, CompareOp::Ge)
    }

    /// Same as a ** b.
    #[py("pow(a, b, /)")]
    fn pow(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        number::pow(vm, a, b, None)
    }

    /// Same as a + b, for a and b sequences.
    #[py("concat(a, b, /)")]
    fn concat(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        joined(vm, a, b, false)
    }

    /// Same as a += b, for a and b sequences.
    #[py("iconcat(a, b, /)")]
    fn iconcat(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        joined(vm, a, b, true)
    }

    /// Same as b in a (note reversed operands).
    #[py("contains(a, b, /)")]
    fn contains(vm: &Vm, a: &Object, b: &Object) -> Result<bool> {
        sequence::contains(vm, a, b)
    }

    /// Return the number of items in a which are, or which equal, b.
    #[py("countOf(a, b, /)")]
    fn countOf(vm: &Vm, a: &Object, b: &Object) -> Result<usize> {
        let iterator = searched(vm, a)?;
        let mut n = 0;
        while let Some(item) = iter::next(vm, &iterator)? {
            n += usize::from(protocol::same_or_equal(vm, &item, b)?);
        }
        Ok(n)
    }

    /// Return the first index of b in a.
    #[py("indexOf(a, b, /)")]
    fn indexOf(vm: &Vm, a: &Object, b: &Object) -> Result<usize> {
        let iterator = searched(vm, a)?;
        sequence::index_of(vm, &iterator, b)
    }

    /// Same as a[b].
    #[py("getitem(a, b, /)")]
    fn getitem(vm: &Vm, a: &Object, b: &Object) -> Result<Object> {
        protocol::getitem(vm, a, b)
    }

    /// Same as a[b] = c.
    #[py("setitem(a, b, c, /)")]
    fn setitem(vm: &Vm, a: &Object, b: &Object, c: &Object) -> Result<()> {
        protocol::setitem(vm, a, b, c)
    }

    /// Same as del a[b].
    #[py("delitem(a, b, /)")]
    fn delitem(vm: &Vm, a: &Object, b: &Object) -> Result<()> {
        protocol::delitem(vm, a, b)
    }

    /// Return an estimate of the number of items in obj.
    ///
    /// It may be smaller or larger than the actual number; default is for objects without __len__ and __length_hint__.
    #[py("length_hint(obj, default=0, /)")]
    fn length_hint(vm: &Vm, obj: &Object, default: isize) -> Result<isize> {
        match iter::length_hint(vm, obj, usize::MAX)? {
            usize::MAX => Ok(default),
            n => Ok(n as isize),
        }
    }

    /// Same as obj(*args, **kwargs).
    #[py(raw, "call(obj, /, *args, **kwargs)")]
    fn call(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let Some(function) = args.positional().first() else {
            bail!(vm, TypeError, "call expected at least 1 argument, got 0");
        };
        super::call::call_args(vm, function, args.skip_first())
    }

    /// Return 'a == b', in a time that does not tell where they differ.
    ///
    /// Both are str of ASCII characters only, or both bytes-like objects.
    #[py("_compare_digest(a, b, /)")]
    fn _compare_digest(vm: &Vm, a: &Object, b: &Object) -> Result<bool> {
        if let (Some(a), Some(b)) = (a.cast::<Str>(), b.cast::<Str>()) {
            let (Some(a), Some(b)) = (a.as_ascii(), b.as_ascii()) else {
                bail!(vm, TypeError, "comparing strings with non-ASCII characters is not supported");
            };
            return Ok(same_bytes(a.as_bytes(), b.as_bytes()));
        }
        let has_buffer = |o: &Object| type_of(o).slots.buffer.get().is_some();
        if !has_buffer(a) && !has_buffer(b) {
            bail!(
                vm,
                TypeError,
                "unsupported operand types(s) or combination of types: '{}' and '{}'",
                type_name(a),
                type_name(b)
            );
        }
        let left = get_buffer(vm, a, request::SIMPLE)?;
        let right = match get_buffer(vm, b, request::SIMPLE) {
            Ok(right) => right,
            Err(raised) => {
                left.release(vm);
                return Err(raised);
            }
        };
        let same = left.with_contiguous(|a| right.with_contiguous(|b| same_bytes(a, b)));
        left.release(vm);
        right.release(vm);
        Ok(same)
    }
}
