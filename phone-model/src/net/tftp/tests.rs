#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::time::Duration;
use proptest::prelude::*;

const PATIENCE: Patience = Patience { interval: Duration::from_secs(4), tries: 4 };

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 13], port))
}

fn stranger() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 20], 3000))
}

/// A download under literal times.
struct Line(Download);

impl Line {
    fn new(defects: &[Defect]) -> Self {
        let defects = Defects::of(defects.iter().copied());
        Line(Download::new(at(69), "/a.xml", 5000, PATIENCE, defects, Instant::ZERO))
    }

    /// Everything that is wanted now: `port< octets` for what is sent.
    fn drain(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            match self.0.poll() {
                Output::Send { to, bytes } => {
                    told.push(format!("{}< {}", to.port(), bytes.escape_ascii()));
                }
                Output::Done(Ok(body)) => told.push(format!("file of {}", body.len())),
                Output::Done(Err(failure)) => told.push(format!("failed: {failure}")),
                Output::Wait(_) => return told,
                Output::Closed => {
                    told.push("closed".into());
                    return told;
                }
            }
        }
    }

    fn hears(&mut self, from: SocketAddr, bytes: &[u8], seconds: u64) -> Vec<String> {
        self.0.handle(Input::Datagram { from, bytes }, Instant::from_secs(seconds));
        self.drain()
    }

    fn wakes(&mut self, seconds: u64) -> Vec<String> {
        self.0.handle(Input::Wake, Instant::from_secs(seconds));
        self.drain()
    }
}

fn data(block: u16, length: usize) -> Vec<u8> {
    [&[0, 3][..], &block.to_be_bytes(), &vec![b'x'; length]].concat()
}

const REQUEST: &str = r"69< \x00\x01/a.xml\x00octet\x00blksize\x001428\x00tsize\x000\x00";
const OACK: &[u8] = b"\0\x06blksize\x001428\0tsize\x002000\0";

#[test]
fn a_file_comes_in_blocks_of_the_agreed_size() {
    let mut line = Line::new(&[]);
    assert_eq!(line.drain(), [REQUEST]);
    assert_eq!(line.hears(at(2000), OACK, 1), [r"2000< \x00\x04\x00\x00"]);
    assert_eq!(line.hears(at(2000), &data(1, 1428), 1), [r"2000< \x00\x04\x00\x01"]);
    assert_eq!(line.hears(at(2000), &data(2, 572), 1), [r"2000< \x00\x04\x00\x02", "file of 2000"]);
    assert_eq!(line.hears(at(2000), &data(2, 572), 2), [r"2000< \x00\x04\x00\x02"], "its acknowledgement was lost");
    assert!(line.wakes(4).is_empty());
    assert_eq!(line.wakes(5), ["closed"]);
}

#[test]
fn a_server_that_knows_no_options_sends_blocks_of_512() {
    let mut line = Line::new(&[]);
    line.drain();
    assert_eq!(line.hears(at(2000), &data(1, 512), 0), [r"2000< \x00\x04\x00\x01"]);
    assert_eq!(line.hears(at(2000), &data(2, 0), 0), [r"2000< \x00\x04\x00\x02", "file of 512"]);
}

#[test]
fn refused_options_are_left_out() {
    let mut line = Line::new(&[]);
    line.drain();
    assert_eq!(line.hears(at(2000), b"\0\x05\0\x08no\0", 0), [r"69< \x00\x01/a.xml\x00octet\x00"]);
    assert_eq!(line.hears(at(2001), b"\0\x05\0\x08no\0", 0), ["failed: TFTP error 8 no", "closed"]);
}

#[test]
fn a_silent_server_is_asked_four_times_at_intervals_of_four_seconds() {
    let mut line = Line::new(&[]);
    assert_eq!(line.drain(), [REQUEST]);
    for seconds in [4, 8, 12] {
        assert!(line.wakes(seconds - 1).is_empty());
        assert_eq!(line.wakes(seconds), [REQUEST]);
        assert!(line.wakes(seconds).is_empty(), "woken twice");
    }
    assert_eq!(line.wakes(16), ["failed: no answer from the TFTP server", "closed"]);
    let mut defective = Line::new(&[Defect::TftpNeverRetransmits]);
    defective.drain();
    assert_eq!(defective.wakes(4), ["failed: no answer from the TFTP server", "closed"]);
}

