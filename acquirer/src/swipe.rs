//! What a card reader sends when a card is swiped: HID reports as the makers publish them, encrypted under the published sample
//! keys, for any test card and any counter.
//!
//! Development and tests need swipes with fresh counters: the published samples have one each, and a second payment with the same
//! counter is declined as a replay.

use clap::ValueEnum;

use crate::{
    bdks::{Bdks, Scheme},
    card::{Pan, check_digit},
};

/// Which reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// MagTek MagneSafe V5: 856 bytes, TDES under the PIN variant.
    Magtek,
    /// ID TECH, enhanced frame in a HID report: TDES under the data variant.
    Idtech,
    /// ID TECH, enhanced frame in a HID report: AES-128 under the data variant.
    IdtechAes,
    /// MagTek SureSwipe: 337 bytes in clear.
    SureSwipe,
}

/// A card to swipe.
pub struct Stripe<'a> {
    /// The account number.
    pub pan: &'a Pan,
    /// `YYMM`.
    pub expiry: &'a str,
    /// Three digits; a first digit 2 or 6 says that the card has a chip.
    pub service_code: &'a str,
}

/// Counters have 21 bits.
const COUNTER_MAX: u32 = 0x1f_ffff;
const MAGTEK_KSN: [u8; 10] = [0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10, 0xe0, 0, 0];
const IDTECH_KSN: [u8; 10] = [0x62, 0x99, 0x49, 0x01, 0x19, 0, 0, 0, 0, 0];

impl Stripe<'_> {
    /// The report of one swipe. None for a counter that no reader uses, or text that does not fit a stripe.
    #[must_use]
    pub fn report(&self, reader: Reader, counter: u32) -> Option<Vec<u8>> {
        let right = [(self.expiry, 4), (self.service_code, 3)]
            .iter()
            .all(|(text, length)| text.len() == *length && text.bytes().all(|byte| byte.is_ascii_digit()));
        let pan = self.pan.expose();
        if !right || pan.len() < 12 || counter > COUNTER_MAX {
            return None;
        }
        let rest = format!("{}{}0000000000", self.expiry, self.service_code);
        let clear = [format!("%B{pan}^CARD/TEST^{rest}?").into_bytes(), format!(";{pan}={rest}?").into_bytes()];
        match reader {
            Reader::SureSwipe => Some(sure_swipe(&clear)),
            Reader::Magtek => {
                let middle = zeros(pan);
                let rest = format!("{}{}", self.expiry, "0".repeat(13));
                let masked = [format!("%B{middle}^CARD/TEST^{rest}?"), format!(";{middle}={rest}?")];
                magtek(&clear, &masked, &ksn(MAGTEK_KSN, counter))
            }
            Reader::Idtech | Reader::IdtechAes => {
                let stars = format!("{}{}{}", &pan[..4], "*".repeat(pan.len() - 8), &pan[pan.len() - 4..]);
                let rest = format!("{}{}", self.expiry, "*".repeat(13));
                let masked = [format!("%*{stars}^CARD/TEST^{rest}?"), format!(";{stars}={rest}?")];
                idtech(&clear, &masked, &ksn(IDTECH_KSN, counter), reader == Reader::IdtechAes)
            }
        }
    }
}

fn ksn(base: [u8; 10], counter: u32) -> [u8; 10] {
    let mut ksn = u128::from_be_bytes([&[0; 6][..], &base].concat().try_into().unwrap_or_default());
    ksn |= u128::from(counter);
    let [_, _, _, _, _, _, low @ ..] = ksn.to_be_bytes();
    low
}

/// MagTek's mask: first and last four digits, zeros between them but for one digit that makes the Luhn check pass.
fn zeros(pan: &str) -> String {
    let (first, last) = (&pan[..4], &pan[pan.len() - 4..]);
    let between = pan.len() - 9;
    (0..=9)
        .map(|digit| format!("{first}{}{digit}{last}", "0".repeat(between)))
        .find(|masked| {
            let (check, digits) = masked.as_bytes().split_last().unwrap_or((&0, &[]));
            check_digit(digits) == *check
        })
        .unwrap_or_default()
}

fn magtek(clear: &[Vec<u8>; 2], masked: &[String; 2], ksn: &[u8; 10]) -> Option<Vec<u8>> {
    let cipher = Bdks::samples()?.cipher(Scheme::TdesPin, ksn).ok()??;
    let mut report = vec![0; 856];
    for (at, (clear, masked)) in clear.iter().zip(masked).enumerate() {
        let sealed = cipher.encrypt(clear);
        report[3 + at] = u8::try_from(sealed.len()).ok()?;
        report.get_mut(7 + 112 * at..)?.get_mut(..sealed.len())?.copy_from_slice(&sealed);
        report[505 + at] = u8::try_from(masked.len()).ok()?;
        report.get_mut(508 + 112 * at..)?.get_mut(..masked.len())?.copy_from_slice(masked.as_bytes());
        report[852 + at] = u8::try_from(clear.len()).ok()?;
    }
    // Encryption status: a key is injected, and it encrypts.
    report[494] = 6;
    report.get_mut(495..505)?.copy_from_slice(ksn);
    report.get_mut(844..852)?.copy_from_slice(&cipher.encrypt(&[0; 8]));
    Some(report)
}

fn idtech(clear: &[Vec<u8>; 2], masked: &[String; 2], ksn: &[u8; 10], aes: bool) -> Option<Vec<u8>> {
    let scheme = if aes { Scheme::AesData } else { Scheme::TdesData };
    let cipher = Bdks::samples()?.cipher(scheme, ksn).ok()??;
    let lengths = [clear[0].len(), clear[1].len()].map(|length| u8::try_from(length).unwrap_or(u8::MAX));
    // Enhanced frame; tracks 1 and 2 sampled and decoded, masked and encrypted ones sent, with the KSN.
    let mut data = vec![0x80, 0b01_1011, lengths[0], lengths[1], 0, 0b11 | u8::from(aes) << 4, 0b1000_0011];
    masked.iter().for_each(|track| data.extend_from_slice(track.as_bytes()));
    clear.iter().for_each(|track| data.extend_from_slice(&cipher.encrypt(track)));
    data.extend_from_slice(ksn);
    let frame = [
        &[2][..],
        &u16::try_from(data.len()).ok()?.to_le_bytes(),
        &data,
        &[data.iter().fold(0, |xor, byte| xor ^ byte), data.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 3],
    ]
    .concat();
    let length = u16::try_from(frame.len()).ok()?.to_le_bytes();
    let mut report = [&[0, 0, 0, lengths[0], lengths[1], 0, 0, length[0], length[1]][..], &frame].concat();
    report.resize(9 + 512, 0);
    Some(report)
}

fn sure_swipe(clear: &[Vec<u8>; 2]) -> Vec<u8> {
    let mut report = vec![0; 337];
    for (at, track) in clear.iter().enumerate() {
        report[3 + at] = u8::try_from(track.len()).unwrap_or(0);
        report[7 + 110 * at..][..track.len()].copy_from_slice(track);
    }
    report
}
