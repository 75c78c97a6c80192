//! From a frame to its network packet: Ethernet with VLAN tags, Linux cooked, loopback, raw IP.

use serde::Serialize;

use crate::at::Mac;
use crate::limits;
use crate::octets::Octets;

/// What the frames of an interface begin with (tcpdump.org/linktypes.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkType {
    /// BSD loopback: address family in the host's byte order.
    Null,
    /// Ethernet II.
    Ethernet,
    /// IP without a link header.
    Raw,
    /// Linux "any" interface.
    LinuxCooked,
    /// Linux "any" interface, second version.
    LinuxCooked2,
    /// Not read; its frames make no facts.
    Other(u16),
}

impl From<u16> for LinkType {
    fn from(number: u16) -> Self {
        match number {
            0 | 108 => LinkType::Null,
            1 => LinkType::Ethernet,
            12 | 14 | 101 | 228 | 229 => LinkType::Raw,
            113 => LinkType::LinuxCooked,
            276 => LinkType::LinuxCooked2,
            other => LinkType::Other(other),
        }
    }
}

pub(crate) const IPV4: u16 = 0x0800;
pub(crate) const ARP: u16 = 0x0806;
pub(crate) const IPV6: u16 = 0x86dd;

/// A frame without its link header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unlinked<'a> {
    pub(crate) src: Option<Mac>,
    pub(crate) dst: Option<Mac>,
    /// What the payload is; below 0x0600 an IEEE 802.3 length.
    pub(crate) ether_type: u16,
    pub(crate) payload: &'a [u8],
}

/// Take the link header off. `None` if the frame is shorter than its header.
pub(crate) fn strip(link: LinkType, frame: &[u8]) -> Option<Unlinked<'_>> {
    let mut octets = Octets::new(frame);
    match link {
        LinkType::Ethernet => {
            let dst = Some(Mac(octets.array()?));
            let src = Some(Mac(octets.array()?));
            let ether_type = octets.u16()?;
            untagged(src, dst, ether_type, octets)
        }
        LinkType::LinuxCooked => {
            octets.take(4)?; // packet type, ARPHRD
            let length = octets.u16()?;
            let address: [u8; 8] = octets.array()?;
            let src = address.first_chunk().filter(|_| length == 6).copied().map(Mac);
            let ether_type = octets.u16()?;
            untagged(src, None, ether_type, octets)
        }
        LinkType::LinuxCooked2 => {
            let ether_type = octets.u16()?;
            octets.take(9)?; // reserved, interface, ARPHRD, packet type
            let length = octets.u8()?;
            let address: [u8; 8] = octets.array()?;
            let src = address.first_chunk().filter(|_| length == 6).copied().map(Mac);
            untagged(src, None, ether_type, octets)
        }
        LinkType::Null => {
            octets.take(4)?;
            Some(by_version(octets))
        }
        LinkType::Raw => Some(by_version(octets)),
        LinkType::Other(_) => Some(Unlinked { src: None, dst: None, ether_type: 0, payload: octets.rest() }),
    }
}

/// VLAN tags off (IEEE 802.1Q §9.5: customer and service tag).
fn untagged(src: Option<Mac>, dst: Option<Mac>, mut ether_type: u16, mut octets: Octets<'_>) -> Option<Unlinked<'_>> {
    for _ in 0..limits::VLAN_TAGS {
        if !matches!(ether_type, 0x8100 | 0x88a8 | 0x9100) {
            break;
        }
        octets.take(2)?;
        ether_type = octets.u16()?;
    }
    Some(Unlinked { src, dst, ether_type, payload: octets.rest() })
}

fn by_version(octets: Octets<'_>) -> Unlinked<'_> {
    let ether_type = match octets.rest().first().map(|first| first >> 4) {
        Some(4) => IPV4,
        Some(6) => IPV6,
        _ => 0,
    };
    Unlinked { src: None, dst: None, ether_type, payload: octets.rest() }
}
