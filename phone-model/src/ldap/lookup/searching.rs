//! Searching: entries as they come, until the server is done or the screen is full.

use super::{End, Found, Lookup, MOST_ENTRIES, State};
use crate::defects::Defect;
use crate::ldap::failure::Failure;
use crate::ldap::message::{Operation, Outcome, Request, Search};
use crate::ldap::server::Server;
use crate::time::Instant;

/// sizeLimitExceeded.
const SIZE_LIMIT: u32 = 4;
/// timeLimitExceeded, adminLimitExceeded.
const OTHER_LIMITS: [u32; 2] = [3, 11];
/// referral.
const REFERRAL: u32 = 10;

impl Lookup {
    pub(super) fn search(&mut self) {
        let plan = self.plan.clone();
        let most = if self.defects.has(Defect::LdapAsksForMore) { 100 } else { MOST_ENTRIES };
        let seconds = plan.patience.whole.as_secs().clamp(1, 3_600);
        let id = self.send(&Request::Search(Search {
            base: &plan.base,
            size_limit: u32::try_from(most).unwrap_or(u32::MAX),
            time_limit: u32::try_from(seconds).unwrap_or(u32::MAX),
            filter: &plan.filter,
            attributes: &plan.attributes,
        }));
        self.state = State::Searching { id };
    }

    pub(super) fn search_answered(&mut self, id: u32, operation: Operation, now: Instant) {
        match operation {
            Operation::Entry(entry) if self.entries.len() < MOST_ENTRIES => {
                self.entries.push(entry);
                self.state = State::Searching { id };
            }
            // A server that does not keep to the limit is not listened to any longer.
            Operation::Entry(_) => self.found(End::More),
            Operation::Reference if self.defects.has(Defect::LdapStopsAtReference) => self.fail(Failure::Referral),
            // Another server may know more (RFC 4511 §4.5.3); this one goes on.
            Operation::Reference | Operation::Bind { .. } | Operation::Extended { .. } | Operation::Other => {
                self.state = State::Searching { id }
            }
            Operation::Done(outcome) => self.done(&outcome, now),
        }
    }

    fn done(&mut self, outcome: &Outcome, now: Instant) {
        match outcome.code {
            0 => self.found(End::Complete),
            SIZE_LIMIT if self.defects.has(Defect::LdapDropsAtLimit) => {
                self.entries.clear();
                self.fail(Failure::Limit);
            }
            SIZE_LIMIT => self.found(End::More),
            code if OTHER_LIMITS.contains(&code) && !self.entries.is_empty() => self.found(End::More),
            REFERRAL if self.defects.has(Defect::LdapFollowsReferral) && !self.followed => {
                self.follow(&outcome.referral, now);
            }
            code => self.fail(Failure::of(code)),
        }
    }

    fn found(&mut self, end: End) {
        let entries = std::mem::take(&mut self.entries);
        self.finish(Ok(Found { entries, end }));
    }

    /// Goes where the server points, in clear and with the same credentials: a defect.
    fn follow(&mut self, referral: &[String], now: Instant) {
        let url = referral.iter().find(|url| url.starts_with("ldap://"));
        let authority = url.map(|url| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"));
        let Some(server) = authority.and_then(|text| Server::parse(&text).ok()) else {
            return self.fail(Failure::Referral);
        };
        self.followed = true;
        self.secure = false;
        self.plan.start_tls = false;
        self.received.clear();
        self.step(now);
        self.plan.server = server;
        self.out.push_back(super::Output::Close);
        self.connect(self.plan.server.port);
    }
}
