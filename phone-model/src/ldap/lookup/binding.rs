//! Binding: who the phone is, and for DIGEST-MD5 who the server is.

use super::{Auth, Lookup, State, Step};
use crate::defects::Defect;
use crate::ldap::digest_md5::{self, Challenge, Login};
use crate::ldap::failure::Failure;
use crate::ldap::message::{Operation, Outcome, Proof, Request};

/// saslBindInProgress.
const IN_PROGRESS: u32 = 14;
/// Octets of chance in a cnonce.
const CNONCE: usize = 16;

impl Lookup {
    pub(super) fn bind(&mut self) {
        let (dn, password) = match &self.plan.auth {
            Auth::None => (String::new(), String::new()),
            // RFC 4513 §5.1.2: a name without a password would look like a login and be none.
            Auth::Simple { dn, password } if dn.is_empty() || password.is_empty() => {
                let named = self.defects.has(Defect::LdapEmptyPassword);
                (if named { dn.clone() } else { String::new() }, String::new())
            }
            Auth::Simple { dn, password } => (dn.clone(), password.clone()),
            Auth::DigestMd5 { .. } => return self.ask_for_challenge(),
        };
        let id = self.send(&Request::Bind { name: &dn, proof: Proof::Simple(password.as_bytes()) });
        self.state = State::Binding { id, step: Step::Simple };
        if self.defects.has(Defect::LdapSearchesUnbound) {
            self.search();
            self.state = State::Binding { id, step: Step::Simple };
        }
    }

    /// RFC 2831 §2.1: the server speaks first, so there is no initial response.
    fn ask_for_challenge(&mut self) {
        let initial = self.defects.has(Defect::LdapInitialResponse).then_some(&b"username=\"\""[..]);
        self.bind_sasl(initial, Step::Challenge);
    }

    fn bind_sasl(&mut self, credentials: Option<&[u8]>, step: Step) {
        let proof = Proof::Sasl { mechanism: digest_md5::MECHANISM, credentials };
        let id = self.send(&Request::Bind { name: "", proof });
        self.state = State::Binding { id, step };
    }

    pub(super) fn bind_answered(&mut self, id: u32, step: Step, operation: Operation) {
        let Operation::Bind { outcome, credentials } = operation else {
            self.state = State::Binding { id, step };
            return;
        };
        if let Some(why) = self.refused.take() {
            return self.fail(Failure::Certificate(why));
        }
        let Outcome { code, .. } = outcome;
        if !matches!(code, 0 | IN_PROGRESS) {
            return self.fail(Failure::of(code));
        }
        let credentials = credentials.unwrap_or_default();
        match (step, code) {
            (Step::Simple | Step::Proven, 0) => self.search(),
            (Step::Challenge, IN_PROGRESS) => self.answer(&credentials),
            (Step::Proof(answer), code) => {
                let forged = self.defects.has(Defect::LdapTakesForgedProof);
                if !answer.is_proven_by(&credentials) && !forged {
                    self.fail(Failure::Unproven);
                } else if code == 0 {
                    self.search();
                } else {
                    // RFC 4513 §5.2.1.1 lets a server send its last word as one more challenge; there is nothing to add to it.
                    self.bind_sasl(Some(b""), Step::Proven);
                }
            }
            // Success without a challenge proves nothing.
            (Step::Challenge, _) => self.fail(Failure::Unproven),
            (Step::Simple | Step::Proven, code) => self.fail(Failure::Code(code)),
        }
    }

    fn answer(&mut self, challenge: &[u8]) {
        let Auth::DigestMd5 { user, password, realm } = self.plan.auth.clone() else { return };
        let fixed = self.defects.has(Defect::LdapRepeatsCnonce);
        let cnonce = if fixed { "0123456789abcdef".repeat(2) } else { self.random.hex(CNONCE) };
        let uri = format!("ldap/{}", self.plan.server.host);
        let login = Login {
            user: &user,
            password: &password,
            realm: &realm,
            uri: &uri,
            cnonce: &cnonce,
            utf8_unasked: self.defects.has(Defect::LdapUtf8Unasked),
        };
        let answered = Challenge::parse(challenge).and_then(|challenge| {
            let answer = challenge.answer(login)?;
            let octets = answer.octets(challenge.utf8())?;
            Ok((answer, octets))
        });
        match answered {
            Ok((answer, octets)) => self.bind_sasl(Some(&octets), Step::Proof(Box::new(answer))),
            Err(abort) => self.fail(Failure::Login(abort.to_string())),
        }
    }
}
