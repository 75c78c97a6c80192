//! What the phone asks of the directory server, message by message, and what of it others on the wire can read.

use super::directory::{BASE, PASSWORD};
use super::directory_wire::{answers, connections, requests, told, unreadable};
use super::lookup::last_lookup;
use super::phone::SOON;
use super::silence::heard;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::ldap::{Authentication, Scope, SearchRequest};
use evidence::{Capture, LdapMessage, LdapOp, Mark, TlsSide};
use std::collections::BTreeSet;

const PASSWORD_OCTETS: &[u8] = PASSWORD.as_bytes();
/// A value of fewer octets may stand among random ones by chance.
const TELLING: usize = 6;

crate::phrases! {
    /// Claims the filter of the last search, as RFC 4515 writes it.
    Then "the phone searches for {string}" => filter;
    /// Claims that the last search begins where the settings say, asks for attributes with their values, and is encoded as RFC 4511 has it.
    Then "the search is well formed" => well_formed;
    /// Claims that the last search asks for at most so many entries, and for a number of them at all.
    Then "the search asks for at most {int} entries" => size_limit;
    /// Claims that each request of the last lookup has a number of its own, and none the number 0.
    Then "each request has a number of its own" => numbered;
    /// Claims that the phone asked for nothing but a bind in the last lookup; something that it must answer is answered before.
    Then "the phone asks for nothing more while its bind is not answered" => waits_for_bind;
    /// Claims an unbind as the last message of the phone in the last lookup, after it the end of TLS where there is TLS, and of the connection.
    Then "the phone unbinds and closes the connection" => unbinds;
    /// Waits until the server has answered the last search to its end, under whatever number.
    When "the directory server has answered the search" => answered;
    /// Claims that neither the password nor an entry can be read in the octets on the wire, while both were inside TLS.
    Then "neither the password nor an answer of the directory can be read on the wire" => unreadable_on_wire;
    /// Claims that the password and the entries stand readable in the octets on the wire. The report warns of it.
    Then "the password and the answers of the directory can be read on the wire" => readable_on_wire;
}

/// Waits for the search of the last lookup, and gives it to a claim.
async fn search(
    scene: &Scene,
    expected: &str,
    claim: impl Fn(&LdapMessage, &SearchRequest) -> Option<String>,
) -> Outcome {
    let since = last_lookup(scene)?;
    let asked = scene.observer.until(SOON, |capture| requests(capture, since).find(|m| m.search().is_some()).cloned());
    let Some(message) = asked.await else {
        let (seen, packets) = told(&scene.observer.look(), since);
        return Err(Stop::failed(expected, format!("no search; {seen}"), packets));
    };
    match message.search().and_then(|search| claim(&message, search)) {
        None => Ok(()),
        Some(seen) => Err(Stop::failed(expected, seen, message.packets.iter())),
    }
}

async fn filter(world: &mut World, mut args: Args) -> Outcome {
    let filter = args.text()?;
    let claim = |_: &LdapMessage, search: &SearchRequest| {
        let seen = search.filter.to_string();
        (seen != filter).then(|| format!("the filter {seen}"))
    };
    search(world.scene()?, &format!("a search with the filter {filter}"), claim).await
}

async fn well_formed(world: &mut World, _: Args) -> Outcome {
    let claim = |message: &LdapMessage, search: &SearchRequest| {
        let names = |name: &str| search.attributes.iter().any(|asked| asked.eq_ignore_ascii_case(name));
        let faults = &message.faults;
        let checks = [
            (faults.is_empty(), format!("a message with {}", faults.join(", "))),
            (search.base == BASE, format!("the base {}", search.base)),
            (!matches!(search.scope, Scope::Base | Scope::Other(_)), format!("the scope {:?}", search.scope)),
            ((0..=3).contains(&search.deref), format!("derefAliases {}", search.deref)),
            (search.time_limit >= 0, format!("a time limit of {}", search.time_limit)),
            (!search.types_only, "attributes without their values".to_owned()),
            (names("telephoneNumber") || search.attributes.is_empty(), "no number asked for".to_owned()),
        ];
        checks.into_iter().find(|(right, _)| !right).map(|(_, seen)| seen)
    };
    search(world.scene()?, &format!("a search below {BASE}, encoded as RFC 4511 §4.5.1 has it"), claim).await
}

async fn size_limit(world: &mut World, mut args: Args) -> Outcome {
    let most: i64 = args.read()?;
    let claim = |_: &LdapMessage, search: &SearchRequest| {
        let limit = search.size_limit;
        (!(1..=most).contains(&limit)).then(|| format!("a size limit of {limit}"))
    };
    search(world.scene()?, &format!("a search for at most {most} entries"), claim).await
}

async fn numbered(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = "requests with numbers other than 0, each with its own";
    // Whatever the numbers are: the server ends the session where it cannot use them.
    super::directory_wire::ended(scene, since, expected).await?;
    let capture = scene.observer.look();
    let mut seen = BTreeSet::new();
    let twice = requests(&capture, since).find(|m| m.id == 0 || !seen.insert((m.connection, m.id)));
    match twice {
        Some(m) => Err(Stop::failed(expected, format!("a request with the number {}", m.id), m.packets.iter())),
        None if seen.len() > 1 => Ok(()),
        None => {
            let (seen, packets) = told(&capture, since);
            Err(Stop::failed(expected, seen, packets))
        }
    }
}

