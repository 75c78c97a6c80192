//! Connections that the phone opens to a host by name: looked up by the phone's resolver, each address tried, under TLS with the phone's trust.

use super::addresses::kinds;
use super::provisioning::LookUps;
use super::sockets::{self, Place};
use super::trust::{self, Purpose, Trust};
use crate::ldap::Fault;
use crate::settings::Settings;
use crate::ua::Query;
use rustls::ClientConfig;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Addresses of a name that are tried.
const MOST_ADDRESSES: usize = 8;

/// Octets both ways, in clear or under TLS.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// Who connects.
#[derive(Debug, Clone)]
pub(super) struct Dialer {
    /// Where the phone is.
    pub(super) place: Place,
    /// The phone's resolver.
    pub(super) look_ups: LookUps,
    /// Whom TLS trusts.
    pub(super) trust: Trust,
}

impl Dialer {
    /// A connection to a name or an address.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Fault> {
        let addresses = self.addresses(host).await;
        if addresses.is_empty() {
            return Err(Fault::NoAddress);
        }
        for address in addresses {
            if let Ok(stream) = sockets::connect(&self.place, 0, SocketAddr::new(address, port)).await {
                return Ok(stream);
            }
        }
        Err(Fault::Unreachable)
    }

    /// How TLS is spoken for a purpose.
    ///
    /// # Errors
    /// When nobody is trusted: then there should be no connection either.
    pub(super) fn tls(&self, purpose: Purpose, settings: &Settings) -> Result<Arc<ClientConfig>, Fault> {
        self.trust.client(purpose, settings).map_err(|why| Fault::NoTls(why.to_owned()))
    }

    /// A connection, under TLS when it is told how.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn open(
        &self,
        host: &str,
        port: u16,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Box<dyn Duplex>, Fault> {
        let stream = self.connect(host, port).await?;
        match tls {
            Some(tls) => Ok(Box::new(secure(stream, host, tls).await?)),
            None => Ok(Box::new(stream)),
        }
    }

    async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        if let Ok(address) = host.parse() {
            return vec![address];
        }
        let mut addresses = Vec::new();
        for kind in kinds(self.place.address) {
            let (answer, answered) = oneshot::channel();
            let asked = self.look_ups.send((Query { name: host.to_owned(), kind }, answer)).is_ok();
            if let Ok(Ok(records)) = answered.await
                && asked
            {
                addresses.extend(records.addresses);
            }
        }
        addresses.truncate(MOST_ADDRESSES);
        addresses
    }
}

/// Puts a connection under TLS; the certificate must be for `host`.
///
/// # Errors
/// What the server's certificate lacks, or why there is no TLS at all.
pub(super) async fn secure<S>(stream: S, host: &str, tls: Arc<ClientConfig>) -> Result<TlsStream<S>, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = trust::server_name(host).ok_or_else(|| Fault::NoTls("its name can stand in no certificate".into()))?;
    TlsConnector::from(tls).connect(name, stream).await.map_err(|error| {
        let why = trust::reason(&error).to_owned();
        if refused(&error) { Fault::Certificate(why) } else { Fault::NoTls(why) }
    })
}

/// Whether it is the certificate that is wrong.
fn refused(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}
