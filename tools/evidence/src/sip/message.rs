//! One SIP message, and the questions that claims ask of it.

use serde::Serialize;

use super::values::{self, NameAddr, Via};
use super::{Sdp, Transport, names, sdp};
use crate::at::{At, facts};

facts!(SipMessage);

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// A request.
    Request {
        /// Method, as it stands.
        method: String,
        /// Request-URI, as it stands.
        uri: String,
    },
    /// A response.
    Response {
        /// Status code.
        code: u16,
        /// Reason phrase.
        reason: String,
    },
}

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Full name in its usual spelling: `Call-ID` for `i` and `CALL-ID`.
    pub name: String,
    /// The name as it stands.
    pub spelled: String,
    /// The value, unfolded, without white space around it. Octets that are not UTF-8 are replaced; `raw` of the message has them.
    pub value: String,
}

/// One SIP message.
#[derive(Debug, Clone, Serialize)]
pub struct SipMessage {
    /// Where and when. `message.src`, `message.packets` read through to it.
    #[serde(flatten)]
    pub at: At,
    /// What carried it.
    pub transport: Transport,
    /// First line.
    pub start: Start,
    /// Header lines in order.
    pub headers: Vec<Header>,
    /// Body.
    #[serde(serialize_with = "lossy")]
    pub body: Vec<u8>,
    /// All octets, as they were sent.
    #[serde(skip)]
    pub raw: Vec<u8>,
    /// What is wrong with it and left it readable: a missing header, a wrong length.
    pub faults: Vec<String>,
}

impl SipMessage {
    /// The first header of this name (any case, full or compact).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// All headers of this name, one value per line.
    pub fn headers<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        let name = name.to_owned();
        self.headers.iter().filter(move |header| names::same(&header.name, &name)).map(|header| header.value.as_str())
    }

    /// All values of this name, lines split at their commas. Not for headers whose values hold bare commas (WWW-Authenticate, Date).
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.headers(name).flat_map(values::list).collect()
    }

    /// Method of a request.
    pub fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// Request-URI of a request.
    pub fn uri(&self) -> Option<&str> {
        match &self.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        }
    }

    /// Status code of a response.
    pub fn code(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { code, .. } => Some(code),
        }
    }

    /// Whether it is a request of this method.
    pub fn is_request(&self, method: &str) -> bool {
        self.method() == Some(method)
    }

    /// Whether it is a response.
    pub fn is_response(&self) -> bool {
        self.code().is_some()
    }

    /// Call-ID.
    pub fn call_id(&self) -> Option<&str> {
        self.header("Call-ID")
    }

    /// CSeq: number and method.
    pub fn cseq(&self) -> Option<(u32, &str)> {
        values::cseq(self.header("CSeq")?)
    }

    /// The topmost Via.
    pub fn via(&self) -> Option<Via> {
        values::via(values::list(self.header("Via")?).first()?)
    }

    /// Branch of the topmost Via.
    pub fn branch(&self) -> Option<String> {
        self.via()?.branch().map(str::to_owned)
    }

    /// From.
    pub fn from(&self) -> Option<NameAddr> {
        values::name_addr(self.header("From")?)
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        values::name_addr(self.header("To")?)
    }

    /// Tag of From.
    pub fn from_tag(&self) -> Option<String> {
        self.from()?.param("tag").map(str::to_owned)
    }

    /// Tag of To.
    pub fn to_tag(&self) -> Option<String> {
        self.to()?.param("tag").map(str::to_owned)
    }

    /// Contacts; none for `*`.
    pub fn contacts(&self) -> Vec<NameAddr> {
        self.values("Contact").into_iter().filter(|value| *value != "*").filter_map(values::name_addr).collect()
    }

    /// The session description, if the body is one.
    pub fn sdp(&self) -> Option<Sdp> {
        let kind = self.header("Content-Type")?;
        let kind = kind.split(';').next()?.trim();
        kind.eq_ignore_ascii_case("application/sdp").then(|| sdp::read(&self.body)).flatten()
    }

    /// Challenges of WWW-Authenticate and Proxy-Authenticate, in order. Lines that are no digest challenge are left out.
    pub fn challenges(&self) -> Vec<crate::digest::Challenge> {
        let lines =
            self.headers.iter().filter(|h| matches!(h.name.as_str(), "WWW-Authenticate" | "Proxy-Authenticate"));
        lines.filter_map(|header| crate::digest::Challenge::parse(&header.value)).collect()
    }

    /// Credentials of Authorization and Proxy-Authorization, in order. Lines that are no digest credentials are left out.
    pub fn credentials(&self) -> Vec<crate::digest::Credentials> {
        let lines = self.headers.iter().filter(|h| matches!(h.name.as_str(), "Authorization" | "Proxy-Authorization"));
        lines.filter_map(|header| crate::digest::Credentials::parse(&header.value)).collect()
    }

    /// Whether this response answers that request: the branch of the topmost Via and the method of CSeq match (RFC 3261 §17.1.3), it
    /// runs the other way, and Call-ID, CSeq number and From tag are the request's (§8.2.6.2).
    pub fn is_response_to(&self, request: &SipMessage) -> bool {
        let Some(method) = request.method() else {
            return false;
        };
        self.is_response()
            && self.dst.ip() == request.src.ip()
            && self.branch() == request.branch()
            && self.cseq().is_some_and(|(_, named)| named == method)
            && self.cseq().map(|(number, _)| number) == request.cseq().map(|(number, _)| number)
            && self.call_id() == request.call_id()
            && self.from_tag() == request.from_tag()
    }

    /// Whether nothing is wrong with it as a message.
    pub fn is_well_formed(&self) -> bool {
        self.faults.is_empty()
    }

    /// Method and URI, or code and reason: `INVITE sip:1001@192.0.2.10`, `401 Unauthorized`.
    pub fn title(&self) -> String {
        match &self.start {
            Start::Request { method, uri } => format!("{method} {uri}"),
            Start::Response { code, reason } => format!("{code} {reason}"),
        }
    }
}

fn lossy<S: serde::Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(octets))
}
