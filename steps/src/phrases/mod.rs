//! The sentences of the features, one module for each area, and what they remember of each other within a scenario.

pub mod address_conflict;
pub mod call;
pub mod certificate;
pub mod challenge;
pub mod connection;
pub mod credentials;
pub mod dhcp6;
pub mod dhcp6_server;
pub mod dhcp_server;
pub mod dialog;
pub mod domains;
pub mod exchange;
pub mod first_lease;
pub mod ipv6;
pub mod lease;
pub mod lost_lease;
pub mod neighbour;
pub mod nonce;
pub mod options;
pub mod page;
pub mod phone;
pub mod refusal;
pub mod retransmission;
pub mod ringing;
pub mod router;
pub mod sabotage;
pub mod serial;
pub mod silence;
pub mod status;
pub mod timeout_on_renewal;

pub mod asked_options;
pub mod clock;
pub mod dhcp_option;
pub mod directory;
pub mod directory_bind;
pub mod directory_requests;
pub mod directory_wire;
pub mod fetching;
pub mod lookup;
pub mod management;
pub mod next_hop;
pub mod option6;
pub mod provisioning;
pub mod provisioning6;
pub mod web_server;

pub mod control_connection;
pub mod control_server;
pub mod remote_control;

pub mod hostile_tls;
pub mod page_tls;
pub mod sip_clear;
pub mod sip_tls;
pub mod sip_tls_calls;
pub mod tls_hello;

use crate::phrase::Phrase;
pub use crate::phrase::drive;
use evidence::Mark;
use exchange::Sent;

/// All phrases.
pub fn all() -> impl Iterator<Item = &'static Phrase> {
    [
        phone::PHRASES,
        status::PHRASES,
        page::PHRASES,
        exchange::PHRASES,
        silence::PHRASES,
        options::PHRASES,
        domains::PHRASES,
        challenge::PHRASES,
        credentials::PHRASES,
        refusal::PHRASES,
        nonce::PHRASES,
        retransmission::PHRASES,
        ringing::PHRASES,
        call::PHRASES,
        dialog::PHRASES,
        dhcp_server::PHRASES,
        first_lease::PHRASES,
        lease::PHRASES,
        lost_lease::PHRASES,
        address_conflict::PHRASES,
        timeout_on_renewal::PHRASES,
        sabotage::PHRASES,
        dhcp_option::PHRASES,
        asked_options::PHRASES,
        next_hop::PHRASES,
        option6::PHRASES,
        provisioning::PHRASES,
        web_server::PHRASES,
        fetching::PHRASES,
        management::PHRASES,
        clock::PHRASES,
        connection::PHRASES,
        neighbour::PHRASES,
        ipv6::PHRASES,
        router::PHRASES,
        dhcp6::PHRASES,
        dhcp6_server::PHRASES,
        provisioning6::PHRASES,
        serial::PHRASES,
        sip_tls::PHRASES,
        sip_tls_calls::PHRASES,
        sip_clear::PHRASES,
        tls_hello::PHRASES,
        hostile_tls::PHRASES,
        page_tls::PHRASES,
        directory::PHRASES,
        lookup::PHRASES,
        directory_wire::PHRASES,
        directory_requests::PHRASES,
        directory_bind::PHRASES,
        control_server::PHRASES,
        control_connection::PHRASES,
        remote_control::PHRASES,
    ]
    .into_iter()
    .flatten()
}

/// What steps of a scenario remember.
#[derive(Default)]
pub struct Story {
    /// Restarts that the scenario asked for beside switching on.
    pub restarts_allowed: u64,
    /// Profiles served so far.
    pub profiles: u32,
    /// What was last sent to the phone: "it".
    pub sent: Vec<Sent>,
    /// The call that is being talked about.
    pub call: Option<call::Call>,
    /// Names that do not resolve.
    pub unresolved: Vec<String>,
    /// A flood: who sent it, and where the capture stood.
    pub flood: Option<(crate::network::Party, Mark)>,
    /// Our call server leaves calls unanswered.
    pub calls_unanswered: bool,
    /// Extension 1 uses TCP.
    pub tcp: bool,
    /// Where the last claim about the wire began to look.
    pub since: Mark,
    /// The screen as it was remembered.
    pub screen: Option<bytes::Bytes>,
    /// Challenges that were collected: time and nonce.
    pub nonces: Vec<(u64, String)>,
    /// How many guesses were refused.
    pub guesses: u32,
    /// Where the capture stood when the page was last submitted.
    pub submitted: Mark,
    /// Credentials that opened an earlier call.
    pub used_credentials: Option<String>,
    /// The certificates of servers with TLS.
    pub certificates: certificate::Certificates,
    /// What a TLS server does wrong.
    pub hostile: Option<servers::tls::hostile::Misbehaviour>,
    /// Where the capture stood each time the person began to look somebody up.
    pub lookups: Vec<Mark>,
    /// Where the capture stood when the phone was last to connect to its control server.
    pub control: Mark,
    /// What the control server does wrong.
    pub control_misbehaviour: Option<servers::control::ControlMisbehaviour>,
    /// What the phone answered to the last requests of its control server.
    pub answers: Vec<servers::control::Answer>,
    /// What the report is to warn of, though nothing failed.
    pub warnings: Vec<String>,
}

impl Story {
    /// What "it" stands for.
    ///
    /// # Errors
    /// The feature is at fault when nothing was sent.
    pub fn it(&self) -> Result<&Sent, crate::Stop> {
        self.sent.last().ok_or_else(|| {
            crate::Stop::bench("the scenario speaks of a message before one was sent; correct the feature file")
        })
    }
}
