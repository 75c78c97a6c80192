//! The torture messages of RFC 4475 and RFC 5118 thrown at a phone: it lives, gives each an answer that fits its label, and answers OPTIONS
//! after each. The messages are not part of the project; where they are not found, nothing is tested, and that is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod corpus;

use bench::{Pool, trial};
use corpus::Message;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use steps::{Desk, Execution, PlannedScenario, Playground, SuiteOptions, Thrown, UnitUnderTest};

/// How long an answer may take that must come.
const DUE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    trial::run(&[
        ("torture_over_udp", over_udp),
        ("torture_over_tcp", over_tcp),
        ("a_phone_that_dies_of_one_is_found", dies_of_one),
    ])
}

fn over_udp() {
    nothing_is_wrong(false);
}

fn over_tcp() {
    nothing_is_wrong(true);
}

/// The test can fail: a phone with a known wrong behaviour is found, and by the message that it dies of.
fn dies_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = torture(folder.path(), false, Some("sip.crashes-on-torture"));
    assert!(wrong.iter().any(|w| w.starts_with("RFC 4475 ncl.dat: ") && w.contains("it crashed")), "{wrong:?}");
}

fn nothing_is_wrong(tcp: bool) {
    let folder = tempfile::tempdir().unwrap();
    let wrong = torture(folder.path(), tcp, None);
    if !wrong.is_empty() {
        panic!("{}\nevidence in {}", wrong.join("\n"), folder.keep().display());
    }
}

/// Throws every message at one phone, and returns all that is wrong, so that one run shows everything.
fn torture(folder: &Path, tcp: bool, defect: Option<&str>) -> Vec<String> {
    let Some(messages) = corpus::messages() else {
        trial::skip("no captures; OFFHOOK_CAPTURES may name their folder");
    };
    assert!(messages.len() > 60, "{} messages", messages.len());
    runtime().block_on(async {
        let mut bench = playground(folder, tcp, defect).await;
        let mut wrong = Vec::new();
        for message in &messages {
            let judged = message.is_framed() || !tcp;
            let due = (judged && message.wants_answer()).then_some(DUE);
            let thrown = bench.throw(message.octets.clone(), tcp, due).await.unwrap_or_else(|stop| panic!("{stop}"));
            if thrown.then != Some(200) {
                wrong.push(format!("{}: OPTIONS afterwards was answered with {:?}", message.name, thrown.then));
            }
            if let Some(stop) = bench.broken().await {
                wrong.push(format!("{}: {stop}", message.name));
                return wrong;
            }
            if judged {
                wrong.extend(objections(message, &thrown));
            }
        }
        bench.close().await.unwrap();
        wrong
    })
}

/// What does not fit in the answers to a message.
fn objections(message: &Message, thrown: &Thrown) -> Vec<String> {
    let codes: BTreeSet<u16> = thrown.answers.iter().filter_map(|m| m.code()).filter(|code| *code > 100).collect();
    let mut wrong = Vec::new();
    let mut object = |what: String| wrong.push(format!("{}: {what}", message.name));
    if !message.takes(&codes) {
        object(format!("wanted {:?}, seen {codes:?}", message.wanted()));
    }
    if codes.iter().filter(|code| **code >= 200).count() > 1 {
        object(format!("more than one final answer: {codes:?}"));
    }
    for answer in &thrown.answers {
        let has = |name: &str| !answer.values(name).is_empty();
        let lacks = match answer.code() {
            // RFC 3261 §8.2.1, §8.2.2.3, §8.2.3: what a refusal must say, so that the other side can do better.
            Some(405) if !has("Allow") => "a 405 without Allow",
            Some(501) if !has("Allow") => "a 501 without Allow",
            Some(415) if !has("Accept") => "a 415 without Accept",
            Some(420) if answer.values("Unsupported") != message.values("Require") => {
                "a 420 whose Unsupported is not what Require asked for"
            }
            _ => continue,
        };
        object(lacks.to_owned());
    }
    wrong
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A bench with a registered 7841.
async fn playground(folder: &Path, tcp: bool, defect: Option<&str>) -> Playground {
    let mut unit = UnitUnderTest::emulated("7841", "11.2.3", PathBuf::from(env!("CARGO_BIN_EXE_offhook"))).unwrap();
    unit.defect = defect.map(str::to_owned);
    let scenario = PlannedScenario {
        file: "torture".into(),
        feature: "torture".into(),
        rule: None,
        name: "torture".into(),
        line: 0,
        tags: Vec::new(),
    };
    let execution = Execution { scenario, unit: unit.name(), round: 1 };
    let folder = folder.to_owned();
    let options = SuiteOptions {
        pool: Arc::new(Pool::new(1)),
        jobs: 1,
        round: 1,
        fail_fast: false,
        step_limit: Duration::from_secs(30),
        scenario_limit: Duration::from_secs(120),
        tap_room: None,
        seed: 4475,
        desk: Arc::new(move |_| Ok(Desk { folder: folder.clone(), journal: Box::new(|_, _| ()) })),
        listener: Arc::new(|_| ()),
    };
    let mut bench = Playground::open(execution, unit, &options).await.unwrap_or_else(|stop| panic!("{stop}"));
    if tcp {
        bench.speak_tcp().await.unwrap_or_else(|stop| panic!("{stop}"));
    }
    bench
}
