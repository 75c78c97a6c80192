//! Fetching a profile over HTTP: one request, redirects followed, everything bounded. What to do with the profile is not decided here.

use super::addresses::kinds;
use super::resolver::Answer;
use super::sockets::{self, Place};
use crate::time::Duration;
use crate::ua::Query;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{HOST, LOCATION, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::net::{IpAddr, SocketAddr};
use tokio::sync::{mpsc, oneshot};

/// No profile is longer.
const LARGEST_PROFILE: usize = 4 << 20;
/// For the whole fetch.
const TIME: Duration = Duration::from_secs(60);
/// For one server to accept a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// 301 and 302 are followed at once (phone-facts §3.7); no guide tells how often.
const MOST_REDIRECTS: usize = 5;

/// A look-up for somebody who waits for it.
pub(super) type LookUps = mpsc::UnboundedSender<(Query, oneshot::Sender<Answer>)>;

/// Why there is no profile. The texts are `$ERR` of the resync lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The URL is none, or of a scheme that is not served.
    #[error("cannot fetch from this URL: {0}")]
    Url(&'static str),
    /// No address for the host.
    #[error("cannot resolve {0}")]
    Resolve(String),
    /// No connection.
    #[error("cannot connect to {0}")]
    Connect(SocketAddr),
    /// 404: the class "file not found" (phone-facts §3.7).
    #[error("File not found")]
    NotFound,
    /// Any other status.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The answer broke off or is no HTTP.
    #[error("transfer failed")]
    Transfer,
    /// It did not end in time.
    #[error("timed out")]
    TimedOut,
    /// Longer than any profile.
    #[error("profile too large")]
    TooLarge,
    /// Redirected again and again.
    #[error("too many redirections")]
    Redirects,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// Where the phone is.
    pub(super) place: Place,
    /// `User-Agent`.
    pub(super) user_agent: String,
    /// Names are looked up by the phone's resolver.
    pub(super) look_ups: LookUps,
}

impl Client {
    /// Fetches the profile at `url`.
    pub(super) async fn fetch(&self, url: &str) -> Result<Bytes, Failure> {
        tokio::time::timeout(TIME, self.follow(url)).await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn follow(&self, url: &str) -> Result<Bytes, Failure> {
        let mut url = Target::parse(url)?;
        for _ in 0..=MOST_REDIRECTS {
            match self.get(&url).await? {
                Got::Profile(profile) => return Ok(profile),
                Got::Elsewhere(location) => url = url.redirected(&location)?,
            }
        }
        Err(Failure::Redirects)
    }

    async fn get(&self, target: &Target) -> Result<Got, Failure> {
        let address = SocketAddr::new(self.look_up(&target.host).await?, target.port);
        let connecting = tokio::time::timeout(CONNECT_TIME, sockets::connect(&self.place, 0, address)).await;
        let stream = connecting.map_err(|_| Failure::TimedOut)?.map_err(|_| Failure::Connect(address))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|_| Failure::Transfer)?;
        let request = Request::get(&target.path)
            .header(HOST, &target.authority)
            .header(USER_AGENT, &self.user_agent)
            .body(Empty::<Bytes>::new())
            .map_err(|_| Failure::Url("it has a character that does not belong there"))?;
        let exchange = async {
            let response = sender.send_request(request).await.map_err(|_| Failure::Transfer)?;
            let status = response.status();
            match status {
                StatusCode::OK => {
                    let body = Limited::new(response.into_body(), LARGEST_PROFILE).collect().await;
                    let body = body.map_err(|error| {
                        if error.is::<LengthLimitError>() { Failure::TooLarge } else { Failure::Transfer }
                    })?;
                    Ok(Got::Profile(body.to_bytes()))
                }
                StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => {
                    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                    Ok(Got::Elsewhere(location.ok_or(Failure::Transfer)?.to_owned()))
                }
                StatusCode::NOT_FOUND => Err(Failure::NotFound),
                other => Err(Failure::Status(other.as_u16())),
            }
        };
        tokio::pin!(exchange);
        tokio::select! {
            got = &mut exchange => got,
            // The connection ended first; what has arrived may still be whole.
            _ = connection => exchange.await,
        }
    }

    async fn look_up(&self, host: &str) -> Result<IpAddr, Failure> {
        let unresolved = || Failure::Resolve(host.to_owned());
        // RFC 3986 §3.2.2: an IPv6 address stands in brackets.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        for kind in kinds(self.place.address) {
            let (answer, answered) = oneshot::channel();
            let query = Query { name: name.to_owned(), kind };
            self.look_ups.send((query, answer)).map_err(|_| unresolved())?;
            let records = answered.await.map_err(|_| unresolved())?;
            if let Some(address) = records.ok().and_then(|records| records.addresses.first().copied()) {
                return Ok(address);
            }
        }
        Err(unresolved())
    }
}

