//! What a DHCPACK grants.

use super::options::Options;
use crate::time::{Duration, Instant};
use std::net::Ipv4Addr;

/// RFC 2131 §3.3: a lease for ever.
const INFINITE: u32 = 0xffff_ffff;

/// An address on loan, and what came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The address.
    pub address: Ipv4Addr,
    /// Bits of the netmask (option 1, or the class of the address).
    pub prefix: u8,
    /// Routers in order of preference (option 3; empty when option 121 is there, RFC 3442).
    pub routers: Vec<Ipv4Addr>,
    /// Classless static routes (option 121): network, prefix, router.
    pub routes: Vec<(Ipv4Addr, u8, Ipv4Addr)>,
    /// Name servers in order (option 6).
    pub dns: Vec<Ipv4Addr>,
    /// Search domain (option 15).
    pub domain: Option<String>,
    /// Time servers (option 42).
    pub ntp: Vec<Ipv4Addr>,
    /// Who granted it (option 54).
    pub server: Ipv4Addr,
    /// Everything that the server sent, for provisioning.
    pub options: Options,
    /// When the request left; all times count from there (RFC 2131 §4.4.5).
    pub requested_at: Instant,
    /// Times; `None` when the lease is infinite.
    pub times: Option<Times>,
}

/// The times of a finite lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// T1: renew with the server that granted it.
    pub renewal: Instant,
    /// T2: ask every server.
    pub rebinding: Instant,
    /// The address must not be used any more.
    pub expiry: Instant,
    /// Length of the lease.
    pub length: Duration,
    /// T1 as granted, before it becomes an instant.
    t1: Duration,
    /// T2 likewise.
    t2: Duration,
}

impl Lease {
    /// The lease of a DHCPACK; `None` when it lacks a lease time, which is a MUST (RFC 2131 Table 3). Its instants count from power-on
    /// until [`Lease::counted_from`] sets them right.
    pub(super) fn granted(address: Ipv4Addr, server: Ipv4Addr, options: &Options) -> Option<Self> {
        // Option 51 (RFC 2132 §9.2). The document's table says 41; that is NIS servers and must not be read as a lease.
        let seconds = options.number(51).filter(|seconds| *seconds > 0)?;
        let times = (seconds != INFINITE).then(|| Times::of(seconds, options.number(58), options.number(59)));
        let routes = options.bytes(121).and_then(classless).unwrap_or_default();
        Some(Lease {
            address,
            prefix: options.address(1).and_then(contiguous).unwrap_or_else(|| class_prefix(address)),
            // RFC 3442: with classless routes, option 3 is ignored.
            routers: if routes.is_empty() { options.addresses(3) } else { Vec::new() },
            routes,
            dns: options.addresses(6),
            domain: options.text(15),
            ntp: options.addresses(42),
            server,
            options: options.clone(),
            requested_at: Instant::ZERO,
            times,
        })
    }

    /// What a person set by hand: an address without end, from nobody.
    pub fn fixed(address: Ipv4Addr, netmask: Ipv4Addr, router: Option<Ipv4Addr>) -> Self {
        Lease {
            address,
            prefix: contiguous(netmask).unwrap_or_else(|| class_prefix(address)),
            routers: router.into_iter().collect(),
            routes: Vec::new(),
            dns: Vec::new(),
            domain: None,
            ntp: Vec::new(),
            server: Ipv4Addr::UNSPECIFIED,
            options: Options::default(),
            requested_at: Instant::ZERO,
            times: None,
        }
    }

    /// The same lease, asked for at `requested_at`.
    pub(super) fn counted_from(mut self, requested_at: Instant) -> Self {
        self.requested_at = requested_at;
        self.times = self.times.map(|times| times.counted_from(requested_at));
        self
    }

    /// The netmask.
    pub fn netmask(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0))
    }
}

