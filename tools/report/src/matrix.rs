//! What `offhook prove` prints: which scenarios detect which known wrong behaviour, and what nothing detects.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::ScenarioResult;
use crate::tally::{Counts, Tally};
use crate::text;
use crate::trace::requirement;
use crate::verdict::Verdict;

/// The results of a proof: one run without defects, and one for each defect.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// The run without defects. Everything must pass.
    pub clean: Tally,
    /// One run for each defect.
    pub defects: Vec<DefectRun>,
    /// Every requirement that must be failed by at least one defect.
    pub requirements: BTreeSet<String>,
}

/// What happened while one defect was switched on.
#[derive(Clone, Debug, Default)]
pub struct DefectRun {
    /// Name of the defect.
    pub defect: String,
    /// What it does wrong, in words.
    pub description: String,
    /// Requirements and tags whose scenarios claim to detect it; empty when none is claimed, then any will do.
    pub claimed: Vec<String>,
    /// Results of the scenarios that ran.
    pub results: Tally,
}

impl DefectRun {
    /// The results that failed: those that detect the defect.
    pub fn detected_by(&self) -> impl Iterator<Item = &ScenarioResult> {
        self.results.results().filter(|result| matches!(result.verdict, Verdict::Failed(_)))
    }

    /// What claims to detect the defect and did not fail: requirements of which no scenario failed, and claims that no
    /// scenario carries.
    pub fn missed(&self) -> Vec<&str> {
        let mut missed = Vec::new();
        for claim in &self.claimed {
            let mut under: BTreeMap<&str, bool> = BTreeMap::new();
            for result in self.results.results().filter(|result| carries(result, claim)) {
                let requirement = result.scenario.requirement.as_deref().unwrap_or(claim);
                *under.entry(requirement).or_default() |= matches!(result.verdict, Verdict::Failed(_));
            }
            if under.is_empty() {
                missed.push(claim.as_str());
            }
            missed.extend(under.iter().filter(|(_, failed)| !**failed).map(|(requirement, _)| *requirement));
        }
        missed
    }

    /// Failures that do not say enough: requirement, expected, seen.
    pub fn silent(&self) -> Vec<&ScenarioResult> {
        let says_why = |result: &&ScenarioResult| match &result.verdict {
            Verdict::Failed(failure) => {
                let requirement = failure.requirement.is_some() || result.scenario.requirement.is_some();
                requirement && !failure.expected.is_empty() && !failure.seen.is_empty()
            }
            _ => true,
        };
        self.detected_by().filter(|result| !says_why(result)).collect()
    }
}

impl Proof {
    /// Requirements that no defect fails.
    pub fn unfailed(&self) -> Vec<&str> {
        let failed: BTreeSet<&str> = self
            .defects
            .iter()
            .flat_map(DefectRun::detected_by)
            .flat_map(|result| {
                let tagged = result.scenario.tags.iter().filter_map(|tag| requirement(tag));
                tagged.chain(result.scenario.requirement.as_deref())
            })
            .collect();
        self.requirements.iter().map(String::as_str).filter(|id| !failed.contains(id)).collect()
    }

