//! What the phone fetched, from whom and by which way, and whether that is in force.

use super::provisioning::{MARK, file, mark};
use crate::network::hosts::Host;
use crate::outcome::{Blame, Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::{AGAIN, SOON, value_of};
use crate::phrases::status::{awaited, row};
use crate::world::{Scene, World};
use evidence::{Capture, HttpExchange, TftpOutcome, TftpTransfer, TlsConnection, TlsEnd, TlsSide};
use servers::{http, tftp};
use std::net::{IpAddr, SocketAddr};

crate::phrases! {
    /// Claims a complete transfer of the phone's profile from the host, and that the phone's configuration is what that profile says.
    Then "the phone takes its profile from {host} by TFTP" => takes_by_tftp;
    /// Claims a GET of the profile from the host that was answered with 200, and that the phone's configuration is what it says.
    Then "the phone takes its profile from {host} over HTTP" => takes_by_http;
    /// Claims a GET inside TLS that the host answered with 200, and that the phone's configuration is what the profile there says.
    Then "the phone takes its profile from {host} over HTTPS" => takes_by_https;
    /// Claims that the phone connects to the host's HTTPS server, ends each connection in its handshake, and asks for nothing.
    Then "the phone asks {host} for nothing over HTTPS" => refuses;
    /// Claims that the phone asked the host for its profile by TFTP, whatever came of it.
    Then "the phone asks {host} for its profile by TFTP" => asks_by_tftp;
    /// Claims that the phone asked this host for a profile by TFTP before that one.
    Then "the phone asks {host} before {host}" => asks_before;
    /// Claims that the phone never asked this host for a profile by TFTP.
    Then "the phone never asks {host} for its profile by TFTP" => never_by_tftp;
    /// Claims that the phone tells of a failed resync, with this in its reason.
    Then "the phone tells that its resync failed: {string}" => failed;
    /// Claims that the phone tells of a successful resync, with this in its URL.
    Then "the phone tells that its resync with {string} succeeded" => succeeded;
    /// Claims that no profile of a server of ours is in force.
    Then "the phone has taken no profile" => untouched;
    /// Claims that no request of the phone over HTTP to the host carried credentials.
    Then "the phone sends {host} no credentials that it did not ask for" => no_credentials;
    /// Claims two lines to the syslog server: one when the phone asks for its profile, one when it has it.
    Then "the phone writes two syslog lines about it, the request and the success" => two_lines;
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
pub fn attempts(capture: &Capture) -> (String, Vec<u32>) {
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
    let fetched = scene.observer.until(SOON, |capture| {
        let secured = |e: &HttpExchange<'_>| {
            e.request.is_request("GET") && e.request.dst == at && e.request.secured.is_some() && e.status() == Some(200)
        };
        capture.http_exchanges().iter().any(secured).then_some(())
    });
    if fetched.await.is_none() {
        let capture = scene.observer.look();
        let (seen, packets) = attempts(&capture);
        drop(capture);
        return Err(Stop::failed(format!("a GET to {at} inside TLS, and its 200"), seen, packets));
    }
    in_force(scene, &mark(host, "over HTTPS")).await
}

async fn refuses(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.address.into(), http::TLS_PORT);
    let expected = format!("a connection to {at} that the phone ends in its handshake, without one octet of HTTP");
    let ended = scene.observer.until(SOON, |capture| {
        let mut all = connections_to(capture, at);
        let first = all.next()?;
        std::iter::once(first).chain(all).all(|tls| capture.tls_end(tls) != TlsEnd::Open).then_some(())
    });
    let ended = ended.await;
    let capture = scene.observer.look();
    if ended.is_none() {
        let (seen, packets) = attempts(&capture);
        return Err(Stop::failed(expected, seen, packets));
    }
    connections_to(&capture, at).try_for_each(|tls| {
        let (sent, readable) = (tls.application(TlsSide::Client), tls.decryption());
        match sent.first {
            Some(first) => Err(Stop::failed(&expected, "it speaks on", first.packets.iter())),
            None if readable.is_readable() => Ok(()),
            None => Err(Stop::Inconclusive {
                who: Blame::Capture,
                cause: format!(
                    "what was said to {at} cannot be read: {readable}; see that the server passes its keys on"
                ),
            }),
        }
    })
}

/// TLS connections to a server.
fn connections_to(capture: &Capture, server: SocketAddr) -> impl Iterator<Item = &TlsConnection> {
    capture.tls().iter().filter(move |tls| tls.dst == server)
}

/// Waits until the phone's own configuration says that the profile with this mark is in force.
pub async fn in_force(scene: &mut Scene, mark: &str) -> Outcome {
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

async fn succeeded(world: &mut World, mut args: Args) -> Outcome {
    let path = args.text()?;
    let fits = |shown: &str| shown.contains("Successful resync") && shown.contains(&path);
    let expected = format!("a successful resync with {path}");
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
        let lines = capture.syslog_since(since);
        seen = lines.iter().map(|line| line.at.packets.first()).collect();
        // The success of an earlier resync may come late.
        let mut after = lines.iter().skip_while(|line| !line.text.contains("Requesting resync"));
        after.any(|line| line.text.contains("Successful resync")).then_some(())
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
