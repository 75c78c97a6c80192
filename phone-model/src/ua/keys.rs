//! Keys and soft keys: what a person does (phone-facts §1.6).

use super::UserAgent;
use super::call::Phase;
use super::desk::CallId;
use crate::state::{CallState, Key};
use crate::time::Instant;

/// Longest text that is typed.
const MAX_DIGITS: usize = 64;

/// Handset, speaker and what was typed.
#[derive(Debug, Default)]
pub(super) struct Handset {
    pub(super) off_hook: bool,
    /// The line that was chosen, once one was.
    pub(super) line: Option<u8>,
    pub(super) digits: String,
}

impl Handset {
    pub(super) fn lift(&mut self, line: u8) {
        self.off_hook = true;
        self.line = Some(line);
        self.digits.clear();
    }

    pub(super) fn put_down(&mut self) {
        self.off_hook = false;
        self.line = None;
        self.digits.clear();
    }
}

impl UserAgent {
    pub(super) fn press(&mut self, key: Key, now: Instant) {
        match key {
            Key::Speaker | Key::Headset => self.speaker(now),
            Key::Line(line) => self.line_key(line, now),
            Key::Pad('#') if !self.handset.digits.is_empty() => self.dial_typed(now),
            Key::Pad(digit) => self.type_digit(digit),
            Key::Soft(number) => {
                let name = self.soft_keys().get(usize::from(number).saturating_sub(1)).copied();
                if let Some(name) = name {
                    self.soft_key(name, now);
                }
            }
            Key::NavSelect => match self.ringing() {
                Some(id) => self.answer(id, now),
                None if !self.handset.digits.is_empty() => self.dial_typed(now),
                None => {}
            },
            Key::NavBack => {
                self.handset.digits.pop();
            }
            Key::Hold => self.toggle_hold(now),
            Key::Release => match self.active() {
                Some(id) => self.hang_up(id, now),
                None => self.handset.put_down(),
            },
            // Menus, volume and the microphone change nothing that leaves the phone.
            Key::NavUp
            | Key::NavDown
            | Key::NavLeft
            | Key::NavRight
            | Key::Mute
            | Key::VolumeUp
            | Key::VolumeDown
            | Key::Applications
            | Key::Directories
            | Key::Messages => {}
        }
    }

    /// The soft keys that the screen shows, first one first.
    pub(super) fn soft_keys(&self) -> &'static [&'static str] {
        if self.ringing().is_some() {
            return &["Answer", "Decline", "Ignore"];
        }
        match self.active_state() {
            Some(CallState::Connected) => &["Hold", "End Call"],
            Some(CallState::Holding) => &["Resume", "End Call"],
            Some(CallState::Dialing | CallState::Ringback) => &["End Call"],
            Some(CallState::Ringing) | None if self.handset.off_hook || !self.handset.digits.is_empty() => {
                &["Dial", "Delete", "Cancel"]
            }
            Some(CallState::Ringing) | None => &[],
        }
    }

    /// A soft key by its name; one that the screen does not offer now does nothing.
    pub(super) fn soft_key(&mut self, name: &str, now: Instant) {
        let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
        match (name.as_str(), self.ringing(), self.active()) {
            ("answer", Some(id), _) => self.answer(id, now),
            ("decline", Some(id), _) => self.reject(id, 486, now),
            ("ignore", Some(id), _) => self.reject(id, 480, now),
            ("hold", _, Some(id)) => self.hold(id, true, now),
            ("resume", _, Some(id)) => self.hold(id, false, now),
            ("endcall", _, Some(id)) => self.hang_up(id, now),
            ("dial" | "call", _, _) => self.dial_typed(now),
            ("delete" | "delchar", _, _) => {
                self.handset.digits.pop();
            }
            ("cancel", _, None) => self.handset.put_down(),
            ("cancel", _, Some(id)) if !self.is_established(id) => self.hang_up(id, now),
            _ => {}
        }
    }

    /// Lifts: answers what rings, or gives a dial tone. Puts down: ends what talks.
    fn speaker(&mut self, now: Instant) {
        match (self.ringing(), self.active()) {
            (Some(id), _) => self.answer(id, now),
            (None, Some(id)) => self.hang_up(id, now),
            (None, None) if self.handset.off_hook => self.handset.put_down(),
            (None, None) if !self.handset.digits.is_empty() => self.dial_typed(now),
            (None, None) => self.handset.off_hook = true,
        }
    }

    fn line_key(&mut self, line: u8, now: Instant) {
        let on_line = |call: &&super::call::Call| call.line == line && call.counts();
        let ringing = self.calls.values().filter(on_line).find(|call| matches!(call.phase, Phase::Ringing(_)));
        let held = |call: &&super::call::Call| matches!(&call.phase, Phase::Established(it) if it.held);
        if let Some(id) = ringing.map(|call| call.id) {
            self.answer(id, now);
        } else if let Some(id) = self.calls.values().filter(on_line).find(held).map(|call| call.id) {
            self.hold_others(id, now);
            self.hold(id, false, now);
        } else if (1..=self.desk.profile.model.lines()).contains(&line) {
            self.handset.off_hook = true;
            self.handset.line = Some(line);
        }
    }

    fn type_digit(&mut self, digit: char) {
        let typing = self.active().is_none();
        if typing && (digit.is_ascii_digit() || matches!(digit, '*' | '#')) && self.handset.digits.len() < MAX_DIGITS {
            self.handset.digits.push(digit);
        }
    }

    fn dial_typed(&mut self, now: Instant) {
        let number = std::mem::take(&mut self.handset.digits);
        if !number.is_empty() {
            self.dial(&number, self.handset.line, now);
        }
    }

    fn toggle_hold(&mut self, now: Instant) {
        if let Some(id) = self.active() {
            let held = self.active_state() == Some(CallState::Holding);
            self.hold(id, !held, now);
        }
    }

    /// The call that rings longest.
    fn ringing(&self) -> Option<CallId> {
        self.calls.values().find(|call| matches!(call.phase, Phase::Ringing(_))).map(|call| call.id)
    }

    /// The call that the person is in: one that talks before one that goes out before one on hold, the newest first.
    fn active(&self) -> Option<CallId> {
        let rank = |state: CallState| match state {
            CallState::Connected => Some(2),
            CallState::Dialing | CallState::Ringback => Some(1),
            CallState::Holding => Some(0),
            CallState::Ringing => None,
        };
        let ranked = self.calls.values().filter_map(|call| Some((rank(call.status()?.state)?, call.id)));
        ranked.max().map(|(_, id)| id)
    }

    fn active_state(&self) -> Option<CallState> {
        self.calls.get(&self.active()?)?.status().map(|status| status.state)
    }

    fn is_established(&self, id: CallId) -> bool {
        self.calls.get(&id).is_some_and(|call| matches!(call.phase, Phase::Established(_)))
    }
}
