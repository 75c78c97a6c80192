//! The phone's place on the segment in IPv6: neighbour discovery, DHCPv6 client, and what they make of the interface.
//!
//! What sets the DHCPv6 client off (`IPv6_Connection_Type` is DHCP): a router with the M flag, for addresses; one with the O flag, for all
//! else; none at all, for addresses, since the page says DHCP, until a router says otherwise. A router with neither flag means that there is
//! nothing to ask for, unless `Auto_Config` is Disabled and nothing else could give an address. The default route comes from routers only, for
//! DHCPv6 has none.

mod configuration;
mod events;
mod mode;
mod port;
mod text;

pub(super) use configuration::Config6;

use super::clock::Clock;
use super::lease6_file::Lease6File;
use super::log::Log;
use crate::defects::Defects;
use crate::net::dhcp6::{self, Client, Identity, Lease6};
use crate::net::ipv6::{self, Host, Rules, solicited_node};
use crate::net::link::Link;
use crate::net::link::six::{Route6, restrain};
use crate::net::packet::{Heard, LONGEST_FRAME, PacketSocket};
use crate::net::syslog::Severity;
use crate::profile::Unknown;
use crate::random::Random;
use crate::time::{Duration, Instant};
use mode::Choice;
use port::CLIENT_PORT;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::Ipv6Addr;
use std::path::Path;
use tokio::net::UdpSocket;

/// For the server to say that it has heard a RELEASE.
const FAREWELL_TIME: Duration = Duration::from_millis(500);

/// A static address, as the page has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed6 {
    /// `IPv6_Static_IP`.
    pub(super) address: Ipv6Addr,
    /// `Prefix_Length`.
    pub(super) length: u8,
    /// `IPv6_Gateway`.
    pub(super) gateway: Option<Ipv6Addr>,
}

/// Where the address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source6 {
    /// `IPv6_Connection_Type` is DHCP.
    Automatic {
        /// `Auto_Config`.
        autoconfigure: bool,
    },
    /// It is Static IP: neither DHCPv6 nor router solicitations.
    Fixed(Fixed6),
}

/// What IPv6 starts with.
#[derive(Debug)]
pub(super) struct Setup6<'a> {
    pub(super) interface: &'a str,
    pub(super) link: Link,
    pub(super) unknown: &'a Unknown,
    pub(super) defects: &'a Defects,
    pub(super) source: Source6,
    pub(super) flash: &'a Path,
}

/// Neighbour discovery and DHCPv6 with their sockets.
#[derive(Debug)]
pub(super) struct Network6 {
    interface: String,
    link: Link,
    source: Source6,
    defects: Defects,
    host: Host,
    client: Client,
    frames: PacketSocket,
    /// Holds the memberships in multicast groups.
    groups: Socket,
    /// Port 546 of the link-local address, once that is in use.
    port: Option<UdpSocket>,
    /// How DHCPv6 is to be done, once it can.
    choice: Choice,
    /// Whether detection has found the static address to be free.
    fixed_is_unique: bool,
    lease: Option<Box<Lease6>>,
    released: bool,
    addresses: Vec<Ipv6Addr>,
    routes: Vec<Route6>,
    host_at: Option<Instant>,
    client_at: Option<Instant>,
    changed: bool,
    file: Lease6File,
    clock: Clock,
    log: Log,
}

/// Makes the kernel silent in IPv6, for a phone whose IP mode is IPv4 Only.
pub(super) fn silence(interface: &str, log: &Log) {
    complain_of_kernel(&restrain(interface, false), log);
}

fn complain_of_kernel(refused: &[&str], log: &Log) {
    if !refused.is_empty() {
        log.write(Severity::Debug, &format!("the kernel keeps its own {} of IPv6", refused.join(", ")));
    }
}

impl Network6 {
    /// Opens the sockets. Nothing is sent before [`Network6::cable`].
    ///
    /// # Errors
    /// When the interface or a socket is refused.
    pub(super) async fn start(setup: Setup6<'_>, mut random: Random, clock: Clock, log: Log) -> io::Result<Self> {
        complain_of_kernel(&restrain(setup.interface, true), &log);
        setup.link.flush_v6().await?;
        let (unknown, defects, mac) = (setup.unknown, setup.defects.clone(), setup.link.mac());
        let file = Lease6File::in_flash(setup.flash, mac);
        let rules = match setup.source {
            Source6::Automatic { autoconfigure } => Rules { routers: true, autoconfigure },
            Source6::Fixed(_) => Rules { routers: false, autoconfigure: false },
        };
        let identity = Identity::of(mac, &defects, &mut random);
        let timing = dhcp6::Timing { start_delay: Duration::from_millis(unknown.dhcp6_start_delay_ms), spread: 100 };
        let remembered = if unknown.dhcp6_confirm { file.read(&clock) } else { None };
        Ok(Network6 {
            interface: setup.interface.to_owned(),
            host: Host::new(mac, rules, timing_of(unknown), defects.clone(), random.fork()),
            client: Client::new(identity, timing, defects.clone(), random, remembered),
            frames: PacketSocket::open(setup.link.index(), Heard::Neighbours)?,
            groups: Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?,
            link: setup.link,
            source: setup.source,
            defects,
            port: None,
            choice: Choice::default(),
            fixed_is_unique: false,
            lease: None,
            released: false,
            addresses: Vec::new(),
            routes: Vec::new(),
            host_at: None,
            client_at: None,
            changed: false,
            file,
            clock,
            log,
        })
    }

