//! Who may: accounts, passwords and what they open.

use super::{Ask, Reply, Site};
use crate::web::login::{Demand, Verdict};
use crate::web::page::Account;

impl Site {
    /// Answers if the client is logged in as this account. The page is open while the account has no password (phone-facts §1.1).
    pub(super) fn guarded(&self, ask: &Ask, account: Account, answer: impl FnOnce() -> Reply) -> Reply {
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

    pub(super) fn judge(&self, ask: &Ask, accounts: &[(&str, &str)]) -> Verdict {
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
}
