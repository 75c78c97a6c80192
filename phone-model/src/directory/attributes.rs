//! `Display Attrs`: which attributes of an entry are shown, under which name, and which of them are numbers to dial. It is written as
//! `a=telephoneNumber,n=Phone,t=p;`: attribute, name, type (phone-facts §2.2).

use super::mapping::{Mapping, dialable};
use crate::ldap::Entry;
use crate::settings::Settings;

/// Attributes that are shown; more do not fit on any screen.
const MOST: usize = 16;

/// One attribute on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Attribute description.
    pub attribute: String,
    /// Its name on the screen.
    pub label: String,
    /// Whether its values can be dialled (`t=p`).
    pub number: bool,
}

/// Text that names no attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a list such as a=cn,n=Name;a=telephoneNumber,n=Phone,t=p;")]
pub struct NotAttributes;

impl Shown {
    /// Reads the setting.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(setting: &str) -> Result<Vec<Shown>, NotAttributes> {
        let groups = setting.split(';').map(str::trim).filter(|group| !group.is_empty());
        let shown = groups.take(MOST + 1).map(group).collect::<Result<Vec<_>, _>>()?;
        if shown.len() > MOST { Err(NotAttributes) } else { Ok(shown) }
    }

    /// What the settings want shown; name and number when they say nothing.
    pub fn of(settings: &Settings) -> Vec<Shown> {
        let set = Shown::parse(settings.text("LDAP_Display_Attrs")).unwrap_or_default();
        if !set.is_empty() {
            return set;
        }
        let shown = |attribute: &str, label: &str, number| Shown {
            attribute: attribute.to_owned(),
            label: label.to_owned(),
            number,
        };
        vec![shown("cn", "Name", false), shown("telephoneNumber", "Phone", true)]
    }
}

fn group(text: &str) -> Result<Shown, NotAttributes> {
    let (mut attribute, mut label, mut number) = (None, None, false);
    for pair in text.split(',') {
        let (key, value) = pair.split_once('=').ok_or(NotAttributes)?;
        match (key.trim(), value.trim()) {
            ("a", value) if attribute.is_none() && is_attribute(value) => attribute = Some(value.to_owned()),
            ("n", value) if label.is_none() => label = Some(value.to_owned()),
            ("t", "p") => number = true,
            _ => return Err(NotAttributes),
        }
    }
    let attribute = attribute.ok_or(NotAttributes)?;
    Ok(Shown { label: label.unwrap_or_else(|| attribute.clone()), attribute, number })
}

/// RFC 4512 §2.5, without options.
fn is_attribute(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain)
}

/// A line of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the attribute.
    pub label: String,
    /// Its value as it came.
    pub text: String,
    /// What is dialled for it.
    pub number: Option<String>,
}

/// An entry as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its lines, in the order of the settings.
    pub rows: Vec<Row>,
}

impl Listed {
    /// What is shown of an entry.
    pub fn of(entry: &Entry, shown: &[Shown], mapping: &Mapping) -> Listed {
        let rows: Vec<Row> = shown.iter().flat_map(|shown| rows(entry, shown, mapping)).collect();
        let common = values(entry, "cn").next().cloned();
        let text = || rows.iter().find(|row| row.number.is_none()).map(|row| row.text.clone());
        let any = || rows.first().map(|row| row.text.clone());
        let name = common.or_else(text).or_else(any).unwrap_or_else(|| "(no name)".into());
        Listed { name, rows }
    }

    /// What can be dialled of it.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| row.number.as_deref())
    }

    /// The line of the first number.
    pub fn first_number(&self) -> Option<usize> {
        self.rows.iter().position(|row| row.number.is_some())
    }
}

fn rows(entry: &Entry, shown: &Shown, mapping: &Mapping) -> Vec<Row> {
    let row = |text: &String| {
        let number = if shown.number { dialable(text).map(|number| mapping.apply(&number)) } else { None };
        Row { label: shown.label.clone(), text: text.clone(), number }
    };
    values(entry, &shown.attribute).map(row).collect()
}

/// The values of an attribute, whatever options it came with; names compare without case (RFC 4512 §2.5).
fn values<'a>(entry: &'a Entry, attribute: &'a str) -> impl Iterator<Item = &'a String> {
    let of = move |description: &str| {
        let name = description.split(';').next().unwrap_or_default();
        name.eq_ignore_ascii_case(attribute)
    };
    entry.attributes.iter().filter(move |(name, _)| of(name)).flat_map(|(_, values)| values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn the_setting_names_attributes_labels_and_numbers() {
        let shown = Shown::parse("a=cn,n=Name;a=mail; a=telephoneNumber,n=Phone,t=p;").unwrap();
        let told: Vec<_> = shown.iter().map(|s| (s.attribute.as_str(), s.label.as_str(), s.number)).collect();
        assert_eq!(told, [("cn", "Name", false), ("mail", "mail", false), ("telephoneNumber", "Phone", true)]);
        assert_eq!(Shown::parse(""), Ok(vec![]));
        for text in ["cn", "n=Name", "a=cn,a=sn", "a=cn,t=x", "a=,n=Name", "a=c n", "a=cn,z=1", &"a=cn;".repeat(17)] {
            assert_eq!(Shown::parse(text), Err(NotAttributes), "{text}");
        }
    }

    #[test]
    fn an_entry_shows_what_the_settings_name() {
        let values = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        let entry = Entry {
            attributes: vec![
                ("TelephoneNumber".into(), values(&["+49 30 123", "x"])),
                ("cn;lang-de".into(), values(&["Ann"])),
                ("mail".into(), values(&["ann@example.com"])),
            ],
        };
        let shown = Shown::of(&Settings::default());
        let listed = Listed::of(&entry, &shown, &Mapping::parse("(<+:00>xx.)").unwrap());
        assert_eq!(listed.name, "Ann");
        let rows: Vec<_> =
            listed.rows.iter().map(|r| (r.label.as_str(), r.text.as_str(), r.number.as_deref())).collect();
        assert_eq!(rows, [("Name", "Ann", None), ("Phone", "+49 30 123", Some("004930123")), ("Phone", "x", None)]);
        assert_eq!(listed.first_number(), Some(1));
        assert_eq!(Listed::of(&Entry::default(), &shown, &Mapping::default()).name, "(no name)");
    }
}
