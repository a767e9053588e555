//! `Element.iter` and `Element.itertext`: a walk over the tree in document order.

use super::element::Element;
use std::cell::{Cell, RefCell};
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::object as protocol;

#[pytype("_element_iterator", module = "_elementtree", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION))]
pub struct ElementIter {
    pub head: Head,
    /// Where the walk begins, until it has.
    root: Field<Ref<Element>>,
    tag: Option<Object>,
    texts: Cell<bool>,
    /// The elements that the walk is inside of, and for each the number of its next child.
    inside: ObjVec,
    #[untraced]
    next_child: RefCell<Vec<usize>>,
}

impl ElementIter {
    pub fn make(root: &Ref<Element>, tag: Option<Object>, texts: bool) -> Object {
        instance::alloc_static(ElementIter {
            head: Head::new(),
            root: Field::some(root.clone()),
            tag,
            texts: Cell::new(texts),
            inside: ObjVec::new(),
            next_child: RefCell::default(),
        })
        .into_object()
    }

    /// The next child of the innermost element that has one left; tails of the others on the way out.
    fn advance(&self) -> Step {
        if let Some(root) = self.root.take() {
            return Step::Enter(root.into_object());
        }
        let Some(innermost) = self.inside.len().checked_sub(1).and_then(|at| self.inside.get(at)) else {
            return Step::End;
        };
        let mut next = self.next_child.borrow_mut();
        let Some(number) = next.last_mut() else { return Step::End };
        let Some(element) = innermost.cast::<Element>() else { return Step::End };
        if let Some(child) = element.children.get(*number) {
            *number += 1;
            return Step::Enter(child);
        }
        next.pop();
        drop(next);
        drop(self.inside.pop());
        Step::Leave(innermost)
    }
}

enum Step {
    Enter(Object),
    Leave(Object),
    End,
}

#[pymethods]
impl ElementIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self, vm: &Vm) -> Result<Option<Object>> {
        loop {
            let (text, found) = match self.advance() {
                Step::End => return Ok(None),
                Step::Leave(element) if self.texts.get() && !self.inside.is_empty() => {
                    (element.cast::<Element>().map(|element| Element::value(&element.tail)), None)
                }
                Step::Leave(_) => continue,
                Step::Enter(object) => {
                    let Some(element) = object.cast::<Element>() else {
                        bail!(
                            vm,
                            AttributeError,
                            "'{}' object has no attribute 'iter'",
                            vm::object::type_name(&object)
                        );
                    };
                    // Comments and processing instructions have no text of their own.
                    let tag = Element::value(&element.tag);
                    if self.texts.get() && !tag.is(&none()) && !tag.is_instance_of::<Str>() {
                        if self.inside.is_empty() {
                            return Ok(None);
                        }
                        let tail = Element::value(&element.tail);
                        if !tail.is(&none()) && protocol::is_true(vm, &tail)? {
                            return Ok(Some(tail));
                        }
                        continue;
                    }
                    vm.memory(self.inside.push(object.clone()))?;
                    self.next_child.borrow_mut().push(0);
                    (self.texts.get().then(|| Element::value(&element.text)), Some(object.clone()))
                }
            };
            match (text, found) {
                (Some(text), _) => {
                    if !text.is(&none()) && protocol::is_true(vm, &text)? {
                        return Ok(Some(text));
                    }
                }
                (None, Some(found)) => {
                    let Some(tag) = &self.tag else { return Ok(Some(found)) };
                    let own = found.cast::<Element>().map_or_else(none, |element| Element::value(&element.tag));
                    if protocol::same_or_equal(vm, &own, tag)? {
                        return Ok(Some(found));
                    }
                }
                (None, None) => {}
            }
        }
    }
}
