//! LDAP on a stream: each message tells its length (RFC 4511 §5.1). TLS may begin after any of them (§4.14).

use super::{Cut, Progress, Protocol, Reader, What};
use crate::ldap;
use crate::tls::record::looks_like_tls;

impl Reader {
    pub(super) fn ldap(&mut self, bytes: &[u8], over: bool, secured: bool, cuts: &mut Vec<Cut>) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        if rest.is_empty() {
            return Progress::Wait;
        }
        if !secured && !self.left_tls && looks_like_tls(rest) != Some(false) {
            if looks_like_tls(rest) == Some(true) {
                self.protocol = Protocol::Tls;
                return Progress::Again;
            }
            return Progress::Wait;
        }
        let (what, length) = match ldap::frame(rest) {
            Ok(Some(length)) if length <= rest.len() => (What::Ldap, length),
            Ok(_) if over => (What::LdapMalformed("the stream ends within a message"), rest.len()),
            Ok(_) => return Progress::Wait,
            Err(reason) => {
                self.protocol = Protocol::Opaque;
                // Under a security layer of SASL octets are counted by four octets (RFC 4422 §3.7), the first of them 0 for all sizes in use.
                let sealed = rest.starts_with(&[0]) && self.taken > 0;
                (if sealed { What::LdapSealed } else { What::LdapMalformed(reason) }, rest.len())
            }
        };
        cuts.push(Cut { from: self.taken, to: self.taken + length, what });
        self.take(length);
        Progress::Again
    }
}
