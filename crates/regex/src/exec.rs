//! The backtracking matcher.
//!
//! The stack holds choices still open and, between them, what must be undone on the way back to them: marks and loop
//! registers. An enclosed part (atomic group, assertion, possessive round) lays down a barrier; when the part has
//! matched, the choices above its barrier are forgotten and the undo records kept.

use text::{Unit, Units};

use crate::charset::Fold;
use crate::program::{At, Enclosure, Inst, Pc, Program};

/// What is matched against.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Text.
    Str(Units<'a>),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// How to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// At the position given.
    Match,
    /// At the position given, and up to the end.
    Fullmatch,
    /// At the first position possible.
    Search,
}

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// An allocation was refused.
    Memory,
    /// The poll said so.
    Interrupted,
}

/// The outcome of a match, and memory that is used again by the next.
#[derive(Clone, Debug, Default)]
pub struct State {
    start: usize,
    end: usize,
    marks: Vec<usize>,
    last_index: u32,
    /// Set before a run: a match at the starting position must not be empty there (what `finditer` and `sub` ask for after
    /// an empty match).
    pub must_advance: bool,
    regs: Vec<Reg>,
    stack: Vec<Entry>,
}

const UNSET: usize = usize::MAX;

impl State {
    /// A state for any program.
    pub fn new() -> Self {
        Self::default()
    }

    /// The span of a group, 0 being the whole match; `None` if it did not take part.
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        if group == 0 {
            return Some((self.start, self.end));
        }
        match self.marks.get(group * 2 - 2..group * 2)? {
            &[start, end] if start != UNSET && end != UNSET => Some((start, end)),
            _ => None,
        }
    }

    /// `Match.lastindex`: the group that was closed last.
    pub fn last_index(&self) -> Option<usize> {
        (self.last_index > 0).then_some(self.last_index as usize)
    }
}

/// The registers of a loop or an enclosed part.
#[derive(Clone, Copy, Debug, Default)]
struct Reg {
    /// Rounds so far; of an enclosed part the place of its barrier.
    count: usize,
    /// Where the present round began; of a possessive loop the rounds so far.
    last: usize,
}

#[derive(Clone, Copy, Debug)]
enum Undo {
    /// Goes on at `pc` from position `b`.
    Choice,
    /// Sets mark `a` to `b` and the last index to `c`.
    Mark,
    /// Sets register `a` to (`b`, `c`).
    Reg,
    /// The greedy run of instruction `a` shrinks from `c`, but not below `b`.
    Many,
    /// The lazy run of instruction `a`, which is at `b`, grows, `c` times at most.
    ManyLazy,
    /// The lazy loop of instruction `a` tries another round at `b`.
    UntilLazy,
    /// The enclosed part of instruction `a`, which began at `b`, has not matched.
    Barrier,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    undo: Undo,
    a: u32,
    b: usize,
    c: usize,
}

