//! The administration page, as the document's procedures walk through it.

use super::phone::profile;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::web_admin::Place;
use crate::world::{Scene, World};

/// Where the document puts the list of domains.
pub const DOMAINS: Place<'static> =
    Place { tab: "System", section: "System Configuration", label: "Restricted Access Domains" };

crate::phrases! {
    /// Opens the administration page and goes to a tab below Voice, as in `System` or `Ext 1`.
    When "the administrator selects Voice > {anything}" => select;
    /// Enters text in a field of the open tab, by its label. Nothing is submitted yet.
    When "enters {string} in the {string} field of the {string} section" => enter;
    /// Chooses from a list of the open tab, by its label. Nothing is submitted yet.
    When "chooses {string} from the {string} list of the {string} section" => enter_choice;
    /// Clicks `Submit All Changes` or `Undo All Changes`.
    When "clicks {string}" => click;
    /// Reads the page anew and claims the value of a field of the tab System.
    Then "the page shows {string} in the {string} field of the {string} section" => shows;
    /// Reads the page anew and claims the choices of a list of the open tab, in order, separated by commas.
    Then "the {string} list of the {string} section offers {string} and nothing else" => offers;
    /// Reads the page anew and claims the value of a field of an extension.
    Then "the page shows {string} in the {string} field of the {string} section of extension {int}" => shows_of_extension;
    /// Sets the list of domains by profile and waits until it is in effect.
    Given "Restricted Access Domains is {string}" => domains_by_profile;
    /// Sets the list of domains on the page and waits until it is in effect.
    When "Restricted Access Domains becomes {string}" => domains_by_page;
    /// Sets Auth INVITE of an extension by profile.
    Given "Auth INVITE of extension {int} is {string}" => auth_by_profile;
    /// Sets Auth INVITE of an extension on the page.
    When "Auth INVITE of extension {int} becomes {string}" => auth_by_page;
    /// Sets SIP Transport of an extension by profile and waits until the phone has registered over it and, over TCP, serves the call server.
    Given "SIP Transport of extension {int} is {string}" => transport_by_profile;
    /// Sets Auth Support RFC8760 of an extension by profile.
    Given "Auth Support RFC8760 of extension {int} is {string}" => rfc8760_by_profile;
    /// Submits a list of domains and keeps what the page answers.
    When "the administrator submits {string} as Restricted Access Domains" => submit_domains;
    /// Submits a list of domains and another field at once and keeps what the page answers.
    When "the administrator submits {string} as Restricted Access Domains together with {string} as Auth INVITE of extension {int}" => submit_both;
    /// Claims a message at this field of the page that answered the submission.
    Then "the page refuses it at the field {string}" => refuses;
}

async fn select(world: &mut World, mut args: Args) -> Outcome {
    let tab = args.text()?;
    world.scene()?.page()?.select(&tab).await
}

async fn enter(world: &mut World, mut args: Args) -> Outcome {
    let (value, label, section) = (args.text()?, args.text()?, args.text()?);
    let page = world.scene()?.page()?;
    let tab = page.tab().to_owned();
    page.enter(Place { tab: &tab, section: &section, label: &label }, &value)
}

async fn enter_choice(world: &mut World, args: Args) -> Outcome {
    enter(world, args).await
}

async fn click(world: &mut World, mut args: Args) -> Outcome {
    let button = args.text()?;
    let scene = world.scene()?;
    match button.as_str() {
        "Submit All Changes" => {
            let list = scene.page()?.entered(DOMAINS);
            submit(scene).await?;
            match list {
                Some(list) => super::domains::takes_effect(scene, &list).await,
                None => Ok(()),
            }
        }
        "Undo All Changes" => scene.page()?.undo().await,
        other => Err(Stop::bench(format!("the page of a phone has no button `{other}`; correct the feature file"))),
    }
}

async fn shows(world: &mut World, mut args: Args) -> Outcome {
    let (value, label, section) = (args.text()?, args.text()?, args.text()?);
    let page = world.scene()?.page()?;
    let tab = if page.tab().is_empty() { "System".to_owned() } else { page.tab().to_owned() };
    shown(world, Place { tab: &tab, section: &section, label: &label }, &value).await
}

async fn offers(world: &mut World, mut args: Args) -> Outcome {
    let (label, section, choices) = (args.text()?, args.text()?, args.text()?);
    let page = world.scene()?.page()?;
    let tab = page.tab().to_owned();
    page.load().await?;
    let offered = page.offered(Place { tab: &tab, section: &section, label: &label })?.join(", ");
    if offered == choices {
        return Ok(());
    }
    Err(Stop::failed(format!("the list {label} offers {choices}"), format!("it offers {offered}"), []))
}

