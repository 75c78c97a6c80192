//! What the phone says in its hellos to SIP servers, what comes before the first octet of SIP, how a session is resumed, and the phone's own
//! certificate.

use super::phone::SOON;
use super::sip_tls::{connections_to, told};
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::tls::{ClientHello, Scheme};
use evidence::{Capture, Mark, TlsBody, TlsConnection, TlsSide, TlsVersion};

crate::phrases! {
    /// Claims that each hello to the server offers this version, as in `TLS 1.2`, and none below it.
    Then "each hello to {server} offers {string} and nothing older" => offers_version;
    /// Claims that each hello to the server offers suites, none of which is without encryption, of export strength, with RC4 or DES, or
    /// without authentication (RFC 9325 §4.1), or has a key exchange by static RSA.
    Then "each hello to {server} offers only suites that keep a secret" => offers_suites;
    /// Claims that the first suite of each hello to the server is one of AEAD with an ephemeral key exchange.
    Then "each hello to {server} prefers authenticated encryption" => prefers_aead;
    /// Claims the TLS 1.2 suites of each hello, those of TLS 1.3 left out: these, and no other; separated by commas.
    Then "each hello to {server} offers the suites {string} of TLS 1.2 and no other" => offers_listed;
    /// Claims that each hello to the server asks for this name (RFC 6066 §3).
    Then "each hello to {server} asks for the name {string}" => asks_for;
    /// Claims that no hello to the server names anybody: an address is no name.
    Then "no hello to {server} asks for a name" => asks_for_none;
    /// Claims of each hello: `renegotiation_info`, `extended_master_secret`, `no compression`, `no early data`, `no weak signature`, or
    /// `no fallback`.
    Then "each hello to {server} has {string}" => has;
    /// Claims of the connection of the first SIP that the server had shown its certificate and both sides had sent Finished before it.
    Then "no octet of SIP to {server} comes before its certificate and the end of the handshake" => handshake_first;
    /// Claims that the phone showed a certificate on its last connection to the server, and signed the handshake with its key.
    Then "the phone shows {server} its own certificate" => shows_own;
    /// Claims that the phone's last connection to the server, if it resumes a session, is for the same name as the one before.
    Then "the phone resumes with {server} no session of another name" => resumes_same;
}

/// The phone's hellos to a server, once there is one.
async fn hellos<T>(
    scene: &Scene,
    party: Party,
    mut judge: impl FnMut(&ClientHello) -> Result<(), T>,
) -> Result<(), (T, Vec<u32>)> {
    let all =
        |capture: &Capture| connections_to(capture, party, Mark::default()).any(|tls| tls.client_hello().is_some());
    let _ = scene.observer.until(SOON, |capture| all(capture).then_some(())).await;
    let capture = scene.observer.look();
    for tls in connections_to(&capture, party, Mark::default()) {
        for (at, hello) in tls.client_hellos() {
            judge(hello).map_err(|wrong| (wrong, at.packets.iter().collect()))?;
        }
    }
    Ok(())
}

/// Claims something of each hello to a server, of which there is at least one.
async fn each(
    world: &mut World,
    party: Party,
    expected: String,
    mut judge: impl FnMut(&ClientHello) -> Result<(), String>,
) -> Outcome {
    let scene = world.scene()?;
    let mut count = 0_u32;
    let judged = hellos(scene, party, |hello| {
        count += 1;
        judge(hello)
    });
    match judged.await {
        Ok(()) if count == 0 => Err(Stop::failed(expected, "no hello at all", [])),
        Ok(()) => Ok(()),
        Err((seen, packets)) => Err(Stop::failed(expected, seen, packets)),
    }
}

async fn offers_version(world: &mut World, mut args: Args) -> Outcome {
    let (party, lowest): (Party, String) = (args.read()?, args.text()?);
    let lowest = [TlsVersion::TLS10, TlsVersion::TLS11, TlsVersion::TLS12, TlsVersion::TLS13]
        .into_iter()
        .find(|version| version.to_string() == lowest)
        .ok_or_else(|| Stop::bench(format!("`{lowest}` is no version of TLS; correct the feature file")))?;
    each(world, party, format!("{lowest} offered, and nothing older"), |hello| {
        let offered = hello.versions();
        let words = || offered.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if offered.contains(&lowest) && offered.iter().all(|version| *version >= lowest) {
            Ok(())
        } else {
            Err(words())
        }
    })
    .await
}

async fn offers_suites(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    each(world, party, "suites that keep a secret, and forward".into(), |hello| {
        let offered = hello.offered_suites();
        let wrong = offered.iter().find(|suite| suite.is_forbidden() || suite.is_static_rsa());
        match wrong {
            Some(suite) => Err(suite.to_string()),
            None if offered.is_empty() => Err("no suite".into()),
            None => Ok(()),
        }
    })
    .await
}

async fn prefers_aead(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    each(world, party, "an AEAD suite first".into(), |hello| match hello.offered_suites().first() {
        Some(suite) if suite.is_aead() && !suite.is_static_rsa() => Ok(()),
        Some(suite) => Err(suite.to_string()),
        None => Err("no suite".into()),
    })
    .await
}

async fn offers_listed(world: &mut World, mut args: Args) -> Outcome {
    let (party, listed): (Party, String) = (args.read()?, args.text()?);
    let listed: Vec<&str> = listed.split(',').map(str::trim).collect();
    each(world, party, listed.join(", "), |hello| {
        // Suites of TLS 1.3 name no key exchange (RFC 8446 §B.4).
        let offered = hello.offered_suites().into_iter().map(|suite| suite.to_string());
        let offered: Vec<String> = offered.filter(|name| name.contains("_WITH_")).collect();
        if offered == listed { Ok(()) } else { Err(offered.join(", ")) }
    })
    .await
}

