//! File, section, reason.

pub(crate) const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("live/fmt-gz.pcap.gz", "file", "ours: compressed files are refused with a word on what to do"),
    (
        "tcpdump/arp-too-long-tha.pcap",
        "arp",
        "hardware type 12336 with addresses of 14 octets: not Ethernet, so no fact of ours",
    ),
    (
        "tcpdump/bootp_asan.pcap",
        "dhcp",
        "shorter than the fixed fields: TShark counts it without reading a field, we note a fault",
    ),
    (
        "tcpdump/bootp_asan-2.pcap",
        "dhcp",
        "shorter than the fixed fields: TShark counts it without reading a field, we note a fault",
    ),
    (
        "tcpdump/rx_serviceid_oobr.pcap",
        "dhcp",
        "shorter than the fixed fields: TShark counts it without reading a field, we note a fault",
    ),
    (
        "tcpdump/nfs-seg-fault-1.pcapng",
        "tcp",
        "the checksum is wrong, a receiver would drop the segment; TShark was not told to check",
    ),
    (
        "tcpdump/resp_4_infiniteloop.pcapng",
        "tcp",
        "the checksum is wrong, a receiver would drop the segment; TShark was not told to check",
    ),
    (
        "tcpdump/smb_data_print-oobr.pcapng",
        "tcp",
        "the checksum is wrong, a receiver would drop the segment; TShark was not told to check",
    ),
    (
        "tcpdump/zmtp1-inf-loop-1.pcapng",
        "tcp",
        "the checksum is wrong, a receiver would drop the segment; TShark was not told to check",
    ),
    (
        "tcpdump/rtp-seg-fault-1.pcapng",
        "dns",
        "9 octets are no DNS header (12): TShark reads the fields that are there, we note a fault",
    ),
    (
        "live/ldaps-sizelimit.pcap",
        "tcp",
        "TShark's stream ends at the gap; the last record (frame 57) comes after it and was sent",
    ),
    (
        "live/fmt-snaplen80.pcap",
        "tls-records",
        "no record is in the capture as a whole; TShark tells them by their headers, we stop at the first gap and say so",
    ),
    (
        "live/https-provisioning.pcap",
        "http",
        "the response has no length and ends with close_notify (frame 13): TShark waits for the end of TCP and never shows it",
    ),
    (
        "live/tls12-renegotiation.pcap",
        "sip",
        "two lines of the client that are no SIP: TShark names them so for the port's sake, we have one malformed message",
    ),
    ("live/syslog-5424-3164.pcap", "syslog", "TShark 4.0 takes TCP port 514 for rsh; RFC 6587 has syslog there too"),
];

/// The same of what TShark is asked anew.
pub(crate) const ASKED: &[(&str, &str, &str)] = &[
    ("tcpdump/dhcp6_reconf_asan.pcap", "dhcp6", "over IPv4, where no DHCPv6 is"),
    (
        "tcpdump/tftp-heapoverflow.pcap",
        "tftp",
        "a request of four octets without the ends of its texts: TShark reads the fields that are there, we note a fault",
    ),
];
