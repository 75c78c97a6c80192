//! TShark asked anew: message types, options with their lengths, and values of DHCPv4, DHCPv6, ICMPv6, NTP and TFTP.
//!
//! The recorded readings of `expected.json` do not have these. Packets of our own are read by both as well, for no shared capture has
//! any of NTP, and few have TFTP.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use evidence::dhcp6::{Dhcp6Data, Dhcp6Message, Dhcp6Option};
use evidence::icmp::{NdOption, NdPrefix};
use evidence::{Capture, DhcpMessage, IcmpFact, IcmpKind, LinkType, NtpMessage, TftpMessage, TftpOp};

use super::Section;

/// Of each protocol the fields that TShark is asked for, in the order of our columns. The first one says that the protocol is there.
const PROTOCOLS: [(&str, &[&str]); 5] = [
    ("dhcp-parts", &["dhcp.option.dhcp", "dhcp.option.type", "dhcp.option.length"]),
    (
        "dhcp6",
        &[
            "dhcpv6.msgtype",
            "dhcpv6.xid",
            "dhcpv6.option.type",
            "dhcpv6.option.length",
            "dhcpv6.iaaddr.ip",
            "dhcpv6.iaaddr.pref_lifetime",
            "dhcpv6.iaaddr.valid_lifetime",
            "dhcpv6.status_code",
        ],
    ),
    (
        "icmp6",
        &[
            "icmpv6.type",
            "icmpv6.code",
            "icmpv6.opt.type",
            "icmpv6.nd.ra.router_lifetime",
            "icmpv6.nd.ns.target_address",
            "icmpv6.nd.na.target_address",
            "icmpv6.opt.prefix",
            "icmpv6.opt.prefix.length",
            "icmpv6.opt.prefix.valid_lifetime",
        ],
    ),
    ("ntp", &["ntp.flags.mode", "ntp.flags.vn", "ntp.stratum"]),
    ("tftp", &["tftp.opcode", "tftp.block", "tftp.source_file", "tftp.destination_file", "tftp.error.code"]),
];

/// Whether there is a TShark to ask.
pub(super) fn installed() -> bool {
    Command::new("tshark").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Both readings of each capture, protocol by protocol. TShark takes long to begin, so it reads all captures of a link as one.
pub(super) fn sections(captures: &[(String, Capture)]) -> Vec<(&str, Section)> {
    let mut by_link: BTreeMap<u32, Vec<&(String, Capture)>> = BTreeMap::new();
    for named in captures {
        let link = named.1.interfaces().first().map_or(LinkType::Ethernet, |interface| interface.link);
        let number = match link {
            LinkType::Ethernet => 1,
            LinkType::LinuxCooked => 113,
            LinkType::LinuxCooked2 => 276,
            other => panic!("{}: frames of {other:?} are not compared", named.0),
        };
        by_link.entry(number).or_default().push(named);
    }
    let mut sections = Vec::new();
    for (link, captures) in by_link {
        let mut theirs = theirs(&file(link, captures.iter().map(|(_, capture)| capture)));
        let mut before = 0;
        for (name, capture) in captures {
            let frames = before..before + capture.frames().len();
            for (protocol, lines) in ours(capture) {
                let told = theirs.entry(protocol).or_default();
                let told = told.extract_if(.., |(frame, _)| frames.contains(&(*frame - 1)));
                let told = told.map(|(frame, line)| format!("{} {line}", frame - before)).collect();
                sections.push((name.as_str(), Section { name: protocol, ours: lines, theirs: told }));
            }
            before = frames.end;
        }
    }
    sections
}

/// Whether a capture has anything of these protocols, as TShark counted them or as we read it.
pub(super) fn concerns(entry: &serde_json::Value, capture: &Capture) -> bool {
    let counted = entry["protocols"].as_object();
    let named = ["dhcp", "dhcpv6", "icmpv6", "ntp", "tftp"];
    named.iter().any(|name| counted.is_some_and(|protocols| protocols.contains_key(*name)))
        || ours(capture).iter().any(|(_, lines)| !lines.is_empty())
}

/// Of each protocol its lines, with the frames' numbers.
fn theirs(octets: &[u8]) -> BTreeMap<&'static str, Vec<(usize, String)>> {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-n", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-e", "frame.number"]);
    for (_, fields) in PROTOCOLS {
        for field in fields {
            command.args(["-e", field]);
        }
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("tshark runs");
    let mut input = child.stdin.take().expect("piped");
    let octets = octets.to_vec();
    // It may stop reading before the end; what it has read counts.
    let writer = std::thread::spawn(move || drop(input.write_all(&octets)));
    let output = child.wait_with_output().expect("tshark ends");
    writer.join().unwrap();
    let mut lines: BTreeMap<&'static str, Vec<(usize, String)>> = BTreeMap::new();
    for row in String::from_utf8_lossy(&output.stdout).lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let mut rest = &cells[1..];
        for (name, fields) in PROTOCOLS {
            let (these, others) = rest.split_at(fields.len());
            rest = others;
            if !these[0].is_empty() {
                let frame = cells[0].parse().expect("a frame has a number");
                lines.entry(name).or_default().push((frame, tidied(name, these).join(" ")));
            }
        }
    }
    lines
}

