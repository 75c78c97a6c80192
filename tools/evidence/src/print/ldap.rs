//! LDAP dialogues: each request with what came of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::names::Names;
use super::tls::mark;
use crate::capture::Capture;
use crate::ldap::sasl::DigestMd5;
use crate::ldap::{self, Authentication, LdapFact, LdapMessage, LdapOp, LdapResult, Scope};

/// Every LDAP dialogue, connection by connection. Passwords are not shown.
pub fn ldap(capture: &Capture, names: &Names) -> String {
    let mut dialogues: BTreeMap<usize, Vec<&LdapFact>> = BTreeMap::new();
    for fact in capture.ldap() {
        let connection = match fact {
            LdapFact::Message(message) => message.connection,
            LdapFact::Malformed(malformed) => malformed.connection,
            LdapFact::Sealed(sealed) => sealed.connection,
        };
        dialogues.entry(connection).or_default().push(fact);
    }
    if dialogues.is_empty() {
        return "no LDAP\n".to_owned();
    }
    let mut text = String::new();
    for (connection, facts) in dialogues {
        let Some(connection) = capture.connections().get(connection) else { continue };
        let end = |at: std::net::SocketAddr| format!("{}:{}", names.of(at.ip()), at.port());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "LDAP {} > {}", end(connection.client), end(connection.server));
        for fact in facts {
            if let Some(line) = line(capture, fact) {
                let _ = writeln!(text, "  {:>8}  {}{line}", fact.packets.to_string(), mark(fact));
            }
        }
    }
    text
}

/// A request with what came of it. What answers a request has no line of its own.
fn line(capture: &Capture, fact: &LdapFact) -> Option<String> {
    let message = match fact {
        LdapFact::Message(message) => message,
        LdapFact::Malformed(malformed) => return Some(format!("malformed: {}", malformed.reason)),
        LdapFact::Sealed(_) => return Some("from here on hidden by a security layer of SASL".to_owned()),
    };
    if message.is_notice_of_disconnection() || message.id == 0 {
        return Some(what(&message.op));
    }
    match message.op {
        LdapOp::Unbind | LdapOp::Abandon { .. } => return Some(what(&message.op)),
        LdapOp::BindRequest { .. }
        | LdapOp::SearchRequest(_)
        | LdapOp::ModifyRequest { .. }
        | LdapOp::AddRequest { .. }
        | LdapOp::DeleteRequest { .. }
        | LdapOp::ModifyDnRequest { .. }
        | LdapOp::CompareRequest { .. }
        | LdapOp::ExtendedRequest { .. } => {}
        _ => return None,
    }
    let (mut entries, mut references, mut result) = (0, 0, None);
    for answer in capture.ldap_answers(message) {
        match &answer.op {
            LdapOp::SearchEntry { .. } => entries += 1,
            LdapOp::SearchReference { .. } => references += 1,
            op => result = result.or_else(|| op.result().map(|result| (answer, result))),
        }
    }
    let mut line = what(&message.op);
    for (count, one) in [(entries, "entries"), (references, "references")] {
        if count > 0 {
            let _ = write!(line, ", {count} {one}");
        }
    }
    let _ = match result {
        Some((answer, result)) => write!(line, ": {} [{}]", outcome(result), answer.packets),
        None => write!(line, ": no result seen"),
    };
    Some(line)
}

/// What a ladder says of a message.
pub(super) fn label(fact: &LdapFact) -> String {
    match fact {
        LdapFact::Message(LdapMessage { op, .. }) => format!("LDAP {}", what(op)),
        LdapFact::Malformed(malformed) => format!("malformed LDAP: {}", malformed.reason),
        LdapFact::Sealed(_) => "LDAP hidden by a security layer of SASL".to_owned(),
    }
}

/// An operation in a few words.
pub(super) fn what(op: &LdapOp) -> String {
    match op {
        LdapOp::BindRequest { name, authentication, .. } => {
            let how = match authentication {
                Authentication::Simple(password) if password.is_empty() => "anonymous".to_owned(),
                Authentication::Simple(_) => "with a password".to_owned(),
                Authentication::Sasl { mechanism, credentials } => {
                    let digest = credentials.as_ref().and_then(|sent| DigestMd5::parse(sent.octets()));
                    let user = digest.as_ref().and_then(|digest| digest.get("username"));
                    format!("{mechanism}{}", user.map(|user| format!(" as {user}")).unwrap_or_default())
                }
                Authentication::Other(tag) => format!("by method 0x{tag:02x}"),
            };
            let name = if name.is_empty() { String::new() } else { format!(" {name}") };
            format!("bind{name} {how}")
        }
        LdapOp::BindResponse { result, .. } => format!("bound: {}", outcome(result)),
        LdapOp::Unbind => "unbind".to_owned(),
        LdapOp::SearchRequest(search) => {
            let scope = match search.scope {
                Scope::Base => "base".to_owned(),
                Scope::One => "one".to_owned(),
                Scope::Sub => "sub".to_owned(),
                Scope::Other(other) => format!("scope {other}"),
            };
            let limit = if search.size_limit > 0 { format!(", at most {}", search.size_limit) } else { String::new() };
            format!("search {} {scope} {}{limit}", search.base, search.filter)
        }
        LdapOp::SearchEntry { dn, .. } => format!("entry {dn}"),
        LdapOp::SearchDone(result) => format!("done: {}", outcome(result)),
        LdapOp::SearchReference { uris } => format!("reference {}", uris.join(", ")),
        LdapOp::ModifyRequest { dn, .. } => format!("modify {dn}"),
        LdapOp::AddRequest { dn, .. } => format!("add {dn}"),
        LdapOp::DeleteRequest { dn } => format!("delete {dn}"),
        LdapOp::ModifyDnRequest { dn, new_rdn, .. } => format!("rename {dn} to {new_rdn}"),
        LdapOp::CompareRequest { dn, attribute, .. } => format!("compare {attribute} of {dn}"),
        LdapOp::ModifyResponse(result)
        | LdapOp::AddResponse(result)
        | LdapOp::DeleteResponse(result)
        | LdapOp::ModifyDnResponse(result)
        | LdapOp::CompareResponse(result) => outcome(result),
        LdapOp::Abandon { id } => format!("abandon {id}"),
        LdapOp::ExtendedRequest { name, .. } => extended(name),
        LdapOp::ExtendedResponse { result, name, .. } => {
            let name = name.as_deref().map(|name| format!("{}: ", extended(name))).unwrap_or_default();
            format!("{name}{}", outcome(result))
        }
        LdapOp::Intermediate { .. } => "intermediate answer".to_owned(),
    }
}

fn extended(name: &str) -> String {
    match name {
        ldap::START_TLS => "StartTLS".to_owned(),
        ldap::NOTICE_OF_DISCONNECTION => "notice of disconnection".to_owned(),
        other => format!("extended {other}"),
    }
}

fn outcome(result: &LdapResult) -> String {
    let referrals =
        if result.referrals.is_empty() { String::new() } else { format!(" {}", result.referrals.join(", ")) };
    format!("{}{referrals}", result.code)
}
