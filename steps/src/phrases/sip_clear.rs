//! What must not be seen of an extension with TLS: its SIP in clear, another way when TLS fails, one word to a server that it refuses. And
//! of an extension without TLS: a ClientHello.

use super::phone::SOON;
use super::sip_tls::{connections_to, registers_inside, secure_address, told, user_of};
use crate::network::{PHONE_MAC, Party};
use crate::outcome::{Blame, Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Mark, SipFact, TlsConnection, TlsEnd, TlsSide, TlsVersion};
use servers::sip;

crate::phrases! {
    /// Claims that no frame of the phone, since its first ClientHello to a SIP server, carries SIP of this extension that anybody could
    /// read: no message, and no octets that name both SIP and its account.
    Then "no SIP of extension {int} is in clear since its first ClientHello" => nothing_in_clear;
    /// Claims that the phone has connected to the server for TLS so often since TLS was chosen, each time after the one before had ended, and
    /// that nothing of SIP was seen in clear meanwhile: neither UDP nor TCP takes the place of TLS.
    Then "extension {int} tries {server} {int} times by TLS and by nothing else" => tries_again;
    /// Claims that the phone ended the first TLS connection to the server since TLS was chosen, and that not one octet of its application
    /// can be read out of it.
    Then "the phone refuses {server} without a word of SIP" => refuses;
    /// Claims one of two things of which the standards or the sources leave the choice: a registration inside TLS, or a refusal as above.
    Then "extension {int} registers inside TLS with {server}, or refuses it without a word of SIP" => one_or_other;
    /// Claims that an alert of the phone was what ended the connection, and that it is about the certificate or its signature.
    Then "it says in an alert that the certificate of {server} is not good" => alerts;
    /// Claims a line of the phone's log at our syslog server: no TLS with this host, for this reason.
    Then "its log says that there is no TLS with {string}: {string}" => logs;
    /// Claims that the phone has sent the server no ClientHello and has not even asked for a connection to its port of TLS.
    Then "the phone has asked {server} for no TLS" => no_hello;
    /// Claims that the phone's last TLS connection to the server ended after a close_notify of the phone.
    Then "the phone ends its connection to {server} with close_notify" => close_notify;
}

/// Frames, SIP facts and connections after the mark that show SIP of an account to anybody.
fn in_clear(capture: &Capture, user: &str, since: Mark) -> Vec<u32> {
    let mut packets = Vec::new();
    for fact in capture.sip_since(since) {
        match fact {
            SipFact::Message(m) if m.secured.is_none() && names(&m.raw, user) => packets.extend(m.packets.iter()),
            SipFact::Malformed(m) if m.at.secured.is_none() && names(&m.raw, user) => {
                packets.extend(m.at.packets.iter())
            }
            SipFact::Message(_) | SipFact::Malformed(_) => {}
        }
    }
    // What the oracle did not take for SIP, at whatever port.
    let frames = capture.frames().iter().filter(|frame| frame.number > since.0);
    let of_phone = frames.filter(|frame| frame.data.get(..12).is_some_and(|macs| has(macs, &PHONE_MAC.0)));
    let shown = of_phone.filter(|frame| has(&frame.data, b"SIP/2.0") && names(&frame.data, user));
    packets.extend(shown.map(|frame| frame.number));
    packets
}

fn names(octets: &[u8], user: &str) -> bool {
    has(octets, user.as_bytes())
}

fn has(octets: &[u8], wanted: &[u8]) -> bool {
    octets.windows(wanted.len()).any(|window| window == wanted)
}

/// Where the phone's first ClientHello to a SIP server stands.
fn first_hello(scene: &Scene) -> Result<Mark, Stop> {
    let phone = scene.phone_address()?;
    let capture = scene.observer.look();
    let hellos = capture.tls().iter().filter(|tls| tls.src.ip() == phone && tls.dst.port() == sip::TLS_PORT);
    let first = hellos.filter_map(|tls| tls.client_hellos().next().map(|(at, _)| at.packets.first())).min();
    first.map(Mark).ok_or_else(|| Stop::failed("a ClientHello of the phone to a SIP server", "none", []))
}

