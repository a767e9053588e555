//! `TreeBuilder`.

use super::element::Element;
use super::{State, parse_error};
use std::cell::Cell;
use vm::object::{attr, instance};
use vm::prelude::*;
use vm::protocol::{call, number};

/// What a pull parser is told of.
#[derive(Clone, Copy, PartialEq)]
pub enum Event {
    Start,
    End,
    StartNs,
    EndNs,
    Comment,
    Pi,
}

pub const EVENTS: [(&str, Event); 6] = [
    ("start", Event::Start),
    ("end", Event::End),
    ("start-ns", Event::StartNs),
    ("end-ns", Event::EndNs),
    ("comment", Event::Comment),
    ("pi", Event::Pi),
];

#[pytype("TreeBuilder", module = "xml.etree.ElementTree", doc = "", flags(BASETYPE, HAVE_GC))]
pub struct TreeBuilder {
    pub head: Head,
    root: Field<Object>,
    /// The open element; those around it are on the stack.
    current: Field<Object>,
    stack: ObjVec,
    /// The element that was last opened or closed.
    last: Field<Object>,
    /// Set where text belongs behind an element.
    tail_of: Field<Object>,
    /// Text that was not stored yet: the first piece, and what came behind it.
    data: Field<Object>,
    more_data: ObjVec,
    element_factory: Field<Object>,
    comment_factory: Field<Object>,
    pi_factory: Field<Object>,
    insert_comments: Cell<bool>,
    insert_pis: Cell<bool>,
    /// `append` of the events' queue.
    events_append: Field<Object>,
    /// The events' names, in the order of `Event`, where they are reported.
    event_names: ObjVec,
}

impl TreeBuilder {
    fn empty() -> TreeBuilder {
        TreeBuilder {
            head: Head::new(),
            root: Field::empty(),
            current: Field::empty(),
            stack: ObjVec::new(),
            last: Field::empty(),
            tail_of: Field::empty(),
            data: Field::empty(),
            more_data: ObjVec::new(),
            element_factory: Field::empty(),
            comment_factory: Field::empty(),
            pi_factory: Field::empty(),
            insert_comments: Cell::new(false),
            insert_pis: Cell::new(false),
            events_append: Field::empty(),
            event_names: ObjVec::new(),
        }
    }

    /// A builder as the class makes it without arguments.
    pub fn make(vm: &Vm) -> Ref<TreeBuilder> {
        let builder = instance::alloc_static(TreeBuilder::empty());
        builder.set_factories(vm, None, None, None);
        builder
    }

    fn set_factories(&self, vm: &Vm, element: Option<&Object>, comment: Option<&Object>, pi: Option<&Object>) {
        let state = State::of(vm);
        self.element_factory.set(element.cloned());
        self.comment_factory.set(comment.cloned().or_else(|| state.0.clone()));
        self.pi_factory.set(pi.cloned().or_else(|| state.1.clone()));
    }

    /// Has events reported to a queue.
    pub fn report(&self, vm: &Vm, append: Object, events: &[Event]) {
        let named = |(name, event): (&str, Event)| match events.contains(&event) {
            true => vm.intern(name).into_object(),
            false => none(),
        };
        let before = (self.events_append.replace(Some(append)), self.event_names.put(EVENTS.map(named).to_vec()));
        drop(before);
    }

    #[inline]
    pub fn tell(&self, vm: &Vm, event: Event, node: &Object) -> Result<()> {
        match self.event_names.get(event as usize).filter(|name| !name.is(&none())) {
            Some(name) => self.append_event(vm, name, node),
            None => Ok(()),
        }
    }

    fn append_event(&self, vm: &Vm, name: Object, node: &Object) -> Result<()> {
        let Some(append) = self.events_append.get() else { return Ok(()) };
        let pair = Tuple::pair(name, node.clone());
        call::call(vm, &append, &[pair.into_object()]).map(drop)
    }

    fn add_child(vm: &Vm, parent: &Object, child: &Object) -> Result<()> {
        match parent.cast_exact::<Element>() {
            Some(parent) if child.is_instance_of::<Element>() => parent.add(vm, child),
            _ => call::call_method(vm, parent, vm.names().append(), std::slice::from_ref(child)).map(drop),
        }
    }

    /// Stores the text that waits.
    #[inline]
    fn flush(&self, vm: &Vm) -> Result<()> {
        match self.data.take() {
            Some(first) => self.store(vm, first),
            None => Ok(()),
        }
    }

    fn store(&self, vm: &Vm, first: Object) -> Result<()> {
        let text = match self.more_data.is_empty() {
            true => first,
            false => {
                let mut parts = vec![first];
                parts.extend(self.more_data.take());
                let list = List::from_vec(parts).into_object();
                Str::join_all(&Str::new(""), vm, &list)?.into_object()
            }
        };
        let (element, is_tail) = match self.tail_of.get() {
            Some(element) => (element, true),
            None => (self.last.get().unwrap_or_else(none), false),
        };
        if let Some(exact) = element.cast_exact::<Element>() {
            let field = if is_tail { &exact.tail } else { &exact.text };
            let text = match field.get().filter(|before| !before.is(&none())) {
                Some(before) => number::add(vm, &before, &text)?,
                None => text,
            };
            field.set(Some(text));
            return Ok(());
        }
        let name = vm.intern(if is_tail { "tail" } else { "text" });
        let before = attr::getattr(vm, &element, &name)?;
        let text = if before.is(&none()) { text } else { number::add(vm, &before, &text)? };
        attr::setattr(vm, &element, &name, Some(&text))
    }

