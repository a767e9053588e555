//! Objects in memory: the 64-bit value word, the object head, reference counts, pools, and the cycle collector.
//!
//! This crate knows how objects lie in memory and when they die; it does not know what Python means. The meaning
//! (types, slots, finalisers, weak references) reaches it through function pointers in [`TypeHead`] and [`Hooks`].
//!
//! # The value word
//!
//! An [`Object`] is one non-zero 64-bit word and owns one reference:
//!
//! | low bits | meaning                                                                            |
//! |----------|------------------------------------------------------------------------------------|
//! | `…1`     | a 63-bit signed integer                                                            |
//! | `..10`   | a float whose exponent is in the middle range, or +0.0 (Ruby's *flonum*)           |
//! | `.000`   | a pointer to a 16-byte aligned object that starts with a [`Head`]                  |
//! | `.100`   | the same pointer, *borrowed*: on the value stack only, never in an [`Object`]      |
//!
//! # Invariants
//!
//! * **I1 word**: the pointer in an `Object` or `Ref` is to a live object (count > 0) of this thread's heap, or to an
//!   immortal one, and the holder owns one of its counts.
//! * **I2 body**: an object's type says truly which Rust struct its bytes are (`Ref<T>` is made only after that check
//!   or by the allocator), and the struct is `repr(C)` with the [`Head`] first.
//! * **I3 GIL**: objects are read and written only by the thread that holds the interpreter's lock; `Object` is neither
//!   `Send` nor `Sync`.
//! * **I4 dying**: when a count reaches zero the object's `dealloc` runs once; it may run Python code, so no `&` into a
//!   container's storage is held over the dropping of an element.
//! * **I5 pools**: an object without [`flags::LARGE`] lies in a pool whose header is at its address rounded down to
//!   [`pool::POOL`]; a free slot has a zero first word.
#![deny(unsafe_op_in_unsafe_fn)]

mod allocator;
mod block;
pub mod bodies;
pub mod collect;
pub mod dealloc;
mod deque;
mod field;
pub mod head;
mod heap;
mod object;
pub mod pool;
pub mod recorder;
mod refs;
mod set_table;
mod slots;
mod statics;
mod str_body;
mod str_writer;
mod table;
mod trace;
mod vec;
pub mod verify;

pub use allocator::{Allocator, at_growth};
pub use bodies::{BytesBody, FloatBody, IntBody, TupleBody};
pub use deque::ObjDeque;
pub use field::{Field, Word};
pub use head::{Head, TypeHead, flags};
pub use heap::{Heap, Hooks, OutOfMemory, alloc, alloc_behind, alloc_extra, clear_words};
pub use object::{Object, StackWord, decode_float};
pub use refs::Ref;
pub use set_table::{Seen, SetTable};
pub use statics::Immortal;
pub use str_body::{StrBody, StrData};
pub use table::{Look, Table};
pub use trace::{Trace, Visitor};
pub use vec::ObjVec;
