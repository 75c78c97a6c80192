//! The software phone alone, for a person who wants to try it: `cargo run -p phone-model --example phone -- --interface eth0`. With
//! `--set NAME=VALUE` it is switched on with these settings in its flash, as in `--set Enable_Protocol=Https`.

use clap::Parser;
use phone_model::command::{Args, run};
use phone_model::defects::Defects;
use phone_model::profile::{Profile, Unknown};
use phone_model::settings::Store;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::process::ExitCode;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
    /// Parameter and value to keep before it is switched on, by the name that profiles use; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match keep(&cli) {
        Ok(()) => run(&cli.args),
        Err(error) => {
            let _ = writeln!(io::stderr(), "phone: {error}");
            ExitCode::FAILURE
        }
    }
}

fn keep(cli: &Cli) -> io::Result<()> {
    let mut values = BTreeMap::new();
    for pair in &cli.set {
        let (name, value) = pair.split_once('=').ok_or_else(|| io::Error::other(format!("`{pair}` has no `=`")))?;
        values.insert(name.to_owned(), value.to_owned());
    }
    let profile = Profile { model: cli.args.model, release: cli.args.release, unknown: Unknown::default() };
    let store = Store::open(&cli.args.flash, &profile, Defects::NONE)?;
    store.change(values).map(drop).map_err(io::Error::other)
}
