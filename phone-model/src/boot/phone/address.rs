//! What becomes of the phone with its address: taken, renewed, lost, replaced by another.

use super::{Outcome, Phone};
use crate::boot::log::Log;
use crate::boot::network::{self, News, Source};
use crate::boot::online::{self, Online};
use crate::net::dhcp::Lease;
use crate::net::syslog::Severity;
use crate::settings::Settings;
use crate::state::{Ipv4Status, RebootReason, Registration};
use std::io;
use std::net::Ipv4Addr;

impl Phone {
    pub(super) async fn news(&mut self, news: News) -> io::Result<Option<Outcome>> {
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
        self.plan_first_resync();
        self.find_acs();
    }

    fn show(&self, lease: &Lease) {
        let servers = online::name_servers(&self.settings, lease);
        self.board.change(|status| {
            status.ipv4 = Ipv4Status {
                address: Some(lease.address),
                netmask: Some(lease.netmask()),
                gateway: lease.routers.first().copied(),
                dns: servers
                    .iter()
                    .filter_map(|ip| if let std::net::IpAddr::V4(v4) = ip { Some(*v4) } else { None })
                    .collect(),
                domain: online::search_domain(&self.settings, lease).unwrap_or_default(),
            };
        });
    }
}

/// Where the address comes from.
pub(super) fn source(settings: &Settings, log: &Log) -> Source {
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
