//! What becomes of the phone with its address: taken, renewed, lost, replaced by another.

use super::{Outcome, Phone};
use crate::boot::log::Log;
use crate::boot::network::{self, News, Source};
use crate::boot::online;
use crate::boot::renewal::Verdict;
use crate::defects::{Defect, Defects};
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
                self.unit.log.notice(&network::lease_text(&lease));
                if self.renewal.bound(self.address, lease.address) == Verdict::Reset {
                    // The address is kept in flash, and taken by the next boot.
                    self.network.unconfigure().await?;
                    return Ok(Some(Outcome::Restart(RebootReason::IpChanged)));
                }
                self.network.configure(&lease).await?;
                self.address = Some(lease.address);
                return Ok(self.leased(&lease));
            }
            News::Renewed(lease) => {
                self.network.configure(&lease).await?;
                self.unit.log.write(Severity::Informational, &format!("{}, renewed", network::lease_text(&lease)));
                match self.renewal.renewed() {
                    Verdict::Reset => return Ok(Some(Outcome::Restart(RebootReason::IpChanged))),
                    Verdict::Confirmed => self.unit.log.notice("the DHCP server confirms the address"),
                    Verdict::Unasked => {}
                }
                return Ok(self.leased(&lease));
            }
            News::Lost(loss) => {
                self.unit.log.notice(&network::loss_text(loss));
                // RFC 2131 §4.4.5: nothing more is sent from this address.
                self.addresses.lease = None;
                if self.online.as_ref().is_some_and(|online| online.address().is_ipv4()) {
                    self.go_offline();
                }
                self.network.unconfigure().await?;
                if self.renewal.lost(loss) == Verdict::Reset {
                    return Ok(Some(Outcome::Restart(RebootReason::IpChanged)));
                }
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

    /// A SIP request had no response in time ("DHCP Timeout on Renewal").
    pub(super) fn unanswered(&mut self) -> Option<Outcome> {
        let now = self.clock.now();
        if !self.renewal.silence(now) {
            return None;
        }
        if self.network.renew() {
            self.renewal.asked(now);
            self.unit.log.notice("no SIP response, asking the DHCP server to renew the address");
            return None;
        }
        // Nobody lent a static address, so nobody can confirm it: the phone goes on with it.
        let resets = self.unit.defects.has(Defect::StaticResetsOnSilence);
        resets.then_some(Outcome::Restart(RebootReason::IpChanged))
    }

    /// A time server set the clock.
    pub(super) fn time_set(&mut self) {
        let booted_at = self.clock.booted_at(&self.unit.wall);
        self.board.change(|status| {
            status.booted_at = booted_at;
            status.time_known = true;
        });
    }

    /// Each lease that comes into force passes here, new or renewed: whoever lives by its options learns of them.
    fn leased(&mut self, lease: &Lease) -> Option<Outcome> {
        self.addresses.lease = Some(lease.clone());
        let outcome = self.settle();
        self.show4();
        outcome
    }

    /// Shows the lease in force as the settings make use of it.
    pub(super) fn show4(&self) {
        let Some(lease) = &self.addresses.lease else { return };
        let servers = online::name_servers(&self.settings, &self.addresses);
        let time_offset = time_offset(&self.settings, lease, &self.unit.defects);
        let time_servers = self.online.as_ref().map(|online| online.time_servers().to_vec()).unwrap_or_default();
        self.board.change(|status| {
            status.ipv4 = Ipv4Status {
                address: Some(lease.address),
                netmask: Some(lease.netmask()),
                gateway: lease.gateway(),
                dns: servers
                    .iter()
                    .filter_map(|ip| if let std::net::IpAddr::V4(v4) = ip { Some(*v4) } else { None })
                    .collect(),
                domain: online::search_domain(&self.settings, &self.addresses).unwrap_or_default(),
                time_offset,
            };
            status.time_servers = time_servers;
        });
    }
}

/// Where the address comes from.
pub(super) fn source(settings: &Settings, defects: &Defects, log: &Log) -> Source {
    if settings.text("IP_Mode") == "IPv6 Only" && !defects.has(Defect::Ipv6SpeaksV4InIpv6Only) {
        log.notice("IP mode is IPv6 Only: no IPv4 address is asked for");
        return Source::Nowhere;
    }
    let stays = defects.has(Defect::StaticStays) && !settings.text("Static_IP").is_empty();
    if settings.text("Connection_Type") != "Static IP" && !stays {
        return Source::Dhcp;
    }
    let address = |name: &str| settings.text(name).trim().parse::<Ipv4Addr>().ok();
    match (address("Static_IP"), address("NetMask")) {
        (Some(own), Some(mask)) => Source::Fixed(Box::new(Lease::fixed(own, mask, address("Gateway")))),
        // The page and profiles refuse this; what an older flash holds must not make the phone unreachable.
        (None, _) | (_, None) => {
            log.write(Severity::Error, "a static address needs Static IP and NetMask; DHCP is used in their place");
            Source::Dhcp
        }
    }
}

/// The offset of local time that the DHCP server told, if the phone is to go by it.
fn time_offset(settings: &Settings, lease: &Lease, defects: &Defects) -> Option<i32> {
    let ignored = match settings.yes("Ignore_DHCP_Time_Offset") {
        true => !defects.has(Defect::DhcpAppliesIgnoredOffset),
        false => defects.has(Defect::DhcpIgnoresOffset),
    };
    lease.time_offset.filter(|_| !ignored)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    #[test]
    fn connection_type_and_ip_mode_decide_where_the_address_comes_from() {
        let log = Log::new(
            crate::boot::serial::Serial::make().expect("a serial line").0,
            crate::boot::clock::TimeOfDay::default(),
        )
        .0;
        let of = |mode: &str, kind: &str, defects: &[Defect]| {
            let values = [
                ("IP_Mode", mode),
                ("Connection_Type", kind),
                ("Static_IP", "192.0.2.50"),
                ("NetMask", "255.255.255.0"),
                ("Gateway", "192.0.2.1"),
            ];
            let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
            source(&Settings::of(values.into()), &Defects::of(defects.iter().copied()), &log)
        };
        assert!(matches!(of("Dual Mode", "DHCP", &[]), Source::Dhcp));
        assert!(matches!(of("IPv4 Only", "Static IP", &[]), Source::Fixed(_)));
        assert!(matches!(of("IPv6 Only", "DHCP", &[]), Source::Nowhere));
        assert!(matches!(of("Dual Mode", "DHCP", &[Defect::StaticStays]), Source::Fixed(_)));
        assert!(matches!(of("IPv6 Only", "DHCP", &[Defect::Ipv6SpeaksV4InIpv6Only]), Source::Dhcp));
    }

    #[test]
    fn the_servers_offset_counts_only_when_it_is_not_to_be_ignored() {
        let mut lease = Lease::fixed(Ipv4Addr::new(192, 0, 2, 50), Ipv4Addr::new(255, 255, 255, 0), None);
        lease.time_offset = Some(-18_000);
        let of = |ignore: &str, defects: &[Defect]| {
            let values = [("Ignore_DHCP_Time_Offset".to_owned(), ignore.to_owned())];
            time_offset(&Settings::of(values.into()), &lease, &Defects::of(defects.iter().copied()))
        };
        assert_eq!((of("Yes", &[]), of("No", &[])), (None, Some(-18_000)));
        assert_eq!(of("Yes", &[Defect::DhcpAppliesIgnoredOffset]), Some(-18_000));
        assert_eq!(of("No", &[Defect::DhcpIgnoresOffset]), None);
    }
}
