//! What is fuzzed: each parser, with what must hold for whatever it accepts.

use barrow_sealing::{
    Key,
    card::{
        CardPayload, CardRead, Cipher,
        reader::{Assembly, ReaderModel, msr, parse},
        tlv::{self, TlvError},
        track::{self, Mask},
    },
    hot_list::HotList,
    jwe,
};

/// A parser, and the folder of its corpus.
pub struct Target {
    /// Its name, and its folder's.
    pub name: &'static str,
    /// Parses, and panics if something does not hold; was it accepted?
    pub run: fn(&[u8]) -> bool,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "magtek", run: |bytes| report(ReaderModel::Magtek, bytes) },
    Target { name: "sure-swipe", run: |bytes| report(ReaderModel::SureSwipe, bytes) },
    Target { name: "idtech", run: idtech },
    Target { name: "msr", run: msr_report },
    Target { name: "emv", run: emv },
    Target { name: "tlv", run: objects },
    Target { name: "track", run: tracks },
    Target { name: "payload", run: payload },
    Target { name: "jwe", run: sealed },
    Target { name: "hot-list", run: hot_list },
];

fn report(model: ReaderModel, bytes: &[u8]) -> bool {
    let read = parse(model, bytes);
    read.iter().for_each(sound);
    read.is_ok()
}

/// What was read fits together, survives CBOR, and shows no more than it may.
fn sound(read: &CardRead) {
    let written = read.payload.to_cbor();
    assert!(written.as_ref().is_ok_and(|bytes| CardPayload::from_cbor(bytes).as_ref() == Ok(&read.payload)));
    assert_eq!(read.encrypted, read.payload.cipher != Cipher::Clear);
    assert_eq!(read.ksn.len(), 2 * read.payload.ksn.len());
    assert!(read.token(&Key::new([1; 32])).is_some() || read.encrypted);
    let printed = format!("{read:?}");
    let longest = printed.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    // A KSN and a serial number may have many digits, and are no PAN.
    assert!(longest < 13 || read.encrypted, "{printed}");
}

/// As it is, and with its check sums made right: else the fuzzer would hardly ever get behind them.
fn idtech(bytes: &[u8]) -> bool {
    let accepted = report(ReaderModel::IdTech, bytes);
    let mut frame = bytes.to_vec();
    let Some(end) = frame.len().checked_sub(3).filter(|end| *end >= 3) else { return accepted };
    let data = frame.get(3..end).unwrap_or_default();
    let sums = data.iter().fold((0, 0u8), |(xor, sum), byte| (xor ^ byte, sum.wrapping_add(*byte)));
    let length = (data.len() & 0xffff).to_le_bytes();
    if let [stx, low, high, .., lrc, sum, etx] = frame.as_mut_slice() {
        (*stx, *low, *high, *lrc, *sum, *etx) = (2, length[0], length[1], sums.0, sums.1, 3);
    }
    report(ReaderModel::IdTech, &frame) || accepted
}

/// In the plain layout, and in one that the bytes themselves describe.
fn msr_report(bytes: &[u8]) -> bool {
    let mut accepted = report(ReaderModel::Msr, bytes);
    if let Some(([a, b, c, d, e, f, g, h, i], rest)) = bytes.split_first_chunk::<9>() {
        let at = |byte: &u8| usize::from(*byte);
        let layout = msr::Layout { lengths: [at(a), at(b), at(c)], data: [(at(d), at(e)), (at(f), at(g)), (at(h), at(i))] };
        let read = msr::report_as(&layout, rest);
        read.iter().for_each(sound);
        accepted |= read.is_ok();
    }
    accepted
}

/// As a message, and as reports that each begin with their id.
fn emv(bytes: &[u8]) -> bool {
    let mut assembly = Assembly::default();
    for part in bytes.chunks(64) {
        let Some((id, part)) = part.split_first() else { continue };
        if let Ok(Some(message)) = assembly.push(*id, part) {
            report(ReaderModel::Emv, &message);
        }
    }
    report(ReaderModel::Emv, bytes)
}

fn objects(bytes: &[u8]) -> bool {
    let (mut objects, mut primitive) = (0, 0);
    let walked = tlv::walk::<TlvError>(bytes, &mut |object| {
        objects += 1;
        primitive += if object.constructed { 0 } else { object.value.len() };
        Ok(())
    });
    assert!(objects <= tlv::MAX_OBJECTS && primitive <= bytes.len());
    walked.is_ok()
}

fn tracks(bytes: &[u8]) -> bool {
    let mut accepted = false;
    for mask in [Mask::None, Mask::Stars, Mask::Zeros] {
        for fields in [track::track1(bytes, mask), track::track2(bytes, mask)].into_iter().flatten() {
            assert!(track::PAN_DIGITS.contains(&fields.pan.len()));
            assert!(fields.expiry.is_none_or(|expiry| (1..=12).contains(&expiry.month())));
            accepted = true;
        }
    }
    accepted
}

fn payload(bytes: &[u8]) -> bool {
    let Ok(payload) = CardPayload::from_cbor(bytes) else { return false };
    assert_eq!(payload.check(), Ok(()));
    assert!(payload.to_cbor().is_ok_and(|written| CardPayload::from_cbor(&written).as_ref() == Ok(&payload)));
    true
}

/// The corpus is sealed under this key: what opens under it has only one spelling.
fn sealed(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let Ok(parsed) = jwe::parse(text) else { return false };
    assert_eq!(parsed.header.check(), Ok(()));
    assert!(jwe::RSA_BYTES.contains(&parsed.encrypted_key().len()));
    let Ok(plain) = parsed.open(&Key::new([0x11; 32])) else { return false };
    let again = jwe::seal(&parsed.header, &Key::new([0x11; 32]), parsed.encrypted_key(), &[0x22; 12], &plain);
    assert_eq!(again.as_deref(), Ok(text));
    true
}

fn hot_list(bytes: &[u8]) -> bool {
    let Ok(list) = HotList::parse(bytes) else { return false };
    for seed in bytes.chunks(16).take(20) {
        let mut token = [0; 16];
        token.iter_mut().zip(seed).for_each(|(byte, from)| *byte = *from);
        let _ = list.contains(&token);
    }
    true
}
