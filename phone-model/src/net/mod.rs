//! The phone on its network: link, DHCP client, ARP, resolver, syslog, TFTP.
//!
//! [`dhcp`], [`arp`], [`dns`], [`tftp`] and [`datagram`] are sans-IO; [`link`] and [`packet`] touch the kernel, driven by [`crate::boot`].

pub mod arp;
pub mod datagram;
pub mod dhcp;
pub mod dns;
pub mod link;
pub mod packet;
pub mod syslog;
pub mod tftp;
