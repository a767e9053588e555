//! `list`.

use crate::builtins::range::RangeIter;
use crate::builtins::slice::{Slice, adjust};
use crate::native::SliceIndex;
use crate::object::{instance, type_name};
use crate::prelude::*;
use crate::protocol::sequence::{self, repeated_len};
use crate::protocol::{call, iter, number, object as protocol};
use heap::OutOfMemory;
use std::cell::Cell;
use std::cmp::Ordering;

/// Built-in mutable sequence.
///
/// If no argument is given, the constructor creates a new empty list.
/// The argument must be an iterable if specified.
#[pytype("list", flags(BASETYPE, HAVE_GC, LIST_SUBCLASS, SEQUENCE, MATCH_SELF))]
pub struct List {
    pub head: Head,
    pub items: ObjVec,
}

impl List {
    pub fn empty() -> Ref<List> {
        instance::alloc_static(List { head: Head::new(), items: ObjVec::new() })
    }

    /// A list that takes the items over.
    pub fn from_vec(items: Vec<Object>) -> Ref<List> {
        instance::alloc_static(List { head: Head::new(), items: ObjVec::from_vec(items) })
    }

    /// A list of these items.
    pub fn from_items(items: ObjVec) -> Ref<List> {
        instance::alloc_static(List { head: Head::new(), items })
    }

    /// `self[slice]`.
    pub fn part(&self, vm: &Vm, slice: &Slice) -> Result<Object> {
        let range = slice.resolve(vm, self.items.len())?;
        let items = vm.memory(self.items.slice(range.start as usize, range.step, range.count))?;
        Ok(List::from_items(items).into_object())
    }

    fn position(&self, vm: &Vm, value: &Object, start: usize, stop: usize) -> Result<Option<usize>> {
        let mut i = start;
        while i < stop {
            let Some(item) = self.items.get(i) else { break };
            if protocol::same_or_equal(vm, &item, value)? {
                return Ok(Some(i));
            }
            i += 1;
        }
        Ok(None)
    }

    /// `self[from:to] = new`.
    pub fn assign_part(&self, vm: &Vm, from: SliceIndex, to: SliceIndex, new: &Ref<List>) -> Result<()> {
        let len = self.items.len();
        let (from, to) = (from.clamp(len), to.clamp(len));
        let new = vm.memory(new.items.to_vec())?;
        let old = vm.memory(self.items.splice(from, to.max(from), new))?;
        drop(old);
        Ok(())
    }

    fn slice_assign(&self, vm: &Vm, slice: &Slice, value: Option<&Object>) -> Result<()> {
        let new = match value {
            Some(value) if slice.is_plain() => sequence::fast(vm, value, "must assign iterable to extended slice")
                .map_err(|raised| {
                    if vm.raised_is(&crate::exception::types::TypeError)
                        && crate::object::type_of(value).slots.iter.get().is_none()
                        && !sequence::is_sequence(value)
                    {
                        vm.clear_raised();
                        return raise!(vm, TypeError, "can only assign an iterable");
                    }
                    raised
                })?,
            Some(value) => sequence::fast(vm, value, "must assign iterable to extended slice")?,
            None => Vec::new(),
        };
        // A bound's `__index__` may change the list: its length counts afterwards.
        let (start, stop, step) = slice.raw(vm)?;
        let range = adjust(start, stop, step, self.items.len());
        if range.step == 1 {
            let start = range.start as usize;
            let stop = (range.stop.max(range.start)) as usize;
            let old = vm.memory(self.items.splice(start, stop, new))?;
            drop(old);
            return Ok(());
        }
        if value.is_none() {
            let mut doomed: Vec<usize> = range.indices().collect();
            doomed.sort_unstable();
            let mut all = self.items.take();
            let mut removed = Vec::with_capacity(doomed.len());
            let mut next = doomed.into_iter().peekable();
            let mut at = 0;
            all = all
                .into_iter()
                .filter_map(|item| {
                    let here = at;
                    at += 1;
                    if next.peek() == Some(&here) {
                        next.next();
                        removed.push(item);
                        return None;
                    }
                    Some(item)
                })
                .collect();
            drop(self.items.put(all));
            drop(removed);
            return Ok(());
        }
        if new.len() != range.count {
            bail!(
                vm,
                ValueError,
                "attempt to assign sequence of size {} to extended slice of size {}",
                new.len(),
                range.count
            );
        }
        let mut old = Vec::with_capacity(range.count);
        for (i, item) in range.indices().zip(new) {
            old.extend(self.items.replace(i, item));
        }
        Ok(())
    }
}

