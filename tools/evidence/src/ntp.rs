//! NTP and SNTP: RFC 5905 §7.3. Control and private messages (modes 6 and 7) are not about the time and make no facts.

use serde::Serialize;

use crate::at::{At, facts};
use crate::octets::Octets;

/// Who speaks to whom (RFC 5905 §7.3, figure 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum NtpMode {
    Reserved,
    SymmetricActive,
    SymmetricPassive,
    Client,
    Server,
    Broadcast,
}

impl NtpMode {
    /// Its number on the wire.
    pub fn number(self) -> u8 {
        match self {
            NtpMode::Reserved => 0,
            NtpMode::SymmetricActive => 1,
            NtpMode::SymmetricPassive => 2,
            NtpMode::Client => 3,
            NtpMode::Server => 4,
            NtpMode::Broadcast => 5,
        }
    }
}

/// A time as NTP has it: seconds since 1900 and their fraction, 32 bits each. 0 is "not known".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(transparent)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// Nanoseconds since 1970. Seconds with the highest bit are of the era that began in 1900, others of the next (RFC 4330 §3).
    /// `None` for "not known" and for times before 1970.
    pub fn unix_ns(self) -> Option<u64> {
        /// From 1900 to 1970.
        const UNIX_EPOCH: u64 = 2_208_988_800;
        let (seconds, fraction) = (self.0 >> 32, self.0 & 0xffff_ffff);
        let seconds = if seconds & 0x8000_0000 == 0 { seconds + (1 << 32) } else { seconds };
        let nanoseconds = (fraction * 1_000_000_000) >> 32;
        let known = (self.0 != 0).then(|| seconds.checked_sub(UNIX_EPOCH)).flatten()?;
        Some(known * 1_000_000_000 + nanoseconds)
    }
}

/// One message.
#[derive(Debug, Clone, Serialize)]
pub struct NtpMessage {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Leap second to come: 0 none, 3 the clock is not set.
    pub leap: u8,
    /// Version.
    pub version: u8,
    /// Who speaks to whom.
    pub mode: NtpMode,
    /// 0 a kiss of death or not told, 1 primary, 16 not synchronized.
    pub stratum: u8,
    /// Between messages, as a power of 2 of seconds.
    pub poll: i8,
    /// Of the clock, as a power of 2 of seconds.
    pub precision: i8,
    /// Where the server has its time from; letters at strata 0 and 1.
    #[serde(serialize_with = "crate::at::hexadecimal")]
    pub reference_id: Vec<u8>,
    /// When the clock was last set.
    pub reference: NtpTime,
    /// When the client sent what this answers: its [`transmit`](Self::transmit).
    pub origin: NtpTime,
    /// When the server received that.
    pub receive: NtpTime,
    /// When this was sent.
    pub transmit: NtpTime,
}

facts!(NtpMessage);

impl NtpMessage {
    /// Whether a client asks.
    pub fn is_request(&self) -> bool {
        self.mode == NtpMode::Client
    }

    /// Whether it is a server's answer to that request: from whom it went to, and with its time (RFC 5905 §8).
    pub fn is_answer_to(&self, request: &NtpMessage) -> bool {
        let ends = (self.src, self.dst) == (request.dst, request.src);
        self.mode == NtpMode::Server && request.is_request() && ends && self.origin == request.transmit
    }

    /// Why a server does not want to be asked: `DENY`, `RSTR`, `RATE` (RFC 5905 §7.4).
    pub fn kiss(&self) -> Option<String> {
        let kiss = self.mode == NtpMode::Server && self.stratum == 0;
        let letters = self.reference_id.iter().all(u8::is_ascii_graphic);
        (kiss && letters).then(|| String::from_utf8_lossy(&self.reference_id).into_owned())
    }
}

/// Read a message; `Ok(None)` for modes that are not about the time. Extension fields and authentication are not looked into.
pub(crate) fn read(payload: &[u8], at: At) -> Result<Option<NtpMessage>, &'static str> {
    let first = payload.first().copied().ok_or("empty")?;
    let mode = match first & 7 {
        0 => NtpMode::Reserved,
        1 => NtpMode::SymmetricActive,
        2 => NtpMode::SymmetricPassive,
        3 => NtpMode::Client,
        4 => NtpMode::Server,
        5 => NtpMode::Broadcast,
        _ => return Ok(None),
    };
    message(payload, mode, at).map(Some).ok_or("shorter than 48 octets")
}

fn message(payload: &[u8], mode: NtpMode, at: At) -> Option<NtpMessage> {
    let mut octets = Octets::new(payload);
    let (first, stratum) = (octets.u8()?, octets.u8()?);
    let (poll, precision) = (octets.u8()?.cast_signed(), octets.u8()?.cast_signed());
    octets.take(8)?; // root delay and dispersion
    let reference_id = octets.take(4)?.to_vec();
    let mut time = || octets.array().map(|octets| NtpTime(u64::from_be_bytes(octets)));
    Some(NtpMessage {
        at,
        leap: first >> 6,
        version: first >> 3 & 7,
        mode,
        stratum,
        poll,
        precision,
        reference_id,
        reference: time()?,
        origin: time()?,
        receive: time()?,
        transmit: time()?,
    })
}
