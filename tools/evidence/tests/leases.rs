//! Leases of DHCPv4 and DHCPv6, told from the messages.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::net::Ipv6Addr;

use evidence::dhcp::lease::Lease;
use evidence::{LeaseEnd, LeaseStep, Mark};
use wire::*;

const SECOND: u64 = 1_000 * MILLISECOND;
const OTHER: [u8; 4] = [192, 0, 2, 101];
const EVERYONE: [u8; 4] = [255; 4];

/// A client and its servers, in the fewest octets.
#[derive(Default)]
struct Line {
    bench: Bench,
}

impl Line {
    fn discover_offer(&mut self, xid: u32) -> &mut Self {
        self.bench.udp(([0; 4], 68), (EVERYONE, 67), &dhcp(1, xid, [0; 4], [0; 4], &[(53, &[1])]));
        self.bench.udp((SERVER, 67), (PHONE, 68), &dhcp(2, xid, [0; 4], PHONE, &[(53, &[2]), (54, &SERVER)]));
        self
    }

    fn select(&mut self, xid: u32) -> &mut Self {
        let options: &[(u8, &[u8])] = &[(53, &[3]), (50, &PHONE), (54, &SERVER)];
        self.bench.udp(([0; 4], 68), (EVERYONE, 67), &dhcp(1, xid, [0; 4], [0; 4], options));
        self
    }

    fn reboot(&mut self, xid: u32) -> &mut Self {
        let message = dhcp(1, xid, [0; 4], [0; 4], &[(53, &[3]), (50, &PHONE)]);
        self.bench.udp(([0; 4], 68), (EVERYONE, 67), &message);
        self
    }

    /// Unicast to the server, or to all.
    fn renew(&mut self, xid: u32, to: [u8; 4]) -> &mut Self {
        self.bench.udp((PHONE, 68), (to, 67), &dhcp(1, xid, PHONE, [0; 4], &[(53, &[3])]));
        self
    }

    fn ack(&mut self, xid: u32, address: [u8; 4], seconds: u32) -> &mut Self {
        self.ack_from(SERVER, xid, address, seconds)
    }

    fn ack_from(&mut self, server: [u8; 4], xid: u32, address: [u8; 4], seconds: u32) -> &mut Self {
        let time = seconds.to_be_bytes();
        let message = dhcp(2, xid, [0; 4], address, &[(53, &[5]), (51, &time), (54, &server)]);
        self.bench.udp((server, 67), (PHONE, 68), &message);
        self
    }

    fn nak_from(&mut self, server: [u8; 4], xid: u32) -> &mut Self {
        let message = dhcp(2, xid, [0; 4], [0; 4], &[(53, &[6]), (54, &server)]);
        self.bench.udp((server, 67), (EVERYONE, 68), &message);
        self
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.bench.wait(seconds * SECOND);
        self
    }

    fn leases(&self) -> Vec<Lease> {
        self.bench.capture.leases()
    }
}

fn steps(lease: &Lease) -> Vec<LeaseStep> {
    lease.events.iter().map(|event| event.step).collect()
}

fn names() -> evidence::print::Names {
    [(ip(PHONE), "phone"), (ip(SERVER), "listed"), (ip(STRANGER), "unlisted")].into_iter().collect()
}

#[test]
fn a_lease_is_offered_bound_renewed_rebound_kept_and_expires_by_its_own_time() {
    let mut line = Line::default();
    line.discover_offer(1).select(1).ack(1, PHONE, 100);
    line.wait(50).renew(2, SERVER).ack(2, PHONE, 100);
    line.wait(80).renew(3, EVERYONE).ack_from(STRANGER, 3, PHONE, 100);
    line.wait(10).reboot(4).ack(4, PHONE, 100);
    let held = line.leases();
    assert_eq!((held.len(), held[0].is_held(), held[0].renewals), (1, true, 3));
    line.wait(200).discover_offer(5);
    let leases = line.leases();
    use LeaseStep::{Bound, Lost, Offered, Rebooted, Rebound, Renewed};
    assert_eq!(steps(&leases[0]), [Offered, Bound, Renewed, Rebound, Rebooted, Lost]);
    assert_eq!(leases[0].end, LeaseEnd::Expired);
    // The time counts from the REQUEST (RFC 2131 §4.4.1).
    let asked = line.bench.capture.dhcp()[8].time_ns;
    assert_eq!(leases[0].ended_ns(), Some(asked + 100 * SECOND));
    insta::assert_snapshot!(evidence::print::leases(&line.bench.capture, &names()), @"02:00:00:00:00:01 192.0.2.100 from listed at 0.003000 s for 100 s (T1 -, T2 -), renewed once, rebound once, kept after a restart once, expired at 240.008000 s; packets 2, 4, 6, 8, 10");
}

