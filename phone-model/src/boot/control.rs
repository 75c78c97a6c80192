//! The control WebSocket's connection: the phone dials out, stays connected, and comes back after a loss, each time a little later (phone-facts
//! §4; the SDK documentation tells that it comes back, not when).

mod careless;
mod carrying_out;
#[cfg(test)]
mod tests;

use super::clock::{Clock, TimeOfDay};
use super::credulous;
use super::dialer::{Dialer, Duplex};
use super::log::Log;
use super::phone::Unit;
use super::provisioning::Client;
use super::task::Task;
use super::trust::Purpose;
use crate::control::allowed::Allowed;
use crate::control::server::Server;
use crate::control::{Received, Session};
use crate::defects::{Defect, Defects};
use crate::ldap::{Failure, Fault};
use crate::profile::Profile;
use crate::settings::{Settings, Store};
use crate::state::{Board, Commands};
use crate::time::Duration;
use carrying_out::Carried;
use futures::stream::FuturesUnordered;
use futures::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// For a server that does not read, and for a goodbye.
const STEP_TIME: Duration = Duration::from_secs(10);
/// What a phone with a defect carries out at once.
const MANY: usize = 8;

type Working = Pin<Box<dyn Future<Output = Carried> + Send>>;
type Socket = WebSocketStream<Box<dyn Duplex>>;

/// The control WebSocket of a phone with an address. Dropping it closes the connection.
pub(super) struct ControlService {
    settings: watch::Sender<Settings>,
    _task: Task,
}

/// What a control server may see and do.
#[derive(Clone)]
struct ControlPhone {
    profile: Profile,
    defects: Defects,
    store: Store,
    board: Board,
    commands: Commands,
    client: Client,
    dialer: Dialer,
    wall: TimeOfDay,
    clock: Clock,
    log: Log,
}

/// How a connection ended.
enum Ended {
    /// It never came about.
    Never(String),
    /// It was there.
    Lost,
    /// The setting is another.
    Unwanted,
}

impl ControlService {
    /// Connects as soon as the settings name a server.
    pub(super) fn start(
        unit: &Unit,
        settings: &Settings,
        board: Board,
        commands: Commands,
        client: Client,
        dialer: Dialer,
        clock: Clock,
    ) -> Self {
        let phone = ControlPhone {
            profile: unit.profile.clone(),
            defects: unit.defects.clone(),
            store: unit.store.clone(),
            board,
            commands,
            client,
            dialer,
            wall: unit.wall.clone(),
            clock,
            log: unit.log.clone(),
        };
        let (sender, receiver) = watch::channel(settings.clone());
        ControlService { settings: sender, _task: Task::spawn(phone.run(receiver)) }
    }

    /// Obeys changed settings.
    pub(super) fn configure(&self, settings: &Settings) {
        self.settings.send_replace(settings.clone());
    }
}

impl ControlPhone {
    async fn run(self, mut settings: watch::Receiver<Settings>) {
        let unknown = &self.profile.unknown;
        let shortest = Duration::from_millis(unknown.control_retry_ms);
        let longest = Duration::from_millis(unknown.control_retry_longest_ms);
        let mut pause = shortest;
        loop {
            let url = url(&settings.borrow_and_update());
            let Ok(server) = Server::parse(&url) else {
                if !another(&mut settings, &url).await {
                    return;
                }
                continue;
            };
            let server = Server { secure: server.secure && !self.defects.has(Defect::ControlClearForWss), ..server };
            let place = format!("{}:{}", server.host, server.port);
            match self.connection(&server, &url, &mut settings).await {
                Ended::Unwanted => {
                    pause = shortest;
                    continue;
                }
                Ended::Lost => {
                    pause = shortest;
                    self.log.notice(&format!("control: connection to {place} lost"));
                    if self.defects.has(Defect::ControlNeverReturns) && !another(&mut settings, &url).await {
                        return;
                    }
                }
                Ended::Never(why) => self.log.notice(&format!("control: {place}: {why}")),
            }
            if self.defects.has(Defect::ControlReturnsWithoutRest) {
                continue;
            }
            // The wait is the point here; a changed setting ends it.
            tokio::select! {
                () = self.clock.until(Some(self.clock.now() + pause)) => pause = (pause * 2).min(longest.max(shortest)),
                _ = another(&mut settings, &url) => pause = shortest,
            }
        }
    }

    /// One connection, from the first look-up to its end.
    async fn connection(&self, server: &Server, url: &str, settings: &mut watch::Receiver<Settings>) -> Ended {
        let mut theirs = settings.clone();
        let url = if self.defects.has(Defect::ControlStays) { None } else { Some(url) };
        let socket = tokio::select! {
            socket = self.connect_or_worse(server, settings) => socket,
            () = unwanted(&mut theirs, url) => return Ended::Unwanted,
        };
        let mut socket = match socket {
            Ok(socket) => socket,
            Err(why) => return Ended::Never(why),
        };
        self.log.notice(&format!("control: connected to {}:{}", server.host, server.port));
        tokio::select! {
            () = self.serve(&mut socket, settings) => Ended::Lost,
            () = unwanted(&mut theirs, url) => {
                // A server that does not say goodbye is left without one.
                let _ = tokio::time::timeout(STEP_TIME, socket.close(None)).await;
                self.log.notice("control: connection closed");
                Ended::Unwanted
            }
        }
    }

