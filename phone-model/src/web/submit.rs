//! `bcisco.csc`: takes a submitted form. A partial form is accepted and changes only what it holds (phone-facts §1.3); all of it is applied or
//! nothing.

use super::fields::FieldNames;
use super::form;
use crate::settings::{Access, Kind, Parameter, Refused, Store};
use std::collections::BTreeMap;

/// What a password field shows while a password is set, and posts when nobody touched it. A password that reads so cannot be set.
pub(super) const UNCHANGED: &str = "********";

/// A form that was refused: what was entered and what is wrong, by parameter name.
#[derive(Debug, Default)]
pub(super) struct Rejected {
    /// Values as entered; passwords are not among them.
    pub(super) entered: BTreeMap<String, String>,
    /// Reasons, to follow the label.
    pub(super) reasons: BTreeMap<String, String>,
    /// What is wrong with the phone rather than with the form.
    pub(super) trouble: Option<String>,
}

/// Changes what the form holds and names what changed. `as_admin` tells whose form it is: the user changes what is his.
pub(super) fn submit(store: &Store, fields: &FieldNames, body: &str, as_admin: bool) -> Result<Vec<String>, Rejected> {
    let mut values = BTreeMap::new();
    for (field, value) in form::pairs(body) {
        // Numbers of another firmware, and fields that are not the user's, are ignored.
        let parameter = fields.parameter(&field).and_then(|name| store.catalogue().get(name));
        let Some(parameter) = parameter.filter(|p| may_change(store, p, as_admin)) else { continue };
        if parameter.secret() && value == UNCHANGED {
            continue;
        }
        values.insert(parameter.name.clone(), from_field(parameter, value));
    }
    match store.change(values.clone()) {
        Ok(changed) => Ok(changed),
        Err(refused) => Err(reject(store, values, refused)),
    }
}

fn may_change(store: &Store, parameter: &Parameter, as_admin: bool) -> bool {
    parameter.kind != Kind::ReadOnly && (as_admin || store.access(parameter) == Access::ReadWrite)
}

/// Yes/No list boxes post 1 and 0 (phone-facts §1.3); the words are taken too.
fn from_field(parameter: &Parameter, value: String) -> String {
    match (parameter.kind, value.as_str()) {
        (Kind::YesNo, "1") => "Yes".into(),
        (Kind::YesNo, "0") => "No".into(),
        (_, _) => value,
    }
}

fn reject(store: &Store, mut entered: BTreeMap<String, String>, refused: Refused) -> Rejected {
    entered.retain(|name, _| store.catalogue().get(name).is_some_and(|p| !p.secret()));
    match refused {
        Refused::Fields(errors) => {
            let reasons = errors.into_iter().map(|e| (e.name, e.reason)).collect();
            Rejected { entered, reasons, trouble: None }
        }
        Refused::Flash(_) => Rejected { entered, reasons: BTreeMap::new(), trouble: Some(refused.to_string()) },
    }
}
