//! From code words to instructions, with every word checked.

use crate::charset::{Category, Fold, Item, Kind, Test};
use crate::program::{At, Enclosure, Inst, Invalid, Pc, Prefilter, Program};
use crate::search;

/// Deeper nesting than `re` itself can parse.
const DEEPEST: u32 = 1000;

/// The opcodes by their numbers in `re._constants`.
mod op {
    pub const FAILURE: u32 = 0;
    pub const SUCCESS: u32 = 1;
    pub const ANY: u32 = 2;
    pub const ANY_ALL: u32 = 3;
    pub const ASSERT: u32 = 4;
    pub const ASSERT_NOT: u32 = 5;
    pub const AT: u32 = 6;
    pub const BRANCH: u32 = 7;
    pub const CATEGORY: u32 = 8;
    pub const CHARSET: u32 = 9;
    pub const BIGCHARSET: u32 = 10;
    pub const GROUPREF: u32 = 11;
    pub const GROUPREF_EXISTS: u32 = 12;
    pub const IN: u32 = 13;
    pub const INFO: u32 = 14;
    pub const JUMP: u32 = 15;
    pub const LITERAL: u32 = 16;
    pub const MARK: u32 = 17;
    pub const MAX_UNTIL: u32 = 18;
    pub const MIN_UNTIL: u32 = 19;
    pub const NOT_LITERAL: u32 = 20;
    pub const NEGATE: u32 = 21;
    pub const RANGE: u32 = 22;
    pub const REPEAT: u32 = 23;
    pub const REPEAT_ONE: u32 = 24;
    pub const MIN_REPEAT_ONE: u32 = 26;
    pub const ATOMIC_GROUP: u32 = 27;
    pub const POSSESSIVE_REPEAT: u32 = 28;
    pub const POSSESSIVE_REPEAT_ONE: u32 = 29;
    pub const GROUPREF_IGNORE: u32 = 30;
    pub const IN_IGNORE: u32 = 31;
    pub const LITERAL_IGNORE: u32 = 32;
    pub const NOT_LITERAL_IGNORE: u32 = 33;
    pub const GROUPREF_LOC_IGNORE: u32 = 34;
    pub const IN_LOC_IGNORE: u32 = 35;
    pub const LITERAL_LOC_IGNORE: u32 = 36;
    pub const NOT_LITERAL_LOC_IGNORE: u32 = 37;
    pub const GROUPREF_UNI_IGNORE: u32 = 38;
    pub const IN_UNI_IGNORE: u32 = 39;
    pub const LITERAL_UNI_IGNORE: u32 = 40;
    pub const NOT_LITERAL_UNI_IGNORE: u32 = 41;
    pub const RANGE_UNI_IGNORE: u32 = 42;
}

struct Compiler<'a> {
    code: &'a [u32],
    groups: u32,
    insts: Vec<Inst>,
    tests: Vec<Test>,
    pool: Vec<u32>,
    slots: u32,
}

pub fn compile(code: &[u32], groups: u32) -> Result<Program, Invalid> {
    if groups > crate::MAXGROUPS || u32::try_from(code.len()).is_err() {
        return Err(Invalid);
    }
    let mut c = Compiler { code, groups, insts: vec![], tests: vec![], pool: vec![], slots: 0 };
    let (mut start, mut min_width, mut prefix) = (0, 0, &code[..0]);
    if code.first() == Some(&op::INFO) {
        start = c.skip(1)?;
        let info = code.get(2..start).ok_or(Invalid)?;
        min_width = *info.get(1).ok_or(Invalid)? as usize;
        if info[0] & 1 != 0 {
            let len = *info.get(3).ok_or(Invalid)? as usize;
            prefix = info.get(5..5 + len).ok_or(Invalid)?;
        }
    }
    let end = code.len().checked_sub(1).filter(|&end| end >= start && code[end] == op::SUCCESS).ok_or(Invalid)?;
    c.block(start, end, 0)?;
    c.insts.push(Inst::Success);
    c.join_literals();
    c.peek();
    let mut program = Program {
        insts: c.insts,
        tests: c.tests,
        pool: c.pool,
        slots: c.slots,
        groups,
        min_width,
        prefilter: Prefilter::None,
    };
    program.prefilter = search::prefilter(&program, prefix);
    Ok(program)
}

