//! What becomes of the phone with its IPv6 addresses, and which of all its addresses it works from.

use super::{Outcome, Phone};
use crate::boot::log::Log;
use crate::boot::network6::{self, Fixed6, Network6, Setup6, Source6};
use crate::boot::online::{self, Online};
use crate::defects::{Defect, Defects};
use crate::net::link::Link;
use crate::net::syslog::Severity;
use crate::random::Random;
use crate::settings::Settings;
use crate::state::{Ipv6Status, RebootReason, Registration};
use crate::time::Instant;
use std::io;
use std::net::{IpAddr, Ipv6Addr};

impl Phone {
    /// Neighbour discovery or DHCPv6 has found something out.
    pub(super) async fn news6(&mut self) -> io::Result<Option<Outcome>> {
        let Some(network) = &mut self.network6 else { return Ok(None) };
        let six = network.configure().await?;
        let address = |six: &Option<network6::Config6>| six.as_ref().map(|six| (six.address, six.length));
        if address(&six) != address(&self.addresses.six) {
            self.unit.log.notice(&match &six {
                Some(six) => format!("IPv6 address {}/{}", six.address, six.length),
                None => "no IPv6 address".into(),
            });
        }
        let options = |six: &Option<network6::Config6>| six.as_ref().and_then(|six| six.lease.clone());
        let told = options(&six).is_some() && options(&six) != options(&self.addresses.six);
        self.addresses.six = six;
        self.show6();
        let outcome = self.settle();
        if told && self.first_resync_planned {
            self.look_for_server();
        }
        Ok(outcome)
    }

    /// Brings what is online in line with the addresses: starts it, tells it, ends it; or restarts the phone when its address is another.
    pub(super) fn settle(&mut self) -> Option<Outcome> {
        if let Some(online) = &mut self.online {
            if self.addresses.hold(online.address()) {
                online.configure(&self.settings, &self.addresses);
                online.serve_web(&self.unit, &self.settings, &self.board, &self.commands, &mut self.random);
                return None;
            }
            self.go_offline();
        }
        let patient = self.clock.now() < self.patience && self.settings.text("IP_Mode") == "Dual Mode";
        let address = self.addresses.choose(prefers_v6(&self.settings, &self.unit.defects), patient)?;
        let other = |before: IpAddr| before.is_ipv6() && address.is_ipv6() && before != address;
        if self.used.is_some_and(other) {
            return Some(Outcome::Restart(RebootReason::IpChanged));
        }
        self.used = Some(address);
        let (board, random) = (self.board.clone(), &mut self.random);
        let mut online = Online::start(&self.unit, &self.settings, &self.addresses, address, board, self.clock, random);
        online.serve_web(&self.unit, &self.settings, &self.board, &self.commands, random);
        self.online = Some(online);
        self.connect_control();
        self.plan_first_resync();
        self.find_acs();
        None
    }

    /// When the phone stops waiting for an address of the preferred version; nothing when it has no other anyway.
    pub(super) fn patience_ends(&self) -> Option<Instant> {
        let waits = self.online.is_none() && self.addresses.all().next().is_some();
        waits.then_some(self.patience).filter(|at| *at > self.clock.now())
    }

    /// Ends all that works from an address which is gone.
    pub(super) fn go_offline(&mut self) {
        self.online = None;
        self.board.change(|status| {
            status.calls.clear();
            status.dialled.clear();
            status.off_hook = false;
            status.soft_keys.clear();
            status.directory = None;
            for line in status.lines.iter_mut().filter(|line| line.registration == Registration::Registered) {
                line.registration = Registration::NotRegistered;
                line.next_registration_in = None;
            }
        });
    }

    fn show6(&self) {
        let servers = online::name_servers(&self.settings, &self.addresses);
        let six = self.addresses.six.as_ref();
        self.board.change(|status| {
            status.ipv6 = six.map_or_else(Ipv6Status::default, |six| Ipv6Status {
                address: Some(six.address),
                prefix_length: Some(six.length),
                gateway: six.gateway,
                dns: servers.iter().filter_map(|ip| if let IpAddr::V6(v6) = ip { Some(*v6) } else { None }).collect(),
                domain: six.domains.first().cloned().unwrap_or_default(),
            });
        });
    }
}

