//! Trees to other forms and back, without naming the forms: objects of the `ast` module, text, anything.

use super::{Constant, Ident, NodeInfo, Pos};
use text::Wtf8Buf;

/// Something that trees are given to: a maker of values of its own.
pub trait Sink {
    /// What it makes.
    type Value;
    /// Why it may fail.
    type Error;

    /// Runs `f` one level deeper in the tree; a sink that recurses on the native stack bounds the depth here.
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, Self::Error>) -> Result<T, Self::Error> {
        f(self)
    }

    /// A node with its fields' values in order.
    fn node(
        &mut self,
        class: &'static NodeInfo,
        fields: Vec<Self::Value>,
        pos: Option<Pos>,
    ) -> Result<Self::Value, Self::Error>;
    /// A list field.
    fn list(&mut self, items: Vec<Self::Value>) -> Result<Self::Value, Self::Error>;
    /// A constant; identifiers, strings and ints come as constants too, and what is absent as `Constant::None`.
    fn constant(&mut self, value: &Constant) -> Result<Self::Value, Self::Error>;
}

/// Something that trees are taken from.
pub trait Source {
    /// What stands for a node, list or constant.
    type Value;
    /// Why it may fail.
    type Error;

    /// Runs `f` one level deeper in the tree; must fail beyond [`super::MAX_DEPTH`].
    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, Self::Error>) -> Result<T, Self::Error>;
    /// The class of `value`, which must derive from `base` (`AST`: any).
    fn class(&mut self, value: &Self::Value, base: &'static str) -> Result<&'static NodeInfo, Self::Error>;
    /// The node's place.
    fn pos(&mut self, value: &Self::Value, class: &'static NodeInfo) -> Result<Pos, Self::Error>;
    /// A field, `None` or an empty list standing in for a missing one as `ast` does.
    fn field(
        &mut self,
        value: &Self::Value,
        class: &'static NodeInfo,
        name: &'static str,
    ) -> Result<Self::Value, Self::Error>;
    /// The error for a value of the wrong class.
    fn unexpected(&mut self, value: &Self::Value, base: &'static str) -> Self::Error;
    /// Whether the value is `None`.
    fn is_none(&mut self, value: &Self::Value) -> bool;
    /// The items of a list.
    fn list(&mut self, value: &Self::Value) -> Result<Vec<Self::Value>, Self::Error>;
    /// A constant of any kind.
    fn constant(&mut self, value: &Self::Value) -> Result<Constant, Self::Error>;
    /// An identifier.
    fn identifier(&mut self, value: &Self::Value) -> Result<Ident, Self::Error>;
    /// A str.
    fn string(&mut self, value: &Self::Value) -> Result<Wtf8Buf, Self::Error>;
    /// An int.
    fn int(&mut self, value: &Self::Value) -> Result<i64, Self::Error>;
}

/// What may stand in a field.
pub trait Node: Sized {
    /// Gives itself to `sink`.
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error>;
    /// Takes itself from `source`.
    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error>;
}

impl<T: Node> Node for Box<T> {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        (**self).give(sink)
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        T::take(source, value).map(Box::new)
    }
}

impl<T: Node> Node for Option<T> {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        match self {
            Some(node) => node.give(sink),
            None => sink.constant(&Constant::None),
        }
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        if source.is_none(value) { Ok(None) } else { T::take(source, value).map(Some) }
    }
}

impl<T: Node> Node for Vec<T> {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        let items = self.iter().map(|node| node.give(sink)).collect::<Result<_, _>>()?;
        sink.list(items)
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        let items = source.list(value)?;
        items.iter().map(|item| T::take(source, item)).collect()
    }
}

impl Node for Constant {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        sink.constant(self)
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        source.constant(value)
    }
}

impl Node for Ident {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        sink.constant(&Constant::Str(Wtf8Buf::from(&**self)))
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        source.identifier(value)
    }
}

impl Node for Wtf8Buf {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        sink.constant(&Constant::Str(self.clone()))
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        source.string(value)
    }
}

impl Node for i64 {
    fn give<S: Sink>(&self, sink: &mut S) -> Result<S::Value, S::Error> {
        sink.constant(&Constant::Int((*self).into()))
    }

    fn take<S: Source>(source: &mut S, value: &S::Value) -> Result<Self, S::Error> {
        source.int(value)
    }
}
