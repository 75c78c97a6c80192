//! Voice > Ext n, once for each line. Sections in the order of phone-facts §1.2.

use super::{Row, Section, p, section};
use crate::profile::Release;
use crate::settings::values::Kind::{Choice, Server, YesNo};
use crate::settings::values::{LONG, PASSWORD, PORT, SHORT, seconds, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("General", &[p("Line_Enable", "Yes", YesNo).basic()]),
    section("Share Line Appearance", SHARED),
    section("NAT Settings", NAT),
    section("Network Settings", NETWORK),
    section("SIP Settings", SIP),
    section("Call Feature Settings", FEATURES),
    section("ACD Settings", ACD),
    section("Proxy and Registration", REGISTRATION),
    section("Subscriber Information", SUBSCRIBER),
    section("XSI Line Service", XSI),
    section("Audio Configuration", AUDIO),
    section("Dial Plan", DIAL_PLAN),
    section("E911 Geolocation Configuration", E911),
];

const R11_3_1: Release = Release::R11_3_1;
const SHARE: super::Kind = Choice(&["private", "shared"]);

const SHARED: &[Row] = &[
    p("Share_Ext", "private", SHARE),
    p("Shared_User_ID", "", SHORT),
    p("Subscription_Expires", "3600", whole(1, 2_000_000)),
    p("Restrict_MWI", "No", YesNo),
];

const NAT: &[Row] = &[
    p("NAT_Mapping_Enable", "No", YesNo),
    p("NAT_Keep_Alive_Enable", "No", YesNo),
    p("NAT_Keep_Alive_Msg", "$NOTIFY", SHORT),
    p("NAT_Keep_Alive_Dest", "$PROXY", SHORT),
];

const NETWORK: &[Row] = &[p("SIP_TOS_DiffServ_Value", "0x68", SHORT), p("RTP_TOS_DiffServ_Value", "0xb8", SHORT)];

const SIP: &[Row] = &[
    p("SIP_Transport", "UDP", Choice(&["UDP", "TCP", "TLS", "AUTO"])),
    p("SIP_Port", "5060", PORT).counted(),
    p("SIP_100REL_Enable", "No", YesNo),
    p("EXT_SIP_Port", "0", whole(0, 65_535)),
    p("Auth_Resync-Reboot", "Yes", YesNo),
    p("SIP_Proxy-Require", "", SHORT),
    p("SIP_Remote-Party-ID", "No", YesNo),
    p("Referor_Bye_Delay", "4", seconds(0, 255)),
    p("Refer-To_Target_Contact", "No", YesNo),
    p("Referee_Bye_Delay", "0", seconds(0, 255)),
    p("Refer_Target_Bye_Delay", "0", seconds(0, 255)),
    p("Sticky_183", "No", YesNo),
    p("Auth_INVITE", "No", YesNo),
    p("Ntfy_Refer_On_1xx-To-Inv", "Yes", YesNo),
    p("Set_G729_annexb", "yes", Choice(&["none", "no", "yes", "follow silence supp setting"])),
    p("User_Equal_Phone", "No", YesNo),
    p("TLS_Name_Validate", "Yes", YesNo).since(R11_3_1),
    p("MediaSec_Request", "No", YesNo).since(R11_3_1),
    p("MediaSec_Over_TLS_Only", "No", YesNo).since(R11_3_1),
    p("Auth_Support_RFC8760", "No", YesNo).since(Release::R12_0_2),
];

const FEATURES: &[Row] = &[
    p("Blind_Attn-Xfer_Enable", "No", YesNo),
    p("Message_Waiting", "No", YesNo),
    p("Auth_Page", "No", YesNo),
    p("Default_Ring", "1", SHORT).user(),
    p("Auth_Page_Realm", "", SHORT),
    p("Conference_Bridge_URL", "", LONG),
    p("Auth_Page_Password", "", PASSWORD),
    p("Mailbox_ID", "", SHORT),
    p("Voice_Mail_Server", "", Server),
    p("Voice_Mail_Subscribe_Interval", "86400", whole(0, 86_400)),
    p("Auto_Ans_Page_On_Active_Call", "Yes", YesNo),
    p("Feature_Key_Sync", "No", YesNo),
    p("Call_Park_Monitor_Enable", "No", YesNo),
    p("Enable_Broadsoft_Hoteling", "No", YesNo),
    p("Hoteling_Subscription_Expires", "3600", whole(0, 2_000_000)),
    p("Secure_Call_Option", "Optional", Choice(&["Optional", "Required"])).before(Release::new(12, 0, 0)),
    p("Secure_Call_Option", "Optional", Choice(&["Optional", "Required", "Strict"])).since(Release::new(12, 0, 0)),
];

