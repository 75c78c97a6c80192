//! The web server without sockets: which request is answered by what, and who may ask it.

use super::WebPhone;
use super::execute::{self, Fault};
use super::fields::FieldNames;
use super::info::{self, Facts};
use super::login::{Demand, Logins, Verdict};
use super::page::{self, Account, Page, View};
use super::{form, screen, submit};
use crate::settings::{Access, xml};
use crate::state::{Command, RebootReason};
use std::sync::{Mutex, MutexGuard, PoisonError};

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

    /// Direct action URLs (phone-facts §1.5).
    fn action(&self, action: &str, query: Option<&str>) -> Reply {
        let known =
            matches!(action, "cfg.xml" | "status.xml" | "reboot" | "resync" | "screendump.bmp" | "factory-reset");
        if !known {
            return Reply::plain(404, "there is no such page");
        }
        if !self.phone.store.snapshot().yes("Enable_Direct_Action_Url") {
            return Reply::plain(403, "Enable Direct Action Url is No");
        }
        match action {
            "cfg.xml" => {
                let store = &self.phone.store;
                Reply::xml(200, xml::write_config(store.catalogue(), &store.stored(), &store.access_overrides()))
            }
            "status.xml" => Reply::xml(200, self.status_xml()),
            "screendump.bmp" => {
                let shown =
                    screen::draw(&self.phone.profile, &self.phone.store.snapshot(), &self.phone.board.snapshot());
                Reply::of(200, "image/bmp", shown.bmp())
            }
            "reboot" => self.told(Command::Reboot(RebootReason::UserTriggered), "The phone restarts."),
            "factory-reset" => self.told(Command::FactoryReset, "The phone forgets its settings and restarts."),
            _ => {
                let url = query.map(str::trim).filter(|q| !q.is_empty()).map(str::to_owned);
                self.told(Command::Resync(url), "The phone fetches the profile.")
            }
        }
    }

    fn told(&self, command: Command, text: &str) -> Reply {
        if self.phone.commands.send(command).is_err() {
            return Reply::plain(503, "the phone is going down");
        }
        Reply::html(page::notice(&self.phone.profile, text, "/"))
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

    /// Answers if the client is logged in as this account. The page is open while the account has no password (phone-facts §1.1).
    fn guarded(&self, ask: &Ask, account: Account, answer: impl FnOnce() -> Reply) -> Reply {
        let settings = self.phone.store.snapshot();
        let (admin, user) = (settings.text("Admin_Password"), settings.text("User_Password"));
        if account == Account::Admin && !settings.yes("Enable_Web_Admin_Access") {
            return Reply::plain(403, "Enable Web Admin Access is No");
        }
        let verdict = match account {
            Account::Admin if admin.is_empty() => Verdict::Granted,
            Account::User if user.is_empty() => Verdict::Granted,
            Account::Admin => self.judge(ask, &[("admin", admin)]),
            // The administrator may see what the user sees; an account without a password is no key to another's door.
            Account::User if admin.is_empty() => self.judge(ask, &[("user", user)]),
            Account::User => self.judge(ask, &[("user", user), ("admin", admin)]),
        };
        match verdict {
            Verdict::Granted => answer(),
            Verdict::Challenge(challenge) => {
                Reply::plain(401, "a user name and a password are needed").with("www-authenticate", &challenge)
            }
        }
    }

    fn judge(&self, ask: &Ask, accounts: &[(&str, &str)]) -> Verdict {
        let settings = self.phone.store.snapshot();
        let seconds = |name: &str| settings.text(name).parse().unwrap_or(3600);
        let target = match &ask.query {
            Some(query) => format!("{}?{query}", ask.path),
            None => ask.path.clone(),
        };
        let demand = Demand {
            realm: &self.realm,
            accounts,
            method: &ask.verb,
            target: &target,
            lasts: (seconds("Session_Max_Timeout"), seconds("Session_Idle_Timeout")),
        };
        let now = (self.phone.unix_time)();
        self.logins().judge(ask.authorization.as_deref(), demand, now)
    }

    /// `/CGI/Execute` (phone-facts §1.6).
    fn execute(&self, ask: &Ask) -> Reply {
        let settings = self.phone.store.snapshot();
        if !settings.yes("CISCO_XML_EXE_Enable") {
            return Reply::plain(403, "CISCO XML EXE Enable is No");
        }
        let (account, password) = match settings.text("CISCO_XML_EXE_Auth_Mode") {
            "Local Credential" => ("user", settings.text("User_Password")),
            "Remote Credential" => (settings.text("XML_User_Name"), settings.text("XML_Password")),
            _ => return self.executed(ask),
        };
        // Without a password there is nothing to prove, so nobody can: an account that was never set up opens nothing.
        let accounts = [(account, password)];
        let accounts = if password.is_empty() { &[] } else { &accounts[..] };
        match self.judge(ask, accounts) {
            Verdict::Granted => self.executed(ask),
            Verdict::Challenge(challenge) => {
                Reply::xml(401, Fault::Authentication.xml()).with("www-authenticate", &challenge)
            }
        }
    }

    fn executed(&self, ask: &Ask) -> Reply {
        let items = match execute::read(&ask.body, self.phone.profile.model.lines()) {
            Ok(items) => items,
            Err(fault) => return Reply::xml(200, fault.xml()),
        };
        let status = self.phone.board.snapshot();
        let idle = status.calls.is_empty() && !status.off_hook;
        let outcomes = items.iter().map(|item| {
            let outcome = match &item.command {
                None => Err("Invalid URI"),
                Some(_) if item.priority > 0 && !idle => Err("Busy"),
                Some(command) => self.phone.commands.send(command.clone()).map_err(|_| "Going down"),
            };
            (item.url.as_str(), outcome)
        });
        Reply::xml(200, execute::response(outcomes))
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
