//! `re.Pattern`.

use super::matches::Match;
use super::scanner::Scanner;
use super::subject::Subject;
use super::template::{Template, join};
use regex::{Mode, Program, State};
use vm::builtins::bytes::common;
use vm::builtins::dict::DictProxy;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::{call, object as protocol};

/// Compiled regular expression object.
#[pytype("Pattern", module = "re", flags(DISALLOW_INSTANTIATION, HAVE_GC, MANAGED_WEAKREF))]
pub struct Pattern {
    pub head: Head,
    #[untraced]
    pub program: Program,
    #[untraced]
    pub code: Vec<u32>,
    /// Whether it is for bytes; `None` for either.
    #[untraced]
    pub bytes: Option<bool>,
    pub source: Object,
    #[untraced]
    pub flags: i32,
    pub groupindex: Ref<Dict>,
    pub indexgroup: Ref<Tuple>,
}

const FLAGS: [(i32, &str); 8] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (32, "re.UNICODE"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];
const UNICODE: i32 = 32;
const ONE_OF: i32 = 4 | 32 | 256;

/// `re._compile_template(pattern, template)`, which caches.
pub fn compile_template(vm: &Vm, pattern: &Ref<Pattern>, template: &Object) -> Result<Object> {
    let module = vm.import("re")?;
    let function = attr::getattr(vm, &module, &vm.intern("_compile_template"))?;
    call::call(vm, &function, &[pattern.to_object(), template.clone()])
}

/// `list[int]` and its like.
pub fn alias(vm: &Vm, cls: &Ref<Type>, item: &Object) -> Result<Object> {
    vm::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), item)
}

/// How `sub` makes replacements.
enum Filter {
    Literal(Object),
    Template(Object),
    Function(Object),
}

impl Pattern {
    fn find(
        this: &Ref<Pattern>,
        vm: &Vm,
        string: &Object,
        pos: isize,
        endpos: isize,
        mode: Mode,
    ) -> Result<Option<Object>> {
        let subject = Subject::new(vm, string, this.bytes)?;
        let whole = subject.span(pos, endpos);
        let mut state = State::new();
        let found = subject.run(vm, &this.program, whole.clone(), mode, &mut state)?;
        Ok(found.then(|| Match::make(this, string, &subject, &whole, &state)))
    }

    fn filter(this: &Ref<Pattern>, vm: &Vm, repl: &Object) -> Result<Filter> {
        if call::is_callable(repl) {
            return Ok(Filter::Function(repl.clone()));
        }
        let plain = match repl.cast::<Str>() {
            Some(text) => !text.contains_code_point(0x5C),
            None if common::is_like(repl) => !common::like(vm, repl)?.contains(&b'\\'),
            None => false,
        };
        if plain {
            return Ok(Filter::Literal(repl.clone()));
        }
        let made = compile_template(vm, this, repl)?;
        Ok(if made.cast::<Template>().is_some() { Filter::Template(made) } else { Filter::Literal(made) })
    }

    /// Calls `each` with the state of every match, up to `count` (0: all), until it fails; gives how many there were.
    fn each_match(
        this: &Ref<Pattern>,
        vm: &Vm,
        subject: &Subject,
        span: std::ops::Range<usize>,
        count: isize,
        mut each: impl FnMut(&State, (usize, usize)) -> Result<()>,
    ) -> Result<usize> {
        let (mut state, mut at, mut n) = (State::new(), span.start, 0);
        while count <= 0 || n < count as usize {
            if !subject.run(vm, &this.program, at..span.end, Mode::Search, &mut state)? {
                break;
            }
            let (start, end) = state.group(0).unwrap_or((at, at));
            each(&state, (start, end))?;
            state.must_advance = start == end;
            at = end;
            n += 1;
        }
        Ok(n)
    }

