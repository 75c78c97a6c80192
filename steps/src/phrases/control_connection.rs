//! The phone's connections to its control server: that they come about, as they should, and come back. All of this is judged on the capture.

use super::control_server::{HOST, remote, server};
use super::phone::SOON;
use super::silence::heard;
use crate::outcome::{Blame, Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, HttpMessage, Mark, TcpConnection, TlsConnection, TlsEnd, TlsSide};
use servers::control::{ControlMisbehaviour, Expected};
use std::time::Duration;

/// The shortest pause between two attempts of which the first failed that is one. A bench's phone makes longer ones.
const REST: Duration = Duration::from_millis(50);
/// For several attempts with longer and longer pauses.
const ATTEMPTS: Duration = Duration::from_secs(15);

crate::phrases! {
    /// Claims a request for a WebSocket and the 101 to it, in clear, at this port of the control server.
    Then "the phone connects to the control server in clear, at port {int}" => connects_in_clear;
    /// Claims TLS from the first octet on at this port of the control server, and inside it a request for a WebSocket and the 101 to it.
    Then "the phone connects to the control server inside TLS, at port {int}" => connects_in_tls;
    /// Claims another WebSocket since the last one was lost.
    Then "the phone comes back to the control server" => comes_back;
    /// Claims four attempts, the last three of them a while after the one before, and the last after a longer one than the second.
    Then "the phone comes back again and again, each time later" => rests;
    /// Claims that the phone has no connection to the control server any more, and opens no other.
    Then "the phone leaves the control server" => leaves;
    /// Claims that the phone ended its connections in their handshake, without one octet of HTTP, and that nothing was said in clear.
    /// Something that the phone must answer is answered before that is judged.
    Then "the phone refuses the control server without a word" => refuses;
    /// Claims what the row of the misbehaviour says: the phone keeps the connection and goes on serving, or ends it, or there is none.
    Then "the phone treats the control server as the standards say" => treats;
}

/// Connections to the control server that began after the mark, each with its position.
fn connections(capture: &Capture, since: Mark) -> impl Iterator<Item = (usize, &TcpConnection)> {
    let to_server = move |(_, c): &(usize, &TcpConnection)| c.first > since.0 && c.server.ip() == HOST.ip();
    capture.connections().iter().enumerate().filter(to_server)
}

/// What the control server said of a WebSocket since the mark.
fn upgrades(capture: &Capture, since: Mark) -> impl Iterator<Item = &HttpMessage> {
    capture.http_since(since).iter().filter(|m| m.at.src.ip() == HOST.ip() && m.status() == Some(101))
}

fn tls_of<'c>(capture: &'c Capture, connection: &TcpConnection) -> Option<&'c TlsConnection> {
    connection.tls().and_then(|id| capture.tls_connection(id))
}

/// What came of it, for a report: connections, and their packets.
fn told(capture: &Capture, since: Mark) -> (String, Vec<u32>) {
    let mut packets = Vec::new();
    let mut told = Vec::new();
    for (position, connection) in connections(capture, since) {
        packets.push(connection.first);
        let mut said: Vec<String> = Vec::new();
        if let Some(tls) = tls_of(capture, connection) {
            packets.extend(tls.packets.iter());
            said.push(format!("TLS {}", capture.tls_end(tls)));
        }
        for message in capture.http_since(since).iter().filter(|m| m.connection == position) {
            packets.extend(message.at.packets.iter());
            said.push(message.status().map_or("a request".to_owned(), |status| format!("status {status}")));
        }
        said.push(if connection.is_over() { "ended" } else { "open" }.to_owned());
        told.push(format!("a connection to port {}: {}", connection.server.port(), said.join(", ")));
    }
    if told.is_empty() {
        return ("no connection to the control server".to_owned(), packets);
    }
    (told.join("; "), packets)
}

/// Waits for a WebSocket since the phone was last to connect, on a connection like this.
pub(super) async fn connected(scene: &Scene, expected: &str, wanted: impl Fn(&HttpMessage) -> bool) -> Outcome {
    let since = scene.story.control;
    let found = scene.observer.until(SOON, |capture| upgrades(capture, since).find(|m| wanted(m)).map(|_| ()));
    if found.await.is_some() {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), since);
    Err(Stop::failed(expected, seen, packets))
}

async fn connects_in_clear(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let expected = format!("a WebSocket in clear at port {port}");
    connected(world.scene()?, &expected, |m| m.at.secured.is_none() && m.at.src.port() == port).await
}

async fn connects_in_tls(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let scene = world.scene()?;
    let expected = format!("a WebSocket inside TLS at port {port}, and nothing in clear");
    connected(scene, &expected, |m| m.at.secured.is_some() && m.at.src.port() == port).await?;
    nothing_in_clear(&scene.observer.look(), scene.story.control, &expected)
}

/// No request in clear to the control server since the mark, and nothing before TLS where TLS is.
fn nothing_in_clear(capture: &Capture, since: Mark, expected: &str) -> Outcome {
    let in_clear = capture.http_since(since).iter().find(|m| {
        // The phone answers the operator's own requests, too.
        m.at.dst.ip() == HOST.ip() && m.at.secured.is_none() && m.method().is_some()
    });
    if let Some(message) = in_clear {
        return Err(Stop::failed(expected, "a request in clear", message.at.packets.iter()));
    }
    let said = |c: &TcpConnection| !c.from_client.bytes().is_empty() && c.tls().is_none();
    match connections(capture, since).find(|(_, connection)| said(connection)) {
        None => Ok(()),
        Some((_, connection)) => Err(Stop::failed(expected, "octets that are no TLS", [connection.first])),
    }
}

