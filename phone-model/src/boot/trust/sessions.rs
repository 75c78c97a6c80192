//! A defect of resumption: sessions are kept without the name that they were made with, and offered to whoever comes next. rustls keeps them
//! apart by itself (RFC 8446 §4.6.1), so a phone without the defect does not use this.

use rustls::NamedGroup;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::pki_types::{IpAddr, Ipv4Addr, ServerName};
use std::sync::Arc;

/// More than a phone talks to.
const KEPT: usize = 64;

/// Sessions under one name for all servers.
#[derive(Debug)]
struct OfAnybody(ClientSessionMemoryCache);

/// Resumption that does not look at names.
pub(super) fn of_anybody() -> Resumption {
    Resumption::store(Arc::new(OfAnybody(ClientSessionMemoryCache::new(KEPT))))
}

fn anybody() -> ServerName<'static> {
    ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([0; 4])))
}

impl ClientSessionStore for OfAnybody {
    fn set_kx_hint(&self, _: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(anybody(), group);
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        self.0.kx_hint(&anybody())
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(anybody(), value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(&anybody())
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        self.0.remove_tls12_session(&anybody());
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(anybody(), value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(&anybody())
    }
}
