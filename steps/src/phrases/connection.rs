//! Configure the Internet Connection Type: static addresses and DHCP, in both versions of IP.

use super::neighbour::{first_use, probes};
use super::page::submit;
use super::phone::{AGAIN, BOOT_LIMIT, SOON, comes_up_at, met};
use super::silence::settled;
use crate::network::{PHONE_MAC, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::web_admin::Place;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Fact, Mark};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// What a phone of the bench can be given in IPv4.
const GOOD_V4: [(&str, &str); 5] = [
    ("Connection Type", "Static IP"),
    ("Static IP", "192.0.2.50"),
    ("NetMask", "255.255.255.0"),
    ("Gateway", "192.0.2.1"),
    ("Primary DNS", "192.0.2.2"),
];
/// The same in IPv6.
const GOOD_V6: [(&str, &str); 5] = [
    ("Connection Type", "Static IP"),
    ("Static IP", "2001:db8:78::50"),
    ("Prefix Length", "64"),
    ("Gateway", "fe80::1"),
    ("Primary DNS", "2001:db8:78::2"),
];
const IPV4: &str = "IPv4 Settings";
const IPV6: &str = "IPv6 Settings";
/// Octets 12 and 13 of a frame.
const TYPES_V4: [[u8; 2]; 2] = [[0x08, 0x00], [0x08, 0x06]];
const TYPES_V6: [[u8; 2]; 1] = [[0x86, 0xdd]];

crate::phrases! {
    /// Sets all fields of a static address of the bench on the page, submits them and waits until the phone works from it: `IPv4` or `IPv6`.
    Given "the phone has a static {word} address" => has_static;
    /// Waits until the phone works from this address after the last submission, which may restart it once. `its formed address` and `its
    /// leased address` are those of IPv6.
    Then "the phone comes up at {anything}" => comes_up;
    /// The same with an address that it has from the DHCP server.
    Then "the phone takes a lease and comes up with it" => comes_up_leased;
    /// Takes the phone's power, gives it back, and waits until it works from this address.
    When "the phone loses power and its page comes back at {anything}" => power_cycle;
    /// Serves a profile with the fields of a static address of the bench, makes the phone fetch it, and waits until the phone works from it.
    When "the phone takes a profile with a static {word} address" => profile_static;
    /// Claims that no DHCP (`DHCP`) or DHCPv6 (`DHCPv6`) message came from the phone since the submission or the return of power.
    Then "the phone has sent not one {word} message since" => no_dhcp;
    /// Claims that no packet of this version came from the phone since its power came back: `IPv4` (with ARP) or `IPv6`.
    Then "the phone has sent not one {word} packet since it was switched on" => no_packets;
    /// Claims a REGISTER from this address and its 200, since the submission or the return of power.
    Then "the phone registers from {anything}" => registers_from;
    /// Submits a static address that would do but for one field: version, label, value. Keeps what the page answers.
    When "the administrator submits a static {word} address with {string} as {string}" => submit_wrong;
    /// Claims a message at this field of the settings of `IPv4` or `IPv6`.
    Then "the page refuses the static {word} address at {string}" => refused;
    /// Claims that none of the fields of the last such submission has changed, and that the phone goes on at its address.
    Then "nothing of the static {word} address is applied and the phone stays reachable" => not_applied;
}

/// The address that a sentence speaks of.
///
/// # Errors
/// The feature is at fault when it is none; the phone when it has no lease that is spoken of.
pub fn address_of(scene: &Scene, text: &str) -> Result<IpAddr, Stop> {
    match text {
        "its formed address" => Ok(formed(plan::NETWORK_V6).into()),
        "its leased address" => super::ipv6::leased(scene).map(IpAddr::from),
        literal => literal
            .parse()
            .map_err(|e| Stop::bench(format!("the feature says `{literal}`: {e}; correct the feature file"))),
    }
}

/// The address that the phone makes of a prefix of 64 bits and its Ethernet address (RFC 4291, appendix A).
pub fn formed(prefix: Ipv6Addr) -> Ipv6Addr {
    let [a, b, c, d, e, f] = PHONE_MAC.0;
    let identifier = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
    Ipv6Addr::from(u128::from(prefix) | u128::from(identifier))
}

