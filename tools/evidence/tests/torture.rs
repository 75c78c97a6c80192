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
