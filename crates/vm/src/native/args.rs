//! The arguments of a call, as they lie on the caller's stack.

use crate::builtins::tuple::Tuple;
use heap::Object;

/// Positional arguments, then the values of keyword arguments whose names stand in `names`. Nothing is copied or packed.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    pub items: &'a [Object],
    pub names: Option<&'a Tuple>,
}

impl<'a> Args<'a> {
    pub const EMPTY: Args<'static> = Args { items: &[], names: None };

    /// Positional arguments only.
    #[inline]
    pub fn positional_only(items: &'a [Object]) -> Args<'a> {
        Args { items, names: None }
    }

    /// Number of keyword arguments.
    #[inline]
    pub fn keyword_count(&self) -> usize {
        self.names.map_or(0, |names| names.items().len())
    }

    /// The positional arguments.
    #[inline]
    pub fn positional(&self) -> &'a [Object] {
        &self.items[..self.items.len() - self.keyword_count()]
    }

    /// The keyword arguments.
    #[inline]
    pub fn keywords(&self) -> Kwargs<'a> {
        match self.names {
            None => Kwargs { names: &[], values: &[] },
            Some(names) => {
                let names = names.items();
                Kwargs { names, values: &self.items[self.items.len() - names.len()..] }
            }
        }
    }

    /// All but the first positional argument (a method's `self`, or `type.__call__`'s class).
    #[inline]
    pub fn skip_first(&self) -> Args<'a> {
        Args { items: &self.items[1..], names: self.names }
    }
}

/// Keyword arguments: names (always `str`) and values side by side.
#[derive(Clone, Copy)]
pub struct Kwargs<'a> {
    pub names: &'a [Object],
    pub values: &'a [Object],
}

impl<'a> Kwargs<'a> {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a Object, &'a Object)> + use<'a> {
        self.names.iter().zip(self.values)
    }

    /// The value of the keyword `name`.
    pub fn get(&self, name: &str) -> Option<&'a Object> {
        use crate::object::cast::Cast;
        self.iter()
            .find(|(n, _)| n.cast::<crate::builtins::str::Str>().is_some_and(|n| n.as_ascii() == Some(name)))
            .map(|(_, value)| value)
    }
}
