//! What the phone remembers of its ACS over restarts, beside the settings.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The file of one phone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    #[serde(skip)]
    path: PathBuf,
    /// The ACS that has answered an Inform; another one is told 0 BOOTSTRAP.
    pub(super) url: String,
    /// `ParameterKey`.
    pub(super) parameter_key: String,
    /// `ProvisioningCode`.
    pub(super) provisioning_code: String,
    /// The command key of a restart that the ACS asked for and has not heard of yet.
    pub(super) reboot_key: Option<String>,
}

impl Kept {
    /// What this flash holds; nothing when it is unreadable.
    pub(super) fn in_flash(flash: &Path) -> Self {
        let path = flash.join("acs.json");
        let read = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
        Kept { path, ..read.unwrap_or_default() }
    }

    /// Keeps it. Losing it costs a 0 BOOTSTRAP, so it is replaced atomically but not synced.
    pub(super) fn write(&self) {
        let new = self.path.with_extension("new");
        if let Ok(text) = serde_json::to_vec(self)
            && std::fs::write(&new, text).is_ok()
        {
            let _ = std::fs::rename(&new, &self.path);
        }
    }

    /// Keeps nothing.
    pub(super) fn forget(&self) {
        // Already absent is as good.
        let _ = std::fs::remove_file(&self.path);
    }
}
