//! The phone's place on the segment: cable, DHCP client or static address, ARP, and what they make of the interface.

mod identity;
mod text;
mod wire;

pub(super) use text::{lease_text, loss_text, mac_text, parse_mac};

use super::clock::Clock;
use super::lease_file::LeaseFile;
use super::log::Log;
use crate::defects::{Defect, Defects};
use crate::net::datagram::Mac;
use crate::net::dhcp::{Client, Input, Lease, Loss};
use crate::net::fixed::{self, Fixed};
use crate::net::link::{Carrier, Link};
use crate::net::packet::{Heard, LONGEST_FRAME, NOTHING, PacketSocket};
use crate::net::{arp, syslog::Severity};
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::Settings;
use crate::time::{Duration, Instant, earliest};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;

const CLIENT_PORT: u16 = 68;

/// News for the rest of the phone.
#[derive(Debug)]
pub(super) enum News {
    /// The address is set and may be used.
    Bound(Box<Lease>),
    /// The lease goes on.
    Renewed(Box<Lease>),
    /// The address is gone.
    Lost(Loss),
    /// The cable is in, or out.
    Cable(bool),
}

/// Where the phone gets its address from.
#[derive(Debug)]
pub(super) enum Source {
    /// `Connection_Type` is DHCP.
    Dhcp,
    /// `Connection_Type` is Static IP: no DHCP packet at all.
    Fixed(Box<Lease>),
    /// No IPv4.
    Nowhere,
}

/// What the network starts with.
#[derive(Debug)]
pub(super) struct Setup<'a> {
    /// The interface.
    pub(super) interface: &'a str,
    /// Its Ethernet address, when another than its own is wanted.
    pub(super) mac: Option<Mac>,
    /// What the phone tells of itself comes from here.
    pub(super) settings: &'a Settings,
    /// The phone.
    pub(super) profile: &'a Profile,
    /// Where the address comes from.
    pub(super) source: Source,
    /// Where the address of the last run is kept.
    pub(super) flash: &'a Path,
    /// Known wrong behaviours.
    pub(super) defects: Defects,
}

/// Link, DHCP client and their sockets.
#[derive(Debug)]
pub(super) struct Network {
    link: Link,
    carrier: Carrier,
    client: Client,
    source: Source,
    /// The claim to a static address.
    fixed: Option<Fixed>,
    /// What the interface has now.
    configured: Option<Lease>,
    /// Waits until the interface has its address.
    announcement: Option<arp::Packet>,
    frames: PacketSocket,
    arp: PacketSocket,
    /// Port 68 of the kernel: it sends renewals, and keeps the kernel from answering replies with "port unreachable". The packet
    /// socket hears for it.
    kernel: UdpSocket,
    /// Where the last datagram of the server came from.
    server_mac: Option<Mac>,
    leaving: bool,
    identification: u16,
    deadline: Option<Instant>,
    /// When the claim to a static address has something to do.
    fixed_at: Option<Instant>,
    defects: Defects,
    news: VecDeque<News>,
    file: LeaseFile,
    clock: Clock,
    log: Log,
}

impl Network {
    /// Brings the interface up and starts the client.
    ///
    /// # Errors
    /// When the interface or a socket is refused.
    pub(super) async fn start(setup: Setup<'_>, mut random: Random, clock: Clock, log: Log) -> io::Result<Self> {
        let (link, carrier) = Link::open(setup.interface, setup.mac).await?;
        let unknown = &setup.profile.unknown;
        let file = LeaseFile::in_flash(setup.flash, link.mac());
        if !matches!(setup.source, Source::Dhcp) {
            // What was on loan is not asked for again after a time without DHCP.
            file.write(&clock, None);
        }
        let remembers = unknown.dhcp_init_reboot && !setup.defects.has(Defect::DhcpForgetsAddress);
        let remembered = if remembers { file.read(&clock) } else { None };
        let identification = u16::try_from(random.range(0, 0xffff)).unwrap_or(0);
        let identity = identity::identity(&setup, link.mac());
        let timing = identity::timing(unknown);
        let fixed = match &setup.source {
            Source::Fixed(lease) => {
                let again = Duration::from_millis(unknown.dhcp_decline_wait_ms);
                let timing = probing(timing.arp, &setup.defects);
                Some(Fixed::new(link.mac(), lease.address, timing, again, random.fork()))
            }
            Source::Dhcp | Source::Nowhere => None,
        };
        let mut network = Network {
            frames: PacketSocket::open(link.index(), Heard::Dhcp)?,
            arp: PacketSocket::open(link.index(), Heard::Arp)?,
            kernel: kernel_port(setup.interface)?,
            client: Client::new(identity, timing, random, remembered, setup.defects.clone()),
            source: setup.source,
            fixed,
            configured: None,
            link,
            carrier,
            server_mac: None,
            announcement: None,
            leaving: false,
            identification,
            deadline: None,
            fixed_at: None,
            defects: setup.defects,
            news: VecDeque::new(),
            file,
            clock,
            log,
        };
        let up = network.carrier.up();
        network.cable(up);
        Ok(network)
    }

    /// The interface's Ethernet address.
    pub(super) const fn mac(&self) -> Mac {
        self.link.mac()
    }

    /// The interface, for IPv6.
    pub(super) fn link(&self) -> Link {
        self.link.clone()
    }

