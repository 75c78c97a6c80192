//! What happens when the deadline of a state has come (RFC 2131 §4.4).

use super::State;
use super::entering::{discover, init, rebind, renew};
use crate::defects::Defect;
use crate::net::dhcp::{Event, Loss, Shell};
use crate::time::Instant;

/// §3.1(5): four requests, sixty seconds in all, then begin anew.
const REQUESTS: u32 = 4;

impl State {
    /// The state's deadline `due` has come; it is `now` already. All counts from when it was due, but for ARP, where an answer needs its time from
    /// when the question left.
    pub(in crate::net::dhcp) fn expire(self, due: Instant, now: Instant, shell: &mut Shell) -> State {
        match self {
            State::Off(_) => {
                shell.event(Event::Lost(Loss::Expired));
                State::off(None)
            }
            State::Init(_) => discover(due, shell),
            State::Selecting(selecting) => selecting.send(due, shell),
            State::Requesting(requesting) if requesting.sent < REQUESTS => requesting.send(due, shell),
            State::Requesting(_) => init(due, shell),
            State::Rebooting(rebooting) if rebooting.sent < REQUESTS => rebooting.send(due, shell),
            // §3.2(4): the client MAY go on with the old address. It does not: nobody has confirmed that it is on the old segment.
            State::Rebooting(_) => {
                shell.event(Event::Lost(Loss::Expired));
                init(due, shell)
            }
            State::Probing(probing) => probing.wake(now, shell),
            State::Declined(_) => init(due, shell),
            State::Bound(mut bound) => {
                if bound.renewal.is_some_and(|renewal| renewal <= due) {
                    return renew(bound.held, due, shell);
                }
                bound.held.wake(now, shell);
                State::Bound(bound)
            }
            State::Renewing(mut renewing) => {
                if renewing.next.is_none_or(|next| next > due) {
                    renewing.held.wake(now, shell);
                    State::Renewing(renewing)
                } else if renewing.rebinding.is_some_and(|rebinding| rebinding <= due) {
                    rebind(renewing.held, due, shell)
                } else {
                    renewing.send(due, shell)
                }
            }
            State::Rebinding(mut rebinding) => {
                if rebinding.next > due {
                    rebinding.held.wake(now, shell);
                    State::Rebinding(rebinding)
                } else if rebinding.expiry <= due {
                    // §4.4.5: the lease is over, stop at once.
                    if !shell.defects.has(Defect::DhcpUsesAfterExpiry) {
                        shell.event(Event::Lost(Loss::Expired));
                    }
                    init(due, shell)
                } else {
                    rebinding.send(due, shell)
                }
            }
        }
    }
}
