//! What becomes of the phone with its address: taken, renewed, lost, replaced by another.

use super::{Outcome, Phone};
use crate::boot::log::Log;
use crate::boot::network::{self, News, Source};
use crate::boot::online;
use crate::net::dhcp::Lease;
use crate::net::syslog::Severity;
use crate::settings::Settings;
use crate::state::{Ipv4Status, RebootReason};
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
                return Ok(self.settle());
            }
            News::Renewed(lease) => {
                self.network.configure(&lease).await?;
                self.show(&lease);
                return Ok(self.settle());
            }
            News::Lost(loss) => {
                self.unit.log.notice(&network::loss_text(loss));
                // RFC 2131 §4.4.5: nothing more is sent from this address.
                self.addresses.lease = None;
                if self.online.as_ref().is_some_and(|online| online.address().is_ipv4()) {
                    self.go_offline();
                }
                self.network.unconfigure().await?;
                self.board.change(|status| status.ipv4 = Ipv4Status::default());
                return Ok(self.settle());
            }
            News::Cable(up) => {
                if let Some(six) = &mut self.network6 {
                    six.cable(up);
                }
                self.board.change(|status| {
                    status.notice = if up { String::new() } else { "Network Unavailable".into() };
                });
            }
        }
        Ok(None)
    }

    fn show(&mut self, lease: &Lease) {
        self.addresses.lease = Some(lease.clone());
        let servers = online::name_servers(&self.settings, &self.addresses);
        self.board.change(|status| {
            status.ipv4 = Ipv4Status {
                address: Some(lease.address),
                netmask: Some(lease.netmask()),
                gateway: lease.routers.first().copied(),
                dns: servers
                    .iter()
                    .filter_map(|ip| if let std::net::IpAddr::V4(v4) = ip { Some(*v4) } else { None })
                    .collect(),
                domain: online::search_domain(&self.settings, &self.addresses).unwrap_or_default(),
            };
        });
    }
}

/// Where the address comes from.
pub(super) fn source(settings: &Settings, log: &Log) -> Source {
    if settings.text("IP_Mode") == "IPv6 Only" {
        log.notice("IP mode is IPv6 Only: no IPv4 address is asked for");
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
