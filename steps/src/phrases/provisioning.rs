//! Provisioning: servers that have the phone's profile, by which way it comes, and whether it is in force. Each server's profile says in
//! General Purpose Parameter A where it came from, so that the phone's own configuration tells whose it took.

use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::{AGAIN, SOON, value_of};
use crate::phrases::status::{awaited, row};
use crate::unit::web_admin::Place;
use crate::world::{Scene, World};
use evidence::{Capture, HttpExchange, TftpOutcome, TftpTransfer};
use pki::{Identity, Shown, Site};
use servers::http::{self, Answer};
use servers::tftp::{self, TftpMisbehaviour};
use servers::{Sockets, acs};
use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

/// The parameter in which a profile says where it came from.
const MARK: &str = "GPP_A";
/// What the bench's own domain gives the two provisioning servers for names.
const NAMES: [(&str, &str); 2] = [
    ("provisioning.bench.example", "the provisioning server"),
    ("provisioning.branch.example", "the second provisioning server"),
];
/// A document that people see when a network wants them to log in.
const PORTAL: &str =
    "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Please log in.</p></body></html>\n";

crate::phrases! {
    /// Starts a TFTP server on the host that has the phone's profile.
    Given "{host} has the phone's profile by TFTP" => has_by_tftp;
    /// Starts a TFTP server on the host that has no file.
    Given "{host} has no profile by TFTP" => empty_tftp;
    /// Starts a TFTP server on the host that answers nothing.
    Given "{host} is mute to TFTP" => mute_tftp;
    /// Puts the phone's profile on the host's TFTP server, which was started without it.
    When "{host} gets the phone's profile" => gets_profile;
    /// The first packet with octets of each file is lost on its way from the host's TFTP server.
    Given "the first block that {host} sends is lost" => loses_block;
    /// Ahead of each block of the host's TFTP server another one comes from a port that has no part in the transfer.
    Given "somebody talks into the transfers of {host}" => stranger_talks;
    /// Starts an HTTP server on the host, where there is none, that has the phone's profile at `/` and its name.
    Given "{host} has the phone's profile over HTTP" => has_by_http;
    /// The same at this path.
    Given "{host} has a profile over HTTP at {string}" => has_at;
    /// The host's HTTP server answers with a page that asks people to log in, at this path.
    Given "{host} has a captive portal at {string}" => has_portal;
    /// The host's HTTP server has a profile at this path that breaks off in the middle.
    Given "{host} has half a profile over HTTP at {string}" => has_half;
    /// The host's HTTPS server sends whoever asks for this path to the host's HTTP server.
    Given "{host} redirects {string} from HTTPS to HTTP" => redirects;
    /// Starts an HTTPS server on the host that has the phone's profile, with a certificate that is `right`, or wrong in one way:
    /// `of an unknown authority`, `for another name`, `expired`, `signed by itself`.
    Given "{host} has the phone's profile over HTTPS with a certificate that is {string}" => has_by_https;
    /// Makes the phone fetch and trust the authority that signs our HTTPS servers' certificates, by direct action URL.
    Given "the phone trusts the bench's authority" => trusts;
    /// Sets a field of Voice > Provisioning, Configuration Profile on the page.
    When "the administrator sets {string} on the Provisioning tab to {string}" => sets_provisioning;
    /// Asks the phone, by direct action URL, to fetch what its rules name. Nothing is waited for.
    When "the administrator makes the phone resync" => resync;
    /// Asks the phone, by direct action URL, to fetch this. Nothing is waited for.
    When "the administrator makes the phone resync with {string}" => resync_with;
    /// Claims a complete transfer of the phone's profile from the host, and that the phone's configuration is what that profile says.
    Then "the phone takes its profile from {host} by TFTP" => takes_by_tftp;
    /// Claims a GET of the profile from the host that was answered with 200, and that the phone's configuration is what it says.
    Then "the phone takes its profile from {host} over HTTP" => takes_by_http;
    /// Claims a TLS connection to the host, and that the phone's configuration is what the profile there says.
    Then "the phone takes its profile from {host} over HTTPS" => takes_by_https;
    /// Claims that the phone asked the host for its profile by TFTP, whatever came of it.
    Then "the phone asks {host} for its profile by TFTP" => asks_by_tftp;
    /// Claims that the phone asked this host for a profile by TFTP before that one.
    Then "the phone asks {host} before {host}" => asks_before;
    /// Claims that the phone never asked this host for a profile by TFTP.
    Then "the phone never asks {host} for its profile by TFTP" => never_by_tftp;
    /// Claims that the phone tells of a failed resync, with this in its reason.
    Then "the phone tells that its resync failed: {string}" => failed;
    /// Claims that no profile of a server of ours is in force.
    Then "the phone has taken no profile" => untouched;
    /// Claims that no request of the phone over HTTP to the host carried credentials.
    Then "the phone sends {host} no credentials that it did not ask for" => no_credentials;
    /// Claims two lines to the syslog server: one when the phone asks for its profile, one when it has it.
    Then "the phone writes two syslog lines about it, the request and the success" => two_lines;
    /// Starts an ACS on the host.
    Given "{host} manages phones" => manages;
    /// Our DHCP server names the ACS of this host in option 43, sub-option 1.
    Given "DHCP option 43 names {host}" => names_in_43;
    /// The same, with a NUL behind the URL.
    Given "DHCP option 43 names {host} with a NUL behind its URL" => names_with_nul;
    /// Our DHCP server names the ACS of this host in option 125, enterprise 3561, sub-option 11.
    Given "DHCP option 125 names {host}" => names_in_125;
    /// Sets parameters by a profile that the phone is made to fetch: `name=value`, separated by semicolons. `<host>` of a value is its address.
    Given "the phone has the settings {string}" => settings;
    /// Claims an Inform of the phone that the ACS of this host has answered.
    Then "the phone sends its Inform to {host}" => informs;
    /// Claims that the phone opened no connection to the ACS of this host.
    Then "the phone never calls {host}" => never_calls;
}

