//! Carrying out what a control server asks for.

use super::ControlPhone;
use crate::boot::apply::needs_restart;
use crate::boot::provisioning::{Failure, Scheme, Target, body};
use crate::control::{Call, Fault, metadata};
use crate::defects::Defect;
use crate::settings::Refused;
use crate::state::{CallStatus, Command, RebootReason};
use crate::time::Duration;
use crate::web;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Method, Request};
use serde_json::{Map, Value, json};

/// For keys to take effect.
const KEY_TIME: Duration = Duration::from_secs(10);
/// For a picture to be taken by its server.
const UPLOAD_TIME: Duration = Duration::from_secs(30);
/// What is read of an answer to an upload.
const LARGEST_ANSWER: usize = 64 << 10;

/// A request that was carried out.
pub(super) struct Carried {
    /// For the answer.
    pub(super) outcome: Result<Value, Fault>,
    /// To be done when the answer is out.
    pub(super) afterwards: Option<Command>,
}

impl ControlPhone {
    pub(super) async fn carry_out(self, call: Call) -> Carried {
        let mut afterwards = None;
        let outcome = match call {
            Call::GetParams(names) => self.parameters(&names),
            Call::SetParams(values) => self.change(values, &mut afterwards).await,
            Call::Dial { line, number } => self.press(vec![Command::DialOn { line, number }]).await,
            Call::Answer(target) => self.on_calls(|calls| target.answer(calls)).await,
            Call::Hangup(target) => self.on_calls(|calls| target.hang_up(calls)).await,
            Call::Screenshot { .. } if self.defects.has(Defect::ControlSendsNoPicture) => Ok(json!({})),
            Call::Screenshot { put, url } => {
                let uploading = tokio::time::timeout(UPLOAD_TIME, self.upload(put, &url)).await;
                uploading.unwrap_or_else(|_| Err(Fault::new(500, "the upload took too long")))
            }
            Call::SendKey(mut keys) => {
                if self.defects.has(Defect::ControlFirstKeyOnly) {
                    keys.truncate(1);
                }
                self.press(keys).await
            }
            Call::GetSoftKeys => {
                let keys = web::soft_keys(&self.board.snapshot());
                let key = |(place, label): (usize, &str)| json!({ "index": place, "label": label });
                Ok(json!({ "softkeys": (1..).zip(keys).map(key).collect::<Vec<_>>() }))
            }
            Call::GetStatusFile => {
                let (settings, status) = (self.store.stored(), self.board.snapshot());
                let xml = web::status_file(&self.profile, &settings, &status, self.wall.unix());
                Ok(json!({ "status": xml }))
            }
            Call::Reboot => {
                afterwards = Some(Command::Reboot(RebootReason::UserTriggered));
                Ok(json!({}))
            }
            Call::GetMetadata => Ok(metadata(&self.profile.model.product_name(), &self.profile.release.to_string())),
        };
        Carried { outcome, afterwards }
    }

    /// Passwords are shown by name only, as in `cfg.xml`.
    fn parameters(&self, names: &[String]) -> Result<Value, Fault> {
        let settings = self.store.stored();
        let mut values = Map::new();
        for name in names {
            let parameter = self.store.catalogue().get(name);
            let parameter = parameter.ok_or_else(|| Fault::new(404, format!("there is no parameter `{name}`")))?;
            let hidden = parameter.secret() && !self.defects.has(Defect::ControlTellsPasswords);
            let value = if hidden { "" } else { settings.text(name) };
            values.insert(name.clone(), value.into());
        }
        Ok(json!({ "paramvalues": values }))
    }

    async fn change(&self, values: Vec<(String, String)>, afterwards: &mut Option<Command>) -> Result<Value, Fault> {
        if self.defects.has(Defect::ControlForgetsSettings) {
            return Ok(json!({}));
        }
        let store = self.store.clone();
        // It waits for the flash, so it may not run on a thread that serves others.
        let changing = tokio::task::spawn_blocking(move || store.change(values.into_iter().collect()));
        let changed = changing.await.map_err(|_| Fault::new(500, "interrupted"))?.map_err(|refused| match refused {
            Refused::Fields(_) => Fault::new(400, refused.to_string()),
            Refused::Flash(_) => Fault::new(500, refused.to_string()),
        })?;
        if changed.is_empty() {
            return Ok(json!({}));
        }
        // What ends this connection comes after the answer.
        if needs_restart(&changed).is_some() || changed.iter().any(|name| name == "Control_Server_URL") {
            *afterwards = Some(Command::Apply(changed));
            return Ok(json!({}));
        }
        self.press(vec![Command::Apply(changed)]).await
    }

    async fn on_calls(&self, command: impl FnOnce(&[CallStatus]) -> Result<Command, Fault>) -> Result<Value, Fault> {
        let command = command(&self.board.snapshot().calls)?;
        self.press(vec![command]).await
    }

    /// Gives commands and waits until the phone has done them, so that what is asked next is told of the time after.
    async fn press(&self, commands: Vec<Command>) -> Result<Value, Fault> {
        let mut shown = self.board.watch();
        let mark = self.board.new_mark();
        for command in commands.into_iter().chain([Command::Mark(mark)]) {
            self.commands.send(command).map_err(|_| Fault::new(500, "the phone is going down"))?;
        }
        let done = async {
            while !self.board.reached(mark) {
                if shown.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(KEY_TIME, done).await.map_err(|_| Fault::new(500, "the phone is busy"))?;
        Ok(json!({}))
    }

    async fn upload(&self, put: bool, url: &str) -> Result<Value, Fault> {
        let failed = |failure: Failure| Fault::new(500, failure.to_string());
        let target = Target::parse(url).map_err(|failure| Fault::new(400, failure.to_string()))?;
        if target.scheme == Scheme::Tftp {
            return Err(Fault::new(400, "a picture goes by HTTP or HTTPS"));
        }
        let (settings, status) = (self.store.snapshot(), self.board.snapshot());
        let picture = web::screenshot(&self.profile, &settings, &status, self.wall.unix());
        let located = self.client.locate(target).await.map_err(failed)?;
        let mut connection = self.client.open(&located).await.map_err(failed)?;
        let target = &located.target;
        let request = Request::builder()
            .method(if put { Method::PUT } else { Method::POST })
            .uri(&target.path)
            .header(HOST, &target.authority)
            .header(USER_AGENT, &self.client.user_agent)
            .header(CONTENT_TYPE, "image/bmp")
            .body(body(Bytes::from(picture)))
            .map_err(|_| Fault::new(400, "url has a character that does not belong there"))?;
        let response = connection.exchange(request, LARGEST_ANSWER).await.map_err(failed)?;
        if response.status.is_success() {
            Ok(json!({}))
        } else {
            Err(Fault::new(500, format!("the server of the picture said {}", response.status.as_u16())))
        }
    }
}
