//! Framing on TCP.
