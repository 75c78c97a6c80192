//! TCP: reassembly, and what became of connections.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use evidence::{FaultKind, SipFact, TcpEvent};
use wire::*;

const CLIENT: ([u8; 4], u16) = (PHONE, 40_000);
const LISTENER: ([u8; 4], u16) = (SERVER, 5060);

fn opened(isn: u32) -> Bench {
    let mut bench = Bench::default();
    bench.push(&tcp(CLIENT, LISTENER, "S", isn, 0, b""));
    bench.push(&tcp(LISTENER, CLIENT, "SA", 9_000, isn.wrapping_add(1), b""));
    bench.push(&tcp(CLIENT, LISTENER, "A", isn.wrapping_add(1), 9_001, b""));
    bench
}

/// Events with their frames.
fn events(bench: &Bench) -> Vec<(String, String)> {
    bench.capture.tcp().iter().map(|fact| (format!("{:?}", fact.event), fact.packets.to_string())).collect()
}

fn from_client(bench: &Bench) -> &[u8] {
    bench.capture.connections()[0].from_client.bytes()
}

#[test]
fn a_connection_opens_and_closes() {
    let mut bench = opened(100);
    bench.push(&tcp(CLIENT, LISTENER, "FA", 101, 9_001, b""));
    bench.push(&tcp(LISTENER, CLIENT, "FA", 9_001, 102, b""));
    bench.push(&tcp(CLIENT, LISTENER, "A", 102, 9_002, b""));
    let told = events(&bench);
    let told: Vec<(&str, &str)> = told.iter().map(|(event, packets)| (event.as_str(), packets.as_str())).collect();
    assert_eq!(told, [("Asked", "1"), ("Opened", "1-3"), ("Closed", "6")]);
    let closed = bench.capture.tcp().last().unwrap();
    assert_eq!(closed.src.ip(), ip(PHONE), "the client finished first");
    assert!(bench.capture.connections()[0].is_over());
}

#[test]
fn a_reset_in_answer_to_a_syn_refuses() {
    let mut bench = Bench::default();
    bench.push(&tcp(CLIENT, LISTENER, "S", 100, 0, b""));
    bench.push(&tcp(LISTENER, CLIENT, "RA", 0, 101, b""));
    assert_eq!(events(&bench)[1], ("Refused".to_owned(), "2".to_owned()));
    assert_eq!(bench.capture.tcp()[1].src.ip(), ip(SERVER));
}

#[test]
fn a_reset_later_resets_and_the_ports_may_be_used_again() {
    let mut bench = opened(100);
    bench.push(&tcp(LISTENER, CLIENT, "R", 9_001, 0, b""));
    bench.push(&tcp(CLIENT, LISTENER, "S", 777_000, 0, b""));
    assert_eq!(bench.capture.connections().len(), 2);
    assert_eq!(bench.capture.tcp().last().unwrap().connection, 1);
    assert_eq!(bench.capture.tcp()[2].event, TcpEvent::Reset);
}

#[test]
fn a_syn_sent_again_is_the_same_connection() {
    let mut bench = Bench::default();
    bench.push(&tcp(CLIENT, LISTENER, "S", 100, 0, b""));
    bench.push(&tcp(CLIENT, LISTENER, "S", 100, 0, b""));
    assert_eq!(bench.capture.connections().len(), 1);
}

#[test]
fn segments_in_any_order_give_the_same_octets_across_the_wrap_of_sequence_numbers() {
    for isn in [100, u32::MAX - 4, u32::MAX] {
        let octets: Vec<u8> = (0..40).collect();
        let parts: Vec<(u32, &[u8])> =
            octets.chunks(10).enumerate().map(|(i, part)| (isn.wrapping_add(1 + 10 * i as u32), part)).collect();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let mut bench = opened(isn);
            for position in order {
                let (seq, part) = parts[position];
                bench.push(&tcp(CLIENT, LISTENER, "A", seq, 9_001, part));
            }
            assert_eq!(from_client(&bench), octets);
            assert!(bench.capture.connections()[0].from_client.gaps().is_empty());
            assert!(bench.capture.quality().waiting.is_empty());
        }
    }
}

