//! Sabotage: what people, programs and accidents do to a bench, done on purpose. These phrases prove that a scenario blames the right one;
//! a suite that uses them tests nothing.

use super::phone::SOON;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World, boots_seen};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::net::SocketAddr;

crate::phrases! {
    /// For proving verdicts, not for suites: kills the phone's process as somebody from outside does (SIGKILL).
    When "somebody kills the phone" => kills;
    /// For proving verdicts, not for suites: waits until the phone's process has ended, by whatever.
    When "the phone has died" => has_died;
    /// For proving verdicts, not for suites: ends the phone's process in good order as somebody from outside does (SIGTERM).
    When "somebody switches the phone off" => switches_off;
    /// For proving verdicts, not for suites: stops the phone's process (SIGSTOP), which looks like a phone that hangs.
    When "the phone is stopped dead" => stops_dead;
    /// For proving verdicts, not for suites: restarts the phone by its page behind the scenario's back, which looks like a phone that restarts by
    /// itself, and waits until it has an address again.
    When "somebody restarts the phone" => restarts;
    /// For proving verdicts, not for suites: takes the bench's end of the phone's cable down and leaves it so.
    When "somebody pulls the phone's cable" => pulls;
    /// For proving verdicts, not for suites: ends the server as an accident of ours does.
    When "our name server dies" => name_server_dies;
    /// For proving verdicts, not for suites: ends the server as an accident of ours does.
    When "our call server dies" => call_server_dies;
    /// For proving verdicts, not for suites: a step that is never done, whatever the phone does.
    When "a step of ours never ends" => never_ends;
    /// For proving verdicts, not for suites: a step with a bug.
    When "a step of ours panics" => panics;
}

async fn kills(world: &mut World, _: Args) -> Outcome {
    signal(world.scene()?, Signal::SIGKILL)
}

async fn has_died(world: &mut World, _: Args) -> Outcome {
    world.scene()?.phone.ends().await;
    Ok(())
}

async fn switches_off(world: &mut World, _: Args) -> Outcome {
    signal(world.scene()?, Signal::SIGTERM)
}

async fn stops_dead(world: &mut World, _: Args) -> Outcome {
    signal(world.scene()?, Signal::SIGSTOP)
}

async fn restarts(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let web = SocketAddr::new(scene.phone_address()?, 80);
    let before = boots_seen(&scene.observer.look());
    let reply = scene.client.get(web, "/admin/reboot").await?;
    if !reply.status.is_success() {
        return Err(Stop::bench(format!("the phone does not take /admin/reboot: status {}", reply.status)));
    }
    let again = scene.observer.until(SOON, |capture| (boots_seen(capture) > before).then_some(()));
    again.await.ok_or_else(|| Stop::bench("the phone took /admin/reboot and did not restart"))
}

async fn pulls(world: &mut World, _: Args) -> Outcome {
    world.scene()?.cable.cut().await.map_err(Stop::bench)
}

async fn name_server_dies(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.dns.crash();
    Ok(())
}

async fn call_server_dies(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.call_server.crash();
    Ok(())
}

async fn never_ends(world: &mut World, _: Args) -> Outcome {
    world.scene()?;
    std::future::pending().await
}

// A bug is what is wanted here.
#[allow(clippy::panic)]
async fn panics(world: &mut World, _: Args) -> Outcome {
    world.scene()?;
    panic!("as it was told to")
}

fn signal(scene: &Scene, signal: Signal) -> Outcome {
    let process = scene.phone.process().and_then(|p| i32::try_from(p).ok());
    let process = process.ok_or_else(|| Stop::bench("the phone is off; the scenario must switch it on first"))?;
    kill(Pid::from_raw(process), signal).map_err(|e| Stop::bench(format!("{signal} could not be sent: {e}")))
}
