//! Datagrams of the protocols that are known by their ports: read, judged, kept.

use crate::at::At;
use crate::capture::Capture;
use crate::fault::FaultKind;
use crate::limits;
use crate::tftp::{Place, TftpMessage, TftpOp};
use crate::{dhcp, dhcp6, ntp, tftp};

impl Capture {
    pub(crate) fn push_dhcp(&mut self, at: &At, payload: &[u8]) {
        match dhcp::read(payload, at.clone()) {
            Ok(message) => {
                message.faults.iter().for_each(|fault| self.wrong(at, "dhcp", fault));
                self.dhcp.push(message);
            }
            Err(reason) => self.wrong(at, "dhcp", reason),
        }
    }

    pub(crate) fn push_dhcp6(&mut self, at: &At, payload: &[u8]) {
        match dhcp6::read(payload, at.clone()) {
            Ok(message) => {
                message.faults.iter().for_each(|fault| self.wrong(at, "dhcp6", fault));
                self.dhcp6.push(message);
            }
            Err(reason) => self.wrong(at, "dhcp6", reason),
        }
    }

    pub(crate) fn push_ntp(&mut self, at: &At, payload: &[u8]) {
        match ntp::read(payload, at.clone()) {
            Ok(message) => self.ntp.extend(message),
            Err(reason) => self.wrong(at, "ntp", reason),
        }
    }

    /// `len` are the datagram's octets on the wire.
    pub(crate) fn push_tftp(&mut self, at: &At, payload: &[u8], len: usize) {
        let op = match tftp::read(payload, len) {
            Ok(op) => op,
            Err(reason) => return self.wrong(at, "tftp", reason),
        };
        let full = self.transfers.list().len() >= limits::TFTP_TRANSFERS;
        let left_out = self.transfers.left_out();
        let place = self.transfers.take(at, &op, payload.get(4..).unwrap_or_default());
        if self.transfers.left_out() > left_out {
            self.faults.note(FaultKind::Limit, at.completed, "tftp", "more octets of a file than are kept");
        }
        let transfer = match place {
            Place::Transfer(position) => Some(position),
            Place::Stray => None,
            Place::Unknown => {
                if full && matches!(op, TftpOp::Read { .. } | TftpOp::Write { .. }) {
                    self.faults.note(FaultKind::Limit, at.completed, "tftp", "more transfers than are followed");
                }
                None
            }
        };
        self.tftp.push(TftpMessage { at: at.clone(), op, transfer });
    }
}
