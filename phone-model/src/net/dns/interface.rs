//! What goes into the resolver and comes out of it.

use crate::time::Instant;
use crate::ua::{NotResolved, Query, Records};
use std::net::IpAddr;

/// Whom and how to ask.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Name servers, best first.
    pub servers: Vec<IpAddr>,
    /// Put behind names without a dot.
    pub search: Option<String>,
    /// `DNS Caching Enable`.
    pub caching: bool,
    /// `DNS Query Mode` is Parallel.
    pub parallel: bool,
}

/// What happens to the resolver.
#[derive(Debug)]
pub enum Input<'a> {
    /// Look this up. Asking again for what is being looked up changes nothing.
    Resolve(Query),
    /// A message came for this question, from where the question went.
    Reply {
        /// Number of the question.
        question: u32,
        /// The message.
        message: &'a [u8],
    },
    /// The question cannot be answered: port unreachable, connection refused or broken.
    Unreachable {
        /// Number of the question.
        question: u32,
    },
    /// Time has passed.
    Wake,
}

/// What the resolver wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Put a question.
    Ask {
        /// Its number.
        question: u32,
        /// Whom.
        server: IpAddr,
        /// Over TCP (RFC 7766), because the answer did not fit a datagram.
        stream: bool,
        /// What.
        message: Vec<u8>,
    },
    /// Wait no longer for an answer to this question.
    Forget {
        /// Its number.
        question: u32,
    },
    /// A look-up ended.
    Answer(Query, Result<Records, NotResolved>),
    /// Nothing more until this instant, or until an input when `None`.
    Wait(Option<Instant>),
}
