//! Info > Status: what the phone tells about itself, in the sections of phone-facts §1.2, and the same as `status.xml`.

use crate::local_time;
use crate::profile::Profile;
use crate::settings::Settings;
use crate::state::{CallState, Registration, Status};
use quick_xml::escape::escape;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// A section of the status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Its heading.
    pub(super) heading: String,
    /// Labels and values.
    pub(super) rows: Vec<(String, String)>,
}

/// What the status page tells beside the board.
pub(super) struct Facts<'a> {
    pub(super) profile: &'a Profile,
    pub(super) settings: &'a Settings,
    pub(super) status: &'a Status,
    /// Unix seconds.
    pub(super) now: u64,
    /// Unix seconds of the last login that succeeded, and of the last that failed.
    pub(super) logins: (Option<u64>, Option<u64>),
}

/// `MM/DD/YY HH:MM:SS`, as reboot reasons print a time; UTC, but for Current Time, which is local.
pub(crate) fn moment(unix: u64) -> String {
    let at = i64::try_from(unix).ok().and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
    at.map_or_else(String::new, |t| {
        let (year, month, day) = (t.year().rem_euclid(100), u8::from(t.month()), t.day());
        format!("{month:02}/{day:02}/{year:02} {:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())
    })
}

/// The Ethernet address as the page prints it.
pub(super) fn mac(status: &Status) -> String {
    hex::encode_upper(status.mac)
}

/// All sections.
pub(super) fn sections(facts: &Facts<'_>) -> Vec<Section> {
    let mut sections = vec![system(facts), ipv4(facts), ipv6(facts), reboots(facts), product(facts)];
    sections.push(section("Downloaded Locale Package", [("Download Status", ""), ("Download URL", "")]));
    sections.push(phone(facts));
    let dot1x = if facts.settings.yes("Enable_802.1X_Authentication") { "Authenticating" } else { "Disabled" };
    sections.push(section("Dot1x Authentication", [("Transaction Status", dot1x), ("Protocol", "None")]));
    let lines = facts.profile.model.lines();
    sections.extend((1..=lines).map(|line| extension(facts, line)));
    sections.extend((1..=lines).flat_map(|line| calls(facts, line)));
    sections.push(tr069(facts));
    sections.push(section("PRT Status", [("PRT Generation Status", ""), ("PRT Upload Status", "")]));
    let info = match facts.status.custom_ca_info.as_str() {
        "" => "Not Installed",
        info => info,
    };
    sections.push(section(
        "Custom CA Status",
        [("Custom CA Provisioning Status", facts.status.custom_ca.as_str()), ("Custom CA Info", info)],
    ));
    sections.push(section(
        "Provisioning Status",
        [
            // Options in brackets before the URL may hold a password.
            ("Provisioning Profile", facts.settings.text("Profile_Rule").rsplit(']').next().unwrap_or_default()),
            ("Provisioning Server", facts.status.provisioning_source.as_str()),
            ("Provisioning Status", facts.status.provisioning.as_str()),
        ],
    ));
    sections
}

/// The sections as `status.xml`: one element for each section, in it one for each row. Only `Reboot_History` and `Reboot_Reason_1` … `5` are
/// told by a source (phone-facts §1.5); the other elements are the labels, made into names by the rule of phone-facts §2.1.
pub(super) fn status_xml(sections: &[Section]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<status>\n");
    for section in sections {
        let heading = element(&section.heading);
        let _ = writeln!(xml, "<{heading}>");
        for (label, value) in &section.rows {
            let label = element(label);
            let _ = writeln!(xml, "<{label}>{}</{label}>", escape(value.as_str()));
        }
        let _ = writeln!(xml, "</{heading}>");
    }
    xml.push_str("</status>\n");
    xml
}

/// Letters, digits, `-` and `.` stay, all else turns to `_`; a name may not begin with a digit.
fn element(label: &str) -> String {
    let mut name: String =
        label.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert(0, '_');
    }
    name
}

fn section<'a>(heading: &str, rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Section {
    let rows = rows.into_iter().map(|(label, value)| (label.to_owned(), value.to_owned())).collect();
    Section { heading: heading.to_owned(), rows }
}

