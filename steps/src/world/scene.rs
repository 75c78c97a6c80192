//! What a scenario plays in: a bench, the servers on it, the unit under test, the capture, and what the steps remember.

use super::TapEnd;
use crate::network::{Network, PHONE_MAC};
use crate::observer::Observer;
use crate::outcome::{Blame, Stop};
use crate::phrases::Story;
use crate::suite::{Execution, Journal, SuiteOptions};
use crate::unit::UnitUnderTest;
use crate::unit::control::Keys;
use crate::unit::emulated::Emulated;
use crate::unit::http::Client;
use crate::unit::web_admin::WebAdmin;
use bench::{Cable, Frame, InterfaceId, Lease, PcapngFile, Tap, plan};
use servers::tls::Sink;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// What a scenario plays in.
pub struct Scene {
    /// Servers.
    pub network: Network,
    /// The unit under test.
    pub phone: Emulated,
    /// What kind of unit it is.
    pub unit: UnitUnderTest,
    /// The capture as it grows.
    pub observer: Observer,
    /// The phone's cable.
    pub cable: Cable,
    /// The phone's page; there once its address is known.
    pub page: Option<WebAdmin>,
    /// The phone's keys; there once its address is known.
    pub keys: Option<Keys>,
    /// The phone's address, once it has one.
    pub address: Option<IpAddr>,
    /// The operator's web client.
    pub client: Client,
    /// What earlier steps did.
    pub story: Story,
    /// The scenario.
    pub execution: Execution,
    journal: Journal,
    file: Arc<Mutex<PcapngFile>>,
    path: PathBuf,
    interface: InterfaceId,
    tap: Option<Tap>,
    // The phone gave no sign of life when one was due.
    pub(super) silent: bool,
    // Last, so that everything on the bench is gone when it goes back to the pool.
    lease: Lease,
}

impl Scene {
    pub(crate) async fn open(execution: Execution, unit: UnitUnderTest, options: &SuiteOptions) -> Result<Self, Stop> {
        let desk = (options.desk)(&execution).map_err(|e| {
            Stop::bench(format!(
                "the folder of the scenario cannot be made: {e}; see that the run folder can be written"
            ))
        })?;
        let lease = options.pool.take().await.map_err(Stop::bench)?;
        let network = Network::start(&lease.net()).await?;
        let cable = lease.cable(PHONE_MAC).await.map_err(Stop::bench)?;
        let observer = Observer::default();
        let path = desk.folder.join("capture.pcapng");
        let (tap, file, interface) = tap(&cable, &observer, path.clone(), options.tap_room).await?;
        let seed = seed_of(&execution, options.seed);
        let mut phone = Emulated::new(unit.clone(), &desk.folder, seed);
        if let Some(release) = execution.scenario.tag("release:") {
            phone.set_release(release);
        }
        for (name, value) in execution.scenario.tags.iter().filter_map(|t| t.strip_prefix("profile:")?.split_once('='))
        {
            phone.set_profile(name, value);
        }
        let client = Client::new(lease.net(), plan::OPERATOR);
        Ok(Scene {
            network,
            phone,
            unit,
            observer,
            cable,
            page: None,
            keys: None,
            address: None,
            client,
            story: Story::default(),
            execution,
            journal: desk.journal,
            file,
            path,
            interface,
            tap: Some(tap),
            silent: false,
            lease,
        })
    }

    /// Where sockets of this bench are made.
    pub fn net(&self) -> bench::Net {
        self.lease.net()
    }

    /// Where a server of ours puts the secrets of its TLS connections: into the file, ahead of the packets that need them, and into the
    /// oracle's view.
    pub fn key_sink(&self) -> Sink {
        // Weakly: servers may outlive the file by a moment.
        let (file, observer) = (Arc::downgrade(&self.file), self.observer.clone());
        Arc::new(move |lines: &[u8]| {
            if let Some(file) = file.upgrade() {
                // A disk that is full shows at the next frame, and at the end.
                let _ = file.lock().unwrap_or_else(PoisonError::into_inner).secrets(lines);
            }
            observer.add_keys(&String::from_utf8_lossy(lines));
        })
    }

    /// How many frames the tap has missed so far.
    pub fn missed(&self) -> u64 {
        self.tap.as_ref().map_or(0, Tap::dropped)
    }

