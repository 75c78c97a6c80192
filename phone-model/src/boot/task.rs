//! A task that ends with whoever started it.

use std::future::Future;
use tokio::task::JoinHandle;

/// Dropping it ends the task.
#[derive(Debug)]
pub(super) struct Task(Option<JoinHandle<()>>);

impl Task {
    /// Starts a task.
    pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Task(Some(tokio::spawn(work)))
    }

    /// Lets it run on by itself.
    pub(super) fn detach(mut self) {
        self.0 = None;
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }
}
