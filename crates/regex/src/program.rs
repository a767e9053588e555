//! The translated code: flat instructions, in which what follows an instruction is what follows it in the match.

use memchr::memmem;

use crate::charset::{Fold, Test};

/// The code is not what `re._compiler` makes: RuntimeError, invalid SRE code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

/// An index into the instructions.
pub type Pc = u32;

/// A place that matches no code point but between two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The beginning of the text.
    Start,
    /// The beginning of a line.
    LineStart,
    /// The end, or before a last line break.
    End,
    /// The end of a line.
    LineEnd,
    /// The end of the text.
    TextEnd,
    /// Between a word and what is none; Unicode's words if so told.
    Boundary(bool),
    /// Elsewhere.
    NotBoundary(bool),
}

/// What encloses a part that is matched on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enclosure {
    /// `(?>…)`: it goes on where the part ends.
    Atomic,
    /// `(?=…)`, `(?<=…)`: it goes on where the part began.
    Assert,
    /// `(?!…)`, `(?<!…)`: it goes on if the part does not match.
    AssertNot,
}

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inst {
    /// The whole pattern has matched.
    Success,
    /// Nothing matches.
    Fail,
    /// This code point.
    Char(u32),
    /// The code points of the pool from the first index to the second.
    Text(u32, u32),
    /// A code point that passes a test.
    Test(u32),
    /// Notes the position.
    Mark(u32),
    /// A place.
    At(At),
    /// Goes elsewhere.
    Jump(Pc),
    /// Goes on, and if that fails, at `other`. If `peek` is given, the way on begins with that code point.
    Split { other: Pc, peek: Option<u32> },
    /// What a group has matched.
    Group { group: u32, fold: Fold },
    /// Goes elsewhere if a group has not matched.
    Unless { group: u32, other: Pc },
    /// Begins a loop whose body follows; `until` ends the body.
    Repeat { slot: u32, until: Pc },
    /// Decides on another round of the body, then goes on.
    Until { slot: u32, body: Pc, min: u32, max: u32, lazy: bool },
    /// A test many times, as often as possible. If `next` is given, the rest begins with that code point.
    Many { test: u32, min: u32, max: u32, next: Option<u32> },
    /// A test many times, as rarely as possible.
    ManyLazy { test: u32, min: u32, max: u32, next: Option<u32> },
    /// A test many times, as often as possible and no less.
    ManyPossessive { test: u32, min: u32, max: u32 },
    /// Begins an enclosed part, `back` code points before here, which ends with `Leave` before `end`.
    Enter { slot: u32, enclosure: Enclosure, back: u32, end: Pc },
    /// The enclosed part has matched.
    Leave { slot: u32 },
    /// Begins a possessive loop: the body follows, and ends with `PossessiveNext` before `end`.
    Possessive { slot: u32, min: u32, max: u32, end: Pc },
    /// A round of a possessive loop has matched.
    PossessiveNext { slot: u32 },
}

/// How a search finds places where a match may begin.
#[derive(Clone, Debug)]
pub enum Prefilter {
    /// Everywhere.
    None,
    /// At the beginning of the text only.
    Start,
    /// Where these code points are; the searcher is for bytes.
    Text(Vec<u32>, Option<Box<memmem::Finder<'static>>>),
    /// At these bytes (one to three), or code points above 255 if so told.
    Few(Vec<u8>, bool),
    /// At code points of this bitmap, or code points above 255 if so told.
    Set([u64; 4], bool),
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) insts: Vec<Inst>,
    pub(crate) tests: Vec<Test>,
    pub(crate) pool: Vec<u32>,
    pub(crate) slots: u32,
    pub(crate) groups: u32,
    /// No match is shorter.
    pub(crate) min_width: usize,
    pub(crate) prefilter: Prefilter,
}

impl Program {
    /// Checks and translates code words for a pattern with so many groups.
    pub fn new(code: &[u32], groups: u32) -> Result<Program, Invalid> {
        crate::compile::compile(code, groups)
    }

    /// The number of groups.
    pub fn groups(&self) -> u32 {
        self.groups
    }

    /// The instructions, one to a line.
    pub fn dump(&self) -> String {
        self.insts.iter().enumerate().map(|(pc, inst)| format!("{pc:4} {inst:?}\n")).collect()
    }
}
