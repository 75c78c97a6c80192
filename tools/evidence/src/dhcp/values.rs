//! What options hold, by their codes.

use std::fmt;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::{DhcpKind, DhcpOption, code};
use crate::limits;
use crate::octets::Octets;

/// A route of option 121 (RFC 3442).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Network.
    pub network: Ipv4Addr,
    /// Bits of it; 0 is the default route.
    pub length: u8,
    /// Whom to send to; 0.0.0.0 says that the network is on the link.
    pub router: Ipv4Addr,
}

/// What option 125 says for one enterprise (RFC 3925 §4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VendorBlock {
    /// Enterprise number; 3561 is the Broadband Forum's.
    pub enterprise: u32,
    /// Its options.
    pub options: Vec<DhcpOption>,
}

/// What an option says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DhcpValue {
    /// 1, 50, 54.
    Address(Ipv4Addr),
    /// 3, 6, 41, 42, 150.
    Addresses(Vec<Ipv4Addr>),
    /// 51, 58, 59; all ones is for ever.
    Seconds(u32),
    /// 2: seconds east of Greenwich.
    Offset(i32),
    /// 52, 57.
    Number(u16),
    /// 53.
    Kind(DhcpKind),
    /// 12, 15, 56, 60, 66, 67, 159, 160.
    Text(String),
    /// 55.
    Codes(Vec<u8>),
    /// 43, if it has this form.
    Options(Vec<DhcpOption>),
    /// 125.
    Vendors(Vec<VendorBlock>),
    /// 121.
    Routes(Vec<Route>),
    /// Another option, or one of those above that cannot be read as such.
    Octets(#[serde(serialize_with = "crate::at::hexadecimal")] Vec<u8>),
}

impl DhcpValue {
    pub(super) fn read(code: u8, octets: &[u8]) -> DhcpValue {
        let number = || octets.try_into().ok().map(u32::from_be_bytes);
        let value = match code {
            code::SUBNET_MASK | code::REQUESTED_ADDRESS | code::SERVER_IDENTIFIER => {
                number().map(|number| DhcpValue::Address(number.into()))
            }
            code::ROUTERS | code::NAME_SERVERS | code::NIS_SERVERS | code::NTP_SERVERS | code::TFTP_SERVERS => {
                addresses(octets).map(DhcpValue::Addresses)
            }
            code::LEASE_TIME | code::RENEWAL_TIME | code::REBINDING_TIME => number().map(DhcpValue::Seconds),
            code::TIME_OFFSET => octets.try_into().ok().map(i32::from_be_bytes).map(DhcpValue::Offset),
            code::MAXIMUM_SIZE => octets.try_into().ok().map(u16::from_be_bytes).map(DhcpValue::Number),
            code::OVERLOAD => octets.first().map(|octet| DhcpValue::Number(u16::from(*octet))),
            code::MESSAGE_TYPE => octets.first().map(|octet| DhcpValue::Kind(DhcpKind::from(*octet))),
            code::HOST_NAME
            | code::DOMAIN_NAME
            | code::MESSAGE
            | code::VENDOR_CLASS
            | code::TFTP_SERVER_NAME
            | code::BOOT_FILE
            | code::PROVISIONING_SERVER
            | code::PROVISIONING_URL => text(octets).map(DhcpValue::Text),
            code::PARAMETER_LIST => Some(DhcpValue::Codes(octets.to_vec())),
            code::VENDOR_SPECIFIC => sub_options(octets).map(DhcpValue::Options),
            code::VENDOR_OPTIONS => vendor_blocks(octets).map(DhcpValue::Vendors),
            code::ROUTES => routes(octets).map(DhcpValue::Routes),
            _ => None,
        };
        value.unwrap_or_else(|| DhcpValue::Octets(octets.to_vec()))
    }
}

/// `192.0.2.1, 192.0.2.8`; octets in hexadecimal.
impl fmt::Display for DhcpValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sub = |option: &DhcpOption| format!("{}={}", option.code, shown(&option.value));
        match self {
            DhcpValue::Address(address) => write!(f, "{address}"),
            DhcpValue::Addresses(addresses) => f.write_str(&joined(addresses, Ipv4Addr::to_string)),
            DhcpValue::Seconds(u32::MAX) => f.write_str("for ever"),
            DhcpValue::Seconds(seconds) => write!(f, "{seconds} s"),
            DhcpValue::Offset(seconds) => write!(f, "{seconds:+} s"),
            DhcpValue::Number(number) => write!(f, "{number}"),
            DhcpValue::Kind(kind) => write!(f, "{kind}"),
            DhcpValue::Text(text) => f.write_str(text),
            DhcpValue::Codes(codes) => f.write_str(&joined(codes, u8::to_string)),
            DhcpValue::Options(options) => f.write_str(&joined(options, sub)),
            DhcpValue::Vendors(blocks) => f.write_str(&joined(blocks, |block| {
                format!("enterprise {}: {}", block.enterprise, joined(&block.options, sub))
            })),
            DhcpValue::Routes(routes) => {
                f.write_str(&joined(routes, |route| format!("{}/{} by {}", route.network, route.length, route.router)))
            }
            DhcpValue::Octets(octets) => f.write_str(&hex::encode(octets)),
        }
    }
}