async fn nothing_in_clear(world: &mut World, mut args: Args) -> Outcome {
    let extension: u8 = args.read()?;
    let scene = world.scene()?;
    let since = first_hello(scene)?;
    clear_of_sip(scene, extension, since)
}

/// Claims that nothing of an extension's SIP is in clear after the mark.
pub fn clear_of_sip(scene: &Scene, extension: u8, since: Mark) -> Outcome {
    let user = user_of(extension);
    let packets = in_clear(&scene.observer.look(), user, since);
    if packets.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!("no SIP of {user} in clear"), "it is there for all to read", packets))
}

async fn tries_again(world: &mut World, mut args: Args) -> Outcome {
    let (extension, party, times): (u8, Party, usize) = (args.read()?, args.read()?, args.read()?);
    let scene = world.scene()?;
    let since = scene.story.since.max(scene.story.submitted);
    // A server that does not even listen sees no TLS, so it is TCP that is counted.
    let tries = |capture: &Capture| -> Vec<u32> {
        let asked = capture.connections().iter().filter(|it| it.server == secure_address(party) && it.first > since.0);
        asked.map(|it| it.first).collect()
    };
    let tried = scene.observer.until(SOON, |capture| (tries(capture).len() >= times).then(|| tries(capture)));
    let Some(tried) = tried.await else {
        let capture = scene.observer.look();
        let (seen, packets) = (format!("{} of them", tries(&capture).len()), told(&capture, party, since).1);
        return Err(Stop::failed(format!("{times} connections to {}", secure_address(party)), seen, packets));
    };
    // What came before the first of them ended an earlier registration where that was made.
    let since = Mark(tried.first().copied().unwrap_or(since.0));
    clear_of_sip(scene, extension, since)?;
    let phone = scene.phone_address()?;
    let capture = scene.observer.look();
    let other = capture.connections().iter().filter(|it| it.first > since.0 && it.client.ip() == phone);
    let other = other.filter(|it| it.server.ip() == party.address() && it.server != secure_address(party));
    let datagrams = capture.udp_since(since).iter();
    let datagrams = datagrams.filter(|d| d.src.ip() == phone && d.dst.ip() == party.address() && d.len > 4);
    let packets: Vec<u32> = other.map(|it| it.first).chain(datagrams.map(|d| d.at.packets.first())).collect();
    if packets.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!("no other way to {party} than TLS"), "another one", packets))
}

async fn refuses(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since.max(scene.story.submitted);
    let ended = scene.observer.until(SOON, |capture| {
        let first = connections_to(capture, party, since).next()?;
        is_over(capture, first).then_some(())
    });
    let ended = ended.await;
    let expected = format!("a TLS connection to {party} that the phone ends without one octet of SIP");
    let capture = scene.observer.look();
    if ended.is_none() {
        let (seen, packets) = told(&capture, party, since);
        return Err(Stop::failed(expected, seen, packets));
    }
    let Some(first) = connections_to(&capture, party, since).next() else { return Ok(()) };
    without_a_word(first, &expected)
}

async fn one_or_other(world: &mut World, mut args: Args) -> Outcome {
    let (extension, party): (u8, Party) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let since = scene.story.since.max(scene.story.submitted);
    let decided = scene.observer.until(SOON, |capture| {
        let first = connections_to(capture, party, since).next()?;
        let speaks = first.application(TlsSide::Client).first.is_some();
        (speaks || is_over(capture, first)).then_some(speaks)
    });
    match decided.await {
        Some(true) => registers_inside(scene, extension, party, since).await.map(|_| ()),
        Some(false) => {
            let capture = scene.observer.look();
            let first = connections_to(&capture, party, since).next();
            first.map_or(Ok(()), |first| without_a_word(first, "a refusal without a word of SIP"))
        }
        None => {
            let (seen, packets) = told(&scene.observer.look(), party, since);
            Err(Stop::failed("a registration inside TLS or a refusal", seen, packets))
        }
    }
}

/// Whether TCP below it has ended too, not only TLS.
pub fn is_over(capture: &Capture, tls: &TlsConnection) -> bool {
    capture.tls_end(tls) != TlsEnd::Open && capture.connections().get(tls.connection).is_some_and(|it| it.is_over())
}

