//! `select`.

use host::poll::{self, PollFd};
use host::time::Time;
use std::cell::{Cell, RefCell};
use vm::exception::{key_error, os_error, types};
use vm::object::instance;
use vm::prelude::*;
use vm::protocol::object::file_descriptor;
use vm::protocol::time::{Round, nanoseconds};
use vm::protocol::{iter, number};

/// A descriptor, or an object with `fileno()`.
struct Descriptor(i32);

impl FromArg<'_> for Descriptor {
    fn from_arg(vm: &Vm, value: &Object, _: ArgSite) -> Result<Self> {
        file_descriptor(vm, value).map(Descriptor)
    }
}

fn fail(vm: &Vm, error: &std::io::Error) -> Raised {
    os_error(vm, error, None)
}

fn now() -> i128 {
    host::time::monotonic().nanos()
}

/// Milliseconds until a moment, rounded up; -1 for ever.
fn left(until: Option<i128>) -> i32 {
    match until {
        None => -1,
        Some(until) => ((until - now()).max(0) as u128).div_ceil(1_000_000).min(i32::MAX as u128) as i32,
    }
}

fn deadline(vm: &Vm, nanos: Option<i64>) -> Option<i128> {
    let _ = vm;
    nanos.map(|n| now() + i128::from(n))
}

fn number_of(vm: &Vm, timeout: &Object) -> Result<i64> {
    match nanoseconds(vm, timeout, Round::Up) {
        Err(_) if vm.raised_is(&types::TypeError) => {
            vm.clear_raised();
            Err(raise!(vm, TypeError, "timeout must be a real number or None"))
        }
        other => other,
    }
}

fn event_mask(vm: &Vm, mask: &Object) -> Result<u16> {
    let index = number::index(vm, mask)?;
    match Int::to_i128(&index) {
        Some(n) if n < 0 => Err(raise!(vm, ValueError, "value must be positive")),
        Some(n) if n <= 0xffff => Ok(n as u16),
        _ => Err(raise!(vm, OverflowError, "Python int too large to convert to C unsigned short")),
    }
}

const POLLIN: i16 = 1;
const POLLPRI: i16 = 2;
const POLLOUT: i16 = 4;

/// Descriptors to wait for with poll(2).
#[pytype("poll", doc = "", flags(HAVE_GC, DISALLOW_INSTANTIATION), module = "select")]
pub struct Poll {
    pub head: Head,
    #[untraced]
    fds: RefCell<Vec<(i32, u16)>>,
    running: Cell<bool>,
}

#[pymethods]
impl Poll {
    /// Register a descriptor, or change its events.
    #[py("register(fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)")]
    fn register(&self, vm: &Vm, fd: Descriptor, eventmask: Option<&Object>) -> Result<()> {
        let mask = eventmask.map_or(Ok((POLLIN | POLLPRI | POLLOUT) as u16), |m| event_mask(vm, m))?;
        let mut fds = self.fds.borrow_mut();
        match fds.iter_mut().find(|(f, _)| *f == fd.0) {
            Some(entry) => entry.1 = mask,
            None => fds.push((fd.0, mask)),
        }
        Ok(())
    }

    /// Change the events of a descriptor that was registered.
    #[py("modify(fd, eventmask, /)")]
    fn modify(&self, vm: &Vm, fd: Descriptor, eventmask: &Object) -> Result<()> {
        let mask = event_mask(vm, eventmask)?;
        match self.fds.borrow_mut().iter_mut().find(|(f, _)| *f == fd.0) {
            Some(entry) => entry.1 = mask,
            None => return Err(fail(vm, &std::io::Error::from_raw_os_error(2))),
        }
        Ok(())
    }

    /// Forget a descriptor.
    #[py("unregister(fd, /)")]
    fn unregister(&self, vm: &Vm, fd: Descriptor) -> Result<()> {
        let at = self.fds.borrow().iter().position(|(f, _)| *f == fd.0);
        match at {
            Some(at) => {
                self.fds.borrow_mut().remove(at);
                Ok(())
            }
            None => Err(key_error(vm, &Object::int32(fd.0))),
        }
    }

