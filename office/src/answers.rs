//! What the server's office API answers (`/openapi.json`), as far as this page shows it. Amounts are minor units of the
//! currency beside them; times are RFC 3339 by the clock that the field's comment names.

use std::collections::BTreeMap;

use barrow_core::staff::Role;
use barrow_language::tf;
use serde::Deserialize;

mod gifts;

pub use gifts::{GiftCard, GiftCards, GiftMove, GiftSold, GiftTender};

/// A sale, or a refund of one, of `GET /v1/office/sales`. A refund's amounts and quantities are negative.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Sale {
    /// `till-epoch-seq`.
    pub id: String,
    /// Of which sale it is a refund; nothing for a sale.
    #[serde(default)]
    pub of: Option<String>,
    /// Why it was refunded.
    #[serde(default)]
    pub reason: Option<String>,
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// When it was paid, by the till's clock.
    pub at: String,
    /// Who sold.
    pub staff: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// What the customer owed, cash rounding included.
    pub total_minor: i64,
    /// What cash rounding added.
    pub rounding_minor: i64,
    /// What of it is a tip.
    #[serde(default)]
    pub tip_minor: i64,
    /// Gift cards that were sold with it.
    #[serde(default)]
    pub gifts: Vec<GiftSold>,
    /// What was sold.
    pub lines: Vec<Line>,
    /// How it was paid.
    pub tenders: Vec<Tender>,
    /// It was taken back; nothing if not.
    #[serde(default)]
    pub voided: Option<Voided>,
    /// It came after its shift had been closed.
    pub late: bool,
    /// What is wrong with its entry, as alerts name it.
    pub flags: Vec<String>,
}

/// How a sale was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Voided {
    /// When, by the till's clock.
    pub at: String,
    /// Why, in the person's words.
    pub reason: String,
    /// Who did it.
    pub by: Option<String>,
}

/// A line of a sale.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Line {
    /// The product's key.
    pub sku: String,
    /// Its name at the time.
    pub name: String,
    /// How much, in thousandths.
    pub qty_milli: i64,
    /// Price of one piece.
    pub unit_minor: i64,
    /// The catalogue's price of one piece, where it was sold at another.
    #[serde(default)]
    pub list_unit_minor: Option<i64>,
    /// What quantity and unit price are of, where not of pieces.
    #[serde(default)]
    pub measure: Option<String>,
    /// What was chosen with it.
    #[serde(default)]
    pub extras: Vec<Extra>,
    /// What was said about it.
    #[serde(default)]
    pub note: Option<String>,
    /// What a promotion took off: a negative price.
    #[serde(default)]
    pub promotion: Option<Extra>,
    /// Its share of what was taken off the whole order.
    #[serde(default)]
    pub order_off_minor: i64,
    /// What was taken off.
    #[serde(default)]
    pub discount: Option<Discount>,
    /// With tax.
    pub gross_minor: i64,
    /// Its taxes.
    pub taxes: Vec<TaxShare>,
}

/// A name and what it adds to the price.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Extra {
    /// Its name at the time.
    pub name: String,
    /// What it adds.
    pub price_minor: i64,
}

/// What was taken off a line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Discount {
    /// Which part, in millionths.
    pub rate_ppm: u32,
    /// How much that is.
    pub amount_minor: i64,
    /// Why, in the person's words.
    pub reason: String,
}

/// A tax on a line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxShare {
    /// The tax's code.
    pub code: String,
    /// Its rate in millionths.
    pub rate_ppm: u32,
    /// The tax.
    pub amount_minor: i64,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tender {
    /// By what means.
    pub kind: String,
    /// What of it paid for the sale.
    pub amount_minor: i64,
    /// What was handed over.
    pub tendered_minor: i64,
    /// What was handed back.
    pub change_minor: i64,
    /// The card that pays.
    #[serde(default)]
    pub card: Option<Card>,
    /// The gift card that pays.
    #[serde(default)]
    pub gift: Option<GiftTender>,
    /// The number on another terminal's slip.
    #[serde(default)]
    pub reference: Option<String>,
}

