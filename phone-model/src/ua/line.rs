//! A line as its settings describe it (phone-facts §2.2, Voice > Ext n).

use crate::profile::Release;
use crate::settings::Settings;
use crate::time::Duration;

/// Whose calls a line takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// `User ID`.
    pub user_id: String,
    /// `Auth ID`; empty means the User ID.
    pub auth_id: String,
    /// `Password`.
    pub password: String,
    /// `Display Name`.
    pub display_name: String,
    /// `Proxy`: host and port.
    pub proxy: String,
    /// `Outbound Proxy`.
    pub outbound_proxy: String,
}

/// `SIP Transport`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineTransport {
    /// `UDP`, the default.
    Udp,
    /// `TCP`.
    Tcp,
    /// `TLS`.
    Tls,
    /// `AUTO`: as DNS says, UDP first of equals (phone-facts §2.2, tie order).
    Auto,
}

/// The settings of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSettings {
    /// Line, counted from 1.
    pub number: u8,
    /// Its account.
    pub account: Account,
    /// `Register`.
    pub register: bool,
    /// `Register Expires`, seconds.
    pub expires: u32,
    /// `Make Call Without Reg`.
    pub call_unregistered: bool,
    /// `Ans Call Without Reg`.
    pub answer_unregistered: bool,
    /// `SIP Transport`.
    pub transport: LineTransport,
    /// Whether the name of the proxy is checked under TLS: `TLS Name Validate`.
    pub validates_name: bool,
    /// `SIP Port`.
    pub port: u16,
    /// `Auth INVITE`.
    pub auth_invite: bool,
    /// `Auth Resync-Reboot`.
    pub auth_notify: bool,
    /// Whether SHA-256 digests are on: `Auth Support RFC8760`, from release 12.0(2).
    pub sha256: bool,
    /// `Use DNS SRV`.
    pub use_srv: bool,
    /// `DNS SRV Auto Prefix`.
    pub srv_prefix: bool,
    /// `Alternate Proxy` and `Alternate Outbound Proxy`, for `Block Nonproxy SIP`.
    pub alternates: [String; 2],
}

impl Account {
    /// The user name of credentials.
    pub fn auth_user(&self) -> &str {
        if self.auth_id.is_empty() { &self.user_id } else { &self.auth_id }
    }

    /// The host of the address of record.
    pub fn domain(&self) -> &str {
        host_of(&self.proxy)
    }
}

impl LineTransport {
    /// Whether the line has a UDP port (phone-facts §3.5: "UDP/AUTO lines only").
    pub fn hears_udp(self) -> bool {
        matches!(self, LineTransport::Udp | LineTransport::Auto)
    }

    /// Whether the line has a listening TCP port. Our choice, since no source tells its number: the line's SIP Port.
    pub fn hears_tcp(self) -> bool {
        matches!(self, LineTransport::Tcp | LineTransport::Auto)
    }
}

impl LineSettings {
    /// Reads line `number`.
    pub fn read(settings: &Settings, number: u8, release: Release) -> Self {
        let text = |base: &str| settings.line_text(base, number).trim().to_owned();
        let yes = |base: &str, otherwise: bool| match settings.line_text(base, number) {
            "" => otherwise,
            _ => settings.line_yes(base, number),
        };
        let amount = |base: &str, otherwise: f64| settings.number(&format!("{base}_{number}_"), otherwise);
        LineSettings {
            number,
            account: Account {
                user_id: text("User_ID"),
                auth_id: text("Auth_ID"),
                password: settings.line_text("Password", number).to_owned(),
                display_name: text("Display_Name"),
                proxy: text("Proxy"),
                outbound_proxy: text("Outbound_Proxy"),
            },
            register: yes("Register", true),
            // A cast from float saturates; the range is the documented one.
            expires: amount("Register_Expires", 3_600.0).clamp(1.0, 2_000_000.0) as u32,
            call_unregistered: yes("Make_Call_Without_Reg", false),
            answer_unregistered: yes("Ans_Call_Without_Reg", false),
            transport: match settings.line_text("SIP_Transport", number).trim() {
                "TCP" => LineTransport::Tcp,
                "TLS" => LineTransport::Tls,
                "AUTO" | "Auto" => LineTransport::Auto,
                _ => LineTransport::Udp,
            },
            validates_name: yes("TLS_Name_Validate", true),
            port: port_of(amount("SIP_Port", 0.0)).unwrap_or(5_059 + u16::from(number)),
            auth_invite: yes("Auth_INVITE", false),
            auth_notify: yes("Auth_Resync-Reboot", true),
            sha256: release >= Release::R12_0_2 && yes("Auth_Support_RFC8760", false),
            use_srv: yes("Use_DNS_SRV", false),
            srv_prefix: yes("DNS_SRV_Auto_Prefix", false),
            alternates: [text("Alternate_Proxy"), text("Alternate_Outbound_Proxy")],
        }
    }

