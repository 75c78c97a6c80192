//! The administration page as a person reads it: tabs, sections, fields by their labels. Field names are numbers that differ by model
//! and release, so they are learned from the page each time and never written down here.

use scraper::{ElementRef, Html, Selector};

/// A field of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Tab, as in `System` or `Ext 1`.
    pub tab: String,
    /// Section heading, as in `System Configuration`.
    pub section: String,
    /// Label, as in `Restricted Access Domains`, without a colon.
    pub label: String,
    /// The name that the form posts.
    pub name: String,
    /// Its value; of a list, the choice shown.
    pub value: String,
    /// The choices of a list as shown and as posted; empty for a text field.
    pub choices: Vec<(String, String)>,
    /// A message that stands at the field.
    pub message: Option<String>,
}

/// The page after it was read.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Title.
    pub title: String,
    /// Where its form posts to.
    pub action: String,
    /// All its fields, in the order of the page.
    pub fields: Vec<Field>,
    /// The rows of the call history, newest first, cells in order.
    pub history: Vec<String>,
}

impl Page {
    /// Reads a page.
    pub fn read(html: &str) -> Page {
        let document = Html::parse_document(html);
        let mut page = Page {
            title: first_text(&document, "title"),
            history: rows_of(&document, "[id=\"All Calls\"] tbody tr"),
            ..Page::default()
        };
        if let Some(form) = select(&document, "form[action]").first() {
            form.attr("action").unwrap_or_default().clone_into(&mut page.action);
        }
        let mut walk = Walk { tab: String::new(), section: String::new(), label: String::new(), fields: Vec::new() };
        walk.document(document.root_element());
        page.fields = walk.fields;
        page
    }

    /// The field with this place and label.
    pub fn field(&self, tab: &str, section: &str, label: &str) -> Option<&Field> {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        self.fields.iter().find(|f| same(&f.tab, tab) && same(&f.section, section) && same(&f.label, label))
    }
}

/// A walk down the document in the order in which a person reads it.
struct Walk {
    tab: String,
    section: String,
    label: String,
    fields: Vec<Field>,
}

impl Walk {
    /// Without recursion: how deeply a page is nested is up to whoever sent it.
    fn document(&mut self, root: ElementRef<'_>) {
        let mut waiting = vec![root];
        while let Some(element) = waiting.pop() {
            if self.element(element) {
                waiting.extend(element.children().rev().filter_map(ElementRef::wrap));
            }
        }
    }

    /// Takes one element; whether a person reads what is in it.
    fn element(&mut self, element: ElementRef<'_>) -> bool {
        match element.value().name() {
            "script" | "style" | "head" => return false,
            "div" | "section" if is_tab(element) => {
                element.attr("id").unwrap_or_default().clone_into(&mut self.tab);
                self.section.clear();
            }
            "h2" | "h3" | "legend" => self.section = words(element),
            "label" => words(element).trim_end_matches(':').trim().clone_into(&mut self.label),
            "input" if is_text(element) => {
                self.field(element, element.attr("value").unwrap_or_default().to_owned(), Vec::new())
            }
            "select" => self.list(element),
            _ if has_class(element, "error") || has_class(element, "field-error") => {
                let message = words(element);
                if let Some(field) = self.fields.last_mut().filter(|_| !message.is_empty()) {
                    field.message = Some(message);
                }
            }
            _ => {}
        }
        true
    }

    fn list(&mut self, element: ElementRef<'_>) {
        let options: Vec<(String, String, bool)> = element
            .children()
            .filter_map(ElementRef::wrap)
            .filter(|o| o.value().name() == "option")
            .map(|o| {
                let shown = words(o);
                let posted = o.attr("value").map_or_else(|| shown.clone(), str::to_owned);
                (shown, posted, o.attr("selected").is_some())
            })
            .collect();
        let value = options.iter().find(|o| o.2).or(options.first()).map(|o| o.0.clone()).unwrap_or_default();
        self.field(element, value, options.into_iter().map(|(shown, posted, _)| (shown, posted)).collect());
    }

    fn field(&mut self, element: ElementRef<'_>, value: String, choices: Vec<(String, String)>) {
        self.fields.push(Field {
            tab: self.tab.clone(),
            section: self.section.clone(),
            label: std::mem::take(&mut self.label),
            name: element.attr("name").unwrap_or_default().to_owned(),
            value,
            choices,
            message: None,
        });
    }
}

fn is_tab(element: ElementRef<'_>) -> bool {
    element.attr("id").is_some() && has_class(element, "tab")
}

fn is_text(element: ElementRef<'_>) -> bool {
    element.attr("name").is_some() && matches!(element.attr("type").unwrap_or("text"), "text" | "password" | "number")
}

fn has_class(element: ElementRef<'_>, class: &str) -> bool {
    element.value().classes().any(|c| c == class)
}

/// The text of an element, spaces folded.
fn words(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|s| document.select(&s).collect()).unwrap_or_default()
}

fn rows_of(document: &Html, selector: &str) -> Vec<String> {
    select(document, selector).into_iter().map(words).filter(|row| !row.is_empty()).collect()
}

fn first_text(document: &Html, selector: &str) -> String {
    select(document, selector).first().map(|e| words(*e)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    const PAGE: &str = r#"<html><head><title>CP-7841</title></head><body><form action="bcisco.csc">
        <div class="tab" id="Voice"><h2>Provisioning</h2>
        <label>Profile Rule:</label><input name="7" value="/a.xml"><span class="error">too long</span>
        <label>Resync On Reset:</label><select name="8"><option value="1">Yes</option><option value="0" selected>No</option></select>
        <script>document.write('<input name="9">')</script></div></form></body></html>"#;

    #[test]
    fn fields_are_found_by_tab_section_and_label() {
        let page = Page::read(PAGE);
        assert_eq!((page.title.as_str(), page.action.as_str(), page.fields.len()), ("CP-7841", "bcisco.csc", 2));
        let rule = page.field("Voice", "provisioning", "Profile Rule").unwrap();
        assert_eq!((rule.name.as_str(), rule.value.as_str()), ("7", "/a.xml"));
        assert_eq!(rule.message.as_deref(), Some("too long"));
        let reset = page.field("Voice", "Provisioning", "Resync On Reset").unwrap();
        assert_eq!((reset.value.as_str(), reset.choices[1].1.as_str()), ("No", "0"));
    }

    #[test]
    fn a_page_nested_ten_thousand_deep_is_read() {
        let deep = format!("{}<label>L</label><input name=\"1\" value=\"v\">", "<div>".repeat(10_000));
        assert_eq!(Page::read(&deep).field("", "", "L").unwrap().value, "v");
    }
}
