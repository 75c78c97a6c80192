//! What the phone runs once it has an address: resolver, syslog, web page, user agent.

use super::agent::{self, Agent};
use super::clock::Clock;
use super::log::{Line, Log};
use super::network::mac_text;
use super::phone::Unit;
use super::provisioning::{Client, LookUps};
use super::resolver::{self, Answer, Resolving};
use super::sockets::{self, Place};
use super::syslog::Syslog;
use super::time_service::{self, TimeNews, TimeService};
use crate::net::datagram::Mac;
use crate::net::dhcp::Lease;
use crate::net::dns::Config;
use crate::net::ntp::{self, NtpServers};
use crate::net::syslog::Severity;
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::Settings;
use crate::state::{Board, Commands, RebootReason};
use crate::ua::{Input, Query, UserAgent};
use crate::web::{self, WebPhone};
use std::net::IpAddr;
use std::sync::Arc;
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
    resolver: Resolving,
    syslog: Syslog,
    time: TimeService,
    web: Option<web::Server>,
    place: Place,
    clock: Clock,
    log: Log,
    mac: Mac,
    /// Who waits for which look-up.
    askers: Vec<(Query, Asker)>,
    look_ups: LookUps,
    asked: mpsc::UnboundedReceiver<(Query, oneshot::Sender<Answer>)>,
    lease: Lease,
}

enum Asker {
    Agent,
    Syslog,
    Time,
    Other(oneshot::Sender<Answer>),
}

impl Online {
    /// Starts resolver, syslog and user agent at the address of `lease`.
    pub(super) fn start(
        unit: &Unit,
        settings: &Settings,
        lease: &Lease,
        board: Board,
        clock: Clock,
        random: &mut Random,
    ) -> Self {
        let place = Place { interface: unit.interface.clone(), address: IpAddr::V4(lease.address) };
        let config = name_service(settings, lease);
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
        time.configure(&time_servers(settings, lease));
        let machine = UserAgent::new(profile, defects, settings.clone(), random.fork(), place.address, board);
        let agent = Agent::new(machine, place.clone(), clock, unit.log.clone());
        let (look_ups, asked) = mpsc::unbounded_channel();
        Online {
            agent,
            resolver,
            syslog,
            time,
            web: None,
            place,
            clock,
            log: unit.log.clone(),
            mac,
            askers: Vec::new(),
            look_ups,
            asked,
            lease: lease.clone(),
        }
    }

    /// Serves the page, if the settings say so.
    pub(super) fn serve_web(
        &mut self,
        unit: &Unit,
        settings: &Settings,
        board: &Board,
        commands: &Commands,
        random: &mut Random,
    ) {
        if !settings.yes("Enable_Web_Server") {
            return self.log.notice("web server is off");
        }
        if settings.text("Enable_Protocol") == "Https" {
            return self.log.write(Severity::Error, "web server: HTTPS needs a certificate, and this phone has none");
        }
        let port = settings.number("Web_Server_Port", 80.0) as u16;
        let listener = match sockets::tcp(&self.place, port) {
            Ok(listener) => listener,
            Err(error) => return self.log.write(Severity::Error, &format!("web server port {port}: {error}")),
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
        self.web = Some(web::serve(listener, phone));
        self.log.notice(&format!("web server http://{}:{port}/", self.place.address));
    }

    /// Lets the page finish what it is answering, then closes it.
    pub(super) async fn stop_web(&mut self) {
        if let Some(web) = self.web.take() {
            web.stop().await;
        }
    }

    /// Obeys changed settings.
    pub(super) fn apply(&mut self, settings: &Settings) {
        self.resolver.configure(name_service(settings, &self.lease));
        self.time.configure(&time_servers(settings, &self.lease));
        self.syslog.configure(settings.text("Syslog_Server"), identifier(settings, self.mac), self.clock.now());
        self.agent.input(Input::Settings(settings.clone()));
    }

    /// Obeys a renewed lease.
    pub(super) fn configure(&mut self, settings: &Settings, lease: &Lease) {
        if name_servers(settings, lease) != name_servers(settings, &self.lease) || lease.domain != self.lease.domain {
            self.resolver.configure(name_service(settings, lease));
        }
        self.time.configure(&time_servers(settings, lease));
        self.lease = lease.clone();
    }

    /// Time servers in use, in order.
    pub(super) fn time_servers(&self) -> &[String] {
        self.time.servers()
    }

    /// A client that fetches profiles.
    pub(super) fn client(&self, profile: &Profile, mac: Mac) -> Client {
        let product = profile.model.product_name();
        Client {
            place: self.place.clone(),
            // Phone-facts §3.6.
            user_agent: format!("Cisco-{product}/{} ({})", profile.release, hex::encode(mac)),
            look_ups: self.look_ups.clone(),
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

/// The name servers in use.
pub(super) fn name_servers(settings: &Settings, lease: &Lease) -> Vec<IpAddr> {
    let manual: Vec<IpAddr> =
        ["Primary_DNS", "Secondary_DNS"].iter().filter_map(|name| settings.text(name).trim().parse().ok()).collect();
    let dhcp: Vec<IpAddr> = lease.dns.iter().map(|address| IpAddr::V4(*address)).collect();
    resolver::servers(settings.text("DNS_Server_Order"), &manual, &dhcp)
}

/// The time servers in use.
fn time_servers(settings: &Settings, lease: &Lease) -> NtpServers {
    let v4 = lease.ntp.iter().map(|address| IpAddr::V4(*address)).collect();
    NtpServers { manual: time_service::manual(settings), v4, v6: Vec::new() }
}

/// The search domain in use: the one that was set, or the network's.
pub(super) fn search_domain(settings: &Settings, lease: &Lease) -> Option<String> {
    match settings.text("Domain").trim() {
        "" => lease.domain.clone(),
        set => Some(set.to_owned()),
    }
}

fn name_service(settings: &Settings, lease: &Lease) -> Config {
    Config {
        servers: name_servers(settings, lease),
        search: search_domain(settings, lease),
        caching: settings.text("DNS_Caching_Enable") != "No",
        parallel: settings.text("DNS_Query_Mode") != "Sequential",
    }
}

/// What `Syslog_Identifier` stands for.
fn identifier(settings: &Settings, mac: Mac) -> String {
    match settings.text("Syslog_Identifier") {
        "$MA" => hex::encode(mac),
        "$MAU" => hex::encode_upper(mac),
        "$MAC" => mac_text(mac),
        _ => String::new(),
    }
}

fn list(servers: &[IpAddr]) -> String {
    if servers.is_empty() {
        "none".into()
    } else {
        servers.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
    }
}
