//! How much of anything a capture may make the reader keep. A peer chooses the packets; it does not choose our memory.
//!
//! What goes over a limit is left out, and the capture says so with a [`Fault`](crate::Fault) of kind `Limit`.

/// Octets of one frame; a file that claims more is not a capture of a network (largest snap length in use: 262,144).
pub const FRAME_OCTETS: usize = 1 << 20;
/// IP fragments that wait for their siblings, in all datagrams together; the oldest datagram goes first.
pub const FRAGMENTS: usize = 10_000;
/// Octets of all waiting IP fragments together.
pub const FRAGMENT_OCTETS: usize = 16 << 20;
/// Nanoseconds after which fragments of one datagram no longer belong together (RFC 8200 §4.5; RFC 1122 §3.3.2 has 60 to 120 s).
pub const FRAGMENT_LIFETIME_NS: u64 = 60_000_000_000;
/// Octets kept of one direction of one TCP connection.
pub const STREAM_OCTETS: usize = 16 << 20;
/// Octets kept of all TCP streams together.
pub const ALL_STREAM_OCTETS: usize = 512 << 20;
/// TCP segments of one direction that wait for earlier ones.
pub const WAITING_SEGMENTS: usize = 4_096;
/// Octets of TCP segments of one direction that wait for earlier ones.
pub const WAITING_OCTETS: usize = 4 << 20;
/// Octets of the head of a SIP or HTTP message on a stream.
pub const HEAD_OCTETS: usize = 65_535;
/// Octets of the body of a SIP message on a stream. A datagram is bounded by UDP.
pub const SIP_BODY_OCTETS: usize = 1 << 20;
/// Header lines of one SIP or HTTP message.
pub const HEADERS: usize = 1_000;
/// Octets of one syslog line on a stream (RFC 5424 §6.1 asks for 2,048).
pub const SYSLOG_OCTETS: usize = 65_535;
/// Records of one DNS message, all sections together.
pub const DNS_RECORDS: usize = 1_000;
/// Compression pointers followed within one domain name; a name has at most 127 labels (RFC 1035 §2.3.4).
pub const DNS_POINTERS: usize = 128;
/// Options of one DHCP message on the wire.
pub const DHCP_OPTIONS: usize = 1_000;
/// Options of one DHCPv6 message, those within options counted.
pub const DHCP6_OPTIONS: usize = 1_000;
/// How deep DHCPv6 options within options are read; an address's status within an association is at 2.
pub const DHCP6_DEPTH: usize = 4;
/// Relays' messages within one another (RFC 8415 §7.6: HOP_COUNT_LIMIT).
pub const DHCP6_RELAYS: usize = 8;
/// Domain names of one DHCPv6 option.
pub const DHCP6_NAMES: usize = 100;
/// DHCPv6 leases of one client that are watched at a time.
pub const DHCP6_LEASES: usize = 256;
/// Offers of DHCP that are remembered of one client until it takes one.
pub const OFFERS: usize = 64;
/// Options of one message of neighbour discovery; one packet of the least MTU has room for 150.
pub const ND_OPTIONS: usize = 200;
/// Options of one TFTP message.
pub const TFTP_OPTIONS: usize = 32;
/// TFTP transfers that are followed.
pub const TFTP_TRANSFERS: usize = 10_000;
/// Octets kept of the file of one TFTP transfer.
pub const TFTP_OCTETS: usize = 4 << 20;
/// Octets kept of the files of all TFTP transfers together.
pub const ALL_TFTP_OCTETS: usize = 64 << 20;
/// Octets kept of the body of one HTTP message.
pub const HTTP_BODY_OCTETS: usize = 4 << 20;
/// Records of one direction of a TLS connection that wait to be opened.
pub const TLS_WAITING_RECORDS: usize = 10_000;
/// Messages kept of one TLS connection: handshake, alerts, and what is malformed.
pub const TLS_MESSAGES: usize = 2_000;
/// Octets of one handshake message; certificate chains of several authorities are near 10,000.
pub const TLS_HANDSHAKE_OCTETS: usize = 1 << 18;
/// Extensions of one hello.
pub const TLS_EXTENSIONS: usize = 200;
/// Certificates of one chain.
pub const TLS_CERTIFICATES: usize = 32;
/// Secrets of key logs, all together.
pub const TLS_SECRETS: usize = 100_000;
/// Octets of one secret; the longest in use has 48.
pub const TLS_SECRET_OCTETS: usize = 64;
/// Octets of one LDAP message.
pub const LDAP_OCTETS: usize = 4 << 20;
/// How deep BER elements lie within one another; a filter of a phone is at 8.
pub const LDAP_DEPTH: usize = 64;
/// Elements of one list within an LDAP message.
pub const LDAP_ITEMS: usize = 10_000;
/// Media addresses learnt from session descriptions.
pub const MEDIA_ADDRESSES: usize = 10_000;
/// RTP streams told apart.
pub const RTP_STREAMS: usize = 10_000;
/// RTP streams that are guesses yet.
pub const RTP_CANDIDATES: usize = 1_000;
/// Faults kept; more are counted only.
pub const FAULTS: usize = 10_000;
/// IPv6 extension headers of one packet.
pub const EXTENSION_HEADERS: usize = 32;
/// VLAN tags of one frame.
pub const VLAN_TAGS: usize = 4;
