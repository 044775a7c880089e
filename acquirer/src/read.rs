//! From what a till sealed to the card in it: the reader's own encryption is opened here, and nowhere else.

use barrow_sealing::card::{CardPayload, Cipher, Source};
use zeroize::Zeroizing;

use crate::{
    bdks::{Bdks, Scheme},
    card::Card,
};

/// What was found.
pub struct Reading {
    /// The card; none if nothing opened, or what opened is none.
    pub card: Option<Card>,
    /// Did the reader send it in clear?
    pub clear: bool,
    /// How it was read, a word for the log.
    pub entry: &'static str,
}

/// Opens what the reader encrypted and reads the card.
#[must_use]
pub fn read(payload: &CardPayload, bdks: &Bdks) -> Reading {
    let clear = payload.cipher == Cipher::Clear;
    let card = tracks(payload, bdks).and_then(|[first, second]| Card::from_tracks(&first, &second));
    Reading { card, clear, entry: "swipe" }
}

/// Tracks 1 and 2 in clear, each empty where the card has none.
fn tracks(payload: &CardPayload, bdks: &Bdks) -> Option<[Zeroizing<Vec<u8>>; 2]> {
    let scheme = match payload.cipher {
        Cipher::Clear => return Some([0, 1].map(|at: usize| Zeroizing::new(payload.tracks[at].clone()))),
        Cipher::TdesPin => Scheme::TdesPin,
        Cipher::TdesData => Scheme::TdesData,
        Cipher::AesData => Scheme::AesData,
    };
    let cipher = bdks.cipher(scheme, &payload.ksn).ok()??;
    let open = |sealed: &[u8]| {
        if sealed.is_empty() { Some(Zeroizing::default()) } else { cipher.decrypt(sealed).ok() }
    };
    let [first, second, _] = &payload.tracks;
    let [first_length, second_length, _] = payload.lens.map(usize::from);
    let (first, second) = if payload.source == Source::IdtechOriginal {
        // Both tracks are one ciphertext there, one behind the other.
        let both = open(first)?;
        let at = if first_length + second_length > 0 { first_length } else { both.iter().position(|byte| *byte == b';')? };
        let (first, second) = both.split_at_checked(at)?;
        (Zeroizing::new(first.to_vec()), Zeroizing::new(second.to_vec()))
    } else {
        (open(first)?, open(second)?)
    };
    Some([cut(first, first_length), cut(second, second_length)])
}

/// Without what pads it, if its length is known.
fn cut(mut track: Zeroizing<Vec<u8>>, length: usize) -> Zeroizing<Vec<u8>> {
    if length > 0 {
        track.truncate(length);
    }
    track
}
