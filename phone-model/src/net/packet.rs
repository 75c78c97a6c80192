//! AF_PACKET sockets: whole Ethernet frames of one interface, for DHCP and ARP.

use nix::sys::socket::{LinkAddr, SockaddrLike as _};
use socket2::{Domain, Protocol, SockFilter, Socket, Type};
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
}

/// No packet is longer on a cable, even with a VLAN tag.
pub const LONGEST_FRAME: usize = 1522;

impl PacketSocket {
    /// Opens a socket on `interface`.
    ///
    /// # Errors
    /// When the interface is missing or the process may not open packet sockets.
    pub fn open(interface: &str, heard: Heard) -> io::Result<Self> {
        let ethertype = match heard {
            Heard::Dhcp => super::datagram::ETHERTYPE_IPV4,
            Heard::Arp => super::datagram::ETHERTYPE_ARP,
        };
        let protocol = Protocol::from(i32::from(ethertype.to_be()));
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol))?;
        if heard == Heard::Dhcp {
            socket.attach_filter(&TO_PORT_68)?;
        }
        // The address that the system lists has protocol 0, which leaves the socket's own in place.
        nix::sys::socket::bind(socket.as_raw_fd(), &link_address(interface)?)?;
        socket.set_nonblocking(true)?;
        // Frames of other interfaces may have come before the bind.
        let mut stale = [0; LONGEST_FRAME];
        while io::Read::read(&mut &socket, &mut stale).is_ok() {}
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
        self.0.try_send(frame).map(|_| ())
    }
}

fn link_address(interface: &str) -> io::Result<LinkAddr> {
    nix::ifaddrs::getifaddrs()?
        .filter(|entry| entry.interface_name == interface)
        .find_map(|entry| {
            let address = entry.address?;
            (address.family() == Some(nix::sys::socket::AddressFamily::Packet)).then_some(())?;
            address.as_link_addr().copied()
        })
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("there is no interface {interface}")))
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

/// A filter that drops everything.
pub(crate) const NOTHING: [SockFilter; 1] = [SockFilter::new(0x06, 0, 0, 0)];
