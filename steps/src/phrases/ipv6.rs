//! IPv6 on the segment: servers with IPv6 addresses, and where the phone is to be found.

use super::connection::{address_of, page_answers};
use super::phone::SOON;
use super::status::awaited;
use crate::network::{LISTED, PASSWORD, PHONE_MAC, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Capture, Dhcp6Kind, Dhcp6Message, Mark};
use servers::sip::{Carriage, Method, Request};
use servers::{Sockets, dns, sip};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

const CALL_SERVER: &str = "the call server in IPv6";
const NAME_SERVER: &str = "the name server in IPv6";
/// How long names live, seconds.
const TTL: u32 = 300;

crate::phrases! {
    /// Gives name server and call server addresses in IPv6, and names that stand for them.
    Given "name server and call server have IPv6 addresses too" => servers_in_ipv6;
    /// Claims that the phone's page answers there: an address, `its formed address` or `its leased address`.
    Then "the phone's page answers at {anything}" => answers_at;
    /// From now on the administrator works by the phone's page at this address: one that it has beside the one that it was met at.
    When "the administrator goes to the phone's page at {anything}" => goes_to;
    /// Claims the address that Info > Status tells in IPv6.
    Then "the phone tells {anything} as its IPv6 address" => tells;
    /// Claims that the phone answers OPTIONS of the call server's IPv6 address.
    Then "the phone answers OPTIONS over IPv6" => answers_options;
}

/// Whether the phone sent it.
pub fn own(at: &evidence::At) -> bool {
    at.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0)
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
async fn awaited_address(scene: &Scene, text: &str) -> Result<IpAddr, Stop> {
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

async fn goes_to(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let address = awaited_address(scene, &text).await?;
    page_answers(scene, address, Mark::default()).await?;
    scene.meet_phone(address);
    Ok(())
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

/// What the phone sent by DHCPv6 since a mark.
pub fn sent_since(capture: &Capture, since: Mark) -> Vec<Dhcp6Message> {
    capture.dhcp6_since(since).iter().filter(|m| own(&m.at)).cloned().collect()
}
