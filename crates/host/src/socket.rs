//! Sockets: thin over the system's calls.

use crate::fd::Fd;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A socket's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addr {
    /// AF_INET
    V4 { ip: Ipv4Addr, port: u16 },
    /// AF_INET6
    V6 { ip: Ipv6Addr, port: u16, flow: u32, scope: u32 },
    /// AF_UNIX: a path without its NUL, an abstract name that starts with NUL, or nothing.
    Unix(Vec<u8>),
    /// AF_NETLINK
    Netlink { pid: u32, groups: u32 },
    /// AF_VSOCK
    Vsock { cid: u32, port: u32 },
    /// AF_PACKET
    Packet { index: i32, protocol: u16, kind: u8, hatype: u16, address: Vec<u8> },
    /// Any other family, and its bytes after the family.
    Other { family: i32, bytes: Vec<u8> },
    /// No address: the call gave none.
    None,
}

/// An address as C has it.
struct Raw {
    storage: libc::sockaddr_storage,
    len: libc::socklen_t,
}

impl Raw {
    fn empty() -> Raw {
        Raw { storage: zeroed!(libc::sockaddr_storage), len: size_of::<libc::sockaddr_storage>() as libc::socklen_t }
    }

    fn pointer(&self) -> *const libc::sockaddr {
        (&raw const self.storage).cast()
    }

    fn pointer_mut(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.storage).cast()
    }

    /// The bytes after the family, as far as the address goes.
    fn tail(&self) -> &[u8] {
        let len = (self.len as usize).clamp(2, size_of::<libc::sockaddr_storage>());
        // SAFETY: within the storage, all of whose bytes are initialised.
        let bytes = unsafe { std::slice::from_raw_parts((&raw const self.storage).cast::<u8>(), len) };
        &bytes[2..]
    }

    fn of<T: Copy>(value: T) -> Raw {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        let mut raw = Raw { len: size_of::<T>() as libc::socklen_t, ..Raw::empty() };
        // SAFETY: `T` is one of C's address structures, which fit and are no more aligned than the storage.
        unsafe { (&raw mut raw.storage).cast::<T>().write(value) };
        raw
    }

    fn get<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() <= size_of::<libc::sockaddr_storage>()) };
        // SAFETY: as above; every byte of the storage is initialised, and any bytes are a valid `T`.
        unsafe { (&raw const self.storage).cast::<T>().read() }
    }
}

impl Addr {
    /// The address family, an `AF_*`.
    pub fn family(&self) -> i32 {
        match self {
            Addr::V4 { .. } => libc::AF_INET,
            Addr::V6 { .. } => libc::AF_INET6,
            Addr::Unix(_) => libc::AF_UNIX,
            Addr::Netlink { .. } => libc::AF_NETLINK,
            Addr::Vsock { .. } => libc::AF_VSOCK,
            Addr::Packet { .. } => libc::AF_PACKET,
            Addr::Other { family, .. } => *family,
            Addr::None => libc::AF_UNSPEC,
        }
    }

