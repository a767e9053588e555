//! `fcntl`.

use vm::exception::{os_error, types};
use vm::object::buffer::{get_buffer, request};
use vm::object::type_of;
use vm::prelude::*;
use vm::protocol::number;
use vm::protocol::object::file_descriptor;

/// A descriptor, or an object with `fileno()`.
struct Descriptor(i32);

impl FromArg<'_> for Descriptor {
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        file_descriptor(vm, value).map(Descriptor)
    }
}

/// A lower part of the number is what the system is given, whatever its sign.
fn low_bits(vm: &Vm, value: &Object) -> Result<i64> {
    let index = number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(n) if (i128::from(i64::MIN)..=u64::MAX.into()).contains(&n) => Ok(n as i64),
        _ => Err(raise!(vm, OverflowError, "Python int too large to convert to C long")),
    }
}

/// Most bytes that a structure argument may have.
const MOST: usize = 1024;

/// Performs the operations of fcntl(2), ioctl(2) and file locks.
#[pymodule("fcntl")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        for (name, value) in host::constants::FCNTL {
            module.dict().set_str(vm, name, Int::from_i64(*value))?;
        }
        Ok(())
    }

    /// Perform an operation on a descriptor; the argument is an integer or the bytes of a structure.
    #[py("fcntl(fd, cmd, arg=0, /)")]
    fn fcntl(vm: &Vm, fd: Descriptor, cmd: i32, arg: Option<&Object>) -> Result<Object> {
        let zero = Object::int32(0);
        let arg = arg.unwrap_or(&zero);
        vm.audit("fcntl.fcntl", &[Object::int32(fd.0), Object::int32(cmd), arg.clone()])?;
        if number::has_index(arg) {
            let arg = low_bits(vm, arg)?;
            return Ok(Object::int32(vm.blocking_call(|| host::fd::fcntl(fd.0, cmd, arg))?));
        }
        let mut data = match arg.cast::<Str>() {
            Some(text) => text.to_utf8(vm)?.into_bytes(),
            None if type_of(arg).slots.buffer.get().is_none() => {
                bail!(vm, TypeError, "fcntl() argument 3 must be an integer, a bytes-like object, or a string")
            }
            None => {
                let view = get_buffer(vm, arg, request::SIMPLE)?;
                let data = view.to_vec();
                view.release(vm);
                data
            }
        };
        if data.len() > MOST {
            bail!(vm, ValueError, "fcntl argument 3 is too long");
        }
        vm.blocking_call(|| host::fd::fcntl_bytes(fd.0, cmd, &mut data))?;
        Ok(Bytes::try_new(vm, &data)?.into_object())
    }

    /// Perform a device operation on a descriptor; the argument is an integer or the bytes of a structure.
    ///
    /// A writable buffer is changed in place if mutate_flag is true, and the system's answer is the result.
    #[py("ioctl(fd, request, arg=0, mutate_flag=True, /)")]
    fn ioctl(vm: &Vm, fd: Descriptor, request: &Object, arg: Option<&Object>, mutate_flag: bool) -> Result<Object> {
        let code = low_bits(vm, request)? as u64;
        let zero = Object::int32(0);
        let arg = arg.unwrap_or(&zero);
        vm.audit("fcntl.ioctl", &[Object::int32(fd.0), request.clone(), arg.clone()])?;
        if number::has_index(arg) {
            let arg = low_bits(vm, arg)?;
            return Ok(Object::int32(vm.blocking_call(|| host::fd::ioctl(fd.0, code, arg))?));
        }
        if let Some(text) = arg.cast::<Str>() {
            let mut data = text.to_utf8(vm)?.into_bytes();
            if data.len() > MOST {
                bail!(vm, ValueError, "ioctl argument 3 is too long");
            }
            vm.blocking_call(|| host::fd::ioctl_bytes(fd.0, code, &mut data))?;
            return Ok(Bytes::try_new(vm, &data)?.into_object());
        }
        if type_of(arg).slots.buffer.get().is_none() {
            bail!(vm, TypeError, "ioctl() argument 3 must be an integer, a bytes-like object, or a string");
        }
        let view = get_buffer(vm, arg, super::request::SIMPLE)?;
        let mut data = view.to_vec();
        let writes = mutate_flag && !view.readonly;
        if !writes && data.len() > MOST {
            view.release(vm);
            bail!(vm, ValueError, "ioctl argument 3 is too long");
        }
        let answer = vm.blocking_call(|| host::fd::ioctl_bytes(fd.0, code, &mut data));
        if writes && answer.is_ok() {
            view.exporter.with_bytes_mut(&mut |bytes| {
                bytes[view.offset..view.offset + data.len()].copy_from_slice(&data);
            });
        }
        view.release(vm);
        let answer = answer?;
        if writes { Ok(Object::int32(answer)) } else { Ok(Bytes::try_new(vm, &data)?.into_object()) }
    }

    /// Lock or unlock a whole file.
    #[py("flock(fd, operation, /)")]
    fn flock(vm: &Vm, fd: Descriptor, operation: i32) -> Result<()> {
        vm.audit("fcntl.flock", &[Object::int32(fd.0), Object::int32(operation)])?;
        vm.blocking_call(|| host::fd::flock(fd.0, operation))
    }

    /// Lock or unlock a part of a file: LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB not to wait.
    #[py("lockf(fd, cmd, len=0, start=0, whence=0, /)")]
    fn lockf(
        vm: &Vm,
        fd: Descriptor,
        cmd: i32,
        len: Option<&Object>,
        start: Option<&Object>,
        whence: i32,
    ) -> Result<()> {
        let offset = |value: Option<&Object>| -> Result<i64> {
            value.map_or(Ok(0), |v| Ok(number::as_ssize(vm, v, Some(&types::OverflowError))? as i64))
        };
        let constant = |name: &str| host::constants::find(host::constants::FCNTL, name).unwrap_or(0) as i32;
        let kind = match cmd & !constant("LOCK_NB") {
            c if c == constant("LOCK_UN") => constant("F_UNLCK"),
            c if c == constant("LOCK_SH") => constant("F_RDLCK"),
            c if c == constant("LOCK_EX") => constant("F_WRLCK"),
            _ => bail!(vm, ValueError, "unrecognized lockf argument"),
        };
        let wait = cmd & constant("LOCK_NB") == 0;
        let (start, len) = (offset(start)?, offset(len)?);
        vm.blocking(|| host::fd::record_lock(fd.0, wait, kind as i16, start, len, whence as i16))?
            .map_err(|error| os_error(vm, &error, None))
    }
}
