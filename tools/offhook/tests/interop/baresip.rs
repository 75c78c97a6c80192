//! baresip at a host of its own, without a sound card: it plays a tone, and is told what to do by its control port.

use crate::daemon::{Daemon, program};
use crate::place::{Place, SOON};
use bench::{Cable, plan};
use servers::sip::TLS_PORT;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Where it is.
pub(crate) const HOST: plan::Host = plan::Host(40);
/// Its port for commands and events, each an object of JSON in a netstring.
const CONTROL: u16 = 4444;
/// Samples per second of the tone.
const RATE: u32 = 8000;

/// A running baresip. Its cable goes with it.
pub(crate) struct Baresip {
    daemon: Daemon,
    control: TcpStream,
    got: String,
    _cable: Cable,
}

/// An account of baresip.
pub(crate) struct Account<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) domain: &'a str,
    /// Where all of its requests go, over TLS.
    pub(crate) proxy: plan::Host,
}

impl Baresip {
    /// Starts it. It takes every call by itself, trusts this authority and shows this certificate to who connects.
    pub(crate) async fn start(place: &Place, account: Account<'_>, trusted: &pki::Site) -> Self {
        let baresip = program("baresip", "baresip-core");
        let cable = place.another(3, HOST).await;
        let folder = place.folder().join("baresip");
        fs::create_dir(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        let identity = trusted.identity(pki::Shown::Right).unwrap();
        fs::write(at("certificate.pem"), identity.certificate_pem() + &identity.key_pem()).unwrap();
        fs::write(at("trusted.pem"), trusted.root_pem()).unwrap();
        fs::write(at("tone.wav"), tone()).unwrap();
        fs::write(at("contacts"), "").unwrap();
        let Account { user, password, domain, proxy } = account;
        let proxy = format!("sip:{}:{TLS_PORT};transport=tls", proxy.v4());
        let account = format!(
            "<sip:{user}@{domain};transport=tls>;auth_user={user};auth_pass={password};outbound=\"{proxy}\";regint=600;\
             answermode=auto;audio_codecs=PCMU/8000/1\n"
        );
        fs::write(at("accounts"), account).unwrap();
        let config = CONFIG
            .replace("INTERFACE", plan::PHONE_INTERFACE)
            .replace("ADDRESS", &HOST.v4().to_string())
            .replace("CONTROL", &CONTROL.to_string())
            .replace("MODULES", &modules().display().to_string())
            .replace("FOLDER", &folder.display().to_string());
        fs::write(at("config"), config).unwrap();
        let mut command = Command::new(baresip);
        command.arg("-s").arg("-f").arg(&folder);
        let daemon = Daemon::start(&cable, command, at("log"), "baresip is ready").await;
        let to = SocketAddr::new(HOST.ip(), CONTROL);
        let control = place.bench.net().tcp_connect(plan::OPERATOR.ip(), to).await.unwrap();
        Self { daemon, control, got: String::new(), _cable: cable }
    }

    /// Tells it to do this, as a person would at its keys.
    pub(crate) async fn command(&mut self, command: &str, parameter: &str) {
        let object = serde_json::json!({ "command": command, "params": parameter }).to_string();
        self.control.write_all(format!("{}:{object},", object.len()).as_bytes()).await.unwrap();
    }

    /// Waits for this event, and forgets it and what came before it.
    pub(crate) async fn event(&mut self, name: &str) {
        let wanted = format!("\"type\":\"{name}\"");
        let mut buffer = [0; 4096];
        while !self.got.contains(&wanted) {
            let read = tokio::time::timeout(SOON, self.control.read(&mut buffer)).await;
            let Ok(Ok(length @ 1..)) = read else {
                panic!("baresip does not tell {name} but:\n{}\n{}", self.got, self.daemon.last_words());
            };
            self.got += &String::from_utf8_lossy(&buffer[..length]);
        }
        let (_, rest) = self.got.split_once(&wanted).unwrap();
        self.got = rest.to_owned();
    }

    /// All that it wrote: with the SIP that it sent and got.
    pub(crate) fn log(&self) -> String {
        self.daemon.said()
    }
}

/// Where the distribution keeps its modules.
fn modules() -> PathBuf {
    let folder = PathBuf::from("/usr/lib/baresip/modules");
    for module in ["ctrl_tcp.so", "aufile.so", "aubridge.so", "g711.so"] {
        if !folder.join(module).exists() {
            bench::trial::skip(&format!("the module {module} of baresip is not installed (baresip-core)"));
        }
    }
    folder
}

/// A minute of a square wave, as a WAV file of 16 bits.
fn tone() -> Vec<u8> {
    let samples = (0..RATE * 60).flat_map(|n| (if n / 8 % 2 == 0 { 4000_i16 } else { -4000 }).to_le_bytes());
    let samples: Vec<u8> = samples.collect();
    let length = u32::try_from(samples.len()).unwrap();
    let mut file = Vec::from(*b"RIFF");
    file.extend((length + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    file
}

const CONFIG: &str = "\
poll_method epoll
net_interface INTERFACE
sip_listen ADDRESS:5060
sip_certificate FOLDER/certificate.pem
sip_cafile FOLDER/trusted.pem
audio_player aubridge,nobody
audio_alert aubridge,nobody
audio_source aufile,FOLDER/tone.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_format s16
auplay_format s16
rtp_ports 10000-10100
module_path MODULES
module g711.so
module aubridge.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen ADDRESS:CONTROL
";
