//! Voice > Regional.

use super::{Row, Section, p, section};
use crate::settings::values::Kind::YesNo;
use crate::settings::values::{LONG, SHORT, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("Call Progress Tones", TONES),
    section("Distinctive Ring Patterns", CADENCES),
    section("Control Timer Values (sec)", CONTROL),
    section("Vertical Service Activation Codes", CODES),
    section("Time", TIME),
    section("Language", LANGUAGE),
];

const TONES: &[Row] = &[
    p("Dial_Tone", "350@-19,440@-19;10(*/0/1+2)", LONG),
    p("Outside_Dial_Tone", "420@-16;10(*/0/1)", LONG),
    p("Prompt_Tone", "520@-19,620@-19;10(*/0/1+2)", LONG),
    p("Busy_Tone", "480@-19,620@-19;10(.5/.5/1+2)", LONG),
    p("Reorder_Tone", "480@-19,620@-19;10(.25/.25/1+2)", LONG),
    p("Off_Hook_Warning_Tone", "480@-10,620@0;10(.125/.125/1+2)", LONG),
    p("Ring_Back_Tone", "440@-19,480@-19;*(2/4/1+2)", LONG),
    p("Call_Waiting_Tone", "440@-10;30(.3/9.7/1)", LONG),
    p("Confirm_Tone", "600@-16;1(.25/.25/1)", LONG),
    p("MWI_Dial_Tone", "350@-19,440@-19;2(.1/.1/1+2);10(*/0/1+2)", LONG),
    p("Cfwd_Dial_Tone", "350@-19,440@-19;2(.2/.2/1+2);10(*/0/1+2)", LONG),
    p("Holding_Tone", "600@-19;25(.1/.1/1,.1/.1/1,.1/9.5/1)", LONG),
    p("Conference_Tone", "350@-19;20(.1/.1/1,.1/9.7/1)", LONG),
    p("Secure_Call_Indication_Tone", "397@-19,507@-19;15(0/2/0,.2/.1/1,.1/2.1/2)", LONG),
    p("Page_Tone", "600@-16;.3(.05/0.05/1)", LONG),
    p("Alert_Tone", "600@-19;.2(.05/0.05/1)", LONG),
    p("System_Beep", "600@-16;.1(.05/0.05/1)", LONG),
    p("Call_Pickup_Tone", "440@-10;30(.3/9.7/1)", LONG),
];

const CADENCES: &[Row] = &[
    p("Cadence_1", "60(2/4)", SHORT),
    p("Cadence_2", "60(.3/.2,1/.2,.3/4)", SHORT),
    p("Cadence_3", "60(.8/.4,.8/4)", SHORT),
    p("Cadence_4", "60(.4/.2,.3/.2,.8/4)", SHORT),
    p("Cadence_5", "60(.2/.2,.2/.2,.2/.2,1/4)", SHORT),
    p("Cadence_6", "60(.2/.4,.2/.4,.2/4)", SHORT),
    p("Cadence_7", "60(4.5/4)", SHORT),
    p("Cadence_8", "60(0.25/9.75)", SHORT),
    p("Cadence_9", "60(.4/.2,.4/2)", SHORT),
];

const CONTROL: &[Row] = &[
    p("Reorder_Delay", "255", whole(0, 255)),
    p("Interdigit_Long_Timer", "10", whole(0, 64)),
    p("Interdigit_Short_Timer", "3", whole(0, 64)),
];

const CODES: &[Row] = &[
    p("Call_Return_Code", "*69", SHORT),
    p("Blind_Transfer_Code", "*95", SHORT),
    p("Cfwd_All_Act_Code", "*72", SHORT),
    p("Cfwd_All_Deact_Code", "*73", SHORT),
    p("Cfwd_Busy_Act_Code", "*90", SHORT),
    p("Cfwd_Busy_Deact_Code", "*91", SHORT),
    p("Cfwd_No_Ans_Act_Code", "*92", SHORT),
    p("Cfwd_No_Ans_Deact_Code", "*93", SHORT),
    p("CW_Act_Code", "*56", SHORT),
    p("CW_Deact_Code", "*57", SHORT),
    p("CW_Per_Call_Act_Code", "*71", SHORT),
    p("CW_Per_Call_Deact_Code", "*70", SHORT),
    p("Block_CID_Act_Code", "*61", SHORT),
    p("Block_CID_Deact_Code", "*62", SHORT),
    p("Block_CID_Per_Call_Act_Code", "*81", SHORT),
    p("Block_CID_Per_Call_Deact_Code", "*82", SHORT),
    p("Block_ANC_Act_Code", "*77", SHORT),
    p("Block_ANC_Deact_Code", "*87", SHORT),
    p("DND_Act_Code", "*78", SHORT),
    p("DND_Deact_Code", "*79", SHORT),
    p("Secure_All_Call_Act_Code", "*16", SHORT),
    p("Secure_No_Call_Act_Code", "*17", SHORT),
    p("Secure_One_Call_Act_Code", "*18", SHORT),
    p("Secure_One_Call_Deact_Code", "*19", SHORT),
    p("Paging_Code", "*96", SHORT),
    p("Call_Park_Code", "#68", SHORT),
    p("Call_Pickup_Code", "#97", SHORT),
    p("Call_Unpark_Code", "#88", SHORT),
    p("Group_Call_Pickup_Code", "#98", SHORT),
    p("Referral_Services_Codes", "", SHORT),
    p("Feature_Dial_Services_Codes", "", SHORT),
];

const TIME: &[Row] = &[
    p("Set_Local_Date__mm_dd_yyyy_", "", SHORT).label("Set Local Date (mm/dd/yyyy)"),
    p("Set_Local_Time__HH_mm_", "", SHORT).label("Set Local Time (HH/mm)"),
    p("Time_Zone", "GMT-08:00", SHORT),
    p("Time_Offset__HH_mm_", "", SHORT).label("Time Offset (HH/mm)"),
    p("Ignore_DHCP_Time_Offset", "Yes", YesNo),
    p("Daylight_Saving_Time_Rule", "start=3/-1/7/2;end=10/-1/7/2;save=1", LONG),
    p("Daylight_Saving_Time_Enable", "Yes", YesNo),
];

const LANGUAGE: &[Row] = &[
    p("Dictionary_Server_Script", "", LONG),
    p("Language_Selection", "English-US", SHORT),
    p("Locale", "en-US", SHORT),
];