impl Compiler<'_> {
    fn word(&self, at: usize) -> Result<u32, Invalid> {
        self.code.get(at).copied().ok_or(Invalid)
    }

    /// Where the skip at `at` leads: forward, and within the code.
    fn skip(&self, at: usize) -> Result<usize, Invalid> {
        let to = at.checked_add(self.word(at)? as usize).ok_or(Invalid)?;
        if to > at && to <= self.code.len() { Ok(to) } else { Err(Invalid) }
    }

    fn pc(&self) -> Pc {
        self.insts.len() as Pc
    }

    fn slot(&mut self) -> u32 {
        self.slots += 1;
        self.slots - 1
    }

    fn test(&mut self, test: Test) -> u32 {
        if let Some(i) = self.tests.iter().position(|t| *t == test) {
            return i as u32;
        }
        self.tests.push(test);
        self.tests.len() as u32 - 1
    }

    fn group(&self, at: usize) -> Result<u32, Invalid> {
        let group = self.word(at)?;
        if group < self.groups { Ok(group) } else { Err(Invalid) }
    }

    /// A test of one code point at `at`, and where it ends; `None` if there is something else.
    fn unit(&self, at: usize) -> Result<Option<(Test, usize)>, Invalid> {
        let set = |fold| -> Result<Option<(Test, usize)>, Invalid> {
            let end = self.skip(at + 1)?;
            let (items, negated) = self.set(at + 2, end)?;
            Ok(Some((Test::new(Kind::Set(items, negated, fold)), end)))
        };
        let literal = |negated, fold| -> Result<Option<(Test, usize)>, Invalid> {
            Ok(Some((Test::literal(self.word(at + 1)?, negated, fold), at + 2)))
        };
        match self.word(at)? {
            op::ANY => Ok(Some((Test::literal(0x0A, true, Fold::None), at + 1))),
            op::ANY_ALL => Ok(Some((Test::new(Kind::All), at + 1))),
            op::FAILURE => Ok(Some((Test::new(Kind::Set(vec![], false, Fold::None)), at + 1))),
            op::CATEGORY => {
                let category = Category::from_code(self.word(at + 1)?).ok_or(Invalid)?;
                let kind = Kind::Set(vec![Item::Category(category)], false, Fold::None);
                Ok(Some((Test::new(kind), at + 2)))
            }
            op::IN => set(Fold::None),
            op::IN_IGNORE => set(Fold::Ascii),
            op::IN_LOC_IGNORE => set(Fold::Locale),
            op::IN_UNI_IGNORE => set(Fold::Unicode),
            op::LITERAL => literal(false, Fold::None),
            op::NOT_LITERAL => literal(true, Fold::None),
            op::LITERAL_IGNORE | op::LITERAL_LOC_IGNORE if self.locale_upper(at)? => {
                let lower = crate::ascii_tolower(self.word(at + 1)?);
                Ok(Some((Test::literal(lower, false, Fold::Ascii), at + 2)))
            }
            op::NOT_LITERAL_LOC_IGNORE if self.locale_upper(at)? => {
                let lower = crate::ascii_tolower(self.word(at + 1)?);
                Ok(Some((Test::literal(lower, true, Fold::Ascii), at + 2)))
            }
            op::LITERAL_IGNORE | op::LITERAL_LOC_IGNORE => literal(false, Fold::Ascii),
            op::NOT_LITERAL_IGNORE | op::NOT_LITERAL_LOC_IGNORE => literal(true, Fold::Ascii),
            op::LITERAL_UNI_IGNORE => literal(false, Fold::Unicode),
            op::NOT_LITERAL_UNI_IGNORE => literal(true, Fold::Unicode),
            _ => Ok(None),
        }
    }

    /// Whether the literal at `at` is compared by locale and given in upper case, as the compiler leaves it.
    fn locale_upper(&self, at: usize) -> Result<bool, Invalid> {
        let word = self.word(at + 1)?;
        Ok(self.word(at)? != op::LITERAL_IGNORE && crate::ascii_tolower(word) != word)
    }

    /// The set in `from..end`, which closes with FAILURE.
    fn set(&self, from: usize, end: usize) -> Result<(Vec<Item>, bool), Invalid> {
        let words = self.code.get(from..end).ok_or(Invalid)?;
        let (negated, mut at) = match words.first() {
            Some(&op::NEGATE) => (true, 1),
            _ => (false, 0),
        };
        let mut items = vec![];
        loop {
            let word = |i: usize| words.get(at + i).copied().ok_or(Invalid);
            let block = |i: usize| -> Result<[u32; 8], Invalid> {
                words.get(at + i..at + i + 8).and_then(|w| w.try_into().ok()).ok_or(Invalid)
            };
            match word(0)? {
                op::FAILURE if at + 1 == words.len() => return Ok((items, negated)),
                op::LITERAL => {
                    items.push(Item::Range(word(1)?, word(1)?));
                    at += 2;
                }
                op::RANGE => {
                    items.push(Item::Range(word(1)?, word(2)?));
                    at += 3;
                }
                op::RANGE_UNI_IGNORE => {
                    items.push(Item::RangeIgnore(word(1)?, word(2)?));
                    at += 3;
                }
                op::CHARSET => {
                    items.push(Item::Bitmap(Box::new(block(1)?)));
                    at += 9;
                }
                op::BIGCHARSET => {
                    let count = word(1)? as usize;
                    if count > 256 {
                        return Err(Invalid);
                    }
                    let mut blocks = Box::new([0u8; 256]);
                    for i in 0..64 {
                        blocks[i * 4..i * 4 + 4].copy_from_slice(&word(2 + i)?.to_ne_bytes());
                    }
                    let maps = (0..count).map(|i| block(66 + i * 8)).collect::<Result<Vec<_>, _>>()?;
                    if blocks.iter().any(|&b| usize::from(b) >= count) {
                        return Err(Invalid);
                    }
                    items.push(Item::Big(blocks, maps));
                    at += 66 + count * 8;
                }
                op::CATEGORY => {
                    items.push(Item::Category(Category::from_code(word(1)?).ok_or(Invalid)?));
                    at += 2;
                }
                _ => return Err(Invalid),
            }
        }
    }

    /// Translates `start..end`.
    fn block(&mut self, start: usize, end: usize, depth: u32) -> Result<(), Invalid> {
        if depth > DEEPEST {
            return Err(Invalid);
        }
        let mut at = start;
        while at < end {
            at = self.one(at, end, depth)?;
        }
        if at == end { Ok(()) } else { Err(Invalid) }
    }

    /// Translates what begins at `at` and gives where it ends.
    fn one(&mut self, at: usize, end: usize, depth: u32) -> Result<usize, Invalid> {
        let code = self.word(at)?;
        if let Some((test, after)) = self.unit(at)? {
            match test.kind {
                Kind::Literal(code) => self.insts.push(Inst::Char(code)),
                _ if code == op::FAILURE => self.insts.push(Inst::Fail),
                _ => {
                    let test = self.test(test);
                    self.insts.push(Inst::Test(test));
                }
            }
            return Ok(after);
        }
        match code {
            op::MARK => {
                let mark = self.word(at + 1)?;
                if mark / 2 >= self.groups {
                    return Err(Invalid);
                }
                self.insts.push(Inst::Mark(mark));
                Ok(at + 2)
            }
            op::AT => {
                let place = match self.word(at + 1)? {
                    0 | 2 => At::Start,
                    1 => At::LineStart,
                    3 | 8 => At::Boundary(false),
                    4 | 9 => At::NotBoundary(false),
                    5 => At::End,
                    6 => At::LineEnd,
                    7 => At::TextEnd,
                    10 => At::Boundary(true),
                    11 => At::NotBoundary(true),
                    _ => return Err(Invalid),
                };
                self.insts.push(Inst::At(place));
                Ok(at + 2)
            }
            op::GROUPREF | op::GROUPREF_IGNORE | op::GROUPREF_LOC_IGNORE | op::GROUPREF_UNI_IGNORE => {
                let fold = match code {
                    op::GROUPREF => Fold::None,
                    op::GROUPREF_UNI_IGNORE => Fold::Unicode,
                    _ => Fold::Ascii,
                };
                let group = self.group(at + 1)?;
                self.insts.push(Inst::Group { group, fold });
                Ok(at + 2)
            }
            op::INFO => self.skip(at + 1),
            op::BRANCH => self.branch(at, depth),
            op::GROUPREF_EXISTS => self.conditional(at, depth),
            op::REPEAT => self.repeat(at, depth),
            op::REPEAT_ONE | op::MIN_REPEAT_ONE | op::POSSESSIVE_REPEAT_ONE => {
                let after = self.skip(at + 1)?;
                let (min, max) = self.bounds(at + 2)?;
                let (test, test_end) = self.unit(at + 4)?.ok_or(Invalid)?;
                if test_end + 1 != after || self.word(test_end)? != op::SUCCESS {
                    return Err(Invalid);
                }
                let test = self.test(test);
                self.insts.push(match code {
                    op::REPEAT_ONE => Inst::Many { test, min, max, next: None },
                    op::MIN_REPEAT_ONE => Inst::ManyLazy { test, min, max, next: None },
                    _ => Inst::ManyPossessive { test, min, max },
                });
                Ok(after)
            }
            op::POSSESSIVE_REPEAT => {
                let body_end = self.skip(at + 1)?;
                let (min, max) = self.bounds(at + 2)?;
                if body_end >= end || self.word(body_end)? != op::SUCCESS {
                    return Err(Invalid);
                }
                let (slot, begin) = (self.slot(), self.insts.len());
                self.insts.push(Inst::Fail);
                self.block(at + 4, body_end, depth + 1)?;
                self.insts.push(Inst::PossessiveNext { slot });
                self.insts[begin] = Inst::Possessive { slot, min, max, end: self.pc() };
                Ok(body_end + 1)
            }
            op::ATOMIC_GROUP | op::ASSERT | op::ASSERT_NOT => {
                let after = self.skip(at + 1)?;
                let (enclosure, back, body) = match code {
                    op::ATOMIC_GROUP => (Enclosure::Atomic, 0, at + 2),
                    op::ASSERT => (Enclosure::Assert, self.word(at + 2)?, at + 3),
                    _ => (Enclosure::AssertNot, self.word(at + 2)?, at + 3),
                };
                if after > end || after <= body || self.word(after - 1)? != op::SUCCESS {
                    return Err(Invalid);
                }
                let (slot, begin) = (self.slot(), self.insts.len());
                self.insts.push(Inst::Fail);
                self.block(body, after - 1, depth + 1)?;
                self.insts.push(Inst::Leave { slot });
                self.insts[begin] = Inst::Enter { slot, enclosure, back, end: self.pc() };
                Ok(after)
            }
            _ => Err(Invalid),
        }
    }

    fn bounds(&self, at: usize) -> Result<(u32, u32), Invalid> {
        let (min, max) = (self.word(at)?, self.word(at + 1)?);
        if min <= max { Ok((min, max)) } else { Err(Invalid) }
    }

    fn branch(&mut self, at: usize, depth: u32) -> Result<usize, Invalid> {
        let (mut at, mut jumps, mut target) = (at + 1, vec![], None);
        while self.word(at)? != op::FAILURE {
            let next = self.skip(at)?;
            // An alternative ends with a jump to what follows the whole.
            if next < at + 3 || self.word(next - 2)? != op::JUMP {
                return Err(Invalid);
            }
            let to = self.skip(next - 1)?;
            if *target.get_or_insert(to) != to {
                return Err(Invalid);
            }
            let is_last = self.word(next)? == op::FAILURE;
            let begin = self.insts.len();
            if !is_last {
                self.insts.push(Inst::Fail);
            }
            self.block(at + 1, next - 2, depth + 1)?;
            if !is_last {
                jumps.push(self.insts.len());
                self.insts.push(Inst::Fail);
                self.insts[begin] = Inst::Split { other: self.pc(), peek: None };
            }
            at = next;
        }
        if target != Some(at + 1) {
            return Err(Invalid);
        }
        let end = self.pc();
        jumps.into_iter().for_each(|jump| self.insts[jump] = Inst::Jump(end));
        Ok(at + 1)
    }

    fn conditional(&mut self, at: usize, depth: u32) -> Result<usize, Invalid> {
        let group = self.group(at + 1)?;
        let no = (at + 1).checked_add(self.word(at + 2)? as usize).ok_or(Invalid)?;
        if no < at + 3 || no > self.code.len() {
            return Err(Invalid);
        }
        let begin = self.insts.len();
        self.insts.push(Inst::Fail);
        let mut from = at + 3;
        while from < no {
            // Only the end of the first part can be a jump: over the second.
            if from + 2 == no && self.word(from)? == op::JUMP {
                let end = self.skip(from + 1)?;
                let jump = self.insts.len();
                self.insts.push(Inst::Fail);
                self.insts[begin] = Inst::Unless { group, other: self.pc() };
                self.block(no, end, depth + 1)?;
                self.insts[jump] = Inst::Jump(self.pc());
                return Ok(end);
            }
            from = self.one(from, no, depth + 1)?;
        }
        if from != no {
            return Err(Invalid);
        }
        self.insts[begin] = Inst::Unless { group, other: self.pc() };
        Ok(no)
    }

    fn repeat(&mut self, at: usize, depth: u32) -> Result<usize, Invalid> {
        let until = self.skip(at + 1)?;
        let (min, max) = self.bounds(at + 2)?;
        let lazy = match self.word(until)? {
            op::MAX_UNTIL => false,
            op::MIN_UNTIL => true,
            _ => return Err(Invalid),
        };
        let (slot, begin) = (self.slot(), self.insts.len());
        self.insts.push(Inst::Fail);
        if until < at + 4 {
            return Err(Invalid);
        }
        self.block(at + 4, until, depth + 1)?;
        self.insts[begin] = Inst::Repeat { slot, until: self.pc() };
        self.insts.push(Inst::Until { slot, body: begin as Pc + 1, min, max, lazy });
        Ok(until + 1)
    }

    /// Replaces runs of literals, into which nothing jumps, by one comparison. The places of the others stay free.
    fn join_literals(&mut self) {
        let mut targets = vec![false; self.insts.len() + 1];
        for inst in &self.insts {
            match *inst {
                Inst::Jump(to) | Inst::Split { other: to, .. } | Inst::Unless { other: to, .. } => {
                    targets[to as usize] = true;
                }
                Inst::Repeat { until, .. } => targets[until as usize] = true,
                Inst::Until { body, .. } => targets[body as usize] = true,
                Inst::Enter { end, .. } | Inst::Possessive { end, .. } => targets[end as usize] = true,
                _ => {}
            }
        }
        let mut at = 0;
        while at < self.insts.len() {
            let run = (at..self.insts.len())
                .take_while(|&i| matches!(self.insts[i], Inst::Char(_)) && (i == at || !targets[i]))
                .count();
            if run >= 2 {
                let start = self.pool.len() as u32;
                for i in at..at + run {
                    if let Inst::Char(code) = self.insts[i] {
                        self.pool.push(code);
                    }
                }
                self.insts[at] = Inst::Text(start, start + run as u32);
                self.insts[at + 1] = Inst::Jump((at + run) as Pc);
            }
            at += run.max(1);
        }
    }

    /// Notes for choices the code point that must follow.
    fn peek(&mut self) {
        for at in 0..self.insts.len() {
            let first = self.first_char(at + 1);
            match &mut self.insts[at] {
                Inst::Split { peek: next, .. } | Inst::Many { next, .. } | Inst::ManyLazy { next, .. } => *next = first,
                _ => {}
            }
        }
    }

    fn first_char(&self, mut at: usize) -> Option<u32> {
        for _ in 0..16 {
            match *self.insts.get(at)? {
                Inst::Char(code) => return Some(code),
                Inst::Text(start, _) => return self.pool.get(start as usize).copied(),
                Inst::Mark(_) => at += 1,
                Inst::Jump(to) => at = to as usize,
                _ => return None,
            }
        }
        None
    }
}
