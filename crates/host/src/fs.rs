//! Files by name: what they are, and changing directories' entries. Every call is the `*at` form; see [`AT_FDCWD`].

use crate::fd::{AT_FDCWD, Fd};
use crate::time::Time;
use std::ffi::CStr;
use std::io;

/// What `stat(2)` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Type and permissions.
    pub mode: u32,
    /// Number within the device.
    pub ino: u64,
    /// Device.
    pub dev: u64,
    /// Hard links.
    pub nlink: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: i64,
    /// Last access.
    pub atime: Time,
    /// Last change of the content.
    pub mtime: Time,
    /// Last change of what is written here.
    pub ctime: Time,
    /// Preferred block size of I/O.
    pub blksize: i64,
    /// Blocks of 512 bytes in use.
    pub blocks: i64,
    /// Which device a device file stands for.
    pub rdev: u64,
}

impl Stat {
    /// Whether `mode`'s type is `kind`, an `S_IF*`.
    pub fn is(&self, kind: u32) -> bool {
        self.mode & libc::S_IFMT == kind
    }

    /// Whether this is a directory.
    pub fn is_dir(&self) -> bool {
        self.is(libc::S_IFDIR)
    }

    /// Whether this is a regular file.
    pub fn is_file(&self) -> bool {
        self.is(libc::S_IFREG)
    }

    #[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
    fn from_c(st: &libc::stat) -> Stat {
        Stat {
            mode: st.st_mode,
            ino: st.st_ino as u64,
            dev: st.st_dev as u64,
            nlink: st.st_nlink as u64,
            uid: st.st_uid,
            gid: st.st_gid,
            size: st.st_size,
            atime: Time { sec: st.st_atime, nsec: st.st_atime_nsec },
            mtime: Time { sec: st.st_mtime, nsec: st.st_mtime_nsec },
            ctime: Time { sec: st.st_ctime, nsec: st.st_ctime_nsec },
            blksize: st.st_blksize as i64,
            blocks: st.st_blocks as i64,
            rdev: st.st_rdev as u64,
        }
    }
}

/// `fstatat(2)`
pub fn stat_at(dir: Fd, path: &CStr, follow: bool) -> io::Result<Stat> {
    let mut st = zeroed!(libc::stat);
    call!(libc::fstatat(dir, path.as_ptr(), &mut st, no_follow(follow)))?;
    Ok(Stat::from_c(&st))
}

/// `stat(2)`
pub fn stat(path: &CStr) -> io::Result<Stat> {
    stat_at(AT_FDCWD, path, true)
}

/// `lstat(2)`
pub fn lstat(path: &CStr) -> io::Result<Stat> {
    stat_at(AT_FDCWD, path, false)
}

/// `fstat(2)`
pub fn fstat(fd: Fd) -> io::Result<Stat> {
    let mut st = zeroed!(libc::stat);
    call!(libc::fstat(fd, &mut st))?;
    Ok(Stat::from_c(&st))
}

fn no_follow(follow: bool) -> i32 {
    if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
}

/// What `statvfs(3)` says of a file system.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names are C's without f_")]
pub struct StatVfs {
    pub bsize: u64,
    pub frsize: u64,
    pub blocks: u64,
    pub bfree: u64,
    pub bavail: u64,
    pub files: u64,
    pub ffree: u64,
    pub favail: u64,
    pub fsid: u64,
    pub flag: u64,
    pub namemax: u64,
}

impl StatVfs {
    #[allow(clippy::unnecessary_cast, reason = "the types differ between systems")]
    fn from_c(st: &libc::statvfs) -> StatVfs {
        StatVfs {
            bsize: st.f_bsize as u64,
            frsize: st.f_frsize as u64,
            blocks: st.f_blocks as u64,
            bfree: st.f_bfree as u64,
            bavail: st.f_bavail as u64,
            files: st.f_files as u64,
            ffree: st.f_ffree as u64,
            favail: st.f_favail as u64,
            fsid: st.f_fsid as u64,
            flag: st.f_flag as u64,
            namemax: st.f_namemax as u64,
        }
    }
}

/// `statvfs(3)`
pub fn statvfs(path: &CStr) -> io::Result<StatVfs> {
    let mut st = zeroed!(libc::statvfs);
    call!(libc::statvfs(path.as_ptr(), &mut st))?;
    Ok(StatVfs::from_c(&st))
}

/// `fstatvfs(3)`
pub fn fstatvfs(fd: Fd) -> io::Result<StatVfs> {
    let mut st = zeroed!(libc::statvfs);
    call!(libc::fstatvfs(fd, &mut st))?;
    Ok(StatVfs::from_c(&st))
}

