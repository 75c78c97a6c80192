//! One boot of the phone: what happens between power-on and the next restart. `address` and `address6` are what it does with its
//! addresses, `changes` what settings and commands do to it, `flash` what it keeps, `resyncing` what it fetches, `managing` what it has
//! to do with its ACS.

mod address;
mod address6;
mod changes;
mod flash;
mod managing;
mod resyncing;

pub(super) use flash::record;

use super::acs::Acs;
use super::addresses::Addresses;
use super::clock::{Clock, TimeOfDay};
use super::log::{Line, Log};
use super::network::{Network, News, Setup};
use super::network6::Network6;
use super::online::{Online, Wish};
use super::renewal::Renewal;
use super::resync::{Done, Resync};
use super::schedule::Schedule;
use super::trust::Trust;
use crate::defects::Defects;
use crate::net::datagram::Mac;
use crate::net::syslog::Severity;
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::{Settings, Store};
use crate::state::{Board, Command, Commands, HistoryEntry, RebootReason};
use crate::time::{Duration, Instant};
use crate::ua::Input;
use resyncing::Wanted;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
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
    pub(super) wall: TimeOfDay,
    pub(super) trust: Trust,
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
    /// None when the mode is IPv4 Only.
    network6: Option<Network6>,
    addresses: Addresses,
    online: Option<Online>,
    /// The address of this boot; another one needs a restart.
    address: Option<Ipv4Addr>,
    /// The address that SIP was last used from.
    used: Option<IpAddr>,
    /// Until when an address of the preferred IP version is waited for.
    patience: Instant,
    renewal: Renewal,
    resync: Resync,
    schedule: Schedule,
    first_resync_planned: bool,
    acs: Acs,
    /// The settings at hand were changed by the ACS, who need not hear of it.
    changed_by_acs: bool,
    commands: Commands,
    commanded: mpsc::UnboundedReceiver<Command>,
    saved_history: Vec<HistoryEntry>,
    next_save: Instant,
}

enum Happening {
    News(News),
    News6,
    NoPatience,
    Wish(Wish),
    Command(Command),
    Resync(Done),
    ResyncDue,
    Acs(super::acs::News),
    SaveHistory,
}

impl Phone {
    /// Everything up to the first packet.
    ///
    /// # Errors
    /// When the interface is refused.
    pub(super) async fn boot(unit: &Unit, mut random: Random) -> io::Result<Self> {
        let (mut unit, clock) = (unit.clone(), Clock::start());
        unit.trust = unit.trust.at_boot();
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
            settings: &settings,
            profile: &unit.profile,
            source: address::source(&settings, &unit.defects, &unit.log),
            flash: &unit.flash,
            defects: unit.defects.clone(),
        };
        let network = Network::start(setup, random.fork(), clock, unit.log.clone()).await?;
        let network6 = address6::start(&unit, &settings, network.link(), random.fork(), clock).await?;
        let client_certificate = unit.trust.unit_certificate(network.mac()).unwrap_or_else(|why| {
            unit.log.write(Severity::Error, why);
            String::new()
        });
        let board = Board::default();
        let saved_history = unit.store.history();
        board.change(|status| {
            status.mac = network.mac();
            status.booted_at = clock.booted_at(&unit.wall);
            status.reboots = unit.store.reboots();
            status.history = saved_history.clone();
            status.client_certificate = client_certificate;
        });
        let (commands, commanded) = mpsc::unbounded_channel();
        let next_save = clock.now() + HISTORY_INTERVAL;
        let patience = clock.now() + Duration::from_millis(unit.profile.unknown.ip_preference_wait_ms);
        Ok(Phone {
            renewal: Renewal::new(
                Duration::from_millis(unit.profile.unknown.dhcp_timeout_on_renewal_rest_ms),
                unit.defects.clone(),
            ),
            resync: Resync::new(unit.store.clone()),
            schedule: Schedule::new(unit.defects.clone(), random.fork()),
            first_resync_planned: false,
            acs: Acs::new(&unit.flash, unit.store.clone(), unit.defects.clone(), random.fork()),
            changed_by_acs: false,
            unit,
            clock,
            random,
            settings,
            board,
            network,
            network6,
            addresses: Addresses::default(),
            online: None,
            address: None,
            used: None,
            patience,
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
            let patience_ends = self.patience_ends();
            let happening = tokio::select! {
                // What the page was told is in force before what arrives after its reply.
                biased;
                Some(command) = self.commanded.recv() => Happening::Command(command),
                news = self.network.next() => Happening::News(news?),
                () = Network6::next(&mut self.network6) => Happening::News6,
                () = self.clock.until(patience_ends) => Happening::NoPatience,
                wish = Online::next(&mut self.online, lines) => Happening::Wish(wish),
                done = self.resync.next(&self.clock, &self.board) => Happening::Resync(done),
                () = self.clock.until(self.schedule.deadline()) => Happening::ResyncDue,
                news = self.acs.next(&self.clock) => Happening::Acs(news),
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
                            Wish::Reboot(_) | Wish::Resync(_) | Wish::Unanswered | Wish::TimeSet => {}
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
        if let Some(six) = &mut self.network6 {
            if release {
                six.release().await?;
            }
            six.unconfigure().await?;
        }
        self.network.unconfigure().await?;
        // Closing packet sockets waits for the kernel; the next boot need not.
        tokio::task::spawn_blocking(move || drop((self.network, self.network6)));
        Ok(())
    }

    async fn handle(&mut self, happening: Happening) -> io::Result<Option<Outcome>> {
        match happening {
            Happening::News(news) => self.news(news).await,
            Happening::News6 => self.news6().await,
            Happening::NoPatience => Ok(self.settle()),
            Happening::Wish(Wish::Reboot(reason)) => Ok(Some(Outcome::Restart(reason))),
            Happening::Wish(Wish::Resync(url)) => {
                self.start_resync(Wanted::asked(url));
                Ok(None)
            }
            Happening::Acs(news) => Ok(self.managed(news)),
            Happening::ResyncDue => {
                self.start_resync(Wanted::Scheduled);
                Ok(None)
            }
            Happening::Wish(Wish::TimeSet) => {
                self.time_set();
                Ok(None)
            }
            Happening::Wish(Wish::Unanswered) => {
                self.unanswered();
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
}
