//! The nonces that were given and may be answered. They are remembered, not computed: each is 128 random bits, so nothing about the
//! next one follows from those before it, and a nonce of another line or another boot is unknown here.

use super::Policy;
use crate::defects::Defect;
use crate::random::Random;
use crate::sip::digest::Algorithm;
use crate::time::Instant;
use std::collections::{BTreeMap, VecDeque};

/// Most nonces remembered; a flood of unanswered challenges drives the oldest out.
const MAX_NONCES: usize = 2_048;

/// One nonce.
#[derive(Debug, Clone)]
pub(super) struct Nonce {
    pub(super) algorithm: Algorithm,
    pub(super) opaque: Option<String>,
    pub(super) given: Instant,
    /// The highest nonce count that was accepted.
    pub(super) counted: u32,
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    table: BTreeMap<String, Nonce>,
    order: VecDeque<String>,
    /// For the defects that do not draw their nonces.
    number: u64,
    only: Option<String>,
}

impl Nonces {
    /// A fresh nonce.
    pub(super) fn give(
        &mut self,
        algorithm: Algorithm,
        opaque: Option<String>,
        policy: &Policy<'_>,
        random: &mut Random,
        now: Instant,
    ) -> String {
        let text = self.draw(policy, random);
        if self.table.insert(text.clone(), Nonce { algorithm, opaque, given: now, counted: 0 }).is_none() {
            self.order.push_back(text.clone());
        }
        while self.order.len() > MAX_NONCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.table.remove(&oldest);
        }
        text
    }

    fn draw(&mut self, policy: &Policy<'_>, random: &mut Random) -> String {
        self.number += 1;
        if policy.defects.has(Defect::ChallengeSameNonce) {
            return self.only.get_or_insert_with(|| random.hex(16)).clone();
        }
        if policy.defects.has(Defect::ChallengeCountingNonce) {
            return format!("{:032x}", self.number);
        }
        if policy.defects.has(Defect::ChallengeClockNonce) {
            return format!("{:032x}", policy.clock);
        }
        random.hex(16)
    }

    /// What is known of a nonce.
    pub(super) fn get(&self, text: &str) -> Option<&Nonce> {
        self.table.get(text)
    }

    /// A nonce count was accepted.
    pub(super) fn count(&mut self, used: &Option<(String, u32)>) {
        if let Some((text, count)) = used
            && let Some(nonce) = self.table.get_mut(text)
        {
            nonce.counted = nonce.counted.max(*count);
        }
    }
}
