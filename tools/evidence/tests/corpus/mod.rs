//! Where the shared captures are: `OFFHOOK_CAPTURES`, or beside the workspace. Tests that need them are skipped by name when they are absent.

use std::path::{Path, PathBuf};

/// The folder, if it is there.
pub(crate) fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("OFFHOOK_CAPTURES").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    // A worktree lies one level deeper.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/captures");
    named.into_iter().chain([beside, above]).find(|folder| folder.join("expected.json").is_file())
}

/// Say that a test is skipped, and why.
pub(crate) fn skip(test: &str) {
    println!("skipped: {test}: no captures; set OFFHOOK_CAPTURES to their folder");
}

/// Every capture file, sorted: name relative to the folder, octets.
#[allow(dead_code, reason = "not every test that finds the folder reads all of it")]
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for part in ["tcpdump", "live"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("the folder has its parts") {
            let path = entry.expect("an entry of the folder").path();
            if matches!(path.extension().and_then(|e| e.to_str()), Some("pcap" | "pcapng" | "gz")) {
                let name = format!("{part}/{}", path.file_name().expect("a file has a name").to_string_lossy());
                files.push((name, std::fs::read(&path).expect("the file can be read")));
            }
        }
    }
    files.sort();
    files
}
