//! SOAP envelopes of CWMP (TR-069 §3.5, Annex A): what an ACS sends, read without trust, and what the phone sends.

use super::tree::{self, Malformed, Node};
use quick_xml::escape::escape;
use std::fmt::Write as _;

/// The minor version of CWMP 1.x: 0, 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub u8);

impl Version {
    fn namespace(self) -> String {
        format!("{NAMESPACE}{}", self.0)
    }
}

const NAMESPACE: &str = "urn:dslforum-org:cwmp-1-";

/// What the ACS says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `ID`, to be sent back.
    pub id: Option<String>,
    /// The version that the ACS speaks, when it is one of ours.
    pub version: Option<Version>,
    /// The call, response or fault.
    pub body: Body,
}

/// The body of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The Inform has arrived.
    InformResponse,
    /// Which methods are there?
    GetRpcMethods,
    /// Which parameters are below this path?
    GetParameterNames {
        /// A whole name, or a beginning that ends with a dot.
        path: String,
        /// Only the next level.
        next_level: bool,
    },
    /// What values have these?
    GetParameterValues(Vec<String>),
    /// Let these have these values.
    SetParameterValues {
        /// Names and values.
        values: Vec<(String, String)>,
        /// `ParameterKey` from now on.
        key: String,
    },
    /// Restart.
    Reboot {
        /// To be told in the next Inform.
        command_key: String,
    },
    /// Something went wrong at the ACS; its code, when there is one.
    Fault(Option<u16>),
    /// Another method; its name.
    Other(String),
}

/// Reads an envelope.
pub fn read(bytes: &[u8]) -> Result<Envelope, Malformed> {
    let root = tree::read(bytes)?;
    if root.name != "Envelope" {
        return Err(Malformed);
    }
    let content = root.child("Body").and_then(|body| body.children.first()).ok_or(Malformed)?;
    let id = root.child("Header").and_then(|header| header.child_text("ID")).map(str::to_owned);
    Ok(Envelope { id, version: version(&root, content), body: body(content)? })
}

/// The namespace may be declared at the envelope or further in.
fn version(root: &Node, content: &Node) -> Option<Version> {
    let declared = root.namespaces.iter().chain(&content.namespaces);
    let minor = declared.filter_map(|namespace| namespace.strip_prefix(NAMESPACE)?.parse::<u8>().ok());
    minor.filter(|minor| *minor <= 2).map(Version).next()
}

fn body(content: &Node) -> Result<Body, Malformed> {
    let text = |name: &str| content.child_text(name).unwrap_or_default().to_owned();
    Ok(match content.name.as_str() {
        "InformResponse" => Body::InformResponse,
        "GetRPCMethods" => Body::GetRpcMethods,
        "GetParameterNames" => Body::GetParameterNames {
            path: text("ParameterPath"),
            next_level: matches!(text("NextLevel").as_str(), "1" | "true"),
        },
        "GetParameterValues" => {
            let names = content.child("ParameterNames").ok_or(Malformed)?;
            Body::GetParameterValues(names.children.iter().map(|name| name.text.trim().to_owned()).collect())
        }
        "SetParameterValues" => {
            let list = content.child("ParameterList").ok_or(Malformed)?;
            let value =
                |item: &Node| Some((item.child_text("Name")?.to_owned(), item.child("Value").map(|v| v.text.clone())?));
            let values: Option<Vec<_>> = list.children.iter().map(value).collect();
            Body::SetParameterValues { values: values.ok_or(Malformed)?, key: text("ParameterKey") }
        }
        "Reboot" => Body::Reboot { command_key: text("CommandKey") },
        "Fault" => {
            let code = content.child("detail").and_then(|detail| detail.child("Fault"));
            Body::Fault(code.and_then(|fault| fault.child_text("FaultCode")?.parse().ok()))
        }
        other => Body::Other(other.to_owned()),
    })
}

/// A value as CWMP types it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The parameter's full name.
    pub name: String,
    /// `string`, `boolean`, `unsignedInt`, `dateTime`.
    pub kind: &'static str,
    /// As text.
    pub value: String,
}

/// Why a call is refused: a code of TR-069 §A.5.1 and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// 9000 and so on.
    pub code: u16,
    /// For people.
    pub text: &'static str,
    /// Single parameters of a SetParameterValues, and what is wrong with each.
    pub parameters: Vec<(String, Box<Refusal>)>,
}

impl Refusal {
    /// Without single parameters.
    pub const fn of(code: u16, text: &'static str) -> Self {
        Refusal { code, text, parameters: Vec::new() }
    }
}

/// What the Inform tells of the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceId {
    /// Manufacturer.
    pub manufacturer: String,
    /// Six hexadecimal digits.
    pub oui: String,
    /// Product class.
    pub product_class: String,
    /// Serial number.
    pub serial_number: String,
}

