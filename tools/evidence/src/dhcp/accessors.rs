//! What a message can be asked.

use std::net::Ipv4Addr;

use super::{DhcpKind, DhcpMessage, DhcpOption, DhcpValue, Route, VendorBlock, code, values};
use crate::at::Mac;

impl DhcpMessage {
    /// The octets of an option.
    pub fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|option| option.code == code).map(|option| option.value.as_slice())
    }

    /// An option that is one address.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        self.option(code)?.try_into().ok().map(|octets: [u8; 4]| Ipv4Addr::from(octets))
    }

    /// An option that is a list of addresses.
    pub fn addresses(&self, code: u8) -> Vec<Ipv4Addr> {
        let (addresses, _) = self.option(code).unwrap_or_default().as_chunks::<4>();
        addresses.iter().map(|octets| Ipv4Addr::from(*octets)).collect()
    }

    /// An option that is a number of four octets.
    pub fn number(&self, code: u8) -> Option<u32> {
        self.option(code)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// An option that is text.
    pub fn text(&self, code: u8) -> Option<String> {
        Some(String::from_utf8_lossy(self.option(code)?).into_owned())
    }

    /// Server identifier.
    pub fn server(&self) -> Option<Ipv4Addr> {
        self.address(code::SERVER_IDENTIFIER)
    }

    /// Requested address.
    pub fn requested(&self) -> Option<Ipv4Addr> {
        self.address(code::REQUESTED_ADDRESS)
    }

    /// Lease time, seconds.
    pub fn lease_seconds(&self) -> Option<u32> {
        self.number(code::LEASE_TIME)
    }

    /// Renewal time, seconds.
    pub fn renewal_seconds(&self) -> Option<u32> {
        self.number(code::RENEWAL_TIME)
    }

    /// Rebinding time, seconds.
    pub fn rebinding_seconds(&self) -> Option<u32> {
        self.number(code::REBINDING_TIME)
    }

    /// Subnet mask.
    pub fn subnet_mask(&self) -> Option<Ipv4Addr> {
        self.address(code::SUBNET_MASK)
    }

    /// Seconds east of Greenwich (RFC 2132 §3.4).
    pub fn time_offset(&self) -> Option<i32> {
        self.option(code::TIME_OFFSET)?.try_into().ok().map(i32::from_be_bytes)
    }

    /// Routers, the preferred one first.
    pub fn routers(&self) -> Vec<Ipv4Addr> {
        self.addresses(code::ROUTERS)
    }

    /// Name servers.
    pub fn name_servers(&self) -> Vec<Ipv4Addr> {
        self.addresses(code::NAME_SERVERS)
    }

    /// Time servers.
    pub fn ntp_servers(&self) -> Vec<Ipv4Addr> {
        self.addresses(code::NTP_SERVERS)
    }

    /// Largest message that the client takes, octets.
    pub fn maximum_size(&self) -> Option<u16> {
        self.option(code::MAXIMUM_SIZE)?.try_into().ok().map(u16::from_be_bytes)
    }

    /// Which fields hold options too: 1 file, 2 sname, 3 both.
    pub fn overload(&self) -> Option<u8> {
        match self.option(code::OVERLOAD)? {
            [which] => Some(*which),
            _ => None,
        }
    }

    /// Vendor-specific information read as options of its own (RFC 2132 §8.4). `None` without it, or if it has another form.
    pub fn vendor_specific(&self) -> Option<Vec<DhcpOption>> {
        values::sub_options(self.option(code::VENDOR_SPECIFIC)?)
    }

    /// Option 125 by enterprise (RFC 3925 §4). `None` without it, or if it cannot be read.
    pub fn vendor_blocks(&self) -> Option<Vec<VendorBlock>> {
        values::vendor_blocks(self.option(code::VENDOR_OPTIONS)?)
    }

    /// One sub-option of one enterprise in option 125.
    pub fn vendor_option(&self, enterprise: u32, code: u8) -> Option<Vec<u8>> {
        let blocks = self.vendor_blocks()?.into_iter().filter(|block| block.enterprise == enterprise);
        blocks.flat_map(|block| block.options).find(|option| option.code == code).map(|option| option.value)
    }

    /// Option 124: what the client says it is, by enterprise (RFC 3925 §3).
    pub fn vendor_classes(&self) -> Option<Vec<(u32, Vec<u8>)>> {
        values::vendor_classes(self.option(code::VENDOR_CLASSES)?)
    }

    /// Option 121 (RFC 3442). `None` without it, or if it cannot be read.
    pub fn routes(&self) -> Option<Vec<Route>> {
        values::routes(self.option(code::ROUTES)?)
    }

    /// Option 150, if it has whole addresses (RFC 5859 §3); else it is to be ignored.
    pub fn tftp_servers(&self) -> Option<Vec<Ipv4Addr>> {
        let octets = self.option(code::TFTP_SERVERS)?;
        (!octets.is_empty() && octets.len().is_multiple_of(4)).then(|| self.addresses(code::TFTP_SERVERS))
    }

    /// What an option says, by its code.
    pub fn value(&self, code: u8) -> Option<DhcpValue> {
        self.option(code).map(|octets| DhcpValue::read(code, octets))
    }

    /// Whether it was sent to all of a link.
    pub fn is_broadcast(&self) -> bool {
        self.dst.ip() == Ipv4Addr::BROADCAST || self.dst_mac == Some(Mac::BROADCAST)
    }

    /// Codes that the client asks for, in its order; empty without the option.
    pub fn parameter_list(&self) -> &[u8] {
        self.option(code::PARAMETER_LIST).unwrap_or_default()
    }

    /// Client hardware address, if it is an Ethernet address.
    pub fn client(&self) -> Option<Mac> {
        self.chaddr.as_slice().try_into().ok().map(Mac)
    }

    /// Whether it is of this type.
    pub fn is(&self, kind: DhcpKind) -> bool {
        self.kind == Some(kind)
    }
}