/// The section of the page, and labels with the names of their parameters.
type StaticSettings = (&'static str, [(&'static str, &'static str); 5]);

fn settings_of(version: &str) -> Result<StaticSettings, Stop> {
    match version {
        "IPv4" => Ok((IPV4, GOOD_V4)),
        "IPv6" => Ok((IPV6, GOOD_V6)),
        other => Err(Stop::bench(format!("`{other}` is no version of IP; correct the feature file"))),
    }
}

fn static_address(fields: &[(&str, &str)]) -> Result<IpAddr, Stop> {
    let text = fields.iter().find(|(label, _)| *label == "Static IP").map(|(_, value)| *value).unwrap_or_default();
    text.parse().map_err(|_| Stop::bench("a static address of the bench is none; this is a bug of offhook"))
}

async fn has_static(world: &mut World, mut args: Args) -> Outcome {
    let (section, fields) = settings_of(&args.text()?)?;
    let scene = world.scene()?;
    scene.page()?.load().await?;
    for (label, value) in fields {
        scene.page()?.enter(Place { tab: "System", section, label }, value)?;
    }
    submit(scene).await?;
    restarted_at(scene, static_address(&fields)?).await
}

async fn comes_up(world: &mut World, mut args: Args) -> Outcome {
    let address = args.text()?;
    let scene = world.scene()?;
    let address = address_of(scene, &address)?;
    restarted_at(scene, address).await
}

async fn restarted_at(scene: &mut Scene, address: IpAddr) -> Outcome {
    let mark = scene.story.submitted;
    scene.story.since = mark;
    scene.story.restarts_allowed += 1;
    up_at(scene, address, mark).await
}

/// Waits until the phone works from this address since `mark`. One of IPv6 shows by its page only: nothing needs to be sent from it.
async fn up_at(scene: &mut Scene, address: IpAddr, mark: Mark) -> Outcome {
    if address.is_ipv4() {
        return comes_up_at(scene, address, mark).await;
    }
    page_answers(scene, address, mark).await?;
    scene.meet_phone(address);
    Ok(())
}

async fn comes_up_leased(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let mark = scene.story.submitted;
    scene.story.since = mark;
    scene.story.restarts_allowed += 1;
    met(scene, mark).await
}

async fn power_cycle(world: &mut World, mut args: Args) -> Outcome {
    let address = args.text()?;
    let scene = world.scene()?;
    let address = address_of(scene, &address)?;
    scene.phone.power_off(&scene.cable).await?;
    let mark = scene.observer.look().mark();
    scene.story.since = mark;
    scene.phone.power_on(&scene.cable).await?;
    up_at(scene, address, mark).await
}

async fn profile_static(world: &mut World, mut args: Args) -> Outcome {
    let (section, fields) = settings_of(&args.text()?)?;
    let scene = world.scene()?;
    // The names of the elements are the labels; those of IPv6 have it before them where IPv4 has the same label.
    let element = |label: &str| match section {
        IPV6 if label != "Prefix Length" => format!("IPv6_{}", label.replace(' ', "_")),
        _ => label.replace(' ', "_"),
    };
    let body: String =
        fields.iter().map(|(label, value)| format!("  <{0} ua=\"na\">{value}</{0}>\n", element(label))).collect();
    scene.network.provisioning.put("/static.xml", "text/xml", format!("<flat-profile>\n{body}</flat-profile>\n"));
    scene.journal("profile", "a static address");
    scene.story.submitted = scene.observer.look().mark();
    let url = format!("http://{}/static.xml", plan::PROVISIONING.v4());
    let web = (scene.phone_address()?, 80).into();
    let reply = scene.client.get(web, &format!("/admin/resync?{url}")).await?;
    if !reply.status.is_success() {
        let seen = format!("status {}", reply.status);
        return Err(Stop::failed(format!("the phone takes /admin/resync?{url}"), seen, []));
    }
    restarted_at(scene, static_address(&fields)?).await
}

async fn no_dhcp(world: &mut World, mut args: Args) -> Outcome {
    let protocol = args.text()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    // Its page has answered from its address since then, and DHCP would have come before.
    settled().await;
    let capture = scene.observer.look();
    let own = |at: &evidence::At| at.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0);
    let seen: Vec<(String, u32)> = match protocol.as_str() {
        "DHCP" => {
            let all = capture.dhcp_since(since).iter().filter(|m| own(m.at()));
            all.map(|m| (format!("{:?}", m.kind), m.completed)).collect()
        }
        "DHCPv6" => {
            // Until it restarts the phone may still ask as before; at each boot it detects duplicates of its link-local address first.
            let boots = capture.icmp_since(since).iter().filter(|m| own(m.at()) && m.is_dad_probe());
            let of_link = |m: &&evidence::IcmpFact| {
                m.neighbour_solicitation().is_some_and(|asked| asked.target.is_unicast_link_local())
            };
            let booted = boots.rev().find(of_link).map_or(since, |m| evidence::Mark(m.completed));
            let all = capture.dhcp6_since(booted).iter().filter(|m| own(m.at()));
            all.map(|m| (m.kind.to_string(), m.completed)).collect()
        }
        other => return Err(Stop::bench(format!("`{other}` is neither DHCP nor DHCPv6; correct the feature file"))),
    };
    none_of(&seen, &format!("not one {protocol} message from a phone with a static address"))
}

fn none_of(seen: &[(String, u32)], expected: &str) -> Outcome {
    let Some((first, _)) = seen.first() else { return Ok(()) };
    let told = format!("{} of them, the first {first}", seen.len());
    Err(Stop::failed(expected, told, seen.iter().map(|(_, packet)| *packet)))
}

