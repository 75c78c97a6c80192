//! IPv6: router advertisements and DHCPv6 from `dnsmasq`, and from `radvd` with Kea.

use crate::place::{Place, SERVER, with_place};
use bench::plan;
use bench::trial::Trial;
use evidence::lease::LeaseStep;
use evidence::{Capture, Dhcp6Kind, Dhcp6Message, TcpEvent, TftpOp};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv6Addr};

pub(crate) const TRIALS: &[Trial] = &[
    ("a_phone_uses_what_dnsmasq_leases_over_ipv6_and_confirms_it_when_switched_on_again", dnsmasq),
    ("a_phone_uses_and_renews_what_kea_leases_where_radvd_is_the_router", kea),
    ("a_phone_makes_its_own_address_where_radvd_says_so_and_asks_kea_for_the_rest", stateless),
];

fn dnsmasq() {
    with_place(async |place| {
        let lines = [
            "dhcp-range=2001:db8:78::1000,2001:db8:78::1fff,64,2m",
            "enable-ra",
            "ra-param=eth0,0,60",
            "dhcp-option=option6:23,[2001:db8:78::1e]",
            "dhcp-option=option6:24,bench.example",
            "dhcp-option=option6:31,[2001:db8:78::5]",
            "host-record=prov.bench.example,2001:db8:78::4",
        ];
        place.dnsmasq(&lines).await;
        place.power_on().await;
        let address = leased(place).await;
        in_use(place, address).await;
        place.power_off().await;
        place.power_on().await;
        let confirmed = |capture: &Capture| {
            let leases = capture.leases6();
            let lease = leases.iter().find(|lease| lease.address == address)?;
            (lease.count(LeaseStep::Rebooted) == 1 && lease.is_held()).then_some(())
        };
        place.until("a CONFIRM that dnsmasq answers well", confirmed).await;
        in_use(place, address).await;
    });
}

fn kea() {
    with_place(async |place| {
        place.radvd(&radvd_settings(true)).await;
        place.kea(false, &kea_settings(true)).await;
        place.power_on().await;
        let address = leased(place).await;
        let reply = granted(place).await;
        assert_eq!(reply.addresses(), [address]);
        assert_eq!(reply.text(160).as_deref(), Some("http://[2001:db8:78::d]"));
        let renewed = |capture: &Capture| {
            let leases = capture.leases6();
            let lease = leases.iter().find(|lease| lease.address == address)?;
            (lease.is_held() && lease.count(LeaseStep::Renewed) >= 2).then_some(())
        };
        place.until("two renewals, each with its REPLY", renewed).await;
        in_use(place, address).await;
        // Option 160 comes before 159.
        let to = (IpAddr::V6(plan::SECOND_PROVISIONING.v6()), 80).into();
        let fetched = move |capture: &Capture| {
            capture.tcp().iter().find(|fact| fact.event == TcpEvent::Asked && fact.dst == to).map(drop)
        };
        place.until("the phone turns to the web server of option 160", fetched).await;
    });
}

fn stateless() {
    with_place(async |place| {
        place.radvd(&radvd_settings(false)).await;
        place.kea(false, &kea_settings(false)).await;
        place.power_on().await;
        let asked = |capture: &Capture| {
            let asked = capture.dhcp6().iter().find(|message| message.is(Dhcp6Kind::InformationRequest))?;
            capture.dhcp6().iter().find(|message| message.is(Dhcp6Kind::Reply) && message.xid == asked.xid).map(drop)
        };
        place.until("an INFORMATION-REQUEST and its REPLY", asked).await;
        assert!(granted(place).await.addresses().is_empty());
        let phone = Some(evidence::Mac(bench::MacAddress::phone(1).0));
        // The probe tells which address the phone made of the prefix (RFC 4862 §5.4.2).
        let probed = |capture: &Capture| {
            let mut probes = capture.icmp().iter().filter(|fact| fact.is_dad_probe() && fact.src_mac == phone);
            probes.find_map(|fact| Some(fact.neighbour_solicitation()?.target).filter(|target| is_on_link(*target)))
        };
        let address = place.until("the phone probes for an address of the prefix", probed).await;
        in_use(place, address).await;
        let fetched = |capture: &Capture| {
            let mut reads = capture.tftp().iter().filter(|message| matches!(message.op, TftpOp::Read { .. }));
            reads.find(|message| message.dst.ip() == plan::SECOND_PROVISIONING.v6()).map(drop)
        };
        place.until("the phone asks the server of option 159 for its profile by TFTP", fetched).await;
    });
}

