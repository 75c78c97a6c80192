use super::*;
use crate::sip::digest::{Algorithm, Challenge, Inputs, Qop, response};

pub(super) const ON: (&str, &str) = ("Auth_INVITE_1_", "Yes");

/// Credentials of `user` for the first challenge of a refusal, as a caller makes them.
pub(super) fn authorization(refusal: &Message, method: &str, user: &str, password: &str) -> String {
    credentials(refusal, 0, method, user, password, "00000001", &format!("sip:1001@{PHONE}:5060"))
}

pub(super) fn credentials(
    refusal: &Message,
    place: usize,
    method: &str,
    user: &str,
    password: &str,
    nc: &str,
    uri: &str,
) -> String {
    let line = refusal.lines("WWW-Authenticate").chain(refusal.lines("Proxy-Authenticate")).nth(place).unwrap();
    let challenge = Challenge::parse(line).unwrap();
    let inputs = Inputs {
        algorithm: challenge.algorithm,
        username: user,
        realm: &challenge.realm,
        password,
        method,
        uri,
        nonce: &challenge.nonce,
        cnonce: "c0ffee",
        qop: Some((Qop::Auth, nc)),
        body: b"",
    };
    format!(
        "Digest username=\"{user}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", response=\"{}\", algorithm={}, \
         cnonce=\"c0ffee\", qop=auth, nc={nc}, opaque=\"{}\"",
        challenge.realm,
        challenge.nonce,
        response(&inputs),
        challenge.algorithm.as_str(),
        challenge.opaque.unwrap_or_default(),
    )
}

impl Phone {
    /// The refusal of an INVITE without credentials.
    pub(super) fn refusal(&mut self) -> Message {
        let invite = self.invite("");
        self.receives(SERVER, &invite);
        let sent = self.take();
        assert_eq!(sent.len(), 1, "one refusal and nothing else");
        sent[0].message()
    }

    /// What comes of an INVITE with this Authorization.
    pub(super) fn calls_with(&mut self, line: &str) -> Vec<Message> {
        let invite = self.invite(&format!("Authorization: {line}\r\n"));
        self.receives(SERVER, &invite);
        self.take().iter().map(Sent::message).collect()
    }

    pub(super) fn rings_with(&mut self, line: &str) -> bool {
        let rings = self.calls_with(line).iter().any(|it| it.code() == Some(180));
        self.agent.calls.clear();
        rings
    }

    pub(super) fn rings_with_right_credentials(&mut self) -> bool {
        let line = authorization(&self.refusal(), "INVITE", "1001", "secret");
        self.rings_with(&line)
    }
}

pub(super) fn codes(messages: &[Message]) -> Vec<u16> {
    messages.iter().filter_map(Message::code).collect()
}

#[test]
fn the_challenge_comes_before_any_ringing_and_right_credentials_ring() {
    let mut phone = Phone::registered(&[ON], &[]);
    let refusal = phone.refusal();
    assert_eq!(refusal.code(), Some(401));
    let challenge = Challenge::parse(refusal.header("WWW-Authenticate").unwrap()).unwrap();
    assert_eq!((challenge.realm.as_str(), challenge.algorithm, challenge.stale), (PHONE, Algorithm::Md5, false));
    assert_eq!((challenge.qop, challenge.nonce.len()), (vec![Qop::Auth], 32));
    assert!(phone.status().calls.is_empty() && phone.status().history.is_empty());
    assert!(phone.rings_with_right_credentials());
}

#[test]
fn a_retransmission_gets_the_identical_refusal_and_a_new_invite_another_nonce() {
    let mut phone = Phone::registered(&[ON], &[]);
    let invite = phone.invite("");
    (0..3).for_each(|_| phone.receives(SERVER, &invite));
    let sent = phone.take();
    assert!(sent.len() == 3 && sent.iter().all(|it| it.bytes == sent[0].bytes));
    assert_ne!(phone.refusal().header("WWW-Authenticate"), sent[0].message().header("WWW-Authenticate"));

    let mut phone = Phone::registered(&[ON], &[Defect::ChallengeFreshForCopy]);
    let invite = phone.invite("");
    (0..3).for_each(|_| phone.receives(SERVER, &invite));
    let nonces: std::collections::BTreeSet<String> =
        phone.take().iter().map(|it| it.message().header("WWW-Authenticate").unwrap().to_owned()).collect();
    assert_eq!(nonces.len(), 3);
}

