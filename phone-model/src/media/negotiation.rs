//! Offers and answers (RFC 3264): what this phone puts into a description, what it answers, and which stream results.
//!
//! Our reading where the RFC is silent: an address of 0.0.0.0 in an offer is the old form of hold (RFC 3264 §8.4 names it for
//! RFC 2543) and is answered as `sendonly`; of several audio streams the first that can be spoken is taken, the others are refused.

use super::g711::Law;
use super::sdp::{Description, Direction, Media};
use std::net::{IpAddr, SocketAddr};

/// Static payload type of G.711 µ-law (RFC 3551 §6).
const MU_LAW: &str = "0";
/// Static payload type of G.711 A-law.
const A_LAW: &str = "8";
/// Payload type of telephone-event in our offers (RFC 4733; dynamic, phone-facts: 101).
const TELEPHONE_EVENT: u8 = 101;

/// This end of a call's media, and the state of its descriptions.
#[derive(Debug, Clone)]
pub struct Local {
    address: IpAddr,
    port: u16,
    id: u64,
    version: u64,
    last: Option<Description>,
}

/// The audio stream that an exchange of offer and answer brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Where to send.
    pub remote: SocketAddr,
    /// Which G.711 law we send.
    pub law: Law,
    /// Payload type of it, the number that the other end gave it.
    pub payload_type: u8,
    /// Payload type of telephone-event, when both ends know it.
    pub events: Option<u8>,
    /// Direction as seen from this phone.
    pub direction: Direction,
}

/// No stream of the offer can be spoken: 488 (RFC 3261 §13.3.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no stream of the offer is G.711 audio over RTP/AVP")]
pub struct NotAcceptable;

/// Whether an offer has a stream that this phone can answer.
pub fn can_answer(offer: &Description) -> bool {
    offer.media.iter().any(|media| speakable(media).is_some())
}

impl Local {
    /// RTP at `port`, which is even (RFC 3550 §11), of `address`. `id` is a random session id (RFC 8866 §5.2).
    pub fn new(address: IpAddr, port: u16, id: u64) -> Self {
        // Ids travel as decimal digits; 32 bits suit every reader.
        Local { address, port, id: id & 0xffff_ffff, version: 0, last: None }
    }

    /// Our RTP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// An offer of both laws and events, in this direction.
    pub fn offer(&mut self, direction: Direction) -> Description {
        let streams = match &self.last {
            // RFC 3264 §8: a new offer keeps the streams of the session, in order.
            Some(last) if !last.media.is_empty() => last
                .media
                .iter()
                .map(|media| {
                    if media.kind == "audio" && media.port != 0 {
                        self.audio(&[MU_LAW, A_LAW], TELEPHONE_EVENT, direction)
                    } else {
                        refusal(media)
                    }
                })
                .collect(),
            Some(_) | None => vec![self.audio(&[MU_LAW, A_LAW], TELEPHONE_EVENT, direction)],
        };
        self.describe(streams)
    }

    /// The answer to an offer, and the stream. `held` asks for our side's hold to be kept.
    pub fn answer(&mut self, offer: &Description, held: bool) -> Result<(Description, Option<Stream>), NotAcceptable> {
        let chosen = offer.media.iter().position(|media| speakable(media).is_some()).ok_or(NotAcceptable)?;
        let mut stream = None;
        let streams = offer
            .media
            .iter()
            .enumerate()
            .map(|(place, media)| match speakable(media) {
                Some(common) if place == chosen => {
                    let direction = answered(offer, media, held);
                    stream = common.stream(offer, media, direction);
                    let events = common.events.unwrap_or(TELEPHONE_EVENT);
                    let formats = [common.format.as_str()];
                    let mut answer = self.audio(&formats, events, direction);
                    if common.events.is_none() {
                        answer.formats.truncate(1);
                        answer.attributes.retain(|attribute| !attribute.contains(&format!(":{events} ")));
                    }
                    answer
                }
                Some(_) | None => refusal(media),
            })
            .collect();
        Ok((self.describe(streams), stream))
    }

