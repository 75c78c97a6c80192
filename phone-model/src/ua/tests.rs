//! Timelines of the whole user agent: what arrives and what a person does at literal times, what the phone sends then.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod calls;
mod challenge;
mod challenge_defects;
mod domains;
mod hostile;
mod lines;
mod registration;
mod tls;

use super::*;
use crate::defects::{Defect, Defects};
use crate::profile::{Model, Profile, Release, Unknown};
use crate::random::Random;
use crate::sip::message::Message;
use crate::state::{Board, Status};
use std::collections::BTreeMap;

const SERVER: &str = "192.0.2.10:5060";
const SECOND: &str = "192.0.2.11:5060";
const STRANGER: &str = "192.0.2.20:5060";
const PHONE: &str = "192.0.2.100";

/// A line that registers at the server.
const ACCOUNT: &[(&str, &str)] =
    &[("User_ID_1_", "1001"), ("Password_1_", "secret"), ("Proxy_1_", "voiceip.com"), ("Display_Name_1_", "Reception")];

/// One message that the phone sent.
#[derive(Debug, Clone)]
struct Sent {
    at: Instant,
    to: SocketAddr,
    bytes: Vec<u8>,
}

impl Sent {
    fn message(&self) -> Message {
        Message::from_datagram(&self.bytes).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.bytes)))
    }

    fn code(&self) -> u16 {
        self.message().code().unwrap_or_default()
    }

    /// `REGISTER`, `200`.
    fn kind(&self) -> String {
        let message = self.message();
        message.code().map_or_else(|| message.method().unwrap().to_string(), |code| code.to_string())
    }
}

/// A phone, its clock and its name server.
struct Phone {
    agent: UserAgent,
    board: Board,
    now: Instant,
    zone: BTreeMap<String, (&'static str, u64)>,
    sent: Vec<Sent>,
    rtp: usize,
    outputs: Vec<Output>,
    settings: BTreeMap<String, String>,
    number: u32,
}

impl Phone {
    fn new(settings: &[(&str, &str)], defects: &[Defect]) -> Self {
        Phone::of_release(Release::DOCUMENT, settings, defects)
    }

    fn of_release(release: Release, settings: &[(&str, &str)], defects: &[Defect]) -> Self {
        let settings: BTreeMap<String, String> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let board = Board::default();
        board.change(|status| {
            status.mac = [2, 0, 0, 0, 0, 1];
            status.booted_at = 1_700_000_000;
        });
        let profile = Profile { model: Model::Cp7841, release, unknown: Unknown::default() };
        let agent = UserAgent::new(
            profile,
            Defects::of(defects.iter().copied()),
            Settings::of(settings.clone()),
            Random::seeded(1),
            PHONE.parse().unwrap(),
            board.clone(),
        );
        let zone = [("voiceip.com", ("192.0.2.10", 3_600)), ("voiceip1.com", ("192.0.2.11", 1))];
        let zone = zone.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let (sent, outputs) = (Vec::new(), Vec::new());
        Phone { agent, board, now: Instant::from_secs(5), zone, sent, rtp: 0, outputs, settings, number: 0 }
    }

    /// A phone that has registered, with nothing left to read.
    fn registered(settings: &[(&str, &str)], defects: &[Defect]) -> Self {
        Phone::registered_of(Release::DOCUMENT, settings, defects)
    }

    fn registered_of(release: Release, settings: &[(&str, &str)], defects: &[Defect]) -> Self {
        let mut phone = Phone::of_release(release, &[ACCOUNT, settings].concat(), defects);
        phone.input(Input::Wake);
        for sent in phone.take().into_iter().filter(|sent| sent.kind() == "REGISTER") {
            phone.registrar_answers(&sent, 200, "");
        }
        phone.take();
        phone.outputs.clear();
        phone
    }

    fn registrar_answers(&mut self, register: &Sent, code: u16, more: &str) {
        let mut answer = register.message().reply(code, "registrar");
        if code == 200 {
            answer.push("Contact", register.message().header("Contact").unwrap());
        }
        let port = register.message().via().unwrap().port_or_default();
        let text = String::from_utf8(answer.to_bytes()).unwrap().replacen("\r\n\r\n", &format!("\r\n{more}\r\n"), 1);
        self.receives_at(port, SERVER, &text);
    }

