//! The page: one document with all tabs and one form, `action="bcisco.csc"`. Small inline script shows one tab at a time; without it they
//! stand below one another. Each field has a label of its own, its name is a number (phone-facts §1.2, §1.3).

use super::fields::FieldNames;
use super::info;
use super::submit::Rejected;
use crate::profile::Profile;
use crate::settings::{Access, Parameter, Settings, Store, Tab};
use crate::state::{HistoryEntry, HistoryKind, Status};
use std::collections::BTreeMap;
use std::fmt::Write as _;

mod field;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Whose page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// Everything.
    Admin,
    /// What `ua` allows.
    User,
}

/// Which of the views of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) account: Account,
    pub(super) advanced: bool,
}

impl View {
    pub(super) const fn admin(advanced: bool) -> View {
        View { account: Account::Admin, advanced }
    }

    pub(super) const fn user(advanced: bool) -> View {
        View { account: Account::User, advanced }
    }

    /// Where it is.
    pub(super) const fn path(self) -> &'static str {
        match (self.account, self.advanced) {
            (Account::Admin, false) => "/admin/basic",
            (Account::Admin, true) => "/admin/advanced",
            (Account::User, false) => "/basic",
            (Account::User, true) => "/advanced",
        }
    }
}

/// What a page is made from.
pub(super) struct Page<'a> {
    pub(super) profile: &'a Profile,
    pub(super) store: &'a Store,
    pub(super) fields: &'a FieldNames,
    pub(super) settings: &'a Settings,
    /// Access of the user, where a profile changed it.
    pub(super) access: &'a BTreeMap<String, Access>,
    pub(super) info: &'a [info::Section],
    pub(super) status: &'a Status,
    pub(super) view: View,
    /// The form that was just refused.
    pub(super) rejected: Option<&'a Rejected>,
}

/// A page with one sentence that leads back.
pub(super) fn notice(profile: &Profile, text: &str, back: &str) -> String {
    let (title, text, back) = (title(profile), escape(text), escape(back));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta http-equiv=\"refresh\" content=\"3; url={back}\"><style>{STYLE}</style></head>\n\
         <body><header><h1>{title}</h1></header><main><p class=\"notice\" role=\"status\">{text}</p>\
         <p>This page leads back in a moment. <a href=\"{back}\">Back to the page of the phone</a></p></main></body></html>\n"
    )
}

fn title(profile: &Profile) -> String {
    format!("{} Configuration Utility", profile.model.product_name())
}

/// For text and for attribute values in double quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

