//! `socket`.

use super::address::{AF_INET, from_object, to_object};
use super::control::{afalg, control_list, control_of};
use host::poll::PollFd;
use host::socket as system;
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use vm::exception::{os_error, types};
use vm::native::Buffer;
use vm::object::{instance, type_name};
use vm::prelude::*;
use vm::protocol::object as protocol;
use vm::protocol::time::{Round, nanoseconds};
use vm::protocol::{iter, number};

/// Nanoseconds that new sockets wait; -1: for ever.
pub static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(-1);

const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;
/// `SOL_SOCKET`, `SO_TYPE`, `SO_ERROR`, `SO_PROTOCOL`, `SO_DOMAIN`.
const SOL_SOCKET: i32 = 1;
const SO_TYPE: i32 = 3;
const SO_ERROR: i32 = 4;
const SO_PROTOCOL: i32 = 38;
const SO_DOMAIN: i32 = 39;
const AF_ALG: i32 = 38;
/// `SOCK_NONBLOCK`, `SOCK_CLOEXEC`.
const NONBLOCK: i32 = 0o4000;
const CLOEXEC: i32 = 0o2_000_000;

/// A socket object: one endpoint of a network connection.
///
/// socket(family=AF_INET, type=SOCK_STREAM, proto=0) opens one that programs which
/// this one starts do not inherit; with fileno, one that is open already is taken over.
#[pytype("socket", flags(BASETYPE, HAVE_GC), module = "_socket")]
pub struct Socket {
    pub head: Head,
    fd: Cell<i32>,
    family: Cell<i32>,
    kind: Cell<i32>,
    protocol: Cell<i32>,
    /// Nanoseconds; -1 for ever, 0 not at all.
    timeout: Cell<i64>,
}

pub fn fail(vm: &Vm, error: &io::Error) -> Raised {
    os_error(vm, error, None)
}

/// The time-out that an argument is; -1 for None.
pub fn timeout_of(vm: &Vm, value: &Object) -> Result<i64> {
    if value.is(&none()) {
        return Ok(-1);
    }
    let nanos = nanoseconds(vm, value, Round::Up)?;
    if nanos < 0 {
        bail!(vm, ValueError, "Timeout value out of range");
    }
    if nanos / 1_000_000 > i64::from(i32::MAX) {
        bail!(vm, OverflowError, "timeout doesn't fit into C timeval");
    }
    Ok(nanos)
}

pub fn timeout_object(nanos: i64) -> Option<f64> {
    (nanos >= 0).then_some(nanos as f64 / 1e9)
}

fn now() -> i128 {
    host::time::monotonic().nanos()
}

/// Waits for the descriptor; `false` when it is later than `until`.
fn ready(vm: &Vm, fd: i32, events: i16, until: Option<i128>) -> Result<bool> {
    let n = vm.blocking_call(|| {
        let left = match until {
            None => -1,
            Some(until) => ((until - now()).max(0) as u128).div_ceil(1_000_000).min(i32::MAX as u128) as i32,
        };
        host::poll::poll(&mut [PollFd { fd, events, revents: 0 }], left)
    })?;
    Ok(n > 0)
}

fn timed_out(vm: &Vm) -> Raised {
    raise!(vm, TimeoutError, "timed out")
}

impl Socket {
    fn until(&self) -> Option<i128> {
        let timeout = self.timeout.get();
        (timeout > 0).then(|| now() + i128::from(timeout))
    }

    /// Runs a call that may block, waiting for the descriptor first where there is a time-out.
    fn run<R>(&self, vm: &Vm, events: i16, call: impl FnMut(i32) -> io::Result<R>) -> Result<R> {
        self.run_until(vm, events, self.until(), call)
    }

    fn run_until<R>(
        &self,
        vm: &Vm,
        events: i16,
        until: Option<i128>,
        mut call: impl FnMut(i32) -> io::Result<R>,
    ) -> Result<R> {
        loop {
            let fd = self.fd.get();
            if self.timeout.get() > 0 && fd >= 0 && !ready(vm, fd, events, until)? {
                return Err(timed_out(vm));
            }
            match vm.blocking(|| call(fd))? {
                Err(error) if self.timeout.get() > 0 && error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other.map_err(|error| fail(vm, &error)),
            }
        }
    }