/// Claims that the client sent nothing of its application on a connection.
pub fn without_a_word(tls: &TlsConnection, expected: &str) -> Outcome {
    let (sent, readable) = (tls.application(TlsSide::Client), tls.decryption_of(TlsSide::Client));
    if let Some(first) = sent.first {
        return Err(Stop::failed(expected, "it speaks on", first.packets.iter()));
    }
    // Before TLS 1.3 the type of a record is no secret, with or without keys (RFC 5246 §6.2.1).
    let plain_types = tls.version().is_none_or(|version| version < TlsVersion::TLS13);
    let nothing_sealed = tls.sealed_records(TlsSide::Client) == 0 && tls.early_records() == 0;
    if readable.is_readable() || plain_types || nothing_sealed {
        return Ok(());
    }
    let cause = format!("what the phone said cannot be read: {readable}; see that the server passes its keys on");
    Err(Stop::Inconclusive { who: Blame::Capture, cause })
}

async fn alerts(world: &mut World, mut args: Args) -> Outcome {
    // RFC 8446 §6.2: what a signature that does not fit is told with, and a certificate that is not accepted.
    const OF_SIGNATURES: [&str; 2] = ["decrypt_error", "access_denied"];
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since.max(scene.story.submitted);
    let capture = scene.observer.look();
    let alert = connections_to(&capture, party, since).next().and_then(TlsConnection::fatal_alert);
    let fits = |alert: &evidence::tls::TlsAlert<'_>| {
        let named = alert.description.name().is_some_and(|name| OF_SIGNATURES.contains(&name));
        alert.side == TlsSide::Client && (alert.description.is_about_certificate() || named)
    };
    if alert.as_ref().is_some_and(fits) {
        return Ok(());
    }
    let (seen, packets) = told(&capture, party, since);
    let seen = alert.map_or(seen, |alert| format!("the alert {}", alert.description));
    Err(Stop::failed("a fatal alert of the phone about the certificate", seen, packets))
}

async fn logs(world: &mut World, mut args: Args) -> Outcome {
    let (host, reason) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    let since = scene.story.since.max(scene.story.submitted);
    let wanted = format!("no TLS with {host}: ");
    let mut seen = "no line about it".to_owned();
    let line = scene.observer.until(SOON, |capture| {
        let mut lines = capture.syslog_since(since).iter().filter(|line| line.text.contains(&wanted));
        lines.find(|line| {
            seen.clone_from(&line.text);
            line.text.to_lowercase().contains(&reason.to_lowercase())
        })?;
        Some(())
    });
    line.await.ok_or_else(|| Stop::failed(format!("`{wanted}… {reason}` in its log"), seen, []))
}

async fn no_hello(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let capture = scene.observer.look();
    let asked = capture.connections().iter().filter(|it| it.client.ip() == phone);
    let asked: Vec<u32> = asked.filter(|it| it.server == secure_address(party)).map(|it| it.first).collect();
    let hellos = capture.tls().iter().filter(|tls| tls.src.ip() == phone && tls.dst.ip() == party.address());
    let packets: Vec<u32> = hellos.flat_map(|tls| tls.packets.iter()).chain(asked).collect();
    if packets.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!("no TLS with {party}"), "it was asked for", packets))
}

async fn close_notify(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let ended = scene.observer.until(SOON, |capture| {
        let last = connections_to(capture, party, Mark::default()).last()?;
        is_over(capture, last).then(|| capture.tls_end(last))
    });
    let expected = format!("the phone says close_notify before it closes its connection to {party}");
    match ended.await {
        Some(TlsEnd::Closed | TlsEnd::ClosedBy(TlsSide::Client)) => Ok(()),
        Some(other) => {
            Err(Stop::failed(expected, other.to_string(), told(&scene.observer.look(), party, Mark::default()).1))
        }
        None => {
            let (seen, packets) = told(&scene.observer.look(), party, Mark::default());
            Err(Stop::failed(expected, seen, packets))
        }
    }
}
