//! HTTP servers that have a profile, have none, or want to know who asks; and what the phone told them of itself.

use super::provisioning::{file, mark, name_servers, profile_of};
use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use servers::Sockets;
use servers::http::{self, Answer, Login, Scheme};
use servers::sip::auth::Algorithm;
use std::net::{IpAddr, SocketAddr};

/// A document that people see when a network wants them to log in.
const PORTAL: &str =
    "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Please log in.</p></body></html>\n";

crate::phrases! {
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
    /// The host's HTTP server has a profile at a path of so many characters, and our DHCP server gives the URL in option 160.
    Given "{host} has a profile over HTTP whose path has {int} characters, and DHCP option 160 names it" => has_far_down;
    /// The host's HTTP server answers with this status at this path, and with a profile as the page that goes with it.
    Given "{host} answers {string} with status {int} and a profile" => answers_status;
    /// The host's HTTP server asks for credentials at this path, by `Basic` or `Digest`: user, password.
    Given "{host} gives {string} to {string} with the password {string} by {word}, and to nobody else" => protects;
    /// Claims how often the phone has sent credentials to the host since the resync began, and that its first request had none.
    Then "the phone has sent {host} credentials {int} to {int} times, after it was asked for them" => asked_credentials;
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

async fn has_far_down(world: &mut World, mut args: Args) -> Outcome {
    let (host, characters): (Host, usize) = (args.read()?, args.read()?);
    let path = format!("/{}", "p".repeat(characters.saturating_sub(1)));
    let scene = world.scene()?;
    let url = format!("http://{}{path}", host.address);
    with_http(scene, host, |server| server.put(&path, "text/xml", profile_of(&mark(host, "over HTTP")))).await?;
    scene.network.dhcp.change(|s| {
        s.options.set(160, url);
    });
    Ok(())
}

async fn answers_status(world: &mut World, mut args: Args) -> Outcome {
    let (host, path, status): (Host, String, u16) = (args.read()?, args.text()?, args.read()?);
    let answer = Answer::new(status, "text/xml", profile_of(&mark(host, "over HTTP")));
    with_http(world.scene()?, host, |server| server.answer(&path, Some(answer))).await
}

async fn protects(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let (path, user, password, scheme) = (args.text()?, args.text()?, args.text()?, args.text()?);
    let scheme = match scheme.as_str() {
        "Basic" => Scheme::Basic,
        "Digest" => Scheme::Digest(Algorithm::Md5),
        other => return Err(Stop::bench(format!("no server asks by `{other}`; correct the feature file"))),
    };
    let login = Login::new(scheme, &user, &password);
    with_http(world.scene()?, host, |server| server.protect(&path, Some(login))).await
}

async fn asked_credentials(world: &mut World, mut args: Args) -> Outcome {
    let (host, least, most): (Host, usize, usize) = (args.read()?, args.read()?, args.read()?);
    let scene = world.scene()?;
    let (to, since) = (IpAddr::V4(host.address), scene.story.since);
    let capture = scene.observer.look();
    let asked = capture.http_since(since).iter().filter(|m| m.at.dst.ip() == to && m.is_request("GET"));
    let asked: Vec<(bool, u32)> = asked.map(|m| (m.header("authorization").is_some(), m.at.packets.first())).collect();
    drop(capture);
    let packets: Vec<u32> = asked.iter().map(|(_, packet)| *packet).collect();
    let sent = asked.iter().filter(|(with, _)| *with).count();
    let expected = format!("a request without credentials and then {least} to {most} with them");
    match asked.first() {
        None => Err(Stop::failed(expected, "no request", [])),
        Some((true, packet)) => Err(Stop::failed(expected, "the first has credentials", [*packet])),
        Some((false, _)) if (least..=most).contains(&sent) => Ok(()),
        Some((false, _)) => Err(Stop::failed(expected, format!("{sent} with credentials"), packets)),
    }
}