/// The file that the phone asks for by its default rule, `/$PSN.xml`.
fn file(scene: &Scene) -> String {
    format!("/{}-3PCC.xml", scene.unit.model)
}

fn profile_of(mark: &str) -> String {
    format!("<flat-profile>\n  <{MARK} ua=\"na\">{mark}</{MARK}>\n</flat-profile>\n")
}

fn mark(host: Host, way: &str) -> String {
    format!("{} {way}", host.name)
}

/// Lets DNS know the names of the provisioning servers, which options and rules may use.
fn name_servers(scene: &Scene) -> Outcome {
    NAMES.iter().try_for_each(|(name, host)| {
        let host: Host = host.parse().map_err(Stop::bench::<String>)?;
        scene.network.name(name, 300, &[IpAddr::V4(host.address)])
    })
}

async fn start_tftp(scene: &mut Scene, host: Host) -> Outcome {
    name_servers(scene)?;
    let sockets = Sockets::Bench(scene.net());
    let at = SocketAddr::new(host.address.into(), tftp::PORT);
    scene.network.guests.seat(host.tftp, tftp::Server::start(&sockets, at).await?)
}

fn tftp_of(scene: &Scene, host: Host) -> Result<&tftp::Server, Stop> {
    scene.network.guests.get(host.tftp)
}

async fn has_by_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    start_tftp(scene, host).await?;
    put_by_tftp(scene, host)
}

fn put_by_tftp(scene: &Scene, host: Host) -> Outcome {
    tftp_of(scene, host)?.put(&file(scene), profile_of(&mark(host, "by TFTP")));
    Ok(())
}

async fn empty_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    start_tftp(world.scene()?, host).await
}

async fn mute_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    start_tftp(scene, host).await?;
    tftp_of(scene, host)?.misbehave_everywhere(Some(TftpMisbehaviour::Silent));
    Ok(())
}

async fn gets_profile(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    put_by_tftp(world.scene()?, host)
}

async fn loses_block(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    tftp_of(world.scene()?, host)?.misbehave_everywhere(Some(TftpMisbehaviour::LoseData(1)));
    Ok(())
}

async fn stranger_talks(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    tftp_of(world.scene()?, host)?.misbehave_everywhere(Some(TftpMisbehaviour::StrangerTalks));
    Ok(())
}

/// Runs `change` on the HTTP server of the host, started if need be. That of the provisioning server is always on.
async fn with_http(scene: &mut Scene, host: Host, change: impl FnOnce(&http::Server)) -> Outcome {
    name_servers(scene)?;
    if host.address == bench::plan::PROVISIONING.v4() {
        change(&scene.network.provisioning);
        return Ok(());
    }
    if scene.network.guests.get::<http::Server>(host.http).is_err() {
        let sockets = Sockets::Bench(scene.net());
        let server = http::Server::start(&sockets, SocketAddr::new(host.address.into(), http::PORT)).await?;
        scene.network.guests.seat(host.http, server)?;
    }
    change(scene.network.guests.get(host.http)?);
    Ok(())
}

