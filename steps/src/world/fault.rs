//! What was broken while a scenario ran, whatever its steps say: something of ours, something from outside, or the phone by itself.

use super::{Scene, boots_seen};
use crate::outcome::{Blame, Stop};
use crate::unit::emulated::Fate;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a phone that did not do what a step wanted may take to give a sign of life, or to show what has become of it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// How often a page that refuses the connection is asked again.
const AGAIN: Duration = Duration::from_millis(20);

/// What was broken.
pub(super) enum Fault {
    /// Something of ours, or somebody from outside.
    Ours(Blame, String),
    /// The phone ended or restarted by itself.
    Phone(String),
    /// The phone is on, and answers nothing.
    Silent,
}

impl Fault {
    /// What stops a step that met this fault when it expected something else.
    pub(super) fn stops(self, expected: &str, seen: &str) -> Stop {
        match self {
            Fault::Ours(who, cause) => Stop::Inconclusive { who, cause },
            Fault::Phone(seen) => Stop::failed("the phone keeps running", seen, []),
            Fault::Silent => Stop::failed(expected, seen, []),
        }
    }

    /// What was seen of a phone that answers nothing, after what the step saw.
    pub(super) fn silence(seen: &str) -> String {
        format!(
            "{seen}; the phone does not answer: it is on, and its page is dumb for {} s too",
            SIGN_OF_LIFE.as_secs()
        )
    }
}

impl Scene {
    /// What is broken for all to see.
    pub(super) fn fault(&mut self) -> Option<Fault> {
        if let Some(fault) = self.network.fault() {
            return Some(Fault::Ours(Blame::Server, fault.to_string()));
        }
        if let Some(what) = self.cable.fault() {
            return Some(Fault::Ours(
                Blame::Cable,
                format!("the phone's cable: {what}, and not by the scenario; plug it in and run again"),
            ));
        }
        match self.phone.fate() {
            Fate::On | Fate::Off => {}
            Fate::PowerTaken => {
                let cause = "somebody killed the phone (SIGKILL); give it its power back and run again";
                return Some(Fault::Ours(Blame::Power, cause.into()));
            }
            Fate::SwitchedOff => {
                let cause = "somebody switched the phone off (SIGTERM); leave it on and run again";
                return Some(Fault::Ours(Blame::Power, cause.into()));
            }
            Fate::Crashed(status) => return Some(Fault::Phone(format!("it crashed: {status}"))),
        }
        let (boots, expected) = (boots_seen(&self.observer.look()), self.boots_due());
        (boots > expected)
            .then(|| Fault::Phone(format!("it restarted by itself: it came up {boots} times, {expected} were due")))
    }

    /// What is broken behind a step that did not hold. The sockets of a dying phone close before its process is gone, and a restart shows only
    /// when the phone comes up again; so a phone that gives no sign of life is given a moment to show what has become of it.
    pub(super) async fn fault_behind(&mut self) -> Option<Fault> {
        if let Some(fault) = self.fault() {
            return Some(fault);
        }
        if self.silent {
            return Some(Fault::Silent);
        }
        // Off, or not yet up: then no sign of life is due.
        let web = SocketAddr::new(self.address?, 80);
        if self.phone.fate() == Fate::Off {
            return None;
        }
        let due = self.boots_due();
        let alive = async {
            while self.client.get(web, "/admin/status.xml").await.is_err() {
                tokio::time::sleep(AGAIN).await;
            }
        };
        let restarted = self.observer.until(SIGN_OF_LIFE, |capture| (boots_seen(capture) > due).then_some(()));
        let answers = tokio::select! {
            biased;
            () = self.phone.ends() => false,
            () = alive => true,
            _ = restarted => false,
        };
        // A fault that shows by now is the cause; else it is decided by whether the page answered.
        self.fault().or_else(|| {
            self.silent = !answers;
            self.silent.then_some(Fault::Silent)
        })
    }

    /// What is broken by now, asked without a step that failed.
    pub(crate) async fn broken(&mut self) -> Option<Stop> {
        let fault = self.fault_behind().await?;
        Some(fault.stops("the phone answers", &Fault::silence("its SIP port and its page were asked")))
    }

    /// Boots that the scenario asked for.
    fn boots_due(&self) -> u64 {
        self.phone.boots() + self.story.restarts_allowed
    }
}
