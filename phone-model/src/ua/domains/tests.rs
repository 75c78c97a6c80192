#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
use super::super::interface::Service;
use super::*;
use proptest::prelude::*;

const LISTED: &str = "192.0.2.10";
const SECOND: &str = "192.0.2.11";
const STRANGER: &str = "192.0.2.20";
const MOVED: &str = "192.0.2.21";

/// The list with a name server whose zone a test writes.
struct Bench {
    domains: Domains,
    zone: Vec<(&'static str, &'static str, u64)>,
    asked: Vec<Query>,
}

impl Bench {
    fn new(defects: impl IntoIterator<Item = Defect>) -> Self {
        let domains = Domains::new(Release::DOCUMENT, Defects::of(defects), Duration::from_millis(500));
        let zone = vec![("voiceip.com", LISTED, 60), ("voiceip1.com", SECOND, 1)];
        Bench { domains, zone, asked: Vec::new() }
    }

    fn set(&mut self, list: &str, millis: u64) {
        self.domains.set(list, Instant::from_millis(millis));
        self.settle(millis);
    }

    fn settle(&mut self, millis: u64) {
        let now = Instant::from_millis(millis);
        self.domains.wake(now);
        while let Some(Output::Resolve(query)) = self.domains.poll() {
            let answer = self.answer(&query);
            self.asked.push(query.clone());
            self.domains.resolved(&query, &answer, now);
        }
    }

    fn answer(&self, query: &Query) -> Result<Records, NotResolved> {
        let found = self.zone.iter().find(|(name, ..)| *name == query.name).filter(|_| query.kind == RecordKind::A);
        let records = |&(_, address, ttl): &(&str, &str, u64)| Records {
            addresses: vec![address.parse().unwrap()],
            services: Vec::new(),
            pointers: Vec::new(),
            ttl: Duration::from_secs(ttl),
        };
        found.map(records).ok_or(NotResolved::Nothing { ttl: Duration::from_secs(30) })
    }

    fn admitted(&self) -> Vec<&'static str> {
        [LISTED, SECOND, STRANGER, MOVED].into_iter().filter(|a| self.domains.admits(a.parse().unwrap())).collect()
    }
}

#[test]
fn without_a_list_everybody_is_let_in() {
    assert_eq!(Bench::new([]).admitted().len(), 4);
}

#[test]
fn commas_spaces_letter_case_and_trailing_dots_do_not_matter() {
    for list in [
        "voiceip.com,voiceip1.com",
        " voiceip.com , voiceip1.com ",
        "VoiceIP.COM., VOICEIP1.com",
        "voiceip.com,,voiceip1.com",
    ] {
        let mut bench = Bench::new([]);
        bench.set(list, 0);
        assert_eq!(bench.admitted(), [LISTED, SECOND], "{list}");
    }
}

#[test]
fn nobody_is_let_in_before_the_first_answer() {
    let mut bench = Bench::new([]);
    bench.domains.set("voiceip.com", Instant::ZERO);
    assert!(bench.admitted().is_empty());
    bench.settle(0);
    assert_eq!(bench.admitted(), [LISTED]);
}

#[test]
fn a_name_that_does_not_resolve_matches_nobody() {
    let mut bench = Bench::new([]);
    bench.set("nowhere.example", 0);
    assert!(bench.admitted().is_empty());
    bench.set("nowhere.example, voiceip.com", 10);
    assert_eq!(bench.admitted(), [LISTED]);
}

#[test]
fn a_name_follows_its_address_when_the_ttl_is_over() {
    let mut bench = Bench::new([]);
    bench.set("voiceip.com, voiceip1.com", 0);
    bench.zone[1] = ("voiceip1.com", MOVED, 1);
    assert_eq!(bench.domains.deadline(), Some(Instant::from_secs(1)));
    bench.settle(999);
    assert_eq!(bench.admitted(), [LISTED, SECOND]);
    bench.settle(1_000);
    assert_eq!(bench.admitted(), [LISTED, MOVED]);
}

#[test]
fn a_name_that_vanishes_from_dns_loses_its_address_and_gets_it_back() {
    let mut bench = Bench::new([]);
    bench.set("voiceip1.com", 0);
    let record = bench.zone.remove(1);
    bench.settle(1_000);
    assert!(bench.admitted().is_empty());
    bench.zone.push(record);
    bench.settle(31_000);
    assert_eq!(bench.admitted(), [SECOND]);
}

#[test]
fn a_name_server_that_fails_takes_nothing_away() {
    let mut bench = Bench::new([]);
    bench.set("voiceip1.com", 0);
    bench.domains.wake(Instant::from_secs(1));
    while let Some(Output::Resolve(query)) = bench.domains.poll() {
        bench.domains.resolved(&query, &Err(NotResolved::Failed), Instant::from_secs(1));
    }
    assert_eq!(bench.admitted(), [SECOND]);
    assert_eq!(bench.domains.deadline(), Some(Instant::from_secs(6)));
}

#[test]
fn a_ttl_of_zero_is_looked_up_no_oftener_than_the_floor() {
    let mut bench = Bench::new([]);
    bench.zone[1] = ("voiceip1.com", SECOND, 0);
    bench.set("voiceip1.com", 0);
    assert_eq!(bench.domains.deadline(), Some(Instant::from_millis(500)));
}

