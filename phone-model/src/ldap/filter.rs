//! Search filters: their text (RFC 4515), their octets (RFC 4511 §4.5.1.7), and the templates of the settings, in which `$VALUE` stands for
//! what a person typed. That text is escaped before it is put in, so that it can be nothing but a value (RFC 4515 §3).

use super::ber::{OCTETS, Writer};
use std::fmt::Write as _;

/// Filters within filters.
const DEEPEST: usize = 8;
/// Parts of a filter; more than a person writes into a field.
const MOST: usize = 64;
/// What stands for the typed text.
const VALUE: &str = "$VALUE";

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// One of them.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// `=`, `>=`, `<=`, `~=`.
    Compare {
        /// How.
        relation: Relation,
        /// The attribute.
        attribute: String,
        /// The value.
        value: Vec<u8>,
    },
    /// `*`: it has the attribute.
    Present(String),
    /// Parts of a value with anything between them; an empty first or last part is none.
    Substrings {
        /// The attribute.
        attribute: String,
        /// At least two.
        parts: Vec<Vec<u8>>,
    },
}

/// How a value compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `~=`
    About,
}

/// Text that is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a search filter such as sn:(sn=$VALUE*)")]
pub struct NotAFilter;

/// A filter of the settings, such as `sn:(sn=$VALUE*)`: what stands before `:(` names the field and is no part of the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
}

impl Template {
    /// Reads a setting.
    ///
    /// # Errors
    /// When it is no filter.
    pub fn parse(setting: &str) -> Result<Template, NotAFilter> {
        let text = match setting.split_once(":(") {
            Some((name, rest)) if is_attribute(name.trim()) => format!("({rest}"),
            Some(_) | None => setting.trim().to_owned(),
        };
        let template = Template { text };
        // Only a value may be what is typed: an escaped asterisk can stand nowhere else.
        template.fill("x").and_then(|_| template.fill("*")).map(|_| template)
    }

    /// The filter for this text.
    ///
    /// # Errors
    /// When the template is none; never because of the text.
    pub fn fill(&self, typed: &str) -> Result<Filter, NotAFilter> {
        Filter::parse(&self.text.replace(VALUE, &escape(typed)))
    }

    /// The filter that comes out when the text is put in as it is. Only a phone with a defect asks for this.
    ///
    /// # Errors
    /// When no filter comes out.
    pub fn fill_unescaped(&self, typed: &str) -> Result<Filter, NotAFilter> {
        let text = self.text.replace(VALUE, typed);
        // What was one filter may be several now.
        Filter::parse(&text).or_else(|_| Filter::parse(&format!("(|{text})")))
    }
}

/// A value as it stands in a filter's text (RFC 4515 §3): `*`, `(`, `)`, `\` and NUL may not stand there as they are; nothing that is
/// no ASCII need be written otherwise.
pub fn escape(value: &str) -> String {
    value.chars().fold(String::new(), |mut text, c| {
        if matches!(c, '*' | '(' | ')' | '\\' | '\0') {
            let _ = write!(text, "\\{:02x}", u32::from(c));
        } else {
            text.push(c);
        }
        text
    })
}

impl Filter {
    /// Reads a filter's text.
    ///
    /// # Errors
    /// When it is none, or more than a field should hold.
    pub fn parse(text: &str) -> Result<Filter, NotAFilter> {
        let mut left = MOST;
        let (filter, rest) = parse(text.trim(), DEEPEST, &mut left)?;
        if rest.is_empty() { Ok(filter) } else { Err(NotAFilter) }
    }

    /// All of these; the one, if there is one only.
    pub fn all(mut filters: Vec<Filter>) -> Option<Filter> {
        if filters.len() > 1 { Some(Filter::And(filters)) } else { filters.pop() }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        const AND: u8 = 0xa0;
        const OR: u8 = 0xa1;
        const NOT: u8 = 0xa2;
        const SUBSTRINGS: u8 = 0xa4;
        const PRESENT: u8 = 0x87;
        match self {
            Filter::And(filters) => writer.nested(AND, |set| filters.iter().for_each(|filter| filter.write(set))),
            Filter::Or(filters) => writer.nested(OR, |set| filters.iter().for_each(|filter| filter.write(set))),
            Filter::Not(filter) => writer.nested(NOT, |not| filter.write(not)),
            Filter::Compare { relation, attribute, value } => writer.nested(relation.tag(), |pair| {
                pair.octets(OCTETS, attribute.as_bytes());
                pair.octets(OCTETS, value);
            }),
            Filter::Present(attribute) => writer.octets(PRESENT, attribute.as_bytes()),
            Filter::Substrings { attribute, parts } => writer.nested(SUBSTRINGS, |substrings| {
                substrings.octets(OCTETS, attribute.as_bytes());
                substrings.nested(super::ber::SEQUENCE, |list| write_parts(list, parts));
            }),
        }
    }
}

