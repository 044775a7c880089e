//! CBOR (RFC 8949) with limits: the only way in which Barrow's records become bytes.

use serde::{Serialize, de::DeserializeOwned};

pub use crate::MAX_BYTES;
use crate::error::CodecError;

/// Writes `value` as CBOR.
///
/// # Errors
/// [`CodecError::TooLong`] over [`MAX_BYTES`]; [`CodecError::Malformed`] where the value refuses to be written.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).map_err(|error| CodecError::Malformed(error.to_string()))?;
    within_limit(&out)?;
    Ok(out)
}

/// Reads one CBOR value that fills `bytes` to the last byte. By another library than [`to_vec`]: its code for each type is less
/// than half of ciborium's, which counts in what a tablet downloads; a property test holds the two together.
///
/// How deep values may stand in each other is bounded by `T`: what it does not know is skipped without going down into it.
///
/// # Errors
/// [`CodecError::TooLong`] over [`MAX_BYTES`]; [`CodecError::Malformed`] for anything else than a `T`;
/// [`CodecError::Trailing`] if bytes are left over.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    within_limit(bytes)?;
    let mut reader = minicbor_serde::Deserializer::new(bytes);
    let value = T::deserialize(&mut reader).map_err(|error| CodecError::Malformed(error.to_string()))?;
    if reader.decoder().position() == bytes.len() { Ok(value) } else { Err(CodecError::Trailing) }
}

fn within_limit(bytes: &[u8]) -> Result<(), CodecError> {
    if bytes.len() > MAX_BYTES { Err(CodecError::TooLong { found: bytes.len() }) } else { Ok(()) }
}

/// For `#[serde(with = "barrow_sealing::cbor::bytes")]`: a `Vec<u8>` or `[u8; N]` as one byte string instead of serde's array of
/// numbers.
pub mod bytes {
    use std::{fmt, marker::PhantomData};

    use serde::{
        Deserializer, Serializer,
        de::{Error, SeqAccess, Visitor},
    };

    /// Writes the bytes as one byte string.
    ///
    /// # Errors
    /// Whatever the serialiser says.
    pub fn serialize<T: AsRef<[u8]>, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(value.as_ref())
    }

    /// Reads one byte string; also a sequence of numbers, for formats without byte strings.
    ///
    /// # Errors
    /// If it is no byte string, or not of the length that an array has.
    pub fn deserialize<'de, T: TryFrom<Vec<u8>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_byte_buf(Bytes(PhantomData))
    }

    struct Bytes<T>(PhantomData<T>);

    impl<'de, T: TryFrom<Vec<u8>>> Visitor<'de> for Bytes<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a byte string")
        }

        fn visit_bytes<E: Error>(self, value: &[u8]) -> Result<T, E> {
            self.visit_byte_buf(value.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, value: Vec<u8>) -> Result<T, E> {
            let length = value.len();
            T::try_from(value).map_err(|_| E::invalid_length(length, &self))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
            let mut out = Vec::new();
            while let Some(byte) = seq.next_element()? {
                out.push(byte);
            }
            self.visit_byte_buf(out)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Two {
        #[serde(with = "bytes")]
        fixed: [u8; 3],
        #[serde(with = "bytes")]
        free: Vec<u8>,
    }

    #[test]
    fn bytes_are_a_byte_string_and_their_length_is_checked() {
        let two = Two { fixed: [1, 2, 3], free: vec![9; 5000] };
        let written = to_vec(&two).unwrap();
        assert_eq!(&written[..11], b"\xa2\x65fixed\x43\x01\x02\x03");
        assert_eq!(from_slice::<Two>(&written).unwrap(), two);
        let short = b"\xa2\x65fixed\x42\x01\x02\x64free\x40";
        assert!(matches!(from_slice::<Two>(short), Err(CodecError::Malformed(_))));
    }

    #[test]
    fn what_is_left_over_is_refused() {
        assert_eq!(from_slice::<u8>(&[5]), Ok(5));
        assert_eq!(from_slice::<u8>(&[5, 5]), Err(CodecError::Trailing));
    }

    #[test]
    fn what_is_too_deep_is_refused_or_skipped_without_going_down() {
        let deep = [vec![0x81; 100_000], vec![0x80]].concat();
        assert!(matches!(from_slice::<Vec<Vec<u8>>>(&deep), Err(CodecError::Malformed(_))));
        let unknown = [b"\xa3\x65fixed\x43\x01\x02\x03\x64free\x40\x65later".as_slice(), &deep].concat();
        assert_eq!(from_slice::<Two>(&unknown), Ok(Two { fixed: [1, 2, 3], free: Vec::new() }));
    }

    #[test]
    fn too_long_is_refused_both_ways() {
        let long = vec![0u8; MAX_BYTES + 1];
        assert_eq!(from_slice::<u8>(&long), Err(CodecError::TooLong { found: MAX_BYTES + 1 }));
        assert!(matches!(to_vec(&Two { fixed: [0; 3], free: long }), Err(CodecError::TooLong { .. })));
    }

    /// A length that lies (here 2^40 bytes) must not make the reader allocate it.
    #[test]
    fn a_lying_length_is_refused() {
        let lie = [0x5b, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2];
        let lying = [b"\xa2\x65fixed\x43\x01\x02\x03\x64free".as_slice(), &lie].concat();
        assert!(matches!(from_slice::<Two>(&lying), Err(CodecError::Malformed(_))));
    }
}
