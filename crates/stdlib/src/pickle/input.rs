//! Where a pickle comes from: bytes at hand, or a file that is read as the opcodes ask for it.

use super::unpickling_error;
use vm::builtins::bytearray::ByteArray;
use vm::builtins::bytes::common;
use vm::builtins::memoryview::MemoryView;
use vm::exception::types;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::{call, number};

/// How much is peeked at in advance.
const PREFETCH: usize = 128 * 1024;
/// Longer payloads are read from files in parts, so that a false length costs no memory.
const PART: usize = 1 << 20;

/// The methods of a file.
struct File {
    read: Object,
    readline: Object,
    readinto: Option<Object>,
    peek: Option<Object>,
}

enum Data {
    Owned(Vec<u8>),
    Shared(Ref<Bytes>),
}

/// Bytes to be read.
pub struct Input {
    data: Data,
    at: usize,
    /// What lies behind this was peeked at: the file still has it.
    fetched: usize,
    /// Where the frame ends, or the bytes do.
    stop: usize,
    in_frame: bool,
    file: Option<File>,
}

impl Default for Input {
    fn default() -> Input {
        Input { data: Data::Owned(Vec::new()), at: 0, fetched: 0, stop: 0, in_frame: false, file: None }
    }
}

impl Trace for Input {
    fn trace(&self, visit: &mut Visitor) {
        if let Data::Shared(bytes) = &self.data {
            visit.object(bytes.as_object());
        }
        if let Some(file) = &self.file {
            visit.object(&file.read);
            visit.object(&file.readline);
            file.readinto.trace(visit);
            file.peek.trace(visit);
        }
    }
}

impl Input {
    /// The bytes of an object.
    pub fn of_object(vm: &Vm, object: &Object) -> Result<Input> {
        let mut input = Input::default();
        input.set(vm, object)?;
        Ok(input)
    }

    /// What a file gives.
    pub fn of_file(vm: &Vm, file: &Object) -> Result<Input> {
        let get = |name: &str| attr::getattr_opt(vm, file, &vm.intern(name));
        let (peek, readinto) = (get("peek")?, get("readinto")?);
        match (get("read")?, get("readline")?) {
            (Some(read), Some(readline)) => {
                let none = |object: &Object| object.is(&none());
                let (peek, readinto) = (peek.filter(|o| !none(o)), readinto.filter(|o| !none(o)));
                Ok(Input { file: Some(File { read, readline, readinto, peek }), ..Input::default() })
            }
            _ => Err(raise!(vm, TypeError, "file must have 'read' and 'readline' attributes")),
        }
    }

    fn set(&mut self, vm: &Vm, object: &Object) -> Result<()> {
        self.data = match object.cast::<Bytes>() {
            Some(bytes) => Data::Shared(bytes.clone()),
            None => Data::Owned(common::like(vm, object)?.into_owned()),
        };
        self.at = 0;
        self.in_frame = false;
        self.stop = self.bytes().len();
        self.fetched = self.stop;
        Ok(())
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match &self.data {
            Data::Owned(bytes) => bytes,
            Data::Shared(bytes) => bytes.as_bytes(),
        }
    }

    #[inline]
    fn left(&self) -> usize {
        self.stop - self.at
    }

    /// At the end of a frame what lies behind it comes into reach; an opcode may not reach over it.
    #[cold]
    fn leave_frame(&mut self, vm: &Vm) -> Result<()> {
        if self.in_frame {
            if self.at < self.stop {
                return Err(unpickling_error(vm, "pickle exhausted before end of frame"));
            }
            self.in_frame = false;
            self.stop = self.bytes().len();
        }
        Ok(())
    }

    /// The next opcode; EOFError if there is none.
    #[inline]
    pub fn opcode(&mut self, vm: &Vm) -> Result<u8> {
        if self.at < self.stop {
            self.at += 1;
            return Ok(self.bytes()[self.at - 1]);
        }
        self.next_opcode(vm)
    }

    #[cold]
    fn next_opcode(&mut self, vm: &Vm) -> Result<u8> {
        self.leave_frame(vm)?;
        if self.left() == 0 && (self.file.is_none() || self.fill(vm, Some(1))? == 0) {
            return Err(raise!(vm, EOFError, "Ran out of input"));
        }
        self.at += 1;
        Ok(self.bytes()[self.at - 1])
    }

    /// The next `n` bytes.
    #[inline]
    pub fn take(&mut self, vm: &Vm, n: usize) -> Result<&[u8]> {
        if self.left() < n {
            self.fetch(vm, n)?;
        }
        self.at += n;
        Ok(&self.bytes()[self.at - n..self.at])
    }

    #[cold]
    fn fetch(&mut self, vm: &Vm, n: usize) -> Result<()> {
        self.leave_frame(vm)?;
        if self.left() < n && (self.file.is_none() || self.fill(vm, Some(n))? < n) {
            return Err(truncated(vm));
        }
        Ok(())
    }

