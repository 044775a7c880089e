//! MagTek MagneSafe V5 in HID mode (856 or 887 bytes) and SureSwipe (337 bytes, in clear).
//!
//! | bytes | MagneSafe V5 | bytes | SureSwipe |
//! |---|---|---|---|
//! | 3 | decode status of tracks 1–3, bit 0 = error | 3 | the same |
//! | 3 | encrypted length of tracks 1–3 | 3 | length of tracks 1–3 |
//! | 1 | encode type: 0 ISO/ABA, 1 AAMVA, 3 blank, 4 other, 5 undetermined | 1 | the same |
//! | 3 × 112 | encrypted tracks | 3 × 110 | tracks |
//! | 1, 4, 1, 128 | card status, MagnePrint status, length and data | | |
//! | 16 | serial number, NUL-terminated | | |
//! | 2 | encryption status, big-endian | | |
//! | 10 | KSN | | |
//! | 3, 3 × 112 | masked tracks: lengths, text | | |
//! | 8 | encrypted session id | | |
//! | 4 | true lengths of tracks 1–3 and MagnePrint | | |
//! | 31 | counter, version, SHA-1 of track 2: only with 887 bytes. An unkeyed hash of a PAN is not kept (PCI DSS 4, 3.5.1.1) | | |

use super::{ReadError, cut::Cut};
use crate::card::{
    CardPayload, CardRead, Cipher, Source,
    track::{self, Mask},
};

const LENGTHS: [usize; 2] = [856, 887];
const SURE_SWIPE_LENGTH: usize = 337;

const KEYS_EXHAUSTED: u16 = 1;
const KEY_INJECTED: u16 = 1 << 1;
const ENCRYPTING: u16 = 1 << 2;
const AUTHENTICATION_REQUIRED: u16 = 1 << 3;

/// Reads a MagneSafe V5 report.
///
/// # Errors
/// [`ReadError`].
pub fn magnesafe(report: &[u8]) -> Result<CardRead, ReadError> {
    if !LENGTHS.contains(&report.len()) {
        return Err(ReadError::Malformed);
    }
    let mut rest = Cut(report);
    let decode: [u8; 3] = rest.array()?;
    let encrypted: [u8; 3] = rest.array()?;
    let [encode] = rest.array()?;
    let ciphertexts = [rest.field(112, encrypted[0])?, rest.field(112, encrypted[1])?, rest.field(112, encrypted[2])?];
    rest.take(1 + 4 + 1 + 128)?;
    let serial = serial(rest.take(16)?)?;
    let status = u16::from_be_bytes(rest.array()?);
    let ksn: [u8; 10] = rest.array()?;
    let shown: [u8; 3] = rest.array()?;
    let masked = [rest.field(112, shown[0])?, rest.field(112, shown[1])?, rest.field(112, shown[2])?];
    rest.take(8)?;
    let [one, two, three, _] = rest.array()?;

    if status & KEYS_EXHAUSTED != 0 {
        return Err(ReadError::KeysExhausted);
    }
    if status & AUTHENTICATION_REQUIRED != 0 {
        return Err(ReadError::AuthenticationRequired);
    }
    if status & KEY_INJECTED == 0 || status & ENCRYPTING == 0 || ksn == [0; 10] {
        return Err(ReadError::NotEncrypting);
    }
    stripe_was_read(decode, encrypted, encode)?;

    let mut payload = CardPayload::empty(Source::MagtekV5, Cipher::TdesPin);
    payload.ksn = ksn.to_vec();
    payload.serial = serial;
    payload.tracks = ciphertexts.map(<[u8]>::to_vec);
    payload.lens = [one, two, three].map(u16::from);
    payload.check().map_err(|_| ReadError::Malformed)?;

    // The mask's character is the owner's choice: `0` unless they set another.
    let mask = if masked.iter().any(|text| text.contains(&b'*')) { Mask::Stars } else { Mask::Zeros };
    let fields = track::best(masked, mask).ok_or(ReadError::NotPaymentCard)?;
    if !fields.is_hidden() {
        return Err(ReadError::ClearPan);
    }
    Ok(CardRead::swiped(payload, &fields))
}

/// Reads a SureSwipe report, which is in clear.
///
/// # Errors
/// [`ReadError`].
pub fn sure_swipe(report: &[u8]) -> Result<CardRead, ReadError> {
    if report.len() != SURE_SWIPE_LENGTH {
        return Err(ReadError::Malformed);
    }
    let mut rest = Cut(report);
    let decode: [u8; 3] = rest.array()?;
    let lengths: [u8; 3] = rest.array()?;
    let [encode] = rest.array()?;
    let tracks = [rest.field(110, lengths[0])?, rest.field(110, lengths[1])?, rest.field(110, lengths[2])?];
    stripe_was_read(decode, lengths, encode)?;
    clear(Source::SureSwipe, tracks)
}

/// A swipe in clear. Tracks that are no tracks are left out.
pub(super) fn clear(source: Source, tracks: [&[u8]; 3]) -> Result<CardRead, ReadError> {
    let fields = track::best(tracks, Mask::None).ok_or(ReadError::NotPaymentCard)?;
    let mut payload = CardPayload::empty(source, Cipher::Clear);
    for (number, text) in tracks.into_iter().enumerate().filter(|(number, text)| track::is_track(text, *number)) {
        if let (Some(track), Some(len), Ok(length)) =
            (payload.tracks.get_mut(number), payload.lens.get_mut(number), u16::try_from(text.len()))
        {
            *track = text.to_vec();
            *len = length;
        }
    }
    payload.check().map_err(|_| ReadError::NotPaymentCard)?;
    Ok(CardRead::swiped(payload, &fields))
}

/// Track 1 or 2 must be there; what is wrong with track 3 does not matter.
fn stripe_was_read(decode: [u8; 3], lengths: [u8; 3], encode: u8) -> Result<(), ReadError> {
    let read = [0, 1].map(|number: usize| decode[number] & 1 == 0 && lengths[number] > 0);
    match (read.contains(&true), encode) {
        (true, 0) => Ok(()),
        (true, _) => Err(ReadError::NotPaymentCard),
        (false, _) if (decode[0] | decode[1]) & 1 != 0 => Err(ReadError::NotDecoded),
        (false, _) => Err(ReadError::Blank),
    }
}

fn serial(field: &[u8]) -> Result<String, ReadError> {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.iter().all(u8::is_ascii_graphic) {
        Ok(text.iter().map(|byte| char::from(*byte)).collect())
    } else {
        Err(ReadError::Malformed)
    }
}
