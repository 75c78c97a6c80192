//! General request validation (RFC 3261 §8.2): what is refused before anyone looks at calls. What breaks the grammar never comes here;
//! see [`super::message::Malformed`]. Merged requests (482) are told by the transaction layer.

use super::message::{Message, Method};

/// What this user agent can do; decides what is refused.
#[derive(Debug, Clone)]
pub struct Abilities {
    /// Methods it obeys (Allow).
    pub methods: Vec<Method>,
    /// Option tags it supports (Supported).
    pub options: Vec<String>,
    /// Media types of bodies that it reads, lower case (Accept).
    pub bodies: Vec<String>,
}

impl Abilities {
    /// The value of Allow.
    pub fn allow(&self) -> String {
        self.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Status code.
    pub code: u16,
    /// Header lines that the answer must carry.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// The answer to `request`.
    pub fn reply(&self, request: &Message, to_tag: &str) -> Message {
        self.headers
            .iter()
            .fold(request.reply(self.code, to_tag), |reply, (name, value)| reply.with(name, value.as_str()))
    }
}

/// Checks a request in the order of RFC 3261 §8.2. ACK passes always: it is never answered. CANCEL passes too: it asks for nothing
/// that could be missing (§8.2.2.3), and its body means nothing.
///
/// # Errors
/// The answer to give.
pub fn validate(request: &Message, abilities: &Abilities) -> Result<(), Refusal> {
    let (Some(method), Some(uri)) = (request.method(), request.uri()) else { return Ok(()) };
    if matches!(method, Method::Ack | Method::Cancel) {
        return Ok(());
    }
    // §8.2.1; a method nobody has named is 501 (§21.5.2), one that is known and not allowed here 405 (§21.4.6).
    if !abilities.methods.contains(&method) {
        let code = if matches!(method, Method::Other(_)) { 501 } else { 405 };
        return Err(refusal(code, "Allow", abilities.allow()));
    }
    // §8.2.2.1
    if uri.as_sip().is_none() {
        return Err(Refusal { code: 416, headers: Vec::new() });
    }
    // §8.2.2.3: Unsupported lists exactly the tags that are not understood.
    let unknown: Vec<&str> = request
        .elements("Require")
        .filter(|tag| !tag.is_empty() && !abilities.options.iter().any(|o| o.eq_ignore_ascii_case(tag)))
        .collect();
    if !unknown.is_empty() {
        return Err(refusal(420, "Unsupported", unknown.join(", ")));
    }
    check_body(request, abilities)?;
    check_accept(request, &method)
}

/// RFC 3261 §8.2.3. A body whose handling is optional (§20.11) is not refused.
fn check_body(request: &Message, abilities: &Abilities) -> Result<(), Refusal> {
    let optional = request.header("Content-Disposition").is_some_and(|d| {
        d.split(';').skip(1).any(|p| {
            let mut sides = p.splitn(2, '=').map(str::trim);
            let name = sides.next().unwrap_or_default();
            name.eq_ignore_ascii_case("handling") && sides.next().is_some_and(|v| v.eq_ignore_ascii_case("optional"))
        })
    });
    if request.body.is_empty() || optional {
        return Ok(());
    }
    let encoded = request.elements("Content-Encoding").any(|e| !e.is_empty() && !e.eq_ignore_ascii_case("identity"));
    if encoded {
        return Err(refusal(415, "Accept-Encoding", "identity".into()));
    }
    // §20.15: Content-Type must be there when there is a body; without it the body cannot be understood.
    let media = request.content_type().unwrap_or_default();
    if abilities.bodies.contains(&media) {
        return Ok(());
    }
    Err(refusal(415, "Accept", abilities.bodies.join(", ")))
}

/// An INVITE is answered with SDP; a caller that does not accept it gets 406 (RFC 3261 §20.1, §21.4.7).
fn check_accept(request: &Message, method: &Method) -> Result<(), Refusal> {
    let mut ranges = request.elements("Accept").filter_map(|range| range.split(';').next()).map(str::trim).peekable();
    if *method != Method::Invite || ranges.peek().is_none() {
        return Ok(());
    }
    let fits = |range: &str| ["application/sdp", "application/*", "*/*"].iter().any(|r| r.eq_ignore_ascii_case(range));
    if ranges.any(fits) { Ok(()) } else { Err(Refusal { code: 406, headers: Vec::new() }) }
}

fn refusal(code: u16, name: &'static str, value: String) -> Refusal {
    Refusal { code, headers: vec![(name, value)] }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

    use super::*;
    use crate::sip::message::Uri;

    fn outcome(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> String {
        let abilities = Abilities {
            methods: vec![Method::Invite, Method::Ack, Method::Options],
            options: vec!["replaces".into()],
            bodies: vec!["application/sdp".into()],
        };
        let mut request = Message::request(Method::parse(method).unwrap(), Uri::parse(uri).unwrap());
        for (name, value) in headers {
            request.push(name, *value);
        }
        request.body = body.into();
        match validate(&request, &abilities) {
            Ok(()) => "ok".into(),
            Err(Refusal { code, headers }) => {
                headers.iter().fold(code.to_string(), |text, (name, value)| format!("{text} {name}: {value}"))
            }
        }
    }

    #[test]
    fn each_refusal_has_its_code_and_names_what_would_do() {
        let sip = "sip:a@b";
        assert_eq!(outcome("INVITE", sip, &[], ""), "ok");
        assert_eq!(outcome("REGISTER", sip, &[], ""), "405 Allow: INVITE, ACK, OPTIONS");
        assert_eq!(outcome("NEWMETHOD", sip, &[], ""), "501 Allow: INVITE, ACK, OPTIONS");
        assert_eq!(outcome("invite", sip, &[], ""), "501 Allow: INVITE, ACK, OPTIONS");
        assert_eq!(outcome("OPTIONS", "soap.beep://x", &[], ""), "416");
        let require = [("Require", "one, replaces"), ("require", "two")];
        assert_eq!(outcome("OPTIONS", sip, &require, ""), "420 Unsupported: one, two");
        assert_eq!(outcome("INVITE", sip, &[("Accept", "text/x")], ""), "406");
        assert_eq!(outcome("INVITE", sip, &[("Accept", "text/x, application/*;q=0.1")], ""), "ok");
        assert_eq!(outcome("OPTIONS", sip, &[("Accept", "text/x")], ""), "ok");
    }

    #[test]
    fn a_body_that_is_not_understood_is_refused_unless_it_is_optional() {
        let sip = "sip:a@b";
        assert_eq!(outcome("INVITE", sip, &[("c", "Application / SDP ; x=y")], "v=0"), "ok");
        assert_eq!(outcome("INVITE", sip, &[("c", "text/plain")], "hi"), "415 Accept: application/sdp");
        assert_eq!(outcome("INVITE", sip, &[], "hi"), "415 Accept: application/sdp");
        assert_eq!(outcome("INVITE", sip, &[("c", "text/plain")], ""), "ok");
        let optional = [("c", "text/plain"), ("Content-Disposition", "icon; handling=optional")];
        assert_eq!(outcome("INVITE", sip, &optional, "hi"), "ok");
        let packed = [("c", "application/sdp"), ("e", "gzip")];
        assert_eq!(outcome("INVITE", sip, &packed, "hi"), "415 Accept-Encoding: identity");
    }

    #[test]
    fn ack_and_cancel_are_never_refused() {
        for method in ["ACK", "CANCEL"] {
            assert_eq!(outcome(method, "x:y", &[("Require", "z"), ("c", "text/plain")], "hi"), "ok");
        }
    }
}
