//! Profiles and the auto-configuration server.

use super::flash;
use crate::{Patience, messages};
use phone_model::cwmp::envelope::Version;
use phone_model::cwmp::parameters::{Change, Facts};
use phone_model::cwmp::session::{Device, Output, Reason, Session};
use phone_model::settings::{Settings, Store, xml};
use std::collections::BTreeMap;

/// A profile, and what the settings make of it.
pub fn profile(input: &[u8]) {
    thread_local!(static STORE: Store = flash("profile"));
    let _ = (xml::read(input), xml::beginning(input));
    STORE.with(|store| {
        // A change goes to the flash; what is refused changes nothing.
        if store.apply_profile(input).is_ok_and(|applied| !applied.changed.is_empty()) {
            store.factory_reset().expect("the flash can be written");
        }
    });
}

/// What an auto-configuration server answers to the Inform, and what it asks for then.
pub fn cwmp(input: &[u8]) {
    let mut phone = Phone::default();
    let reason = Reason {
        events: vec![("0 BOOTSTRAP", String::new())],
        retry_count: 0,
        current_time: "2026-11-27T21:00:00Z".into(),
    };
    let mut session = Session::new(Version(2), reason, &phone);
    let mut patience = Patience::new();
    for body in messages(input) {
        session.answered(200, body, &mut phone);
        while session.poll() != Output::Wait {
            patience.spend();
        }
    }
}

#[derive(Default)]
struct Phone {
    settings: BTreeMap<String, String>,
    key: String,
    code: String,
}

impl Device for Phone {
    fn facts(&self) -> Facts {
        Facts {
            settings: Settings::of(self.settings.clone()),
            product: "CP-7841-3PCC".into(),
            oui: "020000".into(),
            serial_number: "OFF00007841".into(),
            software: "11.2.3".into(),
            address: "192.0.2.100".into(),
            mac: "02:00:00:00:78:41".into(),
            up_time: 7,
            acs_url: "http://acs.bench.example/".into(),
            parameter_key: self.key.clone(),
            provisioning_code: self.code.clone(),
        }
    }

    fn keep(&mut self, change: &Change, key: &str) -> bool {
        self.settings.extend(change.settings.iter().cloned());
        self.code = change.provisioning_code.clone().unwrap_or_default();
        self.key = key.into();
        true
    }
}