impl Relation {
    const fn tag(self) -> u8 {
        match self {
            Relation::Equal => 0xa3,
            Relation::AtLeast => 0xa5,
            Relation::AtMost => 0xa6,
            Relation::About => 0xa8,
        }
    }
}

fn write_parts(list: &mut Writer, parts: &[Vec<u8>]) {
    const INITIAL: u8 = 0x80;
    const ANY: u8 = 0x81;
    const FINAL: u8 = 0x82;
    let last = parts.len().saturating_sub(1);
    for (place, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let tag = match place {
            0 => INITIAL,
            _ if place == last => FINAL,
            _ => ANY,
        };
        list.octets(tag, part);
    }
}

/// One filter in its parentheses, and what follows it.
fn parse<'a>(text: &'a str, deepest: usize, left: &mut usize) -> Result<(Filter, &'a str), NotAFilter> {
    *left = left.checked_sub(1).ok_or(NotAFilter)?;
    let deeper = deepest.checked_sub(1).ok_or(NotAFilter)?;
    let text = text.strip_prefix('(').ok_or(NotAFilter)?;
    let (filter, rest) = match text.chars().next() {
        Some('&') => set(text.get(1..).unwrap_or_default(), deeper, left, Filter::And)?,
        Some('|') => set(text.get(1..).unwrap_or_default(), deeper, left, Filter::Or)?,
        Some('!') => {
            let (filter, rest) = parse(text.get(1..).unwrap_or_default(), deeper, left)?;
            (Filter::Not(Box::new(filter)), rest)
        }
        Some(_) | None => {
            let end = text.find([')', '(']).ok_or(NotAFilter)?;
            let (item, rest) = text.split_at(end);
            (self::item(item)?, rest)
        }
    };
    Ok((filter, rest.strip_prefix(')').ok_or(NotAFilter)?))
}

fn set<'a>(
    mut text: &'a str,
    deepest: usize,
    left: &mut usize,
    of: fn(Vec<Filter>) -> Filter,
) -> Result<(Filter, &'a str), NotAFilter> {
    let mut filters = Vec::new();
    while text.starts_with('(') {
        let (filter, rest) = parse(text, deepest, left)?;
        filters.push(filter);
        text = rest;
    }
    if filters.is_empty() { Err(NotAFilter) } else { Ok((of(filters), text)) }
}

fn item(text: &str) -> Result<Filter, NotAFilter> {
    let (attribute, value) = text.split_once('=').ok_or(NotAFilter)?;
    let (attribute, relation) = match attribute.chars().last() {
        Some('>') => (attribute.strip_suffix('>'), Relation::AtLeast),
        Some('<') => (attribute.strip_suffix('<'), Relation::AtMost),
        Some('~') => (attribute.strip_suffix('~'), Relation::About),
        Some(_) | None => (Some(attribute), Relation::Equal),
    };
    let attribute = attribute.map(str::trim).filter(|name| is_attribute(name)).ok_or(NotAFilter)?.to_owned();
    let parts = value.split('*').map(octets).collect::<Result<Vec<_>, _>>()?;
    match (relation, parts.as_slice()) {
        (_, [value]) => Ok(Filter::Compare { relation, attribute, value: value.clone() }),
        (Relation::Equal, [first, last]) if first.is_empty() && last.is_empty() => Ok(Filter::Present(attribute)),
        // Two asterisks in a row say the same as one.
        (Relation::Equal, parts) if parts.iter().all(Vec::is_empty) => Ok(Filter::Present(attribute)),
        (Relation::Equal, _) => Ok(Filter::Substrings { attribute, parts }),
        (Relation::AtLeast | Relation::AtMost | Relation::About, _) => Err(NotAFilter),
    }
}

/// The octets of a value: `\xx` stands for one.
fn octets(value: &str) -> Result<Vec<u8>, NotAFilter> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'\\' {
            octets.push(octet);
            continue;
        }
        let digits = [rest.next().ok_or(NotAFilter)?, rest.next().ok_or(NotAFilter)?];
        octets.extend(hex::decode(digits).map_err(|_| NotAFilter)?);
    }
    Ok(octets)
}

/// An attribute description (RFC 4512 §2.5): a name or numbers with dots, and options behind semicolons.
pub(super) fn is_attribute(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';' | '_');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain)
}

#[cfg(test)]
mod tests;
