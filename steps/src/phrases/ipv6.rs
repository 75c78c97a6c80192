//! IPv6 on the segment: routers, DHCPv6 servers, and what the phone makes of them.

use super::connection::{address_of, formed, page_answers};
use super::phone::SOON;
use super::silence::settled;
use super::status::awaited;
use crate::network::{LISTED, PASSWORD, PHONE_MAC, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Capture, Dhcp6Kind, Dhcp6Message, Mark};
use servers::dhcp6::{self, Dhcp6Misbehaviour, Kind};
use servers::ra::{self, Advertisement, Prefix, RouterMisbehaviour};
use servers::sip::{Carriage, Method, Request};
use servers::{Sockets, dns, sip};
use std::net::{Ipv6Addr, SocketAddr};

const ROUTER: &str = "the IPv6 router";
const SERVER: &str = "the DHCPv6 server";
const CALL_SERVER: &str = "the call server in IPv6";
const NAME_SERVER: &str = "the name server in IPv6";
/// How long names live, seconds.
const TTL: u32 = 300;
/// What a phone asks for by DHCPv6 in the end: vendor options, name servers, domains, time servers (SNTP and NTP), URL, and the
/// longest time between its questions (RFC 8415 §21.24).
const ASKED: [u16; 7] = [17, 23, 24, 31, 56, 59, 82];

crate::phrases! {
    /// Starts a router that advertises the bench's prefix: `address formation`, `managed addresses` (M and O) or `other configuration` (O).
    Given "an IPv6 router that tells of {anything}" => router;
    /// Starts a DHCPv6 server that gives addresses, a name server and a search domain.
    Given "a DHCPv6 server" => server;
    /// The same, at once preferred to all others, whose first answers are to another client.
    Given "a DHCPv6 server that answers to another client at first" => server_to_others;
    /// The same, which sends a hundred forged answers of foreign exchanges before each of its own.
    Given "a DHCPv6 server behind a hundred forged replies" => server_behind_forgery;
    /// The same with leases of so many seconds, renewed after a second and rebound after two.
    Given "a DHCPv6 server with leases of {int} seconds" => short_server;
    /// Starts a DHCPv6 server without addresses, which tells of a name server.
    Given "a DHCPv6 server without addresses" => stateless_server;
    /// Makes the DHCPv6 server deaf to RENEW and REBIND.
    Given "the DHCPv6 server is silent at renewal" => silent_at_renewal;
    /// Makes the DHCPv6 server deaf to everything.
    When "the DHCPv6 server falls silent" => falls_silent;
    /// Gives name server and call server addresses in IPv6, and names that stand for them.
    Given "name server and call server have IPv6 addresses too" => servers_in_ipv6;
    /// Claims that the phone's page answers there: an address, `its formed address` or `its leased address`.
    Then "the phone's page answers at {anything}" => answers_at;
    /// Claims the address that Info > Status tells in IPv6.
    Then "the phone tells {anything} as its IPv6 address" => tells;
    /// Claims that the phone answers OPTIONS of the call server's IPv6 address.
    Then "the phone answers OPTIONS over IPv6" => answers_options;
    /// Advertises another prefix in a way in which no host may believe it.
    When "the router advertises {word} wrongly: {anything}" => advertises_wrongly;
    /// Advertises another prefix.
    When "the router advertises {word}" => advertises;
    /// Starts a router whose prefix is valid for so many seconds.
    Given "an IPv6 router whose prefix is valid for {int} seconds" => short_router;
    /// Claims duplicate address detection for the address of this prefix, which means that the phone believes it.
    Then "the phone forms an address of {word}" => forms;
    /// Claims that nothing was sent from, or asked about, an address of this prefix.
    Then "the phone formed no address of {word}" => forms_none;
    /// Claims up to three router solicitations, and the first from an address that was looked at before.
    Then "the phone has solicited routers" => solicits;
    /// Claims the kinds of DHCPv6 messages that the phone sent, in order, since its power came back; repetitions are left out.
    Then "the phone sends the DHCPv6 messages {anything}" => messages_are;
    /// Claims of all DHCPv6 messages what RFC 8415 wants of each: ports, addresses, identifiers, elapsed time, options asked for.
    Then "the phone's DHCPv6 messages are well made" => well_made;
    /// Claims that the phone sent its SOLICIT again before it asked for an address.
    Then "the phone solicits again before it requests" => solicits_again;
    /// Claims one DUID in all DHCPv6 messages of the phone.
    Then "the phone has called itself by one DUID" => one_duid;
    /// Claims a DECLINE for this address, with the server's identifier.
    Then "the phone declines {word}" => declines;
    /// Waits for a RENEW and claims that it names the server of the lease, and for a REBIND, that it names none.
    Then "the phone renews with its server and rebinds with any" => renews;
    /// Tells the phone by an unauthenticated RECONFIGURE to renew.
    When "the DHCPv6 server sends RECONFIGURE without authentication" => reconfigure;
    /// Claims that the phone did nothing about it.
    Then "the phone does not obey it" => not_obeyed;
}