    fn to_raw(&self) -> io::Result<Raw> {
        let too_long = || io::Error::from_raw_os_error(libc::ENAMETOOLONG);
        Ok(match self {
            Addr::V4 { ip, port } => {
                let mut c = zeroed!(libc::sockaddr_in);
                c.sin_family = libc::AF_INET as _;
                c.sin_port = port.to_be();
                c.sin_addr.s_addr = u32::from_ne_bytes(ip.octets());
                Raw::of(c)
            }
            Addr::V6 { ip, port, flow, scope } => {
                let mut c = zeroed!(libc::sockaddr_in6);
                c.sin6_family = libc::AF_INET6 as _;
                c.sin6_port = port.to_be();
                c.sin6_addr.s6_addr = ip.octets();
                (c.sin6_flowinfo, c.sin6_scope_id) = (flow.to_be(), *scope);
                Raw::of(c)
            }
            Addr::Unix(path) => {
                let mut c = zeroed!(libc::sockaddr_un);
                c.sun_family = libc::AF_UNIX as _;
                let abstract_name = path.first() == Some(&0);
                if path.len() + usize::from(!abstract_name) > c.sun_path.len() {
                    return Err(too_long());
                }
                for (to, from) in c.sun_path.iter_mut().zip(path) {
                    *to = *from as libc::c_char;
                }
                let len = 2 + path.len() + usize::from(!abstract_name && !path.is_empty());
                Raw { len: len as libc::socklen_t, ..Raw::of(c) }
            }
            Addr::Netlink { pid, groups } => {
                let mut c = zeroed!(libc::sockaddr_nl);
                c.nl_family = libc::AF_NETLINK as _;
                (c.nl_pid, c.nl_groups) = (*pid, *groups);
                Raw::of(c)
            }
            Addr::Vsock { cid, port } => {
                let mut c = zeroed!(libc::sockaddr_vm);
                c.svm_family = libc::AF_VSOCK as _;
                (c.svm_cid, c.svm_port) = (*cid, *port);
                Raw::of(c)
            }
            Addr::Packet { index, protocol, kind, hatype, address } => {
                let mut c = zeroed!(libc::sockaddr_ll);
                c.sll_family = libc::AF_PACKET as _;
                (c.sll_protocol, c.sll_ifindex) = (protocol.to_be(), *index);
                (c.sll_hatype, c.sll_pkttype, c.sll_halen) = (*hatype, *kind, address.len() as u8);
                c.sll_addr.get_mut(..address.len()).ok_or_else(too_long)?.copy_from_slice(address);
                Raw::of(c)
            }
            Addr::Other { family, bytes } => {
                let mut room = [0u8; size_of::<libc::sockaddr_storage>()];
                room.get_mut(2..2 + bytes.len()).ok_or_else(too_long)?.copy_from_slice(bytes);
                room[..2].copy_from_slice(&(*family as u16).to_ne_bytes());
                Raw { len: 2 + bytes.len() as libc::socklen_t, ..Raw::of(room) }
            }
            Addr::None => Raw { len: 0, ..Raw::empty() },
        })
    }

    fn from_raw(raw: &Raw) -> Addr {
        if raw.len < 2 {
            return Addr::None;
        }
        match i32::from(raw.storage.ss_family) {
            libc::AF_INET => {
                let c: libc::sockaddr_in = raw.get();
                Addr::V4 { ip: c.sin_addr.s_addr.to_ne_bytes().into(), port: u16::from_be(c.sin_port) }
            }
            libc::AF_INET6 => {
                let c: libc::sockaddr_in6 = raw.get();
                let (ip, port) = (c.sin6_addr.s6_addr.into(), u16::from_be(c.sin6_port));
                Addr::V6 { ip, port, flow: u32::from_be(c.sin6_flowinfo), scope: c.sin6_scope_id }
            }
            libc::AF_UNIX => {
                let path = raw.tail();
                let end = path.iter().position(|b| *b == 0).unwrap_or(path.len());
                Addr::Unix(if end == 0 { path.to_vec() } else { path[..end].to_vec() })
            }
            libc::AF_NETLINK => {
                let c: libc::sockaddr_nl = raw.get();
                Addr::Netlink { pid: c.nl_pid, groups: c.nl_groups }
            }
            libc::AF_VSOCK => {
                let c: libc::sockaddr_vm = raw.get();
                Addr::Vsock { cid: c.svm_cid, port: c.svm_port }
            }
            libc::AF_PACKET => {
                let c: libc::sockaddr_ll = raw.get();
                Addr::Packet {
                    index: c.sll_ifindex,
                    protocol: u16::from_be(c.sll_protocol),
                    kind: c.sll_pkttype,
                    hatype: c.sll_hatype,
                    address: c.sll_addr[..usize::from(c.sll_halen).min(8)].to_vec(),
                }
            }
            family => Addr::Other { family, bytes: raw.tail().to_vec() },
        }
    }

    /// Copies an address that a call of the C library returned.
    ///
    /// # Safety
    /// `pointer` is to `len` readable bytes of an address (I3).
    pub(crate) unsafe fn copy(pointer: *const libc::sockaddr, len: libc::socklen_t) -> Addr {
        let mut raw = Raw { len, ..Raw::empty() };
        let room = size_of::<libc::sockaddr_storage>().min(len as usize);
        // SAFETY: the caller's promise; the storage is large enough.
        unsafe { pointer.cast::<u8>().copy_to((&raw mut raw.storage).cast(), room) };
        Addr::from_raw(&raw)
    }

    /// Hands the address to a C call.
    pub(crate) fn with<R>(&self, run: impl FnOnce(*const libc::sockaddr, libc::socklen_t) -> R) -> io::Result<R> {
        let raw = self.to_raw()?;
        Ok(run(raw.pointer(), raw.len))
    }
}

/// `socket(2)`, not inherited by programs started later.
pub fn socket(family: i32, kind: i32, protocol: i32) -> io::Result<Fd> {
    call!(libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol))
}

