//! Text on a digit pad: the keys that a person presses for each character of a field. A key goes through its characters when it is pressed
//! again; `Right` settles a character, so that the next one may be of the same key.

use crate::outcome::Stop;

/// The characters of each key in the order in which they come.
const KEYS: [(&str, &str); 12] = [
    ("KeyPad1", "/.@:;=?-_&%1"),
    ("KeyPad2", "abc2ABC"),
    ("KeyPad3", "def3DEF"),
    ("KeyPad4", "ghi4GHI"),
    ("KeyPad5", "jkl5JKL"),
    ("KeyPad6", "mno6MNO"),
    ("KeyPad7", "pqrs7PQRS"),
    ("KeyPad8", "tuv8TUV"),
    ("KeyPad9", "wxyz9WXYZ"),
    ("KeyPad0", " ,.'\"|_~`0"),
    ("KeyPadStar", "*+~<>"),
    ("KeyPadPound", "#?()[]{}\\^$!"),
];
/// Settles a character.
const SETTLE: &str = "Key:NavRight";

/// The key URIs that write `text` into an empty field.
///
/// # Errors
/// The feature is at fault when no key has a character.
pub fn keys_for(text: &str) -> Result<Vec<String>, Stop> {
    let mut uris = Vec::new();
    for character in text.chars() {
        // `.` and `_` are on two keys; the first one does.
        let found =
            KEYS.iter().find_map(|(key, characters)| Some((key, characters.chars().position(|c| c == character)?)));
        let (key, place) = found
            .ok_or_else(|| Stop::bench(format!("no key has the character `{character}`; correct the feature file")))?;
        uris.extend(std::iter::repeat_n(format!("Key:{key}"), place + 1));
        uris.push(SETTLE.to_owned());
    }
    Ok(uris)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_character_is_pressed_as_often_as_it_stands_on_its_key() {
        let short = |text: &str| keys_for(text).unwrap().join(" ").replace("Key:KeyPad", "").replace(SETTLE, ">");
        assert_eq!(short("ba"), "2 2 > 2 >");
        assert_eq!(short("a*)"), "2 > Star > Pound Pound Pound Pound >");
        assert_eq!(short(""), "");
        assert!(keys_for("é").is_err());
    }
}
