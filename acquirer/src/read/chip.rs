//! Chips: what a reader that does EMV by itself sends (BER-TLV, EMV Book 3), with the card's data encrypted.
//!
//! MagTek encrypts whole objects into one value (DFDF59); ID TECH encrypts single objects and marks their lengths
//! ([`Form::Encrypted`]), each as the object itself with tag and length, or as its bare value.

use barrow_sealing::card::{
    CardPayload, Cipher,
    tlv::{Form, Object, TlvError, walk},
};
use zeroize::Zeroizing;

use super::Reading;
use crate::{
    bdks::{Bdks, Scheme},
    card::{Card, Pan},
    dukpt::cbc,
};

/// PAN and track 2 equivalent (EMV Book 3, annex A).
const PAN: u32 = 0x5a;
const TRACK_2: u32 = 0x57;
/// Amount, authorised: twelve digits in six bytes.
const AMOUNT: u32 = 0x9f02;
/// Point-of-service entry mode.
const POS_ENTRY: u32 = 0x9f39;
/// MagTek: encrypted card data.
const MAGTEK_ENCRYPTED: u32 = 0x00df_df59;

pub(super) fn read(payload: &CardPayload, bdks: &Bdks) -> Reading {
    // The till cannot tell which variant of a TDES key a reader took: only the right one gives a card.
    let schemes: &[Scheme] =
        if payload.cipher == Cipher::AesData { &[Scheme::AesData] } else { &[Scheme::TdesData, Scheme::TdesPin] };
    let found = schemes.iter().find_map(|scheme| {
        let cipher = bdks.cipher(*scheme, &payload.ksn).ok()??;
        let found = Found::in_message(&payload.emv, &cipher).ok()?;
        found.card.is_some().then_some(found)
    });
    let Found { card, amount, contactless } = found.unwrap_or_default();
    let entry = if contactless { "contactless" } else { "chip" };
    Reading { card, clear: false, entry, chip_amount_minor: amount }
}

/// What is of interest.
#[derive(Default)]
struct Found {
    card: Option<Card>,
    amount: Option<u64>,
    contactless: bool,
}

impl Found {
    fn in_message(message: &[u8], cipher: &cbc::Cipher) -> Result<Found, TlvError> {
        let mut opened: Vec<(u32, Zeroizing<Vec<u8>>)> = Vec::new();
        let mut found = Found::default();
        walk(objects(message), &mut |object: Object<'_>| {
            if object.tag == MAGTEK_ENCRYPTED || object.form == Form::Encrypted {
                let clear = cipher.decrypt(object.value).map_err(|_| TlvError::Length)?;
                opened.push((object.tag, clear));
            } else if object.form == Form::Plain {
                found.add_plain(object);
            }
            Ok(())
        })?;
        for (tag, clear) in &opened {
            // What the reader encrypted, it vouches for: it comes last, and overrides.
            let mut is_object = false;
            let read: Result<(), TlvError> = walk(clear, &mut |object| {
                is_object |= object.tag == *tag || *tag == MAGTEK_ENCRYPTED;
                found.add(object.tag, object.value);
                Ok(())
            });
            if read.is_err() || !is_object {
                found.add(*tag, clear);
            }
        }
        Ok(found)
    }

    /// What stands in clear: never a card, since that would be its mask.
    fn add_plain(&mut self, object: Object<'_>) {
        if ![PAN, TRACK_2].contains(&object.tag) {
            self.add(object.tag, object.value);
        }
    }

    fn add(&mut self, tag: u32, value: &[u8]) {
        match tag {
            TRACK_2 => self.card = Card::from_chip(value).or(self.card.take()),
            PAN if self.card.is_none() => self.card = pan(value).map(|pan| Card { pan, expiry: None, has_chip: true }),
            AMOUNT => self.amount = decimal(value).or(self.amount),
            POS_ENTRY => self.contactless = matches!(value, [0x07 | 0x91]),
            _ => {}
        }
    }
}

/// What of a message is objects: without MagTek's length before them, and without ID TECH's command, attributes and CRC around them.
/// What is not framed so is objects as a whole.
fn objects(message: &[u8]) -> &[u8] {
    match message {
        [high @ 0..=0x10, low, rest @ ..] => rest.get(..usize::from(u16::from_be_bytes([*high, *low]))).unwrap_or_default(),
        _ => match message.strip_prefix(b"ViVOtech2\0") {
            Some([_, _, _, _, _, objects @ .., _, _]) => objects,
            _ => message,
        },
    }
}

