//! Extensions of hellos, and what those that claims ask about hold.

use serde::Serialize;

use super::names::{ExtensionKind, Group, Scheme, TlsVersion};
use crate::at::hexadecimal;
use crate::limits;
use crate::octets::Octets;

/// One extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Extension {
    /// Type.
    pub kind: ExtensionKind,
    /// Contents.
    #[serde(serialize_with = "hexadecimal")]
    pub data: Vec<u8>,
}

/// Extensions after their common count; none where a hello ends before them (RFC 8446 §4.1.2).
pub(super) fn read(octets: &mut Octets<'_>) -> Result<Vec<Extension>, &'static str> {
    const SHORT: &str = "extensions are cut short";
    if octets.is_empty() {
        return Ok(Vec::new());
    }
    let mut within = Octets::new(octets.counted16().ok_or(SHORT)?);
    let mut extensions = Vec::new();
    while !within.is_empty() {
        let kind = ExtensionKind(within.u16().ok_or(SHORT)?);
        let data = within.counted16().ok_or(SHORT)?.to_vec();
        if extensions.len() >= limits::TLS_EXTENSIONS {
            return Err("more extensions than are read");
        }
        extensions.push(Extension { kind, data });
    }
    Ok(extensions)
}

/// The contents of an extension read as what they should be, with complaints about those that are not.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    pub(super) extensions: &'a [Extension],
    pub(super) faults: Vec<String>,
}

impl<'a> Contents<'a> {
    pub(super) fn of(extensions: &'a [Extension]) -> Contents<'a> {
        let mut faults = Vec::new();
        for (position, extension) in extensions.iter().enumerate() {
            let before = extensions.get(..position).unwrap_or_default();
            if before.iter().any(|earlier| earlier.kind == extension.kind) {
                faults.push(format!("extension {} twice", extension.kind));
            }
        }
        Contents { extensions, faults }
    }

    /// What `read` makes of the extension, if it is there; it must use all of it.
    pub(super) fn get<T>(&mut self, kind: u16, read: impl FnOnce(&mut Octets<'a>) -> Option<T>) -> Option<T> {
        let extension = self.extensions.iter().find(|extension| extension.kind.0 == kind)?;
        let mut octets = Octets::new(&extension.data);
        let read = read(&mut octets).filter(|_| octets.is_empty());
        if read.is_none() {
            self.faults.push(format!("{} is malformed", extension.kind));
        }
        read
    }
}

/// Numbers of two octets each, after a count of octets that takes two.
pub(super) fn numbers16(octets: &mut Octets<'_>) -> Option<Vec<u16>> {
    numbers(octets.counted16()?)
}

pub(super) fn numbers(octets: &[u8]) -> Option<Vec<u16>> {
    let (pairs, rest) = octets.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
}

pub(super) fn groups(octets: &mut Octets<'_>) -> Option<Vec<Group>> {
    Some(numbers16(octets)?.into_iter().map(Group).collect())
}

pub(super) fn schemes(octets: &mut Octets<'_>) -> Option<Vec<Scheme>> {
    Some(numbers16(octets)?.into_iter().map(Scheme).collect())
}

/// Of a client (RFC 8446 §4.2.1).
pub(super) fn versions(octets: &mut Octets<'_>) -> Option<Vec<TlsVersion>> {
    Some(numbers(octets.counted8()?)?.into_iter().map(TlsVersion).collect())
}

/// The host name, if the list has one (RFC 6066 §3).
pub(super) fn server_name(octets: &mut Octets<'_>) -> Option<Option<String>> {
    let mut names = Octets::new(octets.counted16()?);
    let mut host = None;
    while !names.is_empty() {
        let kind = names.u8()?;
        let name = names.counted16()?;
        if kind == 0 && host.is_none() {
            host = Some(String::from_utf8_lossy(name).into_owned());
        }
    }
    Some(host)
}

/// Protocol names (RFC 7301 §3.1).
pub(super) fn alpn(octets: &mut Octets<'_>) -> Option<Vec<String>> {
    let mut names = Octets::new(octets.counted16()?);
    let mut found = Vec::new();
    while !names.is_empty() {
        found.push(String::from_utf8_lossy(names.counted8()?).into_owned());
    }
    Some(found)
}

/// Groups that a client sends keys of (RFC 8446 §4.2.8).
pub(super) fn key_shares(octets: &mut Octets<'_>) -> Option<Vec<Group>> {
    let mut shares = Octets::new(octets.counted16()?);
    let mut found = Vec::new();
    while !shares.is_empty() {
        found.push(Group(shares.u16()?));
        shares.counted16()?;
    }
    Some(found)
}

/// Identities of the pre-shared keys offered; their binders come last (RFC 8446 §4.2.11).
pub(super) fn psk_identities(octets: &mut Octets<'_>) -> Option<Vec<String>> {
    let mut identities = Octets::new(octets.counted16()?);
    let mut found = Vec::new();
    while !identities.is_empty() {
        found.push(hex::encode(identities.counted16()?));
        identities.u32()?;
    }
    octets.counted16()?;
    Some(found)
}
