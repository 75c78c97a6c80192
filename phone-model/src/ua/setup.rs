//! Beginning, change of settings, end: which ports are listened on and which lines register.

use super::challenge::Challenger;
use super::desk::Desk;
use super::domains::Domains;
use super::held::Held;
use super::identity::{self, Identity};
use super::interface::{Listener, Output, Severity};
use super::keys::Handset;
use super::line::{LineSettings, LineTransport, seconds};
use super::links::Links;
use super::names::Names;
use super::registration::Registration;
use super::silence::Silence;
use super::{PARTING, UserAgent, screen};
use crate::defects::{Defect, Defects};
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::Settings;
use crate::sip::identifiers;
use crate::sip::transaction::{Layer, Timers};
use crate::state::Board;
use crate::time::{Duration, Instant};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

impl UserAgent {
    /// The user agent of a phone that has just got `local_ip`. A change of address needs a new one (the phone reboots for it,
    /// phone-facts §3.5). It begins to register at the first input, which may be [`super::Input::Wake`].
    pub fn new(
        profile: Profile,
        defects: Defects,
        settings: Settings,
        mut random: Random,
        local_ip: IpAddr,
        board: Board,
    ) -> Self {
        let floor = Duration::from_millis(profile.unknown.domain_refresh_floor_ms);
        let patience = Duration::from_millis(profile.unknown.dhcp_timeout_on_renewal_ms);
        let identity = Identity::read(&settings, &profile, board.snapshot().mac);
        let layer = Layer::new(timers(&settings), defects.clone(), random.fork());
        let registrations = (1..=profile.model.lines())
            .map(|line| Registration::new(line, identifiers::call_id(&mut random, local_ip)))
            .collect();
        let domains = Domains::new(profile.release, defects.clone(), floor);
        let desk = Desk {
            profile,
            defects,
            settings: Settings::default(),
            random,
            local_ip,
            board,
            identity,
            lines: Vec::new(),
            layer,
            names: Names::default(),
            out: VecDeque::new(),
            launched: VecDeque::new(),
            sent: BTreeMap::new(),
            waiting: Vec::new(),
            silence: Silence::new(patience),
            chosen: BTreeMap::new(),
            ports: BTreeMap::new(),
            parties: BTreeMap::new(),
        };
        UserAgent {
            fresh: Some(settings),
            desk,
            abilities: identity::abilities(),
            domains,
            held: Held::default(),
            registrations,
            callers: BTreeMap::new(),
            notifiers: BTreeMap::new(),
            calls: BTreeMap::new(),
            last_call: 0,
            links: Links::default(),
            flows: BTreeMap::new(),
            handset: Handset::default(),
            listening: BTreeSet::new(),
            orders: Vec::new(),
            layer_at: None,
            stopping: None,
            stopped: false,
            challenged: VecDeque::new(),
            screen_at: None,
            shown: screen::Shown::default(),
        }
    }

    /// Puts settings in force. A line whose account or way to it changed registers anew; calls go on.
    pub(super) fn apply(&mut self, settings: Settings, now: Instant) {
        let (model, release) = (self.desk.profile.model, self.desk.profile.release);
        let mut lines: Vec<LineSettings> =
            (1..=model.lines()).map(|number| LineSettings::read(&settings, number, release)).collect();
        self.mistake_transports(&mut lines);
        self.domains.set(settings.text("Restricted_Access_Domains"), now);
        // The names of the list go to the name server first, so that it is known whose answers count when they come.
        while let Some(output) = self.domains.poll() {
            self.desk.out.push_back(output);
        }
        self.desk.layer.set_timers(timers(&settings));
        self.desk.identity = Identity::read(&settings, &self.desk.profile, self.desk.board.snapshot().mac);
        let listed = |settings: &Settings| settings.text("Restricted_Access_Domains").to_owned();
        let list_changed = listed(&settings) != listed(&self.desk.settings);
        let changed: Vec<u8> = lines
            .iter()
            .filter(|line| !self.desk.line(line.number).is_some_and(|before| before.registers_as(line)))
            .map(|line| line.number)
            .collect();
        let goes_as = |line: &LineSettings| self.desk.line(line.number).is_some_and(|before| before.goes_as(line));
        let rerouted: Vec<u8> = lines.iter().filter(|line| !goes_as(line)).map(|line| line.number).collect();
        for registration in self.registrations.iter_mut().filter(|it| changed.contains(&it.line())) {
            registration.leave(rerouted.contains(&registration.line()), &mut self.desk, now);
        }
        self.desk.chosen.retain(|line, _| !rerouted.contains(line));
        self.desk.settings = settings;
        self.desk.lines = lines;
        self.listen();
        for registration in &mut self.registrations {
            // The list may allow now what it forbade before (release 11.3(1)).
            if changed.contains(&registration.line()) || (list_changed && registration.waits()) {
                registration.start(&mut self.desk, now);
            }
        }
    }

