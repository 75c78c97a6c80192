//! SIP messages (RFC 3261 §7). One decision: header values are kept as text, in order, as they were written; typed views are read
//! from them when asked for. So a message goes through the phone without loss, whatever it carries.
//!
//! Two things are not kept: folding (RFC 3261 §7.3.1 reads it as one space) and white space around a value.

mod address;
pub(crate) mod lexer;
mod malformed;
mod method;
pub(crate) mod parse;
#[cfg(test)]
mod tests;
mod uri;
mod via;
mod write;

pub use address::NameAddr;
pub use lexer::{Params, elements, quote, unquote};
pub use malformed::{Fault, Malformed};
pub use method::Method;
pub use parse::{MAX_HEADERS, MAX_MESSAGE};
pub use uri::{SipUri, Uri, host_ip};
pub use via::Via;
pub use write::reason_phrase;

/// A SIP request or response. Its version is always 2.0: anything else is [`Malformed`] (RFC 3261 §21.5.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    /// Header lines in order. `Content-Length` is not among them: it is read off and written from `body`.
    pub headers: Vec<Header>,
    /// The body, exactly as long as Content-Length said.
    pub body: Vec<u8>,
}

/// The first line of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// RFC 3261 §7.1.
    Request {
        /// Case-sensitive.
        method: Method,
        /// Request-URI.
        uri: Uri,
    },
    /// RFC 3261 §7.2.
    Response {
        /// 100 to 699.
        code: u16,
        /// May be empty.
        reason: String,
    },
}

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name as written (compact or long, any case).
    pub name: String,
    /// The value, unfolded and trimmed.
    pub value: String,
}

/// The value of a CSeq header (RFC 3261 §20.16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CSeq {
    /// Sequence number.
    pub number: u32,
    /// Method.
    pub method: Method,
}

impl CSeq {
    /// Reads `4711 INVITE`; nothing when it is not of that form or the number does not fit 32 bits.
    pub fn parse(text: &str) -> Option<CSeq> {
        let mut words = text.split_ascii_whitespace();
        let (number, method) = (words.next()?, words.next()?);
        if words.next().is_some() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(CSeq { number: number.parse().ok()?, method: Method::parse(method)? })
    }
}

impl std::fmt::Display for CSeq {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

impl Message {
    /// A request without headers.
    pub fn request(method: Method, uri: Uri) -> Self {
        Message { start: Start::Request { method, uri }, headers: Vec::new(), body: Vec::new() }
    }

    /// A response without headers; an empty `reason` becomes the usual phrase of `code`.
    pub fn response(code: u16, reason: &str) -> Self {
        let reason = if reason.is_empty() { reason_phrase(code) } else { reason };
        Message { start: Start::Response { code, reason: reason.to_owned() }, headers: Vec::new(), body: Vec::new() }
    }

    /// A response to this request (RFC 3261 §8.2.6.2): all Via lines, From, To, Call-ID and CSeq are copied, Timestamp too into a 100.
    /// `to_tag` is added to To unless To has a tag already or `code` is 100.
    pub fn reply(&self, code: u16, to_tag: &str) -> Message {
        let mut reply = Message::response(code, "");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            for line in self.lines(name) {
                reply.push(name, line);
            }
        }
        if code == 100 {
            if let Some(stamp) = self.header("Timestamp") {
                reply.push("Timestamp", stamp);
            }
        } else if let Some(to) = reply.header("To").map(str::to_owned)
            && NameAddr::parse(&to).is_some_and(|to| to.tag().is_none())
        {
            reply.set("To", format!("{to};tag={to_tag}"));
        }
        reply
    }

