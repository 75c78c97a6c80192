//! Chance as the machines see it: a seeded generator handed to their constructors, so that a run can be told again. The shell seeds
//! it from the operating system unless `--seed` is given.

use rand::rngs::ChaCha20Rng;
use rand::{Rng, RngExt, SeedableRng};

/// A cryptographic generator with a known seed.
#[derive(Debug)]
pub struct Random(ChaCha20Rng);

impl Random {
    /// The generator of `seed`.
    pub fn seeded(seed: u64) -> Self {
        Random(ChaCha20Rng::seed_from_u64(seed))
    }

    /// A generator seeded with 256 bits from the operating system.
    pub fn from_system() -> Self {
        Random(rand::make_rng())
    }

    /// An independent generator, for a part of the phone.
    pub fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Random(ChaCha20Rng::from_seed(seed))
    }

    /// 32 random bits.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// 64 random bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        if high <= low { low } else { self.0.random_range(low..=high) }
    }

    /// `bytes` random octets as lower-case hexadecimal digits.
    pub fn hex(&mut self, bytes: usize) -> String {
        let mut octets = vec![0; bytes];
        self.0.fill_bytes(&mut octets);
        hex::encode(octets)
    }
}
