//! The socket of the DHCPv6 client.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use tokio::net::UdpSocket;

/// RFC 8415 §7.2.
pub(super) const CLIENT_PORT: u16 = 546;

/// Waits for a datagram; for ever when there is no socket.
pub(super) async fn heard(port: Option<&UdpSocket>, buffer: &mut [u8]) -> io::Result<usize> {
    match port {
        Some(port) => port.recv(buffer).await,
        None => std::future::pending().await,
    }
}

/// Port 546 of the link-local address: requests leave from it, and only what is sent to it is heard.
pub(super) fn open(interface: &str, address: Ipv6Addr, index: u32) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_reuse_address(true)?;
    socket.bind_device(Some(interface.as_bytes()))?;
    socket.set_multicast_if_v6(index)?;
    socket.set_multicast_loop_v6(false)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddrV6::new(address, CLIENT_PORT, 0, index).into())?;
    UdpSocket::from_std(socket.into())
}
