//! How the phone says who it is to the directory server: nobody, name and password, DIGEST-MD5 (RFC 4513 §5, RFC 2831).

use super::directory::{DN, PASSWORD, REALM, USER};
use super::directory_wire::{answers, requests, told};
use super::lookup::last_lookup;
use super::phone::SOON;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::ldap::Authentication;
use evidence::ldap::sasl::DigestMd5;
use evidence::{Capture, LdapMessage, LdapOp, Mark};

/// saslBindInProgress (RFC 4511 §4.1.9).
const IN_PROGRESS: u32 = 14;
/// Hex digits or characters of Base64 that hold 64 bits are at least so many (RFC 2831 §2.1.2).
const SHORTEST_CNONCE: usize = 11;
/// What only a challenge may have, or nobody (RFC 2831 §2.1.2).
const FOREIGN: [&str; 3] = ["opaque", "algorithm", "stale"];
/// RFC 2831 §2.1.2: a response is shorter than this.
const LONGEST: usize = 4096;

crate::phrases! {
    /// Claims one bind in the last lookup, of version 3, without name and password.
    Then "the phone binds as nobody" => nobody;
    /// Claims one bind in the last lookup, of version 3, with the name and the password of the phone's account.
    Then "the phone binds with its name and password" => simple;
    /// Claims a bind without credentials, its challenge, a second bind with a response as RFC 2831 wants it, recomputed from the
    /// password, and the server's proof. The report warns that the mechanism is historic.
    Then "the phone binds by DIGEST-MD5, in two rounds" => digest;
    /// Claims that the phone's responses of this scenario, two at least, have a cnonce each that no other has.
    Then "each response of the phone has a cnonce of its own" => cnonces;
    /// Claims that the phone sent a right response to the challenge, and neither a search nor anything else after the server's answer.
    Then "the phone does not search after the bind" => abandons;
    /// Claims that no bind of the phone in this scenario had a name and an empty password.
    Then "the phone never binds with a name and no password" => no_unauthenticated;
}

struct Bind<'c> {
    message: &'c LdapMessage,
    version: i64,
    name: &'c str,
    authentication: &'c Authentication,
}

fn binds(capture: &Capture, since: Mark) -> Vec<Bind<'_>> {
    requests(capture, since).filter_map(bind).collect()
}

fn bind(message: &LdapMessage) -> Option<Bind<'_>> {
    match &message.op {
        LdapOp::BindRequest { version, name, authentication } => {
            Some(Bind { message, version: *version, name, authentication })
        }
        _ => None,
    }
}

/// Waits until a bind of the last lookup was answered to its end.
async fn bound(scene: &Scene, since: Mark, expected: &str) -> Outcome {
    let done = |capture: &Capture| {
        answers(capture, since)
            .find(|m| matches!(m.op, LdapOp::BindResponse { .. }) && m.code().is_some_and(|c| c.0 != IN_PROGRESS))
            .map(|_| ())
    };
    if scene.observer.until(SOON, done).await.is_some() {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), since);
    Err(Stop::failed(expected, seen, packets))
}

/// The only bind of the last lookup is of version 3 and fits.
async fn only_bind(scene: &Scene, expected: &str, fits: impl Fn(&Bind<'_>) -> bool) -> Outcome {
    let since = last_lookup(scene)?;
    bound(scene, since, expected).await?;
    let capture = scene.observer.look();
    let binds = binds(&capture, since);
    match binds.as_slice() {
        [only] if only.version == 3 && fits(only) => Ok(()),
        other => {
            let packets = other.iter().flat_map(|bind| bind.message.packets.iter());
            let seen = other.iter().map(described).collect::<Vec<_>>().join(", then ");
            Err(Stop::failed(expected, seen, packets))
        }
    }
}

/// Without the password.
fn described(bind: &Bind<'_>) -> String {
    let how = match bind.authentication {
        Authentication::Simple(password) if password.is_empty() => "no password".to_owned(),
        Authentication::Simple(password) if password.octets() == PASSWORD.as_bytes() => "the right password".to_owned(),
        Authentication::Simple(_) => "another password".to_owned(),
        Authentication::Sasl { mechanism, credentials: None } => format!("{mechanism} without credentials"),
        Authentication::Sasl { mechanism, credentials: Some(_) } => format!("{mechanism} with credentials"),
        Authentication::Other(tag) => format!("a method of tag {tag:#04x}"),
    };
    format!("a bind of version {} with the name `{}` and {how}", bind.version, bind.name)
}

async fn nobody(world: &mut World, _: Args) -> Outcome {
    let fits = |bind: &Bind<'_>| {
        bind.name.is_empty() && matches!(bind.authentication, Authentication::Simple(password) if password.is_empty())
    };
    only_bind(world.scene()?, "one bind of version 3 without name and password", fits).await
}

