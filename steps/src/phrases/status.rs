//! What the phone tells about itself: Info > Status, as the page and `/admin/status.xml` show it.

use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::{AGAIN, SOON};
use crate::world::{Scene, World};

crate::phrases! {
    /// Claims what a row of Info > Status says: label, value, section. A value that is still on its way is waited for.
    Then "the status page shows {string} as {string} in {string}" => shows;
    /// Claims that a row of Info > Status is empty: label, section.
    Then "the status page shows no {string} in {string}" => shows_nothing;
    /// Claims the newest reason in the Reboot History of Info > Status.
    Then "the last reboot reason is {string}" => last_reboot;
}

async fn shows(world: &mut World, mut args: Args) -> Outcome {
    let (label, value, section) = (args.text()?, args.text()?, args.text()?);
    awaited(world.scene()?, &section, &label, |shown| shown == value, &value).await
}

async fn shows_nothing(world: &mut World, mut args: Args) -> Outcome {
    let (label, section) = (args.text()?, args.text()?);
    awaited(world.scene()?, &section, &label, str::is_empty, "nothing").await
}

async fn last_reboot(world: &mut World, mut args: Args) -> Outcome {
    let reason = args.text()?;
    // `[MM/DD/YY HH:MM:SS]Reason`
    let same = |shown: &str| shown.rsplit(']').next() == Some(reason.as_str());
    awaited(world.scene()?, "Reboot History", "Reboot Reason 1", same, &format!("the reason {reason}")).await
}

/// Asks until a row of the status page fits.
pub async fn awaited(
    scene: &mut Scene,
    section: &str,
    label: &str,
    fits: impl Fn(&str) -> bool,
    expected: &str,
) -> Outcome {
    let mut seen = "no answer".to_owned();
    let asked = async {
        loop {
            match row(scene, section, label).await {
                Ok(Some(shown)) if fits(&shown) => return,
                Ok(Some(shown)) => seen = if shown.is_empty() { "nothing".to_owned() } else { shown },
                Ok(None) => seen = "no such row".to_owned(),
                // It restarts, perhaps.
                Err(_) => "no answer".clone_into(&mut seen),
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    match tokio::time::timeout(SOON, asked).await {
        Ok(()) => Ok(()),
        Err(_) => Err(Stop::failed(format!("{label} in {section} of the status page: {expected}"), seen, [])),
    }
}

/// A row of the status page as it is now; `None` when there is no such row.
///
/// # Errors
/// The phone does not answer.
pub async fn row(scene: &Scene, section: &str, label: &str) -> Result<Option<String>, Stop> {
    let web = (scene.phone_address()?, 80).into();
    let xml = scene.client.get(web, "/admin/status.xml").await?.text();
    Ok(value_in(&xml, &element(section), &element(label)))
}

/// A label as an element name: what is no letter, digit, `-` or `.` is `_`.
fn element(label: &str) -> String {
    label.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' }).collect()
}

/// The text of `<label>` inside `<section>`.
fn value_in(xml: &str, section: &str, label: &str) -> Option<String> {
    let (open, close) = (format!("<{section}>"), format!("</{section}>"));
    let inside = xml.split_once(&open)?.1;
    // A row may be called as its section is; then the first end is its own.
    let end = inside.find(&close)?;
    let from = inside.find(&format!("<{label}>")).filter(|from| *from < end)?;
    let value = inside.get(from..)?.split_once('>')?.1;
    let value = value.split_once(&format!("</{label}>"))?.0;
    quick_xml::escape::unescape(value).ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_row_is_found_in_its_section() {
        let xml = "<status><A_B><Current_IP>1</Current_IP></A_B><C><Current_IP>2 &amp; 3</Current_IP></C></status>";
        assert_eq!(value_in(xml, "C", "Current_IP").as_deref(), Some("2 & 3"));
        assert_eq!(value_in(xml, &element("A B"), &element("Current IP")).as_deref(), Some("1"));
        assert_eq!(value_in(xml, "A_B", "Netmask"), None);
        assert_eq!(value_in(xml, "D", "Current_IP"), None);
        let same = "<status><P_S><P_R>1</P_R><P_S>2</P_S></P_S><C><D>3</D></C></status>";
        assert_eq!(value_in(same, "P_S", "P_S").as_deref(), Some("2"));
        assert_eq!((value_in(same, "P_S", "P_R").as_deref(), value_in(same, "P_S", "D")), (Some("1"), None));
    }
}
