//! The sockets of the resolver: one of its own for each question, with a port that the kernel chooses at random.

use super::clock::Clock;
use super::sockets::{self, Place};
use super::task::Task;
use crate::net::dns::{Config, Input, Output, Resolver};
use crate::random::Random;
use crate::time::Instant;
use crate::ua::{NotResolved, Query, Records};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

const DNS: u16 = 53;
/// Messages that wait to be read.
const WAITING: usize = 64;

/// An answer.
pub(super) type Answer = Result<Records, NotResolved>;

/// The resolver with its sockets.
#[derive(Debug)]
pub(super) struct Resolving {
    machine: Resolver,
    clock: Clock,
    place: Place,
    questions: HashMap<u32, Task>,
    told: mpsc::Sender<(u32, Option<Vec<u8>>)>,
    heard: mpsc::Receiver<(u32, Option<Vec<u8>>)>,
    deadline: Option<Instant>,
    answers: VecDeque<(Query, Answer)>,
}

impl Resolving {
    /// A resolver that asks from `place`.
    pub(super) fn new(config: Config, random: Random, place: Place, clock: Clock) -> Self {
        let (told, heard) = mpsc::channel(WAITING);
        Resolving {
            machine: Resolver::new(config, random),
            clock,
            place,
            questions: HashMap::new(),
            told,
            heard,
            deadline: None,
            answers: VecDeque::new(),
        }
    }

    /// Asks otherwise from now on.
    pub(super) fn configure(&mut self, config: Config) {
        self.machine.configure(config);
    }

    /// Starts a look-up; its answer comes out of [`Resolving::next`].
    pub(super) fn resolve(&mut self, query: Query) {
        self.input(Input::Resolve(query));
    }

    /// Runs until a look-up ends. May be dropped and called again at any time.
    pub(super) async fn next(&mut self) -> (Query, Answer) {
        loop {
            if let Some(answer) = self.answers.pop_front() {
                return answer;
            }
            tokio::select! {
                () = self.clock.until(self.deadline) => self.input(Input::Wake),
                Some((question, message)) = self.heard.recv() => match message {
                    Some(message) => self.input(Input::Reply { question, message: &message }),
                    None => self.input(Input::Unreachable { question }),
                },
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.machine.handle(input, self.clock.now());
        loop {
            match self.machine.poll() {
                Output::Ask { question, server, stream, message } => {
                    let (place, told) = (self.place.clone(), self.told.clone());
                    let task = Task::spawn(async move {
                        let server = SocketAddr::new(server, DNS);
                        let asked = if stream {
                            by_tcp(&place, server, &message, question, &told).await
                        } else {
                            by_udp(&place, server, &message, question, &told).await
                        };
                        if asked.is_err() {
                            let _ = told.send((question, None)).await;
                        }
                    });
                    self.questions.insert(question, task);
                }
                Output::Forget { question } => drop(self.questions.remove(&question)),
                Output::Answer(query, answer) => self.answers.push_back((query, answer)),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }
}

/// Puts a question and hands on whatever comes from the server, until the resolver has heard enough.
async fn by_udp(
    place: &Place,
    server: SocketAddr,
    message: &[u8],
    question: u32,
    told: &mpsc::Sender<(u32, Option<Vec<u8>>)>,
) -> io::Result<()> {
    let socket = sockets::udp_toward(place, server.ip(), 0)?;
    // A connected socket hears the server only, and hears of its absence.
    socket.connect(server).await?;
    socket.send(message).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let reply = buffer.get(..length).unwrap_or_default().to_vec();
        if told.send((question, Some(reply))).await.is_err() {
            return Ok(());
        }
    }
}

/// The same over TCP, each message behind its length (RFC 7766 §8).
async fn by_tcp(
    place: &Place,
    server: SocketAddr,
    message: &[u8],
    question: u32,
    told: &mpsc::Sender<(u32, Option<Vec<u8>>)>,
) -> io::Result<()> {
    let mut stream = sockets::connect(place, 0, server).await?;
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], message].concat()).await?;
    loop {
        let length = stream.read_u16().await?;
        let mut reply = vec![0; usize::from(length)];
        stream.read_exact(&mut reply).await?;
        if told.send((question, Some(reply))).await.is_err() {
            return Ok(());
        }
    }
}

/// The name servers to ask: those of `DNS_Server_Order`.
pub(super) fn servers(order: &str, manual: &[IpAddr], dhcp: &[IpAddr]) -> Vec<IpAddr> {
    let (first, second): (&[IpAddr], &[IpAddr]) = match order {
        "Manual" => (manual, &[]),
        "DHCP,Manual" => (dhcp, manual),
        // The default, `Manual,DHCP`.
        _ => (manual, dhcp),
    };
    let mut servers: Vec<IpAddr> = Vec::new();
    for server in first.iter().chain(second) {
        if !servers.contains(server) {
            servers.push(*server);
        }
    }
    servers
}
