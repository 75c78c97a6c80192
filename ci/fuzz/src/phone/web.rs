//! The phone's web server, behind hyper: requests whose head was read, their forms and headers.

use super::{a_7841, flash};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use phone_model::random::Random;
use phone_model::settings::Store;
use phone_model::state::{Board, Command};
use phone_model::web::{Ask, Method, Site, WebPhone};
use std::cell::RefCell;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A request as text: request line, headers, empty line, body.
pub fn request(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let (verb, target) = lines.next().unwrap_or_default().split_once(' ').unwrap_or(("GET", "/"));
    let header = |wanted: &str| {
        let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
    };
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query.to_owned())));
    ask(&Ask {
        method: if verb == "POST" { Method::Post } else { Method::Get },
        verb: verb.to_owned(),
        path: path.to_owned(),
        query,
        authorization: header("Authorization"),
        referer: header("Referer"),
        body: body.to_owned(),
    });
}

/// The form of the administration page.
pub fn form(input: &[u8]) {
    ask(&post("/admin/bcisco.csc", String::from_utf8_lossy(input).into_owned()));
    ask(&post("/bcisco.csc", String::from_utf8_lossy(input).into_owned()));
}

/// XML of `/CGI/Execute`.
pub fn execute(input: &[u8]) {
    ask(&post("/CGI/Execute", format!("XML={}", percent_encode(input, NON_ALPHANUMERIC))));
}

/// The `Authorization` of somebody who wants to see the page of a phone that has passwords.
pub fn login(input: &[u8]) {
    thread_local!(static PHONE: RefCell<Phone> = RefCell::new(Phone::new("login", true)));
    let authorization = Some(String::from_utf8_lossy(input).into_owned());
    let get = Ask { method: Method::Get, verb: "GET".into(), authorization, ..post("/admin/", String::new()) };
    PHONE.with_borrow_mut(|phone| assert_eq!(phone.site.answer(&get).status, 401, "nobody guesses the response"));
}

fn post(path: &str, body: String) -> Ask {
    let (path, verb) = (path.to_owned(), "POST".to_owned());
    Ask { method: Method::Post, verb, path, query: None, authorization: None, referer: None, body }
}

struct Phone {
    site: Site,
    store: Store,
    commands: UnboundedReceiver<Command>,
}

impl Phone {
    fn new(name: &str, passwords: bool) -> Self {
        let store = flash(name);
        if passwords {
            let values = [("Admin_Password", "secret"), ("User_Password", "secret")];
            let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            store.change(values).expect("passwords are settings");
        }
        let (sender, commands) = unbounded_channel();
        let site = Site::new(WebPhone {
            profile: a_7841(),
            store: store.clone(),
            board: Board::default(),
            commands: sender,
            random: Random::seeded(1),
            unix_time: Arc::new(|| 1_556_539_384),
        });
        Phone { site, store, commands }
    }
}

fn ask(ask: &Ask) {
    thread_local!(static PHONE: RefCell<Phone> = RefCell::new(Phone::new("web", false)));
    PHONE.with_borrow_mut(|phone| {
        let reply = phone.site.answer(ask);
        assert!((200..600).contains(&reply.status));
        // Each input finds a new phone.
        let mut changed = false;
        while let Ok(command) = phone.commands.try_recv() {
            changed |= matches!(command, Command::Apply(_));
        }
        if changed {
            phone.store.factory_reset().expect("the flash can be written");
        }
    });
}
