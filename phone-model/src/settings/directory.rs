//! Values of the section LDAP that are more than text.

use crate::directory::attributes::Shown;
use crate::directory::mapping::Mapping;
use crate::ldap::filter::Template;
use crate::ldap::server::Server;

/// Which field it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `Server`.
    Server,
    /// `Search Base`: a distinguished name (RFC 4514).
    Base,
    /// A filter, with `$VALUE` for what is typed.
    Filter,
    /// `Display Attrs`.
    Attributes,
    /// `Number Mapping`.
    Mapping,
}

/// The longest value, characters.
const LONGEST: usize = 2047;

impl Field {
    /// Why a value is refused.
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        if text.chars().count() > LONGEST {
            return Err(format!("is longer than {LONGEST} characters"));
        }
        match self {
            Field::Server => Server::parse(text).map(|_| ()).map_err(|error| error.to_string()),
            Field::Base if is_name(text) => Ok(()),
            Field::Base => Err("is not a distinguished name such as ou=people,dc=example,dc=com".into()),
            Field::Filter => Template::parse(text).map(|_| ()).map_err(|error| error.to_string()),
            Field::Attributes => Shown::parse(text).map(|_| ()).map_err(|error| error.to_string()),
            Field::Mapping => Mapping::parse(text).map(|_| ()).map_err(|error| error.to_string()),
        }
    }
}

/// Whether each part of a name has an attribute and a value; a comma behind a backslash separates nothing (RFC 4514 §2.4).
fn is_name(text: &str) -> bool {
    let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            ',' | ';' | '+' if !escaped => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(part);
    parts.iter().all(|part| {
        let (attribute, value) = part.split_once('=').unwrap_or_default();
        let attribute = attribute.trim();
        let plain = attribute.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        !attribute.is_empty() && plain && !value.trim().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_takes_what_it_names_and_refuses_what_cannot_be() {
        let taken = [
            (Field::Server, "ldaps://ldap.example.com:636"),
            (Field::Server, "192.0.2.9"),
            (Field::Base, "ou=people,dc=example,dc=com"),
            (Field::Base, "o=Lager\\, Nord + l=Köln"),
            (Field::Filter, "sn:(sn=$VALUE*)"),
            (Field::Filter, "(&(objectClass=person)(|(cn=*$VALUE*)(mail=$VALUE*)))"),
            (Field::Attributes, "a=telephoneNumber,n=Phone,t=p;"),
            (Field::Mapping, "(<:9xx.>)"),
        ];
        for (field, text) in taken {
            assert_eq!(field.check(text), Ok(()), "{field:?} {text}");
        }
        let refused = [
            (Field::Server, "https://ldap.example.com"),
            (Field::Server, "ldaps://ldap.example.com:99999"),
            (Field::Base, "people"),
            (Field::Base, "dc=example,,dc=com"),
            (Field::Base, "dc="),
            (Field::Filter, "sn=$VALUE*"),
            (Field::Filter, "sn:(sn=$VALUE*"),
            (Field::Attributes, "n=Phone"),
            (Field::Mapping, "(a)"),
        ];
        for (field, text) in refused {
            assert!(field.check(text).is_err(), "{field:?} {text}");
        }
    }
}
