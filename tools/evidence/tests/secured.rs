//! TLS and what it carries, against the shared captures: keys early, late, wrong, missing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod corpus;

use std::path::Path;

use evidence::ldap::sasl::DigestMd5;
use evidence::ldap::{Authentication, LdapOp, ResultCode};
use evidence::print::{self, Names};
use evidence::tls::Resumption;
use evidence::{Capture, Decryption, LdapFact, TlsEnd, TlsSide, TlsVersion, Transport};

/// Captures with a key log of their own: name, octets, key log.
fn keyed(folder: &Path) -> Vec<(String, Vec<u8>, String)> {
    let files = corpus::files(folder).into_iter().filter(|(name, _)| !name.ends_with(".gz"));
    let keyed = files.filter_map(|(name, octets)| {
        let keys = std::fs::read_to_string(folder.join(&name).with_extension("keys")).ok()?;
        Some((name, octets, keys))
    });
    keyed.collect()
}

fn read(folder: &Path, name: &str) -> Capture {
    let keys = std::fs::read_to_string(folder.join(format!("live/{name}.keys"))).unwrap_or_default();
    Capture::read_with_keys(folder.join(format!("live/{name}.pcap")), &keys).unwrap()
}

/// Everything that was read, as text, without the order in which faults were found.
fn told(capture: &Capture) -> String {
    let mut json = print::json(capture);
    for list in ["unreliable", "wrong"] {
        let faults = json[list].as_array_mut().unwrap();
        faults.sort_by_key(|fault| fault.to_string());
    }
    json.to_string()
}

/// Where two texts part, with what is around.
fn first_difference(one: &str, other: &str) -> String {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let around =
        |text: &str| text.get(same.saturating_sub(60)..(same + 60).min(text.len())).unwrap_or_default().to_owned();
    format!("{} | {}", around(one), around(other))
}

#[test]
fn keys_that_come_late_give_the_facts_that_keys_in_time_give() {
    const TEST: &str = "keys_that_come_late_give_the_facts_that_keys_in_time_give";
    let Some(folder) = corpus::folder() else { return corpus::skip(TEST) };
    let mut compared = 0;
    for (name, octets, keys) in keyed(&folder) {
        let early = Capture::from_bytes_with_keys(&octets, &keys).unwrap();
        let mut late = Capture::from_bytes(&octets).unwrap();
        assert!(late.sip_messages().all(|message| message.secured.is_none()), "{name}");
        late.add_keys(&keys);
        assert!(told(&early) == told(&late), "{name}: {}", first_difference(&told(&early), &told(&late)));
        // One line after the other, in the middle of the frames.
        let mut live = Capture::new();
        for interface in 0..early.interfaces().len() as u32 {
            live.set_link(interface, early.interfaces()[interface as usize].link);
        }
        let mut lines = keys.lines();
        for frame in early.frames() {
            live.push(frame.interface, frame.time_ns, frame.original_len, &frame.data);
            if frame.number % 3 == 0 {
                live.add_keys(lines.next().unwrap_or_default());
            }
        }
        for line in lines {
            live.add_keys(line);
        }
        live.finish();
        let plain = |capture: &Capture| {
            let sides = [TlsSide::Client, TlsSide::Server];
            let tls = capture.tls().iter();
            tls.map(|tls| sides.map(|side| tls.plaintext(side).to_vec())).collect::<Vec<_>>()
        };
        assert_eq!(plain(&early), plain(&live), "{name}");
        assert_eq!(print::ladder(&early, &Names::none()), print::ladder(&live, &Names::none()), "{name}");
        compared += 1;
    }
    assert!(compared > 40, "{compared} captures with keys");
}

