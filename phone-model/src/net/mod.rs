//! The phone on its network: link, DHCP client, ARP, static addresses, resolver, time, syslog.
//!
//! [`dhcp`], [`fixed`], [`arp`], [`dns`], [`ntp`] and [`datagram`] are sans-IO; [`link`] and [`packet`] touch the kernel, driven by [`crate::boot`].

pub mod arp;
pub mod datagram;
pub mod dhcp;
pub mod dns;
pub mod fixed;
pub mod link;
pub mod ntp;
pub mod packet;
pub mod syslog;
