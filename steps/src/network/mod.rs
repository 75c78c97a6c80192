//! The servers on the bench of a scenario: what a small provider's network has, each at an address of its own, and what only some
//! scenarios need beside it.

pub mod extra;
pub mod hosts;
mod names;

pub use names::{LISTED, MOVED, PASSWORD, PHONE_MAC, Party, SECOND_USER, STRANGER, USER};

use crate::outcome::Stop;
use bench::{Net, plan};
use extra::Guests;
use servers::dhcp::{self, OptionValue};
use servers::{ServerFault, Sockets, dns, http, sip, syslog};
use std::net::{IpAddr, SocketAddr};

/// All servers of a scenario. Those with a field of their own are always on; the others are guests.
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
    /// What this scenario needs beside them.
    pub guests: Guests,
}

impl Network {
    /// Starts the servers that are always on.
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
        let dns = dns::Server::start(&sockets, at(plan::NAME_SERVER, dns::PORT), names::zone()?).await?;
        Ok(Network {
            dhcp: dhcp::Server::start(&sockets, settings).await?,
            dns,
            syslog: syslog::Server::start(&sockets, at(plan::SYSLOG, syslog::PORT)).await?,
            provisioning: http::Server::start(&sockets, at(plan::PROVISIONING, http::PORT)).await?,
            call_server: sip_server(&sockets, Party::CallServer, LISTED[0]).await?,
            second: sip_server(&sockets, Party::Second, LISTED[1]).await?,
            stranger: sip_server(&sockets, Party::Stranger, STRANGER).await?,
            moved: sip_server(&sockets, Party::Moved, MOVED).await?,
            guests: Guests::default(),
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

    /// The same, to let it listen for more.
    pub fn sip_mut(&mut self, party: Party) -> &mut sip::Server {
        match party {
            Party::CallServer => &mut self.call_server,
            Party::Second => &mut self.second,
            Party::Stranger => &mut self.stranger,
            Party::Moved => &mut self.moved,
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
            .or_else(|| self.guests.fault())
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
        self.guests.close().await;
    }

    /// Makes a name stand for other addresses.
    ///
    /// # Errors
    /// The feature is at fault when the name is none.
    pub fn name(&self, name: &str, ttl: u32, addresses: &[IpAddr]) -> Result<(), Stop> {
        names::set(self.dns.zone(), name, ttl, addresses)
    }
}

impl From<ServerFault> for Stop {
    fn from(fault: ServerFault) -> Self {
        Stop::server(fault)
    }
}

async fn sip_server(sockets: &Sockets, party: Party, name: &str) -> Result<sip::Server, Stop> {
    let address = SocketAddr::new(party.address(), sip::PORT);
    let server = sip::Server::start(sockets, name, &[address]).await?;
    for user in [USER, SECOND_USER] {
        server.account(user, user, PASSWORD);
    }
    Ok(server)
}
