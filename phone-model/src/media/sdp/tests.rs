#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
use super::*;
use proptest::prelude::*;

const OFFER: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 host.example\r\ns= \r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
    a=sendonly\r\nm=audio 49170 RTP/AVP 0 8 97\r\na=rtpmap:97 iLBC/8000\r\nm=video 51372/2 RTP/AVP 31\r\n\
    c=IN IP4 192.0.2.11/127\r\na=inactive\r\n";

#[test]
fn a_stream_has_the_address_and_direction_of_the_session_unless_it_names_its_own() {
    let offer = Description::parse(OFFER.as_bytes()).unwrap();
    let (audio, video) = (&offer.media[0], &offer.media[1]);
    assert_eq!(offer.address_of(audio), Some("192.0.2.10".parse().unwrap()));
    assert_eq!(offer.address_of(video), Some("192.0.2.11".parse().unwrap()));
    assert_eq!((offer.direction_of(audio), offer.direction_of(video)), (Direction::SendOnly, Direction::Inactive));
    assert_eq!(audio.rtpmap("97"), Some("iLBC/8000"));
}

#[test]
fn a_written_description_has_its_lines_in_the_order_of_the_rfc() {
    let text = Description::parse(OFFER.as_bytes()).unwrap().to_string();
    let kinds: String = text.lines().map(|line| &line[..1]).collect();
    assert_eq!(kinds, "vosctamamca");
    assert!(text.ends_with("\r\n"));
}

#[test]
fn bodies_that_are_no_descriptions_are_told_apart() {
    let read = |text: &str| Description::parse(text.as_bytes()).unwrap_err();
    assert_eq!(read(""), NotSdp::NoVersion);
    assert_eq!(read("v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\n"), NotSdp::NoVersion);
    assert_eq!(read("v=0\r\ns=-\r\n"), NotSdp::Origin);
    assert_eq!(read("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 nowhere\r\n"), NotSdp::Connection);
    assert_eq!(read("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 99999 RTP/AVP 0\r\n"), NotSdp::Media);
    assert_eq!(read(&"x".repeat(MAX_LENGTH + 1)), NotSdp::TooLarge);
    assert_eq!(
        read(&format!("v=0\no=- 1 1 IN IP4 192.0.2.1\n{}", "m=audio 1 RTP/AVP 0\n".repeat(MAX_MEDIA + 1))),
        NotSdp::TooLarge
    );
}

proptest! {
    #[test]
    fn any_octets_parse_or_not_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Description::parse(&bytes);
    }

    #[test]
    fn any_lines_parse_or_not_without_panic(lines in proptest::collection::vec("[vosctam]=[ -~]{0,40}", 0..20)) {
        let text = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n{}", lines.join("\r\n"));
        if let Ok(description) = Description::parse(text.as_bytes()) {
            let again = Description::parse(description.to_string().as_bytes()).unwrap();
            prop_assert_eq!(again.media.len(), description.media.len());
        }
    }
}
