//! The machine and its system: names, limits, randomness.

use std::io;

/// What `uname(2)` says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are C's")]
pub struct Uname {
    pub sysname: Vec<u8>,
    pub nodename: Vec<u8>,
    pub release: Vec<u8>,
    pub version: Vec<u8>,
    pub machine: Vec<u8>,
}

/// `uname(2)`
pub fn uname() -> io::Result<Uname> {
    let mut names = zeroed!(libc::utsname);
    call!(libc::uname(&mut names))?;
    let text = |field: &[libc::c_char]| field.iter().take_while(|c| **c != 0).map(|c| *c as u8).collect();
    Ok(Uname {
        sysname: text(&names.sysname),
        nodename: text(&names.nodename),
        release: text(&names.release),
        version: text(&names.version),
        machine: text(&names.machine),
    })
}

/// `sysconf(3)`; `None`: no limit.
pub fn sysconf(name: i32) -> io::Result<Option<i64>> {
    crate::fs::limit(|| get!(libc::sysconf(name)))
}

/// `confstr(3)`; `None`: no value.
pub fn confstr(name: i32) -> io::Result<Option<Vec<u8>>> {
    crate::set_errno(0);
    let len = get!(libc::confstr(name, std::ptr::null_mut(), 0));
    if len == 0 {
        return if crate::errno() != 0 { Err(io::Error::last_os_error()) } else { Ok(None) };
    }
    let mut buffer = vec![0u8; len];
    get!(libc::confstr(name, buffer.as_mut_ptr().cast(), len));
    buffer.pop();
    Ok(Some(buffer))
}

/// `getrandom(2)`; gives how many bytes were filled.
pub fn random(buffer: &mut [u8], flags: u32) -> io::Result<usize> {
    call!(libc::getrandom(buffer.as_mut_ptr().cast(), buffer.len(), flags)).map(|n| n as usize)
}

/// Fills `buffer` with random bytes from the system, whatever it takes.
pub fn fill_random(mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        match random(buffer, 0) {
            Ok(got) => buffer = &mut buffer[got..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// How many CPUs are online.
pub fn cpu_count() -> Option<usize> {
    let count = sysconf(libc::_SC_NPROCESSORS_ONLN).ok().flatten()?;
    usize::try_from(count).ok().filter(|count| *count > 0)
}

/// The path of the running program.
pub fn program() -> io::Result<Vec<u8>> {
    crate::fs::readlink(crate::fd::AT_FDCWD, c"/proc/self/exe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_answers() {
        assert!(!uname().unwrap().sysname.is_empty());
        assert_eq!(sysconf(libc::_SC_PAGESIZE).unwrap(), Some(crate::mmap::page_size() as i64));
        assert!(sysconf(-5).is_err());
        assert!(confstr(libc::_CS_PATH).unwrap().unwrap().contains(&b'/'));
        let mut bytes = [0; 64];
        fill_random(&mut bytes).unwrap();
        assert_ne!(bytes, [0; 64]);
        assert!(cpu_count().unwrap() > 0 && program().unwrap().starts_with(b"/"));
    }
}
