//! One connection, from its beginning to its end: accepting, reading, writing, closing.

use super::{StreamNews, WRITE_TIME};
use crate::time::Duration;
use crate::ua::{Connection, StreamEvent};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// For a peer to read the last words and close.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// Accepts connections for as long as somebody wants them.
pub(super) async fn accept(listener: TcpListener, told: mpsc::Sender<StreamNews>) {
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

/// How a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the last words of its protocol: under TLS close_notify (RFC 8446 §6.1), then FIN.
    Proper,
    /// Without: a defect.
    Abrupt,
}

/// Reads and writes until either end closes.
pub(super) async fn carry(
    stream: impl AsyncRead + AsyncWrite,
    connection: Connection,
    birth: u64,
    told: &mpsc::Sender<StreamNews>,
    writes: mpsc::Receiver<Vec<u8>>,
    ending: Ending,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
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
    // Closed from our side: nobody listens to this connection any more.
    let ours = tokio::select! {
        () = reading => false,
        wrote = write_all(&mut writer, writes) => wrote.is_ok(),
    };
    if ending == Ending::Proper && finish(&mut writer).await.is_ok() && ours {
        let _ = tokio::time::timeout(CLOSE_TIME, read_to_end(&mut reader)).await;
    }
    // Its port is free again before anybody hears that it is gone.
    drop((reader, writer));
    if !ours {
        let _ = tell(StreamEvent::Closed).await;
    }
}

/// Says that nothing more follows.
pub(super) async fn finish(writer: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    tokio::time::timeout(CLOSE_TIME, writer.shutdown()).await?
}

/// Says that nothing more follows on a stream that came to nothing, and hears the other end out, so that what it was told is not destroyed by
/// a reset.
pub(super) async fn give_up(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    if finish(&mut stream).await.is_ok() {
        let mut rest = [0; 1024];
        let reading = async { while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {} };
        let _ = tokio::time::timeout(CLOSE_TIME, reading).await;
    }
}

/// Writes what comes until no more can come.
async fn write_all<S: AsyncWrite>(writer: &mut WriteHalf<S>, mut writes: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    while let Some(bytes) = writes.recv().await {
        let writing = async {
            writer.write_all(&bytes).await?;
            // Under TLS what is written may wait for more otherwise.
            writer.flush().await
        };
        tokio::time::timeout(WRITE_TIME, writing).await??;
    }
    Ok(())
}

/// Closing with octets unread would reset the connection and could destroy our last words on their way.
async fn read_to_end<S: AsyncRead>(reader: &mut ReadHalf<S>) {
    let mut rest = [0; 1024];
    while reader.read(&mut rest).await.is_ok_and(|length| length > 0) {}
}
