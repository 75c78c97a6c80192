//! Methods (RFC 3261 §7.1 and the RFCs that add to it).

use std::fmt;

macro_rules! methods {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+) => {
        /// A method; case-sensitive.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Method {
            $($(#[doc = $doc])+ $variant,)+
            /// Any other token.
            Other(String),
        }

        impl Method {
            /// All methods with a name here.
            pub const NAMED: &'static [Method] = &[$(Method::$variant,)+];

            /// As on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Method::$variant => $name,)+
                    Method::Other(name) => name,
                }
            }
        }
    };
}

methods! {
    /// RFC 3261 §13.
    Invite = "INVITE";
    /// RFC 3261 §13, §17.
    Ack = "ACK";
    /// RFC 3261 §15.
    Bye = "BYE";
    /// RFC 3261 §9.
    Cancel = "CANCEL";
    /// RFC 3261 §11.
    Options = "OPTIONS";
    /// RFC 3261 §10.
    Register = "REGISTER";
    /// RFC 3262.
    Prack = "PRACK";
    /// RFC 6665.
    Subscribe = "SUBSCRIBE";
    /// RFC 6665.
    Notify = "NOTIFY";
    /// RFC 3903.
    Publish = "PUBLISH";
    /// RFC 6086.
    Info = "INFO";
    /// RFC 3515.
    Refer = "REFER";
    /// RFC 3428.
    Message = "MESSAGE";
    /// RFC 3311.
    Update = "UPDATE";
}

impl Method {
    /// Reads a token; nothing when `text` is not one.
    pub fn parse(text: &str) -> Option<Method> {
        if !super::lexer::is_token(text) {
            return None;
        }
        let named = Method::NAMED.iter().find(|m| m.as_str() == text);
        Some(named.cloned().unwrap_or_else(|| Method::Other(text.to_owned())))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