    /// Whether the line has an account.
    pub fn configured(&self) -> bool {
        !self.account.user_id.is_empty()
    }

    /// Whether it is to be registered.
    pub fn registers(&self) -> bool {
        self.configured() && self.register && !self.account.proxy.is_empty()
    }

    /// Whether two settings have the same way to the proxy, so that its connection serves both.
    pub fn goes_as(&self, other: &LineSettings) -> bool {
        let of = |line: &LineSettings| {
            let proxies = (line.account.proxy.clone(), line.account.outbound_proxy.clone());
            (proxies, line.transport, line.validates_name, line.port, line.use_srv, line.srv_prefix)
        };
        of(self) == of(other)
    }

    /// Whether two settings register alike, so that a change between them needs no new registration.
    pub fn registers_as(&self, other: &LineSettings) -> bool {
        let of = |line: &LineSettings| {
            (
                line.account.clone(),
                line.register,
                line.expires,
                (line.transport, line.validates_name),
                line.port,
                line.use_srv,
                line.srv_prefix,
            )
        };
        of(self) == of(other)
    }
}

/// Seconds of a parameter as a duration.
pub fn seconds(settings: &Settings, name: &str, otherwise: f64) -> Duration {
    Duration::try_from_secs_f64(settings.number(name, otherwise))
        .unwrap_or_default()
        .min(Duration::from_secs(4_000_000))
}

/// `host` of `host[:port]`; brackets around an IPv6 address stay.
pub fn host_of(text: &str) -> &str {
    split_port(text).0
}

/// Splits `host[:port]` as a proxy field holds it.
pub fn split_port(text: &str) -> (&str, Option<u16>) {
    let text = text.trim();
    let text = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:")).unwrap_or(text);
    match text.rsplit_once(':') {
        // More than one colon outside brackets is an IPv6 address without port.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        Some(_) | None => (text, None),
    }
}

fn port_of(number: f64) -> Option<u16> {
    // A cast from float saturates; out of range means unset.
    (1.0..=65_535.0).contains(&number).then_some(number as u16)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn line(values: &[(&str, &str)]) -> LineSettings {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        LineSettings::read(&Settings::of(values), 2, Release::R12_0_2)
    }

    #[test]
    fn an_empty_line_has_the_documented_defaults() {
        let line = line(&[]);
        assert!(
            line.register && line.auth_notify && !line.auth_invite && !line.answer_unregistered && !line.registers()
        );
        assert_eq!((line.port, line.expires, line.transport), (5_061, 3_600, LineTransport::Udp));
    }

    #[test]
    fn the_auth_id_is_the_user_of_credentials_when_it_is_set() {
        assert_eq!(line(&[("User_ID_2_", "1002")]).account.auth_user(), "1002");
        assert_eq!(line(&[("User_ID_2_", "1002"), ("Auth_ID_2_", "secret-name")]).account.auth_user(), "secret-name");
    }

    #[test]
    fn a_proxy_field_splits_into_host_and_port() {
        assert_eq!(split_port("voiceip.com:5080"), ("voiceip.com", Some(5_080)));
        assert_eq!(split_port("voiceip.com"), ("voiceip.com", None));
        assert_eq!(split_port("[2001:db8::1]:5080"), ("[2001:db8::1]", Some(5_080)));
        assert_eq!(split_port("2001:db8::1"), ("2001:db8::1", None));
    }

    #[test]
    fn a_port_out_of_range_is_the_default_one() {
        assert_eq!(line(&[("SIP_Port_2_", "70000")]).port, 5_061);
        assert_eq!(line(&[("SIP_Port_2_", "5090")]).port, 5_090);
    }
}
