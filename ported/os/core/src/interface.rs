use std::ffi::CStr;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ptr;

use node_error::SyscallError;

const HEX: [u8; 16] = *b"0123456789abcdef";

/// One address of a network interface that is up and running.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Interface {
    /// The interface's name, any bytes; an alias such as `eth0:1` keeps its own.
    pub name: Vec<u8>,
    /// The address.
    pub address: Address,
    /// The mask, of the same family.
    pub netmask: Address,
    /// The hardware address; zeros if there is none.
    pub mac: [u8; 6],
    /// Whether it is a loopback interface.
    pub internal: bool,
}

impl Interface {
    /// The hardware address as Node prints it, `02:fc:00:00:00:01`.
    pub fn mac_text(&self) -> [u8; 17] {
        let mut text = [b':'; 17];
        for (index, byte) in self.mac.into_iter().enumerate() {
            text[3 * index] = HEX[usize::from(byte >> 4)];
            text[3 * index + 1] = HEX[usize::from(byte & 15)];
        }
        text
    }
}

/// An address as `uv_inet_ntop` writes it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Address {
    /// IPv4
    V4(Ipv4Addr),
    /// IPv6
    V6 {
        /// The address.
        address: Ipv6Addr,
        /// The interface that a link-local address belongs to, else 0.
        scope_id: u32,
    },
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::V4(address) => address.fmt(formatter),
            Address::V6 { address, .. } => match address.segments() {
                // libuv writes IPv4-compatible addresses with dots, save `::1` and `::`; the standard library
                // does so for IPv4-mapped ones alone.
                [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => {
                    let [a, b] = high.to_be_bytes();
                    let [c, d] = low.to_be_bytes();
                    write!(formatter, "::{}", Ipv4Addr::new(a, b, c, d))
                }
                _ => address.fmt(formatter),
            },
        }
    }
}

/// The addresses of all interfaces that are up and running, in the kernel's order (`uv_interface_addresses`).
///
/// # Errors
/// With the syscall `uv_interface_addresses`, as Node reports it.
pub fn interfaces() -> Result<Vec<Interface>, SyscallError> {
    struct List(*mut libc::ifaddrs);
    impl Drop for List {
        fn drop(&mut self) {
            // SAFETY: getifaddrs made the list, or it is null, which is allowed; it is freed once.
            unsafe { libc::freeifaddrs(self.0) };
        }
    }
    let mut list = List(ptr::null_mut());
    // SAFETY: `list.0` is a valid out-pointer.
    if unsafe { libc::getifaddrs(&raw mut list.0) } != 0 {
        return Err(SyscallError::last("uv_interface_addresses"));
    }
    let mut entries = Vec::new();
    let mut next = list.0;
    // SAFETY: `next` is null or an entry of the list, which lives until `list` is dropped.
    while let Some(entry) = unsafe { next.as_ref() } {
        // SAFETY: as above; the entry's pointers are null or valid as long as it is.
        entries.push(unsafe { Entry::read(entry) });
        next = entry.ifa_next;
    }
    Ok(collect(&entries))
}

/// One entry of the kernel's list: an address of an interface, or its hardware.
#[derive(Clone, Debug)]
struct Entry {
    name: Vec<u8>,
    flags: u32,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Address { address: Address, netmask: Address },
    Hardware([u8; 6]),
    Other,
}

