//! The control WebSocket's connection: the phone dials out, stays connected, and comes back after a loss, each time a little later (phone-facts
//! §4; the SDK documentation tells that it comes back, not when).

mod carrying_out;
#[cfg(test)]
mod tests;

use super::clock::{Clock, TimeOfDay};
use super::dialer::{Dialer, Duplex};
use super::log::Log;
use super::phone::Unit;
use super::provisioning::Client;
use super::task::Task;
use super::trust::Purpose;
use crate::control::allowed::Allowed;
use crate::control::server::Server;
use crate::control::{LONGEST_REQUEST, Received, Session};
use crate::ldap::{Failure, Fault};
use crate::profile::Profile;
use crate::settings::{Settings, Store};
use crate::state::{Board, Commands};
use crate::time::Duration;
use carrying_out::Carried;
use futures::future::OptionFuture;
use futures::{SinkExt as _, StreamExt as _};
use std::pin::Pin;
use tokio::sync::watch;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, protocol::WebSocketConfig};

/// For each step of connecting.
const STEP_TIME: Duration = Duration::from_secs(10);
/// How long a connection may be silent before it is asked for a sign of life (RFC 6455 §5.5.2); as long again, and it is given up.
const SILENCE: Duration = Duration::from_secs(30);

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
            let place = format!("{}:{}", server.host, server.port);
            match self.connection(&server, &url, &mut settings).await {
                Ended::Unwanted => {
                    pause = shortest;
                    continue;
                }
                Ended::Lost => {
                    pause = shortest;
                    self.log.notice(&format!("control: connection to {place} lost"));
                }
                Ended::Never(why) => self.log.notice(&format!("control: {place}: {why}")),
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
        let socket = tokio::select! {
            socket = self.connect(server, settings) => socket,
            _ = another(&mut theirs, url) => return Ended::Unwanted,
        };
        let mut socket = match socket {
            Ok(socket) => socket,
            Err(why) => return Ended::Never(why),
        };
        self.log.notice(&format!("control: connected to {}:{}", server.host, server.port));
        tokio::select! {
            () = self.serve(&mut socket, settings) => Ended::Lost,
            _ = another(&mut theirs, url) => {
                // A server that does not say goodbye is left without one.
                let _ = tokio::time::timeout(STEP_TIME, socket.close(None)).await;
                self.log.notice("control: connection closed");
                Ended::Unwanted
            }
        }
    }

    async fn connect(&self, server: &Server, settings: &watch::Receiver<Settings>) -> Result<Socket, String> {
        let words = |fault: Fault| Failure::from(fault).to_string();
        let settings = settings.borrow().clone();
        let tls = server.secure.then(|| self.dialer.tls(Purpose::Control, &settings)).transpose().map_err(words)?;
        let opening = tokio::time::timeout(STEP_TIME, self.dialer.open(&server.host, server.port, tls)).await;
        let stream = opening.map_err(|_| "no answer".to_owned())?.map_err(words)?;
        let config =
            WebSocketConfig::default().max_message_size(Some(LONGEST_REQUEST)).max_frame_size(Some(LONGEST_REQUEST));
        let shaking = tokio_tungstenite::client_async_with_config(server.url.as_str(), stream, Some(config));
        let shaken = tokio::time::timeout(STEP_TIME, shaking).await.map_err(|_| "no answer".to_owned())?;
        shaken.map(|(socket, _)| socket).map_err(|error| format!("no WebSocket: {error}"))
    }

    /// Serves a connection until it ends.
    async fn serve(&self, socket: &mut Socket, settings: &watch::Receiver<Settings>) {
        let mut shown = self.board.watch();
        let mut session = Session::new(&self.board.snapshot().calls);
        let mut working: OptionFuture<Working> = None.into();
        let (mut heard, mut asked) = (self.clock.now(), false);
        loop {
            let said = tokio::select! {
                message = socket.next() => {
                    (heard, asked) = (self.clock.now(), false);
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            let allowed = Allowed::of(settings.borrow().text("Allowed_APIs"));
                            match session.received(text.as_str(), &allowed, self.profile.model.lines()) {
                                Received::Say(text) => vec![text],
                                Received::Do(call) => {
                                    let work: Working = Box::pin(self.clone().carry_out(call));
                                    working = Some(work).into();
                                    Vec::new()
                                }
                            }
                        }
                        // Pings are answered by the library; binary messages are nothing of this protocol.
                        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => Vec::new(),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    }
                }
                Some(carried) = &mut working => {
                    working = None.into();
                    if say(socket, session.done(carried.outcome)).await.is_err() {
                        return;
                    }
                    // What ends this connection comes after its answer.
                    carried.afterwards.into_iter().for_each(|command| _ = self.commands.send(command));
                    Vec::new()
                }
                Ok(()) = shown.changed() => {
                    shown.borrow_and_update();
                    session.changed(&self.board.snapshot().calls)
                }
                () = self.clock.until(Some(heard + SILENCE)) => {
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
