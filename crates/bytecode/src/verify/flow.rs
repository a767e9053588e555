//! Following control: stack depth and kinds, bound locals, cells.

use super::Shape;
use super::scan::{Instruction, Scanned, at, decode};
use crate::Op;

/// What is known of a stack slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Slot {
    /// An object.
    Value,
    /// A cell.
    Cell,
    /// An object or NULL.
    Null,
    /// An object that the local keeps alive.
    Borrowed(u32),
}

/// A set of locals.
type Bits = Vec<u64>;

#[derive(Clone, PartialEq)]
struct State {
    stack: Vec<Slot>,
    /// Locals that are surely bound.
    bound: Bits,
    /// Locals that surely hold a cell.
    cells: Bits,
    /// Whether the frame is the generator's own by now.
    resumed: bool,
}

fn get(bits: &Bits, local: u32) -> bool {
    bits[local as usize / 64] >> (local % 64) & 1 != 0
}

fn set(bits: &mut Bits, local: u32, value: bool) {
    let mask = 1 << (local % 64);
    let word = &mut bits[local as usize / 64];
    *word = if value { *word | mask } else { *word & !mask };
}

/// Which slots of those that an instruction takes, counted from the deepest, may be NULL.
fn null_allowed(op: Op, slot: usize) -> bool {
    match op {
        Op::CALL | Op::CALL_KW => slot == 1,
        Op::CALL_FUNCTION_EX => slot == 1 || slot == 3,
        Op::WITH_EXCEPT_START => slot == 1,
        Op::SWAP | Op::COPY => true,
        Op::LIST_APPEND | Op::LIST_EXTEND | Op::SET_ADD | Op::SET_UPDATE => slot > 0,
        Op::MAP_ADD | Op::DICT_MERGE | Op::DICT_UPDATE | Op::RERAISE => slot > 0,
        Op::STORE_FAST | Op::STORE_FAST_STORE_FAST | Op::STORE_FAST_LOAD_FAST | Op::POP_TOP => true,
        _ => false,
    }
}

pub fn check(shape: &Shape<'_>, scanned: &Scanned) -> Result<(), String> {
    let locals = shape.localspluskinds.len();
    let words = locals.div_ceil(64);
    let mut entry = State {
        stack: Vec::with_capacity((shape.stacksize as usize).min(64)),
        bound: vec![0; words],
        cells: vec![0; words],
        resumed: false,
    };
    (0..scanned.params).for_each(|local| set(&mut entry.bound, local as u32, true));
    let mut flow = Flow { shape, scanned, states: vec![None; scanned.starts.len()], todo: Vec::new() };
    flow.walk(0, entry)?;
    while let Some(leader) = flow.todo.pop() {
        if let Some(state) = flow.states[leader].clone() {
            flow.walk(leader, *state)?;
        }
    }
    Ok(())
}

struct Flow<'a> {
    shape: &'a Shape<'a>,
    scanned: &'a Scanned,
    /// What is known at each leader.
    states: Vec<Option<Box<State>>>,
    /// Leaders whose state has changed.
    todo: Vec<usize>,
}

