//! Users and groups.

use crate::call::copy_str;
use std::ffi::CStr;
use std::io;
use std::sync::{Mutex, PoisonError};

/// An entry of the users' list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are C's without pw_")]
pub struct User {
    pub name: Vec<u8>,
    pub passwd: Vec<u8>,
    pub uid: u32,
    pub gid: u32,
    pub gecos: Vec<u8>,
    pub dir: Vec<u8>,
    pub shell: Vec<u8>,
}

/// An entry of the groups' list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are C's without gr_")]
pub struct Group {
    pub name: Vec<u8>,
    pub passwd: Vec<u8>,
    pub gid: u32,
    pub members: Vec<Vec<u8>>,
}

/// # Safety
/// `entry` is as a call of the C library left it (I3).
unsafe fn user(entry: &libc::passwd) -> User {
    // SAFETY: the caller's promise.
    let text = |pointer: *mut libc::c_char| unsafe { copy_str(pointer) }.unwrap_or_default();
    User {
        name: text(entry.pw_name),
        passwd: text(entry.pw_passwd),
        uid: entry.pw_uid,
        gid: entry.pw_gid,
        gecos: text(entry.pw_gecos),
        dir: text(entry.pw_dir),
        shell: text(entry.pw_shell),
    }
}

/// # Safety
/// `entry` is as a call of the C library left it (I3).
unsafe fn group(entry: &libc::group) -> Group {
    let mut members = Vec::new();
    // SAFETY: the caller's promise; the list of members ends with NULL.
    unsafe {
        let mut each = entry.gr_mem;
        while !each.is_null()
            && let Some(member) = copy_str(*each)
        {
            members.push(member);
            each = each.add(1);
        }
        let text = |pointer: *mut libc::c_char| copy_str(pointer).unwrap_or_default();
        Group { name: text(entry.gr_name), passwd: text(entry.gr_passwd), gid: entry.gr_gid, members }
    }
}

/// Calls one of the `_r` functions with a buffer that is large enough. They fill the entry and say whether they found one.
fn look_up<E, T>(
    entry: &mut E,
    ask: impl Fn(*mut E, *mut libc::c_char, usize, *mut *mut E) -> i32,
    copy: impl Fn(&E) -> T,
) -> io::Result<Option<T>> {
    let mut buffer = vec![0 as libc::c_char; 1024];
    loop {
        let mut found = std::ptr::null_mut();
        match ask(entry, buffer.as_mut_ptr(), buffer.len(), &mut found) {
            0 => return Ok((!found.is_null()).then(|| copy(entry))),
            libc::ERANGE if buffer.len() < 1 << 24 => buffer.resize(buffer.len() * 4, 0),
            // What several systems give for "no such entry".
            libc::ENOENT | libc::ESRCH => return Ok(None),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

/// `getpwuid(3)`
pub fn user_by_id(uid: u32) -> io::Result<Option<User>> {
    let ask = |e, b, n, f| get!(libc::getpwuid_r(uid, e, b, n, f));
    // SAFETY: called with a filled entry.
    look_up(&mut zeroed!(libc::passwd), ask, |entry| unsafe { user(entry) })
}

/// `getpwnam(3)`
pub fn user_by_name(name: &CStr) -> io::Result<Option<User>> {
    let ask = |e, b, n, f| get!(libc::getpwnam_r(name.as_ptr(), e, b, n, f));
    // SAFETY: called with a filled entry.
    look_up(&mut zeroed!(libc::passwd), ask, |entry| unsafe { user(entry) })
}

/// `getgrgid(3)`
pub fn group_by_id(gid: u32) -> io::Result<Option<Group>> {
    let ask = |e, b, n, f| get!(libc::getgrgid_r(gid, e, b, n, f));
    // SAFETY: called with a filled entry.
    look_up(&mut zeroed!(libc::group), ask, |entry| unsafe { group(entry) })
}

/// `getgrnam(3)`
pub fn group_by_name(name: &CStr) -> io::Result<Option<Group>> {
    let ask = |e, b, n, f| get!(libc::getgrnam_r(name.as_ptr(), e, b, n, f));
    // SAFETY: called with a filled entry.
    look_up(&mut zeroed!(libc::group), ask, |entry| unsafe { group(entry) })
}

/// The walk over a list has one place in the process.
static WALK: Mutex<()> = Mutex::new(());

/// Every user.
pub fn users() -> Vec<User> {
    let _guard = WALK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    // SAFETY: I3, under the lock.
    unsafe {
        libc::setpwent();
        while let Some(entry) = libc::getpwent().as_ref() {
            found.push(user(entry));
        }
        libc::endpwent();
    }
    found
}

/// Every group.
pub fn groups() -> Vec<Group> {
    let _guard = WALK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    // SAFETY: I3, under the lock.
    unsafe {
        libc::setgrent();
        while let Some(entry) = libc::getgrent().as_ref() {
            found.push(group(entry));
        }
        libc::endgrent();
    }
    found
}

/// The groups that a user is in, `group` with them.
pub fn groups_of(name: &CStr, group: u32) -> io::Result<Vec<u32>> {
    let mut count = 64;
    loop {
        let mut found = vec![0; count as usize];
        let room = count;
        if get!(libc::getgrouplist(name.as_ptr(), group, found.as_mut_ptr(), &mut count)) != -1 {
            found.truncate(count as usize);
            return Ok(found);
        }
        count = count.max(room * 2);
        if count > 1 << 20 {
            return Err(io::Error::from_raw_os_error(libc::ENOMEM));
        }
    }
}

/// `getlogin(3)`
pub fn login_name() -> io::Result<Vec<u8>> {
    let mut buffer = [0 as libc::c_char; 256];
    unsafe extern "C" {
        fn getlogin_r(buffer: *mut libc::c_char, len: usize) -> i32;
    }
    call0!(getlogin_r(buffer.as_mut_ptr(), buffer.len()))?;
    // SAFETY: the call wrote a C string within the buffer.
    Ok(unsafe { copy_str(buffer.as_ptr()) }.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_look_ups_agree() {
        for user in users().into_iter().take(3) {
            let name = std::ffi::CString::new(user.name.clone()).unwrap();
            assert_eq!(user_by_name(&name).unwrap().map(|found| found.uid), Some(user.uid));
            assert!(groups_of(&name, user.gid).unwrap().contains(&user.gid));
        }
        for group in groups().into_iter().take(3) {
            let name = std::ffi::CString::new(group.name.clone()).unwrap();
            assert_eq!(group_by_name(&name).unwrap(), Some(group));
        }
        assert_eq!(user_by_name(c"no such user").unwrap(), None);
        assert_eq!(group_by_id(u32::MAX - 7).unwrap(), None);
    }
}
