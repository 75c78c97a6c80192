//! What the IPv4 settings say together. A field alone is an address or none; whether a phone can be reached with all of them is looked at here,
//! before any of them is kept.
//!
//! A value that no host, no network and no server can have is refused whatever the connection type is. With Static IP, address, netmask and
//! gateway must be there (the guide) and fit each other; an IP mode without IPv4 asks for none of them.

use crate::defects::{Defect, Defects};
use crate::net::dhcp::{contiguous, is_host};
use std::net::Ipv4Addr;

/// The parameters that are judged together.
pub(super) const GROUP: [&str; 7] =
    ["IP_Mode", "Connection_Type", "Static_IP", "NetMask", "Gateway", "Primary_DNS", "Secondary_DNS"];

/// What is wrong with these settings, by parameter; the text follows the label.
pub(super) fn check<'a>(value: impl Fn(&str) -> &'a str, defects: &Defects) -> Vec<(&'static str, String)> {
    let set = |name| value(name).trim().parse::<Ipv4Addr>().ok();
    let mut wrong = Vec::new();
    let judge = |name| set(name).and_then(unusable).map(|why| (name, why.to_owned()));
    if !defects.has(Defect::StaticTakesAnyAddress) {
        wrong.extend(judge("Static_IP"));
    }
    let mask = set("NetMask");
    let prefix = mask.and_then(contiguous);
    if mask.is_some() && prefix.is_none_or(|prefix| prefix > 31) && !defects.has(Defect::StaticTakesAnyMask) {
        wrong.push(("NetMask", "is not a netmask such as 255.255.255.0".into()));
    }
    wrong.extend(["Gateway", "Primary_DNS", "Secondary_DNS"].into_iter().filter_map(judge));
    if value("Connection_Type") != "Static IP" || value("IP_Mode") == "IPv6 Only" {
        return wrong;
    }
    for name in ["Static_IP", "NetMask", "Gateway"] {
        if set(name).is_none() && !defects.has(Defect::StaticTakesNothing) {
            wrong.push((name, "is empty, and Connection Type is Static IP".into()));
        }
    }
    let (Some(address), Some(prefix), true) = (set("Static_IP"), prefix, wrong.is_empty()) else { return wrong };
    let network = network(address, prefix);
    if !is_host(address, prefix) && !defects.has(Defect::StaticTakesAnyAddress) {
        wrong.push(("Static_IP", format!("is no host of the network {network}")));
    }
    let Some(gateway) = set("Gateway") else { return wrong };
    if self::network(gateway, prefix) != network && !defects.has(Defect::StaticTakesFarGateway) {
        wrong.push(("Gateway", format!("is not in the network {network} of the Static IP")));
    } else if self::network(gateway, prefix) == network && !is_host(gateway, prefix) {
        wrong.push(("Gateway", format!("is no host of the network {network}")));
    } else if gateway == address {
        wrong.push(("Gateway", "is the address of the phone itself".into()));
    }
    wrong
}

/// Why no host can have the address.
fn unusable(address: Ipv4Addr) -> Option<&'static str> {
    if address.is_broadcast() {
        Some("is the broadcast address")
    } else if address.is_multicast() {
        Some("is a multicast address")
    } else if address.is_loopback() {
        Some("is a loopback address")
    } else if address.octets()[0] == 0 || address.octets()[0] >= 240 {
        Some("is not the address of a host")
    } else {
        None
    }
}

