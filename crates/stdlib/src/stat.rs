//! `_stat`: the bits of a file's mode.

use vm::prelude::*;
use vm::protocol::number;

const FORMAT: u32 = 0o170000;

/// A file's mode as an unsigned word.
fn mode(vm: &Vm, object: &Object) -> Result<u32> {
    let index = number::index(vm, object)?;
    if Int::is_negative(&index) {
        bail!(vm, OverflowError, "can't convert negative value to unsigned int");
    }
    match Int::to_i128(&index) {
        Some(wide) if wide <= i128::from(u32::MAX) => Ok(wide as u32),
        Some(wide) if wide <= i128::from(u64::MAX) => Err(raise!(vm, OverflowError, "mode out of range")),
        _ => Err(raise!(vm, OverflowError, "Python int too large to convert to C unsigned long")),
    }
}

/// What each kind of file is shown as.
const KINDS: [(u32, char); 7] = [
    (0o100000, '-'),
    (0o040000, 'd'),
    (0o120000, 'l'),
    (0o060000, 'b'),
    (0o020000, 'c'),
    (0o010000, 'p'),
    (0o140000, 's'),
];

/// Constants and functions for the mode of a file, as os.stat() gives it.
#[pymodule("_stat")]
pub mod module {
    use super::*;

    #[constant]
    const SF_APPEND: i64 = 0x40000;
    #[constant]
    const SF_ARCHIVED: i64 = 0x10000;
    #[constant]
    const SF_DATALESS: i64 = 0x40000000;
    #[constant]
    const SF_FIRMLINK: i64 = 0x800000;
    #[constant]
    const SF_IMMUTABLE: i64 = 0x20000;
    #[constant]
    const SF_NOUNLINK: i64 = 0x100000;
    #[constant]
    const SF_SETTABLE: i64 = 0xffff0000;
    #[constant]
    const SF_SNAPSHOT: i64 = 0x200000;
    #[constant]
    const ST_ATIME: i64 = 7;
    #[constant]
    const ST_CTIME: i64 = 9;
    #[constant]
    const ST_DEV: i64 = 2;
    #[constant]
    const ST_GID: i64 = 5;
    #[constant]
    const ST_INO: i64 = 1;
    #[constant]
    const ST_MODE: i64 = 0;
    #[constant]
    const ST_MTIME: i64 = 8;
    #[constant]
    const ST_NLINK: i64 = 3;
    #[constant]
    const ST_SIZE: i64 = 6;
    #[constant]
    const ST_UID: i64 = 4;
    #[constant]
    const S_ENFMT: i64 = 1024;
    #[constant]
    const S_IEXEC: i64 = 0o100;
    #[constant]
    const S_IFBLK: i64 = 0o60000;
    #[constant]
    const S_IFCHR: i64 = 0o20000;
    #[constant]
    const S_IFDIR: i64 = 0o40000;
    #[constant]
    const S_IFDOOR: i64 = 0o0;
    #[constant]
    const S_IFIFO: i64 = 0o10000;
    #[constant]
    const S_IFLNK: i64 = 0o120000;
    #[constant]
    const S_IFPORT: i64 = 0o0;
    #[constant]
    const S_IFREG: i64 = 0o100000;
    #[constant]
    const S_IFSOCK: i64 = 0o140000;
    #[constant]
    const S_IFWHT: i64 = 0o0;
    #[constant]
    const S_IREAD: i64 = 0o400;
    #[constant]
    const S_IRGRP: i64 = 0o40;
    #[constant]
    const S_IROTH: i64 = 0o4;
    #[constant]
    const S_IRUSR: i64 = 0o400;
    #[constant]
    const S_IRWXG: i64 = 0o70;
    #[constant]
    const S_IRWXO: i64 = 0o7;
    #[constant]
    const S_IRWXU: i64 = 0o700;
    #[constant]
    const S_ISGID: i64 = 0o2000;
    #[constant]
    const S_ISUID: i64 = 0o4000;
    #[constant]
    const S_ISVTX: i64 = 0o1000;
    #[constant]
    const S_IWGRP: i64 = 0o20;
    #[constant]
    const S_IWOTH: i64 = 0o2;
    #[constant]
    const S_IWRITE: i64 = 0o200;
    #[constant]
    const S_IWUSR: i64 = 0o200;
    #[constant]
    const S_IXGRP: i64 = 0o10;
    #[constant]
    const S_IXOTH: i64 = 0o1;
    #[constant]
    const S_IXUSR: i64 = 0o100;
    #[constant]
    const UF_APPEND: i64 = 0x4;
    #[constant]
    const UF_COMPRESSED: i64 = 0x20;
    #[constant]
    const UF_DATAVAULT: i64 = 0x80;
    #[constant]
    const UF_HIDDEN: i64 = 0x8000;
    #[constant]
    const UF_IMMUTABLE: i64 = 0x2;
    #[constant]
    const UF_NODUMP: i64 = 0x1;
    #[constant]
    const UF_NOUNLINK: i64 = 0x10;
    #[constant]
    const UF_OPAQUE: i64 = 0x8;
    #[constant]
    const UF_SETTABLE: i64 = 0xffff;
    #[constant]
    const UF_TRACKED: i64 = 0x40;

