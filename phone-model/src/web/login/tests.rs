#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;

const DEMAND: Demand<'static> = Demand {
    realm: "CP-7841-3PCC",
    accounts: &[("admin", "secret"), ("user", "word")],
    method: "GET",
    target: "/admin/advanced",
    lasts: (3600, 600),
};

fn logins() -> Logins {
    Logins::new(Random::seeded(1))
}

/// The nonce of a challenge, and whether it says stale.
fn challenged(verdict: &Verdict) -> (String, bool) {
    let Verdict::Challenge(challenge) = verdict else { panic!("granted") };
    let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    (nonce.to_owned(), challenge.ends_with(", stale=true"))
}

struct Answer<'a> {
    user: &'a str,
    password: &'a str,
    realm: &'a str,
    uri: &'a str,
    nc: u32,
}

const ADMIN: Answer<'static> =
    Answer { user: "admin", password: "secret", realm: "CP-7841-3PCC", uri: "/admin/advanced", nc: 1 };

fn header(nonce: &str, answer: &Answer<'_>) -> String {
    let Answer { user, password, realm, uri, nc } = answer;
    let a1 = md5(&format!("{user}:{realm}:{password}"));
    let a2 = md5(&format!("GET:{uri}"));
    let response = md5(&format!("{a1}:{nonce}:{nc:08x}:0a4f113b:auth:{a2}"));
    format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", qop=auth, nc={nc:08x}, cnonce=\"0a4f113b\", response=\"{response}\""
    )
}

fn nonce(logins: &mut Logins, now: u64) -> String {
    challenged(&logins.judge(None, DEMAND, now)).0
}

#[test]
fn the_formula_is_that_of_the_rfc() {
    // RFC 7616 §3.9.1, the MD5 example.
    let header = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=MD5, \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
        cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\", \
        opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    let demand = Demand {
        realm: "http-auth@example.org",
        accounts: &[("Mufasa", "Circle of Life")],
        method: "GET",
        target: "/dir/index.html",
        lasts: (0, 0),
    };
    assert!(proves(&Credentials::read(header).unwrap(), demand));
}

#[test]
fn right_credentials_are_let_in() {
    let mut logins = logins();
    let nonce = nonce(&mut logins, 1000);
    assert_eq!(logins.judge(Some(&header(&nonce, &ADMIN)), DEMAND, 1001), Verdict::Granted);
    let user = Answer { user: "user", password: "word", nc: 2, ..ADMIN };
    assert_eq!(logins.judge(Some(&header(&nonce, &user)), DEMAND, 1002), Verdict::Granted);
    assert_eq!(logins.last(), (Some(1002), None));
}

#[test]
fn wrong_credentials_are_challenged_again_and_never_told_stale() {
    let wrong = [
        Answer { password: "Secret", ..ADMIN },
        Answer { password: "", ..ADMIN },
        Answer { user: "root", ..ADMIN },
        Answer { user: "user", ..ADMIN },
        Answer { realm: "elsewhere", ..ADMIN },
        Answer { uri: "/admin/basic", ..ADMIN },
    ];
    for answer in wrong {
        let mut logins = logins();
        let nonce = nonce(&mut logins, 1000);
        let verdict = logins.judge(Some(&header(&nonce, &answer)), DEMAND, 1001);
        assert!(!challenged(&verdict).1);
        assert_eq!(logins.last(), (None, Some(1001)));
    }
}

#[test]
fn a_count_is_good_once_and_may_come_out_of_order() {
    let mut logins = logins();
    let nonce = nonce(&mut logins, 0);
    let mut judge = |nc| logins.judge(Some(&header(&nonce, &Answer { nc, ..ADMIN })), DEMAND, 1) == Verdict::Granted;
    let got = [1, 1, 3, 2, 2, 3, 200, 199, 4, 136, 137, 200].map(&mut judge);
    assert_eq!(got, [true, false, true, true, false, false, true, true, false, false, true, false]);
}

#[test]
fn a_login_ends_by_age_and_by_idleness_and_its_owner_is_told_stale() {
    let mut logins = logins();
    let first = nonce(&mut logins, 0);
    let mut judge = |nc, now| {
        let verdict = logins.judge(Some(&header(&first, &Answer { nc, ..ADMIN })), DEMAND, now);
        verdict == Verdict::Granted || !challenged(&verdict).1
    };
    assert!(judge(1, 600));
    assert!(judge(2, 1200));
    assert!(!judge(3, 1801), "idle for 601 s");
    let mut now = 0;
    let nonce = nonce(&mut logins, now);
    for nc in 1..=6 {
        now += 600;
        assert_eq!(logins.judge(Some(&header(&nonce, &Answer { nc, ..ADMIN })), DEMAND, now), Verdict::Granted);
    }
    let verdict = logins.judge(Some(&header(&nonce, &Answer { nc: 7, ..ADMIN })), DEMAND, 3601);
    assert!(challenged(&verdict).1, "older than 3600 s");
}

#[test]
fn a_nonce_that_was_never_given_is_refused() {
    let (mut ours, mut others) = (logins(), Logins::new(Random::seeded(2)));
    let foreign = nonce(&mut others, 1000);
    let good = nonce(&mut ours, 1000);
    let mut later = good.clone();
    later.replace_range(..16, &format!("{:016x}", 900_000));
    for nonce in [foreign.as_str(), &later, "", "é", &good[..47], &format!("{good}0")] {
        let verdict = ours.judge(Some(&header(nonce, &ADMIN)), DEMAND, 1001);
        assert!(matches!(verdict, Verdict::Challenge(_)), "{nonce}");
    }
}

#[test]
fn memory_is_bounded_and_forgotten_nonces_stay_spent() {
    let mut logins = logins();
    let first = nonce(&mut logins, 1);
    assert_eq!(logins.judge(Some(&header(&first, &ADMIN)), DEMAND, 1), Verdict::Granted);
    for now in 2..400 {
        let nonce = nonce(&mut logins, now);
        assert_eq!(logins.judge(Some(&header(&nonce, &ADMIN)), DEMAND, now), Verdict::Granted);
    }
    assert_eq!(logins.used.len(), REMEMBERED);
    assert!(challenged(&logins.judge(Some(&header(&first, &ADMIN)), DEMAND, 400)).1);
}

#[test]
fn nonces_differ() {
    let mut logins = logins();
    let nonces: std::collections::HashSet<_> = (0..200).map(|_| nonce(&mut logins, 7)).collect();
    assert_eq!(nonces.len(), 200);
}
