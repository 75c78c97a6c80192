//! Capture files: what is readable is read, the rest is a fault. Files are written by `pcap-parser`, which the reader does not use, or by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use evidence::{Capture, FaultKind, ReadError};
use pcap_parser::ToVec;
use pcap_parser::pcapng::*;
use wire::*;

const TIME_NS: u64 = 1_795_458_188_123_456_789;

fn frames() -> [Vec<u8>; 2] {
    [udp((PHONE, 9), (SERVER, 9), b"first"), udp((SERVER, 9), (PHONE, 9), b"second one")]
}

/// A classic file in one of its four formats.
fn pcap(little: bool, nanoseconds: bool) -> Vec<u8> {
    let u32 = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let u16 = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let magic = if nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    let mut file = [u32(magic).to_vec(), u16(2).to_vec(), u16(4).to_vec()].concat();
    for field in [0, 0, 262_144, 1] {
        file.extend(u32(field));
    }
    for frame in frames() {
        let fraction = (TIME_NS % 1_000_000_000) / if nanoseconds { 1 } else { 1_000 };
        for field in [(TIME_NS / 1_000_000_000) as u32, fraction as u32, frame.len() as u32, frame.len() as u32] {
            file.extend(u32(field));
        }
        file.extend(frame);
    }
    file
}

#[test]
fn classic_files_are_read_in_both_byte_orders_and_units() {
    for (little, nanoseconds) in [(true, false), (true, true), (false, false), (false, true)] {
        let capture = Capture::from_bytes(&pcap(little, nanoseconds)).unwrap();
        let time = if nanoseconds { TIME_NS } else { TIME_NS / 1_000 * 1_000 };
        assert_eq!(capture.frames().iter().map(|frame| frame.time_ns).collect::<Vec<_>>(), [time, time]);
        assert_eq!(capture.udp().len(), 2);
        assert!(capture.quality().is_clean());
    }
}

fn option(code: u16, value: &[u8]) -> PcapNGOption<'_> {
    PcapNGOption { code: OptionCode(code), len: value.len() as u16, value: value.into() }
}

fn section() -> Vec<u8> {
    let mut block = SectionHeaderBlock {
        block_type: 0x0a0d_0d0a,
        block_len1: 28,
        bom: 0x1a2b_3c4d,
        major_version: 1,
        minor_version: 0,
        section_len: -1,
        options: vec![],
        block_len2: 28,
    };
    block.to_vec().unwrap()
}

fn interface(name: &[u8], resolution: u8) -> Vec<u8> {
    let resolution_option = [resolution];
    let mut block = InterfaceDescriptionBlock {
        block_type: 1,
        block_len1: 0,
        linktype: pcap_parser::Linktype(1),
        reserved: 0,
        snaplen: 0,
        options: vec![option(2, name), option(9, &resolution_option), option(0, b"")],
        block_len2: 0,
        if_tsresol: resolution,
        if_tsoffset: 0,
    };
    block.to_vec().unwrap()
}

fn packet(interface: u32, time: u64, frame: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut block = EnhancedPacketBlock {
        block_type: 6,
        block_len1: 0,
        if_id: interface,
        ts_high: (time >> 32) as u32,
        ts_low: time as u32,
        caplen: frame.len() as u32,
        origlen: frame.len() as u32,
        data: frame,
        options: vec![option(1, comment), option(0, b"")],
        block_len2: 0,
    };
    block.to_vec().unwrap()
}

fn secrets(text: &[u8]) -> Vec<u8> {
    let padded = [text, &[0; 3][..(4 - text.len() % 4) % 4]].concat();
    let length = (20 + padded.len()) as u32;
    [
        &10_u32.to_le_bytes()[..],
        &length.to_le_bytes(),
        &0x544c_534b_u32.to_le_bytes(),
        &(text.len() as u32).to_le_bytes(),
        &padded,
        &length.to_le_bytes(),
    ]
    .concat()
}

fn pcapng() -> Vec<u8> {
    let [one, two] = frames();
    [
        section(),
        interface(b"tap0", 9),
        interface(b"tap1", 6),
        secrets(b"CLIENT_RANDOM 00 11\n"),
        packet(0, TIME_NS, &one, b"step: the phone boots"),
        packet(1, TIME_NS / 1_000, &two, b"second"),
    ]
    .concat()
}

