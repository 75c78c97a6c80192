//! The settings of a phone as they are kept: parameters that differ from their defaults, the user's access where a profile changed it, reboot
//! and call history. Every change is in flash before it is told to anyone.

use super::flash::{self, Folder, Loaded, Medium};
use super::{Access, Catalogue, Parameter, Rules, Settings};
use crate::defects::{Defect, Defects};
use crate::profile::Profile;
use crate::state::{HistoryEntry, RebootReason};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

mod coherence;
mod kept;
mod profile;

pub use profile::{Applied, ProfileError};

use kept::Kept;

/// `Status::reboots` shows so many.
const REBOOTS: usize = 5;
/// `Status::history` holds so many.
const HISTORY: usize = 180;

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{label} {reason}")]
pub struct FieldError {
    /// XML element name of the parameter.
    pub name: String,
    /// Its label on the page; the name when there is no such parameter.
    pub label: String,
    /// What is wrong, to follow the label: `is not one of …`.
    pub reason: String,
}

/// A change of which nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Values that are not allowed.
    #[error("{}", .0.iter().map(FieldError::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
    /// The flash could not keep it.
    #[error("the flash could not be written: {0}")]
    Flash(#[from] io::Error),
}

/// A handle to the settings and their flash. Clones share them.
#[derive(Clone)]
pub struct Store {
    catalogue: Arc<Catalogue>,
    rules: Rules,
    defects: Defects,
    loss: Option<String>,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    medium: Box<dyn Medium>,
    kept: Kept,
    /// Parameters that only the phone sets; they do not outlive the power.
    shown: BTreeMap<String, String>,
    snapshot: Settings,
}

impl Store {
    /// The settings kept in folder `dir`, which is made when it does not exist.
    pub fn open(dir: &Path, profile: &Profile, defects: Defects) -> io::Result<Store> {
        std::fs::create_dir_all(dir)?;
        Store::on(Box::new(Folder(dir.to_owned())), profile, defects)
    }

    fn on(mut medium: Box<dyn Medium>, profile: &Profile, defects: Defects) -> io::Result<Store> {
        let catalogue = Arc::new(Catalogue::of(profile.model, profile.release));
        let rules = Rules {
            domains_accept_addresses: profile.unknown.domains_accept_addresses,
            domains_accept_anything: defects.has(Defect::DomainsAcceptsAnyValue),
        };
        let (content, loss) = match flash::load(medium.as_mut())? {
            Loaded::Empty => (None, None),
            Loaded::Current(content) => (Some(content), None),
            Loaded::Previous(content) => {
                (Some(content), Some("the flash was damaged; the copy before the last change is in use".to_owned()))
            }
            Loaded::Lost => {
                (None, Some("the flash was damaged beyond repair; all settings are at their defaults".to_owned()))
            }
        };
        let mut kept = content.map(|content| Kept::read(&content)).unwrap_or_default();
        // What another model or release kept and this one does not allow is at its default.
        kept.values.retain(|name, value| {
            let Some(parameter) = catalogue.get(name) else { return false };
            parameter.kind.check(value, parameter.default.is_empty(), rules).is_ok()
        });
        let shown = BTreeMap::new();
        let snapshot = effective(&catalogue, &kept, &shown);
        Ok(Store {
            catalogue,
            rules,
            defects,
            loss,
            inner: Arc::new(Mutex::new(Inner { medium, kept, shown, snapshot })),
        })
    }

    /// What was lost in the flash and what serves instead, for the log; nothing when it was whole.
    pub fn loss(&self) -> Option<&str> {
        self.loss.as_deref()
    }

    /// The parameters of this phone.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The settings that the phone obeys.
    pub fn snapshot(&self) -> Settings {
        self.lock().snapshot.clone()
    }

    /// The settings as the page and `cfg.xml` show them. They differ from [`Store::snapshot`] only on a phone with a defect.
    pub fn stored(&self) -> Settings {
        let inner = self.lock();
        if inner.kept.unapplied.is_empty() {
            inner.snapshot.clone()
        } else {
            stored(&self.catalogue, &inner.kept, &inner.shown)
        }
    }

    /// What the account `user` may do with a parameter.
    pub fn access(&self, parameter: &Parameter) -> Access {
        self.lock().kept.access.get(&parameter.name).copied().unwrap_or(parameter.access)
    }

    /// What the account `user` may do, where a profile says otherwise than the catalogue.
    pub fn access_overrides(&self) -> BTreeMap<String, Access> {
        self.lock().kept.access.clone()
    }

    /// Shows this value of a parameter that only the phone sets.
    pub fn show(&self, name: &str, value: &str) {
        let mut inner = self.lock();
        inner.shown.insert(name.to_owned(), value.to_owned());
        inner.snapshot = effective(&self.catalogue, &inner.kept, &inner.shown);
    }

    /// Changes these parameters, all or none, and returns the names of those whose value is now another.
    pub fn change(&self, values: BTreeMap<String, String>) -> Result<Vec<String>, Refused> {
        let mut checked = BTreeMap::new();
        let mut errors = Vec::new();
        for (name, value) in values {
            match self.check(&name, &value) {
                Ok(value) => _ = checked.insert(name, value),
                Err(error) => errors.push(error),
            }
        }
        errors.extend(self.check_static6(&checked));
        if errors.is_empty() {
            let kept = self.lock().kept.clone();
            errors = self.together(&kept, &checked);
        }
        if !errors.is_empty() {
            return Err(Refused::Fields(errors));
        }
        Ok(self.keep(checked, BTreeMap::new(), false)?)
    }

