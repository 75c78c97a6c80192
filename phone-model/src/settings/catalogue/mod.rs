//! The catalogue: which parameters a phone of one model and release has. The tables beside this file are the only place where a
//! parameter is named; one line is one parameter (or one for each line of the phone, named `Base_n_`).
//!
//! Sources: phone-facts §2.2 for everything in scope, §1.2 for tabs and sections, and the configuration dumps that phone-facts names for the
//! defaults of the rest. Labels are the element names with `_` read as a space, unless the page is known to differ.

use super::values::Kind;
use crate::profile::{Model, Release};
use std::borrow::Cow;
use std::collections::HashMap;

mod att_console;
mod ext;
mod phone;
mod provisioning;
mod regional;
mod sip;
mod system;
mod tr069;
mod user;

/// A tab under Voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tab {
    /// Network, web server, passwords.
    System,
    /// SIP parameters and timers of the whole phone.
    Sip,
    /// Profile, upgrade and report rules.
    Provisioning,
    /// Tones, codes, time.
    Regional,
    /// Line keys, services, LDAP.
    Phone,
    /// An extension, counted from 1.
    Ext(u8),
    /// What the user may change.
    User,
    /// Attendant console (key expansion modules).
    AttConsole,
    /// Remote management.
    Tr069,
}

impl Tab {
    /// The word on the tab.
    pub fn title(self) -> Cow<'static, str> {
        match self {
            Tab::System => "System".into(),
            Tab::Sip => "SIP".into(),
            Tab::Provisioning => "Provisioning".into(),
            Tab::Regional => "Regional".into(),
            Tab::Phone => "Phone".into(),
            Tab::Ext(n) => format!("Ext {n}").into(),
            Tab::User => "User".into(),
            Tab::AttConsole => "Att Console".into(),
            Tab::Tr069 => "TR-069".into(),
        }
    }
}

/// What the account `user` may do with a parameter: the `ua` attribute (phone-facts §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Access {
    /// `na`: not shown.
    #[serde(rename = "na")]
    None,
    /// `ro`: shown.
    #[serde(rename = "ro")]
    ReadOnly,
    /// `rw`: may change it.
    #[serde(rename = "rw")]
    ReadWrite,
}

impl Access {
    /// The value of the attribute.
    pub const fn attribute(self) -> &'static str {
        match self {
            Access::None => "na",
            Access::ReadOnly => "ro",
            Access::ReadWrite => "rw",
        }
    }

    /// Reads the attribute.
    pub fn read(attribute: &str) -> Option<Access> {
        [Access::None, Access::ReadOnly, Access::ReadWrite].into_iter().find(|a| a.attribute() == attribute)
    }
}

/// One parameter of this phone.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// XML element name, `SIP_Transport_1_`.
    pub name: String,
    /// Label on the page, `SIP Transport`.
    pub label: String,
    /// Value after a factory reset.
    pub default: String,
    /// Allowed values.
    pub kind: Kind,
    /// Tab on the page.
    pub tab: Tab,
    /// Section heading in the tab.
    pub section: String,
    /// Whether only the advanced view shows it.
    pub advanced: bool,
    /// What the account `user` may do with it, unless a profile says otherwise.
    pub access: Access,
}

impl Parameter {
    /// Whether its value must not be shown.
    pub fn secret(&self) -> bool {
        matches!(self.kind, Kind::Password { .. })
    }
}

/// All parameters of a phone, in the order of the page.
#[derive(Debug)]
pub struct Catalogue {
    parameters: Vec<Parameter>,
    by_name: HashMap<String, usize>,
}

impl Catalogue {
    /// The parameters of this model under this release.
    pub fn of(model: Model, release: Release) -> Self {
        let mut parameters = Vec::new();
        let mut tab = |tab: Tab, sections: &[Section]| {
            for section in sections {
                section.expand(tab, model, release, &mut parameters);
            }
        };
        tab(Tab::System, system::SECTIONS);
        tab(Tab::Sip, sip::SECTIONS);
        tab(Tab::Provisioning, provisioning::SECTIONS);
        tab(Tab::Regional, regional::SECTIONS);
        tab(Tab::Phone, phone::SECTIONS);
        for line in 1..=model.lines() {
            tab(Tab::Ext(line), ext::SECTIONS);
        }
        tab(Tab::User, user::SECTIONS);
        tab(Tab::AttConsole, att_console::SECTIONS);
        tab(Tab::Tr069, tr069::SECTIONS);
        let by_name = parameters.iter().enumerate().map(|(index, p)| (p.name.clone(), index)).collect();
        Catalogue { parameters, by_name }
    }

    /// All of them, in the order of the page.
    pub fn all(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The parameter of this element name.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(*self.by_name.get(name)?)
    }
}

