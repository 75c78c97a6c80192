//! The software phone alone, for a person who wants to try it: `cargo run -p phone-model --example phone -- --interface eth0`.

use clap::Parser;
use phone_model::command::{Args, run};
use std::process::ExitCode;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    run(&Cli::parse().args)
}
