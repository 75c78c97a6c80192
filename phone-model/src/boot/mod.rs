//! The shell of the phone: the only place with sockets, a clock and randomness.
