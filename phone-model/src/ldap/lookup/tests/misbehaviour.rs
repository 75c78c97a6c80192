//! Servers that send what they should not, and phones that do.

use super::*;

#[test]
fn what_is_no_ldap_ends_the_session_without_a_goodbye() {
    let cases: [(&[u8], &str); 4] = [
        (b"HTTP/1.1 400 Bad Request\r\n", "failed Server sent an element that does not belong there"),
        (&[0x30, 0x80, 0, 0], "failed Server sent a length that cannot be"),
        (&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff], "failed Server sent a message that is too long"),
        (&[0x30, 0x05, 0x02, 0x01, 0xff, 0x65, 0x00], "failed Server sent a number out of range"),
    ];
    for (octets, words) in cases {
        assert_eq!(Bench::searching(&[]).say(octets), ["close", words]);
    }
}

#[test]
fn a_message_that_never_ends_is_not_kept() {
    let mut bench = Bench::searching(&[]);
    bench.say(&[0x30, 0x83, 0x03, 0xff, 0xff]);
    for _ in 0..40 {
        bench.say(&[0; 8192]);
        assert!(bench.lookup.received.len() <= LONGEST_MESSAGE + 8192);
    }
}

#[test]
fn a_referral_is_not_followed() {
    let referral = result(2, DONE, 10, &[(0xa3, b"\x04\x14ldap://192.0.2.66/dc")]);
    assert_eq!(Bench::searching(&[]).say(&referral), ["unbind 3", "close", "failed Server refers to another server"]);
    let mut bench = Bench::searching(&[Defect::LdapFollowsReferral]);
    assert_eq!(bench.say(&referral), ["close", "connect 192.0.2.66 389"]);
    assert_eq!(bench.give(Input::Connected), ["bind 3"]);
}

#[test]
fn defects_show_where_they_should() {
    let mut bench = Bench::searching(&[Defect::LdapDropsAtLimit]);
    bench.say(&entry(2, "Ann"));
    assert!(bench.say(&result(2, DONE, 4, &[])).pop().unwrap().starts_with("failed"));

    let reference = hex::decode("300e020102730904076c6461703a2f2f").unwrap();
    let mut bench = Bench::searching(&[Defect::LdapStopsAtReference]);
    assert!(bench.say(&reference).pop().unwrap().starts_with("failed"));

    let notice = result(0, 0x78, 52, &[(0x8a, DISCONNECTION)]);
    assert_eq!(Bench::searching(&[Defect::LdapIgnoresNotice]).say(&notice), [""; 0]);

    let done = result(2, DONE, 0, &[]);
    assert_eq!(Bench::searching(&[Defect::LdapNeverUnbinds]).say(&done), ["close", "found 0 Complete"]);

    let mut bench = Bench::searching(&[Defect::LdapTakesAnyId]);
    assert_eq!(bench.say(&result(7, DONE, 0, &[])).pop().unwrap(), "found 0 Complete");

    assert_eq!(Bench::searching(&[]).lookup.deadline(), Some(Instant::from_millis(10_000)));
    assert_eq!(Bench::searching(&[Defect::LdapWaitsForEver]).lookup.deadline(), None);

    let mut bench = Bench::of(plan(NAME, Auth::None), &[Defect::LdapMessageIdZero]);
    bench.out();
    assert_eq!(bench.give(Input::Connected), ["bind 0"]);
    assert_eq!(bench.say(&result(0, 0x61, 0, &[])), ["search 0"]);

    let mut bench = Bench::of(plan(NAME, Auth::None), &[Defect::LdapSearchesUnbound]);
    bench.out();
    assert_eq!(bench.give(Input::Connected), ["bind 1", "search 2"]);

    let size = |defects: &[Defect]| {
        let mut bench = Bench::of(plan(NAME, Auth::None), defects);
        bench.out();
        bench.give(Input::Connected);
        bench.lookup.handle(Input::Bytes(&result(1, 0x61, 0, &[])), Instant::ZERO);
        let Output::Write(bytes) = bench.lookup.poll() else { panic!("a search") };
        // Behind message id, base, scope and deref.
        bytes[21]
    };
    assert_eq!((size(&[]), size(&[Defect::LdapAsksForMore])), (20, 100));
}
