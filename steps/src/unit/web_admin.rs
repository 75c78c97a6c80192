//! The administration page as a person uses it: open it, go to a tab, change fields by their labels, submit or undo, read back.

use super::http::{Client, Reply};
use super::page::{Field, Page};
use crate::outcome::Stop;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// What a form may carry as it is (WHATWG URL, application/x-www-form-urlencoded percent-encode set).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// The page of the administrator with all fields.
const ADVANCED: &str = "/admin/advanced";

/// The page, open before a person.
pub struct WebAdmin {
    client: Client,
    phone: SocketAddr,
    page: Option<Page>,
    tab: String,
    /// What was changed and not yet submitted: posted name to posted value.
    entered: BTreeMap<String, String>,
    /// The last reply to a submission.
    submitted: Option<(Reply, Page)>,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Tab below Voice, as in `System` or `Ext 1`.
    pub tab: &'a str,
    /// Section.
    pub section: &'a str,
    /// Label.
    pub label: &'a str,
}

impl WebAdmin {
    /// The page of the phone at `phone`.
    pub fn new(client: Client, phone: SocketAddr) -> Self {
        WebAdmin { client, phone, page: None, tab: String::new(), entered: BTreeMap::new(), submitted: None }
    }

    /// Opens the page and goes to a tab.
    ///
    /// # Errors
    /// The phone failed when its page does not come or has no such tab.
    pub async fn select(&mut self, tab: &str) -> Result<(), Stop> {
        self.load().await?;
        let page = self.page.as_ref();
        if !page.is_some_and(|p| p.fields.iter().any(|f| f.tab == tab)) {
            let tabs = page.map(tabs_of).unwrap_or_default();
            return Err(Stop::failed(format!("a tab Voice > {tab} on the page"), format!("the tabs {tabs}"), []));
        }
        tab.clone_into(&mut self.tab);
        self.entered.clear();
        Ok(())
    }

    /// The tab that is open.
    pub fn tab(&self) -> &str {
        &self.tab
    }

    /// Reads the page anew.
    ///
    /// # Errors
    /// The phone failed when its page does not come.
    pub async fn load(&mut self) -> Result<&Page, Stop> {
        let reply = self.client.get(self.phone, ADVANCED).await?;
        if reply.status != 200 {
            return Err(Stop::failed("the administration page", format!("status {}", reply.status), []));
        }
        let page = read(reply.text()).await?;
        Ok(self.page.insert(page))
    }

    /// Enters text into a field or chooses from a list, without submitting.
    ///
    /// # Errors
    /// The phone failed when the field is not on the page or the list has no such choice.
    pub fn enter(&mut self, place: Place<'_>, value: &str) -> Result<(), Stop> {
        let field = self.find(place)?;
        let posted = if field.choices.is_empty() {
            value.to_owned()
        } else {
            let choice = field.choices.iter().find(|(shown, _)| shown == value);
            let offered = || field.choices.iter().map(|c| c.0.as_str()).collect::<Vec<_>>().join(", ");
            let missing = || {
                Stop::failed(
                    format!("the choice {value} in the list {}", place.label),
                    format!("the choices {}", offered()),
                    [],
                )
            };
            choice.map(|(_, posted)| posted.clone()).ok_or_else(missing)?
        };
        let name = field.name.clone();
        self.entered.insert(name, posted);
        Ok(())
    }