impl Program {
    /// Matches `input` between `pos` and `end` (clipped to the input; text before `pos` is seen by looking back). `poll`
    /// is called now and then; when it returns false, the match is given up. On success `state` has the groups.
    pub fn run(
        &self,
        input: Input<'_>,
        pos: usize,
        end: usize,
        mode: Mode,
        state: &mut State,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<bool, Stop> {
        match input {
            Input::Bytes(units) | Input::Str(Units::Ascii(units) | Units::Latin1(units)) => {
                self.run_units(units, pos, end, mode, state, poll)
            }
            Input::Str(Units::Ucs2(units)) => self.run_units(units, pos, end, mode, state, poll),
            Input::Str(Units::Ucs4(units)) => self.run_units(units, pos, end, mode, state, poll),
        }
    }

    fn run_units<U: Unit>(
        &self,
        units: &[U],
        pos: usize,
        end: usize,
        mode: Mode,
        state: &mut State,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<bool, Stop> {
        // With `end` before `pos` there is no text, and no end of it either; only what needs neither still matches.
        let inverted = end < pos && mode == Mode::Match;
        let units = &units[..if inverted { pos } else { end }.min(units.len())];
        let marks = self.groups as usize * 2;
        state.marks.clear();
        state.marks.try_reserve(marks).map_err(|_| Stop::Memory)?;
        state.marks.resize(marks, UNSET);
        state.regs.clear();
        state.regs.try_reserve(self.slots as usize).map_err(|_| Stop::Memory)?;
        state.regs.resize(self.slots as usize, Reg::default());
        state.last_index = 0;
        state.stack.clear();
        let mut must_advance = state.must_advance;
        let mut matcher = Matcher { program: self, units, state, poll, fuel: FUEL, inverted };
        if mode != Mode::Search {
            return Ok(pos <= units.len() && matcher.at(pos, mode == Mode::Fullmatch, must_advance)?);
        }
        let Some(last) = units.len().checked_sub(self.min_width) else { return Ok(false) };
        let mut at = pos;
        while at <= last {
            match self.prefilter.next(units, at) {
                Some(next) if next <= last => {
                    must_advance &= next == at;
                    if matcher.at(next, false, must_advance)? {
                        return Ok(true);
                    }
                    at = next + 1;
                }
                _ => return Ok(false),
            }
            must_advance = false;
        }
        Ok(false)
    }
}

/// Steps between two polls.
const FUEL: u32 = 1 << 14;

struct Matcher<'a, U> {
    program: &'a Program,
    units: &'a [U],
    state: &'a mut State,
    poll: &'a mut dyn FnMut() -> bool,
    fuel: u32,
    inverted: bool,
}

impl<U: Unit> Matcher<'_, U> {
    fn push(&mut self, undo: Undo, a: u32, b: usize, c: usize) -> Result<(), Stop> {
        let stack = &mut self.state.stack;
        if stack.len() == stack.capacity() {
            stack.try_reserve(stack.len().max(64)).map_err(|_| Stop::Memory)?;
        }
        stack.push(Entry { undo, a, b, c });
        Ok(())
    }

    fn burn(&mut self) -> Result<(), Stop> {
        self.fuel -= 1;
        if self.fuel == 0 {
            self.fuel = FUEL;
            if !(self.poll)() {
                return Err(Stop::Interrupted);
            }
        }
        Ok(())
    }

    /// Saves a loop's registers before they are changed.
    fn save(&mut self, slot: u32) -> Result<(), Stop> {
        let Reg { count, last } = self.state.regs[slot as usize];
        self.push(Undo::Reg, slot, count, last)
    }

    /// Whether the pattern matches at `start`.
    fn at(&mut self, start: usize, full: bool, must_advance: bool) -> Result<bool, Stop> {
        let (mut pc, mut pos) = (0, start);
        loop {
            match self.step(pc, pos, start, full, must_advance)? {
                Next::Fail => {
                    self.burn()?;
                    match self.backtrack()? {
                        Some(next) => (pc, pos) = next,
                        None => return Ok(false),
                    }
                }
                Next::Success(end) => {
                    (self.state.start, self.state.end) = (start, end);
                    self.state.stack.clear();
                    return Ok(true);
                }
            }
        }
    }

