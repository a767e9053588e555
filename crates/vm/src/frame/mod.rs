//! Frames, the value stack, and the objects around them: code, function, cell, frame, traceback, generator.
//!
//! A [`Frame`] is a few words followed by its locals (with cells and free variables) and its value stack. Frames of
//! calls lie one after the other in the thread's [`Stack`]; those of generators in memory that the generator owns.
//!
//! # Invariants
//! * **F1** A frame has `code.frame_words()` words behind it; words below `sp` are 0 (NULL) or values, words above are
//!   garbage. A value word with bit 2 set is borrowed: some local of the same frame holds the count.
//! * **F2** `func`, `locals_map` and `object` are 0 or owned words. `code`, `globals` and `builtins` are kept alive by
//!   `func`.
//! * **F3** While a frame runs its true `ip` and `sp` are in the interpreter's state; they are written back before
//!   anything that can look at the frame is called.

pub mod asyncgen;
pub mod bound;
pub mod call;
pub mod cell;
pub mod code;
pub mod dump;
pub mod function;
pub mod generator;
pub mod handled;
pub mod jump;
pub mod locals;
pub mod namespace;
pub mod object;
pub mod traceback;

use crate::builtins::dict::Dict;
use crate::context::Vm;
use crate::error::Result;
use code::Code;
use function::Function;
use heap::{Object, Ref, Visitor};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

/// Who owns a frame's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Owner {
    /// The thread's stack.
    Thread,
    /// A generator, coroutine or asynchronous generator.
    Generator,
    /// A frame object that outlived the call.
    FrameObject,
}

/// The state of a call. See the module's text.
#[repr(C)]
pub struct Frame {
    pub code: *const Code,
    pub func: u64,
    pub globals: *const Dict,
    pub builtins: *const Dict,
    /// The mapping that names live in, for class and module bodies; 0 for functions.
    pub locals_map: u64,
    /// The frame object, if somebody asked for it.
    pub object: u64,
    pub previous: *mut Frame,
    /// The next unit to execute.
    pub ip: *const u16,
    pub sp: *mut u64,
    /// The generator whose frame this is.
    pub generator: *const generator::GenBody,
    pub owner: Owner,
    /// Returning from this frame leaves the `run` that entered it.
    pub is_entry: bool,
    /// The return value is to be checked for None and dropped: the frame of an `__init__` that a class's call runs.
    pub is_init: bool,
    /// A generator that the interpreter resumed in place: its return value goes to the caller's stack (SEND), not away
    /// (FOR_ITER).
    pub is_sent: bool,
    /// Units that the caller jumps over when such a generator returns.
    pub return_jump: u32,
}

/// Words of the fixed part.
pub const FIXED: usize = size_of::<Frame>() / 8;

impl Frame {
    /// The frame of a call of `function` (an owned word of it) that is about to run `code` with the stack from `sp`.
    #[inline(always)]
    pub fn new(code: *const Code, function: &Function, func: u64, locals_map: u64, sp: *mut u64) -> Frame {
        Frame {
            code,
            func,
            globals: function.globals.as_ptr(),
            builtins: function.builtins.as_ptr(),
            locals_map,
            object: 0,
            previous: std::ptr::null_mut(),
            // SAFETY: the code is alive.
            ip: unsafe { (*code).units_ptr() },
            sp,
            generator: std::ptr::null(),
            owner: Owner::Thread,
            is_entry: false,
            is_init: false,
            is_sent: false,
            return_jump: 0,
        }
    }

    /// Whether the frame is that of a plain function's call by another frame, with nothing that refers to it: returning
    /// from it is dropping its values.
    #[inline(always)]
    pub fn is_plain(this: *mut Frame) -> bool {
        // SAFETY: F2. The marks are four bytes next to each other.
        unsafe {
            let marks = (&raw const (*this).owner).cast::<u32>().read();
            const { assert!(std::mem::offset_of!(Frame, owner) % 4 == 0 && Owner::Thread as u8 == 0) };
            const { assert!(std::mem::offset_of!(Frame, is_sent) == std::mem::offset_of!(Frame, owner) + 3) };
            marks == 0 && (*this).object == 0 && (*this).locals_map == 0
        }
    }

    /// The locals: arguments, variables, cells, free variables.
    #[inline(always)]
    pub fn locals(this: *mut Frame) -> *mut u64 {
        this.cast::<u64>().wrapping_add(FIXED)
    }

    /// Where the value stack starts.
    #[inline(always)]
    pub fn stack_base(this: *mut Frame) -> *mut u64 {
        // SAFETY: F2.
        unsafe { Self::locals(this).add((*(*this).code).nlocalsplus as usize) }
    }

    /// The code object.
    #[inline(always)]
    pub fn code<'a>(this: *mut Frame) -> &'a Code {
        // SAFETY: F2: alive as long as the frame.
        unsafe { &*(*this).code }
    }

