//! The program's own pages: machine code and constants, of which start-up needs much that is not needed again.

use std::ffi::{c_int, c_void};

/// Has the system unmap what the program and its libraries map and never write. What is needed again is mapped again, from
/// the system's cache of the file: the process keeps only what it goes on using. Allocates nothing.
pub fn unload() {
    // SAFETY: the callback matches its type and keeps nothing.
    unsafe { libc::dl_iterate_phdr(Some(unload_object), std::ptr::null_mut()) };
}

/// The first object is the program; those without a path are the system's own.
unsafe extern "C" fn unload_object(info: *mut libc::dl_phdr_info, _: usize, _: *mut c_void) -> c_int {
    // SAFETY: what the loader tells is true while it calls. Pages of a file that nobody writes are the same when mapped again;
    // a page that a segment shares with its neighbour is left alone.
    unsafe {
        let info = &*info;
        let is_program = info.dlpi_name.is_null() || *info.dlpi_name == 0;
        if !is_program && *info.dlpi_name != b'/' as std::ffi::c_char {
            return 0;
        }
        let page = libc::sysconf(libc::_SC_PAGESIZE) as usize;
        for i in 0..info.dlpi_phnum as usize {
            let segment = &*info.dlpi_phdr.add(i);
            if segment.p_type != libc::PT_LOAD || segment.p_flags & libc::PF_W != 0 {
                continue;
            }
            let start = (info.dlpi_addr as usize + segment.p_vaddr as usize).next_multiple_of(page);
            let end = (info.dlpi_addr as usize + segment.p_vaddr as usize + segment.p_memsz as usize) / page * page;
            if start < end {
                libc::madvise(start as *mut c_void, end - start, libc::MADV_DONTNEED);
            }
        }
    }
    0
}

#[cfg(test)]
mod tests {
    /// Pages of files that this process has mapped (proc(5), statm).
    fn pages_of_files() -> usize {
        let counts = std::fs::read_to_string("/proc/self/statm").unwrap();
        counts.split(' ').nth(2).unwrap().parse().unwrap()
    }

    #[test]
    fn what_is_unloaded_comes_back() {
        let before = pages_of_files();
        super::unload();
        let after = pages_of_files();
        assert!(after < before, "{after} pages of {before}");
        assert_eq!(format!("{:.3}", 2_f64.sqrt()), "1.414");
    }
}
