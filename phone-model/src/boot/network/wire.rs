//! What the DHCP client and the claim to a static address send and hear, and the news that they have.

use super::{CLIENT_PORT, Network, News, Source};
use crate::net::arp;
use crate::net::datagram::{self, BROADCAST, Datagram, Mac};
use crate::net::dhcp::{Event, Input, Loss, Output};
use crate::net::fixed::{self, Fixed};
use crate::net::syslog::Severity;
use std::io;
use std::net::Ipv4Addr;

const SERVER_PORT: u16 = 67;

impl Network {
    /// The claim to a static address.
    pub(super) fn claim(&mut self, input: fixed::Input<'_>) {
        let (Some(claim), Source::Fixed(lease)) = (&mut self.fixed, &self.source) else { return };
        let lease = lease.clone();
        claim.handle(input, self.clock.now());
        loop {
            let Some(output) = self.fixed.as_mut().map(Fixed::poll) else { return };
            match output {
                fixed::Output::Send(packet) => self.send_arp(packet),
                fixed::Output::Free => self.news.push_back(News::Bound(lease.clone())),
                fixed::Output::Taken(mac) => self.news.push_back(News::Lost(Loss::Taken(mac))),
                fixed::Output::Wait(deadline) => {
                    self.fixed_at = deadline;
                    return;
                }
            }
        }
    }

    pub(super) fn datagram(&mut self, frame: &[u8]) {
        let Some(datagram) = datagram::read(frame) else { return };
        if datagram.destination_port == CLIENT_PORT && datagram.source_port == SERVER_PORT {
            self.server_mac = Some(datagram.source_mac);
            self.input(Input::Datagram(datagram.payload));
        }
    }

    pub(super) fn input(&mut self, input: Input<'_>) {
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
                Output::Arp(packet) => self.send_arp(packet),
                Output::Event(event) => self.event(event),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    /// The interface has its address: it may be announced.
    pub(super) fn announce(&mut self) {
        let own = self.configured.as_ref().map(|lease| lease.address);
        if let Some(packet) = self.announcement.take().filter(|packet| own == Some(packet.sender)) {
            self.send_arp(packet);
        }
    }

    fn send_arp(&mut self, packet: arp::Packet) {
        let own = self.configured.as_ref().map(|lease| lease.address);
        // Whoever hears an announcement may ask for the address at once (RFC 5227 §2.3), so it waits for the interface.
        if packet.announces() && own != Some(packet.sender) {
            self.announcement = Some(packet);
            return;
        }
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
        if !matches!(self.source, Source::Dhcp) {
            // Only a phone with a defect hears from its client here, and it has its address from elsewhere.
            return;
        }
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