    /// Clicks Submit All Changes. Whatever the page answers is kept for [`refusal`](Self::refusal).
    ///
    /// # Errors
    /// The phone failed when no page comes back.
    pub async fn submit(&mut self) -> Result<(), Stop> {
        let form = self
            .entered
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, FORM)))
            .collect::<Vec<_>>()
            .join("&");
        let action = self.page.as_ref().map(|p| p.action.clone()).unwrap_or_default();
        let target = if action.starts_with('/') { action } else { format!("/admin/{action}") };
        let reply = self.client.post(self.phone, &target, form).await?;
        let page = read(reply.text()).await?;
        self.entered.clear();
        self.submitted = Some((reply, page));
        Ok(())
    }

    /// Clicks Undo All Changes: what was entered is gone, and the page is read anew.
    ///
    /// # Errors
    /// The phone failed when its page does not come.
    pub async fn undo(&mut self) -> Result<(), Stop> {
        self.entered.clear();
        self.load().await.map(|_| ())
    }

    /// Whether the last submission was taken: a page came and no field of it has a message.
    pub fn was_taken(&self) -> bool {
        self.submitted.as_ref().is_some_and(|(reply, page)| {
            (reply.status.is_success() || reply.status.is_redirection())
                && page.fields.iter().all(|f| f.message.is_none())
        })
    }

    /// What stands entered in a field and was not submitted yet.
    pub fn entered(&self, place: Place<'_>) -> Option<String> {
        self.entered.get(&self.find(place).ok()?.name).cloned()
    }

    /// The message at a field after the last submission, if it was refused there.
    pub fn refusal(&self, label: &str) -> Option<&str> {
        let (_, page) = self.submitted.as_ref()?;
        page.fields.iter().find(|f| f.label == label && f.message.is_some()).and_then(|f| f.message.as_deref())
    }

    /// The same at a field whose label other sections have too.
    pub fn refusal_in(&self, section: &str, label: &str) -> Option<&str> {
        let (_, page) = self.submitted.as_ref()?;
        let field = page.fields.iter().find(|f| f.section == section && f.label == label)?;
        field.message.as_deref()
    }

    /// What a person sees after the last submission, in short.
    pub fn answer(&self) -> String {
        match &self.submitted {
            None => "nothing was submitted".into(),
            Some((reply, page)) => {
                let messages: Vec<String> =
                    page.fields.iter().filter_map(|f| Some(format!("{}: {}", f.label, f.message.as_ref()?))).collect();
                format!("status {}, messages [{}]", reply.status, messages.join("; "))
            }
        }
    }

    /// The value of a field on a page read anew.
    ///
    /// # Errors
    /// The phone failed when the page does not come or has no such field.
    pub async fn shown(&mut self, place: Place<'_>) -> Result<String, Stop> {
        self.load().await?;
        Ok(self.find(place)?.value.clone())
    }

    /// The value of a field on the page as it was read last.
    ///
    /// # Errors
    /// The phone failed when the page has no such field.
    pub fn value(&self, place: Place<'_>) -> Result<&str, Stop> {
        self.find(place).map(|field| field.value.as_str())
    }

    /// The choices of a list on the page as it was read last; none of a text field.
    ///
    /// # Errors
    /// The phone failed when the page has no such field.
    pub fn offered(&self, place: Place<'_>) -> Result<Vec<&str>, Stop> {
        Ok(self.find(place)?.choices.iter().map(|(shown, _)| shown.as_str()).collect())
    }

    /// The entries of the call history.
    ///
    /// # Errors
    /// The phone failed when its page does not come.
    pub async fn call_history(&mut self) -> Result<Vec<String>, Stop> {
        self.load().await.map(|page| page.history.clone())
    }

    fn find(&self, place: Place<'_>) -> Result<&Field, Stop> {
        let page = self.page.as_ref().ok_or_else(|| Stop::bench("a field was used before the page was opened"))?;
        page.field(place.tab, place.section, place.label).ok_or_else(|| {
            let near: Vec<&str> = page
                .fields
                .iter()
                .filter(|f| f.tab == place.tab && f.section == place.section)
                .map(|f| f.label.as_str())
                .collect();
            Stop::failed(
                format!("the field {} in Voice > {}, section {}", place.label, place.tab, place.section),
                if near.is_empty() {
                    format!("no such section; the tabs are {}", tabs_of(page))
                } else {
                    format!("in that section the fields {}", near.join(", "))
                },
                [],
            )
        })
    }
}

/// Reads a page beside the one thread that all scenarios share: a page of a phone is large, and takes it milliseconds.
async fn read(html: String) -> Result<Page, Stop> {
    let read = tokio::task::spawn_blocking(move || Page::read(&html)).await;
    read.map_err(|error| Stop::bench(format!("the administration page could not be read: {error}")))
}

fn tabs_of(page: &Page) -> String {
    let mut tabs: Vec<&str> = page.fields.iter().map(|f| f.tab.as_str()).collect();
    tabs.dedup();
    tabs.join(", ")
}
