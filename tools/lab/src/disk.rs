//! The few operations on files that the change journal is made of, so that tests can cut the power between any two.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// One folder of small files. Nothing that was written is safe from a power cut before it was synced.
pub trait Disk {
    /// The content of a file; `None` when there is none.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;
    /// Creates or empties a file and writes its content.
    ///
    /// # Errors
    /// When it cannot be written.
    fn create(&mut self, name: &str, content: &[u8]) -> io::Result<()>;
    /// Writes at the end of an existing file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn append(&mut self, name: &str, content: &[u8]) -> io::Result<()>;
    /// Makes the content of a file safe.
    ///
    /// # Errors
    /// When the system cannot.
    fn sync(&mut self, name: &str) -> io::Result<()>;
    /// Gives a file another name, in the place of whatever had it.
    ///
    /// # Errors
    /// When the system cannot.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// When it exists and cannot be removed.
    fn remove(&mut self, name: &str) -> io::Result<()>;
    /// Makes creations, renames and removals safe.
    ///
    /// # Errors
    /// When the system cannot.
    fn sync_folder(&mut self) -> io::Result<()>;
}

/// A real folder. Only its owner may read it: configurations hold names and addresses of people.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Uses a folder, and creates it when it is missing.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Folder { path: path.to_path_buf() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Disk for Folder {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path.join(name)) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.path.join(name);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(content)
    }

    fn append(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).open(self.path.join(name))?.write_all(content)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        File::open(self.path.join(name))?.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}
