//! Scanners: the positions of `finditer` and of `re.Scanner`.

use super::matches::Match;
use super::pattern::Pattern;
use super::subject::Subject;
use regex::{Mode, State};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use vm::builtins::memoryview::MemoryView;
use vm::object::buffer::{get_buffer, request};
use vm::object::instance;
use vm::prelude::*;

/// One pass over a text.
#[pytype("SRE_Scanner", module = "_sre", flags(DISALLOW_INSTANTIATION, HAVE_GC))]
pub struct Scanner {
    pub head: Head,
    pub re: Ref<Pattern>,
    pub string: Object,
    /// Keeps a buffer that could change as it is.
    pub held: Option<Object>,
    #[untraced]
    pub subject: Subject,
    #[untraced]
    pub whole: Range<usize>,
    /// Where to go on; `None` after a failure.
    #[untraced]
    pub at: Cell<Option<usize>>,
    #[untraced]
    pub state: RefCell<State>,
}

impl Scanner {
    pub fn make(vm: &Vm, re: &Ref<Pattern>, string: &Object, pos: isize, endpos: isize) -> Result<Ref<Scanner>> {
        let subject = Subject::new(vm, string, re.bytes)?;
        let whole = subject.span(pos, endpos);
        let held = match &subject {
            Subject::Copy(_) => {
                let buffer = get_buffer(vm, string, request::SIMPLE)?;
                Some(MemoryView::from_buffer(buffer).into_object())
            }
            _ => None,
        };
        Ok(instance::alloc_static(Scanner {
            head: Head::new(),
            re: re.clone(),
            string: string.clone(),
            held,
            subject,
            at: Cell::new(Some(whole.start)),
            whole,
            state: RefCell::default(),
        }))
    }

    fn step(&self, vm: &Vm, mode: Mode) -> Result<Option<Object>> {
        let Some(at) = self.at.get() else { return Ok(None) };
        // The engine may call signal handlers, which may come here again: they get a state of their own.
        let mut state = self.state.take();
        let found = self.subject.run(vm, &self.re.program, at..self.whole.end, mode, &mut state);
        let made = match found {
            Ok(true) => {
                let (start, end) = state.group(0).unwrap_or((at, at));
                state.must_advance = start == end;
                self.at.set(Some(end));
                Ok(Some(Match::make(&self.re, &self.string, &self.subject, &self.whole, &state)))
            }
            Ok(false) => {
                self.at.set(None);
                Ok(None)
            }
            Err(raised) => Err(raised),
        };
        self.state.replace(state);
        made
    }
}

#[pymethods]
impl Scanner {
    #[py("match()")]
    fn match_(&self, vm: &Vm) -> Result<Option<Object>> {
        self.step(vm, Mode::Match)
    }

    #[py("search()")]
    pub fn search(&self, vm: &Vm) -> Result<Option<Object>> {
        self.step(vm, Mode::Search)
    }

    #[getter("pattern")]
    fn pattern(&self) -> Object {
        self.re.to_object()
    }
}
