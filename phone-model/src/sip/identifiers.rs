//! Branches, tags and Call-IDs in the shape of real units (phone-facts §3.6): `z9hG4bK-` and hex, tag of 16 hex digits, Call-ID
//! `8hex-8hex@address`.

use crate::random::Random;
use std::net::IpAddr;

/// A fresh branch: the cookie of RFC 3261 §8.1.1.7, a hyphen, 8 hex digits as units have them, and 8 more so that it stays
/// unique however long the phone runs.
pub fn branch(random: &mut Random) -> String {
    format!("z9hG4bK-{}{}", random.hex(4), random.hex(4))
}

/// A fresh tag: 64 random bits (RFC 3261 §19.3 asks for at least 32).
pub fn tag(random: &mut Random) -> String {
    random.hex(8)
}

/// A fresh Call-ID.
pub fn call_id(random: &mut Random, address: IpAddr) -> String {
    format!("{}-{}@{address}", random.hex(4), random.hex(4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_has_the_shape_of_real_units_and_no_two_are_the_same() {
        let mut random = Random::seeded(5);
        let address = IpAddr::from([192, 0, 2, 100]);
        let all: BTreeSet<(String, String, String)> =
            (0..2_000).map(|_| (branch(&mut random), tag(&mut random), call_id(&mut random, address))).collect();
        assert_eq!(all.len(), 2_000);
        let hex = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
        for (branch, tag, call_id) in all {
            assert!(branch.strip_prefix("z9hG4bK-").is_some_and(|rest| hex(rest, 16)), "{branch}");
            assert!(hex(&tag, 16), "{tag}");
            let parts = call_id.strip_suffix("@192.0.2.100").and_then(|id| id.split_once('-'));
            assert!(parts.is_some_and(|(a, b)| hex(a, 8) && hex(b, 8)), "{call_id}");
        }
    }
}
