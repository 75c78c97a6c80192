//! A bench with two cables: the phone at the one, a server of the distribution at the other, and a tap at the phone's.

use crate::daemon::Daemon;
use bench::{Bench, Cable, MacAddress, PcapngFile, Tap, plan};
use evidence::Capture;
use futures::FutureExt as _;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::sync::Notify;

/// How long anything may take that does happen.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// Between two looks at a page that does not tell when it changes.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The release that the document describes.
const DOCUMENT: &str = "11.2.3";

/// The server's addresses.
pub(crate) const SERVER: plan::Host = plan::Host(30);

/// What RFC 2131, RFC 5227, RFC 4861 and RFC 8415 count in seconds, short enough for a bench; and a key of the pad waits to be settled.
const PROFILE: &str = "dhcp_start_delay_ms = 0\narp_probe_interval_ms = 20\narp_probe_count = 2\narp_announce_wait_ms = 20\n\
    dhcp_decline_wait_ms = 100\nipv6_start_delay_ms = 0\nipv6_probe_wait_ms = 50\nipv6_solicitation_interval_ms = 2000\n\
    dhcp6_start_delay_ms = 0\nresync_random_delay_unit_ms = 0\nip_preference_wait_ms = 3000\ntyping_pause_ms = 60000\n";

/// All of it.
pub(crate) struct Place {
    pub(crate) bench: Bench,
    pub(crate) release: &'static str,
    phone: Cable,
    pub(crate) server: Cable,
    on: Option<Child>,
    seen: Arc<Seen>,
    tap: Tap,
    folder: Option<TempDir>,
    pub(crate) daemons: Vec<Daemon>,
}

struct Seen {
    capture: Mutex<(Capture, PcapngFile)>,
    more: Notify,
}

