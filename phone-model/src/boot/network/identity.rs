//! Who the phone is to a DHCP server, and how long it takes its time.

use super::Setup;
use crate::boot::acs;
use crate::net::arp;
use crate::net::datagram::Mac;
use crate::net::dhcp::{Identity, Timing};
use crate::profile::Unknown;
use crate::settings::Settings;
use crate::time::Duration;

/// TR-069 §3.1: who wants to be told of an ACS has this in option 60 (phone-facts §3.5).
const TR069_CLASS: &[u8] = b"dslforum.org";

pub(super) fn timing(unknown: &Unknown) -> Timing {
    let millis = Duration::from_millis;
    Timing {
        start_delay: millis(unknown.dhcp_start_delay_ms),
        decline_wait: millis(unknown.dhcp_decline_wait_ms),
        fuzz: millis(unknown.dhcp_timer_fuzz_ms),
        arp: arp::Timing {
            probes: unknown.arp_probe_count,
            probe_interval: millis(unknown.arp_probe_interval_ms),
            announce_wait: millis(unknown.arp_announce_wait_ms),
        },
    }
}

pub(super) fn identity(setup: &Setup<'_>, mac: Mac) -> Identity {
    let host_name = match setup.settings.text("Host_Name") {
        "" => format!("SEP{}", hex::encode_upper(mac)),
        // The length of an option is one octet (RFC 2132 §2).
        set => set.chars().filter(char::is_ascii).take(255).collect(),
    };
    let set = &setup.profile.unknown.dhcp_vendor_class;
    let vendor_class = if wants_acs(setup.settings) {
        TR069_CLASS.to_vec()
    } else if set.is_empty() {
        // Phone-facts §3.5: the product name and a NUL at the end.
        format!("Cisco Systems, Inc. IP Phone {}\0", setup.profile.model.product_name()).into_bytes()
    } else {
        set.bytes().take(255).collect()
    };
    Identity { mac, host_name, vendor_class }
}

/// Whether TR-069 discovery is in play: an ACS is wanted of DHCP, and the order of options names 60 as a way to it.
fn wants_acs(settings: &Settings) -> bool {
    let listed = settings.text("DHCP_Option_To_Use").split(',').any(|code| code.trim() == "60");
    acs::wants_discovery(settings) && listed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use crate::boot::network::Source;
    use crate::defects::Defects;
    use crate::profile::{Model, Profile, Release};
    use std::path::Path;

    const MAC: Mac = [2, 0, 0, 0, 0x78, 0x41];

    fn told(values: &[(&str, &str)]) -> Identity {
        let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
        let settings = Settings::of(values.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect());
        let (source, flash, defects) = (Source::Dhcp, Path::new("/nowhere"), Defects::NONE);
        let setup =
            Setup { interface: "eth0", mac: None, settings: &settings, profile: &profile, source, flash, defects };
        identity(&setup, MAC)
    }

    #[test]
    fn option_60_names_the_model_and_ends_with_a_nul() {
        assert_eq!(told(&[]).vendor_class, b"Cisco Systems, Inc. IP Phone CP-7841-3PCC\0");
        assert_eq!(told(&[]).host_name, "SEP020000007841");
    }

    #[test]
    fn option_60_is_dslforum_org_when_an_acs_is_wanted_by_way_of_it() {
        let (on, asks) = (("Enable_TR-069", "Yes"), ("TR-069_DHCPOption_Init", "Yes"));
        assert_eq!(told(&[on, asks, ("DHCP_Option_To_Use", "66, 60,43")]).vendor_class, b"dslforum.org");
        assert_ne!(told(&[on, asks, ("DHCP_Option_To_Use", "66,160")]).vendor_class, b"dslforum.org");
        assert_ne!(told(&[on, ("DHCP_Option_To_Use", "60")]).vendor_class, b"dslforum.org");
        assert_ne!(told(&[("DHCP_Option_To_Use", "60")]).vendor_class, b"dslforum.org");
    }

    #[test]
    fn a_long_host_name_is_cut_to_what_an_option_holds() {
        assert_eq!(told(&[("Host_Name", &"a".repeat(300))]).host_name.len(), 255);
    }
}
