//! What a Reply grants.

use super::options::{self, Options};
use crate::defects::{Defect, Defects};
use crate::net::ipv6::names::names;
use crate::time::{Duration, Instant};
use std::net::Ipv6Addr;

/// RFC 8415 §7.7.
const INFINITE: u32 = u32::MAX;
/// Addresses of one lease that are used.
const MOST: usize = 4;

/// An address on loan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub address: Ipv6Addr,
    /// Until when new connections may use it; `None` is for ever.
    pub preferred: Option<Instant>,
    /// When it must not be used any more.
    pub valid: Option<Instant>,
}

/// Time servers (RFC 5908 §4, RFC 4075).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ntp {
    /// Option 56, sub-option 1: servers.
    pub unicast: Vec<Ipv6Addr>,
    /// Sub-option 2: groups to listen to.
    pub multicast: Vec<Ipv6Addr>,
    /// Sub-option 3: names.
    pub names: Vec<String>,
    /// Option 31: the older list of SNTP servers.
    pub sntp: Vec<Ipv6Addr>,
}

/// What a server gave: addresses, or in the stateless case only what else it had to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease6 {
    /// Addresses; none when stateless.
    pub addresses: Vec<Address>,
    /// T1; `None` when there is nothing to renew.
    pub renewal: Option<Instant>,
    /// T2.
    pub rebinding: Option<Instant>,
    /// DUID of the server (option 2).
    pub server: Vec<u8>,
    /// Name servers in order (option 23).
    pub dns: Vec<Ipv6Addr>,
    /// Search domains in order (option 24).
    pub domains: Vec<String>,
    /// Time servers (options 56 and 31).
    pub ntp: Ntp,
    /// When the request left; all times count from there.
    pub requested_at: Instant,
    options: Options,
}

impl Lease6 {
    /// The octets of each option of this code as the server sent them, for provisioning: 17, 59, 159, 160 and whatever else.
    pub fn raw(&self, code: u16) -> impl Iterator<Item = &[u8]> {
        self.options.all(code)
    }

    /// When the first of the addresses ends.
    pub(super) fn first_end(&self) -> Option<Instant> {
        self.addresses.iter().filter_map(|address| address.valid).min()
    }

    /// The same without addresses, which nobody asked for.
    pub(super) fn without_addresses(self) -> Self {
        Lease6 { addresses: Vec::new(), renewal: None, rebinding: None, ..self }
    }

    /// What the options of a Reply grant to its identity `association`, all counted from `requested_at`, of which `age` is over already.
    pub(super) fn granted(
        options: &Options,
        server: &[u8],
        association: Option<Association>,
        requested_at: Instant,
        age: Duration,
    ) -> Self {
        let mut lease = Lease6 {
            addresses: Vec::new(),
            renewal: None,
            rebinding: None,
            server: server.to_vec(),
            dns: options.addresses(23),
            domains: options.raw(24).map(names).unwrap_or_default(),
            ntp: ntp(options),
            requested_at,
            options: options.clone(),
        };
        let Some(association) = association.filter(|association| association.status == 0) else { return lease };
        let end = |seconds: u32| (seconds != INFINITE).then(|| requested_at + left(seconds, age));
        for (address, preferred, valid) in association.usable().take(MOST) {
            if !left(*valid, age).is_zero() {
                lease.addresses.push(Address { address: *address, preferred: end(*preferred), valid: end(*valid) });
            }
        }
        let shortest = association.usable().map(|granted| granted.1).min();
        let (t1, t2) = association.times(shortest.unwrap_or(INFINITE));
        // A server that says zero everywhere would be asked again at the speed of the network.
        (lease.renewal, lease.rebinding) = (end(t1.max(1)), end(t2.max(1)));
        lease
    }
}

fn left(seconds: u32, age: Duration) -> Duration {
    Duration::from_secs(u64::from(seconds)).saturating_sub(age)
}

/// An IA_NA option (§21.4).
#[derive(Debug)]
pub(super) struct Association {
    t1: u32,
    t2: u32,
    /// Status code; zero is Success.
    pub(super) status: u16,
    /// Address, preferred and valid lifetime.
    pub(super) addresses: Vec<(Ipv6Addr, u32, u32)>,
}

