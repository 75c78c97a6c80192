//! One boot of the phone: what happens between power-on and the next restart.

use super::apply::needs_restart;
use super::clock::{self, Clock};
use super::lease_file::LeaseFile;
use super::log::{Line, Log};
use super::network::{self, Network, News, Setup, Source};
use super::online::{Online, Wish};
use super::resync::{Done, Resync};
use crate::defects::Defects;
use crate::net::datagram::Mac;
use crate::net::dhcp::Lease;
use crate::net::syslog::Severity;
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::{Settings, Store};
use crate::state::{Board, Command, Commands, HistoryEntry, Ipv4Status, RebootReason, Registration};
use crate::time::{Duration, Instant};
use crate::ua::Input;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// How often the call history is compared with the flash.
const HISTORY_INTERVAL: Duration = Duration::from_secs(1);
/// For the user agent to unregister before the power goes.
const FAREWELL_TIME: Duration = Duration::from_secs(3);

/// What stays the same over restarts.
#[derive(Clone)]
pub(super) struct Unit {
    pub(super) interface: String,
    pub(super) flash: PathBuf,
    pub(super) mac: Option<Mac>,
    pub(super) profile: Profile,
    pub(super) defects: Defects,
    pub(super) store: Store,
    pub(super) log: Log,
}

/// How a boot ends.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Switched off in good order.
    Off,
    /// Begin again.
    Restart(RebootReason),
    /// Forget everything and begin again.
    FactoryReset,
}

impl Outcome {
    /// For the log.
    pub(super) fn text(&self) -> String {
        match self {
            Outcome::Off => "switched off".into(),
            Outcome::Restart(reason) => format!("restarting: {}", reason.text()),
            Outcome::FactoryReset => "restarting: factory reset".into(),
        }
    }
}

/// The phone between power-on and restart.
pub(super) struct Phone {
    unit: Unit,
    clock: Clock,
    random: Random,
    settings: Settings,
    board: Board,
    network: Network,
    online: Option<Online>,
    /// The address of this boot; another one needs a restart.
    address: Option<Ipv4Addr>,
    resync: Resync,
    commands: Commands,
    commanded: mpsc::UnboundedReceiver<Command>,
    saved_history: Vec<HistoryEntry>,
    next_save: Instant,
}

enum Happening {
    News(News),
    Wish(Wish),
    Command(Command),
    Resync(Done),
    SaveHistory,
}

impl Phone {
    /// Everything up to the first packet.
    ///
    /// # Errors
    /// When the interface is refused.
    pub(super) async fn boot(unit: &Unit, mut random: Random) -> io::Result<Self> {
        let (unit, clock) = (unit.clone(), Clock::start());
        let settings = unit.store.snapshot();
        unit.log.configure(Severity::of_setting(settings.text("Debug_Level")), settings.yes("Ehook_Enable"));
        unit.log.notice(&format!("boot {} release {}", unit.profile.model.product_name(), unit.profile.release));
        match unit.store.loss() {
            Some(loss) => unit.log.write(Severity::Error, loss),
            None => unit.log.notice("flash read"),
        }
        let setup = Setup {
            interface: &unit.interface,
            mac: unit.mac,
            host_name: settings.text("Host_Name"),
            profile: &unit.profile,
            source: source(&settings, &unit.log),
            flash: &unit.flash,
        };
        let network = Network::start(setup, random.fork(), clock, unit.log.clone()).await?;
        let board = Board::default();
        let saved_history = unit.store.history();
        board.change(|status| {
            status.mac = network.mac();
            status.booted_at = clock.booted_at();
            status.reboots = unit.store.reboots();
            status.history = saved_history.clone();
        });
        let (commands, commanded) = mpsc::unbounded_channel();
        let next_save = clock.now() + HISTORY_INTERVAL;
        Ok(Phone {
            resync: Resync::new(&unit.profile, network.mac(), unit.store.clone()),
            unit,
            clock,
            random,
            settings,
            board,
            network,
            online: None,
            address: None,
            commands,
            commanded,
            saved_history,
            next_save,
        })
    }

    /// Runs until something ends this boot. May be dropped at any time, but then only [`Phone::wind_down`] makes sense.
    ///
    /// # Errors
    /// When the interface is gone.
    pub(super) async fn run(&mut self, lines: &mut mpsc::Receiver<Line>) -> io::Result<Outcome> {
        loop {
            let happening = tokio::select! {
                // What the page was told is in force before what arrives after its reply.
                biased;
                Some(command) = self.commanded.recv() => Happening::Command(command),
                news = self.network.next() => Happening::News(news?),
                wish = Online::next(&mut self.online, lines) => Happening::Wish(wish),
                done = self.resync.next(&self.clock, &self.board) => Happening::Resync(done),
                () = self.clock.until(Some(self.next_save)) => Happening::SaveHistory,
            };
            if let Some(outcome) = self.handle(happening).await? {
                return Ok(outcome);
            }
        }
    }

