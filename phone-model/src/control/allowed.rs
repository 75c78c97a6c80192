//! `Allowed APIs`: which requests the phone carries out. The setting is a pattern with the default `.*`. Our reading of it: alternatives with `|`
//! between them, `.*` for anything, everything else as it stands, and all of a Request-URI has to fit.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    alternatives: Vec<Vec<String>>,
}

impl Allowed {
    /// Reads the setting.
    pub fn of(setting: &str) -> Allowed {
        let plain = |text: &str| text.trim().trim_start_matches('^').trim_end_matches('$').to_owned();
        let alternative = |text: &str| plain(text).split(".*").map(str::to_owned).collect();
        Allowed { alternatives: setting.split('|').map(alternative).collect() }
    }

    /// Whether a request to this URI is carried out.
    pub fn allows(&self, uri: &str) -> bool {
        self.alternatives.iter().any(|parts| fits(parts, uri))
    }
}

/// Parts with anything between them.
fn fits(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return parts.first().is_some_and(|only| only == text) };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        let Some(at) = rest.find(part.as_str()) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_decides_which_calls_are_carried_out() {
        let allows = |pattern, uri| Allowed::of(pattern).allows(uri);
        assert!(allows(".*", "/api/Ui/v1/SendKey"));
        assert!(!allows("", "/api/Ui/v1/SendKey"));
        assert!(allows("/api/Ui/.*", "/api/Ui/v1/SendKey") && !allows("/api/Ui/.*", "/api/Call/v1/Dial"));
        assert!(allows("/api/Ui/.*|/api/Call/v1/Dial", "/api/Call/v1/Dial"));
        assert!(!allows("/api/Call/v1/Dial", "/api/Call/v1/DialX"));
        assert!(allows("^/api/.*/v1/Get.*$", "/api/Config/v1/GetParams"));
        assert!(!allows("^/api/.*/v1/Get.*$", "/api/Config/v1/SetParams"));
    }
}
