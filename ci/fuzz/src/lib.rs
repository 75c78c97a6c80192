//! What the fuzz targets do with an input. Each function here is one target of `targets/`: octets go in where a peer's would, and everything
//! that can be asked of what came out is asked. A panic, a hang and memory without end are findings.
//!
//! An input may be several messages in a row, with [`CUT`] between them. An empty one stands for time that passes. Where a message must
//! carry an identifier that the other side chose at random, zeros stand for the right one, so that inputs get past that check or not.

pub mod harness;
pub mod oracle;
pub mod phone;
pub mod servers;

/// Between two messages of one input. It is printable, for seeds that are text.
pub const CUT: &[u8] = b"\n%%\n";
/// Messages of one input; more add time and find nothing.
const MOST_MESSAGES: usize = 16;
/// A machine that wants to say more than this to one message runs in circles.
const MOST_OUTPUTS: usize = 10_000;

/// The messages of an input.
pub fn messages(mut input: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while found.len() < MOST_MESSAGES - 1
        && let Some(at) = input.windows(CUT.len()).position(|window| window == CUT)
    {
        found.push(&input[..at]);
        input = &input[at + CUT.len()..];
    }
    found.push(input);
    found
}

/// Writes `right` into a message where it has zeros.
fn fill_in(message: &mut [u8], at: usize, right: &[u8]) {
    if let Some(field) = message.get_mut(at..at + right.len())
        && field.iter().all(|octet| *octet == 0)
    {
        field.copy_from_slice(right);
    }
}

/// Counts what a machine wants, and ends the run when it does not stop.
struct Patience(usize);

impl Patience {
    fn new() -> Self {
        Patience(MOST_OUTPUTS)
    }

    fn spend(&mut self) {
        self.0 = self.0.checked_sub(1).expect("the machine runs in circles");
    }
}
