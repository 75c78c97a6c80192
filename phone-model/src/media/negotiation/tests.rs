#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
use super::*;

fn local() -> Local {
    Local::new("192.0.2.100".parse().unwrap(), 16_384, 4_711)
}

fn remote(media: &str) -> Description {
    let text = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n{media}");
    Description::parse(text.as_bytes()).unwrap()
}

#[test]
fn an_offer_names_both_laws_and_events() {
    insta::assert_snapshot!(local().offer(Direction::SendReceive).to_string().replace("\r\n", "\n"), @r"
    v=0
    o=- 4711 1 IN IP4 192.0.2.100
    s=-
    c=IN IP4 192.0.2.100
    t=0 0
    m=audio 16384 RTP/AVP 0 8 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
    a=ptime:20
    a=sendrecv
    ");
}

#[test]
fn an_answer_has_as_many_streams_as_the_offer_in_its_order() {
    let offer = remote(
        "m=video 5000 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 18 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\n\
         m=audio 4002 RTP/AVP 0\r\n",
    );
    let (answer, stream) = local().answer(&offer, false).unwrap();
    insta::assert_snapshot!(answer.to_string().replace("\r\n", "\n"), @r"
    v=0
    o=- 4711 1 IN IP4 192.0.2.100
    s=-
    c=IN IP4 192.0.2.100
    t=0 0
    m=video 0 RTP/AVP 31
    m=audio 16384 RTP/AVP 8 96
    a=rtpmap:8 PCMA/8000
    a=rtpmap:96 telephone-event/8000
    a=fmtp:96 0-15
    a=ptime:20
    a=sendrecv
    m=audio 0 RTP/AVP 0
    ");
    let stream = stream.unwrap();
    assert_eq!((stream.remote.to_string().as_str(), stream.law), ("192.0.2.10:4000", Law::A));
    assert_eq!(stream.events, Some(96));
}

#[test]
fn an_offer_without_g711_cannot_be_answered() {
    for media in ["m=audio 4000 RTP/AVP 18\r\n", "m=audio 4000 RTP/SAVP 0\r\n", "m=audio 0 RTP/AVP 0\r\n", ""] {
        assert_eq!(local().answer(&remote(media), false).unwrap_err(), NotAcceptable, "{media}");
    }
}

#[test]
fn hold_is_answered_with_the_other_half_of_it() {
    let direction = |media: &str| local().answer(&remote(media), false).unwrap().1.unwrap().direction;
    assert_eq!(direction("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), Direction::ReceiveOnly);
    assert_eq!(direction("m=audio 4000 RTP/AVP 0\r\na=inactive\r\n"), Direction::Inactive);
    assert_eq!(direction("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"), Direction::ReceiveOnly);
}

#[test]
fn the_version_grows_only_when_the_description_changes() {
    let mut local = local();
    let offer = remote("m=audio 4000 RTP/AVP 0\r\n");
    let versions = [
        local.answer(&offer, false).unwrap().0.version,
        local.answer(&offer, false).unwrap().0.version,
        local.answer(&remote("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), false).unwrap().0.version,
    ];
    assert_eq!(versions, [1, 1, 2]);
}

#[test]
fn an_answer_to_our_hold_leaves_nobody_receiving_here() {
    let mut local = local();
    local.offer(Direction::SendOnly);
    let stream = local.accept(&remote("m=audio 4000 RTP/AVP 0 101\r\na=recvonly\r\n")).unwrap();
    assert_eq!(stream.direction, Direction::SendOnly);
    assert!(local.accept(&remote("m=audio 0 RTP/AVP 0\r\n")).is_none());
}
