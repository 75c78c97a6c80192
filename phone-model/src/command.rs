//! The command line of `offhook phone`.

use crate::boot;
use crate::defects::{self, Defect};
use crate::profile::{Model, Release};
use nix::sys::signal::Signal;
use nix::unistd::getppid;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Switches on a software phone on a network interface.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Model: 7811, 7821, 7841 or 7861.
    #[arg(long, default_value = "7841")]
    pub model: Model,
    /// Firmware release whose behaviour to show.
    #[arg(long, default_value_t = Release::DOCUMENT)]
    pub release: Release,
    /// Network interface, down and without address, in this process's network namespace.
    #[arg(long, default_value = "eth0")]
    pub interface: String,
    /// Folder of the flash; made when it does not exist.
    #[arg(long, default_value = "phone-flash")]
    pub flash: PathBuf,
    /// Ethernet address; the interface's own when not given.
    #[arg(long)]
    pub mac: Option<String>,
    /// Terminal to use as serial line; without it one is made and its name printed.
    #[arg(long)]
    pub serial: Option<PathBuf>,
    /// Profile file (TOML) with values for what no source tells about real units.
    #[arg(long)]
    pub profile: Option<PathBuf>,
    /// Known wrong behaviour to switch on; may be repeated.
    #[arg(long = "defect", value_name = "NAME")]
    pub defect: Vec<Defect>,
    /// Seed of the phone's randomness, to tell a run again; from the system when not given.
    #[arg(long)]
    pub seed: Option<u64>,
    /// The process that starts the phone and takes it along when it ends, however it ends.
    #[arg(long, value_name = "PID")]
    pub tethered: Option<u32>,
    /// Lists the known wrong behaviours and ends.
    #[arg(long)]
    pub defects: bool,
}

/// Runs the phone until it is switched off: 0 after SIGTERM or SIGINT, 1 when it cannot be switched on; a crash aborts the process.
pub fn run(args: &Args) -> ExitCode {
    if args.defects {
        let printed = std::io::stdout().write_all(defects::table().as_bytes());
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match tether(args).and_then(|()| boot::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "offhook phone: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Lets the phone die with the process that started it.
fn tether(args: &Args) -> io::Result<()> {
    let Some(parent) = args.tethered else { return Ok(()) };
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
    // It may have ended before the line above.
    if u32::try_from(getppid().as_raw()) == Ok(parent) {
        Ok(())
    } else {
        Err(io::Error::other(format!("the process {parent} that was to hold it is gone")))
    }
}
