//! Keys: what a hand does on a unit goes through `/CGI/Execute` with key and dial URIs, which every release has.

use super::http::Client;
use crate::outcome::Stop;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::net::SocketAddr;

/// Items that one request may have.
const MOST: usize = 3;

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
        self.together(&[uri]).await
    }

    /// Carries out several URIs, one after the other.
    ///
    /// # Errors
    /// The phone failed when it does not take one of them.
    pub async fn execute_all(&self, uris: &[String]) -> Result<(), Stop> {
        for uris in uris.chunks(MOST) {
            self.together(&uris.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// Carries out as many URIs as one request may have.
    async fn together(&self, uris: &[&str]) -> Result<(), Stop> {
        let items: String = uris.iter().map(|uri| format!("<ExecuteItem Priority=\"0\" URL=\"{uri}\"/>")).collect();
        let xml = format!("<CiscoIPPhoneExecute>{items}</CiscoIPPhoneExecute>");
        let form = format!("XML={}", utf8_percent_encode(&xml, NON_ALPHANUMERIC));
        let reply = self.client.post(self.phone, "/CGI/Execute", form).await?;
        let refused = |seen: String| Stop::failed(format!("/CGI/Execute carries out {}", uris.join(", ")), seen, []);
        if reply.status != 200 {
            return Err(refused(format!("status {}", reply.status)));
        }
        match statuses_of(&reply.text()) {
            Some(statuses) if statuses.len() == uris.len() => match statuses.iter().find(|status| *status != "0") {
                None => Ok(()),
                Some(status) => Err(refused(format!("item status {status}"))),
            },
            _ => Err(refused(format!("the answer {}", reply.text().chars().take(200).collect::<String>()))),
        }
    }
}

/// The `Status` of each `ResponseItem`; `None` when one has none or the answer cannot be read.
fn statuses_of(answer: &str) -> Option<Vec<String>> {
    let mut reader = Reader::from_str(answer);
    let mut statuses = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Empty(item) | Event::Start(item) if item.name().as_ref() == "ResponseItem" => {
                let status = item.attributes().flatten().find(|a| a.key.as_ref() == "Status")?;
                statuses.push(status.value.into_owned());
            }
            Event::Eof => return Some(statuses),
            _ => {}
        }
    }
}
