#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::settings::Settings;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Default)]
struct Phone {
    settings: BTreeMap<String, String>,
    key: String,
    code: String,
    refuses: bool,
}

impl Device for Phone {
    fn facts(&self) -> Facts {
        Facts {
            settings: Settings::of(self.settings.clone()),
            product: "CP-7841-3PCC".into(),
            oui: "020000".into(),
            serial_number: "OFF00007841".into(),
            software: "11.2.3".into(),
            address: "192.0.2.100".into(),
            mac: "02:00:00:00:78:41".into(),
            up_time: 7,
            acs_url: "http://acs/<x>".into(),
            parameter_key: self.key.clone(),
            provisioning_code: self.code.clone(),
        }
    }

    fn keep(&mut self, change: &Change, key: &str) -> bool {
        if self.refuses {
            return false;
        }
        self.settings.extend(change.settings.iter().cloned());
        self.code = change.provisioning_code.clone().unwrap_or_default();
        self.key = key.into();
        true
    }
}

fn reason() -> Reason {
    Reason {
        events: vec![("0 BOOTSTRAP", String::new()), ("1 BOOT", String::new())],
        retry_count: 2,
        current_time: "2026-11-27T21:00:00Z".into(),
    }
}

fn started(phone: &Phone) -> (Session, String) {
    let mut session = Session::new(Version(2), reason(), phone);
    let Output::Post(inform) = session.poll() else { panic!("no Inform") };
    assert_eq!(session.poll(), Output::Wait);
    (session, inform)
}

