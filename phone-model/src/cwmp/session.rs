//! One session (TR-069 §3.7), sans-IO: what to post next, and when it is over.
//!
//! ```text
//!  Informing ── InformResponse ──► Answering ── 204, or nothing in the body ──► ended
//!     │ Fault 8005: once more         │ a call: its response is posted, and so on
//!     └── anything else: failed       └── a fault of HTTP, or no envelope: failed
//! ```
//!
//! The phone has no calls of its own but the Inform, so that its first post after the InformResponse is empty (§3.7.1.2).

use super::envelope::{self, Body, DeviceId, Inform, Refusal, Version};
use super::parameters::{Change, Facts, INVALID_VALUE, MANUFACTURER};
use std::collections::VecDeque;

/// Methods that the phone knows (TR-069 §A.3).
const METHODS: [&str; 5] = ["GetRPCMethods", "GetParameterNames", "GetParameterValues", "SetParameterValues", "Reboot"];
/// An ACS that never ends is left.
const MOST_CALLS: u32 = 1000;
/// TR-069 §3.7.1.4: a fault 8005 of the ACS asks for the same once more.
const MOST_REPEATS: u8 = 3;

/// What the session is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Event codes and command keys.
    pub events: Vec<(&'static str, String)>,
    /// Sessions that failed before.
    pub retry_count: u32,
    /// Local time, as XML writes it.
    pub current_time: String,
}

/// The phone, as a session needs it.
pub trait Device {
    /// What it is now.
    fn facts(&self) -> Facts;
    /// Keeps a change, all or none; false when a value is not taken.
    fn keep(&mut self, change: &Change, key: &str) -> bool;
}

/// What the session wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Post this; an empty text is an empty body.
    Post(String),
    /// It is over.
    Ended(Result<Ended, Failure>),
    /// An answer.
    Wait,
}

/// What a session came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// Settings were changed.
    pub changed: bool,
    /// The ACS wants a restart; its command key.
    pub reboot: Option<String>,
}

/// Why a session failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A status of HTTP.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The answer is no envelope, or none to what was said.
    #[error("the ACS does not speak CWMP")]
    NotCwmp,
    /// A fault in answer to the Inform.
    #[error("the ACS answers with fault {0}")]
    Fault(u16),
    /// Calls without end.
    #[error("the ACS does not end the session")]
    Endless,
}

/// One session.
#[derive(Debug)]
pub struct Session {
    version: Version,
    reason: Reason,
    state: State,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    Informing(Informing),
    Answering(Answering),
    Over,
}

#[derive(Debug)]
struct Informing {
    repeats: u8,
}

#[derive(Debug, Default)]
struct Answering {
    calls: u32,
    ended: Ended,
}

impl Session {
    /// A session that begins with its Inform.
    pub fn new(version: Version, reason: Reason, device: &dyn Device) -> Self {
        let state = State::Informing(Informing { repeats: 0 });
        let mut session = Session { version, reason, state, outputs: VecDeque::new() };
        session.inform(device);
        session
    }

    /// Takes the answer of HTTP to what was posted last.
    pub fn answered(&mut self, status: u16, body: &[u8], device: &mut dyn Device) {
        let state = std::mem::replace(&mut self.state, State::Over);
        self.state = match state {
            State::Informing(informing) => self.informed(informing, status, body, device),
            State::Answering(answering) => self.called(answering, status, body, device),
            State::Over => State::Over,
        };
    }

