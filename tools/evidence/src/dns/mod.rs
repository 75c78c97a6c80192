//! DNS messages: RFC 1035, with AAAA (3596), SRV (2782) and NAPTR (3403).

pub(crate) mod name;

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use crate::at::{At, facts};
use crate::limits;
use crate::octets::Octets;
use crate::sip::Transport;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DnsQuestion {
    /// Domain name without the last dot; the root is `.`.
    pub name: String,
    /// Type number; [`type_name`] names it.
    pub kind: u16,
    /// Class number; 1 is the Internet.
    pub class: u16,
}

/// One resource record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DnsRecord {
    /// Owner.
    pub name: String,
    /// Type number.
    pub kind: u16,
    /// Class number.
    pub class: u16,
    /// Seconds.
    pub ttl: u32,
    /// What it says.
    pub data: DnsData,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the RFCs'")]
pub enum DnsData {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(String),
    Ns(String),
    Ptr(String),
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: String,
    },
    Naptr {
        order: u16,
        preference: u16,
        flags: String,
        services: String,
        regexp: String,
        replacement: String,
    },
    /// Also what of the types above cannot be read; then the message has a fault.
    Other(#[serde(serialize_with = "crate::at::hexadecimal")] Vec<u8>),
}

/// One DNS message.
#[derive(Debug, Clone, Serialize)]
pub struct DnsMessage {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// What carried it.
    pub transport: Transport,
    /// Identifier.
    pub id: u16,
    /// A response, not a query.
    pub response: bool,
    /// Operation; 0 is a standard query.
    pub opcode: u8,
    /// Response code; 0 no error, 2 server failure, 3 no such name, 5 refused.
    pub rcode: u8,
    /// Authoritative answer.
    pub authoritative: bool,
    /// Cut to fit a datagram.
    pub cut: bool,
    /// Questions.
    pub questions: Vec<DnsQuestion>,
    /// Answers.
    pub answers: Vec<DnsRecord>,
    /// Authority records.
    pub authority: Vec<DnsRecord>,
    /// Additional records.
    pub additional: Vec<DnsRecord>,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

facts!(DnsMessage);

impl DnsMessage {
    /// The first question's name.
    pub fn name(&self) -> Option<&str> {
        self.questions.first().map(|question| question.name.as_str())
    }

    /// Whether it asks for this name (letters in any case) and type.
    pub fn asks(&self, name: &str, kind: u16) -> bool {
        let asked = |question: &DnsQuestion| {
            question.kind == kind && question.name.eq_ignore_ascii_case(name.trim_end_matches('.'))
        };
        self.questions.iter().any(asked)
    }
}

/// `A`, `SRV`; the number for types not known here.
pub fn type_name(kind: u16) -> String {
    match kind {
        1 => "A".to_owned(),
        2 => "NS".to_owned(),
        5 => "CNAME".to_owned(),
        6 => "SOA".to_owned(),
        12 => "PTR".to_owned(),
        15 => "MX".to_owned(),
        16 => "TXT".to_owned(),
        28 => "AAAA".to_owned(),
        33 => "SRV".to_owned(),
        35 => "NAPTR".to_owned(),
        41 => "OPT".to_owned(),
        255 => "ANY".to_owned(),
        other => format!("TYPE{other}"),
    }
}

/// Read a message. `Err` if not even its header is there; records that cannot be read are a fault and end it.
pub(crate) fn read(message: &[u8], transport: Transport, at: At) -> Result<DnsMessage, &'static str> {
    let mut octets = Octets::new(message);
    let mut word = || octets.u16().ok_or("shorter than its header");
    let (id, flags) = (word()?, word()?);
    let counts = [word()?, word()?, word()?, word()?];
    let mut dns = DnsMessage {
        at,
        transport,
        id,
        response: flags & 0x8000 != 0,
        opcode: (flags >> 11 & 0x0f) as u8,
        rcode: (flags & 0x0f) as u8,
        authoritative: flags & 0x0400 != 0,
        cut: flags & 0x0200 != 0,
        questions: Vec::new(),
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
        faults: Vec::new(),
    };
    if let Err(fault) = dns.sections(message, octets, counts) {
        dns.faults.push(fault);
    }
    Ok(dns)
}