    fn connect_to(&self, vm: &Vm, address: &Object, caller: &str) -> Result<io::Result<()>> {
        let addr = from_object(vm, self.family.get(), address, caller)?;
        vm.audit("socket.connect", &[none(), address.clone()])?;
        let fd = self.fd.get();
        let error = match vm.allow_threads(|| system::connect(fd, &addr)) {
            Ok(()) => return Ok(Ok(())),
            Err(error) => error,
        };
        let interrupted = error.kind() == io::ErrorKind::Interrupted;
        const EINPROGRESS: i32 = 115;
        if interrupted {
            vm::interp::check_signals(vm)?;
        }
        let waits = (interrupted && self.timeout.get() != 0)
            || (self.timeout.get() > 0 && error.raw_os_error() == Some(EINPROGRESS));
        if !waits {
            return Ok(Err(error));
        }
        if !ready(vm, fd, POLLOUT, self.until())? {
            if caller == "connect_ex" {
                return Ok(Err(io::Error::from_raw_os_error(11)));
            }
            return Err(timed_out(vm));
        }
        Ok(match system::option_int(fd, SOL_SOCKET, SO_ERROR) {
            Ok(0 | 106) => Ok(()),
            Ok(code) => Err(io::Error::from_raw_os_error(code)),
            Err(error) => Err(error),
        })
    }

    fn receive(&self, vm: &Vm, size: isize, flags: i32, what: &str) -> Result<Object> {
        let mut data = room(vm, size, what)?;
        if data.is_empty() {
            return Ok(Bytes::new(b"").into_object());
        }
        let n = self.run(vm, POLLIN, |fd| system::recv(fd, &mut data, flags))?;
        Ok(Bytes::try_new(vm, &data[..n])?.into_object())
    }
}

fn room(vm: &Vm, size: isize, what: &str) -> Result<Vec<u8>> {
    let Ok(size) = usize::try_from(size) else { bail!(vm, ValueError, "negative buffersize in {what}") };
    let mut data = Vec::new();
    vm.memory(data.try_reserve_exact(size).map_err(|_| vm::heap::OutOfMemory))?;
    data.resize(size, 0);
    Ok(data)
}

/// A view to write into, for the argument 1 of a method.
fn writable(vm: &Vm, buffer: &Object, method: &str) -> Result<Buffer> {
    vm::object::buffer::writable(vm, buffer, &format!("{method}() argument 1"))
}

fn put(view: &Buffer, data: &[u8]) {
    view.exporter.with_bytes_mut(&mut |bytes| bytes[view.offset..view.offset + data.len()].copy_from_slice(data));
}

pub use vm::object::buffer::bytes_of;

pub fn int(vm: &Vm, value: &Object) -> Result<i32> {
    let index = number::index(vm, value)?;
    match Int::to_i64(&index).map(i32::try_from) {
        Some(Ok(n)) => Ok(n),
        _ if Int::is_negative(&index) => Err(raise!(vm, OverflowError, "signed integer is less than minimum")),
        _ => Err(raise!(vm, OverflowError, "signed integer is greater than maximum")),
    }
}

/// The bytes of the buffers that a message is made of.
fn buffers_of(vm: &Vm, buffers: &Object, method: &str) -> Result<Vec<Vec<u8>>> {
    let items = match iter::to_vec(vm, buffers) {
        Err(_) if vm.raised_is(&types::TypeError) => {
            vm.clear_raised();
            bail!(vm, TypeError, "{method}() argument 1 must be an iterable");
        }
        other => other?,
    };
    items.iter().map(|b| bytes_of(vm, b)).collect()
}