    /// Writes a comment at the next packet.
    pub fn note(&mut self, text: &str) {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).note(text);
    }

    /// Writes a comment at the last packet.
    pub fn note_last(&mut self, text: &str) {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).note_last(text);
    }

    /// Writes into the journal of the scenario.
    pub fn journal(&mut self, kind: &str, text: &str) {
        (self.journal)(kind, text);
    }

    /// The phone's address, now that it has one.
    ///
    /// # Errors
    /// The scenario is at fault when it uses the phone before it was switched on.
    pub fn phone_address(&self) -> Result<IpAddr, Stop> {
        self.address.ok_or_else(|| Stop::bench("the phone has no address yet; the scenario must switch it on first"))
    }

    /// The phone's page.
    ///
    /// # Errors
    /// As [`phone_address`](Self::phone_address).
    pub fn page(&mut self) -> Result<&mut WebAdmin, Stop> {
        self.page.as_mut().ok_or_else(|| Stop::bench("the phone has no page yet; the scenario must switch it on first"))
    }

    /// The phone's keys.
    ///
    /// # Errors
    /// As [`phone_address`](Self::phone_address).
    pub fn keys(&self) -> Result<&Keys, Stop> {
        self.keys.as_ref().ok_or_else(|| Stop::bench("the phone has no keys yet; the scenario must switch it on first"))
    }

    /// From now on the phone is at this address.
    pub fn meet_phone(&mut self, address: IpAddr) {
        let web = SocketAddr::new(address, 80);
        self.address = Some(address);
        self.page = Some(WebAdmin::new(self.client.clone(), web));
        self.keys = Some(Keys::new(self.client.clone(), web));
    }

    pub(crate) async fn close(mut self) -> Result<TapEnd, Stop> {
        self.phone.power_off(&self.cable).await?;
        let tap = self.tap.take();
        let dropped = match tap {
            Some(tap) => tap.stop().await.map_err(Stop::bench)?.dropped,
            None => 0,
        };
        let Scene { network, story, file, path, cable, lease, interface, .. } = self;
        // Handles of calls hold on to their server.
        drop(story);
        network.close().await;
        drop((cable, lease));
        if let Ok(file) = Arc::try_unwrap(file) {
            let mut file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let (frames, late) = (file.frames(), file.secrets_are_late());
            let ended = file
                .statistics(interface, u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), frames, dropped)
                .and_then(|()| file.finish())
                .and_then(|()| if late { bench::secrets_to_front(&path) } else { Ok(()) });
            ended.map_err(|e| Stop::Inconclusive {
                who: Blame::Capture,
                cause: format!("the capture could not be finished: {e}"),
            })?;
        }
        Ok(TapEnd { dropped })
    }
}

async fn tap(
    cable: &Cable,
    observer: &Observer,
    path: PathBuf,
    room: Option<u32>,
) -> Result<(Tap, Arc<Mutex<PcapngFile>>, InterfaceId), Stop> {
    let failed = |e: std::io::Error| Stop::Inconclusive {
        who: Blame::Capture,
        cause: format!("the capture cannot be written: {e}"),
    };
    let mut file = PcapngFile::create(path, concat!("offhook ", env!("CARGO_PKG_VERSION"))).map_err(failed)?;
    let interface = file.add_interface(cable.port(), "the phone's cable").map_err(failed)?;
    let file = Arc::new(Mutex::new(file));
    let (written, seen) = (Arc::clone(&file), observer.clone());
    let sink = move |frame: Frame| {
        // The file first: whoever waits for this packet may write a note at it.
        let _ = written.lock().unwrap_or_else(PoisonError::into_inner).write(interface, &frame);
        seen.push(0, frame.time_ns, &frame.data);
    };
    let tap = match room {
        None => cable.tap(sink).await,
        Some(slots) => cable.tap_with_room(slots, sink).await,
    };
    Ok((tap.map_err(Stop::bench)?, file, interface))
}

/// The same scenario on the same unit draws the same chances under the same seed.
fn seed_of(execution: &Execution, seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (
        seed,
        &execution.scenario.file,
        execution.scenario.line,
        &execution.scenario.name,
        &execution.unit,
        execution.round,
    )
        .hash(&mut hasher);
    hasher.finish()
}
