//! The signals: exception classes, and the dicts of flags and traps.

use number::decimal::status::*;
use std::cell::Cell;
use vm::exception::{self, types};
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, iter, object as protocol};

/// The signals in the order of the dicts.
pub const SIGNALS: [(&str, u32); 9] = [
    ("decimal.InvalidOperation", INVALID),
    ("decimal.FloatOperation", FLOAT_OPERATION),
    ("decimal.DivisionByZero", DIVISION_BY_ZERO),
    ("decimal.Overflow", OVERFLOW),
    ("decimal.Underflow", UNDERFLOW),
    ("decimal.Subnormal", SUBNORMAL),
    ("decimal.Inexact", INEXACT),
    ("decimal.Rounded", ROUNDED),
    ("decimal.Clamped", CLAMPED),
];

/// The conditions that count as InvalidOperation.
pub const CONDITIONS: [(&str, u32); 5] = [
    ("decimal.InvalidOperation", INVALID_OPERATION),
    ("decimal.ConversionSyntax", CONVERSION_SYNTAX),
    ("decimal.DivisionImpossible", DIVISION_IMPOSSIBLE),
    ("decimal.DivisionUndefined", DIVISION_UNDEFINED),
    ("decimal.InvalidContext", INVALID_CONTEXT),
];

/// The order in which a context shows its flags: that of the bits.
const SHOWN: [usize; 9] = [8, 0, 2, 6, 1, 3, 7, 5, 4];

fn made(vm: &Vm, name: &'static str, make: impl FnOnce() -> Result<Object>) -> Result<Object> {
    if let Some(known) = vm.interp().module_state.borrow().get(name) {
        return Ok(known.clone());
    }
    let made = make()?;
    vm.interp().module_state.borrow_mut().insert(name, made.clone());
    Ok(made)
}

/// A class of the module by its dotted name.
pub fn class(vm: &Vm, name: &'static str) -> Result<Object> {
    made(vm, name, || {
        let base = |name: &'static str| class(vm, name);
        let builtin = |kind: &'static vm::object::StaticType| kind.get().to_object();
        let bases = match name {
            "decimal.DecimalException" => vec![builtin(&types::ArithmeticError)],
            "decimal.FloatOperation" => vec![base("decimal.DecimalException")?, builtin(&types::TypeError)],
            "decimal.DivisionByZero" => vec![base("decimal.DecimalException")?, builtin(&types::ZeroDivisionError)],
            "decimal.Overflow" => vec![base("decimal.Inexact")?, base("decimal.Rounded")?],
            "decimal.Underflow" => {
                vec![base("decimal.Inexact")?, base("decimal.Rounded")?, base("decimal.Subnormal")?]
            }
            "decimal.DivisionUndefined" => {
                vec![base("decimal.InvalidOperation")?, builtin(&types::ZeroDivisionError)]
            }
            "decimal.ConversionSyntax" | "decimal.DivisionImpossible" | "decimal.InvalidContext" => {
                vec![base("decimal.InvalidOperation")?]
            }
            _ => vec![base("decimal.DecimalException")?],
        };
        let namespace = Dict::empty();
        namespace.set_str(vm, "__module__", Str::new("decimal").into_object())?;
        let kind = vm::modules::builtins_get(vm, "type");
        let last = name.rsplit('.').next().unwrap_or(name);
        let args = [Str::new(last).into_object(), Tuple::from_slice(&bases).into_object(), namespace.into_object()];
        call::call(vm, &kind, &args)
    })
}

/// The bits of a signal class.
pub fn bits_of(vm: &Vm, signal: &Object) -> Result<Option<u32>> {
    for (name, bits) in SIGNALS {
        if class(vm, name)?.is(signal) {
            return Ok(Some(bits));
        }
    }
    Ok(None)
}

fn unknown_signal(vm: &Vm) -> Raised {
    let text = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";
    exception::key_error(vm, Str::new(text).as_object())
}

fn invalid_dict(vm: &Vm) -> Raised {
    exception::key_error(vm, Str::new("invalid signal dict").as_object())
}

