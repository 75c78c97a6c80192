//! Voice > System.

use super::{Row, Section, p, section};
use crate::profile::{Model, Release};
use crate::settings::values::Kind::{Choice, Host, Ipv4, Ipv6, Number, Server, Text, VlanOption, YesNo};
use crate::settings::values::{LOGIN_PASSWORD, LONG, ON_OFF, PORT, SHORT, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("System Configuration", CONFIGURATION),
    section("Security Settings", SECURITY),
    section("Network Settings", &[p("IP_Mode", "Dual Mode", Choice(&["IPv4 Only", "IPv6 Only", "Dual Mode"])).user()]),
    section("IPv4 Settings", IPV4),
    section("IPv6 Settings", IPV6),
    section("802.1X Authentication", &[p("Enable_802.1X_Authentication", "No", YesNo).user()]),
    section("Optional Network Configuration", OPTIONAL),
    section("VLAN Settings", VLAN),
    section("Inventory Settings", &[p("Asset_ID", "", Text { longest: 10 })]),
];

const R11_2_1: Release = Release::new(11, 2, 1);
const R11_3_1: Release = Release::R11_3_1;
const R12_0_3: Release = Release::new(12, 0, 3);
const R12_0_7: Release = Release::new(12, 0, 7);
const CONNECTION: super::Kind = Choice(&["DHCP", "Static IP"]);

const CONFIGURATION: &[Row] = &[
    p("Restricted_Access_Domains", "", super::Kind::Domains),
    p("Enable_Web_Server", "Yes", YesNo),
    p("Enable_Protocol", "Http", Choice(&["Http", "Https"])).default_from(R12_0_3, "Https"),
    p("Enable_Direct_Action_Url", "Yes", YesNo),
    p("Session_Max_Timeout", "3600", whole(0, 604_800)),
    p("Session_Idle_Timeout", "3600", whole(0, 604_800)),
    p("Web_Server_Port", "80", PORT).default_from(R12_0_3, "443"),
    p("Enable_Web_Admin_Access", "Yes", YesNo),
    p("Admin_Password", "", LOGIN_PASSWORD),
    p("User_Password", "", LOGIN_PASSWORD).user(),
    p("Phone-UI-readonly", "No", YesNo),
    p("Phone-UI-User-Mode", "No", YesNo),
    p("Block_Nonproxy_SIP", "No", YesNo).since(R11_2_1),
];

const SECURITY: &[Row] = &[
    p("TLS_Cipher_List", "", Text { longest: 521 }).since(R11_3_1),
    p("TLS_Min_Version", "TLS 1.1", Choice(&["TLS 1.0", "TLS 1.1", "TLS 1.2"])).since(R11_3_1).before(R12_0_7),
    p("TLS_Client_Min_Version", "TLS 1.2", Choice(&["TLS 1.0", "TLS 1.1", "TLS 1.2"])).since(R12_0_7),
    p("TLS_Server_Min_Version", "TLS 1.2", Choice(&["TLS 1.1", "TLS 1.2"])).since(R12_0_7),
    p("Firewall", "Enabled", ON_OFF).since(R11_3_1),
    p("Firewall_Config", "", LONG).since(R11_3_1),
];

const IPV4: &[Row] = &[
    p("Connection_Type", "DHCP", CONNECTION).user(),
    p("Static_IP", "", Ipv4).user(),
    p("NetMask", "", Ipv4).user(),
    p("Gateway", "", Ipv4).user(),
    p("Primary_DNS", "", Ipv4).user(),
    p("Secondary_DNS", "", Ipv4).user(),
];

const IPV6: &[Row] = &[
    p("IPv6_Connection_Type", "DHCP", CONNECTION).label("Connection Type").user(),
    p("IPv6_Static_IP", "", Ipv6).label("Static IP").user(),
    p("Prefix_Length", "1", whole(1, 128)).user(),
    p("IPv6_Gateway", "", Ipv6).label("Gateway").user(),
    p("IPv6_Primary_DNS", "", Ipv6).label("Primary DNS").user(),
    p("IPv6_Secondary_DNS", "", Ipv6).label("Secondary DNS").user(),
    p("Broadcast_Echo", "Disabled", ON_OFF).user(),
    p("Auto_Config", "Enabled", ON_OFF).user(),
];

/// Only the 7841 has a port that reaches 1000 Mbit/s (phone-facts §5).
const SLOW: &[Model] = &[Model::Cp7811, Model::Cp7821, Model::Cp7861];
const SPEEDS: super::Kind = Choice(&["AUTO", "10 HALF", "10 FULL", "100 HALF", "100 FULL"]);
const SPEEDS_1000: super::Kind = Choice(&["AUTO", "10 HALF", "10 FULL", "100 HALF", "100 FULL", "1000 FULL"]);
const LEVELS: super::Kind = Choice(&["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"]);

const OPTIONAL: &[Row] = &[
    p("Host_Name", "", SHORT).user(),
    p("Domain", "", SHORT).user(),
    p("DNS_Server_Order", "Manual,DHCP", Choice(&["Manual", "Manual,DHCP", "DHCP,Manual"])),
    p("DNS_Query_Mode", "Parallel", Choice(&["Parallel", "Sequential"])),
    p("DNS_Caching_Enable", "Yes", YesNo),
    p("Switch_Port_Config", "AUTO", SPEEDS).not_on(&[Model::Cp7841]),
    p("PC_Port_Config", "AUTO", SPEEDS).not_on(&[Model::Cp7841]),
    p("Switch_Port_Config", "AUTO", SPEEDS_1000).not_on(SLOW),
    p("PC_Port_Config", "AUTO", SPEEDS_1000).not_on(SLOW),
    p("PC_PORT_Enable", "Yes", YesNo),
    p("Enable_PC_Port_Mirror", "No", YesNo),
    p("Syslog_Server", "", Server),
    p("Syslog_Identifier", "None", Choice(&["None", "$MA", "$MAU", "$MAC", "$SN"])),
    p("Debug_Level", "NOTICE", LEVELS),
    p("Primary_NTP_Server", "", Host).user(),
    p("Secondary_NTP_Server", "", Host).user(),
    p("Enable_SSLv3", "No", YesNo).before(Release::new(12, 0, 0)),
];

const VLAN: &[Row] = &[
    p("Enable_VLAN", "No", YesNo).user(),
    p("VLAN_ID", "1", whole(0, 4095)).user(),
    p("PC_Port_VLAN_ID", "1", whole(0, 4095)),
    p("Enable_CDP", "Yes", YesNo),
    p("Enable_LLDP-MED", "Yes", YesNo),
    p("Network_Startup_Delay", "3", Number { low: 1.0, high: 300.0, whole: true }),
    p("DHCP_VLAN_Option", "", VlanOption),
];
