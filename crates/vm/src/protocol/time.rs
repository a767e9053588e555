//! Spans of time that programs give as numbers of seconds.

use crate::builtins::float::Float;
use crate::builtins::int::Int;
use crate::exception::types;
use crate::object::type_of;
use crate::prelude::*;
use crate::protocol::number;

/// What becomes of fractions of a nanosecond.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Round {
    Down,
    Up,
    /// Away from zero.
    Away,
}

fn out_of_range(vm: &Vm) -> Raised {
    raise!(vm, OverflowError, "timestamp out of range for C PyTime_t")
}

/// Nanoseconds of a number of seconds; TypeError for what is no number, OverflowError beyond 63 bits.
pub fn nanoseconds(vm: &Vm, seconds: &Object, round: Round) -> Result<i64> {
    if seconds.is_instance_of::<Float>() {
        let value = Float::value_of(seconds).unwrap_or_default();
        if value.is_nan() {
            bail!(vm, ValueError, "Invalid value NaN (not a number)");
        }
        let nanos = value * 1e9;
        let whole = match round {
            Round::Down => nanos.floor(),
            Round::Up => nanos.ceil(),
            Round::Away if nanos >= 0.0 => nanos.ceil(),
            Round::Away => nanos.floor(),
        };
        if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole) {
            return Err(out_of_range(vm));
        }
        return Ok(whole as i64);
    }
    if !number::has_index(seconds) {
        let given = type_of(seconds).tp_name();
        bail!(vm, TypeError, "'{given}' object cannot be interpreted as an integer or float");
    }
    let whole = number::index(vm, seconds)?;
    Int::to_i64(&whole).and_then(|s| s.checked_mul(1_000_000_000)).ok_or_else(|| out_of_range(vm))
}

/// A time-out: `None` and nothing mean for ever; ValueError with `negative` as its message for what is below zero.
pub fn timeout(vm: &Vm, seconds: Option<&Object>, negative: &str) -> Result<Option<i64>> {
    let Some(seconds) = seconds.filter(|s| !s.is(&none())) else { return Ok(None) };
    let nanos = match nanoseconds(vm, seconds, Round::Up) {
        Err(_) if vm.raised_is(&types::TypeError) => {
            vm.clear_raised();
            bail!(vm, TypeError, "timeout must be a real number or None");
        }
        other => other?,
    };
    if nanos < 0 {
        bail!(vm, ValueError, "{negative}");
    }
    Ok(Some(nanos))
}
