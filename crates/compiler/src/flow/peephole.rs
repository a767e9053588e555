//! Folding of constants, and patterns within a block.

use bytecode::op::intrinsic;
use bytecode::{Const, Op, Pseudo};

use super::tidy::NOWHERE;
use super::{BlockId, Graph, Ins, Opcode};
use crate::fold;
use crate::unit::Table;

use Opcode::{Pseudo as P, Real as R};

/// Sequences longer than this are not built on the stack at once.
pub(crate) const STACK_USE_GUIDELINE: usize = 30;
/// Shorter lists and sets of constants are built item by item.
const MIN_CONST_SEQUENCE: usize = 3;

fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(i) => u8::try_from(i).ok().map(u32::from),
        _ => None,
    }
}

fn value(ins: &Ins, consts: &Table<Const>) -> Option<Const> {
    match ins.op {
        R(Op::LOAD_CONST) => consts.get(ins.arg as usize).cloned(),
        R(Op::LOAD_SMALL_INT) => Some(Const::Int(ins.arg.into())),
        _ => None,
    }
}

fn load(ins: &mut Ins, value: Const, consts: &mut Table<Const>) {
    match small_int(&value) {
        Some(small) => ins.set(Op::LOAD_SMALL_INT, small),
        None => {
            let index = consts.add(value);
            ins.set(Op::LOAD_CONST, index);
        }
    }
}

impl Graph {
    pub(super) fn optimize_load_const(&mut self, consts: &mut Table<Const>) {
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            load_const_block(&mut self.blocks[id].ins, consts);
        }
    }

    pub(super) fn peephole(&mut self, consts: &mut Table<Const>) {
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            self.peephole_block(id, consts);
            self.swaps(id);
        }
    }

    /// Jumps to where a jump at the target goes; whether anything changed.
    fn thread(&mut self, id: BlockId, i: usize, target: Ins, op: impl Into<Opcode>) -> bool {
        let block = &mut self.blocks[id];
        if block.ins[i].target == target.target {
            return false;
        }
        block.ins[i].nop();
        block.ins[i].target = None;
        let mut jump = Ins::new(op, 0, target.loc);
        jump.target = target.target;
        block.append(jump);
        true
    }

    fn peephole_block(&mut self, id: BlockId, consts: &mut Table<Const>) {
        let mut at = 0;
        while at < self.blocks[id].ins.len() {
            let i = at;
            at += 1;
            let ins = self.blocks[id].ins[i];
            let target = ins.target.and_then(|target| self.blocks[target].ins.first().copied());
            let target_op = target.map(|target| target.op);
            let next = self.blocks[id].ins.get(i + 1).map(|ins| ins.op);
            let arg = ins.arg;
            match ins.op {
                R(Op::POP_JUMP_IF_NOT_NONE | Op::POP_JUMP_IF_NONE | Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE) => {
                    if let (Some(target), Some(P(Pseudo::JUMP))) = (target, target_op)
                        && self.thread(id, i, target, ins.op)
                    {
                        at -= 1;
                    }
                }
                P(Pseudo::JUMP_IF_FALSE | Pseudo::JUMP_IF_TRUE) => {
                    let Some(target) = target else { continue };
                    if target.op == Pseudo::JUMP || target.op == ins.op {
                        if self.thread(id, i, target, ins.op) {
                            at -= 1;
                        }
                    } else if matches!(target.op, P(Pseudo::JUMP_IF_FALSE | Pseudo::JUMP_IF_TRUE)) {
                        // The value that jumps here falls through there.
                        let there = ins.target.and_then(|target| self.blocks[target].next);
                        self.blocks[id].ins[i].target = there;
                        at -= 1;
                    }
                }
                P(Pseudo::JUMP | Pseudo::JUMP_NO_INTERRUPT) => {
                    if let Some(target) = target
                        && matches!(target.op, P(Pseudo::JUMP | Pseudo::JUMP_NO_INTERRUPT))
                    {
                        let op = if target.op == Pseudo::JUMP { target.op } else { ins.op };
                        if self.thread(id, i, target, op) {
                            at -= 1;
                        }
                    }
                }
                R(op) => peephole_real(&mut self.blocks[id].ins, i, op, arg, next, consts),
                P(_) => {}
            }
        }
    }
}

