//! DHCPv6 messages: RFC 8415. A relay's message is seen as such, with the message in it.

pub mod code;
mod fields;
mod kind;
pub mod lease;
mod options;
mod values;

use std::net::Ipv6Addr;

use serde::Serialize;

use crate::at::{At, facts};
use crate::limits;
use crate::octets::Octets;

pub use kind::Dhcp6Kind;
pub use options::{Dhcp6Data, Dhcp6Option};
pub use values::{Duid, IaAddress, IaNa, NtpSource, Status, VendorOption, status_name};

/// One DHCPv6 message.
#[derive(Debug, Clone, Serialize)]
pub struct Dhcp6Message {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Message type.
    pub kind: Dhcp6Kind,
    /// Transaction, 24 bits; 0 in a relay's message, which has none.
    pub xid: u32,
    /// What a relay adds; none in messages of clients and servers.
    pub relay: Option<Relay>,
    /// Options in the order of the wire, those within options beneath them.
    pub options: Vec<Dhcp6Option>,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

facts!(Dhcp6Message);

/// The fields of a relay's message (RFC 8415 §9).
#[derive(Debug, Clone, Serialize)]
pub struct Relay {
    /// Relays before this one.
    pub hops: u8,
    /// The client's link.
    pub link: Ipv6Addr,
    /// Whom the relay had it from.
    pub peer: Ipv6Addr,
    /// The message within; none if it is not there, cannot be read, or is deeper than is followed.
    pub message: Option<Box<Dhcp6Message>>,
}

impl Dhcp6Message {
    /// Whether it is of this type.
    pub fn is(&self, kind: Dhcp6Kind) -> bool {
        self.kind == kind
    }

    /// Codes in the order of the wire, those within options left out.
    pub fn codes(&self) -> Vec<u16> {
        self.options.iter().map(|option| option.code).collect()
    }

    /// The octets of the first option of this code.
    pub fn option(&self, code: u16) -> Option<&[u8]> {
        self.options.iter().find(|option| option.code == code).map(|option| option.value.as_slice())
    }

    /// All options of this code; some may stand more than once.
    pub fn all(&self, code: u16) -> impl Iterator<Item = &Dhcp6Option> {
        self.options.iter().filter(move |option| option.code == code)
    }

    /// Who the client is.
    pub fn client_id(&self) -> Option<&Duid> {
        self.first(|data| if let Dhcp6Data::ClientId(duid) = data { Some(duid) } else { None })
    }

    /// Who the server is.
    pub fn server_id(&self) -> Option<&Duid> {
        self.first(|data| if let Dhcp6Data::ServerId(duid) = data { Some(duid) } else { None })
    }

    /// Associations of non-temporary addresses.
    pub fn ia_nas(&self) -> impl Iterator<Item = &IaNa> {
        self.options.iter().filter_map(|option| if let Dhcp6Data::IaNa(ia) = &option.data { Some(ia) } else { None })
    }

    /// Addresses of all associations.
    pub fn addresses(&self) -> Vec<Ipv6Addr> {
        self.ia_nas().flat_map(IaNa::addresses).map(|address| address.address).collect()
    }

    /// Status of the message itself; one within an association is [`IaNa::status`].
    pub fn status(&self) -> Option<&Status> {
        self.first(|data| if let Dhcp6Data::Status(status) = data { Some(status) } else { None })
    }

    /// Codes that the client asks for, in its order; empty without the option.
    pub fn request_list(&self) -> &[u16] {
        self.first(|data| if let Dhcp6Data::RequestList(codes) = data { Some(codes.as_slice()) } else { None })
            .unwrap_or_default()
    }

    /// How long the client has been trying, hundredths of a second.
    pub fn elapsed(&self) -> Option<u16> {
        self.first(|data| if let Dhcp6Data::Elapsed(hundredths) = data { Some(*hundredths) } else { None })
    }

    /// How much the server wants to be chosen, 255 most.
    pub fn preference(&self) -> Option<u8> {
        self.first(|data| if let Dhcp6Data::Preference(value) = data { Some(*value) } else { None })
    }

    /// Whether it offers or makes an exchange of two messages.
    pub fn rapid_commit(&self) -> bool {
        self.option(code::RAPID_COMMIT).is_some()
    }

    /// Whether the client lets itself be reconfigured.
    pub fn reconfigure_accept(&self) -> bool {
        self.option(code::RECONFIGURE_ACCEPT).is_some()
    }

    /// Name servers.
    pub fn dns(&self) -> &[Ipv6Addr] {
        self.first(|data| if let Dhcp6Data::Dns(list) = data { Some(list.as_slice()) } else { None })
            .unwrap_or_default()
    }

    /// Search domains.
    pub fn domains(&self) -> &[String] {
        self.first(|data| if let Dhcp6Data::Domains(list) = data { Some(list.as_slice()) } else { None })
            .unwrap_or_default()
    }

