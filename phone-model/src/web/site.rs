//! The web server without sockets: which request is answered by what, and who may ask it.

use super::WebPhone;
use super::fields::FieldNames;
use super::info::{self, Facts};
use super::login::Logins;
use super::page::{self, Account, Page, View};
use super::{form, submit};
use crate::settings::Access;
use crate::state::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

mod actions;
mod gate;

/// What a request may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET, or HEAD, whose body the server leaves out.
    Get,
    /// POST.
    Post,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    /// What it may be.
    pub method: Method,
    /// The method as it was written, for the digest.
    pub verb: String,
    /// Path of the target, still encoded.
    pub path: String,
    /// What follows the `?`, still encoded.
    pub query: Option<String>,
    /// `Authorization`.
    pub authorization: Option<String>,
    /// `Referer`.
    pub referer: Option<String>,
    /// The body; octets that are no UTF-8 are replaced.
    pub body: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Header fields, names in small letters.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Reply {
    fn of(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        // What a phone shows is of the moment, and some of it is nobody else's business.
        let headers = vec![("content-type", content_type.to_owned()), ("cache-control", "no-store".to_owned())];
        Reply { status, headers, body: body.into() }
    }

    /// A sentence.
    pub(super) fn plain(status: u16, text: &str) -> Reply {
        Reply::of(status, "text/plain; charset=utf-8", format!("{text}\n"))
    }

    fn html(body: String) -> Reply {
        Reply::of(200, "text/html; charset=utf-8", body)
    }

    fn xml(status: u16, body: String) -> Reply {
        Reply::of(status, "text/xml; charset=utf-8", body)
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Reply {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// The phone's web site.
pub struct Site {
    phone: WebPhone,
    fields: FieldNames,
    logins: Mutex<Logins>,
    realm: String,
}

impl Site {
    /// The site of this phone.
    pub fn new(mut phone: WebPhone) -> Site {
        let profile = &phone.profile;
        let fields = FieldNames::of(phone.store.catalogue(), profile.model, profile.release);
        let set = &profile.unknown.web_realm;
        let realm = if set.is_empty() { profile.model.product_name() } else { set.clone() };
        let logins = Mutex::new(Logins::new(phone.random.fork()));
        Site { phone, fields, logins, realm }
    }

    /// Answers a request. May wait for the flash.
    pub fn answer(&self, ask: &Ask) -> Reply {
        let path = form_path(&ask.path);
        match (ask.method, path.as_str()) {
            (Method::Get, "/admin") => Reply::plain(302, "see /admin/").with("location", "/admin/"),
            (Method::Get, "/" | "/user" | "/basic" | "/user/basic") => self.page(ask, View::user(false)),
            (Method::Get, "/advanced" | "/user/advanced") => self.page(ask, View::user(true)),
            (Method::Get, "/admin/" | "/admin/basic") => self.page(ask, View::admin(false)),
            (Method::Get, "/admin/advanced") => self.page(ask, View::admin(true)),
            // Somebody reloads the page that a submission gave him.
            (Method::Get, "/bcisco.csc" | "/user/bcisco.csc") => Reply::plain(302, "see /").with("location", "/"),
            (Method::Get, "/admin/bcisco.csc") => Reply::plain(302, "see /admin/").with("location", "/admin/"),
            (Method::Post, "/bcisco.csc" | "/user/bcisco.csc") => self.submit(ask, Account::User),
            (Method::Post, "/admin/bcisco.csc") => self.submit(ask, Account::Admin),
            (Method::Get, "/status.xml") => self.guarded(ask, Account::User, || Reply::xml(200, self.status_xml())),
            (Method::Post, "/CGI/Execute") => self.execute(ask),
            (Method::Get, path) => self.other(ask, path),
            (Method::Post, _) => Reply::plain(404, "there is no such page"),
        }
    }

    fn other(&self, ask: &Ask, path: &str) -> Reply {
        if let Some(tab) = path.strip_prefix("/admin/").and_then(|p| p.strip_suffix(".json")) {
            return self.guarded(ask, Account::Admin, || self.tab(Account::Admin, tab));
        }
        let basic = path.strip_prefix("/basic/").or_else(|| path.strip_prefix("/advanced/"));
        if let Some(tab) = basic.and_then(|p| p.strip_suffix(".json")) {
            return self.guarded(ask, Account::User, || self.tab(Account::User, tab));
        }
        match path.strip_prefix("/admin/") {
            Some(action) => self.guarded(ask, Account::Admin, || self.action(action, ask.query.as_deref())),
            None => Reply::plain(404, "there is no such page"),
        }
    }

    fn page(&self, ask: &Ask, view: View) -> Reply {
        self.guarded(ask, view.account, || Reply::html(self.show(view, None)))
    }

    fn show(&self, view: View, rejected: Option<&submit::Rejected>) -> String {
        let settings = self.phone.store.stored();
        let status = self.phone.board.snapshot();
        let sections = info::sections(&self.facts(&settings, &status));
        let page = Page {
            profile: &self.phone.profile,
            store: &self.phone.store,
            fields: &self.fields,
            settings: &settings,
            access: &self.phone.store.access_overrides(),
            info: &sections,
            status: &status,
            view,
            rejected,
        };
        page.html()
    }

    fn submit(&self, ask: &Ask, account: Account) -> Reply {
        self.guarded(ask, account, || {
            let view = self.came_from(ask, account);
            match submit::submit(&self.phone.store, &self.fields, &ask.body, account == Account::Admin) {
                Ok(changed) if changed.is_empty() => {
                    Reply::html(page::notice(&self.phone.profile, "Nothing was changed.", view.path()))
                }
                Ok(changed) => {
                    if self.phone.commands.send(Command::Apply(changed)).is_err() {
                        return Reply::plain(503, "the changes are stored; the phone is going down");
                    }
                    let text = "The changes are stored, and the phone is applying them.";
                    Reply::html(page::notice(&self.phone.profile, text, view.path()))
                }
                Err(rejected) => Reply::html(self.show(view, Some(&rejected))),
            }
        })
    }

    /// The view whose form this is, so that the way back leads there.
    fn came_from(&self, ask: &Ask, account: Account) -> View {
        let path = ask.referer.as_deref().and_then(|r| r.splitn(4, '/').nth(3)).unwrap_or_default();
        let advanced = path.ends_with("advanced") || path.is_empty() && account == Account::Admin;
        View { account, advanced }
    }

    /// A tab as an array of objects with `name` and `value` (phone-facts §1.3). Which name a unit gives is not told; the script that uses
    /// it posts a field number and looks for it here, so it is the field number.
    fn tab(&self, account: Account, tab: &str) -> Reply {
        let store = &self.phone.store;
        let settings = store.stored();
        let shown = |p: &&crate::settings::Parameter| {
            p.tab.title() == tab && (account == Account::Admin || store.access(p) != Access::None)
        };
        let of_tab = store.catalogue().all().iter().filter(shown);
        let items: Vec<_> = of_tab
            .map(|p| {
                let value = if p.secret() { "" } else { settings.text(&p.name) };
                serde_json::json!({ "name": self.fields.field(p), "value": value })
            })
            .collect();
        if items.is_empty() && !store.catalogue().all().iter().any(|p| p.tab.title() == tab) {
            return Reply::plain(404, "there is no such tab");
        }
        Reply::of(200, "application/json", serde_json::Value::from(items).to_string())
    }

    fn status_xml(&self) -> String {
        let (settings, status) = (self.phone.store.stored(), self.phone.board.snapshot());
        info::status_xml(&info::sections(&self.facts(&settings, &status)))
    }

    fn facts<'a>(&'a self, settings: &'a crate::settings::Settings, status: &'a crate::state::Status) -> Facts<'a> {
        let (now, logins) = ((self.phone.unix_time)(), self.logins().last());
        Facts { profile: &self.phone.profile, settings, status, now, logins }
    }

    fn logins(&self) -> MutexGuard<'_, Logins> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The path with its encoding undone: tabs have spaces in their names. A `+` stays one.
fn form_path(path: &str) -> String {
    form::decode(&path.replace('+', "%2B"))
}

#[cfg(test)]
pub(in crate::web) mod tests;
