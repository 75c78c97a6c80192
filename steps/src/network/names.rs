//! The plan of names: accounts, who is called what, and what DNS says of it.

use crate::outcome::Stop;
use bench::{MacAddress, plan};
use servers::dns::{self, Records, Zone};
use std::net::IpAddr;

/// The account of extension 1 at the call server.
pub const USER: &str = "5550001";
/// The account of extension 2.
pub const SECOND_USER: &str = "5550002";
/// The password of both.
pub const PASSWORD: &str = "bench-Secret.17";
/// The names of the document's own example.
pub const LISTED: [&str; 2] = ["voiceip.com", "voiceip1.com"];
/// A server that is never listed.
pub const STRANGER: &str = "stranger.example";
/// Where a name may move.
pub const MOVED: &str = "moved.example";
/// How long names live in DNS unless a scenario says otherwise, seconds.
const TTL: u32 = 300;

/// The Ethernet address of the phone on every bench: locally administered.
pub const PHONE_MAC: MacAddress = MacAddress::phone(1);

/// One of the SIP servers, as features name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// `the call server`.
    CallServer,
    /// `the second server`.
    Second,
    /// `the stranger`.
    Stranger,
    /// `the moved server`.
    Moved,
}

impl Party {
    /// Its address.
    pub const fn address(self) -> IpAddr {
        match self {
            Party::CallServer => plan::SIP_LISTED.ip(),
            Party::Second => plan::SIP_SECOND.ip(),
            Party::Stranger => plan::SIP_UNLISTED.ip(),
            Party::Moved => plan::MOVED.ip(),
        }
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Party::CallServer => "the call server",
            Party::Second => "the second server",
            Party::Stranger => "the stranger",
            Party::Moved => "the moved server",
        })
    }
}

impl std::str::FromStr for Party {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Party::CallServer, Party::Second, Party::Stranger, Party::Moved]
            .into_iter()
            .find(|p| p.to_string() == text)
            .ok_or_else(|| format!("there is no server called `{text}`"))
    }
}

/// What DNS says at first.
///
/// # Errors
/// Never for the names above.
pub(super) fn zone() -> Result<Zone, Stop> {
    let zone = Zone::new();
    for (name, party) in
        [(LISTED[0], Party::CallServer), (LISTED[1], Party::Second), (STRANGER, Party::Stranger), (MOVED, Party::Moved)]
    {
        set(&zone, name, TTL, &[party.address()])?;
    }
    for (name, host) in [("prov", plan::PROVISIONING), ("syslog", plan::SYSLOG), ("ldap", plan::DIRECTORY)] {
        set(&zone, &format!("{name}.{}", plan::SEARCH_DOMAIN), TTL, &[host.ip()])?;
    }
    Ok(zone)
}

/// Sets both address families, so that nothing of the old answer stays.
pub(super) fn set(zone: &Zone, name: &str, ttl: u32, addresses: &[IpAddr]) -> Result<(), Stop> {
    let v4: Vec<_> = addresses
        .iter()
        .filter_map(|a| match a {
            IpAddr::V4(a) => Some(*a),
            IpAddr::V6(_) => None,
        })
        .collect();
    let v6: Vec<_> = addresses
        .iter()
        .filter_map(|a| match a {
            IpAddr::V6(a) => Some(*a),
            IpAddr::V4(_) => None,
        })
        .collect();
    let named = |e: dns::BadName| Stop::bench(format!("{e}; correct the feature file"));
    if v4.is_empty() {
        zone.remove(name, dns::RecordKind::A).map_err(named)?;
    } else {
        zone.set(name, ttl, Records::A(v4)).map_err(named)?;
    }
    if v6.is_empty() {
        zone.remove(name, dns::RecordKind::Aaaa).map_err(named)
    } else {
        zone.set(name, ttl, Records::Aaaa(v6)).map_err(named)
    }
}
