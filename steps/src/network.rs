//! The servers on the bench of a scenario: what a small provider's network has, each at an address of its own.

use crate::outcome::Stop;
use bench::plan;
use bench::{MacAddress, Net};
use servers::dhcp::{self, OptionValue};
use servers::dns::{self, Records, Zone};
use servers::{ServerFault, Sockets, http, sip, syslog};
use std::net::{IpAddr, SocketAddr};

/// The account of extension 1 at the call server.
pub const USER: &str = "5550001";
/// The account of extension 2.
pub const SECOND_USER: &str = "5550002";
/// The password of both.
pub const PASSWORD: &str = "bench-Secret.17";
/// The names of the document's own example.
pub const LISTED: [&str; 2] = ["voiceip.com", "voiceip1.com"];
/// A server that is never listed.
pub const STRANGER: &str = "stranger.example";
/// Where a name may move.
pub const MOVED: &str = "moved.example";
/// How long names live in DNS unless a scenario says otherwise, seconds.
const TTL: u32 = 300;

/// All servers of a scenario.
pub struct Network {
    /// DHCP.
    pub dhcp: dhcp::Server,
    /// DNS.
    pub dns: dns::Server,
    /// Syslog.
    pub syslog: syslog::Server,
    /// Where profiles come from.
    pub provisioning: http::Server,
    /// The first listed server: registrar and call server.
    pub call_server: sip::Server,
    /// The second listed server.
    pub second: sip::Server,
    /// The one that is never listed.
    pub stranger: sip::Server,
    /// An address to which a name may move.
    pub moved: sip::Server,
}

/// One of the SIP servers, as features name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// `the call server`.
    CallServer,
    /// `the second server`.
    Second,
    /// `the stranger`.
    Stranger,
    /// `the moved server`.
    Moved,
}

impl Party {
    /// Its address.
    pub const fn address(self) -> IpAddr {
        match self {
            Party::CallServer => plan::SIP_LISTED.ip(),
            Party::Second => plan::SIP_SECOND.ip(),
            Party::Stranger => plan::SIP_UNLISTED.ip(),
            Party::Moved => plan::MOVED.ip(),
        }
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Party::CallServer => "the call server",
            Party::Second => "the second server",
            Party::Stranger => "the stranger",
            Party::Moved => "the moved server",
        })
    }
}

impl std::str::FromStr for Party {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Party::CallServer, Party::Second, Party::Stranger, Party::Moved]
            .into_iter()
            .find(|p| p.to_string() == text)
            .ok_or_else(|| format!("there is no server called `{text}`"))
    }
}

impl Network {
    /// Starts all servers.
    ///
    /// # Errors
    /// Our server's fault, with its name.
    pub async fn start(net: &Net) -> Result<Self, Stop> {
        let sockets = Sockets::Bench(net.clone());
        let at = |host: plan::Host, port| SocketAddr::new(host.ip(), port);
        let mut settings = dhcp::Settings::new(plan::GATEWAY.v4(), plan::POOL_V4);
        settings.lease = 3600;
        settings
            .options
            .set(1, OptionValue::from(plan::NETMASK_V4))
            .set(3, OptionValue::from(plan::GATEWAY.v4()))
            .set(6, OptionValue::from(plan::NAME_SERVER.v4()))
            .set(15, OptionValue::from(plan::SEARCH_DOMAIN));
        let dns = dns::Server::start(&sockets, at(plan::NAME_SERVER, dns::PORT), zone()?).await?;
        Ok(Network {
            dhcp: dhcp::Server::start(&sockets, settings).await?,
            dns,
            syslog: syslog::Server::start(&sockets, at(plan::SYSLOG, syslog::PORT)).await?,
            provisioning: http::Server::start(&sockets, at(plan::PROVISIONING, http::PORT)).await?,
            call_server: sip_server(&sockets, Party::CallServer, LISTED[0]).await?,
            second: sip_server(&sockets, Party::Second, LISTED[1]).await?,
            stranger: sip_server(&sockets, Party::Stranger, STRANGER).await?,
            moved: sip_server(&sockets, Party::Moved, MOVED).await?,
        })
    }

