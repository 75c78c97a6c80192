//! What is written in a profile rule and in the lines of the log: macros, and options in brackets (`[--uid name --pwd word] url`).

use super::network::mac_text;
use super::provisioning::{Login, Target};
use crate::net::datagram::Mac;
use crate::profile::Profile;
use crate::settings::Settings;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Values by the name of their macro, without the `$`.
#[derive(Debug, Clone, Default)]
pub(super) struct Macros(BTreeMap<&'static str, String>);

/// General purpose parameters and their macros.
const GENERAL_PURPOSE: [(&str, &str); 16] = [
    ("A", "GPP_A"),
    ("B", "GPP_B"),
    ("C", "GPP_C"),
    ("D", "GPP_D"),
    ("E", "GPP_E"),
    ("F", "GPP_F"),
    ("G", "GPP_G"),
    ("H", "GPP_H"),
    ("I", "GPP_I"),
    ("J", "GPP_J"),
    ("K", "GPP_K"),
    ("L", "GPP_L"),
    ("M", "GPP_M"),
    ("N", "GPP_N"),
    ("O", "GPP_O"),
    ("P", "GPP_P"),
];

impl Macros {
    /// Those of this phone.
    pub(super) fn of(profile: &Profile, mac: Mac, address: Option<IpAddr>, settings: &Settings) -> Self {
        let product = profile.model.product_name();
        let mut values = BTreeMap::from([
            ("MA", hex::encode(mac)),
            ("MAU", hex::encode_upper(mac)),
            ("MAC", mac_text(mac)),
            // Phone-facts §3.5: the number with -3PCC.
            ("PSN", product.trim_start_matches("CP-").to_owned()),
            ("PN", product.clone()),
            ("SN", serial_number(mac)),
            ("SWVER", profile.release.to_string()),
            ("HWVER", "1".to_owned()),
            ("VERSION", format!("Cisco-{product}/{}", profile.release)),
            ("CCERT", "Not Installed".to_owned()),
            ("IP", address.map(|address| address.to_string()).unwrap_or_default()),
            ("$", "$".to_owned()),
        ]);
        values.extend(GENERAL_PURPOSE.map(|(name, parameter)| (name, settings.text(parameter).to_owned())));
        Macros(values)
    }

    /// With what is known of the server: `$SCHEME`, `$SERV`, `$SERVIP`, `$PORT`, `$PATH`.
    pub(super) fn with_target(&self, target: &Target, address: Option<IpAddr>) -> Self {
        let ip = address.map_or_else(
            || target.host.clone(),
            |address| match address {
                IpAddr::V4(v4) => v4.to_string(),
                IpAddr::V6(v6) => format!("[{v6}]"),
            },
        );
        let mut values = self.0.clone();
        values.extend([
            ("SCHEME", target.scheme.text().to_owned()),
            ("SERV", target.host.clone()),
            ("SERVIP", ip),
            ("PORT", target.port.to_string()),
            ("PATH", target.plain_path().to_owned()),
        ]);
        Macros(values)
    }

    /// With `$ERR`.
    pub(super) fn with_error(&self, error: &str) -> Self {
        let mut values = self.0.clone();
        values.insert("ERR", error.to_owned());
        Macros(values)
    }

    /// The text with its macros replaced: `$NAME` by the longest name that fits, `$(NAME)` where a letter follows. What is no macro stays.
    /// A value is not looked through again.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            match self.first(after) {
                Some((value, remaining)) => {
                    expanded.push_str(value);
                    rest = remaining;
                }
                None => {
                    expanded.push('$');
                    rest = after;
                }
            }
        }
        expanded.push_str(rest);
        expanded
    }

    fn first<'a>(&'a self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if let Some((name, rest)) = text.strip_prefix('(').and_then(|text| text.split_once(')')) {
            return self.0.get(name).map(|value| (value.as_str(), rest));
        }
        let fits = self.0.iter().filter(|(name, _)| text.starts_with(**name));
        let (name, value) = fits.max_by_key(|(name, _)| name.len())?;
        text.get(name.len()..).map(|rest| (value.as_str(), rest))
    }
}

/// The serial number as the page prints it.
pub(super) fn serial_number(mac: Mac) -> String {
    format!("OFF{}", hex::encode_upper(mac).get(4..).unwrap_or_default())
}

/// A profile rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// A URL, or a path on the server that DHCP names.
    pub(super) location: String,
    /// `--uid` and `--pwd`.
    pub(super) login: Option<Login>,
}