async fn no_packets(world: &mut World, mut args: Args) -> Outcome {
    let version = args.text()?;
    let scene = world.scene()?;
    let types: &[[u8; 2]] = match version.as_str() {
        "IPv4" => &TYPES_V4,
        "IPv6" => &TYPES_V6,
        other => return Err(Stop::bench(format!("`{other}` is no version of IP; correct the feature file"))),
    };
    let since = scene.story.since;
    settled().await;
    let capture = scene.observer.look();
    let seen: Vec<(String, u32)> = capture
        .frames()
        .iter()
        .filter(|frame| frame.number > since.0 && frame.data.get(6..12) == Some(&PHONE_MAC.0[..]))
        .filter(|frame| types.iter().any(|kind| frame.data.get(12..14) == Some(&kind[..])))
        .map(|frame| (format!("packet {}", frame.number), frame.number))
        .collect();
    none_of(&seen, &format!("not one {version} packet from the phone"))
}

async fn registers_from(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let address = address_of(scene, &text)?;
    let since = scene.story.since;
    let done = scene.observer.until(BOOT_LIMIT, |capture| {
        let mut messages = capture.sip_messages_since(since);
        let accepted = messages.find(|m| {
            m.dst.ip() == address
                && m.code() == Some(200)
                && m.cseq().is_some_and(|(_, method)| method == "REGISTER")
                && m.to().is_some_and(|to| to.uri.contains(&format!(":{USER}@")))
        })?;
        Some(accepted.packets.first())
    });
    if done.await.is_some() {
        return Ok(());
    }
    let capture = scene.observer.look();
    let tried: Vec<(IpAddr, u32)> = capture
        .sip_messages_since(since)
        .filter(|m| m.is_request("REGISTER"))
        .map(|m| (m.src.ip(), m.packets.first()))
        .collect();
    let seen = tried.first().map_or("no REGISTER at all".to_owned(), |(from, _)| format!("its REGISTER from {from}"));
    Err(Stop::failed(format!("{USER} registers from {address}"), seen, tried.into_iter().map(|(_, packet)| packet)))
}

async fn submit_wrong(world: &mut World, mut args: Args) -> Outcome {
    let (version, value, wrong) = (args.text()?, args.text()?, args.text()?);
    let (section, fields) = settings_of(&version)?;
    let scene = world.scene()?;
    scene.page()?.load().await?;
    for (label, good) in fields {
        let value = if label == wrong { value.as_str() } else { good };
        scene.page()?.enter(Place { tab: "System", section, label }, value)?;
    }
    scene.story.submitted = scene.observer.look().mark();
    scene.page()?.submit().await
}

async fn refused(world: &mut World, mut args: Args) -> Outcome {
    let (version, label) = (args.text()?, args.text()?);
    let (section, _) = settings_of(&version)?;
    let page = world.scene()?.page()?;
    match page.refusal_in(section, &label) {
        Some(_) => Ok(()),
        None => Err(Stop::failed(format!("a message at the field {label} of {section}"), page.answer(), [])),
    }
}

async fn not_applied(world: &mut World, mut args: Args) -> Outcome {
    let (section, fields) = settings_of(&args.text()?)?;
    let scene = world.scene()?;
    let address = scene.phone_address()?;
    let factory = |label: &str| match label {
        "Connection Type" => "DHCP",
        "Prefix Length" => "1",
        _ => "",
    };
    scene.page()?.load().await?;
    for (label, _) in fields {
        let seen = scene.page()?.value(Place { tab: "System", section, label })?;
        if seen != factory(label) {
            let expected = format!("{label} of {section} as before a submission that was refused");
            return Err(Stop::failed(expected, format!("`{seen}`"), []));
        }
    }
    let version = if address.is_ipv4() { "IPv4 Information" } else { "IPv6 Information" };
    let row = super::status::row(scene, version, "Current IP").await?;
    match row {
        Some(shown) if shown == address.to_string() => Ok(()),
        other => Err(Stop::failed(format!("the phone stays at {address}"), format!("it tells {other:?}"), [])),
    }
}

/// How long the phone may look for others before it uses an address of IPv6, or not look at all.
const DETECTION: Duration = Duration::from_secs(1);
/// What a phone of a bench takes from its question to the use of the address.
const DETECTED: Duration = Duration::from_millis(40);

/// Waits until the phone's page answers at this address, which it looks for, or uses, after `mark`.
pub async fn page_answers(scene: &Scene, address: IpAddr, mark: Mark) -> Outcome {
    // Who asks for a neighbour too early asks again after a second only (RFC 4861 §10, RETRANS_TIMER); so first its detection is waited for.
    let looked = scene.observer.until(DETECTION, |capture| {
        let seen = probes(capture, mark, address).or_else(|| first_use(capture, mark, address));
        seen.map(|_| ())
    });
    if looked.await.is_some() {
        tokio::time::sleep(DETECTED).await;
    }
    let answered = async {
        while scene.client.get((address, 80).into(), "/admin/status.xml").await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
    };
    match tokio::time::timeout(SOON, answered).await {
        Ok(()) => Ok(()),
        Err(_) => {
            let used = first_use(&scene.observer.look(), mark, address);
            let seen =
                if used.is_some() { "it uses the address, and no page comes" } else { "it does not use the address" };
            Err(Stop::failed(format!("the phone's page at {address}"), seen, used))
        }
    }
}
