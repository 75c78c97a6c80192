//! Facts for people, and for machines: ladder, summary, leases, TLS connections, LDAP dialogues, messages, the flow of one call, JSON.

mod event;
mod json;
mod ladder;
mod ldap;
mod leases;
mod messages;
mod names;
mod summary;
mod tls;

pub use json::json;
pub use ladder::{ladder, sip_flow};
pub use ldap::ldap;
pub use leases::leases;
pub use messages::messages;
pub use names::Names;
pub use summary::summary;
pub use tls::tls;

/// Nanoseconds as seconds with six decimals, cut, not rounded, as tshark shows them.
fn seconds(nanoseconds: u64) -> String {
    format!("{}.{:06}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000 / 1_000)
}
