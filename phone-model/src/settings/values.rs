//! Which values a parameter may take. A value that is not allowed is refused with a sentence that the page shows at the field.

use super::directory::Field;
use super::domains;
use crate::control::server::Server as ControlServer;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The kind of a parameter: its field on the page and its allowed values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Printable text of at most `longest` characters.
    Text {
        /// Most characters.
        longest: u16,
    },
    /// `Yes` or `No`.
    YesNo,
    /// One of these, in the order of the list box.
    Choice(&'static [&'static str]),
    /// A number from `low` to `high`.
    Number {
        /// Lowest allowed.
        low: f64,
        /// Highest allowed.
        high: f64,
        /// Whether fractions are refused.
        whole: bool,
    },
    /// Text that is never shown again.
    Password {
        /// Fewest characters, if there are any.
        shortest: u16,
        /// Most characters.
        longest: u16,
    },
    /// Fully qualified domain names, separated by commas.
    Domains,
    /// An IPv4 address or nothing.
    Ipv4,
    /// An IPv6 address or nothing.
    Ipv6,
    /// A host name, an address, or nothing.
    Host,
    /// `host[:port]`, or a static list `name:SRV=host:port:p=0|host:port:p=1`, or nothing.
    Server,
    /// DHCP option numbers, separated by commas.
    OptionList,
    /// Seconds, `n`, `n+m`, or a list of these (phone-facts §2.2).
    Delay,
    /// A DHCP option that may carry a VLAN: 128-149, 151-158, 161-254, or nothing.
    VlanOption,
    /// A field of the section LDAP.
    Directory(Field),
    /// A `ws://` or `wss://` URL.
    ControlServer,
    /// Shown, and changed only by the phone.
    ReadOnly,
}

pub(super) const SHORT: Kind = Kind::Text { longest: 255 };
pub(super) const LONG: Kind = Kind::Text { longest: 2047 };
pub(super) const PASSWORD: Kind = Kind::Password { shortest: 0, longest: 127 };
/// Of the accounts `admin` and `user`: 4 to 127 characters (phone-facts §1.1).
pub(super) const LOGIN_PASSWORD: Kind = Kind::Password { shortest: 4, longest: 127 };
pub(super) const PORT: Kind = whole(1, 65_535);
pub(super) const ON_OFF: Kind = Kind::Choice(&["Disabled", "Enabled"]);

/// A whole number in this range.
pub(super) const fn whole(low: u32, high: u32) -> Kind {
    Kind::Number { low: low as f64, high: high as f64, whole: true }
}

/// Seconds with fractions in this range.
pub(super) const fn seconds(low: u32, high: u32) -> Kind {
    Kind::Number { low: low as f64, high: high as f64, whole: false }
}

/// What this phone allows where no source tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Whether Restricted Access Domains may hold IP addresses.
    pub domains_accept_addresses: bool,
    /// Whether Restricted Access Domains takes anything (a defect).
    pub domains_accept_anything: bool,
}

/// The longest value of any parameter, characters.
pub(super) const LONGEST: usize = 4096;

