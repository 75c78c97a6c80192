//! Connections under TLS: nothing is connected before there is somebody to trust, and nothing is open before the other end has proven who it
//! is. What rustls has to say to a server that it refuses, it says; then the connection is closed.

use super::carry::{self, Ending, carry};
use super::{CONNECT_TIME, StreamNews, hello, not_connected};
use crate::boot::sockets::{self, Place};
use crate::boot::trust::{self, Purpose, Trust};
use crate::defects::{Defect, Defects};
use crate::settings::Settings;
use crate::ua::{Connection, NotConnected, Secured, StreamEvent};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Whom the lines trust, by the settings in force.
#[derive(Debug, Clone)]
pub(in crate::boot) struct Security {
    /// The store.
    pub(in crate::boot) trust: Trust,
    /// The settings.
    pub(in crate::boot) settings: Settings,
    /// The phone's defects.
    pub(in crate::boot) defects: Defects,
}

/// A connection that is to be made.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) place: Place,
    pub(super) local_port: u16,
    pub(super) to: SocketAddr,
    pub(super) secured: Secured,
}

/// Opens a connection and carries it to its end.
pub(super) async fn run(
    security: Security,
    attempt: Attempt,
    connection: Connection,
    birth: u64,
    told: mpsc::Sender<StreamNews>,
    writes: mpsc::Receiver<Vec<u8>>,
) {
    let tell = |event| told.send(StreamNews::Event(connection, birth, event));
    match connect(&security, &attempt).await {
        Ok((local, stream)) => {
            if tell(StreamEvent::Opened { local, peer: attempt.to }).await.is_ok() {
                let abrupt = security.defects.has(Defect::TlsNoCloseNotify);
                let ending = if abrupt { Ending::Abrupt } else { Ending::Proper };
                carry(stream, connection, birth, &told, writes, ending).await;
            }
        }
        Err(Refused { why, rest }) => {
            let _ = tell(StreamEvent::Failed(why)).await;
            if let Some(stream) = rest {
                carry::give_up(stream).await;
            }
        }
    }
}

/// Why there is no connection, and what is left of it.
struct Refused {
    why: NotConnected,
    rest: Option<TcpStream>,
}

async fn connect(security: &Security, attempt: &Attempt) -> Result<(SocketAddr, TlsStream<TcpStream>), Refused> {
    let untrusted = |why| Refused { why: NotConnected::Untrusted(why), rest: None };
    let purpose = Purpose::Sip { line: attempt.secured.line };
    let config = security.trust.client(purpose, &security.settings).map_err(untrusted)?;
    let name = trust::server_name(&attempt.secured.host);
    let name = name.ok_or_else(|| untrusted("its name can stand in no certificate"))?;
    let failed = |error: io::Error| Refused { why: not_connected(&error), rest: None };
    hello::first(&security.defects, attempt).await;
    let connecting =
        tokio::time::timeout(CONNECT_TIME, sockets::connect(&attempt.place, attempt.local_port, attempt.to));
    let stream = connecting.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(failed)?;
    let local = stream.local_addr().map_err(failed)?;
    agree(config, name, stream).await.map(|stream| (local, stream))
}

async fn agree(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Refused> {
    let agreeing = TlsConnector::from(config).connect(name, stream).into_fallible();
    match tokio::time::timeout(CONNECT_TIME, agreeing).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err((error, stream))) => {
            Err(Refused { why: NotConnected::Untrusted(trust::reason(&error)), rest: Some(stream) })
        }
        Err(_) => {
            Err(Refused { why: NotConnected::Untrusted("the server did not answer the handshake in time"), rest: None })
        }
    }
}
