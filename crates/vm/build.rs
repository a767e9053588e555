//! Tells the crate whether the compiler turns a handler's last call into a jump (see `interp::dispatch`).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(sibling_calls)");
    let optimised = std::env::var("OPT_LEVEL").is_ok_and(|level| level != "0" && level != "1");
    // Five arguments in registers, and the C calling convention of Unix.
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64" || arch == "aarch64");
    let unix = std::env::var("CARGO_CFG_UNIX").is_ok();
    if optimised && arch && unix {
        println!("cargo::rustc-cfg=sibling_calls");
    }
}
