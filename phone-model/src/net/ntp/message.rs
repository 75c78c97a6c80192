//! NTP packets (RFC 5905 §7.3): the one that a client sends and the ones it believes.

use crate::defects::{Defect, Defects};
use crate::time::Duration;

/// Octets of a packet without extensions and authenticator.
pub(super) const LENGTH: usize = 48;
/// Version 4, mode 3 (client), no leap warning.
const REQUEST: u8 = 4 << 3 | 3;
/// RFC 5905 §7.3: version and mode of the answer; the version is copied from the request (RFC 4330 §5).
const VERSION_AND_MODE: u8 = 0b0011_1111;
const REPLY: u8 = 4 << 3 | 4;
/// RFC 4330 §5(5): a server whose own source is further away than this has not heard of it for long. Seconds in 16.16 bits.
const FARTHEST: u32 = 1 << 16;
/// Strata from here on are not synchronised (RFC 5905 §7.3).
const UNSYNCHRONISED: u8 = 16;

/// A time in 32.32 bits of seconds since 1900, or since 2036 when the highest bit is off (RFC 4330 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Microseconds since 1970.
    pub fn unix_micros(self) -> i64 {
        // Both eras lie within 2^41 seconds of 1970.
        const TO_1970: i64 = 2_208_988_800;
        let seconds = (self.0 >> 32).cast_signed();
        let era = if self.0 >> 63 == 1 { 0 } else { 1 << 32 };
        let micros = ((self.0 & 0xffff_ffff) * 1_000_000) >> 32;
        (seconds + era - TO_1970) * 1_000_000 + micros.cast_signed()
    }

    /// Time since `earlier`; nothing when it is not later.
    fn since(self, earlier: Timestamp) -> Option<Duration> {
        let apart = self.0.wrapping_sub(earlier.0);
        // Timestamps compare by their signed difference (RFC 5905 §6).
        (apart.cast_signed() >= 0)
            .then(|| Duration::from_micros(u64::try_from((u128::from(apart) * 1_000_000) >> 32).unwrap_or(0)))
    }
}

/// A request. `nonce` takes the place of the time of day in the transmit timestamp: the server only copies it, and a number that nobody can
/// guess is what makes an answer believable.
pub(super) fn request(nonce: u64) -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    let (head, transmit) = packet.split_at_mut(LENGTH - 8);
    transmit.copy_from_slice(&nonce.to_be_bytes());
    if let Some(first) = head.first_mut() {
        *first = REQUEST;
    }
    packet
}

/// What a server said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// The time when it sent this, and how long it held the request.
    Time { transmit: Timestamp, held: Duration },
    /// It does not know the time.
    Unsynchronised,
    /// Kiss-o'-death (RFC 5905 §7.4): four characters.
    Kiss([u8; 4]),
}

