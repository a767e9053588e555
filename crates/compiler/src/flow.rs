//! The graph of basic blocks, and what is done to it before it becomes code.
//!
//! The passes and their order are CPython 3.14's; what they do decides which instructions come out, so each follows its
//! counterpart's rules to the letter.

mod borrow;
mod build;
mod cold;
mod handlers;
mod lines;
mod locals;
mod peephole;
mod show;
mod swap;
mod tidy;

use bytecode::{Location, Op, Pseudo};

pub(crate) use build::{Label, Sequence};
pub(crate) use peephole::STACK_USE_GUIDELINE;

use crate::unit::Table;
use bytecode::Const;

/// An instruction of the compiler: one that may stand in code, or a pseudo instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Real(Op),
    Pseudo(Pseudo),
}

impl From<Op> for Opcode {
    fn from(op: Op) -> Opcode {
        Opcode::Real(op)
    }
}

impl From<Pseudo> for Opcode {
    fn from(op: Pseudo) -> Opcode {
        Opcode::Pseudo(op)
    }
}

impl PartialEq<Op> for Opcode {
    fn eq(&self, other: &Op) -> bool {
        *self == Opcode::Real(*other)
    }
}

impl PartialEq<Pseudo> for Opcode {
    fn eq(&self, other: &Pseudo) -> bool {
        *self == Opcode::Pseudo(*other)
    }
}

impl Opcode {
    /// A jump, conditional or not; always the last of its block.
    pub fn is_jump(self) -> bool {
        match self {
            Opcode::Real(op) => op.has_jump(),
            Opcode::Pseudo(op) => {
                use Pseudo::{JUMP, JUMP_IF_FALSE, JUMP_IF_TRUE, JUMP_NO_INTERRUPT};
                matches!(op, JUMP | JUMP_NO_INTERRUPT | JUMP_IF_FALSE | JUMP_IF_TRUE)
            }
        }
    }

    pub fn is_unconditional_jump(self) -> bool {
        match self {
            Opcode::Real(op) => {
                matches!(op, Op::JUMP_FORWARD | Op::JUMP_BACKWARD | Op::JUMP_BACKWARD_NO_INTERRUPT)
            }
            Opcode::Pseudo(op) => matches!(op, Pseudo::JUMP | Pseudo::JUMP_NO_INTERRUPT),
        }
    }

    pub fn is_block_push(self) -> bool {
        use Pseudo::{SETUP_CLEANUP, SETUP_FINALLY, SETUP_WITH};
        matches!(self, Opcode::Pseudo(SETUP_CLEANUP | SETUP_FINALLY | SETUP_WITH))
    }

    pub fn has_target(self) -> bool {
        self.is_jump() || self.is_block_push()
    }

    /// Leaves the code object.
    pub fn exits_scope(self) -> bool {
        matches!(self, Opcode::Real(Op::RETURN_VALUE | Op::RAISE_VARARGS | Op::RERAISE | Op::INTERPRETER_EXIT))
    }

    pub fn is_terminator(self) -> bool {
        self.is_jump() || self.exits_scope()
    }

    /// Looks at signals and switches.
    pub fn has_eval_break(self) -> bool {
        use Op::{CALL, CALL_FUNCTION_EX, CALL_KW, JUMP_BACKWARD, RESUME};
        match self {
            Opcode::Real(op) => matches!(op, CALL | CALL_FUNCTION_EX | CALL_KW | JUMP_BACKWARD | RESUME),
            Opcode::Pseudo(op) => op == Pseudo::JUMP,
        }
    }

    pub fn loads_const(self) -> bool {
        self == Op::LOAD_CONST || self == Op::LOAD_SMALL_INT
    }

    pub fn popped_pushed(self, arg: u32) -> (i64, i64) {
        match self {
            Opcode::Real(op) => (op.popped(arg), op.pushed(arg)),
            Opcode::Pseudo(op) => match op {
                Pseudo::LOAD_CLOSURE => (0, 1),
                Pseudo::STORE_FAST_MAYBE_NULL => (1, 0),
                Pseudo::JUMP_IF_FALSE | Pseudo::JUMP_IF_TRUE => (1, 1),
                Pseudo::SETUP_CLEANUP => (0, 2),
                Pseudo::SETUP_FINALLY | Pseudo::SETUP_WITH => (0, 1),
                _ => (0, 0),
            },
        }
    }

    pub fn stack_effect(self, arg: u32, jump: bool) -> i64 {
        match self {
            Opcode::Real(op) => op.stack_effect(arg),
            Opcode::Pseudo(op) => op.stack_effect(jump),
        }
    }
}

/// Index of a block in [`Graph::blocks`].
pub(crate) type BlockId = usize;

/// The line that says that there is no location.
const NO_LINE: i32 = -1;