async fn simple(world: &mut World, _: Args) -> Outcome {
    let right = |authentication: &Authentication| matches!(authentication, Authentication::Simple(password) if password.octets() == PASSWORD.as_bytes());
    let fits = |bind: &Bind<'_>| bind.name == DN && right(bind.authentication);
    only_bind(world.scene()?, &format!("one bind of version 3 with the name {DN} and its password"), fits).await
}

/// What the mechanism sent, if it is a bind by DIGEST-MD5.
fn credentials<'c>(bind: &Bind<'c>) -> Option<Option<&'c [u8]>> {
    match bind.authentication {
        Authentication::Sasl { mechanism, credentials } if mechanism == "DIGEST-MD5" => {
            Some(credentials.as_ref().map(evidence::ldap::Credential::octets))
        }
        _ => None,
    }
}

async fn digest(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = "two binds by DIGEST-MD5: one without credentials, one with the response to the server's challenge";
    bound(scene, since, expected).await?;
    exchanged(&scene.observer.look(), since, expected)?;
    let warning =
        "the phone authenticates by DIGEST-MD5, which is historic (RFC 6331): prefer None or Simple with ldaps";
    if !scene.story.warnings.iter().any(|told| told == warning) {
        scene.story.warnings.push(warning.to_owned());
    }
    Ok(())
}

fn exchanged(capture: &Capture, since: Mark, expected: &str) -> Outcome {
    let binds = binds(capture, since);
    let failed = |seen: String| {
        let packets: Vec<u32> = binds.iter().flat_map(|bind| bind.message.packets.iter()).collect();
        Stop::failed(expected, seen, packets)
    };
    let seen = || binds.iter().map(described).collect::<Vec<_>>().join(", then ");
    let [first, second] = binds.as_slice() else { return Err(failed(seen())) };
    let challenge = capture.ldap_answers(first.message).find_map(|answer| match &answer.op {
        LdapOp::BindResponse { result, server_credentials } if result.code.0 == IN_PROGRESS => {
            server_credentials.as_deref().and_then(DigestMd5::parse)
        }
        _ => None,
    });
    if [first, second].iter().any(|bind| bind.version != 3 || !bind.name.is_empty()) {
        return Err(failed(seen()));
    }
    let (Some(None), Some(Some(sent))) = (credentials(first), credentials(second)) else { return Err(failed(seen())) };
    let Some(challenge) = challenge else { return Err(failed("no challenge of the server".into())) };
    let Some(response) = DigestMd5::parse(sent) else { return Err(failed("a response that cannot be read".into())) };
    match fault_of(&challenge, &response, sent.len()) {
        None => Ok(()),
        Some(fault) => Err(failed(format!("a response {fault}"))),
    }
}

/// What is wrong with a response to a challenge (RFC 2831 §2.1.2, §2.1.2.1).
fn fault_of(challenge: &DigestMd5, response: &DigestMd5, length: usize) -> Option<String> {
    let is = |name: &str, value: &str| response.get(name) == Some(value);
    for name in ["username", "realm", "nonce", "cnonce", "nc", "qop", "digest-uri", "response", "charset"] {
        if response.all(name).count() > 1 {
            return Some(format!("with more than one {name}"));
        }
    }
    if let Some(foreign) = FOREIGN.iter().find(|name| response.get(name).is_some()) {
        return Some(format!("with {foreign}, which is no part of one"));
    }
    let offers = |name: &str, value: &str| challenge.all(name).any(|offered| offered == value);
    let realm = response.get("realm").unwrap_or_default();
    let qop = response.get("qop").unwrap_or("auth");
    let checks = [
        (length < LONGEST, "of 4096 octets or more"),
        (is("username", USER), "for another user"),
        (offers("realm", realm) && realm == REALM, "in a realm that was not offered"),
        (challenge.get("nonce").is_some_and(|nonce| is("nonce", nonce)), "to another nonce"),
        (is("nc", "00000001"), "whose count is not 00000001"),
        (challenge.offered_qop().iter().any(|offered| offered == qop), "with a protection that was not offered"),
        (response.get("cnonce").is_some_and(|c| c.len() >= SHORTEST_CNONCE), "with a cnonce of less than 64 bits"),
        (is("digest-uri", "ldap/ldap.bench.example"), "for another service than ldap/ldap.bench.example"),
        (response.get("charset").is_none() || offers("charset", "utf-8"), "with a charset that was not offered"),
        (response.is_from(PASSWORD), "that the password does not give"),
    ];
    checks.into_iter().find(|(right, _)| !right).map(|(_, fault)| fault.to_owned())
}

