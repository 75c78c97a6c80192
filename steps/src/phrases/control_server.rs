//! The control server to which the phone dials out: where it listens, how it misbehaves, and what the phone is told of it.

use super::control_connection::connected;
use super::phone::profile;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::remote::Remote;
use crate::world::{Scene, World};
use bench::plan;
use pki::Identity;
use servers::control::{self, ControlMisbehaviour, Server};
use servers::{Sockets, tls};
use std::net::SocketAddr;

/// Where it sits among the guests.
const SEAT: &str = "the control server";
/// Its name in DNS and in its certificate.
const NAME: &str = "control.bench.example";
/// The other ports that it serves at: in clear, and over TLS.
const OTHER_PORTS: [u16; 2] = [8088, 8443];
/// The control server is a tool of the operator.
pub const HOST: plan::Host = plan::OPERATOR;

crate::phrases! {
    /// Starts a control server that serves `ws`, at its ports 80 and 8088.
    Given "a control server in clear" => in_clear;
    /// Starts a control server that serves `ws` as above, and `wss` at its ports 443 and 8443, with a certificate of the scenario's own
    /// authority, or one that is wrong in one way.
    Given "a control server over TLS with a certificate that is {string}" => over_tls;
    /// Shows another certificate from the next connection on.
    When "the control server shows a certificate that is {string}" => shows;
    /// From the next connection on it does wrong, or oddly: `refuses the upgrade`, `masks its frames`, `asks two things at once`.
    Given "it is a control server that {anything}" => misbehaves;
    /// From the next connection or request on it behaves.
    When "the control server behaves" => behaves;
    /// Sets Control Server URL by profile. Nothing is waited for.
    When "the phone is told of a control server at {string}" => told_of;
    /// The same, and waits until it is connected.
    Given "the phone is connected to the control server at {string}" => connected_at;
    /// Ends the phone's connection without a goodbye.
    When "the control server loses its connection" => loses;
    /// Ends the phone's connection with a goodbye.
    When "the control server says goodbye" => says_goodbye;
}

/// The phone as its control server reaches it.
///
/// # Errors
/// The feature is at fault when no control server was started.
pub fn remote(scene: &Scene) -> Result<Remote<'_>, Stop> {
    Ok(Remote::new(server(scene)?))
}

/// The control server, to steer it.
///
/// # Errors
/// As [`remote`].
pub fn server(scene: &Scene) -> Result<&Server, Stop> {
    scene.network.guests.get(SEAT)
}

async fn in_clear(world: &mut World, _: Args) -> Outcome {
    start(world.scene()?, None).await
}

async fn over_tls(world: &mut World, mut args: Args) -> Outcome {
    let kind = args.text()?;
    start(world.scene()?, Some(&kind)).await
}

async fn start(scene: &mut Scene, kind: Option<&str>) -> Outcome {
    scene.network.name(NAME, 300, &[HOST.ip()])?;
    let sockets = Sockets::Bench(scene.net());
    let at = |port| SocketAddr::new(HOST.ip(), port);
    let [other_clear, other_tls] = OTHER_PORTS;
    let mut server = Server::start(&sockets, &[at(control::PORT), at(other_clear)]).await?;
    if let Some(kind) = kind {
        let identity = identity(scene, kind)?;
        server.listen_tls(&[at(control::TLS_PORT), at(other_tls)], &identity, tls::Settings::default()).await?;
        server.pass_keys_to(scene.key_sink());
    }
    scene.network.guests.seat(SEAT, server)
}

/// The certificate of this kind for the control server.
fn identity(scene: &mut Scene, kind: &str) -> Result<Identity, Stop> {
    scene.story.certificates.identity(&[NAME, &HOST.v4().to_string()], kind)
}

async fn shows(world: &mut World, mut args: Args) -> Outcome {
    let kind = args.text()?;
    let scene = world.scene()?;
    let identity = identity(scene, &kind)?;
    let tls = server(scene)?.tls();
    let tls = tls.ok_or_else(|| Stop::bench("the control server speaks no TLS; correct the feature file"))?;
    tls.show(&identity)?;
    scene.story.control = scene.observer.look().mark();
    Ok(())
}

async fn misbehaves(world: &mut World, mut args: Args) -> Outcome {
    let words = args.text()?;
    let misbehaviour = ControlMisbehaviour::by_words(&words)
        .ok_or_else(|| Stop::bench(format!("no control server `{words}`; correct the feature file")))?;
    let scene = world.scene()?;
    server(scene)?.misbehave(Some(misbehaviour));
    scene.story.control_misbehaviour = Some(misbehaviour);
    Ok(())
}

async fn behaves(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    server(scene)?.misbehave(None);
    scene.story.control = scene.observer.look().mark();
    Ok(())
}

async fn told_of(world: &mut World, mut args: Args) -> Outcome {
    let url = args.text()?;
    tell(world.scene()?, &url).await
}

async fn tell(scene: &mut Scene, url: &str) -> Outcome {
    scene.story.control = scene.observer.look().mark();
    profile(scene, &[("Control_Server_URL", url)]).await
}

async fn connected_at(world: &mut World, mut args: Args) -> Outcome {
    let url = args.text()?;
    let scene = world.scene()?;
    tell(scene, &url).await?;
    connected(scene, &format!("a WebSocket to the control server at {url}"), |_| true).await
}

async fn loses(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.control = scene.observer.look().mark();
    server(scene)?.hang_up().await;
    Ok(())
}

async fn says_goodbye(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.control = scene.observer.look().mark();
    server(scene)?.say_goodbye().await;
    Ok(())
}