impl Page<'_> {
    /// The document.
    pub(super) fn html(&self) -> String {
        let mut html = String::with_capacity(256 << 10);
        self.head(&mut html);
        self.info(&mut html);
        self.voice(&mut html);
        self.call_history(&mut html);
        html.push_str(
            "<div class=\"pane\" id=\"Personal Directory\"><h2>Personal Directory</h2><p>There are no entries.</p></div>\n</main>\n",
        );
        let _ = write!(html, "<script>{SCRIPT}</script>\n</body></html>\n");
        html
    }

    fn head(&self, html: &mut String) {
        let title = title(self.profile);
        let View { account, advanced } = self.view;
        let login = match account {
            Account::Admin => "<a href=\"/basic\">User Login</a>",
            Account::User => "<a href=\"/admin/basic\">Admin Login</a>",
        };
        let other = View { account, advanced: !advanced };
        let (path, word) = (other.path(), if other.advanced { "advanced" } else { "basic" });
        let _ = write!(
            html,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\n<body>\n\
             <header><h1>{title}</h1><p class=\"who\">{login} <a href=\"{path}\">{word}</a></p>\n<nav class=\"panes\">"
        );
        for pane in ["Info", "Voice", "Call History", "Personal Directory"] {
            let _ = write!(html, "<a href=\"#{pane}\">{pane}</a>");
        }
        html.push_str("</nav></header>\n<main>\n");
    }

    fn info(&self, html: &mut String) {
        html.push_str("<div class=\"pane\" id=\"Info\">");
        tab_links(html, &["Status", "Debug Info", "Download Status"]);
        html.push_str("<div class=\"tab\" id=\"Status\"><h2>Status</h2>\n");
        self.info.iter().for_each(|section| rows(html, section));
        html.push_str("</div>\n<div class=\"tab\" id=\"Debug Info\"><h2>Debug Info</h2>\n");
        if self.view.account == Account::Admin {
            html.push_str(
                "<ul><li><a href=\"/admin/status.xml\">Status as XML</a></li><li><a href=\"/admin/cfg.xml\">Configuration as XML</a></li>\
                 <li><a href=\"/admin/screendump.bmp\">Screen</a></li><li><a href=\"/admin/reboot\">Reboot</a></li>\
                 <li><a href=\"/admin/factory-reset\">Factory Reset</a></li></ul>",
            );
        } else {
            html.push_str("<ul><li><a href=\"/status.xml\">Status as XML</a></li></ul>");
        }
        html.push_str("</div>\n<div class=\"tab\" id=\"Download Status\"><h2>Download Status</h2>\n");
        let of = |heading: &str| self.info.iter().find(|s| s.heading == heading);
        of("Provisioning Status").into_iter().for_each(|section| rows(html, section));
        html.push_str("</div></div>\n");
    }

    fn voice(&self, html: &mut String) {
        html.push_str("<div class=\"pane\" id=\"Voice\">");
        let shown: Vec<&Parameter> = self.store.catalogue().all().iter().filter(|p| self.shows(p)).collect();
        let mut tabs: Vec<Tab> = shown.iter().map(|p| p.tab).collect();
        tabs.dedup();
        let titles: Vec<_> = tabs.iter().map(|t| t.title()).collect();
        tab_links(html, &titles.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
        html.push_str("<form action=\"bcisco.csc\" method=\"post\" accept-charset=\"utf-8\">\n");
        self.refusal(html);
        for (tab, title) in tabs.into_iter().zip(titles) {
            let _ = writeln!(html, "<div class=\"tab\" id=\"{title}\"><h2>{title}</h2>");
            let of_tab: Vec<&Parameter> = shown.iter().copied().filter(|p| p.tab == tab).collect();
            for section in of_tab.chunk_by(|a, b| a.section == b.section) {
                let heading = section.first().map_or("", |p| p.section.as_str());
                let _ = writeln!(html, "<section><h3>{}</h3><div>", escape(heading));
                section.iter().for_each(|parameter| self.field(html, parameter));
                html.push_str("</div></section>\n");
            }
            html.push_str("</div>\n");
        }
        html.push_str(
            "<p class=\"buttons\"><input type=\"submit\" class=\"sbtSearch\" value=\"Submit All Changes\"> \
             <input type=\"reset\" value=\"Undo All Changes\"></p>\n</form></div>\n",
        );
    }

    fn shows(&self, parameter: &Parameter) -> bool {
        let allowed = match self.view.account {
            Account::Admin => true,
            Account::User => self.access_of(parameter) != Access::None,
        };
        allowed && (self.view.advanced || !parameter.advanced || self.reason(parameter).is_some())
    }

    fn access_of(&self, parameter: &Parameter) -> Access {
        self.access.get(&parameter.name).copied().unwrap_or(parameter.access)
    }

    fn reason(&self, parameter: &Parameter) -> Option<&str> {
        self.rejected?.reasons.get(&parameter.name).map(String::as_str)
    }

    fn refusal(&self, html: &mut String) {
        let Some(rejected) = self.rejected else { return };
        html.push_str("<div class=\"refused\" role=\"alert\"><p>Nothing was changed.");
        if let Some(trouble) = &rejected.trouble {
            let _ = write!(html, " {}.", escape(trouble));
        }
        html.push_str("</p><ul>");
        for parameter in self.store.catalogue().all() {
            if let Some(reason) = self.reason(parameter) {
                let (tab, field) = (parameter.tab.title(), self.fields.field(parameter));
                let (label, reason) = (escape(&parameter.label), escape(reason));
                let _ = write!(html, "<li>{tab}: <a href=\"#f{field}\">{label}</a> {reason}.</li>");
            }
        }
        let _ = writeln!(html, "</ul><p><a href=\"{}\">Drop what was entered</a></p></div>", self.view.path());
    }

    fn call_history(&self, html: &mut String) {
        let lists: [(&str, Option<HistoryKind>); 4] = [
            ("All Calls", None),
            ("Missed", Some(HistoryKind::Missed)),
            ("Received", Some(HistoryKind::Received)),
            ("Placed", Some(HistoryKind::Placed)),
        ];
        html.push_str("<div class=\"pane\" id=\"Call History\">");
        tab_links(html, &lists.map(|(title, _)| title));
        for (title, kind) in lists {
            let _ = write!(
                html,
                "<div class=\"tab\" id=\"{title}\"><h2>{title}</h2><table><thead><tr><th>Call</th><th>Line</th><th>Name</th>\
                 <th>Number</th><th>Time</th></tr></thead><tbody>"
            );
            let calls = self.status.history.iter().filter(|call| kind.is_none_or(|k| k == call.kind));
            calls.for_each(|call| history_row(html, call));
            html.push_str("</tbody></table></div>\n");
        }
        html.push_str("</div>\n");
    }
}

fn tab_links(html: &mut String, titles: &[&str]) {
    html.push_str("<nav class=\"tabs\">");
    for title in titles {
        let _ = write!(html, "<a href=\"#{title}\">{title}</a>");
    }
    html.push_str("</nav>\n");
}

fn rows(html: &mut String, section: &info::Section) {
    let _ = write!(html, "<section><h3>{}</h3><dl>", escape(&section.heading));
    for (label, value) in &section.rows {
        let _ = write!(html, "<dt>{}</dt><dd>{}</dd>", escape(label), escape(value));
    }
    html.push_str("</dl></section>\n");
}

fn history_row(html: &mut String, call: &HistoryEntry) {
    let kind = match call.kind {
        HistoryKind::Missed => "Missed",
        HistoryKind::Received => "Received",
        HistoryKind::Placed => "Placed",
    };
    let (name, number) = (escape(&call.name), escape(&call.number));
    let (line, at) = (call.line, info::moment(call.at));
    let _ = write!(html, "<tr><td>{kind}</td><td>{line}</td><td>{name}</td><td>{number}</td><td>{at}</td></tr>");
}

#[cfg(test)]
mod tests;
