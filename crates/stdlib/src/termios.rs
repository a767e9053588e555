//! `termios`.

use host::tty;
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::object::file_descriptor;
use vm::protocol::{call, iter, number};

/// A descriptor, or an object with `fileno()`.
struct Descriptor(i32);

impl FromArg<'_> for Descriptor {
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        file_descriptor(vm, value).map(Descriptor)
    }
}

/// Raises `termios.error`.
fn failed(vm: &Vm, error: &std::io::Error) -> Raised {
    let code = error.raw_os_error().unwrap_or(0);
    let module = vm.interp().modules.get().and_then(|m| m.get_str(vm, "termios"));
    let made = module.map(|module| {
        let kind = attr::getattr(vm, &module, &vm.intern("error"))?;
        call::call(vm, &kind, &[Object::int32(code), Str::new(&host::error_text(code)).into_object()])
    });
    match made {
        Some(Ok(error)) => vm.raise(error),
        Some(Err(raised)) => raised,
        None => vm::exception::os_error(vm, error, None),
    }
}

fn done<R>(vm: &Vm, result: std::io::Result<R>) -> Result<R> {
    result.map_err(|error| failed(vm, &error))
}

fn constant(name: &str) -> Option<i64> {
    host::constants::find(host::constants::TERMIOS, name)
}

/// An interface to the control of terminals, as POSIX has it.
#[pymodule("termios")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, value) in host::constants::TERMIOS {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        let error = vm::exception::new_class(vm, "termios", "error", vm::exception::types::Exception.get())?;
        dict.set_str(vm, "error", error)
    }

    /// Get a terminal's attributes: [iflag, oflag, cflag, lflag, ispeed, ospeed, cc].
    #[py("tcgetattr(fd, /)")]
    fn tcgetattr(vm: &Vm, fd: Descriptor) -> Result<Vec<Object>> {
        let a = done(vm, vm.allow_threads(|| tty::attributes(fd.0)))?;
        let numbers = [a.iflag, a.oflag, a.cflag, a.lflag, a.ispeed, a.ospeed];
        let mut list: Vec<Object> = numbers.iter().map(|n| Int::from_i64((*n).into())).collect();
        let canonical = constant("ICANON").is_some_and(|i| i64::from(a.lflag) & i != 0);
        let mut cc = Vec::new();
        for (i, c) in a.cc.iter().enumerate() {
            let counts = [constant("VMIN"), constant("VTIME")].contains(&Some(i as i64));
            cc.push(if counts && !canonical {
                Object::int32((*c).into())
            } else {
                Bytes::try_new(vm, &[*c])?.into_object()
            });
        }
        list.push(List::from_vec(cc).into_object());
        Ok(list)
    }

    /// Set a terminal's attributes, in the form of tcgetattr().
    #[py("tcsetattr(fd, when, attributes, /)")]
    fn tcsetattr(vm: &Vm, fd: Descriptor, when: i32, attributes: &Object) -> Result<()> {
        let Some(list) = attributes.cast::<List>().filter(|l| l.items.len() == 7) else {
            bail!(vm, TypeError, "tcsetattr, arg 3: must be 7 element list");
        };
        let mut a = done(vm, vm.allow_threads(|| tty::attributes(fd.0)))?;
        let flag = |i: usize| -> Result<u32> {
            let item = list.items.get(i).unwrap_or_else(none);
            let index = number::index(vm, &item)?;
            match Int::to_i64(&index) {
                Some(n) => Ok(n as u32),
                None => Err(raise!(vm, OverflowError, "Python int too large to convert to C long")),
            }
        };
        (a.iflag, a.oflag, a.cflag, a.lflag) = (flag(0)?, flag(1)?, flag(2)?, flag(3)?);
        (a.ispeed, a.ospeed) = (flag(4)?, flag(5)?);
        let cc = list.items.get(6).unwrap_or_else(none);
        let Some(cc) = cc.cast::<List>().filter(|l| l.items.len() == a.cc.len()) else {
            bail!(vm, TypeError, "tcsetattr: attributes[6] must be {} element list", a.cc.len());
        };
        for (i, slot) in a.cc.iter_mut().enumerate() {
            let item = cc.items.get(i).unwrap_or_else(none);
            *slot = match item.cast::<Bytes>().map(|b| b.as_bytes()) {
                Some([byte]) => *byte,
                None if item.is_instance_of::<Int>() => Int::to_i64(&item).unwrap_or(0) as u8,
                _ => bail!(vm, TypeError, "tcsetattr: elements of attributes must be characters or integers"),
            };
        }
        done(vm, vm.allow_threads(|| tty::set_attributes(fd.0, when, &a)))
    }

    /// Send a break on a terminal.
    #[py("tcsendbreak(fd, duration, /)")]
    fn tcsendbreak(vm: &Vm, fd: Descriptor, duration: i32) -> Result<()> {
        done(vm, vm.allow_threads(|| tty::send_break(fd.0, duration)))
    }

    /// Wait until all output has been transmitted.
    #[py("tcdrain(fd, /)")]
    fn tcdrain(vm: &Vm, fd: Descriptor) -> Result<()> {
        done(vm, vm.allow_threads(|| tty::drain(fd.0)))
    }

    /// Discard queued data: TCIFLUSH, TCOFLUSH or TCIOFLUSH.
    #[py("tcflush(fd, queue, /)")]
    fn tcflush(vm: &Vm, fd: Descriptor, queue: i32) -> Result<()> {
        done(vm, vm.allow_threads(|| tty::flush(fd.0, queue)))
    }

    /// Suspend or resume input or output.
    #[py("tcflow(fd, action, /)")]
    fn tcflow(vm: &Vm, fd: Descriptor, action: i32) -> Result<()> {
        done(vm, vm.allow_threads(|| tty::flow(fd.0, action)))
    }

    /// Get a terminal's size: rows and columns.
    #[py("tcgetwinsize(fd, /)")]
    fn tcgetwinsize(vm: &Vm, fd: Descriptor) -> Result<(u16, u16)> {
        done(vm, vm.allow_threads(|| tty::window_size(fd.0)))
    }

    /// Set a terminal's size: rows and columns.
    #[py("tcsetwinsize(fd, winsize, /)")]
    fn tcsetwinsize(vm: &Vm, fd: Descriptor, winsize: &Object) -> Result<()> {
        let items = match vm::protocol::sequence::is_sequence(winsize) {
            true => iter::to_vec(vm, winsize)?,
            false => Vec::new(),
        };
        let [rows, columns] = &items[..] else {
            bail!(vm, TypeError, "tcsetwinsize, arg 2: must be a two-item sequence");
        };
        let size = |o: &Object| -> Result<u16> {
            let index = number::index(vm, o)?;
            Int::to_i64(&index)
                .and_then(|n| u16::try_from(n).ok())
                .ok_or_else(|| raise!(vm, OverflowError, "winsize value(s) out of range."))
        };
        let (rows, columns) = (size(rows)?, size(columns)?);
        done(vm, vm.allow_threads(|| tty::set_window_size(fd.0, rows, columns)))
    }
}
