//! What makes two messages belong to one transaction (RFC 3261 §17.1.3, §17.2.3, §8.2.2.2).

use crate::sip::message::{Message, Method, Via};

/// The cookie that says: this branch is unique (RFC 3261 §8.1.1.7).
const COOKIE: &str = "z9hg4bk";

/// A client transaction: branch of the top Via and method of CSeq.
pub(super) type ClientKey = (String, Method);

/// A server transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ServerKey {
    /// The branch has the cookie: branch, sent-by, method.
    Branch(String, String, Method),
    /// It has not, as with RFC 2543 peers (and RFC 4475 §3.2.1, a cookie alone): all that such peers keep equal. A To tag is left out, so
    /// that the ACK, which has one, is found by the same key.
    Fields { request_uri: String, from: Option<String>, call_id: String, cseq: u32, via: String, method: Method },
}

/// The same request come by another way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct MergeKey {
    from_tag: Option<String>,
    call_id: String,
    cseq: u32,
    method: Method,
}

impl ServerKey {
    /// The key of a request when its method is taken as `method`: an ACK is looked for as INVITE, a CANCEL's target too.
    pub(super) fn of(request: &Message, via: &Via, method: Method) -> Option<ServerKey> {
        if let Some(branch) = via.branch().map(str::to_ascii_lowercase)
            && branch.len() > COOKIE.len()
            && branch.starts_with(COOKIE)
        {
            let sent_by = format!("{}:{}", via.host.to_ascii_lowercase(), via.port_or_default());
            return Some(ServerKey::Branch(branch, sent_by, method));
        }
        Some(ServerKey::Fields {
            request_uri: request.uri()?.to_string(),
            from: request.from_tag(),
            call_id: request.call_id()?.to_owned(),
            cseq: request.cseq()?.number,
            via: via.to_string(),
            method,
        })
    }
}

impl MergeKey {
    /// Nothing for a request with a To tag: that is in a dialog, and never merged.
    pub(super) fn of(request: &Message) -> Option<MergeKey> {
        let cseq = request.cseq()?;
        request.to_tag().is_none().then_some(MergeKey {
            from_tag: request.from_tag(),
            call_id: request.call_id()?.to_owned(),
            cseq: cseq.number,
            method: cseq.method,
        })
    }
}
