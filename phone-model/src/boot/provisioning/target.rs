//! URLs of provisioning and management, taken apart.

use super::{Failure, Login};
use hyper::Uri;

/// How a file is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::boot) enum Scheme {
    /// RFC 1350.
    Tftp,
    /// In clear.
    Http,
    /// Under TLS.
    Https,
}

impl Scheme {
    /// `$SCHEME`.
    pub(in crate::boot) const fn text(self) -> &'static str {
        match self {
            Scheme::Tftp => "tftp",
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Scheme::Tftp => 69,
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// A URL taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::boot) struct Target {
    /// How to fetch.
    pub(in crate::boot) scheme: Scheme,
    /// The server, an IPv6 address without its brackets.
    pub(in crate::boot) host: String,
    /// Its port.
    pub(in crate::boot) port: u16,
    /// For `Host`, without credentials.
    pub(in crate::boot) authority: String,
    /// Path and query.
    pub(in crate::boot) path: String,
    /// What stood before the `@`.
    pub(in crate::boot) login: Option<Login>,
}

impl Target {
    /// Takes a URL apart.
    pub(in crate::boot) fn parse(url: &str) -> Result<Self, Failure> {
        let uri: Uri = url.trim().parse().map_err(|_| Failure::Url("it is none"))?;
        let scheme = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("tftp") => Scheme::Tftp,
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            Some(_) | None => return Err(Failure::Url("it has no known scheme")),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(Failure::Url("it has no host"))?;
        let authority = uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let named = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@'));
        Ok(Target {
            scheme,
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: uri.port_u16().unwrap_or_else(|| scheme.port()),
            authority,
            path: uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            login: named.map(|(login, _)| Login::of_url(login)),
        })
    }

    /// `$PATH`: a query may hold what is nobody's business.
    pub(in crate::boot) fn plain_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// Where `Location` leads (RFC 9110 §10.2.2): absolute, or from the root of the same server.
    pub(in crate::boot) fn redirected(&self, location: &str) -> Result<Self, Failure> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Target::parse(&format!("{}://{}{location}", self.scheme.text(), self.authority));
        }
        Target::parse(location)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("https://u:p%40ss@[2001:db8::1]:8443/a/b.xml?c").unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.authority.as_str()),
            ("2001:db8::1", 8443, "[2001:db8::1]:8443")
        );
        assert_eq!((target.path.as_str(), target.plain_path()), ("/a/b.xml?c", "/a/b.xml"));
        assert_eq!(target.login, Some(Login { user: "u".into(), password: "p@ss".into() }));
        assert_eq!(Target::parse("tftp://prov/a").unwrap().port, 69);
        assert_eq!(Target::parse("HTTPS://prov").unwrap().port, 443);
    }

    #[test]
    fn a_redirection_leads_to_the_same_server_or_elsewhere() {
        let target = Target::parse("https://a.example:8443/x").unwrap();
        assert_eq!(target.redirected("/y").unwrap().authority, "a.example:8443");
        assert_eq!(target.redirected("/y").unwrap().scheme, Scheme::Https);
        assert_eq!(target.redirected("http://b.example/y").unwrap().scheme, Scheme::Http);
        assert!(target.redirected("y").is_err() && target.redirected("//b.example/y").is_err());
    }
}
