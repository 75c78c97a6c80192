//! Datagrams on their way to the user agent. Bounded in number and octets, and no single source may take more than half of either, so that a
//! flood from one address leaves room for the others. What does not fit is dropped and counted.

use crate::ua::Input;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Datagrams that wait.
const MOST: usize = 2048;
/// Their octets.
const MOST_OCTETS: usize = 8 << 20;

/// The end that sockets put datagrams into.
#[derive(Debug, Clone)]
pub(super) struct Inlet {
    sender: mpsc::Sender<Datagram>,
    load: Arc<Mutex<Load>>,
}

/// The end that the user agent is fed from.
#[derive(Debug)]
pub(super) struct Inbox {
    receiver: mpsc::Receiver<Datagram>,
    load: Arc<Mutex<Load>>,
}

#[derive(Debug)]
struct Datagram {
    local_port: u16,
    from: SocketAddr,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Load {
    octets: usize,
    /// Number and octets by source. Sources leave when nothing of them waits, so there are never more than datagrams.
    of: HashMap<IpAddr, (usize, usize)>,
    dropped: u64,
}

/// Both ends.
pub(super) fn inbox() -> (Inlet, Inbox) {
    let (sender, receiver) = mpsc::channel(MOST);
    let load = Arc::new(Mutex::new(Load::default()));
    (Inlet { sender, load: load.clone() }, Inbox { receiver, load })
}

impl Inlet {
    /// Puts a datagram in if there is room; false when nobody takes datagrams out any more.
    pub(super) fn put(&self, local_port: u16, from: SocketAddr, bytes: &[u8]) -> bool {
        let mut load = lock(&self.load);
        let (count, octets) = load.of.get(&from.ip()).copied().unwrap_or_default();
        let too_much =
            count >= MOST / 2 || octets + bytes.len() > MOST_OCTETS / 2 || load.octets + bytes.len() > MOST_OCTETS;
        if too_much {
            load.dropped += 1;
            return true;
        }
        match self.sender.try_send(Datagram { local_port, from, bytes: bytes.to_vec() }) {
            Ok(()) => {
                load.octets += bytes.len();
                load.of.insert(from.ip(), (count + 1, octets + bytes.len()));
                true
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                load.dropped += 1;
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl Inbox {
    /// Waits for a datagram. May be dropped and called again at any time.
    pub(super) async fn next(&mut self) -> Input {
        let Some(Datagram { local_port, from, bytes }) = self.receiver.recv().await else {
            // The agent keeps an inlet, so the channel never closes.
            return std::future::pending().await;
        };
        let mut load = lock(&self.load);
        load.octets = load.octets.saturating_sub(bytes.len());
        if let Some((count, octets)) = load.of.get_mut(&from.ip()) {
            *count = count.saturating_sub(1);
            *octets = octets.saturating_sub(bytes.len());
            if *count == 0 {
                load.of.remove(&from.ip());
            }
        }
        Input::Datagram { local_port, from, bytes }
    }

    /// How many were dropped since this was last asked.
    pub(super) fn dropped(&self) -> u64 {
        std::mem::take(&mut lock(&self.load).dropped)
    }
}

fn lock(load: &Mutex<Load>) -> MutexGuard<'_, Load> {
    load.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOD: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 20)), 5060);
    const LISTED: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10)), 5060);

    async fn sources(inbox: &mut Inbox, count: usize) -> Vec<SocketAddr> {
        let mut sources = Vec::new();
        while sources.len() < count {
            if let Input::Datagram { from, .. } = inbox.next().await {
                sources.push(from);
            }
        }
        sources
    }

    #[tokio::test]
    async fn a_flood_from_one_address_leaves_room_for_another() {
        let (inlet, mut inbox) = inbox();
        for _ in 0..5_000 {
            assert!(inlet.put(5060, FLOOD, b"INVITE"));
        }
        assert!(inlet.put(5060, LISTED, b"OPTIONS"));
        assert_eq!(sources(&mut inbox, MOST / 2 + 1).await.last(), Some(&LISTED));
        assert_eq!((inbox.dropped(), inbox.dropped()), (5_000 - MOST as u64 / 2, 0));
        // What was taken out makes room again, and nothing of the sources is remembered.
        assert!(lock(&inbox.load).of.is_empty());
        assert!(inlet.put(5060, FLOOD, b"INVITE"));
        assert_eq!(sources(&mut inbox, 1).await, [FLOOD]);
    }

    #[tokio::test]
    async fn large_datagrams_are_bounded_by_their_octets() {
        let (inlet, inbox) = inbox();
        for n in 0..200 {
            let from = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, n)), 5060);
            inlet.put(5060, from, &[0; 65_000]);
        }
        assert!(lock(&inbox.load).octets <= MOST_OCTETS);
        assert_eq!(inbox.dropped(), 200 - MOST_OCTETS as u64 / 65_000);
        drop(inbox);
        assert!(!inlet.put(5060, LISTED, b"x"));
    }
}
