//! From TCP streams to TLS, and from TLS to the protocols inside it.

use crate::at::{At, Packets};
use crate::capture::Capture;
use crate::dispatch;
use crate::fault::FaultKind;
use crate::stream::{Cut, Ends, Line};
use crate::tls::{TlsBody, TlsConnection, TlsId, TlsSide};

const SIDES: [TlsSide; 2] = [TlsSide::Client, TlsSide::Server];

impl Capture {
    /// Take in lines of a key log (as `SSLKEYLOGFILE` has them), at any time: what waited for them is read at once, and its facts stand
    /// where they would stand had the keys been there before. Gives how many secrets were new.
    pub fn add_keys(&mut self, text: &str) -> usize {
        let (added, left_out) = (self.keys.add(text), self.keys.left_out());
        let (completed, time_ns) = self.frames.last().map_or((0, 0), |frame| (frame.number, frame.time_ns));
        if left_out && !self.faults.kept().iter().any(|fault| fault.protocol == "key log") {
            self.faults.note(FaultKind::Limit, completed, "key log", "more secrets than are kept");
        }
        let waiting: Vec<usize> = match added {
            0 => Vec::new(),
            _ => self.tls.iter().filter(|tls| !tls.decryption().is_readable()).map(|tls| tls.connection).collect(),
        };
        for position in waiting {
            let Some(connection) = self.connections.get(position) else { continue };
            let at = dispatch::after(connection, completed, time_ns);
            let over = connection.is_over();
            if let Some(tls) = connection.tls.and_then(|TlsId(id)| self.tls.get_mut(id)) {
                tls.session.retry();
            }
            self.read_tls(position, &at, over);
        }
        added
    }

    /// Read the records of a connection, if it has any, and what they carry, as far as it can be opened. Gives whether a direction has
    /// just left TLS, so that there is something in clear to read.
    pub(crate) fn read_tls(&mut self, position: usize, at: &At, ended: bool) -> bool {
        let Some(connection) = self.connections.get_mut(position) else {
            return false;
        };
        let begins = connection.client_reader.tls_from().or(connection.server_reader.tls_from()).is_some();
        // A connection that both ends have left TLS on has records still, and keys may come for them.
        if !begins && connection.tls.is_none() {
            return false;
        }
        connection.client_reader.follow_tls();
        connection.server_reader.follow_tls();
        let from = [connection.client_reader.tls_from(), connection.server_reader.tls_from()];
        let id = *connection.tls.get_or_insert(TlsId(self.tls.len()));
        if id.0 == self.tls.len() {
            let macs = (at.src_mac, at.dst_mac);
            let (src_mac, dst_mac) = if at.src == connection.client { macs } else { (macs.1, macs.0) };
            let (src, dst) = (connection.client, connection.server);
            let at = At { packets: Packets::default(), src, dst, src_mac, dst_mac, ..at.clone() };
            let upgraded = from.iter().flatten().any(|from| *from > 0);
            self.tls.push(TlsConnection::new(at, id, position, upgraded, !connection.has_beginning()));
        }
        let Some(tls) = self.tls.get_mut(id.0) else {
            return false;
        };
        let directions = [&connection.from_client, &connection.from_server];
        let mut told = Vec::new();
        let mut progress = tls.session.progress();
        loop {
            for ((side, direction), from) in SIDES.into_iter().zip(directions).zip(from) {
                if let Some(from) = from {
                    tls.session.begin(side, from);
                }
                told.extend(tls.session.cut(side, direction, at));
            }
            told.extend(tls.session.advance(&connection.from_client, &connection.from_server, &self.keys));
            if tls.session.progress() == progress {
                break;
            }
            progress = tls.session.progress();
            // Keys that come late change nothing about when the last record was there.
            if !at.packets.as_slice().is_empty() {
                (tls.at.completed, tls.at.time_ns) = (at.completed, at.time_ns);
            }
        }
        let mut left = false;
        for (side, reader) in SIDES.into_iter().zip([&mut connection.client_reader, &mut connection.server_reader]) {
            if let Some(from) = tls.session.left_at(side).filter(|_| reader.tls_from().is_some()) {
                reader.leave_tls(from);
                left = true;
            }
        }
        let asked = self.asked.entry(position).or_default();
        let mut found: Vec<(At, Cut, Vec<u8>)> = Vec::new();
        for (side, direction) in SIDES.into_iter().zip(directions) {
            let over = tls.session.is_over(side, ended || direction.finished());
            let to = if side == TlsSide::Client { (tls.at.src, tls.at.dst) } else { (tls.at.dst, tls.at.src) };
            let ends = Ends { src_port: to.0.port(), dst_port: to.1.port(), over, secured: true };
            let (plain, reader) = tls.session.plain(side);
            let cuts = reader.read(Line { bytes: plain.bytes(), gaps: &[] }, ends, asked);
            let cuts = cuts.into_iter().map(|cut| {
                let raw = plain.bytes().get(cut.from..cut.to).unwrap_or_default().to_vec();
                (plain.seen(cut.from, cut.to), cut, raw)
            });
            let cuts: Vec<_> = cuts.collect();
            for (seen, cut, raw) in cuts {
                found.push((At { secured: Some(id), ..tls.at_of(side, seen) }, cut, raw));
            }
        }
        if asked.is_empty() {
            self.asked.remove(&position);
        }
        let wrong: Vec<(At, String)> = told
            .iter()
            .filter_map(|told| match &told.body {
                TlsBody::Malformed { reason } => Some((tls.at_of(told.side, told.seen.clone()), reason.clone())),
                _ => None,
            })
            .collect();
        if tls.tell(told) {
            self.faults.note(FaultKind::Limit, at.completed, "tls", "more messages of a connection than are kept");
        }
        wrong.iter().for_each(|(at, reason)| self.wrong(at, "tls", reason));
        found.into_iter().for_each(|(at, cut, raw)| self.push_cut(at, cut.what, raw, position));
        left
    }
}
