//! Defects about what a control server may do: a phone without any ends a connection on which the protocol is broken (RFC 6455 §7.1.7), and one
//! on which nothing comes.

use super::{ControlPhone, Socket};
use crate::control::LONGEST_REQUEST;
use crate::defects::{Defect, Defects};
use crate::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// What a phone with a defect reads: much, and still bounded.
const MUCH: usize = 16 << 20;
/// Longer than anybody waits for a phone.
const FOR_EVER: Duration = Duration::from_secs(1 << 20);

impl ControlPhone {
    /// How long something may take.
    pub(super) fn patience(&self, usual_ms: u64) -> Duration {
        if self.defects.has(Defect::ControlWaitsForEver) { FOR_EVER } else { Duration::from_millis(usual_ms) }
    }

    /// How long a request may be (RFC 6455 §10.4).
    pub(super) fn limits(&self) -> WebSocketConfig {
        let longest = if self.defects.has(Defect::ControlTakesAnyLength) { MUCH } else { LONGEST_REQUEST };
        WebSocketConfig::default().max_message_size(Some(longest)).max_frame_size(Some(longest))
    }
}

/// Whether a defect overlooks what is wrong with a frame.
pub(super) fn overlooks(defects: &Defects, error: &Error) -> bool {
    let overlooking = match error {
        // RFC 6455 §5.1.
        Error::Protocol(ProtocolError::MaskedFrameFromServer) => Defect::ControlTakesMasked,
        // RFC 6455 §5.2.
        Error::Protocol(ProtocolError::NonZeroReservedBits) => Defect::ControlTakesReservedBits,
        // RFC 6455 §8.1.
        Error::Utf8(_) => Defect::ControlTakesNoUtf8,
        _ => return false,
    };
    defects.has(overlooking)
}

/// Goes on behind a wrong frame, as if it had not come. The library, which would not, is begun anew on the same connection.
pub(super) async fn go_on(socket: &mut Socket, limits: WebSocketConfig) {
    let stream = std::mem::replace(socket.get_mut(), Box::new(tokio::io::empty()));
    *socket = WebSocketStream::from_raw_socket(stream, Role::Client, Some(limits)).await;
}
