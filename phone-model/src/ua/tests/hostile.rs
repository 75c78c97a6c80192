use super::*;
use proptest::prelude::*;

fn any_event() -> impl Strategy<Value = Input> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "(INVITE|BYE|ACK|NOTIFY|SIP/2.0) [ -~\r\n]{0,200}".prop_map(String::into_bytes),
    ];
    let connection = prop_oneof![(0u32..3).prop_map(Connection::Incoming), (0u32..3).prop_map(Connection::Outgoing)];
    let local: SocketAddr = "192.0.2.100:5060".parse().unwrap();
    let peer: SocketAddr = SERVER.parse().unwrap();
    prop_oneof![
        (any::<u16>(), bytes.clone()).prop_map(move |(local_port, bytes)| Input::Datagram {
            local_port,
            from: peer,
            bytes
        }),
        bytes.clone().prop_map(move |bytes| Input::Datagram { local_port: 5_060, from: peer, bytes }),
        (connection.clone(), bytes)
            .prop_map(|(connection, bytes)| Input::Stream { connection, event: StreamEvent::Data(bytes) }),
        connection
            .clone()
            .prop_map(move |connection| Input::Stream { connection, event: StreamEvent::Opened { local, peer } }),
        connection.prop_map(|connection| Input::Stream { connection, event: StreamEvent::Closed }),
        "[ -~]{0,30}".prop_map(Input::Dial),
        "(Answer|Decline|Ignore|Hold|Resume|Dial|End Call|Cancel)".prop_map(Input::SoftKey),
        Just(Input::Press(crate::state::Key::Speaker)),
        Just(Input::Press(crate::state::Key::Hold)),
        Just(Input::Wake),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_row_of_inputs_makes_the_phone_panic_or_stop_answering(inputs in proptest::collection::vec(any_event(), 0..30)) {
        let mut phone = Phone::registered(&[("Auth_INVITE_1_", "Yes")], &[]);
        for input in inputs {
            phone.input(input);
            phone.pass(100);
        }
        phone.take();
        let options = phone.request("OPTIONS", SERVER, "");
        phone.receives(SERVER, &options);
        prop_assert!(phone.take().iter().any(|sent| matches!(sent.code(), 200 | 486)));
    }

    #[test]
    fn a_message_with_any_header_is_survived(name in "[A-Za-z-]{1,16}", value in "[ -~]{0,120}", method in "(INVITE|NOTIFY|BYE|OPTIONS)") {
        let mut phone = Phone::registered(&[("Auth_INVITE_1_", "Yes")], &[]);
        let request = phone.request(&method, SERVER, &format!("{name}: {value}\r\n"));
        phone.receives(SERVER, &request);
        phone.pass(1_000);
    }

    #[test]
    fn any_authorization_is_refused(line in "(Digest )?[ -~]{0,300}") {
        let mut phone = Phone::registered(&[("Auth_INVITE_1_", "Yes")], &[]);
        let invite = phone.invite(&format!("Authorization: {line}\r\n"));
        phone.receives(SERVER, &invite);
        prop_assert_eq!(phone.kinds(), ["401"]);
    }
}