async fn has_by_http(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let path = file(scene);
    with_http(scene, host, |server| server.put(&path, "text/xml", profile_of(&mark(host, "over HTTP")))).await
}

async fn has_at(world: &mut World, mut args: Args) -> Outcome {
    let (host, path): (Host, String) = (args.read()?, args.text()?);
    with_http(world.scene()?, host, |server| server.put(&path, "text/xml", profile_of(&mark(host, "over HTTP")))).await
}

async fn has_portal(world: &mut World, mut args: Args) -> Outcome {
    let (host, path): (Host, String) = (args.read()?, args.text()?);
    with_http(world.scene()?, host, |server| server.put(&path, "text/html", PORTAL)).await
}

async fn has_half(world: &mut World, mut args: Args) -> Outcome {
    let (host, path): (Host, String) = (args.read()?, args.text()?);
    let whole = profile_of(&mark(host, "over HTTP"));
    let half = whole.replace("</flat-profile>", "  <GPP_B ua=\"na\">");
    with_http(world.scene()?, host, |server| server.put(&path, "text/xml", half)).await
}

async fn redirects(world: &mut World, mut args: Args) -> Outcome {
    let (host, path): (Host, String) = (args.read()?, args.text()?);
    let server: &http::Server = world.scene()?.network.guests.get(host.https)?;
    server.answer(&path, Some(Answer::redirect(302, &format!("http://{}{path}", host.address))));
    Ok(())
}

/// The certificate of this kind for the provisioning servers, from the scenario's own authority.
fn identity(scene: &mut Scene, host: Host, shown: Shown) -> Result<Identity, Stop> {
    let failed = |e: pki::PkiError| Stop::bench(format!("no certificate can be made: {e}"));
    if scene.story.site.is_none() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let address = host.address.to_string();
        let site = Site::new(NAMES[0].0, &[NAMES[1].0, &address], i64::try_from(now).unwrap_or(0)).map_err(failed)?;
        scene.story.site = Some(site);
    }
    let site = scene.story.site.as_ref().ok_or_else(|| Stop::bench("no authority; this is a bug of offhook"))?;
    site.identity(shown).map_err(failed)
}

async fn has_by_https(world: &mut World, mut args: Args) -> Outcome {
    let (host, kind): (Host, String) = (args.read()?, args.text()?);
    let shown = match kind.as_str() {
        "right" => Shown::Right,
        "of an unknown authority" => Shown::UnknownAuthority,
        "for another name" => Shown::OtherName,
        "expired" => Shown::Expired,
        "signed by itself" => Shown::SelfSigned,
        other => return Err(Stop::bench(format!("no certificate is `{other}`; correct the feature file"))),
    };
    let scene = world.scene()?;
    name_servers(scene)?;
    let identity = identity(scene, host, shown)?;
    let path = file(scene);
    let sockets = Sockets::Bench(scene.net());
    let at = SocketAddr::new(host.address.into(), http::TLS_PORT);
    let server = http::Server::start_tls(&sockets, at, &identity).await?;
    server.put(&path, "text/xml", profile_of(&mark(host, "over HTTPS")));
    scene.network.guests.seat(host.https, server)
}

async fn trusts(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let Some(site) = &scene.story.site else {
        return Err(Stop::bench("no HTTPS server was started before; correct the feature file"));
    };
    scene.network.provisioning.put("/root.pem", "application/x-pem-file", site.root_pem());
    let url = format!("http://{}/root.pem", bench::plan::PROVISIONING.v4());
    act(scene, &format!("/admin/updateca?{url}")).await?;
    awaited(
        scene,
        "Custom CA Status",
        "Custom CA Info",
        |shown| shown.starts_with("Installed"),
        "an installed authority",
    )
    .await
}

async fn act(scene: &Scene, target: &str) -> Outcome {
    let web = (scene.phone_address()?, 80).into();
    let reply = scene.client.get(web, target).await?;
    if reply.status.is_success() {
        return Ok(());
    }
    Err(Stop::failed(format!("the phone takes {target}"), format!("status {}", reply.status), []))
}

