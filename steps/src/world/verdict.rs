//! From what the steps say, what was broken meanwhile and how the capture ended: the verdict.

use super::{Fault, Scene, World};
use crate::outcome::{Blame, Finding, Stop};
use crate::suite::{Told, Verdict};

impl World {
    /// The verdict, as far as it does not depend on how the capture ends.
    pub(super) async fn verdict(&mut self, scene: &mut Scene, told: Told) -> Verdict {
        let stop = self.stop.take();
        let fault = match &stop {
            Some(Stop::Failed(_) | Stop::Inconclusive { .. }) => scene.fault_behind().await,
            Some(Stop::NotApplicable(_)) | None => scene.fault(),
        };
        let failed = self.steps.iter().find(|s| !s.held).or(self.steps.last());
        let step = failed.map(|s| s.sentence.clone()).unwrap_or_default();
        let undefined = self.undefined.take();
        let finding = match (fault, stop, told) {
            // Where the bench was broken, nothing that was seen on it counts.
            (Some(Fault::Ours(who, cause)), _, _) => return Verdict::Inconclusive { who, cause },
            (Some(Fault::Phone(seen)), stop, _) => {
                let met = if let Some(Stop::Failed(finding)) = stop { finding } else { Finding::default() };
                Finding { expected: "the phone keeps running".into(), seen, ..met }
            }
            (Some(Fault::Silent), Some(Stop::Failed(met)), _) => Finding { seen: Fault::silence(&met.seen), ..met },
            (_, Some(Stop::Failed(finding)), _) => finding,
            (_, Some(other), _) => return other.into(),
            (_, None, told) => match (undefined, told) {
                (Some((step, why)), _) => return Verdict::Undefined { step, why },
                (None, Told::Panicked(text)) => {
                    return Verdict::Inconclusive {
                        who: Blame::Harness,
                        cause: format!("a step of offhook panicked: {text}; this is a bug of offhook"),
                    };
                }
                (None, Told::Ended) => return Verdict::Passed,
            },
        };
        let ladder = ladder_of(&scene.observer.look(), &finding.packets);
        Verdict::Failed { step, finding: Finding { ladder, ..finding }, serial: scene.phone.last_lines().await }
    }
}

/// The packets of a finding in words, the first dozen.
fn ladder_of(capture: &evidence::Capture, packets: &[u32]) -> Vec<String> {
    let names = crate::playground::names();
    let shown = |m: &&evidence::SipMessage| packets.iter().any(|p| m.packets.contains(*p));
    capture
        .sip_messages()
        .filter(shown)
        .take(12)
        .map(|m| format!("{} {} → {}: {}", m.packets.first(), names.of(m.src.ip()), names.of(m.dst.ip()), m.title()))
        .collect()
}

/// How the capture ended.
pub(crate) struct TapEnd {
    /// Frames that the tap missed.
    pub(super) dropped: u64,
}

impl TapEnd {
    /// A capture with holes decides nothing, neither about the phone nor about us.
    pub(super) fn unless_worse(self, verdict: Verdict, warnings: &mut Vec<String>) -> Verdict {
        if self.dropped == 0 {
            return verdict;
        }
        let cause = format!("the tap dropped {} packets; run with fewer --jobs", self.dropped);
        match verdict {
            Verdict::Passed
            | Verdict::Failed { .. }
            | Verdict::Inconclusive { who: Blame::Bench | Blame::Harness, .. } => {
                Verdict::Inconclusive { who: Blame::Capture, cause }
            }
            Verdict::Inconclusive { .. } | Verdict::NotApplicable(_) | Verdict::Undefined { .. } | Verdict::NotRun => {
                warnings.push(cause);
                verdict
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn after(dropped: u64, verdict: Verdict) -> (Verdict, usize) {
        let mut warnings = Vec::new();
        (TapEnd { dropped }.unless_worse(verdict, &mut warnings), warnings.len())
    }

    fn inconclusive(who: Blame) -> Verdict {
        Verdict::Inconclusive { who, cause: "it broke".into() }
    }

    fn failed() -> Verdict {
        Verdict::Failed { step: "Then it rings".into(), finding: Finding::default(), serial: Vec::new() }
    }

    #[test]
    fn a_whole_capture_leaves_every_verdict_as_it_is() {
        for verdict in [Verdict::Passed, failed(), inconclusive(Blame::Server), Verdict::NotApplicable("x".into())] {
            assert_eq!(after(0, verdict.clone()), (verdict, 0));
        }
    }

    #[test]
    fn a_capture_with_holes_lets_nothing_pass_or_fail() {
        for verdict in [Verdict::Passed, failed(), inconclusive(Blame::Bench), inconclusive(Blame::Harness)] {
            let (Verdict::Inconclusive { who: Blame::Capture, cause }, 0) = after(3, verdict) else { panic!() };
            assert_eq!(cause, "the tap dropped 3 packets; run with fewer --jobs");
        }
    }

    #[test]
    fn a_better_known_cause_stays_and_the_holes_are_a_warning() {
        for verdict in [inconclusive(Blame::Power), inconclusive(Blame::Cable), inconclusive(Blame::Server)] {
            assert_eq!(after(3, verdict.clone()), (verdict, 1));
        }
    }
}