/// A card that pays for a sale.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Card {
    /// Its scheme.
    pub brand: String,
    /// Its last four digits; empty where the reader hides them.
    pub last4: String,
    /// How it was read.
    pub mode: String,
    /// How far the payment has come.
    #[serde(default)]
    pub state: Option<String>,
}

/// A card payment, of `GET /v1/office/payments`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Payment {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `till-epoch-seq` of its sale.
    pub sale: String,
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// When it was taken, by the till's clock.
    pub at: String,
    /// Who took it.
    pub staff: Option<String>,
    /// How much.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// The card's scheme.
    pub brand: String,
    /// Its last four digits.
    pub last4: String,
    /// How it was read.
    pub mode: String,
    /// How far it has come.
    pub state: String,
    /// May it be asked for now?
    pub may_retry: bool,
    /// How often it was tried.
    pub attempts: u64,
    /// The processor's number for it.
    pub authorization: Option<String>,
    /// Why it was declined or is held.
    pub reason: Option<String>,
}

/// What is open at a till, of `GET /v1/office/payments/open`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OpenPayments {
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// How many payments.
    pub payments: u64,
    /// What they come to.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A day's payments at other terminals, of `GET /v1/office/terminals`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TerminalDay {
    /// ISO 4217 code.
    pub currency: String,
    /// What they come to, without voided sales.
    pub noted_minor: i64,
    /// Each of them, oldest first.
    pub payments: Vec<TerminalPayment>,
    /// What the terminal's own report said, newest first.
    pub totals: Vec<TerminalTotal>,
}

/// A payment at another terminal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TerminalPayment {
    /// `till-epoch-seq` of its sale.
    pub sale: String,
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// When, by the till's clock.
    pub at: String,
    /// Who took it.
    pub staff: Option<String>,
    /// How much.
    pub amount_minor: i64,
    /// The number on the slip.
    pub reference: String,
    /// Its sale was voided.
    pub voided: bool,
}

/// A terminal's total that somebody typed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TerminalTotal {
    /// When, by the server's clock.
    pub at: String,
    /// By whom.
    pub by: String,
    /// The terminal's total.
    pub reported_minor: i64,
    /// What the tills had noted then.
    pub noted_minor: i64,
    /// The first less the second.
    pub difference_minor: i64,
    /// What was written to it.
    pub note: String,
}

/// Scheme and last four digits, as receipts name a card.
pub fn card_label(brand: &str, last4: &str) -> String {
    if last4.is_empty() { brand.to_owned() } else { format!("{brand} ····{last4}") }
}

impl Sale {
    /// How far its card payments have come.
    pub fn payment_states(&self) -> Vec<Option<String>> {
        self.tenders.iter().filter_map(|tender| Some(tender.card.as_ref()?.state.clone())).collect()
    }

    /// Pieces sold: whole pieces by number, anything weighed as one.
    pub fn items(&self) -> i64 {
        let pieces = |line: &Line| if line.qty_milli % 1000 == 0 { line.qty_milli / 1000 } else { 1 };
        self.lines.iter().map(pieces).fold(0, i64::saturating_add)
    }

    /// Its taxes, summed by code and rate, in that order.
    pub fn taxes(&self) -> Vec<TaxShare> {
        let mut sums: BTreeMap<(&str, u32), i64> = BTreeMap::new();
        for tax in self.lines.iter().flat_map(|line| &line.taxes) {
            let sum = sums.entry((&tax.code, tax.rate_ppm)).or_default();
            *sum = sum.saturating_add(tax.amount_minor);
        }
        let share =
            |((code, rate_ppm), amount_minor): ((&str, u32), i64)| TaxShare { code: code.to_owned(), rate_ppm, amount_minor };
        sums.into_iter().map(share).collect()
    }
}

