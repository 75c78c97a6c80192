//! What the layer writes by itself: our Via, and the requests that take after an INVITE.

use super::Transport;
use crate::sip::message::{Message, Method, Params, Via};
use std::net::{IpAddr, SocketAddr};

/// Our Via, without `rport`: that is for clients behind NAT (RFC 3581 §3).
pub(super) fn own_via(transport: Transport, local: SocketAddr, branch: &str) -> Via {
    let host = match local.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let params = Params(vec![("branch".to_owned(), Some(branch.to_owned()))]);
    Via { transport: transport.as_str().to_owned(), host, port: Some(local.port()), params }
}

/// The ACK of a final response other than 2xx (RFC 3261 §17.1.1.3).
pub(super) fn ack_of(invite: &Message, via: &Via, response: &Message) -> Message {
    let to = response.header("To").or_else(|| invite.header("To")).unwrap_or_default();
    let mut ack = derived(invite, Method::Ack, to);
    ack.prepend("Via", via.to_string());
    ack
}

/// A request that takes after another: ACK and CANCEL (RFC 3261 §9.1, §17.1.1.3), without Via.
pub(super) fn derived(request: &Message, method: Method, to: &str) -> Message {
    let mut message = match request.uri() {
        Some(uri) => Message::request(method.clone(), uri.clone()),
        None => return request.clone(),
    };
    for route in request.lines("Route") {
        message.push("Route", route);
    }
    message.push("Max-Forwards", "70");
    for name in ["From", "Call-ID"] {
        message.push(name, request.header(name).unwrap_or_default());
    }
    message.push("To", to);
    let number = request.cseq().map_or(1, |cseq| cseq.number);
    message.push("CSeq", format!("{number} {method}"));
    if let Some(agent) = request.header("User-Agent") {
        message.push("User-Agent", agent);
    }
    message
}
