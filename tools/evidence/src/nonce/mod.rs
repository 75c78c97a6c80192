//! What a series of nonces gives away: repeats, a visible counter, a visible clock, too little entropy.
//!
//! RFC 7616 §3.3 asks that a nonce cannot be guessed. No test proves that; these find what an attacker would try first. Each looks at every
//! window of 1, 2, 4, 6 and 8 octets, both byte orders, of the text and of what it decodes to (hexadecimal, base64), and at runs of decimal
//! digits.
//!
//! False alarms: for good nonces of 128 random bits, in a series of [`ENOUGH`] or more, each test of one window fails with a probability of at
//! most 2/16! ≈ 1e-13. A nonce of 512 characters has fewer than 20,000 such windows and tests, so the whole study raises a false alarm
//! with a probability below 1e-8. Shorter series are only searched for repeats.

mod decode;
mod series;

use std::collections::HashMap;

use serde::Serialize;

/// Nonces needed for more than the search for repeats.
pub const ENOUGH: usize = 16;
/// Entropy that a nonce should have, bits: the bar of this suite, not of an RFC.
pub const ENTROPY_BITS: f64 = 64.0;
/// Characters of a nonce that are looked at.
pub const CHARACTERS: usize = 512;

/// What one test found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum NonceFinding {
    /// Two nonces are the same.
    Repeat {
        /// Position of the first in order of time.
        first: usize,
        /// Position of the second.
        second: usize,
    },
    /// A part rises or falls from each nonce to the next, or moves in small or equal steps.
    Counter {
        /// Which part, for a person.
        part: String,
        /// How it moves.
        movement: Movement,
    },
    /// A part follows the clock.
    Clock {
        /// Which part, for a person.
        part: String,
        /// What it counts.
        unit: Unit,
    },
    /// All characters together vary less than [`ENTROPY_BITS`].
    LowEntropy {
        /// At most so many bits.
        bits: f64,
    },
}

/// How a counter moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    /// The same difference each time, modulo its width.
    EqualSteps,
    /// Steps of less than 1/256 of its range, modulo its width, all in one direction.
    SmallSteps,
    /// Never falls.
    Rising,
    /// Never rises.
    Falling,
}

/// What a clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// The outcome of a study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NonceReport {
    /// Nonces studied.
    pub count: usize,
    /// Whether there were [`ENOUGH`] for all tests.
    pub enough: bool,
    /// Characters that all nonces begin with. No fault by itself.
    pub common_prefix: usize,
    /// Characters that all nonces end with. No fault by itself.
    pub common_suffix: usize,
    /// Upper bound of the entropy, bits, from how often each character stands at each place. None with too few nonces.
    pub entropy_bits: Option<f64>,
    /// What is wrong, the plainest first; of counters and clocks, one each.
    pub findings: Vec<NonceFinding>,
}

impl NonceReport {
    /// Whether nothing was found, and there were enough nonces to say so.
    pub fn is_unpredictable(&self) -> bool {
        self.enough && self.findings.is_empty()
    }
}

/// Study nonces with the times at which they were sent, nanoseconds since the Unix epoch.
pub fn study<S: AsRef<str>>(nonces: &[(u64, S)]) -> NonceReport {
    let mut ordered: Vec<(u64, &str)> = nonces.iter().map(|(time, nonce)| (*time, cut(nonce.as_ref()))).collect();
    ordered.sort_by_key(|(time, _)| *time);
    let (times, texts): (Vec<u64>, Vec<&str>) = ordered.into_iter().unzip();
    let enough = texts.len() >= ENOUGH;
    let mut findings = repeats(&texts);
    let mut entropy_bits = None;
    if enough {
        let parts = decode::parts(&texts);
        findings.extend(series::clock(&parts, &times));
        findings.extend(series::counter(&parts));
        let bits = entropy(&texts);
        entropy_bits = Some(bits);
        if bits < ENTROPY_BITS {
            findings.push(NonceFinding::LowEntropy { bits });
        }
    }
    NonceReport {
        count: texts.len(),
        enough,
        common_prefix: common(&texts, |text| Box::new(text.bytes())),
        common_suffix: common(&texts, |text| Box::new(text.bytes().rev())),
        entropy_bits,
        findings,
    }
}

fn cut(nonce: &str) -> &str {
    nonce.char_indices().nth(CHARACTERS).map_or(nonce, |(end, _)| nonce.get(..end).unwrap_or(nonce))
}

/// The first repeat of each nonce that repeats.
fn repeats(texts: &[&str]) -> Vec<NonceFinding> {
    let mut first_at: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for (second, text) in texts.iter().enumerate() {
        match first_at.get(text) {
            Some(&first) => found.push(NonceFinding::Repeat { first, second }),
            None => {
                first_at.insert(text, second);
            }
        }
    }
    found
}

fn common<'a>(texts: &[&'a str], octets: impl Fn(&'a str) -> Box<dyn Iterator<Item = u8> + 'a>) -> usize {
    let Some((first, rest)) = texts.split_first().filter(|(_, rest)| !rest.is_empty()) else { return 0 };
    let shared = |text: &&'a str| octets(first).zip(octets(text)).take_while(|(a, b)| a == b).count();
    rest.iter().map(shared).min().unwrap_or(0)
}

/// Sum over places of the Shannon entropy of the characters there, with the correction of Miller and Madow for small samples, and never
/// more than the logarithm of how many different characters were seen. Dependence between places is not seen: an upper bound.
fn entropy(texts: &[&str]) -> f64 {
    let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    (0..longest).map(|place| entropy_at(texts, place)).sum()
}

fn entropy_at(texts: &[&str], place: usize) -> f64 {
    let mut counts: HashMap<Option<u8>, f64> = HashMap::new();
    for text in texts {
        *counts.entry(text.as_bytes().get(place).copied()).or_default() += 1.0;
    }
    let total = texts.len() as f64;
    let different = counts.len() as f64;
    let seen: f64 = counts.values().map(|count| -(count / total) * (count / total).log2()).sum();
    let corrected = seen + (different - 1.0) / (2.0 * total * std::f64::consts::LN_2);
    corrected.min(different.log2())
}

#[cfg(test)]
mod tests;
