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
//! | `keys` | what keys do |
//! | `form` | fields, their filters, the plan of a lookup |
//! | `pages` | what the screen shows |

pub mod attributes;
mod form;
mod keys;
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
}

#[cfg(test)]
mod tests;
