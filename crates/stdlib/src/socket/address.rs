//! Addresses, from Python and to it; and the errors of looking names up.

use host::netdb::{LookupError, getaddrinfo};
use host::socket::Addr;
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr};
use vm::builtins::bytearray::ByteArray;
use vm::exception::{os_error, types};
use vm::modules::sys::{decode_fs, encode_fs};
use vm::object::buffer::{get_buffer, request};
use vm::object::{attr, type_name};
use vm::prelude::*;
use vm::protocol::{call, number};

pub const AF_UNIX: i32 = 1;
pub const AF_INET: i32 = 2;
pub const AF_INET6: i32 = 10;
const AF_NETLINK: i32 = 16;
const AF_VSOCK: i32 = 40;

/// Raises one of the module's own exceptions with a number and a text.
pub fn raise_own(vm: &Vm, name: &str, code: i32, text: &str) -> Raised {
    let args = [Object::int32(code), Str::new(text).into_object()];
    let module = vm.interp().modules.get().and_then(|m| m.get_str(vm, "_socket"));
    let kind = module.and_then(|m| attr::getattr(vm, &m, &vm.intern(name)).ok());
    match kind.map(|kind| call::call(vm, &kind, &args)) {
        Some(Ok(error)) => vm.raise(error),
        Some(Err(raised)) => raised,
        None => vm.raise_args(&types::OSError, &args),
    }
}

pub fn lookup_failed(vm: &Vm, error: &LookupError) -> Raised {
    match error {
        LookupError::Code(code, text) => raise_own(vm, "gaierror", *code, text),
        LookupError::System(error) => os_error(vm, error, None),
    }
}

/// A host's name as the system wants it: text that is not ASCII goes through IDNA.
pub fn host_name(vm: &Vm, host: &Object) -> Result<CString> {
    let bytes = if let Some(text) = host.cast::<Str>() {
        if text.is_ascii() {
            text.raw_bytes().to_vec()
        } else {
            let idna = Str::new("idna").into_object();
            let encoded = call::call_method(vm, host, vm.names().encode(), &[idna])?;
            encoded.cast::<Bytes>().map(|b| b.as_bytes().to_vec()).unwrap_or_default()
        }
    } else if let Some(bytes) = host.cast::<Bytes>() {
        bytes.as_bytes().to_vec()
    } else if host.is_instance_of::<ByteArray>() {
        get_buffer(vm, host, request::SIMPLE)?.to_vec()
    } else {
        bail!(vm, TypeError, "str, bytes or bytearray expected, not {}", type_name(host));
    };
    CString::new(bytes).map_err(|_| raise!(vm, TypeError, "host name must not contain null character"))
}

/// The address of a host, of the family; looked up by name if it is none in figures.
pub fn resolve(vm: &Vm, name: &CString, family: i32) -> Result<Addr> {
    let text = name.to_str().unwrap_or_default();
    let (any4, any6) = (Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED);
    match family {
        AF_INET if text.is_empty() => return Ok(Addr::V4 { ip: any4, port: 0 }),
        AF_INET6 if text.is_empty() => return Ok(Addr::V6 { ip: any6, port: 0, flow: 0, scope: 0 }),
        AF_INET if text == "255.255.255.255" || text == "<broadcast>" => {
            return Ok(Addr::V4 { ip: Ipv4Addr::BROADCAST, port: 0 });
        }
        AF_INET if let Ok(ip) = text.parse() => return Ok(Addr::V4 { ip, port: 0 }),
        AF_INET6 if let Ok(ip) = text.parse() => return Ok(Addr::V6 { ip, port: 0, flow: 0, scope: 0 }),
        _ => {}
    }
    let found = vm.allow_threads(|| getaddrinfo(Some(name), None, (family, 0, 0, 0)));
    let found = found.map_err(|error| lookup_failed(vm, &error))?;
    found
        .into_iter()
        .map(|info| info.addr)
        .find(|addr| addr.family() == family)
        .ok_or_else(|| raise_own(vm, "gaierror", -9, "Address family for hostname not supported"))
}

fn int_of(vm: &Vm, value: &Object) -> Result<i64> {
    let index = number::index(vm, value)?;
    Int::to_i64(&index).ok_or_else(|| raise!(vm, OverflowError, "Python int too large to convert to C int"))
}

fn port_of(vm: &Vm, value: &Object, caller: &str) -> Result<u16> {
    u16::try_from(int_of(vm, value)?).map_err(|_| raise!(vm, OverflowError, "{caller}(): port must be 0-65535."))
}

fn unsigned(vm: &Vm, value: &Object) -> Result<u32> {
    Ok(int_of(vm, value)? as u32)
}

