//! What the page, the keys and profiles change.

use super::{Outcome, Phone};
use crate::boot::apply::needs_restart;
use crate::boot::resync::Done;
use crate::net::syslog::Severity;
use crate::state::{Command, RebootReason};
use crate::time::Duration;
use crate::ua::Input;

impl Phone {
    pub(super) fn command(&mut self, command: Command) -> Option<Outcome> {
        let input = match command {
            Command::Press(key) => Input::Press(key),
            Command::Dial(number) => Input::Dial(number),
            Command::SoftKey(name) => Input::SoftKey(name),
            Command::Apply(changed) => return self.apply(&changed),
            Command::Reboot(reason) => return Some(Outcome::Restart(reason)),
            Command::Resync(url) => {
                self.start_resync(url);
                return None;
            }
            Command::FactoryReset => return Some(Outcome::FactoryReset),
        };
        if let Some(online) = &mut self.online {
            online.agent.input(input);
        }
        None
    }

    /// Puts changed settings into force, or restarts for them.
    fn apply(&mut self, changed: &[String]) -> Option<Outcome> {
        if let Some(name) = needs_restart(changed) {
            self.unit.log.notice(&format!("{name} changed, restarting"));
            return Some(Outcome::Restart(RebootReason::Provisioning));
        }
        self.settings = self.unit.store.snapshot();
        let settings = &self.settings;
        self.unit.log.configure(Severity::of_setting(settings.text("Debug_Level")), settings.yes("Ehook_Enable"));
        if let Some(online) = &mut self.online {
            online.apply(settings);
        }
        self.show();
        self.unit.log.notice(&format!("{} settings applied", changed.len()));
        None
    }

    pub(super) fn start_resync(&mut self, url: Option<String>) {
        let longest = self.unit.profile.unknown.resync_delay_ms;
        let start = self.clock.now() + Duration::from_millis(self.random.range(0, longest));
        let patience = Duration::from_secs_f64(self.settings.number("Forced_Resync_Delay", 14_400.0).clamp(0.0, 1e9));
        let rule = url.unwrap_or_else(|| self.settings.text("Profile_Rule").to_owned());
        let client = self.online.as_ref().map(|online| online.client(&self.unit.profile, self.network.mac()));
        self.resync.ask(&rule, client, start, start + patience, &self.unit.log);
    }

    pub(super) fn resynced(&mut self, done: Done) -> Option<Outcome> {
        let log = &self.unit.log;
        match done {
            Done::Starting(text) => {
                log.notice(&text);
                None
            }
            Done::Applied { text, applied } => {
                log.notice(&text);
                for refused in &applied.refused {
                    log.write(Severity::Warning, &format!("{} in the profile {}", refused.label, refused.reason));
                }
                let outcome = self.apply(&applied.changed);
                // The status page tells of success when the settings are in force.
                self.board.change(|status| status.provisioning = text);
                outcome
            }
            Done::Failed(text) => {
                log.write(Severity::Error, &text);
                self.board.change(|status| status.provisioning = text);
                None
            }
        }
    }
}