/// Reads a datagram; `None` unless it answers the request with this nonce.
pub(super) fn read(datagram: &[u8], nonce: u64, defects: &Defects) -> Option<Reply> {
    let octets = |at: usize| -> Option<[u8; 4]> { datagram.get(at..at + 4)?.try_into().ok() };
    let stamp = |at: usize| -> Option<u64> { Some(u64::from_be_bytes(datagram.get(at..at + 8)?.try_into().ok()?)) };
    let [first, stratum, _, _] = octets(0)?;
    let (originate, receive, transmit) = (stamp(24)?, stamp(32)?, stamp(40)?);
    // RFC 4330 §5(3): the originate timestamp is our transmit timestamp.
    let ours = originate == nonce || defects.has(Defect::NtpTakesAnyReply);
    if first & VERSION_AND_MODE != REPLY || !ours {
        return None;
    }
    if stratum == 0 {
        return Some(Reply::Kiss(octets(12)?));
    }
    let distance = |at: usize| Some(u32::from_be_bytes(octets(at)?));
    let synchronised = first >> 6 != 3
        && stratum < UNSYNCHRONISED
        && transmit != 0
        && distance(4)? < FARTHEST
        && distance(8)? < FARTHEST;
    if !synchronised && !defects.has(Defect::NtpTakesUnsynchronised) {
        return Some(Reply::Unsynchronised);
    }
    match Timestamp(transmit).since(Timestamp(receive)) {
        Some(held) => Some(Reply::Time { transmit: Timestamp(transmit), held }),
        // It sent the answer before the request came.
        None => Some(Reply::Unsynchronised),
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    /// 2026-01-01 00:00:00.
    pub(in crate::net::ntp) const NEW_YEAR: u64 = (2_208_988_800 + 1_767_225_600) << 32;

    /// A good answer of a server that held the request for half a second.
    pub(in crate::net::ntp) fn reply(nonce: u64) -> Vec<u8> {
        let mut packet = vec![0; LENGTH];
        packet[0] = REPLY;
        packet[1] = 2;
        packet[24..32].copy_from_slice(&nonce.to_be_bytes());
        packet[32..40].copy_from_slice(&(NEW_YEAR - (1 << 31)).to_be_bytes());
        packet[40..48].copy_from_slice(&NEW_YEAR.to_be_bytes());
        packet
    }

    #[test]
    fn a_request_is_version_4_mode_3_with_the_nonce_and_nothing_else() {
        let packet = request(0x0102_0304_0506_0708);
        assert_eq!(packet[0], 0x23);
        assert!(packet[1..40].iter().all(|octet| *octet == 0));
        assert_eq!(packet[40..], [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_good_answer_tells_the_time_and_how_long_it_was_held() {
        let told = Reply::Time { transmit: Timestamp(NEW_YEAR), held: Duration::from_millis(500) };
        assert_eq!(read(&reply(7), 7, &Defects::NONE), Some(told));
        assert_eq!(Timestamp(NEW_YEAR).unix_micros(), 1_767_225_600_000_000);
    }

    #[test]
    fn an_answer_to_another_request_or_of_another_mode_is_none() {
        assert_eq!(read(&reply(8), 7, &Defects::NONE), None);
        assert!(read(&reply(8), 7, &Defects::of([Defect::NtpTakesAnyReply])).is_some());
        for first in [4 << 3 | 5, 4 << 3 | 3, 3 << 3 | 4] {
            let mut packet = reply(7);
            packet[0] = first;
            assert_eq!(read(&packet, 7, &Defects::NONE), None);
        }
        assert_eq!(read(&reply(7)[..47], 7, &Defects::NONE), None);
    }

    #[test]
    fn a_server_that_does_not_know_the_time_is_not_believed() {
        let spoilt = |spoil: &dyn Fn(&mut Vec<u8>)| {
            let mut packet = reply(7);
            spoil(&mut packet);
            packet
        };
        let cases = [
            spoilt(&|p| p[0] |= 0xc0),
            spoilt(&|p| p[1] = 16),
            spoilt(&|p| p[4..8].copy_from_slice(&FARTHEST.to_be_bytes())),
            spoilt(&|p| p[8..12].copy_from_slice(&u32::MAX.to_be_bytes())),
            spoilt(&|p| p[40..48].fill(0)),
            spoilt(&|p| p[32..40].copy_from_slice(&(NEW_YEAR + 1).to_be_bytes())),
        ];
        for packet in &cases {
            assert_eq!(read(packet, 7, &Defects::NONE), Some(Reply::Unsynchronised));
        }
        let defect = Defects::of([Defect::NtpTakesUnsynchronised]);
        assert!(matches!(read(&cases[0], 7, &defect), Some(Reply::Time { .. })));
    }

    #[test]
    fn stratum_0_is_a_kiss_with_its_code() {
        let mut packet = reply(7);
        packet[1] = 0;
        packet[12..16].copy_from_slice(b"DENY");
        assert_eq!(read(&packet, 7, &Defects::NONE), Some(Reply::Kiss(*b"DENY")));
    }

    #[test]
    fn after_2036_the_count_begins_anew() {
        assert_eq!(Timestamp(0).unix_micros(), 2_085_978_496_000_000);
        assert_eq!(Timestamp(0).since(Timestamp(u64::MAX << 32)), Some(Duration::from_secs(1)));
    }

    proptest! {
        #[test]
        fn any_datagram_is_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), nonce: u64) {
            let _ = read(&bytes, nonce, &Defects::of([Defect::NtpTakesAnyReply, Defect::NtpTakesUnsynchronised]));
            let _ = Timestamp(nonce).unix_micros();
        }
    }
}
