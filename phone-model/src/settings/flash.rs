//! The flash: one file in a folder, replaced as a whole. At any moment in which power may be lost, the folder holds a complete copy of
//! either the old content or the new one.
//!
//! | step | what is on disk if power is lost after it |
//! |---|---|
//! | write `settings.new`, fsync it | `settings` as before; the half or whole new file is ignored |
//! | unlink `settings.previous`, link it to `settings` | `settings` as before |
//! | rename `settings.new` to `settings` | old or new, each complete |
//! | fsync the folder | new |
//!
//! Each file carries its length and SHA-256, so that damage is noticed; then the previous copy serves.

use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

const CURRENT: &str = "settings";
const PREVIOUS: &str = "settings.previous";
const NEW: &str = "settings.new";
const MAGIC: &str = "offhook-flash-1";
/// More than any catalogue can fill; a larger file is damage.
const LARGEST: u64 = 16 << 20;

/// The disk operations that the flash needs; tests put a disk here that loses power.
pub(super) trait Medium: Send {
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>>;
    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;
    fn sync(&mut self, name: &str) -> io::Result<()>;
    fn link(&mut self, from: &str, to: &str) -> io::Result<()>;
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&mut self, name: &str) -> io::Result<()>;
    fn sync_folder(&mut self) -> io::Result<()>;
}

/// What was found at power-on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Loaded {
    /// A new phone.
    Empty,
    /// The last content that was kept.
    Current(Vec<u8>),
    /// The current copy was damaged; this is the one before.
    Previous(Vec<u8>),
    /// Both copies are damaged.
    Lost,
}

/// The content of the flash.
pub(super) fn load(medium: &mut dyn Medium) -> io::Result<Loaded> {
    let current = medium.read(CURRENT)?;
    if let Some(content) = current.as_deref().and_then(unframe) {
        return Ok(Loaded::Current(content.to_vec()));
    }
    let previous = medium.read(PREVIOUS)?;
    match (previous.as_deref().and_then(unframe), current) {
        (Some(content), _) => Ok(Loaded::Previous(content.to_vec())),
        (None, None) if previous.is_none() => Ok(Loaded::Empty),
        (None, _) => Ok(Loaded::Lost),
    }
}

/// Replaces the content. When this returns, the new content survives power loss; when it fails, the old one does.
pub(super) fn save(medium: &mut dyn Medium, content: &[u8]) -> io::Result<()> {
    medium.write(NEW, &frame(content))?;
    medium.sync(NEW)?;
    // Only a good copy may become the previous one, or damage would spread.
    if medium.read(CURRENT)?.as_deref().is_some_and(|current| unframe(current).is_some()) {
        medium.remove(PREVIOUS)?;
        medium.link(CURRENT, PREVIOUS)?;
    }
    medium.rename(NEW, CURRENT)?;
    medium.sync_folder()
}

fn frame(content: &[u8]) -> Vec<u8> {
    let mut framed = format!("{MAGIC} {} {}\n", content.len(), hex::encode(Sha256::digest(content))).into_bytes();
    framed.extend_from_slice(content);
    framed
}

fn unframe(framed: &[u8]) -> Option<&[u8]> {
    let end = framed.iter().position(|b| *b == b'\n')?;
    let (head, content) = (framed.get(..end)?, framed.get(end + 1..)?);
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    let good = words.next() == Some(MAGIC)
        && words.next()?.parse() == Ok(content.len())
        && words.next()? == hex::encode(Sha256::digest(content))
        && words.next().is_none();
    good.then_some(content)
}

/// A folder of the host.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Medium for Folder {
    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.0.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // There are passwords in it.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600).open(self.0.join(name))?.write_all(bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        File::open(self.0.join(name))?.sync_all()
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::hard_link(self.0.join(from), self.0.join(to))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

#[cfg(test)]
mod tests;