    pub fn handle_data(&self, vm: &Vm, data: &Object) -> Result<()> {
        if self.data.is_some() {
            return vm.memory(self.more_data.push(data.clone()));
        }
        // What comes before the first element is none of the tree.
        if self.last.is_some() {
            self.data.set(Some(data.clone()));
        }
        Ok(())
    }

    pub fn handle_start(&self, vm: &Vm, tag: &Object, attrib: Option<Ref<Dict>>) -> Result<()> {
        self.flush(vm)?;
        let node = match self.element_factory.get() {
            None => Element::make(tag, attrib).into_object(),
            Some(factory) => {
                let attrib = attrib.unwrap_or_else(Dict::empty).into_object();
                call::call(vm, &factory, &[tag.clone(), attrib])?
            }
        };
        self.tail_of.set(None);
        match self.current.get() {
            Some(parent) => {
                Self::add_child(vm, &parent, &node)?;
                vm.memory(self.stack.push(parent))?;
            }
            None if self.root.is_some() => {
                return Err(parse_error(vm, "multiple elements on top level", None));
            }
            None => {
                self.root.set(Some(node.clone()));
                vm.memory(self.stack.push(none()))?;
            }
        }
        self.current.set(Some(node.clone()));
        self.tell(vm, Event::Start, &node)?;
        self.last.set(Some(node));
        Ok(())
    }

    pub fn handle_end(&self, vm: &Vm) -> Result<Object> {
        self.flush(vm)?;
        let Some(outer) = self.stack.pop() else {
            bail!(vm, IndexError, "pop from empty stack");
        };
        let closed = self.current.replace((!outer.is(&none())).then_some(outer)).unwrap_or_else(none);
        self.last.set(Some(closed.clone()));
        self.tail_of.set(Some(closed.clone()));
        self.tell(vm, Event::End, &closed)?;
        Ok(closed)
    }

    /// A comment or processing instruction.
    fn handle_single(&self, vm: &Vm, event: Event, args: &[Object]) -> Result<Object> {
        self.flush(vm)?;
        let (factory, insert) = match event {
            Event::Comment => (self.comment_factory.get(), self.insert_comments.get()),
            _ => (self.pi_factory.get(), self.insert_pis.get()),
        };
        let node = match factory {
            Some(factory) => {
                let node = call::call(vm, &factory, args)?;
                if let Some(parent) = self.current.get().filter(|_| insert) {
                    Self::add_child(vm, &parent, &node)?;
                    self.tail_of.set(Some(node.clone()));
                }
                node
            }
            None => match args {
                [text] => text.clone(),
                both => Tuple::from_slice(both).into_object(),
            },
        };
        self.tell(vm, event, &node)?;
        Ok(node)
    }

    pub fn handle_comment(&self, vm: &Vm, text: &Object) -> Result<Object> {
        self.handle_single(vm, Event::Comment, std::slice::from_ref(text))
    }

    pub fn handle_pi(&self, vm: &Vm, target: &Object, text: &Object) -> Result<Object> {
        self.handle_single(vm, Event::Pi, &[target.clone(), text.clone()])
    }

    pub fn done(&self) -> Object {
        self.root.get().unwrap_or_else(none)
    }
}

#[pymethods]
impl TreeBuilder {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, TreeBuilder::empty())?.into_object())
    }

    #[slot(
        "(element_factory=None, *, comment_factory=None, pi_factory=None, insert_comments=False, insert_pis=False)",
        notext
    )]
    fn init(
        this: &Ref<Self>,
        vm: &Vm,
        element_factory: Option<&Object>,
        comment_factory: Option<&Object>,
        pi_factory: Option<&Object>,
        insert_comments: bool,
        insert_pis: bool,
    ) -> Result<()> {
        this.set_factories(vm, element_factory, comment_factory, pi_factory);
        this.insert_comments.set(insert_comments && this.comment_factory.is_some());
        this.insert_pis.set(insert_pis && this.pi_factory.is_some());
        Ok(())
    }

    #[py("data(data, /)")]
    fn data(&self, vm: &Vm, data: &Object) -> Result<()> {
        self.handle_data(vm, data)
    }

    #[py("start(tag, attrs, /)")]
    fn start(&self, vm: &Vm, tag: &Object, attrs: &Object) -> Result<Object> {
        let Some(attrs) = attrs.cast::<Dict>() else {
            bail!(vm, TypeError, "start() argument 2 must be dict, not {}", vm::object::type_name(attrs));
        };
        self.handle_start(vm, tag, Some(attrs.clone()))?;
        Ok(self.last.get().unwrap_or_else(none))
    }

    #[py("end(tag, /)")]
    fn end(&self, vm: &Vm, tag: &Object) -> Result<Object> {
        let _ = tag;
        self.handle_end(vm)
    }

    #[py("comment(text, /)")]
    fn comment(&self, vm: &Vm, text: &Object) -> Result<Object> {
        self.handle_comment(vm, text)
    }

    #[py("pi(target, text=None, /)")]
    fn pi(&self, vm: &Vm, target: &Object, text: Option<&Object>) -> Result<Object> {
        self.handle_pi(vm, target, &text.cloned().unwrap_or_else(none))
    }

    #[py("close()")]
    fn close(&self) -> Object {
        self.done()
    }
}
