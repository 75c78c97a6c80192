//! The phone as a thing on a desk: its power, its registration, its profile, its screen.

use crate::network::{PASSWORD, SECOND_USER, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, DhcpKind, Mark};
use std::net::IpAddr;
use std::time::Duration;

/// How long a phone may take from power to its page. A unit on a desk takes a minute or two; the step's own limit is above this.
pub(super) const BOOT_LIMIT: Duration = Duration::from_secs(15);
/// How long anything may take that the phone does at once.
pub const SOON: Duration = Duration::from_secs(5);
/// After how long without an effect a phone is asked for something again: it takes no order to resync while it is resyncing.
const ASKED_AGAIN: Duration = Duration::from_secs(1);
/// How often a page that is not there yet is asked for again.
pub const AGAIN: Duration = Duration::from_millis(10);

crate::phrases! {
    /// Switches a phone on that has an account at the call server, and waits until it is registered.
    Given "a phone registered with the call server" => registered;
    /// Switches a phone on, and waits until it has an address and a page. It has no account.
    Given "a phone that is switched on" => switched_on;
    /// Gives the phone power and waits for nothing.
    When "the phone is switched on" => power;
    /// Restarts the phone by its page, and waits until it is up again.
    When "the administrator restarts the phone" => restarts;
    /// Gives an extension an account at the call server by profile. Not applicable on a phone with fewer lines.
    Given "extension {int} has an account at the call server" => second_account;
    /// Takes the phone's power, as a pulled plug does, and gives it back.
    When "the phone loses power and is switched on again" => power_cycle;
    /// Claims a REGISTER of the account and its 200 after the last time the phone was switched on.
    Then "the phone registers with the call server again" => registers_again;
    /// Serves a profile with one parameter, makes the phone fetch it and waits until the phone says that it has the value.
    When "the phone takes a profile with {word} {string}" => takes_profile;
    /// Keeps a picture of the screen.
    Given "the phone's screen is remembered" => remember_screen;
    /// Claims that the screen shows what it showed.
    Then "the screen is as remembered" => same_screen;
}

async fn registered(world: &mut World, _: Args) -> Outcome {
    bring_up(world.scene()?).await
}

async fn switched_on(world: &mut World, _: Args) -> Outcome {
    power_on(world.scene()?).await
}

async fn power(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    scene.phone.power_on(&scene.cable).await
}

async fn restarts(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let web = (scene.phone_address()?, 80).into();
    let mark = scene.observer.look().mark();
    scene.story.since = mark;
    scene.story.restarts_allowed += 1;
    scene.client.get(web, "/admin/reboot").await?;
    met(scene, mark).await
}

/// Switches the phone on, gives extension 1 its account, and waits until it is registered.
pub async fn bring_up(scene: &mut Scene) -> Outcome {
    power_on(scene).await?;
    let settings = [
        ("CISCO_XML_EXE_Enable", "Yes"),
        ("Proxy_1_", crate::network::LISTED[0]),
        ("User_ID_1_", USER),
        ("Password_1_", PASSWORD),
        ("Display_Name_1_", "Bench phone"),
    ];
    let mark = scene.observer.look().mark();
    profile(scene, &settings).await?;
    await_registration(scene, mark, USER).await
}

async fn second_account(world: &mut World, mut args: Args) -> Outcome {
    let line: u8 = args.read()?;
    let scene = world.scene()?;
    if scene.unit.lines < line {
        return Err(Stop::NotApplicable(format!(
            "an extension {line}: a {} has {}",
            scene.unit.model, scene.unit.lines
        )));
    }
    let account = |name: &str| format!("{name}_{line}_");
    let names = [account("Proxy"), account("User_ID"), account("Password")];
    let [proxy, user_id, password] = &names;
    // As `invite_to` calls them.
    let user = if line == 1 { USER } else { SECOND_USER };
    let settings =
        [(proxy.as_str(), crate::network::LISTED[0]), (user_id.as_str(), user), (password.as_str(), PASSWORD)];
    let mark = scene.observer.look().mark();
    profile(scene, &settings).await?;
    await_registration(scene, mark, user).await
}

