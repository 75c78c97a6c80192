//! Names that are safe in a path, a shell and a URL.

/// Longest slug. Two of them and a unit name keep a path far below what file systems and archives allow.
const LONGEST: usize = 60;

/// Lower-case ASCII letters, digits and single hyphens, from any text; at most 60 characters, never empty.
///
/// Two texts can give the same slug: whoever makes files from it must keep them apart.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if out.len() >= LONGEST {
            break;
        }
        if character.is_ascii_alphanumeric() {
            out.push(character.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let trimmed = out.trim_end_matches('-');
    if trimmed.is_empty() { "unnamed".to_owned() } else { trimmed.to_owned() }
}

/// The text with everything but ASCII letters and digits turned into hyphens: an anchor on a page.
pub fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_by_single_hyphens() {
        assert_eq!(slug("An INVITE, from  \"stranger.example\"!"), "an-invite-from-stranger-example");
    }

    #[test]
    fn nothing_leaves_its_folder() {
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("../.."), "unnamed");
        assert_eq!(slug("Ünïcödé 電話"), "n-c-d");
    }

    #[test]
    fn a_long_name_is_cut() {
        assert!(slug(&"a long name ".repeat(40)).len() <= LONGEST);
    }
}
