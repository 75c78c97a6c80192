//! The resolver: A, AAAA and SRV look-ups at the phone's name servers (RFC 1035 §7), with time-outs, cache and search domain.
//!
//! A look-up puts one question at a time, to one server after the other, or to all at once when `DNS Query Mode` is Parallel. Each
//! question travels in an [`Output::Ask`] of its own with a fresh random id; the shell gives each a fresh random port (RFC 5452 §9.2).
//! Whatever does not answer exactly that question is as if it had not come.
//!
//! Our readings where the RFCs are silent: three rounds of 1, 2 and 4 s; a server that answers with an error is not asked again in the
//! same look-up; an alias may lead over eight names.

mod cache;
mod reply;
#[cfg(test)]
mod tests;

use crate::random::Random;
use crate::time::{Duration, Instant};
use crate::ua::{NotResolved, Query, RecordKind, Records};
use cache::Cache;
use hickory_proto::op::{Message, MessageType, OpCode};
use hickory_proto::rr::{Name, RecordType};
use reply::Verdict;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// How long each round waits for an answer.
const ROUNDS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// Aliases followed in one look-up.
const LONGEST_ALIAS_CHAIN: u8 = 8;
/// Look-ups at one time; a phone with a long list of names needs a few dozen.
const MOST_LOOKUPS: usize = 256;
/// Lifetime of an address that needs no look-up.
const LITERAL_TTL: Duration = Duration::from_secs(86_400);

/// Whom and how to ask.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Name servers, best first.
    pub servers: Vec<IpAddr>,
    /// Put behind names without a dot.
    pub search: Option<String>,
    /// `DNS Caching Enable`.
    pub caching: bool,
    /// `DNS Query Mode` is Parallel.
    pub parallel: bool,
}

/// What happens to the resolver.
#[derive(Debug)]
pub enum Input<'a> {
    /// Look this up. Asking again for what is being looked up changes nothing.
    Resolve(Query),
    /// A message came for this question, from where the question went.
    Reply {
        /// Number of the question.
        question: u32,
        /// The message.
        message: &'a [u8],
    },
    /// The question cannot be answered: port unreachable, connection refused or broken.
    Unreachable {
        /// Number of the question.
        question: u32,
    },
    /// Time has passed.
    Wake,
}

/// What the resolver wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Put a question.
    Ask {
        /// Its number.
        question: u32,
        /// Whom.
        server: IpAddr,
        /// Over TCP (RFC 7766), because the answer did not fit a datagram.
        stream: bool,
        /// What.
        message: Vec<u8>,
    },
    /// Wait no longer for an answer to this question.
    Forget {
        /// Its number.
        question: u32,
    },
    /// A look-up ended.
    Answer(Query, Result<Records, NotResolved>),
    /// Nothing more until this instant, or until an input when `None`.
    Wait(Option<Instant>),
}

/// The resolver.
#[derive(Debug)]
pub struct Resolver {
    config: Config,
    random: Random,
    cache: Cache,
    lookups: BTreeMap<Query, Lookup>,
    last_question: u32,
    outputs: VecDeque<Output>,
}

/// A look-up that goes on.
#[derive(Debug)]
struct Lookup {
    kind: RecordType,
    /// The name that is asked for now.
    name: Name,
    /// Names still to try when this one does not exist.
    candidates: VecDeque<Name>,
    /// Names that aliases have led over.
    aliases: u8,
    /// Smallest lifetime of those aliases.
    alias_ttl: Duration,
    /// Servers still to ask, in groups that are asked at once, each with its round.
    plan: VecDeque<(usize, Vec<IpAddr>)>,
    /// Servers that answered with an error.
    broken: Vec<IpAddr>,
    open: Vec<Question>,
    deadline: Instant,
}

/// A question that waits for its answer.
#[derive(Debug, Clone, Copy)]
struct Question {
    number: u32,
    id: u16,
    server: IpAddr,
    stream: bool,
}

impl Resolver {
    /// A resolver that knows nothing yet.
    pub fn new(config: Config, random: Random) -> Self {
        Resolver {
            config,
            random,
            cache: Cache::default(),
            lookups: BTreeMap::new(),
            last_question: 0,
            outputs: VecDeque::new(),
        }
    }

    /// Asks otherwise from now on. What is known from servers that are no longer asked is forgotten.
    pub fn configure(&mut self, config: Config) {
        self.cache = Cache::default();
        self.config = config;
    }