    /// Wait, at most timeout milliseconds; give a list of (descriptor, events).
    #[py("poll(timeout=None, /)")]
    fn poll(&self, vm: &Vm, timeout: Option<&Object>) -> Result<Vec<Object>> {
        let nanos = match timeout {
            None => None,
            Some(timeout) => {
                let milliseconds = match Float::value_of(timeout).filter(|_| timeout.is_instance_of::<Float>()) {
                    Some(value) if value.is_nan() => bail!(vm, ValueError, "Invalid value NaN (not a number)"),
                    Some(value) => value,
                    None if !number::has_index(timeout) => {
                        bail!(vm, TypeError, "timeout must be an integer or None")
                    }
                    None => {
                        let index = number::index(vm, timeout)?;
                        Int::to_i64(&index).map_or(f64::INFINITY, |n| n as f64)
                    }
                };
                if milliseconds.abs() > f64::from(i32::MAX) {
                    bail!(vm, OverflowError, "timeout is too large");
                }
                (milliseconds >= 0.0).then(|| (milliseconds * 1e6).ceil() as i64)
            }
        };
        if self.running.replace(true) {
            bail!(vm, RuntimeError, "concurrent poll() invocation");
        }
        let mut fds: Vec<PollFd> = self
            .fds
            .borrow()
            .iter()
            .map(|(fd, events)| PollFd { fd: *fd, events: *events as i16, revents: 0 })
            .collect();
        let until = deadline(vm, nanos);
        let result = vm.blocking_call(|| poll::poll(&mut fds, left(until)));
        self.running.set(false);
        result?;
        Ok(fds
            .iter()
            .filter(|p| p.revents != 0)
            .map(|p| {
                let events = Object::int32(i32::from(p.revents as u16));
                Tuple::from_iter_exact([Object::int32(p.fd), events].into_iter()).into_object()
            })
            .collect())
    }
}

/// Returns an epolling object: a descriptor that waits for others.
#[pytype("epoll", flags(SHOWS_GETATTRIBUTE, HAVE_GC, BASETYPE), module = "select")]
pub struct Epoll {
    pub head: Head,
    fd: Cell<i32>,
}

/// Only when its memory goes: the finalisers of others in a cycle may still use it.
impl Drop for Epoll {
    fn drop(&mut self) {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            let _ = poll::close(fd);
        }
    }
}

impl Epoll {
    fn open_fd(&self, vm: &Vm) -> Result<i32> {
        match self.fd.get() {
            fd if fd < 0 => Err(raise!(vm, ValueError, "I/O operation on closed epoll object")),
            fd => Ok(fd),
        }
    }

    fn control(&self, vm: &Vm, operation: i32, fd: i32, events: u32) -> Result<()> {
        let epoll = self.open_fd(vm)?;
        vm.allow_threads(|| poll::epoll_control(epoll, operation, fd, events)).map_err(|error| fail(vm, &error))
    }
}

/// `EPOLL_CLOEXEC`, `EPOLL_CTL_*`.
const CLOEXEC: i32 = 0o2_000_000;
const ADD: i32 = 1;
const DELETE: i32 = 2;
const CHANGE: i32 = 3;

