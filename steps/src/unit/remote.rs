//! The control WebSocket (release 11.3(1) and later, phone-facts §4): what a hand does on a unit, and what a person reads there, by requests of
//! the server to which the phone is connected.

use crate::outcome::{Outcome, Stop};
use servers::control::{Answer, Request, Server, Unanswered};
use std::collections::BTreeMap;
use std::time::Duration;

/// For an answer: shorter than a step may take.
const ANSWER: Duration = Duration::from_secs(15);
/// Keys in one request. How many a unit takes no source tells.
const MOST: usize = 64;

/// The phone as its control server reaches it.
#[derive(Clone, Copy)]
pub struct Remote<'s> {
    server: &'s Server,
}

impl<'s> Remote<'s> {
    /// The phone that is connected to this server.
    pub fn new(server: &'s Server) -> Self {
        Remote { server }
    }

    /// Asks for something, and gives the answer, whatever it says.
    ///
    /// # Errors
    /// The phone failed when it is not connected or does not answer; the server is at fault when it died.
    pub async fn ask(&self, request: Request) -> Result<Answer, Stop> {
        let mut answers = self.ask_all(vec![request]).await?;
        answers.pop().ok_or_else(|| Stop::bench("an answer was lost; this is a bug of offhook"))
    }

    /// The same of several things; the answers in the order of the requests.
    ///
    /// # Errors
    /// As [`Remote::ask`], for the first that has no answer.
    pub async fn ask_all(&self, requests: Vec<Request>) -> Result<Vec<Answer>, Stop> {
        let uris: Vec<String> = requests.iter().map(|request| request.uri().to_owned()).collect();
        let answers = self.server.ask_all(requests, ANSWER).await;
        if let Some(fault) = self.server.fault() {
            return Err(fault.into());
        }
        let answered = answers.into_iter().zip(uris).map(|(answer, uri)| {
            answer.map_err(|why: Unanswered| Stop::failed(format!("an answer to {uri}"), why.to_string(), []))
        });
        answered.collect()
    }

    /// Asks for something that the phone is to carry out.
    ///
    /// # Errors
    /// As [`Remote::ask`]; the phone failed when it refuses, too.
    pub async fn done(&self, request: Request) -> Result<Answer, Stop> {
        let uri = request.uri().to_owned();
        let answer = self.ask(request).await?;
        match &answer.outcome {
            Ok(_) => Ok(answer),
            Err(refusal) => {
                let seen = format!("it refuses: {} ({:?})", refusal.message, refusal.code);
                Err(Stop::failed(format!("the phone carries out {uri}"), seen, []))
            }
        }
    }

    /// Presses keys by the names of key URIs, one after the other.
    ///
    /// # Errors
    /// As [`Remote::done`].
    pub async fn press(&self, keys: &[String]) -> Outcome {
        for keys in keys.chunks(MOST) {
            self.done(Request::press(&keys.iter().map(String::as_str).collect::<Vec<_>>())).await?;
        }
        Ok(())
    }

    /// The soft keys on the screen.
    ///
    /// # Errors
    /// As [`Remote::done`]; the phone failed when it tells none that can be read, too.
    pub async fn soft_keys(&self) -> Result<Vec<String>, Stop> {
        let answer = self.done(Request::soft_keys()).await?;
        answer.soft_keys().ok_or_else(|| unreadable("a list of soft keys", &answer))
    }

    /// The status page as XML.
    ///
    /// # Errors
    /// As [`Remote::done`]; the phone failed when it tells none that can be read, too.
    pub async fn status_file(&self) -> Result<String, Stop> {
        let answer = self.done(Request::status_file()).await?;
        answer.status_file().map(str::to_owned).ok_or_else(|| unreadable("a status file", &answer))
    }

    /// Values of parameters by their XML names.
    ///
    /// # Errors
    /// As [`Remote::done`]; the phone failed when it tells none that can be read, too.
    pub async fn parameters(&self, names: &[&str]) -> Result<BTreeMap<String, String>, Stop> {
        let answer = self.done(Request::get_parameters(names)).await?;
        answer.parameters().ok_or_else(|| unreadable("values of parameters", &answer))
    }
}

fn unreadable(what: &str, answer: &Answer) -> Stop {
    let seen = match &answer.outcome {
        Ok(result) => result.to_string().chars().take(200).collect(),
        Err(refusal) => refusal.message.clone(),
    };
    Stop::failed(what, format!("the result {seen}"), [])
}