impl Association {
    /// The association `iaid` of a message.
    pub(super) fn read(options: &Options, iaid: u32, defects: &Defects) -> Option<Self> {
        options.all(3).find_map(|value| {
            let number =
                |at: usize| -> Option<u32> { Some(u32::from_be_bytes(value.get(at..at + 4)?.try_into().ok()?)) };
            let inner = Options::read(value.get(12..)?)?;
            // §21.6: a preferred lifetime over the valid one spoils the address.
            let sound = |(_, preferred, valid): &(Ipv6Addr, u32, u32)| {
                preferred <= valid || defects.has(Defect::Dhcp6IgnoresLifetimes)
            };
            let association = Association {
                t1: number(4)?,
                t2: number(8)?,
                status: inner.status(),
                addresses: inner.all(5).filter_map(granted).filter(sound).collect(),
            };
            // §21.4: T1 over T2, both set: discarded.
            let in_order = association.t1 <= association.t2
                || association.t2 == 0
                || defects.has(Defect::Dhcp6IgnoresOrderOfTimes);
            let ours = number(0)? == iaid || defects.has(Defect::Dhcp6TakesAnyAssociation);
            (ours && in_order).then_some(association)
        })
    }

    /// The addresses that are not taken back, as a valid lifetime of zero does (§21.6).
    pub(super) fn usable(&self) -> impl Iterator<Item = &(Ipv6Addr, u32, u32)> {
        self.addresses.iter().filter(|(_, _, valid)| *valid > 0)
    }

    /// T1 and T2; where the server leaves them to the client, half and four fifths of the shortest preferred lifetime (§14.2).
    fn times(&self, shortest: u32) -> (u32, u32) {
        let part = |numerator: u64, denominator: u64| match shortest {
            INFINITE => INFINITE,
            _ => u32::try_from(u64::from(shortest) * numerator / denominator).unwrap_or(INFINITE),
        };
        let t2 = if self.t2 == 0 { part(4, 5).max(self.t1) } else { self.t2 };
        let t1 = if self.t1 == 0 { part(1, 2).min(t2) } else { self.t1 };
        (t1, t2)
    }
}

/// An IA Address option (§21.6); one whose own status is not Success, or that no host can have, counts for nothing.
fn granted(value: &[u8]) -> Option<(Ipv6Addr, u32, u32)> {
    let (octets, rest) = value.split_first_chunk::<16>()?;
    let (preferred, rest) = rest.split_first_chunk::<4>()?;
    let (valid, rest) = rest.split_first_chunk::<4>()?;
    let address = Ipv6Addr::from(*octets);
    let usable = !address.is_unspecified()
        && !address.is_multicast()
        && !address.is_loopback()
        && !address.is_unicast_link_local()
        && Options::read(rest)?.status() == 0;
    usable.then_some((address, u32::from_be_bytes(*preferred), u32::from_be_bytes(*valid)))
}

/// Option 56 may come several times, each with exactly one time source (RFC 5908 §4); one that holds more or fewer is left aside.
fn ntp(options: &Options) -> Ntp {
    let mut ntp = Ntp { sntp: options.addresses(31), ..Ntp::default() };
    for option in options.all(56).filter_map(Options::read) {
        let mut sources = option.iter();
        let (Some(source), None) = (sources.next(), sources.next()) else { continue };
        match source {
            (1, value) => ntp.unicast.extend(options::addresses(value).into_iter().filter(|a| !a.is_multicast())),
            (2, value) => ntp.multicast.extend(options::addresses(value).into_iter().filter(Ipv6Addr::is_multicast)),
            (3, value) => ntp.names.extend(names(value)),
            _ => {}
        }
    }
    ntp
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::super::options::put;
    use super::*;

    #[test]
    fn times_that_a_server_leaves_open_follow_the_preferred_lifetime() {
        let of = |t1, t2, shortest| Association { t1, t2, status: 0, addresses: Vec::new() }.times(shortest);
        assert_eq!(of(0, 0, 1000), (500, 800));
        assert_eq!(of(300, 0, 1000), (300, 800));
        assert_eq!(of(0, 400, 1000), (400, 400));
        assert_eq!(of(100, 200, 1000), (100, 200));
        assert_eq!(of(0, 0, INFINITE), (INFINITE, INFINITE));
    }

    #[test]
    fn time_sources_come_one_in_an_option() {
        let server: Ipv6Addr = "2001:db8:78::5".parse().unwrap();
        let group: Ipv6Addr = "ff05::101".parse().unwrap();
        let (mut bytes, mut both) = (Vec::new(), Vec::new());
        for (code, value) in
            [(1, server.octets().to_vec()), (2, group.octets().to_vec()), (3, b"\x04time\x07example\0".to_vec())]
        {
            let mut source = Vec::new();
            put(&mut source, code, &value);
            put(&mut bytes, 56, &source);
            both.extend(source);
        }
        // Not one but three sources in one option.
        put(&mut bytes, 56, &both);
        put(&mut bytes, 31, &server.octets());
        let ntp = ntp(&Options::read(&bytes).unwrap());
        assert_eq!((ntp.unicast, ntp.multicast), (vec![server], vec![group]));
        assert_eq!((ntp.names, ntp.sntp), (vec!["time.example".to_owned()], vec![server]));
    }
}
