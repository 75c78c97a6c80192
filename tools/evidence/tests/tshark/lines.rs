//! Both readings as lines of text that can be compared.

use std::collections::BTreeMap;

use evidence::dns::DnsMessage;
use evidence::sip::SipMessage;
use evidence::{ArpKind, Capture, HttpStart, TcpDirection, Transport};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Section;

pub(crate) fn frames(entry: &Value, capture: &Capture) -> Section {
    let nanoseconds = |value: &Value| {
        let (seconds, fraction) = value.as_str()?.split_once('.')?;
        Some(seconds.parse::<u64>().ok()? * 1_000_000_000 + fraction.parse::<u64>().ok()?)
    };
    let told = &entry["capture"];
    let line = |frames: u64, octets: u64, kept: u64, first: Option<u64>, last: Option<u64>| {
        vec![format!("{frames} frames, {octets} octets, {kept} kept, {first:?} to {last:?}")]
    };
    let theirs = line(
        told["frames"].as_u64().unwrap(),
        told["frame_bytes"].as_u64().unwrap(),
        told["captured_bytes"].as_u64().unwrap(),
        nanoseconds(&told["first"]),
        nanoseconds(&told["last"]),
    );
    let frames = capture.frames();
    let ours = line(
        frames.len() as u64,
        frames.iter().map(|frame| u64::from(frame.original_len)).sum(),
        frames.iter().map(|frame| frame.data.len() as u64).sum(),
        frames.first().map(|frame| frame.time_ns),
        frames.last().map(|frame| frame.time_ns),
    );
    Section { name: "frames", ours, theirs }
}

pub(crate) fn sip(entry: &Value, capture: &Capture) -> Section {
    let theirs = list(&entry["sip"]["list"], |message| {
        let mut line = format!(
            "{} {} {} {}",
            message["frame"],
            text(&message["src"]),
            text(&message["dst"]),
            text(&message["l4"])
        );
        for field in FIELDS {
            line.push_str(&format!(" {field}={}", joined(&message[field])));
        }
        line
    });
    let mut by_frame: BTreeMap<u32, Vec<&SipMessage>> = BTreeMap::new();
    capture.sip_messages().for_each(|message| by_frame.entry(message.completed).or_default().push(message));
    let ours = by_frame.into_iter().map(|(frame, messages)| {
        let (src, dst) = (messages[0].src, messages[0].dst);
        // TLS is no layer of transport to TShark.
        let transport = if messages[0].transport == Transport::Udp { "udp" } else { "tcp" };
        let mut line = format!("{frame} {src} {dst} {transport}");
        for field in FIELDS {
            let values: Vec<String> = messages.iter().flat_map(|message| field_of(message, field)).collect();
            line.push_str(&format!(" {field}={}", values.join("|")));
        }
        line
    });
    Section { name: "sip", ours: ours.take(theirs.len().max(250)).collect(), theirs }
}

const FIELDS: [&str; 18] = [
    "methods",
    "statuses",
    "ruris",
    "call_ids",
    "cseqs",
    "branches",
    "from_tags",
    "to_tags",
    "content_lengths",
    "content_types",
    "contacts",
    "expires",
    "realms",
    "nonces",
    "algorithms",
    "qops",
    "ncs",
    "responses",
];

fn field_of(message: &SipMessage, field: &str) -> Vec<String> {
    let headers = |name: &str| message.headers(name).map(str::to_owned).collect::<Vec<_>>();
    let digest = |name: &str| {
        let challenges =
            message.challenges().into_iter().filter_map(|c| c.param(name).map(str::to_owned)).collect::<Vec<_>>();
        let credentials = message.credentials().into_iter().filter_map(|c| c.param(name).map(str::to_owned));
        challenges.into_iter().chain(credentials).collect::<Vec<_>>()
    };
    match field {
        "methods" => message.method().map(str::to_owned).into_iter().collect(),
        "statuses" => message.code().map(|code| code.to_string()).into_iter().collect(),
        "ruris" => message.uri().map(str::to_owned).into_iter().collect(),
        "call_ids" => headers("Call-ID"),
        "cseqs" => headers("CSeq"),
        "branches" => message.branch().into_iter().collect(),
        "from_tags" => message.from_tag().into_iter().collect(),
        "to_tags" => message.to_tag().into_iter().collect(),
        "content_lengths" => headers("Content-Length"),
        "content_types" => headers("Content-Type"),
        "contacts" => headers("Contact"),
        "expires" => headers("Expires"),
        "realms" => digest("realm"),
        "nonces" => digest("nonce"),
        "algorithms" => digest("algorithm"),
        "qops" => digest("qop"),
        "ncs" => digest("nc"),
        "responses" => digest("response"),
        other => panic!("no such field: {other}"),
    }
}

