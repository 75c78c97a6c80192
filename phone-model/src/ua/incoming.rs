//! Requests from outside that belong to no call yet (RFC 3261 §8.2): which line they are for, and what becomes of an INVITE.

use super::UserAgent;
use super::call::{Call, Peer, Phase, Ringing};
use super::challenge::{Policy, Verdict};
use super::dialog::Dialog;
use super::gate::{TurnedAway, stray_reply};
use super::interface::{Output, Severity};
use super::line::LineSettings;
use crate::defects::{Defect, Defects};
use crate::media::Description;
use crate::sip::identifiers;
use crate::sip::message::{Message, Method};
use crate::sip::transaction::{Flow, TxnId};
use crate::sip::validate::validate;
use crate::state::HistoryKind;
use crate::time::{Duration, Instant};

/// Calls that a line holds at a time; one more is answered 486.
const CALLS_PER_LINE: usize = 2;
/// RFC 3261 §13.3.1.1: a provisional response at least each minute.
const RING_AGAIN: Duration = Duration::from_secs(60);
/// How long a call rings whose INVITE does not say (RFC 3261 §13.3.1 leaves it open; INVITE Expires' default).
const RING_TIME: u32 = 240;
/// Branches that the defect which challenges copies anew remembers.
const REMEMBERED: usize = 64;

