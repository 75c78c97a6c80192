//! Voice > SIP.

use super::{Row, Section, p, section};
use crate::settings::values::Kind::{Choice, Server, YesNo};
use crate::settings::values::{LONG, SHORT, seconds, whole};

pub(super) const SECTIONS: &[Section] = &[
    section("SIP Parameters", PARAMETERS),
    section("SIP Timer Values (sec)", TIMERS),
    section("Response Status Code Handling", &[p("Try_Backup_RSC", "", SHORT), p("Retry_Reg_RSC", "", SHORT)]),
    section("RTP Parameters", RTP),
    section("SDP Payload Types", PAYLOADS),
    section("NAT Support Parameters", NAT),
];

const IDENTITY: super::Kind = Choice(&["PAID-RPID-FROM", "PAID-FROM", "RPID-PAID-FROM", "RPID-FROM", "FROM"]);

const PARAMETERS: &[Row] = &[
    p("Max_Forward", "70", whole(1, 255)),
    p("Max_Redirection", "5", whole(0, 255)),
    p("Max_Auth", "2", whole(0, 255)),
    p("SIP_User_Agent_Name", "$VERSION", SHORT),
    p("SIP_Server_Name", "$VERSION", SHORT),
    p("SIP_Reg_User_Agent_Name", "", SHORT),
    p("SIP_Accept_Language", "", SHORT),
    p("DTMF_Relay_MIME_Type", "application/dtmf-relay", SHORT),
    p("Hook_Flash_MIME_Type", "application/hook-flash", SHORT),
    p("Remove_Last_Reg", "No", YesNo),
    p("Use_Compact_Header", "No", YesNo),
    p("Escape_Display_Name", "No", YesNo),
    p("Talk_Package", "No", YesNo),
    p("Hold_Package", "No", YesNo),
    p("Conference_Package", "No", YesNo),
    p("RFC_2543_Call_Hold", "Yes", YesNo),
    p("Random_REG_CID_on_Reboot", "No", YesNo),
    p("SIP_TCP_Port_Min", "5060", whole(1, 65_535)),
    p("SIP_TCP_Port_Max", "5080", whole(1, 65_535)),
    p("Caller_ID_Header", "PAID-RPID-FROM", IDENTITY),
    p("Hold_Target_Before_Refer", "No", YesNo),
    p("Dialog_SDP_Enable", "No", YesNo),
    p("Keep_Referee_When_Refer_Failed", "No", YesNo),
    p("Display_Diversion_Info", "No", YesNo),
    p("Display_Anonymous_From_Header", "No", YesNo),
    p("Sip_Accept_Encoding", "none", Choice(&["none", "gzip"])),
    p("SIP_IP_Preference", "IPv4", Choice(&["IPv4", "IPv6"])),
    p("Disable_Local_Name_To_Header", "No", YesNo),
];

/// The document's own values: timers B, F, H, D and J are 16 s, not the 32 s of RFC 3261.
const TIMERS: &[Row] = &[
    p("SIP_T1", ".5", seconds(0, 64)),
    p("SIP_T2", "4", seconds(0, 64)),
    p("SIP_T4", "5", seconds(0, 64)),
    p("SIP_Timer_B", "16", seconds(0, 64)),
    p("SIP_Timer_F", "16", seconds(0, 64)),
    p("SIP_Timer_H", "16", seconds(0, 64)),
    p("SIP_Timer_D", "16", seconds(0, 64)),
    p("SIP_Timer_J", "16", seconds(0, 64)),
    p("INVITE_Expires", "240", whole(0, 2_000_000)),
    p("ReINVITE_Expires", "30", whole(0, 2_000_000)),
    p("Reg_Min_Expires", "1", whole(0, 2_000_000)),
    p("Reg_Max_Expires", "7200", whole(0, 2_000_000)),
    p("Reg_Retry_Intvl", "30", whole(0, 2_000_000)),
    p("Reg_Retry_Long_Intvl", "1200", whole(0, 2_000_000)),
    p("Reg_Retry_Random_Delay", "0", whole(0, 2_000_000)),
    p("Reg_Retry_Long_Random_Delay", "0", whole(0, 2_000_000)),
    p("Reg_Retry_Intvl_Cap", "0", whole(0, 2_000_000)),
    p("Sub_Min_Expires", "10", whole(0, 2_000_000)),
    p("Sub_Max_Expires", "7200", whole(0, 2_000_000)),
    p("Sub_Retry_Intvl", "10", whole(0, 2_000_000)),
];

const RTP: &[Row] = &[
    p("RTP_Port_Min", "16384", whole(1024, 65_535)),
    p("RTP_Port_Max", "16482", whole(1024, 65_535)),
    p("RTP_Packet_Size", "0.030", seconds(0, 1)),
    p("Max_RTP_ICMP_Err", "0", whole(0, 255)),
    p("RTCP_Tx_Interval", "0", whole(0, 255)),
    p("SDP_IP_Preference", "IPv4", Choice(&["IPv4", "IPv6"])),
];

const PAYLOADS: &[Row] = &[
    p("G722.2_Dynamic_Payload", "96", whole(96, 127)),
    p("iLBC_Dynamic_Payload", "97", whole(96, 127)),
    p("OPUS_Dynamic_Payload", "99", whole(96, 127)),
    p("AVT_Dynamic_Payload", "101", whole(96, 127)),
    p("INFOREQ_Dynamic_Payload", "", whole(96, 127)),
    p("G711u_Codec_Name", "PCMU", SHORT),
    p("G711a_Codec_Name", "PCMA", SHORT),
    p("G729a_Codec_Name", "G729a", SHORT),
    p("G729b_Codec_Name", "G729ab", SHORT),
    p("G722_Codec_Name", "G722", SHORT),
    p("G722.2_Codec_Name", "AMR-WB", SHORT),
    p("iLBC_Codec_Name", "iLBC", SHORT),
    p("OPUS_Codec_Name", "OPUS", SHORT),
    p("AVT_Codec_Name", "telephone-event", SHORT),
];

const NAT: &[Row] = &[
    p("Handle_VIA_received", "No", YesNo),
    p("Handle_VIA_rport", "No", YesNo),
    p("Insert_VIA_received", "No", YesNo),
    p("Insert_VIA_rport", "No", YesNo),
    p("Substitute_VIA_Addr", "No", YesNo),
    p("Send_Resp_To_Src_Port", "No", YesNo),
    p("STUN_Enable", "No", YesNo),
    p("STUN_Test_Enable", "No", YesNo),
    p("STUN_Server", "", Server),
    p("EXT_IP", "", LONG),
    p("EXT_RTP_Port_Min", "0", whole(0, 65_535)),
    p("NAT_Keep_Alive_Intvl", "15", whole(0, 65_535)),
    p("Redirect_Keep_Alive", "No", YesNo),
];
