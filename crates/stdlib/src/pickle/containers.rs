//! Pickling containers: tuples, lists, dicts and sets, in batches.

use super::opcodes::*;
use super::qualified;
use super::save::Save;
use vm::builtins::set::{FrozenSet, table_of};
use vm::object::type_of;
use vm::prelude::*;
use vm::protocol::object::ErrorText;
use vm::protocol::{call, iter};

impl Save<'_> {
    pub fn save_tuple(&mut self, object: &Object, tuple: &Ref<Tuple>) -> Result<()> {
        let len = tuple.len();
        if len == 0 {
            return self.put(if self.bin { &[EMPTY_TUPLE] } else { &[MARK, TUPLE] });
        }
        let small = len <= 3 && self.proto >= 2;
        if !small {
            self.put(&[MARK])?;
        }
        for (at, item) in tuple.items().iter().enumerate() {
            let saved = self.save(item);
            self.noted(saved, |vm| format!("{} item {at}", qualified(vm, object)))?;
        }
        // The items may have held the tuple itself, which then was saved already.
        if let Some(number) = self.known(object) {
            match (small, self.bin) {
                (true, _) => self.put(&[POP; 3][..len])?,
                (false, true) => self.put(&[POP_MARK])?,
                (false, false) => self.put(&vec![POP; len + 1])?,
            }
            return self.put_get(number);
        }
        self.put(&[if small { [TUPLE1, TUPLE2, TUPLE3][len - 1] } else { TUPLE }])?;
        self.memoize(object)
    }

    pub fn save_list(&mut self, object: &Object, list: &Ref<List>) -> Result<()> {
        self.inside(object, |save| {
            save.put(if save.bin { &[EMPTY_LIST] } else { &[MARK, LIST] })?;
            save.memoize(object)?;
            if list.items.is_empty() {
                return Ok(());
            }
            if save.proto == 0 {
                return save.append_items(object, &iter::get_iter(save.vm, object)?);
            }
            if list.items.len() == 1 {
                save.save_numbered(object, &list.items.get(0).unwrap_or_else(none), 0)?;
                return save.put(&[APPEND]);
            }
            let mut at = 0;
            loop {
                save.put(&[MARK])?;
                let start = at;
                while at - start < BATCH
                    && let Some(item) = list.items.get(at)
                {
                    save.save_numbered(object, &item, at)?;
                    at += 1;
                }
                save.put(&[APPENDS])?;
                if at >= list.items.len() {
                    return Ok(());
                }
            }
        })
    }

    fn save_numbered(&mut self, owner: &Object, item: &Object, at: usize) -> Result<()> {
        let saved = self.save(item);
        self.noted(saved, |vm| format!("{} item {at}", qualified(vm, owner)))
    }

    /// Appends what an iterator gives to the list on the unpickler's stack.
    pub fn append_items(&mut self, owner: &Object, items: &Object) -> Result<()> {
        let vm = self.vm;
        let mut at = 0;
        loop {
            let Some(first) = iter::next(vm, items)? else { return Ok(()) };
            let second = if self.proto == 0 { None } else { iter::next(vm, items)? };
            let Some(mut item) = second else {
                self.save_numbered(owner, &first, at)?;
                self.put(&[APPEND])?;
                at += 1;
                if self.proto == 0 {
                    continue;
                }
                return Ok(());
            };
            self.put(&[MARK])?;
            self.save_numbered(owner, &first, at)?;
            at += 1;
            let mut n = 1;
            loop {
                self.save_numbered(owner, &item, at)?;
                at += 1;
                n += 1;
                if n == BATCH {
                    break;
                }
                match iter::next(vm, items)? {
                    Some(next) => item = next,
                    None => break,
                }
            }
            self.put(&[APPENDS])?;
            if n < BATCH {
                return Ok(());
            }
        }
    }

    pub fn save_dict(&mut self, object: &Object, dict: &Ref<Dict>) -> Result<()> {
        self.inside(object, |save| {
            save.put(if save.bin { &[EMPTY_DICT] } else { &[MARK, DICT] })?;
            save.memoize(object)?;
            let len = dict.table.len();
            if len == 0 {
                return Ok(());
            }
            if save.proto == 0 {
                let view = call::call_method(save.vm, object, save.vm.names().items(), &[])?;
                return save.set_items(object, &iter::get_iter(save.vm, &view)?);
            }
            let mut at = 0;
            let mut next = |dict: &Dict| {
                let i = dict.table.next(at)?;
                at = i + 1;
                dict.table.entry(i)
            };
            if len == 1 {
                if let Some((key, value)) = next(dict) {
                    save.save_pair(object, &key, &value)?;
                }
                return save.put(&[SETITEM]);
            }
            loop {
                let mut n = 0;
                save.put(&[MARK])?;
                while n < BATCH
                    && let Some((key, value)) = next(dict)
                {
                    save.save_pair(object, &key, &value)?;
                    n += 1;
                    if dict.table.len() != len {
                        bail!(save.vm, RuntimeError, "dictionary changed size during iteration");
                    }
                }
                save.put(&[SETITEMS])?;
                if n < BATCH {
                    return Ok(());
                }
            }
        })
    }

    fn save_pair(&mut self, owner: &Object, key: &Object, value: &Object) -> Result<()> {
        self.save(key)?;
        let saved = self.save(value);
        self.noted(saved, |vm| format!("{} item {}", qualified(vm, owner), key.repr_for_error(vm)))
    }

    fn next_pair(&self, items: &Object) -> Result<Option<(Object, Object)>> {
        let Some(item) = iter::next(self.vm, items)? else { return Ok(None) };
        match item.cast::<Tuple>().map(|t| t.items()) {
            Some([key, value]) => Ok(Some((key.clone(), value.clone()))),
            _ => Err(raise!(self.vm, TypeError, "dict items iterator must return 2-tuples")),
        }
    }

    /// Stores the pairs that an iterator gives in the mapping on the unpickler's stack.
    pub fn set_items(&mut self, owner: &Object, items: &Object) -> Result<()> {
        loop {
            let Some(first) = self.next_pair(items)? else { return Ok(()) };
            let second = if self.proto == 0 { None } else { self.next_pair(items)? };
            let Some(mut pair) = second else {
                self.save_pair(owner, &first.0, &first.1)?;
                self.put(&[SETITEM])?;
                if self.proto == 0 {
                    continue;
                }
                return Ok(());
            };
            self.put(&[MARK])?;
            self.save_pair(owner, &first.0, &first.1)?;
            let mut n = 1;
            loop {
                self.save_pair(owner, &pair.0, &pair.1)?;
                n += 1;
                if n == BATCH {
                    break;
                }
                match self.next_pair(items)? {
                    Some(next) => pair = next,
                    None => break,
                }
            }
            self.put(&[SETITEMS])?;
            if n < BATCH {
                return Ok(());
            }
        }
    }

    /// `set` and `frozenset`.
    pub fn save_set(&mut self, object: &Object) -> Result<()> {
        let vm = self.vm;
        if self.proto < 4 {
            let items = List::from_vec(iter::to_vec(vm, object)?).into_object();
            let args = Tuple::from_slice(&[items]);
            return self.save_call(object, type_of(object).as_object(), &args);
        }
        let Some(table) = table_of(object) else { return Ok(()) };
        let frozen = object.is_exact::<FrozenSet>();
        self.inside(object, |save| {
            let len = table.len();
            if frozen {
                save.put(&[MARK])?;
            } else {
                save.put(&[EMPTY_SET])?;
                save.memoize(object)?;
                if len == 0 {
                    return Ok(());
                }
            }
            let mut at = 0;
            loop {
                let mut n = 0;
                if !frozen {
                    save.put(&[MARK])?;
                }
                while (frozen || n < BATCH)
                    && let Some((i, _, item)) = table.next(at)
                {
                    at = i + 1;
                    let saved = save.save(&item);
                    save.noted(saved, |vm| format!("{} element", qualified(vm, object)))?;
                    n += 1;
                    if table.len() != len {
                        bail!(vm, RuntimeError, "set changed size during iteration");
                    }
                }
                if frozen {
                    break;
                }
                save.put(&[ADDITEMS])?;
                if n < BATCH {
                    return Ok(());
                }
            }
            if let Some(number) = save.known(object) {
                save.put(&[POP_MARK])?;
                return save.put_get(number);
            }
            save.put(&[FROZENSET])?;
            save.memoize(object)
        })
    }
}
