//! Native modules beside the vm's own: one file or folder each, and one line in the list below.
#![forbid(unsafe_code)]
#![allow(non_snake_case, non_upper_case_globals, reason = "native functions have Python's names")]

use vm::context::BuiltinModule;

macro_rules! modules {
    ($($file:ident,)*) => {
        $(mod $file;)*

        /// The modules of this crate.
        pub fn all() -> Vec<BuiltinModule> {
            vec![$(BuiltinModule { def: &$file::module::MODULE }),*]
        }
    };
}
modules! {
    abc_,
    array,
    atexit,
    binascii,
    bisect,
    cmath,
    collections,
    contextvars,
    errno,
    faulthandler,
    fcntl,
    functools,
    grp,
    heapq,
    io,
    itertools,
    json,
    math,
    mmap,
    opcode,
    operator,
    posix,
    posixsubprocess,
    pwd,
    queue,
    random,
    resource,
    select,
    signal,
    socket,
    sre,
    stat,
    statistics,
    string_,
    struct_,
    termios,
    thread,
    time,
    tracemalloc,
    types_,
    typing_,
    unicodedata,
    weakref,
}
