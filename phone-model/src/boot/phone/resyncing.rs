//! Which files a resync fetches, and what the phone does with what came of it.

use super::{Outcome, Phone};
use crate::boot::discovery::{self, Offers, Source};
use crate::boot::provisioning::Client;
use crate::boot::resync::{Done, Job, Kind, Lines, Order};
use crate::boot::rule::{Macros, Rule};
use crate::net::syslog::Severity;
use crate::time::{Duration, Instant};
use crate::web;
use std::net::IpAddr;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What the rules name; nobody asked, so that a phone without a server keeps quiet.
    Scheduled,
    /// What the rules name; somebody asked.
    ByRules,
    /// The profile there.
    Profile(String),
    /// The authority there.
    Authority(String),
}

impl Wanted {
    /// A request to resync.
    pub(super) fn asked(url: Option<String>) -> Self {
        url.map_or(Wanted::ByRules, Wanted::Profile)
    }
}

impl Phone {
    /// The phone has its address for the first time in this boot.
    pub(super) fn plan_first_resync(&mut self) {
        if self.first_resync_planned {
            return;
        }
        self.first_resync_planned = true;
        let unit = Duration::from_millis(self.unit.profile.unknown.resync_random_delay_unit_ms);
        self.schedule.reset(&self.settings, unit, self.clock.now());
        let info =
            self.unit.trust.installed().map_or_else(|| "Not Installed".into(), |name| format!("Installed - {name}"));
        self.board.change(|status| status.custom_ca_info = info);
    }

    /// DHCPv6 has told something new. A phone in dual mode may be in service long before that, and know of no server yet; whoever has one
    /// already goes by it until the next resync.
    pub(super) fn look_for_server(&mut self) {
        if std::mem::take(&mut self.knows_no_server) {
            let unit = Duration::from_millis(self.unit.profile.unknown.resync_random_delay_unit_ms);
            self.schedule.reset(&self.settings, unit, self.clock.now());
        }
        self.find_acs();
    }

    pub(super) fn macros(&self) -> Macros {
        let address = self.used.or(self.address.map(IpAddr::V4));
        Macros::of(&self.unit.profile, self.network.mac(), address, &self.settings)
    }

    /// A client that fetches files, while there is an address.
    pub(super) fn client(&mut self, macros: &Macros) -> Option<Client> {
        let user_agent = macros.expand(self.settings.text("HTTP_User_Agent_Name"));
        let random = self.random.fork();
        self.online.as_ref().map(|online| online.client(&self.unit, &self.settings, user_agent, random))
    }

    /// Lets the server of `Control Server URL` take part, as soon as there is an address.
    pub(super) fn connect_control(&mut self) {
        let client = self.client(&self.macros());
        let (board, commands) = (self.board.clone(), self.commands.clone());
        if let (Some(online), Some(client)) = (&mut self.online, client) {
            online.connect_control(&self.unit, &self.settings, board, commands, client);
        }
    }

    /// Obeys changed settings: an authority to fetch, another period.
    pub(super) fn reschedule(&mut self, changed: &[String]) {
        let has = |name: &str| changed.iter().any(|changed| changed == name);
        let rule = self.settings.text("Custom_CA_Rule").trim().to_owned();
        if has("Custom_CA_Rule") && !rule.is_empty() {
            self.start_resync(Wanted::Authority(rule));
        }
        if has("Resync_Periodic") && self.schedule.deadline().is_some() {
            self.schedule.settled(&self.settings, self.clock.now());
        }
    }

    pub(super) fn start_resync(&mut self, wanted: Wanted) {
        let (log, now) = (self.unit.log.clone(), self.clock.now());
        if wanted == Wanted::Scheduled {
            self.schedule.begun();
        }
        // "Controls all resync actions" (phone-facts §2.2). Installing an authority is none.
        if !self.settings.yes("Provision_Enable") && !matches!(wanted, Wanted::Authority(_)) {
            if wanted != Wanted::Scheduled {
                log.notice("Provision Enable is No: no resync");
            }
            return self.schedule.settled(&self.settings, now);
        }
        let macros = self.macros();
        let lines = Lines::of(&self.settings, macros.clone());
        let jobs = self.jobs(&wanted, &macros);
        let nowhere = jobs.iter().all(|job| job.urls.is_empty());
        if wanted == Wanted::Scheduled {
            self.knows_no_server = nowhere;
        }
        if wanted == Wanted::Scheduled && nowhere {
            log.write(Severity::Informational, "no provisioning server is known");
            return self.schedule.settled(&self.settings, now);
        }
        let client = match self.client(&macros) {
            Some(client) if !jobs.is_empty() => client,
            cannot => {
                let error = if cannot.is_some() { "no rule is set" } else { "no network" };
                self.told(Done::Failed { text: lines.failed(error), kind: Kind::Profile });
                return self.schedule.failed(&self.settings, now);
            }
        };
        let (start, latest) = self.window(&wanted, now);
        let fails_on_missing = self.settings.yes("Resync_Fails_On_FNF");
        let order = Order { jobs: jobs.into(), client, start, latest, lines, fails_on_missing };
        self.resync.ask(order, &log);
    }

