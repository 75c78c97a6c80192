//! Field names on the page. A unit names its fields by bare numbers, passwords with a `P` before; the numbers differ by model and firmware
//! (phone-facts §1.3), so that nobody can do without reading the page. Here they grow along the page from a start that model and release give.

use crate::profile::{Model, Release};
use crate::settings::{Catalogue, Parameter};
use std::collections::HashMap;

/// The two ways between parameters and field names.
#[derive(Debug)]
pub(super) struct FieldNames {
    field_of: HashMap<String, String>,
    parameter_of: HashMap<String, String>,
}

impl FieldNames {
    /// The names on the page of this model and release.
    pub(super) fn of(catalogue: &Catalogue, model: Model, release: Release) -> Self {
        let mut number = start(model, release);
        let mut names = FieldNames { field_of: HashMap::new(), parameter_of: HashMap::new() };
        for parameter in catalogue.all() {
            number += 1 + number % 3;
            let field = if parameter.secret() { format!("P{number}") } else { number.to_string() };
            names.field_of.insert(parameter.name.clone(), field.clone());
            names.parameter_of.insert(field, parameter.name.clone());
        }
        names
    }

    /// The field name of a parameter of the same catalogue.
    pub(super) fn field(&self, parameter: &Parameter) -> &str {
        self.field_of.get(&parameter.name).map_or("", String::as_str)
    }

    /// The parameter behind a field name.
    pub(super) fn parameter(&self, field: &str) -> Option<&str> {
        self.parameter_of.get(field).map(String::as_str)
    }
}

/// FNV-1a over model and release, folded into 2000..=50000: numbers of four and five digits, as on units.
fn start(model: Model, release: Release) -> u32 {
    let text = format!("{model}/{release}");
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    2000 + hash % 48_001
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn names(model: Model, release: Release) -> (Catalogue, FieldNames) {
        let catalogue = Catalogue::of(model, release);
        let names = FieldNames::of(&catalogue, model, release);
        (catalogue, names)
    }

    #[test]
    fn every_parameter_has_a_number_of_its_own() {
        for model in Model::ALL {
            let (catalogue, names) = names(model, Release::DOCUMENT);
            assert_eq!(names.parameter_of.len(), catalogue.all().len());
            for parameter in catalogue.all() {
                let field = names.field(parameter);
                assert_eq!(names.parameter(field), Some(parameter.name.as_str()));
                let digits = if parameter.secret() { field.strip_prefix('P').unwrap() } else { field };
                assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{field}");
            }
        }
    }

    #[test]
    fn numbers_differ_between_models_and_releases() {
        let phones = [
            names(Model::Cp7811, Release::DOCUMENT),
            names(Model::Cp7821, Release::DOCUMENT),
            names(Model::Cp7841, Release::DOCUMENT),
            names(Model::Cp7861, Release::DOCUMENT),
            names(Model::Cp7841, Release::R11_3_1),
        ];
        for (index, (catalogue, first)) in phones.iter().enumerate() {
            for (_, second) in phones.iter().skip(index + 1) {
                for parameter in catalogue.all() {
                    assert_ne!(first.field(parameter), second.field(parameter), "{}", parameter.name);
                }
            }
        }
    }
}