#[pymethods]
impl Socket {
    #[slot]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let _ = args;
        let body = Socket {
            head: Head::new(),
            fd: Cell::new(-1),
            family: Cell::new(0),
            kind: Cell::new(0),
            protocol: Cell::new(0),
            timeout: Cell::new(DEFAULT_TIMEOUT.load(Ordering::Relaxed)),
        };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    #[slot("(family=-1, type=-1, proto=-1, fileno=None)", notext)]
    fn init(this: &Ref<Self>, vm: &Vm, family: i32, r#type: i32, proto: i32, fileno: Option<&Object>) -> Result<()> {
        let (mut family, mut kind, mut proto) = (family, r#type, proto);
        vm.audit(
            "socket.__new__",
            &[this.to_object(), Object::int32(family), Object::int32(kind), Object::int32(proto)],
        )?;
        let fd = match fileno {
            Some(fileno) => {
                let fd = int(vm, fileno)?;
                if fd < 0 {
                    bail!(vm, ValueError, "negative file descriptor");
                }
                let failed = |error: io::Error| fail(vm, &error);
                let name = system::name(fd);
                if family == -1 {
                    family = name.map_err(failed)?.family();
                    if family == 0 {
                        family = system::option_int(fd, SOL_SOCKET, SO_DOMAIN).map_err(failed)?;
                    }
                } else if let Err(error) = name
                    && matches!(error.raw_os_error(), Some(9 | 88))
                {
                    return Err(failed(error));
                }
                if kind == -1 {
                    kind = system::option_int(fd, SOL_SOCKET, SO_TYPE).map_err(failed)?;
                }
                if proto == -1 {
                    proto = system::option_int(fd, SOL_SOCKET, SO_PROTOCOL).map_err(failed)?;
                }
                fd
            }
            None => {
                family = if family == -1 { AF_INET } else { family };
                kind = if kind == -1 { 1 } else { kind };
                proto = if proto == -1 { 0 } else { proto };
                vm.allow_threads(|| system::socket(family, kind, proto)).map_err(|error| fail(vm, &error))?
            }
        };
        let old = this.fd.replace(fd);
        if old >= 0 {
            let _ = host::fd::close(old);
        }
        this.family.set(family);
        this.protocol.set(proto);
        this.kind.set(kind & !(NONBLOCK | CLOEXEC));
        let default = DEFAULT_TIMEOUT.load(Ordering::Relaxed);
        if kind & NONBLOCK != 0 {
            this.timeout.set(0);
        } else {
            this.timeout.set(default);
            if default >= 0 {
                host::fd::set_blocking(fd, false).map_err(|error| fail(vm, &error))?;
            }
        }
        Ok(())
    }

    #[slot]
    fn finalize(this: &Ref<Self>, vm: &Vm) {
        let fd = this.fd.get();
        if fd < 0 {
            return;
        }
        let saved = vm.take_raised();
        let shown = protocol::repr(vm, this.as_object()).map(|text| text.to_string_lossy());
        let message = format!("unclosed {}", shown.unwrap_or_default());
        vm.clear_raised();
        if vm::modules::warnings::warn_unclosed(vm, this.as_object(), &message).is_err() {
            vm.unraisable("Exception ignored while finalizing socket", Some(this.as_object()));
        }
        vm.restore_raised(saved);
        this.fd.set(-1);
        let _ = host::fd::close(fd);
    }

    #[slot]
    fn repr(&self) -> String {
        let (fd, family) = (self.fd.get(), self.family.get());
        format!("<socket object, fd={fd}, family={family}, type={}, proto={}>", self.kind.get(), self.protocol.get())
    }

    /// Wait for an incoming connection; give its descriptor and the client's address.
    #[py("_accept()")]
    fn accept(&self, vm: &Vm) -> Result<(i32, Object)> {
        let (fd, addr) = self.run(vm, POLLIN, system::accept)?;
        match to_object(vm, &addr) {
            Ok(addr) => Ok((fd, addr)),
            Err(raised) => {
                let _ = host::fd::close(fd);
                Err(raised)
            }
        }
    }

    /// Bind the socket to a local address.
    #[py("bind(object, /)")]
    fn bind(&self, vm: &Vm, object: &Object) -> Result<()> {
        let addr = from_object(vm, self.family.get(), object, "bind")?;
        vm.audit("socket.bind", &[none(), object.clone()])?;
        let fd = self.fd.get();
        vm.allow_threads(|| system::bind(fd, &addr)).map_err(|error| fail(vm, &error))
    }

    /// Close the socket.  It cannot be used after this call.
    #[py("close()")]
    fn close(&self, vm: &Vm) -> Result<()> {
        let fd = self.fd.replace(-1);
        if fd >= 0
            && let Err(error) = vm.allow_threads(|| host::fd::close(fd))
            && error.raw_os_error() != Some(104)
        {
            return Err(fail(vm, &error));
        }
        Ok(())
    }

    /// Connect the socket to a remote address.
    #[py("connect(object, /)")]
    fn connect(&self, vm: &Vm, object: &Object) -> Result<()> {
        self.connect_to(vm, object, "connect")?.map_err(|error| fail(vm, &error))
    }

    /// Like connect(), but give the error's number instead of raising an exception.
    #[py("connect_ex(object, /)")]
    fn connect_ex(&self, vm: &Vm, object: &Object) -> Result<i32> {
        Ok(match self.connect_to(vm, object, "connect_ex")? {
            Ok(()) => 0,
            Err(error) => error.raw_os_error().unwrap_or(0),
        })
    }

    /// Close the object without closing the descriptor, which is the result.
    #[py("detach()")]
    fn detach(&self) -> i32 {
        self.fd.replace(-1)
    }

    /// Return the descriptor.
    #[py("fileno()")]
    fn fileno(&self) -> i32 {
        self.fd.get()
    }

    /// Return the address of the remote endpoint.
    #[py("getpeername()")]
    fn getpeername(&self, vm: &Vm) -> Result<Object> {
        to_object(vm, &system::peer(self.fd.get()).map_err(|error| fail(vm, &error))?)
    }

    /// Return the address of the local endpoint.
    #[py("getsockname()")]
    fn getsockname(&self, vm: &Vm) -> Result<Object> {
        to_object(vm, &system::name(self.fd.get()).map_err(|error| fail(vm, &error))?)
    }

    /// Get a socket option: an integer, or bytes if their most is given.
    #[py("getsockopt(level, option, buffersize=0, /)", notext, tuple)]
    fn getsockopt(&self, vm: &Vm, level: i32, option: i32, buffersize: i32) -> Result<Object> {
        if buffersize == 0 {
            let value = system::option_int(self.fd.get(), level, option).map_err(|error| fail(vm, &error))?;
            return Ok(Object::int32(value));
        }
        if !(1..=1024).contains(&buffersize) {
            bail!(vm, OSError, "getsockopt buflen out of range");
        }
        let value = system::option(self.fd.get(), level, option, buffersize as usize);
        Ok(Bytes::try_new(vm, &value.map_err(|error| fail(vm, &error))?)?.into_object())
    }

    /// Set a socket option: to an integer or bytes, or to nothing but a length.
    #[py(raw, "setsockopt", notext)]
    fn setsockopt(vm: &Vm, args: Args<'_>) -> Result<()> {
        let Some((this, args)) = args.positional().split_first() else {
            bail!(vm, TypeError, "unbound method socket.setsockopt() needs an argument");
        };
        let Some(this) = this.cast::<Socket>() else {
            let given = type_name(this);
            bail!(
                vm,
                TypeError,
                "descriptor 'setsockopt' for '_socket.socket' objects doesn't apply to a '{given}' object"
            );
        };
        let fd = this.fd.get();
        let done = match args {
            [level, option, value, len] => {
                if !value.is(&none()) {
                    bail!(vm, TypeError, "setsockopt() takes exactly 3 arguments (4 given)");
                }
                let (level, option, len) = (int(vm, level)?, int(vm, option)?, int(vm, len)?);
                system::set_option_len(fd, level, option, len as u32)
            }
            [level, option, value] => {
                let (level, option) = (int(vm, level)?, int(vm, option)?);
                if number::has_index(value) {
                    system::set_option(fd, level, option, &int(vm, value)?.to_ne_bytes())
                } else {
                    system::set_option(fd, level, option, &bytes_of(vm, value)?)
                }
            }
            other => bail!(vm, TypeError, "setsockopt() takes exactly 3 arguments ({} given)", other.len()),
        };
        done.map_err(|error| fail(vm, &error))
    }

    /// Let the socket accept connections; backlog is how many may wait.
    #[py("listen(backlog=128, /)", notext, tuple)]
    fn listen(&self, vm: &Vm, backlog: i32) -> Result<()> {
        let fd = self.fd.get();
        vm.allow_threads(|| system::listen(fd, backlog.max(0))).map_err(|error| fail(vm, &error))
    }

    /// Receive at most buffersize bytes.
    #[py("recv(buffersize, flags=0, /)", notext, tuple)]
    fn recv(&self, vm: &Vm, buffersize: isize, flags: i32) -> Result<Object> {
        self.receive(vm, buffersize, flags, "recv")
    }

    /// Receive into a buffer, at most nbytes; give the number of bytes.
    #[py("recv_into(buffer, nbytes=0, flags=0)", notext)]
    fn recv_into(&self, vm: &Vm, buffer: &Object, nbytes: isize, flags: i32) -> Result<usize> {
        let view = writable(vm, buffer, "recv_into")?;
        let len = view.byte_len();
        let want = if nbytes == 0 { len as isize } else { nbytes };
        let result = (|| {
            if nbytes > len as isize {
                bail!(vm, ValueError, "buffer too small for requested bytes");
            }
            let mut data = room(vm, want, "recv_into")?;
            if data.is_empty() {
                return Ok(0);
            }
            let n = self.run(vm, POLLIN, |fd| system::recv(fd, &mut data, flags))?;
            put(&view, &data[..n]);
            Ok(n)
        })();
        view.release(vm);
        result
    }

    /// Receive at most buffersize bytes; give them and the sender's address.
    #[py("recvfrom(buffersize, flags=0, /)", notext, tuple)]
    fn recvfrom(&self, vm: &Vm, buffersize: isize, flags: i32) -> Result<(Object, Object)> {
        let mut data = room(vm, buffersize, "recvfrom")?;
        let (n, from) = self.run(vm, POLLIN, |fd| system::recv_from(fd, &mut data, flags))?;
        Ok((Bytes::try_new(vm, &data[..n])?.into_object(), to_object(vm, &from)?))
    }

    /// Receive into a buffer, at most nbytes; give the number of bytes and the sender's address.
    #[py("recvfrom_into(buffer, nbytes=0, flags=0)", notext)]
    fn recvfrom_into(&self, vm: &Vm, buffer: &Object, nbytes: isize, flags: i32) -> Result<(usize, Object)> {
        let view = writable(vm, buffer, "recvfrom_into")?;
        let len = view.byte_len();
        let want = if nbytes == 0 { len as isize } else { nbytes };
        let result = (|| {
            if nbytes > len as isize {
                bail!(vm, ValueError, "nbytes is greater than the length of the buffer");
            }
            let mut data = room(vm, want, "recvfrom_into")?;
            let (n, from) = self.run(vm, POLLIN, |fd| system::recv_from(fd, &mut data, flags))?;
            put(&view, &data[..n]);
            Ok((n, to_object(vm, &from)?))
        })();
        view.release(vm);
        result
    }

    /// Receive data and control messages: (data, ancdata, msg_flags, address).
    #[py("recvmsg(bufsize, ancbufsize=0, flags=0, /)", notext, tuple)]
    fn recvmsg(&self, vm: &Vm, bufsize: isize, ancbufsize: isize, flags: i32) -> Result<(Object, Object, i32, Object)> {
        if bufsize < 0 {
            bail!(vm, ValueError, "negative buffer size in recvmsg()");
        }
        if !(0..=1 << 28).contains(&ancbufsize) {
            bail!(vm, ValueError, "invalid ancillary data buffer length");
        }
        let mut data = room(vm, bufsize, "recvmsg")?;
        let message = self.run(vm, POLLIN, |fd| {
            system::recv_message(fd, &mut [io::IoSliceMut::new(&mut data)], ancbufsize as usize, flags)
        })?;
        let bytes = Bytes::try_new(vm, &data[..message.len])?.into_object();
        Ok((bytes, control_list(vm, &message.control)?, message.flags, to_object(vm, &message.from)?))
    }

    /// Receive data into buffers, and control messages: (nbytes, ancdata, msg_flags, address).
    #[py("recvmsg_into(buffers, ancbufsize=0, flags=0, /)", notext, tuple)]
    fn recvmsg_into(
        &self,
        vm: &Vm,
        buffers: &Object,
        ancbufsize: isize,
        flags: i32,
    ) -> Result<(usize, Object, i32, Object)> {
        if !(0..=1 << 28).contains(&ancbufsize) {
            bail!(vm, ValueError, "invalid ancillary data buffer length");
        }
        let Ok(buffers) = iter::to_vec(vm, buffers) else {
            if vm.raised_is(&types::TypeError) {
                vm.clear_raised();
                bail!(vm, TypeError, "recvmsg_into() argument 1 must be an iterable");
            }
            return Err(Raised);
        };
        let mut views = Vec::new();
        for buffer in &buffers {
            let Ok(view) = vm::object::buffer::writable(vm, buffer, "recvmsg_into() argument 1") else {
                for view in &views {
                    Buffer::release(view, vm);
                }
                if vm.raised_is(&types::TypeError) {
                    vm.clear_raised();
                    let what = "an iterable of single-segment read-write buffers";
                    bail!(vm, TypeError, "recvmsg_into() argument 1 must be {what}");
                }
                return Err(Raised);
            };
            views.push(view);
        }
        let total: usize = views.iter().map(Buffer::byte_len).sum();
        let mut data = room(vm, total as isize, "recvmsg_into")?;
        let message = self.run(vm, POLLIN, |fd| {
            system::recv_message(fd, &mut [io::IoSliceMut::new(&mut data)], ancbufsize as usize, flags)
        });
        let mut rest = &data[..message.as_ref().map_or(0, |m| m.len)];
        for view in &views {
            let (here, later) = rest.split_at(view.byte_len().min(rest.len()));
            put(view, here);
            view.release(vm);
            rest = later;
        }
        let message = message?;
        Ok((message.len, control_list(vm, &message.control)?, message.flags, to_object(vm, &message.from)?))
    }

    /// Send data; give the number of bytes that were sent.
    #[py("send(data, flags=0, /)", notext, tuple)]
    fn send(&self, vm: &Vm, data: &Object, flags: i32) -> Result<usize> {
        let data = bytes_of(vm, data)?;
        self.run(vm, POLLOUT, |fd| system::send(fd, &data, flags))
    }

    /// Send all of the data.
    #[py("sendall(data, flags=0, /)", notext, tuple)]
    fn sendall(&self, vm: &Vm, data: &Object, flags: i32) -> Result<()> {
        let data = bytes_of(vm, data)?;
        let until = self.until();
        let mut sent = 0;
        loop {
            sent += self.run_until(vm, POLLOUT, until, |fd| system::send(fd, &data[sent..], flags))?;
            if sent >= data.len() {
                return Ok(());
            }
            vm::interp::check_signals(vm)?;
        }
    }

    /// Send data to an address: sendto(data[, flags], address).
    #[py(raw, "sendto", notext)]
    fn sendto(vm: &Vm, args: Args<'_>) -> Result<usize> {
        let Some((Some(this), args)) = args.positional().split_first().map(|(t, a)| (t.cast::<Socket>(), a)) else {
            bail!(vm, TypeError, "unbound method socket.sendto() needs an argument");
        };
        let (data, flags, address) = match args {
            [data, address] => (data, 0, address),
            [data, flags, address] => (data, int(vm, flags)?, address),
            other => bail!(vm, TypeError, "sendto() takes 2 or 3 arguments ({} given)", other.len()),
        };
        let data = bytes_of(vm, data)?;
        let addr = from_object(vm, this.family.get(), address, "sendto")?;
        vm.audit("socket.sendto", &[this.to_object(), address.clone()])?;
        this.run(vm, POLLOUT, |fd| system::send_to(fd, &data, flags, &addr))
    }

    /// Send buffers and control messages; give the number of bytes that were sent.
    #[py("sendmsg(buffers, ancdata=(), flags=0, address=None, /)", notext, tuple)]
    fn sendmsg(
        &self,
        vm: &Vm,
        buffers: &Object,
        ancdata: Option<&Object>,
        flags: i32,
        address: Option<&Object>,
    ) -> Result<usize> {
        let data = buffers_of(vm, buffers, "sendmsg")?;
        let control = ancdata.map_or(Ok(Vec::new()), |c| control_of(vm, c))?;
        let addr = address.map(|a| from_object(vm, self.family.get(), a, "sendmsg")).transpose()?;
        let slices: Vec<io::IoSlice<'_>> = data.iter().map(|d| io::IoSlice::new(d)).collect();
        self.run(vm, POLLOUT, |fd| system::send_message(fd, &slices, &control, flags, addr.as_ref()))
    }

    /// sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])
    ///
    /// Set operation mode, IV and length of associated data for an AF_ALG
    /// operation socket.
    #[py("sendmsg_afalg(msg=None, *, op=None, iv=None, assoclen=None, flags=0)", notext)]
    fn sendmsg_afalg(
        &self,
        vm: &Vm,
        msg: Option<&Object>,
        op: Option<&Object>,
        iv: Option<&Object>,
        assoclen: Option<&Object>,
        flags: i32,
    ) -> Result<usize> {
        if self.family.get() != AF_ALG {
            bail!(vm, OSError, "algset is only supported for AF_ALG");
        }
        let control = afalg(vm, op, iv, assoclen)?;
        let data = msg.map_or(Ok(Vec::new()), |msg| buffers_of(vm, msg, "sendmsg_afalg"))?;
        let slices: Vec<io::IoSlice<'_>> = data.iter().map(|d| io::IoSlice::new(d)).collect();
        self.run(vm, POLLOUT, |fd| system::send_message(fd, &slices, &control, flags, None))
    }

    /// Set whether operations wait.
    #[py("setblocking(object, /)")]
    fn setblocking(&self, vm: &Vm, object: bool) -> Result<()> {
        self.timeout.set(if object { -1 } else { 0 });
        let fd = self.fd.get();
        vm.allow_threads(|| host::fd::set_blocking(fd, object)).map_err(|error| fail(vm, &error))
    }

    /// Tell whether operations wait.
    #[py("getblocking()")]
    fn getblocking(&self) -> bool {
        self.timeout.get() != 0
    }

    /// Set how many seconds operations wait; None for ever, 0 not at all.
    #[py("settimeout(object, /)")]
    fn settimeout(&self, vm: &Vm, object: &Object) -> Result<()> {
        let nanos = timeout_of(vm, object)?;
        self.timeout.set(nanos);
        let fd = self.fd.get();
        vm.allow_threads(|| host::fd::set_blocking(fd, nanos < 0)).map_err(|error| fail(vm, &error))
    }

    /// Return how many seconds operations wait; None for ever.
    #[py("gettimeout()")]
    fn gettimeout(&self) -> Option<f64> {
        timeout_object(self.timeout.get())
    }

    /// Shut down the reading side (SHUT_RD), the writing side (SHUT_WR), or both (SHUT_RDWR).
    #[py("shutdown(object, /)")]
    fn shutdown(&self, vm: &Vm, object: i32) -> Result<()> {
        let fd = self.fd.get();
        vm.allow_threads(|| system::shutdown(fd, object)).map_err(|error| fail(vm, &error))
    }

    /// the socket family
    #[getter("family")]
    fn get_family(&self) -> i32 {
        self.family.get()
    }

    /// the socket type
    #[getter("type")]
    fn get_type(&self) -> i32 {
        self.kind.get()
    }

    /// the socket protocol
    #[getter("proto")]
    fn get_proto(&self) -> i32 {
        self.protocol.get()
    }

    /// the socket timeout
    #[getter("timeout")]
    fn get_timeout(&self) -> Option<f64> {
        timeout_object(self.timeout.get())
    }
}
