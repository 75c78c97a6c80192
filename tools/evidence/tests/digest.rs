//! Digests against the RFCs' examples and recorded exchanges.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod corpus;

use evidence::digest::{Algorithm, Challenge, Credentials, Secret};
use serde_json::Value;

fn secret<'a>(password: &'a str, method: &'a str) -> Secret<'a> {
    Secret { password, method, body: b"" }
}

#[test]
fn the_examples_of_rfc_2617_and_rfc_7616_are_recomputed() {
    let old = Credentials::parse(
        "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
    );
    assert!(old.clone().unwrap().is_from(secret("Circle Of Life", "GET")));
    assert!(!old.clone().unwrap().is_from(secret("Circle of Life", "GET")));
    assert!(!old.clone().unwrap().is_from(secret("Circle Of Life", "POST")));
    assert_eq!(old.unwrap().nonce_count(), Some(1));
    for (algorithm, response) in [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let new = Credentials::parse(&format!(
            "digest  username=\"Mufasa\",realm=\"http-auth@example.org\",uri=\"/dir/index.html\",algorithm={algorithm},nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\",nc=00000001,cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\",qop=auth,response=\"{response}\""
        ));
        assert!(new.unwrap().is_from(secret("Circle of Life", "GET")), "{algorithm}");
    }
}

#[test]
fn sessions_and_integrity_are_told_apart() {
    let with = |algorithm: &str, qop: &str| {
        let text = format!(
            "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", algorithm={algorithm}, cnonce=\"c\", nc=00000001{qop}"
        );
        Credentials::parse(&text).unwrap()
    };
    // md5(md5(md5("u:r:p") ":n:c") ":n:00000001:c:auth:" md5("INVITE:sip:x")) and so on, by Python's hashlib.
    let told = |credentials: Credentials| {
        credentials.expected_response(Secret { password: "p", method: "INVITE", body: b"body" }).unwrap()
    };
    assert_eq!(told(with("MD5-sess", ", qop=auth")), "d0a24a48ca1ba67ae812ee449b617633");
    assert_eq!(told(with("MD5", ", qop=auth-int")), "155ce604f5ace8cc1c2a5e3995466a8f");
    assert_eq!(
        told(with("SHA-256-sess", ", qop=AUTH-INT")),
        "9b64e6f46d31effb288efb14c9b27cba9d72ed47ef4e5750a7230121cac04a97"
    );
    assert_eq!(told(with("MD5", "")), "a82785fab2d091a09795d48b9c10756c");
    assert_eq!(with("MD6", "").expected_response(secret("p", "INVITE")), None);
    assert_eq!(with("MD5", ", qop=other").expected_response(secret("p", "INVITE")), None);
}

#[test]
fn challenges_are_read_as_they_stand() {
    let challenge = Challenge::parse(
        "Digest realm=\"a, \\\"b\\\"\", nonce=\"n=\", qop=\"auth, AUTH-INT\", stale=TRUE, algorithm=SHA-256",
    )
    .unwrap();
    assert_eq!((challenge.realm(), challenge.nonce(), challenge.opaque()), (Some("a, \"b\""), Some("n="), None));
    assert_eq!((challenge.qop(), challenge.is_stale()), (vec!["auth".to_owned(), "auth-int".to_owned()], true));
    assert_eq!(challenge.algorithm(), Some(Algorithm::Sha256));
    assert!(challenge.params[0].quoted && !challenge.params[3].quoted);
    assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
    let nc = |text: &str| Credentials::parse(&format!("Digest nc={text}")).unwrap().nonce_count();
    assert_eq!((nc("1"), nc("0000000g"), nc("000000ff")), (None, None, Some(255)));
}

#[test]
fn recorded_exchanges_are_recomputed() {
    let Some(folder) = corpus::folder() else { return corpus::skip("recorded_exchanges_are_recomputed") };
    let vectors: Value = serde_json::from_slice(&std::fs::read(folder.join("digest/vectors.json")).unwrap()).unwrap();
    let mut count = 0;
    for vector in vectors.as_array().unwrap() {
        let text = |name: &str| vector[name].as_str();
        let mut credentials = String::from("Digest ");
        for name in ["username", "realm", "nonce", "uri", "algorithm", "cnonce", "qop", "nc", "opaque"] {
            if let Some(value) = text(name) {
                credentials.push_str(&format!("{name}=\"{value}\", "));
            }
        }
        let credentials = Credentials::parse(&credentials).unwrap();
        let Some(method) = text("method") else { continue };
        let expected = credentials.expected_response(secret(text("password").unwrap(), method));
        assert_eq!(expected.as_deref(), text("computed"), "{}", vector["source"]);
        count += 1;
    }
    assert!(count >= 3);
}