fn peephole_real(ins: &mut [Ins], i: usize, op: Op, arg: u32, next: Option<Opcode>, consts: &mut Table<Const>) {
    let next_is = |op: Op| next == Some(R(op));
    match op {
        Op::BUILD_TUPLE => {
            if next_is(Op::UNPACK_SEQUENCE) && ins[i + 1].arg == arg {
                match arg {
                    1 => {
                        ins[i].nop();
                        ins[i + 1].nop();
                        return;
                    }
                    2 | 3 => {
                        ins[i].nop();
                        ins[i + 1].op = Op::SWAP.into();
                        return;
                    }
                    _ => {}
                }
            }
            fold_tuple(ins, i, consts);
        }
        Op::BUILD_LIST | Op::BUILD_SET => fold_list_or_set(ins, i, next, consts),
        // What is only looped over or searched need not be a list or set.
        Op::LIST_APPEND | Op::SET_ADD
            if arg == 1
                && (next_is(Op::GET_ITER) || next_is(Op::CONTAINS_OP))
                && fold_appended(ins, i, i + 1, op, consts) =>
        {
            ins[i].loc = NOWHERE;
        }
        Op::STORE_FAST if next_is(op) && ins[i + 1].arg == arg && ins[i].loc.line == ins[i + 1].loc.line => {
            ins[i].set(Op::POP_TOP, 0);
        }
        Op::SWAP if arg == 1 => ins[i].nop(),
        Op::LOAD_GLOBAL if next_is(Op::PUSH_NULL) && arg & 1 == 0 => {
            ins[i].arg |= 1;
            ins[i + 1].nop();
        }
        Op::COMPARE_OP if next_is(Op::TO_BOOL) => {
            ins[i].nop();
            ins[i + 1].set(Op::COMPARE_OP, arg | bytecode::CompareOp::TO_BOOL);
        }
        Op::CONTAINS_OP | Op::IS_OP => {
            if next_is(Op::TO_BOOL) {
                ins[i].nop();
                ins[i + 1].set(op, arg);
            } else if next_is(Op::UNARY_NOT) {
                ins[i].nop();
                ins[i + 1].set(op, arg ^ 1);
            }
        }
        Op::TO_BOOL if next_is(Op::TO_BOOL) => ins[i].nop(),
        Op::UNARY_NOT => {
            if next_is(Op::TO_BOOL) {
                ins[i].nop();
                ins[i + 1].set(Op::UNARY_NOT, 0);
            } else if next_is(Op::UNARY_NOT) {
                ins[i].nop();
                ins[i + 1].nop();
            } else {
                fold_unary(ins, i, consts);
            }
        }
        Op::UNARY_INVERT | Op::UNARY_NEGATIVE => fold_unary(ins, i, consts),
        Op::CALL_INTRINSIC_1
            if arg == intrinsic::LIST_TO_TUPLE
                && !fold_appended(ins, i, i, Op::LIST_APPEND, consts)
                && next_is(Op::GET_ITER) =>
        {
            ins[i].nop();
        }
        Op::CALL_INTRINSIC_1 if arg == intrinsic::UNARY_POSITIVE => fold_unary(ins, i, consts),
        Op::BINARY_OP => {
            if let Some([left, right]) =
                const_loads(ins, i, 2).as_deref().and_then(|at| <[usize; 2]>::try_from(at).ok())
                && let (Some(a), Some(b)) = (value(&ins[left], consts), value(&ins[right], consts))
                && let Some(result) = fold::binary(&a, arg, &b)
            {
                nop_out(ins, &[left, right]);
                load(&mut ins[i], result, consts);
            }
        }
        _ => {}
    }
}

/// The `count` instructions before `i` that load constants, NOPs aside.
fn const_loads(ins: &[Ins], i: usize, count: usize) -> Option<Vec<usize>> {
    let mut found = Vec::with_capacity(count);
    for (at, one) in ins[..i].iter().enumerate().rev() {
        if found.len() == count {
            break;
        }
        if one.op == Op::NOP {
            continue;
        }
        if !one.op.loads_const() {
            return None;
        }
        found.push(at);
    }
    found.reverse();
    (found.len() == count).then_some(found)
}

fn nop_out(ins: &mut [Ins], at: &[usize]) {
    for i in at {
        ins[*i].nop();
        ins[*i].loc = NOWHERE;
    }
}

fn values(ins: &[Ins], at: &[usize], consts: &Table<Const>) -> Option<Vec<Const>> {
    at.iter().map(|i| value(&ins[*i], consts)).collect()
}

fn fold_tuple(ins: &mut [Ins], i: usize, consts: &mut Table<Const>) {
    let size = ins[i].arg as usize;
    if size > STACK_USE_GUIDELINE {
        return;
    }
    if let Some(at) = const_loads(ins, i, size)
        && let Some(items) = values(ins, &at, consts)
    {
        nop_out(ins, &at);
        load(&mut ins[i], Const::Tuple(items), consts);
    }
}

