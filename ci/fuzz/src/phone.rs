//! What the phone reads.

mod addressing;
mod calls;
mod control;
mod directory;
mod provisioning;
mod services;
mod web;

pub use addressing::{dhcp, dhcp6, frames, neighbours};
pub use calls::{agent, digest, rtp, sdp, sip};
pub use control::control;
pub use directory::{directory, ldap};
pub use provisioning::{cwmp, profile};
pub use services::{dns, ntp, tftp};
pub use web::{execute, form, login, request};

use phone_model::defects::Defects;
use phone_model::profile::{Model, Profile, Release, Unknown};
use phone_model::settings::Store;
use std::path::PathBuf;

const MAC: [u8; 6] = [0x02, 0, 0, 0, 0x78, 0x41];

fn a_7841() -> Profile {
    Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() }
}

/// A new flash of this process; in memory where the system has a place for that, since each change waits for it.
fn flash(name: &str) -> Store {
    let memory = PathBuf::from("/dev/shm");
    let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = place.join(format!("offhook-fuzz-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    Store::open(&folder, &a_7841(), Defects::NONE).expect("a folder for the flash")
}
