//! Writes `cfg.xml`: every parameter with its value, sections as comments, passwords as comments without their value (phone-facts §1.5).

use crate::settings::{Access, Catalogue, Kind, Parameter, Settings};
use quick_xml::escape::escape;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The dump of `settings`. `overrides` holds the `ua` attributes that differ from the catalogue.
pub fn write(catalogue: &Catalogue, settings: &Settings, overrides: &BTreeMap<String, Access>) -> String {
    let mut xml = String::from("<flat-profile>\n");
    let mut section = None;
    for parameter in catalogue.all() {
        let here = Some((parameter.tab, parameter.section.as_str()));
        if section != here {
            section = here;
            let _ = writeln!(xml, "<!-- {} -->", parameter.section);
        }
        let access = overrides.get(&parameter.name).copied().unwrap_or(parameter.access);
        element(&mut xml, parameter, access, settings.text(&parameter.name));
    }
    xml.push_str("</flat-profile>\n");
    xml
}

fn element(xml: &mut String, parameter: &Parameter, access: Access, value: &str) {
    let (name, ua) = (&parameter.name, access.attribute());
    let _ = match (parameter.kind, value) {
        (Kind::Password { .. }, _) => writeln!(xml, "<!-- <{name} ua=\"{ua}\"/> -->"),
        (_, "") => writeln!(xml, "<{name} ua=\"{ua}\"/>"),
        (_, value) => writeln!(xml, "<{name} ua=\"{ua}\">{}</{name}>", escape(value)),
    };
    if let Kind::Choice(allowed) = parameter.kind {
        let _ = writeln!(xml, "<!-- available options: {} -->", allowed.join("|"));
    }
}
