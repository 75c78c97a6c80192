//! What a session description offers: RFC 8866, read for addresses, ports and payload types.

use std::net::IpAddr;

use serde::Serialize;

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sdp {
    /// The origin line's value.
    pub origin: String,
    /// Media in order.
    pub media: Vec<Media>,
}

/// One media description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Media {
    /// `audio`, `video`.
    pub kind: String,
    /// Address to send to; none if it is a name or absent.
    pub address: Option<IpAddr>,
    /// Port to send to; 0 refuses the media.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`.
    pub protocol: String,
    /// Formats; for RTP the payload types.
    pub formats: Vec<String>,
    /// Attributes of the media as they stand, without `a=`.
    pub attributes: Vec<String>,
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`, of the media or else of the session; `sendrecv` if neither tells (§6.7).
    pub flow: String,
}

impl Media {
    /// Payload types that are numbers.
    pub fn payload_types(&self) -> Vec<u8> {
        self.formats.iter().filter_map(|format| format.parse().ok()).collect()
    }
}

/// Most media lines read of one description.
const MEDIA: usize = 64;
/// Most attributes read of one media.
const ATTRIBUTES: usize = 256;

/// Read it. `None` if it is no session description: it does not begin with a version line.
pub fn read(body: &[u8]) -> Option<Sdp> {
    let text = String::from_utf8_lossy(body);
    let mut lines = text.lines().map(|line| line.split_once('=')).map_while(|line| line);
    if lines.next()?.0 != "v" {
        return None;
    }
    let mut sdp = Sdp { origin: String::new(), media: Vec::new() };
    let mut session_address = None;
    let mut session_flow = "sendrecv".to_owned();
    for (kind, value) in lines {
        let value = value.trim_end();
        if kind == "m" {
            if sdp.media.len() >= MEDIA {
                break;
            }
            sdp.media.extend(media(value, session_address, &session_flow));
            continue;
        }
        match (kind, sdp.media.last_mut()) {
            ("o", _) => sdp.origin = value.to_owned(),
            ("c", None) => session_address = address(value),
            ("c", Some(media)) => media.address = address(value),
            ("a", None) if is_flow(value) => session_flow = value.to_owned(),
            ("a", Some(media)) => {
                if is_flow(value) {
                    media.flow = value.to_owned();
                }
                if media.attributes.len() < ATTRIBUTES {
                    media.attributes.push(value.to_owned());
                }
            }
            _ => {}
        }
    }
    Some(sdp)
}

fn is_flow(value: &str) -> bool {
    matches!(value, "sendrecv" | "sendonly" | "recvonly" | "inactive")
}

fn address(value: &str) -> Option<IpAddr> {
    let mut words = value.split_whitespace();
    let (network, _kind) = (words.next()?, words.next()?);
    // The address may carry /ttl or /count (§5.7).
    let address = words.next()?.split('/').next()?;
    (network == "IN").then(|| address.parse().ok()).flatten()
}

fn media(value: &str, session_address: Option<IpAddr>, flow: &str) -> Option<Media> {
    let mut words = value.split_whitespace();
    let kind = words.next()?.to_owned();
    let port = words.next()?.split('/').next()?.parse().ok()?;
    let protocol = words.next()?.to_owned();
    let formats = words.take(ATTRIBUTES).map(str::to_owned).collect();
    Some(Media {
        kind,
        address: session_address,
        port,
        protocol,
        formats,
        attributes: Vec::new(),
        flow: flow.to_owned(),
    })
}
