//! Base64 with padding (RFC 4648, 4), as HTTP's structured fields have it, and base64url without (RFC 4648, 5), as JWKs do.

/// Encodes `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() { '=' } else { digit as char });
        }
    }
    out
}

/// Encodes `bytes` for a URL, without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::{encode, encode_url};

    #[test]
    fn a_url_takes_other_digits_and_no_padding() {
        assert_eq!(encode_url(&[0xfb, 0xff, 0xfe, 0x01]), "-__-AQ");
    }

    /// RFC 4648, 10.
    #[test]
    fn the_published_examples() {
        let examples = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (plain, encoded) in examples {
            assert_eq!(encode(plain.as_bytes()), encoded);
        }
    }
}
