//! What keys do in the directory.

use super::attributes::Listed;
use super::{At, Directory, Output};
use crate::state::Key;
use crate::time::Instant;

impl Directory {
    pub(super) fn press(&mut self, key: Key, now: Instant) {
        match key {
            Key::Directories if !self.is_open() => self.at = At::Menu,
            Key::Directories | Key::Release => self.leave(),
            Key::Soft(number) => {
                let keys = self.shown().map(|page| page.soft_keys).unwrap_or_default();
                if let Some(name) = usize::from(number).checked_sub(1).and_then(|place| keys.get(place)) {
                    self.soft_key(name);
                }
            }
            Key::NavUp => self.step(false),
            Key::NavDown => self.step(true),
            Key::NavSelect => self.select(),
            Key::NavBack => self.back(),
            Key::Pad(digit) if matches!(self.at, At::Form) => self.form.press(digit, now),
            Key::NavRight if matches!(self.at, At::Form) => self.form.settle(),
            Key::Pad(_)
            | Key::NavRight
            | Key::NavLeft
            | Key::Line(_)
            | Key::Speaker
            | Key::Headset
            | Key::Mute
            | Key::VolumeUp
            | Key::VolumeDown
            | Key::Applications
            | Key::Messages
            | Key::Hold => {}
        }
    }

    /// One that the page does not offer does nothing.
    pub(super) fn soft_key(&mut self, name: &str) {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match (name.as_str(), &self.at) {
            ("directory" | "directories" | "dir", At::Away) => self.at = At::Menu,
            ("select", At::Menu | At::List { .. }) | ("search" | "submit", At::Form) => self.select(),
            ("delete" | "delchar", At::Form) => self.form.delete(),
            ("call" | "dial", At::List { marked }) => {
                let number = self.found.get(*marked).and_then(|entry| entry.numbers().next()).map(str::to_owned);
                self.dial(number);
            }
            ("call" | "dial", At::Entry { entry, marked }) => {
                let row = self.found.get(*entry).and_then(|entry| entry.rows.get(*marked));
                let number = row.and_then(|row| row.number.clone());
                self.dial(number);
            }
            ("exit", At::Menu) => self.leave(),
            ("cancel", At::Form | At::Searching) | ("back", At::List { .. } | At::Entry { .. } | At::Message(_)) => {
                self.back();
            }
            _ => {}
        }
    }

    fn select(&mut self) {
        match self.at {
            At::Menu if self.settings.yes("LDAP_Dir_Enable") => {
                self.form.clear();
                self.at = At::Form;
            }
            At::Form => self.search(),
            At::List { marked } if marked < self.found.len() => {
                let first = self.found.get(marked).and_then(Listed::first_number);
                self.at = At::Entry { entry: marked, marked: first.unwrap_or(0) };
            }
            At::Entry { .. } => self.soft_key("call"),
            At::Away | At::Menu | At::Searching | At::List { .. } | At::Message(_) => {}
        }
    }

    fn back(&mut self) {
        self.at = match self.at {
            At::Away | At::Menu => return self.leave(),
            At::Form => At::Menu,
            At::Searching => {
                self.out.push_back(Output::GiveUp);
                At::Form
            }
            At::List { .. } | At::Message(_) => At::Form,
            At::Entry { entry, .. } => At::List { marked: entry },
        };
    }

    fn leave(&mut self) {
        if matches!(self.at, At::Searching) {
            self.out.push_back(Output::GiveUp);
        }
        self.at = At::Away;
        self.found.clear();
    }

    fn step(&mut self, down: bool) {
        let stepped = |marked: usize, count: usize| match down {
            true => (marked + 1).min(count.saturating_sub(1)),
            false => marked.saturating_sub(1),
        };
        match &mut self.at {
            At::Form => self.form.step(down),
            At::List { marked } => *marked = stepped(*marked, self.found.len()),
            At::Entry { entry, marked } => {
                let rows = self.found.get(*entry).map_or(0, |entry| entry.rows.len());
                *marked = stepped(*marked, rows);
            }
            At::Away | At::Menu | At::Searching | At::Message(_) => {}
        }
    }

    fn dial(&mut self, number: Option<String>) {
        if let Some(number) = number {
            self.out.push_back(Output::Dial(number));
            self.leave();
        }
    }
}
