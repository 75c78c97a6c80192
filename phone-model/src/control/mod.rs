//! The control WebSocket as it is spoken ("Remote SDK", release 11.3(1) and later, phone-facts §4): a JSON request from the server, a JSON answer,
//! one request at a time, and events that nobody asked for. A machine without sockets: [`Session`].
//!
//! A request is `{"Request-URI": "/api/<interface>/v1/<method>", …}`. Sources show `result` of an answer and `type`, `name` and `params` of an
//! event; that an answer has the type `response`, repeats the `Request-URI`, and tells a failure as `error` with `code` and `message` is our
//! reading. So are the parameters of `SendKey` and the result of `GetSoftKeys` and `GetStatusFile`, which no source shows.
//!
//! | module | what |
//! |---|---|
//! | [`calls`] | which requests there are, and what is in them |
//! | [`allowed`] | `Allowed APIs` |
//! | [`server`] | `Control Server URL` |
//! | `events` | what the phone tells unasked |
//! | `metadata` | `/api/GetMetadata` |

pub mod allowed;
pub mod calls;
mod events;
mod metadata;
pub mod server;

pub use calls::Call;
pub use metadata::metadata;

use crate::state::CallStatus;
use allowed::Allowed;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The longest request that is read, octets.
pub const LONGEST_REQUEST: usize = 64 << 10;

/// Why a request is not carried out. The numbers are those of HTTP, as no source tells any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// 400 malformed, 403 not allowed, 404 not there, 409 not now, 500 failed.
    pub code: u16,
    /// For people.
    pub message: String,
}

impl Fault {
    /// A fault.
    pub fn new(code: u16, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into() }
    }
}

/// What follows from a message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Do this, then say what [`Session::done`] gives.
    Do(Call),
    /// Say this.
    Say(String),
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    /// The requests that are being carried out.
    in_flight: VecDeque<String>,
    most: usize,
    calls: Vec<CallStatus>,
}

impl Session {
    /// A connection to a server that knows nothing yet; calls that are there already are told to nobody. One request is carried out at
    /// a time, on a phone that behaves.
    pub fn new(calls: &[CallStatus], most: usize) -> Session {
        Session { in_flight: VecDeque::new(), most, calls: calls.to_vec() }
    }

    /// Takes a message. `lines` is the number of line keys.
    pub fn received(&mut self, text: &str, allowed: &Allowed, lines: u8) -> Received {
        let message: Value = match serde_json::from_str(text) {
            Ok(message) => message,
            Err(_) => return Received::Say(answer("", Err(Fault::new(400, "the request is no JSON")))),
        };
        let uri = message.get("Request-URI").and_then(Value::as_str).unwrap_or_default().to_owned();
        let refused = |fault| Received::Say(answer(&uri, Err(fault)));
        if self.in_flight.len() >= self.most {
            return refused(Fault::new(409, "another request is being carried out"));
        }
        match Call::read(&uri, &message, lines) {
            Err(fault) => refused(fault),
            Ok(_) if !allowed.allows(&uri) => refused(Fault::new(403, "Allowed APIs does not allow this")),
            Ok(call) => {
                self.in_flight.push_back(uri);
                Received::Do(call)
            }
        }
    }

    /// The answer to the request that was being carried out, the first of them where there are several.
    pub fn done(&mut self, outcome: Result<Value, Fault>) -> String {
        answer(&self.in_flight.pop_front().unwrap_or_default(), outcome)
    }

    /// What is to be told of the calls as they are now.
    pub fn changed(&mut self, calls: &[CallStatus]) -> Vec<String> {
        let told = events::between(&self.calls, calls);
        self.calls = calls.to_vec();
        told
    }
}

fn answer(uri: &str, outcome: Result<Value, Fault>) -> String {
    match outcome {
        Ok(result) => json!({ "type": "response", "Request-URI": uri, "result": result }),
        Err(Fault { code, message }) => {
            json!({ "type": "response", "Request-URI": uri, "error": { "code": code, "message": message } })
        }
    }
    .to_string()
}

#[cfg(test)]
mod tests;