/// An Inform (TR-069 §A.3.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inform {
    /// Which device.
    pub device: DeviceId,
    /// Event codes and command keys.
    pub events: Vec<(&'static str, String)>,
    /// Local time.
    pub current_time: String,
    /// Sessions that failed before this one.
    pub retry_count: u32,
    /// Parameters.
    pub parameters: Vec<Typed>,
}

impl Inform {
    /// Its element.
    pub fn xml(&self) -> String {
        let mut xml = String::from("<cwmp:Inform><DeviceId>");
        for (name, value) in [
            ("Manufacturer", &self.device.manufacturer),
            ("OUI", &self.device.oui),
            ("ProductClass", &self.device.product_class),
            ("SerialNumber", &self.device.serial_number),
        ] {
            let _ = write!(xml, "<{name}>{}</{name}>", escape(value.as_str()));
        }
        let _ = write!(xml, "</DeviceId><Event soap-enc:arrayType=\"cwmp:EventStruct[{}]\">", self.events.len());
        for (code, key) in &self.events {
            let key = escape(key.as_str());
            let _ =
                write!(xml, "<EventStruct><EventCode>{code}</EventCode><CommandKey>{key}</CommandKey></EventStruct>");
        }
        let _ = write!(
            xml,
            "</Event><MaxEnvelopes>1</MaxEnvelopes><CurrentTime>{}</CurrentTime><RetryCount>{}</RetryCount>{}</cwmp:Inform>",
            self.current_time,
            self.retry_count,
            values(&self.parameters)
        );
        xml
    }
}

fn values(parameters: &[Typed]) -> String {
    let count = parameters.len();
    let mut xml = format!("<ParameterList soap-enc:arrayType=\"cwmp:ParameterValueStruct[{count}]\">");
    for Typed { name, kind, value } in parameters {
        let (name, value) = (escape(name.as_str()), escape(value.as_str()));
        let _ = write!(
            xml,
            "<ParameterValueStruct><Name>{name}</Name><Value xsi:type=\"xsd:{kind}\">{value}</Value></ParameterValueStruct>"
        );
    }
    xml + "</ParameterList>"
}

/// GetParameterValuesResponse.
pub fn parameter_values(parameters: &[Typed]) -> String {
    format!("<cwmp:GetParameterValuesResponse>{}</cwmp:GetParameterValuesResponse>", values(parameters))
}

/// GetParameterNamesResponse: names, and whether each can be written.
pub fn parameter_names(names: &[(String, bool)]) -> String {
    let mut xml = format!(
        "<cwmp:GetParameterNamesResponse><ParameterList soap-enc:arrayType=\"cwmp:ParameterInfoStruct[{}]\">",
        names.len()
    );
    for (name, writable) in names {
        let writable = u8::from(*writable);
        let _ = write!(
            xml,
            "<ParameterInfoStruct><Name>{}</Name><Writable>{writable}</Writable></ParameterInfoStruct>",
            escape(name.as_str())
        );
    }
    xml + "</ParameterList></cwmp:GetParameterNamesResponse>"
}

/// GetRPCMethodsResponse.
pub fn methods(methods: &[&str]) -> String {
    let mut xml =
        format!("<cwmp:GetRPCMethodsResponse><MethodList soap-enc:arrayType=\"xsd:string[{}]\">", methods.len());
    for method in methods {
        let _ = write!(xml, "<string>{method}</string>");
    }
    xml + "</MethodList></cwmp:GetRPCMethodsResponse>"
}

/// A fault (TR-069 §3.5).
pub fn fault(refusal: &Refusal) -> String {
    // Faults about the method or the arguments are the sender's (§A.5).
    let side = if matches!(refusal.code, 9001 | 9002 | 9004) { "Server" } else { "Client" };
    let mut xml = format!(
        "<soap:Fault><faultcode>{side}</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault><FaultCode>{}</FaultCode><FaultString>{}</FaultString>",
        refusal.code, refusal.text
    );
    for (name, wrong) in &refusal.parameters {
        let _ = write!(
            xml,
            "<SetParameterValuesFault><ParameterName>{}</ParameterName><FaultCode>{}</FaultCode><FaultString>{}</FaultString></SetParameterValuesFault>",
            escape(name.as_str()),
            wrong.code,
            wrong.text
        );
    }
    xml + "</cwmp:Fault></detail></soap:Fault>"
}

/// The envelope around it.
pub fn write(version: Version, id: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:soap-enc=\"http://schemas.xmlsoap.org/soap/encoding/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:cwmp=\"{}\"><soap:Header><cwmp:ID soap:mustUnderstand=\"1\">{}</cwmp:ID></soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>\n",
        version.namespace(),
        escape(id)
    )
}
