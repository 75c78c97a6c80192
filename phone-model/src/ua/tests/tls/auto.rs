//! `AUTO`: the transport as DNS chooses it.

use super::*;

/// What a phone with AUTO asks the name server, and where its REGISTER goes, with these records.
fn search(pointers: &[(u16, u16, &str, &str)], services: &[(&str, u16)]) -> (Vec<String>, Vec<Output>) {
    let mut phone = Phone::new(&[ACCOUNT, &[("SIP_Transport_1_", "AUTO")]].concat(), &[]);
    phone.agent.handle(Input::Wake, phone.now);
    let (mut asked, mut outputs) = (Vec::new(), Vec::new());
    loop {
        match phone.agent.poll() {
            Output::Wait(_) => return (asked, outputs),
            Output::Resolve(query) => {
                asked.push(format!("{:?} {}", query.kind, query.name));
                let mut records = Records { ttl: Duration::from_secs(60), ..Records::default() };
                match query.kind {
                    RecordKind::A => records.addresses.push("192.0.2.10".parse().unwrap()),
                    RecordKind::Aaaa => {}
                    RecordKind::Srv => {
                        let found = services.iter().find(|(name, _)| *name == query.name);
                        records.services.extend(found.map(|(_, port)| Service {
                            priority: 1,
                            weight: 1,
                            port: *port,
                            target: "edge.voiceip.com".into(),
                        }));
                    }
                    RecordKind::Naptr => {
                        let pointer = |(order, preference, service, replacement): &(u16, u16, &str, &str)| Pointer {
                            order: *order,
                            preference: *preference,
                            flags: "S".into(),
                            service: (*service).into(),
                            replacement: (*replacement).into(),
                        };
                        records.pointers.extend(pointers.iter().map(pointer));
                    }
                }
                let empty = records.addresses.is_empty() && records.services.is_empty() && records.pointers.is_empty();
                let answer = if empty { Err(NotResolved::Nothing { ttl: Duration::ZERO }) } else { Ok(records) };
                // Each answer takes its time.
                phone.now += Duration::from_secs(1);
                phone.agent.handle(Input::Resolved { query, answer }, phone.now);
            }
            Output::Log(..) | Output::Listen { .. } => {}
            output => outputs.push(output),
        }
    }
}

#[test]
fn naptr_records_choose_and_the_domain_is_the_one_to_be_with() {
    let pointers = [
        (20, 1, "SIP+D2U", "_sip._udp.voiceip.com"),
        (10, 1, "SIPS+D2T", "_sips._tcp.voiceip.com"),
        (1, 1, "E2U+sip", "nothing.voiceip.com"),
    ];
    let (asked, outputs) = search(&pointers, &[("_sips._tcp.voiceip.com", 5_071)]);
    assert_eq!(asked, ["Naptr voiceip.com", "Srv _sips._tcp.voiceip.com", "A edge.voiceip.com"]);
    let [Output::Connect { to, secured, .. }] = &outputs[..] else { panic!("{outputs:?}") };
    assert_eq!(*to, "192.0.2.10:5071".parse().unwrap());
    assert_eq!(*secured, Some(Secured { line: 1, host: "voiceip.com".into() }));
}

#[test]
fn of_equal_records_udp_comes_first_then_tcp() {
    let both = [(1, 1, "SIPS+D2T", "s.voiceip.com"), (1, 1, "SIP+D2T", "t.voiceip.com")];
    let (_, outputs) = search(&both, &[("s.voiceip.com", 5_061), ("t.voiceip.com", 5_060)]);
    assert!(matches!(&outputs[..], [Output::Connect { secured: None, .. }]), "{outputs:?}");
}

#[test]
fn without_records_the_services_are_asked_for_and_at_last_it_is_udp() {
    let (asked, outputs) = search(&[], &[]);
    assert_eq!(
        asked,
        [
            "Naptr voiceip.com",
            "Srv _sip._udp.voiceip.com",
            "Srv _sip._tcp.voiceip.com",
            "Srv _sips._tcp.voiceip.com",
            "A voiceip.com"
        ]
    );
    assert!(matches!(&outputs[..], [Output::Send { to, .. }] if *to == SERVER.parse().unwrap()), "{outputs:?}");
    let (_, outputs) = search(&[], &[("_sips._tcp.voiceip.com", 5_061)]);
    assert!(matches!(&outputs[..], [Output::Connect { secured: Some(_), .. }]), "{outputs:?}");
}

#[test]
fn what_was_written_before_dns_chose_names_the_transport_that_it_chose() {
    let mut secure = Secure::new(&[], &[]);
    secure.asked.clear();
    let mut phone = Phone::new(&[ACCOUNT, &[("SIP_Transport_1_", "AUTO")]].concat(), &[]);
    phone.agent.handle(Input::Wake, phone.now);
    let found = |kind| match kind {
        RecordKind::A => Records { addresses: vec!["192.0.2.10".parse().unwrap()], ..Records::default() },
        RecordKind::Srv | RecordKind::Aaaa => Records {
            services: vec![Service { priority: 1, weight: 1, port: 5_061, target: "voiceip.com".into() }],
            ..Records::default()
        },
        RecordKind::Naptr => Records {
            pointers: vec![Pointer {
                order: 1,
                preference: 1,
                flags: "s".into(),
                service: "SIPS+D2T".into(),
                replacement: "_sips._tcp.voiceip.com".into(),
            }],
            ..Records::default()
        },
    };
    loop {
        match phone.agent.poll() {
            Output::Wait(_) => break,
            Output::Resolve(query) => {
                let answer = Ok(Records { ttl: Duration::from_secs(60), ..found(query.kind) });
                phone.agent.handle(Input::Resolved { query, answer }, phone.now);
            }
            output => phone.outputs.push(output),
        }
    }
    secure.phone = phone;
    secure.read();
    secure.open();
    let (_, register) = secure.written.pop().unwrap();
    let contact = format!("\"Reception\" <sip:1001@192.0.2.100:{};transport=tls>;expires=3600", secure.ports[1]);
    assert_eq!(register.header("Contact"), Some(contact.as_str()));
}