impl Entry {
    /// # Safety
    /// The entry's pointers are null or valid: the name ends with a NUL byte, and each address has the size of
    /// its family.
    unsafe fn read(entry: &libc::ifaddrs) -> Entry {
        // SAFETY: this function's contract.
        let name = unsafe { CStr::from_ptr(entry.ifa_name) }.to_bytes().to_vec();
        // SAFETY: this function's contract.
        let content = match unsafe { read_address(entry.ifa_addr) } {
            Some(address) => {
                // SAFETY: this function's contract.
                let netmask = unsafe { read_address(entry.ifa_netmask) }.unwrap_or(match address {
                    Address::V4(_) => Address::V4(Ipv4Addr::UNSPECIFIED),
                    Address::V6 { .. } => Address::V6 { address: Ipv6Addr::UNSPECIFIED, scope_id: 0 },
                });
                Content::Address { address, netmask }
            }
            // SAFETY: this function's contract.
            None => match unsafe { family_of(entry.ifa_addr) } {
                Some(libc::AF_PACKET) => {
                    // SAFETY: an address of this family is a sockaddr_ll; the kernel does not promise that the
                    // list keeps it aligned.
                    let hardware = unsafe { entry.ifa_addr.cast::<libc::sockaddr_ll>().read_unaligned() };
                    let mut mac = [0; 6];
                    mac.copy_from_slice(&hardware.sll_addr[..6]);
                    Content::Hardware(mac)
                }
                _ => Content::Other,
            },
        };
        Entry { name, flags: entry.ifa_flags, content }
    }

    fn is_running(&self) -> bool {
        let running = (libc::IFF_UP | libc::IFF_RUNNING) as u32;
        self.flags & running == running
    }
}

/// # Safety
/// `address` is null or a valid socket address.
unsafe fn family_of(address: *const libc::sockaddr) -> Option<i32> {
    // SAFETY: this function's contract.
    unsafe { address.as_ref() }.map(|address| i32::from(address.sa_family))
}

/// # Safety
/// `address` is null or a valid socket address of the size of its family.
unsafe fn read_address(address: *const libc::sockaddr) -> Option<Address> {
    // SAFETY: this function's contract.
    match unsafe { family_of(address) }? {
        libc::AF_INET => {
            // SAFETY: an address of this family is a sockaddr_in.
            let socket = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(Address::V4(Ipv4Addr::from(u32::from_be(socket.sin_addr.s_addr))))
        }
        libc::AF_INET6 => {
            // SAFETY: an address of this family is a sockaddr_in6.
            let socket = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            let address = Ipv6Addr::from(socket.sin6_addr.s6_addr);
            Some(Address::V6 { address, scope_id: socket.sin6_scope_id })
        }
        _ => None,
    }
}

/// The addresses of running interfaces, each with the hardware address of its interface.
fn collect(entries: &[Entry]) -> Vec<Interface> {
    let mut interfaces = Vec::new();
    for entry in entries.iter().filter(|entry| entry.is_running()) {
        let Content::Address { address, netmask } = entry.content else { continue };
        // As in libuv, the last one wins.
        let mac = entries.iter().rev().find_map(|other| match other.content {
            Content::Hardware(mac) if other.is_running() && is_alias(&entry.name, &other.name) => Some(mac),
            _ => None,
        });
        interfaces.push(Interface {
            name: entry.name.clone(),
            address,
            netmask,
            mac: mac.unwrap_or_default(),
            internal: entry.flags & libc::IFF_LOOPBACK as u32 != 0,
        });
    }
    interfaces
}

