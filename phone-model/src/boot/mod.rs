//! The shell of the phone: the only place with sockets, a clock and randomness.
//!
//! Start-up order: serial line, flash, link, DHCP, DNS, syslog, web page, registrations. One task owns every machine; a restart throws all
//! of it away and begins again with what the flash holds, as a reboot does.

mod acs;
mod addresses;
mod agent;
mod apply;
mod clock;
mod control;
mod credulous;
mod dialer;
mod directory;
mod discovery;
mod inbox;
mod lease6_file;
mod lease_file;
mod log;
mod network;
mod network6;
mod online;
mod phone;
mod provisioning;
mod renewal;
mod resolver;
mod resync;
mod rule;
mod schedule;
mod serial;
mod sockets;
mod streams;
mod syslog;
mod task;
mod time_service;
mod trust;

use crate::command::Args;
use crate::defects::Defects;
use crate::profile::{Profile, Unknown};
use crate::random::Random;
use crate::settings::Store;
use clock::TimeOfDay;
use log::Log;
use phone::{Outcome, Phone, Unit};
use serial::Serial;
use std::io::{self, Write as _};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use trust::Trust;

/// Runs the phone until it is switched off by SIGTERM or SIGINT.
///
/// # Errors
/// When it cannot be switched on: a bad profile, no such interface, no rights to use it.
pub fn run(args: &Args) -> io::Result<()> {
    let unknown = match &args.profile {
        Some(path) => read_profile(path)?,
        None => Unknown::default(),
    };
    let profile = Profile { model: args.model, release: args.release, unknown };
    let mac = match &args.mac {
        Some(text) => {
            let wrong =
                || io::Error::new(io::ErrorKind::InvalidInput, format!("`{text}` is no Ethernet address of a host"));
            Some(network::parse_mac(text).ok_or_else(wrong)?)
        }
        None => None,
    };
    let serial = match &args.serial {
        Some(path) => Serial::open(path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?,
        None => {
            let (serial, name) = Serial::make()?;
            let mut stdout = io::stdout();
            writeln!(stdout, "serial {}", name.display())?;
            stdout.flush()?;
            serial
        }
    };
    let wall = TimeOfDay::default();
    end_on_panic(serial.clone(), wall.clone());
    let defects = Defects::of(args.defect.iter().copied());
    let store = Store::open(&args.flash, &profile, defects.clone())
        .map_err(|error| io::Error::other(format!("flash {}: {error}", args.flash.display())))?;
    let (log, lines) = Log::new(serial.clone(), wall.clone());
    let (interface, flash) = (args.interface.clone(), args.flash.clone());
    let trust = Trust::in_flash(&flash, &profile, defects.clone(), wall.clone());
    let unit = Unit { interface, flash, mac, profile, defects, store, log, wall, trust };
    let random = args.seed.map_or_else(Random::from_system, Random::seeded);
    // The machines run on this thread; one worker reads sockets and serves the page beside them, so that a flood is taken off the kernel's
    // hands while the user agent is busy with it.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let ended = runtime.block_on(async {
        tokio::spawn(serial.drain());
        power_on(&unit, random, lines).await
    });
    // A blocking task of the page may still wait for something; the power is off for it too.
    runtime.shutdown_background();
    ended
}

/// Boots, and boots again, until the phone is switched off.
async fn power_on(unit: &Unit, mut random: Random, mut lines: mpsc::Receiver<log::Line>) -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    loop {
        let mut phone = Phone::boot(unit, random.fork()).await?;
        let outcome = tokio::select! {
            outcome = phone.run(&mut lines) => outcome?,
            _ = terminated.recv() => Outcome::Off,
            _ = interrupted.recv() => Outcome::Off,
        };
        unit.log.notice(&outcome.text());
        let off = matches!(outcome, Outcome::Off);
        phone.wind_down(off, &mut lines).await?;
        if off {
            return Ok(());
        }
        phone::record(unit, &outcome);
    }
}

fn read_profile(path: &std::path::Path) -> io::Result<Unknown> {
    let wrong = |error: &dyn std::fmt::Display| io::Error::other(format!("profile {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    toml::from_str(&text).map_err(|error| wrong(&error))
}

/// A phone that panics says so on its serial line and is dead at once; it does not go on with half of itself.
fn end_on_panic(serial: Serial, wall: TimeOfDay) {
    std::panic::set_hook(Box::new(move |panic| {
        let text = format!("voice-panic: {panic}");
        let line = log::console_line(crate::net::syslog::Severity::Emergency, wall.utc(), &text);
        serial.last_words(&line);
        let _ = writeln!(io::stderr(), "{panic}");
        std::process::abort();
    }));
}