async fn power_cycle(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.phone.power_off(&scene.cable).await?;
    scene.story.since = scene.observer.look().mark();
    power_on(scene).await
}

async fn registers_again(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    await_registration(scene, since, USER).await
}

async fn takes_profile(world: &mut World, mut args: Args) -> Outcome {
    let (name, value) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    profile(scene, &[(&name, &value)]).await?;
    if name == "Restricted_Access_Domains" {
        super::domains::takes_effect(scene, &value).await?;
    }
    Ok(())
}

async fn remember_screen(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.screen = Some(screen(scene).await?);
    Ok(())
}

async fn same_screen(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let now = screen(scene).await?;
    match &scene.story.screen {
        Some(then) if *then == now => Ok(()),
        Some(_) => {
            Err(Stop::failed("the screen as before", "another picture; see screen.bmp in the scenario's folder", []))
        }
        None => Err(Stop::bench("no screen was remembered; correct the feature file")),
    }
}

/// A picture of the screen, as a bitmap.
pub async fn screen(scene: &Scene) -> Result<bytes::Bytes, Stop> {
    let address = scene.phone_address()?;
    let reply = scene.client.get((address, 80).into(), "/admin/screendump.bmp").await?;
    if reply.status != 200 || !reply.body.starts_with(b"BM") {
        return Err(Stop::failed("a picture of the screen", format!("status {} and no bitmap", reply.status), []));
    }
    Ok(reply.body)
}

/// Switches the phone on and waits until it has an address and a page.
pub async fn power_on(scene: &mut Scene) -> Outcome {
    let mark = scene.observer.look().mark();
    scene.phone.power_on(&scene.cable).await?;
    met(scene, mark).await
}

/// Waits until the phone has taken a lease since `mark`, uses it, and its page answers there.
pub async fn met(scene: &mut Scene, mark: Mark) -> Outcome {
    let address = leased(scene, mark).await?;
    met_at(scene, address).await
}

/// Waits until the phone has taken a lease since `mark` and uses it.
pub async fn leased(scene: &mut Scene, mark: Mark) -> Result<IpAddr, Stop> {
    // A lease is not an address yet: the phone may probe it first. The first frame that it sends from it is.
    let lease = scene.observer.until(BOOT_LIMIT, |capture| {
        let mut granted = capture.dhcp_since(mark).iter().filter(|m| m.is(DhcpKind::Ack) && !m.yiaddr.is_unspecified());
        // The phone need not take what is not for it.
        let taken = granted.find(|ack| uses(capture, Mark(ack.completed), IpAddr::V4(ack.yiaddr)));
        taken.map(|ack| IpAddr::V4(ack.yiaddr))
    });
    lease.await.ok_or_else(|| Stop::failed("the phone takes a lease", "it took none", []))
}

/// Waits until the phone uses this address since `mark`, and its page answers there: however it came by the address.
pub async fn comes_up_at(scene: &mut Scene, address: IpAddr, mark: Mark) -> Outcome {
    let used = scene.observer.until(BOOT_LIMIT, |capture| uses(capture, mark, address).then_some(()));
    used.await.ok_or_else(|| Stop::failed(format!("the phone uses the address {address}"), "it does not", []))?;
    met_at(scene, address).await
}

/// Whether something was sent from this address since `mark`.
fn uses(capture: &Capture, mark: Mark, address: IpAddr) -> bool {
    capture.arp_since(mark).iter().any(|a| IpAddr::V4(a.sender_ip) == address)
        || capture.udp_since(mark).iter().any(|d| d.src.ip() == address)
        || capture.icmp_since(mark).iter().any(|m| m.src.ip() == address)
}

