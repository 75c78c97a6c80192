//! How each state begins (RFC 8415 §18.2).

use super::{
    Bound, Confirming, Declining, Delaying, Held, Informing, Offer, Probing, Rebinding, Releasing, Renewing,
    Requesting, Soliciting, State, Then,
};
use crate::defects::Defect;
use crate::net::dhcp6::exchange::{CONFIRM, DECLINE, Exchange, RELEASE, RENEW, REQUEST, inform, solicit};
use crate::net::dhcp6::{Event, Loss6, Output, Shell};
use crate::time::{Duration, Instant};
use std::net::Ipv6Addr;

/// §18.2.3: CNF_MAX_RD.
const CONFIRM_TIME: Duration = Duration::from_secs(10);

/// §18.2.1, §18.2.3, §18.2.6: the first message waits up to a second, to keep phones apart that all start when power returns. One that is
/// refused again and again waits longer each time; the RFC leaves that to the client.
pub(super) fn delay(then: Then, now: Instant, shell: &mut Shell) -> State {
    let most = u64::try_from(shell.timing.start_delay.as_micros()).unwrap_or(u64::MAX);
    let wait = Duration::from_micros(shell.random.range(0, most));
    let refused = Duration::from_secs(shell.refusals.checked_sub(1).map_or(0, |again| 1 << again.min(6)));
    State::Delaying(Delaying { begin: now + wait + refused, then })
}

pub(super) fn begin(then: Then, now: Instant, shell: &mut Shell) -> State {
    match then {
        Then::Solicit => {
            shell.event(Event::Entered("SOLICITING"));
            let exchange = Exchange::new(solicit(shell.solicit_limit), now, None, &mut shell.random);
            Soliciting { exchange, best: None }.send(now, shell)
        }
        Then::Confirm(held) => {
            shell.event(Event::Entered("CONFIRMING"));
            let exchange = Exchange::new(CONFIRM, now, Some(now + CONFIRM_TIME), &mut shell.random);
            Confirming { exchange, held: *held }.send(now, shell)
        }
        Then::Inform => {
            shell.event(Event::Entered("INFORMING"));
            let exchange = Exchange::new(inform(shell.inform_limit), now, None, &mut shell.random);
            Informing { exchange }.send(now, shell)
        }
    }
}

pub(super) fn request(offer: Offer, held: Option<Held>, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("REQUESTING"));
    let exchange = Exchange::new(REQUEST, now, None, &mut shell.random);
    Requesting { exchange, offer, held }.send(now, shell)
}

/// §18.2.10.1: detection for each address before it is used.
pub(super) fn probe(held: Held, shell: &mut Shell) -> State {
    shell.event(Event::Entered("PROBING"));
    let waiting = held.addresses();
    shell.outputs.extend(waiting.iter().map(|address| Output::Check(*address)));
    State::Probing(Probing { held, waiting, duplicates: Vec::new() })
}

pub(super) fn bound(held: Held, fresh: bool, shell: &mut Shell) -> State {
    shell.refusals = 0;
    shell.event(Event::Entered("BOUND"));
    let lease = Box::new(held.lease.clone());
    shell.event(if fresh { Event::Bound(lease) } else { Event::Renewed(lease) });
    State::Bound(Bound { held })
}

pub(super) fn renew(held: Held, now: Instant, shell: &mut Shell) -> State {
    let end = held.lease.rebinding;
    if end.is_some_and(|end| end <= now) {
        return rebind(held, now, shell);
    }
    shell.event(Event::Entered("RENEWING"));
    let exchange = Exchange::new(RENEW, now, end, &mut shell.random);
    Renewing { exchange, held }.send(now, shell)
}

pub(super) fn rebind(held: Held, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("REBINDING"));
    let exchange = Exchange::new(RENEW, now, None, &mut shell.random);
    Rebinding { exchange, held }.send(now, shell)
}

/// All that is left of a detection is told to the server, or to nobody.
pub(super) fn decline(
    server: Vec<u8>,
    addresses: Vec<Ipv6Addr>,
    rest: Option<Held>,
    now: Instant,
    shell: &mut Shell,
) -> State {
    if rest.is_none() {
        shell.refusals = shell.refusals.saturating_add(1);
    }
    if shell.defects.has(Defect::Dhcp6NeverDeclines) {
        return after_decline(rest, now, shell);
    }
    shell.event(Event::Entered("DECLINING"));
    let exchange = Exchange::new(DECLINE, now, None, &mut shell.random);
    Declining { exchange, server, addresses, rest }.send(now, shell)
}

pub(super) fn after_decline(rest: Option<Held>, now: Instant, shell: &mut Shell) -> State {
    match rest {
        Some(held) => bound(held, true, shell),
        None => delay(Then::Solicit, now, shell),
    }
}

pub(super) fn release(held: &Held, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Lost(Loss6::Released));
    shell.event(Event::Entered("RELEASING"));
    let exchange = Exchange::new(RELEASE, now, None, &mut shell.random);
    Releasing { exchange, server: held.lease.server.clone(), addresses: held.addresses() }.send(now, shell)
}

pub(super) fn lost(loss: Loss6, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Lost(loss));
    delay(Then::Solicit, now, shell)
}

/// A server has nothing for this client: another round of the search.
pub(super) fn refused(held: Option<Held>, now: Instant, shell: &mut Shell) -> State {
    shell.refusals = shell.refusals.saturating_add(1);
    match held {
        Some(_) => lost(Loss6::Refused, now, shell),
        None if shell.defects.has(Defect::Dhcp6GivesUp) => State::NOTHING,
        None => delay(Then::Solicit, now, shell),
    }
}
