//! Fetching a profile and putting it into the flash, one at a time, when no line is in use (phone-facts §3.7). Rules, periods and retries are a
//! matter of later: here is what one request to resync does.

use super::clock::Clock;
use super::network::mac_text;
use super::provisioning::{Client, without_credentials};
use crate::net::datagram::Mac;
use crate::profile::Profile;
use crate::settings::{Applied, Store};
use crate::state::Board;
use crate::time::{Duration, Instant};
use tokio::task::JoinHandle;

use super::log::Log;

/// How often it is seen whether the lines have become idle.
const IDLE_INTERVAL: Duration = Duration::from_millis(200);

/// What came of it. The texts are the syslog lines of phone-facts §3.6.
#[derive(Debug)]
pub(super) enum Done {
    /// The request goes out now.
    Starting(String),
    /// The profile is in the flash; what changed is still to be put into force.
    Applied {
        /// For the log and the page.
        text: String,
        /// What it changed.
        applied: Applied,
    },
    /// Nothing changed.
    Failed(String),
}

/// The resync of a phone.
pub(super) struct Resync {
    /// `CP-7841-3PCC 02:00:00:00:78:41`, as the lines begin.
    name: String,
    macros: [(&'static str, String); 6],
    store: Store,
    state: State,
}

enum State {
    Idle,
    Waiting(Waiting),
    Fetching(Fetching),
}

struct Waiting {
    url: String,
    client: Client,
    /// Not before.
    start: Instant,
    /// Then even if a line is in use.
    latest: Instant,
}

struct Fetching {
    url: String,
    task: JoinHandle<Result<Applied, String>>,
}

impl Resync {
    /// The resync of this phone.
    pub(super) fn new(profile: &Profile, mac: Mac, store: Store) -> Self {
        let product = profile.model.product_name();
        // Longer names first, so that $MA does not hide $MAC (phone-facts §3.5: $PSN is the number with -3PCC).
        let macros = [
            ("$MAU", hex::encode_upper(mac)),
            ("$MAC", mac_text(mac)),
            ("$MA", hex::encode(mac)),
            ("$PSN", product.trim_start_matches("CP-").to_owned()),
            ("$PN", product.clone()),
            ("$SWVER", profile.release.to_string()),
        ];
        Resync { name: format!("{product} {}", mac_text(mac)), macros, store, state: State::Idle }
    }

    /// Asks for the profile at `rule`, from `start` on and as soon as no line is in use, at the `latest` then.
    pub(super) fn ask(&mut self, rule: &str, client: Option<Client>, start: Instant, latest: Instant, log: &Log) {
        let url = self.macros.iter().fold(rule.to_owned(), |url, (name, value)| url.replace(name, value));
        match (&self.state, client) {
            (State::Waiting(_) | State::Fetching(_), _) => {
                log.notice(&format!("{} -- a resync is under way", self.name))
            }
            (State::Idle, None) => log.notice(&format!("{} -- Resync failed: no network", self.name)),
            (State::Idle, Some(client)) => self.state = State::Waiting(Waiting { url, client, start, latest }),
        }
    }

    /// Waits for the next thing to tell; for ever when nothing was asked. May be dropped and called again at any time.
    pub(super) async fn next(&mut self, clock: &Clock, board: &Board) -> Done {
        match &mut self.state {
            State::Idle => std::future::pending().await,
            State::Waiting(waiting) => {
                let mut at = waiting.start;
                loop {
                    clock.until(Some(at)).await;
                    let now = clock.now();
                    if board.snapshot().calls.is_empty() || now >= waiting.latest {
                        break;
                    }
                    at = now + IDLE_INTERVAL;
                }
            }
            State::Fetching(fetching) => {
                let result = (&mut fetching.task).await.unwrap_or_else(|_| Err("interrupted".into()));
                let url = without_credentials(&fetching.url);
                self.state = State::Idle;
                return match result {
                    Ok(applied) => Done::Applied { text: format!("{} -- Successful resync {url}", self.name), applied },
                    Err(error) => Done::Failed(format!("{} -- Resync failed: {error}", self.name)),
                };
            }
        }
        self.begin()
    }

    fn begin(&mut self) -> Done {
        let State::Waiting(waiting) = std::mem::replace(&mut self.state, State::Idle) else {
            return Done::Failed(format!("{} -- Resync failed: nothing to fetch", self.name));
        };
        let text = format!("{} -- Requesting resync {}", self.name, without_credentials(&waiting.url));
        let (store, client, url) = (self.store.clone(), waiting.client, waiting.url.clone());
        let task = tokio::spawn(async move {
            let profile = client.fetch(&url).await.map_err(|failure| failure.to_string())?;
            // Keeping it waits for the flash.
            let applying = tokio::task::spawn_blocking(move || store.apply_profile(&profile));
            applying.await.map_err(|_| "interrupted".to_owned())?.map_err(|error| error.to_string())
        });
        self.state = State::Fetching(Fetching { url: waiting.url, task });
        Done::Starting(text)
    }
}

impl Drop for Resync {
    fn drop(&mut self) {
        if let State::Fetching(fetching) = &self.state {
            fetching.task.abort();
        }
    }
}
