//! The catalogue of requirements, `features/requirements.toml`.
//!
//! ```toml
//! [[requirement]]
//! id = "doc/domains/silence-unlisted"
//! section = "Restrict Access to Domains"
//! statement = "With a list set, the phone answers SIP only from the listed servers."
//! level = "must"
//! status = "tested"
//! covers = ["SIP-07"]
//! # Only where level is "erratum": what the document says and what is true.
//! note = "The table says 41; RFC 2132 §9.2 gives the lease time the code 51."
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::event::ParseError;

/// All requirements, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The file it came from, as it was named.
    pub file: String,
    requirements: BTreeMap<String, Requirement>,
}

/// One thing that is asked of the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `doc/<area>/<slug>` or `rfcNNNN/<section>/<slug>`.
    pub id: String,
    /// Section of the document, or clause of the RFC.
    pub section: String,
    /// What is asked, in our words.
    pub statement: String,
    /// How strongly it is asked.
    pub level: Level,
    /// Whether scenarios exist.
    pub status: Status,
    /// Rows of the standards table that it covers, such as `DIG-01`.
    pub covers: Vec<String>,
    /// Of an erratum: what the document says and what is true; otherwise what a reader should know.
    pub note: String,
    /// Line of its id in the catalogue.
    pub line: u32,
}

/// How strongly a requirement is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// MUST, SHALL.
    Must,
    /// SHOULD, RECOMMENDED.
    Should,
    /// MAY, or derived from another rule.
    May,
    /// Said by the document of the manufacturer.
    Document,
    /// Said by the document of the manufacturer, and wrong: what is right is tested, and that the wrong thing does no harm.
    Erratum,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
            Level::Document => "document",
            Level::Erratum => "erratum",
        })
    }
}

/// Whether scenarios exist for a requirement. Checked against the features both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A rule of a feature carries its tag.
    Tested,
    /// Known, and no rule carries its tag yet.
    Open,
}

impl Catalogue {
    /// Reads and checks a catalogue file.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn read(path: &Path) -> Result<Self, Vec<ParseError>> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(error) => Err(vec![ParseError { file, line: None, message: error.to_string() }]),
        }
    }

    /// Checks the text of a catalogue; `file` is only for messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ParseError>> {
        let lines = Lines { file, text };
        let raw: RawCatalogue = toml::from_str(text)
            .map_err(|error| vec![lines.error(error.span().map_or(0, |span| span.start), error.message().trim())])?;
        let mut errors = Vec::new();
        let mut requirements: BTreeMap<String, Requirement> = BTreeMap::new();
        for raw in raw.requirement {
            check(&raw, &lines, &mut errors);
            let requirement = raw.into_requirement(&lines);
            if let Some(first) = requirements.get(&requirement.id) {
                let message = format!("{} stands here again; it was on line {}", requirement.id, first.line);
                errors.push(ParseError { file: file.to_owned(), line: Some(requirement.line), message });
                continue;
            }
            requirements.insert(requirement.id.clone(), requirement);
        }
        if errors.is_empty() { Ok(Catalogue { file: file.to_owned(), requirements }) } else { Err(errors) }
    }

    /// The requirement with this id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.requirements.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.values()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    #[serde(default)]
    requirement: Vec<RawRequirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequirement {
    id: Spanned<String>,
    section: Spanned<String>,
    statement: Spanned<String>,
    level: Level,
    status: Status,
    #[serde(default)]
    covers: Vec<Spanned<String>>,
    #[serde(default)]
    note: String,
}

impl RawRequirement {
    fn into_requirement(self, lines: &Lines<'_>) -> Requirement {
        Requirement {
            line: lines.number(self.id.span().start),
            id: self.id.into_inner(),
            section: self.section.into_inner(),
            statement: self.statement.into_inner(),
            level: self.level,
            status: self.status,
            covers: self.covers.into_iter().map(Spanned::into_inner).collect(),
            note: self.note.trim().to_owned(),
        }
    }
}

/// Turns places in the text into lines.
pub(crate) struct Lines<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Lines<'_> {
    pub(crate) fn number(&self, offset: usize) -> u32 {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let count = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(crate) fn error(&self, offset: usize, message: &str) -> ParseError {
        ParseError { file: self.file.to_owned(), line: Some(self.number(offset)), message: message.to_owned() }
    }
}

fn check(raw: &RawRequirement, lines: &Lines<'_>, errors: &mut Vec<ParseError>) {
    let id = raw.id.get_ref();
    if let Err(reason) = check_id(id) {
        errors.push(lines.error(raw.id.span().start, &format!("\"{id}\" is no requirement id: {reason}")));
    }
    for (name, value) in [("section", &raw.section), ("statement", &raw.statement)] {
        if value.get_ref().trim().is_empty() {
            errors.push(lines.error(value.span().start, &format!("{id}: the {name} is empty")));
        }
    }
    if raw.level == Level::Erratum && raw.note.trim().is_empty() {
        errors.push(lines.error(raw.id.span().start, &format!("{id}: an erratum has a note that says what is true")));
    }
    for (index, row) in raw.covers.iter().enumerate() {
        if !is_row(row.get_ref()) {
            let message = format!("{id}: \"{}\" is no row of the standards table, such as DIG-01", row.get_ref());
            errors.push(lines.error(row.span().start, &message));
        }
        if raw.covers.iter().take(index).any(|earlier| earlier.get_ref() == row.get_ref()) {
            errors.push(lines.error(row.span().start, &format!("{id}: {} stands twice", row.get_ref())));
        }
    }
}

fn check_id(id: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = id.split('/').collect();
    let [source, middle, slug] = parts.as_slice() else {
        return Err("it has three parts, doc/<area>/<slug> or rfcNNNN/<section>/<slug>");
    };
    let is_slug = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && !text.ends_with('-')
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let is_section = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let is_rfc = source.strip_prefix("rfc").is_some_and(|digits| {
        !digits.is_empty() && digits.len() <= 5 && digits.chars().all(|digit| digit.is_ascii_digit())
    });
    if !is_slug(slug) {
        return Err("the last part is a slug of lower-case words");
    }
    if *source == "doc" {
        return if is_slug(middle) { Ok(()) } else { Err("the area is a slug of lower-case words") };
    }
    if !is_rfc {
        return Err("it begins with doc or rfcNNNN");
    }
    if is_section(middle) { Ok(()) } else { Err("the section is written like 22.1") }
}

/// Whether this is the name of a row of the standards table.
pub(crate) fn is_row(row: &str) -> bool {
    row.split_once('-').is_some_and(|(group, number)| {
        group.starts_with(|first: char| first.is_ascii_uppercase())
            && group.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
