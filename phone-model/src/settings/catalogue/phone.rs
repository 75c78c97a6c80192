//! Voice > Phone.

use super::{Row, Section, line_section, p, section};
use crate::profile::{Model, Release};
use crate::settings::directory::Field;
use crate::settings::values::Kind::{Choice, ControlServer, Directory, Text, YesNo};
use crate::settings::values::{LONG, PASSWORD, SHORT, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("General", GENERAL),
    line_section("Line Key", LINE_KEY),
    section("Miscellaneous Line Key Settings", MISCELLANEOUS),
    section("Supplementary Services", SERVICES),
    section("Ringtone", &[p("Silent_Ring_Duration", "60", whole(0, 600))]),
    section("Extension Mobility", MOBILITY),
    section("Broadsoft Settings", BROADSOFT),
    section("XML Service", XML_SERVICE),
    section("Multiple Paging Group Parameters", PAGING),
    section("LDAP", LDAP),
    section("Programmable Softkeys", SOFTKEYS),
    section("Remote SDK", REMOTE_SDK),
];

const GENERAL: &[Row] = &[
    p("Station_Name", "", SHORT).basic(),
    p("Station_Display_Name", "", SHORT).basic(),
    p("Voice_Mail_Number", "", SHORT).basic(),
];

const LINE_KEY: &[Row] = &[
    p("Extension", "1", SHORT).counted().basic(),
    p("Short_Name", "$USER", SHORT).basic(),
    p("Share_Call_Appearance", "private", Choice(&["private", "shared"])).basic(),
    p("Extended_Function", "", LONG),
];

const MISCELLANEOUS: &[Row] = &[
    p("Line_ID_Mapping", "Horizontal First", Choice(&["Horizontal First", "Vertical First"])).not_on(&[Model::Cp7811]),
    p("SCA_Barge-In-Enable", "No", YesNo),
    p("SCA_Sticky_Auto_Line_Seize", "No", YesNo),
    p("Call_Appearances_Per_Line", "2", whole(1, 10)),
];

const SERVICES: &[Row] = &[
    p("Conference_Serv", "Yes", YesNo),
    p("Attn_Transfer_Serv", "Yes", YesNo),
    p("Blind_Transfer_Serv", "Yes", YesNo),
    p("DND_Serv", "Yes", YesNo),
    p("Block_ANC_Serv", "Yes", YesNo),
    p("Block_CID_Serv", "Yes", YesNo),
    p("Secure_Call_Serv", "Yes", YesNo),
    p("Cfwd_All_Serv", "Yes", YesNo),
    p("Cfwd_Busy_Serv", "Yes", YesNo),
    p("Cfwd_No_Ans_Serv", "Yes", YesNo),
    p("Paging_Serv", "Yes", YesNo),
    p("Call_Park_Serv", "Yes", YesNo),
    p("Call_Pick_Up_Serv", "Yes", YesNo),
    p("ACD_Login_Serv", "No", YesNo),
    p("Group_Call_Pick_Up_Serv", "Yes", YesNo),
    p("Service_Annc_Serv", "No", YesNo),
];

const MOBILITY: &[Row] = &[
    p("EM_Enable", "No", YesNo),
    p("EM_User_Domain", "", SHORT),
    p("Inactivity_Timer_m_", "480", whole(0, 65_535)).label("Inactivity Timer(m)"),
    p("Countdown_Timer_s_", "10", whole(0, 65_535)).label("Countdown Timer(s)"),
];

const BROADSOFT: &[Row] = &[
    p("Directory_Enable", "No", YesNo),
    p("XSI_Host_Server", "", LONG),
    p("Directory_Name", "", SHORT),
    p("Directory_Type", "Enterprise", Choice(&["Enterprise", "Group", "Personal"])),
    p("Directory_User_ID", "", SHORT),
    p("Directory_Password", "", PASSWORD),
];

const EXECUTE_MODES: super::Kind = Choice(&["Trusted", "Local Credential", "Remote Credential"]);