    /// Runs instructions until one fails or goes elsewhere.
    #[inline]
    fn step(&mut self, mut pc: Pc, mut pos: usize, start: usize, full: bool, must_advance: bool) -> Result<Next, Stop> {
        let (program, units) = (self.program, self.units);
        loop {
            match program.insts[pc as usize] {
                Inst::Success => {
                    if (full && pos != units.len()) || (must_advance && pos == start) {
                        return Ok(Next::Fail);
                    }
                    return Ok(Next::Success(pos));
                }
                Inst::Fail => return Ok(Next::Fail),
                Inst::Char(code) => match units.get(pos) {
                    Some(unit) if unit.code() == code => pos += 1,
                    _ => return Ok(Next::Fail),
                },
                Inst::Text(from, to) => {
                    let text = &program.pool[from as usize..to as usize];
                    match units.get(pos..pos + text.len()) {
                        Some(part) if part.iter().zip(text).all(|(unit, &code)| unit.code() == code) => {
                            pos += text.len();
                        }
                        _ => return Ok(Next::Fail),
                    }
                }
                Inst::Test(test) => match units.get(pos) {
                    Some(unit) if program.tests[test as usize].has(unit.code()) => pos += 1,
                    _ => return Ok(Next::Fail),
                },
                Inst::Mark(mark) => {
                    let (old, last) = (self.state.marks[mark as usize], self.state.last_index);
                    self.push(Undo::Mark, mark, old, last as usize)?;
                    self.state.marks[mark as usize] = pos;
                    if mark % 2 == 1 {
                        self.state.last_index = mark / 2 + 1;
                    }
                }
                Inst::At(place) => {
                    if !self.is_at(place, pos) {
                        return Ok(Next::Fail);
                    }
                }
                Inst::Jump(to) => {
                    pc = to;
                    continue;
                }
                Inst::Split { other, peek } => {
                    if peek.is_some_and(|code| units.get(pos).is_none_or(|unit| unit.code() != code)) {
                        pc = other;
                        continue;
                    }
                    self.push(Undo::Choice, other, pos, 0)?;
                }
                Inst::Group { group, fold } => match self.group_end(group, fold, pos) {
                    Some(end) => pos = end,
                    None => return Ok(Next::Fail),
                },
                Inst::Unless { group, other } => {
                    if self.state.group(group as usize + 1).is_none() {
                        pc = other;
                        continue;
                    }
                }
                Inst::Many { .. } | Inst::ManyLazy { .. } | Inst::ManyPossessive { .. } if self.inverted => {
                    return Ok(Next::Fail);
                }
                Inst::Many { test, min, max, next } => {
                    let rest = &units[pos..];
                    let most = rest.len().min(bound(max));
                    let count = program.tests[test as usize].count(&rest[..most]);
                    if count < min as usize {
                        return Ok(Next::Fail);
                    }
                    match self.shrink(pc, pos + min as usize, pos + count, next)? {
                        Some(at) => pos = at,
                        None => return Ok(Next::Fail),
                    }
                }
                Inst::ManyLazy { test, min, max, next } => {
                    let (min, max) = (min as usize, bound(max));
                    let rest = &units[pos..];
                    if rest.len() < min || program.tests[test as usize].count(&rest[..min]) < min {
                        return Ok(Next::Fail);
                    }
                    match self.lengthen(pc, pos + min, max - min, test, next)? {
                        Some(at) => pos = at,
                        None => return Ok(Next::Fail),
                    }
                }
                Inst::ManyPossessive { test, min, max } => {
                    let rest = &units[pos..];
                    let count = program.tests[test as usize].count(&rest[..rest.len().min(bound(max))]);
                    if count < min as usize {
                        return Ok(Next::Fail);
                    }
                    pos += count;
                }
                Inst::Repeat { slot, until } => {
                    self.save(slot)?;
                    self.state.regs[slot as usize] = Reg { count: 0, last: UNSET };
                    pc = until;
                    continue;
                }
                Inst::Until { slot, body, min, max, lazy } => {
                    self.burn()?;
                    let Reg { count, last } = self.state.regs[slot as usize];
                    if count < min as usize {
                        self.save(slot)?;
                        self.state.regs[slot as usize].count = count + 1;
                        pc = body;
                        continue;
                    }
                    if lazy {
                        self.push(Undo::UntilLazy, pc, pos, 0)?;
                    } else if count < bound(max) && pos != last {
                        self.push(Undo::Choice, pc + 1, pos, 0)?;
                        self.save(slot)?;
                        self.state.regs[slot as usize] = Reg { count: count + 1, last: pos };
                        pc = body;
                        continue;
                    }
                }
                Inst::Enter { slot, enclosure, back, end } => match pos.checked_sub(back as usize) {
                    Some(from) => {
                        self.save(slot)?;
                        self.state.regs[slot as usize].count = self.state.stack.len();
                        self.push(Undo::Barrier, pc, pos, 0)?;
                        pos = from;
                    }
                    None if enclosure == Enclosure::AssertNot => {
                        pc = end;
                        continue;
                    }
                    None => return Ok(Next::Fail),
                },
                Inst::Leave { slot } => {
                    let barrier = self.state.regs[slot as usize].count;
                    let Entry { a: enter, b: from, .. } = self.state.stack[barrier];
                    match program.insts[enter as usize] {
                        Inst::Enter { enclosure: Enclosure::Atomic, .. } => self.forget(barrier),
                        Inst::Enter { enclosure: Enclosure::Assert, .. } => {
                            self.forget(barrier);
                            pos = from;
                        }
                        _ => {
                            self.unwind(barrier);
                            return Ok(Next::Fail);
                        }
                    }
                }
                Inst::Possessive { slot, max, end, .. } => {
                    self.save(slot)?;
                    self.state.regs[slot as usize] = Reg { count: 0, last: 0 };
                    if max == 0 {
                        pc = end;
                        continue;
                    }
                    self.round(pc, slot, pos)?;
                }
                Inst::PossessiveNext { slot } => {
                    self.burn()?;
                    let Reg { count: barrier, last: rounds } = self.state.regs[slot as usize];
                    let Entry { a: begin, b: from, .. } = self.state.stack[barrier];
                    self.forget(barrier);
                    let rounds = rounds + 1;
                    self.state.regs[slot as usize].last = rounds;
                    if let Inst::Possessive { min, max, .. } = program.insts[begin as usize]
                        && (rounds < min as usize || (rounds < bound(max) && pos != from))
                    {
                        self.round(begin, slot, pos)?;
                        pc = begin;
                    }
                }
            }
            pc += 1;
        }
    }