fn own(at: &evidence::At) -> bool {
    at.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0)
}

async fn start_router(scene: &mut Scene, advertisement: Advertisement) -> Outcome {
    let sockets = Sockets::Bench(scene.net());
    let advertisement = Advertisement { name_servers: Some((vec![plan::NAME_SERVER.v6()], 1800)), ..advertisement };
    let router = ra::Router::start(&sockets, ra::Settings::new(advertisement)).await?;
    scene.network.guests.seat(ROUTER, router)
}

async fn router(world: &mut World, mut args: Args) -> Outcome {
    let advertisement = match args.text()?.as_str() {
        "address formation" => Advertisement::slaac(),
        "managed addresses" => Advertisement::stateful(),
        "other configuration" => Advertisement::stateless(),
        other => return Err(Stop::bench(format!("no router tells of `{other}`; correct the feature file"))),
    };
    start_router(world.scene()?, advertisement).await
}

async fn short_router(world: &mut World, mut args: Args) -> Outcome {
    let seconds: u32 = args.read()?;
    let prefix = Prefix { valid: seconds, preferred: seconds, ..Prefix::of_bench() };
    start_router(world.scene()?, Advertisement { prefixes: vec![prefix], ..Advertisement::default() }).await
}

async fn start_server(scene: &mut Scene, name: &'static str, settings: dhcp6::Settings) -> Outcome {
    let server = dhcp6::Server::start(&Sockets::Bench(scene.net()), settings).await?;
    scene.network.guests.seat(name, server)
}

fn stateful() -> dhcp6::Settings {
    dhcp6::Settings::new(plan::GATEWAY.v6(), Some(plan::POOL_V6)).with(23, plan::NAME_SERVER.v6())
}

async fn server(world: &mut World, _: Args) -> Outcome {
    start_server(world.scene()?, SERVER, stateful()).await
}

async fn server_to_others(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    start_server(scene, SERVER, dhcp6::Settings { preference: Some(255), ..stateful() }).await?;
    let server = scene.network.guests.get::<dhcp6::Server>(SERVER)?;
    server.misbehave(Some(Dhcp6Misbehaviour::WrongClientIdentifier));
    Ok(())
}

async fn server_behind_forgery(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    start_server(scene, SERVER, dhcp6::Settings { preference: Some(255), ..stateful() }).await?;
    let server = scene.network.guests.get::<dhcp6::Server>(SERVER)?;
    server.misbehave(Some(Dhcp6Misbehaviour::Flood(Kind::Reply)));
    Ok(())
}

async fn short_server(world: &mut World, mut args: Args) -> Outcome {
    let seconds: u32 = args.read()?;
    let settings = dhcp6::Settings {
        preferred: seconds,
        valid: seconds,
        renewal: Some(1),
        rebinding: Some(2),
        preference: Some(255),
        ..stateful()
    };
    start_server(world.scene()?, SERVER, settings).await
}

async fn stateless_server(world: &mut World, _: Args) -> Outcome {
    let settings = dhcp6::Settings::new(plan::GATEWAY.v6(), None).with(23, plan::SECOND_NAME_SERVER.v6());
    start_server(world.scene()?, SERVER, settings).await
}

