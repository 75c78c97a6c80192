//! Requests from outside that belong to a call (RFC 3261 §12.2.2): ACK, BYE, CANCEL, re-INVITE, UPDATE and the rest.

use super::UserAgent;
use super::call::{Call, Phase};
use super::desk::CallId;
use super::gate::stray_reply;
use super::incoming::with_all;
use crate::defects::Defect;
use crate::media::{Description, MediaSession};
use crate::sip::identifiers;
use crate::sip::message::{Message, Method};
use crate::sip::transaction::{Flow, TxnId};
use crate::state::HistoryKind;
use crate::time::Instant;

impl UserAgent {
    pub(super) fn requested_in_dialog(&mut self, txn: TxnId, request: &Message, now: Instant) {
        let method = request.method().unwrap_or(Method::Options);
        let Some(id) = self.call_of(request) else {
            // RFC 3261 §12.2.2. The To tag is there already, so none is added.
            self.refuse(txn, request, 481, "", now);
            return;
        };
        let challenged = (method == Method::Invite && self.desk.defects.has(Defect::ChallengeReinvite))
            || (method == Method::Bye && self.desk.defects.has(Defect::ChallengeBye));
        let line = self.calls.get(&id).map_or(1, |call| call.line);
        if challenged && let Some((status, headers)) = self.wrongly_challenged(request, line, now) {
            self.desk.respond(txn, with_all(request.reply(status, ""), headers), now);
            return;
        }
        let in_order = match self.calls.get_mut(&id).map(|call| &mut call.phase) {
            Some(Phase::Ringing(ringing)) => ringing.dialog.advance(request),
            Some(Phase::Established(established)) => established.dialog.advance(request),
            Some(Phase::Calling(_)) | None => false,
        };
        if !in_order {
            self.refuse(txn, request, 500, "", now);
            return;
        }
        match method {
            Method::Bye => self.other_end_left(id, txn, request, now),
            Method::Invite => self.reinvited(id, txn, request, now),
            Method::Update => self.updated(id, txn, request, now),
            Method::Info => self.refuse(txn, request, 200, "", now),
            Method::Options => {
                let answer = request.reply(200, "").with("Allow", self.desk.allow());
                let answer = answer.with("Accept", self.abilities.bodies.join(", "));
                self.desk.respond(txn, answer.with("Supported", self.abilities.options.join(", ")), now);
            }
            Method::Subscribe => self.refuse(txn, request, 489, "", now),
            // A NOTIFY without subscription (RFC 6665 §4.1.3), a PRACK without reliable response (RFC 3262 §3).
            _ => self.refuse(txn, request, 481, "", now),
        }
    }

    pub(super) fn call_of(&self, message: &Message) -> Option<CallId> {
        self.calls.values().find(|call| call.dialog().is_some_and(|dialog| dialog.holds(message))).map(|call| call.id)
    }

    /// RFC 3261 §15.1.2.
    fn other_end_left(&mut self, id: CallId, txn: TxnId, bye: &Message, now: Instant) {
        self.refuse(txn, bye, 200, "", now);
        if let Some(Call { phase: Phase::Ringing(ringing), .. }) = self.calls.get(&id) {
            let (invite_txn, answer) = (ringing.txn, ringing.invite.reply(487, ringing.dialog.local_tag()));
            self.desk.respond(invite_txn, answer, now);
            self.missed(id);
        }
        self.end(id);
    }

    /// RFC 3261 §14.2.
    fn reinvited(&mut self, id: CallId, txn: TxnId, invite: &Message, now: Instant) {
        let wait = self.desk.random.range(0, 10).to_string();
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Established(established) = &mut call.phase else {
            // The first INVITE has no final response yet (§14.2).
            self.desk.respond(txn, invite.reply(500, "").with("Retry-After", wait), now);
            return;
        };
        if established.unacknowledged.is_some() {
            self.desk.respond(txn, invite.reply(500, "").with("Retry-After", wait), now);
            return;
        }
        if established.reinvite.is_some() {
            self.desk.respond(txn, invite.reply(491, ""), now);
            return;
        }
        established.dialog.refresh_target(invite);
        self.accept_invite(id, txn, invite, now);
    }

