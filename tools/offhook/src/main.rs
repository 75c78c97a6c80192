//! The one binary. One decision: nothing here judges or knows a protocol; each command picks from the crates what it needs and prints.

mod cli;
mod evidence;
mod features;
mod listing;
mod open_bench;
mod prove;
mod run;
mod runner;

use clap::Parser as _;
use cli::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Before any thread exists: what needs a bench goes where benches can be built.
    let door = match &cli.command {
        Command::Bench(args) => match open_bench::Door::open(args.web) {
            Ok(door) => Some(door),
            Err(e) => {
                return told(&format!(
                    "the page cannot be offered at 127.0.0.1:{}: {e}; choose another port with --web",
                    args.web
                ));
            }
        },
        _ => None,
    };
    if cli.command.needs_bench()
        && let Err(refused) = bench::enter(std::env::args_os())
    {
        return told(&refused.to_string());
    }
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Prove(args) => prove::prove(&args),
        Command::List(args) => listing::list(&args),
        Command::Steps => listing::steps(),
        Command::Coverage => listing::coverage(),
        Command::Phone(args) => phone_model::command::run(&args),
        Command::Bench(args) => open_bench::bench(&args, door),
        Command::Evidence(args) => evidence::evidence(&args),
    }
}

/// Says what the bench could not do; the exit status says that it was the bench.
pub(crate) fn told(message: &str) -> ExitCode {
    say_wrong(message);
    ExitCode::from(bench::Refused::EXIT_STATUS)
}

/// Writes to standard output; a reader that went away is no fault.
pub(crate) fn say(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Writes to standard error.
pub(crate) fn say_wrong(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "offhook: {text}");
}

/// Wrong use.
pub(crate) fn wrong_use(message: &str) -> ExitCode {
    say_wrong(message);
    ExitCode::from(2)
}
