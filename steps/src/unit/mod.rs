//! The phone as the steps see it: a page, keys, a profile, a serial line and a power switch, the same for a model and for a unit on a
//! desk. Only [`emulated`] knows that a model is a process.

pub mod console;
pub mod control;
pub mod emulated;
pub mod http;
pub mod keypad;
pub mod page;
pub mod remote;
pub mod web_admin;

use std::path::PathBuf;

/// Which unit a run is about.
#[derive(Debug, Clone)]
pub struct UnitUnderTest {
    /// The four digits of the model, as in `7841`.
    pub model: String,
    /// The firmware release.
    pub release: String,
    /// Extensions of this model.
    pub lines: u8,
    /// The program of the software phone; it is this program itself.
    pub program: PathBuf,
    /// Known wrong behaviour to switch on, to prove that the suite sees it.
    pub defect: Option<String>,
}

impl UnitUnderTest {
    /// An emulated phone of this model and release.
    pub fn emulated(model: &str, release: &str, program: PathBuf) -> Option<Self> {
        let (model, lines) = match model {
            "7811" => ("7811", 1),
            "7821" => ("7821", 2),
            "7841" => ("7841", 4),
            // The document prints 7851 where it means the 7861.
            "7861" | "7851" => ("7861", 16),
            _ => return None,
        };
        Some(UnitUnderTest { model: model.to_owned(), release: release.to_owned(), lines, program, defect: None })
    }

    /// Its name in reports: the model, and the defect when there is one.
    pub fn name(&self) -> String {
        match &self.defect {
            None => self.model.clone(),
            Some(defect) => format!("{}+{defect}", self.model),
        }
    }
}
