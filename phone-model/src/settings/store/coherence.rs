//! Values that are allowed alone and wrong together.

use super::{FieldError, Kept, Store, stored};
use crate::defects::Defect;
use crate::settings::{ipv4, static6};
use std::collections::BTreeMap;

impl Store {
    /// What is wrong with the settings as they would be with these changes. Nothing is looked at that the changes leave as it was: what an
    /// older flash holds must not keep a person from changing something else.
    pub(super) fn together(&self, kept: &Kept, changes: &BTreeMap<String, String>) -> Vec<FieldError> {
        let before = stored(&self.catalogue, kept, &BTreeMap::new());
        let changed = |name: &str| changes.get(name).is_some_and(|value| before.text(name) != value);
        let after = |name: &str| changes.get(name).map_or_else(|| before.text(name), String::as_str);
        if !ipv4::GROUP.into_iter().any(changed) {
            return Vec::new();
        }
        let error = |(name, reason): (&str, String)| {
            let label = self.catalogue.get(name).map_or_else(|| name.to_owned(), |parameter| parameter.label.clone());
            FieldError { name: name.to_owned(), label, reason }
        };
        ipv4::check(after, &self.defects).into_iter().map(error).collect()
    }

    /// Takes what cannot be kept together out of a profile's changes, all of its group, and tells why.
    pub(super) fn without_contradictions(&self, changes: &mut BTreeMap<String, String>) -> Vec<FieldError> {
        let kept = self.lock().kept.clone();
        let errors = self.together(&kept, changes);
        if !errors.is_empty() {
            changes.retain(|name, _| !ipv4::GROUP.contains(&name.as_str()));
        }
        errors
    }

    /// What is wrong with the static IPv6 address that these values lead to.
    pub(super) fn check_static6(&self, values: &BTreeMap<String, String>) -> Vec<FieldError> {
        if self.defects.has(Defect::Ipv6AcceptsWrongStatic) {
            return Vec::new();
        }
        let settings = self.stored();
        let error = |(name, reason): (&'static str, &'static str)| {
            let label = self.catalogue.get(name).map_or(name, |parameter| parameter.label.as_str());
            FieldError { name: name.to_owned(), label: label.to_owned(), reason: reason.to_owned() }
        };
        static6::refusals(values, |name| settings.text(name)).into_iter().map(error).collect()
    }
}