    /// When it may begin, and when it must although a line is in use.
    fn window(&mut self, wanted: &Wanted, now: Instant) -> (Instant, Instant) {
        let longest = match wanted {
            Wanted::Scheduled => 0,
            Wanted::ByRules | Wanted::Profile(_) | Wanted::Authority(_) => self.unit.profile.unknown.resync_delay_ms,
        };
        let start = now + Duration::from_millis(self.random.range(0, longest));
        let patience = Duration::from_secs_f64(self.settings.number("Forced_Resync_Delay", 14_400.0).clamp(0.0, 1e9));
        (start, start + patience)
    }

    fn jobs(&self, wanted: &Wanted, macros: &Macros) -> Vec<Job> {
        let rules: Vec<(Kind, &str)> = match wanted {
            Wanted::Scheduled | Wanted::ByRules => {
                let profiles = ["Profile_Rule", "Profile_Rule_B", "Profile_Rule_C", "Profile_Rule_D"];
                // The authority first: the profile may be behind it.
                let authority = std::iter::once((Kind::Authority, self.settings.text("Custom_CA_Rule")));
                let rules = authority.chain(profiles.map(|name| (Kind::Profile, self.settings.text(name))));
                rules.filter(|(_, rule)| !rule.trim().is_empty()).collect()
            }
            Wanted::Profile(url) => vec![(Kind::Profile, url)],
            Wanted::Authority(url) => vec![(Kind::Authority, url)],
        };
        rules.into_iter().map(|(kind, rule)| self.job(kind, rule, macros)).collect()
    }

    fn job(&self, kind: Kind, rule: &str, macros: &Macros) -> Job {
        let log = &self.unit.log;
        let rule = match Rule::read(rule, macros) {
            Ok(rule) => rule,
            Err(unsupported) => {
                log.write(Severity::Error, &unsupported.to_string());
                return Job { kind, urls: Vec::new(), login: None };
            }
        };
        let plan = self.offers(|offers| discovery::profile(&rule.location, offers));
        for note in &plan.notes {
            log.write(Severity::Warning, note);
        }
        match plan.source {
            Source::Rule | Source::Nobody => {}
            Source::V4(_) | Source::V6(_) => log.notice(&format!("provisioning server by {}", plan.source)),
        }
        if kind == Kind::Profile {
            self.board.change(|status| status.provisioning_source = plan.source.to_string());
        }
        let urls = plan.urls.iter().map(|url| macros.expand(url)).collect();
        Job { kind, urls, login: rule.login }
    }

    /// What DHCP told about servers.
    pub(super) fn offers<R>(&self, ask: impl FnOnce(&Offers<'_>) -> R) -> R {
        let lease = self.addresses.lease.as_ref();
        let v4 = |code: u16| {
            let code = u8::try_from(code).ok()?;
            lease?.options.bytes(code).map(<[u8]>::to_vec)
        };
        let lease6 = self.addresses.six.as_ref().and_then(|six| six.lease.as_ref());
        let v6 = |code: u16| lease6.into_iter().flat_map(|lease| lease.raw(code)).map(<[u8]>::to_vec).collect();
        ask(&Offers {
            v4: &v4,
            v6: &v6,
            v4_order: self.settings.text("DHCP_Option_To_Use"),
            v6_order: self.settings.text("DHCPv6_Option_To_Use"),
            unknown: &self.unit.profile.unknown,
            defects: &self.unit.defects,
        })
    }

    pub(super) fn resynced(&mut self, done: Done) -> Option<Outcome> {
        let outcome = self.told(done);
        match self.resync.over() {
            Some(true) => self.schedule.failed(&self.settings, self.clock.now()),
            Some(false) => self.schedule.settled(&self.settings, self.clock.now()),
            None => {}
        }
        outcome
    }

    fn told(&mut self, done: Done) -> Option<Outcome> {
        let log = self.unit.log.clone();
        let write = |severity, text: &str| {
            if !text.is_empty() {
                log.write(severity, text)
            }
        };
        match done {
            Done::Starting(text) => {
                write(Severity::Notice, &text);
                None
            }
            Done::Applied { text, applied } => {
                write(Severity::Notice, &text);
                for refused in &applied.refused {
                    log.write(Severity::Warning, &format!("{} in the profile {}", refused.label, refused.reason));
                }
                let outcome = self.apply(&applied.changed);
                // The status page tells of success when the settings are in force.
                self.board.change(|status| status.provisioning = text);
                outcome
            }
            Done::Installed { text, name } => {
                write(Severity::Notice, &text);
                let at = web::moment(self.unit.wall.unix());
                self.board.change(|status| {
                    status.custom_ca = format!("Last provisioning succeeded on {at}");
                    status.custom_ca_info = format!("Installed - {name}");
                });
                None
            }
            Done::Failed { text, kind } => {
                write(Severity::Error, &text);
                let at = web::moment(self.unit.wall.unix());
                self.board.change(|status| match kind {
                    Kind::Profile => status.provisioning = text,
                    Kind::Authority => status.custom_ca = format!("Last provisioning failed on {at}"),
                });
                None
            }
        }
    }
}
