//! Our own SIP server, and the phone's page, served over TLS to programs that are not ours.

use crate::baresip::{Account, Baresip};
use crate::daemon::program;
use crate::kamailio::password;
use crate::phone::{Phone, site};
use crate::place::{Place, SOON, with_place};
use bench::plan;
use bench::trial::Trial;
use servers::sip::{Method, Request, Script, TLS_PORT, Transport, sdp};
use servers::{Sockets, rtp, sip, tls};
use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const TRIALS: &[Trial] = &[
    ("baresip_registers_calls_and_is_called_at_our_server_over_tls", baresip),
    ("openssl_reads_the_phones_page_over_tls", openssl),
];

/// The domain of our server.
const DOMAIN: &str = "voiceip.com";
const USER: &str = "7002";
const NUMBER: &str = "5550100";
/// RTP packets that show that voice flows.
const VOICE: u64 = 5;
/// Between two attempts at a page that is not there yet.
const AGAIN: Duration = Duration::from_millis(50);

fn baresip() {
    with_place(async |place| {
        let host = plan::SIP_LISTED;
        let site = site(DOMAIN, &[&host.v4().to_string()]);
        let sockets = Sockets::Bench(place.bench.net());
        let at = |port| SocketAddr::new(host.ip(), port);
        let mut server = sip::Server::start(&sockets, DOMAIN, &[at(sip::PORT)]).await.unwrap();
        let identity = site.identity(pki::Shown::Right).unwrap();
        server.listen_tls(&[at(TLS_PORT)], &identity, tls::Settings::default()).await.unwrap();
        server.account(USER, USER, &password(USER));
        let account = Account { user: USER, password: &password(USER), domain: DOMAIN, proxy: host };
        let mut baresip = Baresip::start(place, account, &site).await;
        let binding = server.registered(USER, SOON).await.expect("baresip registers");
        assert_eq!(binding.flow.transport, Transport::Tls);

        // It calls a number of ours, and hangs up.
        let media = rtp::Peer::start(&sockets, host.ip()).await.unwrap();
        server.media_port(media.port());
        server.answer(NUMBER, Some(Script::answers()));
        baresip.command("dial", &format!("sip:{NUMBER}@{DOMAIN}")).await;
        baresip.event("CALL_ESTABLISHED").await;
        assert!(media.hears(VOICE, SOON).await, "baresip's voice");
        baresip.command("hangup", "").await;
        baresip.event("CALL_CLOSED").await;
        let bye = server.requests().find(SOON, |seen| seen.message.method() == Some(Method::Bye)).await.expect("BYE");
        assert_eq!(bye.flow, binding.flow);
        drop(media);

        // It is called down the connection of its registration, and we hang up.
        let media = rtp::Peer::start(&sockets, host.ip()).await.unwrap();
        let offer = sdp::offer(host.ip(), media.port());
        let call = server.request(Request::of(Method::Invite).to_user(USER).body(sdp::TYPE, offer)).await.unwrap();
        assert_eq!(call.flow(), binding.flow);
        assert!(call.connected(SOON).await.unwrap().is_some(), "baresip answers");
        baresip.event("CALL_ESTABLISHED").await;
        assert!(media.hears(VOICE, SOON).await, "baresip's voice");
        let bye = call.bye().await.unwrap();
        assert_eq!(bye.finally(SOON).await.and_then(|answer| answer.code()), Some(200));
        baresip.event("CALL_CLOSED").await;
        assert!(server.fault().is_none());
        assert!(baresip.log().contains(&format!("TLS {}:{TLS_PORT}", host.v4())));
        assert!(server.requests().items().iter().all(|seen| seen.flow.transport == Transport::Tls));
    });
}

fn openssl() {
    with_place(async |place| {
        let nobody = site("nobody.example", &[]);
        let phone = Phone::on(place, &[], &nobody, &[]).await;
        let shown = place.ask(phone.address, "GET /admin/client-certificate.pem", "").await.unwrap();
        let (_, shown) = shown.split_once("\r\n\r\n").unwrap();
        let trusted = place.folder().join("unit.pem");
        fs::write(&trusted, shown).unwrap();
        phone.restart_with(place, &[("Enable_Protocol", "Https"), ("Web_Server_Port", "443")]).await;
        let session = place.folder().join("session").display().to_string();
        let trusted = trusted.display().to_string();
        let verified = ["-CAfile", &trusted, "-verify_return_error"];
        // The page is there when somebody gets it.
        let due = Instant::now() + SOON;
        let said = loop {
            let said = s_client(place, &phone, &[&verified[..], &["-tls1_2", "-sess_out", &session]].concat()).await;
            if said.contains("<status>") {
                break said;
            }
            assert!(Instant::now() < due, "no page: {said}");
            tokio::time::sleep(AGAIN).await;
        };
        for text in ["Verify return code: 0 (ok)", "No ALPN negotiated", "New, TLSv1.2"] {
            assert!(said.contains(text), "{text}: {said}");
        }
        let again = s_client(place, &phone, &[&verified[..], &["-tls1_2", "-sess_in", &session]].concat()).await;
        assert!(again.contains("Reused, TLSv1.2") && again.contains("<status>"), "{again}");
        // A name is not asked for, and one that comes does no harm.
        let named = s_client(place, &phone, &[&verified[..], &["-servername", "phone.bench.example"]].concat()).await;
        assert!(named.contains("New, TLSv1.2") && named.contains("<status>"), "{named}");
        // TLS 1.0 and 1.1 get another alert from rustls than RFC 5246 appendix E.1 wants; see docs/peers.md.
        for (refused, alert) in [
            (&["-tls1_3"][..], "protocol version"),
            (&["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "handshake failure"),
            (&["-tls1_2", "-cipher", "AES128-SHA:AES256-SHA"], "handshake failure"),
        ] {
            let said = s_client(place, &phone, refused).await;
            assert!(said.contains(&format!("alert {alert}")) && !said.contains("<status>"), "{refused:?}: {said}");
        }
    });
}

/// What `openssl s_client` says when it asks for the phone's status.
async fn s_client(place: &Place, phone: &Phone, arguments: &[&str]) -> String {
    let mut command = Command::new(program("openssl", "openssl"));
    command.args(["s_client", "-ign_eof", "-connect", &format!("{}:443", phone.address)]).args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = place.server.spawn(command).await.unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    // It may have gone before it reads.
    let request = "GET /admin/status.xml HTTP/1.1\r\nHost: phone\r\nConnection: close\r\n\r\n";
    drop(stdin.write_all(request.as_bytes()).await);
    let (mut said, mut complained) = (Vec::new(), Vec::new());
    let whole = async { tokio::try_join!(stdout.read_to_end(&mut said), stderr.read_to_end(&mut complained)) };
    tokio::time::timeout(SOON, whole).await.expect("openssl comes to an end").unwrap();
    String::from_utf8_lossy(&[said, complained].concat()).into_owned()
}
