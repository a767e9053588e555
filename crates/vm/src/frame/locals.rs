//! `frame.f_locals` of a function's frame: a mapping that writes through to its variables (PEP 667).
//!
//! Names that are no variables of the code live in a dict that the frame object keeps. A value that is overwritten is
//! kept until the frame object goes: the frame's stack may hold it without a count (F1).

use super::cell::Cell;
use super::object::FrameObject;
use super::{Frame, local_value};
use crate::object::{instance, type_name};
use crate::prelude::*;
use crate::protocol::{iter, object as protocol};
use bytecode::kind;

/// The mapping. It has no docstring and no signatures in CPython either.
#[pytype("FrameLocalsProxy", doc = "", flags(HAVE_GC, MAPPING))]
pub struct FrameLocalsProxy {
    pub head: Head,
    pub frame: Ref<FrameObject>,
}

/// The variables of a frame that are set, with their names, in the order of the code's table.
pub fn variables(frame: *mut Frame) -> impl Iterator<Item = (Ref<Str>, Object)> {
    let code = Frame::code(frame);
    let count = code.nlocalsplus as usize;
    (0..count).filter_map(move |i| local_value(frame, i).map(|value| (code.localsplusnames[i].clone(), value)))
}

/// Sets the variable of an index; what it held is kept by the frame object.
fn set_variable(vm: &Vm, object: &FrameObject, index: usize, value: &Object) -> Result<()> {
    let frame = object.frame();
    let kinds = Frame::code(frame).localspluskinds[index];
    // SAFETY: F1; the index is below `nlocalsplus`. The old word is not dropped here: see the module's text.
    let old = unsafe {
        let place = Frame::locals(frame).add(index);
        if kinds & (kind::CELL | kind::FREE) != 0
            && let Some(old) = super::clone_word(*place)
            && let Some(cell) = old.cast_exact::<Cell>()
        {
            cell.set(Some(value.clone()));
            return Ok(());
        }
        let old = super::clone_word(*place);
        if let Some(old) = &old {
            object.keep(vm, old)?;
        }
        std::mem::replace(&mut *place, value.clone().into_word())
    };
    // SAFETY: an owned word, replaced above.
    unsafe { super::drop_word(old) };
    Ok(())
}

impl FrameLocalsProxy {
    pub fn make(frame: &Ref<FrameObject>) -> Object {
        instance::alloc_static(FrameLocalsProxy { head: Head::new(), frame: frame.clone() }).into_object()
    }

    /// The index of the variable that a key names; when reading, of one that is set.
    fn find(&self, vm: &Vm, key: &Object, read: bool) -> Result<Option<usize>> {
        let hash = protocol::hash(vm, key)?;
        let frame = self.frame.frame();
        let code = Frame::code(frame);
        for i in 0..code.nlocalsplus as usize {
            let name = &code.localsplusnames[i];
            let same = match key.cast_exact::<Str>() {
                Some(key) => **key == **name,
                None => name.hash_value() == hash && protocol::same_or_equal(vm, name.as_object(), key)?,
            };
            if same && (!read || local_value(frame, i).is_some()) {
                return Ok(Some(i));
            }
        }
        Ok(None)
    }

    fn extra(&self) -> Option<Ref<Dict>> {
        self.frame.extra.get()
    }

    fn lookup(&self, vm: &Vm, key: &Object) -> Result<Option<Object>> {
        if let Some(index) = self.find(vm, key, true)? {
            return Ok(local_value(self.frame.frame(), index));
        }
        match self.extra() {
            Some(extra) => extra.get(vm, key),
            None => Ok(None),
        }
    }

    fn set(&self, vm: &Vm, key: &Object, value: &Object) -> Result<()> {
        match self.find(vm, key, false)? {
            Some(index) => set_variable(vm, &self.frame, index, value)?,
            None => self.frame.extra_names().set(vm, key, value.clone())?,
        }
        Ok(())
    }

