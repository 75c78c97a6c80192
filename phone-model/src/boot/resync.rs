//! Fetching what the rules name and putting it into the flash, one file after the other, when no line is in use (phone-facts §3.7). When that is
//! done is decided by [`super::schedule`] and by those who ask; where the files are, by [`super::discovery`].

use super::clock::Clock;
use super::log::Log;
use super::provisioning::{Client, Located, Login, Target};
use super::rule::Macros;
use crate::settings::{Applied, Settings, Store};
use crate::state::Board;
use crate::time::{Duration, Instant};
use hyper::body::Bytes;
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How often it is seen whether the lines have become idle.
const IDLE_INTERVAL: Duration = Duration::from_millis(200);

/// What came of it. The texts are the syslog lines of phone-facts §3.6.
#[derive(Debug)]
pub(super) enum Done {
    /// A request goes out now.
    Starting(String),
    /// The profile is in the flash; what changed is still to be put into force.
    Applied {
        /// For the log and the page.
        text: String,
        /// What it changed.
        applied: Applied,
    },
    /// The authority is in the flash.
    Installed {
        /// For the log.
        text: String,
        /// Its name.
        name: String,
    },
    /// Nothing changed.
    Failed {
        /// For the log and the page.
        text: String,
        /// What was to be fetched.
        kind: Kind,
    },
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A flat profile.
    Profile,
    /// A certificate authority.
    Authority,
}

/// One file to fetch.
#[derive(Debug)]
pub(super) struct Job {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it may be, in order.
    pub(super) urls: Vec<String>,
    /// For servers that ask.
    pub(super) login: Option<Login>,
}

/// Files to fetch, and how to tell of it.
pub(super) struct Order {
    /// The files.
    pub(super) jobs: VecDeque<Job>,
    /// Who fetches.
    pub(super) client: Client,
    /// Not before.
    pub(super) start: Instant,
    /// Then even if a line is in use.
    pub(super) latest: Instant,
    /// What the lines are made from.
    pub(super) lines: Lines,
    /// `Resync_Fails_On_FNF`.
    pub(super) fails_on_missing: bool,
}

/// `Log_Request_Msg`, `Log_Success_Msg`, `Log_Failure_Msg` and their macros. An empty one writes no line.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    macros: Macros,
    request: String,
    success: String,
    failure: String,
}

impl Lines {
    /// As the settings want them.
    pub(super) fn of(settings: &Settings, macros: Macros) -> Self {
        let text = |name: &str| settings.text(name).to_owned();
        Lines {
            macros,
            request: text("Log_Request_Msg"),
            success: text("Log_Success_Msg"),
            failure: text("Log_Failure_Msg"),
        }
    }

    /// The line of a failure without a server.
    pub(super) fn failed(&self, error: &str) -> String {
        self.macros.with_error(error).expand(&self.failure)
    }

    fn about(&self, target: &Target, located: Option<&Located>) -> Self {
        let macros = self.macros.with_target(target, located.map(|located| located.address.ip()));
        Lines { macros, ..self.clone() }
    }
}

/// The resync of a phone.
pub(super) struct Resync {
    store: Store,
    state: State,
    /// Whether the order that ended last failed, until somebody asks.
    over: Option<bool>,
}

enum State {
    Idle,
    Waiting(Waiting),
    Fetching(Fetching),
}

struct Waiting {
    order: Order,
    failed: bool,
}

struct Fetching {
    task: JoinHandle<Done>,
    started: mpsc::UnboundedReceiver<String>,
    rest: Waiting,
}

impl Resync {
    /// The resync of this phone.
    pub(super) fn new(store: Store) -> Self {
        Resync { store, state: State::Idle, over: None }
    }

    /// Takes an order, unless one is under way.
    pub(super) fn ask(&mut self, order: Order, log: &Log) {
        match &self.state {
            State::Waiting(_) | State::Fetching(_) => log.notice("a resync is under way"),
            State::Idle => self.state = State::Waiting(Waiting { order, failed: false }),
        }
    }

    /// Whether the order that has just ended failed; told once.
    pub(super) fn over(&mut self) -> Option<bool> {
        self.over.take()
    }

    /// Waits for the next thing to tell; for ever when nothing was asked. May be dropped and called again at any time.
    pub(super) async fn next(&mut self, clock: &Clock, board: &Board) -> Done {
        match &mut self.state {
            State::Idle => return std::future::pending().await,
            State::Waiting(waiting) => {
                let mut at = waiting.order.start;
                loop {
                    clock.until(Some(at)).await;
                    let now = clock.now();
                    if board.snapshot().calls.is_empty() || now >= waiting.order.latest {
                        break;
                    }
                    at = now + IDLE_INTERVAL;
                }
                self.begin();
            }
            State::Fetching(_) => {}
        }
        self.fetched().await
    }