async fn shows_of_extension(world: &mut World, mut args: Args) -> Outcome {
    let (value, label, section, extension) = (args.text()?, args.text()?, args.text()?, args.read::<u8>()?);
    let tab = format!("Ext {extension}");
    shown(world, Place { tab: &tab, section: &section, label: &label }, &value).await
}

async fn shown(world: &mut World, place: Place<'_>, value: &str) -> Outcome {
    let seen = world.scene()?.page()?.shown(place).await?;
    if seen == value {
        return Ok(());
    }
    Err(Stop::failed(format!("the page shows `{value}` in {}", place.label), format!("it shows `{seen}`"), []))
}

async fn domains_by_profile(world: &mut World, mut args: Args) -> Outcome {
    let list = args.text()?;
    let scene = world.scene()?;
    profile(scene, &[("Restricted_Access_Domains", &list)]).await?;
    super::domains::takes_effect(scene, &list).await
}

async fn domains_by_page(world: &mut World, mut args: Args) -> Outcome {
    let list = args.text()?;
    let scene = world.scene()?;
    scene.page()?.load().await?;
    scene.page()?.enter(DOMAINS, &list)?;
    submit(scene).await?;
    super::domains::takes_effect(scene, &list).await
}

async fn auth_by_profile(world: &mut World, mut args: Args) -> Outcome {
    let (extension, value) = (args.read::<u8>()?, args.text()?);
    profile(world.scene()?, &[(&format!("Auth_INVITE_{extension}_"), &value)]).await
}

async fn auth_by_page(world: &mut World, mut args: Args) -> Outcome {
    let (extension, value) = (args.read::<u8>()?, args.text()?);
    let scene = world.scene()?;
    let tab = format!("Ext {extension}");
    scene.page()?.load().await?;
    scene.page()?.enter(Place { tab: &tab, section: "SIP Settings", label: "Auth INVITE" }, &value)?;
    submit(scene).await
}

async fn transport_by_profile(world: &mut World, mut args: Args) -> Outcome {
    let (extension, value) = (args.read::<u8>()?, args.text()?);
    let scene = world.scene()?;
    let mark = scene.observer.look().mark();
    profile(scene, &[(&format!("SIP_Transport_{extension}_"), &value)]).await?;
    scene.story.tcp = value == "TCP";
    super::phone::await_registration(scene, mark, crate::network::USER).await?;
    // The 200 of the registrar was on the wire, which is not to say that the phone has read it: what comes on another connection may
    // overtake it inside the phone. Over UDP all comes through one socket, in order.
    if scene.story.tcp { super::options::serves_tcp(scene).await } else { Ok(()) }
}

async fn rfc8760_by_profile(world: &mut World, mut args: Args) -> Outcome {
    let (extension, value) = (args.read::<u8>()?, args.text()?);
    profile(world.scene()?, &[(&format!("Auth_Support_RFC8760_{extension}_"), &value)]).await
}

async fn submit_domains(world: &mut World, mut args: Args) -> Outcome {
    let list = args.text()?;
    let scene = world.scene()?;
    scene.page()?.load().await?;
    scene.page()?.enter(DOMAINS, &list)?;
    scene.page()?.submit().await
}

async fn submit_both(world: &mut World, mut args: Args) -> Outcome {
    let (list, auth, extension) = (args.text()?, args.text()?, args.read::<u8>()?);
    let scene = world.scene()?;
    let tab = format!("Ext {extension}");
    scene.page()?.load().await?;
    scene.page()?.enter(DOMAINS, &list)?;
    scene.page()?.enter(Place { tab: &tab, section: "SIP Settings", label: "Auth INVITE" }, &auth)?;
    scene.page()?.submit().await
}

async fn refuses(world: &mut World, mut args: Args) -> Outcome {
    let label = args.text()?;
    let page = world.scene()?.page()?;
    match page.refusal(&label) {
        Some(_) => Ok(()),
        None => Err(Stop::failed(format!("a message at the field {label}"), page.answer(), [])),
    }
}

/// Submits what was entered, which the page must take.
pub(super) async fn submit(scene: &mut Scene) -> Outcome {
    scene.journal("submit", "Submit All Changes");
    scene.story.submitted = scene.observer.look().mark();
    let page = scene.page()?;
    page.submit().await?;
    if page.was_taken() {
        return Ok(());
    }
    Err(Stop::failed("the page takes the submission", page.answer(), []))
}
