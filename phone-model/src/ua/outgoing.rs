//! Calls made here: dialling, holding and resuming.

use super::UserAgent;
use super::call::{Call, Calling, Peer, Phase, Reinvite};
use super::desk::{CallId, Launched, Purpose};
use super::interface::Severity;
use super::line::{LineSettings, LineTransport, seconds};
use crate::defects::Defect;
use crate::media::Direction;
use crate::sip::identifiers;
use crate::sip::message::{Message, Method, NameAddr, Start, Uri};
use crate::state::HistoryKind;
use crate::time::Instant;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a user part needs escaped (RFC 3261 §25.1: all but unreserved and user-unreserved).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',');
/// First sequence number of a call.
const FIRST_SEQUENCE: u32 = 101;
/// Keys for media (RFC 4568 §9.2): only a phone with a defect offers any, and nothing is ever encrypted with them.
const KEYS: &str = "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:T09PT09PT09PT09PT09PT09PT09PT09PT09PT09P";
/// Longest number that is dialled.
const MAX_NUMBER: usize = 128;

impl UserAgent {
    /// Dials a number on a line, or on the first that can make a call.
    pub(super) fn dial(&mut self, number: &str, line: Option<u8>, now: Instant) {
        let number: String = number.trim().chars().filter(|c| !c.is_control()).take(MAX_NUMBER).collect();
        let able = |line: &&LineSettings| self.can_call(line, now);
        let wanted = line.and_then(|line| self.desk.line(line)).filter(able);
        let Some(line) = wanted.or_else(|| self.desk.lines.iter().find(able)).cloned() else {
            self.desk.log(Severity::Notice, "No line can make a call");
            self.handset.put_down();
            return;
        };
        let Some(uri) = dialled(&number, &line).filter(|_| !number.is_empty() && self.stopping.is_none()) else {
            return;
        };
        self.hold_all(now);
        let Some(mut local) = self.new_local() else { return };
        let mut offer = local.offer(Direction::SendReceive);
        if line.transport == LineTransport::Tls && self.desk.defects.has(Defect::TlsOffersKeys) {
            offer.media.iter_mut().for_each(|media| media.attributes.push(KEYS.to_owned()));
        }
        let invite = self.invite(&line, &uri).with_body("application/sdp", offer.to_string());
        let id = self.next_call_id();
        let hop = self.desk.proxy_hop(line.number);
        let until = now + seconds(&self.desk.settings, "INVITE_Expires", 240.0);
        let peer = Peer { name: number.clone(), number };
        self.remember(HistoryKind::Placed, line.number, &peer, now);
        self.handset.lift(line.number);
        let calling =
            Calling { invite: invite.clone(), txn: None, ringback: false, given_up: false, redirections: 0, until };
        let phase = Phase::Calling(calling);
        let local = Some(local);
        self.calls
            .insert(id, Call { id, line: line.number, peer, incoming: false, began: now, local, media: None, phase });
        self.desk.send(invite, hop, line.number, Purpose::Invite(id), now);
    }

    fn can_call(&self, line: &LineSettings, now: Instant) -> bool {
        let bound = self.registrations.iter().any(|it| it.line() == line.number && it.bound(now));
        line.configured() && (bound || line.call_unregistered)
    }

    fn invite(&mut self, line: &LineSettings, uri: &Uri) -> Message {
        let from = NameAddr {
            display: line.account.display_name.clone(),
            ..NameAddr::of(Uri::sip(&line.account.user_id, line.account.domain(), None))
        };
        let call_id = identifiers::call_id(&mut self.desk.random, self.desk.local_ip);
        Message::request(Method::Invite, uri.clone())
            .with("From", from.with_tag(&identifiers::tag(&mut self.desk.random)).to_string())
            .with("To", NameAddr::of(uri.clone()).to_string())
            .with("Call-ID", call_id)
            .with("CSeq", format!("{FIRST_SEQUENCE} INVITE"))
            .with("Contact", self.desk.contact_in(line.number, is_sips_uri(uri)).to_string())
            .with("Expires", seconds(&self.desk.settings, "INVITE_Expires", 240.0).as_secs().max(1).to_string())
            .with("Allow", self.desk.allow())
            .with("Supported", self.abilities.options.join(", "))
    }

