//! The socket of a TFTP download.

use super::{Client, Failure, LARGEST_PROFILE, Located};
use crate::boot::clock::Clock;
use crate::boot::sockets;
use crate::boot::task::Task;
use crate::net::tftp::{Download, Input, Output};
use crate::profile::Release;
use hyper::body::Bytes;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::PoisonError;
use tokio::net::UdpSocket;

/// The ports that the firewall of releases from 11.3(1) leaves to the TFTP client (phone-facts §3.5).
const FIREWALL: std::ops::RangeInclusive<u16> = 53_240..=53_245;
/// Longer datagrams are none of TFTP's.
const LONGEST: usize = 2048;

impl Client {
    /// Fetches by TFTP.
    pub(super) async fn transfer(&self, located: &Located) -> Result<Bytes, Failure> {
        let socket = self.tftp_socket(located.address.ip()).map_err(|_| Failure::Connect(located.address))?;
        let clock = Clock::start();
        let (file, patience) = (located.target.plain_path(), self.patience);
        let mut download =
            Download::new(located.address, file, LARGEST_PROFILE, patience, self.defects.clone(), clock.now());
        let result = run(&mut download, &socket, clock).await;
        // The last acknowledgement may be lost, and the server ask for it again.
        Task::spawn(async move {
            let _ = run(&mut download, &socket, clock).await;
        })
        .detach();
        match result {
            Some(Ok(body)) => Ok(Bytes::from(body)),
            Some(Err(failure)) => Err(Failure::Tftp(failure)),
            None => Err(Failure::Transfer),
        }
    }

    /// RFC 1350 §4: a port at random is the client's transfer identifier. The server may be of the other IP version than the phone's SIP.
    fn tftp_socket(&self, server: IpAddr) -> io::Result<UdpSocket> {
        if self.release < Release::R11_3_1 {
            return sockets::udp_toward(&self.place, server, 0);
        }
        let chance = self.random.lock().unwrap_or_else(PoisonError::into_inner).u32() as usize;
        let skip = chance.checked_rem(FIREWALL.len()).unwrap_or(0);
        // From one of them at random on, each once.
        let mut ports = FIREWALL.cycle().skip(skip).take(FIREWALL.len());
        let opened = ports.find_map(|port| sockets::udp_toward(&self.place, server, port).ok());
        opened.ok_or_else(|| io::Error::from(io::ErrorKind::AddrInUse))
    }
}

/// Runs until the machine has its result, or is closed.
async fn run(
    download: &mut Download,
    socket: &UdpSocket,
    clock: Clock,
) -> Option<Result<Vec<u8>, crate::net::tftp::Failure>> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let deadline = loop {
            match download.poll() {
                // What cannot be sent is lost, and sent again in time.
                Output::Send { to, bytes } => _ = sockets::send(socket, &bytes, to),
                Output::Done(result) => return Some(result),
                Output::Wait(deadline) => break deadline,
                Output::Closed => return None,
            }
        };
        tokio::select! {
            () = clock.until(Some(deadline)) => download.handle(Input::Wake, clock.now()),
            received = socket.recv_from(&mut buffer) => {
                if let Some((bytes, from)) = read(&buffer, received) {
                    download.handle(Input::Datagram { from, bytes }, clock.now());
                }
            }
        }
    }
}

fn read(buffer: &[u8], received: io::Result<(usize, SocketAddr)>) -> Option<(&[u8], SocketAddr)> {
    let (length, from) = received.ok()?;
    Some((buffer.get(..length)?, from))
}
