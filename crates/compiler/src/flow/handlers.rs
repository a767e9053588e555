//! Which handler guards which instruction; how deep the stack is.

use bytecode::{Op, Pseudo, op::resume};

use super::{BlockId, Graph, Opcode};

impl Graph {
    pub(super) fn mark_handlers(&mut self) {
        let targets: Vec<BlockId> = self
            .order()
            .flat_map(|id| self.blocks[id].ins.iter().filter(|ins| ins.op.is_block_push()).filter_map(|ins| ins.target))
            .collect();
        for target in targets {
            self.blocks[target].is_handler = true;
        }
    }

    /// Gives each instruction its handler, following `SETUP_*` and `POP_BLOCK` along the flow.
    pub(super) fn label_handlers(&mut self) {
        self.clear_visited();
        let mut todo: Vec<(BlockId, Vec<BlockId>)> = vec![(0, Vec::new())];
        self.blocks[0].visited = true;
        while let Some((id, mut handlers)) = todo.pop() {
            let mut yield_depth = None;
            let mut block = std::mem::take(&mut self.blocks[id].ins);
            for ins in &mut block {
                let handler = handlers.last().copied();
                match ins.op {
                    op if op.is_block_push() => {
                        let target = ins.target.unwrap_or(0);
                        if !self.blocks[target].visited {
                            self.blocks[target].visited = true;
                            todo.push((target, handlers.clone()));
                        }
                        if op != Pseudo::SETUP_FINALLY {
                            self.blocks[target].preserve_lasti = true;
                        }
                        handlers.push(target);
                    }
                    Opcode::Pseudo(Pseudo::POP_BLOCK) => {
                        handlers.pop();
                        ins.nop();
                    }
                    op if op.is_jump() => {
                        ins.except = handler;
                        let target = ins.target.unwrap_or(0);
                        if !self.blocks[target].visited {
                            self.blocks[target].visited = true;
                            todo.push((target, handlers.clone()));
                        }
                    }
                    Opcode::Real(Op::YIELD_VALUE) => {
                        ins.except = handler;
                        yield_depth = Some(handlers.len());
                    }
                    Opcode::Real(Op::RESUME) => {
                        ins.except = handler;
                        if ins.arg != resume::AT_FUNC_START && yield_depth.take() == Some(1) {
                            ins.arg |= resume::DEPTH1;
                        }
                    }
                    _ => ins.except = handler,
                }
            }
            self.blocks[id].ins = block;
            if let Some(next) = self.blocks[id].next
                && self.blocks[id].falls_through()
                && !self.blocks[next].visited
            {
                self.blocks[next].visited = true;
                todo.push((next, handlers));
            }
        }
    }

    /// The deepest stack, and the depth at which each block starts.
    pub(super) fn stack_depth(&mut self) -> u32 {
        for block in &mut self.blocks {
            block.start_depth = None;
        }
        let mut deepest = 0;
        let mut todo = vec![0];
        self.blocks[0].start_depth = Some(0);
        while let Some(id) = todo.pop() {
            let mut depth = self.blocks[id].start_depth.unwrap_or(0);
            let mut next = self.blocks[id].next;
            let mut reached = Vec::new();
            for ins in &self.blocks[id].ins {
                deepest = deepest.max(depth);
                if let Some(target) = ins.target
                    && ins.op != Op::END_ASYNC_FOR
                {
                    let there = depth + ins.op.stack_effect(ins.arg, true);
                    deepest = deepest.max(depth);
                    reached.push((target, there));
                }
                depth += ins.op.stack_effect(ins.arg, false);
                debug_assert!(depth >= 0, "stack underflow at {ins:?}");
                if ins.op.is_unconditional_jump() || ins.op.exits_scope() {
                    next = None;
                    break;
                }
            }
            reached.extend(next.map(|next| (next, depth)));
            for (target, depth) in reached {
                let known = &mut self.blocks[target].start_depth;
                debug_assert!(known.is_none_or(|known| known == depth), "depths differ: {known:?}, {depth}");
                if known.is_none() {
                    *known = Some(depth);
                    todo.push(target);
                }
            }
        }
        u32::try_from(deepest).unwrap_or(0)
    }
}
