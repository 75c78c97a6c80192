//! NTP, TFTP and HTTP: what was asked, what came, and of what it was the answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use evidence::print::{self, Names};
use evidence::{Capture, Carried, FaultKind, NtpMode, NtpTime, TftpOp, TftpOutcome, TftpTransfer, limits};
use proptest::prelude::*;
use wire::*;

fn names() -> Names {
    [(ip(PHONE), "phone"), (ip(SERVER), "server"), (ip(STRANGER), "stranger")].into_iter().collect()
}

fn ntp(first: u8, stratum: u8, id: &[u8; 4], times: [u64; 4]) -> Vec<u8> {
    let mut message = vec![first, stratum, 6, 0xec];
    message.extend([0; 8]);
    message.extend(id);
    message.extend(times.into_iter().flat_map(u64::to_be_bytes));
    message
}

#[test]
fn an_answer_about_the_time_is_known_by_the_time_that_it_gives_back() {
    let asked = 3_900_000_000 << 32;
    let mut bench = Bench::default();
    bench.udp((PHONE, 123), (SERVER, 123), &ntp(0x23, 0, b"\0\0\0\0", [0, 0, 0, asked]));
    let time = (3_900_000_001 << 32) | 0x8000_0000;
    bench.udp((SERVER, 123), (PHONE, 123), &ntp(0x24, 1, b"GPS\0", [asked, asked, time, time]));
    bench.udp((SERVER, 123), (PHONE, 123), &ntp(0x24, 1, b"GPS\0", [asked, asked + 1, time, time]));
    bench.udp((SERVER, 123), (PHONE, 123), &ntp(0xe4, 0, b"RATE", [0, asked, 0, 0]));
    bench.udp((SERVER, 123), (PHONE, 123), &ntp(0x26, 0, b"\0\0\0\0", [0; 4])[..12]);
    let [request, answer, forged, kiss] = bench.capture.ntp() else { panic!("four facts") };
    assert!(request.is_request() && answer.is_answer_to(request) && !forged.is_answer_to(request));
    assert_eq!((answer.version, answer.mode, answer.stratum, answer.leap), (4, NtpMode::Server, 1, 0));
    assert_eq!((answer.poll, answer.precision), (6, -20));
    assert_eq!(answer.transmit.unix_ns(), Some(1_691_011_201_500_000_000));
    assert_eq!((kiss.kiss().as_deref(), kiss.leap, answer.kiss()), (Some("RATE"), 3, None));
    assert!(bench.capture.quality().is_clean());
    assert_eq!(bench.capture.udp()[4].carries, Carried::Ntp);
    insta::assert_snapshot!(print::ladder(&bench.capture, &names()), @r"
    packets      seconds phone                                       server
          1     0.000000 │───────────── NTP v4 request ─────────────>│
          2     0.001000 │<─────── NTP v4 answer, stratum 1 ─────────│
          3     0.002000 │<─────── NTP v4 answer, stratum 1 ─────────│
          4     0.003000 │<────────── NTP v4 refusal RATE ───────────│
    ");
    bench.udp((SERVER, 123), (PHONE, 123), &[0x24; 47]);
    assert_eq!(bench.capture.faults()[0].reason, "shorter than 48 octets");
}

#[test]
fn times_after_2036_are_of_the_next_era() {
    assert_eq!(NtpTime(0).unix_ns(), None);
    assert_eq!(NtpTime(1 << 32).unix_ns(), Some((4_294_967_296 - 2_208_988_800 + 1) * 1_000_000_000));
    assert_eq!(NtpTime(2_208_988_799 << 32).unix_ns(), None);
    assert_eq!(NtpTime(2_208_988_800 << 32).unix_ns(), Some(0));
}

const CLIENT: ([u8; 4], u16) = (PHONE, 53_240);
const TFTP: ([u8; 4], u16) = (SERVER, 69);
const PEER: ([u8; 4], u16) = (SERVER, 40_000);

fn read_request(file: &str, options: &str) -> Vec<u8> {
    [b"\0\x01", file.as_bytes(), b"\0octet\0", options.as_bytes()].concat()
}

fn data(block: u16, octets: &[u8]) -> Vec<u8> {
    [&[0, 3][..], &block.to_be_bytes(), octets].concat()
}

fn ack(block: u16) -> Vec<u8> {
    [&[0, 4][..], &block.to_be_bytes()].concat()
}

fn only(capture: &Capture) -> &TftpTransfer {
    let [transfer] = capture.tftp_transfers() else { panic!("one transfer") };
    transfer
}

#[test]
fn a_transfer_is_followed_to_the_port_that_the_server_chose() {
    let mut bench = Bench::default();
    bench.udp(CLIENT, TFTP, &read_request("CP-7841.xml", "blksize\x001024\0"));
    bench.udp(CLIENT, TFTP, &read_request("CP-7841.xml", "blksize\x001024\0"));
    bench.udp(PEER, CLIENT, b"\0\x06blksize\x001024\0");
    bench.udp(CLIENT, PEER, &ack(0));
    bench.udp(PEER, CLIENT, &data(1, &[1; 1_024]));
    bench.udp((SERVER, 40_001), CLIENT, &data(1, &[9; 1_024]));
    bench.udp(CLIENT, (SERVER, 40_001), b"\0\x05\0\x05unknown\0");
    bench.udp(CLIENT, PEER, &ack(1));
    bench.udp(PEER, CLIENT, &data(1, &[1; 1_024]));
    bench.udp(PEER, CLIENT, &data(2, &[2; 10]));
    assert_eq!(only(&bench.capture).outcome, TftpOutcome::Open);
    let mark = bench.capture.mark();
    bench.udp(CLIENT, PEER, &ack(2));
    let transfer = only(&bench.capture);
    assert!(transfer.is_complete() && transfer.is_whole());
    assert_eq!((transfer.file.as_str(), transfer.mode.as_str(), transfer.requests), ("CP-7841.xml", "octet", 2));
    assert_eq!((transfer.octets, transfer.blocks, transfer.repeated, transfer.strays), (1_034, 2, 1, 1));
    assert_eq!(transfer.content, [[1; 1_024].as_slice(), &[2; 10]].concat());
    assert_eq!(transfer.peer.unwrap().to_string(), "192.0.2.10:40000");
    assert_eq!((transfer.src.port(), transfer.dst.port(), transfer.first_ns), (53_240, 69, MILLISECOND));
    assert_eq!(transfer.packets.to_string(), "1-5, 8-11");
    let of: Vec<_> = bench.capture.tftp().iter().map(|message| message.transfer).collect();
    assert_eq!((of.len(), of[5], of[6], of[7]), (11, None, None, Some(0)));
    assert_eq!(bench.capture.tftp_transfers_since(mark).count(), 1);
    assert_eq!(bench.capture.tftp_since(mark)[0].op, TftpOp::Ack { block: 2 });
    assert!(bench.capture.quality().is_clean());
    insta::assert_snapshot!(print::ladder(&bench.capture, &names()), @r"
      packets      seconds phone                                       server
            1     0.000000 │─── TFTP read CP-7841.xml blksize=1024 ───>│
            2     0.001000 │─── TFTP read CP-7841.xml blksize=1024 ───>│
            3     0.002000 │<─────── TFTP options blksize=1024 ────────│
            7     0.006000 │────────── TFTP error 5 unknown ──────────>│
    1-5, 8-11     0.010000 │< TFTP CP-7841.xml: 1034 octets in 2 blo… ─│
    ");
    insta::assert_snapshot!(print::summary(&bench.capture), @r"
    frames 11 in 0.010000 s
    tftp 1 transfers: 1 complete
    ");
}

#[test]
fn a_transfer_fails_by_whose_error() {
    let mut bench = Bench::default();
    bench.udp(CLIENT, TFTP, &read_request("a", ""));
    bench.udp(PEER, CLIENT, b"\0\x05\0\x01not here\0");
    bench.udp(CLIENT, TFTP, &read_request("b", ""));
    bench.udp(PEER, CLIENT, &data(1, &[0; 512]));
    bench.udp(CLIENT, PEER, b"\0\x05\0\x03full");
    let outcomes: Vec<_> = bench.capture.tftp_transfers().iter().map(|transfer| transfer.outcome.clone()).collect();
    let failed = |by_client, code, message: &str| TftpOutcome::Failed { by_client, code, message: message.to_owned() };
    assert_eq!(outcomes, [failed(false, 1, "not here"), failed(true, 3, "full")]);
}

#[test]
fn a_file_may_be_written_and_have_more_blocks_than_numbers() {
    let mut bench = Bench::default();
    bench.udp(CLIENT, TFTP, b"\0\x02log\0octet\0blksize\x008\x00");
    bench.udp(PEER, CLIENT, b"\0\x06blksize\x008\x00");
    for block in 1..=65_537_u32 {
        bench.udp(CLIENT, PEER, &data(block as u16, &[0; 8]));
    }
    bench.udp(CLIENT, PEER, &data(2, b""));
    bench.udp(PEER, CLIENT, &ack(2));
    let transfer = only(&bench.capture);
    assert!(transfer.writes && transfer.is_complete() && transfer.is_whole());
    assert_eq!((transfer.octets, transfer.blocks), (65_537 * 8, 65_538));
}

#[test]
fn a_long_file_is_kept_up_to_a_limit() {
    let mut bench = Bench::default();
    bench.udp(CLIENT, TFTP, &read_request("big", "blksize\x0060000\x00"));
    bench.udp(PEER, CLIENT, b"\0\x06blksize\x0060000\x00");
    let blocks = limits::TFTP_OCTETS / 60_000 + 3;
    for block in 1..=blocks {
        bench.udp(PEER, CLIENT, &data(block as u16, &[0; 60_000]));
    }
    let transfer = only(&bench.capture);
    assert_eq!((transfer.octets, transfer.content.len()), (blocks as u64 * 60_000, limits::TFTP_OCTETS));
    let faults: Vec<_> = bench.capture.faults().iter().map(|fault| fault.kind).collect();
    assert_eq!(faults, [FaultKind::Limit], "the limit is told once");
}

#[test]
fn transfers_are_followed_up_to_a_limit() {
    let mut bench = Bench::default();
    for number in 0..=limits::TFTP_TRANSFERS as u32 {
        let [_, a, b, c] = number.to_be_bytes();
        bench.udp(([10, a, b, c], 1_000), TFTP, &read_request("x", ""));
    }
    assert_eq!(bench.capture.tftp_transfers().len(), limits::TFTP_TRANSFERS);
    assert_eq!(bench.capture.faults().len(), 1);
}

/// A connection whose octets come in the order of the calls.
struct Web {
    bench: Bench,
    seq: [u32; 2],
    port: u16,
}

impl Web {
    fn to(port: u16) -> Web {
        let mut bench = Bench::default();
        bench.push(&tcp((PHONE, 40_000), (SERVER, port), "S", 0, 0, b""));
        bench.push(&tcp((SERVER, port), (PHONE, 40_000), "SA", 0, 1, b""));
        Web { bench, seq: [1, 1], port }
    }

    fn say(&mut self, by_client: bool, octets: &[u8]) -> &mut Web {
        let (client, server) = ((PHONE, 40_000), (SERVER, self.port));
        let (src, dst, side) = if by_client { (client, server, 0) } else { (server, client, 1) };
        for part in octets.chunks(1_400) {
            self.bench.push(&tcp(src, dst, "A", self.seq[side], self.seq[1 - side], part));
            self.seq[side] += part.len() as u32;
        }
        self
    }

    fn asks(&mut self, octets: &[u8]) -> &mut Web {
        self.say(true, octets)
    }

    fn answers(&mut self, octets: &[u8]) -> &mut Web {
        self.say(false, octets)
    }
}

#[test]
fn requests_and_responses_are_paired_and_their_bodies_kept_on_any_port() {
    let mut web = Web::to(7_547);
    web.asks(b"POST /acs HTTP/1.1\r\nHost: acs\r\nContent-Length: 8\r\n\r\n<Inform>");
    web.answers(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
    web.asks(b"POST /acs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<Info\r\n3;x=y\r\nrm>\r\n0\r\n\r\n");
    web.answers(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<ok>");
    let mark = web.bench.capture.mark();
    web.asks(b"POST /acs HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    let capture = &web.bench.capture;
    let exchanges = capture.http_exchanges();
    let told: Vec<_> = exchanges.iter().map(|e| (e.request.text(), e.status(), e.response.map(|r| r.text()))).collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            ("<Inform>".to_owned(), Some(401), text("")),
            ("<Inform>".to_owned(), Some(200), text("<ok>")),
            (String::new(), None, None)
        ]
    );
    assert_eq!(capture.http_exchanges_since(mark).len(), 1);
    assert!(exchanges[0].request.is_request("POST") && exchanges[0].request.target() == Some("/acs"));
    assert_eq!(print::json(capture)["http"][0]["body"], "<Inform>");
    assert!(capture.quality().is_clean(), "{:?}", capture.faults());
}

#[test]
fn a_long_body_is_kept_up_to_a_limit() {
    let mut web = Web::to(80);
    web.asks(b"GET /big HTTP/1.1\r\n\r\n");
    let length = limits::HTTP_BODY_OCTETS + 1;
    web.answers(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes());
    web.answers(&vec![b'x'; length]);
    let response = &web.bench.capture.http()[1];
    assert_eq!((response.body_len, response.body.len(), response.body_cut), (length, length - 1, true));
    assert_eq!(web.bench.capture.faults()[0].kind, FaultKind::Limit);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_ntp_octets_are_taken(payload in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut bench = Bench::default();
        bench.udp((PHONE, 123), (SERVER, 123), &payload);
        for message in bench.capture.ntp() {
            let _ = (message.kiss(), message.transmit.unix_ns(), message.reference.unix_ns());
        }
        let _ = (print::ladder(&bench.capture, &names()), print::json(&bench.capture));
    }

    /// Messages of both sides in any order: nothing panics, and what is kept is never more than what came.
    #[test]
    fn any_tftp_messages_are_taken(
        messages in proptest::collection::vec(
            (0u8..8, 0u16..4, proptest::collection::vec(any::<u8>(), 0..30), 0usize..5),
            1..40,
        ),
    ) {
        let mut bench = Bench::default();
        let mut came = 0;
        for (opcode, block, rest, way) in messages {
            came += rest.len();
            let payload = [&[0, opcode][..], &block.to_be_bytes(), &rest].concat();
            let (src, dst) = [
                (CLIENT, TFTP), (PEER, CLIENT), (CLIENT, PEER), ((STRANGER, 9), CLIENT), (TFTP, CLIENT),
            ][way];
            bench.udp(src, dst, &payload);
        }
        let kept: usize = bench.capture.tftp_transfers().iter().map(|transfer| transfer.content.len()).sum();
        prop_assert!(kept <= came);
        let _ = (print::ladder(&bench.capture, &names()), print::json(&bench.capture));
    }

    /// Whatever is sent in blocks arrives, however often each is repeated.
    #[test]
    fn a_transfer_gives_back_what_was_sent(
        octets in proptest::collection::vec(any::<u8>(), 0..2_000),
        repeats in proptest::collection::vec(1usize..3, 8),
    ) {
        let mut bench = Bench::default();
        bench.udp(CLIENT, TFTP, &read_request("f", ""));
        let mut blocks: Vec<&[u8]> = octets.chunks(512).collect();
        if octets.len() % 512 == 0 {
            blocks.push(&[]);
        }
        for (number, block) in blocks.iter().enumerate() {
            for _ in 0..repeats[number] {
                bench.udp(PEER, CLIENT, &data(number as u16 + 1, block));
                bench.udp(CLIENT, PEER, &ack(number as u16 + 1));
            }
        }
        let transfer = only(&bench.capture);
        prop_assert!(transfer.is_complete());
        prop_assert_eq!(&transfer.content, &octets);
    }

    #[test]
    fn chunks_are_joined_as_they_were_cut(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..50), 0..8)) {
        let mut body = Vec::new();
        for chunk in &chunks {
            body.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        let mut web = Web::to(80);
        web.asks(&[&b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"[..], &body].concat());
        prop_assert_eq!(&web.bench.capture.http()[0].body, &chunks.concat());
    }
}