/// `socketpair(2)`, not inherited by programs started later.
pub fn pair(family: i32, kind: i32, protocol: i32) -> io::Result<(Fd, Fd)> {
    let mut ends = [0; 2];
    call!(libc::socketpair(family, kind | libc::SOCK_CLOEXEC, protocol, ends.as_mut_ptr()))?;
    Ok((ends[0], ends[1]))
}

/// `bind(2)`
pub fn bind(fd: Fd, addr: &Addr) -> io::Result<()> {
    addr.with(|pointer, len| call!(libc::bind(fd, pointer, len)))?.map(drop)
}

/// `connect(2)`
pub fn connect(fd: Fd, addr: &Addr) -> io::Result<()> {
    addr.with(|pointer, len| call!(libc::connect(fd, pointer, len)))?.map(drop)
}

/// `listen(2)`
pub fn listen(fd: Fd, backlog: i32) -> io::Result<()> {
    call!(libc::listen(fd, backlog)).map(drop)
}

/// `accept4(2)`: the connection, not inherited, and who is at its other end.
pub fn accept(fd: Fd) -> io::Result<(Fd, Addr)> {
    let mut raw = Raw::empty();
    let connection = call!(libc::accept4(fd, raw.pointer_mut(), &mut raw.len, libc::SOCK_CLOEXEC))?;
    Ok((connection, Addr::from_raw(&raw)))
}

/// `getsockname(2)`
pub fn name(fd: Fd) -> io::Result<Addr> {
    let mut raw = Raw::empty();
    call!(libc::getsockname(fd, raw.pointer_mut(), &mut raw.len))?;
    Ok(Addr::from_raw(&raw))
}

/// `getpeername(2)`
pub fn peer(fd: Fd) -> io::Result<Addr> {
    let mut raw = Raw::empty();
    call!(libc::getpeername(fd, raw.pointer_mut(), &mut raw.len))?;
    Ok(Addr::from_raw(&raw))
}

/// `shutdown(2)`
pub fn shutdown(fd: Fd, how: i32) -> io::Result<()> {
    call!(libc::shutdown(fd, how)).map(drop)
}

/// `recv(2)`
pub fn recv(fd: Fd, buffer: &mut [u8], flags: i32) -> io::Result<usize> {
    call!(libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags)).map(|n| n as usize)
}

/// `recvfrom(2)`
pub fn recv_from(fd: Fd, buffer: &mut [u8], flags: i32) -> io::Result<(usize, Addr)> {
    let mut raw = Raw::empty();
    let (pointer, len) = (buffer.as_mut_ptr().cast(), buffer.len());
    let got = call!(libc::recvfrom(fd, pointer, len, flags, raw.pointer_mut(), &mut raw.len))?;
    Ok((got as usize, Addr::from_raw(&raw)))
}

/// `send(2)`. No SIGPIPE comes of it.
pub fn send(fd: Fd, bytes: &[u8], flags: i32) -> io::Result<usize> {
    call!(libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags | libc::MSG_NOSIGNAL)).map(|n| n as usize)
}

/// `sendto(2)`. No SIGPIPE comes of it.
pub fn send_to(fd: Fd, bytes: &[u8], flags: i32, addr: &Addr) -> io::Result<usize> {
    let (data, count, flags) = (bytes.as_ptr().cast(), bytes.len(), flags | libc::MSG_NOSIGNAL);
    addr.with(|pointer, len| call!(libc::sendto(fd, data, count, flags, pointer, len)))?.map(|n| n as usize)
}

/// A control message: level, type, data.
pub type Control = (i32, i32, Vec<u8>);

/// What [`recv_message`] got.
#[derive(Debug)]
pub struct Message {
    /// How many bytes.
    pub len: usize,
    /// Control messages; descriptors in them are open and the caller's.
    pub control: Vec<Control>,
    /// `MSG_*` of the message.
    pub flags: i32,
    /// Who sent it.
    pub from: Addr,
}

/// `CMSG_SPACE`: room that a control message of `len` bytes takes.
pub fn control_space(len: usize) -> Option<usize> {
    // SAFETY: arithmetic only; the length is checked.
    u32::try_from(len)
        .ok()
        .filter(|len| *len < u32::MAX / 2)
        .map(|len| unsafe { libc::CMSG_SPACE(len) } as usize)
        .filter(|&len| len <= i32::MAX as usize)
}

