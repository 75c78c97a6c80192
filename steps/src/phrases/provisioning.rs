//! Provisioning: servers that have the phone's profile, and the administrator who makes the phone fetch it. Each server's profile says in
//! General Purpose Parameter A where it came from, so that the phone's own configuration tells whose it took.

use crate::network::hosts::{HOSTS, Host};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::met;
use crate::phrases::status::awaited;
use crate::unit::web_admin::Place;
use crate::world::{Scene, World};
use evidence::Mark;
use servers::Sockets;
use servers::http;
use servers::tftp::{self, TftpMisbehaviour};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The parameter in which a profile says where it came from.
pub const MARK: &str = "GPP_A";

/// What the bench's own domain, and another, give the two provisioning servers for names.
const NAMES: [(&str, &str); 2] = [
    ("provisioning.bench.example", "the provisioning server"),
    ("provisioning.branch.example", "the second provisioning server"),
];

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
    /// Starts an HTTPS server on the host that has the phone's profile, with a certificate that is `right`, or wrong in one way:
    /// `of an unknown authority`, `for another name`, `expired`, `signed by itself`.
    Given "{host} has the phone's profile over HTTPS with a certificate that is {string}" => has_by_https;
    /// Makes the phone fetch and trust the authority that signs our HTTPS servers' certificates, by direct action URL.
    Given "the phone trusts the bench's authority" => trusts;
    /// Sets a field of Voice > Provisioning, Configuration Profile on the page for which the phone restarts, and waits until it is up again.
    When "the administrator sets {string} on the Provisioning tab to {string} and the phone restarts" => sets_provisioning;
    /// Sets parameters for which the phone restarts, as `the phone has the settings`, and waits until it is up again.
    Given "the phone restarts with the settings {string}" => restarts_with;
    /// Asks the phone, by direct action URL, to fetch what its rules name. Nothing is waited for.
    When "the administrator makes the phone resync" => resync;
    /// Asks the phone, by direct action URL, to fetch this. Nothing is waited for.
    When "the administrator makes the phone resync with {string}" => resync_with;
    /// Sets parameters by a profile that the phone is made to fetch: `name=value`, separated by semicolons. `<host>` of a value is its address.
    Given "the phone has the settings {string}" => settings;
}

/// The file that the phone asks for by its default rule, `/$PSN.xml`.
pub fn file(scene: &Scene) -> String {
    format!("/{}-3PCC.xml", scene.unit.model)
}

/// A profile that says where it came from.
pub fn profile_of(mark: &str) -> String {
    format!("<flat-profile>\n  <{MARK} ua=\"na\">{mark}</{MARK}>\n</flat-profile>\n")
}

/// What a profile says of where it came from.
pub fn mark(host: Host, way: &str) -> String {
    format!("{} {way}", host.name)
}

/// Lets DNS know the names of the provisioning servers, which options and rules may use.
pub fn name_servers(scene: &Scene) -> Outcome {
    NAMES.iter().try_for_each(|(name, host)| {
        let host: Host = host.parse().map_err(|e: String| Stop::bench(e))?;
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
    let server = tftp_of(world.scene()?, host)?;
    server.misbehave_everywhere(Some(TftpMisbehaviour::LoseData(1)));
    // Longer than the phone waits before it asks again, shorter than it waits in all: whoever does not ask again is gone by then.
    server.change(|settings| settings.patience = Duration::from_millis(300));
    Ok(())
}

async fn stranger_talks(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    tftp_of(world.scene()?, host)?.misbehave_everywhere(Some(TftpMisbehaviour::StrangerTalks));
    Ok(())
}

async fn has_by_https(world: &mut World, mut args: Args) -> Outcome {
    let (host, kind): (Host, String) = (args.read()?, args.text()?);
    let scene = world.scene()?;
    name_servers(scene)?;
    let names = [NAMES[0].0, NAMES[1].0, &host.address.to_string()];
    let identity = scene.story.certificates.identity(&names, &kind)?;
    let path = file(scene);
    let sockets = Sockets::Bench(scene.net());
    let at = SocketAddr::new(host.address.into(), http::TLS_PORT);
    let server = http::Server::start_tls(&sockets, at, &identity).await?;
    server.pass_keys_to(scene.key_sink());
    server.put(&path, "text/xml", profile_of(&mark(host, "over HTTPS")));
    scene.network.guests.seat(host.https, server)
}

async fn trusts(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let pem = scene.story.certificates.root_pem()?;
    trust(scene, pem).await
}

/// Makes the phone fetch a Custom CA by direct action URL, and waits until it tells that one is installed. It has to be the first.
pub(super) async fn trust(scene: &mut Scene, pem: String) -> Outcome {
    scene.network.provisioning.put("/root.pem", "application/x-pem-file", pem);
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

pub(super) async fn act(scene: &Scene, target: &str) -> Outcome {
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
    let mark = expect_restart(scene);
    let page = scene.page()?;
    page.load().await?;
    page.enter(Place { tab: "Provisioning", section: "Configuration Profile", label: &label }, &value)?;
    page.submit().await?;
    if !page.was_taken() {
        return Err(Stop::failed(format!("the page takes `{value}` as {label}"), page.answer(), []));
    }
    met(scene, mark).await
}

/// The scenario is about to make the phone restart; from here on its messages are those of the new run.
pub(super) fn expect_restart(scene: &mut Scene) -> Mark {
    let mark = scene.observer.look().mark();
    scene.story.since = mark;
    scene.story.restarts_allowed += 1;
    mark
}

async fn restarts_with(world: &mut World, mut args: Args) -> Outcome {
    let values = pairs(&args.text()?)?;
    let scene = world.scene()?;
    let body: String = values
        .iter()
        .map(|(name, value)| format!("  <{name} ua=\"na\">{}</{name}>\n", quick_xml::escape::escape(value.as_str())))
        .collect();
    let document = format!("<flat-profile>\n{body}</flat-profile>\n");
    scene.network.provisioning.put("/restart.xml", "text/xml", document);
    let mark = expect_restart(scene);
    act(scene, &format!("/admin/resync?http://{}/restart.xml", bench::plan::PROVISIONING.v4())).await?;
    met(scene, mark).await
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

async fn settings(world: &mut World, mut args: Args) -> Outcome {
    let values = pairs(&args.text()?)?;
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    super::phone::profile(world.scene()?, &values).await
}

/// `name=value; name=value`, with `<host>` of a value as its address.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Stop> {
    let pair = |pair: &str| {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Stop::bench(format!("`{pair}` is no name=value; correct the feature file")))?;
        let value = HOSTS.iter().fold(value.to_owned(), |value, host| {
            value.replace(&format!("<{}>", host.name), &host.address.to_string())
        });
        Ok((name.to_owned(), value))
    };
    text.split(';').map(str::trim).filter(|text| !text.is_empty()).map(pair).collect()
}
