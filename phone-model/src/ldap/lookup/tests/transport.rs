//! In clear, under TLS, by StartTLS: the scheme decides, and nothing is ever repeated in clear.

use super::*;

fn begin(server: &str, auth: Auth, defects: &[Defect]) -> Vec<String> {
    let mut bench = Bench::of(plan(server, auth), defects);
    let mut said = bench.out();
    said.extend(bench.give(Input::Connected));
    said
}

#[test]
fn the_scheme_alone_decides() {
    let clear = ["connect ldap.example.com 389", "bind 1"];
    let secure = ["connect ldap.example.com 636", "secure ldap.example.com"];
    for auth in [Auth::None, simple(), digest()] {
        assert_eq!(begin("ldap.example.com", auth.clone(), &[]), clear);
        assert_eq!(begin("ldap://ldap.example.com", auth.clone(), &[]), clear);
        assert_eq!(begin("ldaps://ldap.example.com", auth, &[]), secure);
    }
    assert_eq!(begin("ldap://192.0.2.9:636", Auth::None, &[]), ["connect 192.0.2.9 636", "bind 1"]);
    assert_eq!(begin("ldaps://192.0.2.9:389", Auth::None, &[]), ["connect 192.0.2.9 389", "secure 192.0.2.9"]);
}

#[test]
fn a_bind_follows_the_handshake_and_only_the_handshake() {
    let mut bench = Bench::new("ldaps://ldap.example.com", simple());
    bench.out();
    bench.give(Input::Connected);
    assert_eq!(bench.give(Input::Secured { refused: None }), ["bind 1"]);
    for fault in [
        Fault::Certificate("certificate of the server has expired".into()),
        Fault::NoTls("TLS handshake failed".into()),
    ] {
        let mut bench = Bench::new("ldaps://ldap.example.com", simple());
        bench.out();
        bench.give(Input::Connected);
        let said = bench.give(Input::Failed(fault));
        assert_eq!(said[0], "close");
        assert!(said[1].starts_with("failed "), "{said:?}");
        assert_eq!(said.len(), 2);
    }
}

#[test]
fn names_and_connections_fail_in_words_of_their_own() {
    let said = |fault| {
        let mut bench = Bench::new(NAME, Auth::None);
        bench.out();
        bench.give(Input::Failed(fault)).pop().unwrap()
    };
    assert_eq!(said(Fault::NoAddress), "failed Server name not found");
    assert_eq!(said(Fault::Unreachable), "failed Cannot connect to the server");
    assert_eq!(said(Fault::Certificate("x".into())), "failed Refused: x");
    assert_eq!(said(Fault::NoTls("x".into())), "failed No secure connection: x");
}

#[test]
fn start_tls_is_asked_for_on_ldap_and_never_on_ldaps() {
    let with = |server: &str, defects: &[Defect]| {
        let mut bench = Bench::of(Plan { start_tls: true, ..plan(server, simple()) }, defects);
        bench.out();
        bench
    };
    let mut bench = with(NAME, &[]);
    assert_eq!(bench.give(Input::Connected), ["extended 1"]);
    assert_eq!(bench.say(&result(1, 0x78, 0, &[])), ["secure ldap.example.com"]);
    assert_eq!(bench.give(Input::Secured { refused: None }), ["bind 2"]);
    assert_eq!(with("ldaps://ldap.example.com", &[]).give(Input::Connected), ["secure ldap.example.com"]);
    // Refused: no bind.
    let mut bench = with(NAME, &[]);
    bench.give(Input::Connected);
    let refused = bench.say(&result(1, 0x78, 52, &[]));
    assert_eq!(refused, ["unbind 2", "close", "failed Server refuses StartTLS (52)"]);
    let mut bench = with(NAME, &[Defect::LdapStartTlsFallsBack]);
    bench.give(Input::Connected);
    assert_eq!(bench.say(&result(1, 0x78, 52, &[])), ["bind 2"]);
    // What came in clear behind the answer is not taken into the secure session.
    let mut bench = with(NAME, &[]);
    bench.give(Input::Connected);
    let said = bench.say(&[result(1, 0x78, 0, &[]), result(2, 0x61, 0, &[])].concat());
    assert!(said.last().unwrap().starts_with("failed Server sent"), "{said:?}");
}

#[test]
fn phones_with_defects_do_what_they_should_not() {
    let ldaps = "ldaps://ldap.example.com";
    assert_eq!(begin(ldaps, Auth::None, &[Defect::LdapClearForLdaps]), ["connect ldap.example.com 636", "bind 1"]);
    let tls = begin(NAME, Auth::None, &[Defect::LdapTlsForLdap]);
    assert_eq!(tls, ["connect ldap.example.com 389", "secure ldap.example.com"]);
    assert_eq!(begin(ldaps, Auth::None, &[Defect::LdapTlsByMethod])[1], "bind 1");
    assert_eq!(begin(NAME, simple(), &[Defect::LdapTlsByMethod])[1], "secure ldap.example.com");
    assert_eq!(begin(ldaps, Auth::None, &[Defect::LdapsDefaultPort])[0], "connect ldap.example.com 389");
    assert_eq!(begin("ldaps://a.example:1636", Auth::None, &[Defect::LdapsDefaultPort])[0], "connect a.example 1636");
    let early = begin(ldaps, simple(), &[Defect::LdapBindsBeforeHandshake]);
    assert_eq!(early[1..], ["bind 1", "secure ldap.example.com"]);
    let mut bench = Bench::of(plan(ldaps, simple()), &[Defect::LdapDowngrades]);
    bench.out();
    bench.give(Input::Connected);
    let said = bench.give(Input::Failed(Fault::NoTls("x".into())));
    assert_eq!(said, ["close", "connect ldap.example.com 636"]);
    assert_eq!(bench.give(Input::Connected), ["bind 1"]);
    // The refusal comes when the password is out.
    let mut bench = Bench::of(plan(ldaps, simple()), &[]);
    bench.out();
    bench.give(Input::Connected);
    assert_eq!(bench.give(Input::Secured { refused: Some("x".into()) }), ["bind 1"]);
    assert_eq!(bench.say(&result(1, 0x61, 0, &[])).pop().unwrap(), "failed Refused: x");
}
