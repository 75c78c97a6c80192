//! Media: SDP offers and answers, RTP packets, G.711. One decision: a call has one audio stream, G.711 both ways, and every other
//! stream that is offered is refused in its place (RFC 3264 §6).

pub mod g711;
pub mod negotiation;
pub mod rtp;
pub mod sdp;
pub mod session;

pub use negotiation::{Local, NotAcceptable, Stream};
pub use sdp::{Description, Direction};
pub use session::MediaSession;
