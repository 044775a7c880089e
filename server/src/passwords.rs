//! The office's passwords: argon2id, as OWASP's cheat sheet asks (19 MiB, two passes, one lane).

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Output, PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use thiserror::Error;

use crate::random;

/// A password that cannot be hashed.
#[derive(Debug, Error)]
#[error("this password cannot be used: {0}")]
pub struct BadPassword(argon2::password_hash::Error);

/// The hash to be kept, as a PHC string. Takes tens of milliseconds.
///
/// # Errors
/// [`BadPassword`].
pub fn hash(password: &str) -> Result<String, BadPassword> {
    let salt = SaltString::encode_b64(&random::bytes::<16>()).map_err(BadPassword)?;
    Ok(hasher().hash_password(password.as_bytes(), &salt).map_err(BadPassword)?.to_string())
}

/// Is it the password of this hash? Takes as long when there is no hash (no such login), so that logins cannot be told by time.
#[must_use]
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    match hash.map(PasswordHash::new) {
        Some(Ok(hash)) => hasher().verify_password(password.as_bytes(), &hash).is_ok(),
        _ => {
            let mut out = [0; Output::MIN_LENGTH];
            let _ = hasher().hash_password_into(password.as_bytes(), b"nobody's salt", &mut out);
            false
        }
    }
}

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let kept = hash("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("correct horse", Some(&kept)));
        assert!(!verify("battery staple", Some(&kept)));
        assert!(!verify("correct horse", None));
        assert!(!verify("correct horse", Some("not a hash")));
    }
}