impl Default for List {
    fn default() -> Self {
        List { head: Head::new(), items: ObjVec::new() }
    }
}

/// Builds `[a, b, …]` from reprs.
pub struct Joined {
    builder: text::TextBuilder,
    first: bool,
}

impl Joined {
    pub fn new(vm: &Vm, open: &str) -> Result<Joined> {
        let mut builder = text::TextBuilder::new();
        vm.memory(builder.push_str(open).map_err(|_| OutOfMemory))?;
        Ok(Joined { builder, first: true })
    }

    fn separate(&mut self, vm: &Vm) -> Result<()> {
        if !std::mem::take(&mut self.first) {
            vm.memory(self.builder.push_str(", ").map_err(|_| OutOfMemory))?;
        }
        Ok(())
    }

    pub fn item(&mut self, vm: &Vm, item: &Object) -> Result<()> {
        let text = protocol::repr(vm, item)?;
        self.separate(vm)?;
        vm.memory(self.builder.push_units(text.units()).map_err(|_| OutOfMemory))
    }

    pub fn pair(&mut self, vm: &Vm, key: &Object, value: &Object) -> Result<()> {
        let (key, value) = (protocol::repr(vm, key)?, protocol::repr(vm, value)?);
        self.separate(vm)?;
        vm.memory(self.builder.push_units(key.units()).map_err(|_| OutOfMemory))?;
        vm.memory(self.builder.push_str(": ").map_err(|_| OutOfMemory))?;
        vm.memory(self.builder.push_units(value.units()).map_err(|_| OutOfMemory))
    }

    pub fn finish(mut self, vm: &Vm, close: &str) -> Result<Ref<Str>> {
        vm.memory(self.builder.push_str(close).map_err(|_| OutOfMemory))?;
        Str::from_buf(vm, self.builder.finish())
    }
}

