//! The rows of the standards that a phone is held against, `features/standards.toml`: each is covered by scenarios (a requirement of the
//! catalogue names it), by tests of the protocol machines, or says why not.
//!
//! ```toml
//! [[row]]
//! id = "D4-07"
//! clause = "RFC 2131 §4.4.5"
//! level = "must"
//! statement = "A renewal goes to the server alone and names the address in ciaddr only."
//! tests = ["a_renewal_is_unicast"]
//! reason = "Only where neither scenarios nor tests cover it."
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::catalogue::{Catalogue, Level, Lines, is_row};
use crate::event::ParseError;
use crate::text;
use crate::trace::TracedRule;

/// All rows, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Standards {
    rows: Vec<Row>,
}

/// One clause that a phone is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Such as `D4-07`.
    pub id: String,
    /// Where it stands.
    pub clause: String,
    /// How strongly it is asked.
    pub level: Level,
    /// What is asked, in our words.
    pub statement: String,
    /// Tests of machines that fail when it is broken, by function name.
    pub tests: Vec<String>,
    /// Why nothing covers it.
    pub reason: String,
    /// Line of its id.
    pub line: u32,
}

/// What covers a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover<'a> {
    /// Scenarios of these requirements, and perhaps tests as well.
    Scenarios(Vec<&'a str>),
    /// Tests of machines alone.
    Tests,
    /// Nothing, for this reason.
    Nothing(&'a str),
    /// Nothing, and no reason is given.
    Missing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    row: Vec<RawRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    id: Spanned<String>,
    clause: String,
    level: Level,
    statement: String,
    #[serde(default)]
    tests: Vec<String>,
    #[serde(default)]
    reason: String,
}

impl Standards {
    /// Reads and checks the file.
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

    /// Checks the text of the file; `file` is only for messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ParseError>> {
        let lines = Lines { file, text };
        let raw: RawFile = toml::from_str(text)
            .map_err(|error| vec![lines.error(error.span().map_or(0, |span| span.start), error.message().trim())])?;
        let (mut rows, mut errors, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for raw in raw.row {
            let (at, id) = (raw.id.span().start, raw.id.into_inner());
            if !is_row(&id) {
                errors.push(lines.error(at, &format!("\"{id}\" is no row, such as D4-07")));
            }
            if !seen.insert(id.clone()) {
                errors.push(lines.error(at, &format!("{id} stands here again")));
            }
            let line = lines.number(at);
            let RawRow { clause, level, statement, tests, reason, .. } = raw;
            rows.push(Row { id, clause, level, statement, tests, reason, line });
        }
        if errors.is_empty() { Ok(Standards { rows }) } else { Err(errors) }
    }

    /// All rows, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// What covers each row.
    pub fn covers<'a>(&'a self, catalogue: &'a Catalogue, rules: &[TracedRule]) -> Vec<(&'a Row, Cover<'a>)> {
        let tested: BTreeSet<&str> = rules
            .iter()
            .filter(|rule| rule.scenarios > 0)
            .flat_map(|rule| &rule.requirements)
            .map(String::as_str)
            .collect();
        let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for requirement in catalogue.iter().filter(|requirement| tested.contains(requirement.id.as_str())) {
            for row in &requirement.covers {
                by.entry(row).or_default().push(&requirement.id);
            }
        }
        let cover = |row: &'a Row| match by.get(row.id.as_str()) {
            Some(requirements) => Cover::Scenarios(requirements.clone()),
            None if !row.tests.is_empty() => Cover::Tests,
            None if !row.reason.is_empty() => Cover::Nothing(&row.reason),
            None => Cover::Missing,
        };
        self.rows.iter().map(|row| (row, cover(row))).collect()
    }

    /// A table of the rows with what covers them, then the sums.
    pub fn render(&self, catalogue: &Catalogue, rules: &[TracedRule]) -> String {
        let covers = self.covers(catalogue, rules);
        let mut table = vec![["row", "level", "clause", "covered by"].map(str::to_owned).to_vec()];
        let (mut scenarios, mut tests, mut nothing) = (0, 0, 0);
        for (row, cover) in &covers {
            let by = match cover {
                Cover::Scenarios(requirements) => {
                    scenarios += 1;
                    requirements.join(" ")
                }
                Cover::Tests => {
                    tests += 1;
                    format!("test {}", row.tests.join(" "))
                }
                Cover::Nothing(reason) => {
                    nothing += 1;
                    format!("not covered: {reason}")
                }
                Cover::Missing => {
                    nothing += 1;
                    "not covered, and no reason given".to_owned()
                }
            };
            table.push(vec![row.id.clone(), row.level.to_string(), row.clause.clone(), by]);
        }
        format!(
            "{}\n{} of the standards: {scenarios} by scenarios, {tests} by tests of machines alone, {nothing} not covered\n",
            text::table(&table, usize::MAX),
            text::count(covers.len(), "row"),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::trace::tests::{CATALOGUE, FEATURE, traced};

    const ROWS: &str = r#"
[[row]]
id = "SIP-07"
clause = "RFC 3261 §8.2.1"
level = "must"
statement = "An unknown method gets 405."

[[row]]
id = "D4-07"
clause = "RFC 2131 §4.4.5"
level = "must"
statement = "A renewal goes to the server alone."
tests = ["a_renewal_is_unicast"]

[[row]]
id = "D4-40"
clause = "RFC 4702 §3.1"
level = "may"
statement = "The flags of option 81 are consistent."
reason = "the phone does not send it"

[[row]]
id = "D4-41"
clause = "none"
level = "must"
statement = "x"
"#;

    #[test]
    fn each_row_is_shown_with_what_covers_it() {
        let catalogue = Catalogue::parse("requirements.toml", CATALOGUE).unwrap();
        let standards = Standards::parse("standards.toml", ROWS).unwrap();
        insta::assert_snapshot!(standards.render(&catalogue, &traced(FEATURE)), @r"
        row     level  clause           covered by
        SIP-07  must   RFC 3261 §8.2.1  doc/domains/silence-unlisted
        D4-07   must   RFC 2131 §4.4.5  test a_renewal_is_unicast
        D4-40   may    RFC 4702 §3.1    not covered: the phone does not send it
        D4-41   must   none             not covered, and no reason given

        4 rows of the standards: 1 by scenarios, 1 by tests of machines alone, 2 not covered
        ");
    }

    #[test]
    fn a_row_that_stands_twice_or_is_none_is_named_with_its_line() {
        let wrong = ROWS.replace("D4-07", "SIP-07").replace("D4-40", "eighty-one");
        let errors = Standards::parse("standards.toml", &wrong).unwrap_err();
        let lines: Vec<String> = errors.iter().map(|e| format!("{} {}", e.line.unwrap_or(0), e.message)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        9 SIP-07 stands here again
        16 "eighty-one" is no row, such as D4-07
        "#);
    }
}