    fn remove(&self, vm: &Vm, key: &Object) -> Result<Option<Object>> {
        if self.find(vm, key, false)?.is_some() {
            bail!(vm, ValueError, "cannot remove local variables from FrameLocalsProxy");
        }
        match self.extra() {
            Some(extra) => extra.remove(vm, key),
            None => Ok(None),
        }
    }

    fn pairs(&self) -> Vec<(Object, Object)> {
        let own = variables(self.frame.frame()).map(|(name, value)| (name.into_object(), value));
        let extra = self.extra().map(|extra| extra.to_pairs()).unwrap_or_default();
        own.chain(extra).collect()
    }

    fn to_dict(&self, vm: &Vm) -> Result<Ref<Dict>> {
        let dict = Dict::empty();
        for (key, value) in self.pairs() {
            dict.set(vm, &key, value)?;
        }
        Ok(dict)
    }

    /// Takes in a dict or another proxy; `false` for anything else.
    fn merge(&self, vm: &Vm, other: &Object) -> Result<bool> {
        let pairs = match (other.cast::<Dict>(), other.cast::<FrameLocalsProxy>()) {
            (Some(dict), _) => dict.to_pairs(),
            (_, Some(proxy)) => proxy.pairs(),
            _ => return Ok(false),
        };
        for (key, value) in pairs {
            self.set(vm, &key, &value)?;
        }
        Ok(true)
    }

    fn key_list(&self) -> Vec<Object> {
        self.pairs().into_iter().map(|(key, _)| key).collect()
    }
}

fn of<'a>(vm: &Vm, args: &Args<'a>) -> Result<(&'a Ref<FrameLocalsProxy>, &'a [Object])> {
    let (first, rest) = args.positional().split_first().unzip();
    match first.and_then(|first| first.cast::<FrameLocalsProxy>()) {
        Some(this) => Ok((this, rest.unwrap_or_default())),
        None => Err(raise!(vm, TypeError, "a FrameLocalsProxy is needed")),
    }
}