pub(crate) fn sdp(entry: &Value, capture: &Capture) -> Section {
    let theirs =
        list(&entry["sdp"], |sdp| format!("{} {} {}", sdp["frame"], joined(&sdp["connection"]), joined(&sdp["media"])));
    let with = capture.sip_messages().filter_map(|message| Some((message.completed, message.sdp()?)));
    let ours = with.map(|(frame, sdp)| {
        let address =
            sdp.media.iter().find_map(|media| media.address).map(|address| address.to_string()).unwrap_or_default();
        let media = sdp.media.iter().map(|m| format!("{} {} {} {}", m.kind, m.port, m.protocol, m.formats.join(" ")));
        format!("{frame} {address} {}", media.collect::<Vec<_>>().join("|"))
    });
    Section { name: "sdp", ours: ours.collect(), theirs }
}

pub(crate) fn rtp(entry: &Value, capture: &Capture) -> Section {
    let theirs = list(&entry["rtp"]["streams"], |stream| {
        format!(
            "{} {} {} packets={} types={} {}-{} markers={}",
            text(&stream["src"]),
            text(&stream["dst"]),
            text(&stream["ssrc"]),
            stream["packets"],
            joined(&stream["payload_types"]),
            text(&stream["first_seq"]),
            text(&stream["last_seq"]),
            stream["markers"]
        )
    });
    let ours = capture.rtp().iter().map(|stream| {
        let types: Vec<String> = stream.payload_types.keys().map(u8::to_string).collect();
        format!(
            "{} {} 0x{:08x} packets={} types={} {}-{} markers={}",
            stream.src,
            stream.dst,
            stream.ssrc,
            stream.count,
            types.join("|"),
            stream.first_sequence,
            stream.last_sequence,
            stream.markers
        )
    });
    Section { name: "rtp", ours: sorted(ours.collect()), theirs: sorted(theirs) }
}

pub(crate) fn http(entry: &Value, capture: &Capture) -> Section {
    let theirs = list(&entry["http"], |message| {
        format!(
            "{} {}{}{}",
            message["frame"],
            joined(&message["method"]),
            joined(&message["uri"]),
            joined(&message["status"])
        )
    });
    let ours = capture.http().iter().map(|message| match &message.start {
        HttpStart::Request { method, target } => format!("{} {method}{target}", message.completed),
        HttpStart::Response { status, .. } => format!("{} {status}", message.completed),
    });
    Section { name: "http", ours: ours.collect(), theirs }
}

pub(crate) fn arp(entry: &Value, capture: &Capture) -> Section {
    let told = &entry["arp"];
    let theirs = vec![format!(
        "{} packets, {} probes, {} announcements",
        told["frames"].as_u64().unwrap_or(0),
        told["probes"].as_u64().unwrap_or(0),
        told["announcements"].as_u64().unwrap_or(0)
    )];
    let count = |kind| capture.arp().iter().filter(|fact| fact.kind == kind).count();
    let ours = format!(
        "{} packets, {} probes, {} announcements",
        capture.arp().len(),
        count(ArpKind::Probe),
        count(ArpKind::Announcement)
    );
    Section { name: "arp", ours: vec![ours], theirs }
}

pub(crate) fn dhcp(entry: &Value, capture: &Capture) -> Section {
    let theirs = list(&entry["dhcp"]["list"], |message| {
        let addresses = ["ciaddr", "yiaddr", "siaddr", "giaddr"].map(|field| joined(&message[field])).join(" ");
        // "0" stands for the end option and for pads.
        let options: Vec<String> = strings(&message["options"]).into_iter().filter(|code| code != "0").collect();
        format!(
            "{} {} {} op={} xid={} secs={} flags={} {addresses} type={} options={} sname={} file={}",
            message["frame"],
            text(&message["src"]),
            text(&message["dst"]),
            joined(&message["op"]),
            joined(&message["xid"]),
            joined(&message["secs"]),
            joined(&message["flags"]),
            joined(&message["type"]),
            options.join("|"),
            joined(&message["sname"]),
            joined(&message["file"]),
        )
    });
    let ours = capture.dhcp().iter().map(|message| {
        let codes: Vec<String> = message.codes.iter().map(u8::to_string).collect();
        let kind = message.option(53).map(hex::encode).and_then(|kind| u8::from_str_radix(&kind, 16).ok());
        format!(
            "{} {} {} op={} xid=0x{:08x} secs={} flags=0x{:04x} {} {} {} {} type={} options={} sname={} file={}",
            message.completed,
            message.src,
            message.dst,
            message.op,
            message.xid,
            message.secs,
            message.flags,
            message.ciaddr,
            message.yiaddr,
            message.siaddr,
            message.giaddr,
            kind.map(|kind| kind.to_string()).unwrap_or_default(),
            codes.join("|"),
            message.sname,
            message.file,
        )
    });
    Section { name: "dhcp", ours: ours.collect(), theirs }
}

