//! The Ethernet interface, by rtnetlink: up, carrier, Ethernet address, IPv4 addresses and routes; IPv6 is in [`six`].

pub mod six;

use super::datagram::Mac;
use super::dhcp::Lease;
use futures::channel::mpsc::UnboundedReceiver;
use futures::{StreamExt, TryStreamExt};
use rtnetlink::packet_core::{NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::RouteNetlinkMessage;
use rtnetlink::packet_route::link::{AfSpecInet6, AfSpecUnspec, In6AddrGenMode, LinkAttribute, LinkFlags, LinkMessage};
use rtnetlink::packet_route::route::RouteMessage;
use rtnetlink::sys::SocketAddr;
use rtnetlink::{Handle, LinkUnspec, MulticastGroup, RouteMessageBuilder};
use std::io;
use std::net::Ipv4Addr;

/// The interface.
#[derive(Debug, Clone)]
pub struct Link {
    handle: Handle,
    index: u32,
    mac: Mac,
}

/// Network, prefix, router; router 0.0.0.0 when the network is on the link.
pub type Route = (Ipv4Addr, u8, Ipv4Addr);

/// News of the cable.
#[derive(Debug)]
pub struct Carrier {
    index: u32,
    up: bool,
    messages: UnboundedReceiver<(NetlinkMessage<RouteNetlinkMessage>, SocketAddr)>,
}

impl Link {
    /// Takes the interface `name`, gives it the Ethernet address `mac` if one is wanted, clears its addresses and brings it up. The kernel
    /// must not speak IPv6 on it by itself: a phone whose IP mode is IPv4 sends no router solicitation.
    ///
    /// # Errors
    /// When there is no such interface, or the process may not change it.
    pub async fn open(name: &str, mac: Option<Mac>) -> io::Result<(Link, Carrier)> {
        let (connection, handle, messages) = rtnetlink::new_multicast_connection(&[MulticastGroup::Link])?;
        tokio::spawn(connection);
        let found = handle.link().get().match_name(name).execute().try_next().await;
        let message =
            found.map_err(|error| named(name, &error))?.ok_or_else(|| named(name, &"there is no such interface"))?;
        let index = message.header.index;
        let own = address(&message).ok_or_else(|| named(name, &"it is no Ethernet interface"))?;
        let change =
            |message| async { handle.link().set(message).execute().await.map_err(|error| named(name, &error)) };
        if let Some(mac) = mac.filter(|mac| *mac != own) {
            // Many drivers refuse a new address while the interface is up.
            change(LinkUnspec::new_with_index(index).down().build()).await?;
            change(LinkUnspec::new_with_index(index).address(mac.to_vec()).build()).await?;
        }
        let quiet = vec![AfSpecUnspec::Inet6(vec![AfSpecInet6::AddrGenMode(In6AddrGenMode::None)])];
        // A kernel without IPv6 refuses this, and needs it least.
        let _ = change(
            LinkUnspec::new_with_index(index).append_extra_attribute(LinkAttribute::AfSpecUnspec(quiet)).build(),
        )
        .await;
        let link = Link { handle: handle.clone(), index, mac: mac.unwrap_or(own) };
        link.flush().await?;
        change(LinkUnspec::new_with_index(index).up().build()).await?;
        // Asked after bringing it up: news that came before this would be lost otherwise.
        let now =
            handle.link().get().match_index(index).execute().try_next().await.map_err(|error| named(name, &error))?;
        let up = now.as_ref().is_some_and(has_carrier);
        Ok((link, Carrier { index, up, messages }))
    }

    /// Its number in the kernel.
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// Its Ethernet address.
    pub const fn mac(&self) -> Mac {
        self.mac
    }

    /// Takes all IPv4 addresses off, and with them the routes.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub async fn flush(&self) -> io::Result<()> {
        let mut addresses = self.handle.address().get().set_link_index_filter(self.index).execute();
        while let Some(address) = addresses.try_next().await.map_err(io::Error::other)? {
            if address.header.family == rtnetlink::packet_route::AddressFamily::Inet {
                self.handle.address().del(address).execute().await.map_err(io::Error::other)?;
            }
        }
        Ok(())
    }

    /// Sets what a lease grants, address, default route and classless routes, in place of what `before` granted. Gives the routes that
    /// lead nowhere and are left out.
    ///
    /// # Errors
    /// When the kernel refuses the address.
    pub async fn configure(&self, lease: &Lease, before: Option<&Lease>) -> io::Result<Vec<Route>> {
        let (mut old, new) = (before.map(Lease::all_routes).unwrap_or_default(), lease.all_routes());
        if before.is_some_and(|before| (before.address, before.prefix) != (lease.address, lease.prefix)) {
            // The routes go with the address.
            self.flush().await?;
            old.clear();
        }
        let address = self.handle.address().add(self.index, lease.address.into(), lease.prefix);
        address.replace().execute().await.map_err(io::Error::other)?;
        for route in old.iter().filter(|route| !new.contains(route)) {
            // One that the kernel dropped by itself is as good as deleted.
            let _ = self.handle.route().del(self.route(lease, *route)).execute().await;
        }
        let mut refused = Vec::new();
        for route in new {
            if self.handle.route().add(self.route(lease, route)).replace().execute().await.is_err() {
                refused.push(route);
            }
        }
        Ok(refused)
    }

    fn route(&self, lease: &Lease, (network, prefix, router): Route) -> RouteMessage {
        let route = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(network, prefix)
            .output_interface(self.index)
            .pref_source(lease.address);
        // RFC 3442: router 0.0.0.0 means that the network is on the link.
        if router.is_unspecified() { route.build() } else { route.gateway(router).build() }
    }
}

impl Carrier {
    /// Whether the cable was in when the interface was opened or at the last [`Carrier::changed`].
    pub const fn up(&self) -> bool {
        self.up
    }

    /// Waits until the cable is put in (true) or pulled (false).
    ///
    /// # Errors
    /// When the interface is gone.
    pub async fn changed(&mut self) -> io::Result<bool> {
        while let Some((message, _)) = self.messages.next().await {
            let up = match message.payload {
                NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewLink(link)) if link.header.index == self.index => {
                    has_carrier(&link)
                }
                NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelLink(link)) if link.header.index == self.index => {
                    break;
                }
                _ => continue,
            };
            if up != self.up {
                self.up = up;
                return Ok(up);
            }
        }
        Err(io::Error::new(io::ErrorKind::NotConnected, "the interface is gone"))
    }
}

fn has_carrier(link: &LinkMessage) -> bool {
    link.header.flags.contains(LinkFlags::LowerUp | LinkFlags::Up)
}

fn address(link: &LinkMessage) -> Option<Mac> {
    link.attributes.iter().find_map(|attribute| match attribute {
        LinkAttribute::Address(bytes) => Mac::try_from(bytes.as_slice()).ok(),
        _ => None,
    })
}

fn named(name: &str, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("interface {name}: {error}"))
}
