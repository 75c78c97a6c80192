//! SIP over TLS: servers that speak it, an extension that is to use it, and its registration inside.

use super::phone::{SOON, profile};
use super::provisioning::trust;
use crate::network::{LISTED, PASSWORD, Party, SECOND_USER, USER};
use crate::outcome::{Blame, Outcome, Stop};
use crate::phrase::Args;
use crate::unit::web_admin::Place;
use crate::world::{Scene, World};
use evidence::{Capture, Mark, SipMessage, TlsConnection, TlsId, TlsSide};
use pki::Identity;
use servers::{sip, tls};
use std::net::{IpAddr, SocketAddr};

/// The domain that the certificates are made for. It has a parent, so that a wildcard can stand for it; the names of the document's own
/// example stand beside it.
const DOMAIN: &str = "sip.voiceip.com";
/// Seconds between two attempts to register, in scenarios where the second one is the fact that is waited for.
const RETRY: &str = "1";

crate::phrases! {
    /// Lets a SIP server listen for TLS at port 5061 too, with a certificate from the scenario's own authority that is `right`, or wrong
    /// in one way: `expired`, `for another name`, `of an unknown authority`, …; the catalogue of crate pki has the words.
    Given "{server} speaks SIP over TLS with a certificate that is {string}" => speaks;
    /// Shows another certificate from the next connection on.
    When "{server} shows a certificate that is {string}" => shows;
    /// The server speaks this version alone from the next connection on: 1.2 or 1.3.
    Given "{server} speaks TLS {anything} only" => speaks_only;
    /// Makes the phone trust the authority of the SIP servers' certificates and tells it which ones that authority has revoked so far.
    Given "the phone trusts the bench's authority and has its list of revoked certificates" => trusts_with_list;
    /// Gives an extension an account and SIP Transport TLS by profile, with this proxy. Nothing is waited for.
    Given "extension {int} is to use TLS with {string}" => to_use_tls;
    /// The same, and waits until it has registered inside TLS with the call server.
    Given "extension {int} is registered inside TLS" => registered;
    /// Sets SIP Transport of an extension on the page. Nothing is waited for.
    When "SIP Transport of extension {int} becomes {string}" => becomes;
    /// Claims a REGISTER of the extension's account and its 200, both read out of TLS, on a connection to port 5061 of this server, since
    /// TLS was last chosen or its connection lost.
    Then "extension {int} registers inside TLS with {server}" => registers;
    /// Claims a REGISTER of the extension's account and its 200 over UDP since the transport was last chosen.
    Then "extension {int} registers over UDP with {server}" => registers_udp;
}

/// The account of an extension.
pub fn user_of(extension: u8) -> &'static str {
    if extension == 1 { USER } else { SECOND_USER }
}

/// Where a server listens for TLS.
pub fn secure_address(party: Party) -> SocketAddr {
    SocketAddr::new(party.address(), sip::TLS_PORT)
}

/// TLS of a server that was let speak it.
pub fn tls_of(scene: &Scene, party: Party) -> Result<&tls::Tls, Stop> {
    let tls = scene.network.sip(party).tls();
    tls.ok_or_else(|| Stop::bench(format!("{party} speaks no TLS yet; correct the feature file")))
}

/// TLS connections of the phone to a server with a record after the mark.
pub fn connections_to(capture: &Capture, party: Party, since: Mark) -> impl Iterator<Item = &TlsConnection> {
    let connections = capture.connections();
    let to = move |tls: &&TlsConnection| {
        connections.get(tls.connection).is_some_and(|it| it.server == secure_address(party) && it.first > since.0)
    };
    capture.tls().iter().filter(to)
}

/// The TLS connections to a server in words, and the packets of their handshakes.
pub fn told(capture: &Capture, party: Party, since: Mark) -> (String, Vec<u32>) {
    let all: Vec<&TlsConnection> = connections_to(capture, party, since).collect();
    let words = all.iter().map(|tls| {
        let sent = tls.application(TlsSide::Client).records;
        format!("a connection, {}, {}, with {sent} records of SIP", tls.decryption(), capture.tls_end(tls))
    });
    let words: Vec<String> = words.take(4).collect();
    let packets = all.iter().flat_map(|tls| tls.packets.iter()).collect();
    let words = if words.is_empty() { format!("no TLS with {party}") } else { words.join("; ") };
    (words, packets)
}

/// The certificate of this kind for the SIP servers.
fn identity(scene: &mut Scene, kind: &str) -> Result<Identity, Stop> {
    let [first, second] = [Party::CallServer, Party::Second].map(|party| party.address().to_string());
    scene.story.certificates.identity(&[DOMAIN, LISTED[0], LISTED[1], &first, &second], kind)
}

async fn speaks(world: &mut World, mut args: Args) -> Outcome {
    let (party, kind): (Party, String) = (args.read()?, args.text()?);
    let scene = world.scene()?;
    scene.network.name(DOMAIN, 300, &[Party::CallServer.address()])?;
    let identity = identity(scene, &kind)?;
    let (at, sink) = (secure_address(party), scene.key_sink());
    let server = scene.network.sip_mut(party);
    server.listen_tls(&[at], &identity, tls::Settings::default()).await?;
    server.pass_keys_to(sink);
    Ok(())
}

