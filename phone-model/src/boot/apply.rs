//! Which settings take effect at once, and which need a restart (phone-facts §1.4: no source lists them).
//!
//! Our reading: what the phone can change without dropping its address or its page is applied live, since the guides tell of parameters that
//! do not restart it; what is read only while booting restarts it, with the reason `Provisioning`.

/// Parameters that are read only at boot. A name that ends with `*` stands for all that begin so.
const NEED_RESTART: &[&str] = &[
    // How the phone gets its address: everything that is bound to the old one would have to go.
    "Connection_Type",
    "Static_IP",
    "NetMask",
    "Gateway",
    "IP_Mode",
    "IPv6_*",
    "Prefix_Length",
    "Auto_Config",
    "Broadcast_Echo",
    // What is said in DHCP, and asked of it.
    "Host_Name",
    "DHCP_Option_To_Use",
    "DHCPv6_Option_To_Use",
    "Enable_TR-069",
    "TR-069_DHCPOption_Init",
    "DHCP_VLAN_Option",
    "Enable_VLAN",
    "VLAN_ID",
    "PC_Port_VLAN_ID",
    "Enable_CDP",
    "Enable_LLDP-MED",
    "Network_Startup_Delay",
    // Where the page is.
    "Enable_Web_Server",
    "Enable_Protocol",
    "Web_Server_Port",
    // What TLS offers: all of it begins anew.
    "TLS_Cipher_List",
    "TLS_Min_Version",
    "TLS_Client_Min_Version",
    "TLS_Server_Min_Version",
    // Asset ID is named by the administration guide as one that restarts.
    "Asset_ID",
    // "Changing a profile rule causes an immediate reboot and resync" (phone-facts §1.4).
    "Profile_Rule",
    "Profile_Rule_B",
    "Profile_Rule_C",
    "Profile_Rule_D",
];

/// The first of these parameters that needs a restart.
pub(super) fn needs_restart(changed: &[String]) -> Option<&str> {
    changed.iter().map(String::as_str).find(|name| {
        NEED_RESTART.iter().any(|entry| match entry.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => entry == name,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Model, Release};
    use crate::settings::Catalogue;

    #[test]
    fn every_entry_names_a_parameter_of_the_phone() {
        let releases = [Release::DOCUMENT, Release::R11_3_1, Release::new(12, 0, 7)];
        let catalogues = releases.map(|release| Catalogue::of(Model::Cp7841, release));
        let all = catalogues.iter().flat_map(Catalogue::all);
        let names: Vec<&str> = all.map(|parameter| parameter.name.as_str()).collect();
        for &entry in NEED_RESTART {
            let beginning = entry.trim_end_matches('*');
            assert!(
                names.iter().any(|name| *name == entry || (beginning != entry && name.starts_with(beginning))),
                "{entry}"
            );
        }
    }

    #[test]
    fn addresses_and_the_place_of_the_page_need_a_restart_and_telephony_does_not() {
        let of = |name: &str| needs_restart(&[name.to_owned()]).is_some();
        assert!(of("Connection_Type") && of("Web_Server_Port") && of("IPv6_Static_IP"));
        assert!(
            !of("Restricted_Access_Domains") && !of("Auth_INVITE_1_") && !of("User_ID_1_") && !of("Admin_Password")
        );
    }
}
