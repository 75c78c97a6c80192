//! Guests: servers that only some scenarios need. A phrase starts one and seats it under its name; from then on its fault makes the
//! scenario inconclusive, and the end of the scenario closes it, as with the servers that are always on.
//!
//! A kind of server becomes a guest by its name in the list of `guests!`.

use crate::outcome::Stop;
use futures::future::BoxFuture;
use servers::{ServerFault, acs, arp, control, dhcp, dhcp6, dns, http, ldap, ndp, ntp, ra, sip, tftp};
use std::any::Any;
use std::collections::BTreeMap;

/// A server that a scenario may start beside those that are always on.
pub trait Guest: Any + Send + Sync {
    /// Why it no longer serves, if so.
    fn fault(&self) -> Option<ServerFault>;

    /// Ends it and waits until its ports are free.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

macro_rules! guests {
    ($($server:ty),+ $(,)?) => {$(
        impl Guest for $server {
            fn fault(&self) -> Option<ServerFault> {
                <$server>::fault(self)
            }

            fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
                Box::pin(<$server>::close(*self))
            }
        }
    )+};
}

guests!(dhcp::Server, dns::Server, http::Server, sip::Server);
// For the connection type.
guests!(arp::Squatter, dhcp6::Server, ndp::Squatter, ra::Router);
guests!(ldap::Server);
// What DHCP options point to.
guests!(tftp::Server, ntp::Server, acs::Server);
guests!(control::Server);

/// The guests of a scenario, by the names that features give them, as in `the second provisioning server`.
#[derive(Default)]
pub struct Guests {
    seats: BTreeMap<&'static str, Box<dyn Guest>>,
}

impl Guests {
    /// Takes a server in that has been started.
    ///
    /// # Errors
    /// The feature is at fault when there is one of this name already. The new one is closed by being dropped.
    pub fn seat<G: Guest>(&mut self, name: &'static str, server: G) -> Result<(), Stop> {
        if self.seats.contains_key(name) {
            return Err(Stop::bench(format!("{name} has been started already; correct the feature file")));
        }
        self.seats.insert(name, Box::new(server));
        Ok(())
    }

    /// A guest, to steer it or to look what it saw.
    ///
    /// # Errors
    /// The feature is at fault when it was not started, the harness when it is a server of another kind.
    pub fn get<G: Guest>(&self, name: &str) -> Result<&G, Stop> {
        let guest = self
            .seats
            .get(name)
            .ok_or_else(|| Stop::bench(format!("{name} has not been started; correct the feature file")))?;
        let guest: &dyn Any = guest.as_ref();
        guest
            .downcast_ref()
            .ok_or_else(|| Stop::bench(format!("{name} is a server of another kind; this is a bug of offhook")))
    }

    /// Ends a guest before the scenario does, and waits until its ports are free.
    ///
    /// # Errors
    /// The feature is at fault when it was not started.
    pub async fn dismiss(&mut self, name: &str) -> Result<(), Stop> {
        let guest = self.seats.remove(name);
        guest
            .ok_or_else(|| Stop::bench(format!("{name} has not been started; correct the feature file")))?
            .close()
            .await;
        Ok(())
    }

    /// The first guest that died, if any did.
    pub fn fault(&self) -> Option<ServerFault> {
        self.seats.values().find_map(|guest| guest.fault())
    }

    /// Ends all guests and waits until their ports are free.
    pub async fn close(self) {
        for guest in self.seats.into_values() {
            guest.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use servers::Sockets;
    use std::net::SocketAddr;

    const NAME: &str = "the second provisioning server";

    async fn started(address: &str) -> http::Server {
        http::Server::start(&Sockets::Loopback, address.parse().unwrap()).await.unwrap()
    }

    /// On an address of its own: nobody else may take a port that is free for a moment.
    async fn with_one(host: &str) -> (Guests, SocketAddr) {
        let mut guests = Guests::default();
        guests.seat(NAME, started(&format!("{host}:0")).await).unwrap();
        let address = guests.get::<http::Server>(NAME).unwrap().local_address();
        (guests, address)
    }

    #[tokio::test]
    async fn a_guest_that_died_is_a_fault_that_names_it() {
        let (guests, _) = with_one("127.81.0.1").await;
        assert_eq!(guests.fault(), None);
        guests.get::<http::Server>(NAME).unwrap().crash();
        insta::assert_snapshot!(guests.fault().unwrap(), @"our HTTP server at 127.81.0.1:0 died: the scenario made it crash; start it again before the next scenario");
    }

    #[tokio::test]
    async fn the_port_of_a_guest_is_free_once_all_are_closed() {
        let (guests, address) = with_one("127.81.0.2").await;
        guests.close().await;
        assert_eq!(started(&address.to_string()).await.local_address(), address);
    }

    #[tokio::test]
    async fn a_guest_that_was_dismissed_can_be_started_again_at_once() {
        let (mut guests, address) = with_one("127.81.0.3").await;
        guests.dismiss(NAME).await.unwrap();
        guests.seat(NAME, started(&address.to_string()).await).unwrap();
        guests.close().await;
    }

    #[tokio::test]
    async fn what_was_not_started_or_twice_is_a_fault_of_the_feature() {
        let (mut guests, _) = with_one("127.81.0.4").await;
        let twice = guests.seat(NAME, started("127.0.0.1:0").await).unwrap_err();
        assert!(twice.to_string().contains("has been started already; correct the feature file"), "{twice}");
        let Err(absent) = guests.get::<http::Server>("the time server") else { panic!("it is there") };
        assert!(absent.to_string().contains("the time server has not been started"), "{absent}");
        let Err(other) = guests.get::<dns::Server>(NAME) else { panic!("it is a name server") };
        assert!(other.to_string().contains("of another kind; this is a bug of offhook"), "{other}");
    }
}