#[pymethods]
impl Epoll {
    #[slot("(sizehint=-1, flags=0)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, sizehint: i32, flags: i32) -> Result<Object> {
        if sizehint != -1 && sizehint <= 0 {
            bail!(vm, ValueError, "sizehint must be positive or -1");
        }
        if flags != 0 && flags != CLOEXEC {
            return Err(fail(vm, &std::io::Error::from_raw_os_error(22)));
        }
        let fd = poll::epoll_create(CLOEXEC).map_err(|error| fail(vm, &error))?;
        Ok(instance::alloc(vm, cls, Epoll { head: Head::new(), fd: Cell::new(fd) })?.into_object())
    }

    /// Create an epoll object from a given control descriptor.
    #[py("fromfd(fd, /)", classmethod)]
    fn fromfd(cls: &Ref<Type>, vm: &Vm, fd: i32) -> Result<Object> {
        Ok(instance::alloc(vm, cls, Epoll { head: Head::new(), fd: Cell::new(fd) })?.into_object())
    }

    /// Close the descriptor. Further operations raise an exception.
    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<()> {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            vm.allow_threads(|| poll::close(fd)).map_err(|error| fail(vm, &error))?;
        }
        Ok(())
    }

    /// Return the descriptor.
    #[py("fileno()")]
    fn fileno(&self, vm: &Vm) -> Result<i32> {
        self.open_fd(vm)
    }

    /// True if the object is closed.
    #[getter("closed")]
    fn closed(&self) -> bool {
        self.fd.get() < 0
    }

    /// Register a descriptor; OSError if it is registered already.
    #[py("register(fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)")]
    fn register(&self, vm: &Vm, fd: Descriptor, eventmask: Option<u32>) -> Result<()> {
        self.control(vm, ADD, fd.0, eventmask.unwrap_or(7))
    }

    /// Change the events of a descriptor that was registered.
    #[py("modify(fd, eventmask)")]
    fn modify(&self, vm: &Vm, fd: Descriptor, eventmask: u32) -> Result<()> {
        self.control(vm, CHANGE, fd.0, eventmask)
    }

    /// Forget a descriptor.
    #[py("unregister(fd)")]
    fn unregister(&self, vm: &Vm, fd: Descriptor) -> Result<()> {
        self.control(vm, DELETE, fd.0, 0)
    }

    /// Wait, at most timeout seconds, for at most maxevents; give a list of (descriptor, events).
    #[py("poll(timeout=None, maxevents=-1)")]
    fn poll(&self, vm: &Vm, timeout: Option<&Object>, maxevents: i32) -> Result<Vec<Object>> {
        let epoll = self.open_fd(vm)?;
        let nanos = timeout.map(|t| number_of(vm, t)).transpose()?.filter(|n| *n >= 0);
        if nanos.is_some_and(|n| n / 1_000_000 > i64::from(i32::MAX)) {
            bail!(vm, OverflowError, "timeout is too large");
        }
        let most = match maxevents {
            -1 => 1023,
            n if n > 0 => n as usize,
            n => bail!(vm, ValueError, "maxevents must be greater than 0, got {n}"),
        };
        let until = deadline(vm, nanos);
        let events = vm.blocking_call(|| poll::epoll_wait(epoll, most, left(until)))?;
        Ok(events
            .into_iter()
            .map(|(fd, events)| {
                let events = Int::from_i64(events.into());
                Tuple::from_iter_exact([Object::int32(fd), events].into_iter()).into_object()
            })
            .collect())
    }

    #[py("__enter__()")]
    fn enter(this: &Ref<Self>, vm: &Vm) -> Result<Object> {
        this.open_fd(vm)?;
        Ok(this.to_object())
    }

    #[py("__exit__(exc_type=None, exc_value=None, exc_tb=None, /)")]
    fn exit(
        &self,
        vm: &Vm,
        exc_type: Option<&Object>,
        exc_value: Option<&Object>,
        exc_tb: Option<&Object>,
    ) -> Result<()> {
        let _ = (exc_type, exc_value, exc_tb);
        self.close(vm)
    }
}

fn listed(vm: &Vm, list: &Object) -> Result<Vec<(i32, Object)>> {
    let items = match iter::to_vec(vm, list) {
        Err(_) if vm.raised_is(&types::TypeError) => {
            vm.clear_raised();
            bail!(vm, TypeError, "arguments 1-3 must be sequences");
        }
        other => other?,
    };
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let fd = file_descriptor(vm, &item)?;
        if fd >= poll::SELECT_MAX {
            bail!(vm, ValueError, "filedescriptor out of range in select()");
        }
        all.push((fd, item));
    }
    Ok(all)
}

/// Waiting until descriptors are ready.
#[pymodule("select", types(Epoll))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        Poll::init_type(vm)?;
        let dict = module.dict();
        for (name, value) in host::constants::SELECT {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        dict.set_str(vm, "error", types::OSError.get().to_object())
    }

    /// Return a polling object.
    #[py("poll()")]
    fn poll() -> Object {
        instance::alloc_static(Poll { head: Head::new(), fds: RefCell::default(), running: Cell::new(false) })
            .into_object()
    }

    /// Wait until one or more descriptors are ready; give those ready to read, to write, and in an exceptional state.
    #[py("select(rlist, wlist, xlist, timeout=None, /)")]
    fn select(
        vm: &Vm,
        rlist: &Object,
        wlist: &Object,
        xlist: &Object,
        timeout: Option<&Object>,
    ) -> Result<(Vec<Object>, Vec<Object>, Vec<Object>)> {
        let nanos = timeout.map(|t| number_of(vm, t)).transpose()?;
        if nanos.is_some_and(|n| n < 0) {
            bail!(vm, ValueError, "timeout must be non-negative");
        }
        let lists = [listed(vm, rlist)?, listed(vm, wlist)?, listed(vm, xlist)?];
        let [r, w, x] = lists.each_ref().map(|l| l.iter().map(|(fd, _)| *fd).collect::<Vec<i32>>());
        let until = deadline(vm, nanos);
        let found = vm.blocking_call(|| {
            let time = until.map(|until| Time::from_nanos((until - now()).max(0)));
            super::poll::select(&r, &w, &x, time)
        })?;
        let objects = |ready: &[i32], list: &[(i32, Object)]| {
            list.iter().filter(|(fd, _)| ready.contains(fd)).map(|(_, o)| o.clone()).collect()
        };
        Ok((objects(&found.0, &lists[0]), objects(&found.1, &lists[1]), objects(&found.2, &lists[2])))
    }
}
