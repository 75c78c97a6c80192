//! Dialogs (RFC 3261 §12): identity, route set, remote target and sequence numbers of one call.

use crate::sip::message::{Message, Method, NameAddr, Uri};

/// Most entries of a route set that are taken; a longer one is no route.
const MAX_ROUTES: usize = 32;

/// A dialog, early or confirmed.
#[derive(Debug, Clone)]
pub(super) struct Dialog {
    call_id: String,
    local: NameAddr,
    remote: NameAddr,
    target: Uri,
    routes: Vec<NameAddr>,
    local_sequence: u32,
    remote_sequence: Option<u32>,
}

impl Dialog {
    /// The dialog that an INVITE from the other end makes with a response of ours (RFC 3261 §12.1.1). None when the INVITE has no
    /// usable Contact or its route set is too long.
    pub(super) fn of_server(invite: &Message, local_tag: &str, first_sequence: u32) -> Option<Self> {
        Some(Dialog {
            call_id: invite.call_id()?.to_owned(),
            local: invite.to()?.with_tag(local_tag),
            remote: invite.from()?,
            target: invite.contact()?.uri,
            routes: route_set(invite)?,
            local_sequence: first_sequence,
            remote_sequence: Some(invite.cseq()?.number),
        })
    }

    /// The dialog that a response of the other end makes with our INVITE (RFC 3261 §12.1.2).
    pub(super) fn of_client(invite: &Message, response: &Message) -> Option<Self> {
        let mut routes = route_set(response)?;
        routes.reverse();
        let contact = response.contact().map(|contact| contact.uri);
        Some(Dialog {
            call_id: invite.call_id()?.to_owned(),
            local: invite.from()?,
            remote: response.to()?,
            // A 2xx without Contact breaks §12.1.1; the Request-URI is where it came from.
            target: contact.or_else(|| invite.uri().cloned())?,
            routes,
            local_sequence: invite.cseq()?.number,
            remote_sequence: None,
        })
    }

    /// Whether a message from the other end belongs to this dialog (RFC 3261 §12.2.2). In a request our tag is To's, in a
    /// response From's.
    pub(super) fn holds(&self, message: &Message) -> bool {
        let (ours, theirs) = if message.code().is_some() {
            (message.from_tag(), message.to_tag())
        } else {
            (message.to_tag(), message.from_tag())
        };
        message.call_id() == Some(&self.call_id)
            && ours.as_deref() == self.local.tag()
            && theirs.as_deref() == self.remote.tag()
    }

    /// The tag of this end.
    pub(super) fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }

    /// The other end, as it named itself.
    pub(super) fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Takes the sequence number of a request in; false when it is out of order (RFC 3261 §12.2.2: answered 500).
    pub(super) fn advance(&mut self, request: &Message) -> bool {
        let Some(cseq) = request.cseq() else { return false };
        let in_order = self.remote_sequence.is_none_or(|last| cseq.number > last);
        if in_order {
            self.remote_sequence = Some(cseq.number);
        }
        in_order
    }

    /// A target refresh (RFC 3261 §12.2.1.2, §12.2.2): the Contact of a re-INVITE or UPDATE, or of the 2xx to ours.
    pub(super) fn refresh_target(&mut self, message: &Message) {
        if let Some(contact) = message.contact() {
            self.target = contact.uri;
        }
    }

    /// The next request in this dialog (RFC 3261 §12.2.1.1), without Via, Max-Forwards and Contact.
    pub(super) fn request(&mut self, method: Method) -> Message {
        self.local_sequence = self.local_sequence.saturating_add(1);
        self.compose(method, self.local_sequence)
    }

    /// The ACK of a 2xx: the number of its INVITE (RFC 3261 §13.2.2.4).
    pub(super) fn acknowledgement(&self, invite_sequence: u32) -> Message {
        self.compose(Method::Ack, invite_sequence)
    }

    /// A request was sent again with credentials, under this number.
    pub(super) fn used_sequence(&mut self, number: u32) {
        self.local_sequence = self.local_sequence.max(number);
    }

    fn compose(&self, method: Method, sequence: u32) -> Message {
        let strict = self.routes.first().filter(|first| !is_loose(first));
        // §12.2.1.1: a strict router is the Request-URI itself, and the remote target goes to the end of the route.
        let (uri, route): (Uri, Vec<String>) = match strict {
            None => (self.target.clone(), self.routes.iter().map(ToString::to_string).collect()),
            Some(first) => {
                let rest = self.routes.iter().skip(1).map(ToString::to_string);
                (first.uri.clone(), rest.chain([format!("<{}>", self.target)]).collect())
            }
        };
        let cseq = format!("{sequence} {method}");
        let mut request = Message::request(method, uri)
            .with("From", self.local.to_string())
            .with("To", self.remote.to_string())
            .with("Call-ID", self.call_id.clone())
            .with("CSeq", cseq);
        for entry in route {
            request.push("Route", entry);
        }
        request
    }

    /// Where the next request goes first: the topmost route, or the remote target.
    pub(super) fn next_hop(&self) -> &Uri {
        self.routes.first().map_or(&self.target, |first| &first.uri)
    }
}

fn is_loose(route: &NameAddr) -> bool {
    route.uri.as_sip().is_some_and(|uri| uri.params.has("lr"))
}

fn route_set(message: &Message) -> Option<Vec<NameAddr>> {
    let routes = message.addresses("Record-Route");
    (routes.len() <= MAX_ROUTES).then_some(routes)
}
