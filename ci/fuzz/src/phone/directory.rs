//! The corporate directory: what its server says, and what a person and the settings make of a lookup.

use super::a_7841;
use crate::{Patience, messages, oracle};
use evidence::LdapOp;
use evidence::ldap::Authentication;
use evidence::ldap::sasl::DigestMd5;
use phone_model::defects::Defects;
use phone_model::directory::mapping::Mapping;
use phone_model::directory::{self, Directory, attributes};
use phone_model::ldap::filter::{Filter, Template};
use phone_model::ldap::lookup::MOST_ENTRIES;
use phone_model::ldap::server::Server;
use phone_model::ldap::{self, Auth, End, Entry, Found, Lookup, Plan};
use phone_model::random::Random;
use phone_model::settings::Settings;
use phone_model::state::Key;
use phone_model::time::{Duration, Instant};

/// A bind that succeeded, as the first request.
const BOUND: &[u8] = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00";
const PASSWORD: &str = "secret";
const PROOF: &[u8] = b"rspauth=";

/// What a directory server says to lookups of three kinds: nobody's, with StartTLS and a password, with DIGEST-MD5. An empty message lets time
/// pass; one that begins with `=` is a challenge; zeros in a proof stand for the right one.
pub fn ldap(input: &[u8]) {
    let simple = Auth::Simple { dn: "cn=phone".into(), password: PASSWORD.into() };
    let digest = Auth::DigestMd5 { user: "phone".into(), password: PASSWORD.into(), realm: "b".into() };
    for (auth, start_tls) in [(Auth::None, false), (simple, true), (digest, false)] {
        let filter = Filter::parse("(sn=A*)").expect("a filter");
        let mut session = Session::new(plan(auth, start_tls, filter));
        for message in messages(input) {
            match message {
                [] => session.wake(),
                [b'=', challenge @ ..] => session.challenge(challenge),
                octets => session.bytes(octets),
            }
        }
        for _ in 0..3 {
            session.wake();
        }
        assert!(session.done, "a lookup ends");
    }
}

fn plan(auth: Auth, start_tls: bool, filter: Filter) -> Plan {
    let server = Server::parse("directory.bench.example").expect("a server");
    let attributes = vec!["cn".into(), "telephoneNumber".into()];
    let patience = ldap::Patience { answer: Duration::from_secs(10), whole: Duration::from_secs(30) };
    Plan { server, start_tls, auth, base: "dc=x".into(), filter, attributes, patience }
}

/// A lookup, and what its server knows of it.
struct Session {
    lookup: Lookup,
    now: Instant,
    patience: Patience,
    due: Option<Instant>,
    requests: u8,
    proof: Option<String>,
    done: bool,
    written: Vec<Vec<u8>>,
}

impl Session {
    fn new(plan: Plan) -> Self {
        let lookup = Lookup::new(plan, Defects::NONE, Random::seeded(1), Instant::ZERO);
        let (now, patience, written) = (Instant::ZERO, Patience::new(), Vec::new());
        let mut session = Session { lookup, now, patience, due: None, requests: 0, proof: None, done: false, written };
        session.hear();
        session
    }

    fn input(&mut self, input: ldap::Input<'_>) {
        self.lookup.handle(input, self.now);
        self.hear();
    }

    fn wake(&mut self) {
        self.now = self.due.unwrap_or(self.now).max(self.now);
        self.input(ldap::Input::Wake);
    }

    fn bytes(&mut self, octets: &[u8]) {
        let mut octets = octets.to_vec();
        let zeros = octets.windows(PROOF.len()).position(|window| window == PROOF).map(|at| at + PROOF.len());
        if let (Some(at), Some(proof)) = (zeros, &self.proof)
            && let Some(field) = octets.get_mut(at..at + proof.len())
            && field.iter().all(|octet| *octet == b'0')
        {
            field.copy_from_slice(proof.as_bytes());
        }
        self.input(ldap::Input::Bytes(&octets));
    }

    /// Says a challenge in answer to the last request.
    fn challenge(&mut self, challenge: &[u8]) {
        let long =
            |tag: u8, content: &[u8]| [&[tag, 0x83], &(content.len() as u32).to_be_bytes()[1..], content].concat();
        let bound = [b"\x0a\x01\x0e\x04\x00\x04\x00", &*long(0x87, challenge)].concat();
        self.bytes(&long(0x30, &[&[2, 1, self.requests], &*long(0x61, &bound)].concat()));
    }

    fn hear(&mut self) {
        self.due = loop {
            self.patience.spend();
            let output = self.lookup.poll();
            assert!(!self.done || output == ldap::Output::Wait(None), "the outcome comes last");
            match output {
                ldap::Output::Connect { .. } => self.lookup.handle(ldap::Input::Connected, self.now),
                ldap::Output::Secure { .. } => self.lookup.handle(ldap::Input::Secured { refused: None }, self.now),
                ldap::Output::Write(octets) => self.written(octets),
                ldap::Output::Done(outcome) => {
                    self.done = true;
                    assert!(outcome.map_or(0, |found| found.entries.len()) <= MOST_ENTRIES);
                }
                ldap::Output::Close => {}
                ldap::Output::Wait(due) => break due,
            }
        };
    }

