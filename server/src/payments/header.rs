//! What a JWE says in clear: its protected header (RFC 7516, 4; RFC 7515, appendix C for its base64url). No key is needed to read
//! it, and the processor refuses a JWE whose header was changed, because the header is its associated data.

use barrow_core::{
    card::CardTender,
    ids::{PaymentId, ShopId, TillId},
    money::Minor,
};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;

/// The longest JWE that is forwarded, characters. Those of the readers that are known have less than 4,000.
pub const JWE_CHARS_MAX: usize = 32 * 1024;

/// What the till wrote beside the sealed card.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    enc: String,
    kid: String,
    payment: String,
    amount: i64,
    currency: String,
    shop: u64,
    till: u64,
}

/// What the signed entry says of the payment.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Whose entry.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// The tender's amount.
    pub amount: Minor,
    /// The sale's currency.
    pub currency: &'a str,
    /// The card.
    pub card: &'a CardTender,
}

/// Compares a JWE's header with the entry. `Err` says, for a person, what does not fit.
///
/// # Errors
/// A part of a sentence, such as `the amount`.
pub fn check(jwe: &str, signed: &Signed<'_>) -> Result<(), &'static str> {
    let header = read(jwe).ok_or("what was sealed cannot be read")?;
    if (header.alg.as_str(), header.enc.as_str()) != ("RSA-OAEP-256", "A256GCM") {
        return Err("it was sealed in a way that is not accepted");
    }
    let Signed { shop, till, amount, currency, card } = *signed;
    if PaymentId::from_hex(&header.payment) != Some(card.payment) {
        return Err("it was sealed for another payment");
    }
    if header.amount != amount.0 || amount.0 <= 0 {
        return Err("it was sealed for another amount");
    }
    if header.currency != currency {
        return Err("it was sealed for another currency");
    }
    if (header.shop, header.till) != (shop.0, till.0) {
        return Err("it was sealed at another till");
    }
    if header.kid != card.kid {
        return Err("it was sealed to another key than the sale says");
    }
    Ok(())
}

fn read(jwe: &str) -> Option<Header> {
    if jwe.len() > JWE_CHARS_MAX {
        return None;
    }
    let parts: Vec<&str> = jwe.split('.').collect();
    let compact = parts.len() == 5 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(is_base64url));
    if !compact {
        return None;
    }
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(parts.first()?).ok()?).ok()
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use barrow_core::{
        bytes::Blob,
        card::{Brand, EntryMode, Token},
    };
    use serde_json::{Value, json};

    use super::*;

    fn card() -> CardTender {
        CardTender {
            payment: PaymentId([7; 16]),
            brand: Brand::Visa,
            last4: "4242".into(),
            expiry: None,
            mode: EntryMode::Swipe,
            token: Token([0; 16]),
            ksn: String::new(),
            reader: String::new(),
            kid: "k1".into(),
            sealed: Blob(vec![]),
        }
    }

    fn jwe(change: impl FnOnce(&mut Value)) -> String {
        let mut header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "k1", "payment": PaymentId([7; 16]).to_string(),
            "amount": 1250, "currency": "EUR", "shop": 1, "till": 2});
        change(&mut header);
        format!("{}.AA.AA.AA.AA", Base64UrlUnpadded::encode_string(header.to_string().as_bytes()))
    }

    fn checked(jwe: &str, amount: i64) -> Result<(), &'static str> {
        check(jwe, &Signed { shop: ShopId(1), till: TillId(2), amount: Minor(amount), currency: "EUR", card: &card() })
    }

    #[test]
    fn a_header_must_be_that_of_the_sale() {
        assert_eq!(checked(&jwe(|_| {}), 1250), Ok(()));
        for (name, value) in [
            ("payment", json!("07")),
            ("payment", json!(PaymentId([8; 16]).to_string())),
            ("amount", json!(1251)),
            ("amount", json!(-1250)),
            ("amount", json!("1250")),
            ("currency", json!("USD")),
            ("shop", json!(2)),
            ("till", json!("2")),
            ("till", json!(3)),
            ("alg", json!("RSA1_5")),
            ("enc", json!("A128CBC-HS256")),
            ("kid", json!("k2")),
        ] {
            assert!(checked(&jwe(|header| header[name] = value.clone()), 1250).is_err(), "{name} {value}");
        }
        assert!(checked(&jwe(|header| header["amount"] = 0.into()), 0).is_err());
    }

    #[test]
    fn any_other_text_is_no_jwe() {
        let good = jwe(|_| {});
        for bad in [
            String::new(),
            "....".into(),
            good.replace(".AA.AA.AA.AA", ""),
            format!("{good}.AA"),
            good.replace(".AA.", ".A\u{e4}."),
            format!("{good}{}", "A".repeat(JWE_CHARS_MAX)),
            "e30.AA.AA.AA.AA".into(),
        ] {
            assert_eq!(checked(&bad, 1250), Err("what was sealed cannot be read"), "{bad:.40}");
        }
    }
}
