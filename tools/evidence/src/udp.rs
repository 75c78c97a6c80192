//! UDP datagrams: RFC 768.

use serde::Serialize;

use crate::at::{At, facts};
use crate::octets::Octets;

/// One datagram, whole. What it carries is among the other facts if it is a protocol known here.
#[derive(Debug, Clone, Serialize)]
pub struct UdpDatagram {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Octets of payload.
    pub len: usize,
    /// What it was read as.
    pub carries: Carried,
}

facts!(UdpDatagram);

/// What a datagram or segment was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    /// A SIP message, well or badly formed.
    Sip,
    /// Only CR and LF, or nothing, on a SIP port: keeps an address binding alive (RFC 5626 §4.4.1).
    KeepAlive,
    /// DHCPv4 or BOOTP.
    Dhcp,
    /// DHCPv6.
    Dhcp6,
    /// NTP.
    Ntp,
    /// TFTP, well or badly formed.
    Tftp,
    /// DNS.
    Dns,
    /// A syslog line.
    Syslog,
    /// RTP.
    Rtp,
    /// RTCP.
    Rtcp,
    /// Nothing known here.
    Unknown,
}

/// The fields of a UDP datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Udp<'a> {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) payload: &'a [u8],
    /// The whole datagram, as the checksum covers it.
    pub(crate) whole: &'a [u8],
    /// 0: none.
    pub(crate) checksum: u16,
    /// Octets that the length promises and the packet does not hold.
    pub(crate) missing: usize,
}

/// Read it.
pub(crate) fn read(bytes: &[u8]) -> Result<Udp<'_>, &'static str> {
    const SHORT: &str = "shorter than a UDP header";
    let mut octets = Octets::new(bytes);
    let src_port = octets.u16().ok_or(SHORT)?;
    let dst_port = octets.u16().ok_or(SHORT)?;
    let length = usize::from(octets.u16().ok_or(SHORT)?);
    let checksum = octets.u16().ok_or(SHORT)?;
    if length < 8 {
        return Err("length is less than 8");
    }
    let whole = bytes.get(..length).unwrap_or(bytes);
    let payload = whole.get(8..).unwrap_or_default();
    Ok(Udp { src_port, dst_port, payload, whole, checksum, missing: length.saturating_sub(bytes.len()) })
}
