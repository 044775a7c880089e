//! The protected header.

use super::{JweError, MAX_HEADER};
use crate::hash;

/// What is paid, where, and under which key: readable by anybody, changed by nobody.
///
/// As compact JSON, in this order:
/// `{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":…,"payment":…,"amount":…,"currency":…,"shop":…,"till":…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The processor's key: 1 to 64 characters of `A–Z a–z 0–9 - _ . : @`, so that nothing in the header ever needs an escape.
    pub kid: String,
    /// The payment's id; in JSON 32 lower-case hexadecimal digits.
    pub payment: [u8; 16],
    /// What is to be paid, minor units of `currency`; more than nothing.
    pub amount: i64,
    /// ISO 4217, three capital letters.
    pub currency: String,
    /// The shop's number. At most 2^53, as JSON's numbers go.
    pub shop: u64,
    /// The till's number, with the same limit.
    pub till: u64,
}

/// The largest whole number that every JSON reader reads as it was written (RFC 8259, 6).
const MAX_NUMBER: u64 = 1 << 53;

impl Header {
    /// Can it be written down, and is it a payment?
    ///
    /// # Errors
    /// [`JweError::Header`].
    pub fn check(&self) -> Result<(), JweError> {
        let kid = (1..=64).contains(&self.kid.len())
            && self.kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte));
        let currency = self.currency.len() == 3 && self.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        let amount = u64::try_from(self.amount).is_ok_and(|amount| (1..=MAX_NUMBER).contains(&amount));
        let numbers = self.shop <= MAX_NUMBER && self.till <= MAX_NUMBER;
        if kid && currency && amount && numbers { Ok(()) } else { Err(JweError::Header) }
    }

    pub(super) fn to_json(&self) -> Result<String, JweError> {
        self.check()?;
        let Self { kid, payment, amount, currency, shop, till } = self;
        let payment = hash::hex(payment);
        let json = format!(
            r#"{{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"{kid}","payment":"{payment}","amount":{amount},"currency":"{currency}","shop":{shop},"till":{till}}}"#
        );
        if json.len() > MAX_HEADER { Err(JweError::Header) } else { Ok(json) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn header() -> Header {
        Header { kid: "acq-1".into(), payment: [0xab; 16], amount: 1250, currency: "EUR".into(), shop: 7, till: 2 }
    }

    #[test]
    fn reads_as_documented() {
        assert_eq!(
            header().to_json().unwrap(),
            r#"{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"acq-1","payment":"abababababababababababababababab","amount":1250,"currency":"EUR","shop":7,"till":2}"#
        );
    }

    #[test]
    fn what_would_need_an_escape_or_is_no_payment_is_refused() {
        let changes: [fn(&mut Header); 10] = [
            |h| h.kid = String::new(),
            |h| h.kid = "x".repeat(65),
            |h| h.kid = "a\"b".into(),
            |h| h.kid = "caf\u{e9}".into(),
            |h| h.currency = "eur".into(),
            |h| h.currency = "EURO".into(),
            |h| h.amount = 0,
            |h| h.amount = -1,
            |h| h.amount = i64::MAX,
            |h| h.shop = MAX_NUMBER + 1,
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut header = header();
            change(&mut header);
            assert_eq!(header.to_json(), Err(JweError::Header), "change {number}");
        }
    }
}
