//! Credentials in INVITE: right, wrong in one part, used before, more than one, and what is none at all.

use super::call::{self, Call};
use super::challenge::challenged;
use super::exchange::{Sent, request_to, send, sip_address};
use crate::network::{PASSWORD, Party, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use servers::sip::auth::Tamper;
use servers::sip::{Carriage, Method, Target};
use std::net::SocketAddr;

crate::phrases! {
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
    /// Sends an INVITE whose Authorization is of this kind.
    When "{server} sends INVITE to the phone with an Authorization of {anything}" => sends_authorization;
}

async fn sends_with_credentials(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let request = request_to(scene, Method::Invite, false)?;
    let taken = challenged(scene, Party::CallServer, request.clone(), false).await?;
    let credentials = taken.answer(None, PASSWORD, Tamper::Nothing)?;
    let request = request.uri(taken.uri()).header("Authorization", credentials);
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
    let from = SocketAddr::new(party.address(), to.port());
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