async fn waits_for_bind(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = "a bind, and nothing more before it is answered";
    let asked = scene.observer.until(SOON, |capture| requests(capture, since).next().map(|_| ()));
    if asked.await.is_none() {
        let (seen, packets) = told(&scene.observer.look(), since);
        return Err(Stop::failed(expected, seen, packets));
    }
    heard(scene, false).await?;
    let capture = scene.observer.look();
    let asked: Vec<&LdapMessage> = requests(&capture, since).collect();
    if let [LdapMessage { op: LdapOp::BindRequest { .. }, .. }] = asked.as_slice() {
        return Ok(());
    }
    let (seen, packets) = told(&capture, since);
    Err(Stop::failed(expected, seen, packets))
}

async fn unbinds(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let expected = "an unbind as the last word of the phone, then the end of the connection";
    super::directory_wire::ended(scene, since, expected).await?;
    let capture = scene.observer.look();
    for (position, connection) in connections(&capture, since) {
        let last = requests(&capture, since).filter(|m| m.connection == position).last();
        let Some(LdapMessage { op: LdapOp::Unbind, .. }) = last else {
            let (seen, packets) = told(&capture, since);
            return Err(Stop::failed(expected, seen, packets));
        };
        // RFC 4511 §5.3: what ends an LDAP session ends its TLS first.
        if let Some(tls) = connection.tls().and_then(|id| capture.tls_connection(id))
            && tls.close_notify(TlsSide::Client).is_none()
        {
            return Err(Stop::failed(
                format!("{expected}, with close_notify"),
                capture.tls_end(tls).to_string(),
                tls.packets.iter(),
            ));
        }
    }
    Ok(())
}

async fn answered(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    let done = |capture: &Capture| answers(capture, since).find(|m| matches!(m.op, LdapOp::SearchDone(_))).map(|_| ());
    if scene.observer.until(SOON, done).await.is_some() {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), since);
    Err(Stop::failed("a search that the directory server answers", seen, packets))
}

/// What nobody else is to read: the password where it was sent as it is, and every value of every entry.
struct Secrets {
    password: bool,
    values: BTreeSet<Vec<u8>>,
    packets: Vec<u32>,
}

fn secrets(capture: &Capture) -> Secrets {
    let mut secrets = Secrets { password: false, values: BTreeSet::new(), packets: Vec::new() };
    for message in requests(capture, Mark::default()).chain(answers(capture, Mark::default())) {
        match &message.op {
            LdapOp::BindRequest { authentication: Authentication::Simple(password), .. }
                if password.octets() == PASSWORD.as_bytes() =>
            {
                secrets.password = true;
            }
            LdapOp::SearchEntry { dn, attributes } => {
                secrets.values.insert(dn.clone().into_bytes());
                secrets.values.extend(attributes.iter().flat_map(|attribute| attribute.values.iter().cloned()));
            }
            _ => continue,
        }
        secrets.packets.extend(message.packets.iter());
    }
    secrets
}

/// The octets of both directions of each connection to the directory server.
fn on_wire(capture: &Capture) -> Vec<&[u8]> {
    connections(capture, Mark::default()).flat_map(|(_, c)| [c.from_client.bytes(), c.from_server.bytes()]).collect()
}

fn holds(octets: &[u8], value: &[u8]) -> bool {
    !value.is_empty() && octets.windows(value.len()).any(|window| window == value)
}

/// Waits until the last lookup is over, with all that it brought.
async fn looked_up(scene: &Scene, expected: &str) -> Outcome {
    let since = last_lookup(scene)?;
    super::directory_wire::ended(scene, since, expected).await
}

async fn unreadable_on_wire(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let expected = "a password and entries inside TLS, and none of it readable on the wire";
    looked_up(scene, expected).await?;
    let capture = scene.observer.look();
    let secrets = secrets(&capture);
    for (_, connection) in connections(&capture, Mark::default()) {
        let Some(tls) = connection.tls().and_then(|id| capture.tls_connection(id)) else { continue };
        if !tls.decryption().is_readable() {
            return Err(unreadable(tls.decryption()));
        }
    }
    if !secrets.password || secrets.values.is_empty() {
        let (seen, packets) = told(&capture, Mark::default());
        return Err(Stop::failed(expected, seen, packets));
    }
    let wire = on_wire(&capture);
    let mut all = secrets.values.iter().map(Vec::as_slice).chain([PASSWORD_OCTETS]);
    match all.find(|value| value.len() >= TELLING && wire.iter().any(|octets| holds(octets, value))) {
        None => Ok(()),
        Some(PASSWORD_OCTETS) => Err(Stop::failed(expected, "the password in clear", secrets.packets)),
        Some(value) => {
            Err(Stop::failed(expected, format!("`{}` in clear", String::from_utf8_lossy(value)), secrets.packets))
        }
    }
}

async fn readable_on_wire(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let expected = "the password and the entries readable on the wire";
    looked_up(scene, expected).await?;
    let (all, mut packets) = {
        let capture = scene.observer.look();
        let secrets = secrets(&capture);
        let wire = on_wire(&capture);
        let seen = |value: &[u8]| wire.iter().any(|octets| holds(octets, value));
        let all = seen(PASSWORD_OCTETS) && secrets.values.iter().all(|value| seen(value));
        (secrets.password && !secrets.values.is_empty() && all, secrets.packets)
    };
    if !all {
        return Err(Stop::failed(expected, "not all of it", packets));
    }
    // Several messages may stand in one packet.
    packets.sort_unstable();
    packets.dedup();
    let numbers = packets.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    scene.story.warnings.push(format!(
        "password and answers of the directory crossed the network in clear (packets {numbers}): set the server as ldaps://"
    ));
    Ok(())
}
