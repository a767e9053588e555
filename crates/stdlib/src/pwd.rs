//! `pwd`.

use host::users::{self, User};
use std::ffi::CString;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::exception::{key_error, os_error, types};
use vm::modules::sys::{decode_fs, encode_fs};
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::{number, object as protocol};

static PASSWD: Table = Table {
    name: "struct_passwd",
    module: "pwd",
    doc: "pwd.struct_passwd: Results from getpw*() routines.",
    fields: &[
        ("pw_name", "user name"),
        ("pw_passwd", "password"),
        ("pw_uid", "user id"),
        ("pw_gid", "group id"),
        ("pw_gecos", "real name"),
        ("pw_dir", "home directory"),
        ("pw_shell", "shell program"),
    ],
    visible: 7,
    constructible: true,
};

fn entry(vm: &Vm, user: &User) -> Result<Object> {
    let text = |bytes: &[u8]| Ok::<Object, Raised>(decode_fs(vm, bytes)?.into_object());
    let values = vec![
        text(&user.name)?,
        text(&user.passwd)?,
        Int::from_i64(user.uid.into()),
        Int::from_i64(user.gid.into()),
        text(&user.gecos)?,
        text(&user.dir)?,
        text(&user.shell)?,
    ];
    StructSeq::make(vm, &PASSWD, values)
}

/// The list of users.
#[pymodule("pwd")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        module.dict().set_str(vm, "struct_passwd", StructSeq::class(vm, &PASSWD)?.into_object())
    }

    /// Return the entry for the given numeric user id; KeyError if there is none.
    #[py("getpwuid(uidobj, /)")]
    fn getpwuid(vm: &Vm, uidobj: &Object) -> Result<Object> {
        if !number::has_index(uidobj) {
            bail!(vm, TypeError, "uid should be integer, not {}", type_name(uidobj));
        }
        let shown = number::index(vm, uidobj)?;
        let missing =
            || vm.raise_message(&types::KeyError, format_args!("getpwuid(): uid not found: {}", shown_int(vm, &shown)));
        let Some(uid) = Int::to_i64(&shown).filter(|n| (-1..i64::from(u32::MAX)).contains(n)) else {
            return Err(missing());
        };
        match vm.allow_threads(|| users::user_by_id(uid as u32)) {
            Ok(Some(user)) => entry(vm, &user),
            Ok(None) => Err(missing()),
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    fn shown_int(vm: &Vm, int: &Object) -> String {
        Int::to_decimal(vm, int).unwrap_or_default()
    }

    /// Return the entry for the given user name; KeyError if there is none.
    #[py("getpwnam(name, /)")]
    fn getpwnam(vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        let bytes = encode_fs(vm, name)?;
        let Ok(text) = CString::new(bytes) else { bail!(vm, ValueError, "embedded null byte") };
        match vm.allow_threads(|| users::user_by_name(&text)) {
            Ok(Some(user)) => entry(vm, &user),
            Ok(None) => {
                let shown = protocol::repr(vm, name.as_object())?;
                let message = format!("getpwnam(): name not found: {shown}");
                Err(key_error(vm, Str::new(&message).as_object()))
            }
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    /// Return a list of all entries, in arbitrary order.
    #[py("getpwall()")]
    fn getpwall(vm: &Vm) -> Result<Vec<Object>> {
        vm.allow_threads(users::users).iter().map(|user| entry(vm, user)).collect()
    }
}