#[test]
fn pcapng_files_are_read_with_interfaces_secrets_and_comments() {
    let capture = Capture::from_bytes(&pcapng()).unwrap();
    let names: Vec<_> = capture.interfaces().iter().map(|interface| interface.name.clone().unwrap()).collect();
    assert_eq!(names, ["tap0", "tap1"]);
    assert_eq!(capture.secrets(), [b"CLIENT_RANDOM 00 11\n".to_vec()]);
    assert_eq!(capture.frame(1).unwrap().comments, ["step: the phone boots"]);
    let times: Vec<_> = capture.frames().iter().map(|frame| (frame.interface, frame.time_ns)).collect();
    assert_eq!(times, [(0, TIME_NS), (1, TIME_NS / 1_000 * 1_000)]);
    assert!(capture.quality().is_clean(), "{:?}", capture.faults());
}

#[test]
fn comments_stand_in_the_ladder_before_their_frame() {
    let call = udp((PHONE, 5060), (SERVER, 5060), request("OPTIONS", "z9hG4bK1", 1, "", "").as_bytes());
    let file = [
        section(),
        interface(b"tap0", 9),
        packet(0, TIME_NS, &call, b"begin: When asked"),
        packet(0, TIME_NS, &call, b""),
    ]
    .concat();
    let capture = Capture::from_bytes(&file).unwrap();
    insta::assert_snapshot!(evidence::print::ladder(&capture, &evidence::print::Names::none()), @r"
         packets      seconds 192.0.2.100                                 192.0.2.10
               1 ── begin: When asked
               1     0.000000 │────── OPTIONS sip:1001@192.0.2.100 ──────>│
               2     0.000000 │────── OPTIONS sip:1001@192.0.2.100 ──────>│
    ");
}

#[test]
fn a_second_section_has_interfaces_of_its_own() {
    let [one, _] = frames();
    let file = [pcapng(), section(), interface(b"tap9", 6), packet(0, 5, &one, b"")].concat();
    let capture = Capture::from_bytes(&file).unwrap();
    assert_eq!((capture.frame(3).unwrap().interface, capture.interfaces()[2].name.as_deref()), (2, Some("tap9")));
}

#[test]
fn big_endian_pcapng_is_read() {
    let [frame, _] = frames();
    let block = |kind: u32, body: &[u8]| {
        let length = (12 + body.len()) as u32;
        [&kind.to_be_bytes()[..], &length.to_be_bytes(), body, &length.to_be_bytes()].concat()
    };
    let padded = [&frame[..], &[0; 3][..(4 - frame.len() % 4) % 4]].concat();
    let header = [&0x1a2b_3c4d_u32.to_be_bytes()[..], &[0, 1, 0, 0], &[0xff; 8]].concat();
    let length = (frame.len() as u32).to_be_bytes();
    let simple = [&length[..], &padded].concat();
    let enhanced = [&[0; 8][..], &7_u32.to_be_bytes(), &length, &length, &padded].concat();
    let file = [
        block(0x0a0d_0d0a, &header),
        block(1, &[0, 1, 0, 0, 0, 0, 0, 0]),
        block(3, &simple),
        block(99, b"what"),
        block(6, &enhanced),
    ]
    .concat();
    let capture = Capture::from_bytes(&file).unwrap();
    assert_eq!(
        capture.frames().iter().map(|f| (f.time_ns, f.data.to_vec())).collect::<Vec<_>>(),
        [(0, frame.clone()), (7_000, frame)]
    );
    assert!(capture.quality().is_clean(), "{:?}", capture.faults());
}

#[test]
fn a_file_cut_anywhere_gives_what_lies_before_the_cut() {
    for file in [pcap(true, false), pcap(false, true), pcapng()] {
        let whole = Capture::from_bytes(&file).unwrap();
        let mut frames_before = 0;
        for length in 4..file.len() {
            let capture = Capture::from_bytes(&file[..length]).unwrap();
            let count = capture.frames().len();
            assert!(count >= frames_before && count < whole.frames().len(), "{length}");
            assert!(capture.frames().iter().zip(whole.frames()).all(|(a, b)| a.data == b.data));
            let told = capture.faults().iter().filter(|fault| fault.kind == FaultKind::File).count();
            assert!(told <= 1);
            frames_before = count;
        }
    }
}

#[test]
fn what_is_no_capture_is_refused_with_a_word() {
    for (octets, word) in [(&b"PK\x03\x04"[..], "not a capture"), (b"\x1f\x8b\x08\x00", "gzip"), (b"", "shorter")] {
        let Err(ReadError::NotACapture(reason)) = Capture::from_bytes(octets) else { panic!("read") };
        assert!(reason.contains(word), "{reason}");
    }
    assert!(matches!(Capture::read("no/such/file"), Err(ReadError::Io { .. })));
}

#[test]
fn a_record_that_claims_too_much_ends_the_file() {
    let mut file = pcap(true, false);
    file[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    let capture = Capture::from_bytes(&file).unwrap();
    assert_eq!((capture.frames().len(), capture.faults()[0].kind), (0, FaultKind::File));
}
