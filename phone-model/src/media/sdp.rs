//! Session descriptions (RFC 8866): a reader that takes what a call needs and a writer in the order of §5. The reader is bounded
//! and forgiving about lines that a call does not need; it refuses what cannot be answered.

use std::fmt;
use std::net::IpAddr;

/// Longest description that is read, octets.
const MAX_LENGTH: usize = 16_384;
/// Most media descriptions that are read; an answer must repeat each of them.
const MAX_MEDIA: usize = 32;
/// Most attribute lines kept for each media description.
const MAX_ATTRIBUTES: usize = 128;

/// Which way media flows, seen from the one that wrote the description (RFC 8866 §6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    SendReceive,
    /// Only from the writer.
    SendOnly,
    /// Only to the writer.
    ReceiveOnly,
    /// Not at all.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::SendReceive => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::ReceiveOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// Whether the writer sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::SendOnly)
    }

    /// Whether the writer receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendReceive | Direction::ReceiveOnly)
    }

    /// The direction with these two flows.
    pub const fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendReceive,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::ReceiveOnly,
            (false, false) => Direction::Inactive,
        }
    }

    fn parse(name: &str) -> Option<Direction> {
        [Direction::SendReceive, Direction::SendOnly, Direction::ReceiveOnly, Direction::Inactive]
            .into_iter()
            .find(|direction| direction.name() == name)
    }
}

/// One `m=` line and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video` and so on.
    pub kind: String,
    /// Port; 0 refuses the stream (RFC 3264 §6).
    pub port: u16,
    /// `RTP/AVP` and so on.
    pub protocol: String,
    /// Formats in order of preference: payload types, for RTP.
    pub formats: Vec<String>,
    /// `c=` of this stream.
    pub connection: Option<IpAddr>,
    /// Direction of this stream.
    pub direction: Option<Direction>,
    /// Other `a=` lines, without `a=`.
    pub attributes: Vec<String>,
}

impl Media {
    /// `rtpmap` of a payload type, as in `PCMU/8000`.
    pub fn rtpmap(&self, payload_type: &str) -> Option<&str> {
        self.attributes.iter().find_map(|attribute| {
            let (format, encoding) = attribute.strip_prefix("rtpmap:")?.split_once(' ')?;
            (format == payload_type).then_some(encoding.trim())
        })
    }
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Session id of `o=`.
    pub id: u64,
    /// Version of `o=`, one more for each change (RFC 3264 §8).
    pub version: u64,
    /// Address of `o=`.
    pub origin: IpAddr,
    /// `c=` of the session.
    pub connection: Option<IpAddr>,
    /// Direction of all streams without their own.
    pub direction: Option<Direction>,
    /// Streams in order.
    pub media: Vec<Media>,
}

/// A body that is no session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSdp {
    /// Longer than [`MAX_LENGTH`] octets, or with more than [`MAX_MEDIA`] streams.
    #[error("the session description is too large")]
    TooLarge,
    /// Not text, or it does not begin with `v=0`.
    #[error("the body does not begin with v=0")]
    NoVersion,
    /// The `o=` line is missing or cannot be read.
    #[error("the o= line is missing or malformed")]
    Origin,
    /// A `c=` line names no address.
    #[error("a c= line names no usable address")]
    Connection,
    /// An `m=` line cannot be read.
    #[error("an m= line is malformed")]
    Media,
}

impl Description {
    /// Reads a body. Lines may end in CRLF or, as §5 asks of a parser, LF alone.
    pub fn parse(body: &[u8]) -> Result<Description, NotSdp> {
        if body.len() > MAX_LENGTH {
            return Err(NotSdp::TooLarge);
        }
        let text = std::str::from_utf8(body).map_err(|_| NotSdp::NoVersion)?;
        let mut lines =
            text.lines().filter(|line| !line.is_empty()).map(|line| line.split_once('=').unwrap_or(("", line)));
        if lines.next() != Some(("v", "0")) {
            return Err(NotSdp::NoVersion);
        }
        let (id, version, origin) = lines.next().and_then(read_origin).ok_or(NotSdp::Origin)?;
        let mut description = Description { id, version, origin, connection: None, direction: None, media: Vec::new() };
        for (kind, value) in lines {
            description.read_line(kind, value)?;
        }
        Ok(description)
    }

