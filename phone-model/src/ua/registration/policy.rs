//! What settings and the registrar's answer say about when and whether a line registers.

use crate::sip::message::{Message, NameAddr};
use crate::time::Duration;
use crate::ua::desk::Desk;
use crate::ua::domains;
use crate::ua::line::{LineSettings, host_of, seconds};

/// RFC 3261 §10.2.4: the expires of our Contact, else the Expires header, else what was asked for; within the settings' bounds.
pub(super) fn granted(line: u8, asked: u32, response: &Message, desk: &Desk) -> u32 {
    let ours = desk.contact(line).uri;
    let same = |contact: &NameAddr| {
        contact.uri.user() == ours.user()
            && contact.uri.host() == ours.host()
            && contact.uri.as_sip().map(|uri| uri.port) == ours.as_sip().map(|uri| uri.port)
    };
    let contact = response.addresses("Contact").into_iter().find(same);
    let of_contact = contact.and_then(|contact| contact.params.value("expires")?.parse::<u32>().ok());
    let granted = of_contact.or_else(|| response.number("Expires")).unwrap_or(asked);
    let bound = |name: &str, otherwise: f64| desk.settings.number(name, otherwise).clamp(1.0, 2_000_000.0) as u32;
    let least = bound("Reg_Min_Expires", 1.0);
    granted.clamp(least, bound("Reg_Max_Expires", 7_200.0).max(least))
}

/// `Reg Retry Long Intvl`.
pub(super) fn long_interval(desk: &Desk) -> Duration {
    seconds(&desk.settings, "Reg_Retry_Long_Intvl", 1_200.0).max(Duration::from_secs(1))
}

/// Why a line cannot register at all.
pub(super) fn obstacle(line: &LineSettings, desk: &Desk) -> Option<&'static str> {
    let list = desk.settings.text("Restricted_Access_Domains");
    let hosts = [&line.account.proxy, &line.account.outbound_proxy];
    let unlisted =
        |host: &&String| !host.is_empty() && !domains::permits_target(desk.profile.release, list, host_of(host));
    // From release 11.3(1): Proxy and Outbound Proxy must be on the list (phone-facts §3.1).
    hosts.iter().any(unlisted).then_some("the proxy is not among the Restricted Access Domains")
}
