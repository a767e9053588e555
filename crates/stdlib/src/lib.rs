//! Native modules beside the vm's own: one file or folder each, and one line in the list below.
#![forbid(unsafe_code)]
#![allow(non_snake_case, non_upper_case_globals, reason = "native functions have Python's names")]

use vm::context::BuiltinModule;

/// What the modules with hash functions share.
#[macro_use]
mod hashing;
/// What the decompressors share.
mod inflating;

macro_rules! modules {
    ($($file:ident,)*) => {
        $(mod $file;)*
        mod multibytecodec;

        /// The modules of this crate.
        pub fn all() -> Vec<BuiltinModule> {
            let mut all = vec![$(BuiltinModule { def: &$file::module::MODULE }),*];
            all.push(BuiltinModule { def: &multibytecodec::module::MODULE });
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
    math,
    md5_,
    mmap,
    opcode,
    operator,
    pickle,
    posix,
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
