#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::random::Random;
use crate::sip::message::{Method, Uri};
use proptest::prelude::*;

const NONCE: &str = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";

fn rfc_7616(algorithm: Algorithm) -> Inputs<'static> {
    Inputs {
        algorithm,
        username: "Mufasa",
        realm: "http-auth@example.org",
        password: "Circle of Life",
        method: "GET",
        uri: "/dir/index.html",
        nonce: NONCE,
        cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        qop: Some((Qop::Auth, "00000001")),
        body: b"",
    }
}

#[test]
fn the_vectors_of_rfc_7616_come_out() {
    assert_eq!(response(&rfc_7616(Algorithm::Md5)), "8ca523f5e9506fed4657c9700eebdbec");
    let sha256 = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
    assert_eq!(response(&rfc_7616(Algorithm::Sha256)), sha256);
}

#[test]
fn the_vector_of_rfc_2617_comes_out() {
    let inputs = Inputs {
        algorithm: Algorithm::Md5,
        username: "Mufasa",
        realm: "testrealm@host.com",
        password: "Circle Of Life",
        method: "GET",
        uri: "/dir/index.html",
        nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        cnonce: "0a4f113b",
        qop: Some((Qop::Auth, "00000001")),
        body: b"",
    };
    assert_eq!(response(&inputs), "6629fae49393a05397450978507c4ef1");
}

#[test]
fn every_part_counts_in_the_response() {
    let base = rfc_7616(Algorithm::Md5);
    let variants = [
        base,
        Inputs { username: "x", ..base },
        Inputs { realm: "x", ..base },
        Inputs { password: "x", ..base },
        Inputs { method: "POST", ..base },
        Inputs { uri: "x", ..base },
        Inputs { nonce: "x", ..base },
        Inputs { cnonce: "x", ..base },
        Inputs { qop: None, ..base },
        Inputs { qop: Some((Qop::Auth, "00000002")), ..base },
        Inputs { qop: Some((Qop::AuthInt, "00000001")), ..base },
        Inputs { qop: Some((Qop::AuthInt, "00000001")), body: b"x", ..base },
        Inputs { algorithm: Algorithm::Md5Sess, ..base },
    ];
    let all: std::collections::BTreeSet<String> = variants.iter().map(response).collect();
    assert_eq!(all.len(), variants.len());
    assert_eq!(response(&Inputs { body: b"x", ..base }), response(&base), "a body counts with auth-int only");
}

#[test]
fn recorded_exchanges_with_real_servers_come_out() {
    use crate::sip::transaction::tests::torture::corpus;
    let Some(file) = corpus().map(|c| c.join("digest/vectors.json")) else { return };
    let vectors: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let mut checked = 0;
    for vector in &vectors {
        let text = |name: &str| vector[name].as_str().unwrap_or_default();
        let Some(algorithm) = vector.get("algorithm").map_or(Some(Algorithm::Md5), |a| Algorithm::parse(a.as_str()?))
        else {
            continue;
        };
        let seen = response(&Inputs {
            algorithm,
            username: text("username"),
            realm: text("realm"),
            password: text("password"),
            method: text("method"),
            uri: text("uri"),
            nonce: text("nonce"),
            cnonce: text("cnonce"),
            qop: Qop::parse(text("qop")).map(|qop| (qop, text("nc"))),
            body: text("body").as_bytes(),
        });
        assert_eq!(seen, text("computed"), "{vector}");
        checked += 1;
    }
    assert!(checked > 40, "{checked} of {}", vectors.len());
}

