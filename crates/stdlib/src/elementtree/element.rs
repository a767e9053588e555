//! `Element`.

use super::iter::ElementIter;
use super::{element_argument, expected_element};
use vm::exception::types;
use vm::object::{attr, instance, type_name, type_of};
use vm::prelude::*;
use vm::protocol::object::{self as protocol, ErrorText};
use vm::protocol::{call, iter, number, sequence};

#[pytype(
    "Element",
    module = "xml.etree.ElementTree",
    doc = "",
    flags(SHOWS_GETATTRIBUTE, BASETYPE, HAVE_GC, MANAGED_WEAKREF)
)]
pub struct Element {
    pub head: Head,
    pub tag: Field<Object>,
    pub text: Field<Object>,
    pub tail: Field<Object>,
    /// Made when it is asked for.
    attrib: Field<Ref<Dict>>,
    pub children: ObjVec,
}

impl Element {
    fn empty() -> Element {
        Element {
            head: Head::new(),
            tag: Field::empty(),
            text: Field::empty(),
            tail: Field::empty(),
            attrib: Field::empty(),
            children: ObjVec::new(),
        }
    }

    /// An element with a tag and attributes.
    pub fn make(tag: &Object, attrib: Option<Ref<Dict>>) -> Ref<Element> {
        let element = instance::alloc_static(Element::empty());
        element.tag.set(Some(tag.clone()));
        element.attrib.set(attrib);
        element
    }

    fn attributes(&self) -> Ref<Dict> {
        match self.attrib.get() {
            Some(attrib) => attrib,
            None => {
                let made = Dict::empty();
                self.attrib.set(Some(made.clone()));
                made
            }
        }
    }

    /// The value of a field, None where it was never set.
    pub fn value(field: &Field<Object>) -> Object {
        field.get().unwrap_or_else(none)
    }

    fn set_field(vm: &Vm, field: &Field<Object>, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) => {
                field.set(Some(value.clone()));
                Ok(())
            }
            None => Err(raise!(vm, AttributeError, "can't delete element attribute")),
        }
    }

    /// Adds a child.
    pub fn add(&self, vm: &Vm, child: &Object) -> Result<()> {
        vm.memory(self.children.push(child.clone()))
    }

    fn has_tag(child: &Object, vm: &Vm, tag: &Object) -> Result<bool> {
        match child.cast::<Element>() {
            Some(child) => protocol::same_or_equal(vm, &Self::value(&child.tag), tag),
            None => Ok(false),
        }
    }

    /// The children one after the other, as they are when each one's turn comes.
    fn each(&self) -> impl Iterator<Item = Object> + '_ {
        (0..).map_while(|at| self.children.get(at))
    }

    /// A copy of the attributes and of `extra`.
    pub fn merged(vm: &Vm, attrib: Option<&Object>, extra: Kwargs<'_>) -> Result<Option<Ref<Dict>>> {
        let given = extra.get("attrib");
        let base = attrib.or(given);
        let dict = match base.map(|base| base.cast::<Dict>()) {
            None if extra.is_empty() => return Ok(None),
            None => Dict::empty(),
            Some(Some(dict)) => dict.copy(vm)?,
            Some(None) => {
                let kind = base.map(type_name).unwrap_or_default();
                bail!(vm, TypeError, "attrib must be dict, not {kind}");
            }
        };
        for (name, value) in extra.iter() {
            let is_attrib = name.cast::<Str>().is_some_and(|name| name.as_ascii() == Some("attrib"));
            if attrib.is_some() || !is_attrib {
                dict.set(vm, name, value.clone())?;
            }
        }
        Ok(Some(dict))
    }

    fn deep(vm: &Vm, deepcopy: &Object, object: Object, memo: &Object) -> Result<Object> {
        if object.is(&none()) || object.is_exact::<Str>() {
            return Ok(object);
        }
        call::call(vm, deepcopy, &[object, memo.clone()])
    }
}

/// Whether a path is more than a tag.
fn is_path(path: &Object) -> bool {
    let Some(text) = path.cast::<Str>() else { return true };
    let first: Vec<u32> = text.code_points().take(3).collect();
    if matches!(first[..], [0x7B, 0x7D, _] | [0x7B, 0x2A, 0x7D]) {
        return true;
    }
    let mut inside = false;
    for code in text.code_points() {
        match char::from_u32(code) {
            Some('{') => inside = true,
            Some('}') => inside = false,
            Some('/' | '*' | '[' | '@' | '.') if !inside => return true,
            _ => {}
        }
    }
    false
}

