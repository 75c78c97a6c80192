//! Framing on a stream (RFC 3261 §18.3, §7.5, RFC 5626 §4.4.1). One decision: Content-Length alone says where a message ends; when it
//! cannot be trusted the stream is over, since nobody can tell where the next message begins.

use super::message::parse::{content_length, head_end, read_head};
use super::message::{Fault, MAX_MESSAGE, Malformed, Message};

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framed {
    /// A message.
    Message(Message),
    /// Something that is no valid message.
    Malformed(Malformed),
    /// CRLF CRLF between messages: the peer wants one CRLF back.
    KeepAlive,
}

/// Cuts a stream into messages. Holds at most one message and one read.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Up to where the end of the head was looked for.
    searched: usize,
    /// Length of the message at the front, once its head was read.
    whole: Option<usize>,
    ended: bool,
}

impl Framer {
    /// Takes octets; after the end they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.ended {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the stream can no longer be framed: close the connection.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Whether part of a message is waiting for the rest.
    pub fn is_partial(&self) -> bool {
        self.buffer.iter().any(|b| !matches!(b, b'\r' | b'\n'))
    }

    /// The next piece; nothing until more octets come.
    pub fn next_frame(&mut self) -> Option<Framed> {
        if self.ended {
            return None;
        }
        if self.whole.is_none() {
            if self.buffer.starts_with(b"\r\n\r\n") {
                self.take(4);
                return Some(Framed::KeepAlive);
            }
            // One CRLF may still become two; any other line ends are skipped (RFC 3261 §7.5).
            let line_ends = self.buffer.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            if line_ends == self.buffer.len() && line_ends < 4 {
                return None;
            }
            if line_ends > 0 {
                self.take(line_ends);
            }
        }
        let head = match head_end(&self.buffer, self.searched) {
            Some(head) if head <= MAX_MESSAGE => head,
            found => {
                self.searched = self.buffer.len();
                return (found.is_some() || self.buffer.len() > MAX_MESSAGE).then(|| self.too_large());
            }
        };
        self.searched = head;
        if self.whole.is_some_and(|whole| self.buffer.len() < whole) {
            return None;
        }
        let read = read_head(self.buffer.get(..head)?);
        let length = match &read {
            Ok((_, length)) => Ok(*length),
            Err(bad) if matches!(bad.fault, Fault::StartLine | Fault::NotUtf8 | Fault::TooLarge) => Err(()),
            Err(bad) => content_length(&bad.headers).map_err(|_| ()),
        };
        let Ok(Some(length)) = length else {
            return Some(self.end(match read {
                // Content-Length is mandatory on streams (RFC 3261 §20.14).
                Ok((message, _)) => message.refuse(Fault::Missing("Content-Length")),
                Err(bad) => bad,
            }));
        };
        let whole = head.saturating_add(length);
        if whole > MAX_MESSAGE {
            return Some(self.end(match read {
                Ok((message, _)) => message.refuse(Fault::TooLarge),
                Err(bad) => bad,
            }));
        }
        if self.buffer.len() < whole {
            self.whole = Some(whole);
            return None;
        }
        let framed = match read {
            Ok((mut message, _)) => {
                message.body = self.buffer.get(head..whole)?.to_vec();
                Framed::Message(message)
            }
            Err(bad) => Framed::Malformed(bad),
        };
        self.take(whole);
        Some(framed)
    }

    fn take(&mut self, octets: usize) {
        self.buffer.drain(..octets.min(self.buffer.len()));
        self.searched = 0;
        self.whole = None;
    }

    fn end(&mut self, bad: Malformed) -> Framed {
        self.ended = true;
        self.buffer = Vec::new();
        Framed::Malformed(bad)
    }

    fn too_large(&mut self) -> Framed {
        let read = read_head(self.buffer.get(..MAX_MESSAGE).unwrap_or(&self.buffer));
        self.end(match read {
            Ok((message, _)) => message.refuse(Fault::TooLarge),
            Err(bad) => bad,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

    use super::*;
    use proptest::prelude::*;

    fn options(branch: &str, body: &str) -> String {
        format!(
            "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch={branch}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n\
             Call-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn frames(chunks: impl IntoIterator<Item = impl AsRef<[u8]>>) -> (Vec<String>, Framer) {
        let mut framer = Framer::default();
        let mut seen = Vec::new();
        for chunk in chunks {
            framer.push(chunk.as_ref());
            while let Some(frame) = framer.next_frame() {
                seen.push(match frame {
                    Framed::Message(m) => format!("{} {}", m.via().unwrap().branch().unwrap(), m.body.len()),
                    Framed::Malformed(m) => format!("{:?}", m.fault),
                    Framed::KeepAlive => "keep-alive".into(),
                });
            }
        }
        (seen, framer)
    }

    #[test]
    fn messages_are_cut_by_content_length_however_the_octets_come() {
        let stream = format!("\r\n{}{}\r\n\r\n\r\n{}", options("1", ""), options("2", "a\r\n\r\nb"), options("3", "x"));
        let expected = ["1 0", "2 6", "keep-alive", "3 1"];
        assert_eq!(frames([&stream]).0, expected);
        assert_eq!(frames(stream.as_bytes().chunks(1)).0, expected);
        assert_eq!(frames(stream.as_bytes().chunks(7)).0, expected);
    }

    #[test]
    fn a_message_whose_length_is_known_and_whose_rest_is_wrong_does_not_end_the_stream() {
        let stream = format!("{}{}", options("1", "x").replace("CSeq: 1", "CSeq: y"), options("2", ""));
        let (seen, framer) = frames([stream]);
        assert_eq!(seen, ["Header(\"CSeq\")", "2 0"]);
        assert!(!framer.ended() && !framer.is_partial());
    }

    #[test]
    fn a_stream_ends_where_nobody_can_tell_the_next_message() {
        let cut = |from: &str, to: &str| {
            let (seen, framer) = frames([options("1", "").replace(from, to) + &options("2", "")]);
            assert!(framer.ended());
            seen
        };
        assert_eq!(cut("Content-Length: 0\r\n", ""), ["Missing(\"Content-Length\")"]);
        assert_eq!(cut("Length: 0", "Length: -1"), ["NegativeLength"]);
        assert_eq!(cut("Length: 0", "Length: 65537"), ["TooLarge"]);
        assert_eq!(cut("Length: 0", "Length: 0\r\nl: 1"), ["Repeated(\"Content-Length\")"]);
        assert_eq!(cut("OPTIONS sip:a@b SIP/2.0", "HELO"), ["StartLine"]);
    }

    #[test]
    fn a_head_without_end_is_not_kept_beyond_the_limit() {
        let (seen, framer) = frames(std::iter::repeat_n("X: y\r\n", 20_000));
        assert!(framer.ended() && !framer.is_partial());
        assert_eq!(seen.len(), 1);
    }

    #[test]
    fn octets_that_were_looked_at_are_not_looked_at_again() {
        let mut framer = Framer::default();
        for n in 1..1_000 {
            framer.push(b"x");
            assert_eq!(framer.next_frame(), None);
            assert_eq!(framer.searched, n, "or a slow sender makes each octet dearer than the last");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_framed_or_end_the_stream(chunks in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                Just(options("1", "abc").into_bytes()),
                Just(b"\r\n".to_vec()),
            ],
            0..12,
        )) {
            let (seen, framer) = frames(&chunks);
            prop_assert!(seen.len() <= chunks.iter().map(Vec::len).sum::<usize>());
            prop_assert!(!framer.ended() || !framer.is_partial());
        }
    }
}
