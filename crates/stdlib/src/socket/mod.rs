//! `_socket`.

mod address;
mod control;
mod numbers;
mod object;

use address::{AF_INET, AF_INET6, AF_UNIX, host_name, lookup_failed, raise_own, resolve, to_object};
use host::netdb;
use host::socket::Addr;
use object::{DEFAULT_TIMEOUT, Socket, bytes_of, fail, timeout_object, timeout_of};
use std::ffi::CString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::Ordering;
use vm::exception::types;
use vm::modules::sys::{decode_fs, encode_fs, fs_text};
use vm::prelude::*;
use vm::protocol::number;

fn c_text(vm: &Vm, text: &Ref<Str>) -> Result<CString> {
    CString::new(text.to_utf8(vm)?).map_err(|_| raise!(vm, ValueError, "embedded null character"))
}

fn c_bytes(vm: &Vm, name: &Object) -> Result<CString> {
    let bytes = match name.cast::<Bytes>() {
        Some(bytes) => bytes.as_bytes().to_vec(),
        None => encode_fs(vm, &*fs_text(vm, name)?)?,
    };
    CString::new(bytes).map_err(|_| raise!(vm, ValueError, "embedded null byte"))
}

fn text(s: &str) -> Object {
    Str::new(s).into_object()
}

/// A number of `bits` bits for changing the order of its bytes.
fn word(vm: &Vm, value: &Object, bits: u32) -> Result<u64> {
    let index = number::index(vm, value)?;
    match Int::to_i128(&index) {
        Some(n) if n < 0 => Err(raise!(vm, ValueError, "Cannot convert negative int")),
        Some(n) if n < 1 << bits => Ok(n as u64),
        _ if Int::is_negative(&index) => Err(raise!(vm, ValueError, "Cannot convert negative int")),
        _ => Err(raise!(vm, OverflowError, "Python int too large for C uint{bits}_t")),
    }
}

fn ip_of(addr: &Addr) -> String {
    match addr {
        Addr::V4 { ip, .. } => ip.to_string(),
        Addr::V6 { ip, .. } => ip.to_string(),
        _ => String::new(),
    }
}

fn looked_up<R>(vm: &Vm, look: impl FnOnce() -> std::result::Result<R, netdb::LookupError>) -> Result<R> {
    vm.allow_threads(look).map_err(|error| lookup_failed(vm, &error))
}

/// Flags of `getaddrinfo` and `getnameinfo`.
const AI_CANONNAME: i32 = 2;
const NI_NAMEREQD: i32 = 8;
const SOCK_DGRAM: i32 = 2;

