//! ID TECH SecureMag and SecureHead: encrypted frames, enhanced and original, bare or in a HID report.
//!
//! HID report: 3 bytes decode status, 3 lengths, 1 encode type, 2 output length, then the frame in a fixed field. (Manuals do not
//! give the output length's byte order, and the frame has its own length: either order is taken, if it is the frame's.)
//!
//! Frame: `02 | length (2, little-endian) | card data | LRC | SUM | 03`; LRC is XOR and SUM the sum modulo 256 of the card data.
//!
//! | bytes of card data | enhanced (card type 8x) | original (card type 0x) |
//! |---|---|---|
//! | 1 | card type | card type |
//! | 1 | track status: bits 0–2 decoded, 3–5 sampled, 6 optional fields | the same |
//! | 3 | lengths of tracks 1–3 | the same |
//! | 1, 1 | field 8, field 9 | none |
//! | by lengths | masked tracks, those of field 8's bits 0–2 | masked tracks 1 and 2, clear track 3 |
//! | padded | encrypted tracks, those of field 9's bits 0–2 | tracks 1 and 2 as one ciphertext |
//! | 8 | session id, if field 9's bit 6 | session id, at security level 4 |
//! | 20 each | SHA-1, of field 9's bits 3–5 | SHA-1 of tracks 1 and 2, or of one, or none |
//! | 10 | serial number, if field 8's bit 7 | none |
//! | 10 | KSN, if field 9's bit 7 | KSN |
//!
//! The SHA-1 of a track is an unkeyed hash of a PAN, and is not kept (PCI DSS 4, 3.5.1.1).

use super::{ReadError, cut::Cut};
use crate::card::{
    CardPayload, CardRead, Cipher, EntryMode, Source,
    track::{self, Mask},
};

/// Field 8: 0–2 mask sent, then these.
const FIXED_KEY: u8 = 1 << 3;
const AES: u8 = 1 << 4;
/// The card's service code begins with 2 or 6.
const CHIP: u8 = 1 << 5;
const PIN_VARIANT: u8 = 1 << 6;
const SERIAL: u8 = 1 << 7;
/// Field 9: 0–2 encrypted, 3–5 hashed, then these.
const SESSION: u8 = 1 << 6;
const KSN: u8 = 1 << 7;

/// What of a HID report stands before the frame, and the most that follows.
const REPORT_HEAD: usize = 9;
const MAX_REPORT: usize = 600;
/// What of a frame is not card data.
const FRAME_AROUND: usize = 6;

/// Reads a HID report, or a bare frame.
///
/// # Errors
/// [`ReadError`].
pub fn report(report: &[u8]) -> Result<CardRead, ReadError> {
    if report.first() == Some(&0x02) && frame_length(report) == Some(report.len()) {
        return frame(report);
    }
    let (head, field) = report.split_first_chunk::<REPORT_HEAD>().ok_or(ReadError::Malformed)?;
    if report.len() > MAX_REPORT {
        return Err(ReadError::Malformed);
    }
    let [decode1, decode2, _, _, _, _, _, output @ ..] = head;
    let outputs = [u16::from_le_bytes(*output), u16::from_be_bytes(*output)].map(usize::from);
    if outputs == [0, 0] {
        return Err(if (decode1 | decode2) & 1 != 0 { ReadError::NotDecoded } else { ReadError::Blank });
    }
    let length = frame_length(field).filter(|length| outputs.contains(length)).ok_or(ReadError::Malformed)?;
    frame(field.get(..length).ok_or(ReadError::Malformed)?)
}

/// Reads one frame that fills `bytes`.
///
/// # Errors
/// [`ReadError`].
pub fn frame(bytes: &[u8]) -> Result<CardRead, ReadError> {
    if frame_length(bytes) != Some(bytes.len()) {
        return Err(ReadError::Malformed);
    }
    let [0x02, _, _, data @ .., lrc, sum, 0x03] = bytes else { return Err(ReadError::Malformed) };
    let xor = data.iter().fold(0, |xor, byte| xor ^ byte);
    let total = data.iter().fold(0u8, |total, byte| total.wrapping_add(*byte));
    if (xor, total) != (*lrc, *sum) {
        return Err(ReadError::Damaged);
    }
    let mut rest = Cut(data);
    let [card_type, status] = rest.array()?;
    let lengths: [u8; 3] = rest.array()?;
    if status & 3 == 0 {
        return Err(if status & 0b1_1000 != 0 { ReadError::NotDecoded } else { ReadError::Blank });
    }
    match card_type {
        0x80 if status & 1 << 6 != 0 => Err(ReadError::Unsupported),
        0x80 => enhanced(rest, lengths),
        0x00 => original(rest, lengths),
        0x01..=0x0f | 0x81..=0x8f => Err(ReadError::NotPaymentCard),
        _ => Err(ReadError::Malformed),
    }
}

