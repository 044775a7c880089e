//! From what a till sealed to the card in it: the reader's own encryption is opened here, and nowhere else.

mod chip;

use barrow_sealing::card::{CardPayload, Cipher, Source};
use zeroize::Zeroizing;

use crate::{
    bdks::{Bdks, Scheme},
    card::Card,
    dukpt::cbc,
};

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// The card; none if nothing opened, or what opened is none.
    pub card: Option<Card>,
    /// Did the reader send it in clear?
    pub clear: bool,
    /// How it was read: `swipe`, `fallback`, `chip` or `contactless`.
    pub entry: &'static str,
    /// The amount that the chip signed, minor units.
    pub chip_amount_minor: Option<u64>,
}

/// Opens what the reader encrypted and reads the card.
#[must_use]
pub fn read(payload: &CardPayload, bdks: &Bdks) -> Reading {
    if payload.source == Source::Emv {
        return chip::read(payload, bdks);
    }
    let card = tracks(payload, bdks).and_then(|[first, second]| Card::from_tracks(&first, &second));
    let entry = if card.as_ref().is_some_and(|card| card.has_chip) { "fallback" } else { "swipe" };
    Reading { card, clear: payload.cipher == Cipher::Clear, entry, chip_amount_minor: None }
}

/// Tracks 1 and 2 in clear, each empty where the card has none.
fn tracks(payload: &CardPayload, bdks: &Bdks) -> Option<[Zeroizing<Vec<u8>>; 2]> {
    let [first, second, _] = &payload.tracks;
    let scheme = match payload.cipher {
        Cipher::Clear => return Some([first, second].map(|track| Zeroizing::new(track.clone()))),
        Cipher::TdesPin => Scheme::TdesPin,
        Cipher::TdesData => Scheme::TdesData,
        Cipher::AesData => Scheme::AesData,
    };
    let cipher = bdks.cipher(scheme, &payload.ksn).ok()??;
    let [first_length, second_length, _] = payload.lens.map(usize::from);
    let (first, second) = if payload.source == Source::IdtechOriginal {
        // Both tracks are one ciphertext there, one behind the other.
        let both = open(&cipher, first)?;
        let (first, second) = both.split_at_checked(first_length)?;
        (Zeroizing::new(first.to_vec()), Zeroizing::new(second.to_vec()))
    } else {
        (open(&cipher, first)?, open(&cipher, second)?)
    };
    Some([cut(first, first_length), cut(second, second_length)])
}

fn open(cipher: &cbc::Cipher, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if sealed.is_empty() { Some(Zeroizing::default()) } else { cipher.decrypt(sealed).ok() }
}

/// Without what pads it, if its length is known.
fn cut(mut track: Zeroizing<Vec<u8>>, length: usize) -> Zeroizing<Vec<u8>> {
    if length > 0 {
        track.truncate(length);
    }
    track
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::hex;
    use barrow_sealing::card::reader::{self, ReaderModel};

    pub(super) fn published(name: &str, model: ReaderModel) -> CardPayload {
        let path = format!("{}/../tests/vectors/readers/{name}", env!("CARGO_MANIFEST_DIR"));
        let text: String = std::fs::read_to_string(&path).expect(&path).split_whitespace().collect();
        reader::parse(model, &hex::decode(&text).unwrap()).unwrap().payload.clone()
    }

    fn clear(payload: &CardPayload) -> [String; 2] {
        tracks(payload, &Bdks::samples().unwrap()).unwrap().map(|track| String::from_utf8(track.to_vec()).unwrap())
    }

    #[test]
    fn the_published_swipes_open_to_the_published_tracks() {
        assert_eq!(
            clear(&published("magtek-hid-856.hex", ReaderModel::Magtek)),
            ["%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?", ";5452300551227189=080432100000007250?"]
        );
        let [first, second] = clear(&published("idtech-enhanced-414.hex", ReaderModel::IdTech));
        assert_eq!(first, "%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?!");
        assert_eq!(second, ";4266841088889999=080910110000046?0");
        let [first, second] = clear(&published("idtech-vp3350-message.hex", ReaderModel::Emv));
        assert_eq!(first, "%B4761731000000043^UAT USA/TEST CARD 02      ^2412201114380440000000000000000?O");
        assert_eq!(second, ";4761731000000043=24122011303130600000?<");
    }

    /// The original frame has both tracks in one ciphertext.
    #[test]
    fn the_original_frame_is_taken_apart() {
        let bdks = Bdks::samples().unwrap();
        let mut payload = published("idtech-enhanced-414.hex", ReaderModel::IdTech);
        let (first, second) = ("%B4111111111111111^CARD/TEST^4912101?", ";4111111111111111=4912101?");
        let cipher = bdks.cipher(Scheme::TdesData, &payload.ksn).unwrap().unwrap();
        payload.source = Source::IdtechOriginal;
        payload.tracks = [cipher.encrypt(format!("{first}{second}").as_bytes()), vec![], vec![]];
        payload.lens = [37, 26, 0];
        payload.check().unwrap();
        assert_eq!(clear(&payload), [first, second]);
        payload.lens = [30, 33, 0];
        assert_eq!(read(&payload, &bdks).card, None);
    }

    #[test]
    fn a_swipe_of_a_card_with_a_chip_is_fallback() {
        let bdks = Bdks::samples().unwrap();
        let entry = |name, model| read(&published(name, model), &bdks).entry;
        assert_eq!(entry("idtech-vp3350-message.hex", ReaderModel::Emv), "fallback", "service code 201");
        assert_eq!(entry("idtech-enhanced-414.hex", ReaderModel::IdTech), "swipe", "service code 101");
    }
}