/// The socket interface of the system. See the socket module.
#[pymodule("_socket", types(Socket))]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        for (name, value) in host::constants::SOCKET {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        for (name, value) in numbers::NUMBERS {
            dict.set_str(vm, name, Int::from_i64(*value))?;
        }
        for (name, address) in numbers::ADDRESSES {
            dict.set_str(vm, name, Str::new(address).into_object())?;
        }
        for name in ["herror", "gaierror"] {
            dict.set_str(vm, name, vm::exception::new_class(vm, "socket", name, types::OSError.get())?)?;
        }
        dict.set_str(vm, "error", types::OSError.get().to_object())?;
        dict.set_str(vm, "timeout", types::TimeoutError.get().to_object())?;
        dict.set_str(vm, "SocketType", Socket::class().to_object())?;
        dict.set_str(vm, "has_ipv6", true.object())
    }

    /// Close a socket's descriptor.
    #[py("close(object, /)")]
    fn close(vm: &Vm, object: i32) -> Result<()> {
        vm.allow_threads(|| host::fd::close(object)).map_err(|error| fail(vm, &error))
    }

    /// Duplicate a socket's descriptor.
    #[py("dup(object, /)")]
    fn dup(vm: &Vm, object: i32) -> Result<i32> {
        host::fd::dup(object).map_err(|error| fail(vm, &error))
    }

    /// Create a pair of connected sockets.
    #[py("socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0, /)", notext, tuple)]
    fn socketpair(vm: &Vm, family: Option<i32>, r#type: Option<i32>, proto: i32) -> Result<(Object, Object)> {
        let (family, kind) = (family.unwrap_or(AF_UNIX), r#type.unwrap_or(1));
        let (a, b) = host::socket::pair(family, kind, proto).map_err(|error| fail(vm, &error))?;
        let make = |fd: i32| {
            let args = [Object::int32(family), Object::int32(kind), Object::int32(proto), Object::int32(fd)];
            vm::protocol::call::call(vm, Socket::class().as_object(), &args)
        };
        match make(a) {
            Ok(first) => Ok((first, make(b)?)),
            Err(raised) => {
                let _ = (host::fd::close(a), host::fd::close(b));
                Err(raised)
            }
        }
    }

    /// Return how many seconds new sockets wait; None for ever.
    #[py("getdefaulttimeout()")]
    fn getdefaulttimeout() -> Option<f64> {
        timeout_object(DEFAULT_TIMEOUT.load(Ordering::Relaxed))
    }

    /// Set how many seconds new sockets wait; None for ever.
    #[py("setdefaulttimeout(object, /)")]
    fn setdefaulttimeout(vm: &Vm, object: &Object) -> Result<()> {
        DEFAULT_TIMEOUT.store(timeout_of(vm, object)?, Ordering::Relaxed);
        Ok(())
    }

    /// Return the current host name.
    #[py("gethostname()")]
    fn gethostname(vm: &Vm) -> Result<Object> {
        vm.audit("socket.gethostname", &[])?;
        Ok(decode_fs(vm, &netdb::hostname().map_err(|error| fail(vm, &error))?)?.into_object())
    }

    /// Set the host name.
    #[py("sethostname(name, /)", notext, tuple)]
    fn sethostname(vm: &Vm, name: &Object) -> Result<()> {
        let name = c_bytes(vm, name)?;
        netdb::set_hostname(name.as_bytes()).map_err(|error| fail(vm, &error))
    }

    fn named_host(vm: &Vm, host: &Object, function: &str) -> Result<CString> {
        match host_name(vm, host) {
            Err(_) if vm.raised_is(&types::TypeError) && !host.is_instance_of::<Str>() => {
                vm.clear_raised();
                let given = vm::object::type_name(host);
                Err(raise!(vm, TypeError, "{function}() argument 1 must be str, bytes or bytearray, not {given}"))
            }
            other => other,
        }
    }

    /// Return the IP address of a host.
    #[py("gethostbyname(host, /)", notext, tuple)]
    fn gethostbyname(vm: &Vm, host: &Object) -> Result<String> {
        let name = named_host(vm, host, "gethostbyname")?;
        vm.audit("socket.gethostbyname", std::slice::from_ref(host))?;
        Ok(ip_of(&resolve(vm, &name, AF_INET)?))
    }

    /// Return the true name, further names and IP addresses of a host.
    #[py("gethostbyname_ex(host, /)", notext, tuple)]
    fn gethostbyname_ex(vm: &Vm, host: &Object) -> Result<(Object, Vec<Object>, Vec<Object>)> {
        let name = named_host(vm, host, "gethostbyname_ex")?;
        let found = looked_up(vm, || netdb::getaddrinfo(Some(&name), None, (AF_INET, 1, 0, AI_CANONNAME)))?;
        let canonical = found.first().map(|i| i.canonical.clone()).filter(|c| !c.is_empty());
        let canonical = canonical.unwrap_or_else(|| name.as_bytes().to_vec());
        let addresses = found.iter().map(|i| text(&ip_of(&i.addr))).collect();
        Ok((decode_fs(vm, &canonical)?.into_object(), Vec::new(), addresses))
    }

    /// Return the true name, further names and IP addresses of a host that is given by its address.
    #[py("gethostbyaddr(host, /)", notext, tuple)]
    fn gethostbyaddr(vm: &Vm, host: &Object) -> Result<(Object, Vec<Object>, Vec<Object>)> {
        let name = named_host(vm, host, "gethostbyaddr")?;
        let found = looked_up(vm, || netdb::getaddrinfo(Some(&name), None, (0, 1, 0, 0)))?;
        let Some(first) = found.first() else { return Err(raise_own(vm, "herror", 1, "Unknown host")) };
        let names = vm.allow_threads(|| netdb::getnameinfo(&first.addr, NI_NAMEREQD));
        let Ok((canonical, _)) = names else { return Err(raise_own(vm, "herror", 1, "Unknown host")) };
        Ok((decode_fs(vm, &canonical)?.into_object(), Vec::new(), vec![text(&ip_of(&first.addr))]))
    }

    /// Resolve host and port into a list of (family, type, proto, canonname, address).
    #[py("getaddrinfo(host, port, family=0, type=0, proto=0, flags=0)", notext)]
    fn getaddrinfo(
        vm: &Vm,
        host: &Object,
        port: &Object,
        family: i32,
        r#type: i32,
        proto: i32,
        flags: i32,
    ) -> Result<Vec<Object>> {
        let name = if host.is(&none()) {
            None
        } else if host.is_instance_of::<Str>() || host.is_instance_of::<Bytes>() {
            Some(host_name(vm, host)?)
        } else {
            bail!(vm, TypeError, "getaddrinfo() argument 1 must be string or None");
        };
        let service = if port.is(&none()) {
            None
        } else if port.is_instance_of::<Int>() {
            Some(CString::new(Int::to_decimal(vm, port)?).unwrap_or_default())
        } else if let Some(port) = port.cast::<Str>() {
            Some(c_text(vm, port)?)
        } else if let Some(port) = port.cast::<Bytes>() {
            Some(CString::new(port.as_bytes()).map_err(|_| raise!(vm, ValueError, "embedded null byte"))?)
        } else {
            bail!(vm, OSError, "Int or String expected");
        };
        let wanted = (family, r#type, proto, flags);
        vm.audit("socket.getaddrinfo", &[host.clone(), port.clone()])?;
        let found = looked_up(vm, || netdb::getaddrinfo(name.as_deref(), service.as_deref(), wanted))?;
        let mut list = Vec::with_capacity(found.len());
        for info in found {
            list.push(
                Tuple::from_slice(&[
                    Object::int32(info.family),
                    Object::int32(info.kind),
                    Object::int32(info.protocol),
                    decode_fs(vm, &info.canonical)?.into_object(),
                    to_object(vm, &info.addr)?,
                ])
                .into_object(),
            );
        }
        Ok(list)
    }

    /// Return the names of host and port of an address.
    #[py("getnameinfo(sockaddr, flags, /)", notext, tuple)]
    fn getnameinfo(vm: &Vm, sockaddr: &Object, flags: i32) -> Result<(Object, Object)> {
        let Some(tuple) = sockaddr.cast::<Tuple>() else {
            bail!(vm, TypeError, "getnameinfo() argument 1 must be a tuple");
        };
        let illegal = || raise!(vm, TypeError, "getnameinfo(): illegal sockaddr argument");
        let items = tuple.items();
        if !(2..=4).contains(&items.len()) || items[0].cast::<Str>().is_none() {
            return Err(illegal());
        }
        let int = |o: &Object| {
            let index = number::index(vm, o)?;
            Int::to_i64(&index).ok_or_else(illegal)
        };
        let (host, port) = (host_name(vm, &items[0])?, int(&items[1])?);
        let flow = items.get(2).map_or(Ok(0), int)? as u32;
        let scope = items.get(3).map_or(Ok(0), int)? as u32;
        if flow > 0xf_ffff {
            bail!(vm, OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
        }
        let service = CString::new(port.to_string()).unwrap_or_default();
        const NUMERIC_HOST: i32 = 4;
        let wanted = (0, SOCK_DGRAM, 0, NUMERIC_HOST);
        let found = looked_up(vm, || netdb::getaddrinfo(Some(&host), Some(&service), wanted))?;
        if found.len() > 1 {
            bail!(vm, OSError, "sockaddr resolved to multiple addresses");
        }
        let Some(first) = found.into_iter().next() else { return Err(illegal()) };
        let addr = match first.addr {
            Addr::V4 { .. } if items.len() != 2 => bail!(vm, OSError, "IPv4 sockaddr must be 2 tuple"),
            Addr::V6 { ip, port, .. } => Addr::V6 { ip, port, flow, scope },
            other => other,
        };
        let (host, service) = looked_up(vm, || netdb::getnameinfo(&addr, flags))?;
        Ok((decode_fs(vm, &host)?.into_object(), decode_fs(vm, &service)?.into_object()))
    }

    /// Return the number of a protocol.
    #[py("getprotobyname(name, /)", notext, tuple)]
    fn getprotobyname(vm: &Vm, name: &Ref<Str>) -> Result<i32> {
        let name = c_text(vm, name)?;
        let found = vm.allow_threads(|| netdb::protocol(&name));
        found.ok_or_else(|| raise!(vm, OSError, "protocol not found"))
    }

    /// Return the port of a service.
    #[py("getservbyname(servicename, protocolname=<unrepresentable>, /)", tuple)]
    fn getservbyname(vm: &Vm, servicename: &Ref<Str>, protocolname: Option<&Ref<Str>>) -> Result<u16> {
        let name = c_text(vm, servicename)?;
        let protocol = protocolname.map(|p| c_text(vm, p)).transpose()?;
        let found = vm.allow_threads(|| netdb::service_port(&name, protocol.as_deref()));
        found.ok_or_else(|| raise!(vm, OSError, "service/proto not found"))
    }

    /// Return the service of a port.
    #[py("getservbyport(port, protocolname=<unrepresentable>, /)", tuple)]
    fn getservbyport(vm: &Vm, port: i32, protocolname: Option<&Ref<Str>>) -> Result<Object> {
        let Ok(port) = u16::try_from(port) else {
            bail!(vm, OverflowError, "getservbyport: port must be 0-65535.");
        };
        let protocol = protocolname.map(|p| c_text(vm, p)).transpose()?;
        match vm.allow_threads(|| netdb::service_name(port, protocol.as_deref())) {
            Some(name) => Ok(decode_fs(vm, &name)?.into_object()),
            None => Err(raise!(vm, OSError, "port/proto not found")),
        }
    }

    /// Convert a 32-bit integer from host to network byte order.
    #[py("htonl(integer, /)")]
    fn htonl(vm: &Vm, integer: &Object) -> Result<u32> {
        Ok((word(vm, integer, 32)? as u32).to_be())
    }

    /// Convert a 32-bit integer from network to host byte order.
    #[py("ntohl(integer, /)")]
    fn ntohl(vm: &Vm, integer: &Object) -> Result<u32> {
        Ok(u32::from_be(word(vm, integer, 32)? as u32))
    }

    /// Convert a 16-bit integer from host to network byte order.
    #[py("htons(integer, /)")]
    fn htons(vm: &Vm, integer: &Object) -> Result<u16> {
        Ok((word(vm, integer, 16)? as u16).to_be())
    }

    /// Convert a 16-bit integer from network to host byte order.
    #[py("ntohs(integer, /)")]
    fn ntohs(vm: &Vm, integer: &Object) -> Result<u16> {
        Ok(u16::from_be(word(vm, integer, 16)? as u16))
    }

    /// Convert an IP address in text (123.45.67.89) to four bytes.
    #[py("inet_aton(ip_addr, /)")]
    fn inet_aton(vm: &Vm, ip_addr: &Ref<Str>) -> Result<Ref<Bytes>> {
        match netdb::inet_aton(&c_text(vm, ip_addr)?) {
            Some(bytes) => Bytes::try_new(vm, &bytes),
            None => Err(raise!(vm, OSError, "illegal IP address string passed to inet_aton")),
        }
    }

    /// Convert four bytes to an IP address in text.
    #[py("inet_ntoa(packed_ip, /)")]
    fn inet_ntoa(vm: &Vm, packed_ip: &Object) -> Result<String> {
        match <[u8; 4]>::try_from(bytes_of(vm, packed_ip)?) {
            Ok(bytes) => Ok(Ipv4Addr::from(bytes).to_string()),
            Err(_) => Err(raise!(vm, OSError, "packed IP wrong length for inet_ntoa")),
        }
    }

    /// Convert an IP address of a family from text to bytes.
    #[py("inet_pton(address_family, ip_string, /)", notext, tuple)]
    fn inet_pton(vm: &Vm, address_family: i32, ip_string: &Ref<Str>) -> Result<Ref<Bytes>> {
        let text = ip_string.to_utf8(vm)?;
        let ip = match address_family {
            AF_INET => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
            AF_INET6 => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            _ => return Err(fail(vm, &std::io::Error::from_raw_os_error(97))),
        };
        match ip {
            Some(IpAddr::V4(ip)) => Bytes::try_new(vm, &ip.octets()),
            Some(IpAddr::V6(ip)) => Bytes::try_new(vm, &ip.octets()),
            None => Err(raise!(vm, OSError, "illegal IP address string passed to inet_pton")),
        }
    }

    /// Convert an IP address of a family from bytes to text.
    #[py("inet_ntop(address_family, packed_ip, /)", notext, tuple)]
    fn inet_ntop(vm: &Vm, address_family: i32, packed_ip: &Object) -> Result<String> {
        let bytes = bytes_of(vm, packed_ip)?;
        let bad = |_| raise!(vm, ValueError, "invalid length of packed IP address string");
        match address_family {
            AF_INET => <[u8; 4]>::try_from(bytes).map(|b| Ipv4Addr::from(b).to_string()).map_err(bad),
            AF_INET6 => <[u8; 16]>::try_from(bytes).map(|b| Ipv6Addr::from(b).to_string()).map_err(bad),
            other => Err(raise!(vm, ValueError, "unknown address family {other}")),
        }
    }

    /// Return a list of the network interfaces: (index, name).
    #[py("if_nameindex()")]
    fn if_nameindex(vm: &Vm) -> Result<Vec<Object>> {
        let all = netdb::interfaces().map_err(|error| fail(vm, &error))?;
        all.into_iter()
            .map(|(index, name)| {
                let name = decode_fs(vm, &name)?.into_object();
                Ok(Tuple::from_slice(&[Int::from_i64(index.into()), name]).into_object())
            })
            .collect()
    }

    /// Return the index of a network interface.
    #[py("if_nametoindex(oname, /)")]
    fn if_nametoindex(vm: &Vm, oname: &Object) -> Result<u32> {
        let name = c_bytes(vm, oname)?;
        netdb::interface_index(&name).map_err(|error| fail(vm, &error))
    }

    /// Return the name of a network interface.
    #[py("if_indextoname(if_index, /)")]
    fn if_indextoname(vm: &Vm, if_index: u32) -> Result<Object> {
        let name = netdb::interface_name(if_index).map_err(|error| fail(vm, &error))?;
        Ok(decode_fs(vm, &name)?.into_object())
    }

    /// Return the length of a control message with length bytes of data.
    #[py("CMSG_LEN(length, /)", notext, tuple)]
    fn CMSG_LEN(vm: &Vm, length: isize) -> Result<usize> {
        let len = usize::try_from(length).ok().and_then(host::socket::control_len);
        len.ok_or_else(|| raise!(vm, OverflowError, "CMSG_LEN() argument out of range"))
    }

    /// Return the room that a control message with length bytes of data takes.
    #[py("CMSG_SPACE(length, /)", notext, tuple)]
    fn CMSG_SPACE(vm: &Vm, length: isize) -> Result<usize> {
        let len = usize::try_from(length).ok().and_then(host::socket::control_space);
        len.ok_or_else(|| raise!(vm, OverflowError, "CMSG_SPACE() argument out of range"))
    }
}
