//! Replacement templates: literals and groups by turns.

use super::matches::Match;
use super::pattern::Pattern;
use vm::builtins::str::mem;
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::number;

/// What `re._compile_template` caches.
#[pytype("SRE_Template", module = "_sre", flags(DISALLOW_INSTANTIATION, HAVE_GC))]
pub struct Template {
    pub head: Head,
    pub first: Object,
    /// The literal behind each group, or None for none.
    pub literals: Ref<Tuple>,
    #[untraced]
    pub groups: Vec<usize>,
}

#[pymethods]
impl Template {}

impl Template {
    pub fn make(vm: &Vm, pattern: &Ref<Pattern>, parts: &[Object]) -> Result<Object> {
        let invalid = || raise!(vm, TypeError, "invalid template");
        let Some((first, rest)) = parts.split_first() else { return Err(invalid()) };
        let (mut groups, mut literals) = (Vec::new(), Vec::new());
        for pair in rest.chunks(2) {
            let [index, literal] = pair else { return Err(invalid()) };
            let index = number::as_ssize(vm, index, None)?;
            match usize::try_from(index).ok().filter(|&g| g <= pattern.program.groups() as usize) {
                Some(group) => groups.push(group),
                None => return Err(invalid()),
            }
            literals.push(literal.clone());
        }
        let body =
            Template { head: Head::new(), first: first.clone(), literals: Tuple::from_vec(vm, literals)?, groups };
        Ok(instance::alloc_static(body).into_object())
    }

    /// The template filled in from a match.
    pub fn fill(&self, vm: &Vm, found: &Match) -> Result<Object> {
        if self.groups.is_empty() {
            return Ok(self.first.clone());
        }
        let mut pieces = vec![self.first.clone()];
        for (&group, literal) in self.groups.iter().zip(self.literals.items()) {
            if let Some(text) = found.text(vm, group)? {
                pieces.push(text);
            }
            pieces.push(literal.clone());
        }
        join(vm, &pieces)
    }
}

/// The pieces one behind the other: all str, or all bytes.
pub fn join(vm: &Vm, pieces: &[Object]) -> Result<Object> {
    let text = pieces.first().is_none_or(|p| p.cast::<Str>().is_some());
    if text {
        let mut out = text::TextBuilder::new();
        for (i, piece) in pieces.iter().enumerate() {
            match piece.cast::<Str>() {
                Some(piece) => mem(vm, out.push_units(piece.units()))?,
                None => bail!(
                    vm,
                    TypeError,
                    "sequence item {i}: expected str instance, {} found",
                    vm::object::type_name(piece)
                ),
            }
        }
        return Str::from_view(vm, out.as_units()).map(Ref::into_object);
    }
    let mut out = Vec::new();
    for (i, piece) in pieces.iter().enumerate() {
        if !vm::builtins::bytes::common::is_like(piece) {
            bail!(
                vm,
                TypeError,
                "sequence item {i}: expected a bytes-like object, {} found",
                vm::object::type_name(piece)
            );
        }
        out.extend_from_slice(&vm::builtins::bytes::common::like(vm, piece)?);
    }
    Bytes::try_new(vm, &out).map(Ref::into_object)
}
