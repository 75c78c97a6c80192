//! Requests sent to the phone, and the answer to each.

use super::phone::SOON;
use crate::network::{Party, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Mark, SipMessage};
use servers::ServerFault;
use servers::sip::{Carriage, Exchange, Method, Request, Target};
use std::net::SocketAddr;
use std::time::Duration;

/// The phone's SIP port on UDP, and on TCP where a line uses TCP, for extension 1 (`SIP_Port_1_`).
const SIP_PORT: u16 = 5060;

crate::phrases! {
    /// Sends one request of this method, valid in all else, to the phone's SIP port from a server's own address.
    When "{server} sends {method} to the phone" => sends;
    /// The same over a TCP connection of its own.
    When "{server} sends {method} to the phone over TCP" => sends_tcp;
    /// The same with a name of somebody else in one place of the message.
    When "{server} sends {method} to the phone with {string} in {word}" => sends_with_name;
    /// Sends a message that is no valid request.
    When "{server} sends a message with {anything} to the phone" => sends_malformed;
    /// Claims a response; `any final status` leaves the code open.
    Then "the phone answers it with {anything}" => answers_with;
    /// Claims that no 18x was sent to the last INVITE, before or after its final response.
    Then "the phone never rang for it" => never_rang;
}

/// A request that was sent to the phone.
pub struct Sent {
    /// Who sent it.
    pub party: Party,
    /// Its method.
    pub method: String,
    /// Its Call-ID; empty when the message has none.
    pub call_id: String,
    /// Its number in CSeq.
    pub cseq: u32,
    /// Whether it went over TCP.
    pub tcp: bool,
    /// Where the capture stood when it was sent.
    pub mark: Mark,
    /// The handle at our server; none for messages sent as they are.
    pub exchange: Option<Exchange>,
}

impl Sent {
    /// Responses to it, in order.
    pub fn responses<'a>(&'a self, capture: &'a Capture) -> impl Iterator<Item = &'a SipMessage> {
        capture.sip_messages_since(self.mark).filter(move |m| {
            m.is_response()
                && m.dst.ip() == self.party.address()
                && m.call_id() == Some(self.call_id.as_str())
                && m.cseq().is_some_and(|(number, method)| number == self.cseq && method == self.method)
        })
    }

    /// Waits for its final response and returns code and packet.
    pub async fn final_response(&self, scene: &Scene, limit: Duration) -> Option<SipMessage> {
        let found = |capture: &Capture| self.responses(capture).find(|m| m.code().is_some_and(|c| c >= 200)).cloned();
        scene.observer.until(limit, found).await
    }

    /// Waits for a response with this code.
    pub async fn response(&self, scene: &Scene, code: u16, limit: Duration) -> Option<SipMessage> {
        scene.observer.until(limit, |capture| self.responses(capture).find(|m| m.code() == Some(code)).cloned()).await
    }

    /// What the phone answered so far, for a report.
    pub fn told(&self, scene: &Scene) -> (String, Vec<u32>) {
        let capture = scene.observer.look();
        let answers: Vec<&SipMessage> = self.responses(&capture).collect();
        let packets = answers.iter().flat_map(|m| m.packets.iter().collect::<Vec<_>>()).collect();
        if answers.is_empty() {
            return (format!("no answer to {}", self.method), packets_of_request(&capture, self));
        }
        let codes: Vec<String> = answers.iter().filter_map(|m| m.code()).map(|c| c.to_string()).collect();
        (format!("{} answered with {}", self.method, codes.join(", ")), packets)
    }
}

fn packets_of_request(capture: &Capture, sent: &Sent) -> Vec<u32> {
    capture
        .sip_messages_since(sent.mark)
        .filter(|m| !m.is_response() && m.call_id() == Some(sent.call_id.as_str()))
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect()
}

/// The phone's SIP address.
pub fn sip_address(scene: &Scene) -> Result<SocketAddr, Stop> {
    Ok(SocketAddr::new(scene.phone_address()?, SIP_PORT))
}

/// A valid request of this method to the phone.
pub fn request_to(scene: &Scene, method: Method, tcp: bool) -> Result<Request, Stop> {
    let to = sip_address(scene)?;
    let transport = if tcp { ";transport=tcp" } else { "" };
    let carriage = if tcp { Carriage::NewTcp } else { Carriage::Udp };
    Ok(Request::of(method).to_address(to).by(carriage).uri(format!("sip:{USER}@{to}{transport}")))
}

/// Sends a request and remembers it as "it".
pub async fn send(scene: &mut Scene, party: Party, request: Request, tcp: bool) -> Result<usize, Stop> {
    let mark = scene.observer.look().mark();
    let exchange = scene.network.sip(party).request(request).await.map_err(|fault| not_taken(party, fault))?;
    let rendered = exchange.sent().ok_or_else(|| Stop::bench("a request was sent as it is"))?;
    let sent = Sent {
        party,
        method: rendered.method.name().to_owned(),
        call_id: rendered.call_id.clone(),
        cseq: rendered.cseq,
        tcp,
        mark,
        exchange: Some(exchange),
    };
    scene.journal("send", &format!("{party} sends {} with Call-ID {}", sent.method, sent.call_id));
    scene.story.sent.push(sent);
    Ok(scene.story.sent.len() - 1)
}

