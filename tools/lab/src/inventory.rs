//! The inventory of a lab, `lab.toml`: which units there are and how each is reached.
//!
//! ```toml
//! [[unit]]
//! name = "desk-7841"
//! model = "7841"
//! release = "11.3.1"
//! address = "198.51.100.20"        # or mac = "02:00:5e:10:00:01"
//! serial = "/dev/ttyUSB0"
//! power = { command = { off = ["pdu", "off", "3"], on = ["pdu", "on", "3"] } }    # or power = "operator"
//! admin-password = { file = "/etc/offhook/desk-7841" }                            # or { environment = "NAME" }
//! capabilities = ["control-socket"]
//! settle-ms = 300
//! ```

mod check;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::secret::SecretSource;
use check::Faults;
use serde::Deserialize;

/// The units of a lab, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// All of them; their names are unique.
    pub units: Vec<Unit>,
}

/// A real phone.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its name in reports, folders and on the command line.
    pub name: String,
    /// Product number, `7841`.
    pub model: String,
    /// Firmware release, `11.3.1`.
    pub release: String,
    /// How it is found on the network.
    pub reach: Reach,
    /// The tty of its serial console, when one is wired.
    pub serial: Option<PathBuf>,
    /// How it is switched off and on.
    pub power: Power,
    /// Where its administrator password is; without one the page is open.
    pub admin_password: Option<SecretSource>,
    /// What it can do beyond its release, in the words that scenarios ask for.
    pub capabilities: Vec<String>,
    /// How long it may take after an answer before silence counts as silence.
    pub settle: Duration,
}

/// How a unit is found on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At a fixed address.
    Address(IpAddr),
    /// At the address that our DHCP server gives to this hardware address.
    Mac([u8; 6]),
}

/// How a unit is switched off and on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Power {
    /// A person is asked.
    #[default]
    Operator,
    /// A program with its arguments, no shell.
    Command {
        /// Switches it off.
        off: Vec<String>,
        /// Switches it on.
        on: Vec<String>,
    },
}

/// Everything that is wrong with an inventory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InventoryError {
    /// The file, as it was named.
    pub file: String,
    /// Its faults, in the order of the file; at least one.
    pub faults: Vec<Fault>,
}

/// One fault of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1; 0 when it concerns the whole file.
    pub line: usize,
    /// Place in the text, in bytes.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let end = if index + 1 < self.faults.len() { "\n" } else { "" };
            write!(f, "{}:{}: {}{end}", self.file, fault.line, fault.message)?;
        }
        Ok(())
    }
}

impl Inventory {
    /// Reads and checks an inventory.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(path: &Path) -> Result<Self, InventoryError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(error) => {
                Err(InventoryError { file, faults: vec![Fault { line: 0, span: 0..0, message: error.to_string() }] })
            }
        }
    }

    /// Checks the text of an inventory; `file` is only for messages.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: &str, text: &str) -> Result<Self, InventoryError> {
        let mut faults = Faults::of(text);
        let units = check::units(text, &mut faults);
        if faults.found.is_empty() {
            return Ok(Inventory { units });
        }
        faults.found.sort_by_key(|fault| fault.span.start);
        Err(InventoryError { file: file.to_owned(), faults: faults.found })
    }

    /// The unit with this name.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.name == name)
    }
}
