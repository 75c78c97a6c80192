//! Fetching a file by TFTP, HTTP or HTTPS: redirects followed, challenges answered, everything bounded. What is fetched and what becomes of it
//! is not decided here.

mod authorization;
mod exchange;
mod target;
#[cfg(test)]
pub(super) mod tests;
mod transfer;

pub(super) use authorization::{Authorizer, Login};
pub(super) use exchange::{Connection, Response, body};
pub(super) use target::{Scheme, Target};

use super::addresses::kinds;
use super::resolver::Answer;
use super::sockets::Place;
use super::trust::Trust;
use crate::defects::{Defect, Defects};
use crate::net::tftp;
use crate::profile::Release;
use crate::random::Random;
use crate::settings::Settings;
use crate::time::Duration;
use crate::ua::Query;
use hyper::body::Bytes;
use hyper::header::{HOST, LOCATION, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// No profile is longer.
const LARGEST_PROFILE: usize = 4 << 20;
/// For the whole fetch.
const TIME: Duration = Duration::from_secs(60);
/// 301 and 302 are followed at once (phone-facts §3.7); no guide tells how often.
const MOST_REDIRECTS: usize = 5;
/// 401 and 407 are answered so often (phone-facts §3.7).
const MOST_ANSWERS: usize = 2;

/// A look-up for somebody who waits for it.
pub(super) type LookUps = mpsc::UnboundedSender<(Query, oneshot::Sender<Answer>)>;

/// Why there is no file. The texts are `$ERR` of the resync lines.
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
    /// No TLS with that server.
    #[error("{0}")]
    Tls(&'static str),
    /// 404: the class "file not found" (phone-facts §3.7).
    #[error("File not found")]
    NotFound,
    /// The server wants credentials that the phone does not have, or refuses those that it has.
    #[error("HTTP status {0}: not authorized")]
    Unauthorized(u16),
    /// Any other status.
    #[error("HTTP status {0}")]
    Status(u16),
    /// What TFTP ended with.
    #[error(transparent)]
    Tftp(tftp::Failure),
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

impl Failure {
    /// Whether no server was there to answer, so that another may be asked.
    pub(super) const fn is_silence(&self) -> bool {
        match self {
            Failure::Resolve(_) | Failure::Connect(_) | Failure::TimedOut => true,
            Failure::Tftp(failure) => matches!(failure, tftp::Failure::Silent),
            Failure::Url(_)
            | Failure::Tls(_)
            | Failure::NotFound
            | Failure::Unauthorized(_)
            | Failure::Status(_)
            | Failure::Transfer
            | Failure::TooLarge
            | Failure::Redirects => false,
        }
    }

    /// Whether the server has no such file.
    pub(super) const fn is_not_found(&self) -> bool {
        matches!(self, Failure::NotFound | Failure::Tftp(tftp::Failure::NotFound))
    }
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
    /// Whom HTTPS trusts.
    pub(super) trust: Trust,
    /// What TLS is to offer.
    pub(super) settings: Settings,
    /// How patient TFTP is.
    pub(super) patience: tftp::Patience,
    /// The firmware, which decides from where TFTP asks.
    pub(super) release: Release,
    /// The phone's defects.
    pub(super) defects: Defects,
    /// For ports and client nonces.
    pub(super) random: Arc<Mutex<Random>>,
}

/// A URL whose server has an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// The URL.
    pub(super) target: Target,
    /// The server.
    pub(super) address: SocketAddr,
}

impl Client {
    /// Fetches the file at `url`.
    #[cfg(test)]
    pub(super) async fn fetch(&self, url: &str) -> Result<Bytes, Failure> {
        self.get(self.locate(Target::parse(url)?).await?, None).await
    }

    /// Looks the server up.
    pub(super) async fn locate(&self, target: Target) -> Result<Located, Failure> {
        let looked_up = tokio::time::timeout(TIME, self.look_up(&target.host)).await;
        let address = SocketAddr::new(looked_up.unwrap_or(Err(Failure::TimedOut))?, target.port);
        Ok(Located { target, address })
    }

    /// Fetches the file, with `login` when the server asks for one; one in the URL goes first.
    pub(super) async fn get(&self, located: Located, login: Option<Login>) -> Result<Bytes, Failure> {
        let fetching = async {
            match located.target.scheme {
                Scheme::Tftp => self.transfer(&located).await,
                Scheme::Http | Scheme::Https => self.follow(located, login).await,
            }
        };
        tokio::time::timeout(TIME, fetching).await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn follow(&self, mut located: Located, login: Option<Login>) -> Result<Bytes, Failure> {
        let first = located.target.authority.clone();
        for _ in 0..=MOST_REDIRECTS {
            let target = &located.target;
            // Credentials are for the server that the administrator named, not for where it sends the phone.
            let login = target.login.clone().or_else(|| login.clone().filter(|_| target.authority == first));
            match self.ask(&located, login).await? {
                Got::Profile(profile) => return Ok(profile),
                Got::Elsewhere(location) => {
                    let next = target.redirected(&location)?;
                    let downgraded = target.scheme == Scheme::Https && next.scheme != Scheme::Https;
                    if downgraded && !self.defects.has(Defect::ProvisioningFollowsHttpFromHttps) {
                        return Err(Failure::Url("https leads to a place without TLS"));
                    }
                    if next.scheme == Scheme::Tftp {
                        return Err(Failure::Url("a redirection leads away from HTTP"));
                    }
                    located = self.locate(next).await?;
                }
            }
        }
        Err(Failure::Redirects)
    }

    async fn ask(&self, located: &Located, login: Option<Login>) -> Result<Got, Failure> {
        let mut authorizer = self.authorizer(login);
        let mut connection = self.open(located).await?;
        for _ in 0..=MOST_ANSWERS {
            if !connection.is_open() {
                connection = self.open(located).await?;
            }
            let target = &located.target;
            let mut request =
                Request::get(&target.path).header(HOST, &target.authority).header(USER_AGENT, &self.user_agent);
            if let Some((name, value)) = authorizer.header(&Method::GET, &target.path, b"") {
                request = request.header(name, value);
            }
            let request = request
                .body(body(Bytes::new()))
                .map_err(|_| Failure::Url("it has a character that does not belong there"))?;
            let response = connection.exchange(request, LARGEST_PROFILE).await?;
            match response.status {
                StatusCode::OK => return Ok(Got::Profile(response.body)),
                StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => {
                    let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
                    return Ok(Got::Elsewhere(location.ok_or(Failure::Transfer)?.to_owned()));
                }
                StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                    if !authorizer.challenged(&response) {
                        return Err(Failure::Unauthorized(response.status.as_u16()));
                    }
                }
                StatusCode::NOT_FOUND => return Err(Failure::NotFound),
                other => return Err(Failure::Status(other.as_u16())),
            }
        }
        Err(Failure::Unauthorized(401))
    }

    /// Answers challenges with this login.
    pub(super) fn authorizer(&self, login: Option<Login>) -> Authorizer {
        let random = self.random.lock().unwrap_or_else(PoisonError::into_inner).fork();
        Authorizer::new(login, self.defects.has(Defect::ProvisioningCredentialsUnasked), random)
    }

    async fn look_up(&self, host: &str) -> Result<IpAddr, Failure> {
        if let Ok(address) = host.parse() {
            return Ok(address);
        }
        let unresolved = || Failure::Resolve(host.to_owned());
        for kind in kinds(self.place.address) {
            let (answer, answered) = oneshot::channel();
            let query = Query { name: host.to_owned(), kind };
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
