//! The phone's own page where it is to be served inside TLS. Our web client speaks HTTP in clear alone, so what is shown here is that the port
//! speaks TLS, with whose certificate, and that it gives nothing in clear.

use super::phone::{AGAIN, BOOT_LIMIT, SOON, leased};
use super::provisioning::{act, expect_restart};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Capture, TlsConnection, TlsSide, TlsVersion};
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt as _;

/// The port of HTTP in clear.
const CLEAR: u16 = 80;
/// The body of a hello of TLS 1.2 (RFC 5246 §7.4.1.2): no session, ECDHE with AES-GCM, no compression; secp256r1 and x25519, points
/// uncompressed, ecdsa_secp256r1_sha256 and rsa_pkcs1_sha256. Nothing is ever encrypted with it, so its random is a constant.
const HELLO: &[u8] = &[
    3, 3, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78,
    0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0x78, 0, 0, 8, 0xc0, 0x2b, 0xc0,
    0x2c, 0xc0, 0x2f, 0xc0, 0x30, 1, 0, 0, 26, 0, 10, 0, 6, 0, 4, 0, 23, 0, 29, 0, 11, 0, 2, 1, 0, 0, 13, 0, 6, 0, 4,
    4, 3, 4, 1,
];

crate::phrases! {
    /// Sets Enable Protocol to Https and Web Server Port by profile, for which the phone restarts, and waits until it takes connections at that
    /// port again.
    When "the phone restarts with Enable Protocol Https and Web Server Port {int}" => restarts;
    /// Claims that whoever says hello at this port gets a ServerHello of TLS 1.2 or later and a certificate.
    Then "the page answers a ClientHello at port {int} with its certificate" => speaks_tls;
    /// Claims that HTTP in clear gets no page, neither at this port nor at 80. No answer is as good as a refusal, so a claim that the port is
    /// alive has to stand before it.
    Then "the page is not served in clear at port {int}" => not_in_clear;
}

async fn restarts(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let scene = world.scene()?;
    let document = format!(
        "<flat-profile>\n  <Enable_Protocol ua=\"na\">Https</Enable_Protocol>\n  <Web_Server_Port ua=\"na\">{port}</Web_Server_Port>\n</flat-profile>\n"
    );
    scene.network.provisioning.put("/secure-page.xml", "text/xml", document);
    let mark = expect_restart(scene);
    act(scene, &format!("/admin/resync?http://{}/secure-page.xml", plan::PROVISIONING.v4())).await?;
    let address = leased(scene, mark).await?;
    let page = SocketAddr::new(address, port);
    let taken = async {
        // Nothing on the wire tells when a web server begins to listen; it is asked until it takes a connection.
        while scene.net().tcp_connect(plan::OPERATOR.ip(), page).await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::time::timeout(BOOT_LIMIT, taken)
        .await
        .map_err(|_| Stop::failed("the phone's web server takes connections", format!("nobody does at {page}"), []))
}

async fn speaks_tls(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let scene = world.scene()?;
    let page = SocketAddr::new(scene.phone_address()?, port);
    let mark = scene.observer.look().mark();
    let connection = scene.net().tcp_connect(plan::OPERATOR.ip(), page).await;
    let mut stream = connection.map_err(|e| Stop::failed(format!("a connection to {page}"), e.to_string(), []))?;
    stream.write_all(&hello()).await.map_err(|e| Stop::failed("a hello is taken", e.to_string(), []))?;
    let answered = |tls: &TlsConnection| {
        tls.version().is_some_and(|version| version >= TlsVersion::TLS12)
            && tls.certificates(TlsSide::Server).is_some_and(|chain| !chain.is_empty())
    };
    let found = scene
        .observer
        .until(SOON, |capture| capture.tls_since(mark).any(|tls| tls.dst == page && answered(tls)).then_some(()));
    found.await.ok_or_else(|| Stop::failed(format!("a ServerHello and a certificate from {page}"), "none", []))
}

/// The hello as a handshake message in one record (RFC 5246 §6.2.1).
fn hello() -> Vec<u8> {
    let length = u8::try_from(HELLO.len()).unwrap_or(u8::MAX);
    [&[22, 3, 1, 0, length.saturating_add(4), 1, 0, 0, length], HELLO].concat()
}

async fn not_in_clear(world: &mut World, mut args: Args) -> Outcome {
    let port: u16 = args.read()?;
    let scene = world.scene()?;
    for port in [port, CLEAR] {
        served_in_clear(scene, port).await?;
    }
    Ok(())
}

async fn served_in_clear(scene: &Scene, port: u16) -> Outcome {
    let page = SocketAddr::new(scene.phone_address()?, port);
    // No answer is as good as another refusal; a redirect to `https` is no page.
    match scene.client.get(page, "/admin/status.xml").await {
        Ok(reply) if reply.status.is_success() => {
            let packets = given(&scene.observer.look(), page);
            Err(Stop::failed(format!("no page in clear at {page}"), format!("status {}", reply.status), packets))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn given(capture: &Capture, page: SocketAddr) -> Vec<u32> {
    let answers = capture.http().iter().filter(|m| m.at.src == page && m.at.secured.is_none());
    answers.map(|m| m.at.packets.first()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_lengths_of_the_hello_add_up() {
        let hello = hello();
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(usize::from(hello[8]), HELLO.len());
        let extensions = HELLO.len() - (2 + 32 + 1 + 2 + 8 + 2) - 2;
        assert_eq!(usize::from(HELLO[HELLO.len() - extensions - 1]), extensions);
    }
}