impl Flow<'_> {
    /// Runs from `unit` to where control ends or meets a leader.
    fn walk(&mut self, mut unit: usize, mut state: State) -> Result<(), String> {
        let mut first = true;
        let mut handler = self.scanned.handlers.partition_point(|h| h.end as usize <= unit);
        loop {
            if unit >= self.scanned.starts.len() {
                return Err("control runs off the end".into());
            }
            if self.scanned.leaders[unit] && !first {
                return self.meet(unit, unit, &state);
            }
            if first && self.scanned.leaders[unit] && self.states[unit].is_none() {
                self.states[unit] = Some(Box::new(state.clone()));
            }
            first = false;
            while self.scanned.handlers.get(handler).is_some_and(|h| h.end as usize <= unit) {
                handler += 1;
            }
            self.raise(unit, handler, &state)?;
            let instruction = decode(self.shape.code, unit)?;
            self.step(&instruction, &mut state)
                .map_err(|problem| at(unit, format!("{}: {problem}", instruction.op.name())))?;
            if let Some(target) = instruction.target().filter(|_| instruction.op != Op::END_ASYNC_FOR) {
                let lands_on = match instruction.op {
                    Op::FOR_ITER => Some(Op::END_FOR),
                    Op::SEND => Some(Op::END_SEND),
                    _ => None,
                };
                if let Some(op) = lands_on
                    && decode(self.shape.code, target)?.op != op
                {
                    return Err(at(unit, format!("{} must lead to {}", instruction.op.name(), op.name())));
                }
                self.meet(unit, target, &state)?;
            }
            if instruction.op.ends() {
                return Ok(());
            }
            unit = instruction.next;
        }
    }

    /// Lets `state` flow to the leader `target`.
    fn meet(&mut self, from: usize, target: usize, state: &State) -> Result<(), String> {
        self.meet_cut(from, target, state, state.stack.len(), 0)
    }

    /// Lets `state` flow to the leader `target` with the stack cut to `depth` and `pushed` objects upon that.
    fn meet_cut(
        &mut self,
        from: usize,
        target: usize,
        state: &State,
        depth: usize,
        pushed: usize,
    ) -> Result<(), String> {
        let kept = &state.stack[..depth];
        let Some(known) = &mut self.states[target] else {
            let mut stack = Vec::with_capacity(depth + pushed + 8);
            stack.extend_from_slice(kept);
            stack.resize(depth + pushed, Slot::Value);
            let (bound, cells) = (state.bound.clone(), state.cells.clone());
            self.states[target] = Some(Box::new(State { stack, bound, cells, resumed: state.resumed }));
            self.todo.push(target);
            return Ok(());
        };
        if known.stack.len() != depth + pushed {
            let (a, b) = (known.stack.len(), depth + pushed);
            return Err(at(from, format!("{} is reached with {a} and with {b} values on the stack", target * 2)));
        }
        let mut changed = false;
        let incoming = kept.iter().chain(std::iter::repeat_n(&Slot::Value, pushed));
        for (slot, other) in known.stack.iter_mut().zip(incoming) {
            let joined = match (*slot, *other) {
                (a, b) if a == b => a,
                (Slot::Borrowed(local), Slot::Value | Slot::Cell)
                | (Slot::Value | Slot::Cell, Slot::Borrowed(local)) => Slot::Borrowed(local),
                (Slot::Borrowed(_), _) | (_, Slot::Borrowed(_)) => {
                    return Err(at(from, format!("a borrowed value meets another at {}", target * 2)));
                }
                (Slot::Null, _) | (_, Slot::Null) => Slot::Null,
                _ => Slot::Value,
            };
            changed |= joined != *slot;
            *slot = joined;
        }
        let sets = known.bound.iter_mut().chain(&mut known.cells).zip(state.bound.iter().chain(&state.cells));
        for (bits, other) in sets {
            changed |= *bits & !other != 0;
            *bits &= other;
        }
        changed |= known.resumed && !state.resumed;
        known.resumed &= state.resumed;
        if changed && !self.todo.contains(&target) {
            self.todo.push(target);
        }
        Ok(())
    }

    /// Lets the state before an instruction flow to its handler: anything may raise, a trace function included.
    fn raise(&mut self, unit: usize, handler: usize, state: &State) -> Result<(), String> {
        let Some(handler) = self.scanned.handlers.get(handler).filter(|h| h.start as usize <= unit) else {
            return Ok(());
        };
        let depth = handler.depth as usize;
        if depth > state.stack.len() {
            return Err(at(unit, format!("its handler keeps {depth} values of {}", state.stack.len())));
        }
        let pushed = 1 + usize::from(handler.lasti);
        if depth + pushed > self.shape.stacksize as usize {
            return Err(at(handler.target as usize, "stack overflow"));
        }
        self.meet_cut(unit, handler.target as usize, state, depth, pushed)
    }

    fn step(&self, instruction: &Instruction, state: &mut State) -> Result<(), String> {
        let Instruction { op, arg, .. } = *instruction;
        let popped = op.popped(arg) as usize;
        let pushed = op.pushed(arg) as usize;
        let Some(base) = state.stack.len().checked_sub(popped) else {
            return Err(format!("takes {popped} values of {}", state.stack.len()));
        };
        if base + pushed > self.shape.stacksize as usize {
            return Err("stack overflow".into());
        }
        for (slot, found) in state.stack[base..].iter().enumerate() {
            if *found == Slot::Null && !null_allowed(op, slot) {
                return Err(format!("takes a NULL ({} from the top)", popped - slot));
            }
        }
        match op {
            Op::LOAD_FAST | Op::LOAD_FAST_BORROW => {
                let slot = state.load(arg, op == Op::LOAD_FAST_BORROW)?;
                state.stack.push(slot);
            }
            Op::LOAD_FAST_LOAD_FAST | Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                let borrow = op == Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW;
                let slots = [state.load(arg >> 4, borrow)?, state.load(arg & 15, borrow)?];
                state.stack.extend(slots);
            }
            Op::LOAD_FAST_CHECK => {
                set(&mut state.bound, arg, true);
                let slot = state.load(arg, false)?;
                state.stack.push(slot);
            }
            Op::LOAD_FAST_AND_CLEAR => {
                let slot = state.load(arg, false).unwrap_or(Slot::Null);
                state.unbind(arg)?;
                state.stack.push(slot);
            }
            Op::STORE_FAST => state.store(arg)?,
            Op::STORE_FAST_STORE_FAST => {
                state.store(arg >> 4)?;
                state.store(arg & 15)?;
            }
            Op::STORE_FAST_LOAD_FAST => {
                state.store(arg >> 4)?;
                let slot = state.load(arg & 15, false)?;
                state.stack.push(slot);
            }
            Op::DELETE_FAST => state.unbind(arg)?,
            Op::MAKE_CELL => {
                state.overwrite(arg)?;
                set(&mut state.bound, arg, true);
                set(&mut state.cells, arg, true);
            }
            Op::COPY_FREE_VARS => {
                let locals = self.shape.localspluskinds.len();
                for local in locals - self.scanned.free..locals {
                    state.overwrite(local as u32)?;
                    set(&mut state.bound, local as u32, true);
                    set(&mut state.cells, local as u32, true);
                }
            }
            Op::LOAD_DEREF | Op::STORE_DEREF | Op::DELETE_DEREF | Op::LOAD_FROM_DICT_OR_DEREF => {
                if !get(&state.cells, arg) {
                    return Err("the cell is not made yet".into());
                }
                self.replace(state, base, pushed, Slot::Value);
            }
            Op::COPY => {
                let slot = state.stack[base];
                state.stack.push(slot);
            }
            Op::SWAP => {
                let top = state.stack.len() - 1;
                state.stack.swap(base, top);
            }
            Op::PUSH_NULL => state.stack.push(Slot::Null),
            Op::LOAD_GLOBAL | Op::LOAD_ATTR | Op::LOAD_SUPER_ATTR | Op::LOAD_SPECIAL => {
                self.replace(state, base, pushed, Slot::Value);
                if pushed == 2
                    && let Some(top) = state.stack.last_mut()
                {
                    *top = Slot::Null;
                }
            }
            Op::LIST_APPEND | Op::LIST_EXTEND | Op::SET_ADD | Op::SET_UPDATE | Op::MAP_ADD => {
                state.stack.truncate(base + pushed);
            }
            Op::DICT_MERGE | Op::DICT_UPDATE | Op::RERAISE => state.stack.truncate(base + pushed),
            Op::RETURN_VALUE if base > 0 => return Err(format!("leaves {base} values on the stack")),
            Op::RETURN_GENERATOR => {
                if !self.shape.flags.is_generator_like() || state.resumed || base > 0 {
                    return Err("not at the start of a generator".into());
                }
                state.resumed = true;
                state.stack.push(Slot::Value);
            }
            Op::YIELD_VALUE => {
                if !state.resumed {
                    return Err("not in a generator".into());
                }
                self.replace(state, base, pushed, Slot::Value);
            }
            // The receiver (or iterator) below stays what it was.
            Op::FOR_ITER | Op::SEND | Op::WITH_EXCEPT_START | Op::GET_ANEXT | Op::GET_LEN | Op::IMPORT_FROM => {
                let kept = pushed.min(popped).min(if op == Op::SEND { 1 } else { popped });
                state.stack.truncate(base + kept);
                state.stack.resize(base + pushed, Slot::Value);
            }
            Op::MATCH_KEYS | Op::MATCH_MAPPING | Op::MATCH_SEQUENCE => state.stack.push(Slot::Value),
            _ => self.replace(state, base, pushed, Slot::Value),
        }
        Ok(())
    }

    fn replace(&self, state: &mut State, base: usize, pushed: usize, slot: Slot) {
        state.stack.truncate(base);
        state.stack.resize(base + pushed, slot);
    }
}

impl State {
    fn load(&self, local: u32, borrow: bool) -> Result<Slot, String> {
        if !get(&self.bound, local) {
            return Err(format!("local {local} may be unbound"));
        }
        Ok(match borrow {
            true => Slot::Borrowed(local),
            false if get(&self.cells, local) => Slot::Cell,
            false => Slot::Value,
        })
    }

    /// The local is about to lose what it is bound to.
    fn overwrite(&mut self, local: u32) -> Result<(), String> {
        if self.stack.contains(&Slot::Borrowed(local)) {
            return Err(format!("local {local} changes while a borrowed reference to it is on the stack"));
        }
        Ok(())
    }

    fn unbind(&mut self, local: u32) -> Result<(), String> {
        self.overwrite(local)?;
        set(&mut self.bound, local, false);
        set(&mut self.cells, local, false);
        Ok(())
    }

    /// Pops into the local.
    fn store(&mut self, local: u32) -> Result<(), String> {
        let slot = self.stack.pop().unwrap_or(Slot::Null);
        if slot != Slot::Borrowed(local) {
            self.overwrite(local)?;
        }
        set(&mut self.bound, local, slot != Slot::Null);
        set(&mut self.cells, local, slot == Slot::Cell);
        Ok(())
    }
}