/// Starts IPv6, or keeps the kernel silent in it.
pub(super) async fn start(
    unit: &super::Unit,
    settings: &Settings,
    link: Link,
    random: Random,
    clock: crate::boot::clock::Clock,
) -> io::Result<Option<Network6>> {
    let Some(source) = source6(settings, &unit.defects, &unit.log) else {
        network6::silence(&unit.interface, &unit.log);
        return Ok(None);
    };
    let (interface, unknown) = (unit.interface.as_str(), &unit.profile.unknown);
    let setup = Setup6 { interface, link, unknown, defects: &unit.defects, source, flash: &unit.flash };
    match Network6::start(setup, random, clock, unit.log.clone()).await {
        Ok(network) => Ok(Some(network)),
        // A kernel without IPv6 is no reason to be no phone, unless there is nothing else.
        Err(error) if settings.text("IP_Mode") == "Dual Mode" => {
            unit.log.write(Severity::Error, &format!("IPv6: {error}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether SIP is to use IPv6 where it can (`SIP_IP_Preference`).
fn prefers_v6(settings: &Settings, defects: &Defects) -> bool {
    settings.text("SIP_IP_Preference") == "IPv6" && !defects.has(Defect::Ipv6IgnoresPreference)
}

/// Where the IPv6 address comes from; nowhere when the mode is IPv4 Only.
fn source6(settings: &Settings, defects: &Defects, log: &Log) -> Option<Source6> {
    if settings.text("IP_Mode") == "IPv4 Only" && !defects.has(Defect::Ipv6SpeaksInIpv4Only) {
        return None;
    }
    let automatic = Source6::Automatic { autoconfigure: settings.text("Auto_Config") == "Enabled" };
    if settings.text("IPv6_Connection_Type") != "Static IP" {
        return Some(automatic);
    }
    let address = |name: &str| settings.text(name).trim().parse::<Ipv6Addr>().ok();
    let length = settings.text("Prefix_Length").parse::<u8>().ok().filter(|length| (1..=128).contains(length));
    match (address("IPv6_Static_IP"), length) {
        (Some(own), Some(length)) => {
            Some(Source6::Fixed(Fixed6 { address: own, length, gateway: address("IPv6_Gateway") }))
        }
        (None, _) | (_, None) => {
            log.write(
                Severity::Error,
                "a static IPv6 address needs Static IP and Prefix Length; the phone stays without one",
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use crate::profile::{Model, Profile, Release, Unknown};
    use crate::settings::Store;

    fn settings(values: &[(&str, &str)]) -> Settings {
        let folder = tempfile::tempdir().unwrap();
        let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
        let store = Store::open(folder.path(), &profile, Defects::NONE).unwrap();
        store.change(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()).unwrap();
        store.snapshot()
    }

    fn log() -> Log {
        Log::new(crate::boot::serial::Serial::make().unwrap().0, crate::boot::clock::TimeOfDay::default()).0
    }

    #[test]
    fn ip_mode_and_connection_type_decide_where_the_address_comes_from() {
        let none = Defects::NONE;
        let of = |values: &[(&str, &str)], defects: &Defects| source6(&settings(values), defects, &log());
        assert_eq!(of(&[], &none), Some(Source6::Automatic { autoconfigure: true }));
        assert_eq!(of(&[("Auto_Config", "Disabled")], &none), Some(Source6::Automatic { autoconfigure: false }));
        assert_eq!(of(&[("IP_Mode", "IPv4 Only")], &none), None);
        let defect = Defects::of([Defect::Ipv6SpeaksInIpv4Only]);
        assert!(of(&[("IP_Mode", "IPv4 Only")], &defect).is_some());
        let fixed = [
            ("IPv6_Connection_Type", "Static IP"),
            ("IPv6_Static_IP", "2001:db8:78::50"),
            ("Prefix_Length", "64"),
            ("IPv6_Gateway", "fe80::1"),
        ];
        let expected = Fixed6 {
            address: "2001:db8:78::50".parse().unwrap(),
            length: 64,
            gateway: Some("fe80::1".parse().unwrap()),
        };
        assert_eq!(of(&fixed, &none), Some(Source6::Fixed(expected)));
    }

    #[test]
    fn sip_prefers_what_the_setting_says_unless_the_phone_has_the_defect() {
        let six = settings(&[("SIP_IP_Preference", "IPv6")]);
        assert!(prefers_v6(&six, &Defects::NONE) && !prefers_v6(&settings(&[]), &Defects::NONE));
        assert!(!prefers_v6(&six, &Defects::of([Defect::Ipv6IgnoresPreference])));
    }
}
