//! SIP over TLS: one connection of the line, both ways, for as long as it lasts; and nothing by any other way.

mod auto;
mod loss;
mod wrong;

use super::*;
use crate::sip::stream::{Framed, Framer};

/// Where the proxy listens for TLS.
const SECURE: &str = "192.0.2.10:5061";
const TLS: (&str, &str) = ("SIP_Transport_1_", "TLS");

/// A phone whose line 1 uses TLS, and what it has done with its connections.
struct Secure {
    phone: Phone,
    /// Connections asked for.
    asked: Vec<(Connection, SocketAddr, Option<Secured>)>,
    /// The local ports of those.
    ports: Vec<u16>,
    /// What was written, and where.
    written: Vec<(Connection, Message)>,
    closed: Vec<Connection>,
    framers: BTreeMap<Connection, Framer>,
}

impl Secure {
    fn new(settings: &[(&str, &str)], defects: &[Defect]) -> Self {
        let phone = Phone::new(&[ACCOUNT, &[TLS], settings].concat(), defects);
        let (asked, written, closed) = (Vec::new(), Vec::new(), Vec::new());
        let mut secure = Secure { phone, asked, ports: Vec::new(), written, closed, framers: BTreeMap::new() };
        secure.phone.input(Input::Wake);
        secure.read();
        secure
    }

    /// One that has registered.
    fn registered(settings: &[(&str, &str)], defects: &[Defect]) -> Self {
        let mut secure = Secure::new(settings, defects);
        let connection = secure.open();
        secure.grants(connection);
        assert_eq!(secure.phone.status().lines[0].registration, crate::state::Registration::Registered);
        secure
    }

    /// Takes down what the phone did.
    fn read(&mut self) {
        for output in self.phone.take_outputs() {
            match output {
                Output::Connect { connection, local_port, to, secured } => {
                    self.asked.push((connection, to, secured));
                    self.ports.push(local_port);
                }
                Output::Close { connection } => self.closed.push(connection),
                Output::Write { connection, bytes } => {
                    let framer = self.framers.entry(connection).or_default();
                    framer.push(&bytes);
                    while let Some(Framed::Message(message)) = framer.next_frame() {
                        self.written.push((connection, message));
                    }
                }
                _ => {}
            }
        }
    }

    fn happens(&mut self, connection: Connection, event: StreamEvent) {
        self.phone.input(Input::Stream { connection, event });
        self.read();
    }

    /// The last connection asked for is up, and the server has proven who it is.
    fn open(&mut self) -> Connection {
        let (connection, peer, _) = *self.asked.last().as_ref().expect("a connection was asked for");
        let (connection, peer) = (*connection, *peer);
        let local = SocketAddr::new(PHONE.parse().unwrap(), 5_070);
        self.happens(connection, StreamEvent::Opened { local, peer });
        connection
    }

    /// The registrar takes the REGISTER that was written last.
    fn grants(&mut self, connection: Connection) {
        let (_, register) = self.written.pop().expect("a REGISTER");
        assert!(register.is_request(&crate::sip::message::Method::Register), "{register:?}");
        let answer = register.reply(200, "registrar").with("Contact", register.header("Contact").unwrap());
        self.hears(connection, &answer.to_bytes());
    }

    fn hears(&mut self, connection: Connection, octets: &[u8]) {
        self.happens(connection, StreamEvent::Data(octets.to_vec()));
    }

    /// A request of the server under TLS.
    fn request(&mut self, method: &str, more: &str) -> String {
        let request = self.phone.request(method, SECURE, more).replace("SIP/2.0/UDP", "SIP/2.0/TLS");
        request.replace(&format!("<sip:5550100@{SECURE}>"), &format!("<sip:5550100@{SECURE};transport=tls>"))
    }