    /// The stream that the answer to our offer brought about; none when it refused all.
    pub fn accept(&self, answer: &Description) -> Option<Stream> {
        let offered = self.last.as_ref()?.media.iter();
        let (ours, media) = offered.zip(&answer.media).find(|(ours, media)| ours.port != 0 && media.port != 0)?;
        let common = speakable(media)?;
        let theirs = answered(answer, media, false);
        let ours = ours.direction.unwrap_or(Direction::SendReceive);
        let direction = Direction::of(theirs.sends() && ours.sends(), theirs.receives() && ours.receives());
        common.stream(answer, media, direction)
    }

    fn audio(&self, formats: &[&str], events: u8, direction: Direction) -> Media {
        let events = events.to_string();
        let laws = formats.iter().map(|&format| match format {
            A_LAW => format!("rtpmap:{format} PCMA/8000"),
            _ => format!("rtpmap:{format} PCMU/8000"),
        });
        let event_lines = [format!("rtpmap:{events} telephone-event/8000"), format!("fmtp:{events} 0-15")];
        Media {
            kind: "audio".into(),
            port: self.port,
            protocol: "RTP/AVP".into(),
            formats: formats.iter().map(|&format| format.to_owned()).chain([events.clone()]).collect(),
            connection: None,
            direction: Some(direction),
            attributes: laws.chain(event_lines).chain(["ptime:20".to_owned()]).collect(),
        }
    }

    /// RFC 3264 §8: the version grows by one when the description changes, and only then.
    fn describe(&mut self, media: Vec<Media>) -> Description {
        let unchanged = self.last.as_ref().is_some_and(|last| last.media == media);
        if !unchanged {
            self.version += 1;
        }
        let description = Description {
            id: self.id,
            version: self.version,
            origin: self.address,
            connection: Some(self.address),
            direction: None,
            media,
        };
        self.last = Some(description.clone());
        description
    }
}

/// What both ends can speak on a stream.
struct Common {
    law: Law,
    format: String,
    events: Option<u8>,
}

impl Common {
    fn stream(&self, description: &Description, media: &Media, direction: Direction) -> Option<Stream> {
        let address = description.address_of(media)?;
        let direction = if address.is_unspecified() { Direction::of(false, direction.receives()) } else { direction };
        Some(Stream {
            remote: SocketAddr::new(address, media.port),
            law: self.law,
            payload_type: self.format.parse().ok()?,
            events: self.events,
            direction,
        })
    }
}

/// The first format that is G.711; static types need no rtpmap (RFC 3551 §6).
fn speakable(media: &Media) -> Option<Common> {
    if media.kind != "audio" || media.port == 0 || media.protocol != "RTP/AVP" {
        return None;
    }
    let (law, format) = media.formats.iter().find_map(|format| Some((law_of(format)?, format.clone())))?;
    let events = media.formats.iter().find_map(|format| {
        let encoding = media.rtpmap(format)?;
        let known = encoding.eq_ignore_ascii_case("telephone-event/8000");
        known.then(|| format.parse().ok().filter(|&number: &u8| number < 128))?
    });
    Some(Common { law, format, events })
}

/// Only the two static numbers are spoken, whatever else an offer calls G.711.
fn law_of(format: &str) -> Option<Law> {
    match format {
        MU_LAW => Some(Law::Mu),
        A_LAW => Some(Law::A),
        _ => None,
    }
}

/// RFC 3264 §6.1: what the offerer only sends is only received, and the other way round.
fn answered(offer: &Description, media: &Media, held: bool) -> Direction {
    let theirs = offer.direction_of(media);
    let old_hold = offer.address_of(media).is_some_and(|address| address.is_unspecified());
    Direction::of(theirs.receives() && !old_hold, theirs.sends() && !held)
}

/// RFC 3264 §6: a refused stream has port 0 and at least one format.
fn refusal(media: &Media) -> Media {
    Media { port: 0, connection: None, direction: None, attributes: Vec::new(), ..media.clone() }
}

#[cfg(test)]
mod tests;
