//! DHCPv4 from `dnsmasq` and from Kea.

use crate::place::{Place, SERVER, with_place};
use bench::plan;
use bench::trial::Trial;
use evidence::lease::LeaseStep;
use evidence::{Capture, DhcpKind, DhcpMessage, TcpEvent, TftpOp};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

pub(crate) const TRIALS: &[Trial] = &[
    ("a_phone_uses_and_renews_what_dnsmasq_leases", dnsmasq),
    ("a_phone_takes_another_address_when_dnsmasq_refuses_its_old_one", dnsmasq_refuses),
    ("a_phone_uses_and_renews_what_kea_leases", kea),
    ("a_phone_takes_another_address_when_kea_refuses_its_old_one", kea_refuses),
];

/// What every server here is to hand out, as `code,value` of dnsmasq.
const OPTIONS: [&str; 5] = [
    "dhcp-option=1,255.255.255.0",
    "dhcp-option=3,192.0.2.1",
    "dhcp-option=6,192.0.2.30",
    "dhcp-option=15,bench.example",
    "dhcp-option=42,192.0.2.5",
];

fn dnsmasq() {
    with_place(async |place| {
        // Its shortest lease is two minutes; that T1 is told as an option makes renewals quick.
        let range = "dhcp-range=192.0.2.100,192.0.2.149,2m";
        let mut lines =
            vec![range, "dhcp-option=58,3", "dhcp-option=59,100", "host-record=prov.bench.example,192.0.2.4"];
        lines.extend(OPTIONS);
        lines.extend([
            "dhcp-option=66,prov.bench.example",
            "dhcp-option=150,192.0.2.13",
            "dhcp-option=160,http://192.0.2.13",
        ]);
        place.dnsmasq(&lines).await;
        place.power_on().await;
        let address = leased(place, 100..150).await;
        granted(place).await;
        renewed(place, address).await;
        in_use(place, address).await;
        // Option 66 comes first, and its name is asked of the name server of option 6.
        let asked = |capture: &Capture| {
            let mut dns = capture.dns().iter().filter(|message| message.dst.ip() == SERVER.ip());
            dns.any(|message| message.questions.iter().any(|question| question.name == "prov.bench.example"))
                .then_some(())
        };
        place.until("the phone asks dnsmasq for the name of option 66", asked).await;
        fetched_by_tftp(place, plan::PROVISIONING.v4()).await;
    });
}

fn dnsmasq_refuses() {
    with_place(async |place| {
        let mut lines = vec!["dhcp-range=192.0.2.100,192.0.2.149,2m", "port=0"];
        lines.extend(OPTIONS);
        place.dnsmasq(&lines).await;
        place.power_on().await;
        let old = leased(place, 100..150).await;
        place.until_shown(IpAddr::V4(old), &[]).await;
        place.power_off().await;
        place.forget_servers().await;
        lines[0] = "dhcp-range=192.0.2.150,192.0.2.199,2m";
        lines.push("dhcp-option=150,192.0.2.13");
        place.dnsmasq(&lines).await;
        place.power_on().await;
        refused(place, old).await;
        let new = leased(place, 150..200).await;
        in_use(place, new).await;
        fetched_by_tftp(place, plan::SECOND_PROVISIONING.v4()).await;
    });
}

fn kea() {
    with_place(async |place| {
        let options =
            [("tftp-server-name", "192.0.2.4"), ("tftp-servers", "192.0.2.13"), ("server-url", "http://192.0.2.13")];
        place.kea(true, &kea_settings("192.0.2.100 - 192.0.2.149", &options)).await;
        place.power_on().await;
        let address = leased(place, 100..150).await;
        granted(place).await;
        renewed(place, address).await;
        in_use(place, address).await;
        fetched_by_tftp(place, plan::PROVISIONING.v4()).await;
    });
}

fn kea_refuses() {
    with_place(async |place| {
        place.kea(true, &kea_settings("192.0.2.100 - 192.0.2.149", &[])).await;
        place.power_on().await;
        let old = leased(place, 100..150).await;
        place.until_shown(IpAddr::V4(old), &[]).await;
        place.power_off().await;
        place.forget_servers().await;
        place
            .kea(true, &kea_settings("192.0.2.150 - 192.0.2.199", &[("server-url", "http://192.0.2.4/$MA.cfg")]))
            .await;
        place.power_on().await;
        refused(place, old).await;
        let new = leased(place, 150..200).await;
        in_use(place, new).await;
        let to = (plan::PROVISIONING.ip(), 80).into();
        let asked = move |capture: &Capture| {
            capture.tcp().iter().find(|fact| fact.event == TcpEvent::Asked && fact.dst == to).map(drop)
        };
        place.until("the phone turns to the web server of option 160", asked).await;
    });
}

/// Kea with leases of a few seconds.
fn kea_settings(pool: &str, more: &[(&str, &str)]) -> Value {
    let fixed = [
        ("routers", "192.0.2.1"),
        ("domain-name-servers", "192.0.2.30"),
        ("domain-name", "bench.example"),
        ("ntp-servers", "192.0.2.5"),
    ];
    let options: Vec<Value> = fixed
        .iter()
        .chain(more)
        .map(|(name, data)| json!({ "name": name, "data": data, "always-send": false }))
        .collect();
    json!({
        "interfaces-config": { "interfaces": [plan::PHONE_INTERFACE], "dhcp-socket-type": "raw" },
        "authoritative": true,
        "valid-lifetime": 20, "renew-timer": 2, "rebind-timer": 15,
        // It knows neither by itself.
        "option-def": [
            { "name": "tftp-servers", "code": 150, "type": "ipv4-address", "array": true },
            { "name": "server-url", "code": 160, "type": "string" },
        ],
        "subnet4": [{ "subnet": "192.0.2.0/24", "pools": [{ "pool": pool }], "option-data": options }],
    })
}