    /// The next thing that the session wants.
    pub fn poll(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Wait)
    }

    fn inform(&mut self, device: &dyn Device) {
        let facts = device.facts();
        let inform = Inform {
            device: DeviceId {
                manufacturer: MANUFACTURER.into(),
                oui: facts.oui.clone(),
                product_class: facts.product.clone(),
                serial_number: facts.serial_number.clone(),
            },
            events: self.reason.events.clone(),
            current_time: self.reason.current_time.clone(),
            retry_count: self.reason.retry_count,
            parameters: facts.in_inform(),
        };
        self.outputs.push_back(Output::Post(envelope::write(self.version, "1", &inform.xml())));
    }

    fn informed(&mut self, informing: Informing, status: u16, body: &[u8], device: &dyn Device) -> State {
        if status != 200 {
            return self.fail(if status == 204 { Failure::NotCwmp } else { Failure::Status(status) });
        }
        let Ok(answer) = envelope::read(body) else { return self.fail(Failure::NotCwmp) };
        match answer.body {
            Body::InformResponse => {
                // The ACS may know less (TR-069 §3.5): its version counts from here on.
                self.version = answer.version.unwrap_or(self.version);
                self.outputs.push_back(Output::Post(String::new()));
                State::Answering(Answering::default())
            }
            Body::Fault(Some(8005)) if informing.repeats < MOST_REPEATS => {
                self.inform(device);
                State::Informing(Informing { repeats: informing.repeats + 1 })
            }
            Body::Fault(code) => self.fail(Failure::Fault(code.unwrap_or(0))),
            Body::GetRpcMethods
            | Body::GetParameterNames { .. }
            | Body::GetParameterValues(_)
            | Body::SetParameterValues { .. }
            | Body::Reboot { .. }
            | Body::Other(_) => self.fail(Failure::NotCwmp),
        }
    }

    fn called(&mut self, mut answering: Answering, status: u16, body: &[u8], device: &mut dyn Device) -> State {
        // §3.7.1.3: 204, or 200 without a body, ends the session, for the phone has nothing to ask.
        if status == 204 || status == 200 && body.iter().all(u8::is_ascii_whitespace) {
            self.outputs.push_back(Output::Ended(Ok(answering.ended)));
            return State::Over;
        }
        if status != 200 {
            return self.fail(Failure::Status(status));
        }
        let Ok(call) = envelope::read(body) else { return self.fail(Failure::NotCwmp) };
        answering.calls += 1;
        if answering.calls > MOST_CALLS {
            return self.fail(Failure::Endless);
        }
        let answer = match call.body {
            // Nothing was asked that these could answer.
            Body::InformResponse | Body::Fault(_) => return self.fail(Failure::NotCwmp),
            Body::GetRpcMethods => Ok(envelope::methods(&METHODS)),
            Body::GetParameterNames { path, next_level } => {
                device.facts().names(&path, next_level).map(|names| envelope::parameter_names(&names))
            }
            Body::GetParameterValues(names) => {
                device.facts().values(&names).map(|values| envelope::parameter_values(&values))
            }
            Body::SetParameterValues { values, key } => set(&values, &key, device).map(|()| {
                answering.ended.changed = true;
                // §A.3.2.1: 1 says that it is not in force yet; that it is when the session is over.
                "<cwmp:SetParameterValuesResponse><Status>1</Status></cwmp:SetParameterValuesResponse>".into()
            }),
            Body::Reboot { command_key } => {
                answering.ended.reboot = Some(command_key);
                Ok("<cwmp:RebootResponse></cwmp:RebootResponse>".into())
            }
            Body::Other(_) => Err(Refusal::of(9000, "Method not supported")),
        };
        let answer = answer.unwrap_or_else(|refusal| envelope::fault(&refusal));
        self.outputs.push_back(Output::Post(envelope::write(self.version, &call.id.unwrap_or_default(), &answer)));
        State::Answering(answering)
    }

    fn fail(&mut self, failure: Failure) -> State {
        self.outputs.push_back(Output::Ended(Err(failure)));
        State::Over
    }
}

fn set(values: &[(String, String)], key: &str, device: &mut dyn Device) -> Result<(), Refusal> {
    let change = device.facts().change(values)?;
    if device.keep(&change, key) {
        return Ok(());
    }
    let parameters = values.iter().map(|(name, _)| (name.clone(), Box::new(INVALID_VALUE))).collect();
    Err(Refusal { parameters, ..Refusal::of(9003, "Invalid arguments") })
}

#[cfg(test)]
mod tests;