/// `CMSG_LEN`: length of a control message of `len` bytes.
pub fn control_len(len: usize) -> Option<usize> {
    // SAFETY: arithmetic only; the length is checked.
    u32::try_from(len)
        .ok()
        .filter(|len| *len < u32::MAX / 2)
        .map(|len| unsafe { libc::CMSG_LEN(len) } as usize)
        .filter(|&len| len <= i32::MAX as usize)
}

/// `recvmsg(2)` into `buffers`, with `room` bytes for control messages.
pub fn recv_message(fd: Fd, buffers: &mut [io::IoSliceMut<'_>], room: usize, flags: i32) -> io::Result<Message> {
    let mut raw = Raw::empty();
    let mut control = Vec::new();
    control.try_reserve_exact(room / 8 + 1).map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))?;
    control.resize(room / 8 + 1, 0u64);
    let mut header = zeroed!(libc::msghdr);
    (header.msg_name, header.msg_namelen) = (raw.pointer_mut().cast(), raw.len);
    (header.msg_iov, header.msg_iovlen) = (buffers.as_mut_ptr().cast(), buffers.len() as _);
    if room > 0 {
        (header.msg_control, header.msg_controllen) = (control.as_mut_ptr().cast(), room as _);
    }
    let len = call!(libc::recvmsg(fd, &mut header, flags))? as usize;
    raw.len = header.msg_namelen;
    let mut messages = Vec::new();
    // SAFETY: the header and its control buffer are as the call left them; `CMSG_NXTHDR` stays within the buffer, and
    // a message that was cut has its length cut to what is there.
    unsafe {
        let end = header.msg_control as usize + header.msg_controllen as usize;
        let mut each = libc::CMSG_FIRSTHDR(&header);
        while !each.is_null() {
            let data = libc::CMSG_DATA(each);
            let whole = ((*each).cmsg_len as usize).saturating_sub(libc::CMSG_LEN(0) as usize);
            let len = whole.min(end.saturating_sub(data as usize));
            let data = std::slice::from_raw_parts(data, len).to_vec();
            messages.push(((*each).cmsg_level, (*each).cmsg_type, data));
            each = libc::CMSG_NXTHDR(&header, each);
        }
    }
    Ok(Message { len, control: messages, flags: header.msg_flags, from: Addr::from_raw(&raw) })
}

/// `sendmsg(2)`. No SIGPIPE comes of it.
pub fn send_message(
    fd: Fd,
    buffers: &[io::IoSlice<'_>],
    control: &[Control],
    flags: i32,
    addr: Option<&Addr>,
) -> io::Result<usize> {
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    let raw = addr.unwrap_or(&Addr::None).to_raw()?;
    let mut header = zeroed!(libc::msghdr);
    if addr.is_some() {
        (header.msg_name, header.msg_namelen) = (raw.pointer().cast_mut().cast(), raw.len);
    }
    (header.msg_iov, header.msg_iovlen) = (buffers.as_ptr().cast_mut().cast(), buffers.len() as _);
    let mut room = 0usize;
    for (_, _, data) in control {
        room = control_space(data.len()).and_then(|space| room.checked_add(space)).ok_or_else(invalid)?;
    }
    let mut space = Vec::new();
    space.try_reserve_exact(room / 8 + 1).map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))?;
    space.resize(room / 8 + 1, 0u64);
    if room > 0 {
        (header.msg_control, header.msg_controllen) = (space.as_mut_ptr().cast(), room as _);
    }
    // SAFETY: the buffer has room for every message by the sum of `CMSG_SPACE`, so the pointers stay within it.
    unsafe {
        let mut each = libc::CMSG_FIRSTHDR(&header);
        for (level, kind, data) in control {
            if each.is_null() {
                return Err(invalid());
            }
            ((*each).cmsg_level, (*each).cmsg_type) = (*level, *kind);
            (*each).cmsg_len = libc::CMSG_LEN(data.len() as u32) as _;
            libc::CMSG_DATA(each).copy_from(data.as_ptr(), data.len());
            each = libc::CMSG_NXTHDR(&header, each);
        }
    }
    call!(libc::sendmsg(fd, &header, flags | libc::MSG_NOSIGNAL)).map(|n| n as usize)
}

/// `setsockopt(2)` with bytes.
pub fn set_option(fd: Fd, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    call!(libc::setsockopt(fd, level, name, value.as_ptr().cast(), value.len() as libc::socklen_t)).map(drop)
}

/// `setsockopt(2)` with no value but a length.
pub fn set_option_len(fd: Fd, level: i32, name: i32, len: u32) -> io::Result<()> {
    call!(libc::setsockopt(fd, level, name, std::ptr::null(), len)).map(drop)
}

