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

/// The torture messages of RFC 4475 and RFC 5118, when their corpus is there.
#[allow(clippy::print_stderr)]
fn torture() -> Vec<(String, Vec<u8>)> {
    let named = std::env::var_os("OFFHOOK_CAPTURES").map(std::path::PathBuf::from);
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let found = [named, Some(beside)].into_iter().flatten().find(|path| path.join("rfc4475").is_dir());
    let Some(corpus) = found else {
        eprintln!("skipped: no torture messages; OFFHOOK_CAPTURES may name their folder");
        return Vec::new();
    };
    let files = ["rfc4475", "rfc5118"].into_iter().flat_map(|rfc| std::fs::read_dir(corpus.join(rfc)).unwrap());
    let files = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| !matches!(path.extension(), Some(it) if it == "json" || it == "py"));
    files.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn after_each_torture_message_the_phone_answers_options() {
    let mut phone = Phone::registered(&[], &[]);
    let connection = Connection::Incoming(1);
    for (name, bytes) in torture() {
        phone.input(Input::Datagram { local_port: 5_060, from: SERVER.parse().unwrap(), bytes: bytes.clone() });
        let (local, peer) = ("192.0.2.100:5060".parse().unwrap(), SERVER.parse().unwrap());
        phone.input(Input::Stream { connection, event: StreamEvent::Opened { local, peer } });
        phone.input(Input::Stream { connection, event: StreamEvent::Data(bytes) });
        phone.input(Input::Stream { connection, event: StreamEvent::Closed });
        phone.pass(500);
        phone.sent.clear();
        let options = phone.request("OPTIONS", SERVER, "");
        phone.receives(SERVER, &options);
        let kinds = phone.kinds();
        assert!(kinds.contains(&"200".to_owned()), "{name}: {kinds:?}");
    }
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
