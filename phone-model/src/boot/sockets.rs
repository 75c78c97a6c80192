//! Sockets of the phone's interface and address.

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};

/// Where the phone is: sockets are bound to both, so that nothing leaves another way.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The interface.
    pub(super) interface: String,
    /// The address.
    pub(super) address: IpAddr,
}

/// Room for datagrams that come faster than they are read. The kernel may give less.
const RECEIVE_BUFFER: usize = 1 << 20;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;

/// A UDP socket on `port`; 0 lets the kernel choose at random.
pub(super) fn udp(place: &Place, port: u16) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(place.at(port)), Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind_device(Some(place.interface.as_bytes()))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.set_nonblocking(true)?;
    socket.bind(&place.at(port).into())?;
    UdpSocket::from_std(socket.into())
}

/// A UDP socket on `port` (0: any) to talk to `peer`: from the phone's address, or, when that is of the other IP version, from the one that
/// the kernel finds best.
pub(super) fn udp_toward(place: &Place, peer: IpAddr, port: u16) -> io::Result<UdpSocket> {
    udp(&place.toward(peer), port)
}

/// Sends a datagram at once or not at all. Not by way of tokio, which would refuse until the reactor has seen the socket once.
pub(super) fn send(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) -> io::Result<()> {
    SockRef::from(socket).send_to(bytes, &to.into()).map(|_| ())
}

/// A listening TCP socket on `port`.
pub(super) fn tcp(place: &Place, port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(place.at(port)), Type::STREAM, Some(Protocol::TCP))?;
    socket.bind_device(Some(place.interface.as_bytes()))?;
    // A restart must not wait for connections of the last run.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&place.at(port).into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// A TCP connection from `port` (0: any) to `to`.
pub(super) async fn connect(place: &Place, port: u16, to: SocketAddr) -> io::Result<TcpStream> {
    let place = place.toward(to.ip());
    let socket = if place.address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind_device(Some(place.interface.as_bytes()))?;
    socket.set_reuseaddr(true)?;
    socket.bind(place.at(port))?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Place {
    /// The same interface, at an address of the peer's IP version.
    fn toward(&self, peer: IpAddr) -> Place {
        let address = match (self.address, peer) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => self.address,
            (IpAddr::V6(_), IpAddr::V4(_)) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
            (IpAddr::V4(_), IpAddr::V6(_)) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
        };
        Place { interface: self.interface.clone(), address }
    }

    fn at(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.address, port)
    }
}
