//! Which phone this is: its model, its firmware release, and a value for each thing that no source tells about real units
//! (phone-facts marks them [B] or "not found"). Values measured on a unit go into a profile file, not into code.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A model of the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Model {
    /// One line, no headset jack, 10/100.
    Cp7811,
    /// Two lines, 10/100.
    Cp7821,
    /// Four lines, 10/100/1000.
    Cp7841,
    /// Sixteen lines, 10/100. The document prints it as 7851.
    Cp7861,
}

impl Model {
    /// All models, in the order of their numbers.
    pub const ALL: [Model; 4] = [Model::Cp7811, Model::Cp7821, Model::Cp7841, Model::Cp7861];

    /// The four digits.
    pub const fn number(self) -> &'static str {
        match self {
            Model::Cp7811 => "7811",
            Model::Cp7821 => "7821",
            Model::Cp7841 => "7841",
            Model::Cp7861 => "7861",
        }
    }

    /// Extensions, hence `Ext n` tabs and line keys.
    pub const fn lines(self) -> u8 {
        match self {
            Model::Cp7811 => 1,
            Model::Cp7821 => 2,
            Model::Cp7841 => 4,
            Model::Cp7861 => 16,
        }
    }

    /// The product name of the multiplatform firmware, as in `CP-7841-3PCC`.
    pub fn product_name(self) -> String {
        format!("CP-{}-3PCC", self.number())
    }

    /// Fastest Ethernet speed of the switch port, Mbit/s.
    pub const fn ethernet_mbps(self) -> u32 {
        match self {
            Model::Cp7841 => 1000,
            Model::Cp7811 | Model::Cp7821 | Model::Cp7861 => 100,
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}

/// A model name that no phone of the series has.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a model of the 7800 series; the models are 7811, 7821, 7841 and 7861 (7851 is the document's name for the 7861)"
)]
pub struct UnknownModel(String);

impl FromStr for Model {
    type Err = UnknownModel;
    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        match text {
            "7811" => Ok(Model::Cp7811),
            "7821" => Ok(Model::Cp7821),
            "7841" => Ok(Model::Cp7841),
            // The document lists a 7851 that was never made; it is a misprint of 7861.
            "7861" | "7851" => Ok(Model::Cp7861),
            other => Err(UnknownModel(other.to_owned())),
        }
    }
}

/// A firmware release, as in `11.2.3` or `12.0.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// 11 in 11.2.3.
    pub major: u8,
    /// 2 in 11.2.3.
    pub minor: u8,
    /// 3 in 11.2.3.
    pub patch: u8,
}

impl Release {
    /// The release that the document describes.
    pub const DOCUMENT: Release = Release::new(11, 2, 3);
    /// Host name checks on TLS, the other meaning of Restricted Access Domains, the control WebSocket.
    pub const R11_3_1: Release = Release::new(11, 3, 1);
    /// SHA-256 digests (`Auth Support RFC8760`).
    pub const R12_0_2: Release = Release::new(12, 0, 2);

    /// A release by its numbers.
    pub const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Release { major, minor, patch }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Text that is no release.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a release; write it as 11.2.3")]
pub struct BadRelease(String);

impl FromStr for Release {
    type Err = BadRelease;
    fn from_str(text: &str) -> Result<Self, BadRelease> {
        let bad = || BadRelease(text.to_owned());
        let mut numbers = text.split('.').map(|n| n.parse::<u8>().map_err(|_| bad()));
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(major), Some(minor), Some(patch), None) => Ok(Release::new(major?, minor?, patch?)),
            _ => Err(bad()),
        }
    }
}

/// Everything that makes one phone differ from another of its kind, apart from its settings.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The model.
    pub model: Model,
    /// The firmware release.
    pub release: Release,
    /// What no source tells.
    pub unknown: Unknown,
}