#[test]
fn wrong_credentials_of_every_kind_are_refused_alike() {
    let mut phone = Phone::registered(&[ON], &[]);
    let right = |phone: &mut Phone| authorization(&phone.refusal(), "INVITE", "1001", "secret");
    let wrong: Vec<(&str, String)> = vec![
        ("password", authorization(&phone.refusal(), "INVITE", "1001", "guess")),
        ("empty password", authorization(&phone.refusal(), "INVITE", "1001", "")),
        ("user", authorization(&phone.refusal(), "INVITE", "1002", "secret")),
        ("method", authorization(&phone.refusal(), "BYE", "1001", "secret")),
        ("uri", credentials(&phone.refusal(), 0, "INVITE", "1001", "secret", "00000001", "sip:other@evil.example")),
        ("zero nc", credentials(&phone.refusal(), 0, "INVITE", "1001", "secret", "00000000", "sip:1001@192.0.2.100")),
        ("nc", right(&mut phone).replace("nc=00000001", "nc=1")),
        ("missing qop", right(&mut phone).replace(", qop=auth", "")),
        ("missing cnonce", right(&mut phone).replace("cnonce=\"c0ffee\", ", "")),
        ("qop", right(&mut phone).replace("qop=auth", "qop=auth-int")),
        ("opaque", right(&mut phone).replace("opaque=\"", "opaque=\"0")),
        ("nonce", right(&mut phone).replace("nonce=\"", "nonce=\"0")),
        ("realm", right(&mut phone).replace("realm=\"", "realm=\"0")),
        ("response length", right(&mut phone).replace("response=\"", "response=\"0")),
        ("algorithm", right(&mut phone).replace("algorithm=MD5", "algorithm=SHA-512")),
        ("scheme", "Basic MTAwMTpzZWNyZXQ=".to_owned()),
        ("unclosed quote", "Digest username=\"1001".to_owned()),
        ("nothing", String::new()),
        ("oversize", format!("Digest username=\"{}\"", "a".repeat(8_000))),
    ];
    let shape = |message: &Message| {
        let names: Vec<String> = message.headers.iter().map(|header| header.name.clone()).collect();
        let challenge = Challenge::parse(message.header("WWW-Authenticate").unwrap()).unwrap();
        (message.code(), names, challenge.realm, challenge.qop, challenge.stale, message.to_bytes().len())
    };
    let first = phone.calls_with(&wrong[0].1);
    for (what, line) in &wrong {
        let refused = phone.calls_with(line);
        assert_eq!(codes(&refused), [401], "{what}");
        let (code, names, realm, qop, stale, length) = shape(&refused[0]);
        let (code_1, names_1, realm_1, qop_1, stale_1, length_1) = shape(&first[0]);
        assert_eq!((code, names, realm, qop, stale), (code_1, names_1, realm_1, qop_1, stale_1), "{what}");
        assert!(length.abs_diff(length_1) < 8, "{what}: only call numbers may differ in length");
    }
    assert!(phone.rings_with_right_credentials(), "guesses lock nobody out");
}

#[test]
fn used_credentials_do_not_open_another_call_and_the_next_count_does() {
    let mut phone = Phone::registered(&[ON], &[]);
    let refusal = phone.refusal();
    let uri = format!("sip:1001@{PHONE}:5060");
    let line = |nc: &str| credentials(&refusal, 0, "INVITE", "1001", "secret", nc, &uri);
    assert!(phone.rings_with(&line("00000001")));
    assert!(!phone.rings_with(&line("00000001")));
    assert!(phone.rings_with(&line("00000002")));
    let mut phone = Phone::registered(&[ON], &[Defect::ChallengeIgnoresNc]);
    let line = authorization(&phone.refusal(), "INVITE", "1001", "secret");
    assert!(phone.rings_with(&line) && phone.rings_with(&line));
}