/// The router's part: addresses from DHCPv6, or of the phone's own making.
fn radvd_settings(managed: bool) -> String {
    let (managed, own) = if managed { ("on", "off") } else { ("off", "on") };
    format!(
        "interface eth0 {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 600;\n\
         AdvManagedFlag {managed}; AdvOtherConfigFlag on;\n\
         prefix 2001:db8:78::/64 {{ AdvOnLink on; AdvAutonomous {own}; AdvValidLifetime 600; AdvPreferredLifetime 300; }};\n\
         RDNSS 2001:db8:78::2 {{ AdvRDNSSLifetime 600; }};\n}};\n"
    )
}

/// Kea, with addresses for a few seconds, or with none and without option 160.
fn kea_settings(addresses: bool) -> Value {
    let options = [
        ("dns-servers", "2001:db8:78::1e"),
        ("domain-search", "bench.example"),
        ("sntp-servers", "2001:db8:78::5"),
        ("bootfile-url", "tftp://[2001:db8:78::4]/"),
        ("server-address", "[2001:db8:78::d]"),
        ("server-url", "http://[2001:db8:78::d]"),
    ];
    let options = &options[..options.len() - usize::from(!addresses)];
    let options: Vec<Value> = options.iter().map(|(name, data)| json!({ "name": name, "data": data })).collect();
    let pools = if addresses { json!([{ "pool": "2001:db8:78::1000 - 2001:db8:78::1fff" }]) } else { json!([]) };
    json!({
        "interfaces-config": { "interfaces": [plan::PHONE_INTERFACE] },
        "preferred-lifetime": 15, "valid-lifetime": 20, "renew-timer": 2, "rebind-timer": 12,
        // It knows neither by itself.
        "option-def": [
            { "name": "server-address", "code": 159, "type": "string", "space": "dhcp6" },
            { "name": "server-url", "code": 160, "type": "string", "space": "dhcp6" },
        ],
        "subnet6": [{
            "subnet": "2001:db8:78::/64", "interface": plan::PHONE_INTERFACE, "pools": pools, "option-data": options,
        }],
    })
}

/// An address from the pool, given by a REPLY that carries what was asked for.
async fn leased(place: &mut Place) -> Ipv6Addr {
    let bound = |capture: &Capture| {
        let leases = capture.leases6();
        leases.iter().find(|lease| plan::POOL_V6.contains(&lease.address)).map(|lease| lease.address)
    };
    place.until("a REPLY that gives an address of the pool", bound).await
}

/// Every option of the document that was configured is in the first REPLY, and well.
async fn granted(place: &mut Place) -> Dhcp6Message {
    let reply = |capture: &Capture| capture.dhcp6().iter().find(|message| message.is(Dhcp6Kind::Reply)).cloned();
    let reply = place.until("a REPLY", reply).await;
    assert_eq!(reply.faults, [""; 0]);
    assert_eq!(reply.dns(), [SERVER.v6()]);
    assert_eq!(reply.domains().first().map(|name| name.trim_end_matches('.')), Some("bench.example"));
    assert_eq!(reply.sntp(), [plan::TIME_SERVER.v6()]);
    assert_eq!(reply.text(59).as_deref(), Some("tftp://[2001:db8:78::4]/"));
    assert_eq!(reply.text(159).as_deref(), Some("[2001:db8:78::d]"));
    reply
}

/// The phone shows what it was told, at its new address, with the router that advertised itself.
async fn in_use(place: &mut Place, address: Ipv6Addr) {
    let advertised = |capture: &Capture| {
        let mut told = capture.icmp().iter().filter(|fact| fact.router_advertisement().is_some());
        told.find_map(|fact| if let IpAddr::V6(router) = fact.src.ip() { Some(router) } else { None })
    };
    let router = place.until("a router advertisement", advertised).await.to_string();
    let (address_text, server) = (address.to_string(), SERVER.v6().to_string());
    const IPV6: &str = "IPv6_Information";
    let rows = [
        (IPV6, "Current_IP", address_text.as_str()),
        (IPV6, "Current_Gateway", router.as_str()),
        (IPV6, "Primary_DNS", server.as_str()),
    ];
    place.until_shown(IpAddr::V6(address), &rows).await;
    place.until_time_is_asked(plan::TIME_SERVER.v6().into()).await;
}

fn is_on_link(address: Ipv6Addr) -> bool {
    address.segments()[..4] == plan::NETWORK_V6.segments()[..4]
}