    /// Everything that keeps the proof from being clean, one line each; empty when it is.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.clean.counts().total() == 0 {
            problems.push("without defects: no scenario ran".to_owned());
        }
        for result in self.clean.results() {
            if !matches!(result.verdict, Verdict::Passed | Verdict::NotApplicable { .. }) {
                problems.push(format!("without defects: {} {}", told(result), result.verdict.word()));
            }
        }
        if self.clean.not_run() > 0 {
            problems.push(format!("without defects: {} not run", text::count(self.clean.not_run(), "scenario")));
        }
        problems.extend(self.clean.parse_errors().iter().map(text::parse_error));
        for run in &self.defects {
            self.problems_of(run, &mut problems);
        }
        for id in self.unfailed() {
            problems.push(format!("{id}: no defect fails this requirement, so nothing shows that it is tested"));
        }
        problems
    }

    fn problems_of(&self, run: &DefectRun, problems: &mut Vec<String>) {
        let name = &run.defect;
        if run.detected_by().next().is_none() {
            problems.push(format!("{name}: not detected ({})", summary(&run.results.counts())));
        }
        for claim in run.missed() {
            problems.push(format!("{name}: {claim} claims to detect it and did not fail"));
        }
        for result in run.silent() {
            problems.push(format!("{name}: {} failed without saying requirement, expected and seen", told(result)));
        }
        for result in run.results.results() {
            if matches!(result.verdict, Verdict::Inconclusive { .. } | Verdict::Undefined { .. }) {
                problems.push(format!("{name}: {} {}", told(result), result.verdict.word()));
            }
        }
    }

    /// The matrix: each defect with the requirements and scenarios that failed, then what is wrong with the proof.
    pub fn render(&self) -> String {
        let mut out = format!("without defects: {}\n\n", summary(&self.clean.counts()));
        for run in &self.defects {
            out.push_str(&render_defect(run));
        }
        let problems = self.problems();
        let detected = self.defects.iter().filter(|run| run.detected_by().next().is_some()).count();
        let unfailed = self.unfailed().len();
        out.push_str(&format!(
            "\n{detected} of {} detected; {} of {} failed by a defect\n",
            text::count(self.defects.len(), "defect"),
            self.requirements.len() - unfailed,
            text::count(self.requirements.len(), "requirement"),
        ));
        if problems.is_empty() {
            out.push_str("Result: proven\n");
        } else {
            problems.iter().for_each(|problem| text::line(&mut out, "problem", problem));
            out.push_str(&format!("Result: not proven, {}\n", text::count(problems.len(), "problem")));
        }
        out
    }
}

fn carries(result: &ScenarioResult, claim: &str) -> bool {
    result.scenario.requirement.as_deref() == Some(claim) || result.scenario.tags.iter().any(|tag| tag == claim)
}

fn render_defect(run: &DefectRun) -> String {
    let mut out = String::new();
    let mut by_requirement: BTreeMap<&str, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    for result in run.detected_by() {
        let scenario = &result.scenario;
        let id = scenario.requirement.as_deref().unwrap_or("(no requirement)");
        let name = format!("{} ({}:{})", scenario.name, scenario.file, scenario.line);
        by_requirement.entry(id).or_default().entry(name).or_default().insert(&scenario.unit);
    }
    let mark = if by_requirement.is_empty() { "NOT DETECTED" } else { "detected" };
    out.push_str(&format!("{}  {mark}  {}\n", run.defect, run.description));
    for (id, scenarios) in by_requirement {
        out.push_str(&format!("    {id}\n"));
        for (name, units) in scenarios {
            let units: Vec<&str> = units.into_iter().collect();
            out.push_str(&format!("        {name}  [{}]\n", units.join(" ")));
        }
    }
    out
}

fn told(result: &ScenarioResult) -> String {
    let scenario = &result.scenario;
    format!("{} \"{}\" ({}:{})", scenario.unit, scenario.name, scenario.file, scenario.line)
}