#[test]
fn lost_and_duplicate_blocks_do_no_harm() {
    let mut line = Line::new(&[]);
    line.drain();
    line.hears(at(2000), &data(1, 512), 0);
    assert_eq!(line.wakes(4), [r"2000< \x00\x04\x00\x01"], "block 2 is late");
    assert_eq!(line.hears(at(2000), &data(1, 512), 5), [r"2000< \x00\x04\x00\x01"], "block 1 came twice");
    assert!(line.hears(at(2000), &data(3, 512), 5).is_empty(), "block 3 before block 2");
    assert_eq!(line.hears(at(2000), &data(2, 1), 6), [r"2000< \x00\x04\x00\x02", "file of 513"]);
}

#[test]
fn a_server_that_stops_in_the_middle_is_given_up() {
    let mut line = Line::new(&[]);
    line.drain();
    line.hears(at(2000), &data(1, 512), 0);
    for seconds in [4, 8, 12] {
        assert_eq!(line.wakes(seconds).len(), 1);
    }
    assert_eq!(line.wakes(16), ["failed: TFTP transfer broke off", "closed"]);
}

#[test]
fn another_transfer_identifier_gets_error_5_and_nothing_more() {
    let mut line = Line::new(&[]);
    line.drain();
    let refused = r"< \x00\x05\x00\x05Unknown transfer ID\x00";
    assert_eq!(line.hears(stranger(), &data(1, 512), 0), [format!("3000{refused}")]);
    line.hears(at(2000), &data(1, 512), 0);
    assert_eq!(line.hears(at(2001), &data(2, 5), 0), [format!("2001{refused}")]);
    assert!(line.hears(at(2001), b"\0\x05\0\0no\0", 0).is_empty(), "an error of a stranger");
    assert_eq!(line.hears(at(2000), &data(2, 5), 0).last().unwrap(), "file of 517");
    let mut defective = Line::new(&[Defect::TftpAcceptsWrongTid]);
    defective.drain();
    defective.hears(at(2000), &data(1, 512), 0);
    assert_eq!(defective.hears(at(2001), &data(2, 5), 0).last().unwrap(), "file of 517");
}

#[test]
fn errors_of_the_server_end_it() {
    for (bytes, told) in [
        (&b"\0\x05\0\x01none\0"[..], "failed: File not found"),
        (b"\0\x05\0\x02\xff\n\0", "failed: TFTP error 2   "),
        (b"\0\x05\0\x00", "failed: TFTP error 0 "),
    ] {
        let mut line = Line::new(&[]);
        line.drain();
        assert_eq!(line.hears(at(2000), bytes, 0), [told, "closed"]);
    }
}

#[test]
fn a_server_that_takes_more_than_was_offered_is_refused() {
    for (bytes, code) in [
        (&b"\0\x06blksize\x001429\0"[..], 8),
        (b"\0\x06blksize\x007\0", 8),
        (b"\0\x06windowsize\x004\0", 8),
        (b"\0\x06tsize\x005001\0", 3),
        (&data(1, 513), 4),
    ] {
        let mut line = Line::new(&[]);
        line.drain();
        let told = line.hears(at(2000), bytes, 0);
        assert!(told[0].starts_with(&format!(r"2000< \x00\x05\x00\x0{code}")) && told[2] == "closed", "{told:?}");
    }
}

#[test]
fn a_file_without_end_is_cut() {
    let mut line = Line::new(&[]);
    line.drain();
    for block in 1..=9 {
        assert_eq!(line.hears(at(2000), &data(block, 512), 0).len(), 1);
    }
    assert_eq!(line.hears(at(2000), &data(10, 512), 0)[1], "failed: file too large");
}

#[test]
fn the_options_are_acknowledged_again_when_that_was_lost() {
    let mut line = Line::new(&[]);
    line.drain();
    line.hears(at(2000), OACK, 0);
    assert_eq!(line.hears(at(2000), OACK, 1), [r"2000< \x00\x04\x00\x00"]);
    assert!(line.hears(at(2000), &data(0, 5), 1).is_empty());
}

proptest! {
    #[test]
    fn no_datagrams_make_it_panic_or_hang(datagrams in proptest::collection::vec(
        (any::<bool>(), prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            (0u16..8, 0usize..1500).prop_map(|(block, length)| data(block, length)),
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(|rest| [&[0, 6][..], &rest].concat()),
        ]), 0..30)) {
        let mut line = Line::new(&[]);
        line.drain();
        for (index, (own, bytes)) in datagrams.iter().enumerate() {
            let from = if *own { at(2000) } else { stranger() };
            prop_assert!(line.hears(from, bytes, index as u64).len() <= 3);
        }
        for round in 1..10 {
            line.wakes(100 * round);
        }
        prop_assert_eq!(line.drain(), ["closed"]);
    }
}
