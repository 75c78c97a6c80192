#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::boot::provisioning::tests::{client, ok, server};
use crate::profile::{Model, Profile, Release, Unknown};
use tempfile::TempDir;

fn acs(defects: &[Defect]) -> (Acs, Store, TempDir) {
    let flash = tempfile::tempdir().unwrap();
    let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
    let defects = Defects::of(defects.iter().copied());
    let store = Store::open(flash.path(), &profile, defects.clone()).unwrap();
    let acs = Acs::new(flash.path(), store.clone(), defects, Random::seeded(3));
    (acs, store, flash)
}

fn set(store: &Store, values: &[(&str, &str)]) -> Settings {
    store.change(values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()).unwrap();
    store.snapshot()
}

fn discovered(url: &str) -> Option<discovery::Acs> {
    Some(discovery::Acs {
        source: Source::V4(43),
        url: url.into(),
        provisioning_code: Some("lab".into()),
        retry_minimum: Some(1),
        retry_multiplier: None,
    })
}

const NOW: Instant = Instant::ZERO;

#[test]
fn the_configured_acs_wins_over_the_discovered_one() {
    let (mut ours, store, _flash) = acs(&[]);
    let settings = set(&store, &[("Enable_TR-069", "Yes")]);
    let told = ours.configure(&settings, discovered("http://u:p@dhcp.example/cwmp"), NOW);
    assert_eq!(told.as_deref(), Some("TR-069 ACS http://dhcp.example/cwmp (DHCP option 43)"));
    let settings = set(&store, &[("ACS_URL", "https://own.example/")]);
    let told = ours.configure(&settings, discovered("http://dhcp.example/"), NOW);
    assert_eq!(told.as_deref(), Some("TR-069 ACS https://own.example/ (configured)"));
    let (mut defective, _, _flash) = acs(&[Defect::Tr069PrefersDiscovered]);
    defective.configure(&settings, discovered("http://dhcp.example/"), NOW);
    assert_eq!(defective.url(), "http://dhcp.example/");
}

#[test]
fn without_the_feature_or_against_the_settings_no_acs_is_called() {
    let (mut ours, store, _flash) = acs(&[]);
    assert_eq!(ours.configure(&store.snapshot(), discovered("http://a/"), NOW), None);
    let settings = set(&store, &[("Enable_TR-069", "Yes"), ("TR-069_DHCPOption_Init", "No")]);
    ours.configure(&settings, discovered("http://a/"), NOW);
    assert_eq!((ours.url(), ours.informs.deadline()), ("", None));
    let settings = set(&store, &[("ACS_URL", "http://own.example/")]);
    let (mut defective, _, _flash) = acs(&[Defect::Tr069NoInform]);
    defective.configure(&settings, None, NOW);
    assert_eq!(defective.informs.deadline(), None);
}

#[test]
fn the_network_is_asked_for_an_acs_when_none_is_configured() {
    let (_, store, _flash) = acs(&[]);
    assert!(!wants_discovery(&store.snapshot()));
    assert!(wants_discovery(&set(&store, &[("Enable_TR-069", "Yes")])));
    assert!(!wants_discovery(&set(&store, &[("ACS_URL", "http://a/")])));
}

const INFORMED: &str =
    "<s:Envelope xmlns:s='x' xmlns:c='urn:dslforum-org:cwmp-1-0'><s:Body><c:InformResponse/></s:Body></s:Envelope>";
const SET: &str = "<s:Envelope xmlns:s='x' xmlns:c='urn:dslforum-org:cwmp-1-0'><s:Header><c:ID>9</c:ID></s:Header><s:Body><c:SetParameterValues><ParameterList><ParameterValueStruct><Name>Device.ManagementServer.PeriodicInformInterval</Name><Value>77</Value></ParameterValueStruct></ParameterList><ParameterKey>k</ParameterKey></c:SetParameterValues></s:Body></s:Envelope>";
const REBOOT: &str = "<s:Envelope xmlns:s='x' xmlns:c='urn:dslforum-org:cwmp-1-0'><s:Body><c:Reboot><CommandKey>r1</CommandKey></c:Reboot></s:Body></s:Envelope>";
const CHALLENGE: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"acs\",nonce=\"n\",qop=\"auth\"\r\nSet-Cookie: session=abc; Path=/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const END: &str = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

