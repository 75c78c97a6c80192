//! Where the profile and the ACS are, from what DHCP told. Pure: raw option values and settings go in, URLs and remarks for the log come out.
//!
//! An option gives the server, `Profile_Rule` the path; a rule with a scheme and a host of its own wins over everything that DHCP told. Options
//! are looked at in the order of `DHCP_Option_To_Use` (DHCPv6: `DHCPv6_Option_To_Use`), and the first that names a server counts.
//!
//! Readings where no source tells: an option whose URL has a path other than `/` names the profile itself; a bare host means TFTP, as in a rule
//! without a scheme; DHCPv4 is looked at before DHCPv6.

mod acs;
mod text;

#[cfg(test)]
mod tests;

pub(super) use acs::{Acs, acs};

use crate::defects::{Defect, Defects};
use crate::profile::Unknown;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use text::{host, printable};

/// The raw value of an option by its code.
pub(super) type Raw<'a> = dyn Fn(u16) -> Option<Vec<u8>> + 'a;
/// The raw values of every option of a code: option 17 of DHCPv6 comes once for each enterprise (RFC 8415 §21.17).
pub(super) type RawAll<'a> = dyn Fn(u16) -> Vec<Vec<u8>> + 'a;

/// What DHCP told, and which of it the settings want used.
pub(super) struct Offers<'a> {
    /// DHCPv4 options of the lease.
    pub(super) v4: &'a Raw<'a>,
    /// DHCPv6 options.
    pub(super) v6: &'a RawAll<'a>,
    /// `DHCP_Option_To_Use`.
    pub(super) v4_order: &'a str,
    /// `DHCPv6_Option_To_Use`.
    pub(super) v6_order: &'a str,
    /// What no source tells.
    pub(super) unknown: &'a Unknown,
    /// The phone's defects.
    pub(super) defects: &'a Defects,
}

/// Who named the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The rule itself.
    Rule,
    /// A DHCPv4 option.
    V4(u16),
    /// A DHCPv6 option.
    V6(u16),
    /// Nobody: there is nothing to fetch from.
    Nobody,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Rule => f.write_str("configured"),
            Source::V4(code) => write!(f, "DHCP option {code}"),
            Source::V6(code) => write!(f, "DHCPv6 option {code}"),
            Source::Nobody => f.write_str("none"),
        }
    }
}

/// Where to fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Who named the server.
    pub(super) source: Source,
    /// URLs to try, one after the other, until one server answers.
    pub(super) urls: Vec<String>,
    /// Remarks for the log: values that were passed over.
    pub(super) notes: Vec<String>,
}

/// Where the profile of `rule` is. The rule comes without its options in brackets.
pub(super) fn profile(rule: &str, offers: &Offers<'_>) -> Plan {
    let rule = rule.trim();
    let mut notes = Vec::new();
    if rule.is_empty() {
        return Plan { source: Source::Nobody, urls: Vec::new(), notes };
    }
    if rule.contains("://") {
        return Plan { source: Source::Rule, urls: vec![rule.to_owned()], notes };
    }
    // `host/path` without a scheme means TFTP; without any slash it is a file name.
    if !rule.starts_with('/') && rule.contains('/') {
        return Plan { source: Source::Rule, urls: vec![format!("tftp://{rule}")], notes };
    }
    let path = if rule.starts_with('/') { rule.to_owned() } else { format!("/{rule}") };
    match offers.candidates(&mut notes) {
        Some((source, servers)) => {
            let urls = servers.iter().map(|server| server.url(&path)).collect();
            Plan { source, urls, notes }
        }
        None => Plan { source: Source::Nobody, urls: Vec::new(), notes },
    }
}

/// A server as an option names it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Server {
    /// `host[:port]` or an address: TFTP.
    Host(String),
    /// A whole URL.
    Url(String),
}

