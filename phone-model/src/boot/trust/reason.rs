//! Why there is no TLS with a server, in words for the log and the status page.

use rustls::{CertificateError as Wrong, Error};

/// What went wrong with a TLS server. What it said itself (an alert) is told as that.
pub(in crate::boot) fn reason(error: &std::io::Error) -> &'static str {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(wrong)) => match wrong {
            Wrong::Expired | Wrong::ExpiredContext { .. } => "certificate of the server has expired",
            Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => "certificate of the server is not valid yet",
            Wrong::UnknownIssuer => "certificate of the server is of an unknown authority",
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => {
                "certificate of the server is for another name"
            }
            Wrong::Revoked => "certificate of the server has been revoked",
            Wrong::InvalidPurpose | Wrong::InvalidPurposeContext { .. } => {
                "certificate of the server is not meant for servers"
            }
            _ => "certificate of the server is not good",
        },
        Some(Error::AlertReceived(_)) => "the server refused TLS",
        Some(_) | None => "TLS handshake failed",
    }
}
