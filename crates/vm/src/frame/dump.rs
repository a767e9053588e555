//! Tracebacks written from anywhere: from a signal's handler, or from a thread that does not hold the GIL.
//!
//! # Invariants
//! * **D1** Nothing here allocates, takes a lock, counts a reference or runs Python code.
//! * **D2** States of threads are never freed (`gil::spawn` leaks them), so the list of them may be walked at any time.
//!   Frames of another thread may change meanwhile: their words are read through the kernel, which refuses what is no
//!   memory, and a code object is believed only if its head says that it is one.
//! * **D3** `Frame::ip` is what was last written back (F3): the line is that of the last call or look, not of the last
//!   instruction.

use super::Frame;
use super::code::Code;
use crate::builtins::str::{Str, hash_bytes};
use crate::context::{Interp, Vm};
use crate::object::PyType;
use crate::object::cast::Cast;
use bytecode::Op;
use heap::recorder::Place;
use heap::{Look, Object};
use host::fault::Native;
use std::mem::{ManuallyDrop, offset_of};
use std::sync::atomic::{AtomicPtr, Ordering};

/// Frames and threads that are shown at most, and characters of a name.
const FRAMES: usize = 100;
const THREADS: usize = 100;
const CHARACTERS: usize = 500;
/// Frames of the native stack that are shown at most.
const NATIVE: usize = 32;

/// Text for a descriptor, in pieces.
pub struct Out {
    fd: i32,
    buffer: [u8; 256],
    used: usize,
}

impl Out {
    pub fn new(fd: i32) -> Out {
        Out { fd, buffer: [0; 256], used: 0 }
    }

    pub fn flush(&mut self) {
        host::fault::write_all(self.fd, &self.buffer[..self.used]);
        self.used = 0;
    }

