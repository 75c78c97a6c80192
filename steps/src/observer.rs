//! The live view of a capture: steps wait for facts in it. Nothing is polled: each frame wakes whoever waits.

use evidence::Capture;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// A capture that grows while the scenario runs.
#[derive(Clone)]
pub struct Observer {
    capture: Arc<Mutex<Capture>>,
    frames: watch::Sender<u64>,
}

impl Default for Observer {
    fn default() -> Self {
        Observer { capture: Arc::new(Mutex::new(Capture::new())), frames: watch::Sender::new(0) }
    }
}

impl Observer {
    /// Takes in a frame from the tap.
    pub fn push(&self, interface: u32, time_ns: u64, octets: &[u8]) {
        let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        self.look().push(interface, time_ns, length, octets);
        self.frames.send_modify(|n| *n += 1);
    }

    /// Takes in lines of a key log; what waits for them is read now.
    pub fn add_keys(&self, lines: &str) {
        self.look().add_keys(lines);
        self.frames.send_modify(|n| *n += 1);
    }

    /// The capture as it is now.
    pub fn look(&self) -> MutexGuard<'_, Capture> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `fact` finds what it looks for; `None` when `limit` has passed without it.
    pub async fn until<T>(&self, limit: Duration, mut fact: impl FnMut(&Capture) -> Option<T>) -> Option<T> {
        let mut frames = self.frames.subscribe();
        let wait = async {
            loop {
                frames.borrow_and_update();
                if let Some(found) = fact(&self.look()) {
                    return Some(found);
                }
                if frames.changed().await.is_err() {
                    return None;
                }
            }
        };
        tokio::time::timeout(limit, wait).await.ok().flatten()
    }
}