/// A till, of `GET /v1/office/tills`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Till {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `active`, `waiting` (for a tablet) or `revoked`.
    pub state: String,
    /// Which of its lives this is; 0 before the first.
    pub epoch: u32,
    /// The last entry that arrived with nothing missing before it.
    pub last_seq: u64,
    /// When the server last acknowledged entries, by its own clock.
    pub last_ack_at: Option<String>,
    /// When this life began, by the server's clock.
    pub enrolled_at: Option<String>,
}

/// `GET /v1/office/mails`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Mails {
    /// Is there a mail server?
    pub configured: bool,
    /// The newest first.
    pub mails: Vec<Mail>,
}

/// A receipt by e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// The place of the entry that asks for it.
    pub id: String,
    /// Whose receipt.
    pub sale: String,
    /// Who asked.
    pub staff: Option<String>,
    /// When, by the till's clock.
    pub at: String,
    /// `waiting`, `sent`, `refused` or `given-up`.
    pub state: String,
    /// Where it goes, while that is known.
    pub address: Option<String>,
    /// What the mail server said the last time.
    pub trouble: String,
    /// When it was sent, refused or given up.
    pub done_at: Option<String>,
}

/// An anomaly, of `GET /v1/office/alerts`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Alert {
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// In which of the till's lives.
    pub epoch: u32,
    /// At which entry.
    pub seq: u64,
    /// What.
    pub kind: String,
    /// When it was raised, by the server's clock.
    pub at: String,
    /// What it means.
    pub text: String,
    /// Which of several things at that place; usually nothing.
    #[serde(default)]
    pub about: String,
    /// What exactly, and what to do; usually nothing.
    #[serde(default)]
    pub detail: String,
    /// What was done about it.
    #[serde(default)]
    pub answered: Option<Answered>,
}

/// What was done about an alert.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Answered {
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
    /// What, in their words.
    pub note: String,
}

/// A line of the audit trail, of `GET /v1/office/audit`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// `till-epoch-seq`.
    pub id: String,
    /// The till's number; 0 for what was changed in the office.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// In which of the till's lives.
    pub epoch: u32,
    /// Its place.
    pub seq: u64,
    /// What kind of entry it is.
    pub kind: String,
    /// What it is about.
    pub topic: String,
    /// What happened.
    pub what: String,
    /// Who did it.
    pub who: Option<String>,
    /// Whom it is about beside the one who did it.
    pub about: Option<String>,
    /// The till's clock.
    pub at: String,
    /// `ok`, `failed` or `refused`.
    pub result: String,
    /// SHA-256 of its signed bytes, hexadecimal.
    pub hash: String,
    /// What is wrong with it, as alerts name it.
    pub flags: Vec<String>,
}

