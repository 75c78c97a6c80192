//! The oracle against OpenSSL: handshakes and records of a library that is neither ours nor the phone's, recorded on their way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use evidence::tls::Suite;
use evidence::{Capture, Decryption, TlsEnd, TlsSide, TlsVersion};
use wire::*;

/// A suite of TLS 1.2 by OpenSSL's name, and its number: all ways to protect records that the oracle opens.
const SUITES_12: [(&str, u16); 15] = [
    ("AES128-SHA", 0x002f),
    ("AES256-SHA", 0x0035),
    ("AES128-SHA256", 0x003c),
    ("ECDHE-RSA-AES128-SHA256", 0xc027),
    ("ECDHE-RSA-AES256-SHA384", 0xc028),
    ("DHE-RSA-AES256-SHA", 0x0039),
    ("AES128-GCM-SHA256", 0x009c),
    ("ECDHE-RSA-AES256-GCM-SHA384", 0xc030),
    ("ECDHE-RSA-CHACHA20-POLY1305", 0xcca8),
    ("DHE-RSA-CHACHA20-POLY1305", 0xccaa),
    ("AES128-CCM", 0xc09c),
    ("DHE-RSA-AES256-CCM", 0xc09f),
    ("AES128-CCM8", 0xc0a0),
    ("AES256-CCM8", 0xc0a1),
    ("DHE-RSA-AES128-CCM8", 0xc0a2),
];

const SUITES_13: [(&str, u16); 5] = [
    ("TLS_AES_128_GCM_SHA256", 0x1301),
    ("TLS_AES_256_GCM_SHA384", 0x1302),
    ("TLS_CHACHA20_POLY1305_SHA256", 0x1303),
    ("TLS_AES_128_CCM_SHA256", 0x1304),
    ("TLS_AES_128_CCM_8_SHA256", 0x1305),
];

/// Long enough for the busiest machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What passed, in order: who sent it, and the octets; none at its end.
type Passed = Vec<(bool, Option<Vec<u8>>)>;

#[derive(Default)]
struct Tape {
    passed: Mutex<Passed>,
    more: Condvar,
}

impl Tape {
    fn note(&self, by_client: bool, octets: Option<Vec<u8>>) {
        self.passed.lock().unwrap().push((by_client, octets));
        self.more.notify_all();
    }

    fn pass(self: Arc<Self>, mut from: TcpStream, mut to: TcpStream, by_client: bool) {
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            self.note(by_client, Some(buffer[..count].to_vec()));
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
        self.note(by_client, None);
    }
}

