//! One session on its connection: posts, cookies, challenges, redirections (TR-069 §3.4).

use crate::boot::provisioning::{
    Authorizer, Client, Connection, Failure, Located, Login, Response, Scheme, Target, body,
};
use crate::cwmp::envelope::Version;
use crate::cwmp::parameters::{Change, Facts};
use crate::cwmp::session::{self, Output, Reason, Session};
use crate::cwmp::tree::LARGEST;
use crate::settings::Store;
use crate::time::Duration;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use std::collections::BTreeMap;

/// For the whole session.
const TIME: Duration = Duration::from_secs(120);
/// TR-069 §3.4.5: up to 5 redirections in a row.
const MOST_REDIRECTS: usize = 5;
/// A challenge is answered so often for one post.
const MOST_ANSWERS: usize = 2;
/// Cookies of one session.
const MOST_COOKIES: usize = 16;

/// What was said, and what it changed.
#[derive(Debug)]
pub(super) struct Talked {
    pub(super) result: Result<session::Ended, String>,
    pub(super) changed: Vec<String>,
    pub(super) parameter_key: Option<String>,
    pub(super) provisioning_code: Option<String>,
}

impl Talked {
    /// Nothing.
    pub(super) fn failed(error: &str) -> Self {
        Talked { result: Err(error.to_owned()), changed: Vec::new(), parameter_key: None, provisioning_code: None }
    }
}

/// The phone as the session sees and changes it.
pub(super) struct Device {
    store: Store,
    facts: Facts,
    changed: Vec<String>,
    parameter_key: Option<String>,
    provisioning_code: Option<String>,
}

impl Device {
    /// The phone with these settings.
    pub(super) fn new(store: Store, facts: Facts) -> Self {
        Device { store, facts, changed: Vec::new(), parameter_key: None, provisioning_code: None }
    }
}

impl session::Device for Device {
    fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.settings = self.store.snapshot();
        facts.parameter_key = self.parameter_key.clone().unwrap_or(facts.parameter_key);
        facts.provisioning_code = self.provisioning_code.clone().unwrap_or(facts.provisioning_code);
        facts
    }

    fn keep(&mut self, change: &Change, key: &str) -> bool {
        let Ok(changed) = self.store.change(change.settings.iter().cloned().collect()) else { return false };
        self.changed.extend(changed);
        self.parameter_key = Some(key.to_owned());
        if change.provisioning_code.is_some() {
            self.provisioning_code.clone_from(&change.provisioning_code);
        }
        true
    }
}

/// Runs a session to its end.
pub(super) async fn session(
    client: Client,
    url: String,
    login: Login,
    version: Version,
    reason: Reason,
    mut device: Device,
) -> Talked {
    let talking = async {
        let mut line = Line::to(&client, &url, login).await.map_err(|failure| failure.to_string())?;
        let mut session = Session::new(version, reason, &device);
        loop {
            match session.poll() {
                Output::Post(text) => {
                    let answer = line.post(text.into()).await.map_err(|failure| failure.to_string())?;
                    session.answered(answer.status.as_u16(), &answer.body, &mut device);
                }
                Output::Ended(result) => return result.map_err(|failure| failure.to_string()),
                // A session that waits without having posted has nothing to wait for.
                Output::Wait => return Err("interrupted".to_owned()),
            }
        }
    };
    let result = tokio::time::timeout(TIME, talking).await.unwrap_or_else(|_| Err("timed out".into()));
    let Device { changed, parameter_key, provisioning_code, .. } = device;
    Talked { result, changed, parameter_key, provisioning_code }
}

/// The way to the ACS.
struct Line<'a> {
    client: &'a Client,
    located: Located,
    connection: Option<Connection>,
    authorizer: Authorizer,
    cookies: BTreeMap<String, String>,
}

impl<'a> Line<'a> {
    async fn to(client: &'a Client, url: &str, login: Login) -> Result<Self, Failure> {
        let located = client.locate(web(Target::parse(url)?)?).await?;
        let authorizer = client.authorizer(Some(login));
        Ok(Line { client, located, connection: None, authorizer, cookies: BTreeMap::new() })
    }

    async fn post(&mut self, text: Bytes) -> Result<Response, Failure> {
        let (mut redirects, mut answers) = (0, 0);
        loop {
            let response = self.once(text.clone()).await?;
            match response.status {
                StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED if answers < MOST_ANSWERS => {
                    answers += 1;
                    if !self.authorizer.challenged(&response) {
                        return Ok(response);
                    }
                }
                StatusCode::FOUND | StatusCode::TEMPORARY_REDIRECT => {
                    redirects += 1;
                    if redirects > MOST_REDIRECTS {
                        return Err(Failure::Redirects);
                    }
                    let location = response.headers.get(LOCATION).and_then(|value| value.to_str().ok());
                    let next = web(self.located.target.redirected(location.ok_or(Failure::Transfer)?)?)?;
                    if self.located.target.scheme == Scheme::Https && next.scheme != Scheme::Https {
                        return Err(Failure::Url("https leads to a place without TLS"));
                    }
                    self.located = self.client.locate(next).await?;
                    self.connection = None;
                }
                _ => return Ok(response),
            }
        }
    }

    async fn once(&mut self, text: Bytes) -> Result<Response, Failure> {
        // §3.4.1: one connection for the session, as long as the ACS keeps it.
        let open = self.connection.take().filter(Connection::is_open);
        let mut connection = match open {
            Some(connection) => connection,
            None => self.client.open(&self.located).await?,
        };
        let target = &self.located.target;
        let mut request =
            Request::post(&target.path).header(HOST, &target.authority).header(USER_AGENT, &self.client.user_agent);
        if text.is_empty() {
            // RFC 9110 §8.6: a POST without content says so.
            request = request.header(CONTENT_LENGTH, "0");
        } else {
            request = request.header(CONTENT_TYPE, "text/xml; charset=\"utf-8\"").header("SOAPAction", "");
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some((name, value)) = self.authorizer.header(&Method::POST, &target.path, &text) {
            request = request.header(name, value);
        }
        let request =
            request.body(body(text)).map_err(|_| Failure::Url("it has a character that does not belong there"))?;
        let response = connection.exchange(request, LARGEST).await?;
        self.connection = Some(connection);
        for cookie in response.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pair = cookie.split(';').next().and_then(|pair| pair.trim().split_once('='));
            if let Some((name, value)) = pair.filter(|_| self.cookies.len() < MOST_COOKIES) {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

/// An ACS is a web server.
fn web(target: Target) -> Result<Target, Failure> {
    match target.scheme {
        Scheme::Http | Scheme::Https => Ok(target),
        Scheme::Tftp => Err(Failure::Url("an ACS is asked by HTTP")),
    }
}