fn frame_length(bytes: &[u8]) -> Option<usize> {
    let [0x02, low, high, ..] = bytes else { return None };
    Some(usize::from(u16::from_le_bytes([*low, *high])) + FRAME_AROUND)
}

fn enhanced(mut rest: Cut<'_>, lengths: [u8; 3]) -> Result<CardRead, ReadError> {
    let [eight, nine] = rest.array()?;
    if eight & FIXED_KEY != 0 {
        return Err(ReadError::Unsupported);
    }
    if nine & 7 == 0 || nine & KSN == 0 {
        return Err(ReadError::NotEncrypting);
    }
    let (cipher, block) = match (eight & AES != 0, eight & PIN_VARIANT != 0) {
        (false, false) => (Cipher::TdesData, 8),
        (false, true) => (Cipher::TdesPin, 8),
        (true, false) => (Cipher::AesData, 16),
        (true, true) => return Err(ReadError::Unsupported),
    };
    let sent = |flags: u8, number: usize| flags & 1 << number != 0;
    let mut masked = [&[][..]; 3];
    for (number, (text, length)) in masked.iter_mut().zip(lengths).enumerate().filter(|(number, _)| sent(eight, *number)) {
        (_, *text) = (number, rest.take(usize::from(length))?);
    }
    let mut payload = CardPayload::empty(Source::IdtechEnhanced, cipher);
    for (number, (track, len)) in
        payload.tracks.iter_mut().zip(&mut payload.lens).enumerate().filter(|(number, _)| sent(nine, *number))
    {
        let length = lengths.get(number).copied().unwrap_or_default();
        *track = rest.take(usize::from(length).next_multiple_of(block))?.to_vec();
        *len = u16::from(length);
    }
    if nine & SESSION != 0 {
        rest.take(8)?;
    }
    for _ in (3..6).filter(|bit| nine & 1 << bit != 0) {
        rest.take(20)?;
    }
    if eight & SERIAL != 0 {
        payload.serial = serial(rest.take(10)?);
    }
    payload.ksn = rest.take(10)?.to_vec();
    let mut read = finish(payload, rest, masked)?;
    if eight & CHIP != 0 {
        // The service code itself may be masked.
        read.entry = EntryMode::Fallback;
    }
    Ok(read)
}

fn original(mut rest: Cut<'_>, lengths: [u8; 3]) -> Result<CardRead, ReadError> {
    let [one, two, three] = lengths.map(usize::from);
    let masked = [rest.take(one)?, rest.take(two)?, &[]];
    let mut payload = CardPayload::empty(Source::IdtechOriginal, Cipher::TdesData);
    let clear = rest.take(three)?.to_vec();
    payload.tracks = [rest.take((one + two).next_multiple_of(8))?.to_vec(), Vec::new(), clear];
    payload.lens = lengths.map(u16::from);
    // Which of session id and hashes are there is said nowhere but by what is left: each sum comes only once.
    let others = match rest.0.len() {
        length @ (10 | 18 | 30 | 38 | 50 | 58) => length - 10,
        0 => return Err(ReadError::NotEncrypting),
        _ => return Err(ReadError::Malformed),
    };
    rest.take(others)?;
    payload.ksn = rest.take(10)?.to_vec();
    finish(payload, rest, masked)
}

fn finish(payload: CardPayload, rest: Cut<'_>, masked: [&[u8]; 3]) -> Result<CardRead, ReadError> {
    if !rest.0.is_empty() {
        return Err(ReadError::Malformed);
    }
    payload.check().map_err(|_| ReadError::Malformed)?;
    let fields = track::best(masked, Mask::Stars).ok_or(ReadError::NotPaymentCard)?;
    if !fields.is_hidden() {
        return Err(ReadError::ClearPan);
    }
    Ok(CardRead::swiped(payload, &fields))
}

/// Ten characters, padded; what is not printable is not shown.
fn serial(field: &[u8]) -> String {
    field.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect()
}