async fn asks_for(world: &mut World, mut args: Args) -> Outcome {
    let (party, name): (Party, String) = (args.read()?, args.text()?);
    each(world, party, format!("server_name {name}"), |hello| match &hello.server_name {
        Some(asked) if *asked == name => Ok(()),
        Some(asked) => Err(asked.clone()),
        None => Err("no name".into()),
    })
    .await
}

async fn asks_for_none(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    each(world, party, "no server_name".into(), |hello| match &hello.server_name {
        None => Ok(()),
        Some(asked) => Err(asked.clone()),
    })
    .await
}

async fn has(world: &mut World, mut args: Args) -> Outcome {
    let (party, what): (Party, String) = (args.read()?, args.text()?);
    let judge: fn(&ClientHello) -> bool = match what.as_str() {
        "renegotiation_info" => ClientHello::offers_secure_renegotiation,
        "extended_master_secret" => ClientHello::offers_extended_master_secret,
        "no compression" => |hello| hello.compression == [0],
        "no early data" => |hello| !hello.offers_early_data(),
        "no weak signature" => |hello| !hello.schemes.is_empty() && !hello.schemes.iter().copied().any(Scheme::is_weak),
        "no fallback" => |hello| !hello.is_fallback(),
        other => return Err(Stop::bench(format!("nobody looks for `{other}` in a hello; correct the feature file"))),
    };
    each(world, party, what, |hello| if judge(hello) { Ok(()) } else { Err("it is not so".into()) }).await
}

async fn handshake_first(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let speaks = |capture: &Capture| {
        connections_to(capture, party, Mark::default()).any(|tls| tls.application(TlsSide::Client).first.is_some())
    };
    let spoke = scene.observer.until(SOON, |capture| speaks(capture).then_some(())).await;
    let capture = scene.observer.look();
    if spoke.is_none() {
        let (seen, packets) = told(&capture, party, Mark::default());
        return Err(Stop::failed(format!("SIP to {party} inside TLS"), seen, packets));
    }
    for tls in connections_to(&capture, party, Mark::default()) {
        let Some(first) = tls.application(TlsSide::Client).first else { continue };
        let certificate = tls.messages_of(TlsSide::Server).find_map(|message| match &message.body {
            TlsBody::Certificate(chain) if !chain.is_empty() => Some(message.at.completed),
            _ => None,
        });
        // A session that is resumed has been proven before (RFC 8446 §2.2).
        let shown = certificate.is_some_and(|at| at <= first.completed) || tls.resumption().is_some();
        let done = tls.established().is_some_and(|at| at.completed <= first.completed);
        if !shown || !done {
            let expected = "the server's certificate and both Finished before the first octet of SIP";
            return Err(Stop::failed(expected, "it comes earlier", first.packets.iter()));
        }
    }
    Ok(())
}

async fn shows_own(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let expected = format!("a certificate of the phone for {party}, and its signature");
    let Some(tls) = connections_to(&capture, party, Mark::default()).last() else {
        return Err(Stop::failed(expected, "no TLS", []));
    };
    if tls.certificate_request().is_none() {
        return Err(Stop::bench(format!("{party} did not ask for a certificate; correct the feature file")));
    }
    let shown = tls.certificates(TlsSide::Client).is_some_and(|chain| !chain.is_empty());
    match tls.signed_with(TlsSide::Client) {
        Some(scheme) if shown && !scheme.is_weak() => Ok(()),
        Some(scheme) if shown => Err(Stop::failed(expected, format!("signed by {scheme}"), tls.packets.iter())),
        Some(_) | None => Err(Stop::failed(expected, "none, or no signature", tls.packets.iter())),
    }
}

async fn resumes_same(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let capture = scene.observer.look();
    if connections_to(&capture, party, Mark::default()).next().is_none() {
        return Err(Stop::failed(format!("TLS with {party}"), "none", []));
    }
    let name = |tls: &TlsConnection| tls.client_hello().and_then(|hello| hello.server_name.clone());
    let all: Vec<&TlsConnection> = capture.tls().iter().filter(|tls| tls.src.ip() == phone).collect();
    for (position, later) in all.iter().enumerate() {
        let wanted = wanted_of(later);
        let mut before = all.get(..position).unwrap_or_default().iter();
        let wrong =
            before.find(|it| name(it) != name(later) && given_in(it).iter().any(|token| wanted.contains(token)));
        if let Some(earlier) = wrong {
            let packets = earlier.packets.iter().chain(later.packets.iter());
            let expected = "a session is resumed under the name that it was made with";
            return Err(Stop::failed(expected, "it is offered to another", packets));
        }
    }
    Ok(())
}

/// By what a server would know again the sessions of a connection: tickets, and the session id before TLS 1.3.
fn given_in(tls: &TlsConnection) -> Vec<String> {
    let tickets = tls.messages_of(TlsSide::Server).filter_map(|message| match &message.body {
        TlsBody::NewSessionTicket(ticket) => Some(hex::encode(&ticket.ticket)),
        _ => None,
    });
    let hello = tls.server_hello().filter(|hello| hello.version() < TlsVersion::TLS13 && !hello.session_id.is_empty());
    tickets.chain(hello.map(|hello| hex::encode(&hello.session_id))).collect()
}

/// By what a hello asks for an earlier session.
fn wanted_of(tls: &TlsConnection) -> Vec<String> {
    let Some(hello) = tls.client_hello() else { return Vec::new() };
    let ticket = hello.ticket().map(hex::encode);
    ticket.into_iter().chain(hello.psk_identities.iter().cloned()).chain([hex::encode(&hello.session_id)]).collect()
}