#[pymethods]
impl List {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        Ok(instance::alloc(vm, cls, List::default())?.into_object())
    }

    #[slot("(iterable=(), /)")]
    fn init(&self, vm: &Vm, iterable: Option<&Object>) -> Result<()> {
        self.items.clear();
        match iterable {
            Some(iterable) => self.extend(vm, iterable),
            None => Ok(()),
        }
    }

    #[slot]
    fn repr(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        if this.items.is_empty() {
            return Ok(Str::new("[]").into_object());
        }
        let text = vm.guard_repr(this.as_object(), || {
            let mut joined = Joined::new(vm, "[")?;
            let mut i = 0;
            while let Some(item) = this.items.get(i) {
                joined.item(vm, &item)?;
                i += 1;
            }
            joined.finish(vm, "]")
        })?;
        Ok(text.unwrap_or_else(|| Str::new("[...]")).into_object())
    }

    #[slot]
    fn richcompare(&self, vm: &Vm, other: &Object, op: CompareOp) -> Result<Object> {
        let Some(other) = other.cast::<List>() else { return not_implemented(vm) };
        if self.items.len() != other.items.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
            return Ok((op == CompareOp::Ne).object());
        }
        let mut i = 0;
        while let (Some(a), Some(b)) = (self.items.get(i), other.items.get(i)) {
            if !protocol::same_or_equal(vm, &a, &b)? {
                // The comparison may have made a list shorter: then the lengths decide.
                if i >= self.items.len() || i >= other.items.len() {
                    break;
                }
                return match op {
                    CompareOp::Eq => Ok(false.object()),
                    CompareOp::Ne => Ok(true.object()),
                    op => protocol::compare(vm, &a, &b, op),
                };
            }
            i += 1;
        }
        Ok(protocol::holds(op, self.items.len().cmp(&other.items.len())).object())
    }

    #[slot]
    fn len(&self) -> usize {
        self.items.len()
    }

    #[slot]
    fn contains(&self, vm: &Vm, value: &Object) -> Result<bool> {
        Ok(self.position(vm, value, 0, usize::MAX)?.is_some())
    }

    #[slot]
    fn item(&self, vm: &Vm, index: isize) -> Result<Object> {
        usize::try_from(index)
            .ok()
            .and_then(|i| self.items.get(i))
            .ok_or_else(|| raise!(vm, IndexError, "list index out of range"))
    }

    #[slot]
    fn ass_item(&self, vm: &Vm, index: isize, value: Option<&Object>) -> Result<()> {
        let Some(i) = usize::try_from(index).ok().filter(|&i| i < self.items.len()) else {
            bail!(vm, IndexError, "list assignment index out of range");
        };
        match value {
            Some(value) => drop(self.items.replace(i, value.clone())),
            None => drop(self.items.remove(i)),
        }
        Ok(())
    }

    #[slot]
    fn subscript(&self, vm: &Vm, key: &Object) -> Result<Object> {
        if let Some(slice) = key.cast_exact::<Slice>() {
            return self.part(vm, slice);
        }
        if number::has_index(key) {
            let i = number::as_ssize(vm, key, Some(&crate::exception::types::IndexError))?;
            let len = self.items.len();
            let i = if i < 0 { i + len as isize } else { i };
            return usize::try_from(i)
                .ok()
                .and_then(|i| self.items.get(i))
                .ok_or_else(|| raise!(vm, IndexError, "list index out of range"));
        }
        Err(raise!(vm, TypeError, "list indices must be integers or slices, not {}", type_name(key)))
    }

    #[slot]
    fn ass_subscript(&self, vm: &Vm, key: &Object, value: Option<&Object>) -> Result<()> {
        if number::has_index(key) {
            let i = number::as_ssize(vm, key, Some(&crate::exception::types::IndexError))?;
            let i = if i < 0 { i + self.items.len() as isize } else { i };
            return self.ass_item(vm, i, value);
        }
        if let Some(slice) = key.cast::<Slice>() {
            return self.slice_assign(vm, slice, value);
        }
        Err(raise!(vm, TypeError, "list indices must be integers or slices, not {}", type_name(key)))
    }

    #[slot]
    fn concat(&self, vm: &Vm, other: &Object) -> Result<Object> {
        let Some(right) = other.cast::<List>() else {
            bail!(vm, TypeError, "can only concatenate list (not \"{}\") to list", type_name(other));
        };
        Ok(List::from_items(vm.memory(self.items.joined(&right.items))?).into_object())
    }

    #[slot]
    fn repeat(&self, vm: &Vm, times: isize) -> Result<Object> {
        let len = repeated_len(self.items.len(), times).ok_or_else(|| vm.out_of_memory())?;
        Ok(List::from_items(vm.memory(self.items.repeated(len))?).into_object())
    }

    #[slot]
    fn inplace_concat(this: &Ref<Self>, vm: &Vm, other: &Object) -> Result<Object> {
        this.extend(vm, other)?;
        Ok(this.to_object())
    }

    #[slot]
    fn inplace_repeat(this: &Ref<Self>, vm: &Vm, times: isize) -> Result<Object> {
        let items = this.repeated(vm, times)?;
        drop(this.items.put(items));
        Ok(this.to_object())
    }

    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        instance::alloc_static(ListIter { head: Head::new(), list: Field::some(this.clone()), at: Cell::new(0) })
            .into_object()
    }

    /// Return a reverse iterator over the list.
    #[py("__reversed__()")]
    fn reversed(this: &Ref<Self>) -> Object {
        let at = Cell::new(this.items.len() as isize - 1);
        instance::alloc_static(ListReverseIter { head: Head::new(), list: Field::some(this.clone()), at }).into_object()
    }

    /// Return the size of the list in memory, in bytes.
    #[py("__sizeof__()")]
    fn sizeof(&self) -> usize {
        size_of::<List>() + self.items.capacity() * 8
    }

    /// Remove all items from list.
    #[py("clear()")]
    fn clear(&self) {
        self.items.clear();
    }

    /// Return a shallow copy of the list.
    #[py("copy()")]
    fn copy(&self, vm: &Vm) -> Result<Object> {
        Ok(List::from_vec(vm.memory(self.items.to_vec())?).into_object())
    }

    /// Append object to the end of the list.
    #[py("append(object, /)")]
    pub fn append(&self, vm: &Vm, object: &Object) -> Result<()> {
        vm.memory(self.items.push(object.clone()))
    }

    /// Insert object before index.
    #[py("insert(index, object, /)")]
    fn insert(&self, vm: &Vm, index: isize, object: &Object) -> Result<()> {
        let at = SliceIndex(index).clamp(self.items.len());
        vm.memory(self.items.insert(at, object.clone()))
    }

    /// Extend list by appending elements from the iterable.
    #[py("extend(iterable, /)")]
    #[expect(unsafe_code, reason = "the other list is looked at while its items are cloned")]
    pub fn extend(&self, vm: &Vm, iterable: &Object) -> Result<()> {
        if let Some(tuple) = iterable.cast_exact::<Tuple>() {
            return vm.memory(self.items.extend_copied(tuple.items()));
        }
        if let Some(list) = iterable.cast_exact::<List>() {
            if std::ptr::eq(self, &**list) {
                let items = vm.memory(self.items.to_vec())?;
                return vm.memory(self.items.extend(items));
            }
            // SAFETY: cloning items runs no foreign code, and they are another list's.
            return vm.memory(self.items.extend_copied(unsafe { list.items.as_slice() }));
        }
        let iterator = iter::get_iter(vm, iterable)?;
        let hint = iter::length_hint(vm, iterable, 8)?;
        // A hint that cannot be true is no hint.
        if self.items.len().checked_add(hint).is_some_and(|sum| sum <= isize::MAX as usize) {
            vm.memory(self.items.reserve(hint))?;
        }
        if let Some(range) = iterator.cast_exact::<RangeIter>() {
            while let Some(n) = range.advance() {
                vm.memory(self.items.push(Int::from_i64(n)))?;
            }
            return Ok(());
        }
        while let Some(item) = iter::next(vm, &iterator)? {
            vm.memory(self.items.push(item))?;
        }
        Ok(())
    }

    /// Remove and return item at index (default last).
    ///
    /// Raises IndexError if list is empty or index is out of range.
    #[py("pop(index=-1, /)")]
    fn pop(&self, vm: &Vm, index: isize) -> Result<Object> {
        let len = self.items.len();
        if len == 0 {
            bail!(vm, IndexError, "pop from empty list");
        }
        if index == -1 {
            return self.items.pop().ok_or_else(|| raise!(vm, IndexError, "pop from empty list"));
        }
        let i = if index < 0 { index + len as isize } else { index };
        usize::try_from(i)
            .ok()
            .and_then(|i| self.items.remove(i))
            .ok_or_else(|| raise!(vm, IndexError, "pop index out of range"))
    }

    /// Remove first occurrence of value.
    ///
    /// Raises ValueError if the value is not present.
    #[py("remove(value, /)")]
    fn remove(&self, vm: &Vm, value: &Object) -> Result<()> {
        match self.position(vm, value, 0, usize::MAX)? {
            Some(i) => {
                drop(self.items.remove(i));
                Ok(())
            }
            None => Err(raise!(vm, ValueError, "list.remove(x): x not in list")),
        }
    }

    /// Reverse *IN PLACE*.
    #[py("reverse()")]
    fn reverse(&self) {
        self.items.reverse();
    }

    /// Return number of occurrences of value.
    #[py("count(value, /)")]
    fn count(&self, vm: &Vm, value: &Object) -> Result<usize> {
        let (mut n, mut i) = (0, 0);
        while let Some(item) = self.items.get(i) {
            n += usize::from(protocol::same_or_equal(vm, &item, value)?);
            i += 1;
        }
        Ok(n)
    }

    /// Return first index of value.
    ///
    /// Raises ValueError if the value is not present.
    #[py("index(value, start=0, stop=sys.maxsize, /)")]
    fn index(&self, vm: &Vm, value: &Object, start: SliceIndex, stop: SliceIndex) -> Result<usize> {
        let len = self.items.len();
        match self.position(vm, value, start.clamp(len), stop.clamp(len))? {
            Some(i) => Ok(i),
            None => Err(raise!(vm, ValueError, "list.index(x): x not in list")),
        }
    }

    /// Sort the list in ascending order and return None.
    ///
    /// The sort is in-place (i.e. the list itself is modified) and stable (i.e. the
    /// order of two equal elements is maintained).
    ///
    /// If a key function is given, apply it once to each list item and sort them,
    /// ascending or descending, according to their function values.
    ///
    /// The reverse flag can be set to sort in descending order.
    #[py("sort(*, key=None, reverse=False)")]
    fn sort(this: &Ref<Self>, vm: &Vm, key: Option<&Object>, reverse: bool) -> Result<()> {
        self::sort(vm, this, key, reverse)
    }

    /// See PEP 585
    #[py("__class_getitem__(object, /)", classmethod)]
    fn class_getitem(cls: &Ref<Type>, vm: &Vm, object: &Object) -> Result<Object> {
        crate::builtins::generic_alias::GenericAlias::make(vm, cls.as_object(), object)
    }
}

