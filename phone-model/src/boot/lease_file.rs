//! The address of the last run, kept beside the settings for INIT-REBOOT (RFC 2131 §3.2). Losing it costs two packets, so it is
//! replaced atomically but not synced.

use super::clock::Clock;
use crate::net::datagram::Mac;
use crate::net::dhcp::Remembered;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// The file of one phone.
#[derive(Debug, Clone)]
pub(super) struct LeaseFile {
    path: PathBuf,
    mac: Mac,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// Whose lease it is; a flash that was put into another phone brings none.
    mac: Mac,
    address: Ipv4Addr,
    /// Unix seconds; absent when the lease is infinite.
    expiry: Option<u64>,
}

impl LeaseFile {
    /// The file in this flash.
    pub(super) fn in_flash(flash: &Path, mac: Mac) -> Self {
        LeaseFile { path: flash.join("lease.json"), mac }
    }

    /// Removes whatever is kept in this flash.
    pub(super) fn forget_in(flash: &Path) {
        Self::in_flash(flash, [0; 6]).forget();
    }

    /// What was kept, unless it is over or unreadable.
    pub(super) fn read(&self, clock: &Clock) -> Option<Remembered> {
        let kept: Kept = serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()?;
        let expiry = kept.expiry.map(|expiry| clock.instant_of(expiry));
        (kept.mac == self.mac && expiry != Some(Instant::ZERO)).then_some(Remembered { address: kept.address, expiry })
    }

    /// Keeps none.
    fn forget(&self) {
        // Already absent is as good.
        let _ = std::fs::remove_file(&self.path);
    }

    /// Keeps this address, or none.
    pub(super) fn write(&self, clock: &Clock, remembered: Option<Remembered>) {
        let Some(remembered) = remembered else { return self.forget() };
        let kept = Kept {
            mac: self.mac,
            address: remembered.address,
            expiry: remembered.expiry.map(|expiry| clock.unix_of(expiry)),
        };
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

    const MAC: Mac = [2, 0, 0, 0, 0x78, 0x41];

    #[test]
    fn an_address_comes_back_until_its_lease_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let (file, clock) = (LeaseFile::in_flash(folder.path(), MAC), Clock::start());
        let address = Ipv4Addr::new(192, 0, 2, 100);
        file.write(&clock, Some(Remembered { address, expiry: Some(Instant::from_secs(100)) }));
        assert_eq!(file.read(&clock).unwrap().address, address);
        assert_eq!(LeaseFile::in_flash(folder.path(), [2, 0, 0, 0, 0, 1]).read(&clock), None, "another phone's");
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
        assert_eq!(LeaseFile::in_flash(folder.path(), MAC).read(&Clock::start()), None);
    }
}