impl Kind {
    /// The value as it is stored, or why it is refused. `optional` tells whether the parameter may be empty although its kind asks for
    /// something; parameters that are empty by default may.
    pub fn check(self, text: &str, optional: bool, rules: Rules) -> Result<String, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("is longer than {LONGEST} characters"));
        }
        // Passwords are the only kind whose spaces at the ends count.
        let text = if matches!(self, Kind::Password { .. }) { text } else { text.trim() };
        if text.chars().any(char::is_control) {
            return Err("holds a control character".into());
        }
        if text.is_empty() && optional {
            return Ok(String::new());
        }
        match self {
            Kind::Text { .. } | Kind::Password { .. } => self.check_length(text).map(|()| text.to_owned()),
            Kind::YesNo => choose(&["Yes", "No"], text),
            Kind::Choice(allowed) => choose(allowed, text),
            Kind::Number { low, high, whole } => number(text, low, high, whole),
            Kind::Domains if rules.domains_accept_anything => Ok(text.to_owned()),
            Kind::Domains => domains::check(text, rules.domains_accept_addresses).map(|()| text.to_owned()),
            Kind::Ipv4 => as_is(text, text.parse::<Ipv4Addr>().is_ok(), "is not an IPv4 address such as 192.0.2.1"),
            Kind::Ipv6 => as_is(text, text.parse::<Ipv6Addr>().is_ok(), "is not an IPv6 address such as 2001:db8::1"),
            Kind::Host => as_is(text, domains::is_host(text), "is not a host name or an address"),
            Kind::Server => as_is(text, is_server(text), "is not a host name or an address with an optional :port"),
            Kind::OptionList => option_list(text).map(|()| text.to_owned()),
            Kind::Delay => as_is(text, is_delay(text), "is not a number of seconds, n+m, or a list of these"),
            Kind::VlanOption => as_is(
                text,
                matches!(text.parse::<u8>(), Ok(128..=149 | 151..=158 | 161..=254)),
                "is not an option number in 128-149, 151-158 or 161-254",
            ),
            Kind::Directory(field) => field.check(text).map(|()| text.to_owned()),
            Kind::ControlServer => match ControlServer::parse(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(error) => Err(error.to_string()),
            },
            Kind::ReadOnly => Err("cannot be changed".into()),
        }
    }

    fn check_length(self, text: &str) -> Result<(), String> {
        let length = text.chars().count();
        let (shortest, longest) = match self {
            Kind::Text { longest } => (0, longest),
            Kind::Password { shortest, longest } => (shortest, longest),
            _ => return Ok(()),
        };
        if length > usize::from(longest) {
            return Err(format!("is longer than {longest} characters"));
        }
        if (1..usize::from(shortest)).contains(&length) {
            return Err(format!("is shorter than {shortest} characters"));
        }
        Ok(())
    }
}

fn as_is(text: &str, allowed: bool, message: &str) -> Result<String, String> {
    if allowed { Ok(text.to_owned()) } else { Err(message.to_owned()) }
}

/// Letter case does not count; what is stored is the spelling of the list.
fn choose(allowed: &[&str], text: &str) -> Result<String, String> {
    let found = allowed.iter().find(|a| a.eq_ignore_ascii_case(text));
    found.map(|a| (*a).to_owned()).ok_or_else(|| format!("is not one of {}", allowed.join(", ")))
}

fn number(text: &str, low: f64, high: f64, whole: bool) -> Result<String, String> {
    let what = if whole { "a whole number" } else { "a number" };
    let refusal = || format!("is not {what} from {low} to {high}");
    let plain = text.bytes().all(|b| b.is_ascii_digit() || (!whole && b == b'.'));
    let value: f64 = text.parse().ok().filter(|_| plain).ok_or_else(refusal)?;
    if (low..=high).contains(&value) { Ok(text.to_owned()) } else { Err(refusal()) }
}

fn option_list(text: &str) -> Result<(), String> {
    let bad = |item: &str| format!("holds `{}`, which is not an option number from 1 to 254", item.trim());
    for item in text.split(',') {
        if !matches!(item.trim().parse::<u8>(), Ok(1..=254)) {
            return Err(bad(item));
        }
    }
    Ok(())
}

fn is_delay(text: &str) -> bool {
    let seconds = |n: &str| n.trim().parse::<u32>().is_ok_and(|_| n.trim().bytes().all(|b| b.is_ascii_digit()));
    text.split(',').all(|item| item.splitn(2, '+').all(seconds))
}

fn is_server(text: &str) -> bool {
    match text.split_once(":SRV=") {
        Some((name, servers)) => {
            domains::is_host(name) && servers.split('|').all(|s| is_host_port(without_priority(s)))
        }
        None => is_host_port(text),
    }
}

fn without_priority(server: &str) -> &str {
    match server.rsplit_once(":p=") {
        Some((rest, priority)) if priority.parse::<u16>().is_ok() => rest,
        Some(_) | None => server,
    }
}