    /// The index of the unit that was executed last.
    pub fn last_unit(this: *mut Frame) -> usize {
        // SAFETY: `ip` points into the code's units, or to their start before the first instruction.
        unsafe {
            let start = (*(*this).code).units_ptr();
            let at = (*this).ip.offset_from(start);
            (at - 1).max(0) as usize
        }
    }

    /// The line being executed.
    pub fn line(this: *mut Frame) -> i32 {
        let code = Self::code(this);
        // SAFETY: as above.
        let started = unsafe { (*this).ip != code.units_ptr() };
        if !started {
            return code.firstlineno;
        }
        bytecode::locations::line(&code.linetable, code.firstlineno, Self::last_unit(this))
    }

    /// The function whose call this is.
    pub fn function(this: *mut Frame) -> Option<Ref<Function>> {
        // SAFETY: F2.
        unsafe {
            let word = (*this).func;
            (word != 0).then(|| ManuallyDrop::new(Object::from_word(word)).cast_unchecked::<Function>().clone())
        }
    }

    /// A new reference to the globals.
    pub fn globals(this: *mut Frame) -> Ref<Dict> {
        // SAFETY: F2.
        unsafe { Ref::of(&*(*this).globals) }
    }

    /// A new reference to the builtins.
    pub fn builtins(this: *mut Frame) -> Ref<Dict> {
        // SAFETY: F2.
        unsafe { Ref::of(&*(*this).builtins) }
    }

    /// A new reference to the names' mapping.
    pub fn locals_map(this: *mut Frame) -> Option<Object> {
        // SAFETY: F2.
        unsafe {
            let word = (*this).locals_map;
            (word != 0).then(|| (*ManuallyDrop::new(Object::from_word(word))).clone())
        }
    }

    /// Drops everything a frame owns; its memory stays.
    ///
    /// # Safety
    /// The frame no longer runs and `sp` is true.
    pub unsafe fn clear(this: *mut Frame) {
        unsafe {
            let mut sp = (*this).sp;
            let bottom = Self::locals(this);
            while sp > bottom {
                sp = sp.sub(1);
                let word = *sp;
                if is_owned(word) && (*(word as *const heap::Head)).decref() {
                    // Destructors may look at the frame.
                    (*this).sp = sp;
                    heap::dealloc::last_reference(word as *mut heap::Head);
                }
            }
            (*this).sp = bottom;
            for word in [&raw mut (*this).locals_map, &raw mut (*this).func] {
                let old = std::mem::replace(&mut *word, 0);
                drop_word(old);
            }
        }
    }
}

/// Whether a stack word owns a reference to an object.
///
/// Its low bits decide for most words. The compiler would compute one condition from both tests, NULL's being so short;
/// a word of which it knows nothing more keeps them two branches.
#[inline(always)]
pub fn is_owned(word: u64) -> bool {
    if word & 7 != 0 {
        return false;
    }
    #[cfg_attr(miri, expect(unused_mut))]
    let mut word = word;
    // SAFETY: nothing is done.
    #[cfg(not(miri))]
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) word, options(pure, nomem, nostack, preserves_flags));
    }
    word != 0
}

/// Drops an owned word; NULL and borrowed words own nothing.
///
/// # Safety
/// The word is a stack word (F1) that nobody uses again.
#[inline(always)]
pub unsafe fn drop_word(word: u64) {
    if is_owned(word) {
        // SAFETY: the count that the word owned.
        unsafe {
            if (*(word as *const heap::Head)).decref() {
                heap::dealloc::last_reference(word as *mut heap::Head);
            }
        }
    }
}

#[inline(always)]
const fn heap_borrowed() -> u64 {
    4
}

/// A new reference to what a stack word holds; `None` for NULL.
///
/// # Safety
/// F1.
#[inline(always)]
pub unsafe fn clone_word(word: u64) -> Option<Object> {
    if word == 0 {
        return None;
    }
    let plain = if word & 3 == 0 { word & !4 } else { word };
    unsafe { Some((*ManuallyDrop::new(Object::from_word(plain))).clone()) }
}

/// The memory in which the frames of a thread's calls lie: chunks, each twice as large as the one before.
pub struct Stack {
    chunks: RefCell<Vec<Box<[u64]>>>,
    /// The first usable word of the last chunk.
    base: Cell<*mut u64>,
    top: Cell<*mut u64>,
    limit: Cell<*mut u64>,
}

const FIRST_CHUNK: usize = 16 * 1024;
/// At the start of a chunk: where the chunk below started, stopped and ended.
const LINKS: usize = 3;

impl Stack {
    pub const fn new() -> Stack {
        let null = std::ptr::null_mut();
        Stack { chunks: RefCell::new(Vec::new()), base: Cell::new(null), top: Cell::new(null), limit: Cell::new(null) }
    }

    /// Whether the present chunk has room for so many words.
    #[inline(always)]
    pub fn has(&self, words: usize) -> bool {
        self.limit.get() as usize - self.top.get() as usize >= words * 8
    }

