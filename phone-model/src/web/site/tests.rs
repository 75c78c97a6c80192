#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::defects::Defects;
use crate::profile::{Model, Profile, Release, Unknown};
use crate::random::Random;
use crate::settings::Store;
use crate::state::{Board, Key, RebootReason};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

/// A phone with its page, and what it was told to do.
pub(in crate::web) struct Bench {
    pub(in crate::web) site: Site,
    pub(in crate::web) store: Store,
    pub(in crate::web) board: Board,
    commands: UnboundedReceiver<Command>,
    _flash: tempfile::TempDir,
}

pub(in crate::web) fn bench(model: Model) -> Bench {
    let flash = tempfile::tempdir().unwrap();
    let profile = Profile { model, release: Release::DOCUMENT, unknown: Unknown::default() };
    let store = Store::open(flash.path(), &profile, Defects::NONE).unwrap();
    let (sender, commands) = tokio::sync::mpsc::unbounded_channel();
    let board = Board::default();
    let phone = WebPhone {
        profile,
        store: store.clone(),
        board: board.clone(),
        commands: sender,
        random: Random::seeded(1),
        unix_time: Arc::new(|| 1_556_539_384),
    };
    Bench { site: Site::new(phone), store, board, commands, _flash: flash }
}

impl Bench {
    pub(in crate::web) fn set(&self, pairs: &[(&str, &str)]) {
        let values: BTreeMap<_, _> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.store.change(values).unwrap();
    }

    pub(in crate::web) fn get(&self, target: &str) -> Reply {
        self.ask(Method::Get, target, "", None)
    }

    fn post(&self, target: &str, body: &str) -> Reply {
        self.ask(Method::Post, target, body, None)
    }

    fn ask(&self, method: Method, target: &str, body: &str, authorization: Option<String>) -> Reply {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let verb = if method == Method::Get { "GET" } else { "POST" }.to_owned();
        let path = path.to_owned();
        self.site.answer(&Ask { method, verb, path, query, authorization, referer: None, body: body.to_owned() })
    }

    fn field(&self, name: &str) -> String {
        self.site.fields.field(self.store.catalogue().get(name).unwrap()).to_owned()
    }

    fn told(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }

    /// Asks twice, as a browser does: for the challenge, then with credentials.
    fn login(&self, method: Method, target: &str, body: &str, user: &str, password: &str) -> Reply {
        use md5::{Digest, Md5};
        let challenge = self.ask(method, target, body, None);
        assert_eq!(challenge.status, 401);
        let header = challenge.headers.iter().find(|(n, _)| *n == "www-authenticate").unwrap().1.clone();
        let part =
            |name: &str| header.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let (realm, nonce) = (part("realm"), part("nonce"));
        let md5 = |text: String| hex::encode(Md5::digest(text));
        let verb = if method == Method::Get { "GET" } else { "POST" };
        let (a1, a2) = (md5(format!("{user}:{realm}:{password}")), md5(format!("{verb}:{target}")));
        let response = md5(format!("{a1}:{nonce}:00000001:abc:auth:{a2}"));
        let authorization = format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{target}\", algorithm=MD5, response=\"{response}\", qop=auth, nc=00000001, cnonce=\"abc\""
        );
        self.ask(method, target, body, Some(authorization))
    }
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

const LIST: &str = "voiceip.com, voiceip1.com";

#[test]
fn a_partial_form_changes_what_it_holds_and_the_shell_is_told() {
    let mut bench = bench(Model::Cp7841);
    bench.set(&[("Station_Name", "kept")]);
    let body = format!(
        "{}=voiceip.com%2C+voiceip1.com&{}=1&99999999=x",
        bench.field("Restricted_Access_Domains"),
        bench.field("Auth_INVITE_2_")
    );
    let reply = bench.post("/admin/bcisco.csc", &body);
    assert_eq!(reply.status, 200);
    assert!(text(&reply).contains("The changes are stored, and the phone is applying them."));
    assert_eq!(bench.told(), [Command::Apply(vec!["Auth_INVITE_2_".into(), "Restricted_Access_Domains".into()])]);
    let settings = bench.store.snapshot();
    assert_eq!(settings.text("Restricted_Access_Domains"), LIST);
    assert!(settings.line_yes("Auth_INVITE", 2) && !settings.line_yes("Auth_INVITE", 1));
    assert_eq!(settings.text("Station_Name"), "kept");
    // The same again is no change.
    bench.post("/admin/bcisco.csc", &body);
    assert_eq!(bench.told(), []);
}

