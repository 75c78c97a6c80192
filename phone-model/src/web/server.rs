//! The sockets of the web server. HTTP/1.1 by hyper; here are the bounds that keep a hostile client from hanging or filling the phone: heads
//! of 16 KiB, bodies of 1 MiB, 64 connections of which 16 for one peer, and a time limit on everything, the handshake of TLS first of all.

use super::WebPhone;
use super::site::{Ask, Method, Reply, Site};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

const LARGEST_HEAD: usize = 16 << 10;
const LARGEST_BODY: usize = 1 << 20;
const CONNECTIONS: usize = 64;
const CONNECTIONS_OF_ONE_PEER: usize = 16;
/// For a client to agree on TLS.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// For a client that did not, to hear why and close.
const REFUSAL_TIME: Duration = Duration::from_secs(1);
/// For a request's head to arrive, and between two requests.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// For a request's body to arrive.
const BODY_TIME: Duration = Duration::from_secs(20);
/// For a whole connection, so that one who never reads his answers is rid of.
const CONNECTION_TIME: Duration = Duration::from_secs(120);
/// For the answers under way when the server stops.
const STOP_TIME: Duration = Duration::from_secs(2);

/// A running web server. Dropping it stops it at once.
#[derive(Debug)]
pub struct Server {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Serves the page on a bound socket, within a tokio runtime: in clear, or under TLS when it has a configuration for that.
pub fn serve(listener: TcpListener, phone: WebPhone, tls: Option<Arc<ServerConfig>>) -> Server {
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(accept(listener, tls.map(TlsAcceptor::from), Arc::new(Site::new(phone)), stopped));
    Server { stop, task }
}

impl Server {
    /// Takes no more connections, lets answers under way end, and closes the socket. Ends within seconds whatever clients do.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }

    /// Whether it still runs; it ends by itself only if its socket fails.
    pub fn is_running(&self) -> bool {
        !self.task.is_finished()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Peers = Arc<Mutex<HashMap<IpAddr, usize>>>;

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let peers = Peers::default();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, from)) = accepted else {
                    // Out of descriptors, or the peer is gone again. Neither may spin.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let Some(seat) = Seat::take(&peers, from.ip()) else { continue };
                connections.spawn(connection(stream, tls.clone(), site.clone(), stopped.clone(), seat));
            }
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(STOP_TIME, all).await;
}

/// A place among the connections, given back when dropped.
struct Seat {
    peers: Peers,
    peer: IpAddr,
}

impl Seat {
    fn take(peers: &Peers, peer: IpAddr) -> Option<Seat> {
        let mut seats = peers.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = seats.get(&peer).copied().unwrap_or(0);
        if seats.values().sum::<usize>() >= CONNECTIONS || of_peer >= CONNECTIONS_OF_ONE_PEER {
            return None;
        }
        seats.insert(peer, of_peer + 1);
        Some(Seat { peers: peers.clone(), peer })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        match seats.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => _ = seats.remove(&self.peer),
        }
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    site: Arc<Site>,
    stopped: watch::Receiver<bool>,
    _seat: Seat,
) {
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return talk(stream, site, stopped).await };
    let agreeing = tokio::time::timeout(HANDSHAKE_TIME, tls.accept(stream).into_fallible());
    let mut ends = stopped.clone();
    tokio::select! {
        () = async { drop(ends.wait_for(|stopped| *stopped).await) } => {}
        agreed = agreeing => match agreed {
            Ok(Ok(stream)) => talk(stream, site, stopped).await,
            // The alert is on its way; a reset would overtake it.
            Ok(Err((_, stream))) => _ = tokio::time::timeout(REFUSAL_TIME, hear_out(stream)).await,
            Err(_) => {}
        },
    }
}

/// Closes our side and takes what the client still says.
async fn hear_out(mut stream: TcpStream) {
    let mut rest = [0; 1024];
    if stream.shutdown().await.is_ok() {
        while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
    }
}

/// HTTP on a stream.
async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin, site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let service = hyper::service::service_fn(move |request| answer(site.clone(), request));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.max_buf_size(LARGEST_HEAD).timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ending = async {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => {}
            () = tokio::time::sleep(CONNECTION_TIME) => {}
        }
    };
    tokio::select! {
        _ = serving.as_mut() => return,
        () = ending => {}
    }
    serving.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(STOP_TIME, serving).await;
}

async fn answer(site: Arc<Site>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let reply = match ask(request).await {
        // A change waits for the flash, so it may not run on a thread that serves others.
        Ok(ask) => tokio::task::spawn_blocking(move || site.answer(&ask))
            .await
            .unwrap_or_else(|_| Reply::plain(500, "internal error")),
        Err(refusal) => refusal,
    };
    Ok(response(reply))
}

async fn ask(request: Request<Incoming>) -> Result<Ask, Reply> {
    let (head, body) = request.into_parts();
    let method = match head.method {
        hyper::Method::GET | hyper::Method::HEAD => Method::Get,
        hyper::Method::POST => Method::Post,
        _ => return Err(Reply::plain(405, "this phone knows GET, HEAD and POST").with("allow", "GET, HEAD, POST")),
    };
    // RFC 9112 §6.3: both lengths in one message smell of smuggling, and hyper hides one of them. A server may ask for a Content-Length
    // alone (411), and no browser sends a form without one.
    if head.headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(Reply::plain(411, "send a Content-Length").with("connection", "close"));
    }
    let too_large = || Reply::plain(413, "the request is too large");
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(too_large());
    }
    let collecting = tokio::time::timeout(BODY_TIME, Limited::new(body, LARGEST_BODY).collect());
    let body = match collecting.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return Err(too_large()),
        Ok(Err(_)) => return Err(Reply::plain(400, "the request cannot be read")),
        Err(_) => return Err(Reply::plain(408, "the request did not arrive in time")),
    };
    let text = |name: HeaderName| head.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    Ok(Ask {
        method,
        verb: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        authorization: text(header::AUTHORIZATION),
        referer: text(header::REFERER),
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn response(reply: Reply) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests;
