#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::boot::provisioning::tests::{client, ok, server};
use crate::boot::serial::Serial;
use crate::defects::{Defect, Defects};
use crate::profile::{Model, Profile, Release, Unknown};

fn store(defects: &[Defect]) -> (Store, tempfile::TempDir) {
    let flash = tempfile::tempdir().unwrap();
    let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
    (Store::open(flash.path(), &profile, Defects::of(defects.iter().copied())).unwrap(), flash)
}

/// Runs an order for these URLs to its end: each line, and whether it failed.
async fn run(urls: Vec<String>, defects: &[Defect], missing_fails: bool) -> (Vec<String>, Option<bool>, Store) {
    let (store, _flash) = store(defects);
    let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
    let macros = Macros::of(&profile, [2, 0, 0, 0, 0x78, 0x41], None, &store.snapshot());
    let client = Client { defects: Defects::of(defects.iter().copied()), ..client() };
    let mut resync = Resync::new(store.clone());
    let job = Job { kind: Kind::Profile, urls, login: None };
    let order = Order {
        jobs: [job].into(),
        client,
        start: Instant::ZERO,
        latest: Instant::ZERO,
        lines: Lines::of(&store.snapshot(), macros),
        fails_on_missing: missing_fails,
    };
    let (log, _lines) = Log::new(Serial::make().unwrap().0, crate::boot::clock::TimeOfDay::default());
    resync.ask(order, &log);
    let (clock, board, mut told) = (Clock::start(), Board::default(), Vec::new());
    loop {
        match resync.next(&clock, &board).await {
            Done::Starting(text) | Done::Installed { text, .. } | Done::Failed { text, .. } => told.push(text),
            Done::Applied { text, applied } => told.push(format!("{text} ({} changed)", applied.changed.len())),
        }
        if let Some(failed) = resync.over() {
            return (told, Some(failed), store);
        }
    }
}

async fn one(answer: String, defects: &[Defect], missing_fails: bool) -> (String, Option<bool>, Store) {
    let (address, _server) = server(vec![answer]).await;
    let url = format!("http://prov.example:{}/p.xml?token", address.port());
    let (told, failed, store) = run(vec![url], defects, missing_fails).await;
    (told.join("\n").replace(&address.port().to_string(), "PORT"), failed, store)
}

const PROFILE: &str = "<flat-profile><User_ID_1_>1001</User_ID_1_></flat-profile>";

#[tokio::test]
async fn a_resync_is_told_in_two_lines() {
    let (told, failed, store) = one(ok(PROFILE), &[], true).await;
    insta::assert_snapshot!(told, @r"
    CP-7841-3PCC 02:00:00:00:78:41 -- Requesting resync http://127.0.0.1:PORT/p.xml
    CP-7841-3PCC 02:00:00:00:78:41 -- Successful resync http://127.0.0.1:PORT/p.xml (1 changed)
    ");
    assert_eq!((failed, store.snapshot().text("User_ID_1_")), (Some(false), "1001"));
    let (told, _, _) = one(ok(PROFILE), &[Defect::ProvisioningLogsOneLine], true).await;
    assert_eq!(told.lines().count(), 1);
}

#[tokio::test]
async fn a_document_that_is_no_profile_changes_nothing() {
    let html = "<html><body>Please log in<br></body></html>";
    let (told, failed, _) = one(ok(html), &[], true).await;
    insta::assert_snapshot!(told, @r"
    CP-7841-3PCC 02:00:00:00:78:41 -- Requesting resync http://127.0.0.1:PORT/p.xml
    CP-7841-3PCC 02:00:00:00:78:41 -- Resync failed: the document is no flat-profile
    ");
    assert_eq!(failed, Some(true));
    let (told, failed, _) = one(ok(html), &[Defect::ProvisioningTakesHtml], true).await;
    assert!(told.contains("Successful") && failed == Some(false));
}

#[tokio::test]
async fn half_a_profile_changes_nothing() {
    let half = "<flat-profile><User_ID_1_>1001</User_ID_1_><User_ID_2_>10";
    let (told, failed, store) = one(ok(half), &[], true).await;
    assert!(told.contains("Resync failed") && failed == Some(true), "{told}");
    assert_eq!(store.snapshot().text("User_ID_1_"), "");
    let (_, _, store) = one(ok(half), &[Defect::ProvisioningAppliesHalf], true).await;
    assert_eq!((store.snapshot().text("User_ID_1_"), store.snapshot().text("User_ID_2_")), ("1001", ""));
}

#[tokio::test]
async fn a_missing_file_fails_or_not_as_resync_fails_on_fnf_says() {
    let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let (told, failed, _) = one(missing.into(), &[], true).await;
    assert!(told.ends_with("Resync failed: File not found") && failed == Some(true), "{told}");
    let (told, failed, _) = one(missing.into(), &[], false).await;
    assert!(told.contains("Successful resync") && failed == Some(false), "{told}");
    let (_, failed, _) = one("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".into(), &[], false).await;
    assert_eq!(failed, Some(true));
}

#[tokio::test]
async fn the_next_server_is_asked_when_one_is_silent_and_not_when_it_has_answered() {
    let silent = "http://127.0.0.1:9/p.xml".to_owned();
    let (address, _server) = server(vec![ok(PROFILE)]).await;
    let (told, failed, _) = run(vec![silent.clone(), format!("http://{address}/p.xml")], &[], true).await;
    assert_eq!((told.len(), failed), (3, Some(false)), "{told:?}");
    let (busy, _server) = server(vec!["HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n".into()]).await;
    let (told, failed, _) = run(vec![format!("http://{busy}/p.xml"), silent], &[], true).await;
    assert_eq!((told.len(), failed), (2, Some(true)), "{told:?}");
}

#[tokio::test]
async fn an_order_without_a_server_fails() {
    let (told, failed, _) = run(Vec::new(), &[], true).await;
    insta::assert_snapshot!(told[0], @"CP-7841-3PCC 02:00:00:00:78:41 -- Resync failed: no provisioning server is known");
    assert_eq!(failed, Some(true));
}
