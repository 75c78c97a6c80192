//! What the screen shows of the directory.

use super::{At, Directory, Page};

/// Characters in a line of a message.
const COLUMNS: usize = 60;

impl Directory {
    /// What is on the screen; nothing when the directory is not.
    pub fn shown(&self) -> Option<Page> {
        let page = |title: &str, rows: Vec<String>, marked: Option<usize>, soft_keys: &[&'static str]| {
            // An entry of which nothing is to be shown has no row to mark.
            let marked = marked.filter(|marked| *marked < rows.len());
            Some(Page { title: title.to_owned(), rows, marked, soft_keys: soft_keys.to_vec() })
        };
        match &self.at {
            At::Away => None,
            At::Menu if self.settings.yes("LDAP_Dir_Enable") => {
                page("Directory", vec![self.name().to_owned()], Some(0), &["Select", "Exit"])
            }
            At::Menu => page("Directory", vec!["No directory is set up".into()], None, &["", "Exit"]),
            At::Form => page(self.name(), self.form.rows(), Some(self.form.marked()), &["Search", "Delete", "Cancel"]),
            At::Searching => page(self.name(), vec!["Searching".into()], None, &["Cancel"]),
            At::List { marked } => {
                let rows = self.found.iter().map(|entry| entry.name.clone()).collect();
                page(&self.note, rows, Some(*marked), &["Call", "Select", "Back"])
            }
            At::Entry { entry, marked } => {
                let entry = self.found.get(*entry)?;
                let rows = entry.rows.iter().map(|row| format!("{}: {}", row.label, row.text)).collect();
                page(&entry.name, rows, Some(*marked), &["Call", "Back"])
            }
            At::Message(text) => page(self.name(), wrapped(text), None, &["Back"]),
        }
    }

    fn name(&self) -> &str {
        match self.settings.text("LDAP_Corp_Dir_Name") {
            "" => "Corporate directory",
            set => set,
        }
    }
}

/// Broken between words.
fn wrapped(text: &str) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match rows.last_mut() {
            Some(row) if row.chars().count() + 1 + word.chars().count() <= COLUMNS => {
                row.push(' ');
                row.push_str(word);
            }
            Some(_) | None => rows.push(word.to_owned()),
        }
    }
    rows
}
