//! The harness's own web client: one request, one connection, from the operator's address, with digest when the phone asks for it.

use crate::outcome::Stop;
use bench::Net;
use bench::plan::Host;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Longest body that is read from a phone, octets.
const LONGEST_BODY: usize = 8 << 20;
/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(10);

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status code.
    pub status: StatusCode,
    /// Body.
    pub body: Bytes,
    /// `WWW-Authenticate`, when there is one.
    pub challenge: Option<String>,
    /// `Content-Type`, empty when there is none.
    pub content_type: String,
}

impl Reply {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A client that speaks to one phone.
#[derive(Clone)]
pub struct Client {
    net: Net,
    from: Host,
}

/// Why a request got no reply.
#[derive(Debug, thiserror::Error)]
pub enum NoReply {
    /// No connection.
    #[error("the phone's web server cannot be reached at {to}: {cause}")]
    Connect {
        /// Where.
        to: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// The connection broke or what came was no HTTP.
    #[error("the phone's web server at {to} gave no proper reply to {what}: {cause}")]
    Broken {
        /// Where.
        to: SocketAddr,
        /// Method and target.
        what: String,
        /// Why.
        cause: String,
    },
    /// Nothing came in time.
    #[error("the phone's web server at {to} did not reply to {what} within {} s", LIMIT.as_secs())]
    Late {
        /// Where.
        to: SocketAddr,
        /// Method and target.
        what: String,
    },
}

impl From<NoReply> for Stop {
    fn from(e: NoReply) -> Self {
        Stop::failed("the phone's web server answers", e.to_string(), [])
    }
}

impl Client {
    /// A client that connects from the host `from`, from its address of the family that the phone is spoken to in.
    pub fn new(net: Net, from: Host) -> Self {
        Client { net, from }
    }

    /// `GET target`.
    ///
    /// # Errors
    /// [`NoReply`]; whatever status comes is a reply.
    pub async fn get(&self, to: SocketAddr, target: &str) -> Result<Reply, NoReply> {
        self.send(to, Method::GET, target, None).await
    }

    /// `POST target` with a form.
    ///
    /// # Errors
    /// [`NoReply`]; whatever status comes is a reply.
    pub async fn post(&self, to: SocketAddr, target: &str, form: String) -> Result<Reply, NoReply> {
        self.send(to, Method::POST, target, Some(form)).await
    }

    async fn send(&self, to: SocketAddr, method: Method, target: &str, form: Option<String>) -> Result<Reply, NoReply> {
        let what = format!("{method} {target}");
        match tokio::time::timeout(LIMIT, self.exchange(to, method, target, form, &what)).await {
            Ok(reply) => reply,
            Err(_) => Err(NoReply::Late { to, what }),
        }
    }

    async fn exchange(
        &self,
        to: SocketAddr,
        method: Method,
        target: &str,
        form: Option<String>,
        what: &str,
    ) -> Result<Reply, NoReply> {
        let broken = |cause: String| NoReply::Broken { to, what: what.to_owned(), cause };
        let from = if to.is_ipv4() { IpAddr::V4(self.from.v4()) } else { IpAddr::V6(self.from.v6()) };
        let stream = self.net.tcp_connect(from, to).await.map_err(|cause| NoReply::Connect { to, cause })?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| broken(e.to_string()))?;
        let driver = tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, to.to_string())
            .header(header::CONNECTION, "close");
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request =
            request.body(Full::new(Bytes::from(form.unwrap_or_default()))).map_err(|e| broken(e.to_string()))?;
        let response = sender.send_request(request).await.map_err(|e| broken(e.to_string()))?;
        let status = response.status();
        let text_of = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let challenge = text_of(header::WWW_AUTHENTICATE);
        let content_type = text_of(header::CONTENT_TYPE).unwrap_or_default();
        let body =
            Limited::new(response.into_body(), LONGEST_BODY).collect().await.map_err(|e| broken(e.to_string()))?;
        driver.abort();
        Ok(Reply { status, body: body.to_bytes(), challenge, content_type })
    }
}