#[test]
fn a_lease_of_all_ones_never_ends_and_an_ack_sent_twice_renews_nothing() {
    let mut line = Line::default();
    line.select(1).ack(1, PHONE, u32::MAX).ack(1, PHONE, u32::MAX).wait(1_000_000).discover_offer(2);
    let lease = &line.leases()[0];
    assert_eq!((lease.end, lease.expires_ns, lease.renewals), (LeaseEnd::Held, None, 0));
    assert_eq!((steps(lease), lease.packets.to_string()), (vec![LeaseStep::Bound], "2-3".to_owned()));
}

#[test]
fn a_nak_ends_a_lease_only_if_the_client_takes_it() {
    let mut line = Line::default();
    line.select(1).ack(1, PHONE, 100).renew(2, SERVER).nak_from(SERVER, 99);
    assert!(line.leases()[0].is_held(), "another transaction");
    let mark = line.bench.capture.mark();
    line.nak_from(SERVER, 2);
    let lease = &line.leases()[0];
    assert_eq!((lease.end, lease.since(mark).len()), (LeaseEnd::Refused, 1));
    assert_eq!(lease.since(Mark::default()).len(), 2);
}

#[test]
fn answers_to_nothing_and_of_a_server_that_was_not_chosen_make_no_lease() {
    let mut line = Line::default();
    line.select(1).ack(9, OTHER, 100).ack_from(STRANGER, 1, OTHER, 100).ack(1, PHONE, 100);
    let leases = line.leases();
    assert_eq!(leases.iter().map(|lease| lease.address.octets()).collect::<Vec<_>>(), [PHONE]);
}

#[test]
fn a_lease_is_replaced_released_or_declined() {
    let mut line = Line::default();
    line.select(1).ack(1, PHONE, 100).renew(2, SERVER).ack(2, OTHER, 100);
    line.bench.udp((OTHER, 68), (SERVER, 67), &dhcp(1, 3, OTHER, [0; 4], &[(53, &[7])]));
    line.select(4).ack(4, PHONE, 100);
    let decline = dhcp(1, 5, [0; 4], [0; 4], &[(53, &[4]), (50, &PHONE), (54, &SERVER)]);
    line.bench.udp(([0; 4], 68), (EVERYONE, 67), &decline);
    let ends: Vec<_> = line.leases().iter().map(|lease| lease.end).collect();
    assert_eq!(ends, [LeaseEnd::Replaced, LeaseEnd::Released, LeaseEnd::Declined]);
}

const SIX: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x1000);
const PHONE_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x100);
const SERVER_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
const CLIENT_ID: [u8; 10] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 1];
const SERVER_ID: [u8; 10] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 2];

#[derive(Default)]
struct Line6 {
    bench: Bench,
}

impl Line6 {
    fn asks(&mut self, kind: u8, xid: u32, server: bool) -> &mut Self {
        let ia = ia_na(7, (0, 0), SIX, (0, 0));
        let mut options: Vec<(u16, &[u8])> = vec![(1, &CLIENT_ID), (8, &[0, 0]), (3, &ia)];
        if server {
            options.push((2, &SERVER_ID));
        }
        self.bench.push(&udp6((PHONE_LINK, 546), (SERVERS, 547), &dhcp6(kind, xid, &options)));
        self
    }

    fn answers(&mut self, kind: u8, xid: u32, address: Ipv6Addr, valid: u32) -> &mut Self {
        let ia = ia_na(7, (50, 80), address, (valid, valid));
        self.says(kind, xid, &[(1, &CLIENT_ID), (2, &SERVER_ID), (3, &ia)])
    }

    fn says(&mut self, kind: u8, xid: u32, options: &[(u16, &[u8])]) -> &mut Self {
        self.bench.push(&udp6((SERVER_LINK, 547), (PHONE_LINK, 546), &dhcp6(kind, xid, options)));
        self
    }

    fn bound(&mut self) -> &mut Self {
        self.asks(1, 1, false).answers(2, 1, SIX, 100).asks(3, 2, true).answers(7, 2, SIX, 100)
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.bench.wait(seconds * SECOND);
        self
    }
}