fn is_host_port(text: &str) -> bool {
    let port = |p: &str| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok_and(|p| p > 0);
    match text.rsplit_once(':') {
        // Not `[v6]` without a port and not a bare IPv6 address.
        Some((host, p)) if !text.ends_with(']') && text.parse::<Ipv6Addr>().is_err() => {
            domains::is_host(host) && port(p)
        }
        Some(_) | None => domains::is_host(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn check(kind: Kind, text: &str) -> Result<String, String> {
        kind.check(text, false, Rules::default())
    }

    #[test]
    fn each_kind_takes_what_it_names_and_refuses_the_rest() {
        let taken = [
            (Kind::YesNo, "yes", "Yes"),
            (ON_OFF, "ENABLED", "Enabled"),
            (seconds(0, 64), ".5", ".5"),
            (seconds(0, 64), " 64 ", "64"),
            (whole(32, 2_000_000), "3600", "3600"),
            (Kind::Server, "voiceip.com", "voiceip.com"),
            (Kind::Server, "voiceip.com:5080", "voiceip.com:5080"),
            (Kind::Server, "192.0.2.10:5060", "192.0.2.10:5060"),
            (Kind::Server, "[2001:db8::1]:5060", "[2001:db8::1]:5060"),
            (Kind::Server, "2001:db8::1", "2001:db8::1"),
            (
                Kind::Server,
                "sip:SRV=a.example:5060:p=0|b.example:5080:p=1",
                "sip:SRV=a.example:5060:p=0|b.example:5080:p=1",
            ),
            (Kind::OptionList, "66,160, 159", "66,160, 159"),
            (Kind::Delay, "30", "30"),
            (Kind::Delay, "30+10,60,120+20", "30+10,60,120+20"),
            (Kind::VlanOption, "132", "132"),
            (Kind::Ipv4, "192.0.2.1", "192.0.2.1"),
            (Kind::Ipv6, "2001:db8::1", "2001:db8::1"),
            (Kind::Password { shortest: 2, longest: 4 }, " a  ", " a  "),
            (LOGIN_PASSWORD, "", ""),
        ];
        for (kind, text, stored) in taken {
            assert_eq!(check(kind, text).as_deref(), Ok(stored), "{kind:?} {text:?}");
        }
        let refused = [
            (Kind::YesNo, "maybe"),
            (Kind::YesNo, ""),
            (seconds(0, 64), "64.1"),
            (seconds(0, 64), "-1"),
            (seconds(0, 64), "1e1"),
            (seconds(0, 64), "NaN"),
            (whole(1, 65_535), "0"),
            (whole(1, 65_535), "1.5"),
            (whole(1, 65_535), "+5"),
            (Kind::Server, "voiceip.com:0"),
            (Kind::Server, "voiceip.com:65536"),
            (Kind::Server, "http://voiceip.com"),
            (Kind::Server, "a b"),
            (Kind::OptionList, "66,,160"),
            (Kind::OptionList, "255"),
            (Kind::Delay, "30+"),
            (Kind::Delay, "x"),
            (Kind::VlanOption, "150"),
            (Kind::Ipv4, "192.0.2"),
            (Kind::Ipv6, "192.0.2.1"),
            (Kind::Password { shortest: 2, longest: 4 }, "12345"),
            (LOGIN_PASSWORD, "abc"),
            (Kind::ReadOnly, "x"),
            (SHORT, "a\nb"),
        ];
        for (kind, text) in refused {
            assert!(check(kind, text).is_err(), "{kind:?} {text:?}");
        }
    }

    #[test]
    fn what_is_empty_by_default_may_be_emptied() {
        assert_eq!(Kind::Ipv4.check("", true, Rules::default()).as_deref(), Ok(""));
        assert_eq!(Kind::Domains.check("  ", true, Rules::default()).as_deref(), Ok(""));
    }

    proptest! {
        #[test]
        fn a_stored_value_is_taken_again_unchanged(text in "\\PC{0,40}") {
            let kinds = [SHORT, Kind::YesNo, PORT, seconds(0, 64), Kind::Domains, Kind::Ipv4, Kind::Ipv6, Kind::Host, Kind::Server,
                Kind::OptionList, Kind::Delay, Kind::VlanOption, PASSWORD];
            for kind in kinds {
                if let Ok(stored) = check(kind, &text) {
                    prop_assert_eq!(check(kind, &stored), Ok(stored));
                }
            }
        }
    }
}