/// Behaviour of real units that no source tells, each with the likeliest default. A profile file (TOML) overrides any of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unknown {
    /// Realm of the Auth INVITE challenge; empty means the phone's own address, as the SPA family does.
    pub auth_invite_realm: String,
    /// `qop` offered in the challenge; empty means none.
    pub auth_invite_qop: String,
    /// Whether the challenge carries `opaque`.
    pub auth_invite_opaque: bool,
    /// Status for an INVITE whose credentials are wrong: 401 (a new challenge) or 403.
    pub auth_invite_wrong_credentials_status: u16,
    /// How long a nonce may be answered, seconds.
    pub auth_invite_nonce_lifetime_s: u64,
    /// Longest random wait before the first DHCPDISCOVER, milliseconds (RFC 2131 §4.4.1 says 1 to 10 s; a bench wants it short).
    pub dhcp_start_delay_ms: u64,
    /// Interval between ARP probes, milliseconds (RFC 5227 §1.1 says 1 to 2 s).
    pub arp_probe_interval_ms: u64,
    /// ARP probes before an address is used (RFC 5227 §1.1: PROBE_NUM).
    pub arp_probe_count: u8,
    /// Wait after the last probe, milliseconds (RFC 5227 §1.1: ANNOUNCE_WAIT, 2 s).
    pub arp_announce_wait_ms: u64,
    /// Longest random shift of T1 and T2, milliseconds (RFC 2131 §4.4.5); never more than 1/64 of them.
    pub dhcp_timer_fuzz_ms: u64,
    /// Whether the address of the last run is asked for again at power-on (INIT-REBOOT, RFC 2131 §3.2).
    pub dhcp_init_reboot: bool,
    /// Wait after DHCPDECLINE, milliseconds (RFC 2131 §3.1(5): at least 10 s).
    pub dhcp_decline_wait_ms: u64,
    /// Longest random wait before the first IPv6 packet, milliseconds (RFC 4861 §10: MAX_RTR_SOLICITATION_DELAY, 1 s).
    pub ipv6_start_delay_ms: u64,
    /// How long a probe for an IPv6 address waits for an answer, milliseconds (RFC 4861 §10: RetransTimer, 1 s).
    pub ipv6_probe_wait_ms: u64,
    /// Probes before an IPv6 address is used (RFC 4862 §5.1: DupAddrDetectTransmits).
    pub ipv6_probe_count: u8,
    /// Between two router solicitations, milliseconds (RFC 4861 §10: RTR_SOLICITATION_INTERVAL, 4 s).
    pub ipv6_solicitation_interval_ms: u64,
    /// Longest random wait before the first DHCPv6 message, milliseconds (RFC 8415 §7.6: SOL_MAX_DELAY, 1 s).
    pub dhcp6_start_delay_ms: u64,
    /// Whether the IPv6 addresses of the last run are confirmed at power-on (RFC 8415 §18.2.3).
    pub dhcp6_confirm: bool,
    /// In dual mode, how long after power-on the phone waits for an address of the kind that `SIP_IP_Preference` names before it uses
    /// the other, milliseconds.
    pub ip_preference_wait_ms: u64,
    /// Option 60; empty means `Cisco Systems, Inc. IP Phone `, the product name and a NUL (phone-facts §3.5 knows the end only).
    pub dhcp_vendor_class: String,
    /// "DHCP Timeout on Renewal": how long a SIP request may go without any response before the phone asks its DHCP server to renew its
    /// address, milliseconds; 0 means for ever. No field of the page is known to hold it; the likeliest is the default of SIP Timer B and F.
    pub dhcp_timeout_on_renewal_ms: u64,
    /// Shortest time between two such renewals, milliseconds (RFC 2131 §4.4.5 has no shorter wait than 60 s between two requests).
    pub dhcp_timeout_on_renewal_rest_ms: u64,
    /// Whether the time servers of DHCP come before Primary and Secondary NTP Server.
    pub ntp_prefers_dhcp: bool,
    /// How long a time server may take to answer, milliseconds.
    pub ntp_answer_wait_ms: u64,
    /// Wait before all time servers are asked again when none answered, milliseconds; doubled each time (RFC 4330 §10: at least 15 s).
    pub ntp_retry_ms: u64,
    /// Wait before the time is asked for again when a server told it, milliseconds; also the longest wait of all.
    pub ntp_poll_ms: u64,
    /// Shortest wait between two rounds of questions for the time, milliseconds (RFC 4330 §10: at least 15 s).
    pub ntp_shortest_wait_ms: u64,
    /// Longest wait before a resync starts, milliseconds.
    pub resync_delay_ms: u64,
    /// What 1 in `Resync_Random_Delay` means, milliseconds. The SPA family's guide calls its default of 2 "40 seconds".
    pub resync_random_delay_unit_ms: u64,
    /// Time between two transmissions of one TFTP packet, milliseconds (RFC 5859 §3: 4 s).
    pub tftp_interval_ms: u64,
    /// Transmissions of one TFTP packet before a server is given up (RFC 5859 §3: 4).
    pub tftp_tries: u8,
    /// Enterprise whose DHCPv6 option 17 names the provisioning server.
    pub dhcpv6_vendor_enterprise: u32,
    /// Its sub-option: a list of addresses, a host, or a URL.
    pub dhcpv6_vendor_server_code: u16,
    /// Shortest time between two look-ups of a restricted domain, milliseconds, whatever its TTL.
    pub domain_refresh_floor_ms: u64,
    /// Whether the field Restricted Access Domains takes IP addresses; the document speaks of names only.
    pub domains_accept_addresses: bool,
    /// Realm of the page's login; empty means the product name.
    pub web_realm: String,
    /// Whether TLS 1.3 is spoken beside 1.2. No release of the 78xx is known to have it.
    pub tls_1_3: bool,
    /// Whether SIP over TLS checks the name of the proxy before release 11.3(1), which brought `TLS Name Validate`.
    pub tls_sip_names_before_11_3_1: bool,
    /// Whether the directory checks the name of its server before release 11.3(1).
    pub tls_directory_names_before_11_3_1: bool,
    /// How long a key waits for being pressed again for its next character, milliseconds.
    pub typing_pause_ms: u64,
    /// How long the directory waits for each step of a lookup: connection, handshake, the server's next message, milliseconds.
    pub ldap_answer_wait_ms: u64,
    /// How long a lookup may take, milliseconds; also the time limit that the server is told.
    pub ldap_lookup_wait_ms: u64,
    /// Wait before the control server is connected to again, milliseconds; doubled after each failure.
    pub control_retry_ms: u64,
    /// The longest such wait, milliseconds.
    pub control_retry_longest_ms: u64,
    /// How long each step of connecting to the control server may take, milliseconds.
    pub control_answer_wait_ms: u64,
    /// How long the control server may be silent before it is asked for a sign of life (RFC 6455 §5.5.2), milliseconds; as long again, and
    /// it is given up.
    pub control_silence_ms: u64,
}

