//! What goes wrong with a lookup. The texts are what the screen shows, each kind in words of its own.

use super::ber::Malformed;

/// What the shell reports of names, connections and TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The name has no address.
    NoAddress,
    /// No connection came about.
    Unreachable,
    /// The certificate was refused; why.
    Certificate(String),
    /// There is no TLS with this server for another reason; which.
    NoTls(String),
}

/// Why a lookup brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The field `Server` is empty.
    #[error("No directory server is set")]
    NoServer,
    /// A setting cannot be used; its label.
    #[error("Setting cannot be used: {0}")]
    Setting(&'static str),
    /// DIGEST-MD5 needs the name of the server (phone-facts §3.4).
    #[error("DIGEST-MD5 needs a server name, not an address")]
    NeedsName,
    /// The name has no address.
    #[error("Server name not found")]
    NoAddress,
    /// No connection.
    #[error("Cannot connect to the server")]
    Unreachable,
    /// The certificate was refused.
    #[error("Refused: {0}")]
    Certificate(String),
    /// No TLS.
    #[error("No secure connection: {0}")]
    NoTls(String),
    /// StartTLS was refused.
    #[error("Server refuses StartTLS ({0})")]
    StartTls(u32),
    /// invalidCredentials.
    #[error("User name or password is wrong")]
    Credentials,
    /// authMethodNotSupported, inappropriateAuthentication.
    #[error("Server does not take this authentication method")]
    Method,
    /// strongerAuthRequired, confidentialityRequired.
    #[error("Server wants a secure connection or login")]
    Stronger,
    /// The challenge could not be answered; why.
    #[error("Login not possible: {0}")]
    Login(String),
    /// The server did not prove that it knows the password (RFC 2831 §2.1.3).
    #[error("Server could not prove who it is")]
    Unproven,
    /// noSuchObject.
    #[error("Search base not found")]
    NoBase,
    /// insufficientAccessRights.
    #[error("Search is not permitted")]
    NotPermitted,
    /// busy, unavailable.
    #[error("Server is busy, try again later")]
    Busy,
    /// unwillingToPerform.
    #[error("Server is not willing to search")]
    Unwilling,
    /// timeLimitExceeded, adminLimitExceeded, and nothing was found until then.
    #[error("Search took too long for the server")]
    Limit,
    /// referral: not followed.
    #[error("Server refers to another server")]
    Referral,
    /// Any other result code.
    #[error("Server error {0}")]
    Code(u32),
    /// Notice of Disconnection (RFC 4511 §4.4.1).
    #[error("Server ended the session")]
    Disconnected,
    /// The connection ended.
    #[error("Connection to the server lost")]
    Closed,
    /// The server sent what is no LDAP.
    #[error("Server sent {0}")]
    Malformed(#[from] Malformed),
    /// Nothing came in time.
    #[error("Server does not answer")]
    Silent,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        match fault {
            Fault::NoAddress => Failure::NoAddress,
            Fault::Unreachable => Failure::Unreachable,
            Fault::Certificate(why) => Failure::Certificate(why),
            Fault::NoTls(why) => Failure::NoTls(why),
        }
    }
}

impl Failure {
    /// What a result code means (RFC 4511 §4.1.9, appendix A).
    pub(super) const fn of(code: u32) -> Failure {
        match code {
            3 | 11 => Failure::Limit,
            7 | 48 => Failure::Method,
            8 | 13 => Failure::Stronger,
            10 => Failure::Referral,
            32 => Failure::NoBase,
            49 => Failure::Credentials,
            50 => Failure::NotPermitted,
            51 | 52 => Failure::Busy,
            53 => Failure::Unwilling,
            other => Failure::Code(other),
        }
    }
}
