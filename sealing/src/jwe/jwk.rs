//! The processor's public key, as a JWK (RFC 7517; RFC 7518, 6.3) has it.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{JweError, RSA_BYTES};

/// An RSA public key for `RSA-OAEP-256`, of 2048 to 8192 bits, checked. The signed configuration pins it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl PublicKey {
    /// From a JWK's `kid`, `n` and `e`, the latter two as base64url.
    ///
    /// # Errors
    /// [`JweError::Encoding`]; [`JweError::PublicKey`] for a modulus that is even, has leading zeros or too few or too many bits, or
    /// an exponent that is even, less than 3 or longer than 8 bytes.
    pub fn from_jwk(kid: &str, n: &str, e: &str) -> Result<Self, JweError> {
        let limit = RSA_BYTES.end().div_ceil(3) * 4;
        if n.len() > limit || e.len() > limit {
            return Err(JweError::PublicKey);
        }
        let decoded = |text| Base64UrlUnpadded::decode_vec(text).map_err(|_| JweError::Encoding);
        let (modulus, exponent) = (decoded(n)?, decoded(e)?);
        let modulus_fits = RSA_BYTES.contains(&modulus.len())
            && modulus.first() >= Some(&0x80)
            && modulus.last().is_some_and(|last| last & 1 == 1);
        let exponent_fits = (1..=8).contains(&exponent.len())
            && exponent.first() != Some(&0)
            && exponent.last().is_some_and(|last| last & 1 == 1)
            && exponent != [1];
        if modulus_fits && exponent_fits { Ok(Self { kid: kid.to_owned(), modulus, exponent }) } else { Err(JweError::PublicKey) }
    }

    /// Which key it is: the `kid` of the headers for it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The modulus, big-endian, without leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian, without leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, JweError> {
        PublicKey::from_jwk("acq-1", &Base64UrlUnpadded::encode_string(modulus), &Base64UrlUnpadded::encode_string(exponent))
    }

    #[test]
    fn only_an_rsa_key_of_a_fit_size_is_taken() {
        let odd = |bytes: usize| [vec![0x80; bytes - 1], vec![1]].concat();
        assert!(key(&odd(256), &[1, 0, 1]).is_ok_and(|key| key.modulus() == odd(256) && key.exponent() == [1, 0, 1]));
        assert!(key(&odd(1024), &[3]).is_ok());
        for (modulus, exponent) in [
            (odd(255), &[1, 0, 1][..]),
            (odd(1025), &[1, 0, 1]),
            (vec![0x80; 256], &[1, 0, 1]),
            ([vec![0x7f; 255], vec![1]].concat(), &[1, 0, 1]),
            ([vec![0], odd(256)].concat(), &[1, 0, 1]),
            (odd(256), &[]),
            (odd(256), &[1]),
            (odd(256), &[2]),
            (odd(256), &[0, 3]),
            (odd(256), &[1; 9]),
        ] {
            assert_eq!(key(&modulus, exponent), Err(JweError::PublicKey), "{} bytes, {exponent:?}", modulus.len());
        }
        assert_eq!(PublicKey::from_jwk("acq-1", "+/==", "AQAB"), Err(JweError::Encoding));
    }
}