#[test]
fn a_right_answer_to_an_expired_nonce_is_told_stale_and_a_wrong_one_is_not() {
    let late = |password: &str, defects: &[Defect]| {
        let mut phone = Phone::registered(&[ON], defects);
        let line = authorization(&phone.refusal(), "INVITE", "1001", password);
        phone.pass(30_001);
        phone.take();
        let answer = phone.calls_with(&line);
        let challenge = answer[0].header("WWW-Authenticate").map(|line| Challenge::parse(line).unwrap());
        (codes(&answer).contains(&180), challenge.is_some_and(|challenge| challenge.stale))
    };
    assert_eq!(late("secret", &[]), (false, true));
    assert_eq!(late("guess", &[]), (false, false));
    assert_eq!(late("secret", &[Defect::ChallengeNeverStale]), (true, false));
    assert_eq!(late("secret", &[Defect::ChallengeHidesStale]), (false, false));
    assert_eq!(late("guess", &[Defect::ChallengeStaleForWrong]), (false, true));
}

#[test]
fn a_nonce_within_its_lifetime_is_good() {
    let mut phone = Phone::registered(&[ON], &[]);
    let line = authorization(&phone.refusal(), "INVITE", "1001", "secret");
    phone.pass(29_999);
    phone.take();
    assert!(phone.rings_with(&line));
}

#[test]
fn cancel_ack_reinvite_and_bye_are_challenged_only_with_the_defect() {
    let challenged = |defects: &[Defect]| {
        let mut phone = Phone::registered(&[ON], defects);
        let line = authorization(&phone.refusal(), "INVITE", "1001", "secret");
        let invite = phone.invite(&format!("Authorization: {line}\r\n"));
        phone.receives(SERVER, &invite);
        phone.input(Input::SoftKey("Answer".into()));
        let answer = phone.take().pop().unwrap().message();
        let mut found = Vec::new();
        let ack = phone.in_dialog("ACK", 1, &invite, &answer, SERVER);
        phone.receives(SERVER, &ack);
        if phone.kinds().contains(&"401".to_owned()) {
            found.push("ACK");
        }
        for method in ["INVITE", "BYE"] {
            let request = phone.in_dialog(method, if method == "BYE" { 3 } else { 2 }, &invite, &answer, SERVER);
            phone.receives(SERVER, &request);
            let sent = phone.take();
            if sent.iter().any(|it| it.code() == 401) {
                found.push(method);
            }
            if sent[0].code() == 200 && method == "INVITE" {
                let ack = phone.in_dialog("ACK", 2, &invite, &answer, SERVER);
                phone.receives(SERVER, &ack);
                phone.take();
            }
        }
        let cancel = phone.request("CANCEL", SERVER, "");
        phone.receives(SERVER, &cancel);
        if phone.take()[0].code() == 401 {
            found.push("CANCEL");
        }
        found
    };
    assert!(challenged(&[]).is_empty());
    assert_eq!(challenged(&[Defect::ChallengeAck]), ["ACK"]);
    assert_eq!(challenged(&[Defect::ChallengeReinvite]), ["INVITE"]);
    assert_eq!(challenged(&[Defect::ChallengeBye]), ["BYE"]);
    assert_eq!(challenged(&[Defect::ChallengeCancel]), ["CANCEL"]);
}

