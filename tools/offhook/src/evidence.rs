//! `offhook evidence`.

use crate::cli::EvidenceArgs;
use evidence::Capture;
use evidence::print::Names;
use std::process::ExitCode;

/// Shows what a capture tells.
pub(crate) fn evidence(args: &EvidenceArgs) -> ExitCode {
    let keys = match args.keys.as_ref().map(std::fs::read_to_string).transpose() {
        Ok(keys) => keys.unwrap_or_default(),
        Err(e) => return crate::wrong_use(&format!("key log: {e}")),
    };
    let capture = match Capture::read_with_keys(&args.file, &keys) {
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
    } else if args.tls {
        evidence::print::tls(&capture, &Names::none())
    } else if args.ldap {
        evidence::print::ldap(&capture, &Names::none())
    } else {
        whole(&capture)
    };
    crate::say(&text);
    ExitCode::SUCCESS
}

/// The ladder, then what there is of TLS and LDAP, then the counts.
fn whole(capture: &Capture) -> String {
    let names = Names::none();
    let mut parts = vec![evidence::print::ladder(capture, &names)];
    if !capture.tls().is_empty() {
        parts.push(evidence::print::tls(capture, &names));
    }
    if !capture.ldap().is_empty() {
        parts.push(evidence::print::ldap(capture, &names));
    }
    parts.push(evidence::print::summary(capture));
    parts.join("\n")
}