const XML_SERVICE: &[Row] = &[
    p("XML_Directory_Service_Name", "", SHORT),
    p("XML_Directory_Service_URL", "", LONG),
    p("XML_Application_Service_Name", "", SHORT),
    p("XML_Application_Service_URL", "", LONG),
    p("XML_User_Name", "", SHORT),
    p("XML_Password", "", PASSWORD),
    p("CISCO_XML_EXE_Enable", "No", YesNo),
    p("CISCO_XML_EXE_Auth_Mode", "Trusted", EXECUTE_MODES),
];

const PAGING: &[Row] = &[p("Group_Paging_Script", "pggrp=224.168.168.168:34560;name=All;num=800;listen=yes;", LONG)];

/// Labels as the document's procedure and the guide's table print them: the section says LDAP, the field says Server.
const LDAP: &[Row] = &[
    p("LDAP_Dir_Enable", "No", YesNo),
    p("LDAP_Corp_Dir_Name", "", Text { longest: 63 }).label("Corp Dir Name"),
    p("LDAP_Server", "", Directory(Field::Server)).label("Server"),
    p("LDAP_Search_Base", "", Directory(Field::Base)).label("Search Base"),
    p("LDAP_Client_DN", "", LONG).label("Client DN"),
    p("LDAP_Username", "", SHORT).label("User Name"),
    p("LDAP_Password", "", PASSWORD).label("Password"),
    p("LDAP_Auth_Method", "None", Choice(&["None", "Simple", "DIGEST-MD5"])).label("Auth Method"),
    p("LDAP_StartTLS_Enable", "No", YesNo).label("StartTLS Enable").since(Release::new(11, 3, 2)),
    p("LDAP_Last_Name_Filter", "", Directory(Field::Filter)).label("Last Name Filter"),
    p("LDAP_First_Name_Filter", "", Directory(Field::Filter)).label("First Name Filter"),
    p("LDAP_Search_Item_3", "", SHORT).label("Search Item 3"),
    p("LDAP_Item_3_Filter", "", Directory(Field::Filter)).label("Search Item 3 Filter"),
    p("LDAP_Search_Item_4", "", SHORT).label("Search Item 4"),
    p("LDAP_Item_4_Filter", "", Directory(Field::Filter)).label("Search Item 4 Filter"),
    p("LDAP_Display_Attrs", "", Directory(Field::Attributes)).label("Display Attrs"),
    p("LDAP_Number_Mapping", "", Directory(Field::Mapping)).label("Number Mapping"),
    p("LDAP_Prompt_For_Empty_Credentials", "No", YesNo).label("Prompt For Empty Credentials"),
];

/// The SDK documentation finds the URL under Voice > Phone.
const REMOTE_SDK: &[Row] = &[
    p("Control_Server_URL", "", ControlServer).since(Release::R11_3_1),
    p("Allowed_APIs", ".*", LONG).since(Release::R11_3_1),
];

const SOFTKEYS: &[Row] = &[
    p("Programmable_Softkey_Enable", "No", YesNo),
    p(
        "Idle_Key_List",
        "em_login;acd_login;acd_logout;astate;avail;unavail;redial;recents;cfwd;dnd;lcr;pickup;gpickup;unpark;em_logout;guestin;guestout;",
        LONG,
    ),
    p("Missed_Call_Key_List", "lcr|1;miss|4;", LONG),
    p("Off_Hook_Key_List", "option;redial;cancel;dir;cfwd;dnd;lcr;unpark;pickup;gpickup;", LONG),
    p("Dialing_Input_Key_List", "option|1;call|2;delchar|3;cancel|4;", LONG),
    p("Progressing_Key_List", "endcall|2;", LONG),
    p(
        "Connected_Key_List",
        "bxfer|1;xfer|2;endcall|3;conf|4;hold;crdstart;crdstop;confLx;xferLx;park;phold;flash;dnd;",
        LONG,
    ),
    p("Hold_Key_List", "resume|1;endcall|2;newcall|3;redial;dir;cfwd;dnd;crdstart;crdstop;", LONG),
    p("Ringing_Key_List", "answer|1;ignore|2;", LONG),
];
