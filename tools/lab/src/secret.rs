//! Passwords: where they come from, and how they are kept out of logs.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde::Deserialize;

/// A password. It shows itself nowhere: no `Display`, no serialisation, and `Debug` prints stars.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a password.
    pub fn new(password: impl Into<String>) -> Self {
        Secret(password.into())
    }

    /// The password, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Where a password is found. Never in the inventory itself and never on a command line, which everybody on the machine
/// can read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SecretSource {
    /// The first line of a file that only its owner may read.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
}

/// Why a password was not found. Never says anything of the password.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("password file {path}: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others may read the file.
    #[error("password file {path} has mode {mode:03o}, so others can read it: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The variable is not set, or is no text.
    #[error("environment variable {0} holds no password")]
    Unset(String),
    /// There is nothing in it.
    #[error("the password is empty")]
    Empty,
}

impl SecretSource {
    /// Fetches the password.
    ///
    /// # Errors
    /// When it is missing, empty, or lies open to others.
    pub fn fetch(&self) -> Result<Secret, SecretError> {
        let text = match self {
            SecretSource::File(path) => {
                let unreadable = |error| SecretError::Unreadable { path: path.clone(), error };
                let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(SecretError::Exposed { path: path.clone(), mode });
                }
                std::fs::read_to_string(path).map_err(unreadable)?
            }
            SecretSource::Environment(name) => std::env::var(name).map_err(|_| SecretError::Unset(name.clone()))?,
        };
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() { Err(SecretError::Empty) } else { Ok(Secret::new(line)) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_does_not_show_itself() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }

    #[test]
    fn a_password_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "hunter2\n").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        let message = SecretSource::File(path.clone()).fetch().unwrap_err().to_string();
        assert!(message.contains("mode 644") && !message.contains("hunter2"), "{message}");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(SecretSource::File(path).fetch().unwrap().reveal(), "hunter2");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let message = SecretSource::Environment("OFFHOOK_NO_SUCH_VARIABLE".into()).fetch().unwrap_err().to_string();
        assert_eq!(message, "environment variable OFFHOOK_NO_SUCH_VARIABLE holds no password");
    }
}
