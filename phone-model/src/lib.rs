//! The software 78xx. One decision: the phone is a black box, a *process* with an Ethernet interface, a web page, a serial
//! line and a power switch, and nothing of it can be reached in another way than a unit on a desk offers.
//!
//! Inside, everything that speaks a protocol is a sans-IO machine: inputs and `now` go in; sends, events and the next
//! deadline come out. [`boot`] is the thin shell that owns sockets, clock and randomness and drives them.
//!
//! | module | what |
//! |---|---|
//! | [`command`] | the command line of `offhook phone` |
//! | [`profile`] | which model, which release, and what no source tells about real units |
//! | [`defects`] | the known wrong behaviours that can be switched on |
//! | [`settings`] | parameters, their flash, XML profile |
//! | [`local_time`] | time zone, daylight saving, the offset of DHCP |
//! | [`state`] | what the phone shows and tells: lines, calls, history, reboots; commands from its keys |
//! | [`web`] | administration page, direct action URLs, `/CGI/Execute` |
//! | [`sip`] | message codec, transactions, digest |
//! | [`ua`] | registration, dialogs, calls, challenge, restricted domains |
//! | [`media`] | SDP, RTP, G.711 |
//! | [`net`] | link, DHCP, static addresses, IPv6, ARP, DNS, NTP, syslog, TFTP |
//! | [`cwmp`] | TR-069: sessions with an auto-configuration server |
//! | [`ldap`] | the directory's protocol: bind, search, DIGEST-MD5 |
//! | [`directory`] | the directory on the screen: menu, form, list, entry |
//! | [`control`] | the control WebSocket: requests, answers, events |
//! | [`boot`] | the shell: process, serial line, sockets, clock |

pub mod boot;
pub mod command;
pub mod control;
pub mod cwmp;

pub mod defects;
pub mod directory;
pub mod ldap;
pub mod local_time;
pub mod media;
pub mod net;
pub mod profile;
pub mod random;
pub mod settings;
pub mod sip;
pub mod state;
pub mod time;
pub mod ua;
pub mod web;
