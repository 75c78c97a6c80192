//! The control WebSocket.

use crate::messages;
use phone_model::control::allowed::Allowed;
use phone_model::control::server::Server;
use phone_model::control::{Call, Fault, Received, Session, metadata};
use phone_model::state::{CallState, CallStatus};
use servers::control::Message;

/// `Allowed APIs`, then requests of the server. Each request that is carried out has one answer, and what the phone says a server can read.
pub fn control(input: &[u8]) {
    let texts: Vec<_> = messages(input).into_iter().map(String::from_utf8_lossy).collect();
    let Some((pattern, requests)) = texts.split_first() else { return };
    let (allowed, all) = (Allowed::of(pattern), Allowed::of(".*"));
    let _ = Server::parse(pattern);
    let ringing = CallStatus {
        line: 1,
        state: CallState::Ringing,
        peer_name: pattern.to_string(),
        peer_number: "1001".into(),
        incoming: true,
    };
    let calls = [CallStatus { state: CallState::Connected, ..ringing.clone() }, ringing];
    let mut session = Session::new(&[], 1);
    for request in requests {
        for allowed in [&allowed, &all] {
            match session.received(request, allowed, 4) {
                Received::Say(text) => assert!(is_answer(&text), "{text}"),
                Received::Do(call) => {
                    if let Call::Answer(target) | Call::Hangup(target) = &call {
                        let _ = (target.answer(&calls), target.hang_up(&calls));
                    }
                    // A second one has to wait.
                    assert!(matches!(session.received(request, allowed, 4), Received::Say(_)));
                    assert!(is_answer(&session.done(Err(Fault::new(500, request.to_string())))));
                }
            }
        }
        for calls in [&calls[..], &calls[1..], &[]] {
            for told in session.changed(calls) {
                assert!(matches!(Message::read(&told), Ok(Message::Event(_))), "{told}");
            }
        }
    }
    assert!(is_answer(&session.done(Ok(metadata(pattern, "12.0.7")))));
}

fn is_answer(text: &str) -> bool {
    matches!(Message::read(text), Ok(Message::Answer(_)))
}
