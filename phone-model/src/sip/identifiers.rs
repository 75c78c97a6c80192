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