    /// Lays the barrier of a possessive round.
    fn round(&mut self, begin: Pc, slot: u32, pos: usize) -> Result<(), Stop> {
        self.save(slot)?;
        self.state.regs[slot as usize].count = self.state.stack.len();
        self.push(Undo::Barrier, begin, pos, 0)
    }

    /// Goes back to the last choice: where to go on, or `None` if there is none left.
    fn backtrack(&mut self) -> Result<Option<(Pc, usize)>, Stop> {
        let program = self.program;
        while let Some(entry) = self.state.stack.pop() {
            let Entry { undo, a, b, c } = entry;
            match undo {
                Undo::Choice => return Ok(Some((a, b))),
                Undo::Mark | Undo::Reg => self.restore(entry),
                Undo::Many => {
                    let Inst::Many { next, .. } = program.insts[a as usize] else { continue };
                    if let Some(at) = self.shrink(a, b, c - 1, next)? {
                        return Ok(Some((a + 1, at)));
                    }
                }
                Undo::ManyLazy => {
                    let Inst::ManyLazy { test, next, .. } = program.insts[a as usize] else { continue };
                    let passes = |unit: &U| program.tests[test as usize].has(unit.code());
                    if c > 0
                        && self.units.get(b).is_some_and(passes)
                        && let Some(at) = self.lengthen(a, b + 1, c - 1, test, next)?
                    {
                        return Ok(Some((a + 1, at)));
                    }
                }
                Undo::UntilLazy => {
                    let Inst::Until { slot, body, max, .. } = program.insts[a as usize] else { continue };
                    let Reg { count, last } = self.state.regs[slot as usize];
                    if count < bound(max) && b != last {
                        self.save(slot)?;
                        self.state.regs[slot as usize] = Reg { count: count + 1, last: b };
                        return Ok(Some((body, b)));
                    }
                }
                Undo::Barrier => match program.insts[a as usize] {
                    Inst::Enter { enclosure: Enclosure::AssertNot, end, .. } => return Ok(Some((end, b))),
                    Inst::Possessive { slot, min, end, .. } if self.state.regs[slot as usize].last >= min as usize => {
                        return Ok(Some((end, b)));
                    }
                    _ => {}
                },
            }
        }
        Ok(None)
    }

    fn restore(&mut self, entry: Entry) {
        match entry.undo {
            Undo::Mark => {
                self.state.marks[entry.a as usize] = entry.b;
                self.state.last_index = entry.c as u32;
            }
            Undo::Reg => self.state.regs[entry.a as usize] = Reg { count: entry.b, last: entry.c },
            _ => {}
        }
    }

