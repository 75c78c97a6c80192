//! NOTIFY outside of dialogs: how a server asks the phone to resync, restart or report (phone-facts §3.7), under Auth
//! Resync-Reboot (§2.2).

use super::UserAgent;
use super::challenge::Verdict;
use super::incoming::with_all;
use super::interface::{Output, Severity};
use super::line::LineSettings;
use crate::sip::message::Message;
use crate::sip::transaction::TxnId;
use crate::state::RebootReason;
use crate::time::Instant;

/// The events that the phone obeys.
const EVENTS: &str = "resync, reboot, restart, report, message-summary";

impl UserAgent {
    pub(super) fn notified(&mut self, txn: TxnId, notify: &Message, line: &LineSettings, tag: &str, now: Instant) {
        let event = notify.header("Event").or_else(|| notify.header("o")).unwrap_or_default();
        let event = event.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let output = match event.as_str() {
            // Message waiting is told unasked by many servers; it is taken, and asks for nothing.
            "message-summary" => None,
            "resync" | "check-sync" => Some(Output::Resync(None)),
            // A soft restart of the voice application and a cold one look alike from outside.
            "reboot" | "restart" => Some(Output::Reboot(RebootReason::SipTriggered)),
            "report" => Some(Output::Report),
            _ => {
                // RFC 6665 §8.2.2: an event package that is not understood.
                let answer = notify.reply(489, tag).with("Allow-Events", EVENTS);
                self.desk.respond(txn, answer, now);
                return;
            }
        };
        let resync_off = matches!(output, Some(Output::Resync(_)))
            && matches!(self.desk.settings.text("Resync_From_SIP"), "No" | "Disabled");
        if output.is_some()
            && line.auth_notify
            && let Verdict::Refused { status, headers } = self.judge_notify(notify, line, now)
        {
            self.desk.respond(txn, with_all(notify.reply(status, tag), headers), now);
            return;
        }
        self.desk.respond(txn, notify.reply(200, tag), now);
        if let Some(output) = output.filter(|_| !resync_off) {
            self.desk.log(Severity::Notice, format!("NOTIFY asks for {event}"));
            // The answer is to leave before the phone does.
            self.orders.push(output);
        }
    }
}