const ACD: &[Row] = &[
    p("Broadsoft_ACD", "No", YesNo),
    p("Call_Information_Enable", "No", YesNo),
    p("Disposition_Code_Enable", "No", YesNo),
    p("Trace_Enable", "No", YesNo),
    p("Emergency_Escalation_Enable", "No", YesNo),
    p("Queue_Status_Notification_Enable", "No", YesNo),
];

const REGISTRATION: &[Row] = &[
    p("Proxy", "", Server).basic(),
    p("Outbound_Proxy", "", Server).basic(),
    p("Alternate_Proxy", "", Server),
    p("Alternate_Outbound_Proxy", "", Server),
    p("Use_OB_Proxy_In_Dialog", "Yes", YesNo),
    p("Register", "Yes", YesNo).basic(),
    p("Make_Call_Without_Reg", "No", YesNo),
    p("Register_Expires", "3600", whole(32, 2_000_000)),
    p("Ans_Call_Without_Reg", "No", YesNo),
    p("Use_DNS_SRV", "No", YesNo),
    p("DNS_SRV_Auto_Prefix", "No", YesNo),
    p("Proxy_Fallback_Intvl", "3600", whole(0, 65_535)),
    p("Proxy_Redundancy_Method", "Normal", Choice(&["Normal", "Based on SRV Port"])),
    p("Dual_Registration", "No", YesNo),
    p("Auto_Register_When_Failover", "No", YesNo),
];

const SUBSCRIBER: &[Row] = &[
    p("Display_Name", "", SHORT).basic(),
    p("User_ID", "", SHORT).basic(),
    p("Password", "", PASSWORD).basic(),
    p("Auth_ID", "", SHORT).basic(),
    p("Reversed_Auth_Realm", "", SHORT),
    p("SIP_URI", "", SHORT),
];

const XSI: &[Row] = &[
    p("XSI_Host_Server", "", LONG),
    p("XSI_Authentication_Type", "Login Credentials", Choice(&["Login Credentials", "SIP Credentials"])),
    p("Login_User_ID", "", SHORT),
    p("Login_Password", "", PASSWORD),
    p("Anywhere_Enable", "No", YesNo),
];

const CODEC: super::Kind = Choice(&["G711u", "G711a", "G729a", "G722", "G722.2", "iLBC", "OPUS"]);
const NEXT_CODEC: super::Kind = Choice(&["Unspecified", "G711u", "G711a", "G729a", "G722", "G722.2", "iLBC", "OPUS"]);
const DTMF: super::Kind = Choice(&["InBand", "AVT", "INFO", "Auto", "InBand+INFO", "AVT+INFO"]);

const AUDIO: &[Row] = &[
    p("Preferred_Codec", "G711u", CODEC).basic(),
    p("Use_Pref_Codec_Only", "No", YesNo),
    p("Second_Preferred_Codec", "Unspecified", NEXT_CODEC),
    p("Third_Preferred_Codec", "Unspecified", NEXT_CODEC),
    p("G729a_Enable", "Yes", YesNo),
    p("G722_Enable", "Yes", YesNo),
    p("G722.2_Enable", "Yes", YesNo),
    p("iLBC_Enable", "Yes", YesNo),
    p("OPUS_Enable", "Yes", YesNo),
    p("Silence_Supp_Enable", "No", YesNo),
    p("DTMF_Tx_Method", "Auto", DTMF),
    p("Codec_Negotiation", "Default", Choice(&["Default", "List All"])),
    p("Encryption_Method", "AES 128", Choice(&["AES 128", "AES 256 GCM"])),
];

const DIAL_PLAN: &[Row] = &[
    p("Dial_Plan", "(*xx|[3469]11|0|00|[2-9]xxxxxx|1xxx[2-9]xxxxxxS0|xxxxxxxxxxxx.)", LONG).basic(),
    p("Caller_ID_Map", "", LONG),
    p("Enable_URI_Dialing", "No", YesNo),
    p("Emergency_Number", "", SHORT),
];

const E911: &[Row] =
    &[p("Company_UUID", "", SHORT), p("Primary_Request_URL", "", LONG), p("Secondary_Request_URL", "", LONG)];