fn from_acs(version: u8, body: &str) -> String {
    format!(
        "<?xml version='1.0'?><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:c='urn:dslforum-org:cwmp-1-{version}'><s:Header><c:ID s:mustUnderstand='1'>77</c:ID></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

const INFORMED: &str = "<c:InformResponse><MaxEnvelopes>1</MaxEnvelopes></c:InformResponse>";

/// A session after its InformResponse and its empty post.
fn open(phone: &mut Phone) -> Session {
    let mut session = started(phone).0;
    session.answered(200, from_acs(0, INFORMED).as_bytes(), phone);
    assert_eq!(session.poll(), Output::Post(String::new()));
    session
}

/// What is answered to a call, without its envelope.
fn called(session: &mut Session, phone: &mut Phone, call: &str) -> String {
    session.answered(200, from_acs(0, call).as_bytes(), phone);
    let Output::Post(answer) = session.poll() else { panic!("no answer") };
    assert!(answer.contains("<cwmp:ID soap:mustUnderstand=\"1\">77</cwmp:ID>"));
    assert!(answer.contains("urn:dslforum-org:cwmp-1-0"), "the version of the ACS");
    let body = answer.split("<soap:Body>").nth(1).unwrap();
    body.split("</soap:Body>").next().unwrap().to_owned()
}

#[test]
fn an_inform_tells_who_the_phone_is_and_why_it_calls() {
    let (_, inform) = started(&Phone::default());
    insta::assert_snapshot!(inform.replace("><", ">\n<"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-2">
    <soap:Header>
    <cwmp:ID soap:mustUnderstand="1">1</cwmp:ID>
    </soap:Header>
    <soap:Body>
    <cwmp:Inform>
    <DeviceId>
    <Manufacturer>Cisco Systems, Inc.</Manufacturer>
    <OUI>020000</OUI>
    <ProductClass>CP-7841-3PCC</ProductClass>
    <SerialNumber>OFF00007841</SerialNumber>
    </DeviceId>
    <Event soap-enc:arrayType="cwmp:EventStruct[2]">
    <EventStruct>
    <EventCode>0 BOOTSTRAP</EventCode>
    <CommandKey>
    </CommandKey>
    </EventStruct>
    <EventStruct>
    <EventCode>1 BOOT</EventCode>
    <CommandKey>
    </CommandKey>
    </EventStruct>
    </Event>
    <MaxEnvelopes>1</MaxEnvelopes>
    <CurrentTime>2026-11-27T21:00:00Z</CurrentTime>
    <RetryCount>2</RetryCount>
    <ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[7]">
    <ParameterValueStruct>
    <Name>Device.DeviceSummary</Name>
    <Value xsi:type="xsd:string">Device:1.0[](Baseline:1), VoiceService:1.0[1](Endpoint:1)</Value>
    </ParameterValueStruct>
    <ParameterValueStruct>
    <Name>Device.DeviceInfo.HardwareVersion</Name>
    <Value xsi:type="xsd:string">1</Value>
    </ParameterValueStruct>
    <ParameterValueStruct>
    <Name>Device.DeviceInfo.SoftwareVersion</Name>
    <Value xsi:type="xsd:string">11.2.3</Value>
    </ParameterValueStruct>
    <ParameterValueStruct>
    <Name>Device.DeviceInfo.ProvisioningCode</Name>
    <Value xsi:type="xsd:string">
    </Value>
    </ParameterValueStruct>
    <ParameterValueStruct>
    <Name>Device.ManagementServer.ParameterKey</Name>
    <Value xsi:type="xsd:string">
    </Value>
    </ParameterValueStruct>
    <ParameterValueStruct>
    <Name>Device.ManagementServer.ConnectionRequestURL</Name>
    <Value xsi:type="xsd:string">
    </Value>
    </ParameterValueStruct>
    <ParameterValueStruct>
    <Name>Device.LAN.IPAddress</Name>
    <Value xsi:type="xsd:string">192.0.2.100</Value>
    </ParameterValueStruct>
    </ParameterList>
    </cwmp:Inform>
    </soap:Body>
    </soap:Envelope>
    "#);
}

#[test]
fn a_session_ends_with_204_or_an_empty_body() {
    for (status, body) in [(204, &b""[..]), (200, b""), (200, b"\r\n")] {
        let mut phone = Phone::default();
        let mut session = open(&mut phone);
        session.answered(status, body, &mut phone);
        assert_eq!(session.poll(), Output::Ended(Ok(Ended::default())));
        session.answered(200, b"more", &mut phone);
        assert_eq!(session.poll(), Output::Wait);
    }
}

#[test]
fn values_are_told() {
    let mut phone = Phone { settings: [("ACS_Password".to_owned(), "secret".to_owned())].into(), ..Phone::default() };
    let mut session = open(&mut phone);
    let call = "<c:GetParameterValues><ParameterNames><string>Device.ManagementServer.</string><string>Device.LAN.IPAddress</string></ParameterNames></c:GetParameterValues>";
    let told = called(&mut session, &mut phone, call);
    assert!(told.contains("cwmp:ParameterValueStruct[10]") && told.contains("http://acs/&lt;x&gt;"), "{told}");
    assert!(told.contains("<Value xsi:type=\"xsd:boolean\">0</Value>") && !told.contains("secret"), "{told}");
    let unknown =
        "<c:GetParameterValues><ParameterNames><string>Device.No</string></ParameterNames></c:GetParameterValues>";
    insta::assert_snapshot!(called(&mut session, &mut phone, unknown), @"<soap:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault><FaultCode>9005</FaultCode><FaultString>Invalid parameter name</FaultString></cwmp:Fault></detail></soap:Fault>");
}

#[test]
fn names_are_told_whole_or_by_level() {
    let mut phone = Phone::default();
    let mut session = open(&mut phone);
    let mut names = |path: &str, next: u8| {
        let call = format!(
            "<c:GetParameterNames><ParameterPath>{path}</ParameterPath><NextLevel>{next}</NextLevel></c:GetParameterNames>"
        );
        called(&mut session, &mut phone, &call)
    };
    insta::assert_snapshot!(names("Device.Time.", 0), @r#"<cwmp:GetParameterNamesResponse><ParameterList soap-enc:arrayType="cwmp:ParameterInfoStruct[2]"><ParameterInfoStruct><Name>Device.Time.NTPServer1</Name><Writable>1</Writable></ParameterInfoStruct><ParameterInfoStruct><Name>Device.Time.NTPServer2</Name><Writable>1</Writable></ParameterInfoStruct></ParameterList></cwmp:GetParameterNamesResponse>"#);
    let top = names("Device.", 1);
    assert!(top.contains("ParameterInfoStruct[5]") && top.contains("<Name>Device.LAN.</Name>"), "{top}");
    assert!(names("", 1).contains("ParameterInfoStruct[1]"));
    assert!(names("Device.Time.NTPServer1", 1).contains("9003"));
    assert!(names("Other.", 0).contains("9005"));
}

#[test]
fn values_are_set_all_or_none() {
    let mut phone = Phone::default();
    let mut session = open(&mut phone);
    let set = |name: &str, value: &str| {
        format!(
            "<c:SetParameterValues><ParameterList><ParameterValueStruct><Name>Device.ManagementServer.PeriodicInformInterval</Name><Value>60</Value></ParameterValueStruct><ParameterValueStruct><Name>{name}</Name><Value>{value}</Value></ParameterValueStruct></ParameterList><ParameterKey>k1</ParameterKey></c:SetParameterValues>"
        )
    };
    for (name, value, code) in [
        ("Device.LAN.IPAddress", "x", "9008"),
        ("Device.No", "x", "9005"),
        ("Device.ManagementServer.PeriodicInformEnable", "maybe", "9006"),
    ] {
        let told = called(&mut session, &mut phone, &set(name, value));
        assert!(told.contains("<FaultCode>9003</FaultCode>") && told.contains(&format!("<ParameterName>{name}")));
        assert!(told.contains(code), "{told}");
    }
    assert!(phone.settings.is_empty());
    let good = set("Device.ManagementServer.PeriodicInformEnable", "true");
    phone.refuses = true;
    assert!(called(&mut session, &mut phone, &good).contains("9007"));
    phone.refuses = false;
    assert!(called(&mut session, &mut phone, &good).contains("<Status>1</Status>"));
    assert_eq!((phone.settings["Periodic_Inform_Interval"].as_str(), phone.key.as_str()), ("60", "k1"));
    session.answered(204, b"", &mut phone);
    assert_eq!(session.poll(), Output::Ended(Ok(Ended { changed: true, reboot: None })));
}

#[test]
fn a_reboot_comes_after_the_session_and_other_methods_are_refused() {
    let mut phone = Phone::default();
    let mut session = open(&mut phone);
    assert!(called(&mut session, &mut phone, "<c:GetRPCMethods/>").contains("xsd:string[5]"));
    assert!(called(&mut session, &mut phone, "<c:FactoryReset/>").contains("<FaultCode>9000</FaultCode>"));
    called(&mut session, &mut phone, "<c:Reboot><CommandKey>now</CommandKey></c:Reboot>");
    session.answered(200, b"", &mut phone);
    let ended = Ended { changed: false, reboot: Some("now".into()) };
    assert_eq!(session.poll(), Output::Ended(Ok(ended)));
}

#[test]
fn an_acs_that_answers_otherwise_ends_the_session() {
    let fault = "<s:Fault><faultcode>Server</faultcode><detail><c:Fault><FaultCode>8001</FaultCode></c:Fault></detail></s:Fault>";
    for (status, body, failure) in [
        (204, String::new(), Failure::NotCwmp),
        (503, String::new(), Failure::Status(503)),
        (200, "<html/>".into(), Failure::NotCwmp),
        (200, from_acs(0, "<c:Reboot/>"), Failure::NotCwmp),
        (200, from_acs(0, fault), Failure::Fault(8001)),
    ] {
        let mut phone = Phone::default();
        let mut session = started(&phone).0;
        session.answered(status, body.as_bytes(), &mut phone);
        assert_eq!(session.poll(), Output::Ended(Err(failure)));
    }
}

#[test]
fn fault_8005_asks_for_the_inform_once_more() {
    let fault = from_acs(0, "<s:Fault><detail><c:Fault><FaultCode>8005</FaultCode></c:Fault></detail></s:Fault>");
    let mut phone = Phone::default();
    let (mut session, inform) = started(&phone);
    for _ in 0..MOST_REPEATS {
        session.answered(200, fault.as_bytes(), &mut phone);
        assert_eq!(session.poll(), Output::Post(inform.clone()));
    }
    session.answered(200, fault.as_bytes(), &mut phone);
    assert_eq!(session.poll(), Output::Ended(Err(Failure::Fault(8005))));
}

#[test]
fn calls_without_end_are_left() {
    let mut phone = Phone::default();
    let mut session = open(&mut phone);
    for _ in 0..MOST_CALLS {
        called(&mut session, &mut phone, "<c:GetRPCMethods/>");
    }
    session.answered(200, from_acs(0, "<c:GetRPCMethods/>").as_bytes(), &mut phone);
    assert_eq!(session.poll(), Output::Ended(Err(Failure::Endless)));
}

proptest! {
    #[test]
    fn no_answer_makes_it_panic(status in prop_oneof![Just(200u16), Just(204), Just(500)], inner in "(<c:[A-Z][A-Za-z]{0,20}>)?[\\PC<>/&]{0,60}",
        raw in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut phone = Phone::default();
        let mut session = open(&mut phone);
        session.answered(status, from_acs(1, &inner).as_bytes(), &mut phone);
        let _ = session.poll();
        session.answered(status, &raw, &mut phone);
        let _ = session.poll();
    }
}
