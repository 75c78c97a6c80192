//! XML as a tree, read from a peer that may be hostile: size, depth and number of elements are bounded, nothing expands. Prefixes are dropped,
//! since no two elements of CWMP differ by them alone.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

/// Octets of a message.
pub const LARGEST: usize = 1 << 20;
const DEEPEST: usize = 32;
const MOST: usize = 20_000;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name without prefix.
    pub name: String,
    /// Its own text.
    pub text: String,
    /// Names of namespaces that it declares.
    pub namespaces: Vec<String>,
    /// The elements in it.
    pub children: Vec<Node>,
}

impl Node {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of this name, without space around it.
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

/// Text that is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message is no well-formed XML")]
pub struct Malformed;

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<Node, Malformed> {
    if bytes.len() > LARGEST {
        return Err(Malformed);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    // The document is a node without name that holds the root.
    let mut open = vec![Node::default()];
    let mut count = 0;
    loop {
        match reader.read_event().map_err(|_| Malformed)? {
            Event::Start(start) => {
                count += 1;
                if open.len() > DEEPEST || count > MOST {
                    return Err(Malformed);
                }
                open.push(node(&start)?);
            }
            Event::End(_) => {
                let done = open.pop().ok_or(Malformed)?;
                open.last_mut().ok_or(Malformed)?.children.push(done);
            }
            Event::Text(text) => open.last_mut().ok_or(Malformed)?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut().ok_or(Malformed)?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let into = &mut open.last_mut().ok_or(Malformed)?.text;
                match reference.resolve_char_ref().map_err(|_| Malformed)? {
                    Some(character) => into.push(character),
                    None => into.push_str(resolve_xml_entity(&reference.xml10_content()).ok_or(Malformed)?),
                }
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    let mut document = open.pop().filter(|_| open.is_empty()).ok_or(Malformed)?;
    document.children.pop().filter(|_| document.children.is_empty()).ok_or(Malformed)
}

fn node(start: &BytesStart<'_>) -> Result<Node, Malformed> {
    let name = start.local_name().as_ref().to_owned();
    let mut namespaces = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Malformed)?;
        if attribute.key.as_ref().starts_with("xmlns") {
            namespaces.push(attribute.value.as_ref().to_owned());
        }
    }
    Ok(Node { name, namespaces, ..Node::default() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prefixes_are_dropped_and_text_is_undone() {
        let root =
            read(b"<?xml version='1.0'?><s:A xmlns:s='urn:x'><b>1 &lt; &#50;<![CDATA[&]]></b><c/></s:A>").unwrap();
        assert_eq!((root.name.as_str(), root.namespaces[0].as_str()), ("A", "urn:x"));
        assert_eq!(root.child_text("b"), Some("1 < 2&"));
        assert_eq!(root.child_text("c"), Some(""));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for xml in ["", "x", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>&x;</a>", &"<a>".repeat(100_000)] {
            assert!(read(xml.as_bytes()).is_err(), "{}", xml.get(..20).unwrap_or(xml));
        }
        assert!(read(&vec![b' '; LARGEST + 1]).is_err());
    }

    proptest! {
        #[test]
        fn no_tag_soup_makes_it_panic(parts in proptest::collection::vec(
            prop_oneof![Just("<a>"), Just("</a>"), Just("<s:b x=\"1\">"), Just("</s:b>"), Just("<c/>"), Just("&amp;"), Just("&#0;"),
                Just("<!--"), Just("-->"), Just("<![CDATA["), Just("]]>"), Just("xmlns="), Just("\""), Just("é")], 0..30)) {
            let _ = read(parts.concat().as_bytes());
        }
    }
}
