//! What happens when the deadline of a state has come.

use super::entering::{after_decline, begin, delay, lost, probe, rebind, refused, renew, request};
use super::{Bound, Held, Off, Probing, Rebinding, Renewing, Requesting, State, Then};
use crate::defects::Defect;
use crate::net::dhcp6::{Event, Loss6, Shell};
use crate::time::Instant;

impl State {
    /// The state's deadline `due` has come.
    pub(in crate::net::dhcp6) fn expire(self, due: Instant, shell: &mut Shell) -> State {
        match self {
            State::Off(Off { held }) => match held.and_then(|held| held.expire(due, shell)) {
                Some(held) => State::Off(Off { held: Some(held) }),
                None => {
                    shell.event(Event::Lost(Loss6::Expired));
                    State::NOTHING
                }
            },
            State::Delaying(delaying) => begin(delaying.then, due, shell),
            State::Soliciting(soliciting) => match soliciting.best {
                // §18.2.1: the first wait is over, and somebody has offered.
                Some(offer) => request(offer, None, due, shell),
                None => soliciting.send(due, shell),
            },
            State::Requesting(Requesting { exchange, offer, held }) => {
                let mut left = held;
                if let Some(held) = left.take_if(|held| held.ends(due)) {
                    let Some(rest) = held.expire(due, shell) else { return lost(Loss6::Expired, due, shell) };
                    left = Some(rest);
                }
                let requesting = Requesting { exchange, offer, held: left };
                if requesting.exchange.next > due {
                    State::Requesting(requesting)
                } else if requesting.exchange.over(due) {
                    // §18.2.2: ten tries, then back to the search.
                    refused(requesting.held, due, shell)
                } else {
                    requesting.send(due, shell)
                }
            }
            State::Confirming(confirming) if confirming.exchange.over(due) => {
                // §18.2.3: nobody says that the addresses are wrong here. They have to be detected like any others.
                match confirming.held.expire(due, shell) {
                    Some(held) => probe(held, shell),
                    None => lost(Loss6::Expired, due, shell),
                }
            }
            State::Confirming(confirming) => confirming.send(due, shell),
            State::Probing(Probing { held, waiting, duplicates }) => match held.expire(due, shell) {
                Some(held) => State::Probing(Probing { held, waiting, duplicates }),
                None => delay(Then::Solicit, due, shell),
            },
            State::Bound(Bound { held }) => {
                if held.ends(due) {
                    return match held.expire(due, shell) {
                        Some(held) => State::Bound(Bound { held }),
                        None => lost(Loss6::Expired, due, shell),
                    };
                }
                renew(held, due, shell)
            }
            State::Renewing(Renewing { exchange, held }) => {
                let Some(held) = held.expire(due, shell) else { return lost(Loss6::Expired, due, shell) };
                let renewing = Renewing { exchange, held };
                if renewing.exchange.next > due {
                    State::Renewing(renewing)
                } else if renewing.exchange.over(due) {
                    rebind(renewing.held, due, shell)
                } else {
                    renewing.send(due, shell)
                }
            }
            State::Rebinding(Rebinding { exchange, held }) => {
                let Some(held) = held.expire(due, shell) else { return lost(Loss6::Expired, due, shell) };
                let rebinding = Rebinding { exchange, held };
                if rebinding.exchange.next > due { State::Rebinding(rebinding) } else { rebinding.send(due, shell) }
            }
            State::Declining(declining) if declining.exchange.over(due) => after_decline(declining.rest, due, shell),
            State::Declining(declining) => declining.send(due, shell),
            State::Releasing(releasing) if releasing.exchange.over(due) => {
                shell.event(Event::Released);
                State::NOTHING
            }
            State::Releasing(releasing) => releasing.send(due, shell),
            State::Informing(informing) => informing.send(due, shell),
            State::Informed(_) => begin(Then::Inform, due, shell),
        }
    }
}

impl Held {
    /// Whether an address ends at `due`.
    fn ends(&self, due: Instant) -> bool {
        self.lease.first_end().is_some_and(|end| end <= due)
    }

    /// Drops addresses whose valid lifetime is over; nothing when none is left.
    fn expire(mut self, due: Instant, shell: &mut Shell) -> Option<Held> {
        let over = |valid: Option<Instant>| valid.is_some_and(|end| end <= due);
        if shell.defects.has(Defect::Dhcp6KeepsExpired) {
            self.lease.addresses.iter_mut().filter(|address| over(address.valid)).for_each(|a| a.valid = None);
            return Some(self);
        }
        let before = self.lease.addresses.len();
        self.lease.addresses.retain(|address| !over(address.valid));
        match self.lease.addresses.len() {
            0 => None,
            left => {
                if left < before {
                    shell.event(Event::Renewed(Box::new(self.lease.clone())));
                }
                Some(self)
            }
        }
    }
}