async fn cnonces(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let binds = binds(&capture, Mark::default());
    let mut seen: Vec<(String, &Bind<'_>)> = Vec::new();
    for bind in &binds {
        let Some(response) = credentials(bind).flatten().and_then(DigestMd5::parse) else { continue };
        let Some(cnonce) = response.get("cnonce").map(str::to_owned) else { continue };
        if let Some((_, other)) = seen.iter().find(|(earlier, _)| *earlier == cnonce) {
            let packets = other.message.packets.iter().chain(bind.message.packets.iter());
            return Err(Stop::failed("a cnonce of its own for each response", "the same cnonce twice", packets));
        }
        seen.push((cnonce, bind));
    }
    if seen.len() >= 2 {
        return Ok(());
    }
    Err(Stop::failed("two responses by DIGEST-MD5 at least", format!("{}", seen.len()), []))
}

async fn abandons(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = "a right response to the challenge, and no search after the server's answer";
    bound(scene, since, expected).await?;
    super::silence::heard(scene, false).await?;
    let capture = scene.observer.look();
    exchanged(&capture, since, expected)?;
    let searched = requests(&capture, since).find(|m| m.search().is_some());
    match searched {
        None => Ok(()),
        Some(search) => Err(Stop::failed(expected, "a search", search.packets.iter())),
    }
}

async fn no_unauthenticated(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let binds = binds(&capture, Mark::default());
    let empty =
        |bind: &&Bind<'_>| matches!(bind.authentication, Authentication::Simple(password) if password.is_empty());
    match binds.iter().find(|bind| !bind.name.is_empty() && empty(bind)) {
        None if binds.is_empty() => Err(Stop::failed("a bind of the phone", "none", [])),
        None => Ok(()),
        Some(bind) => Err(Stop::failed("no name without a password", described(bind), bind.message.packets.iter())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SENT: &str = r#"username="phone",realm="bench.example",nonce="n",cnonce="0123456789abcdef",nc=00000001,qop=auth,digest-uri="ldap/ldap.bench.example""#;

    /// What is wrong with these directives and the response that the password gives for them.
    fn fault(offered: &str, directives: &str) -> Option<String> {
        let challenge = format!(r#"realm="bench.example",nonce="n",qop="auth",algorithm=md5-sess{offered}"#);
        let given = DigestMd5::parse(directives.as_bytes()).unwrap().expected_response(PASSWORD).unwrap();
        let sent = format!("{directives},response={given}");
        fault_of(
            &DigestMd5::parse(challenge.as_bytes()).unwrap(),
            &DigestMd5::parse(sent.as_bytes()).unwrap(),
            sent.len(),
        )
    }

    #[test]
    fn a_response_is_held_against_its_challenge() {
        assert_eq!(fault("", SENT), None);
        assert_eq!(fault(",charset=utf-8", &format!("{SENT},charset=utf-8")), None);
        let wrong = [
            (format!("{SENT},charset=utf-8"), "with a charset that was not offered"),
            (format!("{SENT},algorithm=md5-sess"), "with algorithm, which is no part of one"),
            (format!("{SENT},nc=00000001"), "with more than one nc"),
            (SENT.replace("00000001", "00000002"), "whose count is not 00000001"),
            (SENT.replace("0123456789abcdef", "0123"), "with a cnonce of less than 64 bits"),
            (SENT.replace("bench.example\",nonce", "elsewhere\",nonce"), "in a realm that was not offered"),
            (SENT.replace("nonce=\"n\"", "nonce=\"m\""), "to another nonce"),
            (SENT.replace("ldap/", "imap/"), "for another service than ldap/ldap.bench.example"),
        ];
        for (directives, words) in wrong {
            assert_eq!(fault("", &directives).as_deref(), Some(words), "{directives}");
        }
        let forged = format!("{SENT},response=00000000000000000000000000000000");
        let challenge = DigestMd5::parse(br#"realm="bench.example",nonce="n",qop="auth""#).unwrap();
        let fault = fault_of(&challenge, &DigestMd5::parse(forged.as_bytes()).unwrap(), forged.len());
        assert_eq!(fault.as_deref(), Some("that the password does not give"));
    }
}
