//! The challenge of INVITE: credentials right and wrong, nonces, replay, and what refusals look like from outside.

use super::call::{self, Call};
use super::exchange::{Sent, no_ringing, request_to, send, sip_address};
use super::phone::SOON;
use crate::network::{PASSWORD, Party, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::emulated::Emulated;
use crate::world::{Scene, World};
use evidence::SipMessage;
use servers::sip::auth::{self, Attempt, Challenge, Tamper};
use servers::sip::{Carriage, Method, Request, Target};
use std::fmt::Write as _;

crate::phrases! {
    /// Sends an INVITE without credentials and claims 401 and no 18x.
    Then "the phone challenges an INVITE from {server}" => challenges;
    /// The same to the account of another extension.
    Then "the phone challenges an INVITE from {server} to extension {int}" => challenges_extension;
    /// Claims the form of the last challenge: one `WWW-Authenticate: Digest` with realm, nonce and qop, quoted as RFC 7616 §3.3 has it.
    Then "the challenge is a digest challenge in WWW-Authenticate with realm, nonce and qop" => challenge_form;
    /// Takes a challenge as the call server and sends an INVITE that answers it from this server's address.
    When "{server} sends INVITE to the phone with credentials of the account" => sends_with_credentials;
    /// Calls, is challenged, and calls again with right credentials.
    When "{server} calls the phone with credentials of the account" => calls_with_credentials;
    /// The same over TCP.
    When "{server} calls the phone over TCP with credentials of the account" => calls_with_credentials_tcp;
    /// The same with the SHA-256 challenge answered.
    When "{server} calls the phone with SHA-256 credentials of the account" => calls_with_sha256;
    /// Calls, is challenged, and calls again with credentials that are wrong in one part and right in all others.
    When "{server} calls the phone with wrong {anything}" => calls_with_wrong;
    /// Calls with the very Authorization that opened an earlier call.
    When "{server} calls the phone with the credentials of the earlier call" => replays;
    /// Calls with two Authorization headers, the right one behind another realm's.
    When "{server} calls the phone with another realm's credentials before those of the account" => calls_with_two;
    /// Calls with two Authorization headers, both wrong.
    When "{server} calls the phone with two wrong credentials" => calls_with_two_wrong;
    /// Claims a refusal as a phone gives it to wrong credentials (401 again, or 403), and no 18x.
    Then "the phone refuses it and never rang for it" => refuses;
    /// Claims that the last two refusals differ in nothing but what differs between any two challenges.
    Then "both refusals look alike" => alike;
    /// Waits as long as a nonce may be answered. Time itself is the point here.
    When "the lifetime of the nonce has passed" => nonce_expires;
    /// Answers the challenge of the last INVITE with right credentials.
    When "{server} answers that challenge" => answers_challenge;
    /// Claims stale=true in the last challenge.
    Then "the new challenge says stale" => says_stale;
    /// Claims no stale=true in the last challenge.
    Then "the new challenge does not say stale" => says_no_stale;
    /// Sends an INVITE and the identical octets again, as a network that lost the answer would see.
    When "{server} sends the same INVITE {int} times" => sends_copies;
    /// Claims that all answers to all copies are equal to the octet.
    Then "every answer to it is the same to the octet" => identical;
    /// Claims that nothing more comes for that call once it was acknowledged.
    Then "the phone sends nothing after the ACK" => nothing_after_ack;
    /// Collects challenges, each for an INVITE of its own.
    When "{server} collects {int} challenges" => collects;
    /// Claims that all collected nonces are different.
    Then "no nonce repeats" => no_repeat;
    /// Claims that the collected nonces are no counter and do not follow the clock.
    Then "the nonces show no counter and no clock" => no_pattern;
    /// Sends an INVITE whose Authorization is of this kind.
    When "{server} sends INVITE to the phone with an Authorization of {anything}" => sends_authorization;
    /// Calls so many times with another wrong password each.
    When "{server} guesses {int} wrong passwords" => guesses;
    /// Claims that each of them was refused and none rang.
    Then "every guess is refused" => all_refused;
    /// Claims two challenges, SHA-256 first (RFC 8760 §2.3).
    Then "the challenges are SHA-256 and then MD5" => two_challenges;
}

/// A challenge that was taken: the INVITE it answers and what it says.
pub struct Challenged {
    index: usize,
    from: String,
    call_id: String,
    uri: String,
    challenges: Vec<Challenge>,
}

/// Sends an INVITE without credentials and takes the challenge.
pub async fn challenged(scene: &mut Scene, party: Party, request: Request, tcp: bool) -> Result<Challenged, Stop> {
    let index = send(scene, party, request, tcp).await?;
    let Some(sent) = scene.story.sent.get(index) else { return Err(Stop::bench("a message was lost")) };
    if sent.response(scene, 401, SOON).await.is_none() {
        let (seen, packets) = sent.told(scene);
        return Err(Stop::failed(format!("401 to an INVITE from {party} without credentials"), seen, packets));
    }
    let exchange = sent.exchange.as_ref().ok_or_else(|| Stop::bench("a message was sent without a handle"))?;
    let response = exchange
        .finally(SOON)
        .await
        .ok_or_else(|| Stop::server("our server did not take the 401 that the capture shows"))?;
    let rendered = exchange.sent().ok_or_else(|| Stop::bench("a request was sent as it is"))?;
    Ok(Challenged {
        index,
        from: rendered.from.clone(),
        call_id: rendered.call_id.clone(),
        uri: rendered.uri.clone(),
        challenges: Challenge::all(&response),
    })
}

impl Challenged {
    /// The INVITE once more, as RFC 3261 §22.2 has it: same Call-ID and From tag, the next CSeq.
    fn again(&self, request: Request) -> Request {
        request.uri(self.uri.clone()).from(self.from.clone()).call_id(self.call_id.clone()).cseq(2)
    }

    /// An answer to the challenge with this algorithm, or to the first.
    fn answer(&self, algorithm: Option<&str>, password: &str, tamper: Tamper) -> Result<String, Stop> {
        let known = |c: &&Challenge| match algorithm {
            Some(name) => c.known_algorithm().is_some_and(|a| a.name().eq_ignore_ascii_case(name)),
            None => true,
        };
        let challenge = self.challenges.iter().find(known).ok_or_else(|| {
            Stop::failed(
                format!("a digest challenge{}", algorithm.map(|a| format!(" with {a}")).unwrap_or_default()),
                "none",
                [],
            )
        })?;
        let attempt = Attempt {
            user: USER,
            password,
            method: &Method::Invite,
            uri: &self.uri,
            cnonce: "6f66666f6f6b0001",
            nc: 1,
            body: &[],
        };
        Ok(auth::answer(challenge, &attempt, tamper))
    }
}

async fn challenges(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    let scene = world.scene()?;
    let request = request_to(scene, Method::Invite, false)?;
    let taken = challenged(scene, party, request, false).await?;
    scene.story.sent.get(taken.index).map_or(Ok(()), |sent| no_ringing(scene, sent))
}

async fn challenges_extension(world: &mut World, mut args: Args) -> Outcome {
    let (party, extension) = (args.read()?, args.read::<u8>()?);
    let scene = world.scene()?;
    let request = call::invite_to(scene, extension)?;
    let taken = challenged(scene, party, request, false).await?;
    scene.story.sent.get(taken.index).map_or(Ok(()), |sent| no_ringing(scene, sent))
}

async fn challenge_form(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let message = last_final(scene)?;
    let packets: Vec<u32> = message.packets.iter().collect();
    let wrong =
        |seen: String| Stop::failed("one WWW-Authenticate: Digest with realm, nonce and qop", seen, packets.clone());
    if message.header("Proxy-Authenticate").is_some() {
        return Err(wrong("a Proxy-Authenticate; a user agent is no proxy (RFC 3261 §22.3)".into()));
    }
    if message.headers("WWW-Authenticate").any(|v| v.trim_start().to_ascii_lowercase().starts_with("basic")) {
        return Err(wrong("a Basic challenge (RFC 3261 §22.4 forbids it)".into()));
    }
    let challenges = message.challenges();
    let Some(challenge) = challenges.first() else { return Err(wrong("no digest challenge".into())) };
    let missing: Vec<&str> = [
        ("realm", challenge.param("realm").is_none_or(str::is_empty)),
        ("nonce", challenge.param("nonce").is_none_or(str::is_empty)),
        // RFC 3261 §22.4 (8), RFC 8760 §2.6 (8): a challenge always carries qop.
        ("qop", challenge.param("qop").is_none_or(str::is_empty)),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect();
    if missing.is_empty() { Ok(()) } else { Err(wrong(format!("a challenge without {}", missing.join(", ")))) }
}

async fn sends_with_credentials(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let request = request_to(scene, Method::Invite, false)?;
    let taken = challenged(scene, Party::CallServer, request.clone(), false).await?;
    let credentials = taken.answer(None, PASSWORD, Tamper::Nothing)?;
    let request = request.uri(taken.uri.clone()).header("Authorization", credentials);
    send(scene, party, request, false).await.map(|_| ())
}

async fn calls_with_credentials(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    call_with(world.scene()?, party, false, None, PASSWORD, Tamper::Nothing).await
}

async fn calls_with_credentials_tcp(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    call_with(world.scene()?, party, true, None, PASSWORD, Tamper::Nothing).await
}

async fn calls_with_sha256(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    call_with(world.scene()?, party, false, Some("SHA-256"), PASSWORD, Tamper::Nothing).await
}

async fn calls_with_wrong(world: &mut World, mut args: Args) -> Outcome {
    let (party, part) = (args.read()?, args.text()?);
    let tamper = match part.as_str() {
        "password" => Tamper::Password,
        "empty password" => Tamper::EmptyPassword,
        "user" => Tamper::User,
        "realm" => Tamper::Realm,
        "uri" => Tamper::Uri,
        "method" => Tamper::Method,
        "nonce" => Tamper::Nonce,
        "qop" => Tamper::QopNotOffered,
        "missing qop" => Tamper::QopMissing,
        "nc" => Tamper::NcNotHex,
        "zero nc" => Tamper::NcZero,
        "missing cnonce" => Tamper::CnonceMissing,
        "opaque" => Tamper::Opaque,
        "response length" => Tamper::ResponseShort,
        "algorithm" => Tamper::Algorithm,
        other => return Err(Stop::bench(format!("credentials have no part `{other}`; correct the feature file"))),
    };
    call_with(world.scene()?, party, false, None, PASSWORD, tamper).await
}

/// Calls, takes the challenge, and calls again with credentials; the second INVITE is the call.
pub async fn call_with(
    scene: &mut Scene,
    party: Party,
    tcp: bool,
    algorithm: Option<&str>,
    password: &str,
    tamper: Tamper,
) -> Outcome {
    let (request, media) = call::invite(scene, party, tcp).await?;
    let taken = challenged(scene, party, request.clone(), tcp).await?;
    let credentials = taken.answer(algorithm, password, tamper)?;
    scene.story.used_credentials = Some(credentials.clone());
    let request = taken.again(request).header("Authorization", credentials);
    let index = send(scene, party, request, tcp).await?;
    scene.story.call = Some(Call::incoming(scene, index, party, media));
    Ok(())
}

async fn replays(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let credentials = scene
        .story
        .used_credentials
        .clone()
        .ok_or_else(|| Stop::bench("there was no earlier call; correct the feature file"))?;
    let request = request_to(scene, Method::Invite, false)?.header("Authorization", credentials);
    send(scene, party, request, false).await.map(|_| ())
}

async fn calls_with_two(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    let scene = world.scene()?;
    let (request, media) = call::invite(scene, party, false).await?;
    let taken = challenged(scene, party, request.clone(), false).await?;
    let other = taken.answer(None, "some other password", Tamper::Realm)?;
    let right = taken.answer(None, PASSWORD, Tamper::Nothing)?;
    let request = taken.again(request).header("Authorization", other).header("Authorization", right);
    let index = send(scene, party, request, false).await?;
    scene.story.call = Some(Call::incoming(scene, index, party, media));
    Ok(())
}

async fn calls_with_two_wrong(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    let scene = world.scene()?;
    let request = request_to(scene, Method::Invite, false)?;
    let taken = challenged(scene, party, request.clone(), false).await?;
    let (first, second) =
        (taken.answer(None, PASSWORD, Tamper::Realm)?, taken.answer(None, PASSWORD, Tamper::Password)?);
    let request = taken.again(request).header("Authorization", first).header("Authorization", second);
    send(scene, party, request, false).await.map(|_| ())
}

async fn refuses(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    refused(scene, scene.story.it()?).await
}

/// Claims a refusal: 401 or 403, or 400 for what cannot be read, and no 18x.
async fn refused(scene: &Scene, sent: &Sent) -> Outcome {
    let expected = "a refusal (400, 401 or 403) and no ringing";
    let answer = scene.observer.until(SOON, |capture| {
        sent.responses(capture)
            .find(|m| m.code().is_some_and(|c| c >= 180))
            .map(|m| (m.code().unwrap_or_default(), m.packets.clone()))
    });
    match answer.await {
        Some((400 | 401 | 403, _)) => no_ringing(scene, sent),
        Some((code, packets)) => Err(Stop::failed(expected, format!("{code}"), packets.iter())),
        None => {
            let (seen, packets) = sent.told(scene);
            Err(Stop::failed(expected, seen, packets))
        }
    }
}

async fn alike(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    // Each call sent two INVITEs: the second of each is the one with credentials.
    let attempts: Vec<usize> =
        (0..scene.story.sent.len()).filter(|i| scene.story.sent.get(*i).is_some_and(|s| s.cseq == 2)).collect();
    let &[.., first, second] = attempts.as_slice() else {
        return Err(Stop::bench("two refusals are needed to compare; correct the feature file"));
    };
    let mut shapes = Vec::new();
    for index in [first, second] {
        let Some(sent) = scene.story.sent.get(index) else { continue };
        let Some(message) = sent.final_response(scene, SOON).await else {
            let (seen, packets) = sent.told(scene);
            return Err(Stop::failed("a refusal", seen, packets));
        };
        shapes.push((shape(&message), message.packets.clone()));
    }
    match shapes.as_slice() {
        [(a, _), (b, _)] if a == b => Ok(()),
        [(a, first), (b, second)] => Err(Stop::failed(
            "two refusals of the same shape",
            format!("`{a}` and `{b}`"),
            first.iter().chain(second.iter()),
        )),
        _ => Ok(()),
    }
}

/// What an observer can tell of a refusal, without what differs between any two of them: tags, branches, nonces, ids, dates.
fn shape(message: &SipMessage) -> String {
    let mut shape = format!("{}", message.code().unwrap_or_default());
    for header in &message.headers {
        let _ = match header.name.as_str() {
            "WWW-Authenticate" | "Proxy-Authenticate" => {
                let names: Vec<&str> =
                    header.value.split(',').filter_map(|p| p.split('=').next()).map(str::trim).collect();
                let stale = header.value.to_ascii_lowercase().contains("stale=true");
                write!(shape, "; {}({}{})", header.name, names.join(" "), if stale { " stale" } else { "" })
            }
            "Content-Length" | "Server" | "Reason" | "Warning" => write!(shape, "; {}: {}", header.name, header.value),
            _ => write!(shape, "; {}", header.name),
        };
    }
    shape
}

async fn nonce_expires(_: &mut World, _: Args) -> Outcome {
    tokio::time::sleep(Emulated::NONCE_LIFETIME + Emulated::SETTLING).await;
    Ok(())
}

async fn answers_challenge(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let it = scene.story.it()?;
    let exchange =
        it.exchange.as_ref().ok_or_else(|| Stop::bench("there is no challenge to answer; correct the feature file"))?;
    let response = exchange.finally(SOON).await.ok_or_else(|| Stop::server("our server did not take the 401"))?;
    let rendered = exchange.sent().ok_or_else(|| Stop::bench("a request was sent as it is"))?;
    let taken = Challenged {
        index: 0,
        from: rendered.from.clone(),
        call_id: rendered.call_id.clone(),
        uri: rendered.uri.clone(),
        challenges: Challenge::all(&response),
    };
    let credentials = taken.answer(None, PASSWORD, Tamper::Nothing)?;
    let request = taken.again(request_to(scene, Method::Invite, false)?).header("Authorization", credentials);
    send(scene, party, request, false).await.map(|_| ())
}

async fn says_stale(world: &mut World, _: Args) -> Outcome {
    stale(world.scene()?, true)
}

async fn says_no_stale(world: &mut World, _: Args) -> Outcome {
    stale(world.scene()?, false)
}

fn stale(scene: &Scene, wanted: bool) -> Outcome {
    let message = last_final(scene)?;
    let seen = message.challenges().iter().any(evidence::digest::Challenge::is_stale);
    if seen == wanted {
        return Ok(());
    }
    let word = |stale: bool| if stale { "stale=true" } else { "no stale=true" };
    Err(Stop::failed(word(wanted), word(seen), message.packets.iter()))
}

async fn sends_copies(world: &mut World, mut args: Args) -> Outcome {
    let (party, copies) = (args.read::<Party>()?, args.read::<u32>()?);
    let scene = world.scene()?;
    // The transaction must not end before the copies are there, so nothing is acknowledged meanwhile.
    let request = request_to(scene, Method::Invite, false)?.automatic_ack(false);
    let index = send(scene, party, request, false).await?;
    for copy in 1..=copies {
        let Some(sent) = scene.story.sent.get(index) else { break };
        if copy > 1 {
            let exchange = sent.exchange.as_ref().ok_or_else(|| Stop::bench("a message was sent without a handle"))?;
            exchange.repeat().await?;
        }
        let wanted = usize::try_from(copy).unwrap_or(usize::MAX);
        let answered = scene.observer.until(SOON, |capture| {
            (sent.responses(capture).filter(|m| m.code().is_some_and(|c| c >= 200)).count() >= wanted).then_some(())
        });
        if answered.await.is_none() {
            let (seen, packets) = sent.told(scene);
            return Err(Stop::failed(format!("an answer to copy {copy} of the INVITE"), seen, packets));
        }
    }
    Ok(())
}

async fn identical(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let sent = scene.story.it()?;
    let outcome = {
        let capture = scene.observer.look();
        let finals: Vec<&SipMessage> =
            sent.responses(&capture).filter(|m| m.code().is_some_and(|c| c >= 200)).collect();
        let packets: Vec<u32> = finals.iter().flat_map(|m| m.packets.iter().collect::<Vec<_>>()).collect();
        match finals.split_first() {
            Some((first, rest)) if rest.iter().all(|m| m.raw == first.raw) => Ok(()),
            Some(_) => {
                Err(Stop::failed("the same response to every copy, to the octet", "responses that differ", packets))
            }
            None => Err(Stop::failed("a response", "none", packets)),
        }
    };
    if let Some(exchange) = &sent.exchange {
        // The capture may be ahead of our server.
        exchange.finally(SOON).await;
        exchange.ack().await?;
    }
    outcome
}

async fn nothing_after_ack(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let it = scene.story.it()?;
    let (mark, call_id) = (it.mark, it.call_id.clone());
    let acked = scene.observer.until(SOON, |capture| {
        let ack =
            capture.sip_messages_since(mark).find(|m| m.is_request("ACK") && m.call_id() == Some(call_id.as_str()))?;
        Some(evidence::Mark(ack.completed))
    });
    let since = acked.await.ok_or_else(|| Stop::server("our server did not acknowledge the refusal"))?;
    let witness = super::exchange::options(scene, Party::CallServer, false).await?;
    let answered = match scene.story.sent.get(witness) {
        Some(sent) => sent.final_response(scene, SOON).await.is_some(),
        None => false,
    };
    scene.story.sent.pop();
    if !answered {
        return Err(Stop::failed(
            "an answer to OPTIONS from the call server, so that silence can be told from deafness",
            "none",
            [],
        ));
    }
    tokio::time::sleep(Emulated::SETTLING).await;
    let phone = scene.phone_address()?;
    let packets: Vec<u32> = scene
        .observer
        .look()
        .sip_messages_since(since)
        .filter(|m| m.src.ip() == phone && m.call_id() == Some(call_id.as_str()))
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if packets.is_empty() { Ok(()) } else { Err(Stop::failed("nothing after the ACK", "the phone went on", packets)) }
}

async fn collects(world: &mut World, mut args: Args) -> Outcome {
    let (party, count) = (args.read::<Party>()?, args.read::<usize>()?);
    let scene = world.scene()?;
    for _ in 0..count {
        let request = request_to(scene, Method::Invite, false)?;
        let index = send(scene, party, request, false).await?;
        let Some(sent) = scene.story.sent.get(index) else { break };
        let Some(message) = sent.response(scene, 401, SOON).await else {
            let (seen, packets) = sent.told(scene);
            return Err(Stop::failed("401 to an INVITE without credentials", seen, packets));
        };
        let nonce = message.challenges().into_iter().find_map(|c| c.nonce().map(str::to_owned)).unwrap_or_default();
        scene.story.nonces.push((message.time_ns, nonce));
        scene.story.sent.pop();
    }
    Ok(())
}

async fn no_repeat(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let nonces: std::collections::BTreeSet<&str> = scene.story.nonces.iter().map(|(_, nonce)| nonce.as_str()).collect();
    let (different, all) = (nonces.len(), scene.story.nonces.len());
    if all > 0 && different == all {
        return Ok(());
    }
    Err(Stop::failed("a nonce of its own for each challenge", format!("{different} nonces in {all} challenges"), []))
}

async fn no_pattern(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let report = evidence::nonce::study(&scene.story.nonces);
    if report.is_unpredictable() {
        return Ok(());
    }
    let findings: Vec<String> = report.findings.iter().map(|f| format!("{f:?}")).collect();
    let seen =
        if report.enough { findings.join("; ") } else { format!("only {} nonces, too few to tell", report.count) };
    Err(Stop::failed("nonces that nobody can foresee", seen, []))
}

async fn sends_authorization(world: &mut World, mut args: Args) -> Outcome {
    let (party, what) = (args.read::<Party>()?, args.text()?);
    let scene = world.scene()?;
    let uri = format!("sip:{USER}@{}", sip_address(scene)?);
    let value: Vec<u8> = match what.as_str() {
        "nothing" => Vec::new(),
        "the word Digest alone" => b"Digest".to_vec(),
        "an unknown scheme" => b"Sorcery spell=\"open\"".to_vec(),
        "Basic credentials" => b"Basic NTU1MDAwMTpiZW5jaC1TZWNyZXQuMTc=".to_vec(),
        "an unclosed quote" => {
            format!("Digest username=\"{USER}\", realm=\"x, nonce=\"y\", uri=\"{uri}\", response=\"z").into_bytes()
        }
        "only commas" => b"Digest ,,,,,,,,,,,,".to_vec(),
        "8000 octets of realm" => format!(
            "Digest username=\"{USER}\", realm=\"{}\", nonce=\"n\", uri=\"{uri}\", response=\"r\"",
            "r".repeat(8000)
        )
        .into_bytes(),
        "500 parameters" => {
            (0..500).fold(String::from("Digest "), |text, i| text + &format!("p{i}=\"v\", ")).into_bytes()
        }
        "octets that are no text" => {
            b"Digest username=\"\xff\xfe\x00\x80\", realm=\"\xc3\x28\", response=\"\xf0\"".to_vec()
        }
        other => return Err(Stop::bench(format!("no Authorization of `{other}` is known; correct the feature file"))),
    };
    if what == "octets that are no text" || what == "nothing" {
        return sends_raw_authorization(scene, party, &value).await;
    }
    // Over 1300 octets a message goes by TCP (RFC 3261 §18.1.1); a server that ignores that is just what is wanted here.
    let request = request_to(scene, Method::Invite, false)?
        .by(Carriage::Udp)
        .header("Authorization", String::from_utf8_lossy(&value));
    send(scene, party, request, false).await.map(|_| ())
}

/// The same for values that no text can hold.
async fn sends_raw_authorization(scene: &mut Scene, party: Party, value: &[u8]) -> Outcome {
    let to = sip_address(scene)?;
    let from = std::net::SocketAddr::new(party.address(), to.port());
    let call_id = format!("authorization-{}", scene.story.sent.len());
    let mut octets = format!(
        "INVITE sip:{USER}@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK-{call_id};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:caller@{from}>;tag=1\r\nTo: <sip:{USER}@{to}>\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:caller@{from}>\r\nAuthorization: "
    )
    .into_bytes();
    octets.extend_from_slice(value);
    octets.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
    let mark = scene.observer.look().mark();
    scene.network.sip(party).send_raw(&Target::Address(to), Carriage::Udp, octets).await?;
    scene.story.sent.push(Sent { party, method: "INVITE".into(), call_id, cseq: 1, tcp: false, mark, exchange: None });
    Ok(())
}

async fn guesses(world: &mut World, mut args: Args) -> Outcome {
    let (party, count) = (args.read::<Party>()?, args.read::<u32>()?);
    let scene = world.scene()?;
    for guess in 0..count {
        let request = request_to(scene, Method::Invite, false)?;
        let taken = challenged(scene, party, request.clone(), false).await?;
        let credentials = taken.answer(None, &format!("guess-{guess}"), Tamper::Nothing)?;
        let index = send(scene, party, taken.again(request).header("Authorization", credentials), false).await?;
        let Some(sent) = scene.story.sent.get(index) else { break };
        refused(scene, sent).await?;
        scene.story.guesses += 1;
        scene.story.sent.clear();
    }
    Ok(())
}

async fn all_refused(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    if scene.story.guesses == 0 {
        return Err(Stop::bench("nothing was guessed; correct the feature file"));
    }
    let phone = scene.phone_address()?;
    let rang: Vec<u32> = scene
        .observer
        .look()
        .sip_messages()
        .filter(|m| {
            m.src.ip() == phone
                && m.code().is_some_and(|c| (180..300).contains(&c))
                && m.cseq().is_some_and(|(_, m)| m == "INVITE")
        })
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if rang.is_empty() { Ok(()) } else { Err(Stop::failed("no guess rings", "one rang", rang)) }
}

async fn two_challenges(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let message = last_final(scene)?;
    let algorithms: Vec<String> =
        message.challenges().iter().map(|c| c.param("algorithm").unwrap_or("MD5").to_ascii_uppercase()).collect();
    if algorithms == ["SHA-256", "MD5"] {
        return Ok(());
    }
    Err(Stop::failed(
        "the challenges SHA-256, MD5",
        format!("the challenges {}", algorithms.join(", ")),
        message.packets.iter(),
    ))
}

/// The final response to "it".
fn last_final(scene: &Scene) -> Result<SipMessage, Stop> {
    let sent = scene.story.it()?;
    let capture = scene.observer.look();
    let message = sent.responses(&capture).find(|m| m.code().is_some_and(|c| c >= 200)).cloned();
    message.ok_or_else(|| Stop::failed("a final response", "none", []))
}