    /// Undoes everything down to and including the barrier.
    fn unwind(&mut self, barrier: usize) {
        while self.state.stack.len() > barrier {
            if let Some(entry) = self.state.stack.pop() {
                self.restore(entry);
            }
        }
    }

    /// Forgets the barrier and the choices above it, but not what they would undo.
    fn forget(&mut self, barrier: usize) {
        let stack = &mut self.state.stack;
        let mut kept = barrier;
        for i in barrier + 1..stack.len() {
            if matches!(stack[i].undo, Undo::Mark | Undo::Reg) {
                stack[kept] = stack[i];
                kept += 1;
            }
        }
        stack.truncate(kept);
    }

    /// Where a greedy run from `least` to `most` goes on: the last place that `next` allows.
    #[inline]
    fn shrink(&mut self, pc: Pc, least: usize, most: usize, next: Option<u32>) -> Result<Option<usize>, Stop> {
        let mut at = most;
        if let Some(code) = next {
            // One place beyond the run may hold what must follow.
            let Some(places) = self.units.get(least..(most + 1).min(self.units.len())) else { return Ok(None) };
            if code > U::MAX {
                return Ok(None);
            }
            match U::rposition(places, U::truncate(code)) {
                Some(i) => at = least + i,
                None => return Ok(None),
            }
        }
        if at > least {
            self.push(Undo::Many, pc, least, at)?;
        }
        Ok(Some(at))
    }

    /// Where a lazy run that is at `at` goes on: the first place that `next` allows, growing `more` times at most.
    #[inline]
    fn lengthen(
        &mut self,
        pc: Pc,
        mut at: usize,
        mut more: usize,
        test: u32,
        next: Option<u32>,
    ) -> Result<Option<usize>, Stop> {
        if let Some(code) = next {
            let test = &self.program.tests[test as usize];
            loop {
                match self.units.get(at) {
                    None => return Ok(None),
                    Some(unit) if unit.code() == code => break,
                    Some(unit) if more > 0 && test.has(unit.code()) => (at, more) = (at + 1, more - 1),
                    Some(_) => return Ok(None),
                }
            }
        }
        if more > 0 {
            self.push(Undo::ManyLazy, pc, at, more)?;
        }
        Ok(Some(at))
    }

    /// Where the text of a group ends if it is found at `pos` again.
    fn group_end(&self, group: u32, fold: Fold, pos: usize) -> Option<usize> {
        let (start, end) = self.state.group(group as usize + 1)?;
        let wanted = self.units.get(start..end)?;
        let found = self.units.get(pos..pos + wanted.len())?;
        let same = match fold {
            Fold::None => wanted == found,
            _ => wanted.iter().zip(found).all(|(a, b)| fold.apply(a.code()) == fold.apply(b.code())),
        };
        same.then_some(pos + wanted.len())
    }

    fn is_at(&self, place: At, pos: usize) -> bool {
        let units = self.units;
        let is_break = |i: usize| units.get(i).is_some_and(|unit| unit.code() == 0x0A);
        let boundary = |unicode: bool| {
            let is_word = |unit: Option<&U>| unit.is_some_and(|unit| crate::charset::is_word(unit.code(), unicode));
            let before = if pos == 0 { None } else { units.get(pos - 1) };
            is_word(before) != is_word(units.get(pos))
        };
        match place {
            At::Start => pos == 0,
            At::LineStart => pos == 0 || is_break(pos - 1),
            At::End | At::LineEnd | At::TextEnd if self.inverted => false,
            At::End => pos == units.len() || (pos + 1 == units.len() && is_break(pos)),
            At::LineEnd => pos == units.len() || is_break(pos),
            At::TextEnd => pos == units.len(),
            At::Boundary(unicode) => boundary(unicode),
            At::NotBoundary(unicode) => !boundary(unicode),
        }
    }
}

enum Next {
    Fail,
    Success(usize),
}

/// A bound of a repetition as a number of code points.
fn bound(max: u32) -> usize {
    if max == crate::MAXREPEAT { usize::MAX } else { max as usize }
}
