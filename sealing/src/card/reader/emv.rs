//! EMV done in the reader: what it reports of a contact or contactless card, BER-TLV with the card's data encrypted.
//!
//! Standard tags are EMV Book 3's, annex A. Around them stand the makers' own:
//!
//! | tag | whose | what |
//! |---|---|---|
//! | F9, FA, F0, F7, F8, 70 | MagTek | templates; before F9 two bytes of length, behind it padding and a MAC |
//! | DFDF59, DF30–DF40 in F8 | MagTek | encrypted card data |
//! | DFDF56 | MagTek | its KSN |
//! | DFDF4D, DFDF33 | MagTek | masked track 2 |
//! | DFDF25, DFDF52, DFDF53 | MagTek | serial number, card type, fallback |
//! | 5A, 57 … with a masked or encrypted length ([`tlv::Form`]) | ID TECH | card data, once masked, once encrypted |
//! | DFEE12 | ID TECH | KSN |
//! | DFEE23 | ID TECH | a swipe's enhanced frame |
//!
//! An ID TECH message may be bare objects, or a whole answer that begins with `ViVOtech2` and ends with a CRC.
//!
//! A message in which a PAN stands in clear is refused: no reader that does EMV has to send one.

use zeroize::Zeroizing;

use super::{ReadError, idtech};
use crate::{
    card::{
        Brand, CardPayload, CardRead, Cipher, Cryptogram, EmvFacts, EntryMode, Expiry, ServiceCode, Source,
        tlv::{self, Form, Object, TlvError},
        track::{self, Fields, Mask},
    },
    hash,
};

impl From<TlvError> for ReadError {
    fn from(_: TlvError) -> Self {
        Self::Malformed
    }
}

/// Reads one whole message.
///
/// # Errors
/// [`ReadError`].
pub fn message(message: &[u8]) -> Result<CardRead, ReadError> {
    if message.len() > crate::card::payload::MAX_EMV {
        return Err(ReadError::Malformed);
    }
    let mut seen = Seen::default();
    tlv::walk(objects(message)?, &mut |object| seen.add(object))?;
    if let Some(frame) = seen.swipe {
        return idtech::frame(frame);
    }
    let ksn = seen.ksn.filter(|_| seen.encrypted).ok_or(ReadError::NotEncrypting)?;
    let mut payload = CardPayload::empty(Source::Emv, cipher(ksn)?);
    payload.ksn = ksn.to_vec();
    payload.serial = hash::hex(seen.serial).to_ascii_uppercase();
    payload.emv = message.to_vec();
    payload.check().map_err(|_| ReadError::Malformed)?;

    let fields = seen.masked.as_ref().and_then(|(text, mask)| track::track2(text, *mask));
    let entry = seen.entry()?;
    let mut read = match fields {
        Some(fields) => CardRead::swiped(payload, &fields),
        None => CardRead::unseen(payload),
    };
    read.entry = entry;
    read.expiry = read.expiry.or(seen.expiry);
    read.service_code = read.service_code.or(seen.service_code);
    let by_application = Brand::of_aid(seen.aid);
    if by_application != Brand::Other {
        read.brand = by_application;
    }
    read.emv = Some(seen.facts());
    Ok(read)
}

/// What of a message is objects. MagTek's length before them says where padding and MAC begin; no tag of EMV's begins with a byte
/// so small.
fn objects(message: &[u8]) -> Result<&[u8], ReadError> {
    match message {
        [high @ 0..=0x10, low, rest @ ..] => {
            rest.get(..usize::from(u16::from_be_bytes([*high, *low]))).ok_or(ReadError::Malformed)
        }
        _ => message.strip_prefix(b"ViVOtech2\0").map_or(Ok(message), |rest| activated(message, rest)),
    }
}

/// ID TECH's answer to "activate transaction": command 02, status, length (2, big-endian), a byte of attributes and the objects, CRC-16
/// over all before it.
fn activated<'a>(message: &[u8], rest: &'a [u8]) -> Result<&'a [u8], ReadError> {
    let [0x02, status, high, low, data @ .., _, _] = rest else { return Err(ReadError::Malformed) };
    if data.len() != usize::from(u16::from_be_bytes([*high, *low])) {
        return Err(ReadError::Malformed);
    }
    // With its CRC behind it, such a CRC of a whole message is 0.
    if crc16(message) != 0 {
        return Err(ReadError::Damaged);
    }
    match (status, data) {
        (0x00 | 0x23, [_, objects @ ..]) => Ok(objects),
        (0x08, _) => Err(ReadError::Blank),
        _ => Err(ReadError::NotDecoded),
    }
}

