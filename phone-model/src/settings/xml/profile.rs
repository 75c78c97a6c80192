//! Reads a `<flat-profile>`, alone or inside `<device>` (phone-facts §2.1). Its author is a server that may be hostile: size, depth and number of
//! elements are bounded, and no entity but the five of XML and character references is known, so nothing expands.

use crate::settings::Access;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Bytes of a profile. The dump of a phone with 16 lines has 200,000.
const LARGEST: usize = 2 << 20;
/// `<device><flat-profile><Name>` is 3; a little more is ignored rather than refused.
const DEEPEST: usize = 16;
/// Elements with a value.
const MOST: usize = 20_000;

/// One element of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Element name.
    pub name: String,
    /// Its text.
    pub value: String,
    /// Its `ua` attribute, if it has a good one.
    pub access: Option<Access>,
}

/// Text that is no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// More than 2 MiB.
    #[error("the profile is too large")]
    TooLarge,
    /// Too many elements, or too deep.
    #[error("the profile has too many elements")]
    TooComplex,
    /// Not UTF-8.
    #[error("the profile is not UTF-8 text")]
    NotText,
    /// Not well formed.
    #[error("the profile is not well-formed XML: {0}")]
    Xml(String),
    /// An entity that no document type declares for us.
    #[error("the profile uses an unknown entity")]
    Entity,
    /// Well formed, but something else.
    #[error("the document is no flat-profile")]
    NotAProfile,
}

/// The elements of a profile in their order; one name may come several times.
pub fn read(bytes: &[u8]) -> Result<Vec<Item>, Malformed> {
    if bytes.len() > LARGEST {
        return Err(Malformed::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::NotText)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk::default();
    loop {
        match reader.read_event().map_err(|e| Malformed::Xml(e.to_string()))? {
            Event::Start(start) => walk.open(&start)?,
            Event::End(_) => walk.close()?,
            Event::Text(text) => walk.text(&text.xml10_content()),
            Event::CData(text) => walk.text(&text.xml10_content()),
            Event::GeneralRef(reference) => walk.text(&resolve(&reference)?),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            Event::Eof => break,
        }
    }
    walk.end()
}

/// The elements before a profile breaks off: what a phone with a defect applies.
pub fn beginning(bytes: &[u8]) -> Vec<Item> {
    let text = String::from_utf8_lossy(bytes);
    let ends = text.match_indices("</").filter_map(|(at, _)| text.get(at..)?.find('>').map(|length| at + length + 1));
    let whole = ends.filter_map(|end| read(format!("{}</flat-profile>", text.get(..end)?).as_bytes()).ok());
    whole.last().unwrap_or_default()
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Malformed> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| Malformed::Entity)? {
        return Ok(character.to_string());
    }
    resolve_xml_entity(&reference.xml10_content()).map(str::to_owned).ok_or(Malformed::Entity)
}

/// Where the reader is.
#[derive(Default)]
struct Walk {
    /// Open elements.
    depth: usize,
    /// Depth of `<flat-profile>` while it is open.
    profile_at: Option<usize>,
    found: bool,
    /// The element whose value is being read: it is a child of the profile.
    open: Option<Item>,
    items: Vec<Item>,
}

impl Walk {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Malformed> {
        let name = start.name();
        let name = name.as_ref();
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Malformed::TooComplex);
        }
        match (self.depth, self.profile_at, name) {
            (1, None, "device") => {}
            (1 | 2, None, "flat-profile") => {
                self.profile_at = Some(self.depth);
                self.found = true;
            }
            (1, None, _) => return Err(Malformed::NotAProfile),
            (depth, Some(at), _) if depth == at + 1 => {
                if self.items.len() >= MOST {
                    return Err(Malformed::TooComplex);
                }
                let access = access(start)?;
                self.open = Some(Item { name: name.to_owned(), value: String::new(), access });
            }
            // Elements inside a value, and beside the profile inside <device>, mean nothing to the phone.
            (_, _, _) => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Malformed> {
        if self.profile_at.is_some_and(|at| self.depth == at + 1) {
            self.items.extend(self.open.take());
        } else if self.profile_at == Some(self.depth) {
            self.profile_at = None;
        }
        self.depth = self.depth.checked_sub(1).ok_or(Malformed::NotAProfile)?;
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(item) = &mut self.open
            && self.profile_at.is_some_and(|at| self.depth == at + 1)
        {
            item.value.push_str(text);
        }
    }

    fn end(self) -> Result<Vec<Item>, Malformed> {
        match (self.depth, self.found) {
            (0, true) => Ok(self.items),
            (0, false) => Err(Malformed::NotAProfile),
            (_, _) => Err(Malformed::Xml("the document ends inside an element".into())),
        }
    }
}

