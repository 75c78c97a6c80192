//! The phone's serial line, on which it writes its log from power-on.

use super::phone::{AGAIN, SOON};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;

crate::phrases! {
    /// Waits until a line of the phone's serial line has this text in it.
    Then "the phone's serial line tells {string}" => tells;
}

async fn tells(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let mut last = String::new();
    let told = async {
        loop {
            let lines = scene.phone.last_lines().await;
            if lines.iter().any(|line| line.contains(&text)) {
                return;
            }
            last = lines.last().cloned().unwrap_or_default();
            tokio::time::sleep(AGAIN).await;
        }
    };
    match tokio::time::timeout(SOON, told).await {
        Ok(()) => Ok(()),
        Err(_) => Err(Stop::failed(format!("`{text}` on the serial line"), format!("its last line is `{last}`"), [])),
    }
}
