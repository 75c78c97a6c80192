//! LDAP messages (RFC 4511 §4): the requests that the phone makes and the responses that it may get.

use super::ber::{BOOLEAN, ENUMERATED, Element, INTEGER, Malformed, OCTETS, Reader, SEQUENCE, SET, Writer};
use super::filter::Filter;

const BIND_REQUEST: u8 = 0x60;
const BIND_RESPONSE: u8 = 0x61;
const UNBIND_REQUEST: u8 = 0x42;
const SEARCH_REQUEST: u8 = 0x63;
const SEARCH_ENTRY: u8 = 0x64;
const SEARCH_DONE: u8 = 0x65;
const SEARCH_REFERENCE: u8 = 0x73;
const EXTENDED_REQUEST: u8 = 0x77;
const EXTENDED_RESPONSE: u8 = 0x78;
const SIMPLE: u8 = 0x80;
const SASL: u8 = 0xa3;
const SERVER_CREDENTIALS: u8 = 0x87;
const REFERRAL: u8 = 0xa3;
const REQUEST_NAME: u8 = 0x80;
const RESPONSE_NAME: u8 = 0x8a;

/// StartTLS (RFC 4511 §4.14.1).
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";
/// Notice of Disconnection (RFC 4511 §4.4.1).
pub(super) const DISCONNECTION: &[u8] = b"1.3.6.1.4.1.1466.20036";
/// Values that are kept of an attribute.
const MOST_VALUES: usize = 8;
/// Octets that are kept of a value.
const LONGEST_VALUE: usize = 512;

/// How a bind proves who binds (RFC 4511 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof<'a> {
    /// A password; empty for an anonymous or unauthenticated bind.
    Simple(&'a [u8]),
    /// A step of a SASL mechanism.
    Sasl {
        /// Its name.
        mechanism: &'a str,
        /// What this step says; none in a first step without initial response.
        credentials: Option<&'a [u8]>,
    },
}

/// A search (RFC 4511 §4.5.1); the whole subtree, aliases as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search<'a> {
    /// Where it begins.
    pub(super) base: &'a str,
    /// Most entries wanted.
    pub(super) size_limit: u32,
    /// Most seconds that the server may take.
    pub(super) time_limit: u32,
    /// Which entries.
    pub(super) filter: &'a Filter,
    /// What of them.
    pub(super) attributes: &'a [String],
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// Version 3.
    Bind {
        /// The name that binds.
        name: &'a str,
        /// Its proof.
        proof: Proof<'a>,
    },
    /// A search.
    Search(Search<'a>),
    /// The end of the session.
    Unbind,
    /// TLS from here on.
    StartTls,
}

impl Request<'_> {
    /// The message.
    pub(super) fn encode(&self, id: u32) -> Vec<u8> {
        let mut message = Writer::default();
        message.nested(SEQUENCE, |message| {
            message.number(INTEGER, id);
            match self {
                Request::Bind { name, proof } => message.nested(BIND_REQUEST, |bind| write_bind(bind, name, proof)),
                Request::Search(search) => message.nested(SEARCH_REQUEST, |request| write_search(request, search)),
                Request::Unbind => message.octets(UNBIND_REQUEST, &[]),
                Request::StartTls => {
                    message.nested(EXTENDED_REQUEST, |request| request.octets(REQUEST_NAME, START_TLS));
                }
            }
        });
        message.finish()
    }
}

fn write_bind(bind: &mut Writer, name: &str, proof: &Proof<'_>) {
    bind.number(INTEGER, 3);
    bind.octets(OCTETS, name.as_bytes());
    match proof {
        Proof::Simple(password) => bind.octets(SIMPLE, password),
        Proof::Sasl { mechanism, credentials } => bind.nested(SASL, |sasl| {
            sasl.octets(OCTETS, mechanism.as_bytes());
            if let Some(credentials) = credentials {
                sasl.octets(OCTETS, credentials);
            }
        }),
    }
}

fn write_search(request: &mut Writer, search: &Search<'_>) {
    const WHOLE_SUBTREE: u32 = 2;
    const NEVER_DEREFERENCE: u32 = 0;
    request.octets(OCTETS, search.base.as_bytes());
    request.number(ENUMERATED, WHOLE_SUBTREE);
    request.number(ENUMERATED, NEVER_DEREFERENCE);
    request.number(INTEGER, search.size_limit);
    request.number(INTEGER, search.time_limit);
    request.boolean(BOOLEAN, false);
    search.filter.write(request);
    request.nested(SEQUENCE, |list| search.attributes.iter().for_each(|name| list.octets(OCTETS, name.as_bytes())));
}