/// The address that an object is, for a socket of the family.
pub fn from_object(vm: &Vm, family: i32, address: &Object, caller: &str) -> Result<Addr> {
    let tuple = |name: &str| match address.cast::<Tuple>() {
        Some(tuple) => Ok(tuple.items()),
        None => {
            let given = type_name(address);
            Err(raise!(vm, TypeError, "{caller}(): {name} address must be tuple, not {given}"))
        }
    };
    match family {
        AF_UNIX => {
            let path = if let Some(text) = address.cast::<Str>() {
                encode_fs(vm, text)?
            } else {
                let view = get_buffer(vm, address, request::SIMPLE)?;
                let path = view.to_vec();
                view.release(vm);
                path
            };
            let most = if path.first() == Some(&0) { 108 } else { 107 };
            if path.len() > most {
                bail!(vm, OSError, "AF_UNIX path too long");
            }
            Ok(Addr::Unix(path))
        }
        AF_INET => {
            let [host, port] = tuple("AF_INET")? else {
                bail!(vm, TypeError, "AF_INET address must be a pair (host, port)");
            };
            let name = host_name(vm, host)?;
            let port = port_of(vm, port, caller)?;
            match resolve(vm, &name, AF_INET)? {
                Addr::V4 { ip, .. } => Ok(Addr::V4 { ip, port }),
                other => Ok(other),
            }
        }
        AF_INET6 => {
            let items = tuple("AF_INET6")?;
            if !(2..=4).contains(&items.len()) {
                bail!(vm, TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])");
            }
            let name = host_name(vm, &items[0])?;
            let port = port_of(vm, &items[1], caller)?;
            let flow = items.get(2).map_or(Ok(0), |f| unsigned(vm, f))?;
            let given_scope = items.get(3).map(|s| unsigned(vm, s)).transpose()?;
            if flow > 0xf_ffff {
                bail!(vm, OverflowError, "{caller}(): flowinfo must be 0-1048575.");
            }
            match resolve(vm, &name, AF_INET6)? {
                Addr::V6 { ip, scope, .. } => Ok(Addr::V6 { ip, port, flow, scope: given_scope.unwrap_or(scope) }),
                other => Ok(other),
            }
        }
        AF_NETLINK => {
            let [pid, groups] = tuple("AF_NETLINK")? else {
                bail!(vm, TypeError, "AF_NETLINK address must be a pair (pid, groups)");
            };
            Ok(Addr::Netlink { pid: unsigned(vm, pid)?, groups: unsigned(vm, groups)? })
        }
        AF_VSOCK => {
            let [cid, port] = tuple("AF_VSOCK")? else {
                bail!(vm, TypeError, "AF_VSOCK address must be a pair (cid, port)");
            };
            Ok(Addr::Vsock { cid: unsigned(vm, cid)?, port: unsigned(vm, port)? })
        }
        _ => Err(raise!(vm, OSError, "{caller}(): bad family")),
    }
}

fn text(s: &str) -> Object {
    Str::new(s).into_object()
}

/// An address as Python shows it.
pub fn to_object(vm: &Vm, addr: &Addr) -> Result<Object> {
    let int = |n: u32| Int::from_i64(n.into());
    Ok(match addr {
        Addr::V4 { ip, port } => Tuple::from_slice(&[text(&ip.to_string()), int((*port).into())]).into_object(),
        Addr::V6 { ip, port, flow, scope } => {
            let port = int((*port).into());
            Tuple::from_slice(&[text(&ip.to_string()), port, int(*flow), int(*scope)]).into_object()
        }
        Addr::Unix(path) if path.first() == Some(&0) => Bytes::try_new(vm, path)?.into_object(),
        Addr::Unix(path) => decode_fs(vm, path)?.into_object(),
        Addr::Netlink { pid, groups } => Tuple::from_slice(&[int(*pid), int(*groups)]).into_object(),
        Addr::Vsock { cid, port } => Tuple::from_slice(&[int(*cid), int(*port)]).into_object(),
        Addr::Packet { index, protocol, kind, hatype, address } => {
            let name = host::netdb::interface_name(*index as u32).unwrap_or_default();
            Tuple::from_slice(&[
                decode_fs(vm, &name)?.into_object(),
                int((*protocol).into()),
                int((*kind).into()),
                int((*hatype).into()),
                Bytes::try_new(vm, address)?.into_object(),
            ])
            .into_object()
        }
        Addr::Other { family, bytes } => {
            Tuple::from_slice(&[Object::int32(*family), Bytes::try_new(vm, bytes)?.into_object()]).into_object()
        }
        Addr::None => none(),
    })
}
