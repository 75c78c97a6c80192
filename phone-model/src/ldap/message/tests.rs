#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use proptest::prelude::*;

fn hex_of(request: &Request<'_>, id: u32) -> String {
    hex::encode(request.encode(id))
}

#[test]
fn an_anonymous_bind_is_the_one_of_the_standard() {
    // RFC 4511 §4.2: version 3, no name, simple with nothing.
    let bind = Request::Bind { name: "", proof: Proof::Simple(b"") };
    assert_eq!(hex_of(&bind, 1), "300c020101600702010304008000");
}

#[test]
fn requests_are_the_octets_that_the_standard_wants() {
    let bind = Request::Bind { name: "cn=a", proof: Proof::Simple(b"pw") };
    assert_eq!(hex_of(&bind, 2), "3012020102600d0201030404636e3d6180027077");
    let sasl = Request::Bind { name: "", proof: Proof::Sasl { mechanism: "DIGEST-MD5", credentials: None } };
    assert_eq!(hex_of(&sasl, 3), "301802010360130201030400a30c040a4449474553542d4d4435");
    let last = Request::Bind { name: "", proof: Proof::Sasl { mechanism: "X", credentials: Some(b"") } };
    assert_eq!(hex_of(&last, 4), "3011020104600c0201030400a305040158".to_owned() + "0400");
    assert_eq!(hex_of(&Request::Unbind, 5), "30050201054200");
    assert_eq!(hex_of(&Request::StartTls, 6), "301d02010677188016312e332e362e312e342e312e313436362e3230303337");
}

#[test]
fn a_search_carries_limits_filter_and_attributes() {
    let (filter, attributes) = (Filter::parse("(sn=A*)").unwrap(), ["cn".to_owned(), "telephoneNumber".to_owned()]);
    let search = Search { base: "dc=x", size_limit: 20, time_limit: 30, filter: &filter, attributes: &attributes };
    let expected = "303c020107".to_owned()
        + "6337"
        + "040464633d78" // dc=x
        + "0a0102" // wholeSubtree
        + "0a0100" // neverDerefAliases
        + "020114" // 20 entries
        + "02011e" // 30 seconds
        + "010100" // values too
        + "a4090402736e3003800141" // (sn=A*)
        + "3015"
        + "0402636e"
        + "040f74656c6570686f6e654e756d626572";
    let got = hex_of(&Request::Search(search), 7);
    assert_eq!(got, expected);
}

#[test]
fn responses_are_read_whatever_form_their_lengths_have() {
    let read = |text: &str| Response::decode(&hex::decode(text).unwrap());
    let bound = Response {
        id: 1,
        operation: Operation::Bind {
            outcome: Outcome { code: 0, diagnostic: String::new(), referral: vec![] },
            credentials: None,
        },
    };
    assert_eq!(read("300c02010161070a010004000400"), Ok(bound.clone()));
    // The same with the long form everywhere.
    assert_eq!(read("308400000010020101618400000007 0a010004000400".replace(' ', "").as_str()), Ok(bound));
    let challenge = read("30110201016 10c0a010e04000400870378797a".replace(' ', "").as_str()).unwrap();
    assert!(matches!(challenge.operation, Operation::Bind { credentials: Some(c), .. } if c == b"xyz"));
    let notice = read(
        "30240201007 81f0a013404000400 8a16312e332e362e312e342e312e313436362e3230303336".replace(' ', "").as_str(),
    );
    let notice = notice.unwrap();
    assert!(matches!(&notice.operation, Operation::Extended { name: Some(name), .. } if name == DISCONNECTION));
    assert_eq!(notice.id, 0);
    // A referral, and controls behind the operation.
    let done = read("301f020102 65120a010a04000400a309 04076c6461703a2f2f a0060404312e322e".replace(' ', "").as_str());
    let Operation::Done(outcome) = done.unwrap().operation else { panic!("it is the end of a search") };
    assert_eq!((outcome.code, outcome.referral), (10, vec!["ldap://".to_owned()]));
}

#[test]
fn an_entry_keeps_its_values_in_bounds() {
    let mut entry = Writer::default();
    entry.nested(SEQUENCE, |message| {
        message.number(INTEGER, 2);
        message.nested(SEARCH_ENTRY, |entry| {
            entry.octets(OCTETS, b"cn=a");
            entry.nested(SEQUENCE, |list| {
                list.nested(SEQUENCE, |attribute| {
                    attribute.octets(OCTETS, b"cn");
                    attribute.nested(SET, |set| {
                        set.octets(OCTETS, "Zo\u{eb}\n".as_bytes());
                        set.octets(OCTETS, &[0xff, b'a']);
                        (0..100).for_each(|_| set.octets(OCTETS, &[b'x'; 5000]));
                    });
                });
            });
        });
    });
    let Operation::Entry(entry) = Response::decode(&entry.finish()).unwrap().operation else { panic!("an entry") };
    let (name, values) = &entry.attributes[0];
    assert_eq!((name.as_str(), values.len()), ("cn", MOST_VALUES));
    assert_eq!((values[0].as_str(), values[1].as_str()), ("Zo\u{eb}", "\u{fffd}a"));
    assert!(values.iter().all(|value| value.len() <= LONGEST_VALUE));
}

proptest! {
    #[test]
    fn no_octets_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Response::decode(&bytes);
    }

    #[test]
    fn no_change_of_a_message_makes_the_decoder_panic(at in 0_usize..31, octet in any::<u8>()) {
        let mut bytes = hex::decode("301f02010265120a010a04000400a30904076c6461703a2f2fa0060404312e322e").unwrap();
        bytes[at] = octet;
        let _ = Response::decode(&bytes);
    }
}
