//! The phone and its ACS (TR-069): which ACS, when there is a session, and what stays in the flash of it. What is said in a session is decided by
//! [`crate::cwmp`], how it gets there by [`talk`].

mod kept;
mod talk;
#[cfg(test)]
mod tests;

use super::clock::Clock;
use super::discovery::{self, Source};
use super::provisioning::{Client, Login};
use crate::cwmp::envelope::Version;
use crate::cwmp::informs::{Backoff, Event, Informs};
use crate::cwmp::parameters::{Facts, is_told};
use crate::cwmp::session::Reason;
use crate::defects::{Defect, Defects};
use crate::random::Random;
use crate::settings::{Settings, Store};
use crate::time::{Duration, Instant};
use kept::Kept;
use std::path::Path;
use talk::Device;
use tokio::task::JoinHandle;

/// News about the ACS.
#[derive(Debug)]
pub(super) enum News {
    /// A session is due: see [`Acs::begin`].
    Due,
    /// It has ended.
    Ended(Ended),
}

/// What became of a session.
#[derive(Debug)]
pub(super) struct Ended {
    /// For the log and the page; why it failed.
    pub(super) result: Result<(), String>,
    /// Settings that it changed.
    pub(super) changed: Vec<String>,
    /// Whether the ACS wants a restart.
    pub(super) reboot: bool,
}

/// The ACS of a phone.
pub(super) struct Acs {
    store: Store,
    defects: Defects,
    kept: Kept,
    informs: Informs,
    /// The ACS in use; none while TR-069 is off or nobody has named one.
    server: Option<Server>,
    session: Option<JoinHandle<talk::Talked>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Server {
    url: String,
    source: Source,
}

impl Acs {
    /// No ACS yet.
    pub(super) fn new(flash: &Path, store: Store, defects: Defects, random: Random) -> Self {
        let kept = Kept::in_flash(flash);
        Acs { store, defects, kept, informs: Informs::new(random), server: None, session: None }
    }

    /// The URL in use, for the page.
    pub(super) fn url(&self) -> &str {
        self.server.as_ref().map_or("", |server| &server.url)
    }

    /// The URL in use, for the log.
    pub(super) fn shown_url(&self) -> String {
        without_login(self.url())
    }

    /// `ParameterKey`.
    pub(super) fn parameter_key(&self) -> &str {
        &self.kept.parameter_key
    }

    /// When the next periodic Inform is due.
    pub(super) const fn periodic(&self) -> Option<Instant> {
        self.informs.periodic()
    }

    /// Obeys settings and what DHCP told. A line for the log when there is another ACS.
    pub(super) fn configure(
        &mut self,
        settings: &Settings,
        discovered: Option<discovery::Acs>,
        now: Instant,
    ) -> Option<String> {
        let discovered = discovered.filter(|_| settings.yes("TR-069_DHCPOption_Init"));
        let server = self.choose(settings, discovered.as_ref());
        if let Some(acs) = discovered {
            let standard = Backoff::default();
            self.informs.set_backoff(Backoff {
                minimum: acs.retry_minimum.unwrap_or(standard.minimum),
                multiplier: acs.retry_multiplier.unwrap_or(standard.multiplier),
            });
            if let Some(code) = acs.provisioning_code.filter(|_| self.kept.provisioning_code.is_empty()) {
                self.kept.provisioning_code = code;
            }
        }
        let told = (server != self.server).then(|| match &server {
            Some(server) => format!("TR-069 ACS {} ({})", without_login(&server.url), server.source),
            None => "TR-069 has no ACS".to_owned(),
        });
        if let Some(next) = server.as_ref().filter(|next| self.url() != next.url) {
            // TR-069 §3.7.1.5: the first contact with an ACS, or with another than before, begins anew.
            if self.kept.url != next.url {
                self.informs.happened(Event::Bootstrap, now);
            }
            if self.server.is_none() {
                self.informs.happened(Event::Boot, now);
                if let Some(key) = self.kept.reboot_key.clone() {
                    self.informs.happened(Event::Rebooted(key), now);
                }
            }
        }
        if server.is_none() {
            self.informs.stop();
        }
        self.server = server;
        let seconds = settings.number("Periodic_Inform_Interval", 20.0).clamp(1.0, 1e9);
        let period = settings.yes("Periodic_Inform_Enable").then(|| Duration::from_secs_f64(seconds));
        self.informs.set_period(period.filter(|_| self.server.is_some()), now);
        told
    }

