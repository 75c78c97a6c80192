//! Voice > User: what the account `user` may change.

use super::{Row, Section, p, section};
use crate::profile::Model;
use crate::settings::values::Kind::{Choice, YesNo};
use crate::settings::values::{LONG, SHORT, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("Call Forward", FORWARD),
    section("Speed Dial", SPEED_DIAL),
    section("Supplementary Services", SERVICES),
    section("Audio Volume", VOLUME),
    section("Screen", SCREEN),
];

/// No headset jack and no backlight (phone-facts §5).
const PLAIN: &[Model] = &[Model::Cp7811];

const FORWARD: &[Row] = &[
    p("Cfwd_Setting", "Yes", YesNo).user(),
    p("Cfwd_All_Dest", "", SHORT).user(),
    p("Cfwd_Busy_Dest", "", SHORT).user(),
    p("Cfwd_No_Ans_Dest", "", SHORT).user(),
    p("Cfwd_No_Ans_Delay", "20", whole(1, 255)).user(),
];

const SPEED_DIAL: &[Row] = &[
    p("Speed_Dial_2_Name", "", SHORT).user(),
    p("Speed_Dial_2_Number", "", SHORT).user(),
    p("Speed_Dial_3_Name", "", SHORT).user(),
    p("Speed_Dial_3_Number", "", SHORT).user(),
    p("Speed_Dial_4_Name", "", SHORT).user(),
    p("Speed_Dial_4_Number", "", SHORT).user(),
    p("Speed_Dial_5_Name", "", SHORT).user(),
    p("Speed_Dial_5_Number", "", SHORT).user(),
    p("Speed_Dial_6_Name", "", SHORT).user(),
    p("Speed_Dial_6_Number", "", SHORT).user(),
    p("Speed_Dial_7_Name", "", SHORT).user(),
    p("Speed_Dial_7_Number", "", SHORT).user(),
    p("Speed_Dial_8_Name", "", SHORT).user(),
    p("Speed_Dial_8_Number", "", SHORT).user(),
    p("Speed_Dial_9_Name", "", SHORT).user(),
    p("Speed_Dial_9_Number", "", SHORT).user(),
];

const SERVICES: &[Row] = &[
    p("CW_Setting", "Yes", YesNo).user(),
    p("Block_CID_Setting", "No", YesNo).user(),
    p("Block_ANC_Setting", "No", YesNo).user(),
    p("DND_Setting", "No", YesNo).user(),
    p("Secure_Call_Setting", "No", YesNo),
    p("Dial_Assistance", "No", YesNo),
    p("Auto_Answer_Page", "Yes", YesNo).user(),
    p("Preferred_Audio_Device", "None", Choice(&["None", "Speaker", "Headset"])),
    p("Time_Format", "12hr", Choice(&["12hr", "24hr"])),
    p("Date_Format", "month/day", Choice(&["month/day", "day/month"])),
    p("Hold_Reminder_Timer", "0", whole(0, 999)).user(),
    p("Hold_Reminder_Ring", "2", SHORT).user(),
    p("Miss_Call_Shortcut", "No", YesNo),
    p("Alert_Tone_Off", "No", YesNo).user(),
    p("Log_Missed_Calls_for_EXT_{n}", "Yes", YesNo).for_each_line(),
    p("Shared_Line_DND_Cfwd_Enable", "Yes", YesNo),
];

const VOLUME: &[Row] = &[
    p("Ringer_Volume", "9", whole(0, 15)).user(),
    p("Speaker_Volume", "11", whole(0, 15)).user(),
    p("Handset_Volume", "9", whole(0, 15)).user(),
    p("Headset_Volume", "9", whole(0, 15)).user().not_on(PLAIN),
    p("Ehook_Enable", "No", YesNo).not_on(PLAIN),
];

const SCREEN: &[Row] = &[
    p("Screen_Saver_Enable", "No", YesNo).user(),
    p("Screen_Saver_Wait", "300", whole(30, 65_535)).user(),
    p("Back_Light_Timer", "5m", Choice(&["Off", "10s", "20s", "30s", "5m", "Always On"])).user().not_on(PLAIN),
    p("Display_Contrast", "8", whole(1, 30)).user(),
    p("Logo_Type", "Default", Choice(&["Default", "Text Logo"])),
    p("Text_Logo", "", SHORT),
    p("Picture_Download_URL", "", LONG).user(),
];
