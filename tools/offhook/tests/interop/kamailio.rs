//! Kamailio as the proxy and registrar of one domain that is spoken to by TLS alone.

use crate::daemon::{Daemon, program};
use crate::place::{Place, SERVER};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tokio::io::AsyncReadExt as _;

/// Its domain, its realm, and a name of its host.
pub(crate) const DOMAIN: &str = "sip.bench.example";

/// Where it is, and its socket for questions.
pub(crate) struct Kamailio {
    socket: PathBuf,
    place: usize,
}

/// Every account has a password like this.
pub(crate) fn password(user: &str) -> String {
    format!("secret-{user}")
}

impl Kamailio {
    /// Starts it with this certificate.
    pub(crate) async fn start(place: &mut Place, identity: &pki::Identity) -> Self {
        let kamailio = program("kamailio", "kamailio");
        let modules = modules();
        let at = |end: &str| place.folder().join(format!("kamailio.{end}"));
        fs::write(at("pem"), identity.certificate_pem()).unwrap();
        fs::write(at("key"), identity.key_pem()).unwrap();
        let files = format!("private_key = {}\ncertificate = {}\n", at("key").display(), at("pem").display());
        // It calls baresip by a connection of its own, and does not ask who that is.
        let tls = format!(
            "[server:default]\nmethod = TLSv1.2+\n{files}[client:default]\nmethod = TLSv1.2+\nverify_certificate = no\n"
        );
        fs::write(at("tls"), tls).unwrap();
        let head = HEAD
            .replace("ADDRESS", &SERVER.v4().to_string())
            .replace("MODULES", &modules.display().to_string())
            .replace("SOCKET", &at("socket").display().to_string())
            .replace("TLS", &at("tls").display().to_string());
        fs::write(at("cfg"), head + &ROUTES.replace("DOMAIN", DOMAIN)).unwrap();
        // Its workers would outlive it; in a namespace of processes of their own they cannot.
        let mut command = Command::new("unshare");
        command
            .args(["--pid", "--fork", "--kill-child"])
            .arg(kamailio)
            .args(["-DD", "-E", "-m", "16", "-f"])
            .arg(at("cfg"));
        command.arg("-Y").arg(place.folder());
        let daemon = Daemon::start(&place.server, command, at("log"), "is ready").await;
        place.daemons.push(daemon);
        Self { socket: at_socket(place), place: place.daemons.len() - 1 }
    }

    /// Ends it, and starts it again.
    pub(crate) async fn restart(self, place: &mut Place, identity: &pki::Identity) -> Self {
        place.daemons.remove(self.place).end().await;
        Self::start(place, identity).await
    }

    /// Waits until it has said this so often.
    pub(crate) async fn says(&self, place: &mut Place, text: &str, times: usize) {
        place.daemons[self.place].until_it_says(&format!("offhook: {text}"), times).await;
    }

    /// Whether it has said this.
    pub(crate) fn has_said(&self, place: &Place, text: &str) -> bool {
        place.daemons[self.place].said().contains(&format!("offhook: {text}"))
    }

    /// What its registrar knows.
    pub(crate) async fn locations(&self, place: &Place) -> String {
        let mut command = Command::new(program("kamcmd", "kamailio"));
        command.arg("-s").arg(format!("unix:{}", self.socket.display())).arg("ul.dump");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = place.server.spawn(command).await.unwrap();
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).await.unwrap();
        said
    }
}

fn at_socket(place: &Place) -> PathBuf {
    place.folder().join("kamailio.socket")
}

/// Where the distribution keeps its modules.
fn modules() -> PathBuf {
    let lib = fs::read_dir("/usr/lib").unwrap();
    let mut found = lib.filter_map(|entry| Some(entry.ok()?.path().join("kamailio/modules")));
    found
        .find(|folder| folder.join("tls.so").exists())
        .unwrap_or_else(|| bench::trial::skip("the TLS module of Kamailio is not installed (kamailio-tls-modules)"))
}

const HEAD: &str = r#"
debug=2
log_stderror=yes
children=1
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
enable_tls=yes
tcp_connection_lifetime=3605
listen=tls:ADDRESS:5061
mpath="MODULES/"
loadmodule "tls.so"
loadmodule "ctl.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("tls", "config", "TLS")
modparam("ctl", "binrpc", "unix:SOCKET")
modparam("usrloc", "db_mode", 0)
"#;

/// A registrar and a proxy that stays in the path. It sends a request in a dialog where its Contact says, and mends nothing.
const ROUTES: &str = r#"
alias="DOMAIN"
event_route[core:worker-one-init] { xlog("L_NOTICE", "offhook: is ready\n"); }
request_route {
    xlog("L_NOTICE", "offhook: $rm of $fU by $proto\n");
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
    if (has_totag()) {
        if (loose_route()) { route(RELAY); }
        if (is_method("ACK")) { if (t_check_trans()) { route(RELAY); } exit; }
        sl_send_reply("404", "Not Here");
        exit;
    }
    if (is_method("CANCEL")) { if (t_check_trans()) { route(RELAY); } exit; }
    t_check_trans();
    if (!pv_auth_check("DOMAIN", "secret-$fU", "0", "1")) { auth_challenge("DOMAIN", "1"); exit; }
    consume_credentials();
    if (is_method("REGISTER")) {
        if (!save("location")) { sl_reply_error(); exit; }
        xlog("L_NOTICE", "offhook: $fU is registered by $proto from $si:$sp\n");
        exit;
    }
    record_route();
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
    route(RELAY);
}
route[RELAY] { if (!t_relay()) { sl_reply_error(); } exit; }
onreply_route { xlog("L_NOTICE", "offhook: $rs to $rm by $proto\n"); }
"#;
