//! The directory as a person meets it: menu, form, list, entry, and what goes wrong, in words. A sans-IO machine: [`Directory::handle`] takes
//! keys and outcomes, [`Directory::poll`] gives what is to be done, [`Directory::shown`] what stands on the screen.
//!
//! The way of a lookup: `Directories` (or the soft key Directory of an idle phone), Select, first name, down, last name, Search; then up and
//! down in the list, Call for the first number of an entry, or Select for all of them and Call.
//!
//! | module | what |
//! |---|---|
//! | [`attributes`] | `Display Attrs`, and what an entry shows |
//! | [`mapping`] | `Number Mapping` |
//! | [`typing`] | text from digit keys |
//! | `form` | fields, their filters, the plan of a lookup |
//! | `pages` | what the screen shows |

pub mod attributes;
mod form;
pub mod mapping;
mod pages;
pub mod typing;

use crate::defects::Defects;
use crate::ldap::{End, Failure, Found, Plan};
use crate::profile::Profile;
use crate::settings::Settings;
use crate::state::Key;
use crate::time::{Duration, Instant};
use attributes::Listed;
use form::Form;
use std::collections::VecDeque;

/// What the screen shows of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its heading.
    pub title: String,
    /// Its lines, all of them, top first.
    pub rows: Vec<String>,
    /// The line that keys act on.
    pub marked: Option<usize>,
    /// Its soft keys, first one first, at most four.
    pub soft_keys: Vec<&'static str>,
}

/// Input of [`Directory::handle`].
#[derive(Debug, Clone)]
pub enum Input {
    /// A key was pressed.
    Press(Key),
    /// A soft key by its name.
    SoftKey(String),
    /// The lookup of this number ended.
    Ended(u32, Result<Found, Failure>),
    /// Settings changed and are in force from now on.
    Settings(Settings),
}

/// Output of [`Directory::poll`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Look this up; answer with [`Input::Ended`] and this number.
    Search(u32, Box<Plan>),
    /// The lookup is not wanted any more.
    GiveUp,
    /// Dial this number.
    Dial(String),
    /// A line for the log.
    Log(String),
}

/// Where a person is.
#[derive(Debug)]
enum At {
    /// Not in the directory.
    Away,
    /// Which directory.
    Menu,
    /// What to look for.
    Form,
    /// A lookup is under way.
    Searching,
    /// What was found.
    List { marked: usize },
    /// One of it.
    Entry { entry: usize, marked: usize },
    /// What went wrong.
    Message(String),
}

/// See the module's text.
#[derive(Debug)]
pub struct Directory {
    settings: Settings,
    profile: Profile,
    defects: Defects,
    at: At,
    form: Form,
    found: Vec<Listed>,
    /// How the list ended, for its heading.
    note: String,
    lookup: u32,
    out: VecDeque<Output>,
}

impl Directory {
    /// A directory that nobody looks at.
    pub fn new(profile: Profile, defects: Defects, settings: Settings) -> Directory {
        let pause = Duration::from_millis(profile.unknown.typing_pause_ms);
        Directory {
            form: Form::new(&settings, pause),
            settings,
            profile,
            defects,
            at: At::Away,
            found: Vec::new(),
            note: String::new(),
            lookup: 0,
            out: VecDeque::new(),
        }
    }

    /// Whether it is on the screen.
    pub const fn is_open(&self) -> bool {
        !matches!(self.at, At::Away)
    }

    /// Whether this key is for the directory: when it is on the screen all but those that lift or choose a line, else the one that opens it.
    pub fn takes(&self, key: Key) -> bool {
        match key {
            Key::Directories => true,
            Key::Pad(_)
            | Key::Soft(_)
            | Key::NavUp
            | Key::NavDown
            | Key::NavLeft
            | Key::NavRight
            | Key::NavSelect
            | Key::NavBack
            | Key::Release => self.is_open(),
            Key::Line(_)
            | Key::Speaker
            | Key::Headset
            | Key::Mute
            | Key::VolumeUp
            | Key::VolumeDown
            | Key::Applications
            | Key::Messages
            | Key::Hold => false,
        }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Press(key) => self.press(key, now),
            Input::SoftKey(name) => self.soft_key(&name),
            Input::Ended(lookup, outcome) => self.ended(lookup, outcome),
            Input::Settings(settings) => {
                self.form.configure(&settings);
                self.settings = settings;
            }
        }
    }

    /// The next thing to do; nothing when there is nothing more.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn press(&mut self, key: Key, now: Instant) {
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
    fn soft_key(&mut self, name: &str) {
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

    fn search(&mut self) {
        match self.form.plan(&self.settings, &self.profile, &self.defects) {
            Ok(plan) => {
                self.lookup = self.lookup.wrapping_add(1);
                self.out.push_back(Output::Search(self.lookup, Box::new(plan)));
                self.at = At::Searching;
            }
            Err(failure) => self.failed(&failure),
        }
    }

    fn ended(&mut self, lookup: u32, outcome: Result<Found, Failure>) {
        if lookup != self.lookup || !matches!(self.at, At::Searching) {
            return;
        }
        let found = match outcome {
            Ok(found) => found,
            Err(failure) => return self.failed(&failure),
        };
        let shown = attributes::Shown::of(&self.settings);
        let mapping = mapping::Mapping::parse(self.settings.text("LDAP_Number_Mapping")).unwrap_or_default();
        self.found = found.entries.iter().map(|entry| Listed::of(entry, &shown, &mapping)).collect();
        self.note = match &found.end {
            End::Complete => format!("{} found", self.found.len()),
            End::More => format!("{} found, there are more", self.found.len()),
            End::Broken(failure) => format!("{} found: {failure}", self.found.len()),
        };
        self.out.push_back(Output::Log(format!("directory: {}", self.note)));
        self.at = match self.found.is_empty() {
            true => At::Message("No match".into()),
            false => At::List { marked: 0 },
        };
    }

    fn failed(&mut self, failure: &Failure) {
        self.out.push_back(Output::Log(format!("directory: {failure}")));
        self.at = At::Message(failure.to_string());
    }

    fn dial(&mut self, number: Option<String>) {
        if let Some(number) = number {
            self.out.push_back(Output::Dial(number));
            self.leave();
        }
    }
}

#[cfg(test)]
mod tests;