/// Raises what of the conditions is trapped.
pub fn trapped(vm: &Vm, status: u32) -> Raised {
    if status & MEMORY != 0 {
        return vm.out_of_memory();
    }
    let raise = || {
        let mut list = Vec::new();
        for (name, bits) in CONDITIONS {
            if status & bits != 0 {
                list.push(class(vm, name)?);
            }
        }
        for (name, bits) in &SIGNALS[1..] {
            if status & bits != 0 {
                list.push(class(vm, name)?);
            }
        }
        let name =
            SIGNALS.iter().find(|(_, bits)| status & bits != 0).map_or("decimal.InvalidOperation", |(name, _)| *name);
        call::call(vm, &class(vm, name)?, &[List::from_vec(list).into_object()])
    };
    match raise() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// The signals in a context's repr.
pub fn shown(bits: u32) -> String {
    let names: Vec<&str> = SHOWN
        .iter()
        .map(|&at| SIGNALS[at])
        .filter(|(_, known)| bits & known != 0)
        .map(|(name, _)| name.trim_start_matches("decimal."))
        .collect();
    names.join(", ")
}

/// The signals of bits, as a list.
pub fn list_of(vm: &Vm, bits: u32) -> Result<Object> {
    let mut list = Vec::new();
    for (name, known) in SIGNALS {
        if bits & known != 0 {
            list.push(class(vm, name)?);
        }
    }
    Ok(List::from_vec(list).into_object())
}

#[pytype("SignalDictMixin", module = "decimal", doc = "", flags(BASETYPE))]
pub struct SignalDict {
    pub head: Head,
    pub bits: Cell<u32>,
}

impl SignalDict {
    /// The class of the dicts: this one and `MutableMapping`.
    fn dict_class(vm: &Vm) -> Result<Object> {
        made(vm, "decimal.SignalDict", || {
            let mapping = attr::getattr(vm, &vm.import("collections.abc")?, &vm.intern("MutableMapping"))?;
            let bases = Tuple::from_slice(&[SignalDict::class().to_object(), mapping.clone()]).into_object();
            let meta = vm::object::type_of(&mapping).to_object();
            call::call(vm, &meta, &[Str::new("SignalDict").into_object(), bases, Dict::empty().into_object()])
        })
    }

    pub fn make(vm: &Vm, bits: u32) -> Result<Ref<SignalDict>> {
        let class = Self::dict_class(vm)?;
        let Some(class) = class.cast::<Type>() else { bail!(vm, SystemError, "SignalDict is no class") };
        instance::alloc(vm, class, SignalDict { head: Head::new(), bits: Cell::new(bits) })
    }

    /// The bits of a list or dict of signals.
    pub fn bits_from(vm: &Vm, object: &Object) -> Result<u32> {
        if let Some(dict) = object.cast::<SignalDict>() {
            return Ok(dict.bits.get());
        }
        if let Some(list) = object.cast::<List>() {
            let mut bits = 0;
            for signal in vm.memory(list.items.to_vec())? {
                bits |= bits_of(vm, &signal)?.ok_or_else(|| unknown_signal(vm))?;
            }
            return Ok(bits);
        }
        let Some(dict) = object.cast::<Dict>() else {
            bail!(vm, TypeError, "argument must be a signal dict");
        };
        if dict.table.len() != SIGNALS.len() {
            return Err(invalid_dict(vm));
        }
        let mut bits = 0;
        for (name, known) in SIGNALS {
            match dict.get(vm, &class(vm, name)?)? {
                Some(value) if protocol::is_true(vm, &value)? => bits |= known,
                Some(_) => {}
                None => return Err(invalid_dict(vm)),
            }
        }
        Ok(bits)
    }

    fn to_dict(&self, vm: &Vm) -> Result<Ref<Dict>> {
        let dict = Dict::empty();
        for (name, bits) in SIGNALS {
            dict.set(vm, &class(vm, name)?, (self.bits.get() & bits != 0).object())?;
        }
        Ok(dict)
    }
}

#[pymethods]
impl SignalDict {
    #[slot]
    fn len(&self) -> usize {
        SIGNALS.len()
    }

    #[slot]
    fn iter(&self, vm: &Vm) -> Result<Object> {
        let mut list = Vec::new();
        for (name, _) in SIGNALS {
            list.push(class(vm, name)?);
        }
        iter::get_iter(vm, Tuple::from_slice(&list).as_object())
    }

    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let mut parts = Vec::new();
        for (name, bits) in SIGNALS {
            let on = if self.bits.get() & bits != 0 { "True" } else { "False" };
            parts.push(format!("{}:{on}", protocol::repr(vm, &class(vm, name)?)?));
        }
        Ok(format!("{{{}}}", parts.join(", ")))
    }

    #[slot]
    fn subscript(&self, vm: &Vm, signal: &Object) -> Result<bool> {
        match bits_of(vm, signal)? {
            Some(bits) => Ok(self.bits.get() & bits != 0),
            None => Err(unknown_signal(vm)),
        }
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, signal: &Object, value: Option<&Object>) -> Result<()> {
        let Some(value) = value else { bail!(vm, ValueError, "signal keys cannot be deleted") };
        let Some(bits) = bits_of(vm, signal)? else { return Err(unknown_signal(vm)) };
        let on = protocol::is_true(vm, value)?;
        self.bits.set(if on { self.bits.get() | bits } else { self.bits.get() & !bits });
        Ok(())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return not_implemented(vm);
        }
        let theirs = match other.cast::<SignalDict>() {
            Some(other) => other.bits.get(),
            None if other.is_instance_of::<Dict>() => match Self::bits_from(vm, other) {
                Ok(bits) => bits,
                Err(_) if vm.raised_is(&types::KeyError) => {
                    vm.clear_raised();
                    return Ok((op == CompareOp::Ne).object());
                }
                Err(raised) => return Err(raised),
            },
            None => return not_implemented(vm),
        };
        let mask =
            |bits: u32| SIGNALS.iter().filter(|(_, known)| bits & known != 0).fold(0, |all, (_, known)| all | known);
        Ok(((mask(theirs) == mask(self.bits.get())) == (op == CompareOp::Eq)).object())
    }

    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Ref<Dict>> {
        self.to_dict(vm)
    }
}
