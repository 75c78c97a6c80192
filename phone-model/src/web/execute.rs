//! `/CGI/Execute`: keys, numbers and resyncs from the network (phone-facts §1.6). The body is `XML=<CiscoIPPhoneExecute>…`, or a
//! root named after the phone (`CP-7841-3PCCExecute`), with at most three `ExecuteItem`s.

use super::form;
use crate::state::{Command, Key};
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::fmt::Write as _;

/// Items of one request.
const MOST: usize = 3;
/// Characters of a number that `Dial:` takes.
const LONGEST_NUMBER: usize = 64;

/// The `Number` of a `CiscoIPPhoneError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The XML cannot be read.
    Parse = 1,
    /// It can, but is no Execute object.
    Framing = 2,
    /// Not allowed.
    Authentication = 4,
}

impl Fault {
    /// The answer.
    pub(super) fn xml(self) -> String {
        format!("<CiscoIPPhoneError Number=\"{}\"/>\n", self as u8)
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// As it came, for the answer.
    pub(super) url: String,
    /// 0 always, 1 and 2 only while the phone is idle.
    pub(super) priority: u8,
    /// What it means; none for a URI that this phone does not know.
    pub(super) command: Option<Command>,
}

/// The items of a request body. `lines` is the number of line keys.
pub(super) fn read(body: &str, lines: u8) -> Result<Vec<Item>, Fault> {
    let xml = form::pairs(body).into_iter().find(|(name, _)| name == "XML").map(|(_, value)| value);
    // A client that does not encode its form sends `&` and `+` bare; then the body after `XML=` is the document.
    let bare = body.strip_prefix("XML=").filter(|b| b.trim_start().starts_with('<')).map(str::to_owned);
    let xml = bare.or(xml).ok_or(Fault::Framing)?;
    let mut reader = Reader::from_str(xml.trim());
    reader.config_mut().expand_empty_elements = true;
    let (mut depth, mut items, mut rooted) = (0_u32, Vec::new(), false);
    loop {
        match reader.read_event().map_err(|_| Fault::Parse)? {
            Event::Start(start) => {
                depth += 1;
                match (depth, start.name().as_ref()) {
                    (1, root) if is_root(root) && !rooted => rooted = true,
                    (2, "ExecuteItem") => items.push(item(&start, lines)?),
                    (_, _) => return Err(Fault::Framing),
                }
            }
            Event::End(_) => depth = depth.checked_sub(1).ok_or(Fault::Parse)?,
            Event::Eof => break,
            Event::DocType(_) => return Err(Fault::Parse),
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
        if items.len() > MOST {
            return Err(Fault::Framing);
        }
    }
    if depth != 0 {
        return Err(Fault::Parse);
    }
    if items.is_empty() { Err(Fault::Framing) } else { Ok(items) }
}

/// The answer: one `ResponseItem` for each item; `Status` 0 is done, 1 is not.
pub(super) fn response<'a>(outcomes: impl IntoIterator<Item = (&'a str, Result<(), &'a str>)>) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CiscoIPPhoneResponse>\n");
    for (url, outcome) in outcomes {
        let (data, status) = match outcome {
            Ok(()) => ("Success", 0),
            Err(why) => (why, 1),
        };
        let _ = writeln!(xml, "<ResponseItem URL=\"{}\" Data=\"{data}\" Status=\"{status}\"/>", escape(url));
    }
    xml.push_str("</CiscoIPPhoneResponse>\n");
    xml
}

fn is_root(name: &str) -> bool {
    name == "CiscoIPPhoneExecute" || (name.starts_with("CP-") && name.ends_with("-3PCCExecute"))
}

fn item(start: &BytesStart<'_>, lines: u8) -> Result<Item, Fault> {
    let attribute = |name: &str| -> Result<Option<String>, Fault> {
        let Some(found) = start.try_get_attribute(name).map_err(|_| Fault::Parse)? else { return Ok(None) };
        let value =
            found.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity).map_err(|_| Fault::Parse)?;
        Ok(Some(value.into_owned()))
    };
    let url = attribute("URL")?.ok_or(Fault::Framing)?;
    let priority = match attribute("Priority")?.as_deref() {
        None | Some("0") => 0,
        Some("1") => 1,
        Some("2") => 2,
        Some(_) => return Err(Fault::Framing),
    };
    Ok(Item { command: command(&url, lines), priority, url })
}

/// What a URI means on a phone with so many lines.
pub(crate) fn command(uri: &str, lines: u8) -> Option<Command> {
    let (scheme, rest) = uri.split_once(':')?;
    match scheme {
        "Key" => key(rest).filter(|k| !matches!(k, Key::Line(n) if *n > lines)).map(Command::Press),
        "Dial" => number(rest).map(Command::Dial),
        "SoftKey" => name(rest).map(Command::SoftKey),
        "Resync" => Some(Command::Resync(Some(rest.trim()).filter(|r| !r.is_empty()).map(str::to_owned))),
        _ => None,
    }
}

/// A number that may be dialled.
pub(crate) fn number(text: &str) -> Option<String> {
    let fits = (1..=LONGEST_NUMBER).contains(&text.len());
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+.-_@".contains(&b));
    (fits && plain).then(|| text.to_owned())
}

fn name(text: &str) -> Option<String> {
    let fits = (1..=LONGEST_NUMBER).contains(&text.len());
    (fits && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| text.to_owned())
}

