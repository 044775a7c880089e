//! CBOR (RFC 8949) with limits: the only way in which Barrow's records become bytes.

use serde::{Serialize, de::DeserializeOwned};

pub use crate::MAX_BYTES;
use crate::error::CodecError;

/// How deep arrays and maps may stand in each other.
pub const MAX_DEPTH: usize = 32;

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

/// Reads one CBOR value that fills `bytes` to the last byte.
///
/// # Errors
/// [`CodecError::TooLong`] over [`MAX_BYTES`]; [`CodecError::Malformed`] for anything else than a `T`, or one nested deeper than
/// [`MAX_DEPTH`]; [`CodecError::Trailing`] if bytes are left over.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    within_limit(bytes)?;
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, MAX_DEPTH).map_err(|error| match error {
        // The shape's own words help who debugs it; a decoder's inner state would not.
        ciborium::de::Error::Semantic(_, why) => CodecError::Malformed(why),
        ciborium::de::Error::Io(_) => CodecError::Malformed("it ends too early".into()),
        ciborium::de::Error::Syntax(at) => CodecError::Malformed(format!("not CBOR at byte {at}")),
        ciborium::de::Error::RecursionLimitExceeded => CodecError::Malformed("nested too deeply".into()),
    })?;
    if rest.is_empty() { Ok(value) } else { Err(CodecError::Trailing) }
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
    fn too_deep_is_refused() {
        fn nested(depth: usize) -> Vec<u8> {
            let mut bytes = vec![0x81; depth];
            bytes.push(0x80);
            bytes
        }
        assert!(from_slice::<ciborium::Value>(&nested(20)).is_ok());
        assert_eq!(from_slice::<ciborium::Value>(&nested(100_000)), Err(CodecError::Malformed("nested too deeply".into())));
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
        assert!(matches!(from_slice::<ciborium::Value>(&lie), Err(CodecError::Malformed(_))));
    }
}
