//! Options as a walk over code, length, value (RFC 8415 §21.1), each with what it holds.

use std::net::Ipv6Addr;

use serde::Serialize;

use super::code;
use super::fields::{classes, duid, list, names, pairs, partial_name, text, time_source};
use super::values::{Duid, IaAddress, IaNa, NtpSource, Status, VendorOption};
use crate::limits;
use crate::octets::Octets;

/// One option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dhcp6Option {
    /// Code.
    pub code: u16,
    /// Octets.
    #[serde(serialize_with = "crate::at::hexadecimal")]
    pub value: Vec<u8>,
    /// What they say.
    pub data: Dhcp6Data,
}

/// What an option says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the RFCs'")]
pub enum Dhcp6Data {
    ClientId(Duid),
    ServerId(Duid),
    IaNa(IaNa),
    /// Temporary addresses; options within it are those of an [`IaNa`].
    IaTa {
        iaid: u32,
        options: Vec<Dhcp6Option>,
    },
    IaAddress(IaAddress),
    IaPd {
        iaid: u32,
        t1: u32,
        t2: u32,
        options: Vec<Dhcp6Option>,
    },
    IaPrefix {
        preferred: u32,
        valid: u32,
        prefix: Ipv6Addr,
        length: u8,
        options: Vec<Dhcp6Option>,
    },
    RequestList(Vec<u16>),
    Preference(u8),
    /// Hundredths of a second.
    Elapsed(u16),
    Authentication {
        protocol: u8,
        algorithm: u8,
        replay_detection: u8,
        replay: u64,
        #[serde(serialize_with = "crate::at::hexadecimal")]
        information: Vec<u8>,
    },
    Unicast(Ipv6Addr),
    Status(Status),
    RapidCommit,
    VendorClass {
        enterprise: u32,
        classes: Vec<String>,
    },
    VendorOptions {
        enterprise: u32,
        options: Vec<VendorOption>,
    },
    /// The type of message that the server asks for: 5, 6 or 11.
    ReconfigureMessage(u8),
    ReconfigureAccept,
    SipDomains(Vec<String>),
    SipAddresses(Vec<Ipv6Addr>),
    Dns(Vec<Ipv6Addr>),
    Domains(Vec<String>),
    Sntp(Vec<Ipv6Addr>),
    /// Seconds.
    InformationRefresh(u32),
    ClientFqdn {
        flags: u8,
        name: String,
    },
    Ntp(Vec<NtpSource>),
    /// 59, 159 and 160.
    Text(String),
    /// Seconds.
    SolMaxRt(u32),
    /// Seconds.
    InfMaxRt(u32),
    /// Also what of the codes above cannot be read; then the message has a fault.
    Other,
}

#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) options: Vec<Dhcp6Option>,
    pub(super) faults: Vec<String>,
}

/// Walk the options of a message.
pub(super) fn walk(bytes: &[u8]) -> Walked {
    let mut walk = Walk { faults: Vec::new(), count: 0 };
    let options = walk.options(bytes, 0);
    Walked { options, faults: walk.faults }
}

/// Options within options share one count, so that depth buys nothing.
struct Walk {
    faults: Vec<String>,
    count: usize,
}

impl Walk {
    fn options(&mut self, bytes: &[u8], depth: usize) -> Vec<Dhcp6Option> {
        let mut options = Vec::new();
        let mut octets = Octets::new(bytes);
        while !octets.is_empty() {
            self.count += 1;
            if self.count > limits::DHCP6_OPTIONS {
                if self.count == limits::DHCP6_OPTIONS + 1 {
                    self.faults.push(format!("more than {} options", limits::DHCP6_OPTIONS));
                }
                return options;
            }
            let (Some(code), Some(length)) = (octets.u16(), octets.u16()) else {
                self.faults.push("the options end within a header".to_owned());
                return options;
            };
            let Some(value) = octets.take(usize::from(length)) else {
                self.faults.push(format!("option {code} claims {length} octets, {} are left", octets.len()));
                return options;
            };
            options.push(self.option(code, value, depth));
        }
        options
    }

    fn option(&mut self, code: u16, value: &[u8], depth: usize) -> Dhcp6Option {
        let data = self.data(code, value, depth).unwrap_or_else(|| {
            self.faults.push(format!("option {code}: its {} octets cannot be read", value.len()));
            Dhcp6Data::Other
        });
        Dhcp6Option { code, value: value.to_vec(), data }
    }