async fn met_at(scene: &mut Scene, address: IpAddr) -> Outcome {
    scene.meet_phone(address);
    let web = (address, 80).into();
    let page = async {
        // Nothing on the wire tells when a web server begins to listen; it is asked until it answers.
        while scene.client.get(web, "/admin/status.xml").await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::time::timeout(BOOT_LIMIT, page)
        .await
        .map_err(|_| Stop::failed("the phone's web server answers", format!("nobody answers at {web}"), []))
}

/// Waits for a REGISTER of `user` and its 200.
pub async fn await_registration(scene: &mut Scene, since: Mark, user: &str) -> Outcome {
    let address = scene.phone_address()?;
    let done = scene.observer.until(BOOT_LIMIT, |capture| {
        let accepted = capture.sip_messages_since(since).find(|m| {
            m.dst.ip() == address
                && m.code() == Some(200)
                && m.cseq().is_some_and(|(_, method)| method == "REGISTER")
                && m.to().is_some_and(|to| to.uri.contains(&format!(":{user}@")))
        })?;
        Some(accepted.packets.first())
    });
    match done.await {
        Some(_) => Ok(()),
        None => {
            let capture = scene.observer.look();
            let tried: Vec<u32> = capture
                .sip_messages_since(since)
                .filter(|m| m.is_request("REGISTER") || m.cseq().is_some_and(|(_, method)| method == "REGISTER"))
                .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
                .collect();
            let seen = if tried.is_empty() {
                "no REGISTER at all".to_owned()
            } else {
                "its REGISTER was never accepted".to_owned()
            };
            Err(Stop::failed(format!("{user} registers with the call server"), seen, tried))
        }
    }
}

/// Serves a profile with these parameters, makes the phone fetch it, and waits until the phone's own configuration has them.
pub async fn profile(scene: &mut Scene, settings: &[(&str, &str)]) -> Outcome {
    scene.story.profiles += 1;
    let path = format!("/profile-{}.xml", scene.story.profiles);
    let body: String = settings
        .iter()
        .map(|(name, value)| format!("  <{name} ua=\"na\">{}</{name}>\n", quick_xml::escape::escape(*value)))
        .collect();
    let document = format!("<flat-profile>\n{body}</flat-profile>\n");
    scene.journal("profile", &settings.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "));
    scene.network.provisioning.put(&path, "text/xml", document);
    let web = (scene.phone_address()?, 80).into();
    let url = format!("http://{}{path}", bench::plan::PROVISIONING.v4());
    // The status page tells when the profile is in force; the configuration dump then shows it, but for passwords.
    let told = async {
        loop {
            let reply = scene.client.get(web, &format!("/admin/resync?{url}")).await?;
            if !reply.status.is_success() {
                return Err(Stop::failed(
                    format!("the phone takes /admin/resync?{url}"),
                    format!("status {}", reply.status),
                    [],
                ));
            }
            let asked = tokio::time::Instant::now();
            while asked.elapsed() < ASKED_AGAIN {
                let status = scene.client.get(web, "/admin/status.xml").await?.text();
                if status.contains("Successful resync") && status.contains(&path) {
                    return Ok::<_, Stop>(());
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    };
    match tokio::time::timeout(SOON, told).await {
        Ok(told) => told?,
        Err(_) => {
            return Err(Stop::failed(
                format!("the phone tells of a successful resync with {url}"),
                "its status does not",
                [],
            ));
        }
    }
    let dump = scene.client.get(web, "/admin/cfg.xml").await?.text();
    let missing: Vec<&str> = settings
        .iter()
        .filter(|(name, value)| !name.contains("Password") && value_of(&dump, name).is_none_or(|v| v != *value))
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(Stop::failed(format!("the phone takes {missing} from the profile"), "its configuration does not show it", []))
}

/// The value of an element of a configuration dump.
pub fn value_of(xml: &str, name: &str) -> Option<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut inside = false;
    let mut value = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(e) => inside = e.name().as_ref() == name,
            Event::Empty(e) if e.name().as_ref() == name => return Some(String::new()),
            Event::Text(t) if inside => value.push_str(&t),
            Event::GeneralRef(r) if inside => {
                let entity = format!("&{};", &*r);
                value.push_str(&quick_xml::escape::unescape(&entity).ok()?);
            }
            Event::End(e) if inside && e.name().as_ref() == name => return Some(value),
            Event::Eof => return None,
            _ => {}
        }
    }
}
