//! LDAP: RFC 4511, in clear and inside TLS. Messages in full, filters as trees and as text, DIGEST-MD5 recomputed ([`sasl`]).

mod ber;
mod code;
mod filter;
mod op;
mod read;
pub mod sasl;

use serde::Serialize;

use crate::at::{At, facts};
use crate::limits;

pub use code::ResultCode;
pub use filter::{Filter, escaped};
pub use op::{Attribute, Authentication, Credential, LdapOp, LdapResult, Scope, SearchRequest};

/// Name of the extended operation that asks for TLS (RFC 4511 §4.14.1).
pub const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
/// Name of the response that nobody asked for: the server ends the session (RFC 4511 §4.4.1).
pub const NOTICE_OF_DISCONNECTION: &str = "1.3.6.1.4.1.1466.20036";

/// Something that was meant as LDAP.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "ldap", rename_all = "kebab-case")]
pub enum LdapFact {
    /// A message.
    Message(LdapMessage),
    /// Octets where a message was due.
    Malformed(LdapMalformed),
    /// From here on a security layer of SASL hides what the sender says (RFC 4422 §3.7).
    Sealed(LdapSealed),
}

impl LdapFact {
    /// The message, if it is one.
    pub fn message(&self) -> Option<&LdapMessage> {
        if let LdapFact::Message(message) = self { Some(message) } else { None }
    }
}

impl std::ops::Deref for LdapFact {
    type Target = At;
    fn deref(&self) -> &At {
        match self {
            LdapFact::Message(message) => &message.at,
            LdapFact::Malformed(malformed) => &malformed.at,
            LdapFact::Sealed(sealed) => &sealed.at,
        }
    }
}

impl crate::Fact for LdapFact {
    fn at(&self) -> &At {
        self
    }
}

/// A control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Control {
    /// Its name.
    pub oid: String,
    /// Whether who does not know it must refuse the operation.
    pub critical: bool,
    /// Value.
    #[serde(skip)]
    pub value: Option<Vec<u8>>,
}

/// One LDAP message.
#[derive(Debug, Clone, Serialize)]
pub struct LdapMessage {
    /// Where and when. `secured` tells whether it came inside TLS.
    #[serde(flatten)]
    pub at: At,
    /// Which of [`Capture::connections`](crate::Capture::connections) carried it.
    pub connection: usize,
    /// Number of the request that it is or answers; 0 for what the server says unasked.
    pub id: u32,
    /// What it says.
    pub op: LdapOp,
    /// Controls.
    pub controls: Vec<Control>,
    /// Length.
    pub octets: usize,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

facts!(LdapMessage);

impl LdapMessage {
    /// Whether it answers that request: same connection and number, the other way, and a kind of answer that the request has.
    pub fn is_answer_to(&self, request: &LdapMessage) -> bool {
        let fits = match request.op {
            LdapOp::BindRequest { .. } => matches!(self.op, LdapOp::BindResponse { .. }),
            LdapOp::SearchRequest(_) => matches!(
                self.op,
                LdapOp::SearchEntry { .. }
                    | LdapOp::SearchReference { .. }
                    | LdapOp::SearchDone(_)
                    | LdapOp::Intermediate { .. }
            ),
            LdapOp::ModifyRequest { .. } => matches!(self.op, LdapOp::ModifyResponse(_)),
            LdapOp::AddRequest { .. } => matches!(self.op, LdapOp::AddResponse(_)),
            LdapOp::DeleteRequest { .. } => matches!(self.op, LdapOp::DeleteResponse(_)),
            LdapOp::ModifyDnRequest { .. } => matches!(self.op, LdapOp::ModifyDnResponse(_)),
            LdapOp::CompareRequest { .. } => matches!(self.op, LdapOp::CompareResponse(_)),
            LdapOp::ExtendedRequest { .. } => {
                matches!(self.op, LdapOp::ExtendedResponse { .. } | LdapOp::Intermediate { .. })
            }
            _ => false,
        };
        fits && self.connection == request.connection
            && self.id == request.id
            && self.src == request.dst
            && self.completed >= request.completed
    }

    /// The search, if it is one.
    pub fn search(&self) -> Option<&SearchRequest> {
        if let LdapOp::SearchRequest(search) = &self.op { Some(search) } else { None }
    }

    /// Result code, if it is a response that has one.
    pub fn code(&self) -> Option<ResultCode> {
        self.op.result().map(|result| result.code)
    }

    /// Whether it asks for TLS.
    pub fn is_start_tls(&self) -> bool {
        matches!(&self.op, LdapOp::ExtendedRequest { name, .. } if name == START_TLS)
    }

    /// Whether the server ends the session by it.
    pub fn is_notice_of_disconnection(&self) -> bool {
        let named =
            matches!(&self.op, LdapOp::ExtendedResponse { name: Some(name), .. } if name == NOTICE_OF_DISCONNECTION);
        named && self.id == 0
    }
}

/// Octets where an LDAP message was due.
#[derive(Debug, Clone, Serialize)]
pub struct LdapMalformed {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Which of [`Capture::connections`](crate::Capture::connections) carried it.
    pub connection: usize,
    /// Why it is no message.
    pub reason: String,
    /// How many octets.
    pub octets: usize,
}

facts!(LdapMalformed);

/// The first octets under a security layer of SASL.
#[derive(Debug, Clone, Serialize)]
pub struct LdapSealed {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Which of [`Capture::connections`](crate::Capture::connections) carried it.
    pub connection: usize,
}

facts!(LdapSealed);

/// Read one whole message.
pub(crate) fn read(bytes: &[u8], at: At, connection: usize) -> LdapFact {
    match read::read(bytes, at.clone(), connection) {
        Ok(message) => LdapFact::Message(message),
        Err(reason) => {
            LdapFact::Malformed(LdapMalformed { at, connection, reason: reason.to_owned(), octets: bytes.len() })
        }
    }
}

/// Octets of the message that begins here, once its length is there.
pub(crate) fn frame(rest: &[u8]) -> Result<Option<usize>, &'static str> {
    if rest.first().is_some_and(|first| *first != ber::SEQUENCE) {
        return Err("not an LDAPMessage");
    }
    match ber::header(rest)? {
        Some((header, length)) if length <= limits::LDAP_OCTETS => Ok(Some(header + length)),
        Some(_) => Err("a message longer than is read"),
        None => Ok(None),
    }
}

/// Whether octets begin like an LDAP message: a sequence with a number and one of its operations. `None`: too few to tell.
pub(crate) fn looks_like_ldap(bytes: &[u8]) -> Option<bool> {
    match bytes.first() {
        None => return None,
        Some(&ber::SEQUENCE) => {}
        Some(_) => return Some(false),
    }
    let Ok(header) = ber::header(bytes) else {
        return Some(false);
    };
    let (header, length) = header?;
    let (tag, size) = (*bytes.get(header)?, *bytes.get(header + 1)?);
    if tag != ber::INTEGER || !(1..=4).contains(&size) || length < usize::from(size) + 4 || length > limits::LDAP_OCTETS
    {
        return Some(false);
    }
    let operation = *bytes.get(header + 2 + usize::from(size))?;
    Some(matches!(operation, 0x60..=0x6f | 0x42 | 0x4a | 0x50 | 0x73 | 0x77..=0x79))
}
