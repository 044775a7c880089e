//! HKDF-SHA-256 (RFC 5869).

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroize;

use crate::key::Key;

/// One key out of secret bytes. `info` says what for: no two uses may share it.
pub(crate) fn key(salt: &[u8], secret: &[u8], info: &[u8]) -> Key {
    let mut out = [0; 32];
    match expand(salt, secret, info, &mut out) {
        Ok(()) => {}
        // RFC 5869, 2.3 refuses only more than 255 blocks of 32 bytes, and this is one.
        Err(TooMuch) => unreachable!("HKDF gives at least one block"),
    }
    let key = Key::new(out);
    out.zeroize();
    key
}

/// More was asked for than HKDF can give.
#[derive(Debug, PartialEq, Eq)]
struct TooMuch;

fn expand(salt: &[u8], secret: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), TooMuch> {
    Hkdf::<Sha256>::new(Some(salt), secret).expand(info, out).map_err(|_| TooMuch)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::published::{self, Hex};

    /// Wycheproof `hkdf_sha256_test.json`, all cases.
    #[test]
    fn wycheproof() {
        let (mut valid, mut invalid) = (0, 0);
        for (_, test) in published::wycheproof("hkdf_sha256_test.json") {
            let size = usize::try_from(test["size"].as_u64().unwrap()).unwrap();
            let mut out = vec![0; size];
            let answer = expand(&test.hex("salt"), &test.hex("ikm"), &test.hex("info"), &mut out);
            if test["result"] == "valid" {
                assert_eq!(answer, Ok(()));
                assert_eq!(out, test.hex("okm"), "case {}", test["tcId"]);
                if size == 32 {
                    assert_eq!(key(&test.hex("salt"), &test.hex("ikm"), &test.hex("info")).expose(), out.as_slice());
                }
                valid += 1;
            } else {
                assert_eq!(answer, Err(TooMuch), "case {}", test["tcId"]);
                invalid += 1;
            }
        }
        assert!(valid >= 80 && invalid >= 1, "the file was not read: {valid} valid, {invalid} invalid");
    }
}
