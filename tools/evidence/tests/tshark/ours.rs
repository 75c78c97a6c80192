//! Packets of our own: each kind of message with the options that scenarios ask about.

use std::net::Ipv6Addr;

use evidence::Capture;

use super::wire::*;

const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const PHONE_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x100);
const ADDRESS: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x1000);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);

/// Every frame is a message of one of the compared protocols.
pub(super) fn capture() -> Capture {
    let mut bench = Bench::default();
    dhcp4(&mut bench);
    six(&mut bench);
    neighbours(&mut bench);
    time(&mut bench);
    files(&mut bench);
    bench.capture
}

fn dhcp4(bench: &mut Bench) {
    // TShark reads sname before file where both are overloaded; RFC 3396 §5 has them the other way round.
    for (which, at) in [(1, 108), (2, 44)] {
        let options: &[(u8, &[u8])] = &[(53, &[5]), (125, b"\0\0\x0d\xe9\x03\x0b\x01a"), (52, &[which])];
        let mut overloaded = dhcp(2, 7, [0; 4], PHONE, options);
        overloaded[at..at + 4].copy_from_slice(b"\x42\x01a\xff");
        bench.udp((SERVER, 67), (PHONE, 68), &overloaded);
    }
    for kind in 1..=8 {
        let options: &[(u8, &[u8])] = &[
            (53, &[kind]),
            (61, &[1, 2, 0, 0, 0, 0, 1]),
            (121, &[0, 192, 0, 2, 1]),
            (66, b"pro"),
            (150, &[192, 0, 2, 4]),
            (66, b"vision"),
            (160, b"https://x"),
        ];
        bench.udp((SERVER, 67), (PHONE, 68), &dhcp(2, u32::from(kind), [0; 4], PHONE, options));
    }
}

fn six(bench: &mut Bench) {
    let (client, server) = ([0, 3, 0, 1, 2, 0, 0, 0, 0, 1], [0, 3, 0, 1, 2, 0, 0, 0, 0, 2]);
    let ia = ia_na(7, (50, 80), ADDRESS, (90, 100));
    let ntp = options6(&[(1, &ADDRESS.octets())]);
    let vendor = [&9_u32.to_be_bytes()[..], &options6(&[(1, b"http://acs")])].concat();
    let addresses = ADDRESS.octets();
    let options: &[(u16, &[u8])] = &[
        (1, &client),
        (2, &server),
        (3, &ia),
        (6, &[0, 23, 0, 56]),
        (7, &[255]),
        (8, &[0, 0]),
        (13, b"\0\0fine"),
        (14, b""),
        (17, &vendor),
        (20, b""),
        (23, &addresses),
        (24, b"\x05bench\x07example\0"),
        (31, &addresses),
        (56, &ntp),
        (59, b"tftp://[2001:db8:78::4]/boot"),
        (82, &[0, 0, 14, 16]),
        (159, b"192.0.2.4"),
        (160, b"https://prov.bench.example/$MA.cfg"),
    ];
    for kind in 1..=11 {
        bench.push(&udp6((PHONE_LINK, 546), (SERVERS, 547), &dhcp6(kind, 0x00ab_cd00 + u32::from(kind), options)));
    }
    let within = dhcp6(1, 5, &[(1, &client)]);
    let relayed =
        [&[12, 1][..], &ADDRESS.octets(), &PHONE_LINK.octets(), &options6(&[(18, b"eth0"), (9, &within)])].concat();
    bench.push(&udp6((ROUTER, 547), (SERVERS, 547), &relayed));
}

fn neighbours(bench: &mut Bench) {
    let link = [&[1, 1], &SERVER_MAC[..]].concat();
    let prefix = [&[3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 7, 8, 0, 0, 0, 0][..], &ADDRESS.octets()].concat();
    let name_servers = [&[25, 3, 0, 0, 0, 0, 2, 88][..], &ADDRESS.octets()].concat();
    let search = b"\x1f\x03\0\0\0\0\x02\x58\x05bench\x07example\0\0";
    let advertisement = [
        &[64, 0xc0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0][..],
        &link,
        &prefix,
        &[5, 1, 0, 0, 0, 0, 5, 220],
        &name_servers,
        search,
    ];
    bench.push(&icmp6(ROUTER, ALL_NODES, 255, (134, 0), &advertisement.concat()));
    bench.push(&icmp6(PHONE_LINK, ALL_NODES, 255, (133, 0), &[&[0; 4][..], &link].concat()));
    let target = [&[0; 4][..], &ADDRESS.octets()].concat();
    bench.push(&icmp6(Ipv6Addr::UNSPECIFIED, evidence::icmp::solicited_node(ADDRESS), 255, (135, 0), &target));
    bench.push(&icmp6(ROUTER, PHONE_LINK, 255, (136, 0), &[&target[..], &[2, 1], &SERVER_MAC].concat()));
    bench.push(&icmp6(ROUTER, PHONE_LINK, 64, (128, 0), &[0, 1, 0, 2, 9]));
    bench.push(&icmp6(PHONE_LINK, ROUTER, 64, (129, 0), &[0, 1, 0, 2, 9]));
}

fn time(bench: &mut Bench) {
    for (first, stratum) in [(0x23, 0), (0x24, 1), (0x1b, 0), (0x1c, 2), (0xe4, 0), (0x25, 3), (0x21, 4)] {
        let message = [&[first, stratum, 6, 0xec][..], &[0; 8], b"RATE", &[0xea; 32]].concat();
        bench.udp((PHONE, 123), (SERVER, 123), &message);
    }
}

fn files(bench: &mut Bench) {
    let (client, peer) = ((PHONE, 53_240), (SERVER, 40_000));
    bench.udp(client, (SERVER, 69), b"\0\x01file.xml\0octet\0blksize\x00512\0");
    bench.udp(peer, client, b"\0\x06blksize\x00512\0");
    bench.udp(client, peer, b"\0\x04\0\0");
    bench.udp(peer, client, b"\0\x03\0\x01text");
    bench.udp(client, peer, b"\0\x04\0\x01");
    bench.udp((PHONE, 53_241), (SERVER, 69), b"\0\x02log.txt\0netascii\0");
    bench.udp((SERVER, 40_001), (PHONE, 53_241), b"\0\x05\0\x02denied\0");
}
