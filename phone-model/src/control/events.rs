//! What the phone tells unasked: each change of a call.

use crate::state::{CallState, CallStatus};
use serde_json::json;

/// Name of the event. Its path is like that of a request (SDK documentation); which names there are, no source tells.
pub(super) const CALL_STATE: &str = "/api/Call/v1/CallState";

/// The events that lead from one list of calls to another: states that changed, calls that are new, and calls that are gone, which are `Idle`.
pub(super) fn between(before: &[CallStatus], after: &[CallStatus]) -> Vec<String> {
    // A call has no name of its own on the screen; line, direction and number tell calls apart well enough for a person.
    let same =
        |a: &CallStatus, b: &CallStatus| (a.line, a.incoming, &a.peer_number) == (b.line, b.incoming, &b.peer_number);
    let gone = before.iter().enumerate().filter(|(_, call)| !after.iter().any(|other| same(call, other)));
    let gone = gone.map(|(place, call)| event(before, place, call, "Idle"));
    let news = after
        .iter()
        .enumerate()
        .filter(|(_, call)| !before.iter().any(|other| same(call, other) && other.state == call.state));
    gone.chain(news.map(|(place, call)| event(after, place, call, name(call.state)))).collect()
}

fn event(calls: &[CallStatus], place: usize, call: &CallStatus, state: &str) -> String {
    let id = calls.iter().take(place).filter(|other| other.line == call.line).count();
    json!({
        "type": "event",
        "name": CALL_STATE,
        "params": {
            "line": call.line,
            "callId": id,
            "state": state,
            "incoming": call.incoming,
            "name": call.peer_name,
            "number": call.peer_number,
        },
    })
    .to_string()
}

const fn name(state: CallState) -> &'static str {
    match state {
        CallState::Dialing => "Dialing",
        CallState::Ringback => "Ringback",
        CallState::Ringing => "Ringing",
        CallState::Connected => "Connected",
        CallState::Holding => "Holding",
    }
}
