#![allow(clippy::unwrap_used)]
use super::*;
use crate::examples::{BEGIN, failed, passed, scenario};

#[test]
fn each_run_has_a_folder_of_its_own_and_latest_points_at_the_last() {
    let parent = tempfile::tempdir().unwrap();
    let first = RunFolder::create(parent.path(), BEGIN).unwrap();
    let second = RunFolder::create(parent.path(), BEGIN).unwrap();
    assert_eq!(first.path(), parent.path().join("20261112T101112Z-1"));
    assert_eq!(second.path(), parent.path().join("20261112T101112Z-2"));
    assert_eq!(fs::read_link(parent.path().join("latest")).unwrap(), PathBuf::from("20261112T101112Z-2"));
}

#[test]
fn a_scenario_folder_is_named_after_what_ran_in_it() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(parent.path(), BEGIN).unwrap();
    let mut again = scenario("7841", 30);
    again.attempt = 2;
    assert_eq!(
        run.scenario(&scenario("7841", 30)).unwrap().relative(),
        Path::new("7841/restrict-access-domains/030-an-invite-from-an-unlisted-server")
    );
    assert_eq!(
        run.scenario(&again).unwrap().relative(),
        Path::new("7841/restrict-access-domains/030-an-invite-from-an-unlisted-server-attempt-2")
    );
    assert_eq!(
        run.scenario(&again).unwrap().relative(),
        Path::new("7841/restrict-access-domains/030-an-invite-from-an-unlisted-server-attempt-2-again-2")
    );
}

#[test]
fn a_run_is_read_back_as_it_was_written() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(parent.path(), BEGIN).unwrap();
    run.write_run(&RunStarted { planned: 2, ..RunStarted::default() }).unwrap();
    for mut result in [passed("7811", 10), failed("7811", 30)] {
        let folder = run.scenario(&result.scenario).unwrap();
        result.folder = folder.relative().to_path_buf();
        folder.write_verdict(&result).unwrap();
    }
    let mut kept = Tally::default();
    let error = ParseError { file: "a.feature".into(), line: Some(3), message: "what?".into() };
    kept.add(&Event::ParseError(error.clone()));
    kept.add(&Event::RunFinished(RunFinished { at: 7, cut_short: None }));
    run.write_end(&kept).unwrap();
    let tally = RunFolder::open(run.path()).unwrap().read().unwrap();
    assert_eq!(tally.parse_errors(), [error]);
    assert_eq!(tally.finished().unwrap().at, 7);
    assert_eq!((tally.counts().passed, tally.counts().failed, tally.not_run()), (1, 1, 0));
}

#[test]
fn a_folder_that_holds_a_run_is_not_written_over() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create_at(&parent.path().join("mine")).unwrap();
    run.write_run(&RunStarted::default()).unwrap();
    assert!(RunFolder::create_at(&parent.path().join("mine")).is_err());
}

#[test]
fn a_broken_verdict_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let run = RunFolder::create(parent.path(), BEGIN).unwrap();
    run.write_run(&RunStarted::default()).unwrap();
    let folder = run.scenario(&scenario("7811", 10)).unwrap();
    fs::write(folder.path().join("verdict.json"), "{").unwrap();
    assert!(run.read().unwrap_err().to_string().contains("010-a-listed-server-is-answered/verdict.json"));
}
