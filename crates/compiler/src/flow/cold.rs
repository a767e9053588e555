//! Handlers and what only they reach go behind everything else.

use bytecode::{Location, Pseudo};

use super::{BlockId, Graph, Ins};

impl Graph {
    fn mark_warm(&mut self) {
        self.clear_visited();
        let mut todo = vec![0];
        self.blocks[0].visited = true;
        while let Some(id) = todo.pop() {
            self.blocks[id].warm = true;
            for target in self.reached(id) {
                if !std::mem::replace(&mut self.blocks[target].visited, true) {
                    todo.push(target);
                }
            }
        }
    }

    /// What follows a block or is jumped to from it; handlers are not.
    fn reached(&self, id: BlockId) -> Vec<BlockId> {
        let block = &self.blocks[id];
        let next = block.next.filter(|_| block.falls_through());
        let jumps = block.ins.iter().filter(|ins| ins.op.is_jump()).filter_map(|ins| ins.target);
        next.into_iter().chain(jumps).collect()
    }

    fn mark_cold(&mut self) {
        self.mark_warm();
        self.clear_visited();
        let mut todo = Vec::new();
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            if self.blocks[id].is_handler {
                self.blocks[id].visited = true;
                todo.push(id);
            }
        }
        while let Some(id) = todo.pop() {
            self.blocks[id].cold = true;
            for target in self.reached(id) {
                let block = &mut self.blocks[target];
                if !block.warm && !std::mem::replace(&mut block.visited, true) {
                    todo.push(target);
                }
            }
        }
    }

    pub(super) fn push_cold_blocks(&mut self) {
        if self.blocks[0].next.is_none() {
            return;
        }
        self.mark_cold();
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            let block = &self.blocks[id];
            if let Some(next) = block.next
                && block.cold
                && block.falls_through()
                && self.blocks[next].warm
            {
                // A fall-through from cold to warm becomes a jump.
                let jump = self.new_block();
                let mut ins = Ins::new(Pseudo::JUMP_NO_INTERRUPT, 0, Location::NONE);
                ins.target = Some(next);
                self.blocks[next].labelled = true;
                let new = &mut self.blocks[jump];
                new.ins = vec![ins];
                new.cold = true;
                new.predecessors = 1;
                new.next = Some(next);
                self.blocks[id].next = Some(jump);
            }
        }
        let (cold, warm): (Vec<_>, Vec<_>) = self.order().partition(|id| self.blocks[*id].cold);
        let any_cold = !cold.is_empty();
        let order: Vec<_> = warm.into_iter().chain(cold).collect();
        for (i, id) in order.iter().enumerate() {
            self.blocks[*id].next = order.get(i + 1).copied();
        }
        if any_cold {
            self.remove_nops_and_jumps();
        }
    }
}
