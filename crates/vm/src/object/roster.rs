//! Lists of objects that they do not keep alive, for objects that know their own place: no weak reference is made for
//! them.

use crate::object::type_of;
use crate::prelude::*;
use heap::{Head, flags};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A list of living objects, each of which holds a [`Listed`].
#[derive(Default)]
pub struct Roster(RefCell<Places>);

#[derive(Default)]
struct Places {
    /// Addresses of objects; a free place has the number of the next free one, twice, and one.
    all: Vec<u64>,
    /// The first free place, if it is below the length.
    free: usize,
}

/// An object's place in a roster. It lies in the object's body, so that it leaves before the object's memory goes.
#[derive(Default)]
pub struct Listed {
    roster: Cell<Option<Rc<Roster>>>,
    place: Cell<usize>,
}

impl Roster {
    /// Puts an object on the list, by what it holds for that.
    pub fn enter(self: &Rc<Self>, vm: &Vm, object: &Object, listed: &Listed) -> Result<()> {
        let (start, at) = (object.word(), std::ptr::from_ref(listed).addr() as u64);
        let size = u64::from(type_of(object).base_head.basic_size.get());
        assert!(object.is_heap() && (start..start + size).contains(&at), "an object enters by its own place");
        listed.leave();
        let mut places = self.0.borrow_mut();
        let place = places.free;
        match places.all.get_mut(place) {
            Some(slot) => {
                let next = *slot >> 1;
                *slot = start;
                places.free = next as usize;
            }
            None => {
                vm.memory(places.all.try_reserve(1).map_err(|_| heap::OutOfMemory))?;
                places.all.push(start);
                places.free = places.all.len();
            }
        }
        listed.place.set(place);
        listed.roster.set(Some(self.clone()));
        Ok(())
    }

    /// The objects, but for those that are dying or garbage.
    #[expect(unsafe_code, reason = "the list holds addresses of objects whose memory is there")]
    pub fn members(&self) -> Vec<Object> {
        let places = self.0.borrow();
        let taken = places.all.iter().filter(|&address| address & 1 == 0);
        let alive = taken.filter_map(|&address| {
            // SAFETY: the object's `Listed` takes it off the list before its memory goes.
            unsafe {
                let head = address as *const Head;
                ((*head).count() > 0 && !(*head).has(flags::GARBAGE)).then(|| Object::from_head(head))
            }
        });
        alive.collect()
    }
}

impl Listed {
    /// Takes the object off the list that it is on, if any.
    pub fn leave(&self) {
        let Some(roster) = self.roster.take() else { return };
        let mut places = roster.0.borrow_mut();
        let place = self.place.get();
        places.all[place] = (places.free as u64) << 1 | 1;
        places.free = place;
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.leave();
    }
}
