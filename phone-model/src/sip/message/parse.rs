//! Octets to [`Message`](super::Message).

use super::{Malformed, Message};

/// Longest message, octets; more than any UDP datagram can carry.
pub const MAX_MESSAGE: usize = 65_536;
/// Most header lines in a message.
pub const MAX_HEADERS: usize = 256;
/// Longest body, octets.
pub const MAX_BODY: usize = MAX_MESSAGE;

impl Message {
    /// Reads a message from a datagram (RFC 3261 §18.3): octets beyond Content-Length are left aside, missing ones are a fault, and
    /// without Content-Length the body reaches to the end.
    ///
    /// # Errors
    /// What is wrong, with enough of the message to answer it.
    pub fn from_datagram(bytes: &[u8]) -> Result<Message, Malformed> {
        let _ = bytes;
        unimplemented!()
    }
}
