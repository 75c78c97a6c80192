//! What the tool itself reads: the inventory that a person wrote, and the page of a unit.

use lab::Inventory;
use steps::unit::page::Page;

/// `lab.toml`.
pub fn inventory(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match Inventory::parse("lab.toml", &text) {
        Ok(inventory) => assert!(inventory.units.iter().all(|unit| inventory.unit(&unit.name).is_some())),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The administration page.
pub fn page(input: &[u8]) {
    let page = Page::read(&String::from_utf8_lossy(input));
    for field in &page.fields {
        let _ = page.field(&field.tab, &field.section, &field.label);
    }
}
