//! The address of the last run, kept beside the settings for INIT-REBOOT (RFC 2131 §3.2). Losing it costs two packets, so it is
//! replaced atomically but not synced.

use super::clock::Clock;
use crate::net::dhcp::Remembered;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// The file.
#[derive(Debug, Clone)]
pub(super) struct LeaseFile(PathBuf);

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    address: Ipv4Addr,
    /// Unix seconds; absent when the lease is infinite.
    expiry: Option<u64>,
}

impl LeaseFile {
    /// The file in this flash.
    pub(super) fn in_flash(flash: &Path) -> Self {
        LeaseFile(flash.join("lease.json"))
    }

    /// What was kept, unless it is over or unreadable.
    pub(super) fn read(&self, clock: &Clock) -> Option<Remembered> {
        let kept: Kept = serde_json::from_slice(&std::fs::read(&self.0).ok()?).ok()?;
        let expiry = kept.expiry.map(|expiry| clock.instant_of(expiry));
        (expiry != Some(Instant::ZERO)).then_some(Remembered { address: kept.address, expiry })
    }

    /// Keeps none.
    pub(super) fn forget(&self) {
        // Already absent is as good.
        let _ = std::fs::remove_file(&self.0);
    }

    /// Keeps this address, or none.
    pub(super) fn write(&self, clock: &Clock, remembered: Option<Remembered>) {
        let Some(remembered) = remembered else { return self.forget() };
        let kept = Kept { address: remembered.address, expiry: remembered.expiry.map(|expiry| clock.unix_of(expiry)) };
        let new = self.0.with_extension("new");
        if let Ok(text) = serde_json::to_vec(&kept)
            && std::fs::write(&new, text).is_ok()
        {
            let _ = std::fs::rename(&new, &self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn an_address_comes_back_until_its_lease_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let (file, clock) = (LeaseFile::in_flash(folder.path()), Clock::start());
        let address = Ipv4Addr::new(192, 0, 2, 100);
        file.write(&clock, Some(Remembered { address, expiry: Some(Instant::from_secs(100)) }));
        assert_eq!(file.read(&clock).unwrap().address, address);
        file.write(&clock, Some(Remembered { address, expiry: Some(Instant::ZERO) }));
        assert_eq!(file.read(&clock), None);
        file.write(&clock, Some(Remembered { address, expiry: None }));
        assert_eq!(file.read(&clock).unwrap().expiry, None);
        file.write(&clock, None);
        assert_eq!(file.read(&clock), None);
    }

    #[test]
    fn a_damaged_file_is_as_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lease.json"), b"{\"address\":\"192.0.2").unwrap();
        assert_eq!(LeaseFile::in_flash(folder.path()).read(&Clock::start()), None);
    }
}
