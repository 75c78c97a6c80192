//! Packets for tests, built by `etherparse`, which the reader does not use.

#![allow(dead_code, reason = "not every test builds every kind of packet")]

use std::net::{Ipv4Addr, Ipv6Addr};

use etherparse::{IpNumber, PacketBuilder};
use evidence::Capture;

pub(crate) const PHONE_MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
pub(crate) const SERVER_MAC: [u8; 6] = [2, 0, 0, 0, 0, 2];
pub(crate) const PHONE: [u8; 4] = [192, 0, 2, 100];
pub(crate) const SERVER: [u8; 4] = [192, 0, 2, 10];
pub(crate) const STRANGER: [u8; 4] = [192, 0, 2, 20];
pub(crate) const MILLISECOND: u64 = 1_000_000;

/// A capture that gives each frame the next millisecond.
#[derive(Default)]
pub(crate) struct Bench {
    pub(crate) capture: Capture,
    now_ns: u64,
}

impl Bench {
    pub(crate) fn push(&mut self, frame: &[u8]) -> u32 {
        self.now_ns += MILLISECOND;
        self.capture.push(0, self.now_ns, frame.len() as u32, frame)
    }

    pub(crate) fn wait(&mut self, ns: u64) {
        self.now_ns += ns;
    }

    pub(crate) fn udp(&mut self, src: ([u8; 4], u16), dst: ([u8; 4], u16), payload: &[u8]) -> u32 {
        self.push(&udp(src, dst, payload))
    }

    /// SIP between the ports 5060.
    pub(crate) fn sip(&mut self, src: [u8; 4], dst: [u8; 4], text: &str) -> u32 {
        self.udp((src, 5060), (dst, 5060), text.as_bytes())
    }
}

