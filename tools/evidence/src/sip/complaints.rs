//! What is wrong with a message that can be read.

use super::parse::{Line, content_length, shown, unfolded};
use super::{Start, names, values};

/// What RFC 3261 asks of every message and this one lacks (§8.1.1, §8.2.6.2, §20, §7.3.1).
pub(super) fn complaints(start: &Start, headers: &[Line<'_>]) -> Vec<String> {
    let mut complaints = Vec::new();
    let of = |name: &str| {
        let lines = headers.iter().filter(move |line| names::means(line.name, name));
        lines.map(|line| unfolded(line.value)).collect::<Vec<_>>()
    };
    let count = |name: &str| headers.iter().filter(|line| names::means(line.name, name)).count();
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        if count(name) == 0 {
            complaints.push(format!("no {name}"));
        }
    }
    for name in ["From", "To", "Call-ID", "CSeq", "Max-Forwards"] {
        if count(name) > 1 {
            complaints.push(format!("more than one {name}"));
        }
    }
    for name in ["From", "To"] {
        complaints
            .extend(of(name).first().filter(|value| !is_name_addr(value)).map(|_| format!("{name} is malformed")));
    }
    complaints.extend(
        of("Via")
            .iter()
            .flat_map(|value| values::list(value))
            .find_map(|value| values::via(value).is_none().then(|| "Via is malformed".to_owned())),
    );
    if let Some(value) = of("CSeq").first() {
        match (values::cseq(value), start) {
            (None, _) => complaints.push(format!("CSeq is malformed: {}", shown(value))),
            (Some((_, named)), Start::Request { method, .. }) if named != method.as_str() => {
                complaints.push(format!("CSeq names {named}, the request is {method}"));
            }
            (Some(_), _) => {}
        }
    }
    complaints.extend(content_length(headers).err());
    complaints
}

fn is_name_addr(value: &str) -> bool {
    let quotes = value.bytes().filter(|b| *b == b'"').count();
    let escaped = value.matches("\\\"").count();
    (quotes - escaped).is_multiple_of(2) && values::name_addr(value).is_some_and(|parsed| parsed.uri.contains(':'))
}
