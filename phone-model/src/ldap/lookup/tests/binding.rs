//! Who the phone says it is, and whom it believes.

use super::*;

const CHALLENGE: &[u8] =
    b"realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8";

/// The octets of the only request that goes out.
fn request(bench: &mut Bench) -> Vec<u8> {
    match bench.lookup.poll() {
        Output::Write(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// What a server makes of the credentials: the proof that belongs to them.
fn proof(bind: &[u8]) -> String {
    use md5::{Digest as _, Md5};
    let text = String::from_utf8_lossy(bind).into_owned();
    let field = |name: &str| text.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (cnonce, uri) = (field("cnonce"), field("digest-uri"));
    let h = |octets: &[u8]| hex::encode(Md5::digest(octets));
    let secret = Md5::digest(b"chris:elwood.innosoft.com:secret");
    let key = h(&[&secret[..], format!(":OA6MG9tEQGm2hh:{cnonce}").as_bytes()].concat());
    let a2 = h(format!(":{uri}").as_bytes());
    format!("rspauth={}", h(format!("{key}:OA6MG9tEQGm2hh:00000001:{cnonce}:auth:{a2}").as_bytes()))
}

/// Challenged; the second bind.
fn challenged(defects: &[Defect]) -> (Bench, Vec<u8>) {
    let mut bench = Bench::of(plan(NAME, digest()), defects);
    bench.out();
    assert_eq!(bench.give(Input::Connected), ["bind 1"]);
    bench.lookup.handle(Input::Bytes(&result(1, 0x61, 14, &[(0x87, CHALLENGE)])), bench.now);
    let bind = request(&mut bench);
    (bench, bind)
}

#[test]
fn none_and_simple_are_single_binds() {
    let bind = |auth, defects: &[Defect]| {
        let mut bench = Bench::of(plan(NAME, auth), defects);
        bench.out();
        bench.lookup.handle(Input::Connected, Instant::ZERO);
        hex::encode(request(&mut bench))
    };
    let anonymous = "300c020101600702010304008000";
    assert_eq!(bind(Auth::None, &[]), anonymous);
    let named = "301a020101601502010304".to_owned() + "08636e3d70686f6e65" + "8006736563726574";
    assert_eq!(bind(simple(), &[]), named);
    // Without a password there is no name either (RFC 4513 §5.1.2); without a name no password.
    let empty = Auth::Simple { dn: "cn=phone".into(), password: String::new() };
    assert_eq!(bind(empty.clone(), &[]), anonymous);
    assert_eq!(bind(Auth::Simple { dn: String::new(), password: "secret".into() }, &[]), anonymous);
    assert_ne!(bind(empty, &[Defect::LdapEmptyPassword]), anonymous);
}

#[test]
fn digest_md5_takes_two_rounds_and_believes_only_a_proof() {
    let (mut bench, bind) = challenged(&[]);
    let text = String::from_utf8_lossy(&bind);
    assert!(text.contains("DIGEST-MD5") && text.contains("digest-uri=\"ldap/ldap.example.com\""));
    assert!(text.contains("nc=00000001") && text.contains("qop=auth,"));
    assert_eq!(bench.say(&result(2, 0x61, 0, &[(0x87, proof(&bind).as_bytes())])), ["search 3"]);
    // One that says its last word as a challenge is answered with nothing.
    let (mut bench, bind) = challenged(&[]);
    assert_eq!(bench.say(&result(2, 0x61, 14, &[(0x87, proof(&bind).as_bytes())])), ["bind 3"]);
    assert_eq!(bench.say(&result(3, 0x61, 0, &[])), ["search 4"]);
    for forged in ["rspauth=00000000000000000000000000000000", "", "x"] {
        let (mut bench, _) = challenged(&[]);
        let said = bench.say(&result(2, 0x61, 0, &[(0x87, forged.as_bytes())]));
        assert_eq!(said, ["unbind 3", "close", "failed Server could not prove who it is"]);
    }
    // Success without a challenge is no proof.
    let mut bench = Bench::connected(NAME, digest());
    assert_eq!(bench.say(&result(1, 0x61, 0, &[])).pop().unwrap(), "failed Server could not prove who it is");
    let (mut bench, _) = challenged(&[]);
    assert_eq!(bench.say(&result(2, 0x61, 49, &[])).pop().unwrap(), "failed User name or password is wrong");
}

#[test]
fn a_challenge_that_cannot_be_answered_ends_the_lookup() {
    let mut bench = Bench::connected(NAME, digest());
    let said = bench.say(&result(1, 0x61, 14, &[(0x87, b"nonce=\"n\",algorithm=md5-sess,qop=\"auth-conf\"")]));
    assert_eq!(said.last().unwrap(), "failed Login not possible: the server wants a protection that the phone lacks");
}

#[test]
fn a_cnonce_is_used_once() {
    let cnonce = |seed, defects: &[Defect]| {
        let defects = Defects::of(defects.iter().copied());
        let mut lookup = Lookup::new(plan(NAME, digest()), defects, Random::seeded(seed), Instant::ZERO);
        lookup.handle(Input::Connected, Instant::ZERO);
        lookup.handle(Input::Bytes(&result(1, 0x61, 14, &[(0x87, CHALLENGE)])), Instant::ZERO);
        let mut last = Vec::new();
        while let output @ (Output::Write(_) | Output::Connect { .. }) = lookup.poll() {
            if let Output::Write(bytes) = output {
                last = bytes;
            }
        }
        String::from_utf8_lossy(&last).split("cnonce=\"").nth(1).unwrap()[..32].to_owned()
    };
    assert_ne!(cnonce(1, &[]), cnonce(2, &[]));
    let defect = [Defect::LdapRepeatsCnonce];
    assert_eq!(cnonce(1, &defect), cnonce(2, &defect));
}
