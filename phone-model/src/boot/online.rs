//! What the phone runs once it has an address: resolver, syslog, web page, user agent.

mod services;

pub(super) use services::{name_servers, search_domain};

use super::addresses::Addresses;
use super::agent::{self, Agent};
use super::clock::Clock;
use super::control::ControlService;
use super::dialer::Dialer;
use super::directory::DirectoryService;
use super::log::{Line, Log};
use super::phone::Unit;
use super::provisioning::{Client, LookUps};
use super::resolver::{Answer, Resolving};
use super::sockets::{self, Place};
use super::streams::Security;
use super::syslog::Syslog;
use super::time_service::{self, TimeNews, TimeService};
use crate::defects::Defect;
use crate::net::datagram::Mac;
use crate::net::ntp;
use crate::net::syslog::Severity;
use crate::net::tftp::Patience;
use crate::random::Random;
use crate::settings::Settings;
use crate::state::{Board, Commands, RebootReason};
use crate::time::Duration;
use crate::ua::{Input, Query, UserAgent};
use crate::web::{self, WebPhone};
use services::{identifier, list, name_service, time_servers};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

/// What is wanted of the phone as a whole.
#[derive(Debug)]
pub(super) enum Wish {
    /// A restart.
    Reboot(RebootReason),
    /// A profile.
    Resync(Option<String>),
    /// A SIP request had no response in time.
    Unanswered,
    /// The clock was set.
    TimeSet,
    /// The user agent has unregistered.
    Stopped,
}

/// The phone with an address.
pub(super) struct Online {
    pub(super) agent: Agent,
    directory: DirectoryService,
    /// None until [`Online::connect_control`].
    control: Option<ControlService>,
    resolver: Resolving,
    syslog: Syslog,
    /// One for each address.
    web: Vec<(IpAddr, web::Server)>,
    /// Whether the log has been told why there is no page.
    web_refused: bool,
    time: TimeService,
    place: Place,
    clock: Clock,
    log: Log,
    mac: Mac,
    /// Who waits for which look-up.
    askers: Vec<(Query, Asker)>,
    look_ups: LookUps,
    asked: mpsc::UnboundedReceiver<(Query, oneshot::Sender<Answer>)>,
    addresses: Addresses,
}

enum Asker {
    Agent,
    Syslog,
    Time,
    Other(oneshot::Sender<Answer>),
}

impl Online {
    /// Starts resolver, syslog and user agent at `address`.
    pub(super) fn start(
        unit: &Unit,
        settings: &Settings,
        addresses: &Addresses,
        address: IpAddr,
        board: Board,
        clock: Clock,
        random: &mut Random,
    ) -> Self {
        let place = Place { interface: unit.interface.clone(), address };
        let config = name_service(settings, addresses);
        unit.log.notice(&format!(
            "DNS {} domain {}",
            list(&config.servers),
            config.search.as_deref().unwrap_or("none")
        ));
        let resolver = Resolving::new(config, random.fork(), place.clone(), clock);
        let mac = board.snapshot().mac;
        let mut syslog = Syslog::new(&place, unit.profile.model.product_name());
        syslog.configure(settings.text("Syslog_Server"), identifier(settings, mac), clock.now());
        let (profile, defects) = (unit.profile.clone(), unit.defects.clone());
        let unknown = &unit.profile.unknown;
        let asking = ntp::Client::new(time_service::timing(unknown), random.fork(), defects.clone());
        let (wall, log) = (unit.wall.clone(), unit.log.clone());
        let mut time = TimeService::new(asking, unknown.ntp_prefers_dhcp, place.clone(), clock, wall, log);
        time.configure(&time_servers(settings, addresses));
        let machine = UserAgent::new(profile, defects, settings.clone(), random.fork(), place.address, board.clone());
        let security =
            Security { trust: unit.trust.clone(), settings: settings.clone(), defects: unit.defects.clone() };
        let agent = Agent::new(machine, place.clone(), security, clock, unit.log.clone());
        let (look_ups, asked) = mpsc::unbounded_channel();
        let dialer = Dialer { place: place.clone(), look_ups: look_ups.clone(), trust: unit.trust.clone() };
        let directory = DirectoryService::new(unit, settings, random.fork(), dialer, board, clock);
        Online {
            agent,
            directory,
            control: None,
            resolver,
            syslog,
            web: Vec::new(),
            web_refused: false,
            time,
            place,
            clock,
            log: unit.log.clone(),
            mac,
            askers: Vec::new(),
            look_ups,
            asked,
            addresses: addresses.clone(),
        }
    }

