//! Native modules beside the vm's own: one file or folder each, and one line in the list below.
#![forbid(unsafe_code)]

mod io;
mod math;
mod random;
mod sre;
mod string_;
mod struct_;
mod unicodedata;

use vm::context::BuiltinModule;

/// The modules of this crate.
pub fn all() -> Vec<BuiltinModule> {
    [&io::module::MODULE, &sre::module::MODULE, &math::module::MODULE, &random::module::MODULE, &string_::module::MODULE,
        &struct_::module::MODULE, &unicodedata::module::MODULE].into_iter().map(|def| BuiltinModule { def }).collect()
}
