//! The phone's time: whom it asks, the sockets of the time client, and the clock that it sets.

use super::clock::{Clock, TimeOfDay};
use super::log::Log;
use super::sockets::{self, Place};
use super::task::Task;
use crate::net::ntp::{Client, Event, Input, NtpServers, Output, Timing, Useless};
use crate::net::syslog::Severity;
use crate::profile::Unknown;
use crate::settings::Settings;
use crate::time::{Duration, Instant};
use crate::ua::{Query, RecordKind};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::sync::mpsc;

const PORT: u16 = 123;
/// Datagrams that wait to be read.
const WAITING: usize = 16;
/// A packet with extension fields and authenticator is not longer; more is not read.
const LONGEST: usize = 512;

/// What the time client wants, or has done.
#[derive(Debug)]
pub(super) enum TimeNews {
    /// Look this up; answer with [`TimeService::resolved`].
    Resolve(Query),
    /// The phone's clock was set.
    Set,
}

/// The time client with its sockets.
#[derive(Debug)]
pub(super) struct TimeService {
    machine: Client,
    clock: Clock,
    place: Place,
    wall: TimeOfDay,
    log: Log,
    dhcp_first: bool,
    exchanges: HashMap<u32, Task>,
    told: mpsc::Sender<(u32, Option<Vec<u8>>)>,
    heard: mpsc::Receiver<(u32, Option<Vec<u8>>)>,
    deadline: Option<Instant>,
    news: VecDeque<TimeNews>,
    servers: Vec<String>,
}

/// Waits, from the profile.
pub(super) fn timing(unknown: &Unknown) -> Timing {
    let millis = Duration::from_millis;
    Timing {
        answer: millis(unknown.ntp_answer_wait_ms),
        retry: millis(unknown.ntp_retry_ms),
        poll: millis(unknown.ntp_poll_ms),
        shortest: millis(unknown.ntp_shortest_wait_ms),
    }
}

impl TimeService {
    /// A client that asks from `place` and sets `wall`.
    pub(super) fn new(
        machine: Client,
        dhcp_first: bool,
        place: Place,
        clock: Clock,
        wall: TimeOfDay,
        log: Log,
    ) -> Self {
        let (told, heard) = mpsc::channel(WAITING);
        TimeService {
            machine,
            clock,
            place,
            wall,
            log,
            dhcp_first,
            exchanges: HashMap::new(),
            told,
            heard,
            deadline: None,
            news: VecDeque::new(),
            servers: Vec::new(),
        }
    }

    /// Asks these from now on. The same ones again change nothing.
    pub(super) fn configure(&mut self, servers: &NtpServers) {
        let servers = servers.in_order(self.dhcp_first);
        if servers != self.servers {
            let names = if servers.is_empty() { "none".into() } else { servers.join(", ") };
            self.log.notice(&format!("NTP {names}"));
            self.input(Input::Servers(&servers));
            self.servers = servers;
        }
    }

    /// Who is asked, in order.
    pub(super) fn servers(&self) -> &[String] {
        &self.servers
    }

    /// A look-up ended.
    pub(super) fn resolved(&mut self, name: &str, addresses: &[IpAddr]) {
        self.input(Input::Resolved { name, addresses });
    }

    /// Runs until there is news. May be dropped and called again at any time.
    pub(super) async fn next(&mut self) -> TimeNews {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            tokio::select! {
                () = self.clock.until(self.deadline) => self.input(Input::Wake),
                Some((exchange, message)) = self.heard.recv() => match message {
                    Some(message) => self.input(Input::Reply { exchange, message: &message }),
                    None => self.input(Input::Unreachable { exchange }),
                },
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.machine.handle(input, self.clock.now());
        loop {
            match self.machine.poll() {
                Output::Resolve(name) => {
                    let kind = if self.place.address.is_ipv4() { RecordKind::A } else { RecordKind::Aaaa };
                    self.news.push_back(TimeNews::Resolve(Query { name, kind }));
                }
                Output::Ask { exchange, server, message } => {
                    let (place, told) = (self.place.clone(), self.told.clone());
                    let task = Task::spawn(async move {
                        if ask(&place, SocketAddr::new(server, PORT), &message, exchange, &told).await.is_err() {
                            let _ = told.send((exchange, None)).await;
                        }
                    });
                    self.exchanges.insert(exchange, task);
                }
                Output::Forget { exchange } => drop(self.exchanges.remove(&exchange)),
                Output::Event(event) => self.event(event),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Told { server, time, at } => {
                let step = self.wall.set(time.unix_micros(), self.clock.now().since(at));
                // A cast to float serves the log only.
                let seconds = step as f64 / 1e6;
                self.log.notice(&format!("time set by {server}, clock was off by {seconds:+.3} s"));
                self.news.push_back(TimeNews::Set);
            }
            Event::Useless { server, why } => {
                self.log.write(Severity::Warning, &format!("NTP {server} {}", useless_text(why)));
            }
        }
    }
}

/// The time servers that settings name, beside those of the network.
pub(super) fn manual(settings: &Settings) -> Vec<String> {
    ["Primary_NTP_Server", "Secondary_NTP_Server"].iter().map(|name| settings.text(name).trim().to_owned()).collect()
}

/// Asks from a port of its own (RFC 9109) and hands on whatever the server answers.
async fn ask(
    place: &Place,
    server: SocketAddr,
    message: &[u8],
    exchange: u32,
    told: &mpsc::Sender<(u32, Option<Vec<u8>>)>,
) -> io::Result<()> {
    // A server of DHCPv6 is asked from the IPv6 address, whichever SIP uses.
    let socket = sockets::udp_toward(place, server.ip(), 0)?;
    // A connected socket hears the server only (RFC 4330 §5(1) and (2)), and hears of its absence.
    socket.connect(server).await?;
    socket.send(message).await?;
    let mut buffer = [0; LONGEST];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let reply = buffer.get(..length).unwrap_or_default().to_vec();
        if told.send((exchange, Some(reply))).await.is_err() {
            return Ok(());
        }
    }
}

const fn useless_text(why: Useless) -> &'static str {
    match why {
        Useless::NoAddress => "has no address",
        Useless::Mute => "does not answer",
        Useless::Unsynchronised => "does not know the time",
        Useless::Forbidden => "forbids to be asked, and is not asked again",
        Useless::TooOften => "wants to be asked less often",
    }
}
