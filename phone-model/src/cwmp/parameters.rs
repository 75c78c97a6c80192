//! The data model (TR-106 Device:1): the parameters that an Inform must hold, those of the management server, and the settings behind them.

use super::envelope::{Refusal, Typed};
use crate::settings::Settings;

/// What the phone is at this moment.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// All settings.
    pub settings: Settings,
    /// `CP-7841-3PCC`.
    pub product: String,
    /// Six hexadecimal digits.
    pub oui: String,
    /// Serial number.
    pub serial_number: String,
    /// Firmware release.
    pub software: String,
    /// Own address.
    pub address: String,
    /// Own Ethernet address.
    pub mac: String,
    /// Seconds since the boot.
    pub up_time: u64,
    /// The ACS in use.
    pub acs_url: String,
    /// `ParameterKey`.
    pub parameter_key: String,
    /// `ProvisioningCode`.
    pub provisioning_code: String,
}

/// Where a value comes from.
#[derive(Clone, Copy)]
enum From {
    Text(&'static str),
    Secret(&'static str),
    YesNo(&'static str),
    Number(&'static str),
    Fact(fn(&Facts) -> String),
    UpTime,
    AcsUrl,
    ProvisioningCode,
}

/// Manufacturer as the Inform tells it.
pub const MANUFACTURER: &str = "Cisco Systems, Inc.";

/// All parameters, in the order of their names' objects.
const ALL: [(&str, From); 24] = [
    ("Device.DeviceSummary", From::Fact(|_| "Device:1.0[](Baseline:1), VoiceService:1.0[1](Endpoint:1)".into())),
    ("Device.DeviceInfo.Manufacturer", From::Fact(|_| MANUFACTURER.into())),
    ("Device.DeviceInfo.ManufacturerOUI", From::Fact(|facts| facts.oui.clone())),
    ("Device.DeviceInfo.ModelName", From::Fact(|facts| facts.product.clone())),
    ("Device.DeviceInfo.ProductClass", From::Fact(|facts| facts.product.clone())),
    ("Device.DeviceInfo.SerialNumber", From::Fact(|facts| facts.serial_number.clone())),
    ("Device.DeviceInfo.HardwareVersion", From::Fact(|_| "1".into())),
    ("Device.DeviceInfo.SoftwareVersion", From::Fact(|facts| facts.software.clone())),
    ("Device.DeviceInfo.ProvisioningCode", From::ProvisioningCode),
    ("Device.DeviceInfo.UpTime", From::UpTime),
    ("Device.ManagementServer.URL", From::AcsUrl),
    ("Device.ManagementServer.Username", From::Text("ACS_Username")),
    ("Device.ManagementServer.Password", From::Secret("ACS_Password")),
    ("Device.ManagementServer.PeriodicInformEnable", From::YesNo("Periodic_Inform_Enable")),
    ("Device.ManagementServer.PeriodicInformInterval", From::Number("Periodic_Inform_Interval")),
    ("Device.ManagementServer.ParameterKey", From::Fact(|facts| facts.parameter_key.clone())),
    // Nothing listens for connection requests.
    ("Device.ManagementServer.ConnectionRequestURL", From::Fact(|_| String::new())),
    ("Device.ManagementServer.ConnectionRequestUsername", From::Text("Connection_Request_Username")),
    ("Device.ManagementServer.ConnectionRequestPassword", From::Secret("Connection_Request_Password")),
    ("Device.Time.NTPServer1", From::Text("Primary_NTP_Server")),
    ("Device.Time.NTPServer2", From::Text("Secondary_NTP_Server")),
    ("Device.LAN.AddressingType", From::Fact(|facts| facts.settings.text("Connection_Type").replace(" IP", ""))),
    ("Device.LAN.IPAddress", From::Fact(|facts| facts.address.clone())),
    ("Device.LAN.MACAddress", From::Fact(|facts| facts.mac.clone())),
];

/// What every Inform holds (TR-106 §3.3).
const IN_INFORM: [&str; 7] = [
    "Device.DeviceSummary",
    "Device.DeviceInfo.HardwareVersion",
    "Device.DeviceInfo.SoftwareVersion",
    "Device.DeviceInfo.ProvisioningCode",
    "Device.ManagementServer.ParameterKey",
    "Device.ManagementServer.ConnectionRequestURL",
    "Device.LAN.IPAddress",
];

/// What a SetParameterValues comes to: settings by name, and the provisioning code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Settings.
    pub settings: Vec<(String, String)>,
    /// `ProvisioningCode`.
    pub provisioning_code: Option<String>,
}

const INVALID_NAME: Refusal = Refusal::of(9005, "Invalid parameter name");
const READ_ONLY: Refusal = Refusal::of(9008, "Attempt to set a non-writable parameter");
/// The value cannot be taken.
pub const INVALID_VALUE: Refusal = Refusal::of(9007, "Invalid parameter value");

impl Facts {
    /// The parameters of an Inform.
    pub fn in_inform(&self) -> Vec<Typed> {
        ALL.iter().filter(|(name, _)| IN_INFORM.contains(name)).map(|entry| self.typed(entry)).collect()
    }

    /// The values of these parameters; a name that ends with a dot, or an empty one, stands for all below it.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn values(&self, names: &[String]) -> Result<Vec<Typed>, Refusal> {
        let mut values = Vec::new();
        for name in names {
            let found: Vec<Typed> =
                ALL.iter().filter(|(full, _)| matches(full, name)).map(|entry| self.typed(entry)).collect();
            if found.is_empty() {
                return Err(INVALID_NAME);
            }
            values.extend(found);
        }
        values.truncate(MOST);
        Ok(values)
    }

    /// The names below a path and whether they can be written (TR-069 §A.3.2.3).
    ///
    /// # Errors
    /// When there is none.
    pub fn names(&self, path: &str, next_level: bool) -> Result<Vec<(String, bool)>, Refusal> {
        let whole = !path.is_empty() && !path.ends_with('.');
        // §A.3.2.3: the next level is asked of an object.
        if whole && next_level {
            return Err(Refusal::of(9003, "Invalid arguments"));
        }
        let mut names: Vec<(String, bool)> = Vec::new();
        for (name, from) in ALL.iter().filter(|(name, _)| matches(name, path)) {
            let below = name.get(path.len()..).unwrap_or_default();
            let object = below.find('.').filter(|_| next_level).and_then(|dot| name.get(..=path.len() + dot));
            let entry = object.map_or_else(|| ((*name).to_owned(), from.writable()), |o| (o.to_owned(), false));
            if !names.contains(&entry) {
                names.push(entry);
            }
        }
        if names.is_empty() { Err(INVALID_NAME) } else { Ok(names) }
    }

    /// What these values come to, all or none (TR-069 §A.3.2.1).
    ///
    /// # Errors
    /// What is wrong with each.
    pub fn change(&self, values: &[(String, String)]) -> Result<Change, Refusal> {
        let (mut change, mut wrong) = (Change::default(), Vec::new());
        for (name, value) in values {
            let from = ALL.iter().find(|(full, _)| full == name).map(|(_, from)| *from);
            let refused = match from {
                None => Some(INVALID_NAME),
                Some(from) => change.take(from, value).err(),
            };
            wrong.extend(refused.map(|refusal| (name.clone(), Box::new(refusal))));
        }
        if wrong.is_empty() {
            return Ok(change);
        }
        Err(Refusal { parameters: wrong, ..Refusal::of(9003, "Invalid arguments") })
    }

    fn typed(&self, (name, from): &(&str, From)) -> Typed {
        let text = |setting: &str| self.settings.text(setting).to_owned();
        let (kind, value) = match from {
            From::Text(setting) => ("string", text(setting)),
            // TR-106: a password reads as empty.
            From::Secret(_) => ("string", String::new()),
            From::YesNo(setting) => ("boolean", u8::from(self.settings.yes(setting)).to_string()),
            From::Number(setting) => ("unsignedInt", text(setting)),
            From::Fact(fact) => ("string", fact(self)),
            From::UpTime => ("unsignedInt", self.up_time.to_string()),
            From::AcsUrl => ("string", self.acs_url.clone()),
            From::ProvisioningCode => ("string", self.provisioning_code.clone()),
        };
        Typed { name: (*name).to_owned(), kind, value }
    }
}

/// An ACS that names everything again and again gets no more than this.
const MOST: usize = 1000;

impl From {
    const fn writable(self) -> bool {
        !matches!(self, From::Fact(_) | From::UpTime)
    }
}

impl Change {
    fn take(&mut self, from: From, value: &str) -> Result<(), Refusal> {
        let mut set = |setting: &str, value: &str| self.settings.push((setting.to_owned(), value.to_owned()));
        match from {
            From::Text(setting) | From::Secret(setting) | From::Number(setting) => set(setting, value),
            From::YesNo(setting) => match value.trim() {
                "1" | "true" => set(setting, "Yes"),
                "0" | "false" => set(setting, "No"),
                _ => return Err(Refusal::of(9006, "Invalid parameter type")),
            },
            From::AcsUrl => set("ACS_URL", value),
            From::ProvisioningCode if value.len() <= 64 => self.provisioning_code = Some(value.to_owned()),
            From::ProvisioningCode => return Err(INVALID_VALUE),
            From::Fact(_) | From::UpTime => return Err(READ_ONLY),
        }
        Ok(())
    }
}

fn matches(full: &str, name: &str) -> bool {
    name.is_empty() || full == name || name.ends_with('.') && full.starts_with(name)
}

/// Whether the ACS would like to hear that this setting changed.
pub fn is_told(setting: &str) -> bool {
    ALL.iter().any(|(_, from)| match from {
        From::Text(name) | From::YesNo(name) | From::Number(name) => *name == setting,
        From::Secret(_) | From::Fact(_) | From::UpTime | From::AcsUrl | From::ProvisioningCode => false,
    })
}