    pub fn byte(&mut self, byte: u8) {
        if self.used == self.buffer.len() {
            self.flush();
        }
        self.buffer[self.used] = byte;
        self.used += 1;
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// In base ten.
    pub fn decimal(&mut self, value: usize) {
        let (mut digits, mut left, mut at) = ([0; 20], value, 20);
        loop {
            at -= 1;
            digits[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        self.bytes(&digits[at..]);
    }

    /// In base sixteen, with `width` digits at least.
    pub fn hex(&mut self, value: usize, width: u32) {
        let needed = (usize::BITS - value.leading_zeros()).div_ceil(4);
        for digit in (0..needed.max(width).max(1)).rev() {
            self.byte(b"0123456789abcdef"[value >> (4 * digit) & 15]);
        }
    }

    /// ASCII as it is, the rest as Python escapes it; long texts are cut.
    fn escaped(&mut self, text: &Str) {
        for (i, code) in text.code_points().enumerate() {
            if i == CHARACTERS {
                return self.text("...");
            }
            match code {
                0x20..0x7f => self.byte(code as u8),
                ..0x20 | 0x7f..0x100 => {
                    self.text("\\x");
                    self.hex(code as usize, 2);
                }
                0x100..0x1_0000 => {
                    self.text("\\u");
                    self.hex(code as usize, 4);
                }
                _ => {
                    self.text("\\U");
                    self.hex(code as usize, 8);
                }
            }
        }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The states of all threads there ever were, the newest first.
pub struct AllThreads(AtomicPtr<Vm>);

impl Default for AllThreads {
    fn default() -> Self {
        AllThreads(AtomicPtr::new(std::ptr::null_mut()))
    }
}

impl AllThreads {
    /// Adds a new state. Called with the GIL held.
    pub fn add(&self, vm: &'static Vm) {
        vm.older.store(self.0.load(Ordering::Relaxed), Ordering::Relaxed);
        self.0.store(std::ptr::from_ref(vm).cast_mut(), Ordering::Release);
    }

    fn first(&self) -> Option<&'static Vm> {
        next(&self.0)
    }
}

fn next(link: &AtomicPtr<Vm>) -> Option<&'static Vm> {
    let vm = link.load(Ordering::Acquire);
    // SAFETY: D2.
    (!vm.is_null()).then(|| unsafe { &*vm })
}

/// The thread's number among the starts of threads, if it runs.
fn number(vm: &Vm) -> Option<u64> {
    Some(vm.start_number.load(Ordering::Acquire)).filter(|number| *number != 0)
}

/// The interpreter whose threads are shown to handlers in threads that run no Python.
static SHOWN: AtomicPtr<Interp> = AtomicPtr::new(std::ptr::null_mut());

/// Makes this interpreter the one that [`threads`] shows.
pub fn show(interp: &'static Interp) {
    SHOWN.store(std::ptr::from_ref(interp).cast_mut(), Ordering::Release);
}

fn shown() -> Option<&'static Interp> {
    let interp = SHOWN.load(Ordering::Acquire);
    // SAFETY: `show` takes 'static references.
    (!interp.is_null()).then(|| unsafe { &*interp })
}

/// The word at an address, if it is of memory.
fn word_at(address: usize) -> Option<u64> {
    // SAFETY: D2: addresses are those of states and frames.
    unsafe { host::fault::peek_word(address) }
}

/// The code object at an address, if there is one.
fn code_at(address: u64) -> Option<&'static Code> {
    let kind = word_at(address as usize + std::mem::size_of::<u64>())?;
    // SAFETY: D2.
    (kind == Code::kind() as u64).then(|| unsafe { &*(address as *const Code) })
}

/// The line of the instruction before `ip`, or of the whole before the first.
fn line(code: &Code, ip: usize) -> i32 {
    let unit = ip.wrapping_sub(code.units_ptr() as usize) / 2;
    if unit == 0 || unit > code.unit_count() {
        return code.firstlineno;
    }
    bytecode::locations::line(&code.linetable, code.firstlineno, unit - 1)
}

/// Writes the stack of one thread, the innermost frame first.
pub fn stack(out: &mut Out, vm: &Vm) {
    let mut frame = word_at(vm.frame.as_ptr() as usize).unwrap_or(0) as usize;
    if frame == 0 {
        return out.text("  <no Python frame>\n");
    }
    let mut shown = 0;
    while frame != 0 {
        let word = |offset: usize| word_at(frame + offset);
        let (Some(code), Some(ip)) = (word(offset_of!(Frame, code)), word(offset_of!(Frame, ip))) else { break };
        let Some(code) = code_at(code) else { break };
        if shown == FRAMES {
            return out.text("  ...\n");
        }
        out.text("  File ");
        // SAFETY: looked at only while this writes.
        match unsafe { code.filename.peek() } {
            Some(file) => {
                out.byte(b'"');
                out.escaped(file);
                out.byte(b'"');
            }
            None => out.text("???"),
        }
        out.text(", line ");
        match usize::try_from(line(code, ip as usize)) {
            Ok(line) => out.decimal(line),
            Err(_) => out.text("???"),
        }
        out.text(" in ");
        out.escaped(&code.name);
        out.byte(b'\n');
        shown += 1;
        frame = word(offset_of!(Frame, previous)).unwrap_or(0) as usize;
    }
}

fn header(out: &mut Out, vm: &Vm, current: bool) {
    let thread = word_at(vm.thread_id.as_ptr() as usize).unwrap_or(0);
    out.text(if current { "Current thread 0x" } else { "Thread 0x" });
    out.hex(thread as usize, 16);
    let mut name = [0; 16];
    let length = host::fault::thread_name(thread, &mut name);
    if length > 0 {
        out.text(" [");
        for byte in &name[..length] {
            out.byte(if (0x20..0x7f).contains(byte) { *byte } else { b'?' });
        }
        out.byte(b']');
    }
    out.text(" (most recent call first):\n");
}

/// Writes the stacks of all threads, those that started last first; `current` is the calling thread.
pub fn threads(out: &mut Out, current: Option<&Vm>) {
    let Some(interp) = current.map(Vm::interp).or_else(shown) else { return };
    let mut below = u64::MAX;
    let mut count = 0;
    loop {
        // The list is in the order of allocation; states are used again.
        let mut newest: Option<(u64, &Vm)> = None;
        let mut at = interp.all_threads.first();
        while let Some(vm) = at {
            if let Some(number) = number(vm)
                && number < below
                && newest.is_none_or(|(known, _)| known < number)
            {
                newest = Some((number, vm));
            }
            at = next(&vm.older);
        }
        let Some((number, vm)) = newest else { return };
        if count == THREADS {
            return out.text("...\n");
        }
        if count > 0 {
            out.byte(b'\n');
        }
        let is_current = current.is_some_and(|current| std::ptr::eq(current, vm));
        header(out, vm, is_current);
        if is_current && interp.heap.is_collecting() {
            out.text("  Garbage-collecting\n");
        }
        stack(out, vm);
        (below, count) = (number, count + 1);
    }
}

/// Writes the stack of the calling thread, or of all threads.
pub fn write(out: &mut Out, all_threads: bool) {
    let current = Vm::try_current();
    match current {
        _ if all_threads => threads(out, current),
        Some(vm) => {
            out.text("Stack (most recent call first):\n");
            if vm.interp().heap.is_collecting() {
                out.text("  Garbage-collecting\n");
            }
            stack(out, vm);
        }
        None => {}
    }
}

/// Calls `each` with the places where the calling thread's frames are, the innermost first, `most` at most; gives how
/// many frames there are, as far as 65,535.
pub fn places(most: usize, each: &mut dyn FnMut(Place)) -> usize {
    let mut frame = Vm::try_current().map_or(std::ptr::null_mut(), |vm| vm.frame.get());
    if !frame.is_null() && !has_begun(frame) {
        // SAFETY: frames below a live one are live.
        frame = unsafe { (*frame).previous };
    }
    let mut total = 0;
    while !frame.is_null() && total < usize::from(u16::MAX) {
        if total < most {
            // SAFETY: frames below a live one are live; the borrow ends here. Names of files are interned: they stay.
            let file = unsafe { Frame::code(frame).filename.peek() }.map_or(0, |file| file.as_object().word());
            each(Place { file, line: Frame::line(frame).max(0) as u32 });
        }
        total += 1;
        // SAFETY: as above.
        frame = unsafe { (*frame).previous };
    }
    total
}

/// Whether the call got as far as its RESUME: what makes its cells still belongs to the caller.
fn has_begun(frame: *mut Frame) -> bool {
    let code = Frame::code(frame);
    // SAFETY: the code is alive, and the verifier has seen that it does not end in its prefix.
    let op = |unit: &usize| unsafe { *code.units_ptr().add(*unit) } as u8;
    let prefix = [Op::MAKE_CELL as u8, Op::COPY_FREE_VARS as u8, Op::RETURN_GENERATOR as u8];
    let resume = (0..code.unit_count()).take_while(|unit| prefix.contains(&op(unit))).count();
    // SAFETY: the frame is this thread's own and live.
    let next = unsafe { (*frame).ip.offset_from(code.units_ptr()) };
    next > resume as isize
}

/// The name of the file that [`places`] told of.
pub fn file_of(place: Place) -> Option<Object> {
    // SAFETY: an interned string, which is never freed.
    (place.file != 0).then(|| unsafe { Object::clone(&ManuallyDrop::new(Object::from_word(place.file))) })
}

/// Writes the native stack of the calling thread.
pub fn native(out: &mut Out) {
    out.text("Current thread's C stack trace (most recent call first):\n");
    let all = host::fault::native_stack(NATIVE, |Native { address, file, symbol }| {
        out.text("  Binary file \"");
        out.bytes(if file.is_empty() { b"<unknown>" } else { file });
        out.byte(b'"');
        if let Some((name, distance)) = symbol {
            out.text(", at ");
            out.bytes(name);
            out.byte(if distance < 0 { b'-' } else { b'+' });
            out.text("0x");
            out.hex(distance.unsigned_abs(), 1);
        }
        out.text(" [0x");
        out.hex(address, 1);
        out.text("]\n");
    });
    if !all {
        out.text("  <truncated rest of calls>\n");
    }
}

/// Writes which native modules are loaded that are not of the library; nothing where there are none.
pub fn native_modules(out: &mut Out) {
    let Some(interp) = shown() else { return };
    let (Some(modules), Ok(known)) = (interp.modules.get(), interp.builtin_modules.try_borrow()) else { return };
    let library = interp.sys.get().and_then(|sys| {
        const NAME: &str = "stdlib_module_names";
        let is_it = |key: &Object| Ok::<_, ()>(key.cast::<Str>().is_some_and(|k| k.as_ascii() == Some(NAME)));
        let at = sys.table.find(hash_bytes(NAME.as_bytes()), is_it).ok().flatten()?;
        sys.table.value(at)
    });
    let library = library.as_ref().and_then(crate::builtins::set::ops::table_of);
    let (mut count, mut at) = (0, modules.table.next(0));
    while let Some(index) = at {
        if let Some(key) = modules.table.key(index)
            && let Some(name) = key.cast::<Str>()
            && known.iter().any(|module| name.as_ascii() == Some(module.def.name))
            && !library.is_some_and(|set| {
                matches!(set.look(name.hash_value(), key.word(), Some(name), Str::kind()), Look::At(_))
            })
        {
            out.text(if count == 0 { "\nExtension modules: " } else { ", " });
            out.escaped(name);
            count += 1;
        }
        at = modules.table.next(index + 1);
    }
    if count > 0 {
        out.text(" (total: ");
        out.decimal(count);
        out.text(")\n");
    }
}