/// The first ACK after the last DISCOVER gives an address whose last octet is one of these.
pub(crate) async fn leased(place: &mut Place, of: std::ops::Range<u8>) -> Ipv4Addr {
    let ack = |capture: &Capture| {
        let message = capture.dhcp().iter().find(|message| {
            message.is(DhcpKind::Ack) && of.contains(&message.yiaddr.octets()[3]) && message.src.ip() == SERVER.ip()
        })?;
        Some(message.yiaddr)
    };
    let address = place.until(&format!("an ACK that gives an address of {of:?}"), ack).await;
    // RFC 5227 §2.3: taken, and said so.
    let announced = |capture: &Capture| {
        capture
            .arp()
            .iter()
            .find(|fact| fact.kind == evidence::ArpKind::Announcement && fact.sender_ip == address)
            .map(drop)
    };
    place.until("the phone announces its address", announced).await;
    address
}

/// Every option of the document that was configured is in the ACK, and well.
async fn granted(place: &mut Place) {
    let ack = |capture: &Capture| capture.dhcp().iter().find(|message| message.is(DhcpKind::Ack)).cloned();
    let ack: DhcpMessage = place.until("an ACK", ack).await;
    assert_eq!(ack.faults, [""; 0]);
    assert_eq!(ack.subnet_mask(), Some(plan::NETMASK_V4));
    assert_eq!(ack.routers(), [plan::GATEWAY.v4()]);
    assert_eq!(ack.name_servers(), [SERVER.v4()]);
    assert_eq!(ack.text(15).as_deref(), Some("bench.example"));
    assert_eq!(ack.ntp_servers(), [plan::TIME_SERVER.v4()]);
    assert!(ack.text(66).is_some(), "{:?}", ack.codes);
    assert_eq!(ack.tftp_servers(), Some(vec![plan::SECOND_PROVISIONING.v4()]));
    assert_eq!(ack.text(160).as_deref(), Some("http://192.0.2.13"));
}

/// The phone asks the server alone, from the address that it has, and goes on with it (RFC 2131 §4.4.5). Twice.
async fn renewed(place: &mut Place, address: Ipv4Addr) {
    let renewals = |capture: &Capture| {
        let leases = capture.leases();
        let lease = leases.iter().find(|lease| lease.address == address)?;
        (lease.is_held() && lease.count(LeaseStep::Renewed) >= 2).then_some(())
    };
    place.until("two renewals by unicast, each with its ACK", renewals).await;
    let requests = |capture: &Capture| {
        let requests =
            capture.dhcp().iter().filter(|message| message.is(DhcpKind::Request) && message.ciaddr == address);
        Some(requests.map(|message| (message.dst.ip(), message.server(), message.requested())).collect::<Vec<_>>())
    };
    let requests = place.until("renewals", requests).await;
    // RFC 2131 §4.3.6, table 5: neither server identifier nor requested address in RENEWING.
    assert!(requests.iter().all(|request| *request == (SERVER.ip(), None, None)), "{requests:?}");
}

/// The phone asks for the address of its last run, is refused, and begins anew (RFC 2131 §3.2).
async fn refused(place: &mut Place, old: Ipv4Addr) {
    let nak = |capture: &Capture| {
        let asked = capture.dhcp().iter().find(|message| {
            message.is(DhcpKind::Request) && message.requested() == Some(old) && message.server().is_none()
        })?;
        let nak = capture.dhcp().iter().find(|message| message.is(DhcpKind::Nak) && message.xid == asked.xid)?;
        let anew = |message: &&DhcpMessage| message.is(DhcpKind::Discover) && message.completed > nak.completed;
        capture.dhcp().iter().find(anew).map(drop)
    };
    place.until("INIT-REBOOT, a NAK and then a DISCOVER", nak).await;
}

/// What the lease says is what the phone shows at its new address.
async fn in_use(place: &mut Place, address: Ipv4Addr) {
    const IPV4: &str = "IPv4_Information";
    let address_text = address.to_string();
    let rows = [
        (IPV4, "Current_IP", address_text.as_str()),
        (IPV4, "Current_Netmask", "255.255.255.0"),
        (IPV4, "Current_Gateway", "192.0.2.1"),
        (IPV4, "Primary_DNS", "192.0.2.30"),
        ("System_Information", "Domain", "bench.example"),
    ];
    place.until_shown(IpAddr::V4(address), &rows).await;
    place.until_time_is_asked(plan::TIME_SERVER.ip()).await;
}

async fn fetched_by_tftp(place: &mut Place, server: Ipv4Addr) {
    let asked = |capture: &Capture| {
        let mut reads = capture.tftp().iter().filter(|message| matches!(message.op, TftpOp::Read { .. }));
        reads.find(|message| message.dst.ip() == server).map(drop)
    };
    place.until(&format!("the phone asks {server} for its profile by TFTP"), asked).await;
}
