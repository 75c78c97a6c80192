//! Messages as octets.

use super::{Message, Start};
impl Message {
    /// The octets of this message; Content-Length is always there and right (RFC 3261 §20.14).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = String::with_capacity(512);
        push_line(
            &mut head,
            &match &self.start {
                Start::Request { method, uri } => format!("{method} {uri} SIP/2.0"),
                Start::Response { code, reason } => format!("SIP/2.0 {code} {reason}"),
            },
        );
        for header in self.headers.iter().filter(|h| !h.is("Content-Length")) {
            push_line(&mut head, &format!("{}: {}", header.name, header.value));
        }
        push_line(&mut head, &format!("Content-Length: {}", self.body.len()));
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A line end inside a value would begin another header: settings and pages can bring one in, so it is written as a space.
fn push_line(head: &mut String, line: &str) {
    head.extend(line.chars().map(|c| if matches!(c, '\r' | '\n') { ' ' } else { c }));
    head.push_str("\r\n");
}

/// The usual reason phrase of a status code (RFC 3261 §21 and the IANA registry).
pub fn reason_phrase(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        _ => match code / 100 {
            1 => "Progress",
            2 => "Success",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}