#[test]
fn another_connections_keys_are_told_to_be_wrong_and_nothing_is_shown() {
    const TEST: &str = "another_connections_keys_are_told_to_be_wrong_and_nothing_is_shown";
    let Some(folder) = corpus::folder() else { return corpus::skip(TEST) };
    let keyed = keyed(&folder);
    for (position, (name, octets, own)) in keyed.iter().enumerate() {
        let right = Capture::from_bytes_with_keys(octets, own).unwrap();
        let (_, _, others) = &keyed[(position + 1) % keyed.len()];
        // The keys of another file; and its secrets under this file's names.
        let forged: String = own.lines().zip(others.lines().cycle()).map(|(own, other)| forge(own, other)).collect();
        for (how, keys) in [("other", others), ("forged", &forged)] {
            let wrong = Capture::from_bytes_with_keys(octets, keys).unwrap();
            for (tls, right) in wrong.tls().iter().zip(right.tls()) {
                let sealed =
                    [TlsSide::Client, TlsSide::Server].map(|side| tls.sealed_records(side)).iter().sum::<usize>();
                let expected = match right.decryption() {
                    clear @ (Decryption::Clear | Decryption::Gap) if sealed == 0 => clear,
                    _ => Decryption::WrongKeys,
                };
                // Some captures are made of the same connection.
                if own != others || how == "forged" {
                    assert_eq!(tls.decryption(), expected, "{name}, {how}");
                    assert!(tls.plaintext(TlsSide::Client).is_empty() && tls.plaintext(TlsSide::Server).is_empty());
                    assert!(wrong.sip_messages().all(|message| message.secured.is_none()), "{name}, {how}");
                }
            }
        }
        let none = Capture::from_bytes(octets).unwrap();
        assert!(
            none.tls().iter().all(|tls| tls.decryption() != Decryption::Decrypted || name.contains("dsb")),
            "{name}"
        );
    }
}

/// The label and random of one line with the secret of another, or its own backwards where the two are alike.
fn forge(own: &str, other: &str) -> String {
    let words: Vec<&str> = own.split(' ').collect();
    let secret = words[2].chars().rev().collect::<String>();
    let other = other.split(' ').nth(2).filter(|other| other.len() == secret.len() && *other != words[2]);
    format!("{} {} {}\n", words[0], words[1], other.unwrap_or(&secret))
}

#[test]
fn what_connections_agreed_on_and_how_they_ended_is_told() {
    let Some(folder) = corpus::folder() else {
        return corpus::skip("what_connections_agreed_on_and_how_they_ended_is_told");
    };
    let one = |name: &str| read(&folder, name);
    let retry = one("tls13-hrr");
    assert_eq!(retry.tls()[0].retry_requests().count(), 1);
    assert_eq!(retry.tls()[0].client_hellos().count(), 2);
    assert_eq!(retry.tls()[0].decryption(), Decryption::Decrypted);
    let rogue = one("kam-mtls-rogue");
    let alert = rogue.tls()[0].fatal_alert().unwrap();
    assert_eq!(
        (alert.side, alert.encrypted, alert.description.to_string()),
        (TlsSide::Server, true, "unknown_ca".to_owned())
    );
    assert_eq!(rogue.tls_end(&rogue.tls()[0]), TlsEnd::Alert { side: TlsSide::Server, description: alert.description });
    assert_eq!(rogue.tls()[0].certificates(TlsSide::Client).map(<[_]>::len), Some(1));
    let missing = one("mtls12-client-cert-missing");
    assert_eq!(missing.tls()[0].certificates(TlsSide::Client).map(<[_]>::len), Some(0));
    assert!(missing.tls()[0].certificate_request().is_some() && missing.tls()[0].established().is_none());
    let resumed = |name: &str| one(name).tls().iter().map(|tls| tls.resumption()).collect::<Vec<_>>();
    assert_eq!(resumed("tls12-resume-sessionid"), [None, Some(Resumption::SessionId)]);
    assert_eq!(resumed("tls12-resume-ticket"), [None, Some(Resumption::Ticket)]);
    assert_eq!(resumed("tls13-resume-psk"), [None, Some(Resumption::Psk)]);
    let again = one("tls12-renegotiation");
    assert_eq!(again.tls()[0].renegotiations().count(), 1);
    assert_eq!(again.tls()[0].version(), Some(TlsVersion::TLS12));
    assert_eq!(again.tls_end(&again.tls()[0]), TlsEnd::Closed);
}

#[test]
fn sip_inside_tls_is_sip_that_says_so() {
    let Some(folder) = corpus::folder() else { return corpus::skip("sip_inside_tls_is_sip_that_says_so") };
    let capture = read(&folder, "kam-register-tls12");
    let tls = &capture.tls()[0];
    let register = capture.sip_messages().find(|message| message.is_request("REGISTER")).unwrap();
    assert_eq!((register.secured, register.transport), (Some(tls.id), Transport::Tls));
    let first = tls.application(TlsSide::Client).first.unwrap();
    assert_eq!(register.packets, first.packets);
    assert!(tls.established().unwrap().completed < register.completed);
    assert!(print::ladder(&capture, &Names::none()).contains("TLS REGISTER"));
}

