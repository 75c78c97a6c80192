//! All facts as one JSON document.

use serde_json::{Value, json};

use crate::capture::Capture;
use crate::tls::TlsSide;

/// Everything: facts by protocol, leases, faults. Times are nanoseconds.
pub fn json(capture: &Capture) -> Value {
    let quality = capture.quality();
    let connections = capture.connections().iter().map(|connection| {
        json!({
            "client": connection.client,
            "server": connection.server,
            "first": connection.first,
            "last": connection.last,
            "octets-from-client": connection.from_client.bytes().len(),
            "octets-from-server": connection.from_server.bytes().len(),
            "gaps": connection.from_client.gaps().len() + connection.from_server.gaps().len(),
            "over": connection.is_over(),
        })
    });
    let tls = capture.tls().iter().map(|tls| {
        json!({
            "connection": tls,
            "version": tls.version().map(|version| version.to_string()),
            "suite": tls.suite().map(|suite| suite.to_string()),
            "group": tls.group().map(|group| group.to_string()),
            "resumption": tls.resumption(),
            "established": tls.established(),
            "decryption": tls.decryption(),
            "end": capture.tls_end(tls),
            "from-client": tls.application(TlsSide::Client),
            "from-server": tls.application(TlsSide::Server),
        })
    });
    json!({
        "frames": capture.frames().len(),
        "arp": capture.arp(),
        "icmp": capture.icmp(),
        "dhcp": capture.dhcp(),
        "leases": capture.leases(),
        "dhcp6": capture.dhcp6(),
        "leases6": capture.leases6(),
        "dns": capture.dns(),
        "sip": capture.sip(),
        "tls": tls.collect::<Vec<_>>(),
        "ldap": capture.ldap(),
        "ntp": capture.ntp(),
        "tftp": capture.tftp(),
        "tftp-transfers": capture.tftp_transfers(),
        "http": capture.http(),
        "syslog": capture.syslog(),
        "rtp": capture.rtp(),
        "tcp": capture.tcp(),
        "connections": connections.collect::<Vec<_>>(),
        "unreliable": quality.unreliable,
        "wrong": quality.wrong,
    })
}
