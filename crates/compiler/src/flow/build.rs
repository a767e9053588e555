//! From a sequence of instructions with labels to blocks.

use bytecode::{Location, Pseudo};

use super::{Graph, Ins, Opcode};

/// A place that jumps may name before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(usize);

/// What lowering writes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sequence {
    /// Jumps have their label in `arg`.
    ins: Vec<Ins>,
    labels: Vec<usize>,
}

impl Sequence {
    pub fn push(&mut self, op: impl Into<Opcode>, arg: u32, loc: Location) {
        self.ins.push(Ins::new(op, arg, loc));
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(usize::MAX);
        Label(self.labels.len() - 1)
    }

    /// The label names the next instruction.
    pub fn place(&mut self, label: Label) {
        self.labels[label.0] = self.ins.len();
    }

    pub fn jump(&mut self, op: impl Into<Opcode>, label: Label, loc: Location) {
        self.push(op, label.0 as u32, loc);
    }

    /// Puts a jump before everything.
    pub fn jump_first(&mut self, op: impl Into<Opcode>, label: Label, loc: Location) {
        self.ins.insert(0, Ins::new(op, label.0 as u32, loc));
        for place in &mut self.labels {
            if *place != usize::MAX {
                *place += 1;
            }
        }
    }

    /// The graph. `annotations` go where the placeholder is.
    pub fn into_graph(self, annotations: Option<Sequence>) -> Graph {
        let mut graph = Graph { blocks: vec![super::Block::default()] };
        let mut targeted = vec![false; self.ins.len() + 1];
        let place = |ins: &Ins| self.labels.get(ins.arg as usize).copied().unwrap_or(0).min(self.ins.len());
        for ins in self.ins.iter().filter(|ins| ins.op.has_target()) {
            targeted[place(ins)] = true;
        }
        let mut annotations = annotations.map(|sequence| sequence.ins);
        let mut block_of = vec![0; self.ins.len() + 1];
        let mut current = 0;
        for (i, ins) in self.ins.iter().enumerate() {
            let block = &graph.blocks[current];
            let terminated = block.last().is_some_and(|last| last.op.is_terminator());
            if terminated || targeted[i] && (!block.ins.is_empty() || block.labelled) {
                let next = graph.new_block();
                graph.blocks[current].next = Some(next);
                current = next;
            }
            graph.blocks[current].labelled |= targeted[i];
            block_of[i] = current;
            if ins.op == Pseudo::ANNOTATIONS_PLACEHOLDER {
                graph.blocks[current].ins.extend(annotations.take().into_iter().flatten());
                continue;
            }
            graph.blocks[current].ins.push(*ins);
        }
        block_of[self.ins.len()] = current;
        for block in &mut graph.blocks {
            for ins in block.ins.iter_mut().filter(|ins| ins.op.has_target()) {
                ins.target = Some(block_of[place(ins)]);
            }
        }
        graph
    }
}
