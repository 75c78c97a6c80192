//! Ringing, answering and ending calls, and their deadlines.

use super::UserAgent;
use super::call::{Call, Established, Phase, Unacknowledged};
use super::desk::{CallId, Purpose, is_sips};
use super::dialog_requests::set_media;
use super::interface::{Listener, Output};
use super::line::seconds;
use crate::media::{Description, Direction, Local};
use crate::sip::message::{Message, Method};
use crate::sip::transaction::TxnId;
use crate::state::HistoryKind;
use crate::time::{Duration, Instant};

/// T1 when the setting cannot be read.
const T1: f64 = 0.5;

impl UserAgent {
    /// Sends the 180 of a ringing call, again if need be.
    pub(super) fn ring_on(&mut self, id: CallId, now: Instant) {
        let Some(Call { phase: Phase::Ringing(ringing), line, .. }) = self.calls.get(&id) else { return };
        let (txn, line) = (ringing.txn, *line);
        let answer = self.reply_in_dialog(&ringing.invite, 180, ringing.dialog.local_tag(), line);
        self.desk.respond(txn, answer, now);
    }

    /// RFC 3261 §12.1.1: what a response that makes a dialog carries.
    fn reply_in_dialog(&self, invite: &Message, code: u16, tag: &str, line: u8) -> Message {
        let mut reply = invite.reply(code, tag);
        invite.lines("Record-Route").for_each(|route| reply.push("Record-Route", route));
        let contact = self.desk.contact_in(line, is_sips(invite));
        reply.with("Contact", contact.to_string()).with("Allow", self.desk.allow())
    }

    /// Answers a ringing call. The call that was talking is held.
    pub(super) fn answer(&mut self, id: CallId, now: Instant) {
        let Some(mut call) = self.calls.remove(&id) else { return };
        let ringing = match call.phase {
            Phase::Ringing(ringing) => ringing,
            Phase::Calling(_) | Phase::Established(_) => {
                self.calls.insert(id, call);
                return;
            }
        };
        let Some(local) = self.new_local() else {
            self.desk.respond(ringing.txn, ringing.invite.reply(486, ringing.dialog.local_tag()), now);
            return;
        };
        call.local = Some(local);
        call.phase = Phase::Established(Established {
            dialog: ringing.dialog,
            unacknowledged: None,
            reinvite: None,
            held: false,
            leaving: false,
        });
        let (line, peer) = (call.line, call.peer.clone());
        self.hold_others(id, now);
        self.calls.insert(id, call);
        self.handset.lift(line);
        self.remember(HistoryKind::Received, line, &peer, now);
        self.accept_invite(id, ringing.txn, &ringing.invite, now);
    }

    /// Answers an INVITE of an established call with 200: the first one, or a re-INVITE.
    pub(super) fn accept_invite(&mut self, id: CallId, txn: TxnId, invite: &Message, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Established(established) = &mut call.phase else { return };
        let Some(local) = call.local.as_mut() else { return };
        let held = established.held;
        let (description, offered) = if invite.body.is_empty() {
            let direction = if held { Direction::SendOnly } else { Direction::SendReceive };
            (local.offer(direction), true)
        } else {
            let offer = Description::parse(&invite.body).ok();
            let Some((answer, stream)) = offer.and_then(|offer| local.answer(&offer, held).ok()) else {
                // §14.2: the session stays as it was.
                let refusal = invite.reply(488, established.dialog.local_tag());
                self.desk.respond(txn, refusal, now);
                return;
            };
            set_media(call, stream, &mut self.desk.random, now);
            (answer, false)
        };
        let Some(Call { phase: Phase::Established(established), line, .. }) = self.calls.get(&id) else { return };
        let response = self
            .reply_in_dialog(invite, 200, established.dialog.local_tag(), *line)
            .with("Supported", self.abilities.options.join(", "))
            .with_body("application/sdp", description.to_string());
        self.desk.respond(txn, response.clone(), now);
        let t1 = self.t1();
        if let Some(Call { phase: Phase::Established(established), .. }) = self.calls.get_mut(&id) {
            established.unacknowledged = Some(Unacknowledged {
                txn,
                response,
                sequence: invite.cseq().map_or(0, |cseq| cseq.number),
                offered,
                again_at: now + t1,
                interval: t1,
                until: now + t1 * 64,
            });
        }
    }

    /// Refuses a ringing call.
    pub(super) fn reject(&mut self, id: CallId, code: u16, now: Instant) {
        let Some(Call { phase: Phase::Ringing(ringing), .. }) = self.calls.get(&id) else { return };
        let (txn, answer) = (ringing.txn, ringing.invite.reply(code, ringing.dialog.local_tag()));
        self.desk.respond(txn, answer, now);
        self.missed(id);
        self.end(id);
    }

