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

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::secret::SecretSource;

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
        let mut faults = Faults { text, found: Vec::new() };
        let units = match toml::from_str::<RawInventory>(text) {
            Ok(raw) => check(raw.unit, &mut faults),
            Err(error) => {
                faults.add(error.span().unwrap_or(0..0), error.message().trim().to_owned());
                Vec::new()
            }
        };
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInventory {
    #[serde(default)]
    unit: Vec<RawUnit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawUnit {
    name: Spanned<String>,
    model: Spanned<String>,
    release: Spanned<String>,
    address: Option<Spanned<String>>,
    mac: Option<Spanned<String>>,
    serial: Option<Spanned<PathBuf>>,
    power: Option<Spanned<Power>>,
    admin_password: Option<SecretSource>,
    #[serde(default)]
    capabilities: Vec<String>,
    settle_ms: Option<Spanned<u64>>,
}

/// Collects faults with their lines.
struct Faults<'a> {
    text: &'a str,
    found: Vec<Fault>,
}

impl Faults<'_> {
    fn add(&mut self, span: Range<usize>, message: String) {
        self.found.push(Fault { line: self.line(&span), span, message });
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

/// Models of the family. 7851 is what the document calls the 7861.
const MODELS: [&str; 5] = ["7811", "7821", "7841", "7851", "7861"];
/// Longest settling time: past this a run takes hours.
const LONGEST_SETTLE: u64 = 60_000;
/// Settling time of a unit whose inventory says nothing.
const USUAL_SETTLE: u64 = 300;

fn check(raw: Vec<RawUnit>, faults: &mut Faults<'_>) -> Vec<Unit> {
    if raw.is_empty() {
        faults.add(0..0, "there is no [[unit]] in it".to_owned());
    }
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut ttys: BTreeMap<PathBuf, String> = BTreeMap::new();
    let mut units = Vec::new();
    for raw in raw {
        let name = raw.name.get_ref().clone();
        if !is_name(&name) {
            let message =
                format!("\"{name}\" is no name: letters, digits, '-', '_' and '.', beginning with a letter or digit");
            faults.add(raw.name.span(), message);
        }
        // Names become folders: two that differ only in case would be one to some file systems.
        match names.entry(name.to_ascii_lowercase()) {
            Entry::Vacant(free) => {
                free.insert(faults.line(&raw.name.span()));
            }
            Entry::Occupied(taken) => {
                let message = format!("{name} stands here again; it was on line {}", taken.get());
                faults.add(raw.name.span(), message);
            }
        }
        if let Some(tty) = &raw.serial
            && let Some(other) = ttys.insert(tty.get_ref().clone(), name.clone())
        {
            faults.add(tty.span(), format!("{name}: this serial line already belongs to {other}"));
        }
        units.extend(check_unit(raw, &name, faults));
    }
    units
}

fn check_unit(raw: RawUnit, name: &str, faults: &mut Faults<'_>) -> Option<Unit> {
    let before = faults.found.len();
    let model = raw.model.get_ref();
    if !MODELS.contains(&model.as_str()) {
        faults.add(raw.model.span(), format!("{name}: model \"{model}\" is none of {}", MODELS.join(", ")));
    }
    let release = raw.release.get_ref();
    if !is_release(release) {
        faults.add(raw.release.span(), format!("{name}: \"{release}\" is no release, such as 11.3.1"));
    }
    if let Some(power) = &raw.power
        && let Power::Command { off, on } = power.get_ref()
        && (off.is_empty() || on.is_empty())
    {
        faults.add(power.span(), format!("{name}: power needs a program for off and one for on"));
    }
    let settle = raw.settle_ms.as_ref().map_or(USUAL_SETTLE, |settle| *settle.get_ref());
    if let Some(given) = raw.settle_ms.as_ref().filter(|given| *given.get_ref() > LONGEST_SETTLE) {
        faults.add(given.span(), format!("{name}: settle-ms is more than {LONGEST_SETTLE}"));
    }
    let reach = check_reach(&raw, name, faults);
    (faults.found.len() == before).then_some(())?;
    Some(Unit {
        name: name.to_owned(),
        model: raw.model.into_inner(),
        release: raw.release.into_inner(),
        reach: reach?,
        serial: raw.serial.map(Spanned::into_inner),
        power: raw.power.map(Spanned::into_inner).unwrap_or_default(),
        admin_password: raw.admin_password,
        capabilities: raw.capabilities,
        settle: Duration::from_millis(settle),
    })
}

fn check_reach(raw: &RawUnit, name: &str, faults: &mut Faults<'_>) -> Option<Reach> {
    match (&raw.address, &raw.mac) {
        (Some(address), None) => match address.get_ref().parse() {
            Ok(parsed) => Some(Reach::Address(parsed)),
            Err(_) => {
                faults.add(address.span(), format!("{name}: \"{}\" is no IP address", address.get_ref()));
                None
            }
        },
        (None, Some(mac)) => {
            let parsed = parse_mac(mac.get_ref());
            if parsed.is_none() {
                let message = format!("{name}: \"{}\" is no hardware address of one unit", mac.get_ref());
                faults.add(mac.span(), message);
            }
            parsed.map(Reach::Mac)
        }
        (Some(_), Some(mac)) => {
            faults.add(mac.span(), format!("{name}: address and mac exclude each other"));
            None
        }
        (None, None) => {
            faults.add(raw.name.span(), format!("{name}: neither address nor mac is given"));
            None
        }
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= 60
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_release(release: &str) -> bool {
    let parts: Vec<&str> = release.split('.').collect();
    (2..=4).contains(&parts.len())
        && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit()))
}

/// Six octets; a group address (IEEE 802, lowest bit of the first octet) is no unit's.
fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let octets: Vec<u8> = text
        .split([':', '-'])
        .map(|part| if part.len() == 2 { u8::from_str_radix(part, 16).ok() } else { None })
        .collect::<Option<_>>()?;
    let mac: [u8; 6] = octets.try_into().ok()?;
    (mac.first()? & 1 == 0 && mac != [0; 6]).then_some(mac)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"
[[unit]]
name = "desk-7841"
model = "7841"
release = "11.3.1"
address = "198.51.100.20"
serial = "/dev/ttyUSB0"
power = { command = { off = ["pdu", "off", "3"], on = ["pdu", "on", "3"] } }
admin-password = { file = "/etc/offhook/desk-7841" }
capabilities = ["control-socket"]
settle-ms = 500

[[unit]]
name = "shelf-7811"
model = "7811"
release = "11.2.3"
mac = "02:00:5e:10:00:01"
"#;

    fn faults(text: &str) -> String {
        Inventory::parse("lab.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_good_inventory_is_read() {
        let inventory = Inventory::parse("lab.toml", GOOD).unwrap();
        let desk = inventory.unit("desk-7841").unwrap();
        assert_eq!(desk.reach, Reach::Address("198.51.100.20".parse().unwrap()));
        assert_eq!(desk.settle, Duration::from_millis(500));
        assert!(matches!(&desk.power, Power::Command { off, .. } if off.len() == 3));
        let shelf = inventory.unit("shelf-7811").unwrap();
        assert_eq!(shelf.reach, Reach::Mac([2, 0, 0x5e, 0x10, 0, 1]));
        assert_eq!((&shelf.power, shelf.settle), (&Power::Operator, Duration::from_millis(300)));
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        let bad = GOOD
            .replace("\"7841\"", "\"8845\"")
            .replace("198.51.100.20", "desk")
            .replace("settle-ms = 500", "settle-ms = 500000")
            .replace("shelf-7811", "Desk-7841")
            .replace("02:00:5e:10:00:01", "01:00:5e:10:00:01")
            .replace("release = \"11.2.3\"", "release = \"newest\"\nserial = \"/dev/ttyUSB0\"");
        insta::assert_snapshot!(faults(&bad), @r#"
        lab.toml:4: desk-7841: model "8845" is none of 7811, 7821, 7841, 7851, 7861
        lab.toml:6: desk-7841: "desk" is no IP address
        lab.toml:11: desk-7841: settle-ms is more than 60000
        lab.toml:14: Desk-7841 stands here again; it was on line 3
        lab.toml:16: Desk-7841: "newest" is no release, such as 11.3.1
        lab.toml:17: Desk-7841: this serial line already belongs to desk-7841
        lab.toml:18: Desk-7841: "01:00:5e:10:00:01" is no hardware address of one unit
        "#);
    }

    #[test]
    fn a_password_in_the_inventory_is_refused() {
        let bad = GOOD.replace("{ file = \"/etc/offhook/desk-7841\" }", "\"hunter2\"");
        let message = faults(&bad);
        assert!(message.starts_with("lab.toml:9: "), "{message}");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        assert!(faults(&GOOD.replace("serial =", "tty =")).starts_with("lab.toml:7: unknown field `tty`"));
    }

    #[test]
    fn a_unit_that_nobody_can_reach_is_named() {
        assert!(
            faults(&GOOD.replace("address = \"198.51.100.20\"\n", ""))
                .contains(":3: desk-7841: neither address nor mac")
        );
    }

    #[test]
    fn an_empty_lab_is_no_lab() {
        assert_eq!(faults(""), "lab.toml:1: there is no [[unit]] in it");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\[\\[unit\\]\\]\n)?([a-z-]{1,12} = \"?.{0,20}\"?\n){0,8}") {
            let _ = Inventory::parse("lab.toml", &text);
        }
    }
}
