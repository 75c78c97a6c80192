//! Option codes that accessors use (RFC 2132; RFC 3442; RFC 3925; RFC 5859).
#![expect(missing_docs, reason = "the names are the RFCs'")]

pub const SUBNET_MASK: u8 = 1;
pub const TIME_OFFSET: u8 = 2;
pub const ROUTERS: u8 = 3;
pub const NAME_SERVERS: u8 = 6;
pub const HOST_NAME: u8 = 12;
pub const DOMAIN_NAME: u8 = 15;
/// NIS servers; the guide's table says "lease time" and means 51.
pub const NIS_SERVERS: u8 = 41;
pub const NTP_SERVERS: u8 = 42;
pub const VENDOR_SPECIFIC: u8 = 43;
pub const REQUESTED_ADDRESS: u8 = 50;
pub const LEASE_TIME: u8 = 51;
pub const OVERLOAD: u8 = 52;
pub const MESSAGE_TYPE: u8 = 53;
pub const SERVER_IDENTIFIER: u8 = 54;
pub const PARAMETER_LIST: u8 = 55;
pub const MESSAGE: u8 = 56;
pub const MAXIMUM_SIZE: u8 = 57;
pub const RENEWAL_TIME: u8 = 58;
pub const REBINDING_TIME: u8 = 59;
pub const VENDOR_CLASS: u8 = 60;
pub const CLIENT_IDENTIFIER: u8 = 61;
pub const TFTP_SERVER_NAME: u8 = 66;
pub const BOOT_FILE: u8 = 67;
pub const ROUTES: u8 = 121;
pub const VENDOR_CLASSES: u8 = 124;
pub const VENDOR_OPTIONS: u8 = 125;
pub const TFTP_SERVERS: u8 = 150;
/// Port parameters (RFC 7618); the guide's phones take a provisioning server from it.
pub const PROVISIONING_SERVER: u8 = 159;
/// Unassigned; the guide's phones take a provisioning URL from it.
pub const PROVISIONING_URL: u8 = 160;