    /// The cable is in, or out.
    pub(super) fn cable(&mut self, up: bool) {
        self.choice = Choice::default();
        self.fixed_is_unique = false;
        self.tell_host(if up { ipv6::Input::LinkUp } else { ipv6::Input::LinkDown });
        if !up {
            self.tell_client(dhcp6::Input::LinkDown);
        }
    }

    /// Runs until [`Network6::configure`] has something to do; for ever without IPv6. May be dropped and called again at any time.
    pub(super) async fn next(six: &mut Option<Self>) {
        match six {
            Some(six) => six.run().await,
            None => std::future::pending().await,
        }
    }

    async fn run(&mut self) {
        let (mut frame, mut datagram) = ([0; LONGEST_FRAME], [0; LONGEST_FRAME]);
        while !std::mem::take(&mut self.changed) {
            // In this order: an answer to a probe that has come counts, although its time is over by now; and however many neighbours speak,
            // DHCPv6 has its turn.
            tokio::select! {
                biased;
                () = self.clock.until(self.client_at) => self.tell_client(dhcp6::Input::Wake),
                length = port::heard(self.port.as_ref(), &mut datagram) => {
                    if let Some(bytes) = length.ok().and_then(|length| datagram.get(..length)) {
                        self.tell_client(dhcp6::Input::Datagram(bytes));
                    }
                }
                length = self.frames.receive(&mut frame) => {
                    if let Some(bytes) = length.ok().and_then(|length| frame.get(..length)) {
                        self.tell_host(ipv6::Input::Frame(bytes));
                    }
                }
                () = self.clock.until(self.host_at) => self.tell_host(ipv6::Input::Wake),
            }
        }
    }

    /// Brings the interface in line with what was found out, and tells what the phone has now.
    ///
    /// # Errors
    /// When the kernel refuses an address.
    pub(super) async fn configure(&mut self) -> io::Result<Option<Config6>> {
        let told = self.host.configuration(self.clock.now());
        let addresses = self.wanted_addresses(&told);
        let routes = self.wanted_routes(&told);
        for address in addresses.iter().filter(|address| !self.addresses.contains(address)) {
            self.link.add_v6(*address).await?;
        }
        for route in self.routes.iter().filter(|route| !routes.contains(route)) {
            self.link.remove_route_v6(*route).await;
        }
        for address in self.addresses.iter().filter(|address| !addresses.contains(address)) {
            self.link.remove_v6(*address).await?;
            let _ = self.groups.leave_multicast_v6(&solicited_node(*address), self.link.index());
        }
        for route in routes.iter().filter(|route| !self.routes.contains(route)) {
            if !self.link.add_route_v6(*route).await {
                self.log.write(Severity::Warning, &format!("no IPv6 route to {}/{}", route.0, route.1));
            }
        }
        (self.addresses, self.routes) = (addresses, routes);
        self.open_port(told.link_local);
        if self.port.is_some()
            && let Some(mode) = self.choice.mode()
        {
            self.tell_client(dhcp6::Input::Start(mode));
        }
        self.keep();
        Ok(self.config(&told))
    }

    /// Gives the lease back in good order: the addresses go first (RFC 8415 §18.2.7).
    pub(super) async fn release(&mut self) -> io::Result<()> {
        for address in self.addresses.iter().filter(|address| !address.is_unicast_link_local()) {
            self.link.remove_v6(*address).await?;
        }
        self.addresses.retain(Ipv6Addr::is_unicast_link_local);
        self.tell_client(dhcp6::Input::Release);
        let farewell = async {
            while !self.released {
                self.run().await;
            }
        };
        let _ = tokio::time::timeout(FAREWELL_TIME, farewell).await;
        self.file.write(&self.clock, None);
        Ok(())
    }

    /// Takes all addresses off.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(super) async fn unconfigure(&mut self) -> io::Result<()> {
        self.keep();
        self.port = None;
        self.link.flush_v6().await
    }

    /// Keeps the lease for the next run. A static address needs no keeping.
    fn keep(&self) {
        if matches!(self.source, Source6::Automatic { .. }) && !self.released {
            self.file.write(&self.clock, self.client.remembered(self.clock.now()).as_ref());
        }
    }

    fn open_port(&mut self, link_local: Option<Ipv6Addr>) {
        match link_local {
            Some(address) if self.port.is_none() => match port::open(&self.interface, address, self.link.index()) {
                Ok(port) => self.port = Some(port),
                Err(error) => self.log.write(Severity::Error, &format!("DHCPv6 port {CLIENT_PORT}: {error}")),
            },
            Some(_) => {}
            None => self.port = None,
        }
    }
}

fn timing_of(unknown: &Unknown) -> ipv6::Timing {
    ipv6::Timing {
        start_delay: Duration::from_millis(unknown.ipv6_start_delay_ms),
        probe_wait: Duration::from_millis(unknown.ipv6_probe_wait_ms),
        probes: unknown.ipv6_probe_count,
        // Three in a row without any wait would be a flood.
        solicitation_interval: Duration::from_millis(unknown.ipv6_solicitation_interval_ms.max(10)),
    }
}