fn pan(value: &[u8]) -> Option<Pan> {
    let digits: Zeroizing<Vec<u8>> = Zeroizing::new(
        value
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .take_while(|nibble| *nibble < 10)
            .map(|digit| b'0' + digit)
            .collect(),
    );
    Pan::parse(&digits)
}

/// Twelve digits. A chip that signed no amount has zeros there.
fn decimal(value: &[u8]) -> Option<u64> {
    let digits = value.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let number = digits.clone().all(|digit| digit < 10).then(|| digits.fold(0u64, |sum, digit| sum * 10 + u64::from(digit)));
    number.filter(|number| value.len() == 6 && *number > 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::super::tests::published;
    use super::*;
    use barrow_sealing::card::{Source, reader::ReaderModel};

    #[test]
    fn magteks_published_chip_opens() {
        let bdks = Bdks::samples().unwrap();
        let mut payload = published("magtek-dynapro-emv.hex", ReaderModel::Emv);
        let reading = read(&payload, &bdks);
        assert_eq!((reading.entry, reading.chip_amount_minor, reading.clear), ("chip", Some(200), false));
        assert_eq!(reading.card.unwrap().pan.expose(), "5413339000001513");
        payload.ksn[9] ^= 1;
        assert_eq!(read(&payload, &bdks).card, None);
    }

    /// ID TECH's single objects, under either variant and under AES, each with and without its tag and length.
    #[test]
    fn single_encrypted_objects_open() {
        let bdks = Bdks::samples().unwrap();
        let track = [&[0x47, 0x61, 0x73, 0x90, 0x01, 0x01, 0x00, 0x10, 0xd4, 0x91, 0x22, 0x01][..], &[0xff]].concat();
        let with_tag = [&[0x57, 13][..], &track].concat();
        let template = published("magtek-dynapro-emv.hex", ReaderModel::Emv);
        for scheme in [Scheme::TdesData, Scheme::TdesPin, Scheme::AesData] {
            let mut payload = template.clone();
            payload.source = Source::Emv;
            if scheme == Scheme::AesData {
                (payload.cipher, payload.ksn) = (Cipher::AesData, crate::hex::decode("123456789012345600000002").unwrap());
            }
            let cipher = bdks.cipher(scheme, &payload.ksn).unwrap().unwrap();
            for clear in [&track, &with_tag] {
                let sealed = cipher.encrypt(clear);
                payload.emv = [
                    &[0x9f, 0x39, 1, 0x07, 0x57, 0xa1, 2, 0x47, 0xcc, 0x57, 0xc1, u8::try_from(sealed.len()).unwrap()][..],
                    &sealed,
                    &[0x9f, 0x02, 6, 0, 0, 0, 0, 0x12, 0x50],
                ]
                .concat();
                payload.check().unwrap();
                let reading = read(&payload, &bdks);
                assert_eq!((reading.entry, reading.chip_amount_minor), ("contactless", Some(1250)));
                assert_eq!(reading.card.expect("a card").pan.expose(), "4761739001010010");
            }
        }
    }

    #[test]
    fn nonsense_is_no_card() {
        let bdks = Bdks::samples().unwrap();
        let mut payload = published("magtek-dynapro-emv.hex", ReaderModel::Emv);
        for length in 0..payload.emv.len() {
            let whole = payload.emv.clone();
            payload.emv.truncate(length);
            let _ = read(&payload, &bdks);
            payload.emv = whole;
        }
        for emv in [&[][..], &[0], &[0, 5], b"ViVOtech2\0", b"ViVOtech2\0\x02\x00\x00\x01", &[0x57, 0xc1, 3, 1, 2, 3]] {
            payload.emv = emv.to_vec();
            assert_eq!(read(&payload, &bdks).card, None);
        }
        // A small generator is random enough here, and finds the same again.
        let mut state = 1u64;
        for _ in 0..20_000 {
            payload.emv = (0..48)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let [byte, choice, ..] = state.to_be_bytes();
                    // Bytes that mean something come often.
                    *[0x57, 0x5a, 0xc1, 0xdf, 0x59, 0x08, 0x10].get(usize::from(choice % 14)).unwrap_or(&byte)
                })
                .collect();
            let _ = read(&payload, &bdks);
        }
    }
}
