//! Keys: what a hand does on a unit goes through `/CGI/Execute` with key and dial URIs, which every release has.

use super::http::Client;
use crate::outcome::Stop;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::net::SocketAddr;

/// The phone's keys.
#[derive(Clone)]
pub struct Keys {
    client: Client,
    phone: SocketAddr,
}

impl Keys {
    /// The keys of the phone at `phone`.
    pub fn new(client: Client, phone: SocketAddr) -> Self {
        Keys { client, phone }
    }

    /// Carries out one URI, as `Key:Speaker` or `Dial:5550100`.
    ///
    /// # Errors
    /// The phone failed when it does not take the URI.
    pub async fn execute(&self, uri: &str) -> Result<(), Stop> {
        let xml = format!("<CiscoIPPhoneExecute><ExecuteItem Priority=\"0\" URL=\"{uri}\"/></CiscoIPPhoneExecute>");
        let form = format!("XML={}", utf8_percent_encode(&xml, NON_ALPHANUMERIC));
        let reply = self.client.post(self.phone, "/CGI/Execute", form).await?;
        let refused = |seen: String| Stop::failed(format!("/CGI/Execute carries out {uri}"), seen, []);
        if reply.status != 200 {
            return Err(refused(format!("status {}", reply.status)));
        }
        match status_of(&reply.text()) {
            Some(status) if status == "0" => Ok(()),
            Some(status) => Err(refused(format!("item status {status}"))),
            None => Err(refused(format!("the answer {}", reply.text().chars().take(200).collect::<String>()))),
        }
    }
}

/// The `Status` of the first `ResponseItem`.
fn status_of(answer: &str) -> Option<String> {
    let mut reader = Reader::from_str(answer);
    loop {
        match reader.read_event().ok()? {
            Event::Empty(item) | Event::Start(item) if item.name().as_ref() == "ResponseItem" => {
                let status = item.attributes().flatten().find(|a| a.key.as_ref() == "Status")?;
                return Some(status.value.into_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
