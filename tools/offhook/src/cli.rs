//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Conformance suite and hardware-in-the-loop harness for the security features of the Cisco IP Phone 7800 Series Multiplatform Phones.
#[derive(Debug, Parser)]
#[command(
    name = "offhook",
    version,
    after_help = "\
Exit status: 0 all applicable scenarios passed; 1 a phone failed; 2 wrong use; 3 the bench could not do its work."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs features against phones and reports
    Run(RunArgs),
    /// Proves the suite: runs it clean and once with each known wrong behaviour, and prints what noticed which
    Prove(ProveArgs),
    /// Lists scenarios
    List(Selected),
    /// Lists the phrases that features may use, with their documentation
    Steps,
    /// Shows which requirement is tested by what
    Coverage,
    /// Sets up a bench to play with: a phone, its servers, its page
    Bench(BenchArgs),
    /// Runs the software phone alone
    Phone(phone_model::command::Args),
    /// Shows what a capture tells: ladder, leases, counts
    Evidence(EvidenceArgs),
}

impl Command {
    /// Whether it must run where network namespaces can be made.
    pub(crate) fn needs_bench(&self) -> bool {
        matches!(self, Command::Run(_) | Command::Prove(_) | Command::Bench(_))
    }
}

/// Which scenarios.
#[derive(Debug, Clone, Args)]
pub(crate) struct Selected {
    /// Feature files or folders
    #[arg(value_name = "FEATURE", default_value = "features")]
    pub(crate) features: Vec<PathBuf>,
    /// Tag expression, as in '@req:doc/domains/silence or @req:doc/domains/served'
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) tags: Option<String>,
    /// Part of a scenario's name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) selected: Selected,
    /// Unit to run against: 7811, 7821, 7841 or 7861 (7851 is the document's name for it); may be repeated; all four by default
    #[arg(long = "unit", value_name = "MODEL")]
    pub(crate) units: Vec<String>,
    /// Firmware release that emulated phones behave as
    #[arg(long, default_value = "11.2.3")]
    pub(crate) release: String,
    /// Known wrong behaviour to switch on in emulated phones (offhook phone --defects lists them)
    #[arg(long, value_name = "NAME")]
    pub(crate) defect: Option<String>,
    #[command(flatten)]
    pub(crate) how: How,
    /// Runs everything so many times
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
    /// Starts no further scenario after the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// A line for every scenario
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// How to run.
#[derive(Debug, Clone, Args)]
pub(crate) struct How {
    /// Benches at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// Folder for evidence and report; runs/<time> by default
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Longest step, seconds
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pub(crate) step_limit: u64,
    /// Longest scenario, seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    pub(crate) scenario_limit: u64,
    /// Frames that each tap keeps while the suite is late for them: less on a machine with little memory, and in tests of what happens when
    /// it is too little
    #[arg(long, value_name = "FRAMES", hide = true)]
    pub(crate) tap_room: Option<u32>,
    /// Seed of the emulated phones' chance, to run the same again; the journal of a run has it
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    pub(crate) selected: Selected,
    /// Prove only with this wrong behaviour; may be repeated
    #[arg(long = "defect", value_name = "NAME")]
    pub(crate) defects: Vec<String>,
    /// Runs the whole suite with each wrong behaviour, not only the rules that claim to notice it (@detects:); takes long
    #[arg(long)]
    pub(crate) whole: bool,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Model of the phone
    #[arg(long, default_value = "7841", value_name = "MODEL")]
    pub(crate) unit: String,
    /// Firmware release that the phone behaves as
    #[arg(long, default_value = "11.2.3")]
    pub(crate) release: String,
    /// Port on this machine's loopback at which the phone's page is offered; 0 takes any free one
    #[arg(long, default_value_t = 8078)]
    pub(crate) web: u16,
    /// Folder for the capture and the phone's flash; runs/<time> by default
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// A capture: pcap or pcapng
    pub(crate) file: PathBuf,
    /// Key log (as SSLKEYLOGFILE has it) to decrypt TLS with, besides the keys that the capture itself holds
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Everything that was read, as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Only counts for each protocol
    #[arg(long, conflicts_with = "json")]
    pub(crate) summary: bool,
    /// Only DHCP leases
    #[arg(long, conflicts_with_all = ["json", "summary"])]
    pub(crate) leases: bool,
    /// Each message in a line with its type and options, as another reader's fields are laid out, to hold the two against each other
    #[arg(long, conflicts_with_all = ["json", "summary", "leases"])]
    pub(crate) messages: bool,
    /// Only TLS connections: what was offered, agreed, shown and carried, and how each ended
    #[arg(long, conflicts_with_all = ["json", "summary", "leases", "messages"])]
    pub(crate) tls: bool,
    /// Only LDAP dialogues
    #[arg(long, conflicts_with_all = ["json", "summary", "leases", "messages", "tls"])]
    pub(crate) ldap: bool,
}
