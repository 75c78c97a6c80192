//! IPv6 of the interface. The kernel gets addresses that the phone has already found to be unique, and does nothing by itself: no
//! autoconfiguration, no detection, no solicitation.

use super::Link;
use crate::time::Duration;
use futures::TryStreamExt;
use rtnetlink::RouteMessageBuilder;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::{AddressAttribute, AddressFlags, AddressMessage};
use rtnetlink::packet_route::route::{RouteMessage, RouteType};
use std::io;
use std::net::{IpAddr, Ipv6Addr};

/// How long the kernel may take to hear an address, at most.
const HEARD_AFTER: Duration = Duration::from_secs(1);
/// Between two looks whether it does.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A destination, and the router to it; none when it is on the link.
pub type Route6 = (Ipv6Addr, u8, Option<Ipv6Addr>);

impl Link {
    /// Takes all IPv6 addresses off, and with them the routes.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub async fn flush_v6(&self) -> io::Result<()> {
        let mut addresses = self.handle.address().get().set_link_index_filter(self.index).execute();
        while let Some(address) = addresses.try_next().await.map_err(io::Error::other)? {
            if address.header.family == AddressFamily::Inet6 {
                self.handle.address().del(address).execute().await.map_err(io::Error::other)?;
            }
        }
        Ok(())
    }

    /// Adds an address that is known to be unique. Only a link-local one brings a route: what else is on the link, routers tell.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub async fn add_v6(&self, address: Ipv6Addr) -> io::Result<()> {
        let local = address.is_unicast_link_local();
        let mut request = self.handle.address().add(self.index, address.into(), if local { 64 } else { 128 }).replace();
        let flags = AddressFlags::Nodad | if local { AddressFlags::empty() } else { AddressFlags::Noprefixroute };
        request.message_mut().attributes.push(AddressAttribute::Flags(flags));
        request.execute().await.map_err(io::Error::other)?;
        // The kernel sends from it at once, and hears what is sent to it only when a work queue had its turn: an answer that comes sooner,
        // to the phone's first question about a neighbour, would be dropped.
        let _ = tokio::time::timeout(HEARD_AFTER, self.hears_v6(address)).await;
        Ok(())
    }

    /// Waits until the kernel takes what is sent to an address. It is asked again and again, for its own news of the address comes before.
    async fn hears_v6(&self, address: Ipv6Addr) {
        let route = RouteMessageBuilder::<Ipv6Addr>::new().destination_prefix(address, 128).build();
        loop {
            let mut found = self.handle.route().get(route.clone()).execute();
            match found.try_next().await {
                Ok(Some(route)) if route.header.kind == RouteType::Local => return,
                Ok(_) | Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// Takes an address off.
    ///
    /// # Errors
    /// When the kernel refuses. An address that is not there is no error.
    pub async fn remove_v6(&self, address: Ipv6Addr) -> io::Result<()> {
        let mut message = AddressMessage::default();
        message.header.family = AddressFamily::Inet6;
        message.header.prefix_len = if address.is_unicast_link_local() { 64 } else { 128 };
        message.header.index = self.index;
        message.attributes.push(AddressAttribute::Address(IpAddr::V6(address)));
        // It may be gone with the interface's cable.
        let _ = self.handle.address().del(message).execute().await;
        Ok(())
    }

    /// Adds a route. One that leads nowhere is left out; the answer tells.
    pub async fn add_route_v6(&self, route: Route6) -> bool {
        self.handle.route().add(self.route_v6(route)).replace().execute().await.is_ok()
    }

    /// Takes a route off, if it is there.
    pub async fn remove_route_v6(&self, route: Route6) {
        let _ = self.handle.route().del(self.route_v6(route)).execute().await;
    }

    fn route_v6(&self, (destination, length, router): Route6) -> RouteMessage {
        let route =
            RouteMessageBuilder::<Ipv6Addr>::new().destination_prefix(destination, length).output_interface(self.index);
        match router {
            Some(router) => route.gateway(router).build(),
            None => route.build(),
        }
    }
}

/// Tells the kernel what it may do with IPv6 on an interface: nothing, or, with `speaks`, what it is told. Gives what could not be written: in a
/// container `/proc/sys` may be read-only, and netlink has no such settings.
pub fn restrain(interface: &str, speaks: bool) -> Vec<&'static str> {
    let settings = [
        ("accept_ra", "0"),
        ("autoconf", "0"),
        ("router_solicitations", "0"),
        ("dad_transmits", "0"),
        ("disable_ipv6", if speaks { "0" } else { "1" }),
    ];
    let refused = settings.into_iter().filter(|(name, value)| {
        let path = format!("/proc/sys/net/ipv6/conf/{interface}/{name}");
        let now = std::fs::read_to_string(&path);
        // A kernel without IPv6 has none of these, and needs them least.
        now.is_ok_and(|now| now.trim() != *value && std::fs::write(&path, value).is_err())
    });
    refused.map(|(name, _)| name).collect()
}