/// Status and header lines of a challenge.
pub(super) type Challenged = (u16, Vec<(&'static str, String)>);

impl UserAgent {
    pub(super) fn requested(&mut self, txn: TxnId, request: &Message, flow: Flow, merged: bool, now: Instant) {
        let tag = identifiers::tag(&mut self.desk.random);
        if let Err(refusal) = validate(request, &self.abilities) {
            self.desk.respond(txn, refusal.reply(request, &tag), now);
            return;
        }
        if request.to_tag().is_some() {
            self.requested_in_dialog(txn, request, now);
            return;
        }
        if merged {
            self.refuse(txn, request, 482, &tag, now);
            return;
        }
        let Some(line) = self.line_of(request, flow).cloned() else {
            self.refuse(txn, request, 404, &tag, now);
            return;
        };
        match request.method() {
            Some(Method::Invite) => self.invited(txn, request, &line, &tag, now),
            Some(Method::Options) => self.asked_for_options(txn, request, &line, &tag, now),
            Some(Method::Notify) => self.notified(txn, request, &line, &tag, now),
            // The phone is no notifier (RFC 6665 §4.2.1.1).
            Some(Method::Subscribe) => self.refuse(txn, request, 489, &tag, now),
            // What exists only within dialogs, and anything else that was let through.
            Some(_) | None => self.refuse(txn, request, 481, &tag, now),
        }
    }

    /// The line that a request is for: the one whose User ID the Request-URI names, of those at this port first; without a user,
    /// the line of the port.
    pub(super) fn line_of(&self, request: &Message, flow: Flow) -> Option<&LineSettings> {
        let lines = &self.desk.lines;
        let at_port = self.desk.line_at(flow.local.port()).map(|line| line.number);
        let here = |line: &&LineSettings| line.port == flow.local.port() || Some(line.number) == at_port;
        let Some(user) = request.uri().and_then(|uri| uri.user()) else {
            return lines.iter().find(here).or_else(|| lines.first());
        };
        let named = |line: &&LineSettings| line.configured() && line.account.user_id == user;
        lines.iter().find(|line| here(line) && named(line)).or_else(|| lines.iter().find(named))
    }

    pub(super) fn refuse(&mut self, txn: TxnId, request: &Message, code: u16, tag: &str, now: Instant) {
        self.desk.respond(txn, request.reply(code, tag), now);
    }

    fn invited(&mut self, txn: TxnId, invite: &Message, line: &LineSettings, tag: &str, now: Instant) {
        if self.challenges(line) {
            if self.desk.defects.has(Defect::ChallengeRingsFirst) {
                let ringing = invite.reply(180, tag).with("Contact", self.desk.contact(line.number).to_string());
                self.desk.respond(txn, ringing, now);
            }
            if let Verdict::Refused { status, headers } = self.judge(invite, line, now) {
                self.desk.respond(txn, with_all(invite.reply(status, tag), headers), now);
                self.remember_challenged(invite);
                return;
            }
        }
        if let Some(code) = self.unavailable(line, now) {
            self.refuse(txn, invite, code, tag, now);
            return;
        }
        if let Err(code) = readable_offer(invite) {
            let answer = invite.reply(code, tag);
            let answer = if code == 415 { answer.with("Accept", "application/sdp") } else { answer };
            self.desk.respond(txn, answer, now);
            return;
        }
        let sequence = self.desk.random.u32() & 0x00ff_ffff;
        let Some(dialog) = Dialog::of_server(invite, tag, sequence) else {
            self.refuse(txn, invite, 400, tag, now);
            return;
        };
        self.ring(txn, invite, line, dialog, now);
    }

    fn ring(&mut self, txn: TxnId, invite: &Message, line: &LineSettings, dialog: Dialog, now: Instant) {
        let seconds = invite.number("Expires").unwrap_or(RING_TIME).clamp(1, 3_600);
        let peer = Peer::of(dialog.remote());
        let again_at = now + RING_AGAIN;
        let until = now + Duration::from_secs(u64::from(seconds));
        let ringing = Ringing { txn, invite: invite.clone(), dialog, again_at, until };
        let trying = invite.reply(100, "");
        self.desk.respond(txn, trying, now);
        let answer_now = self.answers_by_itself(invite);
        self.desk.log(Severity::Notice, format!("Ext {}: call from {}", line.number, peer.number));
        let id = self.next_call_id();
        let phase = Phase::Ringing(ringing);
        let call = Call { id, line: line.number, peer, incoming: true, began: now, local: None, media: None, phase };
        self.calls.insert(id, call);
        self.ring_on(id, now);
        if answer_now {
            self.answer(id, now);
        }
    }

    /// `Call-Info: <…>; answer-after=0` with Auto Answer Page, when no other call is there (phone-facts §1.6).
    fn answers_by_itself(&self, invite: &Message) -> bool {
        let asked = invite.elements("Call-Info").any(|info| {
            info.split(';').skip(1).any(|parameter| {
                parameter
                    .split_once('=')
                    .is_some_and(|(name, value)| name.trim() == "answer-after" && value.trim() == "0")
            })
        });
        let allowed = match self.desk.settings.text("Auto_Answer_Page") {
            "" => true,
            _ => self.desk.settings.yes("Auto_Answer_Page"),
        };
        asked && allowed && self.calls.is_empty()
    }

    /// Why a line takes no call now: 480 while it is not registered, 486 when it has all the calls it can hold.
    fn unavailable(&self, line: &LineSettings, now: Instant) -> Option<u16> {
        let bound = self.registrations.iter().any(|it| it.line() == line.number && it.bound(now));
        if !line.configured() {
            return Some(404);
        }
        if !bound && !line.answer_unregistered {
            return Some(480);
        }
        let held = self.calls.values().filter(|call| call.line == line.number && call.counts()).count();
        (held >= CALLS_PER_LINE || self.stopping.is_some()).then_some(486)
    }

    /// RFC 3261 §11.2: as an INVITE would be answered, with what the phone can do.
    fn asked_for_options(&mut self, txn: TxnId, request: &Message, line: &LineSettings, tag: &str, now: Instant) {
        // A phone without account answers for itself.
        let code = if request.uri().and_then(|uri| uri.user()).is_none() {
            200
        } else {
            self.unavailable(line, now).unwrap_or(200)
        };
        let answer = request
            .reply(code, tag)
            .with("Contact", self.desk.contact(line.number).to_string())
            .with("Allow", self.desk.allow())
            .with("Accept", self.abilities.bodies.join(", "))
            .with("Supported", self.abilities.options.join(", "));
        self.desk.respond(txn, answer, now);
    }

    fn challenges(&self, line: &LineSettings) -> bool {
        let defects = &self.desk.defects;
        let first = self.desk.line(1).is_some_and(|first| first.auth_invite);
        let wanted = if defects.has(Defect::ChallengeExt1ForAll) { first } else { line.auth_invite };
        (wanted || defects.has(Defect::ChallengeAlways)) && !defects.has(Defect::ChallengeNever)
    }

    /// Judges a request by the account of its line, under Auth INVITE.
    fn judge(&mut self, request: &Message, line: &LineSettings, now: Instant) -> Verdict {
        let clock = self.desk.board.snapshot().booted_at.saturating_mul(1_000_000).saturating_add(now.as_micros());
        let policy = Policy {
            account: &line.account,
            unknown: &self.desk.profile.unknown,
            local_ip: self.desk.local_ip,
            sha256: line.sha256,
            defects: &self.desk.defects,
            clock,
        };
        Self::challenger(&mut self.callers, line.number).judge(request, &policy, &mut self.desk.random, now)
    }

    /// Judges a NOTIFY; the defects of Auth INVITE do not show here.
    pub(super) fn judge_notify(&mut self, request: &Message, line: &LineSettings, now: Instant) -> Verdict {
        let policy = Policy {
            account: &line.account,
            unknown: &self.desk.profile.unknown,
            local_ip: self.desk.local_ip,
            sha256: line.sha256,
            defects: &Defects::NONE,
            clock: 0,
        };
        Self::challenger(&mut self.notifiers, line.number).judge(request, &policy, &mut self.desk.random, now)
    }

    /// What a defect answers to a request that is never to be challenged: status and header lines.
    pub(super) fn wrongly_challenged(&mut self, request: &Message, line: u8, now: Instant) -> Option<Challenged> {
        let line = self.desk.line(line)?.clone();
        if !self.challenges(&line) {
            return None;
        }
        match self.judge(request, &line, now) {
            Verdict::Accepted => None,
            Verdict::Refused { status, headers } => Some((status, headers)),
        }
    }

    fn remember_challenged(&mut self, invite: &Message) {
        if self.desk.defects.has(Defect::ChallengeFreshForCopy)
            && let Some(branch) = invite.via().and_then(|via| via.branch().map(str::to_owned))
        {
            self.challenged.push_back(branch);
            if self.challenged.len() > REMEMBERED {
                self.challenged.pop_front();
            }
        }
    }

    /// What defects do about messages that did not pass the gate.
    pub(super) fn turn_away(&mut self, turned_away: Vec<TurnedAway>, now: Instant) {
        for it in turned_away {
            let tag = identifiers::tag(&mut self.desk.random);
            match it {
                TurnedAway::Forbidden(request, flow) => {
                    let reply = stray_reply(&request, 403, &tag, flow);
                    self.send_stray(&reply, flow);
                }
                TurnedAway::Logged(invite) => {
                    let peer = invite.from().map(|from| Peer::of(&from)).unwrap_or_default();
                    self.desk.board.change(|status| status.notice = format!("Missed call from {}", peer.name));
                    self.remember(HistoryKind::Missed, 1, &peer, now);
                }
                TurnedAway::Copy(invite, flow) => {
                    let Some(line) = self.line_of(&invite, flow).map(|line| line.number) else { continue };
                    if let Some(settings) = self.desk.line(line).cloned()
                        && let Verdict::Refused { status, headers } = self.judge(&invite, &settings, now)
                    {
                        let reply = with_all(stray_reply(&invite, status, &tag, flow), headers);
                        self.send_stray(&reply, flow);
                    }
                }
            }
        }
    }

    /// Sends a message outside of all transactions, the way back.
    pub(super) fn send_stray(&mut self, message: &Message, flow: Flow) {
        let bytes = message.to_bytes();
        let output = match flow.conn {
            None => Some(Output::Send { local_port: flow.local.port(), to: flow.remote, bytes }),
            Some(conn) => self.links.connection(conn).map(|connection| Output::Write { connection, bytes }),
        };
        self.desk.out.extend(output);
    }

    pub(super) fn next_call_id(&mut self) -> u32 {
        self.last_call = self.last_call.wrapping_add(1);
        self.last_call
    }
}

/// A message with more header lines.
pub(super) fn with_all(message: Message, headers: Vec<(&'static str, String)>) -> Message {
    headers.into_iter().fold(message, |message, (name, value)| message.with(name, value))
}

/// Whether the body of an INVITE can be answered; else the status that says why (RFC 3261 §13.3.1.3, §8.2.3).
fn readable_offer(invite: &Message) -> Result<(), u16> {
    if invite.body.is_empty() {
        return Ok(());
    }
    if invite.content_type().as_deref() != Some("application/sdp") {
        return Err(415);
    }
    let offer = Description::parse(&invite.body).map_err(|_| 488_u16)?;
    if crate::media::negotiation::can_answer(&offer) { Ok(()) } else { Err(488) }
}
