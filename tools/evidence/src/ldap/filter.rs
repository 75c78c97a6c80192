//! Search filters: read from BER (RFC 4511 §4.5.1.7), shown as text (RFC 4515).

use std::fmt;

use serde::Serialize;

use super::ber::{Ber, Element, Wrong, text};

/// What an entry must be like. Values are octets, as they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// One of them.
    Or(Vec<Filter>),
    /// Not so.
    Not(Box<Filter>),
    /// A value of the attribute is this one.
    Equal(String, Vec<u8>),
    /// A value begins, holds in this order, ends.
    Substrings {
        /// Attribute.
        attribute: String,
        /// What it begins with.
        initial: Option<Vec<u8>>,
        /// What it holds.
        any: Vec<Vec<u8>>,
        /// What it ends with.
        end: Option<Vec<u8>>,
    },
    /// A value is this or comes after it.
    GreaterOrEqual(String, Vec<u8>),
    /// A value is this or comes before it.
    LessOrEqual(String, Vec<u8>),
    /// There is a value.
    Present(String),
    /// A value is about this.
    Approximate(String, Vec<u8>),
    /// By a rule of matching.
    Extensible {
        /// Rule.
        rule: Option<String>,
        /// Attribute; any if none is named.
        attribute: Option<String>,
        /// Value.
        value: Vec<u8>,
        /// Whether the parts of the entry's name count too.
        dn: bool,
    },
}

impl Filter {
    pub(super) fn read(element: &Element<'_>) -> Result<Filter, Wrong> {
        let each = || element.each(|within| Filter::read(&within.next()?));
        let assertion = || {
            let mut within = element.within()?;
            Ok((within.text()?, within.string()?.to_vec()))
        };
        match element.tag {
            0xa0 => each().map(Filter::And),
            0xa1 => each().map(Filter::Or),
            0xa2 => Ok(Filter::Not(Box::new(Filter::read(&element.within()?.next()?)?))),
            0xa3 => assertion().map(|(attribute, value)| Filter::Equal(attribute, value)),
            0xa4 => substrings(element.within()?),
            0xa5 => assertion().map(|(attribute, value)| Filter::GreaterOrEqual(attribute, value)),
            0xa6 => assertion().map(|(attribute, value)| Filter::LessOrEqual(attribute, value)),
            0x87 => Ok(Filter::Present(text(element.content))),
            0xa8 => assertion().map(|(attribute, value)| Filter::Approximate(attribute, value)),
            0xa9 => extensible(element.within()?),
            _ => Err("not a filter"),
        }
    }

    /// All filters in it that compare or look for something, itself among them if it does: no And, Or, Not.
    pub fn leaves(&self) -> Vec<&Filter> {
        match self {
            Filter::And(filters) | Filter::Or(filters) => filters.iter().flat_map(Filter::leaves).collect(),
            Filter::Not(filter) => filter.leaves(),
            _ => vec![self],
        }
    }

    /// Attribute that it is about; none for And, Or, Not.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Filter::And(_) | Filter::Or(_) | Filter::Not(_) => None,
            Filter::Equal(attribute, _)
            | Filter::Substrings { attribute, .. }
            | Filter::GreaterOrEqual(attribute, _)
            | Filter::LessOrEqual(attribute, _)
            | Filter::Present(attribute)
            | Filter::Approximate(attribute, _) => Some(attribute),
            Filter::Extensible { attribute, .. } => attribute.as_deref(),
        }
    }
}

fn substrings(mut within: Ber<'_>) -> Result<Filter, Wrong> {
    let attribute = within.text()?;
    let parts = within.next()?.each(Ber::next)?;
    if parts.is_empty() {
        return Err("substrings without any");
    }
    let last = parts.len() - 1;
    let (mut initial, mut any, mut end) = (None, Vec::new(), None);
    for (position, part) in parts.iter().enumerate() {
        let value = part.content.to_vec();
        match part.tag {
            0x80 if position == 0 => initial = Some(value),
            0x81 => any.push(value),
            0x82 if position == last => end = Some(value),
            _ => return Err("substrings out of order"),
        }
    }
    Ok(Filter::Substrings { attribute, initial, any, end })
}

fn extensible(mut within: Ber<'_>) -> Result<Filter, Wrong> {
    let rule = within.optional(0x81)?.map(|element| text(element.content));
    let attribute = within.optional(0x82)?.map(|element| text(element.content));
    let value = within.expect(0x83, "a matching rule without a value")?.content.to_vec();
    let dn = within.optional(0x84)?.map_or(Ok(false), |element| element.truth())?;
    Ok(Filter::Extensible { rule, attribute, value, dn })
}

/// `(&(objectClass=person)(sn=mei*))`: RFC 4515 §3, with `*`, `(`, `)`, `\`, NUL and octets that are no UTF-8 as `\xx`.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, sign: &str, filters: &[Filter]| {
            write!(f, "({sign}")?;
            filters.iter().try_for_each(|filter| write!(f, "{filter}"))?;
            f.write_str(")")
        };
        match self {
            Filter::And(filters) => list(f, "&", filters),
            Filter::Or(filters) => list(f, "|", filters),
            Filter::Not(filter) => write!(f, "(!{filter})"),
            Filter::Equal(attribute, value) => write!(f, "({attribute}={})", escaped(value)),
            Filter::GreaterOrEqual(attribute, value) => write!(f, "({attribute}>={})", escaped(value)),
            Filter::LessOrEqual(attribute, value) => write!(f, "({attribute}<={})", escaped(value)),
            Filter::Approximate(attribute, value) => write!(f, "({attribute}~={})", escaped(value)),
            Filter::Present(attribute) => write!(f, "({attribute}=*)"),
            Filter::Substrings { attribute, initial, any, end } => {
                let part = |value: &Option<Vec<u8>>| value.as_deref().map(escaped).unwrap_or_default();
                write!(f, "({attribute}={}*", part(initial))?;
                any.iter().try_for_each(|value| write!(f, "{}*", escaped(value)))?;
                write!(f, "{})", part(end))
            }
            Filter::Extensible { rule, attribute, value, dn } => {
                write!(f, "({}{}", attribute.as_deref().unwrap_or_default(), if *dn { ":dn" } else { "" })?;
                rule.iter().try_for_each(|rule| write!(f, ":{rule}"))?;
                write!(f, ":={})", escaped(value))
            }
        }
    }
}

impl Serialize for Filter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A value as it stands in a filter's text.
pub fn escaped(value: &[u8]) -> String {
    let mut escaped = String::new();
    for chunk in value.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '*' | '(' | ')' | '\\' | '\0' => escaped.push_str(&format!("\\{:02x}", c as u32)),
                _ => escaped.push(c),
            }
        }
        chunk.invalid().iter().for_each(|octet| escaped.push_str(&format!("\\{octet:02x}")));
    }
    escaped
}