#[test]
fn a_refused_value_is_told_at_its_field_and_nothing_is_applied() {
    let mut bench = bench(Model::Cp7841);
    let (domains, auth) = (bench.field("Restricted_Access_Domains"), bench.field("Auth_INVITE_1_"));
    let reply = bench.post("/admin/bcisco.csc", &format!("{domains}=http%3A%2F%2Fx&{auth}=1"));
    let page = scraper::Html::parse_document(&text(&reply));
    let select = |css: &str| page.select(&scraper::Selector::parse(css).unwrap()).next();
    let input = select(&format!("input[name=\"{domains}\"][aria-invalid]")).expect("the field is marked");
    assert_eq!(input.value().attr("value"), Some("http://x"), "what was entered is kept");
    let message: String = select(&format!("#e{domains}")).unwrap().text().collect();
    assert_eq!(message, "Restricted Access Domains holds `http://x`, which is not a domain name.");
    let kept: String = select(&format!("select[name=\"{auth}\"] option[selected]")).unwrap().text().collect();
    assert_eq!(kept, "Yes");
    assert_eq!(bench.told(), []);
    assert_eq!(bench.store.snapshot().text("Restricted_Access_Domains"), "");
    assert!(!bench.store.snapshot().line_yes("Auth_INVITE", 1));
}

#[test]
fn the_user_changes_what_is_his_and_nothing_else() {
    let mut bench = bench(Model::Cp7841);
    let body = format!("{}=90&{}=1", bench.field("Hold_Reminder_Timer"), bench.field("Auth_INVITE_1_"));
    bench.post("/bcisco.csc", &body);
    assert_eq!(bench.told(), [Command::Apply(vec!["Hold_Reminder_Timer".into()])]);
    assert!(!bench.store.snapshot().line_yes("Auth_INVITE", 1));
    // A profile may give him more.
    bench.store.apply_profile(b"<flat-profile><Auth_INVITE_1_ ua=\"rw\">No</Auth_INVITE_1_></flat-profile>").unwrap();
    bench.post("/bcisco.csc", &body);
    assert!(bench.store.snapshot().line_yes("Auth_INVITE", 1));
}

#[test]
fn an_untouched_password_stays_and_an_emptied_one_goes() {
    let bench = bench(Model::Cp7841);
    bench.set(&[("Password_1_", "secret")]);
    let field = bench.field("Password_1_");
    assert!(!text(&bench.get("/admin/advanced")).contains("secret"));
    bench.post("/admin/bcisco.csc", &format!("{field}=********"));
    assert_eq!(bench.store.snapshot().text("Password_1_"), "secret");
    bench.post("/admin/bcisco.csc", &format!("{field}="));
    assert_eq!(bench.store.snapshot().text("Password_1_"), "");
}

#[test]
fn a_tab_is_told_as_json() {
    let bench = bench(Model::Cp7841);
    bench.post("/bcisco.csc", &format!("{}=90", bench.field("Hold_Reminder_Timer")));
    let items: Vec<BTreeMap<String, String>> = serde_json::from_slice(&bench.get("/basic/User.json").body).unwrap();
    let item = items.iter().find(|i| i["name"] == bench.field("Hold_Reminder_Timer")).unwrap();
    assert_eq!(item["value"], "90");
    let ext: Vec<BTreeMap<String, String>> = serde_json::from_slice(&bench.get("/admin/Ext%204.json").body).unwrap();
    assert!(ext.iter().any(|i| i["name"] == bench.field("Auth_INVITE_4_") && i["value"] == "No"));
    assert_eq!(bench.get("/admin/Ext%205.json").status, 404);
    assert_eq!(text(&bench.get("/basic/System.json")).matches(&bench.field("Enable_Web_Server")).count(), 0);
}

#[test]
fn direct_action_urls_do_what_they_say() {
    let mut bench = bench(Model::Cp7841);
    bench.set(&[("Password_1_", "secret"), ("Restricted_Access_Domains", LIST)]);
    for (target, command) in [
        ("/admin/reboot", Command::Reboot(RebootReason::UserTriggered)),
        ("/admin/resync?http://192.0.2.4/x.xml?a=b", Command::Resync(Some("http://192.0.2.4/x.xml?a=b".into()))),
        ("/admin/resync", Command::Resync(None)),
        ("/admin/resync?", Command::Resync(None)),
        ("/admin/factory-reset", Command::FactoryReset),
    ] {
        assert_eq!(bench.get(target).status, 200, "{target}");
        assert_eq!(bench.told(), [command], "{target}");
    }
    let cfg = text(&bench.get("/admin/cfg.xml"));
    assert!(cfg.contains("<Restricted_Access_Domains ua=\"na\">voiceip.com, voiceip1.com</Restricted_Access_Domains>"));
    assert!(cfg.contains("<!-- <Password_1_ ua=\"na\"/> -->") && !cfg.contains("secret"));
    assert!(bench.get("/admin/screendump.bmp").body.starts_with(b"BM"));
    bench.set(&[("Enable_Direct_Action_Url", "No")]);
    for target in ["/admin/reboot", "/admin/cfg.xml", "/admin/screendump.bmp"] {
        assert_eq!(bench.get(target).status, 403, "{target}");
    }
    assert_eq!(bench.told(), []);
    assert_eq!(bench.get("/admin/nothing").status, 404);
}

