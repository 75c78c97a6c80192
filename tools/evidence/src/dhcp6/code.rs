//! Option codes that accessors use (RFC 8415 §21; RFC 3319; RFC 3646; RFC 4075; RFC 5908; RFC 5970; RFC 4704).
#![expect(missing_docs, reason = "the names are the RFCs'")]

pub const CLIENT_ID: u16 = 1;
pub const SERVER_ID: u16 = 2;
pub const IA_NA: u16 = 3;
pub const IA_TA: u16 = 4;
pub const IA_ADDRESS: u16 = 5;
pub const REQUEST_LIST: u16 = 6;
pub const PREFERENCE: u16 = 7;
pub const ELAPSED_TIME: u16 = 8;
pub const RELAY_MESSAGE: u16 = 9;
pub const AUTHENTICATION: u16 = 11;
pub const UNICAST: u16 = 12;
pub const STATUS: u16 = 13;
pub const RAPID_COMMIT: u16 = 14;
pub const USER_CLASS: u16 = 15;
pub const VENDOR_CLASS: u16 = 16;
pub const VENDOR_OPTIONS: u16 = 17;
pub const RECONFIGURE_MESSAGE: u16 = 19;
pub const RECONFIGURE_ACCEPT: u16 = 20;
pub const SIP_DOMAINS: u16 = 21;
pub const SIP_ADDRESSES: u16 = 22;
pub const DNS_SERVERS: u16 = 23;
pub const DOMAIN_LIST: u16 = 24;
pub const IA_PD: u16 = 25;
pub const IA_PREFIX: u16 = 26;
pub const SNTP_SERVERS: u16 = 31;
pub const INFORMATION_REFRESH: u16 = 32;
pub const CLIENT_FQDN: u16 = 39;
pub const NTP_SERVER: u16 = 56;
pub const BOOT_FILE_URL: u16 = 59;
pub const SOL_MAX_RT: u16 = 82;
pub const INF_MAX_RT: u16 = 83;
/// Unassigned here; the guide's phones take a provisioning server from it.
pub const PROVISIONING_SERVER: u16 = 159;
/// Unassigned here; the guide's phones take a provisioning URL from it.
pub const PROVISIONING_URL: u16 = 160;
