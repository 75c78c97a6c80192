//! What a message from a name server means for a question.

use crate::time::Duration;
use crate::ua::{Pointer, Records, Service};
use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use std::net::IpAddr;

/// Records taken from one answer.
const MOST_RECORDS: usize = 64;
/// Aliases followed inside one message.
const MOST_ALIASES: usize = 8;

/// The outcome.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It does not answer the question that was put.
    NotOurs,
    /// It does not fit a datagram.
    Truncated,
    /// The server cannot or will not answer.
    ServerError,
    /// Here it is.
    Found(Records),
    /// The name is an alias; what it stands for must be asked.
    Alias { target: Name, ttl: Duration },
    /// There is no such name, or no such record for it.
    Nothing { ttl: Duration },
}

/// Judges a message against the question (`id`, `name`, `kind`).
pub(super) fn judge(bytes: &[u8], id: u16, name: &Name, kind: RecordType) -> Verdict {
    let Ok(message) = Message::from_vec(bytes) else { return Verdict::NotOurs };
    let header = &message.metadata;
    // RFC 5452 §9.1: id and question must match; the source was checked by the connected socket.
    let [question] = message.queries.as_slice() else { return Verdict::NotOurs };
    let ours = header.id == id
        && header.message_type == MessageType::Response
        && header.op_code == OpCode::Query
        && question.name() == name
        && question.query_type() == kind
        && question.query_class() == DNSClass::IN;
    if !ours {
        return Verdict::NotOurs;
    }
    if header.truncation {
        return Verdict::Truncated;
    }
    match header.response_code {
        ResponseCode::NoError => {}
        // RFC 2308 §2.1: the alias part of such an answer still holds, and what it leads to does not exist.
        ResponseCode::NXDomain => return Verdict::Nothing { ttl: negative_ttl(&message) },
        _ => return Verdict::ServerError,
    }
    let mut owner = name.clone();
    let mut ttl = Duration::MAX;
    for _ in 0..=MOST_ALIASES {
        let here = |record: &&Record| record.name == owner && record.dns_class == DNSClass::IN;
        let records: Vec<&Record> =
            message.answers.iter().filter(here).filter(|r| r.record_type() == kind).take(MOST_RECORDS).collect();
        if !records.is_empty() {
            return Verdict::Found(collect(&records, ttl));
        }
        let alias = message.answers.iter().filter(here).find_map(|record| match &record.data {
            RData::CNAME(target) => Some((target.0.clone(), lifetime(record))),
            _ => None,
        });
        match alias {
            Some((target, alias_ttl)) => {
                owner = target;
                ttl = ttl.min(alias_ttl);
            }
            None if owner == *name => return Verdict::Nothing { ttl: negative_ttl(&message) },
            None => return Verdict::Alias { target: owner, ttl },
        }
    }
    // More aliases than anybody needs, or a circle.
    Verdict::ServerError
}

fn collect(records: &[&Record], ttl: Duration) -> Records {
    let mut found = Records { ttl, ..Records::default() };
    for record in records {
        found.ttl = found.ttl.min(lifetime(record));
        match &record.data {
            RData::A(address) => found.addresses.push(IpAddr::V4(address.0)),
            RData::AAAA(address) => found.addresses.push(IpAddr::V6(address.0)),
            RData::SRV(service) => found.services.push(Service {
                priority: service.priority,
                weight: service.weight,
                port: service.port,
                target: without_last_dot(&service.target),
            }),
            RData::NAPTR(pointer) => found.pointers.push(Pointer {
                order: pointer.order,
                preference: pointer.preference,
                flags: String::from_utf8_lossy(&pointer.flags).into_owned(),
                service: String::from_utf8_lossy(&pointer.services).into_owned(),
                replacement: without_last_dot(&pointer.replacement),
            }),
            // The caller chose the records by their type.
            _ => {}
        }
    }
    found
}

/// RFC 2308 §5: the smaller of the SOA's own lifetime and its MINIMUM; zero when there is no SOA.
fn negative_ttl(message: &Message) -> Duration {
    let soa = message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(lifetime(record).min(Duration::from_secs(u64::from(soa.minimum)))),
        _ => None,
    });
    soa.unwrap_or(Duration::ZERO)
}

/// RFC 2181 §8: a TTL with its highest bit set counts as zero.
fn lifetime(record: &Record) -> Duration {
    Duration::from_secs(u64::from(i32::try_from(record.ttl).map_or(0, i32::unsigned_abs)))
}

fn without_last_dot(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some(stripped) if !stripped.is_empty() => stripped.to_owned(),
        Some(_) | None => text,
    }
}
