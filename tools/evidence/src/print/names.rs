//! Who is who: names for addresses, and the address of someone who has none yet.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::at::{At, Fact, Mac};
use crate::capture::Capture;

/// Names of participants. Columns of a ladder stand in this order; addresses without a name follow in order of appearance.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<(IpAddr, String)>);

impl Names {
    /// No names: addresses speak for themselves.
    pub fn none() -> Names {
        Names::default()
    }

    /// Give an address a name. Several addresses of one name are one participant.
    pub fn with(mut self, address: IpAddr, name: impl Into<String>) -> Names {
        self.0.push((address, name.into()));
        self
    }

    /// The name, or the address.
    pub fn of(&self, address: IpAddr) -> String {
        let named = self.0.iter().find(|(known, _)| *known == address);
        named.map_or_else(|| unnamed(address), |(_, name)| name.clone())
    }

    fn knows(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(known, _)| *known == address)
    }

    /// Position in the order of names; unnamed ones come last.
    pub(super) fn rank(&self, name: &str) -> usize {
        self.0.iter().position(|(_, known)| known == name).unwrap_or(self.0.len())
    }
}

impl<N: Into<String>> FromIterator<(IpAddr, N)> for Names {
    fn from_iter<I: IntoIterator<Item = (IpAddr, N)>>(names: I) -> Self {
        Names(names.into_iter().map(|(address, name)| (address, name.into())).collect())
    }
}

fn unnamed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) if v4.is_broadcast() => "broadcast".to_owned(),
        // Solicited-node addresses would be a participant each.
        IpAddr::V6(v6) if v6.is_multicast() => "multicast".to_owned(),
        address => address.to_string(),
    }
}

/// Who an address without a name of its own belongs to: a DHCP client without an address is shown as who it becomes, a link-local
/// address as the one that DHCP gave its owner.
#[derive(Debug, Default)]
pub(super) struct Owners {
    cards: HashMap<Mac, IpAddr>,
    link_local: HashMap<IpAddr, IpAddr>,
}

impl Owners {
    pub(super) fn of(capture: &Capture) -> Owners {
        let mut owners = Owners::default();
        let acknowledged =
            capture.dhcp().iter().filter(|m| m.is(crate::dhcp::DhcpKind::Ack) && !m.yiaddr.is_unspecified());
        for message in acknowledged {
            if let Some(mac) = message.client() {
                owners.cards.entry(mac).or_insert(IpAddr::V4(message.yiaddr));
            }
        }
        for message in capture.dhcp6() {
            let known = message.src_mac.and_then(|mac| owners.cards.get(&mac)).copied();
            if let Some(owner) = known.filter(|_| is_link_local(message.src.ip())) {
                owners.link_local.entry(message.src.ip()).or_insert(owner);
            }
            let given = message.addresses().first().copied().filter(|_| message.is(crate::dhcp6::Dhcp6Kind::Reply));
            if let Some(owner) = given.filter(|_| is_link_local(message.dst.ip())) {
                owners.link_local.entry(message.dst.ip()).or_insert(IpAddr::V6(owner));
            }
        }
        for arp in capture.arp().iter().filter(|arp| !arp.sender_ip.is_unspecified()) {
            owners.cards.entry(arp.sender_mac).or_insert(IpAddr::V4(arp.sender_ip));
        }
        let neighbours = capture.icmp().iter().map(Fact::at).chain(capture.dhcp6().iter().map(Fact::at));
        for at in neighbours.filter(|at| is_link_local(at.src.ip())) {
            if let Some(mac) = at.src_mac {
                owners.cards.entry(mac).or_insert(at.src.ip());
            }
        }
        owners
    }

    /// Who sent it.
    pub(super) fn sender(&self, at: &At, names: &Names) -> String {
        match (at.src.ip(), at.src_mac) {
            (address, Some(mac)) if address.is_unspecified() => {
                self.cards.get(&mac).map_or_else(|| mac.to_string(), |address| self.name(*address, names))
            }
            (address, _) => self.name(address, names),
        }
    }

    /// Whom it was sent to.
    pub(super) fn receiver(&self, at: &At, names: &Names) -> String {
        self.name(at.dst.ip(), names)
    }

    fn name(&self, address: IpAddr, names: &Names) -> String {
        let owner = self.link_local.get(&address).filter(|_| !names.knows(address));
        names.of(owner.copied().unwrap_or(address))
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}