async fn sets_provisioning(world: &mut World, mut args: Args) -> Outcome {
    let (label, value) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    let page = scene.page()?;
    page.load().await?;
    page.enter(Place { tab: "Provisioning", section: "Configuration Profile", label: &label }, &value)?;
    page.submit().await?;
    if page.was_taken() {
        return Ok(());
    }
    Err(Stop::failed(format!("the page takes `{value}` as {label}"), page.answer(), []))
}

async fn resync(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    act(scene, "/admin/resync").await
}

async fn resync_with(world: &mut World, mut args: Args) -> Outcome {
    let url = args.text()?;
    let scene = world.scene()?;
    name_servers(scene)?;
    scene.story.since = scene.observer.look().mark();
    act(scene, &format!("/admin/resync?{url}")).await
}

async fn takes_by_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let (file, since) = (file(scene), scene.story.since);
    let transferred = scene.observer.until(SOON, |capture| {
        capture.tftp_transfers_since(since).find(|t| is_of(t, host, &file) && t.is_complete()).map(|_| ())
    });
    if transferred.await.is_none() {
        let capture = scene.observer.look();
        let (seen, packets) = attempts(&capture);
        drop(capture);
        return Err(Stop::failed(
            format!("{file} is transferred by TFTP from {} ({})", host.name, host.address),
            seen,
            packets,
        ));
    }
    in_force(scene, &mark(host, "by TFTP")).await
}

fn is_of(transfer: &TftpTransfer, host: Host, file: &str) -> bool {
    transfer.at.dst.ip() == IpAddr::V4(host.address) && transfer.file == file
}

/// Where the phone tried to fetch something, in words, and the packets.
fn attempts(capture: &Capture) -> (String, Vec<u32>) {
    let tftp = capture.tftp_transfers().iter().map(|t| {
        let ended = match &t.outcome {
            TftpOutcome::Open => "which never ended".to_owned(),
            TftpOutcome::Complete => "which was complete".to_owned(),
            TftpOutcome::Failed { message, .. } => format!("which failed: {message}"),
        };
        (format!("a request to {} for {}, {ended}", t.at.dst.ip(), t.file), t.at.packets.first())
    });
    let exchanges = capture.http_exchanges();
    let http =
        exchanges.iter().filter(|e| e.request.is_request("GET") && e.request.at.dst.port() == http::PORT).filter(|e| {
            // The rest is the operator at the phone's page.
            e.request.at.src_mac.is_some_and(|mac| mac.0 == crate::network::PHONE_MAC.0)
        });
    let http = http.map(|e| {
        let target = e.request.target().unwrap_or_default();
        (format!("GET {target} to {}, status {:?}", e.request.at.dst.ip(), e.status()), e.request.at.packets.first())
    });
    let all: Vec<(String, u32)> = tftp.chain(http).take(8).collect();
    if all.is_empty() {
        return ("it asked nobody for a file".to_owned(), Vec::new());
    }
    let (texts, packets): (Vec<String>, Vec<u32>) = all.into_iter().unzip();
    (texts.join("; "), packets)
}

async fn takes_by_http(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let fetched = scene.observer.until(SOON, |capture| {
        let to_host = |e: &HttpExchange<'_>| {
            e.request.is_request("GET") && e.request.at.dst.ip() == IpAddr::V4(host.address) && e.status() == Some(200)
        };
        capture.http_exchanges_since(since).iter().any(to_host).then_some(())
    });
    if fetched.await.is_none() {
        let capture = scene.observer.look();
        let (seen, packets) = attempts(&capture);
        drop(capture);
        return Err(Stop::failed(
            format!("the profile comes over HTTP from {} ({})", host.name, host.address),
            seen,
            packets,
        ));
    }
    in_force(scene, &mark(host, "over HTTP")).await
}

async fn takes_by_https(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.address.into(), http::TLS_PORT);
    let connected =
        scene.observer.until(SOON, |capture| capture.connections().iter().any(|c| c.server == at).then_some(()));
    if connected.await.is_none() {
        let capture = scene.observer.look();
        let (seen, packets) = attempts(&capture);
        drop(capture);
        return Err(Stop::failed(format!("a connection to {at}"), seen, packets));
    }
    in_force(scene, &mark(host, "over HTTPS")).await
}

