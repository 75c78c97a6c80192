//! The phone of these tests as its administrator and its person have it: a profile of ours, an authority to trust, keys.

use crate::ipv4::leased;
use crate::place::{LOOK_AGAIN, Place, SERVER, SOON};
use bench::plan;
use servers::{Sockets, http};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What its status page shows of line 1 when that is registered.
pub(crate) const REGISTERED: (&str, &str, &str) = ("Ext_1_Status", "Registration_State", "Registered");
/// What the phone asks for first.
const PROFILE: &str = "/7841-3PCC.xml";
/// After how long without an effect a resync is ordered again.
const ORDERED_AGAIN: Duration = Duration::from_secs(1);
/// Items that one request may have.
const ITEMS: usize = 3;
/// The letters of each key of the pad in the order in which they come.
const PAD: [(&str, &str); 8] =
    [("2", "abc"), ("3", "def"), ("4", "ghi"), ("5", "jkl"), ("6", "mno"), ("7", "pqrs"), ("8", "tuv"), ("9", "wxyz")];

/// A phone that is on, with its provisioning server.
pub(crate) struct Phone {
    pub(crate) address: IpAddr,
    provisioning: http::Server,
    profiles: usize,
}

/// A server's certificates for these names and addresses, valid now.
pub(crate) fn site(name: &str, others: &[&str]) -> pki::Site {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    pki::Site::new(name, others, i64::try_from(now).unwrap()).unwrap()
}

impl Phone {
    /// Starts a `dnsmasq` that knows these names as its own address and tells of our web server, and switches the phone on. It trusts this
    /// authority.
    pub(crate) async fn on(
        place: &mut Place,
        names: &[&str],
        authority: &pki::Site,
        settings: &[(&str, &str)],
    ) -> Self {
        let url = format!("http://{}", plan::PROVISIONING.v4());
        let mut lines = vec![
            "dhcp-range=192.0.2.100,192.0.2.149,2m".to_owned(),
            format!("dhcp-option=6,{}", SERVER.v4()),
            format!("dhcp-option=160,{url}"),
        ];
        lines.extend(names.iter().map(|name| format!("host-record={name},{}", SERVER.v4())));
        place.dnsmasq(&lines.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let sockets = Sockets::Bench(place.bench.net());
        let address = SocketAddr::new(plan::PROVISIONING.ip(), http::PORT);
        let provisioning = http::Server::start(&sockets, address).await.unwrap();
        provisioning.put("/root.pem", "application/x-pem-file", authority.root_pem());
        let root = format!("{url}/root.pem");
        let fixed = [("Custom_CA_Rule", root.as_str()), ("CISCO_XML_EXE_Enable", "Yes")];
        provisioning.put(PROFILE, "text/xml", document(&[&fixed, settings].concat()));
        place.power_on().await;
        let address = IpAddr::V4(leased(place, 100..150).await);
        place.until_says(address, &[&trusted(authority)]).await;
        Self { address, provisioning, profiles: 0 }
    }

    /// Lets the phone trust another authority.
    pub(crate) async fn trust(&self, place: &mut Place, authority: &pki::Site) {
        self.provisioning.put("/other.pem", "application/x-pem-file", authority.root_pem());
        let target = format!("GET /admin/updateca?http://{}/other.pem", plan::PROVISIONING.v4());
        let said = place.ask(self.address, &target, "").await.unwrap();
        assert!(said.starts_with("HTTP/1.1 200"), "{target}: {said}");
        place.until_says(self.address, &[&trusted(authority)]).await;
    }

    /// Gives the phone other settings, and waits until it has taken them.
    pub(crate) async fn set(&mut self, place: &mut Place, settings: &[(&str, &str)]) {
        self.profiles += 1;
        let path = format!("/profile-{}.xml", self.profiles);
        let due = Instant::now() + SOON;
        // It takes no order to resync while it is resyncing.
        while !self.takes(place, &path, settings).await {
            if Instant::now() > due {
                place.fail("a successful resync with the profile that was ordered");
            }
        }
    }

    /// Orders a resync, and gives the phone a while to say that it was a success.
    async fn takes(&self, place: &Place, path: &str, settings: &[(&str, &str)]) -> bool {
        self.resync(place, path, settings).await;
        let ordered = Instant::now();
        while ordered.elapsed() < ORDERED_AGAIN {
            let status = place.ask(self.address, "GET /admin/status.xml", "").await.unwrap();
            if status.contains("Successful resync") && status.contains(path) {
                return true;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        false
    }

    /// Gives the phone settings for which it restarts.
    pub(crate) async fn restart_with(&self, place: &Place, settings: &[(&str, &str)]) {
        self.resync(place, "/profile-of-restart.xml", settings).await;
    }

    async fn resync(&self, place: &Place, path: &str, settings: &[(&str, &str)]) {
        self.provisioning.put(path, "text/xml", document(settings));
        let target = format!("GET /admin/resync?http://{}{path}", plan::PROVISIONING.v4());
        let said = place.ask(self.address, &target, "").await.unwrap();
        assert!(said.starts_with("HTTP/1.1 200"), "{target}: {said}");
    }

    /// Presses keys, or dials, by their URIs.
    pub(crate) async fn press(&self, place: &Place, uris: &[&str]) {
        for uris in uris.chunks(ITEMS) {
            let items: String = uris.iter().map(|uri| format!("<ExecuteItem Priority=\"0\" URL=\"{uri}\"/>")).collect();
            let body = format!("XML=<CiscoIPPhoneExecute>{items}</CiscoIPPhoneExecute>");
            let said = place.ask(self.address, "POST /CGI/Execute", &body).await.unwrap();
            assert_eq!(said.matches("Status=\"0\"").count(), uris.len(), "{uris:?}: {said}");
        }
    }

    /// Looks this last name up in the directory.
    pub(crate) async fn look_up(&self, place: &Place, last: &str) {
        // Release leaves whatever part of the directory an earlier lookup ended in.
        let mut uris: Vec<String> =
            ["Key:Release", "Key:Directories", "Key:NavSelect", "Key:NavDwn"].map(str::to_owned).into();
        for letter in last.chars() {
            let key = |(key, letters): &(&str, &str)| Some((format!("Key:KeyPad{key}"), letters.find(letter)?));
            let (key, before) = PAD.iter().find_map(key).unwrap();
            uris.extend(std::iter::repeat_n(key, before + 1));
            uris.push("Key:NavRight".to_owned());
        }
        uris.push("SoftKey:Search".to_owned());
        self.press(place, &uris.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
}

/// What the phone tells when it trusts this authority.
fn trusted(authority: &pki::Site) -> String {
    format!("Installed - {}<", authority.root().name())
}

/// A profile.
fn document(settings: &[(&str, &str)]) -> String {
    let rows: String = settings.iter().map(|(name, value)| format!("<{name} ua=\"na\">{value}</{name}>\n")).collect();
    format!("<flat-profile>\n{rows}</flat-profile>\n")
}