async fn comes_back(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    connected(scene, "another WebSocket to the control server", |_| true).await?;
    if server(scene)?.connected(SOON).await {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), scene.story.control);
    Err(Stop::failed("a WebSocket that lasts", seen, packets))
}

async fn rests(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.control;
    let begun = |capture: &Capture| -> Option<Vec<(u32, u64)>> {
        let asked: Vec<u32> = connections(capture, since).map(|(_, connection)| connection.first).collect();
        let at = |number: &u32| capture.frames().iter().find(|frame| frame.number == *number).map(|f| f.time_ns);
        let begun: Vec<_> = asked.iter().filter_map(|number| Some((*number, at(number)?))).take(4).collect();
        (begun.len() == 4).then_some(begun)
    };
    let expected = "four attempts to connect, with longer and longer pauses between them";
    let Some(begun) = scene.observer.until(ATTEMPTS, begun).await else {
        let (seen, packets) = told(&scene.observer.look(), since);
        return Err(Stop::failed(expected, seen, packets));
    };
    let packets = begun.iter().map(|(packet, _)| *packet);
    let times: Vec<u64> = begun.iter().map(|(_, time)| *time).collect();
    let pauses: Vec<Duration> = times
        .windows(2)
        .filter_map(|two| Some(Duration::from_nanos(two.get(1)?.saturating_sub(*two.first()?))))
        .collect();
    // The first pause may be of any length, the others follow a failure each (RFC 6455 §7.2.3).
    match pauses.as_slice() {
        [_, second, third] if *second >= REST && third > second => Ok(()),
        _ => Err(Stop::failed(expected, format!("pauses of {pauses:?}"), packets)),
    }
}

async fn leaves(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.control;
    let over = scene.observer.until(SOON, |capture| {
        connections(capture, Mark::default()).all(|(_, connection)| connection.is_over()).then_some(())
    });
    let over = over.await;
    heard(scene, false).await?;
    let capture = scene.observer.look();
    let again = connections(&capture, since).next().map(|(_, connection)| connection.first);
    match (over, again) {
        (Some(()), None) => Ok(()),
        _ => {
            let (seen, packets) = told(&capture, Mark::default());
            Err(Stop::failed("the phone's connection to the control server ends, and no other begins", seen, packets))
        }
    }
}

async fn refuses(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.control;
    let expected =
        "connections to the control server that the phone ends in their handshake, without one octet of HTTP";
    let over = scene
        .observer
        .until(SOON, |capture| connections(capture, since).find(|(_, connection)| connection.is_over()).map(|_| ()));
    if over.await.is_none() {
        let (seen, packets) = told(&scene.observer.look(), since);
        return Err(Stop::failed(expected, seen, packets));
    }
    heard(scene, false).await?;
    let capture = scene.observer.look();
    nothing_in_clear(&capture, since, expected)?;
    for (_, connection) in connections(&capture, since) {
        let Some(tls) = tls_of(&capture, connection) else { continue };
        if let Some(first) = tls.application(TlsSide::Client).first {
            return Err(Stop::failed(expected, "it speaks on", first.packets.iter()));
        }
        let readable = tls.decryption();
        if !readable.is_readable() {
            let cause = format!("what was said to the control server cannot be read: {readable}");
            return Err(Stop::Inconclusive { who: Blame::Capture, cause });
        }
        // The next attempt may be on its way.
        if connection.is_over() && capture.tls_end(tls) == TlsEnd::Open {
            return Err(Stop::failed(expected, "TLS is left open", tls.packets.iter()));
        }
    }
    Ok(())
}

async fn treats(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let misbehaviour = scene.story.control_misbehaviour;
    let misbehaviour =
        misbehaviour.ok_or_else(|| Stop::bench("no control server misbehaves; correct the feature file"))?;
    let since = scene.story.control;
    let (expected, upgraded) = match misbehaviour.expected() {
        Expected::Served => {
            // It keeps the connection on which it was asked wrongly.
            connected(scene, "a WebSocket to the control server", |_| true).await?;
            remote(scene)?.soft_keys().await?;
            let capture = scene.observer.look();
            return match connections(&capture, since).count() {
                1 => Ok(()),
                _ => {
                    let (seen, packets) = told(&capture, since);
                    Err(Stop::failed("the phone keeps its connection", seen, packets))
                }
            };
        }
        Expected::Ended => ("a WebSocket that ends", true),
        Expected::Refused => {
            ("a connection that ends without a WebSocket", misbehaviour == ControlMisbehaviour::WrongAccept)
        }
    };
    let over = scene.observer.until(SOON, |capture| {
        let mut ended = connections(capture, since).filter(|(_, connection)| connection.is_over());
        let found = ended.find(|(place, _)| upgrades(capture, since).any(|m| m.connection == *place) == upgraded);
        found.map(|_| ())
    });
    if over.await.is_some() {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), since);
    Err(Stop::failed(expected, seen, packets))
}
