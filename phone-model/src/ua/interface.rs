//! What goes into the user agent and what comes out of it. The shell carries bytes, names and time; it decides nothing.

use crate::settings::Settings;
use crate::state::{Key, RebootReason};
use crate::time::{Duration, Instant};
use std::net::{IpAddr, SocketAddr};

/// A stream connection. The end that opened it numbers it, so that the two can never choose the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Connection {
    /// Opened by the phone; numbered by the user agent in [`Output::Connect`].
    Outgoing(u32),
    /// Accepted at a port of [`Output::Listen`]; numbered by the shell.
    Incoming(u32),
}

/// Why no connection came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotConnected {
    /// The local port is in use; another may be free.
    PortInUse,
    /// Refused by the other end, unreachable, or timed out.
    Refused,
    /// The other end is there, but there is no TLS with it; or nobody is trusted, and it was not even asked. Why, in words.
    Untrusted(&'static str),
}

/// With whom a connection is to be under TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secured {
    /// The line whose settings say how it is checked, counted from 1.
    pub line: u8,
    /// Its host, a name or an address: what the settings or a URI call it, not what DNS made of it (RFC 5922 §7.3).
    pub host: String,
}

/// What happens on a stream connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// It is up: an accepted one, or the outcome of [`Output::Connect`].
    Opened {
        /// Our end.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
    },
    /// Octets, in order, of any length but zero.
    Data(Vec<u8>),
    /// The other end closed or reset it; its number is free again.
    Closed,
    /// It never came up.
    Failed(NotConnected),
}

/// The record type of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Services (RFC 2782).
    Srv,
    /// Where services are described (RFC 3403, RFC 3263 §4.1).
    Naptr,
}

/// One look-up. Names are absolute when they hold a dot; the resolver may try its search domain for others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Query {
    /// The name as it was set, without trailing dot.
    pub name: String,
    /// What is asked for.
    pub kind: RecordKind,
}

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Lower is used first.
    pub priority: u16,
    /// Share among those of the same priority.
    pub weight: u16,
    /// Port at the target.
    pub port: u16,
    /// Host name.
    pub target: String,
}

/// One NAPTR record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Lower is used first.
    pub order: u16,
    /// Lower is used first among those of the same order.
    pub preference: u16,
    /// Flags; `s` means that the replacement has SRV records.
    pub flags: String,
    /// Service, such as `SIP+D2U`.
    pub service: String,
    /// Where to go on.
    pub replacement: String,
}

/// What a name server told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Addresses, for A and AAAA.
    pub addresses: Vec<IpAddr>,
    /// Services, for SRV.
    pub services: Vec<Service>,
    /// Pointers, for NAPTR.
    pub pointers: Vec<Pointer>,
    /// How long this may still be used: the smallest TTL of the records.
    pub ttl: Duration,
}

/// Why a look-up brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotResolved {
    /// The name, or records of this kind for it, do not exist; true for so long (RFC 2308 §5).
    Nothing {
        /// Lifetime of this negative answer, zero when the server told none.
        ttl: Duration,
    },
    /// No usable answer: no server, time out, or an error of the server. It says nothing about the name.
    Failed,
}

/// Input of [`super::UserAgent::handle`].
#[derive(Debug, Clone)]
pub enum Input {
    /// A datagram arrived at a UDP port of [`Output::Listen`]: SIP or RTP, the user agent knows which port is which.
    Datagram {
        /// The port it arrived at.
        local_port: u16,
        /// Its source.
        from: SocketAddr,
        /// Its payload.
        bytes: Vec<u8>,
    },
    /// Something happened on a stream connection.
    Stream {
        /// Which one.
        connection: Connection,
        /// What.
        event: StreamEvent,
    },
    /// A look-up of [`Output::Resolve`] ended.
    Resolved {
        /// The look-up, as it was asked for.
        query: Query,
        /// Its outcome.
        answer: Result<Records, NotResolved>,
    },
    /// A key was pressed.
    Press(Key),
    /// Dial this number on the first line that can.
    Dial(String),
    /// Dial on this line, or on the first that can when this one cannot.
    DialOn {
        /// Line, counted from 1.
        line: u8,
        /// Number.
        number: String,
    },
    /// A soft key by its name, such as `Answer`.
    SoftKey(String),
    /// Settings changed and are in force from now on.
    Settings(Settings),
    /// Unregister and end; [`Output::Stopped`] follows.
    Shutdown,
    /// The instant of [`Output::Wait`] has come. Early and repeated ones do no harm.
    Wake,
}

/// Transport of a listening port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Listener {
    /// Bind a UDP socket.
    Udp,
    /// Bind and accept TCP connections.
    Tcp,
}

/// How much a log line matters, as `Debug_Level` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// `ERROR`.
    Error,
    /// `NOTICE`, the default level.
    Notice,
    /// `DEBUG`.
    Debug,
}

/// Output of [`super::UserAgent::poll`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram from a UDP port that is listened on.
    Send {
        /// The port to send from.
        local_port: u16,
        /// Where to.
        to: SocketAddr,
        /// Payload.
        bytes: Vec<u8>,
    },
    /// Open a connection from this local port (with SO_REUSEADDR).
    Connect {
        /// Its number, an [`Connection::Outgoing`].
        connection: Connection,
        /// Local port, of the range SIP TCP Port Min to Max.
        local_port: u16,
        /// Where to.
        to: SocketAddr,
        /// With whom, when it is to be under TLS. It is open when the other end has proven that it is this one, not before.
        secured: Option<Secured>,
    },
    /// Write octets to a connection, after those written before.
    Write {
        /// Which one.
        connection: Connection,
        /// What.
        bytes: Vec<u8>,
    },
    /// Close a connection when what was written is sent. No event of it follows.
    Close {
        /// Which one.
        connection: Connection,
    },
    /// Bind a port. A port stays bound until [`Output::Unlisten`].
    Listen {
        /// UDP or TCP.
        listener: Listener,
        /// The port.
        port: u16,
    },
    /// Give a port back.
    Unlisten {
        /// UDP or TCP.
        listener: Listener,
        /// The port.
        port: u16,
    },
    /// Ask the resolver; [`Input::Resolved`] answers each of these exactly once.
    Resolve(Query),
    /// A line for syslog and the serial line.
    Log(Severity, String),
    /// Restart the phone.
    Reboot(RebootReason),
    /// Fetch a profile, from this URL or by the profile rules.
    Resync(Option<String>),
    /// A request has had no response for as long as "DHCP Timeout on Renewal" allows.
    Unanswered,
    /// Post the configuration by the report rule.
    Report,
    /// The user agent has unregistered, or given up doing so. Comes once, after [`Input::Shutdown`].
    Stopped,
    /// Nothing more to do before this instant, or before the next input.
    Wait(Option<Instant>),
}
