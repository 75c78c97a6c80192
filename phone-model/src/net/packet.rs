//! AF_PACKET sockets: whole Ethernet frames of one interface, for DHCP, ARP and neighbour discovery.

use nix::sys::socket::{LinkAddr, SockaddrLike as _};
use socket2::{Domain, SockFilter, SockRef, Socket, Type};
use std::io;
use std::os::fd::AsRawFd as _;
use tokio::net::UdpSocket;

/// A socket that hears and sends frames of one EtherType. Tokio has no type for packet sockets; its UDP socket serves, since reading and
/// writing are the same calls on every datagram socket.
#[derive(Debug)]
pub struct PacketSocket(UdpSocket);

/// Which frames a socket is to hear; the kernel drops the others before they cost anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Unfragmented UDP to port 68 in IPv4.
    Dhcp,
    /// ARP.
    Arp,
    /// Neighbour discovery: ICMPv6 of types 133 to 136.
    Neighbours,
}

/// No packet is longer on a cable, even with a VLAN tag.
pub const LONGEST_FRAME: usize = 1522;

impl PacketSocket {
    /// Opens a socket on the interface with this number.
    ///
    /// # Errors
    /// When the interface is missing or the process may not open packet sockets.
    pub fn open(interface: u32, heard: Heard) -> io::Result<Self> {
        let ethertype = match heard {
            Heard::Dhcp => super::datagram::ETHERTYPE_IPV4,
            Heard::Arp => super::datagram::ETHERTYPE_ARP,
            Heard::Neighbours => super::ipv6::wire::ETHERTYPE_IPV6,
        };
        // Born without protocol, it hears nothing before the bind; and the kernel has nothing to unhook then, for which it would wait
        // through a whole grace period, ten milliseconds and more.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None)?;
        match heard {
            Heard::Dhcp => socket.attach_filter(&TO_PORT_68)?,
            Heard::Neighbours => socket.attach_filter(&NEIGHBOURS)?,
            Heard::Arp => {}
        }
        nix::sys::socket::bind(socket.as_raw_fd(), &link_address(interface, ethertype)?)?;
        socket.set_nonblocking(true)?;
        Ok(PacketSocket(UdpSocket::from_std(std::net::UdpSocket::from(socket))?))
    }

    /// Waits for a frame and puts it into `buffer`; tells its length.
    ///
    /// # Errors
    /// Those of the socket. `NetworkDown` passes by itself.
    pub async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buffer).await
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// Those of the socket; a full queue is one.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        // Not by way of tokio, which would refuse until the reactor has seen the socket once.
        SockRef::from(&self.0).send(frame).map(|_| ())
    }
}

/// The address of all frames of `ethertype` on an interface. Neither nix nor socket2 has a safe way to make one.
#[allow(unsafe_code)]
fn link_address(interface: u32, ethertype: u16) -> io::Result<LinkAddr> {
    let raw = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: ethertype.to_be(),
        sll_ifindex: i32::try_from(interface).map_err(io::Error::other)?,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).ok();
    // SAFETY: the pointer is to a whole sockaddr_ll that lives through the call, of exactly the length that is told; it is copied.
    let address = unsafe { LinkAddr::from_raw((&raw const raw).cast(), length) };
    address.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Classic BPF over an Ethernet frame: IPv4 protocol UDP, first fragment, destination port 68.
const TO_PORT_68: [SockFilter; 9] = [
    SockFilter::new(0x30, 0, 0, 23),     // ldb [23]: protocol
    SockFilter::new(0x15, 0, 5, 17),     // not UDP: drop
    SockFilter::new(0x28, 0, 0, 20),     // ldh [20]: fragment
    SockFilter::new(0x45, 3, 0, 0x1fff), // offset not zero: drop
    SockFilter::new(0xb1, 0, 0, 14),     // ldx 4 * ([14] & 15): header length
    SockFilter::new(0x48, 0, 0, 16),     // ldh [x + 16]: destination port
    SockFilter::new(0x15, 1, 0, 68),     // port 68: take
    SockFilter::new(0x06, 0, 0, 0),      // drop
    SockFilter::new(0x06, 0, 0, 0xffff), // take
];

/// Classic BPF over an Ethernet frame: IPv6 whose next header is ICMPv6, type 133 to 136.
const NEIGHBOURS: [SockFilter; 7] = [
    SockFilter::new(0x30, 0, 0, 20),     // ldb [20]: next header
    SockFilter::new(0x15, 0, 3, 58),     // not ICMPv6: drop
    SockFilter::new(0x30, 0, 0, 54),     // ldb [54]: type
    SockFilter::new(0x35, 0, 1, 133),    // below: drop
    SockFilter::new(0x25, 0, 1, 136),    // not above: take
    SockFilter::new(0x06, 0, 0, 0),      // drop
    SockFilter::new(0x06, 0, 0, 0xffff), // take
];

/// A filter that drops everything.
pub(crate) const NOTHING: [SockFilter; 1] = [SockFilter::new(0x06, 0, 0, 0)];
