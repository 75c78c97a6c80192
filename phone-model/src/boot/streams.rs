//! Connections of the user agent, in clear or under TLS: one task each, which reads, writes and ends with it.

mod carry;
mod hello;
mod secure;

pub(super) use secure::Security;

use super::sockets::{self, Place};
use super::task::Task;
use crate::settings::Settings;
use crate::time::Duration;
use crate::ua::{Connection, NotConnected, Secured, StreamEvent};
use carry::{Ending, accept, carry};
use secure::Attempt;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Accepted connections at one time; one more is closed at once.
const MOST_ACCEPTED: usize = 64;
/// Messages that wait for a peer that does not read; with one more, the connection is given up.
const MOST_UNWRITTEN: usize = 256;
/// News that wait for the user agent; a peer that sends faster is slowed down by TCP.
const WAITING: usize = 64;
/// For a connection to come up, and again for TLS to be agreed on.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// For a peer to read one message.
const WRITE_TIME: Duration = Duration::from_secs(30);

/// News from a connection or a listening port.
#[derive(Debug)]
pub(super) enum StreamNews {
    /// Somebody connected.
    Accepted(TcpStream, SocketAddr),
    /// Something happened on the connection of this name and birth.
    Event(Connection, u64, StreamEvent),
}

/// All connections and listening ports.
#[derive(Debug)]
pub(super) struct Streams {
    place: Place,
    security: Security,
    listeners: HashMap<u16, Task>,
    open: HashMap<Connection, Open>,
    /// Names are used again; births are not.
    births: u64,
    accepted: u32,
    told: mpsc::Sender<StreamNews>,
    heard: mpsc::Receiver<StreamNews>,
}

#[derive(Debug)]
struct Open {
    birth: u64,
    writes: mpsc::Sender<Vec<u8>>,
    task: Task,
    /// Whether it has come up.
    up: bool,
}

impl Streams {
    /// No connection yet.
    pub(super) fn new(place: Place, security: Security) -> Self {
        let (told, heard) = mpsc::channel(WAITING);
        Streams {
            place,
            security,
            listeners: HashMap::new(),
            open: HashMap::new(),
            births: 0,
            accepted: 0,
            told,
            heard,
        }
    }

    /// Obeys changed settings with the next connection.
    pub(super) fn configure(&mut self, settings: Settings) {
        self.security.settings = settings;
    }

    /// Waits for news.
    pub(super) async fn next(&mut self) -> StreamNews {
        match self.heard.recv().await {
            Some(news) => news,
            // The sender lives in here, so the channel never closes.
            None => std::future::pending().await,
        }
    }

    /// What the news means for the user agent; nothing when it is about a connection that it has closed.
    pub(super) fn take(&mut self, news: StreamNews) -> Option<(Connection, StreamEvent)> {
        match news {
            StreamNews::Accepted(stream, peer) => {
                let incoming = self.open.keys().filter(|name| matches!(name, Connection::Incoming(_))).count();
                let local = stream.local_addr().ok()?;
                if incoming >= MOST_ACCEPTED {
                    return None;
                }
                let _ = stream.set_nodelay(true);
                self.accepted = self.accepted.wrapping_add(1);
                let connection = Connection::Incoming(self.accepted);
                self.open(connection, |news, birth, writes| async move {
                    carry(stream, connection, birth, &news, writes, Ending::Proper).await;
                });
                Some((connection, StreamEvent::Opened { local, peer }))
            }
            StreamNews::Event(connection, birth, event) => {
                if self.open.get(&connection)?.birth != birth {
                    return None;
                }
                if let Some(open) = self.open.get_mut(&connection) {
                    open.up |= matches!(event, StreamEvent::Opened { .. });
                }
                if matches!(event, StreamEvent::Closed | StreamEvent::Failed(_)) {
                    self.open.remove(&connection);
                }
                Some((connection, event))
            }
        }
    }

    /// Opens a connection; how that went is news.
    pub(super) fn connect(
        &mut self,
        connection: Connection,
        local_port: u16,
        to: SocketAddr,
        secured: Option<Secured>,
    ) {
        let place = self.place.clone();
        if let Some(secured) = secured {
            let (security, attempt) = (self.security.clone(), Attempt { place, local_port, to, secured });
            self.open(connection, move |news, birth, writes| {
                secure::run(security, attempt, connection, birth, news, writes)
            });
            return;
        }
        self.open(connection, move |news, birth, writes| async move {
            let connecting = tokio::time::timeout(CONNECT_TIME, sockets::connect(&place, local_port, to)).await;
            let opened = match connecting {
                Ok(Ok(stream)) => stream.local_addr().and_then(|local| Ok((local, stream.peer_addr()?, stream))),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            match opened {
                Ok((local, peer, stream)) => {
                    let event = StreamEvent::Opened { local, peer };
                    if news.send(StreamNews::Event(connection, birth, event)).await.is_ok() {
                        carry(stream, connection, birth, &news, writes, Ending::Proper).await;
                    }
                }
                Err(error) => {
                    let why = not_connected(&error);
                    let _ = news.send(StreamNews::Event(connection, birth, StreamEvent::Failed(why))).await;
                }
            }
        });
    }

    /// Queues octets for a connection.
    pub(super) fn write(&mut self, connection: Connection, bytes: Vec<u8>) {
        let Some(open) = self.open.get(&connection) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = open.writes.try_send(bytes) {
            // The peer has stopped reading. Its task is ended in place of it, and tells the user agent so.
            let (birth, told) = (open.birth, self.told.clone());
            Task::spawn(async move {
                let _ = told.send(StreamNews::Event(connection, birth, StreamEvent::Closed)).await;
            })
            .detach();
        }
    }

    /// Closes a connection when all is written.
    pub(super) fn close(&mut self, connection: Connection) {
        if let Some(open) = self.open.remove(&connection) {
            // The end of the channel tells the task to close; it bounds its own time. One that has not come up has nothing left to say.
            drop(open.writes);
            if open.up {
                open.task.detach();
            }
        }
    }

    /// Accepts connections on a port.
    pub(super) fn listen(&mut self, port: u16) -> io::Result<()> {
        let listener = sockets::tcp(&self.place, port)?;
        self.listeners.insert(port, Task::spawn(accept(listener, self.told.clone())));
        Ok(())
    }

    /// Accepts no more on a port.
    pub(super) fn unlisten(&mut self, port: u16) {
        self.listeners.remove(&port);
    }

    fn open<W>(
        &mut self,
        connection: Connection,
        work: impl FnOnce(mpsc::Sender<StreamNews>, u64, mpsc::Receiver<Vec<u8>>) -> W,
    ) where
        W: Future<Output = ()> + Send + 'static,
    {
        self.births += 1;
        let (writes, unwritten) = mpsc::channel(MOST_UNWRITTEN);
        let task = Task::spawn(work(self.told.clone(), self.births, unwritten));
        let up = matches!(connection, Connection::Incoming(_));
        self.open.insert(connection, Open { birth: self.births, writes, task, up });
    }
}

/// Why no connection came about.
fn not_connected(error: &io::Error) -> NotConnected {
    match error.kind() {
        // The second is what connect() says when the same two ends met a moment ago.
        io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable => NotConnected::PortInUse,
        _ => NotConnected::Refused,
    }
}

#[cfg(test)]
mod tests;
