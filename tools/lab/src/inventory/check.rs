//! What an inventory must be: its keys and values, and every fault with its line.

use super::{Fault, Power, Reach, Unit};
use crate::secret::SecretSource;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;

/// Models of the family. 7851 is what the document calls the 7861.
const MODELS: [&str; 5] = ["7811", "7821", "7841", "7851", "7861"];
/// Longest settling time: past this a run takes hours.
const LONGEST_SETTLE: u64 = 60_000;
/// Settling time of a unit whose inventory says nothing.
const USUAL_SETTLE: u64 = 300;

/// The units of this text; what is wrong with it goes to `faults`.
pub(super) fn units(text: &str, faults: &mut Faults<'_>) -> Vec<Unit> {
    match toml::from_str::<RawInventory>(text) {
        Ok(raw) => check(raw.unit, faults),
        Err(error) => {
            faults.add(error.span().unwrap_or(0..0), error.message().trim().to_owned());
            Vec::new()
        }
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
pub(super) struct Faults<'a> {
    text: &'a str,
    pub(super) found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Faults { text, found: Vec::new() }
    }

    fn add(&mut self, span: Range<usize>, message: String) {
        self.found.push(Fault { line: self.line(&span), span, message });
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

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
