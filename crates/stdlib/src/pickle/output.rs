//! Where a pickle goes: a buffer, cut into frames (protocol 4), that is written out from time to time if there is a file.

use super::opcodes::{FRAME, FRAME_HEADER, FRAME_MIN, FRAME_TARGET};
use vm::prelude::*;
use vm::protocol::call;

/// The bytes so far.
pub struct Output {
    pub bytes: Vec<u8>,
    pub framing: bool,
    /// Where the header of the open frame lies.
    frame: Option<usize>,
    /// The file's `write`.
    write: Option<Object>,
}

impl Output {
    pub fn new(write: Option<Object>) -> Output {
        Output { bytes: Vec::new(), framing: false, frame: None, write }
    }

    #[inline]
    pub fn put(&mut self, vm: &Vm, bytes: &[u8]) -> Result<()> {
        self.make_room(vm, bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes an opcode with a length, and what it is the length of.
    #[inline]
    pub fn put_short(&mut self, vm: &Vm, header: [u8; 2], payload: &[u8]) -> Result<()> {
        self.make_room(vm, payload.len() + header.len())?;
        self.bytes.extend_from_slice(&header);
        self.bytes.extend_from_slice(payload);
        Ok(())
    }

    /// Makes room for bytes, and opens a frame for them.
    #[inline]
    fn make_room(&mut self, vm: &Vm, len: usize) -> Result<()> {
        if self.bytes.capacity() - self.bytes.len() < len + FRAME_HEADER {
            self.grow(vm, len)?;
        }
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.bytes.len());
            self.bytes.extend_from_slice(&[FRAME; FRAME_HEADER]);
        }
        Ok(())
    }

    #[cold]
    fn grow(&mut self, vm: &Vm, len: usize) -> Result<()> {
        let more = (len + FRAME_HEADER).max(256);
        vm.memory(self.bytes.try_reserve(more).map_err(|_| heap_full()))
    }

    /// Writes a header and a payload; a large payload stands outside the frames and goes to the file as it is.
    pub fn put_large(&mut self, vm: &Vm, header: &[u8], payload: &[u8], whole: Option<&Object>) -> Result<()> {
        if payload.len() < FRAME_TARGET {
            self.put(vm, header)?;
            return self.put(vm, payload);
        }
        self.close_frame();
        let framing = std::mem::replace(&mut self.framing, false);
        self.put(vm, header)?;
        match self.write.clone() {
            Some(write) => {
                self.flush(vm)?;
                let payload = match whole {
                    Some(whole) => whole.clone(),
                    None => Bytes::try_new(vm, payload)?.into_object(),
                };
                call::call(vm, &write, &[payload])?;
            }
            None => self.put(vm, payload)?,
        }
        self.framing = framing;
        Ok(())
    }

    /// Between two objects: ends the frame if it is long enough.
    #[inline]
    pub fn boundary(&mut self, vm: &Vm) -> Result<()> {
        match self.frame {
            Some(start) if self.bytes.len() - start >= FRAME_TARGET + FRAME_HEADER => {
                self.close_frame();
                self.flush(vm)
            }
            _ => Ok(()),
        }
    }

    /// Completes the header of the open frame, or takes it out where the frame is too short for one.
    pub fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let inside = start + FRAME_HEADER;
        let len = self.bytes.len() - inside;
        if len >= FRAME_MIN {
            self.bytes[start + 1..inside].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.bytes.drain(start..inside);
        }
    }

    /// Writes everything so far to the file, if there is one.
    pub fn flush(&mut self, vm: &Vm) -> Result<()> {
        let Some(write) = &self.write else { return Ok(()) };
        let bytes = Bytes::try_new(vm, &self.bytes)?;
        self.bytes.clear();
        call::call(vm, write, &[bytes.into_object()])?;
        Ok(())
    }
}

fn heap_full() -> vm::heap::OutOfMemory {
    vm::heap::OutOfMemory
}
