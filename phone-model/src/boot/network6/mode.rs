//! What sets the DHCPv6 client off.

use super::Source6;
use crate::defects::{Defect, Defects};
use crate::net::dhcp6::Mode;

/// How DHCPv6 is to be done, and on whose word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Choice {
    mode: Option<Mode>,
    /// No router has said so.
    guessed: bool,
}

impl Choice {
    /// How; not at all when nothing is to be asked for.
    pub(super) const fn mode(self) -> Option<Mode> {
        self.mode
    }

    /// No router answers (RFC 4861 §6.3.7). The page says DHCP, so that an address is asked for as long as no router knows better.
    pub(super) fn guess(self) -> Self {
        match self.mode {
            Some(_) => self,
            None => Choice { mode: Some(Mode::Stateful), guessed: true },
        }
    }

    /// A router has `said` something. The RFCs leave it to hosts what becomes of an exchange that began without a router's word: it counts as
    /// long as nothing is `bound`. What a router has said once is not taken back: addresses never give way to less.
    pub(super) fn hear(self, said: Option<Mode>, bound: bool, defects: &Defects) -> Self {
        if self.guessed && !bound && !defects.has(Defect::Ipv6KeepsGuess) {
            return Choice { mode: said, guessed: false };
        }
        match (self.mode, said) {
            (None | Some(Mode::Stateless), Some(_)) => Choice { mode: said, guessed: false },
            (None | Some(Mode::Stateless), None) | (Some(Mode::Stateful), _) => self,
        }
    }
}

/// What a router's flags mean for DHCPv6 (RFC 4861 §4.2).
pub(super) fn of_router(managed: bool, other: bool, source: Source6, defects: &Defects) -> Option<Mode> {
    let nothing_else = source == Source6::Automatic { autoconfigure: false };
    if (managed && !defects.has(Defect::Ipv6IgnoresManaged)) || (!other && nothing_else) {
        Some(Mode::Stateful)
    } else {
        other.then_some(Mode::Stateless)
    }
}

/// How a phone with a static address does DHCPv6: not at all.
pub(super) fn beside_static(defects: &Defects) -> Choice {
    let mode = defects.has(Defect::Ipv6DhcpInStatic).then_some(Mode::Stateful);
    Choice { mode, guessed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEFUL: Option<Mode> = Some(Mode::Stateful);
    const STATELESS: Option<Mode> = Some(Mode::Stateless);

    #[test]
    fn the_flags_of_a_router_choose_how_dhcpv6_is_done() {
        let none = Defects::NONE;
        let automatic = Source6::Automatic { autoconfigure: true };
        assert_eq!(of_router(true, true, automatic, &none), STATEFUL);
        assert_eq!(of_router(true, false, automatic, &none), STATEFUL);
        assert_eq!(of_router(false, true, automatic, &none), STATELESS);
        assert_eq!(of_router(false, false, automatic, &none), None);
        // The page says DHCP, and nothing else would give an address.
        let bare = Source6::Automatic { autoconfigure: false };
        assert_eq!(of_router(false, false, bare, &none), STATEFUL);
        let defect = Defects::of([Defect::Ipv6IgnoresManaged]);
        assert_eq!(of_router(true, true, automatic, &defect), STATELESS);
        assert_eq!(of_router(true, false, automatic, &defect), None);
    }

    #[test]
    fn what_a_router_has_said_is_not_taken_back() {
        let heard = |words: &[Option<Mode>]| {
            words.iter().fold(Choice::default(), |choice, said| choice.hear(*said, false, &Defects::NONE)).mode()
        };
        assert_eq!(heard(&[STATELESS, STATEFUL]), STATEFUL);
        assert_eq!(heard(&[STATEFUL, STATELESS]), STATEFUL);
        assert_eq!(heard(&[STATEFUL, None]), STATEFUL);
        assert_eq!(heard(&[STATELESS, None]), STATELESS);
    }

    #[test]
    fn where_no_router_answers_an_address_is_asked_for_until_one_says_otherwise() {
        let guess = Choice::default().guess();
        assert_eq!(guess.mode(), STATEFUL);
        for said in [STATEFUL, STATELESS, None] {
            assert_eq!(guess.hear(said, false, &Defects::NONE).mode(), said, "nothing is bound yet");
            assert_eq!(guess.hear(said, true, &Defects::NONE).mode(), STATEFUL, "an address is in use");
            assert_eq!(guess.hear(said, false, &Defects::of([Defect::Ipv6KeepsGuess])).mode(), STATEFUL);
        }
        // Only the first word is about the guess.
        assert_eq!(guess.hear(STATEFUL, false, &Defects::NONE).hear(None, false, &Defects::NONE).mode(), STATEFUL);
        // A router that was there before stays heard.
        let heard = Choice::default().hear(STATELESS, false, &Defects::NONE);
        assert_eq!(heard.guess(), heard);
    }

    #[test]
    fn beside_a_static_address_there_is_no_dhcpv6_but_on_a_phone_with_the_defect() {
        assert_eq!(beside_static(&Defects::NONE).mode(), None);
        assert_eq!(beside_static(&Defects::of([Defect::Ipv6DhcpInStatic])).mode(), STATEFUL);
    }
}
