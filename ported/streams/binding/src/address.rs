//! Socket addresses as text and back.

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr};

use libc::sockaddr_storage;

use crate::uv;

/// What JavaScript gets of an address.
pub(crate) struct Endpoint {
    pub(crate) text: String,
    /// 4 or 6; 0 for another family.
    pub(crate) family: i32,
    pub(crate) port: u16,
}

/// An address of `family` 4 or 6.
///
/// # Errors
/// `EINVAL` when the text is none.
pub(crate) fn parse(text: &CStr, port: c_int, family: i32) -> Result<sockaddr_storage, c_int> {
    let mut address = MaybeUninit::<sockaddr_storage>::zeroed();
    let out = address.as_mut_ptr();
    // SAFETY: `text` ends with a NUL, and `out` has room for an address of any family.
    let status = unsafe {
        if family == 6 {
            uv::uv_ip6_addr(text.as_ptr(), port, out)
        } else {
            uv::uv_ip4_addr(text.as_ptr(), port, out)
        }
    };
    // SAFETY: zeroed bytes are an address of no family.
    if status == 0 { Ok(unsafe { address.assume_init() }) } else { Err(status) }
}

/// The address that `ask` writes, given a pointer and a length.
///
/// # Errors
/// What `ask` answers.
pub(crate) fn ask(ask: impl FnOnce(*mut sockaddr_storage, *mut c_int) -> c_int) -> Result<Endpoint, c_int> {
    let mut address = MaybeUninit::<sockaddr_storage>::zeroed();
    let mut length = size_of::<sockaddr_storage>() as c_int;
    let status = ask(address.as_mut_ptr(), &raw mut length);
    if status != 0 {
        return Err(status);
    }
    // SAFETY: zeroed bytes are an address of no family, and the kernel wrote over them.
    Ok(endpoint(&unsafe { address.assume_init() }))
}

/// As Node's `AddressToJS`.
fn endpoint(address: &sockaddr_storage) -> Endpoint {
    let start = std::ptr::from_ref(address);
    match c_int::from(address.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says what it is, and the storage is large enough and aligned for it.
            let v4 = unsafe { &*start.cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from_bits(u32::from_be(v4.sin_addr.s_addr));
            Endpoint { text: ip.to_string(), family: 4, port: u16::from_be(v4.sin_port) }
        }
        libc::AF_INET6 => {
            // SAFETY: as above.
            let v6 = unsafe { &*start.cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let mut text = ip.to_string();
            if ip.is_unicast_link_local() && v6.sin6_scope_id > 0 {
                text.push('%');
                text.push_str(&interface(v6.sin6_scope_id));
            }
            Endpoint { text, family: 6, port: u16::from_be(v6.sin6_port) }
        }
        _ => Endpoint { text: String::new(), family: 0, port: 0 },
    }
}

/// The name of an interface, or its number when it has gone.
fn interface(index: u32) -> String {
    let mut name = [0; libc::IF_NAMESIZE];
    // SAFETY: `name` is as large as the function demands.
    if unsafe { libc::if_indextoname(index, name.as_mut_ptr()) }.is_null() {
        return index.to_string();
    }
    // SAFETY: the function has ended the name with a NUL.
    unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned()
}
