//! The software phone: how it is switched on and off. Everything else about it goes the way of any unit.

use super::UnitUnderTest;
use super::console::Console;
use crate::outcome::Stop;
use bench::Cable;
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::Child;

/// What a bench asks of a phone that real units leave to chance or take long for: how long it waits and probes.
const BENCH_PROFILE: &str = "\
# Waits that RFC 2131 and RFC 5227 count in seconds, short enough for a bench with one phone on its segment.
dhcp_start_delay_ms = 0
arp_probe_interval_ms = 2
arp_probe_count = 1
arp_announce_wait_ms = 2
dhcp_decline_wait_ms = 100
auth_invite_nonce_lifetime_s = 2
domain_refresh_floor_ms = 200
resync_random_delay_unit_ms = 0
# Likewise RFC 4861, RFC 4862 and RFC 8415.
ipv6_start_delay_ms = 0
ipv6_probe_wait_ms = 20
ipv6_solicitation_interval_ms = 300
dhcp6_start_delay_ms = 0
ip_preference_wait_ms = 3000
# Likewise RFC 4330 and RFC 5859.
ntp_answer_wait_ms = 1000
ntp_retry_ms = 300
ntp_shortest_wait_ms = 300
tftp_interval_ms = 150
tftp_tries = 3
";

/// How long the last serial lines of a dead phone may take to arrive.
const DRAIN: Duration = Duration::from_secs(2);

/// What became of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is on.
    On,
    /// We switched it off, or never on.
    Off,
    /// It ended by itself.
    Crashed(ExitStatus),
    /// Somebody else took its power (SIGKILL that was not ours).
    PowerTaken,
    /// Somebody else switched it off: it went in good order, as it does at SIGTERM and never by itself.
    SwitchedOff,
}

/// A software phone, on or off.
pub struct Emulated {
    unit: UnitUnderTest,
    folder: PathBuf,
    seed: u64,
    boots: u64,
    // What the scenario asks of it beyond the bench: names and values.
    asked: Vec<(String, String)>,
    // What had become of it when it was switched off and on again, and its last lines of then.
    earlier: Option<(Fate, Vec<String>)>,
    child: Option<Child>,
    console: Option<Console>,
}

impl Emulated {
    /// A phone that keeps its flash and logs in `folder`; it is off.
    pub fn new(unit: UnitUnderTest, folder: &Path, seed: u64) -> Self {
        Emulated {
            unit,
            folder: folder.to_owned(),
            seed,
            boots: 0,
            asked: Vec::new(),
            earlier: None,
            child: None,
            console: None,
        }
    }

    /// Its release; scenarios that are about a later one ask for it before it is switched on.
    pub fn set_release(&mut self, release: &str) {
        release.clone_into(&mut self.unit.release);
    }

    /// A value of its profile; scenarios that are about a wait have a short one.
    pub fn set_profile(&mut self, name: &str, value: &str) {
        self.asked.push((name.to_owned(), value.to_owned()));
    }

    /// Its profile: what the bench asks, but for what the scenario asks otherwise.
    fn profile(&self) -> String {
        let other = |line: &&str| self.asked.iter().all(|(name, _)| line.split(' ').next() != Some(name.as_str()));
        let asked = self.asked.iter().map(|(name, value)| format!("{name} = {value}\n"));
        BENCH_PROFILE.lines().filter(other).map(|line| format!("{line}\n")).chain(asked).collect()
    }

    /// Nonces of this phone can be answered so long.
    pub const NONCE_LIFETIME: Duration = Duration::from_secs(2);

    /// Time after which a reply that was to come has come.
    pub const SETTLING: Duration = Duration::from_millis(10);

    /// How often it was switched on.
    pub fn boots(&self) -> u64 {
        self.boots
    }