impl DnsMessage {
    fn sections<'a>(&mut self, message: &'a [u8], mut octets: Octets<'a>, counts: [u16; 4]) -> Result<(), String> {
        let [questions, answers, authority, additional] = counts.map(usize::from);
        if questions + answers + authority + additional > limits::DNS_RECORDS {
            return Err(format!("claims {} records", questions + answers + authority + additional));
        }
        for number in 1..=questions {
            let question = question(message, &mut octets).ok_or_else(|| format!("question {number} cannot be read"))?;
            self.questions.push(question);
        }
        let sections = [
            ("answer", answers, &mut self.answers),
            ("authority record", authority, &mut self.authority),
            ("additional record", additional, &mut self.additional),
        ];
        for (section, count, records) in sections {
            for number in 1..=count {
                let (record, readable) =
                    record(message, &mut octets).ok_or_else(|| format!("{section} {number} cannot be read"))?;
                let kind = record.kind;
                records.push(record);
                if !readable {
                    return Err(format!("{section} {number}: data of type {} cannot be read", type_name(kind)));
                }
            }
        }
        Ok(())
    }
}

fn question<'a>(message: &'a [u8], octets: &mut Octets<'a>) -> Option<DnsQuestion> {
    Some(DnsQuestion { name: name::read(message, octets)?, kind: octets.u16()?, class: octets.u16()? })
}

/// The record, and whether its data could be read as its type says.
fn record<'a>(message: &'a [u8], octets: &mut Octets<'a>) -> Option<(DnsRecord, bool)> {
    let name = name::read(message, octets)?;
    let (kind, class, ttl) = (octets.u16()?, octets.u16()?, octets.u32()?);
    let length = usize::from(octets.u16()?);
    let raw = octets.take(length)?;
    let known = matches!(kind, 1 | 2 | 5 | 12 | 28 | 33 | 35) && class == 1;
    let data = if known { data(message, kind, Octets::new(raw)) } else { Some(DnsData::Other(raw.to_vec())) };
    let readable = data.is_some();
    let data = data.unwrap_or_else(|| DnsData::Other(raw.to_vec()));
    Some((DnsRecord { name, kind, class, ttl, data }, readable))
}

fn data<'a>(message: &'a [u8], kind: u16, mut octets: Octets<'a>) -> Option<DnsData> {
    let data = match kind {
        1 => DnsData::A(Ipv4Addr::from(octets.array::<4>()?)),
        28 => DnsData::Aaaa(Ipv6Addr::from(octets.array::<16>()?)),
        2 => DnsData::Ns(name::read(message, &mut octets)?),
        5 => DnsData::Cname(name::read(message, &mut octets)?),
        12 => DnsData::Ptr(name::read(message, &mut octets)?),
        33 => DnsData::Srv {
            priority: octets.u16()?,
            weight: octets.u16()?,
            port: octets.u16()?,
            target: name::read(message, &mut octets)?,
        },
        35 => DnsData::Naptr {
            order: octets.u16()?,
            preference: octets.u16()?,
            flags: string(&mut octets)?,
            services: string(&mut octets)?,
            regexp: string(&mut octets)?,
            replacement: name::read(message, &mut octets)?,
        },
        _ => return None,
    };
    octets.is_empty().then_some(data)
}

/// A character string: a length and octets (RFC 1035 §3.3).
fn string(octets: &mut Octets<'_>) -> Option<String> {
    let length = usize::from(octets.u8()?);
    Some(String::from_utf8_lossy(octets.take(length)?).into_owned())
}
