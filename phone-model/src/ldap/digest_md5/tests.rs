#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use proptest::prelude::*;

fn login<'a>(user: &'a str, password: &'a str, uri: &'a str, cnonce: &'a str) -> Login<'a> {
    Login { user, password, realm: "", uri, cnonce, utf8_unasked: false }
}

fn challenge(realm: &str, nonce: &str) -> Challenge {
    let text = format!("realm=\"{realm}\",nonce=\"{nonce}\",qop=\"auth\",algorithm=md5-sess,charset=utf-8");
    Challenge::parse(text.as_bytes()).unwrap()
}

/// RFC 2831 §4, both examples, and two exchanges that slapd accepted.
#[test]
fn responses_and_proofs_are_those_of_the_standard_and_of_slapd() {
    let cases = [
        (
            ("elwood.innosoft.com", "OA6MG9tEQGm2hh", "chris", "secret", "OA6MHXh6VqTrRk", "imap/elwood.innosoft.com"),
            ("d388dad90d4bbd760a152321f2143af7", "ea40f60335c427b5527b84dbabcdfffd"),
        ),
        (
            ("elwood.innosoft.com", "OA9BSXrbuRhWay", "chris", "secret", "OA9BSuZWMSpW8m", "acap/elwood.innosoft.com"),
            ("6084c6db3fede7352c551284490fd0fc", "2f0b3d7c3c2e486600ef710726aa2eae"),
        ),
        (
            (
                "hx.test",
                "XxlpXWJNb6Bj4BBzzkyWKbXDBm0/0FNV9PuYQcA/90g=",
                "phone",
                "phonepw",
                "rEFdZsTgmfdIcZKMD8Mhi55GfnJKQM4esTNoBCl+ivc=",
                "ldap/ldap.hx.test",
            ),
            ("aea257a551b5c4dc6a1fab2581011c70", "12474f5255e81e3c7059ce82bf737c37"),
        ),
        (
            (
                "hx.test",
                "122rkMfGlXUohhRFvVxgRWa6YiFHMCOS5va9mg/+pjI=",
                "phone",
                "phonepw",
                "veoOyLJzElYoUA0iX4t/S7Rf0PsE75WOUbuAhIzcf4s=",
                "ldap/ldap.hx.test",
            ),
            ("49e5e9722dc1f6435ebaf31ff89f1206", "4388cd03a70b161140361b942ea1e43f"),
        ),
    ];
    for ((realm, nonce, user, password, cnonce, uri), (response, rspauth)) in cases {
        let answer = challenge(realm, nonce).answer(login(user, password, uri, cnonce)).unwrap();
        assert!(answer.credentials.ends_with(&format!("response={response}")), "{}", answer.credentials);
        assert!(answer.is_proven_by(format!("rspauth={rspauth}").as_bytes()));
        assert!(!answer.is_proven_by(b"rspauth=00000000000000000000000000000000"));
        assert!(!answer.is_proven_by(b""));
        assert!(!answer.is_proven_by(format!("rspauth={rspauth},rspauth={rspauth}").as_bytes()));
    }
}

#[test]
fn the_credentials_hold_what_they_must_and_nothing_else() {
    let answer = challenge("r", "n").answer(login("a\"b", "p", "ldap/h", "c")).unwrap();
    let (text, response) = answer.credentials.rsplit_once('=').unwrap();
    assert_eq!(
        text,
        r#"charset=utf-8,username="a\"b",realm="r",nonce="n",cnonce="c",nc=00000001,qop=auth,digest-uri="ldap/h",response"#
    );
    assert_eq!(response.len(), 32);
}

#[test]
fn utf_8_is_said_and_used_only_when_it_was_offered() {
    let plain = Challenge::parse(b"nonce=\"n\",algorithm=md5-sess").unwrap();
    let answer = plain.answer(login("Zo\u{eb}", "p", "ldap/h", "c")).unwrap();
    assert!(answer.credentials.starts_with("username="), "neither charset nor realm was offered");
    assert!(answer.octets(false).unwrap().contains(&0xeb));
    assert_eq!(plain.answer(login("\u{5927}", "p", "ldap/h", "c")), Err(Abort::Characters));
    // What fits into ISO 8859-1 is hashed in it either way.
    let utf8 = Challenge::parse(b"nonce=\"n\",algorithm=md5-sess,charset=utf-8").unwrap();
    let other = utf8.answer(login("Zo\u{eb}", "p", "ldap/h", "c")).unwrap();
    assert_eq!(answer.credentials.rsplit('=').next(), other.credentials.rsplit('=').next());
    assert!(utf8.answer(login("\u{5927}", "p", "ldap/h", "c")).is_ok());
}

#[test]
fn the_realm_is_one_of_those_offered() {
    let offered = b"realm=\"one\",realm=\"two\",nonce=\"n\",algorithm=md5-sess";
    let challenge = Challenge::parse(offered).unwrap();
    let realm = |wanted| {
        let answer = challenge.answer(Login { realm: wanted, ..login("u", "p", "ldap/h", "c") }).unwrap();
        answer.credentials.split("realm=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!((realm("two"), realm("three"), realm("")), ("two".into(), "one".into(), "one".into()));
}

#[test]
fn challenges_that_cannot_be_answered_are_not() {
    let parse = |text: &str| Challenge::parse(text.as_bytes());
    for text in [
        "",
        "nonce=\"n\"",
        "algorithm=md5-sess",
        "nonce=\"n\",nonce=\"m\",algorithm=md5-sess",
        "nonce=\"n\",algorithm=md5",
        "nonce=\"n\",algorithm=md5-sess,charset=latin-1",
        "nonce=\"n\",algorithm=md5-sess,charset=utf-8,charset=utf-8",
        "nonce=\"n\",algorithm=md5-sess,maxbuf=1,maxbuf=2",
        "nonce=\"n,algorithm=md5-sess",
        "nonce=\"n\" algorithm=md5-sess",
    ] {
        assert_eq!(parse(text), Err(Abort::Challenge), "{text}");
    }
    assert_eq!(parse("nonce=\"n\",algorithm=md5-sess,qop=\"auth-int,auth-conf\""), Err(Abort::Protection));
    assert!(parse("nonce=\"n\",algorithm=md5-sess,qop=\"auth-conf, auth\",cipher=\"rc4\",,").is_ok());
    assert_eq!(parse(&format!("nonce=\"{}\",algorithm=md5-sess", "n".repeat(2_100))), Err(Abort::Challenge));
    let endless = challenge("r", "n").answer(login(&"u".repeat(5_000), "p", "ldap/h", "c"));
    assert_eq!(endless, Err(Abort::Characters));
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[a-z=\",\\\\ ]{0,60}") {
        for challenge in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(challenge) = Challenge::parse(challenge) {
                let _ = challenge.answer(login("u", "p", "ldap/h", "c"));
            }
        }
    }
}
