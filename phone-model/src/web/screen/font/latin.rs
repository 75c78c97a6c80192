//! Latin letters with a mark: the plain letter, and the mark in the rows that it leaves free. A capital letter gives up its second row.

use super::plain;

/// A mark, as two rows above a small letter and as one above a capital.
struct Mark {
    small: [u8; 2],
    capital: u8,
    letters: &'static [(char, char)],
}

const MARKS: &[Mark] = &[
    Mark {
        small: [0x08, 0x04], capital: 0x08, letters: &[('a', 'à'), ('e', 'è'), ('i', 'ì'), ('o', 'ò'), ('u', 'ù')]
    },
    Mark {
        small: [0x02, 0x04],
        capital: 0x02,
        letters: &[
            ('a', 'á'),
            ('e', 'é'),
            ('i', 'í'),
            ('o', 'ó'),
            ('u', 'ú'),
            ('y', 'ý'),
            ('c', 'ć'),
            ('n', 'ń'),
            ('s', 'ś'),
            ('z', 'ź'),
        ],
    },
    Mark {
        small: [0x04, 0x0a], capital: 0x04, letters: &[('a', 'â'), ('e', 'ê'), ('i', 'î'), ('o', 'ô'), ('u', 'û')]
    },
    Mark { small: [0x0d, 0x12], capital: 0x15, letters: &[('a', 'ã'), ('n', 'ñ'), ('o', 'õ')] },
    Mark {
        small: [0x0a, 0x00],
        capital: 0x11,
        letters: &[('a', 'ä'), ('e', 'ë'), ('i', 'ï'), ('o', 'ö'), ('u', 'ü'), ('y', 'ÿ')],
    },
    Mark { small: [0x06, 0x06], capital: 0x0e, letters: &[('a', 'å'), ('u', 'ů')] },
    Mark {
        small: [0x0a, 0x04],
        capital: 0x0a,
        letters: &[('c', 'č'), ('e', 'ě'), ('n', 'ň'), ('r', 'ř'), ('s', 'š'), ('z', 'ž'), ('g', 'ğ')],
    },
    Mark { small: [0x05, 0x0a], capital: 0x05, letters: &[('o', 'ő'), ('u', 'ű')] },
    Mark { small: [0x04, 0x00], capital: 0x04, letters: &[('z', 'ż')] },
    Mark {
        small: [0x0e, 0x00], capital: 0x0e, letters: &[('a', 'ā'), ('e', 'ē'), ('i', 'ī'), ('o', 'ō'), ('u', 'ū')]
    },
];

/// Letters with a hook below, whose last row it takes.
const BELOW: &[(char, char)] = &[('c', 'ç'), ('s', 'ş'), ('a', 'ą'), ('e', 'ę')];
/// Letters with a stroke through them.
const THROUGH: &[(char, char)] = &[('o', 'ø'), ('l', 'ł'), ('d', 'đ')];

/// The rows of such a letter.
pub(super) fn glyph(character: char) -> Option<[u8; 7]> {
    if character == 'ß' {
        return Some([0x0c, 0x12, 0x12, 0x14, 0x12, 0x12, 0x14]);
    }
    let capital = character.is_uppercase();
    let small = character.to_lowercase().next()?;
    let letter =
        |letters: &[(char, char)]| letters.iter().find(|(_, marked)| *marked == small).map(|(plain, _)| *plain);
    let rows = |letter: char| plain(if capital { letter.to_ascii_uppercase() } else { letter });
    for mark in MARKS {
        let Some(letter) = letter(mark.letters) else { continue };
        let [first, _second, third, fourth, fifth, sixth, seventh] = rows(letter)?;
        let [upper, lower] = mark.small;
        return Some(match capital {
            true => [mark.capital, first, third, fourth, fifth, sixth, seventh],
            false => [upper, lower, third, fourth, fifth, sixth, seventh],
        });
    }
    if let Some(letter) = letter(BELOW) {
        let [first, second, third, fourth, fifth, sixth, _] = rows(letter)?;
        return Some([first, second, third, fourth, fifth, sixth | 0x0e, 0x04]);
    }
    let [first, second, third, fourth, fifth, sixth, seventh] = rows(letter(THROUGH)?)?;
    Some([first, second, third, fourth | 0x02, fifth | 0x04, sixth | 0x08, seventh])
}