/// Without what TShark counts and is no option, and with numbers as we write them.
fn tidied(name: &str, cells: &[&str]) -> Vec<String> {
    let mut cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
    if name == "dhcp-parts" {
        // "0" stands for the end option and for pads.
        cells[1] = cells[1].split(',').filter(|code| *code != "0").collect::<Vec<_>>().join(",");
    }
    // It repeats the file's name at every block.
    if name == "tftp" && !matches!(cells[0].as_str(), "1" | "2") {
        (cells[2], cells[3]) = (String::new(), String::new());
    }
    cells
}

fn ours(capture: &Capture) -> Vec<(&'static str, Vec<String>)> {
    let typed = capture.dhcp().iter().filter(|message| message.kind.is_some());
    vec![
        ("dhcp-parts", typed.map(dhcp).collect()),
        ("dhcp6", capture.dhcp6().iter().map(dhcp6).collect()),
        ("icmp6", capture.icmp().iter().filter(|fact| fact.src.is_ipv6()).map(icmp6).collect()),
        ("ntp", capture.ntp().iter().map(ntp).collect()),
        ("tftp", capture.tftp().iter().map(tftp).collect()),
    ]
}

fn dhcp(message: &DhcpMessage) -> String {
    let kinds = message.option(53).unwrap_or_default();
    let lengths = message.parts.iter().map(|part| part.length);
    format!("{} {} {} {}", message.completed, list(kinds), list(&message.codes), list(lengths))
}

fn dhcp6(message: &Dhcp6Message) -> String {
    let mut columns = Columns6::default();
    columns.message(message);
    let Columns6 { kinds, xids, codes, lengths, addresses, preferred, valid, statuses } = columns;
    let columns = [kinds, xids, codes, lengths, addresses, preferred, valid, statuses].map(list);
    format!("{} {}", message.completed, columns.join(" "))
}

/// Of a message, what is within it included, depth first.
#[derive(Default)]
struct Columns6 {
    kinds: Vec<String>,
    xids: Vec<String>,
    codes: Vec<String>,
    lengths: Vec<String>,
    addresses: Vec<String>,
    preferred: Vec<String>,
    valid: Vec<String>,
    statuses: Vec<String>,
}

impl Columns6 {
    fn message(&mut self, message: &Dhcp6Message) {
        self.kinds.push(message.kind.number().to_string());
        if message.relay.is_none() {
            self.xids.push(format!("0x{:06x}", message.xid));
        }
        let mut within = message.relay.as_ref().and_then(|relay| relay.message.as_deref());
        for option in &message.options {
            self.option(option);
            if option.code == 9
                && let Some(message) = within.take()
            {
                self.message(message);
            }
        }
    }

