//! The phone on its network: link, DHCP client, ARP, static addresses, IPv6, resolver, time, syslog, TFTP.
//!
//! [`dhcp`], [`dhcp6`], [`fixed`], [`arp`], [`ipv6`], [`dns`], [`ntp`], [`tftp`] and [`datagram`] are sans-IO; [`link`] and [`packet`] touch the
//! kernel, driven by [`crate::boot`].

pub mod arp;
pub mod datagram;
pub mod dhcp;
pub mod dhcp6;
pub mod dns;
pub mod fixed;
pub mod ipv6;
pub mod link;
pub mod ntp;
pub mod packet;
pub mod syslog;
pub mod tftp;
