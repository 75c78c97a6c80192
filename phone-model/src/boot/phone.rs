//! One boot of the phone: all its machines, driven by one task.

use super::clock::Clock;
use super::lease_file::LeaseFile;
use super::log::{Line, Log};
use super::network::{self, Network, News};
use crate::command::Args;
use crate::defects::Defects;
use crate::net::datagram::Mac;
use crate::net::dhcp::Lease;
use crate::profile::Profile;
use crate::random::Random;
use crate::state::{Board, Ipv4Status};
use std::io;
use tokio::sync::mpsc;

/// How a boot ends.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Switched off in good order.
    Off,
}

/// The phone between power-on and restart.
#[derive(Debug)]
pub(super) struct Phone {
    board: Board,
    network: Network,
    log: Log,
}

impl Phone {
    /// Everything up to the first packet.
    ///
    /// # Errors
    /// When the interface is refused.
    pub(super) async fn boot(
        args: &Args,
        profile: &Profile,
        _defects: &Defects,
        mac: Option<Mac>,
        mut random: Random,
        log: Log,
        _lines: &mut mpsc::Receiver<Line>,
    ) -> io::Result<Self> {
        let clock = Clock::start();
        log.notice(&format!("boot {} release {}", profile.model.product_name(), profile.release));
        let file = LeaseFile::in_flash(&args.flash);
        let network =
            Network::start(&args.interface, mac, profile, "", random.fork(), file, clock, log.clone()).await?;
        let board = Board::default();
        board.change(|status| {
            status.mac = network.mac();
            status.booted_at = clock.booted_at();
        });
        Ok(Phone { board, network, log })
    }

    /// Runs until something ends this boot. May be dropped at any time.
    ///
    /// # Errors
    /// When the interface is gone.
    pub(super) async fn run(&mut self) -> io::Result<Outcome> {
        loop {
            let news = self.network.next().await?;
            self.news(news).await?;
        }
    }

    /// Leaves the network in good order.
    ///
    /// # Errors
    /// When the interface is gone.
    pub(super) async fn switch_off(mut self) -> io::Result<()> {
        self.log.notice("switched off");
        self.network.release();
        self.network.unconfigure().await
    }

    async fn news(&mut self, news: News) -> io::Result<()> {
        match news {
            News::Bound(lease) => {
                self.network.configure(&lease).await?;
                self.log.notice(&network::lease_text(&lease));
                self.show(&lease);
            }
            News::Renewed(lease) => {
                self.network.configure(&lease).await?;
                self.show(&lease);
            }
            News::Lost(loss) => {
                self.log.notice(&network::loss_text(loss));
                self.network.unconfigure().await?;
                self.board.change(|status| status.ipv4 = Ipv4Status::default());
            }
            News::Cable(up) => self.board.change(|status| {
                status.notice = if up { String::new() } else { "Network Unavailable".into() };
            }),
        }
        Ok(())
    }

    fn show(&self, lease: &Lease) {
        self.board.change(|status| {
            status.ipv4 = Ipv4Status {
                address: Some(lease.address),
                netmask: Some(lease.netmask()),
                gateway: lease.routers.first().copied(),
                dns: lease.dns.clone(),
                domain: lease.domain.clone().unwrap_or_default(),
            };
        });
    }
}
