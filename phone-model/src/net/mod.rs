//! The phone on its network: link, DHCP client, ARP, resolver, syslog, TFTP.
//!
//! [`dhcp`], [`dhcp6`], [`arp`], [`ipv6`], [`dns`], [`tftp`] and [`datagram`] are sans-IO; [`link`] and [`packet`] touch the kernel, driven
//! by [`crate::boot`].

pub mod arp;
pub mod datagram;
pub mod dhcp;
pub mod dhcp6;
pub mod dns;
pub mod ipv6;
pub mod link;
pub mod packet;
pub mod syslog;
pub mod tftp;
