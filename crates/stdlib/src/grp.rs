//! `grp`.

use host::users::{self, Group};
use std::ffi::CString;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::exception::{key_error, os_error, types};
use vm::modules::sys::{decode_fs, encode_fs};
use vm::object::type_name;
use vm::prelude::*;
use vm::protocol::{number, object as protocol};

static GROUP: Table = Table {
    name: "struct_group",
    module: "grp",
    doc: "grp.struct_group: Results from getgr*() routines.",
    fields: &[
        ("gr_name", "group name"),
        ("gr_passwd", "password"),
        ("gr_gid", "group id"),
        ("gr_mem", "group members"),
    ],
    visible: 4,
    constructible: true,
};

fn entry(vm: &Vm, group: &Group) -> Result<Object> {
    let text = |bytes: &[u8]| Ok::<Object, Raised>(decode_fs(vm, bytes)?.into_object());
    let members = group.members.iter().map(|m| text(m)).collect::<Result<Vec<Object>>>()?;
    let values = vec![
        text(&group.name)?,
        text(&group.passwd)?,
        Int::from_i64(group.gid.into()),
        List::from_vec(members).into_object(),
    ];
    StructSeq::make(vm, &GROUP, values)
}

/// The list of groups.
#[pymodule("grp")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        module.dict().set_str(vm, "struct_group", StructSeq::class(vm, &GROUP)?.into_object())
    }

    /// Return the entry for the given numeric group id; KeyError if there is none.
    #[py("getgrgid(id)")]
    fn getgrgid(vm: &Vm, id: &Object) -> Result<Object> {
        if !number::has_index(id) {
            bail!(vm, TypeError, "gid should be integer, not {}", type_name(id));
        }
        let number = number::index(vm, id)?;
        let shown = Int::to_decimal(vm, &number)?;
        let missing = || vm.raise_message(&types::KeyError, format_args!("getgrgid(): gid not found: {shown}"));
        let Some(gid) = Int::to_i64(&number).filter(|n| (-1..i64::from(u32::MAX)).contains(n)) else {
            return Err(missing());
        };
        match vm.allow_threads(|| users::group_by_id(gid as u32)) {
            Ok(Some(group)) => entry(vm, &group),
            Ok(None) => Err(missing()),
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    /// Return the entry for the given group name; KeyError if there is none.
    #[py("getgrnam(name)")]
    fn getgrnam(vm: &Vm, name: &Ref<Str>) -> Result<Object> {
        let bytes = encode_fs(vm, name)?;
        let Ok(text) = CString::new(bytes) else { bail!(vm, ValueError, "embedded null byte") };
        match vm.allow_threads(|| users::group_by_name(&text)) {
            Ok(Some(group)) => entry(vm, &group),
            Ok(None) => {
                let shown = protocol::repr(vm, name.as_object())?;
                let message = format!("getgrnam(): name not found: {shown}");
                Err(key_error(vm, Str::new(&message).as_object()))
            }
            Err(error) => Err(os_error(vm, &error, None)),
        }
    }

    /// Return a list of all entries, in arbitrary order.
    #[py("getgrall()")]
    fn getgrall(vm: &Vm) -> Result<Vec<Object>> {
        vm.allow_threads(users::groups).iter().map(|group| entry(vm, group)).collect()
    }
}
