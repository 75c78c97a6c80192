//! How the phone names itself: User-Agent and Server (phone-facts §3.6), what it allows and reads.

use crate::profile::Profile;
use crate::settings::Settings;
use crate::sip::message::Method;
use crate::sip::validate::Abilities;

/// The strings that go into messages.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// `User-Agent` of REGISTER.
    pub(super) registering: String,
    /// `User-Agent` of other requests.
    pub(super) user_agent: String,
    /// `Server` of responses.
    pub(super) server: String,
}

impl Identity {
    /// `$VERSION` of SIP User Agent Name and its kin becomes `Cisco-CP-7841-3PCC/11.2.3_<mac>`.
    pub(super) fn read(settings: &Settings, profile: &Profile, mac: [u8; 6]) -> Self {
        let version = format!("Cisco-{}/{}_{}", profile.model.product_name(), profile.release, hex::encode(mac));
        let name = |parameter: &str| {
            let text = settings.text(parameter).trim();
            let text = if text.is_empty() { "$VERSION" } else { text };
            // What a person typed may not become header lines of its own.
            text.replace("$VERSION", &version).replace(|c: char| c.is_control(), "")
        };
        let user_agent = name("SIP_User_Agent_Name");
        let registering = match settings.text("SIP_Reg_User_Agent_Name").trim() {
            "" => user_agent.clone(),
            _ => name("SIP_Reg_User_Agent_Name"),
        };
        Identity { registering, user_agent, server: name("SIP_Server_Name") }
    }
}

/// What the phone can do.
pub(super) fn abilities() -> Abilities {
    Abilities {
        // SUBSCRIBE is understood so far that it is answered 489: the phone notifies of nothing (RFC 6665 §4.1.3).
        methods: vec![
            Method::Ack,
            Method::Bye,
            Method::Cancel,
            Method::Info,
            Method::Invite,
            Method::Notify,
            Method::Options,
            Method::Subscribe,
            Method::Update,
        ],
        options: Vec::new(),
        bodies: [
            "application/sdp",
            "application/dtmf-relay",
            "application/simple-message-summary",
            "application/xml",
            "text/plain",
            "text/xml",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}
