//! Who is let in. The transaction layer asks here before anything else happens to what arrived, so that what is turned away leaves no
//! trace: no answer, no transaction, nothing on the screen.

use super::call::Call;
use super::desk::{CallId, Desk};
use super::domains::Domains;
use super::line::host_of;
use crate::defects::{Defect, Defects};
use crate::sip::message::{Message, Method, elements};
use crate::sip::transaction::{Arrival, Arrived, Filter, Flow};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// The gate for one arrival on the wire.
pub(super) struct Gate<'a> {
    domains: &'a mut Domains,
    defects: Defects,
    calls: &'a BTreeMap<CallId, Call>,
    challenged: &'a VecDeque<String>,
    /// The addresses that `Block Nonproxy SIP` lets in, when it is on.
    proxies: Option<Vec<IpAddr>>,
    /// What a defect has to do with something that was turned away.
    pub(super) turned_away: Vec<TurnedAway>,
}

/// What a defect still does about a message that was turned away. A phone without defects does nothing.
#[derive(Debug)]
pub(super) enum TurnedAway {
    /// Says so.
    Forbidden(Message, Flow),
    /// Writes it down.
    Logged(Message),
    /// Challenges a copy of a request anew.
    Copy(Message, Flow),
}

impl<'a> Gate<'a> {
    pub(super) fn new(
        domains: &'a mut Domains,
        desk: &Desk,
        calls: &'a BTreeMap<CallId, Call>,
        challenged: &'a VecDeque<String>,
    ) -> Self {
        let proxies = desk.settings.yes("Block_Nonproxy_SIP").then(|| proxies(desk));
        Gate { domains, defects: desk.defects.clone(), calls, challenged, proxies, turned_away: Vec::new() }
    }

    /// Whether a defect lets something in that the list does not.
    fn believed(&self, arrival: &Arrival<'_>) -> bool {
        if self.defects.has(Defect::DomainsIgnoresTcp) && arrival.flow.conn.is_some() {
            return true;
        }
        let Arrived::Message(message) = arrival.what else { return false };
        let has = |defect| self.defects.has(defect);
        let listed = |host: &str| self.domains.names_host(host);
        let is_request = message.code().is_none();
        (has(Defect::DomainsTrustsReplies) && !is_request)
            || (has(Defect::DomainsFiltersInviteOnly) && is_request && !message.is_request(&Method::Invite))
            || (has(Defect::DomainsTrustsFrom) && message.from().is_some_and(|from| listed(from.uri.host())))
            || (has(Defect::DomainsTrustsVia) && message.via().is_some_and(|via| listed(&via.host)))
            || (has(Defect::DomainsTrustsContact)
                && message.contact().is_some_and(|contact| listed(contact.uri.host())))
            || (has(Defect::DomainsTrustsRequestUri) && message.uri().is_some_and(|uri| listed(uri.host())))
            || (has(Defect::DomainsTrustsDialog) && is_request && self.in_dialog(message))
    }

    fn in_dialog(&self, message: &Message) -> bool {
        self.calls.values().filter_map(Call::dialog).any(|dialog| dialog.holds(message))
    }

    fn turn_away(&mut self, arrival: &Arrival<'_>) {
        self.domains.count_silenced();
        let Arrived::Message(message) = arrival.what else { return };
        let method = message.uri().and_then(|_| message.method());
        if self.defects.has(Defect::DomainsAnswersForbidden) && method.as_ref().is_some_and(|it| *it != Method::Ack) {
            self.turned_away.push(TurnedAway::Forbidden(message.clone(), arrival.flow));
        }
        if self.defects.has(Defect::DomainsLogsSilenced) && method == Some(Method::Invite) {
            self.turned_away.push(TurnedAway::Logged(message.clone()));
        }
    }

    /// `Block Nonproxy SIP` (phone-facts §3.1): proxies, and what belongs to a call or answers a request of ours.
    fn blocked(&self, arrival: &Arrival<'_>) -> bool {
        let Some(proxies) = &self.proxies else { return false };
        let expected = match arrival.what {
            Arrived::Message(message) => message.code().is_some() || self.in_dialog(message),
            Arrived::Malformed(_) | Arrived::KeepAlive => false,
        };
        !expected && !proxies.contains(&arrival.flow.remote.ip().to_canonical())
    }
}

impl Filter for Gate<'_> {
    fn admits(&mut self, arrival: &Arrival<'_>) -> bool {
        if !self.domains.admits(arrival.flow.remote.ip()) && !self.believed(arrival) {
            self.turn_away(arrival);
            return false;
        }
        if self.blocked(arrival) {
            return false;
        }
        let Arrived::Message(message) = arrival.what else { return true };
        if self.defects.has(Defect::SipIgnoresOptions) && message.is_request(&Method::Options) {
            return false;
        }
        if self.defects.has(Defect::ChallengeFreshForCopy) && message.is_request(&Method::Invite) {
            let via = message.via();
            let copy = via
                .as_ref()
                .and_then(|via| via.branch())
                .is_some_and(|branch| self.challenged.iter().any(|it| it == branch));
            if copy {
                self.turned_away.push(TurnedAway::Copy(message.clone(), arrival.flow));
                return false;
            }
        }
        true
    }
}

/// The addresses of all proxies of all lines.
fn proxies(desk: &Desk) -> Vec<IpAddr> {
    let fields =
        desk.lines.iter().filter(|line| line.configured()).flat_map(|line| {
            [&line.account.proxy, &line.account.outbound_proxy, &line.alternates[0], &line.alternates[1]]
        });
    fields.filter(|field| !field.is_empty()).flat_map(|field| desk.names.addresses(host_of(field))).collect()
}

/// An answer outside of all transactions: the top Via says where it goes, as a server transaction would have written it
/// (RFC 3261 §18.2.1).
pub(super) fn stray_reply(request: &Message, code: u16, tag: &str, flow: Flow) -> Message {
    let mut reply = request.reply(code, tag);
    if let Some(mut via) = request.via()
        && let Some(line) = reply.headers.iter_mut().find(|header| header.is("Via"))
    {
        via.mark_source(flow.remote);
        let rest = elements(&line.value).into_iter().skip(1).map(str::to_owned);
        line.value = std::iter::once(via.to_string()).chain(rest).collect::<Vec<_>>().join(", ");
    }
    reply
}
