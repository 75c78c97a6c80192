//! XML profiles as changes of the settings.

use super::{FieldError, Store};
use crate::defects::Defect;
use crate::settings::xml;
use std::collections::BTreeMap;
use std::io;

/// What became of an XML profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Names of the parameters whose values changed.
    pub changed: Vec<String>,
    /// Values that are not allowed; their parameters keep what they had.
    pub refused: Vec<FieldError>,
    /// Elements that name no parameter of this phone, ignored.
    pub unknown: usize,
}

/// Why a profile could not be applied at all.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no profile.
    #[error(transparent)]
    Xml(#[from] xml::Malformed),
    /// The flash could not keep it.
    #[error("the flash could not be written: {0}")]
    Flash(#[from] io::Error),
}

impl Store {
    /// Applies an XML profile (phone-facts §2.1): unknown elements are ignored, values that are not allowed leave their parameter alone.
    /// IPv4 settings that would make the phone unreachable leave all of IPv4 as it was.
    pub fn apply_profile(&self, profile: &[u8]) -> Result<Applied, ProfileError> {
        let items = match xml::read(profile) {
            Err(xml::Malformed::NotAProfile | xml::Malformed::Xml(_) | xml::Malformed::Entity)
                if self.defects.has(Defect::ProvisioningTakesHtml) =>
            {
                Vec::new()
            }
            Err(xml::Malformed::Xml(_)) if self.defects.has(Defect::ProvisioningAppliesHalf) => xml::beginning(profile),
            read => read?,
        };
        let mut applied = Applied::default();
        let (mut checked, mut access) = (BTreeMap::new(), BTreeMap::new());
        for item in items {
            if self.catalogue.get(&item.name).is_none() {
                applied.unknown += 1;
                continue;
            }
            access.extend(item.access.map(|a| (item.name.clone(), a)));
            match self.check(&item.name, &item.value) {
                // The last of several elements of one name counts.
                Ok(value) => _ = checked.insert(item.name, value),
                Err(error) => applied.refused.push(error),
            }
        }
        let misfits = self.check_static6(&checked);
        if !misfits.is_empty() {
            // A static address that does not fit together is not half taken.
            checked
                .retain(|name, _| name != "IPv6_Connection_Type" && !misfits.iter().any(|misfit| misfit.name == *name));
            applied.refused.extend(misfits);
        }
        applied.refused.extend(self.without_contradictions(&mut checked));
        applied.changed = self.keep(checked, access, true)?;
        Ok(applied)
    }
}
