//! Peers that send anything in any order: the layer stays whole, stays bounded, and forgets everything in the end.

use super::*;
use proptest::prelude::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A request with this method and one of a few branches.
    Request(usize, u8),
    /// The peer answers what we sent last, whatever it is.
    Answer(u16),
    /// The last message again, one octet changed.
    Mutated(prop::sample::Index, u8),
    /// The user agent answers an earlier request.
    Respond(prop::sample::Index, u16),
    /// The user agent sends.
    Send(bool),
    Cancel(prop::sample::Index),
    Wait(u16),
    Accept,
    Stream(prop::sample::Index, usize),
    Closed(prop::sample::Index),
    Unreachable,
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..METHODS.len(), 0_u8..4).prop_map(|(method, branch)| Step::Request(method, branch)),
        3 => (100_u16..700).prop_map(Step::Answer),
        1 => (index(), any::<u8>()).prop_map(|(at, byte)| Step::Mutated(at, byte)),
        3 => (index(), 100_u16..700).prop_map(|(which, code)| Step::Respond(which, code)),
        2 => any::<bool>().prop_map(Step::Send),
        1 => index().prop_map(Step::Cancel),
        2 => (0_u16..9_000).prop_map(Step::Wait),
        1 => Just(Step::Accept),
        1 => (index(), 0..METHODS.len()).prop_map(|(conn, method)| Step::Stream(conn, method)),
        1 => index().prop_map(Step::Closed),
        1 => Just(Step::Unreachable),
    ]
}

const METHODS: [&str; 6] = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "NEW"];

fn transactions(line: &Line) -> Vec<(TxnId, Message)> {
    let requests = line.events().into_iter().filter_map(|(_, event)| match event {
        Event::Request { txn, message, .. } | Event::Cancel { txn, message, .. } => Some((*txn, message.clone())),
        _ => None,
    });
    requests.collect()
}

fn connections(line: &Line) -> Vec<ConnId> {
    line.layer.connections.keys().copied().collect()
}

fn happen(line: &mut Line, step: Step) {
    let last = line.octets().last().map(|(_, bytes)| bytes.to_vec()).unwrap_or_default();
    match step {
        Step::Request(method, branch) => drop(line.receives(theirs(METHODS[method], &format!("z9hG4bKb{branch}")))),
        Step::Answer(code) => {
            if let Ok(message) = Message::from_datagram(&last) {
                line.receives(answer(&message, code));
            }
        }
        Step::Mutated(at, byte) => {
            let mut bytes = last;
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            line.receives(bytes);
        }
        Step::Respond(which, code) => {
            let known = transactions(line);
            if !known.is_empty() {
                let (txn, request) = which.get(&known);
                line.responds(*txn, request.reply(code, "me"));
            }
        }
        Step::Send(tcp) => {
            let transport = if tcp { Transport::Tcp } else { Transport::Udp };
            line.sends(ours(if tcp { Method::Register } else { Method::Invite }), transport);
        }
        Step::Cancel(which) => {
            let mut clients: Vec<TxnId> = line.layer.clients.keys().copied().collect();
            clients.sort_unstable();
            if !clients.is_empty() {
                line.layer.cancel(*which.get(&clients), line.instant());
            }
        }
        Step::Wait(ms) => drop(line.until(line.now + u64::from(ms))),
        Step::Accept => {
            line.layer.accept(OURS.parse().unwrap(), "192.0.2.10:40000".parse().unwrap(), line.instant());
        }
        Step::Stream(which, method) => {
            let (open, now) = (connections(line), line.instant());
            if !open.is_empty() {
                let bytes = theirs(METHODS[method], "z9hG4bKtcp");
                line.layer.connected(*which.get(&open), now);
                line.layer.stream(*which.get(&open), bytes.as_bytes(), &mut |_: &Arrival<'_>| true, now);
            }
        }
        Step::Closed(which) => {
            let open = connections(line);
            if !open.is_empty() {
                line.layer.closed(*which.get(&open), line.instant());
            }
        }
        Step::Unreachable => line.layer.unreachable(OURS.parse().unwrap(), PEER.parse().unwrap()),
    }
    line.until(line.now);
}

/// Every table names exactly the transactions that live.
fn is_whole(layer: &Layer) -> bool {
    let keys = layer.server_keys.len() == layer.servers.len() && layer.client_keys.len() == layer.clients.len();
    let known = |txn: &TxnId| layer.servers.contains_key(txn) || layer.clients.contains_key(txn);
    let deadlines = layer.deadlines.iter().all(|(_, txn)| known(txn));
    let merged = layer.merge_keys.values().all(|txn| layer.servers.contains_key(txn));
    let once = layer.deadlines.len() <= layer.servers.len() + layer.clients.len();
    keys && deadlines && merged && once && layer.connections.len() <= MAX_CONNECTIONS
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_layer_stays_whole_and_forgets_it(steps in proptest::collection::vec(step(), 1..60)) {
        let mut line = Line::with(Timers::default());
        for step in steps {
            happen(&mut line, step);
            prop_assert!(is_whole(&line.layer));
        }
        // What the user agent owes: an answer to each request, a CANCEL for each INVITE that only rings.
        for (txn, request) in transactions(&line) {
            line.responds(txn, request.reply(486, "me"));
        }
        let clients: Vec<TxnId> = line.layer.clients.keys().copied().collect();
        for txn in clients {
            line.layer.cancel(txn, line.instant());
        }
        line.until(line.now + 100_000);
        prop_assert!(line.layer.servers.is_empty() && line.layer.clients.is_empty());
        prop_assert!(line.layer.server_keys.is_empty() && line.layer.client_keys.is_empty());
        prop_assert!(line.layer.deadlines.is_empty() && line.layer.merge_keys.is_empty());
    }
}