impl List {
    fn repeated(&self, vm: &Vm, times: isize) -> Result<Vec<Object>> {
        let items = vm.memory(self.items.to_vec())?;
        let len = repeated_len(items.len(), times).ok_or_else(|| vm.out_of_memory())?;
        let mut out = Vec::new();
        vm.memory(out.try_reserve_exact(len).map_err(|_| OutOfMemory))?;
        for _ in 0..times.max(0) {
            if items.is_empty() {
                break;
            }
            out.extend_from_slice(&items);
        }
        Ok(out)
    }
}

/// A sort in which comparing may fail: the first failure makes all later comparisons answer "equal".
struct Failing<F> {
    less: F,
    failed: bool,
}

impl<F: FnMut(&Object, &Object) -> Result<bool>> Failing<F> {
    fn order(&mut self, a: &Object, b: &Object) -> Ordering {
        if self.failed {
            return Ordering::Equal;
        }
        // A stable merge sort needs only "is b less than a".
        match (self.less)(b, a) {
            Ok(true) => Ordering::Greater,
            Ok(false) => Ordering::Less,
            Err(_) => {
                self.failed = true;
                Ordering::Equal
            }
        }
    }
}

/// `list.sort`: stable; runs are used (a nearly sorted list sorts in linear time). The list is empty meanwhile, so that
/// the comparisons see that it is being sorted.
pub fn sort(vm: &Vm, list: &List, key: Option<&Object>, reverse: bool) -> Result<()> {
    let items = list.items.take();
    let (sorted, result) = sort_vec(vm, items, key.filter(|k| !k.is(&none())), reverse);
    let touched = list.items.put(sorted);
    result?;
    // Whoever put something in left room behind, even if it was taken out again.
    if touched.capacity() != 0 {
        bail!(vm, ValueError, "list modified during sort");
    }
    Ok(())
}

