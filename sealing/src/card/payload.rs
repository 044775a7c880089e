//! The plaintext of the JWE: what the processor alone may see.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{cbor, error::CodecError};

const VERSION: u8 = 1;

/// The most that one track may have, encrypted and padded, bytes. ISO/IEC 7811 has at most 107 characters on a track, and the
/// original ID TECH frame has two in one block.
pub const MAX_TRACK: usize = 256;

/// The most that a chip's data may have, bytes.
pub const MAX_EMV: usize = 4096;

/// The most characters of a reader's serial number.
pub const MAX_SERIAL: usize = 32;

/// Whose layout the data came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// MagTek MagneSafe V5, HID mode.
    MagtekV5,
    /// MagTek SureSwipe: in clear.
    SureSwipe,
    /// ID TECH, enhanced encrypted frame.
    IdtechEnhanced,
    /// ID TECH, original encrypted frame: tracks 1 and 2 are one ciphertext, which stands in `tracks[0]`; track 3 is in clear.
    IdtechOriginal,
    /// A reader of the HID usage page 0x8E: in clear.
    Msr,
    /// A reader that does EMV by itself.
    Emv,
}

/// How the reader encrypted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cipher {
    /// It did not.
    Clear,
    /// TDES-CBC, zero IV, the DUKPT key's PIN variant (X9.24-1), as MagTek does.
    TdesPin,
    /// TDES-CBC, zero IV, the DUKPT key's data variant with the one-way step (X9.24-1), as ID TECH does.
    TdesData,
    /// AES-CBC, zero IV. With a KSN of 12 bytes the key is X9.24-3's data encryption key; with one of 10 bytes it is AES-128 under
    /// the 16 bytes of X9.24-1's data key, as ID TECH does.
    AesData,
}

/// One card, as it was read. Overwritten when dropped; printed without any of its contents.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct CardPayload {
    /// Version of this layout, `1`.
    pub v: u8,
    /// Whose layout.
    #[zeroize(skip)]
    pub source: Source,
    /// How it is encrypted.
    #[zeroize(skip)]
    pub cipher: Cipher,
    /// The DUKPT key serial number: 10 bytes (X9.24-1) or 12 (X9.24-3); none where `cipher` is [`Cipher::Clear`].
    #[serde(with = "cbor::bytes")]
    pub ksn: Vec<u8>,
    /// The reader's serial number; empty if it does not say.
    pub serial: String,
    /// Tracks 1 to 3 as read: ciphertext with its padding, or a clear track with its sentinels; empty where there is none.
    #[serde(with = "byte_strings")]
    pub tracks: [Vec<u8>; 3],
    /// The tracks' lengths without padding, characters; 0 where it is not known or there is none.
    pub lens: [u16; 3],
    /// A chip's data, BER-TLV as the reader sent it; empty for a swipe.
    #[serde(with = "cbor::bytes")]
    pub emv: Vec<u8>,
}

/// Why bytes are not a [`CardPayload`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// Not the CBOR of one.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// Written by a newer program.
    #[error("the card data has version {0}, which this program does not know")]
    Version(u8),
    /// A length that does not fit its cipher, its source or another length.
    #[error("the card data's {0} has an impossible length")]
    Length(&'static str),
    /// A cipher that the source never has.
    #[error("the card data's cipher does not go with its source")]
    Cipher,
}

impl CardPayload {
    /// A payload of this version with nothing in it yet.
    pub(crate) const fn empty(source: Source, cipher: Cipher) -> Self {
        let tracks = [Vec::new(), Vec::new(), Vec::new()];
        Self { v: VERSION, source, cipher, ksn: Vec::new(), serial: String::new(), tracks, lens: [0; 3], emv: Vec::new() }
    }

    /// Its CBOR.
    ///
    /// # Errors
    /// As [`CardPayload::check`].
    pub fn to_cbor(&self) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
        self.check()?;
        // With room for all of it: a vector that grows leaves a copy behind that nobody overwrites.
        let held = self.tracks.iter().map(Vec::len).sum::<usize>() + self.emv.len() + self.ksn.len() + self.serial.len();
        let mut out = Zeroizing::new(Vec::with_capacity(held + 256));
        ciborium::into_writer(self, &mut *out).map_err(|error| CodecError::Malformed(error.to_string()))?;
        Ok(out)
    }

    /// Reads what [`CardPayload::to_cbor`] wrote.
    ///
    /// # Errors
    /// [`PayloadError::Codec`]; and as [`CardPayload::check`].
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, PayloadError> {
        let payload: Self = cbor::from_slice(bytes)?;
        payload.check()?;
        Ok(payload)
    }

    /// Does everything in it fit together?
    ///
    /// # Errors
    /// [`PayloadError::Version`], [`PayloadError::Cipher`], [`PayloadError::Length`].
    pub fn check(&self) -> Result<(), PayloadError> {
        use PayloadError::Length;
        if self.v != VERSION {
            return Err(PayloadError::Version(self.v));
        }
        let fits = match self.source {
            Source::SureSwipe | Source::Msr => self.cipher == Cipher::Clear,
            Source::MagtekV5 | Source::IdtechEnhanced | Source::IdtechOriginal | Source::Emv => self.cipher != Cipher::Clear,
        };
        if !fits {
            return Err(PayloadError::Cipher);
        }
        let (ksn_fits, block) = match self.cipher {
            Cipher::Clear => (self.ksn.is_empty(), 1),
            Cipher::TdesPin | Cipher::TdesData => (self.ksn.len() == 10, 8),
            Cipher::AesData => (matches!(self.ksn.len(), 10 | 12), 16),
        };
        if !ksn_fits {
            return Err(Length("key serial number"));
        }
        if self.serial.len() > MAX_SERIAL {
            return Err(Length("serial number"));
        }
        let is_emv = self.source == Source::Emv;
        if self.emv.len() > MAX_EMV || self.emv.is_empty() == is_emv {
            return Err(Length("chip data"));
        }
        let none = self.tracks.iter().all(Vec::is_empty);
        let fit = if is_emv { none && self.lens == [0; 3] } else { !none && self.tracks_fit(block) };
        if fit { Ok(()) } else { Err(Length("track")) }
    }

    fn tracks_fit(&self, block: usize) -> bool {
        let [one, two, three] = self.tracks.each_ref().map(Vec::len);
        let [len_one, len_two, len_three] = self.lens.map(usize::from);
        let track = |found: usize, len: usize, block: usize| {
            found <= MAX_TRACK && found.is_multiple_of(block) && (len == 0 || len.next_multiple_of(block) == found)
        };
        match (self.source, self.cipher) {
            (Source::IdtechOriginal, _) => {
                track(one, len_one + len_two, block) && two == 0 && three == len_three && three <= MAX_TRACK
            }
            (_, Cipher::Clear) => {
                [(one, len_one), (two, len_two), (three, len_three)].iter().all(|(found, len)| found == len && *len <= MAX_TRACK)
            }
            _ => track(one, len_one, block) && track(two, len_two, block) && track(three, len_three, block),
        }
    }
}