#[test]
fn status_xml_tells_of_reboots_and_registrations() {
    let bench = bench(Model::Cp7811);
    bench.board.change(|s| s.reboots = vec![(0, RebootReason::Provisioning)]);
    for target in ["/status.xml", "/admin/status.xml"] {
        let xml = text(&bench.get(target));
        assert!(xml.contains("<Reboot_Reason_1>[01/01/70 00:00:00]Provisioning</Reboot_Reason_1>"), "{xml}");
        assert!(xml.contains("<Ext_1_Status>\n<Registration_State>Not Registered</Registration_State>"), "{xml}");
    }
}

#[test]
fn the_page_is_open_until_a_password_is_set() {
    let bench = bench(Model::Cp7841);
    assert_eq!(bench.get("/admin/advanced").status, 200);
    bench.set(&[("Admin_Password", "secret")]);
    for target in [
        "/admin/advanced",
        "/admin/",
        "/admin/cfg.xml",
        "/admin/reboot",
        "/admin/System.json",
        "/admin/resync?http://x/",
    ] {
        assert_eq!(bench.get(target).status, 401, "{target}");
        assert_eq!(bench.login(Method::Get, target, "", "admin", "wrong").status, 401, "{target}");
        assert_eq!(bench.login(Method::Get, target, "", "user", "").status, 401, "{target}");
        assert_eq!(bench.login(Method::Get, target, "", "admin", "secret").status, 200, "{target}");
    }
    let body = format!("{}=x", bench.field("Station_Name"));
    assert_eq!(bench.post("/admin/bcisco.csc", &body).status, 401);
    assert_eq!(bench.store.snapshot().text("Station_Name"), "");
    assert_eq!(bench.login(Method::Post, "/admin/bcisco.csc", &body, "admin", "secret").status, 200);
    assert_eq!(bench.store.snapshot().text("Station_Name"), "x");
    assert_eq!(bench.get("/basic").status, 200, "the user has no password");
    bench.set(&[("User_Password", "word")]);
    assert_eq!(bench.get("/basic").status, 401);
    for (user, password) in [("user", "word"), ("admin", "secret")] {
        assert_eq!(bench.login(Method::Get, "/basic", "", user, password).status, 200);
    }
    assert_eq!(bench.login(Method::Get, "/admin/", "", "user", "word").status, 401);
    assert!(
        text(&bench.login(Method::Get, "/basic", "", "user", "word"))
            .contains("<dt>Last Failed Login</dt><dd>04/29/19 12:03:04</dd>")
    );
}

#[test]
fn an_admin_without_password_opens_no_door_of_the_user() {
    let bench = bench(Model::Cp7841);
    bench.set(&[("User_Password", "word")]);
    assert_eq!(bench.login(Method::Get, "/basic", "", "admin", "").status, 401);
}

#[test]
fn the_administrators_page_can_be_shut() {
    let bench = bench(Model::Cp7841);
    bench.set(&[("Enable_Web_Admin_Access", "No")]);
    assert_eq!(bench.get("/admin/advanced").status, 403);
    assert_eq!(bench.get("/basic").status, 200);
}

const EXECUTE: &str = "XML=<CiscoIPPhoneExecute><ExecuteItem Priority=\"0\" URL=\"Key:Line1\"/><ExecuteItem URL=\"Dial:1001\"/><ExecuteItem URL=\"Key:Line9\"/></CiscoIPPhoneExecute>";