/// Sorts a vector by the items' order, or their keys'. The items come back also on failure, in some order.
pub fn sort_vec(vm: &Vm, items: Vec<Object>, key: Option<&Object>, reverse: bool) -> (Vec<Object>, Result<()>) {
    let mut pairs: Vec<(Object, Option<Object>)> = Vec::with_capacity(items.len());
    let mut rest = items.into_iter();
    for item in rest.by_ref() {
        match key {
            None => pairs.push((item, None)),
            Some(function) => match call::call(vm, function, std::slice::from_ref(&item)) {
                Ok(k) => pairs.push((k, Some(item))),
                Err(raised) => {
                    let done = pairs.into_iter().map(|(k, item)| item.unwrap_or(k));
                    return (done.chain(std::iter::once(item)).chain(rest).collect(), Err(raised));
                }
            },
        }
    }
    // Reversing before and after a stable sort keeps equal items in their order.
    if reverse {
        pairs.reverse();
    }
    let result = if pairs.iter().all(|(k, _)| k.is_small_int()) {
        pairs.sort_by_key(|(k, _)| k.as_small_int());
        Ok(())
    } else if pairs.iter().all(|(k, _)| k.is_exact::<Str>()) {
        sort_strings(&mut pairs);
        Ok(())
    } else if pairs.iter().all(|(k, _)| k.is_small_float()) {
        pairs.sort_by(|(a, _), (b, _)| a.as_small_float().partial_cmp(&b.as_small_float()).unwrap_or(Ordering::Equal));
        Ok(())
    } else {
        let mut failing = Failing {
            less: |a: &Object, b: &Object| {
                protocol::compare(vm, a, b, CompareOp::Lt).and_then(|r| protocol::is_true(vm, &r))
            },
            failed: false,
        };
        merge_sort(&mut pairs, &mut failing);
        if failing.failed { Err(Raised) } else { Ok(()) }
    };
    if reverse {
        pairs.reverse();
    }
    (pairs.into_iter().map(|(k, item)| item.unwrap_or(k)).collect(), result)
}

