//! The challenge of INVITE: what it says, and taking it to answer it.

use super::call;
use super::exchange::{no_ringing, request_to, send};
use super::phone::SOON;
use crate::network::{Party, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::SipMessage;
use servers::sip::auth::{self, Attempt, Challenge, Tamper};
use servers::sip::{Exchange, Method, Request};

crate::phrases! {
    /// Sends an INVITE without credentials and claims 401 and no 18x.
    Then "the phone challenges an INVITE from {server}" => challenges;
    /// The same to the account of another extension.
    Then "the phone challenges an INVITE from {server} to extension {int}" => challenges_extension;
    /// Claims the form of the last challenge: one `WWW-Authenticate: Digest` with realm, nonce and qop, quoted as RFC 7616 §3.3 has it.
    Then "the challenge is a digest challenge in WWW-Authenticate with realm, nonce and qop" => challenge_form;
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
    Challenged::of(index, exchange).await
}

impl Challenged {
    /// The challenge in the 401 to this INVITE of ours.
    pub(super) async fn of(index: usize, exchange: &Exchange) -> Result<Self, Stop> {
        let response = exchange
            .finally(SOON)
            .await
            .ok_or_else(|| Stop::server("our server did not take the 401 to its INVITE"))?;
        let rendered = exchange.sent().ok_or_else(|| Stop::bench("a request was sent as it is"))?;
        Ok(Challenged {
            index,
            from: rendered.from.clone(),
            call_id: rendered.call_id.clone(),
            uri: rendered.uri.clone(),
            challenges: Challenge::all(&response),
        })
    }

    /// The Request-URI of the INVITE.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// The INVITE once more, as RFC 3261 §22.2 has it: same Call-ID and From tag, the next CSeq.
    pub(super) fn again(&self, request: Request) -> Request {
        request.uri(self.uri.clone()).from(self.from.clone()).call_id(self.call_id.clone()).cseq(2)
    }

    /// An answer to the challenge with this algorithm, or to the first.
    pub(super) fn answer(&self, algorithm: Option<&str>, password: &str, tamper: Tamper) -> Result<String, Stop> {
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
pub(super) fn last_final(scene: &Scene) -> Result<SipMessage, Stop> {
    let sent = scene.story.it()?;
    let capture = scene.observer.look();
    let message = sent.responses(&capture).find(|m| m.code().is_some_and(|c| c >= 200)).cloned();
    message.ok_or_else(|| Stop::failed("a final response", "none", []))
}
