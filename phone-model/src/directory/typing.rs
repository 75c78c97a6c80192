//! Text from digit keys: pressing a key again within a pause takes its next character; another key, or right, settles it.

use crate::time::{Duration, Instant};

/// Most characters of a field.
const LONGEST: usize = 64;

/// The characters of a key, in the order in which they come; small letters first, the digit last.
const fn characters(key: char) -> &'static str {
    match key {
        '1' => "/.@:;=?-_&%1",
        '2' => "abc2ABC",
        '3' => "def3DEF",
        '4' => "ghi4GHI",
        '5' => "jkl5JKL",
        '6' => "mno6MNO",
        '7' => "pqrs7PQRS",
        '8' => "tuv8TUV",
        '9' => "wxyz9WXYZ",
        '0' => " ,.'\"|_~`0",
        '*' => "*+~<>",
        '#' => "#?()[]{}\\^$!",
        _ => "",
    }
}

/// A field that is being typed into.
#[derive(Debug, Clone, Default)]
pub struct Typing {
    text: String,
    /// The key whose last character may still change, which one of its characters stands there, and until when.
    open: Option<(char, usize, Instant)>,
}

impl Typing {
    /// What stands there.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A key of the pad.
    pub fn press(&mut self, key: char, pause: Duration, now: Instant) {
        let (place, again) = match self.open {
            Some((open, place, until)) if open == key && now < until => (place + 1, true),
            Some(_) | None => (0, false),
        };
        let characters: Vec<char> = characters(key).chars().collect();
        let Some(character) = place.checked_rem(characters.len()).and_then(|place| characters.get(place)) else {
            return;
        };
        if again {
            self.text.pop();
        }
        if self.text.chars().count() < LONGEST {
            self.text.push(*character);
            self.open = Some((key, place, now + pause));
        }
    }

    /// The last character stays as it is.
    pub fn settle(&mut self) {
        self.open = None;
    }

    /// Takes the last character away.
    pub fn delete(&mut self) {
        self.text.pop();
        self.open = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(1_000);

    fn typed(keys: &str) -> String {
        let mut typing = Typing::default();
        for key in keys.chars() {
            match key {
                '>' => typing.settle(),
                '<' => typing.delete(),
                key => typing.press(key, PAUSE, Instant::ZERO),
            }
        }
        typing.text().to_owned()
    }

    #[test]
    fn a_key_goes_through_its_characters() {
        assert_eq!(typed("2"), "a");
        assert_eq!(typed("222"), "c");
        assert_eq!(typed("2222"), "2");
        assert_eq!(typed("22222222"), "a");
        assert_eq!(typed("2>2"), "aa");
        assert_eq!(typed("23"), "ad");
        assert_eq!(typed("22<2"), "a");
    }

    #[test]
    fn what_an_injection_needs_can_be_typed() {
        assert_eq!(typed("2*####(>".replace('(', "").as_str()), "a*)");
        assert_eq!(typed("2>*>####>###>88>444>3>111111>*"), "a*)(uid=*");
        assert_eq!(typed("#########"), "\\");
    }

    #[test]
    fn a_pause_settles_a_character() {
        let mut typing = Typing::default();
        typing.press('2', PAUSE, Instant::ZERO);
        typing.press('2', PAUSE, Instant::from_millis(999));
        typing.press('2', PAUSE, Instant::from_millis(1_999));
        assert_eq!(typing.text(), "ba");
    }

    #[test]
    fn a_field_is_not_endless() {
        assert_eq!(typed(&"23".repeat(100)).chars().count(), LONGEST);
    }
}
