//! What the phone shows on its screen, on its status page and in `status.xml`, and the commands that its keys, its page and
//! `/CGI/Execute` give it. The user agent and the boot shell write it; the page and the screen read a snapshot.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use tokio::sync::{mpsc, watch};

/// A key of the phone, as key URIs name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// `Key:Line1` and so on, counted from 1.
    Line(u8),
    /// `Key:KeyPad0` … `Key:KeyPad9`, `Star`, `Pound` as '0'-'9', '*', '#'.
    Pad(char),
    /// `Key:Soft1` … `Key:Soft4`.
    Soft(u8),
    /// `Key:NavUp`.
    NavUp,
    /// `Key:NavDwn`.
    NavDown,
    /// `Key:NavLeft`.
    NavLeft,
    /// `Key:NavRight`.
    NavRight,
    /// `Key:NavSelect`.
    NavSelect,
    /// `Key:NavBack`.
    NavBack,
    /// `Key:Speaker`: lifts or puts down, as the handset does.
    Speaker,
    /// `Key:Headset`.
    Headset,
    /// `Key:Mute`.
    Mute,
    /// `Key:VolUp`.
    VolumeUp,
    /// `Key:VolDwn`.
    VolumeDown,
    /// `Key:Applications`.
    Applications,
    /// `Key:Directories`.
    Directories,
    /// `Key:Messages`.
    Messages,
    /// `Key:Hold`.
    Hold,
    /// `Key:Release`.
    Release,
}

/// Why a phone restarted, in the words of its status page (phone-facts §1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum RebootReason {
    /// New firmware.
    Upgrade,
    /// Settings changed by page, screen or resync.
    Provisioning,
    /// A SIP NOTIFY asked for it.
    SipTriggered,
    /// Remote customization.
    Rc,
    /// A person asked for it.
    UserTriggered,
    /// The address changed.
    IpChanged,
}

impl RebootReason {
    /// As the page and `status.xml` print it.
    pub const fn text(self) -> &'static str {
        match self {
            RebootReason::Upgrade => "Upgrade",
            RebootReason::Provisioning => "Provisioning",
            RebootReason::SipTriggered => "SIP Triggered",
            RebootReason::Rc => "RC",
            RebootReason::UserTriggered => "User Triggered",
            RebootReason::IpChanged => "IP Changed",
        }
    }
}

/// What a key, the page, `/CGI/Execute` or a NOTIFY asks the phone to do. The boot shell carries it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A key was pressed.
    Press(Key),
    /// `Dial:NUMBER`: dial on the first idle registered line.
    Dial(String),
    /// Dial on this line, or on the first that can when this one cannot.
    DialOn {
        /// Line, counted from 1.
        line: u8,
        /// Number.
        number: String,
    },
    /// A soft key by its name (`SoftKey:Answer`).
    SoftKey(String),
    /// Show this mark ([`Board::reached`]): everything before it is done.
    Mark(u64),
    /// Settings changed and are in flash: apply them. Names of the parameters that changed.
    Apply(Vec<String>),
    /// Restart.
    Reboot(RebootReason),
    /// Fetch a profile once from this URL, or by the profile rules when there is none.
    Resync(Option<String>),
    /// Fetch a certificate authority once from this URL.
    UpdateCa(String),
    /// Forget all settings and restart.
    FactoryReset,
}

/// Where commands go.
pub type Commands = mpsc::UnboundedSender<Command>;

/// The registration of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// No account, or `Register` is No.
    #[default]
    NotConfigured,
    /// Trying, refused or lost.
    NotRegistered,
    /// Bound at the registrar.
    Registered,
}

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineStatus {
    /// Its registration.
    pub registration: Registration,
    /// When it last registered, Unix seconds.
    pub last_registration_at: Option<u64>,
    /// Seconds until the next REGISTER.
    pub next_registration_in: Option<u64>,
    /// Local SIP port.
    pub sip_port: u16,
}

/// What a call is doing, in the words of the status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Going out, no answer yet.
    Dialing,
    /// Going out, the other end rings.
    Ringback,
    /// Coming in, the phone rings.
    Ringing,
    /// Media flows.
    Connected,
    /// On hold.
    Holding,
}

/// A call on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallStatus {
    /// Line, counted from 1.
    pub line: u8,
    /// What it is doing.
    pub state: CallState,
    /// The other party's name as shown.
    pub peer_name: String,
    /// The other party's number.
    pub peer_number: String,
    /// Whether it came in.
    pub incoming: bool,
}

/// How a call of the history went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryKind {
    /// Rang and was not answered.
    Missed,
    /// Was answered.
    Received,
    /// Was made here.
    Placed,
}