    /// Defects about the transports of lines; a phone without any changes nothing.
    fn mistake_transports(&self, lines: &mut [LineSettings]) {
        let has = |defect| self.desk.defects.has(defect);
        let any = lines.iter().any(|line| line.transport == LineTransport::Tls && line.configured());
        for line in lines.iter_mut().filter(|line| line.transport == LineTransport::Tls) {
            let before = self.desk.line(line.number).filter(|line| line.configured()).map(|line| line.transport);
            if has(Defect::TlsWaitsForRestart) && before == Some(LineTransport::Udp) {
                line.transport = LineTransport::Udp;
            }
        }
        for line in lines.iter_mut().filter(|line| line.transport == LineTransport::Udp && line.configured()) {
            let before = self.desk.line(line.number).map(|line| line.transport);
            let stays = has(Defect::TlsStays) && before == Some(LineTransport::Tls);
            if has(Defect::TlsAlthoughUdp) || stays || (any && has(Defect::TlsOthersFollow)) {
                line.transport = LineTransport::Tls;
            }
        }
    }

    /// Listens on the ports of the lines in use, and of line 1 in any case: a phone from the factory answers there. Ports that are
    /// not needed any more are given back when no answer to the end of a registration can come to them.
    pub(super) fn listen(&mut self) {
        let used = self.desk.lines.iter().filter(|line| line.configured() || line.number == 1);
        // Who falls back to UDP must have a port for it.
        let falls_back = self.desk.defects.has(Defect::TlsFallsBackToUdp);
        let mut wanted: BTreeSet<(Listener, u16)> = used
            .flat_map(|line| {
                let udp = (line.transport.hears_udp() || falls_back).then_some((Listener::Udp, line.port));
                udp.into_iter().chain(line.transport.hears_tcp().then_some((Listener::Tcp, line.port)))
            })
            .collect();
        if !self.registrations.iter().all(Registration::settled) {
            wanted.extend(&self.listening);
        }
        let given_up = self.listening.difference(&wanted).map(|&(listener, port)| Output::Unlisten { listener, port });
        let taken = wanted.difference(&self.listening).map(|&(listener, port)| Output::Listen { listener, port });
        self.desk.out.extend(given_up.chain(taken));
        self.listening = wanted;
    }

    /// Ends calls and bindings.
    pub(super) fn shut_down(&mut self, now: Instant) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(now + PARTING);
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.hang_up(call, now);
        }
        for registration in &mut self.registrations {
            registration.leave(true, &mut self.desk, now);
        }
    }

    pub(super) fn stop(&mut self) {
        if !self.stopped {
            self.stopped = true;
            self.stopping = None;
            self.desk.log(Severity::Notice, "SIP stopped");
            self.desk.out.push_back(Output::Stopped);
        }
    }

    /// The nonces of a line, for calls or for NOTIFY.
    pub(super) fn challenger(of: &mut BTreeMap<u8, Challenger>, line: u8) -> &mut Challenger {
        of.entry(line).or_default()
    }
}

fn timers(settings: &Settings) -> Timers {
    let usual = Timers::default();
    let of = |name: &str, usual: Duration| {
        let set = seconds(settings, name, usual.as_secs_f64()).min(Duration::from_secs(64));
        // A timer of zero would repeat without end.
        if set < Duration::from_millis(10) { usual } else { set }
    };
    Timers {
        t1: of("SIP_T1", usual.t1),
        t2: of("SIP_T2", usual.t2),
        t4: of("SIP_T4", usual.t4),
        b: of("SIP_Timer_B", usual.b),
        f: of("SIP_Timer_F", usual.f),
        h: of("SIP_Timer_H", usual.h),
        d: of("SIP_Timer_D", usual.d),
        j: of("SIP_Timer_J", usual.j),
    }
}