    /// A SIP server by its part.
    pub fn sip(&self, party: Party) -> &sip::Server {
        match party {
            Party::CallServer => &self.call_server,
            Party::Second => &self.second,
            Party::Stranger => &self.stranger,
            Party::Moved => &self.moved,
        }
    }

    /// The first server that died, if any did.
    pub fn fault(&self) -> Option<ServerFault> {
        let sip = [&self.call_server, &self.second, &self.stranger, &self.moved];
        self.dhcp
            .fault()
            .or_else(|| self.dns.fault())
            .or_else(|| self.syslog.fault())
            .or_else(|| self.provisioning.fault())
            .or_else(|| sip.into_iter().find_map(sip::Server::fault))
    }

    /// Ends all servers and waits until their ports are free for the next scenario on this bench.
    pub async fn close(self) {
        for server in [self.call_server, self.second, self.stranger, self.moved] {
            server.close().await;
        }
        self.dhcp.close().await;
        self.dns.close().await;
        self.syslog.close().await;
        self.provisioning.close().await;
    }

    /// Makes a name stand for other addresses.
    ///
    /// # Errors
    /// The feature is at fault when the name is none.
    pub fn name(&self, name: &str, ttl: u32, addresses: &[IpAddr]) -> Result<(), Stop> {
        set(self.dns.zone(), name, ttl, addresses)
    }
}

impl From<ServerFault> for Stop {
    fn from(fault: ServerFault) -> Self {
        Stop::server(fault)
    }
}

/// The Ethernet address of the phone on every bench: locally administered.
pub const PHONE_MAC: MacAddress = MacAddress::phone(1);

async fn sip_server(sockets: &Sockets, party: Party, name: &str) -> Result<sip::Server, Stop> {
    let address = SocketAddr::new(party.address(), sip::PORT);
    let server = sip::Server::start(sockets, name, &[address]).await?;
    for user in [USER, SECOND_USER] {
        server.account(user, user, PASSWORD);
    }
    Ok(server)
}

fn zone() -> Result<Zone, Stop> {
    let zone = Zone::new();
    for (name, party) in
        [(LISTED[0], Party::CallServer), (LISTED[1], Party::Second), (STRANGER, Party::Stranger), (MOVED, Party::Moved)]
    {
        set(&zone, name, TTL, &[party.address()])?;
    }
    for (name, host) in [("prov", plan::PROVISIONING), ("syslog", plan::SYSLOG)] {
        set(&zone, &format!("{name}.{}", plan::SEARCH_DOMAIN), TTL, &[host.ip()])?;
    }
    Ok(zone)
}

/// Sets both address families, so that nothing of the old answer stays.
fn set(zone: &Zone, name: &str, ttl: u32, addresses: &[IpAddr]) -> Result<(), Stop> {
    let v4: Vec<_> = addresses
        .iter()
        .filter_map(|a| match a {
            IpAddr::V4(a) => Some(*a),
            IpAddr::V6(_) => None,
        })
        .collect();
    let v6: Vec<_> = addresses
        .iter()
        .filter_map(|a| match a {
            IpAddr::V6(a) => Some(*a),
            IpAddr::V4(_) => None,
        })
        .collect();
    let named = |e: dns::BadName| Stop::bench(format!("{e}; correct the feature file"));
    if v4.is_empty() {
        zone.remove(name, dns::RecordKind::A).map_err(named)?;
    } else {
        zone.set(name, ttl, Records::A(v4)).map_err(named)?;
    }
    if v6.is_empty() {
        zone.remove(name, dns::RecordKind::Aaaa).map_err(named)
    } else {
        zone.set(name, ttl, Records::Aaaa(v6)).map_err(named)
    }
}
