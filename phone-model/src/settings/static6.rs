//! A static IPv6 address on the page: what no phone can use is refused, with the reason at its field.
//!
//! The document names the fields and no limits; these follow from the RFCs: an address of a host (RFC 4291 §2.4) that others than neighbours
//! can reach, a gateway that is reached without a gateway. What was entered is looked at whenever it changes; that all of it is there and fits
//! together, when the connection type is, or becomes, Static IP.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

const TYPE: &str = "IPv6_Connection_Type";
const ADDRESS: &str = "IPv6_Static_IP";
const LENGTH: &str = "Prefix_Length";
const GATEWAY: &str = "IPv6_Gateway";
const SERVERS: [&str; 2] = ["IPv6_Primary_DNS", "IPv6_Secondary_DNS"];

/// Field names and reasons, for a change to `values` of settings that are now as `stored` tells.
pub(super) fn refusals<'a>(
    values: &'a BTreeMap<String, String>,
    stored: impl Fn(&str) -> &'a str,
) -> Vec<(&'static str, &'static str)> {
    let all = [TYPE, ADDRESS, LENGTH, GATEWAY].into_iter().chain(SERVERS);
    if !all.into_iter().any(|name| values.get(name).is_some_and(|value| value != stored(name))) {
        return Vec::new();
    }
    let of = |name: &str| values.get(name).map_or_else(|| stored(name), String::as_str);
    let address = |name: &str| of(name).parse::<Ipv6Addr>().ok();
    let (own, gateway) = (address(ADDRESS), address(GATEWAY));
    let mut refusals = Vec::new();
    let mut refuse = |name, reason: Option<&'static str>| refusals.extend(reason.map(|reason| (name, reason)));
    let fixed = of(TYPE) == "Static IP";
    refuse(ADDRESS, own.map_or(fixed.then_some("is needed with the connection type Static IP"), of_no_phone));
    for name in SERVERS {
        refuse(name, address(name).and_then(of_no_server));
    }
    refuse(
        GATEWAY,
        match (gateway, own) {
            (None, _) => fixed.then_some("is needed with the connection type Static IP"),
            (Some(gateway), _) if of_no_server(gateway).is_some() => of_no_server(gateway),
            (Some(gateway), Some(own)) if gateway == own => Some("is the phone's own address"),
            (Some(gateway), Some(own)) if fixed && of_no_phone(own).is_none() && !reaches(own, of(LENGTH), gateway) => {
                Some("is neither a link-local address nor on the prefix of the static address")
            }
            (Some(_), _) => None,
        },
    );
    refusals
}

/// Why no phone can have the address.
fn of_no_phone(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_unicast_link_local() {
        return Some("is a link-local address, which the phone makes itself");
    }
    of_no_server(address)
}

/// Why nobody else can have it either.
fn of_no_server(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_multicast() {
        Some("is a multicast address")
    } else if address.is_unspecified() {
        Some("is the unspecified address")
    } else if address.is_loopback() {
        Some("is the loopback address")
    } else if address.to_ipv4_mapped().is_some() {
        Some("is an IPv4 address in IPv6 clothes")
    } else {
        None
    }
}

/// Whether the gateway is a neighbour of the address. A prefix length that is none has its own refusal.
fn reaches(own: Ipv6Addr, length: &str, gateway: Ipv6Addr) -> bool {
    let Ok(length) = length.parse::<u32>() else { return true };
    let different = u128::from(own) ^ u128::from(gateway);
    gateway.is_unicast_link_local() || different.leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(values: &[(&str, &str)]) -> Vec<(&'static str, &'static str)> {
        let right = [
            (TYPE, "Static IP"),
            (ADDRESS, "2001:db8:78::50"),
            (LENGTH, "64"),
            (GATEWAY, "2001:db8:78::1"),
            ("IPv6_Primary_DNS", ""),
            ("IPv6_Secondary_DNS", ""),
        ];
        let mut all: BTreeMap<String, String> = right.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
        all.extend(values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let defaults = |name: &str| match name {
            TYPE => "DHCP",
            LENGTH => "1",
            _ => "",
        };
        refusals(&all, defaults)
    }

    #[test]
    fn what_a_phone_can_use_is_taken() {
        assert_eq!(refused(&[]), []);
        assert_eq!(refused(&[(GATEWAY, "fe80::1"), (LENGTH, "128")]), []);
        assert_eq!(refused(&[("IPv6_Primary_DNS", "fe80::2"), ("IPv6_Secondary_DNS", "2001:db8:78::2")]), []);
        assert_eq!(refused(&[(TYPE, "DHCP"), (ADDRESS, ""), (GATEWAY, "")]), []);
    }

    #[test]
    fn what_no_phone_can_use_is_refused_at_its_field() {
        for (values, field) in [
            ([(ADDRESS, "ff02::1")], ADDRESS),
            ([(ADDRESS, "::")], ADDRESS),
            ([(ADDRESS, "::1")], ADDRESS),
            ([(ADDRESS, "fe80::50")], ADDRESS),
            ([(ADDRESS, "::ffff:192.0.2.1")], ADDRESS),
            ([(ADDRESS, "")], ADDRESS),
            ([(GATEWAY, "")], GATEWAY),
            ([(GATEWAY, "2001:db8:79::1")], GATEWAY),
            ([(GATEWAY, "ff02::2")], GATEWAY),
            ([(GATEWAY, "2001:db8:78::50")], GATEWAY),
            ([(LENGTH, "128")], GATEWAY),
            ([("IPv6_Primary_DNS", "ff02::fb")], "IPv6_Primary_DNS"),
            ([("IPv6_Secondary_DNS", "::")], "IPv6_Secondary_DNS"),
        ] {
            let refused: Vec<_> = refused(&values).into_iter().map(|(name, _)| name).collect();
            assert_eq!(refused, [field], "{values:?}");
        }
        assert_eq!(refused(&[(TYPE, "DHCP"), (ADDRESS, "ff02::1")]), [(ADDRESS, "is a multicast address")]);
    }
}
