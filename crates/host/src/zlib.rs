//! zlib's streams behind a safe API. The library is Rust; its interface is C's.
//!
//! # Invariants
//! A [`Stream`]'s box does not move and was initialised for the direction that it says; its buffers are those of one call.

use libz_rs_sys as z;
use std::ffi::{CStr, c_int};

/// Codes that the calls return.
pub const OK: i32 = 0;
pub const STREAM_END: i32 = 1;
pub const NEED_DICT: i32 = 2;
pub const STREAM_ERROR: i32 = -2;
pub const DATA_ERROR: i32 = -3;
pub const MEM_ERROR: i32 = -4;
pub const BUF_ERROR: i32 = -5;
pub const VERSION_ERROR: i32 = -6;

/// A stream of compression or decompression.
pub struct Stream {
    raw: Box<z::z_stream>,
    deflates: bool,
}

/// What one step did.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// zlib's code.
    pub code: i32,
    /// Bytes of input taken.
    pub taken: usize,
    /// Bytes of output made.
    pub made: usize,
}

fn size() -> c_int {
    size_of::<z::z_stream>() as c_int
}

impl Stream {
    /// A compressor. Errors: zlib's code.
    pub fn deflate(level: i32, method: i32, window_bits: i32, mem_level: i32, strategy: i32) -> Result<Stream, i32> {
        let mut raw = Box::new(z::z_stream::default());
        // SAFETY: a fresh stream; version and size are the library's own.
        let code = unsafe {
            z::deflateInit2_(&mut *raw, level, method, window_bits, mem_level, strategy, z::zlibVersion(), size())
        };
        if code == OK { Ok(Stream { raw, deflates: true }) } else { Err(code) }
    }

    /// A decompressor. Errors: zlib's code.
    pub fn inflate(window_bits: i32) -> Result<Stream, i32> {
        // The library would print a complaint about these.
        if !matches!(window_bits, -15..=-8 | 0 | 8..=16 | 24..=32 | 40..=47) {
            return Err(STREAM_ERROR);
        }
        let mut raw = Box::new(z::z_stream::default());
        // SAFETY: as above.
        let code = unsafe { z::inflateInit2_(&mut *raw, window_bits, z::zlibVersion(), size()) };
        if code == OK { Ok(Stream { raw, deflates: false }) } else { Err(code) }
    }

    /// Sets the dictionary; gives zlib's code.
    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> i32 {
        let len = dictionary.len().min(u32::MAX as usize) as u32;
        // SAFETY: the slice outlives the call, which keeps a copy.
        unsafe {
            if self.deflates {
                z::deflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), len)
            } else {
                z::inflateSetDictionary(&mut *self.raw, dictionary.as_ptr(), len)
            }
        }
    }

    /// Takes input and makes output.
    pub fn step(&mut self, input: &[u8], output: &mut [u8], flush: i32) -> Step {
        let most_in = input.len().min(u32::MAX as usize);
        let most_out = output.len().min(u32::MAX as usize);
        self.raw.next_in = input.as_ptr().cast_mut();
        self.raw.avail_in = most_in as u32;
        self.raw.next_out = output.as_mut_ptr();
        self.raw.avail_out = most_out as u32;
        // SAFETY: the buffers are those of the slices, which outlive the call.
        let code = unsafe {
            if self.deflates { z::deflate(&mut *self.raw, flush) } else { z::inflate(&mut *self.raw, flush) }
        };
        let step =
            Step { code, taken: most_in - self.raw.avail_in as usize, made: most_out - self.raw.avail_out as usize };
        self.raw.next_in = std::ptr::null_mut();
        self.raw.next_out = std::ptr::null_mut();
        (self.raw.avail_in, self.raw.avail_out) = (0, 0);
        step
    }

    /// A stream in the same state. Errors: zlib's code.
    pub fn copy(&mut self) -> Result<Stream, i32> {
        let mut raw = Box::new(z::z_stream::default());
        // SAFETY: both are streams of the same direction; the target is fresh.
        let code = unsafe {
            if self.deflates {
                z::deflateCopy(&mut *raw, &mut *self.raw)
            } else {
                z::inflateCopy(&mut *raw, &*self.raw)
            }
        };
        if code == OK { Ok(Stream { raw, deflates: self.deflates }) } else { Err(code) }
    }

    /// What the library says of the last error.
    pub fn message(&self) -> Option<String> {
        // SAFETY: a message is a static string.
        (!self.raw.msg.is_null()).then(|| unsafe { CStr::from_ptr(self.raw.msg) }.to_string_lossy().into_owned())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: initialised; ended once.
        unsafe {
            if self.deflates {
                z::deflateEnd(&mut *self.raw);
            } else {
                z::inflateEnd(&mut *self.raw);
            }
        }
    }
}

/// CRC-32 of data that follows what `start` is the sum of.
pub fn crc32(start: u32, data: &[u8]) -> u32 {
    data.chunks(1 << 30).fold(start, |sum, part| {
        // SAFETY: the slice's pointer and length.
        unsafe { z::crc32(sum.into(), part.as_ptr(), part.len() as u32) as u32 }
    })
}

/// Adler-32, likewise.
pub fn adler32(start: u32, data: &[u8]) -> u32 {
    data.chunks(1 << 30).fold(start, |sum, part| {
        // SAFETY: the slice's pointer and length.
        unsafe { z::adler32(sum.into(), part.as_ptr(), part.len() as u32) as u32 }
    })
}
