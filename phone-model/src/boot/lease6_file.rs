//! The Reply that granted the IPv6 addresses of the last run, kept beside the settings for CONFIRM (RFC 8415 §18.2.3). Losing it costs a few
//! packets, so it is replaced atomically but not synced.

use super::clock::Clock;
use crate::net::datagram::Mac;
use crate::net::dhcp6::Remembered;
use crate::time::{Duration, Instant};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The file of one phone.
#[derive(Debug, Clone)]
pub(super) struct Lease6File {
    path: PathBuf,
    mac: Mac,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Whose lease it is; a flash that was put into another phone brings none.
    mac: Mac,
    /// Unix seconds.
    asked_at: u64,
    /// The Reply, hexadecimal.
    reply: String,
}

impl Lease6File {
    /// The file in this flash.
    pub(super) fn in_flash(flash: &Path, mac: Mac) -> Self {
        Lease6File { path: flash.join("lease6.json"), mac }
    }

    /// Removes whatever is kept in this flash.
    pub(super) fn forget_in(flash: &Path) {
        Self::in_flash(flash, [0; 6]).forget();
    }

    /// What was kept, if it is readable.
    pub(super) fn read(&self, clock: &Clock) -> Option<Remembered> {
        let kept: Kept = serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()?;
        let age = Duration::from_secs(clock.unix_of(Instant::ZERO).saturating_sub(kept.asked_at));
        (kept.mac == self.mac).then(|| Some(Remembered { reply: hex::decode(kept.reply).ok()?, age }))?
    }

    fn forget(&self) {
        // Already absent is as good.
        let _ = std::fs::remove_file(&self.path);
    }

    /// Keeps this Reply, or none.
    pub(super) fn write(&self, clock: &Clock, remembered: Option<&Remembered>) {
        let Some(remembered) = remembered else { return self.forget() };
        let asked_at = clock.unix_of(clock.now()).saturating_sub(remembered.age.as_secs());
        let kept = Kept { mac: self.mac, asked_at, reply: hex::encode(&remembered.reply) };
        let new = self.path.with_extension("new");
        if let Ok(text) = serde_json::to_vec(&kept)
            && std::fs::write(&new, text).is_ok()
        {
            let _ = std::fs::rename(&new, &self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn a_reply_comes_back_with_its_age_and_to_its_phone_only() {
        let folder = tempfile::tempdir().unwrap();
        let mac = [2, 0, 0, 0, 0x78, 0x41];
        let (file, clock) = (Lease6File::in_flash(folder.path(), mac), Clock::start());
        let remembered = Remembered { reply: vec![7, 1, 2, 3], age: Duration::from_secs(100) };
        file.write(&clock, Some(&remembered));
        let read = file.read(&clock).unwrap();
        assert!(read.reply == remembered.reply && (99..=101).contains(&read.age.as_secs()));
        assert_eq!(Lease6File::in_flash(folder.path(), [2, 0, 0, 0, 0, 1]).read(&clock), None);
        file.write(&clock, None);
        assert_eq!(file.read(&clock), None);
    }
}
