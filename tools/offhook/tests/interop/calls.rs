//! SIP over TLS through Kamailio, with baresip at the other end. Kamailio tells nobody its secrets, so what is said inside is taken from what
//! Kamailio and baresip write down; that it is inside, from the phone's cable.

use crate::baresip::{self, Account, Baresip};
use crate::kamailio::{DOMAIN, Kamailio, password};
use crate::phone::{Phone, REGISTERED, site};
use crate::place::{Place, SERVER, with_place};
use bench::trial::Trial;
use bench::{MacAddress, plan};
use evidence::{Capture, TlsConnection, TlsEnd, TlsSide, TlsVersion};
use servers::sip::TLS_PORT;
use std::net::{IpAddr, SocketAddr};

pub(crate) const TRIALS: &[Trial] = &[("a_phone_calls_and_is_called_over_tls_through_kamailio", kamailio)];

/// The phone's account and baresip's.
const PHONE: &str = "7001";
const OTHER: &str = "7002";
/// Octets of 20 ms of G.711 (RFC 3551 §4.5.14): SRTP would have more.
const PAYLOAD: u64 = 160;
/// RTP packets each way that show that voice flows.
const VOICE: u64 = 5;

fn kamailio() {
    with_place(async |place| {
        place.release = "11.3.1";
        let site = site(DOMAIN, &[]);
        let kamailio = Kamailio::start(place, &site.identity(pki::Shown::Right).unwrap()).await;
        let account = Account { user: OTHER, password: &password(OTHER), domain: DOMAIN, proxy: SERVER };
        let mut baresip = Baresip::start(place, account, &site).await;
        kamailio.says(place, &format!("{OTHER} is registered by tls"), 1).await;
        let secret = password(PHONE);
        let settings = [
            ("Proxy_1_", DOMAIN),
            ("User_ID_1_", PHONE),
            ("Password_1_", secret.as_str()),
            ("SIP_Transport_1_", "TLS"),
            ("Reg_Retry_Intvl", "1"),
        ];
        // First it trusts somebody else, and Kamailio hears no word.
        let stranger = crate::phone::site("stranger.example", &[]);
        let phone = Phone::on(place, &[DOMAIN], &stranger, &settings).await;
        refused(place).await;
        assert!(!kamailio.has_said(place, &format!("REGISTER of {PHONE}")), "a REGISTER before the server is trusted");
        phone.trust(place, &site).await;
        registered(place, &kamailio, phone.address).await;
        // The phone calls, and hangs up; calls again, and the other end hangs up.
        for (calls, phone_ends) in [(1, true), (2, false)] {
            phone.press(place, &[&format!("Dial:{OTHER}")]).await;
            baresip.event("CALL_ESTABLISHED").await;
            talk(place, &kamailio, &phone, &mut baresip, calls, phone_ends).await;
        }
        // It is called.
        for (calls, phone_ends) in [(3, true), (4, false)] {
            baresip.command("dial", &format!("sip:{PHONE}@{DOMAIN}")).await;
            place.until_shown(phone.address, &[("Line_1_Call_1_Status", "Call_State", "Ringing")]).await;
            phone.press(place, &["Key:Speaker"]).await;
            baresip.event("CALL_ESTABLISHED").await;
            talk(place, &kamailio, &phone, &mut baresip, calls, phone_ends).await;
        }
        let spoken = nothing_in_clear(place, phone.address);
        assert_eq!(spoken, 1, "one connection for all SIP");
        // A proxy that is gone and comes back has forgotten everything.
        let kamailio = kamailio.restart(place, &site.identity(pki::Shown::Right).unwrap()).await;
        registered(place, &kamailio, phone.address).await;
        assert!(nothing_in_clear(place, phone.address) > spoken, "another connection");
    });
}

/// The phone ends its TLS connections to a server whose authority it does not know, each with an alert and without a record of SIP.
async fn refused(place: &mut Place) {
    let ended = |capture: &Capture| connections(capture).find(|tls| capture.tls_end(tls) != TlsEnd::Open).map(drop);
    place.until("a TLS connection that ends", ended).await;
    place.look(|capture| {
        for tls in connections(capture) {
            let alert = tls.fatal_alert().map(|alert| alert.side);
            assert!(alert == Some(TlsSide::Client) || capture.tls_end(tls) == TlsEnd::Open, "{}", capture.tls_end(tls));
            assert_eq!(tls.application(TlsSide::Client).records, 0, "octets for a server that nobody trusts");
        }
    });
}

