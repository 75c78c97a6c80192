//! TCP connections of the user agent: one task each, which reads, writes and ends with it.

use super::sockets::{self, Place};
use super::task::Task;
use crate::time::Duration;
use crate::ua::{Connection, NotConnected, StreamEvent};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Accepted connections at one time; one more is closed at once.
const MOST_ACCEPTED: usize = 64;
/// Messages that wait for a peer that does not read; with one more, the connection is given up.
const MOST_UNWRITTEN: usize = 256;
/// News that wait for the user agent; a peer that sends faster is slowed down by TCP.
const WAITING: usize = 64;
/// For a connection to come up.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// For a peer to read one message.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// For a peer to read the last words and close.
const CLOSE_TIME: Duration = Duration::from_secs(2);

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
}

impl Streams {
    /// No connection yet.
    pub(super) fn new(place: Place) -> Self {
        let (told, heard) = mpsc::channel(WAITING);
        Streams { place, listeners: HashMap::new(), open: HashMap::new(), births: 0, accepted: 0, told, heard }
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
                    carry(stream, connection, birth, &news, writes).await;
                });
                Some((connection, StreamEvent::Opened { local, peer }))
            }
            StreamNews::Event(connection, birth, event) => {
                if self.open.get(&connection)?.birth != birth {
                    return None;
                }
                if matches!(event, StreamEvent::Closed | StreamEvent::Failed(_)) {
                    self.open.remove(&connection);
                }
                Some((connection, event))
            }
        }
    }

    /// Opens a connection; how that went is news.
    pub(super) fn connect(&mut self, connection: Connection, local_port: u16, to: SocketAddr) {
        let place = self.place.clone();
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
                        carry(stream, connection, birth, &news, writes).await;
                    }
                }
                Err(error) => {
                    // The second is what connect() says when the same two ends met a moment ago.
                    let in_use = matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable);
                    let why = if in_use { NotConnected::PortInUse } else { NotConnected::Refused };
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
            // The end of the channel tells the task to close; it bounds its own time.
            drop(open.writes);
            open.task.detach();
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
        self.open.insert(connection, Open { birth: self.births, writes, task });
    }
}

async fn accept(listener: TcpListener, told: mpsc::Sender<StreamNews>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if told.send(StreamNews::Accepted(stream, peer)).await.is_err() {
                    return;
                }
            }
            // Out of descriptors, most likely. The peer keeps waiting; asking again at once would only burn time.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Reads and writes until either end closes.
async fn carry(
    stream: TcpStream,
    connection: Connection,
    birth: u64,
    told: &mpsc::Sender<StreamNews>,
    writes: mpsc::Receiver<Vec<u8>>,
) {
    let (mut reader, writer) = stream.into_split();
    let tell = |event| told.send(StreamNews::Event(connection, birth, event));
    let reading = async {
        let mut buffer = vec![0; 16 << 10];
        loop {
            match reader.read(&mut buffer).await {
                Ok(length) if length > 0 => {
                    let data = buffer.get(..length).unwrap_or_default().to_vec();
                    if tell(StreamEvent::Data(data)).await.is_err() {
                        return;
                    }
                }
                Ok(_) | Err(_) => return,
            }
        }
    };
    tokio::select! {
        () = reading => drop(tell(StreamEvent::Closed).await),
        wrote = write_all(writer, writes) => match wrote {
            // Closed from our side: nobody listens to this connection any more.
            Ok(()) => drop(tokio::time::timeout(CLOSE_TIME, read_to_end(&mut reader)).await),
            Err(_) => drop(tell(StreamEvent::Closed).await),
        },
    }
}

/// Writes what comes, and half-closes when no more can come.
async fn write_all(mut writer: OwnedWriteHalf, mut writes: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    while let Some(bytes) = writes.recv().await {
        tokio::time::timeout(WRITE_TIME, writer.write_all(&bytes)).await??;
    }
    tokio::time::timeout(CLOSE_TIME, writer.shutdown()).await?
}

/// Closing with octets unread would reset the connection and could destroy our last words on their way.
async fn read_to_end(reader: &mut OwnedReadHalf) {
    let mut rest = [0; 1024];
    while reader.read(&mut rest).await.is_ok_and(|length| length > 0) {}
}

#[cfg(test)]
mod tests;