    /// Runs the client until there is news. May be dropped and called again at any time.
    ///
    /// # Errors
    /// When the interface is gone.
    pub(super) async fn next(&mut self) -> io::Result<News> {
        let (mut frame, mut arp_frame) = ([0; LONGEST_FRAME], [0; LONGEST_FRAME]);
        loop {
            if let Some(news) = self.news.pop_front() {
                return Ok(news);
            }
            // In this order: an answer to a probe that has come counts, although its time is over by now.
            tokio::select! {
                biased;
                up = self.carrier.changed() => {
                    self.cable(up?);
                }
                length = self.arp.receive(&mut arp_frame) => {
                    let packet = length.ok().and_then(|length| arp_frame.get(..length)).and_then(arp::Packet::read);
                    if let Some(packet) = packet {
                        self.input(Input::Arp(&packet));
                        if !self.defects.has(Defect::StaticUsesTaken) {
                            self.claim(fixed::Input::Arp(&packet));
                        }
                    }
                }
                length = self.frames.receive(&mut frame) => {
                    if let Some(bytes) = length.ok().and_then(|length| frame.get(..length)) {
                        self.datagram(bytes);
                    }
                    // However many there are.
                    self.claim(fixed::Input::Wake);
                }
                () = self.clock.until(earliest(self.deadline, self.fixed_at)) => {
                    self.input(Input::Wake);
                    self.claim(fixed::Input::Wake);
                }
            }
        }
    }

    /// Puts a lease into force.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(super) async fn configure(&mut self, lease: &Lease) -> io::Result<()> {
        self.keep();
        let refused = self.link.configure(lease, self.configured.as_ref()).await?;
        for (network, prefix, router) in refused {
            self.log.write(Severity::Warning, &format!("no route to {network}/{prefix} through {router}"));
        }
        self.configured = Some(lease.clone());
        self.announce();
        Ok(())
    }

    /// Takes all addresses off.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(super) async fn unconfigure(&mut self) -> io::Result<()> {
        self.keep();
        (self.configured, self.announcement) = (None, None);
        self.link.flush().await
    }

    /// Asks for a renewal of the lease off schedule. Tells whether there is a lease at all that can be renewed.
    pub(super) fn renew(&mut self) -> bool {
        let asks = asks_dhcp(&self.source, &self.defects) && self.configured.is_some();
        if asks {
            self.input(Input::Renew);
        }
        asks
    }

    /// Gives the lease back, in good order.
    pub(super) fn release(&mut self) {
        self.leaving = true;
        if matches!(self.source, Source::Dhcp) {
            self.input(Input::Release);
            self.file.write(&self.clock, None);
        }
    }

    /// Keeps the address for the next run. A fixed one needs no keeping.
    fn keep(&self) {
        if matches!(self.source, Source::Dhcp) {
            self.file.write(&self.clock, self.client.remembered());
        }
    }

    fn cable(&mut self, up: bool) {
        self.log.notice(if up { "link up" } else { "link down" });
        self.news.push_back(News::Cable(up));
        if asks_dhcp(&self.source, &self.defects) {
            self.input(if up { Input::LinkUp } else { Input::LinkDown });
        }
        self.claim(if up { fixed::Input::LinkUp } else { fixed::Input::LinkDown });
    }
}

/// Whether a phone that has its address from there speaks DHCP. A static one sends not one packet: no DHCPINFORM either (RFC 2131 §4.4.3
/// allows it), since name and time servers are set by hand too.
fn asks_dhcp(source: &Source, defects: &Defects) -> bool {
    match source {
        Source::Dhcp => true,
        Source::Fixed(_) => defects.has(Defect::DhcpAsksInStaticMode),
        Source::Nowhere => false,
    }
}

/// How a static address is probed.
fn probing(timing: arp::Timing, defects: &Defects) -> arp::Timing {
    let probes = if defects.has(Defect::StaticProbesNothing) { 0 } else { timing.probes };
    arp::Timing { probes, ..timing }
}

/// A kernel socket on port 68 of `interface` that hears nothing.
fn kernel_port(interface: &str) -> io::Result<UdpSocket> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind_device(Some(interface.as_bytes()))?;
    socket.attach_filter(&NOTHING)?;
    socket.set_nonblocking(true)?;
    socket.bind(&std::net::SocketAddr::from((Ipv4Addr::UNSPECIFIED, CLIENT_PORT)).into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_phone_with_the_defect_speaks_dhcp_beside_a_static_address() {
        let fixed = Lease::fixed(Ipv4Addr::new(192, 0, 2, 50), Ipv4Addr::new(255, 255, 255, 0), None);
        let fixed = Source::Fixed(Box::new(fixed));
        let defect = Defects::of([Defect::DhcpAsksInStaticMode]);
        assert!(asks_dhcp(&Source::Dhcp, &Defects::NONE) && !asks_dhcp(&Source::Nowhere, &defect));
        assert!(!asks_dhcp(&fixed, &Defects::NONE) && asks_dhcp(&fixed, &defect));
    }

    #[test]
    fn only_a_phone_with_the_defect_does_not_probe_its_static_address() {
        let timing = arp::Timing { probes: 3, probe_interval: Duration::ZERO, announce_wait: Duration::ZERO };
        assert_eq!(probing(timing, &Defects::NONE).probes, 3);
        assert_eq!(probing(timing, &Defects::of([Defect::StaticProbesNothing])).probes, 0);
    }
}
