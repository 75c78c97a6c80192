//! What the phone keeps in its flash beside its settings: call history, and why it restarted.

use super::{Outcome, Phone, Unit};
use crate::boot::acs;
use crate::boot::lease_file::LeaseFile;
use crate::boot::lease6_file::Lease6File;
use crate::net::syslog::Severity;
use crate::state::RebootReason;

impl Phone {
    pub(super) fn save_history(&mut self) {
        let mut changed = None;
        self.board.change(|status| changed = (status.history != self.saved_history).then(|| status.history.clone()));
        if let Some(history) = changed {
            if let Err(error) = self.unit.store.keep_history(&history) {
                self.unit.log.write(Severity::Error, &format!("flash: {error}"));
            }
            self.saved_history = history;
        }
    }
}

/// Notes in the flash why a boot ended, before the next begins.
pub(in crate::boot) fn record(unit: &Unit, outcome: &Outcome) {
    let kept = match outcome {
        Outcome::Off => Ok(()),
        Outcome::Restart(reason) => unit.store.record_reboot(unit.wall.unix(), *reason),
        Outcome::FactoryReset => {
            LeaseFile::forget_in(&unit.flash);
            acs::forget_in(&unit.flash);
            unit.trust.forget();
            Lease6File::forget_in(&unit.flash);
            let reset = unit.store.factory_reset();
            reset.and_then(|()| unit.store.record_reboot(unit.wall.unix(), RebootReason::UserTriggered))
        }
    };
    if let Err(error) = kept {
        unit.log.write(Severity::Error, &format!("flash: {error}"));
    }
}