#[test]
fn of_overlapping_segments_the_first_copy_wins() {
    let mut bench = opened(100);
    bench.push(&tcp(CLIENT, LISTENER, "A", 101, 9_001, b"aaaa"));
    bench.push(&tcp(CLIENT, LISTENER, "A", 103, 9_001, b"bbbb"));
    bench.push(&tcp(CLIENT, LISTENER, "A", 111, 9_001, b"cccc"));
    bench.push(&tcp(CLIENT, LISTENER, "A", 105, 9_001, b"dddddddddddd"));
    assert_eq!(from_client(&bench), b"aaaabbddddccccdd");
    bench.push(&tcp(CLIENT, LISTENER, "A", 101, 9_001, b"zzzz"));
    assert_eq!(from_client(&bench), b"aaaabbddddccccdd");
    assert_eq!(bench.capture.connections()[0].from_client.retransmitted(), 1);
}

#[test]
fn octets_that_the_peer_has_and_the_capture_has_not_are_a_gap() {
    let mut bench = opened(100);
    bench.push(&tcp(CLIENT, LISTENER, "A", 101, 9_001, b"one"));
    bench.push(&tcp(CLIENT, LISTENER, "A", 110, 9_001, b"three"));
    assert_eq!(from_client(&bench), b"one", "the hole may be filled yet");
    assert_eq!(bench.capture.quality().waiting, [0]);
    bench.push(&tcp(LISTENER, CLIENT, "A", 9_001, 115, b""));
    assert_eq!(from_client(&bench), b"onethree");
    let gap = bench.capture.connections()[0].from_client.gaps()[0];
    assert_eq!((gap.index, gap.missing, gap.packet), (3, 6, 5));
    assert_eq!(bench.capture.faults()[0].kind, FaultKind::Gap);
}

#[test]
fn a_connection_without_its_beginning_starts_where_the_capture_does() {
    let mut bench = Bench::default();
    let text = request("OPTIONS", "z9hG4bK1", 1, "", "");
    bench.push(&tcp(CLIENT, LISTENER, "A", 5_000, 1, text.as_bytes()));
    assert!(!bench.capture.connections()[0].has_beginning());
    assert_eq!(bench.capture.sip_messages().count(), 1);
}

#[test]
fn one_side_alone_is_read() {
    let mut bench = Bench::default();
    bench.push(&tcp(LISTENER, CLIENT, "SA", 9_000, 1, b""));
    bench.push(&tcp(LISTENER, CLIENT, "A", 9_001, 1, response(200, "OK", "OPTIONS", "z9hG4bK1", 1, "", "").as_bytes()));
    let message = bench.capture.sip_messages().next().unwrap();
    assert_eq!((message.code(), message.src.port()), (Some(200), 5060));
    assert_eq!(bench.capture.connections()[0].client.port(), 40_000);
}

#[test]
fn a_segment_with_a_wrong_checksum_is_not_used() {
    let mut bench = opened(100);
    let mut bad = tcp(CLIENT, LISTENER, "A", 101, 9_001, b"bad");
    *bad.last_mut().unwrap() ^= 0x55;
    bench.push(&bad);
    bench.push(&tcp(CLIENT, LISTENER, "A", 101, 9_001, b"good"));
    assert_eq!(from_client(&bench), b"good");
    assert_eq!(bench.capture.quality().wrong.len(), 1);
}

#[test]
fn sip_on_a_stream_is_cut_by_its_lengths_wherever_segments_end() {
    let sdp = sdp(SERVER, 4_000);
    let first = request("INVITE", "z9hG4bK1", 1, "Content-Type: application/sdp\r\n", &sdp);
    let second = request("ACK", "z9hG4bK2", 1, "", "");
    let all = format!("\r\n\r\n{first}\r\n{second}");
    for size in [1, 7, 100, 333, 1_400] {
        let mut bench = opened(u32::MAX - 20);
        let mut seq = u32::MAX - 19;
        for part in all.as_bytes().chunks(size) {
            bench.push(&tcp(CLIENT, LISTENER, "A", seq, 9_001, part));
            seq = seq.wrapping_add(part.len() as u32);
        }
        let messages: Vec<_> = bench.capture.sip_messages().collect();
        assert_eq!(
            messages.iter().map(|m| m.raw.as_slice()).collect::<Vec<_>>(),
            [first.as_bytes(), second.as_bytes()],
            "{size}"
        );
        assert_eq!(messages[0].sdp().unwrap().media[0].port, 4_000);
        assert!(messages.iter().all(|message| message.is_well_formed()));
        let first_octet = 3 + 1 + 4 / size as u32;
        assert_eq!(messages[0].packets.first(), first_octet, "frames of {size}");
        assert!(bench.capture.quality().is_clean());
    }
}