    fn substitute(
        this: &Ref<Pattern>,
        vm: &Vm,
        repl: &Object,
        string: &Object,
        count: isize,
    ) -> Result<(Object, usize)> {
        let filter = Self::filter(this, vm, repl)?;
        let subject = Subject::new(vm, string, this.bytes)?;
        let whole = 0..subject.len();
        let (mut pieces, mut last) = (vec![subject.empty(vm)], 0);
        let n = Self::each_match(this, vm, &subject, whole.clone(), count, |state, (start, end)| {
            if last < start {
                pieces.push(subject.part(vm, last..start)?);
            }
            let piece = match &filter {
                Filter::Literal(text) => text.clone(),
                filter => {
                    let found = Match::make(this, string, &subject, &whole, state);
                    match (filter, found.cast::<Match>()) {
                        (Filter::Template(template), Some(found)) => match template.cast::<Template>() {
                            Some(template) => template.fill(vm, found)?,
                            None => none(),
                        },
                        (Filter::Function(function), _) => call::call(vm, function, &[found])?,
                        _ => none(),
                    }
                }
            };
            if !piece.is(&none()) {
                pieces.push(piece);
            }
            last = end;
            Ok(())
        })?;
        if n == 0 {
            return Ok((subject.part(vm, whole)?, 0));
        }
        if last < whole.end {
            pieces.push(subject.part(vm, last..whole.end)?);
        }
        Ok((join(vm, &pieces)?, n))
    }
}

#[pymethods]
impl Pattern {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<String> {
        let mut flags = self.flags;
        if self.bytes == Some(false) && flags & ONE_OF == UNICODE {
            flags &= !UNICODE;
        }
        let mut names: Vec<String> = Vec::new();
        for (bit, name) in FLAGS {
            if flags & bit != 0 {
                names.push(name.to_owned());
                flags &= !bit;
            }
        }
        if flags != 0 {
            names.push(format!("{flags:#x}"));
        }
        let shown: String = protocol::repr(vm, &self.source)?.to_string_lossy().chars().take(200).collect();
        let flags = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
        Ok(format!("re.compile({shown}{flags})"))
    }

    #[slot]
    fn hash(&self, vm: &Vm) -> Result<i64> {
        let source = protocol::hash(vm, &self.source)?;
        let code = self.code.iter().fold(0i64, |h, &word| h.wrapping_mul(1_000_003) ^ i64::from(word));
        let hash = source ^ code ^ i64::from(self.flags) ^ i64::from(self.program.groups());
        Ok(if hash == -1 { -2 } else { hash })
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<Pattern>().filter(|_| matches!(op, CompareOp::Eq | CompareOp::Ne)) else {
            return not_implemented(vm);
        };
        let same = self.flags == other.flags
            && self.bytes == other.bytes
            && self.code == other.code
            && protocol::same_or_equal(vm, &self.source, &other.source)?;
        Ok((same == (op == CompareOp::Eq)).object())
    }

    /// Matches zero or more characters at the beginning of the string.
    #[py("match(string, pos=0, endpos=sys.maxsize)")]
    fn match_(this: &Ref<Self>, vm: &Vm, string: &Object, pos: isize, endpos: isize) -> Result<Option<Object>> {
        Pattern::find(this, vm, string, pos, endpos, Mode::Match)
    }

    /// Matches against all of the string.
    #[py("fullmatch(string, pos=0, endpos=sys.maxsize)")]
    fn fullmatch(this: &Ref<Self>, vm: &Vm, string: &Object, pos: isize, endpos: isize) -> Result<Option<Object>> {
        Pattern::find(this, vm, string, pos, endpos, Mode::Fullmatch)
    }

    /// Scan through string looking for a match, and return a corresponding match object instance.
    ///
    /// Return None if no position in the string matches.
    #[py("search(string, pos=0, endpos=sys.maxsize)")]
    fn search(this: &Ref<Self>, vm: &Vm, string: &Object, pos: isize, endpos: isize) -> Result<Option<Object>> {
        Pattern::find(this, vm, string, pos, endpos, Mode::Search)
    }

    /// Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by repl.
    #[py("sub(repl, string, count=0)")]
    fn sub(this: &Ref<Self>, vm: &Vm, repl: &Object, string: &Object, count: isize) -> Result<Object> {
        Ok(Pattern::substitute(this, vm, repl, string, count)?.0)
    }