pub(crate) fn dns(entry: &Value, capture: &Capture) -> Section {
    let theirs = list(&entry["dns"], |message| {
        format!(
            "{} {} response={} {} {} rcode={} answers={}",
            message["frame"],
            joined(&message["id"]),
            joined(&message["response"]),
            joined(&message["qname"]),
            joined(&message["qtype"]),
            joined(&message["rcode"]),
            joined(&message["answers"])
        )
    });
    let ours = capture.dns().iter().map(|message: &DnsMessage| {
        let names: Vec<&str> = message.questions.iter().map(|question| question.name.as_str()).collect();
        let kinds: Vec<String> = message.questions.iter().map(|question| question.kind.to_string()).collect();
        let rcode = if message.response { message.rcode.to_string() } else { String::new() };
        format!(
            "{} 0x{:04x} response={} {} {} rcode={rcode} answers={}",
            message.completed,
            message.id,
            u8::from(message.response),
            names.join("|"),
            kinds.join("|"),
            message.answers.len()
        )
    });
    Section { name: "dns", ours: ours.collect(), theirs }
}

pub(crate) fn syslog(entry: &Value, capture: &Capture) -> Section {
    let theirs = list(&entry["syslog"], |line| {
        format!(
            "{} facility={} level={} {}",
            line["frame"],
            joined(&line["facility"]),
            joined(&line["level"]),
            joined(&line["msg"])
        )
    });
    let ours = capture.syslog().iter().map(|line| {
        format!(
            "{} facility={} level={} {}",
            line.completed,
            line.facility.unwrap_or(255),
            line.severity.unwrap_or(255),
            line.text
        )
    });
    Section { name: "syslog", ours: ours.collect(), theirs }
}

/// Octets of each direction by their digest.
pub(crate) fn tcp(entry: &Value, capture: &Capture) -> Section {
    let mut theirs = Vec::new();
    if let Some(streams) = entry["tcp"]["follow"].as_object() {
        for stream in streams.values() {
            for (from, to, side) in [("node0", "node1", "client"), ("node1", "node0", "server")] {
                let side = &stream[side];
                if side["bytes"] != 0 {
                    let (from, to) = (text(&stream[from]), text(&stream[to]));
                    theirs.push(format!("{from} > {to} {} {}", side["bytes"], text(&side["sha256"])));
                }
            }
        }
    }
    // Octets cut off by a snap length are gaps to us; TShark leaves them out without a word.
    let marked =
        entry["tcp"]["follow"].as_object().is_some_and(|streams| streams.values().any(|s| s.get("gaps").is_some()));
    let mut ours = Vec::new();
    for connection in capture.connections() {
        let (client, server) = (connection.client, connection.server);
        for (from, to, direction) in
            [(client, server, &connection.from_client), (server, client, &connection.from_server)]
        {
            let octets = if marked { with_gaps(direction) } else { direction.bytes().to_vec() };
            if !octets.is_empty() {
                ours.push(format!("{from} > {to} {} {}", octets.len(), hex::encode(Sha256::digest(octets))));
            }
        }
    }
    Section { name: "tcp", ours: sorted(ours), theirs: sorted(theirs) }
}

/// TShark writes a text into the stream where octets are missing.
fn with_gaps(direction: &TcpDirection) -> Vec<u8> {
    let mut octets = direction.bytes().to_vec();
    for gap in direction.gaps().iter().rev() {
        octets.splice(gap.index..gap.index, format!("[{} bytes missing in capture file]\0", gap.missing).into_bytes());
    }
    octets
}

fn list(value: &Value, line: impl Fn(&Value) -> String) -> Vec<String> {
    value.as_array().map(|items| items.iter().map(line).collect()).unwrap_or_default()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().map(|items| items.iter().map(text).collect()).unwrap_or_default()
}

/// Without the quotes that TShark keeps.
fn joined(value: &Value) -> String {
    strings(value).iter().map(|text| unquoted(text)).collect::<Vec<_>>().join("|")
}

fn unquoted(text: &str) -> String {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}
