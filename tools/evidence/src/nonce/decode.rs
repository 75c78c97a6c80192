//! Series of numbers that stand in a series of nonces.

use super::ENOUGH;

/// One number of each nonce, from the same place.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// Bits; differences are taken modulo 2^bits. None for decimal numbers, which do not wrap.
    pub(super) bits: Option<u32>,
    pub(super) values: Vec<u64>,
}

const WIDTHS: [usize; 5] = [1, 2, 4, 6, 8];
/// Decimal runs shorter than this say nothing.
const DIGITS: usize = 4;

/// All parts that are there in every nonce and not constant.
pub(super) fn parts(texts: &[&str]) -> Vec<Part> {
    let readings: [(&str, Option<Vec<Vec<u8>>>); 3] = [
        ("text", Some(texts.iter().map(|text| text.as_bytes().to_vec()).collect())),
        ("hexadecimal", texts.iter().map(|text| hex::decode(text).ok()).collect()),
        ("base64", texts.iter().map(|text| base64(text)).collect()),
    ];
    let mut parts = decimals(texts);
    for (name, octets) in readings {
        let Some(octets) = octets else { continue };
        let shortest = octets.iter().map(Vec::len).min().unwrap_or(0);
        for width in WIDTHS {
            for offset in 0..(shortest + 1).saturating_sub(width) {
                let windows = || octets.iter().filter_map(|octets| octets.get(offset..offset + width));
                let place = format!("octets {offset} to {} of its {name}", offset + width - 1);
                parts.push(Part {
                    name: place.clone(),
                    bits: Some(8 * width as u32),
                    values: windows().map(|window| number(window.iter())).collect(),
                });
                if width > 1 {
                    parts.push(Part {
                        name: format!("{place}, least octet first"),
                        bits: Some(8 * width as u32),
                        values: windows().map(|window| number(window.iter().rev())).collect(),
                    });
                }
            }
        }
    }
    parts.retain(|part| {
        part.values.len() >= ENOUGH && part.values.iter().any(|value| Some(value) != part.values.first())
    });
    parts
}

fn number<'a>(octets: impl Iterator<Item = &'a u8>) -> u64 {
    octets.fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// The first, second, … run of decimal digits of every nonce.
fn decimals(texts: &[&str]) -> Vec<Part> {
    let runs: Vec<Vec<u64>> = texts.iter().map(|text| digit_runs(text)).collect();
    let common = runs.iter().map(Vec::len).min().unwrap_or(0);
    let part = |position: usize| Part {
        name: format!("its decimal number {}", position + 1),
        bits: None,
        values: runs.iter().filter_map(|runs| runs.get(position).copied()).collect(),
    };
    (0..common).map(part).collect()
}

fn digit_runs(text: &str) -> Vec<u64> {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| (DIGITS..=19).contains(&run.len())).filter_map(|run| run.parse().ok()).collect()
}

/// RFC 4648, both alphabets, padding or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut octets = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push((held >> bits & 0xff) as u8);
        }
    }
    Some(octets)
}
