//! Hosts of the bench by the names that features give them, and the seats of the servers that run on them.

use bench::plan;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A host that features name.
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// As in `the time server`.
    pub name: &'static str,
    /// Its address.
    pub address: Ipv4Addr,
    /// Where its TFTP server sits among the guests.
    pub tftp: &'static str,
    /// The same at its IPv6 address.
    pub tftp6: &'static str,
    /// Where its HTTP server sits.
    pub http: &'static str,
    /// The same at its IPv6 address.
    pub http6: &'static str,
    /// Where its HTTPS server sits.
    pub https: &'static str,
    /// Where its time server sits.
    pub ntp: &'static str,
    /// Where its ACS sits.
    pub acs: &'static str,
}

macro_rules! hosts {
    ($($name:literal: $address:expr;)+) => {
        /// All of them.
        pub const HOSTS: &[Host] = &[$(Host {
            name: $name,
            address: $address,
            tftp: concat!("TFTP of ", $name),
            tftp6: concat!("TFTP over IPv6 of ", $name),
            http: concat!("HTTP of ", $name),
            http6: concat!("HTTP over IPv6 of ", $name),
            https: concat!("HTTPS of ", $name),
            ntp: concat!("NTP of ", $name),
            acs: concat!("CWMP of ", $name),
        }),+];
    };
}

hosts! {
    "the gateway": plan::GATEWAY.v4();
    "the second gateway": plan::SECOND_GATEWAY.v4();
    "the name server": plan::NAME_SERVER.v4();
    "the second name server": plan::SECOND_NAME_SERVER.v4();
    "the provisioning server": plan::PROVISIONING.v4();
    "the second provisioning server": plan::SECOND_PROVISIONING.v4();
    "the time server": plan::TIME_SERVER.v4();
    "the second time server": plan::MOVED.v4();
    "the distant host": plan::MOVED.v4();
    "the far server": plan::FAR_V4;
    "the ACS": plan::ACS.v4();
    "the second ACS": plan::SECOND_PROVISIONING.v4();
}

impl Host {
    /// Its IPv6 address: on the segment the same number as in IPv4.
    pub fn six(&self) -> Ipv6Addr {
        let [.., number] = self.address.octets();
        if self.address == plan::FAR_V4 { plan::FAR_V6 } else { plan::Host(number).v6() }
    }
}

/// A host by its name.
pub fn named(name: &str) -> Option<Host> {
    HOSTS.iter().copied().find(|host| host.name == name)
}

impl std::str::FromStr for Host {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        named(text).ok_or_else(|| format!("there is no host called `{text}`"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn phrases_know_each_host_by_its_name() {
        let host = crate::phrase::regex_of("{host}").unwrap();
        assert!(HOSTS.iter().all(|it| host.is_match(it.name) && named(it.name).unwrap().address == it.address));
        assert!("the distant host".parse::<Host>().is_ok() && "nobody".parse::<Host>().is_err());
    }
}