#[pymethods]
impl FrameLocalsProxy {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = cls;
        let [frame] = args.positional() else {
            bail!(vm, TypeError, "FrameLocalsProxy expected 1 argument, got {}", args.positional().len());
        };
        let Some(frame) = frame.cast::<FrameObject>() else {
            bail!(vm, TypeError, "expect frame, not {}", type_name(frame));
        };
        if !args.keywords().is_empty() {
            bail!(vm, TypeError, "FrameLocalsProxy takes no keyword arguments");
        }
        Ok(FrameLocalsProxy::make(frame))
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        let text = vm.guard_repr(this.as_object(), || protocol::repr(vm, this.to_dict(vm)?.as_object()))?;
        Ok(text.unwrap_or_else(|| Str::new("{...}")).into_object())
    }

    #[slot]
    fn hash(this: &Ref<Self>, vm: &Vm) -> Result<i64> {
        Err(raise!(vm, TypeError, "unhashable type: '{}'", type_name(this.as_object())))
    }

    #[slot]
    fn len(&self) -> usize {
        self.pairs().len()
    }

    #[slot]
    fn contains(&self, vm: &Vm, key: &Object) -> Result<bool> {
        Ok(self.lookup(vm, key)?.is_some())
    }

    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        match self.lookup(vm, key)? {
            Some(value) => Ok(value),
            None => Err(raise!(vm, KeyError, "local variable '{}' is not defined", protocol::repr(vm, key)?)),
        }
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        match value {
            Some(value) => self.set(vm, key, value),
            None => match self.remove(vm, key)? {
                Some(_) => Ok(()),
                None => Err(crate::exception::key_error(vm, key)),
            },
        }
    }

    #[slot]
    fn iter(&self, vm: &Vm) -> Result<Object> {
        iter::get_iter(vm, List::from_vec(self.key_list()).as_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let equal = match (other.cast::<FrameLocalsProxy>(), other.cast::<Dict>()) {
            _ if !matches!(op, CompareOp::Eq | CompareOp::Ne) => return not_implemented(vm),
            (Some(other), _) => std::ptr::eq(self.frame.as_ptr(), other.frame.as_ptr()),
            (_, Some(dict)) => return protocol::compare(vm, self.to_dict(vm)?.as_object(), dict.as_object(), op),
            _ => return not_implemented(vm),
        };
        Ok((equal == (op == CompareOp::Eq)).object())
    }

    #[slot]
    fn or(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
        let known = |o: &Object| o.is_instance_of::<Dict>() || o.is_instance_of::<FrameLocalsProxy>();
        if !known(a) || !known(b) {
            return not_implemented(vm);
        }
        let result = Dict::empty();
        result.merge(vm, a)?;
        result.merge(vm, b)?;
        Ok(result.into_object())
    }

    #[slot]
    fn inplace_or(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        if this.merge(vm, other)? { Ok(this.to_object()) } else { not_implemented(vm) }
    }

    #[py(raw, "get", notext)]
    fn get(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (key, default) = match of(vm, &args)? {
            (_, [key]) => (key, none()),
            (_, [key, default]) => (key, default.clone()),
            _ => bail!(vm, TypeError, "get expected 1 or 2 arguments"),
        };
        Ok(of(vm, &args)?.0.lookup(vm, key)?.unwrap_or(default))
    }

    #[py(raw, "setdefault", notext)]
    fn setdefault(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (key, default) = match of(vm, &args)? {
            (_, [key]) => (key, none()),
            (_, [key, default]) => (key, default.clone()),
            _ => bail!(vm, TypeError, "setdefault expected 1 or 2 arguments"),
        };
        let this = of(vm, &args)?.0;
        if let Some(value) = this.lookup(vm, key)? {
            return Ok(value);
        }
        this.set(vm, key, &default)?;
        Ok(default)
    }

    #[py(raw, "pop", notext)]
    fn pop(vm: &Vm, args: Args<'_>) -> Result<Object> {
        let (this, rest) = of(vm, &args)?;
        let (key, default) = match rest {
            [key] => (key, None),
            [key, default] => (key, Some(default)),
            [] => bail!(vm, TypeError, "pop expected at least 1 argument, got 0"),
            many => bail!(vm, TypeError, "pop expected at most 2 arguments, got {}", many.len()),
        };
        match (this.remove(vm, key)?, default) {
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(crate::exception::key_error(vm, key)),
        }
    }

    #[py(raw, "update", notext)]
    fn update(vm: &Vm, args: Args<'_>) -> Result<()> {
        let (this, rest) = of(vm, &args)?;
        if !args.keywords().is_empty() {
            bail!(vm, TypeError, "FrameLocalsProxy.update() takes no keyword arguments");
        }
        let [other] = rest else {
            bail!(vm, TypeError, "FrameLocalsProxy.update() takes exactly one argument ({} given)", rest.len());
        };
        if !this.merge(vm, other)? {
            bail!(vm, TypeError, "update() argument must be dict or another FrameLocalsProxy");
        }
        Ok(())
    }

    #[py("keys()", notext)]
    fn keys(&self) -> Object {
        List::from_vec(self.key_list()).into_object()
    }

    #[py("values()", notext)]
    fn values(&self) -> Object {
        List::from_vec(self.pairs().into_iter().map(|(_, value)| value).collect()).into_object()
    }

    #[py("items()", notext)]
    fn items(&self) -> Object {
        let pair = |(key, value)| Tuple::from_slice(&[key, value]).into_object();
        List::from_vec(self.pairs().into_iter().map(pair).collect()).into_object()
    }

    #[py("copy()", notext)]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        Ok(self.to_dict(vm)?.into_object())
    }

    #[py("__reversed__()", notext)]
    fn reversed(&self) -> Object {
        let mut keys = self.key_list();
        keys.reverse();
        List::from_vec(keys).into_object()
    }

    #[py("__reduce__()", notext)]
    fn reduce(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        Err(raise!(vm, TypeError, "cannot pickle '{}' object", type_name(this.as_object())))
    }
}