#[test]
fn a_stream_that_ends_within_a_message_is_malformed_sip() {
    for (cut, told) in [(60, "head"), (300, "body")] {
        let text = request("INVITE", "z9hG4bK1", 1, "", &"x".repeat(100));
        let mut bench = opened(100);
        bench.push(&tcp(CLIENT, LISTENER, "A", 101, 9_001, &text.as_bytes()[..cut]));
        assert!(bench.capture.sip().is_empty());
        bench.push(&tcp(CLIENT, LISTENER, "FA", 101 + cut as u32, 9_001, b""));
        let [SipFact::Malformed(malformed)] = bench.capture.sip() else { panic!("{:?}", bench.capture.sip()) };
        assert!(malformed.reason.contains(told), "{}", malformed.reason);
    }
}

#[test]
fn after_a_gap_sip_goes_on_at_the_next_start_line() {
    let text = request("INVITE", "z9hG4bK1", 1, "", "");
    let next = request("OPTIONS", "z9hG4bK3", 3, "", "");
    let mut bench = opened(100);
    bench.push(&tcp(CLIENT, LISTENER, "A", 101, 9_001, &text.as_bytes()[..50]));
    let tail = format!("{}{next}", &text[70..]);
    bench.push(&tcp(CLIENT, LISTENER, "A", 171, 9_001, tail.as_bytes()));
    bench.push(&tcp(LISTENER, CLIENT, "A", 9_001, 171 + tail.len() as u32, b""));
    let methods: Vec<_> = bench.capture.sip_messages().map(|message| message.method().unwrap().to_owned()).collect();
    assert_eq!(methods, ["OPTIONS"]);
    assert_eq!(bench.capture.quality().wrong.len(), 0, "the gap is the capture's fault, not the sender's");
}

#[test]
fn http_messages_have_their_bodies_measured() {
    const WEB: ([u8; 4], u16) = (SERVER, 80);
    let mut bench = Bench::default();
    bench.push(&tcp(CLIENT, WEB, "A", 1, 1, b"GET /a.xml HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\n\r\n"));
    bench.push(&tcp(WEB, CLIENT, "A", 1, 54, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
    assert_eq!(bench.capture.http().len(), 2);
    let seq = bench.capture.connections()[0].from_server.bytes().len() as u32 + 1;
    bench.push(&tcp(WEB, CLIENT, "A", seq, 54, b"0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n"));
    let told: Vec<(String, usize)> =
        bench.capture.http().iter().map(|m| (format!("{:?}", m.start), m.body_len)).collect();
    assert_eq!(told[2].1, 13);
    assert!(told[3].0.contains("404") && told[3].1 == 0, "a response to HEAD has no body: {told:?}");
}

/// What follows a 101 is no HTTP (RFC 9110 §15.2.2); a request that is refused may be followed by another.
#[test]
fn another_protocol_after_an_upgrade_is_no_malformed_http() {
    const WEB: ([u8; 4], u16) = (SERVER, 80);
    const ASKED: &[u8] = b"GET /sdk HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let after = |answer: &[u8], from_client: &[u8], from_server: &[u8]| {
        let (asked, answered) = (1 + ASKED.len() as u32, 1 + answer.len() as u32);
        let mut bench = Bench::default();
        bench.push(&tcp(CLIENT, WEB, "A", 1, 1, ASKED));
        bench.push(&tcp(WEB, CLIENT, "A", 1, asked, answer));
        bench.push(&tcp(CLIENT, WEB, "A", asked, answered, from_client));
        bench.push(&tcp(WEB, CLIENT, "A", answered, asked + from_client.len() as u32, from_server));
        let quality = bench.capture.quality();
        (bench.capture.http().len(), quality.wrong.len())
    };
    let switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(after(switched, &[0x81, 0x82, 0, 0, 0, 0, b'{', b'}'], &[0x81, 2, b'{', b'}']), (2, 0));
    let refused = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(after(refused, b"GET /again HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), (4, 0));
}

/// In one's complement ffff and 0000 are the same number, and a receiver accepts both (RFC 1071 §1, RFC 1624 §3). Linux writes ffff when it
/// finishes the sum of a TCP segment in software; TShark calls that bad.
#[test]
fn a_tcp_checksum_of_ffff_for_0000_is_right() {
    let frame = hex::decode(
        "02781100000102780000000108004500\
         0034a1ad4000400614a9c0000209c000\
         0264aa6900509665450d4e3bc5998010\
         0042ffff00000101080ab40a77236c2d\
         c0b0",
    );
    let mut bench = Bench::default();
    bench.push(&frame.unwrap());
    assert!(bench.capture.quality().is_clean(), "{:?}", bench.capture.faults());
    assert_eq!(bench.capture.connections().len(), 1);
}