#[test]
fn the_targets_of_srv_records_are_let_in_and_forgotten_with_them() {
    let mut bench = Bench::new([]);
    bench.zone.push(("sip1.voiceip.com", MOVED, 60));
    bench.set("voiceip.com", 0);
    let srv = Query { name: "_sip._udp.voiceip.com".into(), kind: RecordKind::Srv };
    let service = Service { priority: 1, weight: 0, port: 5060, target: "SIP1.voiceip.com.".into() };
    let records =
        Records { addresses: vec![], services: vec![service], ttl: Duration::from_secs(60), ..Records::default() };
    bench.domains.wake(Instant::from_secs(30));
    while bench.domains.poll().is_some() {}
    bench.domains.resolved(&srv, &Ok(records), Instant::from_secs(30));
    bench.settle(30_000);
    assert_eq!(bench.admitted(), [LISTED, MOVED]);
    let later = Instant::from_secs(90);
    bench.domains.wake(later);
    while bench.domains.poll().is_some() {}
    bench.domains.resolved(&srv, &Err(NotResolved::Nothing { ttl: Duration::ZERO }), later);
    assert_eq!(bench.admitted(), [LISTED]);
}

#[test]
fn an_emptied_list_lets_everybody_in_and_asks_for_nothing() {
    let mut bench = Bench::new([]);
    bench.set("voiceip.com", 0);
    bench.set("", 10);
    assert_eq!(bench.admitted().len(), 4);
    assert_eq!(bench.domains.deadline(), None);
}

#[test]
fn a_longer_list_keeps_what_is_known() {
    let mut bench = Bench::new([]);
    bench.set("voiceip.com", 0);
    bench.domains.set("voiceip1.com, voiceip.com", Instant::from_millis(10));
    assert_eq!(bench.admitted(), [LISTED]);
}

#[test]
fn from_release_11_3_1_the_list_limits_targets_and_filters_nothing() {
    let mut domains = Domains::new(Release::R11_3_1, Defects::NONE, Duration::ZERO);
    domains.set("voiceip.com", Instant::ZERO);
    assert!(domains.admits(STRANGER.parse().unwrap()) && domains.poll().is_none());
    assert!(permits_target(Release::R11_3_1, "voiceip.com", "VOICEIP.com."));
    assert!(!permits_target(Release::R11_3_1, "voiceip.com", "stranger.example"));
    assert!(permits_target(Release::R11_3_1, "", "stranger.example"));
    assert!(permits_target(Release::DOCUMENT, "voiceip.com", "stranger.example"));
}

#[test]
fn each_defect_changes_what_it_says() {
    let admitted = |defect, list: &str| {
        let mut bench = Bench::new([defect]);
        bench.set(list, 0);
        bench.admitted()
    };
    let both = "voiceip.com, voiceip1.com";
    assert_eq!(admitted(Defect::DomainsAnswersUnlisted, both).len(), 4);
    assert_eq!(admitted(Defect::DomainsFirstNameOnly, both), [LISTED]);
    assert!(admitted(Defect::DomainsDropsListed, both).is_empty());
    assert_eq!(admitted(Defect::DomainsCaseSensitive, "voiceip.com, VOICEIP1.com"), [LISTED]);
    assert_eq!(admitted(Defect::DomainsCaseSensitive, both), [LISTED, SECOND]);
    assert_eq!(admitted(Defect::DomainsKeepsSpaces, both), [LISTED]);
    assert_eq!(admitted(Defect::DomainsKeepsSpaces, "voiceip.com,voiceip1.com"), [LISTED, SECOND]);
    assert_eq!(admitted(Defect::DomainsOpensOnUnresolved, both), [LISTED, SECOND]);
    assert_eq!(admitted(Defect::DomainsOpensOnUnresolved, "voiceip.com, nowhere.example").len(), 4);
}

#[test]
fn the_defects_of_time_and_number_change_what_they_say() {
    let mut bench = Bench::new([Defect::DomainsNeverRefreshes]);
    bench.set("voiceip1.com", 0);
    bench.zone[1] = ("voiceip1.com", MOVED, 1);
    bench.settle(60_000);
    assert_eq!(bench.admitted(), [SECOND]);

    let mut bench = Bench::new([Defect::DomainsStaysClosed]);
    bench.set("voiceip.com", 0);
    bench.set("", 10);
    assert_eq!(bench.admitted(), [LISTED]);

    let mut bench = Bench::new([Defect::DomainsStarves]);
    bench.set("voiceip.com", 0);
    (0..200).for_each(|_| bench.domains.count_silenced());
    assert_eq!(bench.admitted(), [LISTED]);
    bench.domains.count_silenced();
    assert!(bench.admitted().is_empty());
}

proptest! {
    #[test]
    fn any_list_is_taken_and_asks_for_a_bounded_number_of_names(list in "[ -~]{0,600}", millis in 0u64..10_000) {
        let mut bench = Bench::new([]);
        bench.set(&list, millis);
        prop_assert!(bench.asked.len() <= 4 * MAX_NAMES);
        prop_assert!(!bench.domains.admits(STRANGER.parse().unwrap()) || names(&list).next().is_none());
    }
}
