//! The graph as text, for `-X dump=blocks`.

use super::{Graph, Opcode};
use std::fmt::Write;

impl Graph {
    /// The blocks in the order of code: a line for each instruction, with its place, argument, target and handler.
    pub fn show(&self, name: &str) -> String {
        let mut out = format!("blocks of {name}:\n");
        for id in self.order() {
            let block = &self.blocks[id];
            let _ = write!(out, "  block {id}");
            for (is, word) in
                [(block.is_handler, "handler"), (block.cold, "cold"), (block.preserve_lasti, "keeps the instruction")]
            {
                if is {
                    let _ = write!(out, ", {word}");
                }
            }
            if let Some(depth) = block.start_depth {
                let _ = write!(out, ", depth {depth}");
            }
            out.push_str(":\n");
            for ins in &block.ins {
                let op = match ins.op {
                    Opcode::Real(op) => op.name().to_owned(),
                    Opcode::Pseudo(op) => format!("{op:?}"),
                };
                let _ = write!(out, "    {:>4}:{:<3} {op:<28}", ins.loc.line, ins.loc.col);
                match ins.target {
                    Some(target) => drop(write!(out, " to block {target}")),
                    None => drop(write!(out, " {}", ins.arg)),
                }
                if let Some(handler) = ins.except {
                    let _ = write!(out, "  (handler: block {handler})");
                }
                let end = out.trim_end().len();
                out.truncate(end);
                out.push('\n');
            }
        }
        out
    }
}
