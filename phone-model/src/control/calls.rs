//! Which requests there are, and what is in them.

use super::Fault;
use crate::state::{CallState, CallStatus, Command, Key};
use crate::web;
use serde_json::Value;

/// Names or keys of one request.
const MOST: usize = 256;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `Config/v1/GetParams`: `params` is a list of XML names.
    GetParams(Vec<String>),
    /// `Config/v1/SetParams`: `params` is an object of names and values.
    SetParams(Vec<(String, String)>),
    /// `Call/v1/Dial`.
    Dial {
        /// `line`, counted from 1; 1 when it is missing.
        line: u8,
        /// `number`.
        number: String,
    },
    /// `Call/v1/Answer`.
    Answer(Target),
    /// `Call/v1/Hangup`.
    Hangup(Target),
    /// `Ui/v1/GetDeviceScreenshot`: the picture goes to `url`.
    Screenshot {
        /// `uploadMethod`: PUT or POST.
        put: bool,
        /// `url`.
        url: String,
    },
    /// `Ui/v1/SendKey`: `key`, or `keys` for several in one go.
    SendKey(Vec<Command>),
    /// `Ui/v1/GetSoftKeys`.
    GetSoftKeys,
    /// `Serviceability/v1/GetStatusFile`.
    GetStatusFile,
    /// `Serviceability/v1/RebootDevice`.
    Reboot,
    /// `/api/GetMetadata`.
    GetMetadata,
}

/// A call: the `callId` counts the calls of a line from 0, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// `line`, counted from 1.
    pub line: u8,
    /// `callId`.
    pub call: usize,
}

impl Call {
    /// Reads a request.
    pub(super) fn read(uri: &str, message: &Value, lines: u8) -> Result<Call, Fault> {
        match uri {
            "" => Err(Fault::new(400, "Request-URI is missing")),
            "/api/Config/v1/GetParams" => names(message).map(Call::GetParams),
            "/api/Config/v1/SetParams" => values(message).map(Call::SetParams),
            "/api/Call/v1/Dial" => {
                let number = text(message, "number").and_then(web::number).ok_or_else(|| wrong("number"))?;
                Ok(Call::Dial { line: line(message, lines)?, number })
            }
            "/api/Call/v1/Answer" => target(message, lines).map(Call::Answer),
            "/api/Call/v1/Hangup" => target(message, lines).map(Call::Hangup),
            "/api/Ui/v1/GetDeviceScreenshot" => {
                let put = match text(message, "uploadMethod").unwrap_or("PUT") {
                    "PUT" => true,
                    "POST" => false,
                    _ => return Err(wrong("uploadMethod")),
                };
                let url = text(message, "url").ok_or_else(|| wrong("url"))?.to_owned();
                Ok(Call::Screenshot { put, url })
            }
            "/api/Ui/v1/SendKey" => keys(message, lines).map(Call::SendKey),
            "/api/Ui/v1/GetSoftKeys" => Ok(Call::GetSoftKeys),
            "/api/Serviceability/v1/GetStatusFile" => Ok(Call::GetStatusFile),
            "/api/Serviceability/v1/RebootDevice" => Ok(Call::Reboot),
            "/api/GetMetadata" => Ok(Call::GetMetadata),
            _ => Err(Fault::new(404, "there is no such API")),
        }
    }
}

impl Target {
    /// The keys that answer it.
    ///
    /// # Errors
    /// When there is nothing to answer.
    pub fn answer(self, calls: &[CallStatus]) -> Result<Command, Fault> {
        match self.find(calls)?.state {
            CallState::Ringing => Ok(Command::Press(Key::Line(self.line))),
            CallState::Dialing | CallState::Ringback | CallState::Connected | CallState::Holding => {
                Err(Fault::new(409, "the call does not ring"))
            }
        }
    }

    /// The keys that end it. They act on the call that a person is in, so another one has to be resumed first.
    ///
    /// # Errors
    /// When there is nothing to end.
    pub fn hang_up(self, calls: &[CallStatus]) -> Result<Command, Fault> {
        let call = self.find(calls)?;
        let others = |state: CallState| calls.iter().any(|other| other.state == state);
        match call.state {
            CallState::Ringing => Ok(Command::SoftKey("Decline".into())),
            CallState::Holding if others(CallState::Connected) => {
                Err(Fault::new(409, "the call is on hold and another is not"))
            }
            CallState::Dialing | CallState::Ringback | CallState::Connected | CallState::Holding => {
                Ok(Command::Press(Key::Release))
            }
        }
    }

    fn find(self, calls: &[CallStatus]) -> Result<&CallStatus, Fault> {
        let mut of_line = calls.iter().filter(|call| call.line == self.line);
        of_line.nth(self.call).ok_or_else(|| Fault::new(404, "there is no such call"))
    }
}

fn wrong(name: &str) -> Fault {
    Fault::new(400, format!("{name} is missing or not usable"))
}

fn text<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    message.get(name).and_then(Value::as_str)
}

fn line(message: &Value, lines: u8) -> Result<u8, Fault> {
    let Some(line) = message.get("line") else { return Ok(1) };
    let line = line.as_u64().and_then(|line| u8::try_from(line).ok());
    line.filter(|line| (1..=lines).contains(line)).ok_or_else(|| wrong("line"))
}

fn target(message: &Value, lines: u8) -> Result<Target, Fault> {
    let call = match message.get("callId") {
        None => Some(0),
        Some(call) => call.as_u64().and_then(|call| usize::try_from(call).ok()),
    };
    Ok(Target { line: line(message, lines)?, call: call.ok_or_else(|| wrong("callId"))? })
}

fn names(message: &Value) -> Result<Vec<String>, Fault> {
    let list = message.get("params").and_then(Value::as_array).filter(|list| list.len() <= MOST);
    let names = list.map(|list| list.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    names.flatten().ok_or_else(|| wrong("params"))
}

/// Numbers and truth values are taken for the text that they stand for.
fn values(message: &Value) -> Result<Vec<(String, String)>, Fault> {
    let object = message.get("params").and_then(Value::as_object).filter(|object| object.len() <= MOST);
    let value = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(if *yes { "Yes" } else { "No" }.to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let values = object
        .map(|object| object.iter().map(|(name, it)| Some((name.clone(), value(it)?))).collect::<Option<Vec<_>>>());
    values.flatten().ok_or_else(|| wrong("params"))
}

/// Keys by the names of key URIs, `NavDwn` or `Key:NavDwn`, and soft keys as `SoftKey:Search`.
fn keys(message: &Value, lines: u8) -> Result<Vec<Command>, Fault> {
    let several = message.get("keys").and_then(Value::as_array);
    let names: Vec<&str> = match (several, text(message, "key")) {
        (Some(list), None) => list.iter().filter_map(Value::as_str).collect(),
        (None, Some(key)) => vec![key],
        (_, _) => return Err(wrong("key")),
    };
    if names.is_empty() || names.len() > MOST || several.is_some_and(|list| list.len() != names.len()) {
        return Err(wrong("keys"));
    }
    let command = |name: &&str| {
        let uri = if name.contains(':') { (*name).to_owned() } else { format!("Key:{name}") };
        let known = web::command(&uri, lines).filter(|it| matches!(it, Command::Press(_) | Command::SoftKey(_)));
        known.ok_or_else(|| Fault::new(400, format!("there is no key `{}`", name.chars().take(40).collect::<String>())))
    };
    names.iter().map(command).collect()
}