async fn silent_at_renewal(world: &mut World, _: Args) -> Outcome {
    let server = world.scene()?.network.guests.get::<dhcp6::Server>(SERVER)?;
    server.misbehave(Some(Dhcp6Misbehaviour::SilentAtRenewal));
    Ok(())
}

async fn falls_silent(world: &mut World, _: Args) -> Outcome {
    let server = world.scene()?.network.guests.get::<dhcp6::Server>(SERVER)?;
    server.misbehave(Some(Dhcp6Misbehaviour::Silent));
    Ok(())
}

async fn servers_in_ipv6(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let sockets = Sockets::Bench(scene.net());
    let zone = scene.network.dns.zone().clone();
    let named = |e: dns::BadName| Stop::bench(format!("{e}; this is a bug of offhook"));
    zone.set(LISTED[0], TTL, dns::Records::Aaaa(vec![plan::SIP_LISTED.v6()])).map_err(named)?;
    let at = SocketAddr::from((plan::NAME_SERVER.v6(), dns::PORT));
    let names = dns::Server::start(&sockets, at, zone).await?;
    scene.network.guests.seat(NAME_SERVER, names)?;
    let at = SocketAddr::from((plan::SIP_LISTED.v6(), sip::PORT));
    let calls = sip::Server::start(&sockets, LISTED[0], &[at]).await?;
    calls.account(USER, USER, PASSWORD);
    scene.network.guests.seat(CALL_SERVER, calls)
}

/// The address of the last lease that was given to the phone, in an answer to a question of its own.
///
/// # Errors
/// The phone failed when it has none.
pub fn leased(scene: &Scene) -> Result<Ipv6Addr, Stop> {
    lease_in(&scene.observer.look())
        .ok_or_else(|| Stop::failed("the phone takes a lease by DHCPv6", "it took none", []))
}

fn lease_in(capture: &Capture) -> Option<Ipv6Addr> {
    let answers = |reply: &Dhcp6Message, question: &Dhcp6Message| {
        own(&question.at) && question.xid == reply.xid && question.client_id() == reply.client_id()
    };
    let all = capture.dhcp6();
    let given = all.iter().rev().filter(|m| m.is(Dhcp6Kind::Reply) && !m.addresses().is_empty());
    let mut ours = given.filter(|reply| all.iter().any(|question| answers(reply, question)));
    ours.next()?.addresses().first().copied()
}

/// Waits for a lease where the address is that of one.
async fn awaited_address(scene: &Scene, text: &str) -> Result<std::net::IpAddr, Stop> {
    if text == "its leased address" {
        scene.observer.until(SOON, lease_in).await;
    }
    address_of(scene, text)
}

async fn answers_at(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let address = awaited_address(scene, &text).await?;
    page_answers(scene, address, Mark::default()).await
}

async fn tells(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let address = awaited_address(scene, &text).await?.to_string();
    awaited(scene, "IPv6 Information", "Current IP", |shown| shown == address, &address).await
}

async fn answers_options(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let to = SocketAddr::new(scene.phone_address()?, sip::PORT);
    let mark = scene.observer.look().mark();
    let request = Request::of(Method::Options).to_address(to).by(Carriage::Udp).uri(format!("sip:{USER}@{to}"));
    let exchange = scene.network.guests.get::<sip::Server>(CALL_SERVER)?.request(request).await?;
    let id = exchange.sent().map(|sent| sent.call_id.clone()).unwrap_or_default();
    let answered = scene.observer.until(SOON, |capture| {
        let mut all = capture.sip_messages_since(mark);
        all.find(|m| m.src == to && m.code() == Some(200) && m.call_id() == Some(id.as_str())).map(|_| ())
    });
    let expected = "200 to OPTIONS from the call server's IPv6 address";
    answered.await.ok_or_else(|| Stop::failed(expected, "no such answer", []))
}

