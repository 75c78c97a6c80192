//! The phone's place on the segment: cable, DHCP client, ARP, and what they make of the interface.

use super::clock::Clock;
use super::lease_file::LeaseFile;
use super::log::Log;
use crate::net::datagram::{self, BROADCAST, Datagram, Mac};
use crate::net::dhcp::{self, Client, Event, Identity, Input, Lease, Loss, Output, Timing};
use crate::net::link::{Carrier, Link};
use crate::net::packet::{Heard, LONGEST_FRAME, NOTHING, PacketSocket};
use crate::net::{arp, syslog::Severity};
use crate::profile::{Profile, Unknown};
use crate::random::Random;
use crate::time::{Duration, Instant};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;

const CLIENT_PORT: u16 = 68;
const SERVER_PORT: u16 = 67;

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
    /// Option 12; `SEP` and the Ethernet address when empty.
    pub(super) host_name: &'a str,
    /// Whether the network is to name an ACS.
    pub(super) acs_discovery: bool,
    /// The phone.
    pub(super) profile: &'a Profile,
    /// Where the address comes from.
    pub(super) source: Source,
    /// Where the address of the last run is kept.
    pub(super) flash: &'a Path,
}

/// Link, DHCP client and their sockets.
#[derive(Debug)]
pub(super) struct Network {
    link: Link,
    carrier: Carrier,
    client: Client,
    source: Source,
    frames: PacketSocket,
    arp: PacketSocket,
    /// Port 68 of the kernel: it sends renewals, and keeps the kernel from answering replies with "port unreachable". The packet
    /// socket hears for it.
    kernel: UdpSocket,
    /// Where the last datagram of the server came from.
    server_mac: Option<Mac>,
    /// The address that the interface has.
    configured: Option<Ipv4Addr>,
    /// Waits until the interface has its address.
    announcement: Option<arp::Packet>,
    leaving: bool,
    identification: u16,
    deadline: Option<Instant>,
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
        let remembered = if unknown.dhcp_init_reboot { file.read(&clock) } else { None };
        let identification = u16::try_from(random.range(0, 0xffff)).unwrap_or(0);
        let identity = identity(&setup, link.mac());
        let mut network = Network {
            frames: PacketSocket::open(link.index(), Heard::Dhcp)?,
            arp: PacketSocket::open(link.index(), Heard::Arp)?,
            kernel: kernel_port(setup.interface)?,
            client: Client::new(identity, timing(unknown), random, remembered),
            source: setup.source,
            link,
            carrier,
            server_mac: None,
            configured: None,
            announcement: None,
            leaving: false,
            identification,
            deadline: None,
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
            tokio::select! {
                () = self.clock.until(self.deadline) => self.input(Input::Wake),
                up = self.carrier.changed() => {
                    self.cable(up?);
                }
                length = self.frames.receive(&mut frame) => {
                    if let Some(bytes) = length.ok().and_then(|length| frame.get(..length)) {
                        self.datagram(bytes);
                    }
                }
                length = self.arp.receive(&mut arp_frame) => {
                    let packet = length.ok().and_then(|length| arp_frame.get(..length)).and_then(arp::Packet::read);
                    if let Some(packet) = packet {
                        self.input(Input::Arp(&packet));
                    }
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
        self.link.configure(lease).await?;
        self.configured = Some(lease.address);
        if let Some(announcement) = self.announcement.take().filter(|packet| packet.sender == lease.address) {
            self.send_arp(&announcement);
        }
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

    /// Gives the lease back, in good order.
    pub(super) fn release(&mut self) {
        self.leaving = true;
        self.input(Input::Release);
        self.file.write(&self.clock, None);
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
        match &self.source {
            Source::Dhcp => self.input(if up { Input::LinkUp } else { Input::LinkDown }),
            Source::Fixed(lease) if up => self.news.push_back(News::Bound(lease.clone())),
            Source::Fixed(_) | Source::Nowhere => {}
        }
    }

    fn datagram(&mut self, frame: &[u8]) {
        let Some(datagram) = datagram::read(frame) else { return };
        if datagram.destination_port == CLIENT_PORT && datagram.source_port == SERVER_PORT {
            self.server_mac = Some(datagram.source_mac);
            self.input(Input::Datagram(datagram.payload));
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.client.handle(input, self.clock.now());
        loop {
            match self.client.poll() {
                Output::Broadcast { from, message } => self.raw(from, Ipv4Addr::BROADCAST, BROADCAST, &message),
                Output::Unicast { from, to, message } => match self.server_mac.filter(|_| self.leaving) {
                    // The process ends before the kernel could ask for the server's Ethernet address.
                    Some(mac) => self.raw(from, to, mac, &message),
                    None => {
                        let sent = self.kernel.send_to(&message, (to, SERVER_PORT));
                        self.complain("DHCP", sent.err());
                    }
                },
                // Whoever hears an announcement may ask for the address at once (RFC 5227 §2.3), so it waits for the interface.
                Output::Arp(packet) if packet.announces() && self.configured != Some(packet.sender) => {
                    self.announcement = Some(packet);
                }
                Output::Arp(packet) => self.send_arp(&packet),
                Output::Event(event) => self.event(event),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn send_arp(&self, packet: &arp::Packet) {
        let sent = self.arp.send(&packet.frame());
        self.complain("ARP", sent.err());
    }

    fn raw(&mut self, source: Ipv4Addr, destination: Ipv4Addr, to: Mac, payload: &[u8]) {
        self.identification = self.identification.wrapping_add(1);
        let datagram = Datagram {
            source_mac: self.link.mac(),
            source,
            destination,
            source_port: CLIENT_PORT,
            destination_port: SERVER_PORT,
            payload,
        };
        if let Some(frame) = datagram.frame(to, self.identification) {
            let sent = self.frames.send(&frame);
            self.complain("DHCP", sent.err());
        }
    }

    fn complain(&self, what: &str, error: Option<io::Error>) {
        if let Some(error) = error {
            self.log.write(Severity::Warning, &format!("{what} not sent: {error}"));
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Entered(state) => self.log.write(Severity::Informational, &format!("DHCP {state}")),
            Event::Ignored { state, input } => {
                self.log.write(Severity::Debug, &format!("DHCP {input} ignored in {state}"));
            }
            Event::Bound(lease) => self.news.push_back(News::Bound(lease)),
            Event::Renewed(lease) => self.news.push_back(News::Renewed(lease)),
            Event::Lost(loss) => self.news.push_back(News::Lost(loss)),
        }
    }
}

fn timing(unknown: &Unknown) -> Timing {
    let millis = Duration::from_millis;
    Timing {
        start_delay: millis(unknown.dhcp_start_delay_ms),
        decline_wait: millis(unknown.dhcp_decline_wait_ms),
        fuzz: millis(unknown.dhcp_timer_fuzz_ms),
        arp: arp::Timing {
            probes: unknown.arp_probe_count,
            probe_interval: millis(unknown.arp_probe_interval_ms),
            announce_wait: millis(unknown.arp_announce_wait_ms),
        },
    }
}

fn identity(setup: &Setup<'_>, mac: Mac) -> Identity {
    let host_name = match setup.host_name {
        "" => format!("SEP{}", hex::encode_upper(mac)),
        set => set.to_owned(),
    };
    let vendor_class = if setup.acs_discovery {
        // TR-069 §3.1: who wants to be told of an ACS says so.
        b"dslforum.org".to_vec()
    } else {
        // Phone-facts §3.5: the product name and a NUL at the end.
        format!("Cisco Systems, Inc. IP Phone {}\0", setup.profile.model.product_name()).into_bytes()
    };
    Identity { mac, host_name, vendor_class }
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

/// A line for the log about a loss.
pub(super) fn loss_text(loss: Loss) -> String {
    match loss {
        Loss::Nak => "DHCP address refused by the server".into(),
        Loss::Expired => "DHCP lease expired".into(),
        Loss::Taken(mac) => format!("DHCP address is in use by {}", mac_text(mac)),
        Loss::Replaced => "DHCP address replaced by the server".into(),
        Loss::Released => "DHCP address released".into(),
    }
}

/// `02:00:00:00:00:01`
pub(super) fn mac_text(mac: Mac) -> String {
    mac.map(|octet| format!("{octet:02x}")).join(":")
}

/// Reads what [`mac_text`] writes.
pub(super) fn parse_mac(text: &str) -> Option<Mac> {
    let mut mac = [0; 6];
    let mut parts = text.split([':', '-']);
    for octet in &mut mac {
        *octet = parts.next().filter(|part| part.len() == 2).and_then(|part| u8::from_str_radix(part, 16).ok())?;
    }
    // The lowest bit marks a group address, which no host has.
    (parts.next().is_none() && mac[0] & 1 == 0).then_some(mac)
}

/// The line about an address for the log.
pub(super) fn lease_text(lease: &dhcp::Lease) -> String {
    if lease.server.is_unspecified() {
        return format!("static address {}/{}", lease.address, lease.prefix);
    }
    let length = lease.times.map_or_else(|| "infinite".to_owned(), |times| format!("{} s", times.length.as_secs()));
    format!("DHCP address {}/{} from {}, lease {length}", lease.address, lease.prefix, lease.server)
}