async fn shows(world: &mut World, mut args: Args) -> Outcome {
    let (party, kind): (Party, String) = (args.read()?, args.text()?);
    let scene = world.scene()?;
    let identity = identity(scene, &kind)?;
    tls_of(scene, party)?.show(&identity)?;
    Ok(())
}

async fn speaks_only(world: &mut World, mut args: Args) -> Outcome {
    let (party, version): (Party, String) = (args.read()?, args.text()?);
    let versions = match version.as_str() {
        "1.2" => tls::TlsVersions::Only12,
        "1.3" => tls::TlsVersions::Only13,
        other => return Err(Stop::bench(format!("our servers speak no TLS {other}; correct the feature file"))),
    };
    tls_of(world.scene()?, party)?.change(|settings| settings.versions = versions)?;
    Ok(())
}

async fn trusts_with_list(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let certificates = &scene.story.certificates;
    let pem = certificates.root_pem()? + &certificates.revocation_list_pem()?;
    trust(scene, pem).await
}

async fn to_use_tls(world: &mut World, mut args: Args) -> Outcome {
    let (extension, proxy): (u8, String) = (args.read()?, args.text()?);
    use_tls(world.scene()?, extension, &proxy).await
}

async fn use_tls(scene: &mut Scene, extension: u8, proxy: &str) -> Outcome {
    scene.story.since = scene.observer.look().mark();
    let of = |name: &str| format!("{name}_{extension}_");
    let names = ["Proxy", "User_ID", "Password", "SIP_Transport"].map(of);
    let values = [proxy, user_of(extension), PASSWORD, "TLS"];
    let mut settings: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(values).collect();
    settings.extend([("CISCO_XML_EXE_Enable", "Yes"), ("Reg_Retry_Intvl", RETRY)]);
    profile(scene, &settings).await
}

async fn registered(world: &mut World, mut args: Args) -> Outcome {
    let extension: u8 = args.read()?;
    let scene = world.scene()?;
    use_tls(scene, extension, LISTED[0]).await?;
    let since = scene.story.since;
    registers_inside(scene, extension, Party::CallServer, since).await.map(|_| ())
}

async fn becomes(world: &mut World, mut args: Args) -> Outcome {
    let (extension, value): (u8, String) = (args.read()?, args.text()?);
    let scene = world.scene()?;
    let tab = format!("Ext {extension}");
    scene.page()?.load().await?;
    scene.page()?.enter(Place { tab: &tab, section: "SIP Settings", label: "SIP Transport" }, &value)?;
    super::page::submit(scene).await?;
    scene.story.since = scene.story.submitted;
    Ok(())
}

async fn registers(world: &mut World, mut args: Args) -> Outcome {
    let (extension, party): (u8, Party) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let since = scene.story.since.max(scene.story.submitted);
    registers_inside(scene, extension, party, since).await.map(|_| ())
}

/// Waits for the 200 that answers a REGISTER of an extension inside TLS, and gives the connection.
///
/// # Errors
/// The phone is at fault when there is none, unless what was said cannot be read.
pub async fn registers_inside(scene: &Scene, extension: u8, party: Party, since: Mark) -> Result<TlsId, Stop> {
    let user = user_of(extension);
    let phone = scene.phone_address()?;
    let found = scene.observer.until(SOON, |capture| {
        let ok = |m: &&SipMessage| m.src == secure_address(party) && is_accepted(m, phone, user);
        capture.sip_messages_since(since).find(ok).and_then(|m| m.secured)
    });
    if let Some(tls) = found.await {
        return Ok(tls);
    }
    let capture = scene.observer.look();
    if let Some(hidden) = connections_to(&capture, party, since).find(|tls| !tls.decryption().is_readable()) {
        return Err(Stop::Inconclusive {
            who: Blame::Capture,
            cause: format!(
                "what was said to {party} cannot be read: {}; see that the server passes its keys on",
                hidden.decryption()
            ),
        });
    }
    let (seen, packets) = told(&capture, party, since);
    Err(Stop::failed(format!("{user} registers with {party} at {}, inside TLS", secure_address(party)), seen, packets))
}

/// Whether this is the 200 to a REGISTER of an account.
fn is_accepted(message: &SipMessage, phone: IpAddr, user: &str) -> bool {
    message.dst.ip() == phone
        && message.code() == Some(200)
        && message.cseq().is_some_and(|(_, method)| method == "REGISTER")
        && message.to().is_some_and(|to| to.uri.contains(&format!(":{user}@")))
}

async fn registers_udp(world: &mut World, mut args: Args) -> Outcome {
    let (extension, party): (u8, Party) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let (user, phone) = (user_of(extension), scene.phone_address()?);
    let since = scene.story.since.max(scene.story.submitted);
    let found = scene.observer.until(SOON, |capture| {
        let mut ok = capture.sip_messages_since(since).filter(|m| {
            m.src.ip() == party.address()
                && m.transport == evidence::Transport::Udp
                && m.contacts().iter().any(|contact| !contact.uri.contains("transport="))
        });
        ok.find(|m| is_accepted(m, phone, user)).map(|_| ())
    });
    found.await.ok_or_else(|| {
        let (seen, packets) = told(&scene.observer.look(), party, since);
        Stop::failed(format!("{user} registers with {party} over UDP"), seen, packets)
    })
}