/// A shift, open or closed, of `GET /v1/office/reports/shifts`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Shift {
    /// `till-epoch-seq` of the closing entry; of the opening one while it is open.
    pub id: String,
    /// The till's number.
    pub till: u64,
    /// The till's name.
    pub till_name: Option<String>,
    /// The till's clock.
    pub opened_at: String,
    /// Who opened it.
    #[serde(default)]
    pub opened_by: Option<String>,
    /// The till's clock; nothing while it is open.
    pub closed_at: Option<String>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// ISO 4217 code.
    pub currency: String,
    /// Number of sales, voided ones too.
    pub sales: u32,
    /// Without tax.
    pub net_minor: i64,
    /// With tax.
    pub gross_minor: i64,
    /// What cash rounding added.
    pub rounding_minor: i64,
    /// What was put on gift cards.
    #[serde(default)]
    pub gifts_sold_minor: i64,
    /// Tips.
    #[serde(default)]
    pub tips_minor: i64,
    /// Taxes by code and rate.
    pub taxes: Vec<TaxTotal>,
    /// What was paid, by means.
    pub tenders: Vec<TenderTotal>,
    /// What was taken off prices.
    #[serde(default)]
    pub discounts_minor: i64,
    /// Number of sales that were taken back.
    #[serde(default)]
    pub voids: u32,
    /// What those came to; the sums are without it.
    #[serde(default)]
    pub voided_minor: i64,
    /// How often something was given back.
    #[serde(default)]
    pub refunds: u32,
    /// What customers got back.
    #[serde(default)]
    pub refunded_minor: i64,
    /// The taxes in it, by code and rate.
    #[serde(default)]
    pub refund_taxes: Vec<TaxTotal>,
    /// How it was given back, by means.
    #[serde(default)]
    pub refund_tenders: Vec<TenderTotal>,
    /// Cash put into the drawer outside of sales.
    #[serde(default)]
    pub cash_in_minor: i64,
    /// Cash taken out of it.
    #[serde(default)]
    pub cash_out_minor: i64,
    /// How often the drawer was opened without a sale.
    #[serde(default)]
    pub no_sales: u32,
    /// Cash in the drawer at the start.
    pub float_minor: i64,
    /// What the drawer should have held, or should hold now.
    pub expected_minor: i64,
    /// What was counted; nothing while it is open.
    pub counted_minor: Option<i64>,
    /// The coins and notes that were counted one by one.
    #[serde(default)]
    pub pieces: Vec<Pieces>,
    /// Counted less expected.
    pub difference_minor: Option<i64>,
    /// Turnover since enrolment, which never resets.
    pub turnover_minor: i64,
    /// Its first entry.
    pub from_seq: u64,
    /// Its last entry; while it is open, the last that arrived.
    pub to_seq: u64,
    /// The chain's head with the report in it: the closing entry's own hash, hexadecimal.
    #[serde(default)]
    pub head: Option<String>,
}

impl Shift {
    /// Nobody has closed it yet.
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }
}

/// How many of one coin or note were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Pieces {
    /// What one is worth.
    pub value_minor: i64,
    /// How many.
    pub count: u32,
}

impl Pieces {
    /// What they come to.
    pub fn sum_minor(self) -> i64 {
        self.value_minor.saturating_mul(i64::from(self.count))
    }
}

/// One tax's sum over a shift.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TaxTotal {
    /// The tax's code.
    pub code: String,
    /// Its rate in millionths.
    pub rate_ppm: u32,
    /// What bears it, without tax.
    pub net_minor: i64,
    /// The tax.
    pub tax_minor: i64,
}

/// One means' sum over a shift.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TenderTotal {
    /// By what means.
    pub kind: String,
    /// How much.
    pub amount_minor: i64,
}

/// A person, of `GET /v1/office/staff`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// Their number.
    pub id: u64,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// They work here still.
    pub active: bool,
}

/// A one-time code, of `POST /v1/office/staff/{id}/first-pin-code`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FirstPinCode {
    /// What the person types at that till.
    pub code: String,
    /// Until when it works, by the server's clock.
    pub expires_at: String,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CustomerRow {
    /// Hexadecimal.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Their e-mail address; empty for none.
    pub email: String,
    /// Their telephone number; empty for none.
    pub phone: String,
}

/// A customer with what they bought.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CustomerWhole {
    /// Hexadecimal.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Their e-mail address; empty for none.
    pub email: String,
    /// Their telephone number; empty for none.
    pub phone: String,
    /// Newest first.
    pub purchases: Vec<Purchase>,
}

/// A sale to a customer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Purchase {
    /// `till-epoch-seq`.
    pub sale: String,
    /// RFC 3339.
    pub at: String,
    /// What it came to.
    pub total_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Was it taken back?
    pub voided: bool,
}

/// That a customer was erased.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Erased {
    /// Hexadecimal.
    pub id: String,
}

