//! Voice > Provisioning.

use super::{Row, Section, p, section};
use crate::settings::values::Kind::{Choice, Delay, OptionList, YesNo};
use crate::settings::values::{LONG, SHORT, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("Configuration Profile", PROFILE),
    section("Upload Configuration Options", UPLOAD),
    section("Firmware Upgrade", UPGRADE),
    section("CA Settings", &[p("Custom_CA_Rule", "", LONG)]),
    section("HTTP Settings", &[p("HTTP_User_Agent_Name", "$VERSION ($MA)", SHORT)]),
    section("Problem Report Tool", PROBLEM_REPORT),
    section("General Purpose Parameters", GENERAL_PURPOSE),
];

const METHOD: super::Kind = Choice(&["POST", "PUT"]);

const PROFILE: &[Row] = &[
    p("Provision_Enable", "Yes", YesNo).basic(),
    p("Resync_On_Reset", "Yes", YesNo).basic(),
    p("Resync_Random_Delay", "2", Delay),
    p("Resync_At__HHmm_", "", SHORT).label("Resync At (HHmm)"),
    p("Resync_At_Random_Delay", "600", Delay),
    p("Resync_Periodic", "3600", Delay),
    p("Resync_Error_Retry_Delay", "3600", Delay),
    p("Forced_Resync_Delay", "14400", Delay),
    p("Resync_From_SIP", "Yes", YesNo),
    p("Resync_After_Upgrade_Attempt", "Yes", YesNo),
    p("Resync_Trigger_1", "", LONG),
    p("Resync_Trigger_2", "", LONG),
    p("Resync_Fails_On_FNF", "Yes", YesNo),
    p("Profile_Rule", "/$PSN.xml", LONG).basic(),
    p("Profile_Rule_B", "", LONG).basic(),
    p("Profile_Rule_C", "", LONG).basic(),
    p("Profile_Rule_D", "", LONG).basic(),
    p("DHCP_Option_To_Use", "66,160,159,150,60,43,125", OptionList),
    p("DHCPv6_Option_To_Use", "17,160,159", OptionList),
    p("Log_Request_Msg", "$PN $MAC -- Requesting resync $SCHEME://$SERVIP:$PORT$PATH", LONG),
    p("Log_Success_Msg", "$PN $MAC -- Successful resync $SCHEME://$SERVIP:$PORT$PATH", LONG),
    p("Log_Failure_Msg", "$PN $MAC -- Resync failed: $ERR", LONG),
    p("User_Configurable_Resync", "Yes", YesNo),
];

const UPLOAD: &[Row] = &[
    p("Report_Rule", "", LONG),
    p("HTTP_Report_Method", "POST", METHOD),
    p("Report_To_Server", "On Request", Choice(&["On Request", "On Local Change", "Periodically"])),
    p("Periodic_Upload_To_Server", "3600", whole(600, 259_200)),
    p("Upload_Delay_On_Local_Change", "60", whole(10, 900)),
];

const UPGRADE: &[Row] = &[
    p("Upgrade_Enable", "Yes", YesNo).basic(),
    p("Upgrade_Error_Retry_Delay", "3600", Delay),
    p("Upgrade_Rule", "", LONG).basic(),
    p("Log_Upgrade_Request_Msg", "$PN $MAC -- Requesting upgrade $SCHEME://$SERVIP:$PORT$PATH", LONG),
    p("Log_Upgrade_Success_Msg", "$PN $MAC -- Successful upgrade $SCHEME://$SERVIP:$PORT$PATH -- $ERR", LONG),
    p("Log_Upgrade_Failure_Msg", "$PN $MAC -- Upgrade failed: $ERR", LONG),
];

const PROBLEM_REPORT: &[Row] = &[p("PRT_Upload_Rule", "", LONG), p("PRT_Upload_Method", "POST", METHOD)];

const GENERAL_PURPOSE: &[Row] = &[
    p("GPP_A", "", LONG),
    p("GPP_B", "", LONG),
    p("GPP_C", "", LONG),
    p("GPP_D", "", LONG),
    p("GPP_E", "", LONG),
    p("GPP_F", "", LONG),
    p("GPP_G", "", LONG),
    p("GPP_H", "", LONG),
    p("GPP_I", "", LONG),
    p("GPP_J", "", LONG),
    p("GPP_K", "", LONG),
    p("GPP_L", "", LONG),
    p("GPP_M", "", LONG),
    p("GPP_N", "", LONG),
    p("GPP_O", "", LONG),
    p("GPP_P", "", LONG),
];