/// `192.0.2.0/24`
fn network(address: Ipv4Addr, prefix: u8) -> String {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
    format!("{}/{prefix}", Ipv4Addr::from(u32::from(address) & mask))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: [(&str, &str); 5] = [
        ("Connection_Type", "Static IP"),
        ("Static_IP", "192.0.2.50"),
        ("NetMask", "255.255.255.0"),
        ("Gateway", "192.0.2.1"),
        ("Primary_DNS", "192.0.2.2"),
    ];

    /// A good configuration, with these values in place of its own.
    fn with(changes: &[(&str, &str)], defects: &[Defect]) -> Vec<String> {
        let value = |name: &str| {
            let of = |values: &[(&str, &'static str)]| values.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
            let changed = changes.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            changed.unwrap_or_else(|| of(&GOOD).unwrap_or_default().to_owned())
        };
        let values: Vec<(&str, String)> = GROUP.iter().map(|name| (*name, value(name))).collect();
        let look = |name: &str| values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str());
        let wrong = check(look, &Defects::of(defects.iter().copied()));
        wrong.into_iter().map(|(name, why)| format!("{name} {why}")).collect()
    }

    #[test]
    fn a_static_address_with_netmask_and_gateway_is_taken() {
        assert_eq!(with(&[], &[]), [""; 0]);
        assert_eq!(with(&[("NetMask", "255.255.255.254"), ("Gateway", "192.0.2.51")], &[]), [""; 0]);
    }

    #[test]
    fn what_cannot_work_is_refused_with_the_reason() {
        let cases: [&[(&str, &str)]; 14] = [
            &[("Static_IP", ""), ("NetMask", ""), ("Gateway", "")],
            &[("Static_IP", "239.1.2.3")],
            &[("Static_IP", "127.0.0.1")],
            &[("Static_IP", "0.0.0.0")],
            &[("Static_IP", "255.255.255.255")],
            &[("Static_IP", "192.0.2.0")],
            &[("Static_IP", "192.0.2.255")],
            &[("Static_IP", "198.51.100.7")],
            &[("NetMask", "255.0.255.0")],
            &[("NetMask", "0.0.0.0")],
            &[("NetMask", "255.255.255.255")],
            &[("Gateway", "192.0.3.1")],
            &[("Gateway", "192.0.2.255")],
            &[("Gateway", "192.0.2.50"), ("Primary_DNS", "224.0.0.251")],
        ];
        let told: Vec<String> = cases.iter().map(|changes| with(changes, &[]).join("; ")).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        Static_IP is empty, and Connection Type is Static IP; NetMask is empty, and Connection Type is Static IP; Gateway is empty, and Connection Type is Static IP
        Static_IP is a multicast address
        Static_IP is a loopback address
        Static_IP is not the address of a host
        Static_IP is the broadcast address
        Static_IP is no host of the network 192.0.2.0/24
        Static_IP is no host of the network 192.0.2.0/24
        Gateway is not in the network 198.51.100.0/24 of the Static IP
        NetMask is not a netmask such as 255.255.255.0
        NetMask is not a netmask such as 255.255.255.0
        NetMask is not a netmask such as 255.255.255.0
        Gateway is not in the network 192.0.2.0/24 of the Static IP
        Gateway is no host of the network 192.0.2.0/24
        Primary_DNS is a multicast address
        ");
        assert_eq!(with(&[("Gateway", "192.0.2.50")], &[]), ["Gateway is the address of the phone itself"]);
    }

    #[test]
    fn with_dhcp_or_without_ipv4_the_fields_may_be_empty_but_not_senseless() {
        for mode in [("Connection_Type", "DHCP"), ("IP_Mode", "IPv6 Only")] {
            assert_eq!(with(&[mode, ("Static_IP", ""), ("Gateway", "")], &[]), [""; 0]);
            assert_eq!(with(&[mode, ("Gateway", "198.51.100.1")], &[]), [""; 0]);
            assert_eq!(with(&[mode, ("NetMask", "1.2.3.4")], &[]).len(), 1);
        }
    }

    #[test]
    fn each_defect_lets_its_own_mistake_through() {
        let cases: [(&[(&str, &str)], Defect); 4] = [
            (&[("NetMask", "255.0.255.0")], Defect::StaticTakesAnyMask),
            (&[("Gateway", "198.51.100.1")], Defect::StaticTakesFarGateway),
            (&[("Static_IP", "192.0.2.255")], Defect::StaticTakesAnyAddress),
            (&[("Gateway", "")], Defect::StaticTakesNothing),
        ];
        for (changes, defect) in cases {
            assert_eq!(with(changes, &[defect]), [""; 0], "{defect:?}");
            assert_eq!(with(changes, &[]).len(), 1, "{defect:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_an_address_whose_gateway_it_can_reach(address: [u8; 4], mask in 0u32..=32, gateway: [u8; 4]) {
            let mask = Ipv4Addr::from(u32::MAX.checked_shl(32 - mask).unwrap_or(0));
            let (address, gateway) = (Ipv4Addr::from(address), Ipv4Addr::from(gateway));
            let (a, m, g) = (address.to_string(), mask.to_string(), gateway.to_string());
            if with(&[("Static_IP", &a), ("NetMask", &m), ("Gateway", &g)], &[]).is_empty() {
                prop_assert!((u32::from(address) ^ u32::from(gateway)) & u32::from(mask) == 0 && address != gateway);
            }
        }
    }
}
