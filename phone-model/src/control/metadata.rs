//! `/api/GetMetadata`: an OpenAPI 3.0 list of the calls and events of this phone (SDK documentation: events stand under `Subscribe` of their
//! interface, which cannot be called).

use super::events::CALL_STATE;
use serde_json::{Map, Value, json};

/// A parameter and its JSON type.
type Parameter = (&'static str, &'static str);

/// Path, what it does, and its parameters.
const CALLS: &[(&str, &str, &[Parameter])] = &[
    ("/api/Config/v1/GetParams", "Values of parameters by their XML names", &[("params", "array")]),
    ("/api/Config/v1/SetParams", "Changes parameters", &[("params", "object")]),
    ("/api/Call/v1/Dial", "Places a call", &[("line", "integer"), ("number", "string")]),
    ("/api/Call/v1/Answer", "Answers a call", &[("line", "integer"), ("callId", "integer")]),
    ("/api/Call/v1/Hangup", "Ends a call", &[("line", "integer"), ("callId", "integer")]),
    ("/api/Ui/v1/GetDeviceScreenshot", "Uploads the screen", &[("uploadMethod", "string"), ("url", "string")]),
    ("/api/Ui/v1/SendKey", "Presses a key, or several", &[("key", "string"), ("keys", "array")]),
    ("/api/Ui/v1/GetSoftKeys", "The soft keys on the screen", &[]),
    ("/api/Serviceability/v1/GetStatusFile", "The status page as XML", &[]),
    ("/api/Serviceability/v1/RebootDevice", "Restarts the phone", &[]),
    ("/api/GetMetadata", "This list", &[]),
];

/// The list of a phone with this product name and release.
pub fn metadata(product: &str, release: &str) -> Value {
    let mut paths = Map::new();
    for (path, summary, parameters) in CALLS {
        let properties: Map<String, Value> =
            parameters.iter().map(|(name, kind)| ((*name).to_owned(), json!({ "type": kind }))).collect();
        let body =
            json!({ "content": { "application/json": { "schema": { "type": "object", "properties": properties } } } });
        paths.insert((*path).to_owned(), json!({ "post": { "summary": summary, "requestBody": body } }));
    }
    let event = json!({ CALL_STATE: { "post": { "summary": "A call changed" } } });
    paths.insert(
        "/api/Call/v1/Subscribe".into(),
        json!({ "post": { "summary": "Events", "callbacks": { "event": event } } }),
    );
    json!({ "openapi": "3.0.0", "info": { "title": product, "version": release }, "paths": paths })
}