fn element_path(vm: &Vm, name: &str, args: &[Object]) -> Result<Object> {
    let module = vm.import("xml.etree.ElementPath")?;
    call::call(vm, &attr::getattr(vm, &module, &vm.intern(name))?, args)
}

/// The argument of `append` and its like.
fn element_named<'a>(vm: &Vm, method: &str, label: &str, object: &'a Object) -> Result<&'a Ref<Element>> {
    object.cast::<Element>().ok_or_else(|| element_argument(vm, method, label, object))
}

#[pymethods]
impl Element {
    #[slot(raw)]
    fn new(cls: &Ref<Type>, vm: &Vm, _args: Args<'_>) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Element::empty())?.into_object())
    }

    #[slot(raw)]
    fn init(this: &Ref<Self>, vm: &Vm, args: Args<'_>) -> Result<()> {
        let (tag, attrib) = match args.positional() {
            [tag] => (tag, None),
            [tag, attrib] => (tag, Some(attrib)),
            [] => bail!(vm, TypeError, "Element() takes at least 1 argument (0 given)"),
            many => bail!(vm, TypeError, "Element() takes at most 2 arguments ({} given)", many.len()),
        };
        if let Some(attrib) = attrib.filter(|attrib| !attrib.is_instance_of::<Dict>()) {
            bail!(vm, TypeError, "Element() argument 2 must be dict, not {}", type_name(attrib));
        }
        this.attrib.set(Self::merged(vm, attrib, args.keywords())?);
        this.tag.set(Some(tag.clone()));
        this.text.set(None);
        this.tail.set(None);
        Ok(())
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let at = protocol::address(this.as_object());
        let Some(tag) = this.tag.get() else {
            return Ok(Str::new(&format!("<Element at {at:#x}>")).into_object());
        };
        match vm.guard_repr(this.as_object(), || protocol::repr(vm, &tag))? {
            Some(tag) => Ok(Str::new(&format!("<Element {tag} at {at:#x}>")).into_object()),
            None => {
                let kind = type_name(this.as_object());
                Err(raise!(vm, RuntimeError, "reentrant call inside {kind}.__repr__"))
            }
        }
    }

    #[slot]
    fn bool(&self, vm: &Vm) -> Result<bool> {
        let message = "Testing an element's truth value will always return True in future versions.  Use specific 'len(elem)' or 'elem is not None' test instead.";
        vm.warn(&types::DeprecationWarning, message, 1)?;
        Ok(!self.children.is_empty())
    }

    #[slot]
    fn len(&self) -> usize {
        self.children.len()
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        match usize::try_from(index).ok().and_then(|index| self.children.get(index)) {
            Some(child) => Ok(child),
            None => Err(raise!(vm, IndexError, "child index out of range")),
        }
    }

    #[slot]
    fn subscript(&self, vm: &Vm, index: &Object) -> Result<Object> {
        if number::has_index(index) {
            return match sequence::wrap_index(vm, index, self.children.len())?.and_then(|i| self.children.get(i)) {
                Some(child) => Ok(child),
                None => Err(raise!(vm, IndexError, "child index out of range")),
            };
        }
        if !index.is_instance_of::<vm::builtins::slice::Slice>() {
            bail!(vm, TypeError, "element indices must be integers");
        }
        let list = List::from_vec(vm.memory(self.children.to_vec())?).into_object();
        protocol::getitem(vm, &list, index)
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, index: &Object, value: Option<&Object>) -> Result<()> {
        if number::has_index(index) {
            if let Some(value) = value.filter(|value| !value.is_instance_of::<Element>()) {
                return Err(expected_element(vm, value));
            }
            let Some(at) = sequence::wrap_index(vm, index, self.children.len())? else {
                bail!(vm, IndexError, "child assignment index out of range");
            };
            match value {
                Some(value) => drop(self.children.replace(at, value.clone())),
                None => drop(self.children.remove(at)),
            }
            return Ok(());
        }
        if !index.is_instance_of::<vm::builtins::slice::Slice>() {
            bail!(vm, TypeError, "element indices must be integers");
        }
        // A bound's `__index__` may change the children.
        let index = match index.cast::<vm::builtins::slice::Slice>() {
            Some(slice) => {
                let bounded =
                    |bound: isize, of: &Object| if of.is(&none()) { none() } else { Int::from_i64(bound as i64) };
                let (start, stop, step) = slice.raw(vm)?;
                let (start, stop) = (bounded(start, &slice.start), bounded(stop, &slice.stop));
                vm::builtins::slice::Slice::make(&start, &stop, &Int::from_i64(step as i64))
            }
            None => index.clone(),
        };
        let new = match value {
            None => None,
            Some(value) => {
                let message = format!("expected sequence, not \"{}\"", type_name(value));
                let items = sequence::fast(vm, value, &message)?;
                if let Some(other) = items.iter().find(|item| !item.is_instance_of::<Element>()) {
                    return Err(expected_element(vm, other));
                }
                Some(List::from_vec(items).into_object())
            }
        };
        let list = List::from_vec(vm.memory(self.children.to_vec())?);
        protocol::assign_item(vm, list.as_object(), &index, new.as_ref())?;
        let old = self.children.put(list.items.take());
        drop(old);
        Ok(())
    }

