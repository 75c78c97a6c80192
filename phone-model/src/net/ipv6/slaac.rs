//! Addresses formed from advertised prefixes (RFC 4862 §5.5).

use super::message::Prefix;
use crate::time::{Duration, Instant, earliest};
use std::net::Ipv6Addr;

/// Addresses held at one time; a router that advertises more prefixes gets no more addresses.
pub(super) const MOST: usize = 8;
/// RFC 4862 §5.5.3(e).
const TWO_HOURS: Duration = Duration::from_secs(7200);

/// One formed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Formed {
    pub(super) address: Ipv6Addr,
    pub(super) length: u8,
    /// `None` is for ever.
    pub(super) preferred: Option<Instant>,
    pub(super) valid: Option<Instant>,
    pub(super) standing: Standing,
}

/// How far detection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Tentative,
    Unique,
    /// Kept, so that the next advertisement does not form it again.
    Duplicate,
}

/// The formed addresses.
#[derive(Debug, Default)]
pub(super) struct Addresses(pub(super) Vec<Formed>);

/// The interface identifier of RFC 4291, appendix A. Our reading: releases of the document's time form addresses from the Ethernet address,
/// not from a secret (RFC 7217).
pub(super) fn identifier(mac: [u8; 6]) -> u64 {
    let [a, b, c, d, e, f] = mac;
    u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

impl Addresses {
    /// Takes a prefix in, up to `most` addresses; a new one that needs detection is given back.
    pub(super) fn advertised(&mut self, prefix: &Prefix, mac: [u8; 6], most: usize, now: Instant) -> Option<Ipv6Addr> {
        let shortened = |life: Option<Duration>| life.unwrap_or(Duration::MAX);
        // §5.5.3 a), b), c): not autonomous, link-local, preferred over valid.
        let unfit = !prefix.autonomous
            || prefix.prefix.is_unicast_link_local()
            || prefix.prefix.is_multicast()
            || shortened(prefix.preferred) > shortened(prefix.valid);
        // §5.5.3 d): prefix and identifier make 128 bits, and ours has 64 (RFC 2464 §4).
        if unfit || prefix.length != 64 {
            return None;
        }
        let address = Ipv6Addr::from(u128::from(prefix.prefix) | u128::from(identifier(mac)));
        if let Some(formed) = self.0.iter_mut().find(|formed| formed.address == address) {
            formed.preferred = prefix.preferred.map(|life| now + life);
            formed.valid = refreshed(formed.valid, prefix.valid, now);
            return None;
        }
        if prefix.valid == Some(Duration::ZERO) || self.0.len() >= most {
            return None;
        }
        self.0.push(Formed {
            address,
            length: prefix.length,
            preferred: prefix.preferred.map(|life| now + life),
            valid: prefix.valid.map(|life| now + life),
            standing: Standing::Tentative,
        });
        Some(address)
    }

    /// The outcome of detection; false when the address is gone meanwhile.
    pub(super) fn settled(&mut self, address: Ipv6Addr, standing: Standing) -> bool {
        let formed = self.0.iter_mut().find(|formed| formed.address == address);
        formed.map(|formed| formed.standing = standing).is_some()
    }

    /// When an address changes by itself: the next end of a preferred or valid lifetime after `seen`.
    pub(super) fn deadline(&self, seen: Instant) -> Option<Instant> {
        let ends = self.0.iter().flat_map(|formed| [formed.preferred.filter(|at| *at > seen), formed.valid]);
        ends.fold(None, earliest)
    }

    /// Drops what is not valid any more (§5.5.4).
    pub(super) fn expire(&mut self, now: Instant) {
        self.0.retain(|formed| formed.valid.is_none_or(|at| at > now));
    }
}

/// The valid lifetime after an advertisement (§5.5.3 e).
fn refreshed(stored: Option<Instant>, advertised: Option<Duration>, now: Instant) -> Option<Instant> {
    let advertised = advertised?;
    let longer = stored.is_some_and(|end| advertised > end.since(now));
    if advertised > TWO_HOURS || longer {
        return Some(now + advertised);
    }
    match stored {
        // An advertisement that nobody has signed cannot take an address away at once.
        Some(end) if end.since(now) <= TWO_HOURS => Some(end),
        Some(_) | None => Some(now + TWO_HOURS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: fn(u64) -> Option<Duration> = |n| Some(Duration::from_secs(n));

    #[test]
    fn the_identifier_is_the_ethernet_address_with_fffe_in_its_middle() {
        assert_eq!(identifier([2, 0, 0, 0, 0x78, 0x41]), 0x0000_00ff_fe00_7841);
    }

    #[test]
    fn a_valid_lifetime_follows_the_two_hour_rule() {
        let now = Instant::from_secs(100);
        let at = |secs| Some(Instant::from_secs(secs));
        // More than two hours, or more than what is left: taken.
        assert_eq!(refreshed(at(200), SECONDS(7201), now), at(7301));
        assert_eq!(refreshed(at(200), SECONDS(101), now), at(201));
        // Less than what is left, which is under two hours: ignored.
        assert_eq!(refreshed(at(200), SECONDS(10), now), at(200));
        assert_eq!(refreshed(at(200), SECONDS(0), now), at(200));
        // Less than what is left, which is over two hours: two hours.
        assert_eq!(refreshed(at(10_000), SECONDS(10), now), at(7300));
        assert_eq!(refreshed(None, SECONDS(0), now), at(7300));
        assert_eq!(refreshed(at(200), None, now), None);
    }

    #[test]
    fn prefixes_that_make_no_address_are_left_aside() {
        let good = Prefix {
            prefix: Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0),
            length: 64,
            on_link: true,
            autonomous: true,
            valid: SECONDS(600),
            preferred: SECONDS(300),
        };
        let mac = [2, 0, 0, 0, 0x78, 0x41];
        let formed = |prefix: Prefix| Addresses::default().advertised(&prefix, mac, MOST, Instant::ZERO);
        assert_eq!(formed(good), Some("2001:db8:78::ff:fe00:7841".parse().unwrap_or(Ipv6Addr::UNSPECIFIED)));
        for wrong in [
            Prefix { length: 63, ..good },
            Prefix { length: 128, ..good },
            Prefix { autonomous: false, ..good },
            Prefix { preferred: SECONDS(601), ..good },
            Prefix { preferred: None, ..good },
            Prefix { valid: SECONDS(0), preferred: SECONDS(0), ..good },
            Prefix { prefix: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), ..good },
        ] {
            assert_eq!(formed(wrong), None, "{wrong:?}");
        }
    }
}