#[test]
fn each_extension_has_its_own_setting() {
    let second = [("User_ID_2_", "1002"), ("Password_2_", "other"), ("Proxy_2_", "voiceip.com")];
    let refused = |settings: &[(&str, &str)], defects: &[Defect]| {
        let mut phone = Phone::registered(&[&second, settings].concat(), defects);
        [(5_060, "1001"), (5_061, "1002")].map(|(port, user)| {
            let invite = phone.invite("").replace("sip:1001@", &format!("sip:{user}@"));
            phone.receives_at(port, SERVER, &invite);
            phone.kinds()[0] == "401"
        })
    };
    assert_eq!(refused(&[ON], &[]), [true, false]);
    assert_eq!(refused(&[("Auth_INVITE_2_", "Yes")], &[]), [false, true]);
    assert_eq!(refused(&[ON], &[Defect::ChallengeExt1ForAll]), [true, true]);
    assert_eq!(refused(&[], &[Defect::ChallengeAlways]), [true, true]);
    assert_eq!(refused(&[ON], &[Defect::ChallengeNever]), [false, false]);
}

#[test]
fn two_hundred_nonces_do_not_repeat_count_or_tell_the_time() {
    let nonces = |defects: &[Defect]| -> Vec<String> {
        let mut phone = Phone::registered(&[ON], defects);
        (0..200)
            .map(|_| {
                phone.pass(10);
                phone.take();
                Challenge::parse(phone.refusal().header("WWW-Authenticate").unwrap()).unwrap().nonce
            })
            .collect()
    };
    let distinct = |nonces: &[String]| nonces.iter().collect::<std::collections::BTreeSet<_>>().len();
    let rising = |nonces: &[String]| nonces.windows(2).all(|pair| pair[0] < pair[1]);
    let fair = nonces(&[]);
    assert!(distinct(&fair) == 200 && !rising(&fair));
    assert_eq!(distinct(&nonces(&[Defect::ChallengeSameNonce])), 1);
    assert!(rising(&nonces(&[Defect::ChallengeCountingNonce])));
    assert!(rising(&nonces(&[Defect::ChallengeClockNonce])));
}

#[test]
fn the_right_credentials_are_found_among_several() {
    let among = |defects: &[Defect]| {
        let mut phone = Phone::registered(&[ON], defects);
        let right = authorization(&phone.refusal(), "INVITE", "1001", "secret");
        let other = "Digest username=\"x\", realm=\"elsewhere\", nonce=\"n\", uri=\"sip:x\", response=\"0\"";
        phone.rings_with(&format!("{other}\r\nAuthorization: {right}"))
    };
    assert!(among(&[]));
    assert!(!among(&[Defect::ChallengeFirstHeaderOnly]));
}

#[test]
fn sha_256_is_offered_first_from_release_12_0_2_with_its_option() {
    let option = [ON, ("Auth_Support_RFC8760_1_", "Yes")];
    let algorithms = |release, settings: &[(&str, &str)], defects: &[Defect]| -> Vec<Algorithm> {
        let mut phone = Phone::registered_of(release, settings, defects);
        let refusal = phone.refusal();
        refusal.lines("WWW-Authenticate").map(|line| Challenge::parse(line).unwrap().algorithm).collect()
    };
    let both = [Algorithm::Sha256, Algorithm::Md5];
    assert_eq!(algorithms(Release::R12_0_2, &option, &[]), both);
    assert_eq!(algorithms(Release::R12_0_2, &[ON], &[]), [Algorithm::Md5]);
    assert_eq!(algorithms(Release::R11_3_1, &option, &[]), [Algorithm::Md5]);
    assert_eq!(algorithms(Release::R12_0_2, &option, &[Defect::ChallengeMd5Only]), [Algorithm::Md5]);
    let mut phone = Phone::registered_of(Release::R12_0_2, &option, &[]);
    for place in 0..2 {
        let refusal = phone.refusal();
        let line = credentials(&refusal, place, "INVITE", "1001", "secret", "00000001", &format!("sip:1001@{PHONE}"));
        assert!(phone.rings_with(&line), "{line}");
    }
    let refusal = phone.refusal();
    let line = credentials(&refusal, 0, "INVITE", "1001", "guess", "00000001", &format!("sip:1001@{PHONE}"));
    assert!(!phone.rings_with(&line));
}