    fn kinds(&mut self) -> Vec<(Connection, String)> {
        let kind = |message: &Message| {
            message.code().map_or_else(|| message.method().unwrap().to_string(), |code| code.to_string())
        };
        std::mem::take(&mut self.written).iter().map(|(connection, message)| (*connection, kind(message))).collect()
    }

    fn pass(&mut self, millis: u64) {
        self.phone.pass(millis);
        self.read();
    }

    fn set(&mut self, name: &str, value: &str) {
        self.phone.set(name, value);
        self.read();
    }
}

fn kind(connection: Connection, kind: &str) -> (Connection, String) {
    (connection, kind.to_owned())
}

#[test]
fn a_line_registers_over_tls_with_the_proxy_that_it_was_told_of_and_by_no_other_way() {
    let mut secure = Secure::new(&[], &[]);
    let party = Some(Secured { line: 1, host: "voiceip.com".into() });
    assert_eq!(secure.asked, [(Connection::Outgoing(1), SECURE.parse().unwrap(), party)]);
    assert!(secure.written.is_empty(), "nothing before the server has proven who it is");
    secure.open();
    let register = &secure.written[0].1;
    let via = register.via().unwrap();
    let port = secure.ports[0];
    assert!((5_062..=5_080).contains(&port), "of the range, and none of a server's");
    assert_eq!((via.transport.as_str(), via.port), ("TLS", Some(port)));
    let contact = format!("\"Reception\" <sip:1001@192.0.2.100:{port};transport=tls>;expires=3600");
    assert_eq!(register.header("Contact"), Some(contact.as_str()), "a proxy that goes by it finds the connection");
    secure.grants(Connection::Outgoing(1));
    secure.pass(60_000);
    assert!(secure.phone.take().is_empty(), "no datagram at all");
    assert_eq!(secure.asked.len(), 1);
}

#[test]
fn a_port_in_the_field_counts_and_the_outbound_proxy_is_the_one_to_be_with() {
    let secure = Secure::new(&[("Outbound_Proxy_1_", "voiceip1.com:7061")], &[]);
    let party = Some(Secured { line: 1, host: "voiceip1.com".into() });
    assert_eq!(secure.asked, [(Connection::Outgoing(1), "192.0.2.11:7061".parse().unwrap(), party)]);
}

#[test]
fn calls_go_both_ways_by_the_connection_of_the_registration() {
    let mut secure = Secure::registered(&[("Auth_INVITE_1_", "No")], &[]);
    let connection = Connection::Outgoing(1);
    let invite = secure.request("INVITE", "");
    secure.hears(connection, invite.as_bytes());
    secure.phone.input(Input::Press(crate::state::Key::Speaker));
    secure.read();
    assert_eq!(secure.kinds(), ["100", "180", "200"].map(|it| kind(connection, it)));
    secure.phone.input(Input::Dial("5550199".into()));
    secure.read();
    let (way, outgoing) = secure.written.last().cloned().unwrap();
    assert_eq!((way, outgoing.via().unwrap().transport.as_str()), (connection, "TLS"));
    assert!(outgoing.header("Contact").unwrap().contains(";transport=tls>"));
    assert_eq!(secure.asked.len(), 1);
    assert!(secure.phone.take().is_empty());
}

#[test]
fn a_contact_in_clear_leads_to_the_proxy_all_the_same() {
    let mut secure = Secure::registered(&[], &[]);
    let connection = Connection::Outgoing(1);
    let invite =
        secure.request("INVITE", "").replace("<sip:5550100@192.0.2.10:5061;transport=tls>", "<sip:5550100@192.0.2.20>");
    secure.hears(connection, invite.as_bytes());
    secure.phone.input(Input::Press(crate::state::Key::Speaker));
    secure.read();
    let answer = secure.written.pop().unwrap().1;
    let ack = secure.phone.in_dialog("ACK", 1, &invite, &answer, SECURE).replace("/UDP", "/TLS");
    secure.hears(connection, ack.as_bytes());
    secure.written.clear();
    secure.phone.input(Input::Press(crate::state::Key::Speaker));
    secure.read();
    assert_eq!(secure.kinds(), [kind(connection, "BYE")]);
    assert_eq!((secure.asked.len(), secure.phone.take().len()), (1, 0));
}