    /// A connection, in whatever way a defect brings it about.
    async fn connect_or_worse(&self, server: &Server, settings: &watch::Receiver<Settings>) -> Result<Socket, String> {
        let connected = self.connect(server, settings).await;
        if connected.is_err() && server.secure && self.defects.has(Defect::ControlDowngrades) {
            let in_clear = Server { secure: false, ..server.clone() };
            return self.connect(&in_clear, settings).await;
        }
        connected
    }

    async fn connect(&self, server: &Server, settings: &watch::Receiver<Settings>) -> Result<Socket, String> {
        let words = |fault: Fault| Failure::from(fault).to_string();
        let step = self.patience(self.profile.unknown.control_answer_wait_ms);
        let settings = settings.borrow().clone();
        let tls = server.secure.then(|| self.tls(&settings)).transpose().map_err(words)?;
        let refused = tls.is_some() && self.defects.has(Defect::ControlAsksRefused);
        let opening = tokio::time::timeout(step, self.dialer.open(&server.host, server.port, tls)).await;
        let stream = match opening.map_err(|_| "no answer".to_owned())? {
            Err(Fault::Certificate(_)) if refused => {
                let believing = credulous::config().map_err(words)?;
                self.dialer.open(&server.host, server.port, Some(believing)).await.map_err(words)?
            }
            opened => opened.map_err(words)?,
        };
        let config = self.limits();
        let shaking = tokio_tungstenite::client_async_with_config(server.url.as_str(), stream, Some(config));
        let shaken = tokio::time::timeout(step, shaking).await.map_err(|_| "no answer".to_owned())?;
        shaken.map(|(socket, _)| socket).map_err(|error| format!("no WebSocket: {error}"))
    }

    fn tls(&self, settings: &Settings) -> Result<Arc<ClientConfig>, Fault> {
        if self.defects.has(Defect::ControlAcceptsAnyCertificate) {
            return credulous::config();
        }
        self.dialer.tls(Purpose::Control, settings)
    }

    fn allowed(&self, settings: &Settings) -> Allowed {
        let everything = self.defects.has(Defect::ControlIgnoresAllowed);
        Allowed::of(if everything { ".*" } else { settings.text("Allowed_APIs") })
    }

    /// Serves a connection until it ends.
    async fn serve(&self, socket: &mut Socket, settings: &watch::Receiver<Settings>) {
        let mut shown = self.board.watch();
        let silence = self.patience(self.profile.unknown.control_silence_ms);
        let most = if self.defects.has(Defect::ControlTwoAtOnce) { MANY } else { 1 };
        let mut session = Session::new(&self.board.snapshot().calls, most);
        let mut working: FuturesUnordered<Working> = FuturesUnordered::new();
        let (mut heard, mut asked) = (self.clock.now(), false);
        loop {
            let said = tokio::select! {
                message = socket.next() => {
                    (heard, asked) = (self.clock.now(), false);
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            let allowed = self.allowed(&settings.borrow());
                            match session.received(text.as_str(), &allowed, self.profile.model.lines()) {
                                Received::Say(text) => vec![text],
                                Received::Do(call) => {
                                    let work: Working = Box::pin(self.clone().carry_out(call));
                                    working.push(work);
                                    Vec::new()
                                }
                            }
                        }
                        Some(Err(error)) if careless::overlooks(&self.defects, &error) => {
                            careless::go_on(socket, self.limits()).await;
                            Vec::new()
                        }
                        // Pings are answered by the library; binary messages are nothing of this protocol.
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => Vec::new(),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    }
                }
                Some(carried) = working.next() => {
                    if say(socket, session.done(carried.outcome)).await.is_err() {
                        return;
                    }
                    // What ends this connection comes after its answer.
                    carried.afterwards.into_iter().for_each(|command| _ = self.commands.send(command));
                    Vec::new()
                }
                Ok(()) = shown.changed() => {
                    shown.borrow_and_update();
                    let told = session.changed(&self.board.snapshot().calls);
                    if self.defects.has(Defect::ControlTellsNothing) { Vec::new() } else { told }
                }
                () = self.clock.until(Some(heard + silence)) => {
                    if asked || socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return;
                    }
                    (heard, asked) = (self.clock.now(), true);
                    Vec::new()
                }
            };
            for text in said {
                if say(socket, text).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Waits until the setting is another than the URL, or for ever without one.
async fn unwanted(settings: &mut watch::Receiver<Settings>, url: Option<&str>) {
    match url {
        Some(url) => _ = another(settings, url).await,
        None => std::future::pending().await,
    }
}

/// Sends a message, unless the server does not take it.
async fn say(socket: &mut Socket, text: String) -> Result<(), ()> {
    let saying = tokio::time::timeout(STEP_TIME, socket.send(Message::text(text))).await;
    saying.map_err(|_| ())?.map_err(|_| ())
}

fn url(settings: &Settings) -> String {
    settings.text("Control_Server_URL").trim().to_owned()
}

/// Waits until the setting is another; false when the phone goes down.
async fn another(settings: &mut watch::Receiver<Settings>, than: &str) -> bool {
    settings.wait_for(|settings| url(settings) != than).await.is_ok()
}
