//! `_opcode`: what `dis` knows of the instructions, out of the one table of them.

use vm::bytecode::op::{self, Op, Pseudo};
use vm::frame::code::Code;
use vm::prelude::*;

/// An instruction by its number, real or the compiler's own.
enum Instruction {
    Real(Op),
    Own(Pseudo),
}

fn instruction(number: i64) -> Option<Instruction> {
    match u8::try_from(number) {
        Ok(byte) => Op::from_u8(byte).filter(|op| !op.is_ours()).map(Instruction::Real),
        Err(_) => u16::try_from(number).ok().and_then(Pseudo::from_u16).map(Instruction::Own),
    }
}

/// Whether an instruction has what both kinds are asked for.
fn asks(number: i64, real: fn(Op) -> bool, own: fn(Pseudo) -> bool) -> bool {
    match instruction(number) {
        Some(Instruction::Real(op)) => real(op),
        Some(Instruction::Own(op)) => own(op),
        None => false,
    }
}

fn sets_up_handler(op: Pseudo) -> bool {
    matches!(op, Pseudo::SETUP_FINALLY | Pseudo::SETUP_CLEANUP | Pseudo::SETUP_WITH)
}

/// Of the monitoring forms only these two keep the table's answer.
fn jumps_itself(op: Op) -> bool {
    op.has_jump() && (!op.is_instrumented() || matches!(op.deopt(), Op::FOR_ITER | Op::END_ASYNC_FOR))
}

fn names(names: &[&str]) -> Vec<Object> {
    names.iter().map(|name| Str::new(name).into_object()).collect()
}

/// Opcode support module.
#[pymodule("_opcode")]
pub mod module {
    use super::*;

    #[constant]
    const ENABLE_SPECIALIZATION: i32 = 1;
    #[constant]
    const ENABLE_SPECIALIZATION_FT: i32 = 1;

    /// Compute the stack effect of the opcode.
    #[py("stack_effect(opcode, oparg=None, /, *, jump=None)")]
    fn stack_effect(vm: &Vm, opcode: i32, oparg: Option<i32>, jump: Option<&Object>) -> Result<i64> {
        let jump = match jump {
            None => None,
            Some(jump) if jump.is(&true.object()) => Some(true),
            Some(jump) if jump.is(&false.object()) => Some(false),
            Some(_) => bail!(vm, ValueError, "stack_effect: jump must be False, True or None"),
        };
        // Specialised instructions have none of their own.
        let special = |n: u16| {
            u8::try_from(n).ok().and_then(Op::from_u8).is_some_and(|op| op.deopt() != op && !op.is_instrumented())
        };
        let number = u16::try_from(opcode).ok().filter(|&n| !special(n));
        match number.and_then(|number| op::stack_effect(number, oparg.unwrap_or(0) as u32, jump)) {
            Some(effect) => Ok(effect),
            None => Err(raise!(vm, ValueError, "invalid opcode or oparg")),
        }
    }

    /// Return True if opcode is valid, False otherwise.
    #[py("is_valid(opcode)")]
    fn is_valid(opcode: i32) -> bool {
        instruction(i64::from(opcode)).is_some()
    }

    /// Return True if the opcode uses its oparg, False otherwise.
    #[py("has_arg(opcode)")]
    fn has_arg(opcode: i32) -> bool {
        asks(i64::from(opcode), Op::has_arg, |op| op != Pseudo::POP_BLOCK && op != Pseudo::ANNOTATIONS_PLACEHOLDER)
    }

    /// Return True if the opcode accesses a constant, False otherwise.
    #[py("has_const(opcode)")]
    fn has_const(opcode: i32) -> bool {
        asks(i64::from(opcode), Op::has_const, |_| false)
    }

    /// Return True if the opcode accesses an attribute by name, False otherwise.
    #[py("has_name(opcode)")]
    fn has_name(opcode: i32) -> bool {
        asks(i64::from(opcode), Op::has_name, |_| false)
    }

    /// Return True if the opcode has a jump target, False otherwise.
    #[py("has_jump(opcode)")]
    fn has_jump(opcode: i32) -> bool {
        let jumps =
            |op| matches!(op, Pseudo::JUMP | Pseudo::JUMP_NO_INTERRUPT | Pseudo::JUMP_IF_FALSE | Pseudo::JUMP_IF_TRUE);
        asks(i64::from(opcode), jumps_itself, jumps)
    }

    /// Return True if the opcode accesses a free variable, False otherwise.
    #[py("has_free(opcode)")]
    fn has_free(opcode: i32) -> bool {
        asks(i64::from(opcode), Op::has_free, |_| false)
    }

    /// Return True if the opcode accesses a local variable, False otherwise.
    #[py("has_local(opcode)")]
    fn has_local(opcode: i32) -> bool {
        asks(i64::from(opcode), Op::has_local, |op| matches!(op, Pseudo::LOAD_CLOSURE | Pseudo::STORE_FAST_MAYBE_NULL))
    }

    /// Return True if the opcode sets up an exception handler, False otherwise.
    #[py("has_exc(opcode)")]
    fn has_exc(opcode: i32) -> bool {
        asks(i64::from(opcode), |_| false, sets_up_handler)
    }

    /// Return the specialization stats: None where they are not collected.
    #[py("get_specialization_stats()")]
    fn get_specialization_stats() {}

    /// Return array of symbols of binary ops, indexed by the BINARY_OP oparg value.
    #[py("get_nb_ops()")]
    fn get_nb_ops() -> Vec<Object> {
        let pair = |(name, sign): &(&str, &str)| {
            Tuple::from_slice(&[Str::new(name).into_object(), Str::new(sign).into_object()]).into_object()
        };
        op::BINARY_OPS.iter().map(pair).collect()
    }

    /// Return a list of names of the unary intrinsics.
    #[py("get_intrinsic1_descs()")]
    fn get_intrinsic1_descs() -> Vec<Object> {
        names(&op::INTRINSICS_1)
    }

    /// Return a list of names of the binary intrinsics.
    #[py("get_intrinsic2_descs()")]
    fn get_intrinsic2_descs() -> Vec<Object> {
        names(&op::INTRINSICS_2)
    }

    /// Return a list of special method names, indexed by the LOAD_SPECIAL oparg value.
    #[py("get_special_method_names()")]
    fn get_special_method_names() -> Vec<Object> {
        names(&["__enter__", "__exit__", "__aenter__", "__aexit__"])
    }

    /// Return the executor object at offset in code: none is kept there, so this is a ValueError.
    #[py("get_executor(code, offset)")]
    fn get_executor(vm: &Vm, code: &Object, offset: i32) -> Result<Object> {
        let _ = offset;
        if code.cast::<Code>().is_none() {
            bail!(vm, TypeError, "expected a code object, not '{}'", vm::object::type_name(code));
        }
        Err(raise!(vm, ValueError, "no executor at given byte offset"))
    }
}