    fn input(&mut self, input: Input) {
        self.agent.handle(input, self.now);
        self.drain();
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.agent.poll() {
                Output::Wait(at) => return at,
                Output::Resolve(query) => {
                    let found = self.zone.get(&query.name).filter(|_| query.kind == RecordKind::A);
                    let answer = found
                        .map(|(address, ttl)| Records {
                            addresses: vec![address.parse().unwrap()],
                            services: Vec::new(),
                            pointers: Vec::new(),
                            ttl: Duration::from_secs(*ttl),
                        })
                        .ok_or(NotResolved::Nothing { ttl: Duration::from_secs(30) });
                    self.agent.handle(Input::Resolved { query, answer }, self.now);
                }
                Output::Send { bytes, .. } if bytes.first() == Some(&0x80) => self.rtp += 1,
                Output::Send { to, bytes, .. } => self.sent.push(Sent { at: self.now, to, bytes }),
                output => self.outputs.push(output),
            }
        }
    }

    /// Lets time pass until `millis` after boot, waking the phone whenever it wants to be.
    fn until(&mut self, millis: u64) {
        let end = Instant::from_millis(millis);
        while let Some(at) = self.drain().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.agent.handle(Input::Wake, self.now);
        }
        self.now = self.now.max(end);
        self.input(Input::Wake);
    }

    fn pass(&mut self, millis: u64) {
        self.until(self.now.as_micros() / 1_000 + millis);
    }

    fn receives(&mut self, from: &str, text: &str) {
        self.receives_at(5_060, from, text);
    }

    fn receives_at(&mut self, local_port: u16, from: &str, text: &str) {
        let from = from.parse().unwrap();
        self.input(Input::Datagram { local_port, from, bytes: text.as_bytes().to_vec() });
    }

    fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.sent)
    }

    fn kinds(&mut self) -> Vec<String> {
        self.take().iter().map(Sent::kind).collect()
    }

    fn status(&self) -> Status {
        self.board.snapshot()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
        self.input(Input::Settings(Settings::of(self.settings.clone())));
    }

    fn take_outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs).into_iter().filter(|output| !matches!(output, Output::Log(..))).collect()
    }

    /// A request to the phone, as a server of the bench writes one. Each has a branch, a tag and a Call-ID of its own.
    fn request(&mut self, method: &str, host: &str, more: &str) -> String {
        self.number += 1;
        let number = self.number;
        let body = if method == "INVITE" { OFFER } else { "" };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:1001@{PHONE}:5060 SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bK-{number};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Alice\" <sip:5550100@voiceip.com>;tag=from{number}\r\n\
             To: <sip:1001@{PHONE}>\r\nCall-ID: call{number}@{host}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:5550100@{host}>\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn invite(&mut self, more: &str) -> String {
        self.request("INVITE", SERVER, more)
    }

    /// A request within the dialog of `invite`, which the phone answered with `answer`.
    fn in_dialog(&self, method: &str, number: u32, invite: &str, answer: &Message, host: &str) -> String {
        let invite = Message::from_datagram(invite.as_bytes()).unwrap();
        format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bK-{method}{number};rport\r\nMax-Forwards: 70\r\n\
             From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {number} {method}\r\nContact: <sip:5550100@{host}>\r\n\
             Content-Length: 0\r\n\r\n",
            answer.contact().unwrap().uri,
            invite.header("From").unwrap(),
            answer.header("To").unwrap(),
            invite.call_id().unwrap(),
        )
    }

    /// A call from the server that was answered and acknowledged: its INVITE and its 200.
    fn connected(&mut self) -> (String, Message) {
        let invite = self.invite("");
        self.receives(SERVER, &invite);
        self.input(Input::Press(crate::state::Key::Speaker));
        let answer = self.take().into_iter().find(|sent| sent.code() == 200).expect("the call is answered").message();
        let ack = self.in_dialog("ACK", 1, &invite, &answer, SERVER);
        self.receives(SERVER, &ack);
        (invite, answer)
    }
}

impl UserAgent {
    fn held_octets(&self) -> usize {
        self.held.octets()
    }
}

const OFFER: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n";
