//! What a DHCPACK grants.

use super::message::usable;
use super::options::Options;
use crate::defects::{Defect, Defects};
use crate::time::{Duration, Instant};
use std::net::Ipv4Addr;

/// RFC 2131 §3.3: a lease for ever.
const INFINITE: u32 = 0xffff_ffff;
/// More servers of one kind than any network has; what a server sends beyond them is left alone.
const MOST: usize = 8;
/// No place on Earth is further from UTC than this, seconds.
const FARTHEST: i32 = 15 * 3600;

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
    /// Seconds east of UTC (option 2).
    pub time_offset: Option<i32>,
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
    pub(super) fn granted(address: Ipv4Addr, server: Ipv4Addr, options: &Options, defects: &Defects) -> Option<Self> {
        let hosts = |code, ignored: Defect| if defects.has(ignored) { Vec::new() } else { hosts(options, code) };
        let mask = options.address(1).filter(|_| !defects.has(Defect::DhcpIgnoresMask));
        let prefix = mask.and_then(contiguous).unwrap_or_else(|| class_prefix(address));
        if !is_host(address, prefix) {
            return None;
        }
        let routes = options.bytes(121).and_then(classless).unwrap_or_default();
        let router_counts = routes.is_empty() || defects.has(Defect::DhcpPrefersRouter);
        let mut ntp = hosts(42, Defect::DhcpIgnoresTimeServers);
        if defects.has(Defect::DhcpReads56) {
            // RFC 2132 §9.9: a message for a person. The document's row is DHCPv6's option of that number.
            ntp.extend(options.addresses(56));
        }
        Some(Lease {
            address,
            prefix,
            // RFC 3442: with classless routes, option 3 is ignored.
            routers: if router_counts { hosts(3, Defect::DhcpIgnoresRouter) } else { Vec::new() },
            routes: if defects.has(Defect::DhcpPrefersRouter) { Vec::new() } else { routes },
            dns: hosts(6, Defect::DhcpIgnoresNameServers),
            domain: options.text(15).filter(|_| !defects.has(Defect::DhcpIgnoresDomain)),
            ntp,
            // RFC 2132 §3.4: a signed number.
            time_offset: options.number(2).map(u32::cast_signed).filter(|east| (-FARTHEST..=FARTHEST).contains(east)),
            server,
            options: options.clone(),
            requested_at: Instant::ZERO,
            times: Times::granted(options, defects)?,
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
            time_offset: None,
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
        Ipv4Addr::from(mask(self.prefix))
    }

    /// Whether a host is on the link, so that it can be asked for directly.
    pub fn on_link(&self, host: Ipv4Addr) -> bool {
        (u32::from(host) ^ u32::from(self.address)) & mask(self.prefix) == 0
    }

    /// The router of everything that no other route leads to: the first of option 3 that can be reached (RFC 2132 §3.5), or what
    /// option 121 says of 0.0.0.0/0.
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        let classless = self.routes.iter().find(|(_, prefix, router)| *prefix == 0 && !router.is_unspecified());
        let listed = || self.routers.iter().copied().find(|router| self.on_link(*router));
        classless.map(|(_, _, router)| *router).or_else(listed)
    }

    /// All routes beside that of the link: network, prefix, router.
    pub fn all_routes(&self) -> Vec<(Ipv4Addr, u8, Ipv4Addr)> {
        let mut routes = self.routes.clone();
        if routes.is_empty() {
            routes.extend(self.gateway().map(|router| (Ipv4Addr::UNSPECIFIED, 0, router)));
        }
        routes
    }
}

impl Times {
    /// The times of a lease: `None` without a lease time, `Some(None)` for ever.
    #[allow(clippy::option_option)]
    fn granted(options: &Options, defects: &Defects) -> Option<Option<Self>> {
        // Option 51 (RFC 2132 §9.2). The document's table says 41; that is NIS servers and must not be read as a lease.
        let nis = options.number(41).filter(|_| defects.has(Defect::DhcpReads41));
        let mut seconds = nis.or_else(|| options.number(51)).filter(|seconds| *seconds > 0)?;
        if seconds == INFINITE && defects.has(Defect::DhcpRenewsInfinite) {
            seconds = 4;
        }
        let told = |code| options.number(code).filter(|_| !defects.has(Defect::DhcpIgnoresTimers));
        Some((seconds != INFINITE).then(|| Times::of(seconds, told(58), told(59))))
    }

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

/// The first servers of an option that a host can be.
fn hosts(options: &Options, code: u8) -> Vec<Ipv4Addr> {
    options.addresses(code).into_iter().filter_map(usable).take(MOST).collect()
}

/// Whether a host of its network can have the address: it is neither the network's own nor that of its broadcasts (RFC 1122 §3.2.1.3), which
/// networks of one and two addresses have not (RFC 3021).
pub(crate) fn is_host(address: Ipv4Addr, prefix: u8) -> bool {
    let (own, mask) = (u32::from(address) & !mask(prefix), mask(prefix));
    prefix >= 31 || (own != 0 && own != !mask)
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

/// The prefix of a contiguous mask.
pub(crate) fn contiguous(mask: Ipv4Addr) -> Option<u8> {
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
