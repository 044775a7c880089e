//! A symmetric key, 256 bits.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::CodecError;

/// 32 secret bytes: overwritten when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// Takes 32 bytes that are already a key. The caller's own copy stays the caller's to overwrite.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Key(bytes)
    }

    /// Takes exactly 32 bytes.
    ///
    /// # Errors
    /// [`CodecError::Length`] for any other length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, CodecError> {
        match bytes.try_into() {
            Ok(bytes) => Ok(Key(bytes)),
            Err(_) => Err(CodecError::Length { expected: 32, found: bytes.len() }),
        }
    }

    /// The secret itself, for handing it to another primitive. Nothing else may keep it, print it or store it in clear.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_not_printed() {
        assert_eq!(format!("{:?}", Key::new([7; 32])), "Key(…)");
    }

    #[test]
    fn has_32_bytes() {
        assert!(Key::from_slice(&[0; 32]).is_ok());
        assert_eq!(Key::from_slice(&[0; 31]).err(), Some(CodecError::Length { expected: 32, found: 31 }));
        assert_eq!(Key::from_slice(&[0; 33]).err(), Some(CodecError::Length { expected: 32, found: 33 }));
    }
}