/// Sorts by strings. Their first code units stand beside them as one number, which decides most comparisons without a
/// look at the strings.
fn sort_strings(pairs: &mut [Pair]) {
    let key = |pair: &Pair| {
        let text = pair.0.cast_exact::<Str>();
        let first = |i: usize| text.and_then(|text| text.units().get(i)).map_or(0, |code| u64::from(code) + 1);
        // 21 bits hold any code point and one more.
        (0..3).fold(0, |key, i| key << 21 | first(i))
    };
    let narrow = pairs.iter().all(|pair| pair.0.cast_exact::<Str>().is_some_and(|text| text.width() == 1));
    let narrow_key = |pair: &Pair| {
        let bytes = pair.0.cast_exact::<Str>().map_or(&[][..], |text| text.raw_bytes());
        let mut word = [0; 8];
        let len = bytes.len().min(8);
        word[..len].copy_from_slice(&bytes[..len]);
        u64::from_be_bytes(word)
    };
    let nothing = || (Object::int32(0), None);
    let mut keyed: Vec<(u64, Pair)> = pairs
        .iter_mut()
        .map(|pair| (if narrow { narrow_key(pair) } else { key(pair) }, std::mem::replace(pair, nothing())))
        .collect();
    keyed.sort_by(|(a, (left, _)), (b, (right, _))| {
        a.cmp(b).then_with(|| match (left.cast_exact::<Str>(), right.cast_exact::<Str>()) {
            (Some(left), Some(right)) => left.order(right),
            _ => Ordering::Equal,
        })
    });
    pairs.iter_mut().zip(keyed).for_each(|(to, (_, from))| *to = from);
}

type Pair = (Object, Option<Object>);

