//! The connections of a lookup: in clear or inside TLS from the first octet, refused, ended. All of it is judged on the capture.

use super::directory::addresses;
use super::lookup::last_lookup;
use super::phone::SOON;
use super::silence::heard;
use crate::outcome::{Blame, Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Fact, LdapFact, LdapMessage, LdapOp, Mark, TcpConnection, TlsConnection, TlsEnd, TlsSide};

/// The first octet of a TLS record with a handshake message (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

crate::phrases! {
    /// Claims a search and its end inside TLS on a connection to this port of the directory server, TLS from its first octet on, and
    /// nothing of LDAP in clear beside it.
    Then "the lookup runs inside TLS from its first octet on, at port {int}" => inside_tls;
    /// Claims a search and its end in clear on a connection to this port of the directory server, and no TLS beside it.
    Then "the lookup runs in clear at port {int}" => in_clear;
    /// Claims StartTLS in clear before anything else, its success, and bind and search inside TLS on that connection.
    Then "the lookup runs inside TLS that StartTLS began" => by_start_tls;
    /// Claims that the phone's connections for the last lookup have all ended, and that there was one.
    Then "the phone's connection to the directory server ends" => ends;
    /// Claims that the phone's connections for the last lookup ended, and that no octet of LDAP was sent on any of them, in clear or
    /// inside TLS. Something that the phone must answer is answered before that is judged.
    Then "the phone says no word of LDAP and ends the connection" => refused;
    /// Claims that no connection was asked for during the last lookup.
    Then "the phone does not connect to the directory server" => not_connected;
    /// Claims that nothing of LDAP crossed the network in clear in all of the scenario.
    Then "nothing of LDAP was said in clear" => nothing_in_clear;
    /// Claims that the phone bound and searched nowhere in clear in all of the scenario: StartTLS and an unbind betray nothing.
    Then "the phone neither binds nor searches in clear" => only_start_tls_in_clear;
}

/// Connections to the directory server that began after the mark, each with its position.
pub fn connections(capture: &Capture, since: Mark) -> impl Iterator<Item = (usize, &TcpConnection)> {
    let to_server = move |(_, c): &(usize, &TcpConnection)| c.first > since.0 && addresses().contains(&c.server.ip());
    capture.connections().iter().enumerate().filter(to_server)
}

/// What the phone asked of the directory server since the mark.
pub fn requests(capture: &Capture, since: Mark) -> impl Iterator<Item = &LdapMessage> {
    capture.ldap_messages_since(since).filter(|m| addresses().contains(&m.dst.ip()))
}

/// What the directory server said since the mark.
pub fn answers(capture: &Capture, since: Mark) -> impl Iterator<Item = &LdapMessage> {
    capture.ldap_messages_since(since).filter(|m| addresses().contains(&m.src.ip()))
}

/// What came of a lookup, for a report: its connections and messages, and their packets.
pub fn told(capture: &Capture, since: Mark) -> (String, Vec<u32>) {
    let mut packets = Vec::new();
    let mut told = Vec::new();
    for (position, connection) in connections(capture, since) {
        packets.push(connection.first);
        let mut said: Vec<String> = Vec::new();
        if let Some(tls) = connection.tls().and_then(|id| capture.tls_connection(id)) {
            packets.extend(tls.packets.iter());
            said.push(format!("TLS {}", capture.tls_end(tls)));
        }
        for message in capture.ldap_messages_since(since).filter(|m| m.connection == position) {
            packets.extend(message.packets.iter());
            said.push(word(&message.op));
        }
        let end = if connection.is_over() { "ended" } else { "open" };
        said.push(end.to_owned());
        told.push(format!("a connection to port {}: {}", connection.server.port(), said.join(", ")));
    }
    if told.is_empty() {
        return ("no connection to the directory server".to_owned(), packets);
    }
    (told.join("; "), packets)
}

fn word(op: &LdapOp) -> String {
    match op {
        LdapOp::BindRequest { .. } => "bind".to_owned(),
        LdapOp::SearchRequest(search) => format!("search {}", search.filter),
        LdapOp::SearchEntry { dn, .. } => format!("entry {dn}"),
        LdapOp::SearchReference { .. } => "reference".to_owned(),
        LdapOp::Unbind => "unbind".to_owned(),
        LdapOp::ExtendedRequest { name, .. } => format!("request {name}"),
        other => match other.result() {
            Some(result) => format!("answered with {}", result.code),
            None => format!("operation {}", other.number()),
        },
    }
}

/// Waits until the search of the last lookup is answered to its end, at a port or at any; gives its connection.
async fn searched(scene: &Scene, since: Mark, port: Option<u16>, expected: &str) -> Result<usize, Stop> {
    let done = |capture: &Capture| {
        let mut over = answers(capture, since).filter(|m| matches!(m.op, LdapOp::SearchDone(_)));
        over.find(|m| port.is_none_or(|port| m.src.port() == port)).map(|m| m.connection)
    };
    if let Some(found) = scene.observer.until(SOON, done).await {
        return Ok(found);
    }
    let (seen, packets) = told(&scene.observer.look(), since);
    Err(Stop::failed(expected, seen, packets))
}