    fn begin(&mut self) {
        let State::Waiting(mut waiting) = std::mem::replace(&mut self.state, State::Idle) else { return };
        let Some(job) = waiting.order.jobs.pop_front() else { return };
        let (told, started) = mpsc::unbounded_channel();
        let fetch = Fetch {
            store: self.store.clone(),
            client: waiting.order.client.clone(),
            lines: waiting.order.lines.clone(),
            fails_on_missing: waiting.order.fails_on_missing,
            told,
        };
        let task = tokio::spawn(fetch.run(job));
        self.state = State::Fetching(Fetching { task, started, rest: waiting });
    }

    async fn fetched(&mut self) -> Done {
        let State::Fetching(fetching) = &mut self.state else { return std::future::pending().await };
        // All that was started is told before how it ended: the sender goes with the task.
        if let Some(text) = fetching.started.recv().await {
            return Done::Starting(text);
        }
        let done = (&mut fetching.task).await;
        let State::Fetching(Fetching { rest: mut waiting, .. }) = std::mem::replace(&mut self.state, State::Idle)
        else {
            return std::future::pending().await;
        };
        let interrupted = || Done::Failed { text: waiting.order.lines.failed("interrupted"), kind: Kind::Profile };
        let done = done.unwrap_or_else(|_| interrupted());
        waiting.failed |= matches!(done, Done::Failed { .. });
        if waiting.order.jobs.is_empty() {
            self.over = Some(waiting.failed);
        } else {
            self.state = State::Waiting(waiting);
        }
        done
    }
}

impl Drop for Resync {
    fn drop(&mut self) {
        if let State::Fetching(fetching) = &self.state {
            fetching.task.abort();
        }
    }
}

/// What one file needs to be fetched.
struct Fetch {
    store: Store,
    client: Client,
    lines: Lines,
    fails_on_missing: bool,
    told: mpsc::UnboundedSender<String>,
}

impl Fetch {
    async fn run(self, job: Job) -> Done {
        let mut failed = self.lines.failed("no provisioning server is known");
        for url in job.urls {
            let target = match Target::parse(&url) {
                Ok(target) => target,
                Err(failure) => {
                    failed = self.lines.failed(&failure.to_string());
                    continue;
                }
            };
            let located = self.client.locate(target.clone()).await;
            let lines = self.lines.about(&target, located.as_ref().ok());
            self.start(&lines);
            let fetched = match located {
                Ok(located) => self.client.get(located, job.login.clone()).await,
                Err(failure) => Err(failure),
            };
            match fetched {
                Ok(bytes) => return self.keep(job.kind, bytes, &lines).await,
                Err(failure) if failure.is_not_found() && !self.fails_on_missing && job.kind == Kind::Profile => {
                    // Nothing new is as good as success (phone-facts §2.2, Resync_Fails_On_FNF).
                    return Done::Applied { text: lines.macros.expand(&lines.success), applied: Applied::default() };
                }
                Err(failure) => {
                    failed = lines.failed(&failure.to_string());
                    // A server that answered has had its say.
                    if !failure.is_silence() {
                        break;
                    }
                }
            }
        }
        Done::Failed { text: failed, kind: job.kind }
    }

    fn start(&self, lines: &Lines) {
        let only_one = self.client.defects.has(crate::defects::Defect::ProvisioningLogsOneLine);
        if !lines.request.is_empty() && !only_one {
            let _ = self.told.send(lines.macros.expand(&lines.request));
        }
    }

    async fn keep(&self, kind: Kind, bytes: Bytes, lines: &Lines) -> Done {
        let success = lines.macros.expand(&lines.success);
        // Keeping it waits for the flash.
        let (store, trust) = (self.store.clone(), self.client.trust.clone());
        let kept = tokio::task::spawn_blocking(move || match kind {
            Kind::Profile => {
                let applied = store.apply_profile(&bytes).map_err(|error| error.to_string())?;
                Ok(Done::Applied { text: success, applied })
            }
            Kind::Authority => {
                let name = trust.install(&bytes).map_err(str::to_owned)?;
                Ok(Done::Installed { text: success, name })
            }
        });
        let kept: Result<Done, String> = kept.await.unwrap_or_else(|_| Err("interrupted".into()));
        kept.unwrap_or_else(|error| Done::Failed { text: lines.failed(&error), kind })
    }
}

#[cfg(test)]
mod tests;