    /// Time servers of option 56, of all its instances (RFC 5908 §4).
    pub fn ntp(&self) -> Vec<&NtpSource> {
        let sources = self.options.iter().map(|option| match &option.data {
            Dhcp6Data::Ntp(sources) => sources.as_slice(),
            _ => &[],
        });
        sources.flatten().collect()
    }

    /// Time servers of option 31 (RFC 4075).
    pub fn sntp(&self) -> &[Ipv6Addr] {
        self.first(|data| if let Dhcp6Data::Sntp(list) = data { Some(list.as_slice()) } else { None })
            .unwrap_or_default()
    }

    /// What option 17 says for an enterprise.
    pub fn vendor(&self, enterprise: u32) -> Option<&[VendorOption]> {
        self.first(|data| match data {
            Dhcp6Data::VendorOptions { enterprise: number, options } if *number == enterprise => {
                Some(options.as_slice())
            }
            _ => None,
        })
    }

    /// An option that is text: 59, 159, 160.
    pub fn text(&self, code: u16) -> Option<String> {
        Some(String::from_utf8_lossy(self.option(code)?).into_owned())
    }

    fn first<'a, T>(&'a self, pick: impl Fn(&'a Dhcp6Data) -> Option<T>) -> Option<T> {
        self.options.iter().find_map(|option| pick(&option.data))
    }
}

/// Read a message. `Err` if its fixed fields are cut (RFC 8415 §8, §9).
pub(crate) fn read(payload: &[u8], at: At) -> Result<Dhcp6Message, &'static str> {
    message(payload, at, 0)
}

fn message(payload: &[u8], at: At, depth: usize) -> Result<Dhcp6Message, &'static str> {
    let mut octets = Octets::new(payload);
    let kind = Dhcp6Kind::from(octets.u8().ok_or("empty")?);
    let (xid, relay) = match kind {
        Dhcp6Kind::RelayForward | Dhcp6Kind::RelayReply => {
            (0, Some(relay(&mut octets).ok_or("shorter than a relay's header")?))
        }
        Dhcp6Kind::Solicit
        | Dhcp6Kind::Advertise
        | Dhcp6Kind::Request
        | Dhcp6Kind::Confirm
        | Dhcp6Kind::Renew
        | Dhcp6Kind::Rebind
        | Dhcp6Kind::Reply
        | Dhcp6Kind::Release
        | Dhcp6Kind::Decline
        | Dhcp6Kind::Reconfigure
        | Dhcp6Kind::InformationRequest
        | Dhcp6Kind::Other(_) => {
            let [high, middle, low] = octets.array().ok_or("shorter than its header")?;
            (u32::from_be_bytes([0, high, middle, low]), None)
        }
    };
    let walked = options::walk(octets.rest());
    let mut faults = walked.faults;
    let relay = relay.map(|relay| {
        let within = walked.options.iter().find(|option| option.code == code::RELAY_MESSAGE);
        let message = within.and_then(|option| match depth {
            limits::DHCP6_RELAYS.. => None,
            _ => message(&option.value, at.clone(), depth + 1)
                .map_err(|reason| faults.push(format!("the message within: {reason}")))
                .ok(),
        });
        if within.is_none() {
            faults.push("a relay's message without a message in it".to_owned());
        }
        Relay { message: message.map(Box::new), ..relay }
    });
    let mut read = Dhcp6Message { at, kind, xid, relay, options: walked.options, faults };
    read.judge();
    Ok(read)
}

fn relay(octets: &mut Octets<'_>) -> Option<Relay> {
    let hops = octets.u8()?;
    let (link, peer) = (octets.array::<16>()?.into(), octets.array::<16>()?.into());
    Some(Relay { hops, link, peer, message: None })
}

impl Dhcp6Message {
    /// What every receiver must discard it for (RFC 8415 §16), as far as the message alone shows it.
    fn judge(&mut self) {
        let (client, server) = (self.option(code::CLIENT_ID).is_some(), self.option(code::SERVER_ID).is_some());
        let (client_due, server_due) = match self.kind {
            Dhcp6Kind::Solicit | Dhcp6Kind::Confirm | Dhcp6Kind::Rebind => (Some(true), Some(false)),
            Dhcp6Kind::Advertise
            | Dhcp6Kind::Request
            | Dhcp6Kind::Renew
            | Dhcp6Kind::Decline
            | Dhcp6Kind::Release
            | Dhcp6Kind::Reconfigure => (Some(true), Some(true)),
            Dhcp6Kind::Reply => (None, Some(true)),
            Dhcp6Kind::InformationRequest | Dhcp6Kind::RelayForward | Dhcp6Kind::RelayReply | Dhcp6Kind::Other(_) => {
                (None, None)
            }
        };
        for (name, there, due) in [("client", client, client_due), ("server", server, server_due)] {
            match due {
                Some(true) if !there => self.faults.push(format!("{} without a {name} identifier", self.kind)),
                Some(false) if there => self.faults.push(format!("{} with a {name} identifier", self.kind)),
                Some(_) | None => {}
            }
        }
    }
}
