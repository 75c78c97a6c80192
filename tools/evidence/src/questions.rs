//! What a capture can be asked: the lists of facts, and their parts after a mark.

use crate::arp::ArpFact;
use crate::at::{self, Mark};
use crate::capture::{Capture, Frame};
use crate::dhcp::DhcpMessage;
use crate::dhcp::lease::{self, Lease};
use crate::dhcp6::Dhcp6Message;
use crate::dhcp6::lease::{self as lease6, Lease6};
use crate::dns::DnsMessage;
use crate::fault::Fault;
use crate::file::Interface;
use crate::http::{self, HttpExchange, HttpMessage};
use crate::icmp::IcmpFact;
use crate::ldap::{LdapFact, LdapMessage};
use crate::ntp::NtpMessage;
use crate::rtp::RtpStream;
use crate::sip::{SipFact, SipMessage};
use crate::syslog::SyslogLine;
use crate::tcp::{TcpConnection, TcpFact};
use crate::tftp::{TftpMessage, TftpTransfer};
use crate::tls::{TlsConnection, TlsEnd, TlsId, TlsMessage};
use crate::udp::UdpDatagram;

/// Questions. Lists are in order of completion and only grow (RTP streams, TFTP transfers and TLS connections also change; what waited
/// for a key of TLS is put in its place).
impl Capture {
    /// All frames.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The frame of this number.
    pub fn frame(&self, number: u32) -> Option<&Frame> {
        self.frames.get((number as usize).checked_sub(1)?)
    }

    /// Interfaces that the file names or that were set.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// Decryption secrets of the file, as they stand.
    pub fn secrets(&self) -> &[Vec<u8>] {
        &self.secrets.0
    }

    /// What is wrong with the capture or within it, in order of discovery.
    pub fn faults(&self) -> &[Fault] {
        self.faults.kept()
    }

    /// Now: facts that later frames complete are "since" it.
    pub fn mark(&self) -> Mark {
        Mark(self.frames.last().map_or(0, |frame| frame.number))
    }

    /// ARP packets.
    pub fn arp(&self) -> &[ArpFact] {
        &self.arp
    }

    /// ARP packets after the mark.
    pub fn arp_since(&self, mark: Mark) -> &[ArpFact] {
        at::since(&self.arp, mark)
    }

    /// ICMP and ICMPv6 messages.
    pub fn icmp(&self) -> &[IcmpFact] {
        &self.icmp
    }

    /// ICMP and ICMPv6 messages after the mark.
    pub fn icmp_since(&self, mark: Mark) -> &[IcmpFact] {
        at::since(&self.icmp, mark)
    }

    /// All UDP datagrams, whatever they carry.
    pub fn udp(&self) -> &[UdpDatagram] {
        &self.udp
    }

    /// UDP datagrams after the mark.
    pub fn udp_since(&self, mark: Mark) -> &[UdpDatagram] {
        at::since(&self.udp, mark)
    }

    /// What happened to TCP connections.
    pub fn tcp(&self) -> &[TcpFact] {
        &self.tcp
    }

    /// What happened to TCP connections after the mark.
    pub fn tcp_since(&self, mark: Mark) -> &[TcpFact] {
        at::since(&self.tcp, mark)
    }

    /// TCP connections in order of their first frame.
    pub fn connections(&self) -> &[TcpConnection] {
        &self.connections
    }

    /// SIP, well and badly formed.
    pub fn sip(&self) -> &[SipFact] {
        &self.sip
    }

    /// SIP after the mark.
    pub fn sip_since(&self, mark: Mark) -> &[SipFact] {
        at::since(&self.sip, mark)
    }

    /// SIP messages, those without a readable start line left out.
    pub fn sip_messages(&self) -> impl Iterator<Item = &SipMessage> {
        self.sip.iter().filter_map(SipFact::message)
    }

    /// SIP messages after the mark.
    pub fn sip_messages_since(&self, mark: Mark) -> impl Iterator<Item = &SipMessage> {
        self.sip_since(mark).iter().filter_map(SipFact::message)
    }

    /// DHCPv4 messages.
    pub fn dhcp(&self) -> &[DhcpMessage] {
        &self.dhcp
    }

    /// DHCPv4 messages after the mark.
    pub fn dhcp_since(&self, mark: Mark) -> &[DhcpMessage] {
        at::since(&self.dhcp, mark)
    }

    /// DHCPv6 messages.
    pub fn dhcp6(&self) -> &[Dhcp6Message] {
        &self.dhcp6
    }

    /// DHCPv6 messages after the mark.
    pub fn dhcp6_since(&self, mark: Mark) -> &[Dhcp6Message] {
        at::since(&self.dhcp6, mark)
    }

    /// DHCPv4 leases in order of their beginning, as they stand at the last frame.
    pub fn leases(&self) -> Vec<Lease> {
        lease::leases(&self.dhcp, self.now_ns())
    }

    /// DHCPv6 leases in order of their beginning, as they stand at the last frame.
    pub fn leases6(&self) -> Vec<Lease6> {
        lease6::leases(&self.dhcp6, self.now_ns())
    }

