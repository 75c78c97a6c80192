//! One HTTP connection, in clear or under TLS: a request, its response, everything bounded.

use super::{Client, Failure, Located, Scheme};
use crate::boot::sockets;
use crate::boot::task::Task;
use crate::boot::trust::{self, Purpose};
use crate::time::Duration;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::HeaderMap;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// For one server to accept a connection, and again to agree on TLS.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// The body of a request.
pub(in crate::boot) fn body(bytes: Bytes) -> Full<Bytes> {
    Full::new(bytes)
}

/// A connection to a server.
pub(in crate::boot) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: Task,
}

/// A response with its whole body.
#[derive(Debug)]
pub(in crate::boot) struct Response {
    /// Status.
    pub(in crate::boot) status: StatusCode,
    /// Header fields.
    pub(in crate::boot) headers: HeaderMap,
    /// Body.
    pub(in crate::boot) body: Bytes,
}

impl Client {
    /// Opens a connection. Under TLS nothing is sent before the server has proven who it is; without anybody to trust, nothing at all.
    pub(in crate::boot) async fn open(&self, located: &Located) -> Result<Connection, Failure> {
        let tls = match located.target.scheme {
            Scheme::Https => Some(self.trust.client(Purpose::Provisioning, &self.settings).map_err(Failure::Tls)?),
            Scheme::Http | Scheme::Tftp => None,
        };
        let connecting = tokio::time::timeout(CONNECT_TIME, sockets::connect(&self.place, 0, located.address)).await;
        let stream = connecting.map_err(|_| Failure::TimedOut)?.map_err(|_| Failure::Connect(located.address))?;
        let Some(tls) = tls else { return Connection::over(stream).await };
        let name =
            trust::server_name(&located.target.host).ok_or(Failure::Url("its host cannot stand in a certificate"))?;
        let agreeing = tokio::time::timeout(CONNECT_TIME, TlsConnector::from(tls).connect(name, stream)).await;
        let stream = agreeing.map_err(|_| Failure::TimedOut)?.map_err(|error| Failure::Tls(trust::reason(&error)))?;
        Connection::over(stream).await
    }
}

impl Connection {
    async fn over(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Self, Failure> {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Transfer)?;
        let driver = Task::spawn(async move {
            // How it ended shows at whoever waits for a response.
            let _ = connection.await;
        });
        Ok(Connection { sender, _driver: driver })
    }

    /// Whether the server has kept it open.
    pub(in crate::boot) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends a request and reads its response, whose body may have `largest` octets.
    pub(in crate::boot) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
        largest: usize,
    ) -> Result<Response, Failure> {
        self.sender.ready().await.map_err(|_| Failure::Transfer)?;
        let response = self.sender.send_request(request).await.map_err(|_| Failure::Transfer)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, largest).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => Failure::TooLarge,
            false => Failure::Transfer,
        })?;
        Ok(Response { status: head.status, headers: head.headers, body: body.to_bytes() })
    }
}
