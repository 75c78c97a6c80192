//! SIP on the wire and in transactions: codec, framing, the four transaction machines, digest. Knows nothing of calls.