fn key(name: &str) -> Option<Key> {
    let counted = |prefix: &str, highest: u8| -> Option<u8> {
        let digits = name.strip_prefix(prefix)?;
        let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|n| plain && (1..=highest).contains(n))
    };
    let fixed = match name {
        "KeyPadStar" => Key::Pad('*'),
        "KeyPadPound" => Key::Pad('#'),
        "NavUp" => Key::NavUp,
        "NavDwn" => Key::NavDown,
        "NavLeft" => Key::NavLeft,
        "NavRight" => Key::NavRight,
        "NavSelect" => Key::NavSelect,
        "NavBack" => Key::NavBack,
        "Speaker" => Key::Speaker,
        "Headset" => Key::Headset,
        "Mute" => Key::Mute,
        "VolUp" => Key::VolumeUp,
        "VolDwn" => Key::VolumeDown,
        "Applications" => Key::Applications,
        "Directories" => Key::Directories,
        "Messages" => Key::Messages,
        "Hold" => Key::Hold,
        "Release" => Key::Release,
        _ => {
            let mut digit = name.strip_prefix("KeyPad").unwrap_or_default().chars();
            return match (digit.next(), digit.next()) {
                (Some(d), None) if d.is_ascii_digit() => Some(Key::Pad(d)),
                (_, _) => counted("Line", u8::MAX).map(Key::Line).or_else(|| counted("Soft", 4).map(Key::Soft)),
            };
        }
    };
    Some(fixed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn commands(body: &str) -> Result<Vec<Option<Command>>, Fault> {
        read(body, 4).map(|items| items.into_iter().map(|i| i.command).collect())
    }

    #[test]
    fn key_uris_are_known() {
        let known = [
            ("Key:Line1", Command::Press(Key::Line(1))),
            ("Key:Line4", Command::Press(Key::Line(4))),
            ("Key:KeyPad0", Command::Press(Key::Pad('0'))),
            ("Key:KeyPadStar", Command::Press(Key::Pad('*'))),
            ("Key:Soft4", Command::Press(Key::Soft(4))),
            ("Key:NavDwn", Command::Press(Key::NavDown)),
            ("Key:Speaker", Command::Press(Key::Speaker)),
            ("Dial:1001", Command::Dial("1001".into())),
            ("Dial:*69#", Command::Dial("*69#".into())),
            ("SoftKey:Answer", Command::SoftKey("Answer".into())),
            ("Resync:http://192.0.2.4/x.xml", Command::Resync(Some("http://192.0.2.4/x.xml".into()))),
            ("Resync:", Command::Resync(None)),
        ];
        for (uri, expected) in known {
            assert_eq!(command(uri, 4), Some(expected), "{uri}");
        }
        for uri in [
            "Key:Line5",
            "Key:Line0",
            "Key:Line01",
            "Key:Soft5",
            "Key:KeyPad10",
            "Key:KeyPadé",
            "Key:Nothing",
            "Dial:",
            "Dial:a b",
            "SoftKey:",
            "http://x/",
            "Key",
            "",
        ] {
            assert_eq!(command(uri, 4), None, "{uri}");
        }
    }

    #[test]
    fn bodies_are_read_encoded_and_bare() {
        let expected = Ok(vec![Some(Command::Press(Key::Speaker)), Some(Command::Dial("1+2".into()))]);
        let xml = "<CiscoIPPhoneExecute><ExecuteItem Priority=\"0\" URL=\"Key:Speaker\"/><ExecuteItem URL=\"Dial:1+2\"/></CiscoIPPhoneExecute>";
        assert_eq!(commands(&format!("XML={xml}")), expected);
        let encoded = percent_encoding::utf8_percent_encode(xml, percent_encoding::NON_ALPHANUMERIC);
        assert_eq!(commands(&format!("XML={encoded}")), expected);
        let own = xml.replace("CiscoIPPhoneExecute", "CP-7841-3PCCExecute");
        assert_eq!(commands(&format!("XML={own}")), expected);
    }

    #[test]
    fn what_is_no_execute_object_is_told_by_its_number() {
        let item = "<ExecuteItem URL=\"Key:Mute\"/>";
        let cases = [
            ("".to_owned(), Fault::Framing),
            ("XML=".to_owned(), Fault::Framing),
            ("XML=<CiscoIPPhoneExecute/>".to_owned(), Fault::Framing),
            ("XML=<CiscoIPPhoneText/>".to_owned(), Fault::Framing),
            (format!("XML=<CiscoIPPhoneExecute>{}</CiscoIPPhoneExecute>", item.repeat(4)), Fault::Framing),
            ("XML=<CiscoIPPhoneExecute><ExecuteItem/></CiscoIPPhoneExecute>".to_owned(), Fault::Framing),
            (format!("XML=<CiscoIPPhoneExecute>{item}"), Fault::Parse),
            ("XML=<CiscoIPPhoneExecute".to_owned(), Fault::Parse),
            ("XML=<!DOCTYPE x><CiscoIPPhoneExecute/>".to_owned(), Fault::Parse),
        ];
        for (body, fault) in cases {
            assert_eq!(commands(&body), Err(fault), "{body}");
        }
    }

    #[test]
    fn the_answer_tells_of_each_item() {
        insta::assert_snapshot!(response([("Key:Mute", Ok(())), ("x\"&", Err("Invalid URI"))]), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <CiscoIPPhoneResponse>
        <ResponseItem URL="Key:Mute" Data="Success" Status="0"/>
        <ResponseItem URL="x&quot;&amp;" Data="Invalid URI" Status="1"/>
        </CiscoIPPhoneResponse>
        "#);
        assert_eq!(Fault::Authentication.xml(), "<CiscoIPPhoneError Number=\"4\"/>\n");
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_it_panic(body in "(XML=)?[<>a-zA-Z=\"/& :%é]{0,120}") {
            let _ = read(&body, 4);
        }
    }
}
