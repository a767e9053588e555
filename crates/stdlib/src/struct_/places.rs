//! Where a structure lies in a buffer, in the words of what does not fit.

use super::{Layout, failed};
use vm::prelude::*;

/// The place of a structure in a buffer; `doing` is `pack_into` or `unpack_from`.
pub(super) fn place(vm: &Vm, layout: &Layout, len: usize, offset: isize, doing: &str) -> Result<usize> {
    let size = layout.size;
    let action = if doing == "pack_into" { "packing" } else { "unpacking" };
    let start = if offset < 0 {
        if offset + size as isize > 0 {
            return Err(failed(
                vm,
                &match action {
                    "packing" => format!("no space to pack {size} bytes at offset {offset}"),
                    _ => format!("not enough data to unpack {size} bytes at offset {offset}"),
                },
            ));
        }
        if offset + (len as isize) < 0 {
            return Err(failed(vm, &format!("offset {offset} out of range for {len}-byte buffer")));
        }
        (offset + len as isize) as usize
    } else {
        offset as usize
    };
    if len.checked_sub(start).is_none_or(|left| left < size) {
        return Err(failed(
            vm,
            &format!(
                "{doing} requires a buffer of at least {} bytes for {action} {size} bytes at offset {start} (actual buffer size is {len})",
                start.saturating_add(size)
            ),
        ));
    }
    Ok(start)
}
