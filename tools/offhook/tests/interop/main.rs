//! The software phone and servers that are not ours: its leases come from the distribution's `dnsmasq` and Kea, its router is `radvd` or
//! `dnsmasq`. What is claimed is claimed from packets on the phone's cable; that a value is in use, also from the phone's own status page.
//!
//! A server that is not installed is skipped by name. What these servers do that we had not expected stands in `docs/peers.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod daemon;
mod ipv4;
mod ipv6;
mod place;

use bench::trial;
use std::process::ExitCode;

fn main() -> ExitCode {
    trial::run(&[ipv4::TRIALS, ipv6::TRIALS].concat())
}