    #[py("append(subelement, /)", keywords)]
    fn append(&self, vm: &Vm, subelement: &Object) -> Result<()> {
        element_named(vm, "append", "argument 1", subelement)?;
        self.add(vm, subelement)
    }

    #[py("extend(elements, /)", keywords)]
    fn extend(&self, vm: &Vm, elements: &Object) -> Result<()> {
        let message = format!("expected sequence, not \"{}\"", type_name(elements));
        for element in sequence::fast(vm, elements, &message)? {
            if !element.is_instance_of::<Element>() {
                return Err(expected_element(vm, &element));
            }
            self.add(vm, &element)?;
        }
        Ok(())
    }

    #[py("insert(index, subelement, /)")]
    fn insert(&self, vm: &Vm, index: isize, subelement: &Object) -> Result<()> {
        element_named(vm, "insert", "argument 2", subelement)?;
        let len = self.children.len();
        let at = if index < 0 { len.saturating_sub(index.unsigned_abs()) } else { (index as usize).min(len) };
        vm.memory(self.children.insert(at, subelement.clone()))
    }

    #[py("remove(subelement, /)")]
    fn remove(&self, vm: &Vm, subelement: &Object) -> Result<()> {
        element_named(vm, "remove", "argument 1", subelement)?;
        let mut at = 0;
        while let Some(child) = self.children.get(at) {
            if protocol::same_or_equal(vm, &child, subelement)? {
                // The comparison may have taken it out already.
                drop(self.children.remove(at));
                return Ok(());
            }
            at += 1;
        }
        Err(raise!(vm, ValueError, "Element.remove(x): element not found"))
    }

    #[py("clear()")]
    fn clear(&self) {
        self.attrib.set(None);
        self.children.clear();
        self.text.set(None);
        self.tail.set(None);
    }

    #[py("find(path, namespaces=None)")]
    fn find(this: &Ref<Self>, vm: &Vm, path: &Object, namespaces: Option<&Object>) -> Result<Object> {
        if is_path(path) || namespaces.is_some() {
            let namespaces = namespaces.cloned().unwrap_or_else(none);
            return element_path(vm, "find", &[this.to_object(), path.clone(), namespaces]);
        }
        for child in this.each() {
            if Self::has_tag(&child, vm, path)? {
                return Ok(child);
            }
        }
        Ok(none())
    }

    #[py("findtext(path, default=None, namespaces=None)")]
    fn findtext(
        this: &Ref<Self>,
        vm: &Vm,
        path: &Object,
        default: Option<&Object>,
        namespaces: Option<&Object>,
    ) -> Result<Object> {
        let default = default.cloned().unwrap_or_else(none);
        if is_path(path) || namespaces.is_some() {
            let namespaces = namespaces.cloned().unwrap_or_else(none);
            return element_path(vm, "findtext", &[this.to_object(), path.clone(), default, namespaces]);
        }
        for child in this.each() {
            if Self::has_tag(&child, vm, path)? {
                let text = child.cast::<Element>().map(|child| Self::value(&child.text)).unwrap_or_else(none);
                return Ok(if text.is(&none()) { Str::new("").into_object() } else { text });
            }
        }
        Ok(default)
    }