#[test]
fn execute_is_off_by_default_and_trusts_when_told_to() {
    let mut bench = bench(Model::Cp7841);
    assert_eq!(bench.post("/CGI/Execute", EXECUTE).status, 403);
    assert_eq!(bench.told(), []);
    bench.set(&[("CISCO_XML_EXE_Enable", "Yes")]);
    let reply = bench.post("/CGI/Execute", EXECUTE);
    insta::assert_snapshot!(text(&reply), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <CiscoIPPhoneResponse>
    <ResponseItem URL="Key:Line1" Data="Success" Status="0"/>
    <ResponseItem URL="Dial:1001" Data="Success" Status="0"/>
    <ResponseItem URL="Key:Line9" Data="Invalid URI" Status="1"/>
    </CiscoIPPhoneResponse>
    "#);
    assert_eq!(bench.told(), [Command::Press(Key::Line(1)), Command::Dial("1001".into())]);
    assert_eq!(text(&bench.post("/CGI/Execute", "XML=<CiscoIPPhone")), "<CiscoIPPhoneError Number=\"1\"/>\n");
}

#[test]
fn execute_may_ask_for_the_local_or_the_remote_credential() {
    let mut bench = bench(Model::Cp7841);
    bench.set(&[("CISCO_XML_EXE_Enable", "Yes"), ("CISCO_XML_EXE_Auth_Mode", "Local Credential")]);
    assert_eq!(
        bench.login(Method::Post, "/CGI/Execute", EXECUTE, "user", "").status,
        401,
        "no password, nothing to prove"
    );
    bench.set(&[("User_Password", "word"), ("XML_User_Name", "app"), ("XML_Password", "key")]);
    let reply = bench.post("/CGI/Execute", EXECUTE);
    assert_eq!((reply.status, text(&reply)), (401, "<CiscoIPPhoneError Number=\"4\"/>\n".into()));
    assert_eq!(bench.login(Method::Post, "/CGI/Execute", EXECUTE, "app", "key").status, 401);
    assert_eq!(bench.told(), []);
    assert_eq!(bench.login(Method::Post, "/CGI/Execute", EXECUTE, "user", "word").status, 200);
    assert_eq!(bench.told().len(), 2);
    bench.set(&[("CISCO_XML_EXE_Auth_Mode", "Remote Credential")]);
    assert_eq!(bench.login(Method::Post, "/CGI/Execute", EXECUTE, "user", "word").status, 401);
    assert_eq!(bench.login(Method::Post, "/CGI/Execute", EXECUTE, "app", "key").status, 200);
    assert_eq!(bench.told().len(), 2);
}

#[test]
fn a_busy_phone_leaves_what_is_for_idle_times() {
    let mut bench = bench(Model::Cp7841);
    bench.set(&[("CISCO_XML_EXE_Enable", "Yes")]);
    bench.board.change(|s| s.off_hook = true);
    let reply = bench.post(
        "/CGI/Execute",
        "XML=<CiscoIPPhoneExecute><ExecuteItem Priority=\"2\" URL=\"Key:Mute\"/></CiscoIPPhoneExecute>",
    );
    assert!(text(&reply).contains("Data=\"Busy\" Status=\"1\""));
    assert_eq!(bench.told(), []);
}

#[test]
fn the_status_page_tells_what_goes_on() {
    let bench = bench(Model::Cp7811);
    bench.board.change(|s| {
        s.mac = [0x02, 0, 0, 0x78, 0x11, 1];
        s.booted_at = 1_556_539_384 - 93_784;
        s.ipv4.address = Some([192, 0, 2, 100].into());
        s.ipv4.netmask = Some([255, 255, 255, 0].into());
        s.ipv4.gateway = Some([192, 0, 2, 1].into());
        s.ipv4.dns = vec![[192, 0, 2, 2].into()];
        s.ipv4.domain = "bench.example".into();
        s.lines = vec![crate::state::LineStatus {
            registration: crate::state::Registration::Registered,
            last_registration_at: Some(1_556_539_000),
            next_registration_in: Some(1800),
            sip_port: 5060,
        }];
        s.calls = vec![crate::state::CallStatus {
            line: 1,
            state: crate::state::CallState::Ringing,
            peer_name: "Ann".into(),
            peer_number: "1001".into(),
            incoming: true,
        }];
        s.reboots = vec![(1_556_445_600, RebootReason::Provisioning)];
        s.provisioning = "Resync succeeded".into();
    });
    insta::assert_snapshot!(text(&bench.get("/status.xml")));
}

#[test]
fn the_dump_of_a_new_phone() {
    insta::assert_snapshot!(text(&bench(Model::Cp7811).get("/admin/cfg.xml")));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn no_request_makes_the_site_panic(
        path in "(/admin|/basic|/CGI|/user)?/?(bcisco.csc|Execute|resync|reboot|cfg.xml|[A-Za-z0-9% .]{0,12}.json|\\PC{0,12})",
        query in proptest::option::of("\\PC{0,30}"),
        body in "(XML=)?[\\PC&=%]{0,60}",
        header in proptest::option::of("(Digest )?\\PC{0,60}"),
        post: bool,
    ) {
        thread_local!(static BENCH: Bench = {
            let bench = bench(Model::Cp7811);
            bench.set(&[("User_Password", "word"), ("CISCO_XML_EXE_Enable", "Yes")]);
            bench
        });
        let (method, verb) = if post { (Method::Post, "POST") } else { (Method::Get, "GET") };
        let ask = Ask { method, verb: verb.into(), path, query, authorization: header.clone(), referer: header, body };
        BENCH.with(|bench| bench.site.answer(&ask));
    }
}
