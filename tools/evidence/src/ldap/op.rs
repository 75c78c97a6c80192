//! What LDAP messages say: RFC 4511 §4.

use std::fmt;

use serde::Serialize;

use super::{Filter, ResultCode};

/// Octets of a credential. Neither `Debug` nor JSON shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(pub(super) Vec<u8>);

impl Credential {
    /// The octets themselves, for claims about them. Do not print them.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({} octets)", self.0.len())
    }
}

impl Serialize for Credential {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} octets", self.0.len()))
    }
}

/// How a client says who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// By a password; an empty one is anonymous, or unauthenticated with a name (RFC 4513 §5.1).
    Simple(Credential),
    /// By a SASL mechanism.
    Sasl {
        /// Its name.
        mechanism: String,
        /// What the mechanism sends.
        credentials: Option<Credential>,
    },
    /// Another way, by its tag.
    Other(u8),
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LdapResult {
    /// Code.
    pub code: ResultCode,
    /// The part of the name that exists.
    pub matched_dn: String,
    /// A word for people.
    pub message: String,
    /// Where else to ask.
    pub referrals: Vec<String>,
}

/// An attribute and its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Description, options and all: `cn`, `cn;lang-ja`.
    pub name: String,
    /// Values as octets.
    #[serde(serialize_with = "as_texts")]
    pub values: Vec<Vec<u8>>,
}

impl Attribute {
    /// Values as text; octets that are no UTF-8 are replaced.
    pub fn texts(&self) -> Vec<String> {
        self.values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }
}

fn as_texts<S: serde::Serializer>(values: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|value| String::from_utf8_lossy(value)))
}

/// How much of the tree is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The entry itself.
    Base,
    /// What is right below it.
    One,
    /// It and all below it.
    Sub,
    /// A value that RFC 4511 does not have.
    Other(i64),
}

/// A search (RFC 4511 §4.5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchRequest {
    /// Where it begins.
    pub base: String,
    /// How much is searched.
    pub scope: Scope,
    /// Whether aliases are followed: 0 never, 1 in searching, 2 in finding the base, 3 always.
    pub deref: i64,
    /// Most entries wanted; 0 is no limit.
    pub size_limit: i64,
    /// Seconds; 0 is no limit.
    pub time_limit: i64,
    /// Whether values are left out.
    pub types_only: bool,
    /// What entries must be like.
    pub filter: Filter,
    /// Attributes wanted; none named are all.
    pub attributes: Vec<String>,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "fields are those of RFC 4511 §4")]
pub enum LdapOp {
    /// §4.2.
    BindRequest {
        version: i64,
        name: String,
        authentication: Authentication,
    },
    /// §4.2.2. The mechanism's next octets, if it sends some.
    BindResponse {
        result: LdapResult,
        server_credentials: Option<Vec<u8>>,
    },
    /// §4.3.
    Unbind,
    /// §4.5.1.
    SearchRequest(Box<SearchRequest>),
    /// §4.5.2.
    SearchEntry {
        dn: String,
        attributes: Vec<Attribute>,
    },
    /// §4.5.2.
    SearchDone(LdapResult),
    /// §4.5.3: where the search goes on.
    SearchReference {
        uris: Vec<String>,
    },
    /// §4.6. Operations are 0 add, 1 delete, 2 replace.
    ModifyRequest {
        dn: String,
        changes: Vec<(i64, Attribute)>,
    },
    ModifyResponse(LdapResult),
    /// §4.7.
    AddRequest {
        dn: String,
        attributes: Vec<Attribute>,
    },
    AddResponse(LdapResult),
    /// §4.8.
    DeleteRequest {
        dn: String,
    },
    DeleteResponse(LdapResult),
    /// §4.9.
    ModifyDnRequest {
        dn: String,
        new_rdn: String,
        delete_old: bool,
        new_superior: Option<String>,
    },
    ModifyDnResponse(LdapResult),
    /// §4.10.
    CompareRequest {
        dn: String,
        attribute: String,
        value: Vec<u8>,
    },
    CompareResponse(LdapResult),
    /// §4.11.
    Abandon {
        id: i64,
    },
    /// §4.12.
    ExtendedRequest {
        name: String,
        value: Option<Vec<u8>>,
    },
    /// §4.12.
    ExtendedResponse {
        result: LdapResult,
        name: Option<String>,
        value: Option<Vec<u8>>,
    },
    /// §4.13.
    Intermediate {
        name: Option<String>,
        value: Option<Vec<u8>>,
    },
}

impl LdapOp {
    /// Number of its APPLICATION tag.
    pub fn number(&self) -> u8 {
        match self {
            LdapOp::BindRequest { .. } => 0,
            LdapOp::BindResponse { .. } => 1,
            LdapOp::Unbind => 2,
            LdapOp::SearchRequest(_) => 3,
            LdapOp::SearchEntry { .. } => 4,
            LdapOp::SearchDone(_) => 5,
            LdapOp::ModifyRequest { .. } => 6,
            LdapOp::ModifyResponse(_) => 7,
            LdapOp::AddRequest { .. } => 8,
            LdapOp::AddResponse(_) => 9,
            LdapOp::DeleteRequest { .. } => 10,
            LdapOp::DeleteResponse(_) => 11,
            LdapOp::ModifyDnRequest { .. } => 12,
            LdapOp::ModifyDnResponse(_) => 13,
            LdapOp::CompareRequest { .. } => 14,
            LdapOp::CompareResponse(_) => 15,
            LdapOp::Abandon { .. } => 16,
            LdapOp::SearchReference { .. } => 19,
            LdapOp::ExtendedRequest { .. } => 23,
            LdapOp::ExtendedResponse { .. } => 24,
            LdapOp::Intermediate { .. } => 25,
        }
    }

    /// Its result, if it is a response that has one.
    pub fn result(&self) -> Option<&LdapResult> {
        match self {
            LdapOp::BindResponse { result, .. }
            | LdapOp::SearchDone(result)
            | LdapOp::ModifyResponse(result)
            | LdapOp::AddResponse(result)
            | LdapOp::DeleteResponse(result)
            | LdapOp::ModifyDnResponse(result)
            | LdapOp::CompareResponse(result)
            | LdapOp::ExtendedResponse { result, .. } => Some(result),
            _ => None,
        }
    }
}
