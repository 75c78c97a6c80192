//! What is done by asking for a URL: direct action URLs and `/CGI/Execute`.

use super::{Ask, Reply, Site};
use crate::settings::xml;
use crate::state::{Command, RebootReason};
use crate::web::execute::{self, Fault};
use crate::web::login::Verdict;
use crate::web::{page, screen};

impl Site {
    /// Direct action URLs (phone-facts §1.5).
    pub(super) fn action(&self, action: &str, query: Option<&str>) -> Reply {
        let known = matches!(
            action,
            "cfg.xml"
                | "status.xml"
                | "reboot"
                | "resync"
                | "updateca"
                | "screendump.bmp"
                | "factory-reset"
                | "client-certificate.pem"
        );
        if !known {
            return Reply::plain(404, "there is no such page");
        }
        if !self.phone.store.snapshot().yes("Enable_Direct_Action_Url") {
            return Reply::plain(403, "Enable Direct Action Url is No");
        }
        let url = query.map(str::trim).filter(|q| !q.is_empty()).map(str::to_owned);
        match action {
            "cfg.xml" => {
                let store = &self.phone.store;
                Reply::xml(200, xml::write_config(store.catalogue(), &store.stored(), &store.access_overrides()))
            }
            "status.xml" => Reply::xml(200, self.status_xml()),
            "screendump.bmp" => {
                let (settings, status) = (self.phone.store.snapshot(), self.phone.board.snapshot());
                let shown = screen::draw(&self.phone.profile, &settings, &status, (self.phone.unix_time)());
                Reply::of(200, "image/bmp", shown.bmp())
            }
            // Not of any guide: of a real unit the maker's certificate is known, of this one it can only be asked for.
            "client-certificate.pem" => match self.phone.board.snapshot().client_certificate {
                pem if pem.is_empty() => Reply::plain(404, "this phone has no client certificate"),
                pem => Reply::of(200, "application/x-pem-file", pem),
            },
            "reboot" => self.told(Command::Reboot(RebootReason::UserTriggered), "The phone restarts."),
            "factory-reset" => self.told(Command::FactoryReset, "The phone forgets its settings and restarts."),
            "updateca" => match url {
                Some(url) => self.told(Command::UpdateCa(url), "The phone fetches the certificate authority."),
                None => Reply::plain(400, "it takes the URL of a PEM file"),
            },
            _ => self.told(Command::Resync(url), "The phone fetches the profile."),
        }
    }

    fn told(&self, command: Command, text: &str) -> Reply {
        if self.phone.commands.send(command).is_err() {
            return Reply::plain(503, "the phone is going down");
        }
        Reply::html(page::notice(&self.phone.profile, text, "/"))
    }

    /// `/CGI/Execute` (phone-facts §1.6).
    pub(super) fn execute(&self, ask: &Ask) -> Reply {
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
}
