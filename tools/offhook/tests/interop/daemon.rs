//! A server of the distribution, running on a cable of its own with files in a folder of its own. It touches nothing of the host: no service
//! is started, and what it would keep under `/run` and `/var` goes into the folder.

use bench::{Cable, plan, trial};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::process::Child;

/// Where distributions put servers, and other programs.
const PLACES: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin"];

/// How long a server may take to begin, and to say what it is to say.
const READY: Duration = Duration::from_secs(20);
/// Between two looks at its log.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A running server; it ends when this is dropped.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts `dnsmasq` with these lines, beside those that every one of ours has.
    pub(crate) async fn dnsmasq(cable: &Cable, folder: &Path, lines: &[&str]) -> Self {
        let at = |name: &str| folder.join(format!("dnsmasq.{name}")).display().to_string();
        let fixed = [
            format!("interface={}", plan::PHONE_INTERFACE),
            format!("dhcp-leasefile={}", at("leases")),
            format!("pid-file={}", at("pid")),
            "bind-interfaces\nno-resolv\nno-hosts\nno-ping\nlog-dhcp\ndhcp-authoritative\nlog-facility=-".to_owned(),
        ];
        fs::write(at("conf"), format!("{}\n{}\n", fixed.join("\n"), lines.join("\n"))).unwrap();
        let mut command = Command::new(program("dnsmasq", "dnsmasq-base"));
        // In the bench's user namespace root is the only user, and it cannot become another.
        command.args(["--no-daemon", "--user=root", "--group=root"]).arg(format!("--conf-file={}", at("conf")));
        Self::start(cable, command, at("log").into(), "started, version").await
    }

    /// Starts `kea-dhcp4` or `kea-dhcp6` (`four`) with the body of its configuration.
    pub(crate) async fn kea(cable: &Cable, folder: &Path, four: bool, body: &serde_json::Value) -> Self {
        let (name, package, section) = match four {
            true => ("kea-dhcp4", "kea-dhcp4-server", "Dhcp4"),
            false => ("kea-dhcp6", "kea-dhcp6-server", "Dhcp6"),
        };
        let at = |end: &str| folder.join(format!("{name}.{end}"));
        let mut body = body.clone();
        let leases = serde_json::json!({ "type": "memfile", "persist": true, "lfc-interval": 0, "name": at("leases") });
        body["lease-database"] = leases;
        if !four {
            // Else it keeps its identifier under /var.
            body["server-id"] = serde_json::json!({ "type": "LL", "persist": false });
        }
        let output =
            serde_json::json!({ "name": name, "severity": "INFO", "output_options": [{ "output": "stdout" }] });
        body["loggers"] = serde_json::json!([output]);
        fs::write(at("conf"), serde_json::json!({ section: body }).to_string()).unwrap();
        let mut command = Command::new(program(name, package));
        command.arg("-c").arg(at("conf")).env("KEA_PIDFILE_DIR", folder).env("KEA_LOCKFILE_DIR", folder);
        Self::start(cable, command, at("log"), "_STARTED ").await
    }

    /// Starts `radvd` with this configuration.
    pub(crate) async fn radvd(cable: &Cable, folder: &Path, configuration: &str) -> Self {
        let at = |end: &str| folder.join(format!("radvd.{end}"));
        fs::write(at("conf"), configuration).unwrap();
        let mut command = Command::new(program("radvd", "radvd"));
        command.args(["--nodaemon", "--debug", "3", "--logmethod", "stderr", "--config"]).arg(at("conf"));
        command.arg("--pidfile").arg(at("pid"));
        Self::start(cable, command, at("log"), "version").await
    }

    /// Starts it, and waits until it says that it is ready: else it could miss what a phone says first, and that again only after seconds.
    pub(crate) async fn start(cable: &Cable, mut command: Command, log: PathBuf, ready: &str) -> Self {
        let file = File::create(&log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let mut daemon = Self { child: cable.spawn(command).await.unwrap(), log };
        daemon.until_it_says(ready, 1).await;
        daemon
    }

    /// Waits until its log has this so often.
    pub(crate) async fn until_it_says(&mut self, text: &str, times: usize) {
        let since = Instant::now();
        while self.said().matches(text).count() < times {
            if let Some(dead) = self.obituary() {
                panic!("{dead}");
            }
            assert!(since.elapsed() < READY, "the server does not say `{text}`:\n{}", self.last_words());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Its log so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// Ends it.
    pub(crate) async fn end(mut self) {
        self.child.kill().await.unwrap();
    }

    /// How it ended, if it did without being told, with what it said last.
    pub(crate) fn obituary(&mut self) -> Option<String> {
        let status = self.child.try_wait().unwrap()?;
        Some(format!("the server ended ({status}):\n{}", self.last_words()))
    }

    /// What it said last.
    pub(crate) fn last_words(&self) -> String {
        let log = self.said();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

/// A program of the distribution, or a skipped test.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let found = PLACES.iter().map(|place| Path::new(place).join(name)).find(|program| program.exists());
    found.unwrap_or_else(|| trial::skip(&format!("{name} is not installed ({package})")))
}
