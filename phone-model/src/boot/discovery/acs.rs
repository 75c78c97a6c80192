//! The ACS that DHCP names (TR-069 §3.1, Annex F): DHCPv4 option 43 or 125, DHCPv6 option 17.

use super::text::{enterprises, printable, sub_options, wide_option};
use super::{Offers, Source, codes};
use crate::defects::Defect;

/// The Broadband Forum's enterprise number.
const BROADBAND_FORUM: u32 = 3561;
/// TR-069 §3.1: `ManagementServer.URL` is a string(256).
const LONGEST_URL: usize = 256;

/// An ACS, and what DHCP told about talking to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::boot) struct Acs {
    /// Who named it.
    pub(in crate::boot) source: Source,
    /// Its URL.
    pub(in crate::boot) url: String,
    /// `ProvisioningCode`.
    pub(in crate::boot) provisioning_code: Option<String>,
    /// `CWMPRetryMinimumWaitInterval`, seconds.
    pub(in crate::boot) retry_minimum: Option<u16>,
    /// `CWMPRetryIntervalMultiplier`, thousandths.
    pub(in crate::boot) retry_multiplier: Option<u16>,
}

/// The ACS that DHCP names, in the order of the option lists; remarks about values that were passed over go into `notes`.
pub(in crate::boot) fn acs(offers: &Offers<'_>, notes: &mut Vec<String>) -> Option<Acs> {
    let v4 = codes(offers.v4_order).into_iter().find_map(|code| {
        let defect = match code {
            43 => Defect::Tr069Ignores43,
            125 => Defect::Tr069Ignores125,
            // 60 is what the phone sends to say that it wants an ACS.
            _ => return None,
        };
        let value = (offers.v4)(code).filter(|_| !offers.defects.has(defect))?;
        let found = if code == 43 { in_43(&value) } else { in_125(&value) };
        judge(offers, Source::V4(code), found, notes)
    });
    v4.or_else(|| {
        let values = if codes(offers.v6_order).contains(&17) { (offers.v6)(17) } else { Vec::new() };
        values.iter().find_map(|value| judge(offers, Source::V6(17), in_v6(value), notes))
    })
}

/// The sub-options as they came.
#[derive(Default)]
struct Told<'a> {
    url: Option<&'a [u8]>,
    provisioning_code: Option<&'a [u8]>,
    retry_minimum: Option<&'a [u8]>,
    retry_multiplier: Option<&'a [u8]>,
}

impl<'a> Told<'a> {
    /// Sub-options that count from `first`: URL, provisioning code, retry interval, retry multiplier.
    fn of(options: &[(u8, &'a [u8])], first: u8) -> Self {
        let find = |n: u8| options.iter().find(|(code, _)| *code == first + n).map(|(_, value)| *value);
        Told { url: find(0), provisioning_code: find(1), retry_minimum: find(2), retry_multiplier: find(3) }
    }
}

/// `Err` when the value is malformed, `Ok(None)` when it says nothing about an ACS.
type Found<'a> = Result<Option<Told<'a>>, ()>;

/// Option 43: sub-options 1 to 4. Cisco's guide shows the ACS URL as the whole value, which no sub-option begins like.
fn in_43(value: &[u8]) -> Found<'_> {
    if value.starts_with(b"http") {
        return Ok(Some(Told { url: Some(value), ..Told::default() }));
    }
    let options = sub_options(value).ok_or(())?;
    Ok(Some(Told::of(&options, 1)).filter(|told| told.url.is_some()))
}

/// Option 125: sub-options 11 to 14 of enterprise 3561; other enterprises are passed over (RFC 3925 §4).
fn in_125(value: &[u8]) -> Found<'_> {
    let blocks = enterprises(value).ok_or(())?;
    for (_, data) in blocks.iter().filter(|(enterprise, _)| *enterprise == BROADBAND_FORUM) {
        let told = Told::of(&sub_options(data).ok_or(())?, 11);
        if told.url.is_some() {
            return Ok(Some(told));
        }
    }
    Ok(None)
}

/// DHCPv6 option 17 of enterprise 3561: sub-options 1 to 4.
fn in_v6(value: &[u8]) -> Found<'_> {
    let (enterprise, options) = value.split_first_chunk::<4>().ok_or(())?;
    if u32::from_be_bytes(*enterprise) != BROADBAND_FORUM {
        return Ok(None);
    }
    let find = |code| wide_option(options, code);
    let told = Told { url: find(1), provisioning_code: find(2), retry_minimum: find(3), retry_multiplier: find(4) };
    Ok(Some(told).filter(|told| told.url.is_some()))
}

fn judge(offers: &Offers<'_>, source: Source, found: Found<'_>, notes: &mut Vec<String>) -> Option<Acs> {
    let Ok(told) = found else {
        notes.push(format!("{source} is malformed: it names no ACS"));
        return None;
    };
    let told = told?;
    let raw = told.url.unwrap_or_default();
    // TR-069 §3.1: the URL must not be NUL-terminated. One that is is taken without its NUL.
    let ends_in_nul = raw.last() == Some(&0);
    let url = printable(raw).filter(|url| {
        let scheme = ["http://", "https://"]
            .iter()
            .find_map(|scheme| url.get(..scheme.len()).filter(|beginning| beginning.eq_ignore_ascii_case(scheme)));
        scheme.is_some_and(|scheme| url.len() > scheme.len()) && url.len() <= LONGEST_URL
    });
    let Some(url) = url else {
        notes.push(format!("{source} has no URL of an ACS"));
        return None;
    };
    if ends_in_nul {
        notes.push(format!("{source} ends its ACS URL with NUL"));
    }
    let nul = if ends_in_nul && offers.defects.has(Defect::Tr069KeepsNul) { "%00" } else { "" };
    Some(Acs {
        source,
        url: format!("{url}{nul}"),
        provisioning_code: told.provisioning_code.and_then(printable).map(str::to_owned),
        retry_minimum: told.retry_minimum.and_then(number),
        retry_multiplier: told.retry_multiplier.and_then(number),
    })
}

/// A number, which TR-069 has as text; octets in network order are understood too.
fn number(value: &[u8]) -> Option<u16> {
    let as_text = printable(value).and_then(|text| text.parse().ok());
    as_text.or_else(|| <[u8; 2]>::try_from(value).ok().map(u16::from_be_bytes)).filter(|number| *number > 0)
}