/// `faccessat(2)`; `mode` is made of `R_OK`, `W_OK`, `X_OK`, or `F_OK`.
pub fn access(dir: Fd, path: &CStr, mode: i32, effective: bool, follow: bool) -> io::Result<()> {
    let flags = no_follow(follow) | if effective { libc::AT_EACCESS } else { 0 };
    call!(libc::faccessat(dir, path.as_ptr(), mode, flags)).map(drop)
}

/// `fchmodat(2)`
pub fn chmod(dir: Fd, path: &CStr, mode: u32, follow: bool) -> io::Result<()> {
    call!(libc::fchmodat(dir, path.as_ptr(), mode, no_follow(follow))).map(drop)
}

/// `fchmod(2)`
pub fn fchmod(fd: Fd, mode: u32) -> io::Result<()> {
    call!(libc::fchmod(fd, mode)).map(drop)
}

/// `fchownat(2)`; `u32::MAX` leaves an id as it is.
pub fn chown(dir: Fd, path: &CStr, uid: u32, gid: u32, follow: bool) -> io::Result<()> {
    call!(libc::fchownat(dir, path.as_ptr(), uid, gid, no_follow(follow))).map(drop)
}

/// `fchown(2)`
pub fn fchown(fd: Fd, uid: u32, gid: u32) -> io::Result<()> {
    call!(libc::fchown(fd, uid, gid)).map(drop)
}

/// `mkdirat(2)`
pub fn mkdir(dir: Fd, path: &CStr, mode: u32) -> io::Result<()> {
    call!(libc::mkdirat(dir, path.as_ptr(), mode)).map(drop)
}

/// `unlinkat(2)` of a directory.
pub fn rmdir(dir: Fd, path: &CStr) -> io::Result<()> {
    call!(libc::unlinkat(dir, path.as_ptr(), libc::AT_REMOVEDIR)).map(drop)
}

/// `unlinkat(2)`
pub fn unlink(dir: Fd, path: &CStr) -> io::Result<()> {
    call!(libc::unlinkat(dir, path.as_ptr(), 0)).map(drop)
}

/// `renameat(2)`: an existing target is replaced.
pub fn rename(from_dir: Fd, from: &CStr, to_dir: Fd, to: &CStr) -> io::Result<()> {
    call!(libc::renameat(from_dir, from.as_ptr(), to_dir, to.as_ptr())).map(drop)
}

/// `linkat(2)`
pub fn link(from_dir: Fd, from: &CStr, to_dir: Fd, to: &CStr, follow: bool) -> io::Result<()> {
    let flags = if follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
    call!(libc::linkat(from_dir, from.as_ptr(), to_dir, to.as_ptr(), flags)).map(drop)
}

/// `symlinkat(2)`: `path` will lead to `target`.
pub fn symlink(target: &CStr, dir: Fd, path: &CStr) -> io::Result<()> {
    call!(libc::symlinkat(target.as_ptr(), dir, path.as_ptr())).map(drop)
}

/// `readlinkat(2)`
pub fn readlink(dir: Fd, path: &CStr) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0u8; 256];
    loop {
        let (pointer, len) = (buffer.as_mut_ptr().cast(), buffer.len());
        let got = call!(libc::readlinkat(dir, path.as_ptr(), pointer, len))? as usize;
        if got < len {
            buffer.truncate(got);
            return Ok(buffer);
        }
        buffer.resize(len * 2, 0);
    }
}

/// `truncate(2)`
pub fn truncate(path: &CStr, len: i64) -> io::Result<()> {
    call!(libc::truncate(path.as_ptr(), len)).map(drop)
}

/// What a file's times become.
#[derive(Clone, Copy, Debug)]
pub enum SetTimes {
    /// Now, as the file system sees it.
    Now,
    /// Last access and last change.
    To(Time, Time),
}

impl SetTimes {
    fn to_c(self) -> [libc::timespec; 2] {
        match self {
            SetTimes::Now => [libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW }; 2],
            SetTimes::To(atime, mtime) => [atime.to_c(), mtime.to_c()],
        }
    }
}

/// `utimensat(2)`
pub fn set_times(dir: Fd, path: &CStr, times: SetTimes, follow: bool) -> io::Result<()> {
    let times = times.to_c();
    call!(libc::utimensat(dir, path.as_ptr(), times.as_ptr(), no_follow(follow))).map(drop)
}

/// `futimens(3)`
pub fn fset_times(fd: Fd, times: SetTimes) -> io::Result<()> {
    let times = times.to_c();
    call!(libc::futimens(fd, times.as_ptr())).map(drop)
}

/// `mkfifoat(3)`
pub fn mkfifo(dir: Fd, path: &CStr, mode: u32) -> io::Result<()> {
    call!(libc::mkfifoat(dir, path.as_ptr(), mode)).map(drop)
}

