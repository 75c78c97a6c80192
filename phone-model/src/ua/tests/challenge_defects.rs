use super::challenge::{ON, authorization, codes, credentials};
use super::*;
use crate::sip::digest::Challenge;

/// Right credentials with a qop that was not offered, as RFC 7616 §3.4.1 would compute them.
fn foreign_qop(refusal: &Message) -> String {
    use md5::{Digest, Md5};
    let hash = |text: String| hex::encode(Md5::digest(text));
    let challenge = Challenge::parse(refusal.header("WWW-Authenticate").unwrap()).unwrap();
    let (realm, nonce, uri) = (challenge.realm, challenge.nonce, format!("sip:1001@{PHONE}"));
    let (a1, a2) = (hash(format!("1001:{realm}:secret")), hash(format!("INVITE:{uri}")));
    let response = hash(format!("{a1}:{nonce}:00000001:c:auth-conf:{a2}"));
    format!(
        "Digest username=\"1001\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         qop=auth-conf, nc=00000001, cnonce=\"c\", opaque=\"{}\"",
        challenge.opaque.unwrap()
    )
}

#[test]
fn a_defect_accepts_what_it_says_and_nothing_else() {
    let uri = format!("sip:1001@{PHONE}:5060");
    type Make = Box<dyn Fn(&Message) -> String>;
    let right = |refusal: &Message| authorization(refusal, "INVITE", "1001", "secret");
    let kinds: Vec<(Defect, Make)> = vec![
        (Defect::ChallengeAcceptsAnyPassword, Box::new(|it| authorization(it, "INVITE", "1001", "guess"))),
        (Defect::ChallengeAcceptsEmptyPassword, Box::new(|it| authorization(it, "INVITE", "1001", ""))),
        (Defect::ChallengeAcceptsAnyUser, Box::new(|it| authorization(it, "INVITE", "1002", "secret"))),
        (Defect::ChallengeAcceptsAnyMethod, Box::new(|it| authorization(it, "BYE", "1001", "secret"))),
        (
            Defect::ChallengeAcceptsAnyUri,
            Box::new(|it| credentials(it, 0, "INVITE", "1001", "secret", "00000001", "sip:other@evil.example")),
        ),
        (Defect::ChallengeIgnoresOpaque, Box::new(move |it| right(it).replace("opaque=\"", "opaque=\"0"))),
        (
            Defect::ChallengeIgnoresNc,
            Box::new(move |it| credentials(it, 0, "INVITE", "1001", "secret", "00000000", &uri)),
        ),
        (
            Defect::ChallengeAcceptsAnyRealm,
            Box::new(|it| {
                let line = it.header("WWW-Authenticate").unwrap().replacen("realm=\"", "realm=\"other ", 1);
                let mut it = it.clone();
                it.set("WWW-Authenticate", line);
                authorization(&it, "INVITE", "1001", "secret")
            }),
        ),
        (
            Defect::ChallengeAcceptsAnyNonce,
            Box::new(|it| {
                let line = it.header("WWW-Authenticate").unwrap().replacen("nonce=\"", "nonce=\"0", 1);
                let mut it = it.clone();
                it.set("WWW-Authenticate", line);
                authorization(&it, "INVITE", "1001", "secret")
            }),
        ),
        (Defect::ChallengeAcceptsAnyQop, Box::new(foreign_qop)),
        (Defect::ChallengeRingsOnMalformed, Box::new(|_| "Digest username=\"1001".to_owned())),
    ];
    for (defect, make) in &kinds {
        for (other, _) in &kinds {
            let mut phone = Phone::registered(&[ON], &[*other]);
            let line = make(&phone.refusal());
            // Any password includes an empty one, and a response made for another method.
            let includes = *other == Defect::ChallengeAcceptsAnyPassword
                && matches!(defect, Defect::ChallengeAcceptsEmptyPassword | Defect::ChallengeAcceptsAnyMethod);
            assert_eq!(phone.rings_with(&line), defect == other || includes, "{other:?} with what {defect:?} accepts");
        }
        let mut phone = Phone::registered(&[ON], &[*defect]);
        assert!(phone.rings_with_right_credentials(), "{defect:?}");
    }
}

#[test]
fn the_remaining_defects_show_what_they_say() {
    let mut phone = Phone::registered(&[ON], &[Defect::ChallengeRingsFirst]);
    assert_eq!(codes(&phone.calls_with("x")), [180, 401]);

    let mut phone = Phone::registered(&[ON], &[Defect::ChallengeAsProxy]);
    let refusal = phone.refusal();
    assert_eq!(refusal.code(), Some(407));
    let line = authorization(&refusal, "INVITE", "1001", "secret");
    let invite = phone.invite(&format!("Proxy-Authorization: {line}\r\n"));
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["100", "180"]);

    let mut phone = Phone::registered(&[ON], &[Defect::ChallengeTellsUsers]);
    let line = authorization(&phone.refusal(), "INVITE", "1002", "secret");
    assert_ne!(codes(&phone.calls_with(&line)), [401]);

    let mut phone = Phone::registered(&[ON], &[Defect::ChallengeLocksOut]);
    for _ in 0..49 {
        let line = authorization(&phone.refusal(), "INVITE", "1001", "guess");
        phone.calls_with(&line);
    }
    assert!(phone.rings_with_right_credentials());
    let line = authorization(&phone.refusal(), "INVITE", "1001", "guess");
    phone.calls_with(&line);
    assert!(!phone.rings_with_right_credentials());
}
