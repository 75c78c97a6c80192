//! Header names: compact forms (RFC 3261 §7.3.3 and the IANA registry) and the usual spelling.

/// Full names and their compact forms.
const COMPACT: [(&str, &str); 20] = [
    ("a", "Accept-Contact"),
    ("b", "Referred-By"),
    ("c", "Content-Type"),
    ("d", "Request-Disposition"),
    ("e", "Content-Encoding"),
    ("f", "From"),
    ("i", "Call-ID"),
    ("j", "Reject-Contact"),
    ("k", "Supported"),
    ("l", "Content-Length"),
    ("m", "Contact"),
    ("n", "Identity-Info"),
    ("o", "Event"),
    ("r", "Refer-To"),
    ("s", "Subject"),
    ("t", "To"),
    ("u", "Allow-Events"),
    ("v", "Via"),
    ("x", "Session-Expires"),
    ("y", "Identity"),
];

/// Spellings that a rule "capital after each hyphen" gets wrong.
const SPELLINGS: [&str; 10] = [
    "Call-ID",
    "CSeq",
    "WWW-Authenticate",
    "MIME-Version",
    "RAck",
    "RSeq",
    "P-Asserted-Identity",
    "SIP-ETag",
    "SIP-If-Match",
    "Session-ID",
];

/// The full name in its usual spelling.
pub(super) fn canonical(name: &str) -> String {
    let known = COMPACT.iter().find(|(compact, _)| compact.eq_ignore_ascii_case(name)).map(|(_, full)| *full);
    let known = known.or_else(|| SPELLINGS.into_iter().find(|full| full.eq_ignore_ascii_case(name)));
    match known {
        Some(full) => full.to_owned(),
        None => capitals(name),
    }
}

/// Whether a name as it stands in a message means this full name.
pub(super) fn means(spelled: &str, full: &str) -> bool {
    spelled.eq_ignore_ascii_case(full)
        || COMPACT.iter().any(|(compact, known)| *known == full && compact.eq_ignore_ascii_case(spelled))
}

/// Whether a header name, in any spelling, means the asked one.
pub(super) fn same(canonical_name: &str, asked: &str) -> bool {
    canonical_name.eq_ignore_ascii_case(asked) || (asked.len() == 1 && canonical_name == canonical(asked))
}

fn capitals(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let shown = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start = c == '-';
            shown
        })
        .collect()
}
