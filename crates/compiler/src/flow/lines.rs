//! Every instruction that leaves the code, or looks at signals, must have a line (PEP 626).

use bytecode::Location;

use super::{Block, Graph, NO_LINE};

fn needs_line(block: &Block) -> bool {
    (block.exits_scope() || block.ins.iter().any(|ins| ins.op.has_eval_break())) && block.has_no_line()
}

impl Graph {
    pub(super) fn resolve_lines(&mut self) {
        self.duplicate_exits();
        self.propagate_lines();
    }

    /// Copies exits without a line that several jumps share, so that each copy can have its jump's line.
    fn duplicate_exits(&mut self) {
        let mut at = Some(0);
        while let Some(id) = at {
            at = self.blocks[id].next;
            let Some(last) = self.blocks[id].last().copied() else { continue };
            if !last.op.is_jump() {
                continue;
            }
            let Some(target) = self.next_nonempty(last.target) else { continue };
            if !needs_line(&self.blocks[target]) || self.blocks[target].predecessors <= 1 {
                continue;
            }
            let copy = self.new_block();
            let mut ins = self.blocks[target].ins.clone();
            ins[0].loc = last.loc;
            self.blocks[copy] =
                Block { ins, next: self.blocks[target].next, predecessors: 1, labelled: true, ..Block::default() };
            self.blocks[target].next = Some(copy);
            self.blocks[target].predecessors -= 1;
            if let Some(last) = self.blocks[id].ins.last_mut() {
                last.target = Some(copy);
            }
            at = self.blocks[id].next;
        }
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            let block = &self.blocks[id];
            if let (true, Some(next), Some(last)) = (block.falls_through(), block.next, block.last())
                && needs_line(&self.blocks[next])
            {
                let loc = last.loc;
                self.blocks[next].ins[0].loc = loc;
            }
        }
    }

    fn propagate_lines(&mut self) {
        let ids: Vec<_> = self.order().collect();
        for id in ids {
            let block = &mut self.blocks[id];
            if block.ins.is_empty() {
                continue;
            }
            let mut previous = Location::NONE;
            for ins in &mut block.ins {
                if ins.loc.line == NO_LINE {
                    ins.loc = previous;
                } else {
                    previous = ins.loc;
                }
            }
            let block = &self.blocks[id];
            let next = block.next.filter(|_| block.falls_through());
            let target = block.last().filter(|last| last.op.is_jump()).and_then(|last| last.target);
            for heir in [next, target].into_iter().flatten() {
                let heir = &mut self.blocks[heir];
                if heir.predecessors == 1
                    && let Some(first) = heir.ins.first_mut()
                    && first.loc.line == NO_LINE
                {
                    first.loc = previous;
                }
            }
        }
    }
}