    /// `None` if the octets are not what the code demands.
    fn data(&mut self, code: u16, value: &[u8], depth: usize) -> Option<Dhcp6Data> {
        let mut octets = Octets::new(value);
        let data = match code {
            code::CLIENT_ID => return duid(value).map(Dhcp6Data::ClientId),
            code::SERVER_ID => return duid(value).map(Dhcp6Data::ServerId),
            code::IA_NA | code::IA_TA | code::IA_ADDRESS | code::IA_PD | code::IA_PREFIX => {
                if depth >= limits::DHCP6_DEPTH {
                    return None;
                }
                return self.association(code, octets, depth);
            }
            code::REQUEST_LIST => return list(value, u16::from_be_bytes).map(Dhcp6Data::RequestList),
            code::PREFERENCE => Dhcp6Data::Preference(octets.u8()?),
            code::ELAPSED_TIME => Dhcp6Data::Elapsed(octets.u16()?),
            code::AUTHENTICATION => {
                let (protocol, algorithm, replay_detection) = (octets.u8()?, octets.u8()?, octets.u8()?);
                let replay = octets.array().map(u64::from_be_bytes)?;
                let information = octets.rest().to_vec();
                return Some(Dhcp6Data::Authentication { protocol, algorithm, replay_detection, replay, information });
            }
            code::UNICAST => Dhcp6Data::Unicast(octets.array::<16>()?.into()),
            code::STATUS => {
                let code = octets.u16()?;
                return Some(Dhcp6Data::Status(Status { code, message: text(octets.rest()) }));
            }
            code::RAPID_COMMIT => Dhcp6Data::RapidCommit,
            code::VENDOR_CLASS => {
                let enterprise = octets.u32()?;
                return Some(Dhcp6Data::VendorClass { enterprise, classes: classes(octets)? });
            }
            code::VENDOR_OPTIONS => {
                let enterprise = octets.u32()?;
                return Some(Dhcp6Data::VendorOptions { enterprise, options: pairs(octets)? });
            }
            code::RECONFIGURE_MESSAGE => Dhcp6Data::ReconfigureMessage(octets.u8()?),
            code::RECONFIGURE_ACCEPT => Dhcp6Data::ReconfigureAccept,
            code::SIP_DOMAINS => return names(octets).map(Dhcp6Data::SipDomains),
            code::SIP_ADDRESSES => return list(value, Ipv6Addr::from).map(Dhcp6Data::SipAddresses),
            code::DNS_SERVERS => return list(value, Ipv6Addr::from).map(Dhcp6Data::Dns),
            code::DOMAIN_LIST => return names(octets).map(Dhcp6Data::Domains),
            code::SNTP_SERVERS => return list(value, Ipv6Addr::from).map(Dhcp6Data::Sntp),
            code::INFORMATION_REFRESH => Dhcp6Data::InformationRefresh(octets.u32()?),
            code::CLIENT_FQDN => {
                let flags = octets.u8()?;
                return Some(Dhcp6Data::ClientFqdn { flags, name: partial_name(octets)? });
            }
            code::NTP_SERVER => return self.ntp(octets).map(Dhcp6Data::Ntp),
            code::BOOT_FILE_URL | code::PROVISIONING_SERVER | code::PROVISIONING_URL => {
                return Some(Dhcp6Data::Text(text(value)));
            }
            code::SOL_MAX_RT => Dhcp6Data::SolMaxRt(octets.u32()?),
            code::INF_MAX_RT => Dhcp6Data::InfMaxRt(octets.u32()?),
            _ => return Some(Dhcp6Data::Other),
        };
        octets.is_empty().then_some(data)
    }

    fn association(&mut self, code: u16, mut octets: Octets<'_>, depth: usize) -> Option<Dhcp6Data> {
        Some(match code {
            code::IA_NA => {
                let (iaid, t1, t2) = (octets.u32()?, octets.u32()?, octets.u32()?);
                Dhcp6Data::IaNa(IaNa { iaid, t1, t2, options: self.options(octets.rest(), depth + 1) })
            }
            code::IA_TA => {
                let iaid = octets.u32()?;
                Dhcp6Data::IaTa { iaid, options: self.options(octets.rest(), depth + 1) }
            }
            code::IA_ADDRESS => {
                let address = octets.array::<16>()?.into();
                let (preferred, valid) = (octets.u32()?, octets.u32()?);
                let options = self.options(octets.rest(), depth + 1);
                // Such an address must not be used (RFC 8415 §21.6).
                if preferred > valid {
                    self.faults.push(format!("{address} is preferred for {preferred} s and valid for {valid} s"));
                }
                Dhcp6Data::IaAddress(IaAddress { address, preferred, valid, options })
            }
            code::IA_PD => {
                let (iaid, t1, t2) = (octets.u32()?, octets.u32()?, octets.u32()?);
                Dhcp6Data::IaPd { iaid, t1, t2, options: self.options(octets.rest(), depth + 1) }
            }
            _ => {
                let (preferred, valid, length) = (octets.u32()?, octets.u32()?, octets.u8()?);
                let prefix = octets.array::<16>()?.into();
                Dhcp6Data::IaPrefix {
                    preferred,
                    valid,
                    prefix,
                    length,
                    options: self.options(octets.rest(), depth + 1),
                }
            }
        })
    }

    /// RFC 5908 §4: one time source in each option.
    fn ntp(&mut self, octets: Octets<'_>) -> Option<Vec<NtpSource>> {
        let sources: Vec<NtpSource> = pairs(octets)?.into_iter().map(time_source).collect();
        if sources.len() != 1 {
            self.faults.push(format!("option {} has {} time sources", code::NTP_SERVER, sources.len()));
        }
        Some(sources)
    }
}