    /// Ends a call from this end, as its state allows.
    pub(super) fn hang_up(&mut self, id: CallId, now: Instant) {
        let patience = self.t1() * 64;
        let Some(call) = self.calls.get_mut(&id) else { return };
        match &mut call.phase {
            Phase::Ringing(_) => self.reject(id, 486, now),
            Phase::Calling(calling) => {
                if calling.given_up {
                    return;
                }
                calling.given_up = true;
                calling.until = now + patience;
                call.media = None;
                let txn = calling.txn;
                match txn {
                    // RFC 3261 §9.1: the layer holds the CANCEL back until a provisional response came.
                    Some(txn) => {
                        self.desk.layer.cancel(txn, now);
                    }
                    None if self.desk.withdraw(Purpose::Invite(id)) => self.end(id),
                    None => {}
                }
            }
            Phase::Established(established) if established.unacknowledged.is_some() => {
                // RFC 3261 §15: the callee sends no BYE before the ACK.
                established.leaving = true;
                call.media = None;
            }
            Phase::Established(_) => self.say_bye(id, now),
        }
        self.put_down_when_idle();
    }

    /// Sends BYE and forgets the call.
    pub(super) fn say_bye(&mut self, id: CallId, now: Instant) {
        if let Some(call) = self.calls.get_mut(&id)
            && let Phase::Established(established) = &mut call.phase
        {
            let bye = established.dialog.request(Method::Bye);
            let hop = self.desk.uri_hop(established.dialog.next_hop(), call.line);
            let line = call.line;
            self.desk.send(bye, hop, line, Purpose::Bye, now);
        }
        self.end(id);
    }

    /// Forgets a call and gives its RTP port back.
    pub(super) fn end(&mut self, id: CallId) {
        let local = self.calls.remove(&id).and_then(|call| call.local);
        if let Some(local) = local {
            self.desk.out.push_back(Output::Unlisten { listener: Listener::Udp, port: local.port() });
        }
        self.put_down_when_idle();
    }

    fn put_down_when_idle(&mut self) {
        if !self.calls.values().any(Call::counts) {
            self.handset.put_down();
        }
    }

    /// Our end of a call's media: the first free even port of `RTP Port Min` to `Max` from a random one on (RFC 3550 §11).
    pub(super) fn new_local(&mut self) -> Option<Local> {
        let bound =
            |name: &str, otherwise: f64| self.desk.settings.number(name, otherwise).clamp(1_024.0, 65_534.0) as u16;
        let low = bound("RTP_Port_Min", 16_384.0).next_multiple_of(2);
        let high = bound("RTP_Port_Max", 16_482.0).max(low);
        let pairs = u64::from((high - low) / 2);
        let first = self.desk.random.range(0, pairs);
        let used: Vec<u16> = self.calls.values().filter_map(|call| call.local.as_ref().map(Local::port)).collect();
        let of_pair = |pair: u64| low.saturating_add(u16::try_from(pair * 2).unwrap_or(0));
        let port = (first..=pairs).chain(0..first).map(of_pair).find(|port| !used.contains(port))?;
        self.desk.out.push_back(Output::Listen { listener: Listener::Udp, port });
        Some(Local::new(self.desk.local_ip, port, self.desk.random.u64()))
    }

    pub(super) fn t1(&self) -> Duration {
        seconds(&self.desk.settings, "SIP_T1", T1).max(Duration::from_millis(10))
    }

    /// Everything of calls that is due.
    pub(super) fn wake_calls(&mut self, now: Instant) {
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.wake_call(id, now);
            let Some(call) = self.calls.get_mut(&id) else { continue };
            let Some((media, local)) = call.media.as_mut().zip(call.local.as_ref()) else { continue };
            while let Some((to, bytes)) = media.poll(now) {
                self.desk.out.push_back(Output::Send { local_port: local.port(), to, bytes });
            }
        }
    }

    fn wake_call(&mut self, id: CallId, now: Instant) {
        let t2 = seconds(&self.desk.settings, "SIP_T2", 4.0).max(self.t1());
        let Some(call) = self.calls.get_mut(&id) else { return };
        match &mut call.phase {
            // RFC 3261 §13.3.1: an INVITE that expired is answered 487.
            Phase::Ringing(ringing) if ringing.until <= now => self.reject(id, 487, now),
            Phase::Ringing(ringing) if ringing.again_at <= now => {
                ringing.again_at = now + Duration::from_secs(60);
                self.ring_on(id, now);
            }
            Phase::Ringing(_) => {}
            Phase::Calling(calling) if calling.until <= now && calling.given_up => self.end(id),
            Phase::Calling(calling) if calling.until <= now => self.hang_up(id, now),
            Phase::Calling(_) => {}
            Phase::Established(established) => {
                let Some(waiting) = &mut established.unacknowledged else { return };
                if waiting.until <= now {
                    // §13.3.1.4: no ACK within 64*T1, so the call is ended with a BYE.
                    established.unacknowledged = None;
                    self.say_bye(id, now);
                } else if waiting.again_at <= now {
                    waiting.interval = (waiting.interval * 2).min(t2);
                    waiting.again_at += waiting.interval;
                    let (txn, response) = (waiting.txn, waiting.response.clone());
                    self.desk.respond(txn, response, now);
                }
            }
        }
    }
}
