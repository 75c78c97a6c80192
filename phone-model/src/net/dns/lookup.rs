//! One look-up: which names are asked for, whom, and in which order.

use super::Config;
use crate::time::{Duration, Instant};
use crate::ua::{NotResolved, Query, RecordKind, Records};
use hickory_proto::rr::{Name, RecordType};
use std::collections::VecDeque;
use std::net::IpAddr;

/// How long each round waits for an answer.
pub(super) const ROUNDS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Lifetime of an address that needs no look-up.
const LITERAL_TTL: Duration = Duration::from_secs(86_400);

/// A look-up that goes on.
#[derive(Debug)]
pub(super) struct Lookup {
    pub(super) kind: RecordType,
    /// The name that is asked for now.
    pub(super) name: Name,
    /// Names still to try when this one does not exist.
    pub(super) candidates: VecDeque<Name>,
    /// Names that aliases have led over.
    pub(super) aliases: u8,
    /// Smallest lifetime of those aliases.
    pub(super) alias_ttl: Duration,
    /// Servers still to ask, in groups that are asked at once, each with its round.
    pub(super) plan: VecDeque<(usize, Vec<IpAddr>)>,
    /// Servers that answered with an error.
    pub(super) broken: Vec<IpAddr>,
    pub(super) open: Vec<Question>,
    pub(super) deadline: Instant,
}

/// A question that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) number: u32,
    pub(super) id: u16,
    pub(super) server: IpAddr,
    pub(super) stream: bool,
}

/// Whom to ask in which round: one server after the other, or all at once.
pub(super) fn plan(config: &Config) -> VecDeque<(usize, Vec<IpAddr>)> {
    let servers = &config.servers;
    (0..ROUNDS.len())
        .flat_map(|round| {
            let groups: Vec<Vec<IpAddr>> = if config.parallel {
                vec![servers.clone()]
            } else {
                servers.iter().map(|server| vec![*server]).collect()
            };
            groups.into_iter().map(move |group| (round, group))
        })
        .collect()
}

/// The answer for a name that is an address.
pub(super) fn literal(query: &Query) -> Option<Result<Records, NotResolved>> {
    let address: IpAddr = query.name.parse().ok()?;
    let wanted = matches!((query.kind, address), (RecordKind::A, IpAddr::V4(_)) | (RecordKind::Aaaa, IpAddr::V6(_)));
    Some(if wanted {
        Ok(Records { addresses: vec![address], ttl: LITERAL_TTL, ..Records::default() })
    } else {
        Err(NotResolved::Nothing { ttl: LITERAL_TTL })
    })
}

/// The absolute names to try for a name as it was set. A dot makes it absolute.
pub(super) fn candidates(name: &str, search: Option<&str>) -> VecDeque<Name> {
    let absolute = |text: String| {
        let mut name = Name::from_ascii(text).ok()?;
        name.set_fqdn(true);
        (name.num_labels() > 0).then_some(name)
    };
    let plain = name.strip_suffix('.').unwrap_or(name);
    let searched = search.filter(|_| !name.contains('.') && !plain.is_empty());
    let with_search = searched.and_then(|search| absolute(format!("{plain}.{}", search.trim_matches('.'))));
    with_search.into_iter().chain(absolute(plain.to_owned())).collect()
}
