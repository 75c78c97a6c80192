//! `name-addr` and `addr-spec` (RFC 3261 §20.10, §25.1): From, To, Contact, Route and their kin.

use super::lexer::{Params, is_token_byte, quote, split, unquote};
use super::uri::Uri;
use std::fmt;

/// An address with its display name and header parameters. Written always in `<>`, which every reader understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAddr {
    /// Display name in plain text: quotes and quoted pairs undone; empty when there is none.
    pub display: String,
    /// The URI.
    pub uri: Uri,
    /// Parameters after the address, `tag` among them.
    pub params: Params,
}

impl NameAddr {
    /// An address without display name and parameters.
    pub fn of(uri: Uri) -> Self {
        NameAddr { display: String::new(), uri, params: Params::default() }
    }

    /// Reads one element of a header; nothing when it breaks the grammar. A URI outside `<>` ends at its first `;`, and may
    /// hold neither `?` nor `,` (RFC 3261 §20.10).
    pub fn parse(text: &str) -> Option<NameAddr> {
        let parts = split(text.trim(), b';', true);
        let (address, params) = match parts.split_first()? {
            (address, []) => (address.trim(), Params::default()),
            (address, rest) => (address.trim(), Params::parse(&rest.join(";"))?),
        };
        let Some(open) = open_bracket(address) else {
            let uri = Uri::parse(address).filter(|_| !address.contains(['?', ',']))?;
            return Some(NameAddr { display: String::new(), uri, params });
        };
        let (name, bracketed) = address.split_at_checked(open)?;
        let uri = Uri::parse(bracketed.strip_prefix('<')?.strip_suffix('>')?)?;
        Some(NameAddr { display: display_name(name.trim())?, uri, params })
    }

    /// The same with a tag.
    #[must_use]
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }

    /// Its tag.
    pub fn tag(&self) -> Option<&str> {
        self.params.value("tag")
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write!(f, "{} ", quote(&self.display))?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// Where `<` stands outside a quoted string.
fn open_bracket(address: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    address.bytes().position(|byte| {
        if escaped {
            escaped = false;
        } else if quoted && byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
        byte == b'<' && !quoted
    })
}

/// A display name is a quoted string or a row of tokens (RFC 3261 §25.1 `display-name`). Letters beyond ASCII are let through: senders
/// forget to quote them, and they cannot be taken for anything else.
fn display_name(name: &str) -> Option<String> {
    if name.starts_with('"') {
        return unquote(name);
    }
    name.bytes().all(|b| is_token_byte(b) || b >= 0x80 || matches!(b, b' ' | b'\t')).then(|| name.to_owned())
}