/// `getsockopt(2)`: at most `room` bytes.
pub fn option(fd: Fd, level: i32, name: i32, room: usize) -> io::Result<Vec<u8>> {
    let mut value = vec![0u8; room.min(65536)];
    let mut len = value.len() as libc::socklen_t;
    call!(libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut len))?;
    value.truncate(len as usize);
    Ok(value)
}

/// `getsockopt(2)` of an int.
pub fn option_int(fd: Fd, level: i32, name: i32) -> io::Result<i32> {
    let (mut value, mut len) = (0i32, size_of::<i32>() as libc::socklen_t);
    call!(libc::getsockopt(fd, level, name, (&raw mut value).cast(), &mut len))?;
    Ok(value)
}

/// `sockatmark(3)`
pub fn at_mark(fd: Fd) -> io::Result<bool> {
    let mut mark = 0i32;
    call!(libc::ioctl(fd, 0x8905, &mut mark))?;
    Ok(mark != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{IoSlice, IoSliceMut};

    #[test]
    fn tcp_over_the_loopback() {
        let any = Addr::V4 { ip: Ipv4Addr::LOCALHOST, port: 0 };
        let server = socket(libc::AF_INET, libc::SOCK_STREAM, 0).unwrap();
        set_option(server, libc::SOL_SOCKET, libc::SO_REUSEADDR, &1i32.to_ne_bytes()).unwrap();
        assert_eq!(option_int(server, libc::SOL_SOCKET, libc::SO_TYPE).unwrap(), libc::SOCK_STREAM);
        bind(server, &any).unwrap();
        listen(server, 5).unwrap();
        let at = name(server).unwrap();
        let client = socket(libc::AF_INET, libc::SOCK_STREAM, 0).unwrap();
        connect(client, &at).unwrap();
        let (end, who) = accept(server).unwrap();
        assert_eq!(who, name(client).unwrap());
        assert_eq!(peer(client).unwrap(), at);
        assert_eq!(send(client, b"hello", 0).unwrap(), 5);
        let mut buffer = [0; 16];
        assert_eq!(recv(end, &mut buffer, 0).unwrap(), 5);
        shutdown(client, libc::SHUT_WR).unwrap();
        assert_eq!(recv(end, &mut buffer, 0).unwrap(), 0);
        for fd in [server, client, end] {
            crate::fd::close(fd).unwrap();
        }
    }

    #[test]
    fn messages_carry_descriptors() {
        let (a, b) = pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0).unwrap();
        let control = [(libc::SOL_SOCKET, libc::SCM_RIGHTS, a.to_ne_bytes().to_vec())];
        let sent = send_message(a, &[IoSlice::new(b"ab"), IoSlice::new(b"c")], &control, 0, None).unwrap();
        assert_eq!(sent, 3);
        let mut buffer = [0; 8];
        let room = control_space(4).unwrap();
        let got = recv_message(b, &mut [IoSliceMut::new(&mut buffer)], room, 0).unwrap();
        assert_eq!((got.len, got.flags, &buffer[..3]), (3, 0, &b"abc"[..]));
        let [(libc::SOL_SOCKET, libc::SCM_RIGHTS, data)] = &got.control[..] else { panic!("{:?}", got.control) };
        let copy = i32::from_ne_bytes(data[..].try_into().unwrap());
        assert!(copy > 2 && copy != a);
        for fd in [a, b, copy] {
            crate::fd::close(fd).unwrap();
        }
    }

    #[test]
    fn addresses_go_both_ways() {
        for addr in [
            Addr::V6 { ip: "fe80::1".parse().unwrap(), port: 80, flow: 5, scope: 3 },
            Addr::Unix(b"/tmp/x".to_vec()),
            Addr::Unix(b"\0abstract\0name".to_vec()),
            Addr::Unix(Vec::new()),
            Addr::Netlink { pid: 1, groups: 2 },
            Addr::Vsock { cid: 3, port: 4 },
            Addr::Packet { index: 1, protocol: 0x800, kind: 0, hatype: 1, address: vec![1, 2, 3, 4, 5, 6] },
            Addr::Other { family: 29, bytes: vec![0, 1, 2] },
        ] {
            assert_eq!(Addr::from_raw(&addr.to_raw().unwrap()), addr);
        }
        assert!(Addr::Unix(vec![b'x'; 108]).to_raw().is_err());
    }
}
