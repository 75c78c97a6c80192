//! Parameters: every one known by name with its default, allowed values and place on the page; their flash; the XML profile.
//!
//! # How the shell uses it
//!
//! ```text
//! let store = settings::Store::open(&flash_dir, &profile, defects.clone())?;
//! if let Some(loss) = store.loss() { log(loss) }           // the flash was damaged; what was done about it
//! store.record_reboot(unix_now, RebootReason::Provisioning)?;   // just before a restart
//! board.change(|s| { s.reboots = store.reboots(); s.history = store.history(); });
//! let settings = store.snapshot();                          // what the phone obeys now
//! let applied = store.apply_profile(&bytes)?;               // a fetched XML profile; then Command::Apply(applied.changed)
//! let changed = store.change(values)?;                      // all or nothing
//! store.factory_reset()?;                                   // Command::FactoryReset
//! ```
//!
//! `Store` is a handle: clones share one flash. Its calls block for as long as the disk takes to keep the change.

use std::collections::BTreeMap;
use std::sync::Arc;

pub mod catalogue;
mod directory;
mod domains;
mod flash;
mod ipv4;
mod static6;
mod store;
mod values;
pub mod xml;

pub use catalogue::{Access, Catalogue, Parameter, Tab};
pub use store::{Applied, FieldError, ProfileError, Refused, Store};
pub use values::{Kind, Rules};

/// A read-only view of all settings at one moment. Names are the XML element names of phone-facts §2.2 (`SIP_Transport_1_`).
#[derive(Debug, Clone, Default)]
pub struct Settings(Arc<BTreeMap<String, String>>);

impl Settings {
    /// These values; a name that is missing reads as empty.
    pub fn of(values: BTreeMap<String, String>) -> Self {
        Settings(Arc::new(values))
    }

    /// The value of a parameter, empty when unset.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a Yes/No (or Enabled/Disabled) parameter is on.
    pub fn yes(&self, name: &str) -> bool {
        matches!(self.text(name), "Yes" | "Enabled")
    }

    /// A number, or `otherwise` when it cannot be read as one.
    pub fn number(&self, name: &str, otherwise: f64) -> f64 {
        self.text(name).trim().parse().ok().filter(|n: &f64| n.is_finite()).unwrap_or(otherwise)
    }

    /// The value of a parameter of a line: `line_text("SIP_Transport", 2)` reads `SIP_Transport_2_`.
    pub fn line_text(&self, base: &str, line: u8) -> &str {
        self.text(&format!("{base}_{line}_"))
    }

    /// Whether a Yes/No parameter of a line is on.
    pub fn line_yes(&self, base: &str, line: u8) -> bool {
        self.yes(&format!("{base}_{line}_"))
    }
}
