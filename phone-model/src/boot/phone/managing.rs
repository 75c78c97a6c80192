//! What the phone does with its ACS.

use super::{Outcome, Phone};
use crate::boot::acs::News;
use crate::boot::{clock, discovery, rule};
use crate::cwmp::parameters::Facts;
use crate::net::syslog::Severity;
use crate::state::RebootReason;

impl Phone {
    /// Obeys settings and lease.
    pub(super) fn find_acs(&mut self) {
        if self.online.is_none() {
            return;
        }
        let mut notes = Vec::new();
        let wanted = self.settings.yes("Enable_TR-069") && self.settings.yes("TR-069_DHCPOption_Init");
        let discovered = wanted.then(|| self.offers(|offers| discovery::acs(offers, &mut notes))).flatten();
        for note in notes {
            self.unit.log.write(Severity::Warning, &note);
        }
        if let Some(text) = self.acs.configure(&self.settings, discovered, self.clock.now()) {
            // A phone that has never had to do with an ACS says nothing of it.
            if self.settings.yes("Enable_TR-069") {
                self.unit.log.notice(&text);
            }
        }
        self.show_acs();
    }

    fn show_acs(&self) {
        self.unit.store.show("ACS_URL_In_Use", self.acs.url());
        let periodic = self.acs.periodic().map(|at| self.clock.unix_of(at));
        self.board.change(|status| {
            status.tr069.periodic_inform_at = periodic;
            status.tr069.parameter_key = self.acs.parameter_key().to_owned();
        });
    }

    pub(super) fn managed(&mut self, news: News) -> Option<Outcome> {
        let outcome = match news {
            News::Due => {
                self.call_acs();
                None
            }
            News::Ended(ended) => {
                let status = match &ended.result {
                    Ok(()) => {
                        self.unit.log.notice("TR-069 session ended");
                        "Success".to_owned()
                    }
                    Err(error) => {
                        self.unit.log.write(Severity::Error, &format!("TR-069 session failed: {error}"));
                        format!("Failed: {error}")
                    }
                };
                let heard = ended.result.is_ok().then(|| self.unit.wall.unix());
                self.board.change(|board| {
                    board.tr069.last_transaction = status;
                    board.tr069.last_inform_at = heard.or(board.tr069.last_inform_at);
                });
                self.changed_by_acs = true;
                let applied = if ended.changed.is_empty() { None } else { self.apply(&ended.changed) };
                self.changed_by_acs = false;
                let asked = ended.reboot.then_some(Outcome::Restart(RebootReason::Provisioning));
                applied.or(asked)
            }
        };
        self.show_acs();
        outcome
    }

    fn call_acs(&mut self) {
        let macros = self.macros();
        let client = self.client(&macros);
        let mac = self.network.mac();
        let now = self.clock.now();
        let facts = Facts {
            settings: self.settings.clone(),
            product: self.unit.profile.model.product_name(),
            oui: hex::encode_upper(mac).get(..6).unwrap_or_default().to_owned(),
            serial_number: rule::serial_number(mac),
            software: self.unit.profile.release.to_string(),
            address: self.address.map(|address| address.to_string()).unwrap_or_default(),
            mac: crate::boot::network::mac_text(mac),
            up_time: now.as_micros() / 1_000_000,
            ..Facts::default()
        };
        if let Some(events) = self.acs.begin(client, facts, &self.settings, now, clock::xml(self.unit.wall.utc())) {
            self.unit.log.notice(&format!("TR-069 Inform {events} to {}", self.acs.shown_url()));
            self.board.change(|status| status.tr069.last_session = events);
        }
    }
}