    fn read_line(&mut self, kind: &str, value: &str) -> Result<(), NotSdp> {
        match kind {
            "m" if self.media.len() >= MAX_MEDIA => return Err(NotSdp::TooLarge),
            "m" => self.media.push(read_media(value).ok_or(NotSdp::Media)?),
            "c" => {
                let address = Some(read_connection(value).ok_or(NotSdp::Connection)?);
                match self.media.last_mut() {
                    Some(media) => media.connection = address,
                    None => self.connection = address,
                }
            }
            "a" => match (Direction::parse(value.trim()), self.media.last_mut()) {
                (Some(direction), Some(media)) => media.direction = Some(direction),
                (Some(direction), None) => self.direction = Some(direction),
                (None, Some(media)) if media.attributes.len() < MAX_ATTRIBUTES => {
                    media.attributes.push(value.trim().to_owned());
                }
                (None, _) => {}
            },
            // s, i, u, e, p, b, t, r, z, k: nothing that a call of this phone depends on.
            _ => {}
        }
        Ok(())
    }

    /// Where a stream of this description is to be sent: its own `c=` or the session's.
    pub fn address_of(&self, media: &Media) -> Option<IpAddr> {
        media.connection.or(self.connection)
    }

    /// Direction of a stream, `sendrecv` when nothing tells (RFC 8866 §6.7).
    pub fn direction_of(&self, media: &Media) -> Direction {
        media.direction.or(self.direction).unwrap_or(Direction::SendReceive)
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = Net(self.origin);
        write!(f, "v=0\r\no=- {} {} {origin}\r\ns=-\r\n", self.id, self.version)?;
        if let Some(address) = self.connection {
            write!(f, "c={}\r\n", Net(address))?;
        }
        f.write_str("t=0 0\r\n")?;
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction.name())?;
        }
        self.media.iter().try_for_each(|media| {
            write!(f, "m={} {} {} {}\r\n", media.kind, media.port, media.protocol, media.formats.join(" "))?;
            if let Some(address) = media.connection {
                write!(f, "c={}\r\n", Net(address))?;
            }
            media.attributes.iter().try_for_each(|attribute| write!(f, "a={attribute}\r\n"))?;
            media.direction.map_or(Ok(()), |direction| write!(f, "a={}\r\n", direction.name()))
        })
    }
}

/// `IN IP4 192.0.2.1`.
struct Net(IpAddr);

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IN {} {}", if self.0.is_ipv4() { "IP4" } else { "IP6" }, self.0)
    }
}

/// `o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>`. The address may be a name, which nothing
/// depends on; it then reads as the unspecified address.
fn read_origin((kind, value): (&str, &str)) -> Option<(u64, u64, IpAddr)> {
    let mut words = (kind == "o").then(|| value.split_whitespace())?.skip(1);
    let (id, version, network, family, address) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    if network != "IN" || !matches!(family, "IP4" | "IP6") {
        return None;
    }
    let unspecified = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    Some((digits(id)?, digits(version)?, address.parse().unwrap_or(unspecified)))
}

/// Ids are numeric and may exceed 64 bits (RFC 8866 §9 says only DIGITs); nothing depends on their value but their change.
fn digits(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    all_digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// `c=IN IP4 192.0.2.1` with an optional `/ttl`.
fn read_connection(value: &str) -> Option<IpAddr> {
    let mut words = value.split_whitespace();
    let (network, _family, address) = (words.next()?, words.next()?, words.next()?);
    (network == "IN").then(|| address.split('/').next().and_then(|address| address.parse().ok()))?
}

/// `m=<media> <port>[/<count>] <proto> <fmt> …`
fn read_media(value: &str) -> Option<Media> {
    let mut words = value.split_whitespace();
    let (kind, port, protocol) = (words.next()?, words.next()?, words.next()?);
    let port = port.split('/').next()?.parse().ok()?;
    let formats: Vec<String> = words.map(str::to_owned).collect();
    (!formats.is_empty()).then(|| Media {
        kind: kind.to_owned(),
        port,
        protocol: protocol.to_owned(),
        formats,
        connection: None,
        direction: None,
        attributes: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
