//! Operations under a context: what they have in common.

use super::context::{ContextObject, given, rounding_of};
use super::current::current;
use super::make::{convert, operand};
use super::object::DecimalObject;
use number::decimal::{Context, Decimal as Number};
use vm::prelude::*;

impl DecimalObject {
    pub fn operate(
        a: &Object,
        b: &Object,
        vm: &Vm,
        f: fn(&Number, &Number, &Context, &mut u32) -> Number,
    ) -> Result<Object> {
        let (Some(x), Some(y)) = (operand(a), operand(b)) else { return not_implemented(vm) };
        let (context, mut conditions) = (current(vm)?, 0);
        let result = f(&x, &y, &context.limits.get(), &mut conditions);
        Self::noted(vm, &context, result, conditions)
    }

    /// A result whose conditions the context is told of. A number is copied as rarely as may be: it was written in
    /// parts, and is not there yet when it is read as a whole.
    #[inline]
    fn noted(vm: &Vm, context: &ContextObject, number: Number, conditions: u32) -> Result<Object> {
        context.note(vm, conditions)?;
        Ok(DecimalObject::wrap(number))
    }

    pub fn unary(
        &self,
        vm: &Vm,
        context: Option<&Object>,
        f: fn(&Number, &Context, &mut u32) -> Number,
    ) -> Result<Object> {
        let (context, mut conditions) = (given(vm, context)?, 0);
        let result = f(&self.number, &context.limits.get(), &mut conditions);
        Self::noted(vm, &context, result, conditions)
    }

    pub fn binary(
        &self,
        vm: &Vm,
        other: &Object,
        context: Option<&Object>,
        f: fn(&Number, &Number, &Context, &mut u32) -> Number,
    ) -> Result<Object> {
        let context = given(vm, context)?;
        let (other, mut conditions) = (convert(vm, other, &context)?, 0);
        let result = f(&self.number, &other, &context.limits.get(), &mut conditions);
        Self::noted(vm, &context, result, conditions)
    }

    pub fn integral(
        &self,
        vm: &Vm,
        rounding: Option<&Object>,
        context: Option<&Object>,
        exact: bool,
    ) -> Result<Object> {
        let object = given(vm, context)?;
        let mut limits = object.limits.get();
        if let Some(rounding) = rounding {
            limits.rounding = rounding_of(vm, rounding)?;
        }
        let mut conditions = 0;
        let result = self.number.to_integral(exact, &limits, &mut conditions);
        Self::noted(vm, &object, result, conditions)
    }
}
