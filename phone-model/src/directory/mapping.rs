//! `Number Mapping`: a directory's number as it is to be dialled (phone-facts §2.2). It is written as a dial plan: rules in parentheses, `|`
//! between them; in a rule `x` is a digit, `[2-4]` one of these, `.` any more of what stands before it, and `<a:b>` stands for `a` and makes
//! it `b`. `(<:9xx.>)`, as guides print it, means `<:9>xx.`: a 9 before every number.

/// Rules that are looked at.
const MOST_RULES: usize = 16;
/// Parts of a rule.
const MOST_PARTS: usize = 64;

/// What happens to numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    rules: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// One of these characters.
    One(Vec<char>),
    /// Any number of these, none too.
    Many(Vec<char>),
    /// These characters, and what they become.
    Becomes(String, String),
}

/// Text that is no mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a number mapping such as (<:9xx.>)")]
pub struct NotAMapping;

impl Mapping {
    /// Reads the setting; an empty one changes nothing.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(setting: &str) -> Result<Mapping, NotAMapping> {
        let text = setting.trim();
        if text.is_empty() {
            return Ok(Mapping::default());
        }
        let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
        let rules = inside.split('|').take(MOST_RULES + 1).map(rule).collect::<Result<Vec<_>, _>>()?;
        if rules.len() > MOST_RULES { Err(NotAMapping) } else { Ok(Mapping { rules }) }
    }

    /// The number to dial: what the first rule that fits makes of it, or the number as it is.
    pub fn apply(&self, number: &str) -> String {
        let digits: Vec<char> = number.chars().collect();
        self.rules.iter().find_map(|rule| mapped(rule, &digits)).unwrap_or_else(|| number.to_owned())
    }
}

/// What can be dialled of a number as directories write it; a SIP URI stays whole. Nothing when there is nothing to dial.
pub fn dialable(text: &str) -> Option<String> {
    let text = text.trim();
    if text.starts_with("sip:") || text.contains('@') {
        return Some(text.to_owned()).filter(|text| !text.contains(char::is_whitespace));
    }
    // `(0)` in a number with a country code is dialled only without it.
    let text = if text.starts_with('+') { text.replace("(0)", "") } else { text.to_owned() };
    let kept: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | '+')).collect();
    Some(kept).filter(|kept| kept.contains(|c: char| c.is_ascii_digit()))
}

fn rule(text: &str) -> Result<Vec<Part>, NotAMapping> {
    let (mut parts, mut rest) = (Vec::new(), text.trim());
    if rest.is_empty() {
        return Err(NotAMapping);
    }
    while let Some(first) = rest.chars().next() {
        if parts.len() >= MOST_PARTS {
            return Err(NotAMapping);
        }
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '<' => {
                let (inside, after) = after.split_once('>').ok_or(NotAMapping)?;
                let (from, to) = inside.split_once(':').ok_or(NotAMapping)?;
                // A pattern within the brackets follows them.
                let end = to.find(|c| !is_dialled(c)).unwrap_or(to.len());
                let (to, pattern) = to.split_at(end);
                if !from.chars().all(is_dialled) || pattern.contains('<') {
                    return Err(NotAMapping);
                }
                parts.push(Part::Becomes(from.to_owned(), to.to_owned()));
                if !pattern.is_empty() {
                    parts.extend(rule(pattern)?);
                }
                after
            }
            '[' => {
                let (inside, after) = after.split_once(']').ok_or(NotAMapping)?;
                parts.push(Part::One(choices(inside)?));
                after
            }
            '.' => {
                let Some(Part::One(choices)) = parts.last().cloned() else { return Err(NotAMapping) };
                // `xx.` asks for one digit and takes any more: the last one may be missing.
                parts.pop();
                parts.push(Part::Many(choices));
                after
            }
            'x' | 'X' => {
                parts.push(Part::One(('0'..='9').collect()));
                after
            }
            c if is_dialled(c) => {
                parts.push(Part::One(vec![c]));
                after
            }
            _ => return Err(NotAMapping),
        };
    }
    Ok(parts)
}