/// A phone must take a connection from whom it serves. Whether it takes one from anybody else is its own affair, and decides nothing.
fn not_taken(party: Party, fault: ServerFault) -> Stop {
    if fault.by_peer && matches!(party, Party::CallServer | Party::Second) {
        let seen = format!("{} {}: {}", fault.server, fault.what, fault.cause);
        return Stop::failed(format!("the phone takes a TCP connection from {party}"), seen, []);
    }
    fault.into()
}

async fn sends(world: &mut World, mut args: Args) -> Outcome {
    let (party, method) = (args.read::<Party>()?, Method::named(&args.text()?));
    let scene = world.scene()?;
    let request = request_to(scene, method, false)?;
    send(scene, party, request, false).await.map(|_| ())
}

async fn sends_tcp(world: &mut World, mut args: Args) -> Outcome {
    let (party, method) = (args.read::<Party>()?, Method::named(&args.text()?));
    let scene = world.scene()?;
    let request = request_to(scene, method, true)?;
    send(scene, party, request, true).await.map(|_| ())
}

async fn sends_with_name(world: &mut World, mut args: Args) -> Outcome {
    let (party, method) = (args.read::<Party>()?, Method::named(&args.text()?));
    let (name, place) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    let to = sip_address(scene)?;
    let request = request_to(scene, method, false)?;
    let request = match place.as_str() {
        "From" => request.from(format!("<sip:caller@{name}>")),
        "Contact" => request.contact(format!("<sip:caller@{name}>")),
        "Request-URI" => request.uri(format!("sip:{USER}@{name}")),
        // The response would go to the source all the same: rport and received (RFC 3581 §4).
        "Via" => request.via(format!("SIP/2.0/UDP {name};branch={{branch}};rport")),
        other => return Err(Stop::bench(format!("a message has no place called `{other}`; correct the feature file"))),
    };
    scene.journal("note", &format!("{name} stands in {place} of a message to {to}"));
    send(scene, party, request, false).await.map(|_| ())
}

async fn sends_malformed(world: &mut World, mut args: Args) -> Outcome {
    let (party, what) = (args.read::<Party>()?, args.text()?);
    let scene = world.scene()?;
    let to = sip_address(scene)?;
    let from = SocketAddr::new(party.address(), SIP_PORT);
    let call_id = format!("malformed-{}", scene.story.sent.len());
    let head = |method: &str, version: &str| format!("{method} sip:{USER}@{to} {version}\r\n");
    let via = format!("Via: SIP/2.0/UDP {from};branch=z9hG4bK-{call_id};rport\r\n");
    let rest = |method: &str, id: &str, length: &str| {
        format!(
            "Max-Forwards: 70\r\nFrom: <sip:caller@{from}>;tag=1\r\nTo: <sip:{USER}@{to}>\r\n{id}CSeq: 1 {method}\r\n\
             Contact: <sip:caller@{from}>\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let id = format!("Call-ID: {call_id}\r\n");
    let (method, text) = match what.as_str() {
        "no Via" => ("OPTIONS", head("OPTIONS", "SIP/2.0") + &rest("OPTIONS", &id, "0")),
        "an unknown method" => ("NONSENSE", head("NONSENSE", "SIP/2.0") + &via + &rest("NONSENSE", &id, "0")),
        "SIP version 7.0" => ("OPTIONS", head("OPTIONS", "SIP/7.0") + &via + &rest("OPTIONS", &id, "0")),
        "a negative Content-Length" => ("INVITE", head("INVITE", "SIP/2.0") + &via + &rest("INVITE", &id, "-1")),
        "no Call-ID" => ("OPTIONS", head("OPTIONS", "SIP/2.0") + &via + &rest("OPTIONS", "", "0")),
        other => return Err(Stop::bench(format!("no message is known with `{other}`; correct the feature file"))),
    };
    let mark = scene.observer.look().mark();
    scene.network.sip(party).send_raw(&Target::Address(to), Carriage::Udp, text.into_bytes()).await?;
    scene.story.sent.push(Sent { party, method: method.into(), call_id, cseq: 1, tcp: false, mark, exchange: None });
    Ok(())
}

async fn answers_with(world: &mut World, mut args: Args) -> Outcome {
    let wanted = args.text()?;
    let scene = world.scene()?;
    let it = scene.story.it()?;
    let found = if wanted == "any final status" {
        it.final_response(scene, SOON).await
    } else {
        let code: u16 =
            wanted.parse().map_err(|_| Stop::bench(format!("`{wanted}` is no status; correct the feature file")))?;
        it.response(scene, code, SOON).await
    };
    if found.is_some() {
        return Ok(());
    }
    let (seen, packets) = it.told(scene);
    Err(Stop::failed(format!("{} from {} answered with {wanted}", it.method, it.party), seen, packets))
}

async fn never_rang(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    no_ringing(scene, scene.story.it()?)
}

/// Claims that no 18x was sent to an INVITE.
pub fn no_ringing(scene: &Scene, sent: &Sent) -> Outcome {
    let capture = scene.observer.look();
    let rang: Vec<u32> = sent
        .responses(&capture)
        .filter(|m| m.code().is_some_and(|c| (180..200).contains(&c)))
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if rang.is_empty() {
        return Ok(());
    }
    Err(Stop::failed("no 18x to this INVITE", "it rang", rang))
}