fn prefix_of(text: &str) -> Result<Ipv6Addr, Stop> {
    let address = text.split('/').next().unwrap_or_default();
    address.parse().map_err(|e| Stop::bench(format!("the feature says `{text}`: {e}; correct the feature file")))
}

async fn advertise(scene: &mut Scene, prefix: Ipv6Addr, misbehaviour: Option<RouterMisbehaviour>) -> Outcome {
    let router = scene.network.guests.get::<ra::Router>(ROUTER)?;
    router.change(|settings| settings.advertisement.prefixes = vec![Prefix { prefix, ..Prefix::of_bench() }]);
    router.misbehave(misbehaviour);
    router.advertise().await?;
    router.misbehave(None);
    Ok(())
}

async fn advertises_wrongly(world: &mut World, mut args: Args) -> Outcome {
    let (prefix, how) = (prefix_of(&args.text()?)?, args.text()?);
    let misbehaviour = match how.as_str() {
        "from afar" => RouterMisbehaviour::FromAfar,
        "not from a link-local address" => RouterMisbehaviour::NotLinkLocal,
        "with 56 bits" => RouterMisbehaviour::PrefixNot64,
        "preferred for longer than valid" => RouterMisbehaviour::PreferredOverValid,
        "with a wrong checksum" => RouterMisbehaviour::WrongChecksum,
        other => return Err(Stop::bench(format!("no router advertises `{other}`; correct the feature file"))),
    };
    advertise(world.scene()?, prefix, Some(misbehaviour)).await
}

async fn advertises(world: &mut World, mut args: Args) -> Outcome {
    let prefix = prefix_of(&args.text()?)?;
    advertise(world.scene()?, prefix, None).await
}

/// The first packet in which the phone asks about an address of a prefix, or that it sends from it.
fn speaks_of(capture: &Capture, address: Ipv6Addr) -> Option<u32> {
    let mut all = capture.icmp().iter().filter(|m| own(&m.at));
    all.find(|m| m.src.ip() == address || m.neighbour_solicitation().is_some_and(|asked| asked.target == address))
        .map(|m| m.completed)
}

async fn forms(world: &mut World, mut args: Args) -> Outcome {
    let address = formed(prefix_of(&args.text()?)?);
    let scene = world.scene()?;
    let asked = scene.observer.until(SOON, |capture| speaks_of(capture, address).map(|_| ())).await;
    let expected = format!("the phone forms {address} and looks whether it is free");
    asked.ok_or_else(|| Stop::failed(expected, "it does not", []))
}

async fn forms_none(world: &mut World, mut args: Args) -> Outcome {
    let address = formed(prefix_of(&args.text()?)?);
    let scene = world.scene()?;
    settled().await;
    let seen = speaks_of(&scene.observer.look(), address);
    match seen {
        None => Ok(()),
        Some(packet) => Err(Stop::failed(
            "no address of an advertisement that is not to be believed",
            address.to_string(),
            [packet],
        )),
    }
}

async fn solicits(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let count = |capture: &Capture| {
        let all = capture.icmp_since(since).iter().filter(|m| own(&m.at) && m.router_solicitation().is_some());
        all.map(|m| (m.hop_limit, m.completed)).collect::<Vec<_>>()
    };
    let seen = scene.observer.until(SOON, |capture| Some(count(capture)).filter(|seen| !seen.is_empty())).await;
    let expected = "one to three router solicitations with hop limit 255";
    let Some(seen) = seen else { return Err(Stop::failed(expected, "none", [])) };
    if seen.len() <= 3 && seen.iter().all(|(hops, _)| *hops == 255) {
        return Ok(());
    }
    let told =
        format!("{} of them, hop limits {:?}", seen.len(), seen.iter().map(|(hops, _)| hops).collect::<Vec<_>>());
    Err(Stop::failed(expected, told, seen.into_iter().map(|(_, packet)| packet)))
}

/// What the phone sent by DHCPv6 since a mark.
fn sent_since(capture: &Capture, since: Mark) -> Vec<Dhcp6Message> {
    capture.dhcp6_since(since).iter().filter(|m| own(&m.at)).cloned().collect()
}

