//! Certificates of the bench's servers: one authority in a scenario for whichever of them speak TLS, so that a phone that trusts it knows them all.

use crate::outcome::Stop;
use pki::{Identity, PkiError, Shown, Site};
use std::time::{SystemTime, UNIX_EPOCH};

/// The authority of a scenario, once a server has had a certificate of it.
#[derive(Default)]
pub struct Certificates(Option<Site>);

impl Certificates {
    /// A certificate of the kind that these words name, `right` or wrong in one way, for a server that goes by these names and addresses.
    ///
    /// # Errors
    /// The feature is at fault when there is no such kind.
    pub fn identity(&mut self, names: &[&str], kind: &str) -> Result<Identity, Stop> {
        let shown = Shown::by_words(kind)
            .ok_or_else(|| Stop::bench(format!("no certificate is `{kind}`; correct the feature file")))?;
        let (name, others) = names.split_first().map_or(("", names), |(name, others)| (*name, others));
        let site = match &mut self.0 {
            Some(site) => site,
            none => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                none.insert(Site::new(name, others, i64::try_from(now).unwrap_or(0)).map_err(unmade)?)
            }
        };
        site.beside(name, others).identity(shown).map_err(unmade)
    }

    /// What the phone must be told to trust, in PEM.
    ///
    /// # Errors
    /// The feature is at fault when no server with TLS was started.
    pub fn root_pem(&self) -> Result<String, Stop> {
        self.any().map(Site::root_pem)
    }

    /// What the authority has revoked so far, in PEM.
    ///
    /// # Errors
    /// As [`Self::root_pem`].
    pub fn revocation_list_pem(&self) -> Result<String, Stop> {
        self.any()?.revocation_list_pem().map_err(unmade)
    }

    fn any(&self) -> Result<&Site, Stop> {
        let none = || Stop::bench("no server with TLS was started before; correct the feature file");
        self.0.as_ref().ok_or_else(none)
    }
}

fn unmade(error: PkiError) -> Stop {
    Stop::bench(format!("no certificate can be made: {error}"))
}
