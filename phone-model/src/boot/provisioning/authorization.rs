//! Answering 401 and 407 (RFC 9110 §11, RFC 7616, RFC 7617): Digest where it is offered, Basic where nothing else is.

use super::Response;
use crate::random::Random;
use crate::sip::digest::{Challenge, Session};
use hyper::Method;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, WWW_AUTHENTICATE};
use percent_encoding::percent_decode_str;

/// A name and its password.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::boot) struct Login {
    /// The name.
    pub(in crate::boot) user: String,
    /// The password.
    pub(in crate::boot) password: String,
}

impl Login {
    /// What stands before the `@` of a URL.
    pub(super) fn of_url(text: &str) -> Self {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Login { user: plain(user), password: plain(password) }
    }

    /// RFC 7617 §2.
    fn basic(&self) -> String {
        format!("Basic {}", base64(format!("{}:{}", self.user, self.password).as_bytes()))
    }
}

/// Without the password.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Answers the challenges of one server.
pub(in crate::boot) struct Authorizer {
    login: Option<Login>,
    way: Way,
    proxy: bool,
    random: Random,
}

enum Way {
    Unasked,
    Digest(Box<Session>),
    Basic,
}

impl Authorizer {
    /// With this login. Unasked, nothing is sent; `unasked` is a phone with a defect.
    pub(super) fn new(login: Option<Login>, unasked: bool, random: Random) -> Self {
        Authorizer { login, way: if unasked { Way::Basic } else { Way::Unasked }, proxy: false, random }
    }

    /// The header field of a request, when the server has asked for one. A digest's nonce is used again, its count is one higher.
    pub(in crate::boot) fn header(&mut self, method: &Method, path: &str, body: &[u8]) -> Option<(HeaderName, String)> {
        let login = self.login.as_ref()?;
        let value = match &mut self.way {
            Way::Unasked => return None,
            Way::Digest(session) => {
                session.answer(&login.user, &login.password, method.as_str(), path, body, &mut self.random)
            }
            Way::Basic => login.basic(),
        };
        Some((if self.proxy { PROXY_AUTHORIZATION } else { AUTHORIZATION }, value))
    }

    /// Takes the challenge of a response; false when it cannot be answered.
    pub(in crate::boot) fn challenged(&mut self, response: &Response) -> bool {
        if self.login.is_none() {
            return false;
        }
        self.proxy = response.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED;
        let name = if self.proxy { PROXY_AUTHENTICATE } else { WWW_AUTHENTICATE };
        let lines: Vec<&str> = response.headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect();
        if let Some(challenge) = lines.iter().find_map(|line| Challenge::parse(line).ok()) {
            self.way = Way::Digest(Box::new(Session::new(challenge)));
            return true;
        }
        let basic = lines.iter().any(|line| line.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic")));
        // The same name and password once more would be refused once more.
        let again = matches!(self.way, Way::Basic);
        if basic {
            self.way = Way::Basic;
        }
        basic && !again
    }
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let octet = |n: usize| chunk.get(n).copied().map_or(0, u32::from);
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        for n in 0..4 {
            let digit = ALPHABET.get((bits >> (18 - 6 * n) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if n as usize > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_rfc_4648() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_login_is_printed_without_its_password() {
        let login = Login::of_url("adm%3ain:secret");
        assert_eq!(login.user, "adm:in");
        assert!(!format!("{login:?}").contains("secret"));
    }
}
