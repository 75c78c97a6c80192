//! TLS as this phone does it: whom it trusts, what it offers, and the certificate that it shows. Every client of the phone gets its
//! configuration here, for a [`Purpose`]: the purpose decides how the name of the server is checked.
//!
//! | module | what |
//! |---|---|
//! | `authorities` | the Custom CA in the flash |
//! | `verifier` | the check of a server's certificate: its chain, then its name |
//! | `names` | the rules for names: RFC 5922 for SIP, RFC 4513 and 6125 for the directory, RFC 9110 for HTTP |
//! | `certificate` | what is read out of a certificate for that |
//! | `offer` | versions and cipher suites by release and settings |
//! | `unit` | the certificate of the unit |
//! | `reason` | why there is no TLS, for the log |
//! | `sessions` | a defect: sessions that are offered to anybody |

mod authorities;
mod certificate;
mod names;
mod offer;
mod reason;
mod sessions;
#[cfg(test)]
pub(super) mod tests;
mod unit;
mod verifier;

pub(super) use reason::reason;

use super::clock::TimeOfDay;
use crate::defects::{Defect, Defects};
use crate::net::datagram::Mac;
use crate::profile::{Profile, Release};
use crate::settings::Settings;
use authorities::Authorities;
use names::Rule;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ServerConfig};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use unit::UnitCertificate;
use verifier::Verifier;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// SIP of this line.
    Sip {
        /// The line, counted from 1: `TLS Name Validate` is a setting of a line.
        line: u8,
    },
    // These two have their clients in modules of their own.
    #[cfg_attr(not(test), allow(dead_code))]
    /// The LDAP directory, by `ldaps://` or StartTLS.
    Directory,
    #[cfg_attr(not(test), allow(dead_code))]
    /// The control WebSocket, by `wss://`.
    Control,
    /// Profiles, authorities and the ACS, by `https://`.
    Provisioning,
}

/// The authorities in the flash, and all that TLS is made of. Clones share the sessions that can be resumed; a new boot has none.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    authorities: Authorities,
    flash: PathBuf,
    profile: Profile,
    defects: Defects,
    wall: TimeOfDay,
    clients: Arc<Mutex<HashMap<Purpose, Client>>>,
}

/// A configuration in use, and what it was made of.
#[derive(Debug)]
struct Client {
    shape: Shape,
    config: Arc<ClientConfig>,
}

/// What makes two configurations of one purpose differ.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    pem: Option<Vec<u8>>,
    names: Option<Rule>,
    ciphers: String,
}

impl Trust {
    /// The trust of a phone with this flash. Validity is judged by `wall`, the clock that the time servers set.
    pub(super) fn in_flash(flash: &Path, profile: &Profile, defects: Defects, wall: TimeOfDay) -> Self {
        Trust {
            authorities: Authorities::in_flash(flash),
            flash: flash.to_owned(),
            profile: profile.clone(),
            defects,
            wall,
            clients: Arc::default(),
        }
    }

    /// The same for a new boot, which knows nothing of the sessions of the last.
    pub(super) fn at_boot(&self) -> Self {
        Trust { clients: Arc::default(), ..self.clone() }
    }

    /// Forgets the authorities, as a factory reset does; the certificate of the unit stays.
    pub(super) fn forget(&self) {
        self.authorities.forget();
    }