    /// The address of SIP.
    pub(super) const fn address(&self) -> IpAddr {
        self.place.address
    }

    /// Serves the page at every address, if the settings say so. Addresses that are served already go on.
    pub(super) fn serve_web(
        &mut self,
        unit: &Unit,
        settings: &Settings,
        board: &Board,
        commands: &Commands,
        random: &mut Random,
    ) {
        self.web.retain(|(address, _)| self.addresses.hold(*address));
        if self.web_refused {
            return;
        }
        if !settings.yes("Enable_Web_Server") {
            self.web_refused = true;
            return self.log.notice("web server is off");
        }
        let secure = settings.text("Enable_Protocol") == "Https" && !unit.defects.has(Defect::TlsPageInClear);
        let tls = match secure.then(|| unit.trust.server(settings)).transpose() {
            Ok(tls) => tls,
            Err(why) => {
                self.web_refused = true;
                return self.log.write(Severity::Error, &format!("web server: no HTTPS, {why}"));
            }
        };
        let scheme = if secure { "https" } else { "http" };
        let port = settings.number("Web_Server_Port", 80.0) as u16;
        for address in self.addresses.all() {
            if self.web.iter().any(|(served, _)| *served == address) {
                continue;
            }
            let place = Place { interface: self.place.interface.clone(), address };
            let listener = match sockets::tcp(&place, port) {
                Ok(listener) => listener,
                Err(error) => {
                    self.log.write(Severity::Error, &format!("web server port {port}: {error}"));
                    continue;
                }
            };
            let phone = WebPhone {
                profile: unit.profile.clone(),
                store: unit.store.clone(),
                board: board.clone(),
                commands: commands.clone(),
                random: random.fork(),
                unix_time: {
                    let wall = unit.wall.clone();
                    Arc::new(move || wall.unix())
                },
            };
            self.web.push((address, web::serve(listener, phone, tls.clone())));
            self.log.notice(&format!("web server {scheme}://{}/", SocketAddr::new(address, port)));
        }
    }

    /// Lets the server of `Control Server URL` take part.
    pub(super) fn connect_control(
        &mut self,
        unit: &Unit,
        settings: &Settings,
        board: Board,
        commands: Commands,
        client: Client,
    ) {
        let (place, look_ups) = (self.place.clone(), self.look_ups.clone());
        let dialer = Dialer { place, look_ups, trust: unit.trust.clone() };
        let control = ControlService::start(unit, settings, board, commands, client, dialer, self.clock);
        self.control = Some(control);
    }

    /// Lets the page finish what it is answering, then closes it.
    pub(super) async fn stop_web(&mut self) {
        for (_, web) in self.web.drain(..) {
            web.stop().await;
        }
    }

    /// Obeys changed settings.
    pub(super) fn apply(&mut self, settings: &Settings) {
        self.resolver.configure(name_service(settings, &self.addresses));
        self.time.configure(&time_servers(settings, &self.addresses));
        self.syslog.configure(settings.text("Syslog_Server"), identifier(settings, self.mac), self.clock.now());
        self.directory.configure(settings);
        if let Some(control) = &self.control {
            control.configure(settings);
        }
        self.agent.input(Input::Settings(settings.clone()));
    }