    #[py("findall(path, namespaces=None)")]
    fn findall(this: &Ref<Self>, vm: &Vm, path: &Object, namespaces: Option<&Object>) -> Result<Object> {
        if is_path(path) || namespaces.is_some() {
            let namespaces = namespaces.cloned().unwrap_or_else(none);
            return element_path(vm, "findall", &[this.to_object(), path.clone(), namespaces]);
        }
        let mut found = Vec::new();
        for child in this.each() {
            if Self::has_tag(&child, vm, path)? {
                found.push(child);
            }
        }
        Ok(List::from_vec(found).into_object())
    }

    #[py("iterfind(path, namespaces=None)")]
    fn iterfind(this: &Ref<Self>, vm: &Vm, path: &Object, namespaces: Option<&Object>) -> Result<Object> {
        let namespaces = namespaces.cloned().unwrap_or_else(none);
        element_path(vm, "iterfind", &[this.to_object(), path.clone(), namespaces])
    }

    #[py("get(key, default=None)")]
    fn get(&self, vm: &Vm, key: &Object, default: Option<&Object>) -> Result<Object> {
        let found = match self.attrib.get() {
            Some(attrib) => attrib.get(vm, key)?,
            None => None,
        };
        Ok(found.or_else(|| default.cloned()).unwrap_or_else(none))
    }

    #[py("set(key, value, /)")]
    fn set(&self, vm: &Vm, key: &Object, value: &Object) -> Result<()> {
        self.attributes().set(vm, key, value.clone())
    }

    #[py("keys()")]
    fn keys(&self) -> Vec<Object> {
        self.attrib.get().map(|attrib| attrib.keys_vec()).unwrap_or_default()
    }

    #[py("items()")]
    fn items(&self) -> Vec<Object> {
        let pairs = self.attrib.get().map(|attrib| attrib.to_pairs()).unwrap_or_default();
        pairs.into_iter().map(|(key, value)| Tuple::from_slice(&[key, value]).into_object()).collect()
    }

    #[py("iter(tag=None)")]
    fn py_iter(this: &Ref<Self>, tag: Option<&Object>) -> Object {
        let tag = tag.filter(|tag| tag.cast::<Str>().is_none_or(|tag| tag.as_ascii() != Some("*")));
        ElementIter::make(this, tag.cloned(), false)
    }

    #[py("itertext()", keywords)]
    fn itertext(this: &Ref<Self>) -> Object {
        ElementIter::make(this, None, true)
    }

    #[py("makeelement(tag, attrib, /)", keywords)]
    fn makeelement(&self, vm: &Vm, tag: &Object, attrib: &Object) -> Result<Ref<Element>> {
        let Some(attrib) = attrib.cast::<Dict>() else {
            bail!(vm, TypeError, "makeelement() argument 2 must be dict, not {}", type_name(attrib));
        };
        Ok(Element::make(tag, Some(attrib.copy(vm)?)))
    }

    #[py("__copy__()", keywords)]
    fn copy(&self, vm: &Vm) -> Result<Ref<Element>> {
        let attrib = match self.attrib.get() {
            Some(attrib) => Some(attrib.copy(vm)?),
            None => None,
        };
        let copy = Element::make(&Self::value(&self.tag), attrib);
        copy.text.set(self.text.get());
        copy.tail.set(self.tail.get());
        drop(copy.children.put(vm.memory(self.children.to_vec())?));
        Ok(copy)
    }

    #[py("__deepcopy__(memo, /)")]
    fn deepcopy(this: &Ref<Self>, vm: &Vm, memo: &Object) -> Result<Ref<Element>> {
        let Some(known) = memo.cast::<Dict>() else {
            bail!(vm, TypeError, "__deepcopy__() argument must be dict, not {}", type_name(memo));
        };
        vm.check_stack(" in __deepcopy__")?;
        let deepcopy = attr::getattr(vm, &vm.import("copy")?, &vm.intern("deepcopy"))?;
        let deep = |object: Object| Self::deep(vm, &deepcopy, object, memo);
        let copy = Element::make(&deep(Self::value(&this.tag))?, None);
        copy.text.set(Some(deep(Self::value(&this.text))?));
        copy.tail.set(Some(deep(Self::value(&this.tail))?));
        if let Some(attrib) = this.attrib.get() {
            let attrib = deep(attrib.into_object())?;
            copy.attrib.set(attrib.cast::<Dict>().cloned());
        }
        for child in this.each() {
            let child = if child.is_exact::<Element>() {
                match child.cast::<Element>() {
                    Some(child) => Self::deepcopy(child, vm, memo)?.into_object(),
                    None => child,
                }
            } else {
                call::call(vm, &deepcopy, &[child, memo.clone()])?
            };
            if !child.is_instance_of::<Element>() {
                return Err(expected_element(vm, &child));
            }
            copy.add(vm, &child)?;
        }
        let id = Int::from_i128(i128::from(protocol::address(this.as_object())));
        known.set(vm, &id, copy.to_object())?;
        Ok(copy)
    }