    /// The same with one more header line at the end.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// The same with a body and its Content-Type.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.set("Content-Type", content_type);
        self.body = body.into();
        self
    }

    /// Adds a header line at the end.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push(Header { name: name.to_owned(), value: value.into() });
    }

    /// Adds a header line before all others.
    pub fn prepend(&mut self, name: &str, value: impl Into<String>) {
        self.headers.insert(0, Header { name: name.to_owned(), value: value.into() });
    }

    /// Replaces all lines of this name by one, at the place of the first of them, or at the end.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let at = self.headers.iter().position(|h| h.is(name)).unwrap_or(self.headers.len());
        self.remove(name);
        self.headers.insert(at, Header { name: name.to_owned(), value: value.into() });
    }

    /// Removes all lines of this name.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|h| !h.is(name));
    }

    /// The values of all lines of this name, whole lines. Compact names and case do not matter (RFC 3261 §7.3.1, §7.3.3).
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |h| h.is(name)).map(|h| h.value.as_str())
    }

    /// The value of the first line of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.is(name)).map(|h| h.value.as_str())
    }

    /// The elements of a list header over all its lines: commas separate them as line breaks do (RFC 3261 §7.3.1). Not for the four
    /// headers of authentication, whose commas separate parameters (§20.7): for those this is [`lines`](Self::lines).
    pub fn elements<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let whole = lexer::is_authentication(name);
        self.lines(name).flat_map(move |line| if whole { vec![line] } else { elements(line) })
    }

    /// Method of the request line, or of CSeq in a response.
    pub fn method(&self) -> Option<Method> {
        match &self.start {
            Start::Request { method, .. } => Some(method.clone()),
            Start::Response { .. } => self.cseq().map(|c| c.method),
        }
    }

    /// Whether this is a request of that method.
    pub fn is_request(&self, wanted: &Method) -> bool {
        matches!(&self.start, Start::Request { method, .. } if method == wanted)
    }

    /// Request-URI; nothing in a response.
    pub fn uri(&self) -> Option<&Uri> {
        match &self.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        }
    }

    /// Status code; nothing in a request.
    pub fn code(&self) -> Option<u16> {
        match &self.start {
            Start::Request { .. } => None,
            Start::Response { code, .. } => Some(*code),
        }
    }

    /// The topmost Via.
    pub fn via(&self) -> Option<Via> {
        self.elements("Via").next().and_then(Via::parse)
    }

    /// Puts another element in the place of the topmost Via.
    pub fn set_top_via(&mut self, via: &Via) {
        let Some(line) = self.headers.iter_mut().find(|h| h.is("Via")) else { return };
        let rest: Vec<&str> = elements(&line.value).into_iter().skip(1).collect();
        line.value = std::iter::once(via.to_string().as_str()).chain(rest).collect::<Vec<_>>().join(", ");
    }

    /// From.
    pub fn from(&self) -> Option<NameAddr> {
        NameAddr::parse(self.header("From")?)
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        NameAddr::parse(self.header("To")?)
    }

    /// Tag of From.
    pub fn from_tag(&self) -> Option<String> {
        self.from()?.tag().map(str::to_owned)
    }

    /// Tag of To.
    pub fn to_tag(&self) -> Option<String> {
        self.to()?.tag().map(str::to_owned)
    }

    /// Call-ID.
    pub fn call_id(&self) -> Option<&str> {
        self.header("Call-ID")
    }

    /// CSeq.
    pub fn cseq(&self) -> Option<CSeq> {
        CSeq::parse(self.header("CSeq")?)
    }

    /// The addresses of a list header such as Contact, Route, Record-Route; those that cannot be read are left out.
    pub fn addresses(&self, name: &str) -> Vec<NameAddr> {
        self.elements(name).filter_map(NameAddr::parse).collect()
    }

    /// The first Contact.
    pub fn contact(&self) -> Option<NameAddr> {
        self.elements("Contact").next().and_then(NameAddr::parse)
    }

    /// The number in a header such as Expires, Min-Expires, Max-Forwards; its parameters and comment are left aside.
    pub fn number(&self, name: &str) -> Option<u32> {
        let digits = self.header(name)?.split([';', '(', ' ', '\t']).next()?;
        // Leading zeros count nothing (RFC 4475 §3.1.1.1).
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok()
    }

    /// Media type of the body in lower case, without parameters.
    pub fn content_type(&self) -> Option<String> {
        let media = self.header("Content-Type")?.split(';').next()?;
        Some(media.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase())
    }
}

impl Header {
    /// Whether this line has that name, compact or long, in any case.
    pub fn is(&self, name: &str) -> bool {
        lexer::same_header(&self.name, name)
    }
}
