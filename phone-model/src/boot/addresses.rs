//! What the phone has of both IP versions, and which of its addresses SIP uses.

use super::network6::Config6;
use crate::net::dhcp::Lease;
use crate::settings::Settings;
use crate::ua::RecordKind;
use std::net::IpAddr;

/// Addresses and what came with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Addresses {
    /// IPv4.
    pub(super) lease: Option<Lease>,
    /// IPv6.
    pub(super) six: Option<Config6>,
}

impl Addresses {
    /// Whether the phone has this address.
    pub(super) fn hold(&self, address: IpAddr) -> bool {
        self.all().any(|own| own == address)
    }

    /// All addresses but link-local ones, IPv4 first.
    pub(super) fn all(&self) -> impl Iterator<Item = IpAddr> {
        let four = self.lease.iter().map(|lease| IpAddr::V4(lease.address));
        four.chain(self.six.iter().flat_map(|six| six.addresses.iter().map(|address| IpAddr::V6(*address))))
    }

    /// The address for SIP: that of the preferred version; the other's when `patient` is false.
    pub(super) fn choose(&self, prefers_v6: bool, patient: bool) -> Option<IpAddr> {
        let four = self.lease.as_ref().map(|lease| IpAddr::V4(lease.address));
        let six = self.six.as_ref().map(|six| IpAddr::V6(six.address));
        let (first, second) = if prefers_v6 { (six, four) } else { (four, six) };
        first.or_else(|| second.filter(|_| !patient))
    }

    /// Name servers that can be reached: `set` by hand and told by the network.
    pub(super) fn name_servers(&self, settings: &Settings) -> (Vec<IpAddr>, Vec<IpAddr>) {
        let own = |names: [&str; 2], there: bool| {
            let read = |name: &str| settings.text(name).trim().parse::<IpAddr>().ok();
            names.into_iter().filter(|_| there).filter_map(read).collect::<Vec<_>>()
        };
        let mut manual = own(["Primary_DNS", "Secondary_DNS"], self.lease.is_some());
        manual.extend(own(["IPv6_Primary_DNS", "IPv6_Secondary_DNS"], self.six.is_some()));
        let mut told: Vec<IpAddr> =
            self.lease.iter().flat_map(|lease| &lease.dns).map(|dns| IpAddr::V4(*dns)).collect();
        told.extend(self.six.iter().flat_map(|six| &six.dns).map(|dns| IpAddr::V6(*dns)));
        (manual, told)
    }

    /// The search domain that the network told.
    pub(super) fn domain(&self) -> Option<String> {
        let four = self.lease.as_ref().and_then(|lease| lease.domain.clone());
        four.or_else(|| self.six.as_ref().and_then(|six| six.domains.first().cloned()))
    }
}

/// The records to ask for when a server is to be reached from `own`: those of its version, then the other's, which a phone in dual mode can
/// reach as well.
pub(super) const fn kinds(own: IpAddr) -> [RecordKind; 2] {
    match own {
        IpAddr::V4(_) => [RecordKind::A, RecordKind::Aaaa],
        IpAddr::V6(_) => [RecordKind::Aaaa, RecordKind::A],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const FOUR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
    const SIX: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x1000);

    fn six() -> Config6 {
        Config6 {
            address: SIX,
            addresses: vec![SIX],
            length: 64,
            gateway: None,
            dns: Vec::new(),
            domains: Vec::new(),
            lease: None,
        }
    }

    #[test]
    fn the_preferred_version_is_waited_for_and_the_other_is_used_when_it_does_not_come() {
        let lease = Lease::fixed(FOUR, Ipv4Addr::new(255, 255, 255, 0), None);
        let both = Addresses { lease: Some(lease.clone()), six: Some(six()) };
        assert_eq!(both.choose(false, true), Some(FOUR.into()));
        assert_eq!(both.choose(true, true), Some(SIX.into()));
        let four = Addresses { lease: Some(lease), six: None };
        assert_eq!((four.choose(true, true), four.choose(true, false)), (None, Some(FOUR.into())));
        assert_eq!(four.choose(false, true), Some(FOUR.into()));
        let only_six = Addresses { lease: None, six: Some(six()) };
        assert_eq!((only_six.choose(false, true), only_six.choose(false, false)), (None, Some(SIX.into())));
        assert!(only_six.hold(SIX.into()) && !only_six.hold(FOUR.into()));
    }
}
