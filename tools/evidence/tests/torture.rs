//! The messages of RFC 4475 and RFC 5118: which of them have a readable start line, and what is wrong with the others.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod corpus;
mod wire;

use std::collections::BTreeMap;

use evidence::SipFact;
use wire::*;

/// Start lines that no reader can make sense of; TShark 4.0 takes none of these for SIP either, and all others.
const REFUSED: [&str; 6] = ["badvers.dat", "bigcode.dat", "lwsruri.dat", "lwsstart.dat", "test.dat", "trws.dat"];

#[test]
fn torture_messages_are_read_or_refused_as_their_start_line_allows() {
    let Some(folder) = corpus::folder() else {
        return corpus::skip("torture_messages_are_read_or_refused_as_their_start_line_allows");
    };
    let mut refused = Vec::new();
    let mut valid_with_faults = BTreeMap::new();
    for part in ["rfc4475", "rfc5118"] {
        let labels: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join(part).join("labels.json")).unwrap()).unwrap();
        for label in labels.as_array().unwrap() {
            let file = label["file"].as_str().unwrap();
            let octets = std::fs::read(folder.join(part).join(file)).unwrap();
            let mut bench = Bench::default();
            bench.udp((STRANGER, 5060), (PHONE, 5060), &octets);
            match &bench.capture.sip()[0] {
                SipFact::Malformed(_) => refused.push(file.to_owned()),
                // The files of RFC 5118 have bare line feeds.
                SipFact::Message(message)
                    if label["class"] == "valid" && label["crlf"] == true && !message.is_well_formed() =>
                {
                    valid_with_faults.insert(file.to_owned(), message.faults.join("; "));
                }
                SipFact::Message(message) => assert_eq!(message.raw, octets),
            }
        }
    }
    refused.sort();
    assert_eq!(refused, REFUSED);
    assert!(valid_with_faults.is_empty(), "valid messages that we find fault with: {valid_with_faults:#?}");
}

/// What TShark 4.0 takes for SIP on port 5060, and we with it, so that counts can be held against each other.
#[test]
fn start_lines_are_messages_to_us_where_they_are_to_tshark() {
    let lines: [(&[u8], bool); 16] = [
        (b"garbage here\r\n\r\n", false),
        (b"\r\nOPTIONS sip:a@b SIP/2.0\r\n\r\n", false),
        (b"OPTIONS sip:a@b sip/2.0\r\nTo: x\r\n\r\n", false),
        (b"SIP/2.0 200\r\nTo: x\r\n\r\n", false),
        (b"SIP/2.0 99 foo\r\nTo: x\r\n\r\n", false),
        (b"SIP/2.0 2000 foo\r\nTo: x\r\n\r\n", false),
        (b"INV(ITE sip:a@b SIP/2.0\r\nTo: x\r\n\r\n", true),
        (b"INVITE foo SIP/2.0\r\nTo: x\r\n\r\n", false),
        (b"INVITE sip:a@b SIP/2.0", true),
        (b"INVITE sip:\xff\xfe@b SIP/2.0\r\nTo: x\r\n\r\n", true),
        (b"INVITE sip:a@b SIP/2.0\nTo: x\n\n", true),
        (b"INVITE sip:a@b SIP/2.0 \r\nTo: x\r\n\r\n", false),
        (b" INVITE sip:a@b SIP/2.0\r\nTo: x\r\n\r\n", false),
        (b"INVITE sip:a@b\r\nTo: x\r\n\r\n", false),
        (b"INVITE  sip:a@b SIP/2.0\r\nTo: x\r\n\r\n", false),
        (b"SIP/2.0 200 \r\nTo: x\r\n\r\n", true),
    ];
    for (octets, is_message) in lines {
        let mut bench = Bench::default();
        bench.udp((STRANGER, 5060), (PHONE, 5060), octets);
        let fact = &bench.capture.sip()[0];
        assert_eq!(fact.message().is_some(), is_message, "{}", octets.escape_ascii());
        assert!(fact.message().is_none_or(|message| !message.is_well_formed()));
    }
}