async fn inside_tls(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = format!("a search and its end inside TLS at port {port}, TLS from the first octet on");
    let found = searched(scene, since, Some(port), &expected).await?;
    let capture = scene.observer.look();
    clear_of(&capture, since, &expected)?;
    let Some(connection) = capture.connections().get(found) else { return Err(Stop::bench("a connection was lost")) };
    let upgraded = tls_of(&capture, connection).is_none_or(|tls| tls.upgraded);
    if connection.from_client.bytes().first() == Some(&HANDSHAKE) && !upgraded {
        return Ok(());
    }
    Err(Stop::failed(expected, "something else before TLS", [connection.first]))
}

fn tls_of<'c>(capture: &'c Capture, connection: &TcpConnection) -> Option<&'c TlsConnection> {
    connection.tls().and_then(|id| capture.tls_connection(id))
}

/// Nothing of LDAP in clear since the mark.
fn clear_of(capture: &Capture, since: Mark, expected: &str) -> Outcome {
    let in_clear = capture.ldap_since(since).iter().find(|fact| {
        fact.secured.is_none() && addresses().iter().any(|own| [fact.src.ip(), fact.dst.ip()].contains(own))
    });
    match in_clear {
        None => Ok(()),
        Some(fact) => {
            let what = match fact {
                LdapFact::Message(message) => word(&message.op),
                LdapFact::Malformed(_) | LdapFact::Sealed(_) => "octets".to_owned(),
            };
            Err(Stop::failed(expected, format!("{what} in clear"), fact.at().packets.iter()))
        }
    }
}

async fn in_clear(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = format!("a search and its end in clear at port {port}");
    searched(scene, since, Some(port), &expected).await?;
    let capture = scene.observer.look();
    let tls = connections(&capture, since).find_map(|(_, connection)| tls_of(&capture, connection));
    match tls {
        None => Ok(()),
        Some(tls) => Err(Stop::failed(expected, "TLS", tls.packets.iter())),
    }
}

async fn by_start_tls(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = "StartTLS, then TLS on the same connection, then bind and search inside it";
    let found = searched(scene, since, None, expected).await?;
    let capture = scene.observer.look();
    let asked: Vec<&LdapMessage> = requests(&capture, since).filter(|m| m.connection == found).collect();
    let right = match asked.split_first() {
        Some((first, rest)) => {
            first.is_start_tls()
                && first.secured.is_none()
                && !rest.is_empty()
                && rest.iter().all(|m| m.secured.is_some() && !m.is_start_tls())
        }
        None => false,
    };
    let upgraded = capture.connections().get(found).and_then(|c| tls_of(&capture, c)).is_some_and(|tls| tls.upgraded);
    if right && upgraded {
        return Ok(());
    }
    let (seen, packets) = told(&capture, since);
    Err(Stop::failed(expected, seen, packets))
}

async fn ends(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    ended(scene, since, "the phone's connection to the directory server ends").await
}

/// Waits until there was a connection since the mark, and all that there were have ended.
pub(super) async fn ended(scene: &Scene, since: Mark, expected: &str) -> Outcome {
    let over = scene.observer.until(SOON, |capture| {
        let mut all = connections(capture, since).peekable();
        all.peek()?;
        all.all(|(_, connection)| connection.is_over()).then_some(())
    });
    if over.await.is_some() {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), since);
    Err(Stop::failed(expected, seen, packets))
}

async fn refused(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected =
        "connections to the directory server that the phone ends in their handshake, without one octet of LDAP";
    ended(scene, since, expected).await?;
    heard(scene, false).await?;
    ended(scene, since, expected).await?;
    let capture = scene.observer.look();
    clear_of(&capture, since, expected)?;
    for (_, connection) in connections(&capture, since) {
        let Some(tls) = tls_of(&capture, connection) else {
            if connection.from_client.bytes().is_empty() {
                continue;
            }
            return Err(Stop::failed(expected, "octets that are no TLS", [connection.first]));
        };
        let (sent, readable) = (tls.application(TlsSide::Client), tls.decryption());
        if let Some(first) = sent.first {
            return Err(Stop::failed(expected, "it speaks on", first.packets.iter()));
        }
        if !readable.is_readable() {
            return Err(unreadable(readable));
        }
        if capture.tls_end(tls) == TlsEnd::Open {
            return Err(Stop::failed(expected, "TLS is left open", tls.packets.iter()));
        }
    }
    Ok(())
}

pub(super) fn unreadable(why: impl std::fmt::Display) -> Stop {
    Stop::Inconclusive {
        who: Blame::Capture,
        cause: format!(
            "what was said to the directory server cannot be read: {why}; see that the server passes its keys on"
        ),
    }
}

async fn not_connected(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    heard(scene, false).await?;
    let capture = scene.observer.look();
    let first = connections(&capture, since).next().map(|(_, connection)| connection.first);
    match first {
        None => Ok(()),
        Some(packet) => Err(Stop::failed("no connection to the directory server", "one", [packet])),
    }
}

async fn nothing_in_clear(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    heard(scene, false).await?;
    clear_of(&scene.observer.look(), Mark::default(), "nothing of LDAP in clear")
}

async fn only_start_tls_in_clear(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    heard(scene, false).await?;
    let capture = scene.observer.look();
    let more = requests(&capture, Mark::default())
        .find(|m| m.secured.is_none() && !m.is_start_tls() && m.op != LdapOp::Unbind);
    match more {
        None => Ok(()),
        Some(m) => Err(Stop::failed(
            "nothing in clear but StartTLS and unbind",
            format!("{} in clear", word(&m.op)),
            m.packets.iter(),
        )),
    }
}