impl Server {
    fn url(&self, path: &str) -> String {
        match self {
            Server::Host(host) => format!("tftp://{host}{path}"),
            Server::Url(url) => {
                let authority = url.find("://").map_or(0, |at| at + 3);
                match url.get(authority..).and_then(|rest| rest.find('/')) {
                    // A folder: the rule names the file in it.
                    _ if url.ends_with('/') => format!("{}{path}", url.trim_end_matches('/')),
                    Some(_) => url.clone(),
                    None => format!("{url}{path}"),
                }
            }
        }
    }
}

impl Offers<'_> {
    /// The first option of the orders that names a server, and its servers.
    fn candidates(&self, notes: &mut Vec<String>) -> Option<(Source, Vec<Server>)> {
        let mut judge = |source: Source, read: Option<Vec<Server>>| match read {
            Some(servers) if !servers.is_empty() => Some((source, servers)),
            Some(_) => None,
            None => {
                notes.push(format!("{source} names no provisioning server: its value is passed over"));
                None
            }
        };
        let v4 = self.v4_codes().into_iter().find_map(|code| {
            let value = (self.v4)(code)?;
            judge(Source::V4(code), self.read_v4(code, &value))
        });
        v4.or_else(|| {
            self.v6_codes().into_iter().find_map(|code| {
                let most = if self.defects.has(Defect::ProvisioningFirst17Only) { 1 } else { usize::MAX };
                let values = (self.v6)(code);
                values.iter().take(most).find_map(|value| judge(Source::V6(code), self.read_v6(code, value)))
            })
        })
    }

    /// The DHCPv4 options in the order in which they count.
    fn v4_codes(&self) -> Vec<u16> {
        let order = if self.defects.has(Defect::ProvisioningIgnoresOrder) { DEFAULT_ORDER } else { self.v4_order };
        let mut order = codes(order);
        if self.defects.has(Defect::ProvisioningPrefers66) {
            order.retain(|code| *code != 66);
            order.insert(0, 66);
        }
        order.retain(|code| !IGNORED.iter().any(|(ignored, defect)| ignored == code && self.defects.has(*defect)));
        order
    }

    /// The DHCPv6 options in the order in which they count.
    fn v6_codes(&self) -> Vec<u16> {
        let fixed = self.defects.has(Defect::ProvisioningIgnoresV6Order);
        let mut order = codes(if fixed { DEFAULT_V6_ORDER } else { self.v6_order });
        order.retain(|code| !IGNORED_V6.iter().any(|(ignored, defect)| ignored == code && self.defects.has(*defect)));
        order
    }

    /// The servers that a DHCPv4 option names; nothing when its value is none of its kind, an empty list when it names no profile server by
    /// its nature.
    fn read_v4(&self, code: u16, value: &[u8]) -> Option<Vec<Server>> {
        match code {
            // RFC 2132 §9.4: a name as text, not an address; operators put URLs into it.
            66 => Some(vec![anything(value)?]),
            150 => self.addresses(value),
            159 => match <[u8; 4]>::try_from(value) {
                // RFC 7618 §9 owns this code: offset (below 16), PSID length, PSID. Four octets that are no text may come from such a server,
                // so they are neither an address nor a URL.
                Ok(octets) if printable(value).is_none() => {
                    let address = Ipv4Addr::from(octets).to_string();
                    self.defects.has(Defect::ProvisioningReads159AsAddress).then(|| vec![Server::Host(address)])
                }
                Ok(_) | Err(_) => Some(vec![anything(value)?]),
            },
            // RFC 8910 App. B: the code was the captive portal's. A URL that is none of ours leads to a document that is no profile.
            160 => match anything(value)? {
                url @ Server::Url(_) => Some(vec![url]),
                Server::Host(_) => None,
            },
            // 43, 60 and 125 are about the ACS; others mean nothing here.
            _ => Some(Vec::new()),
        }
    }

    /// RFC 5859 §3: 4n octets, in order of preference; any other length counts as absent.
    fn addresses(&self, value: &[u8]) -> Option<Vec<Server>> {
        let (quads, rest) = value.as_chunks::<4>();
        if quads.is_empty() || !rest.is_empty() {
            return None;
        }
        let most = if self.defects.has(Defect::ProvisioningFirst150Only) { 1 } else { MOST_SERVERS };
        let usable = quads.iter().map(|quad| Ipv4Addr::from(*quad)).filter(|address| unicast(IpAddr::V4(*address)));
        let servers: Vec<Server> = usable.take(most).map(|address| Server::Host(address.to_string())).collect();
        (!servers.is_empty()).then_some(servers)
    }

    fn read_v6(&self, code: u16, value: &[u8]) -> Option<Vec<Server>> {
        match code {
            17 => self.vendor_v6(value),
            159 => Some(vec![anything(value)?]),
            // 59 is the URL of a file to boot from (RFC 5970 §3.1); whoever puts it into the list means the profile by it.
            59 | 160 => match anything(value)? {
                url @ Server::Url(_) => Some(vec![url]),
                Server::Host(_) => None,
            },
            _ => Some(Vec::new()),
        }
    }

    /// OPTION_VENDOR_OPTS (RFC 8415 §21.17): which enterprise and sub-option names a server is not told.
    fn vendor_v6(&self, value: &[u8]) -> Option<Vec<Server>> {
        let (enterprise, options) = value.split_first_chunk::<4>()?;
        if u32::from_be_bytes(*enterprise) != self.unknown.dhcpv6_vendor_enterprise {
            // Another vendor's, or the ACS's.
            return Some(Vec::new());
        }
        let server = text::wide_option(options, self.unknown.dhcpv6_vendor_server_code)?;
        let (addresses, rest) = server.as_chunks::<16>();
        if printable(server).is_none() && rest.is_empty() {
            let usable = addresses.iter().map(|octets| Ipv6Addr::from(*octets)).filter(|ip| unicast(IpAddr::V6(*ip)));
            return Some(usable.take(MOST_SERVERS).map(|ip| Server::Host(format!("[{ip}]"))).collect());
        }
        Some(vec![anything(server)?])
    }
}

