//! Hostile octets: nothing panics, nothing hangs, nothing grows without bound.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod corpus;
mod wire;

use evidence::print::{self, Names};
use evidence::{Capture, LinkType, digest, limits, nonce, sip::sdp};
use proptest::prelude::*;
use wire::*;

/// Ask everything of a capture.
fn exercise(capture: &mut Capture) {
    capture.finish();
    for message in capture.sip_messages() {
        let _ =
            (message.via(), message.from_tag(), message.to_tag(), message.cseq(), message.contacts(), message.sdp());
        let _ = (message.challenges(), message.credentials(), message.values("Route"), message.is_response_to(message));
    }
    for message in capture.dhcp() {
        let _ = (message.vendor_specific(), message.vendor_blocks(), message.routes(), message.tftp_servers());
        message.codes.iter().for_each(|code| drop(message.value(*code).map(|value| value.to_string())));
    }
    for message in capture.dhcp6() {
        let _ = (message.addresses(), message.ntp(), message.domains(), message.status(), message.codes());
    }
    for lease in capture.leases() {
        let _ = (lease.ended_ns(), lease.since(evidence::Mark(1)).len());
    }
    let _ = (capture.leases6(), capture.http_exchanges(), print::leases(capture, &Names::none()));
    for tls in capture.tls() {
        let sides = [evidence::TlsSide::Client, evidence::TlsSide::Server];
        let _ = sides.map(|side| {
            (tls.application(side), tls.plaintext(side).len(), tls.decryption_of(side), tls.signed_with(side))
        });
        let _ = (tls.resumption(), tls.group(), tls.alpn(), tls.established(), capture.tls_end(tls));
    }
    for request in capture.ldap_messages() {
        let _ = (
            capture.ldap_answers(request).count(),
            request.code(),
            request.search().map(|search| search.filter.to_string()),
        );
    }
    let _ = (print::tls(capture, &Names::none()), print::ldap(capture, &Names::none()), print::messages(capture));
    let _ = (print::ladder(capture, &Names::none()), print::summary(capture), print::json(capture), capture.quality());
}

/// A small generator of our own: the same mutations on every machine and every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

#[test]
fn mutated_capture_files_never_panic() {
    let Some(folder) = corpus::folder() else { return corpus::skip("mutated_capture_files_never_panic") };
    let mut dice = Dice(1);
    let mut read = 0;
    for (name, octets) in corpus::files(&folder) {
        let keys = std::fs::read_to_string(folder.join(&name).with_extension("keys")).unwrap_or_default();
        // Larger files in fewer variants: the same number of octets for all.
        let variants = (60_000 / octets.len().max(1)).clamp(2, 60);
        for _ in 0..variants {
            let mut mutated = octets.clone();
            for _ in 0..=dice.roll(12) {
                let position = dice.roll(mutated.len());
                match dice.roll(4) {
                    0 => mutated[position] = dice.roll(256) as u8,
                    1 => mutated[position] ^= 1 << dice.roll(8),
                    2 => mutated[position] = [0, 0xff, b'\r', b'\n', b' ', b':', b'"', b','][dice.roll(8)],
                    _ => mutated.truncate(position.max(24)),
                }
            }
            if let Ok(mut capture) = Capture::from_bytes_with_keys(&mutated, &keys) {
                read += 1;
                exercise(&mut capture);
            }
        }
        assert!(!name.is_empty());
    }
    println!("{read} mutated captures read");
}

/// Frames of a capture with mutated octets, pushed one by one: not the file's reader but all above it.
#[test]
fn mutated_frames_never_panic() {
    let Some(folder) = corpus::folder() else { return corpus::skip("mutated_frames_never_panic") };
    let mut dice = Dice(2);
    for (name, octets) in corpus::files(&folder) {
        let Ok(original) = Capture::from_bytes(&octets) else { continue };
        let mut capture = Capture::new();
        capture.add_keys(&std::fs::read_to_string(folder.join(&name).with_extension("keys")).unwrap_or_default());
        for interface in 0..original.interfaces().len() as u32 {
            capture.set_link(interface, original.interfaces()[interface as usize].link);
        }
        for frame in original.frames() {
            let mut data = frame.data.to_vec();
            for _ in 0..=dice.roll(3) {
                let position = dice.roll(data.len());
                if let Some(octet) = data.get_mut(position) {
                    *octet = dice.roll(256) as u8;
                }
            }
            capture.push(frame.interface, frame.time_ns, data.len() as u32, &data);
        }
        exercise(&mut capture);
    }
}

