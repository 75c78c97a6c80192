//! One line for each message, with what another reader tells too: frame, protocol, type, option codes; separated by tabs.

use std::fmt::Write as _;

use crate::at::Fact;
use crate::capture::Capture;
use crate::dhcp6::{Dhcp6Data, Dhcp6Message, Dhcp6Option};
use crate::http::HttpMessage;
use crate::sip::Start;
use crate::tls::{Suite, TlsBody, TlsConnection, TlsMessage};

/// DHCPv4, DHCPv6, ICMPv6, NTP, TFTP, SIP, TLS handshake and LDAP messages and HTTP requests, protocol by protocol; in the last line the
/// number of frames. A TLS hello stands a second time with the name of the server as its type and its suites as codes, in hexadecimal.
///
/// Types are numbers, as on the wire; codes are joined by commas in the order of the wire, of DHCPv6 with those within options and
/// messages after the one that holds them. A message that took several frames stands with its last.
pub fn messages(capture: &Capture) -> String {
    let mut lines = Lines(String::new());
    for message in capture.dhcp() {
        let kind = message.option(53).unwrap_or_default();
        lines.add(message, "dhcp", &list(kind), &list(&message.codes));
    }
    for message in capture.dhcp6() {
        let mut columns = Columns6::default();
        columns.message(message);
        lines.add(message, "dhcp6", &list(columns.kinds), &list(columns.codes));
    }
    for fact in capture.icmp().iter().filter(|fact| fact.src.is_ipv6()) {
        lines.add(fact, "icmp6", &fact.number.0.to_string(), "");
    }
    for message in capture.ntp() {
        lines.add(message, "ntp", &message.mode.number().to_string(), "");
    }
    for message in capture.tftp() {
        lines.add(message, "tftp", &message.op.number().to_string(), "");
    }
    for message in capture.sip_messages() {
        let kind = match &message.start {
            Start::Request { method, .. } => method.clone(),
            Start::Response { code, .. } => code.to_string(),
        };
        lines.add(message, "sip", &kind, "");
    }
    for message in capture.tls().iter().flat_map(TlsConnection::messages) {
        if let Some(kind) = message.body.handshake_kind() {
            lines.add(message, "tls", &kind.0.to_string(), "");
        }
        lines.tls_fields(message);
    }
    for message in capture.ldap_messages() {
        lines.add(message, "ldap", &message.op.number().to_string(), "");
    }
    for (request, method) in
        capture.http().iter().filter_map(|message: &HttpMessage| Some((message, message.method()?)))
    {
        lines.add(request, "http", method, "");
    }
    // Writing to a string cannot fail.
    let _ = writeln!(lines.0, "frames\t{}", capture.frames().len());
    lines.0
}

struct Lines(String);

impl Lines {
    /// Of a hello the server's name and the suites, of an alert its description.
    fn tls_fields(&mut self, message: &TlsMessage) {
        let hexadecimal = |suites: &[Suite]| list(suites.iter().map(|suite| format!("0x{:04x}", suite.0)));
        match &message.body {
            TlsBody::ClientHello(hello) => {
                let name = hello.server_name.as_deref().unwrap_or_default();
                self.add(message, "hello", name, &hexadecimal(&hello.suites));
            }
            TlsBody::ServerHello(hello) | TlsBody::HelloRetryRequest(hello) => {
                self.add(message, "hello", "", &hexadecimal(&[hello.suite]));
            }
            TlsBody::Alert { description, .. } => self.add(message, "alert", &description.0.to_string(), ""),
            _ => {}
        }
    }

    fn add(&mut self, fact: &impl Fact, protocol: &str, kind: &str, codes: &str) {
        let _ = writeln!(self.0, "{}\t{protocol}\t{kind}\t{codes}", fact.at().completed);
    }
}

/// Types and codes of a message and of what is within it, depth first.
#[derive(Default)]
struct Columns6 {
    kinds: Vec<u8>,
    codes: Vec<u16>,
}

impl Columns6 {
    fn message(&mut self, message: &Dhcp6Message) {
        self.kinds.push(message.kind.number());
        let mut within = message.relay.as_ref().and_then(|relay| relay.message.as_deref());
        for option in &message.options {
            self.option(option);
            if let Some(message) = within.take_if(|_| option.code == crate::dhcp6::code::RELAY_MESSAGE) {
                self.message(message);
            }
        }
    }

    fn option(&mut self, option: &Dhcp6Option) {
        self.codes.push(option.code);
        let within: &[Dhcp6Option] = match &option.data {
            Dhcp6Data::IaNa(ia) => &ia.options,
            Dhcp6Data::IaAddress(address) => &address.options,
            Dhcp6Data::IaTa { options, .. } | Dhcp6Data::IaPd { options, .. } | Dhcp6Data::IaPrefix { options, .. } => {
                options
            }
            _ => &[],
        };
        within.iter().for_each(|option| self.option(option));
    }
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}