#[test]
fn credentials_are_read_with_quotes_undone_in_any_case_and_order() {
    let line = r#"digest  USERNAME="a\"b\\c" ,realm="x, y" , nc=00000001, qop=auth,uri="sip:a@b;x=<1,2>",response="ff",
        cnonce="",algorithm=sha-256,,x=1"#;
    let credentials = Credentials::parse(&line.replace('\n', " ")).unwrap();
    assert_eq!(credentials.username.as_deref(), Some(r#"a"b\c"#));
    assert_eq!(credentials.realm.as_deref(), Some("x, y"));
    assert_eq!(credentials.uri.as_deref(), Some("sip:a@b;x=<1,2>"));
    assert_eq!(credentials.cnonce.as_deref(), Some(""));
    assert_eq!(credentials.algorithm.as_deref().and_then(Algorithm::parse), Some(Algorithm::Sha256));
    assert_eq!(Credentials::parse(&credentials.line()), Ok(credentials));
}

#[test]
fn what_are_no_credentials_is_told_apart() {
    assert_eq!(Credentials::parse("Basic YTpi"), Err(BadCredentials::Scheme));
    assert_eq!(Credentials::parse("NoOneKnowsThisScheme opaque-data=here"), Err(BadCredentials::Scheme));
    assert_eq!(Credentials::parse("Digest realm=\"a\",realm=\"b\""), Err(BadCredentials::Repeated));
    for bad in [
        "Digest",
        "Digest ",
        "Digest username",
        "Digest username=\"a",
        "Digest =\"a\"",
        "Digest realm=\"a\"b",
        "Digest a=b c",
    ] {
        assert_eq!(Credentials::parse(bad), Err(BadCredentials::Syntax), "{bad}");
    }
    assert_eq!(Credentials::parse(""), Err(BadCredentials::Scheme));
}

#[test]
fn a_challenge_is_written_with_the_quotes_of_the_rfc_and_read_back() {
    let challenge = Challenge {
        realm: "a\"b".into(),
        nonce: "n".into(),
        opaque: Some("o".into()),
        algorithm: Algorithm::Sha256,
        qop: vec![Qop::Auth, Qop::AuthInt],
        stale: true,
    };
    insta::assert_snapshot!(challenge.line(), @r#"Digest realm="a\"b",nonce="n",opaque="o",stale=true,algorithm=SHA-256,qop="auth,auth-int""#);
    assert_eq!(Challenge::parse(&challenge.line()), Ok(challenge));
}

#[test]
fn the_topmost_challenge_that_is_understood_is_chosen() {
    let response = |lines: &[&str]| {
        let mut response = Message::response(401, "");
        lines.iter().for_each(|line| response.push("WWW-Authenticate", *line));
        response.push("Proxy-Authenticate", "Digest realm=\"proxy\",nonce=\"n\"");
        response
    };
    let lines = [
        "Basic realm=\"r\"",
        "Digest realm=\"r\",nonce=\"1\",algorithm=SHA-512-256",
        "Digest realm=\"r\",nonce=\"2\",qop=\"auth-conf\"",
        "Digest realm=\"r\",nonce=\"3\",algorithm=sha-256,qop=\"auth\"",
        "Digest realm=\"r\",nonce=\"4\",algorithm=MD5",
    ];
    assert_eq!(choose(&response(&lines)).unwrap().nonce, "3");
    assert_eq!(choose(&response(&lines[..3])), None);
    assert_eq!(choose(&response(&lines[4..])).unwrap().algorithm, Algorithm::Md5);
    let mut proxy = response(&lines);
    proxy.start = Message::response(407, "").start;
    assert_eq!(choose(&proxy).unwrap().realm, "proxy");
}

#[test]
fn a_session_counts_its_answers_and_a_server_can_check_them() {
    let mut random = Random::seeded(1);
    for (offer, qop) in
        [(vec![Qop::AuthInt, Qop::Auth], Some(Qop::Auth)), (vec![Qop::AuthInt], Some(Qop::AuthInt)), (vec![], None)]
    {
        for algorithm in [Algorithm::Md5, Algorithm::Md5Sess, Algorithm::Sha256, Algorithm::Sha256Sess] {
            let challenge = Challenge {
                realm: "r".into(),
                nonce: "n".into(),
                opaque: Some("o".into()),
                algorithm,
                qop: offer.clone(),
                stale: false,
            };
            let mut session = Session::new(challenge);
            for count in 1..=3_u32 {
                let line = session.answer("u", "p", "REGISTER", "sip:voiceip.com", b"b", &mut random);
                let seen = Credentials::parse(&line).unwrap();
                assert_eq!(seen.nc.as_deref().and_then(nonce_count), qop.map(|_| count));
                assert_eq!(seen.opaque.as_deref(), Some("o"));
                let expected = response(&Inputs {
                    algorithm,
                    username: "u",
                    realm: "r",
                    password: "p",
                    method: "REGISTER",
                    uri: "sip:voiceip.com",
                    nonce: "n",
                    cnonce: seen.cnonce.as_deref().unwrap_or_default(),
                    qop: qop.map(|qop| (qop, seen.nc.as_deref().unwrap())),
                    body: b"b",
                });
                assert!(same(&expected, seen.response.as_deref().unwrap()), "{line}");
            }
        }
    }
}

#[test]
fn quoting_in_an_answer_follows_rfc_7616() {
    let challenge = Challenge::parse("Digest realm=\"r\",nonce=\"n\",qop=\"auth\"").unwrap();
    let line = Session::new(challenge).answer("u", "p", "REGISTER", "sip:x", b"", &mut Random::seeded(3));
    for part in
        ["username=\"u\"", "realm=\"r\"", "nonce=\"n\"", "uri=\"sip:x\"", "algorithm=MD5", "qop=auth,", "nc=00000001"]
    {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!line.contains("opaque"));
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    assert!(!format!("{:?}", rfc_7616(Algorithm::Md5)).contains("Circle"));
}

#[test]
fn a_nonce_count_is_exactly_eight_hex_digits() {
    assert_eq!(nonce_count("0000000A"), Some(10));
    for bad in ["", "1", "+0000001", "0000000g", "000000001"] {
        assert_eq!(nonce_count(bad), None, "{bad}");
    }
}

#[test]
fn all_authorization_lines_are_read_in_order() {
    let mut request = Message::request(Method::Invite, Uri::sip("a", "b", None));
    request.push("Authorization", "Digest realm=\"1\"");
    request.push("authorization", "Basic x");
    request.push("Proxy-Authorization", "Digest realm=\"3\"");
    let read = credentials(&request, false);
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].as_ref().unwrap().realm.as_deref(), Some("1"));
    assert_eq!(read[1], Err(BadCredentials::Scheme));
    assert_eq!(credentials(&request, true).len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(Digest )?[ -~\t\"\\\\,=é\u{0}]{0,200}") {
        let _ = Challenge::parse(&text);
        if let Ok(credentials) = Credentials::parse(&text)
            && credentials != Credentials::default()
        {
            prop_assert_eq!(Credentials::parse(&credentials.line()), Ok(credentials));
        }
    }
}
