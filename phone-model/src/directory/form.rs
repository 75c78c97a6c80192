//! What a person fills in, and the lookup that comes of it.

use super::attributes::Shown;
use super::typing::Typing;
use crate::defects::{Defect, Defects};
use crate::ldap::filter::{Filter, Template, escape};
use crate::ldap::server::Server;
use crate::ldap::{Auth, Failure, Patience, Plan};
use crate::profile::Profile;
use crate::settings::Settings;
use crate::time::{Duration, Instant};

/// What no source tells: which filter a field has whose setting is empty. These are the guide's examples (phone-facts §2.2).
const FIRST_NAME: &str = "cn:(cn=$VALUE*)";
const LAST_NAME: &str = "sn:(sn=$VALUE*)";

/// A field.
#[derive(Debug, Clone)]
struct Field {
    label: String,
    /// The setting that holds its filter, and the filter when that is empty.
    setting: &'static str,
    otherwise: String,
    typing: Typing,
}

/// See the module's text.
#[derive(Debug, Clone)]
pub(super) struct Form {
    fields: Vec<Field>,
    marked: usize,
    pause: Duration,
}

impl Form {
    /// An empty form with the fields of the settings. `pause` is how long a key waits for being pressed again.
    pub(super) fn new(settings: &Settings, pause: Duration) -> Form {
        Form { fields: fields(settings), marked: 0, pause }
    }

    /// Takes other fields when the settings name other ones.
    pub(super) fn configure(&mut self, settings: &Settings) {
        let fields = fields(settings);
        let labels = |fields: &[Field]| fields.iter().map(|field| field.label.clone()).collect::<Vec<_>>();
        if labels(&fields) != labels(&self.fields) {
            *self = Form { fields, marked: 0, pause: self.pause };
        }
    }

    /// Empties all fields.
    pub(super) fn clear(&mut self) {
        self.marked = 0;
        self.fields.iter_mut().for_each(|field| field.typing = Typing::default());
    }

    /// The lines on the screen; the field being typed into ends in an underscore.
    pub(super) fn rows(&self) -> Vec<String> {
        let row = |(place, field): (usize, &Field)| {
            let cursor = if place == self.marked { "_" } else { "" };
            format!("{}: {}{cursor}", field.label, field.typing.text())
        };
        self.fields.iter().enumerate().map(row).collect()
    }

    /// The field being typed into.
    pub(super) const fn marked(&self) -> usize {
        self.marked
    }

    pub(super) fn press(&mut self, key: char, now: Instant) {
        let pause = self.pause;
        self.with_marked(|typing| typing.press(key, pause, now));
    }

    pub(super) fn settle(&mut self) {
        self.with_marked(Typing::settle);
    }

    pub(super) fn delete(&mut self) {
        self.with_marked(Typing::delete);
    }

    pub(super) fn step(&mut self, down: bool) {
        self.settle();
        let last = self.fields.len().saturating_sub(1);
        self.marked = if down { (self.marked + 1).min(last) } else { self.marked.saturating_sub(1) };
    }

    fn with_marked(&mut self, change: impl FnOnce(&mut Typing)) {
        if let Some(field) = self.fields.get_mut(self.marked) {
            change(&mut field.typing);
        }
    }

    /// The lookup. Fields that were left empty do not count; when all were, the last name may be any.
    ///
    /// # Errors
    /// What keeps the settings from being used.
    pub(super) fn plan(&self, settings: &Settings, profile: &Profile, defects: &Defects) -> Result<Plan, Failure> {
        let server = match settings.text("LDAP_Server") {
            "" => return Err(Failure::NoServer),
            text => Server::parse(text).map_err(|_| Failure::Setting("Server"))?,
        };
        let auth = auth(settings);
        if matches!(auth, Auth::DigestMd5 { .. }) && server.address().is_some() {
            return Err(Failure::NeedsName);
        }
        let base = settings.text("LDAP_Search_Base").to_owned();
        let unknown = &profile.unknown;
        let patience = Patience {
            answer: Duration::from_millis(unknown.ldap_answer_wait_ms),
            whole: Duration::from_millis(unknown.ldap_lookup_wait_ms),
        };
        let start_tls = settings.yes("LDAP_StartTLS_Enable");
        let filter = self.filter(settings, defects)?;
        Ok(Plan { server, start_tls, auth, base, filter, attributes: attributes(settings), patience })
    }

    fn filter(&self, settings: &Settings, defects: &Defects) -> Result<Filter, Failure> {
        let filled: Vec<&Field> = self.fields.iter().filter(|field| !field.typing.text().is_empty()).collect();
        let any = self.fields.iter().find(|field| field.setting == "LDAP_Last_Name_Filter");
        let fields = if filled.is_empty() { any.into_iter().collect() } else { filled };
        let wrong = |_| Failure::Setting("Filter");
        let one = |field: &&Field| {
            let set = settings.text(field.setting);
            let template = Template::parse(if set.is_empty() { &field.otherwise } else { set }).map_err(wrong)?;
            let typed = field.typing.text();
            match defects.has(Defect::LdapUnescapedFilter) {
                // What was typed may not even be a filter then; the escaped one is better than none.
                true => template.fill_unescaped(typed).or_else(|_| template.fill(typed)).map_err(wrong),
                false => template.fill(typed).map_err(wrong),
            }
        };
        let filters = fields.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        Filter::all(filters).ok_or(Failure::Setting("Filter"))
    }
}

fn fields(settings: &Settings) -> Vec<Field> {
    let field = |label: &str, setting, otherwise: String| Field {
        label: label.to_owned(),
        setting,
        otherwise,
        typing: Typing::default(),
    };
    let mut fields = vec![
        field("First name", "LDAP_First_Name_Filter", FIRST_NAME.to_owned()),
        field("Last name", "LDAP_Last_Name_Filter", LAST_NAME.to_owned()),
    ];
    for (item, filter) in [("LDAP_Search_Item_3", "LDAP_Item_3_Filter"), ("LDAP_Search_Item_4", "LDAP_Item_4_Filter")] {
        let name = settings.text(item);
        if !name.is_empty() {
            fields.push(field(name, filter, format!("({}=$VALUE*)", escape(name))));
        }
    }
    fields
}

fn auth(settings: &Settings) -> Auth {
    let password = settings.text("LDAP_Password").to_owned();
    match settings.text("LDAP_Auth_Method") {
        "Simple" => Auth::Simple { dn: settings.text("LDAP_Client_DN").to_owned(), password },
        "DIGEST-MD5" => {
            let (user, realm) = (settings.text("LDAP_Username").to_owned(), settings.text("Domain").to_owned());
            Auth::DigestMd5 { user, password, realm }
        }
        _ => Auth::None,
    }
}

/// What is asked for: what is shown, and the name for the list.
fn attributes(settings: &Settings) -> Vec<String> {
    let mut names = vec!["cn".to_owned()];
    for shown in Shown::of(settings) {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(&shown.attribute)) {
            names.push(shown.attribute);
        }
    }
    names
}