/// A stable natural merge sort that bears any answer of the comparison: runs are found, short ones extended by
/// insertion, neighbours merged. (std's sort may panic when the order is not total.)
fn merge_sort<F: FnMut(&Object, &Object) -> Result<bool>>(items: &mut [Pair], by: &mut Failing<F>) {
    const SHORT: usize = 24;
    let n = items.len();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    while start < n {
        let mut end = start + 1;
        if end < n {
            end += 1;
            if by.order(&items[start].0, &items[start + 1].0) == Ordering::Greater {
                while end < n && by.order(&items[end - 1].0, &items[end].0) == Ordering::Greater {
                    end += 1;
                }
                items[start..end].reverse();
            } else {
                while end < n && by.order(&items[end - 1].0, &items[end].0) != Ordering::Greater {
                    end += 1;
                }
            }
        }
        let wanted = (start + SHORT).min(n);
        while end < wanted {
            // Binary insertion: few comparisons, since those are dear.
            let (mut low, mut high) = (start, end);
            while low < high {
                let middle = low + (high - low) / 2;
                if by.order(&items[middle].0, &items[end].0) == Ordering::Greater {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            items[low..=end].rotate_right(1);
            end += 1;
        }
        runs.push((start, end));
        // Merge while the stack of runs is out of balance.
        while runs.len() > 1 {
            let ((a, b), (_, c)) = (runs[runs.len() - 2], runs[runs.len() - 1]);
            if b - a > 2 * (c - b) {
                break;
            }
            merge(items, a, b, c, by);
            runs.truncate(runs.len() - 2);
            runs.push((a, c));
        }
        start = end;
    }
    while runs.len() > 1 {
        let ((a, b), (_, c)) = (runs[runs.len() - 2], runs[runs.len() - 1]);
        merge(items, a, b, c, by);
        runs.truncate(runs.len() - 2);
        runs.push((a, c));
    }
}

fn merge<F: FnMut(&Object, &Object) -> Result<bool>>(
    items: &mut [Pair],
    a: usize,
    b: usize,
    c: usize,
    by: &mut Failing<F>,
) {
    if by.order(&items[b - 1].0, &items[b].0) != Ordering::Greater {
        return;
    }
    let left: Vec<Pair> = items[a..b].iter_mut().map(|p| std::mem::replace(p, (Object::int32(0), None))).collect();
    let mut left = left.into_iter().peekable();
    let (mut out, mut right) = (a, b);
    while let Some(l) = left.peek() {
        if right < c && by.order(&l.0, &items[right].0) == Ordering::Greater {
            items.swap(out, right);
            right += 1;
        } else if let Some(l) = left.next() {
            items[out] = l;
        }
        out += 1;
    }
}

/// The iterator over a list.
#[pytype("list_iterator", flags(HAVE_GC))]
pub struct ListIter {
    pub head: Head,
    pub list: Field<Ref<List>>,
    pub at: Cell<usize>,
}

impl ListIter {
    /// The next item, if there is one.
    #[expect(unsafe_code, reason = "the list is let go of by nobody while an item is cloned")]
    #[inline(always)]
    pub fn step(&self) -> Option<Object> {
        // SAFETY: cloning an item runs no foreign code.
        let list = unsafe { self.list.peek() }?;
        let at = self.at.get();
        let item = list.items.get(at)?;
        self.at.set(at + 1);
        Some(item)
    }
}

#[pymethods]
impl ListIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    pub fn next(&self) -> Result<Option<Object>> {
        let item = self.step();
        if item.is_none() {
            self.list.set(None);
        }
        Ok(item)
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> usize {
        self.list.get().map_or(0, |l| l.items.len().saturating_sub(self.at.get()))
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        crate::builtins::iterators::reduce_sequence_iter(
            vm,
            || self.list.get().map(|l| (l.into_object(), self.at.get())),
            List::empty().into_object(),
        )
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = number::as_ssize(vm, object, Some(&crate::exception::types::OverflowError))?;
        if let Some(list) = self.list.get() {
            self.at.set((at.max(0) as usize).min(list.items.len()));
        }
        Ok(())
    }
}

/// The iterator over a list from its end.
#[pytype("list_reverseiterator", flags(HAVE_GC))]
pub struct ListReverseIter {
    pub head: Head,
    pub list: Field<Ref<List>>,
    pub at: Cell<isize>,
}

impl ListReverseIter {
    /// The next item, if there is one.
    #[expect(unsafe_code, reason = "the list is let go of by nobody while an item is cloned")]
    #[inline(always)]
    fn step(&self) -> Option<Object> {
        // SAFETY: cloning an item runs no foreign code.
        let list = unsafe { self.list.peek() }?;
        let at = self.at.get();
        let item = list.items.get(usize::try_from(at).ok()?)?;
        self.at.set(at - 1);
        Some(item)
    }
}

#[pymethods]
impl ListReverseIter {
    #[slot]
    fn iter(this: &Ref<Self>) -> Object {
        this.to_object()
    }

    #[slot]
    fn next(&self) -> Result<Option<Object>> {
        let item = self.step();
        if item.is_none() {
            self.at.set(-1);
            self.list.set(None);
        }
        Ok(item)
    }

    /// Private method returning an estimate of len(list(it)).
    #[py("__length_hint__()")]
    fn length_hint(&self) -> usize {
        let left = (self.at.get() + 1).max(0) as usize;
        if self.list.get().is_none_or(|l| l.items.len() < left) { 0 } else { left }
    }

    /// Return state information for pickling.
    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<Object> {
        // As in `reduce_sequence_iter`: the name is looked up first.
        let reversed = crate::frame::namespace::builtin(vm, "reversed")?;
        match self.list.get() {
            Some(list) => {
                let args = Tuple::from_slice(&[list.into_object()]).into_object();
                Ok(Tuple::from_slice(&[reversed, args, Int::from_i64(self.at.get() as i64)]).into_object())
            }
            None => {
                let args = Tuple::from_slice(&[List::empty().into_object()]).into_object();
                Ok(Tuple::from_slice(&[reversed, args]).into_object())
            }
        }
    }

    /// Set state information for unpickling.
    #[py("__setstate__(object, /)")]
    fn setstate(&self, vm: &Vm, object: &Object) -> Result<()> {
        let at = number::as_ssize(vm, object, Some(&crate::exception::types::OverflowError))?;
        if let Some(list) = self.list.get() {
            self.at.set(at.clamp(-1, list.items.len() as isize - 1));
        }
        Ok(())
    }
}