/// Kamailio knows the phone by the address and the port of its connection, which is why it needs no help to call it.
async fn registered(place: &mut Place, kamailio: &Kamailio, phone: IpAddr) {
    kamailio.says(place, &format!("{PHONE} is registered by tls from {phone}:"), 1).await;
    // Before it knows it, it calls nobody.
    place.until_shown(phone, &[REGISTERED]).await;
    let from = place.look(|capture| connections(capture).last().unwrap().src);
    let contact = format!("Address: sip:{PHONE}@{from};transport=tls");
    let known = kamailio.locations(place).await;
    assert!(known.contains(&contact), "{contact}:\n{known}");
}

/// A call is up: there is voice both ways, in clear. Then one end hangs up, and the other knows. This many calls there have been.
async fn talk(
    place: &mut Place,
    kamailio: &Kamailio,
    phone: &Phone,
    baresip: &mut Baresip,
    calls: usize,
    phone_ends: bool,
) {
    place.until_shown(phone.address, &[("Line_1_Call_1_Status", "Call_State", "Connected")]).await;
    for (from, to) in [(phone.address, baresip::HOST.ip()), (baresip::HOST.ip(), phone.address)] {
        let voice = |capture: &Capture| {
            let between = capture.rtp().iter().filter(|it| it.at.src.ip() == from && it.at.dst.ip() == to);
            let loud: Vec<_> = between.filter(|it| it.count >= VOICE).collect();
            // Each call has a stream of its own.
            (loud.len() >= calls).then(|| loud.iter().all(|it| it.octets == it.count * PAYLOAD))
        };
        assert!(
            place.until(&format!("RTP from {from} to {to} in call {calls}"), voice).await,
            "payload as G.711 has it"
        );
    }
    let by = if phone_ends { PHONE } else { OTHER };
    if phone_ends {
        phone.press(place, &["Key:Release"]).await;
    } else {
        baresip.command("hangup", "").await;
    }
    kamailio.says(place, &format!("BYE of {by} by tls"), calls.div_ceil(2)).await;
    kamailio.says(place, "200 to BYE by tls", calls).await;
    baresip.event("CALL_CLOSED").await;
    place.until_shown(phone.address, &[("Line_1_Call_1_Status", "Call_State", "Idle")]).await;
}

/// All SIP went by connections that the phone made, in TLS 1.2, and no frame of the phone has a word of it in clear. How many they were.
fn nothing_in_clear(place: &Place, phone: IpAddr) -> usize {
    place.look(|capture| {
        let spoken: Vec<_> = connections(capture).filter(|tls| tls.application(TlsSide::Client).records > 0).collect();
        for tls in &spoken {
            assert_eq!(tls.version(), Some(TlsVersion::TLS12));
            assert_eq!(tls.client_hello().and_then(|hello| hello.server_name.as_deref()), Some(DOMAIN));
        }
        let made: Vec<_> = capture.connections().iter().filter(|it| it.server.ip() == phone).collect();
        assert!(made.iter().all(|it| it.client.ip() == plan::OPERATOR.ip()), "nobody but us connects to the phone");
        assert!(capture.sip().is_empty(), "SIP in clear");
        let word = |data: &[u8]| data.windows(7).any(|octets| octets == b"SIP/2.0");
        let phone = MacAddress::phone(1).0;
        let said = capture.frames().iter().filter(|frame| frame.data.get(6..12) == Some(&phone[..]));
        assert!(!said.clone().any(|frame| word(&frame.data)), "SIP in clear");
        assert!(said.count() > 0);
        spoken.len()
    })
}

/// TLS connections to Kamailio, in order.
fn connections(capture: &Capture) -> impl Iterator<Item = &TlsConnection> {
    capture.tls().iter().filter(|tls| tls.dst == SocketAddr::new(SERVER.ip(), TLS_PORT))
}
