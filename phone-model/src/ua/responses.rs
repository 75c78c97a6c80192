//! Responses to requests of ours (RFC 3261 §8.1.3, §13.2.2).

use super::UserAgent;
use super::call::{Call, Established, Phase};
use super::desk::{CallId, Purpose};
use super::dialog::Dialog;
use super::dialog_requests::set_media;
use super::interface::Severity;
use crate::media::Description;
use crate::sip::message::{Message, Method};
use crate::sip::transaction::TxnId;
use crate::time::Instant;

impl UserAgent {
    pub(super) fn answered(&mut self, txn: TxnId, response: &Message, now: Instant) {
        let Some(purpose) = self.desk.sent.get(&txn).map(|sent| sent.purpose) else { return };
        match purpose {
            Purpose::Register(line) => {
                if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
                    registration.answered(txn, response, &mut self.desk, now);
                }
            }
            Purpose::Unregister(line) => {
                if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
                    registration.left(Some((txn, response)), &mut self.desk, now);
                }
            }
            Purpose::Invite(id) => self.invite_answered(id, txn, response, now),
            Purpose::Reinvite(id) => self.reinvite_answered(id, txn, response, now),
            Purpose::Bye => {
                self.desk.retry(txn, response, now);
            }
        }
    }

    /// No answer came, or none can come.
    pub(super) fn unanswered(&mut self, txn: TxnId, now: Instant) {
        let Some(sent) = self.desk.sent.get(&txn).cloned() else { return };
        let purpose = sent.purpose;
        match purpose {
            Purpose::Register(_) if self.desk.falls_back(&sent, now) => {}
            Purpose::Register(line) => {
                if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
                    registration.unanswered(&mut self.desk, now);
                }
            }
            Purpose::Unregister(line) => {
                if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
                    registration.left(None, &mut self.desk, now);
                }
            }
            Purpose::Invite(id) => {
                self.desk.log(Severity::Notice, "The call was not answered by any server");
                if self.is_calling(id) {
                    self.end(id);
                }
            }
            // RFC 3261 §12.2.1.2: no answer within a dialog ends it.
            Purpose::Reinvite(id) => self.say_bye(id, now),
            Purpose::Bye => {}
        }
    }

    fn is_calling(&self, id: CallId) -> bool {
        matches!(self.calls.get(&id), Some(Call { phase: Phase::Calling(_), .. }))
    }

    fn invite_answered(&mut self, id: CallId, txn: TxnId, response: &Message, now: Instant) {
        let code = response.code().unwrap_or(100);
        match code {
            100 => {}
            101..=199 => self.progressed(id, response, now),
            200..=299 => self.accepted(id, txn, response, now),
            401 | 407 if self.is_calling(id) && !self.given_up(id) => {
                if let Some(number) = self.desk.retry(txn, response, now) {
                    // The dialog that comes of it counts from the number that was used last.
                    if let Some(Call { phase: Phase::Calling(calling), .. }) = self.calls.get_mut(&id) {
                        calling.invite.set("CSeq", format!("{number} INVITE"));
                        calling.txn = None;
                    }
                } else {
                    self.end(id);
                }
            }
            300..=399 if self.redirected(id, response, now) => {}
            _ if self.is_calling(id) => {
                self.desk.log(Severity::Notice, format!("The call was refused: {code}"));
                self.end(id);
            }
            _ => {}
        }
    }

    fn given_up(&self, id: CallId) -> bool {
        matches!(self.calls.get(&id), Some(Call { phase: Phase::Calling(calling), .. }) if calling.given_up)
    }

    fn progressed(&mut self, id: CallId, response: &Message, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Calling(calling) = &mut call.phase else { return };
        calling.ringback = true;
        if calling.given_up || response.body.is_empty() {
            return;
        }
        // Early media: an answer in a provisional response (RFC 3261 §13.2.1).
        let answer = Description::parse(&response.body).ok();
        if let Some(stream) = answer.and_then(|answer| call.local.as_ref()?.accept(&answer)) {
            set_media(call, Some(stream), &mut self.desk.random, now);
        }
    }

    /// RFC 3261 §13.2.2.4: every 2xx is acknowledged; one that no call waits for is ended at once.
    fn accepted(&mut self, id: CallId, txn: TxnId, response: &Message, now: Instant) {
        let Some(sent) = self.desk.sent.get(&txn).map(|sent| sent.message.clone()) else { return };
        let Some(mut dialog) = Dialog::of_client(&sent, response) else { return };
        let line = self.calls.get(&id).map_or(1, |call| call.line);
        let sequence = sent.cseq().map_or(0, |cseq| cseq.number);
        let hop = self.desk.uri_hop(dialog.next_hop(), line);
        self.desk.acknowledge(txn, dialog.acknowledgement(sequence), hop.clone(), line, now);
        let waiting = self.calls.get_mut(&id).filter(|call| matches!(&call.phase, Phase::Calling(it) if !it.given_up));
        let Some(call) = waiting else {
            let known = self.calls.get(&id).and_then(Call::dialog).is_some_and(|dialog| dialog.holds(response));
            if !known {
                let bye = dialog.request(Method::Bye);
                self.desk.send(bye, hop, line, Purpose::Bye, now);
            }
            if self.is_calling(id) {
                self.end(id);
            }
            return;
        };
        let answer = Description::parse(&response.body).ok();
        let stream = answer.and_then(|answer| call.local.as_ref()?.accept(&answer));
        // An answer that came with a provisional response holds (RFC 3261 §13.2.1).
        if stream.is_some() || call.media.is_none() {
            set_media(call, stream, &mut self.desk.random, now);
        }
        call.phase = Phase::Established(Established {
            dialog,
            unacknowledged: None,
            reinvite: None,
            held: false,
            leaving: false,
        });
    }

    fn reinvite_answered(&mut self, id: CallId, txn: TxnId, response: &Message, now: Instant) {
        let code = response.code().unwrap_or(100);
        if code < 200 {
            return;
        }
        let Some(sent) = self.desk.sent.get(&txn).map(|sent| sent.message.clone()) else { return };
        let sequence = sent.cseq().map_or(0, |cseq| cseq.number);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Established(established) = &mut call.phase else { return };
        match code {
            200..=299 => {
                established.dialog.refresh_target(response);
                let hop = self.desk.uri_hop(established.dialog.next_hop(), call.line);
                let ack = established.dialog.acknowledgement(sequence);
                let line = call.line;
                if let Some(done) = established.reinvite.take() {
                    established.held = done.hold;
                    let answer = Description::parse(&response.body).ok();
                    let stream = answer.and_then(|answer| call.local.as_ref()?.accept(&answer));
                    set_media(call, stream, &mut self.desk.random, now);
                }
                self.desk.acknowledge(txn, ack, hop, line, now);
            }
            401 | 407 => match self.desk.retry(txn, response, now) {
                Some(number) => {
                    if let Some(Call { phase: Phase::Established(established), .. }) = self.calls.get_mut(&id) {
                        established.dialog.used_sequence(number);
                    }
                }
                None => self.reinvite_failed(id),
            },
            // RFC 3261 §12.2.1.2: the other end knows the dialog no more.
            408 | 481 => {
                established.reinvite = None;
                self.say_bye(id, now);
            }
            // §14.1: the session stays as it was.
            _ => self.reinvite_failed(id),
        }
    }

    pub(super) fn reinvite_failed(&mut self, id: CallId) {
        if let Some(Call { phase: Phase::Established(established), .. }) = self.calls.get_mut(&id) {
            established.reinvite = None;
        }
    }
}
