//! "DHCP Timeout on Renewal", as the document tells it: when an expected SIP response does not come in time, the phone asks its DHCP server
//! to renew its address. The same address back means that all is well; anything else resets the phone.
//!
//! Where the document is silent: a mute DHCP server changes nothing, the lease goes on by the RFC's rules. A call server that stays mute
//! makes the phone ask again, but not sooner than after a rest, which is as long as the shortest wait between two requests of RFC 2131
//! §4.4.5.

use crate::defects::{Defect, Defects};
use crate::net::dhcp::Loss;
use crate::time::{Duration, Instant};
use std::net::Ipv4Addr;

/// What the phone has asked and what an answer means.
#[derive(Debug)]
pub(super) struct Renewal {
    rest: Duration,
    defects: Defects,
    /// When it last asked off schedule.
    asked_at: Option<Instant>,
    /// Whether that is still to be answered.
    awaiting: bool,
}

impl Renewal {
    /// A phone that asks at most once in `rest`.
    pub(super) fn new(rest: Duration, defects: Defects) -> Self {
        Renewal { rest, defects, asked_at: None, awaiting: false }
    }

    /// The call server is mute: whether to ask for renewal now.
    pub(super) fn silence(&mut self, now: Instant) -> bool {
        let resting = self.asked_at.is_some_and(|last| now.since(last) < self.rest);
        !resting && !self.defects.has(Defect::DhcpIgnoresSipSilence)
    }

    /// The renewal has been asked for.
    pub(super) fn asked(&mut self, now: Instant) {
        self.asked_at = Some(now);
        self.awaiting = true;
    }

    /// The lease goes on with the same address: whether the phone resets.
    pub(super) fn renewed(&mut self) -> Verdict {
        let answered = std::mem::take(&mut self.awaiting);
        match answered {
            true if self.defects.has(Defect::DhcpResetsOnSame) => Verdict::Reset,
            true => Verdict::Confirmed,
            false => Verdict::Unasked,
        }
    }

    /// The address is lost: whether the phone resets at once. One that expired, or that another host has, is replaced in the ordinary way
    /// first.
    pub(super) fn lost(&mut self, loss: Loss) -> Verdict {
        let answered = std::mem::take(&mut self.awaiting);
        let reset = match loss {
            Loss::Replaced => true,
            Loss::Nak => answered || self.defects.has(Defect::DhcpRestartsAfterLoss),
            Loss::Expired => self.defects.has(Defect::DhcpRestartsAfterLoss),
            Loss::Taken(_) | Loss::Released => false,
        };
        self.verdict(reset)
    }

    /// An address may be used, `before` was the one of this boot.
    pub(super) fn bound(&mut self, before: Option<Ipv4Addr>, address: Ipv4Addr) -> Verdict {
        self.awaiting = false;
        // Phone-facts §3.5: a change of address is a reason to restart.
        self.verdict(before.is_some_and(|before| before != address))
    }

    fn verdict(&self, reset: bool) -> Verdict {
        if reset && !self.defects.has(Defect::DhcpNeverResets) { Verdict::Reset } else { Verdict::Unasked }
    }
}

/// What news of the address means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The phone resets.
    Reset,
    /// The server confirmed the address when asked off schedule.
    Confirmed,
    /// Nothing that concerns a renewal off schedule.
    Unasked,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
    const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 101);

    fn renewal(defects: &[Defect]) -> Renewal {
        Renewal::new(Duration::from_secs(60), Defects::of(defects.iter().copied()))
    }

    fn asked(defects: &[Defect]) -> Renewal {
        let mut renewal = renewal(defects);
        renewal.asked(Instant::ZERO);
        renewal
    }

    #[test]
    fn a_call_server_that_stays_mute_makes_the_phone_ask_once_in_a_rest() {
        let mut renewal = renewal(&[]);
        assert!(renewal.silence(Instant::from_secs(16)));
        renewal.asked(Instant::from_secs(16));
        assert!(!renewal.silence(Instant::from_secs(75)));
        assert!(renewal.silence(Instant::from_secs(76)));
    }

    #[test]
    fn the_same_address_back_confirms_it_and_anything_else_resets() {
        assert_eq!(asked(&[]).renewed(), Verdict::Confirmed);
        assert_eq!(asked(&[]).lost(Loss::Nak), Verdict::Reset);
        assert_eq!(asked(&[]).lost(Loss::Replaced), Verdict::Reset);
        assert_eq!(asked(&[]).bound(Some(ADDRESS), OTHER), Verdict::Reset);
        assert_eq!(asked(&[]).bound(Some(ADDRESS), ADDRESS), Verdict::Unasked);
    }

    #[test]
    fn what_was_not_asked_for_off_schedule_goes_the_way_of_the_rfc() {
        assert_eq!(renewal(&[]).renewed(), Verdict::Unasked);
        assert_eq!(renewal(&[]).lost(Loss::Nak), Verdict::Unasked);
        assert_eq!(renewal(&[]).lost(Loss::Expired), Verdict::Unasked);
        assert_eq!(renewal(&[]).lost(Loss::Replaced), Verdict::Reset);
        assert_eq!(renewal(&[]).bound(None, ADDRESS), Verdict::Unasked);
    }

    #[test]
    fn a_dhcp_server_that_is_mute_too_costs_nothing() {
        assert_eq!(asked(&[]).lost(Loss::Expired), Verdict::Unasked);
    }

    #[test]
    fn the_defects_show() {
        assert!(!renewal(&[Defect::DhcpIgnoresSipSilence]).silence(Instant::ZERO));
        assert_eq!(asked(&[Defect::DhcpResetsOnSame]).renewed(), Verdict::Reset);
        let restarts = &[Defect::DhcpRestartsAfterLoss];
        assert_eq!(
            (renewal(restarts).lost(Loss::Nak), renewal(restarts).lost(Loss::Expired)),
            (Verdict::Reset, Verdict::Reset)
        );
        let never = &[Defect::DhcpNeverResets];
        assert_eq!(asked(never).lost(Loss::Nak), Verdict::Unasked);
        assert_eq!(asked(never).bound(Some(ADDRESS), OTHER), Verdict::Unasked);
    }
}
