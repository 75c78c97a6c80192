//! The software phone and servers that are not ours: its leases come from the distribution's `dnsmasq` and Kea, its router is `radvd` or
//! `dnsmasq`; it calls through Kamailio and talks to baresip, and looks people up in `slapd`. What is claimed is claimed from packets on the
//! phone's cable; that a value is in use, also from the phone's own status page. And programs that are not ours at our servers.
//!
//! A server that is not installed is skipped by name. What these servers do that we had not expected stands in `docs/peers.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod baresip;
mod calls;
mod daemon;
mod ipv4;
mod ipv6;
mod kamailio;
mod lookups;
mod phone;
mod place;
mod served;
mod slapd;

use bench::trial;
use std::process::ExitCode;

fn main() -> ExitCode {
    trial::run(&[ipv4::TRIALS, ipv6::TRIALS, calls::TRIALS, lookups::TRIALS, served::TRIALS].concat())
}