/// Waits until the phone's own configuration says that the profile with this mark is in force.
async fn in_force(scene: &mut Scene, mark: &str) -> Outcome {
    let mut seen = "no answer".to_owned();
    let asked = async {
        loop {
            if let Some(now) = configured(scene).await {
                if now == mark {
                    return;
                }
                seen = if now.is_empty() { "none is in force".to_owned() } else { format!("that of {now} is") };
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    match tokio::time::timeout(SOON, asked).await {
        Ok(()) => Ok(()),
        Err(_) => {
            let told =
                row(scene, "Provisioning Status", "Provisioning Status").await.ok().flatten().unwrap_or_default();
            Err(Stop::failed(
                format!("the profile of {mark} is in force"),
                format!("{seen}; the phone tells: {told}"),
                [],
            ))
        }
    }
}

async fn configured(scene: &Scene) -> Option<String> {
    let web = (scene.phone_address().ok()?, 80).into();
    let dump = scene.client.get(web, "/admin/cfg.xml").await.ok()?.text();
    value_of(&dump, MARK)
}

async fn asks_by_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let (file, since) = (file(scene), scene.story.since);
    let asked = scene
        .observer
        .until(SOON, |capture| capture.tftp_transfers_since(since).find(|t| is_of(t, host, &file)).map(|_| ()));
    if asked.await.is_some() {
        return Ok(());
    }
    let capture = scene.observer.look();
    let (seen, packets) = attempts(&capture);
    drop(capture);
    Err(Stop::failed(format!("a read request for {file} at {} ({})", host.name, host.address), seen, packets))
}

async fn asks_before(world: &mut World, mut args: Args) -> Outcome {
    let (first, second): (Host, Host) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let at = |capture: &Capture, host: Host| {
        let to = IpAddr::V4(host.address);
        capture
            .udp()
            .iter()
            .find(|d| d.at.dst.ip() == to && d.at.dst.port() == tftp::PORT)
            .map(|d| d.at.packets.first())
    };
    let both = scene.observer.until(SOON, |capture| Some((at(capture, first)?, at(capture, second)?)));
    match both.await {
        Some((one, two)) if one < two => Ok(()),
        Some((one, two)) => Err(Stop::failed(
            format!("{} is asked before {}", first.name, second.name),
            "it is the other way round",
            [two, one],
        )),
        None => {
            let capture = scene.observer.look();
            let (seen, packets) = attempts(&capture);
            drop(capture);
            Err(Stop::failed(format!("{} and then {} are asked by TFTP", first.name, second.name), seen, packets))
        }
    }
}

async fn never_by_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let to = IpAddr::V4(host.address);
    let sent = capture
        .udp()
        .iter()
        .find(|d| d.at.dst.ip() == to && d.at.dst.port() == tftp::PORT)
        .map(|d| d.at.packets.first());
    drop(capture);
    match sent {
        None => Ok(()),
        Some(packet) => Err(Stop::failed(format!("nothing for {} by TFTP", host.name), "a request", [packet])),
    }
}

async fn failed(world: &mut World, mut args: Args) -> Outcome {
    let reason = args.text()?;
    let fits = |shown: &str| shown.contains("Resync failed") && shown.to_lowercase().contains(&reason.to_lowercase());
    let expected = format!("a failed resync and the reason `{reason}`");
    awaited(world.scene()?, "Provisioning Status", "Provisioning Status", fits, &expected).await
}

async fn untouched(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    match configured(scene).await {
        Some(value) if value.is_empty() => Ok(()),
        Some(value) => {
            Err(Stop::failed("the configuration as it was", format!("the profile of {value} is in force"), []))
        }
        None => Err(Stop::failed("the phone shows its configuration", "no answer", [])),
    }
}

async fn no_credentials(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let to = IpAddr::V4(host.address);
    let capture = scene.observer.look();
    let with = capture
        .http()
        .iter()
        .find(|m| m.at.dst.ip() == to && m.method().is_some() && m.header("authorization").is_some());
    let packet = with.map(|m| m.at.packets.first());
    drop(capture);
    match packet {
        None => Ok(()),
        Some(packet) => {
            Err(Stop::failed("a request without Authorization", "credentials that nobody asked for", [packet]))
        }
    }
}

async fn two_lines(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let mut seen = Vec::new();
    let both = scene.observer.until(SOON, |capture| {
        let find = |what: &str| capture.syslog_since(since).iter().position(|line| line.text.contains(what));
        seen = capture.syslog_since(since).iter().map(|line| line.at.packets.first()).collect();
        let (request, success) = (find("Requesting resync"), find("Successful resync"));
        request.zip(success).filter(|(request, success)| request < success)
    });
    match both.await {
        Some(_) => Ok(()),
        None => Err(Stop::failed(
            "`Requesting resync …` and then `Successful resync …` in syslog",
            "not both of them",
            seen,
        )),
    }
}

async fn manages(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let sockets = Sockets::Bench(scene.net());
    let server = acs::Server::start(&sockets, SocketAddr::new(host.address.into(), acs::PORT)).await?;
    scene.network.guests.seat(host.acs, server)
}

fn acs_url(host: Host) -> String {
    format!("http://{}:{}/cwmp", host.address, acs::PORT)
}

/// One option inside another: code, length, value.
fn sub_option(code: u8, value: &[u8]) -> Vec<u8> {
    [&[code, u8::try_from(value.len()).unwrap_or(u8::MAX)], value].concat()
}

async fn names_in_43(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let octets = sub_option(1, acs_url(host).as_bytes());
    world.scene()?.network.dhcp.change(|s| drop(s.options.set(43, octets)));
    Ok(())
}

async fn names_with_nul(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let octets = sub_option(1, format!("{}\0", acs_url(host)).as_bytes());
    world.scene()?.network.dhcp.change(|s| drop(s.options.set(43, octets)));
    Ok(())
}

async fn names_in_125(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let inner = sub_option(11, acs_url(host).as_bytes());
    // RFC 3925 §4: the enterprise, the length of its data, its options. Another enterprise stands before it.
    let block = |enterprise: u32, data: &[u8]| {
        [&enterprise.to_be_bytes(), &[u8::try_from(data.len()).unwrap_or(u8::MAX)], data].concat()
    };
    let octets = [block(9, &sub_option(1, b"none of ours")), block(3561, &inner)].concat();
    world.scene()?.network.dhcp.change(|s| drop(s.options.set(125, octets)));
    Ok(())
}

async fn settings(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let mut values = Vec::new();
    for pair in text.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Stop::bench(format!("`{pair}` is no name=value; correct the feature file")))?;
        let mut value = value.to_owned();
        for host in crate::network::hosts::HOSTS {
            value = value.replace(&format!("<{}>", host.name), &host.address.to_string());
        }
        values.push((name.to_owned(), value));
    }
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    super::phone::profile(world.scene()?, &values).await
}