#[test]
fn domains_and_auth_invite_work_over_it() {
    let mut secure =
        Secure::registered(&[("Auth_INVITE_1_", "Yes"), ("Restricted_Access_Domains", "voiceip.com")], &[]);
    let connection = Connection::Outgoing(1);
    let invite = secure.request("INVITE", "");
    secure.hears(connection, invite.as_bytes());
    assert_eq!(secure.kinds(), [kind(connection, "401")]);
    let mut silenced = Secure::registered(&[], &[]);
    silenced.set("Restricted_Access_Domains", "voiceip1.com");
    let invite = silenced.request("INVITE", "");
    silenced.hears(connection, invite.as_bytes());
    assert_eq!(silenced.kinds(), []);
}

#[test]
fn back_on_udp_the_binding_is_ended_where_it_was_made_and_the_connection_closed() {
    let mut secure = Secure::registered(&[], &[]);
    let connection = Connection::Outgoing(1);
    secure.set("SIP_Transport_1_", "UDP");
    let (way, leaving) = secure.written.pop().unwrap();
    assert_eq!((way, leaving.header("Expires")), (connection, Some("0")));
    assert!(secure.phone.take().is_empty() && secure.closed.is_empty());
    let answer = leaving.reply(200, "registrar");
    secure.hears(connection, &answer.to_bytes());
    assert_eq!(secure.closed, [connection]);
    let registers = secure.phone.take();
    assert_eq!((registers[0].to, registers[0].kind().as_str()), (SERVER.parse().unwrap(), "REGISTER"));
    assert!(!registers[0].message().header("Contact").unwrap().contains("transport"));
    let mut stays = Secure::registered(&[], &[Defect::TlsStays]);
    stays.set("SIP_Transport_1_", "UDP");
    assert!(stays.closed.is_empty() && stays.phone.take().is_empty());
}

#[test]
fn other_lines_keep_their_transport() {
    let second = [("User_ID_2_", "1002"), ("Proxy_2_", "voiceip.com")];
    let mut secure = Secure::new(&second, &[]);
    assert_eq!((secure.asked.len(), secure.phone.kinds()), (1, vec!["REGISTER".to_owned()]));
    let mut follows = Secure::new(&second, &[Defect::TlsOthersFollow]);
    assert_eq!((follows.asked.len(), follows.phone.kinds()), (2, vec![]));
    let lines: Vec<_> = follows.asked.iter().map(|(_, _, secured)| secured.as_ref().unwrap().line).collect();
    assert_eq!(lines, [1, 2], "each line has a connection of its own");
}

#[test]
fn sips_is_tls_and_is_dialled_on_no_other_line() {
    let mut secure = Secure::registered(&[], &[]);
    secure.phone.input(Input::Dial("sips:5550199@voiceip.com".into()));
    secure.read();
    let (_, invite) = secure.written.pop().unwrap();
    assert_eq!(invite.uri().unwrap().to_string(), "sips:5550199@voiceip.com");
    let contact = format!("sips:1001@192.0.2.100:{}", secure.ports[0]);
    assert_eq!(invite.contact().unwrap().uri.to_string(), contact);
    let invite = secure.request("INVITE", "").replace("INVITE sip:", "INVITE sips:");
    secure.hears(Connection::Outgoing(1), invite.as_bytes());
    let (_, ringing) = secure.written.pop().unwrap();
    assert_eq!(ringing.contact().unwrap().uri.to_string(), contact);
    let mut clear = Phone::registered(&[], &[]);
    clear.input(Input::Dial("sips:5550199@voiceip.com".into()));
    assert!(clear.take().is_empty());
}
