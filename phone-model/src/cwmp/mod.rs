//! CWMP (TR-069): what the phone and its auto-configuration server say to each other, without sockets. One decision: the phone speaks first and
//! last; a session is an Inform, whatever the ACS asks for, and an empty answer.
//!
//! | module | what |
//! |---|---|
//! | [`envelope`] | SOAP envelopes: what an ACS sends, what the phone answers |
//! | [`tree`] | XML of a peer that may be hostile |
//! | [`parameters`] | the data model: names, and which settings are behind them |
//! | [`session`] | one session |
//! | [`informs`] | when there is one: events, periods, retries |

pub mod envelope;
pub mod informs;
pub mod parameters;
pub mod session;
pub mod tree;
