//! Which loads of locals may push a borrowed reference: those whose value is consumed in the same block before the local
//! changes, and is not itself stored in a local.

use bytecode::Op;

use super::{BlockId, Graph, Ins, Opcode};

/// The local that a reference came from changed while the reference was on the stack.
const SUPPORT_KILLED: u8 = 1;
/// The reference went into a local.
const STORED_AS_LOCAL: u8 = 2;
/// The reference was still on the stack at the block's end.
const UNCONSUMED: u8 = 4;

/// A value on the stack: the instruction that pushed it, and the local that it came from.
#[derive(Clone, Copy)]
struct Ref {
    ins: Option<usize>,
    local: Option<u32>,
}

const OTHER: Ref = Ref { ins: None, local: None };

struct Refs<'f> {
    stack: Vec<Ref>,
    flags: &'f mut [u8],
}

impl Refs<'_> {
    fn push(&mut self, ins: usize, local: u32) {
        self.stack.push(Ref { ins: Some(ins), local: Some(local) });
    }

    fn made(&mut self, ins: usize) {
        self.stack.push(Ref { ins: Some(ins), local: None });
    }

    fn pop(&mut self) -> Ref {
        self.stack.pop().unwrap_or(OTHER)
    }

    fn kill(&mut self, local: u32) {
        for r in &self.stack {
            if r.local == Some(local)
                && let Some(ins) = r.ins
            {
                self.flags[ins] |= SUPPORT_KILLED;
            }
        }
    }

    fn store(&mut self, local: u32) {
        let r = self.pop();
        self.kill(local);
        if let Some(ins) = r.ins {
            self.flags[ins] |= STORED_AS_LOCAL;
        }
    }
}

impl Graph {
    pub(super) fn borrow_locals(&mut self) {
        self.clear_visited();
        self.blocks[0].visited = true;
        self.blocks[0].start_depth = Some(0);
        let mut todo = vec![0];
        while let Some(id) = todo.pop() {
            let mut ins = std::mem::take(&mut self.blocks[id].ins);
            let mut flags = vec![0; ins.len() + 4];
            let depth = self.blocks[id].start_depth.unwrap_or(0);
            let mut refs = Refs { stack: vec![OTHER; usize::try_from(depth).unwrap_or(0)], flags: &mut flags };
            for (i, one) in ins.iter().enumerate() {
                step(&mut refs, i, one);
                if let Some(target) = one.target {
                    self.reach(target, &mut todo);
                }
            }
            let left: Vec<Ref> = std::mem::take(&mut refs.stack);
            for r in left {
                if let Some(at) = r.ins {
                    flags[at] |= UNCONSUMED;
                }
            }
            for (one, flags) in ins.iter_mut().zip(&flags) {
                if *flags == 0 {
                    match one.op {
                        Opcode::Real(Op::LOAD_FAST) => one.op = Op::LOAD_FAST_BORROW.into(),
                        Opcode::Real(Op::LOAD_FAST_LOAD_FAST) => {
                            one.op = Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW.into();
                        }
                        _ => {}
                    }
                }
            }
            self.blocks[id].ins = ins;
            let block = &self.blocks[id];
            if let (Some(next), Some(last)) = (block.next, block.last())
                && !last.op.is_unconditional_jump()
                && !last.op.exits_scope()
            {
                self.reach(next, &mut todo);
            }
        }
    }

    fn reach(&mut self, id: BlockId, todo: &mut Vec<BlockId>) {
        if !std::mem::replace(&mut self.blocks[id].visited, true) {
            todo.push(id);
        }
    }
}

fn step(refs: &mut Refs<'_>, i: usize, ins: &Ins) {
    let arg = ins.arg;
    let (popped, pushed) = ins.op.popped_pushed(arg);
    let Opcode::Real(op) = ins.op else {
        return other(refs, i, popped, pushed);
    };
    match op {
        Op::LOAD_FAST => refs.push(i, arg),
        Op::DELETE_FAST => refs.kill(arg),
        // They may leave the value itself.
        Op::FORMAT_SIMPLE | Op::GET_YIELD_FROM_ITER => {}
        Op::LOAD_FAST_AND_CLEAR => {
            refs.kill(arg);
            refs.push(i, arg);
        }
        Op::LOAD_FAST_LOAD_FAST => {
            refs.push(i, arg >> 4);
            refs.push(i, arg & 15);
        }
        Op::STORE_FAST => refs.store(arg),
        Op::STORE_FAST_LOAD_FAST => {
            refs.store(arg >> 4);
            refs.push(i, arg & 15);
        }
        Op::STORE_FAST_STORE_FAST => {
            refs.store(arg >> 4);
            refs.store(arg & 15);
        }
        Op::COPY => {
            let at = refs.stack.len().checked_sub(arg as usize);
            let r = at.and_then(|at| refs.stack.get(at).copied()).unwrap_or(OTHER);
            refs.stack.push(r);
        }
        Op::SWAP => {
            let len = refs.stack.len();
            if let Some(at) = len.checked_sub(arg as usize)
                && len > 0
            {
                refs.stack.swap(at, len - 1);
            }
        }
        Op::GET_ANEXT
        | Op::GET_LEN
        | Op::IMPORT_FROM
        | Op::MATCH_KEYS
        | Op::MATCH_MAPPING
        | Op::MATCH_SEQUENCE
        | Op::WITH_EXCEPT_START => {
            // CPython takes these for values of the block's first instructions, and so keeps those from borrowing.
            for j in 0..usize::try_from(pushed - popped).unwrap_or(0) {
                refs.made(j);
            }
        }
        Op::DICT_MERGE
        | Op::DICT_UPDATE
        | Op::LIST_APPEND
        | Op::LIST_EXTEND
        | Op::MAP_ADD
        | Op::RERAISE
        | Op::SET_ADD
        | Op::SET_UPDATE => {
            for _ in 0..popped - pushed {
                refs.pop();
            }
        }
        Op::END_SEND | Op::SET_FUNCTION_ATTRIBUTE => {
            // The top one stays, the one below is dropped.
            let top = refs.pop();
            refs.pop();
            refs.stack.push(top);
        }
        Op::CHECK_EXC_MATCH => {
            refs.pop();
            refs.made(i);
        }
        Op::FOR_ITER => refs.made(i),
        Op::LOAD_ATTR | Op::LOAD_SUPER_ATTR => {
            let owner = refs.pop();
            if op == Op::LOAD_SUPER_ATTR {
                refs.pop();
                refs.pop();
            }
            refs.made(i);
            if arg & 1 != 0 {
                refs.stack.push(owner);
            }
        }
        Op::LOAD_SPECIAL | Op::PUSH_EXC_INFO => {
            let top = refs.pop();
            refs.made(i);
            refs.stack.push(top);
        }
        Op::SEND => {
            refs.pop();
            refs.made(i);
        }
        _ => other(refs, i, popped, pushed),
    }
}

fn other(refs: &mut Refs<'_>, i: usize, popped: i64, pushed: i64) {
    for _ in 0..popped {
        refs.pop();
    }
    for _ in 0..pushed {
        refs.made(i);
    }
}