/// Whether `name` is `interface` or an alias of it, such as `eth0:1` of `eth0`.
fn is_alias(name: &[u8], interface: &[u8]) -> bool {
    name.strip_prefix(interface).is_some_and(|rest| rest.is_empty() || rest.starts_with(b":"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RUNNING: u32 = (libc::IFF_UP | libc::IFF_RUNNING) as u32;
    const LOOPBACK: u32 = RUNNING | libc::IFF_LOOPBACK as u32;
    const MAC: [u8; 6] = [2, 0xfc, 0, 0, 0, 1];

    fn v4(a: u8, b: u8, c: u8, d: u8) -> Address {
        Address::V4(Ipv4Addr::new(a, b, c, d))
    }

    fn v6(text: &str, scope_id: u32) -> Address {
        Address::V6 { address: text.parse().expect("an address"), scope_id }
    }

    fn entry(name: &str, flags: u32, content: Content) -> Entry {
        Entry { name: name.as_bytes().to_vec(), flags, content }
    }

    fn address(address: Address, netmask: Address) -> Content {
        Content::Address { address, netmask }
    }

    #[test]
    fn addresses_are_joined_with_their_hardware() {
        let entries = [
            entry("lo", LOOPBACK, Content::Hardware([0; 6])),
            entry("eth0", RUNNING, Content::Hardware(MAC)),
            entry("down0", libc::IFF_UP as u32, Content::Hardware(MAC)),
            entry("lo", LOOPBACK, address(v4(127, 0, 0, 1), v4(255, 0, 0, 0))),
            entry("eth0", RUNNING, address(v4(192, 0, 2, 2), v4(255, 255, 255, 0))),
            entry("eth0:1", RUNNING, address(v4(192, 0, 2, 3), v4(255, 255, 255, 0))),
            entry("eth01", RUNNING, address(v4(192, 0, 2, 4), v4(255, 255, 255, 0))),
            entry("eth0", RUNNING, address(v6("fe80::fc:ff:fe00:1", 4), v6("ffff:ffff:ffff:ffff::", 0))),
            entry("down0", libc::IFF_UP as u32, address(v4(10, 0, 0, 1), v4(255, 0, 0, 0))),
            entry("tun0", RUNNING, Content::Other),
        ];
        let found = collect(&entries);
        let names: Vec<_> = found.iter().map(|one| String::from_utf8_lossy(&one.name).into_owned()).collect();
        assert_eq!(names, ["lo", "eth0", "eth0:1", "eth01", "eth0"]);
        assert_eq!(
            found.iter().map(|one| one.internal).collect::<Vec<_>>(),
            [true, false, false, false, false]
        );
        assert_eq!(found.iter().map(|one| one.mac).collect::<Vec<_>>(), [[0; 6], MAC, MAC, [0; 6], MAC]);
        assert_eq!(found[4].address, v6("fe80::fc:ff:fe00:1", 4));
        assert_eq!(&found[1].mac_text(), b"02:fc:00:00:00:01");
    }

    #[test]
    fn addresses_are_written_as_libuv_does() {
        for (address, text) in [
            (v4(192, 0, 2, 2), "192.0.2.2"),
            (v6("::", 0), "::"),
            (v6("::1", 0), "::1"),
            (v6("::2", 0), "::0.0.0.2"),
            (v6("::192.0.2.2", 0), "::192.0.2.2"),
            (v6("::ffff:192.0.2.2", 0), "::ffff:192.0.2.2"),
            (v6("fe80::fc:ff:fe00:1", 4), "fe80::fc:ff:fe00:1"),
            (v6("2001:db8:0:0:1:0:0:1", 0), "2001:db8::1:0:0:1"),
            (v6("2001:db8:0:1:1:1:1:1", 0), "2001:db8:0:1:1:1:1:1"),
            (v6("ffff:ffff:ffff:ffff::", 0), "ffff:ffff:ffff:ffff::"),
            (v6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn this_machine_is_read_twice_alike() {
        let first = interfaces().expect("readable");
        assert_eq!(first, interfaces().expect("readable"));
        for one in first {
            assert!(!one.name.is_empty());
            assert_eq!(matches!(one.address, Address::V4(_)), matches!(one.netmask, Address::V4(_)));
        }
    }

    proptest! {
        #[test]
        fn written_addresses_read_back(segments in any::<[u16; 8]>(), zeros in any::<[bool; 8]>()) {
            let mut segments = segments;
            for (segment, zero) in segments.iter_mut().zip(zeros) {
                if zero {
                    *segment = 0;
                }
            }
            let address = Ipv6Addr::from(segments);
            let text = Address::V6 { address, scope_id: 0 }.to_string();
            prop_assert_eq!(text.parse::<Ipv6Addr>().expect("an address"), address);
        }
    }
}