/// `3 passed, 1 failed`.
fn summary(counts: &Counts) -> String {
    let parts = [
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.undefined, "undefined"),
        (counts.inconclusive, "inconclusive"),
        (counts.not_applicable, "not applicable"),
        (counts.flaky, "flaky"),
    ];
    let shown: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    if shown.is_empty() { "nothing ran".to_owned() } else { shown.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{failed, finished, inconclusive, passed};

    fn tally(results: Vec<ScenarioResult>) -> Tally {
        let mut tally = Tally::default();
        results.into_iter().for_each(|result| tally.add(&finished(result)));
        tally
    }

    fn defect(name: &str, results: Vec<ScenarioResult>) -> DefectRun {
        DefectRun {
            defect: name.into(),
            description: "answers servers that are not on the list".into(),
            claimed: vec![],
            results: tally(results),
        }
    }

    fn proof(defects: Vec<DefectRun>, requirements: &[&str]) -> Proof {
        Proof {
            clean: tally(vec![passed("7811", 10), passed("7841", 10)]),
            defects,
            requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn a_clean_proof_shows_which_scenario_detects_which_defect() {
        let runs =
            vec![defect("sip.answers-unlisted", vec![failed("7811", 30), failed("7841", 30), passed("7811", 10)])];
        let proof = proof(runs, &["doc/domains/silence-unlisted"]);
        insta::assert_snapshot!(proof.render(), @r"
        without defects: 2 passed

        sip.answers-unlisted  detected  answers servers that are not on the list
            doc/domains/silence-unlisted
                an INVITE from an unlisted server (features/sip/restrict-access-domains.feature:30)  [7811 7841]

        1 of 1 defect detected; 1 of 1 requirement failed by a defect
        Result: proven
        ");
        assert!(proof.problems().is_empty());
    }

    #[test]
    fn every_gap_of_a_proof_is_named() {
        let mut silent = failed("7811", 30);
        if let Verdict::Failed(failure) = &mut silent.verdict {
            failure.seen.clear();
        }
        let mut claimed = defect("sip.drops-listed", vec![silent]);
        claimed.claimed = vec!["doc/domains/answer-listed".into()];
        let undetected = defect("sip.same-nonce", vec![passed("7811", 10), inconclusive("7811", 20)]);
        let mut proof = proof(vec![claimed, undetected], &["doc/domains/saved", "doc/domains/silence-unlisted"]);
        proof.clean.add(&finished(failed("7821", 30)));
        insta::assert_snapshot!(proof.render(), @r#"
        without defects: 2 passed, 1 failed

        sip.drops-listed  detected  answers servers that are not on the list
            doc/domains/silence-unlisted
                an INVITE from an unlisted server (features/sip/restrict-access-domains.feature:30)  [7811]
        sip.same-nonce  NOT DETECTED  answers servers that are not on the list

        1 of 2 defects detected; 1 of 2 requirements failed by a defect
          problem     without defects: 7821 "an INVITE from an unlisted server" (features/sip/restrict-access-domains.feature:30) failed
          problem     sip.drops-listed: doc/domains/answer-listed claims to detect it and did not fail
          problem     sip.drops-listed: 7811 "an INVITE from an unlisted server" (features/sip/restrict-access-domains.feature:30) failed without saying requirement, expected and seen
          problem     sip.same-nonce: not detected (1 passed, 1 inconclusive)
          problem     sip.same-nonce: 7811 "the page is read back" (features/sip/restrict-access-domains.feature:20) inconclusive
          problem     doc/domains/saved: no defect fails this requirement, so nothing shows that it is tested
        Result: not proven, 6 problems
        "#);
    }

    #[test]
    fn each_requirement_that_claims_a_defect_must_fail_for_it() {
        let claims = |mut result: ScenarioResult| {
            result.scenario.tags.push("detects:sip.answers-unlisted".into());
            result
        };
        let results = vec![claims(failed("7811", 30)), claims(passed("7811", 31)), claims(passed("7811", 10))];
        let mut run = defect("sip.answers-unlisted", results);
        run.claimed = vec!["detects:sip.answers-unlisted".into()];
        assert_eq!(run.missed(), ["doc/domains/answer-listed"]);
    }

    #[test]
    fn a_claim_that_no_scenario_carries_is_missed() {
        let mut run = defect("sip.answers-unlisted", vec![failed("7811", 30)]);
        run.claimed = vec!["detects:sip.answers-unlisted".into()];
        assert_eq!(run.missed(), ["detects:sip.answers-unlisted"]);
    }

    #[test]
    fn a_proof_in_which_nothing_ran_is_not_clean() {
        assert_eq!(Proof::default().problems(), ["without defects: no scenario ran"]);
    }
}
