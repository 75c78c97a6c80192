//! Key logs: lines that name a connection by its client's random and give its secrets (draft-ietf-tls-keylogfile).
//!
//! Secrets are never shown: not by `Debug`, not in an error, not as JSON.

use std::collections::HashMap;
use std::fmt;

use crate::limits;

/// A client's random.
pub(crate) type Random = [u8; 32];

/// Octets that nobody is shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} octets)", self.0.len())
    }
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Label {
    /// The master secret of TLS 1.2 and before.
    Master,
    /// Handshake traffic of TLS 1.3; whether the client's.
    Handshake { client: bool },
    /// Application traffic of TLS 1.3 after so many key updates.
    Traffic { client: bool, generation: u32 },
}

impl Label {
    /// Labels that no record here is opened with (exporters, early data) give none.
    fn of(name: &str) -> Option<Label> {
        let traffic = |generation: &str, client| Some(Label::Traffic { client, generation: generation.parse().ok()? });
        match name {
            "CLIENT_RANDOM" => Some(Label::Master),
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Some(Label::Handshake { client: true }),
            "SERVER_HANDSHAKE_TRAFFIC_SECRET" => Some(Label::Handshake { client: false }),
            _ => match (name.strip_prefix("CLIENT_TRAFFIC_SECRET_"), name.strip_prefix("SERVER_TRAFFIC_SECRET_")) {
                (Some(generation), _) => traffic(generation, true),
                (_, Some(generation)) => traffic(generation, false),
                (None, None) => None,
            },
        }
    }
}

/// The secrets given so far.
#[derive(Default)]
pub(crate) struct KeyLog {
    secrets: HashMap<(Random, Label), Secret>,
    left_out: bool,
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyLog({} secrets)", self.secrets.len())
    }
}

impl KeyLog {
    /// Take in lines; what is no line of a key log is passed over. Gives how many secrets were new.
    pub(crate) fn add(&mut self, text: &str) -> usize {
        let mut added = 0;
        for line in text.lines() {
            let Some((random, label, secret)) = read(line) else { continue };
            if self.secrets.len() >= limits::TLS_SECRETS {
                self.left_out = true;
                break;
            }
            let before = self.secrets.insert((random, label), secret.clone());
            added += usize::from(before.as_ref() != Some(&secret));
        }
        added
    }

    pub(crate) fn get(&self, random: Random, label: Label) -> Option<&Secret> {
        self.secrets.get(&(random, label))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Whether lines were left out because of a limit.
    pub(crate) fn left_out(&self) -> bool {
        self.left_out
    }
}

fn read(line: &str) -> Option<(Random, Label, Secret)> {
    let mut words = line.split_ascii_whitespace();
    let label = Label::of(words.next()?)?;
    let random = hex::decode(words.next()?).ok()?.try_into().ok()?;
    let secret = words.next().filter(|secret| secret.len() <= 2 * limits::TLS_SECRET_OCTETS)?;
    Some((random, label, Secret(hex::decode(secret).ok()?)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_others_passed_over() {
        let random = "11".repeat(32);
        let mut log = KeyLog::default();
        let text = format!(
            "# a remark\nCLIENT_RANDOM {random} 0102\r\nSERVER_TRAFFIC_SECRET_3 {random} 03\nEXPORTER_SECRET {random} 04\nRSA 00 05\n\
             CLIENT_RANDOM 22 06\nCLIENT_RANDOM {random} 0g\nCLIENT_TRAFFIC_SECRET_x {random} 07\n"
        );
        assert_eq!((log.add(&text), log.add(&text)), (2, 0));
        assert_eq!(log.get([0x11; 32], Label::Master).unwrap().0, [1, 2]);
        assert_eq!(log.get([0x11; 32], Label::Traffic { client: false, generation: 3 }).unwrap().0, [3]);
    }

    #[test]
    fn secrets_are_not_shown() {
        let mut log = KeyLog::default();
        log.add(&format!("CLIENT_RANDOM {} {}", "11".repeat(32), "ab".repeat(48)));
        let shown = format!("{log:?} {:?}", log.get([0x11; 32], Label::Master));
        assert_eq!(shown, "KeyLog(1 secrets) Some(Secret(48 octets))");
    }
}
