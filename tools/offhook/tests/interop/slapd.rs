//! OpenLDAP's `slapd` with a few people and one account.

use crate::daemon::{Daemon, program};
use crate::place::{Place, SERVER};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Its name.
pub(crate) const NAME: &str = "ldap.bench.example";
/// Where searches begin.
pub(crate) const BASE: &str = "ou=people,dc=bench,dc=example";
/// The account of the phone.
pub(crate) const DN: &str = "cn=phone,ou=services,dc=bench,dc=example";
/// The same for DIGEST-MD5.
pub(crate) const USER: &str = "phone";
/// How many people are called Miller.
pub(crate) const MANY: u32 = 25;
/// Its password.
pub(crate) const PASSWORD: &str = "Directory-secret.23";

/// A running `slapd`.
pub(crate) struct Slapd {
    place: usize,
    keys: PathBuf,
}

impl Slapd {
    /// Starts one in a folder of this name, at these ports for `ldap` and `ldaps`, with this certificate.
    pub(crate) async fn start(place: &mut Place, name: &str, ports: (u16, u16), identity: &pki::Identity) -> Self {
        let slapd = program("slapd", "slapd");
        mechanism();
        let folder = place.folder().join(name);
        fs::create_dir_all(folder.join("data")).unwrap();
        let at = |name: &str| folder.join(name);
        fs::write(at("certificate.pem"), identity.certificate_pem()).unwrap();
        fs::write(at("key.pem"), identity.key_pem()).unwrap();
        fs::write(at("people.ldif"), people()).unwrap();
        let config = CONFIG.replace("NAME", NAME).replace("FOLDER", &folder.display().to_string());
        fs::write(at("slapd.conf"), config).unwrap();
        fill(place, &folder).await;
        let mut command = Command::new(slapd);
        let urls = format!("ldap://{0}:{1} ldaps://{0}:{2}", SERVER.v4(), ports.0, ports.1);
        command.arg("-f").arg(at("slapd.conf")).args(["-d", "stats", "-h", &urls]);
        // It is made with GnuTLS, which writes down what it agrees on.
        command.env("SSLKEYLOGFILE", at("keys"));
        let daemon = Daemon::start(&place.server, command, at("log"), "slapd starting").await;
        place.daemons.push(daemon);
        Self { place: place.daemons.len() - 1, keys: at("keys") }
    }

    /// The secrets of its connections so far.
    pub(crate) fn keys(&self) -> String {
        fs::read_to_string(&self.keys).unwrap_or_default()
    }

    /// Its log.
    pub(crate) fn log(&self, place: &Place) -> String {
        place.daemons[self.place].said()
    }
}

/// DIGEST-MD5 is a plugin of its SASL library.
fn mechanism() {
    let folders = fs::read_dir("/usr/lib").unwrap().filter_map(|entry| Some(entry.ok()?.path().join("sasl2")));
    if !folders.into_iter().any(|folder| folder.join("libdigestmd5.so").exists()) {
        bench::trial::skip("the SASL mechanism DIGEST-MD5 is not installed (libsasl2-modules)");
    }
}

/// Fills the database.
async fn fill(place: &Place, folder: &Path) {
    let mut command = Command::new(program("slapadd", "slapd"));
    command.arg("-f").arg(folder.join("slapd.conf")).arg("-l").arg(folder.join("people.ldif")).stdin(Stdio::null());
    assert!(place.server.spawn(command).await.unwrap().wait().await.unwrap().success(), "slapadd takes the people");
}

/// A Baker, and more people of one name than a phone shows.
fn people() -> String {
    let person = |number: u32, first: &str, last: &str| {
        format!(
            "\ndn: uid=p{number:03},{BASE}\nobjectClass: inetOrgPerson\nuid: p{number:03}\ncn: {first} {last}\nsn: {last}\n\
             givenName: {first}\ntelephoneNumber: +130355500{number:02}\n"
        )
    };
    let many: String = (1..=MANY).map(|number| person(number, &format!("Number {number}"), "Miller")).collect();
    HEAD.replace("PASSWORD", PASSWORD) + &person(55, "Alice", "Baker") + &many
}

const CONFIG: &str = "\
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile FOLDER/pid
argsfile FOLDER/arguments
TLSCertificateFile FOLDER/certificate.pem
TLSCertificateKeyFile FOLDER/key.pem
TLSVerifyClient never
sasl-host NAME
sasl-realm bench.example
authz-regexp ^uid=([^,]+),cn=bench.example,cn=digest-md5,cn=auth$ cn=$1,ou=services,dc=bench,dc=example
password-hash {CLEARTEXT}
database mdb
suffix dc=bench,dc=example
directory FOLDER/data
maxsize 1048576
access to attrs=userPassword by anonymous auth by * none
access to * by * read
";

const HEAD: &str = "\
dn: dc=bench,dc=example
objectClass: dcObject
objectClass: organization
o: bench
dc: bench

dn: ou=services,dc=bench,dc=example
objectClass: organizationalUnit
ou: services

dn: ou=people,dc=bench,dc=example
objectClass: organizationalUnit
ou: people

dn: cn=phone,ou=services,dc=bench,dc=example
objectClass: person
cn: phone
sn: phone
userPassword: PASSWORD
";
