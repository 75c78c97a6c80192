//! Voice > TR-069.

use super::{Row, Section, p, section};
use crate::settings::values::Kind::{ReadOnly, YesNo};
use crate::settings::values::{LONG, PASSWORD, SHORT, whole};

pub(super) const SECTIONS: &[Section] = &[section("TR-069", TR069)];

const TR069: &[Row] = &[
    p("Enable_TR-069", "No", YesNo),
    p("ACS_URL", "", LONG),
    p("ACS_Username", "", SHORT),
    p("ACS_Password", "", PASSWORD),
    p("ACS_URL_In_Use", "", ReadOnly).seen(),
    p("Connection_Request_Username", "", SHORT),
    p("Connection_Request_Password", "", PASSWORD),
    p("Connection_Request_URL", "", ReadOnly).seen(),
    p("Periodic_Inform_Interval", "20", whole(1, 2_000_000)),
    p("Periodic_Inform_Enable", "Yes", YesNo),
    p("TR-069_Traceability", "No", YesNo),
    p("CWMP_V1.2_Support", "Yes", YesNo),
    p("TR-069_VoiceObject_Init", "Yes", YesNo),
    p("TR-069_DHCPOption_Init", "Yes", YesNo),
    p("TR-069_Fallback_Support", "No", YesNo),
    p("BACKUP_ACS_URL", "", LONG),
    p("BACKUP_ACS_User", "", SHORT),
    p("BACKUP_ACS_Password", "", PASSWORD),
];
