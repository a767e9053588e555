//! `re.Match`.

use super::pattern::Pattern;
use super::subject::Subject;
use super::template::Template;
use regex::State;
use std::ops::Range;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::{number, object as protocol};

/// The result of re.match() and re.search().
///
/// Match objects always have a boolean value of True.
#[pytype("Match", module = "re", flags(DISALLOW_INSTANTIATION, HAVE_GC))]
pub struct Match {
    pub head: Head,
    pub re: Ref<Pattern>,
    pub string: Object,
    #[untraced]
    pub subject: Subject,
    #[untraced]
    pub whole: Range<usize>,
    /// The span of each group, the whole match first.
    #[untraced]
    pub spans: Vec<Option<(usize, usize)>>,
    #[untraced]
    pub last: Option<usize>,
}

impl Match {
    pub fn make(re: &Ref<Pattern>, string: &Object, subject: &Subject, whole: &Range<usize>, state: &State) -> Object {
        let spans = (0..=re.program.groups() as usize).map(|group| state.group(group)).collect();
        instance::alloc_static(Match {
            head: Head::new(),
            re: re.clone(),
            string: string.clone(),
            subject: subject.clone(),
            whole: whole.clone(),
            spans,
            last: state.last_index(),
        })
        .into_object()
    }

    /// The text of a group that took part.
    pub fn text(&self, vm: &Vm, group: usize) -> Result<Option<Object>> {
        match self.spans.get(group).copied().flatten() {
            Some((start, end)) => self.subject.now(vm, &self.string)?.part(vm, start..end).map(Some),
            None => Ok(None),
        }
    }

    /// The number of a group given by number or name.
    fn index(&self, vm: &Vm, group: &Object) -> Result<usize> {
        let number = if group.is_instance_of::<Int>() || number::has_index(group) {
            Some(number::as_ssize(vm, group, None)?)
        } else {
            match self.re.groupindex.get(vm, group) {
                Ok(Some(index)) => Some(number::as_ssize(vm, &index, None)?),
                Ok(None) => None,
                Err(_) => {
                    vm.clear_raised();
                    None
                }
            }
        };
        match number.and_then(|n| usize::try_from(n).ok()).filter(|&n| n < self.spans.len()) {
            Some(index) => Ok(index),
            None => Err(raise!(vm, IndexError, "no such group")),
        }
    }

    fn span_of(&self, vm: &Vm, group: Option<&Object>) -> Result<(i64, i64)> {
        let index = match group {
            Some(group) => self.index(vm, group)?,
            None => 0,
        };
        Ok(self.spans[index].map_or((-1, -1), |(start, end)| (start as i64, end as i64)))
    }

    fn or_default(&self, vm: &Vm, group: usize, default: &Object) -> Result<Object> {
        Ok(self.text(vm, group)?.unwrap_or_else(|| default.clone()))
    }
}

#[pymethods]
impl Match {
    #[slot]
    fn repr(&self, vm: &Vm) -> Result<Ref<Str>> {
        let (start, end) = self.spans[0].unwrap_or((0, 0));
        let shown = protocol::repr(vm, &self.or_default(vm, 0, &none())?)?;
        let mut out = text::TextBuilder::new();
        vm::builtins::str::mem(vm, out.push_str(&format!("<re.Match object; span=({start}, {end}), match=")))?;
        vm::builtins::str::mem(vm, out.push_units(shown.units()))?;
        vm::builtins::str::mem(vm, out.push_str(">"))?;
        Str::from_view(vm, out.as_units())
    }

    #[slot]
    fn subscript(&self, vm: &Vm, name: &Object) -> Result<Object> {
        let group = self.index(vm, name)?;
        self.or_default(vm, group, &none())
    }

    /// group([group1, ...]) -> str or tuple.
    ///
    /// Return subgroup(s) of the match by indices or names. For 0 returns the entire match.
    #[py("group(*args)")]
    fn group(&self, vm: &Vm, args: &[Object]) -> Result<Object> {
        match args {
            [] => self.or_default(vm, 0, &none()),
            [one] => self.subscript(vm, one),
            many => {
                let items = many.iter().map(|group| self.subscript(vm, group)).collect::<Result<Vec<_>>>()?;
                Tuple::from_vec(vm, items).map(Ref::into_object)
            }
        }
    }

    /// Return a tuple containing all the subgroups of the match, from 1.
    #[py("groups(default=None)")]
    fn groups(&self, vm: &Vm, default: Object) -> Result<Ref<Tuple>> {
        let items =
            (1..self.spans.len()).map(|group| self.or_default(vm, group, &default)).collect::<Result<Vec<_>>>()?;
        Tuple::from_vec(vm, items)
    }

    /// Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.
    #[py("groupdict(default=None)")]
    fn groupdict(&self, vm: &Vm, default: Object) -> Result<Ref<Dict>> {
        let dict = Dict::empty();
        for (name, group) in self.re.groupindex.to_pairs() {
            let group = self.index(vm, &group)?;
            dict.set(vm, &name, self.or_default(vm, group, &default)?)?;
        }
        Ok(dict)
    }

    /// Return index of the start of the substring matched by group.
    #[py("start(group=0, /)")]
    fn start(&self, vm: &Vm, group: Option<&Object>) -> Result<i64> {
        Ok(self.span_of(vm, group)?.0)
    }

    /// Return index of the end of the substring matched by group.
    #[py("end(group=0, /)")]
    fn end(&self, vm: &Vm, group: Option<&Object>) -> Result<i64> {
        Ok(self.span_of(vm, group)?.1)
    }

    /// For match object m, return the 2-tuple (m.start(group), m.end(group)).
    #[py("span(group=0, /)")]
    fn span(&self, vm: &Vm, group: Option<&Object>) -> Result<(i64, i64)> {
        self.span_of(vm, group)
    }

    /// Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.
    #[py("expand(template)")]
    fn expand(&self, vm: &Vm, template: &Object) -> Result<Object> {
        let filter = super::pattern::compile_template(vm, &self.re, template)?;
        match filter.cast::<Template>() {
            Some(template) => template.fill(vm, self),
            None => Ok(filter),
        }
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

    /// The string passed to match() or search().
    #[getter("string")]
    fn get_string(&self) -> Object {
        self.string.clone()
    }

    /// The regular expression object.
    #[getter("re")]
    fn get_re(&self) -> Object {
        self.re.to_object()
    }

    /// The index into the string at which the RE engine started looking for a match.
    #[getter("pos")]
    fn pos(&self) -> usize {
        self.whole.start
    }

    /// The index into the string beyond which the RE engine will not go.
    #[getter("endpos")]
    fn endpos(&self) -> usize {
        self.whole.end
    }

    /// The integer index of the last matched capturing group.
    #[getter("lastindex")]
    fn lastindex(&self) -> Option<usize> {
        self.last
    }

    /// The name of the last matched capturing group.
    #[getter("lastgroup")]
    fn lastgroup(&self) -> Option<Object> {
        self.re.indexgroup.items().get(self.last?).cloned()
    }

    #[getter("regs")]
    fn regs(&self, vm: &Vm) -> Result<Ref<Tuple>> {
        let pair = |span: &Option<(usize, usize)>| {
            let (start, end) = span.map_or((-1, -1), |(start, end)| (start as i64, end as i64));
            Tuple::from_slice(&[Int::from_i64(start), Int::from_i64(end)]).into_object()
        };
        Tuple::from_vec(vm, self.spans.iter().map(pair).collect())
    }

    /// See PEP 585.
    #[py("__class_getitem__(item, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, item: &Object) -> Result<Object> {
        super::pattern::alias(vm, cls, item)
    }
}
