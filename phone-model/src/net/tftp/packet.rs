//! TFTP packets (RFC 1350 §5, RFC 2347): read without trust, written as the phone sends them.

/// What a server may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// 3: a block.
    Data {
        /// Its number.
        block: u16,
        /// Its octets.
        data: &'a [u8],
    },
    /// 5: the end.
    Error {
        /// RFC 1350 appendix, "Error Codes".
        code: u16,
        /// Text for people.
        message: String,
    },
    /// 6: options that the server took (RFC 2347).
    Acknowledged(Vec<(String, String)>),
}

/// Options of an acknowledgement beyond this are a server gone wild.
const MOST_OPTIONS: usize = 8;

impl<'a> Packet<'a> {
    /// Reads a datagram; nothing when it is none that a server sends.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (opcode, rest) = bytes.split_first_chunk::<2>()?;
        match u16::from_be_bytes(*opcode) {
            3 => {
                let (block, data) = rest.split_first_chunk::<2>()?;
                Some(Packet::Data { block: u16::from_be_bytes(*block), data })
            }
            5 => {
                let (code, text) = rest.split_first_chunk::<2>()?;
                let text = text.split(|octet| *octet == 0).next().unwrap_or_default();
                let message = text.iter().take(128).map(|b| if b.is_ascii_graphic() { *b as char } else { ' ' });
                Some(Packet::Error { code: u16::from_be_bytes(*code), message: message.collect() })
            }
            6 => Some(Packet::Acknowledged(options(rest)?)),
            _ => None,
        }
    }
}

/// Pairs of texts, each with a NUL behind it. Names compare in any case (RFC 2347).
fn options(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let Some(texts) = bytes.strip_suffix(&[0]) else {
        return bytes.is_empty().then(Vec::new);
    };
    let texts: Option<Vec<&str>> =
        texts.split(|octet| *octet == 0).map(|text| std::str::from_utf8(text).ok()).collect();
    let (pairs, rest) = texts.as_deref()?.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() > MOST_OPTIONS {
        return None;
    }
    Some(pairs.iter().map(|[name, value]| (name.to_ascii_lowercase(), (*value).to_owned())).collect())
}

/// 1: a read request in mode octet, with these options.
pub(super) fn request(file: &str, options: &[(&str, String)]) -> Vec<u8> {
    let mut bytes = vec![0, 1];
    let mut text = |text: &str| {
        bytes.extend(text.as_bytes());
        bytes.push(0);
    };
    text(file);
    text("octet");
    for (name, value) in options {
        text(name);
        text(value);
    }
    bytes
}

/// 4: a block has arrived.
pub(super) fn acknowledgement(block: u16) -> Vec<u8> {
    [&[0, 4][..], &block.to_be_bytes()].concat()
}

/// 5: it is over.
pub(super) fn error(code: u16, message: &str) -> Vec<u8> {
    [&[0, 5][..], &code.to_be_bytes(), message.as_bytes(), &[0]].concat()
}
