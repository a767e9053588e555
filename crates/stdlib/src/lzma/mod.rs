//! `_lzma`: the formats `.xz` and `.lzma`.

mod compress;
mod decompress;
mod filters;

use std::io;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::call;

const AUTO: i32 = 0;
const XZ: i32 = 1;
const ALONE: i32 = 2;
const RAW: i32 = 3;

#[cold]
fn lzma_error(vm: &Vm, message: &str) -> Raised {
    let make = || {
        let class = attr::getattr(vm, &vm.import("_lzma")?, &vm.intern("LZMAError"))?;
        call::call(vm, &class, &[Str::new(message).into_object()])
    };
    match make() {
        Ok(error) => vm.raise(error),
        Err(raised) => raised,
    }
}

/// The library's error in the words of `lzma`.
fn message(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::OutOfMemory => "Memory usage limit exceeded",
        io::ErrorKind::Unsupported => "Invalid or unsupported options",
        _ => "Corrupt input data",
    }
    .to_owned()
}

fn io_error(vm: &Vm, error: &io::Error) -> Raised {
    match error.kind() {
        io::ErrorKind::OutOfMemory => vm.out_of_memory(),
        io::ErrorKind::InvalidInput => lzma_error(vm, "Invalid or unsupported options"),
        _ => lzma_error(vm, &message(error)),
    }
}

#[pymodule("_lzma", types(compress::LzmaCompressor, decompress::LzmaDecompressor))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[constant]
    const FORMAT_AUTO: i32 = AUTO;
    #[constant]
    const FORMAT_XZ: i32 = XZ;
    #[constant]
    const FORMAT_ALONE: i32 = ALONE;
    #[constant]
    const FORMAT_RAW: i32 = RAW;
    #[constant]
    const CHECK_NONE: i32 = 0;
    #[constant]
    const CHECK_CRC32: i32 = 1;
    #[constant]
    const CHECK_CRC64: i32 = 4;
    #[constant]
    const CHECK_SHA256: i32 = 10;
    #[constant]
    const CHECK_ID_MAX: i32 = 15;
    #[constant]
    const CHECK_UNKNOWN: i32 = 16;
    #[constant]
    const FILTER_LZMA1: i64 = filters::LZMA1 as i64;
    #[constant]
    const FILTER_LZMA2: i64 = filters::LZMA2 as i64;
    #[constant]
    const FILTER_DELTA: i64 = filters::DELTA as i64;
    #[constant]
    const FILTER_X86: i32 = 4;
    #[constant]
    const FILTER_POWERPC: i32 = 5;
    #[constant]
    const FILTER_IA64: i32 = 6;
    #[constant]
    const FILTER_ARM: i32 = 7;
    #[constant]
    const FILTER_ARMTHUMB: i32 = 8;
    #[constant]
    const FILTER_SPARC: i32 = 9;
    #[constant]
    const MF_HC3: i32 = 3;
    #[constant]
    const MF_HC4: i32 = 4;
    #[constant]
    const MF_BT2: i32 = 18;
    #[constant]
    const MF_BT3: i32 = 19;
    #[constant]
    const MF_BT4: i32 = 20;
    #[constant]
    const MODE_FAST: i32 = 1;
    #[constant]
    const MODE_NORMAL: i32 = 2;
    #[constant]
    const PRESET_DEFAULT: i32 = 6;
    #[constant]
    const PRESET_EXTREME: i64 = 1 << 31;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let error = vm::exception::new_class(vm, "_lzma", "LZMAError", vm::exception::types::Exception.get())?;
        let doc = Str::new("Call to liblzma failed.").into_object();
        attr::setattr(vm, &error, &vm.intern("__doc__"), Some(&doc))?;
        module.dict().set_str(vm, "LZMAError", error)
    }

    /// Test whether the given integrity check is supported.
    ///
    /// Always returns True for CHECK_NONE and CHECK_CRC32.
    #[py("is_check_supported(check_id, /)")]
    fn is_check_supported(check_id: i32) -> bool {
        matches!(check_id, 0 | 1 | 4 | 10)
    }

    /// Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict).
    ///
    /// The result does not include the filter ID itself, only the options.
    #[py("_encode_filter_properties(filter, /)")]
    fn _encode_filter_properties(vm: &Vm, filter: &Object) -> Result<Ref<Bytes>> {
        let filter = filters::filter(vm, filter)?;
        if let filters::Filter::Lzma1(options) | filters::Filter::Lzma2(options) = &filter {
            filters::check(vm, options)?;
        }
        if matches!(filter, filters::Filter::Delta(distance) if !(1..=256).contains(&distance)) {
            return Err(lzma_error(vm, "Internal error"));
        }
        Bytes::try_new(vm, &filters::encode(&filter))
    }

    /// Return a dict describing a filter with ID *filter_id*, and options (properties) as encoded.
    #[py("_decode_filter_properties(filter_id, encoded_props, /)")]
    fn _decode_filter_properties(vm: &Vm, filter_id: u64, encoded_props: &Object) -> Result<Object> {
        let bytes = vm::object::buffer::bytes_of(vm, encoded_props)?;
        filters::decode(vm, filter_id, &bytes)
    }
}