    /// Takes an input. Bytes of others never fail the call.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        match input {
            Input::Resolve(query) => self.resolve(query, now),
            Input::Reply { question, message } => self.reply(question, message, now),
            Input::Unreachable { question } => {
                if let Some((query, question)) = self.take(question) {
                    self.failed(&query, question.server, now);
                }
            }
            Input::Wake => self.wake(now),
        }
    }

    /// What the resolver wants next; `Wait` when there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Wait(self.lookups.values().map(|lookup| lookup.deadline).min()))
    }

    fn resolve(&mut self, query: Query, now: Instant) {
        if self.lookups.contains_key(&query) {
            return;
        }
        if let Some(answer) = literal(&query) {
            return self.outputs.push_back(Output::Answer(query, answer));
        }
        if let Some(answer) = self.cache.get(&query, now).filter(|_| self.config.caching) {
            return self.outputs.push_back(Output::Answer(query, answer));
        }
        let mut candidates = candidates(&query.name, self.config.search.as_deref());
        let Some(name) = candidates.pop_front() else {
            // What is no name cannot exist.
            let nothing = Err(NotResolved::Nothing { ttl: Duration::ZERO });
            return self.outputs.push_back(Output::Answer(query, nothing));
        };
        if self.config.servers.is_empty() || self.lookups.len() >= MOST_LOOKUPS {
            return self.outputs.push_back(Output::Answer(query, Err(NotResolved::Failed)));
        }
        let kind = match query.kind {
            RecordKind::A => RecordType::A,
            RecordKind::Aaaa => RecordType::AAAA,
            RecordKind::Srv => RecordType::SRV,
            RecordKind::Naptr => RecordType::NAPTR,
        };
        let lookup = Lookup {
            kind,
            name,
            candidates,
            aliases: 0,
            alias_ttl: Duration::MAX,
            plan: self.plan(),
            broken: Vec::new(),
            open: Vec::new(),
            deadline: now,
        };
        self.lookups.insert(query.clone(), lookup);
        self.ask_next(&query, now);
    }

    fn plan(&self) -> VecDeque<(usize, Vec<IpAddr>)> {
        let servers = &self.config.servers;
        (0..ROUNDS.len())
            .flat_map(|round| {
                let groups: Vec<Vec<IpAddr>> = if self.config.parallel {
                    vec![servers.clone()]
                } else {
                    servers.iter().map(|server| vec![*server]).collect()
                };
                groups.into_iter().map(move |group| (round, group))
            })
            .collect()
    }

    /// Puts the question to the next server or servers of the plan, or gives up.
    fn ask_next(&mut self, query: &Query, now: Instant) {
        self.forget_open(query);
        let Some(lookup) = self.lookups.get_mut(query) else { return };
        while let Some((round, group)) = lookup.plan.pop_front() {
            let group: Vec<IpAddr> = group.into_iter().filter(|server| !lookup.broken.contains(server)).collect();
            if group.is_empty() {
                continue;
            }
            lookup.deadline = now + ROUNDS.get(round).copied().unwrap_or_default();
            for server in group {
                self.ask(query, server, false);
            }
            return;
        }
        self.finish(query, Err(NotResolved::Failed), now);
    }

    fn ask(&mut self, query: &Query, server: IpAddr, stream: bool) {
        let Some(lookup) = self.lookups.get_mut(query) else { return };
        self.last_question = self.last_question.wrapping_add(1);
        let number = self.last_question;
        let id = u16::try_from(self.random.u32() & 0xffff).unwrap_or(0);
        let mut message = Message::new(id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(hickory_proto::op::Query::query(lookup.name.clone(), lookup.kind));
        // Every name was parsed from text before, so it fits a message.
        let message = message.to_vec().unwrap_or_default();
        lookup.open.push(Question { number, id, server, stream });
        self.outputs.push_back(Output::Ask { question: number, server, stream, message });
    }

    fn reply(&mut self, number: u32, bytes: &[u8], now: Instant) {
        let found = self.lookups.iter().find_map(|(query, lookup)| {
            let question = lookup.open.iter().find(|question| question.number == number)?;
            Some((query.clone(), *question, reply::judge(bytes, question.id, &lookup.name, lookup.kind)))
        });
        let Some((query, question, verdict)) = found else { return };
        match verdict {
            // Somebody guesses. The true answer may still come.
            Verdict::NotOurs => {}
            Verdict::Truncated if question.stream => {
                self.take(number);
                self.failed(&query, question.server, now);
            }
            Verdict::Truncated => {
                // RFC 2181 §9: a truncated answer is not used.
                self.take(number);
                self.outputs.push_back(Output::Forget { question: number });
                self.ask(&query, question.server, true);
            }
            Verdict::ServerError => {
                self.take(number);
                self.outputs.push_back(Output::Forget { question: number });
                self.failed(&query, question.server, now);
            }
            Verdict::Found(mut records) => {
                if let Some(lookup) = self.lookups.get(&query) {
                    records.ttl = records.ttl.min(lookup.alias_ttl);
                }
                self.finish(&query, Ok(records), now);
            }
            Verdict::Alias { target, ttl } => self.follow(&query, target, ttl, now),
            Verdict::Nothing { ttl } => self.try_next_name(&query, ttl, now),
        }
    }

    /// The name is an alias, and the answer does not hold what it leads to.
    fn follow(&mut self, query: &Query, target: Name, ttl: Duration, now: Instant) {
        let plan = self.plan();
        let Some(lookup) = self.lookups.get_mut(query) else { return };
        lookup.aliases += 1;
        if lookup.aliases > LONGEST_ALIAS_CHAIN {
            return self.finish(query, Err(NotResolved::Failed), now);
        }
        lookup.alias_ttl = lookup.alias_ttl.min(ttl);
        lookup.name = target;
        lookup.plan = plan;
        self.ask_next(query, now);
    }

    fn try_next_name(&mut self, query: &Query, ttl: Duration, now: Instant) {
        let plan = self.plan();
        let Some(lookup) = self.lookups.get_mut(query) else { return };
        let Some(name) = lookup.candidates.pop_front() else {
            return self.finish(query, Err(NotResolved::Nothing { ttl }), now);
        };
        lookup.name = name;
        lookup.plan = plan;
        self.ask_next(query, now);
    }

    fn failed(&mut self, query: &Query, server: IpAddr, now: Instant) {
        let Some(lookup) = self.lookups.get_mut(query) else { return };
        lookup.broken.push(server);
        if lookup.open.is_empty() {
            self.ask_next(query, now);
        }
    }

    fn wake(&mut self, now: Instant) {
        let due = |lookup: &Lookup| lookup.deadline <= now;
        let queries: Vec<Query> = self.lookups.iter().filter(|(_, l)| due(l)).map(|(query, _)| query.clone()).collect();
        for query in queries {
            self.ask_next(&query, now);
        }
    }

    /// Takes a question out of its look-up.
    fn take(&mut self, number: u32) -> Option<(Query, Question)> {
        self.lookups.iter_mut().find_map(|(query, lookup)| {
            let at = lookup.open.iter().position(|question| question.number == number)?;
            Some((query.clone(), lookup.open.swap_remove(at)))
        })
    }

    fn forget_open(&mut self, query: &Query) {
        if let Some(lookup) = self.lookups.get_mut(query) {
            let forgotten = lookup.open.drain(..).map(|question| Output::Forget { question: question.number });
            self.outputs.extend(forgotten);
        }
    }

    fn finish(&mut self, query: &Query, answer: Result<Records, NotResolved>, now: Instant) {
        self.forget_open(query);
        self.lookups.remove(query);
        if self.config.caching {
            self.cache.put(query, &answer, now);
        }
        self.outputs.push_back(Output::Answer(query.clone(), answer));
    }
}

/// The answer for a name that is an address.
fn literal(query: &Query) -> Option<Result<Records, NotResolved>> {
    let address: IpAddr = query.name.parse().ok()?;
    let wanted = matches!((query.kind, address), (RecordKind::A, IpAddr::V4(_)) | (RecordKind::Aaaa, IpAddr::V6(_)));
    Some(if wanted {
        Ok(Records { addresses: vec![address], ttl: LITERAL_TTL, ..Records::default() })
    } else {
        Err(NotResolved::Nothing { ttl: LITERAL_TTL })
    })
}

/// The absolute names to try for a name as it was set. A dot makes it absolute.
fn candidates(name: &str, search: Option<&str>) -> VecDeque<Name> {
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
