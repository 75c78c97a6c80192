#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use sha2::{Digest, Sha256};

use super::*;

const START: u64 = 1_795_458_188_000_000_000;
/// Uneven, so that time and position do not run alike.
fn time(position: u64) -> u64 {
    START + position * 137_000_000 + position * position % 7 * 11_000_000
}

fn random(position: u64, seed: u64) -> Vec<u8> {
    Sha256::digest(format!("{seed}/{position}"))[..16].to_vec()
}

fn series(nonce: impl Fn(u64) -> String) -> NonceReport {
    let nonces: Vec<(u64, String)> = (0..200).map(|position| (time(position), nonce(position))).collect();
    study(&nonces)
}

fn counter_of(report: &NonceReport) -> Option<Movement> {
    report.findings.iter().find_map(|finding| match finding {
        NonceFinding::Counter { movement, .. } => Some(*movement),
        _ => None,
    })
}

fn clock_of(report: &NonceReport) -> Option<Unit> {
    report.findings.iter().find_map(|finding| match finding {
        NonceFinding::Clock { unit, .. } => Some(*unit),
        _ => None,
    })
}

fn to_base64(octets: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = octets.iter().map(|octet| format!("{octet:08b}")).collect();
    let sextets = bits.as_bytes().chunks(6).map(|six| {
        let six = format!("{:0<6}", std::str::from_utf8(six).unwrap());
        char::from(ALPHABET[usize::from_str_radix(&six, 2).unwrap()])
    });
    sextets.collect()
}

#[test]
fn random_nonces_of_128_bits_pass_in_every_spelling() {
    for seed in 0..8 {
        let report = series(|position| hex::encode(random(position, seed)));
        assert!(report.is_unpredictable(), "{report:?}");
        assert!(report.entropy_bits.unwrap() > 120.0, "{report:?}");
        let report = series(|position| to_base64(&random(position, seed)));
        assert!(report.is_unpredictable(), "{report:?}");
        let report = series(|position| u128::from_be_bytes(random(position, seed).try_into().unwrap()).to_string());
        assert!(report.is_unpredictable(), "{report:?}");
    }
}

#[test]
fn a_constant_prefix_is_told_and_is_no_fault() {
    let report = series(|position| format!("v1-{}", hex::encode(random(position, 1))));
    assert!(report.is_unpredictable(), "{report:?}");
    assert_eq!((report.common_prefix, report.common_suffix), (3, 0));
}

#[test]
fn a_repeat_is_found_even_among_few() {
    let report = study(&[(1, "a"), (2, "b"), (3, "a")]);
    assert_eq!(report.findings, [NonceFinding::Repeat { first: 0, second: 2 }]);
    assert!(!report.enough && !report.is_unpredictable());
}

#[test]
fn few_nonces_prove_nothing() {
    let nonces: Vec<(u64, String)> =
        (0..15).map(|position| (time(position), hex::encode(random(position, 9)))).collect();
    let report = study(&nonces);
    assert!(report.findings.is_empty() && !report.is_unpredictable());
}

#[test]
fn counters_are_found_wherever_they_stand() {
    let in_hex = series(|position| {
        format!("{}{:08x}", hex::encode(random(position, 2)), 0xffff_ff80_u32.wrapping_add(position as u32))
    });
    assert_eq!(counter_of(&in_hex), Some(Movement::EqualSteps), "with a wrap: {in_hex:?}");
    let in_base64 = series(|position| {
        let mut octets = random(position, 3);
        octets.splice(5..9, (7 * position as u32).to_le_bytes());
        to_base64(&octets)
    });
    assert_eq!(counter_of(&in_base64), Some(Movement::EqualSteps), "{in_base64:?}");
    let uneven = series(|position| {
        format!("{:016x}{}", 1_000_000 + position * 3 + position % 2, hex::encode(random(position, 4)))
    });
    assert_eq!(counter_of(&uneven), Some(Movement::SmallSteps), "{uneven:?}");
    let decimal = series(|position| {
        format!(
            "{}-{}",
            10_000 + position * position,
            hex::encode(random(position, 5)).replace(|c: char| c.is_ascii_digit(), "x")
        )
    });
    assert!(counter_of(&decimal).is_some(), "{decimal:?}");
    let falling = series(|position| {
        format!("{:016x}{}", u64::MAX - position * position * 1_000_003_000_017, hex::encode(random(position, 6)))
    });
    assert!(counter_of(&falling).is_some(), "{falling:?}");
}

#[test]
fn clocks_are_found_in_every_unit() {
    let asterisk =
        series(|position| format!("{}/{}", time(position) / 1_000_000_000, hex::encode(random(position, 7))));
    assert_eq!(clock_of(&asterisk), Some(Unit::Seconds), "{asterisk:?}");
    let kamailio = series(|position| {
        let mut octets = ((time(position) / 1_000_000_000) as u32).to_be_bytes().to_vec();
        octets.extend(random(position, 8));
        to_base64(&octets)
    });
    assert_eq!(clock_of(&kamailio), Some(Unit::Seconds), "{kamailio:?}");
    let milliseconds =
        series(|position| format!("{:012x}{}", time(position) / 1_000_000, hex::encode(random(position, 9))));
    assert_eq!(clock_of(&milliseconds), Some(Unit::Milliseconds), "{milliseconds:?}");
    let nanoseconds = series(|position| format!("{:016x}{}", time(position), hex::encode(random(position, 10))));
    assert_eq!(clock_of(&nanoseconds), Some(Unit::Nanoseconds), "{nanoseconds:?}");
    let since_boot = series(|position| {
        let uptime = ((time(position) - START) / 1_000_000 + 55_000) as u32;
        format!("{uptime:08x}{}", hex::encode(random(position, 11)))
    });
    assert_eq!(clock_of(&since_boot), Some(Unit::Milliseconds), "{since_boot:?}");
}

#[test]
fn nonces_of_32_random_bits_have_too_little_entropy() {
    let report = series(|position| hex::encode(&random(position, 12)[..4]));
    assert!(matches!(report.findings[..], [NonceFinding::LowEntropy { bits }] if bits < 33.0), "{report:?}");
}

#[test]
fn text_of_any_kind_is_taken() {
    let report = series(|position| format!("ünïcode {position} {}", "x".repeat(2 * CHARACTERS)));
    assert!(!report.is_unpredictable());
    assert_eq!(study::<&str>(&[]).count, 0);
}