/// An entry of the call history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// How it went.
    pub kind: HistoryKind,
    /// Line, counted from 1.
    pub line: u8,
    /// Name shown.
    pub name: String,
    /// Number.
    pub number: String,
    /// When it began, Unix seconds.
    pub at: u64,
}

/// One address configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ipv4Status {
    /// Current address.
    pub address: Option<Ipv4Addr>,
    /// Netmask.
    pub netmask: Option<Ipv4Addr>,
    /// Default gateway.
    pub gateway: Option<Ipv4Addr>,
    /// Name servers in use, in order.
    pub dns: Vec<Ipv4Addr>,
    /// Search domain.
    pub domain: String,
    /// Seconds east of UTC that the DHCP server told, if the phone goes by it.
    pub time_offset: Option<i32>,
}

/// The address configuration in IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ipv6Status {
    /// Current address.
    pub address: Option<Ipv6Addr>,
    /// Length of its prefix.
    pub prefix_length: Option<u8>,
    /// Default gateway.
    pub gateway: Option<Ipv6Addr>,
    /// Name servers in use that are reached by IPv6, in order.
    pub dns: Vec<Ipv6Addr>,
    /// Search domain.
    pub domain: String,
}

/// Everything that the phone shows.
#[derive(Debug, Clone, Default)]
pub struct Status {
    /// Ethernet address, six octets.
    pub mac: [u8; 6],
    /// Unix seconds at which this boot began.
    pub booted_at: u64,
    /// Current address configuration.
    pub ipv4: Ipv4Status,
    /// The same in IPv6.
    pub ipv6: Ipv6Status,
    /// Lines, first line first.
    pub lines: Vec<LineStatus>,
    /// Calls, oldest first.
    pub calls: Vec<CallStatus>,
    /// Call history, newest first, at most 180 entries.
    pub history: Vec<HistoryEntry>,
    /// Restarts, newest first, at most five: Unix seconds and reason.
    pub reboots: Vec<(u64, RebootReason)>,
    /// Text being typed while off-hook.
    pub dialled: String,
    /// Whether the speaker or handset is up.
    pub off_hook: bool,
    /// Soft keys that the user agent answers to now, first one first; none while nothing goes on.
    pub soft_keys: Vec<&'static str>,
    /// The directory, while it is on the screen.
    pub directory: Option<crate::directory::Page>,
    /// Short notice on the screen, such as `Network Unavailable`.
    pub notice: String,
    /// Time servers in use, in the order in which they are asked.
    pub time_servers: Vec<String>,
    /// Whether one of them has set the clock since the phone was switched on.
    pub time_known: bool,
    /// Outcome of the last resync, for the page.
    pub provisioning: String,
    /// Who named the server of the profile.
    pub provisioning_source: String,
    /// Outcome of the last installation of a certificate authority.
    pub custom_ca: String,
    /// The certificate authority that is installed.
    pub custom_ca_info: String,
    /// The certificate of the unit and that of its maker, as PEM; empty when there is none.
    pub client_certificate: String,
    /// What the phone and its ACS have to do with each other.
    pub tr069: Tr069Status,
}

/// TR-069 as the status page shows it. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tr069Status {
    /// When the next periodic Inform is due.
    pub periodic_inform_at: Option<u64>,
    /// When the last Inform was answered.
    pub last_inform_at: Option<u64>,
    /// How the last session ended.
    pub last_transaction: String,
    /// What the last session was for: its events.
    pub last_session: String,
    /// `ParameterKey`.
    pub parameter_key: String,
}

/// The status that all parts share.
#[derive(Debug, Clone)]
pub struct Board(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    status: RwLock<Status>,
    /// Tells that something changed.
    changed: watch::Sender<()>,
    /// The last mark that was given out, and the last that was reached.
    marks: (AtomicU64, AtomicU64),
}

impl Default for Board {
    fn default() -> Self {
        let (status, changed) = (RwLock::default(), watch::Sender::new(()));
        Board(Arc::new(Shared { status, changed, marks: Default::default() }))
    }
}

impl Board {
    /// A copy of what is shown now.
    pub fn snapshot(&self) -> Status {
        self.0.status.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Changes what is shown.
    pub fn change(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.0.status.write().unwrap_or_else(std::sync::PoisonError::into_inner));
        self.0.changed.send_replace(());
    }

    /// Learns of changes.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// A new mark for [`Command::Mark`].
    pub fn new_mark(&self) -> u64 {
        self.0.marks.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Shows a mark.
    pub fn reach(&self, mark: u64) {
        self.0.marks.1.fetch_max(mark, Ordering::Release);
        self.0.changed.send_replace(());
    }

    /// Whether this mark, or a later one, is shown.
    pub fn reached(&self, mark: u64) -> bool {
        self.0.marks.1.load(Ordering::Acquire) >= mark
    }
}