/// CRC-16/IBM-3740: polynomial 1021, begun with ones.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

/// What is of interest, as it comes by.
#[derive(Default)]
struct Seen<'a> {
    encrypted: bool,
    ksn: Option<&'a [u8]>,
    swipe: Option<&'a [u8]>,
    /// As the text of a track 2.
    masked: Option<(Zeroizing<Vec<u8>>, Mask)>,
    serial: &'a [u8],
    aid: &'a [u8],
    expiry: Option<Expiry>,
    service_code: Option<ServiceCode>,
    cryptogram: Option<&'a [u8]>,
    information: Option<u8>,
    amount: Option<u64>,
    currency: Option<u16>,
    tvr: &'a [u8],
    pos_entry: Option<u8>,
    card_type: Option<u8>,
    fallback: Option<u8>,
}

impl<'a> Seen<'a> {
    fn add(&mut self, object: Object<'a>) -> Result<(), ReadError> {
        let Object { tag, value, constructed, form } = object;
        if constructed {
            return Ok(());
        }
        if form == Form::Encrypted {
            self.encrypted = true;
            return Ok(());
        }
        match tag {
            // PAN, track 2 equivalent, track 2 of magnetic stripe data.
            0x5a | 0x57 | 0x9f6b => self.add_masked(&nibbles(value), Mask::None)?,
            // Track 1 equivalent: said again in track 2, so it only has to be masked.
            0x56 => hidden_in(value, b'^')?,
            0x00df_df4d | 0x00df_df33 => self.add_masked(value, Mask::Zeros)?,
            0x00df_df59 | 0xdf30..=0xdf32 | 0xdf35..=0xdf3b | 0xdf40 => self.encrypted = true,
            0x00df_df56 | 0x00df_ee12 => self.ksn = Some(value),
            0x00df_ee23 => self.swipe = Some(value),
            0x00df_df25 => self.serial = value.get(..16).unwrap_or(value),
            0x00df_df52 => self.card_type = value.first().copied(),
            0x00df_df53 => self.fallback = value.first().copied(),
            0x4f | 0x84 | 0x9f06 if (5..=16).contains(&value.len()) => self.aid = value,
            0x5f24 => self.expiry = self.expiry.or_else(|| Expiry::new(nibbles(value).get(..4)?)),
            0x5f30 => self.service_code = self.service_code.or_else(|| ServiceCode::new(nibbles(value).last_chunk::<3>()?)),
            0x9f26 => self.cryptogram = Some(value),
            0x9f27 => self.information = value.first().copied(),
            0x9f02 => self.amount = decimal(value, 6),
            0x5f2a => self.currency = decimal(value, 2).and_then(|number| u16::try_from(number).ok()),
            0x95 if value.len() == 5 => self.tvr = value,
            0x9f39 => self.pos_entry = value.first().copied(),
            _ => no_track_in(value)?,
        }
        Ok(())
    }

    /// Takes a PAN or a track 2 of which the middle is hidden, and nothing else. `without_stars` is how it may be hidden if not by
    /// stars.
    fn add_masked(&mut self, value: &[u8], without_stars: Mask) -> Result<(), ReadError> {
        let mut text = Zeroizing::new(Vec::with_capacity(value.len() + 3));
        if value.first() != Some(&b';') {
            text.push(b';');
        }
        text.extend_from_slice(value);
        if !value.contains(&b'=') {
            text.push(b'=');
        }
        if !value.contains(&b'?') {
            text.push(b'?');
        }
        let mask = if text.contains(&b'*') { Mask::Stars } else { without_stars };
        match track::track2(&text, mask) {
            Some(fields) if !fields.is_hidden() => Err(ReadError::ClearPan),
            Some(fields) => {
                // The longest says most: a track has more than a PAN.
                if self.masked.as_ref().is_none_or(|(earlier, _)| earlier.len() < text.len()) {
                    self.masked = Some((text.clone(), mask));
                }
                self.expiry = self.expiry.or(fields.expiry);
                Ok(())
            }
            None => hidden_in(&text, b'='),
        }
    }

