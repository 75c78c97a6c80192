//! The sockets of the user agent: it says what to send, bind, open and close; here is only the carrying.

use super::clock::Clock;
use super::log::Log;
use super::sockets::{self, Place};
use super::streams::{StreamNews, Streams};
use super::task::Task;
use crate::net::syslog;
use crate::state::RebootReason;
use crate::time::{Duration, Instant};
use crate::ua::{Input, Listener, Output, Query, Severity, UserAgent};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Datagrams that wait for the user agent, and their octets. What comes on top is dropped, as any full buffer does.
const WAITING: usize = 2048;
const WAITING_OCTETS: usize = 8 << 20;
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
    datagrams: mpsc::Receiver<Input>,
    queue: Queue,
    deadline: Option<Instant>,
    wishes: VecDeque<Wish>,
    complained: Option<Instant>,
}

#[derive(Debug)]
struct Port {
    socket: Arc<UdpSocket>,
    _reader: Task,
}

/// The way of datagrams to the user agent.
#[derive(Debug, Clone)]
struct Queue {
    sender: mpsc::Sender<Input>,
    octets: Arc<AtomicUsize>,
    dropped: Arc<AtomicU64>,
}

impl Agent {
    /// Gives the user agent sockets at `place`.
    pub(super) fn new(machine: UserAgent, place: Place, clock: Clock, log: Log) -> Self {
        let (sender, datagrams) = mpsc::channel(WAITING);
        let mut agent = Agent {
            machine,
            clock,
            streams: Streams::new(place.clone()),
            place,
            log,
            ports: HashMap::new(),
            datagrams,
            queue: Queue { sender, octets: Arc::default(), dropped: Arc::default() },
            deadline: None,
            wishes: VecDeque::new(),
            complained: None,
        };
        agent.carry_out();
        agent
    }

    /// Hands an input to the user agent and carries out what follows.
    pub(super) fn input(&mut self, input: Input) {
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
                Some(datagram) = self.datagrams.recv() => {
                    if let Input::Datagram { bytes, .. } = &datagram {
                        self.queue.octets.fetch_sub(bytes.len(), Ordering::Relaxed);
                    }
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
                Output::Connect { connection, local_port, to } => self.streams.connect(connection, local_port, to),
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
                let reader = Task::spawn(read(socket.clone(), number, self.queue.clone()));
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
        let dropped = self.queue.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            self.complained = Some(now);
            self.log.write(syslog::Severity::Warning, &format!("{dropped} datagrams dropped, they come too fast"));
        }
    }
}

/// Reads a port for as long as it is bound.
async fn read(socket: Arc<UdpSocket>, local_port: u16, queue: Queue) {
    let mut buffer = vec![0; 65_536];
    loop {
        // An error here tells of an earlier send that found nobody.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        if queue.octets.load(Ordering::Relaxed) + length > WAITING_OCTETS {
            queue.dropped.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        match queue.sender.try_send(Input::Datagram { local_port, from, bytes }) {
            Ok(()) => _ = queue.octets.fetch_add(length, Ordering::Relaxed),
            Err(mpsc::error::TrySendError::Full(_)) => _ = queue.dropped.fetch_add(1, Ordering::Relaxed),
            Err(mpsc::error::TrySendError::Closed(_)) => return,
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