    /// Ends this boot in good order: page, calls and registrations; with `release` also the lease.
    ///
    /// # Errors
    /// When the interface is gone.
    pub(super) async fn wind_down(mut self, release: bool, lines: &mut mpsc::Receiver<Line>) -> io::Result<()> {
        if let Some(online) = &mut self.online {
            online.stop_web().await;
            online.agent.input(Input::Shutdown);
        }
        if self.online.is_some() {
            // Replies come by way of the same loops; only what the user agent still wants is done.
            let farewell = async {
                loop {
                    tokio::select! {
                        wish = Online::next(&mut self.online, lines) => match wish {
                            Wish::Stopped => return,
                            Wish::Reboot(_) | Wish::Resync(_) => {}
                        },
                        news = self.network.next() => if news.is_err() { return },
                    }
                }
            };
            if tokio::time::timeout(FAREWELL_TIME, farewell).await.is_err() {
                self.unit.log.write(Severity::Warning, "not all lines could be unregistered");
            }
        }
        self.save_history();
        if release {
            self.network.release();
        }
        self.online = None;
        self.network.unconfigure().await?;
        // Closing packet sockets waits for the kernel; the next boot need not.
        tokio::task::spawn_blocking(move || drop(self.network));
        Ok(())
    }

    async fn handle(&mut self, happening: Happening) -> io::Result<Option<Outcome>> {
        match happening {
            Happening::News(news) => self.news(news).await,
            Happening::Wish(Wish::Reboot(reason)) => Ok(Some(Outcome::Restart(reason))),
            Happening::Wish(Wish::Resync(url)) => {
                self.start_resync(url);
                Ok(None)
            }
            // It says so after a shutdown only, and that is seen to in `wind_down`.
            Happening::Wish(Wish::Stopped) => Ok(None),
            Happening::Command(command) => Ok(self.command(command)),
            Happening::Resync(done) => Ok(self.resynced(done)),
            Happening::SaveHistory => {
                self.save_history();
                self.next_save = self.clock.now() + HISTORY_INTERVAL;
                Ok(None)
            }
        }
    }

    async fn news(&mut self, news: News) -> io::Result<Option<Outcome>> {
        match news {
            News::Bound(lease) => {
                self.network.configure(&lease).await?;
                self.unit.log.notice(&network::lease_text(&lease));
                self.show(&lease);
                if self.address.is_some_and(|before| before != lease.address) {
                    return Ok(Some(Outcome::Restart(RebootReason::IpChanged)));
                }
                self.address = Some(lease.address);
                match &mut self.online {
                    // The cable was out for a moment.
                    Some(online) => online.configure(&self.settings, &lease),
                    None => self.go_online(&lease),
                }
            }
            News::Renewed(lease) => {
                self.network.configure(&lease).await?;
                self.show(&lease);
                if let Some(online) = &mut self.online {
                    online.configure(&self.settings, &lease);
                }
            }
            News::Lost(loss) => {
                self.unit.log.notice(&network::loss_text(loss));
                // RFC 2131 §4.4.5: nothing more is sent from this address.
                self.online = None;
                self.network.unconfigure().await?;
                self.board.change(|status| {
                    status.ipv4 = Ipv4Status::default();
                    status.calls.clear();
                    status.dialled.clear();
                    status.off_hook = false;
                    for line in status.lines.iter_mut().filter(|line| line.registration == Registration::Registered) {
                        line.registration = Registration::NotRegistered;
                        line.next_registration_in = None;
                    }
                });
            }
            News::Cable(up) => self.board.change(|status| {
                status.notice = if up { String::new() } else { "Network Unavailable".into() };
            }),
        }
        Ok(None)
    }

    fn go_online(&mut self, lease: &Lease) {
        let mut online =
            Online::start(&self.unit, &self.settings, lease, self.board.clone(), self.clock, &mut self.random);
        online.serve_web(&self.unit, &self.settings, &self.board, &self.commands, &mut self.random);
        self.online = Some(online);
    }

    fn command(&mut self, command: Command) -> Option<Outcome> {
        let input = match command {
            Command::Press(key) => Input::Press(key),
            Command::Dial(number) => Input::Dial(number),
            Command::SoftKey(name) => Input::SoftKey(name),
            Command::Apply(changed) => return self.apply(&changed),
            Command::Reboot(reason) => return Some(Outcome::Restart(reason)),
            Command::Resync(url) => {
                self.start_resync(url);
                return None;
            }
            Command::FactoryReset => return Some(Outcome::FactoryReset),
        };
        if let Some(online) = &mut self.online {
            online.agent.input(input);
        }
        None
    }

