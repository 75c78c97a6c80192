//! A capture from a file, or from its octets, with the keys that it holds and others.

use std::path::Path;

use crate::capture::Capture;
use crate::file::{self, ReadError};

impl Capture {
    /// Read a capture file, to its end or to the first octet that cannot be read (then [`faults`](Self::faults) tells).
    ///
    /// # Errors
    /// When the file cannot be opened or is no capture.
    pub fn read(path: impl AsRef<Path>) -> Result<Capture, ReadError> {
        Capture::read_with_keys(path, "")
    }

    /// The same with lines of a key log, besides those that the file itself holds.
    ///
    /// # Errors
    /// When the file cannot be opened or is no capture.
    pub fn read_with_keys(path: impl AsRef<Path>, keys: &str) -> Result<Capture, ReadError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: path.display().to_string(), source })?;
        Capture::from_bytes_with_keys(&bytes, keys)
    }

    /// A capture from the octets of a file.
    ///
    /// # Errors
    /// When they are no capture.
    pub fn from_bytes(bytes: &[u8]) -> Result<Capture, ReadError> {
        Capture::from_bytes_with_keys(bytes, "")
    }

    /// The same with lines of a key log, besides those that the file itself holds.
    ///
    /// # Errors
    /// When the octets are no capture.
    pub fn from_bytes_with_keys(bytes: &[u8], keys: &str) -> Result<Capture, ReadError> {
        let recording = file::read(bytes)?;
        let mut capture = Capture::new();
        (capture.interfaces, capture.secrets) = (recording.interfaces, recording.secrets);
        for block in &capture.secrets.0 {
            capture.keys.add(&String::from_utf8_lossy(block));
        }
        capture.add_keys(keys);
        for frame in recording.frames {
            let comments = frame.comments;
            capture.push(frame.interface, frame.time_ns, frame.original_len, &frame.data);
            if let Some(kept) = capture.frames.last_mut() {
                kept.comments = comments;
            }
        }
        recording.faults.into_iter().for_each(|fault| capture.faults.keep(fault));
        capture.finish();
        Ok(capture)
    }
}
