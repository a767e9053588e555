//! What the collector asks of a body.

use crate::{BytesBody, Field, Head, IntBody, ObjVec, Object, Ref, StrBody, Word, flags};
use std::cell::{Cell, RefCell};

/// What is done with each reference that an object owns. The collector's two passes are known here, so that they run
/// through an object's references without a call for each.
pub struct Visitor<'a>(Pass<'a>);

enum Pass<'a> {
    Subtract(&'a mut Many),
    Reach(Vec<*const Head>),
    Look(&'a mut dyn FnMut(&Object)),
}

/// Objects whose count is too large for the bits, with what is left of it.
pub(crate) type Many = Vec<(*const Head, u32)>;

/// The bits of [`Head::flags`] that count references during a collection, and one reference.
const ONE: u32 = 1 << 9;
const REFERENCES: u32 = !(ONE - 1);

/// Puts an object under examination, with the count of references that `count` says. Counts that the bits cannot hold
/// go to `many`; that of an immortal object never ends.
#[inline]
pub(crate) fn examine(head: &Head, count: u32, many: &mut Many) {
    let bits = if count < REFERENCES / ONE { count * ONE } else { REFERENCES };
    if bits == REFERENCES && !head.is_immortal() {
        many.push((head, count));
    }
    head.flags.set(head.flags() & !REFERENCES | flags::EXAMINED | bits);
}

/// Ends an object's examination: it is reachable, or the collection is over.
#[inline]
pub(crate) fn settle(head: &Head) {
    head.flags.set(head.flags() & !(REFERENCES | flags::EXAMINED));
}

/// Whether an object under examination is held by something that is not.
#[inline]
pub(crate) fn held_outside(head: &Head) -> bool {
    head.flags() >= ONE
}

impl<'a> Visitor<'a> {
    /// Shows each reference to a function, which runs no Python code.
    pub fn new(look: &'a mut dyn FnMut(&Object)) -> Visitor<'a> {
        Visitor(Pass::Look(look))
    }

    /// Takes each reference away from the count of what it leads to. `many` is what [`examine`] put there.
    pub(crate) fn subtract(many: &'a mut Many) -> Visitor<'a> {
        Visitor(Pass::Subtract(many))
    }

    /// Settles what each reference leads to, and keeps it for [`Visitor::next`].
    pub(crate) fn reach() -> Visitor<'static> {
        Visitor(Pass::Reach(Vec::new()))
    }

    /// What was reached and not yet looked at.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<*const Head> {
        if let Pass::Reach(found) = &mut self.0 { found.pop() } else { None }
    }

    /// A reference that the object owns.
    pub fn object(&mut self, object: &Object) {
        match &mut self.0 {
            Pass::Subtract(many) => subtract(object, 1, many),
            Pass::Reach(found) => reach(object, found),
            Pass::Look(look) => look(object),
        }
    }

    /// As [`Visitor::objects`], where some may be missing.
    pub fn options(&mut self, objects: &[Option<Object>]) {
        let objects = objects.iter().flatten();
        match &mut self.0 {
            Pass::Subtract(many) => objects.for_each(|object| subtract(object, 1, many)),
            Pass::Reach(found) => objects.for_each(|object| reach(object, found)),
            Pass::Look(look) => objects.for_each(look),
        }
    }

    /// References that the object owns and that lie side by side.
    pub fn objects(&mut self, objects: &[Object]) {
        match &mut self.0 {
            Pass::Subtract(many) => {
                for run in objects.chunk_by(Object::is) {
                    subtract(&run[0], run.len(), many);
                }
            }
            Pass::Reach(found) => {
                let mut last = 0;
                for object in objects {
                    if object.word() != last {
                        reach(object, found);
                    }
                    last = object.word();
                }
            }
            Pass::Look(look) => objects.iter().for_each(look),
        }
    }
}

#[inline]
fn subtract(object: &Object, times: usize, many: &mut Many) {
    let Some(head) = object.head().filter(|head| head.has(flags::EXAMINED)) else { return };
    let bits = head.flags() & REFERENCES;
    if bits == REFERENCES {
        return subtract_many(head, times, many);
    }
    debug_assert!((bits / ONE) as usize >= times, "more references inside than the count says");
    head.flags.set(head.flags() - bits.min((times as u32).saturating_mul(ONE)));
}

#[cold]
fn subtract_many(head: &Head, times: usize, many: &mut Many) {
    if let Some((_, left)) = many.iter_mut().find(|(object, _)| std::ptr::eq(*object, head)) {
        *left = left.saturating_sub(times as u32);
        if *left == 0 {
            head.flags.set(head.flags() & !REFERENCES);
        }
    }
}

#[inline]
fn reach(object: &Object, found: &mut Vec<*const Head>) {
    if let Some(head) = object.head().filter(|head| head.has(flags::EXAMINED)) {
        settle(head);
        found.push(head);
    }
}

/// Visits the references that a value owns.
///
/// `trace` must visit every owned reference exactly once and run no Python code. `clear` takes apart what can be taken
/// apart through `&self`; it may run finalisers of what it drops. Leaving a reference out of both only leaks cycles.
pub trait Trace {
    fn trace(&self, visit: &mut Visitor);
    /// Named so that no `clear` of a container is hidden by it.
    fn clear_refs(&self) {}
}

impl Trace for Object {
    #[inline]
    fn trace(&self, visit: &mut Visitor) {
        visit.object(self);
    }
}

impl<T> Trace for Ref<T> {
    #[inline]
    fn trace(&self, visit: &mut Visitor) {
        visit.object(self.as_object());
    }
}

impl<T: Trace> Trace for Option<T> {
    #[inline]
    fn trace(&self, visit: &mut Visitor) {
        if let Some(value) = self {
            value.trace(visit);
        }
    }
}

impl<T: Trace> Trace for [T] {
    fn trace(&self, visit: &mut Visitor) {
        for value in self {
            value.trace(visit);
        }
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, visit: &mut Visitor) {
        self[..].trace(visit);
    }
}

impl<T: Trace + ?Sized> Trace for Box<T> {
    fn trace(&self, visit: &mut Visitor) {
        (**self).trace(visit);
    }
}

impl<A: Trace, B: Trace> Trace for (A, B) {
    fn trace(&self, visit: &mut Visitor) {
        self.0.trace(visit);
        self.1.trace(visit);
    }
}

impl<V: Word + Trace> Trace for Field<V> {
    #[inline]
    fn trace(&self, visit: &mut Visitor) {
        // SAFETY: visitors run no Python code.
        if let Some(value) = unsafe { self.peek() } {
            value.trace(visit);
        }
    }
    fn clear_refs(&self) {
        self.set(None);
    }
}

impl<T: Trace + Default> Trace for RefCell<T> {
    fn trace(&self, visit: &mut Visitor) {
        if let Ok(value) = self.try_borrow() {
            value.trace(visit);
        }
    }
    fn clear_refs(&self) {
        if let Ok(mut value) = self.try_borrow_mut() {
            let old = std::mem::take(&mut *value);
            drop(value);
            drop(old);
        }
    }
}

impl Trace for ObjVec {
    fn trace(&self, visit: &mut Visitor) {
        // SAFETY: visitors run no Python code.
        visit.objects(unsafe { self.as_slice() });
    }
    fn clear_refs(&self) {
        ObjVec::clear(self);
    }
}

macro_rules! plain {
    ($($t:ty),*) => { $(impl Trace for $t { fn trace(&self, _: &mut Visitor) {} })* };
}
plain!(Head, (), bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f64, char, String, &'static str);
plain!(IntBody, StrBody, BytesBody);

impl<T: Copy> Trace for Cell<T> {
    fn trace(&self, _: &mut Visitor) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::IMMORTAL;
    use std::mem::ManuallyDrop;

    /// References of a head's that nobody counts.
    fn to(head: &Head, times: usize) -> Vec<ManuallyDrop<Object>> {
        // SAFETY: never dropped, and only its head is looked at.
        (0..times).map(|_| ManuallyDrop::new(unsafe { Object::from_word(std::ptr::from_ref(head) as u64) })).collect()
    }

    #[test]
    fn references_from_inside_are_taken_away_from_small_and_large_counts() {
        for (count, inside, held) in
            [(1, 1, false), (3, 2, true), (3, 3, false), (1 << 24, 5, true), (IMMORTAL, 9, true), (0, 0, false)]
        {
            let (head, mut many) = (Head::new(), Many::new());
            head.count.set(count);
            head.set_flag(flags::TRACKED);
            examine(&head, count, &mut many);
            let mut visitor = Visitor::subtract(&mut many);
            to(&head, inside).iter().for_each(|object| visitor.object(object));
            assert_eq!(held_outside(&head), held, "{count} less {inside}");
            settle(&head);
            assert_eq!((head.count(), head.flags()), (count, flags::TRACKED));
        }
    }

    #[test]
    fn a_large_count_ends_when_all_its_references_are_inside() {
        let (head, mut many) = (Head::new(), Many::new());
        let count = REFERENCES / ONE + 2;
        examine(&head, count, &mut many);
        let words = vec![std::ptr::from_ref(&head) as u64; count as usize];
        // SAFETY: words of references that are never dropped.
        let objects = unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<Object>(), words.len()) };
        Visitor::subtract(&mut many).objects(&objects[1..]);
        assert!(held_outside(&head));
        Visitor::subtract(&mut many).objects(&objects[..1]);
        assert!(!held_outside(&head));
    }

    #[test]
    fn what_is_reached_is_given_once() {
        let (a, b, outside) = (Head::new(), Head::new(), Head::new());
        let mut many = Many::new();
        examine(&a, 1, &mut many);
        examine(&b, 1, &mut many);
        let mut visitor = Visitor::reach();
        for head in [&a, &b, &outside, &a] {
            to(head, 2).iter().for_each(|object| visitor.object(object));
        }
        let found: Vec<_> = std::iter::from_fn(|| visitor.next()).collect();
        assert_eq!(found, [std::ptr::from_ref(&b), std::ptr::from_ref(&a)]);
        assert!(!a.has(flags::EXAMINED) && !b.has(flags::EXAMINED));
    }
}