    /// The process, for those who test what happens when it is taken away from outside.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Switches it on.
    ///
    /// # Errors
    /// The bench is at fault when the process cannot be started.
    pub async fn power_on(&mut self, cable: &Cable) -> Result<(), Stop> {
        let failed = |what: &str, e: &dyn std::fmt::Display| Stop::bench(format!("{what}: {e}"));
        let profile = self.folder.join("phone-profile.toml");
        std::fs::write(&profile, self.profile()).map_err(|e| failed("the phone's profile cannot be written", &e))?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("phone.log"))
            .map_err(|e| failed("the phone's log cannot be made", &e))?;
        let errors = log.try_clone().map_err(|e| failed("the phone's log cannot be shared", &e))?;
        let line = openpty(None, None).map_err(|e| failed("no pseudo terminal for the serial line", &e))?;
        let mut settings = tcgetattr(&line.slave).map_err(|e| failed("the serial line has no settings", &e))?;
        cfmakeraw(&mut settings);
        tcsetattr(&line.slave, SetArg::TCSANOW, &settings)
            .map_err(|e| failed("the serial line cannot be made raw", &e))?;
        let name = nix::unistd::ttyname(&line.slave).map_err(|e| failed("the serial line has no name", &e))?;
        self.console = Some(
            Console::read(line.master, &self.folder.join("serial.log"))
                .map_err(|e| failed("the serial line cannot be read", &e))?,
        );
        let mut command = Command::new(&self.unit.program);
        command
            .arg("phone")
            .args(["--model", &self.unit.model, "--release", &self.unit.release])
            .args(["--interface", bench::plan::PHONE_INTERFACE])
            .args(["--seed", &(self.seed.wrapping_add(self.boots)).to_string()])
            .arg("--flash")
            .arg(self.folder.join("flash"))
            .arg("--serial")
            .arg(&name)
            .arg("--profile")
            .arg(&profile)
            .args(["--tethered", &std::process::id().to_string()])
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        if let Some(defect) = &self.unit.defect {
            command.args(["--defect", defect]);
        }
        self.child =
            Some(cable.spawn_tethered(command).await.map_err(|e| failed("the phone cannot be switched on", &e))?);
        self.boots += 1;
        // The slave end is the phone's now; when it dies, the line ends.
        drop(line.slave);
        Ok(())
    }

    /// Takes its power, as a pulled plug does.
    pub async fn power_off(&mut self, cable: &Cable) -> Result<(), Stop> {
        let before = self.fate();
        // The cable first: a phone without power says no farewell, and the kernel of a dead process would.
        cable.pull().await.map_err(Stop::bench)?;
        if let Some(mut child) = self.child.take() {
            let status = child.kill().await.and_then(|()| child.try_wait());
            let lines = self.last_lines().await;
            // The kill was ours. Another end was not, nor one that came before, and neither must look as if it were.
            let ended = match (before, status) {
                (Fate::On, Ok(Some(status))) => Some(fate_of(status)).filter(|f| *f != Fate::PowerTaken),
                (Fate::On | Fate::Off, _) => None,
                (ended, _) => Some(ended),
            };
            if self.earlier.is_none() {
                self.earlier = ended.map(|ended| (ended, lines));
            }
        }
        cable.reset().await.map_err(Stop::bench)?;
        cable.plug().await.map_err(Stop::bench)
    }

    /// What has become of it; how it ended without our doing, if it ever did, whatever came later.
    pub fn fate(&mut self) -> Fate {
        if let Some((earlier, _)) = &self.earlier {
            return *earlier;
        }
        match self.child.as_mut().map(Child::try_wait) {
            None => Fate::Off,
            Some(Ok(None) | Err(_)) => Fate::On,
            Some(Ok(Some(status))) => fate_of(status),
        }
    }

    /// Waits until it ends, if it is on.
    pub async fn ends(&mut self) {
        match &mut self.child {
            Some(child) => drop(child.wait().await),
            None => std::future::pending().await,
        }
    }

    /// The last lines of its serial line, all of them when it is dead; those before its end when it ended without our doing.
    pub async fn last_lines(&mut self) -> Vec<String> {
        if let Some((_, lines)) = &self.earlier {
            return lines.clone();
        }
        let dead = !matches!(self.child.as_mut().map(Child::try_wait), Some(Ok(None)));
        match &mut self.console {
            Some(console) => {
                if dead {
                    console.drained(DRAIN).await;
                }
                console.last_lines()
            }
            None => Vec::new(),
        }
    }
}

/// What a process met that ended so while it was on.
fn fate_of(status: ExitStatus) -> Fate {
    // We switch phones off by SIGKILL, and forget them then; whoever else does it is somebody from outside.
    if status.signal() == Some(nix::sys::signal::Signal::SIGKILL as i32) {
        Fate::PowerTaken
    } else if status.success() {
        Fate::SwitchedOff
    } else {
        Fate::Crashed(status)
    }
}
