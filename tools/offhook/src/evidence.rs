//! `offhook evidence`.

use crate::cli::EvidenceArgs;
use evidence::Capture;
use evidence::print::Names;
use std::process::ExitCode;

/// Shows what a capture tells.
pub(crate) fn evidence(args: &EvidenceArgs) -> ExitCode {
    let capture = match Capture::read(&args.file) {
        Ok(capture) => capture,
        Err(e) => return crate::wrong_use(&format!("{}: {e}", args.file.display())),
    };
    let text = if args.json {
        format!("{:#}\n", evidence::print::json(&capture))
    } else if args.summary {
        evidence::print::summary(&capture)
    } else if args.messages {
        evidence::print::messages(&capture)
    } else if args.leases {
        evidence::print::leases(&capture, &Names::none())
    } else {
        format!("{}\n{}", evidence::print::ladder(&capture, &Names::none()), evidence::print::summary(&capture))
    };
    crate::say(&text);
    ExitCode::SUCCESS
}
