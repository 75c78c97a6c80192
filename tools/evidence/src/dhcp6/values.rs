//! What options hold.

use std::fmt;
use std::net::Ipv6Addr;

use serde::Serialize;

use super::options::{Dhcp6Data, Dhcp6Option};

/// A DHCP unique identifier (RFC 8415 §11): compared as it stands, never looked into by servers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duid(pub Vec<u8>);

impl Duid {
    /// 1 link-layer address and time, 2 enterprise, 3 link-layer address, 4 UUID.
    pub fn kind(&self) -> Option<u16> {
        self.0.first_chunk().map(|octets| u16::from_be_bytes(*octets))
    }

    /// The link-layer address in it, of types 1 and 3 (RFC 8415 §11.2, §11.4).
    pub fn link_layer(&self) -> Option<&[u8]> {
        match self.kind()? {
            1 => self.0.get(8..),
            3 => self.0.get(4..),
            _ => None,
        }
    }
}

/// Hexadecimal.
impl fmt::Display for Duid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl Serialize for Duid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An identity association of non-temporary addresses (RFC 8415 §21.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IaNa {
    /// Which of the client's.
    pub iaid: u32,
    /// Renewal time, seconds; 0 leaves it to the client.
    pub t1: u32,
    /// Rebinding time, seconds; 0 leaves it to the client.
    pub t2: u32,
    /// Options within.
    pub options: Vec<Dhcp6Option>,
}

impl IaNa {
    /// Its addresses.
    pub fn addresses(&self) -> impl Iterator<Item = &IaAddress> {
        self.options.iter().filter_map(|option| match &option.data {
            Dhcp6Data::IaAddress(address) => Some(address),
            _ => None,
        })
    }

    /// Its status; none means success (RFC 8415 §21.13).
    pub fn status(&self) -> Option<&Status> {
        status(&self.options)
    }
}

/// An address of an association (RFC 8415 §21.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IaAddress {
    /// The address.
    pub address: Ipv6Addr,
    /// Preferred lifetime, seconds; all ones is for ever.
    pub preferred: u32,
    /// Valid lifetime, seconds; all ones is for ever, 0 takes the address away.
    pub valid: u32,
    /// Options within.
    pub options: Vec<Dhcp6Option>,
}

impl IaAddress {
    /// Its status; none means success.
    pub fn status(&self) -> Option<&Status> {
        status(&self.options)
    }
}

fn status(options: &[Dhcp6Option]) -> Option<&Status> {
    options.iter().find_map(|option| if let Dhcp6Data::Status(status) = &option.data { Some(status) } else { None })
}

/// How something went (RFC 8415 §21.13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Code; [`status_name`] names it, 0 is success.
    pub code: u16,
    /// For people.
    pub message: String,
}

/// `NoAddrsAvail`; the number for codes not known here.
pub fn status_name(code: u16) -> String {
    match code {
        0 => "Success".to_owned(),
        1 => "UnspecFail".to_owned(),
        2 => "NoAddrsAvail".to_owned(),
        3 => "NoBinding".to_owned(),
        4 => "NotOnLink".to_owned(),
        5 => "UseMulticast".to_owned(),
        6 => "NoPrefixAvail".to_owned(),
        other => format!("status {other}"),
    }
}

/// Where the time is to be had from (RFC 5908 §4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NtpSource {
    /// A server.
    Server(Ipv6Addr),
    /// A multicast group.
    Multicast(Ipv6Addr),
    /// A server by its name.
    Name(String),
    /// Another suboption, or one that cannot be read.
    Other {
        /// Its code.
        code: u16,
        /// Its octets.
        #[serde(serialize_with = "crate::at::hexadecimal")]
        value: Vec<u8>,
    },
}

/// One option of a vendor (RFC 8415 §21.17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VendorOption {
    /// Code, in the vendor's own numbers.
    pub code: u16,
    /// Octets.
    #[serde(serialize_with = "crate::at::hexadecimal")]
    pub value: Vec<u8>,
}

impl VendorOption {
    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.value).into_owned()
    }
}