    /// Return the portion of the file's mode that can be set by os.chmod().
    #[py("S_IMODE(object, /)")]
    fn S_IMODE(vm: &Vm, object: &Object) -> Result<u32> {
        Ok(mode(vm, object)? & 0o7777)
    }

    /// Return the portion of the file's mode that describes the file type.
    #[py("S_IFMT(object, /)")]
    fn S_IFMT(vm: &Vm, object: &Object) -> Result<u32> {
        Ok(mode(vm, object)? & FORMAT)
    }

    /// Return True if mode is from a directory.
    #[py("S_ISDIR(object, /)")]
    fn S_ISDIR(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o040000)
    }

    /// Return True if mode is from a character special device file.
    #[py("S_ISCHR(object, /)")]
    fn S_ISCHR(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o020000)
    }

    /// Return True if mode is from a block special device file.
    #[py("S_ISBLK(object, /)")]
    fn S_ISBLK(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o060000)
    }

    /// Return True if mode is from a regular file.
    #[py("S_ISREG(object, /)")]
    fn S_ISREG(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o100000)
    }

    /// Return True if mode is from a FIFO (named pipe).
    #[py("S_ISFIFO(object, /)")]
    fn S_ISFIFO(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o010000)
    }

    /// Return True if mode is from a symbolic link.
    #[py("S_ISLNK(object, /)")]
    fn S_ISLNK(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o120000)
    }

    /// Return True if mode is from a socket.
    #[py("S_ISSOCK(object, /)")]
    fn S_ISSOCK(vm: &Vm, object: &Object) -> Result<bool> {
        Ok(mode(vm, object)? & FORMAT == 0o140000)
    }

    /// Return True if mode is from a door: never here.
    #[py("S_ISDOOR(object, /)")]
    fn S_ISDOOR(vm: &Vm, object: &Object) -> Result<bool> {
        mode(vm, object).map(|_| false)
    }

    /// Return True if mode is from an event port: never here.
    #[py("S_ISPORT(object, /)")]
    fn S_ISPORT(vm: &Vm, object: &Object) -> Result<bool> {
        mode(vm, object).map(|_| false)
    }

    /// Return True if mode is from a whiteout: never here.
    #[py("S_ISWHT(object, /)")]
    fn S_ISWHT(vm: &Vm, object: &Object) -> Result<bool> {
        mode(vm, object).map(|_| false)
    }

    /// Convert a file's mode to a string of the form '-rwxrwxrwx'.
    #[py("filemode(object, /)")]
    fn filemode(vm: &Vm, object: &Object) -> Result<String> {
        let mode = mode(vm, object)?;
        let mut out = String::with_capacity(10);
        out.push(KINDS.iter().find(|k| k.0 == mode & FORMAT).map_or('?', |k| k.1));
        for (shift, special, set, bare) in [(6, 0o4000, 's', 'S'), (3, 0o2000, 's', 'S'), (0, 0o1000, 't', 'T')] {
            let bits = mode >> shift;
            out.push(if bits & 4 != 0 { 'r' } else { '-' });
            out.push(if bits & 2 != 0 { 'w' } else { '-' });
            out.push(match (mode & special != 0, bits & 1 != 0) {
                (true, true) => set,
                (true, false) => bare,
                (false, true) => 'x',
                (false, false) => '-',
            });
        }
        Ok(out)
    }
}
