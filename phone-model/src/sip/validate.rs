//! General request validation (RFC 3261 §8.2): what is refused before anyone looks at calls.

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

/// Checks a request in the order of RFC 3261 §8.2. ACK passes always: it is never answered.
///
/// # Errors
/// The answer to give.
pub fn validate(request: &Message, abilities: &Abilities) -> Result<(), Refusal> {
    let _ = (request, abilities);
    unimplemented!()
}