    /// Installs the authorities of a PEM file in place of those before, with the revocation lists that it holds; the name of the first.
    ///
    /// # Errors
    /// Why the file is not taken; those before stay.
    pub(super) fn install(&self, pem: &[u8]) -> Result<String, &'static str> {
        self.authorities.install(pem)
    }

    /// The name of the first authority, if there is one.
    pub(super) fn installed(&self) -> Option<String> {
        self.authorities.installed()
    }

    /// How to talk TLS to a server. The same purpose under the same settings gets the same configuration, so that its sessions are
    /// resumed, each with the server of the name that it was made with (RFC 8446 §4.6.1).
    ///
    /// # Errors
    /// When nobody is trusted: then there is to be no connection either.
    pub(super) fn client(&self, purpose: Purpose, settings: &Settings) -> Result<Arc<ClientConfig>, &'static str> {
        let shape = Shape {
            pem: self.authorities.pem(),
            names: self.names(purpose, settings),
            ciphers: settings.text("TLS_Cipher_List").trim().to_owned(),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&purpose).filter(|client| client.shape == shape) {
            return Ok(Arc::clone(&client.config));
        }
        let config = Arc::new(self.make(purpose, &shape)?);
        clients.insert(purpose, Client { shape, config: Arc::clone(&config) });
        Ok(config)
    }

    fn make(&self, purpose: Purpose, shape: &Shape) -> Result<ClientConfig, &'static str> {
        let listed = if self.defects.has(Defect::TlsIgnoresCipherList) { "" } else { &shape.ciphers };
        let provider = Arc::new(offer::provider(listed));
        let trusted = shape.pem.as_deref().map(authorities::read).transpose();
        let trusted = trusted.ok().flatten();
        let verifier = Verifier::new(trusted, shape.names, purpose, &provider, self.defects.clone())?;
        let builder = ClientConfig::builder_with_details(provider, Arc::new(WallTime(self.wall.clone())))
            .with_protocol_versions(offer::versions(&self.profile))
            .map_err(|_| "the cipher list and the TLS version go not together")?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let unit = UnitCertificate::read(&self.flash).filter(|_| !self.defects.has(Defect::TlsShowsNoCertificate));
        let mut config = match unit {
            // Shown to a server that asks for one, and to no other (phone-facts §3.3).
            Some(unit) => builder.with_client_auth_cert(unit.chain, unit.key).map_err(|_| unit::UNUSABLE)?,
            None => builder.with_no_client_auth(),
        };
        config.enable_sni = !self.defects.has(Defect::TlsNoSni);
        if self.defects.has(Defect::TlsResumesElsewhere) {
            config.resumption = sessions::of_anybody();
        }
        Ok(config)
    }

    /// How the page is served under TLS: with the certificate of the unit.
    ///
    /// # Errors
    /// When the unit has none.
    pub(super) fn server(&self, settings: &Settings) -> Result<Arc<ServerConfig>, &'static str> {
        let unit = UnitCertificate::read(&self.flash).ok_or("the unit has no certificate")?;
        let provider = Arc::new(offer::page_provider(settings.text("TLS_Cipher_List")));
        let config = ServerConfig::builder_with_details(provider, Arc::new(WallTime(self.wall.clone())))
            .with_protocol_versions(offer::versions(&self.profile))
            .map_err(|_| "the cipher list and the TLS version go not together")?
            .with_no_client_auth()
            .with_single_cert(unit.chain, unit.key)
            .map_err(|_| unit::UNUSABLE)?;
        Ok(Arc::new(config))
    }

    /// Gives the unit its certificate, if it has none yet: that and its maker's, as PEM. A unit has its from the factory; this one makes it
    /// at its first boot.
    ///
    /// # Errors
    /// When it cannot be made or kept.
    pub(super) fn unit_certificate(&self, mac: Mac) -> Result<String, &'static str> {
        unit::ensure(&self.flash, &self.profile, mac)
    }

    /// How the name of a server is checked; nothing means not at all.
    fn names(&self, purpose: Purpose, settings: &Settings) -> Option<Rule> {
        let unknown = &self.profile.unknown;
        let since = self.profile.release >= Release::R11_3_1;
        match purpose {
            Purpose::Sip { line } => {
                let checked = match since {
                    true if self.defects.has(Defect::TlsIgnoresNameValidate) => true,
                    true => settings.line_text("TLS_Name_Validate", line).trim() != "No",
                    false => unknown.tls_sip_names_before_11_3_1,
                };
                checked.then_some(Rule::Sip)
            }
            Purpose::Directory => (since || unknown.tls_directory_names_before_11_3_1).then_some(Rule::Directory),
            Purpose::Control | Purpose::Provisioning => Some(Rule::Http),
        }
    }
}

/// The name to check a server's certificate against, and to ask for by server name indication: a host name, or an address, which is never
/// asked for (RFC 6066 §3). Nothing for what can stand in no certificate.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(host.trim_end_matches('.').to_ascii_lowercase()).ok()
}

/// The phone's clock for certificates and tickets.
#[derive(Debug)]
struct WallTime(TimeOfDay);

impl TimeProvider for WallTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.unix())))
    }
}
