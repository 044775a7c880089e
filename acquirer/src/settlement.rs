//! The settlement file: what the processor owes for one day (UTC), as CSV (RFC 4180).
//!
//! One `sale` row for each payment approved that day, one `reversal` row (a negative amount) for each approved payment taken back
//! that day, then one `total` row a currency with the number of rows and their sum. Declined payments are not in it.

use std::collections::BTreeMap;

use crate::{
    clock::rfc3339,
    decide::Answer,
    store::{Payment, Store, StoreError},
};

const HEADER: [&str; 10] =
    ["kind", "payment", "at", "shop", "till", "card", "entry", "authorization", "amount_minor", "currency"];

/// The file for the day from `from_ms` up to but without `to_ms`.
///
/// # Errors
/// [`StoreError`].
pub async fn file(store: &Store, from_ms: i64, to_ms: i64) -> Result<String, StoreError> {
    let payments = store.within(from_ms, to_ms).await?;
    write(&payments, |at_ms| (from_ms..to_ms).contains(&at_ms)).map_err(|_| StoreError::Corrupt("settlement"))
}

fn write(payments: &[Payment], today: impl Fn(i64) -> bool) -> Result<String, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    out.write_record(HEADER)?;
    let mut totals: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    for payment in payments {
        let Answer::Approved { authorization } = &payment.answer else { continue };
        let moves = [("sale", Some(payment.at_ms), 1), ("reversal", payment.reversed_at_ms, -1)];
        for (kind, at_ms, sign) in moves {
            let Some(at_ms) = at_ms.filter(|at_ms| today(*at_ms)) else { continue };
            let amount_minor = i128::from(payment.amount_minor) * sign;
            let total = totals.entry(&payment.currency).or_default();
            *total = (total.0 + 1, total.1 + amount_minor);
            out.write_record([
                kind,
                &payment.key,
                &rfc3339(at_ms),
                &inert(&payment.shop),
                &inert(&payment.till),
                &masked(payment),
                &payment.entry,
                authorization,
                &amount_minor.to_string(),
                &payment.currency,
            ])?;
        }
    }
    for (currency, (rows, sum)) in totals {
        let rows = format!("{rows} rows");
        out.write_record(["total", "", "", "", "", "", "", &rows, &sum.to_string(), currency])?;
    }
    let bytes = out.into_inner().map_err(|fault| csv::Error::from(std::io::Error::other(fault.to_string())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `545230******7189`: all that may be shown (PCI DSS 4, 3.4.1). Nothing for a card that could not be read.
#[must_use]
pub fn masked(payment: &Payment) -> String {
    payment.card.as_ref().map_or_else(String::new, |(bin, last_four)| format!("{bin}******{last_four}"))
}

/// A cell that no spreadsheet takes for a formula: what a till sealed is somebody else's text.
fn inert(cell: &str) -> String {
    if cell.trim_start().starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::decide::Reason;

    fn payment(key: &str, amount_minor: i64, currency: &str) -> Payment {
        Payment {
            key: key.into(),
            jwe_sha256: [0; 32],
            at_ms: 1000,
            shop: "1".into(),
            till: "=2, \"two\"".into(),
            amount_minor,
            currency: currency.into(),
            kid: "k".into(),
            entry: "swipe".into(),
            card: Some(("545230".into(), "7189".into())),
            answer: Answer::Approved { authorization: "A1B2C3".into() },
            warnings: String::new(),
            reversed_at_ms: None,
        }
    }

    #[test]
    fn sales_and_reversals_of_the_day_and_their_totals() {
        let declined = Payment { answer: Answer::Declined { reason: Reason::Replay }, ..payment("d", 5, "EUR") };
        let reversed = Payment { reversed_at_ms: Some(1500), ..payment("b", 300, "EUR") };
        let of_yesterday = Payment { at_ms: 0, reversed_at_ms: Some(1001), ..payment("c", 50, "CHF") };
        let file = write(&[payment("a", 1000, "EUR"), reversed, of_yesterday, declined], |at_ms| at_ms >= 1000).unwrap();
        let text = "kind,payment,at,shop,till,card,entry,authorization,amount_minor,currency\r\n\
            sale,a,1970-01-01T00:00:01Z,1,\"'=2, \"\"two\"\"\",545230******7189,swipe,A1B2C3,1000,EUR\r\n\
            sale,b,1970-01-01T00:00:01Z,1,\"'=2, \"\"two\"\"\",545230******7189,swipe,A1B2C3,300,EUR\r\n\
            reversal,b,1970-01-01T00:00:01.5Z,1,\"'=2, \"\"two\"\"\",545230******7189,swipe,A1B2C3,-300,EUR\r\n\
            reversal,c,1970-01-01T00:00:01.001Z,1,\"'=2, \"\"two\"\"\",545230******7189,swipe,A1B2C3,-50,CHF\r\n\
            total,,,,,,,1 rows,-50,CHF\r\n\
            total,,,,,,,3 rows,1000,EUR\r\n";
        assert_eq!(file, text);
    }
}