#[test]
fn start_tls_is_followed_and_what_comes_after_is_secured() {
    let Some(folder) = corpus::folder() else {
        return corpus::skip("start_tls_is_followed_and_what_comes_after_is_secured");
    };
    let capture = read(&folder, "ldap-starttls");
    assert!(capture.tls()[0].upgraded);
    let messages: Vec<_> = capture.ldap_messages().collect();
    assert!(messages[0].is_start_tls() && messages[0].secured.is_none());
    assert_eq!(capture.ldap_answers(messages[0]).next().and_then(|answer| answer.code()), Some(ResultCode(0)));
    assert!(messages[2..].iter().all(|message| message.secured == Some(capture.tls()[0].id)));
    assert!(matches!(messages.last().unwrap().op, LdapOp::Unbind));
}

#[test]
fn digest_md5_of_recorded_binds_is_recomputed() {
    let Some(folder) = corpus::folder() else { return corpus::skip("digest_md5_of_recorded_binds_is_recomputed") };
    let vectors: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("digest/sasl_vectors.json")).unwrap()).unwrap();
    let mut checked = 0;
    for vector in vectors.as_array().unwrap() {
        let Some(name) = vector["source"].as_str().unwrap().strip_suffix(".pcap") else { continue };
        let capture = read(&folder, name);
        let sent = capture.ldap_messages().find_map(|message| match &message.op {
            LdapOp::BindRequest { authentication: Authentication::Sasl { credentials: Some(sent), .. }, .. } => {
                Some(DigestMd5::parse(sent.octets()).unwrap())
            }
            _ => None,
        });
        let sent = sent.unwrap();
        assert_eq!(sent.get("response"), vector["response"].as_str(), "{name}");
        assert_eq!(sent.expected_response("phonepw").as_deref(), vector["computed"].as_str(), "{name}");
        assert_eq!(sent.is_from("phonepw"), vector["credentials_valid"].as_bool().unwrap(), "{name}");
        let said: Vec<DigestMd5> = capture
            .ldap_messages()
            .filter_map(|message| match &message.op {
                LdapOp::BindResponse { server_credentials: Some(said), .. } => DigestMd5::parse(said),
                _ => None,
            })
            .collect();
        assert_eq!(said[0].get("nonce"), sent.get("nonce"), "{name}");
        if let Some(rspauth) = vector["rspauth"].as_str() {
            assert_eq!(said[1].get("rspauth"), Some(rspauth), "{name}");
            assert_eq!(sent.expected_rspauth("phonepw").as_deref(), Some(rspauth), "{name}");
        }
        let sealed = capture.ldap().iter().any(|fact| matches!(fact, LdapFact::Sealed(_)));
        assert_eq!(sealed, vector["qop"] == "auth-conf", "{name}");
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[test]
fn passwords_and_secrets_are_in_no_print() {
    let Some(folder) = corpus::folder() else { return corpus::skip("passwords_and_secrets_are_in_no_print") };
    for name in ["ldaps-simple-bind", "ldap-simple-bind-cleartext", "tls13-aes128gcm"] {
        let capture = read(&folder, name);
        let names = Names::none();
        let texts = [
            format!("{:?}", capture.tls()),
            format!("{:?}", capture.ldap()),
            print::json(&capture).to_string(),
            print::ladder(&capture, &names),
            print::tls(&capture, &names),
            print::ldap(&capture, &names),
        ];
        let keys = std::fs::read_to_string(folder.join(format!("live/{name}.keys"))).unwrap_or_default();
        let secrets = keys.lines().filter_map(|line| line.split(' ').nth(2)).chain(["phonepw"]);
        for secret in secrets {
            let numbers = format!("{:?}", secret.as_bytes());
            let numbers = numbers.trim_matches(['[', ']']);
            assert!(texts.iter().all(|text| !text.contains(secret) && !text.contains(numbers)), "{name}: {secret}");
        }
    }
}

#[test]
fn what_people_read_of_handshakes_and_dialogues() {
    let Some(folder) = corpus::folder() else { return corpus::skip("what_people_read_of_handshakes_and_dialogues") };
    let names = Names::none();
    for name in ["tls13-hrr", "tls12-renegotiation", "kam-mtls-rogue"] {
        let capture = read(&folder, name);
        insta::assert_snapshot!(format!("tls_of_{name}"), print::tls(&capture, &names));
    }
    for name in ["ldap-starttls", "ldap-digest-md5", "ldaps-sizelimit"] {
        let capture = read(&folder, name);
        insta::assert_snapshot!(format!("ldap_of_{name}"), print::ldap(&capture, &names));
    }
    let capture = read(&folder, "ldap-starttls");
    insta::assert_snapshot!("ladder_of_ldap-starttls", print::ladder(&capture, &names));
}
