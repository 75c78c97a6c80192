//! What people read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod corpus;
mod wire;

use evidence::Capture;
use evidence::print::{self, Names};
use wire::*;

fn names() -> Names {
    [(ip(PHONE), "phone"), (ip(SERVER), "listed"), (ip(STRANGER), "unlisted")].into_iter().collect()
}

/// A phone gets an address, is called, and is spoken to by a stranger.
fn call() -> Bench {
    let mut bench = Bench::default();
    let discover = dhcp(1, 7, [0; 4], [0; 4], &[(53, &[1])]);
    bench.udp(([0; 4], 68), ([255; 4], 67), &discover);
    let options: &[(u8, &[u8])] = &[(53, &[5]), (51, &[0, 0, 14, 16]), (54, &SERVER), (58, &[0, 0, 7, 8])];
    bench.udp((SERVER, 67), (PHONE, 68), &dhcp(2, 7, [0; 4], PHONE, options));
    bench.push(&arp(1, (PHONE_MAC, PHONE), ([0; 6], PHONE)));
    let typed = "Content-Type: application/sdp\r\n";
    bench.sip(SERVER, PHONE, &request("INVITE", "z9hG4bK1", 1, typed, &sdp(SERVER, 4_000)));
    bench.sip(
        PHONE,
        SERVER,
        &response(
            401,
            "Unauthorized",
            "INVITE",
            "z9hG4bK1",
            1,
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
            "",
        ),
    );
    bench.sip(SERVER, PHONE, &request("ACK", "z9hG4bK1", 1, "", ""));
    let credentials = format!(
        "Authorization: Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"0\"\r\n{typed}"
    );
    bench.sip(SERVER, PHONE, &request("INVITE", "z9hG4bK2", 2, &credentials, &sdp(SERVER, 4_000)));
    bench.sip(PHONE, SERVER, &response(200, "OK", "INVITE", "z9hG4bK2", 2, typed, &sdp(PHONE, 16_384)));
    for sequence in 0..5 {
        bench.udp((PHONE, 16_384), (SERVER, 4_000), &rtp(sequence, 0xbb));
    }
    bench.sip(STRANGER, PHONE, &request("BYE", "z9hG4bK9", 9, "", ""));
    bench.sip(STRANGER, PHONE, "nonsense\r\n\r\n");
    bench.capture.finish();
    bench
}

#[test]
fn the_ladder_shows_who_said_what_to_whom_in_which_packets() {
    insta::assert_snapshot!(print::ladder(&call().capture, &names()));
}

#[test]
fn more_participants_than_lifelines_have_room_for_are_listed() {
    let mut bench = Bench::default();
    for last in 1..=4 {
        let stranger = [203, 0, 113, last];
        bench.sip(stranger, PHONE, &request("OPTIONS", "z9hG4bK1", 1, "", ""));
    }
    bench.sip(PHONE, SERVER, &response(200, "OK", "OPTIONS", "z9hG4bK1", 1, "", ""));
    insta::assert_snapshot!(print::ladder(&bench.capture, &names()));
}

#[test]
fn the_flow_of_one_call_shows_its_messages_alone() {
    insta::assert_snapshot!(print::sip_flow(&call().capture, &names(), Some("c1@192.0.2.10")));
}

#[test]
fn the_summary_counts_each_protocol() {
    insta::assert_snapshot!(print::summary(&call().capture));
}

#[test]
fn messages_stand_in_lines_with_types_and_option_codes() {
    let mut bench = call();
    let relayed = [&[12, 1][..], &[0; 32], &options6(&[(18, b"eth0"), (9, &dhcp6(1, 5, &[(8, &[0, 0])]))])].concat();
    let (from, to) = (std::net::Ipv6Addr::LOCALHOST, std::net::Ipv6Addr::UNSPECIFIED);
    bench.push(&udp6((from, 547), (to, 547), &relayed));
    insta::assert_snapshot!(print::messages(&bench.capture));
}

#[test]
fn an_empty_capture_says_so() {
    let nothing = Capture::new();
    insta::assert_snapshot!(print::ladder(&nothing, &Names::none()), @"nothing that a ladder shows");
    insta::assert_snapshot!(print::summary(&nothing), @"frames 0 in 0.000000 s");
    insta::assert_snapshot!(print::leases(&nothing, &Names::none()), @"no leases");
}

#[test]
fn json_holds_every_fact() {
    let value = print::json(&call().capture);
    assert_eq!(value["frames"], 15);
    assert_eq!(value["sip"][0]["start"]["request"]["method"], "INVITE");
    assert_eq!(value["sip"][0]["packets"], serde_json::json!([4]));
    assert_eq!(value["leases"][0]["address"], "192.0.2.100");
    assert_eq!(value["rtp"][0]["count"], 5);
}

#[test]
fn no_ladder_is_wider_than_120_columns() {
    let Some(folder) = corpus::folder() else { return corpus::skip("no_ladder_is_wider_than_120_columns") };
    for (name, octets) in corpus::files(&folder) {
        let Ok(capture) = Capture::from_bytes(&octets) else { continue };
        for line in print::ladder(&capture, &Names::none()).lines() {
            assert!(line.chars().count() <= 120, "{name}: {line}");
        }
    }
}
