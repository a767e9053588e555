//! Native modules beside the vm's own: one file or folder each, and one line in the list below.
#![forbid(unsafe_code)]

mod io;
mod sre;

use vm::context::BuiltinModule;

/// The modules of this crate.
pub fn all() -> Vec<BuiltinModule> {
    [&io::module::MODULE, &sre::module::MODULE].into_iter().map(|def| BuiltinModule { def }).collect()
}