async fn messages_are(world: &mut World, mut args: Args) -> Outcome {
    let wanted = args.text()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let kinds = |capture: &Capture| {
        let mut kinds: Vec<String> = sent_since(capture, since).iter().map(|m| m.kind.to_string()).collect();
        kinds.dedup();
        kinds.join(", ")
    };
    let found = scene.observer.until(SOON, |capture| (kinds(capture) == wanted).then_some(())).await;
    let seen = kinds(&scene.observer.look());
    match found {
        Some(()) => Ok(()),
        None => Err(Stop::failed(format!("the DHCPv6 messages {wanted}"), format!("`{seen}`"), [])),
    }
}

async fn well_made(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let messages = sent_since(&scene.observer.look(), Mark::default());
    if messages.is_empty() {
        return Err(Stop::failed("DHCPv6 messages", "none", []));
    }
    let mut seen: Vec<&Dhcp6Message> = Vec::new();
    for message in &messages {
        if let Some(wrong) = wrong_with(message, &seen) {
            return Err(Stop::failed("DHCPv6 messages as RFC 8415 has them", wrong, [message.completed]));
        }
        seen.push(message);
    }
    Ok(())
}

/// What is wrong with a message of the phone, after those before it.
fn wrong_with(message: &Dhcp6Message, before: &[&Dhcp6Message]) -> Option<String> {
    let kind = message.kind;
    let local = matches!(message.src.ip(), std::net::IpAddr::V6(from) if from.is_unicast_link_local());
    if !local
        || message.src.port() != dhcp6::CLIENT_PORT
        || message.dst != SocketAddr::from((dhcp6::ALL_SERVERS, dhcp6::PORT))
    {
        return Some(format!("{kind} from {} to {}", message.src, message.dst));
    }
    if message.client_id().is_none() {
        return Some(format!("{kind} without Client Identifier"));
    }
    let same = before.iter().filter(|m| m.xid == message.xid);
    let (mut repeats, mut strangers) = (false, false);
    same.for_each(|m| (repeats, strangers) = (repeats || m.kind == kind, strangers || m.kind != kind));
    if strangers {
        return Some(format!("{kind} with the transaction id of another exchange"));
    }
    match message.elapsed() {
        None => return Some(format!("{kind} without Elapsed Time")),
        Some(elapsed) if elapsed != 0 && !repeats => {
            return Some(format!("the first {kind} with Elapsed Time {elapsed}"));
        }
        Some(_) => {}
    }
    let names_server = message.server_id().is_some();
    let due = matches!(kind, Dhcp6Kind::Request | Dhcp6Kind::Renew | Dhcp6Kind::Release | Dhcp6Kind::Decline);
    if names_server != due {
        return Some(format!("{kind} {} Server Identifier", if names_server { "with" } else { "without" }));
    }
    if kind == Dhcp6Kind::InformationRequest && message.ia_nas().next().is_some() {
        return Some(format!("{kind} with an association for addresses"));
    }
    if matches!(kind, Dhcp6Kind::Release | Dhcp6Kind::Decline | Dhcp6Kind::Confirm) {
        return None;
    }
    let asked = message.request_list();
    let missing: Vec<String> = ASKED
        .iter()
        .map(|code| if kind == Dhcp6Kind::InformationRequest && *code == 82 { 83 } else { *code })
        .filter(|code| !asked.contains(code))
        .map(|code| code.to_string())
        .collect();
    (!missing.is_empty()).then(|| format!("{kind} that does not ask for option {}", missing.join(", ")))
}

async fn solicits_again(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    // Its first answer was wrong; from then on the server behaves.
    let first = scene.observer.until(SOON, |capture| {
        capture.dhcp6_since(since).iter().find(|m| m.is(Dhcp6Kind::Advertise)).map(|m| m.completed)
    });
    let Some(answered) = first.await else {
        return Err(Stop::failed("the phone solicits", "no SOLICIT was answered", []));
    };
    scene.network.guests.get::<dhcp6::Server>(SERVER)?.misbehave(None);
    let next = scene.observer.until(SOON, |capture| {
        let mut all = capture.dhcp6_since(Mark(answered)).iter().filter(|m| own(&m.at));
        all.next().map(|m| (m.kind, m.completed))
    });
    let expected = "SOLICIT again after an ADVERTISE that is not to be believed";
    match next.await {
        Some((Dhcp6Kind::Solicit, _)) => Ok(()),
        Some((kind, packet)) => Err(Stop::failed(expected, kind.to_string(), [answered, packet])),
        None => Err(Stop::failed(expected, "nothing", [answered])),
    }
}