    /// Time of the last frame, nanoseconds.
    pub fn now_ns(&self) -> u64 {
        self.frames.last().map_or(0, |frame| frame.time_ns)
    }

    /// DNS messages.
    pub fn dns(&self) -> &[DnsMessage] {
        &self.dns
    }

    /// DNS messages after the mark.
    pub fn dns_since(&self, mark: Mark) -> &[DnsMessage] {
        at::since(&self.dns, mark)
    }

    /// HTTP/1 messages.
    pub fn http(&self) -> &[HttpMessage] {
        &self.http
    }

    /// HTTP/1 messages after the mark.
    pub fn http_since(&self, mark: Mark) -> &[HttpMessage] {
        at::since(&self.http, mark)
    }

    /// HTTP requests in order, each with its response if there is one.
    pub fn http_exchanges(&self) -> Vec<HttpExchange<'_>> {
        http::exchanges(&self.http)
    }

    /// HTTP requests after the mark, each with its response if there is one.
    pub fn http_exchanges_since(&self, mark: Mark) -> Vec<HttpExchange<'_>> {
        let mut exchanges = http::exchanges(&self.http);
        exchanges.retain(|exchange| exchange.request.completed > mark.0);
        exchanges
    }

    /// LDAP, well and badly formed, in clear and inside TLS.
    pub fn ldap(&self) -> &[LdapFact] {
        &self.ldap
    }

    /// LDAP after the mark.
    pub fn ldap_since(&self, mark: Mark) -> &[LdapFact] {
        at::since(&self.ldap, mark)
    }

    /// LDAP messages, what is none left out.
    pub fn ldap_messages(&self) -> impl Iterator<Item = &LdapMessage> {
        self.ldap.iter().filter_map(LdapFact::message)
    }

    /// LDAP messages after the mark.
    pub fn ldap_messages_since(&self, mark: Mark) -> impl Iterator<Item = &LdapMessage> {
        self.ldap_since(mark).iter().filter_map(LdapFact::message)
    }

    /// What answers an LDAP request, in order: entries, references, and the result last.
    pub fn ldap_answers<'c>(&'c self, request: &'c LdapMessage) -> impl Iterator<Item = &'c LdapMessage> {
        let mark = Mark(request.completed.saturating_sub(1));
        self.ldap_messages_since(mark).filter(|message| message.is_answer_to(request))
    }

    /// TLS connections in order of their first record.
    pub fn tls(&self) -> &[TlsConnection] {
        &self.tls
    }

    /// TLS connections with a record after the mark.
    pub fn tls_since(&self, mark: Mark) -> impl Iterator<Item = &TlsConnection> {
        self.tls.iter().filter(move |tls| tls.at.completed > mark.0)
    }

    /// The TLS connection of this number: what `secured` of a fact names.
    pub fn tls_connection(&self, TlsId(id): TlsId) -> Option<&TlsConnection> {
        self.tls.get(id)
    }

    /// Handshake messages and alerts of all TLS connections after the mark, connection by connection.
    pub fn tls_messages_since(&self, mark: Mark) -> impl Iterator<Item = (&TlsConnection, &TlsMessage)> {
        self.tls_since(mark)
            .flat_map(move |tls| at::since(tls.messages(), mark).iter().map(move |message| (tls, message)))
    }

    /// How a TLS connection ended.
    pub fn tls_end(&self, tls: &TlsConnection) -> TlsEnd {
        let over = self.connections.get(tls.connection).is_some_and(TcpConnection::is_over);
        TlsEnd::of(tls, over)
    }

    /// NTP messages.
    pub fn ntp(&self) -> &[NtpMessage] {
        &self.ntp
    }

    /// NTP messages after the mark.
    pub fn ntp_since(&self, mark: Mark) -> &[NtpMessage] {
        at::since(&self.ntp, mark)
    }

    /// TFTP messages.
    pub fn tftp(&self) -> &[TftpMessage] {
        &self.tftp
    }

    /// TFTP messages after the mark.
    pub fn tftp_since(&self, mark: Mark) -> &[TftpMessage] {
        at::since(&self.tftp, mark)
    }

    /// TFTP transfers in order of their first request.
    pub fn tftp_transfers(&self) -> &[TftpTransfer] {
        self.transfers.list()
    }

    /// TFTP transfers with a packet after the mark.
    pub fn tftp_transfers_since(&self, mark: Mark) -> impl Iterator<Item = &TftpTransfer> {
        self.transfers.list().iter().filter(move |transfer| transfer.at.completed > mark.0)
    }

    /// Syslog lines.
    pub fn syslog(&self) -> &[SyslogLine] {
        &self.syslog
    }

    /// Syslog lines after the mark.
    pub fn syslog_since(&self, mark: Mark) -> &[SyslogLine] {
        at::since(&self.syslog, mark)
    }

    /// RTP streams in order of their first packet.
    pub fn rtp(&self) -> &[RtpStream] {
        self.rtp.list()
    }

    /// RTP streams with a packet after the mark.
    pub fn rtp_since(&self, mark: Mark) -> impl Iterator<Item = &RtpStream> {
        self.rtp.list().iter().filter(move |stream| stream.at.completed > mark.0)
    }
}