/// An article in the stock room.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StockRow {
    /// The shop's own key.
    pub sku: String,
    /// Its name, its variant included.
    pub name: String,
    /// What quantities are of, where not of pieces.
    pub unit: Option<String>,
    /// `sold-out`, `low`, `enough` or `not-kept`.
    pub state: String,
    /// How much there is, in thousandths.
    pub level_milli: Option<i64>,
    /// From there down it is low.
    pub low_milli: Option<i64>,
}

impl StockRow {
    /// A quantity of it for people.
    pub fn amount(&self, milli: i64) -> String {
        let number = crate::amounts::quantity(milli);
        match &self.unit {
            Some(unit) => format!("{number} {unit}"),
            None => number,
        }
    }
}

/// What moved an article's level.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StockMove {
    /// `till-epoch-seq` of its entry, or `office-` and a number.
    pub id: String,
    /// `sale`, `void`, `refund`, `count`, `receipt` or `correction`.
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// By how much, in thousandths.
    pub delta_milli: i64,
    /// The till's name.
    pub till_name: Option<String>,
    /// Who.
    pub by: Option<String>,
    /// In the person's words.
    pub reason: String,
    /// Of a count or correction: what was expected.
    pub expected_milli: Option<i64>,
    /// And what was there.
    pub counted_milli: Option<i64>,
    /// Of a count: what other tills had moved before that its till did not know of.
    pub unknown_milli: Option<i64>,
}

/// A product, of `GET /v1/office/products`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Product {
    /// The shop's own key.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What tells it from its sisters.
    pub variant: Option<String>,
    /// The category's name.
    pub category: Option<String>,
    /// The category's number.
    #[serde(default)]
    pub category_id: Option<u32>,
    /// Price of one piece, or of its unit of weight.
    pub price_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Codes of its taxes.
    pub taxes: Vec<String>,
    /// Its barcodes.
    pub barcodes: Vec<String>,
    /// Its labels carry the price.
    pub price_embedded: bool,
    /// SHA-256 of its picture, hexadecimal.
    #[serde(default)]
    pub picture: Option<String>,
}