    /// Puts changed settings into force, or restarts for them.
    fn apply(&mut self, changed: &[String]) -> Option<Outcome> {
        if let Some(name) = needs_restart(changed) {
            self.unit.log.notice(&format!("{name} changed, restarting"));
            return Some(Outcome::Restart(RebootReason::Provisioning));
        }
        self.settings = self.unit.store.snapshot();
        let settings = &self.settings;
        self.unit.log.configure(Severity::of_setting(settings.text("Debug_Level")), settings.yes("Ehook_Enable"));
        if let Some(online) = &mut self.online {
            online.apply(settings);
        }
        self.unit.log.notice(&format!("{} settings applied", changed.len()));
        None
    }

    fn start_resync(&mut self, url: Option<String>) {
        let longest = self.unit.profile.unknown.resync_delay_ms;
        let start = self.clock.now() + Duration::from_millis(self.random.range(0, longest));
        let patience = Duration::from_secs_f64(self.settings.number("Forced_Resync_Delay", 14_400.0).clamp(0.0, 1e9));
        let rule = url.unwrap_or_else(|| self.settings.text("Profile_Rule").to_owned());
        let client = self.online.as_ref().map(|online| online.client(&self.unit.profile, self.network.mac()));
        self.resync.ask(&rule, client, start, start + patience, &self.unit.log);
    }

    fn resynced(&mut self, done: Done) -> Option<Outcome> {
        let log = &self.unit.log;
        match done {
            Done::Starting(text) => {
                log.notice(&text);
                None
            }
            Done::Applied { text, applied } => {
                log.notice(&text);
                for refused in &applied.refused {
                    log.write(Severity::Warning, &format!("{} in the profile {}", refused.label, refused.reason));
                }
                let outcome = self.apply(&applied.changed);
                // The status page tells of success when the settings are in force.
                self.board.change(|status| status.provisioning = text);
                outcome
            }
            Done::Failed(text) => {
                log.write(Severity::Error, &text);
                self.board.change(|status| status.provisioning = text);
                None
            }
        }
    }

    fn save_history(&mut self) {
        let mut changed = None;
        self.board.change(|status| changed = (status.history != self.saved_history).then(|| status.history.clone()));
        if let Some(history) = changed {
            if let Err(error) = self.unit.store.keep_history(&history) {
                self.unit.log.write(Severity::Error, &format!("flash: {error}"));
            }
            self.saved_history = history;
        }
    }

    fn show(&self, lease: &Lease) {
        let servers = super::online::name_servers(&self.settings, lease);
        self.board.change(|status| {
            status.ipv4 = Ipv4Status {
                address: Some(lease.address),
                netmask: Some(lease.netmask()),
                gateway: lease.routers.first().copied(),
                dns: servers
                    .iter()
                    .filter_map(|ip| if let std::net::IpAddr::V4(v4) = ip { Some(*v4) } else { None })
                    .collect(),
                domain: super::online::search_domain(&self.settings, lease).unwrap_or_default(),
            };
        });
    }
}

/// Notes in the flash why a boot ended, before the next begins.
pub(super) fn record(unit: &Unit, outcome: &Outcome) {
    let kept = match outcome {
        Outcome::Off => Ok(()),
        Outcome::Restart(reason) => unit.store.record_reboot(clock::unix_now(), *reason),
        Outcome::FactoryReset => {
            LeaseFile::forget_in(&unit.flash);
            let reset = unit.store.factory_reset();
            reset.and_then(|()| unit.store.record_reboot(clock::unix_now(), RebootReason::UserTriggered))
        }
    };
    if let Err(error) = kept {
        unit.log.write(Severity::Error, &format!("flash: {error}"));
    }
}

/// Where the address comes from.
fn source(settings: &Settings, log: &Log) -> Source {
    if settings.text("IP_Mode") == "IPv6 Only" {
        log.write(Severity::Error, "IP mode is IPv6 Only: no IPv4 address is asked for");
        return Source::Nowhere;
    }
    if settings.text("Connection_Type") != "Static IP" {
        return Source::Dhcp;
    }
    let address = |name: &str| settings.text(name).trim().parse::<Ipv4Addr>().ok();
    match (address("Static_IP"), address("NetMask")) {
        (Some(own), Some(mask)) => Source::Fixed(Box::new(Lease::fixed(own, mask, address("Gateway")))),
        (None, _) | (_, None) => {
            log.write(Severity::Error, "a static address needs Static IP and NetMask; the phone stays without one");
            Source::Nowhere
        }
    }
}
