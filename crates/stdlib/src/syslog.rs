//! `syslog`.

use std::ffi::CString;
use vm::prelude::*;

const LOG_USER: i32 = 8;
const LOG_INFO: i32 = 6;

const NUMBERS: &[(&str, i32)] = &[
    ("LOG_EMERG", 0),
    ("LOG_ALERT", 1),
    ("LOG_CRIT", 2),
    ("LOG_ERR", 3),
    ("LOG_WARNING", 4),
    ("LOG_NOTICE", 5),
    ("LOG_INFO", LOG_INFO),
    ("LOG_DEBUG", 7),
    ("LOG_PID", 0x01),
    ("LOG_CONS", 0x02),
    ("LOG_ODELAY", 0x04),
    ("LOG_NDELAY", 0x08),
    ("LOG_NOWAIT", 0x10),
    ("LOG_PERROR", 0x20),
    ("LOG_KERN", 0),
    ("LOG_USER", LOG_USER),
    ("LOG_MAIL", 2 << 3),
    ("LOG_DAEMON", 3 << 3),
    ("LOG_AUTH", 4 << 3),
    ("LOG_SYSLOG", 5 << 3),
    ("LOG_LPR", 6 << 3),
    ("LOG_NEWS", 7 << 3),
    ("LOG_UUCP", 8 << 3),
    ("LOG_CRON", 9 << 3),
    ("LOG_AUTHPRIV", 10 << 3),
    ("LOG_FTP", 11 << 3),
    ("LOG_LOCAL0", 16 << 3),
    ("LOG_LOCAL1", 17 << 3),
    ("LOG_LOCAL2", 18 << 3),
    ("LOG_LOCAL3", 19 << 3),
    ("LOG_LOCAL4", 20 << 3),
    ("LOG_LOCAL5", 21 << 3),
    ("LOG_LOCAL6", 22 << 3),
    ("LOG_LOCAL7", 23 << 3),
];

/// A text for the C library.
fn c_text(vm: &Vm, text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| raise!(vm, ValueError, "embedded null character"))
}

/// The program's name, as far as `sys.argv` tells.
fn program(vm: &Vm) -> Result<Option<CString>> {
    let Some(argv) = vm.sys_get(vm.names().argv()) else { return Ok(None) };
    let Some(first) = argv.cast::<List>().and_then(|list| list.items.get(0)) else { return Ok(None) };
    let Some(path) = first.cast::<Str>().filter(|path| !path.is_empty()) else { return Ok(None) };
    let path = path.to_utf8(vm)?;
    c_text(vm, path.rsplit('/').next().unwrap_or_default()).map(Some)
}

fn open(vm: &Vm, ident: Option<CString>, logoption: i32, facility: i32) -> Result<()> {
    let ident = match ident {
        Some(ident) => Some(ident),
        None => program(vm)?,
    };
    let shown = ident.as_ref().map_or_else(none, |name| Str::new(&name.to_string_lossy()).into_object());
    vm.audit("syslog.openlog", &[shown, Object::int32(logoption), Object::int32(facility)])?;
    vm.allow_threads(|| host::log::open(ident, logoption, facility));
    Ok(())
}

/// The Unix system log.
#[pymodule("syslog")]
pub mod module {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use vm::builtins::module::Module;

    /// Whether the log was opened; it is the process's.
    static OPENED: AtomicBool = AtomicBool::new(false);

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        for (name, value) in NUMBERS {
            module.dict().set_str(vm, name, Object::int32(*value))?;
        }
        Ok(())
    }

    /// Set logging options of subsequent syslog() calls.
    #[py("openlog(ident=<unrepresentable>, logoption=0, facility=LOG_USER)")]
    fn openlog(vm: &Vm, ident: Option<String>, logoption: i32, facility: Option<i32>) -> Result<()> {
        let ident = ident.map(|ident| c_text(vm, &ident)).transpose()?;
        open(vm, ident, logoption, facility.unwrap_or(LOG_USER))?;
        OPENED.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// syslog([priority=LOG_INFO,] message)
    /// Send the string message to the system logger.
    #[py("syslog(*args)", notext, tuple)]
    fn syslog(vm: &Vm, args: &[Object]) -> Result<()> {
        let (priority, message) = match args {
            [message] => (LOG_INFO, message),
            [priority, message] => {
                let index = vm::protocol::number::index(vm, priority)?;
                let Some(Ok(priority)) = Int::to_i64(&index).map(i32::try_from) else {
                    bail!(vm, OverflowError, "signed integer is greater than maximum");
                };
                (priority, message)
            }
            _ => bail!(vm, TypeError, "syslog.syslog requires 1 to 2 arguments"),
        };
        let Some(text) = message.cast::<Str>() else {
            bail!(vm, TypeError, "syslog() argument must be str, not {}", vm::object::type_name(message));
        };
        let text = c_text(vm, &text.to_utf8(vm)?)?;
        vm.audit("syslog.syslog", &[Object::int32(priority), message.clone()])?;
        if !OPENED.swap(true, Ordering::Relaxed) {
            open(vm, None, 0, LOG_USER)?;
        }
        vm.allow_threads(|| host::log::write(priority, &text));
        Ok(())
    }

    /// Reset the syslog module values and call the system library closelog().
    #[py("closelog()")]
    fn closelog(vm: &Vm) -> Result<()> {
        vm.audit("syslog.closelog", &[])?;
        if OPENED.swap(false, Ordering::Relaxed) {
            host::log::close();
        }
        Ok(())
    }

    /// Set the priority mask to maskpri and return the previous mask value.
    #[py("setlogmask(maskpri, /)")]
    fn setlogmask(vm: &Vm, maskpri: i32) -> Result<i32> {
        vm.audit("syslog.setlogmask", &[Object::int32(maskpri)])?;
        Ok(host::log::set_mask(maskpri))
    }

    /// Calculates the mask for the individual priority pri.
    #[py("LOG_MASK(pri, /)")]
    fn LOG_MASK(pri: i32) -> i32 {
        1i32.wrapping_shl(pri as u32)
    }

    /// Calculates the mask for all priorities up to and including pri.
    #[py("LOG_UPTO(pri, /)")]
    fn LOG_UPTO(pri: i32) -> i32 {
        1i32.wrapping_shl(pri.wrapping_add(1) as u32).wrapping_sub(1)
    }
}