    /// Whether the value is allowed: as it would be stored, or why not.
    pub fn check(&self, name: &str, value: &str) -> Result<String, FieldError> {
        let error = |label: &str, reason: String| FieldError { name: name.to_owned(), label: label.to_owned(), reason };
        let parameter =
            self.catalogue.get(name).ok_or_else(|| error(name, "is not a parameter of this phone".into()))?;
        if name == "Prefix_Length" && self.defects.has(Defect::Ipv6AcceptsWrongPrefix) {
            return Ok(value.trim().to_owned());
        }
        let optional = parameter.default.is_empty();
        parameter.kind.check(value, optional, self.rules).map_err(|reason| error(&parameter.label, reason))
    }

    /// Forgets settings and call history. The reboot history stays, as the page of a unit still shows it after a reset.
    pub fn factory_reset(&self) -> io::Result<()> {
        self.update(|kept| *kept = Kept { reboots: std::mem::take(&mut kept.reboots), ..Kept::default() })
    }

    /// Notes a restart, before it happens: Unix seconds and reason.
    pub fn record_reboot(&self, at: u64, reason: RebootReason) -> io::Result<()> {
        self.update(|kept| {
            kept.reboots.insert(0, (at, reason));
            kept.reboots.truncate(REBOOTS);
        })
    }

    /// The last restarts, newest first.
    pub fn reboots(&self) -> Vec<(u64, RebootReason)> {
        self.lock().kept.reboots.clone()
    }

    /// The call history, newest first.
    pub fn history(&self) -> Vec<HistoryEntry> {
        self.lock().kept.history.iter().map(HistoryEntry::from).collect()
    }

    /// Keeps this call history, newest first.
    pub fn keep_history(&self, history: &[HistoryEntry]) -> io::Result<()> {
        self.update(|kept| kept.history = history.iter().take(HISTORY).map(kept::Call::from).collect())
    }

    fn keep(
        &self,
        values: BTreeMap<String, String>,
        access: BTreeMap<String, Access>,
        by_profile: bool,
    ) -> io::Result<Vec<String>> {
        let mut changed = BTreeSet::new();
        self.update(|kept| {
            let before = stored(&self.catalogue, kept, &BTreeMap::new());
            kept.access.extend(access);
            for (name, value) in values {
                let old = before.text(&name);
                if old == value {
                    continue;
                }
                if by_profile && self.defects.has(Defect::DomainsIgnoresProfile) && name == DOMAINS {
                    kept.unapplied.entry(name.clone()).or_insert_with(|| old.to_owned());
                } else {
                    kept.unapplied.remove(&name);
                }
                let default = self.catalogue.get(&name).is_some_and(|p| p.default == value);
                if default {
                    kept.values.remove(&name)
                } else {
                    kept.values.insert(name.clone(), value)
                };
                changed.insert(name);
            }
        })?;
        Ok(changed.into_iter().collect())
    }

    /// Changes what is kept, in flash first: when the flash fails, nothing has changed.
    fn update(&self, change: impl FnOnce(&mut Kept)) -> io::Result<()> {
        let mut inner = self.lock();
        let mut kept = inner.kept.clone();
        change(&mut kept);
        if kept == inner.kept {
            return Ok(());
        }
        let content = self.surviving(&kept).write();
        flash::save(inner.medium.as_mut(), &content)?;
        inner.snapshot = effective(&self.catalogue, &kept, &inner.shown);
        inner.kept = kept;
        Ok(())
    }

    /// What of it reaches the flash: everything, but for a phone that forgets.
    fn surviving(&self, kept: &Kept) -> Kept {
        let mut kept = kept.clone();
        if self.defects.has(Defect::DomainsForgets) {
            kept.values.remove(DOMAINS);
        }
        if self.defects.has(Defect::StaticForgets) {
            kept.values
                .retain(|name, _| !["Connection_Type", "Static_IP", "NetMask", "Gateway"].contains(&name.as_str()));
        }
        if self.defects.has(Defect::ChallengeForgets) {
            kept.values.retain(|name, _| !name.starts_with("Auth_INVITE_"));
        }
        kept
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Store {
    // Values may be passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("loss", &self.loss).finish_non_exhaustive()
    }
}

const DOMAINS: &str = "Restricted_Access_Domains";

fn stored(catalogue: &Catalogue, kept: &Kept, shown: &BTreeMap<String, String>) -> Settings {
    let own = |p: &Parameter| shown.get(&p.name).or_else(|| kept.values.get(&p.name)).unwrap_or(&p.default).clone();
    Settings::of(catalogue.all().iter().map(|p| (p.name.clone(), own(p))).collect())
}

fn effective(catalogue: &Catalogue, kept: &Kept, shown: &BTreeMap<String, String>) -> Settings {
    let old = |p: &Parameter| kept.unapplied.get(&p.name).or_else(|| shown.get(&p.name)).cloned();
    let value = |p: &Parameter| old(p).unwrap_or_else(|| kept.values.get(&p.name).unwrap_or(&p.default).clone());
    Settings::of(catalogue.all().iter().map(|p| (p.name.clone(), value(p))).collect())
}

#[cfg(test)]
mod tests;
