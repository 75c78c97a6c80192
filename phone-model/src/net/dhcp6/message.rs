//! DHCPv6 messages: the ones a client sends (RFC 8415 §18.2) and the ones it believes (§16).

use super::Identity;
use super::options::{Options, put};
use crate::defects::{Defect, Defects};
use std::net::Ipv6Addr;

/// What the phone asks for (option 6): name servers, domains, SNTP and NTP servers, vendor options, boot file URL, and the two codes that the
/// guide uses for provisioning as in IPv4. SOL_MAX_RT must always be there (§18.2.1).
const PARAMETERS: [u16; 9] = [23, 24, 31, 17, 56, 59, 82, 159, 160];
/// What else an Information-request asks for (§18.2.6): INF_MAX_RT and the refresh time.
const OF_INFORMATION: [u16; 2] = [83, 32];

/// Messages of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Solicit,
    Request,
    Confirm,
    Renew,
    Rebind,
    Release,
    Decline,
    InformationRequest,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Kind::Solicit => 1,
            Kind::Request => 3,
            Kind::Confirm => 4,
            Kind::Renew => 5,
            Kind::Rebind => 6,
            Kind::Release => 8,
            Kind::Decline => 9,
            Kind::InformationRequest => 11,
        }
    }
}

/// A message to send; the rest follows from its kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) kind: Kind,
    pub(super) xid: u32,
    /// Hundredths of a second.
    pub(super) elapsed: u16,
    /// Option 2.
    pub(super) server: Option<&'a [u8]>,
    /// In the identity association.
    pub(super) addresses: &'a [Ipv6Addr],
}

impl Fields<'_> {
    /// The message as octets.
    pub(super) fn encode(&self, identity: &Identity, defects: &Defects) -> Vec<u8> {
        let [_, xid @ ..] = self.xid.to_be_bytes();
        let mut message = vec![self.kind.code()];
        message.extend(xid);
        put(&mut message, 1, &identity.duid);
        if let Some(server) = self.server {
            put(&mut message, 2, server);
        }
        put(&mut message, 8, &self.elapsed.to_be_bytes());
        if self.kind != Kind::InformationRequest {
            // T1, T2 and lifetimes of a client are zero: it leaves them to the server (§21.4, §21.6).
            let mut association = identity.iaid.to_be_bytes().to_vec();
            association.extend([0; 8]);
            for address in self.addresses {
                put(&mut association, 5, &[&address.octets()[..], &[0; 8]].concat());
            }
            put(&mut message, 3, &association);
        }
        // §18.2: Confirm, Release and Decline ask for nothing.
        let more: &[u16] = match self.kind {
            Kind::Confirm | Kind::Release | Kind::Decline => return message,
            Kind::InformationRequest => &OF_INFORMATION,
            Kind::Solicit | Kind::Request | Kind::Renew | Kind::Rebind => &[],
        };
        let wanted = PARAMETERS.iter().chain(more);
        let wanted = wanted.filter(|code| **code != 56 || !defects.has(Defect::Dhcp6NoNtp));
        put(&mut message, 6, &wanted.flat_map(|code| code.to_be_bytes()).collect::<Vec<_>>());
        message
    }
}

/// A message of a server that is meant for this client.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Advertise {
        server: Vec<u8>,
        options: Options,
    },
    Reply {
        server: Vec<u8>,
        options: Options,
    },
    /// Only a phone with a defect hears it: without authentication it is to be dropped (§20.4, §16.11).
    Reconfigure,
}

impl Heard {
    /// Its name, for the log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Heard::Advertise { .. } => "ADVERTISE",
            Heard::Reply { .. } => "REPLY",
            Heard::Reconfigure => "RECONFIGURE",
        }
    }

    /// Reads a datagram. `None` unless it is a well-formed answer to `xid` for this client.
    pub(super) fn read(datagram: &[u8], xid: Option<u32>, identity: &Identity, defects: &Defects) -> Option<Self> {
        let (&[kind, a, b, c], options) = datagram.split_first_chunk::<4>()?;
        let options = match Options::read(options) {
            None if defects.has(Defect::Dhcp6ReadsPastEnd) => Options::before_fault(options),
            read => read?,
        };
        // §16.3, §16.10: Server Identifier there, Client Identifier there and ours.
        let server = match options.raw(2).filter(|server| (3..=130).contains(&server.len())) {
            Some(server) => server.to_vec(),
            None if defects.has(Defect::Dhcp6NeedsNoServer) => Vec::new(),
            None => return None,
        };
        let ours = options.raw(1).is_some_and(|client| client == identity.duid);
        if !ours && !defects.has(Defect::Dhcp6AcceptsOtherClient) {
            return None;
        }
        if kind == 10 {
            return defects.has(Defect::Dhcp6ObeysReconfigure).then_some(Heard::Reconfigure);
        }
        if xid? != u32::from_be_bytes([0, a, b, c]) && !defects.has(Defect::Dhcp6AcceptsWrongXid) {
            return None;
        }
        match kind {
            2 => Some(Heard::Advertise { server, options }),
            7 => Some(Heard::Reply { server, options }),
            _ => None,
        }
    }
}
