//! `offhook bench`: a bench to play with. The page of its phone is offered on this machine's loopback, by a listener that was opened before
//! the program went into its namespace: a socket stays where it was made.

use crate::cli::BenchArgs;
use crate::runner::{JOBS_PER_CPU, Runner, units};
use std::io::{self, IsTerminal as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, RawFd};
use std::process::ExitCode;
use tokio::io::copy_bidirectional;
use tokio::sync::mpsc;

/// Tells the program, as executed the second time, which descriptor the listener has.
const DOOR: &str = "OFFHOOK_BENCH_DOOR";

/// The listener on this machine's own loopback.
pub(crate) struct Door(TcpListener);

impl Door {
    /// Opens it, or takes over the one that was opened before the namespace was entered.
    ///
    /// # Errors
    /// The operating system's, as when the port is in use.
    pub(crate) fn open(port: u16) -> io::Result<Self> {
        if let Some(door) = std::env::var(DOOR).ok().and_then(|fd| fd.parse::<RawFd>().ok()).and_then(Door::inherited) {
            return Ok(door);
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        // It must survive the execution inside the namespace.
        nix::fcntl::fcntl(listener.as_fd(), nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty()))
            .map_err(io::Error::from)?;
        set_door(listener.as_raw_fd());
        Ok(Door(listener))
    }

    #[allow(unsafe_code)]
    fn inherited(fd: RawFd) -> Option<Self> {
        // SAFETY: the number was written by this program, before it executed itself, for a listener that it left open for this purpose,
        // and nothing else takes it over.
        let listener = unsafe { TcpListener::from_raw_fd(fd) };
        listener.local_addr().ok().map(|_| Door(listener))
    }
}

#[allow(unsafe_code)]
fn set_door(fd: RawFd) {
    // SAFETY: no other thread exists yet; `main` says so where it calls this.
    unsafe { std::env::set_var(DOOR, fd.to_string()) };
}

/// Sets up a bench and keeps it until Ctrl-C.
pub(crate) fn bench(args: &BenchArgs, door: Option<Door>) -> ExitCode {
    let unit = match units(std::slice::from_ref(&args.unit), &args.release, None).map(|u| u.into_iter().next()) {
        Ok(Some(unit)) => unit,
        Ok(None) => return crate::wrong_use("no unit"),
        Err(e) => return crate::wrong_use(&e),
    };
    let how = crate::cli::How {
        jobs: Some(1),
        report: args.report.clone(),
        step_limit: 30,
        scenario_limit: 30,
        tap_room: None,
        seed: None,
    };
    let runner = match Runner::new(&how, JOBS_PER_CPU) {
        Ok(runner) => runner,
        Err(e) => return crate::told(&e),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return crate::told(&format!("no runtime: {e}")),
    };
    match runtime.block_on(play(&runner, unit, door)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => crate::told(&e),
    }
}

async fn play(runner: &Runner, unit: steps::UnitUnderTest, door: Option<Door>) -> Result<(), String> {
    let mut playground = runner.playground(unit).await?;
    let web = SocketAddr::new(playground.phone().map_err(|e| e.to_string())?, 80);
    let page = match door {
        Some(door) => offer(door, playground.net(), web).map_err(|e| format!("the page cannot be offered: {e}"))?,
        None => "not offered".into(),
    };
    crate::say(&format!(
        "{}  page        {page}\n  evidence    {}\n\n{}\n",
        playground.describe(),
        runner.folder.path().display(),
        steps::playground::HELP
    ));
    let mut typed = typed_lines();
    loop {
        crate::say("> ");
        let line = tokio::select! {
            line = typed.recv() => line,
            _ = tokio::signal::ctrl_c() => None,
        };
        let Some(line) = line else {
            // Without a terminal there is nobody to type; the bench stays until it is told to end.
            if !std::io::stdin().is_terminal() {
                let _ = tokio::signal::ctrl_c().await;
            }
            break;
        };
        match playground.obey(&line).await {
            Some(answer) => crate::say(&answer),
            None => break,
        }
    }
    playground.close().await.map_err(|e| e.to_string())
}

/// What a person types, line by line. Standard input cannot be waited for, so a thread of its own reads it.
fn typed_lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Carries visitors of the loopback to the phone's page, and says where the page is.
fn offer(door: Door, net: bench::Net, web: SocketAddr) -> io::Result<String> {
    let address = door.0.local_addr()?;
    door.0.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(door.0)?;
    tokio::spawn(async move {
        while let Ok((mut visitor, _)) = listener.accept().await {
            let net = net.clone();
            tokio::spawn(async move {
                if let Ok(mut phone) = net.tcp_connect(bench::plan::OPERATOR.ip(), web).await {
                    let _ = copy_bidirectional(&mut visitor, &mut phone).await;
                }
            });
        }
    });
    Ok(format!("http://{address}/admin/advanced"))
}