impl Product {
    /// Name with its variant.
    pub fn title(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}, {variant}", self.name),
            None => self.name.clone(),
        }
    }

    /// Does every word of `query` occur in its name, variant, category, key or barcodes? Case does not count.
    pub fn fits(&self, query: &str) -> bool {
        let category = self.category.as_deref().unwrap_or_default();
        let text = format!("{} {category} {} {}", self.title(), self.sku, self.barcodes.join(" ")).to_lowercase();
        query.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// A till as people call it: by name, else by number.
pub fn till_label(name: Option<&str>, number: u64) -> String {
    name.map_or_else(|| tf("Till {}", &[&number]), str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const SALE: &str = r#"{
        "id": "1-1-4", "till": 1, "till_name": "Front", "epoch": 1, "seq": 4, "at": "2026-11-22T10:00:00.000Z", "at_ms": 1795341600000,
        "staff": "Cashier", "currency": "EUR", "total_minor": 2450, "net_minor": 2100, "tax_minor": 350, "rounding_minor": 0,
        "lines": [
            {"sku": "A", "name": "Mug", "qty_milli": 2000, "unit_minor": 1000, "price_minor": 2000, "net_minor": 1681, "gross_minor": 2000,
             "taxes": [{"code": "A", "rate_ppm": 190000, "amount_minor": 319}]},
            {"sku": "B", "name": "Tea", "qty_milli": 250, "unit_minor": 1000, "price_minor": 250, "net_minor": 234, "gross_minor": 250,
             "taxes": [{"code": "B", "rate_ppm": 70000, "amount_minor": 16}]},
            {"sku": "C", "name": "Pot", "qty_milli": 1000, "unit_minor": 200, "price_minor": 200, "net_minor": 168, "gross_minor": 200,
             "taxes": [{"code": "A", "rate_ppm": 190000, "amount_minor": 32}]}
        ],
        "tenders": [{"kind": "cash", "amount_minor": 2450, "tendered_minor": 3000, "change_minor": 550}],
        "late": false, "flags": []
    }"#;

    #[test]
    fn a_sale_counts_its_items_and_sums_its_taxes() {
        let sale: Sale = serde_json::from_str(SALE).unwrap();
        assert_eq!(sale.items(), 4);
        let taxes: Vec<_> = sale.taxes().into_iter().map(|tax| (tax.code, tax.rate_ppm, tax.amount_minor)).collect();
        assert_eq!(taxes, [("A".to_owned(), 190_000, 351), ("B".to_owned(), 70_000, 16)]);
    }

    #[test]
    fn products_are_found_by_any_of_their_words() {
        let json = r#"{"sku": "TEA-01", "name": "Green tea", "variant": "100 g", "category": "Pantry", "price_minor": 490,
            "currency": "EUR", "taxes": ["B"], "barcodes": ["2000000000015"], "price_embedded": false}"#;
        let product: Product = serde_json::from_str(json).unwrap();
        assert_eq!(product.title(), "Green tea, 100 g");
        for query in ["", "TEA green", "pantry 100", "tea-01", "00015"] {
            assert!(product.fits(query), "{query}");
        }
        assert!(!product.fits("green mug"));
    }

    #[test]
    fn a_voided_sale_and_a_reduced_line_say_why() {
        let json = SALE
            .replace(r#""late": false"#, r#""voided": {"at": "2026-11-22T10:05:00Z", "at_ms": 1, "reason": "wrong size", "by": null}, "late": false"#)
            .replace(
                r#""gross_minor": 250,"#,
                r#""gross_minor": 250, "list_unit_minor": 1200, "discount": {"rate_ppm": 100000, "amount_minor": 25, "reason": "staff"},"#,
            );
        let sale: Sale = serde_json::from_str(&json).unwrap();
        assert_eq!(sale.voided.map(|voided| (voided.reason, voided.by)), Some(("wrong size".to_owned(), None)));
        let line = &sale.lines[1];
        assert_eq!(line.list_unit_minor, Some(1200));
        assert_eq!(
            line.discount.as_ref().map(|discount| (discount.rate_ppm, discount.reason.as_str())),
            Some((100_000, "staff"))
        );
        assert_eq!(sale.lines[0].discount, None);
    }

    #[test]
    fn an_open_shift_has_no_count_yet() {
        let json = r#"{"id": "1-1-2", "till": 1, "till_name": "Front", "epoch": 1, "opened_at": "2026-11-22T08:00:00Z", "opened_by": "Kim",
            "closed_at": null, "closed_by": null, "float_minor": 10000, "expected_minor": 10500, "counted_minor": null, "pieces": [],
            "difference_minor": null, "turnover_minor": 500, "from_seq": 2, "to_seq": 9, "head": null, "currency": "EUR", "sales": 1,
            "net_minor": 420, "gross_minor": 500, "rounding_minor": 0, "taxes": [], "tenders": [], "discounts_minor": 0, "voids": 0,
            "voided_minor": 0, "cash_in_minor": 0, "cash_out_minor": 0, "no_sales": 0}"#;
        let open: Shift = serde_json::from_str(json).unwrap();
        assert!(open.is_open());
        let closed = json
            .replace(r#""closed_at": null"#, r#""closed_at": "2026-11-22T18:00:00Z""#)
            .replace(r#""pieces": []"#, r#""pieces": [{"value_minor": 5000, "count": 3}]"#);
        let closed: Shift = serde_json::from_str(&closed).unwrap();
        assert!(!closed.is_open());
        assert_eq!(closed.pieces.first().map(|piece| piece.sum_minor()), Some(15_000));
    }

    #[test]
    fn a_till_without_a_name_has_its_number() {
        assert_eq!(till_label(Some("Front"), 1), "Front");
        assert_eq!(till_label(None, 3), "Till 3");
    }
}