    /// So many words on top, where [`has`](Self::has) said yes.
    #[inline(always)]
    pub fn take(&self, words: usize) -> *mut u64 {
        let top = self.top.get();
        self.top.set(top.wrapping_add(words));
        top
    }

    /// Room for `words` words on top; `None` without memory.
    #[inline(always)]
    pub fn push(&self, words: usize) -> Option<*mut u64> {
        let top = self.top.get();
        if self.limit.get() as usize - top as usize >= words * 8 && !top.is_null() {
            self.top.set(top.wrapping_add(words));
            return Some(top);
        }
        self.push_chunk(words)
    }

    #[cold]
    fn push_chunk(&self, words: usize) -> Option<*mut u64> {
        let mut chunks = self.chunks.borrow_mut();
        let size = (FIRST_CHUNK << chunks.len().min(8)).max(words + LINKS);
        let mut chunk = Vec::new();
        chunk.try_reserve_exact(size).ok()?;
        chunk.resize(size, 0u64);
        chunk[..LINKS].copy_from_slice(&[self.base.get() as u64, self.top.get() as u64, self.limit.get() as u64]);
        let mut chunk = chunk.into_boxed_slice();
        let start = chunk.as_mut_ptr();
        chunks.push(chunk);
        let base = start.wrapping_add(LINKS);
        self.base.set(base);
        self.limit.set(start.wrapping_add(size));
        self.top.set(base.wrapping_add(words));
        Some(base)
    }

    /// Whether giving back a frame leaves the present chunk in use.
    #[inline(always)]
    pub fn may_pop(&self, at: *mut u64) -> bool {
        at != self.base.get()
    }

    /// Gives back everything from `at` on, where [`may_pop`](Self::may_pop) said yes.
    #[inline(always)]
    pub fn pop_within(&self, at: *mut u64) {
        self.top.set(at);
    }

    /// Gives back everything from `at` on: the frame pushed last.
    #[inline(always)]
    pub fn pop(&self, at: *mut u64) {
        self.top.set(at);
        if at == self.base.get() {
            self.pop_chunk();
        }
    }

    #[cold]
    fn pop_chunk(&self) {
        let mut chunks = self.chunks.borrow_mut();
        // The first chunk stays: a loop of calls at its edge must not allocate each time.
        if chunks.len() > 1
            && let Some(chunk) = chunks.pop()
        {
            self.base.set(chunk[0] as *mut u64);
            self.top.set(chunk[1] as *mut u64);
            self.limit.set(chunk[2] as *mut u64);
        }
    }
}

impl Default for Stack {
    fn default() -> Self {
        Self::new()
    }
}

/// The innermost frame of the thread.
#[inline]
pub fn current(vm: &Vm) -> Option<*mut Frame> {
    let frame = vm.frame.get();
    (!frame.is_null()).then_some(frame)
}

/// The globals of the innermost frame.
pub fn current_globals(vm: &Vm) -> Option<Ref<Dict>> {
    current(vm).map(Frame::globals)
}

/// The frame `depth` calls out; `None` if there are not so many.
pub fn nth(vm: &Vm, depth: usize) -> Option<*mut Frame> {
    let mut frame = current(vm)?;
    for _ in 0..depth {
        // SAFETY: frames below a live one are live.
        frame = unsafe { (*frame).previous };
        if frame.is_null() {
            return None;
        }
    }
    Some(frame)
}

/// The names visible in the innermost frame, as a mapping: what `locals()` gives.
pub fn current_locals(vm: &Vm) -> Result<Object> {
    match current(vm) {
        Some(frame) => object::locals_of(vm, frame),
        None => Err(crate::raise!(vm, SystemError, "frame does not exist")),
    }
}

/// Every value in the locals and on the stack of a frame that does not run, for the collector. Borrowed words are
/// skipped: the local that holds the count is visited.
///
/// # Safety
/// The frame is suspended and `sp` is true.
pub unsafe fn trace(frame: *mut Frame, visit: &mut Visitor) {
    unsafe {
        let mut at = Frame::locals(frame);
        while at < (*frame).sp {
            let word = *at;
            if word != 0 && word & 7 != heap_borrowed() {
                visit.object(&ManuallyDrop::new(Object::from_word(word)));
            }
            at = at.add(1);
        }
        for word in [(*frame).locals_map, (*frame).func] {
            if word != 0 {
                visit.object(&ManuallyDrop::new(Object::from_word(word)));
            }
        }
    }
}

/// The value of a local by index, its cell opened.
pub fn local_value(frame: *mut Frame, index: usize) -> Option<Object> {
    // SAFETY: F1; the index is below `nlocalsplus`.
    let value = unsafe { clone_word(*Frame::locals(frame).add(index)) }?;
    let kind = Frame::code(frame).localspluskinds[index];
    if kind & (bytecode::kind::CELL | bytecode::kind::FREE) != 0 {
        use crate::object::cast::Cast;
        if let Some(cell) = value.cast_exact::<cell::Cell>() {
            return cell.get();
        }
    }
    Some(value)
}
