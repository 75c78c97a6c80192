//! Domain names with compression: RFC 1035 §4.1.4. A pointer may only point backwards, so that no name loops.

use crate::limits;
use crate::octets::Octets;

/// Read a name at the cursor. Escapes are those of master files (RFC 1035 §5.1). The root is `.`.
pub(super) fn read<'a>(message: &'a [u8], octets: &mut Octets<'a>) -> Option<String> {
    let mut name = String::new();
    let mut length = 0;
    let mut elsewhere: Option<Octets<'a>> = None;
    let mut before = message.len() - octets.len();
    let mut pointers = 0;
    loop {
        let cursor = elsewhere.as_mut().unwrap_or(octets);
        let first = cursor.u8()?;
        match first {
            0 => break,
            1..=63 => {
                let label = cursor.take(usize::from(first))?;
                length += label.len() + 1;
                // At most 255 octets with the root (RFC 1035 §2.3.4).
                if length > 254 {
                    return None;
                }
                if !name.is_empty() {
                    name.push('.');
                }
                label.iter().for_each(|octet| push(&mut name, *octet));
            }
            192..=255 => {
                let target = usize::from(first & 0x3f) << 8 | usize::from(cursor.u8()?);
                pointers += 1;
                if target >= before || pointers > limits::DNS_POINTERS {
                    return None;
                }
                before = target;
                elsewhere = Some(Octets::new(message.get(target..)?));
            }
            // 01 and 10 are reserved.
            64..=191 => return None,
        }
    }
    Some(if name.is_empty() { ".".to_owned() } else { name })
}

/// Read a name where compression is not allowed, as in DHCPv6 (RFC 8415 §10).
pub(crate) fn read_plain(octets: &mut Octets<'_>) -> Option<String> {
    let mut name = String::new();
    let mut length = 0;
    loop {
        match octets.u8()? {
            0 => break,
            first @ 1..=63 => {
                let label = octets.take(usize::from(first))?;
                length += label.len() + 1;
                if length > 254 {
                    return None;
                }
                if !name.is_empty() {
                    name.push('.');
                }
                label.iter().for_each(|octet| push(&mut name, *octet));
            }
            64..=255 => return None,
        }
    }
    Some(if name.is_empty() { ".".to_owned() } else { name })
}

fn push(name: &mut String, octet: u8) {
    match octet {
        b'.' | b'\\' => {
            name.push('\\');
            name.push(char::from(octet));
        }
        b'!'..=b'~' => name.push(char::from(octet)),
        _ => name.push_str(&format!("\\{octet:03}")),
    }
}
