//! The method resolution order (C3) and the tree of subclasses.

use super::{Type, cast};
use crate::builtins::tuple::Tuple;
use crate::context::Vm;
use crate::error::Result;
use crate::object::Cast;
use heap::{Object, Ref};
use std::sync::atomic::{AtomicU32, Ordering};

/// The linearisation of a class's bases (C3; M. Simionato, "The Python 2.3 Method Resolution Order").
fn c3(vm: &Vm, this: &Ref<Type>) -> Result<Vec<Object>> {
    let bases = this.bases.get().map(|b| b.items().to_vec()).unwrap_or_default();
    let mut lists: Vec<Vec<Object>> = Vec::new();
    for base in &bases {
        let Some(base) = base.cast::<Type>() else { bail!(vm, TypeError, "bases must be types") };
        let Some(mro) = base.mro.get() else {
            bail!(vm, TypeError, "Cannot extend an incomplete type '{}'", base.tp_name());
        };
        lists.push(mro.items().to_vec());
    }
    for (i, base) in bases.iter().enumerate() {
        if bases[..i].iter().any(|b| b.is(base)) {
            let name = base.cast::<Type>().map(|t| t.short_name()).unwrap_or_default();
            bail!(vm, TypeError, "duplicate base class {name}");
        }
    }
    lists.push(bases);
    let mut result = vec![this.to_object()];
    let mut starts = vec![0; lists.len()];
    loop {
        let mut open = false;
        let mut chosen = None;
        for (list, &start) in lists.iter().zip(&starts) {
            let Some(candidate) = list.get(start) else { continue };
            open = true;
            let later = lists.iter().zip(&starts).any(|(l, &s)| l.iter().skip(s + 1).any(|o| o.is(candidate)));
            if !later {
                chosen = Some(candidate.clone());
                break;
            }
        }
        match chosen {
            Some(next) => {
                for (list, start) in lists.iter().zip(&mut starts) {
                    if list.get(*start).is_some_and(|o| o.is(&next)) {
                        *start += 1;
                    }
                }
                result.push(next);
            }
            None if open => {
                let mut names: Vec<String> = Vec::new();
                for (list, &start) in lists.iter().zip(&starts) {
                    if let Some(name) = list.get(start).and_then(|o| o.cast::<Type>()).map(|t| t.short_name())
                        && !names.contains(&name)
                    {
                        names.push(name);
                    }
                }
                bail!(
                    vm,
                    TypeError,
                    "Cannot create a consistent method resolution order (MRO) for bases {}",
                    names.join(", ")
                );
            }
            None => return Ok(result),
        }
    }
}

/// What `type.mro()` gives.
pub fn compute(vm: &Vm, this: &Ref<Type>) -> Result<Vec<Object>> {
    c3(vm, this)
}

/// Sets a class's MRO, asking the metaclass's `mro()` if it has one of its own.
pub fn set(vm: &Vm, this: &Ref<Type>) -> Result<()> {
    let meta = super::type_of(this.as_object());
    let own = if meta.is(<Type as super::PyType>::class()) {
        None
    } else {
        let name = vm.intern("mro");
        super::attr::lookup(meta, &name)
            .filter(|m| super::attr::lookup(<Type as super::PyType>::class(), &name).is_none_or(|t| !t.is(m)))
    };
    let items = match own {
        None => c3(vm, this)?,
        Some(method) => {
            let result = super::slot_table::call_found(vm, this.as_object(), &method, &[])?;
            let items = crate::protocol::iter::to_vec(vm, &result)?;
            for item in &items {
                let Some(kind) = item.cast::<Type>() else {
                    bail!(vm, TypeError, "mro() returned a non-class ('{}')", super::type_name(item));
                };
                let solid = |t: &Type| t.native.get().map(|n| n.kind());
                if !native_of(this).is_some_and(|n| n.is_subtype(&native_of(kind).unwrap_or_else(|| n.clone())))
                    && solid(kind) != solid(this)
                {
                    bail!(vm, TypeError, "mro() returned base with unsuitable layout ('{}')", kind.short_name());
                }
            }
            let strangers = items.iter().filter_map(|t| t.cast::<Type>()).any(|t| !is_base(t, this));
            if strangers {
                this.flags.set(this.flags.get() | super::flags::UNVERSIONED);
            }
            items
        }
    };
    this.mro.set(Some(Tuple::from_slice(&items)));
    Ok(())
}

/// Whether `base` is the class or one of its bases, however far up.
fn is_base(base: &Ref<Type>, this: &Ref<Type>) -> bool {
    let bases = this.bases.get();
    std::ptr::eq(base.as_ptr(), this.as_ptr())
        || bases.iter().flat_map(|b| b.items()).filter_map(|b| b.cast::<Type>()).any(|b| is_base(base, b))
}

fn native_of(this: &Type) -> Option<Ref<Type>> {
    this.native.get().map(|n| n.get().clone())
}

/// The direct subclasses that are alive.
#[expect(unsafe_code, reason = "the list holds addresses; a dying class takes itself out first")]
pub fn subclasses(this: &Type) -> Vec<Ref<Type>> {
    // SAFETY: a class removes itself from its bases' lists before it is freed.
    this.subclasses
        .borrow()
        .iter()
        .filter(|&&address| unsafe { (*address).base_head.head.count() > 0 })
        .map(|&address| unsafe { cast::type_at(address) })
        .collect()
}

/// Takes a class out of its bases' lists.
pub fn forget_subclass(base: &Type, this: *const Type) {
    if let Ok(mut list) = base.subclasses.try_borrow_mut() {
        list.retain(|&address| !std::ptr::eq(address, this));
    }
}

/// The attributes of a type have changed: its version and those of its subclasses are no longer good.
pub fn modified(this: &Type) {
    if this.version.get() == 0 {
        return;
    }
    this.version.set(0);
    for sub in subclasses(this) {
        modified(&sub);
    }
}

/// The version of a type, made if there is none. Bases get one first, so that a change of theirs is passed on.
pub fn version(this: &Type) -> u32 {
    /// Process-wide, as built-in types are; 0 when they have run out.
    static NEXT: AtomicU32 = AtomicU32::new(1);
    if this.flags.get() & super::flags::UNVERSIONED != 0 {
        return 0;
    }
    if this.version.get() == 0 {
        for base in this.bases.get().iter().flat_map(|b| b.items()).filter_map(|b| b.cast::<Type>()) {
            if version(base) == 0 {
                return 0;
            }
        }
        let next = NEXT.load(Ordering::Relaxed);
        if next != 0 {
            NEXT.store(next.wrapping_add(1), Ordering::Relaxed);
        }
        this.version.set(next);
    }
    this.version.get()
}

/// Raises for a base that cannot be one; `raise!` needs a name for it.
pub fn not_a_base(vm: &Vm, this: &Type) -> crate::Raised {
    raise!(vm, TypeError, "type '{}' is not an acceptable base type", this.tp_name())
}