async fn one_duid(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let heard = scene.observer.until(SOON, |capture| (!sent_since(capture, since).is_empty()).then_some(()));
    if heard.await.is_none() {
        return Err(Stop::failed("the phone asks by DHCPv6 again", "it did not", []));
    }
    let messages = sent_since(&scene.observer.look(), Mark::default());
    let Some(first) = messages.first() else { return Ok(()) };
    let other = messages.iter().find(|m| m.client_id() != first.client_id());
    match other {
        None => Ok(()),
        Some(other) => {
            let seen = format!("{} and {}", hex(first), hex(other));
            Err(Stop::failed("one DUID in all messages", seen, [first.completed, other.completed]))
        }
    }
}

fn hex(message: &Dhcp6Message) -> String {
    let octets = message.client_id().map(|id| id.0.as_slice()).unwrap_or_default();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

async fn declines(world: &mut World, mut args: Args) -> Outcome {
    let address: Ipv6Addr = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let declined = scene.observer.until(SOON, |capture| {
        let all = sent_since(capture, since);
        all.into_iter().find(|m| m.is(Dhcp6Kind::Decline) && m.addresses().contains(&address))
    });
    let expected = format!("DECLINE for {address} with the server's identifier");
    match declined.await {
        Some(message) if message.server_id().is_some() => Ok(()),
        Some(message) => Err(Stop::failed(expected, "DECLINE without it", [message.completed])),
        None => Err(Stop::failed(expected, "no DECLINE", [])),
    }
}

async fn renews(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    for kind in [Dhcp6Kind::Renew, Dhcp6Kind::Rebind] {
        let sent = scene.observer.until(SOON, |capture| {
            let lease = capture.dhcp6_since(since).iter().find(|m| m.is(Dhcp6Kind::Reply))?;
            let message = sent_since(capture, since).into_iter().find(|m| m.is(kind))?;
            Some((message.server_id().cloned(), lease.server_id().cloned(), message.completed))
        });
        let expected = match kind {
            Dhcp6Kind::Renew => "RENEW to the server of the lease",
            _ => "REBIND to any server",
        };
        match sent.await {
            None => return Err(Stop::failed(expected, format!("no {kind}"), [])),
            Some((named, of_lease, _)) if kind == Dhcp6Kind::Renew && named == of_lease => {}
            Some((None, _, _)) if kind == Dhcp6Kind::Rebind => {}
            Some((_, _, packet)) => return Err(Stop::failed(expected, format!("{kind} to another server"), [packet])),
        }
    }
    Ok(())
}

async fn reconfigure(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let mark = scene.observer.look().mark();
    scene.story.since = mark;
    scene.network.guests.get::<dhcp6::Server>(SERVER)?.reconfigure(Kind::Renew).await?;
    let sent = scene
        .observer
        .until(SOON, |capture| capture.dhcp6_since(mark).iter().find(|m| m.is(Dhcp6Kind::Reconfigure)).map(|_| ()));
    sent.await.ok_or_else(|| Stop::server("the DHCPv6 server's RECONFIGURE did not reach the phone's cable"))
}

async fn not_obeyed(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    // An answer from the address that was to be renewed comes later on the same wire.
    page_answers(scene, leased(scene)?.into(), Mark::default()).await?;
    settled().await;
    let sent = sent_since(&scene.observer.look(), scene.story.since);
    match sent.first() {
        None => Ok(()),
        Some(message) => {
            let seen = message.kind.to_string();
            Err(Stop::failed("nothing about a RECONFIGURE that nobody has authenticated", seen, [message.completed]))
        }
    }
}