    /// Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences.
    #[py("subn(repl, string, count=0)")]
    fn subn(this: &Ref<Self>, vm: &Vm, repl: &Object, string: &Object, count: isize) -> Result<(Object, usize)> {
        Pattern::substitute(this, vm, repl, string, count)
    }

    /// Return a list of all non-overlapping matches of pattern in string.
    #[py("findall(string, pos=0, endpos=sys.maxsize)")]
    fn findall(this: &Ref<Self>, vm: &Vm, string: &Object, pos: isize, endpos: isize) -> Result<Vec<Object>> {
        let subject = Subject::new(vm, string, this.bytes)?;
        let groups = this.program.groups() as usize;
        let mut items = Vec::new();
        Pattern::each_match(this, vm, &subject, subject.span(pos, endpos), 0, |state, _| {
            let text = |group: usize| match state.group(group) {
                Some((start, end)) => subject.part(vm, start..end),
                None => Ok(subject.empty(vm)),
            };
            items.push(match groups {
                0 | 1 => text(groups)?,
                _ => Tuple::from_vec(vm, (1..=groups).map(text).collect::<Result<Vec<_>>>()?)?.into_object(),
            });
            Ok(())
        })?;
        Ok(items)
    }

    /// Split string by the occurrences of pattern.
    #[py("split(string, maxsplit=0)")]
    fn split(this: &Ref<Self>, vm: &Vm, string: &Object, maxsplit: isize) -> Result<Vec<Object>> {
        let subject = Subject::new(vm, string, this.bytes)?;
        let (mut items, mut last) = (Vec::new(), 0);
        Pattern::each_match(this, vm, &subject, 0..subject.len(), maxsplit, |state, (start, end)| {
            items.push(subject.part(vm, last..start)?);
            for group in 1..=this.program.groups() as usize {
                items.push(match state.group(group) {
                    Some((start, end)) => subject.part(vm, start..end)?,
                    None => none(),
                });
            }
            last = end;
            Ok(())
        })?;
        items.push(subject.part(vm, last..subject.len())?);
        Ok(items)
    }

    /// Return an iterator over all non-overlapping matches for the RE pattern in string.
    #[py("finditer(string, pos=0, endpos=sys.maxsize)")]
    fn finditer(this: &Ref<Self>, vm: &Vm, string: &Object, pos: isize, endpos: isize) -> Result<Object> {
        let scanner = Scanner::make(vm, this, string, pos, endpos)?.into_object();
        let search = attr::getattr(vm, &scanner, &vm.intern("search"))?;
        call::call(vm, &vm::modules::builtins_get(vm, "iter"), &[search, none()])
    }

    #[py("scanner(string, pos=0, endpos=sys.maxsize)")]
    fn scanner(this: &Ref<Self>, vm: &Vm, string: &Object, pos: isize, endpos: isize) -> Result<Object> {
        Scanner::make(vm, this, string, pos, endpos).map(Ref::into_object)
    }

    #[py("__copy__()")]
    fn copy(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[py("__deepcopy__(memo, /)")]
    fn deepcopy(this: &Ref<Self>, memo: &Object) -> Object {
        let _ = memo;
        this.to_object()
    }

    /// The pattern string from which the RE object was compiled.
    #[getter("pattern")]
    fn pattern(&self) -> Object {
        self.source.clone()
    }

    /// The regex matching flags.
    #[getter("flags")]
    fn get_flags(&self) -> i32 {
        self.flags
    }

    /// The number of capturing groups in the pattern.
    #[getter("groups")]
    fn groups(&self) -> u32 {
        self.program.groups()
    }

    /// A dictionary mapping group names to group numbers.
    #[getter("groupindex")]
    fn get_groupindex(&self) -> Object {
        DictProxy::make(self.groupindex.as_object())
    }

    /// See PEP 585.
    #[py("__class_getitem__(item, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, item: &Object) -> Result<Object> {
        alias(vm, cls, item)
    }
}