/// `mknodat(2)`
pub fn mknod(dir: Fd, path: &CStr, mode: u32, device: u64) -> io::Result<()> {
    call!(libc::mknodat(dir, path.as_ptr(), mode, device)).map(drop)
}

/// A device number's parts.
pub fn major_minor(device: u64) -> (u32, u32) {
    (libc::major(device), libc::minor(device))
}

/// A device number of its parts.
pub fn make_device(major: u32, minor: u32) -> u64 {
    libc::makedev(major, minor)
}

/// `chdir(2)`
pub fn chdir(path: &CStr) -> io::Result<()> {
    call!(libc::chdir(path.as_ptr())).map(drop)
}

/// `fchdir(2)`
pub fn fchdir(fd: Fd) -> io::Result<()> {
    call!(libc::fchdir(fd)).map(drop)
}

/// `chroot(2)`
pub fn chroot(path: &CStr) -> io::Result<()> {
    call!(libc::chroot(path.as_ptr())).map(drop)
}

/// `getcwd(3)`
pub fn getcwd() -> io::Result<Vec<u8>> {
    let mut buffer = vec![0u8; 512];
    loop {
        // SAFETY: I1, I3.
        let found = unsafe { crate::call::copy_str(libc::getcwd(buffer.as_mut_ptr().cast(), buffer.len())) };
        match found {
            Some(path) => return Ok(path),
            None if crate::errno() == libc::ERANGE && buffer.len() < 1 << 20 => buffer.resize(buffer.len() * 2, 0),
            None => return Err(io::Error::last_os_error()),
        }
    }
}

/// `umask(2)`: sets the mask, gives the one before.
pub fn umask(mask: u32) -> u32 {
    get!(libc::umask(mask))
}

/// `pathconf(3)`; `None`: no limit.
pub fn pathconf(path: &CStr, name: i32) -> io::Result<Option<i64>> {
    limit(|| get!(libc::pathconf(path.as_ptr(), name)))
}

/// `fpathconf(3)`; `None`: no limit.
pub fn fpathconf(fd: Fd, name: i32) -> io::Result<Option<i64>> {
    limit(|| get!(libc::fpathconf(fd, name)))
}

/// −1 is an error only where `errno` was set.
pub(crate) fn limit(ask: impl FnOnce() -> i64) -> io::Result<Option<i64>> {
    crate::set_errno(0);
    match ask() {
        -1 if crate::errno() != 0 => Err(io::Error::last_os_error()),
        -1 => Ok(None),
        value => Ok(Some(value)),
    }
}

/// `sync(2)`
pub fn sync() {
    get!(libc::sync());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    #[test]
    fn a_directory_lives_and_dies() {
        let name = CString::new(format!("{}/host-fs-{}", std::env::temp_dir().display(), std::process::id())).unwrap();
        mkdir(AT_FDCWD, &name, 0o700).unwrap();
        let dir = crate::fd::open(&name, libc::O_DIRECTORY | libc::O_CLOEXEC, 0).unwrap();
        let file = crate::fd::open_at(dir, c"f", libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC, 0o640).unwrap();
        crate::fd::write(file, b"12345").unwrap();
        let time = Time { sec: 1_000_000_000, nsec: 123_456_789 };
        fset_times(file, SetTimes::To(time, time)).unwrap();
        crate::fd::close(file).unwrap();
        symlink(c"f", dir, c"l").unwrap();
        assert_eq!(readlink(dir, c"l").unwrap(), b"f");
        let (st, link) = (stat_at(dir, c"l", true).unwrap(), stat_at(dir, c"l", false).unwrap());
        assert!(st.is_file() && st.size == 5 && st.mtime == time && link.is(libc::S_IFLNK));
        rename(dir, c"f", dir, c"g").unwrap();
        assert_eq!(stat_at(dir, c"l", true).unwrap_err().kind(), io::ErrorKind::NotFound);
        chmod(dir, c"g", 0o400, true).unwrap();
        assert_eq!(stat_at(dir, c"g", true).unwrap().mode & 0o777, 0o400);
        access(dir, c"g", libc::R_OK, false, true).unwrap();
        let mut names: Vec<_> = crate::dir::Dir::open(&name).unwrap().map(|e| e.unwrap().name).collect();
        names.sort();
        assert_eq!(names, [b"g", b"l"]);
        for entry in [c"g", c"l"] {
            unlink(dir, entry).unwrap();
        }
        crate::fd::close(dir).unwrap();
        rmdir(AT_FDCWD, &name).unwrap();
        assert!(lstat(&name).is_err());
        assert!(getcwd().unwrap().starts_with(b"/"));
        assert!(statvfs(c"/").unwrap().namemax >= 14);
    }
}
