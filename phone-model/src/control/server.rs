//! `Control Server URL`: `ws://host[:port][/path]` or `wss://…`.

/// Where the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Whether TLS comes first.
    pub secure: bool,
    /// Host name, or address without brackets.
    pub host: String,
    /// Port; 80, or 443 under TLS (RFC 6455 §3), when the URL names none.
    pub port: u16,
    /// The URL itself, for the handshake.
    pub url: String,
}

/// Text that is no such URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a URL such as wss://control.example.com:8443/")]
pub struct NotAServer;

impl Server {
    /// Reads the setting.
    ///
    /// # Errors
    /// When it is no URL of a WebSocket server.
    pub fn parse(setting: &str) -> Result<Server, NotAServer> {
        let uri: hyper::Uri = setting.trim().parse().map_err(|_| NotAServer)?;
        let secure = match uri.scheme_str().map(str::to_ascii_lowercase).as_deref() {
            Some("ws") => false,
            Some("wss") => true,
            Some(_) | None => return Err(NotAServer),
        };
        let authority = uri.authority().ok_or(NotAServer)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        // Credentials in a URL are nothing that RFC 6455 §3 knows.
        if host.is_empty() || authority.as_str().contains('@') {
            return Err(NotAServer);
        }
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, digits)) if !digits.ends_with(']') => {
                digits.parse().ok().filter(|port| *port > 0).ok_or(NotAServer)?
            }
            Some(_) | None if secure => 443,
            Some(_) | None => 80,
        };
        Ok(Server { secure, host: host.to_owned(), port, url: uri.to_string() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn a_url_of_a_websocket_server_is_taken_apart() {
        let parts = |text: &str| Server::parse(text).map(|s| (s.secure, s.host, s.port));
        assert_eq!(parts("ws://192.0.2.4:8088/sdk?a=b"), Ok((false, "192.0.2.4".into(), 8088)));
        assert_eq!(parts("WSS://control.example.com"), Ok((true, "control.example.com".into(), 443)));
        assert_eq!(parts("ws://[2001:db8::4]:81"), Ok((false, "2001:db8::4".into(), 81)));
        assert_eq!(parts("ws://[2001:db8::4]/"), Ok((false, "2001:db8::4".into(), 80)));
        for text in
            ["", "http://a/", "ws:///x", "ws://u@a/", "ws://a:0/", "ws://a:x/", "control.example.com", "ws://a b/"]
        {
            assert_eq!(parts(text), Err(NotAServer), "{text}");
        }
    }
}