pub(crate) fn udp(src: ([u8; 4], u16), dst: ([u8; 4], u16), payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2(mac(src.0), mac(dst.0)).ipv4(src.0, dst.0, 64).udp(src.1, dst.1);
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

pub(crate) fn udp6(src: (Ipv6Addr, u16), dst: (Ipv6Addr, u16), payload: &[u8]) -> Vec<u8> {
    let builder =
        PacketBuilder::ethernet2(PHONE_MAC, SERVER_MAC).ipv6(src.0.octets(), dst.0.octets(), 64).udp(src.1, dst.1);
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

/// Flags as letters: S, A, F, R.
pub(crate) fn tcp(
    src: ([u8; 4], u16),
    dst: ([u8; 4], u16),
    flags: &str,
    seq: u32,
    ack: u32,
    payload: &[u8],
) -> Vec<u8> {
    let mut builder =
        PacketBuilder::ethernet2(mac(src.0), mac(dst.0)).ipv4(src.0, dst.0, 64).tcp(src.1, dst.1, seq, 8_192);
    for flag in flags.chars() {
        builder = match flag {
            'S' => builder.syn(),
            'A' => builder.ack(ack),
            'F' => builder.fin(),
            'R' => builder.rst(),
            other => panic!("no such flag: {other}"),
        };
    }
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

/// An IPv4 packet cut into fragments of `size` octets (a multiple of 8).
pub(crate) fn fragments(frame: &[u8], size: usize, id: u16) -> Vec<Vec<u8>> {
    let payload = &frame[34..];
    let count = payload.len().div_ceil(size);
    let fragment = |(number, part): (usize, &[u8])| {
        let mut packet = frame[..34].to_vec();
        packet.extend_from_slice(part);
        let field = (number * size / 8) as u16 | if number + 1 < count { 0x2000 } else { 0 };
        packet[16..18].copy_from_slice(&(20 + part.len() as u16).to_be_bytes());
        packet[18..20].copy_from_slice(&id.to_be_bytes());
        packet[20..22].copy_from_slice(&field.to_be_bytes());
        mend_ipv4(&mut packet);
        packet
    };
    payload.chunks(size).enumerate().map(fragment).collect()
}

/// An IPv6 fragment of a UDP datagram.
pub(crate) fn fragment6(src: Ipv6Addr, dst: Ipv6Addr, id: u32, offset: u16, more: bool, part: &[u8]) -> Vec<u8> {
    let mut rest = vec![17, 0];
    rest.extend_from_slice(&(offset | u16::from(more)).to_be_bytes());
    rest.extend_from_slice(&id.to_be_bytes());
    rest.extend_from_slice(part);
    let builder = PacketBuilder::ethernet2(PHONE_MAC, SERVER_MAC).ipv6(src.octets(), dst.octets(), 64);
    let mut frame = Vec::new();
    builder.write(&mut frame, IpNumber::IPV6_FRAGMENTATION_HEADER, &rest).unwrap();
    frame
}

pub(crate) fn arp(operation: u16, sender: ([u8; 6], [u8; 4]), target: ([u8; 6], [u8; 4])) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend(sender.0);
    frame.extend([8, 6, 0, 1, 8, 0, 6, 4]);
    frame.extend(operation.to_be_bytes());
    frame.extend(sender.0);
    frame.extend(sender.1);
    frame.extend(target.0);
    frame.extend(target.1);
    frame
}

/// Set the header checksum right.
pub(crate) fn mend_ipv4(frame: &mut [u8]) {
    frame[24..26].copy_from_slice(&[0, 0]);
    let sum: u32 = frame[14..34].chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    frame[24..26].copy_from_slice(&(!(folded as u16)).to_be_bytes());
}

pub(crate) fn mac(address: [u8; 4]) -> [u8; 6] {
    match address {
        PHONE | [0, 0, 0, 0] => PHONE_MAC,
        [255, 255, 255, 255] => [0xff; 6],
        _ => SERVER_MAC,
    }
}

pub(crate) fn ip(address: [u8; 4]) -> std::net::IpAddr {
    Ipv4Addr::from(address).into()
}

/// A request with all its headers.
pub(crate) fn request(method: &str, branch: &str, cseq: u32, more: &str, body: &str) -> String {
    format!(
        "{method} sip:1001@192.0.2.100 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch={branch}\r\n\
         From: \"Caller\" <sip:2001@voiceip.com>;tag=f1\r\nTo: <sip:1001@voiceip.com>\r\nCall-ID: c1@192.0.2.10\r\n\
         CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n{more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The response to it.
pub(crate) fn response(
    code: u16,
    reason: &str,
    method: &str,
    branch: &str,
    cseq: u32,
    more: &str,
    body: &str,
) -> String {
    format!(
        "SIP/2.0 {code} {reason}\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch={branch};received=192.0.2.10\r\n\
         From: \"Caller\" <sip:2001@voiceip.com>;tag=f1\r\nTo: <sip:1001@voiceip.com>;tag=t1\r\nCall-ID: c1@192.0.2.10\r\n\
         CSeq: {cseq} {method}\r\n{more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(crate) fn sdp(address: [u8; 4], port: u16) -> String {
    let address = Ipv4Addr::from(address);
    format!(
        "v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\na=sendrecv\r\n"
    )
}

pub(crate) fn rtp(sequence: u16, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0xff; 160]);
    packet
}

/// A DHCP message with these options.
pub(crate) fn dhcp(op: u8, xid: u32, ciaddr: [u8; 4], yiaddr: [u8; 4], options: &[(u8, &[u8])]) -> Vec<u8> {
    let mut message = vec![op, 1, 6, 0];
    message.extend(xid.to_be_bytes());
    message.extend([0; 4]);
    message.extend(ciaddr);
    message.extend(yiaddr);
    message.extend([0; 8]);
    message.extend(PHONE_MAC);
    message.extend([0; 10 + 64 + 128]);
    message.extend([99, 130, 83, 99]);
    for (code, value) in options {
        message.extend([*code, value.len() as u8]);
        message.extend_from_slice(value);
    }
    message.push(255);
    message
}

/// A DHCPv6 message with these options.
pub(crate) fn dhcp6(kind: u8, xid: u32, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = (u32::from(kind) << 24 | xid).to_be_bytes().to_vec();
    message.extend(options6(options));
    message
}

/// DHCPv6 options; a vendor's and suboptions of 56 have the same form.
pub(crate) fn options6(options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut octets = Vec::new();
    for (code, value) in options {
        octets.extend(code.to_be_bytes());
        octets.extend((value.len() as u16).to_be_bytes());
        octets.extend_from_slice(value);
    }
    octets
}

/// What an IA_NA holds: one address with its lifetimes.
pub(crate) fn ia_na(iaid: u32, (t1, t2): (u32, u32), address: Ipv6Addr, (preferred, valid): (u32, u32)) -> Vec<u8> {
    let mut inner = address.octets().to_vec();
    inner.extend(preferred.to_be_bytes());
    inner.extend(valid.to_be_bytes());
    let mut octets: Vec<u8> = [iaid, t1, t2].into_iter().flat_map(u32::to_be_bytes).collect();
    octets.extend(options6(&[(5, &inner)]));
    octets
}

/// An ICMPv6 message: type, code, then everything after the checksum.
pub(crate) fn icmp6(src: Ipv6Addr, dst: Ipv6Addr, hop_limit: u8, kind: (u8, u8), rest: &[u8]) -> Vec<u8> {
    let mut message = vec![kind.0, kind.1, 0, 0];
    message.extend_from_slice(rest);
    let ends: Vec<u8> = [src.octets(), dst.octets()].concat();
    let length = (message.len() as u32).to_be_bytes();
    let summed = [&ends[..], &length, &[0, 0, 0, 58], &message, &[0]].concat();
    let sum: u32 = summed.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    message[2..4].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    let builder = PacketBuilder::ethernet2(PHONE_MAC, SERVER_MAC).ipv6(src.octets(), dst.octets(), hop_limit);
    let mut frame = Vec::new();
    builder.write(&mut frame, IpNumber::IPV6_ICMP, &message).unwrap();
    frame
}
