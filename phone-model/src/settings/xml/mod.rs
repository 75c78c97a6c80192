//! The XML that the phone reads and writes: profiles and `cfg.xml` (phone-facts §2.1, §1.5).

mod config;
mod profile;

pub use config::write as write_config;
pub use profile::{Item, Malformed, beginning, read};