impl Times {
    fn of(seconds: u32, t1: Option<u32>, t2: Option<u32>) -> Self {
        let length = Duration::from_secs(u64::from(seconds));
        // RFC 2131 §4.4.5: T1 defaults to 0.5, T2 to 0.875 of the lease; T1 before T2 before the end, else they are not usable.
        let (half, seven_eighths) = (length / 2, length / 8 * 7);
        let given = |t: Option<u32>| t.map(|t| Duration::from_secs(u64::from(t)));
        let (t1, t2) = (given(t1).unwrap_or(half), given(t2).unwrap_or(seven_eighths));
        let (t1, t2) = if t1 < t2 && t2 < length && !t1.is_zero() { (t1, t2) } else { (half, seven_eighths) };
        let zero = Instant::ZERO;
        Times { renewal: zero, rebinding: zero, expiry: zero, length, t1, t2 }.counted_from(zero)
    }

    fn counted_from(self, start: Instant) -> Self {
        Times { renewal: start + self.t1, rebinding: start + self.t2, expiry: start + self.length, ..self }
    }
}

/// The prefix of a contiguous mask.
fn contiguous(mask: Ipv4Addr) -> Option<u8> {
    let bits = u32::from(mask);
    let prefix = bits.leading_ones();
    (prefix > 0 && bits.count_ones() == prefix).then(|| u8::try_from(prefix).unwrap_or(32))
}

/// The prefix of the address class, for a server that sends no mask.
fn class_prefix(address: Ipv4Addr) -> u8 {
    match address.octets()[0] {
        0..128 => 8,
        128..192 => 16,
        _ => 24,
    }
}

/// Option 121: destination descriptors and routers (RFC 3442). `None` when a length is wrong.
fn classless(mut bytes: &[u8]) -> Option<Vec<(Ipv4Addr, u8, Ipv4Addr)>> {
    let mut routes = Vec::new();
    while let Some((&prefix, rest)) = bytes.split_first() {
        let significant = usize::from(prefix.checked_add(7)? / 8);
        let (network, rest) = rest.split_at_checked(significant)?;
        let (router, rest) = rest.split_first_chunk::<4>()?;
        let mut octets = [0; 4];
        octets.get_mut(..significant)?.copy_from_slice(network);
        if prefix > 32 {
            return None;
        }
        routes.push((Ipv4Addr::from(octets), prefix, Ipv4Addr::from(*router)));
        bytes = rest;
    }
    Some(routes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn times_out_of_order_give_way_to_the_defaults() {
        for (t1, t2) in [(900, 800), (500, 1000), (0, 500), (500, 500)] {
            let times = Times::of(1000, Some(t1), Some(t2));
            assert_eq!(
                (times.renewal, times.rebinding),
                (Instant::from_secs(500), Instant::from_secs(875)),
                "{t1} {t2}"
            );
        }
        let times = Times::of(1000, Some(100), None);
        assert_eq!((times.renewal, times.rebinding), (Instant::from_secs(100), Instant::from_secs(875)));
    }

    #[test]
    fn a_mask_with_holes_is_no_mask() {
        assert_eq!(contiguous(Ipv4Addr::new(255, 255, 0, 255)), None);
        assert_eq!(contiguous(Ipv4Addr::new(255, 255, 255, 128)), Some(25));
        assert_eq!(contiguous(Ipv4Addr::UNSPECIFIED), None);
    }

    #[test]
    fn classless_routes_follow_rfc_3442() {
        let router = Ipv4Addr::new(192, 0, 2, 1);
        let bytes = [0, 192, 0, 2, 1, 9, 10, 128, 192, 0, 2, 1];
        let routes = vec![(Ipv4Addr::UNSPECIFIED, 0, router), (Ipv4Addr::new(10, 128, 0, 0), 9, router)];
        assert_eq!(classless(&bytes), Some(routes));
        assert_eq!(classless(&[33, 1, 2, 3, 4, 5, 6, 7, 8, 9]), None);
        assert_eq!(classless(&[24, 1]), None);
    }
}