/// A section of a tab: its heading and its parameters.
struct Section {
    heading: &'static str,
    rows: &'static [Row],
    /// Outside an Ext tab: one section for each line, `Line Key 1` and so on.
    for_each_line: bool,
}

const fn section(heading: &'static str, rows: &'static [Row]) -> Section {
    Section { heading, rows, for_each_line: false }
}

const fn line_section(heading: &'static str, rows: &'static [Row]) -> Section {
    Section { heading, rows, for_each_line: true }
}

impl Section {
    fn expand(&self, tab: Tab, model: Model, release: Release, into: &mut Vec<Parameter>) {
        let mut expand = |section: &str, line: Option<u8>| {
            for row in self.rows.iter().filter(|row| row.exists(model, release)) {
                if row.for_each_line {
                    into.extend((1..=model.lines()).map(|line| row.parameter(tab, section, Some(line), release)));
                } else {
                    into.push(row.parameter(tab, section, line, release));
                }
            }
        };
        match tab {
            Tab::Ext(line) => expand(self.heading, Some(line)),
            _ if self.for_each_line => {
                (1..=model.lines()).for_each(|line| expand(&format!("{} {line}", self.heading), Some(line)));
            }
            _ => expand(self.heading, None),
        }
    }
}

/// One line of a table.
struct Row {
    name: &'static str,
    label: Option<&'static str>,
    default: &'static str,
    kind: Kind,
    advanced: bool,
    access: Access,
    since: Release,
    before: Release,
    later_default: Option<(Release, &'static str)>,
    counted: bool,
    for_each_line: bool,
    not_on: &'static [Model],
}

/// A parameter that all models and releases have, shown in the advanced view, not for the user.
const fn p(name: &'static str, default: &'static str, kind: Kind) -> Row {
    Row {
        name,
        label: None,
        default,
        kind,
        advanced: true,
        access: Access::None,
        since: Release::new(0, 0, 0),
        before: Release::new(u8::MAX, 0, 0),
        later_default: None,
        counted: false,
        for_each_line: false,
        not_on: &[],
    }
}

impl Row {
    /// The page names it otherwise than its element name.
    const fn label(self, label: &'static str) -> Row {
        Row { label: Some(label), ..self }
    }
    /// The basic view shows it too.
    const fn basic(self) -> Row {
        Row { advanced: false, ..self }
    }
    /// The user may change it (`ua="rw"`); then the basic view shows it.
    const fn user(self) -> Row {
        Row { access: Access::ReadWrite, advanced: false, ..self }
    }
    /// The user may see it (`ua="ro"`).
    const fn seen(self) -> Row {
        Row { access: Access::ReadOnly, ..self }
    }
    /// New in this release.
    const fn since(self, release: Release) -> Row {
        Row { since: release, ..self }
    }
    /// Gone from this release on.
    const fn before(self, release: Release) -> Row {
        Row { before: release, ..self }
    }
    /// Another default from this release on.
    const fn default_from(self, release: Release, default: &'static str) -> Row {
        Row { later_default: Some((release, default)), ..self }
    }
    /// The default of line n is the given number plus n - 1.
    const fn counted(self) -> Row {
        Row { counted: true, ..self }
    }
    /// Outside an Ext tab: one parameter for each line, its number in place of `{n}`.
    const fn for_each_line(self) -> Row {
        Row { for_each_line: true, ..self }
    }
    /// These models lack it.
    const fn not_on(self, models: &'static [Model]) -> Row {
        Row { not_on: models, ..self }
    }

    fn exists(&self, model: Model, release: Release) -> bool {
        release >= self.since && release < self.before && !self.not_on.contains(&model)
    }

    fn parameter(&self, tab: Tab, section: &str, line: Option<u8>, release: Release) -> Parameter {
        let default = match self.later_default {
            Some((from, default)) if release >= from => default,
            Some(_) | None => self.default,
        };
        let default = match (self.counted, line, default.parse::<u32>()) {
            (true, Some(line), Ok(first)) => (first + u32::from(line).saturating_sub(1)).to_string(),
            (true, _, _) | (false, _, _) => default.to_owned(),
        };
        // "Log Missed Calls for EXT 1": the one family whose number stands last without an underscore after it.
        let name = match line {
            Some(line) if self.name.contains("{n}") => self.name.replace("{n}", &line.to_string()),
            Some(line) => format!("{}_{line}_", self.name),
            None => self.name.to_owned(),
        };
        let label = match (self.label, line) {
            (Some(label), _) => label.to_owned(),
            (None, Some(line)) => self.name.replace("{n}", &line.to_string()).replace('_', " "),
            (None, None) => self.name.replace('_', " "),
        };
        Parameter {
            name,
            label,
            default,
            kind: self.kind,
            tab,
            section: section.to_owned(),
            advanced: self.advanced || matches!(tab, Tab::AttConsole),
            access: self.access,
        }
    }
}

#[cfg(test)]
mod tests;
