//! Where a match may begin: what a search skips to.

use memchr::memmem;
use text::Unit;

use crate::charset::Test;
use crate::program::{At, Enclosure, Inst, Prefilter, Program};

/// Chooses how to look for beginnings. `prefix` are literals that every match begins with (the compiler's finding).
pub fn prefilter(program: &Program, prefix: &[u32]) -> Prefilter {
    if matches!(program.insts[first_step(program)], Inst::At(At::Start)) {
        return Prefilter::Start;
    }
    if prefix.len() > 1 {
        let bytes: Option<Vec<u8>> = prefix.iter().map(|&code| u8::try_from(code).ok()).collect();
        let finder = bytes.map(|bytes| Box::new(memmem::Finder::new(&bytes).into_owned()));
        return Prefilter::Text(prefix.to_vec(), finder);
    }
    match first_set(program) {
        Some((low, wide)) => {
            let bytes: Vec<u8> = (0..=255u8).filter(|&b| low[usize::from(b >> 6)] >> (b & 63) & 1 == 1).collect();
            match bytes.len() {
                1..=3 => Prefilter::Few(bytes, wide),
                256 if wide => Prefilter::None,
                _ => Prefilter::Set(low, wide),
            }
        }
        None => Prefilter::None,
    }
}

fn first_step(program: &Program) -> usize {
    let mut at = 0;
    while matches!(program.insts[at], Inst::Mark(_)) {
        at += 1;
    }
    at
}

/// The code points below 256 that a match can begin with, and whether it can begin with others; `None` if a match may
/// be empty or it cannot be told.
fn first_set(program: &Program) -> Option<([u64; 4], bool)> {
    let mut first = First { low: [0; 4], wide: false };
    let mut seen = vec![false; program.insts.len()];
    // Loops whose first round is under way.
    let mut entered = seen.clone();
    let mut todo = vec![0usize];
    while let Some(at) = todo.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        match program.insts[at] {
            Inst::Char(code) => first.add(code),
            Inst::Text(start, _) => first.add(program.pool[start as usize]),
            Inst::Test(test) => first.add_test(&program.tests[test as usize]),
            Inst::Many { test, min, max, .. }
            | Inst::ManyLazy { test, min, max, .. }
            | Inst::ManyPossessive { test, min, max } => {
                if max > 0 {
                    first.add_test(&program.tests[test as usize]);
                }
                if min == 0 {
                    todo.push(at + 1);
                }
            }
            Inst::Fail => {}
            Inst::Mark(_) | Inst::At(_) => todo.push(at + 1),
            Inst::Jump(to) => todo.push(to as usize),
            Inst::Split { other, .. } | Inst::Unless { other, .. } => todo.extend([at + 1, other as usize]),
            Inst::Repeat { until, .. } => todo.push(until as usize),
            Inst::Until { body, min, max, .. } => {
                if max > 0 {
                    todo.push(body as usize);
                }
                // What follows a loop that must be gone through comes first only if the body can be empty: when this is
                // reached a second time.
                if min > 0 && !std::mem::replace(&mut entered[at], true) {
                    seen[at] = false;
                } else {
                    todo.push(at + 1);
                }
            }
            Inst::Enter { enclosure: Enclosure::Atomic, .. } => todo.push(at + 1),
            // An assertion consumes nothing.
            Inst::Enter { end, .. } => todo.push(end as usize),
            Inst::Leave { .. } | Inst::PossessiveNext { .. } => todo.push(at + 1),
            Inst::Possessive { min, end, .. } => {
                todo.push(at + 1);
                if min == 0 {
                    todo.push(end as usize);
                }
            }
            Inst::Group { .. } | Inst::Success => return None,
        }
    }
    Some((first.low, first.wide))
}

/// A set of first code points under construction.
struct First {
    low: [u64; 4],
    wide: bool,
}

impl First {
    fn add(&mut self, code: u32) {
        match code {
            0..256 => self.low[code as usize >> 6] |= 1 << (code & 63),
            _ => self.wide = true,
        }
    }

    fn add_test(&mut self, test: &Test) {
        self.low.iter_mut().zip(test.low).for_each(|(to, from)| *to |= from);
        self.wide |= test.may_be_wide();
    }
}

impl Prefilter {
    /// The first place from `from` on where a match may begin, or `None`.
    pub fn next<U: Unit>(&self, units: &[U], from: usize) -> Option<usize> {
        let rest = units.get(from..)?;
        let found = match self {
            Prefilter::None => Some(0),
            Prefilter::Start => (from == 0).then_some(0),
            Prefilter::Text(text, finder) => match (finder, U::bytes(rest)) {
                (Some(finder), Some(bytes)) => finder.find(bytes),
                _ => find_text(rest, text),
            },
            Prefilter::Few(few, wide) => match (U::bytes(rest), few.as_slice()) {
                (Some(bytes), [a]) => memchr::memchr(*a, bytes),
                (Some(bytes), [a, b]) => memchr::memchr2(*a, *b, bytes),
                (Some(bytes), [a, b, c]) => memchr::memchr3(*a, *b, *c, bytes),
                (_, [a]) if !wide => U::position(rest, U::truncate(u32::from(*a))),
                _ => rest.iter().position(|&unit| match unit.into() {
                    code @ 0..256u32 => few.contains(&(code as u8)),
                    _ => *wide,
                }),
            },
            Prefilter::Set(low, wide) => rest.iter().position(|&unit| match unit.into() {
                code @ 0..256u32 => low[code as usize >> 6] >> (code & 63) & 1 == 1,
                _ => *wide,
            }),
        };
        found.map(|i| from + i)
    }
}

fn find_text<U: Unit>(units: &[U], text: &[u32]) -> Option<usize> {
    let &first = text.first()?;
    if first > U::MAX || text.len() > units.len() {
        return None;
    }
    let last = units.len() - text.len();
    let mut at = 0;
    while at <= last {
        at += U::position(&units[at..=last], U::truncate(first))?;
        if units[at..].iter().zip(text).all(|(&unit, &code)| unit.code() == code) {
            return Some(at);
        }
        at += 1;
    }
    None
}
