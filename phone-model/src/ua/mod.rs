//! The user agent: registrations, dialogs, calls, the INVITE challenge, restricted domains. A sans-IO machine over [`crate::sip`].
//!
//! [`UserAgent::handle`] takes an [`Input`] and the time; [`UserAgent::poll`] gives [`Output`]s until it gives [`Output::Wait`].
//! Time is counted from the boot that `Status::booted_at` names, so that the machine can tell Unix seconds without a clock.

mod interface;

pub use interface::{
    Connection, Input, Listener, NotConnected, NotResolved, Output, Query, RecordKind, Records, Service, Severity,
    StreamEvent,
};

use crate::defects::Defects;
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::Settings;
use crate::state::Board;
use crate::time::Instant;
use std::collections::VecDeque;
use std::net::IpAddr;

/// The SIP side of the phone: all lines, their registrations and calls.
#[derive(Debug)]
pub struct UserAgent {
    profile: Profile,
    defects: Defects,
    settings: Settings,
    random: Random,
    local_ip: IpAddr,
    board: Board,
    out: VecDeque<Output>,
}

impl UserAgent {
    /// The user agent of a phone that has just got `local_ip`. A change of address needs a new one (the phone reboots for it,
    /// phone-facts §3.5).
    pub fn new(
        profile: Profile,
        defects: Defects,
        settings: Settings,
        random: Random,
        local_ip: IpAddr,
        board: Board,
    ) -> Self {
        let mut out = VecDeque::new();
        for line in 1..=profile.model.lines() {
            let port = 5059 + u16::from(line);
            out.push_back(Output::Listen { listener: Listener::Udp, port });
        }
        UserAgent { profile, defects, settings, random, local_ip, board, out }
    }

    /// Takes an input. Nothing that a peer sends makes this fail.
    pub fn handle(&mut self, input: Input, now: Instant) {
        match input {
            Input::Settings(settings) => self.settings = settings,
            Input::Shutdown => self.out.push_back(Output::Stopped),
            Input::Datagram { .. }
            | Input::Stream { .. }
            | Input::Resolved { .. }
            | Input::Press(_)
            | Input::Dial(_)
            | Input::SoftKey(_)
            | Input::Wake => {
                let _ = (now, &self.profile, &self.defects, &self.random, self.local_ip, &self.board);
            }
        }
    }

    /// The next thing to do. [`Output::Wait`] means that there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Wait(None))
    }
}