fn system(facts: &Facts<'_>) -> Section {
    let s = facts.settings;
    let own = s.text("Host_Name");
    let host = if own.is_empty() { format!("SEP{}", mac(facts.status)) } else { own.to_owned() };
    let set = s.text("Domain");
    let told = [&facts.status.ipv4.domain, &facts.status.ipv6.domain].into_iter().find(|domain| !domain.is_empty());
    let domain = if set.is_empty() { told.map_or("", |domain| domain.as_str()) } else { set };
    let ntp = |n: usize| facts.status.time_servers.get(n).map_or("", String::as_str);
    section(
        "System Information",
        [
            ("Host Name", host.as_str()),
            ("Domain", domain),
            ("Primary NTP Server", ntp(0)),
            ("Secondary NTP Server", ntp(1)),
        ],
    )
}

fn ipv4(facts: &Facts<'_>) -> Section {
    let ip = &facts.status.ipv4;
    let text = |address: Option<std::net::Ipv4Addr>| address.map(|a| a.to_string()).unwrap_or_default();
    section(
        "IPv4 Information",
        [
            ("IP Status", if ip.address.is_some() { "OK" } else { "No address" }),
            ("Connection Type", facts.settings.text("Connection_Type")),
            ("Current IP", &text(ip.address)),
            ("Current Netmask", &text(ip.netmask)),
            ("Current Gateway", &text(ip.gateway)),
            ("Primary DNS", &text(ip.dns.first().copied())),
            ("Secondary DNS", &text(ip.dns.get(1).copied())),
        ],
    )
}

fn ipv6(facts: &Facts<'_>) -> Section {
    let ip = &facts.status.ipv6;
    let text = |address: Option<std::net::Ipv6Addr>| address.map(|a| a.to_string()).unwrap_or_default();
    section(
        "IPv6 Information",
        [
            ("IP Status", if ip.address.is_some() { "OK" } else { "No address" }),
            ("Connection Type", facts.settings.text("IPv6_Connection_Type")),
            ("Current IP", &text(ip.address)),
            ("Prefix Length", &ip.prefix_length.map(|length| length.to_string()).unwrap_or_default()),
            ("Current Gateway", &text(ip.gateway)),
            ("Primary DNS", &text(ip.dns.first().copied())),
            ("Secondary DNS", &text(ip.dns.get(1).copied())),
        ],
    )
}

fn reboots(facts: &Facts<'_>) -> Section {
    let told = |n: usize| facts.status.reboots.get(n).map(|(at, why)| format!("[{}]{}", moment(*at), why.text()));
    let rows = (0..5).map(|n| (format!("Reboot Reason {}", n + 1), told(n).unwrap_or_default())).collect();
    Section { heading: "Reboot History".into(), rows }
}

fn product(facts: &Facts<'_>) -> Section {
    let release = facts.profile.release;
    section(
        "Product Information",
        [
            ("Product Name", facts.profile.model.product_name().as_str()),
            ("Software Version", &format!("sip78xx.{}-{}-{}", release.major, release.minor, release.patch)),
            ("MAC Address", &mac(facts.status)),
            ("Customization", "Open"),
            // A unit's is printed on its label; ours is as individual as its address.
            ("Serial Number", &format!("OFF{}", mac(facts.status).get(4..).unwrap_or_default())),
            ("Hardware Version", "1"),
            (
                "Client Certificate",
                if facts.status.client_certificate.is_empty() { "Not Installed" } else { "Installed" },
            ),
        ],
    )
}

