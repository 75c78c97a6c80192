//! The client of the corporate directory: LDAP version 3 (RFC 4511), one session for each lookup. A sans-IO machine: [`Lookup`].
//!
//! The scheme of the field `Server` alone decides whether the session is under TLS (the document, "Configure LDAP over TLS"); a session that was to
//! be under TLS is never continued or repeated in clear. Referrals are not followed, neither with credentials nor without.
//!
//! | module | what |
//! |---|---|
//! | `ber` | BER with bounds |
//! | [`filter`] | filters, and the templates of the settings |
//! | `message` | requests and responses |
//! | `digest_md5` | DIGEST-MD5 (RFC 2831) |
//! | [`server`] | the field `Server` |
//! | [`lookup`] | connecting, binding, searching |
//! | [`failure`] | what went wrong, in the words of the screen |

mod ber;
mod digest_md5;
pub mod failure;
pub mod filter;
pub mod lookup;
mod message;
pub mod server;

pub use failure::{Failure, Fault};
pub use lookup::{Auth, End, Found, Input, Lookup, Output, Patience, Plan};
pub use message::Entry;