    /// RFC 3311 §5.2.
    fn updated(&mut self, id: CallId, txn: TxnId, update: &Message, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let contact = self.desk.contact(call.line).to_string();
        let answer = update.reply(200, "").with("Contact", contact);
        let Phase::Established(established) = &mut call.phase else {
            // No offer has been answered yet, so a second one is too early (RFC 3311 §5.2).
            self.refuse(txn, update, if update.body.is_empty() { 200 } else { 491 }, "", now);
            return;
        };
        established.dialog.refresh_target(update);
        if update.body.is_empty() {
            self.desk.respond(txn, answer, now);
            return;
        }
        if established.reinvite.is_some() || established.unacknowledged.is_some() {
            self.refuse(txn, update, 491, "", now);
            return;
        }
        let held = established.held;
        let offer = Description::parse(&update.body).ok();
        let agreed = offer.zip(call.local.as_mut()).and_then(|(offer, local)| local.answer(&offer, held).ok());
        match agreed {
            Some((description, stream)) => {
                set_media(call, stream, &mut self.desk.random, now);
                self.desk.respond(txn, answer.with_body("application/sdp", description.to_string()), now);
            }
            None => self.refuse(txn, update, 488, "", now),
        }
    }

    /// An ACK of a 2xx, or one that belongs to nothing. Never answered (RFC 3261 §17).
    pub(super) fn acknowledged(&mut self, ack: &Message, flow: Flow, now: Instant) {
        let call = self.call_of(ack);
        if self.desk.defects.has(Defect::ChallengeAck) {
            let of_call = call.and_then(|id| self.calls.get(&id)).map(|call| call.line);
            let line = of_call.or_else(|| self.line_of(ack, flow).map(|line| line.number)).unwrap_or(1);
            if let Some((status, headers)) = self.wrongly_challenged(ack, line, now) {
                let tag = identifiers::tag(&mut self.desk.random);
                self.send_stray(&with_all(stray_reply(ack, status, &tag, flow), headers), flow);
            }
        }
        let Some(call) = call.and_then(|id| self.calls.get_mut(&id)) else { return };
        let Phase::Established(established) = &mut call.phase else { return };
        let number = ack.cseq().map(|cseq| cseq.number);
        let Some(done) = established.unacknowledged.take_if(|it| Some(it.sequence) == number) else { return };
        let (id, leaving) = (call.id, established.leaving);
        if done.offered {
            // RFC 3261 §13.2.1: the offer stood in our 2xx, so the ACK brings the answer.
            let answer = Description::parse(&ack.body).ok();
            let stream = answer.and_then(|answer| call.local.as_ref()?.accept(&answer));
            set_media(call, stream, &mut self.desk.random, now);
        }
        if leaving {
            self.say_bye(id, now);
        }
    }

    /// RFC 3261 §9.2. A CANCEL is never challenged (§22.1).
    pub(super) fn cancelled(&mut self, txn: TxnId, invite: Option<TxnId>, cancel: &Message, flow: Flow, now: Instant) {
        let tag = identifiers::tag(&mut self.desk.random);
        if self.desk.defects.has(Defect::ChallengeCancel) {
            let line = self.line_of(cancel, flow).map_or(1, |line| line.number);
            if let Some((status, headers)) = self.wrongly_challenged(cancel, line, now) {
                self.desk.respond(txn, with_all(cancel.reply(status, &tag), headers), now);
                return;
            }
        }
        let Some(invite) = invite else {
            self.refuse(txn, cancel, 481, &tag, now);
            return;
        };
        let ringing = self.calls.values().find_map(|call| match &call.phase {
            Phase::Ringing(ringing) if ringing.txn == invite => {
                let tag = ringing.dialog.local_tag().to_owned();
                Some((call.id, ringing.invite.reply(487, &tag), tag))
            }
            Phase::Ringing(_) | Phase::Calling(_) | Phase::Established(_) => None,
        });
        match ringing {
            Some((id, terminated, tag)) => {
                // §9.2: the To tag of the answer is that of the answers to the INVITE.
                self.refuse(txn, cancel, 200, &tag, now);
                self.desk.respond(invite, terminated, now);
                self.missed(id);
                self.end(id);
            }
            // The INVITE has its final response: the CANCEL has no effect on it.
            None => self.refuse(txn, cancel, 200, &tag, now),
        }
    }

    pub(super) fn missed(&mut self, id: CallId) {
        if let Some(call) = self.calls.get(&id) {
            let (line, peer, began) = (call.line, call.peer.clone(), call.began);
            self.remember(HistoryKind::Missed, line, &peer, began);
        }
    }
}

/// Lets media flow as the last exchange of offer and answer says; without a stream, not at all.
pub(super) fn set_media(
    call: &mut Call,
    stream: Option<crate::media::Stream>,
    random: &mut crate::random::Random,
    now: Instant,
) {
    match (stream, call.media.as_mut()) {
        (Some(stream), Some(media)) => media.change(stream, now),
        (Some(stream), None) => call.media = Some(MediaSession::start(stream, random, now)),
        (None, _) => call.media = None,
    }
}
