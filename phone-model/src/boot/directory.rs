//! The directory's shell: keys go to it while it is on the screen, its lookups have their connections here.

mod lookup;
#[cfg(test)]
mod tests;

use super::clock::Clock;
use super::dialer::Dialer;
use super::log::Log;
use super::phone::Unit;
use super::task::Task;
use crate::defects::Defects;
use crate::directory::{Directory, Input, Output};
use crate::ldap::{Failure, Found, Lookup};
use crate::random::Random;
use crate::settings::Settings;
use crate::state::{Board, Key};
use crate::ua;
use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot};

/// Outcomes that wait; there is one lookup at a time.
const WAITING: usize = 4;
/// The soft key Directory of an idle phone.
const IDLE_SOFT_KEY: u8 = 4;

/// A lookup and its outcome.
type Ended = (u32, Result<Found, Failure>);

/// See the module's text.
pub(super) struct DirectoryService {
    machine: Directory,
    settings: Settings,
    defects: Defects,
    random: Random,
    dialer: Dialer,
    board: Board,
    clock: Clock,
    log: Log,
    running: Option<(Task, oneshot::Sender<()>)>,
    told: mpsc::Sender<Ended>,
    heard: mpsc::Receiver<Ended>,
    dialled: VecDeque<String>,
}

impl DirectoryService {
    /// A directory that nobody looks at.
    pub(super) fn new(
        unit: &Unit,
        settings: &Settings,
        random: Random,
        dialer: Dialer,
        board: Board,
        clock: Clock,
    ) -> Self {
        let (told, heard) = mpsc::channel(WAITING);
        board.change(|status| status.directory = None);
        DirectoryService {
            machine: Directory::new(unit.profile.clone(), unit.defects.clone(), settings.clone()),
            settings: settings.clone(),
            defects: unit.defects.clone(),
            random,
            dialer,
            board,
            clock,
            log: unit.log.clone(),
            running: None,
            told,
            heard,
            dialled: VecDeque::new(),
        }
    }

    /// Takes what a person does if it is for the directory, and gives it back if it is not: while there is a call, keys are the call's.
    pub(super) fn offer(&mut self, input: ua::Input) -> Option<ua::Input> {
        let mut idle = (false, false);
        self.board.change(|status| {
            let free = status.calls.is_empty();
            idle = (free, free && !status.off_hook && status.dialled.is_empty());
        });
        let (free, idle) = idle;
        let opens = |name: &str| matches!(name.to_ascii_lowercase().as_str(), "directory" | "directories" | "dir");
        let open = self.machine.is_open();
        let own = match &input {
            ua::Input::Press(Key::Soft(IDLE_SOFT_KEY)) if idle && !open => Input::Press(Key::Directories),
            ua::Input::Press(key) if free && self.machine.takes(*key) => Input::Press(*key),
            ua::Input::SoftKey(name) if free && (open || opens(name)) => Input::SoftKey(name.clone()),
            _ => return Some(input),
        };
        self.input(own);
        None
    }

    /// Obeys changed settings.
    pub(super) fn configure(&mut self, settings: &Settings) {
        self.settings = settings.clone();
        self.input(Input::Settings(settings.clone()));
    }

    /// Waits for a number that is to be dialled. May be dropped and called again at any time.
    pub(super) async fn next(&mut self) -> String {
        loop {
            if let Some(number) = self.dialled.pop_front() {
                return number;
            }
            // This side keeps a sender, so the channel never closes.
            if let Some((number, outcome)) = self.heard.recv().await {
                self.input(Input::Ended(number, outcome));
            }
        }
    }

    /// A number that is to be dialled now.
    pub(super) fn dialled(&mut self) -> Option<String> {
        self.dialled.pop_front()
    }

    fn input(&mut self, input: Input) {
        self.machine.handle(input, self.clock.now());
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Search(number, plan) => {
                    let machine = Lookup::new(*plan, self.defects.clone(), self.random.fork(), self.clock.now());
                    let (give_up, given_up) = oneshot::channel();
                    let (dialer, settings) = (self.dialer.clone(), self.settings.clone());
                    let (defects, clock, told) = (self.defects.clone(), self.clock, self.told.clone());
                    let running = lookup::Running { dialer, settings, defects, clock, given_up };
                    let task = Task::spawn(async move {
                        let outcome = running.run(machine).await;
                        // Nobody waits for it when the phone has lost its address.
                        let _ = told.send((number, outcome)).await;
                    });
                    self.running = Some((task, give_up));
                }
                Output::GiveUp => {
                    if let Some((task, give_up)) = self.running.take() {
                        // It says goodbye to the server by itself, and that is bounded.
                        task.detach();
                        let _ = give_up.send(());
                    }
                }
                Output::Dial(number) => self.dialled.push_back(number),
                Output::Log(text) => self.log.notice(&text),
            }
        }
        let shown = self.machine.shown();
        self.board.change(|status| status.directory = shown);
    }
}