/// Text in which protocols' own marks are frequent.
fn protocol_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"INVITE sip:a@b SIP/2.0\r\n".to_vec()),
        Just(b"SIP/2.0 200 OK\r\n".to_vec()),
        Just(b"Content-Length: ".to_vec()),
        Just(b"l: 5\r\n".to_vec()),
        Just(b"GET / HTTP/1.1\r\n".to_vec()),
        Just(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec()),
        Just(b"ffffffffffffffff\r\n".to_vec()),
        Just(b"Via: \"<;,=\\".to_vec()),
        Just(b"5 <1>ab".to_vec()),
        Just(b"\x16\x03\x01\x00\x2d\x01\x00\x00\x29\x03\x03".to_vec()),
        Just(b"\x16\x03\x03\x00\x04\x0e\x00\x00\x00".to_vec()),
        Just(b"\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x02\x02\x28".to_vec()),
        Just(b"\x17\x03\x03\x00\x03abc".to_vec()),
        Just(b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00".to_vec()),
        Just(b"\x30\x84\x00\x00\x00\x22\x02\x01\x02\x63".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_frame_on_any_link_is_taken(data in proptest::collection::vec(any::<u8>(), 0..200), link in 0u16..300) {
        let mut capture = Capture::new();
        capture.set_link(0, LinkType::from(link));
        capture.push(0, 1, data.len() as u32, &data);
        exercise(&mut capture);
    }

    #[test]
    fn any_datagram_on_any_known_port_is_taken(
        payload in prop_oneof![protocol_text(), proptest::collection::vec(any::<u8>(), 0..400)],
        port in prop_oneof![
            Just(5060u16), Just(53), Just(67), Just(68), Just(69), Just(123), Just(514), Just(546), Just(547), Just(4000),
        ],
        six in any::<bool>(),
    ) {
        let mut bench = Bench::default();
        if six {
            let (phone, server) = (std::net::Ipv6Addr::LOCALHOST, std::net::Ipv6Addr::UNSPECIFIED);
            bench.push(&udp6((server, port), (phone, port), &payload));
        } else {
            bench.udp((SERVER, port), (PHONE, port), &payload);
        }
        prop_assert!(bench.capture.udp().len() == 1);
        exercise(&mut bench.capture);
    }

    #[test]
    fn any_dhcp_options_are_taken(options in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut message = dhcp(1, 1, [0; 4], [0; 4], &[]);
        message.pop();
        message.extend(options);
        let mut bench = Bench::default();
        bench.udp(([0; 4], 68), ([255; 4], 67), &message);
        prop_assert_eq!(bench.capture.dhcp().len(), 1);
    }

    #[test]
    fn any_stream_in_any_segments_is_taken(
        pieces in proptest::collection::vec((protocol_text(), -30i64..30, any::<bool>(), 0u8..20), 0..12),
        port in prop_oneof![Just(5060u16), Just(53), Just(80), Just(514), Just(4000), Just(389), Just(636), Just(5061)],
    ) {
        let mut bench = Bench::default();
        let mut seq = [u32::MAX - 50, 7];
        for (payload, jump, from_client, flags) in pieces {
            let (client, server) = ((PHONE, 40_000), (SERVER, port));
            let side = usize::from(!from_client);
            let (src, dst) = if from_client { (client, server) } else { (server, client) };
            let at = seq[side].wrapping_add(jump as u32);
            let flags = match flags { 0 => "S", 1 => "SA", 2 => "FA", 3 => "RA", _ => "A" };
            bench.push(&tcp(src, dst, flags, at, seq[1 - side], &payload));
            seq[side] = at.wrapping_add(payload.len() as u32);
        }
        exercise(&mut bench.capture);
    }

    /// In order or not, twice or not: what arrives is what was sent.
    #[test]
    fn reassembly_gives_back_what_was_sent(
        octets in proptest::collection::vec(any::<u8>(), 1..300),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 1usize..40), 1..60),
        isn in any::<u32>(),
    ) {
        let mut bench = Bench::default();
        bench.push(&tcp((PHONE, 1_000), (SERVER, 4_000), "S", isn, 0, b""));
        let mut send = |from: usize, to: usize| {
            let seq = isn.wrapping_add(1 + from as u32);
            bench.push(&tcp((PHONE, 1_000), (SERVER, 4_000), "A", seq, 1, &octets[from..to]));
        };
        for (index, length) in cuts {
            let from = index.index(octets.len());
            send(from, (from + length).min(octets.len()));
        }
        for from in (0..octets.len()).step_by(17).rev() {
            send(from, (from + 17).min(octets.len()));
        }
        prop_assert_eq!(bench.capture.connections()[0].from_client.bytes(), &octets[..]);
        prop_assert!(bench.capture.connections()[0].from_client.gaps().is_empty());
    }

    #[test]
    fn any_header_value_is_taken(text in "[ -~äé\u{0}]{0,80}") {
        let _ = digest::Challenge::parse(&format!("Digest {text}"));
        let _ = digest::Credentials::parse(&text);
        let _ = sdp::read(format!("v=0\r\n{text}\r\nm={text}\r\nc=IN {text}").as_bytes());
    }

    #[test]
    fn any_series_of_nonces_is_studied(nonces in proptest::collection::vec((any::<u64>(), "[ -~é]{0,40}"), 0..40)) {
        let report = nonce::study(&nonces);
        prop_assert_eq!(report.count, nonces.len());
    }
}

#[test]
fn a_stream_that_never_ends_its_head_is_bounded() {
    let mut bench = Bench::default();
    let line = [b'x'; 1_400];
    let mut seq = 1u32;
    bench.push(&tcp((PHONE, 1_000), (SERVER, 5060), "A", seq, 1, b"INVITE sip:a SIP/2.0\r\n"));
    seq += 22;
    for _ in 0..(limits::STREAM_OCTETS / 1_400 + 10) {
        bench.push(&tcp((PHONE, 1_000), (SERVER, 5060), "A", seq, 1, &line));
        seq += 1_400;
    }
    assert_eq!(bench.capture.sip().len(), 1);
    assert!(bench.capture.connections()[0].from_client.bytes().len() <= limits::STREAM_OCTETS);
    assert_eq!(bench.capture.quality().unreliable.len(), 1, "the limit is told once");
}
