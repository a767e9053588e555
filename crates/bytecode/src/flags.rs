//! `co_flags`: what kind of code an object holds.

/// The bits of `co_flags`, under the names that `inspect` gives them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CodeFlags(pub u32);

impl CodeFlags {
    /// Locals are fast locals.
    pub const OPTIMIZED: CodeFlags = CodeFlags(0x1);
    /// Each call has a namespace of its own.
    pub const NEWLOCALS: CodeFlags = CodeFlags(0x2);
    /// Has `*args`.
    pub const VARARGS: CodeFlags = CodeFlags(0x4);
    /// Has `**kwargs`.
    pub const VARKEYWORDS: CodeFlags = CodeFlags(0x8);
    /// Stands inside a function.
    pub const NESTED: CodeFlags = CodeFlags(0x10);
    /// A generator.
    pub const GENERATOR: CodeFlags = CodeFlags(0x20);
    /// A coroutine.
    pub const COROUTINE: CodeFlags = CodeFlags(0x80);
    /// A generator that may be awaited (`types.coroutine`).
    pub const ITERABLE_COROUTINE: CodeFlags = CodeFlags(0x100);
    /// An asynchronous generator.
    pub const ASYNC_GENERATOR: CodeFlags = CodeFlags(0x200);
    /// `from __future__ import division`; without effect.
    pub const FUTURE_DIVISION: CodeFlags = CodeFlags(0x20000);
    /// `from __future__ import absolute_import`; without effect.
    pub const FUTURE_ABSOLUTE_IMPORT: CodeFlags = CodeFlags(0x40000);
    /// `from __future__ import with_statement`; without effect.
    pub const FUTURE_WITH_STATEMENT: CodeFlags = CodeFlags(0x80000);
    /// `from __future__ import print_function`; without effect.
    pub const FUTURE_PRINT_FUNCTION: CodeFlags = CodeFlags(0x100000);
    /// `from __future__ import unicode_literals`; without effect.
    pub const FUTURE_UNICODE_LITERALS: CodeFlags = CodeFlags(0x200000);
    /// `from __future__ import barry_as_FLUFL`: `<>` is the operator, `!=` is none.
    pub const FUTURE_BARRY_AS_BDFL: CodeFlags = CodeFlags(0x400000);
    /// `from __future__ import generator_stop`; without effect.
    pub const FUTURE_GENERATOR_STOP: CodeFlags = CodeFlags(0x800000);
    /// `from __future__ import annotations`: annotations are strings.
    pub const FUTURE_ANNOTATIONS: CodeFlags = CodeFlags(0x1000000);
    /// `co_consts[0]` is the docstring.
    pub const HAS_DOCSTRING: CodeFlags = CodeFlags(0x4000000);
    /// Stands directly in a class body.
    pub const METHOD: CodeFlags = CodeFlags(0x8000000);

    /// All `__future__` bits, which code compiled at run time inherits.
    pub const FUTURE_MASK: CodeFlags = CodeFlags(0x1FE0000);

    /// Whether every bit of `other` is set.
    pub const fn has(self, other: CodeFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any bit of `other` is set.
    pub const fn any(self, other: CodeFlags) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether calling the code makes a generator, coroutine or asynchronous generator.
    pub const fn is_generator_like(self) -> bool {
        self.any(CodeFlags(0x20 | 0x80 | 0x200))
    }
}

impl std::ops::BitOr for CodeFlags {
    type Output = CodeFlags;

    fn bitor(self, other: CodeFlags) -> CodeFlags {
        CodeFlags(self.0 | other.0)
    }
}

impl std::ops::BitOrAssign for CodeFlags {
    fn bitor_assign(&mut self, other: CodeFlags) {
        self.0 |= other.0;
    }
}

impl std::fmt::Debug for CodeFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CodeFlags({:#x})", self.0)
    }
}
