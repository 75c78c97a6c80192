//! The directory of the distribution's `slapd`, asked by the phone. What is said inside TLS is read with the secrets that `slapd` writes down;
//! whom a lookup found is told by the number that the phone dials.

use crate::phone::{Phone, REGISTERED, site};
use crate::place::{Place, SERVER, SOON, with_place};
use crate::slapd::{BASE, DN, MANY, NAME, PASSWORD, Slapd, USER};
use bench::plan;
use bench::trial::Trial;
use evidence::ldap::{Authentication, LdapOp};
use evidence::{Capture, LdapMessage, Mark, TlsEnd, TlsSide};
use servers::{Sockets, sip};
use std::net::SocketAddr;
use std::time::Instant;

pub(crate) const TRIALS: &[Trial] = &[("a_phone_looks_people_up_in_slapd", slapd)];

/// Ports of the `slapd` with a certificate of an unknown authority.
const UNKNOWN: (u16, u16) = (1389, 1636);
/// Entries that the phone shows.
const MOST: u32 = 20;
/// Result codes (RFC 4511 §4.1.9).
const SUCCESS: u32 = 0;
const SIZE_LIMIT_EXCEEDED: u32 = 4;
const SASL_BIND_IN_PROGRESS: u32 = 14;
const INVALID_CREDENTIALS: u32 = 49;

/// How the phone gets there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Clear,
    StartTls,
    Tls,
}

impl Way {
    const ALL: [Self; 3] = [Self::Clear, Self::StartTls, Self::Tls];

