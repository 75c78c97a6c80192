//! What a series of nonces gives away.
