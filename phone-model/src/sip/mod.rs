//! SIP on the wire and in transactions: codec, framing, the four transaction machines, digest. Knows nothing of calls.
//!
//! | module | what |
//! |---|---|
//! | [`message`] | messages, headers, URIs: parsed and written without loss |
//! | [`stream`] | framing on TCP |
//! | [`transaction`] | RFC 3261 §17 and RFC 6026: transactions, and the layer that owns them |
//! | [`validate`] | RFC 3261 §8.2: what is refused before anyone looks at calls |
//! | [`digest`] | challenges, credentials, the response computation |
//! | [`identifiers`] | branches, tags, Call-IDs in the shape of real units |

pub mod digest;
pub mod identifiers;
pub mod message;
pub mod stream;
pub mod transaction;
pub mod validate;