fn fold_list_or_set(ins: &mut [Ins], i: usize, next: Option<Opcode>, consts: &mut Table<Const>) {
    let iterated = next == Some(R(Op::GET_ITER)) || next == Some(R(Op::CONTAINS_OP));
    let size = ins[i].arg as usize;
    if size > STACK_USE_GUIDELINE || size < MIN_CONST_SEQUENCE && !iterated {
        return;
    }
    let built = ins[i].op;
    let folded = const_loads(ins, i, size).and_then(|at| Some((values(ins, &at, consts)?, at)));
    let Some((items, at)) = folded else {
        if iterated && built == Op::BUILD_LIST {
            ins[i].op = Op::BUILD_TUPLE.into();
        }
        return;
    };
    let value = if built == Op::BUILD_SET { fold::frozen_set(items) } else { Const::Tuple(items) };
    let index = consts.add(value);
    nop_out(ins, &at);
    if iterated {
        ins[i].set(Op::LOAD_CONST, index);
    } else {
        let loc = ins[i].loc;
        ins[i - 2].set(built, 0);
        ins[i - 2].loc = loc;
        ins[i - 1].set(Op::LOAD_CONST, index);
        ins[i].set(if built == Op::BUILD_LIST { Op::LIST_EXTEND } else { Op::SET_UPDATE }, 1);
    }
}

/// `BUILD_LIST 0`, constants each appended (or `BUILD_SET`, added), up to before `end`: a constant at `i`; whether it was so.
fn fold_appended(ins: &mut [Ins], i: usize, end: usize, add: Op, consts: &mut Table<Const>) -> bool {
    let build = if add == Op::SET_ADD { Op::BUILD_SET } else { Op::BUILD_LIST };
    let mut expect_append = true;
    let mut loads = Vec::new();
    for at in (0..end).rev() {
        let one = &ins[at];
        if one.op == Op::NOP {
            continue;
        }
        if one.op == build && one.arg == 0 {
            if !expect_append {
                return false;
            }
            loads.reverse();
            let Some(items) = values(ins, &loads, consts) else { return false };
            for one in at..end {
                if ins[one].op != Op::NOP && one != i {
                    nop_out(ins, &[one]);
                }
            }
            let value = if add == Op::SET_ADD { fold::frozen_set(items) } else { Const::Tuple(items) };
            load(&mut ins[i], value, consts);
            return true;
        }
        if expect_append {
            if one.op != add || one.arg != 1 {
                return false;
            }
        } else {
            if !one.op.loads_const() {
                return false;
            }
            loads.push(at);
        }
        expect_append = !expect_append;
    }
    false
}

fn fold_unary(ins: &mut [Ins], i: usize, consts: &mut Table<Const>) {
    let Some(at) = const_loads(ins, i, 1) else { return };
    let R(op) = ins[i].op else { return };
    if let Some(operand) = value(&ins[at[0]], consts)
        && let Some(result) = fold::unary(op, &operand)
    {
        nop_out(ins, &at);
        load(&mut ins[i], result, consts);
    }
}

fn load_const_block(ins: &mut [Ins], consts: &mut Table<Const>) {
    let mut loaded: Option<Ins> = None;
    for i in 0..ins.len() {
        if ins[i].op == Op::LOAD_CONST
            && let Some(small) = value(&ins[i], consts).as_ref().and_then(small_int)
        {
            ins[i].set(Op::LOAD_SMALL_INT, small);
        }
        let copy_of_const = loaded.is_some_and(|l| l.op == Op::LOAD_CONST) && ins[i].op == Op::COPY && ins[i].arg == 1;
        if !copy_of_const {
            loaded = Some(ins[i]);
        }
        let Some(constant) = loaded.filter(|l| l.op.loads_const()).and_then(|l| value(&l, consts)) else { continue };
        let Some(next) = ins.get(i + 1).map(|next| next.op) else { continue };
        match next {
            R(Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE) | P(Pseudo::JUMP_IF_FALSE | Pseudo::JUMP_IF_TRUE) => {
                if matches!(next, R(_)) {
                    ins[i].nop();
                }
                let when_true = matches!(next, R(Op::POP_JUMP_IF_TRUE) | P(Pseudo::JUMP_IF_TRUE));
                if fold::truth(&constant) == when_true {
                    ins[i + 1].op = Pseudo::JUMP.into();
                } else {
                    ins[i + 1].nop();
                    ins[i + 1].target = None;
                }
            }
            R(Op::IS_OP) => {
                if !matches!(constant, Const::None) || ins.len() <= i + 2 {
                    continue;
                }
                let mut jump = i + 2;
                if ins[jump].op == Op::TO_BOOL {
                    ins[jump].nop();
                    jump += 1;
                    if ins.len() <= jump {
                        continue;
                    }
                }
                let mut invert = ins[i + 1].arg != 0;
                if ins[jump].op == Op::POP_JUMP_IF_FALSE {
                    invert = !invert;
                } else if ins[jump].op != Op::POP_JUMP_IF_TRUE {
                    continue;
                }
                ins[i].nop();
                ins[i + 1].nop();
                ins[jump].op = if invert { Op::POP_JUMP_IF_NOT_NONE } else { Op::POP_JUMP_IF_NONE }.into();
            }
            R(Op::TO_BOOL) => {
                let index = consts.add(Const::Bool(fold::truth(&constant)));
                ins[i].nop();
                ins[i + 1].set(Op::LOAD_CONST, index);
            }
            _ => {}
        }
    }
}