    /// As many bytes as the array has room for.
    pub fn array<const N: usize>(&mut self, vm: &Vm) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(vm, N)?);
        Ok(array)
    }

    /// A frame starts here: it is at hand as a whole.
    pub fn frame(&mut self, vm: &Vm, len: usize) -> Result<()> {
        if self.in_frame && self.at < self.stop {
            return Err(unpickling_error(vm, "beginning of a new frame before end of current frame"));
        }
        self.take(vm, len)?;
        self.at -= len;
        self.stop = self.at + len;
        self.in_frame = true;
        Ok(())
    }

    /// The next line with its end.
    pub fn line(&mut self, vm: &Vm) -> Result<&[u8]> {
        if self.at == self.stop {
            self.leave_frame(vm)?;
        }
        let start = self.at;
        if let Some(end) = self.bytes()[start..self.stop].iter().position(|&b| b == b'\n') {
            self.at = start + end + 1;
            return Ok(&self.bytes()[start..self.at]);
        }
        self.leave_frame(vm)?;
        if self.file.is_none() {
            return Err(truncated(vm));
        }
        self.fill(vm, None)?;
        if self.bytes().last() != Some(&b'\n') {
            return Err(truncated(vm));
        }
        self.at = self.stop;
        Ok(self.bytes())
    }

    /// Reads from the file: at least `n` bytes, or a line. Gives how many bytes are at hand.
    #[cold]
    fn fill(&mut self, vm: &Vm, n: Option<usize>) -> Result<usize> {
        self.skip_consumed(vm)?;
        let Some(file) = &mut self.file else { return Ok(0) };
        let data = match n {
            None => {
                let readline = file.readline.clone();
                call::call(vm, &readline, &[])?
            }
            Some(n) => {
                if let Some(peek) = file.peek.clone().filter(|_| n < PREFETCH) {
                    match call::call(vm, &peek, &[Object::int32(PREFETCH as i32)]) {
                        Ok(data) => {
                            self.set(vm, &data)?;
                            self.fetched = 0;
                            if n <= self.bytes().len() {
                                return Ok(self.bytes().len());
                            }
                        }
                        Err(_) if vm.raised_is(&types::NotImplementedError) => {
                            vm.clear_raised();
                            file.peek = None;
                        }
                        Err(raised) => return Err(raised),
                    }
                }
                let Some(file) = &self.file else { return Ok(0) };
                let read = file.read.clone();
                call::call(vm, &read, &[Int::from_i128(n as i128)])?
            }
        };
        self.set(vm, &data)?;
        Ok(self.bytes().len())
    }

    /// Tells the file what was taken of the bytes that were only peeked at.
    pub fn skip_consumed(&mut self, vm: &Vm) -> Result<()> {
        let consumed = self.at.saturating_sub(self.fetched);
        let Some(file) = self.file.as_ref().filter(|_| consumed > 0) else { return Ok(()) };
        let read = file.read.clone();
        call::call(vm, &read, &[Int::from_i64(consumed as i64)])?;
        self.fetched = self.at;
        Ok(())
    }

    /// The next `n` bytes as a vector; long ones are not read in advance.
    pub fn take_vec(&mut self, vm: &Vm, n: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        if self.left() < n {
            self.leave_frame(vm)?;
        }
        let at_hand = self.left().min(n);
        if at_hand < n && self.file.is_none() {
            return Err(truncated(vm));
        }
        let reserved = out.try_reserve_exact(if self.file.is_some() { n.min(at_hand.max(PART)) } else { n });
        vm.memory(reserved.map_err(|_| vm::heap::OutOfMemory))?;
        out.extend_from_slice(self.take(vm, at_hand)?);
        if out.len() == n {
            return Ok(out);
        }
        self.skip_consumed(vm)?;
        while out.len() < n {
            let part = (n - out.len()).min(PART.max(out.len()));
            vm.memory(out.try_reserve(part).map_err(|_| vm::heap::OutOfMemory))?;
            self.read_part(vm, part, &mut out)?;
        }
        Ok(out)
    }

    /// Reads exactly `n` bytes past what is at hand.
    fn read_part(&mut self, vm: &Vm, n: usize, out: &mut Vec<u8>) -> Result<()> {
        let Some(file) = &self.file else { return Err(truncated(vm)) };
        let Some(readinto) = file.readinto.clone() else {
            let read = file.read.clone();
            let data = call::call(vm, &read, &[Int::from_i64(n as i64)])?;
            let Some(bytes) = data.cast::<Bytes>() else {
                use vm::protocol::object::ErrorText;
                bail!(vm, ValueError, "read() returned non-bytes object ({})", data.repr_for_error(vm));
            };
            if bytes.as_bytes().len() < n {
                return Err(truncated(vm));
            }
            out.extend_from_slice(&bytes.as_bytes()[..n]);
            return Ok(());
        };
        let mut zeros = Vec::new();
        vm.memory(zeros.try_reserve_exact(n).map_err(|_| vm::heap::OutOfMemory))?;
        zeros.resize(n, 0);
        let array = ByteArray::from_vec(zeros);
        let view = MemoryView::of(vm, array.as_object())?;
        let count = call::call(vm, &readinto, &[view])?;
        match number::as_ssize(vm, &count, Some(&types::OverflowError))? {
            count if count < 0 => bail!(vm, ValueError, "readinto() returned negative size"),
            count if (count as usize) < n => Err(truncated(vm)),
            _ => {
                out.extend_from_slice(&array.view()[..n]);
                Ok(())
            }
        }
    }
}

#[cold]
pub fn truncated(vm: &Vm) -> Raised {
    unpickling_error(vm, "pickle data was truncated")
}