impl fmt::Debug for CardPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardPayload").field("source", &self.source).field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

/// Three byte strings, where serde would write arrays of numbers.
mod byte_strings {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::cbor;

    #[derive(Serialize)]
    struct Written<'a>(#[serde(serialize_with = "cbor::bytes::serialize")] &'a [u8]);

    #[derive(Deserialize)]
    struct Read(#[serde(deserialize_with = "cbor::bytes::deserialize")] Vec<u8>);

    pub(super) fn serialize<S: Serializer>(tracks: &[Vec<u8>; 3], serializer: S) -> Result<S::Ok, S::Error> {
        tracks.each_ref().map(|track| Written(track)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[Vec<u8>; 3], D::Error> {
        Ok(<[Read; 3]>::deserialize(deserializer)?.map(|Read(track)| track))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn encrypted() -> CardPayload {
        let mut payload = CardPayload::empty(Source::MagtekV5, Cipher::TdesPin);
        payload.ksn = vec![0xff; 10];
        payload.serial = "B012345".into();
        payload.tracks = [vec![1; 64], vec![2; 40], Vec::new()];
        payload.lens = [60, 37, 0];
        payload
    }

    #[test]
    fn survives_cbor_as_byte_strings() {
        let bytes = encrypted().to_cbor().unwrap();
        assert_eq!(CardPayload::from_cbor(&bytes).unwrap(), encrypted());
        assert!(bytes.windows(2).any(|pair| pair == [0x58, 64]), "a track is one byte string");
        assert!(bytes.capacity() >= bytes.len() && bytes.len() < 256 + 64 + 40 + 10 + 7);
    }

    #[test]
    fn prints_nothing_of_the_card() {
        assert_eq!(format!("{:?}", encrypted()), "CardPayload { source: MagtekV5, cipher: TdesPin, .. }");
    }

    #[test]
    fn what_does_not_fit_is_refused_when_written_and_when_read() {
        type Change = fn(&mut CardPayload);
        let changes: [(Change, PayloadError); 12] = [
            (|p| p.v = 2, PayloadError::Version(2)),
            (|p| p.cipher = Cipher::Clear, PayloadError::Cipher),
            (|p| p.source = Source::SureSwipe, PayloadError::Cipher),
            (|p| p.ksn.truncate(9), PayloadError::Length("key serial number")),
            (|p| p.ksn.resize(12, 0), PayloadError::Length("key serial number")),
            (|p| p.serial = "x".repeat(33), PayloadError::Length("serial number")),
            (|p| p.emv = vec![0x5a, 0], PayloadError::Length("chip data")),
            (|p| p.tracks[0].truncate(63), PayloadError::Length("track")),
            (|p| p.lens[0] = 65, PayloadError::Length("track")),
            (|p| p.lens[0] = 56, PayloadError::Length("track")),
            (|p| p.tracks[0] = vec![0; MAX_TRACK + 8], PayloadError::Length("track")),
            (|p| (p.tracks, p.lens) = (Default::default(), [0; 3]), PayloadError::Length("track")),
        ];
        for (number, (change, error)) in changes.into_iter().enumerate() {
            let mut payload = encrypted();
            change(&mut payload);
            assert_eq!(payload.to_cbor().err(), Some(error.clone()), "change {number}");
            assert_eq!(CardPayload::from_cbor(&cbor::to_vec(&payload).unwrap()).err(), Some(error), "change {number}");
        }
    }

    #[test]
    fn both_tracks_of_the_original_frame_are_one_block() {
        let mut payload = encrypted();
        (payload.source, payload.cipher) = (Source::IdtechOriginal, Cipher::TdesData);
        payload.tracks = [vec![1; 104], Vec::new(), b";3?".to_vec()];
        payload.lens = [60, 37, 3];
        assert_eq!(payload.check(), Ok(()));
        payload.lens = [60, 45, 3];
        assert_eq!(payload.check(), Err(PayloadError::Length("track")));
    }
}