    fn settings(self, ports: Option<(u16, u16)>) -> [(&'static str, String); 2] {
        let scheme = if self == Self::Tls { "ldaps" } else { "ldap" };
        let port = ports.map(|(clear, tls)| format!(":{}", if self == Self::Tls { tls } else { clear }));
        let start_tls = if self == Self::StartTls { "Yes" } else { "No" };
        let server = format!("{scheme}://{NAME}{}", port.unwrap_or_default());
        [("LDAP_Server", server), ("LDAP_StartTLS_Enable", start_tls.to_owned())]
    }
}

fn slapd() {
    with_place(async |place| {
        // StartTLS is of 11.3(2).
        place.release = "11.3.2";
        let site = site(NAME, &[]);
        let right = Slapd::start(place, "slapd", (389, 636), &site.identity(pki::Shown::Right).unwrap()).await;
        let unknown = site.identity(pki::Shown::UnknownAuthority).unwrap();
        let unknown = Slapd::start(place, "unknown", UNKNOWN, &unknown).await;
        let calls = call_server(place).await;
        let registrar = plan::SIP_LISTED.v4().to_string();
        let settings = [
            ("Proxy_1_", registrar.as_str()),
            ("User_ID_1_", "7001"),
            ("Password_1_", "secret"),
            ("LDAP_Dir_Enable", "Yes"),
            ("LDAP_Search_Base", BASE),
            ("LDAP_Client_DN", DN),
            ("LDAP_Username", USER),
        ];
        let mut phone = Phone::on(place, &[NAME], &site, &settings).await;
        place.until_shown(phone.address, &[REGISTERED]).await;
        assert!(calls.binding("7001").is_some());
        for way in [Way::StartTls, Way::Tls] {
            let since = asks(place, &mut phone, &unknown, way, Some(UNKNOWN), ("Simple", PASSWORD)).await;
            refused(place, since, way);
        }
        for way in Way::ALL {
            for method in ["None", "Simple", "DIGEST-MD5"] {
                let since = asks(place, &mut phone, &right, way, None, (method, PASSWORD)).await;
                found(place, since, way, method);
                dials(place, &phone, since).await;
            }
            for method in ["Simple", "DIGEST-MD5"] {
                let since = asks(place, &mut phone, &right, way, None, (method, "wrong")).await;
                denied(place, since, way);
            }
        }
        asks(place, &mut phone, &right, Way::Tls, None, ("DIGEST-MD5", PASSWORD)).await;
        let since = looks_up(place, &phone, &right, "miller").await;
        limited(place, since);
        // Nor did it come back to the server that it had refused.
        let again = |capture: &Capture| {
            capture.connections().iter().filter(|it| [UNKNOWN.0, UNKNOWN.1].contains(&it.server.port())).count()
        };
        assert_eq!(place.look(again), 2);
        assert!(!unknown.log(place).contains("BIND"), "{}", unknown.log(place));
        let log = right.log(place);
        assert_eq!(log.matches("nentries=1 ").count(), 10, "{log}");
        assert_eq!(log.matches("mech=DIGEST-MD5").count(), 5, "{log}");
        assert_eq!(log.matches("err=49").count(), 6, "{log}");
    });
}

/// A server of ours, in clear, so that the number that the phone dials is told.
async fn call_server(place: &Place) -> sip::Server {
    let sockets = Sockets::Bench(place.bench.net());
    let at = SocketAddr::new(plan::SIP_LISTED.ip(), sip::PORT);
    let server = sip::Server::start(&sockets, "bench.example", &[at]).await.unwrap();
    server.account("7001", "7001", "secret");
    server
}

/// Sets the phone and looks a Baker up. Where the capture stood before.
async fn asks(
    place: &mut Place,
    phone: &mut Phone,
    slapd: &Slapd,
    way: Way,
    ports: Option<(u16, u16)>,
    (method, password): (&str, &str),
) -> Mark {
    let where_to = way.settings(ports);
    let mut settings: Vec<(&str, &str)> = where_to.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings.extend([("LDAP_Auth_Method", method), ("LDAP_Password", password)]);
    phone.set(place, &settings).await;
    looks_up(place, phone, slapd, "baker").await
}

/// Looks somebody up, and waits until the connection that comes of it has ended. Where the capture stood before.
async fn looks_up(place: &mut Place, phone: &Phone, slapd: &Slapd, last: &str) -> Mark {
    let since = place.look(Capture::mark);
    phone.look_up(place, last).await;
    let ended = |capture: &Capture| {
        let mut asked = capture.connections().iter().filter(|it| it.first > since.0 && it.server.ip() == SERVER.ip());
        asked.next()?.is_over().then_some(())
    };
    place.until("the phone asks its directory and ends the connection", ended).await;
    place.add_keys(&slapd.keys());
    since
}

/// The bind by this method, the search and its entry, the unbind: all of it inside TLS but for StartTLS itself.
fn found(place: &Place, since: Mark, way: Way, method: &str) {
    place.look(|capture| {
        let said = spoken(capture, since, way);
        let binds = said.iter().filter_map(|m| match &m.op {
            LdapOp::BindRequest { name, authentication, .. } => Some((name.as_str(), authentication)),
            _ => None,
        });
        let binds: Vec<_> = binds.collect();
        match (method, binds.as_slice()) {
            ("None", [("", Authentication::Simple(password))]) => assert!(password.is_empty()),
            ("Simple", [(DN, Authentication::Simple(password))]) => assert_eq!(password.octets(), PASSWORD.as_bytes()),
            ("DIGEST-MD5", [(_, first), (_, second)]) => {
                for bind in [first, second] {
                    assert!(matches!(bind, Authentication::Sasl { mechanism, .. } if mechanism == method), "{bind:?}");
                }
            }
            (_, other) => panic!("{method}: {other:?}"),
        }
        let codes: &[u32] = if method == "DIGEST-MD5" { &[SASL_BIND_IN_PROGRESS, SUCCESS] } else { &[SUCCESS] };
        assert_eq!(bound(&said), codes);
        let filters: Vec<String> = said.iter().filter_map(|m| Some(m.search()?.filter.to_string())).collect();
        assert_eq!(filters, ["(sn=baker*)"]);
        let entries: Vec<&str> = said
            .iter()
            .filter_map(|m| match &m.op {
                LdapOp::SearchEntry { dn, .. } => Some(dn.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(entries, ["uid=p055,ou=people,dc=bench,dc=example"]);
        assert_eq!(said.last().map(|m| &m.op), Some(&LdapOp::Unbind));
    });
}

/// Who was found is called.
async fn dials(place: &mut Place, phone: &Phone, since: Mark) {
    let called = |capture: &Capture| {
        let mut invites = capture.sip_messages_since(since).filter(|m| m.is_request("INVITE"));
        invites.next().map(|m| m.uri().unwrap_or_default().to_owned())
    };
    // A list that is on its way takes no key; what was asked has been answered, but the screen may be a moment behind.
    let (due, mut uri) = (Instant::now() + SOON, None);
    while uri.is_none() {
        phone.press(place, &["SoftKey:Call"]).await;
        uri = place.look(called);
        if Instant::now() > due {
            place.fail("an INVITE after Call");
        }
    }
    assert!(uri.as_deref().is_some_and(|uri| uri.starts_with("sip:+13035550055@")), "{uri:?}");
    // Nobody has that number.
    place.until_shown(phone.address, &[("Line_1_Call_1_Status", "Call_State", "Idle")]).await;
}

/// There are more than the phone wants, and it takes as many as it shows.
fn limited(place: &Place, since: Mark) {
    const { assert!(MANY > MOST) };
    place.look(|capture| {
        let said = spoken(capture, since, Way::Tls);
        let entries = said.iter().filter(|m| matches!(m.op, LdapOp::SearchEntry { .. }));
        assert_eq!(entries.count(), usize::try_from(MOST).unwrap());
        let ends: Vec<u32> = said
            .iter()
            .filter_map(|m| match &m.op {
                LdapOp::SearchDone(result) => Some(result.code.0),
                _ => None,
            })
            .collect();
        assert_eq!(ends, [SIZE_LIMIT_EXCEEDED]);
    });
}

/// The bind was refused, and nothing was searched.
fn denied(place: &Place, since: Mark, way: Way) {
    place.look(|capture| {
        let said = spoken(capture, since, way);
        assert_eq!(bound(&said).last(), Some(&INVALID_CREDENTIALS));
        assert!(said.iter().all(|m| m.search().is_none()), "a search after a bind that failed");
    });
}

/// The phone ended the handshake with an alert and said nothing inside, nor in clear but StartTLS and its goodbye.
fn refused(place: &Place, since: Mark, way: Way) {
    place.look(|capture| {
        let tls: Vec<_> = capture.tls_since(since).filter(|tls| tls.dst.ip() == SERVER.ip()).collect();
        assert_eq!(tls.len(), 1);
        assert!(matches!(capture.tls_end(tls[0]), TlsEnd::Alert { side: TlsSide::Client, .. }));
        assert_eq!(tls[0].application(TlsSide::Client).records, 0);
        for message in capture.ldap_messages_since(since) {
            assert!(message.secured.is_none() && way == Way::StartTls, "{:?}", message.op);
            let harmless = message.is_start_tls() || message.op == LdapOp::Unbind || message.src.ip() == SERVER.ip();
            assert!(harmless, "{:?}", message.op);
        }
    });
}

/// What was said since the mark, but for StartTLS and its answer, which stand in clear. All the rest is inside TLS, or nothing is.
fn spoken(capture: &Capture, since: Mark, way: Way) -> Vec<&LdapMessage> {
    let mut all: Vec<&LdapMessage> = capture.ldap_messages_since(since).collect();
    if way == Way::StartTls {
        assert!(all.len() > 2 && all[0].is_start_tls() && all[1].is_answer_to(all[0]), "StartTLS comes first");
        assert!(all.drain(..2).all(|m| m.secured.is_none()));
    }
    assert_eq!(
        capture.ldap_since(since).iter().filter(|fact| fact.message().is_none()).count(),
        0,
        "all of it is read"
    );
    assert!(all.iter().all(|m| m.secured.is_some() == (way != Way::Clear)), "inside TLS from the bind on, or never");
    all
}

/// The codes of the answers to binds.
fn bound(said: &[&LdapMessage]) -> Vec<u32> {
    let answers = said.iter().filter(|m| matches!(m.op, LdapOp::BindResponse { .. }));
    answers.filter_map(|m| Some(m.code()?.0)).collect()
}
