//! The sockets of the user agent: it says what to send, bind, open and close; here is only the carrying.

use super::clock::Clock;
use super::inbox::{self, Inbox, Inlet};
use super::log::Log;
use super::sockets::{self, Place};
use super::streams::{Security, StreamNews, Streams};
use super::task::Task;
use crate::net::syslog;
use crate::state::RebootReason;
use crate::time::{Duration, Instant};
use crate::ua::{Input, Listener, Output, Query, Severity, UserAgent};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::net::UdpSocket;

/// Shortest time between two lines about dropped datagrams.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(1);

/// What the user agent wants of the rest of the phone.
#[derive(Debug)]
pub(super) enum Wish {
    /// A look-up; answer with [`Input::Resolved`].
    Resolve(Query),
    /// A restart.
    Reboot(RebootReason),
    /// A profile.
    Resync(Option<String>),
    /// A request of it had no response in time.
    Unanswered,
    /// It has unregistered.
    Stopped,
}

/// The user agent and its sockets.
#[derive(Debug)]
pub(super) struct Agent {
    machine: UserAgent,
    clock: Clock,
    place: Place,
    log: Log,
    ports: HashMap<u16, Port>,
    streams: Streams,
    inlet: Inlet,
    inbox: Inbox,
    deadline: Option<Instant>,
    wishes: VecDeque<Wish>,
    complained: Option<Instant>,
}

#[derive(Debug)]
struct Port {
    socket: Arc<UdpSocket>,
    _reader: Task,
}

impl Agent {
    /// Gives the user agent sockets at `place`.
    pub(super) fn new(machine: UserAgent, place: Place, security: Security, clock: Clock, log: Log) -> Self {
        let (inlet, inbox) = inbox::inbox();
        let mut agent = Agent {
            machine,
            clock,
            streams: Streams::new(place.clone(), security),
            place,
            log,
            ports: HashMap::new(),
            inlet,
            inbox,
            deadline: None,
            wishes: VecDeque::new(),
            complained: None,
        };
        agent.carry_out();
        agent
    }

    /// Hands an input to the user agent and carries out what follows.
    pub(super) fn input(&mut self, input: Input) {
        if let Input::Settings(settings) = &input {
            self.streams.configure(settings.clone());
        }
        self.machine.handle(input, self.clock.now());
        self.carry_out();
    }

    /// Runs until the user agent wants something of the rest of the phone. May be dropped and called again at any time.
    pub(super) async fn next(&mut self) -> Wish {
        loop {
            if let Some(wish) = self.wishes.pop_front() {
                return wish;
            }
            // Timers first, then what is rare; a flood of datagrams comes last and never keeps the others waiting.
            tokio::select! {
                biased;
                () = self.clock.until(self.deadline) => self.input(Input::Wake),
                news = self.streams.next() => self.stream(news),
                datagram = self.inbox.next() => {
                    self.input(datagram);
                    self.complain();
                }
            }
        }
    }

    fn stream(&mut self, news: StreamNews) {
        if let Some((connection, event)) = self.streams.take(news) {
            self.input(Input::Stream { connection, event });
        }
    }

    fn carry_out(&mut self) {
        loop {
            match self.machine.poll() {
                Output::Send { local_port, to, bytes } => self.send(local_port, to, &bytes),
                Output::Connect { connection, local_port, to, secured } => {
                    self.streams.connect(connection, local_port, to, secured);
                }
                Output::Write { connection, bytes } => self.streams.write(connection, bytes),
                Output::Close { connection } => self.streams.close(connection),
                Output::Listen { listener: Listener::Udp, port } => self.listen_udp(port),
                Output::Listen { listener: Listener::Tcp, port } => {
                    if let Err(error) = self.streams.listen(port) {
                        self.log.write(syslog::Severity::Error, &format!("TCP port {port}: {error}"));
                    }
                }
                Output::Unlisten { listener: Listener::Udp, port } => drop(self.ports.remove(&port)),
                Output::Unlisten { listener: Listener::Tcp, port } => self.streams.unlisten(port),
                Output::Resolve(query) => self.wishes.push_back(Wish::Resolve(query)),
                Output::Log(severity, text) => self.log.write(level(severity), &text),
                Output::Reboot(reason) => self.wishes.push_back(Wish::Reboot(reason)),
                Output::Resync(url) => self.wishes.push_back(Wish::Resync(url)),
                Output::Unanswered => self.wishes.push_back(Wish::Unanswered),
                Output::Report => self.log.notice("report asked for; no report rule is served yet"),
                Output::Stopped => self.wishes.push_back(Wish::Stopped),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn send(&self, local_port: u16, to: std::net::SocketAddr, bytes: &[u8]) {
        let sent = match self.ports.get(&local_port) {
            Some(port) => sockets::send(&port.socket, bytes, to),
            None => Err(std::io::ErrorKind::NotConnected.into()),
        };
        if let Err(error) = sent {
            // UDP promises nothing; who needs an answer sends again.
            self.log.write(syslog::Severity::Debug, &format!("UDP {local_port} to {to}: {error}"));
        }
    }

    fn listen_udp(&mut self, number: u16) {
        match sockets::udp(&self.place, number) {
            Ok(socket) => {
                let socket = Arc::new(socket);
                let reader = Task::spawn(read(socket.clone(), number, self.inlet.clone()));
                self.ports.insert(number, Port { socket, _reader: reader });
            }
            Err(error) => self.log.write(syslog::Severity::Error, &format!("UDP port {number}: {error}")),
        }
    }

    fn complain(&mut self) {
        let now = self.clock.now();
        if self.complained.is_some_and(|last| now.since(last) < COMPLAINT_INTERVAL) {
            return;
        }
        let dropped = self.inbox.dropped();
        if dropped > 0 {
            self.complained = Some(now);
            self.log.write(syslog::Severity::Warning, &format!("{dropped} datagrams dropped, they come too fast"));
        }
    }
}

/// Reads a port for as long as it is bound.
async fn read(socket: Arc<UdpSocket>, local_port: u16, inlet: Inlet) {
    let mut buffer = vec![0; 65_536];
    loop {
        // An error here tells of an earlier send that found nobody.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        if !inlet.put(local_port, from, buffer.get(..length).unwrap_or_default()) {
            return;
        }
    }
}

fn level(severity: Severity) -> syslog::Severity {
    match severity {
        Severity::Error => syslog::Severity::Error,
        Severity::Notice => syslog::Severity::Notice,
        Severity::Debug => syslog::Severity::Debug,
    }
}
