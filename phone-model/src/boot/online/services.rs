//! Which servers of the network the phone uses: what was set, and what the network told.

use crate::boot::addresses::Addresses;
use crate::boot::network::mac_text;
use crate::boot::rule::serial_number;
use crate::boot::{resolver, time_service};
use crate::net::datagram::Mac;
use crate::net::dns::Config;
use crate::net::ntp::NtpServers;
use crate::settings::Settings;
use std::net::IpAddr;

/// The name servers in use.
pub(in crate::boot) fn name_servers(settings: &Settings, addresses: &Addresses) -> Vec<IpAddr> {
    let (manual, told) = addresses.name_servers(settings);
    resolver::servers(settings.text("DNS_Server_Order"), &manual, &told)
}

/// The time servers in use.
pub(super) fn time_servers(settings: &Settings, addresses: &Addresses) -> NtpServers {
    let v4 = addresses.lease.iter().flat_map(|lease| &lease.ntp).map(|address| IpAddr::V4(*address)).collect();
    let told = addresses.six.as_ref().and_then(|six| six.lease.as_ref()).map(|lease| &lease.ntp);
    let v6 = told.map(|ntp| {
        // RFC 5908 §4: option 56 names addresses and names; option 31 is its predecessor (RFC 4075).
        let addresses = ntp.unicast.iter().chain(&ntp.sntp).map(ToString::to_string);
        addresses.chain(ntp.names.iter().cloned()).collect()
    });
    NtpServers { manual: time_service::manual(settings), v4, v6: v6.unwrap_or_default() }
}

/// The search domain in use: the one that was set, or the network's.
pub(in crate::boot) fn search_domain(settings: &Settings, addresses: &Addresses) -> Option<String> {
    match settings.text("Domain").trim() {
        "" => addresses.domain(),
        set => Some(set.to_owned()),
    }
}

pub(super) fn name_service(settings: &Settings, addresses: &Addresses) -> Config {
    Config {
        servers: name_servers(settings, addresses),
        search: search_domain(settings, addresses),
        caching: settings.text("DNS_Caching_Enable") != "No",
        parallel: settings.text("DNS_Query_Mode") != "Sequential",
    }
}

/// What `Syslog_Identifier` stands for.
pub(super) fn identifier(settings: &Settings, mac: Mac) -> String {
    match settings.text("Syslog_Identifier") {
        "$MA" => hex::encode(mac),
        "$MAU" => hex::encode_upper(mac),
        "$MAC" => mac_text(mac),
        "$SN" => serial_number(mac),
        _ => String::new(),
    }
}

pub(super) fn list(servers: &[IpAddr]) -> String {
    if servers.is_empty() {
        "none".into()
    } else {
        servers.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
    }
}