/// `DHCP_Option_To_Use` as it is by default.
const DEFAULT_ORDER: &str = "66,160,159,150,60,43,125";
/// `DHCPv6_Option_To_Use` likewise.
const DEFAULT_V6_ORDER: &str = "17,160,159";
/// A list of servers is cut here.
const MOST_SERVERS: usize = 8;
/// Options that a phone with a defect does not look at.
const IGNORED: [(u16, Defect); 4] = [
    (66, Defect::ProvisioningIgnores66),
    (150, Defect::ProvisioningIgnores150),
    (159, Defect::ProvisioningIgnores159),
    (160, Defect::ProvisioningIgnores160),
];
/// The same of DHCPv6.
const IGNORED_V6: [(u16, Defect); 4] = [
    (17, Defect::ProvisioningIgnores17),
    (59, Defect::ProvisioningIgnores59),
    (159, Defect::ProvisioningIgnoresV6Of159),
    (160, Defect::ProvisioningIgnoresV6Of160),
];

/// The option codes of a list; what is no number is left out.
fn codes(order: &str) -> Vec<u16> {
    order.split(',').filter_map(|code| code.trim().parse().ok()).collect()
}

/// A URL, a host name or an address, as text. A NUL at its end is not part of it (RFC 2132 §2).
fn anything(value: &[u8]) -> Option<Server> {
    let text = printable(value)?;
    match text.split_once("://") {
        Some((scheme, rest)) => {
            let known = ["tftp", "http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let named = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            (known && host(named)).then(|| Server::Url(text.to_owned()))
        }
        None => host(text).then(|| Server::Host(text.to_owned())),
    }
}

/// Whether a server can have this address.
fn unicast(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback() && !broadcast
}