#[test]
fn a_dhcpv6_lease_has_the_same_life() {
    let mut line = Line6::default();
    line.bound().wait(50).asks(5, 3, true).answers(7, 3, SIX, 100).wait(80);
    line.asks(6, 4, false).answers(7, 4, SIX, 100).answers(7, 4, SIX, 100);
    line.asks(4, 5, false).says(7, 5, &[(1, &CLIENT_ID), (2, &SERVER_ID), (13, &[0, 0])]);
    line.wait(200).asks(1, 6, false);
    let leases = line.bench.capture.leases6();
    use LeaseStep::{Bound, Lost, Offered, Rebooted, Rebound, Renewed};
    let steps: Vec<_> = leases[0].events.iter().map(|event| event.step).collect();
    assert_eq!(steps, [Offered, Bound, Renewed, Rebound, Rebooted, Lost]);
    assert_eq!((leases.len(), leases[0].end, leases[0].renewals), (1, LeaseEnd::Expired, 2));
    insta::assert_snapshot!(evidence::print::leases(&line.bench.capture, &names()), @"00030001020000000001 IA 00000007 2001:db8:78::1000 from 00030001020000000002 at 0.003000 s for 100 s (preferred 100 s, T1 50 s, T2 80 s), renewed once, rebound once, kept after a restart once, expired at 230.007000 s; packets 2, 4, 6, 8-9, 11");
    insta::assert_snapshot!(evidence::print::ladder(&line.bench.capture, &names()), @r"
    packets      seconds 2001:db8:78::1000                          multicast                                  fe80::1
          1     0.000000 │──── DHCPv6 SOLICIT 2001:db8:78::1000 ───>│                                          │
          2     0.001000 │<─────────────────────── DHCPv6 ADVERTISE 2001:db8:78::1000 ─────────────────────────│
          3     0.002000 │──── DHCPv6 REQUEST 2001:db8:78::1000 ───>│                                          │
          4     0.003000 │<───────────────────────── DHCPv6 REPLY 2001:db8:78::1000 ───────────────────────────│
          5    50.004000 │───── DHCPv6 RENEW 2001:db8:78::1000 ────>│                                          │
          6    50.005000 │<───────────────────────── DHCPv6 REPLY 2001:db8:78::1000 ───────────────────────────│
          7   130.006000 │──── DHCPv6 REBIND 2001:db8:78::1000 ────>│                                          │
          8   130.007000 │<───────────────────────── DHCPv6 REPLY 2001:db8:78::1000 ───────────────────────────│
          9   130.008000 │<───────────────────────── DHCPv6 REPLY 2001:db8:78::1000 ───────────────────────────│
         10   130.009000 │──── DHCPv6 CONFIRM 2001:db8:78::1000 ───>│                                          │
         11   130.010000 │<────────────────────────────────── DHCPv6 REPLY ────────────────────────────────────│
         12   330.011000 │──── DHCPv6 SOLICIT 2001:db8:78::1000 ───>│                                          │
    ");
}

#[test]
fn a_dhcpv6_lease_is_released_declined_refused_withdrawn_replaced_or_unknown() {
    let end = |act: &dyn Fn(&mut Line6)| {
        let mut line = Line6::default();
        act(line.bound());
        let lease = line.bench.capture.leases6().remove(0);
        (lease.end, lease.events.last().unwrap().step)
    };
    let not_on_link: &[(u16, &[u8])] = &[(1, &CLIENT_ID), (2, &SERVER_ID), (13, b"\x00\x04no")];
    let no_binding = [&[0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0][..], &options6(&[(13, &[0, 3])])].concat();
    let no_binding: &[(u16, &[u8])] = &[(1, &CLIENT_ID), (2, &SERVER_ID), (3, &no_binding)];
    use LeaseStep::{Bound, Lost, Unknown};
    assert_eq!(
        end(&|line| {
            line.asks(8, 3, true);
        }),
        (LeaseEnd::Released, Lost)
    );
    assert_eq!(
        end(&|line| {
            line.asks(9, 3, true);
        }),
        (LeaseEnd::Declined, Lost)
    );
    assert_eq!(
        end(&|line| {
            line.asks(4, 3, false).says(7, 3, not_on_link);
        }),
        (LeaseEnd::Refused, Lost)
    );
    assert_eq!(
        end(&|line| {
            line.asks(5, 3, true).answers(7, 3, SIX, 0);
        }),
        (LeaseEnd::Withdrawn, Lost)
    );
    assert_eq!(
        end(&|line| {
            line.asks(3, 3, true).answers(7, 3, PHONE_LINK, 9);
        }),
        (LeaseEnd::Replaced, Lost)
    );
    assert_eq!(
        end(&|line| {
            line.asks(5, 3, true).says(7, 3, no_binding);
        }),
        (LeaseEnd::Held, Unknown)
    );
    assert_eq!(
        end(&|line| {
            line.asks(5, 3, true).answers(7, 4, SIX, 0);
        }),
        (LeaseEnd::Held, Bound)
    );
}
