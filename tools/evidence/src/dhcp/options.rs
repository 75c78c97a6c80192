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

#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) options: Vec<DhcpOption>,
    pub(super) codes: Vec<u8>,
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
    walked.field("the options", octets.rest(), true);
    let overload = walked.options.iter().find(|option| option.code == code::OVERLOAD);
    match overload.map(|option| option.value.as_slice()) {
        None => {}
        Some([1]) => walked.file_is_options = true,
        Some([2]) => walked.sname_is_options = true,
        Some([3]) => (walked.file_is_options, walked.sname_is_options) = (true, true),
        Some(other) => walked.faults.push(format!("option overload is {}", hex::encode(other))),
    }
    if walked.file_is_options {
        walked.field("file", file, false);
    }
    if walked.sname_is_options {
        walked.field("sname", sname, false);
    }
    walked
}

impl Walked {
    fn field(&mut self, name: &str, bytes: &[u8], end_due: bool) {
        let mut octets = Octets::new(bytes);
        while let Some(code) = octets.u8() {
            match code {
                0 => {}
                255 => return,
                _ if self.codes.len() >= limits::DHCP_OPTIONS => {
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
                    self.keep(code, value);
                }
            }
        }
        // RFC 2131 §4.1: the last option must be "end".
        if end_due {
            self.faults.push(format!("no end option in {name}"));
        }
    }

    fn keep(&mut self, code: u8, value: &[u8]) {
        self.codes.push(code);
        match self.options.iter_mut().find(|option| option.code == code) {
            Some(option) => option.value.extend_from_slice(value),
            None => self.options.push(DhcpOption { code, value: value.to_vec() }),
        }
    }
}
