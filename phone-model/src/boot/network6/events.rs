//! What the machines of IPv6 want and tell, carried out.

use super::mode::{beside_static, of_router};
use super::text::{conflict_text, lease_text, loss_text, refusal_text};
use super::{Network6, Source6};
use crate::boot::sockets;
use crate::net::syslog::Severity;
use crate::net::{dhcp6, ipv6};
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};

/// RFC 8415 §7.2.
const SERVER_PORT: u16 = 547;
/// All_DHCP_Relay_Agents_and_Servers (RFC 8415 §7.1).
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);

impl Network6 {
    pub(super) fn tell_host(&mut self, input: ipv6::Input<'_>) {
        self.host.handle(input, self.clock.now());
        loop {
            match self.host.poll() {
                ipv6::Output::Send(frame) => {
                    let sent = self.frames.send(&frame);
                    self.complain("neighbour discovery", sent.err());
                }
                ipv6::Output::Join(address) => {
                    // Refused when it has joined before, which is as good.
                    let _ = self.groups.join_multicast_v6(&ipv6::solicited_node(address), self.link.index());
                }
                ipv6::Output::Event(event) => self.host_event(event),
                ipv6::Output::Wait(deadline) => {
                    self.host_at = deadline;
                    return;
                }
            }
        }
    }

    fn host_event(&mut self, event: ipv6::Event) {
        match event {
            ipv6::Event::Changed => {
                self.changed = true;
                if let Source6::Fixed(fixed) = self.source
                    && !self.fixed_is_unique
                {
                    self.host.handle(ipv6::Input::Check(fixed.address), self.clock.now());
                    self.choice = beside_static(&self.defects);
                }
            }
            ipv6::Event::Unique(address) => match self.source {
                Source6::Fixed(fixed) if fixed.address == address => {
                    self.fixed_is_unique = true;
                    self.changed = true;
                }
                Source6::Fixed(_) | Source6::Automatic { .. } => self.tell_client(dhcp6::Input::Unique(address)),
            },
            ipv6::Event::Duplicate(conflict) => {
                self.log.write(Severity::Error, &conflict_text(conflict));
                self.tell_client(dhcp6::Input::Duplicate(conflict.address));
            }
            ipv6::Event::Disabled(conflict) => {
                self.log.write(Severity::Error, &format!("{}; no IPv6 on this link", conflict_text(conflict)));
                self.changed = true;
            }
            ipv6::Event::Advertised { managed, other } => {
                let said = of_router(managed, other, self.source, &self.defects);
                let before = self.choice;
                self.choice = before.hear(said, self.lease.is_some(), &self.defects);
                if self.choice.mode() != before.mode() {
                    self.changed = true;
                    if self.choice.mode().is_none() {
                        self.tell_client(dhcp6::Input::Stop);
                    }
                }
            }
            ipv6::Event::NoRouter => {
                self.log.write(Severity::Informational, "no IPv6 router answers");
                self.choice = self.choice.guess();
                self.changed = true;
            }
        }
    }

    pub(super) fn tell_client(&mut self, input: dhcp6::Input<'_>) {
        self.client.handle(input, self.clock.now());
        loop {
            match self.client.poll() {
                dhcp6::Output::Send(message) => self.send(&message),
                dhcp6::Output::Check(address) => {
                    self.host.handle(ipv6::Input::Check(address), self.clock.now());
                    // What that leads to comes with the next turn of the loop.
                    self.host_at = Some(self.clock.now());
                }
                dhcp6::Output::Event(event) => self.client_event(event),
                dhcp6::Output::Wait(deadline) => {
                    self.client_at = deadline;
                    return;
                }
            }
        }
    }

    fn send(&self, message: &[u8]) {
        let to = SocketAddrV6::new(SERVERS, SERVER_PORT, 0, self.link.index());
        let sent = match &self.port {
            Some(port) => sockets::send(port, message, to.into()),
            None => Err(io::ErrorKind::NotConnected.into()),
        };
        self.complain("DHCPv6", sent.err());
    }

    fn client_event(&mut self, event: dhcp6::Event) {
        match event {
            dhcp6::Event::Entered(state) => self.log.write(Severity::Informational, &format!("DHCPv6 {state}")),
            dhcp6::Event::Refused(status) => self.log.write(Severity::Warning, &refusal_text(status)),
            dhcp6::Event::Ignored { state, input } => {
                self.log.write(Severity::Debug, &format!("DHCPv6 {input} ignored in {state}"));
            }
            dhcp6::Event::Bound(lease) | dhcp6::Event::Informed(lease) => {
                self.log.notice(&lease_text(&lease));
                self.lease = Some(lease);
                self.changed = true;
            }
            dhcp6::Event::Renewed(lease) => {
                self.lease = Some(lease);
                self.changed = true;
            }
            dhcp6::Event::Lost(loss) => {
                self.log.notice(&loss_text(loss));
                self.lease = None;
                self.changed = true;
            }
            dhcp6::Event::Released => {
                self.released = true;
                self.changed = true;
            }
        }
    }

    fn complain(&self, what: &str, error: Option<io::Error>) {
        if let Some(error) = error {
            self.log.write(Severity::Warning, &format!("{what} not sent: {error}"));
        }
    }
}