async fn informs(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.address.into(), acs::PORT);
    let heard = scene.observer.until(SOON, |capture| {
        let exchanges = capture.http_exchanges();
        let inform = exchanges.iter().find(|e| {
            e.request.at.dst == at
                && e.request.is_request("POST")
                && e.request.text().contains("Inform>")
                && e.response.is_some()
        })?;
        Some((
            inform.request.target().unwrap_or_default().to_owned(),
            inform.status(),
            inform.request.at.packets.first(),
        ))
    });
    match heard.await {
        Some((target, Some(200), _)) if target == "/cwmp" => Ok(()),
        Some((target, status, packet)) => Err(Stop::failed(
            "an Inform to /cwmp that the ACS takes",
            format!("POST {} and status {status:?}", target.escape_debug()),
            [packet],
        )),
        None => {
            let told = row(scene, "TR-069 Status", "Last Transaction Status").await.ok().flatten().unwrap_or_default();
            let capture = scene.observer.look();
            let other: Vec<u32> = capture
                .http()
                .iter()
                .filter(|m| m.is_request("POST") && m.at.dst.port() == acs::PORT)
                .map(|m| m.at.packets.first())
                .collect();
            drop(capture);
            let seen = if other.is_empty() {
                format!("no Inform to anybody; the phone tells: {told}")
            } else {
                "Informs to others".to_owned()
            };
            Err(Stop::failed(format!("an Inform to {} ({at})", host.name), seen, other))
        }
    }
}

async fn never_calls(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.address.into(), acs::PORT);
    let capture = scene.observer.look();
    let called = capture.connections().iter().find(|c| c.server == at).map(|c| c.first);
    drop(capture);
    match called {
        None => Ok(()),
        Some(packet) => Err(Stop::failed(format!("no connection to {at}"), "one", [packet])),
    }
}