/// A process that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Certificate and key for a server.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Option<Folder> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=sip.bench.example", "-days", "2"])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(&folder)
            .output();
        let folder = Folder(folder);
        made.is_ok_and(|made| made.status.success()).then_some(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One client of one server, with a tape between them.
struct Talk {
    tape: Arc<Tape>,
    client: Running,
    server: Running,
    keys: PathBuf,
}

impl Talk {
    fn begin(folder: &Folder, server_args: &[&str], client_args: &[&str]) -> Talk {
        let keys = folder.0.join(format!("{:?}.keys", std::thread::current().id()));
        let _ = std::fs::remove_file(&keys);
        let mut server = Command::new("openssl")
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                "cert.pem",
                "-key",
                "key.pem",
                "-www",
                "-naccept",
                "1",
            ])
            .args(server_args)
            .current_dir(&folder.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let address =
            lines.map(Result::unwrap).find_map(|line| Some(line.strip_prefix("ACCEPT ")?.to_owned())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Command::new("openssl")
            .args(["s_client", "-connect", &listener.local_addr().unwrap().to_string(), "-keylogfile"])
            .arg(&keys)
            .args(client_args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (near, _) = listener.accept().unwrap();
        let far = TcpStream::connect(address).unwrap();
        let tape = Arc::new(Tape::default());
        for (from, to, by_client) in [(&near, &far, true), (&far, &near, false)] {
            let (tape, from, to) = (tape.clone(), from.try_clone().unwrap(), to.try_clone().unwrap());
            std::thread::spawn(move || tape.pass(from, to, by_client));
        }
        Talk { tape, client: Running(client), server: Running(server), keys }
    }

    fn say(&mut self, octets: &[u8]) {
        self.client.0.stdin.as_mut().unwrap().write_all(octets).unwrap();
    }

    fn key_log(&self) -> String {
        std::fs::read_to_string(&self.keys).unwrap_or_default()
    }

    /// Wait until the capture of what has passed shows something.
    fn until(&self, what: &str, shows: impl Fn(&Capture) -> bool) {
        let begun = Instant::now();
        let mut passed = self.tape.passed.lock().unwrap();
        loop {
            let mut capture = captured(&passed);
            capture.add_keys(&self.key_log());
            if shows(&capture) {
                return;
            }
            let left = LIMIT.checked_sub(begun.elapsed()).unwrap_or_else(|| panic!("never seen: {what}"));
            // Its key log may be written after its records.
            passed = self.tape.more.wait_timeout(passed, left.min(Duration::from_millis(50))).unwrap().0;
        }
    }

    /// Ask for the page of the server, which then closes; give all that passed.
    fn finish(mut self) -> (Passed, String) {
        self.say(b"GET / HTTP/1.0\r\n\r\n");
        self.until("the end of the response", |capture| {
            capture.tls().first().is_some_and(|tls| tls.close_notify(TlsSide::Server).is_some())
        });
        self.client.0.wait().unwrap();
        drop(self.server);
        let passed = self.tape.passed.lock().unwrap().clone();
        let keys = std::fs::read_to_string(&self.keys).unwrap();
        (passed, keys)
    }
}

/// Frames of what passed.
fn captured(passed: &Passed) -> Capture {
    let mut bench = Bench::default();
    let (client, server) = ((PHONE, 40_000), (SERVER, 8_443));
    bench.push(&tcp(client, server, "S", 0, 0, b""));
    bench.push(&tcp(server, client, "SA", 0, 1, b""));
    bench.push(&tcp(client, server, "A", 1, 1, b""));
    let mut next = [1u32, 1];
    for (by_client, octets) in passed {
        let (src, dst) = if *by_client { (client, server) } else { (server, client) };
        let (own, peer) = (usize::from(!by_client), usize::from(*by_client));
        let flags = if octets.is_some() { "A" } else { "FA" };
        let octets = octets.as_deref().unwrap_or_default();
        for part in octets.chunks(1_400).chain(octets.is_empty().then_some(octets)) {
            bench.push(&tcp(src, dst, flags, next[own], next[peer], part));
            next[own] += part.len() as u32;
        }
    }
    bench.capture
}

/// The page was asked for and came, inside TLS, and says which suite OpenSSL used.
fn page(capture: &Capture, suite: &str) {
    let exchanges = capture.http_exchanges();
    assert_eq!(exchanges.len(), 1, "{suite}");
    assert_eq!((exchanges[0].request.target(), exchanges[0].status()), (Some("/"), Some(200)), "{suite}");
    assert_eq!(exchanges[0].request.secured, Some(capture.tls()[0].id), "{suite}");
    assert!(exchanges[0].response.unwrap().text().contains(&format!("Cipher is {suite}")), "{suite}");
}

fn checked(passed: &Passed, keys: &str, suite: (&str, u16), version: TlsVersion) -> Capture {
    let mut capture = captured(passed);
    assert_eq!(capture.tls()[0].decryption(), Decryption::NoKeys, "{}", suite.0);
    capture.add_keys(keys);
    let tls = &capture.tls()[0];
    assert_eq!((tls.version(), tls.suite()), (Some(version), Some(Suite(suite.1))));
    assert_eq!(tls.decryption(), Decryption::Decrypted, "{}", suite.0);
    assert!(tls.established().is_some() && tls.malformed().next().is_none(), "{}", suite.0);
    assert!(matches!(capture.tls_end(tls), TlsEnd::Closed | TlsEnd::ClosedBy(TlsSide::Server)), "{}", suite.0);
    page(&capture, suite.0);
    capture
}

#[test]
fn every_suite_of_tls_1_2_is_opened() {
    let Some(folder) = Folder::new("openssl-12") else {
        return println!("skipped: every_suite_of_tls_1_2_is_opened: openssl is not installed");
    };
    for suite in SUITES_12 {
        let cipher = format!("{}:@SECLEVEL=0", suite.0);
        let talk = Talk::begin(&folder, &["-cipher", &cipher], &["-tls1_2", "-cipher", &cipher]);
        let (passed, keys) = talk.finish();
        checked(&passed, &keys, suite, TlsVersion::TLS12);
    }
}

#[test]
fn every_suite_of_tls_1_3_is_opened_with_padding_and_key_updates() {
    const TEST: &str = "every_suite_of_tls_1_3_is_opened_with_padding_and_key_updates";
    let Some(folder) = Folder::new("openssl-13") else {
        return println!("skipped: {TEST}: openssl is not installed");
    };
    for suite in SUITES_13 {
        let server = ["-ciphersuites", suite.0, "-record_padding", "512"];
        let mut talk = Talk::begin(&folder, &server, &["-tls1_3", "-ciphersuites", suite.0, "-record_padding", "300"]);
        let by =
            |capture: &Capture, side| capture.tls()[0].key_updates().filter(|message| message.side == side).count();
        for updates in [1, 2] {
            talk.until("the handshake", |capture| capture.tls().first().is_some_and(|tls| tls.established().is_some()));
            // A new key, and one asked back.
            talk.say(b"K\n");
            talk.until("the key updates", |capture| by(capture, TlsSide::Client) == updates);
        }
        // The server's own goes before what it says next.
        let (passed, keys) = talk.finish();
        let capture = checked(&passed, &keys, suite, TlsVersion::TLS13);
        assert_eq!(by(&capture, TlsSide::Client), 2, "{}", suite.0);
        // Two may be answered by one (RFC 8446 §4.6.3).
        assert!(by(&capture, TlsSide::Server) >= 1, "{}", suite.0);
    }
}

#[test]
fn what_was_changed_or_lost_is_told_and_what_came_before_it_stays() {
    const TEST: &str = "what_was_changed_or_lost_is_told_and_what_came_before_it_stays";
    let Some(folder) = Folder::new("openssl-broken") else {
        return println!("skipped: {TEST}: openssl is not installed");
    };
    for (version, suite) in [("-tls1_2", "ECDHE-RSA-AES128-GCM-SHA256"), ("-tls1_3", "TLS_AES_128_GCM_SHA256")] {
        let option = if version == "-tls1_2" { "-cipher" } else { "-ciphersuites" };
        let (passed, keys) = Talk::begin(&folder, &[], &[version, option, suite]).finish();
        let last = passed.iter().rposition(|(by_client, octets)| !by_client && octets.is_some()).unwrap();
        let mut changed = passed.clone();
        *changed[last].1.as_mut().unwrap().last_mut().unwrap() ^= 1;
        let mut capture = captured(&changed);
        capture.add_keys(&keys);
        assert_eq!(capture.tls()[0].decryption_of(TlsSide::Server), Decryption::BrokenRecord, "{version}");
        assert_eq!(capture.tls()[0].decryption_of(TlsSide::Client), Decryption::Decrypted, "{version}");
        assert!(capture.http().iter().any(|message| message.is_request("GET")), "{version}");
        // The server's first flight is not in the capture.
        let first = passed.iter().position(|(by_client, _)| !by_client).unwrap();
        let mut lost = captured(&passed);
        let frames: Vec<_> = lost.frames().iter().map(|frame| frame.data.clone()).collect();
        lost = Capture::new();
        lost.add_keys(&keys);
        for (position, frame) in frames.iter().enumerate() {
            if position != first + 3 {
                lost.push(0, position as u64, frame.len() as u32, frame);
            }
        }
        lost.finish();
        let tls = &lost.tls()[0];
        assert_eq!(tls.decryption_of(TlsSide::Server), Decryption::Gap, "{version}");
        assert!(!tls.decryption().is_readable() && tls.malformed().next().is_none(), "{version}: {:?}", tls.messages());
        assert!(lost.http().is_empty() && lost.sip().is_empty(), "{version}");
    }
}

#[test]
fn keys_open_what_both_ends_said_before_they_left_tls() {
    const TEST: &str = "keys_open_what_both_ends_said_before_they_left_tls";
    let Some(folder) = Folder::new("openssl-left") else {
        return println!("skipped: {TEST}: openssl is not installed");
    };
    let (passed, keys) = Talk::begin(&folder, &[], &["-tls1_3"]).finish();
    let said = passed.into_iter().filter(|(_, octets)| octets.is_some());
    let in_clear = [true, false].map(|by_client| (by_client, Some(b"no record".to_vec())));
    let mut capture = captured(&said.chain(in_clear).collect());
    assert_eq!((capture.tls()[0].malformed().count(), capture.http().len()), (2, 0));
    capture.add_keys(&keys);
    assert!(capture.http().iter().any(|message| message.is_request("GET")), "{}", capture.tls()[0].decryption());
}

#[test]
fn old_versions_are_told_and_not_opened() {
    let Some(folder) = Folder::new("openssl-old") else {
        return println!("skipped: old_versions_are_told_and_not_opened: openssl is not installed");
    };
    let cipher = ["-cipher", "ALL:@SECLEVEL=0"];
    let mut talk = Talk::begin(&folder, &cipher, &["-tls1", "-cipher", "ALL:@SECLEVEL=0"]);
    talk.say(b"GET / HTTP/1.0\r\n\r\n");
    talk.client.0.wait().unwrap();
    let passed = talk.tape.passed.lock().unwrap().clone();
    let mut capture = captured(&passed);
    capture.add_keys(&talk.key_log());
    let tls = &capture.tls()[0];
    assert_eq!(tls.client_hello().unwrap().versions(), [TlsVersion::TLS10]);
    assert_eq!((tls.version(), tls.decryption()), (Some(TlsVersion::TLS10), Decryption::Unsupported));
    assert!(tls.plaintext(TlsSide::Client).is_empty() && capture.http().is_empty());
}