    /// A 3xx: the call goes where its Contact says (RFC 3261 §8.1.3.4), with the next number. False when it names nothing usable, or
    /// too many did (`Max Redirection`).
    pub(super) fn redirected(&mut self, id: CallId, response: &Message, now: Instant) -> bool {
        let most = self.desk.settings.number("Max_Redirection", 5.0);
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let Phase::Calling(calling) = &mut call.phase else { return false };
        let target = response.contact().map(|contact| contact.uri);
        let Some(target) = target.filter(|_| !calling.given_up && f64::from(calling.redirections) < most) else {
            return false;
        };
        let Some(hop) = self.desk.uri_hop(&target, call.line) else { return false };
        let Some(cseq) = calling.invite.cseq() else { return false };
        calling.redirections += 1;
        calling.txn = None;
        calling.ringback = false;
        calling.invite.set("Contact", self.desk.contact_in(call.line, is_sips_uri(&target)).to_string());
        calling.invite.start = Start::Request { method: Method::Invite, uri: target };
        calling.invite.set("CSeq", format!("{} INVITE", cseq.number.saturating_add(1)));
        let (invite, line) = (calling.invite.clone(), call.line);
        self.desk.send(invite, Some(hop), line, Purpose::Invite(id), now);
        true
    }

    /// What became of a request that was handed to the desk.
    pub(super) fn launched(&mut self, launched: Launched, now: Instant) {
        match launched {
            Launched::Sent(Purpose::Invite(id), txn) => {
                let Some(Call { phase: Phase::Calling(calling), .. }) = self.calls.get_mut(&id) else { return };
                calling.txn = Some(txn);
                if calling.given_up {
                    self.desk.layer.cancel(txn, now);
                }
            }
            Launched::Sent(Purpose::Reinvite(_) | Purpose::Register(_) | Purpose::Unregister(_) | Purpose::Bye, _) => {}
            Launched::Nowhere(Purpose::Invite(id)) => self.end(id),
            Launched::Nowhere(Purpose::Reinvite(id)) => self.reinvite_failed(id),
            Launched::Nowhere(Purpose::Register(line)) => {
                if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
                    registration.unanswered(&mut self.desk, now);
                }
            }
            Launched::Nowhere(Purpose::Unregister(line)) => {
                if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
                    registration.left(None, &mut self.desk, now);
                }
            }
            Launched::Nowhere(Purpose::Bye) => {}
        }
    }

    /// Holds or resumes a call by re-INVITE (RFC 3264 §8.4).
    pub(super) fn hold(&mut self, id: CallId, hold: bool, now: Instant) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Phase::Established(established) = &mut call.phase else { return };
        // RFC 3261 §14.1: no re-INVITE while an INVITE is in progress either way.
        if established.held == hold || established.reinvite.is_some() || established.unacknowledged.is_some() {
            return;
        }
        let Some(local) = call.local.as_mut() else { return };
        let direction = if hold { Direction::SendOnly } else { Direction::SendReceive };
        let offer = local.offer(direction).to_string();
        let contact = self.desk.contact_in(call.line, is_sips_uri(established.dialog.next_hop()));
        let invite = established
            .dialog
            .request(Method::Invite)
            .with("Contact", contact.to_string())
            .with("Allow", self.desk.allow())
            .with_body("application/sdp", offer);
        let hop = self.desk.uri_hop(established.dialog.next_hop(), call.line);
        established.reinvite = Some(Reinvite { hold });
        let line = call.line;
        self.desk.send(invite, hop, line, Purpose::Reinvite(id), now);
    }

    pub(super) fn hold_others(&mut self, but: CallId, now: Instant) {
        for id in self.calls.keys().copied().filter(|id| *id != but).collect::<Vec<_>>() {
            self.hold(id, true, now);
        }
    }

    fn hold_all(&mut self, now: Instant) {
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.hold(id, true, now);
        }
    }
}

fn is_sips_uri(uri: &Uri) -> bool {
    uri.as_sip().is_some_and(|uri| uri.secure)
}

/// The URI of a dialled number: at the line's proxy, unless it names a host itself.
fn dialled(number: &str, line: &LineSettings) -> Option<Uri> {
    if number.starts_with("sip:") {
        return Uri::parse(number);
    }
    if number.starts_with("sips:") {
        // RFC 5630 §5.1.1: such a call goes under TLS as far as its domain, or not at all.
        return Uri::parse(number).filter(|_| line.transport == LineTransport::Tls);
    }
    let (user, host) = number.split_once('@').unwrap_or((number, line.account.domain()));
    let uri = Uri::sip(&utf8_percent_encode(user, ESCAPED).to_string(), host, None);
    // What was typed may not break the grammar.
    Uri::parse(&uri.to_string())
}
