//! TLS on a connection, with keys for it.

use super::bench::Bench;
use super::questions::ask_everything;
use crate::messages;
use evidence::tls::HandshakeKind;
use evidence::{Capture, TlsConnection, TlsSide, print};

/// The port where the key log names none.
const SIPS: u16 = 5061;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// A key log, then segments of a connection. The log may begin with `# ` and the number of the connection's port. Keys in time and keys that
/// come late give the same facts, save where a side says hello again: that is read at once when it comes in clear, before older records for
/// which keys are yet to come.
pub fn tls(input: &[u8]) {
    let segments = messages(input);
    let Some((keys, segments)) = segments.split_first() else { return };
    let keys = String::from_utf8_lossy(keys);
    let port = keys.strip_prefix("# ").and_then(|rest| rest.lines().next()?.parse().ok()).unwrap_or(SIPS);
    let talk = |keys: &str| {
        let mut bench = Bench::default();
        bench.capture.add_keys(keys);
        bench.open(port);
        bench.segments(segments, port);
        bench.capture.finish();
        bench.capture
    };
    let (mut early, mut late) = (talk(&keys), talk(""));
    let sealed = plain(&late);
    late.add_keys(&keys);
    if one_hello_each(&early) && one_hello_each(&late) {
        assert_eq!(told(&early), told(&late), "keys in time, and keys that come late");
    }
    // What was opened is not taken back when a key log is given again.
    let opened = plain(&early);
    early.add_keys(&keys);
    assert!(opened.iter().zip(plain(&early)).all(|(before, after)| after.starts_with(before)));
    assert!(sealed.iter().zip(plain(&late)).all(|(before, after)| after.starts_with(before)));
    ask_everything(&mut early);
    ask_everything(&mut late);
}

/// What each side said under TLS, as far as it can be read.
fn plain(capture: &Capture) -> Vec<Vec<u8>> {
    let sides = [TlsSide::Client, TlsSide::Server];
    capture.tls().iter().flat_map(|tls| sides.map(|side| tls.plaintext(side).to_vec())).collect()
}

fn one_hello_each(capture: &Capture) -> bool {
    let hellos = |tls: &TlsConnection, kind| {
        let kinds = tls.messages().iter().filter_map(|message| message.body.handshake_kind());
        kinds.filter(|HandshakeKind(found)| *found == kind).count()
    };
    capture.tls().iter().all(|tls| hellos(tls, CLIENT_HELLO) <= 1 && hellos(tls, SERVER_HELLO) <= 1)
}

/// Everything that was read, as text, without the order in which faults were found.
fn told(capture: &Capture) -> String {
    let mut json = print::json(capture);
    for list in ["unreliable", "wrong"] {
        if let Some(faults) = json[list].as_array_mut() {
            faults.sort_by_key(|fault| fault.to_string());
        }
    }
    json.to_string()
}
