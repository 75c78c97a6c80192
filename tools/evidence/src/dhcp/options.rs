//! The option fields as a walk over tag, length, value.

use serde::Serialize;

use super::code;
use crate::limits;
use crate::octets::Octets;

/// RFC 2131 §3.
const MAGIC: [u8; 4] = [99, 130, 83, 99];

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DhcpOption {
    /// Code.
    pub code: u8,
    /// Octets, joined if the option came in parts.
    #[serde(serialize_with = "crate::at::hexadecimal")]
    pub value: Vec<u8>,
}

/// An option, or a part of one, as it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DhcpPart {
    /// Code.
    pub code: u8,
    /// Octets of its value.
    pub length: u8,
    /// Where it stood.
    pub place: DhcpPlace,
}

/// A field that holds options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DhcpPlace {
    /// The options field.
    Options,
    /// `file`, overloaded.
    File,
    /// `sname`, overloaded.
    Sname,
}

impl DhcpPlace {
    fn name(self) -> &'static str {
        match self {
            DhcpPlace::Options => "the options",
            DhcpPlace::File => "file",
            DhcpPlace::Sname => "sname",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) options: Vec<DhcpOption>,
    pub(super) parts: Vec<DhcpPart>,
    pub(super) faults: Vec<String>,
    pub(super) sname_is_options: bool,
    pub(super) file_is_options: bool,
}

/// Walk the options field, then `file`, then `sname`, as far as the overload option says (RFC 3396 §5: the aggregate buffer).
pub(super) fn walk(field: &[u8], sname: &[u8], file: &[u8]) -> Walked {
    let mut walked = Walked::default();
    let mut octets = Octets::new(field);
    match octets.array::<4>() {
        Some(MAGIC) => {}
        // BOOTP with a vendor area of its own kind, or none.
        Some(_) | None => return walked,
    }
    walked.field(DhcpPlace::Options, octets.rest());
    let overload = walked.options.iter().find(|option| option.code == code::OVERLOAD);
    match overload.map(|option| option.value.as_slice()) {
        None => {}
        Some([1]) => walked.file_is_options = true,
        Some([2]) => walked.sname_is_options = true,
        Some([3]) => (walked.file_is_options, walked.sname_is_options) = (true, true),
        Some(other) => walked.faults.push(format!("option overload is {}", hex::encode(other))),
    }
    if walked.file_is_options {
        walked.field(DhcpPlace::File, file);
    }
    if walked.sname_is_options {
        walked.field(DhcpPlace::Sname, sname);
    }
    walked
}

impl Walked {
    fn field(&mut self, place: DhcpPlace, bytes: &[u8]) {
        let name = place.name();
        let mut octets = Octets::new(bytes);
        while let Some(code) = octets.u8() {
            match code {
                0 => {}
                255 => return,
                _ if self.parts.len() >= limits::DHCP_OPTIONS => {
                    self.faults.push(format!("more than {} options", limits::DHCP_OPTIONS));
                    return;
                }
                code => {
                    let Some(length) = octets.u8() else {
                        return self.faults.push(format!("option {code} has no length"));
                    };
                    let Some(value) = octets.take(usize::from(length)) else {
                        let left = octets.len();
                        return self
                            .faults
                            .push(format!("option {code} claims {length} octets, {left} are left in {name}"));
                    };
                    self.parts.push(DhcpPart { code, length, place });
                    self.keep(code, value);
                }
            }
        }
        // RFC 2131 §4.1: the last option must be "end".
        if place == DhcpPlace::Options {
            self.faults.push(format!("no end option in {name}"));
        }
    }

    fn keep(&mut self, code: u8, value: &[u8]) {
        match self.options.iter_mut().find(|option| option.code == code) {
            Some(option) => option.value.extend_from_slice(value),
            None => self.options.push(DhcpOption { code, value: value.to_vec() }),
        }
    }
}
