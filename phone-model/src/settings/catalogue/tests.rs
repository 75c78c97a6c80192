#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::settings::Rules;
use std::collections::HashSet;

const RELEASES: [Release; 5] =
    [Release::new(11, 0, 1), Release::DOCUMENT, Release::R11_3_1, Release::R12_0_2, Release::new(12, 0, 7)];

fn default(release: Release, name: &str) -> Option<String> {
    Catalogue::of(Model::Cp7841, release).get(name).map(|p| p.default.clone())
}

#[test]
fn names_and_places_are_unique_and_defaults_are_allowed() {
    for model in Model::ALL {
        for release in RELEASES {
            let catalogue = Catalogue::of(model, release);
            let names: HashSet<_> = catalogue.all().iter().map(|p| &p.name).collect();
            assert_eq!(names.len(), catalogue.all().len());
            let places: HashSet<_> = catalogue.all().iter().map(|p| (p.tab, &p.section, &p.label)).collect();
            assert_eq!(places.len(), catalogue.all().len());
            for p in catalogue.all() {
                assert_eq!(
                    p.kind.check(&p.default, p.default.is_empty(), Rules::default()),
                    Ok(p.default.clone()),
                    "{}",
                    p.name
                );
            }
        }
    }
}

#[test]
fn the_procedures_of_the_document_find_their_fields() {
    let catalogue = Catalogue::of(Model::Cp7841, Release::DOCUMENT);
    let place = |name: &str| {
        let p = catalogue.get(name).unwrap();
        format!("{} > {} > {} = {:?}", p.tab.title(), p.section, p.label, p.default)
    };
    let places = [
        "Restricted_Access_Domains",
        "Auth_INVITE_4_",
        "SIP_Transport_1_",
        "SIP_Port_4_",
        "Connection_Type",
        "IPv6_Connection_Type",
        "LDAP_Server",
        "Auth_Resync-Reboot_1_",
        "Resync_At__HHmm_",
        "Log_Missed_Calls_for_EXT_2",
        "Extension_3_",
    ]
    .map(place)
    .join("\n");
    insta::assert_snapshot!(places, @r#"
    System > System Configuration > Restricted Access Domains = ""
    Ext 4 > SIP Settings > Auth INVITE = "No"
    Ext 1 > SIP Settings > SIP Transport = "UDP"
    Ext 4 > SIP Settings > SIP Port = "5063"
    System > IPv4 Settings > Connection Type = "DHCP"
    System > IPv6 Settings > Connection Type = "DHCP"
    Phone > LDAP > Server = ""
    Ext 1 > SIP Settings > Auth Resync-Reboot = "Yes"
    Provisioning > Configuration Profile > Resync At (HHmm) = ""
    User > Supplementary Services > Log Missed Calls for EXT 2 = "Yes"
    Phone > Line Key 3 > Extension = "3"
    "#);
}

#[test]
fn releases_differ_where_the_sources_say_so() {
    let has = |release, name| default(release, name).is_some();
    assert!(!has(Release::new(11, 1, 1), "Block_Nonproxy_SIP") && has(Release::DOCUMENT, "Block_Nonproxy_SIP"));
    assert!(!has(Release::DOCUMENT, "TLS_Name_Validate_1_") && has(Release::R11_3_1, "TLS_Name_Validate_1_"));
    assert!(!has(Release::R11_3_1, "Auth_Support_RFC8760_1_") && has(Release::R12_0_2, "Auth_Support_RFC8760_1_"));
    let web = |release| (default(release, "Enable_Protocol").unwrap(), default(release, "Web_Server_Port").unwrap());
    assert_eq!(web(Release::R12_0_2), ("Http".into(), "80".into()));
    assert_eq!(web(Release::new(12, 0, 3)), ("Https".into(), "443".into()));
}

#[test]
fn models_differ_in_lines_jacks_and_speed() {
    let count = |model, prefix: &str| {
        Catalogue::of(model, Release::DOCUMENT).all().iter().filter(|p| p.name.starts_with(prefix)).count()
    };
    assert_eq!(Model::ALL.map(|m| count(m, "Auth_INVITE_")), [1, 2, 4, 16]);
    assert_eq!(Model::ALL.map(|m| count(m, "Headset_Volume")), [0, 1, 1, 1]);
    let fast = |model| {
        let catalogue = Catalogue::of(model, Release::DOCUMENT);
        catalogue.get("Switch_Port_Config").unwrap().kind.check("1000 FULL", false, Rules::default()).is_ok()
    };
    assert_eq!(Model::ALL.map(fast), [false, false, true, false]);
}

/// phone-facts §2.2, every element; `_n_` stands for a line. Each is known in some release.
const IN_SCOPE: &str = "Restricted_Access_Domains Block_Nonproxy_SIP IP_Mode Connection_Type Static_IP NetMask Gateway Primary_DNS Secondary_DNS
    IPv6_Connection_Type IPv6_Static_IP IPv6_Gateway IPv6_Primary_DNS IPv6_Secondary_DNS Prefix_Length Broadcast_Echo Auto_Config SIP_IP_Preference
    Host_Name Domain DNS_Server_Order DNS_Query_Mode DNS_Caching_Enable DHCP_Option_To_Use DHCPv6_Option_To_Use DHCP_VLAN_Option
    Ignore_DHCP_Time_Offset Primary_NTP_Server Secondary_NTP_Server Syslog_Server Syslog_Identifier Debug_Level Enable_Web_Server
    Enable_Web_Admin_Access Enable_Protocol Web_Server_Port Enable_Direct_Action_Url Session_Max_Timeout Session_Idle_Timeout Admin_Password
    User_Password Phone-UI-readonly Phone-UI-User-Mode SIP_Transport_n_ SIP_Port_n_ SIP_TCP_Port_Min SIP_TCP_Port_Max Auth_INVITE_n_
    Auth_Resync-Reboot_n_ Proxy_n_ Outbound_Proxy_n_ Alternate_Proxy_n_ Alternate_Outbound_Proxy_n_ Dual_Registration_n_ Register_n_
    Make_Call_Without_Reg_n_ Ans_Call_Without_Reg_n_ Register_Expires_n_ Use_DNS_SRV_n_ DNS_SRV_Auto_Prefix_n_ Proxy_Fallback_Intvl_n_
    Proxy_Redundancy_Method_n_ TLS_Name_Validate_n_ User_ID_n_ Password_n_ Auth_ID_n_ Display_Name_n_ SIP_URI_n_ Reversed_Auth_Realm_n_
    Auth_Support_RFC8760_n_ Secure_Call_Option_n_ MediaSec_Request_n_ MediaSec_Over_TLS_Only_n_ TLS_Cipher_List TLS_Min_Version
    TLS_Client_Min_Version TLS_Server_Min_Version Enable_SSLv3 Firewall Firewall_Config Custom_CA_Rule SIP_T1 SIP_T2 SIP_T4 SIP_Timer_B
    SIP_Timer_F SIP_Timer_H SIP_Timer_D SIP_Timer_J INVITE_Expires ReINVITE_Expires Reg_Min_Expires Reg_Max_Expires Reg_Retry_Intvl
    Reg_Retry_Long_Intvl Reg_Retry_Random_Delay Reg_Retry_Intvl_Cap Max_Auth Max_Redirection Max_Forward SIP_User_Agent_Name SIP_Server_Name
    SIP_Reg_User_Agent_Name Profile_Rule Profile_Rule_B Profile_Rule_C Profile_Rule_D Provision_Enable Resync_On_Reset Resync_From_SIP
    Resync_After_Upgrade_Attempt Resync_Fails_On_FNF Resync_Random_Delay Resync_Periodic Resync_Error_Retry_Delay Forced_Resync_Delay
    Report_Rule HTTP_Report_Method Report_To_Server Upload_Delay_On_Local_Change PRT_Upload_Rule PRT_Upload_Method Control_Server_URL
    Allowed_APIs CISCO_XML_EXE_Enable CISCO_XML_EXE_Auth_Mode Ehook_Enable LDAP_Dir_Enable LDAP_Corp_Dir_Name LDAP_Server LDAP_Search_Base
    LDAP_Client_DN LDAP_Username LDAP_Password LDAP_Auth_Method LDAP_StartTLS_Enable LDAP_Prompt_For_Empty_Credentials LDAP_Last_Name_Filter
    LDAP_First_Name_Filter LDAP_Search_Item_3 LDAP_Search_Item_4 LDAP_Item_3_Filter LDAP_Item_4_Filter LDAP_Display_Attrs LDAP_Number_Mapping
    Enable_TR-069 ACS_URL ACS_Username ACS_Password ACS_URL_In_Use Connection_Request_Username Connection_Request_Password Connection_Request_URL
    Periodic_Inform_Interval Periodic_Inform_Enable TR-069_Traceability CWMP_V1.2_Support TR-069_VoiceObject_Init TR-069_DHCPOption_Init
    TR-069_Fallback_Support BACKUP_ACS_URL BACKUP_ACS_User BACKUP_ACS_Password XML_User_Name XML_Password Auto_Answer_Page
    Hold_Reminder_Timer Asset_ID";

#[test]
fn every_parameter_in_scope_is_known_on_every_line() {
    let catalogues = RELEASES.map(|release| Catalogue::of(Model::Cp7861, release));
    for name in IN_SCOPE.split_whitespace() {
        for line in 1..=16 {
            let name = name.replace("_n_", &format!("_{line}_"));
            assert!(catalogues.iter().any(|c| c.get(&name).is_some()), "{name}");
        }
    }
}

#[test]
fn an_element_name_is_its_label_with_odd_characters_replaced() {
    for p in Catalogue::of(Model::Cp7821, Release::DOCUMENT).all() {
        let from_label: String =
            p.label.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' }).collect();
        let line = match p.tab {
            Tab::Ext(n) => format!("_{n}_"),
            Tab::Phone if p.section.starts_with("Line Key ") => format!("_{}_", &p.section[9..]),
            _ => String::new(),
        };
        let known = ["LDAP_", "IPv6_", ""].map(|prefix| format!("{prefix}{from_label}{line}"));
        let odd = ["LDAP_Username", "LDAP_Item_3_Filter", "LDAP_Item_4_Filter", "Resync_At__HHmm_"];
        assert!(
            known.contains(&p.name) || odd.contains(&p.name.as_str()) || p.label.contains('('),
            "{} {:?}",
            p.name,
            known
        );
    }
}
