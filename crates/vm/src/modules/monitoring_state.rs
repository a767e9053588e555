//! What `sys.monitoring` keeps for an interpreter.

use heap::{Field, Object};
use std::cell::Cell;

/// The kinds of events; the bit of an event in a set is `1 << number`. The first [`LOCAL`](event::LOCAL) can also be
/// asked for per code object.
pub mod event {
    pub const PY_START: u32 = 0;
    pub const PY_RESUME: u32 = 1;
    pub const PY_RETURN: u32 = 2;
    pub const PY_YIELD: u32 = 3;
    pub const CALL: u32 = 4;
    pub const LINE: u32 = 5;
    pub const INSTRUCTION: u32 = 6;
    pub const JUMP: u32 = 7;
    pub const BRANCH_LEFT: u32 = 8;
    pub const BRANCH_RIGHT: u32 = 9;
    pub const STOP_ITERATION: u32 = 10;
    pub const RAISE: u32 = 11;
    pub const EXCEPTION_HANDLED: u32 = 12;
    pub const PY_UNWIND: u32 = 13;
    pub const PY_THROW: u32 = 14;
    pub const RERAISE: u32 = 15;
    pub const C_RETURN: u32 = 16;
    pub const C_RAISE: u32 = 17;
    pub const BRANCH: u32 = 18;
    /// How many there are.
    pub const COUNT: usize = 19;
    /// How many belong to an instruction.
    pub const LOCAL: u32 = 11;
    /// How many can be asked for by themselves.
    pub const UNGROUPED: u32 = 16;

    pub const NAMES: [&str; COUNT] = [
        "PY_START",
        "PY_RESUME",
        "PY_RETURN",
        "PY_YIELD",
        "CALL",
        "LINE",
        "INSTRUCTION",
        "JUMP",
        "BRANCH_LEFT",
        "BRANCH_RIGHT",
        "STOP_ITERATION",
        "RAISE",
        "EXCEPTION_HANDLED",
        "PY_UNWIND",
        "PY_THROW",
        "RERAISE",
        "C_RETURN",
        "C_RAISE",
        "BRANCH",
    ];
}

/// Tools that programs can take; the two behind them are those of `sys.setprofile` and `sys.settrace`.
pub const USER_TOOLS: usize = 6;
pub const PROFILE_TOOL: usize = 6;
pub const TRACE_TOOL: usize = 7;
pub const TOOLS: usize = 8;

/// Tools by number, with their callbacks by event.
#[derive(Default)]
pub struct Monitoring {
    pub names: [Field<Object>; TOOLS],
    pub callbacks: [[Field<Object>; event::COUNT]; TOOLS],
    /// What each tool asked for, in all code.
    pub events: [Cell<u32>; TOOLS],
    /// Goes up when what is observed changes: code instrumented for another version is stale.
    pub version: Cell<u64>,
    /// Goes up with `restart_events`: events disabled before happen again.
    pub restarts: Cell<u64>,
    /// Goes up when a tool number is cleared: what it asked of code objects is forgotten.
    pub tool_versions: [Cell<u64>; TOOLS],
    pub disable: Field<Object>,
    pub missing: Field<Object>,
    /// Whether a frame asked for events of its instructions (`f_trace_opcodes`).
    pub opcodes: Cell<bool>,
}

impl Monitoring {
    /// What any tool asked for, in all code.
    pub fn wanted(&self) -> u32 {
        self.events.iter().fold(0, |all, e| all | e.get())
    }

    /// The tools, as bits, that asked for an event in all code.
    pub fn tools_for(&self, event: u32) -> u8 {
        let mut tools = 0;
        for (i, events) in self.events.iter().enumerate() {
            tools |= u8::from(events.get() >> event & 1 == 1) << i;
        }
        tools
    }
}
