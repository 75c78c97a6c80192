//! What the interface should have, put together from the page, DHCPv6 and routers.

use super::{Fixed6, Network6, Source6};
use crate::net::dhcp6::Lease6;
use crate::net::ipv6::{Configuration, masked};
use crate::net::link::six::Route6;
use std::net::Ipv6Addr;

/// What the phone has in IPv6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::boot) struct Config6 {
    /// The address that the phone uses: static, by DHCPv6, or formed, in this order.
    pub(in crate::boot) address: Ipv6Addr,
    /// All addresses but the link-local one.
    pub(in crate::boot) addresses: Vec<Ipv6Addr>,
    /// Length of the prefix on the link that holds the address; 128 when no router told of one.
    pub(in crate::boot) length: u8,
    /// Default router.
    pub(in crate::boot) gateway: Option<Ipv6Addr>,
    /// Name servers: those of DHCPv6 before those of routers (RFC 8106 §5.3.1).
    pub(in crate::boot) dns: Vec<Ipv6Addr>,
    /// Search domains, likewise.
    pub(in crate::boot) domains: Vec<String>,
    /// What DHCPv6 told, addresses or not; for time servers and provisioning.
    pub(in crate::boot) lease: Option<Box<Lease6>>,
}

impl Network6 {
    fn leased(&self) -> impl Iterator<Item = Ipv6Addr> {
        self.lease.iter().flat_map(|lease| lease.addresses.iter().map(|address| address.address))
    }

    fn fixed(&self) -> Option<Fixed6> {
        match self.source {
            Source6::Fixed(fixed) if self.fixed_is_unique => Some(fixed),
            Source6::Fixed(_) | Source6::Automatic { .. } => None,
        }
    }

    pub(super) fn wanted_addresses(&self, told: &Configuration) -> Vec<Ipv6Addr> {
        let mut wanted: Vec<Ipv6Addr> = Vec::new();
        let all = self.fixed().map(|fixed| fixed.address).into_iter().chain(self.leased());
        for address in told.link_local.into_iter().chain(all).chain(told.addresses.iter().copied()) {
            if !wanted.contains(&address) {
                wanted.push(address);
            }
        }
        wanted
    }

    pub(super) fn wanted_routes(&self, told: &Configuration) -> Vec<Route6> {
        let on_link = told.on_link.iter().map(|(prefix, length)| (*prefix, *length, None));
        let fixed = self.fixed();
        let own = fixed.map(|fixed| (masked(fixed.address, fixed.length), fixed.length, None));
        let router = fixed.and_then(|fixed| fixed.gateway).or(told.router);
        let default = router.map(|router| (Ipv6Addr::UNSPECIFIED, 0, Some(router)));
        on_link.chain(own).chain(default).collect()
    }

    pub(super) fn config(&self, told: &Configuration) -> Option<Config6> {
        let addresses: Vec<Ipv6Addr> =
            self.wanted_addresses(told).into_iter().filter(|address| !address.is_unicast_link_local()).collect();
        let address = *addresses.first()?;
        let holding = told.on_link.iter().filter(|(prefix, length)| masked(address, *length) == *prefix);
        let length = self.fixed().map(|fixed| fixed.length).or(holding.map(|(_, length)| *length).max());
        let lease = self.lease.clone();
        let mut dns = lease.as_ref().map(|lease| lease.dns.clone()).unwrap_or_default();
        dns.extend(told.dns.iter().filter(|server| !dns.contains(server)).copied().collect::<Vec<_>>());
        let mut domains = lease.as_ref().map(|lease| lease.domains.clone()).unwrap_or_default();
        domains.extend(told.domains.iter().filter(|name| !domains.contains(name)).cloned().collect::<Vec<_>>());
        let gateway = self.fixed().and_then(|fixed| fixed.gateway).or(told.router);
        Some(Config6 { address, addresses, length: length.unwrap_or(128), gateway, dns, domains, lease })
    }
}