    #[py("__getstate__()")]
    fn getstate(&self, vm: &Vm) -> Result<Object> {
        let state = Dict::empty();
        let children = List::from_vec(vm.memory(self.children.to_vec())?).into_object();
        state.set_str(vm, "tag", Self::value(&self.tag))?;
        state.set_str(vm, "_children", children)?;
        state.set_str(vm, "attrib", self.attributes().into_object())?;
        state.set_str(vm, "text", Self::value(&self.text))?;
        state.set_str(vm, "tail", Self::value(&self.tail))?;
        Ok(state.into_object())
    }

    #[py("__setstate__(state, /)", keywords)]
    fn setstate(&self, vm: &Vm, state: &Object) -> Result<()> {
        let Some(state) = state.cast_exact::<Dict>() else {
            bail!(vm, TypeError, "Don't know how to unpickle \"{}\" as an Element", state.repr_for_error(vm));
        };
        let Some(tag) = state.get_str(vm, "tag") else {
            bail!(vm, TypeError, "tag may not be NULL");
        };
        let children = match state.get_str(vm, "_children") {
            Some(children) if !children.is_instance_of::<List>() => bail!(vm, TypeError, "'_children' is not a list"),
            Some(children) => iter::to_vec(vm, &children)?,
            None => Vec::new(),
        };
        if let Some(other) = children.iter().find(|child| !child.is_instance_of::<Element>()) {
            return Err(expected_element(vm, other));
        }
        let attrib = match state.get_str(vm, "attrib") {
            Some(attrib) => match attrib.cast::<Dict>() {
                Some(attrib) => Some(attrib.clone()),
                None => bail!(vm, TypeError, "attrib must be dict, not {}", type_name(&attrib)),
            },
            None => None,
        };
        self.tag.set(Some(tag));
        self.text.set(state.get_str(vm, "text"));
        self.tail.set(state.get_str(vm, "tail"));
        self.attrib.set(attrib);
        drop(self.children.put(children));
        Ok(())
    }

    #[py("__sizeof__()")]
    fn sizeof(this: &Ref<Self>) -> usize {
        let size = type_of(this.as_object()).base_head.basic_size.get() as usize;
        size + this.children.capacity() * size_of::<usize>()
    }

    /// The element's name.
    #[getter("tag")]
    fn get_tag(&self) -> Object {
        Self::value(&self.tag)
    }

    #[setter("tag")]
    fn set_tag(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        Self::set_field(vm, &self.tag, value)
    }

    /// The text before the first child, or None.
    #[getter("text")]
    fn get_text(&self) -> Object {
        Self::value(&self.text)
    }

    #[setter("text")]
    fn set_text(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        Self::set_field(vm, &self.text, value)
    }

    /// The text behind the element, or None.
    #[getter("tail")]
    fn get_tail(&self) -> Object {
        Self::value(&self.tail)
    }

    #[setter("tail")]
    fn set_tail(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        Self::set_field(vm, &self.tail, value)
    }

    /// The attributes, as a dict.
    #[getter("attrib")]
    fn get_attrib(&self) -> Ref<Dict> {
        self.attributes()
    }

    #[setter("attrib")]
    fn set_attrib(&self, vm: &Vm, value: Option<&Object>) -> Result<()> {
        match value {
            None => Err(raise!(vm, AttributeError, "can't delete element attribute")),
            Some(value) => match value.cast::<Dict>() {
                Some(dict) => {
                    self.attrib.set(Some(dict.clone()));
                    Ok(())
                }
                None => Err(raise!(vm, TypeError, "attrib must be dict, not {}", type_name(value))),
            },
        }
    }
}