/// "The location of the instruction that follows", resolved when the location table is written.
pub(crate) const NEXT_LOCATION: Location = Location { line: -2, end_line: -2, col: -2, end_col: -2 };

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ins {
    pub op: Opcode,
    pub arg: u32,
    pub loc: Location,
    /// Where it jumps to, or the handler that it sets up.
    pub target: Option<BlockId>,
    /// The handler that guards it.
    pub except: Option<BlockId>,
}

impl Ins {
    pub fn new(op: impl Into<Opcode>, arg: u32, loc: Location) -> Ins {
        Ins { op: op.into(), arg, loc, target: None, except: None }
    }

    fn set(&mut self, op: impl Into<Opcode>, arg: u32) {
        self.op = op.into();
        self.arg = arg;
    }

    fn nop(&mut self) {
        self.set(Op::NOP, 0);
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    pub ins: Vec<Ins>,
    /// The block after it in the order of code.
    pub next: Option<BlockId>,
    /// Something jumps to it (CPython: it has a label).
    pub labelled: bool,
    pub predecessors: u32,
    pub start_depth: Option<i64>,
    pub is_handler: bool,
    pub preserve_lasti: bool,
    pub cold: bool,
    pub warm: bool,
    visited: bool,
    unsafe_locals: u64,
    /// The handlers of instructions that were removed from the end, the next place first. CPython leaves them in the
    /// block's array, and an instruction that is put there later gets them; exception tables show it.
    stale: Vec<Option<BlockId>>,
}

impl Block {
    /// Replaces the instructions by fewer.
    fn shrink(&mut self, before: &[Ins], kept: Vec<Ins>) {
        let removed = before[kept.len()..].iter().map(|ins| ins.except);
        self.stale.splice(0..0, removed);
        self.ins = kept;
    }

    /// Takes the place after the last instruction; the handler that a removed one left there.
    fn take_place(&mut self) -> Option<BlockId> {
        if self.stale.is_empty() { None } else { self.stale.remove(0) }
    }

    /// Appends a new instruction.
    fn append(&mut self, mut ins: Ins) {
        ins.except = self.take_place();
        self.ins.push(ins);
    }

    fn last(&self) -> Option<&Ins> {
        self.ins.last()
    }

    fn falls_through(&self) -> bool {
        self.last().is_none_or(|last| !last.op.is_unconditional_jump() && !last.op.exits_scope())
    }

    fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| last.op.exits_scope())
    }

    fn has_no_line(&self) -> bool {
        self.ins.iter().all(|ins| ins.loc.line < 0)
    }
}

/// A code object's blocks; the first is where it starts.
#[derive(Debug)]
pub(crate) struct Graph {
    pub blocks: Vec<Block>,
}

/// What was found out about a finished graph.
pub(crate) struct Shape {
    pub stack_size: u32,
}

impl Graph {
    /// The blocks in the order of code.
    fn order(&self) -> Order<'_> {
        Order { graph: self, next: Some(0) }
    }

    fn new_block(&mut self) -> BlockId {
        self.blocks.push(Block::default());
        self.blocks.len() - 1
    }

    /// The first block from `id` on that has instructions.
    fn next_nonempty(&self, mut id: Option<BlockId>) -> Option<BlockId> {
        while let Some(block) = id {
            if !self.blocks[block].ins.is_empty() {
                return id;
            }
            id = self.blocks[block].next;
        }
        None
    }

    fn clear_visited(&mut self) {
        for block in &mut self.blocks {
            block.visited = false;
        }
    }

    /// Everything that may still change which constants there are.
    pub fn optimize(&mut self, consts: &mut Table<Const>, locals: usize, params: usize) {
        self.mark_handlers();
        self.label_handlers();
        self.inline_small_blocks();
        self.remove_unreachable();
        self.resolve_lines();
        self.optimize_load_const(consts);
        self.peephole(consts);
        self.remove_nops_and_pairs();
        self.remove_unreachable();
        self.remove_nops_and_jumps();
        self.remove_unused_consts(consts);
        self.check_loads(locals, params);
        self.superinstructions();
        self.push_cold_blocks();
        self.resolve_lines();
    }

    /// The last passes; `prefix` is put before everything, `fix_cells` gives cells their places among the fast locals.
    pub fn finish(&mut self, prefix: &[Ins], fix_cells: impl Fn(&mut Ins)) -> Shape {
        self.convert_conditional_jumps();
        let stack_size = self.stack_depth();
        for _ in prefix {
            self.blocks[0].take_place();
        }
        self.blocks[0].ins.splice(0..0, prefix.iter().copied());
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            self.blocks[id].ins.iter_mut().for_each(&fix_cells);
        }
        self.convert_pseudo();
        self.normalize_jumps();
        self.borrow_locals();
        Shape { stack_size }
    }
}

struct Order<'g> {
    graph: &'g Graph,
    next: Option<BlockId>,
}

impl Iterator for Order<'_> {
    type Item = BlockId;

    fn next(&mut self) -> Option<BlockId> {
        let id = self.next?;
        self.next = self.graph.blocks[id].next;
        Some(id)
    }
}