/// What a server says to a request (RFC 4511 §4.1.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// `resultCode`.
    pub(super) code: u32,
    /// `diagnosticMessage`.
    pub(super) diagnostic: String,
    /// `referral`.
    pub(super) referral: Vec<String>,
}

/// An entry: names and values as they came, the number and the length of values bounded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Attribute descriptions with their values.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// To a bind.
    Bind { outcome: Outcome, credentials: Option<Vec<u8>> },
    /// An entry of a search.
    Entry(Entry),
    /// Another server may know more.
    Reference,
    /// The end of a search.
    Done(Outcome),
    /// To an extended request, or unasked.
    Extended { outcome: Outcome, name: Option<Vec<u8>> },
    /// Anything else; it is nothing that the phone asked for.
    Other,
}

/// A message from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Response {
    /// Of the request that it answers; 0 for one that answers none.
    pub(super) id: u32,
    /// What it is.
    pub(super) operation: Operation,
}

impl Response {
    /// Reads one whole message. Controls are tolerated and not looked at (RFC 4511 §4.1.11 lets a client ignore those of responses).
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn decode(message: &[u8]) -> Result<Response, Malformed> {
        let mut message = Reader::new(Reader::new(message).expect(SEQUENCE)?);
        let id = message.number(INTEGER)?;
        let operation = message.next()?.ok_or(Malformed::Identifier)?;
        let mut content = Reader::new(operation.content);
        let operation = match operation.tag {
            BIND_RESPONSE => bind_response(&mut content)?,
            SEARCH_ENTRY => Operation::Entry(entry(&mut content)?),
            SEARCH_REFERENCE => Operation::Reference,
            SEARCH_DONE => Operation::Done(outcome(&mut content)?.0),
            EXTENDED_RESPONSE => extended_response(&mut content)?,
            _ => Operation::Other,
        };
        Ok(Response { id, operation })
    }
}

/// The components that responses share, and the first element after them.
fn outcome<'a>(content: &mut Reader<'a>) -> Result<(Outcome, Option<Element<'a>>), Malformed> {
    const MOST_REFERRALS: usize = 8;
    let code = content.number(ENUMERATED)?;
    content.expect(OCTETS)?;
    let diagnostic = text(content.expect(OCTETS)?);
    let (mut referral, mut next) = (Vec::new(), content.next()?);
    if let Some(element) = next.filter(|element| element.tag == REFERRAL) {
        let mut urls = Reader::new(element.content);
        while let Some(url) = urls.next()?.filter(|_| referral.len() < MOST_REFERRALS) {
            referral.push(text(url.content));
        }
        next = content.next()?;
    }
    Ok((Outcome { code, diagnostic, referral }, next))
}

fn bind_response(content: &mut Reader<'_>) -> Result<Operation, Malformed> {
    let (outcome, next) = outcome(content)?;
    let given = next.filter(|element| element.tag == SERVER_CREDENTIALS);
    let credentials = given.map(|element| element.content.to_vec());
    Ok(Operation::Bind { outcome, credentials })
}

fn extended_response(content: &mut Reader<'_>) -> Result<Operation, Malformed> {
    let (outcome, next) = outcome(content)?;
    let name = next.filter(|element| element.tag == RESPONSE_NAME).map(|element| element.content.to_vec());
    Ok(Operation::Extended { outcome, name })
}

fn entry(content: &mut Reader<'_>) -> Result<Entry, Malformed> {
    const MOST_ATTRIBUTES: usize = 32;
    content.expect(OCTETS)?;
    let mut list = Reader::new(content.expect(SEQUENCE)?);
    let mut entry = Entry::default();
    while let Some(attribute) = list.next()? {
        if attribute.tag != SEQUENCE {
            return Err(Malformed::Identifier);
        }
        let mut attribute = Reader::new(attribute.content);
        let name = text(attribute.expect(OCTETS)?);
        let (mut set, mut values) = (Reader::new(attribute.expect(SET)?), Vec::new());
        while let Some(value) = set.next()? {
            if value.tag != OCTETS {
                return Err(Malformed::Identifier);
            }
            if values.len() < MOST_VALUES {
                values.push(text(value.content));
            }
        }
        if entry.attributes.len() < MOST_ATTRIBUTES {
            entry.attributes.push((name, values));
        }
    }
    Ok(entry)
}

/// Text for a screen: what is no UTF-8 is replaced, what is too long is cut, what steers is left out.
fn text(content: &[u8]) -> String {
    let cut = content.get(..LONGEST_VALUE).unwrap_or(content);
    String::from_utf8_lossy(cut).chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
