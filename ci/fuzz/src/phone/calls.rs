//! SIP, SDP and RTP.

use super::{MAC, a_7841};
use crate::{Patience, messages};
use phone_model::defects::Defects;
use phone_model::media::{self, sdp::Description};
use phone_model::random::Random;
use phone_model::settings::Settings;
use phone_model::sip::digest;
use phone_model::sip::message::{Message, NameAddr, Uri, Via};
use phone_model::sip::stream::{Framed, Framer};
use phone_model::state::{Board, Key};
use phone_model::time::{Duration, Instant};
use phone_model::ua::{Connection, Input, NotResolved, Output, RecordKind, Records, StreamEvent, UserAgent};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PHONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 100));
const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)), 5060);

/// Messages and the framing of a connection. What was read is written and read again as the same.
pub fn sip(input: &[u8]) {
    if let Ok(message) = Message::from_datagram(input) {
        look_at(&message);
        let written = message.to_bytes();
        assert_eq!(Message::from_datagram(&written).as_ref(), Ok(&message));
    }
    let mut framer = Framer::default();
    for part in messages(input) {
        framer.push(part);
        while let Some(framed) = framer.next_frame() {
            match framed {
                Framed::Message(message) => look_at(&message),
                Framed::Malformed(_) | Framed::KeepAlive => {}
            }
        }
        let _ = (framer.ended(), framer.is_partial());
    }
    let text = String::from_utf8_lossy(input);
    let _ = (NameAddr::parse(&text), Uri::parse(&text), Via::parse(&text));
}

fn look_at(message: &Message) {
    let _ = (message.via(), message.from(), message.to(), message.from_tag(), message.to_tag(), message.call_id());
    let _ = (message.cseq(), message.method(), message.uri(), message.contact(), message.content_type());
    let _ = (message.addresses("Route"), message.addresses("Contact"), message.number("Expires"));
    let _ = (digest::choose(message), digest::credentials(message, false), digest::credentials(message, true));
    let _ = message.reply(200, "tag").to_bytes();
}

/// A registered phone to which all this is sent: in datagrams, and on a connection that the server opens. A message that begins with `!` is
/// the soft key of that name; an empty one lets time pass.
pub fn agent(input: &[u8]) {
    let mut desk = Desk::new();
    desk.input(Input::Wake);
    let connection = Connection::Incoming(1);
    let local = SocketAddr::new(PHONE, 5060);
    desk.input(Input::Stream { connection, event: StreamEvent::Opened { local, peer: SERVER } });
    for message in messages(input) {
        match message {
            [] => desk.wake(),
            [b'!', key @ ..] => desk.input(Input::SoftKey(String::from_utf8_lossy(key).into_owned())),
            [b'~', bytes @ ..] if !bytes.is_empty() => {
                desk.input(Input::Stream { connection, event: StreamEvent::Data(bytes.to_vec()) });
            }
            bytes => desk.input(Input::Datagram { local_port: 5060, from: SERVER, bytes: bytes.to_vec() }),
        }
    }
    desk.input(Input::Press(Key::Speaker));
    for _ in 0..20 {
        desk.wake();
    }
}

/// The user agent with a name server and a registrar that say yes.
struct Desk {
    agent: UserAgent,
    now: Instant,
    due: Option<Instant>,
    patience: Patience,
}

impl Desk {
    fn new() -> Self {
        let settings = [
            ("User_ID_1_", "1001"),
            ("Password_1_", "secret"),
            ("Proxy_1_", "voiceip.com"),
            ("Display_Name_1_", "Reception"),
            ("Auth_INVITE_1_", "Yes"),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let board = Board::default();
        board.change(|status| status.mac = MAC);
        let (settings, random) = (Settings::of(settings), Random::seeded(1));
        let agent = UserAgent::new(a_7841(), Defects::NONE, settings, random, PHONE, board);
        Desk { agent, now: Instant::from_secs(5), due: None, patience: Patience::new() }
    }

    fn input(&mut self, input: Input) {
        self.agent.handle(input, self.now);
        self.due = loop {
            self.patience.spend();
            match self.agent.poll() {
                Output::Wait(due) => break due,
                Output::Resolve(query) => {
                    let answer = match (query.name.as_str(), query.kind) {
                        ("voiceip.com", RecordKind::A) => Ok(Records {
                            addresses: vec![SERVER.ip()],
                            services: Vec::new(),
                            pointers: Vec::new(),
                            ttl: Duration::from_secs(3600),
                        }),
                        _ => Err(NotResolved::Nothing { ttl: Duration::from_secs(30) }),
                    };
                    self.agent.handle(Input::Resolved { query, answer }, self.now);
                }
                Output::Send { local_port, bytes, .. } => self.register(local_port, &bytes),
                _ => {}
            }
        };
    }

    fn register(&mut self, local_port: u16, bytes: &[u8]) {
        let Ok(request) = Message::from_datagram(bytes) else { return };
        if bytes.starts_with(b"REGISTER ") {
            let mut answer = request.reply(200, "registrar");
            if let Some(contact) = request.header("Contact") {
                answer.push("Contact", contact);
            }
            let answer = Input::Datagram { local_port, from: SERVER, bytes: answer.to_bytes() };
            self.agent.handle(answer, self.now);
        }
    }

    fn wake(&mut self) {
        self.now = self.due.unwrap_or(self.now).max(self.now);
        self.input(Input::Wake);
    }
}

/// Challenges and credentials.
pub fn digest(input: &[u8]) {
    for line in String::from_utf8_lossy(input).lines() {
        if let Ok(challenge) = digest::Challenge::parse(line) {
            assert_eq!(digest::Challenge::parse(&challenge.line()).as_ref(), Ok(&challenge));
            let mut session = digest::Session::new(challenge);
            let answer = session.answer("1001", "secret", "INVITE", "sip:a@b", b"body", &mut Random::seeded(1));
            assert!(digest::Credentials::parse(&answer).is_ok(), "{answer}");
        }
        if let Ok(credentials) = digest::Credentials::parse(line) {
            // Nothing but extensions leaves nothing to write.
            if credentials == digest::Credentials::default() {
                continue;
            }
            assert_eq!(digest::Credentials::parse(&credentials.line()).as_ref(), Ok(&credentials));
            let _ = credentials.nc.as_deref().map(digest::nonce_count);
        }
    }
}

/// Offers and answers.
pub fn sdp(input: &[u8]) {
    let Ok(description) = Description::parse(input) else { return };
    for media in &description.media {
        let _ = (description.address_of(media), description.direction_of(media), media.rtpmap("101"));
    }
    let _ = media::negotiation::can_answer(&description);
    let _ = media::Local::new(PHONE, 16_384, 1).answer(&description, false);
    let mut local = media::Local::new(PHONE, 16_384, 1);
    local.offer(media::Direction::SendReceive);
    let _ = local.accept(&description);
}

/// RTP.
pub fn rtp(input: &[u8]) {
    let _ = media::rtp::Packet::parse(input);
}
