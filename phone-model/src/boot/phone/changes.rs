//! What the page, the keys and profiles change.

use super::resyncing::Wanted;
use super::{Outcome, Phone};
use crate::boot::apply::needs_restart;
use crate::net::syslog::Severity;
use crate::state::{Command, RebootReason};
use crate::ua::Input;

impl Phone {
    pub(super) fn command(&mut self, command: Command) -> Option<Outcome> {
        let input = match command {
            Command::Press(key) => Input::Press(key),
            Command::Dial(number) => Input::Dial(number),
            Command::DialOn { line, number } => Input::DialOn { line, number },
            Command::SoftKey(name) => Input::SoftKey(name),
            Command::Mark(mark) => {
                self.board.reach(mark);
                return None;
            }
            Command::Apply(changed) => return self.apply(&changed),
            Command::Reboot(reason) => return Some(Outcome::Restart(reason)),
            Command::Resync(url) => {
                self.start_resync(Wanted::asked(url));
                return None;
            }
            Command::UpdateCa(url) => {
                self.start_resync(Wanted::Authority(url));
                return None;
            }
            Command::FactoryReset => return Some(Outcome::FactoryReset),
        };
        if let Some(online) = &mut self.online {
            online.input(input);
        }
        None
    }

    /// Puts changed settings into force, or restarts for them.
    pub(super) fn apply(&mut self, changed: &[String]) -> Option<Outcome> {
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
        self.show4();
        self.unit.log.notice(&format!("{} settings applied", changed.len()));
        self.reschedule(changed);
        if !self.changed_by_acs {
            self.acs.changed(changed, self.clock.now());
        }
        self.find_acs();
        None
    }
}
