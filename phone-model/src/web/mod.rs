//! The administration page and everything else that the phone's web server offers: direct action URLs, `/CGI/Execute`, the dumps.
//!
//! # How the shell uses it
//!
//! ```text
//! let phone = WebPhone { profile, store, board, commands, random: random.fork(), unix_time };
//! let server = web::serve(listener, phone, None);   // or a TLS configuration, when Enable_Protocol is Https
//! …
//! server.stop().await;    // Enable_Web_Server is No, or Web_Server_Port is another: stop, bind, serve again
//! ```
//!
//! What a person submits is in flash before [`Command::Apply`](crate::state::Command::Apply) is sent, and the answer is written before `stop`
//! returns. [`Site`] is the server without sockets: a request in, a reply out.
//!
//! | module | what |
//! |---|---|
//! | `site` | which request is answered by what, and who may |
//! | `login` | HTTP digest, RFC 7616 |
//! | `fields` | field numbers |
//! | `page`, `style.css`, `script.js` | the page |
//! | `submit` | `bcisco.csc` |
//! | `info` | Info > Status, `status.xml` |
//! | `execute` | `/CGI/Execute` |
//! | `screen` | `screendump.bmp` |
//! | `server` | sockets, TLS, limits |

mod execute;
mod fields;
mod form;
mod info;
mod login;
mod page;
mod screen;
mod server;
mod site;
mod submit;

pub(crate) use execute::{command, number};
pub(crate) use info::moment;
pub(crate) use screen::soft_keys;
pub use server::{Server, serve};
pub use site::{Ask, Method, Reply, Site};

use crate::profile::Profile;
use crate::random::Random;
use crate::settings::{Settings, Store};
use crate::state::{Board, Commands, Status};
use std::sync::Arc;

/// What the page shows and changes.
pub struct WebPhone {
    /// Which phone it is.
    pub profile: Profile,
    /// Its settings.
    pub store: Store,
    /// What it shows.
    pub board: Board,
    /// Where commands go.
    pub commands: Commands,
    /// Chance, for nonces.
    pub random: Random,
    /// The clock: Unix seconds.
    pub unix_time: Arc<dyn Fn() -> u64 + Send + Sync>,
}

/// The picture that `screendump.bmp` gives.
pub(crate) fn screenshot(profile: &Profile, settings: &Settings, status: &Status, unix_time: u64) -> Vec<u8> {
    screen::draw(profile, settings, status, unix_time).bmp()
}

/// What `status.xml` gives, without the logins of the page.
pub(crate) fn status_file(profile: &Profile, settings: &Settings, status: &Status, unix_time: u64) -> String {
    let facts = info::Facts { profile, settings, status, now: unix_time, logins: (None, None) };
    info::status_xml(&info::sections(&facts))
}