/// Lays the cables and runs the test. What a test that panics leaves is kept, and where is said.
pub(crate) fn with_place(test: impl AsyncFnOnce(&mut Place)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut place = Place::new().await;
        if let Err(why) = AssertUnwindSafe(test(&mut place)).catch_unwind().await {
            // A test that is skipped unwinds without words.
            let failed = why.is::<String>() || why.is::<&str>();
            if let Some(folder) = place.folder.take().filter(|_| failed) {
                drop(writeln!(std::io::stderr(), "kept in {}", folder.keep().display()));
            }
            resume_unwind(why);
        }
        place.close().await;
    });
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("phone-profile.toml"), PROFILE).unwrap();
        let bench = Bench::new().await.unwrap();
        let phone = bench.cable(MacAddress::phone(1)).await.unwrap();
        let server = host(&bench, 2, SERVER).await;
        let mut file = PcapngFile::create(folder.path().join("capture.pcapng"), "offhook interop").unwrap();
        let interface = file.add_interface("port1", "the phone's cable").unwrap();
        let seen = Arc::new(Seen { capture: Mutex::new((Capture::new(), file)), more: Notify::new() });
        let sink = Arc::clone(&seen);
        let tap = phone.tap(move |frame| {
            // A test that fails while it looks leaves it poisoned; the packets are wanted all the same.
            let mut held = sink.capture.lock().unwrap_or_else(PoisonError::into_inner);
            held.0.push(0, frame.time_ns, frame.original_len, &frame.data);
            held.1.write(interface, &frame).unwrap();
            held.1.flush().unwrap();
            drop(held);
            sink.more.notify_one();
        });
        let tap = tap.await.unwrap();
        let (release, folder, daemons) = (DOCUMENT, Some(folder), Vec::new());
        Self { bench, release, phone, server, on: None, seen, tap, folder, daemons }
    }

    /// Lays one more cable, to a host with these addresses.
    pub(crate) async fn another(&self, number: u8, addresses: plan::Host) -> Cable {
        host(&self.bench, number, addresses).await
    }

    /// Where the servers' files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Starts `dnsmasq`.
    pub(crate) async fn dnsmasq(&mut self, lines: &[&str]) {
        let daemon = Daemon::dnsmasq(&self.server, self.folder(), lines).await;
        self.daemons.push(daemon);
    }

    /// Starts Kea for IPv4 (`four`) or IPv6.
    pub(crate) async fn kea(&mut self, four: bool, body: &serde_json::Value) {
        let daemon = Daemon::kea(&self.server, self.folder(), four, body).await;
        self.daemons.push(daemon);
    }

    /// Starts `radvd`.
    pub(crate) async fn radvd(&mut self, configuration: &str) {
        let daemon = Daemon::radvd(&self.server, self.folder(), configuration).await;
        self.daemons.push(daemon);
    }

    /// Ends all servers and forgets what they remember.
    pub(crate) async fn forget_servers(&mut self) {
        for daemon in self.daemons.drain(..) {
            daemon.end().await;
        }
        for entry in std::fs::read_dir(self.folder()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "leases" || end == "pid") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    /// Switches the phone on.
    pub(crate) async fn power_on(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.folder().join("phone.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_offhook"));
        command.args(["phone", "--interface", plan::PHONE_INTERFACE, "--release", self.release]);
        command.args(["--seed", "78", "--flash"]);
        command.arg(self.folder().join("flash")).arg("--profile").arg(self.folder().join("phone-profile.toml"));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.on = Some(self.phone.spawn(command).await.unwrap());
    }

    /// Pulls its power.
    pub(crate) async fn power_off(&mut self) {
        self.on.take().unwrap().kill().await.unwrap();
        self.phone.reset().await.unwrap();
        self.phone.link_up().await.unwrap();
    }

    /// Waits until the capture tells something.
    pub(crate) async fn until<T>(&mut self, what: &str, find: impl Fn(&Capture) -> Option<T>) -> T {
        let due = Instant::now() + SOON;
        loop {
            if let Some(found) = find(&self.seen.capture.lock().unwrap().0) {
                return found;
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.fail(what);
            }
            if let Some(dead) = self.daemons.iter_mut().find_map(Daemon::obituary) {
                self.fail(&format!("{what}: {dead}"));
            }
            // Now and then a look whether the servers live.
            drop(tokio::time::timeout(left.min(Duration::from_secs(1)), self.seen.more.notified()).await);
        }
    }

    /// What the capture tells by now.
    pub(crate) fn look<T>(&self, find: impl FnOnce(&Capture) -> T) -> T {
        find(&self.seen.capture.lock().unwrap().0)
    }

    /// Takes in the secrets of a server, as `SSLKEYLOGFILE` has them.
    pub(crate) fn add_keys(&self, keys: &str) {
        let mut held = self.seen.capture.lock().unwrap();
        held.0.add_keys(keys);
        held.1.secrets(keys.as_bytes()).unwrap();
    }

    /// Waits until the phone's status page at `address` has all of these rows: section, label, value.
    pub(crate) async fn until_shown(&mut self, address: IpAddr, rows: &[(&str, &str, &str)]) {
        let due = Instant::now() + SOON;
        loop {
            let page = self.status(address).await.unwrap_or_else(|error| error.to_string());
            let is_open = page.contains("<status>");
            let missing = rows.iter().find(|(section, name, value)| {
                let section = page.split_once(&format!("<{section}>")).map_or("", |(_, rest)| rest);
                let row = section.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
                !row.starts_with(&format!("{value}</{name}>"))
            });
            let Some((_, name, value)) = missing.or((!is_open).then_some(&("", "the", "page"))) else { return };
            if Instant::now() > due {
                self.fail(&format!("the status page does not show {name} {value}:\n{page}"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until the phone's status page at `address` has all of these texts.
    pub(crate) async fn until_says(&mut self, address: IpAddr, texts: &[&str]) {
        let due = Instant::now() + SOON;
        loop {
            let page = self.status(address).await.unwrap_or_else(|error| error.to_string());
            let Some(missing) = texts.iter().find(|text| !page.contains(**text)) else { return };
            if Instant::now() > due {
                self.fail(&format!("the status page does not tell {missing}:\n{page}"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until the phone asks this time server.
    pub(crate) async fn until_time_is_asked(&mut self, server: IpAddr) {
        let asked = |capture: &Capture| {
            capture.ntp().iter().find(|message| message.is_request() && message.dst.ip() == server).map(drop)
        };
        self.until(&format!("the phone asks {server} for the time"), asked).await;
    }

    async fn status(&self, address: IpAddr) -> std::io::Result<String> {
        self.ask(address, "GET /admin/status.xml", "").await
    }

    /// Sends the phone's web server a request, and reads all that it says.
    pub(crate) async fn ask(&self, address: IpAddr, request: &str, body: &str) -> std::io::Result<String> {
        let from = if address.is_ipv4() { plan::OPERATOR.ip() } else { IpAddr::V6(plan::OPERATOR.v6()) };
        let head = "Host: phone\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let request = format!("{request} HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let work = async {
            let mut stream = self.bench.net().tcp_connect(from, SocketAddr::new(address, 80)).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut said = Vec::new();
            stream.read_to_end(&mut said).await?;
            Ok(String::from_utf8_lossy(&said).into_owned())
        };
        tokio::time::timeout(SOON, work).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
    }

    /// Fails the test, and keeps everything for whoever looks.
    pub(crate) fn fail(&mut self, what: &str) -> ! {
        let words: Vec<String> = self.daemons.iter().map(Daemon::last_words).collect();
        let kept = self.folder.take().map(|folder| folder.keep()).unwrap_or_default();
        let mut phone = String::new();
        drop(std::fs::File::open(kept.join("phone.log")).and_then(|mut log| log.read_to_string(&mut phone)));
        panic!(
            "not seen within {} s: {what}\nserver:\n{}\nphone:\n{phone}\nkept in {}",
            SOON.as_secs(),
            words.join("\n"),
            kept.display()
        );
    }

    async fn close(mut self) {
        if let Some(mut on) = self.on.take() {
            assert!(on.try_wait().unwrap().is_none(), "the phone is still on");
            on.kill().await.unwrap();
        }
        let report = self.tap.stop().await.unwrap();
        assert_eq!(report.dropped, 0, "the tap saw everything");
    }
}

/// A cable to a host with these addresses.
async fn host(bench: &Bench, number: u8, host: plan::Host) -> Cable {
    let cable = bench.cable(MacAddress::phone(number)).await.unwrap();
    cable.link_up().await.unwrap();
    let addresses = [
        format!("{}/{}", host.v4(), plan::PREFIX_V4),
        format!("{}/{}", host.v6(), plan::PREFIX_V6),
        format!("fe80::{}/64", host.0),
    ];
    for address in addresses {
        let mut command = Command::new("ip");
        command.args(["address", "add", &address, "dev", plan::PHONE_INTERFACE]);
        if address.contains("::") {
            command.arg("nodad");
        }
        assert!(cable.spawn(command).await.unwrap().wait().await.unwrap().success(), "ip gives {address}");
    }
    cable
}