    /// TR-069 §3.1: a configured URL wins over what DHCP told.
    fn choose(&self, settings: &Settings, discovered: Option<&discovery::Acs>) -> Option<Server> {
        if !settings.yes("Enable_TR-069") || self.defects.has(Defect::Tr069NoInform) {
            return None;
        }
        let configured = match settings.text("ACS_URL").trim() {
            "" => None,
            url => Some(Server { url: url.to_owned(), source: Source::Rule }),
        };
        let discovered = discovered.map(|acs| Server { url: acs.url.clone(), source: acs.source });
        match self.defects.has(Defect::Tr069PrefersDiscovered) {
            true => discovered.or(configured),
            false => configured.or(discovered),
        }
    }

    /// Settings were changed by another hand than the ACS's.
    pub(super) fn changed(&mut self, names: &[String], now: Instant) {
        if self.server.is_some() && names.iter().any(|name| is_told(name)) {
            self.informs.happened(Event::ValueChange, now);
        }
    }

    /// Waits for news. May be dropped and called again at any time.
    pub(super) async fn next(&mut self, clock: &Clock) -> News {
        let Some(session) = &mut self.session else {
            clock.until(self.informs.deadline()).await;
            return News::Due;
        };
        let talked = session.await.unwrap_or_else(|_| talk::Talked::failed("interrupted"));
        self.session = None;
        News::Ended(self.ended(talked, clock.now()))
    }

    /// Begins a session; the events that it tells. Without a client it is put off as one that failed.
    pub(super) fn begin(
        &mut self,
        client: Option<Client>,
        facts: Facts,
        settings: &Settings,
        now: Instant,
        current_time: String,
    ) -> Option<String> {
        let server = self.server.clone()?;
        let (events, retry_count) = self.informs.begin(now);
        let Some(client) = client else {
            self.informs.failed(now);
            return None;
        };
        let told: Vec<_> = events.iter().map(Event::told).collect();
        let summary = told.iter().map(|(code, _)| *code).collect::<Vec<_>>().join(", ");
        let reason = Reason { events: told, retry_count, current_time };
        // Without a name of its own the phone calls itself admin (phone-facts §2.2).
        let own = |name: &str| match settings.text(name) {
            "" => "admin".to_owned(),
            set => set.to_owned(),
        };
        let login = Login { user: own("ACS_Username"), password: own("ACS_Password") };
        let version = Version(if settings.yes("CWMP_V1.2_Support") { 2 } else { 0 });
        let facts = Facts {
            acs_url: server.url.clone(),
            parameter_key: self.kept.parameter_key.clone(),
            provisioning_code: self.kept.provisioning_code.clone(),
            ..facts
        };
        let device = Device::new(self.store.clone(), facts);
        self.session = Some(tokio::spawn(talk::session(client, server.url, login, version, reason, device)));
        Some(summary)
    }

    fn ended(&mut self, talked: talk::Talked, now: Instant) -> Ended {
        self.kept.parameter_key = talked.parameter_key.unwrap_or_else(|| self.kept.parameter_key.clone());
        self.kept.provisioning_code = talked.provisioning_code.unwrap_or_else(|| self.kept.provisioning_code.clone());
        let mut reboot = false;
        let result = match talked.result {
            Ok(ended) => {
                self.informs.succeeded(now);
                self.kept.url = self.url().to_owned();
                reboot = ended.reboot.is_some();
                self.kept.reboot_key = ended.reboot;
                Ok(())
            }
            Err(error) => {
                self.informs.failed(now);
                Err(error)
            }
        };
        self.kept.write();
        Ended { result, changed: talked.changed, reboot }
    }
}

impl Drop for Acs {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            session.abort();
        }
    }
}

/// Whether the network is to be asked for an ACS: the feature is on, the settings let DHCP have a say, and none is configured.
pub(super) fn wants_discovery(settings: &Settings) -> bool {
    settings.yes("Enable_TR-069") && settings.yes("TR-069_DHCPOption_Init") && settings.text("ACS_URL").is_empty()
}

/// Forgets what the flash knows of an ACS, as a factory reset does.
pub(super) fn forget_in(flash: &Path) {
    Kept::in_flash(flash).forget();
}

/// A URL for the log: whatever stands before `@` could be a password.
fn without_login(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