/// What a rule asks for that this phone cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} in a rule is not supported")]
pub(super) struct Unsupported(String);

impl Rule {
    /// Reads a rule and replaces its macros.
    pub(super) fn read(text: &str, macros: &Macros) -> Result<Self, Unsupported> {
        let text = text.trim();
        if text.starts_with('(') {
            return Err(Unsupported("a condition".into()));
        }
        let (options, location) = match text.strip_prefix('[') {
            Some(text) => text.split_once(']').ok_or_else(|| Unsupported("a bracket without end".into()))?,
            None => ("", text),
        };
        let location = location.trim();
        if location.contains(char::is_whitespace) || location.contains('|') {
            return Err(Unsupported("an alternative".into()));
        }
        let (mut user, mut password) = (None, None);
        let mut words = options.split_whitespace();
        while let Some(word) = words.next() {
            let slot = match word {
                "--uid" => &mut user,
                "--pwd" => &mut password,
                other => {
                    // What follows the name may be a key.
                    let name = other.split('=').next().unwrap_or_default();
                    return Err(Unsupported(format!("the option {name}")));
                }
            };
            *slot = words.next().map(|value| macros.expand(value));
        }
        let login = user.map(|user| Login { user, password: password.unwrap_or_default() });
        Ok(Rule { location: macros.expand(location), login })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use crate::profile::{Model, Release, Unknown};
    use proptest::prelude::*;

    fn macros() -> Macros {
        let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
        let settings = Settings::of(BTreeMap::from([("GPP_K".to_owned(), "secret $MA".to_owned())]));
        Macros::of(&profile, [2, 0, 0, 0, 0xab, 0x41], Some(IpAddr::from([192, 0, 2, 100])), &settings)
    }

    #[test]
    fn macros_are_replaced_longest_name_first() {
        insta::assert_snapshot!(macros().expand("/$PSN/$PN/$MA.$MAU-$MAC/$SWVER/$SN/$IP?$K"),
            @"/7841-3PCC/CP-7841-3PCC/02000000ab41.02000000AB41-02:00:00:00:ab:41/11.2.3/OFF0000AB41/192.0.2.100?secret $MA");
        assert_eq!(macros().expand("$(MA)U $$MA $Q $ $(Q) $"), "02000000ab41U $MA $Q $ $(Q) $");
    }

    #[test]
    fn the_lines_of_the_log_tell_of_the_server() {
        let target = Target::parse("https://prov.example/a.xml?secret").unwrap();
        let told = macros().with_target(&target, Some("2001:db8::4".parse().unwrap())).with_error("why");
        assert_eq!(
            told.expand("$SCHEME://$SERVIP:$PORT$PATH $SERV $ERR"),
            "https://[2001:db8::4]:443/a.xml prov.example why"
        );
        assert_eq!(macros().with_target(&target, None).expand("$SERVIP"), "prov.example");
    }

    #[test]
    fn a_rule_has_a_place_and_perhaps_a_login() {
        let read = |text: &str| Rule::read(text, &macros());
        assert_eq!(read(" /$PSN.xml ").unwrap(), Rule { location: "/7841-3PCC.xml".into(), login: None });
        let rule = read("[--uid $MA --pwd word] https://prov.example/$MA.xml").unwrap();
        assert_eq!(rule.location, "https://prov.example/02000000ab41.xml");
        assert_eq!(rule.login, Some(Login { user: "02000000ab41".into(), password: "word".into() }));
    }

    #[test]
    fn what_a_rule_cannot_say_here_is_told_without_its_secrets() {
        let refused = |text: &str| Rule::read(text, &macros()).unwrap_err().to_string();
        assert_eq!(refused("[--key abc] http://a/b"), "the option --key in a rule is not supported");
        assert_eq!(refused("[--key=abc] http://a/b"), "the option --key in a rule is not supported");
        assert_eq!(refused("($SWVER lt 12)? http://a/b"), "a condition in a rule is not supported");
        assert_eq!(refused("http://a/b | http://c/d"), "an alternative in a rule is not supported");
        assert_eq!(refused("[--uid a http://a/b"), "a bracket without end in a rule is not supported");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[$()A-Z\\[\\] a-é-]{0,40}") {
            let _ = macros().expand(&text);
            let _ = Rule::read(&text, &macros());
        }
    }
}