    fn option(&mut self, option: &Dhcp6Option) {
        self.codes.push(option.code.to_string());
        self.lengths.push(option.value.len().to_string());
        let within: &[Dhcp6Option] = match &option.data {
            Dhcp6Data::IaNa(ia) => &ia.options,
            Dhcp6Data::IaTa { options, .. } | Dhcp6Data::IaPd { options, .. } | Dhcp6Data::IaPrefix { options, .. } => {
                options
            }
            Dhcp6Data::IaAddress(address) => {
                self.addresses.push(address.address.to_string());
                self.preferred.push(address.preferred.to_string());
                self.valid.push(address.valid.to_string());
                &address.options
            }
            Dhcp6Data::Status(status) => {
                self.statuses.push(status.code.to_string());
                &[]
            }
            _ => &[],
        };
        within.iter().for_each(|option| self.option(option));
    }
}

fn icmp6(fact: &IcmpFact) -> String {
    let (mut lifetime, mut asked, mut told) = (None, None, None);
    let options: &[NdOption] = match &fact.kind {
        IcmpKind::RouterSolicitation(message) => &message.options,
        IcmpKind::RouterAdvertisement(message) => {
            lifetime = Some(message.lifetime);
            &message.options
        }
        IcmpKind::NeighbourSolicitation(message) => {
            asked = Some(message.target);
            &message.options
        }
        IcmpKind::NeighbourAdvertisement(message) => {
            told = Some(message.target);
            &message.options
        }
        IcmpKind::Redirect(message) => &message.options,
        _ => &[],
    };
    let prefixes: Vec<&NdPrefix> =
        options.iter().filter_map(|o| if let NdOption::Prefix(prefix) = o { Some(prefix) } else { None }).collect();
    let columns = [
        list([fact.number.0]),
        list([fact.number.1]),
        list(options.iter().map(NdOption::number)),
        list(lifetime),
        list(asked),
        list(told),
        list(prefixes.iter().map(|prefix| prefix.prefix)),
        list(prefixes.iter().map(|prefix| prefix.length)),
        list(prefixes.iter().map(|prefix| prefix.valid)),
    ];
    format!("{} {}", fact.completed, columns.join(" "))
}

fn ntp(message: &NtpMessage) -> String {
    format!("{} {} {} {}", message.completed, message.mode.number(), message.version, message.stratum)
}

fn tftp(message: &TftpMessage) -> String {
    let (mut block, mut read, mut written, mut error) = (None, None, None, None);
    match &message.op {
        TftpOp::Read { file, .. } => read = Some(file),
        TftpOp::Write { file, .. } => written = Some(file),
        TftpOp::Data { block: number, .. } | TftpOp::Ack { block: number } => block = Some(number),
        TftpOp::Error { code, .. } => error = Some(code),
        TftpOp::OptionAck { .. } => {}
    }
    let columns = [list([message.op.number()]), list(block), list(read), list(written), list(error)];
    format!("{} {}", message.completed, columns.join(" "))
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

/// A capture file of these frames (the classic format, nanoseconds).
fn file<'a>(link: u32, captures: impl Iterator<Item = &'a Capture>) -> Vec<u8> {
    let mut octets = Vec::new();
    octets.extend(0xa1b2_3c4d_u32.to_be_bytes());
    octets.extend([0, 2, 0, 4]);
    octets.extend([0, 0, 262_144, link].into_iter().flat_map(u32::to_be_bytes));
    for frame in captures.flat_map(Capture::frames) {
        let (seconds, rest) = (frame.time_ns / 1_000_000_000, frame.time_ns % 1_000_000_000);
        let lengths = [frame.data.len() as u32, frame.original_len];
        octets.extend([seconds as u32, rest as u32].into_iter().chain(lengths).flat_map(u32::to_be_bytes));
        octets.extend_from_slice(&frame.data);
    }
    octets
}