fn phone(facts: &Facts<'_>) -> Section {
    let elapsed = facts.now.saturating_sub(facts.status.booted_at);
    let (days, hours, minutes, seconds) = (elapsed / 86_400, elapsed / 3600 % 24, elapsed / 60 % 60, elapsed % 60);
    let ahead = local_time::offset(facts.settings, facts.status.ipv4.time_offset, facts.now);
    let login = |at: Option<u64>| at.map(moment).unwrap_or_default();
    section(
        "Phone Status",
        [
            ("Current Time", moment(local_time::shifted(facts.now, ahead)).as_str()),
            ("Elapsed Time", &format!("{days} days and {hours:02}:{minutes:02}:{seconds:02}")),
            (
                "Operational VLAN ID",
                if facts.settings.yes("Enable_VLAN") { facts.settings.text("VLAN_ID") } else { "" },
            ),
            ("SW Port", &format!("{} Mbps, full duplex", facts.profile.model.ethernet_mbps())),
            ("Notice", &facts.status.notice),
            ("Last Successful Login", &login(facts.logins.0)),
            ("Last Failed Login", &login(facts.logins.1)),
        ],
    )
}

fn tr069(facts: &Facts<'_>) -> Section {
    let tr069 = &facts.status.tr069;
    let at = |at: Option<u64>| at.map(moment).unwrap_or_default();
    section(
        "TR-069 Status",
        [
            ("TR-069 Feature", if facts.settings.yes("Enable_TR-069") { "Enabled" } else { "Disabled" }),
            ("Periodic Inform Time", &at(tr069.periodic_inform_at)),
            ("Last Inform Time", &at(tr069.last_inform_at)),
            ("Last Transaction Status", &tr069.last_transaction),
            ("Last Session", &tr069.last_session),
            ("ParameterKey", &tr069.parameter_key),
        ],
    )
}

fn extension(facts: &Facts<'_>, line: u8) -> Section {
    let of = facts.status.lines.get(usize::from(line) - 1).cloned().unwrap_or_default();
    let state = match of.registration {
        Registration::Registered => "Registered",
        Registration::NotRegistered | Registration::NotConfigured => "Not Registered",
    };
    section(
        &format!("Ext {line} Status"),
        [
            ("Registration State", state),
            ("Last Registration At", &of.last_registration_at.map(moment).unwrap_or_default()),
            ("Next Registration In Seconds", &of.next_registration_in.map(|s| s.to_string()).unwrap_or_default()),
            ("Message Waiting", "No"),
            ("Mapped SIP Port", &if of.sip_port == 0 { String::new() } else { of.sip_port.to_string() }),
        ],
    )
}

/// A line shows two call appearances, or as many as it has calls.
fn calls(facts: &Facts<'_>, line: u8) -> Vec<Section> {
    let calls: Vec<_> = facts.status.calls.iter().filter(|c| c.line == line).collect();
    let shown = calls.len().max(2);
    let call = |n: usize| {
        let heading = format!("Line {line} Call {} Status", n + 1);
        let Some(call) = calls.get(n) else { return section(&heading, [("Call State", "Idle")]) };
        section(
            &heading,
            [
                ("Call State", call_state(call.state)),
                ("Type", if call.incoming { "Inbound" } else { "Outbound" }),
                ("Peer Name", call.peer_name.as_str()),
                ("Peer Phone", call.peer_number.as_str()),
            ],
        )
    };
    (0..shown).map(call).collect()
}

/// A call state in words.
pub(super) const fn call_state(state: CallState) -> &'static str {
    match state {
        CallState::Dialing => "Dialing",
        CallState::Ringback => "Ringback",
        CallState::Ringing => "Ringing",
        CallState::Connected => "Connected",
        CallState::Holding => "Holding",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn a_moment_is_printed_as_reboot_reasons_print_it() {
        assert_eq!(moment(0), "01/01/70 00:00:00");
        assert_eq!(moment(1_556_539_384), "04/29/19 12:03:04");
        assert_eq!(moment(u64::MAX), "");
    }

    #[test]
    fn labels_become_element_names() {
        assert_eq!(element("Reboot Reason 1"), "Reboot_Reason_1");
        assert_eq!(element("802.1X"), "_802.1X");
    }

    #[test]
    fn status_xml_escapes_values() {
        let sections = [section("Reboot History", [("Reboot Reason 1", "<a&b>")])];
        insta::assert_snapshot!(status_xml(&sections), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <status>
        <Reboot_History>
        <Reboot_Reason_1>&lt;a&amp;b&gt;</Reboot_Reason_1>
        </Reboot_History>
        </status>
        "#);
    }
}
