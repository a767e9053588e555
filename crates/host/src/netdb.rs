//! Names of hosts, services, protocols and interfaces.

use crate::socket::Addr;
use std::ffi::{CStr, CString};
use std::io;

/// Why looking up a name failed.
#[derive(Debug)]
pub enum LookupError {
    /// An `EAI_*` and its text: `socket.gaierror`.
    Code(i32, String),
    /// The system's own error.
    System(io::Error),
}

fn failed(code: i32) -> LookupError {
    if code == libc::EAI_SYSTEM {
        return LookupError::System(io::Error::last_os_error());
    }
    // SAFETY: I3: the text is static, and there is one for every number.
    let text = unsafe { CStr::from_ptr(libc::gai_strerror(code)) };
    LookupError::Code(code, text.to_string_lossy().into_owned())
}

/// One result of [`getaddrinfo`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddrInfo {
    /// `AF_*`
    pub family: i32,
    /// `SOCK_*`
    pub kind: i32,
    /// `IPPROTO_*`
    pub protocol: i32,
    /// The host's full name, on the first result if asked for.
    pub canonical: Vec<u8>,
    /// The address.
    pub addr: Addr,
}

/// `getaddrinfo(3)`. 0 for family, kind or protocol means any.
pub fn getaddrinfo(
    host: Option<&CStr>,
    service: Option<&CStr>,
    (family, kind, protocol, flags): (i32, i32, i32, i32),
) -> Result<Vec<AddrInfo>, LookupError> {
    let mut hints = zeroed!(libc::addrinfo);
    (hints.ai_family, hints.ai_socktype, hints.ai_protocol, hints.ai_flags) = (family, kind, protocol, flags);
    let pointer = |text: Option<&CStr>| text.map_or(std::ptr::null(), CStr::as_ptr);
    let mut list = std::ptr::null_mut();
    match get!(libc::getaddrinfo(pointer(host), pointer(service), &hints, &mut list)) {
        0 => {}
        code => return Err(failed(code)),
    }
    let (mut found, mut each) = (Vec::new(), list);
    // SAFETY: I3: the list is valid until it is freed below, and every address as long as it says.
    unsafe {
        while let Some(info) = each.as_ref() {
            found.push(AddrInfo {
                family: info.ai_family,
                kind: info.ai_socktype,
                protocol: info.ai_protocol,
                canonical: crate::call::copy_str(info.ai_canonname).unwrap_or_default(),
                addr: Addr::copy(info.ai_addr, info.ai_addrlen),
            });
            each = info.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    Ok(found)
}

/// `getnameinfo(3)`: host and service; `flags` are `NI_*`.
pub fn getnameinfo(addr: &Addr, flags: i32) -> Result<(Vec<u8>, Vec<u8>), LookupError> {
    let (mut host, mut service) = ([0 as libc::c_char; 1025], [0 as libc::c_char; 32]);
    let (h, s) = (host.as_mut_ptr(), service.as_mut_ptr());
    let code = addr.with(|pointer, len| get!(libc::getnameinfo(pointer, len, h, 1025, s, 32, flags)));
    match code.map_err(LookupError::System)? {
        // SAFETY: the call wrote NUL-terminated text within the buffers.
        0 => Ok(unsafe { (CStr::from_ptr(h).to_bytes().to_vec(), CStr::from_ptr(s).to_bytes().to_vec()) }),
        code => Err(failed(code)),
    }
}

/// `gethostname(2)`
pub fn hostname() -> io::Result<Vec<u8>> {
    let mut buffer = [0 as libc::c_char; 256];
    call!(libc::gethostname(buffer.as_mut_ptr(), 255))?;
    // SAFETY: the last byte stayed 0.
    Ok(unsafe { CStr::from_ptr(buffer.as_ptr()) }.to_bytes().to_vec())
}

/// `sethostname(2)`
pub fn set_hostname(name: &[u8]) -> io::Result<()> {
    call!(libc::sethostname(name.as_ptr().cast(), name.len())).map(drop)
}

/// `if_nametoindex(3)`
pub fn interface_index(name: &CStr) -> io::Result<u32> {
    match get!(libc::if_nametoindex(name.as_ptr())) {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// `if_indextoname(3)`
pub fn interface_name(index: u32) -> io::Result<Vec<u8>> {
    let mut buffer = [0 as libc::c_char; libc::IF_NAMESIZE + 1];
    // SAFETY: I1, I3: the result is NULL or the buffer.
    let name = unsafe { crate::call::copy_str(libc::if_indextoname(index, buffer.as_mut_ptr())) };
    name.ok_or_else(io::Error::last_os_error)
}

/// `if_nameindex(3)`: every interface's number and name.
pub fn interfaces() -> io::Result<Vec<(u32, Vec<u8>)>> {
    let list = get!(libc::if_nameindex());
    if list.is_null() {
        return Err(io::Error::last_os_error());
    }
    let (mut found, mut each) = (Vec::new(), list);
    // SAFETY: I3: the list ends with index 0 and is valid until it is freed.
    unsafe {
        while (*each).if_index != 0 {
            found.push(((*each).if_index, crate::call::copy_str((*each).if_name).unwrap_or_default()));
            each = each.add(1);
        }
        libc::if_freenameindex(list);
    }
    Ok(found)
}

/// The C library's lists of services and protocols have one place for their answers.
static LISTS: std::sync::Mutex<()> = std::sync::Mutex::new(());

unsafe extern "C" {
    fn getservbyport(port: i32, protocol: *const libc::c_char) -> *mut libc::servent;
    fn getprotobyname(name: *const libc::c_char) -> *mut libc::protoent;
}

/// `getservbyname(3)`: the port.
pub fn service_port(name: &CStr, protocol: Option<&CStr>) -> Option<u16> {
    let _guard = LISTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let protocol = protocol.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: I1, I3, under the lock.
    unsafe { libc::getservbyname(name.as_ptr(), protocol).as_ref() }.map(|found| u16::from_be(found.s_port as u16))
}

/// `getservbyport(3)`: the name.
pub fn service_name(port: u16, protocol: Option<&CStr>) -> Option<Vec<u8>> {
    let _guard = LISTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let protocol = protocol.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: I1, I3, under the lock.
    unsafe { getservbyport(i32::from(port.to_be()), protocol).as_ref().and_then(|s| crate::call::copy_str(s.s_name)) }
}

/// `getprotobyname(3)`: the number.
pub fn protocol(name: &CStr) -> Option<i32> {
    let _guard = LISTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // SAFETY: I1, I3, under the lock.
    unsafe { getprotobyname(name.as_ptr()).as_ref() }.map(|found| found.p_proto)
}

/// `inet_aton(3)`: the lenient reading of an IPv4 address (`127.1`, octal, hexadecimal).
pub fn inet_aton(text: &CStr) -> Option<[u8; 4]> {
    unsafe extern "C" {
        fn inet_aton(text: *const libc::c_char, into: *mut libc::in_addr) -> i32;
    }
    let mut addr = libc::in_addr { s_addr: 0 };
    // SAFETY: I1.
    (unsafe { inet_aton(text.as_ptr(), &mut addr) } != 0).then(|| addr.s_addr.to_ne_bytes())
}

/// A `CString` of bytes; `None` if a NUL is within.
pub fn c_string(bytes: &[u8]) -> Option<CString> {
    CString::new(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn numeric_names_need_no_network() {
        let hints = (libc::AF_UNSPEC, libc::SOCK_STREAM, 0, libc::AI_NUMERICHOST);
        let found = getaddrinfo(Some(c"127.0.0.1"), Some(c"80"), hints).unwrap();
        let addr = Addr::V4 { ip: Ipv4Addr::LOCALHOST, port: 80 };
        assert_eq!((found.len(), &found[0].addr), (1, &addr));
        let numbers = getnameinfo(&addr, libc::NI_NUMERICHOST | libc::NI_NUMERICSERV).unwrap();
        assert_eq!(numbers, (b"127.0.0.1".to_vec(), b"80".to_vec()));
        let Err(LookupError::Code(code, text)) = getaddrinfo(Some(c"not numeric"), None, hints) else { panic!() };
        assert_eq!((code, text.as_str()), (libc::EAI_NONAME, "Name or service not known"));
        assert_eq!(inet_aton(c"127.1"), Some([127, 0, 0, 1]));
        assert_eq!(inet_aton(c"300.1.1.1"), None);
    }

    #[test]
    fn interfaces_have_numbers() {
        assert!(!hostname().unwrap().is_empty());
        for (index, name) in interfaces().unwrap() {
            assert_eq!(interface_index(&c_string(&name).unwrap()).unwrap(), index);
            assert_eq!(interface_name(index).unwrap(), name);
        }
        assert!(interface_index(c"nosuch0").is_err());
    }
}
