//! Native modules beside the vm's own: one file or folder each, declared plainly so that rustfmt finds it, and a line in the list.
#![forbid(unsafe_code)]
#![allow(non_snake_case, non_upper_case_globals, reason = "native functions have Python's names")]

use vm::context::BuiltinModule;

/// What the modules with hash functions share.
#[macro_use]
mod hashing;
/// What the decompressors share.
#[macro_use]
mod inflating;
/// What XML parsers and those who build trees share.
mod xml_receiver;

mod abc_;
mod array;
mod asyncio;
mod atexit;
mod binascii;
mod bisect;
mod blake2_;
mod bz2_;
mod cmath;
mod collections;
mod contextvars;
mod csv_;
mod datetime;
mod decimal;
mod elementtree;
mod errno;
mod expat;
mod faulthandler;
mod fcntl;
mod functools;
mod grp;
mod heapq;
mod hmac;
mod io;
mod itertools;
mod json;
mod locale;
mod lsprof;
mod lzma;
mod math;
mod md5_;
mod mmap;
mod multibytecodec;
mod multiprocessing;
mod opcode;
mod operator;
mod pickle;
mod posix;
mod posixshmem;
mod posixsubprocess;
mod pwd;
mod queue;
mod random;
mod remote_debugging;
mod resource;
mod select;
mod sha1_;
mod sha2_;
mod sha3_;
mod signal;
mod socket;
mod sre;
mod stat;
mod statistics;
mod string_;
mod struct_;
mod suggestions;
mod sysconfig;
mod sysconfigdata;
mod syslog;
mod termios;
mod thread;
mod time;
mod tracemalloc;
mod types_;
mod typing_;
mod unicodedata;
mod uuid;
mod weakref;
mod zlib_;

/// A module that is declared above and missing in the list below is dead code, which the compiler tells of.
macro_rules! modules {
    ($($file:ident),* $(,)?) => {
        /// The modules of this crate.
        pub fn all() -> Vec<BuiltinModule> {
            let mut all = vec![$(BuiltinModule { def: &$file::module::MODULE }),*];
            all.extend(multibytecodec::codec_modules());
            all
        }
    };
}
modules! {
    abc_,
    array,
    asyncio,
    atexit,
    binascii,
    bisect,
    blake2_,
    bz2_,
    cmath,
    collections,
    contextvars,
    csv_,
    datetime,
    decimal,
    elementtree,
    errno,
    expat,
    faulthandler,
    fcntl,
    functools,
    grp,
    heapq,
    hmac,
    io,
    itertools,
    json,
    locale,
    lzma,
    lsprof,
    math,
    md5_,
    mmap,
    multibytecodec,
    multiprocessing,
    opcode,
    operator,
    pickle,
    posix,
    posixshmem,
    posixsubprocess,
    pwd,
    queue,
    random,
    remote_debugging,
    resource,
    select,
    sha1_,
    sha2_,
    sha3_,
    signal,
    socket,
    sre,
    stat,
    statistics,
    suggestions,
    string_,
    struct_,
    sysconfig,
    sysconfigdata,
    syslog,
    termios,
    thread,
    time,
    tracemalloc,
    types_,
    typing_,
    unicodedata,
    uuid,
    weakref,
    zlib_,
}
