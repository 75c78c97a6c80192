//! Voice > Att Console, in the advanced view only.

use super::{Row, Section, p, section};
use crate::settings::values::Kind::{Choice, YesNo};
use crate::settings::values::{LONG, whole};

pub(super) const SECTIONS: &[Section] = &[section("General", GENERAL)];

const GENERAL: &[Row] = &[
    p("Subscribe_Expires", "1800", whole(0, 2_000_000)),
    p("Subscribe_Retry_Interval", "30", whole(0, 65_535)),
    p("Number_of_Units", "0", whole(0, 3)),
    p("Subscribe_Delay", "1", whole(0, 65_535)),
    p("Server_Type", "Broadsoft", Choice(&["Broadsoft", "SPA9000", "Asterisk", "RFC3265_4235", "Sylantro"])),
    p("BLF_List_URI", "", LONG),
    p("Use_Line_Keys_For_BLF_List", "No", YesNo),
    p("Call_Pickup_Audio_Notification", "No", YesNo),
    p("BXfer_To_Starcode_Enable", "No", YesNo),
    p("BXfer_On_Speed_Dial_Enable", "No", YesNo),
    p("BLF_Label_Display_Mode", "Name", Choice(&["Name", "Ext", "Both"])),
];