    /// What a person does: for the directory, or for the user agent.
    pub(super) fn input(&mut self, input: Input) {
        if let Some(input) = self.directory.offer(input) {
            self.agent.input(input);
        }
        while let Some(number) = self.directory.dialled() {
            self.agent.input(Input::Dial(number));
        }
    }

    /// Obeys a renewed lease, or an address that came or went.
    pub(super) fn configure(&mut self, settings: &Settings, addresses: &Addresses) {
        let (before, now) = (name_service(settings, &self.addresses), name_service(settings, addresses));
        if before.servers != now.servers || before.search != now.search {
            self.resolver.configure(now);
        }
        self.time.configure(&time_servers(settings, addresses));
        self.addresses = addresses.clone();
    }

    /// Time servers in use, in order.
    pub(super) fn time_servers(&self) -> &[String] {
        self.time.servers()
    }

    /// A client that fetches files.
    pub(super) fn client(&self, unit: &Unit, settings: &Settings, user_agent: String, random: Random) -> Client {
        let unknown = &unit.profile.unknown;
        Client {
            place: self.place.clone(),
            user_agent,
            look_ups: self.look_ups.clone(),
            trust: unit.trust.clone(),
            settings: settings.clone(),
            patience: Patience { interval: Duration::from_millis(unknown.tftp_interval_ms), tries: unknown.tftp_tries },
            release: unit.profile.release,
            defects: unit.defects.clone(),
            random: Arc::new(Mutex::new(random)),
        }
    }

    /// Runs what is online until something is wanted of the phone as a whole; for ever when nothing is. May be dropped and called again
    /// at any time.
    pub(super) async fn next(online: &mut Option<Self>, lines: &mut mpsc::Receiver<Line>) -> Wish {
        match online {
            Some(online) => online.run(lines).await,
            None => std::future::pending().await,
        }
    }

    async fn run(&mut self, lines: &mut mpsc::Receiver<Line>) -> Wish {
        loop {
            tokio::select! {
                wish = self.agent.next() => match wish {
                    agent::Wish::Resolve(query) => self.resolve(query, Asker::Agent),
                    agent::Wish::Reboot(reason) => return Wish::Reboot(reason),
                    agent::Wish::Resync(url) => return Wish::Resync(url),
                    agent::Wish::Unanswered => return Wish::Unanswered,
                    agent::Wish::Stopped => return Wish::Stopped,
                },
                number = self.directory.next() => self.agent.input(Input::Dial(number)),
                (query, answer) = self.resolver.next() => self.resolved(&query, &answer),
                Some((query, asker)) = self.asked.recv() => self.resolve(query, Asker::Other(asker)),
                news = self.time.next() => match news {
                    TimeNews::Resolve(query) => self.resolve(query, Asker::Time),
                    TimeNews::Set => return Wish::TimeSet,
                },
                () = self.clock.until(self.syslog.deadline()) => {
                    if let Some(query) = self.syslog.wanted(self.clock.now()) {
                        self.resolve(query, Asker::Syslog);
                    }
                }
                Some(line) = lines.recv(), if self.syslog.takes_lines() => self.syslog.send(&line),
            }
        }
    }

    fn resolve(&mut self, query: Query, asker: Asker) {
        self.askers.push((query.clone(), asker));
        self.resolver.resolve(query);
    }

    fn resolved(&mut self, query: &Query, answer: &Answer) {
        let all = std::mem::take(&mut self.askers);
        let (waiting, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(asked, _)| asked == query);
        self.askers = others;
        for (_, asker) in waiting {
            match asker {
                Asker::Agent => self.agent.input(Input::Resolved { query: query.clone(), answer: answer.clone() }),
                Asker::Syslog => self.syslog.resolved(query, answer, self.clock.now()),
                Asker::Time => {
                    let addresses = answer.as_ref().map(|records| records.addresses.as_slice()).unwrap_or_default();
                    self.time.resolved(&query.name, addresses);
                }
                // Who no longer waits needs no answer.
                Asker::Other(waiting) => _ = waiting.send(answer.clone()),
            }
        }
    }
}