fn joined<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn shown(octets: &[u8]) -> String {
    text(octets).unwrap_or_else(|| hex::encode(octets))
}

/// Printable text; a NUL at its end is some senders' habit (RFC 2132 §2).
fn text(octets: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(octets).ok()?;
    let printable = text.strip_suffix('\0').unwrap_or(text).chars().all(|c| !c.is_control());
    printable.then(|| text.trim_end_matches('\0').to_owned())
}

fn addresses(octets: &[u8]) -> Option<Vec<Ipv4Addr>> {
    let (addresses, rest) = octets.as_chunks::<4>();
    (rest.is_empty() && !addresses.is_empty()).then(|| addresses.iter().map(|octets| Ipv4Addr::from(*octets)).collect())
}

/// Options within an option: RFC 2132 §8.4. Whatever follows an end is not read.
pub(super) fn sub_options(octets: &[u8]) -> Option<Vec<DhcpOption>> {
    let mut octets = Octets::new(octets);
    let mut options = Vec::new();
    while let Some(code) = octets.u8() {
        match code {
            0 => {}
            255 => break,
            code => options.push(part(code, &mut octets, options.len())?),
        }
    }
    (!options.is_empty()).then_some(options)
}

/// Blocks of one enterprise each; its options have no pad and no end (RFC 3925 §4).
pub(super) fn vendor_blocks(octets: &[u8]) -> Option<Vec<VendorBlock>> {
    let blocks = enterprises(octets)?.into_iter().map(|(enterprise, data)| {
        let mut octets = Octets::new(data);
        let mut options = Vec::new();
        while let Some(code) = octets.u8() {
            options.push(part(code, &mut octets, options.len())?);
        }
        Some(VendorBlock { enterprise, options })
    });
    blocks.collect()
}

pub(super) fn vendor_classes(octets: &[u8]) -> Option<Vec<(u32, Vec<u8>)>> {
    Some(enterprises(octets)?.into_iter().map(|(enterprise, data)| (enterprise, data.to_vec())).collect())
}

fn enterprises(octets: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut octets = Octets::new(octets);
    let mut blocks = Vec::new();
    while !octets.is_empty() {
        let (enterprise, length) = (octets.u32()?, usize::from(octets.u8()?));
        blocks.push((enterprise, octets.take(length)?));
        if blocks.len() > limits::DHCP_OPTIONS {
            return None;
        }
    }
    (!blocks.is_empty()).then_some(blocks)
}

fn part(code: u8, octets: &mut Octets<'_>, before: usize) -> Option<DhcpOption> {
    if before >= limits::DHCP_OPTIONS {
        return None;
    }
    let length = usize::from(octets.u8()?);
    Some(DhcpOption { code, value: octets.take(length)?.to_vec() })
}

/// A width, as many octets of the network as it needs, a router (RFC 3442, "Classless Route Option Format").
pub(super) fn routes(octets: &[u8]) -> Option<Vec<Route>> {
    let mut octets = Octets::new(octets);
    let mut routes = Vec::new();
    while !octets.is_empty() {
        let length = octets.u8().filter(|length| *length <= 32)?;
        let significant = octets.take(usize::from(length.div_ceil(8)))?;
        let mut network = [0; 4];
        network.iter_mut().zip(significant).for_each(|(octet, given)| *octet = *given);
        routes.push(Route { network: network.into(), length, router: octets.array::<4>()?.into() });
        if routes.len() > limits::DHCP_OPTIONS {
            return None;
        }
    }
    (!routes.is_empty()).then_some(routes)
}

/// What is wrong with the octets of a code that allows only some.
pub(super) fn wrong_length(option: &DhcpOption) -> Option<String> {
    let (code, octets) = (option.code, option.value.as_slice());
    let length = octets.len();
    let right = match code {
        code::SUBNET_MASK
        | code::TIME_OFFSET
        | code::REQUESTED_ADDRESS
        | code::LEASE_TIME
        | code::SERVER_IDENTIFIER
        | code::RENEWAL_TIME
        | code::REBINDING_TIME => length == 4,
        code::ROUTERS | code::NAME_SERVERS | code::NIS_SERVERS | code::NTP_SERVERS | code::TFTP_SERVERS => {
            length >= 4 && length.is_multiple_of(4)
        }
        code::MESSAGE_TYPE => length == 1,
        code::MAXIMUM_SIZE => length == 2,
        code::CLIENT_IDENTIFIER => length >= 2,
        code::HOST_NAME
        | code::DOMAIN_NAME
        | code::PARAMETER_LIST
        | code::MESSAGE
        | code::VENDOR_CLASS
        | code::TFTP_SERVER_NAME
        | code::BOOT_FILE => length >= 1,
        code::ROUTES => routes(octets).is_some(),
        code::VENDOR_CLASSES => enterprises(octets).is_some(),
        code::VENDOR_OPTIONS => vendor_blocks(octets).is_some(),
        _ => true,
    };
    (!right).then(|| format!("option {code}: its {length} octets cannot be read"))
}