enum Got {
    Profile(Bytes),
    Elsewhere(String),
}

/// A URL taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
    /// For `Host`, without credentials.
    authority: String,
    /// Path and query.
    path: String,
}

impl Target {
    fn parse(url: &str) -> Result<Self, Failure> {
        let uri: Uri = url.trim().parse().map_err(|_| Failure::Url("it is none"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https" | "tftp") => return Err(Failure::Url("only http is served")),
            Some(_) | None => return Err(Failure::Url("it has no known scheme")),
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(Failure::Url("it has no host"))?;
        let authority = uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Target {
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(80),
            authority,
            path: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        })
    }

    /// Where `Location` leads (RFC 9110 §10.2.2): absolute, or from the root of the same server.
    fn redirected(&self, location: &str) -> Result<Self, Failure> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Target::parse(&format!("http://{}{location}", self.authority));
        }
        Target::parse(location)
    }
}

/// A URL for the log: whatever stands before `@` could be a password.
pub(super) fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// A server that answers each connection with the next of these, and tells what it was asked.
    async fn server(answers: Vec<String>) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                asked.push(String::from_utf8(head).unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            asked
        });
        (address, task)
    }

    /// A client on the loopback, with a resolver that knows one name.
    fn client() -> Client {
        let (look_ups, mut asked) = mpsc::unbounded_channel::<(Query, oneshot::Sender<Answer>)>();
        tokio::spawn(async move {
            while let Some((query, answer)) = asked.recv().await {
                let known = query.name == "prov.example" || query.name == "127.0.0.1";
                let records = crate::ua::Records {
                    addresses: vec![IpAddr::from([127, 0, 0, 1])],
                    services: Vec::new(),
                    ttl: Duration::ZERO,
                };
                let _ = answer.send(if known { Ok(records) } else { Err(crate::ua::NotResolved::Failed) });
            }
        });
        let place = Place { interface: "lo".into(), address: IpAddr::from([127, 0, 0, 1]) };
        Client { place, user_agent: "Cisco-CP-7841-3PCC/11.2.3 (020000007841)".into(), look_ups }
    }

    fn ok(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn a_profile_is_fetched_with_the_user_agent_of_the_phone() {
        let (address, server) = server(vec![ok("<flat-profile/>")]).await;
        let url = format!("http://prov.example:{}/7841.xml?a=b", address.port());
        assert_eq!(client().fetch(&url).await.unwrap(), "<flat-profile/>");
        insta::assert_snapshot!(
            server.await.unwrap()[0].replace(&address.port().to_string(), "PORT").replace("\r\n", "\n").trim_end(),
            @r"
        GET /7841.xml?a=b HTTP/1.1
        host: prov.example:PORT
        user-agent: Cisco-CP-7841-3PCC/11.2.3 (020000007841)
        "
        );
    }

    #[tokio::test]
    async fn redirections_are_followed_and_circles_end() {
        let moved = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        let (address, server) = server(vec![moved("/there"), ok("x")]).await;
        assert_eq!(client().fetch(&format!("http://{address}/here")).await.unwrap(), "x");
        assert!(server.await.unwrap()[1].starts_with("GET /there "));
        let (address, _server) = self::server(vec![moved("/again"); 10]).await;
        assert_eq!(client().fetch(&format!("http://{address}/")).await, Err(Failure::Redirects));
    }

    #[tokio::test]
    async fn failures_are_told_by_their_kind() {
        for (answer, failure) in [
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Failure::NotFound),
            ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", Failure::Status(401)),
            ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Failure::Status(503)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", Failure::Transfer),
            ("nonsense\r\n\r\n", Failure::Transfer),
        ] {
            let (address, _server) = server(vec![answer.to_owned()]).await;
            assert_eq!(client().fetch(&format!("http://{address}/")).await, Err(failure));
        }
        let (address, _server) = server(vec![ok(&"x".repeat(LARGEST_PROFILE + 1))]).await;
        assert_eq!(client().fetch(&format!("http://{address}/")).await, Err(Failure::TooLarge));
        let unknown = client().fetch("http://unknown.example/").await;
        assert_eq!(unknown, Err(Failure::Resolve("unknown.example".into())));
        for url in ["", "prov.example/x", "https://prov.example/", "http:///x", "http://a b/"] {
            assert!(matches!(client().fetch(url).await, Err(Failure::Url(_))), "{url}");
        }
    }

    #[test]
    fn credentials_of_a_url_do_not_reach_the_log() {
        assert_eq!(without_credentials("http://user:p@ss@host:80/a@b"), "http://host:80/a@b");
        assert_eq!(without_credentials("user:pass@host"), "host");
    }
}