impl Default for Unknown {
    fn default() -> Self {
        Unknown {
            auth_invite_realm: String::new(),
            auth_invite_qop: "auth".into(),
            auth_invite_opaque: true,
            auth_invite_wrong_credentials_status: 401,
            auth_invite_nonce_lifetime_s: 30,
            dhcp_start_delay_ms: 10_000,
            arp_probe_interval_ms: 1_000,
            arp_probe_count: 3,
            arp_announce_wait_ms: 2_000,
            dhcp_timer_fuzz_ms: 1_000,
            dhcp_init_reboot: true,
            dhcp_decline_wait_ms: 10_000,
            ipv6_start_delay_ms: 1_000,
            ipv6_probe_wait_ms: 1_000,
            ipv6_probe_count: 1,
            ipv6_solicitation_interval_ms: 4_000,
            dhcp6_start_delay_ms: 1_000,
            dhcp6_confirm: true,
            ip_preference_wait_ms: 20_000,
            dhcp_vendor_class: String::new(),
            dhcp_timeout_on_renewal_ms: 16_000,
            dhcp_timeout_on_renewal_rest_ms: 60_000,
            ntp_prefers_dhcp: false,
            ntp_answer_wait_ms: 2_000,
            ntp_retry_ms: 15_000,
            ntp_poll_ms: 1_024_000,
            ntp_shortest_wait_ms: 15_000,
            resync_delay_ms: 0,
            resync_random_delay_unit_ms: 20_000,
            tftp_interval_ms: 4_000,
            tftp_tries: 4,
            dhcpv6_vendor_enterprise: 9,
            dhcpv6_vendor_server_code: 1,
            domain_refresh_floor_ms: 500,
            domains_accept_addresses: false,
            web_realm: String::new(),
            tls_1_3: false,
            tls_sip_names_before_11_3_1: false,
            tls_directory_names_before_11_3_1: false,
            typing_pause_ms: 1_500,
            ldap_answer_wait_ms: 10_000,
            ldap_lookup_wait_ms: 30_000,
            control_retry_ms: 1_000,
            control_retry_longest_ms: 60_000,
            control_answer_wait_ms: 10_000,
            control_silence_ms: 30_000,
        }
    }
}