    /// What the reader says, from the most to the least certain; a chip's cryptogram comes from a chip.
    fn entry(&self) -> Result<EntryMode, ReadError> {
        match (self.fallback, self.pos_entry, self.card_type) {
            (Some(0x01 | 0x81), ..) | (_, Some(0x80), _) => Ok(EntryMode::Fallback),
            (_, Some(0x07 | 0x91), _) | (_, _, Some(0x06 | 0x08)) => Ok(EntryMode::Contactless),
            (_, Some(0x05 | 0x95), _) | (_, _, Some(0x05)) => Ok(EntryMode::Chip),
            (_, Some(0x02 | 0x90), _) | (_, _, Some(0x01)) => Ok(EntryMode::Swipe),
            _ if self.cryptogram.is_some() => Ok(EntryMode::Chip),
            _ => Err(ReadError::NotPaymentCard),
        }
    }

    fn facts(&self) -> EmvFacts {
        EmvFacts {
            aid: hash::hex(self.aid).to_ascii_uppercase(),
            cryptogram: self.information.and_then(|information| match information >> 6 {
                0 => Some(Cryptogram::Declined),
                1 => Some(Cryptogram::ApprovedOffline),
                2 => Some(Cryptogram::AskIssuer),
                _ => None,
            }),
            amount: self.amount,
            currency: self.currency,
            tvr: hash::hex(self.tvr).to_ascii_uppercase(),
            pos_entry: self.pos_entry,
        }
    }
}

/// By the kind of DUKPT. Which variant a maker takes stands in tags of its own (MagTek's DFDF57), and the processor has them.
fn cipher(ksn: &[u8]) -> Result<Cipher, ReadError> {
    match ksn.len() {
        12 => Ok(Cipher::AesData),
        10 => Ok(Cipher::TdesData),
        _ => Err(ReadError::Malformed),
    }
}

/// A compressed number as text: `D` is track 2's separator, `F` padding, and other letters hide a digit. What is text already stays so.
fn nibbles(value: &[u8]) -> Zeroizing<Vec<u8>> {
    if value.len() > 12 && value.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'=' | b';' | b'?')) {
        return Zeroizing::new(value.to_vec());
    }
    let text = value.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|nibble| match nibble {
        0..=9 => Some(b'0' + nibble),
        0xd => Some(b'='),
        0xf => None,
        _ => Some(b'*'),
    });
    let mut out = Zeroizing::new(Vec::with_capacity(2 * value.len()));
    out.extend(text);
    out
}

/// Up to `width` bytes of two decimal digits each.
fn decimal(value: &[u8], width: usize) -> Option<u64> {
    let valid = value.len() <= width && value.iter().all(|byte| byte >> 4 < 10 && byte & 15 < 10);
    valid.then(|| value.iter().fold(0, |sum, byte| sum * 100 + u64::from(byte >> 4) * 10 + u64::from(byte & 15)))
}

/// Card data of another shape than a track's must hide at least four characters before its separator, or have nothing to hide.
fn hidden_in(value: &[u8], separator: u8) -> Result<(), ReadError> {
    let head = value.split(|byte| *byte == separator).next().unwrap_or_default();
    let digits = head.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hidden = head.iter().filter(|byte| **byte == b'*').count();
    if digits + hidden >= *track::PAN_DIGITS.start() && hidden < 4 { Err(ReadError::ClearPan) } else { Ok(()) }
}

/// Whatever the tag: no text of a track with its PAN in clear.
fn no_track_in(value: &[u8]) -> Result<(), ReadError> {
    let begins = |at: usize| match value.get(at) {
        Some(b';') => value.get(at + 1..),
        Some(b'%') if value.get(at + 1) == Some(&b'B') => value.get(at + 2..),
        _ => None,
    };
    let is_pan = |text: &[u8]| {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        track::PAN_DIGITS.contains(&digits) && matches!(text.get(digits), Some(b'=' | b'^'))
    };
    if (0..value.len()).filter_map(begins).any(is_pan) { Err(ReadError::ClearPan) } else { Ok(()) }
}

impl CardRead {
    /// A card of which the reader shows nothing.
    fn unseen(payload: CardPayload) -> Self {
        const NOTHING: Fields<'static> = Fields::nothing();
        Self::swiped(payload, &NOTHING)
    }
}
