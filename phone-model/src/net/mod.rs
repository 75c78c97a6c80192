//! The phone on its network: link, DHCP client, ARP, resolver, syslog.