const fn is_dialled(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '*' | '#' | '+')
}

fn choices(inside: &str) -> Result<Vec<char>, NotAMapping> {
    let all: Vec<char> = inside.chars().collect();
    let mut choices = Vec::new();
    let mut rest = all.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = match after {
            ['-', last, after @ ..] if first.is_ascii_digit() && last.is_ascii_digit() && first <= last => {
                choices.extend(*first..=*last);
                after
            }
            after if is_dialled(*first) => {
                choices.push(*first);
                after
            }
            _ => return Err(NotAMapping),
        };
    }
    if choices.is_empty() || choices.len() > MOST_PARTS { Err(NotAMapping) } else { Ok(choices) }
}

/// What a rule makes of a number, if it fits all of it. `Many` takes as much as it can: nothing follows it in a dial plan but the end.
fn mapped(rule: &[Part], digits: &[char]) -> Option<String> {
    let (mut made, mut rest) = (String::new(), digits);
    for part in rule {
        rest = match part {
            Part::One(choices) => {
                let (first, after) = rest.split_first().filter(|(first, _)| choices.contains(first))?;
                made.push(*first);
                after
            }
            Part::Many(choices) => {
                let end = rest.iter().position(|c| !choices.contains(c)).unwrap_or(rest.len());
                let (taken, after) = rest.split_at(end);
                made.extend(taken);
                after
            }
            Part::Becomes(from, to) => {
                made.push_str(to);
                rest.strip_prefix(from.chars().collect::<Vec<_>>().as_slice())?
            }
        };
    }
    rest.is_empty().then_some(made)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn apply(setting: &str, number: &str) -> String {
        Mapping::parse(setting).unwrap().apply(number)
    }

    #[test]
    fn numbers_become_what_the_rules_say() {
        assert_eq!(apply("", "5551212"), "5551212");
        assert_eq!(apply("(<:9xx.>)", "5551212"), "95551212");
        assert_eq!(apply("<:9>xx.", "5551212"), "95551212");
        assert_eq!(apply("(<+49:0>xx.|<+:00>xx.)", "+4930123"), "030123");
        assert_eq!(apply("(<+49:0>xx.|<+:00>xx.)", "+3312345"), "003312345");
        assert_eq!(apply("([2-4]xxx|<:9>xx.)", "3123"), "3123");
        assert_eq!(apply("([2-4]xxx|<:9>xx.)", "31234"), "931234");
        // What no rule fits stays as it is.
        assert_eq!(apply("(<1:2>)", "5"), "5");
        assert_eq!(apply("(<:9xx.>)", "+1555"), "+1555");
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        for text in ["()", "(<9)", "(<9>)", "(.)", "([)", "([])", "([4-2])", "(a)", "(9|)", "(<9:<8:7>>)", "<x:9>"] {
            assert_eq!(Mapping::parse(text), Err(NotAMapping), "{text}");
        }
    }

    #[test]
    fn numbers_are_written_in_many_ways() {
        assert_eq!(dialable("+49 (0) 30 / 123-45").as_deref(), Some("+493012345"));
        assert_eq!(dialable("+49 (0)30 123").as_deref(), Some("+4930123"));
        assert_eq!(dialable("(030) 123.45").as_deref(), Some("03012345"));
        assert_eq!(dialable("sip:ann@example.com").as_deref(), Some("sip:ann@example.com"));
        assert_eq!(dialable("*69#").as_deref(), Some("*69#"));
        assert_eq!(dialable("none"), None);
        assert_eq!(dialable(""), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(setting in "[(<:>|)x.0-9\\[\\]*#+-]{0,30}", number in "[0-9+*#]{0,20}") {
            if let Ok(mapping) = Mapping::parse(&setting) {
                prop_assert!(mapping.apply(&number).len() <= setting.len() + number.len());
            }
        }
    }
}