fn access(start: &BytesStart<'_>) -> Result<Option<Access>, Malformed> {
    let ua = start.try_get_attribute("ua").map_err(|e| Malformed::Xml(e.to_string()))?;
    Ok(ua.and_then(|ua| Access::read(ua.value.as_ref())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn values(xml: &str) -> Vec<(String, String)> {
        read(xml.as_bytes()).unwrap().into_iter().map(|i| (i.name, i.value)).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn a_profile_is_read_alone_and_inside_device() {
        let flat = "<flat-profile><A>1</A><B ua=\"rw\"/></flat-profile>";
        assert_eq!(values(flat), [pair("A", "1"), pair("B", "")]);
        let device = format!("\u{feff}<?xml version=\"1.0\"?><!-- x --><device><other>7</other>{flat}</device>");
        assert_eq!(values(&device), [pair("A", "1"), pair("B", "")]);
    }

    #[test]
    fn the_ua_attribute_is_read() {
        let items = read(b"<flat-profile><A ua=\"ro\">1</A><B ua=\"none\"/><C/></flat-profile>").unwrap();
        let access: Vec<_> = items.into_iter().map(|i| i.access).collect();
        assert_eq!(access, [Some(Access::ReadOnly), None, None]);
    }

    #[test]
    fn references_and_character_data_are_undone() {
        let xml = "<flat-profile><A>a &amp; &lt;b&gt; &#x41;&#66;<![CDATA[<c>]]></A></flat-profile>";
        assert_eq!(values(xml), [pair("A", "a & <b> AB<c>")]);
    }

    #[test]
    fn a_commented_password_is_no_element() {
        assert_eq!(values("<flat-profile><!-- <Password_1_ ua=\"na\"/> --></flat-profile>"), []);
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for xml in [
            "",
            "x",
            "<html/>",
            "<device/>",
            "<flat-profile>",
            "<flat-profile><A>1</B></flat-profile>",
            "<flat-profile><A",
            "</flat-profile>",
            "<flat-profile><Auth_INVITE_1>Yes</Auth_INVITE_1_></flat-profile>",
            "<flat-profile>&x;</flat-profile>x<",
        ] {
            assert!(read(xml.as_bytes()).is_err(), "{xml}");
        }
        assert_eq!(read(b"<flat-profile>\xff</flat-profile>"), Err(Malformed::NotText));
    }

    #[test]
    fn entities_do_not_expand() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><flat-profile><A>&b;</A></flat-profile>";
        assert_eq!(read(bomb.as_bytes()), Err(Malformed::Entity));
        let outside = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><flat-profile><A>&a;</A></flat-profile>";
        assert_eq!(read(outside.as_bytes()), Err(Malformed::Entity));
    }

    #[test]
    fn size_depth_and_number_are_bounded() {
        assert_eq!(read(&vec![b' '; LARGEST + 1]), Err(Malformed::TooLarge));
        let deep = format!("<flat-profile>{}", "<a>".repeat(100_000));
        assert_eq!(read(deep.as_bytes()), Err(Malformed::TooComplex));
        let many = format!("<flat-profile>{}</flat-profile>", "<a/>".repeat(MOST + 1));
        assert_eq!(read(many.as_bytes()), Err(Malformed::TooComplex));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn no_tag_soup_makes_it_panic(parts in proptest::collection::vec(
            prop_oneof![Just("<flat-profile>"), Just("</flat-profile>"), Just("<device>"), Just("</device>"), Just("<A>"), Just("</A>"),
                Just("<A ua=\"rw\"/>"), Just("&amp;"), Just("&#0;"), Just("&#xffffffff;"), Just("<!--"), Just("-->"), Just("<![CDATA["), Just("]]>"),
                Just("<!DOCTYPE"), Just("x"), Just("\"")], 0..30)) {
            let _ = read(parts.concat().as_bytes());
        }

        #[test]
        fn what_is_escaped_comes_back(value in "[^\\p{Cc}\u{feff}]{0,60}") {
            let xml = format!("<flat-profile><A>{}</A></flat-profile>", quick_xml::escape::escape(value.as_str()));
            prop_assert_eq!(values(&xml), [("A".to_owned(), value)]);
        }
    }
}