    /// What the phone writes, the oracle reads; and what it proves, the oracle finds proven.
    fn written(&mut self, octets: Vec<u8>) {
        self.requests += 1;
        let message = oracle::request_of(&octets);
        if let LdapOp::BindRequest { authentication: Authentication::Sasl { credentials: Some(text), .. }, .. } =
            message.op
            && text.octets().is_ascii()
            && let Some(sasl) = DigestMd5::parse(text.octets())
        {
            assert!(sasl.is_from(PASSWORD), "{sasl:?}");
            self.proof = sasl.expected_rspauth(PASSWORD);
        }
        self.written.push(octets);
    }
}

/// Settings and what is typed: a filter, a mapping of numbers, attributes to show, a text to look for, then keys: digits, `>` right, `v` down,
/// `^` up, `o` select, `<` back, `a` to `d` soft keys. The text also stands in what is found.
pub fn directory(input: &[u8]) {
    let texts: Vec<_> = messages(input).into_iter().map(String::from_utf8_lossy).collect();
    let text = |number: usize| texts.get(number).map_or("", |text| &**text);
    let (filter, mapping, shown, typed) = (text(0), text(1), text(2), text(3));
    templates(filter, typed);
    if let Ok(mapping) = Mapping::parse(mapping) {
        assert!(mapping.apply(typed).len() <= text(1).len() + typed.len());
    }
    let _ = (Server::parse(typed), attributes::Shown::parse(shown));
    let settings = [
        ("LDAP_Dir_Enable", "Yes"),
        ("LDAP_Server", "directory.bench.example"),
        ("LDAP_Last_Name_Filter", filter),
        ("LDAP_Number_Mapping", mapping),
        ("LDAP_Display_Attrs", shown),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut directory = Directory::new(a_7841(), Defects::NONE, Settings::of(settings));
    for key in "Do".chars().chain(text(4).chars().take(200)) {
        press(&mut directory, key, typed);
    }
}

/// Text that is typed is a value and changes nothing else of a filter; what the phone makes of the filter, the oracle reads as the same.
fn templates(setting: &str, typed: &str) {
    let Ok(template) = Template::parse(setting) else { return };
    let filled = template.fill(typed).expect("never because of the text");
    if !typed.is_empty() {
        assert_eq!(shape(&filled), template.fill("x").map(|filter| shape(&filter)).expect("as it was parsed"));
    }
    let _ = template.fill_unescaped(typed);
    let mut session = Session::new(plan(Auth::None, false, filled.clone()));
    session.bytes(BOUND);
    let search = session.written.last().map(|octets| oracle::request_of(octets));
    let read = search.and_then(|message| Some(message.search()?.filter.to_string())).expect("a search");
    assert_eq!(Filter::parse(&read).map(without_gaps), Ok(without_gaps(filled)), "{read}");
}

/// A filter without its values.
fn shape(filter: &Filter) -> String {
    let all = |filters: &[Filter]| filters.iter().map(shape).collect::<String>();
    match filter {
        Filter::And(filters) => format!("(&{})", all(filters)),
        Filter::Or(filters) => format!("(|{})", all(filters)),
        Filter::Not(filter) => format!("(!{})", shape(filter)),
        Filter::Compare { relation, attribute, .. } => format!("({attribute}{relation:?})"),
        Filter::Present(attribute) => format!("({attribute})"),
        Filter::Substrings { attribute, parts } => format!("({attribute}*{})", parts.len()),
    }
}

/// Asterisks in a row say the same as one.
fn without_gaps(filter: Filter) -> Filter {
    let all = |filters: Vec<Filter>| filters.into_iter().map(without_gaps).collect();
    match filter {
        Filter::And(filters) => Filter::And(all(filters)),
        Filter::Or(filters) => Filter::Or(all(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(without_gaps(*filter))),
        Filter::Substrings { attribute, parts } => {
            let last = parts.len() - 1;
            let kept = parts.into_iter().enumerate().filter(|(at, part)| *at == 0 || *at == last || !part.is_empty());
            Filter::Substrings { attribute, parts: kept.map(|(_, part)| part).collect() }
        }
        Filter::Compare { .. } | Filter::Present(_) => filter,
    }
}

fn press(directory: &mut Directory, key: char, found: &str) {
    let key = match key {
        '>' => Key::NavRight,
        'v' => Key::NavDown,
        '^' => Key::NavUp,
        'o' => Key::NavSelect,
        '<' => Key::NavBack,
        'D' => Key::Directories,
        'a'..='d' => Key::Soft(key as u8 - b'a' + 1),
        digit => Key::Pad(digit),
    };
    directory.handle(directory::Input::Press(key), Instant::ZERO);
    while let Some(output) = directory.poll() {
        if let directory::Output::Search(number, plan) = output {
            let mut session = Session::new(*plan);
            session.bytes(BOUND);
            let values = vec![found.to_owned()];
            let entry = Entry { attributes: vec![("cn".into(), values.clone()), ("telephoneNumber".into(), values)] };
            let found = Found { entries: vec![entry.clone(), entry], end: End::Complete };
            directory.handle(directory::Input::Ended(number, Ok(found)), Instant::ZERO);
        }
    }
    if let Some(page) = directory.shown() {
        assert!(page.marked.is_none_or(|marked| marked < page.rows.len()) && page.soft_keys.len() <= 4);
    }
}
