//! One field of the page: a label, an input, and what was wrong with the last value entered.

use super::{Account, Page, escape};
use crate::settings::{Access, Kind, Parameter};
use crate::web::submit::UNCHANGED;
use std::fmt::Write as _;

impl Page<'_> {
    /// Writes the field of a parameter.
    pub(super) fn field(&self, html: &mut String, parameter: &Parameter) {
        let field = self.fields.field(parameter);
        let _ = write!(html, "<p><label for=\"f{field}\">{}</label>", escape(&parameter.label));
        let reason = self.reason(parameter);
        let entered = self.rejected.and_then(|r| r.entered.get(&parameter.name)).map(String::as_str);
        let value = entered.unwrap_or_else(|| self.settings.text(&parameter.name));
        let fixed = parameter.kind == Kind::ReadOnly
            || (self.view.account == Account::User && self.access_of(parameter) == Access::ReadOnly);
        let wrong = if reason.is_some() {
            format!(" aria-invalid=\"true\" aria-describedby=\"e{field}\"")
        } else {
            String::new()
        };
        let named = if fixed {
            format!("id=\"f{field}\" disabled")
        } else {
            format!("id=\"f{field}\" name=\"{field}\"{wrong}")
        };
        match parameter.kind {
            Kind::YesNo => list_box(html, &named, &[("Yes", "1"), ("No", "0")], value),
            Kind::Choice(allowed) => {
                let options: Vec<_> = allowed.iter().map(|option| (*option, *option)).collect();
                list_box(html, &named, &options, value);
            }
            Kind::Password { longest, .. } => {
                let shown = if value.is_empty() { "" } else { UNCHANGED };
                let _ = write!(
                    html,
                    "<input type=\"password\" {named} value=\"{shown}\" maxlength=\"{longest}\" autocomplete=\"new-password\">"
                );
            }
            _ => _ = write!(html, "<input {named} value=\"{}\">", escape(value)),
        }
        if let Some(reason) = reason {
            let _ = write!(
                html,
                "<span class=\"error\" id=\"e{field}\">{} {}.</span>",
                escape(&parameter.label),
                escape(reason)
            );
        }
        html.push_str("</p>\n");
    }
}

/// Options are (shown, posted). A value that is none of them, as in a form that was refused, stands first.
fn list_box(html: &mut String, named: &str, options: &[(&str, &str)], value: &str) {
    let _ = write!(html, "<select {named}>");
    if !options.iter().any(|(shown, posted)| *shown == value || *posted == value) {
        let value = escape(value);
        let _ = write!(html, "<option value=\"{value}\" selected>{value}</option>");
    }
    for (shown, posted) in options {
        let selected = if *shown == value || *posted == value { " selected" } else { "" };
        let same = if shown == posted { String::new() } else { format!(" value=\"{posted}\"") };
        let _ = write!(html, "<option{same}{selected}>{}</option>", escape(shown));
    }
    html.push_str("</select>");
}
