//! The directory server: what it serves, how it misbehaves, and what the phone is told of it.

use super::phone::profile;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use pki::Identity;
use servers::ldap::{self, Directory, LdapMisbehaviour, Server};
use servers::{Sockets, tls};
use std::net::{IpAddr, SocketAddr};

/// Where it sits among the guests.
const SEAT: &str = "the directory server";
/// Its name in DNS and in its certificate.
const NAME: &str = "ldap.bench.example";
/// The other ports that it serves at: in clear, and over TLS.
const OTHER_PORTS: [u16; 2] = [1389, 1636];
/// Where searches begin.
pub const BASE: &str = "ou=people,dc=bench,dc=example";
/// The account of the phone: its name in the directory.
pub const DN: &str = "cn=phone,ou=services,dc=bench,dc=example";
/// The same for DIGEST-MD5.
pub const USER: &str = "phone";
/// Its password.
pub const PASSWORD: &str = "Directory-secret.23";
/// The realm in which that user is known.
pub const REALM: &str = "bench.example";

crate::phrases! {
    /// Starts a directory server with the bench's people that speaks in clear alone: at its ports 389 and 1389.
    Given "a directory server in clear" => in_clear;
    /// Starts a directory server with the bench's people that speaks TLS too, at its ports 636 and 1636 and by StartTLS, with a
    /// certificate of the bench's own authority, or one that is wrong in one way.
    Given "a directory server over TLS with a certificate that is {string}" => over_tls;
    /// Shows another certificate from the next connection on.
    When "the directory server shows a certificate that is {string}" => shows;
    /// From the next request on it does wrong, or oddly: `refers to a server in clear`, `is silent`, `answers octet by octet`.
    Given "it is a directory server that {anything}" => misbehaves;
    /// From the next request on it behaves.
    When "the directory server behaves" => behaves;
    /// It gives no more entries than this to a search.
    Given "the directory server gives at most {int} entries" => size_limit;
    /// It lets nobody search who has not bound with a name.
    Given "the directory server wants to know who asks" => named_only;
    /// Its challenges do not offer UTF-8.
    Given "the directory server does not offer UTF-8" => no_utf8;
    /// Sets the directory by profile: switched on, this server, and where to search.
    Given "the phone looks people up at {string}" => looks_up_at;
    /// Sets by profile how the phone authenticates at the directory, `None`, `Simple` or `DIGEST-MD5`, with the name and the password
    /// of its account there.
    Given "the phone authenticates at the directory by {word}" => authenticates;
}

/// Its addresses.
pub(super) fn addresses() -> [IpAddr; 2] {
    [plan::DIRECTORY.ip(), plan::DIRECTORY.v6().into()]
}

/// The directory server, to steer it.
///
/// # Errors
/// The feature is at fault when none was started.
pub fn server(scene: &Scene) -> Result<&Server, Stop> {
    scene.network.guests.get(SEAT)
}

async fn in_clear(world: &mut World, _: Args) -> Outcome {
    start(world.scene()?, None).await
}

async fn over_tls(world: &mut World, mut args: Args) -> Outcome {
    let kind = args.text()?;
    start(world.scene()?, Some(&kind)).await
}

async fn start(scene: &mut Scene, kind: Option<&str>) -> Outcome {
    let sockets = Sockets::Bench(scene.net());
    let at = |ports: [u16; 2]| ports.map(|port| addresses().map(|address| SocketAddr::new(address, port))).concat();
    let [other_clear, other_tls] = OTHER_PORTS;
    let mut settings = ldap::Settings {
        realm: REALM.to_owned(),
        // To itself, in clear: whoever follows is seen.
        elsewhere: vec![format!("ldap://{}/{BASE}", plan::DIRECTORY.v4())],
        ..ldap::Settings::default()
    };
    settings.account(DN, USER, PASSWORD);
    let clear = at([ldap::PORT, other_clear]);
    let mut server = Server::start(&sockets, &clear, Directory::of_the_bench(), settings).await?;
    if let Some(kind) = kind {
        let identity = identity(scene, kind)?;
        server.listen_tls(&at([ldap::TLS_PORT, other_tls]), &identity, tls::Settings::default()).await?;
        server.pass_keys_to(scene.key_sink());
    }
    scene.network.guests.seat(SEAT, server)
}

/// The certificate of this kind for the directory server.
fn identity(scene: &mut Scene, kind: &str) -> Result<Identity, Stop> {
    let [v4, v6] = addresses().map(|address| address.to_string());
    scene.story.certificates.identity(&[NAME, &v4, &v6], kind)
}

async fn shows(world: &mut World, mut args: Args) -> Outcome {
    let kind = args.text()?;
    let scene = world.scene()?;
    let identity = identity(scene, &kind)?;
    let server = server(scene)?;
    let tls =
        server.tls().ok_or_else(|| Stop::bench("the directory server speaks no TLS; correct the feature file"))?;
    Ok(tls.show(&identity)?)
}

async fn misbehaves(world: &mut World, mut args: Args) -> Outcome {
    let words = args.text()?;
    let misbehaviour = LdapMisbehaviour::by_words(&words)
        .ok_or_else(|| Stop::bench(format!("no directory server `{words}`; correct the feature file")))?;
    server(world.scene()?)?.misbehave(Some(misbehaviour));
    Ok(())
}

async fn behaves(world: &mut World, _: Args) -> Outcome {
    server(world.scene()?)?.misbehave(None);
    Ok(())
}

async fn size_limit(world: &mut World, mut args: Args) -> Outcome {
    let limit = args.read()?;
    server(world.scene()?)?.change(|settings| settings.size_limit = limit);
    Ok(())
}

async fn named_only(world: &mut World, _: Args) -> Outcome {
    server(world.scene()?)?.change(|settings| settings.anonymous = false);
    Ok(())
}

async fn no_utf8(world: &mut World, _: Args) -> Outcome {
    server(world.scene()?)?.change(|settings| settings.utf8 = false);
    Ok(())
}

async fn looks_up_at(world: &mut World, mut args: Args) -> Outcome {
    let url = args.text()?;
    let settings = [("LDAP_Dir_Enable", "Yes"), ("LDAP_Server", url.as_str()), ("LDAP_Search_Base", BASE)];
    profile(world.scene()?, &settings).await
}

async fn authenticates(world: &mut World, mut args: Args) -> Outcome {
    let method = args.text()?;
    let settings = [
        ("LDAP_Auth_Method", method.as_str()),
        ("LDAP_Client_DN", DN),
        ("LDAP_Username", USER),
        ("LDAP_Password", PASSWORD),
    ];
    profile(world.scene()?, &settings).await
}
