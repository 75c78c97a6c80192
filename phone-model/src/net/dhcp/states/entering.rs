//! How each state begins (RFC 2131 §4.4).

use super::{Bound, Declined, Held, Init, Probing, Rebinding, Rebooting, Renewing, Selecting, State};
use crate::defects::Defect;
use crate::net::arp::{self, Claim};
use crate::net::datagram::Mac;
use crate::net::dhcp::lease::Lease;
use crate::net::dhcp::message::Fields;
use crate::net::dhcp::{Event, Loss, Output, Remembered, Shell};
use crate::time::{Duration, Instant};
use dhcproto::v4::MessageType;
use std::net::Ipv4Addr;

const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
/// RFC 5227 §1.1: MAX_CONFLICTS.
const MAX_CONFLICTS: u32 = 10;
/// RFC 5227 §1.1: RATE_LIMIT_INTERVAL.
const RATE_LIMIT_INTERVAL: Duration = Duration::from_secs(60);

pub(super) fn init(now: Instant, shell: &mut Shell) -> State {
    let most = u64::try_from(shell.timing.start_delay.as_micros()).unwrap_or(u64::MAX);
    let wait = if !shell.started {
        // §4.4.1: one to ten seconds, to keep phones apart that all start when power returns.
        Duration::from_micros(shell.random.range(most / 10, most))
    } else if let Some(again) = shell.refusals.checked_sub(2) {
        shell.back_off(again)
    } else {
        Duration::ZERO
    };
    shell.started = true;
    shell.event(Event::Entered("INIT"));
    State::Init(Init { begin: now + wait })
}

pub(super) fn discover(now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("SELECTING"));
    let xid = shell.random.u32();
    Selecting { xid, began: now, secs: 0, sent: 0, next: now }.send(now, shell)
}

pub(super) fn reboot(remembered: Remembered, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("REBOOTING"));
    // §4.3.2: 50 set, 54 absent, ciaddr zero, broadcast.
    let request =
        Fields { requested: Some(remembered.address), ..fields(MessageType::Request, shell.random.u32(), now, now) };
    Rebooting { request, remembered, requested_at: now, sent: 0, next: now }.send(now, shell)
}

pub(super) fn probe(lease: Lease, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("PROBING"));
    let timing = match shell.defects.has(Defect::DhcpProbesNothing) {
        true => arp::Timing { probes: 0, ..shell.timing.arp },
        false => shell.timing.arp,
    };
    let claim = Claim::new(shell.identity.mac, lease.address, timing, &mut shell.random, now);
    State::Probing(Probing { lease: Box::new(lease), claim })
}

pub(super) fn bound(held: Held, shell: &mut Shell) -> State {
    shell.refusals = 0;
    shell.conflicts = 0;
    let renewal = held.lease.times.map(|times| shell.fuzzed(held.lease.requested_at, times.renewal));
    State::Bound(Bound { held, renewal })
}

pub(super) fn renew(held: Held, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("RENEWING"));
    // With its fuzz, T2 stays between now and the end of the lease.
    let rebinding =
        held.lease.times.map(|times| shell.fuzzed(held.lease.requested_at, times.rebinding).min(times.expiry).max(now));
    Renewing { held, requested_at: now, xid: shell.random.u32(), rebinding, next: None }.send(now, shell)
}

pub(super) fn rebind(held: Held, now: Instant, shell: &mut Shell) -> State {
    let Some(times) = held.lease.times else { return State::Bound(Bound { held, renewal: None }) };
    shell.event(Event::Entered("REBINDING"));
    Rebinding { held, requested_at: now, xid: shell.random.u32(), expiry: times.expiry, next: now }.send(now, shell)
}

pub(super) fn decline(lease: &Lease, by: Mac, now: Instant, shell: &mut Shell) -> State {
    // Table 5: 50 and 54 set, ciaddr zero, broadcast.
    let message = Fields {
        requested: Some(lease.address),
        server: Some(lease.server),
        ..fields(MessageType::Decline, shell.random.u32(), now, now)
    };
    if !shell.defects.has(Defect::DhcpDeclinesNothing) {
        let message = message.encode(&shell.identity, &shell.defects);
        shell.send(Output::Broadcast { from: NONE, message });
    }
    shell.event(Event::Lost(Loss::Taken(by)));
    shell.event(Event::Entered("DECLINED"));
    // §3.1(5): at least ten seconds before beginning anew; RFC 5227 §2.1.1: after many conflicts in a row, once in a minute.
    shell.conflicts = shell.conflicts.saturating_add(1);
    let least = if shell.conflicts >= MAX_CONFLICTS { RATE_LIMIT_INTERVAL } else { Duration::ZERO };
    State::Declined(Declined { until: now + shell.timing.decline_wait.max(least) })
}

pub(super) fn refused(now: Instant, shell: &mut Shell) -> State {
    shell.refusals = shell.refusals.saturating_add(1);
    init(now, shell)
}

pub(super) fn lost_by_nak(now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Lost(Loss::Nak));
    refused(now, shell)
}

pub(super) fn fields(kind: MessageType, xid: u32, began: Instant, now: Instant) -> Fields {
    Fields { kind, xid, secs: seconds(began, now), ciaddr: NONE, requested: None, server: None }
}

pub(super) fn seconds(began: Instant, now: Instant) -> u16 {
    u16::try_from(now.since(began).as_secs()).unwrap_or(u16::MAX)
}