fn closing(body: &str) -> String {
    ok(body).replace("Content-Length", "Connection: close\r\nContent-Length")
}

/// Runs one session with an ACS that answers so.
async fn run(acs: &mut Acs, store: &Store, answers: &[String]) -> (Option<String>, Ended, Vec<String>) {
    let (address, asked) = server(answers.to_vec()).await;
    let settings = set(store, &[("Enable_TR-069", "Yes"), ("ACS_URL", &format!("http://{address}/cwmp"))]);
    acs.configure(&settings, None, NOW);
    let events = acs.begin(Some(client()), Facts::default(), &settings, NOW, String::new());
    let News::Ended(ended) = acs.next(&Clock::start()).await else { panic!("no session") };
    (events, ended, asked.await.unwrap())
}

#[tokio::test]
async fn a_session_answers_the_challenge_and_the_calls_of_the_acs() {
    let (mut ours, store, flash) = acs(&[]);
    let answers = [CHALLENGE.to_owned(), closing(INFORMED), closing(SET), closing(REBOOT), END.to_owned()];
    let (events, ended, asked) = run(&mut ours, &store, &answers).await;
    assert_eq!(events.as_deref(), Some("0 BOOTSTRAP, 1 BOOT"));
    assert_eq!(
        (ended.result, ended.changed, ended.reboot),
        (Ok(()), vec!["Periodic_Inform_Interval".to_owned()], true)
    );
    assert!(!asked[0].contains("authorization") && asked[0].contains("soapaction: \r\n"), "{}", asked[0]);
    assert!(asked[1].contains("username=\"admin\"") && asked[1].contains("nc=00000001"));
    assert!(asked[1].contains("cookie: session=abc"));
    assert!(asked[2].contains("content-length: 0") && !asked[2].contains("soapaction"), "{}", asked[2]);
    assert!(asked[2].contains("nc=00000002"));
    assert_eq!(ours.parameter_key(), "k");
    // After the restart the ACS is an old acquaintance, and hears why.
    let mut again = Acs::new(flash.path(), store.clone(), Defects::NONE, Random::seeded(4));
    again.configure(&store.snapshot(), None, NOW);
    assert_eq!(again.informs.begin(NOW).0, [Event::Boot, Event::Rebooted("r1".into())]);
    forget_in(flash.path());
    assert_eq!(Kept::in_flash(flash.path()).url, "");
}

#[tokio::test]
async fn a_session_that_fails_is_tried_again() {
    let (mut ours, store, _flash) = acs(&[]);
    let (_, ended, _) = run(&mut ours, &store, &["HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n".to_owned()]).await;
    assert_eq!(ended.result, Err("HTTP status 500".to_owned()));
    let (events, failures) = ours.informs.begin(NOW);
    assert_eq!((events, failures), (vec![Event::Bootstrap, Event::Boot], 1));
}

#[tokio::test]
async fn an_acs_that_refuses_the_login_is_not_asked_for_ever() {
    let (mut ours, store, _flash) = acs(&[]);
    let (_, ended, asked) = run(&mut ours, &store, &[CHALLENGE.to_owned(), CHALLENGE.into(), CHALLENGE.into()]).await;
    assert_eq!((ended.result, asked.len()), (Err("HTTP status 401".to_owned()), 3));
}

#[test]
fn a_change_that_the_acs_can_see_is_told_to_it() {
    let (mut ours, store, _flash) = acs(&[]);
    ours.changed(&["Primary_NTP_Server".into()], NOW);
    assert_eq!(ours.informs.deadline(), None, "there is no ACS");
    let settings = set(&store, &[("Enable_TR-069", "Yes"), ("ACS_URL", "http://a/")]);
    ours.configure(&settings, None, NOW);
    ours.informs.begin(NOW);
    ours.informs.succeeded(NOW);
    ours.changed(&["User_ID_1_".into()], NOW);
    assert_ne!(ours.informs.deadline(), Some(NOW));
    ours.changed(&["Primary_NTP_Server".into()], NOW);
    assert_eq!(ours.informs.begin(NOW).0, [Event::ValueChange]);
}
